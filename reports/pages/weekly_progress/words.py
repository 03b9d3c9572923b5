"""What the weekly page says first: what came in and what the index did, whether the pace is enough, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.planning.words import pace_notes
from reports.blocks.block import Block
from reports.blocks.message import message
from reports.blocks.words import signed
from reports.pages.first_step import first_step
from reports.pages.weekly_progress.blocks import Week, season_of


def opening(week: Week) -> Block:
    """Return the message of the week."""
    return message(_sentences(week), week.language, is_simulated=week.is_simulated)


def _sentences(week: Week) -> Iterator[str | None]:
    _, found, season = week.language, week.plan.readiness, season_of(week)
    reported = found.account["innovations_reported"].count or 0
    count = _.whole(reported)
    if season is None or week.since is None:
        yield _.ngettext(
            "{count} innovation so far; there is no earlier export to compare with.",
            "{count} innovations so far; there is no earlier export to compare with.",
            reported,
        ).format(count=count)
    else:
        text = _.ngettext(
            "{count} innovation, {difference} since {day}; the index is {after} (before: {before}).",
            "{count} innovations, {difference} since {day}; the index is {after} (before: {before}).",
            reported,
        )
        yield text.format(
            count=count,
            difference=signed(season["innovations_after"] - season["innovations_before"], 0, _),
            day=_.date(week.since),
            after=_.interval(season["iid_lower_after"], season["iid_upper_after"]),
            before=_.interval(season["iid_lower_before"], season["iid_upper_before"]),
        )
    pace = pace_notes(found, _)
    yield pace[-1] if pace else None
    yield first_step(week.plan.season, _)
