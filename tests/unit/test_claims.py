"""Claims about ranks: ties, any number of units, errors that a city shares, what is missing, and break-even points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from analysis.index.level_profiles import read_profiles
from analysis.index.score_pairs import calibrate, innovation_pairs, item_pairs, published_pairs
from iga.errors import RobustnessInvalid
from iga.robustness import (
    IndexUncertainty,
    RegionProfiles,
    analyse_robustness,
    break_even,
    claims_of,
    dominance,
    drivers_of,
    fit_errors,
    ranks_of_draws,
    region_profiles,
    stated_errors,
)
from iga.robustness.missing_levels import unknown_points
from iga.rulebook import load_rulebook
from tests.unit.test_robustness import season
from warehouse import Snapshot

RULES = load_rulebook(2026)
COLUMNS = [group.column for group in RULES.sid_groups]
SUM = 0.1 + 0.2


def cities(levels: Mapping[str, int | None], innovations: int = 40, spd: int | None = 2) -> RegionProfiles:
    """Cities whose innovations all stand at one level, or at none, and whose own lines do too."""
    count = innovations * len(levels)
    held = [level for level in levels.values() for _ in range(innovations)]
    submissions = pl.DataFrame(
        {
            "region_code": [code for code in levels for _ in range(innovations)],
            "edition": [2026] * count,
            "main_affair_code": [f"0{1 + place % 6}" for place in range(count)],
            **{column: pl.Series(held, dtype=pl.Int64) for column in COLUMNS},
        }
    )
    lines = [(code, 2026, group.number, spd) for code in levels for group in RULES.spd_groups]
    schema = {"region_code": pl.String, "edition": pl.Int64, "indicator_number": pl.String, "level": pl.Int64}
    return region_profiles(submissions, RULES, region_answers=pl.DataFrame(lines, schema=schema, orient="row"))


# --- ties and sizes ---------------------------------------------------------------------------------------------------


def test_three_equal_units_are_above_each_other_in_no_draw() -> None:
    claims = claims_of(np.tile([0.3, SUM, 0.3], (50, 1)), {"u": ["a", "b", "c"]})
    above = pl.DataFrame(claims.above())
    assert above["probability"].to_list() == [0.0] * 6
    assert above["tie_probability"].to_list() == [1.0] * 6
    assert claims.ranks.tolist() == [[1, 1, 1]] * 50
    assert pl.DataFrame(claims.within({"low": (0.3, 1.0)}))["probability"].to_list() == [1.0] * 3


def test_a_tie_is_one_in_ranks_dominance_and_break_even() -> None:
    equal = cities({"a": 2, "b": 2})
    how = IndexUncertainty(weights=None)
    analysis = analyse_robustness(equal, how, draws=100, seed=1)
    assert analysis.claims.ranks.max() == 1
    assert pl.DataFrame(dominance(equal))["lead_low"].to_list() == [0.0, 0.0]
    assert not pl.DataFrame(dominance(equal))["is_dominant"].any()
    limits = pl.DataFrame(break_even(analysis).limits)
    assert limits["probability"].unique().to_list() == [0.0]
    assert limits["holds_to"].null_count() == limits.height


def test_ranks_of_more_units_than_int16_counts() -> None:
    scores = np.arange(40_000, dtype=np.int64)[None, ::-1].repeat(2, axis=0)
    assert ranks_of_draws(scores)[0].tolist() == list(range(1, 40_001))
    assert ranks_of_draws(scores / 7)[1, -1] == 40_000
    tied = np.zeros((1, 40_000), dtype=np.int16)
    tied[0, -1] = 1
    assert ranks_of_draws(tied)[0, [0, -1]].tolist() == [2, 1]
    claims = claims_of(np.repeat(scores, 50, axis=0), {"u": list(range(40_000))})
    assert pl.DataFrame(claims.intervals())["rank_high"][-1] == 40_000
    neighbours = pl.DataFrame(claims.neighbours())
    assert neighbours.height == 39_999
    assert neighbours["probability"].to_list() == [1.0] * 39_999


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 30), st.booleans(), st.integers(0, 10**6))
def test_every_claim_is_what_counting_says(draws: int, units: int, spread: int, is_float: bool, seed: int) -> None:
    """Against the definition, draw by draw, for whole scores (counted) and floats (sorted)."""
    chance = np.random.default_rng(seed)
    whole = chance.integers(-spread, spread + 1, (draws, units))
    scores = whole / 10 if is_float else whole
    groups = chance.integers(0, 2, units).tolist()
    claims = claims_of(scores, {"u": list(range(units))}, [groups])
    for draw in range(draws):
        for unit in range(units):
            higher = sum(whole[draw, o] > whole[draw, unit] for o in range(units) if groups[o] == groups[unit])
            assert claims.ranks[draw, unit] == 1 + higher
    above = {(row["u"], row["other_u"]): row for row in pl.DataFrame(claims.above()).to_dicts()}
    within = [(a, b) for a in range(units) for b in range(units) if a != b and groups[a] == groups[b]]
    assert sorted(above) == sorted(within)
    for (a, b), row in above.items():
        assert row["probability"] == np.mean(whole[:, a] > whole[:, b])
        assert row["tie_probability"] == np.mean(whole[:, a] == whole[:, b])
    asked = pl.DataFrame(claims.above(within)).to_dicts()
    assert [row["probability"] for row in asked] == [above[pair]["probability"] for pair in within]
    places = pl.DataFrame(claims.places())
    assert dict(places.group_by("u").agg(pl.col("probability").sum()).iter_rows()) == pytest.approx(
        dict.fromkeys(range(units), 1.0)
    )
    for unit, place, probability in places.select("u", "place", "probability").iter_rows():
        assert probability == np.mean(claims.ranks[:, unit] == place)


@settings(max_examples=40, deadline=None)
@given(st.integers(20, 60), st.integers(2, 6), st.integers(0, 10**6))
def test_simultaneous_sets_are_the_narrowest_that_hold(draws: int, units: int, seed: int) -> None:
    """Against the definition: leave out as many draws at each end of each unit as keeps nine in ten whole."""
    chance = np.random.default_rng(seed)
    claims = claims_of(chance.normal(size=(draws, units)) + np.arange(units) * chance.random(), {"u": range(units)})
    sets = pl.DataFrame(claims.intervals())
    ordered = np.sort(claims.ranks, axis=0)

    def held(left_out: int) -> Any:
        is_in = (claims.ranks >= ordered[left_out - 1]) & (claims.ranks <= ordered[draws - left_out])
        return int((~is_in.all(axis=1)).sum()) <= int(np.floor(0.1 * (draws - 1)))

    most = max(count for count in range(1, draws + 1) if held(count))
    assert sets["set_low"].to_list() == ordered[most - 1].tolist()
    assert sets["set_high"].to_list() == ordered[draws - most].tolist()


def test_a_unit_ranked_alone_is_not_applicable() -> None:
    claims = claims_of(np.zeros((100, 3)), {"u": ["a", "b", "c"]}, [["x", "x", "y"]])
    assert pl.DataFrame(claims.intervals())["is_applicable"].to_list() == [True, True, False]
    alone = analyse_robustness(cities({"a": 2}), IndexUncertainty(), draws=100, seed=1)
    drivers = pl.DataFrame(drivers_of(alone, samples=100, seed=1))
    assert drivers.filter(measure="rank")["is_applicable"].to_list() == [False]
    assert drivers.filter(measure="rank")["total"].to_list() == [None]


def test_draws_do_not_depend_on_the_memory_allowed() -> None:
    submissions, spd = season(missing=0.1)
    profiles = region_profiles(submissions, RULES, region_answers=spd)
    rules = {"rejected_in_divisor": (True, False)}
    how = IndexUncertainty(level_error=0.1, city_error=1, innovation_error=3, rules=rules)
    wide = analyse_robustness(profiles, how, draws=5000, seed=3)
    narrow = analyse_robustness(profiles, how, draws=5000, seed=3, memory_mib=1)  # four blocks
    assert (wide.claims.scores == narrow.claims.scores).all()
    with pytest.raises(RobustnessInvalid, match="MiB"):
        analyse_robustness(profiles, how, draws=10**6, seed=3, memory_mib=8)


# --- errors of three kinds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "innovations", "expected"),
    [
        (IndexUncertainty(weights=None, city_error=1.5), 40, 1.5),
        (IndexUncertainty(weights=None, city_error=1.5), 160, 1.5),
        (IndexUncertainty(weights=None, innovation_error=10), 40, 10 / np.sqrt(40) * 0.4),
        (IndexUncertainty(weights=None, innovation_error=10), 160, 10 / np.sqrt(160) * 0.4),
    ],
)
def test_an_error_of_the_city_does_not_average_out(how: IndexUncertainty, innovations: int, expected: float) -> None:
    """The spread of the index in points; a point of maturity is 100 / 250 of the index."""
    found = analyse_robustness(cities({"a": 2, "b": 2}, innovations), how, draws=20_000, seed=1)
    assert (found.claims.scores / 100).std(axis=0) == pytest.approx([expected] * 2, rel=0.03)


def test_errors_stay_within_what_the_rules_allow() -> None:
    top = {column: [3] * 40 for column in COLUMNS}
    submissions = pl.DataFrame({"region_code": ["a"] * 40, "edition": [2026] * 40, **top})
    how = IndexUncertainty(weights=None, level_error=0.5, is_missing_drawn=False)
    found = analyse_robustness(region_profiles(submissions, RULES), how, draws=500, seed=1)
    assert (found.claims.scores <= found.baseline.scores).all(), "no level rises above the top"
    wide = IndexUncertainty(weights=None, city_error=90)
    scores = analyse_robustness(cities({"a": 2, "b": 2}), wide, draws=500, seed=1).claims.scores
    assert scores.min() == 0 and scores.max() == 10_000


def test_stages_may_vary_while_levels_are_drawn() -> None:
    submissions, spd = season(missing=0.2)
    profiles = region_profiles(submissions, RULES, region_answers=spd)
    rules = {"stages_scored": (("implementation",), ("implementation", "trial"))}
    found = analyse_robustness(profiles, IndexUncertainty(rules=rules, level_error=0.1), draws=200, seed=1)
    assert pl.DataFrame(found.factors).filter(factor="stages_scored")["has_changed"].to_list() == [False, True]


# --- what is missing follows the practice of its city -----------------------------------------------------------------


@pytest.mark.parametrize("truth", [0, 1, 2, 3])
def test_the_interval_of_hidden_levels_covers_a_truth_far_from_the_middle(truth: int) -> None:
    known = analyse_robustness(cities({"a": truth, "b": 1}, 200), draws=100, seed=1).baseline.scores[0, 0]
    hidden = analyse_robustness(cities({"a": None, "b": 1}, 200), IndexUncertainty(weights=None), draws=4000, seed=1)
    row = pl.DataFrame(hidden.claims.score_intervals(lower=0.01, upper=0.99)).row(0, named=True)
    assert row["score_low"] <= known + 25 and row["score_high"] >= known - 25, "within a quarter of a point at the ends"
    independent = IndexUncertainty(weights=None, missing_dependence=0.0)
    narrow = analyse_robustness(cities({"a": None, "b": 1}, 200), independent, draws=4000, seed=1)
    assert np.ptp(narrow.claims.scores[:, 0]) < 0.1 * np.ptp(hidden.claims.scores[:, 0]), "what it was drawn as before"


@pytest.mark.parametrize("dependence", [0.0, 0.5, 0.8, 1.0])
def test_hidden_levels_are_as_a_latent_answer_for_each_says(dependence: float) -> None:
    """Against the model drawn item by item: mean, spread and deciles of the sum of 30 answers from 0 to 3."""
    chance = np.random.default_rng(1)
    city = chance.standard_normal((40_000, 1))
    latent = np.sqrt(dependence) * city + np.sqrt(1 - dependence) * chance.standard_normal((40_000, 30))
    exact = np.searchsorted([-0.67449, 0.0, 0.67449], latent).sum(axis=1)
    practice, own = chance.standard_normal((40_000, 1)), chance.standard_normal((40_000, 1))
    mean, variance = unknown_points(np.ones((40_000, 1)), np.array([[30]]), np.array([3]), practice, dependence)
    drawn = np.clip(mean + np.sqrt(variance) * own, 0, 90)[:, 0]
    assert drawn.mean() == pytest.approx(exact.mean(), abs=0.5)
    assert drawn.std() == pytest.approx(exact.std(), rel=0.03)
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(exact, [0.1, 0.5, 0.9]), abs=1.5)


def test_carried_over_editions_lie_anywhere_within_the_bounds_of_the_index(example: Snapshot) -> None:
    """The index of Magelang 2024 and 2025 under the rules of 2026 is known by wide bounds that overlap."""
    profiles = read_profiles(example, cities=["magelang"], rulebook=RULES)
    kept = example.sql(
        "select edition, iid_lower_x100, iid_upper_x100 from store.region_index where region_code = '33.71'"
        " and rulebook = '2026' and score_kind = 'claimed' and edition < 2026 order by edition"
    )
    analysis = analyse_robustness(profiles, IndexUncertainty(weights=None), draws=4000, seed=1, within=())
    scores = analysis.claims.scores[:, :-1]
    assert scores.min(axis=0) == pytest.approx(kept["iid_lower_x100"].to_numpy(), abs=20)
    assert scores.max(axis=0) == pytest.approx(kept["iid_upper_x100"].to_numpy(), abs=20)
    above = {
        (row["edition"], row["other_edition"]): row["probability"]
        for row in pl.DataFrame(analysis.claims.above()).to_dicts()
    }
    assert 0.5 < above[(2025, 2024)] < 0.65
    leads = pl.DataFrame(dominance(profiles.bounded({})))
    assert leads.is_empty(), "one city has no pair within an edition"


def test_dominance_reckons_with_the_bounds_of_carried_over_units() -> None:
    both = cities({"a": 3, "b": 1})
    found = pl.DataFrame(dominance(both)).row(0, named=True)
    assert found["is_dominant"]
    wide = both.bounded({("a", 2026): (40.0, 90.0)})
    lead = pl.DataFrame(dominance(wide, percent=0.0)).row(0, named=True)
    stands = analyse_robustness(both, IndexUncertainty(weights=None), draws=100, seed=1).baseline.scores[0] / 100
    assert lead["lead_low"] == pytest.approx(40 - stands[1], abs=0.01)
    assert lead["lead_high"] == pytest.approx(90 - stands[1], abs=0.01)
    drawn = analyse_robustness(wide, IndexUncertainty(weights=None), draws=2000, seed=1).claims.scores[:, 0]
    assert (drawn.min(), drawn.max()) == pytest.approx((4000, 9000), abs=10)


def test_bounds_hold_under_the_rulebook_and_other_rules_move_a_unit_from_there() -> None:
    submissions, spd = season(innovations=30)
    profiles = region_profiles(submissions, RULES, region_answers=spd).bounded({("00", 2026): (40.0, 60.0)})
    lowest = []
    for level in (False, True):
        how = IndexUncertainty(weights=None, rules={"other_stages_in_divisor": (level,)}, is_missing_drawn=False)
        lowest.append(int(analyse_robustness(profiles, how, draws=100, seed=1).baseline.scores[0, 0]))
    assert lowest[0] == 4000, "the rulebook's own level"
    assert lowest[1] < 3950, "more innovations in the divisor"


def test_dominance_must_hold_under_every_switch() -> None:
    submissions, spd = season(innovations=30)
    profiles = region_profiles(submissions, RULES, region_answers=spd)
    rules = {"rejected_in_divisor": (True, False), "other_stages_in_divisor": (False, True)}
    joint = pl.DataFrame(dominance(profiles, percent=0.25, rules=rules))
    alone = [
        pl.DataFrame(
            dominance(profiles, percent=0.25, rules={"rejected_in_divisor": (x,), "other_stages_in_divisor": (y,)})
        )
        for x in (True, False)
        for y in (False, True)
    ]
    lows = np.array([frame["lead_low"].to_numpy() for frame in alone])
    assert joint["lead_low"].to_list() == lows.min(axis=0).tolist()
    assert joint["lead_high"].to_list() == np.max([frame["lead_high"].to_numpy() for frame in alone], axis=0).tolist()
    weakest = [alone[place]["weakest_rules"][row] for row, place in enumerate(lows.argmin(axis=0))]
    assert joint["weakest_rules"].to_list() == weakest
    assert 0 < joint["is_dominant"].sum() < alone[0]["is_dominant"].sum()


# --- break-even -------------------------------------------------------------------------------------------------------


def test_the_city_error_that_overturns_a_lead_by_hand() -> None:
    """A lead of d points holds with Phi(d / (sqrt 2 e)); it is 0.9 at e = d / (1.4142 x 1.2816)."""
    both = cities({"a": 2, "b": 1})
    analysis = analyse_robustness(both, IndexUncertainty(weights=None), draws=100, seed=1)
    lead = float(np.diff(analysis.baseline.scores[0])[0]) / -100
    found = break_even(analysis, thresholds=[0.9, 0.95], city_errors=[0.0, lead])
    limits = pl.DataFrame(found.limits).filter(assumption="city_error")
    assert limits["holds_to"].to_list() == pytest.approx(
        [lead / (1.41421 * 1.28155), lead / (1.41421 * 1.64485)], rel=1e-4
    )
    assert limits["region_code"].to_list() == ["a", "a"], "each claim in its likelier order"
    assert limits["stands"].to_list() == [True, True] and not limits["is_open"].any()
    then = pl.DataFrame(found.by_city_error)["probability_then"].to_list()
    assert then == pytest.approx([1.0, 0.76025], abs=1e-4)


def test_break_even_is_where_a_new_analysis_falls() -> None:
    """At the limit the probability is the threshold, drawn anew with that city error in every draw."""
    submissions, spd = season(innovations=30, seed=4)
    profiles = region_profiles(submissions, RULES, region_answers=spd)
    how = IndexUncertainty(level_error=0.05)
    limits = pl.DataFrame(break_even(analyse_robustness(profiles, how, draws=2000, seed=1)).limits)
    limits = limits.filter(pl.col("assumption") == "city_error", pl.col("threshold") == 0.9, ~pl.col("is_open"))
    limits = limits.drop_nulls("holds_to").sort("holds_to").gather_every(3)
    assert limits.height > 2
    for row in limits.to_dicts():
        moved = IndexUncertainty(level_error=0.05, city_error=row["holds_to"])
        above = pl.DataFrame(analyse_robustness(profiles, moved, draws=8000, seed=2).claims.above())
        pair = (pl.col("region_code") == row["region_code"]) & (pl.col("other_region_code") == row["other_region_code"])
        assert above.filter(pair)["probability"][0] == pytest.approx(0.9, abs=0.015)


def test_every_assumption_is_moved_and_every_rule_is_known_once() -> None:
    submissions, spd = season(missing=0.1)
    profiles = region_profiles(submissions, RULES, region_answers=spd)
    rules = {"rejected_in_divisor": (True, False)}
    found = break_even(analyse_robustness(profiles, IndexUncertainty(rules=rules, city_error=1.0), draws=300, seed=1))
    limits = pl.DataFrame(found.limits)
    assert set(limits["assumption"]) == {"city_error", *stated_errors().steps}
    assert limits.height == 15 * 5 * len(stated_errors().thresholds)
    fallen = limits.filter(~pl.col("stands"), pl.col("assumption") == "city_error")["holds_to"].fill_null(0)
    assert len(fallen) > 0 and (fallen < 1.0).all()
    by_rule = pl.DataFrame(found.by_rule)
    assert by_rule.group_by("level").len().sort("level").rows() == [("False", 15), ("True", 15)]
    mean = by_rule.group_by("region_code", "other_region_code").agg(
        pl.col("probability_then").mean(), pl.col("probability").first()
    )
    assert mean["probability_then"].to_list() == pytest.approx(mean["probability"].to_list(), abs=0.06)


def test_claims_of_the_example_fall_with_an_error_that_cities_share(example: Snapshot) -> None:
    """Bengkulu above Bandar Lampung: 0.99 without, about 0.85 at one index point, 0.72 at two."""
    profiles = read_profiles(example, editions=[2026], rulebook=RULES)
    rules = {"rejected_in_divisor": (True, False), "other_stages_in_divisor": (False, True)}
    analysis = analyse_robustness(profiles, IndexUncertainty(rules=rules, level_error=0.05), draws=4000, seed=2026)
    pairs = {code: place for place, code in enumerate(profiles.units["region_code"])}
    found = break_even(analysis, pairs=[(pairs["18.71"], pairs["17.71"])], city_errors=[0, 1, 2])
    by_error = pl.DataFrame(found.by_city_error)
    assert by_error["region_code"].unique().to_list() == ["17.71"]
    assert by_error["probability_then"].to_list() == pytest.approx([0.99, 0.855, 0.72], abs=0.01)
    limit = pl.DataFrame(found.limits).filter(assumption="city_error", threshold=0.9)["holds_to"][0]
    assert 0.7 < limit < 0.85


def test_drivers_are_those_of_ranks_and_the_index_stands_beside() -> None:
    """Errors of cities move both most."""
    leads = cities({"a": 2, "b": 2, "c": 1})
    how = IndexUncertainty(weights=None, city_error=2.0, level_error=0.3)
    drivers = pl.DataFrame(drivers_of(analyse_robustness(leads, how, draws=500, seed=1), samples=500, seed=1))
    assert drivers["measure"].unique(maintain_order=True).to_list() == ["rank", "iid"]
    assert drivers["is_applicable"].all()
    first = drivers.sort("total", descending=True).group_by("measure", maintain_order=True).first()
    assert set(first["factor"]) == {"city_error"}


# --- the model of error is fitted to pairs ----------------------------------------------------------------------------


def pairs_of(changes: Mapping[str, list[float]], is_simulated: bool = False) -> pl.DataFrame:
    rows = [(code, 2026, 50.0, 50.0 + change, is_simulated) for code, own in changes.items() for change in own]
    return pl.DataFrame(rows, schema=["region_code", "edition", "earlier", "later", "is_simulated"], orient="row")


def test_components_of_variance_by_hand() -> None:
    """Eight cities of four innovations, one point around city means of -4 to 3: MSW = 32/24, MSB = 4 x 6."""
    means = range(-4, 4)
    fit = fit_errors(pairs_of({f"{mean}": [mean - 1.0, mean - 1.0, mean + 1.0, mean + 1.0] for mean in means}))
    assert (fit.refused, fit.city_count, fit.pair_count, fit.mean_change) == ("", 8, 32, -0.5)
    assert fit.innovation_sd == pytest.approx(np.sqrt(4 / 3))
    assert fit.city_sd == pytest.approx(np.sqrt((4 * 6 - 4 / 3) / 4))
    low, high = fit.city_sd_low, fit.city_sd_high
    assert low == pytest.approx(np.sqrt(7 * 6 / 14.0671 - 1 / 3), rel=1e-4)
    assert high == pytest.approx(np.sqrt(7 * 6 / 2.16735 - 1 / 3), rel=1e-4)
    assert fit.city_error(250) == pytest.approx(np.sqrt((4 * 6 - 4 / 3) / 4) * 0.4)
    used = fit.applied_to(IndexUncertainty(level_error=0.05), 250)
    assert (used.city_error, used.innovation_error, used.level_error) == (fit.city_error(250), fit.innovation_sd, 0.05)


def test_the_fit_finds_what_was_put_in() -> None:
    chance = np.random.default_rng(3)
    held, shares = [], []
    for _ in range(60):
        changes = {
            f"{city}": (-7 + chance.normal(0, 3) + chance.normal(0, 5, chance.integers(20, 90))).tolist()
            for city in range(12)
        }
        fit = fit_errors(pairs_of(changes))
        assert fit.city_sd is not None and fit.city_sd_low is not None and fit.city_sd_high is not None
        held.append(fit.city_sd_low <= 3 <= fit.city_sd_high)
        shares.append((fit.city_sd**2, fit.innovation_sd))
    assert np.mean([city for city, _ in shares]) == pytest.approx(9, rel=0.15)
    assert np.mean([own for _, own in shares]) == pytest.approx(5, rel=0.03)
    assert 0.8 <= np.mean(held) <= 0.98


def test_items_explain_their_part_of_an_innovation() -> None:
    changes = {f"{city}": [-2.0, 2.0] * 10 for city in range(8)}
    items = pl.DataFrame({"earlier_level": [2, 1] * 160, "later_level": [1, 2] * 160, "weight": [1.0] * 320})
    fit = fit_errors(pairs_of(changes), items=items.vstack(items.with_columns(later_level=pl.col("earlier_level"))))
    assert fit.level_error == 0.5
    within = 4 * 160 / 152
    assert fit.innovation_sd == pytest.approx(np.sqrt(within - 0.5 * 640 / 160))


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"a": [-7.0] * 100}, "few_cities"),
        ({f"{city}": [-7.0, 1.0, 2.0] for city in range(8)}, "few_innovations"),
        ({f"{city}": [-7.0, 1.0, 2.0, 3.0] for city in range(8)}, ""),
    ],
)
def test_too_little_is_refused_with_the_reason(changes: dict[str, list[float]], refused: str) -> None:
    fit = fit_errors(pairs_of(changes))
    assert fit.refused == refused
    assert (fit.city_sd is None) == bool(refused)
    given = IndexUncertainty(city_error=1)
    assert (fit.applied_to(given, 250) is given) == bool(refused)


def test_real_and_simulated_pairs_are_never_fitted_together() -> None:
    mixed = pl.concat([pairs_of({"a": [1.0]}), pairs_of({"b": [1.0]}, is_simulated=True)])
    with pytest.raises(RobustnessInvalid, match="mix real and simulated"):
        fit_errors(mixed)
    with pytest.raises(RobustnessInvalid, match="none"):
        fit_errors(mixed.clear())


def test_the_only_published_pair_moved_by_seven_points_and_gives_no_spread(example: Snapshot) -> None:
    pairs = published_pairs(example)
    assert pairs.rows() == [("32.01", 2021, 79.69, 72.46, False)]
    found = calibrate(example, RULES, is_simulated=True)
    assert found.chosen is None
    assert [(source, fit.refused) for source, fit in found.fits] == [("published", "few_cities")]
    assert found.largest_published_change == pytest.approx(-7.23)
    assert innovation_pairs(example, "verified").is_empty() and item_pairs(example, RULES, "final").is_empty()
