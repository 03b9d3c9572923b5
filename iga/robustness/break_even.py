"""How far each assumption of a claim may move before the claim falls: what an "A above B" rests on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from iga.composite.table import EagerFrame, Values, polars_frame
from iga.robustness.analysis import Robustness, draw_claims
from iga.robustness.claims import RankClaims
from iga.robustness.draw_ranks import blocks_of
from iga.robustness.index_model import IndexModel
from iga.robustness.uncertainty import IndexUncertainty, stated_errors

MOST_PAIRS = 1000
"""Up to this many pairs all are asked; of more units only neighbours in the ranking."""
_HALVINGS = 20


@dataclass(frozen=True)
class BreakEven:
    """What the claims of an analysis rest on; one row per claim and what is asked of it.

    Each pair is claimed in its likelier order. All frames begin with the first unit's columns and, as `other_`, the
    second's, and probability: that of the claim as assumed, ties not counted.

    - `limits`: threshold, assumption, assumed (its value in the analysis), holds_to (the greatest value, from the
      mildest on, at which the claim keeps the threshold; null where it does not even at the mildest), tested_to (the
      strongest value that was tried), is_open (it holds there too), stands (the claim keeps the threshold as assumed).
      City errors are found exactly, other assumptions at the steps of `error_model.toml`, each alone.
    - `by_city_error`: city_error (index points) and probability_then.
    - `by_rule`: rule, level and probability_then, where the rule is known to be at that level.
    """

    limits: EagerFrame
    by_city_error: EagerFrame
    by_rule: EagerFrame


def break_even(
    analysis: Robustness,
    *,
    pairs: Iterable[tuple[int, int]] | None = None,
    thresholds: Sequence[float] | None = None,
    city_errors: Sequence[float] | None = None,
) -> BreakEven:
    """Return how far each assumption of the claims of an analysis may move before they fall.

    `pairs` are positions of units; without them all pairs of a group, or neighbours where these are more than
    `MOST_PAIRS`. `thresholds` and `city_errors` are those of `stated_errors` unless given. A city error is taken as
    independent and normal in both cities of a pair, so a lead of d points holds with the probability of the standard
    normal distribution below d / (sqrt(2) x error). The same analysis gives the same figures.
    """
    stated = stated_errors()
    thresholds = stated.thresholds if thresholds is None else thresholds
    errors = stated.city_error_range if city_errors is None else city_errors
    how = analysis.model.uncertainty
    leads = _Leads(analysis, how, analysis.claims.draws)
    chosen = _pairs(analysis.claims) if pairs is None else np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    is_reverse = leads.probability(chosen[:, ::-1], how.city_error) > leads.probability(chosen, how.city_error)
    chosen = np.where(is_reverse[:, None], chosen[:, ::-1], chosen)
    claim = _Claims(analysis.claims.units, chosen, leads.probability(chosen, how.city_error))
    at_steps = dict(_at_steps(analysis, how, chosen))
    limits = [_city_limit(claim, leads, how.city_error, threshold) for threshold in thresholds]
    limits += [_limit(claim, name, *found, threshold) for name, found in at_steps.items() for threshold in thresholds]
    return BreakEven(
        claim.frame(limits, ("threshold", "assumption", "assumed", "holds_to", "tested_to", "is_open", "stands")),
        claim.frame(
            [{"city_error": error, "probability_then": leads.probability(chosen, error)} for error in errors],
            ("city_error", "probability_then"),
        ),
        claim.frame(list(_by_rule(analysis, how, chosen)), ("rule", "level", "probability_then")),
    )


@dataclass(frozen=True)
class _Claims:
    """Pairs in their likelier order, with the probability that is claimed."""

    units: Mapping[str, Sequence[Hashable]]
    pairs: NDArray[np.int64]
    probability: Values

    def frame(self, parts: Sequence[Mapping[str, object]], columns: Sequence[str]) -> EagerFrame:
        """Return one row per claim and part; what a part holds is a value for all claims, or one for each."""
        rows: dict[str, list[Hashable]] = {name: [] for name in self.units}
        rows |= {f"other_{name}": [] for name in self.units} | {"probability": []} | {name: [] for name in columns}
        for place, (first, second) in enumerate(self.pairs.tolist()):
            for part in parts:
                for name, values in self.units.items():
                    rows[name].append(values[first])
                    rows[f"other_{name}"].append(values[second])
                rows["probability"].append(float(self.probability[place]))
                for name in columns:
                    value = part[name]
                    rows[name].append(_plain(value[place] if isinstance(value, np.ndarray) else value))
        return polars_frame(rows)


def _plain(value: Hashable) -> Hashable:
    """A value of a frame: NaN is null."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value


