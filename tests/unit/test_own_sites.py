"""Sites of the home: faults are told with file, line and remedy, stop that site alone, and ours never change."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from reports.run.declaration import SiteInvalid, list_reports, load_sites
from reports.run.own_sites import site_of_home, sites_of_home
from reports.run.site_file import YAML_MESSAGES
from tests.conftest import Ran
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language

GOOD = """\
title: {id: Uji, en: Trial}
subtitle: {id: Uji, en: Trial}
front: contents
parts:
  - name: satu
    title: {id: Satu, en: One}
    notebook: saya
    each:
      city: [bengkulu, "33.71"]
      edition: [2026]
    page: "{city}-{edition}"
    heading: {id: "{region}", en: "{region}"}
    subtitle: {id: Uji, en: Trial}
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    home.sites.mkdir(parents=True)
    home.notebooks.mkdir()
    cell = nbformat.v4.new_code_cell("city = 'bengkulu'\nedition = 2026\ncode = 'a'", metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), home.notebooks / "saya.ipynb")
    return home


def put(home: Home, name: str, text: str | bytes) -> Path:
    path = home.sites / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def fault(home: Home, name: str) -> SiteInvalid:
    """What is told of a site, which others do not share."""
    with pytest.raises(SiteInvalid) as raised:
        site_of_home(name, home)
    assert "baik" in sites_of_home(home).usable
    return raised.value


def test_a_site_of_the_home_stands_beside_ours(home: Home) -> None:
    put(home, "baik.yaml", GOOD)
    site = site_of_home("baik", home)
    assert site.is_own and site.place == str(home.sites / "baik.yaml")
    assert [(report.page, report.heading.id) for report in list_reports(site)] == [
        ("bengkulu-2026", "Kota Bengkulu"),
        ("33-71-2026", "Kota Magelang"),
    ]
    assert set(sites_of_home(home).usable) == {*load_sites(), "baik"}
    assert "baik" not in load_sites() and not site_of_home("three_cities", home).is_own


def test_a_file_is_read_anew_when_it_changes(home: Home) -> None:
    put(home, "baik.yaml", GOOD)
    assert len(list_reports(site_of_home("baik", home))) == 2
    put(home, "baik.yaml", GOOD.replace('bengkulu, "33.71"', "bengkulu"))
    assert len(list_reports(site_of_home("baik", home))) == 1
    (home.sites / "baik.yaml").unlink()
    with pytest.raises(UnknownName, match="three_cities"):
        site_of_home("baik", home)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


EXPANDING = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{key}: &{key} [{','.join([f'*{last}'] * 10)}]\n" for last, key in zip("abcde", "bcdef", strict=True)
)
"""A few lines whose anchors would be a million values."""

