"""The record of who opened personal data: one line whenever names are asked for by name."""

from __future__ import annotations

import csv
import getpass
import io
from datetime import datetime

from warehouse import disk
from warehouse.home import Home, acting_person

PERSONAL_LOG = "personal_log.csv"
COLUMNS = ("opened_at", "user", "command", "city", "edition")


def log_opened(home: Home, command: str, city: str, edition: int, now: datetime, user: str | None = None) -> None:
    """Add a line to `runs/personal_log.csv`; `user` is that of the operating system, or of an office's login."""
    path = home.runs / PERSONAL_LOG
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    if not path.is_file():
        lines.writerow(COLUMNS)
    lines.writerow([now.isoformat(timespec="seconds"), user or acting_person() or _user(), command, city, edition])
    disk.append(path, stream.getvalue().encode())


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
