"""What makes reports quick changes nothing of them: the height of rows, how HTML is checked, the font of charts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import wrap

import pytest
from hypothesis import given, settings, strategies as st

from reports.render.allowed_html import _Checker, _is_plain
from reports.render.report_workbook import _line_count


@pytest.mark.parametrize("room", [1, 5, 12, 40])
@pytest.mark.parametrize(
    "text", ["", " ", "Inovasi", "Sistem Informasi Daerah", "a\tb", "one\ntwo", "x" * 40, "ab  cd "]
)
def test_lines_are_those_of_wrapping(text: str, room: int) -> None:
    assert max(1, _line_count(text, room)) == max(1, len(wrap(text, room)))


_PIECES = [
    '<p>', '</p>', '<b', '>', 'class=', '"ab"', 'x', '<script>', '</title>', '<title>', '<!--', '-->', '<![CDATA[',
    ']]>', "'", '=', '&lt;', '<?x?>', '/>', '<h1>', '<svg>', '<a', '<!doctype', 'href="#a"', 'href="javascript:a()"',
    'href="&#106;avascript:a()"', 'style="left:1%"', 'style="background:url(a)"', 'fill="url(#a)"', 'fill="url(b)"',
    'onclick="x()"', '<p/onclick=x>', '</p/class=x>', '<P/CLASS="x">', 'title="a>b"', 'id="1"', 'hidden',
]  # fmt: skip
_GAPS = ["", " ", "\n", "\x0b"]


@given(st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from(_GAPS)).map("".join), max_size=9).map("".join))
@settings(max_examples=400)
def test_what_is_plain_is_also_allowed_when_it_is_read_tag_by_tag(html: str) -> None:
    if _is_plain(html):
        _Checker(0).feed(html)


@pytest.mark.parametrize(
    ("html", "is_plain"),
    [
        ('<p class="a">x &lt; y</p>\n<svg viewBox="0 0 1 1"><rect x="1" fill="url(#a)"/></svg>', True),
        ('<a href="bengkulu-2026.html#iid">x</a><details open><summary>y</summary></details>', True),
        ('<a href="https://example.org">x</a>', False),
        ('<a href="java&#115;cript:a()">x</a>', False),
        ('<p title="a > b">x</p>', False),
        ("<p class=a>x</p>", False),
        ("<!-- x --><p>y</p>", False),
        ("<p>a < b</p>", False),
        ("<h1>x</h1>", False),
    ],
)
def test_only_the_plainest_html_is_passed_at_once(html: str, is_plain: bool) -> None:
    assert _is_plain(html) is is_plain


_WIDTHS = """
import sys
from reports.blocks.converter import _converted
import vl_convert
bars = {"data": {"values": [{"a": "iiiiiiiiii MMMM", "b": 1}]}, "mark": "bar", "encoding": {
    "x": {"field": "b", "type": "quantitative", "axis": None}, "y": {"field": "a", "type": "nominal"}}}
def ours(font):
    return _converted({"specification": bars, "format_locale": {}, "config": {"font": font}})
def size(svg):
    return svg.split("viewBox=")[1].split(">")[0]
if sys.argv[1] == "ours":
    print(size(ours("Arimo")) == size(ours("Nowhere")), size(ours("Liberation Sans")) == size(ours("Nowhere")))
else:
    print(size(vl_convert.vegalite_to_svg(bars, config={"font": "Arimo"}))
        == size(vl_convert.vegalite_to_svg(bars, config={"font": "Nowhere"})))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only here is it said in a file where fonts are")
def test_charts_are_laid_out_by_no_font_of_the_machine(tmp_path: Path) -> None:
    fonts = Path(__file__).resolve().parents[2] / "reports" / "typst" / "fonts"
    (tmp_path / "fonts.conf").write_text(f"<fontconfig><dir>{fonts}</dir></fontconfig>")
    around = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "PYTHONPATH": str(fonts.parents[2])}

    def told(whose: str) -> str:
        command = [sys.executable, "-c", _WIDTHS, whose]
        return subprocess.run(command, env=around, capture_output=True, text=True, check=True).stdout.strip()

    assert told("theirs") == "False"  # it would know Arimo from the machine
    assert told("ours") == "True False"
