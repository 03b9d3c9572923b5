"""Tables printed to PDF: cells, wrapped lines, headers printed again, what stands around the table."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typst

from etl.cells.sheets import read_cells
from tests.city_files import parsed

HEADER = ("No", "No. Registrasi", "Nama Inovasi & Perangkat Daerah (OPD)", "Kategori", "Tgl Sidang", "Skor Final",
          "Kematangan", "Status Kelulusan", "Nomor Berita Acara")  # fmt: skip
STRIP = "#table(columns: 3, inset: 6pt, [24 Inovasi], [18 Lulus], [92.4 Rata-rata])"


def recap(rows: Sequence[Sequence[str]], *, strip: str = STRIP) -> bytes:
    """A hearing recap on A4 across: letter head, figures, a table whose header stands on every page, signatures."""
    cells = "".join(f"[{_set(cell)}]," for row in rows for cell in row)
    header = "".join(f"[*{cell}*]," for cell in HEADER)
    columns = "(1cm, 2.6cm, 6cm, 2cm, 2.2cm, 1.6cm, 2cm, 2.5cm, 1fr)"
    text = f"""#set page(paper: "a4", flipped: true)
#set text(size: 9pt)
PEMERINTAH KOTA SIMULASI

Jalan Simulasi 1

{strip}

#table(columns: {columns}, stroke: 0.5pt, align: horizon, table.header({header}), {cells})

Kota Simulasi, 14 September 2026

Kepala Badan
"""
    made: bytes = typst.compile(text.encode(), format="pdf")
    return made


def _set(cell: str) -> str:
    return "#linebreak()".join(f"#text({json.dumps(line)})" for line in cell.split("\n"))


def row(number: int, title: str, score: str = "105.0") -> list[str]:
    return [str(number), f"BRD-2026-{number:04}", f"{title}\nDinas Kesehatan", "Digital", "18 Sep 2026", score, "94.6%",
            "Inovatif", "BA.01/BRIDA/MKS/IX/2026"]  # fmt: skip


LONG = "Sistem Informasi Pelayanan Kesehatan Ibu dan Anak Terpadu untuk Perundang-undangan Daerah yang Baru"


def test_a_printed_recap_is_read_and_its_strip_and_signatures_are_cut() -> None:
    file = parsed(recap([row(1, "Posyandu Daring"), row(2, LONG, "97.5")]))
    assert file.records.select("external_id", "title", "unit_name", "final_score_x100").rows() == [
        ("BRD-2026-0001", "Posyandu Daring", "Dinas Kesehatan", 10_500),
        ("BRD-2026-0002", LONG, "Dinas Kesehatan", 9_750),
    ]
    outcomes = file.rows["outcome"].to_list()
    assert outcomes.count("accepted") == 2
    assert set(outcomes) == {"accepted", "structural"}
    texts = "".join(file.rows.filter(file.rows["outcome"] == "structural")["original"])
    assert "24 Inovasi" in texts
    assert "Kepala Badan" in texts


def test_a_header_on_every_page_is_no_row() -> None:
    file = parsed(recap([row(number, f"Inovasi {number}") for number in range(1, 41)]))
    assert file.records["title"].to_list() == [f"Inovasi {number}" for number in range(1, 41)]
    assert file.rows.filter(file.rows["outcome"] == "quarantined").is_empty()


def test_what_draws_no_table_stays_lines() -> None:
    made = typst.compile(b"Nama Inovasi : Posyandu\n\n#line(length: 5cm)", format="pdf")
    (sheet,) = read_cells(made)[1]
    assert sheet.rows[0] == ["Nama Inovasi", "Posyandu"]


def test_a_line_end_that_may_be_either_is_told_and_not_guessed() -> None:
    file = parsed(recap([row(1, "Posyandu Daring"), row(2, LONG.replace("Baru", "Panjang Sekali"))]))
    assert file.records.height == 1
    assert set(file.quarantine["rule"]) == {"cell_shape_unknown"}
