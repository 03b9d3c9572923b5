"""Text from files that people read in a message, a mail or a page: control characters are shown and not obeyed."""

from __future__ import annotations

import unicodedata

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
