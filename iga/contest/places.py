"""Ranks the entries of a contest from the scores of its jurors, and says how far the jurors agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

from iga.errors import ScoreInvalid

Scores = Mapping[str, Mapping[str, Decimal | Fraction]]
"""Per entry the score of each juror who scored it."""

OFFSET = 2
"""A juror is outlying whose scores lie this many times further from the others than is usual among the jurors."""

FEWEST_TO_COMPARE = 3
"""With fewer jurors or entries nobody is called outlying."""


@dataclass(frozen=True)
class Standing:
    """An entry's place: mean and median over the jurors who scored it; entries equal in both share a place."""

    entry: str
    place: int
    mean: Fraction
    median: Fraction
    juror_count: int


@dataclass(frozen=True)
class Juror:
    """A juror against the others: how far above (below zero: below) the mean of the others, on average.

    `agreement` is the rank correlation (Spearman) with the mean of the others, None where it is not defined.
    """

    juror: str
    scored_count: int
    offset: Fraction
    agreement: float | None
    is_outlying: bool


def standings_of(scores: Scores, *, highest: Decimal = Decimal(100)) -> list[Standing]:
    """The entries by mean, best first. Equal means are decided by the median; equal in both share the better place.

    The mean is over the jurors who scored the entry, however many. Raises ScoreInvalid for a score outside 0 to
    `highest`, or an entry without any.
    """
    found = []
    for entry, given in scores.items():
        if not given:
            raise ScoreInvalid(
                "no juror has scored this entry.", place="{entry}", fix="Add scores or leave it out.", entry=entry
            )
        for juror, score in given.items():
            if not 0 <= Fraction(score) <= highest:
                raise ScoreInvalid(
                    "{score} is outside 0 to {highest}.",
                    place="{entry}, {juror}",
                    fix="Check the decimal mark.",
                    score=score,
                    highest=highest,
                    entry=entry,
                    juror=juror,
                )
        values = [Fraction(score) for score in given.values()]
        found.append((sum(values, Fraction(0)) / len(values), median(values), entry, len(values)))
    found.sort(key=lambda one: (-one[0], -one[1], one[2]))
    return [
        Standing(entry, 1 + sum(1 for other in found if other[:2] > (mean, middle)), mean, Fraction(middle), count)
        for mean, middle, entry, count in found
    ]


def kendalls_w(scores: Scores) -> float | None:
    """Kendall's coefficient of concordance (0 none, 1 full agreement), corrected for ties.

    Over the entries that every juror has scored; None with fewer than two jurors or entries, or where all jurors give
    every entry the same score. W = (12 S) / (m^2 (n^3 - n) - m T), with S the squared deviations of the rank sums and T
    the sum of t^3 - t over the ties.
    """
    jurors = sorted({juror for given in scores.values() for juror in given})
    entries = [given for given in scores.values() if len(given) == len(jurors)]
    number, judges = len(entries), len(jurors)
    if number < 2 or judges < 2:
        return None
    ranks = [_ranks([given[juror] for given in entries]) for juror in jurors]
    sums = [sum(column, Fraction(0)) for column in zip(*ranks, strict=True)]
    middle = sum(sums, Fraction(0)) / number
    deviations = sum(((one - middle) ** 2 for one in sums), Fraction(0))
    ties = sum(size**3 - size for column in ranks for size in _sizes(column))
    below = judges**2 * (number**3 - number) - judges * ties
    return float(12 * deviations / below) if below else None


def jurors_of(scores: Scores) -> list[Juror]:
    """Each juror against the others, over the entries that the juror and at least one other have scored."""
    names = sorted({juror for given in scores.values() for juror in given})
    outlying = _against(scores, names)
    if len(names) >= FEWEST_TO_COMPARE:
        usual = median([abs(_offset(scores, name)) for name in names])
        outlying |= {name for name in names if usual > 0 and abs(_offset(scores, name)) > OFFSET * usual}
    return [
        Juror(name, len(_pairs(scores, name)[0]), _offset(scores, name), _agreement(scores, name), name in outlying)
        for name in names
    ]


def _against(scores: Scores, names: Sequence[str]) -> set[str]:
    """The jurors who rank against the others, the worst first set aside and the rest looked at anew.

    So one juror who turns everything round does not make the others look as if they did.
    """
    found: set[str] = set()
    while len(names) - len(found) >= FEWEST_TO_COMPARE:
        kept = {
            entry: {name: one for name, one in given.items() if name not in found} for entry, given in scores.items()
        }
        known = [
            (agreement, name)
            for name in names
            if name not in found and len(_pairs(kept, name)[0]) >= FEWEST_TO_COMPARE
            for agreement in [_agreement(kept, name)]
            if agreement is not None and agreement < 0
        ]
        if not known:
            return found
        found.add(min(known)[1])
    return found


def _agreement(scores: Scores, juror: str) -> float | None:
    mine, others = _pairs(scores, juror)
    return _correlation(_ranks(mine), _ranks(others))


def _offset(scores: Scores, juror: str) -> Fraction:
    mine, others = _pairs(scores, juror)
    return sum((own - other for own, other in zip(mine, others, strict=True)), Fraction(0)) / max(1, len(mine))


def band_of(mean: Fraction, bands: Mapping[str, Decimal]) -> str | None:
    """The band (such as A, B, C, D) of a mean: the one with the highest lower bound that it reaches."""
    reached = [(lower, name) for name, lower in bands.items() if mean >= Fraction(lower)]
    return max(reached)[1] if reached else None


def prize_of(places: Sequence[int], prizes: Mapping[int, int], place: int) -> Fraction:
    """The prize of an entry at a place; entries that share a place share the prizes of the places that they fill."""
    sharing = places.count(place)
    return Fraction(sum(prizes.get(taken, 0) for taken in range(place, place + sharing)), sharing)


def _pairs(scores: Scores, juror: str) -> tuple[list[Fraction], list[Fraction]]:
    """A juror's scores, and the means of the other jurors on the same entries."""
    mine, others = [], []
    for given in scores.values():
        rest = [Fraction(score) for name, score in given.items() if name != juror]
        if juror in given and rest:
            mine.append(Fraction(given[juror]))
            others.append(sum(rest, Fraction(0)) / len(rest))
    return mine, others


def _ranks(values: Sequence[Decimal | Fraction] | Sequence[Fraction]) -> list[Fraction]:
    """Ranks from 1, lowest first; equal values share the mean of their ranks."""
    return [
        Fraction(2 * sum(other < value for other in values) + sum(other == value for other in values) + 1, 2)
        for value in values
    ]


def _sizes(ranks: Sequence[Fraction]) -> list[int]:
    return [list(ranks).count(rank) for rank in set(ranks)]


def _correlation(first: Sequence[Fraction], second: Sequence[Fraction]) -> float | None:
    if len(first) < 2:
        return None
    middle = Fraction(len(first) + 1, 2)
    own = sum(((one - middle) ** 2 for one in first), Fraction(0))
    others = sum(((one - middle) ** 2 for one in second), Fraction(0))
    both = sum(((a - middle) * (b - middle) for a, b in zip(first, second, strict=True)), Fraction(0))
    return float(both) / float(own * others) ** 0.5 if own and others else None
