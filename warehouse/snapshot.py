"""Published snapshots: open one to read, list them, name the current one."""

from __future__ import annotations

import contextlib
import json
import os
import re
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb
import polars as pl

from iga.errors import Sentence
from iga.reasons import reason_of
from warehouse.connection import NO_EXTENSIONS, Settings, frame_of
from warehouse.errors import HomeUnusable, NoSnapshot, QueryRefused, SnapshotDamaged, UnknownName
from warehouse.home import Home
from warehouse.keeping.former_schemas import READ_AS_IT_IS, open_former
from warehouse.set_aside_words import LANGUAGE, VARIABLE, templates_as_json

if TYPE_CHECKING:
    from iga.rulebook import Rulebooks
    from warehouse.rules.snapshot_rules import SnapshotRulebooks

SCHEMA_VERSION = 6
READABLE_VERSIONS = (1, 2, 3, 4, 5, 6)
"""Schemas of snapshots that are read; former ones through a migration (`warehouse.keeping.former_schemas`)."""
FIRST_WITHOUT_WORDS = 4
FIRST_WITH_RULE_FILES = 5
"""Before, a snapshot held its rulebooks alone; crosswalks are then those of the software."""
FIRST_WITH_QUARANTINED = 6
"""Before, a snapshot did not say which innovations stand only in quarantine, and its indices leave them out."""

_WORDED = re.compile("quarantine|receipt", re.IGNORECASE)
"""Names of the views that need the reader's words; other queries are spared them."""

# A query is text from a person: it may read this snapshot and nothing else on the machine. The settings are given when
# the file is opened, since a second reader of the same process shares its settings with the first.
DATABASE_MESSAGES = {
    r"Catalog Error: Table with name (?P<name>.+) does not exist!": "There is no table {name}",
    r"Catalog Error: Scalar Function with name (?P<name>.+) does not exist!": "There is no function {name}",
    r"Binder Error: Referenced column \"(?P<column>.+)\" not found": "There is no column {column}",
    r"Binder Error: Referenced table \"(?P<name>.+)\" not found": "There is no table {name}",
    r"Binder Error: column \"(?P<column>.+)\" must appear in the GROUP BY": "column {column} is missing in GROUP BY",
    r"Parser Error: syntax error at or near \"(?P<text>.+)\"": "it is not valid SQL near {text}",
    r"Out of Memory Error|.*(Allocation failure|bad_alloc)": "the memory of this computer does not suffice for it",
    r"Candidate bindings: (?P<near>.+)": "Candidate bindings: {near}",
    r"Did you mean (?P<near>.+)\?": "Did you mean {near}?",
    r"Parser Error: syntax error at end of input": "it ends too early",
    r"Conversion Error: Could not convert string [\"'](?P<text>.*)[\"'] to (?P<kind>.+)": "{text} is not a {kind}",
    r"Conversion Error: (date|timestamp|time) field value out of range: \"(?P<text>.+)\"": "there is no date {text}",
    r"Binder Error: Ambiguous reference to column name \"(?P<column>.+)\" \(use: (?P<near>.+)\)": (
        "several tables have a column {column}: write {near}"
    ),
    r"Binder Error: (Values list|Table) \"(?P<name>.+)\" does not have a column named \"(?P<column>.+)\"": (
        "{name} has no column {column}"
    ),
    r"Binder Error: No function matches .*'(?P<text>.+)'": "no function takes this: {text}",
    r"Invalid Input Error: More than one row returned by a subquery": "a subquery gives more than one row",
    r"Permission Error: ": "a query reads this snapshot and no file of the machine",
}
"""What DuckDB says most often against a query, by pattern, as catalogue keys."""

_READ_THIS_FILE_ONLY: Settings = {"enable_external_access": "false", "lock_configuration": "true"}

_DAMAGE = re.compile("Corrupt database file|does not match stored checksum|has been invalidated|deserializ")
"""What DuckDB says of a file whose blocks are not as it wrote them. Each block has a checksum, held at every read."""

_NO_MEMORY = re.compile("Out of Memory Error|Allocation failure|bad_alloc")
"""What DuckDB says where memory was too little; nothing is damaged by it, and no name is wrong."""

THREADS = "IGA_THREADS"
"""Environment variable with the number of threads of a query: a build of several notebooks shares out the cores."""


