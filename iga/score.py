"""Computes the Indeks Inovasi Daerah (IID) of regions from the maturities of their innovations, on any engine.

    total = SPD + sum of maturities / divisor + count term        IID = 100 x total / total_maximum

The kernel is written once against Narwhals. Frames hold points as whole hundredths (suffix `_x100`), so that nothing is
rounded before the end, and then half-up. Every number of the formula comes from the rulebook. What is not known becomes
a lower and an upper bound; what depends on an absent rule becomes null, and `coverage` says which. `index_of` says the
same for one region in exact fractions (iga/index/exact.py); answers become maturities in iga/index/answer_scores.py.
"""

from collections.abc import Sequence
from typing import Literal

import narwhals as nw
from narwhals.typing import IntoFrame, IntoFrameT

from iga.errors import ScoreInvalid
from iga.index import coverage
from iga.index.answer_scores import score_spd, score_submissions
from iga.index.exact import IndexResult, index_of
from iga.index.formula import MAXIMUM
from iga.index.frame_expressions import (
    REGION_KEYS,
    LazyFrame,
    as_given,
    at_least,
    at_most,
    half_up,
    lazy,
    no_number,
    no_text,
    number,
    require,
    single_of,
    text_where,
    when,
    whole,
    x100,
)
from iga.rulebook import Assumptions, Rulebook, rules_of

__all__ = ["IndexResult", "ScoreInvalid", "index_of", "score_regions", "score_spd", "score_submissions"]


def score_regions(
    submissions: IntoFrameT,
    rulebook: Rulebook | int | str,
    *,
    spd: IntoFrame | None = None,
    assumptions: Assumptions | None = None,
) -> IntoFrameT:
    """The index of each region and edition, one row each, under one rulebook and one set of assumptions.

    `submissions`, one row per innovation: region_code, edition, and maturity_x100 (nullable) or maturity_lower_x100 and
    maturity_upper_x100; optional stage (null counts as scored), status (draft and returned are not reported),
    main_affair_code and cross_affair_codes (two-digit codes joined by `|`), is_quarantined (the innovation stands only
    in quarantine: it counts, and coverage says how many do) and is_scored_unknown (of such a one stage or status could
    not be read: it is scored with any maturity, and counted at the upper end alone). `spd`, one row per region and
    edition: spd_x100 or spd_lower_x100 and spd_upper_x100; a region that has only this is given a row with no
    innovations. Both are frames of the same engine (and connection), each with one kind of score (claimed, verified or
    final).

    Returned: region_code, edition, innovation_count (reported, with rejected and other stages), scored_count,
    rejected_count, quarantined_count (beside these, though in the divisor and the count), spd_x100 and its bounds,
    divisor, basic_service_lower and _upper (services covered by innovations that enter the count term),
    mean_maturity_x100, count_x100 and their bounds, sid_x100, total_x100, iid_x100 (each null where not a single
    value), iid_lower_x100, iid_upper_x100, predicate, predicate_lower, predicate_upper,
    coverage (`complete`, or codes joined by `|`), rulebook, rulebook_hash, assumption_id. A score outside its range is
    not clipped: coverage says `spd_out_of_range` or `maturity_out_of_range`, and what depends on it is null. A rejected
    innovation in a stage that is not scored enters the divisor, or the count, only if both switches say so. Raises
    ScoreInvalid for missing columns.

    Formula: edition 2026, Lampiran I of letter 400.10.11/1887/BSKDN; edition 2023, PPT Sosialisasi IID 2023. In
    hundredths, with SPD c, sum of maturities s, divisor d, count term w and maximum M:
    half-up(10000 ((c + w) d + s) / (M d)).
    """
    rules, assumed = rules_of(rulebook, assumptions)
    sums = _region_sums(lazy(submissions), rules, assumed)
    if spd is not None:
        sums = _joined(sums, lazy(spd))
    return as_given(_index(sums, rules, assumed), submissions)


SUMS = (
    "innovation_count",
    "scored_count",
    "rejected_count",
    "quarantined_count",
    "divisor_count",
    "counted",
    "counted_surely",
    "maturity_lower",
    "maturity_upper",
    "uncertain",
    "maturity_unknown",
    "outside",
    "affair_unknown",
)
"""What each submission adds to its region: 0 or 1, and for maturity hundredths."""

