"""What the page of a contest says first: what is known of its winners, and who of them is in the season."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.contest.results import nominees_of
from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.contest.blocks import ContestPage


def opening(pages: Sequence[ContestPage]) -> Block:
    """Return the message of the page; empty without a contest."""
    if not pages:
        return Block()
    is_simulated = any(page.given.is_simulated for page in pages)
    return message(
        (sentence for page in pages for sentence in _sentences(page)), pages[0].language, is_simulated=is_simulated
    )


def _sentences(page: ContestPage) -> Iterator[str | None]:
    _, contest = page.language, page.contest
    title = contest.name_id if _.code == "id" else contest.name_en
    text = _("{contest}: {winners} published in {categories}.")
    if not contest.winner:
        text = _("{contest}: no winners were published.")
    winners, categories = len(contest.winner), len({one.category for one in contest.winner})
    yield text.format(
        contest=title,
        winners=_.ngettext("{count} winner", "{count} winners", winners).format(count=_.whole(winners)),
        categories=_.ngettext("{count} category", "{count} categories", categories).format(count=_.whole(categories)),
    )
    if page.result is None:
        yield _("No jury scores have come in yet: fill in the template of jury scores.")
        return
    used, count = page.given.used_count, page.given.count
    if used < count:  # the message has room for three sentences
        yield _("{used} of {count} scores are used.").format(used=_.whole(used), count=_.whole(count))
    entries = page.result.entries.height
    text = _.ngettext(
        "{entries} entry has a place from jury scores.", "{entries} entries have places from jury scores.", entries
    )
    yield text.format(entries=_.whole(entries))
    nominees = nominees_of(contest, page.result, page.frames)
    missing = nominees["submission_id"].null_count()
    if missing:
        text = _.ngettext(
            "{count} of {total} winners is not in the season of the award yet: have it submitted.",
            "{count} of {total} winners are not in the season of the award yet: have them submitted.",
            missing,
        )
        yield text.format(count=_.whole(missing), total=_.whole(nominees.height))
