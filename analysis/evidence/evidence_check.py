"""The check of a season's evidence files: whose each is, what it may answer, and whether it can; kept as an index."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from analysis.clinic.demands import Window
from analysis.evidence.accepted_types import accepted_files
from analysis.evidence.check_index import (
    ANSWERED,
    SET_ASIDE,
    WITHOUT_INDICATOR,
    WITHOUT_INNOVATION,
    CheckedFile,
    CheckIndex,
    ProposedAnswer,
    UnmatchedFolder,
    read_index,
    write_index,
)
from analysis.evidence.decisions import CONFIRMED, latest_decisions
from analysis.evidence.file_checks import checks_of
from analysis.evidence.file_reading import CORRUPT, EMPTY, FileReading, Reader
from analysis.evidence.folder_matching import BY_MENTOR, FolderMatch, FolderMatcher, Innovation, innovations_of
from analysis.evidence.indicator_of_name import EvidenceIndicator, NameReader, Proposal, file_words, indicators_of
from analysis.evidence.plain_names import likeness
from analysis.evidence.received_files import ARCHIVES, MIB, Received, ReceivedFile, limits, received
from analysis.season.frames import SeasonFrames
from iga.rulebook import Rulebook
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.region import Region

PIECE = 1 << 20
Progress = Callable[[int, int], None]
Confirmed = dict[tuple[str, str], list[tuple[str, EvidenceIndicator]]]
"""The innovations and indicators that a file was confirmed for, by its name and hash."""


class EvidenceUnusable(WorkbenchError):
    """A folder or ZIP of evidence is not there or cannot be opened."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class EvidenceList:
    """The indicators of a season that files answer: the rulebook's name, and whether it is the edition's own."""

    rulebook: str
    has_own_list: bool
    indicators: tuple[EvidenceIndicator, ...]


def evidence_list(frames: SeasonFrames) -> EvidenceList:
    """Return the edition's own list of indicators; another edition's where it is not known, without its numbers."""
    own = str(frames.edition)
    if own in frames.rulebooks and (listed := _listed(frames.rulebooks.of(own))):
        return EvidenceList(own, True, listed)
    return EvidenceList(frames.rulebook.name, not frames.is_estimate, _listed(frames.rulebook))


def window_of(frames: SeasonFrames, listed: EvidenceList) -> Window:
    """Return the years that the edition's own rules state; those of another edition's say nothing of it."""
    rulebook = frames.rulebooks.of(listed.rulebook) if listed.has_own_list else None
    return Window(frames.edition, None, None, None) if rulebook is None else Window.of(rulebook, frames.edition)


def _listed(rulebook: Rulebook) -> tuple[EvidenceIndicator, ...]:
    return indicators_of(rulebook)


def season_places(home: Home, region: Region, edition: int) -> list[Path]:
    """Return the folders of a home that hold the season's evidence: under the city's code, and under its name."""
    root = home.root / "evidence"
    named = (root / name / str(edition) for name in (region.region_code, slug(region.full_name)))
    return [path for path in named if path.is_dir() and not path.is_symlink()]


def places_of(home: Home, region: Region, edition: int, given: Path | None) -> list[Path]:
    """Return what is to be checked: what is named, or the season's own folders (none: no evidence was received).

    Raises EvidenceUnusable for a place that is named and is neither a folder nor a ZIP.
    """
    if given is None:
        return season_places(home, region, edition)
    if not given.is_dir() and not zipfile.is_zipfile(given):
        raise EvidenceUnusable(
            "There is no folder or ZIP of evidence here",
            next_step="name the folder that holds one folder per innovation, or a ZIP of it",
            place=str(given),
        )
    return [given]


@dataclass
class _Read:
    """One file as it was received, with its hash and what was read, without the text: that is fetched one by one."""

    place: str
    file: ReceivedFile
    sha256: str = ""
    reading: FileReading | None = None
    reason: str = ""


def check_evidence(
    home: Home, frames: SeasonFrames, places: Sequence[Path], reader: Reader, progress: Progress | None = None
) -> CheckIndex:
    """Check every file of the places and keep what was found; a file that is known by its bytes is not read again."""
    region_code, edition = frames.region_code, frames.edition
    former = read_index(home, region_code, edition)
    known = {
        (file.place, file.path, file.size, file.changed): file.sha256
        for file in (former.files if former else ())
        if file.sha256
    }
    listed = evidence_list(frames)
    innovations = innovations_of(frames.submissions.sort("submission_id").iter_rows(named=True))
    assigner = _Assigner(
        FolderMatcher(innovations),
        NameReader(listed.indicators, file_words(home), has_own_list=listed.has_own_list),
        reader,
        window_of(frames, listed),
        _confirmed(home, frames, listed),
    )
    with_content: list[_Read] = []
    for place in places:
        with_content += _read_place(place, str(place.name if not _is_below(place, home) else _inside(place, home)),
                                    known, reader, progress)  # fmt: skip
    files, folders = assigner.assigned(with_content)
    shown = "; ".join(_inside(place, home) if _is_below(place, home) else str(place) for place in places)
    now = datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds")
    index = CheckIndex(
        shown, now, listed.rulebook, listed.has_own_list, tuple(files), tuple(folders),
        tuple((indicator.number, indicator.key) for indicator in listed.indicators),
        tuple(innovation.submission_id for innovation in innovations),
    )  # fmt: skip
    write_index(home, region_code, edition, index)
    return index


