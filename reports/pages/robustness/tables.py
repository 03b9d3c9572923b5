"""The tables of robustness: claims with their probabilities, factors with their proof, what hangs on one variable."""

from __future__ import annotations

from typing import Any

import polars as pl

from iga.robustness import ErrorFit, stated_errors
from reports.blocks.block import Block
from reports.blocks.tables import Column, table
from reports.blocks.words import signed
from reports.pages.robustness.charts import factor_label
from reports.pages.robustness.figures import RobustnessReport
from warehouse.language import Language

THRESHOLD, MOST = min(stated_errors().thresholds), stated_errors().city_error_most
"""The probability below which a claim falls on this page, and the largest shared error that is looked for."""
LEAST_CHANGE = 0.01
"""A rule is shown beside a claim whose probability it changes by at least this."""
UNIT = pl.format("{} {}", "city", "edition").alias("unit")


def claims(report: RobustnessReport) -> Block:
    """Every pair of an edition: how probable it is that the one city is above the other, and when this falls."""
    _ = report.language
    rows = report.labelled(pl.DataFrame(report.analysis.claims.above())).filter(pl.col("probability") >= 0.5)
    limit = city_error_limits(report).select("edition", "region_code", "other_region_code", "holds_to", "is_open")
    rows = rows.join(limit, on=["edition", "region_code", "other_region_code"], how="left").sort(
        "edition", "city", "other_city"
    )
    columns = [
        Column("claim", _("Claim")),
        Column("edition", _("Edition")),
        *_probability(_),
        Column("tie_probability", _("Equal"), kind="percent"),
        Column(
            "holds_to",
            _("Falls below {share} above a shared error of (points)").format(share=_share(THRESHOLD, _)),
            kind="decimal",
            missing=_("already below"),
            instead="beyond",
        ),
    ]
    note = _(
        "Probability: the share of draws in which this order holds, under what the draws assume. The Monte Carlo error "
        "says how exactly this share was computed; more draws make it smaller, and no claim surer. Assumed here: an "
        "error shared by all answers of a city of {error} index points (standard deviation). {basis}"
    ).format(error=_.number(report.city_error), basis=basis_sentence(report))
    beyond = [_("beyond {most}").format(most=_.number(MOST)) if is_open else None for is_open in rows["is_open"]]
    shown = rows.with_columns(
        _claim_names(rows, _),
        pl.Series("beyond", beyond, dtype=pl.String),
        holds_to=pl.when(pl.col("is_open").cast(pl.Boolean)).then(None).otherwise(pl.col("holds_to")),
    )
    return _table(report, shown, columns, _("Claims and their probabilities"), note)


def shared_error(report: RobustnessReport) -> Block:
    """Every claim at each stated size of the error that a city shares."""
    _ = report.language
    frame = report.labelled(pl.DataFrame(report.rests_on.by_city_error))
    errors = frame["city_error"].unique().sort().to_list()
    wide = frame.pivot("city_error", index=["edition", "city", "other_city"], values="probability_then")
    names = {str(error): f"at_{error:g}" for error in errors}
    wide = wide.sort("edition", "city", "other_city").rename(names)
    columns = [
        Column("claim", _("Claim")),
        Column("edition", _("Edition")),
        *[Column(f"at_{error:g}", _points(error, _), kind="percent") for error in errors],
    ]
    note = _(
        "The probability of each claim, by the size of an error that all answers of a city share: its reviewers and "
        "its practice. Such an error does not average out over innovations. The rest as in the draws."
    )
    return _table(report, wide.with_columns(_claim_names(wide, _)), columns, _("If a whole city is misjudged"), note)


def assumptions(report: RobustnessReport) -> Block:
    """Every other assumption of each claim: its value, and how far it may move before the claim falls."""
    _ = report.language
    frame = report.labelled(pl.DataFrame(report.rests_on.limits))
    rows = frame.filter(pl.col("assumption") != "city_error", pl.col("threshold") == THRESHOLD, pl.col("stands"))
    rows = rows.sort("edition", "city", "other_city", maintain_order=True)
    texts = [_limit_words(row, _) for row in rows.iter_rows(named=True)]
    shown = rows.with_columns(
        _claim_names(rows, _),
        pl.Series("factor", [factor_label(code, _) for code in rows["assumption"]], dtype=pl.String),
        pl.Series(
            "value",
            [_value(code, value, _) for code, value in rows.select("assumption", "assumed").rows()],
            dtype=pl.String,
        ),
        pl.Series("limit", texts, dtype=pl.String),
    )
    columns = [
        Column("claim", _("Claim")),
        Column("edition", _("Edition")),
        Column("factor", _("Assumption")),
        Column("value", _("Assumed")),
        Column("limit", _("Holds up to")),
    ]
    note = _(
        "Claims that keep at least {share} as drawn. Each assumption is moved alone, in steps, from the mildest on, "
        "until the claim falls below {share}."
    ).format(share=_share(THRESHOLD, _))
    return _table(report, shown, columns, _("What each claim assumes, and how far that may move"), note)


