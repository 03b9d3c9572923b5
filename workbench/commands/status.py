"""The command status: what is in, what is missing, what was set aside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import polars as pl
import typer

from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text
from workbench.loading import former_lines, layout_fault_notes, withdrawal_lines
from workbench.options import (
    AsOfOption,
    CityOption,
    EditionOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    home_of,
    language_of,
    language_of_environment,
    snapshot_of,
)
from workbench.output import Format, show
from workbench.rule_notes import fault_notes, rule_notes

_ = language_of_environment()

SEASON_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "files": "Files",
    "held": "Files held",
    "superseded": "Superseded",
    "last_received": "Last received",
    "innovations": "Innovations + in quarantine",
    "quarantined": "Rows quarantined",
    "spd": "SPD",
    "levels": "Levels",
    "register": "Register",
    "is_simulated": "Simulated",
}
SPD_MESSAGES = {"missing": "not answered", "partial": "partly answered", "complete": "answered"}
"""Whether the region's own lines (SPD) are there, by the code of `status.sql`."""

USE_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "received_date": "Received",
    "file_name": "File",
    "coverage": "Coverage",
    "use": "What counts of it",
    "counting_count": "Rows that count",
    "accepted_count": "Accepted",
    "is_in_inbox": "In the inbox",
}


BALANCE_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "file_name": "File",
    "status": "State",
    "stated_total": "Stated",
    "accepted_count": "Read",
    "merged_count": "Merged",
    "quarantined_count": "Quarantined",
    "structural_count": "Structural",
    "emptied_count": "Cells emptied",
    "withdrawn_count": "Withdrawn",
    "unit_unknown_count": "Unit names unknown",
    "column_missing_count": "Columns missing",
    "is_open": "Open",
}


def status(
    home: HomeOption = None,
    files: Annotated[
        bool, typer.Option("--files", help=_("Every received file: whether it counts, for what, and why."))
    ] = False,
    balance: Annotated[
        bool, typer.Option("--balance", help=_("The balance of every received file, and what is open of it."))
    ] = False,
    city: CityOption = None,
    edition: EditionOption = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on",
            formats=["%Y-%m-%d"],
            help=_("Day that the facts of open seasons are of (otherwise today)."),
            show_default=False,
        ),
    ] = None,
    as_of: AsOfOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """What is in, what is missing, what was set aside; with --files which export counts and why."""
    from analysis.history.changes.words import uses_in_words
    from analysis.personal.personal_cells import personal_cells, personal_note
    from analysis.season.balance import read_balance
    from warehouse.build import statements

    place, language = home_of(home), language_of(lang)
    region_code = resolve_city(city).region_code if city else None
    wanted: dict[str, str | int | None] = {"region_code": region_code, "edition": edition}
    with snapshot_of(place, as_of=as_of) as snapshot:
        snapshot.use_language(language.code)
        balanced = read_balance(snapshot, region_code, edition)
        seasons = snapshot.sql(sql_text("analysis.season", "status"), dict(wanted))
        if not snapshot.knows_quarantined:
            seasons = seasons.with_columns(pl.lit(None, dtype=pl.Int32).alias("innovations_quarantined"))
        used = snapshot.sql(sql_text("analysis.season", "files"), dict(wanted))
        same_day = snapshot.sql(statements("same_day_exports"), dict(wanted))
        notes = [f"{language('Snapshot')} {snapshot.snapshot_id} · {place.root}", *snapshot.day_notes(language)]
        notes += former_lines(snapshot.sql("select region_text from receipt")["region_text"], language)
        if personal := personal_note(personal_cells(snapshot, region_code, edition), language):
            notes.append(personal)
        if snapshot.is_simulated:
            notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
        facts = _facts_of_open_seasons(snapshot, place, on or as_of, region_code, edition, language)
    held = used.filter(pl.col("use") == "held").select("file_name", "held_reason")
    notes += [f"{language('Set aside')}: {name}: {reason}" for name, reason in held.iter_rows()]
    notes += withdrawal_lines(same_day, language)
    used, gone = _with_presence(place, used)
    if gone:
        told = language(
            "{count} file(s) are no longer in the inbox and go on counting: {names}. To take one out, put it back and "
            "write ignore = true for it in receipt.toml."
        )
        notes.append(told.format(count=len(gone), names=", ".join(gone)))
    notes += [*_home_notes(place, language), *_report_notes(place, language)]
    notes += balanced.told(language)
    notes += facts
    if balance:
        shown = balanced.files.select(list(BALANCE_HEADERS)) if form is Format.table else balanced.files
        show(shown, form, language, title=language("Balance"), headers=BALANCE_HEADERS, notes=notes)
        return
    if form is Format.table:
        notes.append(_size_note(place, language))
    if files:
        used = _with_taken_back(place, used, wanted)
        shown = uses_in_words(used, language).select(list(USE_HEADERS)) if form is Format.table else used
        show(shown, form, language, title=language("Files"), headers=USE_HEADERS, notes=notes)
        return
    if form is Format.table:
        seasons = _seasons_in_words(seasons, language)
    show(seasons, form, language, title=language("Seasons"), headers=SEASON_HEADERS, notes=notes)


