"""The rounds of a season: level and points of each indicator as claimed, verified and final, and what was lowered.

They come from the exports that a snapshot holds; where those have totals only, a row without an indicator stands for
the innovation. What the log says of a level stands where no export says it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from analysis.history.identity import plain
from analysis.mentoring.log_file import MentoringLog, Step, move_after, read_log, sort_key
from iga.rulebook import Rulebook
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.snapshot import Snapshot

KINDS = ("claimed", "verified", "final")
ROUNDS: dict[str, Any] = {
    "innovation_id": pl.String,
    "title": pl.String,
    "unit_name": pl.String,
    "indicator_number": pl.String,
    "indicator_name": pl.String,
    **{f"{kind}_level": pl.Int64 for kind in KINDS},
    **{f"{kind}_points": pl.Decimal(12, 2) for kind in KINDS},
    "state": pl.String,
    "has_letter": pl.Boolean,
    "submission_id": pl.String,
    "is_simulated": pl.Boolean,
}
MOVES: dict[str, Any] = {
    "who": pl.String,
    "days_waiting": pl.Int64,
    "since_date": pl.Date,
    "title": pl.String,
    "unit_name": pl.String,
    "indicator_number": pl.String,
    "indicator_name": pl.String,
    "round": pl.String,
    "act": pl.String,
    "reason": pl.String,
    "reply": pl.String,
    "evidence": pl.String,
    "by": pl.String,
    "innovation_id": pl.String,
    "submission_id": pl.String,
    "is_simulated": pl.Boolean,
}
STEPS: dict[str, Any] = {
    "edition": pl.Int64,
    "date": pl.Date,
    "title": pl.String,
    "unit_name": pl.String,
    "indicator_number": pl.String,
    "round": pl.String,
    "level": pl.Int64,
    "reason": pl.String,
    "reply": pl.String,
    "evidence": pl.String,
    "result": pl.String,
    "developed": pl.Date,
    "by": pl.String,
    "innovation_id": pl.String,
    "submission_id": pl.String,
}
_SUBMISSIONS = """
select submission_id, innovation_id, title, unit_name, claimed_score, verified_score, final_score, status, is_simulated,
    (select string_agg(distinct external_id, '|') from external_id e
        where e.innovation_id = submission.innovation_id and e.edition = submission.edition) as external_ids