SPD_BOUNDS = ("spd_lower_x100", "spd_upper_x100")


def _region_sums(submissions: LazyFrame, rules: Rulebook, assumed: Assumptions) -> LazyFrame:
    """One row per region and edition: the sums, and how many basic services are covered."""
    entered = _entered(_classified(submissions, rules, assumed), assumed)
    covers = [f"covers_{code}" for code in rules.basic_service_affairs]
    sums = _measured(entered, rules).group_by(*REGION_KEYS)
    totals = sums.agg(
        nw.col(*SUMS).cast(nw.Int64).sum().cast(nw.Int64), nw.col(*covers).cast(nw.Int64).max().cast(nw.Int64)
    )
    services = nw.sum_horizontal(nw.col(*covers)).cast(nw.Int64).alias("services")
    return totals.select(*REGION_KEYS, *SUMS, services, *[no_number().alias(bound) for bound in SPD_BOUNDS])


def _classified(frame: LazyFrame, rules: Rulebook, assumed: Assumptions) -> LazyFrame:
    """Each submission as the rules see it: reported, rejected, in another stage; bounds of maturity; affairs."""
    names = frame.collect_schema().names()
    has_bounds = {"maturity_lower_x100", "maturity_upper_x100"} <= set(names)
    require(names, (*REGION_KEYS, *(() if has_bounds else ("maturity_x100",))), "submissions")
    lower, upper = ("maturity_lower_x100", "maturity_upper_x100") if has_bounds else ("maturity_x100", "maturity_x100")
    status = nw.col("status") if "status" in names else no_text()
    stage = nw.col("stage") if "stage" in names else no_text()
    is_quarantined, is_scored_unknown = (
        nw.col(name).fill_null(False) if name in names else nw.lit(False)
        for name in ("is_quarantined", "is_scored_unknown")
    )
    return frame.select(
        *REGION_KEYS,
        (~status.is_in(list(assumed.uncounted_statuses)).fill_null(False)).alias("is_reported"),
        (status == "rejected").fill_null(False).alias("is_rejected"),
        (~stage.is_in(list(assumed.stages_scored)).fill_null(True)).alias("is_other_stage"),
        is_quarantined.alias("is_quarantined"),
        (is_quarantined & is_scored_unknown).alias("is_scored_unknown"),
        nw.col(lower).cast(nw.Int64).alias("lower"),
        nw.col(upper).cast(nw.Int64).alias("upper"),
        *_affair_columns(names, rules, assumed),
    )


def _affair_columns(names: Sequence[str], rules: Rulebook, assumed: Assumptions) -> list[nw.Expr]:
    main = nw.col("main_affair_code") if "main_affair_code" in names else no_text()
    has_cross = assumed.cross_affairs_cover_basic_service and "cross_affair_codes" in names
    columns = [main.is_null().alias("is_affair_unknown")]
    for code in rules.basic_service_affairs:
        covers = (main == code).fill_null(False)
        if has_cross:
            covers = covers | nw.col("cross_affair_codes").str.contains(rf"(^|\|){code}(\||$)").fill_null(False)
        columns.append(covers.alias(f"covers_{code}"))
    return columns


def _entered(classified: LazyFrame, assumed: Assumptions) -> LazyFrame:
    """What each submission enters: the mean, the divisor, the count term; only what counts covers a service."""
    reported, rejected, other = nw.col("is_reported"), nw.col("is_rejected"), nw.col("is_other_stage")
    in_divisor, in_count = reported, reported
    if not assumed.rejected_in_divisor:
        in_divisor = in_divisor & ~rejected
    if not assumed.other_stages_in_divisor:
        in_divisor = in_divisor & ~other
    if not assumed.rejected_in_count:
        in_count = in_count & ~rejected
    if not assumed.other_stages_in_count:
        in_count = in_count & ~other
    stands, is_unknown = ~nw.col("is_quarantined"), nw.col("is_scored_unknown")
    # Of one whose stage or status could not be read any maturity is possible: the index of a region without it lies
    # between the one with 0 and the one with the maximum, so that it may enter the mean in any case.
    in_divisor, in_count = in_divisor | (reported & is_unknown), in_count | (reported & is_unknown)
    return classified.with_columns(
        nw.when(~is_unknown).then(nw.col("lower")).alias("lower"),
        nw.when(~is_unknown).then(nw.col("upper")).alias("upper"),
        (reported & ((~rejected & ~other) | is_unknown)).alias("is_scored"),
        (reported & stands).alias("innovation_count"),
        (reported & stands & ~rejected & ~other).alias("scored_count"),
        (reported & stands & rejected).alias("rejected_count"),
        (reported & ~stands).alias("quarantined_count"),
        in_divisor.alias("divisor_count"),
        in_count.alias("counted"),
        (in_count & ~is_unknown).alias("counted_surely"),
    )


