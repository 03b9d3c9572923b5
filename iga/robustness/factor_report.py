"""Proves of each uncertain factor that it moves something: what it changes when it alone moves."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from iga.composite.table import EagerFrame, polars_frame
from iga.robustness.claims import claims_of
from iga.robustness.draw_ranks import BLOCK_CELLS
from iga.robustness.index_model import FACTOR_FIELDS, IndexModel
from iga.robustness.uncertainty import IndexUncertainty
from iga.robustness.weights import WeightPerturbation

PROBE_DRAWS = 200
"""Draws in which one factor alone moves, to prove that it does; fewer where there are very many units."""
FEWEST_PROBES = 20
COLUMNS = ("factor", "level", "share", "mean_change", "max_change", "rank_change_share", "has_changed")


def factor_report(model: IndexModel, apart: Sequence[Sequence[Hashable]], seed: int) -> EagerFrame:
    """Return per factor and level the share of the draws, and what it changes when it alone moves.

    Columns: factor, level, share, mean_change and max_change (index points, against the baseline), rank_change_share
    (share of unit ranks that differ), has_changed.
    """
    still = model.evaluate(model.baseline())
    still_ranks = claims_of(still, model.profiles.units, apart).ranks
    rows: dict[str, list[Hashable]] = {name: [] for name in COLUMNS}
    for factor, level, share, scores in _probes(model, seed):
        change = np.abs(scores.astype(np.int32) - still) / 100
        ranks = claims_of(scores, model.profiles.units, apart).ranks
        figures = (factor, level, share, change.mean(), change.max(), (ranks != still_ranks).mean(), bool(change.any()))
        for name, figure in zip(rows, figures, strict=True):
            rows[name].append(figure if isinstance(figure, str | bool) else float(figure))
    return polars_frame(rows)


def active_factors(model: IndexModel) -> dict[str, str]:
    """Return the factors beside the rules that an analysis moves, and how each is told."""
    how = model.uncertainty
    told = {
        "weights": told_weights(how.weights) if how.weights is not None else None,
        "city_error": f"{how.city_error:g}" if how.city_error else None,
        "innovation_error": f"{how.innovation_error:g}" if how.innovation_error else None,
        "level_error": f"{how.level_error:g}" if how.level_error else None,
        "missing": _told_missing(how) if model.has_unknowns else None,
    }
    return {factor: level for factor, level in told.items() if level is not None}


def _probes(model: IndexModel, seed: int) -> Iterator[tuple[str, str, float, NDArray[np.int16]]]:
    """Factor, level, its share of the draws, and the index when it alone moves."""
    draws = int(np.clip(BLOCK_CELLS // model.profiles.count, FEWEST_PROBES, PROBE_DRAWS))
    moving, resting = model.draw(draws, np.random.default_rng(seed)), model.baseline(draws)
    for factor, told in active_factors(model).items():
        changed = {name: getattr(moving, name) for name in FACTOR_FIELDS[factor]}
        yield factor, told, 1.0, model.evaluate(replace(resting, **changed))
    first = model.settings[0][0]
    for name, levels in model.uncertainty.rules.items():
        for level in levels:
            alone = {**first, name: level}
            place = next(place for place, (chosen, *_) in enumerate(model.settings) if chosen == alone)
            scores = model.evaluate(replace(model.baseline(), setting=np.array([place])))
            yield name, str(level), levels.count(level) / len(levels), scores


def told_weights(weights: WeightPerturbation) -> str:
    """Return how far weights may lie, in a few signs."""
    if weights.kind == "dirichlet":
        return f"dirichlet {weights.concentration:g}"
    return f"+-{weights.indicator:.0%}" + (f", variable +-{weights.variable:.0%}" if weights.variable else "")


def _told_missing(how: IndexUncertainty) -> str:
    return "drawn" if how.is_missing_drawn else "lower bound"
