"""An own index from a CSV file to page, PDF, workbook and text of methods, with names that are markup and formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from lxml import html
from typer.testing import CliRunner

from workbench.command import app

MARKUP, FORMULA = "<b>Tegal</b> & *Sari*", "=1+1"
UNITS = [MARKUP, FORMULA, *(f"Kecamatan {place}" for place in range(38))]
STRUCTURE = """code,parent,weight,direction,name
indeks,,1,1,Indeks <i>uji</i>
p,indeks,2,1,Layanan
q,indeks,1,1,Ekonomi
a,p,1,1,Air
b,p,1,-1,Banjir
c,q,1,1,=SUM(A1)
d,q,1,1,Umkm
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("indeks sendiri")
    random = np.random.default_rng(1)
    rows = [f'"{unit}",' + ",".join(f"{value:.3f}" for value in random.normal(50, 9, 4)) for unit in UNITS]
    rows[5] = f"{UNITS[5]},41.5,,50.25,3.5"
    (place / "tabel.csv").write_text("\n".join(["unit,a,b,c,d", *rows]) + "\n", encoding="utf-8")
    (place / "struktur.csv").write_text(STRUCTURE, encoding="utf-8")
    (place / "resep.toml").write_text('imputation = "mean"\nnormalisation = "zscore"\n', encoding="utf-8")
    words = ["composite", str(place / "tabel.csv"), "--structure", str(place / "struktur.csv"), "--recipe"]
    words += [str(place / "resep.toml"), "--out", str(place / "hasil"), "--draws", "100", "--lang", "en"]
    ran = CliRunner().invoke(app, [*words, "--home", str(place / "home"), "--format", "csv"])
    assert ran.exit_code == 0, ran.output
    assert sorted(path.name for path in (place / "hasil").iterdir()) == [
        "index.html",
        "index.pdf",
        "index.xlsx",
        "method.md",
    ]
    assert len(ran.stdout.splitlines()) == 41 and "'=1+1" in ran.stdout
    return place / "hasil"


def test_names_are_texts_on_the_page(folder: Path) -> None:
    page = html.document_fromstring((folder / "index.html").read_text(encoding="utf-8"))
    assert not page.xpath("//b[text()='Tegal'] | //i[text()='uji']")
    assert any(MARKUP in cell.text_content() for cell in page.xpath("//th"))
    assert page.xpath("//h1")[0].text_content().strip() == "Indeks <i>uji</i>"
    assert "SIMULATED" not in page.text_content()
    titles = {heading.text_content() for heading in page.xpath("//h2")}
    assert any("How sure" in title for title in titles)


def test_the_workbook_has_typed_values_and_no_formula(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "index.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" and cell.value in (FORMULA, "=SUM(A1)")]
    assert {FORMULA, "=SUM(A1)", MARKUP} <= {str(cell.value).removeprefix("'") for cell in cells if cell.value}
    numbers = {round(cell.value, 6) for cell in cells if isinstance(cell.value, float)}
    assert {41.5, 50.25, 3.5} <= numbers
    assert len(book.sheetnames) > 15


def test_the_text_of_methods_says_what_was_done(folder: Path) -> None:
    text = (folder / "method.md").read_text(encoding="utf-8")
    assert text.startswith("# Indeks &lt;i&gt;uji&lt;/i&gt;\n")
    for words in ("40 units and 4 indicators", "1 of 160 cells", "z-score", "100 draws (seed 2026)", "doi:10.1787"):
        assert words in text


def test_a_fault_is_told_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("unit,a,b,c,d\nA,1,2,3,x\nB,1,2,3,4\nC,2,3,4,5\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text(STRUCTURE, encoding="utf-8")
    words = [
        "composite",
        str(tmp_path / "t.csv"),
        "--structure",
        str(tmp_path / "s.csv"),
        "--out",
        str(tmp_path / "out"),
    ]
    ran = CliRunner().invoke(app, [*words, "--lang", "en"])
    assert ran.exit_code != 0 and "t.csv, row 2, column d" in str(ran.exception)
    assert not (tmp_path / "out").exists()
