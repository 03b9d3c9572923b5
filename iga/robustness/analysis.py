"""Runs the index through many draws of weights, rules, levels and gaps at once, and reports what each factor did."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from iga.composite.table import EagerFrame, Values, polars_frame
from iga.errors import RobustnessInvalid
from iga.robustness.claims import RankClaims, claims_of
from iga.robustness.profile import RegionProfiles, RuleSums
from iga.robustness.weights import WeightPerturbation, base_weights, draw_index_weights, maximum_of
from iga.rulebook import Assumptions, Rulebook, load_rulebook

RuleLevel = bool | int | str | tuple[str, ...]
"""A value of a switch, or the name of a rulebook, that is tested."""

MOST_SETTINGS = 256
PROBE_DRAWS = 200
"""Draws in which one factor alone moves, to prove that it does."""
_BLOCK_CELLS = 3_000_000
"""Cells of one block of draws: large enough for matrix products to pay, small enough to stay far below 1 GiB."""


@dataclass(frozen=True)
class IndexUncertainty:
    """What is uncertain. None, an empty mapping or 0 leaves a factor at its given value.

    `weights`: how far indicator weights may lie. `rules`: levels of each switch, by the name of an assumption, or
    `rulebook` with names of rulebooks; every combination is equally likely. `level_error`: the probability that an
    answered level is one too high or too low (half each). `is_missing_drawn`: unanswered levels, an absent SPD and
    unknown affairs are drawn from all that they may be, evenly; otherwise they stay at their lower bound.
    Innovations in quarantine come with the profiles at their lower end, and are not drawn.
    """

    weights: WeightPerturbation | None = field(default_factory=WeightPerturbation)
    rules: Mapping[str, Sequence[RuleLevel]] = field(default_factory=dict)
    level_error: float = 0.0
    is_missing_drawn: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.level_error <= 0.5:
            raise RobustnessInvalid(
                "{value} is not between 0 and 0.5.",
                place="level_error",
                fix="Write 0.05 for 1 in 20.",
                value=self.level_error,
            )
        for name, levels in self.rules.items():
            if not levels:
                raise RobustnessInvalid(
                    "it has no levels.", place="rule {name}", fix="Name the levels to test.", name=name
                )


@dataclass(frozen=True)
class Realisation:
    """The draws of every factor; fields of two realisations can be exchanged, as the Sobol estimators do."""

    setting: NDArray[np.int64]
    sid_weights: Values
    spd_weights: Values
    sid_error: NDArray[np.int16] | None
    spd_error: NDArray[np.int16] | None
    sid_gap: NDArray[np.int32] | None
    spd_gap: Values | None
    spd_total: Values | None
    has_services: NDArray[np.bool_] | None


FACTOR_FIELDS = {
    "weights": ("sid_weights", "spd_weights"),
    "rules": ("setting",),
    "level_error": ("sid_error", "spd_error"),
    "missing": ("sid_gap", "spd_gap", "spd_total", "has_services"),
}
"""The factors of an analysis and what they draw."""


class IndexModel:
    """The index of all units as a function of a realisation; made once, evaluated for any number of draws."""

    def __init__(self, profiles: RegionProfiles, uncertainty: IndexUncertainty) -> None:
        """Raises RobustnessInvalid for unknown rules, too many settings, or incomplete rulebooks."""
        self.profiles, self.uncertainty = profiles, uncertainty
        self.settings = _settings(profiles, uncertainty)
        self.sums = [profiles.sums(*setting[1:]) for setting in self.settings]
        first = self.sums[0]
        self.tops = np.array([group.top_level for group in profiles.sid_groups])
        self.spd_tops = np.array([group.top_level for group in profiles.rulebook.spd_groups])
        self.sid_base = base_weights(profiles.sid_groups)
        self.spd_base = base_weights(profiles.rulebook.spd_groups)
        self.has_gaps = uncertainty.is_missing_drawn and bool(first.unanswered.any())
        is_alike = all(np.array_equal(first.at_level, other.at_level) for other in self.sums)
        if not is_alike and (self.has_gaps or uncertainty.level_error):
            raise RobustnessInvalid(
                "it changes which innovations are scored, while their levels are drawn too.",
                place="rule stages_scored",
                fix="Vary the stages in an analysis of their own, without level errors and missing levels.",
            )

    def draw(self, draws: int, random: np.random.Generator) -> Realisation:
        """That many draws of every factor."""
        how, units = self.uncertainty, self.profiles.count
        rules = self.profiles.rulebook
        setting = random.integers(0, len(self.settings), draws)
        if how.weights is None:
            sid, spd = np.tile(self.sid_base, (draws, 1)), np.tile(self.spd_base, (draws, 1))
        else:
            sid = draw_index_weights(rules.sid_groups, maximum_of(rules, "maturity"), how.weights, draws, random)
            spd = draw_index_weights(rules.spd_groups, maximum_of(rules, "spd"), how.weights, draws, random)
        is_drawn = how.is_missing_drawn
        has_unknown_affairs = any(not np.array_equal(sums.count_low, sums.count_high) for sums in self.sums)
        return Realisation(
            setting,
            sid,
            spd,
            _sid_errors(self.sums[0], self.tops, how.level_error, draws, random) if how.level_error else None,
            self._spd_errors(draws, random) if how.level_error else None,
            _gaps(self.sums[0], self.tops, draws, random) if self.has_gaps else None,
            self._spd_gaps(draws, random) if is_drawn else None,
            self._spd_totals(draws, random),
            random.random((draws, units)) < 0.5 if is_drawn and has_unknown_affairs else None,
        )

    def block(self, draws: int) -> int:
        """How many draws are made at once; level errors and gaps need room for every indicator."""
        is_deep = self.has_gaps or self.uncertainty.level_error > 0
        cells = self.profiles.count * (len(self.tops) if is_deep else 1)
        return max(1, min(draws, _BLOCK_CELLS // max(1, cells)))

    def baseline(self, draws: int = 1) -> Realisation:
        """No factor moved: the first setting, the rulebook's weights, unknowns at their lower bound."""
        low = self.profiles.spd_low
        return Realisation(
            setting=np.zeros(draws, dtype=np.int64),
            sid_weights=np.tile(self.sid_base, (draws, 1)),
            spd_weights=np.tile(self.spd_base, (draws, 1)),
            sid_error=None,
            spd_error=None,
            sid_gap=None,
            spd_gap=None,
            spd_total=None if np.isnan(low).all() else np.tile(np.nan_to_num(low), (draws, 1)),
            has_services=None,
        )

    def evaluate(self, drawn: Realisation) -> NDArray[np.int16]:
        """The index in hundredths, rounded half-up as the rulebook does: draws x units."""
        scores = np.empty((len(drawn.setting), self.profiles.count), dtype=np.int16)
        spd = self._spd(drawn)
        for place, sums in enumerate(self.sums):
            is_chosen = drawn.setting == place
            # A slice is a view: one setting for all draws needs no copies.
            chosen: slice | NDArray[np.intp] = slice(None) if is_chosen.all() else np.flatnonzero(is_chosen)
            if is_chosen.any():
                scores[chosen] = self._index(sums, drawn, chosen, spd[chosen])
        return scores

    def _index(
        self, sums: RuleSums, drawn: Realisation, chosen: slice | NDArray[np.intp], spd: Values
    ) -> NDArray[np.int16]:
        levels = sums.at_level @ np.arange(sums.at_level.shape[2], dtype=float)
        weights = drawn.sid_weights[chosen]
        total = weights @ levels.T
        for moved in (drawn.sid_error, drawn.sid_gap):
            if moved is not None:
                total += np.einsum("dg,dug->du", weights, moved[chosen], optimize=True)
        total += sums.stated
        total /= sums.divisor
        total += spd
        if drawn.has_services is None:
            total += sums.count_low
        else:
            total += np.where(drawn.has_services[chosen], sums.count_high, sums.count_low)
        total *= 10000 / sums.total_maximum
        # Half-up in hundredths; the smallest amount keeps a true half from falling by a float's last digit.
        total += 0.5 + 1e-9
        return np.asarray(np.floor(total, out=total), dtype=np.int16)

    def _spd(self, drawn: Realisation) -> Values:
        levels = np.nan_to_num(self.profiles.spd_levels)
        points = drawn.spd_weights @ levels.T
        if drawn.spd_error is not None:
            points += np.einsum("dl,dul->du", drawn.spd_weights, drawn.spd_error)
        if drawn.spd_gap is not None:
            points += np.einsum("dl,dul->du", drawn.spd_weights, drawn.spd_gap)
        if drawn.spd_total is None:
            return np.asarray(points)
        return np.where(np.isnan(self.profiles.spd_low), points, drawn.spd_total)

    def _spd_totals(self, draws: int, random: np.random.Generator) -> Values | None:
        low, high = self.profiles.spd_low, self.profiles.spd_high
        if np.isnan(low).all():
            return None
        is_drawn = self.uncertainty.is_missing_drawn and bool((low < high).any())
        share = random.random((draws, len(low))) if is_drawn else np.zeros((draws, 1))
        return np.nan_to_num(low) + share * np.nan_to_num(high - low)

    def _spd_errors(self, draws: int, random: np.random.Generator) -> NDArray[np.int16]:
        levels = self.profiles.spd_levels
        chance = random.random((draws, *levels.shape))
        half = self.uncertainty.level_error / 2
        up = (chance < half) & (levels < self.spd_tops)
        down = (chance > 1 - half) & (levels > 0)
        return up.astype(np.int16) - down.astype(np.int16)

    def _spd_gaps(self, draws: int, random: np.random.Generator) -> Values | None:
        is_gap = np.isnan(self.profiles.spd_levels) & np.isnan(self.profiles.spd_low)[:, None]
        if not is_gap.any():
            return None
        return random.integers(0, self.spd_tops + 1, (draws, *is_gap.shape)).astype(float) * is_gap


