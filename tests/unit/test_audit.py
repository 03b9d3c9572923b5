"""The statistical audit of an index: what passes, what is watched, what fails, and who causes it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from iga.composite import (
    Check,
    Hierarchy,
    IndicatorTable,
    audit_indicators,
    audit_ranking,
    audit_years,
    hierarchy_of,
    indicator_table,
)

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
    checks = by_name(audit_indicators(changed(sound, "a", 40 * sound.column("a")), tree()))
    assert checks["effective_ratio"].verdict == "fail"
    assert "a" in checks["effective_ratio"].offenders


@pytest.mark.parametrize(
    ("width", "pairs", "verdicts"),
    [(0.05, 0.9, ["pass", "pass"]), (0.2, 0.6, ["watch", "watch"]), (0.5, 0.4, ["fail", "fail"])],
)
def test_ranking_is_graded(width: float, pairs: float, verdicts: list[str]) -> None:
    assert [check.verdict for check in audit_ranking(width, pairs)] == verdicts


def test_years_are_graded() -> None:
    refused, marked, estimates = audit_years(["2020|2021"], ["2024|2025"], [])
    assert (refused.verdict, marked.verdict, estimates.verdict) == ("fail", "watch", "pass")
