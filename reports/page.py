"""An executed notebook as one self-contained HTML page: its words and outputs, without its code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from reports.block import Block, render, style_sheet
from warehouse.errors import WorkbenchError
from warehouse.language import Language

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK_ONLY = "notebook-only"
"""Tag of markdown cells that serve a reader in JupyterLab and stay out of the page."""


class HtmlRefused(WorkbenchError):
    """A cell showed HTML that our own functions do not make: a script, a frame, an address elsewhere."""

    exit_code = 8


@dataclass(frozen=True)
class Link:
    """An entry of a page's navigation."""

    title: str
    href: str
    is_current: bool = False


def page_of(
    notebook: NotebookNode,
    *,
    title: str,
    subtitle: str,
    site_title: str,
    language: Language,
    navigation: Sequence[Link] = (),
    siblings: Sequence[Link] = (),
) -> str:
    """The page of an executed notebook. Raises HtmlRefused for output that is not of our own making."""
    body = Block.join(_shown(notebook, language))
    return page(
        body,
        title=title,
        subtitle=subtitle,
        site_title=site_title,
        language=language,
        navigation=navigation,
        siblings=siblings,
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
) -> str:
    """A page around finished blocks."""
    return render(
        "page.html",
        body=body,
        title=title,
        subtitle=subtitle,
        site_title=site_title,
        lang=language.code,
        style=Block(style_sheet()),
        navigation=navigation,
        siblings=siblings,
        _=language,
    ).html


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
    """Raise HtmlRefused unless every element and attribute is one that our own blocks use."""
    _Checker(cell).feed(html)


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
_PREFIXES = ("aria-", "font-", "stroke-", "text-", "fill-", "clip-", "letter-", "dominant-", "data-quarto-", "vector-")
_STYLE = re.compile(r"(display:none|(width|height|text-align|overflow|padding[a-z-]*): ?[\w.%-]+)?(; ?)?")
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
            next_step="show it with the functions of reports.tables, reports.charts or reports.panels",
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
