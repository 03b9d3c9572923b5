"""The page of the portal: what is to be typed in, what lacks, and what of it has arrived there."""

from __future__ import annotations

import polars as pl

from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.question import Question


def portal(question: Question) -> PageContent:
    """Return the season's sheets with what lacks, and the reconciliation where both lists are there."""
    from analysis.portal.portal_fields import PortalFieldsInvalid, portal_sheets
    from analysis.portal.reconciliation import (
        NothingToReconcile,
        reconcile,
        reconciliation_in_words,
        reconciliation_notes,
        reconciliation_rows,
    )
    from analysis.season.frames import read_season_frames
    from warehouse.region import region_of_code
    from workbench.commands.portal import PORTAL_HEADERS

    _ = question.language
    city, edition = question.season
    notes: list[str] = []
    tables = {}
    has_fields = True
    with question.open() as snapshot:
        frames = read_season_frames(snapshot, city, edition, may_be_empty=True)
        try:
            found = reconcile(snapshot, city, edition, question.on)
        except NothingToReconcile as error:  # what to do stands on the page, without options of a command
            notes.append(f"{error.told(_)[0]}.")
        else:
            notes += reconciliation_notes(found, _)
            rows = reconciliation_in_words(reconciliation_rows(found), _).drop("innovation_id")
            tables["reconciliation"] = table_of("reconciliation", _("Reconciliation"), rows, PORTAL_HEADERS, _)
        try:
            sheets = portal_sheets(snapshot, question.home, region_of_code(city), edition, frames.rulebook)
        except PortalFieldsInvalid as error:
            message, _place, next_step = error.told(_)
            notes.append(f"{message}. {next_step}")
            sheets, has_fields = [], False
    listed = [
        {
            "title": sheet.title,
            "unit_name": sheet.unit,
            "missing_count": len(sheet.missing) + len(sheet.faults),
            "without_level_count": len(sheet.without_level),
            "file_count": sheet.file_count,
            "confirmed_count": sheet.confirmed_count,
        }
        for sheet in sheets
    ]
    schema = {"title": pl.String, "unit_name": pl.String} | dict.fromkeys(
        ("missing_count", "without_level_count", "file_count", "confirmed_count"), pl.Int64
    )
    frame = pl.DataFrame(listed, schema=schema).sort("missing_count", "title", descending=[True, False])
    tables["sheets"] = table_of("sheets", _("To be typed in"), frame, PORTAL_HEADERS, _)
    return PageContent(_("Portal"), "portal.html", notes, {"has_fields": has_fields}, tables, frames.is_simulated)
