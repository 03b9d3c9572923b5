"""Sets a template of `reports/typst/` with data into an accessible PDF: same data, same bytes; no network, no fonts
of the machine.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from iga.errors import Sentence
from reports.blocks.palette import light_surfaces
from reports.render.printable import all_printable
from warehouse.errors import ExitCode, WorkbenchError

if TYPE_CHECKING:
    from typst import Compiler

FIXED_TIMESTAMP = 946684800
"""2000-01-01: a PDF bears no date of its making, so that the same report is the same file."""


REFUSAL_MESSAGES: Mapping[str, tuple[str, str]] = {
    r"text `\"(?P<sign>.+?)\"` could not be displayed": (
        "its font has no sign {sign}",
        "replace the sign in the notebook or in the data: emoji and the letters of some scripts cannot be printed",
    ),
    r"disallowed codepoint `\"(?P<sign>.+?)\"`": (
        "it holds the sign {sign}, which no accessible PDF may hold",
        "take the sign out of the notebook or the data; nobody can see it",
    ),
    r"missing alt text": (
        "a picture has no description (alt text)",
        "give each picture and each chart a description in the notebook",
    ),
    r"missing document title": ("the report has no title", "give the part of the site file a heading"),
    r"skipped from heading level (?P<above>\d+) to (?P<below>\d+)": (
        "after a heading of level {above} stands one of level {below}",
        "let headings follow each other: ##, then ###, then ####",
    ),
    r"parse SVG|decode image|unknown image format": (
        "a picture cannot be read",
        "make the picture anew, as PNG or SVG",
    ),
}
"""Why a PDF is refused most often and what to do, by what the typesetter says, as catalogue keys."""


class PdfRefused(WorkbenchError):
    """A document is not accessible (a figure without alternative text, no title), or cannot be set at all."""

    exit_code = ExitCode.REPORT


def typeset(template: str, name: str, data: dict[str, Any]) -> bytes:
    """The PDF/UA-1 of a template that reads `data` as its input of this name. Raises PdfRefused with the cause.

    Texts in `data` are strings to the template, never markup: it has no other way to read them. Signs that no font has
    are drawn as a box; `reports/render/printable.py` knows which.
    """
    import typst

    inputs = {name: json.dumps(all_printable(data), ensure_ascii=False, separators=(",", ":"))}
    inputs["palette"] = json.dumps(light_surfaces())
    try:
        pdf: Any = _compiler(template).compile(
            format="pdf", sys_inputs=inputs, pdf_standards="ua-1", timestamp=FIXED_TIMESTAMP
        )
    except (typst.TypstError, RuntimeError) as error:
        raise _refused(template, str(error).strip().splitlines()[0]) from error
    return bytes(pdf)


def _refused(template: str, words: str) -> PdfRefused:
    """Return why a PDF was refused: in our words what we know, otherwise in those of the typesetter."""
    for known, (cause, fix) in REFUSAL_MESSAGES.items():
        if match := re.search(known, words):
            facts = {name: _named(text) for name, text in match.groupdict().items()}
            return PdfRefused(
                "The PDF was refused: {cause}", next_step=fix, place=template, cause=Sentence(cause, **facts)
            )
    return PdfRefused(
        "The PDF was refused: {cause}",
        next_step="take back the latest change to the notebook or its data; if that does not help, report this message",
        place=template,
        cause=words,
    )


def _named(sign: str) -> str:
    """Return a sign with its number in Unicode, by which it can be looked for; digits and words as they are."""
    if written := re.fullmatch(r"\\u\{([0-9a-f]+)\}", sign):
        return f"U+{int(written[1], 16):04X}"
    return f"{sign} (U+{ord(sign):04X})" if len(sign) == 1 and not sign.isascii() else sign


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
