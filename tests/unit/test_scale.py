"""One kernel, three engines: the same indices to the last digit, and the oracle's."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analysis.index.lake_scores import ENGINES, score_lake
from iga.rulebook import load_rulebook
from iga.score import index_of, score_regions
from tests.conftest import Ran
from warehouse.errors import UnknownName

CASES = 2_000
MANY = 100_000
RULEBOOKS = ("2026", "2023", "2024")
STATUSES, STAGES = (None, "accepted", "rejected"), (None, "implementation", "trial")


def engines() -> list[object]:
    return [pytest.param(name, marks=pytest.mark.spark if name == "spark" else ()) for name in ENGINES]


@pytest.fixture(autouse=True)
def _needs_spark(request: pytest.FixtureRequest) -> None:
    if "spark" in str(getattr(request.node, "callspec", "")) or request.node.get_closest_marker("spark"):
        pytest.importorskip("pyspark")
        if shutil.which("java") is None:
            pytest.skip("no Java runtime")


def random_regions(count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Submissions with maturities as bounds, and SPD as bounds or missing; sizes around the divisor and the cap."""
    chance = np.random.default_rng(seed)
    sizes = chance.choice([0, 1, 5, 9, 10, 11, 12, 13, 20, 199, 201], count, p=[*[0.12] * 8, 0.03, 0.005, 0.005])
    region = np.repeat(np.arange(count), sizes)
    total = len(region)
    lower = chance.integers(0, 11101, total)
    upper = np.where(chance.random(total) < 0.9, lower, np.minimum(lower + chance.integers(0, 3000, total), 11100))
    is_missing = chance.random(total) < 0.02
    codes = pl.Series([None, "13", "01", "02", "03", "04", "05", "06"])
    affairs = codes.gather(chance.choice(8, total, p=[0.02, 0.3] + [0.68 / 6] * 6))
    submissions = pl.DataFrame(
        {
            "region_code": pl.Series(region).cast(pl.String),
            "edition": np.full(total, 2026, dtype=np.int32),
            "maturity_lower_x100": pl.Series(lower).set(pl.Series(is_missing), None),
            "maturity_upper_x100": pl.Series(upper).set(pl.Series(is_missing), None),
            "status": pl.Series(STATUSES).gather(chance.choice(3, total, p=[0.5, 0.4, 0.1])),
            "stage": pl.Series(STAGES).gather(chance.choice(3, total, p=[0.3, 0.6, 0.1])),
            "main_affair_code": affairs,
        }
    )
    spd = chance.integers(0, 6301, count)
    widths = np.where(chance.random(count) < 0.8, 0, chance.integers(0, 500, count))
    known = pl.DataFrame(
        {
            "region_code": pl.Series(np.arange(count)).cast(pl.String),
            "edition": np.full(count, 2026, dtype=np.int32),
            "spd_lower_x100": spd,
            "spd_upper_x100": np.minimum(spd + widths, 6300),
        }
    )
    is_known = pl.Series(chance.random(count) < 0.9)
    return submissions, known.with_columns(
        pl.when(is_known).then(pl.col(name)).alias(name) for name in ("spd_lower_x100", "spd_upper_x100")
    )


COMPARED = ("iid", "iid_lower", "iid_upper", "mean_maturity", "count", "sid", "total")


def by_oracle(submissions: pl.DataFrame, spd: pl.DataFrame, rulebook: str) -> dict[str, tuple[object, ...]]:
    """Each region by `index_of`: hundredths, divisor, predicates and coverage."""
    rules = load_rulebook(rulebook)
    rows: dict[str, list[tuple[object, ...]]] = {code: [] for code in spd["region_code"]}
    columns = ("region_code", "maturity_lower_x100", "maturity_upper_x100", "status", "stage", "main_affair_code")
    for code, *facts in submissions.select(columns).iter_rows():
        rows[code].append(tuple(facts))
    found = {}
    for code, _, low, high in spd.iter_rows():
        scored = [row for row in rows[code] if row[2] != "rejected" and row[3] != "trial"]
        rejected = sum(row[2] == "rejected" and row[3] != "trial" for row in rows[code])
        services = {row[4] for row in scored} & set(rules.basic_service_affairs)
        unknown = sum(row[4] is None for row in scored)
        maturities = [None if row[0] is None else (_points(row[0]), _points(row[1])) for row in scored]
        told = index_of(
            None if low is None else (_points(low), _points(high)),
            maturities,
            (len(services), min(6, len(services) + unknown)),
            rules,
            rejected_count=rejected,
        )
        numbers = (told.iid, told.iid_lower, told.iid_upper, told.mean_maturity, told.count_score, told.sid, told.total)
        hundredths = tuple(None if number is None else int(number * 100) for number in numbers)
        found[code] = (*hundredths, told.divisor, told.predicate_lower, told.predicate_upper, "|".join(told.coverage))
    return found


