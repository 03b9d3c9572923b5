"""What the layer hands on: sheets in which tables read as they are meant, with the place of every row in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from etl.cells.sheets import Sheet


@dataclass(frozen=True)
class Notice:
    """What the layer has read into a table or read over, for people: the rule, and the arguments of its words."""

    rule: str
    sheet: str
    row_number: int
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A sheet of the file within a sheet that was made: its rows below `below` follow row `start` of that one."""

    sheet: Sheet
    start: int = 0
    below: int = 0

    @property
    def end(self) -> int:
        """The last row of the sheet that was made that is of this part."""
        return self.start + len(self.sheet.rows) - self.below

    def number_of(self, row_number: int) -> int | None:
        """Return the number that a row of the file's sheet has in the sheet that was made; None where it has none."""
        return row_number - self.below + self.start if row_number > self.below else None


@dataclass(frozen=True)
class ReadySheet(Sheet):
    """A sheet whose cells are not those of the file in every place, or that was made of several sheets."""

    parts: tuple[Part, ...] = ()
    other_headers: dict[int, list[list[str]]] = field(default_factory=dict, repr=False, compare=False)
    """row number of a header of several levels -> what its columns may be called as well, the longest first"""
    made_column: int | None = None
    """the column that stands in no sheet of the file"""
    notices: tuple[Notice, ...] = ()

    def place_of(self, row_number: int) -> tuple[str, int]:
        """Return the sheet and the row number in the file of one of the rows."""
        part = next((part for part in self.parts if row_number <= part.end), self.parts[-1])
        return part.sheet.name, row_number - part.start + part.below


def parts_of(sheet: Sheet) -> tuple[Part, ...]:
    """Return the sheets of the file that a sheet is made of: itself, where nothing was made."""
    return sheet.parts if isinstance(sheet, ReadySheet) else (Part(sheet),)


def written(sheet: Sheet) -> Sheet:
    """Return the sheet as the file has it; the first one where it was made of several."""
    return parts_of(sheet)[0].sheet


def has_several_parts(sheet: Sheet) -> bool:
    """Return whether the rows of a sheet come from several sheets, so that their numbers are not those of the file."""
    return len(parts_of(sheet)) > 1


def other_headers_of(sheet: Sheet, row_number: int) -> Sequence[Sequence[str]]:
    """Return what the columns of a header may be called as well."""
    return sheet.other_headers.get(row_number, ()) if isinstance(sheet, ReadySheet) else ()
