"""What a report does not take over, and the limits of what it does: one place, which `docs/shown.md` repeats."""

from __future__ import annotations

from warehouse.errors import ExitCode, WorkbenchError

ROWS_ON_PAGE = 200
"""How many rows of a table the page and the PDF show; the workbook has all."""
COLUMNS_ON_PAPER = 16
"""A table of more columns is named in the PDF, not set."""
MOST_CELLS = 1_000_000
"""A table of more cells is refused."""
CELL_CHARACTERS = 2_000
"""A longer text in a cell of a table is cut."""
PRINTED_LINES = 100
PRINTED_CHARACTERS = 2_000
"""How many lines of a print are shown, and how many characters of a line."""
MOST_ITEMS = 200
"""How many items of a list are shown."""
PICTURE_BYTES = 5_000_000
PICTURE_PIXELS = 50_000_000
HTML_CHARACTERS = 2_000_000
CHART_CHARACTERS = 20_000_000
"""A picture, a piece of HTML or a drawing that is larger is refused."""


REFUSAL_MESSAGES = {
    "value": "A report does not take over what the cell shows ({kind}): {cause}",
    "output": "A report does not take over what cell {cell} shows ({kind}): {cause}",
}


class ShownRefused(WorkbenchError):
    """A cell shows something that a report cannot take over: what kind of thing, why, and what to show instead.

    While a cell runs its number is not known; who runs the notebook adds it.
    """

    exit_code = ExitCode.REPORT

    def __init__(self, *, kind: str, cause: str, next_step: str, cell: int | None = None) -> None:
        message = REFUSAL_MESSAGES["value" if cell is None else "output"]
        super().__init__(message, next_step=next_step, kind=kind, cause=cause, cell=cell)