class _Leads:
    """The scores in every draw of an uncertainty whose city error is left out, to be compared in pairs."""

    def __init__(self, analysis: Robustness, how: IndexUncertainty, draws: int) -> None:
        model = IndexModel(analysis.model.profiles, replace(how, city_error=0.0))
        self._by_unit = draw_claims(model, draws=draws, seed=analysis.seed, within=analysis.within).scores.T

    def probability(self, pairs: NDArray[np.int64], city_error: float | Values) -> Values:
        """Return the probability that the first is above once both cities err by as much; ties are none."""
        errors = np.broadcast_to(np.asarray(city_error, dtype=float), len(pairs))
        found = np.empty(len(pairs))
        for rows in blocks_of(len(pairs), self._by_unit.shape[1]):
            first, second = (self._by_unit[pairs[rows, place]].astype(np.int32) for place in (0, 1))
            leads, error = (first - second) / 100, errors[rows, None]
            with np.errstate(divide="ignore", invalid="ignore"):
                held = ndtr(leads / (np.sqrt(2) * error))
            found[rows] = np.where(error > 0, held, leads > 0).mean(axis=1)
        return found


def _pairs(claims: RankClaims) -> NDArray[np.int64]:
    first, second = np.nonzero((claims.groups[:, None] == claims.groups) & ~np.tri(claims.count, dtype=bool))
    if len(first) > MOST_PAIRS:
        return claims.neighbouring_pairs()
    return np.column_stack([first, second])


def _city_limit(claim: _Claims, leads: _Leads, assumed: float, threshold: float) -> dict[str, object]:
    """The greatest city error at which each claim keeps a threshold, by halving."""
    most, pairs = stated_errors().city_error_most, claim.pairs
    holds = leads.probability(pairs, 0.0) >= threshold
    is_open = holds & (leads.probability(pairs, most) >= threshold)
    low, high = np.zeros(len(pairs)), np.full(len(pairs), most)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_held = leads.probability(pairs, middle) >= threshold
        low, high = np.where(is_held, middle, low), np.where(is_held, high, middle)
    return {
        "threshold": threshold,
        "assumption": "city_error",
        "assumed": float(assumed),
        "holds_to": np.where(holds, np.where(is_open, most, low), np.nan),
        "tested_to": most,
        "is_open": is_open,
        "stands": claim.probability >= threshold,
    }


def _limit(
    claim: _Claims, name: str, assumed: float, steps: Sequence[float], probabilities: Values, threshold: float
) -> dict[str, object]:
    """The last step, from the mildest on, up to which each claim keeps a threshold; probabilities: claims x steps."""
    is_held = np.cumprod(probabilities >= threshold, axis=1).astype(bool)
    last = is_held.sum(axis=1) - 1
    return {
        "threshold": threshold,
        "assumption": name,
        "assumed": float(assumed),
        "holds_to": np.where(last >= 0, np.array(steps)[last], np.nan),
        "tested_to": steps[-1],
        "is_open": is_held[:, -1],
        "stands": claim.probability >= threshold,
    }


def _at_steps(
    analysis: Robustness, how: IndexUncertainty, pairs: NDArray[np.int64]
) -> Iterator[tuple[str, tuple[float, tuple[float, ...], Values]]]:
    """Each assumption that has steps: its assumed value, its steps, and the probabilities there (claims x steps)."""
    is_missing = how.is_missing_drawn and analysis.model.has_unknowns
    for name, steps in stated_errors().steps.items():
        if name == "weights":
            if how.weights is None or how.weights.kind != "percent":
                continue
            weights = how.weights
            moved = [replace(how, weights=replace(weights, indicator=step)) for step in steps]
            assumed = weights.indicator
        elif name == "missing_dependence" and not is_missing:
            continue
        else:
            moved = [replace(how, **{name: step}) for step in steps]  # type: ignore[arg-type]
            assumed = getattr(how, name)
        found = [_Leads(analysis, changed, _draws(analysis)).probability(pairs, how.city_error) for changed in moved]
        yield name, (assumed, steps, np.column_stack(found))


def _draws(analysis: Robustness) -> int:
    """How many draws an assumption that is moved gets: there are many to move."""
    return min(stated_errors().break_even_draws, analysis.claims.draws)


def _by_rule(analysis: Robustness, how: IndexUncertainty, pairs: NDArray[np.int64]) -> Iterator[dict[str, object]]:
    """The probability of each claim where one rule is known and the others are not."""
    for rule, levels in how.rules.items():
        for level in dict.fromkeys(levels):
            known = replace(how, rules={**how.rules, rule: (level,)})
            then = _Leads(analysis, known, _draws(analysis)).probability(pairs, how.city_error)
            yield {"rule": rule, "level": str(level), "probability_then": then}
