"""What was published about one region beyond its index: the facts that bound an unknown rule for all of its edition.

A published statement has one number of innovations and no mean maturity; what its text says of them beside stands in
`published_parts.csv`, tied to the statement by its id. A statement that a snapshot does not hold gives no fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

import polars as pl

from iga.estimate.published_facts import PublishedFact
from warehouse.snapshot import Snapshot

CountedAs = Literal["accepted", "sent"]
"""Which of two published numbers of innovations the count term is taken to count."""

_STATEMENTS = """
select statement_id, region_code, edition, score, source, confidence from published_result
where scheme = 'IGA' and stage = 'final' and measure = 'iid' and score is not null and edition = $edition
order by statement_id
"""


@dataclass(frozen=True)
class FactsOfEdition:
    """The published facts of an edition by one reading of their counts, and the statements that they come from."""

    counted_as: CountedAs
    facts: tuple[PublishedFact, ...]
    statement_ids: tuple[str, ...]


@cache
def published_parts() -> pl.DataFrame:
    """Return what statements say beside the index: statement_id, region, edition, sent, accepted, mean maturity."""
    text = files("analysis.estimate").joinpath("published_parts.csv").read_text(encoding="utf-8")
    types = {"region_code": pl.String, "mean_maturity": pl.String}
    frame = pl.read_csv(text.encode(), schema_overrides=types)
    return frame.with_columns(pl.col("mean_maturity").cast(pl.Decimal(12, 2)))


def facts_of_edition(snapshot: Snapshot, edition: int) -> tuple[FactsOfEdition, ...]:
    """Return the facts that bound the rules of an edition, by each reading of what counted; empty without any.

    The accepted innovations are taken first; where other numbers were sent, a second reading takes those.
    """
    statements = snapshot.sql(_STATEMENTS, {"edition": edition})
    rows = statements.join(
        published_parts(), on=["statement_id", "region_code", "edition"], how="inner", maintain_order="left"
    )
    if rows.is_empty():
        return ()
    readings: list[CountedAs] = ["accepted"]
    if rows.filter(pl.col("accepted_count") != pl.col("sent_count")).height:
        readings.append("sent")
    return tuple(_by_reading(rows, reading) for reading in readings)


def _by_reading(rows: pl.DataFrame, counted_as: CountedAs) -> FactsOfEdition:
    facts = tuple(
        PublishedFact(
            row["region_code"],
            row["edition"],
            Decimal(row["score"]),
            row[f"{counted_as}_count"],
            row["mean_maturity"],
            row["source"],
        )
        for row in rows.iter_rows(named=True)
    )
    return FactsOfEdition(counted_as, facts, tuple(rows["statement_id"]))
