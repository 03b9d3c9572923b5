"""Seasons in layers: which receipt counts, who has withdrawn, what a control sheet adds, and what fits nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.lake import LakeFile, parse_into_lake
from etl.layout.declared import load_layouts
from etl.receipt import Receipt
from etl.season.snapshot_tables import Tables, tables_of
from etl.season.withdrawal import with_doubtful_held, withdrawals
from tests.city_files import (
    CONTROL_HEADER,
    EXPORT_HEADER,
    LIST_HEADER,
    REGISTER_HEADER,
    SPD_HEADER,
    Rows,
    exported,
    html_export,
    innovation,
    portal_list,
    workbook,
)
from warehouse.home import Home
from warehouse.set_aside_words import rule_words

BENGKULU, MAGELANG = "17.71", "33.71"

Received = Callable[..., LakeFile]


@pytest.fixture
def received(tmp_path: Path) -> Received:
    """Parse a file as it was received on a day of July 2026."""
    home = Home(tmp_path)
    home.create()

    def receive(
        content: bytes,
        day: int = 1,
        coverage: str = "full",
        region: str = MAGELANG,
        edition: int = 2026,
        is_simulated: bool = False,
        layout: str | None = None,
        arrival: int = 0,
    ) -> LakeFile:
        sha = hashlib.sha256(content).hexdigest()
        received_date = date(2026, 7, day)
        receipt = Receipt(
            sha,
            f"{day}.xlsx",
            region,
            edition,
            received_date,
            layout=layout,
            coverage=coverage,
            is_simulated=is_simulated,
            arrival=arrival,
        )
        return parse_into_lake(home, receipt, lambda: content)

    return receive


def held_reason(receipt: dict[str, Any]) -> str:
    """The words that a reader of the receipt is shown."""
    return rule_words(receipt["held_rule"], "message", receipt["held_detail"])


def scores(*files: LakeFile) -> dict[str, Decimal]:
    """Title -> claimed score of the submissions that count; the order in which files are given does not matter."""
    tables, again = tables_of(files), tables_of(files[::-1])
    submissions = tables["store.submission"]
    assert submissions.equals(again["store.submission"])
    return {
        title: Decimal(score) / 100 for title, score in submissions.select("title", "claimed_score_x100").iter_rows()
    }


def outcomes(tables: Tables) -> list[tuple[int, str]]:
    return tables["source_row"].select("row_number", "outcome").rows()


def test_a_later_full_export_replaces_an_earlier_one(received: Received) -> None:
    first = received(portal_list(innovation("Satu", 50), innovation("Dua", 60)), day=1)
    second = received(portal_list(innovation("Satu", 75), innovation("Dua", 60), innovation("Tiga", 40)), day=9)
    assert scores(first, second) == {"Satu": 75, "Dua": 60, "Tiga": 40}


def test_gone_from_a_full_export_is_withdrawn_and_its_observation_stays(received: Received) -> None:
    first = received(portal_list(innovation("Satu"), innovation("Dua")), day=1)
    second = received(portal_list(innovation("Dua")), day=9)
    assert scores(first, second) == {"Dua": 70}
    observations = tables_of([first, second])["store.observation"]
    assert observations.sort("title", "received_date").select("title", "is_current").rows() == [
        ("Dua", False),
        ("Dua", True),
        ("Satu", False),
    ]


@pytest.mark.parametrize("coverage", ["partial", "correction"])
def test_absence_from_a_partial_file_means_nothing(received: Received, coverage: str) -> None:
    first = received(portal_list(innovation("Satu", 50), innovation("Dua", 60)), day=1)
    second = received(portal_list(innovation("Dua", 66)), day=9, coverage=coverage)
    assert scores(first, second) == {"Satu": 50, "Dua": 66}


def test_what_came_before_a_full_export_is_replaced_by_it_also_where_it_was_partial(received: Received) -> None:
    partial = received(portal_list(innovation("Satu", 50)), day=1, coverage="partial")
    full = received(portal_list(innovation("Dua", 60)), day=9)
    assert scores(partial, full) == {"Dua": 60}


def test_partial_files_alone_add_up(received: Received) -> None:
    first = received(portal_list(innovation("Satu", 50), innovation("Dua", 10)), day=1, coverage="partial")
    second = received(portal_list(innovation("Dua", 60)), day=9, coverage="partial")
    assert scores(first, second) == {"Satu": 50, "Dua": 60}


def test_on_one_day_a_correction_comes_after_a_partial_file_and_that_after_a_full_one(received: Received) -> None:
    full = received(portal_list(innovation("Satu", 10), innovation("Dua", 10), innovation("Tiga", 10)))
    partial = received(portal_list(innovation("Satu", 20), innovation("Dua", 20)), coverage="partial")
    correction = received(portal_list(innovation("Satu", 30)), coverage="correction")
    assert scores(correction, full, partial) == {"Satu": 30, "Dua": 20, "Tiga": 10}


@pytest.mark.parametrize("late", [10, 20, 30])
def test_of_two_full_exports_of_one_day_the_later_one_counts(received: Received, late: int) -> None:
    first = received(portal_list(innovation("Satu", 50), innovation("Dua")), arrival=0)
    second = received(portal_list(innovation("Satu", late)), arrival=1)
    assert scores(first, second) == {"Satu": late}


def test_cities_and_editions_do_not_touch_each_other(received: Received) -> None:
    files = [
        received(portal_list(innovation("Satu", 10)), day=1, region=MAGELANG),
        received(portal_list(innovation("Satu", 20)), day=5, region=BENGKULU),
        received(portal_list(innovation("Satu", 30)), day=9, region=MAGELANG, edition=2025),
    ]
    submissions = tables_of(files)["store.submission"]
    assert submissions.select("region_code", "edition", "claimed_score_x100").rows() == [
        (BENGKULU, 2026, 2000),
        (MAGELANG, 2025, 3000),
        (MAGELANG, 2026, 1000),
    ]
    assert submissions["submission_id"].n_unique() == 3


def test_the_same_innovation_is_known_again_over_the_editions(received: Received) -> None:
    files = [
        received(portal_list(innovation("SLAWE")), edition=2025),
        received(portal_list(innovation("Slawe (lihat indikator 3)")), edition=2026),
    ]
    (row,) = tables_of(files)["innovation"].rows(named=True)
    assert (row["title"], row["first_edition"], row["last_edition"]) == ("Slawe", 2025, 2026)


def test_the_season_is_as_of_its_last_receipt(received: Received) -> None:
    files = [received(portal_list(innovation("Satu"))), received(portal_list(innovation("Dua")), 9, "partial")]
    assert set(tables_of(files)["store.submission"]["as_of"]) == {date(2026, 7, 9)}


def control(*numbers: str, level: int = 2) -> bytes:
    return workbook([CONTROL_HEADER, *([number, "Judul apa saja", "Unit", *[level] * 20] for number in numbers)])


def test_a_control_sheet_fits_by_the_number_of_the_system(received: Received) -> None:
    listed = received(html_export(exported("017", "Satu"), exported("018", "Dua")), region=BENGKULU)
    tables = tables_of([received(control("017"), region=BENGKULU), listed])
    answers = tables["store.answer"].join(tables["store.submission"], on="submission_id")
    assert set(answers["title"]) == {"Satu"}
    assert answers["level"].to_list() == [2] * 20
    assert answers["indicator_key"].null_count() == 0
    assert set(answers["basis"]) == {"level"}


def test_a_row_of_a_control_sheet_that_fits_nothing_is_quarantined_with_its_repeats(received: Received) -> None:
    listed = received(html_export(exported("017", "Satu")), region=BENGKULU)
    sheet = received(control("017", "099", "099"), region=BENGKULU)
    tables = tables_of([sheet, listed])
    rows = tables["source_row"].filter(pl.col("file_sha256") == sheet.receipt.file_sha256)
    assert rows.select("row_number", "outcome", "merged_into").rows() == [
        (1, "structural", None),
        (2, "accepted", None),
        (3, "quarantined", None),
        (4, "quarantined", None),
    ]
    unknown = tables["quarantine"].filter(pl.col("rule") == "innovation_unknown")
    assert unknown.select("row_number", "original_text", "scope").rows() == [(3, "099", "row"), (4, "099", "row")]


@pytest.mark.parametrize(
    ("listed", "number", "fits"),
    [("017", None, True), ("017", "018", False), (None, "1", True), (None, None, True)],
)
def test_a_control_sheet_fits_by_title_and_unit_where_no_number_contradicts(
    received: Received, listed: str | None, number: str | None, fits: bool
) -> None:
    content = html_export(exported(listed, "Satu")) if listed else portal_list(innovation("Satu"))
    line = [number, "SATU", "Dinas Kesehatan", *[2] * 20]
    sheet = received(workbook([CONTROL_HEADER, line]), day=2, region=BENGKULU)
    tables = tables_of([received(content, region=BENGKULU), sheet])
    assert tables["store.answer"].height == (20 if fits else 0)
    assert ("innovation_unknown" in tables["quarantine"]["rule"]) is not fits


@pytest.mark.parametrize(
    ("listed", "sheet", "fits"),
    [
        (["Setwan"], "Sekretariat DPRD", True),
        (["Inspektorat"], "Inspektorat Daerah", True),
        (["SD Negeri 10"], "SDN 11", False),
        (["Dinas Kesehatan"], "Dinas Pendidikan", False),
        (["Setwan", "Sekretariat Dewan Perwakilan Rakyat Daerah"], "Sekretariat DPRD", False),
        (["Setwan", "Sekretariat DPRD"], "Sekretariat DPRD", True),
    ],
)
def test_a_control_sheet_fits_where_its_unit_is_written_in_another_way(
    received: Received, listed: list[str], sheet: str, fits: bool
) -> None:
    content = portal_list(*(innovation("Satu", unit=unit) for unit in listed))
    line = [None, "Satu", sheet, *[2] * 20]
    filled = received(workbook([CONTROL_HEADER, line]), day=2, region=BENGKULU)
    tables = tables_of([received(content, region=BENGKULU), filled])
    assert tables["store.answer"].height == (20 if fits else 0)
    assert ("innovation_unknown" in tables["quarantine"]["rule"]) is not fits


def test_a_control_sheet_of_another_edition_fits_nothing(received: Received) -> None:
    listed = received(html_export(exported("017", "Satu")), region=BENGKULU)
    tables = tables_of([received(control("017"), region=BENGKULU, edition=2025), listed])
    assert tables["store.answer"].is_empty()
    assert "innovation_unknown" in tables["quarantine"]["rule"]


def test_a_later_control_sheet_replaces_the_answers_of_an_earlier_one(received: Received) -> None:
    listed = received(html_export(exported("017", "Satu")), region=BENGKULU)
    early, late = (
        received(control("017", level=1), 2, region=BENGKULU),
        received(control("017", level=3), 3, region=BENGKULU),
    )
    assert set(tables_of([late, listed, early])["store.answer"]["level"]) == {3}


def test_spd_answers_replace_each_other_line_by_line(received: Received) -> None:
    early = received(workbook([SPD_HEADER, ["SPD-01", "x", 1, None, None], ["SPD-03", "x", 1, None, None]]), day=1)
    late = received(workbook([SPD_HEADER, ["spd-01", "x", 3, None, None]]), day=9)
    answers = tables_of([late, early])["store.region_answer"]
    assert answers.select("indicator_number", "level", "basis").rows() == [("1", 3, "level"), ("3", 1, "level")]


def test_an_spd_code_that_the_edition_does_not_know_is_quarantined(received: Received) -> None:
    tables = tables_of(
        [received(workbook([SPD_HEADER, ["SPD-01", "x", 1, None, None], ["SPD-99", "x", 1, None, None]]))]
    )
    assert outcomes(tables) == [(1, "structural"), (2, "accepted"), (3, "quarantined")]
    assert tables["quarantine"]["rule"].to_list() == ["indicator_unknown"]
    assert tables["store.region_answer"]["indicator_number"].to_list() == ["1"]


REGISTER = workbook(
    [
        REGISTER_HEADER,
        ["D1", "Dinas Kesehatan", "OPD", None, "Kesehatan", "Dinkes|DKK"],
        ["P1", "Puskesmas Mawar", "Puskesmas", "D1", None, None],
        ["S1", "SD Negeri 1", "SD", None, None, None],
        ["S2", "SD Negeri 1", "SD", None, None, None],
    ]
)


@pytest.mark.parametrize(
    ("unit", "code", "kind"),
    [
        ("DINAS KESEHATAN", "D1", "opd"),
        ("dkk", "D1", "opd"),
        ("Puskesmas Mawar", "P1", "puskesmas"),
        ("SD Negeri 1", None, "sd"),
        ("Kelurahan Cacaban", None, "kelurahan"),
    ],
)
def test_a_unit_is_known_by_its_name_or_alias_where_only_one_bears_it(
    received: Received, unit: str, code: str | None, kind: str
) -> None:
    tables = tables_of([received(REGISTER), received(portal_list(innovation("Satu", unit=unit)))])
    submission = tables["store.submission"].join(tables["unit"], on="unit_id", how="left").row(0, named=True)
    assert (submission["unit_code"], submission["unit_kind"]) == (code, kind)


def test_an_affair_comes_from_the_units_register_where_the_file_states_none(received: Received) -> None:
    header = [*LIST_HEADER, "Urusan Utama"]
    rows = [[*innovation("Satu"), None], [*innovation("Dua"), "Sosial"]]
    tables = tables_of([received(REGISTER), received(workbook([header, *rows]))])
    submissions = tables["store.submission"].sort("title")
    assert submissions["main_affair_basis"].to_list() == ["file", "unit_register"]
    assert submissions["main_affair_code"].n_unique() == 2
    (lineage,) = tables["history.lineage"].rows(named=True)
    assert lineage["row_id"] == submissions["submission_id"][1]
    origin = tables["source_row"].filter(pl.col("source_id") == lineage["source_id"])
    assert origin["original"].str.contains("Dinas Kesehatan").all()


def test_a_parent_unit_is_tied(received: Received) -> None:
    units = {row["unit_code"]: row for row in tables_of([received(REGISTER)])["unit"].rows(named=True)}
    assert units["P1"]["parent_unit_id"] == units["D1"]["unit_id"]
    assert units["D1"]["parent_unit_id"] is None


def test_the_number_of_each_system_is_kept(received: Received) -> None:
    tables = tables_of([received(html_export(exported("017", "Satu")), region=BENGKULU)])
    (row,) = tables["external_id"].rows(named=True)
    assert (row["external_id"], row["edition"]) == ("017", 2026)
    assert row["innovation_id"] == tables["innovation"]["innovation_id"][0]


def test_the_simulated_mark_travels_with_each_row(received: Received) -> None:
    tables = tables_of([received(portal_list(innovation("Satu")), is_simulated=True)])
    for name in ("receipt", "store.observation", "store.submission", "innovation"):
        assert tables[name]["is_simulated"].to_list() == [True]


def test_a_file_that_is_held_keeps_its_rows_and_its_reason(received: Received) -> None:
    tables = tables_of([received(workbook([["catatan"], ["rapat"]]))])
    (receipt,) = tables["receipt"].rows(named=True)
    assert (receipt["status"], receipt["held_rule"], receipt["row_count"]) == ("held", "layout_unknown", 2)
    assert held_reason(receipt).startswith("Susunan kolom berkas tidak dikenal")
    assert set(tables["source_row"]["outcome"]) == {"quarantined"}


def test_more_than_one_sheet_with_data_is_not_half_read(received: Received) -> None:
    header = [*LIST_HEADER, "Urusan Utama"]
    sheets = {"A": [header, [*innovation("Satu"), None]], "B": [LIST_HEADER, innovation("Dua")]}
    (receipt,) = tables_of([received(workbook(sheets=sheets))])["receipt"].rows(named=True)
    assert (receipt["held_rule"], receipt["quarantined_count"]) == ("sheets_several", 4)


def test_a_hidden_sheet_of_the_same_layout_is_not_read(received: Received) -> None:
    sheets = {"2025": [LIST_HEADER, innovation("Lama")], "2026": [LIST_HEADER, innovation("Baru")]}
    assert scores(received(workbook(sheets=sheets, hidden=["2025"]))) == {"Baru": 70}


def test_two_layouts_that_fit_alike_are_not_chosen_between_until_one_is_stated(received: Received) -> None:
    both = workbook([[*EXPORT_HEADER, "Aksi"], [*exported("1", "Satu"), None]])
    (receipt,) = tables_of([received(both)])["receipt"].rows(named=True)
    assert receipt["held_rule"] == "layout_ambiguous"
    assert "l1_portal_list, l8_html_export" in held_reason(receipt)
    (receipt,) = tables_of([received(both, layout="l8_html_export")])["receipt"].rows(named=True)
    assert (receipt["layout"], receipt["accepted_count"]) == ("l8_html_export", 1)


@pytest.mark.parametrize("layout", ["l9_word", "l8_html_export"])
def test_a_stated_layout_that_is_unknown_or_does_not_fit_holds_the_file(received: Received, layout: str) -> None:
    (receipt,) = tables_of([received(portal_list(innovation("Satu")), layout=layout)])["receipt"].rows(named=True)
    assert receipt["held_rule"] == "layout_unknown"
    assert layout in held_reason(receipt)


def test_no_file_at_all_makes_empty_tables() -> None:
    tables = tables_of([])
    assert all(frame.is_empty() for frame in tables.values())
    assert tables["receipt"].columns[0] == "file_sha256"


def many(*numbers: int, score: int = 50) -> bytes:
    return portal_list(*(innovation(f"Inovasi {number}", score) for number in numbers))


def held_rules(*files: LakeFile) -> list[str | None]:
    return [file.held_rule for file in with_doubtful_held(files)]


@pytest.mark.parametrize(
    ("later", "coverage", "replaces", "rule"),
    [
        (range(20, 40), "full", False, "withdraws_too_many"),
        (range(4), "full", False, "withdraws_too_many"),
        (range(10, 30), "full", False, None),  # half of them: not more than the share
        (range(20, 40), "partial", False, None),
        (range(20, 40), "correction", False, None),
        (range(20, 40), "full", True, None),
    ],
)
def test_a_full_export_that_lacks_most_is_held_until_confirmed(
    received: Received, later: range, coverage: str, replaces: bool, rule: str | None
) -> None:
    first = received(many(*range(20)), arrival=0)
    second = received(many(*later), coverage=coverage, arrival=1)
    second = replace(second, receipt=replace(second.receipt, replaces=replaces))
    assert held_rules(first, second) == [None, rule]
    tables = tables_of(with_doubtful_held([second, first]))
    assert tables["store.submission"].height == {None: 40 if coverage != "full" else 20}.get(rule, 20)
    if rule:
        (receipt,) = tables["receipt"].filter(pl.col("status") == "held").rows(named=True)
        assert "20" in held_reason(receipt) and receipt["quarantined_count"] == receipt["row_count"]
        assert tables["store.observation"].height == 20


def test_an_export_of_another_system_knows_the_same_innovations_by_their_titles(received: Received) -> None:
    first = received(html_export(*(exported(str(n), f"Inovasi {n}") for n in range(20))), region=BENGKULU)
    second = received(many(*range(20), score=60), day=9, region=BENGKULU)
    assert held_rules(first, second) == [None, None]
    submissions = tables_of([first, second])["store.submission"]
    assert submissions["claimed_score_x100"].to_list() == [6000] * 20
    assert tables_of([first])["store.submission"]["submission_id"].sort().equals(submissions["submission_id"].sort())


def test_two_full_exports_of_one_day_are_told_of(received: Received) -> None:
    files = [received(many(1, 2), arrival=0), received(many(3), arrival=1)]
    tables = tables_of(with_doubtful_held(files))
    told = withdrawals(tables["store.observation"], tables["store.submission"], tables["receipt"])
    assert told.select("count", "is_same_day").rows() == [(2, True)]


REVIEW_HEADER = ("Nomor", "Judul", "Pemda", "Waktu Penerapan", "Kematangan", "Skor Verifikasi", "QC", "Hasil QC")


def review(number: str, title: str, claimed: str, verified: str) -> list[Any]:
    return [number, title, "Kota Bengkulu", None, claimed, verified, "SUDAH QC", None]


def test_a_list_of_reviewers_adds_its_scores_and_withdraws_nothing(received: Received) -> None:
    listed = received(
        html_export(exported("020418072031", "Satu"), exported("020418072032", "Dua")), day=1, region=BENGKULU
    )
    reviewed = workbook([REVIEW_HEADER, review("020418072031", "SATU", "70.00", "61.00")])
    rejected = received(reviewed, day=5, region=BENGKULU, layout="l10_review_list")
    rejected = replace(rejected, receipt=replace(rejected.receipt, status="rejected"))
    later = received(
        html_export(exported("020418072031", "Satu", "75,00"), exported("020418072032", "Dua")), day=9, region=BENGKULU
    )
    for files, claimed in (([listed, rejected], 7000), ([listed, rejected, later], 7500)):
        tables = tables_of(files)
        rows = {row["title"]: row for row in tables["store.submission"].iter_rows(named=True)}
        satu = rows["Satu"]
        assert set(rows) == {"Satu", "Dua"}
        assert (satu["claimed_score_x100"], satu["verified_score_x100"], satu["status"]) == (claimed, 6100, "rejected")
        assert (satu["unit_name"], satu["stage"]) == ("Dinas Kesehatan", "implementation")
        assert rows["Dua"]["verified_score_x100"] is None
        origins = tables["history.lineage"].filter(pl.col("row_id") == satu["submission_id"])
        assert set(origins["column_name"]) == {"verified_score_x100", "status"}


def test_a_file_without_a_column_empties_no_field(received: Received) -> None:
    header = [*LIST_HEADER, "Urusan Utama"]
    first = received(workbook([header, [*innovation("Satu", 50), "Kesehatan"]]), day=1)
    without = received(portal_list(innovation("Satu", 60)), day=5)
    emptied = received(workbook([header, [*innovation("Satu", 60), None], [*innovation("Dua"), "Sosial"]]), day=9)
    affairs = [
        tables_of(files)["store.submission"].filter(pl.col("title") == "Satu")["main_affair_code"].item()
        for files in ([first], [first, without], [first, without, emptied])
    ]
    assert affairs[0] is not None and affairs == [affairs[0], affairs[0], None]


PROPOSAL_HEADER = ("ID", "Nama", "Status", "SKPD", "User", "Tahapan")


def proposal(number: str, title: str) -> list[Any]:
    return [number, title, "sent", "Dinas Kesehatan", "admin", "implementasi"]


def test_the_design_of_a_file_is_the_description_of_its_innovation(received: Received) -> None:
    header = [*PROPOSAL_HEADER, "Rancang Bangun"]
    rich = "<p>Posyandu &amp; <b>g</b>izi</p><ul><li>a &lt; b</li></ul><style>p {}</style>"
    stated = received(workbook([header, [*proposal("1", "Satu"), rich], [*proposal("2", "Dua"), "-"]]), day=1)
    later = received(portal_list(innovation("Satu", 60), innovation("Dua", 60)), day=5)
    for files in ([stated], [stated, later]):
        tables = tables_of(files)
        told = dict(tables["store.submission"].select("title", "description").iter_rows())
        assert told == {"Satu": "Posyandu & gizi a < b", "Dua": None}
    assert tables["source_row"]["original"].str.contains("<p>Posyandu &amp;", literal=True).any()
    assert tables_of([later])["store.submission"]["description"].null_count() == 2


def test_numbers_of_two_systems_are_not_the_same_innovation(received: Received) -> None:
    listed = received(html_export(exported("17", "Satu")), region=BENGKULU)
    other = received(
        workbook([PROPOSAL_HEADER, proposal("17", "Lain sama sekali")]), coverage="partial", region=BENGKULU
    )
    assert other.held_rule is None, other.held_detail
    assert set(tables_of([listed, other])["store.submission"]["title"]) == {"Satu", "Lain sama sekali"}


def test_a_returned_control_sheet_changes_its_own_rows_only(received: Received) -> None:
    listed = received(html_export(exported("017", "Satu"), exported("018", "Dua")), region=BENGKULU)
    first = received(control("017", "018", level=1), day=2, region=BENGKULU)
    returned = received(control("018", level=3), day=3, region=BENGKULU, coverage="correction")
    tables = tables_of([returned, first, listed])
    levels = tables["store.answer"].join(tables["store.submission"], on="submission_id").group_by("title")
    assert dict(levels.agg(pl.col("level").unique().implode()).iter_rows()) == {"Satu": [1], "Dua": [3]}


@pytest.mark.parametrize("order", [("Profil", "Indikator"), ("Indikator", "Profil")])
def test_a_form_is_tied_to_its_own_sheet_wherever_that_one_stands(received: Received, order: tuple[str, str]) -> None:
    layout = load_layouts()["l3_profile_workbook"]
    assert layout.indicators is not None
    names = [texts[0] for texts in layout.indicators.headers.values()]
    sheets: dict[str, Rows] = {
        "Profil": [
            ("Nama SKPD", "Dinas Kesehatan"),
            ("Nama Inovasi", "Satu"),
            ("Tahapan Inovasi", "Penerapan"),
            ("Kematangan", "60"),
        ],
        "Indikator": [("No", "Indikator SPD", "Skor"), *((place, name, 2) for place, name in enumerate(names))],
    }
    tables = tables_of([received(workbook(sheets={name: sheets[name] for name in order}), edition=2024)])
    (observed,) = tables["store.observation"]["source_id"]
    (accepted,) = tables["source_row"].filter(pl.col("outcome") == "accepted").select("source_id", "sheet").rows()
    assert accepted == (observed, "Profil")


def test_a_list_of_reviewers_of_the_same_day_is_no_reason_to_hold_an_export(received: Received) -> None:
    numbers = [f"0204180720{place:02}" for place in range(20)]
    reviewed = workbook([REVIEW_HEADER, *(review(number, f"Inovasi {number}", "70.00", "61.00") for number in numbers)])
    listed = html_export(*(exported(number, f"Inovasi {number}") for number in numbers[:4]))
    files = [
        received(reviewed, region=BENGKULU, layout="l10_review_list", arrival=0),
        received(listed, region=BENGKULU, arrival=1),
    ]
    assert held_rules(*files) == [None, None]


def test_a_file_is_held_alike_whoever_finds_the_reason(received: Received) -> None:
    unknown = received(workbook([("Tanpa", "Arti"), (1, 2)]))
    lacking = received(workbook([LIST_HEADER, *(["", f"Inovasi {n}", "Penerapan", 70, "Lihat"] for n in range(40))]))
    withdrawing = with_doubtful_held([received(many(*range(20))), received(many(1), day=2)])[1]
    rules = ["layout_unknown", "too_many_rejected", "withdraws_too_many"]
    assert [file.held_rule for file in (unknown, lacking, withdrawing)] == rules
    for file in (unknown, lacking, withdrawing):
        whole = file.frames["quarantine"].filter(pl.col("scope") == "file")
        assert whole.select("rule", "sheet", "row_number", "detail").rows() == [
            (file.held_rule, None, None, json.dumps(file.held_detail))
        ]
        assert set(file.frames["rows"]["outcome"]) == {"quarantined"}
        assert all(file.frames[name].is_empty() for name in ("records", "answers", "origins"))
    assert lacking.frames["quarantine"].height == 41
