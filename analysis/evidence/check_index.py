"""What the last check of a season's files gave: each file with whose it is, what it may answer, and the checks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analysis.evidence.file_reading import READINGS
from warehouse import disk
from warehouse.home import Home
from warehouse.inputs_read import noted

VERSION = 1
ANSWERED, WITHOUT_INDICATOR, WITHOUT_INNOVATION, SET_ASIDE = (
    "answered", "without_indicator", "without_innovation", "set_aside",
)  # fmt: skip
FATES = (ANSWERED, WITHOUT_INDICATOR, WITHOUT_INNOVATION, SET_ASIDE)
"""What becomes of a file: every file has exactly one."""


@dataclass(frozen=True)
class ProposedAnswer:
    """An indicator that a file may answer, with the confidence in percent, the reason, and the checks by name.

    `paper` is the kind of decree that it was read as, of one that the rule of decrees knows; empty elsewhere.
    """

    indicator_number: str
    indicator_key: str
    confidence: int
    by: str
    words: str
    checks: dict[str, str] = field(default_factory=dict)
    years: tuple[int, ...] = ()
    paper: str = ""


@dataclass(frozen=True)
class CheckedFile:
    """A file by its place and its path there, with what became of it."""

    place: str
    path: str
    file_name: str
    size: int
    changed: int
    fate: str
    reason: str = ""
    sha256: str = ""
    submission_id: str = ""
    folder: str = ""
    folder_by: str = ""
    folder_confidence: int = 0
    kind: str = ""
    fault: str = ""
    page_count: int | None = None
    is_scan: bool = False
    is_recognised: bool = False
    proposals: tuple[ProposedAnswer, ...] = ()


@dataclass(frozen=True)
class UnmatchedFolder:
    """A folder that is no innovation's for certain, with the innovations that it may be of (id, title, percent)."""

    folder: str
    file_count: int
    is_ambiguous: bool
    proposals: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True)
class CheckIndex:
    """The last check: where and when, under whose list of indicators, the files, and the folders without a match.

    `indicators` are the numbers and keys of that list, `submissions` the ids of the season's innovations: what a mentor
    may confirm a file for.
    """

    place: str
    checked_at: str
    rulebook: str
    has_own_list: bool
    files: tuple[CheckedFile, ...] = ()
    folders: tuple[UnmatchedFolder, ...] = ()
    indicators: tuple[tuple[str, str], ...] = ()
    submissions: tuple[str, ...] = ()

    def count(self, fate: str) -> int:
        """Return how many files have come to this."""
        return sum(file.fate == fate for file in self.files)


def index_path(home: Home, region_code: str, edition: int) -> Path:
    """Return where the last check of a season lies."""
    return home.root / READINGS / "checked" / f"{region_code}-{edition}.json"


def write_index(home: Home, region_code: str, edition: int, index: CheckIndex) -> None:
    """Keep a check, in place of the one before."""
    told = {"version": VERSION, **asdict(index)}
    disk.write_text(index_path(home, region_code, edition), json.dumps(told, ensure_ascii=False))


def read_index(home: Home, region_code: str, edition: int) -> CheckIndex | None:
    """Return the last check; None where none was made, or by another version."""
    path = noted(home, index_path(home, region_code, edition))
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told.pop("version") != VERSION:
            return None
        files = tuple(_file(each) for each in told.pop("files"))
        folders = tuple(_folder(each) for each in told.pop("folders"))
        indicators = tuple((number, key) for number, key in told.pop("indicators", ()))
        return CheckIndex(
            **{**told, "submissions": tuple(told.get("submissions", ()))},
            files=files,
            folders=folders,
            indicators=indicators,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _file(told: dict[str, Any]) -> CheckedFile:
    proposals = (ProposedAnswer(**{**each, "years": tuple(each["years"])}) for each in told.pop("proposals"))
    return CheckedFile(**told, proposals=tuple(proposals))


def _folder(told: dict[str, Any]) -> UnmatchedFolder:
    return UnmatchedFolder(**{**told, "proposals": tuple((one[0], one[1], one[2]) for one in told["proposals"])})
