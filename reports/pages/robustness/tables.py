"""The tables of robustness: claims with their probabilities, factors with their proof, what hangs on one variable."""

from __future__ import annotations

import polars as pl

from reports.blocks.block import Block
from reports.blocks.tables import Column, table
from reports.pages.robustness.charts import factor_label
from reports.pages.robustness.figures import RobustnessReport
from warehouse.language import Language


def claims(report: RobustnessReport) -> Block:
    """Every pair of an edition: how probable it is that the one city is above the other."""
    _ = report.language
    rows = report.labelled(pl.DataFrame(report.analysis.claims.above()))
    rows = rows.filter(pl.col("probability") >= 0.5).sort("edition", "city", "other_city")
    told = _("{city} above {other}")
    shown = rows.select(
        pl.Series("claim", [told.format(city=a, other=b) for a, b in rows.select("city", "other_city").iter_rows()]),
        pl.col("edition").cast(pl.String),
        pl.Series("probability", [_share(value, _) for value in rows["probability"]]),
        pl.Series("error", ["± " + _share(value, _) for value in rows["error"]]),
        pl.Series("tie", [_share(value, _) for value in rows["tie_probability"]]),
    )  # fmt: skip
    columns = [
        Column("claim", _("Claim")),
        Column("edition", _("Edition")),
        Column("probability", _("Probability"), "right"),
        Column("error", _("Monte Carlo error"), "right"),
        Column("tie", _("Equal"), "right"),
    ]
    return table(shown, columns, _("Claims and their probabilities"), _, is_simulated=report.is_simulated)


def predicates(report: RobustnessReport) -> Block:
    """The probability of each predicate, city by edition, under the rulebook of the analysis."""
    _ = report.language
    rows = report.labelled(pl.DataFrame(report.analysis.predicates())).filter(pl.col("probability") > 0)
    rows = rows.sort("edition", "city", "probability", descending=[False, False, True])
    shown = rows.select(
        pl.Series("unit", [f"{city} {edition}" for city, edition in rows.select("city", "edition").iter_rows()]),
        pl.Series("predicate", [_.label("predicate", code) for code in rows["band"]]),
        pl.Series("probability", [_share(value, _) for value in rows["probability"]]),
        pl.Series("error", ["± " + _share(value, _) for value in rows["error"]]),
    )
    columns = [
        Column("unit", _("City and edition")),
        Column("predicate", _("Predicate")),
        Column("probability", _("Probability"), "right"),
        Column("error", _("Monte Carlo error"), "right"),
    ]
    rulebook = report.analysis.model.profiles.rulebook.name
    note = _("Thresholds of the {rulebook} rules; for other editions an estimate.").format(rulebook=rulebook)
    return table(shown, columns, _("Predicates"), _, is_simulated=report.is_simulated, note=note)


def factors(report: RobustnessReport) -> Block:
    """Each uncertain factor: the levels tested, their share of the draws, and what it changed on its own."""
    _ = report.language
    rows = pl.DataFrame(report.analysis.factors)
    shown = rows.select(
        pl.Series("factor", [factor_label(code, _) for code in rows["factor"]]),
        pl.Series("level", [_level(text, _) for text in rows["level"]]),
        pl.Series("share", [_share(value, _) for value in rows["share"]]),
        pl.Series("mean", [_.number(value) for value in rows["mean_change"]]),
        pl.Series("most", [_.number(value) for value in rows["max_change"]]),
        pl.Series("ranks", [_share(value, _) for value in rows["rank_change_share"]]),
        pl.Series("changed", [_("yes") if value else _("no") for value in rows["has_changed"]]),
    )
    columns = [
        Column("factor", _("Factor")),
        Column("level", _("Level tested")),
        Column("share", _("Share of draws"), "right"),
        Column("mean", _("Mean change"), "right"),
        Column("most", _("Largest change"), "right"),
        Column("ranks", _("Ranks changed"), "right"),
        Column("changed", _("Changed something")),
    ]
    note = _("Changes in index points when this factor alone moves; the first level of a rule is the baseline.")
    return table(shown, columns, _("Uncertain factors"), _, is_simulated=report.is_simulated, note=note)


def variables(report: RobustnessReport) -> Block:
    """The variables whose absence would change a rank."""
    _ = report.language
    rows = report.labelled(report.left_out.filter(pl.col("rank_change") != 0)).sort("edition", "left_out", "city")
    shown = rows.select(
        pl.col("left_out").alias("variable"),
        pl.Series("unit", [f"{city} {edition}" for city, edition in rows.select("city", "edition").iter_rows()]),
        pl.col("rank").cast(pl.String),
        pl.Series("change", [f"{-value:+d}" for value in rows["rank_change"]], dtype=pl.String),
    )
    columns = [
        Column("variable", _("Without this variable")),
        Column("unit", _("City and edition")),
        Column("rank", _("Rank"), "right"),
        Column("change", _("Places gained"), "right"),
    ]
    note = _("The others take its points, so that the maxima hold. Variables that are not listed change no rank.")
    return table(shown, columns, _("What hangs on one variable"), _, is_simulated=report.is_simulated, note=note)


def reach(report: RobustnessReport) -> Block:
    """How many innovations state a total without levels, which weights cannot move."""
    _ = report.language
    rows = report.labelled(report.units).sort("edition", "city")
    shown = rows.select(
        pl.Series("unit", [f"{city} {edition}" for city, edition in rows.select("city", "edition").iter_rows()]),
        pl.Series("unreachable", [_.whole(value) for value in rows["unreachable_count"]]),
        pl.Series("simulated", [_("yes") if value else _("no") for value in rows["is_simulated"]]),
    )
    columns = [
        Column("unit", _("City and edition")),
        Column("unreachable", _("Innovations with a total only"), "right"),
        Column("simulated", _("Simulated")),
    ]
    note = _("Their totals stay as they are when weights move, so these ranks look surer than they are.")
    return table(shown, columns, _("What weights cannot reach"), _, is_simulated=report.is_simulated, note=note)


def _share(value: float, language: Language) -> str:
    return language.number(100 * value, 1) + "%"


def _level(text: str, language: Language) -> str:
    """A level as people read it: yes or no, ±25%, decimals in their own mark."""
    words = {"True": language("yes"), "False": language("no"), "drawn": language("any possible answer")}
    if text in words:
        return words[text]
    try:
        return language.number(float(text))
    except ValueError:
        return text.replace("+-", "±")
