"""Reads a document or a film into paragraphs and facts; what it is, is read from its bytes and never from its name."""

from __future__ import annotations

import io
import logging
import re
import struct
import tomllib
import zipfile
from functools import cache
from importlib import resources
from typing import Any

from etl.cells.archives import kind_of_archive, part_of
from etl.cells.file_kinds import OLE, sniff
from etl.cells.sheets import UnreadableFile, load_limits
from etl.documents.recognised_text import recognised
from etl.worker.messages import Answer

READER = "1"
"""Raised with every change of what is read: a reading that was kept before is made again."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PICTURES = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n": "png", b"GIF8": "gif", b"II*\x00": "tiff", b"MM\x00*": "tiff"}


@cache
def document_limits() -> dict[str, int]:
    """Return what reading one document may cost."""
    text = resources.files("etl.documents").joinpath("limits.toml").read_text(encoding="utf-8")
    limits: dict[str, int] = tomllib.loads(text)
    return limits


def kind_of_document(content: bytes) -> str:  # noqa: PLR0911  one answer for each beginning
    """Return what the bytes are: ``pdf``, ``docx``, ``text``, ``jpg``, ``mp4`` and others; ``empty``, ``unknown``."""
    if not content.strip(b"\x00 \t\r\n"):
        return "empty"
    for start, kind in _PICTURES.items():
        if content.startswith(start):
            return kind
    if content[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        brand = content[8:12]
        return "heic" if brand in (b"heic", b"heix", b"mif1") else "mov" if brand == b"qt  " else "mp4"
    if content.startswith(b"RIFF") and content[8:12] in (b"AVI ", b"WEBP"):
        return "avi" if content[8:12] == b"AVI " else "webp"
    if content.startswith(b"\x1aE\xdf\xa3"):
        return "mkv"
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(b"PK"):
        return _kind_of_package(content)
    if content.startswith(OLE):
        return "encrypted" if sniff(content) == "encrypted" else "old_office"
    if content.startswith((b"Rar!", b"7z\xbc\xaf")):
        return "packed"
    if content.startswith(b"{\\rtf"):
        return "rtf"
    return "text" if _as_text(content) is not None else "unknown"


def _kind_of_package(content: bytes) -> str:
    try:
        kind = kind_of_archive(content)
    except UnreadableFile:
        return "damaged"
    return {"document": "docx", "workbook": "xlsx", "files": "zip"}.get(kind, kind)


def read_document(content: bytes, *, with_recognition: bool = True) -> tuple[dict[str, Any], bytes]:
    """Return what a document says, and the small picture of its first page where it is a scan (empty elsewhere).

    `cause` says why nothing is read: ``empty``, ``password``, ``damaged``, ``scan`` (no text recognition at hand) ...
    """
    kind = kind_of_document(content)
    facts: dict[str, Any] = {"kind": kind, "cause": "", "paragraphs": [], "is_recognised": False, "reader": READER}
    picture = b""
    try:
        if kind == "docx":
            facts["paragraphs"] = _cut(_paragraphs_of_word(content))
        elif kind == "text":
            lines = (_as_text(content) or "").splitlines()
            facts["paragraphs"] = _cut([(line.strip(), "", False, 0, at) for at, line in enumerate(lines)])
        elif kind == "pdf":
            pages, lines_of_pages = _lines_of_pdf(content)
            facts |= {"pages": pages, "paragraphs": _cut(lines_of_pages)}
            if sum(len(line[0]) for line in lines_of_pages) < 20 * max(1, min(pages, 3)):
                picture = _read_scan(facts, content, kind, with_recognition=with_recognition)
        elif kind in ("jpg", "png", "tiff", "webp", "gif"):
            picture = _read_scan(facts, content, kind, with_recognition=with_recognition)
        elif kind in ("mp4", "mov"):
            facts["seconds"] = seconds_of_film(content)
            facts["cause"] = "" if facts["seconds"] is not None else "damaged"
        elif kind in ("empty", "damaged", "encrypted", "unknown", "packed", "zip", "old_office"):
            facts["cause"] = {"encrypted": "password"}.get(kind, kind)
    except UnreadableFile as error:
        facts["cause"] = "password" if error.cause == "password" else "damaged"
    if kind in ("docx", "text") and not any(text for text, *_ in facts["paragraphs"]) and not facts["cause"]:
        facts["cause"] = "empty"
    return facts, picture


def document_task(content: bytes, arguments: object) -> Answer:
    """Read a document in the process that is limited."""
    facts, picture = read_document(content, with_recognition=arguments is not False)
    return Answer(facts, {"picture": picture})


def _cut(lines: list[tuple[str, str, bool, int, int]]) -> list[list[Any]]:
    limits = document_limits()
    longest = limits["max_paragraph_letters"]
    return [[text[:longest], *rest] for text, *rest in lines[: limits["max_paragraphs"]]]


def _as_text(content: bytes) -> str | None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content[:4096]:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        return (
            text
            if sum(sign.isprintable() or sign.isspace() for sign in text[:2000]) > 0.95 * len(text[:2000])
            else None
        )


def _paragraphs_of_word(content: bytes) -> list[tuple[str, str, bool, int, int]]:
    """Each paragraph with its style, whether all of it is bold, 0, and its place; a row of a table is one line."""
    from lxml import etree

    limits = document_limits()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if archive.getinfo("word/document.xml").file_size > limits["max_part_bytes"]:
            raise UnreadableFile.because("unpacks_too_large", unpacked=limits["max_part_bytes"])
    xml = part_of(content, "word/document.xml", load_limits())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableFile.because("workbook_damaged", reason=str(error)[:80]) from error
    lines: list[tuple[str, str, bool, int, int]] = []
    for place, paragraph in enumerate(root.iter(f"{_W}p")):
        text = _text_of(paragraph)
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        runs = [run for run in paragraph.iter(f"{_W}r") if _text_of(run).strip()]
        bold = bool(runs) and all(_is_bold(run) for run in runs)
        name = "" if style is None else str(style.get(f"{_W}val", ""))
        if paragraph.find(f"{_W}pPr/{_W}numPr") is not None and not name:
            name = "numbered"
        in_cell = next(paragraph.iterancestors(f"{_W}tc"), None) is not None
        lines.append((text.strip(), f"cell {name}".strip() if in_cell else name, bold, 0, place))
    return lines


def _is_bold(run: Any) -> bool:
    mark = run.find(f"{_W}rPr/{_W}b")
    return mark is not None and mark.get(f"{_W}val", "1") not in ("0", "false")


def _text_of(element: Any) -> str:
    pieces = []
    for piece in element.iter(f"{_W}t", f"{_W}tab", f"{_W}br"):
        pieces.append(piece.text or "" if piece.tag == f"{_W}t" else " ")
    return "".join(pieces)


def _lines_of_pdf(content: bytes) -> tuple[int, list[tuple[str, str, bool, int, int]]]:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile.because("password")
        pages = len(reader.pages)
        lines: list[tuple[str, str, bool, int, int]] = []
        for number, page in enumerate(reader.pages[: document_limits()["max_pdf_pages"]], start=1):
            lines += [(line.strip(), "", False, number, 0) for line in page.extract_text().splitlines()]
    except UnreadableFile:
        raise
    except Exception as error:  # a library for damaged files raises what it likes
        raise UnreadableFile.because("pdf_damaged", reason=type(error).__name__) from error
    if not pages:
        raise UnreadableFile.because("pdf_damaged", reason="0")
    return pages, lines


def _read_scan(facts: dict[str, Any], content: bytes, kind: str, *, with_recognition: bool) -> bytes:
    limits = document_limits()
    lines, small, problem = recognised(
        content,
        kind,
        limits["max_scanned_pages"] if with_recognition else 0,
        limits["scan_dots_per_inch"],
        limits["picture_width"],
    )
    if problem == "damaged":
        facts["cause"] = "damaged"
    elif not lines:
        facts["cause"] = problem or "scan"
    else:
        facts["is_recognised"] = True
        facts["paragraphs"] = _cut([(text, "", False, page, 0) for page, text in lines])
    return small


def seconds_of_film(content: bytes) -> float | None:
    """Return how long an MP4 or MOV is, from its `mvhd` box; None where it has none that can be read."""
    found = _box(content, b"moov", 0, len(content))
    if found is None:
        return None
    header = _box(content, b"mvhd", *found)
    if header is None:
        return None
    at = header[0]
    try:
        if content[at] == 1:
            scale, length = struct.unpack_from(">IQ", content, at + 20)
        else:
            scale, length = struct.unpack_from(">II", content, at + 12)
    except (struct.error, IndexError):
        return None
    return length / scale if scale and length else None


def _box(content: bytes, wanted: bytes, start: int, end: int) -> tuple[int, int] | None:
    at = start
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1 and at + 16 <= end:
            size, head = struct.unpack_from(">Q", content, at + 8)[0], 16
        elif size == 0:
            size = end - at
        if size < head:
            return None
        if name == wanted:
            return at + head, min(end, at + size)
        at += size
    return None


NUMBERED = re.compile(r"^\s*\(?(?:[A-Za-z]|[0-9]{1,2}(?:\.[0-9]{1,2})*|[IVXivx]{1,5})[.)]\s*")
"""How a numbered line begins: "A. ", "1) ", "2.1. ", "IV. "."""
