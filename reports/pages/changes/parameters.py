"""What the notebook `changes` may be asked."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from reports.pages.city_index.parameters import CityIndexParameters


class ChangesParameters(CityIndexParameters):
    """What changed in one city's season."""

    since: date | None = Field(None, description="Day to compare with; empty: the previous export.")
    until: date | None = Field(None, description="Day up to which; empty: now.")
