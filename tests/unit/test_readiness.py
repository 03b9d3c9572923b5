"""The burn-down of a season, and who is told: contact persons and mentors, without names unless asked for."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from analysis import open_snapshot
from analysis.season.assignment import AssignmentsInvalid, read_assignments
from analysis.season.readiness import Readiness, by_mentor, messages_of, read_readiness
from iga.planning.gaps_and_pace import burn_down, pace_of
from tests.city_files import load, put, workbook
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.language import Language

ON, CLOSING = date(2026, 8, 9), date(2026, 8, 14)
ENGLISH = Language("en")


def test_the_needed_pace_ends_at_nothing_and_the_forecast_where_the_pace_leads() -> None:
    counts = {date(2026, 7, 30): 10, date(2026, 8, 4): 20, ON: 25}
    pace = pace_of(counts, 65, ON, CLOSING)
    points = {point.day: point for point in burn_down(counts, pace, ON, CLOSING)}
    assert [points[day].remaining for day in counts] == [55, 45, 40]
    assert points[CLOSING].needed == 0
    assert points[CLOSING].forecast == 65 - pace.forecast  # type: ignore[operator]
    # Ten in five days was the fastest, five in five days the slowest: 30 to 35 are still missing at the end.
    assert (points[CLOSING].forecast_low, points[CLOSING].forecast_high) == (30, 35)
    assert points[date(2026, 8, 10)].needed == 40 * Fraction(4, 5)
    assert points[date(2026, 8, 10)].remaining is None


def test_without_a_number_needed_there_is_nothing_to_burn_down() -> None:
    assert burn_down({ON: 3}, pace_of({ON: 3}, None, ON, CLOSING), ON, CLOSING) == []


def readiness(example: Snapshot, home: Home, content: str | None) -> Readiness:
    if content is not None:
        path = home.root / "assignments" / "17.71.csv"
        path.parent.mkdir(parents=True)
        path.write_text(content, encoding="utf-8")
    return read_readiness(example, home, "17.71", 2026, ON, lang="en")


def test_a_unit_takes_the_people_of_its_parent(example: Snapshot, empty_home: Home) -> None:
    parent = "Dinas Kesehatan"
    found = readiness(example, empty_home, f"unit,contact,mentor\n{parent},Siti Contoh,Budi Contoh\n")
    under = found.register.filter(pl.col("parent") == parent)["unit_id"].to_list()
    assert len(under) > 10
    assert {found.people.contacts[unit] for unit in under} == {"Siti Contoh"}
    told = messages_of(found, found.gaps, ENGLISH).filter(pl.col("contact") == "Contact 1")
    assert told.height == 1
    assert told["unit_count"].item() > 1
    assert "before 14 August 2026" in told["text"].item()


def test_names_are_shown_only_when_they_are_asked_for(example: Snapshot, empty_home: Home) -> None:
    found = readiness(example, empty_home, "unit,contact,mentor\nDinas Kesehatan,Siti Contoh,Budi Contoh\n")
    without = f"{messages_of(found, found.gaps, ENGLISH).rows()} {by_mentor(found, found.gaps, ENGLISH).rows()}"
    assert "Contoh" not in without
    assert "Siti Contoh" in messages_of(found, found.gaps, ENGLISH, with_names=True)["contact"].to_list()
    mentored = by_mentor(found, found.gaps, ENGLISH, with_names=True)
    assert mentored["mentor"].unique(maintain_order=True).to_list() == ["Budi Contoh", "no mentor"]


PROPOSALS = ["ID", "Nama", "Status", "SKPD", "User", "Tahapan"]


def proposals(home: Home, *designs: str | None, header: str | None = "Rancang Bangun") -> Readiness:
    rows = [
        [str(number), f"Inovasi {number}", "sent", "Dinas Kesehatan", "admin", "implementasi", design]
        for number, design in enumerate(designs, start=1)
    ]
    width = len(PROPOSALS) + (header is not None)
    put(home, "magelang/2026/usulan.xlsx", workbook([[*PROPOSALS, header][:width], *(row[:width] for row in rows)]))
    load(home)
    with open_snapshot(home=home.root) as snapshot:
        return read_readiness(snapshot, home, "33.71", 2026, ON, lang="en")


def test_a_design_of_too_few_words_is_a_gap(empty_home: Home) -> None:
    found = proposals(empty_home, "<p>kata</p> " * 120, "kata " * 320, "kata " * 300, None)
    gaps = found.gaps.filter(pl.col("kind") == "short_design")
    assert gaps.select("innovation", "document").rows() == [("Inovasi 1", "design too short: 120 of 300 words")]
    assert "design_words_partly" in found.lacking and "design_words" not in found.lacking
    told = messages_of(found, found.gaps, ENGLISH).filter(pl.col("text").str.contains("too short"))["text"].item()
    assert "1 design(s) are too short, first: Inovasi 1." in told


def test_without_a_design_in_any_file_its_length_is_not_known(empty_home: Home) -> None:
    found = proposals(empty_home, None, header=None)
    assert found.gaps.filter(pl.col("kind") == "short_design").is_empty()
    assert "design_words" in found.lacking and "design_words_partly" not in found.lacking


def test_without_assignments_each_unit_is_written_to_itself(example: Snapshot, empty_home: Home) -> None:
    found = readiness(example, empty_home, None)
    told = messages_of(found, found.gaps, ENGLISH)
    assert told["unit_count"].max() == 1
    assert told["gap_count"].sum() == found.gaps.height
    assert by_mentor(found, found.gaps, ENGLISH).is_empty()


def test_a_unit_that_nobody_knows_is_named(example: Snapshot, empty_home: Home) -> None:
    with pytest.raises(AssignmentsInvalid) as caught:
        readiness(example, empty_home, "unit,contact,mentor\nDinas Antah,A,B\n")
    assert caught.value.exit_code == 2
    assert read_assignments(Home.at(Path("nowhere")), "17.71", pl.DataFrame()).is_empty
