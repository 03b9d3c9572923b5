"""What levels of one edition mean in another's list, and what maturity that leaves."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from iga.index.score_under_other_rules import any_levels, maturity_bounds, score_mapped
from iga.rulebook import load_rulebook
from iga.rules.crosswalk import crosswalk, known_crosswalks
from iga.score import score_submissions
from warehouse.scoring.submission_maturity import maturity_of

STATED = [
    # from, to, indicator, level, interval, why
    (2024, 2026, "16", 3, (2, 3), "Perkada becomes level 2, Perda stays 3"),
    (2024, 2026, "16", 2, (1, 1), "a decree of the head of region becomes level 1"),
    (2024, 2026, "29", 3, (2, 3), "complaints: 86 % was level 3 and is level 2"),
    (2023, 2026, "33", 2, (1, 1), "benefit for 101-200 people: 2 becomes 1"),
    (2024, 2026, "33a", 2, (1, 1), "the same where the basis of people is stated"),
    (2024, 2026, "33", 2, (0, 3), "the basis of benefit is not stated"),
    (2024, 2026, "31", 3, (1, 3), "three times, in 2026 in different regions"),
    (2024, 2026, "35", 3, (3, 3), "the same text"),
    (2023, 2026, "27", 1, (1, 3), "kinds of channel against a count of methods"),
    (2021, 2026, "22", 1, (2, 2), "4 actors"),
    (2026, 2024, "16", 2, (3, 3), "backwards: Perkada was level 3"),
    (2026, 2024, "16", 1, (1, 2), "backwards: a decree, of whom is not said"),
]


@pytest.mark.parametrize(("source", "target", "number", "level", "interval", "why"), STATED)
def test_a_level_becomes_an_interval_of_levels(source, target, number, level, interval, why):
    assert crosswalk(source, target).interval(number, level) == interval, why


@pytest.mark.parametrize("source", [2021, 2023, 2024, 2025])
def test_every_level_of_all_20_indicators_is_mapped_to_2026(source):
    walk = crosswalk(source, 2026)
    lines = [group for group, _ in walk.groups]
    assert len(lines) == 20
    for group in lines:
        for number in group.numbers:
            for level in range(group.top_level + 1):
                stated = walk.maps[number, level]
                assert stated.reason_id and stated.reason_en and stated.source
                assert 0 <= stated.lower <= stated.upper <= 3


def test_2025_is_read_by_the_list_of_2024_with_low_confidence():
    walk = crosswalk(2025, 2026)
    assert walk.reading is not None
    assert walk.reading.edition == "2024"
    assert walk.confidence == "low"
    assert walk.interval("16", 3) == crosswalk(2024, 2026).interval("16", 3)


def test_an_edition_without_a_list_may_be_anything():
    walk = crosswalk(2022, 2026)
    assert walk.basis == "absent"
    assert maturity_bounds(walk, any_levels(walk), None) == (0, 11100)


@pytest.mark.parametrize(("source", "target"), known_crosswalks())
def test_reading_a_file_backwards_gives_every_level_that_could_have_become_this_one(source, target):
    there, back = crosswalk(source, target), crosswalk(target, source)
    for number, level in there.maps:
        lower, upper = there.interval(number, level)
        for reached in range(lower, upper + 1):
            low, high = back.interval(number, reached)
            assert low <= level <= high


def test_perkada_and_benefit_change_a_maturity():
    walk = crosswalk(2024, 2026)
    # Perkada: 9 points become 6 to 9. Benefit for 101-200 people: 6 become 3.
    answers = pl.DataFrame({"submission_id": ["a", "a"], "indicator_number": ["16", "33a"], "level": [3, 2]})
    zeros = [
        {"submission_id": "a", "indicator_number": group.number, "level": 0}
        for group in load_rulebook(2024).sid_groups
        if group.number not in ("16", "33", "20")
    ]
    whole = pl.concat(
        [answers, pl.DataFrame([*zeros, {"submission_id": "a", "indicator_number": "20", "level": 3}])], how="vertical"
    )
    scored = score_mapped(whole, walk)
    assert scored.select("maturity_lower_x100", "maturity_upper_x100").row(0) == (600 + 300 + 300, 900 + 300 + 300)


@given(st.lists(st.integers(0, 3), min_size=20, max_size=20), st.sampled_from([2021, 2023, 2024]))
@settings(max_examples=40, deadline=None)
def test_total_bounds_hold_whatever_the_levels_were(levels, edition):
    walk = crosswalk(edition, 2026)
    total = sum(source.weight_x100 * level for (source, _), level in zip(walk.groups, levels, strict=True))
    from_levels = maturity_bounds(walk, [(level,) for level in levels], None)
    from_total = maturity_bounds(walk, any_levels(walk), total)
    assert from_total[0] <= from_levels[0] <= from_levels[1] <= from_total[1]
    wide = pl.DataFrame(
        {"submission_id": ["a"], **{s.column: [x] for (s, _), x in zip(walk.groups, levels, strict=True)}}
    )
    assert score_mapped(wide, walk).select("maturity_lower_x100", "maturity_upper_x100").row(0) == from_levels
    assert score_mapped(wide.lazy(), walk).collect().equals(score_mapped(wide, walk))


@pytest.mark.parametrize("edition", [2023, 2024])
def test_total_bounds_are_reached(edition):
    """Against all combinations of a few lines: both ends of the bounds are some combination's own."""
    walk = crosswalk(edition, 2026)
    few = {"16", "20", "29", "33", "35"}
    possible = [tuple(range(4)) if source.number in few else (0,) for source, _ in walk.groups]
    by_total: dict[int, list[tuple[int, int]]] = {}
    for levels in product(*possible):
        steps = list(zip(walk.groups, levels, strict=True))
        total = sum(source.weight_x100 * level for (source, _), level in steps)
        bounds = [walk.interval(source.number, level) for (source, _), level in steps]
        low = sum(target.weight_x100 * b[0] for (_, target), b in zip(walk.groups, bounds, strict=True))
        high = sum(target.weight_x100 * b[1] for (_, target), b in zip(walk.groups, bounds, strict=True))
        by_total.setdefault(total, []).append((low, high))
    for total, found in by_total.items():
        expected = (min(low for low, _ in found), max(high for _, high in found))
        assert maturity_bounds(walk, possible, total) == expected


