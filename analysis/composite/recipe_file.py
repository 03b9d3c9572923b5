"""Reads the recipe of an own index: a TOML file with one line per choice."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from analysis.composite.table_file import OwnFileInvalid
from iga.composite import AGGREGATIONS, IMPUTATIONS, NORMALISATIONS, OUTLIER_TREATMENTS, WEIGHTINGS, Recipe
from iga.reasons import reason_of
from iga.written_toml import parsed_toml

CHOICES = {
    "imputation": IMPUTATIONS,
    "outliers": OUTLIER_TREATMENTS,
    "normalisation": NORMALISATIONS,
    "weights": WEIGHTINGS,
    "aggregation": AGGREGATIONS,
}
"""Fields that are a method by its name."""
NUMBERS = ("exponent", "least_available")
TABLES = ("targets", "goalposts", "weight_targets")
"""Fields that give a number, or a pair of them, for each indicator."""


def read_recipe(path: Path | None) -> Recipe:
    """Return the recipe of a file, or the default one without a file.

    Keys are the fields of `Recipe`; `[aggregation]` as a table names one method per node. Raises OwnFileInvalid with
    the file and the key that no recipe has, the method that there is not, or the value of another kind.
    """
    if path is None:
        return Recipe()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise OwnFileInvalid(
            "The recipe cannot be read: {reason}",
            next_step="give a text file (UTF-8) with one choice per line",
            place=str(path.name),
            reason=reason_of(error),
        ) from error
    return recipe_of_text(text, path.name)


def recipe_of_text(text: str, place: str) -> Recipe:
    """Return the recipe that a TOML text states; raises as `read_recipe` does, naming `place`."""
    try:
        given = parsed_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise OwnFileInvalid(
            "The recipe is no TOML: {reason}",
            next_step='write one choice per line, such as normalisation = "minmax"',
            place=place,
            reason=str(error),
        ) from error
    known = [field.name for field in fields(Recipe) if field.name in (*CHOICES, *NUMBERS, *TABLES, "scale")]
    for key in given:
        if key not in known:
            raise _refused(place, key, ", ".join(known))
    return Recipe(**{key: _value(key, value, place) for key, value in given.items()})


def _value(key: str, value: Any, place: str) -> Any:
    if key in CHOICES:
        methods = value.values() if key == "aggregation" and isinstance(value, Mapping) else [value]
        for method in methods:
            if method not in CHOICES[key]:
                raise _refused(place, f"{key} = {method!r}", ", ".join(CHOICES[key]))
        return value
    if key in NUMBERS:
        return _number(key, value, place)
    if key == "scale":
        return _pair(key, value, place)
    if not isinstance(value, Mapping):
        raise _refused(place, key, f"[{key}]")
    read = _pair if key == "goalposts" else _number
    return {name: read(f"{key}.{name}", one, place) for name, one in value.items()}


def _number(key: str, value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(place, key, "0.5")
    return float(value)


def _pair(key: str, value: Any, place: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise _refused(place, key, "[1, 100]")
    return _number(key, value[0], place), _number(key, value[1], place)


def _refused(place: str, key: str, known: str) -> OwnFileInvalid:
    return OwnFileInvalid(
        "The recipe does not take {key}", next_step="what it takes: {known}", place=place, key=key, known=known
    )
