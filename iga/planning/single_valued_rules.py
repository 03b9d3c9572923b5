"""The numbers of the index as a plan needs them: single values in whole hundredths, and the index as a fraction."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from iga.errors import RuleProblem
from iga.rulebook import Rulebook, rules_of
from iga.rules.parts import Assumptions, Parameter

MAXIMUM_X100 = 10000
"""The greatest index, in hundredths."""


class PlanImpossible(RuleProblem):
    """A plan that the rules or the data do not allow to be made."""


@dataclass(frozen=True)
class Terms:
    """One edition's formula: points in whole hundredths (suffix `_x100`), counts as they are."""

    rulebook: Rulebook
    assumptions: Assumptions
    divisor_minimum: int
    count_weight_x100: int
    count_cap: int
    services_required: int
    total_maximum_x100: int
    maturity_maximum_x100: int

    def divisor(self, in_divisor: int) -> int:
        """The divisor of the mean for a number of innovations that enter it."""
        return max(self.divisor_minimum, in_divisor)

    def count_x100(self, counted: int, services: int) -> int:
        """The points for the number of innovations, if they cover the basic services that the rule asks for."""
        return self.count_weight_x100 * min(counted, self.count_cap) if services >= self.services_required else 0

    def index(self, points_x100: Fraction | int) -> Fraction:
        """The index (0 to 100) of a total in hundredths, not rounded."""
        return Fraction(points_x100) * 100 / self.total_maximum_x100

    def predicate(self, index: Decimal) -> str | None:
        """The predicate of a rounded index."""
        return self.rulebook.predicate_of(index)


def rounded(index: Fraction) -> Decimal:
    """An index rounded half-up to two places, as the ministry publishes it."""
    return Decimal((200 * index + 1) // 2).scaleb(-2)


def terms_of(rulebook: Rulebook | int | str, assumptions: Assumptions | None = None) -> Terms:
    """The terms of a rulebook. Raises PlanImpossible naming the first number that is not a single value."""
    rules, assumed = rules_of(rulebook, assumptions)
    numbers = rules.parameters
    return Terms(
        rulebook=rules,
        assumptions=assumed,
        divisor_minimum=int(_single(rules, "divisor_minimum", numbers.divisor_minimum)),
        count_weight_x100=_hundredths(rules, "count_weight", numbers.count_weight),
        count_cap=int(_single(rules, "count_cap", numbers.count_cap)),
        services_required=int(_single(rules, "basic_services_required", numbers.basic_services_required)),
        total_maximum_x100=_hundredths(rules, "total_maximum", numbers.total_maximum),
        maturity_maximum_x100=_hundredths(rules, "maturity_maximum", numbers.maturity_maximum),
    )


def _single(rules: Rulebook, name: str, parameter: Parameter) -> Decimal:
    if parameter.value is None:
        raise PlanImpossible(
            "a plan needs this rule, and its sources do not give a single value.",
            place="{rulebook}.toml, parameters.{name}",
            fix="Plan under a complete rulebook (--rules), as an estimate.",
            rulebook=rules.name,
            name=name,
        )
    return parameter.value


def _hundredths(rules: Rulebook, name: str, parameter: Parameter) -> int:
    return int(_single(rules, name, parameter) * 100)