def known_rules(report: RobustnessReport) -> Block:
    """Every claim where one of the rules that nobody has stated is known to be at one level."""
    _ = report.language
    spread = pl.col("probability_then").max() - pl.col("probability_then").min()
    claim = ("edition", "region_code", "other_region_code", "rule")
    told = pl.DataFrame(report.rests_on.by_rule).filter(spread.over(claim) >= LEAST_CHANGE)
    rows = report.labelled(told).sort("edition", "city", "other_city", "rule", "level")
    shown = rows.with_columns(
        _claim_names(rows, _),
        pl.Series("factor", [factor_label(code, _) for code in rows["rule"]], dtype=pl.String),
        pl.Series("level", [_level(text, _) for text in rows["level"]], dtype=pl.String),
    )
    columns = [
        Column("claim", _("Claim")),
        Column("edition", _("Edition")),
        Column("factor", _("Rule")),
        Column("level", _("Level tested")),
        Column("probability_then", _("Probability"), kind="percent"),
    ]
    note = _("Rules that change a claim by less than one percentage point are left out.")
    return _table(report, shown, columns, _("If a rule were known"), note)


def error_basis(report: RobustnessReport) -> Block:
    """What pairs of claimed and later scores say of errors, real and simulated apart."""
    _ = report.language
    rows = [
        {
            "source": _("published index") if source == "published" else _.label("score_kind", source),
            "is_simulated": fit.is_simulated,
            "city_count": fit.city_count,
            "pair_count": fit.pair_count,
            "mean_change": fit.mean_change,
            "city_sd": fit.city_sd,
            "verdict": _verdict(fit, _),
        }
        for source, fit in report.calibration.fits
    ]
    schema = {
        "source": pl.String, "is_simulated": pl.Boolean, "city_count": pl.Int64, "pair_count": pl.Int64,
        "mean_change": pl.Float64, "city_sd": pl.Float64, "verdict": pl.String,
    }  # fmt: skip
    columns = [
        Column("source", _("Claimed score held against")),
        Column("is_simulated", _("Simulated")),
        Column("city_count", _("Cities and editions")),
        Column("pair_count", _("Pairs")),
        Column("mean_change", _("Mean change (points)"), kind="signed"),
        Column("city_sd", _("Spread between cities (points)")),
        Column("verdict", _("Finding")),
    ]
    note = _("Real and simulated pairs are never fitted together. What all cities lose alike moves no order.")
    return _table(report, pl.DataFrame(rows, schema=schema), columns, _("What pairs of scores say of errors"), note)


def city_error_limits(report: RobustnessReport) -> pl.DataFrame:
    """The claims, labelled, with the shared error up to which each keeps the threshold of this page."""
    frame = report.labelled(pl.DataFrame(report.rests_on.limits))
    return frame.filter(pl.col("assumption") == "city_error", pl.col("threshold") == THRESHOLD)


def basis_sentence(report: RobustnessReport) -> str:
    """Where the size of the shared error comes from: pairs of scores, a wish, or an assumption."""
    _ = report.language
    if report.is_calibrated:
        return _("It is fitted to pairs of claimed and later scores.")
    if report.parameters.city_error is not None:
        return _("It was asked for.")
    change = report.calibration.largest_published_change
    if change is None:
        return _("It is assumed: no pair of a claimed and a final index is published that would tell it.")
    return _(
        "It is assumed: too few pairs of a claimed and a final index are published to tell it; the greatest published "
        "change is {change} points."
    ).format(change=signed(change, 2, _))


def _verdict(fit: ErrorFit, language: Language) -> str:
    words = {
        "": language("fitted"),
        "few_cities": language("not applicable below {count} cities").format(count=stated_errors().fewest_cities),
        "few_innovations": language("not applicable: too few innovations within cities"),
    }
    return words[fit.refused]


def _claim_names(rows: pl.DataFrame, language: Language) -> pl.Series:
    pairs = rows.select("city", "other_city").iter_rows()
    names = [language("{city} above {other}").format(city=city, other=other) for city, other in pairs]
    return pl.Series("claim", names, dtype=pl.String)


def _share(value: float, language: Language) -> str:
    return f"{language.number(value * 100, 0)}%"


def _points(value: float, language: Language) -> str:
    return language("{points} points").format(points=language.number(value, 0))


def _value(assumption: str, value: float, language: Language) -> str:
    """The value of an assumption with its unit."""
    if assumption == "weights":
        return f"±{_share(value, language)}"
    if assumption == "level_error":
        return _share(value, language)
    if assumption == "innovation_error":
        return _points(value, language)
    return language.number(value)


def _limit_words(row: dict[str, Any], language: Language) -> str:
    if row["holds_to"] is None:
        return language("no value that was tested")
    told = _value(row["assumption"], row["holds_to"], language)
    return language("{value}, the strongest tested").format(value=told) if row["is_open"] else told


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
