"""Say once what the columns of an unknown file are: a preview of what each becomes, and a layout kept for its sender.

The command `iga layout confirm` and the desk ask for the same things here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain

from etl.cells.sheets import Cell, Sheet, as_text
from etl.layout.declared import Column, Layout, Match, header_text, load_layouts, simplified
from etl.recognition.detect import Choice, choose_layout
from etl.recognition.evidence import is_running_number
from etl.recognition.home_layouts import NAME, HomeLayouts, checked_layout
from etl.recognition.propose import alias_dictionary, guess_header
from etl.tables.make_ready import ready_sheets
from etl.values.columns import EditionScale, converter_of
from etl.values.data_rows import table_of
from etl.values.dates import date_order_of
from etl.values.normalise import is_missing
from iga.rulebook import Rulebooks, shipped_rulebooks
from iga.rules.toml_text import written
from warehouse import disk
from warehouse.errors import UnknownName
from warehouse.home import Home

NEEDED = ("title", "unit_name")
"""Fields without which a row is no innovation."""
IGNORED = ("", "-")
"""How somebody says that a column is not read."""
SCORES = ("final_score", "verified_score", "claimed_score")
_SEARCHED_ROWS = 30
_SAMPLES = 3
_NUMBERED = re.compile(r"(?P<header>.*)#(?P<which>[1-9][0-9]?)", re.DOTALL)


@dataclass(frozen=True)
class Header:
    """Where the columns of a file are named: sheet, row, the texts, and what each column seems to be (empty: nothing).

    A text that stands more than once is followed by `#1`, `#2` and so on, as answers name it.
    """

    sheet: Sheet
    row: int
    texts: tuple[str, ...]
    guesses: dict[str, str]


@dataclass(frozen=True)
class ColumnPreview:
    """What a column becomes: the first cells as sent, the same as they will be stored, and how many cannot be read."""

    header: str
    field: str
    type: str
    original: tuple[str, ...]
    stored: tuple[str | None, ...]
    filled_count: int
    rejected_count: int


@cache
def fields_to_confirm() -> dict[str, Column]:
    """Return the fields that a column may become, and how each is read: those of lists of innovations."""
    known: dict[str, Column] = {}
    for column in alias_dictionary().values():
        if column.type != "ignored":
            known.setdefault(column.field, column)
    dates = Column(field="date", type="date")
    for name in ("trial_date", "implementation_date", "development_date"):
        known[name] = dates.model_copy(update={"field": name})
    for name in SCORES:
        known[name] = Column(field=name, type="score")
    # Numbers of an unknown system stay as they are written.
    known["external_id"] = Column(field="external_id", type="text")
    return known


def header_of(sheets: Sequence[Sheet], answers: Mapping[str, str], rulebooks: Rulebooks | None = None) -> Header:
    """Return the header of a file: the row that holds all headers that are named, else the likest one.

    Raises UnknownName where no row holds what is named, with the headers that there are.
    """
    wanted = {simplified(_named(name)[0]) for name in answers}
    best: tuple[float, Header] | None = None
    ready = ready_sheets(sheets)
    for sheet in [sheet for sheet in ready if not sheet.is_hidden] or ready:
        for number, row in enumerate(sheet.rows[:_SEARCHED_ROWS], start=1):
            header = _header(sheet, number, row, rulebooks or shipped_rulebooks())
            found = {simplified(_named(text)[0]) for text in header.texts if text}
            # Where nothing is known the widest row of texts alone is the header.
            is_text = all(isinstance(cell, str) for cell in row if cell is not None)
            weight = 1_000.0 * len(wanted & found) + 10 * len(header.guesses) + is_text * len(found) / 10
            if found and (best is None or weight > best[0]):
                best = (weight, header)
    if best is None:
        raise UnknownName("The file has no rows", next_step="send a list with a header row")
    header = best[1]
    there = {simplified(_named(text)[0]) for text in header.texts}
    lacking = [_named(name)[0] for name in answers if simplified(_named(name)[0]) not in there]
    if lacking:
        raise UnknownName(
            "The file has no column {names}",
            next_step="its columns: {known}",
            names=", ".join(lacking),
            known=", ".join(filter(None, header.texts)),
        )
    return header


def _header(sheet: Sheet, number: int, row: Sequence[Cell], rulebooks: Rulebooks) -> Header:
    texts = [header_text(cell) for cell in row]
    simple = [simplified(text) for text in texts]
    shown = tuple(
        f"{text}#{simple[: place + 1].count(simple[place])}" if text and simple.count(simple[place]) > 1 else text
        for place, text in enumerate(texts)
    )
    guesses: dict[str, str] = {}
    for place, text in enumerate(texts):
        guess = guess_header(text, place, rulebooks) if text and not is_running_number(text) else None
        field = guess.column.field if guess is not None and guess.column is not None else ""
        if field in fields_to_confirm() and field not in guesses.values():
            guesses[shown[place]] = field
    return Header(sheet, number, shown, guesses)


def _named(answer: str) -> tuple[str, int]:
    """The header that an answer names, and which of several of that name (0: there is one)."""
    numbered = _NUMBERED.fullmatch(answer)
    return (numbered["header"], int(numbered["which"])) if numbered else (answer, 0)


def with_guesses(header: Header, answers: Mapping[str, str]) -> dict[str, str]:
    """Return what each column becomes: as answered, else as guessed unless another column was said to be that."""
    by_text = {simplified(text): text for text in header.texts if text}
    said: dict[str, str] = {}
    for name, field in answers.items():
        text = by_text.get(simplified(name), name)
        said[text] = "" if field in IGNORED else field
    unknown = sorted(set(said.values()) - {"", *fields_to_confirm()})
    if unknown:
        raise UnknownName(
            "There is no field {field}",
            next_step="fields: {known}; - for a column that is not read",
            field=", ".join(unknown),
            known=", ".join(sorted(fields_to_confirm())),
        )
    repeated = sorted({field for field in said.values() if field and list(said.values()).count(field) > 1})
    if repeated:
        raise UnknownName("Two columns are said to be {field}", next_step="name one of them", field=", ".join(repeated))
    guessed = {text: field for text, field in header.guesses.items() if field not in said.values()}
    return {**guessed, **said}


def confirmed_layout(
    name: str, file_format: str, header: Header, answers: Mapping[str, str], senders: Sequence[str]
) -> str:
    """Return the text of the layout that reads a file as answered; every other column of the file is known and ignored.

    Raises UnknownName where no column is the title or the unit.
    """
    fields = {text: field for text, field in with_guesses(header, answers).items() if field}
    if lacking := [field for field in NEEDED if field not in fields.values()]:
        raise UnknownName(
            "No column is said to be {field}",
            next_step='name it: --column "Header={first}"; columns: {known}',
            field=", ".join(lacking),
            first=lacking[0],
            known=", ".join(filter(None, header.texts)),
        )
    rows = header.sheet.rows[header.row :]
    scores = [score for score in SCORES if score in fields.values()]
    columns: list[dict[str, object]] = []
    dates: list[Cell] = []
    for place, text in enumerate(header.texts):
        if not text or is_running_number(text):
            continue
        plain, which = _named(text)
        field = fields.get(text, "")
        known = fields_to_confirm()[field] if field else Column(field=f"column_{place + 1}", type="ignored")
        # A layout with one score says whose it is for the whole file.
        stored = "claimed_score" if field in SCORES and len(scores) == 1 else known.field
        column: dict[str, object] = {"field": stored, "type": known.type, "headers": [plain]}
        column |= {"vocabulary": known.vocabulary} if known.vocabulary else {}
        column |= {"required": True} if field in NEEDED else {}
        column |= {"which": which} if which else {}
        columns.append(column)
        if known.type == "date":
            dates += [row[place] for row in rows if place < len(row)]
    # Days come first here where no date of the file says otherwise; the preview shows what that makes of them.
    order, open_order = date_order_of(dates, "evidence")
    content: dict[str, object] = {
        "name": name,
        "title_id": f"Kolom yang ditetapkan: {name}",
        "title_en": f"Confirmed columns: {name}",
        "source": "confirmed by a person (iga layout confirm)",
        "kind": "innovation_list",
        "formats": sorted({file_format, "excel", "html", "csv"}),
        "header_rows": header.row + 5,
        "score_kind": scores[0].removesuffix("_score") if len(scores) == 1 else "claimed",
        "date_order": "day_first" if open_order else order,
        "decimal_mark": "evidence",
        "external_system": name if "external_id" in fields.values() else "",
        "senders": list(senders),
        "signature": [str(column["field"]) for column in columns if column["type"] != "ignored"],
        "column": columns,
    }
    return written({key: value for key, value in content.items() if value != []})


def preview(
    layout: Layout, file_format: str, sheets: Sequence[Sheet], scale: EditionScale
) -> tuple[Choice, list[ColumnPreview]]:
    """Return how a file would be read by a layout: whether it is, and each column with its first values as stored."""
    choice = choose_layout(file_format, ready_sheets(sheets), scale, layouts=[layout])
    return choice, [] if choice.match is None else columns_as_stored(choice.match, scale)


def columns_as_stored(match: Match, scale: EditionScale) -> list[ColumnPreview]:
    """Return each column that a layout reads, with its first filled cells as sent and as they will be stored."""
    table = table_of(match)
    shown = []
    for column in match.layout.columns:
        if column.field not in match.columns:
            continue
        index = match.columns[column.field]
        cells = [match.form[column.field].value] if match.form else list(table.column(index))
        filled = [cell for cell in cells if not is_missing(cell)]
        convert, _ = converter_of(match.layout, column, cells, scale)
        values = {cell: convert(cell) for cell in dict.fromkeys(filled)}
        first = list(dict.fromkeys(filled))[:_SAMPLES]
        field = f"{match.layout.score_kind}_score" if column.field == "claimed_score" else column.field
        is_read = column.type != "ignored"
        shown.append(
            ColumnPreview(
                match.headers[index],
                field,
                column.type,
                tuple(as_text(cell) for cell in first),
                tuple(as_stored(column, values[cell][0]) if is_read else None for cell in first),
                len(filled),
                sum(values[cell][1] is not None for cell in filled) if is_read else 0,
            )
        )
    return shown


def as_stored(column: Column, value: object) -> str | None:
    """Return a value as the tables of a snapshot show it: a score with its two decimals, not in hundredths."""
    if value is None:
        return None
    if column.type in ("score", "points") and isinstance(value, int):
        return f"{value // 100}.{value % 100:02}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def free_name(known: HomeLayouts, wanted: str, header: Header, senders: Sequence[str]) -> str:
    """Return the name to keep a layout under: that of the layout it replaces, else the wanted one or one beside it.

    A layout for the same sender and headers is replaced: of two answers about one list the later counts.
    """
    texts = {simplified(_named(text)[0]) for text in header.texts if text and not is_running_number(text)}
    for layout in known.layouts:
        own = set(chain.from_iterable(map(simplified, column.headers) for column in layout.columns))
        if own == texts and tuple(layout.senders) == tuple(senders):
            return layout.name
    plain = re.sub(r"[^a-z0-9]+", "_", wanted.casefold()).strip("_")[:50] or "susunan"
    taken = {*known.known, *(fault.path.removeprefix("layouts/").removesuffix(".toml") for fault in known.faults)}
    numbers = chain([""], (f"_{number}" for number in range(2, 1_000)))
    return next(f"{plain}{number}" for number in numbers if f"{plain}{number}" not in taken)


def keep(home: Home, text: str) -> Layout:
    """Write a layout into the home, and return it. Raises LayoutInvalid for one that could not be read again."""
    layout = checked_layout(text)
    if layout.name in load_layouts() or not NAME.fullmatch(layout.name):
        raise UnknownName(
            "A layout of the home cannot be called {name}", next_step="give it another --name", name=layout.name
        )
    disk.make_folder(home.layouts)
    disk.write_text(home.layouts / f"{layout.name}.toml", text)
    return layout
