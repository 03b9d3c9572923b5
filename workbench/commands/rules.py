"""The command rules: the rulebooks that are known, with source and confidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from warehouse.language import Language
from workbench.completion import known_editions
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, show
from workbench.rule_notes import rule_notes

if TYPE_CHECKING:
    from iga.rulebook import Rulebook
    from warehouse.rules.home_rules import HomeRulebooks

_ = language_of_environment()

RULEBOOK_HEADERS = {"rulebook": "Rulebook", "state": "State", "known": "Known", "unknown": "Unknown", "basis": "Basis"}
RULE_HEADERS = {"rule": "Rule", "value": "Value", "confidence": "Confidence", "source": "Source", "note": "Note"}


def rules(
    edition: Annotated[
        int | None,
        typer.Argument(
            help=_("Edition; without it all are listed."), show_default=False, autocompletion=known_editions
        ),
    ] = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The rulebooks that are known, or every value of one with source and confidence."""
    from warehouse.rules.home_rules import rulebooks_of

    language, known = language_of(lang), rulebooks_of(home_of(home))
    if edition is None:
        table, notes = _rulebooks(known, language), rule_notes(known, language)
        show(table, form, language, title=language("Rulebooks"), headers=RULEBOOK_HEADERS, notes=notes)
        return
    rulebook = known.of(edition)
    title = rulebook.title_id if language.code == "id" else rulebook.title_en
    notes = [
        *rule_notes(known, language, edition=rulebook.name),
        *(f"{key}: {text}" for key, text in rulebook.sources.items()),
    ]
    table = _rules_of(rulebook, language)
    show(
        table.select(list(RULE_HEADERS)) if form is Format.table else table,
        form,
        language,
        title=title,
        headers=RULE_HEADERS,
        notes=notes,
    )


def _rulebooks(known: HomeRulebooks, language: Language) -> pl.DataFrame:
    rows = []
    for rulebook in known:
        name = rulebook.name
        parameters = {key: getattr(rulebook.parameters, key) for key in type(rulebook.parameters).model_fields}
        absent = [key for key, parameter in parameters.items() if parameter.is_absent]
        rows.append(
            {
                "rulebook": name,
                "state": language("complete") if rulebook.is_complete else language("incomplete"),
                "known": len(parameters) - len(absent),
                "unknown": ", ".join(absent),
                "basis": rulebook.legal_basis,
            }
        )
    return pl.DataFrame(rows)


def _rules_of(rulebook: Rulebook, language: Language) -> pl.DataFrame:
    """Every value of a rulebook in words, and for programs as numbers (`lower`, `upper`) or as a switch (`is_on`)."""
    is_indonesian = language.code == "id"
    rows: list[tuple[Any, ...]] = []
    for name in type(rulebook.parameters).model_fields:
        stated = getattr(rulebook.parameters, name)
        value = language("unknown") if stated.is_absent else language.interval(stated.lower, stated.upper)
        rows.append(
            (name, value, stated.confidence, ", ".join(stated.source), stated.reason, stated.lower, stated.upper, None)
        )
    for band in rulebook.predicates:
        value = (
            language("unknown")
            if band.lower is None
            else f"{language.number(band.lower)}–{language.number(band.upper)}"
        )
        name = language.label("predicate", band.code)
        rows.append((name, value, band.confidence, ", ".join(band.source), "", band.lower, band.upper, None))
    for name, switch in rulebook.switches.items():
        note = switch.note_id if is_indonesian else switch.note_en
        is_on = switch.default if isinstance(switch.default, bool) else None
        value = json.dumps(switch.default)
        rows.append((name, value, switch.confidence, ", ".join(switch.source), note, None, None, is_on))
    for indicator in rulebook.indicators:
        weight = f"{language('weight')} {language.number(indicator.weight)} × 0–{indicator.top_level}"
        label = f"{indicator.number}. {indicator.name_id if is_indonesian else indicator.name_en}"
        points, note = indicator.weight, indicator.evidence or ""
        rows.append((label, weight, indicator.confidence, ", ".join(indicator.source), note, points, points, None))
    schema: dict[str, Any] = {
        **dict.fromkeys(RULE_HEADERS, pl.String),
        "lower": pl.Decimal(12, 2),
        "upper": pl.Decimal(12, 2),
        "is_on": pl.Boolean,
    }
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(pl.col(pl.String).replace("", None))
