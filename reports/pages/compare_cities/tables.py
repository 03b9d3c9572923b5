"""The tables that set cities side by side: computed figures, ranking, and the published statements apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Form
from reports.blocks.tables import Column, table
from reports.blocks.words import signed, told
from reports.pages.city_index.charts import no_data
from reports.pages.compare_cities.chances import TAIL, Chances, distances
from reports.pages.compare_cities.charts import ranking_rule
from reports.pages.compare_cities.figures import Comparison
from reports.pages.compare_cities.sources import listed_sources, source_address, source_name
from reports.pages.likely_range_blocks import ranges_table
from warehouse.language import Language
from warehouse.region import region_of_code

WHOLE_SHARE = Form(kind="percent", places=0)


def index_table(comparison: Comparison) -> Block:
    """City by edition and rulebook: innovations, parts, index, predicate."""
    _ = comparison.language
    caption = _("Index and its parts by city and edition")
    rows = comparison.index
    if rows.is_empty():
        return no_data(caption, _)
    frame = rows.select(
        "full_name",
        "edition",
        "innovation_count",
        "count_score",
        pl.struct(lower="spd_lower", upper="spd_upper").alias("spd"),
        pl.struct(lower="mean_maturity_lower", upper="mean_maturity_upper").alias("mean"),
        pl.struct(lower="iid_lower", upper="iid_upper").alias("index"),
        pl.when("is_estimate")
        .then(pl.format(_("estimate {rulebook}").format(rulebook="{}"), "rulebook"))
        .otherwise(pl.format(_("own rules {rulebook}").format(rulebook="{}"), "rulebook"))
        .alias("rules"),
        predicates(rows, _),
    )
    columns = [
        Column("edition", _("Edition"), priority=1),
        Column("rules", _("Rules"), priority=1),
        Column("index", _("Index"), missing=_("not computed"), priority=1),
        Column("predicate", _("Predicate"), priority=2),
        Column("spd", "SPD", priority=3),
        Column("mean", _("Mean maturity"), priority=3),
        Column("count_score", _("Count score"), priority=4),
        Column("innovation_count", _("Innovations"), priority=4),
    ]
    note = _("Where an index is not computed, a rule of its edition is unknown.")
    return table(
        frame,
        columns,
        caption,
        _,
        is_simulated=comparison.is_simulated,
        is_estimate=bool(rows["is_estimate"].any()),
        note=note if rows["iid_lower"].has_nulls() else "",
        group="full_name",
    )


def likely_table(comparison: Comparison) -> Block:
    """Return the likely ranges of the cities and editions, apart from the computed figures."""
    names = dict(comparison.index.select("region_code", "full_name").unique().iter_rows())
    return ranges_table(comparison.ranges, names, comparison.language)


def predicates(rows: pl.DataFrame, language: Language) -> pl.Series:
    """Return the column `predicate` of rows of the index, in words."""
    bounds = rows.select("predicate_lower", "predicate_upper")
    words = [predicate_text(row, language) for row in bounds.iter_rows(named=True)]
    return pl.Series("predicate", words, dtype=pl.String)


def predicate_text(row: dict[str, Any], language: Language) -> str:
    """The predicate, or the lowest and highest one that the bounds leave open."""
    low, high = row["predicate_lower"], row["predicate_upper"]
    if low is None or high is None:
        return language("not known")
    if low == high:
        return language.label("predicate", low)
    return language("{low} to {high}").format(
        low=language.label("predicate", low), high=language.label("predicate", high)
    )


def ranking_table(comparison: Comparison, edition: int | None) -> Block:
    """The cities of one edition with index, predicate and range of ranks."""
    _ = comparison.language
    if edition is None:
        return no_data(_("Ranking"), _)
    caption = _("Ranking of the cities, edition {edition}").format(edition=edition)
    rows = comparison.ranking(edition)
    if rows.is_empty():
        return no_data(caption, _)
    frame = rows.select(
        "full_name",
        "innovation_count",
        pl.struct(lower="rank_low", upper="rank_high").alias("rank"),
        pl.struct(lower="iid_lower", upper="iid_upper").alias("index"),
        predicates(rows, _),
    )
    columns = [
        Column("full_name", _("City")),
        Column("rank", _("Rank")),
        Column("index", _("Index")),
        Column("predicate", _("Predicate")),
        Column("innovation_count", _("Innovations")),
    ]
    return table(
        frame,
        columns,
        caption,
        _,
        is_simulated=comparison.is_simulated,
        is_estimate=bool(rows["is_estimate"].any()),
        note=ranking_rule(comparison, rows),
    )


def standing(comparison: Comparison) -> Block:
    """Where each city stands in the last edition: rank and its probability, distance to the best and to the mean."""
    _, edition = comparison.language, comparison.latest_edition
    if edition is None:
        return no_data(_("Distance to the best and to the mean"), _)
    rows = comparison.ranking(edition)
    caption = _("Distance to the best and to the mean, edition {edition}").format(edition=edition)
    found = rows.join(distances(comparison.group, rows["region_code"].to_list()), on="region_code", how="left")
    columns = [
        Column("full_name", _("City"), priority=1),
        Column("rank", _("Rank"), priority=1),
        Column("index", _("Index"), priority=1),
        Column("to_best", _("Behind the best"), priority=2),
        Column("to_mean", _("Above or below the mean"), align="right", priority=2),
    ]
    chances = comparison.chances
    if chances is not None:
        found = found.join(chances.places, on="region_code", how="left")
        columns.insert(2, Column("first", _("First with probability"), kind="percent", priority=2))
        columns.insert(3, Column("likely", _("Likely rank"), priority=3))
        found = found.with_columns(
            pl.col("share_first").alias("first"), likely=pl.struct(lower="likely_low", upper="likely_high")
        )
    frame = found.with_columns(
        rank=pl.struct(lower="rank_low", upper="rank_high"),
        index=pl.struct(lower="iid_lower", upper="iid_upper"),
        to_mean=pl.Series([_signed_bounds(bounds, _) for bounds in found["to_mean"]], dtype=pl.String),
    ).select(column.name for column in columns)
    return table(
        frame,
        columns,
        caption,
        _,
        is_simulated=comparison.is_simulated,
        is_estimate=bool(rows["is_estimate"].any()) or chances is not None,
        note=_standing_note(comparison),
    )


def _signed_bounds(bounds: dict[str, Decimal] | None, language: Language) -> str | None:
    """A difference that may lie on either side: its two ends with their signs."""
    if bounds is None:
        return None
    low, high = (signed(bounds[end], 2, language) for end in ("lower", "upper"))
    return low if low == high else language("{low} to {high}").format(low=low, high=high)


def _standing_note(comparison: Comparison) -> str:
    _, chances = comparison.language, comparison.chances
    note = _.ngettext(
        "The group: the {count} region of the same kind with an index here. Ranges are all that bounds allow.",
        "The group: the {count} regions of the same kind with an index here. Ranges are all that bounds allow.",
        comparison.group.height,
    ).format(count=_.whole(comparison.group.height))
    if chances is None:
        return note
    return (
        f"{note} "
        + _(
            "Probabilities among these cities: share of {draws} draws in which indicator weights lie within ±{spread}, "
            "rules that no source states go either way, {error} of the levels are one off, all answers of a city share "
            "an error of {city_error} index points, and missing answers follow the practice of their city, which may "
            "lie anywhere; likely ranks hold in {share} of them (seed {seed}). They are estimates, not published ranks."
        ).format(
            draws=_.whole(chances.draws),
            spread=told(chances.weight_spread, WHOLE_SHARE, _),
            error=told(chances.level_error, WHOLE_SHARE, _),
            city_error=_.number(chances.city_error),
            share=told(1 - 2 * TAIL, WHOLE_SHARE, _),
            seed=chances.seed,
        )
        + _weakest_claim(chances, _)
    )


def _weakest_claim(chances: Chances, language: Language) -> str:
    """The claim that falls first, and the shared error that overturns it; empty where none stands."""
    _ = language
    if chances.claims.is_empty():
        return ""
    claim = chances.claims.row(0, named=True)
    city, other = (region_of_code(claim[code]).name for code in ("region_code", "other_region_code"))
    numbers = {
        "share": told(claim["probability"], WHOLE_SHARE, _),
        "threshold": told(claim["threshold"], WHOLE_SHARE, _),
        "limit": _.number(claim["holds_to"] or 0),
    }
    if claim["holds_to"] is None:
        text = _("The weakest order is {city} above {other}, {share}: below {threshold} even without a shared error.")
    elif claim["is_open"]:
        text = _("The weakest order is {city} above {other}, {share}; no shared error up to {limit} points upsets it.")
    else:
        text = _(
            "The weakest order is {city} above {other}, {share}; it falls below {threshold} once the shared error "
            "exceeds {limit} points."
        )
    return " " + text.format(city=city, other=other, **numbers)


def published_statements(comparison: Comparison) -> Block:
    """Every published statement about the award, contradictions marked; real figures only."""
    _ = comparison.language
    caption = _("What was published about the index and the award (real)")
    return _statements_by_city(comparison.published_iga(), caption, _)


def published_other_schemes(comparison: Comparison) -> Block:
    """Published statements about other schemes, which are not the index."""
    _ = comparison.language
    caption = _("Published about other schemes, not the index (real)")
    return _statements_by_city(comparison.published_others(), caption, _)


def _statements_by_city(statements: pl.DataFrame, caption: str, language: Language) -> Block:
    if statements.is_empty():
        return no_data(caption, language)
    frame, columns = statements_in_words(statements, language), statement_columns(language)
    note = contradiction_note(language)
    return table(
        frame,
        columns,
        caption,
        language,
        is_simulated=False,
        is_published=True,
        note=note,
        group="full_name",
        links=[source_address(source) for source in statements["source"]],
    )


def statement_columns(language: Language) -> list[Column]:
    """The columns of a table of published statements, of the frame of `statements_in_words`."""
    _ = language
    return [
        Column("edition", _("Edition"), priority=1),
        Column("stage", _("Stage"), priority=3),
        Column("score", _("Score"), priority=1),
        Column("innovation_count", _("Innovations"), priority=4),
        Column("words", _("Scale, predicate, award and rank"), priority=1),
        Column("confidence", _("Confidence"), priority=4),
        Column("source", _("Statement and source"), priority=2),
    ]


def contradiction_note(language: Language) -> str:
    """What the mark of a statement means that another one contradicts."""
    return language("≠ marks statements that contradict another one on the same city, edition and stage; all are kept.")


def statements_in_words(statements: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return published statements with their codes as words, and the texts `words` and `source`."""
    _ = language

    def labels(name: str, field: str) -> pl.Series:
        return pl.Series(name, [_.label(field, code) or None for code in statements[name]], dtype=pl.String)

    ranks = [rank_words(rank, scope, _) for rank, scope in statements.select("rank_text", "rank_scope").iter_rows()]
    ranked = pl.Series("ranked", ranks, dtype=pl.String)
    schemes = [None if code == "IGA" else _.label("published_scheme", code) for code in statements["scheme"]]
    scheme = pl.Series("scheme", schemes, dtype=pl.String)
    words = [labels("measure", "measure"), scheme, "predicate", "award", ranked]
    sources = pl.Series([source_name(source) for source in statements["source"]], dtype=pl.String)
    mark = pl.when("is_contradicted").then(pl.lit("≠ ")).otherwise(pl.lit(""))
    return statements.with_columns(
        labels("stage", "published_stage"),
        labels("confidence", "confidence"),
        pl.concat_str(words, separator="; ", ignore_nulls=True).replace("", None).alias("words"),
        pl.format("{}{} · {}", mark, "statement_id", sources).alias("source"),
    )


def rank_words(rank: str | None, scope: str | None, language: Language) -> str | None:
    """Return a published rank in words: "10 besar (nasional, kota)", "peringkat 5 (nasional, 93 kota)"."""
    _ = language
    if rank is None:
        return _.label("rank_scope", scope) or None
    if rank.startswith("<="):
        told = _("among the first {count}").format(count=rank.removeprefix("<="))
    elif rank.startswith("~"):
        told = _("rank around {rank}").format(rank=rank.removeprefix("~"))
    else:
        told = _("rank {rank}").format(rank=rank)
    return f"{told} ({_.label('rank_scope', scope)})" if scope else told


def published_sources(comparison: Comparison) -> Block:
    """The full source of every statement, in words that can be copied."""
    return listed_sources(comparison.published, comparison.language)
