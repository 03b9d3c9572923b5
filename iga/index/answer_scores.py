"""Scores answers: the maturity of each innovation, and the region's own score (SPD), as bounds in whole hundredths."""

from collections.abc import Sequence
from typing import Literal

import narwhals as nw
from narwhals.typing import IntoFrameT

from iga.index.frame_expressions import (
    REGION_KEYS,
    LazyFrame,
    as_given,
    lazy,
    no_number,
    number,
    require,
    single_of,
    when,
)
from iga.rulebook import Rulebook, rules_of
from iga.rules.parts import Group


def score_submissions(
    answers: IntoFrameT,
    rulebook: Rulebook | int | str,
    *,
    keys: Sequence[str] = ("submission_id",),
    missing: Literal["bounds", "zero"] = "bounds",
) -> IntoFrameT:
    """The maturity of each innovation from its answers (sum of weight x level, alternatives once).

    `answers` is any frame that Narwhals reads, lazy or eager. Wide: one row per submission, one level column per group
    of the rulebook (`level_16` .. `level_35`), which is fast. Long: `indicator_number`, `level` and `keys`, one row per
    submission and indicator; of alternatives such as 33a-f the best counts. Returned are a wide frame's own columns, or
    a long frame's `keys`, and maturity_lower_x100, maturity_upper_x100, maturity_x100 (null if these differ) and
    has_invalid_level. A missing level means any level, or 0 with `missing="zero"`; a level that cannot be (outside 0 to
    the top level) puts all answers of its submission in doubt. Under a rulebook without indicators all maturities are
    null. Raises ScoreInvalid for missing columns.

    Formula: all editions since 2021; weights by the edition's rulebook.
    """
    rules, _ = rules_of(rulebook)
    frame = lazy(answers)
    names = frame.collect_schema().names()
    is_wide = any(name.startswith("level_") for name in names)
    if is_wide:
        require(names, [group.column for group in rules.sid_groups], "answers")
    else:
        require(names, (*keys, "indicator_number", "level"), "answers")
        frame = _widened(frame, tuple(keys), rules.sid_groups)
    single = single_of("maturity_lower_x100", "maturity_upper_x100").alias("maturity_x100")
    scored = frame.with_columns(*_points(rules.sid_groups, missing, "maturity")).with_columns(single)
    added = ("maturity_lower_x100", "maturity_upper_x100", "maturity_x100", "has_invalid_level")
    kept = [name for name in (names if is_wide else keys) if name not in added]
    return as_given(scored.select(*kept, *added), answers)


def score_spd(region_answers: IntoFrameT, rulebook: Rulebook | int | str) -> IntoFrameT:
    """The region's own score (SPD) from its answers, per region_code and edition.

    `region_answers` is a long frame: region_code, edition, indicator_number, level, and points_x100 where a total is
    stated instead (indicator_number "TOTAL"). Returned are spd_lower_x100, spd_upper_x100, spd_x100 (null if these
    differ), stated_total_x100 and has_invalid_level. A line without an answer means any level; a level that cannot be
    puts all lines in doubt. The lines count where all are answered, else the stated total, else their bounds; under a
    rulebook without SPD lines only the total counts. Raises ScoreInvalid for missing columns.

    Formula: edition 2026, Lampiran I of letter 400.10.11/1887/BSKDN; of earlier editions only the maximum is known.
    """
    rules, _ = rules_of(rulebook)
    frame = lazy(region_answers)
    names = frame.collect_schema().names()
    require(names, (*REGION_KEYS, "indicator_number", "level"), "region_answers")
    stated = nw.col("points_x100").cast(nw.Int64) if "points_x100" in names else no_number()
    frame = frame.with_columns(when(nw.col("indicator_number") == "TOTAL", stated).alias("stated_total_x100"))
    wide = _widened(frame, REGION_KEYS, rules.spd_groups, nw.col("stated_total_x100").max())
    lines = wide.with_columns(*_points(rules.spd_groups, "bounds", "spd"))
    chosen = lines.with_columns(*[_lines_or_total(side).alias(f"spd_{side}_x100") for side in ("lower", "upper")])
    scored = chosen.select(
        *REGION_KEYS,
        "spd_lower_x100",
        "spd_upper_x100",
        single_of("spd_lower_x100", "spd_upper_x100").alias("spd_x100"),
        "stated_total_x100",
        "has_invalid_level",
    )
    return as_given(scored, region_answers)


def _lines_or_total(side: str) -> nw.Expr:
    """The bound by the lines where all are answered or no total is stated, else the stated total."""
    total = nw.col("stated_total_x100")
    is_whole = (nw.col("spd_lower_x100") == nw.col("spd_upper_x100")).fill_null(False)
    return nw.when(is_whole | total.is_null()).then(nw.col(f"spd_{side}_x100")).otherwise(total)


def _widened(frame: LazyFrame, keys: Sequence[str], groups: Sequence[Group], *more: nw.Expr) -> LazyFrame:
    """Long answers as one row per key and one level column per group: the best level among its alternatives."""
    best = [
        when(nw.col("indicator_number").is_in(list(group.numbers)), nw.col("level")).max().alias(group.column)
        for group in groups
    ]
    if not best and not more:
        return frame.select(*keys).unique()
    return frame.group_by(*keys).agg(*best, *more)


def _points(groups: Sequence[Group], missing: str, name: str) -> list[nw.Expr]:
    """The bounds of the points that level columns give, in hundredths; null where no group is known."""
    if not groups:
        unknown = [no_number().alias(f"{name}_{side}_x100") for side in ("lower", "upper")]
        return [*unknown, nw.lit(False).alias("has_invalid_level")]
    # A level that cannot be is most often a shifted column or points in place of levels: none of the row is believed.
    is_invalid = nw.any_horizontal(
        *[_is_outside(_levels(groups, top=top), top) for top in sorted({group.top_level for group in groups})],
        ignore_nulls=True,
    )
    weights = sorted({group.weight_x100 for group in groups})
    tops = sorted({_top(group) for group in groups})
    lower = nw.sum_horizontal(*[_sum(_levels(groups, weight=weight)) * weight for weight in weights])
    unanswered = nw.sum_horizontal(*[_sum(_levels(groups, points=top).is_null()) * top for top in tops])
    upper = lower if missing == "zero" else lower + unanswered
    everything = sum(_top(group) for group in groups)
    return [
        nw.when(is_invalid).then(number(0)).otherwise(lower).cast(nw.Int64).alias(f"{name}_lower_x100"),
        nw.when(is_invalid).then(number(everything)).otherwise(upper).cast(nw.Int64).alias(f"{name}_upper_x100"),
        is_invalid.alias("has_invalid_level"),
    ]


def _levels(
    groups: Sequence[Group], *, top: int | None = None, weight: int | None = None, points: int | None = None
) -> nw.Expr:
    """The level columns of the groups that share a top level, a weight or top points: one step for all of them."""
    return nw.col(
        *[
            group.column
            for group in groups
            if top in (None, group.top_level) and weight in (None, group.weight_x100) and points in (None, _top(group))
        ]
    )


def _top(group: Group) -> int:
    return group.weight_x100 * group.top_level


def _is_outside(columns: nw.Expr, top: int) -> nw.Expr:
    return ((nw.min_horizontal(columns) < 0) | (nw.max_horizontal(columns) > top)).fill_null(False)


def _sum(columns: nw.Expr) -> nw.Expr:
    return nw.sum_horizontal(columns.cast(nw.Int32))
