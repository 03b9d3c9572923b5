"""Whether a home is still whole: archive, receipts, lake, snapshots, known backups, and what else is passed in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from iga.errors import Sentence
from warehouse import disk
from warehouse.connection import private_connection
from warehouse.home import Home, sha256_of
from warehouse.keeping.archive import heal, is_whole, read_content, unsealed
from warehouse.keeping.backup import content_in, known_backups
from warehouse.keeping.content_hash import HASHES, table_hashes
from warehouse.snapshot import current_snapshot_id

Progress = Callable[[str, int, int], None]
"""Called with what is checked (`archive`, `lake`, `snapshots`, ...), how much of it is done, and how much there is."""

REBUILT = Sentence("`iga verify --repair` builds it again from the archive")
PARSED_AGAIN = Sentence("nothing: the next load parses the file again")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written: its kind, the file, what is wrong with it, and what to do.

    `is_damage` is false for what only cannot be looked at, such as a backup on a disk that is not plugged in.
    `is_repaired`: it was put right while it was found.
    """

    kind: str
    path: str
    what: Sentence
    next_step: Sentence
    is_damage: bool = True
    is_repaired: bool = False


Check = Callable[[Home], Iterable[Finding]]
"""A check of another room, such as that of the reports."""


@dataclass
class Findings:
    """What a verification found, and how many of each kind it looked at."""

    found: list[Finding] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is damaged, or all of it was repaired."""
        return not self.damaged

    @property
    def damaged(self) -> list[Finding]:
        """What is damaged still."""
        return [finding for finding in self.found if finding.is_damage and not finding.is_repaired]


def verify_home(
    home: Home, *, repair: bool = False, checks: Sequence[Check] = (), progress: Progress | None = None
) -> Findings:
    """Hold everything in a home against its hashes; with `repair` put right what the inbox or a backup can put right.

    A snapshot is not repaired here: only a load can build it again.
    """
    findings = Findings()
    places: dict[str, tuple[list[Path], Callable[[Path], Iterable[Finding]]]] = {
        "archive": (_folders(home), lambda folder: _of_content(home, folder, repair=repair)),
        "receipts": (_folders(home), lambda folder: _of_receipt(home, folder)),
        "lake": (sorted(home.lake.glob("*/*/*/parse.json")), lambda path: _of_parse(home, path, repair=repair)),
        "snapshots": (sorted(home.snapshots.glob("*.duckdb")), lambda path: _of_snapshot(home, path)),
        "backups": ([Path(entry["path"]) for entry in known_backups(home)], lambda path: _of_backup(home, path)),
    }
    for kind, (paths, check) in places.items():
        findings.checked[kind] = len(paths)
        for done, path in enumerate(paths, start=1):
            findings.found += check(path)
            if progress is not None:
                progress(kind, done, len(paths))
    findings.found += _of_pointer(home)
    for check_more in checks:
        findings.found += check_more(home)
    return findings


def _folders(home: Home) -> list[Path]:
    return [path for path in sorted(home.archive.glob("*/*")) if path.is_dir()]


def _shown(home: Home, path: Path) -> str:
    return path.relative_to(home.root).as_posix() if path.is_relative_to(home.root) else str(path)


def _of_content(home: Home, folder: Path, *, repair: bool) -> Iterator[Finding]:
    if is_whole(home, folder.name):
        return
    is_repaired = repair and (read_content(home, folder.name) is not None or _healed_from_backup(home, folder.name))
    yield Finding(
        "archive",
        _shown(home, folder / "content"),
        Sentence("the bytes of {name} are not those that were received", name=_name_of(folder)),
        Sentence(
            "put the original file into the inbox again, then `iga verify --repair`, which also looks in the backups "
            "that are known"
        ),
        is_repaired=is_repaired,
    )


def _healed_from_backup(home: Home, file_sha256: str) -> bool:
    for entry in reversed(known_backups(home)):
        content = content_in(Path(entry["path"]), f"archive/{file_sha256[:2]}/{file_sha256}/content")
        try:
            if content is not None:
                heal(home, file_sha256, content)
                return True
        except ValueError:  # damaged there too
            continue
    return False


def _name_of(folder: Path) -> str:
    """The name under which a file was received, where its receipt says so."""
    try:
        return str(json.loads((folder / "receipt.json").read_text(encoding="utf-8"))["file_name"])
    except (OSError, ValueError, KeyError, TypeError):
        return folder.name


def _of_receipt(home: Home, folder: Path) -> Iterator[Finding]:
    path = folder / "receipt.json"
    try:
        unsealed(path.read_text(encoding="utf-8"), is_required=False)
    except (OSError, ValueError, RecursionError):
        yield Finding(
            "receipts",
            _shown(home, path),
            Sentence("what is known of the received file is damaged or missing"),
            Sentence("`iga ingest` takes it from the current snapshot, or from the file if it lies in the inbox"),
        )


def _of_parse(home: Home, path: Path, *, repair: bool) -> Iterator[Finding]:
    try:
        facts = unsealed(path.read_text(encoding="utf-8"), is_required=False)
        # Former versions kept each frame as Parquet, and stated its name alone.
        named = {name if "." in name else f"{name}.parquet": sha for name, sha in facts.get("parts", {}).items()}
        parts = {path.with_name(name): sha for name, sha in named.items()}
        if all(sha256_of(part) == sha for part, sha in parts.items()):
            return
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        pass
    if repair:
        disk.remove(path.parent)
    yield Finding(
        "lake",
        _shown(home, path.parent),
        Sentence("a parse is not as it was written"),
        PARSED_AGAIN,
        is_repaired=repair,
    )


def _of_snapshot(home: Home, path: Path) -> Iterator[Finding]:
    """Read every block of every table, and hold each against the hash that the snapshot states."""
    differing: list[str] = []
    reason: Sentence | None = None
    try:
        connection = private_connection()
        try:
            quoted = str(path).replace("'", "''")
            connection.execute(f"attach '{quoted}' as snapshot_file (read_only)")
            connection.execute("use snapshot_file")
            hashes = table_hashes(connection)
            stated = _stated_hashes(connection)
            names = connection.execute("select snapshot_id from snapshot").fetchall()
        finally:
            connection.close()
        if stated is not None:
            differing = sorted(name for name in stated.keys() | hashes.keys() if stated.get(name) != hashes.get(name))
        if names != [(path.stem,)]:
            reason = Sentence("it names itself otherwise than its file")
    except duckdb.Error as error:
        reason = Sentence("{words}", words=str(error).splitlines()[0])
    if differing:
        reason = Sentence("tables differ from their hash: {tables}", tables=", ".join(differing))
    if reason is None:
        return
    is_current = current_snapshot_id(home) == path.stem
    other = Sentence("lay a backup that holds it into a new home (`iga restore`), and copy the file from there")
    yield Finding(
        "snapshots",
        _shown(home, path),
        Sentence("the snapshot is damaged: {reason}", reason=reason),
        REBUILT if is_current else other,
    )


def _stated_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]] | None:
    """What a snapshot states of its tables; None for one of a former version, which states nothing."""
    has_table = connection.execute("select count(*) from duckdb_tables() where table_name = ?", [HASHES]).fetchone()
    if has_table != (1,):
        return None
    rows = connection.execute(f"select table_name, row_count, content_hash from {HASHES}").fetchall()
    return {name: (count, content_hash) for name, count, content_hash in rows}


def _of_pointer(home: Home) -> Iterator[Finding]:
    current = current_snapshot_id(home)
    is_lost = current is None and (home.pointer.exists() or any(home.snapshots.glob("*.duckdb")))
    if is_lost or (current is not None and not (home.snapshots / f"{current}.duckdb").is_file()):
        yield Finding(
            "snapshots",
            _shown(home, home.pointer),
            Sentence("the current snapshot is not there, or nothing names it"),
            REBUILT,
        )


def _of_backup(home: Home, path: Path) -> Iterator[Finding]:
    entry = next(entry for entry in known_backups(home) if entry["path"] == str(path))
    try:
        is_same = sha256_of(path) == entry["sha256"]
    except OSError:
        yield Finding(
            "backups",
            str(path),
            Sentence("the backup cannot be read now"),
            Sentence("plug its disk in, or make another with `iga backup`"),
            is_damage=False,
        )
        return
    if not is_same:
        yield Finding(
            "backups",
            str(path),
            Sentence("the backup is not as it was written"),
            Sentence("make another with `iga backup`, and do not restore this one"),
        )
