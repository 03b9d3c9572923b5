"""Commands that answer with figures: sql, rules, index, rank."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl
import typer

from warehouse.errors import UnknownName
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.options import (
    CityOption,
    EditionOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, show

_ = language_of_environment()

INDEX_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "rulebook": "Rulebook",
    "iid": "IID",
    "predicate": "Predicate",
    "spd": "SPD",
    "mean_maturity": "Mean maturity",
    "count_score": "Count",
    "innovation_count": "Innovations",
    "coverage": "What is missing",
    "is_simulated": "Simulated",
}
RANK_HEADERS = {
    "scope": "Scope",
    "city": "City",
    "edition": "Edition",
    "rulebook": "Rulebook",
    "place": "Place",
    "ranked_count": "Of",
    "iid": "IID",
    "is_simulated": "Simulated",
}
RULEBOOK_HEADERS = {"rulebook": "Rulebook", "state": "State", "known": "Known", "unknown": "Unknown", "basis": "Basis"}
RULE_HEADERS = {"rule": "Rule", "value": "Value", "confidence": "Confidence", "source": "Source", "note": "Note"}

ScoreOption = Annotated[str, typer.Option("--score", help=_("Score kind: claimed, verified or final."))]
RulesOption = Annotated[
    str | None,
    typer.Option("--rules", help=_("Rulebook, such as 2026 (otherwise those that apply)."), show_default=False),
]


class Scope(StrEnum):
    """Among whom a region is ranked."""

    all = "all"
    type = "type"
    province = "province"


def sql(
    query: Annotated[str, typer.Argument(help=_("One SELECT; `show tables` lists the tables."))],
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """A reading query on the current snapshot; nothing else of the machine can be read or changed by it."""
    from warehouse import open_snapshot

    with open_snapshot(snapshot, home_of(home).root) as opened:
        show(opened.sql(query), form, language_of(lang))


def rules(
    edition: Annotated[
        int | None, typer.Argument(help=_("Edition; without it all are listed."), show_default=False)
    ] = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The rulebooks that are known, or every value of one with source and confidence."""
    from iga.rulebook import load_rulebook

    language = language_of(lang)
    if edition is None:
        show(_rulebooks(language), form, language, title=language("Rulebooks"), headers=RULEBOOK_HEADERS)
        return
    rulebook = load_rulebook(edition)
    title = rulebook.title_id if language.code == "id" else rulebook.title_en
    notes = [f"{key}: {text}" for key, text in rulebook.sources.items()]
    show(_rules_of(edition, language), form, language, title=title, headers=RULE_HEADERS, notes=notes)


