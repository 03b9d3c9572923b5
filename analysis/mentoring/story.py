"""The story of one innovation over the editions: contests, submissions, levels by round, mentoring, result, awards."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from analysis.evidence.decisions import confirmed_evidence
from analysis.history.identity import plain
from analysis.mentoring.log_file import editions_with_log
from analysis.mentoring.rounds import ROUNDS, STEPS, Mentoring, read_mentoring
from analysis.portal.portal_fields import PortalFieldsInvalid, portal_sheets
from analysis.portal.reconciliation import NothingToReconcile, reconcile, reconciliation_rows
from analysis.portfolio.city_portfolio import read_portfolio
from analysis.season.frames import read_season_frames
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.region import region_of_code
from warehouse.snapshot import Snapshot

EVENTS = ("contest", "submitted", "step", "evidence", "package", "portal", "lowered", "final", "award")
"""What happens in an edition, in the order in which it does."""
STORY: dict[str, Any] = {
    "edition": pl.Int64,
    "date": pl.Date,
    "event": pl.String,
    "indicator_number": pl.String,
    "round": pl.String,
    "act": pl.String,
    "text": pl.String,
    "figure": pl.Decimal(12, 2),
    "by": pl.String,
    "is_simulated": pl.Boolean,
}
PORTAL: dict[str, Any] = {
    "edition": pl.Int64,
    "state": pl.String,
    "field": pl.String,
    "own_value": pl.String,
    "portal_value": pl.String,
    "missing_count": pl.Int64,
    "without_level_count": pl.Int64,
    "file_count": pl.Int64,
    "confirmed_count": pl.Int64,
}
"""Of an edition what the portal's package lacks (state `package`), and what arrived (states of a reconciliation)."""
EVIDENCE: dict[str, Any] = {
    "edition": pl.Int64,
    "indicator_number": pl.String,
    "file_name": pl.String,
    "by": pl.String,
    "decided_at": pl.String,
}
"""The files that a mentor confirmed for an indicator, with who did and when."""
_EDITIONS = """
select edition, title, unit_name, stage, status, trial_date, implementation_date, development_date, claimed_score,
    verified_score, final_score, submission_id, is_simulated
from submission where region_code = $region and innovation_id = $innovation order by edition, submission_id
"""
_NAMED = """
select innovation_id, title, edition, submission_id,
    (select string_agg(distinct external_id, '|') from external_id e where e.innovation_id = submission.innovation_id)
        as external_ids
from submission where region_code = $region order by edition, submission_id
"""


@dataclass(frozen=True)
class Story:
    """One innovation: a row per edition, levels by round, steps, evidence, entries in schemes, and all in order."""

    innovation_id: str
    title: str
    unit_name: str
    editions: pl.DataFrame
    levels: pl.DataFrame
    steps: pl.DataFrame
    schemes: pl.DataFrame
    portal: pl.DataFrame
    evidence: pl.DataFrame
    events: pl.DataFrame
    is_simulated: bool

    @property
    def times_entered(self) -> int:
        """In how many editions it was entered."""
        return int(self.editions["edition"].n_unique())


def innovation_named(snapshot: Snapshot, region_code: str, named: str) -> str:
    """Return the id of an innovation of a region by id, number of a system, or title.

    Raises UnknownName where none or several are so named.
    """
    rows = snapshot.sql(_NAMED, {"region": region_code})
    wanted = plain(named)
    found: dict[str, str] = {}
    for innovation_id, title, _edition, submission_id, numbers in rows.iter_rows():
        if named in (innovation_id, submission_id, *(numbers or "").split("|")) or (wanted and plain(title) == wanted):
            found[innovation_id] = title
    if len(found) != 1:
        raise UnknownName(
            "No innovation is named {name}" if not found else "Several innovations are named {name}",
            next_step="name it by its number or id; the page of innovations lists them",
            name=named,
        )
    return next(iter(found))


