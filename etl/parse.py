"""The bytes of one received file become canonical rows, or a file that is held, under the layout that fits.

What a parse depends on beside the bytes is stated here by its arguments; the modules below are the code that decides it
(`etl.load_code`), so that nothing of a season or of a reader's words parses a file again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from etl.cells.ragged_rows import CUT, RULE, has_open_end, is_cut, ragged_rows
from etl.cells.sheets import Sheet, UnreadableFile, as_text, read_cells
from etl.layout.declared import Layout, Match, load_layouts
from etl.outgoing.recognise import origin_of
from etl.outgoing.row_ids import file_of, without_row_ids
from etl.recaps.recap_file import LAYOUT, reason_of, recap_of
from etl.recognition.detect import Choice, choose_layout, within_threshold
from etl.recognition.own_word import own_word_of
from etl.tables.make_ready import ready_sheets
from etl.values.canonical_rows import ParsedFile, hold, read_file
from etl.values.columns import EditionScale
from etl.values.data_rows import known_columns


def parse(
    content: Callable[[], bytes],
    scale: EditionScale,
    *,
    stated: str | None = None,
    problem: str | None = None,
    own: Sequence[Layout] = (),
) -> tuple[Choice, ParsedFile]:
    """Return the layout chosen and what was read under it; a file that cannot be read is held with its rule.

    `stated` names the layout where the sender or receiver did; `problem` says why city or edition are not known.
    `own` are the layouts of the home that the file's sender may use, beside the shipped ones.
    """
    try:
        received = content()
        file_format, sheets = read_cells(received)
    except UnreadableFile as error:
        return Choice(None), hold([], "unreadable", **error.detail)
    if problem is not None:
        return Choice(None), hold(sheets, "place_unknown", detail=problem)
    known = {**load_layouts(), **{layout.name: layout for layout in own}}
    if stated is not None and stated not in known:
        return Choice(None), hold(sheets, "layout_unknown", detail=stated)
    origin = origin_of(sheets)
    sheets, row_ids = without_row_ids(sheets, is_searched=origin is not None)
    corrects = origin or file_of(row_ids)
    choice = choose_layout(file_format, ready_sheets(sheets), scale, stated, list(known.values()))
    if recap := _recap(choice, file_format, sheets, known, stated):
        choice, parsed = recap
        parsed.own_word = own_word_of(choice.match, sheets) if choice.match else []
    elif choice.match is None:
        parsed = hold(sheets, choice.held_rule, **choice.held_detail)
    else:
        text = received if file_format == "csv" else b""
        parsed = _read(choice.match, text, sheets, scale, has_all_rows=corrects is None)
        parsed.corrects = corrects
        parsed.row_ids = row_ids
        parsed.own_word = own_word_of(choice.match, sheets)
    parsed.fitting = choice.fitting
    return choice, parsed


def layout_of(
    file_format: str, sheets: Sequence[Sheet], scale: EditionScale, own: Sequence[Layout] = ()
) -> Layout | None:
    """Return the layout that a load would read these cells by; None where it would hold the file."""
    known = {**load_layouts(), **{layout.name: layout for layout in own}}
    sheets, _row_ids = without_row_ids(sheets, is_searched=origin_of(sheets) is not None)
    choice = choose_layout(file_format, ready_sheets(sheets), scale, None, list(known.values()))
    if recap := _recap(choice, file_format, sheets, known, None):
        choice = recap[0]
    return None if choice.match is None else choice.match.layout


def _recap(
    choice: Choice, file_format: str, sheets: Sequence[Sheet], known: Mapping[str, Layout], stated: str | None
) -> tuple[Choice, ParsedFile] | None:
    """What a recap of a contest says, where no layout has the file to the letter; None where it is no recap."""
    layout = known[LAYOUT]
    is_open = choice.match is None or choice.reason.get("like") == "yes"
    if stated not in (None, LAYOUT) or not is_open or file_format not in layout.formats:
        return None
    recap = recap_of(sheets, layout)
    if recap is None:
        return None
    match, parsed = recap
    found = replace(choice, match=match, reason=reason_of(match), held_rule="", held_detail={}, fitting=(LAYOUT,))
    if parsed.held_rule:
        return replace(found, match=None, held_rule=parsed.held_rule, held_detail=parsed.held_detail), parsed
    return found, within_threshold(parsed, sheets)


def _read(match: Match, text: bytes, sheets: Sequence[Sheet], scale: EditionScale, *, has_all_rows: bool) -> ParsedFile:
    """What a file says under its layout; of a text file the rows that do not fit their header are not believed."""
    if not text or match.form:
        return within_threshold(read_file(match, sheets, scale, has_all_rows=has_all_rows), sheets)
    ragged = ragged_rows(match.sheet, match.header_row, known_columns(match))
    doubtful = {number: (RULE, detail) for number, detail in ragged.items()}
    if has_open_end(text):
        was_cut, last = is_cut(match.sheet, match.header_row), _last_row(match)
        if was_cut:
            return hold(sheets, CUT, text=last[1])
        if was_cut is None:
            doubtful.setdefault(last[0], (CUT, {"text": last[1]}))
    return within_threshold(read_file(match, sheets, scale, doubtful, has_all_rows=has_all_rows), sheets)


def _last_row(match: Match) -> tuple[int, str]:
    number, row = list(match.sheet.filled_rows())[-1]
    return number, " | ".join(map(as_text, row))[:500]
