"""What a block of a report says, apart from how it looks: headings, text, lists, facts, tables, figures.

The notebooks send this description along with their HTML, so that the PDF, the workbook and the page of a report show
the same words and figures from one run. Values of tables keep their type beside the text that a reader sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from warehouse.language import Language

MIME = "application/vnd.iga-workbench.report+json"
"""The MIME type under which a notebook's outputs carry their description."""

NONE = "–"

Kind = Literal["text", "year", "whole", "decimal", "percent", "date", "boolean", "interval"]
Tone = Literal["plain", "note", "remark", "mark"]
Value = str | int | float | bool | date | Decimal | None


class Described(BaseModel):
    """Base of all descriptions: nothing beyond what is known here, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Heading(Described):
    """A heading; level 1 is a section of the report."""

    kind: Literal["heading"] = "heading"
    level: int
    text: str


class Text(Described):
    """A paragraph; `lead` stands before it in bold."""

    kind: Literal["text"] = "text"
    text: str
    lead: str = ""
    tone: Tone = "plain"


class Bullets(Described):
    """A list of short texts."""

    kind: Literal["bullets"] = "bullets"
    items: tuple[str, ...]


class Facts(Described):
    """Names and their values; `title` heads them where they stand in a list of several."""

    kind: Literal["facts"] = "facts"
    title: str = ""
    pairs: tuple[tuple[str, str], ...]


class Card(Described):
    """A headline figure: what it stands on, the figure or None where not computed, what it means, what it lacks."""

    heading: str
    value: str | None
    detail: str = ""
    gaps: tuple[str, ...] = ()
    is_estimate: bool = False


class Cards(Described):
    """Headline figures side by side."""

    kind: Literal["cards"] = "cards"
    cards: tuple[Card, ...]


class Head(Described):
    """A column of a table: its heading, how it is aligned, and what kind of values it holds."""

    heading: str
    align: Literal["left", "right", "center"] = "left"
    kind: Kind = "text"
    places: int = 2


class Table(Described):
    """A table: `rows` as a reader sees them, `values` with types (an interval as its two ends), `groups` over rows.

    One that a page shows folded is not set on paper; what is said there is where it can be read.
    """

    kind: Literal["table"] = "table"
    key: str
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    values: tuple[tuple[Any, ...], ...]
    groups: tuple[str | None, ...] = ()
    note: str = ""
    is_simulated: bool = False
    is_folded: bool = False


class Figure(Described):
    """A chart: its drawing, the text that stands for it, and its data as a table."""

    kind: Literal["figure"] = "figure"
    key: str
    title: str
    units: str
    description: str
    source: str
    svg: str
    data: Table
    is_simulated: bool = False


class Bound(Described):
    """A number as its lower and upper bound; both None where it is not known."""

    lower: Decimal | None
    upper: Decimal | None


class CountedInnovation(Described):
    """An innovation and what it enters; `affairs` are the codes of the basic services covered, "?" if unknown."""

    title: str
    unit: str
    stage: str
    maturity: Bound
    is_scored: bool
    is_in_divisor: bool
    is_counted: bool
    affairs: tuple[str, ...]


class Calculation(Described):
    """What one index is computed from, so that a reader can compute it again by hand.

    `rules` are the coefficients of the rulebook by name, as bounds; `services` are the basic services, code and name;
    `iid` is what the report says, `gaps` why it is not a single value.
    """

    kind: Literal["calculation"] = "calculation"
    title: str
    label: str
    rulebook: str
    rules: dict[str, Bound]
    services: tuple[tuple[str, str], ...]
    spd: Bound
    innovations: tuple[CountedInnovation, ...]
    iid: Bound
    gaps: tuple[str, ...]
    is_simulated: bool

    @property
    def is_computed(self) -> bool:
        """Whether the rules known suffice for bounds at least."""
        return self.iid.lower is not None


class Markup(Described):
    """HTML of our own without a description; what it says is read from its elements."""

    kind: Literal["markup"] = "markup"
    html: str


Part = Annotated[
    Heading | Text | Bullets | Facts | Cards | Table | Figure | Calculation | Markup, Field(discriminator="kind")
]

_PARTS: TypeAdapter[tuple[Part, ...]] = TypeAdapter(tuple[Part, ...])


def packed(parts: Iterable[Part]) -> dict[str, Any]:
    """The parts as JSON for a notebook's output."""
    return {"parts": _PARTS.dump_python(tuple(parts), mode="json")}


def unpacked(data: Any) -> tuple[Part, ...]:
    """The parts of a notebook's output. Raises pydantic's ValidationError for anything else."""
    return _PARTS.validate_python(data["parts"])


def table_of(
    frame: pl.DataFrame,
    heads: Sequence[Head],
    language: Language,
    *,
    key: str,
    caption: str,
    groups: Sequence[str | None] = (),
    note: str = "",
    is_simulated: bool = False,
) -> Table:
    """The description of a frame whose columns stand in the order of `heads`.

    Typed columns keep their values. A column of text that is aligned to the right holds figures in the reader's format:
    each is read back, and kept as a figure where that gives the same text again.
    """
    columns = [_typed(frame[name], head, language) for name, head in zip(frame.columns, heads, strict=True)]
    return Table(
        key=key,
        caption=caption,
        heads=tuple(column[0] for column in columns),
        rows=tuple(zip(*(column[1] for column in columns), strict=True)) if columns else (),
        values=tuple(zip(*(column[2] for column in columns), strict=True)) if columns else (),
        groups=tuple(groups),
        note=note,
        is_simulated=is_simulated,
    )


