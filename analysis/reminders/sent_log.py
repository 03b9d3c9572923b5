"""What was sent to whom and when: a log to which lines are only added; `iga forget` erases a person in it."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from warehouse import disk
from warehouse.home import Home
from warehouse.inputs_read import noted

SENDING, SENT, REFUSED, FAILED, UNKNOWN, BY_HAND = "sending", "sent", "refused", "failed", "unknown", "by_hand"
HAS_IT_PERHAPS = (SENDING, SENT, UNKNOWN, BY_HAND)
"""States after which a text is not sent again by itself: whoever has it twice takes us for careless."""


@dataclass(frozen=True)
class Sent:
    """One line: when, by which channel, to whom (with the units it was about), which text, and what became of it.

    `sending` without a later line of the same text: the program or the line broke off before the server answered.
    """

    at: str
    channel: str
    contact: str
    address: str
    units: str
    text_hash: str
    state: str
    words: str = ""
    message_id: str = ""
    by: str = ""


COLUMNS = tuple(field.name for field in fields(Sent))


def log_path(home: Home, region_code: str, edition: int) -> Path:
    """Return where the log of a season lies."""
    return home.root / "reminders" / f"{region_code}-{edition}.csv"


def add_sent(home: Home, region_code: str, edition: int, line: Sent) -> None:
    """Add a line, on the disk before anything else happens."""
    path = log_path(home, region_code, edition)
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    before = path.read_bytes() if path.is_file() else b""
    if not before:
        lines.writerow(COLUMNS)
    elif not before.endswith(b"\n"):  # a line that a power cut has torn stays by itself
        stream.write("\n")
    lines.writerow([_cell(value) for value in asdict(line).values()])
    disk.append(path, stream.getvalue().encode())


def _cell(text: str) -> str:
    """Return a text in one line, which no spreadsheet takes for a formula."""
    line = " ".join(str(text).split())
    return f"'{line}" if line[:1] in "=+-@" and line[:1] else line


def read_sent(home: Home, region_code: str, edition: int) -> list[Sent]:
    """Return the lines of a season in their order; what cannot be read of a torn line is left out."""
    path = noted(home, log_path(home, region_code, edition))
    if not path.is_file():
        return []
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig", errors="replace")))
    return [Sent(**{name: row.get(name) or "" for name in COLUMNS}) for row in rows if row.get("state")]


def last_of(lines: list[Sent], address: str, text_hash: str) -> Sent | None:
    """Return what became last of a text to an address; None where it was never tried."""
    tried = [line for line in lines if (line.address, line.text_hash) == (address, text_hash)]
    return tried[-1] if tried else None
