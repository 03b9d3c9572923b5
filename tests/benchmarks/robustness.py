"""How fast ranks are put to the test: weight draws against a pandas loop, four factors at once, ten thousand units.

    python -m tests.benchmarks.robustness

prints one line per comparison. The loop does for each draw what a tool does that rebuilds the index from its inputs:
merge the drawn weights to the answers of all innovations, sum, average per region, add SPD and count term, round, rank.
A second loop is kinder: it starts from mean levels that have been computed once. The results of both are compared.
"""

from __future__ import annotations

import resource
import time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from iga.composite import Hierarchy, IndicatorTable, Recipe, build_index, hierarchy_of, indicator_table
from iga.robustness import (
    IndexUncertainty,
    Robustness,
    WeightPerturbation,
    analyse_recipes,
    analyse_robustness,
    claims_of,
    draw_hierarchy_weights,
    region_profiles,
    weighted_scores,
)
from iga.rulebook import Rulebook, load_rulebook

REGIONS, INNOVATIONS, DRAWS = 546, 60, 10_000
LOOPED = 20
"""Draws of which the loops' time is measured; that of all draws is this many times longer."""
SEED = 2026


def run(regions: int = REGIONS, innovations: int = INNOVATIONS, draws: int = DRAWS) -> list[dict[str, Any]]:
    """One row per comparison: name, ours_s, alternative, alternative_s, ratio. Raises ValueError if ranks differ."""
    rules = load_rulebook("2026")
    submissions, region_answers = national_edition(rules, regions, innovations)
    start = time.perf_counter()
    profiles = region_profiles(submissions, rules, region_answers=region_answers)
    uncertainty = IndexUncertainty(weights=WeightPerturbation("percent", indicator=0.25), is_missing_drawn=False)
    analysis = analyse_robustness(profiles, uncertainty, draws=draws, seed=SEED)
    analysis.claims.intervals()
    ours = time.perf_counter() - start
    lines = [*rules.spd_groups, *rules.sid_groups]
    indicators = len({line.number.rstrip("abcdef") for line in lines}) + 1
    size = f"{regions} regions, {indicators} indicators in {len(lines) + 1} lines, {draws} weight draws"
    rebuilt, kind = _loops(analysis, submissions, region_answers, rules)
    told = f" (from {LOOPED} draws)"
    rows = [
        _row(f"ranks and intervals ({size})", ours, f"pandas loop, index rebuilt from answers{told}", rebuilt * draws),
        _row(f"ranks and intervals ({size})", ours, f"pandas loop on mean levels computed once{told}", kind * draws),
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows[0]["note"] = f"peak memory of this process {peak:.0f} MiB, loops included"
    return [*rows, recipe_row(), *claims_rows()]


def national_edition(rules: Rulebook, regions: int, innovations: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Random levels of every innovation and of every region's own lines."""
    chance = np.random.default_rng(SEED)
    count = regions * innovations
    codes = np.array([f"{code:04}" for code in range(regions)])
    skill = chance.beta(4, 3, regions)
    levels = {group.column: chance.binomial(3, np.repeat(skill, innovations)) for group in rules.sid_groups}
    submissions = pl.DataFrame(
        {
            "submission_id": np.arange(count),
            "region_code": np.repeat(codes, innovations),
            "edition": np.full(count, 2026),
            "main_affair_code": np.tile([f"{1 + place % 38:02}" for place in range(innovations)], regions),
            **levels,
        }
    )
    numbers = [group.number for group in rules.spd_groups]
    region_answers = pl.DataFrame(
        {
            "region_code": np.repeat(codes, len(numbers)),
            "edition": np.full(regions * len(numbers), 2026),
            "indicator_number": numbers * regions,
            "level": chance.integers(0, 4, regions * len(numbers)),
        }
    )
    return submissions, region_answers


def _loops(
    analysis: Robustness, submissions: pl.DataFrame, region_answers: pl.DataFrame, rules: Rulebook, draws: int = LOOPED
) -> tuple[float, float]:
    """Seconds per draw of both loops, whose ranks must be ours."""
    model = analysis.model
    block = np.random.default_rng(SEED).spawn(1)[0]
    drawn = model.draw(draws, block)
    ours = model.evaluate(drawn)
    columns = [group.column for group in rules.sid_groups]
    long = submissions.unpivot(index=["submission_id", "region_code"], on=columns, variable_name="line").to_pandas()
    spd = region_answers.to_pandas()
    start = time.perf_counter()
    rebuilt = [_rebuilt(long, spd, drawn.sid_weights[d], drawn.spd_weights[d], rules) for d in range(draws)]
    rebuilt_s = (time.perf_counter() - start) / draws
    means = submissions.group_by("region_code").agg(pl.col(columns).mean()).sort("region_code")
    levels = means.to_pandas().set_index("region_code")
    lines = spd.pivot(index="region_code", columns="indicator_number", values="level")
    lines = lines[[group.number for group in rules.spd_groups]]
    count = 0.38 * submissions.to_pandas().groupby("region_code")["submission_id"].count()
    start = time.perf_counter()
    for d in range(draws):
        total = (levels * drawn.sid_weights[d]).sum(axis=1) + (lines * drawn.spd_weights[d]).sum(axis=1) + count
        (total / 2.5).round(2).rank(method="min", ascending=False)
    kind_s = (time.perf_counter() - start) / draws
    for d in range(draws):
        expected = pd.Series(ours[d]).rank(method="min", ascending=False).to_numpy()
        if np.abs(rebuilt[d].to_numpy() - expected).max() > 1:
            raise ValueError("ranks and loop disagree")
    return rebuilt_s, kind_s


def _rebuilt(long: pd.DataFrame, spd: pd.DataFrame, sid: Any, lines: Any, rules: Rulebook) -> pd.Series:
    weights = pd.DataFrame({"line": [group.column for group in rules.sid_groups], "weight": sid})
    answers = long.merge(weights, on="line")
    answers["points"] = answers["value"] * answers["weight"]
    maturity = answers.groupby(["region_code", "submission_id"], as_index=False)["points"].sum()
    regions = maturity.groupby("region_code")["points"].agg(["sum", "size"])
    spd_weights = pd.DataFrame({"indicator_number": [g.number for g in rules.spd_groups], "weight": lines})
    own = spd.merge(spd_weights, on="indicator_number")
    own["points"] = own["level"] * own["weight"]
    total = own.groupby("region_code")["points"].sum() + regions["sum"] / regions["size"].clip(lower=12)
    total = total + 0.38 * regions["size"].clip(upper=200)
    return (total / 2.5).round(2).rank(method="min", ascending=False)


def recipe_row(units: int = 51, indicators: int = 49, draws: int = 1000) -> dict[str, Any]:
    """Four factors on a table of the size of a known example (51 units, 49 indicators), with exact Sobol indices."""
    chance = np.random.default_rng(SEED)
    skill = chance.normal(size=(units, 1))
    values = np.exp(0.5 * skill + chance.normal(size=(units, indicators)))
    names = [f"I{place:02}" for place in range(indicators)]
    table = indicator_table(
        pl.DataFrame({"unit": [f"U{u:02}" for u in range(units)]}).with_columns(
            pl.Series(name, values[:, place]) for place, name in enumerate(names)
        ),
        unit="unit",
    )
    pillars = [f"P{place}" for place in range(7)]
    hierarchy = hierarchy_of(
        pl.DataFrame(
            {
                "code": [*names, *pillars, "index"],
                "parent": [*[pillars[place % 7] for place in range(indicators)], *["index"] * 7, None],
            }
        ),
        weight=None,
        direction=None,
    )
    normalisations, sets = ("minmax", "zscore", "percentile"), 50
    start = time.perf_counter()
    analysis = analyse_recipes(table, hierarchy, normalisation=normalisations, weights=sets, draws=draws, seed=SEED)
    analysis.claims.intervals()
    seconds = time.perf_counter() - start
    combinations = int(np.prod(analysis.grid.shape[:-1]))
    name = f"{units} units x {indicators} indicators, 4 factors, {draws} draws, Sobol exact over {combinations}"
    return _row(
        name, seconds, "the index rebuilt for each draw (from 20 draws)", _rebuilt_recipes(table, hierarchy) * draws
    )


def claims_rows(units: int = 10_000, indicators: int = 100, draws: int = 1000) -> list[dict[str, Any]]:
    """Scores, ranks and all intervals of very many units, and their neighbouring pairs, in processor time.

    The alternative has the same scores: pandas ranks each draw and takes quantiles of ranks; each pair is compared on
    its own. Raises ValueError if ranks or probabilities differ.
    """
    chance = np.random.default_rng(SEED)
    values = chance.normal(size=(units, 1)) + chance.normal(size=(units, indicators))
    names = [f"I{place:03}" for place in range(indicators)]
    columns = {name: values[:, place] for place, name in enumerate(names)}
    table = indicator_table(pl.DataFrame({"unit": range(units), **columns}), unit="unit")
    codes, parents = [*names, *"ABCDE", "index"], [*("ABCDE"[place % 5] for place in range(indicators)), *["index"] * 5]
    hierarchy = hierarchy_of(pl.DataFrame({"code": codes, "parent": [*parents, None]}), weight=None, direction=None)
    start = time.process_time()
    scores = weighted_scores(table, hierarchy, draw_hierarchy_weights(hierarchy, 0.25, draws, chance))
    claims = claims_of(scores, {"unit": range(units)})
    claims.intervals()
    ours = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    neighbours = pl.DataFrame(claims.neighbours())
    ours_of_pairs = time.process_time() - start
    start = time.process_time()
    ranks = pd.DataFrame(scores).rank(axis=1, method="min", ascending=False)
    ranks.quantile([0.05, 0.5, 0.95], interpolation="lower")
    of_pandas = time.process_time() - start
    pairs = list(zip(neighbours["unit"], neighbours["other_unit"], strict=True))
    start = time.process_time()
    alone = [float((scores[:, a] > scores[:, b]).mean()) for a, b in pairs]
    one_by_one = time.process_time() - start
    if not (ranks.to_numpy() == claims.ranks).all() or alone != neighbours["probability"].to_list():
        raise ValueError("pandas and the claims disagree")
    size = f"{units} units x {indicators} indicators, {draws} draws"
    rows = [
        _row(f"scores, ranks, all intervals ({size})", ours, "pandas rank and quantile, scores given", of_pandas),
        _row(f"all neighbouring pairs ({size})", ours_of_pairs, "a comparison of two columns for each", one_by_one),
    ]
    rows[0]["note"] = f"processor time; peak memory of this process until then {peak:.0f} MiB"
    return rows


def _rebuilt_recipes(table: IndicatorTable, hierarchy: Hierarchy, repeats: int = LOOPED) -> float:
    """Seconds per draw when each draw treats, normalises, weighs and aggregates anew, as published tools do."""
    chance = np.random.default_rng(SEED)
    sets = draw_hierarchy_weights(hierarchy, 0.25, repeats, chance)
    start = time.perf_counter()
    for place, weights in enumerate(sets):
        outliers = ("winsorise", None)[place % 2]
        recipe = Recipe(outliers=outliers, aggregation=("arithmetic", "geometric")[place % 2])  # type: ignore[arg-type]
        _ = build_index(table, hierarchy.with_weights(weights), recipe).ranks
    return (time.perf_counter() - start) / repeats


def _row(name: str, ours_s: float, alternative: str, alternative_s: float) -> dict[str, Any]:
    ratio = alternative_s / ours_s
    return {"name": name, "ours_s": ours_s, "alternative": alternative, "alternative_s": alternative_s, "ratio": ratio}


if __name__ == "__main__":
    for row in run():
        print(row["name"], "|", row.get("note", ""))
        print(f"  {row['ours_s']:.2f} s; {row['alternative']}: {row['alternative_s']:.0f} s; x{row['ratio']:.0f}")
