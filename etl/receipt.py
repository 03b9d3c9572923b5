"""What is known of a received file beside its cells: city, edition, when, from which system; and its archive."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tomllib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from etl.cells.unreadable import UnreadableFile, load_limits, refuse_too_large
from etl.tombstones import Tombstone, forgotten_files, known_again, tombstones_of
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse import disk
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import Home, acting_person, sha256_of
from warehouse.keeping.archive import damaged, folder_of, read_content, sealed, unsealed
from warehouse.region import region_of_code, resolve_city
from warehouse.region_history import former
from warehouse.snapshot import Snapshot

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
    place_confirmed: bool = False
    status: Status | None = None


class _SideFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    city: str | None = None
    edition: int | None = Field(default=None, ge=EDITIONS.start, lt=EDITIONS.stop)
    simulated: bool = False
    closing_date: date | None = None
    note: str = ""
    file: list[_FileEntry] = Field(default_factory=list)


PEOPLE = ("received_by", "undone_by")
"""The fields of a receipt that say who did something."""


class ReceiptDamaged(Exception):
    """The kept facts of a received file are no longer what was written."""


@dataclass(frozen=True)
class Receipt:
    """One received file. ``region_code`` and ``edition`` are None, with a ``problem``, when nothing says them.

    ``arrival`` counts the files that had come before it, so that of two exports of one day the later one is known.
    ``replaces``: somebody has confirmed that a full export may withdraw most of what stood. ``status``: the status
    of every row, where the file itself does not say it (a list of the rejected). ``region_text`` is the code or name by
    which the region was named, where it bears it no more. ``undone_on`` is the moment at which somebody took the file
    back (`iga undo`): it stays so while the file still lies in the inbox. ``place_confirmed``: somebody has confirmed
    that region and edition are right although the file itself names others. ``received_by`` and ``undone_by`` are the
    people of an office who did it; no snapshot is named by them.
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
    undone_on: str | None = None
    place_confirmed: bool = False
    received_by: str | None = None
    undone_by: str | None = None

    @property
    def place(self) -> tuple[str | None, int | None]:
        """The season that the file is received for: region and edition."""
        return self.region_code, self.edition

    @property
    def place_name(self) -> str:
        """The season in words: "Kota Bengkulu 2026"."""
        return f"{region_name(self.region_code)} {self.edition or '-'}"

    @property
    def counts(self) -> bool:
        """Whether a load takes the file: neither its side file nor `iga undo` has left it out."""
        return not self.is_ignored and self.undone_on is None

    def facts(self) -> dict[str, str | int | bool | None]:
        """The receipt as plain values that name a snapshot, dates as text; what came later only where it says anything.

        People are no part of them: the same files give the same snapshot, whoever lays them down.
        """
        values = {name: value.isoformat() if isinstance(value, date) else value for name, value in vars(self).items()}
        for name in PEOPLE:
            del values[name]
        if self.undone_on is None:
            del values["undone_on"]
        if not self.place_confirmed:
            del values["place_confirmed"]
        return values

    def as_json(self) -> str:
        """The receipt as kept in the archive: its facts, and who received it and took it back, where that is known."""
        people = {name: person for name in PEOPLE if (person := getattr(self, name)) is not None}
        return sealed(dict(sorted((self.facts() | people).items())))

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """The receipt as it was kept. Raises ReceiptDamaged where the text is no longer what was written."""
        try:
            return cls.of_facts(unsealed(text, is_required=False))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ReceiptDamaged from error

    @classmethod
    def of_facts(cls, facts: dict[str, Any]) -> Receipt:
        """The receipt of its plain values."""
        days = ("received_date", "closing_date")
        return cls(**facts | {name: date.fromisoformat(facts[name]) if facts[name] else None for name in days})


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
    stones: Sequence[Tombstone] | None = None,
) -> Iterator[Receipt]:
    """Archive every file of the sources and give the receipt of each, in the order of their names.

    A file that names no received date bears the day on which it was first seen. The same bytes are received once, for
    one region and edition: a copy in the folder of another one is put into `unread`, and the first place stands
    (`_standing`). What cannot be opened (no permission, gone in between) is put there too and does not stop the others.
    `known_receipts` are those of the archive, where they have been read already; `stones` are the tombstones of
    another home, whose files are only tried.
    """
    closed = [] if unread is None else unread
    copies: dict[str, list[_Copy]] = {}
    sides: dict[Path, _SideFile | SideFileInvalid] = {}
    known_receipts = archived(home) if known_receipts is None else known_receipts
    kept = {receipt.file_sha256: receipt for receipt in known_receipts}
    stones = tombstones_of(home) if stones is None else stones
    for source in sources:
        is_stated = source.stated.city is not None or source.stated.edition is not None
        for base, path in _files(source.path, closed):
            try:
                refuse_too_large(path.stat().st_size, load_limits())
                file_sha256 = sha256_of(path)
                if stones and file_sha256 not in kept and _was_forgotten(_name_of(base, path), path, stones):
                    closed.append(Unread(_name_of(base, path), "", "forgotten"))
                    continue
                _keep_content(folder_of(home, file_sha256), path, file_sha256)
            except (PermissionError, FileNotFoundError) as error:
                closed.append(_unread(base, path, error))
                continue
            except UnreadableFile as error:  # nothing of it is kept, nor is it hashed at every load
                closed.append(Unread(_name_of(base, path), str(error), "unreadable", error.detail))
                continue
            except _ChangedWhileRead:
                closed.append(Unread(_name_of(base, path), "changed while it was read"))
                continue
            receipt = _receipt_of(file_sha256, base, path, source.stated, sides)
            copies.setdefault(file_sha256, []).append(_Copy(receipt, is_stated))
    under_path: dict[_Path, dict[str, Receipt]] = {}
    for receipt in kept.values():
        under_path.setdefault(_path_of(receipt), {})[receipt.file_sha256] = receipt
    next_arrival = max((receipt.arrival for receipt in kept.values()), default=-1) + 1
    for file_sha256, here in copies.items():
        known = kept.get(file_sha256)
        standing = _standing(here, known)
        closed.extend(_elsewhere(here, standing or known))
        if standing is None:
            continue
        others = [
            other
            for other in under_path.get(_path_of(standing), {}).values()
            if all(copy.receipt.file_name != other.file_name for copy in copies.get(other.file_sha256, ()))
        ]
        receipt = _arrived(standing, known, others, next_arrival, today)
        next_arrival = max(next_arrival, receipt.arrival + 1)
        kept[file_sha256] = receipt
        _keep(folder_of(home, file_sha256), receipt, known)
        yield receipt


