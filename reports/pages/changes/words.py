"""What the page of changes says first: how many innovations came, rose and fell, and what the index did."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.history.changes.between_states import CHANGES, Changes
from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.changes.blocks import ChangesPage
from warehouse.language import Language

NAMED = 3


def opening(page: ChangesPage) -> Block:
    """Return the message of the page; empty where there is nothing to compare with."""
    return message(_sentences(page), page.language, is_simulated=page.is_simulated)


def _sentences(page: ChangesPage) -> Iterator[str | None]:
    _, changes = page.language, page.changes
    if changes is None or page.first is None or page.last is None:
        return
    counted = _counts(changes, _)
    text = _("From {before} to {after}: {changes}.")
    yield text.format(before=_.date(page.first), after=_.date(page.last), changes=counted or _("nothing changed"))
    rows = changes.seasons.drop_nulls("iid_lower_after")
    if not rows.is_empty():
        row = rows.row(0, named=True)
        before = _.interval(row["iid_lower_before"], row["iid_upper_before"])
        after = _.interval(row["iid_lower_after"], row["iid_upper_after"])
        yield _("The index went from {before} to {after}.").format(before=before, after=after)


def _counts(changes: Changes, language: Language) -> str:
    """The kinds of change that touch most innovations, with their numbers."""
    counts = {
        kind: changes.innovations.filter(change=kind)["submission_id"].n_unique()
        for kind in CHANGES
        if not changes.innovations.filter(change=kind).is_empty()
    }
    most = sorted(counts, key=lambda kind: -counts[kind])[:NAMED]
    return ", ".join(f"{language.label('change', kind).lower()} {language.whole(counts[kind])}" for kind in most)
