"""An answer of a snapshot: a Polars frame underneath, a captioned table in a notebook, helpful about its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

import polars as pl

from warehouse.errors import UnknownName
from warehouse.language import Language

if TYPE_CHECKING:
    import altair as alt

MOST_ROWS = 40
"""How many rows a notebook shows; `frame` has them all."""


class ColumnUnknown(UnknownName):
    """An answer has no column of that name; the next step lists those that come near."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """What a question to a snapshot gives: `frame` for computing, a table with its caption and notes for reading.

    `result["iid"]` is a column as a Polars series. `shown` names the columns that people read and their headings.
    """

    frame: pl.DataFrame
    title: str
    language: Language
    notes: tuple[str, ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_simulated(self) -> bool:
        """Whether any row comes from simulated files."""
        return "is_simulated" in self.frame.columns and bool(self.frame["is_simulated"].any())

    def __getitem__(self, column: str) -> pl.Series:
        if column in self.frame.columns:
            return self.frame[column]
        raise ColumnUnknown(
            "There is no column {column}",
            next_step="perhaps: {near}",
            column=column,
            near=", ".join(nearest(column, self.frame.columns)),
        )

    def __len__(self) -> int:
        return self.frame.height

    def _ipython_key_completions_(self) -> list[str]:
        return self.frame.columns

    def for_people(self) -> pl.DataFrame:
        """The rows as text in the reader's language, columns headed as in the table."""
        headings = self.shown or {name: name for name in self.frame.columns}
        return pl.DataFrame(
            {
                heading: [cell_text(value, self.language) for value in self.frame[name]]
                for name, heading in headings.items()
                if name in self.frame.columns
            },
            schema_overrides=dict.fromkeys(headings.values(), pl.String),
        )

    def in_words(self) -> pl.DataFrame:
        """Return the rows with codes in words; figures keep their types, and one known as bounds has {lower, upper}."""
        return self.frame

    def _repr_html_(self) -> str:
        return table_html(self)

    def __repr__(self) -> str:
        mark = f" · {self.language('SIMULATED DATA')}" if self.is_simulated else ""
        return f"{self.title}{mark}\n{self.frame}"


def with_bounds(frame: pl.DataFrame, stems: Mapping[str, str]) -> pl.DataFrame:
    """Return the frame with a column {lower, upper} for each name, from those of its stem: `iid_lower`, `rank_low`."""
    ends = [("_lower", "_upper"), ("_low", "_high")]
    return frame.with_columns(
        pl.struct(lower=f"{stem}{low}", upper=f"{stem}{high}").alias(name)
        for name, stem in stems.items()
        for low, high in ends
        if f"{stem}{low}" in frame.columns
    )


def nearest(word: str, known: Sequence[str], limit: int = 5) -> list[str]:
    """The known words that come nearest to a word, the nearest first; all of them in order when none does."""
    from rapidfuzz import process

    found = process.extract(word, known, limit=limit, score_cutoff=60)
    return [name for name, _, _ in found] or list(known)


