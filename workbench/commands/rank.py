"""The command rank: the ranking with its tie rule and range of places, in any scope or among peers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from analysis.index.words import RANK_HEADERS, index_notes, named, ranked, ranking_note, with_interval, with_places
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.assume_option import AssumeOption, assumption_notes
from workbench.command_context import CommandContext, with_context
from workbench.index_choice import RulesOption, indices_of, nothing_found
from workbench.options import EditionOption, language_of_environment
from workbench.output import Format

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

_ = language_of_environment()

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


@with_context
def rank(
    context: CommandContext,
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
    from iga.rulebook import switches_of

    language, form = context.language, context.form
    changes = switches_of(assume or ())
    chosen = scope_named(scope)
    with context.open() as opened:
        stored = stored_rows(opened, editions=None if edition is None else [edition])
        rulebooks = opened.rulebooks
        rulebook = rulebooks.of(rules) if rules else None
        scores = named(indices_of(stored, rulebook, score, changes), opened)
        if scores.is_empty():
            raise nothing_found(opened)
        alike = _peers(opened, scores, peers, limit) if peers else None
        days = opened.day_notes(language)
    if alike is not None:
        chosen = RankScope("peers", None, members=frozenset(alike["region_code"]))
    places = ranked(chosen, scores, changes, language, rulebooks)
    notes = [
        ranking_note(changes, language),
        *days,
        *index_notes(places, language),
        *assumption_notes(places, changes, language, rulebooks),
    ]
    if alike is not None:
        notes.insert(0, language("Peers: same kind of region, nearest in population and number of innovations."))
        context.show(_peer_table(alike, places, form, language), headers=PEER_HEADERS, notes=notes)
        return
    if context.is_for_people:
        told = with_interval(with_places(places, language), "iid", language).select(list(RANK_HEADERS))
    else:
        told = places.select(pl.exclude("^.*_x100$"))
    context.show(told, headers=RANK_HEADERS, notes=notes)


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
