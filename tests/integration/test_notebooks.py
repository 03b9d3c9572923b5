"""Every notebook runs with its own parameters on the example inbox, and all that is written of it says the same."""

from __future__ import annotations

import ast
import dataclasses
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest
from lxml import html
from pypdf import PdfReader, PdfWriter

from etl.publish import software_version
from reports.blocks.content import Bullets, Heading, Table
from reports.blocks.words import told_rows
from reports.pages.basis.blocks import MOST_ROWS, Scope, files_table, read_basis
from reports.pages.registry import REGISTRY
from reports.render.document import Document
from reports.render.pdf import pdf_of
from reports.run.declaration import Report, Site, list_reports, load_sites
from reports.run.notebook import notebook_path, run_notebook
from reports.site.contents_page import contents_body
from reports.site.front import front_body
from tests.accessible_pdf import faults_of
from tests.outputs import FIGURE, Built, differences, report_on, write
from warehouse import Snapshot
from warehouse.language import LANGUAGES, Language

LETTERHEAD = {"government": "Pemerintah Kota", "agency": "Bappeda", "address": "Jalan", "contact": "", "arms": None}
SMALL: dict[str, Any] = {"draws": 200}
"""Less to compute, where a notebook has such a parameter."""


def defaults_of(name: str) -> dict[str, Any]:
    """The parameters that stand in a notebook."""
    notebook = nbformat.read(notebook_path(name), as_version=4)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    return {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def test_every_notebook_is_declared() -> None:
    notebooks = {path.stem for path in notebook_path("city_index").parent.glob("*.ipynb")}
    assert notebooks == set(REGISTRY)


def executed(name: str, lang: str, home: Path) -> Any:
    values = defaults_of(name)
    values |= {"lang": lang} | {key: value for key, value in SMALL.items() if key in values}
    return run_notebook(name, values, home=home)


@pytest.fixture(scope="module", params=REGISTRY)
def built(request: pytest.FixtureRequest, example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The page, PDF, workbook and notebook of each notebook, in English: the other tests read Indonesian."""
    name = request.param
    folder = tmp_path_factory.mktemp("reports") / name
    return write(executed(name, "en", example_home), report_on(name, defaults_of(name)), example_home, folder, "en")


def test_page_workbook_and_notebook_hold_the_values_of_the_blocks(built: Built) -> None:
    page, sheets = built.tables(), built.sheets()
    assert page and built.notebook_tables() == page
    assert [sheet["A1"].value for sheet in sheets] == [table.caption for table in page]
    each = zip(built.blocks, page, sheets, strict=True)
    assert [fault for block, shown, sheet in each for fault in differences(block, shown, sheet, built.language)] == []


def test_every_figure_of_the_blocks_stands_in_the_pdf(built: Built) -> None:
    told = Counter(FIGURE["en"].findall("\n".join(built.printed)))
    for table in (table for table in built.blocks if not table.is_folded):  # those are not set on paper
        cells = [cell for row in told_rows(table, built.language) for cell in row]
        figures = Counter(found for cell in cells for found in FIGURE["en"].findall(cell))
        assert not figures - told, table.caption


def test_every_output_says_what_it_rests_on(built: Built) -> None:
    """Snapshot, software, rules, files with hash and date: under one heading of the page and at the end of the PDF."""
    markup = html.document_fromstring(built.bytes_of("html").decode())
    if built.page == "own_index":  # it rests on no snapshot, but on the files that its methods name
        methods = markup.xpath("//h2[normalize-space()='Methods']/following-sibling::*")
        told = " ".join(" ".join(element.text_content() for element in methods).split())
        assert all(name in told for name in ("table.csv", "structure.csv", "recipe.toml", "30 units"))
        return
    [heading] = markup.xpath("//h2[normalize-space()='What this report rests on']")
    section = " ".join(" ".join(element.text_content() for element in heading.itersiblings()).split())
    pages = built.printed
    start = next(place for place, text in enumerate(pages) if "What this report rests on" in text.split("Contents")[0])
    printed = " ".join("\n".join(pages[start:]).split())
    summary = " ".join(str(cell.value) for row in built.workbook().worksheets[0].iter_rows() for cell in row)
    for told in (section, printed):
        assert all(word in told for word in (built.snapshot_id, f"IGA Workbench {software_version()}", "build.json")), (
            told
        )
        assert "confidence of its rules" in told or built.page == "research_panel"
        assert "SHA-256" in told or built.page == "research_panel"  # real figures only: no file of a city is real
        assert "SIMULATED" not in told or built.page != "research_panel"
    assert built.snapshot_id in summary or built.page == "mayor_brief"
    assert start >= len(pages) - 2


def test_the_pdf_is_one_that_a_screen_reader_can_read(built: Built) -> None:
    assert faults_of(built.bytes_of("pdf")) == []


def test_a_pdf_that_no_screen_reader_can_read_is_found() -> None:
    writer, stream = PdfWriter(), BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(stream)
    assert {fault.partition(":")[0] for fault in faults_of(stream.getvalue())} == {"5", "7.1", "7.2"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("site", load_sites().values(), ids=lambda site: site.name)
def test_the_front_page_of_every_site_says_what_it_rests_on(example: Snapshot, site: Site, lang: str) -> None:
    reports = [] if site.front == "contents" else list_reports(site)  # one site has a page for each of 546 regions
    body = (front_body if site.front == "cities" else contents_body)(example, site, reports, {}, [], lang)
    told = html.fromstring(f"<div>{body.html}</div>").text_content()
    language = Language(lang)
    assert language("What this report rests on") in told and language("Files that this report rests on") in told
    newest = example.sql("select file_sha256, received_date from receipt order by received_date desc, file_name").row(0)
    assert example.snapshot_id in told and newest[0][:12] in told and language.date(newest[1]) in told


def test_every_page_of_every_site_is_made_by_one_of_these_notebooks() -> None:
    declared = {part.notebook for site in load_sites().values() for part in site.parts}
    assert declared == set(REGISTRY)


def test_many_files_are_counted_and_the_table_stays_bounded(example: Snapshot) -> None:
    basis = read_basis(example, Scope(), "en")
    many = [
        basis.files.with_columns(
            pl.format("{}-{}", pl.lit(place), "file_sha256").alias("file_sha256"),
            (pl.col("region_code") + str(place)).alias("region_code"),
            pl.format("{} {}", "full_name", pl.lit(place)).alias("full_name"),
        )
        for place in range(100)
    ]
    for files, kind in ((basis.files, "SHA-256"), (pl.concat(many[:3]), "Region"), (pl.concat(many), "Edition")):
        [shown] = files_table(dataclasses.replace(basis, files=files)).parts
        assert isinstance(shown, Table)
        assert len(shown.values) <= MOST_ROWS and kind in [head.heading for head in shown.columns]
        assert files.height == len(shown.values) or f"{files.height:,} files in all" in shown.note


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("report", list_reports("mayor_brief"), ids=lambda report: report.page)
def test_the_mayors_brief_is_one_sheet(report: Report, lang: str, example_home: Path, tmp_path: Path) -> None:
    shown = run_notebook(report.notebook, {**report.parameters, "lang": lang}, home=example_home)
    made = write(shown, report, example_home, tmp_path / "brief", lang)
    assert len(made.printed) == 1 and made.snapshot_id in made.printed[0] and "SHA-256" in made.printed[0]
    assert faults_of(made.bytes_of("pdf")) == []


def test_what_is_too_much_for_a_sheet_is_set_smaller(tmp_path: Path) -> None:
    lines = tuple(f"{place}. {'Kelurahan Penurunan: unggah video inovasi. ' * 4}" for place in range(16))
    for head, count in ((None, 6), (None, 16), (LETTERHEAD, 16)):
        parts = (
            Heading(level=1, text="Masalah"), Bullets(items=lines[:count]),
            Heading(level=1, text="Tindakan"), Bullets(items=lines[:count]),
        )  # fmt: skip
        told = Document("Judul", "Anak judul", "Situs", Language("id"), parts, "abc", "0.1.0", True)
        reader = PdfReader(BytesIO(pdf_of(told, head, "sheet")))
        assert len(reader.pages) == 1 and f"{count - 1}. Kelurahan" in reader.pages[0].extract_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", REGISTRY)
def test_notebook_runs_in_indonesian(name: str, example_home: Path) -> None:
    shown = executed(name, "id", example_home)
    assert [cell for cell in shown.cells if cell.cell_type == "code" and cell.source.strip()]
