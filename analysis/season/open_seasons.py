"""The seasons that are open on a day, each with its account: what `iga status` and the mail of the schedule say."""

from __future__ import annotations

from datetime import date

from analysis.season.account import Account, season_account, season_targets
from analysis.season.words import account_lines, deadline_line
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from warehouse.snapshot import Snapshot

MOST_SEASONS = 20
"""The seasons of which the facts are told; of a whole country nobody reads them one below the other."""

_SEASONS = """
select distinct region_code, edition
from (
    select region_code, edition from store.submission
    union all select region_code, edition from store.quarantined_innovation
)
where ($region_code is null or region_code = $region_code) and ($edition is null or edition = $edition)
order by edition desc, region_code
"""


def is_open(snapshot: Snapshot, home: Home, region_code: str, edition: int, on: date) -> bool:
    """Return whether a season has a deadline on or after a day."""
    return any(deadline.day >= on for deadline in season_targets(snapshot, home, region_code, edition, on=on).deadlines)


def open_accounts(
    snapshot: Snapshot,
    home: Home,
    on: date,
    *,
    region_code: str | None = None,
    edition: int | None = None,
    lang: str = "id",
) -> list[Account]:
    """Return the accounts of the seasons that are open on a day, of a region and an edition if they are named.

    A season that is named by both is among them although it is over.
    """
    asked = snapshot.sql(_SEASONS, {"region_code": region_code, "edition": edition}).iter_rows()
    is_named = region_code is not None and edition is not None
    seasons = [(code, year) for code, year in asked if is_named or is_open(snapshot, home, code, year, on)]
    return [season_account(snapshot, home, code, year, on, lang=lang) for code, year in seasons[:MOST_SEASONS]]


def told_accounts(accounts: list[Account], language: Language) -> list[str]:
    """Return accounts in words: for each a heading, then a line per group of facts."""
    told: list[str] = []
    for account in accounts:
        city = resolve_city(account.region_code).full_name
        heading = language("Facts of {city} {edition} on {day}:")
        told.append(heading.format(city=city, edition=account.edition, day=language.date(account.on)))
        told += [f"  - {line}" for line in (deadline_line(account, language), *account_lines(account, language))]
    return told
