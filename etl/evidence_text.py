"""The text of one file of evidence, read in a process of its own: PDF, office files, plain text; pictures have none."""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from etl.worker.messages import Answer

EMPTY, PASSWORD, CORRUPT = "empty", "password", "corrupt"
MOST_PAGES = 40
"""Pages of a PDF whose text is read: what is looked for stands on the first and last pages of a decree."""
MOST_LETTERS = 64 << 10
MOST_PART_BYTES = 16 << 20
SCANNED_BELOW = 25
"""Letters on a page, on average, below which a page with a picture is a scan."""
PARTS = {
    "docx": re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml"),
    "xlsx": re.compile(r"xl/sharedStrings\.xml"),
    "pptx": re.compile(r"ppt/slides/slide\d+\.xml"),
    "odf": re.compile(r"content\.xml"),
}
PARAGRAPH = re.compile(r"</(?:w:p|a:p|si|text:p|text:h)>|<w:(?:br|tab)[^>]*>")
TAG = re.compile(r"<[^>]*>")


def read_task(content: bytes, kind: object) -> Answer:
    """Return kind, fault, pages, and text of a file whose kind its first bytes told."""
    found: dict[str, Any] = {"kind": str(kind), "fault": "", "page_count": None, "is_scan": False}
    text: str | None = None
    if not content:
        found["fault"] = EMPTY
    elif kind == "pdf":
        text = _of_pdf(content, found)
    elif kind in (*PARTS, "zip"):
        text = _of_office(content, found)
    elif kind == "ole":
        if "EncryptedPackage".encode("utf-16-le") in content:
            found["fault"] = PASSWORD
    elif kind == "jpeg":
        found["fault"] = "" if b"\xff\xd9" in content[2:] else CORRUPT
    elif kind == "png":
        found["fault"] = "" if b"IEND" in content else CORRUPT
    elif kind in ("text", "link"):
        text = content[: 4 * MOST_LETTERS].decode("utf-8-sig", errors="replace")
    is_known = text is not None and not found["fault"] and not (found["is_scan"] and not text.strip())
    told = (text or "")[:MOST_LETTERS]
    return Answer({**found, "text_is_known": is_known}, {"text": told.encode("utf-8", errors="replace")})


def _of_pdf(content: bytes, found: dict[str, Any]) -> str | None:
    """Return the text of the first and last pages; None where it does not open."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            found["fault"] = PASSWORD
            return None
        count = len(reader.pages)
        found["page_count"] = count
        if count == 0:
            found["fault"] = CORRUPT
            return None
        half = MOST_PAGES // 2
        wanted = range(count) if count <= MOST_PAGES else (*range(half), *range(count - half, count))
        pages = [reader.pages[place].extract_text() or "" for place in wanted]
        letters = sum(len(page.strip()) for page in pages)
        found["is_scan"] = letters < SCANNED_BELOW * len(pages) and b"/Image" in content
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
        zlib.error,
    ):
        found["fault"] = CORRUPT
        return None
    return "\n".join(pages)


def _of_office(content: bytes, found: dict[str, Any]) -> str | None:
    """Return the text of an office file, whose kind its parts tell; None for any other packed file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            kind = next((kind for kind, part in PARTS.items() if any(part.fullmatch(name) for name in names)), "zip")
            found["kind"] = kind
            return None if kind == "zip" else "\n".join(_texts(archive, PARTS[kind]))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
        found["fault"] = CORRUPT
    except RuntimeError:
        found["fault"] = PASSWORD
    return None


def _texts(archive: zipfile.ZipFile, wanted: re.Pattern[str]) -> Iterator[str]:
    """Give the text of the parts, as much of each as is kept; no part is unpacked beyond its limit."""
    for member in archive.infolist():
        if wanted.fullmatch(member.filename):
            with archive.open(member) as stream:
                markup = stream.read(MOST_PART_BYTES).decode("utf-8", errors="replace")
            yield html.unescape(TAG.sub("", PARAGRAPH.sub("\n", markup)))