def told_values(values: pl.Series, align: str, language: Language) -> list[str]:
    """A column as a reader sees it: dates in words, decimals and counts in the language's format, "–" for null."""
    kind = values.dtype
    if kind == pl.Date:
        return [language.date(value) for value in values]
    if isinstance(kind, pl.Decimal):
        return [language.number(value, kind.scale) for value in values]
    if kind.is_float():
        return [language.number(value) for value in values]
    if kind.is_integer() and align == "right" and not _are_years(values, language):
        return [language.whole(value) for value in values]
    if kind == pl.Boolean:
        return [NONE if value is None else language("yes") if value else language("no") for value in values]
    return [NONE if value is None else str(value) for value in values.cast(pl.String)]


def _are_years(values: pl.Series, language: Language) -> bool:
    """Whether a column of whole numbers holds years, which are written without marks."""
    return values.name in ("edition", "year", language("Edition"), language("Year"))


def _typed(values: pl.Series, head: Head, language: Language) -> tuple[Head, list[str], list[Any]]:
    told = told_values(values, head.align, language)
    kind = values.dtype
    if kind == pl.Date:
        return _of(head, "date"), told, [value and value.isoformat() for value in values]
    if isinstance(kind, pl.Decimal):
        return _of(head, "decimal", kind.scale), told, [None if value is None else str(value) for value in values]
    if kind.is_float():
        return _of(head, "decimal"), told, values.to_list()
    if kind.is_integer() and head.align == "right" and not _are_years(values, language):
        return _of(head, "whole"), told, values.to_list()
    if kind == pl.Boolean:
        return _of(head, "boolean"), told, values.to_list()
    return _read_back(head, told, language)


def _of(head: Head, kind: Kind, places: int = 2) -> Head:
    return head.model_copy(update={"kind": kind, "places": places})


def _read_back(head: Head, told: list[str], language: Language) -> tuple[Head, list[str], list[Any]]:
    """A column of text as years or, where it is meant so, figures; a text that is no figure stays a text among them."""
    texts: list[Any] = [None if text in (NONE, "") else text for text in told]
    given = [text for text in texts if text is not None]
    if given and all(re.fullmatch(r"20\d\d", text) for text in given):
        return _of(head, "year").model_copy(update={"align": "left"}), told, [text and int(text) for text in texts]
    if head.align != "right":
        return head, told, texts
    percents = [percent_in(text, language) if text else None for text in texts]
    read = [None if text is None else figures_in(text, language) for text in texts]
    if any(percents) and any(read):  # shares beside counts: as figures, one of the two would be told a hundredfold
        return head, told, texts
    if any(percents):
        return _percents(head, told, texts, percents)
    known = [figure for figure in read if figure is not None]
    if not known:
        return head, told, texts
    places = max(figure[2] for figure in known)
    is_interval = any(low != high for low, high, _ in known)
    kind: Kind = "interval" if is_interval else "decimal" if places else "whole"
    typed = [
        text if figure is None else [str(figure[0]), str(figure[1])] if is_interval else str(figure[0])
        for text, figure in zip(texts, read, strict=True)
    ]
    return _of(head, kind, places), told, typed


def _percents(
    head: Head, told: list[str], texts: list[Any], percents: list[tuple[Decimal, int] | None]
) -> tuple[Head, list[str], list[Any]]:
    places = max(percent[1] for percent in percents if percent)
    typed = [str(percent[0] / 100) if percent else text for percent, text in zip(percents, texts, strict=True)]
    return _of(head, "percent", places), told, typed


def percent_in(text: str, language: Language) -> tuple[Decimal, int] | None:
    """The number before the sign of a percentage, and its decimal places; None for any other text."""
    found = re.fullmatch(rf"({_NUMBER})\s?%", text)
    return _figure(found[1], language) if found else None


_MARKS = {"id": (".", ","), "en": (",", ".")}
_NUMBER = r"[-−+]?\d[\d.,]*"
_INTERVAL = re.compile(rf"({_NUMBER})(?:–({_NUMBER}))?")


def figures_in(text: str, language: Language) -> tuple[Decimal, Decimal, int] | None:
    """The figure that a text is, as its two ends and its decimal places; None where it is not a figure and only that.

    It is the inverse of `Language.number`, `whole` and `interval`: a text counts only if the figure is written so.
    """
    found = _INTERVAL.fullmatch(text)
    if found is None:
        return None
    ends = [_figure(part, language) for part in found.groups() if part]
    if any(end is None for end in ends):
        return None
    known = [end for end in ends if end is not None]
    return known[0][0], known[-1][0], max(places for _, places in known)


def _figure(text: str, language: Language) -> tuple[Decimal, int] | None:
    thousands, point = _MARKS[language.code]
    plain = text.replace("−", "-").removeprefix("+")
    digits = plain.replace(thousands, "").replace(point, ".")
    if not re.fullmatch(r"-?\d+(\.\d+)?", digits):
        return None
    value, places = Decimal(digits), len(digits.partition(".")[2])
    return (value, places) if language.number(value, places) == plain else None
