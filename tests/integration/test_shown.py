"""A person's notebook with all that an analyst shows, run by papermill: page, PDF/UA-1, workbook and notebook."""

from __future__ import annotations

import datetime
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lxml import html

from reports.blocks.content import Facts, Figure, FreeHtml, Image, Notice, Part, Preformatted, Table
from reports.render.cells import parts_of
from reports.render.report_workbook import HEAD_ROW
from reports.run.declaration import Part as SitePart, Site, Words
from reports.run.notebook import NotebookFailed
from reports.shown.refused import PRINTED_LINES, ROWS_ON_PAGE, ShownRefused
from reports.site.site_builder import build_site
from tests.accessible_pdf import faults_of
from tests.outputs import Built, report_on, write
from tests.shown_cells import FIRST, NAME, install, run_cells
from warehouse.language import Language

ID = Language("id")

CELLS = {
    "heading": "# md\n## Bagian satu\n\nSebuah **kalimat**.",
    "string": "import warnings; 'halo <script>alert(1)</script>'",
    "print": "print('satu\\ndua'); warnings.warn('hati-hati')",
    "long print": "for number in range(400): print(number)",
    "progress": "for step in range(0, 101, 50): print(f'\\r\\x1b[32m{step} %\\x1b[0m', end='')",
    "index": "from analysis import open_snapshot\nsnapshot = open_snapshot()\nsnapshot.index('bengkulu', 2026)",
    "own chart": "snapshot.index('bengkulu').chart()",
    "rank": "snapshot.rank(2026)",
    "plan": "snapshot.plan('magelang', 2026)",
    "readiness": "snapshot.readiness('bengkulu', 2026)",
    "trace": "snapshot.trace('magelang', 2026, column='iid')",
    "published": "snapshot.published('bengkulu')",
    "sql": """snapshot.sql(
    'select title, implementation_date, claimed_score, is_simulated from submission order by 1 limit 300')""",
    "panel": "snapshot.panel()",
    "season": "snapshot.season('bengkulu', 2026)",
    "explanation": "snapshot.explain('bengkulu', 2025, 2026)",
    "citation": "from analysis.citation import citation_text\ncitation_text(snapshot, snapshot.language)",
    "frame": """
import polars as pl
from datetime import date, datetime, timezone
from decimal import Decimal
from fractions import Fraction
kecil = pl.DataFrame({
    "kota": ["Ternate", "=1+1", "<script>alert(1)</script>\\x07"], "n": [1, 1214, None],
    "f": [0.5, float("nan"), float("inf")], "hari": [date(2026, 1, 1), None, date(1899, 1, 1)],
    "tahun": [2025, 2026, 2027], "kode": [123456789012345678] * 3, "d": [Decimal("1.25"), None, Decimal("1214.50")],
})
kecil""",
    "lazy": "kecil.lazy().filter(pl.col('n') == 1214).select('n')",
    "series": "kecil['d']",
    "pandas": """
import pandas as pd
bingkai = pd.DataFrame(
    {"a": [1, 2.5, float("nan")], "d": [Decimal("1.5"), None, Decimal("2")], "k": pd.Categorical(["x", "y", None]),
     "w": pd.to_datetime(["2026-01-01 08:30", None, "2026-01-02 00:00"]).tz_localize("Asia/Jakarta"),
     "campur": [1, "x", None]},
    index=pd.MultiIndex.from_tuples([("Bengkulu", 1), ("Bengkulu", 2), ("Jambi", 1)], names=["provinsi", "no"]),
)
bingkai""",
    "pandas series": "bingkai['d']",
    "styler": "bingkai.reset_index(drop=True)[['a']].style.set_caption('Gaya').highlight_max()",
    "great table": """
import great_tables as gt
(gt.GT(pl.DataFrame({"kota": ["Jambi", "Palu"], "pulau": ["Sumatra", "Sulawesi"], "nilai": [1.5, 2]}),
       rowname_col="kota", groupname_col="pulau").tab_header("Tabel GT").fmt_number("nilai")
   .cols_label(nilai="Nilai IID").tab_spanner("2026", ["nilai"]).tab_source_note("Catatan kaki"))""",
    "numbers": "display(1214.5, Decimal('85.38'), 7, Fraction(1, 3), True, date(2026, 8, 9), None)",
    "containers": """
from dataclasses import dataclass
@dataclass
class Ringkas:
    kota: str = "Jambi"
    nilai: float = 2.5
display([1, "dua", 3.5], {"a": 1214, "b": [1, 2], "c": {"x": 1}}, (1, 2), {3, 1}, Ringkas(), [{"a": 1}, {"b": 2}])""",
    "numpy": "import numpy as np\\nnp.array([[1.5, 2], [3, 4]])".replace("\\n", "\n"),
    "chart of 6,000": """
import altair as alt
titik = pl.DataFrame({"x": range(6000), "y": [Decimal(n % 97) / 4 for n in range(6000)]})
alt.Chart(titik).mark_point().encode(x="x", y="y")""",
    "described chart": """
from reports.shown import described, titled
judul = alt.TitleParams("Dua kota", subtitle="inovasi")
dasar = alt.Chart(kecil.select("kota", "n").drop_nulls(), title=judul).encode(x="kota", y="n")
berlapis = dasar.mark_bar() + dasar.mark_text().encode(text="n")
described(berlapis, "Ternate 1, yang lain 1.214.", source="Sumber: uji")""",
    "concatenated": """
(alt.Chart(titik.head(5), title="kiri").mark_line().encode(x="x", y="y")
 | alt.Chart(kecil.select("kota", "n"), title="kanan").mark_bar().encode(x="kota", y="n")
).properties(description="Dua.")""",
    "faceted": """
alt.Chart(titik.head(9).with_columns(k=pl.col("x") % 3)).mark_point().encode(x="x", y="y").facet("k").properties(
    title="Tiga", description="Tiga bagian.")""",
    "interactive": """
alt.Chart(titik.head(9)).mark_point().encode(x="x", y="y").add_params(alt.selection_interval()).properties(
    title="Gerak", description="Naik.")""",
    "matplotlib": "import matplotlib.pyplot as plt\nplt.plot([1, 3]); plt.xlabel('tahun'); plt.show()",
    "described figure": "figure, axes = plt.subplots(); axes.plot([1, 2])\ndescribed(figure, 'Naik dari 1 ke 2.')",
    "png": """
import io
from IPython.display import *
stream = io.BytesIO(); plt.figure(figsize=(1, 1)).savefig(stream, format="png"); plt.close("all")
Image(stream.getvalue(), alt="Bujur sangkar kosong")""",
    "svg": '''SVG("""<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40" onload="alert(1)"><desc>Kotak</desc>
<script>alert(1)</script><rect width="40" height="40" fill="teal"/><image href="http://elsewhere.example/a.png"/></svg>""")''',
    "markdown": "Markdown('Kalimat *miring*, <b>bukan HTML</b>.')",
    "html": "HTML('<p>Bebas</p><script>alert(1)</script><img src=\"http://elsewhere.example/b.png\">')",
    "latex": "Latex('$x^2$')",
    "code": "Code('a = 1', language='python')",
    "others": """
import ipywidgets, pathlib
display(IFrame("http://elsewhere.example", 9, 9), Audio([0.1, 0.2], rate=10), Javascript("alert(1)"))
display(pathlib.Path("/x/y"))
ipywidgets.IntSlider()""",
    "unknown": """
class OnlyHtml:
    def _repr_html_(self): return "<p>hanya HTML</p>"
class OnlyPng:
    def _repr_png_(self): return stream.getvalue()
class Nothing: pass
display(OnlyHtml(), OnlyPng(), Nothing())""",
    "loop": "for name in ('satu', 'dua'): display(pl.DataFrame({'putaran': [name]}))",
    "updated": "handle = display('xlamax', display_id='x'); handle.update('baru')",
    "cleared": "print('xhilangx'); clear_output(); print('tinggal')",
    "titled": "titled(kecil.select('n'), 'Tabel berjudul', note='Per hari ini.', is_simulated=False)",
}  # fmt: skip
NUMBERS = {name: place for place, name in enumerate(CELLS, start=FIRST)}


