"""Contests: places, ties, prizes, agreement and outlying jurors, against worked cases."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from analysis.contest.results import contest_of, judge, known_contests, read_scores
from iga.contest.places import band_of, jurors_of, kendalls_w, prize_of, standings_of
from iga.errors import ScoreInvalid
from tests.conftest import Ran
from warehouse.errors import UnknownName


def scores(**entries: str) -> dict[str, dict[str, Decimal]]:
    """Scores of jurors a, b, c, ... per entry; `-` where a juror gave none."""
    return {
        entry: {juror: Decimal(text) for juror, text in zip("abcde", given.split(), strict=False) if text != "-"}
        for entry, given in entries.items()
    }


def test_the_mean_is_over_the_jurors_who_scored() -> None:
    found = standings_of(scores(first="80 90 -", second="84 84 84"))
    assert [(one.entry, one.place, one.mean, one.juror_count) for one in found] == [
        ("first", 1, Fraction(85), 2),
        ("second", 2, Fraction(84), 3),
    ]


def test_equal_means_are_decided_by_the_median_and_else_share_the_place() -> None:
    found = standings_of(scores(x="70 80 90", y="60 90 90", z="80 80 80", w="10 10 10"))
    assert [(one.entry, one.place) for one in found] == [("y", 1), ("x", 2), ("z", 2), ("w", 4)]


def test_a_missing_comma_is_refused() -> None:
    with pytest.raises(ScoreInvalid, match="8031"):
        standings_of(scores(x="8031"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (scores(x="1 1 1", y="2 2 2", z="3 3 3"), 1.0),
        (scores(x="1 3", y="2 2", z="3 1"), 0.0),
        (scores(x="1 2 1", y="2 1 3", z="3 3 2", v="4 4 4"), 12 * 35 / (9 * 60)),
        (scores(x="5 5", y="5 5"), None),
        (scores(x="1"), None),
    ],
)
def test_kendalls_w(given: dict[str, dict[str, Decimal]], expected: float | None) -> None:
    if expected is None:
        assert kendalls_w(given) is None
    else:
        assert kendalls_w(given) == pytest.approx(expected)


def test_a_juror_who_scores_against_the_others_is_outlying() -> None:
    found = jurors_of(scores(x="90 91 60", y="80 79 70", z="70 71 80", w="60 62 90"))
    assert [(one.juror, one.is_outlying) for one in found] == [("a", False), ("b", False), ("c", True)]


def test_entries_that_share_a_place_share_the_prizes_that_they_fill() -> None:
    prizes = {1: 3_500_000, 2: 2_000_000, 3: 1_500_000}
    assert prize_of([1, 2, 2, 4], prizes, 2) == Fraction(1_750_000)
    assert prize_of([1, 2, 2, 4], prizes, 4) == 0


@pytest.mark.parametrize(("mean", "band"), [("90", "A"), ("84.38", "B"), ("79.41", "C"), ("69.99", "D")])
def test_krenova_bands(mean: str, band: str) -> None:
    assert band_of(Fraction(mean), known_contests()["magelang-krenova"].bands) == band


def test_the_published_winners_of_2023() -> None:
    winners = contest_of("17.71", 2023).winner
    assert [one.title.split()[0] for one in winners] == ["SLAWE", "Halo", "Gerakan", "Pertalite", "Koeber", "Silapkar"]


def test_the_contest_of_2024_has_five_categories_and_its_prizes() -> None:
    contest = contest_of("17.71", 2024)
    assert [one.code for one in contest.category] == ["perangkat_daerah", "kelurahan", "puskesmas", "smp", "sd"]
    rows = [("sd", f"i{place}", "SD", juror, Decimal(90 - place)) for place in range(5) for juror in "ab"]
    found = judge(
        contest, pl.DataFrame(rows, schema=["category", "title", "unit_name", "juror", "score"], orient="row")
    )
    assert found.prize_total == Decimal(7_000_000)
    assert found.entries["is_nominee"].to_list() == [True, True, True, False, False]
    assert found.agreement["kendalls_w"].to_list() == [Decimal("1.000")]


def test_a_city_with_several_contests_asks_which() -> None:
    with pytest.raises(UnknownName, match="magelang-krenova"):
        contest_of("33.71", 2024)


def test_the_command_judges_a_file(iga: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "juri.csv"
    file.write_text(
        'category,title,unit_name,juror,score\nsd,A,SD 1,x,"84,38"\nsd,A,SD 1,y,80\nsd,B,SD 2,x,70\nsd,B,SD 2,y,-\n',
        encoding="utf-8",
    )
    assert read_scores(file).height == 3
    told = iga("contest", "bengkulu", "2024", "--scores", str(file), lang="id").out
    assert "82,19" in told
    assert "5.500.000" in told
    assert "SLAWE" in iga("contest", "bengkulu", "2023", lang="id").out
    bad = iga("contest", "bengkulu", "2024", "--scores", str(tmp_path / "none.csv"))
    assert bad.exit_code == 2
