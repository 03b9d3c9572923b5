"""The command units: names of units that are not tied to the register, and what the home says that they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.errors import UnknownName
from warehouse.region import resolve_city
from workbench.command_context import CommandContext
from workbench.command_group import ArgumentsOrCommand
from workbench.completion import known_editions
from workbench.lists import CityArgument
from workbench.options import (
    EditionOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show_row
from workbench.rule_notes import fault_notes

if TYPE_CHECKING:
    from warehouse.home import Home
    from warehouse.snapshot import Snapshot

_ = language_of_environment()

app = typer.Typer(cls=ArgumentsOrCommand, no_args_is_help=False)

HEADERS = {
    "edition": "Edition",
    "unit_name": "Name as written",
    "unit_kind": "Kind of unit",
    "innovation_count": "Innovations",
    "question": "Question",
    "answer": "Answered, not loaded yet",
}


@app.callback(invoke_without_command=True)
def units(
    context: typer.Context,
    city: CityArgument,
    edition: Annotated[
        int | None,
        typer.Argument(
            help=_("Edition (year of the award); without it all."), autocompletion=known_editions, show_default=False
        ),
    ] = None,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """List the names of units that are not tied to the register, each with the units that it may mean."""
    if context.invoked_subcommand is not None:
        return
    from warehouse.unit_answers import unit_answers_of

    asked = CommandContext(home_of(home), language_of(lang), form, snapshot, None)
    language, region = asked.language, resolve_city(city)
    with asked.open() as opened:
        table = _open_names(opened, asked.home, region.region_code, edition, language.code)
        has_register = _has_register(opened, region.region_code)
    if not asked.is_for_people:
        asked.show(table)
        return
    notes = fault_notes(unit_answers_of(asked.home).faults, language)
    if not has_register:
        text = language("No unit register of {city} is there; write one with: iga template unit-register")
        notes.append(text.format(city=region.full_name))
    elif table.height:
        notes.append(language('Confirm one with: iga units confirm CITY "NAME" UNIT (or not_ours, or new_unit)'))
        notes.append(language("A unit that an open name may mean is not counted among those that sent nothing."))
    shown = table.with_columns(
        pl.Series("unit_kind", [language.label("unit_kind", code) for code in table["unit_kind"]], dtype=pl.String)
    )
    title = language("Names of units that are not tied to the register")
    asked.show(shown.select(list(HEADERS)), title=title, headers=HEADERS, notes=notes)


@app.command("confirm", help=_("Keep which unit a name means; the next load reads it."))
def confirm(
    city: CityArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("The name as the file has it."))],
    unit: Annotated[
        str | None,
        typer.Argument(
            metavar="UNIT",
            help=_("Id, code or name of the unit; not_ours: no unit of ours; new_unit: the register lacks it."),
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help=_("Take the unit that is proposed, if only one is."))] = False,
    edition: EditionOption = None,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Keep in the home's `identity/units.toml` which unit a name means in this city."""
    from analysis.season.unit_names import confirm_unit_name
    from warehouse.keeping.answers_log import log_answer

    asked = CommandContext(home_of(home), language_of(lang), form, snapshot, None)
    language, region = asked.language, resolve_city(city)
    with asked.open() as opened:
        chosen = unit
        if chosen is None:
            table = _open_names(opened, asked.home, region.region_code, edition, language.code)
            chosen = _only_proposal(table, name) if yes else None
        if chosen is None:
            raise UnknownName(
                "Nothing says which unit {name} means",
                next_step="name the unit, or not_ours, or new_unit; `iga units CITY` lists the proposals",
                name=name,
            )
        kept = confirm_unit_name(asked.home, region.region_code, name, chosen, snapshot=opened)
    log_answer(asked.home, "unit", f"{region.region_code} {name}", kept)
    told = language("{name} means {unit} in {city}; it counts from the next `iga ingest` on.")
    messages().print(told.format(name=name, unit=kept, city=region.full_name), markup=False)
    if not asked.is_for_people:
        show_row({"region_code": region.region_code, "unit_name": name, "answer": kept}, form, language)


def _open_names(snapshot: Snapshot, home: Home, region_code: str, edition: int | None, lang: str) -> pl.DataFrame:
    """The open names of an edition, or of all, the newest first."""
    from analysis.season.unit_names import UNRESOLVED_SCHEMA, unresolved_names

    editions = [edition]
    if edition is None:
        found = snapshot.sql(
            "select distinct edition from submission where region_code = $region order by edition desc",
            {"region": region_code},
        )
        editions = found["edition"].to_list()
    frames = [unresolved_names(snapshot, home, region_code, year, lang=lang) for year in editions if year is not None]
    return pl.concat(frames) if frames else pl.DataFrame(schema=UNRESOLVED_SCHEMA)


def _has_register(snapshot: Snapshot, region_code: str) -> bool:
    return snapshot.sql("select 1 from unit where region_code = $region limit 1", {"region": region_code}).height > 0


def _only_proposal(table: pl.DataFrame, name: str) -> str | None:
    """The unit that is proposed for a name, where it is the only one."""
    from warehouse.unit_answers import name_key

    rows = [row for row in table.iter_rows(named=True) if name_key(row["unit_name"]) == name_key(name)]
    proposed = {row["candidate_1_id"] for row in rows if row["candidate_2_id"] is None} - {None}
    is_alone = all(row["candidate_2_id"] is None for row in rows)
    return next(iter(proposed)) if len(proposed) == 1 and is_alone else None
