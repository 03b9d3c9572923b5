"""The terms of the field in both languages, and the links that lead from the words of a page to them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reports.blocks.content import Bullets, Columns, Details, Part, Span, Text, Words
from warehouse.language import Language

UNLINKED = frozenset(["mark", "message"])
"""Tones of texts that stay free of links: they are read at a glance."""


@dataclass(frozen=True)
class Term:
    """A term in one language: its address on the page of terms, what it is called there and elsewhere, its meaning."""

    key: str
    name: str
    words: tuple[str, ...]
    meaning: str


@cache
def terms(lang: str) -> tuple[Term, ...]:
    """Return the terms of `glossary.toml` in a language, by their names."""
    text = files("reports").joinpath("blocks", "glossary.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["term"]
    made = [Term(each["key"], each[lang][0], tuple(each[lang]), each[f"meaning_{lang}"]) for each in entries]
    return tuple(sorted(made, key=lambda term: term.name.casefold()))


def with_terms(parts: Iterable[Part], page: str, language: Language) -> list[Part]:
    """Return the parts in whose running text the first use of each term leads to the page of terms."""
    return list(_linked(parts, _Open(page, language.code)))


class _Open:
    """The terms that no text of a page has led to yet."""

    def __init__(self, page: str, lang: str) -> None:
        self.page = page
        self.by_word = {word.casefold(): term for term in terms(lang) for word in term.words}
        self.acronyms = {word.casefold() for term in terms(lang) for word in term.words if word.isupper()}
        self.pattern = _pattern(lang)
        self.used: set[str] = set()

    def linked(self, words: Words) -> Words:
        """Return words in which each term that is still open leads to its place."""
        spans = (Span(text=words),) if isinstance(words, str) else words
        made = [piece for span in spans for piece in self._pieces(span)]
        return words if len(made) == len(spans) else tuple(made)

    def _pieces(self, span: Span) -> Iterator[Span]:
        end = 0
        for found in self.pattern.finditer(span.text) if not span.href and span.style == "plain" else ():
            term = self.by_word[found[0].casefold()]
            is_command = found[0].casefold() in self.acronyms and not found[0].isupper()  # "iga portfolio" is no award
            if term.key in self.used or is_command:
                continue
            self.used.add(term.key)
            if found.start() > end:
                yield Span(text=span.text[end : found.start()])
            yield Span(text=found[0], href=f"{self.page}#{term.key}")
            end = found.end()
        if end == 0:
            yield span
        elif end < len(span.text):
            yield Span(text=span.text[end:])


@cache
def _pattern(lang: str) -> re.Pattern[str]:
    words = sorted({word for term in terms(lang) for word in term.words}, key=lambda word: (-len(word), word))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def _linked(parts: Iterable[Part], still_open: _Open) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Text) and part.tone not in UNLINKED:
            yield part.model_copy(update={"text": still_open.linked(part.text)})
        elif isinstance(part, Bullets):
            yield _of_list(part, still_open)
        elif isinstance(part, Details):
            yield part.model_copy(update={"parts": tuple(_linked(part.parts, still_open))})
        elif isinstance(part, Columns):
            yield Columns(groups=tuple(tuple(_linked(group, still_open)) for group in part.groups))
        else:
            yield part


def _of_list(bullets: Bullets, still_open: _Open) -> Bullets:
    items = tuple(
        _of_list(item, still_open) if isinstance(item, Bullets) else still_open.linked(item) for item in bullets.items
    )
    return bullets.model_copy(update={"items": items})
