"""What is known of a received file beside its cells: city, edition, when, from which system; and its archive."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from etl.cells.sheets import UnreadableFile, load_limits, refuse_too_large
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse.disk import write_text
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import Home, sha256_of
from warehouse.region import region_of_code, resolve_city
from warehouse.region_history import former

SIDE_FILE = "receipt.toml"
LARGEST_SIDE_FILE = 1 << 20
"""Bytes of a side file, which names the files of one folder."""
EDITIONS = range(1000, 10_000)
"""An edition is a year of four digits; anything else in a folder's name or a side file is a slip."""
COVERAGES = ("full", "partial", "correction")


Status = Literal["draft", "sent", "returned", "rejected", "accepted"]


class SideFileInvalid(WorkbenchError):
    """A ``receipt.toml`` cannot be read; the files beside it are held."""

    exit_code = ExitCode.INPUT_HELD


class _FileEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    received: date | None = None
    layout: str | None = None
    coverage: str | None = None
    system: str | None = None
    ignore: bool = False
    replaces: bool = False
    status: Status | None = None


class _SideFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    city: str | None = None
    edition: int | None = Field(default=None, ge=EDITIONS.start, lt=EDITIONS.stop)
    simulated: bool = False
    closing_date: date | None = None
    note: str = ""
    file: list[_FileEntry] = Field(default_factory=list)


@dataclass(frozen=True)
class Receipt:
    """One received file. ``region_code`` and ``edition`` are None, with a ``problem``, when nothing says them.

    ``arrival`` counts the files that had come before it, so that of two exports of one day the later one is known.
    ``replaces``: somebody has confirmed that a full export may withdraw most of what stood. ``status``: the status
    of every row, where the file itself does not say it (a list of the rejected). ``region_text`` is the code or name by
    which the region was named, where it bears it no more.
    """

    file_sha256: str
    file_name: str
    region_code: str | None
    edition: int | None
    received_date: date | None
    layout: str | None = None
    system: str | None = None
    coverage: str = "full"
    is_simulated: bool = False
    closing_date: date | None = None
    is_ignored: bool = False
    problem: str = ""
    arrival: int = 0
    replaces: bool = False
    is_coverage_stated: bool = False
    status: str | None = None
    region_text: str | None = None

    def facts(self) -> dict[str, str | int | bool | None]:
        """The receipt as plain values, dates as text."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in vars(self).items()}

    def as_json(self) -> str:
        """The receipt as kept in the archive."""
        return json.dumps(self.facts(), ensure_ascii=False, sort_keys=True, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """The receipt as it was kept."""
        content = json.loads(text)
        for name in ("received_date", "closing_date"):
            content[name] = date.fromisoformat(content[name]) if content[name] else None
        return cls(**content)


@dataclass(frozen=True)
class Statement:
    """What the person who loads a file says of it on the command line; it goes before the side file."""

    city: str | None = None
    edition: int | None = None
    received: date | None = None


@dataclass(frozen=True)
class Source:
    """A folder or file to receive from, and what is said of its files."""

    path: Path
    stated: Statement = Statement()


@dataclass(frozen=True)
class Unread:
    """A file or folder that lies in the inbox and that the system does not let us read, or that is too large.

    `detail` are the arguments of the words of `rule` (`warehouse/locale/set_aside.toml`).
    """

    file_name: str
    reason: str
    rule: str = "not_opened"
    detail: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of the words of the rule."""
        return self.detail or {"detail": self.reason}


