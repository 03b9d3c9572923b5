"""What makes reports quick changes nothing of them: the class look-up of charts, the height of rows, what papermill
writes, how HTML is checked."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.page import _Checker, _is_plain
from reports.report_workbook import _line_count
from reports.startup import quick_altair, quick_papermill, unchecked_charts


@pytest.mark.parametrize("room", [1, 5, 12, 40])
@pytest.mark.parametrize(
    "text", ["", " ", "Inovasi", "Sistem Informasi Daerah", "a\tb", "one\ntwo", "x" * 40, "ab  cd "]
)
def test_lines_are_those_of_wrapping(text: str, room: int) -> None:
    assert max(1, _line_count(text, room)) == max(1, len(wrap(text, room)))


def _specification() -> dict[str, object]:
    alt = quick_altair()
    data = alt.Data(values=[{"a": 1, "b": "x"}])
    bars = alt.Chart(data).mark_bar().encode(x="a:Q", y=alt.Y("b:N", sort=["x"]), color=alt.value("red"))
    told: dict[str, object] = alt.layer(bars, bars.mark_text().encode(text="a:Q")).to_dict(validate=False)
    return told


def test_a_chart_is_the_same_with_the_look_up_made_once_and_the_copies_made_quickly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from altair.utils import schemapi

    quick = _specification()
    with unchecked_charts():
        assert _specification() == quick
    once, copy = schemapi._FromDict, schemapi._deep_copy
    assert hasattr(once, "of_classes")
    monkeypatch.setattr(schemapi, "_FromDict", once.__mro__[1])
    monkeypatch.setattr(schemapi, "_deep_copy", copy.plainly)
    assert _specification() == quick


def test_a_copied_chart_shares_nothing_that_could_be_changed_in_it() -> None:
    alt = quick_altair()
    first = (
        alt.Chart(alt.Data(values=[{"a": 1}])).mark_bar().encode(x=alt.X("a:Q", sort=["x"], scale={"domain": [0, 1]}))
    )
    told = first.to_dict(validate=False)
    copied = first.copy()
    copied["encoding"]["x"]["sort"].append("y")
    copied["encoding"]["x"]["scale"]["domain"].append(2)
    copied.mark = "line"
    assert first.to_dict(validate=False) == told


def test_papermill_writes_where_it_is_told_to_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from papermill import execute

    quick_papermill()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x")])
    execute.write_ipynb(notebook, str(tmp_path / "kept.ipynb"))
    assert nbformat.read(tmp_path / "kept.ipynb", as_version=4).cells == notebook.cells
    monkeypatch.setattr(nbformat, "writes", None)  # it would be called, and fail
    execute.write_ipynb(notebook, None)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.ipynb"]


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
