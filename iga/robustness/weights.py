"""Draws weights around the given ones, renormalised so that the maxima of the rules hold, for SPD and for maturity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from narwhals.typing import IntoDataFrame

from iga.composite.hierarchy import Hierarchy
from iga.composite.table import IndicatorTable, Values
from iga.errors import RobustnessInvalid
from iga.rulebook import Rulebook
from iga.rules.parts import Group


@dataclass(frozen=True)
class WeightPerturbation:
    """How far weights may lie from the given ones.

    `percent`: each weight times 1 + u, u uniform within `indicator` (0.25 is +-25 %), and each variable's weights
    together times 1 + u within `variable`. `dirichlet`: shares of the aspect drawn from a Dirichlet distribution around
    the given ones; the greater the `concentration`, the nearer (1 is nearly anything, 100 within about a tenth).
    """

    kind: Literal["percent", "dirichlet"] = "percent"
    indicator: float = 0.25
    variable: float = 0.0
    concentration: float = 50.0

    def __post_init__(self) -> None:
        if self.kind not in ("percent", "dirichlet"):
            raise RobustnessInvalid(
                "weights are not drawn that way.", place="kind {kind}", fix="Known: percent, dirichlet.", kind=self.kind
            )
        for name in ("indicator", "variable"):
            if not 0 <= getattr(self, name) < 1:
                raise RobustnessInvalid(
                    "{value} is not a share below 1.",
                    place="{name}",
                    fix="Write 0.25 for +-25 %.",
                    value=getattr(self, name),
                    name=name,
                )
        if self.concentration <= 0:
            raise RobustnessInvalid(
                "{value} is not above 0.",
                place="concentration",
                fix="Write 50 for moderate spread.",
                value=self.concentration,
            )


def draw_index_weights(
    groups: Sequence[Group],
    maximum: float,
    perturbation: WeightPerturbation,
    draws: int,
    random: np.random.Generator,
) -> Values:
    """Points per level, draws x groups, each row giving exactly `maximum` points for top levels throughout."""
    tops = np.array([group.top_level for group in groups], dtype=float)
    base = np.array([float(group.members[0].weight) for group in groups]) * tops
    variables = [group.members[0].variable for group in groups]
    shares = _draw_shares(base / base.sum(), variables, perturbation, draws, random)
    return np.asarray(shares * maximum / tops)


def base_weights(groups: Sequence[Group]) -> Values:
    """The rulebook's own points per level."""
    return np.array([float(group.members[0].weight) for group in groups])


def maximum_of(rules: Rulebook, aspect: Literal["spd", "maturity"]) -> float:
    """The points that top levels give, by the rulebook; raises RobustnessInvalid where it does not state a value."""
    stated = rules.parameters.spd_maximum if aspect == "spd" else rules.parameters.maturity_maximum
    if stated.value is None:
        raise RobustnessInvalid(
            "{aspect}_maximum is not a single value.",
            place="{rulebook}.toml",
            fix="Analyse under a complete rulebook, such as the newest one, as an estimate.",
            aspect=aspect,
            rulebook=rules.name,
        )
    return float(stated.value)


def total_maximum_of(rules: Rulebook) -> float:
    """Return the points of an index of 100, by the rulebook; raises RobustnessInvalid where it states no value."""
    stated = rules.parameters.total_maximum
    if stated.value is None:
        raise RobustnessInvalid(
            "{name} is not a single value.",
            place="{rulebook}.toml",
            fix="Analyse under a complete rulebook, such as the newest one, as an estimate.",
            name="total_maximum",
            rulebook=rules.name,
        )
    return float(stated.value)


def draw_hierarchy_weights(
    hierarchy: Hierarchy, spread: float | Mapping[int, float], draws: int, random: np.random.Generator
) -> list[dict[str, float]]:
    """Perturbed weights of every node below the index, +-`spread` at each level (or by depth, 1 below the index)."""
    codes = [node.code for node in hierarchy.nodes if node.parent is not None]
    depths = [_depth(hierarchy, code) for code in codes]
    widths = np.array([spread if isinstance(spread, float | int) else spread.get(depth, 0.0) for depth in depths])
    base = np.array([hierarchy.by_code[code].weight for code in codes])
    drawn = base * (1 + widths * random.uniform(-1, 1, (draws, len(codes))))
    return [dict(zip(codes, row.tolist(), strict=True)) for row in drawn]


def weighted_scores(
    table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy, weights: Sequence[Mapping[str, float]]
) -> Values:
    """The arithmetic index under each set of node weights, draws x units, as one matrix product.

    Nested arithmetic means are linear, so each draw is one row of weights on the indicators. Raises RobustnessInvalid
    for missing cells, whose re-weighting is not linear.
    """
    values = table.select(hierarchy.indicators).values
    if np.isnan(values).any():
        unit, indicator = np.argwhere(np.isnan(values))[0]
        raise RobustnessInvalid(
            "{unit} has no value.",
            place="indicator {indicator}",
            fix="Impute or screen before weights are drawn.",
            unit=table.units[unit],
            indicator=hierarchy.indicators[indicator],
        )
    return np.asarray(nominal_weights(hierarchy, weights) @ values.T)


def nominal_weights(hierarchy: Hierarchy, weights: Sequence[Mapping[str, float]]) -> Values:
    """The weight of each indicator in the index under each set of node weights: draws x indicators, rows sum to 1."""
    count = len(weights)
    relative = {
        node.code: np.fromiter((drawn.get(node.code, node.weight) for drawn in weights), float, count)
        for node in hierarchy.nodes
    }
    reach = {hierarchy.root: np.ones(count)}
    for code in reversed(hierarchy.upwards):
        children = hierarchy.children[code]
        total = np.sum([relative[child] for child in children], axis=0)
        for child in children:
            reach[child] = reach[code] * relative[child] / total
    return np.column_stack([reach[name] for name in hierarchy.indicators])


def _depth(hierarchy: Hierarchy, code: str) -> int:
    parent = hierarchy.by_code[code].parent
    return 0 if parent is None else 1 + _depth(hierarchy, parent)


def _draw_shares(
    shares: Values, variables: Sequence[str], how: WeightPerturbation, draws: int, random: np.random.Generator
) -> Values:
    if how.kind == "dirichlet":
        drawn = random.standard_gamma(how.concentration * shares, (draws, len(shares)))
    else:
        names = list(dict.fromkeys(variables))
        place = [names.index(variable) for variable in variables]
        # One row of chance for each draw, so that draws do not depend on how many are made at once.
        chance = random.uniform(-1, 1, (draws, len(names) + len(shares)))
        together, alone = 1 + how.variable * chance[:, place], 1 + how.indicator * chance[:, len(names) :]
        drawn = shares * together * alone
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))
