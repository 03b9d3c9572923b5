"""Which uncertain factor moves scores and ranks most: Sobol indices, exact or estimated with bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import narwhals as nw
import numpy as np

from iga.composite.rounding_noise import without_rounding_noise
from iga.composite.table import EagerFrame, Values, polars_frame
from iga.errors import RobustnessInvalid
from iga.robustness.analysis import Robustness
from iga.robustness.claims import FEWEST_RANKED, Scores, claims_of
from iga.robustness.factor_report import active_factors
from iga.robustness.index_model import FACTOR_FIELDS, Realisation

Sample = TypeVar("Sample")
"""What a model is evaluated on: draws of all its factors."""
DRIVER_COLUMNS = ("measure", "is_applicable", "factor", "first", "total", "total_low", "total_high")


def sobol_by_enumeration(
    outputs: Scores, factors: Sequence[str], *, shares: Mapping[str, Values] | None = None
) -> EagerFrame:
    """First-order and total Sobol indices of discrete factors, exact: every combination has been computed.

    `outputs` has one axis per factor, in their order, and a last axis of outputs (such as the rank of each unit).
    `shares` gives the probability of each level of a factor; without it levels are equally likely. Variances are
    added over outputs, so an index is the share of the whole variance. Columns: factor, levels, first, total. Raises
    RobustnessInvalid when axes and factors do not fit, or nothing varies.

    First: Var(E[Y | X]) / Var(Y); total: E[Var(Y | all but X)] / Var(Y) (Saltelli et al., Global Sensitivity Analysis).
    """
    if outputs.ndim != len(factors) + 1:
        raise RobustnessInvalid(
            "{axes} axes do not fit {factors} factors.",
            place="outputs",
            fix="One axis per factor.",
            axes=outputs.ndim - 1,
            factors=len(factors),
        )
    weights = [_level_shares(name, outputs.shape[axis], shares) for axis, name in enumerate(factors)]
    values = _clean(outputs)
    mean = _mean_over(values, weights, range(len(factors)))
    variance = float(_mean_over((values - mean) ** 2, weights, range(len(factors))).sum())
    if variance <= 0:
        raise RobustnessInvalid("no factor changes anything.", place="outputs", fix="Check that factors are applied.")
    first, total = [], []
    for axis in range(len(factors)):
        others = [other for other in range(len(factors)) if other != axis]
        given = _mean_over(values, weights, others)
        first.append(float(_mean_over((given - mean) ** 2, weights, [axis]).sum()) / variance)
        spread = (values - _mean_over(values, weights, [axis])) ** 2
        total.append(float(_mean_over(spread, weights, range(len(factors))).sum()) / variance)
    return polars_frame(
        {"factor": list(factors), "levels": list(outputs.shape[:-1]), "first": first, "total": total},
    )


def sobol_by_sampling(
    evaluate: Callable[[Sample], Scores],
    a: Sample,
    b: Sample,
    exchange: Mapping[str, Callable[[Sample, Sample], Sample]],
    *,
    seed: int,
    bootstrap: int = 200,
) -> EagerFrame:
    """First-order and total Sobol indices from two independent samples, with bootstrap intervals over whole rows.

    `evaluate` maps a sample to outputs (rows x outputs); `exchange[factor](a, b)` is sample `a` with that factor taken
    from `b`. The first-order estimator is centred, which keeps its error small when the mean is far from zero. Columns:
    factor, first, first_low, first_high, total, total_low, total_high (5-95 % bootstrap). Raises RobustnessInvalid when
    nothing varies.

    First: mean((f(B) - m) (f(AB_i) - f(A))) / V (Saltelli et al. 2010, table 2 b, centred); total: mean((f(A) -
    f(AB_i))^2) / 2V (Jansen 1999).
    """
    every = [evaluate(a), evaluate(b), *(evaluate(mix(a, b)) for mix in exchange.values())]
    of_a, of_b, *of_mixed_ones = np.split(_clean(np.concatenate(every)), len(every))
    mixed = dict(zip(exchange, of_mixed_ones, strict=True))
    both = np.concatenate([of_a, of_b])
    if both.var(axis=0).sum() <= 0:
        raise RobustnessInvalid("no factor changes anything.", place="outputs", fix="Check that factors are applied.")
    random = np.random.default_rng(seed)
    count = len(of_a)
    samples = [np.arange(count), *(random.integers(0, count, count) for _ in range(bootstrap))]
    names = ("first", "first_low", "first_high", "total", "total_low", "total_high")
    rows: dict[str, list[float]] = {name: [] for name in names}
    centre = both.mean(axis=0)
    for of_mixed in mixed.values():
        # Sums over outputs first: a bootstrap then draws whole rows of one number each.
        first = ((of_b - centre) * (of_mixed - of_a)).sum(axis=1)
        total = ((of_a - of_mixed) ** 2).sum(axis=1) / 2
        spread = (((of_a - centre) ** 2).sum(axis=1) + ((of_b - centre) ** 2).sum(axis=1)) / 2
        drawn = np.array([(first[s].mean() / spread[s].mean(), total[s].mean() / spread[s].mean()) for s in samples])
        for place, name in enumerate(("first", "total")):
            rows[name].append(float(drawn[0, place]))
            rows[f"{name}_low"].append(float(np.quantile(drawn[1:, place], 0.05)))
            rows[f"{name}_high"].append(float(np.quantile(drawn[1:, place], 0.95)))
    return polars_frame({"factor": list(mixed), **rows})


def sobol_of_robustness(robustness: Robustness, *, measure: str = "rank", samples: int = 1000, seed: int) -> EagerFrame:
    """Return which factor of a robustness analysis moves the `rank` of all units most, or the index (`iid`).

    A claim about an order falls with the ranks, so these are asked for unless the index is. When only rule switches are
    uncertain all their combinations are computed and the indices are exact (columns as in `sobol_by_enumeration`);
    otherwise they are estimated (as in `sobol_by_sampling`), the switches taken together as `rules`. Raises
    RobustnessInvalid for another measure, for ranks where no unit is ranked among others, and where nothing varies.
    """
    if measure not in ("iid", "rank"):
        raise RobustnessInvalid(
            "there is no such measure.", place="measure {measure}", fix="Known: iid, rank.", measure=measure
        )
    model, groups = robustness.model, robustness.claims.groups
    if measure == "rank" and robustness.claims.group_sizes.max() < FEWEST_RANKED:
        raise RobustnessInvalid(
            "no unit is ranked among others.",
            place="measure rank",
            fix="Analyse at least {least} units of a group, or ask for the index.",
            least=FEWEST_RANKED,
        )

    def evaluate(drawn: Realisation) -> Scores:
        scores = model.evaluate(drawn)
        return scores if measure == "iid" else claims_of(scores, model.profiles.units, [groups.tolist()]).ranks

    rules, active = list(model.uncertainty.rules), active_factors(model)
    if rules and not active:
        every = replace(model.baseline(len(model.settings)), setting=np.arange(len(model.settings)))
        shape = [len(levels) for levels in model.uncertainty.rules.values()]
        return sobol_by_enumeration(evaluate(every).reshape(*shape, -1), rules)
    random = np.random.default_rng(seed)
    a, b = model.draw(samples, random), model.draw(samples, random)
    names = [name for name in FACTOR_FIELDS if name in active or (name == "rules" and rules)]

    def exchange(fields: Sequence[str]) -> Callable[[Realisation, Realisation], Realisation]:
        return lambda one, other: replace(one, **{name: getattr(other, name) for name in fields})

    return sobol_by_sampling(evaluate, a, b, {name: exchange(FACTOR_FIELDS[name]) for name in names}, seed=seed)


def drivers_of(robustness: Robustness, *, samples: int = 1000, seed: int) -> EagerFrame:
    """Return the drivers of the ranks and, beside them, those of the index: one row per measure and factor.

    Columns: measure (`rank`, `iid`), is_applicable (False where units are not ranked, or nothing moves the measure:
    factor and shares are then null), factor, first, total, total_low, total_high (the latter two equal total where
    indices are exact).
    """
    rows: dict[str, list[Hashable]] = {name: [] for name in DRIVER_COLUMNS}
    for measure in ("rank", "iid"):
        try:
            found = nw.from_native(
                sobol_of_robustness(robustness, measure=measure, samples=samples, seed=seed), eager_only=True
            )
        except RobustnessInvalid:
            for name, value in zip(DRIVER_COLUMNS, (measure, False, *[None] * 5), strict=True):
                rows[name].append(value)
            continue
        for row in found.iter_rows(named=True):
            ends = (row.get("total_low", row["total"]), row.get("total_high", row["total"]))
            figures = (measure, True, row["factor"], row["first"], row["total"], *ends)
            for name, value in zip(DRIVER_COLUMNS, figures, strict=True):
                rows[name].append(value)
    return polars_frame(rows)


def _clean(outputs: Scores) -> Values:
    """The outputs (last axis), each without the rounding noise between its values."""
    rows = outputs.reshape(-1, outputs.shape[-1]).T
    return np.asarray(without_rounding_noise(rows).T.reshape(outputs.shape), dtype=float)


def _level_shares(name: str, count: int, shares: Mapping[str, Values] | None) -> Values:
    given = np.full(count, 1 / count) if shares is None or name not in shares else np.asarray(shares[name], float)
    if len(given) != count or given.min() < 0 or given.sum() <= 0:
        raise RobustnessInvalid(
            "its {shares} shares do not fit {count} levels.",
            place="factor {name}",
            fix="One share per level.",
            shares=len(given),
            count=count,
            name=name,
        )
    return np.asarray(given / given.sum())


def _mean_over(values: Values, weights: Sequence[Values], axes: Iterable[int]) -> Values:
    """The weighted mean over axes, which stay with length 1."""
    for axis in axes:
        shape = [1] * values.ndim
        shape[axis] = -1
        size = values.shape[axis]
        values = (values * weights[axis].reshape(shape)).sum(axis=axis, keepdims=True) if size > 1 else values
    return values
