"""The command about designs, decrees and videos: clinic."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from warehouse.errors import UnknownName
from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.document_kinds import DocumentKind
from workbench.lists import CityArgument, EditionArgument
from workbench.options import language_of_environment
from workbench.output import messages

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
        typer.Argument(help=_("Documents to check: .docx, .pdf, .txt, pictures or films."), show_default=False),
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
    from analysis.clinic.words import told
    from etl.documents.kept_readings import reading_of
    from workbench.season_documents import document_findings, season_documents

    language, region = context.language, resolve_city(city)
    with context.open() as opened:
        season = season_documents(opened, region, edition)
    titles = {one.submission_id: one.title for one in season.innovations}
    if innovation is not None and innovation not in titles:
        raise UnknownName(
            "No innovation has the id {id}", next_step="`iga trace` lists the innovations of a season", id=innovation
        )
    rows: list[dict[str, Any]] = []
    papers: list[tuple[str, str | None, dict[str, Any], int, bytes]] = []
    for path in files or []:
        if not path.is_file():
            raise UnknownName(
                "The document to check is not there: {path}", next_step="name a file or folder that is there", path=path
            )
        content = path.read_bytes()
        facts = reading_of(context.home, content, sha256(content).hexdigest())
        papers.append((path.name, innovation, facts, len(content), content))
    for of, text in season.designs.items() if not files else ():
        if innovation in (None, of):
            lines = [[line, "", False, 0, at] for at, line in enumerate(text.splitlines())]
            papers.append((titles[of], of, {"kind": "text", "cause": "", "paragraphs": lines}, len(text), b""))
    for name, key, facts, size, content in papers:
        findings, count = document_findings(season, key, facts, size, kind)
        shown = [(told(finding, language), finding.is_fault) for finding in findings]
        for text, is_fault in shown or [(language("no faults found"), False)]:
            rows.append({
                "document": name, "title": titles.get(key or "", ""), "finding": text, "must_be_mended": is_fault,
                "word_count": count,
            })  # fmt: skip
        if comments is not None and shown:
            places = [(finding.place, text) for finding, (text, _fault) in zip(findings, shown, strict=True)]
            _write_comments(context, comments / f"{Path(name).stem}-klinik.docx", facts, content, places)
    schema = {
        "document": pl.String, "title": pl.String, "finding": pl.String, "must_be_mended": pl.Boolean,
        "word_count": pl.Int64,
    }  # fmt: skip
    title = language("Clinic of {city} {edition}").format(city=region.full_name, edition=edition)
    note = language("Everything here is a proposal that a mentor confirms; no figure was changed.")
    notes = [note] if papers else [language("No file of this season states a design; name documents to check."), note]
    context.show(pl.DataFrame(rows, schema=schema), title=title, headers=CLINIC_HEADERS, notes=notes)


def _write_comments(
    context: CommandContext, path: Path, facts: dict[str, Any], content: bytes, places: list[tuple[int | None, str]]
) -> None:
    from etl.worker.pool import shared_pool
    from warehouse.file_names import fitting
    from warehouse.keeping.own_work import write_unless_changed

    is_word = facts["kind"] == "docx" and not facts["cause"]
    texts = [] if is_word else [str(paragraph[0]) for paragraph in facts["paragraphs"]]
    spots = places if is_word or facts["kind"] == "text" else [(None, text) for _place, text in places]
    made = shared_pool().run("comment", content if is_word else b"", (texts, spots))
    if "document" not in made.blocks:
        return
    target = (path.parent / fitting(path.name)).resolve()
    for written in write_unless_changed(context.home, {target: made.blocks["document"]}, context.language):
        messages().print(context.language("Written: {path}").format(path=written.path), soft_wrap=True, markup=False)
