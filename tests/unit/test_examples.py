"""The example inbox: made anew it is the same, it says what its lists promise, and its real names are real."""

from __future__ import annotations

import csv
import io
import sys
import tomllib
import zipfile
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import lxml.html
import polars as pl
import pytest
import python_calamine

from warehouse.reference import affair_of, load_reference, read_reference_file, unit_kind_of

EXAMPLES = Path(__file__).parents[2] / "examples"
INBOX = EXAMPLES / "inbox"
EDITIONS = (2023, 2024, 2025, 2026)
LAYOUTS = {"bengkulu": "l8_html_export", "magelang": "l1_portal_list", "bandar-lampung": "l3_wide_points"}
KIND_OF_WORD = {"OPD": "opd", "SD": "sd", "SMP": "smp", "BUMD": "bumd"}


@pytest.fixture(scope="module")
def generator() -> Any:
    sys.path.insert(0, str(EXAMPLES))
    import generate

    yield generate
    sys.path.remove(str(EXAMPLES))


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def listed(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def cells(path: str) -> list[list[str]]:
    """The rows of a file's only table as text, blank rows kept."""
    content = (INBOX / path).read_bytes()
    if path.endswith(".xls"):
        rows = lxml.html.document_fromstring(content).iter("tr")
        return [[cell.text_content() for cell in row] for row in rows]
    (sheet,) = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return [[str(int(cell)) if isinstance(cell, float) else str(cell) for cell in row] for row in rows]


def records(path: str, header_row: int) -> list[dict[str, str]]:
    header = cells(path)[header_row - 1]
    return [dict(zip(header, row, strict=True)) for row in cells(path)[header_row:]]


def bengkulu(name: str) -> list[dict[str, str]]:
    return records(f"bengkulu/{name}", 4)


def test_made_anew_the_inbox_is_the_same(generator: Any, tmp_path: Path) -> None:
    generator.main(tmp_path / "one")
    generator.main(tmp_path / "two")
    made, again = files_below(tmp_path / "one"), files_below(tmp_path / "two")
    assert made == again
    kept = {
        name: content
        for name, content in files_below(EXAMPLES).items()
        if name.startswith("inbox/") or name in ("expected_counts.csv", "injected_defects.csv")
    }
    assert made.keys() == kept.keys()
    for name, content in made.items():
        # A workbook's parts are compared unpacked: another zlib may pack the same parts differently.
        assert _unpacked(content) == _unpacked(kept[name]), f"{name}: run python examples/generate.py"


def _unpacked(content: bytes) -> bytes | dict[str, bytes]:
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_the_inbox_is_small() -> None:
    assert sum(len(content) for content in files_below(INBOX).values()) < 1_500_000


def test_every_folder_says_that_it_is_simulated() -> None:
    receipts = sorted(INBOX.rglob("receipt.toml"))
    assert len(receipts) == 12
    for receipt in receipts:
        side = tomllib.loads(receipt.read_text(encoding="utf-8"))
        assert side["simulated"] is True
        assert str(side["edition"]) == receipt.parent.name
        assert {file["name"] for file in side["file"]} == {
            path.name for path in receipt.parent.iterdir() if path.name != "receipt.toml"
        }
        for file in side["file"]:
            assert file["received"] <= side["closing_date"]
            assert file["coverage"] == "full"
            assert file.get("layout", LAYOUTS[receipt.parents[1].name]) in {*LAYOUTS.values(), *_template_layouts()}


def _template_layouts() -> set[str]:
    return {"template_spd_answers", "template_control_sheet", "template_unit_register", "template_jury_scores"}


@pytest.mark.parametrize("row", listed("expected_counts.csv"), ids=lambda row: row["path"])
def test_outcomes_add_up_to_the_non_empty_rows_of_the_file(row: dict[str, str]) -> None:
    filled = [line for line in cells(row["path"]) if any(cell.strip() for cell in line)]
    outcomes = [int(row[name]) for name in ("accepted", "merged", "quarantined", "structural")]
    assert sum(outcomes) == int(row["non_empty_rows"]) == len(filled)


def test_every_file_is_in_the_expected_counts() -> None:
    exports = {name for name in files_below(INBOX) if not name.endswith("receipt.toml")}
    assert {row["path"] for row in listed("expected_counts.csv")} == exports


@pytest.mark.parametrize("row", listed("injected_defects.csv"), ids=lambda row: f"{row['path']}:{row['row_number']}")
def test_a_defect_stands_in_the_cell_that_the_list_names(row: dict[str, str]) -> None:
    header_row = 4 if row["path"].endswith(".xls") else 1
    lines = cells(row["path"])
    line = lines[int(row["row_number"]) - 1]
    if row["rule"] == "duplicate_row":
        assert line[1:] in [other[1:] for other in lines[header_row : int(row["row_number"]) - 1]]
    else:
        assert line[lines[header_row - 1].index(row["column"])] == row["original_text"]


def test_defects_spare_the_innovations_with_real_names() -> None:
    named = {row["title"].casefold() for row in listed("data/named_titles.csv")}
    for row in listed("injected_defects.csv"):
        lines = cells(row["path"])
        header = lines[3 if row["path"].endswith(".xls") else 0]
        title = lines[int(row["row_number"]) - 1][header.index("Nama Inovasi")]
        assert title.strip().casefold() not in named, row


@pytest.mark.parametrize("edition", EDITIONS)
def test_offices_of_bandar_lampung_cover_at_least_five_basic_services(edition: int) -> None:
    register = {row["Nama Unit"]: row["Urusan Utama"] for row in records("bandar-lampung/2026/daftar-unit.xlsx", 4)}
    rows = records(f"bandar-lampung/{edition}/rekap-inovasi-{edition}.xlsx", 1)
    implemented = [row for row in rows if row["Tahapan Inovasi"] in ("Penerapan", "implementasi")]
    affairs = {affair_of(register[row["Nama SKPD"]]) for row in implemented}
    assert len(affairs & {"01", "02", "03", "04", "05", "06"}) >= 5


def test_each_city_has_every_kind_of_outcome() -> None:
    for city in LAYOUTS:
        rules = {row["rule"] for row in listed("injected_defects.csv") if row["path"].startswith(city)}
        assert {"date_invalid", "number_invalid", "title_missing", "stage_unknown", "duplicate_row"} <= rules


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("2023/ekspor-2023-07-24.xls", 221), ("2024/ekspor-2024-08-20.xls", 275), ("2025/ekspor-2025-07-18.xls", 274),
        ("2026/ekspor-2026-07-15.xls", 238), ("2026/ekspor-2026-07-31.xls", 261), ("2026/ekspor-2026-08-09.xls", 274),
    ],
)  # fmt: skip
def test_bengkulu_states_the_rows_that_it_holds(name: str, rows: int) -> None:
    assert len(bengkulu(name)) == rows
    assert cells(f"bengkulu/{name}")[1][0].startswith(f"Total Data: {rows} | ")
    assert "DATA SIMULASI" in cells(f"bengkulu/{name}")[0][0]


