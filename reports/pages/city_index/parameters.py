"""What the notebook `city_index` may be asked."""

from __future__ import annotations

from pydantic import Field, field_validator

from reports.pages.parameters import Edition, NotebookParameters, known_city


class CityIndexParameters(NotebookParameters):
    """One city in one edition."""

    city: str = Field(description="Name, alias or Kemendagri code.", examples=["bengkulu", "Kota Bengkulu", "17.71"])
    edition: Edition = Field(ge=2017, le=2100, description="Year of the award.", examples=["2017-2100"])

    _city_is_known = field_validator("city")(known_city)