@dataclass(frozen=True)
class Robustness:
    """An analysis: its claims, the model that it drew from, and what the index is when nothing is moved."""

    model: IndexModel
    claims: RankClaims
    baseline: RankClaims
    factors: EagerFrame
    seed: int

    def predicates(self) -> EagerFrame:
        """The probability of each predicate: the units' columns, band (predicate code), probability, error."""
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
) -> Robustness:
    """The index of every unit in `draws` draws in which all factors move at once, and the claims that follow.

    `within` names columns of the units that keep rankings apart: ("edition",) ranks each edition, () the whole panel of
    city x edition, ("edition", "region_type") within a cluster. Scores are indices in hundredths. The same seed gives
    the same draws. Raises RobustnessInvalid for unknown columns or rules, and fewer than 100 draws.
    """
    if draws < 100:
        raise RobustnessInvalid(
            "{draws} are too few.", place="draws", fix="Draw at least 100, better 10,000.", draws=draws
        )
    unknown = [name for name in within if name not in profiles.units]
    if unknown:
        raise RobustnessInvalid(
            "units have no such column.",
            place="within {name}",
            fix="Known: {known}; add others with `labels`.",
            name=unknown[0],
            known=", ".join(profiles.units),
        )
    model = IndexModel(profiles, uncertainty or IndexUncertainty())
    apart = [profiles.units[name] for name in within]
    block = model.block(draws)
    scores = np.empty((draws, profiles.count), dtype=np.int16)
    settings = np.empty(draws, dtype=np.int64)
    starts = range(0, draws, block)
    sources = np.random.default_rng(seed).spawn(len(starts))
    for start, random in zip(starts, sources, strict=True):
        drawn = model.draw(min(block, draws - start), random)
        scores[start : start + block] = model.evaluate(drawn)
        settings[start : start + block] = drawn.setting
    baseline = claims_of(model.evaluate(model.baseline()), profiles.units, apart)
    claims = claims_of(scores, profiles.units, apart)
    return Robustness(model, claims, baseline, _factor_report(model, settings, apart, seed), seed)


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


