"""Audits an index as the JRC does: numbered checks of the index as it is computed, each with finding and verdict."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from narwhals.typing import IntoDataFrame, IntoDataFrameT

from iga.composite.aggregation import methods_of_nodes
from iga.composite.association import correlation_matrix, cronbach_alpha, kurtosis, skewness
from iga.composite.hierarchy import Hierarchy
from iga.composite.index import CompositeIndex, build_index
from iga.composite.recipe import Aggregation, Recipe
from iga.composite.rounding_noise import is_constant, without_rounding_noise
from iga.composite.table import IndicatorTable
from iga.composite.treatment import treat_outliers
from iga.composite.weighting import effective_weights

Verdict = Literal["pass", "watch", "fail", "not_applicable"]


@cache
def _stated() -> Mapping[str, Any]:
    """What `audit_limits.toml` states."""
    text = files("iga.composite").joinpath("audit_limits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _limit(name: str) -> Any:
    """The stated limit as the default of a field; two of them are what passes and what is watched."""
    stated = _stated()["limits"][name]
    return field(default_factory=lambda: tuple(stated) if isinstance(stated, list) else stated)


@dataclass(frozen=True)
class AuditLimits:
    """Where a finding stops to pass and starts to fail; the defaults and their sources are in `audit_limits.toml`.

    `coverage`: least share of values per unit and indicator; `thin_units`: share of units below it that is watched;
    `skewness`, `kurtosis`: both passed means outliers; `crowded`: largest share of units with one value; `negative`:
    share of pairs against each other that is watched; `redundant`: |correlation| from which two indicators are one;
    `alpha`: least Cronbach's alpha, and what is watched; `effective`: largest ratio of effective to nominal weight (and
    its inverse) that passes, and that is watched; `rank`: mean width of 90 % rank intervals as a share of all places;
    `pairs`: share of pairs ordered with 95 %; `fewest`: by topic, the units below which a check is not applicable.
    """

    coverage: float = _limit("coverage")
    skewness: float = _limit("skewness")
    kurtosis: float = _limit("kurtosis")
    redundant: float = _limit("redundant")
    alpha: tuple[float, float] = _limit("alpha")
    effective: tuple[float, float] = _limit("effective")
    rank: tuple[float, float] = _limit("rank")
    pairs: tuple[float, float] = _limit("pairs")
    thin_units: float = _limit("thin_units")
    crowded: float = _limit("crowded")
    negative: float = _limit("negative")
    fewest: Mapping[str, int] = field(default_factory=lambda: dict(_stated()["fewest"]))


@dataclass(frozen=True)
class Check:
    """One numbered check: `topic` and `name` are codes with labels, `finding` the figure, `offenders` who causes it.

    A check of fewer units than `fewest` is not applicable: its finding is NaN, and it is no pass.
    """

    number: str
    topic: str
    name: str
    finding: float
    threshold: str
    verdict: Verdict
    offenders: tuple[str, ...] = field(default=())
    fewest: int = 0


def audit_indicators(
    table: IndicatorTable[IntoDataFrame],
    hierarchy: Hierarchy,
    *,
    recipe: Recipe | None = None,
    constants: Sequence[str] = (),
    limits: AuditLimits | None = None,
) -> tuple[Check, ...]:
    """Return the checks of an index: structure, coverage, outliers, normalisation, correlations, alpha, weights.

    They look at the index as `recipe` computes it: correlations, alpha and effective weights at the directed,
    normalised scores and at the index that they make, outliers at what the recipe's treatment leaves. `constants` are
    indicators that were left out because they are the same for every unit; those that still stand in the table are
    found, and left out of the other checks. The table may have gaps; figures on several indicators rest on the units
    that have all of them, and where these are too few a check is not applicable. Raises what `build_index` raises.
    """
    bound = limits or AuditLimits()
    chosen = table.select(hierarchy.indicators)
    same = [name for name, column in zip(chosen.indicators, chosen.values.T, strict=True) if is_constant(column)]
    shown = [*_structure(hierarchy, [*constants, *same]), *_coverage(chosen, bound)]
    if len(same) == len(chosen.indicators):
        return tuple(shown)
    for name in same:
        hierarchy = hierarchy.without(name)
    chosen = table.select(hierarchy.indicators)
    index = build_index(chosen, hierarchy, recipe)
    return (
        *shown,
        *_outliers(index.treated, bound),
        *_normalisation(index.normalised, bound),
        *_correlations(index, bound),
        *_consistency(index, bound),
        *_weights(index, bound),
    )


def _not_applicable(number: str, topic: str, name: str, threshold: str, fewest: int) -> Check:
    return Check(number, topic, name, float("nan"), threshold, "not_applicable", (), fewest)


def _complete(table: IndicatorTable[IntoDataFrame]) -> int:
    """How many units have every indicator."""
    return int((~np.isnan(table.values).any(axis=1)).sum())


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
        verdict: Verdict = "pass" if not thin else "watch" if len(thin) <= bound.thin_units * len(names) else "fail"
        checks.append(Check(number, "coverage", name, float(shares.min()), threshold, verdict, thin))
    return checks


def _outliers(table: IndicatorTable[IntoDataFrame], bound: AuditLimits) -> list[Check]:
    """Indicators with outliers after the recipe's treatment: watched where winsorising would cure them all."""
    threshold, fewest = f"|skew| <= {bound.skewness:g} or kurtosis <= {bound.kurtosis:g}", bound.fewest["outliers"]
    if (~np.isnan(table.values)).sum(axis=0).min() < fewest:
        return [_not_applicable("3.1", "outliers", "outlying", threshold, fewest)]
    found = _outlying(table, bound)
    still = _outlying(treat_outliers(table.select(found))[0], bound) if found else ()
    verdict: Verdict = "pass" if not found else "fail" if still else "watch"
    return [Check("3.1", "outliers", "outlying", len(found), threshold, verdict, found)]


