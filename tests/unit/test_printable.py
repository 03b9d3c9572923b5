"""Signs and fonts: sixty odd titles pass the typesetter, what stands as a box is known before, the tables are true."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from reports.render.printable import (
    BOX,
    BREAK,
    LONGEST_WORD,
    REPLACEMENT,
    _ranges,
    breakable,
    drawable,
    name_of,
    printable,
    signs_without_face,
    signs_without_font,
)
from reports.render.typesetting import typeset
from tests.odd_titles import TITLES

FONTS = Path("reports/typst/fonts")
NO_FONT = {
    "word bullet", "word bullet within", "styled letters", "ligatures", "wide letters", "music and chess", "tamil",
    "chinese", "japanese", "korean", "ethiopic", "armenian and georgian", "private use", "private plane", "unassigned",
    "non-characters", "controls", "controls of the second set", "line and paragraph",
}  # fmt: skip
"""The titles of which a reader of the PDF does not see each sign, as they are received; a load mends four of them."""


def paper_of(*titles: str) -> dict[str, Any]:
    """Return what a template is given where titles stand in every kind of part."""
    first = titles[0]
    span = [{"text": first, "style": style} for style in ("plain", "strong", "emphasis")]
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="40"><text x="5" y="30" font-family="Arimo">'
        + "".join(f"<tspan>{re.sub('[&<>]', '', title)}</tspan>" for title in titles)
        + "</text></svg>"
    )
    said: list[dict[str, Any]] = [
        {"kind": "text", "text": span, "lead": first, "tone": "mark"},
        {"kind": "bullets", "items": [[{"text": title, "style": "plain"}] for title in titles], "is_numbered": False},
        {"kind": "facts", "title": first, "pairs": [(title, title) for title in titles]},
        {"kind": "cards", "cards": [{"heading": first, "value": first, "detail": first, "gaps": [first],
                                     "is_estimate": False, "strip": "", "strip_alt": ""}]},
        {"kind": "preformatted", "text": "\n".join(titles), "note": first},
        {"kind": "table", "caption": first, "origin": first, "heads": [{"heading": first, "align": "left"}] * 2,
         "lines": [line for title in titles
                   for line in ({"group": title, "cells": []}, {"group": None, "cells": [title, title]})],
         "note": first, "is_simulated": True, "size": 8, "widths": [1, 1]},
        {"kind": "figure", "title": first, "units": first, "description": first, "foot": first, "svg": drawable(svg),
         "width": 0.5, "alt": " ".join(titles), "is_simulated": True},
    ]  # fmt: skip
    headings = [{"kind": "heading", "level": 1, "text": title} for title in titles]
    sections = [{"parts": [*headings, *said], "is_simulated": True, "starts_page": False}]
    return {
        "title": first, "subtitle": first, "site_title": first, "author": "Uji", "lang": "id", "is_simulated": True,
        "running_title": first, "foot": first, "letterhead": None, "opening": said[:1], "sections": sections,
        "words": {"simulated": "DATA SIMULASI", "page": "{number}", "contents": "Isi", "not_computed": "-"},
    }  # fmt: skip


def test_sixty_titles_pass_the_typesetter_in_every_kind_of_part() -> None:
    """One file for all; where that fails, the slow test says which."""
    pdf = typeset("report.typ", "report", paper_of(*TITLES.values()))
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
    assert "\u6f22" in text, "a sign that stands as a box can be copied all the same"
    assert "alert(1)" in text and "{{ 7 * 7 }}" in text and "#strong[x]" in text


@pytest.mark.slow
@pytest.mark.parametrize("name", TITLES)
def test_each_title_alone_passes_as_title_of_the_report(name: str) -> None:
    assert typeset("report.typ", "report", paper_of(TITLES[name])).startswith(b"%PDF")


def test_what_stands_as_a_box_is_known_before_it_is_set() -> None:
    assert {name for name, title in TITLES.items() if signs_without_font(title)} == NO_FONT
    assert name_of(signs_without_font(TITLES["chinese"])[0]) == "U+6F22 CJK UNIFIED IDEOGRAPH-6F22"
    assert [name_of(sign) for sign in signs_without_font(TITLES["private use"])] == ["U+E000", "U+F8FF"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\ufeffAntar \u202eabc\u202c", "Antar abc"),
        ("a\x07b\x85c\uffffd\ud800e\U0001ffff", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffd"),
        ("1\ufe0f\u20e3 satu\tdua\ntiga", "1 satu\tdua\ntiga"),
        ("\u6f22 \U0001f600 biasa", "\u6f22 \U0001f600 biasa"),
    ],
)
def test_what_a_pdf_must_not_hold_is_left_out_or_replaced(text: str, wanted: str) -> None:
    assert printable(text) == wanted


def test_the_words_of_a_chart_are_cut_to_its_face() -> None:
    svg = '<svg aria-label="\u6f22"><text>Kota \u6f22\u200d\U0001f600 e\u0301 \ua9b2\ua9c0</text></svg>'
    assert drawable(svg) == f'<svg aria-label="\u6f22"><text>Kota {BOX}{BOX} \u00e9 {BOX}{BOX}</text></svg>'
    assert signs_without_face("Kota \u6f22\u200d e\u0301") == ("\u6f22",)
    assert REPLACEMENT in drawable("<text>a\uffffb</text>")


def test_long_words_break_and_no_mark_leaves_its_letter() -> None:
    assert breakable("biasa saja " * 9) == "biasa saja " * 9
    broken = breakable(TITLES["no break in javanese"]).split(BREAK)
    assert max(map(len, broken)) <= LONGEST_WORD + 2 and len(broken) > 5
    assert not [piece for piece in broken if unicodedata.category(piece[0]).startswith("M")]
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20
    assert not [piece for piece in breakable(family).split(BREAK) if piece[0] == "\u200d" or piece[-1] == "\u200d"]


def test_the_table_of_coverage_is_that_of_the_fonts() -> None:
    ttlib = pytest.importorskip("fontTools.ttLib")
    covered: set[int] = set()
    for path in FONTS.glob("Noto*.ttf"):
        covered |= set(ttlib.TTFont(path).getBestCmap())
    main = set.intersection(*(set(ttlib.TTFont(path).getBestCmap()) for path in FONTS.glob("Arimo*.ttf")))
    told = {family: set[int]() for family, _, _ in _ranges()}
    for family, first, last in _ranges():
        told[family] |= set(range(first, last + 1))
    assert told["Arimo"] == main
    assert set().union(*told.values()) == main | covered
    last_resort = ttlib.TTFont(FONTS / "LastResort.ttf")
    assert last_resort["name"].getDebugName(4) == "IGA Last Resort", "without it the typesetter leaves the font out"
    assert [table.format for table in last_resort["cmap"].tables] == [13]
    template = Path("reports/typst/paper.typ").read_text(encoding="utf-8")
    named = re.findall(r'"([^"]+)"', template.split("#let FALLBACK")[1].split(")")[0])
    assert named == [*told, "IGA Last Resort"]


def test_the_fonts_that_ship_are_few_and_bear_their_licence() -> None:
    fallback = [*FONTS.glob("Noto*.ttf"), FONTS / "LastResort.ttf"]
    assert sum(path.stat().st_size for path in fallback) < 3_000_000
    licence = (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "Noto" in licence and "Arimo" in licence and "SIL OPEN FONT LICENSE" in licence
