"""The command facts: every fact of a season on a day, with its rule."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, EditionArgument, OnOption
from workbench.output import Format, json_of

if TYPE_CHECKING:
    from analysis.season.account import Account, Fact

COLUMNS = ("fact", "value", "unit", "rule", "day", "reason", "names")


@with_context
def facts(context: CommandContext, city: CityArgument, edition: EditionArgument, on: OnOption = None) -> None:
    """Every fact of a season on a day, each with its rule: units, innovations, threshold, days left, pace, forecast."""
    from analysis.season.account import season_account
    from analysis.season.words import FACT_HEADERS, facts_in_words

    region, language = resolve_city(city), context.language
    day = (on or context.as_of or datetime.now(tz=UTC).astimezone()).date()
    with context.open() as opened:
        account = season_account(opened, context.home, region.region_code, edition, day, lang=language.code)
        notes = list(opened.day_notes(language))
        is_simulated = opened.is_simulated
    if is_simulated:
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    if context.form is Format.json:
        sys.stdout.write(json_of([_row(fact) for fact in account.facts]) + "\n")
        return
    if not context.is_for_people:
        context.show(_as_text(account))
        return
    text = language("Facts of {city} for {edition}, {day}")
    title = text.format(city=region.full_name, edition=edition, day=language.date(day))
    context.show(facts_in_words(account, language), title=title, headers=FACT_HEADERS, notes=notes)


def _row(fact: Fact) -> dict[str, Any]:
    values = asdict(fact)
    return {name: values[name] for name in COLUMNS}


def _as_text(account: Account) -> pl.DataFrame:
    """One row per fact; values of whole numbers and of decimals side by side are text."""
    rows = [
        {**_row(fact), "value": None if fact.value is None else str(fact.value), "names": "; ".join(fact.names)}
        for fact in account.facts
    ]
    schema: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String)
    schema["day"] = pl.Date
    return pl.DataFrame(rows, schema={name: schema[name] for name in COLUMNS})
