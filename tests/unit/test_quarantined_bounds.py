"""An innovation in quarantine is in the bounds of the index: the kernel on three engines, the exact form beside it."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest

from iga.index.coverage import Coverage, CoverageCode, CoverageNote
from iga.rulebook import load_rulebook
from iga.score import index_of, score_regions

BASIC = ("01", "02", "03", "04", "05", "06")
SWITCHES = ("rejected_in_divisor", "rejected_in_count", "other_stages_in_divisor", "other_stages_in_count")
COLUMNS = {
    "maturity_lower_x100": pl.Int64,
    "maturity_upper_x100": pl.Int64,
    "stage": pl.String,
    "status": pl.String,
    "main_affair_code": pl.String,
    "is_quarantined": pl.Boolean,
    "is_scored_unknown": pl.Boolean,
}
SPD = pl.DataFrame({"region_code": ["A"], "edition": [2026], "spd_x100": [4000]})
Row = tuple[Any, ...]


def framed(rows: list[Row]) -> pl.DataFrame:
    """The innovations of one region."""
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    return frame.with_columns(region_code=pl.lit("A"), edition=pl.lit(2026, dtype=pl.Int64))


def whole(places: int) -> list[Row]:
    """Accepted innovations of 80 points, which cover the basic services in turn."""
    return [(8000, 8000, "implementation", None, BASIC[place % 6], False, False) for place in range(places)]


SCORED = "implementation"
# Of 20 innovations of 80 points with an SPD of 40: (40 + 80 + 0.38 x 20) x 0.4 = 51.04.
CASES = [
    ("none", [], (5104, 5104), "complete"),
    ("nothing known of it", [(None, None, SCORED, None, "01", True, False)], (4967, 5178), "in_quarantine:1"),
    ("its parts are known", [(5800, 5800, SCORED, None, "01", True, False)], (5077, 5077), "in_quarantine:1"),
    ("some parts are known", [(2000, 9000, SCORED, None, "01", True, False)], (5005, 5138), "in_quarantine:1"),
    ("in another stage", [(None, None, "trial", None, "01", True, False)], (5104, 5104), "in_quarantine:1"),
    ("rejected", [(None, None, None, "rejected", "01", True, False)], (4952, 4952), "in_quarantine:1"),
    ("a draft is not reported", [(None, None, None, "draft", "01", True, False)], (5104, 5104), "complete"),
    ("its stage could not be read", [(9000, 9000, None, None, "01", True, True)], (4952, 5178), "in_quarantine:1"),
    ("two", [(None, None, SCORED, None, "01", True, False)] * 2, (4843, 5247), "in_quarantine:2"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rows", "bounds", "said"), CASES, ids=[case[0] for case in CASES])
def test_the_index_with_innovations_in_quarantine(
    name: str, rows: list[Row], bounds: tuple[int, int], said: str
) -> None:
    found = score_regions(framed([*whole(20), *rows]), 2026, spd=SPD).row(0, named=True)
    assert (found["iid_lower_x100"], found["iid_upper_x100"]) == bounds
    assert found["coverage"] == said
    assert found["iid_x100"] == (bounds[0] if bounds[0] == bounds[1] else None)
    assert found["quarantined_count"] == Coverage.parse(said).quarantined_count


def random_row(chance: random.Random) -> Row:
    low, high = sorted(chance.randrange(11101) for _ in range(2))
    bounds = chance.choice([(low, low), (low, high), (None, None)])
    is_quarantined = chance.random() < 0.4
    stage = chance.choice([None, "trial", "implementation", "implementation"])
    status = chance.choice([None, "draft", "sent", "rejected"])
    if stage == "trial" and status == "rejected":
        status = None  # the exact form has no word for one that is both
    affair = chance.choice([*BASIC, "07", None])
    return (*bounds, stage, status, affair, is_quarantined, is_quarantined and chance.random() < 0.3)


def by_exact_form(rows: list[Row], rulebook: Any, assumptions: Any) -> tuple[Any, ...]:
    """The same region in exact fractions."""
    scored, set_aside = [], []
    rejected = others = unread = beside = unknown = 0
    covered: set[str] = set()
    for low, high, stage, status, affair, is_quarantined, is_scored_unknown in rows:
        if status == "draft":
            continue
        if is_scored_unknown:
            unread += 1
            unknown += 1
            continue
        is_rejected, is_other = status == "rejected", stage == "trial"
        rejected, others = rejected + is_rejected, others + is_other
        score = None if low is None else (Decimal(low) / 100, Decimal(high) / 100)
        if is_rejected or is_other:
            beside += is_quarantined
        else:
            (set_aside if is_quarantined else scored).append(score)
        counts = (assumptions.rejected_in_count or not is_rejected) and (
            assumptions.other_stages_in_count or not is_other
        )
        if counts:
            covered |= {affair} & set(BASIC)
            unknown += affair is None
    found = index_of(
        Decimal(40),
        scored,
        (len(covered), min(6, len(covered) + unknown)),
        rulebook,
        rejected_count=rejected,
        other_stage_count=others,
        quarantined=set_aside,
        quarantined_unread=unread,
        quarantined_beside=beside,
        assumptions=assumptions,
    )
    values = (found.iid, found.iid_lower, found.iid_upper, found.mean_maturity, found.count_score)
    in_hundredths = [None if value is None else int(value * 100) for value in values]
    return (*in_hundredths, found.divisor, found.predicate_lower, found.predicate_upper, "|".join(found.coverage))


def of_kernel(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("iid_x100", "iid_lower_x100", "iid_upper_x100", "mean_maturity_x100", "count_x100")
    return (*[row[name] for name in (*names, "divisor", "predicate_lower", "predicate_upper", "coverage")],)


@pytest.mark.parametrize("edition", ["2026", "2024", "2025"])
@pytest.mark.parametrize("seed", range(3))
def test_the_kernel_equals_the_exact_form(seed: int, edition: str) -> None:
    chance = random.Random(seed)
    rulebook = load_rulebook(edition)
    assumptions = rulebook.assume(**{name: chance.random() < 0.5 for name in SWITCHES})
    regions = random_regions(chance, 60, [0, 1, 3, 11, 12, 13, 40, 205])
    for code, found in by_kernel(regions, rulebook, assumptions).items():
        assert of_kernel(found) == by_exact_form(regions[code], rulebook, assumptions), code


def random_regions(chance: random.Random, count: int, sizes: list[int]) -> dict[str, list[Row]]:
    return {f"{place:03}": [random_row(chance) for _ in range(chance.choice(sizes))] for place in range(count)}


def by_kernel(regions: dict[str, list[Row]], rulebook: Any, assumptions: Any) -> dict[str, dict[str, Any]]:
    """The rows of many regions, computed at once."""
    frames = [framed(rows).with_columns(region_code=pl.lit(code)) for code, rows in regions.items()]
    spd = pl.DataFrame({"region_code": list(regions), "edition": 2026, "spd_x100": 4000})
    scored = score_regions(pl.concat(frames), rulebook, spd=spd, assumptions=assumptions)
    return {row["region_code"]: row for row in scored.iter_rows(named=True)}


def test_every_engine_says_the_same() -> None:
    chance = random.Random(3)
    rows = [random_row(chance) for _ in range(60)]
    frame = framed(rows)
    expected = score_regions(frame, 2026, spd=SPD).row(0, named=True)
    assert "in_quarantine:" in expected["coverage"]
    with duckdb.connect() as connection:
        relations = connection.from_arrow(frame.to_arrow()), connection.from_arrow(SPD.to_arrow())
        assert pl.DataFrame(score_regions(relations[0], 2026, spd=relations[1])).row(0, named=True) == expected
    pandas = score_regions(frame.to_pandas(), 2026, spd=SPD.to_pandas())
    assert pl.DataFrame(pandas).row(0, named=True) == expected


@pytest.mark.parametrize("switches", [{}, {"other_stages_in_divisor": True}, {"other_stages_in_count": True}])
def test_the_bounds_hold_whatever_a_row_turns_out_to_be(switches: dict[str, bool]) -> None:
    """However the rows in quarantine are put right, the index then lies within the bounds that were stated."""
    chance = random.Random(11)
    rulebook = load_rulebook(2026)
    assumptions = rulebook.assume(**switches)
    drawn = random_regions(chance, 80, [1, 5, 14, 30])
    regions = {
        code: [*[row for row in rows if row[0] is not None or row[5]], *whole(6)] for code, rows in drawn.items()
    }
    righted = {code: [put_right(row, chance) for row in rows] for code, rows in regions.items()}
    bounds, truth = (by_kernel(each, rulebook, assumptions) for each in (regions, righted))
    for code, index in truth.items():
        assert bounds[code]["iid_lower_x100"] <= index["iid_lower_x100"], code
        assert index["iid_upper_x100"] <= bounds[code]["iid_upper_x100"], code


def put_right(row: Row, chance: random.Random) -> Row:
    low, high, stage, status, affair, is_quarantined, is_scored_unknown = row
    if not is_quarantined or status == "draft":
        return row
    if is_scored_unknown:
        low, high = None, None
        stage, status = chance.choice(["trial", "implementation"]), chance.choice(["draft", "sent", "rejected"])
        affair = chance.choice([*BASIC, "07"])
    maturity = chance.randrange(11101) if low is None else chance.randrange(low, high + 1)
    return (maturity, maturity, stage, status, affair or chance.choice([*BASIC, "07"]), False, False)


def test_the_note_says_how_many() -> None:
    note = Coverage.parse("spd_missing|in_quarantine:3")
    assert note.quarantined_count == 3 and note.has(CoverageCode.IN_QUARANTINE) and not note.is_complete
    assert CoverageNote.parse("in_quarantine:3").text == "in_quarantine:3"
    assert Coverage.parse("complete").quarantined_count == 0
