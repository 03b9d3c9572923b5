"""Claims hold as often as they say, on generated nations whose truth is known and whose cities err as a whole."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

from iga.robustness import IndexUncertainty, analyse_robustness
from tests.conftest import ROOT
from tests.generated_nation import fitted, nation, reliability

NATIONS = range(12)
ROW = re.compile(r"^\| ([\d.]+)–([\d.]+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def with_city_error() -> pl.DataFrame:
    return reliability(NATIONS, has_city_error=True)


@pytest.fixture(scope="module")
def without_city_error() -> pl.DataFrame:
    return reliability(NATIONS, has_city_error=False)


def test_a_probability_says_how_often_the_order_holds(with_city_error: pl.DataFrame) -> None:
    """Errors fitted to pairs of other cities; every bin within 5 in 100, and none far surer than it should be."""
    assert with_city_error["claims"].min() >= 300  # type: ignore[operator]
    gap = (with_city_error["share_held"] - with_city_error["mean_probability"]).to_numpy()
    assert np.abs(gap).max() < 0.05
    assert gap.min() > -0.02


def test_without_the_part_that_a_city_shares_claims_are_far_too_sure(without_city_error: pl.DataFrame) -> None:
    """The check above can fail: of what is said with 0.8 to 0.95 less than 0.75 is true."""
    middle = without_city_error.filter(pl.col("mean_probability").is_between(0.8, 0.95))
    assert (middle["share_held"] < 0.75).all() and middle.height == 2


def test_hidden_seasons_are_covered_as_often_as_is_said() -> None:
    """The 90 % range of the index of cities without a single level, whatever the practice of the nation."""
    held = {0.0: [], 0.8: []}  # type: dict[float, list[bool]]
    for seed in NATIONS:
        made = nation(seed, hidden=0.4)
        rows = made.claimed.rows
        is_hidden = np.bincount(rows["unit"], (rows["levels"] >= 0).any(axis=1)) == 0
        for dependence in held:
            how = IndexUncertainty(weights=None, missing_dependence=dependence)
            claims = analyse_robustness(made.claimed, how, draws=1000, seed=seed).claims
            ends = pl.DataFrame(claims.score_intervals())
            low, high = ends["score_low"].to_numpy(), ends["score_high"].to_numpy()
            held[dependence] += ((low <= made.true_index) & (made.true_index <= high))[is_hidden].tolist()
    assert len(held[0.8]) > 150
    assert np.mean(held[0.8]) >= 0.9
    assert np.mean(held[0.0]) < 0.3, "drawn item by item, as before, nearly all miss"


def test_the_fit_tells_the_three_parts_apart() -> None:
    how = fitted(nation(3))
    assert 1 < how.city_error < 4 and how.innovation_error > 3 and 0.1 < how.level_error < 0.5


def test_the_page_shows_these_figures(with_city_error: pl.DataFrame, without_city_error: pl.DataFrame) -> None:
    """The two tables of docs/claims.md, made by docs/make_claims.py, are those of today's engine."""
    text = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    told = [
        (f"{low}-{high}", int(count), float(said), float(held)) for low, high, count, said, held in ROW.findall(text)
    ]
    known = [
        (probability, count, round(said, 2), round(held, 2))
        for frame in (with_city_error, without_city_error)
        for probability, count, said, held in frame.iter_rows()
    ]
    assert told == known
