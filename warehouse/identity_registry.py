"""The reviewed registry of identities: which names are one innovation, as people have decided.

It is a CSV file of the home (``identity/innovations.csv``), so that a reviewer can read and diff it. An innovation's id
is derived from the name that it was first known by, never drawn; a decision ties another name to that id.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cached_property

import polars as pl

from iga.errors import Sentence
from iga.reasons import reason_of
from warehouse.declared_tables import dtypes_of
from warehouse.disk import write_text
from warehouse.errors import DataFileInvalid
from warehouse.home import Home
from warehouse.region_history import succeeded_codes

FILE = "innovations.csv"
REGIONS_FILE = "regions.csv"
DECISIONS = ("same", "different")


@dataclass(frozen=True)
class Decision:
    """One reviewed pair: `name_id` is (`same`) or is not (`different`) the innovation `innovation_id`."""

    region_code: str
    name_id: str
    innovation_id: str
    decision: str
    title: str
    other_title: str
    author: str
    decided_date: date
    reason: str = ""


@dataclass(frozen=True)
class Registry:
    """All decisions of a home, oldest first."""

    decisions: tuple[Decision, ...] = ()

    @cached_property
    def _parents(self) -> dict[str, str]:
        return {one.name_id: one.innovation_id for one in self.decisions if one.decision == "same"}

    def innovation_of(self, name_id: str) -> str:
        """The id of the innovation that a name belongs to: its own unless somebody has decided otherwise."""
        seen = {name_id}
        while (parent := self._parents.get(name_id)) is not None and parent not in seen:
            seen.add(parent)
            name_id = parent
        return name_id

    @cached_property
    def regions(self) -> frozenset[str]:
        """The regions about which something was decided."""
        return frozenset(one.region_code for one in self.decisions)

    @cached_property
    def judged(self) -> frozenset[frozenset[str]]:
        """The pairs that need no second look."""
        return frozenset(frozenset((one.name_id, one.innovation_id)) for one in self.decisions)

    def table(self) -> pl.DataFrame:
        """The table `identity_decision`."""
        return pl.DataFrame([asdict(one) for one in self.decisions], schema=dtypes_of("identity_decision"))


def registry_text(home: Home) -> str:
    """The registry as its file holds it; empty where nothing has been decided."""
    return _text_of(home, FILE)


def regions_text(home: Home) -> str:
    """The successions of regions as their file holds them; empty where there is none."""
    return _text_of(home, REGIONS_FILE)


def _text_of(home: Home, name: str) -> str:
    path = home.identity / name
    try:
        return path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid(home, reason_of(error), name) from error


def read_region_successions(home: Home) -> pl.DataFrame:
    """The table `region_succession`: which code took another's place, from when, and who says so.

    First those of the reference data (`region_history`), then what the home states beside them.
    """
    schema = dtypes_of("region_succession")
    known = pl.DataFrame(succeeded_codes(), schema=schema, orient="row")
    text = regions_text(home)
    if not text:
        return known
    try:
        rows = pl.read_csv(io.StringIO(text), schema_overrides=dict.fromkeys(schema, pl.String))
        return pl.concat([known, rows.select(pl.col(name).cast(kind) for name, kind in schema.items())])
    except pl.exceptions.PolarsError as error:
        raise _invalid(home, reason_of(error), REGIONS_FILE) from error


def read_registry(home: Home) -> Registry:
    """The decisions of a home. Raises DataFileInvalid with the line that is wrong."""
    text = registry_text(home)
    if not text:
        return Registry()
    names = [one.name for one in fields(Decision)]
    reader = csv.DictReader(io.StringIO(text))
    if reader.fieldnames is None or set(names) - set(reader.fieldnames):
        raise _invalid(home, Sentence("columns: {columns}", columns=", ".join(names)))
    decisions = []
    for number, row in enumerate(reader, start=2):
        try:
            day = date.fromisoformat(row["decided_date"])
        except (ValueError, TypeError) as error:
            raise _invalid(
                home, Sentence("{row}: {text} is not a date such as 2026-08-14", row=number, text=row["decided_date"])
            ) from error
        if row["decision"] not in DECISIONS or not row["name_id"] or row["name_id"] == row["innovation_id"]:
            words = f"{row['decision']} {row['name_id']} {row['innovation_id']}"
            raise _invalid(home, Sentence("{row}: {words}", row=number, words=words))
        decisions.append(
            Decision(**{name: row[name] or "" for name in names if name != "decided_date"}, decided_date=day)
        )
    return Registry(tuple(decisions))


def _invalid(home: Home, reason: Sentence, name: str = FILE) -> DataFileInvalid:
    return DataFileInvalid(
        "The registry of identities cannot be read: {reason}",
        next_step="correct the line, or restore the file from a backup",
        place=str(home.identity / name),
        reason=reason,
    )


def decide(home: Home, decisions: Iterable[Decision]) -> Registry:
    """Add decisions to the registry, in one step; a pair that is decided again takes the new decision.

    Raises DataFileInvalid where a decision would make an innovation the continuation of itself.
    """
    kept = {frozenset((one.name_id, one.innovation_id)): one for one in read_registry(home).decisions}
    for one in decisions:
        kept[frozenset((one.name_id, one.innovation_id))] = one
    registry = Registry(tuple(kept.values()))
    _check(home, registry)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [one.name for one in fields(Decision)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in registry.decisions)
    write_text(home.identity / FILE, stream.getvalue())
    return registry


def _check(home: Home, registry: Registry) -> None:
    """No circle, and no name that two decisions give to two innovations."""
    parents: dict[str, str] = {}
    for one in registry.decisions:
        if one.decision != "same":
            continue
        if parents.setdefault(one.name_id, one.innovation_id) != one.innovation_id:
            raise _invalid(
                home,
                Sentence(
                    "{id} is the same as two others: {first} and {second}",
                    id=one.name_id,
                    first=parents[one.name_id],
                    second=one.innovation_id,
                ),
            )
        root = one.innovation_id
        steps = 0
        while root in parents and steps <= len(parents):
            root, steps = parents[root], steps + 1
        if steps > len(parents):
            raise _invalid(
                home,
                Sentence(
                    "{first} and {second} are each the continuation of the other",
                    first=one.name_id,
                    second=one.innovation_id,
                ),
            )
