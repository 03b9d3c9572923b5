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
        place = [column.heading for column in ranking.columns].index("Province")
        assert [row[place] for row in ranking.values if row[0] == "Kabupaten Merauke"] == [papuan]
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


def test_the_order_is_that_of_the_middle_of_the_bounds(nation: National) -> None:
    middles = [(row["iid_lower"] + row["iid_upper"]) / 2 for row in nation.index.iter_rows(named=True)]
    shown = [middle.quantize(Decimal("0.01"), ROUND_HALF_UP) for middle in middles]
    assert nation.index["estimate"].to_list() == shown == sorted(shown, reverse=True)
    assert nation.index["order"][0] == 1 and nation.index["order"].is_sorted()


def test_the_least_known_region_does_not_come_first(nation: National) -> None:
    rows = nation.index.drop(*PLACES, "rank", "ranked_count", "order", "cluster_order", "estimate").drop(
        "name", "full_name", "region_type", "province_code", "province"
    )
    unknown = rows["region_code"][100]
    widest = rows.with_columns(
        iid_upper=pl.when(pl.col("region_code") == unknown).then(Decimal("99.99")).otherwise("iid_upper"),
        iid_lower=pl.when(pl.col("region_code") == unknown).then(Decimal("0.01")).otherwise("iid_lower"),
    )
    ordered = replace(nation, index=_ranked_index(widest, nation.regions)).index
    assert ordered["region_code"][0] != unknown
    assert ordered.filter(pl.col("region_code") == unknown)["rank_low"].to_list() == [1]


def test_likely_places_lie_within_those_of_the_bounds_and_are_drawn_alike_again(nation: National) -> None:
    ranking = nation.ranking
    for prefix in ("", "cluster_"):
        low, high = ranking[f"{prefix}likely_low"], ranking[f"{prefix}likely_high"]
        assert (low >= ranking[f"{prefix}rank_low"]).all() and (high <= ranking[f"{prefix}rank_high"]).all()
        assert (low <= high).all()
    likely = (ranking["likely_high"] - ranking["likely_low"]).sum()
    assert likely < 0.8 * (ranking["rank_high"] - ranking["rank_low"]).sum()
    again = replace(nation, edition=nation.edition)
    assert again.ranking.equals(ranking)
    clusters = ranking.group_by("region_type").agg(pl.col("share_first").sum())
    assert all(share >= 1 for share in clusters["share_first"])  # a shared first place counts for each


def test_a_nation_of_known_indices_has_no_estimate(nation: National) -> None:
    known = nation.index.select(pl.exclude(*PLACES, "rank", "ranked_count", "order", "cluster_order", "estimate")).drop(
        "name", "full_name", "region_type", "province_code", "province"
    )
    sure = replace(nation, index=_ranked_index(known.with_columns(iid_upper="iid_lower"), nation.regions))
    assert not sure.is_open
    [ranking] = national_blocks.ranking_table(sure).parts
    assert isinstance(ranking, Table) and not ranking.is_estimate
    assert [column.heading for column in ranking.columns][:3] == ["Region", "Rank", "Index"]
    assert "may stand best" not in national_blocks.leaders(sure).html
    assert "halfway" in national_blocks.ranking_rule(nation) and "halfway" not in national_blocks.ranking_rule(sure)


def test_provinces_that_lie_close_are_set_apart_by_shade() -> None:
    close = [Decimal(f"{43 + place / 8:.2f}") for place in range(38)]
    for estimates in (close, [Decimal(20 + 2 * place) for place in range(38)]):
        edges = national_blocks.class_edges(estimates)
        classes = {sum(value >= edge for edge in edges) for value in estimates}
        assert len(classes) >= national_blocks.CLASSES_WANTED


def test_lines_across_a_tile_stay_within_it() -> None:
    path, size = national_blocks.hatch(50, 40)
    points = [tuple(map(float, point.split(","))) for point in path.replace("M", " ").replace("L", " ").split()]
    assert size == 1600 and points
    assert all(abs(x) <= 50 / 40 + 1e-3 and abs(y) <= 1 + 1e-3 for x, y in points)


def test_the_whole_country_is_in_the_table_and_the_charts(nation: National) -> None:
    html = national_blocks.ranking_table(nation).html
    assert html.count("<tr") == 547 and 'data-facets="6 8 5"' in html
    assert len(html) < 350_000
    [spread] = national_blocks.spread(nation).parts
    assert isinstance(spread, Figure)
    counted = [row["count"] for rows in spread.specification["datasets"].values() for row in rows]
    assert sum(counted) == 546
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
