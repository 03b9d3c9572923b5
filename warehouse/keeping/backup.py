"""A whole home in one file, and back: everything that cannot be made again, with the hash of each file."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from iga.errors import Sentence
from warehouse.build import LEFTOVERS, audit_names, statements
from warehouse.errors import BackupInvalid, HomeUnusable
from warehouse.home import Home, disk_full, sha256_of
from warehouse.keeping.sealed import opened, sealed
from warehouse.lock import held_by_this_process
from warehouse.snapshot import Snapshot, current_snapshot_id

MANIFEST = "manifest.json"
FORMAT = 1
_MADE_AGAIN = ("lake", ".lab")
"""Parses are made again from the archive, the settings of JupyterLab (with the secrets of its runs) by `iga lab`."""


def back_up(home: Home, target: Path, now: datetime, passphrase: str | None = None) -> dict[str, Any]:
    """Write a home into one file (tar, gzip), without parses; what is told of it: snapshot_id, file_count, made_at.

    Waits for nobody: raises HomeLocked while a load runs. The file appears under its name when it is whole; an existing
    one is not overwritten (HomeUnusable). With a passphrase it is encrypted as it is written.
    """
    if target.exists():
        raise HomeUnusable("There is a file of that name already", next_step="choose another name", place=str(target))
    private = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with held_by_this_process(home, "iga backup"):
            files = {path.relative_to(home.root).as_posix(): sha256_of(path) for path in _files(home)}
            manifest: dict[str, Any] = {
                "format": FORMAT,
                "made_at": now.isoformat(timespec="seconds"),
                "snapshot_id": current_snapshot_id(home),
                "files": files,
            }
            with sealed(private, passphrase) as stream, tarfile.open(fileobj=stream, mode="w|gz") as archive:
                _add(archive, MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
                for name in files:
                    archive.add(home.root / name, name, recursive=False)
        private.replace(target)
    except OSError as error:
        if told := disk_full(error, home):
            raise told from error
        raise
    finally:
        private.unlink(missing_ok=True)
    return {"snapshot_id": manifest["snapshot_id"], "file_count": len(files), "made_at": manifest["made_at"]}


def restore(
    source: Path, home: Home, passphrase: str | None = None, before_named: Callable[[Home], None] | None = None
) -> dict[str, Any]:
    """Lay a backup into a new home: every file held to its hash, the current snapshot opened and audited, then named.

    Raises BackupInvalid when the file is damaged or holds more or other files than it says, HomeUnusable when the home
    is not empty. Nothing is left behind where it fails. An encrypted one needs its `passphrase`. `before_named` is
    given the home while nobody can use it yet: what was erased since is erased there.
    """
    if home.root.exists() and any(home.root.iterdir()):
        raise HomeUnusable(
            "The home folder is not empty; a backup is restored into a new one",
            next_step="name a new folder with --home",
            place=str(home.root),
        )
    home.root.parent.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(dir=home.root.parent, prefix=".restore-"))
    try:
        with opened(source, private, passphrase) as plain:
            manifest = _extracted(plain, private)
        _check(Home(private), manifest)
        if before_named is not None:
            before_named(Home(private))
        private.chmod(0o755)
        if home.root.exists():
            home.root.rmdir()
        private.replace(home.root)
    except OSError as error:
        if told := disk_full(error, home):
            raise told from error
        raise
    finally:
        shutil.rmtree(private, ignore_errors=True)
    home.create()
    return {name: manifest[name] for name in ("snapshot_id", "made_at")} | {"file_count": len(manifest["files"])}


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


def _extracted(source: Path, folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose files now lie in the folder."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            first = archive.next()
            stream = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
            if stream is None:
                raise _invalid(source, Sentence("it has no list of its files"))
            manifest: dict[str, Any] = json.loads(stream.read())
            if manifest.get("format") != FORMAT:
                raise _invalid(source, Sentence("it is of another version"))
            for member in archive.getmembers()[1:]:
                if not member.isfile() or member.name not in manifest["files"] or not _is_inside(member.name):
                    raise _invalid(source, Sentence("{name} is not in its list", name=member.name))
                archive.extract(member, folder, filter="data")
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, KeyError) as error:
        raise _invalid(source, Sentence("it is damaged, or no backup")) from error
    for name, sha in manifest["files"].items():
        if not (folder / name).is_file() or sha256_of(folder / name) != sha:
            raise _invalid(source, Sentence("{name} is missing or differs from its hash", name=name))
    return manifest


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _check(home: Home, manifest: dict[str, Any]) -> None:
    """The current snapshot opens and holds its audits; a home without one has nothing to hold."""
    if manifest["snapshot_id"] is None:
        return
    with Snapshot.open(manifest["snapshot_id"], home.root) as snapshot:
        broken = [name for name in audit_names() if snapshot.sql(statements(f"audits/{name}")).height]
    if broken:
        raise _invalid(home.root, Sentence("the snapshot breaks {audits}", audits=", ".join(broken)))


def _invalid(place: Path, reason: Sentence) -> BackupInvalid:
    return BackupInvalid(
        "The backup cannot be restored: {reason}",
        next_step="take another backup; this one is damaged or was not made by `iga backup`",
        place=str(place),
        reason=reason,
    )
