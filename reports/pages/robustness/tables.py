"""The tables of robustness: claims with their probabilities, factors with their proof, what hangs on one variable."""

from __future__ import annotations

import polars as pl

from reports.blocks.block import Block
from reports.blocks.tables import Column, table
from reports.pages.robustness.charts import factor_label
from reports.pages.robustness.figures import RobustnessReport
from warehouse.language import Language

UNIT = pl.format("{} {}", "city", "edition").alias("unit")


def claims(report: RobustnessReport) -> Block:
    """Every pair of an edition: how probable it is that the one city is above the other."""
    _ = report.language
    rows = report.labelled(pl.DataFrame(report.analysis.claims.above()))
    rows = rows.filter(pl.col("probability") >= 0.5).sort("edition", "city", "other_city")
    pairs = rows.select("city", "other_city").iter_rows()
    claims = [_("{city} above {other}").format(city=city, other=other) for city, other in pairs]
    columns = [
        Column("claim", _("Claim")),
        Column("edition", _("Edition")),
        *_probability(_),
        Column("tie_probability", _("Equal"), kind="percent"),
    ]
    shown = rows.with_columns(pl.Series("claim", claims, dtype=pl.String))
    return _table(report, shown, columns, _("Claims and their probabilities"))


def _probability(language: Language) -> list[Column]:
    """The columns of a probability and of its error."""
    return [
        Column("probability", language("Probability"), kind="percent"),
        Column("monte_carlo_error", language("Monte Carlo error (±)"), kind="percent"),
    ]


def _table(report: RobustnessReport, rows: pl.DataFrame, columns: list[Column], caption: str, note: str = "") -> Block:
    """A table of the report with its marks."""
    is_simulated, is_estimate = report.is_simulated, report.is_estimate
    return table(rows, columns, caption, report.language, is_simulated=is_simulated, is_estimate=is_estimate, note=note)


def predicates(report: RobustnessReport) -> Block:
    """The probability of each predicate, city by edition, under the rulebook of the analysis."""
    _ = report.language
    rows = report.labelled(pl.DataFrame(report.analysis.predicates())).filter(pl.col("probability") > 0)
    rows = rows.sort("edition", "city", "probability", descending=[False, False, True])
    labels = [_.label("predicate", code) for code in rows["band"]]
    columns = [Column("unit", _("City and edition")), Column("predicate", _("Predicate")), *_probability(_)]
    note = _("Thresholds of the {rulebook} rules; for other editions an estimate.").format(rulebook=report.rulebook)
    shown = rows.with_columns(UNIT, pl.Series("predicate", labels, dtype=pl.String))
    return _table(report, shown, columns, _("Predicates"), note)


def factors(report: RobustnessReport) -> Block:
    """Each uncertain factor: the levels tested, their share of the draws, and what it changed on its own."""
    _ = report.language
    rows = pl.DataFrame(report.analysis.factors)
    shown = rows.with_columns(
        pl.Series("factor", [factor_label(code, _) for code in rows["factor"]]),
        pl.Series("level", [_level(text, _) for text in rows["level"]]),
    )
    columns = [
        Column("factor", _("Factor")),
        Column("level", _("Level tested")),
        Column("share", _("Share of draws"), kind="percent"),
        Column("mean_change", _("Mean change")),
        Column("max_change", _("Largest change")),
        Column("rank_change_share", _("Ranks changed"), kind="percent"),
        Column("has_changed", _("Changed something")),
    ]
    note = _("Changes in index points when this factor alone moves; the first level of a rule is the baseline.")
    return _table(report, shown, columns, _("Uncertain factors"), note)


def variables(report: RobustnessReport) -> Block:
    """The variables whose absence would change a rank."""
    _ = report.language
    rows = report.labelled(report.left_out.filter(pl.col("rank_change") != 0)).sort("edition", "left_out", "city")
    columns = [
        Column("left_out", _("Without this variable")),
        Column("unit", _("City and edition")),
        Column("rank", _("Rank")),
        Column("gain", _("Places gained"), kind="signed"),
    ]
    note = _("The others take its points, so that the maxima hold. Variables that are not listed change no rank.")
    shown = rows.with_columns(UNIT, gain=-pl.col("rank_change"))
    return _table(report, shown, columns, _("What hangs on one variable"), note)


def reach(report: RobustnessReport) -> Block:
    """How many innovations state a total without levels, which weights cannot move."""
    _ = report.language
    rows = report.labelled(report.units).sort("edition", "city")
    columns = [
        Column("unit", _("City and edition")),
        Column("unreachable_count", _("Innovations with a total only")),
        Column("is_simulated", _("Simulated")),
    ]
    note = _("Their totals stay as they are when weights move, so these ranks look surer than they are.")
    return _table(report, rows.with_columns(UNIT), columns, _("What weights cannot reach"), note)


def _level(text: str, language: Language) -> str:
    """A level as people read it: yes or no, ±25%, decimals in their own mark."""
    words = {"True": language("yes"), "False": language("no"), "drawn": language("any possible answer")}
    if text in words:
        return words[text]
    try:
        return language.number(float(text))
    except ValueError:
        return text.replace("+-", "±")
