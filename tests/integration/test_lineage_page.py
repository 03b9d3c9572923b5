"""The page of a city: each figure that links to its cells finds them in the same page."""

from __future__ import annotations

import re

import pytest

from reports.pages.city_index import headline as panels, lineage, tables as city_tables
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import CitySeason, read_city_season
from warehouse import Snapshot


@pytest.fixture
def season(example: Snapshot) -> CitySeason:
    parameters = CityIndexParameters(
        city="bengkulu", edition=2026, rulebook="", score="claimed", lang="en", snapshot=""
    )
    return read_city_season(example, parameters)


def test_every_link_of_a_figure_has_its_place_in_the_page(season: CitySeason) -> None:
    linked = panels.headline(season).html + city_tables.lowest(season).html
    anchors = set(re.findall(r'id="(asal-[^"]+)"', lineage.origins(season).html))
    links = re.findall(r'href="#([^"]+)"', linked)
    assert {"asal-iid", "asal-mean_maturity", "asal-innovation_count"} <= set(links) <= anchors
    assert len(links) > 10


def test_an_innovation_shows_file_sheet_row_and_cell(season: CitySeason) -> None:
    html = lineage.origins(season).html
    row = season.lineage.filter(season.lineage["figure"] == "mean_maturity").row(0, named=True)
    found = re.search(rf'<tr id="asal-{row["subject"]}">(.*?)</tr>', html, re.DOTALL)
    assert found is not None
    texts = re.findall(r">([^<>\n]+)<", found[1])
    assert [row["file_name"].rsplit("/", 1)[1], row["sheet"], str(row["row_number"]), row["cell"]] == texts[1:5]
    assert texts[5] == row["original_text"]


def test_a_season_without_data_has_no_dead_links(example: Snapshot) -> None:
    parameters = CityIndexParameters(
        city="bengkulu", edition=2021, rulebook="", score="claimed", lang="en", snapshot=""
    )
    empty = read_city_season(example, parameters)
    assert lineage.link_to(empty, "iid") is None
    assert "asal-" not in lineage.origins(empty).html