def test_bengkulu_2025_has_the_published_mix() -> None:
    kinds = Counter(unit_kind_of(row["Nama Perangkat Daerah"]) for row in bengkulu("2025/ekspor-2025-07-18.xls"))
    assert kinds == {"sd": 82, "smp": 25, "puskesmas": 20, "kelurahan": 67, "opd": 71, "bagian": 9}


def test_numbers_are_twelve_digits_with_a_leading_zero_and_new_each_edition() -> None:
    numbers = {
        edition: {row["Nomor"] for row in bengkulu(name)}
        for edition, name in ((2024, "2024/ekspor-2024-08-20.xls"), (2025, "2025/ekspor-2025-07-18.xls"))
    }
    assert all(number.isdigit() and len(number) == 12 and number[0] == "0" for number in numbers[2024])
    assert not numbers[2024] & numbers[2025]


def test_the_running_season_gets_better_from_export_to_export() -> None:
    days = ("2026-07-15", "2026-07-31", "2026-08-09")
    exports = [{row["Nomor"]: row for row in bengkulu(f"2026/ekspor-{day}.xls")} for day in days]
    scores = [
        {
            number: float(row["Kematangan"].replace(",", "."))
            for number, row in rows.items()
            if row["Kematangan"][0].isdigit()
        }
        for rows in exports
    ]
    for earlier, later in pairwise(scores):
        both = earlier.keys() & later.keys()
        assert all(earlier[number] <= later[number] for number in both)
        assert sum(earlier[number] < later[number] for number in both) > 50
    assert [len(one.keys() - two.keys()) for one, two in pairwise(exports)] == [2, 1]
    changed = [
        number for number in exports[0].keys() & exports[2].keys() if exports[0][number] != exports[2][number]
        and exports[0][number]["Nama Inovasi"] != exports[2][number]["Nama Inovasi"]
    ]  # fmt: skip
    assert 1 <= len(changed) <= 6


