"""Words on a page: those from right to left turn nothing around them, long ones break, signs of the PDF are told."""

from __future__ import annotations

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Heading, Text
from reports.blocks.html import bidi_isolated, html_of, in_pieces
from reports.blocks.tables import Column, table
from reports.render.document import document_of
from reports.render.replaced_signs import note_for_page, note_for_pdf, replaced_in
from tests.odd_titles import TITLES
from warehouse.language import Language

ID = Language("id")


def test_words_from_right_to_left_are_isolated_and_nothing_else_is() -> None:
    hebrew = TITLES["hebrew"].partition(" ")[0]
    told = bidi_isolated(f'<td title="{hebrew}">Inovasi {hebrew} (12) dari X</td><svg><text>{hebrew}</text></svg>')
    assert told == (
        f'<td title="{hebrew}">Inovasi <bdi>{hebrew}</bdi> (12) dari X</td><svg><text>{hebrew}</text></svg>'
    )
    assert bidi_isolated("<p>Berkas \u202egpj.exe\u202c</p>") == "<p>Berkas gpj.exe</p>"
    assert bidi_isolated("<p>Biasa &amp; saja</p>") == "<p>Biasa &amp; saja</p>"
    assert f"<bdi>{hebrew}</bdi>" in html_of([Text(text=hebrew)], ID)


def test_long_words_break_and_a_hash_stays_whole() -> None:
    word = "X" * 65
    assert in_pieces(f'<td title="{word}">{word}</td>') == (
        f'<td title="{word}">{"X" * 30}<wbr>{"X" * 30}<wbr>{"X" * 5}</td>'
    )
    assert in_pieces(f"<td>{'a' * 64}</td>") == f"<td>{'a' * 64}</td>"
    assert "&amp;" * 30 + "<wbr>" in in_pieces("<td>" + "&amp;" * 40 + "</td>"), "no entity is cut"


def test_each_text_that_the_pdf_does_not_show_is_told_once_with_its_row() -> None:
    rows = pl.DataFrame({"unit": ["A", "B", "C"], "title": ["Biasa", TITLES["chinese"], TITLES["private use"]]})
    made = table(rows, [Column("unit", "Unit"), Column("title", "Judul")], "Inovasi", ID, is_simulated=False)
    parts = (Heading(level=1, text="Bagian"), *made.parts, Text(text=TITLES["chinese"]), Text(text=TITLES["javanese"]))
    facts = {"title": "T", "subtitle": "", "site_title": "", "snapshot_id": "", "software_version": ""}
    document = document_of(parts, language=ID, is_simulated=False, **facts)
    told = tuple(replaced.told(ID) for replaced in replaced_in(document))
    assert told == (
        f"\u201c{TITLES['chinese']}\u201d (Inovasi, baris 2): U+6F22 CJK UNIFIED IDEOGRAPH-6F22, "
        "U+5B57 CJK UNIFIED IDEOGRAPH-5B57, U+670D CJK UNIFIED IDEOGRAPH-670D, U+52A1 CJK UNIFIED IDEOGRAPH-52A1",
        f"\u201c{TITLES['private use']}\u201d (Inovasi, baris 3): U+E000, U+F8FF",
    )
    page = Block(note_for_page(told, ID), ID).html
    assert "Di PDF, 2 teks memuat kotak" in page and "U+6F22 CJK" in page
    [note] = note_for_pdf(told, ID)
    assert isinstance(note, Text) and "U+E000" in str(note.text)
    assert note_for_page((), ID) == () and note_for_pdf((), ID) == ()
