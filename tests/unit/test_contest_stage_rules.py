"""The rules of stages as tables: criteria to a score, stages to the final score, ties to an order."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from iga.contest.stages import Part, final_scores, finalists_of, placed, scores_of_stage


def part(
    entry: str, juror: str, criterion: str, score: int, maximum: int | None = None, weight: int | None = None
) -> Part:
    """A score of the recap."""
    numbers = [None if number is None else Decimal(number) for number in (maximum, weight)]
    return Part(entry, juror, criterion, Decimal(score), numbers[0], numbers[1])


@pytest.mark.parametrize(
    ("parts", "score"),
    [
        ([part("a", "x", "", 80)], 80),
        ([part("a", "x", "k", 30, 40), part("a", "x", "m", 50, 60)], 80),
        ([part("a", "x", "k", 80, None, 40), part("a", "x", "m", 90, None, 60)], 86),
        ([part("a", "x", "k", 80), part("a", "x", "m", 90)], 85),
        ([part("a", "", "k", 3, 5), part("a", "", "m", 4, 5)], 70),
    ],
)
def test_criteria_come_to_a_score_to_a_hundred(parts: list[Part], score: int) -> None:
    [found] = scores_of_stage(parts).scores["a"].values()
    assert found == score


def test_declared_weights_go_before_those_of_the_recap() -> None:
    parts = [part("a", "x", "k", 80, None, 50), part("a", "x", "m", 90, None, 50)]
    assert scores_of_stage(parts, {"k": Decimal(90), "m": Decimal(10)}).scores == {"a": {"x": Fraction(81)}}


def test_a_missing_criterion_costs_the_jurors_score_and_a_sum_beside_the_criteria_is_only_compared() -> None:
    parts = [
        part("a", "x", "k", 30, 40),
        part("a", "x", "m", 50, 60),
        part("a", "y", "k", 40, 40),
        part("a", "x", "", 80),
    ]
    found = scores_of_stage(parts)
    assert (found.scores, found.incomplete, found.contradicted) == ({"a": {"x": Fraction(80)}}, [("a", "y")], [])
    assert scores_of_stage([*parts[:2], part("a", "x", "", 85)]).contradicted == [("a", "x")]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([Decimal(60), Decimal(40)], {"a": Fraction(86), "b": Fraction(84)}),
        ([None, None], {"a": Fraction(80), "b": Fraction(90)}),
        ([Decimal(1), None], {"a": Fraction(90), "b": Fraction(80), "c": Fraction(70)}),
    ],
)
def test_stages_count_by_weight_and_else_the_last_replaces(
    weights: list[Decimal | None], expected: dict[str, Fraction]
) -> None:
    stages = [{"a": Fraction(90), "b": Fraction(80), "c": Fraction(70)}, {"a": Fraction(80), "b": Fraction(90)}]
    assert final_scores(stages, weights) == expected


def test_ties_are_decided_in_turn_and_else_share_the_place() -> None:
    values = {name: Fraction(80) for name in "abcd"} | {"e": Fraction(90)}
    first = {"a": Fraction(5), "b": Fraction(4), "c": Fraction(4), "d": Fraction(4)}
    second = {"a": Fraction(1), "b": Fraction(2), "c": Fraction(1), "d": Fraction(1)}
    found = placed(values, [first, second])
    assert [(one.entry, one.place) for one in found] == [("e", 1), ("a", 2), ("b", 3), ("c", 4), ("d", 4)]
    assert [one.decided_by for one in found] == [None, 0, 1, 1, 1]
    assert finalists_of(values, 4, [first, second]) == {"e", "a", "b", "c", "d"}
    assert finalists_of(values, 3, [first, second]) == {"e", "a", "b"}
