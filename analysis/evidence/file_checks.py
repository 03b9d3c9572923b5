"""What is checked of a file for one indicator: each answer is yes, no, unknown, or not judged."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from analysis.clinic.decree import Decree, check_decree
from analysis.clinic.demands import Line, Window, clinic_data, named_in, perhaps_a_word
from analysis.evidence.accepted_types import AcceptedFiles
from analysis.evidence.file_reading import FileReading
from analysis.evidence.folder_matching import Innovation

YES, NO, UNKNOWN, NOT_JUDGED = "passed", "failed", "unknown", "not_judged"
CHECKS = ("opens", "type", "size", "names_innovation", "year", "number", "signature", "own_bytes")
"""The checks in the order in which they are shown."""
YEAR = re.compile(r"(?<![\d.,])(20[0-4]\d)(?![\d])")
PICTURES = ("jpeg", "png", "gif", "webp", "tiff", "heic")
FILMS = ("mp4", "mov", "avi", "mkv")
NO_DECREE = "other"
"""The kind of a paper that is none of those that the rule of decrees knows."""
OUT_OF_TIME = {"year_outside", "year_too_late"}
ASKED_OF_TIME = {
    "no_date", "impossible_date", "window_not_known", "years_not_stated", "not_year_of_implementation",
    "promulgated_later",
}  # fmt: skip
"""What the rule of decrees says of a year: that it does not count, and that it is to be asked about."""


@dataclass(frozen=True)
class FileChecks:
    """The answers by name of the check, the years in the text, and which kind of paper it is (empty: not known)."""

    opens: str
    type: str
    size: str
    names_innovation: str
    year: str
    number: str
    signature: str
    own_bytes: str
    years: tuple[int, ...] = ()
    paper: str = ""

    def answers(self) -> dict[str, str]:
        """Return the answers by name of the check."""
        return {name: str(getattr(self, name)) for name in CHECKS}


def checks_of(
    reading: FileReading,
    size: int,
    accepted: AcceptedFiles,
    innovation: Innovation,
    window: Window,
    owners: Iterable[str],
) -> FileChecks:
    """Check a file for an indicator of an innovation. `owners` are the innovations that bring the same bytes.

    A decree is judged by the one rule of decrees (`analysis.clinic.decree`), also the year where the edition takes a
    Perda or Perkada of other years than an SK; `window` is that of the edition.
    """
    opens = NO if reading.fault in ("empty", "password", "corrupt") else UNKNOWN if reading.fault else YES
    years = tuple(sorted({int(year) for year in YEAR.findall(reading.text)}))
    is_read = reading.text_is_known and not reading.fault
    others = set(owners) - {innovation.submission_id}
    paper = _paper(reading, innovation, window) if is_read and accepted.is_paper else None
    is_timed = accepted.years_back is not None or accepted.is_decree
    return FileChecks(
        opens=opens,
        type=_of_type(reading.kind, accepted),
        size=NOT_JUDGED if accepted.most_bytes is None else YES if size <= accepted.most_bytes else NO,
        names_innovation=_names(reading, innovation) if is_read else _unread(reading),
        year=_year(years, accepted, window, paper) if is_read else _unread(reading, is_timed),
        number=_told(_has_number(reading, paper), accepted) if is_read else _unread(reading, accepted.is_paper),
        signature=_told(_has_signature(reading, paper), accepted) if is_read else _unread(reading, accepted.is_paper),
        own_bytes=NO if others else YES,
        years=years,
        paper=paper.kind if paper and paper.kind != NO_DECREE else "",
    )


def _paper(reading: FileReading, innovation: Innovation, window: Window) -> Decree:
    lines = [Line(line) for line in reading.text.splitlines()]
    return check_decree(lines, window, None, None, innovation.year, is_recognised=reading.is_recognised)


def _of_type(kind: str, accepted: AcceptedFiles) -> str:
    if not accepted.types:
        return NOT_JUDGED
    if kind == "unknown":
        return UNKNOWN
    return YES if kind in accepted.types else NO


def _unread(reading: FileReading, is_asked: bool = True) -> str:
    """Return the answer where no text was read: nobody looks for words in a photograph, of a paper it is unknown."""
    if not is_asked or reading.kind in (*PICTURES, *FILMS, "link"):
        return NOT_JUDGED
    return UNKNOWN


def _names(reading: FileReading, innovation: Innovation) -> str:
    likeness, matched = named_in(innovation.title, reading.text) if innovation.title else (0, "")
    if likeness >= clinic_data()["title_likeness"]:
        return UNKNOWN if perhaps_a_word(matched, innovation.title, reading.text) else YES
    if reading.kind in PICTURES:
        return NOT_JUDGED  # a photograph shows what it shows, and need not say its name
    # words of a scan are read with faults, so that what is not found may stand there all the same
    return UNKNOWN if reading.is_recognised else NO


def _year(years: tuple[int, ...], accepted: AcceptedFiles, window: Window, paper: Decree | None) -> str:
    if accepted.is_decree and paper is not None:
        codes = {finding.code for finding in paper.findings}
        if codes & OUT_OF_TIME:
            return NO
        return UNKNOWN if codes & ASKED_OF_TIME or paper.year is None or paper.kind == NO_DECREE else YES
    if accepted.years_back is None:
        return NOT_JUDGED
    if not years:
        return UNKNOWN
    return YES if any(window.edition - accepted.years_back <= year <= window.edition for year in years) else NO


@cache
def _paper_words() -> dict[str, re.Pattern[str]]:
    text = files("analysis.evidence").joinpath("paper_words.toml").read_text(encoding="utf-8")
    return {name: re.compile("|".join(words), re.IGNORECASE) for name, words in tomllib.loads(text).items()}


def _has_number(reading: FileReading, paper: Decree | None) -> bool | None:
    """Return whether a paper bears a number; None where its words are only guessed. One left blank is none."""
    is_blank = paper is not None and any(finding.code == "draft_number" for finding in paper.findings)
    if is_blank and paper is not None and paper.kind != NO_DECREE:
        return None if reading.is_recognised else False
    return _has(reading, "number")


def _has_signature(reading: FileReading, paper: Decree | None) -> bool | None:
    return True if paper is not None and paper.signature else _has(reading, "signature")


def _has(reading: FileReading, what: str) -> bool | None:
    """Return whether a text bears a number or the line of a signature; None where its words are only guessed."""
    if _paper_words()[what].search(reading.text):
        return True
    return None if reading.is_recognised else False


def _told(has: bool | None, accepted: AcceptedFiles) -> str:
    if not accepted.is_paper:
        return NOT_JUDGED
    return UNKNOWN if has is None else YES if has else NO
