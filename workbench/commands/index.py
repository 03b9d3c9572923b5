"""The command index: the index under any rulebook, what widens it, and beside published figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from analysis.index.words import (
    INDEX_HEADERS,
    for_people,
    index_notes,
    named,
    other_reading_notes,
    with_interval,
)
from iga.index.coverage import CoverageNote
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.assume_option import AssumeOption, assumption_notes
from workbench.command_context import CommandContext, with_context
from workbench.index_choice import RulesOption, indices_of, nothing_found
from workbench.options import (
    CityOption,
    EditionOption,
    language_of_environment,
)
from workbench.output import Format, show

if TYPE_CHECKING:
    from analysis.index.recompute import Stored
    from iga.rulebook import Rulebook, Rulebooks
    from warehouse.snapshot import Snapshot

_ = language_of_environment()

PIECE_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "rulebook": "Rulebook",
    "iid": "IID",
    "piece": "What is missing",
    "at_least": "Narrows by at least",
    "at_most": "Narrows by at most",
}
UNMAPPED_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "indicator": "Indicator",
    "level": "Level",
    "becomes": "Becomes",
    "answer_count": "Answers",
    "width_points": "Width (points)",
    "reason": "Reason",
}
PUBLISHED_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "rulebook": "Rulebook",
    "iid": "IID",
    "published_iid": "Published",
    "difference": "Difference",
    "reason": "Reason",
    "implied_spd": "Implied SPD",
}

ScoreOption = Annotated[
    str, typer.Option("--score", help=_("Score kind: claimed, verified, final, or all side by side."))
]


@with_context
def index(
    context: CommandContext,
    city: CityOption = None,
    edition: EditionOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
    assume: AssumeOption = None,
    what_narrows: Annotated[
        bool, typer.Option("--what-narrows", help=_("List what is missing, what narrows the bounds most first."))
    ] = False,
    unmapped: Annotated[
        bool, typer.Option("--unmapped", help=_("List the levels that another edition's rules do not fix."))
    ] = False,
    published: Annotated[
        bool, typer.Option("--published", help=_("Beside the published index; only for input that is not simulated."))
    ] = False,
    narrow: Annotated[
        bool, typer.Option("--narrow", help=_("List likely ranges inside the bounds, each with what it rests on."))
    ] = False,
) -> None:
    """The index of a city and edition, or of all: one value where all is known, bounds where not."""
    from analysis.index.other_readings import read_otherwise
    from analysis.index.recompute import stored_rows
    from iga.rulebook import switches_of

    language, form = context.language, context.form
    code = resolve_city(city).region_code if city else None
    changes = switches_of(assume or ())
    with context.open() as opened:
        rulebooks = opened.rulebooks
        rulebook = rulebooks.of(rules) if rules else None
        editions = None if edition is None else [edition]
        stored = stored_rows(opened, region_code=code, editions=editions)
        frame = named(indices_of(stored, rulebook, score, changes), opened)
        if frame.is_empty():
            raise nothing_found(opened)
        notes = [
            *opened.day_notes(language),
            *index_notes(frame, language),
            *assumption_notes(frame, changes, language, rulebooks),
        ]
        if published:
            _show_published(opened, frame, form, language)
            return
        if narrow:
            _show_narrowed(context, opened, stored, frame, changes, notes)
            return
    if what_narrows:
        context.show(_pieces(stored, frame, changes, form, language, rulebooks), headers=PIECE_HEADERS, notes=notes)
        return
    lost = _unmapped(stored, frame, changes, form, language, rulebooks)
    if unmapped:
        context.show(lost, headers=UNMAPPED_HEADERS, notes=notes)
        return
    if not context.is_for_people:
        context.show(frame.select(pl.exclude("^.*_x100$")))
        return
    if rulebook is not None and not lost.is_empty():
        notes += _unmapped_notes(lost, language)
    cities = dict(frame.select("region_code", "city").iter_rows())
    notes += other_reading_notes(read_otherwise(stored, frame, changes), cities, language)
    context.show(for_people(frame, language).select(list(INDEX_HEADERS)), headers=INDEX_HEADERS, notes=notes)


def _pieces(
    stored: Stored,
    frame: pl.DataFrame,
    changes: dict[str, object],
    form: Format,
    language: Language,
    rulebooks: Rulebooks,
) -> pl.DataFrame:
    """Per index that is not a single value what is missing, what narrows it most first."""
    from analysis.index.recompute import missing_pieces, scored_season

    rows = []
    for row in frame.filter(pl.col("iid").is_null()).iter_rows(named=True):
        rulebook = rulebooks.of(row["rulebook"])
        season = scored_season(
            stored, row["region_code"], row["edition"], row["score_kind"], rulebook, rulebook.assume(**changes)
        )
        for piece in missing_pieces(season) or []:
            told = _piece_told(piece.code, rulebook, language) if form is Format.table else piece.code
            widths = [round(float(width), 2) for width in (piece.at_least, piece.at_most)]
            bounds = language.interval(row["iid_lower"], row["iid_upper"])
            rows.append((row["city"], row["edition"], row["rulebook"], bounds, told, *widths))
    schema: dict[str, type[pl.DataType]] = {**dict.fromkeys(PIECE_HEADERS, pl.String), "edition": pl.Int32}
    schema |= {"at_least": pl.Float64, "at_most": pl.Float64}
    found = pl.DataFrame(rows, schema=schema, orient="row")
    if form is not Format.table:
        return found.drop("iid")
    return found.with_columns(
        pl.Series(name, [language.number(width) for width in found[name]], dtype=pl.String)
        for name in ("at_least", "at_most")
    )


def _piece_told(code: str, rulebook: Rulebook, language: Language) -> str:
    note = CoverageNote.parse(code)
    if note.code != "indicator":
        return language.label("coverage", note.code)
    group = rulebook.group(note.subject)
    name = group.name_id if language.code == "id" else group.name_en
    return language("Meaning of the levels of {number}. {name}").format(number=note.subject, name=name)


def _unmapped(
    stored: Stored,
    frame: pl.DataFrame,
    changes: dict[str, object],
    form: Format,
    language: Language,
    rulebooks: Rulebooks,
) -> pl.DataFrame:
    """The levels that mean several levels under the rules, of every row that is an estimate."""
    from analysis.index.recompute import scored_season, unmapped_levels

    frames = []
    for row in frame.filter("is_estimate").iter_rows(named=True):
        rulebook = rulebooks.of(row["rulebook"])
        season = scored_season(
            stored, row["region_code"], row["edition"], row["score_kind"], rulebook, rulebook.assume(**changes)
        )
        found = unmapped_levels(season, row["edition"])
        frames.append(found.select(pl.lit(row["city"]).alias("city"), pl.all()))
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys(UNMAPPED_HEADERS, pl.String))
    found = pl.concat(frames)
    if form is not Format.table:
        return found
    name, reason = ("indicator_name_id", "reason_id") if language.code == "id" else ("indicator_name_en", "reason_en")
    becomes = [f"{low}–{high}" for low, high in found.select("level_lower", "level_upper").iter_rows()]
    return found.with_columns(
        pl.concat_str("indicator_number", pl.lit(". "), name).alias("indicator"),
        pl.Series("becomes", becomes, dtype=pl.String),
        pl.col(reason).alias("reason"),
    ).select(list(UNMAPPED_HEADERS))


def _unmapped_notes(lost: pl.DataFrame, language: Language) -> list[str]:
    text = language(
        "{city} {edition}: these indicators have levels that the rules do not fix: {indicators} (--unmapped)"
    )
    notes = []
    for (city, edition), part in lost.group_by("city", "edition", maintain_order=True):
        names = part["indicator"].unique().sort() if "indicator" in part.columns else part["indicator_number"].unique()
        notes.append(text.format(city=city, edition=edition, indicators="; ".join(names)))
    return notes


def _show_published(opened: Snapshot, frame: pl.DataFrame, form: Format, language: Language) -> None:
    from analysis.published.beside_computed import beside_published

    found = beside_published(opened, frame)
    notes = [language("Computed from what the region sent; published is the ministry's figure after verification.")]
    if frame["is_simulated"].any():
        notes.append(language("Simulated seasons are left out: they are never set against published figures."))
    if form is Format.table:
        bounds = found.select("difference_lower", "difference_upper").iter_rows()
        found = with_interval(found, "iid", language).with_columns(
            pl.Series("difference", [language.interval(low, high) for low, high in bounds], dtype=pl.String),
            pl.Series(
                "reason", [language.label("difference_reason", code) for code in found["reason"]], dtype=pl.String
            ),
        )
        found = found.select(list(PUBLISHED_HEADERS))
    else:
        found = found.select(pl.exclude("^.*_x100$"))
    show(found, form, language, headers=PUBLISHED_HEADERS, notes=notes)


def _show_narrowed(
    context: CommandContext,
    opened: Snapshot,
    stored: Stored,
    frame: pl.DataFrame,
    changes: dict[str, object],
    notes: list[str],
) -> None:
    """Print the likely ranges of the rows that are no single value, and why others are not given."""
    from analysis.estimate.likely_ranges import ranges_beside
    from analysis.estimate.range_texts import RANGE_HEADERS, range_notes, ranges_for_people

    found = ranges_beside(opened, stored, frame, changes)
    cities = frame.select("region_code", "city").unique()
    found = found.join(cities, on="region_code", how="left", maintain_order="left")
    if not context.is_for_people:
        context.show(found.select("city", pl.exclude("city")))
        return
    told = ranges_for_people(found, context.language)
    context.show(told, headers=RANGE_HEADERS, notes=[*range_notes(context.language), *notes])
