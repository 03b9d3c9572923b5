"""The command about files of evidence: evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from warehouse.errors import UnknownName
from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, EditionArgument, WorkbookOption, write_lists
from workbench.options import language_of_environment
from workbench.progress_file import note_step

_ = language_of_environment()
EVIDENCE_HEADERS = {
    "file_name": "File", "title": "Innovation", "indicator_number": "Indicator", "confidence": "Confidence",
    "finding": "Finding", "must_be_mended": "Must be mended",
    "answer": "Answer", "submission_id": "Id", "sha256": "Hash",
}  # fmt: skip


@with_context
def evidence(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    place: Annotated[Path, typer.Argument(help=_("Folder or ZIP with one folder per innovation."))],
    contradicting: Annotated[
        bool,
        typer.Option("--contradictions", help=_("Print the contradictions between levels claimed and files found.")),
    ] = False,
    confirm: Annotated[
        Path | None,
        typer.Option(help=_("List printed as CSV with `answer` filled in (ya, tidak): keep it."), show_default=False),
    ] = None,
    workbook: WorkbookOption = None,
) -> None:
    """Check evidence in a folder or ZIP: which file answers which indicator."""
    from analysis.clinic.demands import Finding
    from analysis.clinic.words import told
    from analysis.evidence.decisions import decisions_of, keep_decisions
    from analysis.evidence.proposals import contradictions, duplicates_of, proposal_of
    from etl.documents.evidence_files import evidence_files
    from etl.documents.kept_readings import reading_of
    from workbench.season_documents import season_documents

    language, region = context.language, resolve_city(city)
    if not place.exists():
        raise UnknownName(
            "The document to check is not there: {path}", next_step="name a file or folder that is there", path=place
        )
    season = season_documents(context, region, edition)
    if confirm is not None:
        context.refuse_past("--confirm")
        keep_decisions(context.home, confirm, datetime.now(tz=UTC).astimezone().date())
    answers = decisions_of(context.home)
    proposals = []
    for done, file in enumerate(evidence_files(place)):
        facts: dict[str, Any] = {"kind": "", "cause": file.cause, "paragraphs": []}
        digest = ""
        if not file.cause:
            content = file.content()
            digest = sha256(content).hexdigest()
            facts = reading_of(context.home, content, digest)
        proposals.append(
            proposal_of(
                file.path, file.size, digest, facts, season.innovations, season.rulebook, season.window, season.region
            )
        )
        note_step("evidence", done + 1, None)
    titles = {one.submission_id: one.title for one in season.innovations}
    twice = duplicates_of(proposals)
    rows, against = [], []
    for one in proposals:
        findings = [*one.findings]
        if one.sha256 in twice:
            others = ", ".join(path for path in twice[one.sha256] if path != one.path)
            findings.append(Finding("duplicate", {"text": others}))
        if not one.submission_id and not any(finding.code == "unreadable_left_by_system" for finding in findings):
            findings.append(Finding("unmatched", is_fault=False))
        answer = answers.get((one.submission_id, one.indicator, one.sha256), "")
        shown = [(told(finding, language), finding.is_fault) for finding in findings]
        for text, is_fault in shown or [(language("no faults found"), False)]:
            names = (one.path, titles.get(one.submission_id, ""), one.indicator, one.confidence)
            rows.append((*names, text, is_fault, answer, one.submission_id, one.sha256))
    for key, number, code in contradictions(proposals, season.innovations):
        against.append(
            ("", titles[key], number, "", told(Finding(code), language), code == "claimed_without_file", "", key, "")
        )
    schema = dict.fromkeys(EVIDENCE_HEADERS, pl.String) | {"must_be_mended": pl.Boolean}
    frames = {name: pl.DataFrame(data, schema=schema, orient="row") for name, data in (("f", rows), ("c", against))}
    title = language("Evidence of {city} {edition}").format(city=region.full_name, edition=edition)
    notes = [language("Everything here is a proposal that a mentor confirms; no figure was changed.")]
    sheets = {title[:31]: frames["f"], language("Finding"): frames["c"]}
    write_lists(workbook, sheets, language, notes, EVIDENCE_HEADERS)
    context.show(frames["c" if contradicting else "f"], title=title, headers=EVIDENCE_HEADERS, notes=notes)
