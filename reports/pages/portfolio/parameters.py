"""What the notebook `portfolio` may be asked."""

from __future__ import annotations

from pydantic import Field, field_validator

from reports.pages.parameters import Edition, NotebookParameters, known_city


class PortfolioParameters(NotebookParameters):
    """The portfolio of one city."""

    city: str = Field(description="Name, alias or Kemendagri code.", examples=["bengkulu", "Kota Bengkulu", "17.71"])
    edition: Edition | None = Field(None, ge=2017, le=2100, description="Up to this edition; empty: the latest.")

    _city_is_known = field_validator("city")(known_city)
