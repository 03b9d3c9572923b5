"""The page of the clinic: the designs of a season part by part, and Word files with comments for the units."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import polars as pl

from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.region import resolve_city
from workbench.desk.clinic_documents import documents_of
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.people import Right
from workbench.desk.question import Question
from workbench.document_kinds import DocumentKind

if TYPE_CHECKING:
    from analysis.clinic.demands import Finding
    from workbench.season_documents import SeasonDocuments

KIND_TITLES = {"design": "Design", "decree": "Decree", "video": "Video"}
HEADERS = {
    "document": "Document", "kind": "What it is",
    "title": "Innovation", "finding": "Finding", "must_be_mended": "Must be mended", "word_count": "Words counted",
}  # fmt: skip
SCHEMA = {"title": pl.String, "finding": pl.String, "must_be_mended": pl.String, "word_count": pl.Int64}


def clinic(question: Question) -> PageContent:
    """Return what is found of each design that stands in the snapshot."""
    from workbench.season_documents import season_documents

    _ = question.language
    city, edition = question.season
    heading = _("Clinic")
    with question.open() as snapshot:
        simulated = snapshot.sql(
            "select coalesce(bool_or(is_simulated), false) as is_simulated from submission "
            "where region_code = $region_code and edition = $edition",
            {"region_code": city, "edition": edition},
        ).item()
        try:
            season = season_documents(snapshot, resolve_city(city), edition)
        except UnknownName as error:
            return PageContent(heading, "tables.html", [error.told(_)[0]])
    rows = _rows(season, question)
    count, with_text = len(season.innovations), len(season.designs)
    mend = len({row["title"] for row in rows if row["must_be_mended"] == _("yes")})
    told = [
        _("No file of this season states a design; name documents to check.")
        if not with_text
        else _("Of {count} innovations {known} state a design; {mend} of these have something to mend.").format(
            count=_.whole(count), known=_.whole(with_text), mend=_.whole(mend)
        ),
        _("Everything here is a proposal that a mentor confirms; no figure was changed."),
    ]
    tables = {"designs": table_of("designs", _("Designs"), pl.DataFrame(rows, schema=SCHEMA), HEADERS, _)}
    values: dict[str, Any] = {
        "has_designs": bool(with_text),
        "kinds": [(code, _(text)) for code, text in KIND_TITLES.items()],
        "innovations": [(one.submission_id, one.title) for one in season.innovations],
        "documents": [],
    }
    if question.person.may(Right.work):  # names of files may hold names of persons
        laid, found = _laid(season, question)
        values["documents"] = laid
        tables = {"documents": table_of("documents", _("Documents"), found, HEADERS, _), **tables}
    return PageContent(heading, "clinic.html", told, values, tables, simulated)


def shown_picture(home: Home, digest: str) -> str:
    """Return the small picture of a scan as the address that holds it; empty where there is none."""
    from etl.documents.kept_readings import picture_of

    picture = picture_of(home, digest)
    return f"data:image/png;base64,{b64encode(picture).decode()}" if picture else ""


def _laid(season: SeasonDocuments, question: Question) -> tuple[list[dict[str, str]], pl.DataFrame]:
    """Return the documents that were laid before the clinic, and what is found of each."""
    from etl.documents.kept_readings import reading_of
    from workbench.season_documents import document_findings, lacking_picture

    _ = question.language
    titles = {one.submission_id: one.title for one in season.innovations}
    city, edition = question.season
    laid, rows = [], []
    of_videos: dict[str, set[str]] = {}
    for document in documents_of(question.home, city, str(edition)):
        content = document.path.read_bytes()
        digest = sha256(content).hexdigest()
        facts = reading_of(question.home, content, digest)
        title = titles.get(document.submission_id or "", "")
        if document.kind == DocumentKind.video:
            of_videos.setdefault(title, set()).add(facts["kind"])
        findings, count = document_findings(season, document.submission_id, facts, len(content), document.kind)
        rows += _told_of(findings, document.path.name, document.kind, title, count, question)
        laid.append({
            "name": document.path.name, "place": document.place, "picture": shown_picture(question.home, digest),
        })  # fmt: skip
    for title, kinds in of_videos.items():
        if lacking := lacking_picture(season, kinds):
            rows += _told_of(lacking, "", DocumentKind.video, title, 0, question)
    return laid, pl.DataFrame(rows, schema={"document": pl.String, "kind": pl.String, **SCHEMA})


def _told_of(
    findings: Sequence[Finding], name: str, kind: str, title: str, count: int, question: Question
) -> list[dict[str, Any]]:
    """Return a row for each finding of a document, or one that says that there is none."""
    from analysis.clinic.words import told

    _ = question.language
    shown = [(told(finding, _), _("yes") if finding.is_fault else _("ask")) for finding in findings]
    return [
        {
            "document": name, "kind": _(KIND_TITLES[kind]), "title": title, "finding": text, "must_be_mended": must,
            "word_count": count or None,
        }
        for text, must in shown or [(_("no faults found"), _("no"))]
    ]  # fmt: skip


def _rows(season: SeasonDocuments, question: Question) -> list[dict[str, Any]]:
    from analysis.clinic.words import told
    from workbench.season_documents import design_findings, lines_of_text

    _ = question.language
    titles = {one.submission_id: one.title for one in season.innovations}
    rows = []
    for key, text in season.designs.items():
        findings, count = design_findings(season, key, lines_of_text(text))
        for finding in findings:
            rows.append(
                {
                    "title": titles[key],
                    "finding": told(finding, _),
                    "must_be_mended": _("yes") if finding.is_fault else _("ask"),
                    "word_count": count,
                }
            )
    return rows
