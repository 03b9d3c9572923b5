"""A complete rulebook of another edition, in which nothing is as it was: what stands fixed in the code breaks on it.

2030 is 2026 with a fourth level on some indicators and SPD lines, another divisor, weights, totals, bands and window,
two more SID indicators, two numbers exchanged, four of seven basic services, two stages that are scored.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from iga.rulebook import Rulebook, RuleFiles, shipped_files
from iga.rules import collection

EDITION = 2030
PACKAGES = frozenset({"iga", "warehouse", "etl", "analysis", "reports", "simulation", "workbench"})
FOURTH = ("regulation", "vision_and_mission", "policy_recommendations")
"""Lines of 2026 that have a fourth level in 2030."""
EXCHANGED = {"22": "23", "23": "22"}
"""Numbers of 2026 -> those of the same indicators in 2030."""


def toml_of(table: Mapping[str, Any], path: str = "") -> str:
    """Return a table as TOML: what a rulebook file may hold."""
    plain = {name: value for name, value in table.items() if not _is_table(value)}
    lines = [f"{name} = {_value(value)}" for name, value in plain.items()]
    for name, value in table.items():
        inner = f"{path}{name}"
        if isinstance(value, Mapping):
            lines += ["", f"[{inner}]", toml_of(value, f"{inner}.")]
        elif _is_table(value):
            for each in value:
                lines += ["", f"[[{inner}]]", toml_of(each, f"{inner}.")]
    return "\n".join(lines)


def _is_table(value: object) -> bool:
    # Levels stand in one line each, as in the shipped files.
    is_list = isinstance(value, list) and bool(value) and isinstance(value[0], Mapping) and "level" not in value[0]
    return isinstance(value, Mapping) or is_list


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return value.isoformat() if isinstance(value, date) else str(value)


def document_of(edition: int) -> dict[str, Any]:
    """Return the content of a shipped rulebook."""
    return tomllib.loads(shipped_files().rulebooks[str(edition)], parse_float=Decimal)


def other_document() -> dict[str, Any]:
    """Return the content of the other rulebook."""
    book = document_of(2026)
    book |= {"edition": EDITION, "title_id": "Indeks Inovasi Daerah 2030", "title_en": "Regional Innovation Index 2030"}
    by_key = {each["key"]: each for each in book["indicator"]}
    for key in FOURTH:
        _add_level(by_key[key])
    # Measured lines have bounds: up to 12 recommendations are level 3 now.
    by_key["policy_recommendations"]["levels"][2] |= {"upper": 12}
    by_key["policy_recommendations"]["levels"][3] |= {"lower": 13}
    _weigh(by_key["annual_plan_integration"], Decimal("2.5"))
    for each in by_key.values():
        if each["number"] in EXCHANGED:
            number = EXCHANGED[each["number"]]
            each |= {"number": number, "group": number, "code": f"SID-{number}"}
    book["indicator"] += [
        _new("37", "digital_reach", "Jangkauan digital inovasi", Decimal("1.5"), 3),
        _new("38", "inclusion", "Replikasi yang inklusif", Decimal(2), 4),
    ]
    numbers = {
        "spd_maximum": 65, "maturity_maximum": 128, "count_weight": Decimal("0.25"), "count_cap": 160,
        "count_maximum": 40, "sid_maximum": 168, "total_maximum": 233, "divisor_minimum": 15,
        "basic_services_required": 4,
    }  # fmt: skip
    for name, value in numbers.items():
        book["parameters"][name]["value"] = value
    book["basic_services"]["affairs"] = [f"{code:02}" for code in range(1, 8)]
    book["count_indicator"] |= {"number": "39", "code": "SID-39"}
    book["eligibility"] |= {
        "implementation_from": date(2028, 1, 1), "implementation_to": date(2029, 12, 31),
        "stages": ["trial", "implementation"], "design_minimum_words": 200,
    }  # fmt: skip
    bands = {
        "very_innovative": ("70.01", "100"), "innovative": ("45.01", "70"), "less_innovative": ("5.01", "45"),
        "not_assessable": ("0", "5"),
    }  # fmt: skip
    for band in book["predicate"]:
        band["lower"], band["upper"] = map(Decimal, bands[band["code"]])
    book["assumptions"]["stages_scored"]["default"] = ["trial", "implementation"]
    return book


def _add_level(indicator: dict[str, Any]) -> None:
    level = len(indicator["levels"]) + 1
    indicator["levels"].append({"level": level, "text_id": f"Tingkat {level}", "points": indicator["weight"] * level})


def _weigh(indicator: dict[str, Any], weight: Decimal) -> None:
    indicator["weight"] = weight
    for level in indicator["levels"]:
        level["points"] = weight * level["level"]


def _new(number: str, key: str, name: str, weight: Decimal, top: int) -> dict[str, Any]:
    levels = [{"level": level, "text_id": f"{name} {level}", "points": weight * level} for level in range(1, top + 1)]
    return {
        "number": number, "key": key, "code": f"SID-{number}", "group": number, "aspect": "sid",
        "variable": "Kecanggihan Produk", "name_id": name, "name_en": key, "weight": weight, "is_mandatory": False,
        "evidence": "PDF", "levels": levels, "source": ["S1"], "confidence": "high",
    }  # fmt: skip


def other_rulebook() -> Rulebook:
    """Return the other rulebook."""
    return Rulebook(str(EDITION), toml_of(other_document()))


def files_with(*books: Mapping[str, Any]) -> RuleFiles:
    """Return the shipped files, and these books beside them or in their stead."""
    shipped = shipped_files()
    added = {str(book["edition"]): toml_of(book) for book in books}
    return replace(shipped, rulebooks={**shipped.rulebooks, **added})


def crosswalk_from_2026() -> str:
    """Return a stated crosswalk: levels stay what they are, but the top of a list that has grown may be either top."""
    new = {group.key: group for group in other_rulebook().sid_groups}
    lines = ["indicator_number,level,lower,upper,confidence,source,reason_id,reason_en"]
    for old in Rulebook("2026", shipped_files().rulebooks["2026"]).sid_groups:
        for level in range(1, old.top_level + 1):
            upper = new[old.key].top_level if level == old.top_level else level
            lines.append(f"{old.number},{level},{level},{upper},low,test,uji,test")
    return "\n".join(lines)


@contextmanager
def shipping(files: RuleFiles) -> Iterator[None]:
    """Let the program ship these rules while the context lasts."""
    original = collection.shipped_files
    with pytest.MonkeyPatch.context() as patch:
        for module in _modules():
            if getattr(module, "shipped_files", None) is original:
                patch.setattr(module, "shipped_files", lambda: files)
        try:
            _forget()
            yield
        finally:
            _forget()


def _modules() -> list[ModuleType]:
    """The modules of the program that are imported."""
    return [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in PACKAGES]


def _forget() -> None:
    """Clear what the program has kept of rules."""
    for module in _modules():
        for kept in list(vars(module).values()):
            if callable(getattr(kept, "cache_clear", None)):
                kept.cache_clear()


@contextmanager
def shipping_other_rules() -> Iterator[None]:
    """Let the program ship the other rulebook beside those that it ships."""
    files = files_with(other_document())
    with shipping(replace(files, crosswalks={**files.crosswalks, f"2026_{EDITION}": crosswalk_from_2026()})):
        yield
