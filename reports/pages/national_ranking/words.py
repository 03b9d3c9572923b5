"""What the national pages say first, and of the published statements: all once, and elsewhere where they stand."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Span, Text
from reports.blocks.message import message
from reports.pages.compare_cities.words import single_values
from reports.pages.national_ranking.blocks import published_statements
from reports.pages.national_ranking.figures import National


def opening(national: National) -> Block:
    """Return the message of a national page: who is highest, and how much of it is certain."""
    return message(_sentences(national), national.language, is_simulated=national.is_simulated)


def _sentences(national: National) -> Iterator[str | None]:
    _, rows = national.language, national.index.drop_nulls("iid_lower")
    if rows.is_empty():
        yield _("No region has an index for {edition} yet.").format(edition=national.edition)
        return
    first = rows.sort("iid_lower", "iid_upper", "region_code", descending=[True, True, False]).row(0, named=True)
    text = _("The highest index that is certain in {edition}: {name}, {index}.")
    index = _.interval(first["iid_lower"], first["iid_upper"])
    yield text.format(edition=national.edition, name=first["full_name"], index=index)
    single = rows.filter(pl.col("iid_lower") == pl.col("iid_upper")).height
    if single == rows.height:
        text = _.ngettext("The {count} index is a single value.", "All {count} indices are single values.", single)
        yield text.format(count=_.whole(single))
        return
    others = _.ngettext(
        "the other is a range, and so is its place",
        "the others are ranges, and so are their places",
        rows.height - single,
    )
    yield f"{single_values(single, rows.height, _)}; {others}."


def statements(national: National, statements_on: str) -> Block:
    """Return the published statements on the page that holds them, else how many there are and the way there.

    A page is named by its edition at the end: `peringkat-2026` holds them for a site whose newest edition is 2026.
    """
    if not statements_on or statements_on.endswith(f"-{national.edition}"):
        return published_statements(national)
    _ = national.language
    text = _.ngettext(
        "The {count} published statement stands once on this site:",
        "All {count} published statements stand once on this site:",
        national.published.height,
    ).format(count=_.whole(national.published.height))
    link = Span(text=_("to the page that holds them"), href=f"{statements_on}.html")
    return Block([Text(text=(Span(text=f"{text} "), link), is_published=True)], _)