@pytest.fixture(scope="module")
def executed(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run_cells(tmp_path_factory.mktemp("own"), list(CELLS.values()), example_home)


@pytest.fixture(scope="module")
def built(executed: Any, example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return write(executed, report_on(NAME, {}), example_home, tmp_path_factory.mktemp("outputs") / "first")


@pytest.fixture(scope="module")
def page(built: Built) -> str:
    return built.bytes_of("html").decode()


@pytest.fixture(scope="module")
def paper(built: Built) -> str:
    return re.sub(r"\s+", " ", " ".join(built.printed))


def shown_by(executed: Any, name: str) -> list[Part]:
    """The parts of one cell."""
    before = [nbformat.v4.new_markdown_cell("") for _cell in range(NUMBERS[name])]
    own = nbformat.from_dict({**executed, "cells": [*before, executed.cells[NUMBERS[name]]]})
    return list(parts_of(own, ID, is_simulated=True))


def table_by(executed: Any, name: str) -> Table:
    [table] = [part for part in shown_by(executed, name) if isinstance(part, Table)]
    return table


def rows_of(built: Built, caption: str) -> list[tuple[Any, ...]]:
    """The headings and rows of the sheet of a table."""
    [sheet] = [sheet for sheet in built.sheets() if sheet["A1"].value == caption]
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=HEAD_ROW + 1)]


