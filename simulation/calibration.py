"""Holds likely ranges to the hidden truth of simulated nations: how many hold it, how wide they are, how sure they say.

The small runs of the tests and the figures of docs/likely_ranges.md come from the same functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import sqrt

import numpy as np
import polars as pl

from iga.estimate import (
    Above,
    DonorCity,
    LikelyRange,
    NeighbouringSpd,
    Refusal,
    TargetCity,
    audit_sample_range,
    donor_maturity_range,
    donor_range,
    draw_audit_sample,
    index_range,
    probability_above,
)
from iga.index.exact import index_bounds
from iga.index.what_narrows import RegionFacts
from simulation.hidden_truth import Nation, NationPlan, simulated_nation

ALL_SERVICES = 6
"""Simulated cities cover every basic service: the count term is no part of what is not known."""


@dataclass(frozen=True)
class HiddenCity:
    """One city of a nation in the edition that is asked for: as it is seen, and the truth behind it, in points."""

    target: TargetCity
    donor: DonorCity
    region: RegionFacts
    keys: tuple[str, ...]
    hard: tuple[dict[str, Decimal], dict[str, Decimal]]
    maturity: dict[str, Decimal]
    mean: Fraction
    iid: Fraction


@dataclass(frozen=True)
class MeasuredCoverage:
    """How ranges of one kind came out: how many were given and held the truth, how wide they and the bounds are."""

    given: int
    held: int
    refused: int
    width: float
    hard_width: float

    @property
    def share(self) -> float:
        """The share of the given ranges that hold the truth."""
        return self.held / self.given if self.given else 0.0


@dataclass(frozen=True)
class ComparedPair:
    """Two cities of a nation: the probability that the first stands above the second, and whether it does."""

    stated: Above
    is_above: bool


def hidden_cities(nation: Nation) -> tuple[HiddenCity, ...]:
    """Return the cities of a nation in its later edition, in the order of their codes."""
    seasons = nation.seasons.filter(edition=nation.plan.from_edition).partition_by("region_code", as_dict=True)
    spd = {
        (code, edition): Decimal(points) / 100
        for code, edition, points in nation.spd.select("region_code", "edition", "spd_x100").iter_rows()
    }
    return tuple(_hidden_city(str(code), season, spd, nation) for (code,), season in sorted(seasons.items()))


def _hidden_city(code: str, season: pl.DataFrame, spd: dict[tuple[str, int], Decimal], nation: Nation) -> HiddenCity:
    rules, edition, thresholds = nation.walk.target_rules, nation.plan.from_edition, nation.walk.to_edition
    keys = tuple(str(key) for key in season["innovation"])
    points = {name: [Decimal(value) / 100 for value in season[f"{name}_x100"]] for name in _POINTS}
    low, high, truth = (dict(zip(keys, points[name], strict=True)) for name in _POINTS[:3])
    totals, least, most, mapped_low, mapped_high = (
        [float(value) for value in points[name]]
        for name in ("total", "hard_lower", "hard_upper", "mapped_lower", "mapped_upper")
    )
    neighbour = NeighbouringSpd(edition - 1, spd[code, edition - 1], thresholds)
    own = NeighbouringSpd(edition, spd[code, edition], thresholds)
    count, sums = len(keys), tuple(Fraction(sum(each.values())) for each in (low, high, truth))
    iid = index_bounds(
        rules,
        spd=(Fraction(spd[code, edition]),) * 2,
        maturity_sum=(sums[2], sums[2]),
        in_divisor=count,
        counted=count,
        basic_services=(ALL_SERVICES, ALL_SERVICES),
    )
    if iid is None:
        message = f"the rules of {rules.name} give no index"
        raise ValueError(message)
    return HiddenCity(
        TargetCity(code, totals, least, most, thresholds=thresholds, neighbour=neighbour, is_simulated=True),
        DonorCity(code, totals, mapped_low, mapped_high, own, neighbour, is_simulated=True),
        RegionFacts(None, (sums[0], sums[1]), count, count, (ALL_SERVICES, ALL_SERVICES)),
        keys,
        (low, high),
        truth,
        sums[2] / count,
        iid[0],
    )


_POINTS = ("hard_lower", "hard_upper", "maturity", "total", "mapped_lower", "mapped_upper")


def audited(city: HiddenCity, draw: int, seed: int) -> LikelyRange | Refusal:
    """Return the mean maturity of a city by an audit sample: what was drawn is read as it truly is."""
    drawn = draw_audit_sample(city.keys, draw, seed)
    read = {key: city.maturity[key] for key in drawn}
    return audit_sample_range(*city.hard, read, drawn, len(city.keys), is_simulated=True)


def audit_coverage(nation: Nation, draw: int, seeds: Sequence[int]) -> MeasuredCoverage:
    """Return how many audit samples hold the true mean maturity; widths in index points, the SPD apart."""
    rules, found = nation.walk.target_rules, []
    per_point = Fraction(100) / Fraction(rules.parameters.total_maximum.value or 1)
    for city in hidden_cities(nation):
        found += [(audited(city, draw, seed), city.mean) for seed in seeds]
    return _coverage(found, float(per_point))


def coverage_of_chosen_samples(nation: Nation, draw: int) -> MeasuredCoverage:
    """Return what the formula of the audit sample gives where a city chooses: its best innovations by the old total.

    This is how it must not be done; it shows what the draw is for. Widths are in points of maturity.
    """
    found: list[tuple[LikelyRange | Refusal, Fraction]] = []
    for city in hidden_cities(nation):
        totals = dict(zip(city.keys, city.donor.totals, strict=True))
        chosen = sorted(city.keys, key=lambda key: -totals[key])[:draw]
        read = {key: city.maturity[key] for key in chosen}
        found.append((audit_sample_range(*city.hard, read, chosen, len(city.keys), is_simulated=True), city.mean))
    return _coverage(found, 1.0)


def coverage_of_independent_innovations(nation: Nation, donors: int) -> MeasuredCoverage:
    """Return how often a range holds the mean maturity that takes innovations of all cities as independent and alike.

    The curve of the donors' very truth by the total, with the error of that many independent innovations: how it must
    not be done. Widths are in points of maturity.
    """
    cities = hidden_cities(nation)
    lent = [
        (total, float(city.maturity[key]))
        for city in cities[:donors]
        for key, total in zip(city.keys, city.donor.totals, strict=True)
    ]
    totals, truths = (np.array(each) for each in zip(*lent, strict=True))
    curve = np.polyfit(totals, truths, 3)
    spread, others = float(np.std(truths - np.polyval(curve, totals))), cities[donors:]
    reaches = [1.645 * spread / sqrt(len(city.keys)) for city in others]
    centres = [float(np.polyval(curve, np.array(city.donor.totals)).mean()) for city in others]
    held = [
        abs(float(city.mean) - centre) <= reach for city, centre, reach in zip(others, centres, reaches, strict=True)
    ]
    hard = sum(float(city.region.maturity_sum[1] - city.region.maturity_sum[0]) / len(city.keys) for city in others)
    return MeasuredCoverage(len(others), sum(held), 0, 2 * sum(reaches) / len(others), hard / len(others))


def donor_coverage(
    nation: Nation,
    donors: int,
    *,
    has_neighbour: bool = True,
    of_index: bool = True,
    targets_of: Nation | None = None,
) -> MeasuredCoverage:
    """Return how many predictions hold the truth: of each city after the first `donors`, by those.

    With `has_neighbour` the SPD comes from the neighbouring edition, else across cities; without `of_index` the mean
    maturity is held to the truth instead of the index. `targets_of` is another nation of as many cities, such as one of
    shifted practice, whose cities are predicted instead. Widths are in points of what is asked.
    """
    cities = hidden_cities(nation)
    asked = cities if targets_of is None else hidden_cities(targets_of)
    lenders, found = [city.donor for city in cities[:donors]], list[tuple[LikelyRange | Refusal, Fraction]]()
    for city in asked[donors:]:
        if of_index:
            found.append((predicted(city, lenders, nation, has_neighbour=has_neighbour), city.iid))
        else:
            found.append((donor_maturity_range(city.target, lenders, is_trial=True), city.mean))
    return _coverage(found, 1.0)


def predicted(
    city: HiddenCity, lenders: Sequence[DonorCity], nation: Nation, *, has_neighbour: bool = True
) -> LikelyRange | Refusal:
    """Return the index that donor cities predict for a city."""
    seen = city.target
    target = TargetCity(
        seen.region_code,
        seen.totals,
        seen.hard_low,
        seen.hard_high,
        thresholds=seen.thresholds,
        neighbour=seen.neighbour if has_neighbour else None,
        is_simulated=True,
    )
    return donor_range(target, lenders, city.region, nation.walk.target_rules, is_trial=True)


def compared_by_donors(nation: Nation, donors: int) -> Iterator[ComparedPair]:
    """Yield every pair of the cities after the first `donors` that those predict."""
    cities = hidden_cities(nation)
    lenders = [city.donor for city in cities[:donors]]
    found = [(predicted(city, lenders, nation), city.iid) for city in cities[donors:]]
    yield from _pairs(found)


def compared_by_samples(nation: Nation, draw: int, seed: int) -> Iterator[ComparedPair]:
    """Yield every pair of cities by the index that their audit samples give beside a known SPD."""
    found: list[tuple[LikelyRange | Refusal, Fraction]] = []
    for city in hidden_cities(nation):
        mean = audited(city, draw, seed)
        if isinstance(mean, Refusal) or city.donor.spd is None or city.donor.spd.points is None:
            continue
        points = Fraction(city.donor.spd.points)
        facts = city.region
        region = RegionFacts(
            (points, points), facts.maturity_sum, facts.in_divisor, facts.counted, facts.basic_services
        )
        found.append((index_range(mean, region, nation.walk.target_rules), city.iid))
    yield from _pairs(found)


def reliability(pairs: Sequence[ComparedPair], edges: Sequence[float]) -> pl.DataFrame:
    """Return how often the first of a pair stands above, by the stated probability: what a reliability diagram shows.

    Columns: end (`lower`, `upper`), from, to (a class of stated probabilities), pairs, stated (their mean), observed.
    A pair is counted both ways round, so that the order of the cities does not matter. The lower end is kept where
    `observed` is not below `stated`, the upper end where it is not above.
    """
    both = [(float(pair.stated.low), float(pair.stated.high), pair.is_above) for pair in pairs]
    both += [(1 - high, 1 - low, not is_above) for low, high, is_above in both]
    frame = pl.DataFrame(both, schema=["lower", "upper", "is_above"], orient="row")
    parts = []
    for end in ("lower", "upper"):
        place = np.searchsorted(np.asarray(edges[1:-1]), frame[end].to_numpy(), side="right")
        parts.append(
            frame.group_by(pl.Series("class", place))
            .agg(
                pl.len().alias("pairs"), pl.col(end).mean().alias("stated"), pl.col("is_above").mean().alias("observed")
            )
            .sort("class")
            .select(
                pl.lit(end).alias("end"),
                pl.col("class").replace_strict(dict(enumerate(edges[:-1])), return_dtype=pl.Float64).alias("from"),
                pl.col("class").replace_strict(dict(enumerate(edges[1:])), return_dtype=pl.Float64).alias("to"),
                "pairs",
                "stated",
                "observed",
            )
        )
    return pl.concat(parts)


def _pairs(found: Sequence[tuple[LikelyRange | Refusal, Fraction]]) -> Iterator[ComparedPair]:
    given = [(each, truth) for each, truth in found if isinstance(each, LikelyRange)]
    for (first, own), (second, other) in combinations(given, 2):
        stated = probability_above(first, second)
        if isinstance(stated, Above):
            yield ComparedPair(stated, own > other)


def _coverage(found: Sequence[tuple[LikelyRange | Refusal, Fraction]], unit: float) -> MeasuredCoverage:
    given = [(each, truth) for each, truth in found if isinstance(each, LikelyRange)]
    held = sum(Fraction(each.low) <= truth <= Fraction(each.high) for each, truth in given)
    count = len(given) or 1
    return MeasuredCoverage(
        len(given),
        held,
        len(found) - len(given),
        sum(float(each.width) for each, _ in given) / count * unit,
        sum(float(each.hard_width) for each, _ in given) / count * unit,
    )


def nation_of(cities: int, seed: int, *, shift: float = 0.0, practice_scale: float = 1.0) -> Nation:
    """Return a nation whose season of 2024 is asked for under 2026."""
    return simulated_nation(NationPlan(cities, seed, 2024, 2026, shift=shift, practice_scale=practice_scale))
