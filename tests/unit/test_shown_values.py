"""What an adapter makes of a value, without a kernel: kinds, places, words, limits, and looks of one's own."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output

from reports.blocks.block import Block
from reports.blocks.content import MIME, Facts, FreeHtml, Image, Notice, Part, Preformatted, Table, Text, unpacked
from reports.blocks.words import told_rows, told_words
from reports.run.kernel.shown import load_ipython_extension, name_of, unload_ipython_extension
from reports.shown import described, titled
from reports.shown.adapted import Asked
from reports.shown.adapters import adapted
from reports.shown.cell_outputs import parts_of_outputs
from reports.shown.pictures import BrokenPicture, jpeg_size, png_size, safe_svg
from reports.shown.printed_text import cleaned, printed
from reports.shown.refused import CELL_CHARACTERS, COLUMNS_ON_PAPER, MOST_ITEMS, PRINTED_CHARACTERS, ShownRefused
from tests.conftest import ROOT
from warehouse.language import Language

ID = Language("id")


def piece(name: bytes, content: bytes) -> bytes:
    """A piece of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + piece(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + piece(b"IDAT", zlib.compress(b"\x00\x00"))
    + piece(b"IEND", b"")
)


def parts(value: object, name: str = "") -> tuple[Part, ...]:
    made = adapted(value, Asked(ID, name))
    assert made is not None
    return made.parts


def table(value: object) -> Table:
    [only] = parts(value)
    assert isinstance(only, Table)
    return only


def column(values: object, dtype: Any = None) -> tuple[str, list[str]]:
    """The kind of a column, and its values as a reader sees them."""
    made = table(pl.DataFrame({"a": pl.Series(values, dtype=dtype)}))
    return made.columns[0].kind, [row[0] for row in told_rows(made, ID)]


NOON = datetime(2026, 8, 9, 12, 0, 5)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "told"),
    [
        ([1, 1214, None], None, "whole", ["1", "1.214", "–"]),
        ([10**17, 1], None, "text", ["100000000000000000", "1"]),
        ([0.5, 0.25, float("nan")], None, "decimal", ["0,50", "0,25", "–"]),
        ([1.0, 2.0], None, "decimal", ["1", "2"]),
        ([0.1 + 0.2, 1 / 3], None, "decimal", ["0,3000", "0,3333"]),
        ([0.00012, 0.0003], None, "decimal", ["0,00012", "0,00030"]),
        ([float("inf"), float("-inf")], None, "decimal", ["∞", "−∞"]),
        ([Decimal("1.50"), None], pl.Decimal(10, 2), "decimal", ["1,50", "–"]),
        ([Decimal("1.5")], pl.Decimal(38, 10), "decimal", ["1,50"]),
        ([True, False, None], None, "boolean", ["ya", "tidak", "–"]),
        ([date(2026, 8, 9), None], None, "date", ["9 Agustus 2026", "–"]),
        ([date(1745, 8, 17)], None, "text", ["1745-08-17"]),
        ([NOON], None, "moment", ["9 Agustus 2026 12.00.05"]),
        ([time(8, 30)], None, "text", ["08:30:00"]),
        ([timedelta(days=1, hours=2)], None, "text", ["1 day, 2:00:00"]),
        (["a", None], pl.Categorical, "text", ["a", "–"]),
        ([b"abc"], None, "text", ["3 bytes"]),
        ([[1, 2], None], None, "text", ["1, 2", "–"]),
        ([{"a": 1, "b": None}], None, "text", ["a: 1; b: –"]),
        ([{"lower": 1, "upper": 3}], None, "interval", ["1–3"]),
        ([None, None], None, "text", ["–", "–"]),
        (["=1+1", "<script>", "a\x00b\u202ec"], None, "text", ["=1+1", "<script>", "a\ufffdbc"]),
    ],
)
def test_a_column_of_polars_keeps_its_type(values: list[Any], dtype: Any, kind: str, told: list[str]) -> None:
    assert column(values, dtype) == (kind, told)


