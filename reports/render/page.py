"""One self-contained HTML page around the parts of a report."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import unescape
from importlib.resources import files

from reports.blocks.block import Block
from reports.blocks.content import Columns, Heading, Markup, Part, has_simulated, leaves
from reports.blocks.html import html_of
from reports.blocks.templates import Finished, style_sheet, templates
from warehouse.language import Language

LEAST_CONTENTS = 4
"""A page with fewer main headings needs no list of them."""

NOTHING = Block()


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
    letterhead: Block = NOTHING,
) -> str:
    """Return a page around a block; it is marked as simulated where anything on it is."""
    addressed, contents = with_contents(body)
    values = {
        "body": Finished(html_of(addressed.parts, language)),
        "contents": contents if len(contents) >= LEAST_CONTENTS else (),
        "title": title,
        "subtitle": subtitle,
        "site_title": site_title,
        "lang": language.code,
        "style": Finished(style_sheet()),
        "script": Finished(script()),
        "script_hash": script_hash(),
        "is_simulated": is_marked(body),
        "navigation": navigation,
        "siblings": siblings,
        "downloads": downloads,
        "languages": languages,
        "letterhead": letterhead,
        "_": language,
    }
    return templates().get_template("page.html").render(values)


@cache
def script() -> str:
    """The one script of all pages: it sorts, filters and tells details, and asks for nothing."""
    return files("reports").joinpath("templates", "page.js").read_text(encoding="utf-8")


@cache
def script_hash() -> str:
    """What the page's own policy allows to run: this script and no other."""
    return "sha256-" + b64encode(sha256(script().encode()).digest()).decode()


_MARK = re.compile(r'class="(?:banner|mark)"')


def is_marked(body: Block) -> bool:
    """Return whether a part of the body says that its figures are made up."""
    return has_simulated(body.parts) or any(
        isinstance(part, Markup) and _MARK.search(part.html) for part in leaves(body.parts)
    )


_HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def with_contents(body: Block) -> tuple[Block, list[Link]]:
    """Return the body with an address on each of its main headings, and the links to them in order."""
    links: list[Link] = []

    def address_of(title: str) -> str:
        anchor = f"bagian-{len(links) + 1}"
        links.append(Link(title, f"#{anchor}"))
        return anchor

    def heading(found: re.Match[str]) -> str:
        title = unescape(_TAG.sub("", found[1])).strip()
        return f'<h2 id="{address_of(title)}">{found[1]}</h2>'

    def addressed(part: Part) -> Part:
        if isinstance(part, Heading) and part.level == 1:
            return part.model_copy(update={"anchor": address_of(part.text)})
        if isinstance(part, Columns):
            return Columns(groups=tuple(tuple(map(addressed, group)) for group in part.groups))
        if isinstance(part, Markup):
            return part.model_copy(update={"html": _HEADING.sub(heading, part.html)})
        return part

    return Block(map(addressed, body.parts), body.language), links