class Snapshot:
    """One published snapshot, open for reading only; `analysis.api` adds what people ask of it.

    A snapshot never changes after publication, so it may stay open for as long as a notebook lives while later
    loads publish others. Use it as a context manager, or call `close()`. With `as_of` its seasons, scores and receipts
    are those that stood at the end of that day; registers and reference data are those of the snapshot.
    """

    def __init__(self, path: Path, as_of: date | None = None) -> None:
        self.path = path
        self.as_of = as_of
        self.is_pinned = as_of is not None  # it was asked for by its id or a day, so that a newer one is no news
        self.is_closed = False
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config={**_settings(), **_READ_THIS_FILE_ONLY})
        except duckdb.Error as error:
            raise _unopened(path, error) from error
        self.facts: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
        try:
            self.facts = self.sql("select * from snapshot").row(0, named=True)
        except (QueryRefused, pl.exceptions.OutOfBoundsError) as error:  # whole, and not one of ours
            self.close()
            raise _unopened(path, error) from error
        except BaseException:
            self.close()
            raise
        if self.facts["schema_version"] not in READABLE_VERSIONS:
            self.close()
            raise UnknownName(
                "The snapshot has schema {found}; this software reads schema {known}",
                next_step="run `iga ingest` to build it again",
                place=path.name,
                found=self.facts["schema_version"],
                known=", ".join(map(str, READABLE_VERSIONS)),
            )
        if self.is_migrated:
            self._connection.close()
            try:
                self._connection = open_former(path, {**_settings(), **_READ_THIS_FILE_ONLY})
            except duckdb.Error as error:
                raise _unopened(path, error) from error

    @classmethod
    def open(cls, snapshot_id: str | None = None, home: str | Path | None = None, *, as_of: date | None = None) -> Self:
        """Open the current snapshot of a home, or the one that is named (a unique beginning is enough).

        Raises NoSnapshot when nothing has been published under the home, UnknownName when no snapshot bears the name.
        """
        place = Home.at(home)
        while True:
            current = current_snapshot_id(place)
            try:
                opened = cls(_file_of(snapshot_id, place), as_of)
            except UnknownName:
                # Between the pointer and its file another load may have published, and pruned what the pointer named.
                if snapshot_id or current_snapshot_id(place) == current:
                    raise
                continue
            opened.is_pinned = opened.is_pinned or bool(snapshot_id)
            return opened

    @property
    def home(self) -> Home:
        """The home folder that the snapshot was published in."""
        return Home(self.path.parent.parent)

    @property
    def knows_quarantined(self) -> bool:
        """Whether it says which innovations stand only in quarantine (`quarantined_innovation`)."""
        return bool(self.facts["schema_version"] >= FIRST_WITH_QUARANTINED)

    @property
    def is_migrated(self) -> bool:
        """Whether the snapshot is of a former schema and read through a migration."""
        return bool(self.facts["schema_version"] < READ_AS_IT_IS)

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables and views that can be queried."""
        return tuple(
            self.sql(
                "select table_name from information_schema.tables where table_catalog = current_database() order by all"
            )["table_name"]
            .unique()
            .sort()
        )

    @property
    def snapshot_id(self) -> str:
        """The name of the snapshot: a hash of everything that it was made of."""
        return str(self.facts["snapshot_id"])

    @property
    def is_simulated(self) -> bool:
        """Whether any row of the snapshot comes from simulated files."""
        return bool(self.facts["is_simulated"])

    @property
    def is_current(self) -> bool:
        """Whether this is the snapshot that the home points to now."""
        return current_snapshot_id(self.home) in (None, self.snapshot_id)

    @property
    def rulebooks(self) -> SnapshotRulebooks:
        """The rules that the snapshot answers by: its own where it names them, for other years those of its home now.

        A file that changes in the home is read anew.
        """
        from warehouse.rules.home_rules import rulebooks_of
        from warehouse.rules.snapshot_rules import together

        return together(self._own_rules, rulebooks_of(self.home))

    @cached_property
    def rules_of_home(self) -> dict[str, tuple[str, bool]]:
        """The rulebooks that the home stated when the snapshot was made: their file, and whether over a shipped one."""
        if self.facts["schema_version"] < FIRST_WITH_RULE_FILES:
            return {}
        stated = "select rulebook, home_file, is_over_shipped from snapshot_rulebook where home_file is not null"
        return {name: (file, is_over) for name, file, is_over in self.sql(stated).iter_rows()}

    @cached_property
    def _own_rules(self) -> Rulebooks:
        from warehouse.rules.snapshot_rules import kept_rules, rules_of_former_schema

        if self.facts["schema_version"] < FIRST_WITH_RULE_FILES:
            rows = self.sql("select rulebook, content from snapshot_rulebook order by rulebook").rows()
            return rules_of_former_schema(tuple(rows))
        return kept_rules(tuple(self.sql("select kind, name, content from snapshot_rule_file order by all").rows()))

    def sql(self, query: str, parameters: list[object] | dict[str, object] | None = None) -> pl.DataFrame:
        """The rows of a read-only query as a Polars frame; `?` or `$name` stand for the parameters.

        Raises QueryRefused for anything that is not a query of this snapshot.
        """
        try:
            self._refuse_unless_reading(query)
            cursor = self._cursor(query)
            try:
                return frame_of(cursor.sql(query, params=parameters))
            finally:
                cursor.close()
        except duckdb.Error as error:
            raise _refused(error, self.path) from error

    def relation(self, query: str) -> duckdb.DuckDBPyRelation:
        """A table, a view or a read-only query as a DuckDB relation, to filter, join and aggregate further.

        It lives as long as the snapshot is open. Raises QueryRefused.
        """
        text = f'select * from "{query}"' if query in self.tables else query
        try:
            self._refuse_unless_reading(text)
            return self._cursor(text).sql(text)
        except duckdb.Error as error:
            raise _refused(error, self.path) from error

    @property
    def state(self) -> str:
        """What figures are cited by: the id, and the day that they are as of where it is not now."""
        return self.snapshot_id if self.as_of is None else f"{self.snapshot_id} {self.as_of.isoformat()}"

    def require_receipts(self) -> None:
        """Raises UnknownName with the first day where nothing had been received by the day that is asked about."""
        if self.as_of is None or not self.sql("select 1 from receipt limit 1").is_empty():
            return
        first = self.sql("select min(received_date) as day from history.receipt")["day"].item()
        if first is not None:
            raise UnknownName(
                "Nothing had been received by {day}",
                next_step="the first file came on {first}: ask about that day or a later one",
                day=self.as_of.isoformat(),
                first=first.isoformat(),
            )

    @property
    def words_language(self) -> str:
        """The language of the words in the views `quarantine` and `receipt`."""
        return LANGUAGE

    def _cursor(self, query: str) -> duckdb.DuckDBPyConnection:
        """A cursor whose views answer `query` for the day of this snapshot, in the reader's language.

        Every query goes through one: DuckDB draws its progress bar for the connection itself where it takes the program
        for an interactive one, and the configuration is locked by then.
        """
        cursor = self._connection.cursor()
        if self.as_of is not None:
            cursor.execute(f"set variable as_of = date '{self.as_of.isoformat()}'")
        if _WORDED.search(query) and self.facts["schema_version"] >= FIRST_WITHOUT_WORDS:
            words = templates_as_json(self.words_language).replace("'", "''")
            cursor.execute(f"set variable {VARIABLE} = '{words}'")
        return cursor

    def _refuse_unless_reading(self, query: str) -> None:
        statements = self._connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type not in (
            duckdb.StatementType.SELECT,
            duckdb.StatementType.EXPLAIN,
        ):
            raise QueryRefused(
                "Only one reading statement (SELECT) is accepted",
                next_step="write a single SELECT; a snapshot is never changed",
            )

    def at(self, day: date | None) -> Self:
        """The same snapshot as of another day (None: now), open beside this one."""
        return type(self)(self.path, day)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        self.is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Snapshot({self.state!r})"


def _unopened(path: Path, error: Exception) -> UnknownName:
    """Why a file is not opened: it is damaged, or the system does not let us."""
    reason = str(error).splitlines()[0]
    if isinstance(error, MemoryError) or _NO_MEMORY.search(reason):
        return UnknownName(
            "The snapshot cannot be opened: {reason}",
            next_step="close other programs, then try again",
            place=str(path),
            reason=Sentence("the memory of this computer does not suffice for it"),
        )
    is_kept_from_us = "Permission denied" in reason or not path.exists()
    cause = error.values["reason"] if isinstance(error, QueryRefused) and "reason" in error.values else reason
    return (UnknownName if is_kept_from_us else SnapshotDamaged)(
        "The snapshot cannot be opened: {reason}",
        next_step="`iga verify --repair` builds it again from the archive",
        place=str(path),
        reason=cause if isinstance(cause, Sentence) else _sentence(reason),
    )


def _refused(error: duckdb.Error, path: Path) -> QueryRefused | SnapshotDamaged:
    """What DuckDB says against a query, with the names that it proposes instead; or that the file is damaged."""
    if _NO_MEMORY.search(str(error)):
        return QueryRefused(
            "The query was refused: {reason}",
            next_step="ask for fewer columns or rows (where, limit), close other programs, or set IGA_THREADS=1",
            reason=_sentence(str(error)),
        )
    is_fatal = isinstance(error, duckdb.FatalException | duckdb.InternalException | duckdb.SerializationException)
    if is_fatal or _DAMAGE.search(str(error)):
        return SnapshotDamaged(
            "The snapshot is damaged: a block of the file is not as it was written",
            next_step="`iga verify --repair` builds it again from the archive",
            place=str(path),
        )
    first, *more = str(error).splitlines()
    reason = _sentence(first)
    near = next((line for line in more if line.startswith(("Candidate", "Did you mean"))), "")
    if near:
        return QueryRefused("The query was refused: {reason}", _sentence(near), reason=reason)
    return QueryRefused(
        "The query was refused: {reason}",
        next_step="check the names of tables and columns: iga sql 'show tables'",
        reason=reason,
    )


def _sentence(words: str) -> Sentence:
    """What DuckDB says, as a sentence of ours where it is one of the frequent ones."""
    for pattern, template in DATABASE_MESSAGES.items():
        if said := re.match(pattern, words):
            return Sentence(template, **said.groupdict())
    return Sentence("{words}", words=words)


def _settings() -> Settings:
    stated = os.environ.get(THREADS, "")
    return {**NO_EXTENSIONS, "threads": stated if stated.isdecimal() and int(stated) else "2"}


def current_snapshot_id(home: Home) -> str | None:
    """The id that the pointer file names, or None when nothing has been published or the pointer is damaged."""
    try:
        return str(json.loads(home.pointer.read_text(encoding="utf-8"))["snapshot_id"])
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    except OSError as error:
        raise HomeUnusable(
            "The home folder cannot be read: {reason}",
            next_step="choose another folder with --home, or check permissions",
            place=str(home.root),
            reason=reason_of(error),
        ) from error


def list_snapshots(home: str | Path | None = None) -> pl.DataFrame:
    """The snapshots of a home, newest publication first.

    Columns: snapshot_id, published_at (UTC), size_bytes, is_current.
    """
    place = Home.at(home)
    current = current_snapshot_id(place)
    rows = []
    for path in sorted(place.snapshots.glob("*.duckdb")):
        with contextlib.suppress(FileNotFoundError):  # pruned in between
            state = path.stat()
            rows.append(
                {
                    "snapshot_id": path.stem,
                    "published_at": datetime.fromtimestamp(state.st_mtime, tz=UTC),
                    "size_bytes": state.st_size,
                    "is_current": path.stem == current,
                }
            )
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "snapshot_id": pl.String,
        "published_at": pl.Datetime("us", "UTC"),
        "size_bytes": pl.Int64,
        "is_current": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema).sort("published_at", descending=True)


def _file_of(snapshot_id: str | None, home: Home) -> Path:
    """The file of the current snapshot, or of the one that is named."""
    wanted = snapshot_id or current_snapshot_id(home)
    if wanted is None:
        raise NoSnapshot(
            "There is no snapshot yet",
            next_step="run `iga demo` for the example, or put files in the inbox and run `iga ingest`",
            place=str(home.root),
        )
    known = sorted(path.stem for path in home.snapshots.glob("*.duckdb"))
    found = [name for name in known if name == wanted] or [name for name in known if name.startswith(wanted)]
    if len(found) != 1:
        raise UnknownName(
            "No snapshot is named {wanted}" if not found else "More than one snapshot begins with {wanted}",
            next_step="those that exist: {known}",
            place=str(home.snapshots),
            wanted=wanted,
            known=", ".join(known) or "-",
        )
    return home.snapshots / f"{found[0]}.duckdb"