@pytest.mark.parametrize(
    ("values", "kind", "told"),
    [
        ([1, 2, None], "decimal", ["1", "2", "–"]),
        (pd.array([1, 2, None], dtype="Int64"), "whole", ["1", "2", "–"]),
        ([Decimal("1.5"), None], "decimal", ["1,5", "–"]),
        ([Decimal("1.5"), 2], "decimal", ["1,5", "2,0"]),
        ([1, "x", None], "text", ["1", "x", "–"]),
        ([date(2026, 8, 9), None], "date", ["9 Agustus 2026", "–"]),
        (pd.to_datetime(["2026-08-09", None]), "moment", ["9 Agustus 2026 00.00", "–"]),
        ([True, None], "boolean", ["ya", "–"]),
        ([Fraction(1, 4)], "decimal", ["0,25"]),
        (pd.period_range("2026-01", periods=1, freq="M"), "text", ["2026-01"]),
    ],
)
def test_a_column_of_pandas_keeps_its_type(values: Any, kind: str, told: list[str]) -> None:
    made = table(pd.DataFrame({"a": pd.Series(values)}))
    assert (made.columns[0].kind, [row[0] for row in told_rows(made, ID)]) == (kind, told)


def test_names_of_columns_may_be_of_several_levels_or_no_text() -> None:
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("2026", "IID"), ("2026", "")]))
    assert [one.heading for one in table(frame).columns] == ["2026 · IID", "2026"]
    assert [one.heading for one in table(pd.DataFrame({7: [1]})).columns] == ["7"]


def test_years_are_told_without_marks_and_moments_of_zones_by_their_own_clock() -> None:
    made = table(
        pl.DataFrame({"tahun": [2026], "w": [NOON]}).with_columns(pl.col("w").dt.replace_time_zone("Asia/Jakarta"))
    )
    assert [one.kind for one in made.columns] == ["year", "moment"]
    assert made.columns[1].heading == "w (Asia/Jakarta)" and made.values[0][1] == NOON
    offset = pd.DataFrame({"w": [datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=7)))] * 2})
    assert table(offset).columns[0].heading == "w (UTC+07:00)"
    assert table(offset).values[0][0].isoformat() == "2026-01-01T00:00:00"


def test_long_texts_wide_tables_and_empty_ones_say_so() -> None:
    long = table(pl.DataFrame({"a": ["x" * (CELL_CHARACTERS + 5)]}))
    assert long.values[0][0].endswith(" … (+5)") and "1 teks" in long.note
    assert table(pl.DataFrame({f"c{n}": [n] for n in range(COLUMNS_ON_PAPER + 1)})).is_folded
    assert "Tidak ada baris" in table(pl.DataFrame({"a": []})).note
    [none] = parts(pl.DataFrame())
    assert isinstance(none, Text) and "tanpa kolom" in none.text


def test_a_table_of_too_many_cells_is_refused() -> None:
    with pytest.raises(ShownRefused, match=r"1\.000\.002 sel"):
        parts(pl.select(pl.int_range(500_001)).select(pl.all(), b=0))


class Colour(Enum):
    RED = "merah"


Pair = namedtuple("Pair", "kota nilai")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (7, "7"), (1214.5, "1.214,5"), (Decimal("85.38"), "85,38"), (np.float64(2.5), "2,5"), (np.int32(3), "3"),
        (True, "ya"), (np.bool_(False), "tidak"), (date(2026, 8, 9), "9 Agustus 2026"), (float("nan"), "–"),
        (float("inf"), "∞"), (Fraction(1, 3), "1/3"), (Colour.RED, "merah"), (10**20, "1" + "0" * 20),
        (np.datetime64("2026-08-09"), "9 Agustus 2026"), (pd.Timestamp("2026-08-09 08:30"), "9 Agustus 2026 08.30"),
        (complex(1, 2), "(1+2j)"),
    ],
)  # fmt: skip
def test_a_single_value_is_told_under_its_name(value: object, told: str) -> None:
    made = adapted(value, Asked(ID, "nilai_saya"))
    if made is None:  # a complex number has no kind here: it shows itself
        assert told == "(1+2j)"
        return
    [facts] = made.parts
    assert isinstance(facts, Facts)
    [(name, fact)] = facts.pairs
    assert (name, told_words(fact, ID)) == ("nilai_saya", told)


