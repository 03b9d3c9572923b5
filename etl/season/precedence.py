"""Which of several receipts counts, as data (``precedence.toml``)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict


class Reviewer(BaseModel):
    """What a layout of reviewers says of an innovation that other files know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speaks_of: tuple[str, ...]


class Withdrawal(BaseModel):
    """When a full export withdraws so much that it is held until somebody confirms it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    maximum_share: float
    minimum: int


class Precedence(BaseModel):
    """The contents of ``precedence.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: tuple[str, ...]
    coverage: tuple[str, ...]
    withdraws: frozenset[str]
    verified_fields: frozenset[str]
    withdrawal: Withdrawal
    reviewers: dict[str, Reviewer]

    def coverage_order(self, coverage: str) -> int:
        """The place of a coverage among the receipts of one day."""
        return self.coverage.index(coverage)

    def is_withdrawing(self, coverage: str, layout: str | None) -> bool:
        """Whether absence from such a file means that an innovation was withdrawn."""
        return coverage in self.withdraws and layout not in self.reviewers


@cache
def load_precedence() -> Precedence:
    """The precedence that loads go by."""
    text = resources.files("etl.season").joinpath("precedence.toml").read_text(encoding="utf-8")
    return Precedence.model_validate(tomllib.loads(text))