def _settings(
    profiles: RegionProfiles, uncertainty: IndexUncertainty
) -> list[tuple[dict[str, RuleLevel], Rulebook, Assumptions]]:
    """Every combination of rule levels, as (levels, rulebook, assumptions); the first holds the first levels."""
    names = list(uncertainty.rules)
    found = []
    combinations = list(product(*uncertainty.rules.values()))
    if len(combinations) > MOST_SETTINGS:
        raise RobustnessInvalid(
            "they make {count} combinations.",
            place="rules",
            fix="Test fewer switches at once, at most {most} combinations.",
            count=len(combinations),
            most=MOST_SETTINGS,
        )
    for levels in combinations:
        chosen = dict(zip(names, levels, strict=True))
        rulebook = load_rulebook(str(chosen["rulebook"])) if "rulebook" in chosen else profiles.rulebook
        changes = {name: level for name, level in chosen.items() if name != "rulebook"}
        found.append((chosen, rulebook, rulebook.assume(**changes)))
    return found


def _sid_errors(
    sums: RuleSums, tops: NDArray[np.int64], error: float, draws: int, random: np.random.Generator
) -> NDArray[np.int16]:
    """How far the sum of levels moves: binomial counts of innovations misjudged up and down at each level.

    None rises above the top level of its own indicator.
    """
    half = error / 2
    moved = np.zeros((draws, *sums.at_level.shape[:2]), dtype=np.int16)
    for level in range(sums.at_level.shape[2]):
        counts = np.broadcast_to(sums.at_level[:, :, level], moved.shape)
        if not counts.any():
            continue
        up = random.binomial(counts, np.where(level < tops, half, 0.0))
        down = random.binomial(counts - up, half / (1 - half) if level > 0 else 0.0)
        moved += (up - down).astype(np.int16)
    return moved


