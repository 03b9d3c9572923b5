"""The long-lived converter draws what a kernel would draw itself, and its end costs no chart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.blocks import converter as converter_module
from reports.blocks.converter import ADDRESS, KEY, Converter, _answer, _asked, svg_of

LOCALE = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]}
BARS: dict[str, Any] = {
    "data": {"values": [{"kota": "Bengkulu", "nilai": 1234.5}, {"kota": "Magelang", "nilai": 2000}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "nilai", "type": "quantitative", "axis": {"format": ",.1f"}},
        "y": {"field": "kota", "type": "nominal"},
    },
}


def test_a_chart_that_is_asked_for_again_is_not_drawn_again() -> None:
    request = json.dumps({"specification": BARS, "format_locale": LOCALE, "config": {}}).encode()
    before = _answer.cache_info()
    assert _answer(request) is _answer(request)
    after = _answer.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)


@pytest.mark.parametrize("has_socket_files", [True, False], ids=["socket file", "port, as on Windows"])
def test_the_converter_draws_the_same_and_a_chart_survives_its_end(
    monkeypatch: pytest.MonkeyPatch, has_socket_files: bool
) -> None:
    alone = svg_of(BARS, LOCALE, {"background": None})
    assert "1.000,0" in alone
    monkeypatch.setattr(converter_module, "_has_socket_files", lambda: has_socket_files)
    with Converter() as converter:
        for name, value in converter.environment.items():
            monkeypatch.setenv(name, value)
        address = converter.environment[ADDRESS]
        request = {"specification": BARS, "format_locale": LOCALE, "config": {"background": None}}
        assert _asked(address, converter.environment[KEY], request) == alone
        with pytest.raises((EOFError, OSError)):
            _asked(address, "the key of another build", request)
        assert svg_of(BARS, LOCALE, {"background": None}) == alone
        with pytest.raises(ValueError, match=r"."):
            svg_of({"mark": 7}, LOCALE, {})
        assert svg_of(BARS, LOCALE, {"background": None}) == alone
        if has_socket_files:
            assert Path(address).parent.stat().st_mode & 0o777 == 0o700
        else:
            assert address.isdecimal()
    assert svg_of(BARS, LOCALE, {"background": None}) == alone
