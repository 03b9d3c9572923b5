"""The maturity of submissions under a rulebook, as bounds, from what their sources state: total, levels or flags."""

from __future__ import annotations

import polars as pl

from iga.index.score_under_other_rules import Levels, any_levels, maturity_bounds, score_mapped
from iga.rules.crosswalk import Crosswalk
from iga.rules.parts import Group
from iga.score import score_submissions

BOUNDS = ("maturity_lower_x100", "maturity_upper_x100")

BASES = ("stated", "levels", "flags", "total", "none")
"""What the maturity rests on: the source's own total, its levels, flags of completeness, a total alone, nothing."""


def maturity_of(submissions: pl.DataFrame, answers: pl.DataFrame, kind: str, walk: Crosswalk) -> pl.DataFrame:
    """The submissions with maturity_lower_x100, maturity_upper_x100, maturity_basis (one of `BASES`) and total_x100.

    ``submissions`` of one edition and ``answers`` of one score kind, as in ``store.submission`` and ``store.answer``;
    only regions that have this score kind are returned. Under the edition's own rules the maturity is the one that the
    source states, else what its answers give. Under another edition's rules the levels go through the crosswalk; where
    not all are known, a stated total leaves the bounds of all levels that add up to it. An indicator marked complete
    without a level has at least level 1, one marked incomplete has level 0. Stated total and levels that contradict
    each other give the bounds of both.
    """
    stated = pl.col(f"{kind}_score_x100")
    known = readable_answers(answers, walk)
    # Semi-joins: the same set looked up inside a window would be built once per region.
    answering = submissions.join(known, on="submission_id", how="semi").select("region_code", "edition")
    stating = submissions.filter(stated.is_not_null()).select("region_code", "edition")
    with_kind = pl.concat([answering, stating]).unique()
    scored = submissions.join(with_kind, on=["region_code", "edition"], how="semi", maintain_order="left")
    return _maturity(scored, known, kind, walk)


def maturity_of_all(submissions: pl.DataFrame, answers: pl.DataFrame, kind: str, walk: Crosswalk) -> pl.DataFrame:
    """The same for all submissions, also those of regions in which nothing states this score kind."""
    return _maturity(submissions, readable_answers(answers, walk), kind, walk)


def _maturity(scored: pl.DataFrame, known: pl.DataFrame, kind: str, walk: Crosswalk) -> pl.DataFrame:
    if scored.is_empty():
        return _with_bounds(scored, [], kind)
    if walk.from_edition == walk.to_edition:
        return _own(scored, known, kind, walk)
    if not walk.target_rules.sid_groups:
        return _with_bounds(scored, [(None, None, "none")] * scored.height, kind)
    return _foreign(scored, known, kind, walk)


