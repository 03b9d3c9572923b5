"""The command about designs, decrees and videos: clinic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.document_kinds import DocumentKind
from workbench.lists import CityArgument, EditionArgument
from workbench.options import language_of_environment
from workbench.output import messages

if TYPE_CHECKING:
    from analysis.clinic.demands import Finding
    from workbench.clinic_papers import ClinicPaper
    from workbench.season_documents import SeasonDocuments

_ = language_of_environment()
CLINIC_HEADERS = {
    "document": "Document", "title": "Innovation", "finding": "Finding", "must_be_mended": "Must be mended",
    "word_count": "Words counted",
}  # fmt: skip


@with_context
def clinic(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help=_("Documents to check: .docx, .pdf, .txt, pictures or films, or folders and ZIPs of them."),
            show_default=False,
        ),
    ] = None,
    innovation: Annotated[
        str | None, typer.Option(help=_("Id of the innovation that the documents are of."), show_default=False)
    ] = None,
    kind: Annotated[
        DocumentKind, typer.Option(help=_("What the documents are: design, decree or video."))
    ] = DocumentKind.design,
    comments: Annotated[
        Path | None, typer.Option(help=_("Write Word files with comments into this folder."), show_default=False)
    ] = None,
) -> None:
    """Check a design, a decree or a video part by part, with comments in Word for the unit."""
    from workbench.clinic_papers import comment_name, papers_of
    from workbench.season_documents import season_documents

    language, region = context.language, resolve_city(city)
    with context.open() as opened:
        season = season_documents(opened, region, edition)
    titles = {one.submission_id: one.title for one in season.innovations}
    if innovation is not None and innovation not in titles:
        raise UnknownName(
            "No innovation has the id {id}", next_step="`iga trace` lists the innovations of a season", id=innovation
        )
    papers = papers_of(files, season, innovation) if files else _designs(season, innovation)
    rows: list[dict[str, Any]] = []
    taken: set[str] = set()
    for paper, facts, findings, count in _checked(context.home, season, papers, kind, bool(files)):
        shown = [(_in_words(finding, language), finding.is_fault) for finding in findings]
        for text, is_fault in shown or [(language("no faults found"), False)]:
            rows.append({
                "document": paper.name, "title": titles.get(paper.submission_id or "", ""), "finding": text,
                "must_be_mended": is_fault, "word_count": count,
            })  # fmt: skip
        if comments is not None and shown and not paper.reason:
            places = [(finding.place, text) for finding, (text, _fault) in zip(findings, shown, strict=True)]
            _write_comments(context, comments / comment_name(paper.name, taken), facts, paper.content, places)
    schema = {
        "document": pl.String, "title": pl.String, "finding": pl.String, "must_be_mended": pl.Boolean,
        "word_count": pl.Int64,
    }  # fmt: skip
    title = language("Clinic of {city} {edition}").format(city=region.full_name, edition=edition)
    note = language("Everything here is a proposal that a mentor confirms; no figure was changed.")
    notes = [note] if rows else [language("No file of this season states a design; name documents to check."), note]
    context.show(pl.DataFrame(rows, schema=schema), title=title, headers=CLINIC_HEADERS, notes=notes)


def _designs(season: SeasonDocuments, innovation: str | None) -> Iterator[ClinicPaper]:
    """Yield the designs that stand in the snapshot, as documents."""
    from workbench.clinic_papers import ClinicPaper

    titles = {one.submission_id: one.title for one in season.innovations}
    for of, text in season.designs.items():
        if innovation in (None, of):
            yield ClinicPaper(titles[of], of, text.encode("utf-8", errors="replace"))


def _checked(
    home: Home, season: SeasonDocuments, papers: Iterator[ClinicPaper], kind: str, are_files: bool
) -> Iterator[tuple[ClinicPaper, dict[str, Any], Sequence[Finding], int]]:
    """Yield each document with its reading, what is found of it, and its number of words."""
    from analysis.clinic.demands import Finding
    from etl.documents.kept_readings import reading_of
    from workbench.clinic_papers import ClinicPaper
    from workbench.season_documents import document_findings, lacking_picture

    kinds: dict[str | None, set[str]] = {}
    for paper in papers:
        facts: dict[str, Any] = {"kind": "unknown", "cause": "", "paragraphs": []}
        if paper.reason:
            yield paper, facts, [Finding(f"aside_{paper.reason}", is_fault=False)], 0
            continue
        if are_files:
            facts = reading_of(home, paper.content, sha256(paper.content).hexdigest())
        else:
            lines = paper.content.decode("utf-8").splitlines()
            facts |= {"kind": "text", "paragraphs": [[line, "", False, 0, at] for at, line in enumerate(lines)]}
        kinds.setdefault(paper.submission_id, set()).add(facts["kind"])
        findings, count = document_findings(season, paper.submission_id, facts, len(paper.content), kind)
        yield paper, facts, findings, count
    for of, known in kinds.items():
        for finding in lacking_picture(season, known) if kind == DocumentKind.video else ():
            yield ClinicPaper("", of, reason=finding.code), {}, [finding], 0


def _in_words(finding: Finding, language: Language) -> str:
    """Return a finding in words: of what was set aside by its name the reason."""
    from analysis.clinic.words import told
    from analysis.evidence.received_files import REASON_MESSAGES

    reason = REASON_MESSAGES.get(finding.code.removeprefix("aside_"))
    return language(reason) if reason and finding.code.startswith("aside_") else told(finding, language)


def _write_comments(
    context: CommandContext, path: Path, facts: dict[str, Any], content: bytes, places: list[tuple[int | None, str]]
) -> None:
    from etl.worker.pool import shared_pool
    from warehouse.file_names import fitting
    from warehouse.keeping.own_work import write_unless_changed

    is_word = facts["kind"] == "docx" and not facts["cause"]
    texts = [] if is_word else [str(paragraph[0]) for paragraph in facts["paragraphs"]]
    spots = places if is_word or facts["kind"] in ("text", "link") else [(None, text) for _place, text in places]
    made = shared_pool().run("comment", content if is_word else b"", (texts, spots))
    if "document" not in made.blocks:
        return
    target = (path.parent / fitting(path.name)).resolve()
    for written in write_unless_changed(context.home, {target: made.blocks["document"]}, context.language):
        messages().print(context.language("Written: {path}").format(path=written.path), soft_wrap=True, markup=False)
