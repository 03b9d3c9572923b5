"""Explains why an index moved between two seasons: exact shares of the change (Shapley values), and why the rank moved.

Each cause is a player that is either as it was or as it is now. A cause's share is the mean of what it adds over all
orders in which the causes can change; the shares add up to the change exactly, because everything is a fraction and the
index is not rounded. Where an index is known as bounds only, the change of the lower end and that of the upper end are
explained, each exactly; neither is the change of the true index, which lies anywhere between the two.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import factorial, floor
from typing import Literal

from iga.errors import ScoreInvalid
from iga.index.exact import index_bounds
from iga.index.formula import hundredths
from iga.rulebook import Assumptions, Rulebook

PLAYERS = ("spd", "quality", "entries", "exits", "status", "affairs", "rulebook")
"""SPD answers; maturity of continuing innovations; innovations that came; that went; status and stage of continuing
ones; their affairs (basic-service rule); the rulebook with its assumptions and meaning of levels."""

Player = str
Bounds = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Entry:
    """One innovation in one season. `maturity` is in points by rulebook name; None where nothing is known."""

    innovation_id: str
    maturity: Mapping[str, Bounds | None]
    status: str | None = None
    stage: str | None = None
    main_affair_code: str | None = None
    cross_affair_codes: tuple[str, ...] = ()
    is_scored_unknown: bool = False
    """it stands only in quarantine, and its stage or status could not be read"""


@dataclass(frozen=True)
class Season:
    """One region in one edition: its SPD in points by rulebook name (None: missing), and its innovations."""

    edition: int
    spd: Mapping[str, Bounds | None]
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Rules:
    """A rulebook with the assumptions that it is read with."""

    rulebook: Rulebook
    assumptions: Assumptions

    @property
    def name(self) -> str:
        """The rulebook's name, under which a season keeps what it is worth."""
        return self.rulebook.name


@dataclass(frozen=True)
class Explanation:
    """The unrounded index before and after as (lower, upper), and the share of each player at both ends.

    `printed` are the same shares in hundredths, by largest remainder, so that they add up to the difference of the
    printed (rounded) indices. Ends are equal where the index is a single value.
    """

    before: Bounds
    after: Bounds
    lower: Mapping[Player, Fraction]
    upper: Mapping[Player, Fraction]

    @property
    def is_single(self) -> bool:
        """Both indices are known as single values."""
        return self.before[0] == self.before[1] and self.after[0] == self.after[1]

    @property
    def change(self) -> Bounds:
        """The least and the greatest change of the true index, unrounded."""
        return self.after[0] - self.before[1], self.after[1] - self.before[0]

    def printed(self, end: Literal["lower", "upper"]) -> dict[Player, int]:
        """The shares in hundredths at one end; their sum is the difference of the rounded indices."""
        place = 0 if end == "lower" else 1
        total = rounded_x100(self.after[place]) - rounded_x100(self.before[place])
        return largest_remainder(self.lower if place == 0 else self.upper, total)


def explain(before: Season, after: Season, rules_before: Rules, rules_after: Rules) -> Explanation | None:
    """Why the index of a region moved from one season to the next; None if one of the two has no index.

    Innovations are the same where `innovation_id` is. Both seasons must say what they are worth under both rulebooks
    (`Entry.maturity`, `Season.spd`). Raises ScoreInvalid if a season does not, or holds an innovation twice.

    Source of the method: Shapley (1953), A Value for n-Person Games; the index by the rulebooks' formula.
    """
    for season in (before, after):
        _check(season, (rules_before.name, rules_after.name))
    game = _Game(before, after, rules_before, rules_after)
    value = cache(game.value)
    start, end = value(frozenset()), value(frozenset(PLAYERS))
    if start is None or end is None or any(value(each) is None for each in _coalitions(PLAYERS)):
        return None
    shares = [
        shapley(PLAYERS, lambda players, place=place: (value(players) or start)[place])  # type: ignore[misc]
        for place in (0, 1)
    ]
    return Explanation(start, end, shares[0], shares[1])


def shapley(players: Sequence[Player], value: Callable[[frozenset[Player]], Fraction | int]) -> dict[Player, Fraction]:
    """The Shapley value of each player, exact; they add up to the value of all players less that of none."""
    count = len(players)
    shares = {}
    for player in players:
        others = [other for other in players if other != player]
        share = Fraction(0)
        for size in range(count):
            weight = Fraction(factorial(size) * factorial(count - size - 1), factorial(count))
            for chosen in combinations(others, size):
                joined = frozenset(chosen)
                share += weight * (value(joined | {player}) - value(joined))
        shares[player] = share
    return shares