def readable_answers(answers: pl.DataFrame, walk: Crosswalk) -> pl.DataFrame:
    """The answers that say something: level, or flag without level; points become levels by the list's weights."""
    groups = walk.source_rules.sid_groups if walk.source_rules else ()
    weights = {number: group.weight_x100 for group in groups for number in group.numbers}
    tops = {number: group.top_level for group in groups for number in group.numbers}
    weight = pl.col("indicator_number").replace_strict(weights, default=None, return_dtype=pl.Int64)
    top = pl.col("indicator_number").replace_strict(tops, default=None, return_dtype=pl.Int64)
    points = pl.col("points_x100").cast(pl.Int64)
    of_points = pl.when((points % weight == 0) & (points // weight <= top)).then(points // weight)
    level = pl.coalesce(pl.col("level").cast(pl.Int64), of_points)
    return answers.with_columns(level.alias("level")).filter(
        pl.col("level").is_not_null() | pl.col("is_complete").is_not_null()
    )


def _own(scored: pl.DataFrame, known: pl.DataFrame, kind: str, walk: Crosswalk) -> pl.DataFrame:
    """Under the edition's own rules: the stated total first, then the answers."""
    totals = scored[f"{kind}_score_x100"].to_list()
    facts = facts_of(known.filter(pl.col("submission_id").is_in(_without(scored, kind).implode())), walk)
    found: list[Found] = []
    for submission, total in zip(scored["submission_id"], totals, strict=True):
        if total is not None:
            found.append((total, total, "stated"))
        elif submission in facts:
            found.append(_of_levels(walk, facts[submission], None))
        else:
            found.append((None, None, "none"))
    return _with_bounds(scored, found, kind)


def _without(scored: pl.DataFrame, kind: str) -> pl.Series:
    return scored.filter(pl.col(f"{kind}_score_x100").is_null())["submission_id"]


Found = tuple[int | None, int | None, str]


def _foreign(scored: pl.DataFrame, known: pl.DataFrame, kind: str, walk: Crosswalk) -> pl.DataFrame:
    """Under another edition's rules: whole answers in one pass, what is incomplete one by one."""
    facts = facts_of(known, walk)
    whole = {submission for submission, levels in facts.items() if all(len(each) == 1 for each in levels)}
    exact = _whole_answers(known.filter(pl.col("submission_id").is_in(list(whole))), walk)
    unknown = any_levels(walk)
    found: list[Found] = []
    for submission, total in zip(scored["submission_id"], scored[f"{kind}_score_x100"], strict=True):
        if submission in exact:
            lower, upper, points = exact[submission]
            contradicted = None if total in (None, points) else maturity_bounds(walk, unknown, total)
            found.append((*_hull((lower, upper), contradicted), "levels"))
        elif submission in facts:
            found.append(_of_levels(walk, facts[submission], total))
        else:
            found.append(_of_levels(walk, unknown, total))
    return _with_bounds(scored, found, kind)


def _of_levels(walk: Crosswalk, levels: tuple[Levels, ...], total: int | None) -> Found:
    """The bounds of possible levels that add up to the total; of both separately if they contradict each other."""
    unknown = any_levels(walk)
    basis = "flags" if levels != unknown else "none" if total is None else "total"
    if levels != unknown and any(len(each) == 1 and each != (0,) for each in levels):
        basis = "levels"
    found = maturity_bounds(walk, levels, total)
    if found is None:
        by_levels, by_total = maturity_bounds(walk, levels, None), maturity_bounds(walk, unknown, total)
        # A total that no levels add up to says nothing that could be mapped.
        found = by_levels if by_total is None or by_levels is None else _hull(by_levels, by_total)
    return (*found, basis) if found else (None, None, "none")


def _hull(first: tuple[int, int], second: tuple[int, int] | None) -> tuple[int, int]:
    return first if second is None else (min(first[0], second[0]), max(first[1], second[1]))


def _whole_answers(known: pl.DataFrame, walk: Crosswalk) -> dict[str, tuple[int, int, int]]:
    """Of submissions whose levels are all known: mapped bounds, and their points in their own list."""
    if known.is_empty() or walk.source_rules is None:
        return {}
    long = known.select("submission_id", "indicator_number", "level")
    mapped = pl.DataFrame(score_mapped(long, walk)).select("submission_id", *BOUNDS)
    own = pl.DataFrame(score_submissions(long, walk.source_rules)).select(
        "submission_id", pl.col("maturity_lower_x100").alias("points")
    )
    rows = mapped.join(own, on="submission_id").iter_rows()
    return {submission: (lower, upper, points) for submission, lower, upper, points in rows}


def facts_of(known: pl.DataFrame, walk: Crosswalk) -> dict[str, tuple[Levels, ...]]:
    """The levels that each line of the crosswalk may have, for every submission with a readable answer."""
    sources = [source for source, _ in walk.groups]
    place = {number: index for index, source in enumerate(sources) if source for number in source.numbers}
    found: dict[str, list[Levels]] = {}
    unknown = list(any_levels(walk))
    rows = known.select("submission_id", "indicator_number", "level", "is_complete").iter_rows()
    for submission, number, level, is_complete in rows:
        levels = found.setdefault(submission, list(unknown))
        if number not in place:
            continue
        source = sources[place[number]]
        if source is not None:
            stated = _possible(source, level, is_complete)
            before = levels[place[number]]
            # Of alternatives the best counts: the levels that the best of both may have.
            is_first = before == unknown[place[number]]
            levels[place[number]] = stated if is_first else _best(before, stated)
    return {submission: tuple(levels) for submission, levels in found.items()}


def _possible(source: Group, level: int | None, is_complete: bool | None) -> Levels:
    everything = tuple(range(source.top_level + 1))
    if level is not None:
        return (level,) if level in everything else everything
    return everything[1:] if is_complete else (0,)


def _best(first: Levels, second: Levels) -> Levels:
    return tuple(sorted({max(one, other) for one in first for other in second}))


def _with_bounds(scored: pl.DataFrame, found: list[Found], kind: str) -> pl.DataFrame:
    columns = list(zip(*found, strict=True)) if found else [(), (), ()]
    types = (pl.Int64, pl.Int64, pl.String)
    names = (*BOUNDS, "maturity_basis")
    return scored.with_columns(
        *[pl.Series(name, column, dtype=dtype) for name, column, dtype in zip(names, columns, types, strict=True)],
        pl.col(f"{kind}_score_x100").cast(pl.Int64).alias("total_x100"),
    )
