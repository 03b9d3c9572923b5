"""The home folder: where the inbox, the archive, the lake, the snapshots and the reports of one workplace lie."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from iga.reasons import reason_of
from warehouse.disk import make_folder
from warehouse.errors import HomeUnusable
from warehouse.system_faults import is_full, named_by, told_of_full_disk

POINTER = "current.json"
PERSON = "IGA_PERSON"
"""The environment variable in which the desk of an office tells a command on whose behalf it runs."""
LONGEST_PERSON = 120


def acting_person() -> str | None:
    """Return the person on whose behalf this process works on a home; None where it is simply the account's owner."""
    name = "".join(sign for sign in os.environ.get(PERSON, "") if sign.isprintable()).strip()
    return name[:LONGEST_PERSON] or None


@dataclass(frozen=True)
class Home:
    """Paths under one home folder (`--home`, else `IGA_HOME`, else the nearest `data`)."""

    root: Path

    @classmethod
    def at(cls, home: str | Path | None = None) -> Home:
        """The home that is asked for; nothing is created.

        Without `home` and `IGA_HOME` it is the folder `data` here, or the nearest one above that holds a snapshot, so
        that a notebook opened in `notebooks/` finds the data of its project.
        """
        stated = home or os.environ.get("IGA_HOME")
        if stated:
            return cls(Path(stated).resolve())
        here = Path.cwd()
        candidates = [folder / "data" for folder in (here, *here.parents)]
        return cls(next((folder for folder in candidates if (folder / POINTER).is_file()), candidates[0]).resolve())

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
        """Parsed files as Arrow, keyed by file, layout and normaliser."""
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
    def returns(self) -> Path:
        """Workbooks that go back to their senders, with the bad cells marked."""
        return self.root / "returns"

    @property
    def corrections(self) -> Path:
        """The city's own corrections, ``*.toml``; those of the software stand in ``etl/corrections``."""
        return self.root / "corrections"

    @property
    def rulebooks(self) -> Path:
        """The home's own rules, ``<year>.toml``, over and beside the shipped ones, and ``crosswalks/`` between them."""
        return self.root / "rulebooks"

    @property
    def layouts(self) -> Path:
        """The home's own layouts of files, ``*.toml``: columns that somebody has confirmed, beside the shipped ones."""
        return self.root / "layouts"

    @property
    def vocabulary(self) -> Path:
        """The spellings that this workplace has confirmed, beside the shipped vocabulary."""
        return self.root / "vocabulary.toml"

    @property
    def identity(self) -> Path:
        """The reviewed registry of identities."""
        return self.root / "identity"

    @property
    def notebooks(self) -> Path:
        """Notebooks: copies of those of the software, to be tried out, and people's own."""
        return self.root / "notebooks"

    @property
    def sites(self) -> Path:
        """Report sites that people declare, ``*.yaml``."""
        return self.root / "sites"

    @property
    def runs(self) -> Path:
        """What each load and each report build did."""
        return self.root / "runs"

    @property
    def pointer(self) -> Path:
        """The small file that names the current snapshot."""
        return self.root / POINTER

    @property
    def lock(self) -> Path:
        """Held by the one load that may write."""
        return self.root / "load.lock"

    @property
    def citations(self) -> Path:
        """Snapshots that something outside the home names, with day and reason."""
        return self.root / "cited.csv"

    @property
    def lock_holder(self) -> Path:
        """Who holds the lock, for the message to the one that finds it taken."""
        return self.root / "load.holder.json"

    def create(self) -> None:
        """Create the folders; raises HomeUnusable when that cannot be done."""
        try:
            for folder in (self.inbox, self.archive, self.lake, self.snapshots, self.reports, self.runs):
                make_folder(folder)
        except OSError as error:
            raise HomeUnusable(
                "The home folder cannot be created: {reason}",
                next_step="choose another folder with --home, or check permissions and disk space",
                place=str(self.root),
                reason=reason_of(error),
            ) from error


def disk_full(error: Exception, home: Home) -> HomeUnusable | None:
    """What to tell a person when an error of the system or of a library says that the disk is full, else None.

    It is the disk of the home, unless the system names a file elsewhere, such as in the temporary folder.
    """
    if not is_full(error):
        return None
    if (named := named_by(error)) and not Path(named).absolute().is_relative_to(home.root.absolute()):
        return told_of_full_disk(error)
    return HomeUnusable(
        "The disk is full; the last snapshot stands",
        next_step="free some space and run the load again",
        place=str(home.root),
    )


def sha256_of(path: Path) -> str:
    """Return the hash of a file, read piece by piece: what lies in an inbox may be larger than the memory."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


UNREADABLE_CSV = (KeyError, UnicodeDecodeError, csv.Error)
"""What `rows_of_csv` raises."""


def rows_of_csv(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file that people keep in a home, with the columns that are named; an empty cell is "".

    Raises KeyError for a column that is missing, UnicodeDecodeError and csv.Error for a file that is no such text.
    """
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    return [{column: (row[column] or "").strip() for column in columns} for row in rows]
