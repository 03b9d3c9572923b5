"""Scores innovations of one edition under the rules of another: bounds of maturity from levels, flags or a total alone.

Levels go through the crosswalk one by one. A total T leaves every combination of levels whose points add up to T; the
lowest and the highest maturity among them, found exactly step by step over the indicators, are its bounds.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import narwhals as nw
from narwhals.typing import IntoFrameT

from iga.index.frame_expressions import LazyFrame, as_given, lazy, number, require, single_of, when
from iga.rules.crosswalk import Crosswalk
from iga.rules.parts import Group

Bounds = tuple[int, int]
Levels = tuple[int, ...]
"""The levels that an indicator may have: one if answered, 1 to the top if only evidence is there, all if nothing."""


def score_mapped(answers: IntoFrameT, walk: Crosswalk, *, keys: Sequence[str] = ("submission_id",)) -> IntoFrameT:
    """The maturity of each innovation under the crosswalk's target, as bounds, from its levels in the source's list.

    `answers` as in `score_submissions`: wide (`level_16` .. of the source's list) or long (`indicator_number`, `level`
    and `keys`; of alternatives the best counts, each mapped by its own row). Returned are the wide frame's columns or
    the `keys`, and maturity_lower_x100, maturity_upper_x100, maturity_x100 and has_invalid_level. A missing level means
    any level; one outside its list puts all answers of its submission in doubt. Raises ScoreInvalid for missing
    columns.
    """
    frame = lazy(answers)
    names = frame.collect_schema().names()
    is_wide = any(name.startswith("level_") for name in names)
    pairs = [(source, target) for source, target in walk.groups if source is not None]
    if is_wide:
        require(names, [source.column for source, _ in pairs], "answers")
    else:
        require(names, (*keys, "indicator_number", "level"), "answers")
        frame = _widened(frame, tuple(keys), walk, pairs)
    bounds = [_bounds(walk, source, target, is_wide) for source, target in walk.groups]
    everything = sum(_top_points(target) for _, target in walk.groups)
    invalid = nw.any_horizontal(*[each[2] for each in bounds], ignore_nulls=True) if bounds else nw.lit(False)
    scored = frame.with_columns(invalid.alias("has_invalid_level"))
    totals = [nw.sum_horizontal(*[each[side] for each in bounds]) if bounds else number(None) for side in (0, 1)]
    doubted = nw.col("has_invalid_level")
    scored = scored.with_columns(
        nw.when(doubted).then(number(0)).otherwise(totals[0]).cast(nw.Int64).alias("maturity_lower_x100"),
        nw.when(doubted).then(number(everything)).otherwise(totals[1]).cast(nw.Int64).alias("maturity_upper_x100"),
    ).with_columns(single_of("maturity_lower_x100", "maturity_upper_x100").alias("maturity_x100"))
    added = ("maturity_lower_x100", "maturity_upper_x100", "maturity_x100", "has_invalid_level")
    kept = [name for name in (names if is_wide else keys) if name not in added]
    return as_given(scored.select(*kept, *added), answers)


def maturity_bounds(walk: Crosswalk, levels: Sequence[Levels], total_x100: int | None) -> Bounds | None:
    """The lowest and the highest maturity (hundredths) under the target, or None if nothing can have these facts.

    `levels` are the levels that each line of `walk.groups` may have in the source's list; `total_x100` is the maturity
    that the source states for all of them, None if it states none. Exact: both ends are reached by some combination.
    """
    return _bounds_by_total(walk, tuple(levels)).get(total_x100)


def residual_bounds(walk: Crosswalk, levels: Sequence[Levels], total_x100: int | None) -> Bounds | None:
    """How wide the bounds of the maturity would still be if the levels were known: the least and the most, hundredths.

    Arguments and None as in `maturity_bounds`.
    """
    return _bounds_by_total(walk, tuple(levels), is_width=True).get(total_x100)


def any_levels(walk: Crosswalk) -> tuple[Levels, ...]:
    """The levels that are possible where nothing but a total is known: all of them."""
    return tuple(tuple(range(source.top_level + 1)) if source else (0,) for source, _ in walk.groups)


@lru_cache(maxsize=4096)
def _bounds_by_total(
    walk: Crosswalk, levels: tuple[Levels, ...], *, is_width: bool = False
) -> Mapping[int | None, Bounds]:
    """For each total that the levels can add up to, the bounds of the mapped maturity; None stands for any total.

    With `is_width` the bounds of the width that remains when each level is known.
    """
    reached: dict[int, Bounds] = {0: (0, 0)}
    for (source, target), possible in zip(walk.groups, levels, strict=True):
        steps = _steps(walk, source, target, possible)
        if is_width:
            steps = [(points, most - least, most - least) for points, least, most in steps]
        further: dict[int, Bounds] = {}
        for total, (low, high) in reached.items():
            for points, least, most in steps:
                known = further.get(total + points)
                found = (low + least, high + most)
                further[total + points] = found if known is None else (min(known[0], found[0]), max(known[1], found[1]))
        reached = further
    if not reached or not walk.groups:
        return {}
    whole = (min(low for low, _ in reached.values()), max(high for _, high in reached.values()))
    by_total: dict[int | None, Bounds] = {None: whole}
    by_total.update(reached.items())
    return by_total


def _steps(walk: Crosswalk, source: Group | None, target: Group, possible: Levels) -> list[tuple[int, int, int]]:
    """Per possible level: the points it has in the source, and the fewest and the most it has in the target."""
    if source is None:
        return [(0, 0, _top_points(target))]
    steps = []
    for level in possible:
        lower, upper = walk.interval(source.number, level)
        steps.append((source.weight_x100 * level, target.weight_x100 * lower, target.weight_x100 * upper))
    return steps


def _bounds(walk: Crosswalk, source: Group | None, target: Group, is_wide: bool) -> tuple[nw.Expr, nw.Expr, nw.Expr]:
    """Expressions for the fewest and the most points of one target line, and whether its level cannot be."""
    if source is None:
        return number(0), number(_top_points(target)), nw.lit(False)
    if is_wide:
        level = nw.col(source.column)
        lower, upper = (_mapped(level, walk, source, source.number, side) for side in (0, 1))
        is_invalid = _is_outside(level, source)
    else:
        lower, upper = nw.col(f"lower_{source.number}"), nw.col(f"upper_{source.number}")
        is_invalid = nw.col(f"invalid_{source.number}")
    weight = target.weight_x100
    return lower.fill_null(0) * weight, upper.fill_null(target.top_level) * weight, is_invalid.fill_null(False)


def _widened(frame: LazyFrame, keys: Sequence[str], walk: Crosswalk, pairs: Sequence[tuple[Group, Group]]) -> LazyFrame:
    """One row per key: per line the best of its alternatives' mapped bounds."""
    level = nw.col("level")
    best = []
    for source, _ in pairs:
        for place, name in enumerate(("lower", "upper")):
            each = [
                when(nw.col("indicator_number") == member, _mapped(level, walk, source, member, place)).max()
                for member in source.numbers
            ]
            best.append(nw.max_horizontal(*each).alias(f"{name}_{source.number}"))
        is_member = nw.col("indicator_number").is_in(list(source.numbers))
        best.append((is_member & _is_outside(level, source).fill_null(False)).max().alias(f"invalid_{source.number}"))
    if not best:
        return frame.select(*keys).unique()
    return frame.group_by(*keys).agg(*best)


def _mapped(level: nw.Expr, walk: Crosswalk, source: Group, member: str, side: int) -> nw.Expr:
    """The lowest (side 0) or highest (side 1) level that a column of levels becomes; null stays null."""
    bounds = [walk.interval(member, each)[side] for each in range(source.top_level + 1)]
    if bounds == list(range(source.top_level + 1)):
        return level.cast(nw.Int64)
    found = number(None)
    for each, bound in enumerate(bounds):
        found = nw.when(level == each).then(number(bound)).otherwise(found)
    return found


def _is_outside(level: nw.Expr, source: Group) -> nw.Expr:
    return (level < 0) | (level > source.top_level)


def _top_points(group: Group) -> int:
    return group.weight_x100 * group.top_level
