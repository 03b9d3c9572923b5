"""How time and memory grow with the number of answers: 0.5, 5 and 50 million, on each engine, and against numpy.

    python tests/benchmarks/scale.py [--engines polars duckdb spark] [--answers 500000 5000000 50000000] [--lake FOLDER]

Each engine scores a lake on disk (Parquet to indices) in a process of its own, whose peak memory is read when it ends.
The exponent is the slope of log time over log answers, over all sizes and over the two largest: 1 is linear growth,
less means that fixed costs still weigh. The kernel on arrays in memory is set
against two bare numpy passes over the same arrays: `bincount` of each of the 20 level columns by region, and the leaner
sum of all columns followed by one `bincount`; neither knows status, stages, basic services, bounds or rounding.
Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from iga.rulebook import Rulebook, load_rulebook
from iga.score import score_regions, score_submissions

ANSWERS = (500_000, 5_000_000, 50_000_000)
REGIONS = 546
CHUNK = 250_000
SEED = 2026


def write_lake(folder: Path, submissions: int, rules: Rulebook, *, seed: int = SEED) -> None:
    """A lake of random answers: regions and editions as a panel grows, one Parquet file per 250,000 submissions."""
    for table in ("submission", "spd"):
        (folder / table).mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    editions = max(1, math.ceil(submissions / (REGIONS * 60)))
    for number, start in enumerate(range(0, submissions, CHUNK)):
        frame = random_submissions(chance, rules, start, min(start + CHUNK, submissions), editions, submissions)
        frame.write_parquet(folder / "submission" / f"{number:04}.parquet")
    keys = pl.DataFrame({"place": np.arange(REGIONS * editions)})
    keys.select(*_keys(pl.col("place"))).with_columns(
        pl.Series("spd_x100", chance.integers(0, 6301, REGIONS * editions))
    ).write_parquet(folder / "spd" / "0000.parquet")


def random_submissions(
    chance: np.random.Generator, rules: Rulebook, start: int, stop: int, editions: int, submissions: int
) -> pl.DataFrame:
    """Submissions `start` to `stop` of a panel sorted by region and edition, with random levels and affairs."""
    place = np.arange(start, stop) * (REGIONS * editions) // submissions
    count = stop - start
    levels = {group.column: chance.integers(0, group.top_level + 1, count, dtype=np.int8) for group in rules.sid_groups}
    frame = pl.DataFrame({"submission_id": np.arange(start, stop), "place": place, **levels})
    affairs = pl.Series([f"{code:02}" for code in range(1, 39)]).gather(chance.integers(0, 38, count))
    keys = frame.select("submission_id", *_keys(pl.col("place")), affairs.alias("main_affair_code"), *levels)
    return keys


def _keys(place: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    region = (place % REGIONS).cast(pl.String).str.zfill(4)
    return region.alias("region_code"), (2020 + place // REGIONS).cast(pl.Int32).alias("edition")


def measure(lake: Path, engine: str) -> tuple[float, float]:
    """Seconds of scoring and the peak memory in MB of a fresh process that scores the lake."""
    command = [sys.executable, __file__, "--score", engine, "--lake", str(lake)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    seconds, megabytes = done.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def score_here(lake: Path, engine: str) -> None:
    """Score the lake once and print seconds and peak memory of this process (and of Spark's own one)."""
    from analysis.index.lake_scores import score_lake, spark_session

    if engine == "spark":
        spark_session()  # its start-up is not the kernel's
    start = time.perf_counter()
    score_lake(lake, engine=engine)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if engine == "spark":
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
        status = [Path(f"/proc/{child}/status").read_text() for child in children]
        peak += sum(int(line.split()[1]) for text in status for line in text.splitlines() if line.startswith("VmHWM"))
    print(seconds, peak / 1024)


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """The least-squares slope of log seconds over log sizes."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def in_memory(answers: int, rules: Rulebook) -> dict[str, float]:
    """Best of three: the kernel, and the two numpy passes, over the same arrays; raises ValueError if sums differ."""
    submissions = answers // len(rules.sid_groups)
    editions = max(1, math.ceil(submissions / (REGIONS * 60)))
    frame = random_submissions(np.random.default_rng(SEED), rules, 0, submissions, editions, submissions)
    place = np.arange(submissions) * (REGIONS * editions) // submissions
    weights = [group.weight_x100 for group in rules.sid_groups]
    arrays = [frame[group.column].to_numpy() for group in rules.sid_groups]

    def kernel() -> pl.DataFrame:
        return pl.DataFrame(score_regions(score_submissions(frame.lazy(), rules), rules).collect(engine="streaming"))

    def by_column() -> Any:
        return sum(weight * np.bincount(place, weights=array) for weight, array in zip(weights, arrays, strict=True))

    def summed() -> Any:
        total = np.zeros(submissions, dtype=np.int32)
        for weight, array in zip(weights, arrays, strict=True):
            total += array * np.int32(weight)
        return np.bincount(place, weights=total)

    best = {name: _best(work) for name, work in (("kernel", kernel), ("bincount", by_column), ("lean", summed))}
    if not np.array_equal(by_column(), summed()) or kernel()["scored_count"].sum() != submissions:
        raise ValueError("the passes disagree")
    return best


def _best(work: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", nargs="+", default=["polars", "duckdb"])
    parser.add_argument("--answers", nargs="+", type=int, default=list(ANSWERS))
    parser.add_argument("--lake", type=Path)
    parser.add_argument("--score", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.score:
        score_here(chosen.lake, chosen.score)
        return
    console = Console(width=120, highlight=False)
    rules = load_rulebook("2026")
    console.print(_growth(chosen.engines, chosen.answers, rules, chosen.lake))
    console.print(_against_numpy(chosen.answers, rules))


def _growth(engines: list[str], sizes: list[int], rules: Rulebook, kept: Path | None) -> Table:
    table = Table(
        "engine",
        *[f"{size / 1e6:g} million answers" for size in sizes],
        "exponent",
        "largest two",
        title="Parquet to indices",
    )
    with tempfile.TemporaryDirectory() as scratch:
        root = kept or Path(scratch)
        for size in sizes:
            if not (root / str(size)).exists():
                write_lake(root / str(size), size // len(rules.sid_groups), rules)
        for engine in engines:
            found = [measure(root / str(size), engine) for size in sizes]
            cells = [f"{seconds:.2f} s, {peak:.0f} MB" for seconds, peak in found]
            seconds = [each for each, _ in found]
            slopes = [exponent(sizes[-last:], seconds[-last:]) if len(sizes) > 1 else math.nan for last in (0, 2)]
            table.add_row(engine, *cells, *[f"{slope:.2f}" for slope in slopes])
    return table


def _against_numpy(sizes: list[int], rules: Rulebook) -> Table:
    table = Table("answers", "kernel", "bincount per column", "ratio", "sum, one bincount", "ratio", title="In memory")
    for size in sizes:
        best = in_memory(size, rules)
        kernel, each, lean = best["kernel"], best["bincount"], best["lean"]
        ratios = f"{kernel / each:.1f}x", f"{kernel / lean:.1f}x"
        table.add_row(
            f"{size / 1e6:g} million", f"{kernel:.3f} s", f"{each:.3f} s", ratios[0], f"{lean:.3f} s", ratios[1]
        )
    return table


if __name__ == "__main__":
    main()