def test_every_cell_shows_something_and_nothing_of_it_is_lost_on_the_page(executed: Any, page: str) -> None:
    silent = [name for name in CELLS if not shown_by(executed, name)]
    assert silent == []
    text = html.document_fromstring(page).text_content()
    for words in ("halo <script>alert(1)</script>", "satu\ndua", "UserWarning: hati-hati", "tinggal", "baru", "$x^2$",
                  "a = 1", "<__main__.Nothing>", "bukan HTML", "1/3", "9 Agustus 2026", "1.214,5"):  # fmt: skip
        assert words in text, words
    assert "xhilangx" not in text and "xlamax" not in text
    frames = [frame.get("srcdoc") for frame in html.document_fromstring(page).iter("iframe")]
    assert any("hanya HTML" in frame for frame in frames)


def test_the_pdf_has_the_same_and_passes_pdf_ua(built: Built, paper: str) -> None:
    assert faults_of(built.bytes_of("pdf")) == []
    for words in ("halo <script>alert(1)</script>", "satu", "tinggal", "baru", "Tabel GT", "Dua kota", "1.214,50",
                  "HTML dari sel", "Naik dari 1 ke 2.", "Tabel berjudul", "Indeks: Kota Bengkulu 2026"):  # fmt: skip
        assert words in paper, words


def test_nothing_runs_and_nothing_is_fetched(page: str) -> None:
    tree = html.document_fromstring(page)
    assert len(list(tree.iter("script"))) == 1  # the page's own
    assert [name for element in tree.iter() for name in element.attrib if name.lower().startswith("on")] == []
    sources = [element.get("src") for element in tree.iter("img", "image", "audio", "video")]
    assert all(source.startswith("data:image/") for source in sources)
    for frame in tree.iter("iframe"):
        assert frame.get("sandbox") == "" and not frame.get("src")
        assert frame.get("srcdoc").startswith(
            "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none';"
        )
    [picture] = tree.xpath("//img[@alt='Kotak']")
    svg = b64decode(picture.get("src").partition(",")[2])
    assert b"teal" in svg and b"script" not in svg and b"onload" not in svg and b"elsewhere" not in svg


def test_the_same_notebook_gives_the_same_files(
    executed: Any, built: Built, example_home: Path, tmp_path: Path
) -> None:
    again = run_cells(tmp_path / "own", list(CELLS.values()), example_home)
    other = write(again, report_on(NAME, {}), example_home, tmp_path / "second")
    assert {kind for kind in ("html", "pdf", "xlsx", "ipynb") if other.bytes_of(kind) != built.bytes_of(kind)} == set()


# What each kind becomes


def test_the_readmes_own_example_is_a_typed_table_with_its_marks(executed: Any, built: Built) -> None:
    table = table_by(executed, "index")
    kinds = {column.heading: column.kind for column in table.columns}
    assert kinds["IID"] == "interval" and kinds["Tahun"] == "year" and table.is_simulated
    heads, row = rows_of(built, "Indeks: Kota Bengkulu 2026")
    assert dict(zip(heads, row, strict=True))["IID (terendah)"] == 85.38


def test_answers_travel_with_what_they_say_of_themselves(executed: Any) -> None:
    marks = {
        name: (part.is_simulated, part.is_published, part.is_estimate)
        for name in ("rank", "plan", "readiness", "trace", "published", "sql", "explanation", "season")
        for part in [next(part for part in shown_by(executed, name) if isinstance(part, Table))]
    }
    assert marks == {
        "rank": (True, False, False), "plan": (True, False, False), "readiness": (True, False, False),
        "trace": (True, False, False), "published": (False, True, False), "sql": (True, False, False),
        "explanation": (True, False, True), "season": (True, False, False),
    }  # fmt: skip
    assert table_by(executed, "rank").columns[4].kind == "interval"
    facts = [part for part in shown_by(executed, "explanation") if isinstance(part, Facts)]
    assert facts[0].pairs[0][1].kind == "interval"  # type: ignore[union-attr]


