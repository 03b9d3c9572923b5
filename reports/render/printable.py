"""What the fonts of a PDF can show: found before typesetting, since the typesetter refuses a whole file for one sign.

The fonts and the table of what they cover stand in `reports/typst/fonts/`; `tools/make_fonts.py` makes them. A sign
that no font has is drawn as a box with a cross; what an accessible PDF must not hold is left out where nobody would
see it, and is U+FFFD where somebody would.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any

LONGEST_WORD = 30
"""Letters of a word from which on it may break anywhere, so that it leaves no column and no page."""
BREAK = "\u200b"
BOX = "\u25a1"
"""What stands in a chart for a sign that its one face does not have."""
REPLACEMENT = "\ufffd"
MAIN_FACE = "Arimo"

_UNSEEN = re.compile(
    "(?<=[0-9#*])\ufe0f?\u20e3|"  # the frame around the digit of a key
    "[\ufeff\u202a-\u202e\u2066-\u2069"  # the mark at the start of a file; overrides and isolates of direction
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors
    "\U000e0000-\U000e007f]"  # tags
)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_NO_PLACE = "\u00ad\u061c\u180e\u200b-\u200f\u2060-\u206f"
"""Joiners, and marks of direction and of breaks, which a text may hold and a drawing may not."""
_LONG = re.compile(rf"[^\s{BREAK}]{{{LONGEST_WORD + 1},}}")
_MARKUP_OR_WORDS = re.compile(r"<[^>]*>|[^<]+")


def printable(text: str) -> str:
    """Return a text that every accessible PDF may hold; what its fonts lack stays, and is drawn as a box."""
    if text.isascii() and text.isprintable():
        return text
    return _FORBIDDEN.sub(REPLACEMENT, _UNSEEN.sub("", text))


def all_printable(data: Any) -> Any:
    """Return the data of a template with all its texts printable, and long words in pieces; drawings are left alone."""
    if isinstance(data, str):
        return printable(data) if data.startswith("<svg") else breakable(printable(data))
    if isinstance(data, dict):
        return {name: all_printable(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return data if data and isinstance(data[0], int | float) else [all_printable(value) for value in data]
    return data


def breakable(text: str) -> str:
    """Return a text whose words of more than `LONGEST_WORD` letters may break; no mark is parted from its letter."""
    return _LONG.sub(lambda word: BREAK.join(pieces(word[0], LONGEST_WORD)), text) if len(text) > LONGEST_WORD else text


def pieces(word: str, longest: int) -> Iterator[str]:
    """Iterate over the pieces of a word, each of about so many letters at most."""
    start = 0
    for end in count(1):
        if end >= len(word):
            yield word[start:]
            return
        if end - start >= longest and _may_break(word, end):
            yield word[start:end]
            start = end


def _may_break(word: str, place: int) -> bool:
    """Return whether a word may break before a place: not within a letter and its marks, nor within a joined sign."""
    if word[place].isascii():
        return word[place - 1] != "\u200d"
    is_joined = unicodedata.category(word[place])[0] == "M" or word[place] in "\u200c\u200d"
    return not is_joined and word[place - 1] != "\u200d" and not "\U0001f3fb" <= word[place] <= "\U0001f3ff"


def drawable(svg: str) -> str:
    """Return a drawing whose words its one face can show, letter by letter.

    The typesetter reads the words of a drawing by other rules than those of a text: it asks no second font, and it
    refuses joiners and marks that stand apart from their letter.
    """
    return svg if svg.isascii() else _MARKUP_OR_WORDS.sub(lambda piece: _drawn(piece[0]), svg)


def _drawn(piece: str) -> str:
    if piece.isascii() or piece.startswith("<"):
        return piece if piece.isascii() else printable(piece)
    return _not_of_face().sub(_in_place_of, unicodedata.normalize("NFC", printable(piece)))


def _in_place_of(sign: re.Match[str]) -> str:
    return "" if unicodedata.category(sign[0]) in ("Cf", "Mn", "Me") else BOX


def signs_without_font(text: str) -> tuple[str, ...]:
    """Return the signs of a text that a reader of the PDF does not see as they are, in their order, each once."""
    if text.isascii() and text.isprintable():
        return ()
    return tuple(dict.fromkeys([*_FORBIDDEN.findall(text), *_not_of_fonts().findall(_UNSEEN.sub("", text))]))


def signs_without_face(text: str) -> tuple[str, ...]:
    """Return the signs of the words of a chart that stand as a box in the PDF, in their order, each once."""
    if text.isascii():
        return ()
    found = _not_of_face().findall(unicodedata.normalize("NFC", printable(text)))
    return tuple(dict.fromkeys(sign for sign in found if unicodedata.category(sign) not in ("Cf", "Mn", "Me")))


def name_of(sign: str) -> str:
    """Return the name of a sign in Unicode with its number: "U+6F22 CJK UNIFIED IDEOGRAPH-6F22"."""
    number = f"U+{ord(sign):04X}"
    return f"{number} {name}" if (name := unicodedata.name(sign, "")) else number


@cache
def _not_of_fonts() -> re.Pattern[str]:
    """What no font has, without what takes no place (line ends, and forbidden signs, which are told apart)."""
    return re.compile(f"[^{_set_of(_ranges())}\t\n\r{_FORBIDDEN.pattern[1:-1]}]")


@cache
def _not_of_face() -> re.Pattern[str]:
    """What the face of charts does not have, and the marks that it has but that the reader of drawings refuses."""
    own = _set_of([row for row in _ranges() if row[0] == MAIN_FACE])
    return re.compile(
        f"[^{own}\t\n\r]|[{_NO_PLACE}\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
    )


def _set_of(ranges: list[tuple[str, int, int]]) -> str:
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for _, first, last in ranges)


@cache
def _ranges() -> list[tuple[str, int, int]]:
    """The code points of each font family, as `coverage.csv` has them."""
    text = files("reports").joinpath("typst", "fonts", "coverage.csv").read_text(encoding="utf-8")
    return [(row["family"], int(row["first"], 16), int(row["last"], 16)) for row in csv.DictReader(text.splitlines())]
