"""Where the figures of a city's report come from: file, sheet and cell of each, as a part of the page to link to."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analysis.history.trace.figure_cells import column_number
from reports.blocks.block import Block
from reports.blocks.content import Details, Part
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import no_data
from reports.pages.city_index.season import CitySeason

FIGURE_MESSAGES = {
    "spd_score": "SPD",
    "mean_maturity": "Mean maturity",
    "innovation_count": "Innovations reported",
}


def anchor_of(name: str) -> str:
    """The anchor of a figure (`iid`, `mean_maturity`, ...) or of an innovation in the page's part about lineage."""
    return f"asal-{name}"


def link_to(season: CitySeason, name: str) -> str | None:
    """Return where a figure or innovation of the page links to; None where nothing is known of its cells."""
    is_known = bool(season.traced) if name == "iid" else name in season.traced
    return f"#{anchor_of(name)}" if is_known else None


def origins(season: CitySeason) -> Block:
    """The files and columns behind each part of the index, and the cell behind each innovation."""
    _ = season.language
    caption = _("Where the figures come from, {name} {edition}").format(name=season.name, edition=season.edition)
    if season.lineage.is_empty():
        return no_data(caption, _)
    parts: list[Part] = [*_parts(season, caption).parts]
    of_innovations = season.lineage.filter(pl.col("figure") == "mean_maturity")
    if not of_innovations.is_empty():
        count = _.whole(of_innovations["subject"].n_unique())
        summary = _("The cell behind each innovation ({count})").format(count=count)
        parts.append(Details(summary=summary, parts=_innovations(season, of_innovations).parts))
    return Block(parts, _)


FILE = pl.col("file_name").str.split("/").list.last()
"""A file's name without the folder of its city and edition, which the caption names."""


def _parts(season: CitySeason, caption: str) -> Block:
    """One row per part of the index, file, sheet and column, with the rows of the cells."""
    _ = season.language
    letters, row = pl.col("cell").str.extract(r"^([A-Z]+)"), pl.col("row_number")
    order = {name: place for place, name in enumerate(FIGURE_MESSAGES)}
    column = pl.coalesce(pl.format("{} ({})", "letters", "header"), "letters", "header")
    counted = (
        season.lineage.with_columns(letters.alias("letters"), FILE)
        .group_by("figure", "file_name", "sheet", "letters", "header", maintain_order=True)
        .agg(pl.format("{}–{}", row.min(), row.max()).alias("rows"), pl.len().cast(pl.Int64).alias("count"))
        .sort(pl.col("figure").replace_strict(order), maintain_order=True)
        .with_columns(pl.concat_str("sheet", column, separator=" · ", ignore_nulls=True).alias("place"))
    )
    whole = {"figure": _("Index"), "place": _("follows from the parts below"), "count": season.lineage.height}
    names = {name: _(message) for name, message in FIGURE_MESSAGES.items()}
    frame = pl.concat([pl.DataFrame(whole), counted.with_columns(pl.col("figure").replace(names))], how="diagonal")
    is_first = counted["figure"].is_first_distinct()
    anchors = [anchor_of(name) if first else "" for name, first in zip(counted["figure"], is_first, strict=True)]
    columns = [
        Column("figure", _("Figure")),
        Column("file_name", _("File")),
        Column("place", _("Sheet and column")),
        Column("rows", _("Rows")),
        Column("count", _("Cells")),
    ]
    note = _(
        "The command {command} lists every cell with its original words, and leads back from a row of a file."
    ).format(command=f"iga trace {season.region['region_code']} {season.edition}")
    anchors = [anchor_of("iid"), *anchors]
    return table(frame, columns, caption, _, is_simulated=season.is_simulated, note=note, anchors=anchors)


def _innovations(season: CitySeason, cells: pl.DataFrame) -> Block:
    """One row per scored innovation: the cell of its score, or the cells of its answers."""
    _ = season.language
    of_each = cells.group_by("subject", maintain_order=True).agg(
        pl.col("label", "sheet", "original_text").first(),
        FILE.first(),
        pl.col("row_number").first().cast(pl.String),
        pl.col("cell").drop_nulls(),
        pl.len().alias("answers"),
    )
    originals = [
        original if answers == 1 else _("{count} answers").format(count=answers)
        for original, answers in of_each.select("original_text", "answers").iter_rows()
    ]
    frame = of_each.with_columns(
        pl.Series("cell", [_span(found) for found in of_each["cell"].to_list()], dtype=pl.String),
        pl.Series("original_text", originals, dtype=pl.String),
    )
    columns = [
        Column("label", _("Innovation")),
        Column("file_name", _("File")),
        Column("sheet", _("Sheet")),
        Column("row_number", _("Row"), "right"),
        Column("cell", _("Cell")),
        Column("original_text", _("Original words")),
    ]
    caption = _("Cells behind the mean maturity, {name} {edition}").format(name=season.name, edition=season.edition)
    anchors = [anchor_of(subject) for subject in of_each["subject"]]
    return table(frame, columns, caption, _, is_simulated=season.is_simulated, anchors=anchors)


def _span(cells: Sequence[str]) -> str | None:
    """One cell, or the first and last of several in a row."""
    if not cells:
        return None
    ordered = sorted(cells, key=lambda cell: column_number(cell.rstrip("0123456789")))
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]}–{ordered[-1]}"
