"""The research panel: what is published about three cities, which statement is preferred, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from analysis.panel import (
    BreakInMethod,
    Panel,
    bias_table,
    join_table,
    panel_rules,
    published_trend,
    read_panel,
    score_of_edition,
    selection_bounds,
    write_panel,
)
from analysis.panel.breaks import breaks_frame, breaks_from, breaks_in_method
from analysis.panel.export import known_counts
from analysis.panel.join import JoinRefused
from analysis.panel.rules import codebook
from analysis.panel.statements import marked_contradictions, preferred
from iga.rules.collection import Rulebooks, RuleFiles
from tests.conftest import Ran
from warehouse import Snapshot
from warehouse.language import Language

CITIES = ("bengkulu", "magelang", "bandar lampung")


@pytest.fixture
def published(example: Snapshot) -> Panel:
    return read_panel(example, cities=CITIES, editions=range(2019, 2026), has_computed=False)


def test_three_cities_2019_to_2025_published_only(published: Panel) -> None:
    assert known_counts(published.frame) == {"rows": 21, "statements": 14, "predicates": 8, "scores": 4}
    scores = score_of_edition(published.frame)
    assert scores.select("region_code", "edition", "score", "measure").rows() == [
        ("18.71", 2020, Decimal("2501.00"), "raw_total"),
        ("33.71", 2019, Decimal("41100.00"), "raw_total"),
        ("33.71", 2023, Decimal("59.28"), "iid"),
        ("33.71", 2024, Decimal("71.87"), "iid"),
    ]


@pytest.mark.parametrize(
    ("measure", "lowest", "highest", "editions"),
    [
        ("award_score", 2199, 2690, {2017}),
        ("raw_total", 3, 74_400, {2018, 2019, 2020}),
        ("iid", 0, 92, {2021, 2022, 2023, 2024, 2025}),
        ("jury_score", Decimal("89.5"), Decimal("89.5"), {2023}),
    ],
)
def test_each_scale_has_its_own_column(
    example: Snapshot, measure: str, lowest: Decimal, highest: Decimal, editions: set[int]
) -> None:
    frame = read_panel(example, has_computed=False).frame.filter(pl.col(f"published_{measure}").is_not_null())
    figures = frame[f"published_{measure}"]
    assert (figures.min(), figures.max(), set(frame["edition"])) == (lowest, highest, editions)
    for about in ("stage", "confidence", "statement_id"):
        assert frame[f"published_{measure}_{about}"].null_count() == 0, about


def test_points_of_a_jury_are_no_score_of_the_index(example: Snapshot) -> None:
    wonogiri = read_panel(example, cities=["33.12"], editions=[2023], has_computed=False)
    assert wonogiri.frame["published_jury_score"].to_list() == [Decimal("89.50")]
    assert wonogiri.frame["published_iid"].to_list() == [None]
    assert score_of_edition(wonogiri.frame).is_empty()
    assert known_counts(wonogiri.frame)["scores"] == 0


def test_look_alikes_and_homonyms_stay_out(published: Panel, example: Snapshot) -> None:
    """The video contest of 2020 is not the IGA; 63.95 is Kabupaten Magelang's."""
    everything = example.sql("select statement_id, region_code, score from published_result")
    assert "P0001" in everything["statement_id"].to_list()
    assert "P0001" not in published.statements["statement_id"].to_list()
    bengkulu_2020 = published.frame.filter((pl.col("region_code") == "17.71") & (pl.col("edition") == 2020))
    assert bengkulu_2020["published_rank_low"].to_list() == [None]
    assert bengkulu_2020["statement_count"].to_list() == [1]
    assert everything.filter(pl.col("score") == Decimal("63.95"))["region_code"].to_list() == ["33.08"]
    assert not published.frame.filter(pl.col("published_iid") == Decimal("63.95")).height


def test_a_trend_across_the_break_is_refused_with_its_reason(published: Panel) -> None:
    with pytest.raises(BreakInMethod, match=r"2020\|2021.*0 to 100") as caught:
        published_trend(published, "magelang", 2019, 2024)
    assert "2021" in caught.value.told()[2]
    after = published_trend(published, "magelang", 2021, 2025)
    assert after["value"].to_list() == [Decimal("59.28"), Decimal("71.87")]
    with pytest.raises(BreakInMethod, match=r"60\.01"):
        published_trend(published, "magelang", 2023, 2025, quantity="predicate")


