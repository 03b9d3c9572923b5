"""The publish job: receive files, parse what is new, resolve the season, score, audit, publish a snapshot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from importlib import metadata
from pathlib import Path

import polars as pl

from etl.contracts import OUTCOMES
from etl.lake import LakeFile, begin_to_parse, lake_key, layouts_for, normaliser_hash, scale_of
from etl.load_code import load_code_hash
from etl.receipt import Receipt, Source, Statement, Unread, archived, content_of, receive, taken_back
from etl.recognition.home_layouts import HomeLayouts, LayoutFault, home_layouts
from etl.season.correction import correction_texts, read_corrections
from etl.season.own_word_heard import with_own_word_heard
from etl.season.returned_rows import with_changed_rows_only
from etl.season.snapshot_tables import Tables, tables_of
from etl.season.withdrawal import WITHDRAWALS, with_doubtful_held, withdrawals
from etl.tombstones import tombstones_of
from etl.values.home_words import HomeWords, home_words_of
from etl.worker.blamed import BlamedFiles
from etl.worker.pool import WorkerPool, shared_pool
from iga.rulebook import Rulebook, Rulebooks, RuleFiles
from warehouse.build import is_published, point_to, publish, remove_leftovers, statements
from warehouse.errors import NoSnapshot, SnapshotDamaged, UnknownName, WorkbenchError
from warehouse.home import Home, disk_full
from warehouse.identity_registry import read_region_successions, read_registry, regions_text, registry_text
from warehouse.keeping.archive import ArchiveDamaged, damaged, folder_of
from warehouse.lock import held_by_this_process
from warehouse.reference import load_reference
from warehouse.rules.home_rules import HomeRulebooks, RuleFault, rulebooks_of
from warehouse.rules.rules_in_use import rules_in_use
from warehouse.rules.snapshot_rules import rule_file_rows
from warehouse.scoring.index_over_time import editions_without_rulebook, index_over_time, used_rulebooks
from warehouse.set_aside_words import PARTS, quarantine_in_words, receipts_in_words, rule_words
from warehouse.snapshot import SCHEMA_VERSION, Snapshot, current_snapshot_id
from warehouse.temporary import cleared_when_ended, temporary_folder
from warehouse.unit_answers import UnitAnswers, unit_answers_of

REFERENCE_TABLES = (
    "region",
    "region_history",
    "region_alias",
    "subdistrict",
    "government_affair",
    "timeline_event",
    "national_total",
    "named_innovation",
    "published_result",
)

SHOWN_BY_VIEWS = (
    "receipt", "quarantine", "store.observation", "store.submission", "store.answer", "store.region_answer",
)  # fmt: skip
"""Tables that a snapshot shows as views: of its history by day, of rules and arguments in words."""

RULES_BY_THEMSELVES = ("iga/rules/rulebooks", "iga/rules/crosswalks")
"""Shipped rules are no part of the code that a load runs: those in use stand in a snapshot's name by themselves."""

Progress = Callable[[str, int, int], None]
"""Called with a step (`parse`, `resolve`, `publish`), how much of it is done, and how much there is."""


