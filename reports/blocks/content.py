"""What a block of a report says, apart from how it looks: headings, text, lists, facts, tables, figures, pictures.

A notebook cell sends these parts as data. HTML, PDF and workbook are made from them, so that all show the same words
and figures of one run. Values keep their type; `reports.blocks.words.told` alone turns them into words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationInfo, field_validator

from warehouse.language import LANGUAGES, Language

MIME = "application/vnd.iga.block+json"
"""The MIME type under which the outputs of a notebook carry their parts."""

Kind = Literal[
    "text", "year", "whole", "decimal", "percent", "date", "moment", "boolean", "interval", "percent interval", "signed"
]
"""What a value is: `percent` is a fraction of one, an interval is its two ends, `signed` is a change."""
Align = Literal["left", "right", "center"]
Tone = Literal["plain", "note", "remark", "mark", "message"]

NUMBERS = frozenset({"whole", "decimal", "percent", "signed"})
INTERVALS = frozenset({"interval", "percent interval"})


class Described(BaseModel):
    """Base of all descriptions: nothing beyond what is known here, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(Described):
    """Words within a text that are set apart, or that lead to another place."""

    text: str
    style: Literal["plain", "strong", "emphasis", "code"] = "plain"
    href: str = ""


Words = str | tuple[Span, ...]
"""A text, in one piece or as spans that follow each other."""


def plain(words: Words) -> str:
    """Return a text without what sets its spans apart."""
    return words if isinstance(words, str) else "".join(span.text for span in words)


class Form(Described):
    """How a value is told: its kind, the decimal places of a number, and the word for a value that is not known."""

    kind: Kind = "text"
    places: int = 2
    missing: str = ""


class Quantity(Form):
    """A single value with its form; `href` leads to where it comes from."""

    value: Any
    href: str = ""

    @field_validator("value", mode="before")
    @classmethod
    def _of_its_kind(cls, value: Any, info: ValidationInfo) -> Any:
        return typed(value, info.data.get("kind", "text"))


class Marked(Described):
    """Base of the parts with figures: whether its figures are made up, stated by a publisher, or estimated by us."""

    is_simulated: bool = False
    is_published: bool = False
    is_estimate: bool = False


class Heading(Described):
    """A heading; level 1 is a section of the report, and has an address on a page. `href` leads to what it names."""

    kind: Literal["heading"] = "heading"
    level: int
    text: str
    anchor: str = ""
    href: str = ""


class Text(Marked):
    """A paragraph; `lead` stands before it in bold.

    The tone `mark` is the banner over simulated figures, `message` what a page opens with.
    """

    kind: Literal["text"] = "text"
    text: Words
    lead: str = ""
    tone: Tone = "plain"


class Bullets(Marked):
    """A list of short texts; a list within it continues the item before it."""

    kind: Literal["bullets"] = "bullets"
    items: tuple[Words | Bullets, ...]
    is_numbered: bool = False
    is_small: bool = False

    def texts(self) -> Iterator[str]:
        """Iterate over the items as plain texts, those of lists within it included."""
        for item in self.items:
            if isinstance(item, Bullets):
                yield from item.texts()
            else:
                yield plain(item)


class Facts(Marked):
    """Names and their values; `look` says whether these are figures or words. `title` heads one list of several."""

    kind: Literal["facts"] = "facts"
    title: str = ""
    pairs: tuple[tuple[str, Words | Quantity], ...]
    look: Literal["figures", "words"] = "figures"


class Band(Described):
    """A named piece of a scale."""

    name: str
    lower: Decimal
    upper: Decimal


class Strip(Described):
    """Where a value or its bounds lie on a scale of bands; `description` says the same in words."""

    lower: Decimal
    upper: Decimal
    bands: tuple[Band, ...]
    description: str


class Card(Described):
    """A headline figure: what it stands on, the figure or None where not computed, what it means, what it lacks.

    `title` says whose figure it is, `note` what stands behind it, `links` lead on; `missing` is the word for no figure.
    """

    title: Words = ""
    heading: str
    value: Quantity | str | None
    detail: str = ""
    note: str = ""
    links: tuple[Span, ...] = ()
    gaps: tuple[str, ...] = ()
    missing: str = ""
    is_estimate: bool = False
    strip: Strip | None = None


