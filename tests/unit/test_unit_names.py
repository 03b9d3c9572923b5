"""Names of units: what they are tied to, what a home keeps about them, and which units are open for their sake."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.season.balance import read_balance
from analysis.season.readiness import read_readiness
from analysis.season.unit_names import (
    UNRESOLVED_SCHEMA,
    candidates_of,
    confirm_unit_name,
    open_unit_ids,
    unresolved_names,
)
from etl.outgoing.template import places_in_register, template_workbook
from etl.season.unit_ties import _Register
from tests.city_files import DAY, LIST_HEADER, REGISTER_HEADER, innovation, load, parsed, put, workbook
from tests.unit_register import register_of, units_of
from warehouse.errors import HomeUnusable, UnknownName
from warehouse.home import Home
from warehouse.reference import load_reference
from warehouse.unit_answers import FILE, UnitAnswers, keep_unit_answer, unit_answers_of
from warehouse.unit_name_rules import KnownUnit, UnitNames, kind_by_name, load_unit_words, readings_of
from workbench.command import app

EDITION = 2026
UNITS = [unit for unit in units_of("17.71") if unit.unit_code != "S21"]  # which the register itself says is now SDN 20
NAMES = UnitNames("17.71", UNITS)
WRITTEN = sorted(
    {unit.name for unit in UNITS}
    | {"SDN 05", "Satpol PP", "Kel. Pagar Dewa", "Bag. Umum Setda", "BKD", "SDN 5/2", "Dinas Kesehatan Kota Padang"}
    | {"DP3A", "UPTD SPF SDN 15", "Diskominfo", "Kel. Pagar Dewa Kec. Selebar", "Kec. Gading Cempka", "Selebar", "SDN"}
)


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A name, and the same with other capitals, spaces, punctuation and signs that nobody sees."""
    name = draw(st.sampled_from(WRITTEN))
    words = name.replace("/", " / ").split(" ")
    gaps = st.sampled_from([" ", "  ", "\u00a0", ". ", ", ", " - ", "\t", "\u200b ", "_", "/"])
    written = words[0]
    for word in words[1:]:
        written += draw(gaps) + word
    turned = "".join(sign.upper() if draw(st.booleans()) else sign.lower() for sign in written)
    around = st.sampled_from(["", " ", '"', "\ufeff", "*", "( "])
    return name, draw(around) + turned + draw(st.sampled_from(["", " ", ".", '"', ")", " \u200e"]))


@settings(max_examples=150, deadline=None)
@given(spellings())
def test_capitals_spaces_and_punctuation_never_change_the_answer(spelling: tuple[str, str]) -> None:
    name, written = spelling
    assert NAMES.unit_of(written, EDITION) == NAMES.unit_of(name, EDITION)
    asked = candidates_of([name, written], UNITS, "17.71")
    assert asked[written] == asked[name]


