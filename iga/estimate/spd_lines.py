"""Narrows the region's own score (SPD) by the lines that public statistics decide."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from iga.estimate.formula_bounds import decimal_above, decimal_below, spd_span, within
from iga.estimate.likely_range import Condition, LikelyRange, Refusal
from iga.index.exact import Span
from iga.index.what_narrows import RegionFacts
from iga.rulebook import Rulebook
from iga.rules.parts import Group

MODEL = "spd_lines"


def spd_levels(values: Mapping[str, Decimal | int | str], rulebook: Rulebook) -> dict[str, int]:
    """Return the level of each SPD line whose measured value is known, by indicator number.

    `values` are in the unit of the indicator; a value that two bands share goes by the rulebook's default reading.
    Raises KeyError for a number that is no SPD line of the edition, RulebookInvalid for a line without numeric bands.
    """
    lines = {line.number: line for group in rulebook.spd_groups for line in group.members}
    edge = rulebook.assumptions.shared_band_edge
    return {number: lines[number].level_of(value, shared_band_edge=edge) for number, value in values.items()}


def spd_bounds(levels: Mapping[str, int], rulebook: Rulebook) -> tuple[Fraction, Fraction] | None:
    """Return what the SPD may be, in points, where the levels of some lines are known; None without SPD lines.

    `levels` by indicator number; a line without a level may have any. Of alternatives the best counts, so that one
    known level is the least that its group has. Raises ValueError for a level or a line that the edition does not have.
    """
    if not rulebook.spd_groups:
        return None
    unknown = set(levels) - {number for group in rulebook.spd_groups for number in group.numbers}
    if unknown:
        message = f"edition {rulebook.edition} has no SPD line {', '.join(sorted(unknown))}"
        raise ValueError(message)
    spans = [_group_points(group, levels) for group in rulebook.spd_groups]
    return sum((low for low, _ in spans), Fraction(0)), sum((high for _, high in spans), Fraction(0))


def _group_points(group: Group, levels: Mapping[str, int]) -> tuple[Fraction, Fraction]:
    known = [levels[number] for number in group.numbers if number in levels]
    if any(not 0 <= level <= group.top_level for level in known):
        message = f"line {group.number} has levels 0 to {group.top_level}"
        raise ValueError(message)
    weight, members = Fraction(group.weight_x100, 100), len(group.members)
    least = max(known, default=0)
    most = least if len(known) >= members or group.number in levels else group.top_level
    return weight * least, weight * most


def spd_range(
    levels: Mapping[str, int], facts: RegionFacts, rulebook: Rulebook, *, is_simulated: bool = False
) -> LikelyRange | Refusal:
    """Return the SPD inside its hard bounds, narrowed by lines whose levels are known (`spd_bounds`).

    `facts.spd` are the hard bounds (None: 0 to the maximum). Refused with `lines_unknown` where the edition's SPD lines
    are not known, `no_lines` without a level, `facts_contradict` where the lines and the hard bounds do not meet.
    """
    bounds, hard = spd_bounds(levels, rulebook), spd_span(facts, rulebook)
    if bounds is None or hard is None:
        return Refusal.of("deterministic", "lines_unknown", edition=rulebook.edition)
    if not levels:
        return Refusal.of("deterministic", "no_lines", edition=rulebook.edition)
    if bounds[1] < hard.lower or bounds[0] > hard.upper:
        return Refusal.of("deterministic", "facts_contradict", edition=rulebook.edition)
    narrowed = within(Span(*bounds), hard)
    return LikelyRange(
        measure="spd_score",
        kind="deterministic",
        low=decimal_below(narrowed.lower),
        high=decimal_above(narrowed.upper),
        central=None,
        hard_low=decimal_below(hard.lower),
        hard_high=decimal_above(hard.upper),
        certainty=None,
        model=MODEL,
        conditions=(Condition.of("lines_known", lines=", ".join(levels), count=len(levels)),),
        is_simulated=is_simulated,
    )
