"""The home folder: where the inbox, the archive, the lake, the snapshots and the reports of one workplace lie."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import HomeUnusable


@dataclass(frozen=True)
class Home:
    """Paths under one home folder (`--home`, else `IGA_HOME`, else `./data`)."""

    root: Path

    @classmethod
    def at(cls, home: str | Path | None = None) -> Home:
        """The home that is asked for; nothing is created."""
        return cls(Path(home or os.environ.get("IGA_HOME") or "data").resolve())

    @property
    def inbox(self) -> Path:
        """Folders ``<city>/<edition>/`` with the files that a city sent."""
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        """Every received file, kept under the sha256 of its bytes, never edited."""
        return self.root / "archive"

    @property
    def lake(self) -> Path:
        """Parsed files as Parquet, keyed by file, layout and normaliser."""
        return self.root / "lake"

    @property
    def snapshots(self) -> Path:
        """Published snapshots, never changed."""
        return self.root / "snapshots"

    @property
    def reports(self) -> Path:
        """Rendered report sites."""
        return self.root / "reports"

    @property
    def runs(self) -> Path:
        """What each load and each report build did."""
        return self.root / "runs"

    @property
    def pointer(self) -> Path:
        """The small file that names the current snapshot."""
        return self.root / "current.json"

    @property
    def lock(self) -> Path:
        """Held by the one load that may write."""
        return self.root / "load.lock"

    def create(self) -> None:
        """Create the folders; raises HomeUnusable when that cannot be done."""
        try:
            for folder in (self.inbox, self.archive, self.lake, self.snapshots, self.reports, self.runs):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HomeUnusable(
                "The home folder cannot be created: {reason}",
                next_step="choose another folder with --home, or check permissions and disk space",
                place=str(self.root),
                reason=error.strerror,
            ) from error


def write_atomically(path: Path, text: str) -> None:
    """Replace a small text file in one step, so that a reader sees the old or the new one and nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