def cell_text(value: Any, language: Language) -> str:
    """A value as people read it: numbers in the language's own marks, yes and no in words, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return language("yes") if value else language("no")
    if isinstance(value, Decimal):
        return language.number(value, max(0, -int(value.as_tuple().exponent)))
    if isinstance(value, float):
        return language.number(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def table_html(result: Result) -> str:
    """Return the result as one HTML table with its caption, the mark of simulated data, and notes; all text escaped."""
    language, rows = result.language, result.for_people()
    mark = f"{language('SIMULATED DATA')}. " if result.is_simulated else ""
    if not rows.width:
        return f"<p>{escape(mark + result.title)}</p>"
    notes = list(result.notes)
    if rows.height > MOST_ROWS:
        text = language("The first {count} of {all} rows; .frame has them all.")
        notes.append(text.format(count=MOST_ROWS, all=rows.height))
    looks = [_RIGHT if heading in _numeric(result) else _LEFT for heading in rows.columns]
    heads = "".join(
        f'<th scope="col" style="{look}">{escape(heading)}</th>'
        for heading, look in zip(rows.columns, looks, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{look}">{escape(text)}</td>' for text, look in zip(row, looks, strict=True))
        + "</tr>\n"
        for row in rows.head(MOST_ROWS).iter_rows()
    )
    below = "".join(f'<p style="{_NOTE}">{escape(note)}</p>\n' for note in notes)
    marked = f"<br><b>{escape(mark)}</b>" if mark else ""
    caption = f'<caption style="{_CAPTION}">{escape(result.title)}{marked}</caption>'
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<table style="{_TABLE}">{caption}\n{head}\n<tbody>\n{body}</tbody></table>\n{below}'


_TABLE = "border-collapse: collapse; font-size: 13px; margin-left: 0"
_CAPTION = "text-align: left; font-size: 15px; padding-bottom: 4px; white-space: nowrap"
_LEFT = "text-align: left; padding: 4px 8px; vertical-align: top"
_RIGHT = "text-align: right; padding: 4px 8px; vertical-align: top"
_NOTE = "font-size: 12px; margin: 4px 0"


def _numeric(result: Result) -> set[str]:
    """The headings of the columns that hold numbers."""
    headings = result.shown or dict(zip(result.frame.columns, result.frame.columns, strict=True))
    told_as_numbers = ("iid", "place", "spd", "mean_maturity")
    return {
        heading
        for name, heading in headings.items()
        if name in result.frame.columns and (result.frame.schema[name].is_numeric() or name in told_as_numbers)
    }


@dataclass(frozen=True, kw_only=True, repr=False)
class IndexResult(Result):
    """The index of regions and editions; `iid`, `bounds` and `predicate` where there is one row."""

    @property
    def iid(self) -> Decimal | None:
        """The index of the only row; None where it is known as bounds only."""
        return self._only("iid")  # type: ignore[no-any-return]

    @property
    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """The lower and the upper bound of the only row."""
        return self._only("iid_lower"), self._only("iid_upper")

    @property
    def predicate(self) -> str | None:
        """The predicate of the only row; None where the bounds lie in two bands."""
        return self._only("predicate")  # type: ignore[no-any-return]

    def _only(self, column: str) -> Any:
        if self.frame.height == 1:
            return self.frame[column][0]
        rulebooks = ", ".join(self.frame["rulebook"].unique().sort()) if self.frame.height else "-"
        raise UnknownName(
            "There are {count} rows, not one",
            next_step='name city, edition and rulebook, such as rules="2026" (here: {rulebooks}), or use .frame',
            count=self.frame.height,
            rulebooks=rulebooks,
        )

    def for_people(self) -> pl.DataFrame:
        """The rows with intervals in one cell and codes in words."""
        from analysis.index.words import for_people

        if self.frame.is_empty():
            return super().for_people()
        told = for_people(self.frame, self.language)
        return Result(frame=told, title=self.title, language=self.language, shown=self.shown).for_people()

    def in_words(self) -> pl.DataFrame:
        """Return the rows with codes in words, and bounds as {lower, upper}."""
        from analysis.index.words import BOUNDS, for_people

        return self.frame if self.frame.is_empty() else with_bounds(for_people(self.frame, self.language), BOUNDS)

    def chart(self) -> alt.Chart:
        """The bounds of every row as a bar, by edition; an Altair chart that can be changed further."""
        return _bounds_chart(self, "edition:O", "city:N")


@dataclass(frozen=True, kw_only=True, repr=False)
class RankResult(Result):
    """Places among the regions of the snapshot, as ranges where bounds overlap."""

    def for_people(self) -> pl.DataFrame:
        """The rows with intervals in one cell."""
        from analysis.index.words import with_interval, with_places

        told = with_interval(with_places(self.frame, self.language), "iid", self.language)
        return Result(frame=told, title=self.title, language=self.language, shown=self.shown).for_people()

    def in_words(self) -> pl.DataFrame:
        """Return the rows with index and place as {lower, upper}."""
        return with_bounds(self.frame, {"iid": "iid", "place": "rank"})

    def chart(self) -> alt.Chart:
        """The bounds of every city as a bar; an Altair chart that can be changed further."""
        return _bounds_chart(self, "city:N", "edition:O")


def _bounds_chart(result: Result, row: str, colour: str) -> alt.Chart:
    import altair as alt

    language = result.language
    data = result.frame.select(
        "city",
        "edition",
        "rulebook",
        pl.col("iid_lower", "iid_upper").cast(pl.Float64),
    ).drop_nulls()
    mark = f" ({language('SIMULATED DATA')})" if result.is_simulated else ""
    bars = alt.Chart(data).mark_bar(height=9, cornerRadius=2)
    drawn: alt.Chart = bars.encode(
        x=alt.X("iid_lower:Q", title="IID (0–100)", scale=alt.Scale(domain=[0, 100])),
        x2="iid_upper:Q",
        y=alt.Y(row, title=None),
        yOffset="rulebook:N",
        color=alt.Color(colour, title=None, scale=alt.Scale(scheme="tableau10")),
        tooltip=["city:N", "edition:O", "rulebook:N", "iid_lower:Q", "iid_upper:Q"],
    ).properties(
        title=result.title + mark,
        description=language("A bar for each row, from the lowest to the highest value of its index; see the table."),
        width=560,
    )
    return drawn
