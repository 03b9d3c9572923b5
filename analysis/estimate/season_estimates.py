"""What may be said of a season's index beside its bounds: published facts, scenarios, an audit sample, other cities.

Each estimate is computed when it is asked for, from the snapshot and the home, and stored nowhere: bounds are proofs,
estimates are not. Those that cannot be given come with the reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from analysis.estimate.donor_seasons import cities_with_levels, donor_cities, target_city
from analysis.estimate.drawn_sample import Levels, SampleState, read_sample, sampled_population
from analysis.estimate.published_parts import facts_of_edition
from analysis.index.recompute import Scored, Stored, entering_index, region_facts, scored_season
from iga.estimate import (
    DonorCity,
    LikelyRange,
    Refusal,
    Scenario,
    audit_sample_range,
    deterministic_bounds,
    donor_range,
    index_range,
    named_scenarios,
)
from iga.estimate.donor_cities import usable_donors
from iga.estimate.formula_bounds import decimal_above, decimal_below
from iga.index.exact import divisor_bounds
from iga.index.what_narrows import RegionFacts
from iga.rulebook import Rulebook, Rulebooks
from warehouse.snapshot import Snapshot

KnownDonors = dict[tuple[int, str, str], tuple[DonorCity, ...]]
"""The donor cities of an edition, rulebook and score kind that were read already: they are the same for every city."""


@dataclass(frozen=True)
class SeasonEstimate:
    """An estimate of a season under a rulebook, or why it is refused.

    `variant` tells estimates of one kind apart: the reading of the published counts, or the name of the scenario.
    """

    region_code: str
    edition: int
    rulebook: str
    score_kind: str
    found: LikelyRange | Refusal
    variant: str = ""
    statement_ids: tuple[str, ...] = ()
    seed: int | None = None
    is_simulated: bool = False
    hard: tuple[Decimal | None, Decimal | None] = (None, None)
    """the bounds of the index"""


@dataclass(frozen=True)
class _Season:
    """A season under one rulebook, as the estimates read it."""

    snapshot: Snapshot
    stored: Stored
    scored: Scored
    region_code: str
    edition: int
    kind: str
    is_simulated: bool
    donors: KnownDonors

    @property
    def rules(self) -> Rulebook:
        return self.scored.walk.target_rules


def season_estimates(
    snapshot: Snapshot,
    stored: Stored,
    row: Mapping[str, Any],
    changes: Mapping[str, object] | None = None,
    donors: KnownDonors | None = None,
) -> list[SeasonEstimate]:
    """Return the estimates of one row of the index, in the order of what they rest on; none for a single value.

    `row` has the columns of `index_under` for `stored` and `changes`. `donors` keeps what was read for other cities.
    """
    if row["iid"] is not None:
        return []
    rules = snapshot.rulebooks.of(row["rulebook"])
    assumptions = rules.assume(**dict(changes or {}))
    place = row["region_code"], row["edition"], row["score_kind"]
    scored = scored_season(stored, *place, rules, assumptions)
    season = _Season(snapshot, stored, scored, *place, bool(row["is_simulated"]), {} if donors is None else donors)
    facts = region_facts(scored)
    told = SeasonEstimate(row["region_code"], row["edition"], rules.name, row["score_kind"], Refusal("scenario", ""))
    told = replace(told, is_simulated=season.is_simulated, hard=(row["iid_lower"], row["iid_upper"]))
    found: list[SeasonEstimate] = []
    if not rules.has_count_formula:
        found += [replace(told, **each) for each in _by_published_facts(season, facts)]
        found += [replace(told, **each) for each in _by_scenarios(season, facts)]
    if _has_open_maturities(scored):
        found += [replace(told, **each) for each in _by_sample(season, facts)]
        found += [replace(told, **each) for each in _by_donors(season, facts)]
    return found


def _by_published_facts(season: _Season, facts: RegionFacts | None) -> Iterator[dict[str, Any]]:
    edition = season.rules.edition  # the rule that is not known is the rulebook's, whatever season is read by it
    readings = facts_of_edition(season.snapshot, edition)
    if not readings:
        yield {"found": Refusal.of("deterministic", "no_published_facts", edition=edition)}
    for reading in readings:
        if facts is None:
            found: LikelyRange | Refusal = Refusal.of("deterministic", "bounds_unknown", edition=edition)
        else:
            found = deterministic_bounds(reading.facts, facts, season.rules, is_simulated=season.is_simulated)
        yield {"found": found, "variant": reading.counted_as, "statement_ids": reading.statement_ids}


def _by_scenarios(season: _Season, facts: RegionFacts | None) -> Iterator[dict[str, Any]]:
    scenarios = stated_scenarios(season.snapshot.rulebooks)
    if facts is None:
        yield {"found": Refusal.of("scenario", "bounds_unknown", edition=season.edition)}
        return
    found = named_scenarios(scenarios, facts, season.rules, is_simulated=season.is_simulated)
    for scenario, each in zip(scenarios, found, strict=True):
        yield {"found": each, "variant": scenario.code}


@cache
def _scenario_table() -> dict[str, dict[str, str]]:
    text = files("analysis.estimate").joinpath("scenarios.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def stated_scenarios(rulebooks: Rulebooks) -> tuple[Scenario, ...]:
    """Return the scenarios of `scenarios.toml`; one whose rulebook is not known or states no weight is left out."""
    found = []
    for code, stated in _scenario_table().items():
        other = stated["count_weight_of"]
        weight = rulebooks.of(other).parameters.count_weight.value if other in rulebooks else None
        if weight is not None:
            found.append(Scenario(code, count_weight=Decimal(weight), source=other))
    return tuple(found)


def _has_open_maturities(scored: Scored) -> bool:
    """Whether the rules leave the maturity of an innovation open that can be read again."""
    lower, upper = pl.col("maturity_lower_x100"), pl.col("maturity_upper_x100")
    open_ones = sampled_population(scored).filter(lower.is_null() | upper.is_null() | (lower != upper))
    return bool(scored.walk.target_rules.sid_groups) and not open_ones.is_empty()


def _by_sample(season: _Season, facts: RegionFacts | None) -> Iterator[dict[str, Any]]:
    state = read_sample(season.snapshot.home, season.scored, season.region_code, season.edition, season.kind)
    mean = sampled_mean(season.scored, state, facts, is_simulated=season.is_simulated)
    seed = state.sample.seed if state.sample else None
    yield {"found": mean, "seed": seed}
    if isinstance(mean, LikelyRange) and facts is not None:
        yield {"found": index_range(mean, facts, season.rules), "seed": seed}


def sampled_mean(
    scored: Scored, state: SampleState, facts: RegionFacts | None, *, is_simulated: bool
) -> LikelyRange | Refusal:
    """Return the mean maturity that a sample gives, innovations in quarantine at their bounds; else why not.

    Refused as `audit_sample_range`, with the problem of the sample's files, and with `bounds_unknown` where the rules
    give no single divisor.
    """
    rules = scored.walk.target_rules
    if state.sample is None or state.readings is None:
        drawn = len(state.sample.innovations) if state.sample else 0
        return Refusal.of("sampling", state.problem or "not_drawn", drawn=drawn)
    divisor = facts and divisor_bounds(rules.parameters.divisor_minimum, facts.in_divisor)
    if not divisor or divisor.lower != divisor.upper:
        return Refusal.of("sampling", "bounds_unknown", edition=rules.edition)
    bounds = _bounds_by_id(sampled_population(scored), rules)
    read = {name: maturity_read(levels, rules) for name, levels in state.readings.levels.items()}
    mean = audit_sample_range(
        {name: low for name, (low, _high) in bounds.items()},
        {name: high for name, (_low, high) in bounds.items()},
        read,
        state.sample.ids,
        len(bounds),
        divisor=int(divisor.lower),
        is_simulated=is_simulated,
    )
    waiting = _bounds_by_id(entering_index(scored)["scored"].filter("is_quarantined"), rules)
    if isinstance(mean, Refusal) or not waiting:
        return mean
    added = [Fraction(sum(pair[end] for pair in waiting.values())) / divisor.lower for end in (0, 1)]
    return _shifted(mean, decimal_below(added[0]), decimal_above(added[1]))


def maturity_read(levels: Levels, rulebook: Rulebook) -> Decimal:
    """Return the maturity of levels read under a rulebook, in points."""
    points = sum(group.weight_x100 * levels[group.number] for group in rulebook.sid_groups)
    return Decimal(points).scaleb(-2)


def _bounds_by_id(rows: pl.DataFrame, rulebook: Rulebook) -> dict[str, tuple[Decimal, Decimal]]:
    """By submission the bounds of its maturity in points; none to the maximum where nothing is known."""
    most = int((rulebook.parameters.maturity_maximum.upper or 0) * 100)
    columns = rows.select("submission_id", "maturity_lower_x100", "maturity_upper_x100").iter_rows()
    return {
        name: (Decimal(low or 0).scaleb(-2), Decimal(most if high is None else high).scaleb(-2))
        for name, low, high in columns
    }


def _shifted(mean: LikelyRange, low: Decimal, high: Decimal) -> LikelyRange:
    """Return a range with what other innovations add to its two ends."""
    central = mean.central and (mean.central[0] + low, mean.central[1] + high)
    return replace(
        mean,
        low=mean.low + low,
        high=mean.high + high,
        central=central,
        hard_low=mean.hard_low + low,
        hard_high=mean.hard_high + high,
    )


def _by_donors(season: _Season, facts: RegionFacts | None) -> Iterator[dict[str, Any]]:
    if facts is None:
        yield {"found": Refusal.of("prediction", "bounds_unknown", edition=season.edition)}
        return
    target = target_city(season.scored, season.region_code, season.kind, is_simulated=season.is_simulated)
    usable = usable_donors(target, cities_with_levels(season.snapshot, season.edition, season.kind))
    if isinstance(usable, Refusal):
        yield {"found": usable}
        return
    key = season.edition, season.rules.name, season.kind
    if key not in season.donors:
        season.donors[key] = donor_cities(season.snapshot, season.scored.walk, season.edition, season.kind)
    yield {"found": donor_range(target, season.donors[key], facts, season.rules)}
