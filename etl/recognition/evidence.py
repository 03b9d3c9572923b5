"""How like a layout a header is that no layout knows exactly: the differences by name, and which of them do no harm.

It is looked at only where no layout is found exactly, or one without some of its columns, so that a clean file costs
nothing more.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import resources

from rapidfuzz.distance import OSA

from etl.cells.distinct_column import CellColumn, columns_below
from etl.cells.sheets import Sheet, as_text
from etl.layout.declared import Column, HeaderRows, Layout, Match, load_layouts, match_of, place_of, simplified
from etl.values.normalise import is_missing

SHORT, LONG = 5, 10
"""Letters of a header from which one typing error, and two, are looked past; digits must be the same."""
_EXTRA = ("pattern", "pattern_may_miss", "digits", "fallback")
_SCORE = "claimed_score"


@dataclass(frozen=True)
class Difference:
    """One way in which a header is not that of a layout.

    `kind` is `absent` (an optional column), `missing` (one that is needed), `synonym`, `typing`. `header` is what the
    file says, `expected` what the layout knows.
    """

    kind: str
    field: str
    header: str = ""
    expected: str = ""


@dataclass(frozen=True)
class Likeness:
    """A layout as it stands in a header that is not quite its own."""

    layout: Layout
    sheet: Sheet
    header_row: int
    match: Match | None
    """None where a column is missing that no row can do without"""
    differences: tuple[Difference, ...]
    exact_count: int
    unclaimed: tuple[str, ...] = field(default=())
    """headers of the file that the layout does not know"""

    @property
    def weight(self) -> int:
        """How much speaks against it: a needed column that is missing as much as three other differences.

        A header that several fields read differs once.
        """
        distinct = {(difference.kind, difference.header or difference.field) for difference in self.differences}
        return sum(3 if kind == "missing" else 1 for kind, _ in distinct)

    def of_kind(self, *kinds: str) -> list[Difference]:
        """Return the differences of some kinds."""
        return [difference for difference in self.differences if difference.kind in kinds]


def likenesses(
    file_format: str, sheets: Sequence[Sheet], layouts: Sequence[Layout], *, is_stated: bool
) -> list[Likeness]:
    """Return how like each layout is to the file, the likest place of each, the likest layout first."""
    tables = [layout for layout in layouts if layout.shape == "table" and (layout.grain == "row" or is_stated)]
    depth = max((layout.header_rows for layout in tables), default=0)
    visible = [sheet for sheet in sheets if not sheet.is_hidden] or list(sheets)
    rows = [HeaderRows(sheet, depth) for sheet in visible]
    best = []
    for layout in tables:
        if file_format not in layout.formats and not is_stated:
            continue
        places = [
            likeness
            for sheet, header_rows in zip(visible, rows, strict=True)
            for number, texts, headers, _ in header_rows.of(layout.header_depth)[: layout.header_rows]
            if (likeness := _in_row(layout, sheet, number, texts, headers, is_stated=is_stated)) is not None
        ]
        if places:
            best.append(min(places, key=_order))
    return sorted(best, key=_order)


def _order(likeness: Likeness) -> tuple[bool, int, int]:
    return likeness.match is None, likeness.weight, -likeness.exact_count


def _in_row(
    layout: Layout, sheet: Sheet, number: int, texts: list[str], headers: list[str], *, is_stated: bool
) -> Likeness | None:
    columns, differences = _columns(layout, texts, headers)
    for column in layout.columns:
        if column.field not in columns and column.field in layout.needed:
            kind = "absent" if _may_be_absent(layout, column, is_stated=is_stated) else "missing"
            differences.append(Difference(kind, column.field, expected=first_header(layout, column)))
    # One absent column may be that of an export without it; without two of its marks it is another system's list.
    if not is_stated and sum(difference.kind == "absent" for difference in differences) > 1:
        differences = [replace(one, kind="missing") if one.kind == "absent" else one for one in differences]
    missing = [difference for difference in differences if difference.kind == "missing"]
    exact = len(columns) - sum(difference.kind in ("synonym", "typing") for difference in differences)
    # Most of what a row needs must be there, and a part of it as the layout writes it.
    if len(missing) * 2 > len(layout.needed) or exact * 2 < len(columns) or not columns:
        return None
    match = None if missing else match_of(layout, sheet, number, texts, headers, columns)
    if match is None and not missing:
        return None
    taken = set(columns.values()) if match is None else _places(match)
    rest = [text for place, text in enumerate(texts) if text and place not in taken and not is_running_number(text)]
    return Likeness(layout, sheet, number, match, tuple(differences), exact, tuple(rest))


def is_running_number(header: str) -> bool:
    """Whether a header is that of the rows' running number, which says nothing of an innovation."""
    return simplified(header) in ("no", "nomor urut", "no urut")


