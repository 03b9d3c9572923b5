"""Lineage in both directions: each traced cell stands in its file as told, and each row leads to its figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import openpyxl
import polars as pl
import pytest

from analysis import open_snapshot
from analysis.history.trace.figure_cells import INDEX_PARTS, cells_of_index, column_letters, trace_figure, trace_row
from analysis.season.frames import read_season_frames
from etl.cells.sheets import as_text, read_cells
from etl.layout.declared import load_layout
from etl.outgoing.return_to_sender import write_returns
from etl.publish import ingest
from etl.receipt import content_of
from iga.rulebook import load_rulebook
from simulation.exports import WRITERS
from simulation.files import SUFFIX, bytes_of, export_of, reporting_regions
from tests.city_files import (
    CONTROL_HEADER,
    LIST_HEADER,
    exported,
    html_export,
    innovation,
    load,
    portal_list,
    put,
    workbook,
)
from tests.conftest import Ran
from warehouse import Snapshot
from warehouse.errors import UnknownName
from warehouse.home import Home

EDITION = 2026
LISTS = [name for name in WRITERS if load_layout(name).kind in ("innovation_list", "control_sheet", "spd_answers")]


@cache
def _sheets(home: Path, file_sha256: str) -> dict[str, list[list[str]]]:
    sheets = read_cells(content_of(Home.at(home), file_sha256))[1]
    return {sheet.name: [[as_text(cell) for cell in row] for row in sheet.rows] for sheet in sheets}


def _cell(home: Path, row: dict[str, object]) -> str | None:
    """What the received file holds at the traced place; None where the place is a whole row of a form."""
    if row["cell"] is None:
        return None
    lines = _sheets(home, str(row["file_sha256"]))[str(row["sheet"])]
    line = lines[int(str(row["row_number"])) - 1]
    letters = str(row["cell"]).rstrip("0123456789")
    return next(text for number, text in enumerate(line, start=1) if column_letters(number) == letters)


def _hold_cells(home: Path, traced: pl.DataFrame) -> int:
    held = 0
    for row in traced.iter_rows(named=True):
        text = _cell(home, row)
        if text is not None:
            assert (text or None) == row["original_text"], row
            held += 1
    return held


SEASONS = [("17.71", 2026), ("17.71", 2023), ("33.71", 2026), ("18.71", 2026), ("18.71", 2024)]
"""Of the examples: HTML exports, control sheet, SPD answers, registers, and three workbook layouts."""


@pytest.mark.parametrize(("city", "edition"), SEASONS)
def test_each_figure_leads_to_cells_that_stand_in_their_files(
    example: Snapshot, example_home: Path, city: str, edition: int
) -> None:
    indices = example.sql("select * from region_index where region_code = ? and edition = ?", [city, edition])
    index = indices.filter(pl.col("score_kind") == "claimed").sort("is_estimate").row(0, named=True)
    traced = trace_figure(example, city, edition)
    counts = dict(traced.group_by("figure").len().iter_rows())
    assert counts["innovation_count"] == index["innovation_count"]
    of_mean = traced.filter(pl.col("figure") == "mean_maturity")
    assert of_mean["subject"].n_unique() == index["scored_count"]
    assert _hold_cells(example_home, traced) == traced.height
    for column in ("title", "unit_name", "stage", "main_affair_code", "unit_kind"):
        cells = trace_figure(example, city, edition, column=column)
        assert _hold_cells(example_home, cells) == cells.height > 0


def test_the_mean_of_the_traced_scores_is_the_mean(example: Snapshot) -> None:
    traced = trace_figure(example, "17.71", 2026, column="mean_maturity")
    mean = traced["value"].cast(pl.Decimal(12, 2)).cast(pl.Float64).mean()
    stored = example.sql("select mean_maturity from region_index where region_code = '17.71' and edition = 2026")
    assert mean == pytest.approx(float(stored["mean_maturity"][0]), abs=0.005)


def test_each_row_leads_to_the_figures_that_used_it(example: Snapshot) -> None:
    for city, edition in SEASONS[:3]:
        traced = trace_figure(example, city, edition)
        for row in traced.gather_every(max(1, traced.height // 8)).iter_rows(named=True):
            back = trace_row(example, row["file_sha256"], row["row_number"], row["sheet"])
            table = {"spd_score": "region_answer"}.get(row["figure"], "submission")
            cells = back.filter(pl.col("figure").is_in([table, "answer"]))
            assert (cells["cell"] == row["cell"]).any()
            assert row["subject"] in set(cells["subject"])
            assert {row["figure"], "iid"} <= set(back["figure"])


def test_a_row_of_an_earlier_export_tells_which_row_counts(example: Snapshot) -> None:
    back = trace_row(example, "ekspor-2026-07-15.xls", 5)
    assert back["figure"].to_list() == ["row", "observation"]
    assert "ekspor-2026-08-09.xls" in back["value"][1]


def test_the_cells_of_a_report_are_those_of_a_trace(example: Snapshot) -> None:
    seasons = example.sql("select distinct region_code, edition, score_kind from region_index order by all")
    for code, edition, score in seasons.iter_rows():
        query = "select rulebook from region_index where region_code = ? and edition = ? order by is_estimate"
        own = example.sql(query, [code, edition])["rulebook"][0]
        frames = read_season_frames(example, code, edition, score_kind=score, rulebook=load_rulebook(own))
        assert cells_of_index(example, frames).equals(trace_figure(example, code, edition, score=score))
    assert seasons.height > 5


@pytest.fixture(scope="module")
def layouts_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one simulated file of each layout of innovations or answers, each from a region of its own."""
    home = Home.at(tmp_path_factory.mktemp("layouts"))
    home.create()
    for layout, region in zip(LISTS, reporting_regions(), strict=False):
        export = export_of(layout, region, EDITION, 6, Random(layout), 0)
        folder = f"{region.region_code}/{EDITION}"
        name = f"{layout}{SUFFIX[export.file_format]}"
        put(home, f"{folder}/{name}", bytes_of(export))
        put(home, f"{folder}/receipt.toml", f'simulated = true\n[[file]]\nname = "{name}"\nlayout = "{layout}"\n')
    load(home)
    return home.root


