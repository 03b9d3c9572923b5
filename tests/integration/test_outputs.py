"""From one run of a notebook: page, PDF, workbook and notebook with the same figures, each safe to hand on."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
import polars as pl
import pytest
from pypdf import PdfReader

from reports.blocks.content import Calculation, Figure, Heading, Part, Text, leaves
from reports.blocks.converter import Converter
from reports.blocks.tables import Column, table, table_of
from reports.pages.city_index.headline import headline
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import read_city_season
from reports.render.document import Document
from reports.render.pdf import pdf_of
from reports.render.report_workbook import HEAD_ROW, workbook_of
from reports.render.typesetting import PdfRefused
from reports.run.declaration import Report, list_reports
from reports.run.notebook import run_notebook
from tests.outputs import FIGURE, KINDS, Built, differences, evaluated, words_of, write
from warehouse import Snapshot
from warehouse.language import Language

ID = Language("id")


def report_of(page: str) -> Report:
    [report] = [one for one in list_reports("three_cities") if one.page == page]
    return dataclasses.replace(report, outputs=KINDS)


@pytest.fixture(scope="module")
def executed(example_home: Path) -> Any:
    return run_notebook("city_index", {"city": "bengkulu", "edition": 2026, "lang": "id"}, home=example_home)


@pytest.fixture(scope="module")
def built(executed: Any, example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return write(executed, report_of("bengkulu-2026"), example_home, tmp_path_factory.mktemp("outputs") / "first")


def test_all_four_show_the_same_figures(built: Built) -> None:
    page = built.tables()
    assert len(page) >= 10 and built.notebook_tables() == page
    assert [sheet["A1"].value for sheet in built.sheets()] == [table.caption for table in page]
    each = zip(built.blocks, page, built.sheets(), strict=True)
    assert [fault for block, one, sheet in each for fault in differences(block, one, sheet, ID)] == []
    told = Counter(FIGURE["id"].findall("\n".join(built.printed)))
    assert sum(one.is_folded for one in page) == 1  # on paper only its place is named
    for one in (one for one in page if not one.is_folded):
        figures = Counter(figure for row in one.rows for cell in row for figure in FIGURE["id"].findall(cell))
        assert not figures - told, one.caption


def test_the_pdf_is_tagged_and_says_what_it_is(built: Built) -> None:
    reader = built.pdf()
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "id" and "/StructTreeRoot" in root
    assert "pdfuaid:part>1<" in root["/Metadata"].get_data().decode()
    assert reader.metadata.title == "Kota Bengkulu, IGA 2026"
    roles = Counter(str(element["/S"]) for element in elements(root["/StructTreeRoot"]))
    assert {"/Table", "/TH", "/TOC", "/H1", "/H2"} <= set(roles)
    figures = [element for element in elements(root["/StructTreeRoot"]) if element["/S"] == "/Figure"]
    assert len(figures) >= 5 and all(str(element["/Alt"]).startswith("DATA SIMULASI") for element in figures)


def elements(node: Any) -> Iterator[Any]:
    node = node.get_object()
    if "/S" in node:
        yield node
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        if hasattr(child.get_object(), "keys"):
            yield from elements(child)


def test_every_page_bears_the_mark_and_its_number_and_the_last_says_what_it_rests_on(built: Built) -> None:
    pages = [page.extract_text() for page in built.pdf().pages]
    for number, text in enumerate(pages, start=1):
        assert "DATA SIMULASI" in text and f"Halaman {number} dari {len(pages)}" in text
    assert "Daftar isi" in pages[0]
    basis = next(number for number, text in enumerate(pages) if built.snapshot_id in text)
    assert basis >= len(pages) - 2 and "Dasar laporan ini" in pages[basis]
    assert "SHA-256" in pages[-1] and "lembar-kendali.xlsx" in pages[-1]


def test_the_pdf_uses_no_font_of_the_machine(built: Built) -> None:
    names = {
        str(font.get_object()["/BaseFont"]).split("+")[-1]
        for page in built.pdf().pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert names and all(name.startswith(("Arimo", "Libertinus")) for name in names)


def test_the_same_run_gives_the_same_bytes(built: Built, executed: Any, tmp_path: Path) -> None:
    again = write(executed, report_of("bengkulu-2026"), built.home, tmp_path / "again")
    assert all(again.bytes_of(kind) == built.bytes_of(kind) for kind in KINDS)


def test_the_same_notebook_run_again_gives_the_same_bytes(built: Built, tmp_path: Path) -> None:
    values = {"city": "bengkulu", "edition": 2026, "lang": "id"}
    with Converter() as converter:  # whoever draws the charts, and whatever it has drawn before
        executed = run_notebook("city_index", values, home=built.home, environment=converter.environment)
    again = write(executed, report_of("bengkulu-2026"), built.home, tmp_path / "run again")
    assert [kind for kind in KINDS if again.bytes_of(kind) != built.bytes_of(kind)] == []


def test_the_notebook_says_nothing_of_the_machine(built: Built) -> None:
    text = built.bytes_of("ipynb").decode()
    nbformat.validate(nbformat.reads(text, as_version=4))
    for private in (str(built.home), str(Path.home()) + "/", '"papermill"', "ipykernel_launcher", "start_time"):
        assert private not in text
    assert "edition = 2026" not in text
    assert all(
        output["output_type"] != "stream" for cell in json.loads(text)["cells"] for output in cell.get("outputs", [])
    )


def test_the_workbook_is_typed_filtered_and_described(built: Built) -> None:
    book = built.workbook()
    files = next(sheet for sheet in book if "Berkas yang diterima" in sheet.title)
    heads = [cell.value for cell in files[HEAD_ROW + 1]]
    row = dict(zip(heads, files[HEAD_ROW + 2], strict=True))
    assert isinstance(row["Tanggal diterima"].value, datetime) and isinstance(row["Baris"].value, int)
    assert isinstance(row["SHA-256"].value, str)
    for sheet in book:
        if sheet.title not in ("Ringkasan",) and not sheet.title.startswith("Cek Hitung"):
            assert sheet.freeze_panes and sheet.auto_filter.ref, sheet.title
        formulas = [cell for cells in sheet.iter_rows() for cell in cells if cell.data_type == "f"]
        assert bool(formulas) == sheet.title.startswith("Cek Hitung"), sheet.title
    described = {(row[0].value, row[1].value) for row in book["Buku Kode"].iter_rows(min_row=2)}
    for sheet in book:
        if sheet.title in {one.title for one in built.sheets()}:
            assert {(sheet.title, cell.value) for cell in sheet[HEAD_ROW + 1]} <= described


def test_the_hand_check_computes_the_index_of_every_season(example: Snapshot) -> None:
    rows = example.sql(
        "select distinct region_code, edition from region_index where edition in (2023, 2025, 2026) order by all"
    )
    checked = 0
    for city, edition in rows.iter_rows():
        season = read_city_season(example, CityIndexParameters(city=city, edition=edition))
        parts = tuple(part for part in leaves(headline(season).parts) if isinstance(part, Calculation))
        book = openpyxl.load_workbook(BytesIO(workbook_of(document(*parts))))
        for part, sheet in zip(parts, [one for one in book if one.title.startswith("Cek Hitung")], strict=True):
            if not part.is_computed:
                assert "tidak dihitung" in [cell.value for cell in sheet["A"]]
                continue
            place = next(row for row in range(1, 60) if sheet.cell(row, 1).value == "IID")
            ends = [evaluated(sheet, f"{column}{place}") for column in "BC" if sheet[f"{column}{place}"].value]
            assert [ends[0], ends[-1]] == [float(part.iid.lower or 0), float(part.iid.upper or 0)]
            checked += 1
    assert checked == 12


def document(*parts: Part, is_simulated: bool = False) -> Document:
    return Document("Judul", "Anak judul", "Situs", ID, parts, "abc123", "0.1.0", is_simulated)


NASTY = '#panic("x") $ x^2 $ @rujukan *tebal* _miring_ \\ <label> `kode` // [a](b) =HYPERLINK("http://x") ~ -- "kutip"'


def test_text_from_data_is_never_markup_and_never_a_formula() -> None:
    frame = pl.DataFrame({"a": [NASTY, "=1+1", "+2", "@x"]})
    [told_table] = table(frame, [Column("a", NASTY)], NASTY, ID, is_simulated=False).parts
    told_document = document(Heading(level=1, text=NASTY), Text(text=NASTY), told_table)
    words = re.sub(r"\s+", "", words_of(PdfReader(BytesIO(pdf_of(told_document)))))
    assert words.count(re.sub(r"\s+", "", NASTY)) >= 5
    book = openpyxl.load_workbook(BytesIO(workbook_of(told_document)))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert "=1+1" in [cell.value for cell in book.worksheets[1]["A"]]


def test_a_figure_without_description_is_refused() -> None:
    data = table_of(pl.DataFrame({"a": ["x"]}), [Column("a", "A")], ID, key="d", caption="c")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="5" height="5"/></svg>'
    part = Figure(key="f", title="t", units="u", description="", source="s", svg=svg, data=data)
    with pytest.raises(PdfRefused, match="alt"):
        pdf_of(document(part))


def test_wide_tables_stay_on_the_paper() -> None:
    names = [f"k{place}" for place in range(14)]
    frame = pl.DataFrame({name: ["Penyelenggaraan pemerintahan", "1.234.567,89"] for name in names})
    [wide] = table(frame, [Column(name, f"Kolom {name}") for name in names], "Lebar", ID, is_simulated=False).parts
    page = PdfReader(BytesIO(pdf_of(document(wide)))).pages[0]
    places: list[float] = []
    page.extract_text(visitor_text=lambda text, _cm, tm, _font, size: places.append(tm[4]) if text.strip() else None)
    assert max(places) < 595 - 45


@pytest.fixture(scope="module")
def compared(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    report = report_of("perbandingan")
    notebook = run_notebook(report.notebook, {**report.parameters, "lang": "id"}, home=example_home)
    return write(notebook, report, example_home, tmp_path_factory.mktemp("outputs") / "compared")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice computes the formulas")
def test_libreoffice_computes_the_same_indices(built: Built, compared: Built, tmp_path: Path) -> None:
    assert recomputed(built, tmp_path / "city") == {"Cek Hitung": "85,38"}
    indices = recomputed(compared, tmp_path / "cities")
    assert list(indices) == [f"Cek Hitung Kota {name}" for name in ("Bengkulu", "Bandar Lampung", "Magelang")]
    shown = [" ".join(row) for told in compared.tables() for row in told.rows]
    for name, index in indices.items():
        assert any(name.rpartition("Kota ")[2] in row and index in row for row in shown), name


def recomputed(made: Built, folder: Path) -> dict[str, str]:
    """The index on each sheet "Cek Hitung" as LibreOffice computes it from the bare formulas."""
    bare = folder / "bare.xlsx"
    folder.mkdir()
    with zipfile.ZipFile(BytesIO(made.bytes_of("xlsx"))) as source, zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            target.writestr(name, re.sub(rb"(<f>[^<]*</f>)<v>[^<]*</v>", rb"\1", source.read(name)))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "out"), str(bare)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    indices = {}
    for sheet in openpyxl.load_workbook(folder / "out" / "bare.xlsx", data_only=True):
        if sheet.title.startswith("Cek Hitung"):
            values = {sheet.cell(row, 1).value: sheet.cell(row, 2).value for row in range(1, 40)}
            assert values["IID"] == values["IID di laporan"] and values["Pemeriksaan"] == "cocok"
            indices[sheet.title] = ID.number(Decimal(str(values["IID"])))
    return indices
