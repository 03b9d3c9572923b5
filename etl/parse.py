"""The bytes of one received file become canonical rows, or a file that is held, under the layout that fits.

What a parse depends on beside the bytes is stated here by its arguments; the modules below are the code that decides it
(`etl.load_code`), so that nothing of a season or of a reader's words parses a file again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from etl.cells.sheets import UnreadableFile, read_cells
from etl.layout.declared import Layout, load_layouts
from etl.outgoing.recognise import origin_of
from etl.outgoing.row_ids import file_of, without_row_ids
from etl.recognition.detect import Choice, choose_layout, within_threshold
from etl.tables.make_ready import ready_sheets
from etl.values.canonical_rows import ParsedFile, hold, read_file
from etl.values.columns import EditionScale


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
        file_format, sheets = read_cells(content())
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
    if choice.match is None:
        parsed = hold(sheets, choice.held_rule, **choice.held_detail)
    else:
        parsed = within_threshold(read_file(choice.match, sheets, scale, has_all_rows=corrects is None), sheets)
        parsed.corrects = corrects
        parsed.row_ids = row_ids
    parsed.fitting = choice.fitting
    return choice, parsed
