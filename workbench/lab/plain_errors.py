"""Faults that a person can mend, told in a sentence with the next step; no wall of traceback in a notebook."""

from __future__ import annotations

import os
import re
from types import TracebackType
from typing import Any

import polars as pl

from analysis.api import Cities, City
from analysis.result import Result, nearest
from iga.errors import MendableError
from iga.reasons import reason_of
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.visible_text import visible
from workbench.options import language_of_environment

MENDABLE: tuple[type[BaseException], ...] = (
    MendableError,
    pl.exceptions.ColumnNotFoundError,
    FileNotFoundError,
    ModuleNotFoundError,
    NameError,
    AttributeError,
)
GONE = {"workbench.lab.what_if_form": "WhatIfForm"}
"""Modules that notebooks written before the desk import, with what they take from them."""
OURS = (Snapshot, Cities, City, Result)
"""Values whose missing attributes are told in words."""
_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"


def install(shell: Any) -> None:
    """Let this IPython tell mendable faults in words; `IGA_DEBUG=1` keeps the traceback."""

    def tell(
        shell: Any, kind: type[BaseException], error: BaseException, trace: Any, tb_offset: Any = None
    ) -> list[str]:
        language = language_of_environment()
        is_ours = is_of_the_cell(error)
        told = sentences(error, language, shell.user_ns) if is_ours else []
        if not is_ours or os.environ.get("IGA_DEBUG"):
            told += shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
        # IPython leaves the showing to the handler; this is the way that a kernel's own errors take to the notebook.
        shell._showtraceback(kind, error, told)
        return told

    shell.set_custom_exc(MENDABLE, tell)


def is_of_the_cell(error: BaseException) -> bool:
    """Return whether what is missing is missing in the cell itself; what fails deeper keeps its traceback."""
    if not isinstance(error, ModuleNotFoundError | NameError | AttributeError):
        return True
    if isinstance(error, AttributeError) and not isinstance(error.obj, OURS):
        return False
    if isinstance(error.__cause__, MendableError):
        return True
    last = _last_line(error)
    return last is not None and last.tb_frame.f_globals.get("__name__") == "__main__"


def _last_line(error: BaseException) -> TracebackType | None:
    """Return where an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace


def sentences(error: BaseException, language: Language, names: dict[str, Any] | None = None) -> list[str]:
    """What happened, where, and what to do next: a line each. `names` are the variables that a column may be of."""
    if isinstance(error, MendableError):
        message, place, next_step = error.told(language)
    elif isinstance(error.__cause__, MendableError):
        message, place, next_step = error.__cause__.told(language)
    elif isinstance(error, ModuleNotFoundError):
        message, place, next_step = _module_told(error, language)
    elif isinstance(error, NameError):
        message = language("There is no variable {name}").format(name=error.name)
        last = _last_line(error)
        place = "" if last is None else language("line {line}").format(line=last.tb_lineno)
        next_step = language("run the cells above first, or check the spelling")
    elif isinstance(error, AttributeError):
        message, place, next_step = _attribute_told(error, language)
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


def _module_told(error: ModuleNotFoundError, language: Language) -> tuple[str, str, str]:
    """What is said of a module that is not there; of one that the desk has taken the place of, where the desk is."""
    if error.name in GONE:
        text = language("{name} has gone: the form is now the desk, at /iga/ on this server")
        next_step = language("open it from the menu IGA of JupyterLab; this cell can be deleted")
        return text.format(name=GONE[error.name]), "", next_step
    message = language("There is no module {name}").format(name=error.name)
    return message, "", language("check the spelling; a module of your own lies beside the notebook")


def _attribute_told(error: AttributeError, language: Language) -> tuple[str, str, str]:
    """What is said of an attribute that a snapshot, a city or a result lacks, with those that come near."""
    message = language("{kind} has nothing called {name}").format(kind=type(error.obj).__name__, name=error.name)
    known = [name for name in dir(error.obj) if not name.startswith("_")]
    near = ", ".join(nearest(str(error.name), known)[:8])
    return message, "", language("perhaps: {near}").format(near=near)


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