def index(
    home: HomeOption = None,
    city: CityOption = None,
    edition: EditionOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The index of a city and edition, or of all: one value where all is known, bounds where not."""
    from warehouse import open_snapshot

    language = language_of(lang)
    code = resolve_city(city).region_code if city else None
    with open_snapshot(snapshot, home_of(home).root) as opened:
        frame = opened.sql(
            """
            select region.full_name as city, region_index.*
            from region_index join region using (region_code)
            where score_kind = $score and ($city is null or region_code = $city)
                and ($edition is null or edition = $edition) and ($rules is null or rulebook = $rules)
            order by region_code, edition, rulebook
            """,
            {"score": score, "city": code, "edition": edition, "rules": rules},
        )
        known = opened.sql("select distinct region_code, edition, rulebook, score_kind from region_index order by all")
    if frame.is_empty():
        raise _nothing_found(known)
    told = _for_people(frame, language).select(list(INDEX_HEADERS)) if form is Format.table else frame
    show(told, form, language, headers=INDEX_HEADERS, notes=_notes(frame, language))


def rank(
    home: HomeOption = None,
    edition: EditionOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
    scope: Annotated[
        Scope, typer.Option("--scope", help=_("Among all, among its type, or within its province."))
    ] = Scope.all,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The ranking of the regions in the snapshot: a range of places where bounds overlap."""
    from iga.rank import rank_regions
    from iga.rulebook import load_rulebook
    from warehouse import open_snapshot

    language = language_of(lang)
    with open_snapshot(snapshot, home_of(home).root) as opened:
        scores = opened.sql(
            """
            select
                region.full_name as city, region_type, province, region_code, edition, rulebook, score_kind,
                assumption_id,
                iid, iid_lower, iid_upper, iid_lower_x100, iid_upper_x100, region_index.is_estimate,
                region_index.is_simulated
            from region_index
            join store.region_index as whole using (region_code, edition, rulebook, score_kind, assumption_id)
            join region using (region_code)
            where score_kind = $score and ($edition is null or edition = $edition)
                and ($rules is null or rulebook = $rules)
            """,
            {"score": score, "edition": edition, "rules": rules},
        )
        known = opened.sql("select distinct region_code, edition, rulebook, score_kind from region_index order by all")
    if scores.is_empty():
        raise _nothing_found(known)
    column = {Scope.all: None, Scope.type: "region_type", Scope.province: "province"}[scope]
    frames = [
        pl.DataFrame(rank_regions(part, scope_column=column, ties=load_rulebook(name).assumptions.ties))
        for (name,), part in scores.group_by("rulebook", maintain_order=True)
    ]
    ranked = pl.concat(frames).filter(pl.col("rank_low").is_not_null())
    among = pl.lit(language("all regions in the snapshot")) if column is None else pl.col(column)
    told = ranked.with_columns(among.alias("scope")).sort(
        "edition", "rulebook", "scope", "rank_low", "rank_high", "city"
    )
    notes = [
        language("Ranked among the regions of this snapshot, not nationally. Equal indices share the better place."),
        *_notes(told, language),
    ]
    if form is Format.table:
        places = [
            language.interval_of_counts(low, high) for low, high in told.select("rank_low", "rank_high").iter_rows()
        ]
        told = _with_interval(told.with_columns(pl.Series("place", places)), "iid", language).select(list(RANK_HEADERS))
    else:
        told = told.select(pl.exclude("^.*_x100$"))
    show(told, form, language, headers=RANK_HEADERS, notes=notes)


def _nothing_found(known: pl.DataFrame) -> UnknownName:
    seasons = known.select(pl.concat_str("region_code", "edition", separator=" ").alias("season"))["season"]
    return UnknownName(
        "There is no index for this choice",
        next_step="those that exist: {known}",
        known=", ".join(seasons.unique(maintain_order=True)) or "-",
    )


def _for_people(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Intervals in one cell, codes as words; JSON and CSV keep the columns and codes."""
    predicates = [
        language.label("predicate", low) + ("" if low == high else f"–{language.label('predicate', high)}")
        for low, high in frame.select("predicate_lower", "predicate_upper").iter_rows()
    ]
    told = _with_interval(frame, "iid", language)
    spd = [language.interval(low, high) for low, high in frame.select("spd_lower", "spd_upper").iter_rows()]
    return told.with_columns(
        pl.Series("predicate", [text or None for text in predicates], dtype=pl.String),
        pl.Series("spd", spd),
        pl.Series("coverage", [language.coverage(codes) for codes in frame["coverage"]]),
    )


def _with_interval(frame: pl.DataFrame, name: str, language: Language) -> pl.DataFrame:
    bounds = frame.select(f"{name}_lower", f"{name}_upper").iter_rows()
    return frame.with_columns(pl.Series(name, [language.interval(low, high) for low, high in bounds]))


def _notes(frame: pl.DataFrame, language: Language) -> list[str]:
    notes = []
    for name in frame.filter("is_estimate")["rulebook"].unique().sort():
        text = language("Estimate under the {rulebook} rules, not an official score")
        notes.append(f"{language('Rulebook')} {name}: {text.format(rulebook=name)}.")
    assumptions = ", ".join(frame["assumption_id"].unique().sort())
    notes.append(f"{language('Assumptions')}: {assumptions} (iga rules)")
    if frame["is_simulated"].any():
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    return notes


def _rulebooks(language: Language) -> pl.DataFrame:
    from iga.rulebook import known_rulebooks, load_rulebook

    rows = []
    for name in known_rulebooks():
        rulebook = load_rulebook(name)
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


def _rules_of(edition: int, language: Language) -> pl.DataFrame:
    from iga.rulebook import load_rulebook

    rulebook = load_rulebook(edition)
    is_indonesian = language.code == "id"
    rows = []
    for name in type(rulebook.parameters).model_fields:
        stated = getattr(rulebook.parameters, name)
        value = language("unknown") if stated.is_absent else language.interval(stated.lower, stated.upper)
        rows.append((name, value, stated.confidence, ", ".join(stated.source), stated.reason))
    for band in rulebook.predicates:
        value = (
            language("unknown")
            if band.lower is None
            else f"{language.number(band.lower)}–{language.number(band.upper)}"
        )
        rows.append((language.label("predicate", band.code), value, band.confidence, ", ".join(band.source), ""))
    for name, switch in rulebook.switches.items():
        note = switch.note_id if is_indonesian else switch.note_en
        rows.append((name, str(switch.default), switch.confidence, ", ".join(switch.source), note))
    for indicator in rulebook.indicators:
        weight = f"{language('weight')} {language.number(indicator.weight)} × 0–{indicator.top_level}"
        label = f"{indicator.number}. {indicator.name_id if is_indonesian else indicator.name_en}"
        rows.append((label, weight, indicator.confidence, ", ".join(indicator.source), indicator.evidence or ""))
    schema = dict.fromkeys(RULE_HEADERS, pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")
