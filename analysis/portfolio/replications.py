"""The register of replications: who took over which innovation from whom, by what letter, and what proves it.

It is a file of the home, `portfolio/replications.csv`. For an innovation of the city each other region that has sent a
letter of interest or signed an agreement is a proof for the indicator of replication; the number of such regions
proposes a level, which a person confirms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from analysis.portfolio.home_tables import FOLDER, HOME_TABLES, Fault, HomeRow, day_in, read_home_table
from iga.portfolio.spellings import spelling_key
from iga.rules.book import Rulebook
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.region import resolve_city

INDICATOR_KEY = "replication"
REPLICATIONS: dict[str, Any] = {
    "innovation": pl.String,
    "innovation_id": pl.String,
    "replicator": pl.String,
    "origin": pl.String,
    "interest_letter_number": pl.String,
    "interest_letter_date": pl.Date,
    "mou_number": pl.String,
    "mou_date": pl.Date,
    "start_date": pl.Date,
    "proof": pl.String,
    "proof_file": pl.String,
    "note": pl.String,
}
PROPOSALS: dict[str, Any] = {
    "innovation": pl.String,
    "innovation_id": pl.String,
    "indicator_number": pl.String,
    "region_count": pl.Int64,
    "regions": pl.String,
    "level": pl.Int64,
    "documents": pl.String,
}


@dataclass(frozen=True)
class Replications:
    """The rows of the register about a city, the proposals of proof for its own innovations, and the faults."""

    rows: pl.DataFrame
    proposals: pl.DataFrame
    faults: tuple[Fault, ...]


def read_replications(home: Home, region_code: str, known: dict[str, str], rulebook: Rulebook | None) -> Replications:
    """Return the register as far as it is about a city; `known` has the innovation of each spelling key.

    A row counts for the city where it is the origin (also where none is named and the innovation is one of its own),
    and is shown where it is the replicator. Raises PortfolioInvalid for a file without the needed columns.
    """
    table = read_home_table(home, "replications", "replications")
    faults = list(table.faults)
    rows: list[dict[str, Any]] = []
    seen: set[tuple[str, str, str]] = set()
    for row in table.rows:
        who, whom = _region(row, "replicator", faults), _region(row, "origin", faults)
        title = row.cells["innovation"]
        if title is None:
            faults.append(row.fault("innovation", "no_innovation_named"))
            continue
        innovation_id = known.get(spelling_key(title))
        if who is None:
            continue
        if whom is None and row.cells["origin"] is None and innovation_id is not None:
            whom = region_code
        if region_code not in (who, whom):
            continue
        if who == whom:
            faults.append(row.fault("replicator", "replicates_itself"))
            continue
        told = _told(home, row, faults)
        is_own = whom == region_code
        if is_own and innovation_id is None:
            faults.append(row.fault("innovation", "unknown_innovation"))
        key = (who, whom or "", spelling_key(title))
        if key in seen:
            faults.append(row.fault("replicator", "named_before"))
        seen.add(key)
        named = {"innovation": title, "innovation_id": innovation_id if is_own else None}
        rows.append({**told, **named, "replicator": who, "origin": whom})
    frame = pl.DataFrame(rows, schema=REPLICATIONS).sort("innovation", "replicator")
    proposals = _proposals(frame.filter(pl.col("origin") == region_code), rulebook)
    return Replications(frame, proposals, tuple(faults))


def _region(row: HomeRow, column: str, faults: list[Fault]) -> str | None:
    text = row.cells[column]
    if text is None:
        if column == "replicator":
            faults.append(row.fault(column, "no_region_named"))
        return None
    try:
        return resolve_city(text).region_code
    except UnknownName:
        faults.append(row.fault(column, "unknown_region"))
        return None


def _told(home: Home, row: HomeRow, faults: list[Fault]) -> dict[str, Any]:
    """Return letters, days and proof of a row; tell what is missing, not there or out of order."""
    days = {column: day_in(row, column, faults) for column in ("interest_letter_date", "mou_date", "start_date")}
    letter, agreement = days["interest_letter_date"], days["mou_date"]
    if letter and agreement and agreement < letter:
        faults.append(row.fault("mou_date", "agreement_before_letter"))
    has_letter = bool(row.cells["interest_letter_number"] or row.cells["interest_letter_date"])
    has_agreement = bool(row.cells["mou_number"] or row.cells["mou_date"])
    if not has_letter and not has_agreement:
        faults.append(row.fault("interest_letter_number", "no_document"))
    file = row.cells["proof_file"]
    if file is None:
        faults.append(row.fault("proof_file", "no_proof_file"))
    elif not _is_there(home, file):
        faults.append(row.fault("proof_file", "proof_file_missing"))
    proof = "agreement" if has_agreement else "letter" if has_letter else None
    kept = {column: row.cells[column] for column in ("interest_letter_number", "mou_number", "proof_file", "note")}
    return {**kept, **days, "proof": proof}


def _is_there(home: Home, name: str) -> bool:
    """Return whether a file named in the register lies in the portfolio's folder; an address is not looked up."""
    if name.casefold().startswith(("http://", "https://")):
        return True
    folder = (home.root / FOLDER).resolve()
    try:
        path = (folder / name.replace("\\", "/")).resolve()
        if not path.is_relative_to(folder):
            return False
        return noted(home, home.root / FOLDER / path.relative_to(folder)).is_file()
    except (OSError, ValueError):
        return False


def _proposals(rows: pl.DataFrame, rulebook: Rulebook | None) -> pl.DataFrame:
    indicators = [] if rulebook is None else [one for one in rulebook.indicators if one.key == INDICATOR_KEY]
    number = indicators[0].number if indicators else None
    top = max((level.level for level in indicators[0].levels), default=None) if indicators else None
    found = []
    proved = rows.filter(pl.col("proof").is_not_null()).with_columns(
        pl.Series("key", [spelling_key(title) for title in rows.filter(pl.col("proof").is_not_null())["innovation"]],
                  dtype=pl.String)
    )  # fmt: skip
    for _key, part in proved.group_by("key", maintain_order=True):
        regions = part["replicator"].unique().sort().to_list()
        found.append(
            {
                "innovation": part["innovation"][0],
                "innovation_id": part["innovation_id"][0],
                "indicator_number": number,
                "region_count": len(regions),
                "regions": "|".join(regions),
                "level": None if top is None else min(len(regions), top),
                "documents": "; ".join(dict.fromkeys(_documents(part))),
            }
        )
    return pl.DataFrame(found, schema=PROPOSALS)


def _documents(rows: pl.DataFrame) -> Iterable[str]:
    for row in rows.iter_rows(named=True):
        for number, day in (("interest_letter_number", "interest_letter_date"), ("mou_number", "mou_date")):
            if row[number] or row[day]:
                yield " ".join(filter(None, (row[number], _iso(row[day]))))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def register_template() -> bytes:
    """Return the register as a file to fill in, as Indonesian office programs open it: with semicolons and a mark."""
    return ("\ufeff" + ";".join(HOME_TABLES["replications"]) + "\r\n").encode()
