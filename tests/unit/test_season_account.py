"""The account of a season: each fact once, by its rule, and null with the reason where it is not known."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analysis import open_snapshot
from analysis.season.account import FACTS, Account, season_account
from tests.city_files import REGISTER_HEADER, html_export, load, portal_list, put, workbook
from tests.conftest import Ran
from warehouse.home import Home

MAGELANG = "33.71"
FIRST, ON = date(2026, 7, 20), date(2026, 8, 9)
UNITS = ("Dinas Kesehatan", "Dinas Sosial", "Dinas Perhubungan", "Kecamatan Magelang Utara", "Bagian Umum")
EXPORT = ("Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Tahapan Inovasi", "Kematangan", "Waktu Penerapan")


def register(*names: str) -> bytes:
    kinds = {"Kecamatan": "kecamatan", "Bagian": "bagian"}
    rows = [
        (f"U{number}", name, kinds.get(name.split()[0], "opd"), None, None, None)
        for number, name in enumerate(names, start=1)
    ]
    return workbook([REGISTER_HEADER, *rows])


def list_of(*rows: tuple[str, str, str, str], total: int | None = None) -> bytes:
    """An export: (unit, title, score, day of implementation)."""
    lines = [
        [str(900000 + number), title, unit, "Penerapan", score, day]
        for number, (unit, title, score, day) in enumerate(rows, start=1)
    ]
    return html_export(*lines, header=EXPORT, total=total)


def targets(home: Home, name: str, text: str) -> None:
    path = home.root / "targets" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def account(home: Home, edition: int = 2026, on: date = ON, **more: Any) -> Account:
    load(home, on)
    with open_snapshot(home=home.root) as snapshot:
        return season_account(snapshot, home, MAGELANG, edition, on, lang="en", **more)


def values(found: Account) -> dict[str, object]:
    return {fact.fact: fact.value for fact in found.facts}


@pytest.fixture
def season(empty_home: Home) -> Home:
    """Two exports: one innovation is withdrawn, two come; two units owe nothing, one is silent, one has no number."""
    home = empty_home
    put(home, "magelang/2026/daftar-unit.xlsx", register(*UNITS))
    first = [
        ("Dinas Kesehatan", "Satu Sehat Warga", "88,00", "2025-03-01"),
        ("Dinas Kesehatan", "Antre Tanpa Sakit", "74,00", "2025-03-01"),
        ("Dinas Sosial", "Peduli Lansia Kota", "91,00", "2025-03-01"),
        ("Dinas Sosial", "Dapur Umum Cepat", "60,00", "2025-03-01"),
    ]
    put(home, "magelang/2026/ekspor-1.xls", list_of(*first))
    load(home, FIRST)
    later = [first[0], first[1], first[2], ("Dinas Sosial", "Dapur Umum Cepat", "69,99", "2023-02-01")]
    later += [("Bagian Umum", "Surat Cepat Selesai", "50,00", "2025-03-01")]
    later += [("Dinas Kesehatan", "Posyandu Ceria Pagi", "80,00", "2025-03-01")]
    put(home, "magelang/2026/ekspor-2.xls", list_of(*later))
    load(home, ON - timedelta(days=1))
    targets(
        home,
        "thresholds",
        "region_code,edition,valid_from,threshold,source,confidence,note\n33.71,2026,2026-07-01,70,SK,high,\n",
    )
    required = "region_code,edition,phase,unit_kind,required_count,source,confidence,note\n"
    kinds = ["33.71,2026,input,opd,2,SK,high,", "33.71,2026,input,kecamatan,1,SK,high,"]
    targets(home, "required_innovations", required + "\n".join(kinds) + "\n")
    targets(
        home,
        "deadlines",
        "region_code,edition,kind,phase,date,source,confidence,note\n33.71,2026,internal,input,2026-08-12,SK,high,\n",
    )
    return home


def test_each_fact_of_a_small_season(season: Home) -> None:
    found = account(season)
    assert values(found) == {
        "units_obliged": 4,
        "units_silent": 2,
        "units_with_one": 0,
        "units_with_enough": 2,
        "units_unresolved": 0,
        "innovations_reported": 6,
        "innovations_scored": 6,
        "innovations_withdrawn": 0,
        "innovations_quarantined": 0,
        "innovations_below_threshold": 2,
        "innovations_not_eligible": 1,
        "threshold": Decimal("70.00"),
        "days_left": 3,
        "pace_per_day": Decimal("0.14"),
        "forecast": 6,
    }
    assert [fact.fact for fact in found.facts] == list(FACTS)
    assert found["units_silent"].names == ("Dinas Perhubungan", "Kecamatan Magelang Utara")
    assert found["innovations_below_threshold"].names == ("Surat Cepat Selesai", "Dapur Umum Cepat")
    assert found["innovations_not_eligible"].names == ("Dapur Umum Cepat",)
    assert "Internal deadline of the city, 12 August 2026" in found["days_left"].rule
    assert all(fact.reason is None and fact.day == ON for fact in found.facts)


def test_what_is_withdrawn_is_gained_by_no_pace(season: Home) -> None:
    kept = [("Dinas Kesehatan", "Satu Sehat Warga", "88,00", "2025-03-01")] * 1
    kept += [("Dinas Kesehatan", "Antre Tanpa Sakit", "74,00", "2025-03-01")]
    kept += [("Dinas Sosial", "Peduli Lansia Kota", "91,00", "2025-03-01")]
    put(season, "magelang/2026/ekspor-3.xls", list_of(*kept))
    found = account(season)
    assert (found["innovations_reported"].value, found["innovations_withdrawn"].value) == (3, 3)
    assert found["pace_per_day"].value == Decimal("-0.07")


def test_a_unit_that_an_unresolved_name_may_mean_is_not_silent(season: Home) -> None:
    rows = [("Dinas Perhubngan Kota", "Halte Pintar Warga", "80,00", "2025-03-01")]
    put(season, "magelang/2026/ekspor-3.xls", portal_list_beside(rows))
    found = account(season)
    assert found["units_silent"].names == ("Kecamatan Magelang Utara",)
    assert found["units_unresolved"].value in (0, 1)  # a rule may tie it by now; then it is no longer silent either


def portal_list_beside(rows: list[tuple[str, str, str, str]]) -> bytes:
    first = ("Dinas Kesehatan", "Satu Sehat Warga", "88,00", "2025-03-01")
    more = [("Dinas Kesehatan", "Antre Tanpa Sakit", "74,00", "2025-03-01")]
    more += [("Dinas Sosial", "Peduli Lansia Kota", "91,00", "2025-03-01")]
    return list_of(first, *more, *rows)


def test_a_threshold_of_an_edition_counts_on_the_scale_of_that_edition(empty_home: Home) -> None:
    scores = (88, 74, 91, 70, 69)
    rows = [["Dinas Kesehatan", f"Inovasi {score}", "Penerapan", score, "Lihat"] for score in scores]
    put(empty_home, "magelang/2024/daftar-2024-08-19.xlsx", portal_list(*rows))
    found = account(empty_home, 2024, date(2024, 8, 19), threshold=Decimal(70))
    assert found["innovations_below_threshold"].names == ("Inovasi 69",)
    fact = found["innovations_not_eligible"]
    assert fact.value is None and "2024" in str(fact.reason)  # the window of 2026 is not that of 2024


def test_without_a_register_and_with_one_list_it_says_what_is_not_known(empty_home: Home) -> None:
    put(
        empty_home,
        "magelang/2026/daftar-2026-08-07.xlsx",
        portal_list(["Dinas Sosial", "Peduli", "Penerapan", 80, "x"]),
    )
    found = account(empty_home)
    unknown = {fact.fact for fact in found.facts if fact.value is None}
    assert unknown == {
        *(name for name in FACTS if name.startswith("units_")),
        "threshold",
        "innovations_below_threshold",
        "pace_per_day",
        "forecast",
        *(() if found.deadline else ("days_left",)),
    }
    assert all(fact.reason and not fact.names for fact in found.facts if fact.value is None)


def test_the_command_gives_types_and_reasons(iga: Callable[..., Ran], example_home: Path) -> None:
    told = iga("facts", "magelang", "2026", "--on", "2026-08-10", "--format", "json", home=example_home).out
    rows = {row["fact"]: row for row in json.loads(told)}
    assert list(rows) == list(FACTS)
    assert set(rows["threshold"]) == {"fact", "value", "unit", "rule", "day", "reason", "names"}
    assert rows["innovations_reported"]["value"] == 104 == len(rows["innovations_reported"]["names"])
    assert rows["innovations_quarantined"]["names"] == [rows["innovations_quarantined"]["names"][0]]
    assert rows["threshold"]["value"] is None and rows["threshold"]["reason"]
    assert rows["days_left"]["value"] == 4 and rows["days_left"]["day"] == "2026-08-10"


def test_a_past_day_has_the_state_of_that_day(example_home: Path) -> None:
    home = Home.at(example_home)
    with open_snapshot(home=example_home) as snapshot:
        past = season_account(snapshot, home, "17.71", 2026, date(2026, 8, 1))
    assert past["innovations_reported"].value == 261
    assert past["pace_per_day"].value == Decimal("1.71")  # 24 more than on 15 July, the last list before 18 July
