"""Finds personal data in text by rules (``personal_data.toml``); puts a mark in its place where text leaves the office.

The seams where text leaves are few, and each calls `masked` or `masked_frame`: what notebooks give to pages, the
questions of pages and letters, panel and lists. Whoever asks for names by name works within `names_shown`.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeVar

import polars as pl

SHORTEST = 6
"""A text of fewer characters holds nothing that a rule finds."""

MAY_HOLD = r"[0-9][0-9 .\-]{7}|@|(?i:a\.\s?n\b|a/n|nama)"
"""What every finding has in it: other texts are spared the rules."""

_PICTURE = re.compile(r"image/(?!svg)")
_names_shown: ContextVar[bool] = ContextVar("names_shown", default=False)

Value = TypeVar("Value")


@dataclass(frozen=True)
class PersonalRule:
    """One pattern, the mark that stands for what it finds, and its reason."""

    name: str
    pattern: re.Pattern[str]
    mark: str
    example: str
    counter: str
    reason: str


@cache
def personal_rules() -> tuple[PersonalRule, ...]:
    """Return the rules of this installation."""
    content = _stated()
    not_a_name = "|".join(content["not_a_name"])

    def name_of(word: str) -> str:
        return rf"(?:(?!(?i:{not_a_name})\b){word})(?:\s+(?!(?i:{not_a_name})\b){word}){{0,3}}"

    places = {
        "{sep}": content["separator"],
        "{name}": name_of(content["name_word"]),
        "{small_name}": name_of(content["small_name_word"]),
    }

    def filled(pattern: str) -> re.Pattern[str]:
        for place, text in places.items():
            pattern = pattern.replace(place, text)
        return re.compile(pattern)

    told = ("mark", "example", "counter", "reason")
    return tuple(
        PersonalRule(entry["name"], filled(entry["pattern"]), **{key: entry[key] for key in told})
        for entry in content["rule"]
    )


def begins_as_office(text: str) -> bool:
    """Return whether a text begins with a word that no name of a person begins with, such as that of an office."""
    return _office_words().match(text.lstrip()) is not None


@cache
def _office_words() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(_stated()['not_a_name'])})\b", re.IGNORECASE)


@cache
def _stated() -> dict[str, Any]:
    text = resources.files("warehouse.keeping").joinpath("personal_data.toml").read_text(encoding="utf-8")
    stated: dict[str, Any] = tomllib.loads(text)
    return stated


def rules_found(text: str) -> tuple[str, ...]:
    """Return the names of the rules that find something in a text."""
    if not _may_hold(text):
        return ()
    return tuple(rule.name for rule in personal_rules() if rule.pattern.search(text))


def mask(text: str) -> str:
    """Return a text with a mark in place of all that a rule finds."""
    if not _may_hold(text):
        return text
    if text.startswith("<svg"):
        # Words of a drawing are masked; the digits of its places are no number of a person.
        return _WORDS_OF_DRAWING.sub(lambda found: found[1] + _mask_words(found[2]), text)
    return _mask_words(text)


_WORDS_OF_DRAWING = re.compile(r"""(>|\b(?:aria-label|title|alt)=["'])([^<>"']+)""")


def _mask_words(text: str) -> str:
    for rule in personal_rules():
        text = rule.pattern.sub(lambda found, mark=rule.mark: _marked(found, mark), text)  # type: ignore[misc]
    return text


def places_found(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what rules find in a text: the rule's name, and from where to where; of a named person the name alone."""
    if not _may_hold(text):
        return
    for rule in personal_rules():
        for found in rule.pattern.finditer(text):
            start, end = found.span("person" if "person" in rule.pattern.groupindex else 0)
            yield rule.name, start, end


def masked(value: Value) -> Value:
    """Return a value with every text in it masked: texts, lists, mappings and dataclasses; pictures stay.

    Within `names_shown` the value is returned as it is.
    """
    return value if _names_shown.get() else _masked(value)


def masked_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with every text in it masked; within `names_shown` the frame as it is."""
    if _names_shown.get():
        return frame
    changed = []
    for name, kind in frame.schema.items():
        if kind != pl.String:
            continue
        suspect = frame[name].filter(frame[name].str.contains(MAY_HOLD).fill_null(value=False)).unique()
        marks = {text: told for text in suspect if (told := mask(text)) != text}
        if marks:
            changed.append(pl.col(name).replace(old=list(marks), new=list(marks.values())))
    return frame.with_columns(changed) if changed else frame


@contextmanager
def names_shown(shown: bool = True) -> Iterator[None]:
    """Leave texts unmasked within the block, where somebody has asked for names by name."""
    token = _names_shown.set(shown)
    try:
        yield
    finally:
        _names_shown.reset(token)


@cache
def _prefilter() -> re.Pattern[str]:
    return re.compile(MAY_HOLD)


def _may_hold(text: str) -> bool:
    return len(text) >= SHORTEST and _prefilter().search(text) is not None


def _marked(found: re.Match[str], mark: str) -> str:
    if "person" not in found.re.groupindex:
        return mark
    start, end = (place - found.start() for place in found.span("person"))
    whole = found.group()
    return whole[:start] + mark + whole[end:]


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, pl.DataFrame):
        return masked_frame(value)
    if isinstance(value, dict):
        # Mappings of notebooks are of classes of their own, whose items are set as those of any.
        told = {key: one if _PICTURE.match(str(key)) else _masked(one) for key, one in value.items()}
        return type(value)(told)
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(_masked(one) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = {field.name: _masked(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
        return dataclasses.replace(value, **told)
    return value
