"""Recaps of contests as cities write them: which cell becomes whose score, and what is told of the others."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from etl.lake import scale_of
from etl.parse import parse
from etl.values.canonical_rows import ParsedFile
from iga.contest.scored_by import ScoredBy
from tests.city_files import Rows, workbook

TITLE = ["REKAPITULASI PENILAIAN LOMBA INOVASI KOTA BENGKULU 2026"]
Read = dict[tuple[str, str, str, str, str], float]
"""Category, title, juror, stage and criterion of each score."""


def read(rows: Rows = (), *, sheets: dict[str, Rows] | None = None, content: bytes = b"") -> ParsedFile:
    """A recap as it is parsed; every row of it has one outcome."""
    received = content or workbook(rows, sheets=sheets)
    parsed = parse(lambda: received, scale_of(2024))[1]
    assert parsed.rows["outcome"].null_count() == 0
    return parsed


def scores_of(parsed: ParsedFile) -> Read:
    """The scores of a parsed recap."""
    assert parsed.held_rule is None, (parsed.held_rule, parsed.held_detail)
    found: Read = {}
    for row in parsed.records.iter_rows(named=True):
        by = ScoredBy.read(row["juror"])
        found[row["category"], row["title"], *by.key] = row["score_x100"] / 100
    assert len(found) == parsed.records.height
    return found


def told(parsed: ParsedFile) -> list[tuple[int, str, str]]:
    """Row, column and rule of everything that is told."""
    return [(row["row_number"], row["column_name"], row["rule"]) for row in parsed.quarantine.iter_rows(named=True)]


def by_juror(category: str, title: str, **scores: float) -> Read:
    """Scores of a whole entry, `Juri 1` as `j1`."""
    return {(category, title, f"Juri {name[1:]}", "", ""): score for name, score in scores.items()}


def test_a_column_per_juror_with_totals_and_places() -> None:
    header = ["No", "OPD", "Nama Inovasi", "Nilai Juri I", "Nilai Juri II", "Jumlah", "Rerata", "Ranking", "Ket"]
    rows = [
        [1, "Dinas A", "Alfa", "80,5", "90", "170,5", "85,25", 1, ""],
        [2, "Dinas B", "Beta", "70", "75", "145", "72,5", 2, ""],
    ]
    parsed = read([TITLE, [], header, *rows, ["Mengetahui,"], ["Kepala Bappeda"]])
    assert scores_of(parsed) == {
        ("", "Alfa", "Juri I", "", ""): 80.5,
        ("", "Alfa", "Juri II", "", ""): 90,
        ("", "Beta", "Juri I", "", ""): 70,
        ("", "Beta", "Juri II", "", ""): 75,
    }
    assert told(parsed) == []


def test_a_total_and_a_place_that_do_not_follow_are_told_and_not_used() -> None:
    header = ["No", "OPD", "Nama Inovasi", "Juri 1", "Juri 2", "Jumlah", "Peringkat"]
    parsed = read([TITLE, header, [1, "Dinas A", "Alfa", 80, 90, 175, 2], [2, "Dinas B", "Beta", 70, 75, 145, 1]])
    assert told(parsed) == [
        (3, "Jumlah", "recap_total_differs"),
        (3, "Peringkat", "recap_rank_differs"),
        (4, "Peringkat", "recap_rank_differs"),
    ]
    assert scores_of(parsed) == by_juror("", "Alfa", j1=80, j2=90) | by_juror("", "Beta", j1=70, j2=75)


def test_a_score_out_of_range_costs_its_cell_alone() -> None:
    header = ["No", "Nama Inovasi", "OPD", "Juri 1", "Juri 2"]
    parsed = read([TITLE, header, [1, "Alfa", "Dinas A", 8031, 90], [2, "Beta", "Dinas B", 70, 75]])
    assert told(parsed) == [(3, "Juri 1", "score_out_of_range")]
    assert scores_of(parsed) == by_juror("", "Alfa", j2=90) | by_juror("", "Beta", j1=70, j2=75)


@pytest.mark.parametrize(
    "header",
    [
        ["Orisinalitas (30)", "Manfaat (70)"],
        ["Orisinalitas (maks. 30)", "Manfaat (maks. 70)"],
        ["Orisinalitas\n(0-30)", "Manfaat\n(0-70)"],
        ["Orisinalitas (30%)", "Manfaat (70%)"],
        ["Orisinalitas Bobot 30", "Manfaat Bobot 70"],
    ],
)
def test_criteria_with_their_highest_scores(header: list[str]) -> None:
    names = ["No", "Nama Inovator", "Judul Karya", *header, "Total", "Peringkat"]
    parsed = read(
        [["REKAP NILAI KRENOVA"], names, [1, "A. B.", "Pompa", 25, 60, 85, 1], [2, "C. D.", "Alat", 20, 55, 75, 2]]
    )
    assert scores_of(parsed) == {
        ("Krenova", "Pompa", "", "", "Orisinalitas"): 25,
        ("Krenova", "Pompa", "", "", "Manfaat"): 60,
        ("Krenova", "Alat", "", "", "Orisinalitas"): 20,
        ("Krenova", "Alat", "", "", "Manfaat"): 55,
    }
    assert {ScoredBy.read(text).maximum for text in parsed.records["juror"]} == {Decimal(30), Decimal(70)}
    assert not parsed.records["title"].str.contains("A. B.").any() and told(parsed) == []


@pytest.mark.parametrize(
    ("header", "below"),
    [
        (["Kebaruan (40%)", "Manfaat (60%)"], None),
        (["Kebaruan (40)", "Manfaat (60)"], None),
        (["Kebaruan", "Manfaat"], [None, "Bobot", None, "40%", "60%", None]),
        (["Kebaruan", "Manfaat"], [None, None, None, 40, 60, 100]),
        (["Kebaruan", "Manfaat"], [None, None, None, 0.4, 0.6, None]),
    ],
)
def test_criteria_with_their_weights(header: list[str], below: list[Any] | None) -> None:
    names = ["No", "Nama Inovasi", "OPD", *header, "Nilai Akhir"]
    rows = [[1, "Alfa", "Dinas A", 80, 90, 86], [2, "Beta", "Dinas B", 70, 75, 73]]
    parsed = read([TITLE, names, *([below] if below else []), *rows])
    assert {ScoredBy.read(text).weight for text in parsed.records["juror"]} == {Decimal(40), Decimal(60)}
    assert sorted(scores_of(parsed).values()) == [70, 75, 80, 90] and told(parsed) == []


def test_jurors_over_criteria_in_two_header_rows() -> None:
    upper = ["No", "Nama Inovasi", "OPD", "Juri 1", None, None, "Juri 2", None, None, "Rata-rata"]
    lower = [
        None,
        None,
        None,
        "Kebaruan (40)",
        "Manfaat (60)",
        "Jumlah",
        "Kebaruan (40)",
        "Manfaat (60)",
        "Jumlah",
        None,
    ]
    parsed = read([TITLE, upper, lower, [1, "Alfa", "Dinas A", 30, 50, 80, 35, 55, 90, 85]])
    assert scores_of(parsed) == {
        ("", "Alfa", "Juri 1", "", "Kebaruan"): 30,
        ("", "Alfa", "Juri 1", "", "Manfaat"): 50,
        ("", "Alfa", "Juri 2", "", "Kebaruan"): 35,
        ("", "Alfa", "Juri 2", "", "Manfaat"): 55,
    }
    assert told(parsed) == []


def test_names_of_jurors_under_one_header() -> None:
    upper = ["No", "Nama Inovasi", "OPD", "Nilai Juri", None, None, "Rata-rata"]
    lower = [None, None, None, "Ani", "Budi", "Citra", None]
    parsed = read([TITLE, upper, lower, [1, "Alfa", "Dinas A", 80, 82, 84, 82]])
    assert {juror for _, _, juror, _, _ in scores_of(parsed)} == {"Ani", "Budi", "Citra"}
    titles = ["No", "Nama Inovasi", "OPD", "Dr. Ani Wijaya, M.Si", "Ir. Budi", "Rata-rata"]
    parsed = read([TITLE, titles, [1, "Alfa", "Dinas A", 80, 82, 81]])
    assert {juror for _, _, juror, _, _ in scores_of(parsed)} == {"Dr. Ani Wijaya, M.Si", "Ir. Budi"}


@pytest.mark.parametrize("section", ["KATEGORI KELURAHAN", "A. Kelurahan", "Kategori : Kelurahan"])
def test_categories_as_sections(section: str) -> None:
    header = ["No", "Unit Kerja", "Nama Inovasi", "Juri 1", "Juri 2", "Rata-rata"]
    rows = [[section], [1, "Kelurahan X", "Alfa", 80, 90, 85], ["B. Puskesmas"], [1, "Puskesmas Y", "Beta", 70, 80, 75]]
    parsed = read([TITLE, header, *rows])
    assert {category.split()[-1].casefold() for category, *_ in scores_of(parsed)} == {"kelurahan", "puskesmas"}


def test_a_sheet_for_each_category_or_juror() -> None:
    header = ["No", "Nama Inovasi", "Unit", "Juri 1", "Juri 2", "Rata-rata"]
    parsed = read(sheets={
        "SD": [TITLE, header, [1, "Alfa", "SDN 1", 80, 90, 85]],
        "SMP": [TITLE, header, [1, "Beta", "SMPN 1", 70, 80, 75]],
    })  # fmt: skip
    assert scores_of(parsed) == by_juror("SD", "Alfa", j1=80, j2=90) | by_juror("SMP", "Beta", j1=70, j2=80)
    assert parsed.records["row_number"].n_unique() == 2
    header = ["No", "Nama Inovasi", "Unit", "Kebaruan (40)", "Manfaat (60)", "Total"]
    parsed = read(sheets={
        "Juri 1": [TITLE, header, [1, "Alfa", "SDN 1", 30, 50, 80]],
        "Juri 2": [TITLE, header, [1, "Alfa", "SDN 1", 35, 50, 85]],
    })  # fmt: skip
    assert {(juror, criterion) for _, _, juror, _, criterion in scores_of(parsed)} == {
        ("Juri 1", "Kebaruan"), ("Juri 1", "Manfaat"), ("Juri 2", "Kebaruan"), ("Juri 2", "Manfaat"),
    }  # fmt: skip


def test_the_administration_checklist() -> None:
    rows = [
        ["SELEKSI ADMINISTRASI LOMBA INOVASI 2026"],
        ["No", "Nama Inovasi", "OPD", "Proposal", "Surat Pernyataan", "Video", "Hasil"],
        [1, "Alfa", "Dinas A", "ada", "v", "Lengkap", "Lolos"],
        [2, "Beta", "Dinas B", "ya", "tidak", "belum ada", "Tidak Lolos"],
    ]
    found = scores_of(read(rows))
    assert {key[4]: score for key, score in found.items() if key[1] == "Beta"} == {
        "Proposal": 1, "Surat Pernyataan": 0, "Video": 0, "Hasil": 0,
    }  # fmt: skip
    assert all(key[3] == "Administrasi" for key in found)
    rows[2][4] = "mungkin"
    assert told(read(rows)) == [(3, "Surat Pernyataan", "recap_answer_unknown")]


def test_stages_as_columns_and_a_stage_in_the_title() -> None:
    header = ["No", "OPD/BUMD", "Nama Inovasi", "Nilai Administrasi (20%)", "Nilai Presentasi (80%)", "Nilai Akhir"]
    found = scores_of(read([TITLE, header, [1, "DLH", "Alfa", "85,5", "88", "87,5"]]))
    assert found == {("", "Alfa", "", "Administrasi", ""): 85.5, ("", "Alfa", "", "Presentasi", ""): 88}
    header = ["No", "Nama Inovasi", "OPD", "Juri 1", "Juri 2"]
    found = scores_of(read([TITLE, ["TAHAP PRESENTASI"], header, [1, "Alfa", "Dinas A", 80, 90]]))
    assert {key[3] for key in found} == {"Presentasi"}


def test_final_values_alone_are_the_jurys_own_and_that_is_told() -> None:
    parsed = read(
        [
            TITLE,
            ["No", "Nama Inovasi", "OPD", "Nilai Akhir", "Peringkat"],
            [1, "Alfa", "Dinas A", "88,5", 1],
            [2, "Beta", "Dinas B", "80", 2],
        ]
    )
    assert scores_of(parsed) == {("", "Alfa", "", "", ""): 88.5, ("", "Beta", "", "", ""): 80}
    assert [rule for _, _, rule in told(parsed)] == ["recap_only_finals"]


def test_a_recap_as_csv_and_as_html() -> None:
    text = "REKAP NILAI JURI;;;;\nNo;Nama Inovasi;OPD;Juri 1;Juri 2\n1;Alfa;Dinas A;80,5;90\n2;Beta;Dinas B;70;75,25\n"
    expected = by_juror("", "Alfa", j1=80.5, j2=90) | by_juror("", "Beta", j1=70, j2=75.25)
    assert scores_of(read(content=text.encode())) == expected
    lines = [line.split(";") for line in text.splitlines()]
    html = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
    assert scores_of(read(content=f"<html><body><table>{html}</table></body></html>".encode())) == expected


@pytest.mark.parametrize(
    ("header", "row", "cause"),
    [
        (["No", "Nama Inovasi", "OPD", "Merah", "Biru"], [1, "Alfa", "Dinas A", 80, 90], "columns_unclear"),
        (["No", "Nama Inovator", "Juri 1", "Juri 2"], [1, "A. B.", 80, 90], "no_title"),
    ],
)
def test_a_recap_that_cannot_be_read_is_held_with_what_to_change(
    header: Sequence[str], row: Sequence[Any], cause: str
) -> None:
    parsed = read([TITLE, [*header, "Peringkat"], [*row, 1]])
    assert parsed.held_rule == "recap_unreadable" and parsed.held_detail["cause"] == cause


@pytest.mark.parametrize(
    "by",
    [
        ScoredBy("Juri 1"),
        ScoredBy(),
        ScoredBy("Ani (BRIN)", "Presentasi"),
        ScoredBy("", "", "Kebaruan", Decimal(30)),
        ScoredBy("Juri 2", "Lapangan", "Manfaat", Decimal("12.5"), Decimal(40)),
        ScoredBy("", "Administrasi", "", None, Decimal(20)),
    ],
)
def test_who_scored_what_is_read_back_from_its_text(by: ScoredBy) -> None:
    assert ScoredBy.read(by.text) == by


def test_blocks_of_a_category_and_the_word_of_a_column() -> None:
    header = ["No", "Kategori", "Nama Inovasi", "Instansi", "Juri I", "Juri II"]
    rows = [[1, "Sekolah Dasar (SD)", "Alfa", "SDN 1", 80, 81], [2, None, "Beta", "SDN 2", 70, 71]]
    assert {category for category, *_ in scores_of(read([TITLE, header, *rows]))} == {"Sekolah Dasar (SD)"}
    parsed = read([TITLE, ["No", "Kelurahan", "Juri 1", "Juri 2", "Rata-rata"], [1, "Malabero", 80, 90, 85]])
    assert scores_of(parsed) == by_juror("Kelurahan", "Malabero", j1=80, j2=90)
    title = ["REKAP NILAI LOMBA INOVASI KATEGORI SMP TAHUN 2026"]
    parsed = read([title, ["No", "Sekolah", "Inovasi", "Juri 1", "Juri 2"], [1, "SMPN 1", "Alfa", 80, 90]])
    assert {category for category, *_ in scores_of(parsed)} == {"SMP"}


def test_a_row_for_each_juror() -> None:
    rows = [[1, "Alfa", "Dinas A", "Ani", "80,5"], [2, "Alfa", "Dinas A", "Budi", "81"]]
    found = scores_of(read([TITLE, ["No", "Nama Inovasi", "OPD", "Nama Juri", "Nilai"], *rows]))
    assert found == {("", "Alfa", "Ani", "", ""): 80.5, ("", "Alfa", "Budi", "", ""): 81}


def test_stages_and_criteria_over_jurors_keep_their_weights() -> None:
    upper = ["No", "Nama Inovasi", "OPD", "Presentasi (60%)", None, "Kunjungan Lapangan (40%)", None, "Nilai Akhir"]
    lower = [None, None, None, "Juri 1", "Juri 2", "Juri 1", "Juri 2", None]
    parsed = read([TITLE, upper, lower, [1, "Alfa", "Dinas A", 80, 90, 70, 80, 81]])
    assert told(parsed) == []
    by = {ScoredBy.read(text) for text in parsed.records["juror"]}
    assert {(one.stage, one.weight) for one in by} == {("Presentasi", Decimal(60)), ("Lapangan", Decimal(40))}
    upper[3], upper[5] = "Kebaruan (40)", "Manfaat (60)"
    parsed = read([TITLE, upper, lower, [1, "Alfa", "Dinas A", 30, 35, 50, 55, 85]])
    assert {ScoredBy.read(text).maximum for text in parsed.records["juror"]} == {Decimal(40), Decimal(60)}


def test_ticks_of_a_checklist_and_its_remark() -> None:
    upper = ["NO", "NAMA INOVATOR", "JUDUL KARYA", "KELENGKAPAN", None, "KET"]
    rows = [
        upper,
        [None, None, None, "Proposal", "KTP", None],
        [1, "X. Y.", "Alat", "v", "v", "Lolos"],
        [2, "Z.", "Pompa", "v", None, "Tidak lolos"],
    ]
    found = scores_of(read([["HASIL VERIFIKASI ADMINISTRASI KRENOVA"], *rows]))
    assert {key[4]: score for key, score in found.items() if key[1] == "Pompa"} == {"Proposal": 1, "KTP": 0, "Hasil": 0}


def test_numbers_of_jurors_and_names_after_a_group() -> None:
    for group in ("Juri", "Nilai"):
        upper = ["No", "Nama Inovasi", "OPD", group, None, None, "Jumlah"]
        lower = [None, None, None, *([1, 2, 3] if group == "Juri" else ["Juri 1", "Juri 2", "Juri 3"]), None]
        parsed = read([TITLE, upper, lower, [1, "Alfa", "Dinas A", 80, 81, 82, 243]])
        assert scores_of(parsed) == by_juror("", "Alfa", j1=80, j2=81, j3=82) and told(parsed) == []


def test_who_signs_is_no_entry_and_a_word_for_a_score_is_told() -> None:
    header = ["No", "Nama Inovasi / Judul", "OPD Pengusul Inovasi", "Juri 1", "Juri 2"]
    signed = [
        [None, "Mengetahui,", None, None, "Bengkulu, 12 Agustus 2026"],
        [None, "Budi, S.E.", None, None, "Dr. Ani"],
    ]
    parsed = read(
        [TITLE, header, [1, "Alfa", "Dinas A", 80, "tidak hadir"], [2, "Beta", "Dinas B", 70, 75], [], *signed]
    )
    assert scores_of(parsed) == by_juror("", "Alfa", j1=80) | by_juror("", "Beta", j1=70, j2=75)
    assert told(parsed) == [(3, "Juri 2", "number_invalid")]


def test_two_tables_on_a_sheet_and_stages_as_sheets() -> None:
    header = ["No", "Nama Inovasi", "Sekolah", "Juri 1", "Juri 2"]
    first = [["KATEGORI SD"], header, [1, "Alfa", "SDN 1", 80, 90]]
    second = [[], ["KATEGORI SMP"], header, [1, "Beta", "SMPN 1", 70, 80]]
    found = scores_of(read([TITLE, *first, *second]))
    assert found == by_juror("SD", "Alfa", j1=80, j2=90) | by_juror("SMP", "Beta", j1=70, j2=80)
    rows = [TITLE, header, [1, "Alfa", "SDN 1", 80, 90]]
    assert {key[3] for key in scores_of(read(sheets={"Presentasi": rows, "Lapangan": rows}))} == {
        "Presentasi",
        "Lapangan",
    }


def test_remarks_may_state_places_and_results() -> None:
    header = ["No", "Nama Inovasi", "OPD", "Juri 1", "Juri 2", "Keterangan"]
    parsed = read([TITLE, header, [1, "Alfa", "Dinas A", 80, 90, "Juara 2"], [2, "Beta", "Dinas B", 70, 75, "Juara 1"]])
    assert [rule for *_, rule in told(parsed)] == ["recap_rank_differs"] * 2
    rows = [
        ["SELEKSI ADMINISTRASI LOMBA"],
        ["No", "Nama Inovasi", "Unit", "Status"],
        [1, "Alfa", "SDN 1", "Lolos"],
        [2, "Beta", "SDN 2", "Tidak Lolos"],
    ]
    assert scores_of(read(rows)) == {
        ("", "Alfa", "", "Administrasi", "Hasil"): 1, ("", "Beta", "", "Administrasi", "Hasil"): 0,
    }  # fmt: skip
