"""The control sheets of a season: its innovations, what its plan asks of each, and the facts of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from warehouse.errors import NoSnapshot, UnknownName
from warehouse.language import Language

if TYPE_CHECKING:
    from warehouse.home import Home
    from warehouse.snapshot import Snapshot

Answers = Mapping[str, tuple[int | None, bool | None]]
"""By number of an indicator its level, and whether its document is there; None where that is not known."""

INDONESIAN = Language("id")
"""Templates are Indonesian, whoever writes them: units fill them in."""


class By(StrEnum):
    """How the control sheet is cut into files."""

    city = "city"
    parent = "parent"
    unit = "unit"


@dataclass(frozen=True)
class Sheet:
    """What is known of a template already, by row.

    `asked` says what the plan asks, where there is a plan; `answers` the level that is known of each indicator, and
    whether its document is there.
    """

    rows: Sequence[Sequence[str | None]]
    asked: Sequence[str] | None = None
    note: str = ""
    answers: Sequence[Answers] | None = None


_INNOVATIONS = """
    select
        submission.submission_id, external_id.external_id, submission.title, submission.unit_name,
        parent.name as parent_name
    from submission
    left join external_id
        on external_id.innovation_id = submission.innovation_id and external_id.edition = submission.edition
    left join unit on unit.unit_id = submission.unit_id
    left join unit as parent on parent.unit_id = unit.parent_unit_id
    where submission.region_code = $region and submission.edition = $edition
    order by submission.unit_name, submission.title
"""
_ANSWERS = """
    select answer.submission_id, answer.indicator_number, answer.level, answer.is_complete
    from answer join submission using (submission_id)
    where submission.region_code = $region and submission.edition = $edition and answer.score_kind = 'claimed'
        and (answer.level is not null or answer.is_complete is not null)
    order by all
"""


def control_sheets(home: Home, region_code: str, edition: int, by: By, on: date) -> dict[str, Sheet]:
    """Return the sheets of a season by group (empty: all in one file); none where no snapshot knows an innovation."""
    from analysis import open_snapshot

    try:
        with open_snapshot(home=home.root) as snapshot:
            known = snapshot.sql(_INNOVATIONS, {"region": region_code, "edition": edition})
            answers = _answers(snapshot, region_code, edition)
            note, asked = _facts(snapshot, home, region_code, edition, on), None
            if not known.is_empty():
                asked = _asked(snapshot, home, region_code, edition, on)
    except NoSnapshot:
        return {}
    groups: dict[str, list[tuple[list[str | None], str, Answers]]] = {}
    for row in known.unique(["title", "unit_name"], keep="first", maintain_order=True).iter_rows(named=True):
        cut = {By.city: "", By.unit: row["unit_name"], By.parent: row["parent_name"] or row["unit_name"]}[by]
        line = [row["external_id"], row["title"], row["unit_name"], row["parent_name"]]
        submission_id = row["submission_id"]
        groups.setdefault(cut, []).append((line, (asked or {}).get(submission_id, ""), answers.get(submission_id, {})))
    return {
        cut: Sheet(
            [line for line, _told, _levels in lines],
            None if asked is None else [told for _line, told, _levels in lines],
            note,
            [levels for _line, _told, levels in lines],
        )
        for cut, lines in groups.items()
    }


def _answers(snapshot: Snapshot, region_code: str, edition: int) -> dict[str, Answers]:
    """Return what each innovation claims already: by indicator its level, and whether the document is there."""
    told: dict[str, dict[str, tuple[int | None, bool | None]]] = {}
    rows = snapshot.sql(_ANSWERS, {"region": region_code, "edition": edition})
    for submission_id, number, level, is_complete in rows.iter_rows():
        told.setdefault(submission_id, {})[number] = (level, is_complete)
    return dict(told)


def _facts(snapshot: Snapshot, home: Home, region_code: str, edition: int, on: date) -> str:
    """Say the facts of the season that whoever fills the sheet in works by; nothing where none are known."""
    from analysis.season.account import season_account
    from analysis.season.words import day_line, deadline_line, innovation_lines, threshold_lines

    try:
        account = season_account(snapshot, home, region_code, edition, on)
    except UnknownName:
        return ""
    told = [deadline_line(account, INDONESIAN), *innovation_lines(account, INDONESIAN)]
    lines = [day_line(on, INDONESIAN), *told, *threshold_lines(account, INDONESIAN)]
    return " ".join(f"{line.rstrip('.')}." for line in lines)


def _asked(snapshot: Snapshot, home: Home, region_code: str, edition: int, on: date) -> dict[str, str] | None:
    """Return what the plan asks of each innovation: the documents that it raises, or all levels where none is known."""
    from analysis.planning.one_plan import season_plan
    from analysis.planning.plan_list import plan_rows
    from iga.planning.actions import RAISE, SHEETS
    from iga.planning.single_valued_rules import PlanImpossible

    _ = INDONESIAN
    try:
        plan = season_plan(snapshot, home, region_code, edition, on)
    except (PlanImpossible, UnknownName):
        return None
    told: dict[str, list[str]] = {}
    for row in plan_rows(plan, _).iter_rows(named=True):
        if row["kind"] == SHEETS:
            told[row["innovation_id"]] = [_("Fill in all levels first")]
        elif row["kind"] == RAISE:
            text = _("{indicator}: to level {level}").format(indicator=row["indicator"], level=row["to_level"])
            told.setdefault(row["innovation_id"], []).append(text)
    return {key: "; ".join(lines) for key, lines in told.items()}