def _outlying(table: IndicatorTable[IntoDataFrame], bound: AuditLimits) -> tuple[str, ...]:
    found = []
    for name, column in zip(table.indicators, table.values.T, strict=True):
        x = column[~np.isnan(column)]
        if abs(skewness(x)) > bound.skewness and kurtosis(x) > bound.kurtosis:
            found.append(name)
    return tuple(found)


def _normalisation(table: IndicatorTable[IntoDataFrame], bound: AuditLimits) -> list[Check]:
    """Indicators on which nearly all units share one score tell hardly any units apart."""
    threshold, fewest = f"<= {bound.crowded:.0%}", bound.fewest["normalisation"]
    if (~np.isnan(table.values)).sum(axis=0).min() < fewest:
        return [_not_applicable("4.1", "normalisation", "crowded", threshold, fewest)]
    shares = {}
    for name, column in zip(table.indicators, table.values.T, strict=True):
        x = without_rounding_noise(column[~np.isnan(column)])
        shares[name] = float(np.unique(x, return_counts=True)[1].max() / len(x))
    crowded = tuple(name for name, share in shares.items() if share > bound.crowded)
    verdict: Verdict = "watch" if crowded else "pass"
    return [Check("4.1", "normalisation", "crowded", max(shares.values()), threshold, verdict, crowded)]


def _correlations(index: CompositeIndex[IntoDataFrameT], bound: AuditLimits) -> list[Check]:
    table, hierarchy = index.normalised, index.hierarchy
    limit, fewest = f"|r| < {bound.redundant:g}", bound.fewest["correlation"]
    against, twins, pairs = [], [], 0
    for code in hierarchy.upwards:
        members = [child for child in hierarchy.children[code] if child not in hierarchy.children]
        values = table.select(members).values
        matrix = correlation_matrix(values) if len(members) > 1 else np.empty((0, 0))
        for i, j in zip(*np.triu_indices(len(matrix), 1), strict=True):
            if (~np.isnan(values[:, [i, j]]).any(axis=1)).sum() < fewest or np.isnan(matrix[i, j]):
                continue
            pairs += 1
            if matrix[i, j] < 0:
                against.append(f"{members[i]}-{members[j]}")
            if abs(matrix[i, j]) >= bound.redundant:
                twins.append(f"{members[i]}-{members[j]}")
    if not pairs:
        return [
            _not_applicable("5.1", "correlation", "negative_pairs", "0%", fewest),
            _not_applicable("5.2", "correlation", "redundant_pairs", limit, fewest),
        ]
    share = len(against) / pairs
    verdict: Verdict = "pass" if share == 0 else "watch" if share <= bound.negative else "fail"
    twin_verdict: Verdict = "watch" if twins else "pass"
    return [
        Check("5.1", "correlation", "negative_pairs", share, "0%", verdict, tuple(against)),
        Check("5.2", "correlation", "redundant_pairs", len(twins), limit, twin_verdict, tuple(twins)),
    ]


def _consistency(index: CompositeIndex[IntoDataFrameT], bound: AuditLimits) -> list[Check]:
    table, hierarchy = index.normalised, index.hierarchy
    good, tolerable = bound.alpha
    checks = []
    nodes = [code for code in hierarchy.upwards if code != hierarchy.root]
    for place, code in enumerate([*nodes, hierarchy.root], start=1):
        number, members, fewest = f"6.{place}", hierarchy.leaves_of(code), bound.fewest["consistency"]
        if len(members) < 2:
            continue
        enough = _complete(table.select(members)) >= fewest
        alpha = cronbach_alpha(table, {code: members})[code] if enough else float("nan")
        if not np.isfinite(alpha):
            checks.append(
                Check(number, "consistency", "alpha", alpha, f">= {good:g}", "not_applicable", (code,), fewest)
            )
            continue
        verdict: Verdict = "pass" if alpha >= good else "watch" if alpha >= tolerable else "fail"
        checks.append(Check(number, "consistency", "alpha", alpha, f">= {good:g}", verdict, (code,)))
    return checks


