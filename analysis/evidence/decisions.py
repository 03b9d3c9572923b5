"""What mentors have said of proposals, kept in the home by the hash of each file: a changed file asks again."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from warehouse import disk
from warehouse.home import Home, acting_person, rows_of_csv

COLUMNS = ("submission_id", "indicator_number", "sha256", "answer", "day", "person")
YES, NO = ("ya", "v", "ada", "1", "x", "yes", "✓"), ("tidak", "bukan", "0", "no")
Key = tuple[str, str, str]


def decisions_path(home: Home) -> Path:
    """Return where the answers of a home lie."""
    return home.root / "evidence" / "decisions.csv"


def decisions_of(home: Home) -> dict[Key, str]:
    """Return each answer (``yes``, ``no``) by innovation, indicator and hash; the last one counts."""
    path = decisions_path(home)
    rows = rows_of_csv(path, COLUMNS) if path.is_file() else []
    return {(row["submission_id"], row["indicator_number"], row["sha256"]): row["answer"] for row in rows}


def keep_decisions(home: Home, ticked: Path, day: date) -> int:
    """Add the answers of a list that somebody has ticked to those that are kept, and return how many are new.

    What stands is never taken away: another answer is another row. Raises KeyError for a list without its columns.
    """
    text = ticked.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    known, added = decisions_of(home), []
    for row in rows:
        said = (row["answer"] or "").strip().casefold()
        answer = "yes" if said in YES else "no" if said in NO else ""
        key = (row["submission_id"] or "", row["indicator_number"] or "", row["sha256"] or "")
        if answer and all(key) and known.get(key) != answer:
            known[key] = answer
            added.append([*key, answer, day.isoformat(), acting_person() or ""])
    if added:
        path = decisions_path(home)
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        before = path.read_text(encoding="utf-8-sig") if path.is_file() else ",".join(COLUMNS) + "\n"
        writer.writerows(added)
        disk.write_text(path, before + ("" if before.endswith("\n") else "\n") + stream.getvalue())
    return len(added)
