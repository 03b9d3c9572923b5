"""HTML that a report takes over from a cell: only elements and attributes that our own templates use."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from warehouse.errors import ExitCode, WorkbenchError


class HtmlRefused(WorkbenchError):
    """A cell showed HTML that our own functions do not make: a script, a frame, an address elsewhere."""

    exit_code = ExitCode.REPORT


def check_html(html: str, cell: int) -> None:
    """Raise HtmlRefused unless every element and attribute is one that our own blocks use.

    What our blocks write is so plain that no two readers of HTML can take it differently; that is found out at once.
    Anything else is read as HTML, tag by tag.
    """
    if not _is_plain(html):
        _Checker(cell).feed(html)


_PLAIN_TAG = re.compile(
    r"""<(/?[a-zA-Z][a-zA-Z0-9]*)((?:[ \t\n\r\f]+[a-zA-Z][\w:-]*(?:="[^"<>&]*")?)*)[ \t\n\r\f]*/?>""", re.ASCII
)
_PLAIN_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:-]*)(?:="([^"]*)")?""", re.ASCII)


def _is_plain(html: str) -> bool:
    """Whether the text is nothing but words and tags in their plainest form, all of them allowed.

    No comment, no declaration, no `<` or `>` that is not a tag's, no reference within an attribute: no reading of it
    can find a tag or an attribute that is not seen here.
    """
    if "<" in _PLAIN_TAG.sub("", html):
        return False
    return all(_is_allowed_tag(tag, attributes) for tag, attributes in set(_PLAIN_TAG.findall(html)))


def _is_allowed_tag(tag: str, attributes: str) -> bool:
    if tag.lstrip("/").lower() not in _ELEMENTS:
        return False
    return all(
        (name in _ALWAYS_PLAIN and "(" not in value) or _is_allowed(name.lower(), value)
        for name, value in _PLAIN_ATTRIBUTE.findall(attributes)
    )


_ELEMENTS = frozenset(
    [
        "a",
        "b",
        "br",
        "caption",
        "code",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "section",
        "span",
        "strong",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
        "svg",
        "g",
        "path",
        "rect",
        "line",
        "circle",
        "text",
        "tspan",
        "title",
        "desc",
        "defs",
        "clippath",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "id",
        "class",
        "role",
        "tabindex",
        "lang",
        "scope",
        "colspan",
        "rowspan",
        "headers",
        "xmlns",
        "viewbox",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "dx",
        "dy",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "d",
        "fill",
        "stroke",
        "transform",
        "opacity",
        "version",
        "hidden",
        "href",
        "open",
        "title",
        "style",
        "preserveaspectratio",
        "display",
        "pointer-events",
        "xmlns:xlink",
    ]
)
_ALWAYS_PLAIN = _ATTRIBUTES - {"href", "style"}
"""Attributes that may have any value that calls nothing."""
_PREFIXES = ("aria-", "font-", "stroke-", "text-", "fill-", "clip-", "letter-", "dominant-", "data-", "vector-")
_STYLE = re.compile(r"(display:none|(width|height|left|text-align|overflow|padding[a-z-]*): ?[\w.%-]+)?(; ?)?")
_SAFE_ADDRESS = re.compile(r"(#[\w-]*|[\w-]+\.html(#[\w-]*)?)")


class _Checker(HTMLParser):
    def __init__(self, cell: int) -> None:
        super().__init__(convert_charrefs=True)
        self.cell = cell

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in _ELEMENTS:
            self._refuse(f"<{tag}>")
        for name, value in attributes:
            if not _is_allowed(name, value or ""):
                self._refuse(f'<{tag} {name}="{value}">')

    def handle_decl(self, declaration: str) -> None:
        self._refuse(declaration)

    def handle_pi(self, instruction: str) -> None:
        self._refuse(instruction)

    def _refuse(self, found: str) -> None:
        raise HtmlRefused(
            "Cell {cell} shows HTML that a report does not take over: {found}",
            next_step="show it with the functions of reports.blocks.tables or reports.pages.city_index",
            cell=self.cell,
            found=found[:80],
        )


def _is_allowed(name: str, value: str) -> bool:
    if name == "href":
        return _SAFE_ADDRESS.fullmatch(value) is not None
    if name == "style":
        return _STYLE.fullmatch(value.strip()) is not None
    if "url(" in value and not value.startswith("url(#"):
        return False
    return name in _ATTRIBUTES or name.startswith(_PREFIXES)
