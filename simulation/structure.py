"""Damages to the structure of a list, as people and programs do them: merges, sections, sheets, dialects, errors.

Each is a function that changes a draft, and returns False where the draft has nothing that it could damage. What the
rows mean stays what it was (`simulation.draft.Original.truth`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from random import Random

from etl.layout.declared import simplified
from etl.recognition.evidence import synonyms
from etl.tables.words import load_words
from simulation.draft import (
    Bare,
    Dialect,
    Draft,
    ErrorCell,
    Formula,
    Line,
    Original,
    Page,
    Share,
    Value,
    draft_of,
    shown,
)
from warehouse.reference import load_reference
from warehouse.region import region_of_code

Damage = Callable[[Draft, Random], bool]

_MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
           "November", "Desember")  # fmt: skip
_DATES = ("trial_date", "implementation_date", "development_date")
_READ = ("title", "unit_name", "stage", "claimed_score", *_DATES)
_LONGEST_SHEET_NAME = 31
_BROKEN = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")


def _unit_column(draft: Draft) -> int | None:
    return draft.columns.get("unit_name")


def _by_unit(draft: Draft) -> list[list[Line]]:
    """The lines of data in blocks of one unit, the units in the order of their names."""
    column = draft.columns["unit_name"]
    lines = sorted(draft.data, key=lambda line: shown(line.cells[column]))
    return [list(block) for _, block in groupby(lines, key=lambda line: shown(line.cells[column]))]


def merged_units(draft: Draft, random: Random) -> bool:
    """Sort by units, and merge the cells of each unit."""
    return _unit_once(draft, is_merged=True)


def unit_on_first_row(draft: Draft, random: Random) -> bool:
    """Sort by units, and leave the unit on the first row of its block only."""
    return _unit_once(draft, is_merged=False)


def _unit_once(draft: Draft, *, is_merged: bool) -> bool:
    column = _unit_column(draft)
    if column is None or draft.original.columns.get("account_name") == column:
        return False
    place, lines = draft.header + 1, list[Line]()
    for block in _by_unit(draft):
        for line in block[1:]:
            line.cells[column] = None
        if is_merged and len(block) > 1:
            draft.page.merged.append((place, column, place + len(block) - 1, column))
        lines += block
        place += len(block)
    draft.set_data(lines)
    return len(lines) > len(_by_unit(draft)) - 1


def two_level_header(draft: Draft, random: Random) -> bool:
    """Put the word that neighbouring headers share above them, merged: `Waktu` over `Uji Coba` and `Penerapan`."""
    headers = [shown(cell) for cell in draft.headers]
    first = draft.columns.get("trial_date")
    if first is None or draft.columns.get("implementation_date") != first + 1:
        return False
    word = headers[first].split()[0]
    if not headers[first + 1].startswith(f"{word} "):
        return False
    above: list[Value] = list(headers)
    below: list[Value] = [None] * len(headers)
    above[first], above[first + 1] = word, None
    below[first], below[first + 1] = (text.removeprefix(f"{word} ") for text in headers[first : first + 2])
    top = draft.header
    draft.page.lines[top : top + 1] = [Line(above), Line(below)]
    draft.page.merged.append((top, first, top, first + 1))
    draft.page.merged += [
        (top, place, top + 1, place) for place in range(len(headers)) if place not in (first, first + 1)
    ]
    draft.header += 1
    return True


def column_numbers(draft: Draft, random: Random) -> bool:
    """Number the columns in a row under the header."""
    form = random.choice(("{}", "({})"))
    numbers: list[Value] = [form.format(place) for place in range(1, len(draft.headers) + 1)]
    draft.page.lines.insert(draft.header + 1, Line(numbers))
    return True


def section_rows(draft: Draft, random: Random) -> bool:
    """Put a row with the name of a section before some rows."""
    names = ["A. PELAYANAN PUBLIK", "B. TATA KELOLA", "C. INOVASI LAINNYA"]
    lines = draft.data
    column = random.choice((0, draft.columns["title"]))
    size = max(1, len(lines) // len(names))
    made: list[Line] = []
    for place, line in enumerate(lines):
        if place % size == 0 and place // size < len(names):
            made.append(_line_of(draft, column, names[place // size]))
        made.append(line)
    draft.set_data(made)
    return True


def section_of_units(draft: Draft, random: Random) -> bool:
    """Name the unit in a row above its rows, and take its column away."""
    column = _unit_column(draft)
    if column is None or not all(load_words().unit.match(shown(cell)) for cell in draft.column_cells("unit_name")):
        blocks = _blocks_of_known_units(draft)
    else:
        blocks = _by_unit(draft)
    if column is None or len(blocks) < 2:
        return False
    named = [(shown(block[0].cells[column]).strip(), block) for block in blocks]
    draft.set_data([line for _, block in named for line in block])
    draft.take_away(column)
    title = draft.columns["title"]
    draft.set_data([line for name, block in named for line in (_line_of(draft, title, name), *block)])
    return True


def _blocks_of_known_units(draft: Draft) -> list[list[Line]]:
    column = _unit_column(draft)
    if column is None:
        return []
    return [block for block in _by_unit(draft) if load_words().unit.match(shown(block[0].cells[column]))]


def _line_of(draft: Draft, column: int, text: str) -> Line:
    cells: list[Value] = [None] * len(draft.headers)
    cells[column] = text
    return Line(cells)


def foot_of_list(draft: Draft, random: Random) -> bool:
    """Put a total, an average, notes and those who sign under the list."""
    score = draft.columns.get("claimed_score")
    scores = [] if score is None else [_number(line.cells[score]) for line in draft.data]
    mark = "," if draft.original.layout.decimal_mark == "comma" else "."
    lines: list[Line] = []
    for label, figure in (("JUMLAH", sum(scores)), ("Rata-rata", sum(scores) / max(1, len(scores)))):
        line = _line_of(draft, 0, label)
        if score is not None:
            line.cells[score] = f"{figure:.2f}".replace(".", mark)
        lines.append(line)
    last = max(0, len(draft.headers) - 3)
    texts = [
        (0, "Catatan: data per 31 Juli, dapat berubah"),
        (0, "Sumber: aplikasi inovasi daerah"),
        (last, f"{draft.original.region.name}, 14 Agustus {draft.original.edition}"),
        (last, "Kepala Badan Riset dan Inovasi Daerah"),
        (last, "Nama Simulasi, S.T., M.T."),
        (last, "Pembina Utama Muda"),
        (last, "NIP. 19700101 199703 1 001"),
    ]
    lines += [_line_of(draft, column, text) for column, text in texts]
    gap = random.randrange(3)
    draft.page.lines += [*lines[:2], *(Line([None] * len(draft.headers)) for _ in range(gap)), *lines[2:]]
    return True


def _number(cell: Value) -> float:
    text = shown(cell).replace(",", ".").strip()
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else 0.0


def repeated_header(draft: Draft, random: Random) -> bool:
    """Print the header again on every page."""
    every = random.choice((10, 25))
    made: list[Line] = []
    for place, line in enumerate(draft.data):
        if place and place % every == 0:
            made.append(Line(list(draft.headers)))
        made.append(line)
    draft.set_data(made)
    return len(made) > every


def second_table_below(draft: Draft, random: Random) -> bool:
    """Put a small table of its own under the list."""
    stages = [shown(cell) for cell in draft.column_cells("stage")] if "stage" in draft.columns else ["Penerapan"]
    width = len(draft.headers)
    lines: list[list[Value]] = [[], ["Rekapitulasi per tahapan"], ["No", "Tahapan", "Jumlah"]]
    for place, stage in enumerate(dict.fromkeys(stages), start=1):
        lines.append([float(place), stage, float(stages.count(stage))])
    draft.page.lines += [Line([*cells, *[None] * (width - len(cells))]) for cells in lines]
    return True


def second_table_beside(draft: Draft, random: Random) -> bool:
    """Put a small table to the right of the list."""
    stages = [shown(cell) for cell in draft.column_cells("stage")] if "stage" in draft.columns else ["Penerapan"]
    beside: list[list[Value]] = [["Tahapan", "Jumlah"]]
    beside += [[stage, float(stages.count(stage))] for stage in dict.fromkeys(stages)]
    for line, cells in zip(draft.page.lines[draft.header :], beside, strict=False):
        line.cells += [None, *cells]
    return True


def list_in_two_tables(draft: Draft, random: Random) -> bool:
    """Go on with the list in a second table on the same sheet, with a title and the header of its own."""
    lines = draft.data
    middle = len(lines) // 2
    again = [Line([None]), Line(["Lanjutan daftar inovasi"]), Line(list(draft.headers))]
    draft.set_data([*lines[:middle], *again, *lines[middle:]])
    return middle > 0


def sheet_per_unit(draft: Draft, random: Random) -> bool:
    """Write a sheet for each of some units, and leave the unit to the name of the sheet."""
    column = _unit_column(draft)
    if column is None:
        return False
    # Excel takes two names that differ in capitals for one.
    of_sheet = {shown(block[0].cells[column]).strip().casefold(): block for block in _by_unit(draft)}
    blocks = [block for block in of_sheet.values() if _names_sheet(shown(block[0].cells[column]))]
    chosen = random.sample(blocks, min(8, len(blocks)))
    if len(chosen) < 2:
        return False
    names = [shown(block[0].cells[column]).strip() for block in chosen]
    draft.set_data([line for block in chosen for line in block])
    draft.take_away(column)
    return _on_sheets(draft, names, chosen)


def sheet_per_kind(draft: Draft, random: Random) -> bool:
    """Write the list on several sheets that bear one header."""
    lines = draft.data
    size = max(1, len(lines) // 3)
    blocks = [lines[:size], lines[size : 2 * size], lines[2 * size :]]
    return size > 1 and _on_sheets(draft, ["Digital", "Non Digital", "Lainnya"], blocks)


def _on_sheets(draft: Draft, names: Sequence[str], blocks: Sequence[list[Line]]) -> bool:
    header = draft.headers
    draft.header, draft.file_format = 0, "excel"
    draft.pages = [Page(name, [Line(list(header)), *block]) for name, block in zip(names, blocks, strict=True)]
    return True


def _names_sheet(text: str) -> bool:
    return 0 < len(text.strip()) <= _LONGEST_SHEET_NAME and re.search(r"[\[\]:*?/\\']", text) is None


def hidden_rows(draft: Draft, random: Random) -> bool:
    """Hide some rows of the list."""
    draft.file_format = "excel"
    places = range(draft.header + 1, len(draft.page.lines))
    draft.page.hidden |= set(random.sample(places, max(1, len(places) // 10)))
    return True


def _as_csv(draft: Draft, dialect: Dialect) -> bool:
    draft.file_format, draft.dialect = "csv", dialect
    return "csv" in draft.original.layout.formats


def csv_semicolon(draft: Draft, random: Random) -> bool:
    """Write a text file with semicolons."""
    return _as_csv(draft, Dialect(";"))


def csv_tab(draft: Draft, random: Random) -> bool:
    """Write a text file with tabs."""
    return _as_csv(draft, Dialect("\t", encoding="utf-8"))


def csv_stated_delimiter(draft: Draft, random: Random) -> bool:
    """Write a text file whose first line states its delimiter to Excel."""
    return _as_csv(draft, Dialect(";", first_line="sep=;\r\n"))


def csv_utf16(draft: Draft, random: Random) -> bool:
    """Write a text file in UTF-16, with its mark or without."""
    return _as_csv(draft, Dialect("\t", encoding=random.choice(("utf-16", "utf-16-le"))))


def csv_windows(draft: Draft, random: Random) -> bool:
    """Write a text file in Windows-1252 that has letters beyond ASCII."""
    draft.put_in(len(draft.headers), "Catatan Tim", ["Café – ‘kopi’"] * len(draft.data))
    try:
        "".join(shown(cell) for line in draft.page.lines for cell in line.cells).encode("cp1252")
    except UnicodeEncodeError:
        return False
    return _as_csv(draft, Dialect(";", encoding="cp1252"))


def csv_decimal_comma(draft: Draft, random: Random) -> bool:
    """Write a text file with the decimal comma of an Indonesian Excel."""
    return _with_decimal_commas(draft, str, draft.data) and _as_csv(draft, Dialect(";"))


def csv_bare_comma(draft: Draft, random: Random) -> bool:
    """Write some decimal commas without quotation marks into a text file with commas."""
    # Bare rows are joined as they stand, so that their other cells must need no quotation marks.
    lines = [line for line in draft.data if not any(re.search(r'[,"\n]', shown(cell)) for cell in line.cells)]
    chosen = random.sample(lines, min(len(lines), max(1, len(draft.data) // 10)))
    return bool(chosen) and _with_decimal_commas(draft, Bare, chosen) and _as_csv(draft, Dialect())


def _with_decimal_commas(draft: Draft, kind: type[str], lines: Sequence[Line]) -> bool:
    score = draft.columns.get("claimed_score")
    if score is None:
        return False
    for line in lines:
        line.cells[score] = kind(f"{_number(line.cells[score]):.2f}".replace(".", ","))
    return True


def csv_quotes(draft: Draft, random: Random) -> bool:
    """Write a text file with quotation marks, delimiters and line breaks within its cells."""
    texts = ['kata "kutip", lalu; koma', 'baris satu\nbaris "dua"', '"', "a, b; c\td"]
    draft.put_in(1, "Catatan Tim", [random.choice(texts) for _ in draft.data])
    return _as_csv(draft, Dialect(random.choice(",;"), quotes_all=random.random() < 0.5))


def retyped_header(draft: Draft, random: Random) -> bool:
    """Make one typing error in the header of a column that is read."""
    column = draft.columns[random.choice([name for name in _READ if name in draft.columns])]
    text = shown(draft.headers[column])
    place = random.randrange(1, len(text) - 1)
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    typed = random.choice((text[:place] + text[place + 1 :], text[:place] + text[place] + text[place:], swapped))
    draft.headers[column] = typed
    return simplified(typed) != simplified(text)


def synonym_header(draft: Draft, random: Random) -> bool:
    """Call a column by another known word."""
    known = synonyms(draft.original.layout.kind, draft.original.layout.score_kind)
    name = random.choice([name for name in _READ if name in draft.columns])
    present = {simplified(shown(cell)) for cell in draft.headers}
    words = [word for word, meant in known.items() if meant == name and word not in present]
    if not words:
        return False
    draft.headers[draft.columns[name]] = random.choice(words).title()
    return True


def absent_column(draft: Draft, random: Random) -> bool:
    """Leave out a column that no row needs."""
    layout = draft.original.layout
    fields = {name for name in draft.columns if not layout.column(name).required}
    places = sorted({draft.columns[name] for name in fields})
    places = [at for at in places if not any(layout.column(n).required for n, p in draft.columns.items() if p == at)]
    if not places:
        return False
    column = random.choice(places)
    draft.absent |= {name for name, place in draft.columns.items() if place == column}
    draft.take_away(column)
    return True


def extra_column(draft: Draft, random: Random) -> bool:
    """Put in a column that no layout knows."""
    header, cells = random.choice(
        (
            ("Catatan Tim", ["sudah dicek", "belum", None]),
            ("Anggaran (Rp)", [1_500_000.0, 250_000.0, 0.0]),
            ("Nomor Telepon", ["0721-000000", "08120000000", None]),
        )
    )
    draft.put_in(random.randrange(len(draft.headers) + 1), header, [random.choice(cells) for _ in draft.data])
    return True


def other_order(draft: Draft, random: Random) -> bool:
    """Put the columns in another order."""
    order = list(range(len(draft.headers)))
    random.shuffle(order)
    for line in [draft.page.lines[draft.header], *draft.data]:
        line.cells[:] = [line.cells[place] for place in order]
    draft.columns = {name: order.index(place) for name, place in draft.columns.items()}
    draft.levels = {name: order.index(place) for name, place in draft.levels.items()}
    return True


def two_of_one_name(draft: Draft, random: Random) -> bool:
    """Put in a second column of one name with other contents, before or after the true one."""
    name = random.choice([name for name in _READ if name in draft.columns])
    column = draft.columns[name]
    cells = draft.column_cells(name)
    if len(set(cells)) < 2:
        return False
    others = cells[1:] + cells[:1]
    if random.random() < 0.3:
        others = [cell if random.random() < 0.5 else None for cell in others]
    draft.put_in(column + random.randrange(2), shown(draft.headers[column]), others)
    return True


def other_region(draft: Draft, random: Random) -> bool:
    """Name another region in a column, or in a title above the list: the file lies in the wrong folder."""
    codes = load_reference("region").filter("is_autonomous")["region_code"].sort().to_list()
    own = draft.original.region
    region = region_of_code(random.choice([code for code in codes if code[:2] != own.region_code[:2]]))
    if random.random() < 0.5:
        draft.put_in(random.randrange(2), "Nama Pemda", [region.full_name] * len(draft.data))
    else:
        _titled(draft, f"DAFTAR INOVASI DAERAH {region.full_name.upper()}")
    draft.is_elsewhere = True
    return True


def other_year(draft: Draft, random: Random) -> bool:
    """State another year in the title above the list."""
    _titled(draft, f"DAFTAR INOVASI DAERAH TAHUN {draft.original.edition - random.randrange(1, 4)}")
    draft.is_elsewhere = True
    return True


def _titled(draft: Draft, title: str) -> None:
    """Put a title above the header in place of those that stand there."""
    draft.page.lines[: draft.header] = [Line([title]), Line([None])]
    draft.header = 2


def _some_cells(draft: Draft, random: Random) -> list[tuple[Line, int]]:
    """Some cells that are read, about one row in ten."""
    names = [name for name in _READ if name in draft.columns]
    places = [draft.columns[name] for name in names] + list(draft.levels.values())
    lines = random.sample(draft.data, max(1, len(draft.data) // 10))
    return [(line, random.choice(places)) for line in lines]


def error_cells(draft: Draft, random: Random) -> bool:
    """Let the formulas of some cells fail."""
    draft.file_format = "excel"
    for line, column in _some_cells(draft, random):
        line.cells[column] = ErrorCell(random.choice(_BROKEN))
    return True


def formulas_without_value(draft: Draft, random: Random) -> bool:
    """Leave formulas in some cells whose value no program has stored."""
    draft.file_format = "excel"
    for line, column in _some_cells(draft, random):
        line.cells[column] = Formula(f"=VLOOKUP(A{line.source},Data!A:Z,{column + 1},0)")
    return True


def percent_format(draft: Draft, random: Random) -> bool:
    """Store the scores as shares that are shown as percentages."""
    score = draft.columns.get("claimed_score")
    if score is None:
        return False
    draft.file_format = "excel"
    for line in draft.data:
        line.cells[score] = Share(_number(line.cells[score]) / 100)
    return True


def stray_cell(draft: Draft, random: Random) -> bool:
    """Leave a cell far below the list."""
    draft.file_format = "excel"
    column = random.choice((0, draft.columns["title"], len(draft.headers) + 3))
    row = len(draft.page.lines) + random.choice((100, 2_000, 4_500))
    draft.page.far.append((row, column, random.choice((" ", ".", "x", "cek lagi"))))
    return True


def unseen_spaces(draft: Draft, random: Random) -> bool:
    """Put spaces that do not break, and characters that nobody sees, into texts and headers."""
    columns = [draft.columns[name] for name in ("title", "unit_name", "stage", *_DATES) if name in draft.columns]
    for line in [draft.page.lines[draft.header], *draft.data]:
        for column in columns:
            cell = line.cells[column]
            if isinstance(cell, str) and random.random() < 0.3:
                line.cells[column] = random.choice((cell.replace(" ", "\xa0"), f"{cell}\u200b", f"\ufeff{cell}\xa0"))
    return True


def other_dates(draft: Draft, random: Random) -> bool:
    """Write the dates as other people do, so that nobody can take them for others."""
    forms: tuple[Callable[[date], str], ...] = (
        lambda day: f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
        lambda day: f"{day.day} {_MONTHS[day.month - 1].upper()} {day.year}",
        lambda day: f"tgl {day.day} {_MONTHS[day.month - 1]} {day.year}",
        lambda day: f"{day.day}-{_MONTHS[day.month - 1][:3]}-{day.year}",
        lambda day: f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year % 100:02}",
        lambda day: day.isoformat(),
        lambda day: f"{day.isoformat()} 00:00:00",
        lambda day: f"{day.year}/{day.month:02}/{day.day:02}",
        lambda day: f"Senin, {day.day:02} {_MONTHS[day.month - 1]} {day.year} 08:30",
    )
    names = [name for name in _DATES if name in draft.columns]
    for line in draft.data:
        for name in names:
            day = draft.original.truth[line.source or 0].get(name)
            if day is not None:
                line.cells[draft.columns[name]] = random.choice(forms)(day)
    return bool(names)


def slashed_dates(draft: Draft, random: Random) -> bool:
    """Write all dates of the list in figures, in the order of its system."""
    is_month_first = draft.original.layout.date_order == "month_first"
    mark, years = random.choice("/-."), random.choice(("%Y", "%y"))
    form = f"%m{mark}%d{mark}{years}" if is_month_first else f"%d{mark}%m{mark}{years}"
    names = [name for name in _DATES if name in draft.columns]
    for line in draft.data:
        for name in names:
            day = draft.original.truth[line.source or 0].get(name)
            if day is not None:
                line.cells[draft.columns[name]] = day.strftime(form)
    return bool(names)


def empty_lines(draft: Draft, random: Random) -> bool:
    """Leave empty lines between rows, and empty columns left of the list."""
    made: list[Line] = []
    for line in draft.data:
        if random.random() < 0.1:
            made.append(Line([None] * len(line.cells)))
        made.append(line)
    draft.set_data(made)
    shift = random.randrange(3)
    for line in draft.page.lines:
        line.cells[:0] = [None] * shift
    draft.columns = {name: place + shift for name, place in draft.columns.items()}
    draft.levels = {name: place + shift for name, place in draft.levels.items()}
    return True


STRUCTURES: tuple[Damage, ...] = (
    merged_units, unit_on_first_row, two_level_header, column_numbers, section_rows, section_of_units, foot_of_list,
    repeated_header, second_table_below, second_table_beside, list_in_two_tables, sheet_per_unit, sheet_per_kind,
    hidden_rows, csv_semicolon, csv_tab, csv_stated_delimiter, csv_utf16, csv_windows, csv_decimal_comma,
    csv_bare_comma, csv_quotes, retyped_header, synonym_header, absent_column, extra_column, other_order,
    two_of_one_name, other_region, other_year, error_cells, formulas_without_value, percent_format, stray_cell,
    unseen_spaces, other_dates, slashed_dates, empty_lines,
)  # fmt: skip
"""Every damage, by its name (`__name__`)."""


def mutations(originals: Sequence[Original], count: int, seed: object) -> Iterator[tuple[str, Draft]]:
    """Yield so many damaged lists, each with the name of its damage; all damages in turn, the same ones per seed."""
    place = made = 0
    while made < count:
        damage = STRUCTURES[place % len(STRUCTURES)]
        random = Random(f"structure|{seed}|{place}")  # noqa: S311 - no secret
        draft = damaged(random.choice(originals), damage, random)
        place += 1
        if draft is not None:
            made += 1
            yield damage.__name__, draft


def damaged(original: Original, damage: Damage, random: Random) -> Draft | None:
    """Return a list with one damage; None where it has nothing that could be damaged so."""
    draft = draft_of(original)
    return draft if damage(draft, random) else None