def test_the_control_sheet_adds_up_to_the_maturity_of_the_last_export() -> None:
    weights = {row["number"]: int(row["weight"]) for row in listed("data/indicator_names.csv") if row["name_2024"]}
    export = {row["Nomor"]: row["Kematangan"] for row in bengkulu("2026/ekspor-2026-08-09.xls")}
    sheet = bengkulu("2026/lembar-kendali.xlsx")
    assert len(sheet) == 274
    missing_documents = 0
    for row in sheet:
        levels = {header.split(".")[0]: int(value) for header, value in row.items() if header[:2].isdigit()}
        assert levels.keys() == weights.keys()
        total = sum(weights[number] * level for number, level in levels.items())
        assert export[row["Nomor"]] == f"{total},00"
        missing_documents += sum(row[f"Dok. {number}"] == "Tidak" for number, level in levels.items() if level)
    assert missing_documents > 0


@pytest.mark.parametrize("edition", EDITIONS)
def test_points_of_bandar_lampung_add_up_but_where_a_defect_stands(edition: int) -> None:
    names = {row[f"name_{edition}"] for row in listed("data/indicator_names.csv") if row["name_2024"]}
    path = f"bandar-lampung/{edition}/rekap-inovasi-{edition}.xlsx"
    faulty = {int(row["row_number"]) for row in listed("injected_defects.csv") if row["path"] == path}
    for number, row in enumerate(records(path, 1), start=2):
        if number not in faulty:
            assert int(row["Kematangan"]) == sum(int(value) for header, value in row.items() if header in names)


@pytest.mark.parametrize(("edition", "rows"), [(2023, 64), (2024, 88), (2025, 97), (2026, 104)])
def test_magelang_counts(edition: int, rows: int) -> None:
    assert len(records(f"magelang/{edition}/daftar-inovasi-{edition}.xlsx", 1)) == rows


@pytest.mark.parametrize(("edition", "rows"), [(2023, 313), (2024, 327), (2025, 338), (2026, 341)])
def test_bandar_lampung_counts(edition: int, rows: int) -> None:
    assert len(records(f"bandar-lampung/{edition}/rekap-inovasi-{edition}.xlsx", 1)) == rows


@pytest.mark.parametrize(("edition", "covered"), [(2023, 4), (2026, 5)])
def test_basic_services_of_magelang(edition: int, covered: int) -> None:
    rows = records(f"magelang/{edition}/daftar-inovasi-{edition}.xlsx", 1)
    accepted = [row for row in rows if row["Tahapan Inovasi"].lower() in ("penerapan", "diterapkan")]
    affairs = {affair_of(row["Urusan Pemerintahan Utama"]) for row in accepted}
    assert len(affairs & {"01", "02", "03", "04", "05", "06"}) == covered


def test_titles_that_look_like_markup_or_formulas_stay_text() -> None:
    titles = {row["Nama Inovasi"] for row in bengkulu("2026/ekspor-2026-08-09.xls")}
    assert {"Lapor <24 Jam & Tuntas", "=1+1 Gerakan Berhitung Ceria"} <= titles
    assert "=1+1 Gerakan Berhitung Ceria" in {row["Nama Inovasi"] for row in bengkulu("2026/lembar-kendali.xlsx")}
    assert b"Lapor <24" not in (INBOX / "bengkulu/2026/ekspor-2026-08-09.xls").read_bytes()


@pytest.mark.parametrize("city", LAYOUTS)
def test_a_register_has_every_real_subdistrict_and_parents_that_exist(city: str) -> None:
    rows = records(f"{city}/2026/daftar-unit.xlsx", 4)
    codes = [row["Kode Unit"] for row in rows]
    assert len(set(codes)) == len(codes)
    by_code = {row["Kode Unit"]: row for row in rows}
    region = tomllib.loads((INBOX / city / "2026" / "receipt.toml").read_text(encoding="utf-8"))["city"]
    real = load_reference("subdistrict").filter(region_code=region)["code"].to_list()
    assert sorted(row["Kode Wilayah"] for row in rows if row["Kode Wilayah"]) == sorted(real)
    for row in rows:
        kind = KIND_OF_WORD.get(row["Jenis"], row["Jenis"].lower())
        assert unit_kind_of(row["Nama Unit"]) == kind
        parent = by_code[row["Unit Induk"]]["Nama Unit"] if row["Unit Induk"] else None
        expected = {"sd": "Dinas Pendidikan dan Kebudayaan", "smp": "Dinas Pendidikan dan Kebudayaan",
                    "puskesmas": "Dinas Kesehatan", "bagian": "Sekretariat Daerah"}  # fmt: skip
        if kind == "kelurahan":
            assert by_code[row["Unit Induk"]]["Kode Wilayah"] == row["Kode Wilayah"].rsplit(".", 1)[0]
        else:
            assert parent == expected.get(kind)
        assert not row["Urusan Utama"] or affair_of(row["Urusan Utama"])
    assert any(row["Berlaku Sampai"] for row in rows) or city == "magelang"


