"""The page of the clinic: the designs of a season part by part, and Word files with comments for the units."""

from __future__ import annotations

from typing import Any

import polars as pl

from warehouse.errors import UnknownName
from warehouse.region import resolve_city
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.question import Question

HEADERS = {
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
        _("Of {count} innovations {known} state a design; {mend} of these have something to mend.").format(
            count=_.whole(count), known=_.whole(with_text), mend=_.whole(mend)
        ),
        _("Everything here is a proposal that a mentor confirms; no figure was changed."),
    ]
    table = table_of("designs", _("Designs"), pl.DataFrame(rows, schema=SCHEMA), HEADERS, _)
    return PageContent(heading, "clinic.html", told, {"has_designs": bool(with_text)}, {"designs": table}, simulated)


def _rows(season: Any, question: Question) -> list[dict[str, Any]]:
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
