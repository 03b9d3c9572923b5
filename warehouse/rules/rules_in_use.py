"""The rules that figures of some editions rest on: no more texts than these are needed to compute them again."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

from iga.rulebook import Rulebooks, RuleFiles
from iga.rules.toml_text import written
from warehouse.rules.home_rules import base_of


def rules_in_use(rulebooks: Rulebooks, editions: Iterable[int]) -> RuleFiles:
    """Return the texts that the indices of these editions are computed by, their own and as estimates.

    They are the rulebooks that apply to an edition, all that these are based on, the lists that levels are read by, and
    the crosswalks between them. `Rulebooks` of these texts answer for these editions as the whole collection does; a
    rulebook or crosswalk that is not among them cannot move their figures.
    """
    asked = sorted(set(editions))
    lists = tomllib.loads(rulebooks.files.level_lists)
    names = {str(edition) for edition in asked if edition in rulebooks}
    names |= {use.rulebook.name for edition in asked for use in rulebooks.uses_for(edition)}
    names |= {str(lists[str(edition)]["list_of"]) for edition in asked if str(edition) in lists}
    names = _with_bases(names, rulebooks)
    read_otherwise = {name: entry for name, entry in lists.items() if name in names | set(map(str, asked))}
    return RuleFiles(
        rulebooks={name: rulebooks.files.rulebooks[name] for name in sorted(names)},
        crosswalks={
            pair: text for pair, text in sorted(rulebooks.files.crosswalks.items()) if set(pair.split("_")) <= names
        },
        level_lists=written(read_otherwise) if read_otherwise else "",
    )


def _with_bases(names: Iterable[str], rulebooks: Rulebooks) -> set[str]:
    texts = rulebooks.files.rulebooks
    found: set[str] = set()
    waiting = [name for name in names if name in texts]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        base = base_of(texts[name])
        waiting += [base] if base is not None and base in texts else []
    return found
