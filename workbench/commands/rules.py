"""The command rules: the rulebooks that are known, every value of one with where it comes from, what two differ in."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
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
    from iga.rules.listing import RuleEntry
    from warehouse.rules.home_rules import HomeRulebooks

_ = language_of_environment()

RULEBOOK_HEADERS = {
    "rulebook": "Rulebook", "origin": "Origin", "based_on": "Based on", "state": "State", "known": "Known",
    "unknown": "Unknown", "basis": "Basis",
}  # fmt: skip
RULE_HEADERS = {"rule": "Rule", "value": "Value", "stated": "From", "confidence": "Confidence", "source": "Source"}
CHANGE_HEADERS = {"rule": "Rule", "before": "Before", "after": "After", "source": "Source"}

DIFF = "diff"


def rules(
    chosen: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EDITION | diff EDITION EDITION]",
            help=_("Edition, or diff with two editions; without any all are listed."),
            show_default=False,
            autocompletion=known_editions,
        ),
    ] = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The rulebooks that are known, every value of one with where it comes from, or what two differ in."""
    from warehouse.rules.home_rules import rulebooks_of

    language, known = language_of(lang), rulebooks_of(home_of(home))
    editions = _editions(chosen or [])
    if not editions:
        table, notes = _rulebooks(known, language), rule_notes(known, language)
        show(table, form, language, title=language("Rulebooks"), headers=RULEBOOK_HEADERS, notes=notes)
    elif len(editions) == 1:
        _show_values(known, known.of(editions[0]), form, language)
    else:
        _show_changes(known.of(editions[0]), known.of(editions[1]), form, language)


def _editions(words: list[str]) -> list[int]:
    numbers = words[1:] if words[:1] == [DIFF] else words
    if len(numbers) != (2 if words[:1] == [DIFF] else min(len(words), 1)) or not all(map(str.isdecimal, numbers)):
        raise typer.BadParameter(_("write one edition, such as 2026, or `diff 2024 2026`."), param_hint="edition")
    return [int(number) for number in numbers]


def _rulebooks(known: HomeRulebooks, language: Language) -> pl.DataFrame:
    rows, announced = [], known.announced()
    for rulebook in known:
        name = rulebook.name
        parameters = {key: getattr(rulebook.parameters, key) for key in type(rulebook.parameters).model_fields}
        absent = [key for key, parameter in parameters.items() if parameter.is_absent]
        rows.append(
            {
                "rulebook": name,
                "origin": known.paths.get(name, language("shipped")),
                "based_on": rulebook.based_on,
                "state": _state(rulebook, announced, language),
                "known": len(parameters) - len(absent),
                "unknown": ", ".join(absent),
                "basis": rulebook.legal_basis,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"based_on": pl.Int32})


def _state(rulebook: Rulebook, announced: tuple[str, ...], language: Language) -> str:
    """Whether all rules of an edition are stated; of one that comes after all complete ones, that it is announced."""
    if rulebook.is_complete:
        return language("complete")
    return language("announced only") if rulebook.name in announced else language("incomplete")


def _show_values(known: HomeRulebooks, rulebook: Rulebook, form: Format, language: Language) -> None:
    from iga.rules.listing import entries_of

    entries = entries_of(rulebook)
    if form is not Format.table:
        show(_for_programs(entries, language), form, language)
        return
    rows = [_row(entry, language) for entry in entries]
    notes = [*rule_notes(known, language, edition=rulebook.name), *_notes(rulebook, language)]
    title = rulebook.title_id if language.code == "id" else rulebook.title_en
    show(
        pl.DataFrame(rows, schema=list(RULE_HEADERS), orient="row"),
        form,
        language,
        title=title,
        headers=RULE_HEADERS,
        notes=notes,
    )


def _notes(rulebook: Rulebook, language: Language) -> list[str]:
    notes = []
    if rulebook.scale == "raw_total":
        notes.append(
            language("This edition is on a raw scale: points without a maximum. No index is computed from it.")
        )
    for name, switch in rulebook.switches.items():
        text = switch.note_id if language.code == "id" else switch.note_en
        notes.append(f"{language.label('assumption', name)} ({name}): {text}")
        for other in switch.others:
            text = language("Others compute with {value}: {note}")
            note = other.note_id if language.code == "id" else other.note_en
            notes.append("  " + text.format(value=f"{name}={_plain(other.value)}", note=note))
    for key, source in rulebook.document.sources.items():
        dated = f" ({language.date(source.date)})" if source.date else ""
        notes.append(f"{key}{dated}: {source.text}")
    return notes


def _row(entry: RuleEntry, language: Language) -> tuple[str, ...]:
    confidence = "–" if entry.state == "not_known" else language.label("confidence", entry.confidence)
    return (
        _name(entry, language),
        _value(entry, language),
        _stated(entry, language),
        confidence,
        ", ".join(entry.source),
    )


def _stated(entry: RuleEntry, language: Language) -> str:
    """Where a value comes from, in words."""
    if entry.state == "taken_over":
        return language("not stated, taken over from {edition}").format(edition=entry.edition)
    if entry.state == "not_known":
        return language("not known ({edition})").format(edition=entry.edition)
    if entry.state == "assumed":
        return language("assumed in {edition}; no source states it").format(edition=entry.edition)
    day = f", {language.date(entry.stated_date)}" if entry.stated_date else ""
    parts = {
        "weight": language("weight taken over from {edition}"),
        "levels": language("levels taken over from {edition}"),
    }
    taken = [parts[part].format(edition=edition) for part, edition in entry.taken_parts.items()]
    return "; ".join([language("stated in {edition}").format(edition=entry.edition) + day, *taken])


