"""What a list with a damaged structure is read as, or is told of, case by case."""

from __future__ import annotations

from random import Random

import pytest

from etl.lake import scale_of
from etl.parse import parse
from etl.recognition.detect import Choice
from etl.values.canonical_rows import ParsedFile
from simulation.draft import Draft, ErrorCell, Formula, draft_of
from simulation.files import bytes_of, export_of, reporting_regions
from simulation.structure_truth import undamaged

EDITION = 2026


def list_of(layout: str, count: int = 8) -> Draft:
    region = reporting_regions()[100]
    export = export_of(layout, region, EDITION, count, Random(1), 0)
    return draft_of(undamaged(bytes_of(export), scale_of(EDITION), region, EDITION))


def read(draft: Draft) -> tuple[Choice, ParsedFile]:
    content = draft.content()
    return parse(lambda: content, scale_of(EDITION))


@pytest.mark.parametrize("header", ["Waktu Uji Coba Inovasi Daerha", "Tanggal Uji Coba"])
def test_a_column_that_no_row_needs_is_read_under_a_slip_or_another_name(header: str) -> None:
    draft = list_of("l1_portal_list")
    column = draft.columns["trial_date"]
    known = str(draft.headers[column])
    draft.headers[column] = header
    choice, parsed = read(draft)
    assert choice.reason["renamed"] == f"{header} → {known}"
    assert parsed.records["trial_date"].to_list() == [row["trial_date"] for row in draft.original.truth.values()]


def test_a_column_of_other_contents_is_not_read_under_a_slip() -> None:
    draft = list_of("l1_portal_list")
    column = draft.columns["trial_date"]
    draft.headers[column] = "Waktu Uji Coba Inovasi Daerha"
    for line in draft.data:
        line.cells[column] = "bersama dinas lain"
    choice, _ = read(draft)
    assert choice.match is not None
    assert "trial_date" not in choice.match.columns
    assert "Waktu Uji Coba Inovasi Daerah" in choice.reason["absent"]


@pytest.mark.parametrize("cell", [ErrorCell("#N/A"), ErrorCell("#REF!"), Formula("=A1")])
def test_an_answer_whose_formula_failed_is_told_and_not_missing(cell: ErrorCell | Formula) -> None:
    draft = list_of("l3_wide_points")
    draft.data[0].cells[draft.levels["17"]] = cell
    _, parsed = read(draft)
    told = parsed.quarantine.select("row_number", "column_name", "rule").rows()
    rule = "cell_error" if isinstance(cell, ErrorCell) else "formula_uncomputed"
    assert told == [(draft.header + 2, draft.headers[draft.levels["17"]], rule)]


def test_a_row_with_a_bare_decimal_comma_is_told_as_a_whole() -> None:
    text = "Nama Perangkat Daerah,Nama Inovasi,Tahapan Inovasi,Kematangan,Aksi\n"
    rows = [f"Dinas {n},Inovasi {n},Penerapan,{'43,50' if n == 2 else '40.00'},Lihat\n" for n in range(5)]
    _, parsed = parse((text + "".join(rows)).encode, scale_of(EDITION))
    assert parsed.quarantine.select("row_number", "rule", "scope").rows() == [(4, "row_ragged", "row")]
