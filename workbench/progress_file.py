"""What a command that runs as a job of the desk tells of itself: lines of JSON in a file that the desk reads.

Without the variable `IGA_PROGRESS` nothing is written. A line has one of the keys `step` (with `done` and `total`),
`error` (with `place`, `next_step` and `exit_code`) or `result`.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

PROGRESS = "IGA_PROGRESS"
"""The environment variable that names the file."""

_LEAST_S = 0.2
"""Seconds between two lines of one step: a load of a nation has thousands of files."""

_last: dict[str, float] = {}


def note_step(step: str, done: int, total: int | None) -> None:
    """Note how far a step is, in words for people; of steps that follow quickly only some are written, and the last."""
    now = time.monotonic()
    is_last = total is not None and done >= total
    if not is_last and now - _last.get(step, -_LEAST_S) < _LEAST_S:
        return
    _last[step] = now
    _note({"step": step, "done": done, "total": total})


def note_error(message: str, place: str, next_step: str, exit_code: int) -> None:
    """Note why the command ends, in the words that its terminal shows."""
    _note({"error": message, "place": place, "next_step": next_step, "exit_code": exit_code})


def note_result(**result: Any) -> None:
    """Note what came of the command: paths and numbers."""
    _note({"result": result})


def is_followed() -> bool:
    """Return whether a desk reads along."""
    return PROGRESS in os.environ


def _note(told: dict[str, Any]) -> None:
    place = os.environ.get(PROGRESS)
    if not place:
        return
    # A disk that is full must not end the work that is told of.
    with contextlib.suppress(OSError), Path(place).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
