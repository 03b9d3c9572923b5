"""The files of an own index: what is read as what, and where each fault is told to be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from analysis.composite.method_steps import STEPS, described, methods, short_name
from analysis.composite.own_inputs import read_own_inputs
from analysis.composite.recipe_file import recipe_of_text
from analysis.composite.table_file import OwnFileInvalid, decimal_mark, numbers_of, text_table
from iga.composite import AGGREGATIONS, IMPUTATIONS, NORMALISATIONS, OUTLIER_TREATMENTS, WEIGHTINGS, Recipe, written
from iga.errors import HierarchyInvalid, IndicatorTableInvalid, MendableError
from warehouse.language import Language

STRUCTURE = "code,parent,weight,direction,name\nx,,,,Indeks\na,x,2,1,Air\nb,x,1,-1,Banjir\n"
TABLE = "unit,a,b\nA,1,5\nB,2,\nC,3,4\n"


def files_of(folder: Path, table: str = TABLE, structure: str = STRUCTURE) -> tuple[str, str]:
    paths = folder / "tabel.csv", folder / "struktur.csv"
    for path, text in zip(paths, (table, structure), strict=True):
        path.write_text(text, encoding="utf-8")
    return str(paths[0]), str(paths[1])


@pytest.mark.parametrize(
    ("cells", "decimal", "values"),
    [
        (["1", "2.5", "-3e2"], "", [1, 2.5, -300]),
        (["1", "2,5", "-3"], "", [1, 2.5, -3]),
        (["1.234,5", "2"], "", [1234.5, 2]),
        (["1.234", "2"], ".", [1.234, 2]),
        (["1.234", "2"], ",", [1234, 2]),
        (["0.123", "12.34"], "", [0.123, 12.34]),
        (["", "NA", "–", "tidak ada", "7"], "", [None, None, None, None, 7]),
        (["−5", "1\u00a0000"], "", [-5, 1000]),
    ],
)
def test_numbers(cells: list[str], decimal: str, values: list[float | None]) -> None:
    table = text_table(Path("t.csv"), "", [["x"], *[[cell or " "] for cell in cells], ["1"]])
    if "" in cells:
        table = text_table(Path("t.csv"), "", [["u", "x"], *[["u", cell] for cell in cells], ["u", "1"]])
    assert numbers_of(table, "x", decimal) == [*values, 1]


@pytest.mark.parametrize(
    ("sheet", "rows", "mark"),
    [
        ("", [["x", "y"], ["52.345", "1.5"], ["41.200", "2"]], "."),
        ("", [["x", "y"], ["52.345", "1,5"], ["41.200", "2"]], ","),
        ("", [["x", "y"], ["52.345", "1.5"], ["41.200", "2,5"]], ""),
        ("", [["x", "y"], ["2,5", "1.5"], ["41,2", "2.5"]], ""),
        ("Data", [["x"], ["52.345"]], "."),
    ],
)
def test_a_column_that_has_two_readings_follows_the_others(sheet: str, rows: list[list[str]], mark: str) -> None:
    assert decimal_mark(text_table(Path("t.csv"), sheet, rows), rows[0]) == mark


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([["x"], ["1.234"]], ["t.csv, row 2, column x", "1.234 is one number", "--decimal"]),
        ([["x"], ["1"], ["satu"]], ["t.csv, row 3, column x", "satu is no number"]),
        ([["x"], ["1.5"], ["2,5"]], ["row 3, column x", "2,5 is no number"]),
    ],
)
def test_a_cell_that_is_no_number_is_told_with_its_place(rows: list[list[str]], told: list[str]) -> None:
    with pytest.raises(OwnFileInvalid) as refused:
        numbers_of(text_table(Path("t.csv"), "", rows), "x")
    assert all(words in str(refused.value) for words in told)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([["x"]], "no rows below the header"),
        ([["x", "x"], ["1", "2"]], "Two columns are called x"),
        ([["x", "", "y"], ["1", "2", "3"]], "Column 2 has no heading"),
        ([["x"], ["1"], [], ["1", "2"]], "t.csv [Data], row 4"),
    ],
)
def test_a_table_that_cannot_be_told_apart_is_refused(rows: list[list[str]], told: str) -> None:
    with pytest.raises(OwnFileInvalid) as refused:
        text_table(Path("t.csv"), "Data", rows)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("table", "structure", "kind", "told"),
    [
        ("unit,a,b\nA,1,5\nA,2,3\nC,3,4\n", STRUCTURE, OwnFileInvalid, "tabel.csv, row 3, column unit"),
        ("unit,a,b\nA,1,5\n,2,3\nC,3,4\n", STRUCTURE, OwnFileInvalid, "row 3, column unit"),
        ("unit,a\nA,1\nB,2\nC,3\n", STRUCTURE, OwnFileInvalid, "no column b"),
        ("unit,a,b\nA,1,5\nB,2,5\nC,3,5\n", STRUCTURE, IndicatorTableInvalid, "indicator b"),
        ("unit,a,b\nA,1,5\nB,2,6\n", STRUCTURE, IndicatorTableInvalid, "2 units"),
        (TABLE, "code,weight\nx,1\n", OwnFileInvalid, "no column parent"),
        (TABLE, STRUCTURE.replace("b,x,1", "b,x,satu"), OwnFileInvalid, "struktur.csv, row 4, column weight"),
        (TABLE, STRUCTURE.replace("Banjir", "Air"), HierarchyInvalid, "name of a"),
        (TABLE, STRUCTURE.replace("b,x,1,-1", "b,y,1,-1"), HierarchyInvalid, "its parent y"),
        (TABLE, STRUCTURE.replace("b,x,1,-1", "b,x,1,-2"), HierarchyInvalid, "direction is -2"),
    ],
)
def test_faults_name_their_place(
    tmp_path: Path, table: str, structure: str, kind: type[MendableError], told: str
) -> None:
    with pytest.raises(kind) as refused:
        read_own_inputs(*files_of(tmp_path, table, structure))
    assert told in str(refused.value)


def test_denominators_groups_and_names_are_tied_to_the_table(tmp_path: Path) -> None:
    structure = (
        "Kode;Induk;Bobot;Arah;Nama;Satuan;Penyebut;Faktor;Jenis\nx;;;;;;;;\na;x;1;1;Air;per 1.000;orang;1000;\n"
        "b;x;1;-1;;;;;\nkota;;;;Kelompok;;;;kelompok\norang;;;;Penduduk;;;;penyebut\n"
    )
    table = "unit;kota;orang;a;b\nA;satu;100;1,5;1\nB;dua;200;4;2\nC;-;400;2;3\n"
    inputs = read_own_inputs(*files_of(tmp_path, table, structure))
    assert inputs.table.column("a").tolist() == pytest.approx([15, 20, 5])
    assert inputs.stated.column("a").tolist() == [1.5, 4, 2]
    assert inputs.groups == {"kota": {"A": "satu", "B": "dua", "C": None}}
    assert (inputs.names.name_of("a"), inputs.names.name_of("b"), inputs.names.measure_of("a")) == (
        "Air",
        "b",
        "per 1.000",
    )
    assert inputs.denominators["orang"].tolist() == [100, 200, 400] and inputs.column_names["orang"] == "Penduduk"


def test_a_workbook_holds_table_and_structure(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Tabel"
    for row in [["unit", "a", "b"], ["A", 1, 5.5], ["B", 2, None], ["C", 3, 4]]:
        sheet.append(row)
    other = book.create_sheet("Struktur")
    for line in STRUCTURE.splitlines():
        other.append([cell or None for cell in line.split(",")])
    book.save(tmp_path / "buku.xlsx")
    inputs = read_own_inputs(str(tmp_path / "buku.xlsx"))
    assert inputs.table.values[:, 0].tolist() == [1, 2, 3] and np.isnan(inputs.table.values[1, 1])
    with pytest.raises(OwnFileInvalid, match="no structure"):
        read_own_inputs(files_of(tmp_path)[0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("normalisasi = 'minmax'", "normalisasi"),
        ("normalisation = 'best'", "minmax"),
        ("scale = [1]", "scale"),
        ("exponent = true", "exponent"),
        ("scale = ", "no TOML"),
        ("[goalposts]\na = 3", "goalposts.a"),
        ("[aggregations]\nx = 'middle'", "there is no middle."),
        ("[normalisations.a]\nmethod = 'goalposts'\nposts = [0, 1]", "normalisations, posts"),
    ],
)
def test_a_recipe_that_is_none_is_refused(text: str, told: str) -> None:
    with pytest.raises(OwnFileInvalid) as refused:
        recipe_of_text(text, "resep.toml")
    assert told in str(refused.value) and "resep.toml" in str(refused.value)


def test_a_recipe_is_read_with_its_tables() -> None:
    text = "normalisation = 'goalposts'\nscale = [0, 1]\n[goalposts]\na = [0, 10]\n[aggregations]\nx = 'geometric'\n"
    recipe = Recipe(normalisation="goalposts", scale=(0, 1), goalposts={"a": (0, 10)}, aggregation={"x": "geometric"})
    assert recipe_of_text(text, "r") == recipe == recipe_of_text(written(recipe), "r")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_method_of_the_toolbox_is_described_and_its_sources_are_known(lang: str) -> None:
    known = dict(zip(STEPS, (IMPUTATIONS, OUTLIER_TREATMENTS, NORMALISATIONS, WEIGHTINGS, AGGREGATIONS), strict=True))
    for step, names in known.items():
        for name in (*names, *(["none"] if step in ("imputation", "outliers") else [])):
            assert name in methods()[step], f"methods.toml: [{step}.{name}]"
            assert described(step, name, Language(lang)) == methods()[step][name][lang]
            assert short_name(step, name, Language(lang)) == methods()["name"][step][name][lang]
            assert set(methods()[step][name].get("references", [])) <= set(methods()["reference"])
