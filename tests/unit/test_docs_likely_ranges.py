"""docs/likely_ranges.md tells what was measured, and its code and thresholds are true."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from iga.estimate import limits
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "likely_ranges.md").read_text(encoding="utf-8")
COVERAGE, RELIABILITY = (pl.read_csv(ROOT / "docs" / name) for name in ("likely_ranges.csv", "reliability.csv"))


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "make_likely_ranges", ROOT / "docs" / "make_likely_ranges.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_page_and_the_diagram_are_fresh(maker: ModuleType) -> None:
    assert maker.write_page(PAGE, COVERAGE, RELIABILITY) == PAGE, "run: python docs/make_likely_ranges.py"
    drawn = (ROOT / "docs" / "images" / "reliability.svg").read_text(encoding="utf-8")
    assert maker.diagram(RELIABILITY) == drawn, "run: python docs/make_likely_ranges.py"


def test_the_diagram_shows_every_class(maker: ModuleType) -> None:
    root = ElementTree.fromstring(maker.diagram(RELIABILITY))
    marks = root.findall(".//{http://www.w3.org/2000/svg}title")
    assert root.get("role") == "img"
    samples = RELIABILITY.filter(model="audit_sample", end="lower").height
    assert len(marks) == 1 + 3 + RELIABILITY.filter(model="donors").height + samples


def test_what_was_measured_meets_what_is_promised() -> None:
    samples = COVERAGE.filter(pl.col("method").str.starts_with("audit_sample m=30"))
    assert samples.height == 5
    assert samples["share"].is_between(0.85, 0.95).all()
    assert samples["width"].is_between(0.5, 1.2).all()
    donors = COVERAGE.filter(pl.col("method").str.starts_with("donors"))
    assert donors.height == 6
    assert (donors["share"] >= 0.9).all()
    assert (donors["width"] < donors["hard_width"]).all()
    wrong = COVERAGE.filter(pl.col("method").str.starts_with("wrong"))
    assert (wrong["share"] < 0.75).all()
    many = RELIABILITY.filter(pl.col("pairs") >= 100)
    gap = pl.col("observed") - pl.col("stated")
    assert many.filter(model="donors", end="lower").select((gap >= -0.02).all()).item()
    assert many.filter(model="donors", end="upper").select((gap <= 0.02).all()).item()
    assert many.filter(model="audit_sample").select((gap.abs() <= 0.1).all()).item()


def test_the_code_of_the_page_runs_and_gives_its_figures() -> None:
    names: dict[str, Any] = {}
    (block,) = re.findall(r"^```python\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
    checked = 0
    for line in block.splitlines():
        code, sign, figure = line.partition("  # → ")
        if sign:
            assert repr(eval(code, names)) == figure
            checked += 1
        else:
            exec(code, names)
    assert checked == 2


def test_thresholds_are_those_of_the_file() -> None:
    limit = limits()
    assert f"kurang dari {limit.least_donors} kota donor nyata" in PAGE
    assert f"lebih dari {limit.most_outside_donors * 100:.0f} % jumlah nilai" in PAGE
    assert f"*m* < {limit.least_sample}" in PAGE
    assert f"kurang dari {limit.least_leave_one_out_hits * 20:.0f} dari 20" in PAGE
    assert f"batas bawahnya {str(limit.likely_above).replace('.', ',', 1)} atau lebih" in PAGE
    assert f"Rentang {limit.certainty * 100:.0f} %" in PAGE


@pytest.mark.slow
def test_measured_again_it_is_the_same(maker: ModuleType) -> None:
    assert_frame_equal(pl.DataFrame(list(maker.measured_coverage())), COVERAGE, check_dtypes=False, abs_tol=0.01)
    assert_frame_equal(maker.measured_reliability(), RELIABILITY, check_dtypes=False, abs_tol=0.01)