def test_a_frame_without_its_own_mark_has_that_of_the_snapshot(executed: Any) -> None:
    assert table_by(executed, "frame").is_simulated
    own = nbformat.from_dict({**executed, "cells": [executed.cells[NUMBERS["frame"]]]})
    assert not parts_of(own, ID, is_simulated=False)[0].is_simulated  # type: ignore[union-attr]
    assert not table_by(executed, "titled").is_simulated  # said so by who shows it


def test_a_frame_keeps_its_types_and_its_text_is_text(executed: Any, built: Built, page: str) -> None:
    table = table_by(executed, "frame")
    assert table.caption == "kecil"
    assert [column.kind for column in table.columns] == ["text", "whole", "decimal", "text", "year", "text", "decimal"]
    _heads, first, second, third = rows_of(built, "kecil")
    assert first == ("Ternate", 1, 0.5, "2026-01-01", 2025, "123456789012345678", 1.25)
    assert second == ("=1+1", 1214, None, None, 2026, "123456789012345678", None)
    assert third[0] == "<script>alert(1)</script>\ufffd" and third[2] == "∞" and third[6] == 1214.5
    assert "<script>alert(1)</script>\ufffd" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd" in page


def test_a_lazy_frame_shows_its_rows(executed: Any) -> None:
    assert table_by(executed, "lazy").values == ((1214,),)


def test_a_long_table_says_how_much_of_it_the_page_shows(executed: Any, built: Built, page: str) -> None:
    table = table_by(executed, "sql")
    assert len(table.values) == 300 and table.rows_shown == ROWS_ON_PAGE
    [element] = html.document_fromstring(page).xpath(f"//div[@id='{table.key}']")
    assert len(element.xpath(".//tbody/tr")) == ROWS_ON_PAGE
    assert "200 baris pertama dari 300" in element.text_content()
    caption = f"Tabel dari sel {NUMBERS['sql']}"
    assert len(rows_of(built, caption)) == 301
    assert isinstance(rows_of(built, caption)[1][2], int | float)


def test_pandas_keeps_index_decimals_times_and_what_is_not_known(executed: Any, built: Built) -> None:
    heads, first, second, _third = rows_of(built, "bingkai")
    assert heads == ("provinsi", "no", "a", "d", "k", "w (Asia/Jakarta)", "campur")
    assert first == ("Bengkulu", 1, 1, 1.5, "x", datetime.datetime(2026, 1, 1, 8, 30), "1")  # noqa: DTZ001
    assert second == ("Bengkulu", 2, 2.5, None, "y", None, "x")
    assert table_by(executed, "pandas series").values[1] == ("Bengkulu", 2, None)
    styled = table_by(executed, "styler")
    assert styled.caption == "Gaya" and "Styler" in styled.note and styled.values[0] == (1.0,)


def test_great_tables_keep_data_labels_and_groups(executed: Any, built: Built) -> None:
    table = table_by(executed, "great table")
    assert table.caption == "Tabel GT" and table.groups == ("Sumatra", "Sulawesi")
    assert [column.heading for column in table.columns] == ["kota", "2026 · Nilai IID"]
    assert "Catatan kaki" in table.note and "tidak ikut" in table.note
    assert rows_of(built, "Tabel GT")[2] == ("Sulawesi", "Palu", 2)


def test_values_of_python_are_facts_bullets_and_tables(executed: Any) -> None:
    kinds = [part.kind for part in shown_by(executed, "numbers")]
    assert kinds == ["facts"] * 6
    kinds = [part.kind for part in shown_by(executed, "containers")]
    assert kinds == ["bullets", "facts", "text", "preformatted", "bullets", "bullets", "facts", "table"]
    assert table_by(executed, "numpy").values == ((1.5, 2.0), (3.0, 4.0))


def test_a_chart_of_six_thousand_decimals_is_drawn_and_its_data_are_typed(
    executed: Any, built: Built, page: str
) -> None:
    [figure, asked] = shown_by(executed, "chart of 6,000")
    assert isinstance(figure, Figure) and isinstance(asked, Notice)
    assert figure.svg.count("<path") >= 6000 and len(figure.data.values) == 6000
    assert [column.kind for column in figure.data.columns] == ["whole", "decimal"]
    assert figure.description == "Bagan dari x dari 0 sampai 5.999; y dari 0,00 sampai 24,00."
    assert asked.is_for_author and "title" in asked.next_step and "description" in asked.next_step
    rows = rows_of(built, figure.data.caption)
    assert len(rows) == 6001 and rows[6] == (5, 1.25)
    [element] = html.document_fromstring(page).xpath(f"//figure[@id='{figure.key}']")
    assert len(element.xpath(".//details//tbody/tr")) == ROWS_ON_PAGE


