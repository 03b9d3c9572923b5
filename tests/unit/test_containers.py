"""Every kind of file that offices really send: the same cells, whatever program wrote them, or the right refusal."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date

import pytest
import xlsxwriter
from docx import Document

from etl.cells.csv_text import delimiter_of
from etl.cells.sheet import Note, Percent, Sheet, Uncomputed
from etl.cells.sheets import UnreadableFile, read_cells
from etl.cells.worksheet_marks import marks_of, percent_styles
from etl.worker.cells_apart import as_block, sheets_of
from tests.city_files import LIST_HEADER, innovation, parsed, portal_list, workbook
from tests.conftest import ROOT

RECEIVED = ROOT / "tests" / "fixtures" / "received"
EXPECTED = json.loads((RECEIVED / "expected.json").read_text(encoding="utf-8"))
ROWS = [["No", "Nama", "Nilai"], ["1", 'Pojok "Gizi", baris\ndua', "40,50"], ["2", "Antre – ‘cepat’ é", "45,00"]]


def only(content: bytes) -> Sheet:
    (sheet,) = read_cells(content)[1]
    return sheet


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_cells(content)
    return caught.value.cause


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return stream.getvalue()


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A workbook with other words in one of its parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(stream, "w") as archive:
        for name in book.namelist():
            text = book.read(name)
            assert name != part or old in text
            archive.writestr(name, text.replace(old, new) if name == part else text)
    return stream.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("is_stated", [False, True])
def test_every_dialect_of_csv_gives_the_same_cells(delimiter: str, encoding: str, is_stated: bool) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(ROWS)
    text = (f"sep={delimiter}\r\n" if is_stated else "") + stream.getvalue()
    assert only(text.encode(encoding)).rows == ROWS


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("A;B;C\n1;x, y;40,50\n2;z;45,00\n", ";"),
        ("A,B,C\n1,x; y; z,2\n2,z,3\n", ","),
        ("Laporan, tahun 2025\nA;B;C\n1;x;40,5\n2;y;41,5\n", ";"),
        ('A,B\n"x;y;z",1\n"x;y;z",2\n', ","),
        ("A\n", ","),
    ],
)
def test_the_delimiter_is_the_one_with_which_the_records_agree(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter


def test_doubled_quotes_are_quotes_at_any_distance() -> None:
    far = "x" * 70_000
    rows = [["A", "B"], [f'{far} "Gizi"', "1"], ['""', "2"]]
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    assert only(stream.getvalue().encode()).rows == rows


def test_a_csv_that_is_cut_inside_a_quotation_is_held() -> None:
    assert refusal(b'A,B\n1,"two\nlines') == "csv_quote_open"


@pytest.mark.parametrize("name", ["40-html-long-css.xls", "42-html-nested-table.xls", "44-xml-spreadsheet-2003.xls",
                                  "32-csv-sep-line.csv", "35-csv-quotes-cp1252.csv", "07c-dimension-a0.xlsx",
                                  "50-wps-headers-trailing-cols.xlsx", "12-score-percent-format.xlsx"])  # fmt: skip
def test_received_files_give_their_true_rows(name: str) -> None:
    file = parsed((RECEIVED / name).read_bytes(), edition=2025)
    read = {
        " ".join(title.split()): (unit, stage, None if score is None else score / 100)
        for title, unit, stage, score in file.records.select(
            "title", "unit_name", "stage", "claimed_score_x100"
        ).iter_rows()
    }
    assert read == {row["title"]: (row["unit"], row["stage"], row["score"]) for row in EXPECTED[name]}
    assert file.quarantine.is_empty()


def test_errors_and_formulas_without_a_value_are_told_with_their_text() -> None:
    errors = parsed((RECEIVED / "17-error-cells.xlsx").read_bytes(), edition=2025).quarantine
    assert set(errors.filter(rule="cell_error")["original_text"]) == {"#N/A", "#REF!"}
    formulas = parsed((RECEIVED / "16-formula-no-cache.xlsx").read_bytes(), edition=2025).quarantine
    assert formulas.filter(rule="formula_uncomputed")["original_text"][0] == "=40+2"


def test_an_error_in_a_text_column_is_no_name() -> None:
    file = parsed(portal_list(innovation("Satu"), innovation("#REF!"), innovation("Dua", unit="#N/A")))
    assert file.records["title"].to_list() == ["Satu"]
    assert file.quarantine.filter(rule="cell_error")["original_text"].to_list() == ["#N/A", "#REF!"]


def marked_book() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("Data")
    sheet.merge_range(0, 0, 0, 2, "Judul")
    sheet.write(1, 0, 0.5)
    sheet.write(1, 1, 0.5, book.add_format({"num_format": "0.00%"}))
    sheet.write(1, 2, 50, book.add_format({"num_format": '0.00"%"'}))
    sheet.merge_range(2, 0, 4, 0, "Unit")
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.set_column(1, 1, None, None, {"hidden": True})
    book.close()
    return stream.getvalue()


def test_a_workbook_tells_its_ranges_what_it_hides_and_its_percentages() -> None:
    sheet = only(marked_book())
    assert sheet.merged == ((0, 0, 0, 2), (2, 0, 4, 0))
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({3}, {1})
    assert sheet.rows[1] == [0.5, "50%", 50.0]
    assert isinstance(sheet.rows[1][1], Percent)
    (again,) = sheets_of(as_block([sheet]))
    assert (again.merged, again.hidden_rows, again.hidden_columns) == (sheet.merged, {3}, {1})


def test_a_percentage_is_a_score_as_it_is_shown_and_one_beyond_the_scale_is_told() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet, percent = book.add_worksheet(), book.add_format({"num_format": "0.00%"})
    sheet.write_row(0, 0, LIST_HEADER)
    for row, (title, score, style) in enumerate(
        [
            ("Plain", 50, None),
            ("Shown", 0.455, percent),
            ("Small", 0.5, None),
            ("Half", 0.5, percent),
            ("Far", 50, percent),
        ],
        start=1,
    ):
        sheet.write_row(row, 0, innovation(title))
        sheet.write_number(row, 3, score, style)
    book.close()
    file = parsed(stream.getvalue())
    scores = dict(file.records.select("title", "claimed_score_x100").iter_rows())
    assert scores == {"Plain": 5000, "Shown": 4550, "Small": 50, "Half": 5000}
    assert file.quarantine.select("rule", "original_text").rows() == [("score_out_of_range", "5000%")]


def test_only_a_format_with_its_own_percent_sign_is_a_percentage() -> None:
    styles = b"""<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0.0%"/>
      <numFmt numFmtId="165" formatCode="0&quot;%&quot;"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>
      <cellXfs><xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>"""
    assert percent_styles(styles) == {1, 2}
    assert marks_of(b'<c r="A1" s="12"><v>1</v></c>', frozenset({1, 2}), 10).cells == {}


@pytest.mark.parametrize("extent", [b"A0:H13", b"hello", b"A1:XFD1048576", b"A1"])
def test_an_extent_that_lies_does_no_harm(extent: bytes) -> None:
    content = changed(workbook([["a", 1], ["b", 2]]), "xl/worksheets/sheet1.xml", b'ref="A1:B2"', b'ref="%s"' % extent)
    assert only(content).rows == [["a", 1.0], ["b", 2.0]]


def test_one_stray_cell_far_down_is_told_and_the_table_is_read() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    for row in range(12):
        sheet.write_row(row, 0, ["a", "b"])
    sheet.write(1_048_575, 29, "catatan")
    book.close()
    read = only(stream.getvalue())
    assert (len(read.rows), read.notes) == (12, (Note("stray_cell", 1_048_576, "AD", "catatan"),))


def test_the_note_of_a_stray_cell_stands_in_quarantine() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    header = ["Nama Perangkat Daerah", "Nama Inovasi", "Tahapan Inovasi", "Kematangan", "Aksi"]
    for row, line in enumerate([header, *(innovation(f"Inovasi {number}") for number in range(5))]):
        sheet.write_row(row, 0, line)
    sheet.write(1_048_575, 29, "catatan")
    book.close()
    file = parsed(stream.getvalue())
    assert file.records.height == 5
    assert file.quarantine.select("rule", "row_number", "column_name", "original_text", "scope").rows() == [
        ("stray_cell", 1_048_576, "AD", "catatan", "cell")
    ]


def test_rich_inline_and_phonetic_texts_are_the_words_alone() -> None:
    rich = (
        b'<c r="A1" t="inlineStr"><is><r><t>KA</t></r><r><t>TA</t></r><rPh sb="0" eb="1"><t>fonetik</t></rPh></is></c>'
    )
    content = changed(workbook([[7]]), "xl/worksheets/sheet1.xml", b'<c r="A1"><v>7</v></c>', rich)
    assert only(content).rows == [["KATA"]]


def test_html_keeps_its_ranges_and_a_table_in_a_cell_is_the_text_of_that_cell() -> None:
    page = b"""<style>.a{}</style><table><tr><td colspan=2>Waktu</td><td rowspan=2>Aksi</td></tr>
      <tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td><td><table><tr><td>Lihat</td><td>Ubah</td></tr><tr><td>x</td></tr></table></td></tr></table>"""
    sheet = only(page)
    assert sheet.rows == [["Waktu", None, "Aksi"], ["a", "b"], ["1", "2", "Lihat\nUbah\nx"]]
    assert sheet.merged == ((0, 0, 0, 1), (0, 2, 1, 2))


def test_a_table_that_only_frames_another_is_passed_over() -> None:
    inner = "<table>" + "<tr><td>a</td><td>b</td><td>c</td></tr>" * 3 + "</table>"
    assert only(f"<table><tr><td>{inner}</td></tr></table>".encode()).rows == [["a", "b", "c"]] * 3


def test_mhtml_is_read_as_the_page_in_it() -> None:
    page = (
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=X\r\n\r\n--X\r\nContent-Type: text/html; "
        "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<table><tr><td>Caf=C3=A9</td>=\r\n"
        "<td>2</td></tr></table>\r\n--X--\r\n"
    )
    assert read_cells(page.encode())[0] == "html"
    assert only(page.encode()).rows == [["Café", "2"]]


def test_xml_spreadsheet_places_its_cells_and_tells_its_ranges() -> None:
    text = """<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
      xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="p"><NumberFormat ss:Format="0%"/>
      </Style></Styles><Worksheet ss:Name="Data"><Table><Row><Cell ss:MergeAcross="1"><Data ss:Type="String">A</Data>
      </Cell><Cell><Data ss:Type="Number">1.5</Data></Cell></Row><Row ss:Index="3" ss:Hidden="1"><Cell ss:Index="2">
      <Data ss:Type="DateTime">2024-03-23T00:00:00.000</Data></Cell><Cell ss:StyleID="p">
      <Data ss:Type="Number">0.5</Data>
      </Cell></Row><Row><Cell><Data ss:Type="Error">#REF!</Data></Cell><Cell ss:Formula="=1+1"/></Row></Table>
      </Worksheet></Workbook>"""
    sheet = only(text.encode())
    assert sheet.rows == [
        ["A", None, 1.5],
        [None, None, None],
        [None, date(2024, 3, 23), "50%"],
        ["#REF!", "=1+1", None],
    ]
    assert isinstance(sheet.rows[3][1], Uncomputed)
    assert (sheet.name, sheet.merged, sheet.hidden_rows) == ("Data", ((0, 0, 0, 1),), {2})


OPEN_DOCUMENT = """<office:document{content} xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>
 <table:table table:name="Data"><table:table-column table:visibility="collapse"/><table:table-row>
 <table:table-cell office:value-type="string" table:number-columns-spanned="2"><text:p>A<text:s text:c="2"/>B</text:p>
 </table:table-cell><table:covered-table-cell/><table:table-cell office:value-type="percentage" office:value="0.455"/>
 </table:table-row><table:table-row table:number-rows-repeated="2" table:visibility="collapse"><table:table-cell
 office:value-type="date" office:date-value="2024-03-23"/><table:table-cell office:value-type="float" office:value="7"
 table:number-columns-repeated="2"/></table:table-row><table:table-row table:number-rows-repeated="1048573">
 <table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table></office:spreadsheet>
 </office:body></office:document{content}>"""


@pytest.mark.parametrize("kind", ["fods", "ods"])
def test_open_documents_are_read_packed_and_flat(kind: str) -> None:
    if kind == "fods":
        content = f"<?xml version='1.0'?>{OPEN_DOCUMENT.format(content='')}".encode()
    else:
        content = zipped(content_dot_xml=OPEN_DOCUMENT.format(content="-content").encode(), mimetype=b"x")
    sheet = only(content)
    day = date(2024, 3, 23)
    assert sheet.rows == [["A  B", None, "45.5%"], [day, 7.0, 7.0], [day, 7.0, 7.0]]
    assert (sheet.merged, sheet.hidden_rows, sheet.hidden_columns) == (((0, 0, 0, 1),), {1, 2}, {0})


def letter(*rows: list[str]) -> bytes:
    document = Document()
    document.add_paragraph("Kepada Yth. Kepala Badan")
    if rows:
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for line, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(line.cells, cells, strict=True):
                cell.text = text
        table.cell(0, 0).merge(table.cell(0, 1))
        table.cell(1, 0).merge(table.cell(2, 0))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_the_tables_of_a_letter_are_read_and_one_without_is_named() -> None:
    sheet = only(letter(["Judul", "", "x"], ["a", "b", "c"], ["", "e", "f"]))
    assert sheet.rows == [["Judul", None, "x"], ["a", "b", "c"], [None, "e", "f"]]
    assert sheet.merged == ((0, 0, 0, 1), (1, 0, 2, 0))
    assert refusal(letter()) == "letter"


def test_an_archive_of_workbooks_gives_the_sheets_of_all_of_them() -> None:
    inner = zipped(c_dot_xlsx=workbook([["c"]]))
    content = zipped(
        kota__a_dot_xlsx=workbook([["a"]]), b_dot_csv=b"x;y\n1;2\n", foto_dot_jpg=b"\xff\xd8\xff\xe0", d_dot_zip=inner
    )
    kind, sheets = read_cells(content)
    assert kind == "excel"
    assert [sheet.name for sheet in sheets] == ["kota/a.xlsx/Sheet1", "b.csv/csv", "d.zip/c.xlsx/Sheet1"]
    assert sheets[0].notes == (Note("member_not_read", 1, "", "foto.jpg"),)


def test_the_limits_hold_for_an_archive_too() -> None:
    deep = workbook([["a"]])
    for _ in range(4):
        deep = zipped(a_dot_zip=deep)
    many = zipped(**{f"a{number}_dot_csv": b"a;b" for number in range(201)})
    assert refusal(deep) == "member_unreadable"
    assert refusal(many) == "too_many_members"
    assert refusal(zipped(a_dot_xlsx=workbook([["a"]])[:-50])) == "member_unreadable"
    assert refusal(zipped(a_dot_jpg=b"\xff\xd8\xff\xe0")) == "archive_without_workbook"


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF,;\t", "photo"),
        (b"\x89PNG\r\n\x1a\n\x00,", "photo"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "photo"),
        (b"Rar!\x1a\x07\x01\x00,", "packed"),
        (b"7z\xbc\xaf\x27\x1c\x00", "packed"),
        (b"{\\rtf1 Kepada; Yth,}", "old_document"),
        (b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"), "old_document"),
        (workbook([["a"] * 50] * 50)[:3000], "truncated"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'><Work", "xml_damaged"),
    ],
)
def test_what_is_no_table_is_named_for_what_it_is(content: bytes, cause: str) -> None:
    assert refusal(content) == cause


def test_entities_of_xml_are_not_expanded() -> None:
    text = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b "bbbb">]>
      <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row><Cell>
      <Data>x&a;&b;</Data></Cell></Row></Table></Worksheet></Workbook>"""
    assert only(text.encode()).rows == [["x&a;&b;"]]
