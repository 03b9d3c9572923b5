"""Erases a file or a person from a home: every copy in it is rewritten or removed, and a tombstone is left.

The order makes a cut harmless: what is to be erased is noted down first (privately), tombstones stand before anything
goes, a new snapshot is published before the old ones are removed, and every step finds its work by searching, so that
it can be done again. What cannot be edited safely is named and left to a person: the file can be erased as a whole.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from etl.cells.sheets import UnreadableFile, read_cells
from etl.forgetting.person_text import Person, StillThere, holds_person, person_of, rewritten, texts_in
from etl.forgetting.recognised_scans import ScansOfPerson, remove_readings, scans_of, scans_of_hashes
from etl.lake import FRAMES_FILE, layouts_for, scale_of, texts_kept
from etl.parse import parse
from etl.parse_apart import FRAMES
from etl.publish import ingest
from etl.receipt import Receipt, archived, content_of
from etl.recognition.home_layouts import home_layouts
from etl.tombstones import (
    NAME,
    Tombstone,
    add_tombstones,
    forgotten_files,
    known_again,
    tombstone_of_person,
    tombstones_of,
    user_list,
)
from etl.values.home_words import home_words_of
from warehouse import disk
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import Home, acting_person, rows_of_csv, sha256_of
from warehouse.keeping.stored_text import is_in_store, stored_texts
from warehouse.lock import held_by_this_process
from warehouse.rules.home_rules import rulebooks_of
from warehouse.snapshot import current_snapshot_id

INTENT = ".forgetting.json"
"""What an erasure is about, in clear: private to its user, and gone when it is done."""

_REMOVED_WHOLE = ("returns", "letters", "exports", "reports", ".lab", "jobs")
"""Folders whose files are made again, or are copies of what goes out: one that holds the person is removed."""

_BY_THEMSELVES = ("archive", "lake", "snapshots", "reports")
_BACKUPS = "backups"
"""Backups of the home that lie in it: each holds what the home held, encrypted or not, and goes."""


class CannotBeRewritten(WorkbenchError):
    """Received files hold the person and cannot be rewritten with all else unchanged; nothing was erased."""

    exit_code = ExitCode.INPUT_HELD


@dataclass
class Erased:
    """What an erasure did: by what was rewritten and removed, as paths within the home, and what a person does yet."""

    rewritten: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    snapshots: list[str] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)
    """Scans that may show the person, as they were read: somebody is to look at them."""

    def told(self) -> dict[str, list[str]]:
        """Return the lists by their names."""
        return dict(vars(self))


def forget_person(home: Home, names: Sequence[str], reason: str, today: date) -> Erased:
    """Erase every text of `names` (a name without degrees, a NIK, a telephone number) from a home.

    Raises CannotBeRewritten, before anything is erased, with the received files that would have to go as a whole.
    """
    person = person_of(names)
    if not person.texts or any(len(text) < 4 or (text.isdigit() and len(text) < 8) for text in person.texts):
        raise UnknownName(
            "A name of at least {count} letters, or a number of at least 8 digits, is needed",
            next_step="give the full name: a short word would erase what belongs to others",
            count=4,
        )
    _note_down(home, {"persons": list(person.texts), "files": [], "reason": reason})
    return _erase(home, person, (), reason, today)


def forget_files(home: Home, wanted: Sequence[str], reason: str, today: date) -> Erased:
    """Erase received files, named by their file name or the beginning of their sha256. Raises UnknownName."""
    found = []
    receipts = archived(home)
    for one in wanted:
        chosen = [r for r in receipts if one in (r.file_name, r.file_name.rsplit("/", 1)[-1])]
        chosen = chosen or [r for r in receipts if len(one) >= 8 and r.file_sha256.startswith(one)]
        if len(chosen) != 1:
            raise UnknownName(
                "No received file is named {wanted}" if not chosen else "More than one received file is named {wanted}",
                next_step="`iga status --files` lists them; the beginning of a file's sha256 names one",
                wanted=one,
            )
        found.append(chosen[0].file_sha256)
    _note_down(home, {"persons": [], "files": found, "reason": reason})
    return _erase(home, Person(()), found, reason, today)


def is_cut_off(home: Home) -> bool:
    """Whether an erasure was begun and not ended."""
    return (home.root / INTENT).is_file()


def resume(home: Home, today: date) -> Erased | None:
    """End an erasure that was cut off; None where there is none."""
    if not is_cut_off(home):
        return None
    told = json.loads((home.root / INTENT).read_text(encoding="utf-8"))
    return _erase(home, Person(tuple(told["persons"])), told["files"], told["reason"], today)


def forget_again(home: Home, stones: Sequence[Tombstone], today: date) -> Erased | None:
    """Erase from a home that was laid back what was erased before; None where it holds nothing of it.

    The names are found in the home's own files, by their hashes.
    """
    forgotten = {stone.key for stone in stones if stone.kind == "file"}
    files = [receipt.file_sha256 for receipt in archived(home) if receipt.file_sha256 in forgotten]
    people = [stone for stone in stones if stone.kind in ("words", "digits")]
    found: set[str] = set()
    if people:
        for path in _files_of(home):
            for text in _texts_of(path):
                found |= known_again(text, people)
    add_tombstones(home.root / NAME, stones)
    if not files and not found and not scans_of_hashes(home, forgotten):
        return None
    person = Person(tuple(sorted(found)))
    _note_down(home, {"persons": list(person.texts), "files": files, "reason": "restore"})
    return _erase(home, person, files, "restore", today, stones_known=True)


def remains(home: Home, person: Person, files: Sequence[str] = ()) -> list[str]:
    """Return every file of a home that still holds the person, or is an erased file, as paths within it."""
    found = []
    for path in _files_of(home):
        inside = path.relative_to(home.root).as_posix()
        is_erased = any(sha in inside for sha in files) or (path.name != NAME and sha256_of(path) in files)
        if is_erased or (person.texts and (person.pattern.search(inside) or _file_holds(path, person))):
            found.append(inside)
    return found


def _erase(
    home: Home, person: Person, files: Sequence[str], reason: str, today: date, *, stones_known: bool = False
) -> Erased:
    done = Erased()
    day, by = today.isoformat(), _user()
    with held_by_this_process(home, "iga forget"):
        planned = _planned(home, person, files)
        stones = [] if stones_known else [tombstone_of_person(text, day, by, reason) for text in person.texts]
        stones = [stone for stone in stones if not _is_known(stone, person, tombstones_of(home))]
        gone = [*files, *(receipt.file_sha256 for receipt, old, new in planned if old != new)]
        scans = scans_of(home, person)
        whole = [*files, *map(sha256_of, scans.certain)]
        stones += [
            Tombstone("file" if sha in whole else "former", sha, day, by, reason)
            for sha in dict.fromkeys([*gone, *whole])
        ]
        add_tombstones(home.root / NAME, stones)
        with contextlib.suppress(OSError):  # a profile that cannot be written: the home's own list stands
            add_tombstones(user_list(), stones)
        _replace_files(home, person, planned, done)
        _remove_files(home, gone, files, done)
        _remove_scans(home, person, scans, done)
        _clean_rest(home, person, done)
    if current_snapshot_id(home) is not None or archived(home):
        ingest(home, today=today)
    with held_by_this_process(home, "iga forget"):
        every = sorted(forgotten_files(tombstones_of(home)))  # with those of an erasure that was cut off
        done.snapshots = _snapshots_to_remove(home, person, every)
        _remove_sites(home, person, every, done)
        _end_citations(home, done)
        for snapshot_id in done.snapshots:  # last: what was built from them is found by their names
            disk.remove(home.snapshots / f"{snapshot_id}.duckdb")
        done.remaining = remains(home, person, every)
        disk.remove(home.root / INTENT)
    done.remaining = [name for name in done.remaining if name != INTENT]
    return done


def _note_down(home: Home, told: dict[str, Any]) -> None:
    path = home.root / INTENT
    disk.make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(told, stream, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())


def _is_known(stone: Tombstone, person: Person, known: Sequence[Tombstone]) -> bool:
    """Whether a tombstone of one of the person's texts stands already, under another salt."""
    same = [one for one in known if one.kind == stone.kind and one.length == stone.length]
    return any(known_again(text, same) for text in person.texts if known_again(text, [stone]))