def _weights(index: CompositeIndex[IntoDataFrameT], bound: AuditLimits) -> list[Check]:
    """How far what an indicator counts for in the index as it is computed lies from what its weight says."""
    good, tolerable = bound.effective
    threshold, hierarchy = f"1/{good:g} - {good:g}", index.hierarchy
    effective = _effective(index, bound.fewest["weights"])
    nominal = {name: hierarchy.nominal_weight(name) for name in hierarchy.indicators}
    ratios = {name: share / nominal[name] for name, share in effective.items() if nominal[name] > 0}
    if not ratios:
        return [_not_applicable("7.1", "weights", "effective_ratio", threshold, bound.fewest["weights"])]
    off = tuple(name for name, ratio in ratios.items() if not 1 / good <= ratio <= good)
    far = [name for name, ratio in ratios.items() if not 1 / tolerable <= ratio <= tolerable]
    verdict: Verdict = "pass" if not off else "fail" if far else "watch"
    worst = max(ratios.values(), key=lambda ratio: abs(np.log(max(ratio, 1e-9))))
    return [Check("7.1", "weights", "effective_ratio", float(worst), threshold, verdict, off)]


def _effective(index: CompositeIndex[IntoDataFrameT], fewest: int) -> dict[str, float]:
    """Return what each indicator counts for in the variance of the index; nothing where the units are too few.

    Under arithmetic means it is w cov(x, index) / var(index). Under other aggregations w is the slope of the index on
    the scores by least squares, which needs more units than indicators, and shares are those of what the line explains.
    """
    table, root = index.normalised, index.index
    whole = ~np.isnan(table.values).any(axis=1) & ~np.isnan(root)
    values, y = table.values[whole], root[whole]
    if len(values) < fewest or is_constant(y):
        return {}
    recipe = index.recipe
    methods = methods_of_nodes(index.hierarchy, recipe.aggregation, recipe.exponent).values()
    if all(isinstance(how, Aggregation) and how.method == "arithmetic" for how in methods):
        return effective_weights(table, index.hierarchy)
    if len(values) <= values.shape[1] + 1:
        return {}
    x, y = values - values.mean(axis=0), y - y.mean()
    shares = np.linalg.lstsq(x, y, rcond=None)[0] * (x * y[:, None]).mean(axis=0)
    return dict(zip(table.indicators, (shares / shares.sum()).tolist(), strict=True)) if shares.sum() > 0 else {}


def audit_ranking(mean_width: float, pair_share: float, *, limits: AuditLimits | None = None) -> tuple[Check, ...]:
    """Return the checks of the joint Monte Carlo and its claims.

    `mean_width` is the mean of (worst - best place of the 90 % interval) / (places - 1); `pair_share` the share of
    pairs whose order holds with a probability of 95 % or more. NaN says that no unit is ranked among others: the check
    is not applicable then, and no pass.
    """
    bound = limits or AuditLimits()

    def graded(value: float, good: float, tolerable: float) -> Verdict:
        if np.isnan(value):
            return "not_applicable"
        return "pass" if value >= good else "watch" if value >= tolerable else "fail"

    width = graded(-mean_width, -bound.rank[0], -bound.rank[1])
    ordered = graded(pair_share, *bound.pairs)
    few, too_few = bound.fewest["monte_carlo"], bound.fewest["claims"]
    return (
        Check("8.1", "monte_carlo", "rank_width", mean_width, f"<= {bound.rank[0]:.0%}", width, (), few),
        Check("9.1", "claims", "ordered_pairs", pair_share, f">= {bound.pairs[0]:.0%}", ordered, (), too_few),
    )


def audit_years(
    refused: Sequence[str],
    marked: Sequence[str],
    estimates: Sequence[str],
    *,
    editions: int | None = None,
    limits: AuditLimits | None = None,
) -> tuple[Check, ...]:
    """Return the checks of comparability: breaks no trend may cross, breaks that are marked, estimates.

    `estimates` are editions under other rules. `editions` is how many are compared: of a single one no break can be
    between, so those checks are not applicable.
    """
    fewest = (limits or AuditLimits()).fewest["years"]
    estimated: Verdict = "watch" if estimates else "pass"
    last = Check("10.3", "years", "estimates", len(estimates), "0", estimated, tuple(estimates))
    if editions is not None and editions < fewest:
        names = (("10.1", "refused_breaks"), ("10.2", "marked_breaks"))
        return *(_not_applicable(number, "years", name, "0", fewest) for number, name in names), last
    return (
        Check("10.1", "years", "refused_breaks", len(refused), "0", "fail" if refused else "pass", tuple(refused)),
        Check("10.2", "years", "marked_breaks", len(marked), "0", "watch" if marked else "pass", tuple(marked)),
        last,
    )