def test_a_described_chart_is_asked_for_nothing(executed: Any, paper: str) -> None:
    [figure] = shown_by(executed, "described chart")
    assert isinstance(figure, Figure)
    assert (figure.title, figure.units, figure.source) == ("Dua kota", "inovasi", "Sumber: uji")
    assert figure.description == "Ternate 1, yang lain 1.214."
    assert figure.data.values == (("Ternate", 1), ("=1+1", 1214))
    [own] = shown_by(executed, "own chart")
    assert isinstance(own, Figure) and own.description.startswith("Satu batang")


def test_charts_of_several_parts_keep_the_data_of_each(executed: Any) -> None:
    [figure, more] = shown_by(executed, "concatenated")
    assert figure.title == "kiri · kanan" and len(figure.data.values) == 5  # type: ignore[union-attr]
    [other] = more.parts  # type: ignore[union-attr]
    assert other.is_simulated and other.values[1] == ("=1+1", 1214)
    [faceted] = shown_by(executed, "faceted")
    assert {column.heading for column in faceted.data.columns} == {"x", "y", "k"}  # type: ignore[union-attr]
    [_moving, notice] = shown_by(executed, "interactive")
    assert isinstance(notice, Notice) and "tidak bergerak" in notice.text


def test_how_the_notebook_has_set_altair_stays(example_home: Path, tmp_path: Path) -> None:
    cells = [
        "import altair as alt, polars as pl\nalt.renderers.enable('mimetype'); alt.data_transformers.enable('json')",
        "alt.Chart(pl.DataFrame({'a': range(6000)}), title='T').mark_bar().encode(x='a').properties(description='D')",
        "print(alt.renderers.active, alt.data_transformers.active)",
    ]
    executed = run_cells(tmp_path, cells, example_home)
    figure, said = parts_of(executed, ID)
    assert isinstance(figure, Figure) and isinstance(said, Preformatted) and said.text == "mimetype json"
    assert list(tmp_path.glob("*.json")) == []


def test_figures_and_pictures_carry_their_description(executed: Any) -> None:
    [figure, asked] = shown_by(executed, "matplotlib")
    assert isinstance(figure, Image) and "tahun dari" in figure.description
    assert isinstance(asked, Notice) and asked.is_for_author
    [described] = shown_by(executed, "described figure")  # shown once, though IPython shows it again
    assert described.description == "Naik dari 1 ke 2."  # type: ignore[union-attr]
    [png] = shown_by(executed, "png")
    assert isinstance(png, Image) and png.description == "Bujur sangkar kosong"
    [svg, left_out] = shown_by(executed, "svg")  # its script and its picture of elsewhere
    assert isinstance(left_out, Notice) and "tidak dimuat" in left_out.text and left_out.is_for_author
    assert isinstance(svg, Image) and svg.description == "Kotak" and (svg.width, svg.height) == (90, 40)


def test_text_that_a_program_prints_is_folded_and_cut(executed: Any) -> None:
    [printed] = shown_by(executed, "progress")
    assert isinstance(printed, Preformatted) and printed.text == "100 %"
    [long] = shown_by(executed, "long print")
    assert isinstance(long, Preformatted) and long.text.count("\n") == PRINTED_LINES - 1
    assert long.lines_cut == 400 - PRINTED_LINES
    warned = shown_by(executed, "print")[-1]
    assert isinstance(warned, Preformatted) and "ipykernel" not in warned.text


def test_what_a_report_cannot_show_leaves_a_notice(executed: Any) -> None:
    notices = shown_by(executed, "others")
    assert len(notices) == 5 and all(isinstance(notice, Notice) and notice.next_step for notice in notices)
    [frame, notice] = shown_by(executed, "html")
    assert isinstance(frame, FreeHtml) and isinstance(notice, Notice) and notice.is_for_author
    assert f"sel {NUMBERS['html']}" in notice.text and "skrip" in notice.text  # type: ignore[operator]


