"""What makes reports quick changes nothing of them: the height of rows, the font of charts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import wrap

import pytest

from reports.render.report_workbook import _line_count


@pytest.mark.parametrize("room", [1, 5, 12, 40])
@pytest.mark.parametrize(
    "text", ["", " ", "Inovasi", "Sistem Informasi Daerah", "a\tb", "one\ntwo", "x" * 40, "ab  cd "]
)
def test_lines_are_those_of_wrapping(text: str, room: int) -> None:
    assert max(1, _line_count(text, room)) == max(1, len(wrap(text, room)))


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
