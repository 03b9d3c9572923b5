"""The index of a season whose list of innovations has not come: what its SPD answers prove, and no more."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import polars as pl

from iga.index.coverage import Coverage, CoverageCode
from iga.index.exact import highest_index
from iga.index.formula import cut, rounded
from iga.rulebook import Assumptions, Rulebook

NOT_KNOWN = (
    "innovation_count", "scored_count", "rejected_count", "divisor", "mean_maturity_x100", "count_x100", "sid_x100",
    "total_x100", "iid_x100", "predicate",
)  # fmt: skip
"""The columns that are single values where there is a list, and null where there is none."""


def with_no_list(index: pl.DataFrame, listed: pl.DataFrame, rules: Rulebook, assumed: Assumptions) -> pl.DataFrame:
    """Return the indices with bounds in place of figures where nothing stands and no list has come.

    `index` has one edition under one rulebook, as the kernel returns it; `listed` names the seasons with a list
    (region_code, edition). The lower bound is that of no innovation, the upper one that of the best list that the rules
    allow; nobody has counted the innovations, so that their number is null and not 0.
    """
    season = ["region_code", "edition"]
    is_empty = (pl.col("innovation_count") == 0) & (pl.col("quarantined_count") == 0)
    without = index.filter(is_empty).join(listed, on=season, how="anti").select(season)
    if without.is_empty():
        return index
    rows = index.join(without, on=season, how="semi", maintain_order="left")
    others = index.join(without, on=season, how="anti", maintain_order="left")
    numbers = rules.parameters
    highest = [
        highest_index(None if spd is None else Fraction(spd, 100), rules) for spd in rows["spd_upper_x100"].to_list()
    ]
    read = rounded if assumed.predicate_read_from == "rounded_index" else cut
    upper: dict[str, list[int | str | None]] = {
        "mean_maturity_upper_x100": [_hundredths(numbers.maturity_maximum.upper)] * rows.height,
        "count_upper_x100": [_hundredths(numbers.count_maximum.upper)] * rows.height,
        "basic_service_upper": [len(rules.basic_service_affairs)] * rows.height,
        "iid_upper_x100": [None if best is None else _hundredths(rounded(best)) for best in highest],
        "predicate_upper": [None if best is None else rules.predicate_of(read(best)) for best in highest],
        "coverage": [
            (Coverage.of([CoverageCode.LIST_MISSING]) | Coverage.parse(text)).text for text in rows["coverage"]
        ],
    }
    open_rows = rows.with_columns(
        *[pl.lit(None, dtype=index.schema[name]).alias(name) for name in NOT_KNOWN],
        *[pl.Series(name, values, dtype=index.schema[name]) for name, values in upper.items()],
    )
    return pl.concat([others, open_rows.select(others.columns)])


def _hundredths(points: Decimal | None) -> int | None:
    return None if points is None else int(points * 100)
