"""Markdown cells as parts: what is set apart keeps its look, and nothing in it is HTML."""

from __future__ import annotations

from lxml import html

from reports.blocks.content import Bullets, Heading, Preformatted, Span, Table, Text
from reports.blocks.html import html_of
from reports.blocks.markdown import parts_of_markdown
from warehouse.language import Language

CELL = """## Bagian *satu*

Satu **dua** `tiga` [empat](bengkulu-2026.html)
lima  \nenam.

- a
- b
  1. c

> dikutip

```
x = 1
  y
```

| Kota | Nilai |
|------|------:|
| A    | 1     |

<script>alert(1)</script>
"""

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one point


def test_a_markdown_cell_is_read_into_parts() -> None:
    heading, text, bullets, quoted, code, table, raw = parts_of_markdown(CELL)
    assert heading == Heading(level=1, text="Bagian satu")
    assert text == Text(
        text=(
            Span(text="Satu "),
            Span(text="dua", style="strong"),
            Span(text=" "),
            Span(text="tiga", style="code"),
            Span(text=" "),
            Span(text="empat", href="bengkulu-2026.html"),
            Span(text=" lima\nenam."),
        )
    )
    assert bullets == Bullets(items=("a", "b", Bullets(items=("c",), is_numbered=True)))
    assert quoted == Text(text="dikutip", tone="remark") and code == Preformatted(text="x = 1\n  y")
    assert isinstance(table, Table) and table.values == (("A", "1"),)
    assert [column.align for column in table.columns] == ["left", "right"]
    assert raw == Text(text="<script>alert(1)</script>")


def test_its_html_holds_what_was_set_apart_and_no_element_of_its_own() -> None:
    tree = html.fragment_fromstring(html_of(parts_of_markdown(CELL), Language("id")), create_parent="div")
    assert tree.findtext("h2") == "Bagian satu" and tree.findtext(".//strong") == "dua"
    assert tree.find(".//a").get("href") == "bengkulu-2026.html" and tree.find(".//br") is not None
    assert tree.findtext(".//ul//ol/li") == "c" and not tree.xpath(".//script")


def test_a_link_that_would_run_something_leads_nowhere() -> None:
    [text] = parts_of_markdown("[a](javascript:alert(1)) <b onclick='x'>b</b>")
    tree = html.fragment_fromstring(html_of([text], Language("id")))
    assert not tree.xpath(".//a | .//b") and "<b onclick='x'>" in tree.text_content()


def test_a_footnote_is_read_below_its_text() -> None:
    text, notes = parts_of_markdown("Kaki[^a] dan[^b].\n\n[^a]: catatan **satu**\n[^b]: dua")
    assert text == Text(text="Kaki[1] dan[2].")
    strong = (Span(text="catatan "), Span(text="satu", style="strong"))
    assert notes == Bullets(items=(strong, "dua"), is_numbered=True, is_small=True)


def test_a_picture_within_a_text_cell_is_shown_and_a_raw_cell_too() -> None:
    from nbformat.v4 import new_markdown_cell, new_notebook, new_raw_cell

    from reports.render.cells import parts_of

    source = "![Titik](attachment:a.png)\n\n- Lihat ![](attachment:a.png) ini\n\n![hilang](attachment:b.png)"
    cell = new_markdown_cell(source, attachments={"a.png": {"image/png": PNG}})
    own = parts_of(new_notebook(cells=[cell, new_raw_cell("mentah")]), Language("id"))
    assert [part.kind for part in own] == ["image", "bullets", "image", "notice", "text", "preformatted"]
    assert own[0].description == "Titik" and own[1].items == ("Lihat  ini",)
    assert own[4] == Text(text="hilang (attachment:b.png)") and own[5] == Preformatted(text="mentah")


def test_a_notebook_that_shows_nothing_says_so() -> None:
    from nbformat.v4 import new_notebook

    from reports.render.cells import parts_of

    [notice] = parts_of(new_notebook(), Language("id"))
    assert notice.text == "Notebook ini tidak menampilkan apa pun."


def test_a_picture_of_elsewhere_is_named_and_not_fetched() -> None:
    [text] = parts_of_markdown("![Peta](https://example.org/a.png)")
    assert text == Text(text="Peta (https://example.org/a.png)")
