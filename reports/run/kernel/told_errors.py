"""In a kernel that nobody sits at: hand over an error that a person can mend in the language of the page."""

from __future__ import annotations

import os
from typing import Any

from iga.errors import MendableError
from warehouse.language import LANGUAGES, Language

PAGE_LANGUAGE = "IGA_PAGE_LANGUAGE"
"""The variable by which a kernel is told the language of the page that its notebook makes."""


def load_ipython_extension(shell: Any) -> None:
    """Send the sentence of a mendable error, named MendableError, in place of its English text."""
    lang = os.environ.get(PAGE_LANGUAGE, "")
    if lang not in LANGUAGES:
        return
    language = Language(lang)

    def send(
        shell: Any, kind: type[BaseException], error: MendableError, trace: Any, tb_offset: Any = None
    ) -> list[str]:
        lines: list[str] = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
        shell._showtraceback(MendableError, error.in_one_line(language), lines)
        return lines

    shell.set_custom_exc((MendableError,), send)
