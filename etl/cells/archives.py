"""What lies in an archive: the parts of a workbook or a document, or the workbooks that somebody packed together."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from etl.cells.unreadable import Limits, UnreadableFile
from etl.cells.workbook import damaged_workbook, inflated

_DAMAGES = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)
_LEFT_BY_SYSTEMS = ("__macosx/", "thumbs.db", "desktop.ini", ".ds_store")


def kind_of_archive(content: bytes) -> str:
    """Return what an archive is: ``workbook``, ``document``, ``open_document`` or ``files``.

    Raises UnreadableFile where it has no list of its members, as one that was cut short.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except _DAMAGES as error:
        raise (
            UnreadableFile.because("truncated") if b"PK\x05\x06" not in content else damaged_workbook(error)
        ) from error
    if "content.xml" in names:
        return "open_document"
    if any(name.startswith("word/") for name in names) and "[Content_Types].xml" in names:
        return "document"
    # A folder of files has none of the parts that every workbook has, and other files than those of one.
    is_workbook = "[Content_Types].xml" in names or any(name.startswith("xl/") for name in names)
    return "workbook" if is_workbook or not any(map(_is_file, names)) else "files"


def part_of(content: bytes, name: str, limits: Limits) -> bytes:
    """Return one part of a document. Raises UnreadableFile where the document is damaged or unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_too_much(archive, limits)
            return inflated(content, archive.getinfo(name))
    except (*_DAMAGES, KeyError) as error:
        raise damaged_workbook(error) from error


def is_locked_document(content: bytes, limits: Limits) -> bool:
    """Return whether an OpenDocument file states that its parts are encrypted."""
    try:
        return b"encryption-data" in part_of(content, "META-INF/manifest.xml", limits)
    except UnreadableFile:
        return False


def members_of(content: bytes, limits: Limits) -> list[tuple[str, bytes]]:
    """Return the files of an archive with their names. Raises UnreadableFile where they are too many or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_too_much(archive, limits)
            members = [member for member in archive.infolist() if _is_file(member.filename)]
            if len(members) > limits.max_members:
                raise UnreadableFile.because("too_many_members", members=len(members))
            if any(member.flag_bits & 1 for member in members):
                raise UnreadableFile.because("password")
            return [(member.filename, inflated(content, member)) for member in members]
    except _DAMAGES as error:
        raise damaged_workbook(error) from error


def _refuse_too_much(archive: zipfile.ZipFile, limits: Limits) -> None:
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > limits.max_unpacked_bytes:
        raise UnreadableFile.because("unpacks_too_large", unpacked=unpacked)


def _is_file(name: str) -> bool:
    lowered = name.casefold()
    last = lowered.rpartition("/")[2]
    return bool(last) and not last.startswith(("._", "~$")) and not any(left in lowered for left in _LEFT_BY_SYSTEMS)
