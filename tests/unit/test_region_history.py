"""Regions over the years: one key in all editions, whatever code, name or province a file of that time says."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.history.former_regions import former_note, told_history
from analysis.panel import join_table, read_panel
from reports.pages.basis.blocks import read_basis, scope_of, shown
from reports.pages.city_index.parameters import CityIndexParameters
from tests.city_files import exported, html_export, load, put
from warehouse.home import Home
from warehouse.language import Language
from warehouse.reference import load_reference
from warehouse.region import RegionNotFound, resolve_city, resolve_region, resolve_statement
from warehouse.region_history import former, region_states, stands_in, state_in
from workbench.command import app


def test_the_last_state_of_a_region_is_that_of_the_list_of_regions() -> None:
    today = {row["region_code"]: row for row in load_reference("region").iter_rows(named=True)}
    for code, states in region_states().items():
        last = states[-1]
        assert (last.code, last.valid_to) == (code, None)
        named = (last.full_name, last.province_code, last.province)
        assert named == tuple(today[code][name] for name in ("full_name", "province_code", "province"))
        assert all(one.valid_to == after.valid_from for one, after in pairwise(states))
        assert all(one.valid_from is not None for one in states[1:])


def test_no_former_code_is_another_regions_code_today() -> None:
    today = set(load_reference("region")["region_code"])
    formers = [one.code for states in region_states().values() for one in states[:-1] if one.code != one.region_code]
    assert not today & set(formers)
    moved = {(one.code, one.region_code) for states in region_states().values() for one in states if one.code}
    assert len({code for code, region in moved if code != region}) == 26  # 20 regencies of Papua, 6 of Papua Barat


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91.01", "93.01"), ("9101", "93.01"), ("91.28", "94.08"), ("91.24", "95.08"), ("92.71", "96.71"),
        ("92.10", "96.05"), ("91.03", "91.03"), ("92.02", "92.02"), ("Toba Samosir", "12.12"),
        ("Kab. Toba Samosir", "12.12"), ("kabupaten_maluku_tenggara_barat", "81.03"), ("Mamuju Utara", "76.01"),
    ],
)  # fmt: skip
def test_a_former_code_or_name_means_the_region_that_bore_it(text: str, code: str) -> None:
    assert resolve_city(text).region_code == code
    assert (former(text) is not None) == (resolve_city(text).region_code != text and not text.startswith(code))


def test_a_statement_may_name_the_province_of_its_time() -> None:
    for province in ("Papua", "Papua Selatan"):
        assert resolve_statement("kabupaten", "Merauke", province) == ("93.01", "name")
    assert resolve_statement("kabupaten", "Merauke", "Papua Barat") == (None, "unresolved")
    assert resolve_region("Sorong", region_type="kota", province="Papua Barat").region_code == "96.71"
    with pytest.raises(RegionNotFound):
        resolve_city("91.29")


@pytest.mark.parametrize(
    ("code", "edition", "province"),
    [("93.01", 2021, "Papua"), ("93.01", 2022, "Papua"), ("93.01", 2023, None), ("96.71", 2022, "Papua Barat")],
)
def test_a_region_stands_in_the_province_in_which_the_editions_year_began(
    code: str, edition: int, province: str | None
) -> None:
    state = state_in(code, edition)
    assert (state and state.province) == province


def test_a_province_stands_from_the_year_of_its_law_on() -> None:
    assert [stands_in("93", year) for year in (2021, 2022, 2026)] == [False, True, True]
    assert stands_in("17.71", 2018) and stands_in("93.01", 2018)


def test_the_history_is_told_with_days_and_regulations() -> None:
    assert told_history("93.01", Language("en")) == [
        "Bore the code 91.01 until 9 November 2022 (Kepmendagri 100.1.1-6117/2022).",
        "Belonged to Papua until 25 July 2022 (UU 14/2022).",
    ]
    assert told_history("12.12", Language("id")) == [
        "Bernama Kabupaten Toba Samosir sampai 26 Februari 2020 (PP 14/2020)."
    ]
    assert told_history("93", Language("en")) == ["Stands since 25 July 2022 (UU 14/2022)."]
    assert told_history("17.71", Language("en")) == []
    assert former_note("17.71", Language("en")) is None


@pytest.fixture(scope="module")
def papua(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Merauke's exports of 2021 under its code of that time and of 2026 under today's, beside two neighbours."""
    home = Home.at(tmp_path_factory.mktemp("papua"))
    home.create()
    scores = {"91.01/2021": "60,00", "93.01/2026": "70,00", "91.03/2021": "50,00", "91.03/2026": "55,00"}
    for place, score in scores.items():
        put(home, f"{place}/ekspor.xls", html_export(exported("1", "Satu Layanan", score)))
    load(home)
    return home


