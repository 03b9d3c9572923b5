"""Which spellings mean one innovation: equal without spaces, punctuation and case; what is only near is proposed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PREFIX = "si"
"""What many names of systems begin with ("SI-APIK", "Siapik"), and others leave out."""
SHORTEST = 4
"""Shorter names are too often alike by chance to be proposed."""


def spelling_key(title: str | None) -> str:
    """Return a title without what people spell differently: case, accents, spaces, hyphens, other punctuation."""
    plain = unicodedata.normalize("NFKD", title or "")
    return "".join(character for character in plain.casefold() if character.isalnum())


def name_key(title: str | None) -> str:
    """Return the key of the name before its explanation in brackets; that of the whole title where nothing is left."""
    name = spelling_key((title or "").split("(", maxsplit=1)[0])
    return name if len(name) >= SHORTEST else spelling_key(title)


def nearness(first: str | None, second: str | None) -> str | None:
    """Return why two titles may mean one innovation, None where nothing says so; the order does not matter.

    `same`: equal keys. `name`: equal names before the brackets. `prefix`: equal but for "SI" before one of them.
    `letter`: one letter is changed, added or left out. All but `same` are for people to decide.
    """
    whole, other = spelling_key(first), spelling_key(second)
    if not whole or not other:
        return None
    if whole == other:
        return "same"
    names = sorted((name_key(first), name_key(second)), key=len)
    if min(map(len, names)) < SHORTEST:
        return None
    if names[0] == names[1]:
        return "name"
    if names[1] == PREFIX + names[0]:
        return "prefix"
    return "letter" if _is_one_letter_apart(*names) else None


def _is_one_letter_apart(shorter: str, longer: str) -> bool:
    if len(longer) - len(shorter) > 1 or re.sub(r"\d", "", shorter) == re.sub(r"\d", "", longer):
        return False  # numbers tell one school, district or year from another
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    rest = start + 1 if len(shorter) == len(longer) else start
    return shorter[rest:] == longer[start + 1 :]


@dataclass(frozen=True)
class Nearness:
    """Two spellings, in the order of the alphabet, and why they may mean one innovation."""

    first: str
    second: str
    reason: str

    @property
    def is_tied(self) -> bool:
        """Whether the two are taken as one without asking anybody."""
        return self.reason == "same"


def spelling_pairs(titles: Iterable[str]) -> list[Nearness]:
    """Return every pair of different spellings that are tied or proposed, the tied ones first."""
    known = sorted({title for title in titles if spelling_key(title)})
    found = [
        Nearness(first, second, reason)
        for first, second in sorted(_candidate_pairs(known))
        if (reason := nearness(first, second)) is not None
    ]
    return sorted(found, key=lambda pair: (not pair.is_tied, pair.first, pair.second))


def _candidate_pairs(titles: Sequence[str]) -> set[tuple[str, str]]:
    """Return the pairs worth a look: those that share a key, or a key with one letter or the prefix left out."""
    by_key: dict[str, list[str]] = {}
    for title in titles:
        name = name_key(title)
        keys = {spelling_key(title), name, name.removeprefix(PREFIX)}
        keys |= {name[:place] + name[place + 1 :] for place in range(len(name))}
        for key in keys:
            by_key.setdefault(key, []).append(title)
    return {
        (first, second)
        for alike in by_key.values()
        for place, first in enumerate(alike)
        for second in alike[place + 1 :]
    }