Planned = tuple[Receipt, bytes, bytes]
"""The receipt of a file that holds the person, its bytes, and those that take their place."""


def _planned(home: Home, person: Person, files: Sequence[str]) -> list[Planned]:
    """The archived files that hold the person with what replaces them. Raises CannotBeRewritten; nothing is written."""
    planned, refused = [], []
    for receipt in archived(home) if person.texts else ():
        if receipt.file_sha256 in files:
            continue
        path = _folder_of(home, receipt.file_sha256) / "content"
        if not path.is_file():
            continue
        content = content_of(home, receipt.file_sha256)
        if not holds_person(content, person) and not _cells_hold(content, person):
            if person.pattern.search(receipt.file_name):
                planned.append((receipt, content, content))
            continue
        new = _without(home, receipt, content, person)
        if new is None:
            refused.append(receipt.file_name)
        else:
            planned.append((receipt, content, new))
    if refused:
        disk.remove(home.root / INTENT)
        raise CannotBeRewritten(
            "{count} received file(s) hold the person and cannot be rewritten with all else unchanged: {files}",
            next_step="erase them as a whole first (`iga forget file NAME`), then the person; ask the sender for "
            "a file without the name",
            place=str(home.archive),
            count=len(refused),
            files=", ".join(refused),
        )
    return planned


