"""Steps of a recipe that an indicator or node has of its own, against figures by hand; the written recipe."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from iga.composite import (
    Aggregation,
    Hierarchy,
    IndicatorTable,
    Normalisation,
    Recipe,
    Treatment,
    aggregate,
    build_index,
    denominate,
    goalposts_about,
    hierarchy_in,
    impute,
    indicator_table,
    normalise,
    ranks_of,
    recipe_of,
    treat_outliers,
    written,
)
from iga.composite.benefit_of_the_doubt import benefit_of_the_doubt
from iga.errors import IndicatorTableInvalid, MethodRefused, RuleProblem
from tests.unit.test_composite import flat, table

NAN = float("nan")
X = [2.0, 4.0, 8.0, 8.0]
TURNED = flat("x", direction=[-1, 1])


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("identity", X),
        ("log", [log(2), log(4), log(8), log(8)]),
        (Normalisation("boxcox", power=0.5), [2 * (sqrt(x) - 1) for x in X]),
        (Normalisation("boxcox", power=0.0), [log(x) for x in X]),
        (Normalisation("scaled", goalposts=(0.0, 4.0), scale=(0.0, 10.0)), [5, 10, 20, 20]),
        (Normalisation("goalposts", goalposts=(0.0, 4.0), scale=(0.0, 10.0)), [5, 10, 10, 10]),
        (Normalisation("goalposts", transform="log", goalposts=(1.0, 16.0), scale=(0.0, 1.0)), [0.25, 0.5, 0.75, 0.75]),
        ("fraction_of_maximum", [0.25, 0.5, 1, 1]),
        (Normalisation("distance_to_reference", reference="U1"), [2 / 3, 1, 5 / 3, 5 / 3]),
        (Normalisation("distance_to_target", target=6.0), [0, 0.5, 1, 1]),
        # mean 5.5, deviations -3.5 -1.5 2.5 2.5: sum of squares 27, of the sample 9, of the population 6.75
        (Normalisation("zscore", centre=100.0, spread=10.0), [100 + 10 * d / 3 for d in (-3.5, -1.5, 2.5, 2.5)]),
        (
            Normalisation("zscore", centre=100.0, spread=10.0, is_population=True),
            [100 + 10 * d / sqrt(6.75) for d in (-3.5, -1.5, 2.5, 2.5)],
        ),
        (lambda x: 2 * x + 1, [5, 9, 17, 17]),
    ],
)
def test_an_indicator_may_have_a_scale_of_its_own(how: Any, expected: list[float]) -> None:
    ours = normalise(table(x=X, y=X), flat("x", "y"), "minmax", by_indicator={"x": how})
    np.testing.assert_allclose(ours.column("x"), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.column("y"), [0, 100 / 3, 100, 100])


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("identity", [-2, -4, -8, -8]),
        ("log", [-log(2), -log(4), -log(8), -log(8)]),
        ("fraction_of_maximum", [1, 0.5, 0.25, 0.25]),
        (Normalisation("scaled", goalposts=(0.0, 4.0), scale=(0.0, 10.0)), [5, 0, -10, -10]),
        (Normalisation("distance_to_reference", reference="U1"), [4 / 3, 1, 1 / 3, 1 / 3]),
    ],
)
def test_lower_is_better_on_every_scale(how: Any, expected: list[float]) -> None:
    ours = normalise(table(x=X), TURNED, "minmax", by_indicator={"x": how})
    np.testing.assert_allclose(ours.column("x"), expected, rtol=0, atol=1e-12)


NOISY = [0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2]


def test_rounding_noise_is_no_spread() -> None:
    """0.3 and 0.1 + 0.2 are one value: the column is constant, and is refused, not blown up to the full scale."""
    assert NOISY[0] != NOISY[1]
    with pytest.raises(IndicatorTableInvalid, match="indicator x"):
        table(x=NOISY)
    kept = indicator_table(pl.DataFrame({"u": list("abcd"), "x": NOISY}), unit="u", needs_spread=False)
    with pytest.raises(MethodRefused, match="indicator x"):
        normalise(kept, flat("x"), "minmax")
    assert normalise(kept, flat("x"), "rank").column("x").tolist() == [1, 1, 1, 1]
    assert set(normalise(kept, flat("x"), "identity").column("x").tolist()) == {0.3}


def test_two_units_and_a_constant_under_fixed_goalposts() -> None:
    frame = pl.DataFrame({"u": ["A", "B"], "x": [0.4, 0.4], "y": [30.0, None]})
    two = indicator_table(frame, unit="u", needs_spread=False)
    recipe = Recipe(normalisation="goalposts", goalposts={"x": (0.0, 1.0), "y": (0.0, 60.0)}, scale=(0.0, 100.0))
    built = build_index(two, flat("x", "y"), recipe)
    np.testing.assert_allclose(built.index, [45, 40])
    assert built.ranks.tolist() == [1, 2]


def test_ranks_are_rounded_as_the_recipe_says() -> None:
    scores = np.array([0.7234, 0.7231, 0.7226])
    assert ranks_of(scores, 3).tolist() == [1, 1, 1]
    assert ranks_of(scores, 4).tolist() == [1, 2, 3]
    assert ranks_of(np.array([0.3, 0.1 + 0.2, 0.2]), None).tolist() == [1, 1, 3]
    data = table(x=[0.0, 0.4, 0.404, 1.0])
    given = {places: build_index(data, flat("x"), Recipe(scale=(0, 1), rank_places=places)).ranks for places in (2, 3)}
    assert given[2].tolist() == [4, 2, 2, 1]
    assert given[3].tolist() == [4, 3, 2, 1]


SKEWED = [1.0, 2, 2, 3, 3, 3, 4, 4, 5, 900]


def test_winsorising_that_is_enough_stays_without_a_logarithm() -> None:
    treated, details = treat_outliers(table(x=SKEWED), "winsorise_then_log")
    assert treated.column("x").tolist() == [1, 2, 2, 3, 3, 3, 4, 4, 5, 5]
    assert details.row(0, named=True)["treatment"] == "winsorise"


def test_where_winsorising_is_not_enough_the_logarithm_of_the_original_is_taken() -> None:
    """Six values far out of 60, five may be pulled: the sixth still is; log(x + 1 % of the range) of what was given."""
    given = [0.0] * 53 + [float(10**place) for place in range(1, 8)]
    treated, details = treat_outliers(table(x=given), "winsorise_then_log")
    assert details.row(0, named=True)["treatment"] == "log"
    np.testing.assert_allclose(treated.column("x"), [log(x + 1e5) for x in given], rtol=1e-12)


def test_an_indicator_may_have_a_treatment_of_its_own() -> None:
    both = table(x=SKEWED, y=SKEWED, z=SKEWED)
    strict = Treatment("winsorise", most_winsorised=0)
    treated, details = treat_outliers(both, "log", by_indicator={"x": "none", "y": strict})
    assert treated.column("x").tolist() == treated.column("y").tolist() == SKEWED
    assert details["treatment"].to_list() == ["none", "none", "log"]
    boxed, _ = treat_outliers(table(x=SKEWED), "none", by_indicator={"x": Treatment("boxcox", power=0.0)})
    np.testing.assert_allclose(boxed.column("x"), [log(x - 1 + 8.99) for x in SKEWED])


def test_imputation_by_row_by_indicator_and_by_an_own_function() -> None:
    gapped = table(a=[1.0, 2, None, 4], b=[10.0, None, 30, 40], c=[5.0, 6, 7, None])
    filled = impute(gapped, "row_mean", by_indicator={"a": "median", "c": lambda given: np.full((4, 3), 99.0)})
    assert filled.values[2].tolist() == [2, 30, 7]
    assert filled.values[1].tolist() == [2, 4, 6], "the mean of 2 and 6"
    assert filled.values[3].tolist() == [4, 40, 99]
    assert np.isnan(impute(gapped, "mean", by_indicator={"a": "none"}).column("a")[2])


def test_a_row_is_imputed_on_the_common_scale() -> None:
    """U1 is at 50 on a and has no b: b becomes 50, so the index is 50 and not the mean of unlike units."""
    gapped = table(a=[0.0, 5, 10], b=[1000.0, None, 3000])
    built = build_index(gapped, flat("a", "b"), Recipe(imputation="row_mean", scale=(0.0, 100.0)))
    assert built.index.tolist() == [0, 50, 100]
    assert np.isnan(built.imputed.column("b")[1]), "in its own unit the cell is still missing"


def test_a_missing_denominator_may_leave_a_gap() -> None:
    divided = denominate(table(x=[10.0, 20, 30]), {"x": np.array([5.0, NAN, 10])}, leaves_gaps=True)
    np.testing.assert_array_equal(divided.column("x"), [2, NAN, 3])


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        # 80 and 120: mean 100, deviation 20 (sample 28.28), cv 0.2, penalty 4 (sample 8)
        (Aggregation("mazziotta_pareto"), 96.0),
        (Aggregation("mazziotta_pareto", penalty=1.0), 104.0),
        (Aggregation("mazziotta_pareto", is_sample=True), 92.0),
        (Aggregation("generalised", exponent=2.0), sqrt((80**2 + 120**2) / 2)),
        (lambda values, weights: values.min(axis=1), 80.0),
    ],
)
def test_aggregations_by_hand(how: Any, expected: float) -> None:
    scores = aggregate(table(a=[80.0, 100, 90], b=[120.0, 100, 90]), flat("a", "b"), how)
    assert scores.column("index")[0] == pytest.approx(expected, abs=1e-9)


def test_the_adjusted_mazziotta_pareto_index_by_hand() -> None:
    """Goalposts 10 to 30 about the reference 20, on 70 to 130 without a cut: 20 is 100, 35 is 145."""
    data = table(a=[20.0, 35, 10], b=[20.0, 25, 30])
    recipe = Recipe(
        normalisation="scaled",
        goalposts={"a": (10.0, 30.0), "b": (10.0, 30.0)},
        scale=(70.0, 130.0),
        aggregation="mazziotta_pareto",
    )
    built = build_index(data, flat("a", "b"), recipe)
    np.testing.assert_allclose(built.normalised.values[1], [145, 115])
    np.testing.assert_allclose(built.index, [100, 130 - 15**2 / 130, 100 - 30**2 / 100])


def test_goalposts_about_a_reference_make_it_100() -> None:
    data = table(a=[0.0, 10, 4, None], b=[1.0, 2, 3, 4])
    assert goalposts_about(data, {"a": 4.0}) == {"a": (-1.0, 9.0)}
    posts = goalposts_about(data, {"a": 4.0, "b": 2.5})
    recipe = Recipe(normalisation="scaled", goalposts=posts, scale=(70.0, 130.0), aggregation="mazziotta_pareto")
    assert build_index(data, flat("a", "b"), recipe).normalised.column("a")[2] == 100


def test_benefit_of_the_doubt_by_hand() -> None:
    """(4, 1) and (1, 4) are best; (2, 2) has 0.8 of the line between them, (1, 1) half of that."""
    values = np.array([[4.0, 1], [1, 4], [2, 2], [1, 1], [0, 0], [NAN, 4], [NAN, NAN]])
    np.testing.assert_allclose(benefit_of_the_doubt(values), [1, 1, 0.8, 0.4, 0, 1, NAN], atol=1e-9)
    # Half of the score from each part: w1 y1 = w2 y2. (4, 1): w = (t, 4t), and (1, 4) must stay at 1: 17 t = 1.
    bound = benefit_of_the_doubt(values[:2], least_share=0.5, most_share=0.5)
    np.testing.assert_allclose(bound, [8 / 17, 8 / 17], atol=1e-9)


def test_shares_of_the_parts_are_bound_from_either_side_by_hand() -> None:
    """Of three units that are each best at one part; w2 = w3 by symmetry.

    At most half from the first: 4 w1 = w2 + w3, and w1 + 5 w2 = 1 for the second unit: w2 = 2 / 11. At least three
    tenths from each: 4 w1 = 0.4 s, w2 = 0.3 s, so 1.6 s = 1.
    """
    values = np.array([[4.0, 1, 1], [1, 4, 1], [1, 1, 4]])
    np.testing.assert_allclose(benefit_of_the_doubt(values), [1, 1, 1], atol=1e-9)
    np.testing.assert_allclose(benefit_of_the_doubt(values, most_share=0.5), [8 / 11] * 3, atol=1e-9)
    np.testing.assert_allclose(benefit_of_the_doubt(values, least_share=0.3), [0.625] * 3, atol=1e-9)


@given(
    st.lists(st.lists(st.floats(0.1, 100), min_size=3, max_size=3), min_size=3, max_size=8),
    st.lists(st.floats(0.01, 1000), min_size=3, max_size=3),
)
@settings(max_examples=25, deadline=None)
def test_benefit_of_the_doubt_knows_no_unit_of_measure(rows: list[list[float]], units: list[float]) -> None:
    values = np.array(rows)
    scores = benefit_of_the_doubt(values)
    np.testing.assert_allclose(benefit_of_the_doubt(values * np.array(units)), scores, atol=1e-7)
    assert scores.max() == pytest.approx(1, abs=1e-7)


FULL = Recipe(
    imputation="group_mean",
    outliers="winsorise_then_log",
    normalisation="goalposts",
    scale=(0.0, 1.0),
    targets={"a": 3.0},
    goalposts={"a": (0.0, 9.5), "nilai kota": (1e-7, 1e300)},
    weights="pca",
    weight_targets={"a": 0.1},
    aggregation={"P": Aggregation("generalised", exponent=-2.5), "I": "mazziotta_pareto"},
    exponent=2.0,
    least_available=0.65,
    groups={"A": "x", "B": 3},
    imputations={"a": "none"},
    treatments={"a": Treatment("boxcox", power=0.1), "b": "none"},
    normalisations={"b": Normalisation("distance_to_reference", reference='Kota "B"\n'), "c": "log"},
    rank_places=None,
)


@pytest.mark.parametrize(
    "recipe", [Recipe(), FULL, Recipe(aggregation=Aggregation("mazziotta_pareto", is_sample=True), groups={1: 2, 2: 2})]
)
def test_what_is_written_is_read_back(recipe: Recipe) -> None:
    assert recipe_of(written(recipe)) == recipe
    assert hierarchy_in(written(recipe)) is None


NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
NUMBERS = st.floats(allow_nan=False)


@given(st.dictionaries(NAMES, st.tuples(NUMBERS, NUMBERS)), NAMES, NAMES)
@settings(max_examples=60, deadline=None)
def test_any_name_and_number_is_read_back(posts: dict[str, tuple[float, float]], unit: str, node: str) -> None:
    recipe = Recipe(goalposts=posts or None, groups={unit: node}, aggregation={node: "geometric"})
    assert recipe_of(written(recipe)) == recipe


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no TOML": (lambda: recipe_of("scale = ["), "recipe"),
    "unknown method": (lambda: recipe_of("normalisation = 'no'"), "no"),
    "unknown method of a node": (lambda: recipe_of("[aggregations.P]\nmethod = 'no'"), "aggregation"),
    "strange key": (lambda: recipe_of("colour = 'red'"), "colour"),
    "strange option": (lambda: recipe_of("[treatments.a]\nmethod = 'log'\ncolour = 1"), "colour"),
    "a step without method": (lambda: recipe_of("[normalisations.a]\ntarget = 1.0"), "method"),
    "text for a number": (lambda: recipe_of("exponent = '2'"), "exponent"),
    "number for text": (lambda: recipe_of("weights = 2"), "weights"),
    "half a pair": (lambda: recipe_of("scale = [1.0]"), "scale"),
    "own function": (lambda: written(Recipe(aggregation=lambda values, weights: values[:, 0])), "written down"),
    "log of zero": (lambda: normalise(table(x=[0.0, 1, 2]), flat("x"), "log"), "indicator x"),
    "fraction of what is negative": (
        lambda: normalise(table(x=[-1.0, 1, 2]), flat("x"), "fraction_of_maximum"),
        "indicator x",
    ),
    "reference without a value": (
        lambda: normalise(table(x=X), flat("x"), "minmax", by_indicator={"x": Normalisation("distance_to_reference")}),
        "indicator x",
    ),
    "scale of a stranger": (lambda: normalise(table(x=X), flat("x"), "minmax", by_indicator={"z": "log"}), "z"),
    "unknown scale of one": (lambda: normalise(table(x=X), flat("x"), "minmax", by_indicator={"x": "no"}), "method no"),
    "unknown transformation": (
        lambda: normalise(table(x=X), flat("x"), "minmax", by_indicator={"x": Normalisation("minmax", transform="no")}),
        "transformation no",
    ),
    "own scale of another length": (
        lambda: normalise(table(x=X), flat("x"), "minmax", by_indicator={"x": lambda x: x[:2]}),
        "indicator x",
    ),
    "treatment of a stranger": (lambda: treat_outliers(table(x=X), by_indicator={"z": "log"}), "z"),
    "unknown treatment": (lambda: treat_outliers(table(x=X), by_indicator={"x": "no"}), "method no"),
    "imputation of a stranger": (lambda: impute(table(x=X), "mean", by_indicator={"z": "mean"}), "z"),
    "own imputation with gaps": (lambda: impute(table(x=[1.0, None, 3]), lambda t: t.values), "imputation"),
    "row without a value": (lambda: impute(table(x=[1.0, None, 3]), "row_mean"), "U1"),
    "own aggregation of another length": (
        lambda: aggregate(table(x=X), flat("x"), lambda values, weights: values[:2, 0]),
        "node index",
    ),
    "negative under benefit of the doubt": (
        lambda: aggregate(table(x=[-1.0, 2, 3]), flat("x"), "benefit_of_the_doubt"),
        "indicator x: U0",
    ),
    "shares that cannot add": (lambda: benefit_of_the_doubt(np.ones((2, 2)), least_share=0.6), "0.6"),
    "one value under a spread": (
        lambda: normalise(IndicatorTable("u", ("A", "B"), ("x",), np.ones((2, 1))), flat("x"), "zscore"),
        "indicator x",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_faulty_steps_are_refused_by_name(case: str) -> None:
    work, offender = REFUSED[case]
    with pytest.raises(RuleProblem) as caught:
        work()
    assert offender in str(caught.value)
    assert caught.value.fix


def test_aggregations_by_node_may_stand_in_either_table() -> None:
    given = {"P": "geometric", "I": Aggregation("generalised", exponent=2.0)}
    for table_name in ("aggregation", "aggregations"):
        text = f"[{table_name}]\nP = 'geometric'\n[{table_name}.I]\nmethod = 'generalised'\nexponent = 2"
        assert recipe_of(text).aggregation == given


def test_every_choice_is_stated_also_the_default() -> None:
    """A later default must not move an index that was published."""
    text = written(Recipe(), Hierarchy(flat("x").nodes))
    assert "\n".join(text.splitlines()[:6]) == (
        'normalisation = "minmax"\nscale = [1.0, 100.0]\nweights = "given"\naggregation = "arithmetic"\n'
        "least_available = 0.0\nrank_places = 9"
    )
