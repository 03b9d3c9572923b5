"""Where a region stands among those of a snapshot and which way it goes, in numbers and in one sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from reports.pages.compare_cities.figures import ranked
from reports.queries import ask
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.sql_files import sql_text

Bounds = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Standing:
    """The place of a region in an edition, and its index before: at the last export, and in an earlier edition.

    `place` is the best and the worst place that the bounds leave open, `count` the regions ranked. `exported` is the
    index at the state before the last one of the season, with its day. None where nothing is known.
    """

    index: Bounds
    place: tuple[int, int] | None
    count: int
    before: Bounds | None = None
    before_edition: int | None = None
    exported: Bounds | None = None
    exported_day: date | None = None


def read_standing(
    snapshot: Snapshot, region_code: str, edition: int, score: str, rulebook: str, *, with_course: bool = True
) -> Standing | None:
    """Return where a region stands under a rulebook; None where it has no index."""
    asked = {"region_code": region_code, "edition": edition, "score": score}
    rows = ask(snapshot, "reports.pages", "place_and_direction", **asked, rulebook=rulebook)
    peers, own = rows.filter(edition=edition), rows.filter(region_code=region_code)
    if own.filter(edition=edition).is_empty():
        return None
    row = ranked(peers).filter(region_code=region_code).row(0, named=True)
    place = None if row["rank_low"] is None else (row["rank_low"], row["rank_high"])
    standing = Standing((row["iid_lower"], row["iid_upper"]), place, peers.height)
    earlier = own.filter(pl.col("edition") < edition)
    if not earlier.is_empty():
        last = earlier.row(0, named=True)
        before: Bounds = (last["iid_lower"], last["iid_upper"])
        standing = Standing(standing.index, standing.place, standing.count, before, last["edition"])
    return _with_course(standing, snapshot, asked) if with_course else standing


def _with_course(standing: Standing, snapshot: Snapshot, asked: dict[str, object]) -> Standing:
    """The standing with the index at the state before the last one of its season."""
    days = snapshot.sql(sql_text("analysis.history.changes", "course"), asked).drop_nulls("iid_lower")
    if days.height < 2:
        return standing
    last = days.row(-2, named=True)
    return Standing(
        standing.index,
        standing.place,
        standing.count,
        standing.before,
        standing.before_edition,
        (last["iid_lower"], last["iid_upper"]),
        last["day"],
    )


def place_sentence(standing: Standing | None, language: Language) -> str | None:
    """Return the place among the regions whose data are here; None where there is nobody to stand beside."""
    _ = language
    if standing is None or standing.place is None or standing.count < 2:
        return None
    text = _("Place {place} of the {count} regions whose data are here (estimate).")
    return text.format(place=_.interval_of_counts(*standing.place), count=_.whole(standing.count))


def direction_sentence(standing: Standing | None, language: Language) -> str | None:
    """Return which way the index goes: since the earlier edition where that is certain, else within the season."""
    _ = language
    if standing is None:
        return None
    since_edition = _way(standing.before, standing.index, _)
    if since_edition is not None and standing.before_edition is not None:
        return _("Since {edition} the index has {moved} under the same rules.").format(
            edition=standing.before_edition, moved=since_edition
        )
    in_season = _way(standing.exported, standing.index, _)
    if in_season is not None and standing.exported_day is not None:
        return _("Since {day} the index has {moved}.").format(day=_.date(standing.exported_day), moved=in_season)
    if standing.before is None or standing.before_edition is None:
        return _("There is no earlier index to compare with.")
    return _("Which way it goes since {edition} is open: that index lies between {least} and {most}.").format(
        edition=standing.before_edition, least=_.number(standing.before[0]), most=_.number(standing.before[1])
    )


def _way(before: Bounds | None, now: Bounds, language: Language) -> str | None:
    """How the index moved, in words; None where the bounds leave open whether it rose or fell."""
    _ = language
    if before is None:
        return None
    least, most = now[0] - before[1], now[1] - before[0]
    if least == most == 0:
        return _("stayed the same")
    if least >= 0:
        return _("risen by {points} points").format(points=_.interval(least, most))
    if most <= 0:
        return _("fallen by {points} points").format(points=_.interval(-most, -least))
    return None


def change_of(standing: Standing | None) -> Bounds | None:
    """Return the least and the most that an index has changed since the earlier edition; None where none is known."""
    if standing is None or standing.before is None:
        return None
    return standing.index[0] - standing.before[1], standing.index[1] - standing.before[0]