FAULTS = {
    "tab": (changed("    notebook", "\tnotebook"), 7, "ada tab di tempat", "ganti tab dengan spasi"),
    "kode": (changed('"33.71"', "32.10"), 9, "32.10 tanpa tanda kutip dibaca 32.1", 'tulis "32.10"'),
    "kode_lain": (changed('"33.71"', "33.71"), 9, "33.71 tanpa tanda kutip bukan teks", 'tulis "33.71"'),
    "kode_di_depan": (GOOD + "cities: [32.10]\n", 14, "dibaca 32.1", 'tulis "32.10"'),
    "kode_parameter": (GOOD + "parameters: {city: 32.10}\n", 14, "dibaca 32.1", 'tulis "32.10"'),
    "lingkup": (changed('[bengkulu, "33.71"]', "{scope: 3.10}"), 9, "dibaca 3.1", 'tulis "3.10"'),
    "teks": (changed("edition: [2026]", "edition: [2026]\n      code: [1.20]"), 11, "dibaca 1.2", 'tulis "1.20"'),
    "kunci": (changed("    heading", "    heding"), 12, "tidak ada kunci heding", "mungkin: heading"),
    "kunci_atas": (GOOD + "warna: biru\n", 14, "tidak ada kunci warna", "yang ada: cities, editions, front"),
    "kurang": (changed('    page: "{city}-{edition}"\n', ""), 5, "parts.1.page tidak ada", "tambahkan"),
    "tipe": (changed("[2026]", "2026"), 10, "isi seharusnya daftar", "docs/reports.md"),
    "ya_tidak": (GOOD.replace("{id: Uji", "{id: no", 1), 1, "no tanpa tanda kutip dibaca false", 'tulis "no"'),
    "dua_kunci": (GOOD + "front: cities\n", 14, "kunci front tertulis dua kali", "hapus salah satunya"),
    "tahun": (changed("[2026]", "[2026, 1999]"), 10, "tidak menerima 1999", "2017-2100"),
    "parameter": (changed("[2026]", "[2026]\n      lang: [id]"), 11, "tidak memiliki parameter lang", "edition, code"),
    "tempat": (changed("{city}-{edition}", "{cty}"), 11, "cty", "city, edition, region"),
    "isi_nilai": (changed("{city}-{edition}", "{city.__class__}"), 11, "city.__class__", "city, edition, region"),
    "bentuk": (changed("{city}-{edition}", "{city:>9}"), 11, "city:>9", "city, edition, region"),
    "judul": (GOOD.replace("{region}", "{daerah}", 1), 12, "daerah", "city, edition, region"),
    "perangkat": (changed('"{city}-{edition}"', "con"), 11, "con tidak dapat menjadi nama halaman", "con, nul, com1"),
    "satu_nama": (changed('"{city}-{edition}"', "satu"), 4, "satu halaman dua kali", "each"),
    "memuat": (GOOD + "include: [bulan]\n", 14, "bulan", "three_cities"),
    "memuat_diri": (GOOD + "include: [memuat_diri]\n", 14, "memuat dirinya sendiri", "include"),
    "memuat_rusak": (GOOD + "include: [tab]\n", 14, "tab.yaml, baris 7", "perbaiki berkas itu dahulu"),
    "nama": (GOOD + "name: ../../lain\n", 14, "tidak ada kunci name", "nama berkasnya"),
    "kosong": ("", 1, "tidak berisi kunci dan nilai", "docs/reports.md"),
    "kutip": (GOOD + 'outputs: ["html]\n', 14, "teks yang mulai di sini tidak ditutup", "tanda kutip"),
    "kurung": (changed('[bengkulu, "33.71"]', '[bengkulu, "33.71"'), 9, "daftar atau bagian yang mulai di sini", "]"),
    "jorokan": (changed("    notebook", "   notebook"), 7, "jorokan", "spasi"),
    "tanda": (changed("saya", "!!python/name:os.system"), 7, "!!python", "hapus penanda"),
    "tanggal": (changed("[2026]", "[2026-02-31]"), 10, "2026-02-31 bukan tanggal", 'tulis "2026-02-31"'),
    "biner": (GOOD.replace("Uji", "Uji \x01", 1), 1, "karakter yang tidak boleh ada", "hapus"),
    "ansi": (GOOD.replace("Satu", "Satu é").encode("cp1252"), 6, "bukan teks UTF-8", "Notepad"),
    "banyak": (EXPANDING, 1, "lebih dari 20000 nilai", "scope"),
    "dalam": ("a: &a [*a]\n", 1, "bersarang lebih dari 30 tingkat", "docs/reports.md"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_line_and_remedy_in_the_readers_language(name: str, home: Home) -> None:
    text, line, cause, remedy = FAULTS[name]
    put(home, "baik.yaml", GOOD)
    put(home, "tab.yaml", str(FAULTS["tab"][0]))
    path = put(home, f"{name}.yaml", text)
    error = fault(home, name)
    message, place, next_step = error.told(Language("id"))
    assert message.startswith(f"Berkas situs {name}.yaml, baris {line}: ") and cause in message, message
    assert place == f"{path}:{line}" and remedy in next_step, next_step
    assert error.exit_code == 2
    assert error.told()[0].startswith(f"Site file {name}.yaml, line {line}: ")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("saya", "../saya", 7),
        ("saya", "lain", 7),
        ('"33.71"', "bengkuluu", 9),
        ('[bengkulu, "33.71"]', "{scope: moon}", 9),
    ],
)
def test_a_name_that_is_not_known_keeps_its_exit_code(old: str, new: str, line: int, home: Home) -> None:
    put(home, "baik.yaml", GOOD)
    put(home, "salah.yaml", changed(old, new))
    error = fault(home, "salah")
    assert error.exit_code == 3 and error.place.endswith(f"salah.yaml:{line}")


