"""The facts of flagship innovations: scores over editions, evidence, replication, contest, missions, criteria."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from analysis.portal.portal_fields import IndicatorLine, PortalSheet, portal_sheets
from analysis.portfolio.city_portfolio import read_portfolio
from analysis.season.frames import SeasonFrames, read_season_frames
from analysis.season.target_files import cells_of_csv, read_targets
from iga.planning.gaps_and_pace import design_words
from iga.reasons import reason_of
from iga.rulebook import Rulebook
from warehouse import disk
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.region import Region, region_of_code
from warehouse.snapshot import Snapshot

MOST = 3
"""Flagship innovations that are taken by maturity where none is named: those that a contest chose come besides."""

CONTEST = "city_contest"
FIRST_PLACE = re.compile(r"(?:juara\s*|peringkat\s*)?(?:1|i|pertama)\b", re.IGNORECASE)
"""How the first place of a contest is written."""
MISSIONS, TIES = "missions.csv", "innovation_missions.csv"
TEMPLATES = {
    MISSIONS: "region_code,code,text,source\n",
    TIES: "region_code,innovation_id,innovation,mission\n",
}
"""The files of a city about its missions (RPJMD), with their columns; they lie in `<home>/city/`."""


class MissionsInvalid(WorkbenchError):
    """A file of missions or of ties to them cannot be read, or lacks a column."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Criterion:
    """One criterion of a presentation, with its weight in per cent and the indicators that speak to it."""

    name_id: str
    name_en: str
    weight: Decimal
    indicator_keys: tuple[str, ...]
    edition: int
    source: str


@dataclass(frozen=True)
class Replication:
    """One region that took the innovation over, with the letters that prove it."""

    region: str
    letter: str
    agreement: str


@dataclass(frozen=True)
class Scores:
    """The maturity of an innovation in one edition, as far as files state it."""

    edition: int
    claimed: Decimal | None
    verified: Decimal | None
    final: Decimal | None

    @property
    def best_known(self) -> Decimal | None:
        """Return the final score, else the verified, else the claimed one."""
        return next((score for score in (self.final, self.verified, self.claimed) if score is not None), None)


@dataclass(frozen=True)
class Flagship:
    """Everything that is known of one flagship innovation, without the name of any person."""

    row: dict[str, Any]
    sheet: PortalSheet
    lines: dict[str, IndicatorLine]
    scores: tuple[Scores, ...]
    awards: tuple[tuple[int | None, str, str], ...]
    replications: tuple[Replication, ...]
    missions: tuple[dict[str, str], ...]
    design_words: int | None
    affair: str

    @property
    def of_edition(self) -> Scores:
        """Return the scores of the edition itself."""
        return self.scores[-1]


_EVERY = """
select s.*, a.name_id as affair_name from submission s
left join government_affair a on a.affair_code = s.main_affair_code
where s.region_code = $region_code and s.edition <= $edition order by s.edition, s.submission_id
"""


def flagships(
    snapshot: Snapshot, home: Home, region: Region, edition: int, wanted: Iterable[str] = ()
) -> tuple[list[Flagship], Rulebook, bool]:
    """Return the flagship innovations, the rulebook that gives their indicators, and whether data is simulated.

    `wanted` are ids, or their beginnings; without any the most mature are taken, and the winners of the city's contest
    of the edition. Raises UnknownName and MissionsInvalid.
    """
    frames = read_season_frames(snapshot, region.region_code, edition, may_be_empty=True)
    place: dict[str, object] = {"region_code": region.region_code, "edition": edition}
    every = snapshot.sql(_EVERY, place).to_dicts()
    rows = [row for row in every if row["edition"] == edition]
    portfolio = read_portfolio(snapshot, home, region.region_code, edition)
    awards = portfolio.entries.filter(pl.col("innovation_id").is_not_null()).to_dicts()
    chosen = _chosen(rows, awards, edition, list(wanted))
    sheets = portal_sheets(snapshot, home, region, edition, frames.rulebook, with_profile=False)
    by_id = {sheet.submission_id: sheet for sheet in sheets}
    missions = read_missions(home, region.region_code)
    replications = _replicators(portfolio.replications)
    found = [
        _flagship(row, every, awards, by_id[row["submission_id"]], frames, missions, replications) for row in chosen
    ]
    return found, frames.rulebook, frames.is_simulated


def _chosen(
    rows: list[dict[str, Any]], awards: list[dict[str, Any]], edition: int, wanted: list[str]
) -> list[dict[str, Any]]:
    if wanted:
        chosen = []
        for name in wanted:
            those = [row for row in rows if str(row["innovation_id"]).startswith(name)]
            those = those or [row for row in rows if str(row["submission_id"]).startswith(name)]
            if len(those) != 1 or len(name) < 4:
                raise UnknownName(
                    "No innovation of the season, or several, have the id {wanted}",
                    next_step="`iga portal CITY EDITION --format csv` lists the ids",
                    wanted=name,
                )
            chosen.append(those[0])
        return list({row["submission_id"]: row for row in chosen}.values())
    winners = {
        each["innovation_id"]
        for each in awards
        if each["scheme"] == CONTEST and each["year"] == edition and FIRST_PLACE.match(each["result"] or "")
    }
    in_order = sorted(rows, key=lambda row: (-(_scores(row).best_known or Decimal(-1)), row["title"]))
    scored = [row for row in in_order if _scores(row).best_known is not None]
    first = scored[:MOST]
    return first + [row for row in in_order if row["innovation_id"] in winners and row not in first]


