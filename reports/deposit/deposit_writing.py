"""Writes a deposit with its PDF and figures, and makes it again to compare."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from analysis.panel import replicate, write_panel
from analysis.panel.contents import PanelContents
from analysis.panel.export import deposit_tables
from reports.blocks.block import Block
from reports.blocks.content import Figure, Text
from reports.blocks.tables import Column, table
from reports.pages.research_panel.blocks import PanelReport, breaks, trajectories
from reports.render.document import document_of
from reports.render.pdf import pdf_of
from warehouse.language import Language

LANGUAGES = ("id", "en")
KINDS = {
    "register": "Region and edition",
    "published": "Published",
    "computed": "Computed",
    "estimate": "Estimate",
    "mark": "Marks",
    "own": "Own table",
    "likely": "Likely ranges inside the bounds",
}
"""What the columns of the panel are, as catalogue keys; the codebook has a table of each."""


def write_deposit(
    panel: PanelContents, folder: Path, frame: pl.DataFrame | None = None, *, publisher: str = ""
) -> list[Path]:
    """Write the panel with its codebook as PDF and its figures; arguments and errors as `write_panel` has them."""
    return write_panel(panel, folder, frame, publisher=publisher, extras=deposit_extras)


def replicate_deposit(folder: Path) -> pl.DataFrame:
    """Make a deposit again from its sources, PDF and figures too, and compare: columns as `replicate` gives them."""
    return replicate(folder, deposit_extras)


def deposit_extras(panel: PanelContents) -> dict[str, bytes]:
    """Return the codebook as PDF and the figure of published scores in both languages, by their path in a deposit."""
    files = {}
    for code in LANGUAGES:
        language = Language(code)
        files[f"codebook.{code}.pdf"] = codebook_pdf(panel, language)
        shown = trajectories(PanelReport(panel, language))
        files |= {f"figures/published_scores.{code}.svg": part.svg.encode() for part in _figures(shown)}
    return files


def _figures(block: Block) -> list[Figure]:
    return [part for part in block.parts if isinstance(part, Figure)]


def codebook_pdf(panel: PanelContents, language: Language) -> bytes:
    """Return what each column and each code of the panel means, and where methods break, as an accessible PDF."""
    _ = language
    tables = deposit_tables(panel)
    book, labels = tables["codebook"], tables["labels"]
    is_simulated = bool(panel.frame["is_simulated"].any())
    columns = [
        Column("column", _("Column"), priority=1),
        Column("type", _("Type"), priority=2),
        Column("unit", _("Unit of measure"), priority=3),
        Column(f"description_{language.code}", _("Meaning"), priority=1),
        Column("source", _("Source"), priority=4),
    ]
    blocks = [Block([Text(text=text) for text in (panel.bias(language), *panel.limits(language))], language)]
    for kind, name in KINDS.items():
        rows = book.filter(pl.col("kind") == kind)
        if not rows.is_empty():
            blocks.append(table(rows, columns, _(name), language, is_simulated=False))
    coded = [
        Column("field", _("Field")),
        Column("code", _("Code")),
        Column("number", _("Number in Stata and SPSS")),
        Column(f"label_{language.code}", _("Meaning")),
    ]
    blocks.append(table(labels, coded, _("Codes"), language, is_simulated=False))
    blocks.append(breaks(PanelReport(panel, language)))
    document = document_of(
        Block.join(blocks).parts,
        title=_("Codebook of the research panel"),
        subtitle="{}–{}".format(*panel.editions),
        site_title=_("Research panel"),
        language=language,
        snapshot_id=panel.snapshot_id,
        software_version=panel.software_version,
        is_simulated=is_simulated,
    )
    return pdf_of(document)