def _cells_hold(content: bytes, person: Person) -> bool:
    """Whether a cell holds the person that the bytes do not show (text of old workbooks lies in pieces)."""
    try:
        _, sheets = read_cells(content)
    except UnreadableFile:
        return False
    cells = (cell for sheet in sheets for row in sheet.rows for cell in row if cell is not None)
    return any(person.pattern.search(str(cell)) for cell in cells)


def _without(home: Home, receipt: Receipt, content: bytes, person: Person) -> bytes | None:
    """The bytes without the person when everything else of the file is read as before, else None."""
    try:
        new = rewritten(content, person)
    except StillThere:
        new = b""
    if (not new or _cells_hold(new, person)) and content.startswith(b"\xd0\xcf\x11\xe0"):
        new = _as_new_workbook(content, person)
    return new if new and _reads_the_same(home, receipt, content, new, person) else None


def _as_new_workbook(content: bytes, person: Person) -> bytes:
    """The cells of an old workbook (.xls) in a new one, sheet by sheet at their rows, without the person."""
    import xlsxwriter

    try:
        _, sheets = read_cells(content)
    except UnreadableFile:
        return b""
    stream = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(stream, options) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for sheet in sheets:
            page = book.add_worksheet(person.without(sheet.name))
            for row, cells in enumerate(sheet.rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, str):
                        page.write_string(row, column, person.without(cell))
                    elif isinstance(cell, date):
                        page.write_datetime(row, column, cell, day)
                    elif cell is not None:
                        page.write_number(row, column, cell)
    return stream.getvalue()


def _reads_the_same(home: Home, receipt: Receipt, old: bytes, new: bytes, person: Person) -> bool:
    """Whether both are read as the same frames but for cells that hold the person."""
    scale = scale_of(receipt.edition, rulebooks_of(home), home_words_of(home).words)
    is_unplaced = receipt.region_code is None or receipt.edition is None
    problem = receipt.problem if is_unplaced else None
    own = layouts_for(receipt, home_layouts(home).layouts)
    (_, before), (_, after) = (
        parse(lambda content=content: content, scale, stated=receipt.layout, problem=problem, own=own)  # type: ignore[misc]
        for content in (old, new)
    )
    if (before.held_rule, before.stated_total) != (after.held_rule, after.stated_total):
        return False
    return all(_same(getattr(before, name), getattr(after, name), person) for name in FRAMES)


