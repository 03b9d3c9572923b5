"""The index of all units as a function of what is drawn: weights, rules, errors of three kinds, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from iga.composite.table import Values
from iga.errors import RobustnessInvalid
from iga.robustness.missing_levels import share_of_range, unknown_points
from iga.robustness.profile import RegionProfiles, RuleSums, index_as_it_stands
from iga.robustness.uncertainty import IndexUncertainty, RuleLevel
from iga.robustness.weights import base_weights, draw_index_weights, maximum_of
from iga.rulebook import Assumptions, Rulebook, load_rulebook

MOST_SETTINGS = 256
Setting = tuple[dict[str, RuleLevel], Rulebook, Assumptions]
"""Levels of the rules that are tested, and what they make: rulebook and assumptions."""


@dataclass(frozen=True)
class Realisation:
    """The draws of every factor; fields of two realisations can be exchanged, as the Sobol estimators do.

    `setting`: which combination of rule levels; weights: draws x items. The others are standard normal, draws x units:
    what a city errs by as a whole, what the errors of its innovations and of its items come to, where the practice lies
    that its missing answers follow, and what they have of their own. None where nothing is drawn.
    """

    setting: NDArray[np.int64]
    sid_weights: Values
    spd_weights: Values
    city_error: Values | None
    innovation_error: Values | None
    item_error: Values | None
    practice: Values | None
    own: Values | None
    has_services: NDArray[np.bool_] | None


FACTOR_FIELDS = {
    "weights": ("sid_weights", "spd_weights"),
    "rules": ("setting",),
    "city_error": ("city_error",),
    "innovation_error": ("innovation_error",),
    "level_error": ("item_error",),
    "missing": ("practice", "own", "has_services"),
}
"""The factors of an analysis and what they draw."""
STREAMS = (
    "setting", "sid_weights", "spd_weights", "city_error", "innovation_error", "item_error", "practice", "own",
    "has_services",
)  # fmt: skip
Streams = Mapping[str, np.random.Generator]
"""A source of chance for each field, so that no factor moves the draws of another, nor does the size of a block."""


def streams_of(random: np.random.Generator) -> Streams:
    """Return a stream of its own for each field of a realisation."""
    return dict(zip(STREAMS, random.spawn(len(STREAMS)), strict=True))


class IndexModel:
    """The index of all units as a function of a realisation; made once, evaluated for any number of draws."""

    def __init__(self, profiles: RegionProfiles, uncertainty: IndexUncertainty) -> None:
        """Raises RobustnessInvalid for unknown rules, too many settings, or incomplete rulebooks."""
        self.profiles, self.uncertainty = profiles, uncertainty
        self.settings = settings_of(profiles, uncertainty.rules)
        self.sums = [profiles.sums(*setting[1:]) for setting in self.settings]
        self.tops = np.array([group.top_level for group in profiles.sid_groups])
        self.spd_tops = np.array([group.top_level for group in profiles.rulebook.spd_groups])
        self.sid_base = base_weights(profiles.sid_groups)
        self.spd_base = base_weights(profiles.rulebook.spd_groups)
        self.spd_gaps = (np.isnan(profiles.spd_levels) & np.isnan(profiles.spd_low)[:, None]).astype(np.int64)
        self.is_bounded = ~np.isnan(profiles.index_low)
        # Bounds of the index hold under the rulebook's own assumptions; other rules move a unit from there.
        own = profiles.rulebook
        self.stands = index_as_it_stands(profiles, profiles.sums(own, own.assumptions))

    @property
    def has_unknown_services(self) -> bool:
        """Whether affairs are unknown on which the count term depends."""
        return any(not np.array_equal(sums.count_low, sums.count_high) for sums in self.sums)

    @property
    def has_unknowns(self) -> bool:
        """Whether anything is missing that may be drawn."""
        profiles = self.profiles
        is_spd_open = bool((np.nan_to_num(profiles.spd_low) < np.nan_to_num(profiles.spd_high)).any())
        is_wide = bool((profiles.index_low < profiles.index_high).any())
        has_gaps = bool(self.spd_gaps.any()) or any(sums.unanswered.any() for sums in self.sums)
        return has_gaps or is_spd_open or is_wide or self.has_unknown_services

    def draw(self, draws: int, random: np.random.Generator | Streams) -> Realisation:
        """Return that many draws of every factor; streams go on where the last call left them."""
        how, rules = self.uncertainty, self.profiles.rulebook
        streams = streams_of(random) if isinstance(random, np.random.Generator) else random
        shape = draws, self.profiles.count
        weights = {}
        for name, groups, base, aspect in (
            ("sid_weights", rules.sid_groups, self.sid_base, "maturity"),
            ("spd_weights", rules.spd_groups, self.spd_base, "spd"),
        ):
            most = maximum_of(rules, aspect)  # type: ignore[arg-type]
            weights[name] = (
                np.tile(base, (draws, 1))
                if how.weights is None
                else draw_index_weights(groups, most, how.weights, draws, streams[name])
            )
        is_drawn = how.is_missing_drawn and self.has_unknowns
        return Realisation(
            streams["setting"].integers(0, len(self.settings), draws),
            **weights,
            city_error=streams["city_error"].standard_normal(shape) if how.city_error else None,
            innovation_error=streams["innovation_error"].standard_normal(shape) if how.innovation_error else None,
            item_error=streams["item_error"].standard_normal(shape) if how.level_error else None,
            practice=streams["practice"].standard_normal(shape) if is_drawn else None,
            own=streams["own"].standard_normal(shape) if is_drawn else None,
            has_services=(
                streams["has_services"].random(shape) < 0.5 if is_drawn and self.has_unknown_services else None
            ),
        )

    def baseline(self, draws: int = 1) -> Realisation:
        """Return no factor moved: the first setting, the rulebook's weights, unknowns at their lower bound."""
        return Realisation(
            np.zeros(draws, dtype=np.int64),
            np.tile(self.sid_base, (draws, 1)),
            np.tile(self.spd_base, (draws, 1)),
            *[None] * 6,
        )

    def evaluate(self, drawn: Realisation) -> NDArray[np.int16]:
        """Return the index in hundredths, rounded half-up as the rulebook does: draws x units."""
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
        weights = drawn.sid_weights[chosen]
        total = weights @ sums.levels.T
        if drawn.practice is not None and drawn.own is not None and sums.unanswered.any():
            total += self._gaps(sums, weights, drawn.practice[chosen], drawn.own[chosen])
        if drawn.innovation_error is not None:
            spread = self.uncertainty.innovation_error * np.sqrt(sums.scored)
            total += spread * drawn.innovation_error[chosen]
        total += sums.stated
        total /= sums.divisor
        total += spd
        if drawn.item_error is not None:
            total += self._item_errors(sums, weights, drawn.spd_weights[chosen], drawn.item_error[chosen])
        if drawn.has_services is None:
            total += sums.count_low
        else:
            total += np.where(drawn.has_services[chosen], sums.count_high, sums.count_low)
        total *= 100 / sums.total_maximum
        if self.is_bounded.any():
            total += self._shift(drawn, chosen)
        if drawn.city_error is not None:
            total += self.uncertainty.city_error * drawn.city_error[chosen]
        total *= 100
        # Half-up in hundredths; the smallest amount keeps a true half from falling by a float's last digit.
        total += 0.5 + 1e-9
        return np.asarray(np.floor(np.clip(total, 0, 10000.5, out=total), out=total), dtype=np.int16)

    def _shift(self, drawn: Realisation, chosen: slice | NDArray[np.intp]) -> Values:
        """What moves units that are known by bounds of their index from where they stand to within these bounds."""
        low, high = self.profiles.index_low, self.profiles.index_high
        shift = np.where(self.is_bounded, low - self.stands, 0.0)
        if drawn.practice is None:
            return shift
        share = share_of_range(drawn.practice[chosen], np.zeros(1), 1.0)
        return np.asarray(shift + share * np.where(self.is_bounded, high - low, 0.0))

    def _gaps(self, sums: RuleSums, weights: Values, practice: Values, own: Values) -> Values:
        """The points of unanswered items, within what they can be."""
        counts = np.where(self.is_bounded[:, None], 0, sums.unanswered)
        mean, variance = unknown_points(weights, counts, self.tops, practice, self.uncertainty.missing_dependence)
        most = (weights * self.tops) @ counts.T
        return np.asarray(np.clip(mean + np.sqrt(variance) * own, 0, most))

    def _item_errors(self, sums: RuleSums, weights: Values, spd_weights: Values, chance: Values) -> Values:
        """What single levels that are one too high or too low come to, in points of the total.

        Many small errors add up to a normal one of their mean and variance; it stays within what they can be.
        """
        half = self.uncertainty.level_error / 2
        spd = np.where(np.isnan(self.profiles.spd_low)[:, None], self.profiles.spd_levels, np.nan)
        up, down = sums.below_top, sums.above_bottom
        is_up, is_down = (spd < self.spd_tops).astype(float), (spd > 0).astype(float)
        inverse = 1 / sums.divisor
        mean = weights @ (half * (up - down)).T * inverse + spd_weights @ (half * (is_up - is_down)).T
        either, both = up + down - sums.between, sums.between
        variance = weights**2 @ (half * (1 - half) * (either - both) + 2 * half * both).T * inverse**2
        inside = is_up * is_down
        variance += spd_weights**2 @ (half * (1 - half) * (is_up + is_down - 2 * inside) + 2 * half * inside).T
        least = -(weights @ down.T * inverse + spd_weights @ is_down.T)
        most = weights @ up.T * inverse + spd_weights @ is_up.T
        return np.asarray(np.clip(mean + np.sqrt(variance) * chance, least, most))

    def _spd(self, drawn: Realisation) -> Values:
        profiles, dependence = self.profiles, self.uncertainty.missing_dependence
        points = drawn.spd_weights @ np.nan_to_num(profiles.spd_levels).T
        low, high = np.nan_to_num(profiles.spd_low), np.nan_to_num(profiles.spd_high)
        if drawn.practice is not None and drawn.own is not None:
            if self.spd_gaps.any():
                counts = np.where(self.is_bounded[:, None], 0, self.spd_gaps)
                mean, variance = unknown_points(drawn.spd_weights, counts, self.spd_tops, drawn.practice, dependence)
                most = (drawn.spd_weights * self.spd_tops) @ counts.T
                points += np.clip(mean + np.sqrt(variance) * drawn.own, 0, most)
            width = np.where(self.is_bounded, 0.0, high - low)
            if width.any():
                low = low + share_of_range(drawn.practice, drawn.own, dependence) * width
        return np.where(np.isnan(profiles.spd_low), points, low)


def settings_of(profiles: RegionProfiles, rules: Mapping[str, Sequence[RuleLevel]]) -> list[Setting]:
    """Return every combination of rule levels; the first holds the first levels.

    Raises RobustnessInvalid for more than `MOST_SETTINGS` combinations.
    """
    found: list[Setting] = []
    combinations = list(product(*rules.values()))
    if len(combinations) > MOST_SETTINGS:
        raise RobustnessInvalid(
            "they make {count} combinations.",
            place="rules",
            fix="Test fewer switches at once, at most {most} combinations.",
            count=len(combinations),
            most=MOST_SETTINGS,
        )
    for levels in combinations:
        chosen = dict(zip(rules, levels, strict=True))
        rulebook = load_rulebook(str(chosen["rulebook"])) if "rulebook" in chosen else profiles.rulebook
        changes = {name: level for name, level in chosen.items() if name != "rulebook"}
        found.append((chosen, rulebook, rulebook.assume(**changes)))
    return found