@pytest.fixture(scope="module")
def layouts(layouts_home: Path) -> Iterator[Snapshot]:
    with open_snapshot(home=layouts_home) as snapshot:
        yield snapshot


@pytest.mark.parametrize("layout", [name for name in LISTS if name != "template_control_sheet"])
def test_every_layout_is_traced_both_ways(layouts: Snapshot, layouts_home: Path, layout: str) -> None:
    receipt = layouts.sql("select * from receipt where layout = ?", [layout]).row(0, named=True)
    place = (receipt["region_code"], EDITION)
    if load_layout(layout).kind == "spd_answers":
        traced = trace_figure(layouts, *place, column="spd_score")
    else:
        traced = trace_figure(layouts, *place, column="title")
        assert traced["value"].to_list() == traced["label"].to_list()
    _hold_cells(layouts_home, traced)
    for row in traced.head(2).iter_rows(named=True):
        assert row["file_sha256"] == receipt["file_sha256"]
        assert str(row["value"]).split()[0] in str(row["original_text"])
        back = trace_row(layouts, row["file_sha256"], row["row_number"], row["sheet"])
        assert row["subject"] in set(back.filter(pl.col("value") == row["value"])["subject"])


def test_a_rejected_cell_and_a_merged_row_say_what_became_of_them(empty_home: Home) -> None:
    rows = [innovation("Satu", 70), innovation("Satu", 70), innovation("Dua", 70, stage="Entah"), innovation("", 60)]
    put(empty_home, "bengkulu/2026/a.xlsx", portal_list(*rows))
    put(empty_home, "bengkulu/2026/b.xlsx", workbook([LIST_HEADER]))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        merged = trace_row(snapshot, "a.xlsx", 3)
        assert merged["value"][0] == "merged -> Sheet1 2"
        assert "Satu" in merged["original_text"].to_list()
        rejected = trace_row(snapshot, "a.xlsx", 4)
        assert ("quarantine", "stage_unknown", "Entah") in rejected.select("figure", "value", "original_text").rows()
        lost = trace_row(snapshot, "a.xlsx", 5)
        assert lost["figure"].to_list() == ["row", "quarantine"]
        with pytest.raises(UnknownName, match="no filled row 99"):
            trace_row(snapshot, "a.xlsx", 99)
        with pytest.raises(UnknownName, match="No file was received"):
            trace_row(snapshot, "c.xlsx", 1)
        with pytest.raises(UnknownName, match="No innovation is meant"):
            trace_figure(snapshot, "17.71", 2026, innovation="Tiga")
        with pytest.raises(UnknownName, match="figures that can be traced"):
            trace_figure(snapshot, "17.71", 2026, column="no_such_column")


