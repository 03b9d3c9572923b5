"""What the page of a portfolio says first: how much there is, where it is weak, what could be replicated."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.portfolio.blocks import PortfolioPage

NAMED = 3


def opening(page: PortfolioPage) -> Block:
    """Return the message of the page."""
    return message(_sentences(page), page.language, is_simulated=page.found.is_simulated)


def _sentences(page: PortfolioPage) -> Iterator[str | None]:
    _, found = page.language, page.found
    innovations, editions = found.catalogue.height, found.kinds.height
    yield _("{name} has had {innovations} over {editions}.").format(
        name=page.name,
        innovations=_.ngettext("{count} innovation", "{count} innovations", innovations).format(
            count=_.whole(innovations)
        ),
        editions=_.ngettext("{count} edition", "{count} editions", editions).format(count=_.whole(editions)),
    )
    weak = page.lists["affairs"].filter(pl.col("reasons") != "")
    if not weak.is_empty():
        named = ", ".join(weak["affair"].head(NAMED).to_list())
        yield _.ngettext(
            "Weak against comparable cities in {count} affair: {affairs}.",
            "Weak against comparable cities in {count} affairs, first of all {affairs}.",
            weak.height,
        ).format(count=_.whole(weak.height), affairs=named)
    candidates = page.lists["candidates"].height
    if candidates:
        text = _.ngettext(
            "What could be replicated there: {count} innovation of comparable cities.",
            "What could be replicated there: {count} innovations of comparable cities.",
            candidates,
        )
        yield text.format(count=_.whole(candidates))
