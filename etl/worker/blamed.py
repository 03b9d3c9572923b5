"""The files whose reading ended a process, remembered by hash: they are not tried again until that may end otherwise.

What is remembered holds for the limits and the version of the program that the file was tried under: a higher limit or
another version tries it again, and so does a person who asks for it (`iga ingest --retry-held`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from etl.worker.limits import OF_ONE_FILE, WorkerLimits
from warehouse.disk import write_text
from warehouse.home import Home

FILE_NAME = "held_by_worker.json"


@dataclass
class BlamedFiles:
    """What is remembered of one home. With `is_kept` false nothing is written, as for a trial."""

    home: Home
    version: str
    limits: WorkerLimits
    is_kept: bool = True
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of_home(cls, home: Home, version: str, limits: WorkerLimits, *, is_kept: bool = True) -> BlamedFiles:
        """Return what is remembered; a file that cannot be read is as good as none, since all is tried again."""
        try:
            told = json.loads((home.runs / FILE_NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            told = {}
        entries = {
            sha: entry
            for sha, entry in (told.items() if isinstance(told, dict) else ())
            if isinstance(entry, dict) and isinstance(entry.get("detail"), dict)
        }
        return cls(home, version, limits, is_kept, entries)

    def detail_of(self, file_sha256: str) -> dict[str, str] | None:
        """Return why a file is held; None where nothing is remembered, or where it may be read now."""
        entry = self.entries.get(file_sha256)
        if entry is None or entry.get("version") != self.version:
            return None
        limits = entry.get("limits", {})
        if any(limits.get(name) is None or getattr(self.limits, name) > limits[name] for name in OF_ONE_FILE):
            return None
        return {str(name): str(value) for name, value in entry["detail"].items()}

    def blame(self, file_sha256: str, detail: dict[str, str]) -> None:
        """Remember a file at once: the load may be ended before it is done."""
        limits = {name: value for name, value in asdict(self.limits).items() if name in OF_ONE_FILE}
        self.entries[file_sha256] = {"detail": detail, "limits": limits, "version": self.version}
        self._write()

    def forget(self) -> None:
        """Try every file again."""
        if self.entries:
            self.entries.clear()
            self._write()

    def _write(self) -> None:
        if self.is_kept:
            text = json.dumps(self.entries, ensure_ascii=False, sort_keys=True, indent=1)
            write_text(self.home.runs / FILE_NAME, text)
