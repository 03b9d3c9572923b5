"""What commands say of the rules of a home: which are its own, and which of its files cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from warehouse.language import Language

if TYPE_CHECKING:
    from warehouse.rules.home_rules import HomeRulebooks, RuleFault


def rule_notes(rulebooks: HomeRulebooks, language: Language, edition: str | None = None) -> list[str]:
    """Return which rules are the home's own, or over a shipped one, of one edition or all, and all that is faulty."""
    notes = [_own_note(rulebooks, name, language) for name in rulebooks.paths if edition in (None, name)]
    return [*notes, *fault_notes(rulebooks.file_faults, language)]


def fault_notes(faults: Iterable[RuleFault], language: Language) -> list[str]:
    """Return what is wrong with each file of rules that is not used, and what has no index for it."""
    notes = []
    for fault in faults:
        told = language("Not used: {fault}").format(fault=fault.error.in_one_line(language))
        if fault.edition:
            text = language("Until then the rules {edition} cannot be used, and nothing is computed under them.")
            told += " " + text.format(edition=fault.edition)
        notes.append(told)
    return notes


def _own_note(rulebooks: HomeRulebooks, name: str, language: Language) -> str:
    text = language("Rules {edition} are those of this home: {file}.")
    if name in rulebooks.over_shipped:
        text = language("Rules {edition} are those of this home and stand over the shipped ones: {file}.")
    return text.format(edition=name, file=rulebooks.paths[name])
