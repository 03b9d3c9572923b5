"""Ranks: a place where indices are exact, a range of places where they are bounds."""

import random

import duckdb
import polars as pl
import pytest

from iga.index.rank import rank_regions
from iga.score import ScoreInvalid


def frame(bounds, **columns):
    codes = [f"{place:02}" for place in range(len(bounds))]
    lower, upper = [low for low, _ in bounds], [high for _, high in bounds]
    index = {"region_code": codes, "edition": 2026, "iid_lower_x100": lower, "iid_upper_x100": upper}
    return pl.DataFrame(index | columns, schema_overrides={"iid_lower_x100": pl.Int64, "iid_upper_x100": pl.Int64})


def places(ranked):
    return ranked.sort("region_code").select("rank_low", "rank_high").rows()


def places_by_comparing_pairs(bounds, ties):
    known = [(place, bound) for place, bound in enumerate(bounds) if bound[0] is not None]
    expected = [(None, None)] * len(bounds)
    for place, (low, high) in known:
        others = [bound for other, bound in known if other != place]
        if ties == "min":
            surely, possibly = sum(o[0] > high for o in others), sum(o[1] > low for o in others)
        else:
            surely, possibly = sum(o[0] >= high for o in others), sum(o[1] >= low for o in others)
        expected[place] = (1 + surely, 1 + possibly)
    return expected


def test_exact_indices_have_one_place_and_equal_ones_share_the_best():
    ranked = rank_regions(frame([(7000, 7000), (8000, 8000), (7000, 7000), (6000, 6000)])).sort("region_code")
    assert ranked["rank"].to_list() == [2, 1, 2, 4]
    assert ranked["ranked_count"].to_list() == [4, 4, 4, 4]


def test_equal_indices_share_the_worst_place_if_the_rule_says_so():
    ranked = rank_regions(frame([(7000, 7000), (8000, 8000), (7000, 7000)]), ties="max").sort("region_code")
    assert ranked["rank"].to_list() == [3, 1, 3]


def test_overlapping_bounds_give_a_range_and_no_single_place():
    ranked = rank_regions(frame([(5000, 7500), (7000, 7000), (4000, 4000)])).sort("region_code")
    assert places(ranked) == [(1, 2), (1, 2), (3, 3)]
    assert ranked["rank"].to_list() == [None, None, 3]


def test_a_region_without_an_index_is_unranked_and_not_counted():
    ranked = rank_regions(frame([(None, None), (7000, 7000)])).sort("region_code")
    assert places(ranked) == [(None, None), (1, 1)]
    assert ranked["ranked_count"].to_list() == [None, 1]


def test_a_scope_ranks_within_itself_and_leaves_out_who_is_in_none():
    ranked = rank_regions(
        frame([(7000, 7000), (8000, 8000), (9000, 9000)], scope=["kota", "kota", None]), scope_column="scope"
    )
    assert places(ranked) == [(2, 2), (1, 1), (None, None)]


def test_editions_and_rulebooks_are_ranked_apart():
    one = frame([(7000, 7000), (8000, 8000)], rulebook=["2024", "2026"])
    assert places(rank_regions(one)) == [(1, 1), (1, 1)]


def test_nothing_need_keep_rankings_apart():
    assert places(rank_regions(frame([(7000, 7000), (8000, 8000)]).drop("edition"))) == [(2, 2), (1, 1)]


def test_missing_columns_are_named():
    with pytest.raises(ScoreInvalid, match="iid_upper_x100"):
        rank_regions(frame([(1, 1)]).drop("iid_upper_x100"))


@pytest.mark.parametrize("ties", ["min", "max"])
@pytest.mark.parametrize("seed", range(5))
def test_ranges_equal_those_of_comparing_every_pair_on_both_engines(ties, seed):
    chance = random.Random(seed)
    bounds = []
    for _ in range(60):
        low = chance.randrange(0, 40)
        bounds.append(chance.choice([(low, low), (low, low + chance.randrange(0, 10)), (None, None)]))
    expected = places_by_comparing_pairs(bounds, ties)
    assert places(rank_regions(frame(bounds), ties=ties)) == expected
    assert places(rank_regions(frame(bounds).lazy(), ties=ties).collect()) == expected
    with duckdb.connect() as connection:
        relation = connection.from_arrow(frame(bounds).to_arrow())
        assert places(pl.DataFrame(rank_regions(relation, ties=ties))) == expected
