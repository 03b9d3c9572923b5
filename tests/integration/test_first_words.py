"""What pages and front pages say first, made from their own figures."""

from __future__ import annotations

from typing import Any

import pytest

from reports.blocks.block import Block
from reports.blocks.content import Text, leaves
from reports.pages.compare_cities import words
from reports.pages.compare_cities.figures import Comparison, read_comparison
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.run.declaration import list_reports, load_sites
from reports.site.contents_page import contents_body
from warehouse import Snapshot

CITIES = ["bengkulu", "magelang", "bandar lampung"]


def comparison_of(example: Snapshot, lang: str) -> Comparison:
    """The three cities of the example over its editions."""
    asked: dict[str, Any] = {"cities": CITIES, "editions": [2023, 2024, 2025, 2026], "lang": lang}
    return read_comparison(example, CompareCitiesParameters.model_validate(asked))


def messages_in(block: Block) -> list[Text]:
    """The openings among the parts of a block."""
    return [part for part in leaves(block.parts) if isinstance(part, Text) and part.tone == "message"]


@pytest.mark.parametrize(("lang", "index"), [("id", "85,38"), ("en", "85.38")])
def test_the_comparison_begins_with_who_leads(example: Snapshot, lang: str, index: str) -> None:
    [said] = messages_in(words.opening(comparison_of(example, lang)))
    assert isinstance(said.text, str) and said.text.startswith("Kota Bengkulu") and index in said.text
    assert said.is_simulated and said.text.count(". ") <= 2


def test_the_front_of_the_nation_says_who_is_highest_and_leads_to_the_newest_ranking(example: Snapshot) -> None:
    site, reports = load_sites()["national"], list_reports("national")
    built = {report.page: report.outputs for report in reports if report.page != "peringkat-2025"}
    body = contents_body(example, site, reports, built, [], "id")
    [said] = messages_in(body)
    assert "Indeks tertinggi yang pasti pada 2026: Kota Bengkulu, 85,38." in str(said.text)
    assert "2 dari 3 indeks bernilai tunggal" in str(said.text)
    where = body.html.index("Kota Bengkulu, 85,38")
    assert where < body.html.index('href="peringkat-2026.html"') < body.html.index("<h2")
    without = contents_body(example, site, reports, {"peringkat-2023": ("html",)}, [], "id")
    assert "2026" not in str(messages_in(without)[0].text) and 'href="peringkat-2026.html"' not in without.html
