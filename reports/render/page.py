"""One self-contained HTML page around the parts of a report."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from reports.blocks.block import Block
from reports.blocks.content import Columns, Details, Heading, Part, Table, Text, has_simulated, plain
from reports.blocks.glossary import with_terms
from reports.blocks.html import html_of
from reports.blocks.templates import Finished, style_sheet, templates
from warehouse.language import Language

LEAST_CONTENTS = 4
"""A page with fewer main headings needs no list of them."""
LONG_TABLE, ROWS_AT_FIRST = 150, 50
"""A table of more rows than LONG_TABLE begins with ROWS_AT_FIRST, and shows more when a reader asks for them."""


@dataclass(frozen=True)
class Link:
    """An entry of a page's navigation; `lang` where it leads to another language."""

    title: str
    href: str
    is_current: bool = False
    lang: str = ""


def page(
    body: Block,
    *,
    title: str,
    subtitle: str,
    site_title: str,
    language: Language,
    navigation: Sequence[Link] = (),
    siblings: Sequence[Link] = (),
    downloads: Sequence[Link] = (),
    languages: Sequence[Link] = (),
    letterhead: Mapping[str, Any] | None = None,
    city_pages: Sequence[Link] = (),
    search: Sequence[Link] = (),
    citation: str = "",
    glossary: str = "",
    index: str = "",
) -> str:
    """Return a page around a block; where anything on it is simulated, one mark stands at its head and stays in sight.

    `glossary` is the page that explains terms, empty where there is none. `index` is JSON that the script searches.
    """
    marks, shown = without_marks(body.parts)
    if glossary:
        shown = with_terms(shown, glossary, language)
    addressed, contents = with_contents(Block(shown, language))
    values = {
        "body": Finished(html_of(with_late_rows(addressed.parts), language)),
        "contents": contents if len(contents) >= LEAST_CONTENTS else (),
        "title": title,
        "subtitle": subtitle,
        "site_title": site_title,
        "lang": language.code,
        "style": Finished(style_sheet()),
        "script": Finished(script()),
        "script_hash": script_hash(),
        "is_simulated": has_simulated(body.parts),
        "simulation": " ".join(plain(mark.text) for mark in marks[:1]),
        "city_pages": city_pages,
        "search": search,
        "citation": citation,
        "index": Finished(index),
        "navigation": navigation,
        "siblings": siblings,
        "downloads": downloads,
        "languages": languages,
        "letterhead": letterhead,
        "_": language,
    }
    return templates().get_template("page.html").render(values)


def without_marks(parts: Sequence[Part]) -> tuple[list[Text], list[Part]]:
    """Return the banners over simulated figures, which the frame of a page shows once, and the other parts."""
    marks = [part for part in parts if isinstance(part, Text) and part.tone == "mark"]
    return marks, [part for part in parts if not (isinstance(part, Text) and part.tone == "mark")]


@cache
def script() -> str:
    """The one script of all pages: it sorts, filters and tells details, and asks for nothing."""
    return files("reports").joinpath("templates", "page.js").read_text(encoding="utf-8")


@cache
def script_hash() -> str:
    """What the page's own policy allows to run: this script and no other."""
    return "sha256-" + b64encode(sha256(script().encode()).digest()).decode()


def with_late_rows(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts with the rows of long tables left to the script, so that a page opens with few elements."""

    def late(part: Part) -> Part:
        if isinstance(part, Table) and len(part.values) > LONG_TABLE:
            return part.model_copy(update={"rows_at_first": ROWS_AT_FIRST})
        if isinstance(part, Columns):
            return Columns(groups=tuple(with_late_rows(group) for group in part.groups))
        if isinstance(part, Details):
            return part.model_copy(update={"parts": with_late_rows(part.parts)})
        return part

    return tuple(map(late, parts))


def with_contents(body: Block) -> tuple[Block, list[Link]]:
    """Return the body with an address on each of its main headings, and the links to them in order."""
    links: list[Link] = []

    def address_of(title: str) -> str:
        anchor = f"bagian-{len(links) + 1}"
        links.append(Link(title, f"#{anchor}"))
        return anchor

    def addressed(part: Part) -> Part:
        if isinstance(part, Heading) and part.level == 1:
            return part.model_copy(update={"anchor": address_of(part.text)})
        if isinstance(part, Columns):
            return Columns(groups=tuple(tuple(map(addressed, group)) for group in part.groups))
        return part

    return Block(map(addressed, body.parts), body.language), links
