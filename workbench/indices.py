"""Commands about the index: index (under any rulebook, with what widens it) and rank (scopes, peers)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from analysis.index.words import (
    INDEX_HEADERS,
    RANK_HEADERS,
    for_people,
    index_notes,
    named,
    ranked,
    ranking_note,
    with_interval,
    with_places,
)
from iga.index.coverage import CoverageNote
from warehouse.errors import UnknownName
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.asking import Asked, asks
from workbench.assuming import AssumeOption, assumption_notes
from workbench.options import (
    CityOption,
    EditionOption,
    language_of_environment,
)
from workbench.output import Format, show

if TYPE_CHECKING:
    from analysis.index.recompute import Stored
    from iga.rulebook import Rulebook
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
PEER_HEADERS = {
    "city": "City",
    "population_2025": "Population 2025",
    "innovation_count": "Innovations",
    "edition": "Edition",
    "rulebook": "Rulebook",
    "place": "Place",
    "iid": "IID",
    "is_simulated": "Simulated",
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
RulesOption = Annotated[
    str | None,
    typer.Option("--rules", help=_("Rulebook, such as 2026 (otherwise those that apply)."), show_default=False),
]


@asks
def index(
    asked: Asked,
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
) -> None:
    """The index of a city and edition, or of all: one value where all is known, bounds where not."""
    from analysis.index.recompute import stored_rows
    from iga.rulebook import load_rulebook, switches_of

    language, form = asked.language, asked.form
    code = resolve_city(city).region_code if city else None
    changes = switches_of(assume or ())
    rulebook = load_rulebook(rules) if rules else None
    with asked.open() as opened:
        editions = None if edition is None else [edition]
        stored = stored_rows(opened, region_code=code, editions=editions)
        frame = named(_indices(stored, rulebook, score, changes), opened)
        if frame.is_empty():
            raise _nothing_found(opened)
        notes = [
            *opened.day_notes(language),
            *index_notes(frame, language),
            *assumption_notes(frame, changes, language),
        ]
        if published:
            _show_published(opened, frame, form, language)
            return
    if what_narrows:
        asked.show(_pieces(stored, frame, changes, form, language), headers=PIECE_HEADERS, notes=notes)
        return
    lost = _unmapped(stored, frame, changes, form, language)
    if unmapped:
        asked.show(lost, headers=UNMAPPED_HEADERS, notes=notes)
        return
    if not asked.is_for_people:
        asked.show(frame.select(pl.exclude("^.*_x100$")))
        return
    if rulebook is not None and not lost.is_empty():
        notes += _unmapped_notes(lost, language)
    asked.show(for_people(frame, language).select(list(INDEX_HEADERS)), headers=INDEX_HEADERS, notes=notes)


@asks
def rank(
    asked: Asked,
    edition: EditionOption = None,
    rules: RulesOption = None,
    score: Annotated[str, typer.Option("--score", help=_("Score kind: claimed, verified or final."))] = "claimed",
    scope: Annotated[
        str, typer.Option("--scope", help=_("all, cluster, province, cities, a membership list or a CSV file."))
    ] = "all",
    peers: Annotated[
        str | None, typer.Option("--peers", help=_("Among regions of similar size to this city."), show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help=_("How many peers."), min=1)] = 10,
    assume: AssumeOption = None,
) -> None:
    """The ranking of the regions in the snapshot: a range of places where bounds overlap."""
    from analysis.index.recompute import stored_rows
    from analysis.index.scope import RankScope, scope_named
    from iga.rulebook import load_rulebook, switches_of

    language, form = asked.language, asked.form
    changes = switches_of(assume or ())
    chosen = scope_named(scope)
    with asked.open() as opened:
        stored = stored_rows(opened, editions=None if edition is None else [edition])
        rulebook = load_rulebook(rules) if rules else None
        scores = named(_indices(stored, rulebook, score, changes), opened)
        if scores.is_empty():
            raise _nothing_found(opened)
        alike = _peers(opened, scores, peers, limit) if peers else None
        days = opened.day_notes(language)
    if alike is not None:
        chosen = RankScope("peers", None, members=frozenset(alike["region_code"]))
    places = ranked(chosen, scores, changes, language)
    notes = [
        ranking_note(changes, language),
        *days,
        *index_notes(places, language),
        *assumption_notes(places, changes, language),
    ]
    if alike is not None:
        notes.insert(0, language("Peers: same kind of region, nearest in population and number of innovations."))
        asked.show(_peer_table(alike, places, form, language), headers=PEER_HEADERS, notes=notes)
        return
    if asked.is_for_people:
        told = with_interval(with_places(places, language), "iid", language).select(list(RANK_HEADERS))
    else:
        told = places.select(pl.exclude("^.*_x100$"))
    asked.show(told, headers=RANK_HEADERS, notes=notes)


def _indices(stored: Stored, rulebook: Rulebook | None, score: str, changes: dict[str, object]) -> pl.DataFrame:
    from analysis.index.recompute import index_under
    from warehouse.scoring.index_over_time import SCORE_KINDS

    if score not in (*SCORE_KINDS, "all"):
        raise UnknownName(
            "No score kind is named {name}",
            next_step="those that exist: {known}",
            name=score,
            known=", ".join((*SCORE_KINDS, "all")),
        )
    kinds = SCORE_KINDS if score == "all" else (score,)
    return index_under(stored, rulebook=rulebook, score_kinds=kinds, changes=changes)


def _nothing_found(opened: Snapshot) -> UnknownName:
    known = opened.sql("select distinct region_code, edition from region_index order by all")
    seasons = known.select(pl.concat_str("region_code", "edition", separator=" ").alias("season"))["season"]
    return UnknownName(
        "There is no index for this choice",
        next_step="those that exist: {known}",
        known=", ".join(seasons.unique(maintain_order=True)) or "-",
    )


def _pieces(
    stored: Stored, frame: pl.DataFrame, changes: dict[str, object], form: Format, language: Language
) -> pl.DataFrame:
    """Per index that is not a single value what is missing, what narrows it most first."""
    from analysis.index.recompute import missing_pieces, scored_season
    from iga.rulebook import load_rulebook

    rows = []
    for row in frame.filter(pl.col("iid").is_null()).iter_rows(named=True):
        rulebook = load_rulebook(row["rulebook"])
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
    stored: Stored, frame: pl.DataFrame, changes: dict[str, object], form: Format, language: Language
) -> pl.DataFrame:
    """The levels that mean several levels under the rules, of every row that is an estimate."""
    from analysis.index.recompute import scored_season, unmapped_levels
    from iga.rulebook import load_rulebook

    frames = []
    for row in frame.filter("is_estimate").iter_rows(named=True):
        rulebook = load_rulebook(row["rulebook"])
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


def _peers(opened: Snapshot, scores: pl.DataFrame, city: str, limit: int) -> pl.DataFrame:
    """The regions most like the city in size, with the number of innovations of their latest edition."""
    from analysis.index.scope import peers_of

    latest = scores.sort("edition").group_by("region_code").agg(pl.col("innovation_count").last())
    regions = opened.sql(
        "select region_code, full_name as city, region_type, population_2025, is_autonomous from region"
    )
    joined = regions.join(latest, on="region_code", how="left")
    return peers_of(joined, resolve_city(city).region_code, limit=limit)


def _peer_table(alike: pl.DataFrame, places: pl.DataFrame, form: Format, language: Language) -> pl.DataFrame:
    """The peers with their places where the snapshot has an index for them."""
    columns = ("edition", "rulebook", "rank_low", "rank_high", "ranked_count", "iid", "iid_lower", "iid_upper")
    kept = places.select("region_code", *columns, "is_simulated")
    joined = alike.join(kept, on="region_code", how="left", maintain_order="left")
    if form is not Format.table:
        return joined
    return with_interval(with_places(joined, language), "iid", language).select(list(PEER_HEADERS))
