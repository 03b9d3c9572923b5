"""A whole home in one file, and back: everything that cannot be made again, with the hash of each file."""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
import json
import re
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from iga.errors import Sentence
from warehouse import disk
from warehouse.build import LEFTOVERS
from warehouse.errors import BackupInvalid, HomeUnusable
from warehouse.home import Home, disk_full, sha256_of
from warehouse.keeping.archive import ArchiveDamaged
from warehouse.keeping.sealed import opened, sealed
from warehouse.lock import held_by_this_process
from warehouse.snapshot import current_snapshot_id
from warehouse.system_faults import is_full, told_of_full_disk

MANIFEST = "manifest.json"
FORMAT = 1
KNOWN = "backups.json"
"""The file of a home that lists the backups made of it (path, day, hash); `iga verify` checks and uses them."""
KNOWN_AT_MOST = 50

_MADE_AGAIN = ("lake", ".lab", "jobs", "backups", ".evidence")
"""What a backup leaves out: parses are made again from the archive, the settings of JupyterLab (with the secrets of its
runs) by `iga lab`; jobs of the desk are history of this machine, and backups are no part of each other.
What was read of evidence is read again by `iga evidence`."""
_LARGEST_MANIFEST = 256 << 20
_MOST_FILES = 2_000_000
_FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)
"""Names that Windows does not take; a backup is to be restored there too."""
_SHA256 = re.compile("[0-9a-f]{64}")
_UNREADABLE = (
    tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, KeyError, TypeError, AttributeError,
    RecursionError, OverflowError,
)  # fmt: skip


@contextmanager
def new_backup(target: Path, passphrase: str | None = None) -> Iterator[IO[bytes]]:
    """Give the stream that a backup is written to; it appears under its name when it is whole and on the disk.

    With a passphrase what is written reaches the disk encrypted only. What a run that was cut off has left beside it
    goes: nobody else writes a file of this name while none stands.
    """
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*"):
        disk.discard(leftover)
    with disk.new_file(target) as file, sealed(file, passphrase) as stream:
        yield stream


@contextmanager
def opened_backup(source: Path) -> Iterator[BinaryIO]:
    """Give the stream that a backup is read from."""
    with source.open("rb") as stream:
        yield stream


