"""What a reader sees on built pages: words of the reader's language, none of our codes, each with a message.

Cells of tables hold the data's own words (titles, names of units, quotations) and are looked at for our codes alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from reports.run.notebook import run_notebook
from reports.site.reading_aids import sections_of
from tests.outputs import page_of

pytestmark = pytest.mark.demo

OURS = {
    "code": re.compile(r"(?<![\w/.-])[a-z]+(?:_[a-z0-9]+)+(?![\w./-])"),
    "comparison": re.compile(r"[<>]=|(?<!\w)~\d"),
    "article": re.compile(r"\barticle:"),
    "hyphen for minus": re.compile(r"(?<![\w.,–/:-])-\d"),
}
FOREIGN = {
    "id": re.compile(r"\b(the|of|and|with|not|claimed|winner|nominees?|from|which|stated|unknown)\b", re.IGNORECASE),
    "en": re.compile(r"\b(yang|dari|untuk|dengan|dan|tidak|belum|pada|menurut|sudah)\b", re.IGNORECASE),
}
WORDS_OF_DATA = {"td", "th", "option", "code", "h1", "a"}
"""Elements whose words may be the data's own."""


def visible(markup: str) -> Iterator[tuple[str, str]]:
    """The texts of a page with the elements that hold them; drawings are described by words of the same page."""
    tree = html.document_fromstring(markup)
    for hidden in tree.xpath("//script|//style|//svg|//iframe|//head"):
        hidden.drop_tree()
    for place in tree.xpath("//wbr"):  # where a long word may break
        place.drop_tag()
    for element in tree.iter():
        if isinstance(element.tag, str):
            own = [element.text or "", *(child.tail or "" for child in element)]
            yield element.tag, " ".join(" ".join(own).split())


def faults(markup: str, lang: str) -> list[tuple[str, str]]:
    found = []
    for tag, text in visible(markup):
        found += [(name, text) for name, pattern in OURS.items() if tag != "code" and pattern.search(text)]
        if tag not in WORDS_OF_DATA and FOREIGN[lang].search(text):
            found.append((lang, text))
    return found


def test_a_fault_is_found() -> None:
    page = "<p>peringkat <=10</p><td>self_measured</td><p>article:002_x</p><p>nilai -3</p><p>of the city</p>"
    assert {name for name, _text in faults(page, "id")} == {"code", "comparison", "article", "hyphen for minus", "id"}


def test_pages_speak_indonesian_and_say_nothing_of_our_codes(demo_home: Path) -> None:
    site = demo_home / "reports" / "three_cities"
    pages = sorted(site.glob("*.html"))
    assert len(pages) > 10
    assert {path.name: found for path in pages if (found := faults(path.read_text(encoding="utf-8"), "id"))} == {}


def test_pages_speak_english_where_asked(demo_home: Path) -> None:
    for notebook, values in (
        ("city_index", {"city": "magelang", "edition": 2026}),
        ("contest", {"city": "bengkulu", "edition": 2024}),
    ):
        executed = run_notebook(notebook, {**values, "lang": "en"}, home=demo_home)
        assert faults(page_of(executed, "en"), "en") == []


def test_every_page_opens_with_a_message_of_at_most_three_sentences(demo_home: Path) -> None:
    site = demo_home / "reports" / "three_cities"
    for name in ("index", "bengkulu-2026", "bengkulu-2023", "kemajuan-magelang-2026", "mengapa-magelang-2025-2026"):
        tree = html.document_fromstring((site / f"{name}.html").read_text(encoding="utf-8"))
        [body] = tree.xpath("//div[@class='body']")
        # What failed of a page is told above all else; a test before this one may have let one fail.
        parts = (child for child in body if isinstance(child.tag, str))
        first = next(part for part in parts if "site-failed" not in part.get("class", ""))
        assert first.get("class") == "message", name
        assert len(first.text_content()) < 420, name


def test_the_index_of_search_names_sections_tables_and_rows() -> None:
    page = (
        '<h2 id="bagian-1">Unit <b>A</b></h2><div class="table" id="tab-1"><caption><strong class="mark">X</strong> '
        'Daftar<span class="origin">terbit</span></caption><th scope="row">Dinas &amp; Co</th></div>'
        '<figure class="chart" id="fig-1"><svg><title id="fig-1-wide-t">Bagan</title></svg><details class="data">'
        '<caption>Bagan (poin)</caption><th scope="row">Nilai</th></details></figure>'
    )
    assert sections_of(page) == [
        ("bagian-1", "Unit A", [("tab-1", "Daftar"), ("tab-1", "Dinas & Co"), ("fig-1", "Bagan")])
    ]