def _scores(row: dict[str, Any]) -> Scores:
    return Scores(row["edition"], row["claimed_score"], row["verified_score"], row["final_score"])


def _flagship(
    row: dict[str, Any],
    every: list[dict[str, Any]],
    awards: list[dict[str, Any]],
    sheet: PortalSheet,
    frames: SeasonFrames,
    missions: list[dict[str, str]],
    replications: dict[str, list[Replication]],
) -> Flagship:
    same = [each for each in every if each["innovation_id"] == row["innovation_id"]]
    titles = {_plain(each["title"]) for each in same}
    keys = {group.number: group.key for group in frames.rulebook.sid_groups}
    ids = {row["innovation_id"], row["submission_id"]}
    scores = [_scores(each) for each in same if each["edition"] < row["edition"]]
    return Flagship(
        row=row,
        sheet=sheet,
        lines={keys[line.number]: line for line in sheet.indicators},
        scores=(*scores, _scores(row)),
        awards=tuple(
            (each["year"], each["scheme"], each["result"] or "")
            for each in awards
            if each["innovation_id"] == row["innovation_id"]
        ),
        replications=tuple(replications.get(str(row["innovation_id"]), ())),
        missions=tuple(each for each in missions if each["innovation"] in ids | titles),
        design_words=design_words(row["description"]),
        affair=row["affair_name"] or "",
    )


def _plain(text: str | None) -> str:
    return "".join(sign for sign in (text or "").casefold() if sign.isalnum())


def criteria_of(home: Home, edition: int) -> list[Criterion]:
    """Return the criteria of the edition's presentation; where nobody knows them those of the latest edition before it.

    Empty where none are known: a weight is never assumed.
    """
    rows = read_targets("award_criteria", home).filter(
        (pl.col("stage") == "presentation") & (pl.col("edition") <= edition) & pl.col("weight").is_not_null()
    )
    latest = rows.filter(pl.col("edition") == pl.col("edition").max())
    own = latest.filter("is_own")
    latest = own if not own.is_empty() else latest
    return [
        Criterion(
            row["name_id"],
            row["name_en"] or row["name_id"],
            row["weight"],
            tuple(key for key in (row["indicator_keys"] or "").split("|") if key),
            row["edition"],
            row["source"] or "",
        )
        for row in latest.sort("position").iter_rows(named=True)
    ]


def _cells(home: Home, folder: str, name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    path = noted(home, home.root / folder / name)
    if not path.is_file():
        return []
    try:
        cells = cells_of_csv(path.read_bytes())
        if absent := set(columns) - set(cells.columns):
            raise KeyError(sorted(absent)[0])
    except (pl.exceptions.PolarsError, csv.Error, KeyError, OSError) as error:
        raise MissionsInvalid(
            "The file cannot be read: {reason}",
            next_step="columns: {columns}",
            place=str(path),
            reason=reason_of(error),
            columns=", ".join(columns),
        ) from error
    return [{name: text or "" for name, text in row.items()} for row in cells.iter_rows(named=True)]


def read_missions(home: Home, region_code: str) -> list[dict[str, str]]:
    """Return each tie of an innovation to a mission of the city: innovation (id or title), code, text, source.

    Raises MissionsInvalid for a tie to a mission that the city's file does not have.
    """
    stated = _cells(home, "city", MISSIONS, ("code", "text"))
    missions = {row["code"]: row for row in stated if row.get("region_code", "") in ("", region_code)}
    ties = []
    for row in _cells(home, "city", TIES, ("mission",)):
        if row.get("region_code", "") not in ("", region_code):
            continue
        mission = missions.get(row["mission"])
        if mission is None:
            raise MissionsInvalid(
                "No mission has the code {code}",
                next_step="write it into city/missions.csv, or correct the code",
                place=str(home.root / "city" / TIES),
                code=row["mission"],
            )
        innovation = row.get("innovation_id", "") or _plain(row.get("innovation", ""))
        told = {"code": mission["code"], "text": mission["text"], "source": mission.get("source", "")}
        ties.append({"innovation": innovation, **told})
    return ties


def _replicators(register: pl.DataFrame) -> dict[str, list[Replication]]:
    """Return the regions that took innovations of the city over, by innovation, from the register of replications."""
    found: dict[str, list[Replication]] = {}
    for row in register.filter(pl.col("innovation_id").is_not_null()).iter_rows(named=True):
        letter = row["interest_letter_number"] or _day(row["interest_letter_date"])
        agreement = row["mou_number"] or _day(row["mou_date"])
        told = Replication(region_of_code(row["replicator"]).full_name, letter, agreement)
        found.setdefault(row["innovation_id"], []).append(told)
    return found


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def write_mission_templates(home: Home) -> list[Path]:
    """Write the files of missions to fill in; those that are there stay."""
    paths = [home.root / "city" / name for name in TEMPLATES]
    for path in paths:
        if not path.exists():
            disk.write_text(path, "\ufeff" + TEMPLATES[path.name])
    return paths