def _seasons_in_words(seasons: pl.DataFrame, language: Language) -> pl.DataFrame:
    """The seasons as people read them: beside the innovations that stand those in quarantine, "?" where not known."""
    words = {code: language(text) for code, text in SPD_MESSAGES.items()}
    counts = [
        language.whole(standing) if waiting == 0 else f"{language.whole(standing)} + {waiting or '?'}"
        for standing, waiting in seasons.select("innovations", "innovations_quarantined").iter_rows()
    ]
    return seasons.drop("innovations_quarantined").with_columns(
        pl.Series("innovations", counts, dtype=pl.String),
        pl.col("spd").replace_strict(words, default=pl.col("spd")),
    )


def _home_notes(home: Home, language: Language) -> list[str]:
    """What of people's rules, answers, words and layouts is in use, or cannot be used and why."""
    from etl.recognition.home_layouts import home_layouts
    from etl.values.home_words import home_words_of
    from warehouse.rules.home_rules import rulebooks_of
    from warehouse.unit_answers import unit_answers_of

    return [
        *rule_notes(rulebooks_of(home), language),
        *fault_notes(unit_answers_of(home).faults, language),
        *fault_notes(home_words_of(home).faults, language),
        *layout_fault_notes(home_layouts(home).faults, language),
    ]


def _facts_of_open_seasons(
    snapshot: Snapshot,
    home: Home,
    on: datetime | None,
    region_code: str | None,
    edition: int | None,
    language: Language,
) -> list[str]:
    """The facts of the seasons that are open on a day (today without one), a line each."""
    from analysis.season.open_seasons import open_accounts, told_accounts

    day = (on or datetime.now(tz=UTC).astimezone()).date()
    accounts = open_accounts(snapshot, home, day, region_code=region_code, edition=edition, lang=language.code)
    return told_accounts(accounts, language)


def _report_notes(home: Home, language: Language) -> list[str]:
    """How the last run of the schedule went, and which site's build was cut off."""
    from reports.site.builds_cut_off import builds_cut_off
    from workbench.schedule.status import read_status, told_in_words

    last = read_status(home)
    notes = told_in_words(last, language)[:1] if last else []
    text = language("The last build of {site} was cut off; the old site stands: iga report build {site}")
    return notes + [text.format(site=name) for name in builds_cut_off(home)]


def _size_note(home: Home, language: Language) -> str:
    """Tell how large the home is, and its folders."""
    from warehouse.keeping.size import sizes_of

    sizes = sizes_of(home)
    told = {name: language.number(size / 1e6, 1) for name, size in sizes.items()}
    other = language("other")
    parts = ", ".join(f"{other if name == 'other' else name} {size}" for name, size in told.items())
    text = language("Size of the home: {size} MB ({parts})")
    return text.format(size=language.number(sum(sizes.values()) / 1e6, 1), parts=parts)


def _with_presence(home: Home, used: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The files with `is_in_inbox`, and the names of those that count although they have left the inbox.

    A file that was loaded from elsewhere (`iga ingest PATH`) never was in the inbox; it is told of as well.
    """
    from etl.receipt import inbox_hashes

    present = inbox_hashes(home)
    told = used.with_columns(pl.col("file_sha256").is_in(list(present)).alias("is_in_inbox"))
    gone = told.filter(~pl.col("is_in_inbox") & ~pl.col("use").is_in(["held", "superseded", "nothing"]))
    return told, gone["file_name"].to_list()


def _with_taken_back(home: Home, used: pl.DataFrame, wanted: dict[str, str | int | None]) -> pl.DataFrame:
    """The files with those below them that `iga undo` has taken back: no snapshot knows of them."""
    from etl.receipt import inbox_hashes, region_name, taken_back

    undone = [
        {
            "city": region_name(receipt.region_code),
            "region_code": receipt.region_code,
            "edition": receipt.edition,
            "received_date": receipt.received_date,
            "file_sha256": receipt.file_sha256,
            "file_name": receipt.file_name,
            "coverage": receipt.coverage,
            "use": "taken_back",
        }
        for receipt in taken_back(home)
        if wanted["region_code"] in (None, receipt.region_code) and wanted["edition"] in (None, receipt.edition)
    ]
    if not undone:
        return used
    present = inbox_hashes(home)
    rows = [{**row, "is_in_inbox": row["file_sha256"] in present} for row in undone]
    schema = {name: used.schema[name] for name in rows[0]}
    return pl.concat([used, pl.DataFrame(rows, schema=schema)], how="diagonal")
