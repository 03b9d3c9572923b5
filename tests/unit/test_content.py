"""What blocks say: figures keep their type beside the text that a reader sees, and HTML of our own can be read back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, strategies as st

from reports.blocks.block import Block, render
from reports.blocks.content import MIME, Bullets, Facts, Figure, Heading, Markup, Table, Text, figures_in, unpacked
from reports.blocks.figure import Caption, figure
from reports.blocks.tables import Column, table
from reports.render.markup import parts_of_markup
from warehouse.language import Language

LANGUAGES = st.sampled_from([Language("id"), Language("en")])
AMOUNTS = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)


def described(frame: pl.DataFrame, columns: list[Column], language: Language, group: str | None = None) -> Table:
    block = table(frame, columns, "Tabel", language, is_simulated=True, note="Catatan", group=group)
    [part] = unpacked(block._repr_mimebundle_()[MIME])
    assert isinstance(part, Table)
    return part


@given(AMOUNTS, LANGUAGES, st.sampled_from([0, 2, 4]))
def test_a_figure_is_read_back_from_its_text(amount: Decimal, language: Language, places: int) -> None:
    text = language.number(amount, places)
    read = figures_in(text, language)
    assert read is not None and read[0] == read[1] and language.number(read[0], places) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("79,22", (Decimal("79.22"), Decimal("79.22"), 2)),
        ("1.214", (Decimal(1214), Decimal(1214), 0)),
        ("+20,50", (Decimal("20.50"), Decimal("20.50"), 2)),
        ("−4,70", (Decimal("-4.70"), Decimal("-4.70"), 2)),
        ("38,40–76,92", (Decimal("38.40"), Decimal("76.92"), 2)),
        ("1–3", (Decimal(1), Decimal(3), 0)),
        ("12.34", None),
        ("1.2.3", None),
        ("079", None),
        ("3 dari 5", None),
        ("=1+1", None),
        ("", None),
    ],
)
def test_only_what_is_written_as_a_figure_is_one(text: str, expected: object) -> None:
    assert figures_in(text, Language("id")) == expected


def test_a_table_keeps_types_beside_the_words() -> None:
    frame = pl.DataFrame(
        {
            "name": ["A", "B"],
            "day": [date(2026, 8, 9), None],
            "score": [Decimal("79.22"), None],
            "count": [1214, 2],
            "index": ["85,38", "38,40–76,92"],
            "year": ["2025", "2026"],
        }
    )
    columns = [
        Column("name", "Nama"),
        Column("day", "Tanggal"),
        Column("score", "Skor", "right"),
        Column("count", "Jumlah", "right"),
        Column("index", "Indeks", "right"),
        Column("year", "Tahun"),
    ]
    told = described(frame, columns, Language("id"))
    assert [head.kind for head in told.heads] == ["text", "date", "decimal", "whole", "interval", "year"]
    assert told.rows[0] == ("A", "9 Agustus 2026", "79,22", "1.214", "85,38", "2025")
    assert told.rows[1] == ("B", "–", "–", "2", "38,40–76,92", "2026")
    assert told.values[0] == ("A", "2026-08-09", "79.22", 1214, ["85.38", "85.38"], 2025)
    assert told.values[1] == ("B", None, None, 2, ["38.40", "76.92"], 2026)
    assert told.is_simulated and told.note == "Catatan"


def test_a_word_among_figures_stays_a_word() -> None:
    frame = pl.DataFrame({"city": ["A", "B"], "index": ["85,38", "tidak dihitung"]})
    told = described(frame, [Column("city", "Kota"), Column("index", "Indeks", "right")], Language("id"))
    assert told.heads[1].kind == "decimal" and [row[1] for row in told.values] == ["85.38", "tidak dihitung"]


def test_percentages_and_years_are_what_they_are() -> None:
    frame = pl.DataFrame({"p": ["52,8%", "100,0%"], "edition": [2025, 2026], "n": [2025, 1]})
    columns = [Column("p", "Peluang", "right"), Column("edition", "Tahun", "right"), Column("n", "Jumlah", "right")]
    told = described(frame, columns, Language("id"))
    assert [head.kind for head in told.heads] == ["percent", "year", "whole"]
    assert told.rows[0] == ("52,8%", "2025", "2.025") and told.values[0] == ("0.528", 2025, 2025)


def test_groups_stand_beside_the_rows() -> None:
    frame = pl.DataFrame({"city": ["A", "A", "B"], "edition": ["2025", "2026", "2026"]})
    told = described(frame, [Column("edition", "Tahun")], Language("id"), group="city")
    assert told.groups == ("A", "A", "B")


def test_a_chart_brings_its_drawing_and_its_data() -> None:
    import altair as alt

    data = pl.DataFrame({"Kota": ["A"], "Nilai": ["79,22"]})

    def draw(width: int) -> alt.Chart:
        return alt.Chart(pl.DataFrame({"a": [1], "b": [2]})).mark_bar().encode(x="a:Q", y="b:Q").properties(width=width)

    caption = Caption("Judul", "Poin", "Keterangan", "Sumber: x", is_simulated=True)
    [part] = unpacked(figure(draw, caption, data, Language("id"))._repr_mimebundle_()[MIME])
    assert isinstance(part, Figure)
    assert part.svg.startswith("<svg") and part.data.values == (("A", "79.22"),) and part.is_simulated


def test_joined_blocks_keep_what_each_says() -> None:
    first = Block("<p>a</p>").saying(Text(text="a"))
    joined = Block.join([first, Block("<p>b</p>")])
    assert joined.parts == (Text(text="a"), Markup(html="<p>b</p>"))
    assert MIME not in Block.join([Block("<p>b</p>")])._repr_mimebundle_()


def test_html_of_our_own_is_read() -> None:
    html = (
        '<h3>Judul</h3><p>Satu <b>dua</b></p><p class="remark"><strong>Apa</strong>: tidak ada</p>'
        "<ul><li>x</li><li>y &amp; z</li></ul><dl><div><dt>Snapshot</dt><dd><code>ab</code></dd></div></dl>"
        "<table><caption>Isi</caption><tr><th>K</th></tr><tr><td>1</td></tr></table>"
    )
    heading, text, remark, bullets, facts, told = parts_of_markup(html)
    assert heading == Heading(level=2, text="Judul") and text == Text(text="Satu dua")
    assert remark == Text(lead="Apa", text="tidak ada", tone="remark")
    assert bullets == Bullets(items=("x", "y & z")) and facts == Facts(pairs=(("Snapshot", "ab"),))
    assert isinstance(told, Table) and told.rows == (("1",),)


def test_the_template_of_the_story_is_read() -> None:
    assert parts_of_markup(render("story.html", lines=["a <b>", "c"]).html) == (Bullets(items=("a <b>", "c")),)
