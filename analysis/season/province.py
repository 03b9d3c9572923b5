"""The regencies and cities of a province in one edition: who has sent what, sorted by what is open."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from analysis.season.account import season_account, season_targets
from analysis.season.balance import OPEN, read_balance
from warehouse.home import Home
from warehouse.reference import load_reference
from warehouse.region import Region, region_of_code
from warehouse.snapshot import Snapshot

STATES = ("nothing_received", "files_held", "open", "nothing_open")
"""What a region is in, the one first that asks for most: nothing received, files set aside, other things open."""

FACTS = ("innovations_reported", "units_silent", "units_unresolved", "days_left")

OVERVIEW_SCHEMA: dict[str, Any] = {
    "region_code": pl.String,
    "region_name": pl.String,
    "state": pl.String,
    "file_count": pl.Int64,
    "last_received_date": pl.Date,
    **dict.fromkeys(FACTS[:3], pl.Int64),
    "open_count": pl.Int64,
    **dict.fromkeys(OPEN, pl.Int64),
    FACTS[3]: pl.Int64,
    "iid": pl.Decimal(12, 2),
    "iid_lower": pl.Decimal(12, 2),
    "iid_upper": pl.Decimal(12, 2),
    "predicate": pl.String,
    "is_simulated": pl.Boolean,
}
"""One row per regency and city. What is not known is null: `open_count` where nothing was received, `units_silent`
without a register, the index where it is not computed. `open_count` is the sum of the counts behind it.
"""

_FILES = """
select
    region_code, count(*) as file_count, max(received_date) as last_received_date,
    bool_or(is_simulated) as is_simulated
from receipt
where edition = $edition
group by region_code
"""
_INDEX = """
select region_code, iid, iid_lower, iid_upper, predicate from region_index
where edition = $edition and score_kind = 'claimed' and rulebook = $rulebook
qualify row_number() over (partition by region_code order by assumption_id) = 1
"""
_SEASONS = "select distinct region_code from store.submission where edition = $edition"


def regions_of_province(province_code: str) -> list[Region]:
    """Return the regencies and cities of a province that report, in the order of their codes."""
    known = load_reference("region").filter(
        pl.col("is_autonomous") & (pl.col("province_code") == province_code) & (pl.col("region_code") != province_code)
    )
    return [region_of_code(code) for code in known["region_code"].sort()]


def province_overview(
    snapshot: Snapshot, home: Home, province_code: str, edition: int, on: date, *, lang: str = "id"
) -> pl.DataFrame:
    """Return every regency and city of a province (`OVERVIEW_SCHEMA`), those first that are furthest from done.

    A region that has sent nothing stands first, one with files set aside next, then those with most that is open.
    """
    files = _by_region(snapshot.sql(_FILES, {"edition": edition}))
    indices = _by_region(snapshot.sql(_INDEX, {"edition": edition, "rulebook": str(edition)}))
    seasons = set(snapshot.sql(_SEASONS, {"edition": edition})["region_code"])
    rows = []
    for region in regions_of_province(province_code):
        code = region.region_code
        row: dict[str, Any] = {"region_code": code, "region_name": region.full_name, "file_count": 0}
        row |= files.get(code, {}) | indices.get(code, {})
        if code in files:
            row |= _open(snapshot, code, edition)
        row |= (
            _facts(snapshot, home, code, edition, on, lang)
            if code in seasons
            else _days(snapshot, home, code, edition, on)
        )
        rows.append(row | {"state": _state(row)})
    frame = pl.DataFrame(rows, schema=OVERVIEW_SCHEMA, orient="row")
    order = pl.col("state").replace_strict({state: place for place, state in enumerate(STATES)}, return_dtype=pl.Int8)
    return frame.sort(
        order, pl.col("open_count"), pl.col("region_name"), descending=[False, True, False], nulls_last=True
    )


def overview_columns() -> list[str]:
    """Return the columns that people read: without the code, and without the parts of what is open."""
    return [name for name in OVERVIEW_SCHEMA if name not in ("region_code", "is_simulated", *OPEN)]


def _by_region(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row.pop("region_code"): row for row in frame.iter_rows(named=True)}


def _open(snapshot: Snapshot, region_code: str, edition: int) -> dict[str, int]:
    balance = read_balance(snapshot, region_code, edition)
    counts = {name: int(getattr(balance, name)) for name in OPEN}
    return {"open_count": sum(counts.values()), **counts}


def _facts(snapshot: Snapshot, home: Home, region_code: str, edition: int, on: date, lang: str) -> dict[str, Any]:
    account = season_account(snapshot, home, region_code, edition, on, lang=lang)
    return {name: None if account[name].value is None else account[name].count for name in FACTS}


def _days(snapshot: Snapshot, home: Home, region_code: str, edition: int, on: date) -> dict[str, Any]:
    """The days left to a region of which nothing has been read."""
    ahead = [
        deadline.day
        for deadline in season_targets(snapshot, home, region_code, edition, on=on).deadlines
        if deadline.day >= on
    ]
    return {"days_left": (min(ahead) - on).days} if ahead else {}


def _state(row: dict[str, Any]) -> str:
    if not row["file_count"]:
        return "nothing_received"
    if row["held_count"]:
        return "files_held"
    is_open = row["open_count"] or row.get("units_silent") or row.get("units_unresolved")
    return "open" if is_open else "nothing_open"
