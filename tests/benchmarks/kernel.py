"""Times the scoring kernel against plain pandas on a national panel: answers to ranked indices.

546 regions x 8 editions x 60 innovations x 20 indicators under one rulebook. Ours starts from the wide frame of levels
that the lake keeps; pandas does what one would write without this project: merge the long answers with the weights,
group by submission, group by region, index, rank. Both must give the same indices and places.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from iga.index.rank import rank_regions
from iga.rulebook import Rulebook, load_rulebook
from iga.score import score_regions, score_submissions

REGIONS, EDITIONS, INNOVATIONS = 546, 8, 60
SEED = 2026
REPEATS = 3


def run(regions: int = REGIONS, editions: int = EDITIONS, innovations: int = INNOVATIONS) -> list[dict[str, Any]]:
    """One row per comparison: name, ours_s, alternative, alternative_s, ratio. Raises ValueError if results differ."""
    rules = load_rulebook("2026")
    wide, spd = national_panel(rules, regions, editions, innovations)
    submissions = wide.select("submission_id", "region_code", "edition", "main_affair_code")
    columns = [group.column for group in rules.sid_groups]
    long = wide.unpivot(index="submission_id", on=columns, variable_name="indicator_number", value_name="level")
    long = long.with_columns(pl.col("indicator_number").str.strip_prefix("level_"))
    in_pandas = (long.to_pandas(), submissions.to_pandas(), spd.to_pandas())

    wide_s, from_wide = _timed(lambda: ours_from_wide(wide, spd, rules), REPEATS)
    long_s, from_long = _timed(lambda: ours_from_long(long, submissions, spd, rules), REPEATS)
    pandas_s, from_pandas = _timed(lambda: with_pandas(*in_pandas, rules), 2)
    for ours in (from_wide, from_long):
        if not _as_rows(ours) == from_pandas:
            raise ValueError("kernel and pandas disagree")
    size = f"{long.height / 1e6:.1f} million answers"
    alternative = "pandas merge + groupby on the long table"
    return [
        _row(f"kernel, wide levels to ranked indices ({size})", wide_s, alternative, pandas_s),
        _row(f"kernel, long answers to ranked indices ({size})", long_s, alternative, pandas_s),
    ]


def national_panel(rules: Rulebook, regions: int, editions: int, innovations: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Random levels, one Int8 column per indicator group, and a random SPD for each region and edition."""
    chance = np.random.default_rng(SEED)
    count = regions * editions * innovations
    region, edition = np.divmod(np.arange(count) // innovations, editions)
    codes = np.array([f"{code:04}" for code in range(regions)])
    levels = {group.column: chance.integers(0, 4, count, dtype=np.int8) for group in rules.sid_groups}
    affairs = np.array([f"{code:02}" for code in range(1, 39)])
    wide = pl.DataFrame(
        {
            "submission_id": np.arange(count),
            "region_code": codes[region],
            "edition": (2019 + edition).astype(np.int32),
            "main_affair_code": affairs[chance.integers(0, len(affairs), count)],
            **levels,
        }
    )
    keys = wide.select("region_code", "edition").unique(maintain_order=True)
    return wide, keys.with_columns(pl.Series("spd_x100", chance.integers(0, 6301, keys.height)))


def ours_from_wide(wide: pl.DataFrame, spd: pl.DataFrame, rules: Rulebook) -> pl.DataFrame:
    """The kernel on the wide frame: one lazy plan down to the regions, which are then ranked."""
    scored = score_submissions(wide.lazy(), rules)
    return rank_regions(score_regions(scored, rules, spd=spd.lazy()).collect())


def ours_from_long(long: pl.DataFrame, submissions: pl.DataFrame, spd: pl.DataFrame, rules: Rulebook) -> pl.DataFrame:
    """The kernel on the long frame: one lazy plan down to the regions, which are then ranked."""
    scored = submissions.lazy().join(score_submissions(long.lazy(), rules), on="submission_id")
    return rank_regions(score_regions(scored, rules, spd=spd.lazy()).collect())


def with_pandas(
    long: pd.DataFrame, submissions: pd.DataFrame, spd: pd.DataFrame, rules: Rulebook
) -> list[tuple[str, int, int, int]]:
    """The same by merge and groupby, on whole hundredths: rows of region, edition, index, place."""
    weights = pd.DataFrame(
        [(group.number, group.weight_x100) for group in rules.sid_groups], columns=["indicator_number", "weight"]
    )
    numbers = rules.parameters
    answers = long.merge(weights, on="indicator_number")
    answers["points"] = answers["level"].astype("int64") * answers["weight"]
    points = answers.groupby("submission_id", as_index=False)["points"].sum()
    submissions = submissions.merge(points, on="submission_id")
    is_basic = submissions["main_affair_code"].isin(rules.basic_service_affairs)
    submissions["service"] = submissions["main_affair_code"].where(is_basic)
    regions = submissions.groupby(["region_code", "edition"], as_index=False).agg(
        points=("points", "sum"), count=("points", "size"), services=("service", "nunique")
    )
    regions = regions.merge(spd, on=["region_code", "edition"])
    divisor = regions["count"].clip(lower=int(numbers.divisor_minimum.value or 0))
    weight_x100 = int((numbers.count_weight.value or 0) * 100)
    counted = regions["count"].clip(upper=int(numbers.count_cap.value or 0)) * weight_x100
    counted = counted.where(regions["services"] >= int(numbers.basic_services_required.value or 0), 0)
    top = int((numbers.total_maximum.value or 0) * 100)
    hundredths = 10000 * ((regions["spd_x100"] + counted) * divisor + regions["points"])
    regions["iid"] = (2 * hundredths + top * divisor) // (2 * top * divisor)
    regions["place"] = regions.groupby("edition")["iid"].rank(method="min", ascending=False).astype("int64")
    return sorted(regions[["region_code", "edition", "iid", "place"]].itertuples(index=False, name=None))


def _as_rows(ranked: pl.DataFrame) -> list[tuple[str, int, int, int]]:
    return sorted(ranked.select("region_code", "edition", "iid_x100", "rank").rows())


def _timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """The best of several runs in seconds, and the last result."""
    best, result = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def _row(name: str, ours_s: float, alternative: str, alternative_s: float) -> dict[str, Any]:
    ratio = alternative_s / ours_s
    return {"name": name, "ours_s": ours_s, "alternative": alternative, "alternative_s": alternative_s, "ratio": ratio}


if __name__ == "__main__":
    for row in run():
        ours, alternative = f"{row['ours_s']:.3f} s", f"{row['alternative_s']:.3f} s"
        print(f"{row['name']}: {ours}; {row['alternative']}: {alternative}; x{row['ratio']:.1f}")
