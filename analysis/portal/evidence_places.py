"""The evidence files of an innovation by indicator: first what a mentor confirmed, then what the names propose.

A file that begins with the number of an indicator is a proposal and no more: it is marked as such wherever it is shown,
and left out where a mentor refused it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from analysis.evidence.check_index import CheckIndex, read_index
from analysis.evidence.decisions import REFUSED, confirmed_evidence, latest_decisions
from analysis.evidence.evidence_check import season_places
from analysis.evidence.received_files import received
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.region import Region

NUMBERED = re.compile(r"(\d{1,2})(?=\D)")


@dataclass(frozen=True)
class EvidenceFile:
    """A file for an indicator: its name, where it lies (`member`: its path in a folder or ZIP), and who confirmed it.

    Without `decided_at` nobody did: it is a proposal by the number in its name. `is_here` is false for a file that was
    confirmed and lies no longer where it was checked, or has other bytes there.
    """

    name: str
    place: Path
    member: str = ""
    decided_by: str = ""
    decided_at: str = ""
    sha256: str = ""
    is_here: bool = True

    @property
    def is_confirmed(self) -> bool:
        """Whether a mentor said that it answers the indicator."""
        return bool(self.decided_at)

    def read_bytes(self) -> bytes:
        """Return what it holds. Raises OSError where it is there no more."""
        content = _content(self.place, self.member)
        if content is None:
            raise FileNotFoundError(self.name)
        return content


@dataclass(frozen=True)
class SeasonDecisions:
    """What mentors said of a season: the confirmed files by innovation and indicator, and hashes that they refused."""

    confirmed: Mapping[str, Mapping[str, tuple[EvidenceFile, ...]]]
    refused: frozenset[tuple[str, str, str]]


def read_season_decisions(home: Home, region: Region, edition: int) -> SeasonDecisions:
    """Return what mentors confirmed in a season, each file with its place, and what they refused."""
    index = read_index(home, region.region_code, edition)
    found: dict[str, dict[str, list[EvidenceFile]]] = {}
    for row in confirmed_evidence(home, region.region_code, edition).iter_rows(named=True):
        place, member = _place_of(home, region, edition, index, row["submission_id"], row["file_name"], row["sha256"])
        file = EvidenceFile(
            row["file_name"],
            place or Path(),
            member,
            row["decided_by"],
            row["decided_at"],
            row["sha256"],
            place is not None,
        )
        found.setdefault(row["submission_id"], {}).setdefault(row["indicator_number"], []).append(file)
    refused = frozenset(
        (submission, number, digest)
        for (submission, number, _name, digest), kept in latest_decisions(home, region.region_code, edition).items()
        if kept.decision.answer == REFUSED
    )
    confirmed = {key: {number: tuple(files) for number, files in own.items()} for key, own in found.items()}
    return SeasonDecisions(confirmed, refused)


def evidence_of(
    home: Home, region: Region, edition: int, submission_id: str, title: str, decisions: SeasonDecisions
) -> dict[str, tuple[EvidenceFile, ...]]:
    """Return the files of an innovation by the number of the indicator: the confirmed ones, then those proposed.

    Proposed are the files of its folder whose names begin with the number. The folder lies in one of those of the
    season (`season_places`) and bears the id of the submission or the title. A link is not followed.
    """
    found = {number: list(files) for number, files in decisions.confirmed.get(submission_id, {}).items()}
    # Hashes are needed only where a mentor has said something of this innovation.
    spoken = bool(found) or any(submission == submission_id for submission, _number, _hash in decisions.refused)
    paths = {
        path: sha256(path.read_bytes()).hexdigest() if spoken else ""
        for path in _of_folder(home, region, edition, submission_id, title)
    }
    by_hash = {digest: path for path, digest in paths.items()}
    for files in found.values():  # moved since the check, or never checked in this home: its bytes say which it is
        files[:] = [
            replace(file, place=by_hash[file.sha256], is_here=True)
            if not file.is_here and file.sha256 in by_hash
            else file
            for file in files
        ]
    said = {number: {file.sha256 for file in files} for number, files in found.items()}
    for path, digest in paths.items():
        match = NUMBERED.match(path.name)
        if (
            match
            and digest not in said.get(match[1], ())
            and (submission_id, match[1], digest) not in decisions.refused
        ):
            found.setdefault(match[1], []).append(EvidenceFile(path.name, path))
    return {number: tuple(files) for number, files in found.items()}


def _of_folder(home: Home, region: Region, edition: int, submission_id: str, title: str) -> list[Path]:
    seasons = season_places(home, region, edition)
    folders = (noted(home, season / name) for season in seasons for name in (submission_id, slug(title)))
    return [
        path
        for folder in folders
        if folder.is_dir() and not folder.is_symlink()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.is_symlink()
    ]


def _place_of(
    home: Home, region: Region, edition: int, index: CheckIndex | None, submission_id: str, name: str, digest: str
) -> tuple[Path | None, str]:
    """Return where the bytes that were confirmed lie now: the folder or ZIP, and the path within; None: nowhere."""
    for file in index.files if index else ():
        if (file.submission_id, file.file_name, file.sha256) != (submission_id, name, digest):
            continue
        for place in _places(home, region, edition, index, file.place):
            # A ZIP that lies at the top of a folder is a folder of its own in the check.
            for member in dict.fromkeys((file.path, file.path.removeprefix(f"{place.stem}/"))):
                content = _content(place, member)
                if content is not None and sha256(content).hexdigest() == digest:
                    return place, member
    return None, ""


def _places(home: Home, region: Region, edition: int, index: CheckIndex | None, named: str) -> list[Path]:
    """Return where a place of a check may lie: in the home, or where the check says that it looked."""
    told = [Path(part) for part in (index.place if index else "").split("; ") if part]
    outside = [path for path in told if path.is_absolute() and path.name == named]
    return [home.root / named, *outside, *season_places(home, region, edition)]


def _content(place: Path, member: str) -> bytes | None:
    """Return the bytes of a file of a folder or ZIP; None where it is there no more."""
    if not member:
        return place.read_bytes() if place.is_file() else None
    try:
        if place.is_dir():
            path = place / member
            is_below = path.resolve().is_relative_to(place.resolve())
            return path.read_bytes() if is_below and path.is_file() and not path.is_symlink() else None
        if not place.is_file():
            return None
        with received(place) as opened:
            for file in opened.files:
                if file.path == member and not file.reason:
                    with opened.opened(file) as stream:
                        return stream.read()
    except (OSError, zipfile.BadZipFile, RuntimeError):
        return None
    return None