def largest_remainder(parts: Mapping[Player, Fraction], total: int) -> dict[Player, int]:
    """Whole hundredths for parts (in whole points) that add up to `total`; a part of exactly 0 stays 0.

    Each part is cut down to a hundredth, and what is missing goes to the largest remainders (ties: first named).
    """
    cut = {player: floor(part * 100) for player, part in parts.items()}
    missing = total - sum(cut.values())
    open_parts = [player for player, part in parts.items() if part] or list(parts)
    remainders = {player: parts[player] * 100 - cut[player] for player in open_parts}
    first = sorted(open_parts, key=lambda player: (-remainders[player], open_parts.index(player)))
    order = first if missing >= 0 else first[::-1]
    for step in range(abs(missing)):
        cut[order[step % len(order)]] += 1 if missing > 0 else -1
    return cut


def rounded_x100(index: Fraction) -> int:
    """An index as whole hundredths, half-up."""
    return hundredths(index)


@dataclass(frozen=True)
class RankMove:
    """A region's place before and after as (best, worst), and what its own change and that of the others did to it.

    `own` and `others` are places lost (positive) or won (negative), at the best and at the worst place; they add up
    to the move of that end. `passed` and `passed_by` are regions that surely changed sides.
    """

    before: tuple[int, int]
    after: tuple[int, int]
    own: Bounds
    others: Bounds
    passed: tuple[str, ...]
    passed_by: tuple[str, ...]


def explain_rank(
    before: Mapping[str, tuple[int, int]],
    after: Mapping[str, tuple[int, int]],
    region_code: str,
    *,
    ties: Literal["min", "max"] = "min",
) -> RankMove | None:
    """Why a region's place moved among the regions that both seasons rank; None if it is not ranked in both.

    `before` and `after` are the rounded indices of regions as (lower, upper) in hundredths; equal ones share the best
    place (min) or the worst (max). Two players: the region's own index, and those of all others.
    """
    both = sorted(set(before) & set(after))
    if region_code not in both:
        return None
    others = [code for code in both if code != region_code]

    def place(changed: frozenset[Player]) -> tuple[int, int]:
        own = (after if "own" in changed else before)[region_code]
        rest = after if "others" in changed else before
        return rank_range(own, [rest[code] for code in others], ties)

    shares = [shapley(("own", "others"), lambda changed, end=end: place(changed)[end]) for end in (0, 1)]  # type: ignore[misc]
    return RankMove(
        place(frozenset()),
        place(frozenset(("own", "others"))),
        (shares[0]["own"], shares[1]["own"]),
        (shares[0]["others"], shares[1]["others"]),
        tuple(code for code in others if _above(before, code, region_code) and _above(after, region_code, code)),
        tuple(code for code in others if _above(before, region_code, code) and _above(after, code, region_code)),
    )


def rank_range(own: tuple[int, int], others: Iterable[tuple[int, int]], ties: Literal["min", "max"]) -> tuple[int, int]:
    """The best and the worst place of an index among others, all as (lower, upper)."""
    is_max = ties == "max"
    rest = list(others)
    surely = sum(low > own[1] or (is_max and low >= own[1]) for low, _ in rest)
    possibly = sum(high > own[0] or (is_max and high >= own[0]) for _, high in rest)
    return surely + 1, possibly + 1


def _above(indices: Mapping[str, tuple[int, int]], one: str, other: str) -> bool:
    return indices[one][0] > indices[other][1]


def _coalitions(players: Sequence[Player]) -> Iterable[frozenset[Player]]:
    return (frozenset(chosen) for size in range(len(players) + 1) for chosen in combinations(players, size))


def _check(season: Season, rulebooks: Sequence[str]) -> None:
    ids = [entry.innovation_id for entry in season.entries]
    if len(set(ids)) != len(ids):
        raise ScoreInvalid(
            "an innovation stands twice.",
            place="season {edition}",
            fix="Give each innovation one entry.",
            edition=season.edition,
        )
    lacks = [name for name in rulebooks if name not in season.spd]
    lacks += [name for name in rulebooks for entry in season.entries if name not in entry.maturity]
    if lacks:
        raise ScoreInvalid(
            "it does not say what it is worth under {rulebook}.",
            place="season {edition}",
            fix="State SPD and maturities under both rulebooks; None says that nothing is known.",
            rulebook=lacks[0],
            edition=season.edition,
        )


