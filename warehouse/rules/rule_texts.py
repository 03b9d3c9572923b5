"""The files of rules that lie in a home, as texts: `rulebooks/<year>.toml`, `rulebooks/crosswalks/<from>_<to>.csv`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from warehouse.home import Home

Kind = Literal["rulebook", "crosswalk", "level_lists"]

LARGEST_BYTES = 1_000_000
"""No file of rules is longer: the longest shipped one has 50,000 bytes."""

CROSSWALKS = "crosswalks"
LEVEL_LISTS = "level_lists.toml"

_RULEBOOK = re.compile(r"(?P<name>[0-9]{4})\.toml", re.ASCII)
_CROSSWALK = re.compile(r"(?P<name>[0-9]{4}_[0-9]{4})\.csv", re.ASCII)
PROBLEM_MESSAGES = {
    "no_folder": "this is a file, not a folder.",
    "folder": "this is a folder, not a file.",
    "book_name": "the file's name does not say which edition it is of.",
    "walk_name": "the file's name does not say which editions it is between.",
    "large": "the file is too large for rules.",
    "encoding": "the file is not text in UTF-8.",
    "unreadable": "the file cannot be read.",
}
"""What is wrong with a file before it is read as rules, as catalogue keys."""

REPAIR_MESSAGES = {
    "no_folder": "Move it elsewhere.",
    "folder": "Move it elsewhere.",
    "book_name": "Name it by its year, such as 2030.toml (Windows may hide a .txt at the end), or move it elsewhere.",
    "walk_name": "Name it by its two years, such as 2029_2030.csv, or move it elsewhere.",
    "large": "Put the right file in its place.",
    "encoding": "Save it as text in UTF-8.",
    "unreadable": "Check its permissions, and whether another program holds it open.",
}

_PASSED = re.compile(r"[.~]|(?:read[-_ ]?me|baca[-_ ]?(?:aku|saya))\b", re.IGNORECASE)
"""Files that editors keep for themselves, and words for people."""


@dataclass(frozen=True)
class RuleText:
    """One file: its kind, the name that rules know it by, its path within the home, its text.

    `problem` (a key of `PROBLEM_MESSAGES`) is set where it cannot be taken; its text is then empty. `name` is empty
    where the file's own name says neither year nor pair of years.
    """

    kind: Kind
    name: str
    path: str
    text: str = ""
    problem: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether there is a text to read rules from."""
        return not self.problem


def rule_texts(home: Home) -> tuple[RuleText, ...]:
    """Return the files of rules of a home, whether they can be read or not; none where it has no such folder."""
    folder = home.rulebooks
    return (
        *_texts(folder, "rulebook", _RULEBOOK, "rulebooks"),
        *_texts(folder / CROSSWALKS, "crosswalk", _CROSSWALK, f"rulebooks/{CROSSWALKS}"),
    )


def _texts(folder: Path, kind: Kind, pattern: re.Pattern[str], shown: str) -> Iterator[RuleText]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        yield RuleText(kind, "", shown, problem="no_folder" if isinstance(error, NotADirectoryError) else "unreadable")
        return
    for entry in entries:
        path = f"{shown}/{entry.name}"
        if _PASSED.match(entry.name) or (kind == "rulebook" and entry.name == CROSSWALKS):
            continue
        if kind == "crosswalk" and entry.name == LEVEL_LISTS:
            yield _text(entry, "level_lists", "level_lists", path)
        elif named := pattern.fullmatch(entry.name):
            yield _text(entry, kind, named["name"], path)
        else:
            yield RuleText(kind, "", path, problem="book_name" if kind == "rulebook" else "walk_name")


def _text(entry: Path, kind: Kind, name: str, path: str) -> RuleText:
    if entry.is_dir():
        return RuleText(kind, name, path, problem="folder")
    try:
        with entry.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            return RuleText(kind, name, path, problem="large")
        # An editor on Windows may begin the text with a mark, and ends its lines otherwise.
        return RuleText(kind, name, path, content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        return RuleText(kind, name, path, problem="encoding")
    except OSError:
        return RuleText(kind, name, path, problem="unreadable")
