"""The winners of a city's contests of all years, whatever a contest is called, for its portfolio."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from analysis.contest.jury_table import scores_in, undeclared
from analysis.contest.results import Contest, contests_of, judge
from iga.contest.common_categories import plain
from warehouse.home import Home
from warehouse.snapshot import Snapshot


def names_of(title: str) -> set[str]:
    """Return what an entry is called: the whole title, the part outside brackets, and the short name in them."""
    outside = plain(re.sub(r"\([^)]*\)", " ", title))
    inside = {plain(part) for part in re.findall(r"\(([^)]*)\)", title)}
    return {name for name in {plain(title), outside, *inside} if name}


def judged_winners(snapshot: Snapshot, home: Home, region_code: str) -> list[dict[str, Any]]:
    """Return the winners that jury scores give: year, title, result (Juara I, Harapan 1), score, basis, source.

    A winner that the contest's declaration names as published is left out: it is known already.
    """
    editions = snapshot.sql(
        "select distinct edition from contest_entry where region_code = $region order by edition",
        {"region": region_code},
    )["edition"]
    return [
        winner
        for edition in editions
        for contest in _contests(snapshot, home, region_code, edition)
        for winner in _of_contest(snapshot, home, contest, edition)
    ]


def _contests(snapshot: Snapshot, home: Home, region_code: str, edition: int) -> list[Contest]:
    written = undeclared(snapshot, region_code, edition, home)
    return [written] if written else contests_of(region_code, edition, home)


def _of_contest(snapshot: Snapshot, home: Home, contest: Contest, edition: int) -> list[dict[str, Any]]:
    given = scores_in(snapshot, contest, edition, home)
    published = set().union(*(names_of(winner.title) for winner in contest.winner))
    entries = judge(contest, given.scores).entries.filter(pl.col("is_nominee") | (pl.col("place_text") != ""))
    return [
        {
            "year": edition,
            "scheme": "city_contest",
            "title": row["title"],
            "result": row["place_text"] or str(row["place"]),
            "score": row["mean"],
            "basis": "simulated" if given.is_simulated else "jury",
            "source": contest.name if contest.is_declared else contest.name_id,
        }
        for row in entries.iter_rows(named=True)
        if not names_of(row["title"]) & published
    ]