def _measured(entered: LazyFrame, rules: Rulebook) -> LazyFrame:
    """The maturity of scored submissions as bounds, what is unknown or impossible about it, and the affairs."""
    maximum = x100(rules.parameters.maturity_maximum.upper)
    scored, counted, lower, upper = nw.col("is_scored"), nw.col("counted"), nw.col("lower"), nw.col("upper")
    surely = nw.col("counted_surely")
    is_unknown = lower.is_null() | upper.is_null()
    is_outside = (lower < 0) | (lower > upper)
    if maximum is not None:
        is_outside = is_outside | (upper > maximum)
    return entered.with_columns(
        when(scored, lower.fill_null(0)).alias("maturity_lower"),
        when(scored, upper.fill_null(maximum or 0)).alias("maturity_upper"),
        (scored & ~nw.col("is_quarantined") & (lower != upper).fill_null(True)).alias("uncertain"),
        (scored & is_unknown).alias("maturity_unknown"),
        (scored & is_outside.fill_null(False)).alias("outside"),
        ((surely & nw.col("is_affair_unknown")) | (counted & ~surely)).alias("affair_unknown"),
        *[(surely & nw.col(f"covers_{code}")).alias(f"covers_{code}") for code in rules.basic_service_affairs],
    )


def _joined(sums: LazyFrame, spd: LazyFrame) -> LazyFrame:
    """The sums with the SPD beside them; stacked and summed, so that a region with either has a row."""
    if spd.implementation != sums.implementation:
        raise ScoreInvalid(
            "it is a frame of {engine}, the submissions are one of {other}.",
            place="spd",
            fix="Give both from the same engine.",
            engine=spd.implementation,
            other=sums.implementation,
        )
    names = spd.collect_schema().names()
    has_bounds = set(SPD_BOUNDS) <= set(names)
    require(names, (*REGION_KEYS, *(SPD_BOUNDS if has_bounds else ("spd_x100",))), "spd")
    bounds = SPD_BOUNDS if has_bounds else ("spd_x100", "spd_x100")
    edition = sums.collect_schema()["edition"]
    rows = spd.select(
        nw.col("region_code"),
        nw.col("edition").cast(edition),
        *[number(0).alias(column) for column in (*SUMS, "services")],
        *[nw.col(given).cast(nw.Int64).alias(column) for given, column in zip(bounds, SPD_BOUNDS, strict=True)],
    )
    stacked = nw.concat([sums, rows], how="vertical").group_by(*REGION_KEYS)
    return stacked.agg(nw.col(*SUMS, "services").sum().cast(nw.Int64), nw.col(*SPD_BOUNDS).max())