def test_a_faulty_notebook_is_told_by_the_site_that_uses_it(home: Home) -> None:
    put(home, "baik.yaml", GOOD)
    cell = nbformat.v4.new_code_cell("\ncity = pilih()", metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), home.notebooks / "hitung.ipynb")
    put(home, "salah.yaml", changed("saya", "hitung"))
    message = fault(home, "salah").told()[0]
    assert "line 7: Notebook hitung, cell tagged parameters, line 2:" in message and "pilih()" in message


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("Kota.yaml", "kota.yaml"), ("dua kata.yaml", "dua_kata.yaml"), ("x.yml", "x.yaml"), ("y.yaml.txt", "y.yaml"),
     ("con.yaml", "con_1.yaml"), ("lab.yaml", "lab_1.yaml"), ("LPT1.yaml", "lpt1_1.yaml"), ("a..b.yaml", "a_b.yaml"),
     (f"{'a' * 61}.yaml", f"{'a' * 60}.yaml")],
)  # fmt: skip
def test_a_name_that_no_folder_can_bear_is_told_with_a_better_one(name: str, wanted: str, home: Home) -> None:
    put(home, "baik.yaml", GOOD)
    put(home, name, GOOD)
    sites = sites_of_home(home)
    assert [(fault.path.name, wanted in fault.error.told()[2]) for fault in sites.faults] == [(name, True)]
    assert set(sites.usable) == {*load_sites(), "baik"}


def test_a_site_of_our_name_is_refused_and_ours_stays(home: Home) -> None:
    put(home, "three_cities.yaml", GOOD)
    sites = sites_of_home(home)
    assert sites.usable["three_cities"] == load_sites()["three_cities"] == site_of_home("three_cities", home)
    [refused] = sites.faults
    assert "comes with the software" in refused.error.told()[0] and "three_cities_2.yaml" in refused.error.told()[2]


def test_a_site_of_the_home_may_take_our_parts_and_notebooks(home: Home) -> None:
    put(home, "satu.yaml", GOOD + "include: [mayor_brief, dua]\nparameters: {}\n")
    put(
        home,
        "dua.yaml",
        GOOD.replace("name: satu", "name: dua").replace("saya", "city_index").replace("{city}-", "dua-{city}-"),
    )
    own = site_of_home("satu", home)
    ours = [report.page for report in list_reports("mayor_brief")]
    assert [report.page for report in list_reports(own)] == [
        "bengkulu-2026", "33-71-2026", *ours, "dua-bengkulu-2026", "dua-33-71-2026"
    ]  # fmt: skip


def test_what_is_no_site_file_is_passed_over(home: Home) -> None:
    for name in (".baik.yaml.swp", "catatan.md", ".x.yaml"):
        put(home, name, "\t")
    (home.sites / "folder.yaml").mkdir()
    assert sites_of_home(home).faults == ()
    assert set(sites_of_home(Home(home.root / "nowhere")).usable) == set(load_sites())


def test_every_kind_of_broken_yaml_has_a_remedy() -> None:
    assert all(cause and fix for cause, fix in YAML_MESSAGES.values())