def test_texts_keep_their_lines() -> None:
    assert parts("satu") == (Text(text="satu"),) and parts("satu\n  dua") == (Preformatted(text="satu\n  dua"),)
    assert parts("") == () and parts("  \n") == ()


def test_dicts_and_fields_are_facts_and_what_they_hold_stands_below() -> None:
    frame = pl.DataFrame({"a": [1]})
    kinds = [part.kind for part in parts({"n": 1, "bingkai": frame, "dalam": {"x": {1}}})]
    assert kinds == ["facts", "table", "text", "preformatted"]
    [facts] = parts(Pair("Jambi", 2.5))
    assert isinstance(facts, Facts) and [name for name, _fact in facts.pairs] == ["kota", "nilai"]
    circle: dict[str, Any] = {}
    circle["self"] = circle
    assert [part.kind for part in parts(circle)] == ["text", "preformatted"]


def test_long_lists_are_cut_with_a_note_and_sets_are_in_order() -> None:
    bullets, note = parts(list(range(MOST_ITEMS + 3)))
    assert len(bullets.items) == MOST_ITEMS and "3 butir lagi" in note.text  # type: ignore[union-attr]
    assert parts({"b", "a"})[0].items == ("a", "b")  # type: ignore[union-attr]
    assert table([{"a": 1}, {"b": "x"}]).values == ((1, None), (None, "x"))


def test_arrays_are_tables_up_to_two_dimensions() -> None:
    assert table(np.array([1.5, float("nan")])).values == ((1.5,), (None,))
    assert table(np.array([(1, "x")], dtype=[("n", int), ("t", "U1")])).columns[1].heading == "t"
    assert parts(np.zeros((2, 2, 2)))[0].kind == "preformatted"


def test_what_a_plot_returns_shows_nothing() -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    assert parts(axes) == () and parts(axes.plot([1, 2])) == () and parts(axes.hist([1, 2])) == ()
    assert parts(axes.set_title("x")) == () and parts(axes.boxplot([1, 2])) == () and parts(np.array([axes])) == ()
    assert [part.kind for part in parts(figure)] == ["image", "notice"]
    plt.close(figure)


class OwnLook(pl.DataFrame):
    def _repr_html_(self) -> str:
        return "<b>sendiri</b>"


@dataclass
class OwnFields:
    a: int

    def _repr_html_(self) -> str:
        return "<b>sendiri</b>"


def test_a_look_of_ones_own_goes_first() -> None:
    assert adapted(OwnLook({"a": [1]}), Asked(ID)) is None and adapted(OwnFields(1), Asked(ID)) is None
    assert adapted(Block(), Asked(ID)) is None and adapted(object(), Asked(ID)) is None


def test_a_fault_of_a_library_is_a_refusal_with_its_kind() -> None:
    class Broken(pl.LazyFrame):
        def head(self, n: int = 5) -> Any:
            raise ZeroDivisionError("no rows")

    with pytest.raises(ShownRefused) as raised:
        parts(Broken({"a": [1]}))
    assert "ZeroDivisionError: no rows" in raised.value.in_one_line(ID) and "Broken" in raised.value.in_one_line(ID)


# Printed text and pictures


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\r\n", "a\nb"),
        ("10%\r50%\r100%\n", "100%"),
        ("long line\rok", "okng line"),
        ("abc\b\bX", "aX"),
        ("\x1b[1;31merah\x1b[0m", "erah"),
        ("\x1b]8;;http://elsewhere.example\x07tautan\x1b]8;;\x07", "tautan"),
        ("\n\n x \n\n", " x"),
        ("a\x00b", "a\ufffdb"),
    ],
)
def test_printed_text_is_as_a_terminal_leaves_it(text: str, shown: str) -> None:
    made = printed(text)
    assert made is not None and made.text == shown


