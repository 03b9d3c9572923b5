"""An executed notebook as one self-contained HTML page: its words and outputs, without its code."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from reports.blocks.block import Block, render, style_sheet
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.language import Language

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK_ONLY = "notebook-only"
"""Tag of markdown cells that serve a reader in JupyterLab and stay out of the page."""

LEAST_CONTENTS = 4
"""A page with fewer main headings needs no list of them."""

NOTHING = Block("")


class HtmlRefused(WorkbenchError):
    """A cell showed HTML that our own functions do not make: a script, a frame, an address elsewhere."""

    exit_code = ExitCode.REPORT


@dataclass(frozen=True)
class Link:
    """An entry of a page's navigation; `lang` where it leads to another language."""

    title: str
    href: str
    is_current: bool = False
    lang: str = ""


def page_of(
    notebook: NotebookNode,
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
    """The page of an executed notebook. Raises HtmlRefused for output that is not of our own making."""
    return page(
        Block.join(_shown(notebook, language)),
        title=title,
        subtitle=subtitle,
        site_title=site_title,
        language=language,
        navigation=navigation,
        siblings=siblings,
        downloads=downloads,
        languages=languages,
        letterhead=letterhead,
    )


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
    """A page around finished blocks; it is marked as simulated where anything on it is."""
    told, contents = with_contents(body)
    return render(
        "page.html",
        body=told,
        contents=contents if len(contents) >= LEAST_CONTENTS else (),
        title=title,
        subtitle=subtitle,
        site_title=site_title,
        lang=language.code,
        style=Block(style_sheet()),
        script=Block(script()),
        script_hash=script_hash(),
        is_simulated=is_marked(body),
        navigation=navigation,
        siblings=siblings,
        downloads=downloads,
        languages=languages,
        letterhead=letterhead,
        _=language,
    ).html


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
    """Whether a banner, a table or a figure of the body carries the mark of simulated data."""
    return _MARK.search(body.html) is not None


_HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def with_contents(body: Block) -> tuple[Block, list[Link]]:
    """The body with an address on each of its main headings, and the links to them in order."""
    links: list[Link] = []

    def addressed(found: re.Match[str]) -> str:
        title = unescape(_TAG.sub("", found[1])).strip()
        links.append(Link(title, f"#bagian-{len(links) + 1}"))
        return f'<h2 id="bagian-{len(links)}">{found[1]}</h2>'

    return Block(_HEADING.sub(addressed, body.html)), links


def shown_cells(notebook: NotebookNode, language: Language) -> Iterable[NotebookNode]:
    """The cells that a report takes over: code cells for their outputs, and the markdown meant for this reader."""
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        other = {f"lang-{code}" for code in ("id", "en")} - {f"lang-{language.code}"}
        if cell.cell_type == "code" or (cell.cell_type == "markdown" and not tags & {NOTEBOOK_ONLY, *other}):
            yield cell


def _shown(notebook: NotebookNode, language: Language) -> Iterable[Block]:
    numbers = {id(cell): number for number, cell in enumerate(notebook.cells)}
    for cell in shown_cells(notebook, language):
        if cell.cell_type == "markdown":
            yield Block(markdown_html(cell.source))
        else:
            for output in cell.outputs:
                yield from _output(output.get("data", {}), numbers[id(cell)])


def _output(data: dict[str, Any], cell: int) -> Iterable[Block]:
    if "text/html" in data:
        html = "".join(data["text/html"])
        check_html(html, cell)
        yield Block(html)
    elif "text/markdown" in data:
        yield Block(markdown_html("".join(data["text/markdown"])))


def markdown_html(text: str) -> str:
    """Markdown as HTML; HTML within it is shown as text."""
    return str(_markdown()(text))


@cache
def _markdown() -> Any:
    import mistune

    return mistune.create_markdown(escape=True)


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
