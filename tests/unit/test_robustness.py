"""Robustness of ranks: against the scoring kernel, against figures worked by hand, and against brute force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from analysis.index.level_profiles import read_profiles
from iga.composite import hierarchy_of, indicator_table
from iga.errors import RobustnessInvalid, RuleProblem
from iga.robustness import (
    IndexUncertainty,
    RegionProfiles,
    WeightPerturbation,
    analyse_recipes,
    analyse_robustness,
    claims_of,
    dominance,
    draw_index_weights,
    leave_one_out,
    ranks_of_draws,
    region_profiles,
    sobol_by_enumeration,
    sobol_by_sampling,
    sobol_of_robustness,
)
from iga.rulebook import load_rulebook
from iga.score import score_regions, score_spd, score_submissions
from warehouse import Snapshot

RULES = load_rulebook(2026)
COLUMNS = [group.column for group in RULES.sid_groups]


def season(regions: int = 6, innovations: int = 14, seed: int = 1, missing: float = 0.0) -> tuple[Any, Any]:
    """Random submissions with levels, stages, statuses and affairs, and complete answers of the regions."""
    chance = np.random.default_rng(seed)
    count = regions * innovations
    skill = np.repeat(chance.beta(4, 3, regions), innovations)
    levels = {column: chance.binomial(3, skill) for column in COLUMNS}
    submissions = pl.DataFrame(
        {
            "submission_id": [f"s{place}" for place in range(count)],
            "region_code": [f"{place // innovations:02}" for place in range(count)],
            "edition": [2026] * count,
            "region_type": ["kota" if place // innovations % 2 else "kabupaten" for place in range(count)],
            "stage": chance.choice(["implementation", "implementation", "trial"], count),
            "status": chance.choice(["accepted", "accepted", "rejected", "draft"], count),
            "main_affair_code": chance.choice(["01", "02", "03", "04", "05", "06", "09"], count),
            **levels,
        }
    )
    if missing:
        gaps = {column: chance.random(count) < missing for column in COLUMNS}
        submissions = submissions.with_columns(
            pl.when(pl.Series(gaps[column])).then(None).otherwise(pl.col(column)).alias(column) for column in COLUMNS
        )
    lines = [group.number for group in RULES.spd_groups]
    spd = pl.DataFrame(
        {
            "region_code": [f"{place // len(lines):02}" for place in range(regions * len(lines))],
            "edition": [2026] * (regions * len(lines)),
            "indicator_number": lines * regions,
            "level": chance.integers(0, 4, regions * len(lines)),
        }
    )
    return submissions, spd


@pytest.fixture(scope="module")
def profiles() -> RegionProfiles:
    submissions, spd = season()
    return region_profiles(submissions, RULES, region_answers=spd, labels=["region_type"])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "changes", [{}, {"rejected_in_divisor": False}, {"stages_scored": ("implementation", "trial")}]
)
def test_unmoved_index_is_that_of_the_kernel(seed: int, changes: dict[str, Any]) -> None:
    submissions, spd = season(seed=seed)
    assumed = RULES.assume(**changes)
    scored = score_submissions(submissions, RULES)
    kernel = score_regions(scored, RULES, spd=score_spd(spd, RULES), assumptions=assumed).sort("region_code")
    ours = analyse_robustness(
        region_profiles(submissions, RULES, region_answers=spd),
        IndexUncertainty(weights=None, rules={name: [value] for name, value in changes.items()}),
        draws=100,
        seed=1,
    )
    assert ours.baseline.scores[0].tolist() == kernel["iid_x100"].to_list()
    assert (ours.claims.scores == ours.baseline.scores).all()


@pytest.mark.parametrize("seed", range(4))
def test_unknown_levels_stay_within_the_bounds_of_the_kernel(seed: int) -> None:
    submissions, spd = season(seed=seed, missing=0.2)
    kernel = score_regions(score_submissions(submissions, RULES), RULES, spd=score_spd(spd, RULES)).sort("region_code")
    ours = analyse_robustness(
        region_profiles(submissions, RULES, region_answers=spd), IndexUncertainty(weights=None), draws=500, seed=1
    )
    assert (ours.claims.scores.min(axis=0) >= kernel["iid_lower_x100"].to_numpy()).all()
    assert (ours.claims.scores.max(axis=0) <= kernel["iid_upper_x100"].to_numpy()).all()
    assert np.ptp(ours.claims.scores, axis=0).min() > 0


def test_missing_spd_is_anything_from_nothing_to_its_maximum() -> None:
    submissions, _ = season()
    ours = analyse_robustness(region_profiles(submissions, RULES), IndexUncertainty(weights=None), draws=2000, seed=1)
    width = np.ptp(ours.claims.scores, axis=0) / 100
    assert width.max() <= 25.2
    assert width.min() > 24.5


@pytest.mark.parametrize(
    "how",
    [
        WeightPerturbation("percent", indicator=0.25),
        WeightPerturbation("percent", indicator=0.1, variable=0.5),
        WeightPerturbation("dirichlet", concentration=5),
    ],
)
def test_drawn_weights_hold_the_maxima(how: WeightPerturbation) -> None:
    for groups, maximum in ((RULES.sid_groups, 111.0), (RULES.spd_groups, 63.0)):
        drawn = draw_index_weights(groups, maximum, how, 200, np.random.default_rng(1))
        np.testing.assert_allclose(drawn @ [group.top_level for group in groups], maximum, rtol=1e-12)
        assert (drawn >= 0).all()
        assert np.ptp(drawn, axis=0).min() > 0


def test_a_perfect_region_stays_at_100() -> None:
    """All levels at the top, 200 innovations: every draw of weights must give 63 + 111 + 76 = 250."""
    submissions = pl.DataFrame(
        {
            "region_code": ["a"] * 200 + ["b"] * 200,
            "edition": [2026] * 400,
            "main_affair_code": [f"0{1 + place % 6}" for place in range(400)],
            **{column: [3] * 200 + [1] * 200 for column in COLUMNS},
        }
    )
    top = {group.number: group.top_level for group in RULES.spd_groups}
    spd = pl.DataFrame(
        [
            {"region_code": code, "edition": 2026, "indicator_number": n, "level": v}
            for code in "ab"
            for n, v in top.items()
        ]
    )
    found = analyse_robustness(region_profiles(submissions, RULES, region_answers=spd), draws=200, seed=3)
    assert (found.claims.scores[:, 0] == 10000).all()


def test_same_seed_same_draws(profiles: RegionProfiles) -> None:
    how = IndexUncertainty(rules={"rejected_in_divisor": (True, False)}, level_error=0.1)
    first, again, other = (analyse_robustness(profiles, how, draws=300, seed=seed) for seed in (7, 7, 8))
    assert (first.claims.scores == again.claims.scores).all()
    assert (first.claims.scores != other.claims.scores).any()


def test_ranks_within_a_cluster_and_over_the_panel(profiles: RegionProfiles) -> None:
    cluster = analyse_robustness(profiles, draws=100, seed=1, within=("edition", "region_type"))
    assert cluster.claims.intervals()["ranked_count"].to_list() == [3] * 6
    assert cluster.claims.ranks.max() == 3
    panel = analyse_robustness(profiles, draws=100, seed=1, within=())
    assert panel.claims.ranks.max() == 6


def test_two_editions_are_one_panel() -> None:
    submissions, spd = season()
    two = pl.concat([submissions, submissions.with_columns(edition=pl.lit(2025, pl.Int64))])
    answers = pl.concat([spd, spd.with_columns(edition=pl.lit(2025, pl.Int64))])
    both = region_profiles(two, RULES, region_answers=answers)
    per_edition = analyse_robustness(both, IndexUncertainty(weights=None), draws=100, seed=1)
    panel = analyse_robustness(both, IndexUncertainty(weights=None), draws=100, seed=1, within=())
    assert per_edition.claims.ranks.max() == 6
    assert panel.claims.ranks.max() == 11, "equal regions of two editions share each place"


def test_factors_prove_that_they_changed_something() -> None:
    submissions, spd = season(innovations=60)
    profiles = region_profiles(submissions, RULES, region_answers=spd)
    how = IndexUncertainty(
        rules={"rejected_in_divisor": (True, False), "shared_band_edge": ("better", "worse")}, level_error=0.05
    )
    rows = analyse_robustness(profiles, how, draws=400, seed=1).factors.to_dicts()
    changed = {(row["factor"], row["level"]): row["has_changed"] for row in rows}
    assert changed[("weights", "+-25%")]
    assert changed[("level_error", "0.05")]
    assert changed[("rejected_in_divisor", "False")]
    assert not changed[("rejected_in_divisor", "True")], "the first level is the baseline"
    assert not changed[("shared_band_edge", "worse")], "this switch turns values into levels, which are given here"
    assert sum(row["share"] for row in rows if row["factor"] == "rejected_in_divisor") == pytest.approx(1)


def test_level_error_moves_by_one_and_keeps_the_mean() -> None:
    """All answers at level 2: up and down are equally likely, so the mean index stays and its spread is binomial."""
    submissions = pl.DataFrame(
        {
            "region_code": ["a"] * 50 + ["b"] * 50,
            "edition": [2026] * 100,
            "main_affair_code": ["01"] * 100,
            **{column: [2] * 100 for column in COLUMNS},
        }
    )
    how = IndexUncertainty(weights=None, level_error=0.2, is_missing_drawn=False)
    found = analyse_robustness(region_profiles(submissions, RULES), how, draws=4000, seed=1)
    points = found.claims.scores[:, 0] / 40
    weights = np.array([float(group.members[0].weight) for group in RULES.sid_groups])
    assert points.mean() == pytest.approx(74.0, abs=0.05)
    assert points.std() == pytest.approx(np.sqrt(0.2 * (weights**2).sum() / 50), rel=0.05)


SCORES = np.array([[3, 2, 1], [3, 1, 2], [3, 3, 1], [1, 2, 3]])
UNITS = {"region_code": ["a", "b", "c"]}


def test_claims_by_hand() -> None:
    claims = claims_of(SCORES, UNITS)
    assert claims.ranks.tolist() == [[1, 2, 3], [1, 3, 2], [1, 1, 3], [3, 2, 1]]
    places = {(row["region_code"], row["place"]): row["probability"] for row in claims.places().to_dicts()}
    assert places == {
        ("a", 1): 0.75, ("a", 3): 0.25, ("b", 1): 0.25, ("b", 2): 0.5, ("b", 3): 0.25, ("c", 1): 0.25, ("c", 2): 0.25,
        ("c", 3): 0.5,
    }  # fmt: skip
    assert claims.top(2)["probability"].to_list() == [0.75, 0.75, 0.5]
    assert claims.intervals()["rank_median"].to_list() == [1, 2, 2]
    above = {(row["region_code"], row["other_region_code"]): row for row in claims.above().to_dicts()}
    assert above[("a", "b")]["probability"] == 0.5
    assert above[("a", "b")]["tie_probability"] == 0.25
    assert above[("b", "a")]["probability"] == 0.25
    assert claims.within({"high": (3, 9), "low": (0, 2)})["probability"].to_list() == [
        0.75,
        0.25,
        0.25,
        0.25,
        0.75,
        0.75,
    ]


def test_monte_carlo_error_covers_the_truth() -> None:
    """A coin of 0.3: the stated half-width must hold the truth in about 95 of 100 analyses."""
    chance = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        first = (chance.random(400) < 0.3).astype(float)
        row = claims_of(np.column_stack([first, np.full(400, 0.5)]), {"u": ["a", "b"]}).top(1).row(0, named=True)
        held += abs(row["probability"] - 0.3) <= row["monte_carlo_error"]
    assert 180 <= held <= 199


def test_simultaneous_sets_hold_all_ranks_at_once() -> None:
    chance = np.random.default_rng(2)
    scores = chance.normal(size=(4000, 8)) + np.arange(8) * 0.7
    claims = claims_of(scores, {"u": list(range(8))})
    sets = claims.intervals()
    low, high = sets["set_low"].to_numpy(), sets["set_high"].to_numpy()
    share = ((claims.ranks >= low) & (claims.ranks <= high)).all(axis=1).mean()
    alone = ((claims.ranks >= sets["rank_low"].to_numpy()) & (claims.ranks <= sets["rank_high"].to_numpy())).all(axis=1)
    assert share >= 0.9
    assert alone.mean() < share
    assert (low <= sets["rank_low"].to_numpy()).all()
    assert (high >= sets["rank_high"].to_numpy()).all()


def test_ranks_of_many_draws_are_those_of_each() -> None:
    scores = np.random.default_rng(0).integers(0, 9, (300, 20)).astype(np.int16)
    expected = [[1 + int((row > value).sum()) for value in row] for row in scores]
    assert ranks_of_draws(scores).tolist() == expected


@pytest.mark.parametrize("percent", [None, 0.25])
def test_dominance_bounds_what_random_weights_reach(profiles: RegionProfiles, percent: float | None) -> None:
    """No draw inside the set of weights may leave the exact bounds, and some come near to them."""
    found = dominance(profiles, percent=percent)
    how = WeightPerturbation("dirichlet", concentration=2) if percent is None else WeightPerturbation(indicator=percent)
    scores = analyse_robustness(profiles, IndexUncertainty(weights=how), draws=3000, seed=1).claims.scores / 100
    place = {code: position for position, code in enumerate(profiles.units["region_code"])}
    for row in found.to_dicts():
        lead = scores[:, place[row["region_code"]]] - scores[:, place[row["other_region_code"]]]
        assert lead.min() >= row["lead_low"] - 0.011, "scores are rounded to 0.01"
        assert lead.max() <= row["lead_high"] + 0.011
        assert row["is_dominant"] == (row["lead_low"] > 1e-9)


def test_dominance_is_found_where_it_must_be() -> None:
    """b stands one level above a everywhere: it outranks a under all weights, and a never outranks b."""
    levels = {column: [1] * 12 + [2] * 12 for column in COLUMNS}
    submissions = pl.DataFrame(
        {"region_code": ["a"] * 12 + ["b"] * 12, "edition": [2026] * 24, "main_affair_code": ["01"] * 24, **levels}
    )
    top = [
        {"region_code": code, "edition": 2026, "indicator_number": group.number, "level": 1}
        for code in "ab"
        for group in RULES.spd_groups
    ]
    both = region_profiles(submissions, RULES, region_answers=pl.DataFrame(top))
    found = {row["region_code"]: row for row in dominance(both).to_dicts()}
    assert (found["a"]["is_dominant"], found["b"]["is_dominant"]) == (False, True)
    assert found["b"]["lead_low"] == pytest.approx(37 / 250 * 100), "a third of 111, whatever the weights"


def test_sobol_of_an_additive_function_by_hand() -> None:
    """y = a + 2 b with a and b in {0, 1}: variances 1/4 and 1, so first and total are 0.2 and 0.8."""
    outputs = np.array([[[0.0], [2.0]], [[1.0], [3.0]]])
    found = sobol_by_enumeration(outputs, ["a", "b"])
    assert found["first"].to_list() == pytest.approx([0.2, 0.8])
    assert found["total"].to_list() == pytest.approx([0.2, 0.8])


def test_sobol_of_an_interaction_by_hand() -> None:
    """y = a b with both in {-1, 1}: nothing alone, everything together."""
    found = sobol_by_enumeration(np.array([[[1.0], [-1.0]], [[-1.0], [1.0]]]), ["a", "b"])
    assert found["first"].to_list() == pytest.approx([0, 0])
    assert found["total"].to_list() == pytest.approx([1, 1])


def test_sobol_estimates_the_ishigami_function() -> None:
    """Known indices (a = 7, b = 0.1): first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437. A mean of 1000 added."""
    chance = np.random.default_rng(1)
    a, b = (chance.uniform(-np.pi, np.pi, (4000, 3)) for _ in range(2))

    def ishigami(x: np.ndarray) -> np.ndarray:
        y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
        return (1000 + y)[:, None]

    def exchanged(place: int) -> Callable[[Any, Any], Any]:
        def mix(one: np.ndarray, other: np.ndarray) -> np.ndarray:
            mixed = one.copy()
            mixed[:, place] = other[:, place]
            return mixed

        return mix

    found = sobol_by_sampling(ishigami, a, b, {f"x{place}": exchanged(place) for place in range(3)}, seed=1)
    assert found["first"].to_list() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.05)
    assert found["total"].to_list() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.05)
    for row in found.to_dicts():
        assert row["total_low"] < row["total"] < row["total_high"]


def test_sobol_is_exact_when_only_rules_are_uncertain(profiles: RegionProfiles) -> None:
    how = IndexUncertainty(
        weights=None,
        rules={"rejected_in_divisor": (True, False), "other_stages_in_divisor": (False, True)},
        is_missing_drawn=False,
    )
    analysis = analyse_robustness(profiles, how, draws=100, seed=1)
    exact = sobol_of_robustness(analysis, measure="iid", seed=1)
    assert exact.columns == ["factor", "levels", "first", "total"]
    mixed = analyse_robustness(profiles, IndexUncertainty(level_error=0.05), draws=100, seed=1)
    estimated = sobol_of_robustness(mixed, measure="iid", seed=1, samples=400)
    assert estimated["factor"].to_list() == ["weights", "level_error"]
    assert 0.8 < estimated["total"].sum() < 1.3


def test_leaving_out_an_indicator_holds_the_maximum() -> None:
    """Without one indicator the others take its points: a region at level 3 of all is still at 111."""
    submissions, spd = season()
    full = submissions.with_columns(pl.lit(3).alias(column) for column in COLUMNS)
    both = region_profiles(full, RULES, region_answers=spd)
    found = leave_one_out(both)
    unmoved = analyse_robustness(both, IndexUncertainty(weights=None), draws=100, seed=1).baseline.scores[0]
    without = found.filter(pl.col("left_out") == "16")["iid_x100"].to_list()
    assert without == unmoved.tolist()
    assert set(found["left_out"]) == {group.number for group in RULES.groups}
    variables = set(leave_one_out(both, by="variable")["left_out"])
    assert variables == {group.members[0].variable for group in RULES.groups}


def test_recipes_of_51_units_and_49_indicators() -> None:
    chance = np.random.default_rng(3)
    names = [f"I{place:02}" for place in range(49)]
    values = np.exp(chance.normal(size=(51, 1)) * 0.5 + chance.normal(size=(51, 49)))
    table = indicator_table(
        pl.DataFrame({"unit": range(51), **{name: values[:, i] for i, name in enumerate(names)}}), unit="unit"
    )
    hierarchy = hierarchy_of(
        pl.DataFrame({"code": [*names, "P", "Q", "I"], "parent": [*["P", "Q"] * 24, "P", "I", "I", None]}),
        weight=None,
        direction=None,
    )
    found = analyse_recipes(table, hierarchy, weights=10, draws=1000, seed=1)
    assert found.grid.shape == (2, 2, 10, 2, 51)
    assert found.claims.draws == 1000
    assert found.sobol["factor"].to_list() == ["outliers", "normalisation", "weights", "aggregation"]
    assert found.sobol["total"].sum() >= 1 > found.sobol["first"].sum() > 0
    shares = found.factors.group_by("factor").agg(pl.col("share").sum())
    assert shares["share"].to_list() == pytest.approx([1, 1, 1, 1])
    changed = found.factors.filter(pl.col("level").is_in(["winsorise", "zscore", "geometric", "drawn 1"]))
    assert changed["has_changed"].all()


def test_scores_without_levels_stay_when_weights_move(example: Snapshot) -> None:
    found = read_profiles(example, editions=[2026], rulebook=RULES)
    kernel = example.sql(
        "select region_code, iid_lower_x100 from store.region_index"
        " where edition = 2026 and score_kind = 'claimed' order by region_code"
    )
    analysis = analyse_robustness(found, IndexUncertainty(is_missing_drawn=False), draws=200, seed=1)
    assert analysis.baseline.scores[0].tolist() == kernel["iid_lower_x100"].to_list()
    assert found.units["region_code"] == ["17.71", "18.71", "33.71"]
    assert found.unreachable_count[0] == 0
    assert found.unreachable_count[2] == 104, "Magelang's layout states totals only, and one row is in quarantine"


REFUSED: dict[str, tuple[Callable[[RegionProfiles], Any], str]] = {
    "too few draws": (lambda p: analyse_robustness(p, draws=10, seed=1), "draws"),
    "unknown column": (lambda p: analyse_robustness(p, seed=1, within=("island",)), "within island"),
    "unknown switch": (
        lambda p: analyse_robustness(p, IndexUncertainty(rules={"jury": (1, 2)}), seed=1),
        "assumptions.jury",
    ),
    "no levels": (lambda _: IndexUncertainty(rules={"rejected_in_divisor": ()}), "rule rejected_in_divisor"),
    "error": (lambda _: IndexUncertainty(level_error=2), "level_error"),
    "spread": (lambda _: WeightPerturbation(indicator=25), "indicator"),
    "concentration": (lambda _: WeightPerturbation("dirichlet", concentration=0), "concentration"),
    "kind": (lambda _: WeightPerturbation("normal"), "kind normal"),  # type: ignore[arg-type]
    "share": (lambda p: dominance(p, percent=25), "percent"),
    "by": (lambda p: leave_one_out(p, by="letter"), "by letter"),
    "city error": (lambda _: IndexUncertainty(city_error=-1), "city_error"),
    "dependence": (lambda _: IndexUncertainty(missing_dependence=1.5), "missing_dependence"),
    "memory": (lambda p: analyse_robustness(p, draws=10**9, seed=1), "MiB"),
    "bounds": (lambda p: p.bounded({("00", 2026): (60.0, 50.0)}), "unit 00 2026"),
    "incomplete rulebook": (
        lambda _: region_profiles(pl.DataFrame({"region_code": ["a"], "edition": [2025]}), 2025),
        "2025.toml",
    ),
    "impossible level": (
        lambda _: region_profiles(season()[0].with_columns(level_16=pl.lit(9)), RULES),
        "column level_16",
    ),
    "missing scores": (lambda _: claims_of(np.array([[1.0, np.nan]]), {"u": ["a", "b"]}), "unit b"),
    "axes": (lambda _: sobol_by_enumeration(np.ones((2, 2)), ["a", "b"]), "2 factors"),
    "nothing varies": (lambda _: sobol_by_enumeration(np.ones((2, 2)), ["a"]), "no factor changes anything"),
    "too many settings": (
        lambda p: analyse_robustness(p, IndexUncertainty(rules={"rejected_in_divisor": [True, False] * 200}), seed=1),
        "400 combinations",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_faulty_input_is_refused_by_name(case: str, profiles: RegionProfiles) -> None:
    work, offender = REFUSED[case]
    with pytest.raises(RuleProblem) as caught:
        work(profiles)
    assert offender in str(caught.value)
    assert isinstance(caught.value, RobustnessInvalid) or case == "unknown switch"