def read_story(snapshot: Snapshot, home: Home, region_code: str, named: str, on: date) -> Story:
    """Return the story of an innovation. Raises UnknownName where none or several are so named."""
    innovation_id = innovation_named(snapshot, region_code, named)
    editions = snapshot.sql(_EDITIONS, {"region": region_code, "innovation": innovation_id})
    years = sorted({*editions["edition"].to_list(), *editions_with_log(home, region_code)})
    mentored = [read_mentoring(snapshot, home, region_code, year, on) for year in years]
    titles = {plain(title) for title in editions["title"]}
    levels = [_own(each.rounds, innovation_id, each.edition) for each in mentored]
    steps = [_own_steps(each, innovation_id, titles) for each in mentored]
    schemes = _schemes(snapshot, home, region_code, innovation_id)
    portal = _portal(snapshot, home, region_code, innovation_id, editions["edition"].unique().sort().to_list(), on)
    evidence = _evidence(home, region_code, editions)
    last = editions.row(editions.height - 1, named=True)
    all_levels = pl.concat(levels) if levels else pl.DataFrame(schema={"edition": pl.Int64, **ROUNDS})
    all_steps = pl.concat(steps) if steps else pl.DataFrame(schema=STEPS)
    return Story(
        innovation_id, last["title"], last["unit_name"], editions, all_levels, all_steps, schemes, portal,
        evidence, _events(editions, all_levels, all_steps, schemes, portal, evidence),
        bool(editions["is_simulated"].any()),
    )  # fmt: skip


def without_file_names(story: Story) -> Story:
    """Return a story for whoever only reads: without the names of evidence files."""
    is_evidence = pl.col("event") == "evidence"
    events = story.events.with_columns(pl.when(is_evidence).then(None).otherwise(pl.col("text")).alias("text"))
    return replace(story, evidence=story.evidence.drop("file_name"), events=events)


def _own(rounds: pl.DataFrame, innovation_id: str, edition: int) -> pl.DataFrame:
    own = rounds.filter(pl.col("innovation_id") == innovation_id)
    return own.select(pl.lit(edition, dtype=pl.Int64).alias("edition"), pl.all())


def _own_steps(mentoring: Mentoring, innovation_id: str, titles: set[str]) -> pl.DataFrame:
    """The steps of the innovation, those too that were written before its season had it."""
    steps = mentoring.steps
    is_titled = pl.Series([plain(title) in titles for title in steps["title"]], dtype=pl.Boolean)
    return steps.filter((pl.col("innovation_id") == innovation_id) | (pl.col("innovation_id").is_null() & is_titled))


def _evidence(home: Home, region_code: str, editions: pl.DataFrame) -> pl.DataFrame:
    """The files of its submissions that a mentor confirmed; a file by its name alone is none."""
    found = [pl.DataFrame(schema=EVIDENCE)]
    for edition, own in editions.group_by("edition", maintain_order=True):
        confirmed = confirmed_evidence(home, region_code, edition[0])
        found.append(
            confirmed.filter(pl.col("submission_id").is_in(own["submission_id"].to_list())).select(
                pl.lit(edition[0], dtype=pl.Int64).alias("edition"),
                "indicator_number",
                "file_name",
                pl.col("decided_by").replace("", None).alias("by"),
                "decided_at",
            )
        )
    return pl.concat(found)


def _schemes(snapshot: Snapshot, home: Home, region_code: str, innovation_id: str) -> pl.DataFrame:
    entries = read_portfolio(snapshot, home, region_code).entries
    return entries.filter(pl.col("innovation_id") == innovation_id).sort("year", "scheme", nulls_last=True)


def _portal(
    snapshot: Snapshot, home: Home, region_code: str, innovation_id: str, editions: list[int], on: date
) -> pl.DataFrame:
    """The package of the last edition, and what a reconciliation says of every edition; nothing where none can be."""
    rows: list[dict[str, Any]] = []
    last = editions[-1]
    with contextlib.suppress(PortalFieldsInvalid, UnknownName):
        rulebook = read_season_frames(snapshot, region_code, last).rulebook
        for sheet in portal_sheets(snapshot, home, region_of_code(region_code), last, rulebook):
            if sheet.innovation_id == innovation_id:
                rows.append(
                    {
                        "edition": last, "state": "package", "missing_count": len(sheet.missing) + len(sheet.faults),
                        "without_level_count": len(sheet.without_level),
                        "file_count": sheet.file_count, "confirmed_count": sheet.confirmed_count,
                    }
                )  # fmt: skip
    for edition in editions:
        with contextlib.suppress(NothingToReconcile):
            told = reconciliation_rows(reconcile(snapshot, region_code, edition, on))
            own = told.filter(pl.col("innovation_id") == innovation_id).select(
                "state", "field", "own_value", "portal_value"
            )
            rows += [{"edition": edition, **row} for row in own.iter_rows(named=True)]
    return pl.DataFrame([{name: row.get(name) for name in PORTAL} for row in rows], schema=PORTAL)


