"""What a snapshot answers in the words of the domain, and how it says that a name is wrong."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from analysis.api import EditionUnknown
from analysis.history.trace.figure_cells import trace_figure
from analysis.planning.scenario import Scenario
from analysis.result import MOST_ROWS, Result
from warehouse import Snapshot
from warehouse.errors import UnknownName, WorkbenchError
from warehouse.language import Language


def test_answers_agree_with_the_tables(example: Snapshot) -> None:
    stored = example.sql(
        "select iid, iid_lower, predicate from region_index "
        "where region_code = '17.71' and edition = 2026 and rulebook = '2026' and score_kind = 'claimed'"
    ).row(0)
    answer = example.index("Kota Bengkulu", 2026, rules="2026")
    assert (answer.iid, answer.bounds[0], answer.predicate) == stored
    assert example.cities.bengkulu.index(2026).iid == example.cities["17.71"].index(2026).iid == stored[0]
    assert example.editions == (2023, 2024, 2025, 2026)
    assert example.relation("submission").aggregate("count(*)").fetchall() == [(example["submission"].height,)]
    assert example.what_if("bengkulu", 2026, Scenario(name="same"))["iid_lower"].to_list() == [stored[1]] * 2


def test_places_are_those_of_the_command(example: Snapshot) -> None:
    places = example.rank(2026, scope="cities").frame
    index = dict(places.select("city", "iid_upper").iter_rows())
    assert places["city"].to_list() == sorted(index, key=lambda city: -index[city])
    assert example.rank(2026)["rank_low"].to_list() == [1, 2, 3]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda one: one.index("magelang", 2022), "There is no edition 2022 for Kota Magelang -> there are 2023, 2024"),
        (lambda one: one.index("bandung"), "holds nothing of Kota Bandung -> there are Kota Bengkulu"),
        (lambda one: one.cities["bengkul"], "perhaps: Kota Bengkulu"),
        (lambda one: one.rank(2031), "There is no edition 2031 in this snapshot -> there are 2023"),
        (lambda one: one.sql("select iidd from region_index"), 'Candidate bindings: "iid"'),
        (lambda one: one["submision"], "perhaps: submission"),
        (lambda one: one.index("bengkulu")["predikat"], "perhaps: predicate"),
        (lambda one: one.index("bengkulu").iid, "There are 7 rows, not one"),
        (lambda one: one.index("bengkulu", score="resmi"), "those that exist: claimed, verified, final"),
        (lambda one: one.plan("bengkulu", 2026, budget=3, target=90), "give one of budget"),
        (lambda one: one.relation("drop table region"), "Only one reading statement"),
        (lambda one: one.published("bengkulu", 1999), "there are 20"),
    ],
)
def test_a_wrong_name_says_what_there_is(example: Snapshot, ask: Callable[[Snapshot], object], said: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        ask(example)
    assert said in str(caught.value)


def test_completion_offers_what_can_be_asked(example: Snapshot) -> None:
    assert {"cities", "index", "plan", "published", "readiness", "sql"} <= set(dir(example))
    assert {"bengkulu", "magelang", "bandar_lampung"} <= set(dir(example.cities))
    assert "Kota Magelang" in example.cities._ipython_key_completions_()
    assert "region_index" in example._ipython_key_completions_()
    assert "iid" in example.index()._ipython_key_completions_()


def test_published_statements_stand_with_what_contradicts_them(example: Snapshot) -> None:
    published = example.published().frame
    doubted = published.filter(pl.col("contradiction").is_not_null())
    assert not doubted.is_empty()
    for row in doubted.iter_rows(named=True):
        assert row["statement_id"] in row["contradiction"]
    assert published["statement_id"].n_unique() == published.height
    assert "is_simulated" not in published.columns


def test_simulated_answers_say_so_in_both_languages(example: Snapshot) -> None:
    for lang, mark in (("id", "DATA SIMULASI"), ("en", "SIMULATED DATA")):
        example.use_language(lang)
        answers = [example.index(), example.rank(2026), example.plan("bengkulu", 2026, budget=3)]
        for answer in [*answers, example.readiness("bengkulu", 2026), example.readiness("bengkulu", 2026).gaps]:
            assert mark in answer._repr_html_()
            assert mark in repr(answer)
        assert mark in str(example.index().chart().to_dict()["title"])


def test_text_of_files_is_not_markup() -> None:
    frame = pl.DataFrame({"<b>": ["<script>alert(1)</script>", "**x**"], "n": [Decimal("1.5"), None]})
    html = Result(frame=frame, title="<i>", language=Language("id"))._repr_html_()
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html
    assert "&lt;script&gt;" in html and "1,5" in html and "**x**" in html


def test_a_long_answer_is_cut_in_sight_and_whole_beneath(example: Snapshot) -> None:
    innovations = example.innovations("bengkulu", 2026)
    assert len(innovations) == 274
    html = innovations._repr_html_()
    assert html.count("<tr>") < MOST_ROWS + 20
    assert f"{MOST_ROWS} baris pertama dari 274" in html


def test_a_paper_gets_its_citation_method_and_panel(example: Snapshot, tmp_path: Path) -> None:
    example.use_language("en")
    assert example.snapshot_id in example.citation() and "SIMULATED DATA" in example.citation()
    method = example.method()
    for name, content in example.sql("select rulebook, rulebook_hash from snapshot_rulebook").iter_rows():
        assert f"## {name}: " in method and content in method
    own = pl.DataFrame({"region": ["Kota Magelang", "17.71"], "value": [1.5, 2.5]})
    panel = example.panel("bengkulu", "magelang", editions=[2024]).join(own, region="region", prefix="own")
    assert dict(panel.frame.select("region_code", "own_value").iter_rows()) == {"33.71": 1.5, "17.71": 2.5}
    assert {"panel.csv", "citation.bib", "codebook.csv"} <= {path.name for path in panel.write(tmp_path)}
    assert "<table" in panel._repr_html_()
    with pytest.raises(WorkbenchError, match="Magelang"):
        example.panel("magelang").join(pl.DataFrame({"r": ["Magelang"]}), region="r", prefix="x")


def test_a_figure_is_traced_and_shown(example: Snapshot) -> None:
    traced = example.trace("bengkulu", 2026, column="spd_score")
    assert traced.frame.equals(trace_figure(example, "17.71", 2026, column="spd_score"))
    page = traced._repr_html_()
    assert str(traced["cell"][0]) in page and "SPD" in page and "spd_score<" not in page
    assert traced.is_simulated == bool(traced["is_simulated"].any())
    place = traced.frame.row(0, named=True)
    back = example.trace(file=place["file_name"], row=place["row_number"], sheet=place["sheet"])
    assert "iid" in back["figure"].to_list()
    with pytest.raises(UnknownName, match="figure or a row"):
        example.trace("bengkulu")
    with pytest.raises(EditionUnknown):
        example.trace("bengkulu", 1999)