from submission where region_code = $region and edition = $edition order by title, submission_id
"""
_ANSWERS = """
select submission_id, indicator_number, score_kind, level, points from answer join submission using (submission_id)
where region_code = $region and edition = $edition and (level is not null or points is not null)
"""


@dataclass(frozen=True)
class Mentoring:
    """A season's mentoring on a day: its rounds, whose move it is, its steps, and what of the log cannot be read.

    `unknown` are the steps whose innovation the season does not have; they stand in `steps` and `moves` all the same.
    """

    region_code: str
    edition: int
    on: date
    rounds: pl.DataFrame
    moves: pl.DataFrame
    steps: pl.DataFrame
    log: MentoringLog
    unknown: tuple[Step, ...]
    is_simulated: bool

    @property
    def lowered(self) -> pl.DataFrame:
        """The indicators of which a later round gives less than an earlier one, the largest loss first."""
        lost = pl.col("claimed_points") - pl.coalesce("final_points", "verified_points")
        rows = self.rounds.filter(pl.col("state").is_in(["lowered", "rejected", "restored"]))
        return rows.sort(lost, "title", "indicator_number", descending=[True, False, False], nulls_last=True)


def read_mentoring(snapshot: Snapshot, home: Home, region_code: str, edition: int, on: date) -> Mentoring:
    """Return the mentoring of a season. Raises UnknownName where neither snapshot nor log knows anything of it."""
    place: dict[str, object] = {"region": region_code, "edition": edition}
    submissions = snapshot.sql(_SUBMISSIONS, place)
    log = read_log(home, region_code, edition)
    if submissions.is_empty() and not log.steps:
        raise UnknownName(
            "Nothing is known of {region} in edition {edition}",
            next_step="see what is in with `iga status`, or load its files with `iga ingest`",
            region=region_code,
            edition=edition,
        )
    rulebook = snapshot.rulebooks.of(edition) if edition in snapshot.rulebooks else None
    tied = tied_steps(log.steps, submissions)
    rounds = _rounds(submissions, snapshot.sql(_ANSWERS, place), tied, rulebook)
    moves = _moves(tied, rounds, submissions, rulebook, on)
    return Mentoring(
        region_code, edition, on, rounds, moves, steps_frame(tied, edition), log,
        tuple(step for step, row in tied if row is None), bool(submissions["is_simulated"].any()),
    )  # fmt: skip


Tied = Sequence[tuple[Step, Mapping[str, Any] | None]]
"""Steps in order, each with the submission that it is of; None where the season has none, or several, of that name."""


def tied_steps(steps: Sequence[Step], submissions: pl.DataFrame) -> Tied:
    """Return the steps in order, each with its submission: by id or number, else by title, and unit where it must."""
    by_text: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in submissions.iter_rows(named=True):
        texts = {
            row["submission_id"],
            row["innovation_id"],
            *(row["external_ids"] or "").split("|"),
            plain(row["title"]),
        }
        for text in texts - {""}:
            by_text.setdefault(text, {})[row["submission_id"]] = row
    return [(step, _submission_of(step, by_text)) for step in sorted(steps, key=sort_key)]


def _submission_of(step: Step, by_text: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Mapping[str, Any] | None:
    for text in (step.innovation, plain(step.innovation), plain(step.title)):
        found = list(by_text.get(text, {}).values()) if text else []
        if len(found) > 1:
            found = [row for row in found if plain(row["unit_name"]) == plain(step.unit)]
        if len(found) == 1:
            return found[0]
    return None


def steps_frame(tied: Tied, edition: int) -> pl.DataFrame:
    """Return steps as rows (`STEPS`), in order."""
    rows = [
        {
            **{name: getattr(step, name) or None for name in ("reason", "reply", "evidence", "result", "by")},
            "edition": edition,
            "date": step.day,
            "title": row["title"] if row else step.title or step.innovation,
            "unit_name": row["unit_name"] if row else step.unit or None,
            "indicator_number": step.indicator or None,
            "round": step.round or None,
            "level": step.level,
            "developed": step.developed,
            "innovation_id": row["innovation_id"] if row else None,
            "submission_id": row["submission_id"] if row else None,
        }
        for step, row in tied
    ]
    return pl.DataFrame(rows, schema=STEPS)


Given = dict[str, tuple[int | None, Decimal | None]]
"""By score kind the level and the points of an indicator."""


def _rounds(submissions: pl.DataFrame, answers: pl.DataFrame, tied: Tied, rulebook: Rulebook | None) -> pl.DataFrame:
    given: dict[tuple[str, str], Given] = {}
    for submission_id, number, kind, level, points in answers.iter_rows():
        given.setdefault((submission_id, number), {})[kind] = (level, points)
    sent: set[tuple[str, str]] = set()
    for step, row in tied:
        if row is None or not step.indicator:
            continue
        at = (row["submission_id"], step.indicator)
        if step.round == "objection" and step.act in ("sent", "accepted", "lowered", "rejected"):
            sent.add(at)
        kind = {"objection": "final"}.get(step.round, step.round)
        # What an export says of a level stands before what somebody wrote down of it.
        if kind in KINDS and step.level is not None and step.result != "sent":
            of_export = (
                kind in given.get(at, {})
                and not answers.filter(submission_id=at[0], indicator_number=at[1], score_kind=kind).is_empty()
            )
            if not of_export:
                given.setdefault(at, {})[kind] = (step.level, None)
    names, weights = _indicators(rulebook)
    by_id = {row["submission_id"]: row for row in submissions.iter_rows(named=True)}
    rows = []
    for (submission_id, number), kinds in given.items():
        told = {kind: _completed(*kinds[kind], weights.get(number)) for kind in KINDS if kind in kinds}
        rows.append(_round_row(by_id[submission_id], number, names.get(number), told, (submission_id, number) in sent))
    with_verified = {at[0] for at, kinds in given.items() if "verified" in kinds or "final" in kinds}
    for row in by_id.values():
        told = {kind: (None, row[f"{kind}_score"]) for kind in KINDS if row[f"{kind}_score"] is not None}
        if told and row["submission_id"] not in with_verified and len(told) > 1:
            rows.append(_round_row(row, None, None, told, is_sent=False))
    return pl.DataFrame(rows, schema=ROUNDS).sort("title", "submission_id", "indicator_number", nulls_last=False)


def _completed(level: int | None, points: Decimal | None, weight: int | None) -> tuple[int | None, Decimal | None]:
    """Return level and points; of the two the one that is not stated follows from the weight."""
    if level is not None and points is None and weight is not None:
        points = Decimal(weight * level).scaleb(-2)
    elif points is not None and level is None and weight:
        steps, rest = divmod(int(points * 100), weight)
        level = steps if not rest else None
    return level, points


def _indicators(rulebook: Rulebook | None) -> tuple[dict[str, str], dict[str, int]]:
    """Return the Indonesian name and the points per level (hundredths) of each number of an indicator."""
    groups = rulebook.sid_groups if rulebook is not None else ()
    names = {number: group.name_id for group in groups for number in group.numbers}
    return names, {number: group.weight_x100 for group in groups for number in group.numbers}


def _round_row(
    row: Mapping[str, Any], number: str | None, name: str | None,
    told: Mapping[str, tuple[int | None, Decimal | None]], is_sent: bool,
) -> dict[str, Any]:  # fmt: skip
    figures = {kind: told.get(kind, (None, None)) for kind in KINDS}
    return {
        **{column: row[column] for column in ("innovation_id", "title", "unit_name", "submission_id", "is_simulated")},
        "indicator_number": number,
        "indicator_name": name,
        **{f"{kind}_level": level for kind, (level, _points) in figures.items()},
        **{f"{kind}_points": points for kind, (_level, points) in figures.items()},
        "state": _state(figures),
        "has_letter": is_sent,
    }


def _state(figures: Mapping[str, tuple[int | None, Decimal | None]]) -> str:
    """Return what became of a claim: claimed, kept, raised, lowered, rejected (nothing left), or restored."""
    claimed, verified, final = (_size(figures[kind]) for kind in KINDS)
    last = final if final is not None else verified
    if claimed is None or last is None:
        return "claimed" if last is None else "verified"
    if last < claimed:
        return "rejected" if last == 0 else "lowered"
    if verified is not None and verified < claimed:
        return "restored"
    return "raised" if last > claimed else "kept"


def _size(figure: tuple[int | None, Decimal | None]) -> Decimal | None:
    level, points = figure
    return points if points is not None else None if level is None else Decimal(level)


def _moves(
    tied: Tied, rounds: pl.DataFrame, submissions: pl.DataFrame, rulebook: Rulebook | None, on: date
) -> pl.DataFrame:
    """Return the last step of each innovation and indicator, with whose move follows; what waits longest first.

    An indicator that was lowered, and of which nobody has said anything since, is Bappeda's: it objects, or lets it be.
    """
    names, _weights = _indicators(rulebook)
    last: dict[tuple[str, str], tuple[Step, Mapping[str, Any] | None]] = {}
    for step, row in tied:
        key = row["submission_id"] if row else plain(step.title or step.innovation)
        last[key, step.indicator] = (step, row)
    is_final = {
        (row["submission_id"], row["indicator_number"] or "")
        for row in rounds.filter(pl.col("final_level").is_not_null() | pl.col("final_points").is_not_null()).to_dicts()
    }
    by_id = {row["submission_id"]: row for row in submissions.iter_rows(named=True)}
    found = []
    for at, (step, row) in last.items():
        who = "nobody" if at in is_final and step.round != "development" else move_after(step.round, step.act)
        found.append(_move(who, step, row, names.get(step.indicator), on))
    after_claim = {
        (row["submission_id"] if row else "", step.indicator) for step, row in tied if step.round not in ("", "claimed")
    }
    open_rows = rounds.filter(
        pl.col("state").is_in(["lowered", "rejected"]),
        pl.col("final_level").is_null(),
        pl.col("final_points").is_null(),
    )
    for told in open_rows.iter_rows(named=True):
        at = (told["submission_id"], told["indicator_number"] or "")
        if at not in after_claim:
            found = [move for move in found if (move["submission_id"], move["indicator_number"] or "") != at]
            step = Step(indicator=at[1], round="verified", result=told["state"])
            found.append(_move("bappeda", step, by_id[at[0]], names.get(at[1]), on))
    frame = pl.DataFrame(found, schema=MOVES)
    return frame.sort(
        pl.col("who") == "nobody", pl.col("days_waiting").fill_null(-1), "title", "indicator_number",
        descending=[False, True, False, False], nulls_last=True,
    )  # fmt: skip


def _move(who: str, step: Step, row: Mapping[str, Any] | None, name: str | None, on: date) -> dict[str, Any]:
    return {
        "who": who,
        "days_waiting": None if step.day is None or who == "nobody" else max((on - step.day).days, 0),
        "since_date": step.day,
        "title": row["title"] if row else step.title or step.innovation,
        "unit_name": row["unit_name"] if row else step.unit or None,
        "indicator_number": step.indicator or None,
        "indicator_name": name,
        "round": step.round or None,
        "act": step.act,
        **{column: getattr(step, column) or None for column in ("reason", "reply", "evidence", "by")},
        "innovation_id": row["innovation_id"] if row else None,
        "submission_id": row["submission_id"] if row else None,
        "is_simulated": bool(row["is_simulated"]) if row else False,
    }
