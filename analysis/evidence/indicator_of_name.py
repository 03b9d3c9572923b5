"""Which indicator a file answers, by its name and the names of its folders: proposals, each with its confidence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from analysis.evidence.plain_names import likeness, plain
from iga.reasons import reason_of
from iga.rulebook import Rulebook
from iga.written_toml import parsed_toml
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted

BY_NUMBER, BY_WORDS = "number", "words"

NUMBER = re.compile(r"^(?:indikator|indicator|sid|no|nomor)?[\s._-]*0?(\d{1,3}[a-z]?)(?=[\s._)-]|$)", re.IGNORECASE)
MONTHS = (
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember", "jan", "feb", "mar", "apr", "jun", "jul", "agt", "agu", "sep", "okt", "nov", "des",
)  # fmt: skip
DAY_IN_FRONT = re.compile(r"^0?\d{1,2}[\s._-]+(?:" + "|".join(MONTHS) + r"|\d{1,2}[\s._-]+\d{2,4})(?![a-z])", re.I)
"""A day at the beginning of a name, which is no number of an indicator."""


class FileWordsInvalid(WorkbenchError):
    """The home's own words of files are not in the form that they need."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class EvidenceIndicator:
    """One line of the edition's list that files answer: of alternatives (`numbers`) one stands for all."""

    number: str
    key: str
    name: str
    numbers: tuple[str, ...]
    keys: tuple[str, ...]
    top_level: int = 0


@dataclass(frozen=True)
class Proposal:
    """An indicator that a file may answer, with a confidence in percent and what it was read from."""

    indicator: EvidenceIndicator
    confidence: int
    by: str
    words: str


def indicators_of(rulebook: Rulebook) -> tuple[EvidenceIndicator, ...]:
    """Return the indicators of innovations in the order of the edition's list."""
    of_number = {indicator.number: indicator for indicator in rulebook.indicators}
    listed = []
    for group in rulebook.sid_groups:
        numbers = tuple(number for number in group.numbers if number in of_number) or tuple(group.numbers)
        members = [of_number[number] for number in numbers if number in of_number]
        first = of_number.get(group.number) or members[0]
        keys = tuple(dict.fromkeys(member.key for member in members))
        top = max(member.top_level for member in members)
        listed.append(EvidenceIndicator(group.number, first.key, group.name_id, numbers, keys, top))
    return tuple(listed)


def file_words(home: Home | None = None) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the words by key of an indicator: those of the package, and the home's own beside them.

    Raises FileWordsInvalid for a file of the home that is not in this form.
    """
    words = {key: dict(kinds) for key, kinds in _packaged().items()}
    path = None if home is None else noted(home, home.root / "evidence" / "file_words.toml")
    if path is None or not path.is_file():
        return words
    try:
        own = _read(parsed_toml(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, ValueError) as error:
        raise FileWordsInvalid(
            "The words of evidence files cannot be used: {reason}",
            next_step='write them like this: [replication], and below it sure = ["surat minat"]',
            place=str(path),
            reason=reason_of(error),
        ) from error
    for key, kinds in own.items():
        for kind, texts in kinds.items():
            words.setdefault(key, {})[kind] = (*words.get(key, {}).get(kind, ()), *texts)
    return words


@cache
def _packaged() -> dict[str, dict[str, tuple[str, ...]]]:
    return _read(tomllib.loads(files("analysis.evidence").joinpath("file_words.toml").read_text(encoding="utf-8")))


def _read(told: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
    for key, kinds in told.items():
        if not isinstance(kinds, dict) or not kinds.keys() <= {"sure", "weak"}:
            raise ValueError(key)
        if any(not isinstance(text, str) for texts in kinds.values() for text in texts):
            raise ValueError(key)
    return {key: {kind: tuple(map(plain, texts)) for kind, texts in kinds.items()} for key, kinds in told.items()}


class NameReader:
    """Reads names by one edition's list and one set of words.

    `has_own_list`: the numbers of another edition's list say nothing, so that they are not read.
    """

    def __init__(
        self,
        indicators: Sequence[EvidenceIndicator],
        words: Mapping[str, Mapping[str, Iterable[str]]],
        *,
        has_own_list: bool = True,
    ) -> None:
        self.by_number: dict[str, EvidenceIndicator] = {}
        for indicator in indicators if has_own_list else ():
            for number in (*indicator.numbers, indicator.number):
                self.by_number[number.casefold()] = indicator
        self.order = {indicator.number: place for place, indicator in enumerate(indicators)}
        phrases: dict[str, list[tuple[EvidenceIndicator, int]]] = {}
        for indicator in indicators:
            for key in dict.fromkeys((indicator.key, *indicator.keys, _stem(indicator.key))):
                for kind, texts in words.get(key, {}).items():
                    for text in texts:
                        phrases.setdefault(text, []).append((indicator, likeness("file")[kind]))
        self.phrases = phrases
        longest = sorted(phrases, key=lambda text: (-len(text), text))
        self.pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)") if longest else None

    def proposals(self, folders: Sequence[str], file_name: str) -> tuple[Proposal, ...]:
        """Return what a file may answer, the surest first; empty where neither number nor words tell.

        `folders` are those between the innovation's folder and the file, from the outside in.
        """
        stem, limits = PurePosixPath(file_name).stem or file_name, likeness("file")
        least_sure = limits["sure"] - limits["in_folder"]
        best: dict[str, Proposal] = {}
        for place, name in enumerate((stem, *reversed(folders))):
            less = limits["in_folder"] if place else 0
            for indicator, confidence, words in self._by_words(name):
                self._keep(best, Proposal(indicator, confidence - less, BY_WORDS, words))
        numbered = next(filter(None, (self._by_number(name) for name in (stem, *reversed(folders)))), None)
        if numbered is not None:
            sure = {number for number, one in best.items() if one.confidence >= least_sure}
            is_contradicted = bool(sure) and numbered.number not in sure
            confidence = limits["numbered"] - (limits["contradicted"] if is_contradicted else 0)
            if not is_contradicted:  # what several use is settled by the number
                best = {number: one for number, one in best.items() if one.confidence >= least_sure}
            best[numbered.number] = Proposal(numbered, confidence, BY_NUMBER, "")
        return tuple(sorted(best.values(), key=lambda one: (-one.confidence, self.order[one.indicator.number])))

    @staticmethod
    def _keep(best: dict[str, Proposal], proposal: Proposal) -> None:
        known = best.get(proposal.indicator.number)
        if known is None or known.confidence < proposal.confidence:
            best[proposal.indicator.number] = proposal

    def _by_number(self, name: str) -> EvidenceIndicator | None:
        if DAY_IN_FRONT.match(name):
            return None
        match = NUMBER.match(name.strip())
        return self.by_number.get(match[1].casefold()) if match else None

    def _by_words(self, name: str) -> Iterable[tuple[EvidenceIndicator, int, str]]:
        """Give each indicator that words of a name tell of; the longest words at a place are read."""
        if self.pattern is None:
            return
        for match in self.pattern.finditer(plain(name)):
            for indicator, confidence in self.phrases[match[0]]:
                yield indicator, confidence, match[0]


def _stem(key: str) -> str:
    """Return the key that the alternatives of one indicator share: `benefit` of `benefit_people`."""
    return key.split("_", maxsplit=1)[0]