_Path = tuple[str, str | None, int | None]


def _path_of(receipt: Receipt) -> _Path:
    """Where a file lies, and for which season: files of a command line may share a name."""
    return (receipt.file_name, *receipt.place)


@dataclass(frozen=True)
class _Copy:
    """One place at which some bytes lie, and whether the command line says city or edition of it."""

    receipt: Receipt
    is_stated: bool


def _standing(copies: Sequence[_Copy], known: Receipt | None) -> Receipt | None:
    """Of all places at which the same bytes lie the one that counts; None where the known receipt stands as it is.

    The first place stands. A file that is gone from there was moved, and one whose side file says another city or
    edition now was put right. Which city a file of the command line is of is stated anew by every load of it, so that
    only `iga undo` frees it for another one.
    """
    counting = [copy for copy in copies if not copy.receipt.is_ignored] or list(copies)
    placed = [copy for copy in counting if not copy.receipt.problem] or counting
    if known is None or known.problem:
        return placed[0].receipt
    if not known.counts:
        freed = [copy for copy in placed if copy.receipt.place != known.place and not copy.receipt.problem]
        return (freed or placed)[0].receipt
    at_known = [copy for copy in counting if copy.receipt.file_name == known.file_name]
    agreeing = [copy for copy in at_known or placed if copy.receipt.place == known.place]
    if agreeing:
        return agreeing[0].receipt
    mended = [copy for copy in at_known if not copy.is_stated]
    if mended:
        return mended[0].receipt
    came_by_path = at_known or "/" not in known.file_name
    return None if came_by_path else placed[0].receipt