def _confirmed(home: Home, frames: SeasonFrames, listed: EvidenceList) -> Confirmed:
    """Return what mentors have confirmed of each file, by its name and hash, of the indicators of the list."""
    of_number = {indicator.number: indicator for indicator in listed.indicators}
    found: Confirmed = {}
    decided = latest_decisions(home, frames.region_code, frames.edition)
    for (submission, number, name, sha), kept in decided.items():
        if kept.decision.answer == CONFIRMED and number in of_number:
            found.setdefault((name, sha), []).append((submission, of_number[number]))
    return found


def _is_below(place: Path, home: Home) -> bool:
    return place.resolve().is_relative_to(home.root)


def _inside(place: Path, home: Home) -> str:
    return place.resolve().relative_to(home.root).as_posix()


def _read_place(
    place: Path,
    name: str,
    known: dict[tuple[str, str, int, int], str],
    reader: Reader,
    progress: Progress | None,
    below: str = "",
) -> Iterator[_Read]:
    """Give every file of a folder or ZIP with what was read; a ZIP that lies at its top is opened as one folder.

    `below` is the folder that stands for the ZIP, with a / at its end.
    """
    try:
        with received(place) as got:
            total = len(got.files)
            for count, file in enumerate(got.files, start=1):
                suffix = PurePosixPath(file.path).suffix.casefold()
                if not file.reason and suffix in ARCHIVES and place.is_dir():
                    if suffix == ".zip" and "/" not in file.path:
                        folder = f"{PurePosixPath(file.path).stem}/"
                        inside = f"{name}/{file.path}"
                        yield from _read_place(place / file.path, inside, known, reader, None, folder)
                    else:
                        yield _Read(name, file, reason="nested")
                else:
                    each = _content(name, got, file, known, reader, below)
                    yield replace(each, file=replace(file, path=f"{below}{file.path}"))
                if progress is not None:
                    progress(count, total)
    except (zipfile.BadZipFile, OSError, RuntimeError):
        yield _Read(name, ReceivedFile(f"{below}{place.name}", 0, 0), reason="cannot_be_read")


def _content(
    name: str,
    got: Received,
    file: ReceivedFile,
    known: dict[tuple[str, str, int, int], str],
    reader: Reader,
    below: str,
) -> _Read:
    if file.reason:
        return _Read(name, file, reason=file.reason)
    sha = known.get((name, f"{below}{file.path}", file.size, file.changed), "")
    if sha and (reading := reader.known(sha)) is not None:
        return _Read(name, file, sha, replace(reading, text=""))
    try:
        with got.opened(file) as stream:
            content, sha, head = _bytes_of(stream)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
    ):  # packed in a way unknown here
        return _Read(name, file, _hash_of_name(name, file), FileReading("unknown", CORRUPT))
    if (reading := reader.known(sha)) is None:
        reading = reader.left_unread(head, sha) if content is None else reader.read(content, sha)
    return _Read(name, file, sha, replace(reading, text=""))


def _bytes_of(stream: BinaryIO) -> tuple[bytes | None, str, bytes]:
    """Return the bytes (None where they are more than what is read), their hash, and the first of them."""
    most = limits()["read_file_mib"] * MIB
    hashed, pieces, size, head = sha256(), list[bytes](), 0, b""
    while piece := stream.read(PIECE):
        hashed.update(piece)
        head = head or piece
        size += len(piece)
        if size <= most:
            pieces.append(piece)
    return b"".join(pieces) if size <= most else None, hashed.hexdigest(), head


def _hash_of_name(place: str, file: ReceivedFile) -> str:
    """Return a hash for a file whose bytes cannot be had, so that a decision about it is tied to this very file."""
    return sha256(f"{place}\0{file.path}\0{file.size}\0{file.changed}".encode()).hexdigest()


