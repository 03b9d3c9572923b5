"""Reads the recipe of an own index: the TOML text of `iga.composite.recipe_toml`, its faults told with the file."""

from __future__ import annotations

from pathlib import Path

from analysis.composite.table_file import OwnFileInvalid
from iga.composite import Recipe, recipe_of
from iga.errors import RuleProblem, Sentence
from iga.reasons import reason_of


def read_recipe(path: Path | None) -> Recipe:
    """Return the recipe of a file, or the default one without a file.

    The text is what `iga.composite.recipe_of` reads and `written` writes. Raises OwnFileInvalid with the file and the
    key that no recipe has, the method that there is not, or the value of another kind.
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
        return recipe_of(text)
    except RuleProblem as problem:
        raise OwnFileInvalid(
            "The recipe cannot be read: {reason}",
            next_step=problem.how,
            place=Sentence("{file}, {place}", file=place, place=problem.where),
            reason=problem.what,
        ) from problem