def test_displays_in_a_loop_are_all_there(executed: Any, page: str) -> None:
    first, second = shown_by(executed, "loop")
    assert isinstance(first, Table) and isinstance(second, Table)
    assert (first.values, second.values) == ((("satu",),), (("dua",),)) and first.key != second.key
    keys = re.findall(r'<div class="table" id="([^"]+)"', page)
    assert len(keys) == len(set(keys))


def test_the_executed_notebook_shows_the_same_to_who_opens_it(built: Built) -> None:
    notebook = nbformat.reads(built.bytes_of("ipynb").decode(), as_version=4)
    shown = json.dumps(notebook, ensure_ascii=False)
    assert "Indeks: Kota Bengkulu 2026" in shown and "satu\\ndua" in shown and "hati-hati" in shown
    assert "ipykernel_" not in shown and str(built.home) not in shown


def test_a_kernel_that_is_not_forked_shows_the_same(
    executed: Any, example_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.run.kernel.provisioner.can_fork", lambda: False)
    names = ("string", "print", "frame", "chart of 6,000")
    imports = "import polars as pl\nfrom decimal import Decimal"
    plain = parts_of(
        run_cells(tmp_path, [imports, *(CELLS[name] for name in names)], example_home), ID, is_simulated=True
    )
    forked = [part for name in names for part in shown_by(executed, name)]
    assert [part.kind for part in plain] == [part.kind for part in forked]
    assert [part for part in plain if isinstance(part, Table)] == [part for part in forked if isinstance(part, Table)]


# What is asked, and what is refused


def test_a_build_tells_what_its_notebooks_should_still_say(
    example_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = (
        "import altair as alt, polars as pl\nalt.Chart(pl.DataFrame({'a': [1]}), title='T').mark_bar().encode(x='a')"
    )
    install(tmp_path / "own", [chart], monkeypatch)
    root = tmp_path / "home"
    root.mkdir()
    for name in ("current.json", "snapshots"):
        (root / name).symlink_to(example_home / name)
    words = Words(id="Coba", en="Trial")
    part = SitePart(name="p", title=words, notebook=NAME, page="coba", heading=words, subtitle=words)
    site = Site(name="own", title=words, subtitle=words, front="contents", parts=(part,))
    [outcome] = build_site(site, home=root, lang="id").outcomes
    assert outcome.status == "built"
    [asked] = outcome.requests
    assert asked.startswith("Bagan tanpa deskripsi") and f"(sel {FIRST})" in asked and "chart.properties" in asked


REFUSED = {
    "address": (
        "import altair as alt\nalt.Chart('http://elsewhere.example/a.csv').mark_bar().encode(x='a:Q')",
        "beri bagan datanya sebagai frame",
    ),
    "cells": (
        "import polars as pl\npl.select(pl.int_range(600_000)).select(pl.all(), b=0)",
        "1.200.000 sel",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_taken_over_fails_with_cell_and_advice(name: str, example_home: Path, tmp_path: Path) -> None:
    code, words = REFUSED[name]
    with pytest.raises(NotebookFailed) as raised:
        run_cells(tmp_path, ["'pertama'", code], example_home)
    message = raised.value.in_one_line(ID)
    assert raised.value.values["cell"] == FIRST + 1 and f"sel {FIRST + 1}" in message and words in message


UNTAKEN = {
    "a broken PNG": ("from IPython.display import Image\nImage(b'\\x89PNG no', format='png')", "image/png"),
    "an unknown form alone": ("display({'application/x-unknown': 'x'}, raw=True)", "application/x-unknown"),
    "a broken SVG": ("display({'image/svg+xml': '<svg><open></svg>'}, raw=True)", "image/svg+xml"),
}  # fmt: skip


@pytest.fixture(scope="module")
def untaken(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    cells = [code for code, _kind in UNTAKEN.values()]
    yield run_cells(tmp_path_factory.mktemp("untaken"), cells, example_home)


@pytest.mark.parametrize("place", range(len(UNTAKEN)))
def test_an_output_that_cannot_be_taken_over_names_cell_and_kind(place: int, untaken: Any) -> None:
    kind = list(UNTAKEN.values())[place][1]
    cells = [*[nbformat.v4.new_markdown_cell("") for _before in range(FIRST)], untaken.cells[FIRST + place]]
    with pytest.raises(ShownRefused) as raised:
        parts_of(nbformat.from_dict({**untaken, "cells": cells}), ID)
    message = raised.value.in_one_line(ID)
    assert f"sel {FIRST}" in message and kind in message and "->" in message