class _Assigner:
    """Says of each file whose it is and what it may answer."""

    def __init__(
        self, matcher: FolderMatcher, names: NameReader, reader: Reader, window: Window, confirmed: Confirmed
    ) -> None:
        self.reader = reader
        self.matcher = matcher
        self.names = names
        self.window = window
        self.confirmed = confirmed
        self.by_id = {innovation.submission_id: innovation for innovation in matcher.innovations}

    def assigned(self, read: Sequence[_Read]) -> tuple[list[CheckedFile], list[UnmatchedFolder]]:
        """Return the files, and the folders that are no innovation's for certain."""
        matches = [self._innovation_of(each) for each in read]
        owners: dict[str, set[str]] = {}
        for each, (match, _folders, _named) in zip(read, matches, strict=True):
            if match is not None and each.reading is not None and each.reading.fault not in (EMPTY, CORRUPT):
                owners.setdefault(each.sha256, set()).add(match.innovation.submission_id)
        files = [
            self._file(each, match, folders, named, owners)
            for each, (match, folders, named) in zip(read, matches, strict=True)
        ]
        counted: dict[str, int] = {}
        for file in files:
            if file.fate == WITHOUT_INNOVATION:
                counted[file.folder] = counted.get(file.folder, 0) + 1
        return files, [self._unmatched(folder, count) for folder, count in sorted(counted.items())]

    def _innovation_of(self, each: _Read) -> tuple[FolderMatch | None, tuple[str, ...], str]:
        """Return the innovation of a file by its folders; where these tell none, the one that a mentor has named."""
        match, folders, named = self._innovation(each.file.path)
        for submission, _indicator in self.confirmed.get((each.file.name, each.sha256), ()) if match is None else ():
            if submission in self.by_id:
                said = FolderMatch(self.by_id[submission], BY_MENTOR, likeness("file")["by_mentor"])
                return said, folders, named
        return match, folders, named

    def _innovation(self, path: str) -> tuple[FolderMatch | None, tuple[str, ...], str]:
        """Return the innovation of the first folder that is one's, the folders below it, and the folder's name."""
        folders = PurePosixPath(path).parts[:-1]
        for place, name in enumerate(folders):
            above = folders[place - 1] if place else ""
            answer = self.matcher.answer(name, above, is_like_enough=place == 0)
            if answer.match is not None:
                return answer.match, folders[place + 1 :], name
        for place, name in enumerate(folders[1:], start=1):  # below a unit's folder titles are not equal either
            answer = self.matcher.answer(name, folders[place - 1])
            if answer.match is not None:
                return answer.match, folders[place + 1 :], name
        return None, folders, self._likest(folders)

    def _likest(self, folders: tuple[str, ...]) -> str:
        """Return the folder that is most like a title, else the first; empty where the file lies in none."""
        best = [max((each.confidence for each in self.matcher.answer(name).proposals), default=0) for name in folders]
        return folders[best.index(max(best))] if folders else ""

    def _file(
        self, each: _Read, match: FolderMatch | None, folders: tuple[str, ...], named: str, owners: dict[str, set[str]]
    ) -> CheckedFile:
        file = CheckedFile(each.place, each.file.path, each.file.name, each.file.size, each.file.changed, SET_ASIDE,
                           each.reason or each.file.reason, each.sha256, folder=named)  # fmt: skip
        if each.reading is None:
            return replace(file, submission_id=match.innovation.submission_id if match else "")
        reading = each.reading
        file = replace(
            file, kind=reading.kind, fault=reading.fault, page_count=reading.page_count,
            is_scan=reading.is_scan, is_recognised=reading.is_recognised,
        )  # fmt: skip
        if match is None:
            return replace(file, fate=WITHOUT_INNOVATION)
        innovation = match.innovation
        reading = self.reader.known(each.sha256) or reading
        proposals = tuple(
            self._proposed(
                each,
                reading,
                proposal.indicator,
                innovation,
                owners,
                (proposal.confidence, proposal.by, proposal.words),
            )
            for proposal in self._proposals(each, folders, innovation)
        )
        return replace(
            file, fate=ANSWERED if proposals else WITHOUT_INDICATOR, submission_id=innovation.submission_id,
            folder_by=match.by, folder_confidence=match.confidence, proposals=proposals,
        )  # fmt: skip

    def _proposals(self, each: _Read, folders: tuple[str, ...], innovation: Innovation) -> list[Proposal]:
        """Return what the names tell, and what a mentor has confirmed beside it."""
        told = list(self.names.proposals(folders, each.file.name))
        known = {proposal.indicator.number for proposal in told}
        said = [
            Proposal(indicator, likeness("file")["by_mentor"], BY_MENTOR, "")
            for submission, indicator in self.confirmed.get((each.file.name, each.sha256), ())
            if submission == innovation.submission_id and indicator.number not in known
        ]
        return [*told, *said]

    def _proposed(
        self, each: _Read, reading: FileReading, indicator: EvidenceIndicator, innovation: Innovation,
        owners: dict[str, set[str]], told: tuple[int, str, str],
    ) -> ProposedAnswer:  # fmt: skip
        accepted = accepted_files(self.window.edition, (indicator.key, *indicator.keys))
        checks = checks_of(
            reading, each.file.size, accepted, innovation, self.window, owners.get(each.sha256, set())
        )  # fmt: skip
        return ProposedAnswer(indicator.number, indicator.key, *told, checks.answers(), checks.years, checks.paper)

    def _unmatched(self, folder: str, count: int) -> UnmatchedFolder:
        answer = self.matcher.answer(folder) if folder else None
        proposals = tuple(
            (each.innovation.submission_id, each.innovation.title, each.confidence)
            for each in (answer.proposals if answer else ())
        )
        return UnmatchedFolder(folder, count, bool(answer and answer.is_ambiguous), proposals)
