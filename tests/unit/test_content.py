"""What blocks say: tables keep their types on the way to every output, and HTML is made of the parts alone."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from IPython.core.formatters import DisplayFormatter
from lxml import html
from pydantic import ValidationError

from reports.blocks.block import PARTS_ONLY, Block
from reports.blocks.content import (
    MIME,
    Band,
    Bullets,
    Card,
    Cards,
    Columns,
    Details,
    Facts,
    Figure,
    FreeHtml,
    Heading,
    Image,
    Notice,
    Part,
    Preformatted,
    Quantity,
    Span,
    Strip,
    Table,
    TableColumn,
    Text,
    has_simulated,
    leaves,
    packed,
    unpacked,
)
from reports.blocks.figure import Caption, figure
from reports.blocks.html import html_of
from reports.blocks.tables import Column, table
from reports.blocks.words import told_rows
from warehouse.language import Language

ID = Language("id")


def sent(block: Block) -> tuple[Part, ...]:
    """The parts of a block as they come back from the JSON of a notebook."""
    return unpacked(json.loads(json.dumps(block._repr_mimebundle_()[MIME])))


def described(frame: pl.DataFrame, columns: list[Column], group: str | None = None) -> Table:
    block = table(frame, columns, "Tabel", ID, is_simulated=True, note="Catatan", group=group)
    [part] = sent(block)
    assert isinstance(part, Table) and part == block.parts[0]
    return part


def test_a_table_keeps_types_beside_the_words() -> None:
    frame = pl.DataFrame(
        {
            "name": ["A", "B"],
            "day": [date(2026, 8, 9), None],
            "score": [Decimal("79.22"), None],
            "count": [1214, 2],
            "index": [
                {"lower": Decimal("85.38"), "upper": Decimal("85.38")},
                {"lower": Decimal("38.40"), "upper": Decimal("76.92")},
            ],
            "edition": [2025, 2026],
            "share": [0.528, None],
            "gain": [Decimal("4.70"), Decimal("-0.30")],
            "is_new": [True, None],
            "at": [datetime(2026, 8, 9, 14, 5), None],  # noqa: DTZ001 - told as it stands
        }
    )
    columns = [
        Column("name", "Nama"),
        Column("day", "Tanggal"),
        Column("score", "Skor", missing="tidak dihitung"),
        Column("count", "Jumlah"),
        Column("index", "Indeks"),
        Column("edition", "Tahun"),
        Column("share", "Peluang", kind="percent"),
        Column("gain", "Perubahan", kind="signed"),
        Column("is_new", "Baru"),
        Column("at", "Saat"),
    ]
    part = described(frame, columns)
    kinds = ["text", "date", "decimal", "whole", "interval", "year", "percent", "signed", "boolean", "moment"]
    assert [column.kind for column in part.columns] == kinds
    right = [column.heading for column in part.columns if column.align == "right"]
    assert right == ["Skor", "Jumlah", "Indeks", "Peluang", "Perubahan"]
    ends = (Decimal("38.40"), Decimal("76.92"))
    assert part.values[1] == ("B", None, None, 2, ends, 2026, None, Decimal("-0.30"), None, None)
    assert told_rows(part, ID) == [
        ("A", "9 Agustus 2026", "79,22", "1.214", "85,38", "2025", "52,8%", "+4,70", "ya", "9 Agustus 2026 14.05"),
        ("B", "–", "tidak dihitung", "2", "38,40–76,92", "2026", "–", "−0,30", "–", "–"),
    ]
    assert part.is_simulated and part.note == "Catatan"


def test_a_text_is_a_text_however_it_is_aligned() -> None:
    part = described(pl.DataFrame({"a": ["85,38", "tidak dihitung"]}), [Column("a", "A", "right")])
    assert part.columns[0].kind == "text" and part.values == (("85,38",), ("tidak dihitung",))


def test_words_stand_for_single_values_that_are_not_known() -> None:
    frame = pl.DataFrame({"a": [1, 2, 3], "n": [None, None, 1.5], "why": ["belum ada SPD", None, "x"]})
    part = described(frame, [Column("a", "A"), Column("n", "N", instead="why")])
    assert [row[1] for row in part.values] == [None, None, 1.5]
    assert [row[1] for row in told_rows(part, ID)] == ["belum ada SPD", "–", "1,50"]


def test_numbers_without_end_are_no_numbers() -> None:
    part = described(pl.DataFrame({"a": [float("inf"), float("nan"), 1.0]}), [Column("a", "A")])
    assert part.values == ((None,), (None,), (1.0,))
    assert told_rows(part, ID) == [("∞",), ("–",), ("1,00",)]


def test_rows_of_a_group_stand_together() -> None:
    frame = pl.DataFrame({"city": ["A", None, "A"], "edition": [2025, 2025, 2026], "x": ["1", "2", "3"]})
    block = table(frame, [Column("x", "X")], "T", ID, is_simulated=False, group="city", anchors=["a", "b", "c"])
    [part] = sent(block)
    assert isinstance(part, Table)
    assert part.groups == ("A", "A", "–") and part.anchors == ("a", "c", "b")
    assert part.values == (("1",), ("3",), ("2",))
    tree = html.fragment_fromstring(block.html)
    assert tree.xpath(".//th[@scope='colgroup']/text()") == ["A", "–"] and tree.xpath(".//tr/@id") == ["a", "c", "b"]


def test_an_empty_table_keeps_its_headings() -> None:
    block = table(pl.DataFrame(schema={"a": pl.String}), [Column("a", "A")], "T", ID, is_simulated=False)
    assert html.fragment_fromstring(block.html).xpath(".//th[@scope='col']/text()") == ["A"]


@pytest.mark.parametrize(("kind", "value"), [("decimal", "1.214,50"), ("whole", True), ("date", "kemarin")])
def test_a_word_among_values_is_refused(kind: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Table(key="t", caption="c", columns=(TableColumn(heading="A", kind=kind),), values=((value,),))  # type: ignore[arg-type]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValidationError, match="one value for each column"):
        Table(key="t", caption="c", columns=(TableColumn(heading="A"),), values=(("a", "b"),))


def test_a_chart_brings_its_drawings_and_its_data() -> None:
    import altair as alt

    data = pl.DataFrame({"Kota": ["A"], "Nilai": [Decimal("79.22")]})

    def draw(width: int) -> alt.Chart:
        return alt.Chart(pl.DataFrame({"a": [1], "b": [2]})).mark_bar().encode(x="a:Q", y="b:Q").properties(width=width)

    caption = Caption("Judul", "Poin", "Keterangan", "Sumber: x", is_simulated=True)
    block = figure(draw, caption, data, ID)
    [part] = sent(block)
    assert isinstance(part, Figure) and part == block.parts[0]
    assert part.svg.startswith("<svg") and part.narrow_svg.startswith("<svg") and part.svg != part.narrow_svg
    assert part.data.values == (("A", Decimal("79.22")),) and part.is_simulated
    assert "79,22" in block.html and len(html.fragment_fromstring(block.html).findall("svg")) == 2


NASTY = '<script>alert(1)</script> & "x"'
STRIP = Strip(
    lower=Decimal(40),
    upper=Decimal(60),
    bands=(
        Band(name=NASTY, lower=Decimal(0), upper=Decimal(50)),
        Band(name="B", lower=Decimal(50), upper=Decimal(100)),
    ),
    description=NASTY,
)
INDEX = Quantity(kind="interval", value=(Decimal("40.00"), Decimal("60.00")), href="#asal-iid")
CELLS = Table(
    key="t", caption=NASTY, columns=(TableColumn(heading=NASTY),), values=((NASTY,),), note=NASTY, links=("#x",)
)
EVERY_PART: list[Part] = [
    Heading(level=1, text=NASTY, anchor="bagian-1"),
    Text(text=NASTY, lead=NASTY, tone="remark"),
    Text(text=(Span(text=NASTY, style="strong"), Span(text=NASTY, href="javascript:alert(1)"))),
    Bullets(items=(NASTY, (Span(text=NASTY, style="code"),), Bullets(items=(NASTY,), is_numbered=True))),
    Facts(title=NASTY, pairs=((NASTY, NASTY), ("n", Quantity(kind="whole", value=1214)))),
    Cards(cards=(Card(heading=NASTY, value=INDEX, detail=NASTY, gaps=(NASTY,), strip=STRIP),
                 Card(heading=NASTY, value=None))),
    CELLS,
    Image(format="png", content="iVBORw0KGgo=", width=1, height=1, description=NASTY, title=NASTY, source=NASTY),
    Notice(text=NASTY, next_step=NASTY),
    Preformatted(text=NASTY, lines_cut=3),
    FreeHtml(html=NASTY, title=NASTY),
    Details(summary=NASTY, parts=(Text(text=NASTY),)),
    Columns(groups=((Heading(level=1, text=NASTY),), (Text(text=NASTY),))),
]  # fmt: skip


@pytest.mark.parametrize("part", EVERY_PART, ids=lambda part: part.kind)
def test_each_part_is_html_whose_words_are_escaped(part: Part) -> None:
    made = Block([part], ID)
    assert sent(made) == (part,)
    tree = html.fragment_fromstring(made.html, create_parent="div")
    assert not tree.xpath(".//script | .//@onclick") and not tree.xpath(".//a[contains(@href, 'javascript')]")
    told = tree.text_content() + " ".join(tree.xpath(".//@srcdoc | .//@alt"))
    assert NASTY in told


def test_html_of_an_analyst_stands_in_a_frame_without_rights() -> None:
    [frame] = html.fragment_fromstring(html_of([FreeHtml(html=NASTY, title="x")], ID), create_parent="div")
    assert frame.tag == "iframe" and frame.get("sandbox") == "" and frame.get("srcdoc", "").endswith(f">{NASTY}")


def test_a_card_shows_both_ends_and_their_place_on_the_scale() -> None:
    tree = html.fragment_fromstring(html_of([EVERY_PART[5]], ID))
    [value] = tree.xpath(".//p[@class='value range']")
    assert value.text_content() == "40,00–60,00" and value.find("a").get("href") == "#asal-iid"
    assert tree.xpath(".//i/@style") == ["left: 40.00%", "left: 60.00%"]
    assert tree.xpath(".//div[@class='ends']/span/text()") == ["0", "50,00", "100"]
    assert "tidak dihitung" in tree.text_content()


def test_what_is_simulated_is_found_wherever_it_stands() -> None:
    made_up = CELLS.model_copy(update={"is_simulated": True})
    assert not has_simulated([CELLS, Text(text="a")])
    for part in (made_up, Details(summary="s", parts=(made_up,)), Columns(groups=((), (made_up,))),
                 Text(text="a", tone="mark")):  # fmt: skip
        assert has_simulated([part])
    assert list(leaves([Details(summary="s", parts=(CELLS,))])) == [CELLS]


def test_joined_blocks_keep_what_each_says() -> None:
    first, second = Text(text="a"), Text(text="b")
    joined = Block.join([Block(), Block([first]), Block([second], ID)])
    assert joined == Block([first, second], ID) and joined.html == "<p>a</p>\n<p>b</p>"


def test_html_stands_beside_the_parts_only_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = DisplayFormatter().format
    block = Block([Text(text="a")], ID)
    assert shown(block)[0] == {
        "text/html": block.html,
        "text/plain": "Block(text)",
        MIME: packed(block.parts, ID),
    }
    monkeypatch.setenv(PARTS_ONLY, "1")
    assert shown(block)[0] == {"text/plain": "Block(text)", MIME: packed(block.parts, ID)}


def chart(**marks: bool) -> Figure:
    data = pl.DataFrame({"Kota": ["A"], "Skor": [Decimal("1.50")]})
    caption = Caption("Skor", "poin", "Satu batang.", "Sumber", is_simulated=False, **marks)
    import altair as alt

    block = figure(lambda width: alt.Chart(data.cast({"Skor": pl.Float64})).mark_bar(), caption, data, ID)
    [part] = block.parts
    assert isinstance(part, Figure)
    return part


def test_published_and_estimated_figures_are_told_where_the_words_around_them_do_not() -> None:
    frame = pl.DataFrame({"Kota": ["A"], "Skor": [Decimal("1.50")]})
    columns = [Column("Kota", "Kota"), Column("Skor", "Skor")]

    def shown(caption: str, note: str = "", language: Language = ID) -> str:
        block = table(
            frame, columns, caption, language, is_simulated=False, is_published=True, is_estimate=True, note=note
        )
        return str(html.fromstring(html_of(block.parts, language)).xpath("string(//caption)"))

    assert shown("Skor kota") == "Skor kota angka terbit, memuat estimasi"
    assert shown("Scores", language=Language("en")) == "Scores published figures, with estimates"
    assert shown("Skor terbit", "Estimasi menurut aturan 2026") == "Skor terbit"
    assert "poin · angka terbit</text>" in html_of([chart(is_published=True)], ID)
    assert "poin · memuat estimasi." in html_of([chart(is_estimate=True)], ID)  # to who hears it
    assert "angka terbit" not in html_of([chart()], ID)


def test_a_cell_bears_the_value_that_its_column_is_sorted_by() -> None:
    frame = pl.DataFrame(
        {
            "Kota": ["A", "B"],
            "Skor": [Decimal("1214.50"), None],
            "Batas": [{"lower": Decimal("53.43"), "upper": Decimal("92.02")}, None],
            "Hari": [date(2026, 8, 9), date(2026, 8, 10)],
            "Saat": [datetime(2026, 8, 9, 7, 5), None],  # noqa: DTZ001 - as a column of a frame has it
        }
    )
    columns = [Column(name, name) for name in frame.columns]
    given = html.fromstring(html_of(table(frame, columns, "Tabel", ID, is_simulated=False).parts, ID))
    values = [cell.get("data-value") for cell in given.xpath("//tbody/tr/*")]
    assert values[:5] == [None, "1214.50", "53.43 92.02", "20260809", "20260809070500"]
    assert values[5:] == [None, None, None, "20260810", None]
    grouped = table(frame, columns, "Tabel", ID, is_simulated=False, group="Kota")
    told = html.fromstring(html_of(grouped.parts, ID))  # not sorted, yet saved as CSV
    assert [cell.get("data-value") for cell in told.xpath("//tbody/tr/td")] == [*values[1:5], *values[6:]]
