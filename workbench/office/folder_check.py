"""Looks through files that are to be published: every word of pages, PDFs, workbooks and notebooks.

What no reader of ours can look into is a finding too: nothing leaves the office unread.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.personal.registered_names import NameFinder
from warehouse.keeping.personal_data import places_found

Line = tuple[str, str]
"""Where a text stands in its file, and the text."""

INLINE = re.compile(
    "a|abbr|b|bdi|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|tspan|u|var|wbr"
)
"""Elements whose words go on with those around them."""
HEADINGS = frozenset({"h1", "h2", "h3", "caption", "summary"})
SAID_BY_ATTRIBUTE = ("title", "alt", "aria-label", "aria-description", "content", "value", "placeholder", "label")
UNSAID = frozenset({"style", "script"})
AROUND = 40
"""Characters on each side of a finding that are shown with it."""
HIDDEN = "\N{FULL BLOCK}"
NOT_READ = "unreadable"
"""The kind of a finding that says that a file cannot be looked into."""


@dataclass(frozen=True)
class Finding:
    """One finding: the file, the place in it, what kind of thing, and the words around it with the thing left out."""

    file: str
    place: str
    kind: str
    words: str


def findings_in(folder: Path, names: NameFinder, not_personal: Collection[str] = ()) -> Iterator[Finding]:
    """Yield what stands in the files of a folder that must not be published, file by file.

    `not_personal` are texts that may stand there although a rule finds them, such as the address of the office.
    """
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        reader = READERS.get(path.suffix.casefold())
        if reader is None:
            yield Finding(name, "", NOT_READ, path.suffix)
            continue
        try:
            lines = set(reader(path.read_bytes()))
        except Exception as error:  # whatever a library says: a file that cannot be read is not published
            yield Finding(name, "", NOT_READ, type(error).__name__)
            continue
        for place, text in sorted(lines):
            found = list(_found(text, names, not_personal))
            hidden = _hidden(text, [span for _kind, *span in found])
            yield from (Finding(name, place, kind, _around(hidden, start, end)) for kind, start, end in found)


def _found(text: str, names: NameFinder, not_personal: Collection[str]) -> Iterator[tuple[str, int, int]]:
    allowed = [match.span() for known in not_personal if known for match in re.finditer(re.escape(known), text)]
    yield from ((found.kind, found.start, found.end) for found in names.find(text))
    for kind, start, end in places_found(text):
        if not any(first <= start and end <= last for first, last in allowed):
            yield kind, start, end


def _hidden(text: str, spans: list[list[int]]) -> str:
    """The text with every finding in it blacked out: what stands around one must not tell another."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = HIDDEN * (end - start)
    return "".join(letters)


def _around(text: str, start: int, end: int) -> str:
    return " ".join(re.sub(f"{HIDDEN}+", "[…]", text[max(0, start - AROUND) : end + AROUND]).split())


def _html(content: bytes) -> Iterator[Line]:
    from lxml import etree, html

    place, words = "", [""]

    def told() -> Iterator[Line]:
        text = " ".join("".join(words).split())
        words[:] = [""]
        if text:
            yield place, text

    root = html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "comment":
            yield place, " ".join((element.text or "").split())
            words.append(element.tail or "")
            continue
        tag = str(element.tag)
        if not INLINE.fullmatch(tag):
            ended = list(told())
            if event == "end" and tag in HEADINGS and ended:
                place = ended[0][1][:80]
            yield from ended
        if event == "start":
            yield from _attributes(element, place)
            if tag == "script" and element.get("type") == "application/json":
                yield from ((place, text) for text in _texts(json.loads(element.text or "null")))
            words.append("" if tag in UNSAID else element.text or "")
        else:
            words.append(element.tail or "")
    yield from told()


def _attributes(element: Any, place: str) -> Iterator[Line]:
    for name, value in element.attrib.items():
        is_data = name.startswith("data-") and " " in value
        if name in SAID_BY_ATTRIBUTE or is_data or (name == "href" and value.startswith(("mailto:", "tel:"))):
            yield place, " ".join(value.split())


def _pdf(content: bytes) -> Iterator[Line]:
    from pypdf import PdfReader

    document = PdfReader(io.BytesIO(content))
    yield from (("", str(value)) for value in (document.metadata or {}).values())
    for number, page in enumerate(document.pages, start=1):
        lines = page.extract_text().splitlines()
        # A name may be broken at the end of a line.
        pairs = zip(lines, [*lines[1:], ""], strict=True)
        yield from ((f"{number}", " ".join(f"{line} {following}".split())) for line, following in pairs)


def _workbook(content: bytes) -> Iterator[Line]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for sheet in book.sheet_names:
        yield sheet, sheet
        for number, row in enumerate(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False), start=1):
            yield from ((f"{sheet} {number}", " ".join(str(cell).split())) for cell in row if isinstance(cell, str))


def _json(content: bytes) -> Iterator[Line]:
    yield from (("", text) for text in _texts(json.loads(content)))


def _texts(value: Any, *, is_picture: bool = False) -> Iterator[str]:
    if isinstance(value, str) and not is_picture:
        yield from _lines_of(value)
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _texts(inside, is_picture=bool(re.match(r"image/(?!svg)", key)))
            yield from _lines_of(key)
    elif isinstance(value, list) and not is_picture:
        if all(isinstance(inside, str) for inside in value):  # the lines of one text
            yield from _texts("".join(value) if any("\n" in inside for inside in value) else "\n".join(value))
        else:
            for inside in value:
                yield from _texts(inside)


_TAGS = re.compile(r"<[^>]*>")
_IS_HTML = re.compile(r"</?[a-z][a-z0-9]*[ />]", re.IGNORECASE)


def _lines_of(text: str) -> Iterator[str]:
    if _IS_HTML.search(text):
        yield from (line for _place, line in _html(text.encode()) if line)
        return
    yield from (" ".join(line.split()) for line in text.splitlines() if line.strip())


def _text(content: bytes) -> Iterator[Line]:
    lines = content.decode("utf-8-sig").splitlines()
    yield from ((f"{number}", " ".join(line.split())) for number, line in enumerate(lines, start=1) if line.strip())


READERS: dict[str, Callable[[bytes], Iterator[Line]]] = {
    ".html": _html,
    ".pdf": _pdf,
    ".xlsx": _workbook,
    ".ipynb": _json,
    ".json": _json,
    ".csv": _text,
    ".txt": _text,
    ".md": _text,
}
"""How each kind of file is read, by its ending."""
