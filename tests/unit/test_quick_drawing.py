"""What makes reports quick changes nothing of them: the class look-up of charts, the height of rows."""

from __future__ import annotations

from textwrap import wrap

import pytest

from reports.report_workbook import _line_count
from reports.startup import quick_altair, unchecked_charts


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


def test_a_chart_is_the_same_with_the_look_up_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from altair.utils import schemapi

    quick = _specification()
    with unchecked_charts():
        assert _specification() == quick
    once = schemapi._FromDict
    assert hasattr(once, "of_classes")
    monkeypatch.setattr(schemapi, "_FromDict", once.__mro__[1])
    assert _specification() == quick
