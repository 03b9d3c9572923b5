"""Other weights of indicators, tried on a season: what each innovation gains or loses, the maximum being held."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from iga.index.formula import half_up
from iga.rulebook import Rulebook
from warehouse.errors import ExitCode, WorkbenchError


class WeightsInvalid(WorkbenchError):
    """Weights that no list of indicators can have: below zero, or above the maximum of all together."""

    exit_code = ExitCode.USAGE


def rescaled(rulebook: Rulebook, weights_x100: Mapping[str, int]) -> dict[str, Fraction]:
    """The weight of each group in hundredths, where some are given: the others shrink or grow in proportion.

    The greatest maturity that an innovation can have stays what it is. Raises WeightsInvalid, KeyError for a number
    that is no group of the rulebook.
    """
    groups = {group.number: group for group in rulebook.sid_groups}
    given = {rulebook.group(number).number: Fraction(weight) for number, weight in weights_x100.items()}
    most = sum(group.weight_x100 * group.top_level for group in groups.values())
    taken = sum(weight * groups[number].top_level for number, weight in given.items())
    rest = sum(group.weight_x100 * group.top_level for number, group in groups.items() if number not in given)
    if any(weight < 0 for weight in given.values()) or taken > most:
        raise WeightsInvalid(
            "These weights are more than all indicators together",
            next_step="keep the sum of weight times top level at {most} points or below",
            most=f"{Decimal(most) / 100:f}",
        )
    share = Fraction(most - taken) / rest if rest else Fraction(1)
    return {number: given.get(number, group.weight_x100 * share) for number, group in groups.items()}


def reweighed(
    rules: Rulebook, weights_x100: Mapping[str, int], levels: Mapping[str, Mapping[str, int]]
) -> dict[str, int]:
    """What each innovation gains (or loses, below zero) at its levels under the weights, in whole hundredths.

    An innovation whose levels are not known is not named: what its points would be is not known either.
    """
    new = rescaled(rules, weights_x100)
    old = {group.number: group.weight_x100 for group in rules.sid_groups}
    found = {}
    for key, own in levels.items():
        gain = sum((new[number] - old[number]) * level for number, level in own.items() if number in new)
        found[key] = half_up(*gain.as_integer_ratio())
    return found
