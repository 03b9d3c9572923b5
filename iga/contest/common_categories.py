"""The categories of city contests in the words that people use, from ``common_categories.toml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from iga.written_toml import parsed_toml

_SAID_BEFORE = re.compile(r"^(?:kategori|kelompok|jenjang|tingkat|klaster|cluster|lomba)\s+")


@dataclass(frozen=True)
class CommonCategory:
    """A category that many contests have: its code, its spellings (plain), and how names of its units begin."""

    code: str
    name_id: str
    spellings: frozenset[str]
    units: tuple[str, ...]


def plain(text: str) -> str:
    """Return a text for comparing: letters and digits only, lower case, single spaces."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.casefold()).split())


@cache
def common_categories() -> tuple[CommonCategory, ...]:
    """Return the categories that every contest understands."""
    path = files("iga.contest").joinpath("common_categories.toml")
    content = parsed_toml(path.read_text(encoding="utf-8"))
    return tuple(
        CommonCategory(
            row["code"],
            row["name_id"],
            frozenset(plain(text) for text in (row["code"], row["name_id"], *row["aliases"])),
            tuple(row["units"]),
        )
        for row in content["category"]
    )


def spellings_of(text: str) -> list[str]:
    """Return how a category as written may be compared: whole, without a leading "Kategori", without its brackets."""
    whole = plain(text)
    bare = _SAID_BEFORE.sub("", whole)
    outside = plain(re.sub(r"\([^)]*\)", " ", text))
    inside = [plain(part) for part in re.findall(r"\(([^)]*)\)", text)]
    made = [whole, bare, outside, _SAID_BEFORE.sub("", outside), *inside]
    return [spelling for spelling in dict.fromkeys(made) if spelling]


def common_category(text: str) -> str:
    """Return the code of the common category that a text names, and nothing else; empty where it names none."""
    for spelling in spellings_of(text):
        for category in common_categories():
            if spelling in category.spellings:
                return category.code
    return ""


def category_of_unit(name: str) -> str:
    """Return the code of the common category that a unit belongs to by its name; empty where the name does not say."""
    text = f"{plain(name)} "
    fitting = [
        (len(beginning), category.code)
        for category in common_categories()
        for beginning in category.units
        if text.startswith(beginning)
    ]
    return max(fitting)[1] if fitting else ""