@dataclass
class LoadResult:
    """What a load did: the snapshot, whether it is new, the files, and what needs a person's attention."""

    snapshot_id: str
    is_new: bool
    parsed_count: int
    receipts: pl.DataFrame
    quarantine: pl.DataFrame
    editions_without_rulebook: list[int] = field(default_factory=list)
    withdrawals: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Which full export took innovations away, from which file, and how many (columns `WITHDRAWALS`);
    where nothing has changed only those of two full exports of one day."""
    corrections: pl.DataFrame = field(default_factory=pl.DataFrame)
    """What became of each correction on file (table `correction`)."""
    rule_faults: tuple[RuleFault, ...] = ()
    """The files of rules in the home that could not be used; all other rules were."""
    layout_faults: tuple[LayoutFault, ...] = ()
    """The files of layouts in the home that could not be used; all other layouts were."""
    editions_lost: list[int] = field(default_factory=list)
    """The editions with data that have no index, because their file of rules could not be used."""

    @property
    def held(self) -> pl.DataFrame:
        """The files that were set aside as a whole."""
        return self.receipts.filter(pl.col("status") == "held")


def ingest(
    home: Home,
    paths: list[Path] | None = None,
    stated: Statement | None = None,
    *,
    today: date,
    dry_run: bool = False,
    anew: bool = False,
    retry_held: bool = False,
    progress: Progress | None = None,
    pool: WorkerPool | None = None,
) -> LoadResult:
    """Load the inbox and ``paths`` into a new snapshot, or find that nothing has changed.

    The last good snapshot stays current until the new one has passed every audit. Raises HomeLocked when another load
    runs, AuditFailed when the build is not clean, ArchiveDamaged when the bytes of a received file are lost. With
    ``dry_run`` files are read and told of, and nothing is kept; with ``anew`` the snapshot is built even where one of
    its name stands, since that one is damaged.
    """
    home.create()
    sources = [Source(home.inbox), *(Source(path, stated or Statement()) for path in paths or [])]
    readers = pool or shared_pool()
    version = f"{software_version()} {normaliser_hash()}"
    blamed = BlamedFiles.of_home(home, version, readers.limits, is_kept=not dry_run)
    told = _Readers(readers, blamed, home_words_of(home), unit_answers_of(home))  # once, as the rulebooks
    try:
        if dry_run:
            if retry_held:
                blamed.forget()
            return _try(home, sources, today, progress or _silent, told)
        with held_by_this_process(home, "iga ingest") as was_cut_off:
            if was_cut_off:
                remove_leftovers(home)
            if retry_held:
                blamed.forget()
            with cleared_when_ended(home, lambda: remove_leftovers(home)):
                return _load(home, sources, today, progress or _silent, told, anew=anew)
    except (OSError, pl.exceptions.PolarsError) as error:
        if full := disk_full(error, home):
            raise full from error
        raise


@dataclass(frozen=True)
class _Readers:
    """Who reads the files of a load, which of them are not read, and what the home has confirmed: words, units."""

    pool: WorkerPool
    blamed: BlamedFiles
    home_words: HomeWords
    unit_answers: UnitAnswers

    def faults(self, rulebooks: HomeRulebooks) -> tuple[RuleFault, ...]:
        """Return the files of the home that cannot be used as they stand."""
        return (*rulebooks.file_faults, *self.home_words.faults, *self.unit_answers.faults)


def _silent(step: str, done: int, total: int) -> None:
    """No progress is shown."""


def _try(home: Home, sources: list[Source], today: date, progress: Progress, readers: _Readers) -> LoadResult:
    """Read the sources into a private place that goes away again."""
    with temporary_folder("try") as folder:
        private = Home(folder)
        private.create()
        unread: list[Unread] = []
        undone = {receipt.file_sha256 for receipt in taken_back(home)}
        known = archived(home, [source.path for source in sources])
        received = receive(private, sources, today, unread, known, tombstones_of(home))
        receipts = [one for one in received if one.counts and one.file_sha256 not in undone]
        rulebooks = rulebooks_of(home)
        layouts = home_layouts(home)
        files = prepared(_parse_all(private, receipts, rulebooks, layouts, progress, readers))
        tables = tables_of(files, read_corrections(home), read_registry(home), rulebooks, readers.unit_answers)
        snapshot_id, _ = _identity(receipts, home, rulebooks, layouts, readers)
        return _with_unread(_result(files, tables, snapshot_id, rulebooks, layouts, readers, is_new=False), unread)


def _load(
    home: Home, sources: list[Source], today: date, progress: Progress, readers: _Readers, *, anew: bool = False
) -> LoadResult:
    unread: list[Unread] = []
    kept = archived(home, [source.path for source in sources])
    # What was taken out of the inbox later still counts.
    everything = {receipt.file_sha256: receipt for receipt in [*kept, *receive(home, sources, today, unread, kept)]}
    receipts = [everything[sha] for sha in sorted(everything) if everything[sha].counts]
    corrections = read_corrections(home)
    rulebooks = rulebooks_of(home)  # once: a file that is saved while the load runs counts at the next one
    layouts = home_layouts(home)
    if not everything and not unread:
        _refuse_nothing(home)
    snapshot_id, built_from = _identity(receipts, home, rulebooks, layouts, readers)
    if not anew and current_snapshot_id(home) == snapshot_id and is_published(home, snapshot_id):
        try:
            return _with_unread(_as_published(home, snapshot_id, rulebooks, layouts, readers), unread)
        except SnapshotDamaged:
            anew = True
    elsewhere = [source.path for source in sources]
    files = prepared(_parse_all(home, receipts, rulebooks, layouts, progress, readers, elsewhere))
    # A file that could not be read on this machine is no part of what the snapshot is made of.
    snapshot_id, built_from = _identity(receipts, home, rulebooks, layouts, readers)
    progress("resolve", 0, 1)
    tables = tables_of(files, corrections, read_registry(home), rulebooks, readers.unit_answers)
    is_new = anew or not _opens(home, snapshot_id)
    result = _result(files, tables, snapshot_id, rulebooks, layouts, readers, is_new=is_new)
    if result.is_new:
        progress("publish", 0, 1)
        in_use = rules_in_use(rulebooks, _editions(receipts))
        publish(home, snapshot_id, _with_index(home, tables, snapshot_id, built_from, rulebooks, in_use))
    if current_snapshot_id(home) != snapshot_id:
        point_to(home, snapshot_id)
    progress("publish", 1, 1)
    return _with_unread(result, unread)


def _refuse_nothing(home: Home) -> None:
    """Raise where inbox and archive hold no file any more, unless the last one was erased for good.

    A folder that was taken away must not take the place of what was published.
    """
    try:
        with Snapshot.open(home=home.root) as snapshot:
            had_files = bool(json.loads(snapshot.facts["built_from"])["inputs"])
    except (WorkbenchError, ValueError, KeyError):
        return
    if had_files and not tombstones_of(home):
        raise NoSnapshot(
            "Inbox and archive hold no file any more; the last snapshot stands",
            next_step="lay the archive back (`iga restore`), or put the files into the inbox again",
            place=str(home.inbox),
        )


def _opens(home: Home, snapshot_id: str) -> bool:
    """Whether a snapshot of that name stands, and is a file that can be read."""
    try:
        Snapshot.open(snapshot_id, home.root).close()
    except UnknownName:
        return False
    return True


def prepared(files: list[LakeFile]) -> list[LakeFile]:
    """The parsed files as the season takes them.

    Those whose own word contradicts their place are held, returned workbooks are corrections, doubtful full exports are
    held.
    """
    return with_doubtful_held(with_changed_rows_only(with_own_word_heard(files)))


def _with_unread(result: LoadResult, unread: list[Unread]) -> LoadResult:
    """The result with what could not be opened, as files that are held: nothing of them is in the archive."""
    if not unread:
        return result
    told = [
        {
            "file_sha256": "",
            "file_name": one.file_name,
            "status": "held",
            "held_rule": one.rule if one.rule in ("forgotten", "same_file_elsewhere") else "unreadable",
            "held_reason": ". ".join(rule_words(one.rule, part, one.arguments) for part in PARTS),
            "is_simulated": False,
            **dict.fromkeys([f"{name}_count" for name in ("row", *OUTCOMES)], 0),
        }
        for one in unread
    ]
    receipts = pl.concat([result.receipts, pl.DataFrame(told)], how="diagonal_relaxed")
    return replace(result, receipts=receipts)


def _as_published(
    home: Home, snapshot_id: str, rulebooks: HomeRulebooks, layouts: HomeLayouts, readers: _Readers
) -> LoadResult:
    """What the current snapshot says of its own load: nothing that it depends on has changed."""
    with Snapshot.open(snapshot_id, home.root) as snapshot:
        receipts = snapshot.sql("select * from receipt order by region_code, edition, received_date, file_name")
        quarantine = snapshot.sql("select * from quarantine")
        corrections = snapshot.sql("select * from correction order by correction_date, correction_id")
        editions = snapshot.sql("select distinct edition from submission")["edition"]
        same_day = snapshot.sql(statements("same_day_exports"), {"region_code": None, "edition": None})
    return LoadResult(
        snapshot_id=snapshot_id,
        is_new=False,
        parsed_count=0,
        receipts=receipts,
        quarantine=quarantine,
        **_without_rules(editions, rulebooks),
        withdrawals=same_day.cast(pl.Schema(WITHDRAWALS)),
        corrections=corrections,
        rule_faults=readers.faults(rulebooks),
        layout_faults=layouts.faults,
    )


def _without_rules(editions: pl.Series, rulebooks: HomeRulebooks) -> dict[str, list[int]]:
    """The editions whose index is not computed: those that nobody knows rules of, and those with a faulty file."""
    missing = editions_without_rulebook(editions, rulebooks)
    lost = [edition for edition in missing if str(edition) in rulebooks.lost_editions]
    return {
        "editions_without_rulebook": [edition for edition in missing if edition not in lost],
        "editions_lost": lost,
    }


def _result(
    files: list[LakeFile],
    tables: Tables,
    snapshot_id: str,
    rulebooks: HomeRulebooks,
    layouts: HomeLayouts,
    readers: _Readers,
    *,
    is_new: bool,
) -> LoadResult:
    return LoadResult(
        snapshot_id=snapshot_id,
        is_new=is_new,
        parsed_count=sum(file.was_parsed for file in files),
        receipts=receipts_in_words(tables["receipt"]),
        quarantine=quarantine_in_words(tables["quarantine"]),
        **_without_rules(tables["store.submission"]["edition"], rulebooks),
        withdrawals=withdrawals(tables["store.observation"], tables["store.submission"], tables["receipt"]),
        corrections=tables["correction"],
        rule_faults=readers.faults(rulebooks),
        layout_faults=layouts.faults,
    )


def _parse_all(
    home: Home,
    receipts: list[Receipt],
    rulebooks: Rulebooks,
    layouts: HomeLayouts,
    progress: Progress,
    readers: _Readers,
    elsewhere: Sequence[Path] = (),
) -> list[LakeFile]:
    """Parse what is not in the lake. Raises ArchiveDamaged with all files whose bytes are lost: none is left out."""
    files, lost, begun = [], [], []
    with readers.pool.session() as submit:
        for receipt in receipts:
            content = partial(content_of, home, receipt.file_sha256, elsewhere)
            try:
                end = begin_to_parse(
                    home,
                    receipt,
                    content,
                    rulebooks,
                    readers.home_words.words,
                    submit=submit,
                    blamed=readers.blamed,
                    own=layouts.layouts,
                )
            except ArchiveDamaged:
                lost.append(receipt)
            else:
                begun.append((receipt, end))
        for number, (receipt, end) in enumerate(begun, start=1):
            try:
                files.append(end())
            except ArchiveDamaged:
                lost.append(receipt)
            progress("parse", number, len(begun))
    if lost:
        raise damaged([receipt.file_name for receipt in lost], str(folder_of(home, lost[0].file_sha256) / "content"))
    return files


def _with_index(
    home: Home,
    tables: Tables,
    snapshot_id: str,
    built_from: dict[str, object],
    rulebooks: HomeRulebooks,
    in_use: RuleFiles,
) -> Tables:
    submissions = tables["history.submission"].drop("as_of")  # follows from the days of the season
    index = index_over_time(
        submissions,
        tables["history.answer"],
        tables["history.region_answer"],
        tables["season_day"],
        rulebooks,
        quarantined=tables["history.quarantined_innovation"],
        quarantined_answers=tables["store.quarantined_answer"],
        quarantined_values=tables["store.quarantined_value"],
    )
    used = used_rulebooks(index, rulebooks)
    facts = {
        "snapshot_id": snapshot_id,
        "schema_version": SCHEMA_VERSION,
        "software_version": software_version(),
        "inputs_hash": built_from["inputs_hash"],
        "is_simulated": bool(tables["receipt"]["is_simulated"].any()),
        "built_from": json.dumps(built_from, ensure_ascii=False, sort_keys=True),
    }
    return {
        **{name: frame for name, frame in tables.items() if name not in SHOWN_BY_VIEWS},
        "history.receipt": tables["receipt"],
        "store.quarantine": tables["quarantine"],
        "history.observation": tables["store.observation"].drop("is_current"),
        "history.submission": submissions,
        "history.region_index": index,
        "snapshot": pl.DataFrame([facts]),
        "snapshot_rulebook": _rulebook_table(used, rulebooks),
        "snapshot_rule_file": _rule_file_table(in_use),
        "assumption": _assumption_table(used),
        "region_succession": read_region_successions(home),
        **{name: load_reference(name) for name in REFERENCE_TABLES},
    }


def _rulebook_table(used: list[Rulebook], rulebooks: HomeRulebooks) -> pl.DataFrame:
    columns = ("rulebook", "rulebook_hash", "content", "home_file")
    rows = [(rules.name, rules.hash, rules.content, rulebooks.paths.get(rules.name)) for rules in used]
    flags = {
        "is_complete": [rules.is_complete for rules in used],
        "is_over_shipped": [rules.name in rulebooks.over_shipped for rules in used],
    }
    table = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return table.with_columns(pl.Series(name, values, dtype=pl.Boolean) for name, values in flags.items())


def _rule_file_table(in_use: RuleFiles) -> pl.DataFrame:
    columns = dict.fromkeys(("kind", "name", "content"), pl.String)
    return pl.DataFrame(rule_file_rows(in_use), schema=columns, orient="row")


def _assumption_table(used: list[Rulebook]) -> pl.DataFrame:
    rows = [
        {
            "assumption_id": rules.assumption_id(),
            "rulebook": rules.name,
            "switch": name,
            "value": json.dumps(value),
            "is_default": True,
            "confidence": rules.switches[name].confidence,
            "note_id": rules.switches[name].note_id,
            "note_en": rules.switches[name].note_en,
        }
        for rules in used
        for name, value in rules.assumptions.model_dump(mode="json").items()
    ]
    return pl.DataFrame(rows)


def _editions(receipts: list[Receipt]) -> list[int]:
    """The editions that files are of."""
    return sorted({receipt.edition for receipt in receipts if receipt.edition is not None})


def _identity(
    receipts: list[Receipt], home: Home, rulebooks: HomeRulebooks, layouts: HomeLayouts, readers: _Readers
) -> tuple[str, dict[str, object]]:
    """The name of a snapshot: a hash of all that it is made of, and of the code that a load runs (`etl.load_code`).

    Of the rules those count that the editions of the files are computed by: a rulebook for a year without files, or a
    shipped one that the home's stands over, leaves the name. Neither the clock nor the version of the software nor a
    reader's words have a part in it.
    """
    words = readers.home_words
    inputs = [
        {
            **receipt.facts(),
            "parse": lake_key(receipt, rulebooks, words.words, layouts.layouts),
            **_not_read(receipt, readers.blamed),
        }
        for receipt in sorted(receipts, key=lambda receipt: receipt.file_sha256)
    ]
    # Without confirmed words a home has no such file, and its snapshots do not speak of it.
    decided: dict[str, object] = {"vocabulary": words.hash} if words.words else {}
    cities = {receipt.region_code for receipt in receipts}
    own_units = {code: dict(answers) for code, answers in readers.unit_answers.of_region.items() if code in cities}
    decided |= {"units": own_units} if own_units else {}
    decided |= {"corrections": correction_texts(home), "identity": registry_text(home), "regions": regions_text(home)}
    in_use = rule_file_rows(rules_in_use(rulebooks, _editions(receipts)))
    rules = {f"{kind}/{name}": _sha256(text) for kind, name, text in in_use}
    from_home = {name: path for name, path in rulebooks.paths.items() if f"rulebook/{name}" in rules}
    # A layout of the home counts where a sender of the files may use it; a home without any keeps its names.
    in_reach = {layout.name: layout for receipt in receipts for layout in layouts_for(receipt, layouts.layouts)}
    own_layouts = {name: layouts.texts[name] for name in sorted(in_reach)}
    named = [inputs, decided, rules, from_home, *([own_layouts] if own_layouts else [])]
    inputs_hash = _sha256(json.dumps(named, sort_keys=True))
    built_from: dict[str, object] = {
        "inputs": inputs,
        **decided,
        "rules": rules,
        "rules_of_home": from_home,
        "layouts_of_home": own_layouts,
        "inputs_hash": inputs_hash,
        "code_hash": code_hash(),
        # For the audit of levels: they follow from the rules, which stand in the key of each parse.
        "top_levels": _top_levels(receipts),
        "schema_version": SCHEMA_VERSION,
        "software_version": software_version(),  # for readers: no part of the name
    }
    return _sha256(json.dumps([inputs_hash, code_hash()]))[:16], built_from


def _not_read(receipt: Receipt, blamed: BlamedFiles) -> dict[str, dict[str, str]]:
    detail = blamed.detail_of(receipt.file_sha256)
    return {} if detail is None else {"not_read": detail}


def _top_levels(receipts: list[Receipt]) -> dict[str, dict[str, int]]:
    """Edition -> indicator number -> highest level; under the empty number that of an indicator without its own."""
    scales = [scale_of(edition) for edition in sorted({r.edition for r in receipts if r.edition is not None})]
    return {str(scale.edition): {**scale.tops, "": scale.top_of("")} for scale in scales}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def software_version() -> str:
    """The installed version of this software."""
    return metadata.version("iga-workbench")


def code_hash() -> str:
    """A hash of the code that a load runs, with its layouts, vocabularies, reference data and SQL."""
    return load_code_hash("etl.publish", *RULES_BY_THEMSELVES)
