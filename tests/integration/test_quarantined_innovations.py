"""Innovations in quarantine of the example inbox: in the bounds, in coverage, and the same in every answer."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from analysis import open_snapshot
from analysis.history.trace.figure_cells import column_letters
from analysis.history.trace.quarantined_cells import trace_season
from analysis.index.hand_check import counted_innovations
from analysis.index.recompute import index_under, stored_rows
from analysis.season.account import season_account
from analysis.season.frames import read_season_frames
from analysis.season.quarantined import quarantined_innovations
from analysis.season.words import account_lines
from etl.cells.sheets import as_text, read_cells
from reports.pages.city_index.calculation import calculations_of
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import read_city_season
from reports.render.check_sheet import COLUMNS, _Exact
from tests.city_files import innovation, load, portal_list, put, workbook
from tests.conftest import ROOT, Ran
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.snapshot import Snapshot

BANDAR_LAMPUNG, MAGELANG, BENGKULU = "18.71", "33.71", "17.71"


def stated(snapshot: Snapshot, region_code: str, edition: int = 2026) -> tuple[object, ...]:
    columns = "iid_lower, iid_upper, iid, coverage, quarantined_count, innovation_count"
    [row] = snapshot.sql(
        f"select {columns} from region_index where region_code = $region and edition = $edition and rulebook = '2026'",
        {"region": region_code, "edition": edition},
    ).rows()
    return row


def test_a_score_that_is_no_number_widens_the_index_of_magelang(example: Snapshot) -> None:
    # Beside 103 innovations one has "belum diisi" for a score: 0 to 111 points of it.
    bounds = (Decimal("71.93"), Decimal("73.59"), None)
    assert stated(example, MAGELANG) == (*bounds, "spd_partial|in_quarantine:1", 1, 103)


def test_the_parts_of_a_row_give_bandar_lampung_its_index_though_it_is_not_complete(example: Snapshot) -> None:
    index = Decimal("83.10")
    assert stated(example, BANDAR_LAMPUNG) == (index, index, index, "in_quarantine:1|value_in_quarantine:1", 1, 340)
    [row] = quarantined_innovations(example, BANDAR_LAMPUNG, 2026).to_dicts()
    assert (row["maturity_lower_x100"], row["maturity_upper_x100"], row["row_number"]) == (5800, 5800, 121)
    assert (row["rule"], row["unit_name"]) == ("score_out_of_range", "Kelurahan Sukaraja")


def test_what_a_later_export_put_right_is_in_quarantine_until_that_day(example: Snapshot) -> None:
    assert stated(example, BENGKULU)[3:5] == ("complete", 0)
    assert quarantined_innovations(example, BENGKULU, 2026).is_empty()
    days = example.sql("select title, valid_from, valid_to from history.quarantined_innovation where edition = 2026")
    told = {str(title)[:8]: (since, until) for title, since, until in days.rows()}
    since, until = told["SABESEKE"]
    assert (since.isoformat(), until.isoformat()) == ("2026-07-15", "2026-07-31")
    past = "select coverage from history.region_index where region_code = $region and valid_from = $since"
    assert example.sql(past, {"region": BENGKULU, "since": since})["coverage"].str.contains("in_quarantine:1").all()


def test_an_index_computed_anew_is_the_one_that_is_kept(example: Snapshot) -> None:
    keys = ["region_code", "edition", "rulebook", "score_kind"]
    names = [*keys, "iid_lower", "iid_upper", "coverage", "quarantined_count", "innovation_count"]
    anew = index_under(stored_rows(example), score_kinds=("claimed", "verified", "final")).select(names)
    kept = example.sql("select * from region_index").select(names)
    assert anew.cast(dict(kept.schema)).sort(keys).equals(kept.sort(keys))


@pytest.mark.parametrize("city", ["magelang", "bandar-lampung"])
@pytest.mark.parametrize("edition", [2024, 2026])
def test_the_calculation_by_hand_agrees_with_the_index(example: Snapshot, city: str, edition: int) -> None:
    season = read_city_season(example, CityIndexParameters.model_validate({"city": city, "edition": edition}))
    for calculation in calculations_of(season):
        exact = _Exact(calculation)
        for end in COLUMNS:
            assert exact.index(end) == getattr(calculation.iid, end), (calculation.rulebook, end)
        # Only then the check sheet says that its count of scored innovations has those in quarantine.
        assert calculation.has_quarantined is any("inovasi dalam karantina" in gap for gap in calculation.gaps)


def test_a_plan_begins_with_the_submissions_alone(example: Snapshot) -> None:
    frames = read_season_frames(example, BANDAR_LAMPUNG, 2026)
    assert frames.index()["iid_x100"] == 8313 and frames.stated_index()["iid_x100"] == 8310
    assert counted_innovations(frames).filter(pl.col("is_quarantined"))["maturity_lower"].to_list() == [
        Decimal("58.00")
    ]


def test_coverage_says_in_words_how_many(iga: Callable[..., Ran], example_home: Path) -> None:
    ran = iga("explain", "magelang", "2024", "2026", home=example_home, lang="id")
    told = " ".join(ran.out.split())
    assert "1 inovasi dalam karantina" in told and "2 inovasi dalam karantina" in told
    ran = iga("explain", "magelang", "2024", "2026", home=example_home, lang="en")
    told = " ".join(ran.out.split())
    assert "1 innovation in quarantine" in told and "2 innovations in quarantine" in told


def cells_in_quarantine(snapshot: Snapshot, city: str, **asked: str) -> list[tuple[object, ...]]:
    columns = ("label", "file_name", "sheet", "row_number", "cell", "original_text", "value")
    return trace_season(snapshot, city, 2026, **asked).filter(figure="quarantine").select(columns).rows()


def test_a_trace_lists_the_cells_that_keep_an_innovation_in_quarantine(example: Snapshot, example_home: Path) -> None:
    rule_of = {BANDAR_LAMPUNG: "score_out_of_range", MAGELANG: "number_invalid"}
    for city, rule_told in rule_of.items():
        [(title, file, sheet, row, cell, words, rule)] = cells_in_quarantine(
            example, city, column="innovations_quarantined"
        )
        sheets = read_cells((example_home / "inbox" / str(file)).read_bytes())[1]
        line = next(one for one in sheets if one.name == sheet).rows[int(str(row)) - 1]
        assert str(cell).rstrip("0123456789") == column_letters([as_text(text) for text in line].index(str(words)) + 1)
        assert title in [as_text(text).strip() for text in line] and rule == rule_told
        assert len(cells_in_quarantine(example, city)) == len(cells_in_quarantine(example, city, column="iid")) == 1
        by_title = trace_season(example, city, 2026, innovation=str(title))
        assert by_title["figure"].to_list() == ["quarantine"] and by_title["original_text"].item() == words
        assert cells_in_quarantine(example, city, column="spd_score") == []
        assert cells_in_quarantine(example, city, column="claimed_score") and not cells_in_quarantine(
            example, city, column="title"
        )
    assert cells_in_quarantine(example, BANDAR_LAMPUNG, unit="kelurahan sukaraja")
    assert trace_season(example, BENGKULU, 2026, column="innovations_quarantined").is_empty()
    with pytest.raises(UnknownName):
        trace_season(example, MAGELANG, 2026, innovation="Tidak ada")


def test_status_names_the_innovations_in_quarantine_beside_those_that_stand(
    iga: Callable[..., Ran], example_home: Path
) -> None:
    told = iga("status", "--city", "magelang", "--edition", "2026", "--on", "2026-08-10", home=example_home, lang="id")
    assert "103 + 1" in told.out and "Inovasi + di karantina" in " ".join(told.out.replace("┃", " ").split())
    [row] = json.loads(
        iga("status", "--city", "magelang", "--edition", "2026", "--format", "json", home=example_home).out
    )
    assert (row["innovations"], row["innovations_quarantined"], row["quarantined"]) == (103, 1, 1)


def test_facts_name_the_files_that_are_held(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/a.xlsx", portal_list(innovation("Satu")))
    put(empty_home, "bengkulu/2026/rusak.xlsx", workbook([["Entah", "Apa"], ["1", "2"]]))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        account = season_account(snapshot, empty_home, BENGKULU, 2026, date(2026, 8, 10))
    reported = account["innovations_reported"]
    assert reported.value == 1
    assert reported.reason == (
        "1 berkas ditahan, tidak satu pun barisnya dihitung sampai berkas itu terbaca: rusak.xlsx."
    )
    assert account["innovations_quarantined"].value == 0 and account["innovations_scored"].reason is None
    assert reported.reason in account_lines(account, Language("id"))


def test_facts_of_a_former_snapshot_do_not_say_that_nothing_is_in_quarantine(tmp_path: Path) -> None:
    with tarfile.open(ROOT / "tests" / "fixtures" / "schema_5" / "backup.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")
    home = Home(tmp_path)
    with open_snapshot(home=home.root) as snapshot:
        account = season_account(snapshot, home, MAGELANG, 2026, date(2026, 8, 10))
    quarantined, reported = account["innovations_quarantined"], account["innovations_reported"]
    assert quarantined.value is None and quarantined.reason == reported.reason and "muat ulang" in str(reported.reason)
