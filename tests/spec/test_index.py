"""The index as the rules state it: tables of cases, held against the exact formula and against the kernel."""

import csv
import tomllib
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from iga.rulebook import load_rulebook
from iga.score import index_of, score_regions

HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "index.toml").read_text(encoding="utf-8"))["case"]
BANDS = list(csv.DictReader((HERE / "predicates.csv").read_text(encoding="utf-8").splitlines()))
POINTS = ("iid", "iid_lower", "iid_upper", "mean_maturity", "count_score", "total")


def pair(value):
    return tuple(value) if isinstance(value, list) else value


def maturities(case):
    return [None if points == "?" else Decimal(points) for count, points in case["maturities"] for _ in range(count)]


def assumed(case):
    return load_rulebook(case["rulebook"]).assume(**case.get("assumptions", {}))


def expected(case):
    """The figures of the case; a single index stands for both of its bounds."""
    stated = {name: case.get(name) for name in ("iid", "iid_lower", "iid_upper", "predicate_lower", "predicate_upper")}
    stated["iid_lower"] = stated["iid_lower"] or stated["iid"]
    stated["iid_upper"] = stated["iid_upper"] or stated["iid"]
    for side in ("predicate_lower", "predicate_upper"):
        stated[side] = stated[side] or case.get("predicate")
    more = {
        name: case[name] for name in ("mean_maturity", "count_score", "total", "divisor", "coverage") if name in case
    }
    return {
        name: value for name, value in (stated | more).items() if not (value is None and name.startswith("predicate"))
    }


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_exact_index(case):
    result = index_of(
        pair(case.get("spd")),
        maturities(case),
        pair(case["services"]),
        case["rulebook"],
        rejected_count=case.get("rejected", 0),
        other_stage_count=case.get("other_stages", 0),
        assumptions=assumed(case),
    )
    for name, value in expected(case).items():
        found = getattr(result, name)
        wanted = Decimal(value) if name in POINTS and value is not None else value
        assert (list(found) if name == "coverage" else found) == wanted, name


def innovations(case):
    """One row per innovation, with affairs that cover the case's number of basic services."""
    low, high = case["services"] if isinstance(case["services"], list) else (case["services"], case["services"])
    affairs = [f"{code:02}" for code in range(1, low + 1)] + [None] * (high - low)
    scores = maturities(case)
    rows = [
        (
            "17.71",
            1,
            None if points is None else int(points * 100),
            affairs[place] if place < len(affairs) else "07",
            None,
            None,
        )
        for place, points in enumerate(scores)
    ]
    rows += [("17.71", 1, 5000, "07", "rejected", "implementation")] * case.get("rejected", 0)
    rows += [("17.71", 1, 5000, "07", "sent", "trial")] * case.get("other_stages", 0)
    columns = {
        "region_code": str,
        "edition": int,
        "maturity_x100": int,
        "main_affair_code": str,
        "status": str,
        "stage": str,
    }
    return pl.DataFrame(rows, schema=columns, orient="row")


def spd_frame(case):
    if "spd" not in case:
        return None
    low, high = case["spd"] if isinstance(case["spd"], list) else (case["spd"], case["spd"])
    bounds = {"spd_lower_x100": int(Decimal(low) * 100), "spd_upper_x100": int(Decimal(high) * 100)}
    return pl.DataFrame({"region_code": ["17.71"], "edition": [1], **{name: [value] for name, value in bounds.items()}})


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_kernel_gives_the_same(case):
    regions = score_regions(innovations(case), case["rulebook"], spd=spd_frame(case), assumptions=assumed(case))
    row = regions.row(0, named=True)
    columns = {"count_score": "count_x100"}
    for name, value in expected(case).items():
        if name in POINTS:
            wanted = None if value is None else int(Decimal(value) * 100)
            assert row[columns.get(name, f"{name}_x100")] == wanted, name
        else:
            assert row[name] == ("|".join(value) if name == "coverage" else value), name


@pytest.mark.parametrize("band", BANDS, ids=[f"{band['rulebook']}: {band['iid']}" for band in BANDS])
def test_predicate_is_read_off_the_rounded_index(band):
    assert load_rulebook(band["rulebook"]).predicate_of(Decimal(band["iid"])) == (band["predicate"] or None)


@pytest.mark.parametrize(
    ("count", "score", "pays"), [(12, "105", False), (12, "107", True), (100, "55", False), (100, "70", True)]
)
def test_one_more_innovation_pays_only_above_the_mean_less_038_per_place(count, score, pays):
    """2026, rule met, 12 <= n < 200: the index rises only if the new maturity > mean - 0.38 (n + 1)."""
    mean = Decimal(100) if count == 100 else Decimal(111)
    before = index_of(0, [mean] * count, 6, 2026)
    after = index_of(0, [mean] * count + [Decimal(score)], 6, 2026)
    assert (after.iid > before.iid) is pays