def _points(hundredths: object) -> str:
    assert isinstance(hundredths, int)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def by_kernel(frame: pl.DataFrame) -> dict[str, tuple[object, ...]]:
    names = [f"{name}_x100" for name in COMPARED]
    rows = frame.select("region_code", *names, "divisor", "predicate_lower", "predicate_upper", "coverage").iter_rows()
    return {code: tuple(values) for code, *values in rows}


def scored_on(engine: str, submissions: pl.DataFrame, spd: pl.DataFrame, rulebook: str, folder: Path) -> pl.DataFrame:
    """The kernel on an engine; files in between, as the engines of a lake read them."""
    if engine == "polars":
        return pl.DataFrame(score_regions(submissions.lazy(), rulebook, spd=spd.lazy()).collect())
    for name, frame in (("submissions", submissions), ("spd", spd)):
        frame.write_parquet(folder / f"{name}.parquet")
    paths = [str(folder / f"{name}.parquet") for name in ("submissions", "spd")]
    if engine == "duckdb":
        import duckdb

        with duckdb.connect() as connection:
            given = [connection.read_parquet(path) for path in paths]
            scored = score_regions(given[0], rulebook, spd=given[1])
            found = pl.DataFrame(scored.to_arrow_table())
            del given, scored
        return found
    from analysis.index.lake_scores import spark_session

    session = spark_session()
    given = [session.read.parquet(path) for path in paths]
    return pl.DataFrame(score_regions(given[0], rulebook, spd=given[1]).toArrow())


def assert_agreement(engine: str, rulebook: str, count: int, folder: Path) -> None:
    submissions, spd = random_regions(count, seed=int(rulebook) + count)
    kernel = by_kernel(scored_on(engine, submissions, spd, rulebook, folder))
    oracle = by_oracle(submissions, spd, rulebook)
    assert len(kernel) == len(oracle) == count
    different = {code: (kernel[code], oracle[code]) for code in oracle if kernel[code] != oracle[code]}
    assert not different, next(iter(different.items()))


@pytest.mark.parametrize("rulebook", RULEBOOKS)
@pytest.mark.parametrize("engine", engines())
def test_kernel_and_oracle_agree_to_the_last_digit(engine: str, rulebook: str, tmp_path: Path) -> None:
    assert_agreement(engine, rulebook, CASES, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("rulebook", RULEBOOKS)
@pytest.mark.parametrize("engine", engines())
def test_kernel_and_oracle_agree_on_100_000_regions(engine: str, rulebook: str, tmp_path: Path) -> None:
    assert_agreement(engine, rulebook, MANY, tmp_path)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.benchmarks.scale import write_lake

    folder = tmp_path_factory.mktemp("lake")
    write_lake(folder, 3_000, load_rulebook("2026"))
    return folder


@pytest.mark.parametrize("engine", engines()[1:])
def test_a_lake_is_scored_the_same_on_every_engine(engine: str, lake: Path) -> None:
    expected = score_lake(lake, "2026", engine="polars")
    assert expected.height == 546
    assert expected["scored_count"].sum() == 3_000
    assert score_lake(lake, "2026", engine=engine).equals(expected)


def test_the_command_scores_a_lake(iga: object, lake: Path, tmp_path: Path) -> None:
    ran: Ran = iga("score", "--engine", "duckdb", "--lake", str(lake), "--out", str(tmp_path / "out.parquet"))  # type: ignore[operator]
    assert ran.exit_code == 0, ran.err
    assert pl.read_parquet(tmp_path / "out.parquet").equals(score_lake(lake))


def test_what_is_no_lake_and_no_engine_is_refused(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="lacks submission"):
        score_lake(tmp_path)
    with pytest.raises(UnknownName, match="polars, duckdb, spark"):
        score_lake(lake, engine="abacus")
