"""The rulebooks that a home goes by: the shipped ones, and over or beside them those of its folder `rulebooks/`.

A file that cannot be used stops only itself and what is based on it. Where it would stand over a shipped one, the
shipped one is not put in its place: the year then has no rules until the file is mended, since whoever wrote it wanted
other rules, and figures by the shipped ones would pass for theirs.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from iga.errors import RulebookInvalid, RuleProblem, Sentence
from iga.rulebook import Rulebook, Rulebooks, RulebookUse, RuleFiles, shipped_files
from iga.rules.chain import place_of
from iga.rules.crosswalk import crosswalk, level_lists, rows_of
from iga.rules.toml_text import line_of
from warehouse.home import Home
from warehouse.rules.rule_texts import PROBLEM_MESSAGES, REPAIR_MESSAGES, RuleText, rule_texts

CANNOT_BE_READ = (RuleProblem, RecursionError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
"""What a file of rules can raise, however it is written; all of it is told of the file, and nothing passed over."""


@dataclass(frozen=True)
class RuleFault:
    """A file of rules in the home that is not used: its path in the home, the year that has no rules for it, why.

    `edition` is empty for a file that no year is lost by.
    """

    path: str
    edition: str
    error: RulebookInvalid


class HomeRulebooks(Rulebooks):
    """The rulebooks of a home.

    `file_faults` are the files that are not used; `paths` gives the file of each rulebook that the home states, and
    `over_shipped` those of them that stand over a shipped one.
    """

    def __init__(
        self, files: RuleFiles, paths: Mapping[str, str], over_shipped: frozenset[str], faults: tuple[RuleFault, ...]
    ) -> None:
        super().__init__(files)
        self.paths = paths
        self.over_shipped = over_shipped
        self.file_faults = faults
        self._lost = {fault.edition: fault for fault in faults if fault.edition and fault.edition not in self}
        if self._lost:
            self.hash = hashlib.sha256(repr((self.hash, sorted(self._lost))).encode()).hexdigest()
            stand_ins = {name: text for name, text in shipped_files().rulebooks.items() if name in self._lost}
            whole = replace(files, rulebooks={**files.rulebooks, **stand_ins})
            self._with_stand_ins = Rulebooks(whole)

    @property
    def lost_editions(self) -> tuple[str, ...]:
        """The years that have no rules because of a file in the home."""
        return tuple(sorted(self._lost))

    def of(self, edition: int | str) -> Rulebook:
        """Return the rulebook of an edition; raises what is wrong with its file where the home has a faulty one."""
        if fault := self._lost.get(str(edition)):
            raise fault.error
        return super().of(edition)

    def newest_complete(self) -> Rulebook:
        """Return the rulebook of the latest edition whose rules are complete; raises its fault if it has one."""
        if not self._lost:
            return super().newest_complete()
        return self.of(self._with_stand_ins.newest_complete().name)

    def uses_for(self, edition: int | str) -> list[RulebookUse]:
        """Return the rulebooks that apply to an edition.

        An estimate is left out where a faulty file is in its way; it is not made under a third rulebook instead.
        """
        if not self.file_faults:
            return super().uses_for(edition)
        if edition not in self:
            return []
        chosen = self._with_stand_ins.uses_for(edition) if self._lost else super().uses_for(edition)
        uses = [use for use in chosen if use.rulebook.name in self]
        known = [replace(use, rulebook=self.of(use.rulebook.name)) for use in uses]
        return [use for use in known if not use.is_estimate or self._is_tied(edition, use.rulebook)]

    def _is_tied(self, edition: int | str, rulebook: Rulebook) -> bool:
        """Whether no faulty file is in the way from the edition's list of levels to the rulebook's."""
        try:
            walk = crosswalk(edition, rulebook.name, self)
        except RuleProblem:
            return False
        return walk.reading is None or walk.reading.edition not in self._lost


def rulebooks_of(home: Home) -> HomeRulebooks:
    """Return the rulebooks that a home goes by now. A changed file is read anew, an unchanged one is not."""
    return _together(rule_texts(home))


@lru_cache(maxsize=32)
def _together(texts: tuple[RuleText, ...]) -> HomeRulebooks:
    shipped = shipped_files()
    own = {text.name: text for text in texts if text.kind == "rulebook" and text.name}
    if not texts:
        return HomeRulebooks(shipped, {}, frozenset(), ())
    faults = [_unreadable(text) for text in texts if not text.is_readable]
    lists, list_faults = _level_lists(texts)
    walks = {text.name: text for text in texts if text.kind == "crosswalk" and text.name}
    files = shipped.with_added(
        RuleFiles(
            rulebooks={name: text.text for name, text in own.items() if text.is_readable},
            crosswalks={name: _raising(text) for name, text in walks.items()},
            level_lists=lists,
        )
    )
    files = _without(files, [name for name, text in own.items() if not text.is_readable])
    files, book_faults = _usable(files, own)
    walk_faults = _crosswalk_faults(Rulebooks(files), walks)
    faults = [*faults, *book_faults, *list_faults, *walk_faults]
    return HomeRulebooks(
        files,
        {name: text.path for name, text in own.items() if name in files.rulebooks},
        frozenset(name for name in own if name in files.rulebooks and name in shipped.rulebooks),
        tuple(sorted(faults, key=lambda fault: fault.path)),
    )


def _usable(files: RuleFiles, own: Mapping[str, RuleText]) -> tuple[RuleFiles, list[RuleFault]]:
    """The files without the rulebooks that cannot be used, and why: first those with slips, then what rests on them."""
    faults: list[RuleFault] = []
    # Without a home's book over a shipped one no shipped book can rest on anything but shipped ones.
    is_all_in_doubt = bool(set(own) & set(shipped_files().rulebooks))
    doubtful = sorted(files.rulebooks if is_all_in_doubt else set(own) & set(files.rulebooks))
    while True:
        errors = _errors(Rulebooks(files), [name for name in doubtful if name in files.rulebooks], own)
        if not errors:
            return files, faults
        first = [name for name in errors if base_of(files.rulebooks[name]) not in errors] or list(errors)
        lost = {fault.edition for fault in faults}
        for name in first:
            base = base_of(files.rulebooks[name])
            if base is not None and (base in lost or (base in own and base not in files.rulebooks)):
                faults.append(_based_on_faulty(name, base, own))
            else:
                # A shipped one fails only by what the home states of an earlier year.
                text = own.get(name) or RuleText("rulebook", name, f"iga/rules/rulebooks/{name}.toml")
                faults.append(_slip(text, errors[name], name))
        files = _without(files, first)


def _errors(rulebooks: Rulebooks, names: Iterable[str], own: Mapping[str, RuleText]) -> dict[str, Exception]:
    errors: dict[str, Exception] = {}
    for name in names:
        try:
            _check_estimate(rulebooks.of(name), set(own) | set(shipped_files().rulebooks))
        except CANNOT_BE_READ as error:
            errors[name] = error
    return errors


def _check_estimate(rulebook: Rulebook, known: set[str]) -> None:
    """Raise RulebookInvalid where a file names a rulebook to be estimated under that there is not."""
    under = rulebook.estimated_under
    if under is not None and str(under) not in known:
        raise RulebookInvalid(
            "there is no rulebook of edition {base}.",
            place=place_of(rulebook.name, "estimated_under", line_of(rulebook.text, ("estimated_under",))),
            fix="Known rulebooks: {known}.",
            base=under,
            known=", ".join(sorted(known)),
        )


def base_of(text: str) -> str | None:
    """Return the edition that a rulebook is based on, from its text; None where it names none, or cannot be read."""
    try:
        based_on = tomllib.loads(text).get("based_on")
    except (ValueError, RecursionError):
        return None
    return None if based_on is None else str(based_on)


def _without(files: RuleFiles, names: Iterable[str]) -> RuleFiles:
    gone = set(names)
    return replace(files, rulebooks={name: text for name, text in files.rulebooks.items() if name not in gone})


def _unreadable(text: RuleText) -> RuleFault:
    what, how = Sentence(PROBLEM_MESSAGES[text.problem]), Sentence(REPAIR_MESSAGES[text.problem])
    return _fault(text.path, what, how, text.name if text.kind == "rulebook" else "")


def _slip(text: RuleText, error: Exception, edition: str = "") -> RuleFault:
    """The fault of a text that could be read as text, with the line where the error names none."""
    if not isinstance(error, RuleProblem):
        what = Sentence("the file cannot be read: {reason}.", reason=type(error).__name__)
        how = Sentence("Compare it with a rulebook that is shipped; docs/new_rulebook.md says how one is written.")
        return _fault(text.path, what, how, edition)
    folder = text.path.rpartition("/")[0]
    place = Sentence("{folder}/{place}", folder=folder, place=error.where)
    if text.kind == "crosswalk" and (line := line_of_level(text.text, error.place)) is not None:
        place = Sentence("{folder}/{place} (line {line})", folder=folder, place=error.where, line=line)
    return RuleFault(text.path, edition, RulebookInvalid(error.what, place=place, fix=error.how))


_LEVEL = re.compile(r"indicator (?P<number>\S+), level (?P<level>\S+)")


def line_of_level(text: str, place: str) -> int | None:
    """Return the line of a crosswalk that a place in words ("indicator 16, level 2") means; None where it has none."""
    named = _LEVEL.search(place)
    rows = rows_of(text)
    for row in rows if named else ():
        if named and (row.get("indicator_number"), row.get("level")) == (named["number"], named["level"]):
            return rows.line_num
    return None


def _based_on_faulty(name: str, base: str, own: Mapping[str, RuleText]) -> RuleFault:
    """The fault of a rulebook, of the home or shipped, whose base cannot be used."""
    path = own[name].path if name in own else f"{name}.toml"
    base_path = own[base].path if base in own else f"{base}.toml"
    what = Sentence("it is based on the rules of {base}, which cannot be used.", base=base)
    return _fault(path, what, Sentence("Mend {file} first.", file=base_path), name)


def _fault(path: str, what: Sentence, how: Sentence, edition: str) -> RuleFault:
    return RuleFault(path, edition, RulebookInvalid(what, place=Sentence("{file}", file=path), fix=how))


def _raising(text: RuleText) -> str:
    """The text of a crosswalk; of one that cannot be read a text that raises when it is used, and never says less."""
    return text.text if text.is_readable else "indicator_number,level\nunreadable,\n"


def _crosswalk_faults(rulebooks: Rulebooks, walks: Mapping[str, RuleText]) -> list[RuleFault]:
    faults = []
    for name, text in walks.items():
        source, _, target = name.partition("_")
        if not text.is_readable:
            continue
        unknown = [edition for edition in (source, target) if edition not in rulebooks]
        if unknown:
            what = Sentence("there is no rulebook {edition} that could be used.", edition=unknown[0])
            how = Sentence("Write or mend it, or rename the file.")
            faults.append(_fault(text.path, what, how, ""))
            continue
        try:
            crosswalk(source, target, rulebooks)
        except CANNOT_BE_READ as error:
            faults.append(_slip(text, error))
    return faults


def _level_lists(texts: Iterable[RuleText]) -> tuple[str, list[RuleFault]]:
    """The entries that the home adds to the shipped ones."""
    for text in texts:
        if text.kind == "level_lists" and text.is_readable:
            try:
                level_lists(Rulebooks(RuleFiles({}, level_lists=text.text)))
            except CANNOT_BE_READ as error:
                return "", [_slip(text, error)]
            return text.text, []
    return "", []