def _elsewhere(copies: Sequence[_Copy], standing: Receipt | None) -> Iterator[Unread]:
    """The copies of a file that lie in the folder of another region or edition than the one that it counts for."""
    if standing is None or standing.problem or standing.is_ignored:
        return
    for copy in copies:
        receipt = copy.receipt
        if receipt.is_ignored or receipt.problem or receipt.place == standing.place:
            continue
        detail = {"first": standing.file_name, "counts_for": standing.place_name, "here": receipt.place_name}
        yield Unread(receipt.file_name, "", "same_file_elsewhere", detail)


def _arrived(
    receipt: Receipt, known: Receipt | None, others: Sequence[Receipt], next_arrival: int, today: date
) -> Receipt:
    """The receipt with the day and the number of its arrival; `others` lay under its path and lie there no more.

    What lies under a path where other bytes lay before has arrived anew, even where it is known from earlier: a file
    that is put back counts from now on. So does a file that was taken back and now lies in another place.
    """
    is_back = known is not None and any(other.arrival > known.arrival for other in others)
    is_freed = known is not None and known.undone_on is not None and known.place != receipt.place
    known = None if is_back or is_freed else known
    return replace(
        receipt,
        received_date=receipt.received_date or (known and known.received_date) or today,
        arrival=known.arrival if known else next_arrival,
        undone_on=known.undone_on if known else None,
        received_by=known.received_by if known else acting_person(),
        undone_by=known.undone_by if known else None,
    )


def archived(home: Home, elsewhere: Sequence[Path] = ()) -> list[Receipt]:
    """Every receipt of the archive: a file that was taken out of the inbox later still counts.

    A receipt that is damaged or missing is taken from the current snapshot, which states all that it was made of. One
    that no snapshot knows is left to `receive` while its file lies in the inbox or `elsewhere`. Raises ArchiveDamaged
    for any other: without it the file's innovations would be lost unseen.
    """
    receipts: dict[str, Receipt] = {}
    damaged_at: list[Path] = []
    for folder in sorted(home.archive.glob("*/*")):
        path = folder / "receipt.json"
        try:
            receipts[folder.name] = Receipt.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            damaged_at += [folder] if (folder / "content").is_file() else []
        except (ReceiptDamaged, UnicodeDecodeError):
            damaged_at.append(folder)
    if damaged_at:
        _heal_receipts(home, damaged_at, receipts, elsewhere)
    return [receipts[sha] for sha in sorted(receipts)]


def _heal_receipts(home: Home, folders: list[Path], receipts: dict[str, Receipt], elsewhere: Sequence[Path]) -> None:
    known = _receipts_of_snapshot(home)
    at_hand = {sha for place in (home.inbox, *elsewhere) for sha in hashes_below(place)}
    lost = []
    for folder in folders:
        if folder.name in known:
            receipts[folder.name] = known[folder.name]
            disk.write_text(folder / "receipt.json", known[folder.name].as_json())
        elif (folder / "receipt.json").exists() and (folder.name not in at_hand or _was_undone(folder)):
            lost.append(folder)
    if lost:
        raise damaged([f"{folder.name[:12]}…/receipt.json" for folder in lost], str(lost[0] / "receipt.json"))


def _was_undone(folder: Path) -> bool:
    """Whether a damaged receipt says that its file was taken back: received anew, it would count again unseen."""
    return b"undone_on" in (folder / "receipt.json").read_bytes()


def _receipts_of_snapshot(home: Home) -> dict[str, Receipt]:
    """The receipts that the current snapshot was made of, by the hash of their file; none where it tells nothing."""
    try:
        with Snapshot.open(home=home.root) as snapshot:
            inputs = json.loads(snapshot.facts["built_from"])["inputs"]
    except (WorkbenchError, ValueError, KeyError, TypeError):
        return {}
    names = {field.name for field in fields(Receipt)}
    receipts = (Receipt.of_facts({key: value for key, value in facts.items() if key in names}) for facts in inputs)
    return {receipt.file_sha256: receipt for receipt in receipts}


