"""What commands that answer with lists share: their arguments, the headers of their columns, and workbooks of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.language import Language
from workbench.command_context import CommandContext
from workbench.completion import known_editions
from workbench.options import language_of_environment
from workbench.output import messages

if TYPE_CHECKING:
    from iga.rulebook import Rulebook
    from warehouse.snapshot import Snapshot

_ = language_of_environment()

LIST_HEADERS = {
    "hold_below": "Hold below",
    "weights": "Weights tried",
    "gap_id": "Gap",
    "kind": "Not complete yet",
    "is_asked": "Asked for",
    "parent": "Parent unit",
    "district": "District",
    "unit_name": "Unit",
    "unit_kind": "Kind of unit",
    "unit_count": "Units",
    "innovation": "Innovation",
    "title": "Innovation",
    "indicator": "Indicator",
    "document": "Document",
    "level_text": "Level text",
    "from_level": "From level",
    "to_level": "To level",
    "points": "Points",
    "order": "Order",
    "action": "Action",
    "who": "Who",
    "worth_effort": "Worth up to working days",
    "start_by_date": "Start by",
    "until_date": "Until",
    "start": "Start by",
    "lead_days": "Days needed",
    "deadline": "Deadline",
    "document_count": "Documents",
    "documents_missing": "Documents missing",
    "mandatory_missing": "Of these mandatory",
    "to_threshold": "Points to the threshold",
    "effort": "Working days (estimate)",
    "index_gain": "Gain of the index",
    "state": "State",
    "promised_date": "Promised by",
    "is_mandatory": "Mandatory",
    "is_sent": "Send",
    "maturity": "Maturity",
    "maturity_after": "Maturity after",
    "sent": "Sent",
    "required": "Required",
    "missing": "Missing",
    "below_threshold": "Below the threshold",
    "is_open": "Open (a name may mean it)",
    "none": "None",
    "one": "One",
    "two_or_more": "Two or more",
    "causes": "Cause",
    "stage": "Stage",
    "implementation_date": "Implemented on",
    "development_date": "Developed on",
    "contact": "Contact",
    "mentor": "Mentor",
    "unit": "Code",
    "day": "Day",
    "remaining": "Still missing",
    "needed": "Pace needed",
    "forecast": "Forecast",
    "forecast_low": "Forecast, least",
    "forecast_high": "Forecast, most",
    "text": "Message",
    "gap_count": "Gaps",
    "submission_id": "Id",
    "city": "City",
    "index_before": "Index before",
    "index_after": "Index after",
    "is_reached": "Goal reached",
    "is_proved": "Proved",
    "raise_count": "Raises",
    "obstacle": "What is missing",
    "scenario": "Scenario",
    "note": "Note",
    "held_count": "Held",
    "sent_count": "Sent",
    "level_count": "Levels changed",
    "iid_change": "Change of the index",
    "rulebook": "Rulebook",
    "iid": "IID",
    "predicate": "Predicate",
    "rank": "Place",
    "part": "Part of the policy",
    "index_without": "Index without it",
    "index_with": "Index with it",
    "cost": "Cost (points of the index)",
    "is_possible": "Possible",
    "innovation_count": "Innovations",
}

ScoreOption = Annotated[str, typer.Option("--score", help=_("Score kind: claimed, verified or final."))]
CityArgument = Annotated[str, typer.Argument(help=_("City: name, alias or Kemendagri code."))]
EditionArgument = Annotated[int, typer.Argument(help=_("Edition (year of the award)."), autocompletion=known_editions)]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help=_("Day to stand on (otherwise today)."), show_default=False),
]
WorkbookOption = Annotated[
    Path | None, typer.Option("--workbook", help=_("Write the lists to this Excel workbook."), show_default=False)
]


def write_lists(
    workbook: Path | None,
    sheets: dict[str, pl.DataFrame],
    language: Language,
    notes: list[str],
    headers: Mapping[str, str] = LIST_HEADERS,
) -> None:
    """Write lists to a workbook, if one was asked for, and say where it is."""
    if workbook is None:
        return
    from reports.render.list_workbook import write_workbook

    write_workbook(workbook, sheets, language, headers, notes)
    messages().print(language("Workbook written: {path}").format(path=workbook), soft_wrap=True, markup=False)


def tell(context: CommandContext, frame: pl.DataFrame, title: str, notes: list[str]) -> None:
    """Print a list; beside data for machines the notes go to standard error."""
    if not context.is_for_people:
        for note in notes:
            messages().print(note, markup=False, soft_wrap=True)
    context.show(frame, title=title, headers=LIST_HEADERS, notes=notes)


def number_of(text: str, option: str) -> Decimal:
    """The number that an option gives, with a point or a comma. Raises BadParameter."""
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise typer.BadParameter(text, param_hint=option) from None


def rulebook_named(snapshot: Snapshot, rules: str | None) -> Rulebook | None:
    """The rulebook that an option names, as the snapshot or its home knows it; None without one."""
    return None if rules is None else snapshot.rulebooks.of(rules)
