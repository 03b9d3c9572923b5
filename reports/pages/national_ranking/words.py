"""What the national pages say of the published statements: all once, and on the other pages where they stand."""

from __future__ import annotations

from reports.blocks.block import Block
from reports.blocks.content import Span, Text
from reports.pages.national_ranking.blocks import published_statements
from reports.pages.national_ranking.figures import National


def statements(national: National, statements_on: str) -> Block:
    """Return the published statements on the page that holds them, else how many there are and the way there.

    A page is named by its edition at the end: `peringkat-2026` holds them for a site whose newest edition is 2026.
    """
    if not statements_on or statements_on.endswith(f"-{national.edition}"):
        return published_statements(national)
    _ = national.language
    text = _("All {count} published statements stand once on this site:").format(
        count=_.whole(national.published.height)
    )
    link = Span(text=_("to the page that holds them"), href=f"{statements_on}.html")
    return Block([Text(text=(Span(text=f"{text} "), link), is_published=True)], _)
