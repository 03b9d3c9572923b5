"""Innovations that are entered again: how often each was, whether it still counts, and the proof of development."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from analysis.history.identity import plain
from analysis.mentoring.log_file import Step, editions_with_log, read_log, sort_key
from iga.planning.gaps_and_pace import ineligible_because
from iga.rulebook import Rulebook
from iga.rules.parts import NOT_REPORTED, Eligibility
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.snapshot import Snapshot

STATES = ("counts", "counts_with_proof", "rules_not_known", "too_often", "not")
"""Whether an innovation would count in an edition; `rules_not_known` where its rules are not known."""
PROOFS = ("not_needed", "there", "unexplained", "too_old", "missing", "rules_not_known")
"""The proof of development: in the window with an explanation, without one, before the window, not there."""
REENTRIES: dict[str, Any] = {
    "title": pl.String,
    "unit_name": pl.String,
    "editions": pl.String,
    "times_count": pl.Int64,
    "most_count": pl.Int64,
    "is_entered": pl.Boolean,
    "state": pl.String,
    "causes": pl.String,
    "proof": pl.String,
    "implementation_date": pl.Date,
    "development_date": pl.Date,
    "explanation": pl.String,
    "evidence": pl.String,
    "innovation_id": pl.String,
    "is_simulated": pl.Boolean,
}
_ENTERED = """
select innovation_id, submission_id, edition, title, unit_name, stage, status, implementation_date, development_date,
    is_simulated
from submission where region_code = $region and edition <= $edition order by edition, submission_id
"""


@dataclass(frozen=True)
class Reentries:
    """The innovations of earlier editions before an edition (`REENTRIES`), and what is known of its rules.

    `count_lower` to `count_upper`: how many would count; they differ where a rule is not known or a proof is missing.
    """

    region_code: str
    edition: int
    rows: pl.DataFrame
    rules: Eligibility | None
    is_simulated: bool

    @property
    def count_lower(self) -> int:
        """How many count for certain."""
        return self.rows.filter(state="counts").height

    @property
    def count_upper(self) -> int:
        """How many count at most: those too whose rule is not known, or whose proof can still be given."""
        return self.rows.filter(pl.col("state").is_in(["counts", "counts_with_proof", "rules_not_known"])).height


def read_reentries(snapshot: Snapshot, home: Home, region_code: str, edition: int) -> Reentries:
    """Return what of earlier editions could be entered in an edition. Raises UnknownName where there is none."""
    entered = snapshot.sql(_ENTERED, {"region": region_code, "edition": edition})
    earlier = entered.filter(pl.col("edition") < edition)
    if earlier.is_empty():
        raise UnknownName(
            "The snapshot holds no innovations of {region} before edition {edition}",
            next_step="load the files of earlier editions, or name a later edition",
            region=region_code,
            edition=edition,
        )
    rulebook = snapshot.rulebooks.of(edition) if edition in snapshot.rulebooks else None
    explained = _explained(home, region_code, edition)
    now = set(entered.filter(pl.col("edition") == edition)["innovation_id"])
    rows = []
    for (innovation_id,), group in entered.group_by("innovation_id", maintain_order=True):
        if innovation_id not in set(earlier["innovation_id"]):
            continue
        step = next((explained[key] for key in _keys(str(innovation_id), group) if key in explained), None)
        rows.append(_row(str(innovation_id), group, rulebook, step, edition, is_entered=innovation_id in now))
    frame = pl.DataFrame(rows, schema=REENTRIES).sort(
        pl.col("state").cast(pl.Enum(STATES)),
        "is_entered",
        "title",
        "innovation_id",
        descending=[False, True, False, False],
    )
    rules = None if rulebook is None else rulebook.eligibility
    return Reentries(region_code, edition, frame, rules, bool(earlier["is_simulated"].any()))


def _explained(home: Home, region_code: str, edition: int) -> dict[str, Step]:
    """Return the last step about development of each innovation in the log of the edition, by all that names it."""
    if edition not in editions_with_log(home, region_code):
        return {}
    steps = sorted(read_log(home, region_code, edition).steps, key=sort_key)
    told = [step for step in steps if step.round == "development"]
    return {key: step for step in told for key in (step.innovation, plain(step.title)) if key}


def _keys(innovation_id: str, group: pl.DataFrame) -> list[str]:
    return [innovation_id, *group["submission_id"], *(plain(title) for title in group["title"])]


def _row(
    innovation_id: str,
    group: pl.DataFrame,
    rulebook: Rulebook | None,
    step: Step | None,
    edition: int,
    *,
    is_entered: bool,
) -> dict[str, Any]:
    last = group.row(group.height - 1, named=True)
    reported = group.filter(~pl.col("status").is_in(list(NOT_REPORTED)).fill_null(value=False))
    editions = sorted(set(reported["edition"]) - {edition})
    developed = step.developed if step is not None and step.developed is not None else last["development_date"]
    explanation = (step.reply or None) if step else None
    rules = None if rulebook is None else rulebook.eligibility
    proof = proof_of(rules, last["implementation_date"], developed, explanation)
    causes = list(_causes(rulebook, last, developed))
    most = None if rules is None else rules.most_entries
    if most is not None and len(editions) >= most:
        causes.append("too_often")
    return {
        "title": last["title"],
        "unit_name": last["unit_name"],
        "editions": ", ".join(map(str, editions)),
        "times_count": len(editions),
        "most_count": most,
        "is_entered": is_entered,
        "state": state_of_entry(rules, causes, proof),
        "causes": "|".join(causes) or None,
        "proof": proof,
        "implementation_date": last["implementation_date"],
        "development_date": developed,
        "explanation": explanation,
        "evidence": (step.evidence or None) if step else None,
        "innovation_id": innovation_id,
        "is_simulated": bool(group["is_simulated"].any()),
    }


def _causes(rulebook: Rulebook | None, last: dict[str, Any], developed: date | None) -> tuple[str, ...]:
    """Return why an edition would not accept it; a stage that is still to come by then is no cause."""
    return (
        () if rulebook is None else ineligible_because(last["stage"], last["implementation_date"], developed, rulebook)
    )


def proof_of(
    rules: Eligibility | None, implemented: date | None, developed: date | None, explanation: str | None
) -> str:
    """Return the state of the proof of development that a window asks of an older innovation (`PROOFS`)."""
    if rules is None or rules.implementation_from is None or rules.implementation_to is None:
        return "rules_not_known"
    if implemented is not None and rules.implementation_from <= implemented <= rules.implementation_to:
        return "not_needed"
    if developed is None:
        return "missing"
    if not rules.implementation_from <= developed <= rules.implementation_to:
        return "too_old" if developed < rules.implementation_from else "missing"
    return "there" if explanation else "unexplained"


def state_of_entry(rules: Eligibility | None, causes: list[str], proof: str) -> str:
    """Return whether an innovation counts (`STATES`), from what speaks against it and the state of its proof."""
    if "too_often" in causes:
        return "too_often"
    if "stage" in causes:
        return "not"
    if rules is None or proof == "rules_not_known":
        return "rules_not_known"
    return "counts" if proof in ("not_needed", "there") else "counts_with_proof"
