"""What the page about a move of the index says first: from where to where, the greatest cause, the place."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from reports.blocks.block import Block
from reports.blocks.message import message
from reports.blocks.words import signed
from reports.pages.explain.figures import Explained


def opening(explained: Explained) -> Block:
    """Return the message of the page."""
    return message(_sentences(explained), explained.language, is_simulated=explained.is_simulated)


def _sentences(explained: Explained) -> Iterator[str | None]:
    _, told = explained.language, explained.told
    if told.explanation is None:
        yield _("Why the index moved is not known: it is missing in one of the two editions.")
        return
    before, after = (_.interval(row["iid_lower"], row["iid_upper"]) for row in (told.before, told.after))  # type: ignore[arg-type]
    text = _("From {from_edition} to {to_edition} the index went from {before} to {after}.")
    yield text.format(from_edition=told.from_edition, to_edition=told.to_edition, before=before, after=after)
    certain = told.parts.filter(
        "is_known", pl.col("part_lower_x100") == pl.col("part_upper_x100"), pl.col("part_lower_x100") != 0
    )
    if not certain.is_empty():
        row = certain.sort(pl.col("part_lower_x100").abs(), descending=True).row(0, named=True)
        share = signed(Decimal(row["part_lower_x100"]).scaleb(-2), 2, _)
        text = _("The greatest cause that is known: {cause}, {share} points.")
        yield text.format(cause=_.label("cause", row["player"]), share=share)
    unknown = told.parts.filter(~pl.col("is_known"))["player"].to_list()
    if unknown:
        names = ", ".join(_.label("cause", code) for code in unknown)
        yield _("Not known as a single figure: {causes}.").format(causes=names)
