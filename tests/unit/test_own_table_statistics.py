"""Correlations, outranking, summaries and comparisons of an own table, against COINr, scipy and figures by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from iga.composite import Hierarchy, IndicatorTable, Recipe, build_index, copeland_scores, hierarchy_of, indicator_table
from iga.composite.components import component_summary
from iga.composite.contributions import contributions
from iga.composite.correlation import (
    CORRELATIONS,
    ancestor_correlations,
    denominator_correlations,
    pair_correlations,
)
from iga.composite.element_names import ElementNames, check_names
from iga.composite.group_availability import availability_of_groups, availability_of_nodes
from iga.composite.index_comparison import compare_indices, compare_ranks, remove_elements
from iga.composite.optimised_weights import optimise_weights
from iga.composite.outranking import outranking, outranking_matrix
from iga.composite.unit_strengths import percentile_of, strengths_and_weaknesses
from iga.composite.unit_summary import unit_summary
from iga.errors import HierarchyInvalid, IndicatorTableInvalid, MethodRefused

ORACLE = Path(__file__).parents[1] / "oracle"
NAN = float("nan")


def full() -> IndicatorTable[pl.DataFrame]:
    return indicator_table(pl.read_csv(ORACLE / "full.csv"), unit="uCode")


def structure() -> Hierarchy:
    return hierarchy_of(
        pl.read_csv(ORACLE / "structure.csv", null_values=["NA"]),
        code="iCode",
        parent="Parent",
        weight="Weight",
        direction="Direction",
    )


def table(**columns: list[float | None]) -> IndicatorTable[pl.DataFrame]:
    units = [f"U{place}" for place in range(len(next(iter(columns.values()))))]
    return indicator_table(pl.DataFrame({"unit": units, **columns}, strict=False), unit="unit")


SMALL = hierarchy_of(
    pl.DataFrame(
        {
            "code": ["a", "b", "c", "p", "q", "index"],
            "parent": ["p", "p", "q", "index", "index", None],
            "weight": [1.0, 1.0, 1.0, 1.0, 3.0, 1.0],
            "direction": [1, 1, -1, 1, 1, 1],
        }
    )
)
BY_HAND = table(a=[0.0, 5.0, 10.0], b=[0.0, 10.0, 5.0], c=[4.0, 0.0, 2.0])
RAW = Recipe(scale=(0.0, 100.0))
"""Normalised: a 0, 50, 100; b 0, 100, 50; c (lower is better) 0, 100, 50. p 0, 75, 75; index 0, 93.75, 56.25."""


def test_pearson_is_that_of_the_independent_implementation() -> None:
    normalised = build_index(full(), structure(), Recipe()).normalised
    ours = pair_correlations(normalised).rename({"element_1": "indicator_1", "element_2": "indicator_2"})
    both = ours.join(pl.read_csv(ORACLE / "corr.csv"), on=["indicator_1", "indicator_2"])
    assert both.height == 66
    assert (both["coefficient"] - both["pearson"]).abs().max() < 1e-9  # type: ignore[operator]


@pytest.mark.parametrize("method", CORRELATIONS)
def test_each_method_is_that_of_scipy_over_the_units_that_have_both(method: str) -> None:
    given = indicator_table(pl.read_csv(ORACLE / "missing.csv", null_values=["NA", ""]), unit="uCode")
    asked: Any = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}[method]
    for row in pair_correlations(given, method=method).iter_rows(named=True):
        x, y = given.column(row["element_1"]), given.column(row["element_2"])
        both = ~np.isnan(x) & ~np.isnan(y)
        found = asked(x[both], y[both])
        assert (row["coefficient"], row["p_value"]) == pytest.approx((found.statistic, found.pvalue))
        assert row["count"] == both.sum()


def test_p_values_are_adjusted_by_the_rule_of_benjamini_and_hochberg() -> None:
    found = pair_correlations(full())
    ordered = found.sort("p_value")["p_value"].to_numpy()
    scaled = ordered * len(ordered) / np.arange(1, len(ordered) + 1)
    by_hand = np.minimum.accumulate(scaled[::-1])[::-1]
    assert found.sort("p_value")["p_adjusted"].to_numpy() == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("y", "flag"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.1], "high"),
        ([5.0, 4.0, 3.0, 2.0, 1.0], "negative"),
        ([1.0, -1.0, 0.0, 1.0, -0.9], "weak"),
        ([1.0, 4.0, 2.0, 5.0, 3.0], "none"),
        ([1.0, 2.0, None, None, None], "not_applicable"),
    ],
)
def test_flags(y: list[float | None], flag: str) -> None:
    found = pair_correlations(table(x=[1.0, 2.0, 3.0, 4.0, 5.0], y=y))
    assert found["flag"].to_list() == [flag]
    assert found["coefficient"].is_nan()[0] is (flag == "not_applicable")


def test_a_constant_column_has_no_correlation() -> None:
    given: IndicatorTable[pl.DataFrame] = IndicatorTable(
        "unit", ("A", "B", "C"), ("x", "y"), np.array([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]])
    )
    assert pair_correlations(given)["flag"].to_list() == ["not_applicable"]


def test_two_lists_of_columns_give_every_pair_between_them() -> None:
    scores = build_index(BY_HAND, SMALL, RAW).scores
    found = pair_correlations(scores, first=["a", "p"], second=["p", "index"])
    assert list(zip(found["element_1"], found["element_2"], strict=True)) == [
        ("a", "p"),
        ("a", "index"),
        ("p", "index"),
    ]


def test_elements_correlate_with_all_that_is_above_them() -> None:
    scores = build_index(BY_HAND, SMALL, RAW).scores
    found = ancestor_correlations(scores, SMALL)
    told = {(row["element"], row["ancestor"]): row["levels_up"] for row in found.iter_rows(named=True)}
    assert told == {
        ("a", "p"): 1,
        ("a", "index"): 2,
        ("b", "p"): 1,
        ("b", "index"): 2,
        ("c", "q"): 1,
        ("c", "index"): 2,
        ("p", "index"): 1,
        ("q", "index"): 1,
    }
    c_with_q = found.filter((pl.col("element") == "c") & (pl.col("ancestor") == "q"))["coefficient"][0]
    assert c_with_q == pytest.approx(1.0)  # of normalised values: "lower is better" is turned round


def test_denominators_may_bear_the_name_of_an_indicator() -> None:
    found = denominator_correlations(BY_HAND, {"a": np.array([0.0, 1.0, 2.0])})
    assert found.select("indicator", "denominator").rows() == [("a", "a"), ("b", "a"), ("c", "a")]
    assert found["coefficient"].to_list() == pytest.approx([1.0, 0.5, -0.5])
    with pytest.raises(IndicatorTableInvalid, match="2 values for 3 units"):
        denominator_correlations(BY_HAND, {"a": np.array([0.0, 1.0])})


def test_an_unknown_correlation_is_refused() -> None:
    with pytest.raises(MethodRefused, match="pearson, spearman, kendall"):
        pair_correlations(BY_HAND, method="cosine")


def test_the_outranking_matrix_by_hand_and_its_order_is_that_of_copeland() -> None:
    index = build_index(BY_HAND, SMALL, RAW)
    matrix = outranking_matrix(index.normalised, SMALL)
    # a and b weigh 1/8 each, c 3/4. U1 beats U2 on b and c.
    assert matrix[1, 2] == pytest.approx(7 / 8) and matrix[2, 1] == pytest.approx(1 / 8)
    assert matrix[0].tolist() == pytest.approx([0.5, 0.0, 0.0])
    oracle = build_index(full(), structure(), Recipe())
    weights = np.array([structure().nominal_weight(name) for name in structure().indicators])
    beats = outranking_matrix(oracle.normalised, structure())
    copeland = copeland_scores(oracle.normalised.values, weights)
    assert np.sign(np.round(beats - 0.5, 12)).sum(axis=1).tolist() == copeland.tolist()


def test_a_pair_is_named_from_both_sides_and_dominance_is_all_of_the_weight() -> None:
    found = outranking(build_index(BY_HAND, SMALL, RAW).normalised, SMALL)
    assert found.height == 6
    dominant = found.filter("is_dominant").select("unit", "other_unit").rows()
    assert dominant == [("U1", "U0"), ("U2", "U0")]


def test_rounding_noise_outranks_nobody_and_no_indicator_of_it_is_a_strength() -> None:
    noisy: IndicatorTable[pl.DataFrame] = IndicatorTable(
        "unit", ("U0", "U1", "U2"), ("a", "b", "c"), np.array([[0.3, 1.0, 1.0], [0.1 + 0.2, 1.0, 1.0], [0.3, 0.0, 0.0]])
    )
    matrix = outranking_matrix(noisy, SMALL)
    assert matrix[1, 0] == matrix[0, 1] == 0.5
    assert outranking(noisy, SMALL)["is_dominant"].to_list() == [False] * 6
    index = build_index(noisy, SMALL, Recipe(normalisation="identity"))
    assert "a" not in strengths_and_weaknesses(index, "U1")["element"].to_list()


def test_an_indicator_of_rounding_noise_is_constant() -> None:
    with pytest.raises(IndicatorTableInvalid, match="indicator a"):
        table(a=[0.3, 0.1 + 0.2, 0.3], b=[1.0, 2.0, 3.0])


def test_indices_that_differ_by_rounding_noise_are_one() -> None:
    built = build_index(BY_HAND, SMALL, replace(RAW, rank_places=None))
    noisy, clean = (
        replace(built, scores=built.scores.with_values(np.tile(np.array([index]).T, len(built.scores.indicators))))
        for index in ([0.3, 0.1 + 0.2, 0.1], [0.3, 0.3, 0.1])
    )
    assert compare_ranks({"noisy": noisy, "clean": clean})["shift_2"].to_list() == [0, 0, 0]
    [pair] = compare_indices({"noisy": noisy, "clean": clean}).iter_rows(named=True)
    assert (pair["spearman"], pair["kendall"], pair["max_shift"]) == (pytest.approx(1), pytest.approx(1), 0)


def test_outranking_is_refused_where_a_value_is_missing() -> None:
    normalised = build_index(table(a=[1.0, 2.0, None], b=[1.0, 2.0, 3.0], c=[1.0, 2.0, 3.0]), SMALL, RAW).normalised
    with pytest.raises(MethodRefused, match="U2 has no value"):
        outranking_matrix(normalised, SMALL)


def test_a_unit_is_told_from_the_top_of_the_tree_down() -> None:
    found = unit_summary(build_index(BY_HAND, SMALL, RAW), "U2")
    assert found.select("element", "depth", "rank").rows() == [
        ("index", 0, 2.0),
        ("p", 1, 1.0),
        ("a", 2, 1.0),
        ("b", 2, 2.0),
        ("q", 1, 2.0),
        ("c", 2, 2.0),
    ]
    assert found["score"].to_list() == pytest.approx([56.25, 75, 100, 50, 50, 50])
    assert found["weight"].to_list() == pytest.approx([1, 0.25, 0.5, 0.5, 0.75, 1])
    with pytest.raises(IndicatorTableInvalid, match="Known: U0, U1, U2"):
        unit_summary(build_index(BY_HAND, SMALL, RAW), "U9")


@pytest.mark.parametrize(
    ("values", "percentile"),
    [
        ([5.0, 1.0, 2.0], 1.0),
        ([1.0, 5.0, 5.0], 0.0),
        ([2.0, 2.0, 2.0], 0.5),
        ([0.3, 0.1 + 0.2, 0.3], 0.5),
        ([0.1 + 0.2, 0.3, 0.1], 0.75),
        ([2.0, 1.0, NAN], 1.0),
        ([NAN, 1.0], NAN),
    ],
)
def test_percentiles(values: list[float], percentile: float) -> None:
    assert percentile_of(np.array(values), 0) == pytest.approx(percentile, nan_ok=True)


def test_strengths_and_weaknesses_follow_the_direction_and_tell_the_raw_value() -> None:
    index = build_index(BY_HAND, SMALL, RAW)
    found = strengths_and_weaknesses(index, "U1", raw=BY_HAND)
    assert found.select("kind", "element", "value", "rank").rows() == [
        ("strength", "b", 10.0, 1),
        ("strength", "c", 0.0, 1),
    ]
    worst = strengths_and_weaknesses(index, "U0", raw=BY_HAND, most=2)
    assert worst.select("kind", "element", "value").rows() == [("weakness", "a", 0.0), ("weakness", "b", 0.0)]


def test_what_a_unit_does_not_have_is_neither_strength_nor_weakness() -> None:
    given = table(a=[None, 5.0, 10.0, 1.0], b=[0.0, 10.0, 5.0, 2.0], c=[4.0, 0.0, 2.0, 1.0])
    found = strengths_and_weaknesses(build_index(given, SMALL, RAW), "U0")
    assert set(found["element"]) == {"b", "c"}


def test_both_ranks_and_the_shift() -> None:
    first = build_index(BY_HAND, SMALL, RAW)
    second = build_index(BY_HAND, SMALL.with_weights({"p": 1.0, "q": 0.0}), RAW)
    found = compare_ranks({"q weighs": first, "q does not": second})
    assert found.select("rank_1", "rank_2", "shift_2").rows() == [(3, 3, 0), (1, 1, 0), (2, 1, 1)]
    [pair] = compare_indices({"x": first, "y": second}).iter_rows(named=True)
    assert (pair["count"], pair["mean_shift"], pair["max_shift"]) == (3, pytest.approx(1 / 3), 1)
    with pytest.raises(MethodRefused, match="at least two"):
        compare_ranks({"only": first})


def test_units_that_one_index_lacks_have_no_rank_there() -> None:
    first = build_index(BY_HAND, SMALL, RAW)
    four = build_index(table(a=[0.0, 5, 10, 2], b=[0.0, 10, 5, 2], c=[4.0, 0, 2, 1]), SMALL, RAW)
    found = compare_ranks({"three": first, "four": four})
    assert found["unit"].to_list() == ["U0", "U1", "U2", "U3"]
    assert (
        np.isnan(found["rank_1"][3]) and np.isnan(found["shift_2"][3]) and found["rank_2"][3] == 2
    )  # 61.25, above 56.25


def test_leaving_an_element_out() -> None:
    summary, details = remove_elements(BY_HAND, SMALL, RAW)
    told = {row["element"]: row for row in summary.iter_rows(named=True)}
    assert list(told) == ["a", "b", "c", "p", "q"]
    assert (told["c"]["changed_count"], told["c"]["most_shifted"]) == (1, "U2")  # index is p: 0, 75, 75
    assert (told["p"]["changed_count"], told["p"]["most_shifted"]) == (0, None)
    without_c = details.filter(pl.col("element") == "c")
    assert without_c["shift"].to_list() == [0, 0, 1] and without_c["score"].to_list() == pytest.approx([0, 75, 75])


def test_an_element_that_cannot_be_left_out_says_why() -> None:
    lone = hierarchy_of(pl.DataFrame({"code": ["a", "index"], "parent": ["index", None]}), weight=None, direction=None)
    summary, details = remove_elements(BY_HAND.select(["a"]), lone)
    assert summary["is_possible"].to_list() == [False] and "nothing is left" in summary["reason"][0]
    assert details.is_empty()


def test_availability_by_group_and_by_node() -> None:
    given = table(a=[1.0, None, 3.0], b=[1.0, None, 2.0], c=[None, 1.0, 2.0])
    by_group = availability_of_groups(given, {"U0": "x", "U1": "x"})
    assert by_group.rows() == [("x", 2, 3, 0.5), (None, 1, 3, 1.0)]
    by_node = availability_of_nodes(given, SMALL).filter(pl.col("unit") == "U1")
    assert dict(zip(by_node["element"], by_node["available_share"], strict=True)) == {
        "index": pytest.approx(1 / 3),
        "p": 0.0,
        "q": 1.0,
    }


def test_components_are_those_of_the_correlation_matrix() -> None:
    summary, loadings = component_summary(full(), ["I01", "I02", "I03"])
    values = np.linalg.eigvalsh(np.corrcoef(full().select(["I01", "I02", "I03"]).values, rowvar=False))[::-1]
    assert summary["eigenvalue"].to_list() == pytest.approx(values.tolist())
    assert summary["is_kept"].to_list() == [value > 1 for value in values]
    first = loadings.filter(pl.col("component") == 1)
    assert (first["loading"] ** 2).sum() == pytest.approx(1) and (first["correlation"] ** 2).sum() == pytest.approx(
        values[0]
    )


def test_components_of_a_constant_are_refused_by_its_name() -> None:
    constant = BY_HAND.with_values(np.array([[1.0, 0.3, 2.0], [2.0, 0.1 + 0.2, 1.0], [3.0, 0.3, 5.0], [3.0, 0.3, 4.0]]))
    four = replace(constant, units=("U0", "U1", "U2", "U3"))
    with pytest.raises(MethodRefused, match="indicator b"):
        component_summary(four)


@pytest.mark.parametrize(
    ("c", "told"), [([0.3, 0.1 + 0.2, 0.3, 0.3], "node q: it has the same value"), ([1.0, NAN, 3.0, NAN], "it has 2")]
)
def test_weights_are_not_sought_for_what_correlates_with_nothing(c: list[float], told: str) -> None:
    units, values = ("U0", "U1", "U2", "U3"), np.array([[1.0, 2.0, 4.0, 3.0], [1.0, 2.0, 3.0, 5.0], c]).T
    given: IndicatorTable[pl.DataFrame] = IndicatorTable("unit", units, ("a", "b", "c"), values)
    with pytest.raises(MethodRefused, match=told):
        optimise_weights(build_index(given, SMALL, Recipe(normalisation="identity")))


def test_contributions_add_up_also_where_a_child_is_missing() -> None:
    given = table(a=[0.0, 5.0, None], b=[0.0, 10.0, None], c=[4.0, 0.0, 2.0])
    index = build_index(given, SMALL, RAW)
    found = contributions(index)
    sums = found.group_by("unit", maintain_order=True).agg(pl.col("contribution").sum())["contribution"]
    assert sums.to_list() == pytest.approx(index.index.tolist())
    assert found.filter(pl.col("unit") == "U2")["element"].to_list() == ["q"]
    with pytest.raises(MethodRefused, match="no arithmetic mean"):
        contributions(build_index(BY_HAND, SMALL, Recipe(aggregation="geometric")))


def test_optimised_weights_balance_correlations_and_infomax_makes_their_sum_largest() -> None:
    index = build_index(full(), structure(), Recipe())
    balanced = optimise_weights(index)
    assert balanced.residual < 1e-4 and sum(balanced.weights.values()) == pytest.approx(1)
    twice = optimise_weights(index, importance=dict(zip(balanced.weights, (2.0, 1.0), strict=True)))
    one, other = twice.correlations.values()
    assert one / other == pytest.approx(2, rel=1e-3)
    largest = optimise_weights(index, goal="infomax")
    start = ancestor_correlations(index.scores, structure()).filter(pl.col("ancestor") == structure().root)
    of_children = start.filter(pl.col("levels_up") == 1)["coefficient"].sum()
    assert sum(largest.correlations.values()) >= of_children
    with pytest.raises(MethodRefused, match="balance, infomax"):
        optimise_weights(index, goal="best")
    with pytest.raises(MethodRefused, match="1 children"):
        optimise_weights(build_index(BY_HAND, SMALL, RAW), node="q")


def test_names_are_checked_and_stand_for_codes() -> None:
    names = ElementNames({"a": "Air <b>bersih</b>"}, {"a": "persen"}, {"a": "people"}, groups=("kind",))
    check_names(names, SMALL, ["a", "people", "kind"])
    frame = pl.DataFrame({"element": ["a", None, "b"]})
    assert names.named(frame)["element"].to_list() == ["Air <b>bersih</b>", None, "b"]
    for wrong in (
        ElementNames({"z": "?"}),
        ElementNames(denominators={"a": "area"}),
        ElementNames({"a": "same", "b": "same"}),
    ):
        with pytest.raises(HierarchyInvalid):
            check_names(wrong, SMALL, ["a", "people"])


@given(st.lists(st.floats(0, 100, allow_nan=False), min_size=4, max_size=30), st.randoms(use_true_random=False))
def test_shares_of_a_pair_add_up_to_one(values: list[float], random: Any) -> None:
    other = random.sample(values, len(values))
    normalised: IndicatorTable[pl.DataFrame] = IndicatorTable(
        "unit", tuple(range(len(values))), ("a", "b", "c"), np.column_stack([values, other, values])
    )
    matrix = outranking_matrix(normalised, SMALL)
    assert matrix + matrix.T == pytest.approx(np.ones_like(matrix))