def test_a_long_line_is_cut_and_says_so() -> None:
    made = printed("x" * (PRINTED_CHARACTERS + 7))
    assert made is not None and made.text.endswith(" … (+7)")
    assert printed(" \n\x1b[0m") is None and cleaned("a\ufeffb") == "ab"


def test_pictures_are_whole_or_refused() -> None:
    assert png_size(PNG) == (1, 1)
    for broken in (PNG[:-8], PNG[:20] + b"\x07" + PNG[21:], b"GIF89a", b""):
        with pytest.raises(BrokenPicture):
            png_size(broken)
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x11\x00\xff\xd9"
    assert jpeg_size(jpeg) == (3, 2)
    for broken in (jpeg[:-2], b"\x89PNG", b"\xff\xd8\xff\xd9"):
        with pytest.raises(BrokenPicture):
            jpeg_size(broken)


HOSTILE = """<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 20 10" onload="a()">
<style>@import url(http://elsewhere.example/a.css); rect { fill: url(#own) }</style>
<script>a()</script><foreignObject><p>x</p></foreignObject><a href="javascript:a()"><text>tautan</text></a>
<use href="http://elsewhere.example/b.svg#x"/><use xlink:href="#own"/>
<animate attributeName="href" to="javascript:a()"/>
<rect width="5" height="5" style="fill: url('http://elsewhere.example/c')" onclick="a()"/><text>&x;</text></svg>"""


def test_an_svg_keeps_its_drawing_alone() -> None:
    safe, size, _said, is_whole = safe_svg(HOSTILE)
    assert not is_whole
    text = safe.decode()
    assert size == (20, 10) and "<rect" in text and 'xlink:href="#own"' in text
    for word in ("script", "elsewhere", "onload", "onclick", "foreignObject", "animate", "ENTITY", "passwd", "root:"):
        assert word not in text, word
    with pytest.raises(BrokenPicture):
        safe_svg("<html/>")


def test_what_is_left_out_of_an_svg_is_told() -> None:
    plain = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><metadata/><rect width="5" height="5"/>{}</svg>'
    )
    assert safe_svg(plain.format(""))[3] is True
    for lost in ("<script>a()</script>", '<image href="https://elsewhere.example/a.png"/>', '<rect onclick="a()"/>'):
        assert safe_svg(plain.format(lost))[3] is False, lost
        said = [part for part in of_data(**{"image/svg+xml": plain.format(lost)}) if isinstance(part, Notice)]
        assert "tidak dimuat" in str(said[-1].text) and said[-1].is_for_author, lost


def test_what_a_library_warns_of_names_no_folder_of_this_machine() -> None:
    warned = "/opt/a b/lib/plots.py:43: UserWarning: x\nC:\\Users\\Ana B\\lib\\frames.py:9: y\n"
    [_lead, told] = shown(new_output("stream", name="stderr", text=warned))
    assert isinstance(told, Preformatted) and told.text == "plots.py:43: UserWarning: x\nframes.py:9: y"


def test_a_list_of_frames_and_pictures_shows_each_and_drops_none() -> None:
    import matplotlib.pyplot as plt

    figures = []
    for _ in range(2):
        figure, axes = plt.subplots(figsize=(1, 1))
        axes.plot([1, 2])
        figures.append(figure)
        plt.close(figure)
    assert [part.kind for part in parts(figures)] == ["image", "notice"] * 2
    frame = pl.DataFrame({"a": [1]})
    first, text, second = parts([frame, "antara", frame], "daftar")
    assert isinstance(first, Table) and isinstance(second, Table) and text == Text(text="antara")
    assert (first.caption, second.caption) == ("daftar 1", "daftar 3")
    assert [part.kind for part in parts((frame, axes))] == ["table"]