def receive(
    home: Home,
    sources: list[Source],
    today: date,
    unread: list[Unread] | None = None,
    known_receipts: Iterable[Receipt] | None = None,
) -> Iterator[Receipt]:
    """Archive every file of the sources and give the receipt of each, in the order of their names.

    A file that names no received date bears the day on which it was first seen. The same bytes are received once. What
    cannot be opened (no permission, gone in between) is put into `unread` and does not stop the others.
    `known_receipts` are those of the archive, where they have been read already.
    """
    closed = [] if unread is None else unread
    seen: set[str] = set()
    sides: dict[Path, _SideFile | SideFileInvalid] = {}
    known_receipts = archived(home) if known_receipts is None else known_receipts
    kept = {receipt.file_sha256: receipt for receipt in known_receipts}
    archive = home.archive
    for source in sources:
        for base, path in _files(source.path, closed):
            try:
                refuse_too_large(path.stat().st_size, load_limits())
                file_sha256 = sha256_of(path)
                folder = archive / file_sha256[:2] / file_sha256
                _keep_content(folder, path, file_sha256)
            except (PermissionError, FileNotFoundError) as error:
                closed.append(_unread(base, path, error))
                continue
            except UnreadableFile as error:  # nothing of it is kept, nor is it hashed at every load
                closed.append(Unread(_name_of(base, path), str(error), "unreadable", error.detail))
                continue
            except _ChangedWhileRead:
                closed.append(Unread(_name_of(base, path), "changed while it was read"))
                continue
            if file_sha256 in seen:
                continue
            seen.add(file_sha256)
            receipt = _receipt_of(file_sha256, base, path, source.stated, sides)
            known = kept.get(file_sha256)
            receipt = replace(
                receipt,
                received_date=receipt.received_date or (known and known.received_date) or today,
                arrival=known.arrival if known else len(kept),
            )
            kept[file_sha256] = receipt
            _keep(folder, receipt, known)
            yield receipt


def archived(home: Home) -> list[Receipt]:
    """Every receipt of the archive: a file that was taken out of the inbox later still counts."""
    return [
        Receipt.from_json(path.read_text(encoding="utf-8")) for path in sorted(home.archive.glob("*/*/receipt.json"))
    ]


def inbox_hashes(home: Home) -> set[str]:
    """The sha256 of every file that lies in the inbox now and can be read."""
    if not home.inbox.is_dir():
        return set()
    found = set()
    for _, path in _files(home.inbox, []):
        with contextlib.suppress(OSError, UnreadableFile):
            refuse_too_large(path.stat().st_size, load_limits())
            found.add(sha256_of(path))
    return found


def content_of(home: Home, file_sha256: str) -> bytes:
    """The bytes of a received file. Raises UnreadableFile for one that is too large to be taken into memory."""
    path = home.archive / file_sha256[:2] / file_sha256 / "content"
    refuse_too_large(path.stat().st_size, load_limits())
    return path.read_bytes()


def _files(root: Path, closed: list[Unread]) -> Iterator[tuple[Path, Path]]:
    """(folder that the name is told from, file), sorted; hidden files, lock files and side files are no submissions.

    Folders and files that cannot be opened are put into `closed`.
    """
    base = root.parent
    try:
        if not root.exists():
            raise UnknownName("There is no file {path}", next_step="check the path", path=root)
        base = root if root.is_dir() else root.parent
        paths = sorted(_below(root, closed)) if root.is_dir() else [root]
    except PermissionError as error:
        closed.append(_unread(base, root, error))
        return
    for path in paths:
        try:
            is_sent = _is_sent(base, path)
        except PermissionError as error:  # of a folder that lists its names and lets nobody in
            closed.append(_unread(base, path, error))
            continue
        if is_sent:
            yield base, path


def _is_sent(base: Path, path: Path) -> bool:
    # A link that leads out of the inbox is not a file that was sent.
    is_inside = not path.is_symlink() or path.resolve().is_relative_to(base.resolve())
    return path.is_file() and is_inside and path.name != SIDE_FILE and not path.name.startswith((".", "~$"))


def _below(root: Path, closed: list[Unread]) -> Iterator[Path]:
    def close(error: OSError) -> None:
        closed.append(_unread(root, Path(error.filename), error))

    for folder, _, names in os.walk(root, onerror=close):
        for name in names:
            yield Path(folder) / name


def _unread(base: Path, path: Path, error: OSError) -> Unread:
    return Unread(_name_of(base, path), error.strerror or type(error).__name__)


def _name_of(base: Path, path: Path) -> str:
    name = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name
    # A name from another system may hold bytes that are no text; it is told with a mark in their place.
    return os.fsencode(name).decode(errors="replace")


