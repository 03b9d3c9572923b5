"""What a report rests on, said alike by every report: snapshot, files, rules, coverage, assumptions, versions."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.history.former_regions import told_history
from iga.rulebook import Rulebook
from reports.blocks.block import Block
from reports.blocks.content import Details, Facts, Quantity, Text, Words
from reports.blocks.rule_maxima import scale_of
from reports.blocks.tables import Column, table
from reports.pages.parameters import NotebookParameters
from reports.queries import ask
from warehouse import Snapshot
from warehouse.keeping.former_schemas import migration_note
from warehouse.language import Language
from warehouse.region import resolve_city

Fact = tuple[str, Words | Quantity]

MADE_WITH = {
    "altair": "Altair",
    "duckdb": "DuckDB",
    "jinja2": "Jinja",
    "narwhals": "Narwhals",
    "papermill": "papermill",
    "polars": "Polars",
    "typst": "Typst",
    "vl-convert-python": "vl-convert",
    "xlsxwriter": "XlsxWriter",
}
"""The libraries that make a report, by the name of their distribution, with their own names."""

MOST_ROWS = 40
"""More files than this are counted per season, and more seasons per edition: the table of a report stays bounded."""

MOST_HISTORIES = 8
"""Of more regions a report does not tell what each of them was called before."""

HASH_SHOWN = 12
NEWEST_NAMED = 4
RECORD = "build.json"
EVER = (0, 9999)


@dataclass(frozen=True)
class Scope:
    """What a report is about: regions (none: all), editions (none: all), the score and the rulebook asked for.

    Its files are those from the edition `first` to the edition `last`. `only_real` leaves out everything made up: the
    report shows none of it.
    """

    region_codes: tuple[str, ...] = ()
    editions: tuple[int, ...] = ()
    first: int = EVER[0]
    last: int = EVER[1]
    score: str = "claimed"
    rulebook: str = ""
    only_real: bool = False

    def asked(self) -> dict[str, Any]:
        """The parameters that its queries share."""
        return {
            "region_codes": list(self.region_codes),
            "first": self.first,
            "last": self.last,
            "with_simulated": not self.only_real,
        }


@dataclass(frozen=True)
class Basis:
    """What the figures of a report come from.

    `files`: one row per file received (columns of `receipt`, with full_name). `rules`: one row per rulebook, with hash,
    assumption sets and how many of their switches were changed; `rulebooks` by name, and the file of those that the
    home stated, with whether it stands over a shipped one. `innovations`: counts per region and edition.
    """

    language: Language
    score: str
    snapshot: dict[str, Any]
    files: pl.DataFrame
    rules: pl.DataFrame
    innovations: pl.DataFrame
    statement_count: int
    rulebooks: dict[str, Rulebook]
    rules_of_home: dict[str, tuple[str, bool]]

    @property
    def is_simulated(self) -> bool:
        """Whether any of the files is made up."""
        return bool(self.files["is_simulated"].any())


def scope_of(parameters: NotebookParameters, *, only_real: bool = False) -> Scope:
    """The scope of a notebook's parameters.

    A report on cities rests on their files up to its last edition, since it looks back; one on the whole country on
    those of its own edition.
    """
    given = parameters.model_dump()
    cities = given.get("cities") or ([given["city"]] if given.get("city") else [])
    named = [*(given.get("editions") or ()), *(given.get(name) for name in ("edition", "from_edition", "to_edition"))]
    editions = sorted({edition for edition in named if edition})
    return Scope(
        region_codes=tuple(resolve_city(city).region_code for city in cities),
        editions=tuple(editions),
        first=EVER[0] if cities or not editions else min(editions),
        last=max(editions, default=EVER[1]),
        score=parameters.score,
        rulebook=parameters.rulebook,
        only_real=only_real,
    )


def read_basis(snapshot: Snapshot, scope: Scope, lang: str) -> Basis:
    """Read from an open snapshot what the figures within a scope come from."""
    asked = scope.asked()
    rules = ask(
        snapshot,
        "reports.pages.basis",
        "rules",
        region_codes=list(scope.region_codes),
        editions=list(scope.editions),
        with_simulated=not scope.only_real,
        score=scope.score,
        rulebook=scope.rulebook,
    )
    return Basis(
        language=Language(lang),
        score=scope.score,
        snapshot=snapshot.facts,
        files=ask(snapshot, "reports.pages.basis", "files", **asked),
        rules=rules,
        innovations=ask(snapshot, "reports.pages.basis", "counts", **asked),
        statement_count=ask(
            snapshot, "reports.pages.basis", "statements", region_codes=list(scope.region_codes)
        ).item(),
        rulebooks={name: snapshot.rulebooks.of(name) for name in rules["rulebook"]},
        rules_of_home=snapshot.rules_of_home,
    )


def open_basis(parameters: NotebookParameters, *, only_real: bool = False) -> Basis:
    """Read the basis of a report from the snapshot that its parameters name, and close it again."""
    with open_snapshot(parameters.snapshot or None) as snapshot:
        return read_basis(snapshot, scope_of(parameters, only_real=only_real), parameters.lang)


def rests_on(parameters: NotebookParameters, *, only_real: bool = False) -> Block:
    """The last words of every report: what it rests on, and the files received with their hashes and dates.

    `only_real`: no file that is made up enters the report.
    """
    return shown(open_basis(parameters, only_real=only_real))


def shown(basis: Basis, more: Sequence[Fact] = ()) -> Block:
    """Return a basis, folded on a page: facts, `more` of them at the end, and the table of its files."""
    _ = basis.language
    facts = Facts(pairs=(*_facts(basis), *more), look="words", is_simulated=basis.is_simulated)
    summary = _("Snapshot, rules and files")
    return Block([Details(summary=summary, parts=(facts, *files_table(basis).parts), is_printed=True)], _)


def in_brief(parameters: NotebookParameters) -> Block:
    """The same in two lines for a paper of one sheet: snapshot and rules, then the newest files."""
    basis = open_basis(parameters)
    _ = basis.language
    made_of = " · ".join([f"{_('Snapshot')} {basis.snapshot['snapshot_id']}", _software(basis), *_rules_told(basis)])
    note = migration_note(basis.snapshot)
    lines = (made_of, *([] if note is None else [note.told(_)]), _files_in_brief(basis))
    return Block([Text(text=line, tone="note", is_simulated=basis.is_simulated) for line in lines], _)


def _files_in_brief(basis: Basis) -> str:
    """The newest files with date and hash, how many more there are, and where all of them are named."""
    _ = basis.language
    newest = basis.files.sort("received_date", "file_name", descending=[True, False], nulls_last=True)
    named = "; ".join(
        f"{_base_name(row['file_name'])} ({_.date(row['received_date'])}, SHA-256 {row['file_sha256'][:HASH_SHOWN]})"
        for row in newest.head(NEWEST_NAMED).iter_rows(named=True)
    )
    more = basis.files.height - NEWEST_NAMED
    others = _("and {count} more").format(count=_.whole(more)) if more > 0 else ""
    told = " ".join(part for part in (named or _("none"), others) if part)
    return f"{_('Files received')}: {told}. {_record(_)}"


def _facts(basis: Basis) -> Iterator[Fact]:
    _ = basis.language
    yield _("Snapshot"), str(basis.snapshot["snapshot_id"])
    if (note := migration_note(basis.snapshot)) is not None:
        yield _("Former schema"), note.told(_)
    yield _("Software"), f"{_software(basis)}; {', '.join(f'{name} {number}' for name, number in made_with())}"
    yield _("Score"), _.label("score_kind", basis.score)
    for told in _rules_told(basis, with_hash=True):
        yield _("Rules"), told
    yield _("Assumptions"), _assumptions(basis)
    yield _("What the data cover"), _coverage(basis)
    for told in _histories(basis):
        yield _("The region before"), told
    yield _("Published statements"), Quantity(kind="whole", value=basis.statement_count)
    if basis.files.height:
        made_up = _("yes: the files are made up, only names of places are real")
        yield _("Simulated"), made_up if basis.is_simulated else _("no")
    yield _("Complete record"), _record(_)


def _histories(basis: Basis) -> Iterator[str]:
    """What the regions of a report were called before, where it is about a few."""
    names = basis.files.select("region_code", "full_name").drop_nulls().unique().sort("region_code")
    for code, name in names.iter_rows() if names.height <= MOST_HISTORIES else ():
        for told in told_history(code, basis.language):
            yield told if names.height == 1 else f"{name}: {told}"


def _record(language: Language) -> str:
    text = language("All inputs with their full hashes stand in {file} in the folder of the reports.")
    return text.format(file=RECORD)


def _software(basis: Basis) -> str:
    return f"IGA Workbench {basis.snapshot['software_version']}"


@cache
def made_with() -> tuple[tuple[str, str], ...]:
    """The names and versions of what makes a report: Python, and the libraries that are installed."""
    found = [("Python", platform.python_version())]
    for distribution, name in MADE_WITH.items():
        try:
            found.append((name, version(distribution)))
        except PackageNotFoundError:
            continue
    return tuple(found)


def _rules_told(basis: Basis, *, with_hash: bool = False) -> list[str]:
    """Each rulebook with how sure its rules are."""
    _ = basis.language
    told = []
    for row in basis.rules.iter_rows(named=True):
        rules = basis.rulebooks[row["rulebook"]]
        levels = [level for _name, level, _reason in scale_of(rules, _.code).confidences]
        counted = {level: levels.count(level) for level in ("high", "medium", "low", "unknown")}
        sure = ", ".join(f"{_.label('confidence', level).lower()} {count}" for level, count in counted.items() if count)
        name = f"{_('Rulebook')} {row['rulebook']}"
        name += f" (SHA-256 {row['rulebook_hash'][:HASH_SHOWN]})" if with_hash else ""
        sentence = _("{rulebook}, confidence of its rules: {levels}").format(rulebook=name, levels=sure)
        told.append(" · ".join([sentence, *_home_told(basis, row["rulebook"])]))
    return told


def _home_told(basis: Basis, name: str) -> list[str]:
    """Whose rules they are where they are not the shipped ones."""
    if name not in basis.rules_of_home:
        return []
    file, is_over_shipped = basis.rules_of_home[name]
    _ = basis.language
    text = _("stated by this home: {file}")
    if is_over_shipped:
        text = _("stated by this home in place of the shipped rules: {file}")
    return [text.format(file=file)]


def _assumptions(basis: Basis) -> str:
    """The assumption sets behind the indices, and whether anything in them was changed."""
    _ = basis.language
    names = sorted({name for row in basis.rules["assumption_ids"] for name in row})
    if not names:
        return _("none: no index is computed")
    changed = int(basis.rules["changed_count"].sum())
    how = _("{count} changed by us").format(count=_.whole(changed)) if changed else _("all as the rulebook has them")
    return f"{', '.join(names)}: {how}"


def _coverage(basis: Basis) -> str:
    """How much was received and read, in one sentence."""
    _ = basis.language
    if basis.files.is_empty():
        return _("no file of a region enters this report")
    years = basis.files["edition"].unique().sort().to_list()
    span = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
    files, regions = basis.files.height, basis.files["region_code"].n_unique()
    rows = int(basis.files["row_count"].sum() or 0)
    innovations = int(basis.innovations["innovation_count"].sum() or 0)
    return _("{editions}: {files} ({regions}), {rows} ({set_aside} set aside), {innovations}").format(
        editions=span,
        files=_.ngettext("{count} file", "{count} files", files).format(count=_.whole(files)),
        regions=_.ngettext("{count} region", "{count} regions", regions).format(count=_.whole(regions)),
        rows=_.ngettext("{count} row", "{count} rows", rows).format(count=_.whole(rows)),
        set_aside=_.whole(int(basis.files["quarantined_count"].sum() or 0)),
        innovations=_.ngettext("{count} innovation", "{count} innovations", innovations).format(
            count=_.whole(innovations)
        ),
    )


def files_table(basis: Basis) -> Block:
    """The files received with date and hash; many of them counted per season or edition, with a hash of hashes."""
    _ = basis.language
    if basis.files.is_empty():
        return Block()
    caption = _("Files that this report rests on")
    for grain in (None, ("full_name", "edition"), ("edition",)):
        rows = basis.files if grain is None else _counted(basis.files, grain)
        if rows.height <= MOST_ROWS:
            break
    if grain is None:
        return _each_file(rows, basis, caption)
    note = _("{files} files in all. The hash is that of the list of their hashes. {record}")
    columns = [
        *([Column("full_name", _("Region"))] if "full_name" in grain else []),
        Column("edition", _("Edition")),
        Column("files", _("Files")),
        Column("first_received", _("First received")),
        Column("last_received", _("Last received")),
        Column("hashed", "SHA-256"),
    ]
    told = note.format(files=_.whole(basis.files.height), record=_record(_))
    return table(rows, columns, caption, _, is_simulated=basis.is_simulated, note=told)


def _each_file(rows: pl.DataFrame, basis: Basis, caption: str) -> Block:
    _ = basis.language
    several = rows["region_code"].n_unique() > 1
    frame = rows.with_columns(
        file=pl.col("file_name").str.split("/").list.last(),
        hashed=pl.col("file_sha256").str.slice(0, HASH_SHOWN),
    )
    columns = [
        Column("file", _("File")),
        *([Column("full_name", _("Region"))] if several else []),
        Column("edition", _("Edition")),
        Column("received_date", _("Received on")),
        Column("row_count", _("Rows")),
        Column("quarantined_count", _("Set aside")),
        Column("hashed", "SHA-256"),
    ]
    return table(frame, columns, caption, _, is_simulated=basis.is_simulated)


def _counted(files: pl.DataFrame, grain: Sequence[str]) -> pl.DataFrame:
    """One row per group of files: how many, when the first and last came, and the hash of the list of their hashes."""
    groups = files.group_by(grain).agg(
        pl.len().alias("files"),
        pl.col("received_date").min().alias("first_received"),
        pl.col("received_date").max().alias("last_received"),
        pl.col("file_sha256").sort().str.join("\n").alias("hashes"),
    )
    hashed = [sha256(text.encode()).hexdigest()[:HASH_SHOWN] for text in groups["hashes"]]
    return groups.with_columns(hashed=pl.Series(hashed, dtype=pl.String)).sort(grain)


def _base_name(file_name: str) -> str:
    return file_name.rpartition("/")[2]
