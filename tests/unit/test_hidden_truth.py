"""Simulated nations hide a truth that is hard to guess: cities differ, editions are linked, and nothing leaks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from iga.rulebook import load_rulebook
from simulation.hidden_truth import NationPlan, simulated_nation

NATION = simulated_nation(NationPlan(40, 3, 2024, 2026))


def value_of(frame: pl.DataFrame, expression: pl.Expr) -> Any:
    return frame.select(expression).item()


def city_means(name: str) -> pl.DataFrame:
    return NATION.seasons.group_by("region_code", "edition").agg(pl.col(name).mean(), pl.len().alias("count"))


def test_the_same_plan_gives_the_same_nation() -> None:
    again = simulated_nation(NationPlan(40, 3, 2024, 2026))
    assert again.seasons.equals(NATION.seasons)
    assert again.spd.equals(NATION.spd)
    assert not simulated_nation(NationPlan(40, 4, 2024, 2026)).spd.equals(NATION.spd)


def test_the_truth_lies_in_the_bounds_of_levels_and_these_in_those_of_totals() -> None:
    columns = ["hard_lower_x100", "mapped_lower_x100", "maturity_x100", "mapped_upper_x100", "hard_upper_x100"]
    for lower, upper in pairwise(columns):
        assert (NATION.seasons[lower] <= NATION.seasons[upper]).all()
    assert value_of(NATION.seasons, (pl.col("mapped_lower_x100") < pl.col("maturity_x100")).mean()) > 0.5


def test_a_total_is_what_the_old_list_gives() -> None:
    rules = load_rulebook(2024)
    points = pl.sum_horizontal(pl.col(group.column) * group.weight_x100 for group in rules.sid_groups)
    assert NATION.seasons.select((points == pl.col("total_x100")).all()).item()


def test_a_season_is_worth_a_handful_of_independent_innovations() -> None:
    """The spread of city means against that of innovations; of independent ones a season holds 40 to 320."""
    innovations = value_of(NATION.seasons.filter(edition=2024), pl.col("maturity_x100").var())
    cities = value_of(city_means("maturity_x100").filter(edition=2024), pl.col("maturity_x100").var())
    assert 2 < innovations / cities < 10


def test_cities_practise_each_indicator_in_their_own_way() -> None:
    """Between cities of like means the levels of one indicator differ by more than chance allows."""
    later = NATION.seasons.filter(edition=2024)
    group = load_rulebook(2024).sid_groups[3].column
    by_city = later.group_by("region_code").agg(
        pl.col(group).mean().alias("level"), pl.col(group).var().alias("variance"), pl.len().alias("count"),
        pl.col("total_x100").mean().alias("total"),
    )  # fmt: skip
    slope = pl.cov("level", "total") / pl.col("total").var()
    left = value_of(by_city, (pl.col("level") - slope * pl.col("total")).var())
    assert left > 5 * value_of(by_city, (pl.col("variance") / pl.col("count")).mean())


@pytest.mark.parametrize(("name", "frame"), [("total_x100", NATION.seasons), ("spd_x100", NATION.spd)])
def test_editions_are_linked(name: str, frame: pl.DataFrame) -> None:
    means = frame.group_by("region_code", "edition").agg(pl.col(name).mean()).pivot("edition", values=name)
    correlation = means.select(pl.corr("2023", "2024")).item()
    assert 0.6 < correlation < 0.999


def test_most_innovations_stand_in_both_editions_and_are_kindred() -> None:
    keys = ["region_code", "innovation"]
    earlier, later = (NATION.seasons.filter(edition=edition) for edition in (2023, 2024))
    both = later.join(earlier, on=keys, suffix="_before")
    assert 0.5 < both.height / later.height < 0.7
    mean = pl.col("total_x100").mean().over("region_code")
    before = pl.col("total_x100_before").mean().over("region_code")
    own = both.select(pl.corr(pl.col("total_x100") - mean, pl.col("total_x100_before") - before)).item()
    assert own > 0.5
    assert later.select(keys).is_unique().all()


def test_a_shift_of_practice_moves_the_truth_and_not_what_is_seen() -> None:
    low, high = (simulated_nation(NationPlan(10, 3, 2024, 2026, shift=shift)) for shift in (-2, 2))
    means = [value_of(nation.seasons, pl.col("total_x100").mean()) for nation in (low, high)]
    assert means[0] == pytest.approx(means[1], rel=0.05)
    gap = pl.col("maturity_x100") - pl.col("mapped_lower_x100")
    assert low.seasons.select(gap.mean()).item() * 2 < high.seasons.select(gap.mean()).item()


def test_an_edition_without_a_list_is_told() -> None:
    with pytest.raises(ValueError, match="no list of levels"):
        simulated_nation(NationPlan(2, 1, 2020, 2026))
