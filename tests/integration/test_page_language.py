"""A page in one language shows no text of the other: every visible string is looked up in both catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from reports.run.notebook import run_notebook
from tests.outputs import page_of
from warehouse.language import catalogue

CITY = {"city": "bengkulu", "edition": 2026}
CITIES = {"cities": ["bengkulu", "magelang"], "editions": [2024, 2026]}
QUICK: dict[str, dict[str, Any]] = {"mayor_brief": CITY, "city_index": CITY}
SLOW: dict[str, dict[str, Any]] = {
    "national_ranking": {"edition": 2026},
    "weekly_progress": CITY,
    "next_edition": CITY,
    "contest": {"city": "bengkulu", "edition": 2023},
    "portfolio": {"city": "bengkulu", "edition": 2026},
    "compare_cities": CITIES,
    "explain": {"city": "bengkulu", "from_edition": 2025, "to_edition": 2026},
    "research_panel": {"cities": ["bengkulu"], "editions": [2022, 2023]},
    "robustness": {"cities": ["bengkulu", "magelang"], "editions": [2026], "draws": 200},
    "index_audit": {"cities": ["bengkulu", "magelang"], "editions": [2026], "draws": 200},
    "own_index": {"draws": 200},
}
FROM_FILES = {"Kematangan"}
"""Words that a page quotes as they stand in a file: the heading of the column that a figure comes from."""

LITERAL_WORDS = 3
"""A text with places to fill is looked for by its literal pieces of at least this many words."""


def visible(page: str) -> Iterator[str]:
    """The texts that a reader sees or hears: text nodes, alternative texts, labels."""
    tree = html.document_fromstring(page)
    for hidden in tree.xpath("//script | //style | //code"):
        hidden.drop_tree()
    attributes = tree.xpath("//@alt | //@aria-label | //@title | //body/@*")
    for text in (*tree.xpath("//text()"), *attributes):
        if plain := " ".join(str(text).split()):
            yield plain


def foreign(lang: str) -> tuple[set[str], list[str]]:
    """Texts of the other language that differ: whole texts, and literal pieces of texts with places to fill."""
    own, texts = set(), []
    for english, indonesian in catalogue("id").items():
        own.add(indonesian if lang == "id" else english)
        if english == indonesian or english == "Name of this language":
            continue
        texts.append(english if lang == "id" else indonesian)
    whole = {text for text in texts if "{" not in text} - own - FROM_FILES
    pieces = [piece.strip() for text in texts for piece in re.split(r"\{\w+\}", text)]
    return whole, [
        piece for piece in pieces if len(piece.split()) >= LITERAL_WORDS and not any(piece in o for o in own)
    ]


def untranslated(page: str, lang: str) -> list[str]:
    whole, pieces = foreign(lang)
    shown = list(visible(page))
    found = [text for text in shown if text in whole]
    return sorted({*found, *(piece for piece in pieces if any(piece in text for text in shown))})


def check(home: Path, notebook: str, values: dict[str, Any], lang: str) -> None:
    executed = run_notebook(notebook, {**values, "lang": lang}, home=home)
    page = page_of(executed, lang)
    assert len(list(visible(page))) > 40
    assert untranslated(page, lang) == []


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("notebook", QUICK)
def test_every_visible_text_is_in_the_language_of_the_page(example_home: Path, notebook: str, lang: str) -> None:
    check(example_home, notebook, QUICK[notebook], lang)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("notebook", SLOW)
def test_every_visible_text_of_other_pages_too(example_home: Path, notebook: str, lang: str) -> None:
    check(example_home, notebook, SLOW[notebook], lang)


def test_a_text_of_the_other_language_is_found() -> None:
    page = (
        "<html><body><p>Skip to the content</p><p>15 of 20 rows shown</p><p aria-label='Contents'>x</p></body></html>"
    )
    assert untranslated(page, "id") == ["Contents", "Skip to the content"]
    assert untranslated("<html><body><p>Lewati ke isi</p></body></html>", "en") == []