def _gaps(sums: RuleSums, tops: NDArray[np.int64], draws: int, random: np.random.Generator) -> NDArray[np.int32]:
    """The sum of levels that unanswered innovations may have: each level equally likely for each of them."""
    found = np.zeros((draws, *sums.unanswered.shape), dtype=np.int32)
    for unit, group in np.argwhere(sums.unanswered > 0):
        levels = tops[group] + 1
        counts = random.multinomial(sums.unanswered[unit, group], np.full(levels, 1 / levels), draws)
        found[:, unit, group] = counts @ np.arange(levels)
    return found


def _factor_report(
    model: IndexModel, settings: NDArray[np.int64], apart: Sequence[Sequence[Hashable]], seed: int
) -> EagerFrame:
    """Per factor and level: share of the draws, and what it changes when it alone moves.

    Columns: factor, level, share, mean_change and max_change (index points, against the baseline), rank_change_share
    (share of unit ranks that differ), has_changed.
    """
    still = model.evaluate(model.baseline())
    still_ranks = claims_of(still, model.profiles.units, apart).ranks
    moving = model.draw(PROBE_DRAWS, np.random.default_rng(seed))
    resting = model.baseline(PROBE_DRAWS)
    probes: list[tuple[str, str, float, NDArray[np.int16]]] = []
    how = model.uncertainty
    for factor, is_active, told in (
        ("weights", how.weights is not None, _told_weights(how.weights)),
        ("level_error", how.level_error > 0, f"{how.level_error:g}"),
        ("missing", _has_unknowns(model), "drawn" if how.is_missing_drawn else "lower bound"),
    ):
        if is_active:
            changed = {name: getattr(moving, name) for name in FACTOR_FIELDS[factor]}
            probes.append((factor, told, 1.0, model.evaluate(replace(resting, **changed))))
    for name, levels in how.rules.items():
        for level in levels:
            place = next(
                place
                for place, (chosen, *_) in enumerate(model.settings)
                if chosen == {**model.settings[0][0], name: level}
            )
            share = float(np.mean([model.settings[found][0][name] == level for found in settings]))
            alone = replace(model.baseline(), setting=np.array([place]))
            probes.append((name, str(level), share, model.evaluate(alone)))
    rows: dict[str, list[Hashable]] = {
        name: []
        for name in ("factor", "level", "share", "mean_change", "max_change", "rank_change_share", "has_changed")
    }
    for factor, level, share, scores in probes:
        change = np.abs(scores.astype(np.int32) - still) / 100
        ranks = claims_of(scores, model.profiles.units, apart).ranks
        figures = (factor, level, share, change.mean(), change.max(), (ranks != still_ranks).mean(), bool(change.any()))
        for name, figure in zip(rows, figures, strict=True):
            rows[name].append(figure if isinstance(figure, str | bool) else float(figure))
    return polars_frame(rows)


def _told_weights(weights: WeightPerturbation | None) -> str:
    if weights is None:
        return ""
    if weights.kind == "dirichlet":
        return f"dirichlet {weights.concentration:g}"
    return f"+-{weights.indicator:.0%}" + (f", variable +-{weights.variable:.0%}" if weights.variable else "")


def _has_unknowns(model: IndexModel) -> bool:
    sums, profiles = model.sums[0], model.profiles
    spd = bool((np.isnan(profiles.spd_levels).any(axis=1) & ~(profiles.spd_low == profiles.spd_high)).any())
    return spd or bool(sums.unanswered.any()) or not np.array_equal(sums.count_low, sums.count_high)