def test_breaks_are_marked_in_the_edition_after(published: Panel) -> None:
    marked = published.frame.filter("score_break_before")["edition"].unique().to_list()
    assert marked == [2021]
    assert published.frame.filter("predicate_break_before")["edition"].unique().sort().to_list() == [2021, 2025]


def test_breaks_are_found_in_statements_rulebooks_and_crosswalks(published: Panel) -> None:
    found = {each.between: each for each in published.breaks}
    assert {pair: (each.affects, each.is_refused) for pair, each in found.items() if pair[1] <= 2026} == {
        (2017, 2018): (("score",), True),
        (2020, 2021): (("score", "predicate"), True),
        (2021, 2022): (("formula",), False),
        (2022, 2023): (("levels",), False),
        (2023, 2024): (("levels",), False),
        (2024, 2025): (("predicate",), True),
        (2025, 2026): (("levels",), False),
    }
    assert found[2023, 2024].basis == "crosswalks" and "11 of 80 levels" in found[2023, 2024].reason_en
    assert found[2022, 2023].basis == "stated"
    assert breaks_from(breaks_frame(published.breaks)) == published.breaks


def test_without_its_crosswalk_no_break_of_levels_is_told(example: Snapshot) -> None:
    files = example.rulebooks.files
    less = RuleFiles(
        files.rulebooks, {k: v for k, v in files.crosswalks.items() if k != "2023_2024"}, files.level_lists
    )
    told = breaks_in_method(
        pl.DataFrame(schema={"edition": pl.Int64, "measure": pl.String, "score": pl.Float64}), Rulebooks(less)
    )
    assert not any(
        each.between == (2023, 2024) and each.basis == "crosswalks" and "11 of 80" in each.reason_en for each in told
    )
    assert not any("score" in each.affects for each in told), "no statement, no scale"


def statements(*rows: tuple[str, str, str, float, str]) -> pl.DataFrame:
    names = ("statement_id", "stage", "confidence", "score", "source")
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        region_code=pl.lit("17.71"), edition=pl.lit(2023), measure=pl.lit("iid"), predicate=pl.lit(None, pl.String),
        innovation_count=pl.lit(None, pl.Int64),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([("P1", "interim", "high", 50, "a"), ("P2", "final", "low", 40, "b")], "P2"),
        ([("P1", "final", "medium", 50, "a"), ("P2", "final", "high", 40, "b")], "P2"),
        ([("P1", "final", "high", 50, "a"), ("P2", "final", "high", 40, "b"), ("P3", "final", "high", 40, "c")], "P2"),
        ([("P2", "final", "high", 50, "a"), ("P1", "final", "high", 40, "b")], "P1"),
    ],
    ids=["stage", "confidence", "agreement", "number"],
)
def test_preference_follows_the_printed_rule(rows: list[tuple[str, str, str, float, str]], chosen: str) -> None:
    assert preferred(statements(*rows), "score", "score")["statement_id"].to_list() == [chosen]


def test_contradictions_are_told_with_their_statements() -> None:
    marked = marked_contradictions(
        statements(
            ("P1", "final", "high", 50.0, "a"), ("P2", "final", "high", 40.0, "b"), ("P3", "interim", "low", 9.0, "c")
        )
    )
    told = dict(marked.select("statement_id", "contradiction").iter_rows())
    assert told == {"P1": "score: 50.0 (P1), 40.0 (P2)", "P2": "score: 50.0 (P1), 40.0 (P2)", "P3": None}


def test_contradictions_stay_in_the_panel(example: Snapshot) -> None:
    everything = read_panel(example, has_computed=False)
    contradicted = everything.frame.filter("is_contradicted")
    assert contradicted.height > 0
    magelang = everything.frame.filter((pl.col("region_code") == "33.71") & (pl.col("edition") == 2017)).row(
        0, named=True
    )
    assert magelang["published_award_score"] == 2478, "the page's table, not the line that belongs to another city"
    assert magelang["contradictions"] == "score: 2478.00 (P0016), 2548.00 (P0017)"


