"""The rules of the index by edition: `load_rulebook(2026)`, and what people need to name a rule or a switch.

The rules themselves are files (`iga/rules/rulebooks/`), read and checked by `iga.rules`.
"""

from iga.errors import AssumptionUnknown, RulebookInvalid, RulebookNotFound, RuleProblem
from iga.rules.book import Rulebook, RulebookUse, switches_of
from iga.rules.collection import (
    Rulebooks,
    RuleFiles,
    known_rulebooks,
    load_rulebook,
    newest_complete_rulebook,
    rulebooks_for,
    rules_of,
    shipped_files,
    shipped_rulebooks,
)
from iga.rules.parts import Assumptions, Group, Indicator

__all__ = [
    "AssumptionUnknown",
    "Assumptions",
    "Group",
    "Indicator",
    "RuleFiles",
    "RuleProblem",
    "Rulebook",
    "RulebookInvalid",
    "RulebookNotFound",
    "RulebookUse",
    "Rulebooks",
    "known_rulebooks",
    "load_rulebook",
    "newest_complete_rulebook",
    "rulebooks_for",
    "rules_of",
    "shipped_files",
    "shipped_rulebooks",
    "switches_of",
]
