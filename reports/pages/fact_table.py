"""Every fact of a season with its rule as a folded table: the workbook of a page has what its sentences say."""

from __future__ import annotations

from analysis.season.account import Account
from analysis.season.words import FACT_HEADERS, facts_in_words
from reports.blocks.block import Block
from reports.blocks.content import Details
from reports.blocks.tables import Column, table
from warehouse.language import Language


def season_facts(account: Account, name: str, language: Language, *, is_simulated: bool) -> Block:
    """Return the facts of an account, folded on a page; paper has them as sentences and names this table."""
    _ = language
    frame = facts_in_words(account, _)
    columns = [Column(column, _(FACT_HEADERS[column])) for column in frame.columns]
    caption = _("Facts of {city} for {edition}, {day}")
    caption = caption.format(city=name, edition=account.edition, day=_.date(account.on))
    told = table(frame, columns, caption, _, is_simulated=is_simulated)
    return Block([Details(summary=_("Every fact with its rule"), parts=told.parts)], _)
