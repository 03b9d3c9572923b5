"""The command about evidence files: whose they are, what each answers, and what does not go together."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, EditionArgument, WorkbookOption, write_lists
from workbench.options import language_of_environment
from workbench.output import messages

_ = language_of_environment()


class EvidenceTable(StrEnum):
    """The lists of a season's evidence."""

    proposals = "proposals"
    contradictions = "contradictions"
    folders = "folders"
    files = "files"


@with_context
def evidence(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    place: Annotated[
        Path | None,
        typer.Argument(
            help=_("Folder or ZIP, one folder per innovation; otherwise evidence/<code>/<edition> of the home.")
        ),
    ] = None,
    shown: Annotated[EvidenceTable, typer.Option("--list", help=_("Which list to print."))] = EvidenceTable.proposals,
    is_not_checked: Annotated[
        bool, typer.Option("--last", help=_("Show the last check, without opening any file."))
    ] = False,
    write_list: Annotated[
        Path | None,
        typer.Option("--write-list", help=_("Write the proposals to tick: a workbook, or CSV by its ending.")),
    ] = None,
    take: Annotated[
        Path | None, typer.Option("--take", help=_("Take the answers of a ticked list back; nothing is overwritten."))
    ] = None,
    confirmed: Annotated[
        str | None,
        typer.Option("--confirm", help=_("Confirm a file for an indicator that was not proposed: its path or name.")),
    ] = None,
    indicator: Annotated[str | None, typer.Option("--indicator", help=_("Number of that indicator."))] = None,
    innovation: Annotated[
        str | None, typer.Option("--innovation", help=_("Id of the innovation, of a file in no innovation's folder."))
    ] = None,
    names: Annotated[bool, typer.Option("--names", help=_("Show who decided (personal data)."))] = False,
    workbook: WorkbookOption = None,
) -> None:
    """Which file answers which indicator, whether it can, and which levels have none; a mentor confirms each line."""
    from analysis.evidence.evidence_check import places_of
    from analysis.evidence.season_evidence import read_season_evidence
    from analysis.evidence.words import EVIDENCE_HEADERS, TABLE_TITLE_MESSAGES, evidence_lists, evidence_notes
    from analysis.season.frames import read_season_frames
    from warehouse.keeping.personal_log import log_opened
    from workbench.evidence_list import take_back, told_back, write_tick_list
    from workbench.evidence_reading import checked_season
    from workbench.progress_file import note_step

    language, home, region = context.language, context.home, resolve_city(city)
    with context.open() as opened:
        frames = read_season_frames(opened, region.region_code, edition)
        notes = opened.day_notes(language)
    for option, value in {"--take": take, "--confirm": confirmed, "FOLDER": place}.items():
        if value is not None:
            context.refuse_past(option)
    places = places_of(home, region, edition, place)
    if places and take is None and confirmed is None and not is_not_checked and context.as_of is None:
        step = language("Checking evidence")
        checked_season(home, frames, places, lambda done, total: note_step(step, done, total))
    if confirmed is not None:
        notes.append(_confirm(context, region.region_code, edition, confirmed, indicator or "", innovation))
    if names:
        log_opened(home, "iga evidence --names", city, edition, datetime.now(tz=UTC).astimezone())
    found = read_season_evidence(home, frames)
    if take is not None:
        notes += told_back(take_back(home, take, found, region.region_code, edition), language)
        found = read_season_evidence(home, frames)
    if write_list is not None:
        write_tick_list(write_list, found, language)
        messages().print(language("Written: {path}").format(path=write_list), soft_wrap=True, markup=False)
    notes += evidence_notes(found, language)
    lists = evidence_lists(found, language, with_names=names)
    sheets = {language(TABLE_TITLE_MESSAGES[name]): frame for name, frame in lists.items()}
    write_lists(workbook, sheets, language, notes, EVIDENCE_HEADERS)
    title = language("Evidence of {city}, {edition}").format(city=region.full_name, edition=edition)
    raw = {
        EvidenceTable.proposals: found.proposals if names else found.proposals.drop("decided_by"),
        EvidenceTable.contradictions: found.contradictions,
        EvidenceTable.folders: found.folders,
        EvidenceTable.files: found.files,
    }
    frame = lists[shown.value] if context.is_for_people else raw[shown]
    context.show(frame, title=title, headers=EVIDENCE_HEADERS, notes=notes)


def _confirm(
    context: CommandContext, region_code: str, edition: int, file_text: str, indicator: str, innovation: str | None
) -> str:
    """Keep that a file of the last check proves an indicator, and return what was kept."""
    from analysis.evidence.check_index import read_index
    from analysis.evidence.decided_at_desk import decide, file_named
    from analysis.evidence.decisions import CONFIRMED

    file = file_named(read_index(context.home, region_code, edition), file_text)
    told = {
        "city": region_code, "edition": str(edition), "submission": innovation or file.submission_id,
        "indicator": indicator, "sha256": file.sha256, "answer": CONFIRMED,
    }  # fmt: skip
    decide(context.home, told)
    return context.language("Kept: {file} proves indicator {number}.").format(file=file.path, number=indicator)
