"""Faults that a person can mend, told in a sentence with the next step; no wall of traceback in a notebook."""

from __future__ import annotations

import os
import re
from typing import Any

import polars as pl

from analysis.result import nearest
from iga.errors import MendableError
from iga.reasons import reason_of
from warehouse.language import Language
from warehouse.visible_text import visible
from workbench.options import language_of_environment

MENDABLE: tuple[type[BaseException], ...] = (
    MendableError,
    pl.exceptions.ColumnNotFoundError,
    FileNotFoundError,
)
_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"


def install(shell: Any) -> None:
    """Let this IPython tell mendable faults in words; `IGA_DEBUG=1` keeps the traceback."""

    def tell(
        shell: Any, kind: type[BaseException], error: BaseException, trace: Any, tb_offset: Any = None
    ) -> list[str]:
        told = sentences(error, language_of_environment(), shell.user_ns)
        if os.environ.get("IGA_DEBUG"):
            told += shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
        # IPython leaves the showing to the handler; this is the way that a kernel's own errors take to the notebook.
        shell._showtraceback(kind, error, told)
        return told

    shell.set_custom_exc(MENDABLE, tell)


def sentences(error: BaseException, language: Language, names: dict[str, Any] | None = None) -> list[str]:
    """What happened, where, and what to do next: a line each. `names` are the variables that a column may be of."""
    if isinstance(error, MendableError):
        message, place, next_step = error.told(language)
    elif isinstance(error, FileNotFoundError):
        message = language("There is no file {path}").format(path=error.filename)
        place, next_step = "", language("check the path")
    elif isinstance(error, OSError):
        message, place, next_step = reason_of(error).told(language), str(error.filename or ""), ""
    else:
        message, place, next_step = _column_told(error, language, names or {})
    lines = [f"{_RED}{language('Error')}:{_PLAIN} {visible(message)}"]
    lines += [f"  {language('where')}: {visible(place)}"] if place else []
    lines += [f"  {language('next')}: {visible(next_step)}"] if next_step else []
    return lines


def _column_told(error: BaseException, language: Language, names: dict[str, Any]) -> tuple[str, str, str]:
    """What Polars says about a column that is not there, with the columns of the frames at hand that come near."""
    text = str(error).splitlines()[0]
    quoted = re.search(r"[\"'`“]([^\"'`”]+)[\"'`”]", text)
    column = quoted[1] if quoted else text
    frames = [value for value in names.values() if isinstance(value, pl.DataFrame)]
    frames += [value.frame for value in names.values() if isinstance(getattr(value, "frame", None), pl.DataFrame)]
    known = sorted({name for frame in frames for name in frame.columns})
    near = language("perhaps: {near}").format(near=", ".join(nearest(column, known)[:8])) if known else ""
    return language("There is no column {column}").format(column=column), "", near