def back_up(
    home: Home, target: Path, now: datetime, passphrase: str | None = None, *, despite_damage: bool = False
) -> dict[str, Any]:
    """Write a home into one file (tar, gzip), without parses; what is told of it: snapshot_id, file_count, made_at.

    Every file is hashed before and while it is written. Raises ArchiveDamaged where received bytes do not match their
    name, unless `despite_damage`; HomeLocked while a load runs; HomeUnusable where a file of that name exists or a file
    changes meanwhile. The file appears under its name when it is whole; with a passphrase it is encrypted as it is
    written.
    """
    if target.exists():
        raise HomeUnusable("There is a file of that name already", next_step="choose another name", place=str(target))
    try:
        with held_by_this_process(home, "iga backup"):
            files = {path.relative_to(home.root).as_posix(): sha256_of(path) for path in _files(home)}
            _refuse_damaged(home, files, despite_damage=despite_damage)
            manifest: dict[str, Any] = {
                "format": FORMAT,
                "made_at": now.isoformat(timespec="seconds"),
                "snapshot_id": current_snapshot_id(home),
                "files": files,
            }
            with new_backup(target, passphrase) as stream, tarfile.open(fileobj=stream, mode="w|gz") as archive:
                _add(archive, MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
                for name, sha in files.items():
                    _add_file(archive, home.root / name, name, sha)
            _remember(home, target, manifest["made_at"])
    except OSError as error:
        if is_full(error):
            raise told_of_full_disk(error, target.parent) from error
        raise
    return {"snapshot_id": manifest["snapshot_id"], "file_count": len(files), "made_at": manifest["made_at"]}


def restore(
    source: Path, home: Home, passphrase: str | None = None, before_named: Callable[[Home], None] | None = None
) -> dict[str, Any]:
    """Lay a backup into a new home, every file held to its hash, and name the home when all of it is there.

    Raises BackupInvalid when the file is damaged or holds more or other files than it says, HomeUnusable when the home
    is not empty. Nothing is left behind where it fails. An encrypted one needs its `passphrase`. `before_named` is
    given the home while nobody can use it yet: what was erased since is erased there. Whether its snapshot can be read
    today is not asked here.
    """
    if home.root.exists() and any(home.root.iterdir()):
        raise HomeUnusable(
            "The home folder is not empty; a backup is restored into a new one",
            next_step="name a new folder with --home",
            place=str(home.root),
        )
    private = disk.private_folder(home.root.parent, ".restore-")
    try:
        with opened(source, private, passphrase) as plain, opened_backup(plain) as stream:
            manifest = _extracted(source, stream, private)
        if before_named is not None:
            before_named(Home(private))
        private.chmod(0o755)
        disk.sync_tree(private)
        if home.root.exists():
            disk.remove(home.root)
        disk.replace(private, home.root)
    except OSError as error:
        if told := disk_full(error, home):
            raise told from error
        raise
    finally:
        disk.remove(private)
    home.create()
    return {name: manifest[name] for name in ("snapshot_id", "made_at")} | {"file_count": len(manifest["files"])}


def known_backups(home: Home) -> list[dict[str, str]]:
    """The backups that were made of this home, oldest first: path, made_at, sha256."""
    try:
        entries = json.loads((home.root / KNOWN).read_text(encoding="utf-8"))
        return [{name: str(entry[name]) for name in ("path", "made_at", "sha256")} for entry in entries]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def content_in(source: Path, name: str) -> bytes | None:
    """The bytes of one file of a backup; None where it is not in it, or the backup cannot be read."""
    try:
        with opened_backup(source) as stream, tarfile.open(fileobj=stream, mode="r:gz") as archive:
            member = archive.extractfile(name)
            return None if member is None else member.read()
    except (OSError, *_UNREADABLE):
        return None


def _remember(home: Home, target: Path, made_at: str) -> None:
    path = str(target.resolve())
    entry = {"path": path, "made_at": made_at, "sha256": sha256_of(target)}
    for leftover in home.root.glob(f".{KNOWN}.*"):  # of one that was cut off; the home's lock is held
        disk.discard(leftover)
    others = [known for known in known_backups(home) if known["path"] != path]
    disk.write_text(home.root / KNOWN, json.dumps([*others, entry][-KNOWN_AT_MOST:], indent=1) + "\n")


def _refuse_damaged(home: Home, files: dict[str, str], *, despite_damage: bool) -> None:
    rotten = [
        name for name, sha in files.items()
        if name.startswith("archive/") and name.endswith("/content") and PurePosixPath(name).parent.name != sha
    ]  # fmt: skip
    if rotten and not despite_damage:
        raise ArchiveDamaged(
            "{count} received file(s) in the archive are damaged; no backup was made: {names}",
            next_step="`iga verify --repair` heals them from the inbox or an earlier backup; `iga backup "
            "--despite-damage` keeps the home as it is",
            place=str(home.root / rotten[0]),
            count=len(rotten),
            names=", ".join(rotten),
        )


def _files(home: Home) -> Iterator[Path]:
    passed = {path for pattern in LEFTOVERS for path in home.root.glob(pattern)} | {home.lock, home.lock_holder}
    for path in sorted(home.root.rglob("*")):
        is_kept = path.relative_to(home.root).parts[0] not in _MADE_AGAIN and path not in passed
        # A link may lead out of the home; what it leads to was never taken in.
        if is_kept and path.is_file() and not path.is_symlink():
            yield path


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


class _Hashed(io.RawIOBase):
    """A stream that hashes what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.stream.read(size)
        self.digest.update(piece)
        return piece


def _add_file(archive: tarfile.TarFile, path: Path, name: str, sha256: str) -> None:
    """Add a file, held against the hash that the list states. Raises HomeUnusable where it is written to meanwhile."""
    with path.open("rb") as stream:
        hashed = _Hashed(stream)
        try:
            archive.addfile(archive.gettarinfo(name=str(path), arcname=name), hashed)
            is_same = hashed.digest.hexdigest() == sha256
        except OSError as error:
            if "unexpected end of data" not in str(error):
                raise
            is_same = False
    if not is_same:
        raise HomeUnusable(
            "{name} changed while it was backed up",
            next_step="close the program that writes it, then run `iga backup` again",
            place=str(path),
            name=name,
        )


def _extracted(source: Path, stream: BinaryIO, folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose files now lie in the folder, each as its hash says."""
    try:
        with tarfile.open(fileobj=stream, mode="r:gz") as archive:
            manifest = _manifest(source, archive)
            files: dict[str, str] = manifest["files"]
            left = set(files)
            room = shutil.disk_usage(folder).free
            for member in archive:
                if member.name == MANIFEST:
                    continue
                if not member.isreg() or member.name not in left:
                    raise _invalid(source, Sentence("{name} is not in its list", name=member.name))
                room -= member.size
                if room < 0:
                    raise _no_room(folder)
                left.discard(member.name)
                _extract(source, archive, member, folder, files[member.name])
    except _UNREADABLE as error:
        raise _invalid(source, Sentence("it is damaged, or no backup")) from error
    if left:
        raise _invalid(source, Sentence("{name} is missing or differs from its hash", name=min(left)))
    return manifest


def _manifest(source: Path, archive: tarfile.TarFile) -> dict[str, Any]:
    """The list of the files, which stands first. Raises ValueError, TypeError or KeyError for one that is none."""
    first = archive.next()
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > _LARGEST_MANIFEST:
        raise _invalid(source, Sentence("it has no list of its files"))
    stream = archive.extractfile(first)
    manifest: dict[str, Any] = json.loads(stream.read() if stream is not None else b"")
    if manifest.get("format") != FORMAT:
        raise _invalid(source, Sentence("it is of another version"))
    files = manifest["files"]
    if not isinstance(files, dict) or len(files) > _MOST_FILES or not isinstance(manifest["made_at"], str):
        raise TypeError("files")
    if not isinstance(manifest["snapshot_id"], str | None):
        raise TypeError("snapshot_id")
    lower: set[str] = set()
    for name, sha in files.items():
        if not isinstance(sha, str) or not _SHA256.fullmatch(sha) or not _is_inside(name):
            raise _invalid(source, Sentence("{name} is no name of a file in a home", name=name))
        if name.lower() in lower:
            raise _invalid(source, Sentence("{name} stands in it twice, but for capital letters", name=name))
        lower.add(name.lower())
    return manifest


def _extract(source: Path, archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, sha256: str) -> None:
    target, stream = folder / member.name, archive.extractfile(member)
    disk.make_folder(target.parent)
    digest = hashlib.sha256()
    with target.open("xb") as written:
        while stream is not None and (piece := stream.read(1 << 20)):
            digest.update(piece)
            disk.system.write(written, piece)
    if digest.hexdigest() != sha256:
        raise _invalid(source, Sentence("{name} is missing or differs from its hash", name=member.name))


def _is_inside(name: str) -> bool:
    """Whether a name leads to a place in the home, on every system."""
    path = PurePosixPath(name)
    is_plain = path.as_posix() == name and not path.is_absolute() and name not in ("", ".", MANIFEST)
    return is_plain and not any(part == ".." or _FORBIDDEN.search(part) for part in path.parts)


def _no_room(folder: Path) -> HomeUnusable:
    return HomeUnusable(
        "The disk has no room for the files of the backup",
        next_step="free some space, or name a folder on another disk with --home",
        place=str(folder.parent),
    )


def _invalid(place: Path, reason: Sentence) -> BackupInvalid:
    return BackupInvalid(
        "The backup cannot be restored: {reason}",
        next_step="take another backup; this one is damaged or was not made by `iga backup`",
        place=str(place),
        reason=reason,
    )