def _index(sums: LazyFrame, rules: Rulebook, assumed: Assumptions) -> LazyFrame:
    """The formula, step by step on columns; a null in any step makes null what follows from it."""
    numbers = rules.parameters
    affairs = len(rules.basic_service_affairs)
    least, most = whole(numbers.divisor_minimum.lower), whole(numbers.divisor_minimum.upper)
    maximum_low, maximum_high = x100(numbers.total_maximum.lower), x100(numbers.total_maximum.upper)
    bounded = _with_spd_bounds(_with_maturity_bounds(sums, rules), rules).with_columns(
        at_least("divisor_count", least).alias("divisor_low"),
        at_least("divisor_count", most).alias("divisor_high"),
        at_most(nw.col("services") + nw.col("affair_unknown"), affairs).alias("services_high"),
    )
    bounded = bounded.with_columns(
        _count_expression(rules, "lower", "services").alias("count_lower"),
        _count_expression(rules, "upper", "services_high").alias("count_upper"),
    )
    parts = bounded.with_columns(
        *_mean_and_sid("lower", divisor="divisor_high"),
        *_mean_and_sid("upper", divisor="divisor_low"),
        *_total_and_index("lower", divisor="divisor_high", maximum=maximum_high),
        *_total_and_index("upper", divisor="divisor_low", maximum=maximum_low),
    )
    read = "iid" if assumed.predicate_read_from == "rounded_index" else "cut"
    named = parts.with_columns(
        _predicate(nw.col(f"{read}_lower_x100"), rules).alias("predicate_lower"),
        _predicate(nw.col(f"{read}_upper_x100"), rules).alias("predicate_upper"),
        _coverage(rules).alias("coverage"),
    )
    return named.select(
        *REGION_KEYS,
        "innovation_count",
        "scored_count",
        "rejected_count",
        "quarantined_count",
        single_of("spd_lower_x100", "spd_upper_x100").alias("spd_x100"),
        *SPD_BOUNDS,
        single_of("divisor_low", "divisor_high").alias("divisor"),
        nw.col("services").alias("basic_service_lower"),
        nw.col("services_high").alias("basic_service_upper"),
        single_of("mean_lower", "mean_upper").alias("mean_maturity_x100"),
        nw.col("mean_lower").alias("mean_maturity_lower_x100"),
        nw.col("mean_upper").alias("mean_maturity_upper_x100"),
        single_of("count_lower", "count_upper").alias("count_x100"),
        nw.col("count_lower").alias("count_lower_x100"),
        nw.col("count_upper").alias("count_upper_x100"),
        single_of("sid_lower", "sid_upper").alias("sid_x100"),
        single_of("total_lower", "total_upper").alias("total_x100"),
        single_of("iid_lower_x100", "iid_upper_x100").alias("iid_x100"),
        "iid_lower_x100",
        "iid_upper_x100",
        single_of("predicate_lower", "predicate_upper").alias("predicate"),
        "predicate_lower",
        "predicate_upper",
        "coverage",
        nw.lit(rules.name).alias("rulebook"),
        nw.lit(rules.hash).alias("rulebook_hash"),
        nw.lit(rules.assumption_id(assumed)).alias("assumption_id"),
    )


def _with_maturity_bounds(sums: LazyFrame, rules: Rulebook) -> LazyFrame:
    """Sums of maturity that are out of range, or whose maximum is needed and absent, become null."""
    is_usable = nw.col("outside") == 0
    if rules.parameters.maturity_maximum.is_absent:
        is_usable = is_usable & (nw.col("maturity_unknown") == 0)
    return sums.with_columns(when(is_usable, nw.col(name)).alias(name) for name in ("maturity_lower", "maturity_upper"))


def _with_spd_bounds(sums: LazyFrame, rules: Rulebook) -> LazyFrame:
    """A missing SPD means 0 to its maximum; one outside this range becomes null and is marked."""
    maximum = x100(rules.parameters.spd_maximum.upper)
    lower, upper = nw.col("spd_lower_x100"), nw.col("spd_upper_x100")
    is_missing = lower.is_null() | upper.is_null()
    is_outside = (lower < 0) | (lower > upper)
    if maximum is not None:
        is_outside = is_outside | (upper > maximum)
    marked = sums.with_columns(is_missing.alias("is_spd_missing"), is_outside.fill_null(False).alias("is_spd_outside"))
    least, most = (no_number(), no_number()) if maximum is None else (number(0), number(maximum))
    is_missing, is_outside = nw.col("is_spd_missing"), nw.col("is_spd_outside")
    return marked.with_columns(
        nw.when(is_missing).then(least).otherwise(when(~is_outside, lower)).alias("spd_lower_x100"),
        nw.when(is_missing).then(most).otherwise(when(~is_outside, upper)).alias("spd_upper_x100"),
    )


