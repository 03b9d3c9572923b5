"""A report as a document: title and parts in reading order, for every output that is not HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.blocks.content import (
    Calculation,
    Cards,
    Columns,
    Details,
    Figure,
    Heading,
    Image,
    Part,
    Table,
    has_simulated,
)
from warehouse.language import Language


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
            if isinstance(part, Table) or (isinstance(part, Figure) and part.data.columns)
        ]

    def calculations(self) -> list[Calculation]:
        """What the indices of the report are computed from."""
        return [part for part in self.parts if isinstance(part, Calculation)]

    def cards(self) -> list[Cards]:
        """The headline figures."""
        return [part for part in self.parts if isinstance(part, Cards)]


def document_of(
    parts: Iterable[Part],
    *,
    title: str,
    subtitle: str,
    site_title: str,
    language: Language,
    snapshot_id: str,
    software_version: str,
    is_simulated: bool,
) -> Document:
    """Return the document of the parts of a page, in the same order.

    It is simulated if any of its parts is; `is_simulated` (of the snapshot) stands where no part can tell.
    """
    told = tuple(_in_order(_read(parts)))
    has_figures = any(isinstance(part, Table | Figure | Calculation | Cards | Image) for part in told)
    simulated = has_simulated(told) or (is_simulated and not has_figures)
    return Document(title, subtitle, site_title, language, told, snapshot_id, software_version, simulated)


def _read(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts as they are set on paper and in a workbook: one after the other."""
    for part in parts:
        if isinstance(part, Details):
            yield from _read(part.parts) if part.is_printed else _of_details(part)
        elif isinstance(part, Columns):
            for group in part.groups:
                yield from _read(group)
        else:
            yield part


def _of_details(details: Details) -> Iterator[Part]:
    """What a page folds: tables stay folded, and are named; anything else stands under the summary."""
    parts = [
        part.model_copy(update={"is_folded": True}) if isinstance(part, Table) else part
        for part in _read(details.parts)
    ]
    if not all(isinstance(part, Table) for part in parts):
        yield Heading(level=3, text=details.summary)
    yield from parts


def _in_order(parts: Iterable[Part]) -> Iterator[Part]:
    """Headings that never skip a level, whatever depth a block was written for."""
    above = 0
    for part in parts:
        if isinstance(part, Heading):
            above = min(part.level, above + 1)
            yield Heading(level=above, text=part.text)
        else:
            yield part