def _name(entry: RuleEntry, language: Language) -> str:
    from iga.rules.parts import Indicator

    if isinstance(entry.value, Indicator):
        return f"{entry.value.number}. {entry.value.name_id if language.code == 'id' else entry.value.name_en}"
    return language.label(*_LABELS.get(entry.key, (entry.kind, entry.name)))


_LABELS = {
    "basic_services.affairs": ("rule_part", "basic_services"),
    **{
        f"eligibility.{name}": ("rule_part", name)
        for name in ("implementation_from", "implementation_to", "design_minimum_words", "most_entries")
    },
    "eligibility.stages": ("rule_part", "stages"),
    **{
        f"list.{key}": ("rule_part", key)
        for key in ("count_indicator", "eligibility", "indicators.spd", "indicators.sid")
    },
}


def _value(entry: RuleEntry, language: Language) -> str:
    from iga.rules.parts import Indicator

    if entry.state == "not_known":
        reason = entry.reason_id if language.code == "id" else entry.reason_en
        return reason or language("unknown")
    if isinstance(entry.value, Indicator):
        return f"{language('weight')} {language.number(entry.value.weight)} × 0–{entry.value.top_level}"
    if entry.kind == "predicate" and entry.upper is None:
        return f"≥ {language.number(entry.lower or Decimal(0))}"
    if entry.lower is not None:
        return language.interval(entry.lower, entry.upper)
    if isinstance(entry.value, date):
        return language.date(entry.value)
    if isinstance(entry.value, bool):
        return language("yes") if entry.value else language("no")
    if isinstance(entry.value, tuple) and entry.kind != "basic_services":
        field = "status" if entry.name == "statuses_counted" else "stage"
        return ", ".join(language.label(field, code) for code in entry.value) or language("all")
    return _plain(entry.value)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "–"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _for_programs(entries: list[RuleEntry], language: Language) -> pl.DataFrame:
    """One row per value: in words, and as numbers (`lower`, `upper`) or as a switch (`is_on`); where it comes from."""
    from iga.rules.parts import Indicator

    rows: list[dict[str, Any]] = []
    for entry in entries:
        line = entry.value if isinstance(entry.value, Indicator) else None
        reason = entry.reason_id if language.code == "id" else entry.reason_en
        value = json.dumps(entry.value) if entry.kind == "assumption" else _value(entry, language)
        rows.append(
            {
                "rule": _name(entry, language) if line or entry.kind == "predicate" else entry.name,
                "value": language("unknown") if entry.state == "not_known" else value,
                "confidence": entry.confidence,
                "source": ", ".join(entry.source) or None,
                "note": (line.evidence if line else reason) or None,
                "lower": line.weight if line else entry.lower,
                "upper": line.weight if line else entry.upper,
                "is_on": entry.value if isinstance(entry.value, bool) else None,
                "key": entry.key,
                "state": entry.state,
                "edition": entry.edition,
                "stated_date": entry.stated_date,
                "taken_parts": "|".join(f"{part}:{edition}" for part, edition in entry.taken_parts.items()) or None,
            }
        )
    types: dict[str, Any] = {"lower": pl.Decimal(12, 2), "upper": pl.Decimal(12, 2), "is_on": pl.Boolean}
    types |= {"stated_date": pl.Date, "taken_parts": pl.String}
    return pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None)


def _show_changes(before: Rulebook, after: Rulebook, form: Format, language: Language) -> None:
    """What differs between two rulebooks, value by value."""
    from iga.rules.listing import changes_between

    rows = []
    for change in changes_between(before, after):
        entry = change.after or change.before
        if entry is None:
            continue
        told = [
            _changed(one, other, language)
            for one, other in ((change.before, change.after), (change.after, change.before))
        ]
        source = ", ".join(change.after.source) if change.after else ""
        rows.append((change.key, _name(entry, language), *told, source))
    table = pl.DataFrame(rows, schema=["key", *CHANGE_HEADERS], orient="row")
    headers = CHANGE_HEADERS | {"before": before.name, "after": after.name}
    title = language("What changes from {before} to {after}").format(before=before.name, after=after.name)
    notes = [] if rows else [language("The two state the same.")]
    show(
        table.drop("key") if form is Format.table else table, form, language, title=title, headers=headers, notes=notes
    )


def _changed(entry: RuleEntry | None, other: RuleEntry | None, language: Language) -> str:
    """A value beside the one that it is compared with: of an indicator the levels too, where these differ."""
    from iga.rules.parts import Indicator

    if entry is None:
        return "–"
    told = _value(entry, language)
    line, against = entry.value, other.value if other else None
    if not isinstance(line, Indicator):
        return told
    known = (
        {level.level: (level.text_id, level.lower, level.upper) for level in against.levels}
        if isinstance(against, Indicator)
        else {}
    )
    changed = [level for level in line.levels if known.get(level.level) != (level.text_id, level.lower, level.upper)]
    number = f"{line.number}; " if isinstance(against, Indicator) and against.number != line.number else ""
    return "; ".join([number + told, *(f"{level.level}: {level.text_id}" for level in changed)])
