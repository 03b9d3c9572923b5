"""The toolbox against published indices (tests/oracle/published/README.md), each made by its own recipe."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from iga.composite import (
    Aggregation,
    Hierarchy,
    IndicatorTable,
    Normalisation,
    Recipe,
    build_index,
    denominate,
    hierarchy_in,
    hierarchy_of,
    indicator_table,
    recipe_of,
    written,
)
from tests.conftest import ROOT

PUBLISHED = ROOT / "tests" / "oracle" / "published"
HDI = Recipe(
    normalisation="goalposts",
    scale=(0.0, 1.0),
    goalposts={"life_expectancy": (20.0, 85.0), "expected_schooling": (0.0, 18.0), "mean_schooling": (0.0, 15.0)},
    normalisations={"gni_per_capita": Normalisation("goalposts", transform="log", goalposts=(100.0, 75000.0))},
    aggregation={"HDI": "geometric"},
    rank_places=3,
)
"""UNDP, Human Development Report 2021/22, technical note 1."""


def read(name: str) -> pl.DataFrame:
    return pl.read_csv(PUBLISHED / name, null_values="NA")


def hdi_hierarchy() -> Hierarchy:
    parents = {"life_expectancy": "health", "expected_schooling": "education", "mean_schooling": "education"}
    parents |= {"gni_per_capita": "income", "health": "HDI", "education": "HDI", "income": "HDI"}
    frame = pl.DataFrame({"code": [*parents, "HDI"], "parent": [*parents.values(), None]})
    return hierarchy_of(frame, weight=None, direction=None)


@pytest.fixture(scope="module")
def hdi() -> tuple[IndicatorTable, pl.DataFrame]:
    data = read("hdi_2000_2021.csv").with_columns(unit=pl.concat_str("iso3", pl.lit(" "), "year"))
    return indicator_table(data, unit="unit", indicators=hdi_hierarchy().indicators), data


@pytest.mark.parametrize("recipe", [HDI, recipe_of(written(HDI))], ids=["in code", "from its text"])
def test_human_development_index(hdi: tuple[IndicatorTable, pl.DataFrame], recipe: Recipe) -> None:
    table, data = hdi
    built = build_index(table, hdi_hierarchy(), recipe)
    assert np.round(built.index, 3).tolist() == data["hdi"].to_list()


def test_ranks_of_the_human_development_index_are_those_of_2021(hdi: tuple[IndicatorTable, pl.DataFrame]) -> None:
    table, data = hdi
    of_2021 = (data["year"] == 2021).to_numpy()
    built = build_index(table.keep(of_2021), hdi_hierarchy(), HDI)
    # A country without a published rank is none of those that are ranked.
    ranked = data.filter(of_2021)["rank_2021"].cast(pl.Float64).to_numpy()
    is_ranked = ~np.isnan(ranked)
    assert built.ranks[is_ranked].tolist() == ranked[is_ranked].tolist()
    assert is_ranked.sum() > 180


def asem() -> tuple[IndicatorTable, Hierarchy, Recipe]:
    data, meta = read("asem_data.csv"), read("asem_meta.csv")
    indicators = meta.filter(pl.col("Type") == "Indicator")
    table = indicator_table(data, unit="uCode", indicators=indicators["iCode"].to_list())
    by = {
        code: data[denominator].cast(pl.Float64).to_numpy()
        for code, denominator in indicators.select("iCode", "Denominator").drop_nulls().iter_rows()
    }
    nodes = meta.filter(pl.col("Type").is_in(["Indicator", "Aggregate"]))
    hierarchy = hierarchy_of(nodes, code="iCode", parent="Parent", weight="Weight", direction="Direction")
    groups = dict(data.select("uCode", "EurAsia_group").iter_rows())
    recipe = Recipe(imputation="group_mean", groups=groups, outliers="winsorise_then_log", scale=(0.0, 100.0))
    return denominate(table, by, leaves_gaps=True), hierarchy, recipe


def test_asem_sustainable_connectivity_at_every_node() -> None:
    """49 indicators, 8 pillars, 2 sub-indices and the index of 51 countries: 3,060 figures, and the ranks."""
    table, hierarchy, recipe = asem()
    built = build_index(table, hierarchy, recipe)
    expected = pl.DataFrame({"uCode": table.units}).join(read("asem_results.csv"), on="uCode", maintain_order="left")
    for code in built.scores.indicators:
        wanted = expected[code].cast(pl.Float64).to_numpy()
        np.testing.assert_allclose(built.scores.column(code), wanted, rtol=0, atol=1e-9, err_msg=code)
    assert built.scores.values.size == 3060
    assert built.ranks.tolist() == expected["Rank"].to_list()
    done = pl.DataFrame(built.treatment).filter(pl.col("treatment") != "none")["treatment"].value_counts()
    assert dict(done.iter_rows()) == {"winsorise": 15}


def test_a_published_recipe_is_read_back_with_its_hierarchy() -> None:
    _, hierarchy, recipe = asem()
    text = written(recipe, hierarchy)
    assert recipe_of(text) == recipe
    assert hierarchy_in(text) == hierarchy
    assert written(recipe_of(text), hierarchy_in(text)) == text


def test_mazziotta_pareto_of_the_better_life_index() -> None:
    data = read("bli_2017.csv")
    names = data.columns[2:]
    table = indicator_table(data, unit="country", indicators=names)
    flat = hierarchy_of(
        pl.DataFrame({"code": [*names, "index"], "parent": [*["index"] * len(names), None]}),
        weight=None,
        direction=None,
    )
    how = Aggregation("mazziotta_pareto", penalty=1.0, is_sample=True)
    built = build_index(table, flat, Recipe(normalisation="identity", aggregation=how))
    expected = read("bli_2017_mpi.csv")
    assert list(built.scores.units) == expected["country"].to_list()
    np.testing.assert_allclose(built.index, expected["mpi"], rtol=0, atol=1e-9)
