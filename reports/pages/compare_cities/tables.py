"""The tables that set cities side by side: computed figures, ranking, and the published statements apart."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import polars as pl

from reports.blocks.block import Block
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import no_data
from reports.pages.compare_cities.charts import index_text, rank_text, ranking_rule
from reports.pages.compare_cities.figures import Comparison
from warehouse.language import Language


def index_table(comparison: Comparison) -> Block:
    """City by edition and rulebook: innovations, parts, index, predicate."""
    _ = comparison.language
    caption = _("Index and its parts by city and edition")
    if comparison.index.is_empty():
        return no_data(caption, _)
    rows = [_index_row(row, _) for row in comparison.index.iter_rows(named=True)]
    columns = [
        Column("edition", _("Edition")),
        Column("rules", _("Rules")),
        Column("innovation_count", _("Innovations"), "right"),
        Column("spd", "SPD", "right"),
        Column("mean", _("Mean maturity"), "right"),
        Column("count", _("Count score"), "right"),
        Column("index", _("Index"), "right"),
        Column("predicate", _("Predicate")),
    ]
    frame = pl.DataFrame(rows)
    return table(frame, columns, caption, _, is_simulated=comparison.is_simulated, group="city")


def _index_row(row: dict[str, Any], language: Language) -> dict[str, str]:
    _ = language
    rules = _("estimate {rulebook}") if row["is_estimate"] else _("own rules {rulebook}")
    return {
        "city": row["full_name"],
        "edition": str(row["edition"]),
        "rules": rules.format(rulebook=row["rulebook"]),
        "innovation_count": _.whole(row["innovation_count"]),
        "spd": _.interval(row["spd_lower"], row["spd_upper"]),
        "mean": _.interval(row["mean_maturity_lower"], row["mean_maturity_upper"]),
        "count": _.number(row["count_score"]),
        "index": index_text(row, _),
        "predicate": predicate_text(row, _),
    }


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
    frame = pl.DataFrame(
        [
            {
                "rank": rank_text(row, _),
                "city": row["full_name"],
                "index": index_text(row, _),
                "predicate": predicate_text(row, _),
                "count": _.whole(row["innovation_count"]),
            }
            for row in rows.iter_rows(named=True)
        ]
    )
    columns = [
        Column("city", _("City")),
        Column("rank", _("Rank"), "right"),
        Column("index", _("Index"), "right"),
        Column("predicate", _("Predicate")),
        Column("count", _("Innovations"), "right"),
    ]
    return table(frame, columns, caption, _, is_simulated=comparison.is_simulated, note=ranking_rule(comparison, rows))


def published_statements(comparison: Comparison) -> Block:
    """Every published statement about the award, contradictions marked; real figures only."""
    _ = comparison.language
    caption = _("What was published about the index and the award (real)")
    return _statements(comparison.published_iga(), caption, _)


def published_other_schemes(comparison: Comparison) -> Block:
    """Published statements about other schemes, which are not the index."""
    _ = comparison.language
    caption = _("Published about other schemes, not the index (real)")
    return _statements(comparison.published_others(), caption, _)


def _statements(statements: pl.DataFrame, caption: str, language: Language) -> Block:
    _ = language
    if statements.is_empty():
        return no_data(caption, _)
    frame = pl.DataFrame([statement_row(row, _) for row in statements.iter_rows(named=True)])
    columns, note = statement_columns(_), contradiction_note(_)
    return table(frame, columns, caption, _, is_simulated=False, note=note, group="city")


def statement_columns(language: Language) -> list[Column]:
    """The columns of a table of published statements, as `statement_row` fills them."""
    _ = language
    return [
        Column("edition", _("Edition")),
        Column("stage", _("Stage")),
        Column("figures", _("Score and number of innovations")),
        Column("words", _("Predicate, award and rank")),
        Column("confidence", _("Confidence")),
        Column("source", _("Statement and source")),
    ]


def contradiction_note(language: Language) -> str:
    """What the mark of a statement means that another one contradicts."""
    return language("≠ marks statements that contradict another one on the same city, edition and stage; all are kept.")


def statement_row(row: dict[str, Any], language: Language) -> dict[str, str | None]:
    """One published statement in words: city, edition, stage, figures, words, confidence, source."""
    _ = language
    figures = []
    if row["score"] is not None:
        places = 2 if row["measure"] == "iid" else 0
        figures.append(f"{_.number(row['score'], places)} ({_.label('measure', row['measure'])})")
    if row["innovation_count"] is not None:
        figures.append(_("{count} innovations").format(count=_.whole(row["innovation_count"])))
    rank = _("rank {rank}").format(rank=row["rank_text"]) if row["rank_text"] else None
    scope = f"({row['rank_scope']})" if row["rank_scope"] else None
    scheme = row["scheme"] if row["scheme"] != "IGA" else None
    ranked = " ".join(part for part in (rank, scope) if part)
    words = [part for part in (scheme, row["predicate"], row["award"], ranked) if part]
    return {
        "city": row["full_name"],
        "edition": str(row["edition"]),
        "stage": _.label("published_stage", row["stage"]),
        "figures": ("≠ " if row["is_contradicted"] else "") + "; ".join(figures) if figures else None,
        "words": "; ".join(words) or None,
        "confidence": _.label("confidence", row["confidence"]),
        "source": f"{row['statement_id']} · {source_name(row['source'])}",
    }


def source_name(source: str) -> str:
    """The name of a source that fits a table: the host of an address, else the words as they are."""
    return urlsplit(source).hostname or source


def published_sources(comparison: Comparison) -> Block:
    """The full source of every statement, in words that can be copied."""
    from reports.blocks.block import render

    statements = comparison.published.select("statement_id", "source", "note").rows(named=True)
    return render("sources.html", statements=statements, _=comparison.language)
