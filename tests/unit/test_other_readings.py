"""Where a predicate rests on a convention, the other reading is shown beside it."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from analysis.index.other_readings import read_otherwise
from analysis.index.recompute import Stored, index_under
from analysis.index.words import other_reading_notes
from warehouse.language import Language

ANSWERS = {
    "submission_id": pl.String, "indicator_number": pl.String, "score_kind": pl.String, "level": pl.Int8,
    "is_complete": pl.Boolean, "points_x100": pl.Int32,
}  # fmt: skip


def season(scores: list[int], spd: int, *, main: list[str], cross: str | None = None, status: str = "sent") -> Stored:
    """Kota Bengkulu 2026 with innovations of these scores (hundredths) and main affairs in turn, and an SPD."""
    count = len(scores)
    submissions = pl.DataFrame({
        "submission_id": [f"s{place:03}" for place in range(count)], "innovation_id": [str(p) for p in range(count)],
        "region_code": "17.71", "edition": pl.Series([2026] * count, dtype=pl.Int32), "as_of": "2026-08-01",
        "claimed_score_x100": pl.Series(scores, dtype=pl.Int32), "stage": "implementation", "status": status,
        "main_affair_code": [main[place % len(main)] for place in range(count)],
        "cross_affair_codes": pl.Series([cross] * count, dtype=pl.String), "is_simulated": True,
    })  # fmt: skip
    lines = pl.DataFrame({
        "region_code": ["17.71"], "edition": pl.Series([2026], dtype=pl.Int32), "indicator_number": ["TOTAL"],
        "score_kind": ["claimed"], "level": pl.Series([None], dtype=pl.Int8),
        "points_x100": pl.Series([spd], dtype=pl.Int32), "is_simulated": [True],
    })  # fmt: skip
    return Stored(submissions, pl.DataFrame(schema=ANSWERS), lines)


CASES = {
    "predicate_read_from": (
        season([9950] * 11 + [9968], 6300, main=["07"]),
        "65.01", "very_innovative", "65.01", "innovative",
    ),
    "cross_affairs_cover_basic_service": (
        season([9000] * 100, 5000, main=["01", "02", "03", "04"], cross="05"),
        "56.00", "innovative", "71.20", "very_innovative",
    ),
    "statuses_counted": (
        season([9000] * 100, 5000, main=["01", "02", "03", "04", "05"]),
        "71.20", "very_innovative", "20.00", "less_innovative",
    ),
}  # fmt: skip


@pytest.mark.parametrize("switch", CASES)
def test_a_predicate_that_rests_on_a_convention_has_its_other_reading(switch: str) -> None:
    stored, iid, predicate, other_iid, other_predicate = CASES[switch]
    index = index_under(stored)
    assert (index["iid"].to_list(), index["predicate"].to_list()) == ([Decimal(iid)], [predicate])
    found = [read for read in read_otherwise(stored, index) if read.switch == switch]
    assert [(read.other_iid, read.other_predicate) for read in found] == [(Decimal(other_iid), other_predicate)]
    assert not [
        read for read in read_otherwise(stored, index, {switch: found[0].reading.value}) if read.switch == switch
    ]


def test_a_predicate_that_rests_on_none_has_none() -> None:
    stored = season([9000] * 100, 5000, main=["01", "02", "03", "04", "05"], status="accepted")
    assert read_otherwise(stored, index_under(stored)) == []


@pytest.mark.parametrize(
    ("lang", "best", "next_best"), [("id", "Sangat Inovatif", "Inovatif"), ("en", "Very", "Innov")]
)
def test_both_readings_are_told(lang: str, best: str, next_best: str) -> None:
    stored = CASES["predicate_read_from"][0]
    found = read_otherwise(stored, index_under(stored))
    notes = other_reading_notes(found, {"17.71": "Kota Bengkulu"}, Language(lang))
    note = next(note for note in notes if "SIMONDA" in note)
    assert note.startswith("Kota Bengkulu 2026")
    assert note.index(best) < note.rindex(next_best)
