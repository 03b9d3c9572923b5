"""What the notebook `national_ranking` may be asked."""

from __future__ import annotations

from pydantic import Field

from reports.pages.parameters import Edition, NotebookParameters


class NationalParameters(NotebookParameters):
    """All regions of the country in one edition."""

    edition: Edition = Field(ge=2017, le=2100, description="Year of the award.", examples=["2017-2100"])
    statements_on: str = Field(
        "",
        description="Page of the site that holds the published statements; empty: every page.",
        pattern="^[0-9a-z-]*$",
    )