def _receipt_of(
    file_sha256: str, base: Path, path: Path, stated: Statement, sides: dict[Path, _SideFile | SideFileInvalid]
) -> Receipt:
    name = _name_of(base, path)
    if path.parent not in sides:
        sides[path.parent] = _side_file_or_fault(path.parent)
    side = sides[path.parent]
    if isinstance(side, SideFileInvalid):
        return Receipt(file_sha256, name, None, None, stated.received, problem=str(side))
    entry = next((entry for entry in side.file if entry.name == path.name), _FileEntry(name=path.name))
    region_code, edition, problem, region_text = _place(base, path, side, stated)
    return Receipt(
        file_sha256=file_sha256,
        file_name=name,
        region_code=region_code,
        edition=edition,
        received_date=stated.received or entry.received,
        layout=entry.layout,
        system=entry.system,
        coverage=entry.coverage or "full",
        is_simulated=side.simulated,
        closing_date=side.closing_date,
        is_ignored=entry.ignore,
        problem=problem,
        replaces=entry.replaces,
        is_coverage_stated=entry.coverage is not None,
        status=entry.status,
        region_text=region_text,
    )


def _place(
    base: Path, path: Path, side: _SideFile, stated: Statement
) -> tuple[str | None, int | None, str, str | None]:
    """City and edition: as stated, else from the side file, else from the folders ``<city>/<edition>/``.

    Beside them what is wrong, and the former code or name that the city was named by.
    """
    folders = path.relative_to(base).parts[:-1] if path.is_relative_to(base) else ()
    city = stated.city or side.city or (folders[0] if folders else None)
    edition = stated.edition or side.edition
    if edition is None and len(folders) > 1 and re.fullmatch("[0-9]{4}", folders[1]):
        edition = int(folders[1])
    if edition not in EDITIONS:
        edition = None
    if city is None or edition is None:
        return None, None, "city" if city is None else "edition", None
    try:
        return resolve_city(city).region_code, edition, "", city if former(city) else None
    except UnknownName as error:
        return None, None, str(error), None


def _side_file_or_fault(folder: Path) -> _SideFile | SideFileInvalid:
    try:
        return _side_file(folder)
    except SideFileInvalid as error:
        return error


def _side_file(folder: Path) -> _SideFile:
    path = folder / SIDE_FILE
    if not path.is_file():
        return _SideFile()
    try:
        if path.stat().st_size > LARGEST_SIDE_FILE:
            raise SideFileInvalid(
                "{name} is larger than {limit} bytes",
                next_step="correct it; docs/inbox.md shows its fields",
                name=SIDE_FILE,
                limit=LARGEST_SIDE_FILE,
            )
        side = _SideFile.model_validate(parsed_toml(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError, PermissionError) as error:
        raise SideFileInvalid(
            "{name} cannot be read: {reason}",
            next_step="correct it; docs/inbox.md shows its fields",
            name=SIDE_FILE,
            reason=reason_of(error),
        ) from error
    for entry in side.file:
        if entry.coverage is not None and entry.coverage not in COVERAGES:
            raise SideFileInvalid(
                "{name}: coverage {coverage} is not known",
                next_step="write one of: {known}",
                name=SIDE_FILE,
                coverage=entry.coverage or "full",
                known=", ".join(COVERAGES),
            )
    return side


class _ChangedWhileRead(Exception):
    """A file was written to while it was copied: it is taken in by the next load."""


def _keep_content(folder: Path, path: Path, file_sha256: str) -> None:
    """Copy a file into the archive, unless it is there; a copy of another length is what a power cut left of it."""
    target = folder / "content"
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if target.stat().st_size == path.stat().st_size:
            return
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / ".content"
    try:
        shutil.copyfile(path, partial)
        if sha256_of(partial) != file_sha256:
            raise _ChangedWhileRead
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)  # there still where the disk is full or the file has changed


def _keep(folder: Path, receipt: Receipt, known: Receipt | None) -> None:
    if receipt != known:
        write_text(folder / "receipt.json", receipt.as_json())


def region_name(region_code: str | None) -> str:
    """The region's full name for messages."""
    return region_of_code(region_code).full_name if region_code else "-"
