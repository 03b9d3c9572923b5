"""What one received file may cost, and the error of one that cannot be read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from warehouse.errors import ExitCode, WorkbenchError
from warehouse.set_aside_words import cause_words


class UnreadableFile(WorkbenchError):
    """The bytes are not a file that can be read, or are larger than the limits allow; the file is held."""

    exit_code = ExitCode.INPUT_HELD
    cause = ""

    @classmethod
    def because(cls, cause: str, **values: object) -> UnreadableFile:
        """Return the error of a cause that `warehouse/locale/set_aside.toml` has words for."""
        message, fix = (cause_words("unreadable", cause, part, "en") for part in ("message", "fix"))
        error = cls(message, fix, "", **values)
        error.cause = cause
        return error

    @property
    def detail(self) -> dict[str, str]:
        """The cause and its values, from which a reader's words are made."""
        return {"cause": self.cause, **{name: str(value) for name, value in self.values.items()}}


@dataclass(frozen=True)
class Limits:
    """What one received file may cost, from ``limits.toml``."""

    max_file_bytes: int
    max_unpacked_bytes: int
    max_rows: int
    max_columns: int
    max_cells: int
    max_pdf_pages: int
    max_page_bytes: int
    max_attributes: int
    max_members: int = 200
    max_archive_depth: int = 2


@cache
def load_limits() -> Limits:
    """The limits of this installation."""
    text = resources.files("etl.cells").joinpath("limits.toml").read_text(encoding="utf-8")
    return Limits(**tomllib.loads(text))


def refuse_too_large(size: int, limits: Limits) -> None:
    """Raise UnreadableFile where a file has more bytes than the limits allow."""
    if size > limits.max_file_bytes:
        raise UnreadableFile.because(
            "too_large",
            limit=limits.max_file_bytes,
        )


def too_many_cells(cells: int) -> UnreadableFile:
    """Return the refusal of a file that spans more cells than the limit."""
    return UnreadableFile.because(
        "too_many_cells",
        cells=cells,
    )
