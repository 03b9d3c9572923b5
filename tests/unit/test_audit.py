"""The statistical audit of an index: what passes, what is watched, what fails, and who causes it."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace

import numpy as np
import polars as pl
import pytest

from iga.composite import (
    AuditLimits,
    Check,
    Hierarchy,
    IndicatorTable,
    Normalisation,
    Recipe,
    audit_indicators,
    audit_ranking,
    audit_years,
    hierarchy_of,
    indicator_table,
)
from tests.conftest import ROOT

NAMES = ("a", "b", "c", "d")


@pytest.fixture
def sound() -> IndicatorTable:
    """Four indicators of 60 units that share one skill: consistent, complete, without outliers."""
    chance = np.random.default_rng(4)
    values = chance.normal(size=(60, 1)) * 1.5 + chance.normal(size=(60, 4))
    return indicator_table(
        pl.DataFrame({"unit": range(60), **{name: values[:, i] for i, name in enumerate(NAMES)}}), unit="unit"
    )


def tree(parents: tuple[str, ...] = ("P", "P", "Q", "Q")) -> Hierarchy:
    nodes = sorted(set(parents))
    return hierarchy_of(
        pl.DataFrame({"code": [*NAMES, *nodes, "I"], "parent": [*parents, *["I"] * len(nodes), None]}),
        weight=None,
        direction=None,
    )


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name if check.name != "alpha" else f"alpha {check.offenders[0]}": check for check in checks}


def changed(table: IndicatorTable, column: str, values: np.ndarray) -> IndicatorTable:
    matrix = table.values.copy()
    matrix[:, NAMES.index(column)] = values
    return table.with_values(matrix)


def test_a_sound_index_passes_every_check(sound: IndicatorTable) -> None:
    checks = audit_indicators(sound, tree())
    assert {check.verdict for check in checks} == {"pass"}, [check for check in checks if check.verdict != "pass"]
    assert [check.number for check in checks] == sorted(check.number for check in checks)


def test_a_lonely_indicator_is_watched_and_a_constant_fails(sound: IndicatorTable) -> None:
    checks = by_name(audit_indicators(sound, tree(("P", "P", "P", "Q")), constants=["z"]))
    assert (checks["single_child"].verdict, checks["single_child"].offenders) == ("watch", ("Q",))
    assert (checks["constant"].verdict, checks["constant"].offenders) == ("fail", ("z",))


def test_thin_indicators_and_units_are_named(sound: IndicatorTable) -> None:
    gapped = sound.column("d").copy()
    gapped[:30] = np.nan
    checks = by_name(audit_indicators(changed(sound, "d", gapped), tree()))
    assert (checks["indicator_coverage"].verdict, checks["indicator_coverage"].offenders) == ("fail", ("d",))
    assert checks["indicator_coverage"].finding == 0.5
    assert checks["unit_coverage"].verdict == "pass", "each unit has at least three of four"


def test_outliers_are_watched_when_winsorising_cures_them_and_fail_otherwise(sound: IndicatorTable) -> None:
    one = sound.column("a").copy()
    one[0] = 60.0
    assert by_name(audit_indicators(changed(sound, "a", one), tree()))["outlying"].verdict == "watch"
    many = np.concatenate([np.zeros(50), 10.0 ** np.arange(10)])
    checks = by_name(audit_indicators(changed(sound, "a", many), tree()))
    assert (checks["outlying"].verdict, checks["outlying"].offenders) == ("fail", ("a",))


def test_an_indicator_against_its_node_is_named(sound: IndicatorTable) -> None:
    checks = by_name(audit_indicators(changed(sound, "b", -sound.column("b")), tree()))
    assert checks["negative_pairs"].verdict == "fail"
    assert checks["negative_pairs"].offenders == ("a-b",)
    assert checks["alpha P"].verdict == "fail"
    assert checks["alpha P"].finding < 0


def test_twins_and_crowded_indicators_are_watched(sound: IndicatorTable) -> None:
    twins = by_name(audit_indicators(changed(sound, "b", 3 * sound.column("a") + 1), tree()))
    assert (twins["redundant_pairs"].verdict, twins["redundant_pairs"].offenders) == ("watch", ("a-b",))
    rare = np.zeros(60)
    rare[:3] = 1.0
    assert by_name(audit_indicators(changed(sound, "c", rare), tree()))["crowded"].offenders == ("c",)


def test_an_indicator_that_drives_the_index_alone_is_named(sound: IndicatorTable) -> None:
    """Where values are added up as they are, 40 times the spread is 40 times the say; on one scale it is none."""
    wide = changed(sound, "a", 40 * sound.column("a"))
    checks = by_name(audit_indicators(wide, tree(), recipe=Recipe(normalisation="identity")))
    assert checks["effective_ratio"].verdict == "fail"
    assert "a" in checks["effective_ratio"].offenders
    assert by_name(audit_indicators(wide, tree()))["effective_ratio"].verdict == "pass"


@pytest.mark.parametrize("mean", ["arithmetic", "geometric"])
@pytest.mark.parametrize("recipe", [Recipe(), Recipe(normalisation="zscore")], ids=["minmax", "zscore"])
def test_a_coherent_pair_with_one_lower_is_better_passes(sound: IndicatorTable, recipe: Recipe, mean: str) -> None:
    """Time of service beside speed of service: undirected, their weights pull against each other."""
    if mean == "geometric" and recipe.normalisation == "zscore":
        recipe = Recipe(normalisations=dict.fromkeys(NAMES, Normalisation("zscore", centre=100.0, spread=10.0)))
    turned = changed(sound, "b", 500 - 30 * sound.column("b"))
    directed = hierarchy_of(
        pl.DataFrame(
            {
                "code": [*NAMES, "P", "Q", "I"],
                "parent": ["P", "P", "Q", "Q", "I", "I", None],
                "direction": [1, -1, 1, 1, 1, 1, 1],
            }
        ),
        weight=None,
    )
    checks = by_name(audit_indicators(turned, directed, recipe=replace(recipe, aggregation=mean)))
    assert checks["effective_ratio"].verdict == checks["alpha P"].verdict == checks["negative_pairs"].verdict == "pass"
    undirected = by_name(audit_indicators(turned, tree(), recipe=replace(recipe, aggregation=mean)))
    assert undirected["negative_pairs"].verdict == undirected["alpha P"].verdict == "fail"


def test_weights_of_a_geometric_mean_are_those_of_its_line(sound: IndicatorTable) -> None:
    """One indicator that counts for nine tenths by weight, under another mean: what it counts for shows it."""
    heavy = tree().with_weights({"a": 9.0, "b": 1.0, "P": 9.0, "Q": 1.0})
    by_weight = by_name(audit_indicators(sound, heavy, recipe=Recipe(aggregation="geometric")))["effective_ratio"]
    assert by_weight.verdict != "not_applicable"
    assert by_weight.finding == pytest.approx(
        by_name(audit_indicators(sound, heavy))["effective_ratio"].finding, rel=0.5
    )


def test_weights_by_least_squares_are_exact_where_the_index_is_linear(sound: IndicatorTable) -> None:
    """An own function that is an arithmetic mean is audited by the line, and finds what the mean itself gives."""
    heavy = tree().with_weights({"a": 9.0, "b": 1.0, "P": 3.0, "Q": 1.0})
    own = Recipe(aggregation=dict.fromkeys("PQI", lambda values, weights: (values * weights).sum(axis=1)))
    by_line = by_name(audit_indicators(sound, heavy, recipe=own))["effective_ratio"]
    assert by_line.finding == pytest.approx(
        by_name(audit_indicators(sound, heavy))["effective_ratio"].finding, rel=1e-9
    )


def test_a_pass_needs_enough_units(sound: IndicatorTable) -> None:
    """What passes with 60 units is not applicable with 9, of which no check of spreads could fail."""
    few = sound.keep(np.arange(60) < 9)
    verdicts = {name: check.verdict for name, check in by_name(audit_indicators(few, tree())).items()}
    untouched = {"single_child", "constant", "unit_coverage", "indicator_coverage"}
    assert {name for name, verdict in verdicts.items() if verdict == "pass"} == untouched
    assert {verdict for name, verdict in verdicts.items() if name not in untouched} == {"not_applicable"}
    checks = by_name(audit_indicators(sound.keep(np.arange(60) < 19), tree()))
    assert checks["outlying"].verdict == "pass"
    assert (checks["negative_pairs"].verdict, checks["negative_pairs"].fewest) == ("not_applicable", 20)
    assert np.isnan(checks["negative_pairs"].finding)
    enough = by_name(audit_indicators(sound.keep(np.arange(60) < 20), tree()))
    assert "not_applicable" not in {check.verdict for check in enough.values()}


def test_units_with_gaps_do_not_count(sound: IndicatorTable) -> None:
    gapped = sound.column("a").copy()
    gapped[:45] = np.nan
    checks = by_name(audit_indicators(changed(sound, "a", gapped), tree()))
    assert checks["alpha P"].verdict == checks["effective_ratio"].verdict == "not_applicable"
    assert checks["alpha Q"].verdict == "pass"
    assert checks["negative_pairs"].verdict == "pass", "the pair of the other node still can fail"


def test_no_pair_is_no_pass(sound: IndicatorTable) -> None:
    alone = hierarchy_of(
        pl.DataFrame({"code": ["a", "b", "P", "Q", "I"], "parent": ["P", "Q", "I", "I", None]}),
        weight=None,
        direction=None,
    )
    checks = by_name(audit_indicators(sound, alone))
    assert checks["negative_pairs"].verdict == checks["redundant_pairs"].verdict == "not_applicable"


def test_a_constant_in_the_table_is_found_and_left_out_of_the_rest(sound: IndicatorTable) -> None:
    noisy = np.where(np.arange(60) % 2, 0.3, 0.1 + 0.2)
    checks = by_name(audit_indicators(changed(sound, "d", noisy), tree()))
    assert (checks["constant"].verdict, checks["constant"].offenders) == ("fail", ("d",))
    assert checks["effective_ratio"].verdict == "pass"
    every = IndicatorTable("unit", sound.units, NAMES, np.full((60, 4), 0.3))
    assert by_name(audit_indicators(every, tree()))["constant"].finding == 4


def test_outliers_that_the_recipe_treats_pass(sound: IndicatorTable) -> None:
    one = sound.column("a").copy()
    one[0] = 60.0
    treated = by_name(audit_indicators(changed(sound, "a", one), tree(), recipe=Recipe(outliers="winsorise")))
    assert treated["outlying"].verdict == "pass"


def test_limits_come_from_the_file_that_states_them() -> None:
    text = (ROOT / "iga" / "composite" / "audit_limits.toml").read_text(encoding="utf-8")
    stated = tomllib.loads(text)
    limits = AuditLimits()
    assert set(stated["limits"]) | {"fewest"} == {entry.name for entry in fields(AuditLimits)}
    assert limits.alpha == tuple(stated["limits"]["alpha"])
    assert limits.fewest == stated["fewest"]


def test_a_ranking_of_one_and_a_single_edition_are_no_pass() -> None:
    nan = float("nan")
    assert [check.verdict for check in audit_ranking(nan, nan)] == ["not_applicable"] * 2
    refused, marked, estimates = audit_years([], [], [], editions=1)
    assert (refused.verdict, marked.verdict, estimates.verdict) == ("not_applicable", "not_applicable", "pass")
    assert [check.verdict for check in audit_years([], [], [], editions=2)] == ["pass"] * 3


@pytest.mark.parametrize(
    ("width", "pairs", "verdicts"),
    [(0.05, 0.9, ["pass", "pass"]), (0.2, 0.6, ["watch", "watch"]), (0.5, 0.4, ["fail", "fail"])],
)
def test_ranking_is_graded(width: float, pairs: float, verdicts: list[str]) -> None:
    assert [check.verdict for check in audit_ranking(width, pairs)] == verdicts


def test_years_are_graded() -> None:
    refused, marked, estimates = audit_years(["2020|2021"], ["2024|2025"], [])
    assert (refused.verdict, marked.verdict, estimates.verdict) == ("fail", "watch", "pass")
