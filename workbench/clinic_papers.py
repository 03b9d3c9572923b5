"""The documents that are laid before the clinic by a command: files, and every file of a folder or ZIP, one by one."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from analysis.evidence.folder_matching import FolderMatcher, Innovation
from analysis.evidence.received_files import ReceivedFile, received
from warehouse.errors import UnknownName
from workbench.season_documents import SeasonDocuments


@dataclass(frozen=True)
class ClinicPaper:
    """One document: its name (in a folder its path there), its innovation where known, its bytes, or why it has none.

    `reason` is a code of `analysis.evidence.received_files` for what is set aside by name; empty for what is read.
    """

    name: str
    submission_id: str | None
    content: bytes = b""
    reason: str = ""


def papers_of(places: Sequence[Path], season: SeasonDocuments, innovation: str | None) -> Iterator[ClinicPaper]:
    """Yield the documents of files, folders and ZIPs in the order of their names.

    In a folder a document is of the innovation whose id or title a folder or its own name bears, where that is certain;
    `innovation` says it for all. Raises UnknownName for a place that is not there.
    """
    for place in places:
        if not place.exists():
            raise UnknownName(
                "The document to check is not there: {path}",
                next_step="name a file or folder that is there",
                path=place,
            )
    matcher = FolderMatcher([Innovation(one.submission_id, "", one.title, "") for one in season.innovations])
    for place in places:
        if place.is_dir() or (place.suffix.casefold() == ".zip" and zipfile.is_zipfile(place)):
            yield from _within(place, matcher, innovation)
        else:
            yield ClinicPaper(place.name, innovation, place.read_bytes())


def _within(place: Path, matcher: FolderMatcher, innovation: str | None) -> Iterator[ClinicPaper]:
    with received(place) as got:
        for file in sorted(got.files, key=lambda file: file.path.casefold()):
            whose = innovation or _whose(file, place, matcher)
            if file.reason:
                yield ClinicPaper(file.path, whose, reason=file.reason)
                continue
            try:
                with got.opened(file) as stream:
                    content = stream.read()
            except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
                yield ClinicPaper(file.path, whose, reason="cannot_be_read")
            else:
                yield ClinicPaper(file.path, whose, content)


def _whose(file: ReceivedFile, place: Path, matcher: FolderMatcher) -> str | None:
    """Return the innovation that the folders of a file name, the place itself included, else that of its own name."""
    path = PurePosixPath(file.path)
    above = place.stem if place.is_file() else place.name
    for name in (*reversed(path.parts[:-1]), above, path.stem):
        match = matcher.answer(name).match
        if match is not None:
            return match.innovation.submission_id
    return None


def comment_name(name: str, taken: set[str]) -> str:
    """Return the path of the Word file with comments on a document, in the folders that the document lies in.

    Of two documents that differ in their endings alone the second bears its ending. `taken` holds the paths so far, in
    small letters.
    """
    path = PurePosixPath(name)
    for stem in (path.stem, f"{path.stem}-{path.suffix.lstrip('.')}"):
        told = str(path.with_name(f"{stem}-klinik.docx"))
        if told.casefold() not in taken:
            break
    number = 2
    while told.casefold() in taken:
        told = str(path.with_name(f"{path.stem}-{number}-klinik.docx"))
        number += 1
    taken.add(told.casefold())
    return told
