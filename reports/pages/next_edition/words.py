"""What the page of the next edition says first: what the plan brings, how much time is left, the first step."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.season.words import deadline_line
from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.first_step import first_step
from reports.pages.next_edition.blocks import NextEdition


def opening(page: NextEdition) -> Block:
    """Return the message of the page."""
    return message(_sentences(page), page.language, is_simulated=page.readiness.frames.is_simulated)


def _sentences(page: NextEdition) -> Iterator[str | None]:
    _, plan = page.language, page.season
    if plan is None:
        yield page.obstacle or None
        return
    text = _.ngettext(
        "Index {before}; the plan of {count} action makes it {after}.",
        "Index {before}; the plan of {count} actions makes it {after}.",
        len(plan.actions),
    )
    stated = plan.frames.stated_index()
    if stated["iid_lower_x100"] != stated["iid_upper_x100"]:
        text = _.ngettext(
            "Index at least {before}; the plan of {count} action makes it at least {after}.",
            "Index at least {before}; the plan of {count} actions makes it at least {after}.",
            len(plan.actions),
        )
    yield text.format(before=_.number(plan.index_before), after=_.number(plan.index), count=_.whole(len(plan.actions)))
    yield f"{deadline_line(page.readiness.account, _).rstrip('.')}."
    yield first_step(plan, _)