def _events(
    editions: pl.DataFrame,
    levels: pl.DataFrame,
    steps: pl.DataFrame,
    schemes: pl.DataFrame,
    portal: pl.DataFrame,
    evidence: pl.DataFrame,
) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    simulated = dict(editions.select("edition", "is_simulated").iter_rows())
    for row in editions.iter_rows(named=True):
        rows.append(
            {"edition": row["edition"], "event": "submitted", "text": row["stage"], "figure": row["claimed_score"]}
        )
        if row["final_score"] is not None:
            rows.append({"edition": row["edition"], "event": "final", "figure": row["final_score"]})
    for row in levels.filter(pl.col("state").is_in(["lowered", "rejected", "restored"])).iter_rows(named=True):
        told = " → ".join(
            "–" if (row[f"{kind}_level"] is None and row[f"{kind}_points"] is None)
            else str(row[f"{kind}_level"] if row[f"{kind}_level"] is not None else row[f"{kind}_points"])
            for kind in ("claimed", "verified", "final")
        )  # fmt: skip
        rows.append(
            {
                "edition": row["edition"],
                "event": "lowered",
                "indicator_number": row["indicator_number"],
                "act": row["state"],
                "text": told,
            }
        )
    rows += _mentored_events(steps, evidence)
    for row in portal.unique(["edition", "state"], keep="first", maintain_order=True).iter_rows(named=True):
        event = "package" if row["state"] == "package" else "portal"
        figure = row["missing_count"] if event == "package" else None
        rows.append({"edition": row["edition"], "event": event, "text": row["state"], "figure": figure})
    for row in schemes.iter_rows(named=True):
        event = "contest" if row["scheme"] == "city_contest" else "award"
        is_simulated = row["basis"] == "simulated"
        rows.append(
            {
                "edition": row["year"], "event": event, "text": row["result"],
                "figure": row["score"], "is_simulated": is_simulated,
            }
        )  # fmt: skip
    told_rows = [{name: row.get(name) for name in STORY} for row in rows]
    for row in told_rows:
        row["is_simulated"] = bool(row["is_simulated"] or simulated.get(row["edition"], False))
    frame = pl.DataFrame(told_rows, schema=STORY)
    return frame.sort(
        "edition", pl.col("event").cast(pl.Enum(EVENTS)), "date", "indicator_number", "act", "text", nulls_last=True
    )


def _day_of(moment: str) -> date | None:
    try:
        return date.fromisoformat(moment[:10])
    except ValueError:  # a line that somebody wrote by hand
        return None


def _mentored_events(steps: pl.DataFrame, evidence: pl.DataFrame) -> list[dict[str, Any]]:
    """What was said in mentoring, and which evidence a mentor confirmed."""
    rows: list[dict[str, Any]] = []
    for row in steps.iter_rows(named=True):
        told = "; ".join(row[name] for name in ("reason", "reply", "evidence") if row[name])
        act = row["result"] or (
            "answered" if row["reply"] or row["evidence"] else "asked" if row["reason"] else "noted"
        )
        rows.append(
            {
                "edition": row["edition"], "date": row["date"], "event": "step",
                "indicator_number": row["indicator_number"],
                "round": row["round"], "act": act, "text": told or None, "figure": row["level"], "by": row["by"],
            }
        )  # fmt: skip
    for row in evidence.iter_rows(named=True):
        rows.append(
            {
                "edition": row["edition"], "date": _day_of(row["decided_at"]), "event": "evidence",
                "indicator_number": row["indicator_number"], "act": "confirmed", "text": row["file_name"],
                "by": row["by"],
            }
        )  # fmt: skip
    return rows
