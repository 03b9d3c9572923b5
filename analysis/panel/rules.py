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


class Scale(_Read):
    """A scale of published scores; `is_index`: it is the score of its edition, not another thing beside it."""

    measure: str
    is_index: bool
    text_id: str
    text_en: str


class Break(_Read):
    """A break in method between two editions; `is_refused`: no figure may be compared across it.

    `basis` says what it was found in: statements, rulebooks, crosswalks, or stated by a source. `source_id` gives a
    source of English words in Indonesian; names and addresses need none.
    """

    between: tuple[int, int]
    affects: tuple[str, ...]
    is_refused: bool
    confidence: str
    basis: str = "stated"
    reason_id: str
    reason_en: str
    source: str
    source_id: str = ""


class DerivedWords(_Read):
    """The words of breaks of one kind that are found in the data, with places for what was found."""

    reason_id: str
    reason_en: str
    source_id: str = ""
    source_en: str = ""


class Derived(_Read):
    """The words of the breaks that are found in the data."""

    scale: DerivedWords
    band: DerivedWords
    parameter: DerivedWords
    levels: DerivedWords


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
    edition_id: str
    edition_en: str
    none_id: str
    none_en: str
    national_metrics: NationalMetrics


class Limits(_Read):
    """What published figures cannot carry, with places for the panel's own counts."""

    pairs_id: str
    pairs_en: str
    no_pairs_id: str
    no_pairs_en: str
    selection_id: str
    selection_en: str
    no_selection_id: str
    no_selection_en: str


class Likely(_Read):
    """What is said of the table of likely ranges, with places for its counts; `none_*` where a panel has none."""

    files: str
    content_id: str
    content_en: str
    text_id: str
    text_en: str
    none_id: str
    none_en: str


class LicencePart(_Read):
    """The terms of some files or columns; `spdx` is empty where no licence can be given."""

    files: str
    spdx: str
    text_id: str
    text_en: str


class Licence(_Read):
    """Under which terms the figures stand."""

    text_id: str
    text_en: str
    parts: tuple[LicencePart, ...]


class PanelRules(_Read):
    """Everything in `rules.toml`."""

    preference: Preference
    scales: tuple[Scale, ...]
    derived: Derived
    stated: tuple[Break, ...]
    series: tuple[Series, ...]
    bias: Bias
    limits: Limits
    likely: Likely
    licence: Licence

    @property
    def measures(self) -> tuple[str, ...]:
        """The scales by their code, in the order of their editions."""
        return tuple(scale.measure for scale in self.scales)

    @property
    def index_measures(self) -> tuple[str, ...]:
        """The scales that are the score of an edition."""
        return tuple(scale.measure for scale in self.scales if scale.is_index)


@cache
def panel_rules() -> PanelRules:
    """The rules of the panel."""
    text = files("analysis.panel").joinpath("rules.toml").read_text(encoding="utf-8")
    return PanelRules.model_validate(tomllib.loads(text))


@cache
def codebook(table: str = "panel") -> pl.DataFrame:
    """Return one row per column of `panel` or `likely_range`, in order.

    Columns: column, type, unit, labels (the field whose codes it holds), kind (register, published, computed, estimate,
    mark, likely), stata_name, description_id, description_en, source.
    """
    name = "codebook.csv" if table == "panel" else f"codebook_{table}.csv"
    content = files("analysis.panel").joinpath(name).read_bytes()
    return pl.read_csv(content, infer_schema=False).with_columns(pl.col("unit", "labels", "source").fill_null(""))