def _places(match: Match) -> set[int]:
    return {*match.columns.values(), *match.levels.values(), *match.documents.values(), *match.years.values()}


def _may_be_absent(layout: Layout, column: Column, *, is_stated: bool) -> bool:
    """Whether a file without the column says the same: nothing of it is read, or it is a number of another system."""
    if column.required:
        return False
    return is_stated or column.type == "ignored" or (column.field == "external_id" and layout.kind == "innovation_list")


def first_header(layout: Layout, column: Column) -> str:
    """Return the header by which a column is told of."""
    return column.headers[0] if column.headers else column.field


def _columns(layout: Layout, texts: list[str], headers: list[str]) -> tuple[dict[str, int], list[Difference]]:
    columns: dict[str, int] = {}
    differences: list[Difference] = []
    for column in layout.columns:
        for wanted in map(simplified, column.headers):
            if column.field not in columns and (place := place_of(headers, wanted, column.which)) is not None:
                columns[column.field] = place
    known = synonyms(layout.kind, layout.score_kind)
    free = {place for place, text in enumerate(headers) if text} - set(columns.values())
    open_columns = [column for column in layout.columns if column.field not in columns]
    for column in open_columns:
        if any(getattr(column, name) for name in _EXTRA) or column.field in layout.codes:
            continue
        places = [place for place in sorted(free) if known.get(headers[place]) == column.field]
        if len(places) == 1:
            columns[column.field] = places[0]
            free.discard(places[0])
            differences.append(Difference("synonym", column.field, texts[places[0]], first_header(layout, column)))
    for name, place, wanted in _typed(layout, columns, headers, free, {*known, *_known_headers()}):
        columns[name] = place
        expected = next((text for text in layout.column(name).headers if simplified(text) == wanted), wanted)
        differences.append(Difference("typing", name, texts[place], expected))
    return columns, differences


def _typed(
    layout: Layout, columns: dict[str, int], headers: list[str], free: set[int], known: Container[str]
) -> list[tuple[str, int, str]]:
    """(field, place, header meant) of each header that is one of the layout's but for a typing error, and no other."""
    pairs = []
    for column in layout.columns:
        if column.field in columns:
            continue
        for place in free:
            if headers[place] in known:
                continue
            near = [wanted for wanted in map(simplified, column.headers) if is_typing_error(headers[place], wanted)]
            if near:
                pairs.append((column.field, place, near[0]))
    fields = [name for name, _, _ in pairs]
    # Several fields may read one column: they mean one header.
    meant: dict[int, set[str]] = {}
    for _, place, wanted in pairs:
        meant.setdefault(place, set()).add(wanted)
    return [pair for pair in pairs if fields.count(pair[0]) == 1 and len(meant[pair[1]]) == 1]


@lru_cache(maxsize=20_000)
def is_typing_error(header: str, wanted: str) -> bool:
    """Whether a header is another but for a slip of a letter, or of two where it is long; both are simplified."""
    shorter = min(len(header), len(wanted))
    most = 2 if shorter >= LONG else 1 if shorter >= SHORT else 0
    if not most or re.findall(r"\d", header) != re.findall(r"\d", wanted):
        return False
    return 0 < OSA.distance(header, wanted, score_cutoff=most) <= most


@cache
def synonyms(kind: str, score_kind: str) -> dict[str, str]:
    """Return the field that a simplified header stands for, from ``synonyms.toml``; only of innovation lists.

    The words for a score speak of the claimed one.
    """
    if kind != "innovation_list":
        return {}
    is_claimed = score_kind == "claimed"
    return {simplified(header): name for name, header in _written() if name != _SCORE or is_claimed}


@cache
def _known_headers() -> frozenset[str]:
    """Every header that any layout knows: none of them is a slip of another."""
    columns = (column for layout in load_layouts().values() for column in layout.columns)
    return frozenset(simplified(text) for column in columns for text in column.headers)


