"""An executed notebook as a document: title and parts in reading order, for every output that is not HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.blocks.content import MIME, Calculation, Cards, Figure, Heading, Markup, Part, Table, Text, unpacked
from reports.render.markup import parts_of_markup
from reports.render.page import markdown_html, shown_cells
from warehouse.language import Language

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Document:
    """A report as its words, tables and figures."""

    title: str
    subtitle: str
    site_title: str
    language: Language
    parts: tuple[Part, ...]
    snapshot_id: str
    software_version: str
    is_simulated: bool

    def tables(self) -> list[Table]:
        """Every table, the data of the charts included, in reading order."""
        return [
            part.data if isinstance(part, Figure) else part
            for part in self.parts
            if isinstance(part, Table) or (isinstance(part, Figure) and part.data.heads)
        ]

    def calculations(self) -> list[Calculation]:
        """What the indices of the report are computed from."""
        return [part for part in self.parts if isinstance(part, Calculation)]

    def cards(self) -> list[Cards]:
        """The headline figures."""
        return [part for part in self.parts if isinstance(part, Cards)]


def document_of(
    notebook: NotebookNode,
    *,
    title: str,
    subtitle: str,
    site_title: str,
    language: Language,
    snapshot_id: str,
    software_version: str,
    is_simulated: bool,
) -> Document:
    """The document of an executed notebook: the same cells as on its page, in the same order.

    It is simulated if any of its parts is; `is_simulated` (of the snapshot) stands where no part can tell.
    """
    parts = tuple(_in_order(_parts_of(notebook, language)))
    told = [part.is_simulated for part in parts if isinstance(part, Table | Figure | Calculation)]
    marks = [part for part in parts if isinstance(part, Text) and part.tone == "mark"]
    simulated = bool(marks) or (any(told) if told else is_simulated)
    return Document(title, subtitle, site_title, language, parts, snapshot_id, software_version, simulated)


def _parts_of(notebook: NotebookNode, language: Language) -> Iterator[Part]:
    for cell in shown_cells(notebook, language):
        if cell.cell_type == "markdown":
            yield from parts_of_markup(markdown_html(cell.source))
            continue
        for output in cell.outputs:
            yield from _parts_of_output(output.get("data", {}))


def _parts_of_output(data: dict[str, Any]) -> Iterator[Part]:
    if MIME in data:
        for part in unpacked(data[MIME]):
            yield from parts_of_markup(part.html) if isinstance(part, Markup) else (part,)
    elif "text/html" in data:
        yield from parts_of_markup("".join(data["text/html"]))
    elif "text/markdown" in data:
        yield from parts_of_markup(markdown_html("".join(data["text/markdown"])))


def _in_order(parts: Iterator[Part]) -> Iterator[Part]:
    """Headings that never skip a level, whatever depth a block was written for."""
    above = 0
    for part in parts:
        if isinstance(part, Heading):
            above = min(part.level, above + 1)
            yield Heading(level=above, text=part.text)
        else:
            yield part
