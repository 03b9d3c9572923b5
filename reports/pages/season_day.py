"""The day that a page of a season counts from: that of its build while the season is open, else a day of its own."""

from __future__ import annotations

from datetime import date, timedelta

from analysis.season.account import season_targets
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.inputs_read import note_day, today


def day_of_page(snapshot: Snapshot, home: Home, region_code: str, edition: int, stated: date | None = None) -> date:
    """Return the day that a page of a season is of, and record it where it is the day of the build.

    While a deadline lies ahead, it is the day on which the page is built. A season that is over stands still: the day
    is then that of its last file, or the one after its last deadline if that is later. `stated` stands before both.
    """
    if stated is not None:
        return stated
    day = today()
    deadlines = [deadline.day for deadline in season_targets(snapshot, home, region_code, edition, on=day).deadlines]
    if any(deadline >= day for deadline in deadlines):
        return note_day(day)
    last: date | None = snapshot.sql(
        "select max(received_date) from receipt where region_code = $region_code and edition = $edition",
        {"region_code": region_code, "edition": edition},
    ).item()
    over = [deadline + timedelta(days=1) for deadline in deadlines]
    return max([*over, *([last] if last else [])], default=day)
