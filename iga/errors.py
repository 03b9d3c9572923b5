"""The errors of the core: each says what is wrong, where, and what to do next."""


class RuleProblem(Exception):
    """A problem with rules or scores: what is wrong (`cause`), where (`place`) and what to do next (`fix`)."""

    def __init__(self, cause: str, *, place: str, fix: str) -> None:
        self.cause, self.place, self.fix = cause, place, fix
        super().__init__(f"{place}: {cause} {fix}")


class RulebookNotFound(RuleProblem):
    """No rulebook file exists for the edition asked for."""


class RulebookInvalid(RuleProblem):
    """A rulebook file contradicts itself or lacks something."""


class AssumptionUnknown(RuleProblem):
    """A switch that no assumption has, or a value that the switch cannot take."""


class ScoreInvalid(RuleProblem):
    """Input that no rulebook can score: a number outside its range, a column that is missing."""


class IndicatorTableInvalid(RuleProblem):
    """An indicator table that no composite index can be made of: a duplicate, a constant, a gap, too few units."""


class HierarchyInvalid(RuleProblem):
    """A hierarchy of indicators that does not hold together: an orphan, a cycle, a weight that does not fit."""


class MethodRefused(RuleProblem):
    """A method that the data do not allow, or whose name is not known; the offender is named."""


class RobustnessInvalid(RuleProblem):
    """An uncertain factor or a number of draws that no analysis can use."""
