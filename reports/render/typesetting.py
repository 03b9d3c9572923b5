"""Sets a template of `reports/typst/` with data into an accessible PDF: same data, same bytes; no network, no fonts
of the machine.
"""

from __future__ import annotations

import json
import threading
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from warehouse.errors import ExitCode, WorkbenchError

if TYPE_CHECKING:
    from typst import Compiler

FIXED_TIMESTAMP = 946684800
"""2000-01-01: a PDF bears no date of its making, so that the same report is the same file."""


class PdfRefused(WorkbenchError):
    """A document is not accessible (a figure without alternative text, no title), or cannot be set at all."""

    exit_code = ExitCode.REPORT


def typeset(template: str, name: str, data: dict[str, Any]) -> bytes:
    """The PDF/UA-1 of a template that reads `data` as its input of this name. Raises PdfRefused with the cause.

    Texts in `data` are strings to the template, never markup: it has no other way to read them.
    """
    import typst

    inputs = {name: json.dumps(data, ensure_ascii=False, separators=(",", ":"))}
    try:
        pdf: Any = _compiler(template).compile(
            format="pdf", sys_inputs=inputs, pdf_standards="ua-1", timestamp=FIXED_TIMESTAMP
        )
    except (typst.TypstError, RuntimeError) as error:
        raise PdfRefused(
            "The PDF was refused: {cause}",
            next_step="give each figure a description and each report a title",
            place=template,
            cause=str(error).strip().splitlines()[0],
        ) from error
    return bytes(pdf)


_own = threading.local()


def _compiler(template: str) -> Compiler:
    """The compiler of a template, kept for the next document; one for each thread."""
    import typst

    if not hasattr(_own, "compilers"):
        _own.compilers = {}
    if template not in _own.compilers:
        with as_file(files("reports").joinpath("typst")) as folder:
            _own.compilers[template] = typst.Compiler(
                str(folder / template),
                root=str(folder),
                font_paths=[str(folder / "fonts")],
                ignore_system_fonts=True,
            )
    compiler: Compiler = _own.compilers[template]
    return compiler
