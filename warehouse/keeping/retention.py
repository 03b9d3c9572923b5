"""Which snapshots are kept: a stated rule (``retention.toml``), and whatever a report, an export or a person names."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from warehouse import disk
from warehouse.errors import DataFileInvalid, UnknownName
from warehouse.home import Home
from warehouse.lock import held_by_this_process
from warehouse.snapshot import list_snapshots

_ID = re.compile(rb"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])")
_NOT_CITING = ("inbox", "archive", "lake", "snapshots")
_CITED_COLUMNS = ("snapshot_id", "day", "reason")


@dataclass(frozen=True)
class Retention:
    """How many of the newest snapshots are kept, and how many days each is kept at least."""

    keep_newest: int
    keep_days: int


def load_retention(keep_newest: int | None = None, keep_days: int | None = None) -> Retention:
    """The rule of this installation, with what is asked for otherwise."""
    content = _shipped_rule()
    asked = {"keep_newest": keep_newest, "keep_days": keep_days}
    return replace(
        Retention(content["keep_newest"], content["keep_days"]),
        **{name: value for name, value in asked.items() if value is not None},
    )


def _shipped_rule() -> dict[str, Any]:
    return tomllib.loads(resources.files("warehouse.keeping").joinpath("retention.toml").read_text(encoding="utf-8"))


def apply_retention(home: Home, now: datetime, *, dry_run: bool = False) -> list[str]:
    """Take away the files whose kind is kept for fewer days than they are old; return them, as paths in the home.

    The days stand in `retention.toml` of the home, under `[days]`: nothing goes where none are stated. What is no
    record of a past day stays (`[standing]` of the shipped rule): locks, the files that ended a reader, who opened
    personal data. Folders that are empty then go as well. Raises DataFileInvalid for a file that cannot be read or
    names another kind.
    """
    rule = _shipped_rule()
    days = {**rule["days"], **_days_of(home, rule["kind"])}
    standing = {path for pattern in rule["standing"].values() for path in home.root.glob(pattern)}
    gone = []
    for kind, limit in days.items():
        before = (now - timedelta(days=limit)).timestamp()
        for path in sorted(home.root.glob(rule["kind"][kind])):
            is_old = path.is_file() and not path.is_symlink() and path.stat().st_mtime < before
            if is_old and path not in standing:
                gone.append(path.relative_to(home.root).as_posix())
    if gone and not dry_run:
        with held_by_this_process(home, "iga snapshots prune"):
            for name in gone:
                disk.discard(home.root / name)
            _discard_empty_folders(home, gone)
    return gone


def _discard_empty_folders(home: Home, gone: list[str]) -> None:
    """Take away the folders of these files that hold nothing more, the innermost first; those of a kind stay."""
    above = {home.root / folder for name in gone for folder in list(PurePosixPath(name).parents)[:-2]}
    for folder in sorted(above, reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            disk.discard(folder)


def _days_of(home: Home, kinds: Mapping[str, str]) -> dict[str, int]:
    path = home.root / "retention.toml"
    if not path.is_file():
        return {}
    try:
        days = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("days", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise _invalid(path, kinds) from error
    if not isinstance(days, dict) or any(
        kind not in kinds or type(limit) is not int or limit < 1 for kind, limit in days.items()
    ):
        raise _invalid(path, kinds)
    return days


def _invalid(path: Path, kinds: Mapping[str, str]) -> DataFileInvalid:
    return DataFileInvalid(
        "retention.toml is not read: under [days] a kind of file with whole days is expected",
        next_step="the kinds: {known}",
        place=str(path),
        known=", ".join(kinds),
    )


def cite(home: Home, snapshot_id: str, day: date, reason: str) -> None:
    """Keep a snapshot because something outside the home names it (an export, a paper); said once for each reason."""
    known = _citations(home)
    if any(row["snapshot_id"] == snapshot_id and row["reason"] == reason for row in known):
        return
    if not (home.snapshots / f"{snapshot_id}.duckdb").is_file():
        raise UnknownName(
            "No snapshot is named {wanted}",
            next_step="`iga snapshots` lists those that there are",
            wanted=snapshot_id,
        )
    stream = io.StringIO()
    writer = csv.DictWriter(stream, _CITED_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows([*known, {"snapshot_id": snapshot_id, "day": day.isoformat(), "reason": reason}])
    disk.write_text(home.citations, stream.getvalue())


def prune(home: Home, rule: Retention, now: datetime, *, dry_run: bool = False) -> pl.DataFrame:
    """Take away the snapshots that nothing keeps; with ``dry_run`` only tell.

    Columns: snapshot_id, published_at, size_bytes, is_pruned, kept_by (why it stays: `current`, `newest`, `recent`,
    `open` where Windows keeps it for a reader, `cited: REASON`, or the file that names it). A reader that has a pruned
    snapshot open goes on reading it. Raises
    HomeLocked while a load runs.
    """
    if dry_run:
        return _judged(home, rule, now)
    with held_by_this_process(home, "iga snapshots prune"):
        judged = _judged(home, rule, now)
        held = [
            snapshot_id
            for snapshot_id in judged.filter("is_pruned")["snapshot_id"]
            if not disk.discard(home.snapshots / f"{snapshot_id}.duckdb")  # Windows keeps what a reader has open
        ]
    is_held = pl.col("snapshot_id").is_in(held)
    return judged.with_columns(
        is_pruned=pl.col("is_pruned") & ~is_held,
        kept_by=pl.when(is_held).then(pl.lit("open")).otherwise("kept_by"),
    )


def _judged(home: Home, rule: Retention, now: datetime) -> pl.DataFrame:
    snapshots = list_snapshots(home.root)
    named = dict(_named(home))
    cited = {row["snapshot_id"]: f"cited: {row['reason']}" for row in _citations(home)}
    reasons = []
    for place, row in enumerate(snapshots.iter_rows(named=True)):
        is_recent = row["published_at"] > now - timedelta(days=rule.keep_days)
        by_rule = "newest" if place < rule.keep_newest else "recent" if is_recent else None
        key = row["snapshot_id"]
        reasons.append("current" if row["is_current"] else cited.get(key) or named.get(key) or by_rule)
    kept_by = pl.Series("kept_by", reasons, dtype=pl.String)
    return snapshots.select("snapshot_id", "published_at", "size_bytes", kept_by.is_null().alias("is_pruned"), kept_by)


def _named(home: Home) -> Iterator[tuple[str, str]]:
    """(snapshot, file) of every id that stands in a file of the home."""
    for path in sorted(home.root.rglob("*")):
        inside = path.relative_to(home.root)
        if inside.parts[0] in _NOT_CITING or not path.is_file() or path in (home.pointer, home.citations):
            continue
        for found in set(_ID.findall(path.read_bytes())):
            yield found.decode(), inside.as_posix()


def _citations(home: Home) -> list[dict[str, str]]:
    path: Path = home.citations
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [{name: row.get(name) or "" for name in _CITED_COLUMNS} for row in csv.DictReader(stream)]
