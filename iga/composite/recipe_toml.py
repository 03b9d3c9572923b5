"""Writes a recipe down as TOML, every choice by its name, and reads it back: what is published is what is computed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from iga.composite.aggregation import AGGREGATIONS
from iga.composite.hierarchy import Hierarchy, Node
from iga.composite.imputation import IMPUTATIONS
from iga.composite.normalisation import NORMALISATIONS
from iga.composite.recipe import Aggregation, Normalisation, Recipe, Treatment
from iga.composite.treatment import OUTLIER_TREATMENTS
from iga.composite.weighting import WEIGHTINGS
from iga.errors import MethodRefused, Sentence
from iga.written_toml import parsed_toml

Stated = Any
"""A value as TOML states it, before a reader has checked its kind."""

Spec = TypeVar("Spec", Normalisation, Treatment, Aggregation, Node)
NOT_ROUNDED = "none"
STATED = (
    "imputation",
    "outliers",
    "normalisation",
    "scale",
    "weights",
    "aggregation",
    "exponent",
    "least_available",
    "rank_places",
)
"""Fields of a recipe that are one line of the text."""
METHODS = {
    "imputation": IMPUTATIONS,
    "imputations": (*IMPUTATIONS, "none"),
    "outliers": OUTLIER_TREATMENTS,
    "treatments": (*OUTLIER_TREATMENTS, "none"),
    "normalisation": NORMALISATIONS,
    "normalisations": NORMALISATIONS,
    "weights": WEIGHTINGS,
    "aggregation": AGGREGATIONS,
}
"""Methods that each field may name."""
TABLES = ("targets", "goalposts", "weight_targets", "imputations", "treatments", "normalisations")
"""Fields of a recipe that name indicators, each a table of the text."""


def written(recipe: Recipe, hierarchy: Hierarchy | None = None) -> str:
    """Return a recipe as TOML, and with it the hierarchy (`[[node]]`), so that both can be published.

    Every choice is stated, also one that is the default; a step that is left out has no line. The same recipe gives the
    same text, and `recipe_of` gives the recipe back. Raises MethodRefused for an own function, which no text can hold,
    and for a unit that is neither text nor number.
    """
    lines: list[str] = []
    tables: list[str] = []
    for field in fields(Recipe):
        value = getattr(recipe, field.name)
        if field.name == "rank_places" and value is None:
            value = NOT_ROUNDED
        if value is None:
            continue
        if field.name == "groups":
            pairs = ", ".join(f"[{_value(unit)}, {_value(group)}]" for unit, group in value.items())
            lines.append(f"groups = [{pairs}]")
        elif isinstance(value, Mapping):
            tables += _table("aggregations" if field.name == "aggregation" else field.name, value)
        elif isinstance(value, Aggregation):
            tables += ["", "[aggregation]", *_spec_lines(value)]
        else:
            lines.append(f"{field.name} = {_value(value)}")
    for node in hierarchy.nodes if hierarchy else ():
        tables += ["", "[[node]]", *_spec_lines(node)]
    return "\n".join([*lines, *tables]) + "\n"


def recipe_of(text: str) -> Recipe:
    """Return the recipe that a TOML text states; what it does not state is the default.

    `[aggregations]`, or `[aggregation]` without a `method`, names one aggregation for each node. Raises MethodRefused
    naming a key that no recipe has, a method that there is not and a value of another kind, and for what is no TOML.
    """
    given = _parsed(text)
    given.pop("node", None)
    choices: dict[str, Stated] = {}
    for key, value in given.items():
        if key == "aggregations":
            choices["aggregation"] = {code: _named(how, Aggregation, key) for code, how in _mapping(value, key).items()}
        elif key == "aggregation" and isinstance(value, dict) and "method" not in value:
            choices[key] = {code: _named(how, Aggregation, key) for code, how in value.items()}
        elif key == "aggregation":
            choices[key] = _named(value, Aggregation, key)
        elif key == "treatments":
            choices[key] = {name: _named(how, Treatment, key) for name, how in _mapping(value, key).items()}
        elif key == "normalisations":
            choices[key] = {name: _named(how, Normalisation, key) for name, how in _mapping(value, key).items()}
        elif key in TABLES:
            read = READERS[key]
            choices[key] = {name: read(one, f"{key}.{name}") for name, one in _mapping(value, key).items()}
        elif key == "groups":
            choices[key] = dict(_pair_of(pair) for pair in _list(value, key))
        elif key in STATED:
            choices[key] = READERS[key](value, key)
        else:
            raise _refused(key, Sentence("no recipe has it."), [*STATED, *TABLES, "aggregations", "groups", "node"])
    _check_methods(choices)
    if choices.get("rank_places") == NOT_ROUNDED:
        choices["rank_places"] = None
    return Recipe(**choices)


def _check_methods(choices: Mapping[str, Stated]) -> None:
    for key, known in METHODS.items():
        value = choices.get(key)
        for how in value.values() if isinstance(value, dict) else [value]:
            method = getattr(how, "method", how)
            if method is not None and method not in known:
                raise _refused(key, Sentence("there is no {value}.", value=method), list(known))


def hierarchy_in(text: str) -> Hierarchy | None:
    """Return the hierarchy that stands in the text of a recipe, None where none does; raises as `hierarchy_of` does."""
    nodes = _parsed(text).get("node")
    return None if nodes is None else Hierarchy(tuple(_spec(node, Node, "node") for node in _list(nodes, "node")))


def _parsed(text: str) -> dict[str, Stated]:
    try:
        return parsed_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise MethodRefused(
            "it is no TOML: {reason}.", place="recipe", fix="Repair the text at that place.", reason=str(error)
        ) from None


def _table(name: str, rows: Mapping[str, Stated]) -> list[str]:
    """A table of one line per indicator or node, and one of its own for each that has options."""
    plain = [f"{_key(key)} = {_value(value)}" for key, value in rows.items() if not _is_spec(value)]
    lines = ["", f"[{name}]", *plain] if plain else []
    for key, value in rows.items():
        if _is_spec(value):
            lines += ["", f"[{name}.{_key(key)}]", *_spec_lines(value)]
    return lines


def _is_spec(value: object) -> bool:
    return isinstance(value, Normalisation | Treatment | Aggregation)


def _spec_lines(spec: Normalisation | Treatment | Aggregation | Node) -> list[str]:
    stated = {field.name: getattr(spec, field.name) for field in fields(spec)}
    return [f"{name} = {_value(value)}" for name, value in stated.items() if value is not None]


def _key(name: str) -> str:
    """A key as people write it, bare where TOML takes it so."""
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else _quoted(name)


def _quoted(name: str) -> str:
    return json.dumps(str(name), ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Stated) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, tuple | list):
        return f"[{', '.join(_value(part) for part in value)}]"
    raise MethodRefused(
        "{value} cannot be written down.",
        place="recipe",
        fix="Use a method by its name; units and groups are text or numbers.",
        value=getattr(value, "__name__", value),
    )


def _refused(key: str, message: Sentence, known: list[str]) -> MethodRefused:
    return MethodRefused(message, place="recipe, {key}", fix="Known: {known}.", key=key, known=", ".join(known))


def _mapping(value: Stated, key: str) -> dict[str, Stated]:
    if not isinstance(value, dict):
        raise _refused(key, Sentence("it is no table."), [f"[{key}]"])
    return value


def _list(value: Stated, key: str) -> list[Stated]:
    if not isinstance(value, list):
        raise _refused(key, Sentence("it is no list."), ["[ … ]"])
    return value


def _pair_of(value: Stated) -> tuple[Stated, Stated]:
    if not isinstance(value, list) or len(value) != 2:
        raise _refused("groups", Sentence("it is no list of [unit, group]."), ["[[unit, group], …]"])
    return value[0], value[1]


def _text(value: Stated, key: str) -> str:
    if not isinstance(value, str):
        raise _refused(key, Sentence("{value} is no text.", value=value), [Sentence("text").told()])
    return value


def _number(value: Stated, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(key, Sentence("{value} is no number.", value=value), [Sentence("a number").told()])
    return float(value)


def _pair(value: Stated, key: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise _refused(key, Sentence("{value} is no pair of numbers.", value=value), ["[1.0, 100.0]"])
    return _number(value[0], key), _number(value[1], key)


def _flag(value: Stated, key: str) -> bool:
    if not isinstance(value, bool):
        raise _refused(key, Sentence("{value} is neither true nor false.", value=value), ["true", "false"])
    return value


def _whole(value: Stated, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(key, Sentence("{value} is no whole number.", value=value), [Sentence("a whole number").told()])
    return value


def _places(value: Stated, key: str) -> int | str:
    return NOT_ROUNDED if value == NOT_ROUNDED else _whole(value, key)


def _any(value: Stated, key: str) -> Stated:
    return value


def _named(value: Stated, kind: type[Spec], key: str) -> str | Spec:
    """A method by its name alone, or a table of it with its options."""
    return _text(value, key) if not isinstance(value, dict) else _spec(value, kind, key)


def _spec(value: Stated, kind: type[Spec], key: str) -> Spec:
    known = {field.name: field for field in fields(kind)}
    stated = _mapping(value, key)
    for name in stated:
        if name not in known:
            raise _refused(f"{key}, {name}", Sentence("no step of that kind has it."), list(known))
    for name, field in known.items():
        is_needed = field.default is MISSING and name != "parent"
        if is_needed and name not in stated:
            raise _refused(key, Sentence("it lacks {name}.", name=name), list(known))
    options = {name: READERS[name](one, f"{key}, {name}") for name, one in stated.items()}
    if kind is Node:
        options.setdefault("parent", None)
    return kind(**options)


READERS: dict[str, Callable[[Stated, str], Stated]] = {
    **dict.fromkeys(("imputation", "outliers", "normalisation", "weights", "imputations"), _text),
    **dict.fromkeys(("method", "transform", "code", "parent"), _text),
    **dict.fromkeys(
        ("exponent", "least_available", "targets", "weight_targets", "target", "centre", "spread"), _number
    ),
    **dict.fromkeys(("power", "skewness", "kurtosis", "penalty", "least_share", "most_share", "weight"), _number),
    **dict.fromkeys(("scale", "goalposts"), _pair),
    **dict.fromkeys(("most_winsorised", "direction"), _whole),
    **dict.fromkeys(("is_population", "is_sample"), _flag),
    "rank_places": _places,
    "reference": _any,
}
"""How a value of each key is read: of the recipe itself, and of a step with options."""
