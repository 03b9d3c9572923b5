"""The record of who has answered what: names of units, words, columns of a file; one line each."""

from __future__ import annotations

import csv
import getpass
import io
from contextlib import suppress
from datetime import UTC, datetime

from warehouse import disk
from warehouse.home import Home, acting_person

ANSWERS_LOG = "answers_log.csv"
COLUMNS = ("answered_at", "person", "kind", "subject", "answer")


def log_answer(home: Home, kind: str, subject: str, answer: str, person: str | None = None) -> None:
    """Add a line to `runs/answers_log.csv`; the person is that of an office's login, else the system's account."""
    path = home.runs / ANSWERS_LOG
    disk.make_folder(path.parent)
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    if not path.is_file():
        lines.writerow(COLUMNS)
    now = datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds")
    lines.writerow([now, person or acting_person() or _account(), kind, subject, answer])
    with path.open("ab") as log:  # added to, never written anew: two people at once lose no line
        disk.system.write(log, stream.getvalue().encode())
    disk.sync_file(path)


def _account() -> str:
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return ""
