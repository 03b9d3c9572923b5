"""Text as a reader sees it: what editors, browsers and spreadsheets leave in a cell unseen is taken out, or shown.

Nothing here changes what is kept as sent: rows keep their original text, and rejections name it.
"""

from __future__ import annotations

import re
import unicodedata

from etl.cells.sheets import Cell, as_text

_JOINERS = "\u200c\u200d"
# What takes no place on the page: soft hyphen, zero-width marks, marks of direction, the mark at the start of a file.
_UNSEEN = re.compile(
    r"[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]"
    # Joiners shape letters of other scripts and join emoji; between plain letters, or at an end, they are left over.
    r"|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
# Control characters, and private ones, as the bullets of Word that only its own fonts draw (U+F0B7, U+F0A7).
_BLANK = re.compile(r"[\x00-\x1f\x7f-\x9f\ue000-\uf8ff]")
_BULLET = str.maketrans("\uf0b7\uf0a7\uf0d8", "\u2022\u2022\u2022")
"""The bullets that Word takes from its fonts Symbol and Wingdings."""
_AT_THE_ENDS = " \u2022"
# Letters in another dress, as posts in social media and some forms write bold, wide or joined letters.
_STYLED = re.compile(r"[\u2102-\u2134\uff01-\uff5e\ufb00-\ufb06\U0001d400-\U0001d7ff]")
_PREFIX = re.compile(r"^['\u2018\u2019`\u00b4]+\s*")
_MINUS = str.maketrans("\u2212\u2010\u2011\u2012", "----")
_SHOWN_AS_THEY_ARE = "\n\r\t"


def cleaned(text: str) -> str:
    """Return a text without invisible characters, its spaces tidied: each run of them is one plain space.

    Styled Latin letters become plain ones, and the bullets of Word become those of Unicode, or nothing at the ends.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    if not text.isprintable():
        if (bulleted := text.translate(_BULLET)) != text:
            text = bulleted.strip().strip(_AT_THE_ENDS)
        text = _BLANK.sub(" ", _UNSEEN.sub("", text))
    return " ".join(_STYLED.sub(_plain, text).split())


def _plain(sign: re.Match[str]) -> str:
    """Return the plain letters of a styled one; what is no letter in another dress (the sign for numero) as it is."""
    kind = unicodedata.decomposition(sign[0]).partition(" ")[0]
    plain = unicodedata.normalize("NFKC", sign[0])
    return plain if kind in ("<font>", "<wide>") or sign[0] in "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06" else sign[0]


def typed_text(cell: Cell) -> str:
    """Return the text of a cell that holds a number, a date, a word or a code, as `cleaned` gives it.

    The apostrophe that makes a spreadsheet take a number for text is left out, and all kinds of minus are one.
    """
    text = cleaned(as_text(cell))
    return text if text.isascii() and text[:1] not in "'`" else _PREFIX.sub("", text).translate(_MINUS)


def visible(text: str) -> str:
    """Return a text for a message: characters that cannot be seen by their code (`60.00⟨U+200B⟩`), lines as spaces."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character in _SHOWN_AS_THEY_ARE else f"⟨U+{ord(character):04X}⟩"