@cache
def _written() -> tuple[tuple[str, str], ...]:
    text = resources.files("etl.recognition").joinpath("synonyms.toml").read_text(encoding="utf-8")
    return tuple((name, header) for name, headers in tomllib.loads(text).items() for header in headers)


def explaining_more(
    match: Match, file_format: str, sheets: Sequence[Sheet], layouts: Sequence[Layout]
) -> list[Likeness]:
    """Return the likenesses that claim more columns of the file than an exact match does, none of theirs missing.

    A slip in the one header that tells two layouts apart must not give the rows to the poorer of them.
    """
    taken = _places(match)
    unclaimed = {simplified(text) for place, text in enumerate(match.headers) if text and place not in taken}
    if match.form or unclaimed.isdisjoint(_known_headers()):
        return []
    of_kind = [layout for layout in layouts if layout.kind == match.layout.kind]
    return [
        likeness
        for likeness in likenesses(file_format, sheets, of_kind, is_stated=False)
        if likeness.match is not None
        and likeness.sheet is match.sheet
        and not likeness.of_kind("absent", "missing")
        and likeness.exact_count > len(match.columns)
    ]


def with_renamed(match: Match) -> tuple[Match, list[Difference]]:
    """Return an exact match with the columns that it can do without and that bear another name or a slip of theirs.

    Without them their values would be lost, although the file has them.
    """
    taken = _places(match)
    headers = [simplified(text) for text in match.headers]
    if match.form or all(not text or place in taken for place, text in enumerate(headers)):
        return match, []
    columns, differences = _columns(match.layout, list(match.headers), headers)
    own = {column.field for column in _expected(match)} - match.columns.keys()
    renamed = {
        difference.field: columns[difference.field]
        for difference in differences
        if difference.field in own and columns[difference.field] not in taken
    }
    if not renamed:
        return match, []
    return (
        replace(match, columns={**match.columns, **renamed}),
        [difference for difference in differences if difference.field in renamed],
    )


def repeated_header(match: Match) -> str:
    """Return a header that two columns bear with different cells, one of them read; empty where there is none."""
    read = {
        index: match.layout.column(name).which
        for name, index in match.columns.items()
        if match.layout.column(name).type != "ignored"
    }
    read |= dict.fromkeys([*match.levels.values(), *match.documents.values()], 0)
    if match.form or len(set(match.headers)) == len(match.headers):
        return ""
    simple = [simplified(text) for text in match.headers]
    taken = _places(match)
    below = columns_below(match.sheet, match.header_row)
    for index, which in read.items():
        others = [place for place, text in enumerate(simple) if text == simple[index] and place not in taken]
        if simple[index] and not which and any(_differ(below, index, other) for other in others):
            return match.headers[index]
    return ""


def _differ(below: Sequence[CellColumn], index: int, other: int) -> bool:
    if max(index, other) >= len(below):
        return False
    pairs = zip(below[index].cells, below[other].cells, strict=True)
    return any(not is_missing(beside) and as_text(beside).strip() != as_text(cell).strip() for cell, beside in pairs)


def told_differences(match: Match, differences: Sequence[Difference] = ()) -> dict[str, str]:
    """Return the arguments of words for what is not as expected: columns absent, empty, renamed, mistyped."""
    absent = [difference.expected for difference in differences if difference.kind == "absent"]
    absent += [first_header(match.layout, column) for column in _expected(match) if column.field not in match.columns]
    empty = list(_empty_headers(match))
    renamed = [
        f"{difference.header} → {difference.expected}"
        for difference in differences
        if difference.kind in ("synonym", "typing")
    ]
    told = {"absent": absent, "empty": empty, "renamed": renamed}
    return {name: ", ".join(dict.fromkeys(texts)) for name, texts in told.items() if texts}


def _expected(match: Match) -> Iterator[Column]:
    """The columns whose values are read.

    Those that a version of the export never had are told as well: nobody can tell it from one without them. Only
    lists of innovations are expected to have all: our own templates are sent with the columns that are needed.
    """
    if match.layout.kind != "innovation_list":
        return
    yield from (column for column in match.layout.columns if column.type != "ignored")


def _empty_headers(match: Match) -> Iterator[str]:
    if match.form or not match.has_rows:
        return
    below = columns_below(match.sheet, match.header_row)
    for name, index in match.columns.items():
        is_read = match.layout.column(name).type != "ignored"
        if is_read and (index >= len(below) or all(cell is None for cell in below[index].cells)):
            yield match.headers[index]
