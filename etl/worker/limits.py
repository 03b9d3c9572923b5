"""What the reading of one file may cost: `limits.toml`, and the environment over it."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

PREFIX = "IGA_WORKER_"
"""Environment variables: this, and the name of a limit in capitals."""
MIB = 1 << 20


@dataclass(frozen=True)
class WorkerLimits:
    """Limits of one file and of the processes that read files; the fields stand with their meaning in the data file."""

    workers: int
    memory_mib: int
    processor_seconds: int
    processor_seconds_per_mib: int
    wall_seconds: int
    wall_seconds_per_mib: int
    wall_stretches: int
    answer_mib: int
    idle_seconds: int
    restart_above_mib: int
    files_for_another: int
    large_kib: int

    def processor_for(self, size: int) -> int:
        """Return the seconds of the processor that a file of so many bytes may cost."""
        return self.processor_seconds + self.processor_seconds_per_mib * size // MIB

    def wall_for(self, size: int) -> int:
        """Return the seconds by the clock that a file of so many bytes may cost."""
        return self.wall_seconds + self.wall_seconds_per_mib * size // MIB


OF_ONE_FILE = (
    "memory_mib",
    "processor_seconds",
    "processor_seconds_per_mib",
    "wall_seconds",
    "wall_seconds_per_mib",
    "wall_stretches",
    "answer_mib",
)
"""The limits that decide whether a file is read; the others are about the processes."""


def worker_limits() -> WorkerLimits:
    """Return the limits that hold now. A variable that is no whole number above 0 is passed over."""
    stated = _packaged()
    own = {}
    for field in fields(WorkerLimits):
        text = os.environ.get(PREFIX + field.name.upper(), "").strip()
        own[field.name] = int(text) if text.isdecimal() and int(text) > 0 else stated[field.name]
    return WorkerLimits(**own)


@cache
def _packaged() -> dict[str, int]:
    text = resources.files("etl.worker").joinpath("limits.toml").read_text(encoding="utf-8")
    content: dict[str, int] = tomllib.loads(text)
    return content
