"""What the notebook `contest` may be asked."""

from __future__ import annotations

from pydantic import Field

from reports.pages.city_index.parameters import CityIndexParameters


class ContestParameters(CityIndexParameters):
    """The contests of one city in one edition."""

    contest: str = Field("", description="Name of one contest; empty: all that are declared.", pattern="^[0-9a-z-]*$")
