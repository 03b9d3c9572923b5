"""What a document must hold, from the data file of the clinic and the rulebook of an edition."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from rapidfuzz import fuzz

from iga.rulebook import Rulebook

_NUMBERING = re.compile(
    r"^\s*(?:\(?(?:[A-Za-z]|[0-9]{1,2}(?:\.[0-9]{1,2})*|[IVXivx]{1,5})[.)]\s*|(?:bab|bagian)\s+[0-9IVX]+[.:]?\s*|[-•*▪#–]+\s*)"
)
_WORD = re.compile(r"[^\W_]+(?:['’/-][^\W_]+)*")


@dataclass(frozen=True)
class Line:
    """One line or paragraph of a document: its text, style, whether it is bold, its page (0: none) and its place."""

    text: str
    style: str = ""
    is_bold: bool = False
    page: int = 0
    place: int = 0


@dataclass(frozen=True)
class Finding:
    """What was found. `is_fault` is what must be mended; otherwise it is a question for a person."""

    code: str
    values: dict[str, str] = field(default_factory=dict)
    is_fault: bool = True
    place: int | None = None


@dataclass(frozen=True)
class Window:
    """The years in which an innovation counts, of a rulebook; None is not known."""

    edition: int
    first: date | None
    last: date | None
    design_words: int | None

    @classmethod
    def of(cls, rulebook: Rulebook, edition: int) -> Window:
        """Return the window that a rulebook states."""
        told = getattr(rulebook, "eligibility", None)
        return cls(
            edition,
            getattr(told, "implementation_from", None),
            getattr(told, "implementation_to", None),
            getattr(told, "design_minimum_words", None),
        )


@cache
def clinic_data() -> dict[str, Any]:
    """Return the data file of the clinic."""
    return tomllib.loads(resources.files("analysis.clinic").joinpath("clinic.toml").read_text(encoding="utf-8"))


def lines_of(paragraphs: Sequence[Sequence[Any]]) -> list[Line]:
    """Return the lines of a reading (`etl.documents`), in which a paragraph is a list of its parts."""
    return [
        Line(str(text), str(style), bool(bold), int(page), int(place)) for text, style, bold, page, place in paragraphs
    ]


def plain(text: str) -> str:
    """Return a text in small letters without numbering, punctuation and double spaces."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def without_number(text: str) -> str:
    """Return a heading without "A. ", "1) " or a bullet."""
    return _NUMBERING.sub("", text, count=1)


def is_numbered(text: str) -> bool:
    """Return whether a line begins with a number, a letter or a bullet."""
    return bool(_NUMBERING.match(text))


def words_in(text: str) -> int:
    """Return the number of words of a text."""
    return len(_WORD.findall(text))


def names_of(title: str) -> list[str]:
    """Return the names of an innovation: its whole title, and its pieces around brackets and dashes."""
    pieces = [title, *re.split(r"[()\[\]:–]|\s-\s", title)]
    names = dict.fromkeys(plain(piece) for piece in pieces)
    return [name for name in names if len(name) >= 4]


def short_names_of(title: str) -> list[str]:
    """Return the names of an innovation that are written in capitals, as they are written: "SI CANTIK"."""
    pieces = (piece.strip() for piece in re.split(r"[()\[\]:–]|\s-\s", title))
    return [piece for piece in pieces if len(piece) >= 4 and piece.isupper()]


def stands_in(name: str, text: str) -> bool:
    """Return whether a name stands in a text as it is written, capitals included."""
    words = r"[\s\-]+".join(re.escape(word) for word in re.split(r"[\s\-]+", name))
    return bool(re.search(rf"(?<!\w){words}(?!\w)", text))


def named_in(title: str, text: str) -> tuple[int, str]:
    """Return how surely a text names an innovation (of 100), and the words of the text that do."""
    haystack = f" {plain(text)} "
    joined = haystack.replace(" ", "")
    best = (0, "")
    for name in names_of(title):
        if f" {name} " in haystack:
            return 100, name
        squeezed = name.replace(" ", "")
        if len(squeezed) >= 6 and squeezed in joined:
            best = max(best, (97, name))
        if len(name) >= 8:
            found = fuzz.partial_ratio_alignment(name, haystack, score_cutoff=80)
            if found is not None and found.score > best[0]:
                best = (int(found.score), haystack[found.dest_start : found.dest_end].strip())
    return best


def perhaps_a_word(matched: str, title: str, text: str) -> bool:
    """Return whether a name of one word stands out nowhere: "BAIK" in "tata kelola yang baik", or in capitals alone."""
    if " " in matched or matched == plain(title):
        return False
    mixed = "\n".join(line for line in text.splitlines() if not line.isupper())
    return any(plain(name) == matched and not stands_in(name, mixed) for name in short_names_of(title))


def times_named(title: str, text: str) -> int:
    """Return how often a text holds the shortest name of an innovation, letter by letter."""
    haystack = f" {plain(text)} "
    return max((haystack.count(f" {name} ") for name in names_of(title)), default=0)
