"""The national report: three regions or all 546, bounds as ranges of places, published figures apart."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from reports.blocks.content import Figure, Table
from reports.pages.national_ranking import blocks as national_blocks
from reports.pages.national_ranking.figures import (
    CLUSTERS,
    PLACES,
    National,
    _ranked_index,
    province_tiles,
    read_national,
)
from reports.pages.national_ranking.parameters import NationalParameters
from warehouse import Snapshot
from warehouse.reference import load_reference


@pytest.fixture
def three(example: Snapshot) -> National:
    return read_national(example, NationalParameters.model_validate({"edition": 2026, "lang": "en"}))


@pytest.fixture
def nation(three: National) -> National:
    """Every region with made-up bounds, half of them a single value."""
    chance = random.Random(7)
    template = three.index.drop("name", "full_name", "region_type", "province_code", "province").head(1)
    rows = []
    for place, code in enumerate(three.regions["region_code"]):
        low = Decimal(chance.randrange(2000, 9000)).scaleb(-2)
        high = low if place % 2 else low + Decimal(chance.randrange(1, 900)).scaleb(-2)
        rows.append(template.row(0, named=True) | {"region_code": code, "iid_lower": low, "iid_upper": high})
    index = pl.DataFrame(rows, schema=template.schema).drop(*PLACES, "rank", "ranked_count")
    return replace(three, index=_ranked_index(index, three.regions))


def test_the_map_has_every_province_once() -> None:
    provinces = load_reference("region").filter(pl.col("region_type") == "provinsi")["region_code"].to_list()
    tiles = province_tiles()
    assert sorted(tile.province_code for tile in tiles) == sorted(provinces)
    assert len({(tile.column, tile.row) for tile in tiles}) == len(tiles) == 38


def test_three_of_546_regions_are_told_as_such(three: National) -> None:
    assert (three.index.height, three.regions.height) == (3, 546)
    assert "3 of 546 regions" in national_blocks.headline(three).html
    assert "3 of 38 provinces have data" in national_blocks.province_map(three).html
    means = three.provinces()
    assert means.filter(pl.col("ranked_count") == 0)["mean_lower"].null_count() == 35
    magelang = three.index.filter(pl.col("region_code") == "33.71").row(0, named=True)
    java = means.filter(pl.col("province_code") == "33").row(0, named=True)
    assert (java["mean_lower"], java["mean_upper"]) == (magelang["iid_lower"], magelang["iid_upper"])


def test_the_mean_of_a_province_is_rounded_half_up(nation: National) -> None:
    means = nation.provinces()
    assert means["ranked_count"].sum() == 546
    for bound in ("lower", "upper"):
        values: dict[str, list[Decimal]] = {}
        for code, value in nation.index.select("province_code", f"iid_{bound}").iter_rows():
            values.setdefault(code, []).append(value)
        hundredth = Decimal("0.01")
        known = {code: (sum(of) / len(of)).quantize(hundredth, ROUND_HALF_UP) for code, of in values.items()}
        assert dict(means.select("province_code", f"mean_{bound}").iter_rows()) == known


def test_an_older_edition_ranks_regions_in_the_provinces_of_its_time(nation: National) -> None:
    old = replace(nation, edition=2021)
    for shown, papuan, note in ((old, "Papua", True), (nation, "Papua Selatan", False)):
        [ranking] = national_blocks.ranking_table(shown).parts
        assert isinstance(ranking, Table)
        assert [row[4] for row in ranking.values if row[0] == "Kabupaten Merauke"] == [papuan]
        assert ("the provinces of today" in national_blocks.province_map(shown).html) == note


def test_an_edition_without_data_shows_no_figure(example: Snapshot) -> None:
    empty = read_national(example, NationalParameters.model_validate({"edition": 2019, "lang": "en"}))
    assert empty.index.is_empty() and empty.rulebook is None
    assert "no data yet" in national_blocks.ranking_table(empty).html
    assert "0 of 546 regions" in national_blocks.headline(empty).html
    assert "no data yet" in national_blocks.province_map(empty).html


def test_places_are_those_that_bounds_allow(nation: National) -> None:
    rows = nation.index.rows(named=True)
    assert len(rows) == 546
    for prefix, peers in (("", rows), ("cluster_", None)):
        for row in random.Random(1).sample(rows, 40):
            among = peers or [other for other in rows if other["region_type"] == row["region_type"]]
            best = 1 + sum(other["iid_lower"] > row["iid_upper"] for other in among)
            worst = sum(other["iid_upper"] > row["iid_lower"] for other in among if other is not row) + 1
            assert (row[f"{prefix}rank_low"], row[f"{prefix}rank_high"]) == (best, worst)


def test_the_whole_country_is_in_the_table_and_the_charts(nation: National) -> None:
    html = national_blocks.ranking_table(nation).html
    assert html.count("<tr") == 547 and 'data-facets="3 4 6"' in html
    assert len(html) < 200_000
    assert national_blocks.spread(nation).html.count("<title>") == 2 * 546
    assert {nation.of_cluster(cluster).height for cluster in CLUSTERS} == {38, 415, 93}


def test_published_figures_stand_in_blocks_of_their_own_without_computed_ones(three: National) -> None:
    computed = national_blocks.ranking_table(three).html + national_blocks.province_map(three).html
    for block in (national_blocks.published_index(three), national_blocks.published_statements(three)):
        [part] = block.parts
        assert isinstance(part, Figure | Table) and (part.is_published, part.is_simulated) == (True, False)
        assert "SIMULATED DATA" not in block.html
        assert "85.38" not in block.html
    assert "90.59" in national_blocks.published_index(three).html and "90.59" not in computed
    assert three.published["statement_id"].is_unique().all()
