"""What the cells of an executed notebook give: their parts, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from reports.blocks.content import MIME, Markup, Part, unpacked
from reports.render.allowed_html import check_html
from reports.blocks.markdown import parts_of_markdown
from warehouse.language import LANGUAGES, Language

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK_ONLY = "notebook-only"
"""Tag of markdown cells that serve a reader in JupyterLab and stay out of the page."""


def parts_of(notebook: NotebookNode, language: Language) -> tuple[Part, ...]:
    """Return the parts of all cells that a report takes over.

    Raises HtmlRefused for output that is not of our own making.
    """
    numbers = {id(cell): number for number, cell in enumerate(notebook.cells)}
    return tuple(part for cell in shown_cells(notebook, language) for part in _parts_of_cell(cell, numbers[id(cell)]))


def shown_cells(notebook: NotebookNode, language: Language) -> Iterable[NotebookNode]:
    """Iterate over the cells that a report takes over: code for its outputs, and the markdown for this reader."""
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        other = {f"lang-{code}" for code in LANGUAGES} - {f"lang-{language.code}"}
        if cell.cell_type == "code" or (cell.cell_type == "markdown" and not tags & {NOTEBOOK_ONLY, *other}):
            yield cell


def _parts_of_cell(cell: NotebookNode, number: int) -> Iterator[Part]:
    if cell.cell_type == "markdown":
        yield from parts_of_markdown(cell.source)
        return
    for output in cell.outputs:
        yield from _parts_of_output(output.get("data", {}), number)


def _parts_of_output(data: dict[str, Any], cell: int) -> Iterator[Part]:
    if MIME in data:
        for part in unpacked(data[MIME]):
            if isinstance(part, Markup):
                check_html(part.html, cell)
            yield part
    elif "text/html" in data:
        html = "".join(data["text/html"])
        check_html(html, cell)
        yield Markup(html=html)
    elif "text/markdown" in data:
        yield from parts_of_markdown("".join(data["text/markdown"]))
