"""Text that reaches a terminal: control characters are shown and not obeyed, and no sign is too foreign to print."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_UNSEEN = ("Cc", "Cf", "Zl", "Zp")
_HARMLESS = "\u200c\u200d"
"""Joiners that scripts and emoji need."""


def visible(text: str) -> str:
    """Return a text on one line whose control characters are marks: ESC as `␛`, a line break as `␊`.

    Marks that turn the direction of writing are shown by number, since they make a name read as another one.
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign in _HARMLESS else _mark(sign) for sign in text)


def visible_lines(text: str) -> str:
    """Return a text of several lines, each as `visible` gives it; for what breaks lines on purpose."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _mark(sign: str) -> str:
    code = ord(sign)
    if code in _PICTURES:
        return _PICTURES[code]
    return f"<U+{code:04X}>" if unicodedata.category(sign) in _UNSEEN else sign


def print_anything(words: Sequence[str]) -> None:
    """Let standard output and standard error print every text, whatever the code page of the terminal.

    What a code page lacks becomes `?` there. Data for programs (`--format json` or `csv`) that goes to a file or a pipe
    is UTF-8, unless PYTHONIOENCODING names another.
    """
    is_data = any(
        word in ("--format=json", "--format=csv") or (word == "--format" and following in ("json", "csv"))
        for word, following in pairwise([*words, ""])
    )
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if not hasattr(stream, "reconfigure"):
            continue
        if name == "stdout" and is_data and not stream.isatty() and not os.environ.get("PYTHONIOENCODING"):
            stream.reconfigure(encoding="utf-8", errors="strict")
        elif not (stream.encoding or "").lower().replace("-", "").startswith("utf"):
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(errors="backslashreplace")  # a file name that is no text has halves of signs
