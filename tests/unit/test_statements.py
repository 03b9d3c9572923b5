"""Rankings, recaps, series by year, jury scores and published statements: each figure as printed, read, and placed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from analysis import open_snapshot
from etl.cells.sheets import Sheet, read_cells
from etl.lake import scale_of
from etl.recognition.detect import choose_layout
from etl.values.canonical_rows import ParsedFile, read_file
from tests.city_files import Rows, load, put, workbook
from warehouse.home import Home

SERIES_XLSX: Rows = [
    ["INDEKS INOVASI DAERAH MENURUT TAHUN"],
    ["No", "Nama Daerah", "Tahun", None, None],
    [None, None, "2022", "2023", "2024"],
    [1, "Kota Bengkulu", "45,23", "51,20", "-"],
    [2, "Kota Magelang", "60,11", "belum", "71,87"],
]
SERIES_HTML = (
    "<table><tr><td rowspan=2>No</td><td rowspan=2>Nama Daerah</td><td colspan=2>Tahun</td></tr>"
    "<tr><td>2023</td><td>2024</td></tr><tr><td>1</td><td>Kota Bengkulu</td><td>51,20</td><td>52,00</td></tr></table>"
)


def read(content: bytes) -> ParsedFile:
    file_format, sheets = read_cells(content)
    choice = choose_layout(file_format, sheets, scale_of(2026))
    assert choice.match is not None, choice
    return read_file(choice.match, sheets, scale_of(2026))


def figures(file: ParsedFile) -> list[tuple[str, str | None, str, Decimal | None]]:
    return file.records.select("subject", "year_text", "measure", "value").rows()


def test_years_stand_under_a_header_of_two_rows() -> None:
    file = read(workbook(SERIES_XLSX))
    assert figures(file) == [
        ("Kota Bengkulu", "2022", "value_by_year", Decimal("45.23")),
        ("Kota Bengkulu", "2023", "value_by_year", Decimal("51.20")),
        ("Kota Magelang", "2022", "value_by_year", Decimal("60.11")),
        ("Kota Magelang", "2023", "value_by_year", None),
        ("Kota Magelang", "2024", "value_by_year", Decimal("71.87")),
    ]
    assert file.quarantine.select("row_number", "column_name", "rule").rows() == [(5, "Tahun 2023", "number_invalid")]


def test_merged_cells_of_html_are_read_alike() -> None:
    assert [value for *_, value in figures(read(SERIES_HTML.encode()))] == [Decimal("51.20"), Decimal("52.00")]


@pytest.mark.parametrize(
    ("header", "row", "measures"),
    [
        (
            ["No.", "Nama Daerah", "Jumlah Inovasi", "Total Skor", "Nilai Indeks (Pengukuran Mandiri)", "Total File",
             "Predikat", "Indeks", "Nominator"],
            [1, "Kota Bengkulu", 221, "178,56", "71,42", 4100, "terinovatif", "71,42", "Ya"],
            {"innovation_count": 221, "total_score": "178.56", "self_index": "71.42", "file_count": 4100,
             "index": "71.42"},
        ),
        (
            ["Daerah", "Jumlah Inovasi", "Nilai Indeks Mandiri", "Nilai Indeks Verifikasi", "Predikat", "Nominator"],
            ["Kota Magelang", 60, "71.87", "70.02", "inovatif", "Tidak"],
            {"innovation_count": 60, "self_index": "71.87", "verified_index": "70.02"},
        ),
        (
            ["Nama Pemda", "Skor Pengukuran", "Presentasi", "Validasi Lapangan", "Skor Akhir"],
            ["Kota Magelang", "71,87", "80,5", "90", "79,1"],
            {"measured_score": "71.87", "presentation_score": "80.5", "field_score": 90, "award_score": "79.1"},
        ),
        (["Urusan", "Total Disetujui", "Total Keseluruhan"], ["Kesehatan", 12, 20],
         {"approved_count": 12, "all_count": 20}),
        (["OPD", "skor", "Ranking", "Predikat", "OPD Yang Menangani"], ["Dinas Kesehatan", "78,5", "1", "A", "-"],
         {"unit_score": "78.5"}),
        (["NO", "NO. REGISTER", "JUDUL", "INOVATIR", "SKOR"], [1, "R-01", "SLAWE", "Nama", "84.3850"],
         {"contest_score": "84.385"}),
    ],
    ids=["ranking", "recap", "field", "dimension", "units", "contest"],
)  # fmt: skip
def test_each_figure_of_a_row_is_a_statement(header: list[str], row: list[object], measures: dict[str, object]) -> None:
    file = read(workbook([header, row]))  # type: ignore[list-item]
    assert {measure: value for _, _, measure, value in figures(file)} == {
        name: Decimal(str(value)) for name, value in measures.items()
    }
    assert file.quarantine.is_empty()


@pytest.mark.parametrize(
    ("scale", "printed", "value", "rule"),
    [
        ("0-100", "71,87", "71.87", None),
        ("0-100", "71.87", "71.87", None),
        ("0-100", "2.501", "2.501", None),
        ("0-4000", "2.501", None, "number_ambiguous"),
        ("1000-4000", "2.501", "2501", None),
        (None, "17.779", None, "number_ambiguous"),
        ("0-100", "sekitar 70", None, "number_invalid"),
        ("0-100", "8031", None, "score_out_of_range"),
    ],
)
def test_a_printed_value_is_read_only_where_its_scale_leaves_one_reading(
    scale: str | None, printed: str, value: str | None, rule: str | None
) -> None:
    header = ["Daerah", "Tahun IGA", "Ukuran", "Nilai Tercetak", "Skala", "Alamat Sumber"]
    file = read(workbook([header, ["Kota Magelang", "2020", "indeks", printed, scale, "berita"]]))
    (record,) = file.records.rows(named=True)
    assert (record["value_text"], record["value"]) == (printed, None if value is None else Decimal(value))
    assert file.quarantine["rule"].to_list() == ([rule] if rule else [])


def test_statements_and_jury_scores_reach_the_snapshot(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/seri.xlsx", workbook(SERIES_XLSX))
    header = ["Kategori", "Nama Inovasi", "Nama Perangkat Daerah", "Juri", "Nilai"]
    scores = [["SD", "SLAWE", "SD 1", f"Juri {juror}", "84,38"] for juror in range(1, 4)]
    put(empty_home, "bengkulu/2026/juri.xlsx", workbook([header, *scores]))
    result = load(empty_home)
    assert result.held.is_empty()
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.sql(
            "select subject_region_code, count(*) from received_statement group by all order by all"
        ).rows() == [
            ("17.71", 2),
            ("33.71", 3),
        ]
        assert snapshot.sql(
            "select count(*), sum(score) from jury_score join contest_entry using (contest_entry_id)"
        ).rows() == [(3, Decimal("253.14"))]


def test_a_table_without_years_is_no_series() -> None:
    assert (
        choose_layout("excel", [Sheet("s", [["No", "Nama Daerah", "Tahun"], [None, None, "x"]])], scale_of(2026)).match
        is None
    )


def test_a_number_among_texts_with_a_comma_stays_that_number() -> None:
    rows: Rows = [*SERIES_XLSX[:3], [1, "Kota Bengkulu", "45,23", "51,20", 16.712]]
    assert figures(read(workbook(rows)))[-1][2:] == ("value_by_year", Decimal("16.712"))
