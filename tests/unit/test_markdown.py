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


def test_a_picture_of_elsewhere_is_named_and_not_fetched() -> None:
    [text] = parts_of_markdown("![Peta](https://example.org/a.png)")
    assert text == Text(text="Peta (https://example.org/a.png)")
