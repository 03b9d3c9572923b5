"""The cells of a file, read in a process of its own: for what shows or marks them and reads no values."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from etl.cells.sheets import Cell, Sheet, UnreadableFile, read_cells
from etl.worker.messages import Answer
from etl.worker.pool import WorkerPool, shared_pool

_SURROGATES = "surrogatepass"


def read_cells_apart(content: bytes, pool: WorkerPool | None = None) -> tuple[str, list[Sheet]]:
    """Return what `read_cells` does. Raises UnreadableFile as it does, or where reading ends the process."""
    answer = (pool or shared_pool()).run("cells", content)
    raise_unreadable(answer)
    return str(answer.facts["format"]), sheets_of(answer.blocks["sheets"])


def cells_task(content: bytes, _arguments: object) -> Answer:
    """Return the cells of a file, or why it cannot be read."""
    try:
        file_format, sheets = read_cells(content)
    except UnreadableFile as error:
        return unreadable(error)
    return Answer({"format": file_format}, {"sheets": as_block(sheets)})


def unreadable(error: UnreadableFile) -> Answer:
    """Return the answer of a file that cannot be read."""
    return Answer({"unreadable": error.detail})


def raise_unreadable(answer: Answer) -> None:
    """Raise UnreadableFile where an answer says so."""
    if isinstance(detail := answer.facts.get("unreadable"), dict):
        values = {str(name): value for name, value in detail.items()}
        raise UnreadableFile.because(str(values.pop("cause")), **values)


def as_block(sheets: list[Sheet]) -> bytes:
    """Return sheets as JSON, in which a day or a time is an object of its text."""
    told = [
        [sheet.name, sheet.is_hidden, sheet.rows, sheet.merged, sorted(sheet.hidden_rows), sorted(sheet.hidden_columns)]
        for sheet in sheets
    ]
    return json.dumps(told, ensure_ascii=False, default=_written).encode(errors=_SURROGATES)


def _written(cell: object) -> dict[str, str]:
    if isinstance(cell, datetime):
        return {"at": cell.isoformat()}
    if isinstance(cell, date):
        return {"on": cell.isoformat()}
    raise TypeError(f"a cell is no {type(cell).__name__}")


def sheets_of(block: bytes) -> list[Sheet]:
    """Return the sheets of `as_block`."""
    told = json.loads(block.decode(errors=_SURROGATES), object_hook=_cell)
    return [
        Sheet(name, rows, is_hidden, tuple(map(tuple, merged)), frozenset(hidden_rows), frozenset(hidden_columns))
        for name, is_hidden, rows, merged, hidden_rows, hidden_columns in told
    ]


def _cell(told: dict[str, Any]) -> Cell:
    return datetime.fromisoformat(told["at"]) if "at" in told else date.fromisoformat(told["on"])
