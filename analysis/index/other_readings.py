"""Says where a predicate depends on a convention: by another reading that peers compute by, it is another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from analysis.index.recompute import Stored, index_under
from iga.rulebook import Rulebook, shipped_rulebooks
from iga.rules.parts import OtherReading

KEYS = ("region_code", "edition", "score_kind")


@dataclass(frozen=True)
class ReadOtherwise:
    """One index whose predicate is another one if a switch has the value that others compute by."""

    region_code: str
    edition: int
    rulebook: str
    score_kind: str
    switch: str
    reading: OtherReading
    iid: Decimal
    predicate: str
    other_iid: Decimal | None
    other_predicate: str | None


def read_otherwise(
    stored: Stored, index: pl.DataFrame, changes: Mapping[str, object] | None = None
) -> list[ReadOtherwise]:
    """Return the predicates of `index` that another reading would change, in the order of its rows by rulebook.

    `index` has the rows and columns of `index_under` for `stored` and `changes`. Only single predicates are looked at,
    and only the readings that a rulebook names (`others` of a switch) for switches that `changes` leaves alone.
    """
    found = []
    rulebooks = stored.rulebooks or shipped_rulebooks()
    for name in index["rulebook"].unique().sort() if not index.is_empty() else ():
        rules = rulebooks.of(name)
        rows = index.filter((pl.col("rulebook") == name) & pl.col("predicate").is_not_null())
        for switch, stated in rules.switches.items():
            for reading in stated.others if switch not in (changes or {}) else ():
                found += _changed(stored, rows, rules, switch, reading, dict(changes or {}))
    return found


def _changed(
    stored: Stored,
    rows: pl.DataFrame,
    rules: Rulebook,
    switch: str,
    reading: OtherReading,
    changes: dict[str, object],
) -> list[ReadOtherwise]:
    rows = _that_may_depend(stored, rows, rules, switch)
    if rows.is_empty():
        return []
    kinds = rows["score_kind"].unique().sort().to_list()
    places = rows.select("region_code", "edition").unique()
    part = Stored(
        stored.submissions.join(places, on=["region_code", "edition"], how="semi", maintain_order="left"),
        stored.answers,
        stored.region_answers.join(places, on=["region_code", "edition"], how="semi", maintain_order="left"),
        stored.rulebooks,
    )
    anew = index_under(part, rulebook=rules, score_kinds=kinds, changes={**changes, switch: reading.value})
    others = {tuple(row[key] for key in KEYS): row for row in anew.iter_rows(named=True)}
    found = []
    for row in rows.iter_rows(named=True):
        other = others.get(tuple(row[key] for key in KEYS))
        if other is not None and other["predicate"] != row["predicate"]:
            found.append(
                ReadOtherwise(
                    row["region_code"],
                    row["edition"],
                    row["rulebook"],
                    row["score_kind"],
                    switch,
                    reading,
                    row["iid"],
                    row["predicate"],
                    other["iid"],
                    other["predicate"],
                )
            )
    return found


def _that_may_depend(stored: Stored, rows: pl.DataFrame, rules: Rulebook, switch: str) -> pl.DataFrame:
    """The rows that a switch can change at all, so that nothing is computed anew in vain."""
    if switch == "predicate_read_from":  # rounding carries an index over the lower end of a band, never further
        ends = [int(band.lower * 100) for band in rules.predicates if band.lower is not None]
        return rows.filter(pl.col("iid_x100").is_in(ends))
    column = {"cross_affairs_cover_basic_service": "cross_affair_codes", "statuses_counted": "status"}.get(switch)
    if column is None:
        return rows
    places = stored.submissions.filter(pl.col(column).is_not_null()).select("region_code", "edition")
    return rows.join(places.unique(), on=["region_code", "edition"], how="semi", maintain_order="left")