def test_the_command_goes_both_ways(iga: Callable[..., Ran], example_home: Path) -> None:
    ran = iga("trace", "bengkulu", "2026", "--indicator", "16", "--format", "json", home=example_home)
    first = json.loads(ran.out)[0]
    back = iga(
        "trace", "--file", first["file_name"], "--row", str(first["row_number"]), "--format", "csv", home=example_home
    )
    assert first["cell"] in back.out
    told = iga("trace", "bengkulu", "2026", "--column", "spd_score", home=example_home)
    assert "jawaban-spd.xlsx" in told.out
    assert "SIMULATED" in told.err
    assert iga("trace", home=example_home).exit_code == 2
    assert iga("trace", "bengkulu", "2026", "--column", "x", home=example_home).exit_code == 3


def test_the_parts_of_an_index_are_those_that_are_traced(example: Snapshot) -> None:
    assert set(trace_figure(example, "33.71", 2026)["figure"]) == set(INDEX_PARTS)


DATED = """
[[file]]
name = "a.xls"
received = 2026-07-01
[[file]]
name = "k.xlsx"
received = 2026-07-01
[[file]]
name = "dokumen.xlsx"
received = 2026-07-05
coverage = "partial"
"""
CORRECTIONS = """
[[correction]]
id = "skor"
city = "bengkulu"
edition = 2026
innovation = { number = "1" }
field = "claimed_score"
action = "replace"
value = "87.50"
expect = "78.50"
reason = "salah ketik"
author = "Bappeda"
date = 2026-07-10
[[correction]]
id = "tingkat"
city = "bengkulu"
edition = 2026
innovation = { number = "2" }
indicator = "19"
field = "level"
action = "replace"
value = 3
expect = 1
reason = "berita acara"
author = "Bappeda"
date = 2026-07-10
[[correction]]
id = "kosong"
city = "bengkulu"
edition = 2026
innovation = { number = "2" }
field = "stage"
action = "clear"
expect = "implementation"
reason = "belum pasti"
author = "Bappeda"
date = 2026-07-10
[[correction]]
id = "uji"
city = "bengkulu"
edition = 2026
innovation = { number = "4" }
action = "withdraw"
reason = "uji coba"
author = "Bappeda"
date = 2026-07-10
"""


