"""What the page that compares cities says first: who leads, who moved, and how sure the order is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.compare_cities.figures import Comparison
from reports.pages.compare_cities.tables import predicate_text
from warehouse.language import Language

Change = tuple[Decimal, Decimal]
"""The least and the most that an index changed by."""


def opening(comparison: Comparison) -> Block:
    """Return who leads, who moved, and how sure the order is."""
    return message(_sentences(comparison), comparison.language, is_simulated=comparison.is_simulated)


def _sentences(comparison: Comparison) -> Iterator[str | None]:
    _, edition = comparison.language, comparison.latest_edition
    if edition is None:
        yield _("There is no index of these cities yet.")
        return
    rows = comparison.ranking(edition)
    yield _leader(rows, edition, _)
    yield _movers(rows, changes_of(comparison, rows, edition), _)
    yield _certainty(rows, _)


def _leader(rows: pl.DataFrame, edition: int, language: Language) -> str:
    _, first = language, rows.filter(rank_low=1)
    row = first.row(0, named=True)
    index, predicate = _.interval(row["iid_lower"], row["iid_upper"]), predicate_text(row, _)
    if rows.height == 1:
        text = _("{name} has an index of {index} in {edition} ({predicate}).")
    elif first.height == 1:
        text = _("{name} leads in {edition} with an index of {index} ({predicate}).")
    else:
        names = ", ".join(first["full_name"].to_list())
        return _("Who leads in {edition} is open between {names}.").format(edition=edition, names=names)
    return text.format(name=row["full_name"], edition=edition, index=index, predicate=predicate)


def _movers(rows: pl.DataFrame, changes: Mapping[str, Change], language: Language) -> str | None:
    """Whose index has certainly risen or fallen under the same rules; that it is open, where it is for all."""
    _ = language
    names = dict(rows.select("region_code", "full_name").iter_rows())
    risen = [names[code] for code, (least, _most) in changes.items() if least > 0]
    fallen = [names[code] for code, (_least, most) in changes.items() if most < 0]
    if not changes:
        return None
    if not risen and not fallen:
        return _("Whether an index rose or fell since the edition before is open: too little is known of that one.")
    told = [_("risen: {names}").format(names=", ".join(risen))] if risen else []
    told += [_("fallen: {names}").format(names=", ".join(fallen))] if fallen else []
    return _("Since the edition before, under the same rules, {moves}.").format(moves="; ".join(told))


def _certainty(rows: pl.DataFrame, language: Language) -> str | None:
    """How many places are certain, and how many indices are single values."""
    _ = language
    if rows.height < 2:
        return None
    certain = rows.filter(pl.col("rank_low") == pl.col("rank_high")).height
    single = rows.filter(pl.col("iid_lower") == pl.col("iid_upper")).height
    places = _.ngettext("{count} of {total} places is certain", "{count} of {total} places are certain", certain)
    told = places.format(count=_.whole(certain), total=_.whole(rows.height))
    return f"{told}, {single_values(single, rows.height, _)}."


def single_values(single: int, total: int, language: Language) -> str:
    """Return how many of so many indices are known as a single value."""
    text = language.ngettext(
        "{count} of {total} indices is a single value", "{count} of {total} indices are a single value", single
    )
    return text.format(count=language.whole(single), total=language.whole(total))


def changes_of(comparison: Comparison, rows: pl.DataFrame, edition: int) -> dict[str, Change]:
    """The least and the most that each index changed since the city's edition before, under the same rules."""
    rulebook = rows["rulebook"][0]
    earlier = comparison.index.filter(
        (pl.col("edition") < edition) & (pl.col("rulebook") == rulebook) & pl.col("iid_lower").is_not_null()
    ).sort("edition", descending=True)
    changes = {}
    for row in rows.iter_rows(named=True):
        before = earlier.filter(region_code=row["region_code"])
        if not before.is_empty():
            last: dict[str, Any] = before.row(0, named=True)
            changes[row["region_code"]] = (
                row["iid_lower"] - last["iid_upper"],
                row["iid_upper"] - last["iid_lower"],
            )
    return changes