def test_simulated_rows_are_left_out_unless_asked_for(example: Snapshot) -> None:
    plain = read_panel(example, cities=CITIES, editions=[2026])
    assert not plain.frame["is_simulated"].any()
    assert plain.frame["estimate_iid_lower"].is_null().all()
    asked = read_panel(example, cities=CITIES, editions=[2026], has_simulated=True)
    simulated = asked.frame.filter("is_simulated")
    assert simulated.height == 3
    assert simulated["computed_iid_lower"].is_not_null().all()
    mixed = pl.col("^published_.*$").is_not_null()
    assert simulated.select(pl.any_horizontal(mixed).any()).item() is False, "never beside a published figure"
    assert simulated["unit_count"].min() > 0
    assert simulated["spd_score"].drop_nulls().len() == 2, "Magelang's is known as bounds only"


def test_every_column_is_in_the_codebook(published: Panel) -> None:
    assert published.frame.columns == codebook()["column"].to_list()
    assert codebook().select(pl.col("description_id", "description_en").is_null().any()).row(0) == (False, False)


def test_bias_is_stated_with_its_counts(published: Panel) -> None:
    told = published.bias(Language("en"))
    assert "Of 8 region-editions 2019-2025" in told
    assert "7 are Sangat Inovatif" in told
    assert "2020 (city): 2 of 2 in the panel, 43 of 90 nationally" in told


def test_bias_compares_like_with_like(example: Snapshot, published: Panel) -> None:
    """Cities of an edition stand beside the nation's cities of that edition, and no edition is added to another."""
    assert bias_table(published.frame, published.national).filter(pl.col("edition") == 2020).row(0) == (
        2020, "kota", 2, 2, 90, 43,
    )  # fmt: skip
    everything = read_panel(example, has_computed=False)
    known = bias_table(everything.frame, everything.national).drop_nulls("national_count")
    assert known.select("edition", "region_type", "national_count", "national_good").rows() == [
        (2020, "all", 484, 195), (2021, "all", 519, 37), (2022, "all", 510, 44),
    ]  # fmt: skip
    not_assessable = everything.frame.filter(pl.col("published_predicate") == "not_assessable").height
    counted = bias_table(everything.frame, everything.national)["published_count"].sum()
    assert counted + not_assessable == everything.frame["published_predicate"].count() and not_assessable == 1


def test_published_figures_cannot_compare_the_three_cities(published: Panel, example: Snapshot) -> None:
    pairs, selection = published.limits(Language("en"))
    assert pairs.startswith("Published results cannot compare the regions of this panel")
    assert "in 2023 is known only as between 19.76 and 86.43 (1 of 3 published)" in selection
    tidore = read_panel(example, cities=["magelang", "surakarta"], editions=[2024], has_computed=False)
    assert tidore.limits(Language("en"))[0].startswith("Published results compare 1 of the 1 pairs")


def test_selection_bounds_hold_whatever_was_not_published(published: Panel) -> None:
    bounds = selection_bounds(published.frame)
    assert bounds.select("edition", "region_count", "published_count").rows() == [(2023, 3, 1), (2024, 3, 1)]
    for row in bounds.iter_rows(named=True):
        index = row["published_mean"]
        assert row["mean_lower"] == round((index + 0 + 0) / 3, 2) and row["mean_upper"] == round((index + 200) / 3, 2)
    assert not bounds["is_apart_from_before"].any(), "no trend has a sign"


def test_join_by_code_and_by_name(published: Panel) -> None:
    own = pl.DataFrame(
        {"daerah": ["1771", "Kota Magelang", "Bandarlampung"], "tahun": [2023] * 3, "nilai": [1.5, 2, 3]}
    )
    joined = join_table(published.frame, own, region="daerah", edition="tahun", prefix="own")
    assert joined.height == published.frame.height
    found = joined.filter(pl.col("own_nilai").is_not_null()).select("region_code", "edition", "own_nilai")
    assert found.rows() == [("17.71", 2023, 1.5), ("18.71", 2023, 3.0), ("33.71", 2023, 2.0)]


