"""The figures of a page are those of the analysis: values of parts against the snapshot, none read from words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from reports.blocks.block import Block
from reports.blocks.content import Figure, Marked, Table, leaves
from reports.pages.compare_cities import charts as comparison_charts, tables as comparison_tables
from reports.pages.compare_cities.figures import Comparison, read_comparison
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.national_ranking import blocks as national
from reports.pages.national_ranking.figures import read_national
from reports.pages.national_ranking.parameters import NationalParameters
from warehouse import Snapshot

NUMBERS = {"whole", "decimal", "percent", "signed", "interval", "percent interval", "year"}
CITIES = ["bengkulu", "magelang", "bandar lampung"]


def only(block: Block) -> Table:
    """The table of a block, or the data of its chart."""
    [part] = [part for part in leaves(block.parts) if isinstance(part, Table | Figure)]
    return part if isinstance(part, Table) else part.data


def column(shown: Table, heading: str) -> list[Any]:
    """The values of a column of numbers."""
    [place] = [place for place, told in enumerate(shown.columns) if told.heading == heading]
    assert shown.columns[place].kind in NUMBERS, heading
    return [row[place] for row in shown.values]


def ends(rows: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any] | None]:
    """Intervals as tables hold them."""
    return [None if None in row else row for row in rows]


def marks(block: Block) -> set[tuple[bool, bool, bool]]:
    """Whether the parts of a block are simulated, published and estimated."""
    parts = [part for part in leaves(block.parts) if isinstance(part, Marked)]
    return {(part.is_simulated, part.is_published, part.is_estimate) for part in parts}


def comparison_of(snapshot: Snapshot) -> Comparison:
    editions = [2023, 2024, 2025, 2026]
    return read_comparison(
        snapshot, CompareCitiesParameters.model_validate({"cities": CITIES, "editions": editions, "lang": "en"})
    )


INDEX_OF_CITIES = """
select edition, innovation_count, spd_lower, spd_upper, count_score, iid_lower, iid_upper from region_index
where region_code in ('17.71', '18.71', '33.71') and edition between 2023 and 2026 and score_kind = 'claimed'
order by region_code, edition, is_estimate, rulebook
"""


def test_cities_side_by_side(example: Snapshot) -> None:
    comparison = comparison_of(example)
    known = example.sql(INDEX_OF_CITIES)
    block = comparison_tables.index_table(comparison)
    shown = only(block)
    for heading, name in (("Edition", "edition"), ("Innovations", "innovation_count"), ("Count score", "count_score")):
        assert column(shown, heading) == known[name].to_list(), heading
    assert column(shown, "SPD") == ends(known.select("spd_lower", "spd_upper").iter_rows())
    assert column(shown, "Index") == ends(known.select("iid_lower", "iid_upper").iter_rows())
    assert None in column(shown, "Index") and marks(block) == {(True, False, True)}

    drawn = only(comparison_charts.index_over_editions(comparison))
    assert column(drawn, "Index") == column(shown, "Index") and drawn.columns[3].missing == "not computed: rule unknown"


def test_ranks_of_cities(example: Snapshot) -> None:
    comparison = comparison_of(example)
    ranked = comparison.ranking(2026)
    blocks = [comparison_charts.ranking(comparison), comparison_tables.ranking_table(comparison, 2026)]
    for shown in map(only, blocks):
        assert column(shown, "Rank") == ranked.select("rank_low", "rank_high").rows()
        assert column(shown, "Index") == ranked.select("iid_lower", "iid_upper").rows()
    assert [marks(block) for block in blocks] == [{(True, False, False)}] * 2


def test_published_statements_keep_their_scores(example: Snapshot) -> None:
    comparison = comparison_of(example)
    known = {row["statement_id"]: row for row in comparison.published.rows(named=True)}
    blocks = [comparison_tables.published_statements(comparison), comparison_tables.published_other_schemes(comparison)]
    told = 0
    for shown in map(only, blocks):
        places = [known[row[-1].removeprefix("≠ ").split(" · ")[0]] for row in shown.values]
        for heading, name in (("Score", "score"), ("Innovations", "innovation_count"), ("Edition", "edition")):
            assert column(shown, heading) == [row[name] for row in places]
        told += len(places)
    assert told == len(known)
    index = comparison_charts.published_index(comparison)
    assert column(only(index), "Index") == sorted_scores(comparison)
    assert {mark for block in (*blocks, index) for mark in marks(block)} == {(False, True, False)}


def sorted_scores(comparison: Comparison) -> list[Decimal]:
    """The final values of all cities, the newest edition last and the highest first."""
    return [score for _edition, score in sorted(comparison.peers.select("edition", "score").rows(), key=by_edition)]


def by_edition(row: tuple[int, Decimal]) -> tuple[int, Decimal]:
    return row[0], -row[1]


MEAN_INDICES = """
select left(region_code, 2), count(*), round(avg(iid_lower), 2), round(avg(iid_upper), 2) from region_index
where edition = 2026 and score_kind = 'claimed' and not is_estimate and iid_lower is not null group by all
"""


def test_regions_of_the_country(example: Snapshot) -> None:
    country = read_national(example, NationalParameters.model_validate({"edition": 2026, "lang": "en"}))
    blocks = [show(country) for show in (national.ranking_table, national.leaders, national.province_map)]
    ranking, leading, provinces = map(only, blocks)
    assert column(ranking, "Rank") == country.index.select("rank_low", "rank_high").rows()
    assert column(ranking, "Rank in cluster") == country.index.select("cluster_rank_low", "cluster_rank_high").rows()
    assert column(ranking, "Innovations") == country.index["innovation_count"].to_list()
    for shown in (ranking, leading):
        assert column(shown, "Index") == country.index.select("iid_lower", "iid_upper").rows()

    means = {code: (count, (Decimal(str(low)), Decimal(str(high)))) for code, count, low, high in mean_indices(example)}
    known = [means.get(code, (0, None)) for code in sorted(set(country.regions["province_code"]))]
    assert list(zip(column(provinces, "Regions with an index"), column(provinces, "Mean index"), strict=True)) == known
    assert sum(column(provinces, "All regions")) == country.regions.height == 546
    assert {mark for block in blocks for mark in marks(block)} == {(True, False, False)}
    assert marks(national.headline(country)) == {(True, False, False)}


def mean_indices(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    return snapshot.sql(MEAN_INDICES).rows()
