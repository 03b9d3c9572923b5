"""The stated rule by which a line of the index is a strength or a weakness of its region; read from `standing.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

Standing = Literal["strength", "weakness", "ordinary", "unknown"]


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Strength(_Read):
    """What makes a strength, beside full points."""

    best_share_of_peers: Decimal


class Weakness(_Read):
    """What makes a weakness."""

    dearest_lines: int
    share_below_peers: Decimal


class RuleText(_Read):
    """The rule and its reason in words; `{best}`, `{dearest}` and `{below}` are its numbers."""

    id: str
    en: str
    reason_id: str
    reason_en: str


class StandingRule(_Read):
    """Everything in `standing.toml`."""

    least_peers: int
    strength: Strength
    weakness: Weakness
    rule: RuleText

    def text(self, lang: str) -> str:
        """Return the rule in words, with its numbers."""
        words = self.rule.id if lang == "id" else self.rule.en
        return words.format(
            best=int(self.strength.best_share_of_peers * 100),
            dearest=self.weakness.dearest_lines,
            below=int(self.weakness.share_below_peers * 100),
        )

    def reason(self, lang: str) -> str:
        """Return why the numbers are what they are."""
        return self.rule.reason_id if lang == "id" else self.rule.reason_en

    def standing_of(
        self, points: Fraction | None, maximum: Fraction, losses: Sequence[Fraction], lost: Fraction | None,
        peers: Sequence[Fraction],
    ) -> Standing:  # fmt: skip
        """Return the standing of a line from its points, its maximum, and the points that peers have in it.

        `lost` is what the line costs, `losses` what each known line of its part costs, itself included. Peers count
        when there are at least `least_peers` of them.
        """
        if points is None or lost is None:
            return "unknown"
        if lost == 0:
            return "strength"
        if sum(each >= lost for each in losses) <= self.weakness.dearest_lines:
            return "weakness"
        if len(peers) < self.least_peers:
            return "ordinary"
        mean = sum(peers, Fraction(0)) / len(peers)
        if mean - points >= Fraction(self.weakness.share_below_peers) * maximum:
            return "weakness"
        best_count = -(-Fraction(self.strength.best_share_of_peers) * len(peers) // 1)
        is_among_best = sum(each > points for each in peers) < best_count
        return "strength" if is_among_best and points > mean else "ordinary"


@cache
def standing_rule() -> StandingRule:
    """Return the rule of the package."""
    text = files("analysis.index").joinpath("standing.toml").read_text(encoding="utf-8")
    return StandingRule.model_validate(tomllib.loads(text))
