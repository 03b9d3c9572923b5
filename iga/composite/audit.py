"""Audits an index as the JRC does: numbered checks, each with its finding and pass, watch or fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from narwhals.typing import IntoDataFrame

from iga.composite.association import correlation_matrix, cronbach_alpha, kurtosis, skewness
from iga.composite.hierarchy import Hierarchy
from iga.composite.normalisation import normalise
from iga.composite.table import IndicatorTable
from iga.composite.treatment import treat_outliers
from iga.composite.weighting import effective_weights
from iga.errors import RuleProblem

Verdict = Literal["pass", "watch", "fail"]


@dataclass(frozen=True)
class AuditLimits:
    """Where a finding stops to pass and starts to fail; the defaults are those of JRC audits and the OECD Handbook.

    `coverage`: least share of values per unit and indicator; `skewness`, `kurtosis`: both passed means outliers;
    `redundant`: |correlation| from which two indicators are one; `alpha`: least Cronbach's alpha, and what is watched;
    `effective`: largest ratio of effective to nominal weight (and its inverse) that passes, and that is watched;
    `rank`: mean width of 90 % rank intervals as a share of all places; `pairs`: share of pairs ordered with 95 %.
    """

    coverage: float = 0.65
    skewness: float = 2.0
    kurtosis: float = 3.5
    redundant: float = 0.9
    alpha: tuple[float, float] = (0.7, 0.5)
    effective: tuple[float, float] = (2.0, 4.0)
    rank: tuple[float, float] = (0.1, 0.25)
    pairs: tuple[float, float] = (0.8, 0.5)


@dataclass(frozen=True)
class Check:
    """One numbered check: `topic` and `name` are codes with labels, `finding` the figure, `offenders` who causes it."""

    number: str
    topic: str
    name: str
    finding: float
    threshold: str
    verdict: Verdict
    offenders: tuple[str, ...] = field(default=())


def audit_indicators(
    table: IndicatorTable[IntoDataFrame],
    hierarchy: Hierarchy,
    *,
    constants: Sequence[str] = (),
    limits: AuditLimits | None = None,
) -> tuple[Check, ...]:
    """The checks of an indicator table: structure, coverage, outliers, normalisation, correlations, alpha, weights.

    `constants` are indicators that were left out because they are the same for every unit. The table may have gaps;
    figures on several indicators rest on the units that have all of them.
    """
    bound = limits or AuditLimits()
    chosen = table.select(hierarchy.indicators)
    return (
        *_structure(hierarchy, constants),
        *_coverage(chosen, bound),
        *_outliers(chosen, bound),
        *_normalisation(chosen, hierarchy),
        *_correlations(chosen, hierarchy, bound),
        *_consistency(chosen, hierarchy, bound),
        *_weights(chosen, hierarchy, bound),
    )


def _structure(hierarchy: Hierarchy, constants: Sequence[str]) -> list[Check]:
    lonely = tuple(code for code, children in hierarchy.children.items() if len(children) < 2)
    return [
        Check("1.1", "structure", "single_child", len(lonely), "0", "pass" if not lonely else "watch", lonely),
        Check(
            "1.2", "structure", "constant", len(constants), "0", "fail" if constants else "pass", tuple(constants)
        ),
    ]  # fmt: skip


def _coverage(table: IndicatorTable[IntoDataFrame], bound: AuditLimits) -> list[Check]:
    is_present = ~np.isnan(table.values)
    threshold = f">= {bound.coverage:.0%}"
    checks = []
    for number, name, shares, names in (
        ("2.1", "unit_coverage", is_present.mean(axis=1), table.units),
        ("2.2", "indicator_coverage", is_present.mean(axis=0), table.indicators),
    ):
        thin = tuple(str(names[place]) for place in np.flatnonzero(shares < bound.coverage))
        verdict: Verdict = "pass" if not thin else "watch" if len(thin) <= 0.1 * len(names) else "fail"
        checks.append(Check(number, "coverage", name, float(shares.min()), threshold, verdict, thin))
    return checks


def _outliers(table: IndicatorTable[IntoDataFrame], bound: AuditLimits) -> list[Check]:
    found = []
    for name, column in zip(table.indicators, table.values.T, strict=True):
        x = column[~np.isnan(column)]
        if abs(skewness(x)) > bound.skewness and kurtosis(x) > bound.kurtosis:
            found.append(name)
    still: tuple[str, ...] = ()
    if found:
        treated, _ = treat_outliers(table.select(found))
        still = tuple(
            name
            for name, column in zip(treated.indicators, treated.values.T, strict=True)
            if abs(skewness(column[~np.isnan(column)])) > bound.skewness
            and kurtosis(column[~np.isnan(column)]) > bound.kurtosis
        )
    threshold = f"|skew| <= {bound.skewness:g} or kurtosis <= {bound.kurtosis:g}"
    verdict: Verdict = "pass" if not found else "fail" if still else "watch"
    return [Check("3.1", "outliers", "outlying", len(found), threshold, verdict, tuple(found))]


def _normalisation(table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy) -> list[Check]:
    """Indicators on which more than nine in ten units share one value tell hardly any units apart."""
    scaled = normalise(table, hierarchy, "minmax")
    crowded = []
    worst = 0.0
    for name, column in zip(scaled.indicators, scaled.values.T, strict=True):
        x = column[~np.isnan(column)]
        share = float(np.unique(x, return_counts=True)[1].max() / len(x))
        worst = max(worst, share)
        if share > 0.9:
            crowded.append(name)
    return [Check("4.1", "normalisation", "crowded", worst, "<= 90%", "watch" if crowded else "pass", tuple(crowded))]


def _correlations(table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy, bound: AuditLimits) -> list[Check]:
    directed = normalise(table, hierarchy, "zscore")
    against, twins, pairs = [], [], 0
    for code in hierarchy.upwards:
        members = [child for child in hierarchy.children[code] if child not in hierarchy.children]
        if len(members) < 2:
            continue
        matrix = correlation_matrix(directed.select(members).values)
        for i, j in zip(*np.triu_indices(len(members), 1), strict=True):
            pairs += 1
            if matrix[i, j] < 0:
                against.append(f"{members[i]}-{members[j]}")
            if abs(matrix[i, j]) >= bound.redundant:
                twins.append(f"{members[i]}-{members[j]}")
    share = len(against) / pairs if pairs else 0.0
    verdict: Verdict = "pass" if share == 0 else "watch" if share <= 0.25 else "fail"
    return [
        Check("5.1", "correlation", "negative_pairs", share, "0%", verdict, tuple(against)),
        Check(
            "5.2",
            "correlation",
            "redundant_pairs",
            len(twins),
            f"|r| < {bound.redundant:g}",
            "watch" if twins else "pass",
            tuple(twins),
        ),
    ]


def _consistency(table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy, bound: AuditLimits) -> list[Check]:
    directed = normalise(table, hierarchy, "zscore")
    good, tolerable = bound.alpha
    checks = []
    nodes = [code for code in hierarchy.upwards if code != hierarchy.root]
    for place, code in enumerate([*nodes, hierarchy.root], start=1):
        members = hierarchy.leaves_of(code)
        if len(members) < 2:
            continue
        alpha = cronbach_alpha(directed, {code: members})[code]
        verdict: Verdict = "pass" if alpha >= good else "watch" if alpha >= tolerable else "fail"
        checks.append(Check(f"6.{place}", "consistency", "alpha", alpha, f">= {good:g}", verdict, (code,)))
    return checks


def _weights(table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy, bound: AuditLimits) -> list[Check]:
    """How far what an indicator counts for lies from what its weight says, on the scale in which it is added up."""
    try:
        effective = effective_weights(table, hierarchy)
    except RuleProblem:
        return [Check("7.1", "weights", "effective_ratio", float("nan"), "-", "fail", ())]
    ratios = {name: share / hierarchy.nominal_weight(name) for name, share in effective.items()}
    good, tolerable = bound.effective
    off = tuple(name for name, ratio in ratios.items() if not 1 / good <= ratio <= good)
    far = [name for name, ratio in ratios.items() if not 1 / tolerable <= ratio <= tolerable]
    verdict: Verdict = "pass" if not off else "fail" if far else "watch"
    worst = max(ratios.values(), key=lambda ratio: abs(np.log(max(ratio, 1e-9))))
    return [Check("7.1", "weights", "effective_ratio", float(worst), f"1/{good:g} - {good:g}", verdict, off)]


def audit_ranking(mean_width: float, pair_share: float, *, limits: AuditLimits | None = None) -> tuple[Check, ...]:
    """The checks of the joint Monte Carlo and its claims.

    `mean_width` is the mean of (worst - best place of the 90 % interval) / (places - 1); `pair_share` the share of
    pairs whose order holds with a probability of 95 % or more.
    """
    bound = limits or AuditLimits()

    def graded(value: float, good: float, tolerable: float) -> Verdict:
        return "pass" if value >= good else "watch" if value >= tolerable else "fail"

    return (
        Check(
            "8.1", "monte_carlo", "rank_width", mean_width, f"<= {bound.rank[0]:.0%}",
            graded(-mean_width, -bound.rank[0], -bound.rank[1]),
        ),
        Check(
            "9.1", "claims", "ordered_pairs", pair_share, f">= {bound.pairs[0]:.0%}",
            graded(pair_share, *bound.pairs),
        ),
    )  # fmt: skip


def audit_years(refused: Sequence[str], marked: Sequence[str], estimates: Sequence[str]) -> tuple[Check, ...]:
    """The checks of comparability: breaks no trend may cross, breaks that are marked, editions under other rules."""
    return (
        Check("10.1", "years", "refused_breaks", len(refused), "0", "fail" if refused else "pass", tuple(refused)),
        Check("10.2", "years", "marked_breaks", len(marked), "0", "watch" if marked else "pass", tuple(marked)),
        Check("10.3", "years", "estimates", len(estimates), "0", "watch" if estimates else "pass", tuple(estimates)),
    )
