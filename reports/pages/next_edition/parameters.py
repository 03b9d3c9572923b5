"""What the notebook `next_edition` may be asked."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from reports.pages.city_index.parameters import CityIndexParameters


class NextEditionParameters(CityIndexParameters):
    """The readiness and plans of one city for one edition."""

    on: date | None = Field(None, description="Day to stand on; empty: the day of the build while the season is open.")
    with_holding: bool = Field(default=False, description="Show the simulation of holding back; it is no advice.")
    budget: int = Field(
        100, ge=0, description="Working days (estimated) to plan within; 0: as few as reach the next predicate."
    )
    place: int = Field(5, ge=1, description="Place aimed at; the page shows its index as it was published last.")
