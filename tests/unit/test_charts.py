"""Charts say what they show, in words, in a table and in the reader's number format; tables interpret nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from lxml import html

from analysis.estimate.likely_ranges import SCHEMA
from iga.rulebook import load_rulebook
from reports.blocks.content import Figure, Table
from reports.blocks.palette import INK, series_colours
from reports.blocks.rule_maxima import scale_of
from reports.blocks.tables import Column, table
from reports.pages.city_index import charts, headline as panels, tables as city_tables
from reports.pages.city_index.season import CitySeason, IndexStatement
from reports.pages.compare_cities import charts as comparison_charts, tables as comparison_tables
from reports.pages.compare_cities.chances import distances
from reports.pages.compare_cities.figures import Comparison, contradictions
from reports.pages.likely_range_blocks import LIKELY, ranges_table, season_ranges
from tests.outputs import assert_harmless
from warehouse.language import Language

ATTACK = "<script>alert(1)</script> **tebal** [a](javascript:alert(1))"
SNAPSHOT = {"snapshot_id": "0123456789abcdef", "software_version": "0.1.0"}


def score(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def index_row(**changes: Any) -> dict[str, Any]:
    row = {
        "region_code": "17.71", "name": "Bengkulu", "full_name": "Kota Bengkulu", "edition": 2026, "rulebook": "2026",
        "rulebook_hash": "ab" * 32, "score_kind": "claimed", "assumption_id": "2026.default", "as_of": date(2026, 8, 9),
        "spd_lower": score("51.25"), "spd_upper": score("51.25"), "innovation_count": 3, "scored_count": 3,
        "basic_service_lower": 1, "basic_service_upper": 1, "mean_maturity": score("71.42"),
        "mean_maturity_lower": score("71.42"), "mean_maturity_upper": score("71.42"),
        "count_score": score("0.00"), "count_lower": score("0.00"), "count_upper": score("0.00"),
        "iid": score("49.07"), "iid_lower": score("49.07"), "iid_upper": score("49.07"),
        "predicate_lower": "innovative", "predicate_upper": "innovative", "coverage": "complete",
        "is_estimate": False, "is_simulated": True,
    }  # fmt: skip
    return {**row, **changes}


def statement(edition: str = "2026", **changes: Any) -> IndexStatement:
    return IndexStatement(index_row(rulebook=edition, **changes), scale_of(load_rulebook(edition), "id"))


@pytest.fixture
def season() -> CitySeason:
    submissions = pl.DataFrame(
        {
            "submission_id": ["a", "b", "c"],
            "title": [ATTACK, "Halo PTSP", "SLAWE"],
            "unit_name": ["Dinas A", "Dinas B", "Puskesmas C"],
            "unit_id": ["u1", "u2", "u3"],
            "unit_kind": ["opd", "opd", "puskesmas"],
            "stage": ["implementation", "implementation", "trial"],
            "main_affair_code": ["01", None, "02"],
            "maturity": [Decimal("78.00"), Decimal("111.00"), Decimal("25.25")],
            "is_simulated": [True, True, True],
        },
        schema_overrides={"maturity": pl.Decimal(12, 2)},
    )
    affairs = pl.DataFrame(
        {
            "affair_code": ["01", "02", "03", "18"],
            "affair_group": ["basic_service"] * 3 + ["optional"],
            "name_id": ["Pendidikan", "Kesehatan", "Pekerjaan Umum dan Penataan Ruang", "Pariwisata"],
            "name_en": ["Education", "Health", "Public works and spatial planning", "Tourism"],
        }
    )
    return CitySeason(
        snapshot=SNAPSHOT,
        region={"region_code": "17.71", "name": "Bengkulu", "full_name": "Kota Bengkulu"},
        edition=2026,
        score="claimed",
        language=Language("id"),
        statements=(statement(),),
        submissions=submissions,
        units=pl.DataFrame({"unit_kind": ["opd", "opd"], "innovation_count": [0, 2]}),
        receipts=pl.DataFrame({"system": ["portal kota (simulasi)"], "is_simulated": [True]}),
        quarantine=pl.DataFrame(
            {
                "file_name": ["a.xls", "a.xls"], "sheet": ["S", "S"], "row_number": [7, 8],
                "column_name": ["Kematangan", "Nama Inisiator"], "rule": ["number_invalid", "number_invalid"],
                "original_text": [ATTACK, "Budi"], "scope": ["row", "cell"],
            }
        ),
        affairs=affairs,
        assumptions={"2026.default": pl.DataFrame()},
        rules={"2026": load_rulebook(2026)},
    )  # fmt: skip


def svgs(block: Any) -> list[html.HtmlElement]:
    return html.fragment_fromstring(block.html, create_parent="div").findall(".//svg")


CITY_CHARTS = [charts.index_parts, charts.maturity_distribution, charts.by_unit_kind, charts.by_affair]


@pytest.mark.parametrize("chart", CITY_CHARTS, ids=lambda chart: chart.__name__)
def test_a_chart_has_title_description_units_source_and_data(chart: Any, season: CitySeason) -> None:
    drawn = chart(season).html
    for svg in svgs(chart(season)):
        assert svg.get("role") == "img"
        assert svg.findtext("title") and svg.findtext("desc")
        words = " ".join(text.text_content() for text in svg.iter("text"))
        assert "Sumber: portal kota (simulasi)" in words
        assert "Kota Bengkulu, 2026" in words
        named = svg.get("aria-labelledby").split()
        assert all(svg.xpath(f".//*[@id='{name}']") for name in named)
    assert len(svgs(chart(season))) == 2
    assert "<details" in drawn and "<table" in drawn and "<figcaption>" in drawn
    assert_harmless(drawn)


@pytest.mark.parametrize("chart", CITY_CHARTS, ids=lambda chart: chart.__name__)
def test_simulated_data_is_marked_inside_every_drawing(chart: Any, season: CitySeason) -> None:
    assert all("DATA SIMULASI" in svg.text_content() for svg in svgs(chart(season)))
    real = replace(
        season,
        submissions=season.submissions.with_columns(is_simulated=False),
        receipts=season.receipts.with_columns(is_simulated=False),
        statements=(statement(is_simulated=False),),
    )
    assert "DATA SIMULASI" not in chart(real).html


def test_numbers_are_written_in_indonesian(season: CitySeason) -> None:
    assert "51,25" in charts.index_parts(season).html
    assert "71,42" in charts.index_parts(season).html
    english = charts.index_parts(replace(season, language=Language("en"))).html
    assert "51.25" in english and "51,25" not in english


def test_the_same_chart_has_the_same_bytes(season: CitySeason) -> None:
    assert charts.maturity_distribution(season) == charts.maturity_distribution(season)


def test_maturity_is_counted_per_ten_points(season: CitySeason) -> None:
    bins = season.maturity_bins().group_by("lower").agg(pl.col("innovation_count").sum()).sort("lower")
    assert dict(bins.filter(pl.col("innovation_count") > 0).rows()) == {20: 1, 70: 1, 110: 1}
    assert "110–111" in charts.maturity_distribution(season).html


def test_a_mean_is_rounded_half_up_on_exact_hundredths(season: CitySeason) -> None:
    rows = season.submissions.with_columns(pl.Series("maturity", [Decimal("0.01"), Decimal("0.02"), Decimal("25.25")]))
    by_kind = dict(replace(season, submissions=rows).by_unit_kind().select("unit_kind", "mean_maturity").rows())
    assert by_kind == {"opd": Decimal("0.02"), "puskesmas": Decimal("25.25")}


def test_a_basic_service_without_innovation_is_listed(season: CitySeason) -> None:
    affairs = season.by_affair()
    assert affairs.filter(pl.col("innovation_count") == 0)["affair_code"].to_list() == ["03"]
    assert "18" not in affairs["affair_code"]
    assert "2 dari 3 pelayanan dasar" in charts.by_affair(season).html
    assert "1 inovasi tidak menyatakan urusan" in charts.by_affair(season).html


def test_bounds_are_drawn_as_a_range_and_an_estimate_is_named(season: CitySeason) -> None:
    bounded = replace(
        season, statements=(statement(is_estimate=True, edition="2026", spd_lower=score("0"), spd_upper=score("63")),)
    )
    drawn = charts.index_parts(bounded).html
    assert "0,00–63,00 dari 63,00" in drawn
    assert "Estimasi dengan aturan 2026, bukan skor resmi" in drawn


def test_parts_without_known_maxima_are_not_drawn(season: CitySeason) -> None:
    own = statement("2025", iid=None, iid_lower=None, iid_upper=None, coverage="rule_unknown:total_maximum")
    assert "belum ada data" in charts.index_parts(replace(season, statements=(own,))).html
    headline = panels.headline(replace(season, statements=(own,))).html
    assert "tidak dihitung" in headline and "Nilai total tertinggi" in headline


def test_a_season_without_data_says_so_and_shows_no_figure(season: CitySeason) -> None:
    empty = replace(
        season, statements=(), submissions=season.submissions.clear(), units=season.units.clear(),
        receipts=season.receipts.clear(), quarantine=season.quarantine.clear(),
    )  # fmt: skip
    blocks = [*(chart(empty) for chart in CITY_CHARTS), panels.headline(empty), city_tables.lowest(empty)]
    for block in [
        *blocks,
        city_tables.unit_coverage(empty),
        city_tables.receipts(empty),
        city_tables.quarantine(empty),
    ]:
        assert "belum ada data" in block.html
        assert "<svg" not in block.html and not re.search(r"\d,\d\d", block.html)


def test_nothing_in_a_title_is_interpreted(season: CitySeason) -> None:
    for block in (city_tables.lowest(season), city_tables.quarantine(season)):
        assert "<script" not in block.html and "<strong>tebal" not in block.html and "<a " not in block.html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; **tebal** [a](javascript:alert(1))" in block.html
        assert_harmless(block.html)


def test_words_about_people_are_not_shown(season: CitySeason) -> None:
    assert "Budi" not in city_tables.quarantine(season).html


def test_a_table_is_captioned_and_deterministic() -> None:
    frame = pl.DataFrame({"name": ["A", "B"], "value": ["1,00", None], "group": ["x", "y"]})
    columns = [Column("name", "Nama"), Column("value", "Nilai", "right")]
    made = [table(frame, columns, "Judul <b>", Language("id"), is_simulated=True, group="group") for _ in range(2)]
    assert made[0] == made[1]
    tree = html.fragment_fromstring(made[0].html)
    assert tree.findtext(".//caption") is not None and "Judul <b>" in tree.find(".//caption").text_content()
    assert "DATA SIMULASI" in tree.find(".//caption").text_content()
    assert [cell.text for cell in tree.xpath("//tbody//th[@scope='row']")] == ["A", "B"]
    assert "–" in tree.text_content()


@pytest.fixture
def comparison() -> Comparison:
    own = {"edition": 2024, "rulebook": "2024", "assumption_id": "2024.default", "iid": None,
           "iid_lower": score("40.00"), "iid_upper": score("70.40")}  # fmt: skip
    estimate = {**own, "rulebook": "2026", "is_estimate": True, "iid_lower": score("60.00")}
    other = {"region_code": "33.71", "name": "Magelang", "full_name": "Kota Magelang"}
    rows = [
        index_row(**own), index_row(**estimate), index_row(),
        index_row(**other, iid=None, iid_lower=score("48.00"), iid_upper=score("50.00")),
    ]  # fmt: skip
    published = pl.DataFrame(
        {
            "statement_id": ["P1", "P2", "P3", "P4"],
            "region_code": ["33.71"] * 4,
            "region_name": ["Magelang"] * 4,
            "full_name": ["Kota Magelang"] * 4,
            "edition": [2017, 2017, 2024, 2020],
            "scheme": ["IGA", "IGA", "IGA", "video"],
            "stage": ["final"] * 4,
            "measure": ["award_score", "award_score", "iid", None],
            "score": [Decimal("2478.00"), Decimal("2548.00"), Decimal("71.87"), None],
            "innovation_count": [None, None, 88, None],
            "rank_text": [None, None, "<=10", "1"],
            "rank_scope": [None, None, "national kota", "kota"],
            "predicate": [None, None, "Sangat Inovatif", None],
            "award": [None, None, None, "Juara 1"],
            "confidence": ["high", "low", "high", "high"],
            "source": ["http://example.org/a"] * 4,
            "note": [None] * 4,
        },
        schema_overrides={"score": pl.Decimal(12, 2), "note": pl.String},
    )
    peers = pl.DataFrame(
        {"region_code": ["33.71", "34.71"], "region_name": ["Magelang", "Yogyakarta"], "edition": [2024, 2024],
         "score": [Decimal("71.87"), Decimal("62.78")], "source": ["http://example.org/a", "article:1 (ANTARA)"]},
        schema_overrides={"score": pl.Decimal(12, 2)},
    )  # fmt: skip
    return Comparison(
        snapshot=SNAPSHOT, region_codes=("17.71", "33.71"), names=("Bengkulu", "Magelang"),
        editions=(2023, 2024, 2025, 2026), score="claimed", language=Language("id"),
        index=pl.DataFrame(rows), published=published, peers=peers,
    )  # fmt: skip


def test_the_break_in_rules_is_marked_and_never_bridged(comparison: Comparison) -> None:
    drawn = comparison_charts.index_over_editions(comparison)
    for svg in svgs(drawn):
        assert not svg.xpath(".//*[contains(@class, 'mark-line')]")
        dashes = svg.xpath(".//line[@stroke-dasharray]")
        assert len(dashes) == 2
        assert "Estimasi dengan aturan 2026, bukan skor resmi" in svg.text_content()
    assert "aturan 2024" in svgs(drawn)[0].text_content()
    told = "Bengkulu 2023/2025, Magelang 2023/2024/2025 (belum ada data)"
    assert told in drawn.html and "2023" not in svgs(drawn)[0].xpath("string(./*[last()])")


def test_an_index_that_is_too_open_is_said_and_not_drawn(comparison: Comparison) -> None:
    wide = pl.when(pl.col("region_code") == "33.71").then(score("88.00")).otherwise("iid_upper").alias("iid_upper")
    wide = wide.cast(comparison.index.schema["iid_upper"])
    opened = replace(comparison, index=comparison.index.with_columns(wide))
    for drawn in (comparison_charts.index_over_editions(opened), comparison_charts.ranking(opened)):
        for svg in svgs(drawn):
            words = [text.text_content() for text in svg.iter("text")]
            assert any("Bengkulu" in text for text in words) and not any(text.startswith("Magelang") for text in words)
    assert "Magelang 2026 (batas lebih lebar dari 25 poin)" in comparison_charts.index_over_editions(opened).html
    assert "Terlalu terbuka untuk digambar: Magelang 48,00–88,00." in comparison_charts.ranking(opened).html
    every = replace(opened, index=opened.index.filter(pl.col("region_code") == "33.71"))
    for block in (comparison_charts.index_over_editions(every), comparison_charts.ranking(every)):
        assert svgs(block) == [] and "Magelang" in block.html


def range_row(**changes: Any) -> dict[str, Any]:
    row = dict.fromkeys(SCHEMA) | {
        "region_code": "33.71", "edition": 2026, "rulebook": "2026", "score_kind": "claimed", "measure": "iid",
        "kind": "sampling", "low": score("60"), "high": score("70"), "central_low": score("64"),
        "central_high": score("66"), "hard_low": score("48.00"), "hard_high": score("88.00"),
        "certainty": score("0.90"), "label_id": "rentang pencuplikan 90 %, 30 dari 88 dibaca ulang secara acak",
        "conditions_id": "30 dari 88 dipilih acak", "statement_ids": "", "refusal_id": "", "is_simulated": True,
    }  # fmt: skip
    return {**row, **changes}


def ranges_of(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCHEMA)


REFUSED = range_row(kind="prediction", low=None, high=None, refusal="too_few_donors", refusal_id="0 daerah nyata")


@pytest.fixture
def opened(comparison: Comparison) -> Comparison:
    """The comparison with bounds of Magelang that are too wide to be drawn."""
    wide = pl.when(pl.col("region_code") == "33.71").then(score("88.00")).otherwise("iid_upper").alias("iid_upper")
    index = comparison.index.with_columns(wide.cast(comparison.index.schema["iid_upper"]))
    return replace(comparison, index=index)


def test_a_likely_range_is_drawn_inside_the_bounds_in_an_ink_of_its_own(opened: Comparison) -> None:
    drawn = comparison_charts.index_over_editions(replace(opened, ranges=ranges_of(range_row(), REFUSED)))
    [figure] = drawn.parts
    assert isinstance(figure, Figure) and figure.is_estimate
    for svg in svgs(drawn):
        said = [mark.findtext("title") for mark in svg.xpath(f".//*[@fill='{LIKELY}']")]
        assert said == [
            "Magelang 2026: 48,00–88,00 (rentang pencuplikan 90 %, 30 dari 88 dibaca ulang secara acak: 60,00–70,00)"
        ]
        assert len(svg.xpath(f".//path[@fill='{INK}']")) == 2  # the two central values
    assert "bukan bukti dan bukan skor resmi" in drawn.html and "Magelang 2026 (batas" not in drawn.html


@pytest.mark.parametrize(
    "row",
    [
        range_row(low=score("50"), high=score("85")),
        range_row(kind="scenario"),
        range_row(measure="mean_maturity"),
        REFUSED,
    ],
    ids=["too wide", "scenario", "another figure", "refused"],
)
def test_what_is_no_range_of_the_index_makes_no_season_comparable(opened: Comparison, row: dict[str, Any]) -> None:
    drawn = comparison_charts.index_over_editions(replace(opened, ranges=ranges_of(row)))
    assert "Magelang 2026 (batas lebih lebar dari 25 poin)" in drawn.html
    assert not [mark for svg in svgs(drawn) for mark in svg.xpath(f".//*[@fill='{LIKELY}']")]


@pytest.mark.parametrize("count", range(1, 7))
def test_the_ink_of_likely_ranges_is_no_city_s(count: int) -> None:
    assert comparison_charts.likely_ink(count) not in series_colours(count)


def test_the_ranges_of_a_season_are_named_with_their_bounds_and_what_is_refused() -> None:
    proved = range_row(
        kind="deterministic", low=score("56.37"), high=score("88.00"), certainty=None, central_low=None,
        central_high=None, label_id="dari fakta terbit", conditions_id="satu bobot", statement_ids="P0399",
    )  # fmt: skip
    scenario = {**proved, "kind": "scenario", "low": score("60.00"), "label_id": "skenario: bobot 0,38"}
    ranges = ranges_of(scenario, range_row(), REFUSED, proved)
    block = season_ranges(ranges, "Kota Magelang", 2026, "Sumber: x", Language("id"))
    [figure] = block.parts
    assert isinstance(figure, Figure)
    assert figure.title == "Indeks 56,37–88,00 menurut fakta terbit, di dalam batas 48,00–88,00"
    wide, narrow = (svg.text_content() for svg in svgs(block))
    told = ["56,37–88,00 · dari fakta terbit", "60–70 · rentang pencuplikan 90 %", "60,00–88,00 · skenario: bobot 0,38"]
    assert [wide.index(text) for text in told] == sorted(wide.index(text) for text in told)
    assert "60–70 · pencuplikan" in narrow
    assert "Tidak diberikan: prediksi: 0 daerah nyata." in block.html and "P0399" in block.html


def test_a_season_without_a_range_says_why_and_a_known_one_says_nothing() -> None:
    for ranges, told in ((ranges_of(REFUSED), "0 daerah nyata"), (ranges_of(), "")):
        block = season_ranges(ranges, "Kota Magelang", 2026, "Sumber: x", Language("id"))
        assert told in block.html and svgs(block) == [] and bool(block.parts) == bool(told)
        assert ranges_table(ranges, {"33.71": "Kota Magelang"}, Language("id")).html == block.html


def test_labels_beside_a_chart_never_touch() -> None:
    values = [50.0, 50.1, 50.2, 70.0, 71.5, 20.0]
    placed = comparison_charts.spread_out(values, 2.0)
    ordered = sorted(placed)
    assert all(later - earlier >= 2.0 - 1e-9 for earlier, later in pairwise(ordered))
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [placed[place] for place in order] == ordered
    assert comparison_charts.spread_out([10.0, 40.0], 2.0) == [10.0, 40.0]


def test_distances_to_the_best_and_to_the_mean_are_exact_bounds() -> None:
    bounds = {"a": ("60.00", "62.00"), "b": ("50.00", "50.00"), "c": ("40.00", "61.00")}
    group = pl.DataFrame(
        {"region_code": list(bounds), "iid_lower": [score(low) for low, _ in bounds.values()],
         "iid_upper": [score(high) for _, high in bounds.values()]}
    )  # fmt: skip
    found = {row["region_code"]: row for row in distances(group, ["a", "b", "c", "d"]).iter_rows(named=True)}
    assert found["a"]["to_best"] == {"lower": Decimal("0.00"), "upper": Decimal("1.00")}
    assert found["b"]["to_best"] == {"lower": Decimal("10.00"), "upper": Decimal("12.00")}
    assert found["c"]["to_best"] == {"lower": Decimal("0.00"), "upper": Decimal("22.00")}
    ends = [(a, c) for a in (60, 62) for c in (40, 61)]
    means = [Decimal(50) - (Decimal(a) + 50 + c) / 3 for a, c in ends]
    told = found["b"]["to_mean"]
    assert abs(told["lower"] - min(means)) <= Decimal("0.005") and abs(told["upper"] - max(means)) <= Decimal("0.005")
    assert found["d"]["to_best"] is None and found["d"]["to_mean"] is None


def test_cities_under_their_own_rules_alone_have_no_estimate_in_the_legend(comparison: Comparison) -> None:
    own = replace(comparison, index=comparison.index.filter(~pl.col("is_estimate")))
    drawn = comparison_charts.index_over_editions(own)
    assert "Estimasi" not in drawn.html and "Aturan edisi itu sendiri" in drawn.html
    [estimated], [computed] = comparison_charts.index_over_editions(comparison).parts, drawn.parts
    assert isinstance(estimated, Figure) and isinstance(computed, Figure)
    assert (estimated.is_estimate, computed.is_estimate) == (True, False)


def test_overlapping_bounds_share_a_range_of_ranks(comparison: Comparison) -> None:
    ranked = comparison.ranking(2026).select("name", "rank_low", "rank_high").rows()
    assert ranked == [("Bengkulu", 1, 2), ("Magelang", 1, 2)]
    drawn = comparison_charts.ranking(comparison).html
    assert "Peringkat 1–2" in drawn and "bukan peringkat nasional" in drawn


def test_published_figures_stand_apart_from_simulated_ones(comparison: Comparison) -> None:
    drawn = comparison_charts.published_index(comparison).html
    assert "Magelang 71,87" in drawn and "angka nyata" in drawn
    assert "DATA SIMULASI" not in drawn and "49,07" not in drawn
    assert "71,87" not in comparison_charts.index_over_editions(comparison).html


def test_contradictions_stay_and_are_marked(comparison: Comparison) -> None:
    marked = contradictions(comparison.published)
    assert marked.filter("is_contradicted")["statement_id"].to_list() == ["P1", "P2"]
    [shown] = comparison_tables.published_statements(comparison).parts
    assert isinstance(shown, Table)
    headings = [column.heading for column in shown.columns]
    scores = {row[-1].split(" ·")[0]: row[headings.index("Skor")] for row in shown.values}
    assert scores == {"≠ P1": Decimal("2478.00"), "≠ P2": Decimal("2548.00"), "P3": Decimal("71.87")}


def test_other_schemes_have_a_table_of_their_own(comparison: Comparison) -> None:
    assert "Juara 1" not in comparison_tables.published_statements(comparison).html
    assert "Juara 1" in comparison_tables.published_other_schemes(comparison).html


def test_no_table_or_chart_points_elsewhere(comparison: Comparison) -> None:
    blocks = [comparison_tables.published_statements(comparison), comparison_tables.published_sources(comparison),
              comparison_charts.published_index(comparison)]  # fmt: skip
    for block in blocks:
        assert_harmless(block.html)
        assert "src=" not in block.html
        sources = {source for source in comparison.published["source"] if source.startswith("http")}
        assert set(re.findall(r'href="([^"]+)"', block.html)) <= sources


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("true", "ya"),
        ('"better"', "level yang lebih baik"),
        ("worse", "level yang lebih rendah"),
        ('"min"', "peringkat terbaik"),
        ('["implementation"]', "Penerapan"),
        (None, ""),
    ],
)
def test_the_value_of_an_assumption_is_told_in_words(value: str | None, told: str, season: CitySeason) -> None:
    assert city_tables.assumption_value(value, season) == told
