"""Finds the tables of a recap: where each header stands, which rows are entries, and what is said around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from etl.cells.sheet import Cell, Percent, Sheet, as_text
from etl.layout.declared import simplified
from etl.recaps.recap_headings import MAYBE, SCORED, Heading, heading_of, number_in, with_numbers_below
from etl.recaps.recap_words import load_recap_words
from etl.tables.furniture import numbers_columns
from etl.tables.merged_ranges import filled_rows
from etl.tables.words import load_words
from iga.contest.common_categories import common_category

DEPTH = 40
"""Rows among which the header of a sheet is sought."""
LEVELS = 3
_NAMES = ("title", "unit", "participant", "person", *MAYBE)


@dataclass
class RecapTable:
    """A header of a recap and its rows: (row number, cells, category) of each; `titles` is what stands above."""

    sheet: Sheet
    top: int
    bottom: int
    headings: list[Heading]
    titles: list[str]
    rows: list[tuple[int, list[Cell], str]] = field(default_factory=list)
    stage: str = ""
    juror: str = ""
    category: str = ""

    def place(self, *roles: str) -> int | None:
        """Return the column of the first of these roles."""
        for role in roles:
            for heading in self.headings:
                if heading.role == role:
                    return heading.place
        return None

    def of_role(self, *roles: str) -> list[Heading]:
        """Return the headings of some roles, from the left."""
        return [heading for heading in self.headings if heading.role in roles]

    @property
    def is_detailed(self) -> bool:
        """Whether it holds more than final values."""
        return bool(self.of_role(*SCORED)) and not (
            len(self.of_role(*SCORED)) == 1 and self.of_role("score") and self.of_role("rank", "final", "total")
        )


def tables_in(sheets: Sequence[Sheet]) -> list[RecapTable]:
    """Return the tables of the visible sheets, or of hidden ones where no other is there."""
    shown = [sheet for sheet in sheets if not sheet.is_hidden] or list(sheets)
    return [table for sheet in shown for table in _of_sheet(sheet)]


def says_recap(sheets: Sequence[Sheet]) -> bool:
    """Return whether the words above a table, or the name of a sheet, say that it is a recap of a contest."""
    pattern = load_recap_words().patterns["recap"]
    for sheet in sheets:
        texts = [sheet.name, *(as_text(cell) for row in sheet.rows[:8] for cell in row if isinstance(cell, str))]
        if any(pattern.search(text) for text in texts):
            return True
    return False


def _of_sheet(sheet: Sheet) -> Iterator[RecapTable]:
    start = 0
    while (found := _next_header(sheet, start)) is not None:
        top, bottom, headings = found
        following = _next_header(sheet, bottom + 1, limit=len(sheet.rows))
        end = following[0] if following else len(sheet.rows)
        table = RecapTable(sheet, top, bottom, headings, _titles(sheet, start, top))
        _read_around(table, is_first=start == 0)
        _read_rows(table, end)
        table.headings = _with_names(table, _with_documents(table))
        yield table
        if following is None:
            return
        # Titles between two tables stand above the second one.
        start = table.rows[-1][0] if table.rows else bottom + 1


def _next_header(sheet: Sheet, start: int, limit: int | None = None) -> tuple[int, int, list[Heading]] | None:
    last = min(len(sheet.rows), start + DEPTH if limit is None else limit)
    for top in range(start, last):
        has_numbers = any(number_in(cell) is not None for cell in sheet.rows[top])
        if not has_numbers and len(_texts(sheet.rows[top])) >= 2 and (found := _header_at(sheet, top)) is not None:
            return top, *found
    return None


def _texts(row: Sequence[Cell]) -> list[str]:
    return [cell for cell in row if isinstance(cell, str) and cell.strip() and number_in(cell) is None]


def _header_at(sheet: Sheet, top: int) -> tuple[int, list[Heading]] | None:
    """The last row of the header that begins at `top`, and its columns; None where none begins there."""
    lines = [list(map(as_text, sheet.rows[top]))]
    first = [heading_of(place, text) for place, text in enumerate(lines[0]) if text.strip()]
    if not any(heading.role in (*_NAMES, "number") for heading in first):
        return None
    names = {heading.place for heading in first if heading.role in (*_NAMES, "number", "category")}
    bottom = top
    while bottom + 1 < len(sheet.rows) and bottom + 1 - top < LEVELS:
        below = sheet.rows[bottom + 1]
        filled = [place for place, cell in enumerate(below) if cell is not None and as_text(cell).strip()]
        above = lines[-1]
        is_level = bool(filled) and not any(
            place in names and (place >= len(above) or as_text(below[place]) != above[place]) for place in filled
        )
        are_jurors = is_level and _under_a_group(lines[0], filled)
        if not is_level or (not are_jurors and (numbers_columns(below) or _states_numbers(below))):
            break
        if not are_jurors and not any(isinstance(below[place], str) for place in filled):
            break
        lines.append(list(map(as_text, below)))
        bottom += 1
    headings = _joined(sheet, lines, top)
    while bottom + 1 < len(sheet.rows):
        below = sheet.rows[bottom + 1]
        if numbers_columns(below):
            bottom += 1
        elif _states_numbers(below) and not any(place < len(below) and _is_text(below[place]) for place in names):
            headings = with_numbers_below(headings, below)
            bottom += 1
        else:
            break
    roles = Counter(heading.role for heading in headings)
    scored = sum(roles[role] for role in SCORED)
    checked = roles["total"] + roles["average"] + roles["final"] + roles["result"]
    named = sum(roles[role] for role in _NAMES)
    return (bottom, headings) if named and (scored or checked or roles["unknown"]) and len(headings) > 2 else None


def _is_text(cell: Cell) -> bool:
    return (
        isinstance(cell, str)
        and number_in(cell) is None
        and not load_recap_words().patterns["weights_row"].match(cell.strip())
    )


def _under_a_group(line: Sequence[str], filled: Sequence[int]) -> bool:
    """Whether numbers below a header by their number are names of columns, as under "Juri"."""
    words = load_recap_words()
    first = filled[0]
    if first < len(line) and line[first].strip() and first + 1 < len(line) and line[first + 1].strip():
        return False  # what stands under a column of its own is data
    group = next((text for text in reversed(line[: first + 1]) if text.strip()), "")
    return words.groups.get(simplified(group)) == "jurors"


def _states_numbers(row: Sequence[Cell]) -> bool:
    """Whether a row below a header states weights or highest scores."""
    filled = [cell for cell in row if cell is not None and as_text(cell).strip()]
    numbers = [number for cell in filled if (number := number_in(cell)) is not None]
    others = [cell for cell in filled if number_in(cell) is None]
    words = load_recap_words().patterns["weights_row"]
    if any(isinstance(cell, str) and words.match(cell.strip()) for cell in others):
        return True
    is_share = any(isinstance(cell, Percent) or (isinstance(cell, str) and "%" in cell) for cell in filled)
    is_full = sum(numbers) in (1, 100) or (sum(numbers[:-1]) in (1, 100) and numbers[-1] == sum(numbers[:-1]))
    return len(numbers) >= 2 and not others and (is_share or is_full)


def _joined(sheet: Sheet, lines: Sequence[Sequence[str]], top: int) -> list[Heading]:
    """The headings of the columns, each with what stands over it."""
    width = max(map(len, lines))
    levels = [[line[place] if place < len(line) else "" for place in range(width)] for line in lines]
    spans = {
        (row - top, column): as_text(sheet.rows[row][first] if first < len(sheet.rows[row]) else None)
        for row, first, _, last in sheet.merged
        if top <= row < top + len(lines)
        for column in range(first, last + 1)
    }
    headings = []
    carried = [""] * len(levels)
    for place in range(width):
        texts = []
        for level, line in enumerate(levels):
            text = line[place].strip()
            has_below = any(below[place].strip() for below in levels[level + 1 :])
            if text:
                carried[level] = text
                carried[level + 1 :] = [""] * (len(levels) - level - 1)
            elif has_below and level < len(levels) - 1:
                text = spans.get((level, place), "").strip() or carried[level]
            if text and text not in texts:
                texts.append(text)
        if texts:
            headings.append(_of_levels(place, texts))
    return headings


def _of_levels(place: int, texts: Sequence[str]) -> Heading:
    heading = heading_of(place, texts[-1], texts[-2] if len(texts) > 1 else "")
    if len(texts) > 2:
        over = heading_of(place, texts[-2], texts[-3])
        heading = replace(
            heading,
            juror=heading.juror or over.juror,
            stage=heading.stage or over.stage,
            criterion=heading.criterion or over.criterion,
        )
    return heading


def _titles(sheet: Sheet, start: int, top: int) -> list[str]:
    rows = sheet.rows[start:top]
    return [text for row in rows for cell in row if isinstance(cell, str) and (text := " ".join(cell.split()))]


def _read_around(table: RecapTable, *, is_first: bool) -> None:
    """Take stage, juror and category from the titles above the table and the name of its sheet."""
    words = load_recap_words()
    for text in [*table.titles, table.sheet.name.rpartition("/")[2]]:
        table.stage = table.stage or words.stage_in(text)
        if found := words.patterns["said_juror"].fullmatch(text):
            table.juror = table.juror or found["name"].strip()
        if found := words.patterns["said_category"].fullmatch(text):
            table.category = table.category or found["name"].strip()
        found = words.patterns["title_category"].search(text)
        if found and not table.category and common_category(found["name"]):
            table.category = found["name"].strip()
    name = table.sheet.name.rpartition("/")[2].strip()
    if not table.juror and words.patterns["juror"].match(name) and re.search(r"\d|\b[ivx]+$", name, re.IGNORECASE):
        table.juror = name
    if not table.category:
        short = [text for text in table.titles if common_category(text)]
        table.category = short[-1] if short else (name if common_category(name) else "")
    if not table.category and any("krenova" in text.casefold() for text in [*table.titles, name]):
        table.category = "Krenova"
    if not table.category and (units := table.of_role("unit")):
        # A column "Kelurahan" says what its units are; "Perangkat Daerah" is said of all of them.
        said = re.sub(r"^(?:nama|asal)\s+", "", units[0].text.strip(), flags=re.IGNORECASE)
        table.category = said if common_category(said) not in ("", "opd") else ""
    if table.of_role("stage"):
        table.stage = ""  # its columns name their stages


def _read_rows(table: RecapTable, end: int) -> None:
    """Take the rows of entries; a row with one text is a section, which may name the category."""
    words, furniture = load_recap_words(), load_words()
    header = [simplified(as_text(cell)) for cell in table.sheet.rows[table.top]]
    category = table.category
    name_places = [heading.place for heading in table.headings if heading.role in _NAMES]
    scored = [
        heading.place
        for heading in table.headings
        if heading.role in (*SCORED, "total", "average", "final", "result", "unknown")
    ]
    spread = _spread(table)
    for number, written in enumerate(table.sheet.rows[table.bottom + 1 : end], start=table.bottom + 2):
        row = spread.get(number - 1, written)
        texts = list(dict.fromkeys(as_text(cell).strip() for cell in row if cell is not None and as_text(cell).strip()))
        if not texts or [simplified(as_text(cell)) for cell in row] == header or numbers_columns(row):
            continue
        has_scores = any(place < len(row) and _is_score(row[place]) for place in scored)
        names = [as_text(row[place]).strip() for place in name_places if place < len(row) and row[place] is not None]
        names = [name for name in names if name]
        # A merged section row may repeat its text in all cells.
        section = (
            _section(texts) if len(texts) <= 2 and not any(number_in(text) is not None for text in texts[1:]) else ""
        )
        if section and (not has_scores or len(texts) == 1):
            if found := words.patterns["said_category"].fullmatch(section):
                category = found["name"].strip()
            elif common_category(section):
                category = section
            continue
        first = next((text for text in texts if number_in(text) is None), "")
        is_foot = furniture.total.match(first) or furniture.average.match(first) or furniture.note.match(first)
        if is_foot and (not names or names[0] == first) and len(names) <= 1:
            continue
        if not has_scores and (not names or furniture.signature.match(first) or len(texts) <= 1):
            continue
        if not has_scores and number > _last_scored(table, scored):
            continue
        table.rows.append((number, row, category))


def _with_documents(table: RecapTable) -> list[Heading]:
    """The headings; a column of answers (ada, ya, v, tidak) under no other role is a document of a checklist."""
    answers, said = load_recap_words().answers, " ".join([*table.titles, table.sheet.name])
    is_checklist = load_recap_words().stage_in(said) == "Administrasi"
    made = []
    for heading in table.headings:
        texts = [as_text(row[heading.place]).strip() for _, row, _ in table.rows if heading.place < len(row)]
        filled = [text for text in texts if text]
        known = [text for text in filled if text in answers or simplified(text) in answers]
        has_words = any(number_in(text) is None for text in known)
        if heading.role == "remark" and filled:
            places = sum(bool(load_recap_words().patterns["place"].match(text)) for text in filled)
            is_result = is_checklist and 2 * len(known) >= len(filled)
            made.append(replace(heading, role="rank" if places == len(filled) else "result" if is_result else "remark"))
            continue
        may_be = heading.role in ("unknown", "criterion", "stage") or (is_checklist and heading.role == "ignored")
        if may_be and known and 2 * len(known) >= len(filled) and (has_words or is_checklist):
            made.append(replace(heading, role="document", criterion=heading.criterion or heading.text, stage=""))
        else:
            made.append(heading)
    return made


def _with_names(table: RecapTable, headings: list[Heading]) -> list[Heading]:
    """The headings; where no column is that of titles or of units, one of texts whose header speaks of them is."""
    made: list[Heading] = []
    for heading in headings:
        role = MAYBE.get(heading.role)
        if role is not None:
            is_open = not any(other.role == role for other in [*headings, *made])
            role = role if is_open and _holds_texts(table, heading) else "unknown"
        made.append(heading if role is None else replace(heading, role=role))
    return made


def _holds_texts(table: RecapTable, heading: Heading) -> bool:
    cells = [row[heading.place] for _, row, _ in table.rows if heading.place < len(row)]
    filled = [cell for cell in cells if cell is not None and as_text(cell).strip()]
    return bool(filled) and all(isinstance(cell, str) and number_in(cell) is None for cell in filled)


def _is_score(cell: Cell) -> bool:
    """Whether a cell may be a score or an answer of a checklist: not the name of who signs."""
    text = as_text(cell).strip()
    answers = load_recap_words().answers
    return bool(text) and (number_in(cell) is not None or text in answers or simplified(text) in answers)


def _spread(table: RecapTable) -> dict[int, list[Cell]]:
    """The rows below the header with a merged unit or category in each of its rows; scores stay as written."""
    places = {heading.place for heading in table.of_role("category", "unit", "title")}
    merged = [span for span in table.sheet.merged if span[1] == span[3] and span[1] in places]
    return filled_rows(table.sheet.rows, merged, table.bottom) if merged else {}


def _last_scored(table: RecapTable, scored: Sequence[int]) -> int:
    rows = table.sheet.rows
    return max(
        (
            number
            for number, row in enumerate(rows, start=1)
            if any(place < len(row) and _is_score(row[place]) for place in scored)
        ),
        default=0,
    )


def _section(texts: Sequence[str]) -> str:
    """The words of a row that holds nothing else, without its number."""
    text = texts[-1]
    if len(texts) == 2 and not re.fullmatch(r"[A-Za-z]|[IVXivx]{1,4}|\d{1,2}", texts[0].strip(" .)")):
        return ""
    return load_recap_words().patterns["numbered"].sub("", text, count=1).strip()