def test_an_export_under_a_former_code_counts_for_todays_region(papua: Home) -> None:
    with open_snapshot(home=papua.root) as snapshot:
        seasons = snapshot.sql("select region_code, edition from submission order by all").rows()
        assert seasons == [("91.03", 2021), ("91.03", 2026), ("93.01", 2021), ("93.01", 2026)]
        texts = snapshot.sql("select region_text, region_code from receipt where region_text is not null").rows()
        assert texts == [("91.01", "93.01")]
        assert (
            snapshot.sql("select count(distinct innovation_id) from submission where region_code = '93.01'").item() == 1
        )
        succeeded = "select successor_code, valid_from, source from region_succession where region_code = '91.01'"
        assert snapshot.sql(succeeded).rows() == [("93.01", date(2022, 11, 9), "kepmendagri_100.1.1-6117_2022")]


def test_a_ranking_by_province_takes_the_province_of_the_editions_time(papua: Home) -> None:
    with open_snapshot(home=papua.root) as snapshot:
        old, new = (snapshot.rank(year, rules=2026, scope="province").frame for year in (2021, 2026))
    assert set(old["scope"]) == {"Papua"}
    assert set(new["scope"]) == {"Papua", "Papua Selatan"}


def test_a_panel_keeps_one_key_over_the_years(papua: Home) -> None:
    with open_snapshot(home=papua.root) as snapshot:
        panel = read_panel(snapshot, cities=["91.01", "Papua Selatan"], editions=range(2021, 2024))
    keys = panel.frame.select("region_code", "edition", "province").sort("region_code", "edition").rows()
    assert keys == [
        ("93", 2022, "Papua Selatan"),
        ("93", 2023, "Papua Selatan"),
        ("93.01", 2021, "Papua"),
        ("93.01", 2022, "Papua"),
        ("93.01", 2023, "Papua Selatan"),
    ]
    own = pl.DataFrame({"kode": ["91.01", "93.01"], "tahun": [2022, 2023], "x": [1, 2]})
    joined = join_table(panel.frame, own, region="kode", edition="tahun", prefix="own").filter(region_code="93.01")
    assert dict(joined.select("edition", "own_x").iter_rows()) == {2021: None, 2022: 1, 2023: 2}


def _said(home: Home, *words: str) -> str:
    ran = CliRunner().invoke(app, [*words, "--home", str(home.root), "--lang", "en"], catch_exceptions=False)
    return " ".join(ran.output.split())


def test_the_commands_say_whom_a_former_code_means(papua: Home) -> None:
    told = "91.01 is what Kabupaten Merauke (93.01) was called until 9 November 2022"
    assert told in _said(papua, "ingest")
    assert told in _said(papua, "status")
    traced = _said(papua, "trace", "91.01", "2021", "--column", "title")
    assert "Kabupaten Merauke: Belonged to Papua until 25 July 2022 (UU 14/2022)." in traced


def test_the_page_of_a_region_tells_what_it_was_before(papua: Home) -> None:
    scope = scope_of(CityIndexParameters(city="93.01", edition=2026))
    with open_snapshot(home=papua.root) as snapshot:
        assert "Bore the code 91.01 until 9 November 2022" in shown(read_basis(snapshot, scope, "en")).html
