"""The bytes of one received file become canonical rows, or a file that is held, under the layout that fits.

What a parse depends on beside the bytes is stated here by its arguments; the modules below are the code that decides it
(`etl.load_code`), so that nothing of a season or of a reader's words parses a file again.
"""

from __future__ import annotations

from collections.abc import Callable

from etl.cells.sheets import UnreadableFile, read_cells
from etl.layout.declared import load_layouts
from etl.outgoing.recognise import origin_of
from etl.outgoing.row_ids import file_of, without_row_ids
from etl.recognition.detect import Choice, choose_layout, within_threshold
from etl.values.canonical_rows import ParsedFile, hold, read_file
from etl.values.columns import EditionScale


def parse(
    content: Callable[[], bytes], scale: EditionScale, *, stated: str | None = None, problem: str | None = None
) -> tuple[Choice, ParsedFile]:
    """Return the layout chosen and what was read under it; a file that cannot be read is held with its rule.

    `stated` names the layout where the sender or receiver did; `problem` says why city or edition are not known.
    """
    try:
        file_format, sheets = read_cells(content())
    except UnreadableFile as error:
        return Choice(None), hold([], "unreadable", **error.detail)
    if problem is not None:
        return Choice(None), hold(sheets, "place_unknown", detail=problem)
    if stated is not None and stated not in load_layouts():
        return Choice(None), hold(sheets, "layout_unknown", detail=stated)
    origin = origin_of(sheets)
    sheets, row_ids = without_row_ids(sheets, is_searched=origin is not None)
    corrects = origin or file_of(row_ids)
    choice = choose_layout(file_format, sheets, scale, stated)
    if choice.match is None:
        parsed = hold(sheets, choice.held_rule, **choice.held_detail)
    else:
        parsed = within_threshold(read_file(choice.match, sheets, scale, has_all_rows=corrects is None), sheets)
        parsed.corrects = corrects
        parsed.row_ids = row_ids
    parsed.fitting = choice.fitting
    return choice, parsed