class Cards(Marked):
    """Headline figures side by side."""

    kind: Literal["cards"] = "cards"
    cards: tuple[Card, ...]


class TableColumn(Form):
    """A column of a table: its heading, how it is aligned, and how its values are told.

    With `longest` a page and paper show that many letters of a text; the workbook has it whole.
    A page that is too narrow for all columns leaves out those of the highest `priority` first, of equal ones those to
    the right; 0 is between 2 and 3.
    """

    heading: str
    align: Align = "left"
    longest: int = 0
    priority: int = 0


class Table(Marked):
    """A table: `values` with their types, row by row, None where not known; the first column heads each row.

    `groups` names the group of each row. `instead` holds words for single cells without a value, as (row, column,
    words). `facets` are places of columns of few values to choose from; `anchors` and `links` are of rows, "" for none.
    A folded table is not set on paper; what is said there is where it can be read. Of a long one a page and paper show
    `rows_shown`; the workbook has all. Of these a page with script shows `rows_at_first` until more are asked for.
    """

    kind: Literal["table"] = "table"
    key: str
    caption: str
    columns: tuple[TableColumn, ...]
    values: tuple[tuple[Any, ...], ...]
    groups: tuple[str | None, ...] = ()
    instead: tuple[tuple[int, int, str], ...] = ()
    note: str = ""
    facets: tuple[int, ...] = ()
    anchors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    rows_shown: int | None = None
    rows_at_first: int | None = None
    is_folded: bool = False

    @field_validator("values", mode="before")
    @classmethod
    def _of_their_kinds(cls, values: Any, info: ValidationInfo) -> Any:
        columns: tuple[TableColumn, ...] = info.data.get("columns", ())
        if any(len(row) != len(columns) for row in values):
            raise ValueError("each row holds one value for each column")
        places = [(place, column.kind) for place, column in enumerate(columns) if column.kind in _TYPES]
        if not places:
            return values
        rows = [list(row) for row in values]
        for row in rows:
            for place, kind in places:
                row[place] = typed(row[place], kind)
        return tuple(map(tuple, rows))


class Figure(Marked):
    """A chart: its drawings for a page and for a phone, the text that stands for them, and its data as a table.

    `specification` is the Vega-Lite of the drawing; empty where it was drawn otherwise.
    """

    kind: Literal["figure"] = "figure"
    key: str
    title: str
    units: str
    description: str
    source: str
    svg: str
    narrow_svg: str = ""
    data: Table
    specification: dict[str, Any] = {}


class Image(Marked):
    """A picture: `content` in base64, its size in pixels, and the description that stands for it."""

    kind: Literal["image"] = "image"
    format: Literal["png", "jpeg", "svg"]
    content: str
    width: int
    height: int
    description: str
    title: str = ""
    source: str = ""


class Notice(Marked):
    """Something that a reader has to know of this place, and what to do about it; `items` say it one by one.

    One `is_for_author` asks whoever makes the notebook for something, and is told at the end of a build too.
    """

    kind: Literal["notice"] = "notice"
    text: Words
    items: tuple[Words, ...] = ()
    next_step: str = ""
    is_for_author: bool = False


class PageGroup(Described):
    """Pages of a site under one title; of each a link to it, and links to its other files."""

    title: str = ""
    pages: tuple[tuple[Span, tuple[Span, ...]], ...]


class PageList(Described):
    """The pages of a site, in groups that stand side by side where there are several."""

    kind: Literal["pages"] = "pages"
    groups: tuple[PageGroup, ...]


class Preformatted(Marked):
    """Text whose lines and spaces stay as they are; `lines_cut` counts those that were left out at its end."""

    kind: Literal["preformatted"] = "preformatted"
    text: str
    lines_cut: int = 0


class FreeHtml(Marked):
    """HTML of an analyst, shown in a frame of its own without scripts; `title` names it elsewhere."""

    kind: Literal["html"] = "html"
    html: str
    title: str
    height: int = 400


