"""Files of targets as planners keep them: what an office program wrote, and what a home says before the package."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from analysis.season.target_files import TargetsInvalid, read_targets
from analysis.season.targets import Targets, lead_times_of, targets_of
from iga.rulebook import shipped_rulebooks
from warehouse.home import Home

BENGKULU = "17.71"
DEADLINES = "region_code,edition,kind,phase,date,source,confidence,note"
THRESHOLDS = "region_code,edition,valid_from,threshold,source,confidence,note"


def laid(folder: Path, name: str, content: str | bytes) -> Home:
    path = folder / "targets" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Home.at(folder)


def at(home: Home, edition: int, on: date, closing: date | None = None) -> Targets:
    return targets_of(BENGKULU, edition, on, home, closing_date=closing)


@pytest.mark.parametrize(
    "content",
    [
        f"{DEADLINES}\n17.71,2026,internal,input,2026-12-20,surat sekda,high,mundur\n",
        f"\ufeff{DEADLINES}\r\n17.71,2026,internal,input,2026-12-20,surat sekda,high,mundur\r\n,,,,,,,\r\n",
        f"{DEADLINES}\n17.71,2026,internal,input,20/12/2026,surat sekda,high,mundur\n".replace(",", ";"),
        f"sep=;\n{DEADLINES}\n17.71,2026,internal,input,20-12-2026,surat sekda,,\n".replace(",", ";"),
        f"{DEADLINES}\n Kota Bengkulu ,2026, internal,input, 2026-12-20 00:00:00 ,surat sekda,high,\n",
        f"{DEADLINES}\n17.71,2026.0,,,2026-12-20,surat sekda,high,\n",
        f"{DEADLINES}\n17.71,2026,internal,input,2026-12-20,surat sekda,high,“mundur”\n".encode("cp1252"),
        f"{DEADLINES}\n17.71,2026,internal,input,2026-12-20,surat sekda,high,mundur\n".encode("utf-16"),
        "Region_Code,Edition,Kind,Date,Source\nbengkulu,2026,internal,2026-12-20,surat sekda\n",
    ],
)
def test_a_deadline_however_an_office_program_wrote_it(content: str | bytes, tmp_path: Path) -> None:
    [ministry, internal] = at(laid(tmp_path, "deadlines", content), 2026, date(2026, 8, 1), date(2026, 8, 14)).deadlines
    assert (ministry.day, ministry.source) == (date(2026, 8, 14), "receipt")
    assert (internal.kind, internal.day, internal.source) == ("internal", date(2026, 12, 20), "surat sekda")


def test_a_deadline_of_the_home_stands_instead_of_the_packaged_one_of_its_kind(tmp_path: Path) -> None:
    home = laid(tmp_path, "deadlines", f"{DEADLINES}\n17.71,2025,internal,input,2025-08-01,surat sekda,high,mundur\n")
    assert [(each.kind, each.day) for each in at(home, 2025, date(2025, 7, 1)).deadlines] == [
        ("internal", date(2025, 8, 1)),
        ("ministry", date(2025, 8, 23)),
    ]
    home = laid(tmp_path, "deadlines", f"{DEADLINES}\n17.71,2025,ministry,input,2025-09-01,surat BSKDN,high,mundur\n")
    assert [(each.kind, each.day) for each in at(home, 2025, date(2025, 7, 1)).deadlines] == [
        ("internal", date(2025, 7, 23)),
        ("ministry", date(2025, 9, 1)),
    ]
    others = targets_of("33.71", 2025, date(2025, 7, 1), home).deadlines
    assert [each.day for each in others] == [date(2025, 8, 23)]


def test_a_threshold_of_the_home_stands_instead_of_the_packaged_ones_of_its_edition(tmp_path: Path) -> None:
    home = laid(tmp_path, "thresholds", f"{THRESHOLDS}\n17.71,2024,2024-07-12,70.5,surat sekda,high,\n")
    stated = {day: at(home, 2024, day).threshold for day in (date(2024, 7, 11), date(2024, 7, 12), date(2026, 8, 1))}
    values = [None if each is None else each.value for each in stated.values()]
    # The packaged one of September comes later, and the city says otherwise.
    assert values == [Decimal("70.00"), Decimal("70.50"), Decimal("70.50")]
    assert (
        at(home, 2025, date(2025, 8, 1)).threshold == at(Home.at(tmp_path / "none"), 2025, date(2025, 8, 1)).threshold
    )


@pytest.mark.parametrize("cell", ["70,5", "70.5", '"70,5"'])
def test_a_threshold_without_a_day_or_a_source_holds_always(cell: str, tmp_path: Path) -> None:
    home = laid(tmp_path, "thresholds", f"region_code;edition;valid_from;threshold\n17.71;2026;;{cell}\n")
    threshold = at(home, 2026, date(2026, 1, 1)).threshold
    assert threshold is not None
    assert (threshold.value, threshold.source) == (Decimal("70.50"), "targets/thresholds.csv")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("17.71,2026,besok,70,surat,high,", "valid_from"),
        ("17.71,2026,2026-07-01,tujuh puluh,surat,high,", "threshold"),
        ("17.71,dua ribu,2026-07-01,70,surat,high,", "edition"),
        ("17.71,2026,2026-07-01,70,5,surat,high,naik", "more cells than columns"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_cell(row: str, told: str, tmp_path: Path) -> None:
    home = laid(tmp_path, "thresholds", f"{THRESHOLDS}\n{row}\n")
    with pytest.raises(TargetsInvalid, match=told) as raised:
        read_targets("thresholds", home)
    assert raised.value.exit_code == 2


def test_a_required_number_counts_however_its_codes_are_capitalised(tmp_path: Path) -> None:
    rows = "region_code,edition,phase,unit_kind,required_count\n17.71,2026,Input,OPD,3\n17.71,2026,,sd,1\n"
    required = at(laid(tmp_path, "required_innovations", rows), 2026, date(2026, 8, 1)).required
    assert {kind: stated.value for kind, stated in required.items()} == {"opd": 3, "sd": 1}


def test_a_column_that_tells_what_holds_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(TargetsInvalid, match="threshold"):
        read_targets("thresholds", laid(tmp_path, "thresholds", "region_code,edition,valid_from\n17.71,2026,\n"))


def test_a_lead_time_of_the_home_for_every_step_stands_before_the_packaged_ones_of_single_steps(
    tmp_path: Path,
) -> None:
    rules = shipped_rulebooks().of(2026)
    [regulation] = [group for group in rules.sid_groups if group.key == "regulation"]
    rows = "regulation,,7,SK,high,,\nregulation,2,21,SK,high,,\n"
    home = laid(tmp_path, "lead_times", f"indicator_key,step,lead_days,source,confidence,note_id,note_en\n{rows}")
    days = {
        level: time.days for (number, level), time in lead_times_of(rules, home).items() if number == regulation.number
    }
    assert days == {1: 7, 2: 21, 3: 7}
