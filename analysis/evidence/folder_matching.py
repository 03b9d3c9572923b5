"""Whose a folder of evidence is: the innovation whose id or title it bears, or proposals where that is not certain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from analysis.evidence.plain_names import likeness, plain, without_number

BY_ID, BY_TITLE, BY_SHORT_TITLE, BY_LIKENESS, BY_MENTOR = "id", "title", "short_title", "likeness", "mentor"
PARTS = re.compile(r"[():\u2013\u2014]|\s-\s")
"""What parts the short name of a title from its long one: `SIPATEN (Sistem Pelayanan Terpadu)`."""


@dataclass(frozen=True)
class Innovation:
    """What a folder may be named after."""

    submission_id: str
    innovation_id: str
    title: str
    unit_name: str
    year: int | None = None
    """The year in which it was put into practice, where known."""


@dataclass(frozen=True)
class FolderMatch:
    """An innovation that a folder may be of, by what, with a confidence in percent."""

    innovation: Innovation
    by: str
    confidence: int


@dataclass(frozen=True)
class FolderAnswer:
    """What a folder's name tells: the innovation, or none with proposals (more than one as like: ambiguous)."""

    match: FolderMatch | None = None
    proposals: tuple[FolderMatch, ...] = ()
    is_ambiguous: bool = False


def innovations_of(rows: Iterable[Mapping[str, Any]]) -> list[Innovation]:
    """Return the innovations of rows of `submission`."""
    return [
        Innovation(
            row["submission_id"],
            row["innovation_id"] or "",
            row["title"] or "",
            row["unit_name"] or "",
            row["implementation_date"].year if row.get("implementation_date") else None,
        )
        for row in rows
    ]


class FolderMatcher:
    """Matches names of folders to the innovations of one season."""

    def __init__(self, innovations: Sequence[Innovation]) -> None:
        self.innovations = innovations
        self._ids: dict[str, list[Innovation]] = {}
        self._titles: dict[str, list[Innovation]] = {}
        self._short: dict[str, list[Innovation]] = {}
        for innovation in innovations:
            for name in {innovation.submission_id.casefold(), innovation.innovation_id.casefold()} - {""}:
                self._ids.setdefault(name, []).append(innovation)
            title = plain(innovation.title)
            self._titles.setdefault(title.replace(" ", ""), []).append(innovation)
            for part in {plain(part) for part in PARTS.split(innovation.title)} - {title, ""}:
                if len(part) >= likeness("folder")["shortest_part"]:
                    self._short.setdefault(part.replace(" ", ""), []).append(innovation)
        self._plain = [plain(innovation.title) for innovation in innovations]
        self._answers: dict[tuple[str, str, bool], FolderAnswer] = {}

    def answer(self, name: str, above: str = "", *, is_like_enough: bool = True) -> FolderAnswer:
        """Return whose a folder is. `above` is the folder that it lies in, which may be the unit's.

        `is_like_enough=False` takes only what is equal, for folders below the first.
        """
        key = (name, above, is_like_enough)
        if key not in self._answers:
            self._answers[key] = self._answer(name, plain(above), is_like_enough=is_like_enough)
        return self._answers[key]

    def _answer(self, name: str, unit: str, *, is_like_enough: bool) -> FolderAnswer:
        if equal := self._by_id(name):
            return _settled(equal, BY_ID, likeness("folder")["certain"], unit)
        text = plain(name)
        for written in dict.fromkeys((text, without_number(text))):
            of_titles = (self._titles, BY_TITLE, likeness("folder")["certain"])
            of_short_titles = (self._short, BY_SHORT_TITLE, likeness("folder")["short_title"])
            for named, by, confidence in (of_titles, of_short_titles):
                if equal := named.get(written.replace(" ", ""), []):
                    return _settled(equal, by, confidence, unit)
        return self._by_likeness(without_number(text)) if is_like_enough and text else FolderAnswer()

    def _by_id(self, name: str) -> list[Innovation]:
        """Return the innovations whose id the name is, or begins with; a beginning of an id that is long enough too."""
        first = re.split(r"[^0-9a-zA-Z]", name.strip(), maxsplit=1)[0].casefold()
        for text in (name.strip().casefold(), first):
            if text in self._ids:
                return self._ids[text]
        is_hexadecimal = re.fullmatch("[0-9a-f]+", first) is not None and any(sign.isdigit() for sign in first)
        if len(first) < likeness("folder")["shortest_id"] or not is_hexadecimal:
            return []
        begun = [each for known, found in self._ids.items() if known.startswith(first) for each in found]
        return list({each.submission_id: each for each in begun}.values())

    def _by_likeness(self, text: str) -> FolderAnswer:
        likest = process.extract(
            text,
            self._plain,
            scorer=fuzz.token_sort_ratio,
            limit=likeness("folder")["most_proposed"],
            score_cutoff=likeness("folder")["proposed"],
        )
        matches = tuple(FolderMatch(self.innovations[place], BY_LIKENESS, int(score)) for _, score, place in likest)
        if not matches or matches[0].confidence < likeness("folder")["like"]:
            return FolderAnswer(None, matches)
        if len(matches) > 1 and matches[0].confidence - matches[1].confidence < likeness("folder")["margin"]:
            return FolderAnswer(None, matches, is_ambiguous=True)
        return FolderAnswer(matches[0], matches)


def _settled(equal: Sequence[Innovation], by: str, confidence: int, unit: str) -> FolderAnswer:
    """Return the one that is equal; of several that of the unit whose folder it lies in, else none is chosen."""
    matches = tuple(FolderMatch(innovation, by, confidence) for innovation in equal)
    if len(matches) > 1 and unit:
        own = tuple(match for match in matches if plain(match.innovation.unit_name) == unit)
        matches = own if len(own) == 1 else matches
    if len(matches) == 1:
        return FolderAnswer(matches[0], matches)
    return FolderAnswer(None, matches[: likeness("folder")["most_proposed"]], is_ambiguous=True)
