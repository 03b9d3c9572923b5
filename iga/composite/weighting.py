"""Weights by name (equal, given, pca, target), and what indicators really count for in an index."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from narwhals.typing import IntoDataFrame

from iga.composite.association import principal_components
from iga.composite.hierarchy import Hierarchy
from iga.composite.table import IndicatorTable
from iga.errors import MethodRefused

WEIGHTINGS = ("given", "equal", "pca", "target")
MOST_STEPS = 500
TARGET_TOLERANCE = 1e-6


def weigh(
    table: IndicatorTable[IntoDataFrame],
    hierarchy: Hierarchy,
    method: str = "given",
    *,
    targets: Mapping[str, float] | None = None,
) -> Hierarchy:
    """The hierarchy with the weights of a method, from the normalised table.

    `given` keeps them; `equal` counts siblings alike; `pca` weighs the indicators of each lowest node by their squared
    loadings on its first principal component; `target` finds indicator weights under which each indicator's effective
    weight (arithmetic means) is its share of `targets` (without them: its nominal weight). Raises MethodRefused for an
    unknown method, naming the indicator that loads against the others of its node (its weight would point the wrong
    way), or the one whose target no positive weight reaches.
    """
    if method not in WEIGHTINGS:
        raise MethodRefused(
            "there is no such weighting.",
            place="method {method}",
            fix="Known: {known}.",
            method=method,
            known=", ".join(WEIGHTINGS),
        )
    if method == "equal":
        return hierarchy.with_weights(dict.fromkeys(hierarchy.by_code, 1.0))
    if method == "pca":
        return hierarchy.with_weights(_by_components(table, hierarchy))
    return hierarchy if method == "given" else _to_target(table, hierarchy, targets)


def effective_weights(table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy) -> dict[str, float]:
    """What each indicator counts for in the variance of the arithmetic index: w cov(x, index) / var(index); sum 1.

    Beside the nominal weight this shows which indicators drive the ranking; a negative one pulls against it. Over the
    units that have every indicator.
    """
    values = table.select(hierarchy.indicators).values
    values = values[~np.isnan(values).any(axis=1)]
    nominal = np.array([hierarchy.nominal_weight(name) for name in hierarchy.indicators])
    index = values @ nominal
    spread = ((values - values.mean(axis=0)) * (index - index.mean())[:, None]).mean(axis=0)
    if len(values) < 3 or index.var() == 0:
        raise MethodRefused(
            "the index is the same for every complete unit, or there are fewer than three.",
            place="table",
            fix="Impute, or check the normalisation.",
        )
    return dict(zip(hierarchy.indicators, (nominal * spread / index.var()).tolist(), strict=True))


def _by_components(table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy) -> dict[str, float]:
    weights: dict[str, float] = {}
    for code in hierarchy.upwards:
        members = [child for child in hierarchy.children[code] if child not in hierarchy.children]
        if len(members) < 2:
            continue
        _, loadings = principal_components(table.select(members))
        first = loadings[:, 0]
        for name, loading in zip(members, first, strict=True):
            if loading < 0:
                raise MethodRefused(
                    "it loads {loading:.2f} on the first component of {code}, against the other indicators.",
                    place="indicator {name}",
                    fix="Check its direction, move it to another node, or use other weights.",
                    loading=loading,
                    code=code,
                    name=name,
                )
        weights |= dict(zip(members, (first**2).tolist(), strict=True))
    return weights


def _to_target(
    table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy, targets: Mapping[str, float] | None
) -> Hierarchy:
    names = hierarchy.indicators
    wanted = np.array([float((targets or {}).get(name, np.nan)) for name in names])
    if targets is None:
        wanted = np.array([hierarchy.nominal_weight(name) for name in names])
    if not (wanted > 0).all():
        name = names[int(np.flatnonzero(~(wanted > 0))[0])]
        raise MethodRefused("it has no target above 0.", place="indicator {name}", fix="Give all of them.", name=name)
    wanted = wanted / wanted.sum()
    flat = {code: wanted[[names.index(leaf) for leaf in hierarchy.leaves_of(code)]].sum() for code in hierarchy.by_code}
    weighed = hierarchy.with_weights(flat)
    effective = np.zeros(len(names))
    for _ in range(MOST_STEPS):
        effective = np.array(list(effective_weights(table, weighed).values()))
        if np.abs(effective - wanted).max() < TARGET_TOLERANCE:
            return weighed
        nominal = np.array([weighed.nominal_weight(name) for name in names])
        stepped = nominal * np.sqrt(wanted / np.maximum(effective, 1e-3 * wanted))
        stepped /= stepped.sum()
        leaf = dict(zip(names, stepped.tolist(), strict=True))
        weighed = hierarchy.with_weights(
            {code: sum(leaf[below] for below in hierarchy.leaves_of(code)) for code in hierarchy.by_code}
        )
    worst = int(np.argmax(np.abs(effective - wanted)))
    raise MethodRefused(
        "no positive weights give it an effective weight of {wanted:.3f}; the nearest found is {nearest:.3f}.",
        place="indicator {indicator}",
        fix="Lower its target, or take it out: it moves against the rest of the index.",
        wanted=wanted[worst],
        nearest=effective[worst],
        indicator=names[worst],
    )
