"""The words of ``recap_words.toml``, ready for comparison."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from etl.layout.declared import simplified


@dataclass(frozen=True)
class RecapWords:
    """What headers, titles and cells of a recap mean."""

    roles: dict[str, str]
    """simplified header -> role of its column"""
    groups: dict[str, str]
    """simplified text over several columns -> jurors, criteria or documents"""
    patterns: dict[str, re.Pattern[str]]
    stages: dict[str, str]
    """simplified phrase -> the stage in our words"""
    criteria: tuple[str, ...]
    documents: frozenset[str]
    answers: dict[str, bool]
    """simplified answer of a list of documents -> whether the document is there"""

    def stage_of(self, text: str) -> str:
        """Return the stage that a header names and nothing else; empty where it names none."""
        plain = re.sub(r"^(?:nilai|skor|tahap|hasil|total|jumlah)(?: [ivx\d]{1,3})? ", "", simplified(text))
        return self.stages.get(plain, "") or self.stages.get(re.sub(r"^(?:nilai|skor) ", "", plain), "")

    def stage_in(self, text: str) -> str:
        """Return the one stage that a title speaks of; empty where it names none or several."""
        plain = f" {simplified(text)} "
        phrases = sorted(self.stages, key=len, reverse=True)
        found = {self.stages[phrase] for phrase in phrases if f" {phrase} " in plain}
        return found.pop() if len(found) == 1 else ""


@cache
def load_recap_words() -> RecapWords:
    """Return the words of this installation."""
    content = tomllib.loads(resources.files("etl.recaps").joinpath("recap_words.toml").read_text(encoding="utf-8"))

    def by_word(table: dict[str, list[str]]) -> dict[str, str]:
        return {simplified(text): name for name, texts in table.items() for text in texts}

    marks = {"✓", "✔", "√", "☑", "✗", "✘"}
    answers = {
        text if text in marks else simplified(text): name == "yes"
        for name, texts in content["answers"].items()
        for text in texts
    }
    return RecapWords(
        roles=by_word(content["headers"]),
        groups=by_word(content["groups"]),
        patterns={name: re.compile(text, re.IGNORECASE) for name, text in content["patterns"].items()},
        stages=by_word(content["stages"]),
        criteria=tuple(content["criteria"]["words"]),
        documents=frozenset(content["criteria"]["documents"]),
        answers=answers,
    )
