"""Runs the index through many draws of weights, rules, errors and gaps at once, and gives the claims that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from iga.composite.table import EagerFrame, polars_frame
from iga.errors import RobustnessInvalid
from iga.robustness.claims import RankClaims, claims_of
from iga.robustness.draw_ranks import BLOCK_CELLS, blocks_of
from iga.robustness.factor_report import factor_report
from iga.robustness.index_model import IndexModel, streams_of
from iga.robustness.profile import RegionProfiles
from iga.robustness.uncertainty import IndexUncertainty
from iga.robustness.weights import maximum_of

FEWEST_DRAWS = 100
MEMORY_MIB = 1024
"""What an analysis may hold in memory, unless another bound is given."""
_BYTES_KEPT = 2 + 4 + 4
"""Of each draw of each unit: a score, its rank, and the ranks of the unit in order."""
_BYTES_WORKED = 12 * 8
"""Of each cell of a block: the draws of all factors and what they come to."""


@dataclass(frozen=True)
class Robustness:
    """An analysis: its claims, the model that it drew from, and what the index is when nothing is moved."""

    model: IndexModel
    claims: RankClaims
    baseline: RankClaims
    factors: EagerFrame
    seed: int
    within: tuple[str, ...] = ("edition",)

    def predicates(self) -> EagerFrame:
        """Return the probability of each predicate: the units' columns, band (predicate code), probability, error."""
        bands: dict[str, tuple[float, float]] = {
            band.code: (float(band.lower * 100), float(band.upper * 100))
            for band in self.model.profiles.rulebook.predicates
            if band.lower is not None and band.upper is not None
        }
        return self.claims.within(bands)


def analyse_robustness(
    profiles: RegionProfiles,
    uncertainty: IndexUncertainty | None = None,
    *,
    draws: int = 10_000,
    seed: int,
    within: Sequence[str] = ("edition",),
    memory_mib: int = MEMORY_MIB,
) -> Robustness:
    """Return the index of every unit in `draws` draws in which all factors move at once, and the claims that follow.

    `within` names columns of the units that keep rankings apart: ("edition",) ranks each edition, () the whole panel of
    city x edition, ("edition", "region_type") within a cluster. Scores are indices in hundredths. The same seed gives
    the same draws, whatever `memory_mib`, which bounds what is held at once. Raises RobustnessInvalid for unknown
    columns or rules, fewer than 100 draws, and more draws of more units than the memory holds.
    """
    unknown = [name for name in within if name not in profiles.units]
    if unknown:
        raise RobustnessInvalid(
            "units have no such column.",
            place="within {name}",
            fix="Known: {known}; add others with `labels`.",
            name=unknown[0],
            known=", ".join(profiles.units),
        )
    block = _block(draws, profiles.count, memory_mib)
    model = IndexModel(profiles, uncertainty or IndexUncertainty())
    claims = draw_claims(model, draws=draws, seed=seed, within=within, block=block)
    apart = [profiles.units[name] for name in within]
    baseline = claims_of(model.evaluate(model.baseline()), profiles.units, apart)
    report = factor_report(model, apart, seed)
    return Robustness(model, claims, baseline, report, seed, tuple(within))


def draw_claims(
    model: IndexModel, *, draws: int, seed: int, within: Sequence[str], block: int = BLOCK_CELLS
) -> RankClaims:
    """Return the claims of that many draws of a model, worked in blocks of so many cells."""
    count = model.profiles.count
    scores = np.empty((count, draws), dtype=np.int16).T
    streams = streams_of(np.random.default_rng(seed))
    for rows in blocks_of(draws, count, block):
        scores[rows] = model.evaluate(model.draw(rows.stop - rows.start, streams))
    return claims_of(scores, model.profiles.units, [model.profiles.units[name] for name in within])


def _block(draws: int, units: int, memory_mib: int) -> int:
    """The cells of a block that fit beside what is kept; raises RobustnessInvalid where too little is left."""
    if draws < FEWEST_DRAWS:
        raise RobustnessInvalid(
            "{draws} are too few.",
            place="draws",
            fix="Draw at least {least}, better 10,000.",
            draws=draws,
            least=FEWEST_DRAWS,
        )
    kept = draws * units * _BYTES_KEPT
    cells = (memory_mib * 2**20 - kept) // _BYTES_WORKED
    if cells < units:
        needed = (kept + units * _BYTES_WORKED) / 2**20
        raise RobustnessInvalid(
            "{draws} draws of {units} units need {needed:.0f} MiB, and {most} are allowed.",
            place="draws",
            fix="Draw fewer, or allow more with `memory_mib`.",
            draws=draws,
            units=units,
            needed=np.ceil(needed),
            most=memory_mib,
        )
    return int(min(BLOCK_CELLS, cells))


def leave_one_out(
    profiles: RegionProfiles, *, by: str = "indicator", within: Sequence[str] = ("edition",)
) -> EagerFrame:
    """The index without each indicator (or `variable`) of the innovations and the region, the maxima held.

    One row per unit and what is left out: the unit's columns, left_out, iid_x100, rank, rank_change (positive: worse).
    Unknown levels are at their lower bound. Raises RobustnessInvalid for another `by`.
    """
    if by not in ("indicator", "variable"):
        raise RobustnessInvalid(
            "nothing is left out that way.", place="by {by}", fix="Known: indicator, variable.", by=by
        )
    model = IndexModel(profiles, IndexUncertainty(weights=None, is_missing_drawn=False))
    rules = profiles.rulebook
    named = {group.number if by == "indicator" else group.members[0].variable for group in rules.groups}
    labels = sorted(named, key=str)
    drawn = model.baseline(len(labels) + 1)
    for aspect, groups, maximum in (
        ("sid_weights", rules.sid_groups, maximum_of(rules, "maturity")),
        ("spd_weights", rules.spd_groups, maximum_of(rules, "spd")),
    ):
        weights = getattr(drawn, aspect).copy()
        tops = np.array([group.top_level for group in groups])
        for place, label in enumerate(labels, start=1):
            gone = [label in (group.number, group.members[0].variable) for group in groups]
            if any(gone) and not all(gone):
                weights[place, gone] = 0.0
                weights[place] *= maximum / (weights[place] @ tops)
        drawn = replace(drawn, **{aspect: weights})
    scores = model.evaluate(drawn)
    ranks = claims_of(scores, profiles.units, [profiles.units[name] for name in within]).ranks
    unit = np.tile(np.arange(profiles.count), len(labels))
    return polars_frame(
        {
            **{name: [values[place] for place in unit] for name, values in profiles.units.items()},
            "left_out": [label for label in labels for _ in range(profiles.count)],
            "iid_x100": scores[1:].ravel(),
            "rank": ranks[1:].ravel(),
            "rank_change": (ranks[1:] - ranks[0]).ravel(),
        },
    )
