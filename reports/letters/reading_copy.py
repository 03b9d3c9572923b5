"""The reading copy of a document: an accessible PDF with the same words as the Word file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from reports.letters.official import Grid, Official
from reports.letters.word_templates import PAPERS_MM
from reports.render.printable import signs_without_font
from reports.render.replaced_signs import Replaced
from reports.render.typesetting import typeset
from warehouse.language import Language

SANS = frozenset(["arial", "arimo", "calibri", "helvetica", "liberation sans", "tahoma", "verdana"])
"""Fonts that a city may state which the PDF sets in Arimo; all others are set in Libertinus Serif."""

SIZES = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0)


def reading_copy(document: Official) -> tuple[bytes, float]:
    """The PDF and the size of its letters: the largest at which a nota dinas is one page; 11 for other documents."""
    if document.kind != "nota-dinas":
        return _set(document, 11.0), 11.0
    for size in SIZES:
        pdf = _set(document, size)
        if _pages(pdf) == 1:
            break
    return pdf, size


def replaced_in(document: Official, language: Language) -> list[str]:
    """Return the texts of which the PDF shows a box for a sign that no font has, or �, in words and each once."""
    found: dict[str, Replaced] = {}
    for text in _texts(_told(document, SIZES[0])):
        if text not in found and (signs := signs_without_font(text)):
            found[text] = Replaced(text, f"{document.name}.pdf", signs)
    return [replaced.told(language) for replaced in found.values()]


def _texts(value: Any) -> Iterator[str]:
    """The texts of a document as they are set; its title stands in the properties of the file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name != "title" or "rows" in value:
                yield from _texts(item)


def _pages(pdf: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)


def _set(document: Official, size: float) -> bytes:
    return typeset("letter.typ", "letter", _told(document, size))


def _told(document: Official, size: float) -> dict[str, Any]:
    width, height = PAPERS_MM[document.settings.paper]
    hal = dict(document.fields).get("Hal", "")
    return {
        **document.values(),
        "jenis": document.kind,
        "title": " – ".join(part for part in (document.title, document.subtitle, hal, document.addressee) if part),
        "kop": document.head.told(f"Lambang {document.head.government.removeprefix('Pemerintah ')}"),
        "font": "Arimo" if document.settings.font.casefold() in SANS else "Libertinus Serif",
        "size": size,
        "width": width,
        "height": height,
        "mengetahui": document.words.get("known", ""),
        "hasil": [_grid(one) for one in document.tables],
        "annex": _grid(document.annex) if document.annex else None,
    }


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "title": grid.title,
        "heads": list(grid.heads),
        "rows": [list(row) for row in grid.rows],
        "widths": list(grid.widths),
        "figures": [_are_figures([row[place] for row in grid.rows]) for place in range(len(grid.heads))],
    }


def _are_figures(texts: list[str]) -> bool:
    """Whether a column holds figures, and nothing but "–" beside them."""
    told = [text.replace(".", "").replace(",", "") for text in texts if text != "–"]
    return bool(told) and all(text.isdigit() for text in told)
