"""What the cells of an executed notebook give: their parts, in the order of reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from reports.blocks.content import Figure, Notice, Part, Table, plain
from reports.blocks.markdown import parts_of_markdown
from reports.shown.cell_outputs import attached_picture, parts_of_outputs
from reports.shown.printed_text import printed
from warehouse.language import LANGUAGES, Language

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK_ONLY = "notebook-only"
"""Tag of cells that serve a reader in JupyterLab and stay out of the page."""


def parts_of(notebook: NotebookNode, language: Language, *, is_simulated: bool = False) -> tuple[Part, ...]:
    """Return the parts of all cells that a report takes over.

    `is_simulated` (of the snapshot) marks the figures that do not say so themselves. Raises ShownRefused for output
    that a report does not take over.
    """
    parts: list[Part] = []
    for number, cell in enumerate(notebook.cells):
        if is_shown(cell, language):
            own = _parts_of_cell(cell, number, language, is_simulated=is_simulated)
            parts += (_named(part, number, language) for part in own)
    if not parts:
        text = language("This notebook shows nothing.")
        parts.append(Notice(text=text, next_step=language("let a cell show a table, a chart or a text")))
    return tuple(with_own_keys(parts))


def is_shown(cell: NotebookNode, language: Language) -> bool:
    """Return whether a report takes a cell over: code for its outputs, and the texts for this reader."""
    tags = set(cell.metadata.get("tags", []))
    other = {f"lang-{code}" for code in LANGUAGES} - {f"lang-{language.code}"}
    return not tags & {NOTEBOOK_ONLY, *other}


def _parts_of_cell(cell: NotebookNode, number: int, language: Language, *, is_simulated: bool) -> Iterator[Part]:
    if cell.cell_type == "markdown":

        def attached(name: str, description: str) -> tuple[Part, ...]:
            data = cell.get("attachments", {}).get(unquote(name), {})
            return tuple(attached_picture(data, description, number, language))

        yield from parts_of_markdown(cell.source, attached)
        return
    if cell.cell_type == "raw":
        if (part := printed(cell.source)) is not None:
            yield part
        return
    yield from parts_of_outputs(cell.outputs, number, language, is_simulated=is_simulated)


def _named(part: Part, number: int, language: Language) -> Part:
    """The part; a table without a caption is named by its cell, and so is what is asked of the author."""
    if isinstance(part, Table) and not part.caption:
        return part.model_copy(update={"caption": language("Table of cell {cell}").format(cell=number)})
    if isinstance(part, Notice) and part.is_for_author:
        return part.model_copy(update={"text": f"{plain(part.text)} ({language('cell {cell}').format(cell=number)})"})
    return part


def requests_in(parts: Iterable[Part]) -> tuple[str, ...]:
    """Return what the parts ask of whoever makes the notebook, with what to do, each once."""
    notices = [part for part in parts if isinstance(part, Notice) and part.is_for_author]
    return tuple(dict.fromkeys(f"{plain(notice.text)} -> {notice.next_step}" for notice in notices))


def with_own_keys(parts: Iterable[Part]) -> Iterator[Part]:
    """Iterate over the parts; one whose key another before it has gets a key of its own, since a page has each once."""
    used: Counter[str] = Counter()
    for part in parts:
        key = getattr(part, "key", "")
        used[key] += 1
        if not key or used[key] == 1:
            yield part
            continue
        own = f"{key}-{used[key]}"
        if isinstance(part, Figure):
            svg = {name: getattr(part, name).replace(f"{key}-", f"{own}-") for name in ("svg", "narrow_svg")}
            yield part.model_copy(update={"key": own, **svg})
        else:
            yield part.model_copy(update={"key": own})