def _same(before: pl.DataFrame, after: pl.DataFrame, person: Person) -> bool:
    if before.schema != after.schema or before.height != after.height:
        return False
    for name in before.columns:
        for old, new in zip(before[name].to_list(), after[name].to_list(), strict=True):
            if old != new and not (isinstance(old, str) and person.pattern.search(old)):
                return False
    return True


def _replace_files(home: Home, person: Person, planned: Sequence[Planned], done: Erased) -> None:
    """Lay the new bytes beside the old ones: archive with a receipt of the same day and place, then the inbox."""
    inbox = [(path, sha256_of(path)) for path in _all_files(home.inbox)]
    for receipt, _, new in planned:
        sha = sha256(new).hexdigest()
        folder = _folder_of(home, sha)
        disk.write_bytes(folder / "content", new)
        kept = replace(receipt, file_sha256=sha, file_name=person.without(receipt.file_name))
        kept = replace(kept, problem=person.without(kept.problem))
        disk.write_text(folder / "receipt.json", kept.as_json())
        for path, path_sha in inbox:
            if path_sha == receipt.file_sha256:
                disk.write_bytes(path, new)
        done.rewritten.append(kept.file_name)


def _remove_files(home: Home, gone: Sequence[str], whole: Sequence[str], done: Erased) -> None:
    """Take away archive and lake of the old bytes; of files that are erased as a whole the inbox copies too."""
    names = {r.file_sha256: r.file_name for r in archived(home)}
    for sha in gone:
        for path in (_folder_of(home, sha), home.lake / sha[:2] / sha):
            disk.remove(path)
        if sha in whole:
            done.removed.append(names.get(sha, sha))
            for returned in home.returns.rglob("*") if home.returns.is_dir() else ():
                if returned.is_file() and any(sha[:8] in text for text in (returned.name, *_texts_of(returned))):
                    disk.remove(returned)
    for path in _all_files(home.inbox) if whole else ():
        if sha256_of(path) in whole:
            disk.remove(path)
            done.removed.append(path.relative_to(home.root).as_posix())


def _clean_rest(home: Home, person: Person, done: Erased) -> None:
    """Rewrite or remove every other file of the home that holds the person, and rename those that are named so."""
    if not person.texts:
        return
    for path in _files_of(home):
        inside = path.relative_to(home.root)
        if inside.parts[0] == _BACKUPS:
            disk.remove(path)
            done.removed.append(inside.as_posix())
            continue
        if inside.parts[0] in _BY_THEMSELVES or path.name in (NAME, INTENT, home.lock.name, home.lock_holder.name):
            continue
        if _file_holds(path, person):
            content = path.read_bytes()
            is_text = content.count(b"\x00") == 0 and not content.startswith((b"PK", b"%PDF", b"\x1f\x8b"))
            try:
                if inside.parts[0] in _REMOVED_WHOLE and not is_text:
                    raise StillThere
                disk.write_bytes(path, rewritten(content, person))
                done.rewritten.append(person.without(inside.as_posix()))
            except StillThere:
                disk.remove(path)
                done.removed.append(person.without(inside.as_posix()))
                continue
        if person.pattern.search(path.name):
            disk.replace(path, path.with_name(person.without(path.name)))
    for folder in sorted((path for path in home.root.rglob("*") if path.is_dir()), reverse=True):
        if folder.relative_to(home.root).parts[0] not in _BY_THEMSELVES and person.pattern.search(folder.name):
            disk.replace(folder, folder.with_name(person.without(folder.name)))


