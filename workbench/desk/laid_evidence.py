"""Evidence that people lay down on a page: a ZIP, files, or a folder file by file; hostile names are refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from analysis.evidence.received_files import (
    ARCHIVES,
    HOSTILE,
    REASON_MESSAGES,
    ReceivedFile,
    fault_of_name,
    files_in_zip,
    set_aside_by_name,
)
from warehouse import disk
from warehouse.file_names import fitting
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.desk.refusals import RequestRefused, refused

FOLDER = "evidence"
MOST_NAMED = 5
"""So many files of a ZIP are named where it is refused."""


@dataclass(frozen=True)
class LaidEvidence:
    """What became of one file: its path within the season's folder, or the reason why it was not laid down.

    `aside` are the files of a ZIP that the check will set aside by name, with their reasons.
    """

    path: str
    reason: str = ""
    aside: tuple[ReceivedFile, ...] = ()

    def told(self, language: Language) -> dict[str, object]:
        """Return the same in words."""
        words = [f"{file.path}: {language(REASON_MESSAGES[file.reason])}" for file in self.aside[:MOST_NAMED]]
        reason = language(REASON_MESSAGES[self.reason]) if self.reason else "; ".join(words)
        return {"path": self.path, "reason": reason, "aside": len(self.aside)}


def lay_evidence(home: Home, city: str, edition: str, path: str, content: bytes, language: Language) -> LaidEvidence:
    """Lay a file into `<home>/evidence/<region>/<edition>/`, at its path in the folder that was chosen.

    A name that stands there with other bytes gets a number, so that nothing is lost. A ZIP is laid down as it is, and
    looked into first. Raises RequestRefused, RegionNotFound.
    """
    if not (edition.isdecimal() and len(edition) == 4):
        raise refused("edition")
    told = path.replace("\\", "/")
    reason = fault_of_name(told)
    if reason:
        raise _refused(told, [ReceivedFile(told, len(content), 0, reason)], language)
    parts = [part for part in told.split("/") if part not in ("", ".")]
    reason = next(filter(None, map(set_aside_by_name, parts)), "")
    is_packed = PurePosixPath(parts[-1]).suffix.casefold() in ARCHIVES
    is_zip = is_packed and parts[-1].casefold().endswith(".zip") and len(parts) == 1
    if reason or (is_packed and not is_zip):
        return LaidEvidence("", reason or "nested")
    aside = _looked_into(parts[0], content, language) if is_zip else ()
    root = home.root / FOLDER / resolve_city(city).region_code / edition
    target = _free(root.joinpath(*parts[:-1]), fitting(parts[-1]), content)
    if not target.resolve().is_relative_to(root.resolve()):  # a link that somebody has laid there leads elsewhere
        raise refused("path")
    disk.write_bytes(target, content)
    return LaidEvidence(target.relative_to(root).as_posix(), "", aside)


def _free(folder: Path, name: str, content: bytes) -> Path:
    """Return where a file goes: by its name, or with a number where that name stands with other bytes."""
    path, number = folder / name, 1
    while path.exists() and (not path.is_file() or path.read_bytes() != content):
        number += 1
        path = folder / fitting(f"{Path(name).stem}-{number}{Path(name).suffix}")
    return path


def _looked_into(name: str, content: bytes, language: Language) -> tuple[ReceivedFile, ...]:
    """Return the files of a ZIP that will be set aside. Raises RequestRefused where it is hostile, or holds nothing."""
    try:
        listed = files_in_zip(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise RequestRefused("{name} is no ZIP that opens", next_step="pack it again", name=name) from error
    aside = tuple(file for file in listed if file.reason)
    hostile = [file for file in aside if file.reason in HOSTILE]
    if hostile or len(aside) == len(listed):
        raise _refused(name, hostile or list(aside), language)
    return aside


def _refused(name: str, files: Sequence[ReceivedFile], language: Language) -> RequestRefused:
    told = "; ".join(f"{file.path[:80]}: {language(REASON_MESSAGES[file.reason])}" for file in files[:MOST_NAMED])
    return RequestRefused(
        "{name} is refused: {reasons}.",
        next_step="leave these files out, and pack the others again",
        name=name[:80],
        reasons=told or "0",
    )
