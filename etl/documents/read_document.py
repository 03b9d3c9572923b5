"""Reads a document or a film into paragraphs and facts; what it is, is read from its bytes and never from its name."""

from __future__ import annotations

import html
import io
import logging
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

from etl.cells.archives import part_of
from etl.cells.sheets import UnreadableFile, load_limits
from etl.documents.content_kind import FILM_KINDS, PICTURE_KINDS, as_text, kind_of_document
from etl.documents.document_limits import document_limits, pages_read
from etl.documents.recognised_text import recognised, recogniser
from etl.worker.messages import Answer

READER = "2"
"""Raised with every change of what is read: a reading that was kept before is made again."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_COPY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""What Word writes once more of a text box, for programs that know none."""
_READ_AS_TEXT = {
    "xlsx": re.compile(r"xl/sharedStrings\.xml"),
    "pptx": re.compile(r"ppt/slides/slide\d+\.xml"),
    "odf": re.compile(r"content\.xml"),
}
"""The parts of office files of which the bare text is read."""
_HEADS, _FEET = re.compile(r"word/header\d*\.xml"), re.compile(r"word/(?:footer\d*|footnotes)\.xml")
_PARAGRAPH_END = re.compile(r"</(?:w:p|a:p|si|text:p|text:h)>|<w:(?:br|tab)[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_CAUSES = {"encrypted": "password", "ole": "old_office", "rar": "packed", "7z": "packed"}
"""Why nothing is read of a kind, where that is not the name of the kind itself."""

_Line = tuple[str, str, bool, int, int]
"""A paragraph: text, style, whether all of it is bold, page (0: none), and its place in the file."""


def read_document(content: bytes, *, with_recognition: bool = True) -> tuple[dict[str, Any], bytes]:
    """Return what a document says, and the small picture of its first page where it is a scan (empty elsewhere).

    `cause` says why nothing is read: ``empty``, ``password``, ``damaged``, ``scan`` (no text recognition at hand) ...
    `head` and `foot` are the lines of headers, and of footers and notes. `recogniser` is what could be read here when
    a picture was looked at.
    """
    kind = kind_of_document(content)
    facts: dict[str, Any] = {
        "kind": kind, "cause": "", "paragraphs": [], "head": [], "foot": [], "pages": None, "is_scan": False,
        "is_recognised": False, "reader": READER,
    }  # fmt: skip
    picture = b""
    try:
        if kind == "docx":
            facts["paragraphs"] = _cut(_paragraphs_of_word(content))
            facts |= {"head": _beside(content, _HEADS), "foot": _beside(content, _FEET)}
        elif kind in _READ_AS_TEXT:
            facts["paragraphs"] = _cut(_plain_lines(_beside(content, _READ_AS_TEXT[kind], required=True)))
        elif kind in ("text", "link"):
            facts["paragraphs"] = _cut(_plain_lines((as_text(content) or "").splitlines()))
        elif kind == "pdf":
            picture = _read_pdf(facts, content, with_recognition=with_recognition)
        elif kind in PICTURE_KINDS and kind != "heic":
            picture = _read_scan(facts, content, kind, with_recognition=with_recognition)
        elif kind in ("mp4", "mov"):
            facts["seconds"] = seconds_of_film(content)
            facts["cause"] = "" if facts["seconds"] is not None else "damaged"
        elif kind not in FILM_KINDS:
            facts["cause"] = _CAUSES.get(kind, kind if kind in ("empty", "damaged", "zip") else "unknown")
    except UnreadableFile as error:
        facts["cause"] = "password" if error.cause == "password" else "damaged"
    is_without = not any(text for text, *_ in facts["paragraphs"]) and not facts["head"] and not facts["foot"]
    if kind in ("docx", "text") and is_without and not facts["cause"]:
        facts["cause"] = "pictures" if b"word/media/" in content else "empty"
    return facts, picture


def document_task(content: bytes, arguments: object) -> Answer:
    """Read a document in the process that is limited."""
    facts, picture = read_document(content, with_recognition=arguments is not False)
    return Answer(facts, {"picture": picture})


def _cut(lines: list[_Line]) -> list[list[Any]]:
    limits = document_limits()
    longest = limits["max_paragraph_letters"]
    return [[text[:longest], *rest] for text, *rest in lines[: limits["max_paragraphs"]]]


def _plain_lines(texts: Iterable[str]) -> list[_Line]:
    return [(text.strip(), "", False, 0, at) for at, text in enumerate(texts)]


def _beside(content: bytes, wanted: re.Pattern[str], *, required: bool = False) -> list[str]:
    """Return the lines of parts of an office file, as much of each as is read; of no part more is unpacked."""
    limits = document_limits()
    lines: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if wanted.fullmatch(member.filename)]
            for member in sorted(members, key=_in_order)[: limits["max_side_parts"]]:
                with archive.open(member) as stream:
                    markup = stream.read(limits["max_side_part_bytes"]).decode("utf-8", errors="replace")
                text = html.unescape(_TAG.sub("", _PARAGRAPH_END.sub("\n", markup)))
                lines += [line.strip() for line in text.splitlines() if line.strip()]
    except RuntimeError as error:
        raise UnreadableFile.because("password") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        if required:
            raise UnreadableFile.because("workbook_damaged", reason=type(error).__name__) from error
    return lines[: limits["max_paragraphs"]]


