"""The page of nominees: the flagship innovations that fact sheets are written about, with what they lack."""

from __future__ import annotations

from typing import Any

import polars as pl

from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.question import Question

NOMINEE_HEADERS = {
    "title": "Innovation",
    "unit_name": "Unit",
    "score": "Maturity",
    "missing_count": "Indicators without a level",
    "replication_count": "Replications",
    "mission_count": "Missions",
    "criterion": "Criterion",
    "weight": "Weight (%)",
    "edition": "Edition",
    "source": "Source",
}


def nominee(question: Question) -> PageContent:
    """Return the innovations that would be shown, and the criteria that are known."""
    from analysis.nominee.nominee_facts import criteria_of, flagships
    from warehouse.region import region_of_code

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        found, _rules, is_simulated = flagships(snapshot, question.home, region_of_code(city), edition)
    criteria = criteria_of(question.home, edition)
    rows = [
        {
            "title": each.sheet.title,
            "unit_name": each.sheet.unit,
            "score": each.of_edition.best_known,
            "missing_count": len(each.sheet.without_level),
            "replication_count": len(each.replications),
            "mission_count": len(each.missions),
        }
        for each in found
    ]
    schema: dict[str, Any] = {"title": pl.String, "unit_name": pl.String, "score": pl.Decimal(12, 2)}
    schema |= dict.fromkeys(("missing_count", "replication_count", "mission_count"), pl.Int64)
    frame = pl.DataFrame(rows, schema)
    told = [
        {
            "criterion": each.name_id if _.code == "id" else each.name_en,
            "weight": each.weight,
            "edition": each.edition,
            "source": each.source,
        }
        for each in criteria
    ]
    columns: dict[str, Any] = {
        "criterion": pl.String,
        "weight": pl.Decimal(6, 2),
        "edition": pl.Int64,
        "source": pl.String,
    }
    known = pl.DataFrame(told, columns)
    notes = []
    if not criteria:
        notes.append(_("The criteria of the presentation are not known for {edition}.").format(edition=edition))
    elif criteria[0].edition != edition:
        text = _("The criteria of {edition} are not known: those of {known} are shown as a guide.")
        notes.append(text.format(edition=edition, known=criteria[0].edition))
    tables = {
        "flagships": table_of("flagships", _("Flagship innovations"), frame, NOMINEE_HEADERS, _),
        "criteria": table_of("criteria", _("Criteria of the presentation"), known, NOMINEE_HEADERS, _),
    }
    return PageContent(_("Nominee"), "nominee.html", notes, {}, tables, is_simulated)