def test_joined_idsd_bears_its_own_breaks(published: Panel) -> None:
    own = pl.DataFrame({"kode": ["33.71"] * 2, "tahun": [2021, 2022], "skor": [3.1, 3.3]})
    joined = join_table(published.frame, own, region="kode", edition="tahun", prefix="idsd")
    assert joined.filter("idsd_break_before")["edition"].unique().sort().to_list() == [2022, 2024]
    declared = join_table(published.frame, own, region="kode", edition="tahun", prefix="gdp", breaks=[2021])
    assert declared.filter("gdp_break_before")["edition"].unique().to_list() == [2021]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"daerah": ["Magelang"], "nilai": [1]}, "Kabupaten Magelang (33.08)"),
        ({"daerah": ["Atlantis"], "nilai": [1]}, "Atlantis"),
        ({"daerah": ["17.71", "Kota Bengkulu"], "nilai": [1, 2]}, "17.71"),
        ({"nama": ["17.71"]}, "daerah"),
    ],
    ids=["homonym", "unknown", "twice", "column"],
)
def test_a_join_that_is_not_certain_is_refused(published: Panel, own: dict[str, list[object]], told: str) -> None:
    with pytest.raises(JoinRefused) as caught:
        join_table(published.frame, pl.DataFrame(own), region="daerah", prefix="own")
    assert told in str(caught.value)
    assert caught.value.told()[2]


def test_a_homonym_is_resolved_by_type(published: Panel) -> None:
    own = pl.DataFrame({"daerah": ["Magelang", "Bengkulu"], "nilai": [1, 2]})
    joined = join_table(published.frame, own, region="daerah", region_type="kota", prefix="own")
    assert joined.filter(pl.col("own_nilai") == 1)["region_code"].unique().to_list() == ["33.71"]


def test_export_is_a_data_package_that_says_what_it_holds(published: Panel, tmp_path: Path) -> None:
    files = write_panel(published, tmp_path)
    assert all(path.is_file() for path in files)
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        path = tmp_path / resource["path"]
        assert path.is_file()
        if resource["format"] == "csv":
            header = next(csv.reader(path.open(encoding="utf-8")))
            assert header == [field["name"] for field in resource["schema"]["fields"]]
    panel = next(resource for resource in package["resources"] if resource["name"] == "panel")
    assert panel["schema"]["primaryKey"] == ["region_code", "edition", "is_simulated"]
    assert all(field["description"] for field in panel["schema"]["fields"])
    assert pl.read_parquet(tmp_path / "panel.parquet").equals(published.frame)
    bib = (tmp_path / "citation.bib").read_text(encoding="utf-8")
    assert published.snapshot_id in bib
    read_me = (tmp_path / "README.md").read_text(encoding="utf-8")
    for text in (panel_rules().preference.rule_id, panel_rules().preference.rule_en, published.bias(Language("id"))):
        assert text in read_me


def test_export_holds_no_personal_columns(published: Panel) -> None:
    names = " ".join([*published.frame.columns, *published.statements.columns])
    assert not any(word in names for word in ("initiator", "contact", "pupil", "phone"))


def test_the_command_prints_rule_bias_and_coverage(iga: Callable[..., Ran], example_home: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("kode,edition,nilai\n17.71,2023,4.5\n", encoding="utf-8")
    words = ["--city", "bengkulu", "--city", "magelang", "--city", "bandar lampung", "--editions", "2019-2025"]
    ran = iga(
        "export", "panel", *words, "--published-only", "--join", str(own), "--region-column", "kode",
        "--out", str(tmp_path / "panel"), home=example_home,
    )  # fmt: skip
    assert ran.exit_code == 0, ran.err
    assert "21 region-editions: statements in 14, a predicate in 8, a score in 4." in ran.out
    assert panel_rules().preference.rule_en in ran.out
    assert "mostly good results" in ran.out
    written = pl.read_csv(tmp_path / "panel" / "panel.csv")
    assert written["own_nilai"].drop_nulls().to_list() == [4.5]
    refused = iga(
        "export", "panel", "--join", str(own), "--region-column", "nama", "--out", str(tmp_path), home=example_home
    )
    assert refused.exit_code == 11
    assert "nama" in refused.err