def test_the_list_tells_what_cannot_be_used_and_lists_the_others(home: Home, iga: Callable[..., Ran]) -> None:
    put(home, "baik.yaml", GOOD)
    put(home, "salah.yaml", str(FAULTS["tab"][0]))
    put(home, "three_cities.yaml", GOOD)
    listed = iga("report", "list", home=home.root, lang="id")
    assert listed.exit_code == 0, listed.err
    assert "Berkas situs salah.yaml, baris 7: ada tab" in listed.out and "ganti tab dengan spasi" in listed.out
    assert "three_cities_2.yaml" in listed.out and str(home.sites / "baik.yaml") in listed.out
    assert "weekly_progress" in listed.out and "saya.ipynb" in listed.out
    rows = json.loads(iga("report", "list", "--format", "json", home=home.root).out)
    assert {row["site"] for row in rows if row["fault"]} == {"salah", "three_cities"}
    assert {row["page"] for row in rows if row["site"] == "baik"} == {"bengkulu-2026", "33-71-2026"}
    one = iga("report", "list", "baik", "--format", "csv", home=home.root)
    assert one.exit_code == 0 and one.out.count("saya") == 2
    for words in (
        ("report", "list", "salah"),
        ("report", "build", "salah"),
        ("schedule", "install", "--site", "salah"),
    ):
        ran = iga(*words, home=home.root, lang="id")
        assert ran.exit_code == 2 and "baris 7" in ran.err and "ganti tab" in ran.err, ran.err


def test_building_one_of_ours_says_that_a_file_of_its_name_is_not_used(home: Home, iga: Callable[..., Ran]) -> None:
    words = ("report", "build", "three_cities", "--only", "no-such-page")
    assert "three_cities.yaml" not in iga(*words, home=home.root).err
    put(home, "three_cities.yaml", GOOD)
    ran = iga(*words, home=home.root)
    assert ran.exit_code == 3 and "Site file three_cities.yaml: a site of this name comes with the software" in ran.err


ODD = [
    "null", "5", "true", "[]", "{}", "[1, [2]]", "{a: 1}", '"{city:d}"', '"{city!z}"', '"{"', '"{}"', '"{0}"',
    "2026-01-01", "!!binary aGk=", "!!set {a}", "&x [*x]", "*y", "? a", "- -", "|", "'", '"', "\t", "#", "@",
    "<<: {a: 1}", "1e999", ".nan", "12:30:00", "\u2028", "{scope: cities}", "[bengkulu, {a: 1}]", "[null]",
]  # fmt: skip


def test_whatever_stands_in_a_file_is_told_and_stops_nothing_else(home: Home) -> None:
    put(home, "baik.yaml", GOOD)
    chance = random.Random(7)
    refused = 0
    for _ in range(150):
        lines = GOOD.splitlines()
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(lines))
            head, _, rest = lines[place].partition(":")
            lines[place] = chance.choice([f"{head}: {chance.choice(ODD)}", f"{head}{chance.choice(ODD)}:{rest}", ""])
        put(home, "aneh.yaml", "\n".join(lines))
        sites = sites_of_home(home)
        assert "baik" in sites.usable
        refused += len(sites.faults)
        assert all(fault.error.told()[0].startswith("Site file aneh.yaml, line ") for fault in sites.faults), lines
    assert refused > 100


def test_names_are_completed_from_ours_and_the_homes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    from workbench.command import whole_command
    from workbench.options import complete_site

    put(home, "baik.yaml", GOOD)
    put(home, "balok.yaml", "\t")
    monkeypatch.setenv("IGA_HOME", str(home.root))
    context = typer.Context(whole_command())
    assert complete_site(context, "ba") == ["baik", "balok"] and "three_cities" in complete_site(context, "")
    context.params["home"] = home.root / "nowhere"
    assert complete_site(context, "ba") == []