def test_numbers_that_no_workbook_holds_are_texts_with_all_their_digits() -> None:
    large = Decimal("123456789012345678901234567.123")
    for values in (pl.Series([large], dtype=pl.Decimal(38, 3)), pd.Series([large], dtype=object)):
        [shown_table] = parts(values)
        assert isinstance(shown_table, Table) and shown_table.columns[0].kind == "text"
        assert shown_table.values[0][-1] == str(large)
    [told] = parts(pd.DataFrame({"o": [object()]}))
    assert isinstance(told, Table) and told.values == (("<object object>",),)


def test_a_column_with_a_dot_is_named_as_it_is_in_the_units_of_a_chart() -> None:
    import altair as alt

    chart = alt.Chart(pl.DataFrame({"x": [1], "a.b": [2]}), title="T", description="d").mark_point()
    [figure] = parts(chart.encode(x="x:Q", y="a\\.b:Q"))
    assert figure.kind == "figure" and figure.units == "a.b · x"


def test_a_chart_that_reads_from_an_address_is_refused_by_its_name() -> None:
    import altair as alt

    address = "https://elsewhere.example/x"
    given = pl.DataFrame({"id": [1], "u": [f"{address}.png"]})
    looked_up = alt.LookupData(alt.UrlData(f"{address}.csv"), "id", ["b"])
    charts = (
        alt.Chart(f"{address}.csv").mark_point().encode(x="a:Q"),
        alt.Chart(given).mark_point().encode(x="id:Q").transform_lookup("id", looked_up),
        alt.Chart(given).mark_image().encode(x="id:Q", url="u:N"),
    )
    for chart in charts:
        with pytest.raises(ShownRefused) as refused:
            parts(chart)
        assert address in str(refused.value)


# Outputs that a notebook keeps


def shown(*outputs: Any) -> list[Part]:
    return list(parts_of_outputs(outputs, 7, ID, is_simulated=True))


def test_pieces_of_a_stream_come_together() -> None:
    pieces = [new_output("stream", name="stdout", text=text) for text in ("a", "b\n", "c")]
    assert shown(*pieces) == [Preformatted(text="ab\nc")]
    [note, message] = shown(
        new_output("stream", name="stderr", text="/tmp/ipykernel_12/345.py:1: W: x <A at 0x7f00aa11>\n")
    )
    assert isinstance(note, Text) and message == Preformatted(text="sel 7:1: W: x <A>")
    windows = "C:\\Users\\Ani B\\AppData\\Local\\Temp\\ipykernel_12\\345.py:1: W"
    assert shown(new_output("stream", name="stderr", text=windows))[1] == Preformatted(text="sel 7:1: W")


def of_data(**data: Any) -> list[Part]:
    names = {kind.replace("__", "/").replace("_", "-"): value for kind, value in data.items()}
    return shown(new_output("display_data", data=names))


def test_the_best_form_is_taken() -> None:
    import base64

    content = base64.b64encode(PNG).decode()
    [image, asked] = of_data(image__png=content, text__html="<b>x</b>", text__plain="x")
    assert isinstance(image, Image) and image.is_simulated and isinstance(asked, Notice)
    [frame] = of_data(text__html="<p>x</p>", text__plain="x")
    assert isinstance(frame, FreeHtml) and frame.is_simulated
    assert of_data(text__html="<pre>x</pre>", text__plain="x") == [Preformatted(text="x")]
    assert of_data(text__plain="<A object at 0x7f3344556677>") == [Preformatted(text="<A object>")]
    [notice] = of_data(text__html="<div></div><script>draw()</script>", text__plain="Figure()")
    assert isinstance(notice, Notice) and notice.is_for_author
    assert of_data(application__json={"a": [1]}) == [Preformatted(text='{\n  "a": [\n    1\n  ]\n}')]
    with pytest.raises(ShownRefused) as raised:
        of_data(application__x_unknown="x")
    assert "sel 7" in raised.value.in_one_line(ID)


