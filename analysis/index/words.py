"""Rows of the index and of rankings as people read them: names, intervals in one cell, codes in words, notes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from warehouse.language import Language
from warehouse.region_history import with_provinces

if TYPE_CHECKING:
    from analysis.index.other_readings import ReadOtherwise
    from analysis.index.scope import RankScope
    from iga.rulebook import Rulebooks
    from warehouse.snapshot import Snapshot

INDEX_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "rulebook": "Rulebook",
    "score_kind": "Score kind",
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

BOUNDS = {"iid": "iid", "mean_maturity": "mean_maturity", "count_score": "count", "spd": "spd"}
"""The figures of an index that may be known as bounds: the column that people read, and the stem of its two ends."""


def named(frame: pl.DataFrame, snapshot: Snapshot) -> pl.DataFrame:
    """The rows with the region's name (`city`), kind and province (of the edition's time) in front."""
    if frame.is_empty():
        return frame
    regions = snapshot.sql("select region_code, full_name as city, region_type, province from region")
    joined = with_provinces(regions.join(frame, on="region_code", how="inner"))
    return joined.sort("region_code", "edition", "rulebook", "score_kind")


def for_people(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Intervals in one cell and codes as words, in the columns iid, predicate, mean_maturity, count_score, spd."""
    predicates = [
        language.label("predicate", low) + ("" if low == high else f"–{language.label('predicate', high)}")
        for low, high in frame.select("predicate_lower", "predicate_upper").iter_rows()
    ]
    told = frame
    for name, column in BOUNDS.items():
        bounds = frame.select(f"{column}_lower", f"{column}_upper").iter_rows()
        told = told.with_columns(pl.Series(name, [language.interval(low, high) for low, high in bounds]))
    return told.with_columns(
        pl.Series("predicate", [text or None for text in predicates], dtype=pl.String),
        pl.Series("score_kind", [language.label("score_kind", kind) for kind in frame["score_kind"]]),
        pl.Series("coverage", [language.coverage(codes) for codes in frame["coverage"]]),
    )


def with_interval(frame: pl.DataFrame, name: str, language: Language) -> pl.DataFrame:
    """The frame with a score of lower and upper bound as one text."""
    bounds = frame.select(f"{name}_lower", f"{name}_upper").iter_rows()
    return frame.with_columns(pl.Series(name, [language.interval(low, high) for low, high in bounds], dtype=pl.String))


def with_places(ranked: pl.DataFrame, language: Language) -> pl.DataFrame:
    """The ranking with its range of places as one text, `place`."""
    places = [
        language.interval_of_counts(low, high) for low, high in ranked.select("rank_low", "rank_high").iter_rows()
    ]
    return ranked.with_columns(pl.Series("place", places, dtype=pl.String))


def index_notes(frame: pl.DataFrame, language: Language, announced: Container[str] = ()) -> list[str]:
    """Which rows are estimates under another edition's rules, which rules are announced only, and what is simulated."""
    notes = []
    for name in frame["rulebook"].unique().sort():
        if name in announced:
            text = language("announced only, not complete: what it leaves out is not known")
            notes.append(f"{language('Rulebook')} {name}: {text}.")
    for name in frame.filter("is_estimate")["rulebook"].unique().sort():
        text = language("Estimate under the {rulebook} rules, not an official score")
        notes.append(f"{language('Rulebook')} {name}: {text.format(rulebook=name)}.")
    if frame["is_simulated"].any():
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    return notes


def other_reading_notes(found: Iterable[ReadOtherwise], names: Mapping[str, str], language: Language) -> list[str]:
    """Both predicates of every index that a convention decides; `names` are those of the regions by code."""
    template = language(
        "{city} {edition}, rules {rulebook}: {predicate} ({iid}) rests on a convention. {note} By that reading: "
        "{other} ({other_iid})."
    )
    return [
        template.format(
            city=names.get(read.region_code, read.region_code),
            edition=read.edition,
            rulebook=read.rulebook,
            predicate=language.label("predicate", read.predicate),
            iid=language.number(read.iid),
            note=read.reading.note_id if language.code == "id" else read.reading.note_en,
            other=language.label("predicate", read.other_predicate) if read.other_predicate else "–",
            other_iid="–" if read.other_iid is None else language.number(read.other_iid),
        )
        for read in found
    ]


def ranked(
    scope: RankScope,
    everyone: pl.DataFrame,
    changes: Mapping[str, object],
    language: Language,
    rulebooks: Rulebooks,
) -> pl.DataFrame:
    """The members of a scope with their places, each rulebook and edition on its own."""
    from iga.index.rank import rank_regions

    scores = scope.within(everyone)
    frames = [
        pl.DataFrame(rank_regions(part, scope_column=scope.column, ties=rulebooks.of(name).assume(**changes).ties))
        for (name,), part in scores.group_by("rulebook", maintain_order=True)
    ]
    if not frames:
        frames = [
            scores.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in ("rank", "rank_low", "rank_high"))
        ]
    places = pl.concat(frames).filter(pl.col("rank_low").is_not_null())
    among = pl.lit(language.label("scope", scope.name)) if scope.column is None else pl.col(scope.column)
    order = ("edition", "rulebook", "scope", "rank_low", "rank_high", "city")
    return places.with_columns(among.alias("scope")).sort(*order)


def ranking_note(changes: Mapping[str, object], language: Language) -> str:
    """Among whom the places are, and how equal indices share one."""
    if changes.get("ties") == "max":
        return language(
            "Ranked among the regions of this snapshot, not nationally. Equal indices share the worse place."
        )
    return language("Ranked among the regions of this snapshot, not nationally. Equal indices share the better place.")
