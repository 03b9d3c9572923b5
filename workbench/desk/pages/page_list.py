"""The pages of the desk by name, in the order of its navigation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workbench.desk.pages import (
    clinic_pages,
    evidence_pages,
    file_pages,
    front_page,
    mentoring_pages,
    nominee_pages,
    portal_pages,
    reminder_work_pages,
    season_pages,
    what_if_page,
    work_pages,
)
from workbench.desk.pages.page_content import PageContent
from workbench.desk.people import Right
from workbench.desk.question import Question


def _as_msgid(text: str) -> str:
    """Return the text: it is translated where it is shown."""
    return text


_ = _as_msgid


@dataclass(frozen=True)
class DeskPage:
    """One page: its name in the navigation (catalogue key; empty: it is not there), what makes it, who may see it."""

    title: str
    make: Callable[[Question], PageContent]
    right: Right = Right.look


PAGES: dict[str, DeskPage] = {
    "": DeskPage(_("Start"), front_page.front),
    "files": DeskPage(_("Files"), file_pages.files),
    "units": DeskPage(_("Names and words"), file_pages.units),
    "readiness": DeskPage(_("Readiness"), season_pages.readiness),
    "plan": DeskPage(_("Plan"), season_pages.plan),
    "what-if": DeskPage(_("What if"), what_if_page.what_if),
    "profile": DeskPage(_("Profile"), season_pages.profile),
    "changes": DeskPage(_("Changes"), front_page.changes),
    "innovations": DeskPage(_("Innovations"), season_pages.innovations),
    "contest": DeskPage(_("Contest"), season_pages.contest),
    "clinic": DeskPage(_("Clinic"), clinic_pages.clinic),
    "evidence": DeskPage(_("Evidence"), evidence_pages.evidence),
    "mentoring": DeskPage(_("Mentoring"), mentoring_pages.mentoring),
    "innovation": DeskPage("", mentoring_pages.innovation),
    "reminders": DeskPage(_("Reminders"), reminder_work_pages.reminders),
    "portal": DeskPage(_("Portal"), portal_pages.portal),
    "nominee": DeskPage(_("Nominee"), nominee_pages.nominee),
    "portfolio": DeskPage(_("Portfolio"), season_pages.portfolio),
    "province": DeskPage(_("Province"), season_pages.province),
    "reports": DeskPage(_("Reports and letters"), work_pages.reports),
    "jobs": DeskPage(_("Work"), work_pages.jobs),
    "columns": DeskPage("", file_pages.columns, Right.work),
}
