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
    text = _("{name} has had {count} innovations over {editions} editions.")
    yield text.format(name=page.name, count=_.whole(found.catalogue.height), editions=_.whole(found.kinds.height))
    weak = page.lists["affairs"].filter(pl.col("reasons") != "")
    if not weak.is_empty():
        named = ", ".join(weak["affair"].head(NAMED).to_list())
        yield _("Weak against comparable cities in {count} affairs, first of all {affairs}.").format(
            count=_.whole(weak.height), affairs=named
        )
    candidates = page.lists["candidates"].height
    if candidates:
        text = _("What could be replicated there: {count} innovations of comparable cities.")
        yield text.format(count=_.whole(candidates))