def _count_expression(rules: Rulebook, side: Literal["lower", "upper"], services: str) -> nw.Expr:
    """The count term in hundredths of one side; without its formula, 0 or its maximum."""
    numbers = rules.parameters
    nothing = number(0)
    if rules.has_count_formula:
        fewest, most = rules.services_required
        weight, cap = x100(getattr(numbers.count_weight, side)), whole(getattr(numbers.count_cap, side))
        is_met = nw.col(services) >= (most if side == "lower" else fewest)
        entering = nw.col("counted_surely" if side == "lower" else "counted")
        some = nw.when(is_met).then(at_most(entering, cap) * weight).otherwise(nothing)
    elif numbers.count_maximum.is_absent:
        some = no_number()
    else:
        some = nothing if side == "lower" else number(x100(numbers.count_maximum.upper))
    return nw.when(nw.col("counted") == 0).then(nothing).otherwise(some)


def _mean_and_sid(side: str, *, divisor: str) -> list[nw.Expr]:
    d, s, w = nw.col(divisor), nw.col(f"maturity_{side}"), nw.col(f"count_{side}")
    return [half_up(s, d).alias(f"mean_{side}"), half_up(w * d + s, d).alias(f"sid_{side}")]


def _total_and_index(side: str, *, divisor: str, maximum: int | None) -> list[nw.Expr]:
    c, d, s, w = nw.col(f"spd_{side}_x100"), nw.col(divisor), nw.col(f"maturity_{side}"), nw.col(f"count_{side}")
    times_divisor = (c + w) * d + s
    index = no_number() if maximum is None else half_up(times_divisor * (100 * MAXIMUM), d * maximum)
    # Bands are in hundredths, so that the index before rounding lies in the band of its hundredths cut off.
    cut = no_number() if maximum is None else times_divisor * (100 * MAXIMUM) // (d * maximum)
    return [
        half_up(times_divisor, d).alias(f"total_{side}"),
        index.alias(f"iid_{side}_x100"),
        cut.alias(f"cut_{side}_x100"),
    ]


def _predicate(iid: nw.Expr, rules: Rulebook) -> nw.Expr:
    named = nw.lit(None, dtype=nw.String)
    for band in rules.predicates:
        if band.lower is not None and band.upper is not None:
            named = nw.when(iid.is_between(x100(band.lower), x100(band.upper))).then(nw.lit(band.code)).otherwise(named)
    return named


def _coverage(rules: Rulebook) -> nw.Expr:
    """What each region lacks, as text; a note that no row of this rulebook can have is not asked for."""
    numbers = rules.parameters
    fewest, most = rules.services_required
    services, high = nw.col("services"), nw.col("services_high")
    tests = {
        coverage.SPD_MISSING: nw.col("is_spd_missing"),
        coverage.SPD_PARTIAL: ~nw.col("is_spd_missing") & (nw.col("spd_lower_x100") != nw.col("spd_upper_x100")),
        coverage.SPD_OUT_OF_RANGE: nw.col("is_spd_outside"),
        coverage.MATURITY_MISSING: nw.col("uncertain") > 0,
        coverage.MATURITY_OUT_OF_RANGE: nw.col("outside") > 0,
        coverage.IN_QUARANTINE: nw.col("quarantined_count") > 0,
        coverage.DIVISOR_INTERVAL: nw.col("divisor_low") != nw.col("divisor_high"),
        coverage.COUNT_WEIGHT_UNKNOWN: nw.col("count_lower").is_null(),
    }
    if rules.has_count_formula:
        turns = ((services < fewest) & (high >= fewest)) | ((services < most) & (high >= most))
        tests[coverage.AFFAIR_MISSING] = (nw.col("counted") > 0) & turns
    if not rules.is_count_rule_single:
        tests[coverage.COUNT_INTERVAL] = nw.col("count_lower") != nw.col("count_upper")
    if numbers.spd_maximum.is_absent:
        tests[coverage.SPD_MAXIMUM_UNKNOWN] = nw.col("is_spd_missing")
    if numbers.maturity_maximum.is_absent:
        tests[coverage.MATURITY_MAXIMUM_UNKNOWN] = nw.col("maturity_unknown") > 0
    if numbers.divisor_minimum.is_absent:
        tests[coverage.DIVISOR_MINIMUM_UNKNOWN] = nw.lit(True)
    if numbers.total_maximum.is_absent:
        tests[coverage.TOTAL_MAXIMUM_UNKNOWN] = nw.lit(True)
    return text_where(tests, {coverage.IN_QUARANTINE: nw.col("quarantined_count")})
