"""Regions by name, alias and code; homonyms; every published statement accounted for."""

from __future__ import annotations

import pytest

from warehouse.errors import UnknownName
from warehouse.reference import load_reference, read_reference_file
from warehouse.region import (
    RegionAmbiguous,
    RegionNotFound,
    region_of_code,
    resolve_city,
    resolve_region,
    resolve_statement,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bengkulu", "17.71"),
        ("Kota Bengkulu", "17.71"),
        ("17.71", "17.71"),
        ("1771", "17.71"),
        (" KOTA  BENGKULU ", "17.71"),
        ("provinsi bengkulu", "17"),
        ("17", "17"),
        ("magelang", "33.71"),
        ("Magelang Kota", "33.71"),
        ("kab. magelang", "33.08"),
        ("Kab.Magelang", "33.08"),
        ("Kabupaten Magelang", "33.08"),
        ("bandar-lampung", "18.71"),
        ("Bandarlampung", "18.71"),
        ("Balam", "18.71"),
        ("Cihami", "32.77"),
        ("Tidore", "82.72"),
        ("kota tidore", "82.72"),
        ("Solo", "33.72"),
        ("DIY", "34"),
        ("banyuwangi", "35.10"),
        ("Kota Administrasi Jakarta Pusat", "31.71"),
        ("padangpanjang", "13.74"),
        ("padang", "13.71"),
        ("pariaman", "13.77"),
    ],
)
def test_a_city_argument_means_one_region(text: str, code: str) -> None:
    assert resolve_city(text).region_code == code


@pytest.mark.parametrize("text", ["magelang", "Bengkulu", "bogor", "Gorontalo"])
def test_a_homonym_without_a_type_is_ambiguous_and_lists_its_regions(text: str) -> None:
    with pytest.raises(RegionAmbiguous) as caught:
        resolve_region(text)
    assert "Kota" in str(caught.value)
    assert resolve_city(text).region_type == "kota"


def test_type_and_province_tell_homonyms_apart() -> None:
    assert resolve_region("Magelang", region_type="kota").full_name == "Kota Magelang"
    assert resolve_region("Magelang", region_type="kabupaten").full_name == "Kabupaten Magelang"
    assert resolve_region("Bengkulu", region_type="provinsi").region_code == "17"
    assert resolve_region("Magelang", region_type="kota", province="Jawa Tengah").region_code == "33.71"


def test_a_province_that_does_not_hold_the_region_finds_nothing() -> None:
    with pytest.raises(RegionNotFound):
        resolve_region("Magelang", region_type="kota", province="Jawa Timur")


def test_a_type_in_the_text_that_contradicts_the_wanted_type_finds_nothing() -> None:
    with pytest.raises(RegionNotFound):
        resolve_region("Kota Cimahi", region_type="kabupaten")


@pytest.mark.parametrize(
    ("text", "near"), [("bengkul", "Bengkulu"), ("Magelan", "Magelang"), ("bandar lampun", "Lampung")]
)
def test_an_unknown_region_suggests_near_ones(text: str, near: str) -> None:
    with pytest.raises(RegionNotFound) as caught:
        resolve_city(text)
    assert near in caught.value.told()[2]


@pytest.mark.parametrize("text", ["", "99.99", "{name}", "zzzz"])
def test_an_unknown_region_without_near_ones_says_what_to_write(text: str) -> None:
    with pytest.raises(RegionNotFound) as caught:
        resolve_city(text)
    assert caught.value.told()[2]


def test_every_region_is_found_by_its_code_and_by_its_full_name() -> None:
    for code, full_name in load_reference("region").select("region_code", "full_name").iter_rows():
        assert region_of_code(code).region_code == code
        assert resolve_region(code).region_code == code
        assert resolve_region(full_name).region_code == code


def test_every_alias_is_found() -> None:
    for alias, code in load_reference("region_alias").select("alias", "region_code").iter_rows():
        assert resolve_city(alias).region_code == code


def test_every_published_statement_is_accounted_for() -> None:
    """The codes kept in the file are those that the rules give; what does not resolve would be `unresolved`."""
    statements = read_reference_file("published_result")
    columns = ("region_type", "region_name", "province", "region_code", "region_basis")
    bases: dict[str, int] = {}
    for region_type, name, province, code, basis in statements.select(columns).iter_rows():
        assert resolve_statement(region_type, name, province) == (code, basis), name
        assert (code is None) == (basis == "unresolved")
        bases[basis] = bases.get(basis, 0) + 1
    assert bases == {"name": 495, "alias": 2}


def test_statements_on_city_and_regency_of_magelang_stay_apart() -> None:
    scores = load_reference("published_result").filter(edition=2024, measure="iid")
    by_code = {code: str(score) for code, score in scores.select("region_code", "score").iter_rows()}
    assert by_code["33.71"] == "71.87"
    assert by_code["33.08"] == "63.95"


@pytest.mark.parametrize(
    ("region_type", "name", "province", "expected"),
    [
        ("kota", "Cihami", "Jawa Barat", ("32.77", "alias")),
        ("kota", "Tidore", "Maluku Utara", ("82.72", "alias")),
        ("kota", "Tidore Kepulauan", None, ("82.72", "name")),
        ("kota", "Magelang", "Jawa Timur", (None, "unresolved")),
        ("kota", "Atlantis", None, (None, "unresolved")),
        ("kota", "Magelang", "Atlantis", (None, "unresolved")),
    ],
)
def test_statements_resolve_by_type_name_and_province(
    region_type: str, name: str, province: str | None, expected: tuple[str | None, str]
) -> None:
    assert resolve_statement(region_type, name, province) == expected


def test_region_errors_are_user_errors() -> None:
    assert issubclass(RegionNotFound, UnknownName)
    assert issubclass(RegionAmbiguous, UnknownName)


def test_a_misspelt_name_leads_to_the_city() -> None:
    with pytest.raises(RegionNotFound) as raised:
        resolve_city("bengkuluu")
    assert "Kota Bengkulu (17.71)" in str(raised.value)