def test_words_of_the_analyst() -> None:
    import altair as alt

    block = titled(pl.DataFrame({"a": [1]}), "Judul", note="Catatan", is_published=True)
    [made] = block.parts
    assert isinstance(made, Table) and (made.caption, made.note, made.is_published) == ("Judul", "Catatan", True)
    assert block._repr_mimebundle_()[MIME]["unknown_origin"] is True
    chart = described(
        alt.Chart(pl.DataFrame({"a": [1]})).mark_bar().encode(x="a"), "Satu batang.", title="T", units="inovasi"
    )
    [figure] = parts(chart)
    assert (figure.description, figure.title, figure.units) == ("Satu batang.", "T", "inovasi")  # type: ignore[union-attr]
    with pytest.raises(TypeError):
        described("teks", "x")
    with pytest.raises(TypeError):
        titled(pl.DataFrame({"a": [1]}), "T", is_wrong=True)
    with pytest.raises(ShownRefused):
        titled("teks", "T")


def test_a_chart_without_a_description_is_told_by_its_columns() -> None:
    import altair as alt

    frame = pl.DataFrame({"tahun": [2023, 2026], "kota": ["a", "b"], "hari": [date(2026, 1, 1)] * 2, "lain": [1, 2]})
    [figure, asked] = parts(alt.Chart(frame, title="T").mark_bar().encode(x="tahun", y="kota", color="hari"))
    said = "Bagan dari tahun dari 2023 sampai 2026; kota dengan 2 nilai berbeda; hari dari 1 Januari 2026 sampai"
    assert figure.description.startswith(said) and "lain" not in figure.description  # type: ignore[union-attr]
    assert isinstance(asked, Notice) and asked.next_step == 'chart.properties(description="...")'


# The kernel's side


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.delenv("IGA_PAGE_LANGUAGE", raising=False)
    yield InteractiveShell()
    InteractiveShell.clear_instance()


def test_in_jupyterlab_the_parts_stand_beside_the_usual_look(shell: InteractiveShell) -> None:
    frame = pl.DataFrame({"a": [1]})
    before, _metadata = shell.display_formatter.format(frame)  # type: ignore[union-attr]
    load_ipython_extension(shell)
    load_ipython_extension(shell)
    shell.user_ns["bingkai"] = frame
    data, _metadata = shell.display_formatter.format(frame)  # type: ignore[union-attr]
    assert {name: value for name, value in data.items() if name != MIME} == before
    [made] = unpacked(data[MIME])
    assert isinstance(made, Table) and made.caption == "bingkai"
    unload_ipython_extension(shell)
    assert shell.display_formatter.format(frame)[0] == before  # type: ignore[union-attr]


def test_in_a_report_the_parts_stand_alone(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_PAGE_LANGUAGE", "id")
    load_ipython_extension(shell)
    data, _metadata = shell.display_formatter.format(pl.DataFrame({"a": [1]}))  # type: ignore[union-attr]
    assert list(data) == [MIME]
    assert list(shell.display_formatter.format(object())[0]) == ["text/plain"]  # type: ignore[union-attr]
    assert shell.display_formatter.format(None) == ({}, {})  # type: ignore[union-attr]


def test_a_value_is_named_for_its_variable() -> None:
    frame = pl.DataFrame()
    assert name_of(frame, {"_": frame, "_1": frame, "hasil": frame}) == "hasil"
    assert name_of(5, {"n": 5}) == "" and name_of("a", {"kota": "a"}) == "" and name_of(frame, {}) == ""


def test_a_kernel_loads_nothing_for_it_before_a_cell_shows_something() -> None:
    program = (
        "import sys, IPython.core.formatters, reports.run.kernel.told_errors\n"
        "before = set(sys.modules); import reports.run.kernel.shown\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before} & "
        "{'altair', 'pandas', 'matplotlib', 'great_tables', 'polars', 'pydantic', 'narwhals', 'lxml'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
