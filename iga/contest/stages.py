"""Stages of a contest: criteria become one score to a hundred, stages the final score, and ties an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from iga.contest.scored_by import WHOLE

Values = Mapping[str, Fraction]
"""Entry -> a number of it, the higher the better."""


@dataclass(frozen=True)
class Part:
    """A score that a juror gave an entry for one criterion (empty: for the whole), with its scale and weight."""

    entry: str
    juror: str
    criterion: str
    score: Decimal
    maximum: Decimal | None = None
    weight: Decimal | None = None


@dataclass(frozen=True)
class StageScores:
    """Per entry the score of each juror from 0 to 100; per entry its criteria; and what lacks a criterion."""

    scores: dict[str, dict[str, Fraction]]
    criteria: dict[str, dict[str, Fraction]]
    incomplete: list[tuple[str, str]]
    """entry and juror whose scores lack a criterion that others have: they are not used"""
    contradicted: list[tuple[str, str]]
    """entry and juror whose score of the whole is not what the juror's criteria come to: the criteria count"""


@dataclass(frozen=True)
class Placed:
    """An entry with its place, and which tie rule put it there (None: its value alone, or the place is shared)."""

    entry: str
    place: int
    value: Fraction
    decided_by: int | None


def scores_of_stage(parts: Sequence[Part], weights: Mapping[str, Decimal] | None = None) -> StageScores:
    """Return what the parts of one stage and category come to.

    With several criteria a juror's score is their weighted mean to a hundred. The weights are `weights` (declared),
    else those of the recap, else the highest scores of the criteria, else equal.
    """
    names = {part.criterion for part in parts if part.criterion}
    given: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        given.setdefault((part.entry, part.juror), []).append(part)
    scores: dict[str, dict[str, Fraction]] = {}
    incomplete, contradicted = [], []
    for (entry, juror), own in given.items():
        whole = [part for part in own if not part.criterion]
        by_criterion = [part for part in own if part.criterion]
        if by_criterion and not {part.criterion for part in by_criterion} >= names:
            incomplete.append((entry, juror))
            continue
        value = _weighed(by_criterion or whole, weights or {})
        if by_criterion and any(abs(_share(part) - value) > _ROUNDING for part in whole):
            contradicted.append((entry, juror))
        scores.setdefault(entry, {})[juror] = value
    criteria: dict[str, dict[str, list[Fraction]]] = {}
    for part in parts:
        criteria.setdefault(part.criterion, {}).setdefault(part.entry, []).append(_share(part))
    means = {
        name: {entry: sum(values, Fraction(0)) / len(values) for entry, values in entries.items()}
        for name, entries in criteria.items()
        if name
    }
    return StageScores(scores, means, incomplete, contradicted)


_ROUNDING = Fraction(1, 100)


def _share(part: Part) -> Fraction:
    return Fraction(part.score) / Fraction(part.maximum or WHOLE) * 100


def _weighed(parts: Sequence[Part], declared: Mapping[str, Decimal]) -> Fraction:
    known = [declared.get(part.criterion, part.weight or part.maximum or Decimal(1)) for part in parts]
    weights = [Fraction(weight) for weight in known]
    return sum((weight * _share(part) for weight, part in zip(weights, parts, strict=True)), Fraction(0)) / sum(weights)


def final_scores(stages: Sequence[Values], weights: Sequence[Decimal | None]) -> dict[str, Fraction]:
    """Return the final score of each entry that has all stages that count.

    Stages with weights count by them; without any weight the last stage replaces those before.
    """
    if not stages:
        return {}
    counting = [(values, Fraction(weight)) for values, weight in zip(stages, weights, strict=True) if weight]
    counting = counting or [(stages[-1], Fraction(1))]
    entries = set(counting[0][0]).intersection(*(values for values, _ in counting))
    whole = sum((weight for _, weight in counting), Fraction(0))
    return {
        entry: sum((values[entry] * weight for values, weight in counting), Fraction(0)) / whole
        for entry in sorted(entries)
    }


def placed(values: Values, ties: Sequence[Values] = ()) -> list[Placed]:
    """Return the entries by value, best first; equal ones by each tie rule in turn, else they share a place."""
    keys = {entry: (values[entry], *(tie.get(entry, Fraction(-1)) for tie in ties)) for entry in values}
    found = []
    for entry in sorted(values, key=lambda name: (tuple(-number for number in keys[name]), name)):
        place = 1 + sum(other > keys[entry] for other in keys.values())
        rivals = [key for name, key in keys.items() if name != entry and key[0] == keys[entry][0]]
        deciding = [_first_difference(key, keys[entry]) for key in rivals]
        known = [number for number in deciding if number is not None]
        found.append(Placed(entry, place, values[entry], max(known) - 1 if known else None))
    return found


def _first_difference(one: Sequence[Fraction], other: Sequence[Fraction]) -> int | None:
    return next((number for number, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]), None)


def finalists_of(values: Values, count: int, ties: Sequence[Values] = ()) -> set[str]:
    """Return the entries that go on: those placed up to `count`; all who share the last of these places."""
    return {one.entry for one in placed(values, ties) if one.place <= count}
