"""The words that a home has confirmed beside the shipped vocabulary: `<home>/vocabulary.toml`.

A table for each field, and in it each word with its meaning: `[stage]`, then `"Pemanfaatan" = "implementation"`. A
faulty file stops nothing: what can be used of it is used, and the rest is told.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from etl.layout.declared import simplified
from etl.values.cleaned import cleaned, typed_text
from etl.values.normalise import NO_WORDS, OwnWords, load_vocabulary
from iga.errors import RulebookInvalid, Sentence
from warehouse.home import Home
from warehouse.reference import load_reference
from warehouse.rules.home_rules import RuleFault

LARGEST_BYTES = 1_000_000
_FILE = "vocabulary.toml"


@dataclass(frozen=True)
class HomeWords:
    """Field -> simplified word -> meaning, and what of the file cannot be used."""

    words: OwnWords
    faults: tuple[RuleFault, ...] = ()

    @property
    def hash(self) -> str:
        """A hash of the words that are used; empty where there are none."""
        text = json.dumps(self.words, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest() if self.words else ""


def home_words_of(home: Home) -> HomeWords:
    """Return the words that a home has confirmed; none where it has no such file."""
    try:
        with home.vocabulary.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        return HomeWords(NO_WORDS)
    except OSError:
        return HomeWords(NO_WORDS, (_fault(Sentence("the file cannot be read."), _permissions()),))
    if len(content) > LARGEST_BYTES:
        return HomeWords(NO_WORDS, (_fault(Sentence("the file is too large for a vocabulary."), _compare()),))
    try:
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return HomeWords(NO_WORDS, (_fault(Sentence("the file is not TOML: {reason}", reason=str(error)), _compare()),))
    return _usable(tables)


def meanings_of(field: str) -> dict[str, str]:
    """Return each known word of a field, as people write it, with its meaning; empty for a field without words."""
    known = dict(load_vocabulary().words.get(field, {}))
    if field == "affair":
        names = load_reference("government_affair").select("name_id", "affair_code").iter_rows()
        known |= {str(name).casefold(): str(code) for name, code in names}
    return known


def fields_with_words() -> tuple[str, ...]:
    """Return the fields that a word can be confirmed for."""
    return tuple(load_vocabulary().words)


def with_word(text: str, field: str, word: str, meaning: str) -> str:
    """Return the text of a vocabulary file with one word more; its other lines stay as they are."""
    line = f"{json.dumps(cleaned(word), ensure_ascii=False)} = {json.dumps(meaning)}"
    lines = text.removeprefix("\ufeff").splitlines()
    at = next((number for number, known in enumerate(lines) if known.strip() == f"[{field}]"), None)
    if at is None:
        lines += [*([""] if lines else []), f"[{field}]", line]
    else:
        lines.insert(at + 1, line)
    return "\n".join(lines) + "\n"


def _usable(tables: Mapping[str, object]) -> HomeWords:
    words: dict[str, dict[str, str]] = {}
    faults = []
    for field, table in tables.items():
        known = set(meanings_of(field).values())
        if not known or not isinstance(table, dict):
            what = Sentence("{field} is no field with words.", field=field)
            fix = Sentence("Fields with words: {known}.", known=", ".join(fields_with_words()))
            faults.append(_fault(what, fix))
            continue
        for word, meaning in table.items():
            if isinstance(meaning, str) and meaning in known and simplified(typed_text(word)):
                words.setdefault(field, {})[simplified(typed_text(word))] = meaning
                continue
            named = {"word": word, "field": field, "meaning": meaning}
            what = Sentence("{word} has no known meaning in [{field}]: {meaning}.", **named)
            faults.append(_fault(what, Sentence("Known meanings: {known}.", known=", ".join(sorted(known)))))
    return HomeWords(words, tuple(faults))


def _fault(what: Sentence, how: Sentence) -> RuleFault:
    return RuleFault(_FILE, "", RulebookInvalid(what, place=Sentence("{file}", file=_FILE), fix=how))


def _permissions() -> Sentence:
    return Sentence("Check its permissions, and whether another program holds it open.")


def _compare() -> Sentence:
    return Sentence("Mend or remove it, then confirm the words again with `iga vocabulary confirm`.")