def _in_order(member: zipfile.ZipInfo) -> tuple[int, str]:
    number = re.search(r"(\d+)\.xml", member.filename)
    return int(number[1]) if number else 0, member.filename


def _paragraphs_of_word(content: bytes) -> list[_Line]:
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
    lines: list[_Line] = []
    for place, paragraph in enumerate(root.iter(f"{_W}p")):
        if next(paragraph.iterancestors(_COPY), None) is not None:
            continue
        text = _text_of(paragraph)
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        runs = [
            run
            for run in paragraph.iter(f"{_W}r")
            if _text_of(run).strip() and next(run.iterancestors(f"{_W}p")) is paragraph
        ]
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
    """Return the text of a paragraph or run without what stands in a box that is tied to it: that has its own."""
    pieces = []
    for piece in element.iter(f"{_W}t", f"{_W}tab", f"{_W}br"):
        box = next(piece.iterancestors(f"{_W}txbxContent"), None)
        if box is None or box in element.iterancestors():
            pieces.append(piece.text or "" if piece.tag == f"{_W}t" else " ")
    return "".join(pieces)


def _lines_of_pdf(content: bytes) -> tuple[int, list[_Line]]:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile.because("password")
        pages = len(reader.pages)
        lines: list[_Line] = []
        for at in pages_read(pages, document_limits()["max_pdf_pages"]):
            lines += [(line.strip(), "", False, at + 1, 0) for line in reader.pages[at].extract_text().splitlines()]
    except UnreadableFile:
        raise
    except Exception as error:  # a library for damaged files raises what it likes
        raise UnreadableFile.because("pdf_damaged", reason=type(error).__name__) from error
    if not pages:
        raise UnreadableFile.because("pdf_damaged", reason="0")
    return pages, lines


def _read_pdf(facts: dict[str, Any], content: bytes, *, with_recognition: bool) -> bytes:
    limits = document_limits()
    pages, lines = _lines_of_pdf(content)
    facts |= {"pages": pages, "paragraphs": _cut(lines)}
    read = len(pages_read(pages, limits["max_pdf_pages"]))
    letters = sum(len(line[0]) for line in lines)
    has_pictures = b"/Image" in content  # what describes a picture lies in no packed part of a PDF
    if letters >= limits["scanned_below"] * min(read, limits["max_scanned_pages"]) or (letters and not has_pictures):
        return b""
    return _read_scan(facts, content, "pdf", with_recognition=with_recognition)


def _read_scan(facts: dict[str, Any], content: bytes, kind: str, *, with_recognition: bool) -> bytes:
    """Read what is a picture; the few letters that a PDF of pictures bears as text stay beside what is recognised."""
    seen = recognised(content, kind, with_recognition=with_recognition)
    facts |= {"is_scan": True, "recogniser": recogniser() if with_recognition else "", "picture_size": list(seen.size)}
    if seen.problem == "damaged":
        facts["cause"] = "damaged"
    elif seen.lines:
        facts["is_recognised"] = True
        facts["paragraphs"] += _cut([(text, "", False, page, 0) for page, text in seen.lines])
    elif not any(text for text, *_ in facts["paragraphs"]):
        facts["cause"] = seen.problem
    return seen.picture


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
