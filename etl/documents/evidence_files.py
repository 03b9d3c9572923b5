"""The files of a folder or a ZIP of evidence, one after the other; nothing of an archive is laid on the disk."""

from __future__ import annotations

import contextlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.cells.sheets import load_limits
from etl.documents.read_document import document_limits
from warehouse.file_names import DEVICE_NAMES

_LEFT = re.compile(r"^(~\$.*|\._.*|thumbs\.db|desktop\.ini|\.ds_store)$", re.IGNORECASE)
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True)
class EvidenceFile:
    """One file: its folders and name with slashes, its size, what gives its bytes, and why it is passed over."""

    path: str
    size: int
    content: Callable[[], bytes]
    cause: str = ""


def evidence_files(place: Path) -> Iterator[EvidenceFile]:
    """Give every file of a folder or a ZIP, with those that are passed over and why."""
    if place.is_dir():
        yield from _of_folder(place)
    else:
        yield from _of_archive(place)


def _of_folder(root: Path) -> Iterator[EvidenceFile]:
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        size = path.stat().st_size
        yield EvidenceFile(path.relative_to(root).as_posix(), size, path.read_bytes, _passed_over(path.name, size))


def _passed_over(name: str, size: int) -> str:
    if _LEFT.match(name):
        return "left_by_system"
    return "too_large_to_read" if size > load_limits().max_file_bytes else ""


def _of_archive(place: Path) -> Iterator[EvidenceFile]:
    limits = document_limits()
    try:
        archive = zipfile.ZipFile(place)
    except _DAMAGES:
        yield EvidenceFile(place.name, place.stat().st_size, bytes, "damaged")
        return
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        total = 0
        for number, member in enumerate(members):
            name, is_safe = safe_name(member)
            total += member.file_size
            cause = _passed_over(name.rpartition("/")[2], member.file_size)
            if number >= limits["max_zip_members"] or total > limits["max_zip_unpacked_bytes"]:
                cause = "too_many"
            elif not is_safe:
                cause = "name_leads_outside"
            elif member.flag_bits & 1:
                cause = "password"
            elif member.file_size > 1 << 20 and member.file_size > limits["max_zip_ratio"] * max(
                1, member.compress_size
            ):
                cause = "bomb"
            yield EvidenceFile(name, member.file_size, _reader(archive, member), cause)


def _reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        with contextlib.suppress(*_DAMAGES), archive.open(member) as stream:
            content = stream.read(member.file_size + 1)
            return content if len(content) == member.file_size else b""
        return b""

    return read


def safe_name(member: zipfile.ZipInfo) -> tuple[str, bool]:
    """Return the name of a member with slashes, in the letters that were meant, and whether it stays in its folder."""
    name = member.filename
    if not member.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    told = name.replace("\\", "/")
    parts = [part for part in told.split("/") if part not in ("", ".")]
    is_safe = not (
        told.startswith("/")
        or re.match(r"[A-Za-z]:", told)
        or ".." in parts
        or any(part.split(".")[0].strip().casefold() in DEVICE_NAMES or "\x00" in part for part in parts)
    )
    return "/".join(part for part in parts if part != "..") or "-", is_safe and bool(parts)
