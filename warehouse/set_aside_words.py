"""The words for what is set aside: a snapshot keeps the rule and its arguments, and the words are made at reading.

They stand in `warehouse/locale/set_aside.toml`. Queries find them in the variable `set_aside_words` of their
connection, from which the views `quarantine` and `receipt` (`sql/views.sql`) make their columns; `rule_words` makes the
same of one rule.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

LANGUAGE = "id"
"""Words are Indonesian where nobody asks for another language."""
PARTS = ("message", "fix")
PLACES = {"message": "{detail}", "fix": "{fix}"}
"""Where the words of a cause stand in those of its rule; without this place they stand for the whole of them."""
LAYOUT_TAKEN = "layout_taken"
"""The rule whose words say why a layout was taken."""
VARIABLE = "set_aside_words"
_NAME = re.compile(r"\{(\w+)\}")


@cache
def set_aside_rules() -> dict[str, dict[str, Any]]:
    """Return the words of every rule; those of its causes stand under `cause`."""
    text = files("warehouse").joinpath("locale", "set_aside.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def cause_words(rule: str, cause: str, part: str, lang: str = LANGUAGE) -> str:
    """Return the template of a cause alone, such as "The file is empty"; empty where it has none of that part."""
    words = set_aside_rules()[rule]["cause"][cause]
    return str(words.get(f"{part}_{lang}", words.get(f"{part}_en", "")))


@cache
def templates(lang: str = LANGUAGE) -> dict[str, dict[str, str]]:
    """Return the templates of a language, `message` and `fix`, by `<rule>` and, for a cause, by `<rule>/<cause>`."""
    found = {}
    for rule, words in set_aside_rules().items():
        own = {part: str(words.get(f"{part}_{lang}", "")) for part in PARTS}
        found[rule] = own
        for cause in words.get("cause", {}):
            found[f"{rule}/{cause}"] = {
                part: _of_cause(template, PLACES[part], cause_words(rule, cause, part, lang))
                for part, template in own.items()
            }
    return found


def _of_cause(template: str, place: str, words: str) -> str:
    """The words of a rule for one of its causes: those of the cause at their place in the rule's, or in their stead."""
    return template.replace(place, words) if place in template else words or template


@cache
def templates_as_json(lang: str = LANGUAGE) -> str:
    """Return `templates` as the variable of a connection holds them."""
    return json.dumps(templates(lang), ensure_ascii=False)


def rule_words(rule: str, part: str, detail: str | Mapping[str, str], lang: str = LANGUAGE) -> str:
    """Return the `message` or the `fix` of a rule, filled from its arguments (`detail`, or its JSON text).

    A name without an argument is a dash. A rule or cause that is not known is told by the rule's name.
    """
    arguments: Mapping[str, str] = json.loads(detail) if isinstance(detail, str) else detail
    name = f"{rule}/{arguments['cause']}" if "cause" in arguments else rule
    template = templates(lang).get(name, {}).get(part, rule)
    return _NAME.sub(lambda found: str(arguments.get(found[1], "–")), template)


def quarantine_in_words(quarantine: pl.DataFrame, lang: str = LANGUAGE) -> pl.DataFrame:
    """Return rows of `store.quarantine` with the columns of the view `quarantine`."""
    pairs = list(quarantine.select("rule", "detail").iter_rows())
    told = quarantine.with_columns(
        pl.Series(part, [rule_words(rule, part, detail, lang) for rule, detail in pairs], dtype=pl.String)
        for part in PARTS
    )
    return told.select(pl.exclude(*PARTS, "scope", "detail"), *PARTS, "scope", "detail")


def receipts_in_words(receipts: pl.DataFrame, lang: str = LANGUAGE) -> pl.DataFrame:
    """Return rows of `history.receipt` with the columns of the view `receipt`."""
    names = [
        {"layout_detail": "layout_reason", "held_detail": "held_reason"}.get(name, name) for name in receipts.columns
    ]
    taken = [
        rule_words(LAYOUT_TAKEN, "message", detail, lang) if detail else "" for detail in receipts["layout_detail"]
    ]
    held = [
        rule_words(rule, "message", detail, lang) if rule else None
        for rule, detail in receipts.select("held_rule", "held_detail").iter_rows()
    ]
    told = receipts.with_columns(
        pl.Series("layout_reason", taken, dtype=pl.String), pl.Series("held_reason", held, dtype=pl.String)
    )
    return told.select(*names, "layout_detail", "held_detail")