@pytest.fixture(scope="module")
def corrected_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four innovations of 1 July, their levels, documents from another file of 5 July, corrections of 10 July."""
    home = Home.at(tmp_path_factory.mktemp("corrected"))
    home.create()
    rows = [exported("1", "Satu", "78,50"), exported("2", "Dua"), exported("3", "Tiga"), exported("4", "TES TES")]
    put(home, "bengkulu/2026/a.xls", html_export(*rows))
    put(home, "bengkulu/2026/k.xlsx", workbook([CONTROL_HEADER, ["2", "Dua", "Dinas Kesehatan", *[1] * 20]]))
    header = [*CONTROL_HEADER, "Dok. 16"]
    put(home, "bengkulu/2026/dokumen.xlsx", workbook([header, ["2", "Dua", "Dinas Kesehatan", *[None] * 20, "Ya"]]))
    put(home, "bengkulu/2026/receipt.toml", DATED)
    put(home, "../corrections/kota.toml", CORRECTIONS)
    load(home)
    return home.root


def _traced(home: Path, day: date | None = None, **asked: str) -> pl.DataFrame:
    with open_snapshot(home=home, as_of=day) as snapshot:
        return trace_figure(snapshot, "17.71", 2026, **asked)


def test_a_corrected_value_names_its_correction_from_its_day_on(corrected_home: Path) -> None:
    told = ("value", "original_text", "correction", "correction_reason")
    score = _traced(corrected_home, innovation="1", column="claimed_score").select(told)
    assert score.rows() == [("87.50", "78,50", "skor", "salah ketik (Bappeda, 2026-07-10)")]
    level = _traced(corrected_home, innovation="2", column="level_19").select(told[:3])
    assert level.rows() == [("3", "1", "tingkat")]
    emptied = _traced(corrected_home, innovation="2", column="stage").select(told[:3])
    assert emptied.rows() == [(None, "Penerapan", "kosong")]
    before = _traced(corrected_home, date(2026, 7, 9), innovation="1", column="claimed_score").select(told[:3])
    assert before.rows() == [("78.50", "78,50", None)]


def test_a_document_that_another_file_told_of_leads_to_the_cell_of_that_file(corrected_home: Path) -> None:
    columns = ("column_name", "value", "file_name", "cell", "original_text")
    cells = {row[0]: row[1:] for row in _traced(corrected_home, indicator="16").select(columns).rows()}
    assert cells["level_16"] == ("1", "bengkulu/2026/k.xlsx", "D2", "1")
    assert cells["document_16"] == ("true", "bengkulu/2026/dokumen.xlsx", "X2", "Ya")
    with open_snapshot(home=corrected_home) as snapshot:
        back = trace_row(snapshot, "dokumen.xlsx", 2)
    assert ("answer", "document_16", "true") in back.select("figure", "column_name", "value").rows()


def test_a_row_leads_to_the_correction_that_changed_or_withdrew_it(corrected_home: Path) -> None:
    with open_snapshot(home=corrected_home) as snapshot:
        changed = trace_row(snapshot, "a.xls", 3).filter(pl.col("column_name") == "claimed_score")
        withdrawn = trace_row(snapshot, "a.xls", 6).filter(pl.col("figure") == "observation")
    assert changed.select("value", "correction").rows() == [("87.50", "skor")]
    assert withdrawn.select("value", "correction").rows() == [("withdrawn", "uji")]


def test_the_command_tells_the_correction_and_its_reason(iga: Callable[..., Ran], corrected_home: Path) -> None:
    told = iga("trace", "bengkulu", "2026", "--innovation", "1", "--column", "claimed_score", home=corrected_home)
    assert "skor: salah ketik" in told.out and "Correction" in told.out
    plain = iga("trace", "bengkulu", "2026", "--innovation", "3", home=corrected_home)
    assert "Correction" not in plain.out


def test_rows_of_a_returned_workbook_lead_to_the_figures_that_used_them(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu", "50,00"), exported("2", "Dua", "kosong")))
    first = ingest(empty_home, today=date(2026, 7, 1))
    (written,) = write_returns(empty_home, first.receipts, first.quarantine)
    book = openpyxl.load_workbook(written.path)
    sheet = book.worksheets[1]
    rows = {sheet.cell(row, 2).value: row for row in range(1, sheet.max_row + 1)}
    column = next(cell.column for cell in sheet[rows["Dua"]] if cell.value == "kosong")
    sheet.cell(rows["Dua"], column).value = "70,00"
    book.save(empty_home.inbox / "bengkulu/2026/kembali.xlsx")
    ingest(empty_home, today=date(2026, 7, 9))
    with open_snapshot(home=empty_home.root) as snapshot:
        mended = trace_row(snapshot, "kembali.xlsx", rows["Dua"], sheet.title)
        untouched = trace_row(snapshot, "kembali.xlsx", rows["Satu"], sheet.title)
    assert mended["value"][0] == "accepted"
    assert {"70.00", "Dua"} <= set(mended.filter(pl.col("figure") == "submission")["value"])
    assert {"mean_maturity", "iid"} <= set(mended["figure"])
    # A row that nobody changed was merged into the row of the first file, whose figures are its own.
    assert untouched["value"][0].startswith("merged -> bengkulu/2026/a.xls ")
    assert set(untouched.filter(pl.col("figure") == "submission")["file_name"]) == {"bengkulu/2026/a.xls"}
    assert {"mean_maturity", "iid"} <= set(untouched["figure"])


def test_a_field_of_another_file_is_traced_to_the_file_that_gave_it_on_that_day(empty_home: Home) -> None:
    header = [*LIST_HEADER, "Urusan Utama"]
    put(empty_home, "bengkulu/2026/a.xlsx", workbook([header, [*innovation("Satu", 50), "Kesehatan"]]))
    put(empty_home, "bengkulu/2026/b.xlsx", portal_list(innovation("Satu", 60)))
    put(empty_home, "bengkulu/2026/c.xlsx", workbook([header, [*innovation("Satu", 70), "Sosial"]]))
    days = {"a": 1, "b": 5, "c": 9}
    lines = "".join(f'[[file]]\nname = "{name}.xlsx"\nreceived = 2026-07-0{day}\n' for name, day in days.items())
    put(empty_home, "bengkulu/2026/receipt.toml", lines)
    load(empty_home)
    found = {
        day: _traced(empty_home.root, date(2026, 7, day), column="main_affair_code")["file_name"].item()
        for day in (1, 6, 9)
    }
    assert found == {day: f"bengkulu/2026/{name}.xlsx" for day, name in ((1, "a"), (6, "a"), (9, "c"))}
