"""The composite-index toolbox against figures worked by hand, and what it refuses, with the offender's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from iga.composite import (
    Hierarchy,
    IndicatorTable,
    Recipe,
    aggregate,
    availability,
    build_index,
    compare_recipes,
    copeland_scores,
    correlations,
    cronbach_alpha,
    denominate,
    effective_weights,
    hierarchy_of,
    impute,
    indicator_statistics,
    indicator_table,
    normalise,
    principal_components,
    ranks_of,
    redundant_pairs,
    screen,
    treat_outliers,
    weigh,
)
from iga.errors import HierarchyInvalid, IndicatorTableInvalid, MethodRefused, RuleProblem

NAN = float("nan")


def table(**columns: list[float | None]) -> IndicatorTable:
    units = [f"U{place}" for place in range(len(next(iter(columns.values()))))]
    return indicator_table(pl.DataFrame({"unit": units, **columns}, strict=False), unit="unit")


def flat(*names: str, **more: list[Any]) -> Hierarchy:
    return hierarchy_of(
        pl.DataFrame({"code": [*names, "index"], "parent": [*["index"] * len(names), None], **more}),
        weight="weight" if "weight" in more else None,
        direction="direction" if "direction" in more else None,
    )


# x is 2, 4, 8, 8: worst to best, with a tie at the top.
X = [2.0, 4.0, 8.0, 8.0]


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [
        ("minmax", {}, [0, 100 / 3, 100, 100]),
        ("zscore", {}, [-3.5 / 3, -1.5 / 3, 2.5 / 3, 2.5 / 3]),
        ("rank", {}, [1, 2, 3, 3]),
        ("borda", {}, [0, 1, 2, 2]),
        ("percentile", {}, [0, 1 / 3, 2 / 3, 2 / 3]),
        ("distance_to_maximum", {}, [0, 1 / 3, 1, 1]),
        ("distance_to_target", {"targets": {"x": 6.0}}, [0, 0.5, 1, 1]),
        ("goalposts", {"goalposts": {"x": (0.0, 5.0)}, "scale": (0.0, 1.0)}, [0.4, 0.8, 1, 1]),
    ],
)
def test_normalisation_by_hand(method: str, options: dict[str, Any], expected: list[float]) -> None:
    np.testing.assert_allclose(normalise(table(x=X), flat("x"), method, **options).column("x"), expected, atol=1e-12)


def test_lower_is_better_turns_the_scale() -> None:
    turned = flat("x", direction=[-1, 1])
    np.testing.assert_allclose(normalise(table(x=X), turned, "minmax").column("x"), [100, 200 / 3, 0, 0])
    goals = normalise(table(x=X), turned, "goalposts", goalposts={"x": (2.0, 8.0)}, scale=(0.0, 1.0))
    np.testing.assert_allclose(goals.column("x"), [1, 2 / 3, 0, 0])


@pytest.mark.parametrize(
    ("method", "exponent", "expected"),
    [
        ("arithmetic", None, 0.25 * 1 + 0.75 * 4),
        ("geometric", None, 4**0.75),
        ("harmonic", None, 1 / (0.25 / 1 + 0.75 / 4)),
        ("generalised", 2.0, (0.25 * 1 + 0.75 * 16) ** 0.5),
    ],
)
def test_means_by_hand(method: str, exponent: float | None, expected: float) -> None:
    weighed = flat("a", "b", weight=[1.0, 3.0, 1.0])
    scores = aggregate(table(a=[1.0, 2, 3], b=[4.0, 5, 6]), weighed, method, exponent=exponent)
    assert scores.column("index")[0] == pytest.approx(expected, abs=1e-12)


def test_generalised_mean_reweights_over_what_is_present() -> None:
    scores = aggregate(table(a=[1.0, None, 3], b=[4.0, 5, 6]), flat("a", "b"), "generalised", exponent=2.0)
    assert scores.column("index")[1] == pytest.approx(5)


def test_a_node_with_too_little_is_missing() -> None:
    scores = aggregate(table(a=[1.0, None, 3], b=[4.0, 5, 6]), flat("a", "b"), least_available=0.65)
    assert np.isnan(scores.column("index")).tolist() == [False, True, False]


def test_copeland_by_hand() -> None:
    """A beats B on the heavier indicator, B and C tie, C and A split: wins minus losses."""
    values = np.array([[3.0, 1.0], [1.0, 2.0], [1.0, 2.0]])
    assert copeland_scores(values, np.array([0.6, 0.4])).tolist() == [2, -1, -1]


def test_aggregation_may_differ_per_node() -> None:
    hierarchy = hierarchy_of(
        pl.DataFrame({"code": ["a", "b", "c", "P", "index"], "parent": ["P", "P", "index", "index", None]}),
        weight=None,
        direction=None,
    )
    scores = aggregate(table(a=[1.0, 2, 3], b=[4.0, 8, 9], c=[6.0, 5, 4]), hierarchy, {"P": "geometric"})
    assert scores.column("P")[0] == pytest.approx(2)
    assert scores.column("index")[0] == pytest.approx(4)


def test_imputation_within_groups() -> None:
    gapped = table(x=[1.0, 3.0, None, 10.0, 20.0, None])
    groups = {f"U{place}": "ab"[place // 3] for place in range(6)}
    assert impute(gapped, "group_mean", groups=groups).column("x").tolist() == [1, 3, 2, 10, 20, 15]
    assert impute(gapped, "median").column("x")[2] == 6.5


def test_screening_keeps_65_per_cent() -> None:
    gapped = table(a=[1.0, 2, 3, None], b=[1.0, 2, 4, None], c=[1.0, None, 5, 6])
    kept, left_out = screen(gapped)
    assert left_out == ("U3",)
    assert kept.units == ("U0", "U1", "U2")
    assert availability(gapped)["available_count"].to_list() == [3, 2, 3, 1]


def test_denomination() -> None:
    divided = denominate(table(x=[10.0, 20, 30]), {"x": np.array([100.0, 400, 300])}, factor=1000)
    assert divided.column("x").tolist() == [100, 50, 100]


def test_logarithm_changes_what_it_treats() -> None:
    """The reference package returns its input here; ours must not."""
    skewed = table(x=[1.0, 2, 2, 3, 3, 3, 4, 4, 5, 900])
    treated, details = treat_outliers(skewed, "log")
    assert details.row(0, named=True)["treatment"] == "log"
    assert not np.allclose(treated.values, skewed.values)
    assert (np.argsort(treated.column("x"), kind="stable") == np.argsort(skewed.column("x"), kind="stable")).all()


def test_winsorising_by_hand() -> None:
    """900 is pulled to its neighbour 5, which is enough: one point."""
    treated, details = treat_outliers(table(x=[1.0, 2, 2, 3, 3, 3, 4, 4, 5, 900]))
    assert treated.column("x").tolist() == [1, 2, 2, 3, 3, 3, 4, 4, 5, 5]
    assert details.row(0, named=True)["treated_count"] == 1


def test_logarithm_by_hand() -> None:
    """log(x - 1 + 1 % of 899)"""
    treated, _ = treat_outliers(table(x=[1.0, 2, 2, 3, 3, 3, 4, 4, 5, 900]), "log")
    assert treated.column("x")[0] == pytest.approx(np.log(8.99))
    assert treated.column("x")[-1] == pytest.approx(np.log(907.99))


def test_correlation_by_hand() -> None:
    found = correlations(table(a=[1.0, 2, 3, None], b=[1.0, 3, 2, 9]))
    assert found.row(0) == ("a", "b", pytest.approx(0.5), 3)


def test_statistics_of_a_sequence() -> None:
    row = indicator_statistics(table(x=[1.0, 2, 3, 4])).row(0, named=True)
    assert (row["mean"], row["median"], row["min"], row["max"]) == (2.5, 2.5, 1, 4)
    assert row["sd"] == pytest.approx((5 / 3) ** 0.5)
    assert (row["skewness"], row["kurtosis"]) == (pytest.approx(0), pytest.approx(-1.2))


def test_cronbach_alpha_by_hand() -> None:
    """Two equal indicators: k / (k - 1) x (1 - 2 v / 4 v) = 1."""
    assert cronbach_alpha(table(a=[1.0, 2, 4], b=[1.0, 2, 4]), {"both": ["a", "b"]})["both"] == pytest.approx(1)


def test_redundant_pairs_are_named() -> None:
    found = redundant_pairs(table(a=[1.0, 2, 3, 4], b=[2.0, 4, 6, 8], c=[1.0, -1, 1, -1]))
    assert [(first, second) for first, second, _ in found] == [("a", "b")]


def test_principal_components_of_two_indicators() -> None:
    """Two indicators with correlation r: shares (1 + r) / 2 and (1 - r) / 2, loadings 1 / sqrt 2."""
    two = table(a=[1.0, 2, 3, 4], b=[1.0, 3, 2, 4])
    shares, loadings = principal_components(two)
    np.testing.assert_allclose(shares, [0.9, 0.1])
    np.testing.assert_allclose(np.abs(loadings), np.full((2, 2), 0.5**0.5))
    weighed = weigh(two, flat("a", "b"), "pca")
    assert weighed.share("a") == pytest.approx(0.5)


def test_effective_weights_add_to_one() -> None:
    """b varies twice as much as a and is independent: variances 1 : 4, so 20 % and 80 % of an evenly weighted index."""
    both = table(a=[1.0, 1, -1, -1], b=[2.0, -2, 2, -2])
    assert effective_weights(both, flat("a", "b")) == pytest.approx({"a": 0.2, "b": 0.8})


def test_weights_reach_their_target() -> None:
    both = table(a=[1.0, 1, -1, -1], b=[2.0, -2, 2, -2])
    weighed = weigh(both, flat("a", "b"), "target", targets={"a": 1.0, "b": 1.0})
    assert effective_weights(both, weighed) == pytest.approx({"a": 0.5, "b": 0.5}, abs=1e-5)
    assert weighed.share("a") == pytest.approx(2 / 3, abs=1e-5)


def test_equal_weights_and_nominal_weights() -> None:
    hierarchy = hierarchy_of(
        pl.DataFrame(
            {"code": ["a", "b", "c", "P", "I"], "parent": ["P", "P", "I", "I", None], "weight": [1.0, 3, 2, 2, 1]}
        ),
        direction=None,
    )
    assert hierarchy.nominal_weight("b") == pytest.approx(0.375)
    equal = weigh(table(a=[1.0, 2, 3], b=[1.0, 2, 3], c=[1.0, 2, 3]), hierarchy, "equal")
    assert [equal.nominal_weight(code) for code in "abc"] == [0.25, 0.25, 0.5]


def test_leaving_out_the_last_child_leaves_out_its_parent() -> None:
    hierarchy = hierarchy_of(
        pl.DataFrame({"code": ["a", "c", "P", "I"], "parent": ["P", "I", "I", None]}), weight=None, direction=None
    )
    assert [node.code for node in hierarchy.without("a").nodes] == ["c", "I"]
    with pytest.raises(HierarchyInvalid, match="cannot be left out"):
        hierarchy.without("I")


def test_alternatives_are_compared_with_the_first() -> None:
    data = table(a=[1.0, 2, 3, 4], b=[1.0, 2, 3, 4.5])
    found = compare_recipes(data, flat("a", "b"), {"given": Recipe(), "ranks": Recipe(normalisation="rank")})
    assert found["max_rank_shift"].to_list() == [0, 0]
    assert found["rank_correlation"].to_list() == pytest.approx([1, 1])


def test_ranks_share_the_better_place() -> None:
    assert ranks_of(np.array([1.0, 3.0, 3.0 + 1e-12, 2.0])).tolist() == [4, 1, 1, 3]


def test_pandas_in_pandas_out() -> None:
    frame = pd.DataFrame({"kota": ["A", "B", "C"], "x": [1, 2, 3], "y": [3.0, None, 1.0]})
    built = build_index(indicator_table(frame, unit="kota"), flat("x", "y"))
    assert isinstance(built.frame(), pd.DataFrame)
    assert built.frame()["rank"].notna().all()


def nodes(**columns: list[Any]) -> Callable[[], Hierarchy]:
    return lambda: hierarchy_of(
        pl.DataFrame(columns, strict=False),
        weight="weight" if "weight" in columns else None,
        direction="direction" if "direction" in columns else None,
    )


OK = {"a": [1.0, 2, 3], "b": [4.0, 5, 6]}
REFUSED: dict[str, tuple[Callable[[], Any], type[RuleProblem], str]] = {
    "constant": (lambda: table(a=[1.0, 2, 3], same=[7.0, 7, 7]), IndicatorTableInvalid, "indicator same"),
    "empty": (lambda: table(a=[1.0, 2, 3], b=[NAN, NAN, NAN]), IndicatorTableInvalid, "indicator b"),
    "infinite": (lambda: table(a=[1.0, float("inf"), 3]), IndicatorTableInvalid, "indicator a"),
    "too few units": (lambda: table(a=[1.0, 2]), IndicatorTableInvalid, "there are 2 units"),
    "duplicate unit": (
        lambda: indicator_table(pl.DataFrame({"u": ["A", "B", "A"], "x": [1, 2, 3]}), unit="u"),
        IndicatorTableInvalid,
        "unit A",
    ),
    "text": (
        lambda: indicator_table(pl.DataFrame({"u": list("ABC"), "x": list("123")}), unit="u", indicators=["x"]),
        IndicatorTableInvalid,
        "indicator x",
    ),
    "orphan": (nodes(code=["a", "b", "I"], parent=["I", "P9", None]), HierarchyInvalid, "P9"),
    "circle": (nodes(code=["a", "P", "Q", "I"], parent=["P", "Q", "P", None]), HierarchyInvalid, "own ancestor"),
    "duplicate node": (nodes(code=["a", "a", "I"], parent=["I", "I", None]), HierarchyInvalid, "node a"),
    "two roots": (nodes(code=["a", "I", "J"], parent=["I", None, None]), HierarchyInvalid, "I, J"),
    "negative weight": (
        nodes(code=["a", "b", "I"], parent=["I", "I", None], weight=[1.0, -1, 1]),
        HierarchyInvalid,
        "node b",
    ),
    "missing weight": (
        nodes(code=["a", "b", "I"], parent=["I", "I", None], weight=[1.0, None, 1]),
        HierarchyInvalid,
        "node b",
    ),
    "weights of nothing": (
        nodes(code=["a", "b", "I"], parent=["I", "I", None], weight=[0.0, 0, 1]),
        HierarchyInvalid,
        "node I",
    ),
    "weight of a stranger": (lambda: flat("a", "b").with_weights({"z": 1}), HierarchyInvalid, "node z"),
    "direction": (nodes(code=["a", "I"], parent=["I", None], direction=[2, 1]), HierarchyInvalid, "node a"),
    "indicator not in table": (
        lambda: build_index(table(**OK), flat("a", "b", "z")),
        IndicatorTableInvalid,
        "indicator z",
    ),
    "zero under a geometric mean": (
        lambda: aggregate(table(a=[0.0, 2, 3], b=[4.0, 5, 6]), flat("a", "b"), "geometric"),
        MethodRefused,
        "indicator a: U0 has 0",
    ),
    "gap under Copeland": (
        lambda: aggregate(table(a=[None, 2.0, 3], b=[4.0, 5, 6]), flat("a", "b"), "copeland"),
        MethodRefused,
        "indicator a: U0",
    ),
    "exponent": (lambda: aggregate(table(**OK), flat("a", "b"), "generalised"), MethodRefused, "exponent"),
    "unknown mean": (lambda: aggregate(table(**OK), flat("a", "b"), "median"), MethodRefused, "median"),
    "unknown node": (lambda: aggregate(table(**OK), flat("a", "b"), {"Z": "geometric"}), MethodRefused, "node Z"),
    "no target": (lambda: normalise(table(**OK), flat("a"), "distance_to_target"), MethodRefused, "indicator a"),
    "no goalposts": (lambda: normalise(table(**OK), flat("a"), "goalposts"), MethodRefused, "indicator a"),
    "unknown imputation": (lambda: impute(table(**OK), "guess"), MethodRefused, "guess"),
    "no group": (
        lambda: impute(table(a=[None, 2.0, 3]), "group_mean", groups={"U1": 1}),
        MethodRefused,
        "unit U0",
    ),
    "zero denominator": (
        lambda: denominate(table(**OK), {"a": np.array([1.0, 0, 1])}),
        IndicatorTableInvalid,
        "for U1",
    ),
    "components of gaps": (
        lambda: principal_components(table(a=[None, 2.0, 3, 4], b=[1.0, 2, 3, 5])),
        MethodRefused,
        "indicator a",
    ),
    "more indicators than units": (
        lambda: principal_components(table(a=[1.0, 2, 3], b=[2.0, 1, 3], c=[3.0, 1, 2])),
        MethodRefused,
        "more than 3 units",
    ),
    "against the others": (
        lambda: weigh(table(a=[1.0, 2, 3, 4, 5], b=[1.0, 2, 3, 5, 4], c=[5.0, 4, 3, 2, 1]), flat("a", "b", "c"), "pca"),
        MethodRefused,
        "indicator c",
    ),
    "unreachable target": (
        lambda: weigh(table(a=[1.0, 2, 3, 4], b=[4.0, 3, 2, 1.1]), flat("a", "b"), "target"),
        MethodRefused,
        "indicator",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_faulty_input_is_refused_by_name(case: str) -> None:
    work, error, offender = REFUSED[case]
    with pytest.raises(error) as caught:
        work()
    assert offender in str(caught.value)
    assert caught.value.fix, "a refusal says how to go on"
