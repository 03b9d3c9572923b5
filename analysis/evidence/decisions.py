"""What mentors decided about evidence files: lines that are added and never changed, each tied to the bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from warehouse import disk
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home, acting_person, rows_of_csv
from warehouse.inputs_read import noted

CONFIRMED, REFUSED, OPEN = "confirmed", "refused", "open"
ANSWERS = (CONFIRMED, REFUSED, OPEN)
"""What may be said of a file and an indicator; `open` takes an answer back."""


class DecisionRefused(WorkbenchError):
    """An answer about a file is none of those that are known."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Decision:
    """One answer: of whose season, which innovation, indicator and file, and the hash of the bytes that it is about."""

    region_code: str
    edition: int
    submission_id: str
    indicator_number: str
    indicator_key: str
    file_name: str
    sha256: str
    answer: str


@dataclass(frozen=True)
class KeptDecision:
    """A decision with who decided and when."""

    decision: Decision
    decided_by: str
    decided_at: str


COLUMNS = (*(each.name for each in fields(Decision)), "decided_by", "decided_at")
CONFIRMED_SCHEMA = {
    "submission_id": pl.String,
    "indicator_number": pl.String,
    "indicator_key": pl.String,
    "file_name": pl.String,
    "sha256": pl.String,
    "decided_by": pl.String,
    "decided_at": pl.String,
}


def decisions_path(home: Home) -> Path:
    """Return where decisions are kept."""
    return home.root / "evidence" / "decisions.csv"


def keep_decisions(home: Home, decisions: Sequence[Decision], person: str | None = None) -> int:
    """Add decisions that say something new, and return how many. Raises DecisionRefused for an unknown answer."""
    for decision in decisions:
        if decision.answer not in ANSWERS:
            raise DecisionRefused(
                "{answer} is no answer about a file",
                next_step="the answers: {known}",
                answer=decision.answer,
                known=", ".join(ANSWERS),
            )
    known = {_subject(kept.decision): kept.decision for kept in read_decisions(home)}
    new = [each for each in decisions if (known.get(_subject(each)) or _never(each)) != each]
    if not new:
        return 0
    path = decisions_path(home)
    disk.make_folder(path.parent)
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    if not path.is_file():
        lines.writerow(COLUMNS)
    now = datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds")
    for decision in new:
        lines.writerow([*astuple(decision), person or acting_person() or "", now])
    with path.open("ab") as log:  # added to, never written anew: two people at once lose no line
        disk.system.write(log, stream.getvalue().encode())
    disk.sync_file(path)
    return len(new)


def read_decisions(home: Home) -> list[KeptDecision]:
    """Return every decision in the order in which it was taken; lines that cannot be read are passed over."""
    path = noted(home, decisions_path(home))
    if not path.is_file():
        return []
    kept = []
    for row in rows_of_csv(path, COLUMNS):
        if row["edition"].isdecimal() and row["answer"] in ANSWERS:
            told: dict[str, Any] = {each.name: row[each.name] for each in fields(Decision)}
            told["edition"] = int(told["edition"])
            kept.append(KeptDecision(Decision(**told), row["decided_by"], row["decided_at"]))
    return kept


def latest_decisions(home: Home, region_code: str, edition: int) -> dict[tuple[str, str, str, str], KeptDecision]:
    """Return the last decision by innovation, number of the indicator, file name and hash of the bytes."""
    return {
        _subject(kept.decision)[2:]: kept
        for kept in read_decisions(home)
        if (kept.decision.region_code, kept.decision.edition) == (region_code, edition)
    }


def confirmed_evidence(home: Home, region_code: str, edition: int) -> pl.DataFrame:
    """Return the files that a mentor has confirmed, one row per innovation, indicator and file.

    A file whose bytes have changed since is not among them: it is asked about again. Where no check has been made on
    this home, nobody knows of a change, and what was confirmed stands.
    """
    from analysis.evidence.check_index import read_index

    index = read_index(home, region_code, edition)
    now: dict[tuple[str, str], set[str]] = {}
    for file in index.files if index else ():
        now.setdefault((file.submission_id, file.file_name), set()).add(file.sha256)
    rows = []
    for (submission, _number, name, sha256), kept in latest_decisions(home, region_code, edition).items():
        there = now.get((submission, name), now.get(("", name)))  # in no innovation's folder: a mentor said whose it is
        is_changed = there is not None and sha256 not in there
        if kept.decision.answer == CONFIRMED and not is_changed:
            rows.append((*_row(kept.decision), kept.decided_by, kept.decided_at))
    return pl.DataFrame(rows, schema=CONFIRMED_SCHEMA, orient="row").sort(
        "submission_id", "indicator_number", "file_name"
    )


def answer_of(text: str | None) -> str:
    """Return the answer that a cell of the list gives: a tick or yes, a cross or no; empty for anything else."""
    word = (text or "").strip().casefold()
    if word in ("v", "✓", "✔", "ya", "y", "yes", "1", "true", "benar", "sesuai", "ada"):
        return CONFIRMED
    if word in ("x", "✗", "✘", "tidak", "t", "no", "n", "0", "false", "salah", "bukan"):
        return REFUSED
    return ""


def _subject(decision: Decision) -> tuple[str, int, str, str, str, str]:
    return (
        decision.region_code, decision.edition, decision.submission_id, decision.indicator_number,
        decision.file_name, decision.sha256,
    )  # fmt: skip


def _never(decision: Decision) -> Decision | None:
    """Return what stands where nothing was decided: taking back what was never said is nothing new."""
    return decision if decision.answer == OPEN else None


def _row(decision: Decision) -> tuple[str, ...]:
    return (
        decision.submission_id, decision.indicator_number, decision.indicator_key, decision.file_name, decision.sha256,
    )  # fmt: skip
