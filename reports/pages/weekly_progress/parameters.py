"""What the notebook `weekly_progress` may be asked."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from reports.pages.next_edition.parameters import NextEditionParameters


class WeeklyProgressParameters(NextEditionParameters):
    """What changed in one city's season."""

    since: date | None = Field(None, description="Day to compare with; empty: the export before the last one.")