@pytest.mark.parametrize("city", LAYOUTS)
def test_every_reporting_unit_is_in_the_register_by_name_or_alias(city: str) -> None:
    known = set()
    for row in records(f"{city}/2026/daftar-unit.xlsx", 4):
        known |= {row["Nama Unit"], *row["Alias"].split("|")} - {""}
    column = {"bengkulu": "Nama Perangkat Daerah", "bandar-lampung": "Nama SKPD"}.get(city)
    for name in sorted(files_below(INBOX / city)):
        if name.endswith((".toml", "jawaban-spd.xlsx", "daftar-unit.xlsx", "lembar-kendali.xlsx", "nilai-juri.xlsx")):
            continue
        for row in records(f"{city}/{name}", 4 if name.endswith(".xls") else 1):
            unit = row[column] if column else row.get("Nama Perangkat Daerah") or row["Dibuat Oleh"]
            assert unit.strip() in known


def test_real_named_innovations_are_in_the_reference_data_and_in_their_city() -> None:
    named = set(read_reference_file("named_innovation").select("region_code", "title").iter_rows())
    folders = {"17.71": "bengkulu", "33.71": "magelang", "18.71": "bandar-lampung"}
    for row in listed("data/named_titles.csv"):
        assert (row["region_code"], row["reference_title"]) in named
        city = folders[row["region_code"]]
        for edition in range(int(row["first_edition"]), EDITIONS[-1] + 1):
            folder = f"{city}/{edition}"
            export = max(
                name for name in files_below(INBOX / folder) if name.startswith(("ekspor", "daftar-in", "rekap"))
            )
            titles = [
                line["Nama Inovasi"].casefold()
                for line in records(f"{folder}/{export}", 4 if city == "bengkulu" else 1)
            ]
            assert any(title.startswith(row["title"].casefold()) for title in titles), (row["title"], edition)


def test_spd_files_stand_where_the_season_has_them() -> None:
    present = {str(path.parent.relative_to(INBOX)) for path in INBOX.rglob("jawaban-spd.xlsx")}
    assert present == {
        "bengkulu/2026", *(f"{city}/{edition}" for city in ("magelang", "bandar-lampung") for edition in EDITIONS),
    }  # fmt: skip
    (total,) = records("magelang/2024/jawaban-spd.xlsx", 4)
    assert (total["Kode"], total["Skor"]) == ("TOTAL", "51,50")
    lines = records("magelang/2026/jawaban-spd.xlsx", 4)
    assert len(lines) == 20
    assert [line["Kode"] for line in lines if not line["Level"]] == ["14"]


def test_a_jury_scores_made_up_innovations_only() -> None:
    lines = records("magelang/2024/nilai-juri.xlsx", 4)
    assert {line["Kategori"] for line in lines} == {"OPD"} and len({line["Juri"] for line in lines}) == 5
    titles = {line["Nama Inovasi"] for line in lines}
    real = {row["title"].casefold() for row in listed("data/named_titles.csv")}
    assert len(titles) * 5 == len(lines) == 60 and not {title.casefold() for title in titles} & real
    assert all("simulasi" in line["Juri"] for line in lines)


def test_maturities_are_shaped_like_real_ones() -> None:
    rows = pl.DataFrame(
        [
            {"edition": edition, "maturity": int(row["Kematangan"].split(",")[0])}
            for edition, name in ((2023, "2023/ekspor-2023-07-24.xls"), (2025, "2025/ekspor-2025-07-18.xls"))
            for row in bengkulu(name)
            if row["Kematangan"][0].isdigit()
        ]
    )
    means = dict(rows.group_by("edition").agg(pl.col("maturity").mean()).iter_rows())
    assert 70 < means[2023] < means[2025] < 95
    assert rows["maturity"].max() <= 111
    assert 0.05 < (rows["maturity"] < 70).mean() < 0.4
    assert rows["maturity"].skew() < 0