class Bound(Described):
    """A number as its lower and upper bound; both None where it is not known."""

    lower: Decimal | None
    upper: Decimal | None


class CountedInnovation(Described):
    """An innovation and what it enters; `affairs` are the codes of the basic services covered, "?" if unknown.

    `is_counted_at_most` marks one that is counted at the upper end alone: its stage or status could not be read.
    """

    title: str
    unit: str
    stage: str
    maturity: Bound
    is_scored: bool
    is_in_divisor: bool
    is_counted: bool
    affairs: tuple[str, ...]
    is_counted_at_most: bool = False
    is_quarantined: bool = False


class Calculation(Marked):
    """What one index is computed from, so that a reader can compute it again by hand.

    `rules` are the coefficients of the rulebook by name, as bounds; `services` are the basic services, code and name;
    `iid` is what the report says, `gaps` why it is not a single value. Only the workbook shows it.
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

    @property
    def has_quarantined(self) -> bool:
        """Whether innovations in quarantine are among those that are scored."""
        return any(one.is_quarantined and one.is_scored for one in self.innovations)


class Details(Described):
    """Parts that a page shows folded under a summary. On paper, a folded table is named and not set.

    With `is_printed` paper has all of it, as if it were not folded.
    """

    kind: Literal["details"] = "details"
    summary: str
    parts: tuple[Part, ...]
    is_printed: bool = False


class Columns(Described):
    """Groups of parts that stand side by side where there is room."""

    kind: Literal["columns"] = "columns"
    groups: tuple[tuple[Part, ...], ...]


Part = Annotated[
    Heading
    | Text
    | Bullets
    | Facts
    | Cards
    | Table
    | Figure
    | Image
    | Notice
    | PageList
    | Preformatted
    | FreeHtml
    | Calculation
    | Details
    | Columns,
    Field(discriminator="kind"),
]

for _model in (Bullets, Details, Columns):
    _model.model_rebuild()

_PARTS: TypeAdapter[tuple[Part, ...]] = TypeAdapter(tuple[Part, ...])


def packed(parts: Iterable[Part], language: Language) -> dict[str, Any]:
    """Return the parts as JSON for a notebook's output."""
    return {"language": language.code, "parts": _PARTS.dump_python(tuple(parts), mode="json")}


def unpacked(data: Any) -> tuple[Part, ...]:
    """Return the parts of a notebook's output. Raises pydantic's ValidationError for anything else."""
    return _PARTS.validate_python(data["parts"])


def language_of(data: Any) -> Language:
    """Return the language of a notebook's output."""
    return Language(data["language"]) if data.get("language") in LANGUAGES else Language()


def leaves(parts: Iterable[Part]) -> Iterator[Part]:
    """Iterate over the parts in the order of reading, those that are folded or side by side one after the other."""
    for part in parts:
        if isinstance(part, Details):
            yield from leaves(part.parts)
        elif isinstance(part, Columns):
            for group in part.groups:
                yield from leaves(group)
        else:
            yield part


def has_simulated(parts: Iterable[Part]) -> bool:
    """Return whether a part says that its figures are made up, or is the banner that says so."""
    return any(
        getattr(part, "is_simulated", False) or (isinstance(part, Text) and part.tone == "mark")
        for part in leaves(parts)
    )


def typed(value: Any, kind: Kind) -> Any:
    """Return a value as its kind asks, from what JSON keeps of it. Raises ValueError where it is none of its kind."""
    return value if value is None or kind not in _TYPES else _TYPES[kind](value)


def _number(value: Any) -> Decimal | int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"{value!r} is not a number")
    if not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None


def _ends(value: Any) -> tuple[Any, Any] | None:
    """The two ends; None where one of them is not known."""
    lower, upper = value
    return None if lower is None or upper is None else (_number(lower), _number(upper))


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_TYPES: dict[str, Callable[[Any], Any]] = {
    "whole": _number,
    "year": _number,
    "decimal": _number,
    "percent": _number,
    "signed": _number,
    "interval": _ends,
    "percent interval": _ends,
    "date": _day,
    "moment": _moment,
}
