"""What bytes are, by themselves: the name of a file never counts."""

from __future__ import annotations

import re

from etl.cells.csv_text import encoding_of
from etl.cells.unreadable import UnreadableFile

OLE = b"\xd0\xcf\x11\xe0"
_PHOTOS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"BM")
_PHOTO_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")
_PACKED = {b"Rar!\x1a\x07": "RAR", b"7z\xbc\xaf\x27\x1c": "7z", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_HTML = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")


def sniff(content: bytes) -> str:
    """Return what the bytes are: ``excel`` and other kinds that are read, ``encrypted``, ``empty`` or ``unknown``."""
    head = _plain(content[:4096])
    if not content.strip(b"\x00 \t\r\n"):
        return "empty"
    if head.startswith(b"PK\x03\x04"):
        return "excel"
    if head.startswith(OLE):
        # An encrypted .xlsx is an OLE file with this stream; its name is stored as UTF-16.
        return "encrypted" if "EncryptedPackage".encode("utf-16-le") in content else "excel"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if kind := _kind_of_markup(head.lstrip(b"\xef\xbb\xbf \t\r\n").lower(), content):
        return kind
    is_delimited = b"\x00" not in head and any(mark in head for mark in (b",", b";", b"\t"))
    return "csv" if is_delimited and refused(content) is None else "unknown"


def _kind_of_markup(head: bytes, content: bytes) -> str | None:
    if re.match(rb"(?:mime-version|from|subject|date|content-type|x-[a-z-]+):", head) and (
        b"multipart/related" in head or b"text/html" in head
    ):
        return "mhtml"
    if head.startswith(b"<"):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in head and b"<workbook" in head:
            return "spreadsheet_xml"
        if b"urn:oasis:names:tc:opendocument" in head and b":document" in head:
            return "flat_open_document"
    # A page may begin with its styles alone, and with many of them.
    is_page = head.startswith(_HTML) or b"<table" in head
    if is_page or (re.match(rb"<[a-z!?]", head) and b"<table" in _plain(content).lower()):
        return "html"
    return None


def refused(content: bytes) -> UnreadableFile | None:
    """Return why bytes of a kind that is known are not read; None of any other."""
    is_picture = (
        content.startswith(_PHOTOS[:-1])
        or (content.startswith(_PHOTOS[-1]) and b"\x00" in content[:64])
        or (content[4:8] == b"ftyp" and content[8:12] in _PHOTO_BRANDS)
        or (content.startswith(b"RIFF") and content[8:12] == b"WEBP")
    )
    if is_picture:
        return UnreadableFile.because("photo")
    for start, kind in _PACKED.items():
        if content.startswith(start):
            return UnreadableFile.because("packed", kind=kind)
    is_old = content.startswith(b"{\\rtf") or (
        content.startswith(OLE) and "WordDocument".encode("utf-16-le") in content
    )
    return UnreadableFile.because("old_document") if is_old else None


def _plain(content: bytes) -> bytes:
    """The same with one byte for each letter, where it is UTF-16."""
    if content.startswith((OLE, b"PK\x03\x04")):
        return content
    encoding = encoding_of(content) if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content[:64] else ""
    return content.decode(encoding, errors="ignore").encode() if encoding.startswith("utf-16") else content
