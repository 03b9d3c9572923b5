"""What is not known of a season stands with its facts: files held, scores that are missing, days before any list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from analysis import open_snapshot
from analysis.season.account import account_of
from analysis.season.frames import read_season_frames
from analysis.season.words import account_lines
from tests.city_files import load, put, workbook
from tests.unit.test_season_account import FIRST, MAGELANG, ON, UNITS, account, list_of, register, targets, values
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language

HEADER = "region_code,edition,valid_from,threshold,source,confidence,note"


def test_innovations_that_are_all_in_quarantine_are_reported(empty_home: Home) -> None:
    rows = [("Dinas Kesehatan", "Satu Sehat Warga", "tinggi", "2025-03-01")]
    rows += [("Dinas Sosial", "Peduli Lansia Kota", "8031", "2025-03-01")]
    put(empty_home, "magelang/2026/daftar-unit.xlsx", register(*UNITS))
    put(empty_home, "magelang/2026/ekspor.xls", list_of(*rows))
    found = account(empty_home)
    assert [found[f"innovations_{name}"].value for name in ("reported", "quarantined", "scored")] == [2, 2, 0]
    assert found["units_with_one"].names == ("Dinas Kesehatan", "Dinas Sosial")
    assert "Dinas Sosial" not in found["units_silent"].names


@pytest.mark.parametrize("is_held", [False, True])
def test_a_season_of_which_nothing_stands_yet_has_its_facts(is_held: bool, empty_home: Home) -> None:
    put(empty_home, "magelang/2026/daftar-unit.xlsx", register(*UNITS))
    if is_held:
        put(empty_home, "magelang/2026/rusak.xlsx", workbook([["Entah", "Apa"], ["1", "x"]]))
    found = account(empty_home)
    # Magelang asks its offices (OPD) for innovations from 2025 on: only they can be silent.
    offices = [name for name in UNITS if name.startswith("Dinas")]
    assert (found["units_silent"].value, found["innovations_reported"].value) == (len(offices), 0)
    # A held list may be of any unit: whoever reads that nothing was received reads that too.
    for name in ("units_silent", "innovations_reported"):
        assert ("rusak.xlsx" in (found[name].reason or "")) is is_held


def test_of_an_edition_of_which_no_file_was_received_there_are_no_facts(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/daftar-unit.xlsx", register(*UNITS))
    with pytest.raises(UnknownName):
        account(empty_home, 2025)


def test_an_innovation_without_a_score_or_a_day_is_told_beside_the_counts(empty_home: Home) -> None:
    rows = [("Dinas Kesehatan", "Satu Sehat Warga", "60,00", "2025-03-01")]
    rows += [("Dinas Sosial", title, "50,00", "2025-03-01") for title in ("Peduli", "Tanpa Bukti")]
    put(empty_home, "magelang/2026/ekspor.xls", list_of(*rows))
    targets(empty_home, "thresholds", f"{HEADER}\n33.71,2026,,70,SK,high,\n")
    load(empty_home, ON)
    with open_snapshot(home=empty_home.root) as snapshot:
        frames = read_season_frames(snapshot, MAGELANG, 2026)
        titles = dict(frames.submissions.select("title", "submission_id").iter_rows())
        is_unknown = pl.col("title") != "Satu Sehat Warga"
        emptied = [
            pl.when(is_unknown).then(None).otherwise(name).alias(name)
            for name in ("claimed_score_x100", "implementation_date", "development_date")
        ]
        # Of the one nothing is known, of the other that every document is there, and of none the level.
        complete = pl.DataFrame(
            [
                {"submission_id": titles["Peduli"], "score_kind": "claimed", "is_complete": True, **number}
                for group in frames.rulebook.sid_groups
                for number in ({"indicator_number": group.number},)
            ]
        )
        answers = pl.concat(
            [frames.answers, complete.cast(dict(frames.answers.select(complete.columns).schema))], how="diagonal"
        )
        changed = replace(frames, submissions=frames.submissions.with_columns(emptied), answers=answers)
        found = account_of(snapshot, empty_home, changed, ON, lang="en")
    below, ineligible = found["innovations_below_threshold"], found["innovations_not_eligible"]
    assert (below.names, below.reason) == (("Satu Sehat Warga",), "Of 2 scored innovations no score is known.")
    assert (ineligible.value, ineligible.reason) == (0, "Of 2 innovations no day of implementation is known.")
    assert {below.reason, ineligible.reason} <= set(account_lines(found, Language("en")))


def test_a_day_before_the_first_list_says_that_later_ones_count(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/ekspor.xls", list_of(("Dinas Sosial", "Peduli", "80,00", "2025-03-01")))
    load(empty_home, ON)
    found = account(empty_home, on=FIRST)
    assert found["innovations_reported"].value == 1
    assert "9 August 2026" in (found["innovations_reported"].reason or "")
    assert found["pace_per_day"].value is None


def test_scores_of_2024_count_below_the_threshold_of_the_city_and_no_day_of_2023_is_ineligible(
    empty_home: Home,
) -> None:
    scores = ("88,00", "74,00", "91,00", "70,00", "69,99")
    rows = [("Dinas Sosial", f"Inovasi {score}", score, "2023-02-11") for score in scores]
    put(empty_home, "magelang/2024/ekspor.xls", list_of(*rows))
    targets(empty_home, "thresholds", f"{HEADER}\n33.71,2024,2024-07-01,70,SK,high,\n")
    found = account(empty_home, 2024, date(2024, 8, 20))
    assert found["innovations_below_threshold"].names == ("Inovasi 69,99",)
    assert (found["innovations_not_eligible"].value, found["innovations_not_eligible"].names) == (None, ())
    assert values(found)["threshold"] == Decimal(70)