class _Game:
    """The index of every mixture of two seasons: each player as it was, or as it is now."""

    def __init__(self, before: Season, after: Season, rules_before: Rules, rules_after: Rules) -> None:
        self.seasons = (before, after)
        self.rules = (rules_before, rules_after)
        old = {entry.innovation_id: entry for entry in before.entries}
        new = {entry.innovation_id: entry for entry in after.entries}
        self.continuing = [(old[key], new[key]) for key in old if key in new]
        self.leaving = [entry for key, entry in old.items() if key not in new]
        self.entering = [entry for key, entry in new.items() if key not in old]
        self._counts = cache(self._sums)

    def value(self, changed: frozenset[Player]) -> Bounds | None:
        rules = self.rules["rulebook" in changed]
        spd = self.seasons["spd" in changed].spd[rules.name]
        parts = [self._counts("continuing", *(player in changed for player in ("quality", "status", "affairs")), rules)]
        if "entries" in changed:
            parts.append(self._counts("entering", True, True, True, rules))
        if "exits" not in changed:
            parts.append(self._counts("leaving", False, False, False, rules))
        sums = [part.maturity for part in parts]
        maturity = None if None in sums else _add(each for each in sums if each is not None)
        services = len(frozenset().union(*(part.services for part in parts)))
        unknown = sum(part.unknown_affairs for part in parts)
        most = min(services + unknown, len(rules.rulebook.basic_service_affairs))
        return index_bounds(
            rules.rulebook,
            spd=spd,
            maturity_sum=maturity,
            in_divisor=sum(part.in_divisor for part in parts),
            counted=sum(part.counted for part in parts),
            basic_services=(services, most),
            counted_surely=sum(part.counted_surely for part in parts),
        )

    def _sums(self, which: str, quality: bool, status: bool, affairs: bool, rules: Rules) -> "_Sums":
        if which == "continuing":
            chosen = [(pair[quality], pair[status], pair[affairs]) for pair in self.continuing]
        else:
            chosen = [(entry, entry, entry) for entry in (self.entering if which == "entering" else self.leaving)]
        return _sums_of(chosen, rules)


@dataclass(frozen=True)
class _Sums:
    maturity: Bounds | None
    in_divisor: int
    counted: int
    counted_surely: int
    services: frozenset[str]
    unknown_affairs: int


def _sums_of(chosen: Sequence[tuple[Entry, Entry, Entry]], rules: Rules) -> _Sums:
    """What innovations add to their region: of each the maturity, the status and the affairs of one season."""
    assumed, basic = rules.assumptions, set(rules.rulebook.basic_service_affairs)
    most = rules.rulebook.parameters.maturity_maximum.upper
    anything = None if most is None else (Fraction(0), Fraction(most))
    scored: list[Bounds | None] = []
    in_divisor = counted = counted_surely = unknown = 0
    services: set[str] = set()
    for quality, status, affairs in chosen:
        if status.status in assumed.uncounted_statuses:
            continue
        if status.is_scored_unknown:
            scored.append(anything)
            in_divisor, counted, unknown = in_divisor + 1, counted + 1, unknown + 1
            continue
        is_rejected = status.status == "rejected"
        is_other = status.stage is not None and status.stage not in assumed.stages_scored
        if not is_rejected and not is_other:
            scored.append(quality.maturity[rules.name] or anything)
        in_divisor += (assumed.rejected_in_divisor or not is_rejected) and (
            assumed.other_stages_in_divisor or not is_other
        )
        if (assumed.rejected_in_count or not is_rejected) and (assumed.other_stages_in_count or not is_other):
            counted += 1
            counted_surely += 1
            unknown += affairs.main_affair_code is None
            services |= basic & set(_affairs(affairs, assumed))
    maturity = None if None in scored else _add(each for each in scored if each is not None)
    return _Sums(maturity, in_divisor, counted, counted_surely, frozenset(services), unknown)


def _affairs(entry: Entry, assumed: Assumptions) -> tuple[str, ...]:
    main = () if entry.main_affair_code is None else (entry.main_affair_code,)
    return (*main, *entry.cross_affair_codes) if assumed.cross_affairs_cover_basic_service else main


def _add(bounds: Iterable[Bounds]) -> Bounds:
    lower = upper = Fraction(0)
    for low, high in bounds:
        lower, upper = lower + low, upper + high
    return lower, upper
