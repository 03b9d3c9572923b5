"""A draft of a layout for a file that no known layout reads: headers matched, samples shown, questions left open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from etl.cells.sheets import Cell, Sheet, UnreadableFile, as_text
from etl.layout.declared import Column, Layout, header_text, load_layouts, simplified
from etl.values.columns import MOST_LEVELS, highest_level
from etl.values.dates import date_order_of
from etl.values.normalise import decimal_mark_of, is_missing, load_vocabulary
from iga.rulebook import Rulebooks, shipped_rulebooks

SURE, LIKELY = 95.0, 82.0
"""How alike a header and a known one must be (0 to 100) to be taken, or taken with a question."""
_SEARCHED_ROWS = 30
_SAMPLED_ROWS = 200
_KINDS = ("innovation_list",)
_EXTRA = ("pattern", "pattern_may_miss", "digits", "fallback")


@dataclass(frozen=True)
class Guess:
    """What a header may mean: the column of a known layout that bears a like header, and how alike they are."""

    header: str
    index: int
    column: Column | None
    indicator: str
    likeness: float
    known_header: str


@cache
def alias_dictionary() -> dict[str, Column]:
    """Simplified header -> the plainest column of any innovation list that is known under it."""
    known: dict[str, Column] = {}
    for layout in load_layouts().values():
        if layout.kind in _KINDS:
            for column in layout.columns:
                if any(getattr(column, name) for name in _EXTRA) or column.field in layout.codes:
                    continue
                for text in column.headers:
                    known.setdefault(simplified(text), column)
    return known


@cache
def indicator_dictionary(rulebooks: Rulebooks) -> dict[str, str]:
    """Simplified name of an indicator -> its number, in the names of every edition that a layout or rulebook knows."""
    known = {simplified(group.name_id): group.number for rulebook in rulebooks for group in rulebook.sid_groups}
    for layout in load_layouts().values():
        for number, texts in (layout.indicators.headers if layout.indicators else {}).items():
            known |= {simplified(text): number for text in texts}
    return known


def propose_layout(name: str, file_format: str, sheets: Sequence[Sheet], rulebooks: Rulebooks | None = None) -> str:
    """The text of a TOML layout for a file: valid as it stands, with samples and open questions as comments.

    Indicators are known by their names in `rulebooks`, the shipped ones unless they are given. Raises UnreadableFile
    where no row looks like the header of innovations.
    """
    known = rulebooks or shipped_rulebooks()
    sheet, header_row, guesses = find_header(sheets, known)
    rows = [row for row in sheet.rows[header_row : header_row + _SAMPLED_ROWS] if any(c is not None for c in row)]
    chosen = _without_repeats(guesses)
    lines = [
        f"# Usulan susunan untuk lembar {_told(sheet.name)}, kepala tabel di baris {header_row}.",
        "# Jawab setiap PERTANYAAN, lalu periksa dengan: iga layout check BERKAS SUSUNAN.toml",
        "# Draft: answer each PERTANYAAN (question), then try it with: iga layout check FILE LAYOUT.toml",
        f'name = "{name}"',
        f'title_id = "{name}"',
        f'title_en = "{name}"',
        'source = "PERTANYAAN: sistem asal berkas ini?"',
        'kind = "innovation_list"',
        f'formats = ["{file_format}"]',
        f"header_rows = {max(header_row + 3, 6)}",
        'score_kind = "claimed"          # PERTANYAAN: mandiri (claimed), verifikasi (verified), atau resmi (final)?',
        *_format_lines(chosen, rows),
        'external_system = ""',
        _signature(chosen),
    ]
    for guess in guesses:
        lines += _column_lines(guess, rows, is_chosen=guess in chosen)
    return "\n".join([*lines, *_indicator_lines(guesses, rows, known), ""])


def find_header(sheets: Sequence[Sheet], rulebooks: Rulebooks) -> tuple[Sheet, int, list[Guess]]:
    """The sheet and row whose cells are most like known headers, and what each cell may mean."""
    best: tuple[float, Sheet, int, list[Guess]] | None = None
    for sheet in sheets:
        for number, row in enumerate(sheet.rows[:_SEARCHED_ROWS], start=1):
            guesses = [
                guess_header(header_text(cell), index, rulebooks) for index, cell in enumerate(row) if cell is not None
            ]
            weight = sum(guess.likeness for guess in guesses if guess.column is not None or guess.indicator)
            if weight and (best is None or weight > best[0]):
                best = (weight, sheet, number, guesses)
    if best is None or not any(guess.column and guess.column.field == "title" for guess in best[3]):
        raise UnreadableFile(
            "No row looks like the header of a list of innovations",
            next_step="name the columns in the file's first rows, such as Nama Inovasi, and try again",
        )
    return best[1], best[2], best[3]


def guess_header(text: str, index: int, rulebooks: Rulebooks) -> Guess:
    """The known header that a text is most like: exact, else by the likeness of their words."""
    simple = simplified(text)
    plain = re.sub(r"^(?:\d{1,2} )+", "", simple)
    indicators = indicator_dictionary(rulebooks)
    names = [name for name in indicators if plain.startswith(name)]
    indicator = indicators[max(names, key=len)] if names else ""
    if indicator:
        return Guess(text, index, None, indicator, 100.0, plain)
    columns = alias_dictionary()
    if simple in columns:
        return Guess(text, index, columns[simple], "", 100.0, simple)
    found = process.extractOne(simple, columns.keys(), scorer=fuzz.token_sort_ratio) if simple else None
    if found is None or found[1] < LIKELY:
        return Guess(text, index, None, "", 0.0, "")
    return Guess(text, index, columns[found[0]], "", found[1], found[0])


def _without_repeats(guesses: Sequence[Guess]) -> list[Guess]:
    """One header per field: the most alike, the leftmost of equals."""
    chosen: dict[str, Guess] = {}
    for guess in sorted(guesses, key=lambda guess: (-guess.likeness, guess.index)):
        if guess.column is not None:
            chosen.setdefault(guess.column.field, guess)
    return list(chosen.values())


def _format_lines(chosen: Sequence[Guess], rows: Sequence[list[Cell]]) -> list[str]:
    dates = [cell for guess in chosen if _is(guess, "date") for cell in _cells(guess, rows)]
    numbers = [cell for guess in chosen if _is(guess, "score") for cell in _cells(guess, rows)]
    order, open_order = date_order_of(dates, "evidence")
    mark, open_mark = decimal_mark_of(numbers, "evidence")
    return [
        f'date_order = "{"evidence" if open_order else order}"        # PERTANYAAN: hari atau bulan lebih dahulu?'
        if open_order
        else f'date_order = "{order}"        # menurut isi kolom tanggal; periksa',
        f'decimal_mark = "{"evidence" if open_mark else mark}"      # PERTANYAAN: koma atau titik?'
        if open_mark
        else f'decimal_mark = "{mark}"      # menurut isi kolom angka; periksa',
    ]


def _is(guess: Guess, kind: str) -> bool:
    return guess.column is not None and guess.column.type == kind


def _cells(guess: Guess, rows: Sequence[list[Cell]]) -> list[Cell]:
    return [row[guess.index] for row in rows if guess.index < len(row)]


def _signature(chosen: Sequence[Guess]) -> str:
    fields = [guess.column.field for guess in sorted(chosen, key=lambda guess: guess.index) if guess.column]
    wanted = [name for name in fields if name in ("title", "unit_name", "stage", "claimed_score", "external_id")]
    listed = ", ".join(f'"{name}"' for name in wanted)
    return f"signature = [{listed}]   # PERTANYAAN: apakah kepala tabel ini cukup khas bagi sistem ini?"


def _column_lines(guess: Guess, rows: Sequence[list[Cell]], *, is_chosen: bool) -> list[str]:
    # A running number is not read: it would make equal rows differ.
    if guess.indicator or simplified(guess.header) in ("", "no", "nomor urut"):
        return []
    samples = [as_text(cell) for cell in _cells(guess, rows) if not is_missing(cell)]
    shown = "; ".join(_told(text) for text in list(dict.fromkeys(samples))[:3])
    told = ["", f"# contoh: {shown}" if shown else "# kolom ini kosong"]
    if guess.column is None or not is_chosen:
        question = "# PERTANYAAN: kolom ini tidak dikenal; biarkan diabaikan, atau ganti field dan type-nya?"
        name = f"column_{guess.index + 1}"
        return [*told, question, "[[column]]", f'field = "{name}"', 'type = "ignored"', _headers(guess)]
    if guess.likeness < SURE:
        told.append(f"# PERTANYAAN: mirip {_told(guess.known_header)} ({guess.likeness:.0f} %); benarkah?")
    if unknown := _unknown_words(guess.column, samples):
        told.append(f"# PERTANYAAN: isian yang belum dikenal: {unknown}")
    lines = [*told, "[[column]]", f'field = "{guess.column.field}"', f'type = "{guess.column.type}"']
    if guess.column.vocabulary:
        lines.append(f'vocabulary = "{guess.column.vocabulary}"')
    if guess.column.field in ("title", "unit_name", "stage", "claimed_score"):
        lines.append("required = true")
    return [*lines, _headers(guess)]


def _unknown_words(column: Column, samples: Sequence[str]) -> str:
    words = load_vocabulary().words.get("stage" if column.type == "stage" else column.vocabulary)
    if words is None or column.type not in ("stage", "word"):
        return ""
    return "; ".join(_told(text) for text in sorted({text for text in samples if simplified(text) not in words})[:5])


def _headers(guess: Guess) -> str:
    return f"headers = [{_quoted(guess.header)}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else " " for char in escaped) + '"'


def _told(text: str) -> str:
    """A text of the file inside a comment: one line, cut, nothing that could end the comment."""
    return _quoted(" ".join(text.split())[:60])


def _indicator_lines(guesses: Sequence[Guess], rows: Sequence[list[Cell]], rulebooks: Rulebooks) -> list[str]:
    found = {guess.indicator: guess for guess in reversed(guesses) if guess.indicator}
    if not found:
        return []
    texts = {as_text(row[g.index]).strip() for row in rows for g in found.values() if g.index < len(row)} - {""}
    numbers = {text for text in texts if text.isdecimal()}
    unit, question = "points", "poin (bobot x level)"
    # No edition is known yet: a level may be one of any list.
    top = highest_level(rulebooks) or MOST_LEVELS
    if numbers and numbers <= {"0", "1"}:
        unit, question = "flag", "kelengkapan 0/1"
    elif numbers and numbers <= {str(level) for level in range(top + 1)}:
        unit, question = "level", f"level 0-{top}"
    return [
        "",
        f"# PERTANYAAN: isi kolom indikator tampak seperti {question}; benarkah?",
        "[indicators]",
        f'unit = "{unit}"',
        f"minimum = {len(found)}",
        "",
        "[indicators.headers]",
        *(f"{number} = [{_quoted(_unnumbered(guess.header))}]" for number, guess in sorted(found.items())),
    ]


def _unnumbered(text: str) -> str:
    return re.sub(r"^\s*\d{1,2}\s*[.)]\s*", "", text)


def is_known(layout: Layout) -> bool:
    """Whether a layout of that name and content is among the known ones."""
    known = load_layouts().get(layout.name)
    return known is not None and known.content_hash == layout.content_hash
