"""Reference data: typed, sourced, hashed, and matched as a whole and never in part."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from importlib.resources import files

import polars as pl
import pytest

from warehouse.declared_tables import dtypes_of
from warehouse.reference import (
    ReferenceNotFound,
    affair_of,
    affairs_in,
    known_references,
    load_reference,
    read_reference_file,
    reference_sources,
    unit_kind_of,
    unknown_affairs_in,
)

FOLDER = files("warehouse") / "reference"
TABLES_OF_A_SNAPSHOT = [name for name in known_references() if name not in ("unit_kind", "label")]


@pytest.mark.parametrize("name", TABLES_OF_A_SNAPSHOT)
def test_a_reference_has_the_columns_of_its_table(name: str) -> None:
    assert load_reference(name).schema == dtypes_of(name)


def test_an_unknown_reference_names_the_known_ones() -> None:
    with pytest.raises(ReferenceNotFound, match="subdistrict"):
        load_reference("desa")


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("region", 552), ("region_history", 92), ("region_alias", 20), ("subdistrict", 242), ("government_affair", 38),
        ("published_result", 497), ("timeline_event", 101), ("national_total", 154), ("named_innovation", 54),
    ],
)  # fmt: skip
def test_every_row_is_there(name: str, rows: int) -> None:
    assert load_reference(name).height == rows


@pytest.mark.parametrize("name", known_references())
def test_every_row_has_a_source_that_is_an_address_or_is_explained(name: str) -> None:
    keys = reference_sources()["source"]
    for source in load_reference(name)["source"].unique():
        explained = source in keys or source.startswith(("http", "github"))
        assert explained, f"{name}: {source!r} is no address and no key of sources.toml"


def test_every_file_is_described_and_the_hash_of_what_others_made_is_fresh() -> None:
    described = reference_sources()["file"]
    present = {entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".csv")}
    assert set(described) == present
    for name, entry in described.items():
        actual = None if entry["producer"].startswith("This project") else _hash_of(name)
        assert entry.get("sha256") == actual, f"{name} has changed: write sha256 = {actual!r} into sources.toml"
        assert all(entry[key] for key in ("title", "producer", "source", "accessed", "licence")), name


def _hash_of(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()


def test_546_regions_report_93_of_them_cities() -> None:
    reporting = load_reference("region").filter("is_autonomous")
    assert reporting.height == 546
    assert reporting.filter(pl.col("region_type") == "kota").height == 93


@pytest.mark.parametrize(
    ("code", "full_name"),
    [
        ("33.71", "Kota Magelang"), ("33.08", "Kabupaten Magelang"), ("17", "Provinsi Bengkulu"),
        ("31.71", "Kota Administrasi Jakarta Pusat"),
    ],
)  # fmt: skip
def test_full_names(code: str, full_name: str) -> None:
    assert load_reference("region").filter(region_code=code)["full_name"].item() == full_name


@pytest.mark.parametrize(
    ("region_code", "kecamatan", "kelurahan"), [("17.71", 9, 67), ("33.71", 3, 17), ("18.71", 20, 126)]
)
def test_subdistricts_of_the_three_cities(region_code: str, kecamatan: int, kelurahan: int) -> None:
    kinds = load_reference("subdistrict").filter(region_code=region_code)["unit_kind"].to_list()
    assert (kinds.count("kecamatan"), kinds.count("kelurahan")) == (kecamatan, kelurahan)


def test_six_basic_services_are_the_first_six_codes() -> None:
    basic = load_reference("government_affair").filter(affair_group="basic_service")["affair_code"]
    assert basic.to_list() == ["01", "02", "03", "04", "05", "06"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Pendidikan", "01"),
        ("  PENDIDIKAN ", "01"),
        ("Urusan Pemerintahan Bidang Pendidikan", "01"),
        ("Pendidikan dan Pelatihan", "36"),
        ("Pendidikan Vokasi", None),
        ("PUPR", "03"),
        ("Perumahan Rakyat & Kawasan Pemukiman", "04"),
        ("Ketentraman, ketertiban umum, dan pelindungan masyarakat", "05"),
        ("Ketentraman, Ketertiban Umum dan Perlindungan Masyarakat", "05"),
        ("Koperasi, Usaha Kecil, dan Menengah", "17"),
        ("Fungsi lain", "38"),
        ("", None),
        (None, None),
        ("Urusan", None),
    ],
)
def test_an_affair_is_matched_by_its_whole_name(text: str | None, code: str | None) -> None:
    assert affair_of(text) == code


@pytest.mark.parametrize(
    ("text", "codes", "unknown"),
    [
        ("Kesehatan, Pendidikan", ["02", "01"], []),
        ("Ketenteraman, Ketertiban Umum, dan Perlindungan Masyarakat, Sosial", ["05", "06"], []),
        ("Sosial,Koperasi, Usaha Kecil dan Menengah,Pendidikan dan Pelatihan", ["06", "17", "36"], []),
        ("Kesehatan; Kesehatan | Sosial", ["02", "06"], []),
        ("Kesehatan, Kota Cerdas", ["02"], ["Kota Cerdas"]),
        ("", [], []),
    ],
)
def test_affairs_in_a_list_whose_items_contain_commas(text: str, codes: list[str], unknown: list[str]) -> None:
    assert affairs_in(text) == codes
    assert unknown_affairs_in(text) == unknown


def test_no_spelling_of_an_affair_belongs_to_two() -> None:
    owners: dict[str, str] = {}
    for row in load_reference("government_affair").iter_rows(named=True):
        for name in (row["name_id"], *(row["aliases"] or "").split("|")):
            if name:
                assert affair_of(name) == row["affair_code"], name
                assert owners.setdefault(name.casefold(), row["affair_code"]) == row["affair_code"], name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Dinas Kesehatan", "opd"), ("BPKAD", "opd"), ("DPMPTSP", "opd"), ("Satuan Polisi Pamong Praja", "opd"),
        ("Bagian Organisasi", "bagian"), ("Kecamatan Kedaton", "kecamatan"), ("Kelurahan Kedaton", "kelurahan"),
        ("UPTD Puskesmas Magelang Utara", "puskesmas"), ("SD Negeri 12", "sd"), ("SMPN 4", "smp"),
        ("Perumda Tirta Hidayah", "bumd"), ("Masyarakat", "other"), ("Kantor Kelurahan Berkas", "kelurahan"),
    ],
)  # fmt: skip
def test_unit_kinds_are_read_off_the_name(name: str, kind: str) -> None:
    assert unit_kind_of(name) == kind


def test_the_example_of_every_unit_pattern_fits_it() -> None:
    for row in load_reference("unit_kind").iter_rows(named=True):
        assert unit_kind_of(row["example"]) == row["unit_kind"]


def test_labels_are_unique_and_in_both_languages() -> None:
    labels = load_reference("label")
    assert labels.select("field", "code").is_unique().all()
    assert labels.null_count().sum_horizontal().item() == 0


def test_every_code_that_the_reference_data_uses_has_a_label() -> None:
    labelled = set(load_reference("label").select("field", "code").iter_rows())
    statements = load_reference("published_result")
    used = [
        ("measure", statements["measure"]), ("published_stage", statements["stage"]),
        ("confidence", statements["confidence"]), ("region_basis", statements["region_basis"]),
        ("region_type", load_reference("region")["region_type"]),
        ("affair_group", load_reference("government_affair")["affair_group"]),
        ("unit_kind", load_reference("unit_kind")["unit_kind"]),
    ]  # fmt: skip
    missing = {(field, code) for field, codes in used for code in codes.drop_nulls().unique()} - labelled
    assert not missing


# Published statements


def test_every_statement_is_kept_and_has_a_number_of_its_own() -> None:
    statements = load_reference("published_result")
    assert statements["statement_id"].n_unique() == 497
    assert statements["statement_id"].to_list() == [f"P{number:04d}" for number in range(1, 498)]


def test_open_ranks_are_ranges() -> None:
    ranks = load_reference("published_result").filter(pl.col("rank_text").str.starts_with("<="))
    assert ranks.height > 0
    assert (ranks["rank_low"] == 1).all()
    assert (ranks["rank_high"] == ranks["rank_text"].str.strip_prefix("<=").cast(pl.Int32)).all()
    about = load_reference("published_result").filter(rank_text="~400")
    assert about["rank_low"].is_null().all()


def test_measures_stand_in_their_own_years() -> None:
    scored = load_reference("published_result").filter(pl.col("score").is_not_null())
    assert scored["measure"].is_null().sum() == 0
    years = {measure: set(part["edition"]) for (measure,), part in scored.group_by("measure")}
    assert years["award_score"] == {2017}
    assert years["raw_total"] <= {2018, 2019, 2020}
    assert min(years["iid"]) >= 2021
    indices = scored.filter(measure="iid")["score"]
    assert indices.min() >= Decimal(0)
    assert indices.max() <= Decimal(100)


def test_stages_stay_apart() -> None:
    stages = set(load_reference("published_result")["stage"])
    assert stages == {"final", "nominee", "interim", "self_measured", "derived"}
    bogor = load_reference("published_result").filter(region_code="32.01", edition=2021, measure="iid")
    scores = {stage: Decimal(score) for stage, score in bogor.select("stage", "score").iter_rows()}
    assert scores["self_measured"] == Decimal("79.69")
    assert scores["final"] == Decimal("72.46")


def test_statements_that_disagree_stand_side_by_side() -> None:
    bima = load_reference("published_result").filter(region_code="52.72", edition=2024)["innovation_count"]
    assert {162, 163} <= set(bima.drop_nulls())


def test_what_was_read_off_a_name_is_marked() -> None:
    kinds = load_reference("named_innovation")["kind"].drop_nulls().unique().sort().to_list()
    assert kinds == ["digital", "digital (inferred)", "non digital", "non digital (inferred)"]
    raw = read_reference_file("named_innovation")
    assert raw.filter(pl.col("kind").is_null())["is_kind_inferred"].is_null().all()


def test_idsd_is_held_from_2022_to_2025_apart_from_the_index() -> None:
    statements = load_reference("published_result")
    idsd = statements.filter(scheme="IDSD", measure="idsd")
    assert set(idsd["edition"]) == {2022, 2023, 2024, 2025}
    assert idsd["score"].min() > 0 and idsd["score"].max() <= 5  # type: ignore[operator]
    assert statements.filter(pl.col("scheme") != "IDSD")["measure"].drop_nulls().is_in(["idsd"]).sum() == 0
    magelang = idsd.filter(region_code="33.71", edition=2024)
    assert magelang["score"].to_list() == [Decimal("4.26")]


def test_results_of_gorontalo_stand_by_their_own_code() -> None:
    found = load_reference("published_result").filter(pl.col("source").str.contains("berita/182177"))
    held = {(row["region_code"], row["score"]) for row in found.iter_rows(named=True)}
    assert {("75", Decimal("50.42")), ("75.02", Decimal("58.07")), ("75.01", Decimal("27.32"))} <= held
