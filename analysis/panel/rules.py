"""The panel's own rules, read from data: preferred statements, breaks in method, texts on bias and licence."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import polars as pl
from pydantic import BaseModel, ConfigDict

from warehouse.errors import ExitCode, WorkbenchError


class BreakInMethod(WorkbenchError):
    """Figures of two editions were asked for as one series, and their methods do not compare."""

    exit_code = ExitCode.BREAK_IN_METHOD


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Preference(_Read):
    """Which of several statements is preferred."""

    schemes: tuple[str, ...]
    stages: tuple[str, ...]
    confidences: tuple[str, ...]
    rule_id: str
    rule_en: str


class Break(_Read):
    """A break in method between two editions; `is_refused`: no figure may be compared across it.

    `source_id` tells a source of English words in Indonesian; names and addresses need none.
    """

    between: tuple[int, int]
    affects: tuple[str, ...]
    is_refused: bool
    reason_id: str
    reason_en: str
    source: str
    source_id: str = ""


class Series(_Read):
    """A known series of others: the editions with which its method changes, and those no trend may cross."""

    name: str
    title_id: str
    title_en: str
    breaks: tuple[int, ...]
    refused: tuple[int, ...]
    reason_id: str
    reason_en: str


class NationalMetrics(_Read):
    """The national totals that the bias is told against."""

    good: str
    others: tuple[str, ...]


class Bias(_Read):
    """What is known about who publishes."""

    text_id: str
    text_en: str
    national_metrics: NationalMetrics


class Licence(_Read):
    """Under which terms the figures stand."""

    text_id: str
    text_en: str


class PanelRules(_Read):
    """Everything in `rules.toml`."""

    preference: Preference
    scales: dict[str, str]
    breaks: tuple[Break, ...]
    series: tuple[Series, ...]
    bias: Bias
    licence: Licence

    def breaks_frame(self) -> pl.DataFrame:
        """One row per break: from_edition, to_edition, affects, is_refused, reason_id, reason_en, source."""
        return pl.DataFrame(
            [
                {
                    "from_edition": broken.between[0],
                    "to_edition": broken.between[1],
                    "affects": "|".join(broken.affects),
                    "is_refused": broken.is_refused,
                    "reason_id": broken.reason_id,
                    "reason_en": broken.reason_en,
                    "source": broken.source,
                }
                for broken in self.breaks
            ]
        )

    def refused_between(self, first: int, last: int, quantity: str) -> list[Break]:
        """The breaks that a series of `quantity` (score, predicate) from one edition to another would cross."""
        return [
            broken
            for broken in self.breaks
            if broken.is_refused and quantity in broken.affects and first <= broken.between[0] < last
        ]


@cache
def panel_rules() -> PanelRules:
    """The rules of the panel."""
    text = files("analysis.panel").joinpath("rules.toml").read_text(encoding="utf-8")
    return PanelRules.model_validate(tomllib.loads(text))


@cache
def codebook() -> pl.DataFrame:
    """One row per panel column, in order: column, type, unit, description_id, description_en, source."""
    return pl.read_csv(files("analysis.panel").joinpath("codebook.csv").read_bytes(), infer_schema=False)
