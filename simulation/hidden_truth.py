"""Makes nations whose truth is known but hidden: cities that differ, so that a likely range can be held to it.

Answers of one city are alike: they share the city, its practice at each indicator and the quality of the innovation.
Each city has two linked editions of an old list, most innovations in both, an SPD in both, and the levels that the old
answers truly become under the new list: somewhere in the interval that the crosswalk allows, by the practice of the
city. Answers that are drawn independently would let any method pass. Everything is simulated.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from iga.index.answer_scores import score_submissions
from iga.index.score_under_other_rules import any_levels, maturity_bounds, score_mapped
from iga.rulebook import Rulebook
from iga.rules.crosswalk import Crosswalk, crosswalk

Values = NDArray[np.float64]
Levels = NDArray[np.int64]
Random = np.random.Generator


@dataclass(frozen=True)
class NationPlan:
    """What is made: how many cities, from which list to which, the smallest and the largest season, the seed.

    `shift` moves the practice of every city: by that much, on log odds, more of what the new list asks is met.
    `practice_scale` makes cities differ more (above 1) or less at each indicator.
    """

    cities: int
    seed: int
    from_edition: int
    to_edition: int
    fewest: int = 40
    most: int = 320
    shift: float = 0.0
    practice_scale: float = 1.0


@dataclass(frozen=True)
class Nation:
    """Simulated cities with their hidden truth.

    `seasons`: a row per city, edition and innovation: region_code, edition, innovation, `level_<number>` of the old
    list, total_x100, mapped_lower_x100 and mapped_upper_x100 (with the levels known), hard_lower_x100 and
    hard_upper_x100 (with the total alone), and maturity_x100, the truth under the new list. `spd`: region_code,
    edition, spd_x100 under the new list's thresholds, and its levels `line_<number>`.
    """

    plan: NationPlan
    walk: Crosswalk
    seasons: pl.DataFrame
    spd: pl.DataFrame


@dataclass(frozen=True)
class _City:
    """What a city does in one edition: overall, at each indicator, and at each step that a new list asks."""

    overall: float
    practice: Values
    mapping: Values


@cache
def spreads() -> Mapping[str, Mapping[str, Any]]:
    """Return how much cities, indicators, innovations and editions differ, from ``nation.toml``."""
    return tomllib.loads(files("simulation").joinpath("nation.toml").read_text(encoding="utf-8"))


def simulated_nation(plan: NationPlan) -> Nation:
    """Return the cities of a plan, in two editions each: `from_edition` and the one before it.

    The same plan gives the same nation. Raises RulebookNotFound for an edition without rules, ValueError where the old
    list has no levels.
    """
    walk = crosswalk(plan.from_edition, plan.to_edition)
    if walk.source_rules is None:
        message = f"edition {plan.from_edition} has no list of levels"
        raise ValueError(message)
    random = np.random.default_rng(plan.seed)
    difficulty = random.normal(0, spreads()["answers"]["difficulty"], len(walk.groups))
    seasons, region_scores = [], []
    for place in range(plan.cities):
        code = region_code_of(place)
        for edition, frame in _linked_seasons(plan, walk, difficulty, random):
            seasons.append(frame.select(pl.lit(code).alias("region_code"), pl.lit(edition).alias("edition"), pl.all()))
        region_scores += _linked_spd(code, plan, walk.target_rules, random)
    return Nation(plan, walk, _scored(pl.concat(seasons), walk), pl.DataFrame(region_scores))


def region_code_of(place: int) -> str:
    """Return the code of the city at a place, counted from 0; no region bears such a code."""
    return f"simulasi-{place + 1:03}"


def levels_of(latent: Values, cuts: Values) -> Levels:
    """Return the level of each latent value: how many of the cuts it reaches."""
    levels: Levels = (latent[..., None] >= cuts).sum(axis=-1)
    return levels


def answered_levels(overall: float, by_indicator: Values, quality: Values, noise: Values) -> Levels:
    """Return the levels of innovations (rows) at indicators (columns) before any top level cuts them.

    `overall` is what the city does at all of them, `by_indicator` its practice less the indicator's difficulty,
    `quality` that of each innovation, on the scale of `noise`, whose spread is 1.
    """
    answers = spreads()["answers"]
    latent = overall + by_indicator + answers["quality"] * quality[:, None] + noise
    return levels_of(latent, np.array(answers["cuts"]))


def _linked_seasons(
    plan: NationPlan, walk: Crosswalk, difficulty: Values, random: Random
) -> list[tuple[int, pl.DataFrame]]:
    """The two editions of one city: the later one has most innovations of the earlier one, of kindred quality."""
    links = spreads()["editions"]
    city = _new_city(plan, len(difficulty), random)
    count = round(float(np.exp(random.uniform(np.log(plan.fewest), np.log(plan.most)))))
    keys, quality = np.arange(count), random.normal(size=count)
    made = []
    for edition in (plan.from_edition - 1, plan.from_edition):
        made.append((edition, _season(keys, quality, city, plan, walk, difficulty, random)))
        is_carried = random.random(count) < links["carried"]
        kept = links["quality_kept"]
        moved = kept * quality + np.sqrt(1 - kept**2) * random.normal(size=count)
        quality = np.where(is_carried, moved, random.normal(size=count))
        keys = np.where(is_carried, keys, keys + count)
        city = _later(city, _new_city(plan, len(difficulty), random), links["city_kept"])
    return made


def _new_city(plan: NationPlan, indicators: int, random: Random) -> _City:
    answers, mapping = spreads()["answers"], spreads()["mapping"]
    return _City(
        random.normal(0, answers["city"]),
        random.normal(0, answers["practice"] * plan.practice_scale, indicators),
        random.normal(0, mapping["practice"] * plan.practice_scale, indicators),
    )


def _later(city: _City, other: _City, kept: float) -> _City:
    new = np.sqrt(1 - kept**2)
    return _City(
        kept * city.overall + new * other.overall,
        kept * city.practice + new * other.practice,
        kept * city.mapping + new * other.mapping,
    )


def _season(
    keys: NDArray[np.int64],
    quality: Values,
    city: _City,
    plan: NationPlan,
    walk: Crosswalk,
    difficulty: Values,
    random: Random,
) -> pl.DataFrame:
    """One city and edition: the levels of the old list, and what they truly are in the new one (`new_<number>`)."""
    noise = random.normal(size=(len(keys), len(difficulty)))
    old = answered_levels(city.overall, city.practice - difficulty, quality, noise)
    share = 1 / (1 + np.exp(-(city.mapping + plan.shift)))
    columns: dict[str, Levels] = {"innovation": keys}
    for place, (source, target) in enumerate(walk.groups):
        if source is None:
            low, high = np.zeros(len(keys), dtype=np.int64), np.full(len(keys), target.top_level)
        else:
            levels = np.minimum(old[:, place], source.top_level)
            bounds = np.array([walk.interval(source.number, level) for level in range(source.top_level + 1)])
            columns[source.column] = levels
            low, high = bounds[levels, 0], bounds[levels, 1]
        columns[f"new_{target.number}"] = low + random.binomial(high - low, share[place])
    return pl.DataFrame(columns)


def _scored(seasons: pl.DataFrame, walk: Crosswalk) -> pl.DataFrame:
    """The old total, the maturity with levels known and with the total alone, and the truth, by the index's kernels."""
    source = walk.source_rules
    if source is None:
        return seasons
    keys = ["region_code", "edition", "innovation"]
    named = {f"new_{target.number}": target.column for _, target in walk.groups}
    old = seasons.drop(*named)
    total = score_submissions(old, source)["maturity_x100"].alias("total_x100")
    mapped = score_mapped(old, walk)
    new = seasons.select(*keys, *[pl.col(name).alias(column) for name, column in named.items()])
    truth = score_submissions(new, walk.target_rules)["maturity_x100"]
    reached = {each: maturity_bounds(walk, any_levels(walk), each) for each in total.unique().to_list()}
    hard = [reached[each] or (None, None) for each in total.to_list()]
    return old.with_columns(
        total,
        mapped["maturity_lower_x100"].alias("mapped_lower_x100"),
        mapped["maturity_upper_x100"].alias("mapped_upper_x100"),
        pl.Series("hard_lower_x100", [low for low, _ in hard], dtype=pl.Int64),
        pl.Series("hard_upper_x100", [high for _, high in hard], dtype=pl.Int64),
        truth,
    )


def _linked_spd(code: str, plan: NationPlan, rules: Rulebook, random: Random) -> list[dict[str, Any]]:
    """The SPD of one city in its two editions: some lines are measured anew, the others stay."""
    spd = spreads()["spd"]
    groups, cuts = rules.spd_groups, np.array(spd["cuts"])
    overall = random.normal(0, spd["city"])
    latent = overall + random.normal(size=len(groups))
    made = []
    for edition in (plan.from_edition - 1, plan.from_edition):
        levels = [
            min(int(level), group.top_level) for level, group in zip(levels_of(latent, cuts), groups, strict=True)
        ]
        points = sum(group.weight_x100 * level for level, group in zip(levels, groups, strict=True))
        lines = {f"line_{group.number}": level for level, group in zip(levels, groups, strict=True)}
        made.append({"region_code": code, "edition": edition, "spd_x100": points, **lines})
        anew = overall + random.normal(size=len(groups))
        latent = np.where(random.random(len(groups)) < spd["changed"], anew, latent)
    return made