def taken_back(home: Home) -> list[Receipt]:
    """The receipts that `iga undo` has taken back, the latest undoing first; a damaged receipt is left to a load."""
    undone = []
    for path in home.archive.glob("*/*/receipt.json"):
        with contextlib.suppress(ReceiptDamaged, UnicodeDecodeError):
            undone.append(Receipt.from_json(path.read_text(encoding="utf-8")))
    return sorted((one for one in undone if one.undone_on), key=lambda one: one.undone_on or "", reverse=True)


def keep_receipt(home: Home, receipt: Receipt) -> None:
    """Write the receipt of a file of the archive anew, in one step."""
    disk.write_text(folder_of(home, receipt.file_sha256) / "receipt.json", receipt.as_json())


def inbox_hashes(home: Home) -> set[str]:
    """The sha256 of every file that lies in the inbox now and can be read."""
    return hashes_below(home.inbox)


def hashes_below(place: Path) -> set[str]:
    """Return the sha256 of every file below a place, or of the file itself, that can be read."""
    found = set()
    for _, path in _files(place, []) if place.exists() else ():
        with contextlib.suppress(OSError, UnreadableFile):
            refuse_too_large(path.stat().st_size, load_limits())
            found.add(sha256_of(path))
    return found


def content_of(home: Home, file_sha256: str, elsewhere: Sequence[Path] = ()) -> bytes:
    """The bytes of a received file, held against its hash; damaged ones are taken from the inbox or `elsewhere`.

    Raises UnreadableFile for one that is too large to be taken into memory, ArchiveDamaged where the good bytes are not
    at hand.
    """
    path = folder_of(home, file_sha256) / "content"
    with contextlib.suppress(FileNotFoundError):
        refuse_too_large(path.stat().st_size, load_limits())
    content = read_content(home, file_sha256, elsewhere)
    if content is None:
        raise damaged([f"{file_sha256[:12]}…"], str(path))
    return content


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
        place_confirmed=entry.place_confirmed,
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


def _was_forgotten(name: str, path: Path, stones: Sequence[Tombstone]) -> bool:
    """Whether a file was erased for good, or holds somebody who was: before its bytes are kept."""
    if sha256_of(path) in forgotten_files(stones):
        return True
    people = [stone for stone in stones if stone.kind in ("words", "digits")]
    return bool(people) and any(known_again(text, people) for text in (name, *_texts_of(path)))


def _texts_of(path: Path) -> Iterator[str]:
    """The text of each cell of a file, and of the parts of an archive; of one that cannot be read its bytes."""
    from etl.cells.sheets import read_cells  # with every reader of cells: only for who must look into files

    limits = load_limits()
    if path.stat().st_size > limits.max_file_bytes:
        return
    content = path.read_bytes()
    try:
        for sheet in read_cells(content, limits)[1]:
            yield from (str(cell) for row in sheet.rows for cell in row if cell is not None)
    except UnreadableFile:
        yield content.decode("utf-8", errors="replace")
    if zipfile.is_zipfile(path):
        damaged = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
        with contextlib.suppress(*damaged), zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                if part.file_size <= limits.max_file_bytes and part.filename.endswith((".xml", ".rels")):
                    yield re.sub(r"<[^<>]*>", " ", archive.read(part).decode("utf-8", errors="replace"))


class _ChangedWhileRead(Exception):
    """A file was written to while it was copied: it is taken in by the next load."""


def _keep_content(folder: Path, path: Path, file_sha256: str) -> None:
    """Copy a file into the archive, unless it is there; a copy of another length is what a power cut left of it."""
    target = folder / "content"
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if target.stat().st_size == path.stat().st_size:
            return
    digest = hashlib.sha256()
    with path.open("rb") as read, disk.new_file(target) as stream:
        while piece := read.read(1 << 20):
            digest.update(piece)
            disk.system.write(stream, piece)
        if digest.hexdigest() != file_sha256:
            raise _ChangedWhileRead


def _keep(folder: Path, receipt: Receipt, known: Receipt | None) -> None:
    if receipt != known:
        disk.write_text(folder / "receipt.json", receipt.as_json())


def region_name(region_code: str | None) -> str:
    """The region's full name for messages."""
    return region_of_code(region_code).full_name if region_code else "-"
