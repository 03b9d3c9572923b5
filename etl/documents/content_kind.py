"""What a document, picture or film is by its bytes; its name is not asked."""

from __future__ import annotations

from etl.cells.archives import kind_of_archive
from etl.cells.file_kinds import OLE, sniff
from etl.cells.sheets import UnreadableFile

HEAD_BYTES = 4096
"""How many first bytes tell the kind of a file that is not read."""
MAGIC = (
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"\x1aE\xdf\xa3", "mkv"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (OLE, "ole"),
    (b"{\\rtf", "rtf"),
)
PARTS = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"), (b"mimetypeapplication/vnd.oasis", "odf"))
"""What the first bytes of an office file hold, and its kind."""
BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free")
"""The boxes with which an MP4 or MOV begins."""
PICTURE_KINDS = ("jpeg", "png", "gif", "webp", "tiff", "heic")
FILM_KINDS = ("mp4", "mov", "avi", "mkv")
PDF_WITHIN = 1024
"""A PDF may have other bytes before it, as far as this."""


def kind_of_head(head: bytes) -> str:
    """Return the kind that the first bytes tell: ``pdf``, ``docx``, ``jpeg``, ``mp4``, ``link`` ...; ``unknown``."""
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in PARTS if mark in head), "docx" if b"[Content_Types].xml" in head else "zip")
    if head[4:8] in BOXES:
        brand = head[8:12]
        return "heic" if brand in (b"heic", b"heix", b"mif1") else "mov" if brand == b"qt  " else "mp4"
    if head.startswith(b"RIFF") and head[8:12] in (b"AVI ", b"WEBP"):
        return "avi" if head[8:12] == b"AVI " else "webp"
    if b"%PDF-" in head[:PDF_WITHIN]:
        return "pdf"
    text = as_text(head)
    if text is None:
        return "unknown"
    start = text.lstrip()
    is_link = start.startswith(("http://", "https://", "[InternetShortcut]")) or "<key>URL</key>" in text
    return "link" if is_link else "text"


def kind_of_document(content: bytes) -> str:
    """Return what whole bytes are: as `kind_of_head`, an archive by its parts; ``empty``, ``damaged`` ..."""
    if not content.strip(b"\x00 \t\r\n"):
        return "empty"
    kind = kind_of_head(content[:HEAD_BYTES])
    if content.startswith(b"PK"):
        return _kind_of_package(content, kind)
    if kind == "ole":
        return "encrypted" if sniff(content) == "encrypted" else "ole"
    return kind


def _kind_of_package(content: bytes, by_head: str) -> str:
    try:
        kind = kind_of_archive(content)
    except UnreadableFile:
        return "damaged"
    if kind == "workbook" and (by_head == "pptx" or b"ppt/presentation.xml" in content):
        return "pptx"
    return {"document": "docx", "workbook": "xlsx", "open_document": "odf", "files": "zip"}.get(kind, kind)


def as_text(content: bytes) -> str | None:
    """Return bytes as text, in UTF-8, UTF-16 with its mark, or the letters of Windows; None where they are none."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content[:HEAD_BYTES]:
        return None
    for end in (len(content), -1, -2, -3):  # a head may end within a letter
        try:
            return content[:end].decode("utf-8-sig")
        except UnicodeDecodeError:
            if len(content) < HEAD_BYTES:
                break
    text = content.decode("cp1252", errors="replace")
    seen = text[:2000]
    is_text = sum(sign.isprintable() or sign.isspace() for sign in seen) > 0.95 * len(seen)
    return text if is_text else None
