"""The computed index beside the published one, for real input only, with the difference explained."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from iga.index.coverage import Coverage, CoverageCode
from warehouse.snapshot import Snapshot

QUERY = """
select region_code, edition, statement_id, score as published_iid, confidence, source
from published_result
where scheme = 'IGA' and stage = 'final' and measure = 'iid' and score is not null and region_code is not null
order by all
"""


def beside_published(snapshot: Snapshot, index: pl.DataFrame) -> pl.DataFrame:
    """The rows of `index` that are not simulated and have a published final index, one per published statement.

    Added are published_iid, its statement_id, source and confidence, and what the difference comes to:
    difference_lower and difference_upper (published less computed bounds), reason (`within_bounds`, `above_bounds`,
    `below_bounds`, `not_computed`) and implied_spd, the SPD points that would give the published index where only the
    SPD is missing (null where not, or where no SPD could). A simulated row is never set against a published figure.
    """
    real = index.filter(~pl.col("is_simulated"))
    joined = real.join(snapshot.sql(QUERY), on=["region_code", "edition"], how="inner")
    told = [_explained(row) for row in joined.iter_rows(named=True)]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "difference_lower": pl.Decimal(12, 2),
        "difference_upper": pl.Decimal(12, 2),
        "reason": pl.String,
        "implied_spd": pl.Decimal(12, 2),
    }
    return pl.concat([joined, pl.DataFrame(told, schema=schema, orient="row")], how="horizontal")


def _explained(row: dict[str, object]) -> tuple[Decimal | None, Decimal | None, str, Decimal | None]:
    lower, upper, published = row["iid_lower"], row["iid_upper"], row["published_iid"]
    if not (isinstance(lower, Decimal) and isinstance(upper, Decimal) and isinstance(published, Decimal)):
        return None, None, "not_computed", None
    reason = "within_bounds" if lower <= published <= upper else "above_bounds" if published > upper else "below_bounds"
    return published - upper, published - lower, reason, _implied_spd(row, lower, upper, published)


def _implied_spd(row: dict[str, object], lower: Decimal, upper: Decimal, published: Decimal) -> Decimal | None:
    """The SPD points at which the published index would be met, if nothing but the SPD is missing."""
    least, most = row["spd_lower"], row["spd_upper"]
    coverage = Coverage.parse(str(row["coverage"] or ""))
    is_spd_alone = coverage.is_only(CoverageCode.SPD_MISSING, CoverageCode.SPD_UNMAPPED)
    if not is_spd_alone or not lower <= published <= upper or lower == upper:
        return None
    if not (isinstance(least, Decimal) and isinstance(most, Decimal)):
        return None
    return (least + (published - lower) / (upper - lower) * (most - least)).quantize(Decimal("0.01"))
