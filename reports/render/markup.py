"""Reads what HTML of our own says: the description of blocks and markdown cells that bring none of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from reports.blocks.content import Bullets, Facts, Figure, Heading, Part, Table, TableColumn, Text

_SKIPPED = frozenset(["script", "style", "button", "input", "select"])


def parts_of_markup(html: str) -> tuple[Part, ...]:
    """Headings, paragraphs, lists, facts, tables and drawings of a piece of HTML, in the order of reading."""
    from lxml import html as parser

    if not html.strip():
        return ()
    return tuple(_parts(parser.fragment_fromstring(html, create_parent="div")))


def _parts(element: Any) -> Iterator[Part]:
    tag = element.tag if isinstance(element.tag, str) else ""
    if not tag or tag in _SKIPPED:
        return
    reader = _READERS.get(tag) or (_paragraphs if _is_text(element) else None)
    if reader is not None:
        yield from reader(element)
    else:
        for child in element:
            yield from _parts(child)


def _heading(element: Any) -> Iterator[Heading]:
    level = 3 if element.tag == "summary" else max(1, int(element.tag[1]) - 1)
    yield Heading(level=level, text=_words(element))


def _bullets(element: Any) -> Iterator[Bullets]:
    yield Bullets(items=tuple(_words(item) for item in element.iter("li")))


def _facts(element: Any) -> Iterator[Facts]:
    yield Facts(pairs=tuple(_pairs(element)))


def _paragraphs(element: Any) -> Iterator[Text]:
    if _words(element):
        yield _paragraph(element)


_INLINE = frozenset(["a", "b", "strong", "em", "i", "code", "span", "br", "u"])


def _is_text(element: Any) -> bool:
    """Whether an element holds words and at most inline elements."""
    has_words = bool(_words(element))
    return has_words and all(child.tag in _INLINE for child in element.iterdescendants())


def _paragraph(element: Any) -> Text:
    classes = set((element.get("class") or "").split())
    tone = "mark" if "banner" in classes else "note" if "note" in classes else "plain"
    lead = next(iter(element), None)
    if lead is not None and lead.tag in ("strong", "b") and not (element.text or "").strip():
        said = _words(element).removeprefix(_words(lead)).lstrip(": ").strip()
        return Text(lead=_words(lead), text=said, tone="mark" if tone == "mark" else "remark")
    return Text(text=_words(element), tone="mark" if tone == "mark" else "note" if tone == "note" else "plain")


def _pairs(element: Any) -> Iterator[tuple[str, str]]:
    name = ""
    for part in element.iter("dt", "dd"):
        if part.tag == "dt":
            name = _words(part)
        else:
            yield name, _words(part)


def _tables(element: Any) -> Iterator[Table]:
    yield _table(element)


def _table(element: Any) -> Table:
    caption = " ".join(_words(part) for part in element.iter("caption"))
    rows = [[_words(cell) for cell in row.iter("th", "td")] for row in element.iter("tr")]
    heads = rows.pop(0) if rows else []
    width = max([len(heads), *map(len, rows)], default=0)
    return Table(
        key="tab-" + sha256(f"{caption}|{heads}".encode()).hexdigest()[:10],
        caption=caption,
        columns=tuple(TableColumn(heading=text) for text in heads + [""] * (width - len(heads))),
        values=tuple(tuple(row + [""] * (width - len(row))) for row in rows),
    )


def _drawing(element: Any) -> Iterator[Figure]:
    from lxml import etree

    title = " ".join(_words(part) for part in element.iter("title")) or (element.get("aria-label") or "")
    described = " ".join(_words(part) for part in element.iter("desc")) or title
    if not title or "display:none" in (element.get("style") or ""):
        return
    key = "fig-" + sha256(title.encode()).hexdigest()[:10]
    yield Figure(
        key=key,
        title=title,
        units="",
        description=described,
        source="",
        svg=etree.tostring(element, encoding="unicode", with_tail=False),
        data=Table(key=f"{key}-data", caption=title, columns=(), values=()),
    )


_READERS: dict[str, Callable[[Any], Iterator[Part]]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "summary"), _heading),
    "p": _paragraphs,
    "ul": _bullets,
    "ol": _bullets,
    "dl": _facts,
    "table": _tables,
    "svg": _drawing,
}


def _words(element: Any) -> str:
    return re.sub(r"\s+", " ", str(element.text_content() if hasattr(element, "text_content") else "")).strip()