def test_the_same_edition_maps_to_itself():
    walk = crosswalk(2026, 2026)
    wide = pl.DataFrame({"submission_id": ["a", "b"], **{s.column: [3, None] for s, _ in walk.groups}})
    columns = ["maturity_lower_x100", "maturity_upper_x100", "has_invalid_level"]
    assert score_mapped(wide, walk).select(columns).equals(score_submissions(wide, 2026).select(columns))


def one_submission(edition: int, total: int | None) -> pl.DataFrame:
    row = {"submission_id": "a", "region_code": "17.71", "edition": edition, "claimed_score_x100": total}
    return pl.DataFrame([row], schema_overrides={"claimed_score_x100": pl.Int64})


def answered(levels: dict[str, int | None], complete: dict[str, bool] | None = None) -> pl.DataFrame:
    rows = [
        {
            "submission_id": "a",
            "indicator_number": number,
            "level": level,
            "points_x100": None,
            "is_complete": (complete or {}).get(number),
        }
        for number, level in levels.items()
    ]
    types = {"submission_id": pl.String, "indicator_number": pl.String, "level": pl.Int8}
    return pl.DataFrame(rows, schema={**types, "points_x100": pl.Int32, "is_complete": pl.Boolean})


def found(edition: int, target: int, total: int | None, answers: pl.DataFrame) -> tuple[int | None, int | None, str]:
    frame = maturity_of(one_submission(edition, total), answers, "claimed", crosswalk(edition, target))
    return frame.select("maturity_lower_x100", "maturity_upper_x100", "maturity_basis").row(0)


NUMBERS = [group.number for group in load_rulebook(2026).sid_groups]


def test_flags_of_completeness_mean_level_1_to_3_or_0():
    flags = answered(dict.fromkeys(NUMBERS), dict.fromkeys(NUMBERS, True) | {"16": False})
    assert found(2026, 2026, None, flags) == (3700 - 300, 11100 - 900, "flags")
    # A stated total is narrower than the flags alone.
    assert found(2026, 2026, 5000, flags) == (5000, 5000, "stated")


def test_a_total_narrows_what_flags_leave_under_other_rules():
    flags = answered(dict.fromkeys(NUMBERS), dict.fromkeys(NUMBERS, True))
    walk = crosswalk(2024, 2026)
    lower, upper, basis = found(2024, 2026, 3700, flags)
    assert basis == "flags"
    # 37 points with every line complete: every line has level 1.
    assert (lower, upper) == maturity_bounds(walk, [(1,)] * 20, None)


def test_levels_and_total_that_contradict_each_other_give_the_bounds_of_both():
    whole = answered(dict.fromkeys(NUMBERS, 3))
    walk = crosswalk(2024, 2026)
    lower, upper, _ = found(2024, 2026, 5000, whole)
    assert lower == maturity_bounds(walk, any_levels(walk), 5000)[0]
    assert upper == 11100


def test_points_are_read_as_levels_by_the_list_that_2025_is_read_by():
    answers = answered(dict.fromkeys(NUMBERS)).with_columns(
        pl.Series("points_x100", [group.weight_x100 for group in load_rulebook(2024).sid_groups], dtype=pl.Int32)
    )
    lower, upper, basis = found(2025, 2026, 3700, answers)
    assert (lower, upper) == maturity_bounds(crosswalk(2024, 2026), [(1,)] * 20, None)
    assert basis == "levels"
