"""What the notebook `mayor_brief` may be asked."""

from __future__ import annotations

from reports.pages.next_edition.parameters import NextEditionParameters


class MayorBriefParameters(NextEditionParameters):
    """The brief of one city for one edition."""