KIND_WORDS = ("SDN", "SD Negeri", "SMPN", "SMP N", "Kec.", "Kel.", "UPTD Puskesmas", "PKM", "Bag.", "Dinas", "UPTD", "")
NAMED = ("Selebar", "Pagar Dewa", "Anggrek", "Umum", "Kesehatan", "Kandang", "Kota Bengkulu", "Negeri", "Melati", "")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(KIND_WORDS),
    st.sampled_from(NAMED),
    st.one_of(st.just(""), st.integers(0, 120).map(str), st.integers(0, 30).map(lambda n: f"0{n}")),
    st.sampled_from(("", "Kota Bengkulu", "Kec. Selebar", "Kec. Kampung Melayu", "Setda")),
)
def test_no_name_means_a_unit_of_another_kind_or_number(kind: str, named: str, number: str, behind: str) -> None:
    name = " ".join((kind, named, number, behind))
    unit = NAMES.unit_of(name, EDITION)
    proposed = [one.unit for one in candidates_of([name], UNITS, "17.71")[name]]
    for reading in readings_of(name, "17.71"):
        for one in [*([unit] if unit else []), *proposed]:
            (own,) = one.readings("17.71")
            assert reading.kind in (own.kind, "other")
            assert not reading.numbers or not own.numbers or reading.numbers == own.numbers
    if unit is not None:
        (own,) = unit.readings("17.71")
        assert {reading.numbers for reading in readings_of(name, "17.71")} == {own.numbers}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Kec. Selebar", "kecamatan"), ("Kel Malabero", "kelurahan"), ("PKM Anggrek", "puskesmas"), ("DP3A", "opd"),
        ("SD N 5", "sd"), ("SMPN 3", "smp"), ("Bag. Hukum", "bagian"), ("Masyarakat", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_a_name_says_its_kind(name: str, kind: str) -> None:
    assert kind_by_name(name) == kind


def test_a_short_form_never_ties_what_it_only_proposes() -> None:
    words = load_unit_words()
    assert not words.written_out.keys() & words.may_mean.keys()


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("KelurahanJagabaya", "Kelurahan Jagabaya"),
        ("KECAMATANWay Halim", "Kecamatan Way Halim"),
        ("PuskesmasSukamaju", "Puskesmas Sukamaju"),
        ("DinasKesehatan", "Dinas Kesehatan"),
    ],
)
def test_a_name_without_the_space_behind_its_kind_is_asked(written: str, unit: str) -> None:
    kinds = {"Kelurahan": "kelurahan", "Kecamatan": "kecamatan", "Puskesmas": "puskesmas", "Dinas": "opd"}
    units = [
        KnownUnit(name, name, name, kinds[name.split()[0]])
        for name in (unit, "Dinas Sosial", "Kelurahan Sepang", "Kecamatan Labuhan", "Puskesmas Satelit")
    ]
    assert UnitNames("18.71", units).unit_of(written, 2026) is None  # it is asked, not taken for granted
    assert [each.unit.name for each in candidates_of([written], units, "18.71")[written]] == [unit]


def test_the_rules_are_not_looked_at_where_the_register_has_the_name() -> None:
    """A load of many regions reads the names of a register by rule only where one is written otherwise."""
    units = register_of("17.71")
    register = _Register("17.71", units, UnitAnswers())
    assert all(register.unit_id_of(name.upper(), 2026) for name in units.filter(pl.col("valid_to").is_null())["name"])
    assert "_by_kind" not in vars(register.names)
    assert register.unit_id_of("Satpol PP", 2026) is not None
    assert "_by_kind" in vars(register.names)


@pytest.mark.parametrize(
    ("name", "edition", "unit"),
    [
        ("Dinas Komunikasi dan Informatika", 2023, "K1"),
        ("Dinas Komunikasi dan Informatika", 2026, "K2"),
        ("DINAS KOMUNIKASI, INFORMATIKA DAN PERSANDIAN", 2024, "K2"),
        ("Dinas Pertamanan", 2026, "P1"),  # nobody says what became of it: it stays with the unit that once bore it
        ("BKD", 2026, None),
    ],
)
def test_a_name_ties_to_the_unit_that_took_the_place_of_the_one_that_bore_it(
    name: str, edition: int, unit: str | None
) -> None:
    unit_id = _Register("17.71", register_of("17.71"), UnitAnswers()).unit_id_of(name, edition)
    assert unit_id == (None if unit is None else f"unit {unit}")


# What a home keeps and a load reads.

REGISTER = workbook(
    [
        [*REGISTER_HEADER, "Berlaku Sampai"],
        ["D0", "Dinas Pertamanan", "OPD", None, None, None, "2022-12-31"],
        ["D1", "Dinas Kesehatan", "OPD", None, None, None],
        ["D2", "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia", "OPD", None, None, None],
        ["D3", "Badan Keuangan Daerah", "OPD", None, None, None],
        ["D4", "Dinas Perhubungan", "OPD", None, None, None],
        ["C1", "Kecamatan Selebar", "Kecamatan", None, None, None],
    ]
)


WRITTEN_UNITS = (("A", "Dinkes"), ("B", "BKD"), ("C", "Masyarakat"), ("D", "Dinas Pertamanan"))