def _remove_scans(home: Home, person: Person, scans: ScansOfPerson, done: Erased) -> None:
    """Remove scans in which the person was recognised, then what was kept of them; the others are named.

    A scan that only seems to show the name is left to somebody who looks at it. One that was erased before, and came
    back with a backup, goes by its hash.
    """
    for path in [*scans.certain, *scans_of_hashes(home, forgotten_files(tombstones_of(home)))]:
        disk.remove(path)
        done.removed.append(person.without(path.relative_to(home.root).as_posix()))
    done.scans = [person.without(path.relative_to(home.root).as_posix()) for path in scans.likely]
    remove_readings(scans)


def _snapshots_to_remove(home: Home, person: Person, gone: Sequence[str]) -> list[str]:
    """Every snapshot that was built from an erased file or holds the person; never the new one."""
    current = current_snapshot_id(home)
    paths = sorted(home.snapshots.glob("*.duckdb"))
    return [path.stem for path in paths if path.stem != current and _snapshot_holds(path, person, gone)]


def _snapshot_holds(path: Path, person: Person, gone: Sequence[str]) -> bool:
    """Whether a snapshot holds the person or names an erased file; one that cannot be opened is taken for one."""
    patterns = [*gone] + ([person.plain_pattern] if person.texts else [])
    if not patterns:
        return False
    return is_in_store(path, "|".join(patterns))


def _remove_sites(home: Home, person: Person, gone: Sequence[str], done: Erased) -> None:
    """Take away every site of reports that holds the person, or was built from a snapshot that went."""
    for site in sorted(home.reports.iterdir()) if home.reports.is_dir() else ():
        named = [*done.snapshots, *gone]
        for path in [site] if site.is_file() else _all_files(site):
            texts = [path.name, *_texts_of(path)]
            if any(any(one in text for one in named) for text in texts) or (
                person.texts and any(person.pattern.search(text) for text in texts)
            ):
                disk.remove(site)
                done.sites.append(site.name)
                break


def _end_citations(home: Home, done: Erased) -> None:
    """Take the citations of removed snapshots out of the list, and tell them."""
    if not home.citations.is_file() or not done.snapshots:
        return
    rows = rows_of_csv(home.citations, ("snapshot_id", "day", "reason"))
    done.citations = [f"{row['snapshot_id']}: {row['reason']}" for row in rows if row["snapshot_id"] in done.snapshots]
    lines = home.citations.read_text(encoding="utf-8").splitlines(keepends=True)
    disk.write_text(home.citations, "".join(line for line in lines if not line.startswith(tuple(done.snapshots))))


def _file_holds(path: Path, person: Person) -> bool:
    return any(person.pattern.search(text) for text in _texts_of(path))


def _texts_of(path: Path) -> Iterator[str]:
    """All text of a file, of databases and files of frames that of their columns."""
    if path.name == FRAMES_FILE:
        yield from texts_kept(path)
        return
    if path.suffix == ".parquet":
        with contextlib.suppress(pl.exceptions.PolarsError, OSError):
            frame = pl.read_parquet(path)
            texts = [name for name, kind in frame.schema.items() if kind == pl.String]
            yield from ("\n".join(frame[name].drop_nulls().unique()) for name in texts)
            return
    if path.suffix == ".duckdb":
        yield from stored_texts(path)
        return
    with contextlib.suppress(OSError):
        content = path.read_bytes()
        yield from texts_in(content)
        if content.startswith(b"\xd0\xcf\x11\xe0"):
            with contextlib.suppress(UnreadableFile):
                for sheet in read_cells(content)[1]:
                    yield "\n".join(str(cell) for row in sheet.rows for cell in row if cell is not None)


def _files_of(home: Home) -> Iterator[Path]:
    return iter([path for path in _all_files(home.root) if path not in (home.lock, home.lock_holder)])


def _all_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def _folder_of(home: Home, sha: str) -> Path:
    return home.archive / sha[:2] / sha


def _user() -> str:
    if person := acting_person():
        return person
    with contextlib.suppress(Exception):
        return getpass.getuser()
    return ""
