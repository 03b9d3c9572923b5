"""What people have made of our files is theirs: the one rule for every file that we write and a person may edit.

`<home>/written.json` holds the sha256 of what we last wrote under each name. A file that is still so is replaced; one
that differs, or that we know nothing of, stays, and ours goes beside it: `surat (baru 2026-11-30).docx`. Of those
beside, one that nobody has touched makes way for the next, so that copies do not pile up. A name is recorded before its
bytes are written, together with the one before it: after a kill between the two, either is known as ours.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from warehouse.disk import remove, write_bytes, write_text
from warehouse.home import Home
from warehouse.language import Language

RECORD = "written.json"
_OUTSIDE = "outside:"
"""A file outside the home is known by the hash of its place: the record tells nobody where people keep things."""


@dataclass(frozen=True)
class Written:
    """Where our text lies now, and the person's file that stayed in its place (None where there was none)."""

    path: Path
    kept: Path | None = None

    def told(self, language: Language) -> str:
        """Return the line for the screen; empty where nothing stayed."""
        if self.kept is None:
            return ""
        text = language("{kept} was changed by somebody and stays; the new one lies beside it: {new}")
        return text.format(kept=self.kept, new=self.path.name)


def write_unless_changed(
    home: Home, contents: Mapping[Path, bytes], language: Language, groups: Iterable[Collection[Path]] = ()
) -> list[Written]:
    """Write files that people may edit, by the one rule, and return where each lies, in the same order.

    The files of a group say the same (a letter as DOCX and PDF): where a person has changed one, ours of all go beside,
    so that no PDF of ours lies beside a text that says otherwise.
    """
    record = _read(home)
    changed = {path for path, content in contents.items() if _is_changed(home, record, path, content)}
    for group in groups:
        if not changed.isdisjoint(group):
            changed |= {path for path in group if path.exists()}
    placed: dict[Path, Written] = {}
    untouched: list[Path] = []
    for path, content in contents.items():
        before, ours = _bytes_of(path), _print_of(path, content)
        if path not in changed or before == content:
            placed[path] = Written(path)
            _note(record, home, path, before, ours)
            continue
        beside, former = _beside(home, record, path, content, language)
        placed[path] = Written(beside, path)
        untouched += [other for other in former if other != beside]
        _note(record, home, beside, _bytes_of(beside), ours)
    for other in untouched:
        record.pop(_key(home, other), None)
    _write(home, record)
    for path, content in contents.items():
        if _bytes_of(placed[path].path) != content:
            write_bytes(placed[path].path, content)
    for other in untouched:
        remove(other)
    return list(placed.values())


def _is_changed(home: Home, record: Mapping[str, list[str]], path: Path, content: bytes) -> bool:
    before = _bytes_of(path)
    known = (*record.get(_key(home, path), []), _print_of(path, content))
    return before is not None and _print_of(path, before) not in known


def _beside(
    home: Home, record: dict[str, list[str]], path: Path, content: bytes, language: Language
) -> tuple[Path, list[Path]]:
    """Return the name beside a person's file, and those of our former ones there that nobody has touched."""
    marks = {language("(new {day})"), "(new {day})", "(baru {day})"}
    named = [
        other
        for other in sorted(path.parent.iterdir())
        if other.suffix == path.suffix and any(_bears(other.stem, path.stem, mark) for mark in marks)
    ]
    untouched = [
        other for other in named if _print_of(other, _bytes_of(other) or b"") in record.get(_key(home, other), [])
    ]
    for other in named:
        if _bytes_of(other) == content:
            return other, untouched
    day = datetime.now(tz=UTC).astimezone().date().isoformat()
    stem = f"{path.stem} {language('(new {day})').format(day=day)}"
    beside, number = path.with_name(stem + path.suffix), 2
    while beside in named and beside not in untouched:
        beside, number = path.with_name(f"{stem} {number}{path.suffix}"), number + 1
    return beside, untouched


def _bears(stem: str, of: str, mark: str) -> bool:
    return stem.startswith(f"{of} {mark.partition('{day}')[0]}")


def _note(record: dict[str, list[str]], home: Home, path: Path, before: bytes | None, ours: str) -> None:
    former = [] if before is None else [_print_of(path, before)]
    record[_key(home, path)] = list(dict.fromkeys([*former, ours]))


def _print_of(path: Path, content: bytes) -> str:
    """Return what a file is known by: its bytes; of a notebook its cells, since running it changes the rest."""
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(content)["cells"]
            content = json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in cells]).encode()
        except (ValueError, KeyError, TypeError):
            pass
    return sha256(content).hexdigest()


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _key(home: Home, path: Path) -> str:
    place = path.resolve()
    if place.is_relative_to(home.root):
        return place.relative_to(home.root).as_posix()
    return _OUTSIDE + sha256(str(place).encode(errors="surrogateescape")).hexdigest()


def _read(home: Home) -> dict[str, list[str]]:
    """Return the record; of one that is damaged nothing, so that every file stays."""
    try:
        content = json.loads((home.root / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = content.items() if isinstance(content, dict) else ()
    return {key: [str(each) for each in prints] for key, prints in entries if isinstance(prints, list)}


def _write(home: Home, record: Mapping[str, list[str]]) -> None:
    if record != _read(home):
        write_text(home.root / RECORD, json.dumps(record, indent=1, sort_keys=True) + "\n")
