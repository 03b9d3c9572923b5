"""What is checked of a file for one indicator: each answer is yes, no, unknown, or not judged."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rapidfuzz import fuzz

from analysis.evidence.accepted_types import AcceptedFiles
from analysis.evidence.file_reading import FileReading
from analysis.evidence.folder_matching import PARTS, SHORTEST_PART, Innovation
from analysis.evidence.plain_names import plain

YES, NO, UNKNOWN, NOT_JUDGED = "passed", "failed", "unknown", "not_judged"
CHECKS = ("opens", "type", "size", "names_innovation", "year", "number", "signature", "own_bytes")
"""The checks in the order in which they are shown."""
YEAR = re.compile(r"(?<![\d.,])(20[0-4]\d)(?![\d])")
NAMED = 90
"""From this likeness on a part of a text is the title."""
PICTURES = ("jpeg", "png", "gif", "webp")


@dataclass(frozen=True)
class FileChecks:
    """The answers by name of the check, and the years that the text bears."""

    opens: str
    type: str
    size: str
    names_innovation: str
    year: str
    number: str
    signature: str
    own_bytes: str
    years: tuple[int, ...] = ()


def checks_of(
    reading: FileReading,
    size: int,
    accepted: AcceptedFiles,
    innovation: Innovation,
    edition: int,
    owners: Iterable[str],
) -> FileChecks:
    """Check a file for an indicator of an innovation. `owners` are the innovations that bring the same bytes."""
    opens = NO if reading.fault in ("empty", "password", "corrupt") else UNKNOWN if reading.fault else YES
    years = tuple(sorted({int(year) for year in YEAR.findall(reading.text)}))
    is_read = reading.text_is_known and not reading.fault
    others = set(owners) - {innovation.submission_id}
    return FileChecks(
        opens=opens,
        type=_of_type(reading.kind, accepted),
        size=NOT_JUDGED if accepted.most_bytes is None else YES if size <= accepted.most_bytes else NO,
        names_innovation=_names(reading, innovation) if is_read else _unread(reading),
        year=_in_window(years, accepted, edition) if is_read else _unread(reading, accepted.years_back is not None),
        number=_told(_has(reading, "number"), accepted) if is_read else _unread(reading, accepted.is_paper),
        signature=_told(_has(reading, "signature"), accepted) if is_read else _unread(reading, accepted.is_paper),
        own_bytes=NO if others else YES,
        years=years,
    )


def is_named(text: str, title: str) -> bool:
    """Return whether a text names an innovation: its whole title, nearly so, or the short name that stands apart."""
    words, whole = plain(text), plain(title)
    if not whole or not words:
        return False
    if f" {whole} " in f" {words} ":
        return True
    short = [plain(part) for part in PARTS.split(title)]
    if len(short) > 1 and any(len(part) >= SHORTEST_PART and f" {part} " in f" {words} " for part in short):
        return True
    return len(whole) > 2 * SHORTEST_PART and fuzz.partial_ratio(whole, words, score_cutoff=NAMED) > 0


def _of_type(kind: str, accepted: AcceptedFiles) -> str:
    if not accepted.types:
        return NOT_JUDGED
    if kind == "unknown":
        return UNKNOWN
    return YES if kind in accepted.types else NO


def _unread(reading: FileReading, is_asked: bool = True) -> str:
    """Return the answer where no text was read: nobody looks for words in a photograph, of a paper it is unknown."""
    if not is_asked or reading.kind in (*PICTURES, "mp4", "link"):
        return NOT_JUDGED
    return UNKNOWN


def _names(reading: FileReading, innovation: Innovation) -> str:
    if is_named(reading.text, innovation.title):
        return YES
    # words of a picture are read with faults, so that what is not found may stand there all the same
    return UNKNOWN if reading.is_recognised else NO


def _in_window(years: tuple[int, ...], accepted: AcceptedFiles, edition: int) -> str:
    if accepted.years_back is None:
        return NOT_JUDGED
    if not years:
        return UNKNOWN
    return YES if any(edition - accepted.years_back <= year <= edition for year in years) else NO


@cache
def _paper_words() -> dict[str, re.Pattern[str]]:
    text = files("analysis.evidence").joinpath("paper_words.toml").read_text(encoding="utf-8")
    return {name: re.compile("|".join(words), re.IGNORECASE) for name, words in tomllib.loads(text).items()}


def _has(reading: FileReading, what: str) -> bool | None:
    """Return whether a text bears a number or the line of a signature; None where its words are only guessed."""
    if _paper_words()[what].search(reading.text):
        return True
    return None if reading.is_recognised else False


def _told(has: bool | None, accepted: AcceptedFiles) -> str:
    if not accepted.is_paper:
        return NOT_JUDGED
    return UNKNOWN if has is None else YES if has else NO
