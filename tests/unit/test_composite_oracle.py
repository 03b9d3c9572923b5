"""The toolbox against an independent implementation (tests/oracle/README.md): scores to 1e-9, ranks exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from iga.composite import (
    Hierarchy,
    IndicatorTable,
    Recipe,
    aggregate,
    build_index,
    copeland_scores,
    correlations,
    cronbach_alpha,
    hierarchy_of,
    impute,
    indicator_statistics,
    indicator_table,
    normalise,
    ranks_of,
    treat_outliers,
)
from iga.robustness import weighted_scores
from tests.conftest import ROOT

ORACLE = ROOT / "tests" / "oracle"
EXACT = {"rtol": 0, "atol": 1e-9}


def read(name: str) -> pl.DataFrame:
    return pl.read_csv(ORACLE / name, null_values="NA")


def numbers(name: str, columns: Sequence[str]) -> np.ndarray:
    frame = read(name).select(pl.col(*columns).cast(pl.Float64))
    return np.column_stack([frame[column].fill_null(np.nan).to_numpy() for column in columns])


@pytest.fixture(scope="module")
def full() -> IndicatorTable:
    return indicator_table(read("full.csv"), unit="uCode")


@pytest.fixture(scope="module")
def gapped() -> IndicatorTable:
    return indicator_table(read("missing.csv"), unit="uCode")


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    return hierarchy_of(read("structure.csv"), code="iCode", parent="Parent", weight="Weight", direction="Direction")


@pytest.mark.parametrize(
    ("file", "method"),
    [
        ("minmax", "minmax"),
        ("zscore", "zscore"),
        ("rank", "rank"),
        ("borda", "borda"),
        ("prank", "percentile"),
        ("dist2max", "distance_to_maximum"),
    ],
)
def test_normalisation(full: IndicatorTable, hierarchy: Hierarchy, file: str, method: str) -> None:
    ours = normalise(full, hierarchy, method)
    np.testing.assert_allclose(ours.values, numbers(f"norm_{file}.csv", full.indicators), **EXACT)


@pytest.mark.parametrize(("file", "method"), [("amean", "arithmetic"), ("gmean", "geometric"), ("hmean", "harmonic")])
def test_aggregation(full: IndicatorTable, hierarchy: Hierarchy, file: str, method: str) -> None:
    ours = build_index(full, hierarchy, Recipe(aggregation=method)).scores
    np.testing.assert_allclose(ours.values, numbers(f"agg_a_{file}.csv", ours.indicators), **EXACT)


def test_aggregation_reweights_over_what_is_present(gapped: IndicatorTable, hierarchy: Hierarchy) -> None:
    ours = build_index(gapped, hierarchy).scores
    np.testing.assert_allclose(ours.values, numbers("missing_agg_a_amean.csv", ours.indicators), **EXACT)


def test_ranks_of_every_node(full: IndicatorTable, hierarchy: Hierarchy) -> None:
    scores = build_index(full, hierarchy).scores
    expected = read("ranks_amean.csv").sort("uCode")
    for code in scores.indicators:
        assert ranks_of(scores.column(code)).tolist() == expected[code].to_list(), code


@pytest.mark.parametrize("method", ["mean", "median"])
def test_imputation(gapped: IndicatorTable, method: str) -> None:
    ours = impute(gapped, method)
    np.testing.assert_allclose(ours.values, numbers(f"imputed_i_{method}.csv", gapped.indicators), **EXACT)


def test_winsorising(full: IndicatorTable) -> None:
    treated, details = treat_outliers(full)
    np.testing.assert_allclose(treated.values, numbers("treated.csv", full.indicators), **EXACT)
    expected = read("treated_details.csv")["winsorise.nwin"].cast(pl.Int64).fill_null(0).to_list()
    assert details["treated_count"].to_list() == expected


def test_copeland(full: IndicatorTable, hierarchy: Hierarchy) -> None:
    members = hierarchy.children["P1"]
    values = normalise(full, hierarchy, "minmax", scale=(1, 100)).select(members).values
    weights = np.array([hierarchy.share(code) for code in members])
    assert copeland_scores(values, weights).tolist() == read("copeland_p1.csv")["copeland_p1"].to_list()


def test_correlations(full: IndicatorTable, hierarchy: Hierarchy) -> None:
    ours = correlations(normalise(full, hierarchy, "minmax", scale=(1, 100)))
    pairs = read("corr.csv").join(ours, on=["indicator_1", "indicator_2"], how="left", suffix="_ours")
    assert pairs.height == 66
    np.testing.assert_allclose(pairs["pearson_ours"], pairs["pearson"], **EXACT)


def test_cronbach_alpha(full: IndicatorTable, hierarchy: Hierarchy) -> None:
    pillars = {code: hierarchy.children[code] for code in ("P1", "P2", "P3", "P4")}
    ours = cronbach_alpha(normalise(full, hierarchy, "minmax", scale=(1, 100)), pillars)
    for pillar, alpha in read("cronbach.csv").iter_rows():
        assert ours[pillar] == pytest.approx(alpha, rel=0, abs=1e-9)


def test_statistics(full: IndicatorTable) -> None:
    names = ["mean", "median", "sd", "skewness", "kurtosis"]
    ours = indicator_statistics(full).select(names).to_numpy()
    np.testing.assert_allclose(ours, numbers("stats.csv", names), **EXACT)


def test_weight_draws(full: IndicatorTable, hierarchy: Hierarchy) -> None:
    """50 perturbed sets of weights, all at once as the robustness analysis does, and one by one."""
    normalised = normalise(full, hierarchy, "minmax", scale=(1, 100))
    draws = read("weight_draws.csv").partition_by("draw", maintain_order=True)
    weights = [dict(draw.select("iCode", "Weight").iter_rows()) for draw in draws]
    together = weighted_scores(normalised, hierarchy, weights)
    expected = read("weight_draw_ranks.csv").partition_by("draw", maintain_order=True)
    for place, (weighed, wanted) in enumerate(zip(weights, expected, strict=True)):
        ordered = wanted.sort("uCode")
        one = aggregate(normalised, hierarchy.with_weights(weighed)).column("IDX")
        np.testing.assert_allclose(one, ordered["score"], **EXACT)
        np.testing.assert_allclose(together[place], ordered["score"], **EXACT)
        assert ranks_of(together[place]).tolist() == ordered["rank"].to_list()


def test_missing_cells_stay_out_of_statistics(gapped: IndicatorTable) -> None:
    missing = indicator_statistics(gapped)["missing_count"].sum()
    assert missing == int(np.isnan(gapped.values).sum()) > 0
