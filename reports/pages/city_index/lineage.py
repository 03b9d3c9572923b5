"""Where the figures of a city's report come from: file, sheet and cell of each, as a part of the page to link to."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analysis.history.trace.figure_cells import column_number
from reports.blocks.block import Block, render
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import no_data
from reports.pages.city_index.season import CitySeason
from warehouse.language import Language

FIGURE_MESSAGES = {
    "spd_score": "SPD",
    "mean_maturity": "Mean maturity",
    "innovation_count": "Innovations reported",
}


def anchor_of(name: str) -> str:
    """The anchor of a figure (`iid`, `mean_maturity`, ...) or of an innovation in the page's part about lineage."""
    return f"asal-{name}"


def link_to(season: CitySeason, name: str) -> str | None:
    """Where a figure or innovation of the page links to; None where nothing is known of its cells."""
    known = set(season.lineage["figure"]) if not season.lineage.is_empty() else set()
    if name == "iid":
        return f"#{anchor_of(name)}" if known else None
    is_known = name in known or name in set(season.lineage["subject"])
    return f"#{anchor_of(name)}" if is_known else None


def origins(season: CitySeason) -> Block:
    """The files and columns behind each part of the index, and the cell behind each innovation."""
    _ = season.language
    caption = _("Where the figures come from, {name} {edition}").format(name=season.name, edition=season.edition)
    if season.lineage.is_empty():
        return no_data(caption, _)
    of_innovations = season.lineage.filter(pl.col("figure") == "mean_maturity")
    blocks = [_parts(season, caption)]
    if not of_innovations.is_empty():
        cells = _innovations(season, of_innovations)
        summary = _("The cell behind each innovation ({count})").format(
            count=_.whole(of_innovations["subject"].n_unique())
        )
        folded = (part.model_copy(update={"is_folded": True}) for part in cells.parts)
        blocks.append(render("details.html", summary=summary, body=cells).saying(*folded))
    return Block.join(blocks)


def _parts(season: CitySeason, caption: str) -> Block:
    """One row per part of the index, file, sheet and column, with the rows of the cells."""
    _ = season.language
    letters, row = pl.col("cell").str.extract(r"^([A-Z]+)"), pl.col("row_number")
    order = {name: place for place, name in enumerate(FIGURE_MESSAGES)}
    counted = (
        season.lineage.with_columns(letters.alias("letters"))
        .group_by("figure", "file_name", "sheet", "letters", "header", maintain_order=True)
        .agg(pl.len().alias("count"), row.min().alias("first"), row.max().alias("last"))
        .sort(pl.col("figure").replace_strict(order), maintain_order=True)
    )
    rows = [
        {
            "figure": _("Index"),
            "file_name": None,
            "place": _("follows from the parts below"),
            "rows": None,
            "count": _.whole(season.lineage.height),
        }
    ]
    anchors = [anchor_of("iid")]
    for part in counted.iter_rows(named=True):
        anchor = anchor_of(part["figure"])
        anchors.append(anchor if anchor not in anchors else "")
        column = f"{part['letters']} ({part['header']})" if part["letters"] else str(part["header"])
        rows.append(
            {
                "figure": _(FIGURE_MESSAGES[part["figure"]]),
                "file_name": _name(part["file_name"]),
                "place": f"{part['sheet']} · {column}",
                "rows": f"{part['first']}–{part['last']}",
                "count": _.whole(part["count"]),
            }
        )
    columns = [
        Column("figure", _("Figure")),
        Column("file_name", _("File")),
        Column("place", _("Sheet and column")),
        Column("rows", _("Rows")),
        Column("count", _("Cells"), "right"),
    ]
    note = _(
        "The command {command} lists every cell with its original words, and leads back from a row of a file."
    ).format(command=f"iga trace {season.region['region_code']} {season.edition}")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("figure", "file_name", "place", "rows", "count"), pl.String))
    return table(frame, columns, caption, _, is_simulated=season.is_simulated, note=note, anchors=anchors)


def _innovations(season: CitySeason, cells: pl.DataFrame) -> Block:
    """One row per scored innovation: the cell of its score, or the cells of its answers."""
    _ = season.language
    rows = []
    anchors = []
    for (subject,), found in cells.group_by("subject", maintain_order=True):
        first = found.row(0, named=True)
        anchors.append(anchor_of(str(subject)))
        rows.append(
            {
                "label": first["label"],
                "file_name": _name(first["file_name"]),
                "sheet": first["sheet"],
                "row": str(first["row_number"]),
                "cell": _span(found["cell"].drop_nulls().to_list()),
                "original": first["original_text"] if found.height == 1 else _answers(found.height, _),
            }
        )
    columns = [
        Column("label", _("Innovation")),
        Column("file_name", _("File")),
        Column("sheet", _("Sheet")),
        Column("row", _("Row"), "right"),
        Column("cell", _("Cell")),
        Column("original", _("Original words")),
    ]
    caption = _("Cells behind the mean maturity, {name} {edition}").format(name=season.name, edition=season.edition)
    frame = pl.DataFrame(rows, schema=dict.fromkeys((column.name for column in columns), pl.String))
    return table(frame, columns, caption, _, is_simulated=season.is_simulated, anchors=anchors)


def _answers(count: int, language: Language) -> str:
    return language("{count} answers").format(count=count)


def _span(cells: Sequence[str]) -> str | None:
    """One cell, or the first and last of several in a row."""
    if not cells:
        return None
    ordered = sorted(cells, key=lambda cell: column_number(cell.rstrip("0123456789")))
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]}–{ordered[-1]}"


def _name(file_name: str) -> str:
    """A file's name without the folder of its city and edition, which the caption names."""
    return file_name.rsplit("/", 1)[-1]