@pytest.fixture(scope="module")
def loaded_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose files name Dinkes, a BKD that may be two offices, the public and a former office; to be read."""
    empty_home = Home.at(tmp_path_factory.mktemp("loaded") / "home")
    rows = [innovation(title, unit=unit) for title, unit in WRITTEN_UNITS]
    put(empty_home, "bengkulu/2026/daftar.xlsx", workbook([LIST_HEADER, *rows]))
    put(empty_home, "bengkulu/2026/unit.xlsx", REGISTER)
    load(empty_home)
    return empty_home


@pytest.fixture
def home(loaded_home: Home, tmp_path: Path) -> Home:
    """The same home, to be changed."""
    return Home.at(shutil.copytree(loaded_home.root, tmp_path / "home"))


def test_a_name_that_no_rule_ties_is_listed_and_opens_what_it_may_mean(home: Home) -> None:
    with open_snapshot(home=home.root) as snapshot:
        names = unresolved_names(snapshot, home, "17.71", EDITION)
        assert names.schema == pl.Schema(UNRESOLVED_SCHEMA)
        listed = {row["unit_name"]: row for row in names.iter_rows(named=True)}
        assert listed.keys() == {"BKD", "Masyarakat", "Dinas Pertamanan"}
        assert listed["BKD"]["question"].startswith("Maksud Anda Bada")
        assert (listed["BKD"]["unit_kind"], listed["BKD"]["innovation_count"]) == ("opd", 1)
        assert listed["Masyarakat"]["candidate_1_id"] is None
        codes = dict(snapshot.sql("select unit_id, unit_code from unit").iter_rows())
        assert {codes[one] for one in open_unit_ids(snapshot, home, "17.71", EDITION)} == {"D2", "D3"}
        found = read_readiness(snapshot, home, "17.71", EDITION, DAY)
        assert set(found.units.filter("is_open")["unit_name"].str.head(5)) == {"Badan"}
        assert read_balance(snapshot).unit_unknown_count == 2


def test_nobody_knows_which_names_are_open_without_a_register(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/daftar.xlsx", workbook([LIST_HEADER, innovation("A", unit="Dinkes")]))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        assert unresolved_names(snapshot, empty_home, "17.71", EDITION).is_empty()
        assert open_unit_ids(snapshot, empty_home, "17.71", EDITION) == frozenset()


def test_an_answer_counts_from_the_next_load_on_and_names_another_snapshot(home: Home) -> None:
    with open_snapshot(home=home.root) as snapshot:
        before = snapshot.snapshot_id
        assert confirm_unit_name(home, "17.71", "b.k.d", "D2", snapshot=snapshot) == "D2"
        assert confirm_unit_name(home, "17.71", "Masyarakat", None) == "not_ours"
        assert confirm_unit_name(home, "17.71", "Dinas Pertamanan", "not_ours") == "not_ours"
        # Until it is loaded, the unit that was named is open, and no other one.
        (row,) = unresolved_names(snapshot, home, "17.71", EDITION).iter_rows(named=True)
        assert (row["unit_name"], row["answer"], row["candidate_2_id"]) == ("BKD", "D2", None)
        assert open_unit_ids(snapshot, home, "17.71", EDITION) == {row["candidate_1_id"]}
    assert load(home).snapshot_id != before
    with open_snapshot(home=home.root) as snapshot:
        assert unresolved_names(snapshot, home, "17.71", EDITION).is_empty()
        tied = snapshot.sql("select s.unit_name, u.unit_code from submission as s left join unit as u using (unit_id)")
        assert dict(tied.iter_rows()) == dict(
            zip(("Dinkes", "BKD", "Masyarakat", "Dinas Pertamanan"), ("D1", "D2", None, None), strict=True)
        )
        assert read_balance(snapshot).unit_unknown_count == 0
    assert not load(home).is_new


def test_an_answer_counts_in_its_own_region_only(home: Home) -> None:
    keep_unit_answer(home, "33.71", "BKD", "D2")
    assert not load(home).is_new
    with open_snapshot(home=home.root) as snapshot:
        assert "BKD" in unresolved_names(snapshot, home, "17.71", EDITION)["unit_name"].to_list()


@pytest.mark.parametrize("unit", ["D9", ""])
def test_only_a_unit_of_the_register_can_be_confirmed(home: Home, unit: str) -> None:
    with pytest.raises(UnknownName):
        confirm_unit_name(home, "17.71", "BKD", unit)
    assert not (home.root / FILE).exists()


def test_what_a_person_wrote_into_the_file_stays(home: Home) -> None:
    path = home.root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        '\ufeff# milik kami\n[17.71]\r\n"BKD" = "D3" # lama\n"PKK" = "not_ours"\n\n["33.71"]\n"BKD"="M1"\n', "utf-8"
    )
    assert unit_answers_of(home).answer("17.71", "bkd") == "D3"
    keep_unit_answer(home, "17.71", "BKD", "D2", "baru\n[jahat]")
    keep_unit_answer(home, "17.71", 'Dinas "X" = #', "D1")
    text = path.read_text(encoding="utf-8")
    assert "# milik kami" in text and "lama" not in text
    answers = unit_answers_of(home)
    assert answers.faults == ()
    assert answers.of_region["17.71"] == {"bkd": "D2", "pkk": "not_ours", "dinasx": "D1"}
    assert answers.answer("33.71", "BKD") == "M1"


def test_a_faulty_file_stops_no_load_and_is_not_written_over(home: Home) -> None:
    path = home.root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('["17.71"]\n"BKD" = 3\n"Masyarakat" = "not_ours"\n', encoding="utf-8")
    loaded = load(home)
    assert [fault.path for fault in loaded.rule_faults] == [FILE]
    assert unit_answers_of(home).answer("17.71", "masyarakat") == "not_ours"
    with pytest.raises(HomeUnusable):
        keep_unit_answer(home, "17.71", "BKD", "D2")
    path.write_text("[[", encoding="utf-8")
    told = CliRunner().invoke(app, ["status", "--home", str(home.root), "--lang", "en"])
    assert FILE in told.output


def test_the_command_lists_and_confirms(home: Home) -> None:
    def ran(*words: str) -> object:
        done = CliRunner().invoke(app, [*words, "--home", str(home.root), "--lang", "en", "--format", "json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    assert len(ran("units", "bengkulu", "2026")) == len(ran("units", "bengkulu")) == 3  # type: ignore[arg-type]
    kept = {"region_code": "17.71", "unit_name": "BKD", "answer": "D3"}
    assert ran("units", "confirm", "bengkulu", "BKD", "badan keuangan daerah") == [kept]
    assert ran("units", "confirm", "bengkulu", "BKD", "--yes") == [kept]  # the only one that is left
    undecided = CliRunner().invoke(
        app, ["units", "confirm", "bengkulu", "Masyarakat", "--yes", "--home", str(home.root)]
    )
    assert undecided.exit_code != 0


# The register that a city is given to fill in.


@pytest.mark.parametrize("region_code", ["17.71", "18.71", "33.71"])
def test_a_register_comes_with_all_kecamatan_and_kelurahan(region_code: str, empty_home: Home) -> None:
    content = template_workbook("unit-register", "Kota X", EDITION, places_in_register(region_code))
    read = parsed(content, EDITION, "template_unit_register")
    places = load_reference("subdistrict").filter(pl.col("region_code") == region_code)
    rows = read.records.select("unit_code", "name", "unit_kind", "parent_code", "subdistrict_code").sort("unit_code")
    assert rows["unit_code"].to_list() == rows["subdistrict_code"].to_list() == places["code"].sort().to_list()
    assert rows["unit_kind"].value_counts().sort("unit_kind").rows() == sorted(
        places["unit_kind"].value_counts().iter_rows()
    )
    within = rows.filter(pl.col("unit_kind") == "kelurahan")
    assert set(within["parent_code"]) == set(places.filter(pl.col("unit_kind") == "kecamatan")["code"])
    assert not rows.filter(pl.col("unit_kind") == "kecamatan")["parent_code"].drop_nulls().len()


def test_a_register_that_somebody_has_filled_in_is_not_overwritten(tmp_path: Path) -> None:
    asked = ["template", "unit-register", "--city", "magelang", "--edition", "2026", "--out", str(tmp_path)]
    asked += ["--home", str(tmp_path / "home")]
    assert CliRunner().invoke(app, asked).exit_code == 0
    (path,) = tmp_path.glob("*.xlsx")
    path.write_bytes(b"theirs")
    assert CliRunner().invoke(app, asked).exit_code != 0
    assert path.read_bytes() == b"theirs"
