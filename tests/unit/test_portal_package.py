"""The portal package: safe folders, escaped pages with a policy of their own, and sides that add up."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from analysis.evidence.check_index import CheckedFile, CheckIndex, write_index
from analysis.evidence.decisions import Decision, keep_decisions
from analysis.portal.portal_fields import (
    Field,
    IndicatorLine,
    PortalFieldsInvalid,
    PortalSheet,
    fields_of,
    own_fields_path,
    own_fields_template,
    portal_sheets,
)
from analysis.portal.reconciliation import Side, is_portal_export, reconciled, reconciliation_rows
from analysis.season.frames import read_season_frames
from reports.portal.portal_package import content_policy, folder_name, package_of, write_package
from warehouse.file_names import DEVICE_NAMES
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import region_of_code
from warehouse.snapshot import Snapshot

ID = Language("id")
CITY = region_of_code("17.71")
ON = date(2026, 8, 10)


def sheet(title: str = "Antar Obat", number: str = "abcdef0123456789", **more: Any) -> PortalSheet:
    fields = (Field("title", "Nama Inovasi", "text", True, title), Field("purpose", "Tujuan", "long", True, ""))
    line = IndicatorLine("16", "Regulasi Inovasi Daerah", 2, "Perkada", "PDF", True)
    return replace(PortalSheet(number, "i" + number, title, "Dinas Kesehatan", fields, (line,), ()), **more)


def packed(*sheets: PortalSheet) -> dict[str, bytes]:
    return package_of(sheets, CITY, 2026, ON, "contoh", ID, is_simulated=False).contents


@given(st.text(max_size=300))
def test_a_folder_of_any_title_is_one_that_windows_takes(title: str) -> None:
    name = folder_name(sheet(title))
    assert re.fullmatch(r"[a-z0-9_-]+", name) and len(name) < 64
    assert name not in DEVICE_NAMES and name.partition(".")[0] not in DEVICE_NAMES
    assert name.endswith("abcdef01")
    assert max(len(f"{name}/{inner}") for inner in ("isian.html", "bukti/" + "x" * 80)) < 160


@pytest.mark.parametrize("title", ["CON", "../../etc/passwd", "a" * 400, "titik...", "nul.txt", "", "漢字", "A/B\\C:D"])
def test_no_title_is_a_path(title: str) -> None:
    for name in packed(sheet(title)):
        assert ".." not in name and not name.startswith("/") and "\\" not in name and ":" not in name


def test_a_page_escapes_what_files_say_and_may_fetch_nothing() -> None:
    evil = '<script>alert(1)</script>"onload="x'
    page = next(text for name, text in packed(sheet(evil)).items() if name.endswith("isian.html")).decode()
    assert "<script>alert" not in page and page.count("<script>") == 1
    assert content_policy() in page.replace("&#39;", "'")
    assert "default-src 'none'" in content_policy() and "http" not in content_policy()
    assert not re.search(r"""(?:src|href)=["']https?:""", page)
    assert page.index("Dahulukan") < page.index("Profil, menurut urutan portal")


def test_two_innovations_of_one_title_stay_two() -> None:
    names = packed(sheet(number="1" * 16), sheet(number="2" * 16))
    assert sum(name.endswith("isian.html") for name in names) == 2


def test_what_people_wrote_into_a_package_stays(empty_home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "paket"
    package = package_of([sheet()], CITY, 2026, ON, "contoh", ID, is_simulated=False)
    write_package(empty_home, package, folder, ID)
    page = next(folder.rglob("isian.html"))
    page.write_text("catatan saya", encoding="utf-8")
    changed = package_of([sheet(unit="Dinas Sosial")], CITY, 2026, ON, "contoh", ID, is_simulated=False)
    written = write_package(empty_home, changed, folder, ID)
    assert page.read_text(encoding="utf-8") == "catatan saya"
    assert [file.kept for file in written if file.kept] == [page]
    archive = tmp_path / "paket.zip"
    write_package(empty_home, package, archive, ID)
    with zipfile.ZipFile(archive) as opened:
        assert set(opened.namelist()) == set(package.contents)


def test_fields_come_in_the_order_of_the_edition(empty_home: Home) -> None:
    names = [field["field"] for field in fields_of(empty_home, 2026)]
    assert names[:3] == ["title", "stage", "initiator_kind"] and names.index("design") < names.index("purpose")
    assert "theme" in [field["field"] for field in fields_of(empty_home, 2023)]
    with pytest.raises(PortalFieldsInvalid, match="2019"):
        fields_of(empty_home, 2019)
    own = empty_home.root / "targets" / "portal_fields.csv"
    own.parent.mkdir(exist_ok=True)
    own.write_text("edition;position;field;name_id;kind;is_required\n2019;1;title;Judul;text;ya\n", encoding="utf-8")
    assert [field["name_id"] for field in fields_of(empty_home, 2019)] == ["Judul"]
    assert len(fields_of(empty_home, 2026)) == len(names)


def test_the_citys_own_file_fills_what_no_received_file_holds(example: Snapshot, empty_home: Home) -> None:
    rules = read_season_frames(example, "17.71", 2026).rulebook

    def sheets() -> list[PortalSheet]:
        return portal_sheets(example, empty_home, CITY, 2026, rules)

    first = sheets()[0]
    path = own_fields_path(empty_home, "17.71", 2026)
    path.parent.mkdir()
    template = own_fields_template(sheets(), fields_of(empty_home, 2026))
    assert template.splitlines()[0].startswith("submission_id,innovation,initiator_kind")
    path.write_text(
        "submission_id;innovation;purpose;is_digital;trial_date\n"
        f"{first.submission_id};x;Layanan cepat;Komputer;1 Januari\n",
        encoding="utf-8-sig",
    )
    values = {field.name: field for field in sheets()[0].fields}
    assert values["purpose"].value == "Layanan cepat" and not values["purpose"].faults
    assert "pilihan" in values["is_digital"].faults[0].told(ID)
    assert "31/12/2025" in values["trial_date"].faults[0].told(ID)
    assert len(sheets()[0].indicators) == len(rules.sid_groups) and values["title"].value == first.title


def test_evidence_files_get_the_names_of_their_indicators(example: Snapshot, empty_home: Home) -> None:
    rules = read_season_frames(example, "17.71", 2026).rulebook
    first = portal_sheets(example, empty_home, CITY, 2026, rules)[0]
    folder = empty_home.root / "evidence" / "kota-bengkulu" / "2026" / first.submission_id
    folder.mkdir(parents=True)
    (folder / "16 SK Wali Kota.PDF").write_bytes(b"%PDF-1.7")
    (folder / "catatan.txt").write_bytes(b"x")
    contents = packed(portal_sheets(example, empty_home, CITY, 2026, rules)[0])
    (name,) = [name for name in contents if "/bukti/" in name]
    assert re.fullmatch(r"[a-z0-9-]+/bukti/16-[a-z0-9-]+\.pdf", name) and contents[name] == b"%PDF-1.7"


def test_what_a_mentor_confirmed_stands_first_and_a_name_is_a_proposal(example: Snapshot, empty_home: Home) -> None:
    rules = read_season_frames(example, "17.71", 2026).rulebook
    first = portal_sheets(example, empty_home, CITY, 2026, rules)[0]
    place = empty_home.root / "evidence" / "17.71" / "2026"
    folder = place / first.submission_id
    folder.mkdir(parents=True)
    contents = {"16 lama.pdf": b"lama", "16 ditolak.pdf": b"tolak", "surat.pdf": b"surat", "17 hilang.pdf": b"hilang"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    with zipfile.ZipFile(place / "kiriman.zip", "w") as archive:
        archive.writestr(f"{first.submission_id}/dalam.pdf", b"dalam")
    said = {"surat.pdf": "confirmed", "dalam.pdf": "confirmed", "16 ditolak.pdf": "refused", "hilang.pdf": "confirmed"}
    digests = {name: sha256(contents.get(name, name.removesuffix(".pdf").encode())).hexdigest() for name in said}
    checked = [
        CheckedFile("evidence/17.71/2026/kiriman.zip" if name == "dalam.pdf" else "evidence/17.71/2026",
                    f"kiriman/{first.submission_id}/{name}" if name == "dalam.pdf" else f"{first.submission_id}/{name}",
                    name, 1, 1, "answered", sha256=digests[name], submission_id=first.submission_id)
        for name in said
    ]  # fmt: skip
    write_index(empty_home, "17.71", 2026, CheckIndex("evidence/17.71/2026", "", "2026", True, tuple(checked)))
    number = {"hilang.pdf": "18"}
    keep_decisions(
        empty_home,
        [
            Decision("17.71", 2026, first.submission_id, number.get(name, "16"), "x", name, digests[name], answer)
            for name, answer in said.items()
        ],
        "Ani Contoh",
    )
    (folder / "17 hilang.pdf").unlink()
    found = portal_sheets(example, empty_home, CITY, 2026, rules)[0]
    files = {line.number: line.files for line in found.indicators if line.files}
    assert [(file.name, file.is_confirmed, file.is_here) for file in files["16"]] == [
        ("dalam.pdf", True, True), ("surat.pdf", True, True), ("16 lama.pdf", False, True),
    ]  # fmt: skip
    assert [(file.name, file.is_here) for file in files["18"]] == [("hilang.pdf", False)]
    assert (found.file_count, found.confirmed_count) == (3, 2)
    made = packed(found)
    assert [made[name] for name in sorted(made) if "/bukti/16-" in name] == [b"dalam", b"surat", b"lama"]
    page = next(text for name, text in made.items() if name.endswith("isian.html")).decode()
    for text in (
        "dikonfirmasi pendamping, ",
        "belum dikonfirmasi",
        "tidak ada lagi di tempat pemeriksaannya: hilang.pdf",
    ):
        assert text in page, text
    assert "Ani Contoh" not in page


ROW = {"external_id": None, "unit_id": None, "stage": "implementation", "claimed_score": 70}


def side(name: str, rows: dict[str, tuple[str, str]]) -> Side:
    told = {
        key: {**ROW, "title": title, "unit_name": "Dinas", "innovation_id": innovation}
        for key, (title, innovation) in rows.items()
    }
    return Side(name, ON, "", told)


def test_the_same_innovation_is_found_by_the_registry_and_never_by_a_title() -> None:
    own = side("daftar", {"a": ("Satu", "1"), "b": ("Dua", "2"), "c": ("Tiga", "3")})
    portal = side("portal", {"a": ("SATU", "1"), "x": ("Dua baru", "2"), "y": ("Tiga", "9")})
    found = reconciled(own, portal)
    assert found.sent == (("a", "a"), ("b", "x"))
    assert (found.missing, found.not_ours, found.perhaps) == (("c",), ("y",), {"c": "y"})
    assert found.differences == {"a": (("title", "Satu", "SATU"),), "b": (("title", "Dua", "Dua baru"),)}
    rows = reconciliation_rows(found)
    assert rows["state"].to_list() == ["missing", "different", "different", "not_ours"]
    assert not found.is_complete


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"), max_size=6),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"), max_size=6),
)
def test_the_counts_add_up(ours: dict[str, str], theirs: dict[str, str]) -> None:
    found = reconciled(
        side("daftar", {key: (key, innovation) for key, innovation in ours.items()}),
        side("portal", {key: (key, innovation) for key, innovation in theirs.items()}),
    )
    counts = found.counts()
    assert counts["own"] == counts["sent"] + counts["missing"]
    assert counts["portal"] == counts["sent"] + counts["not_ours"]
    assert len({one for one, _ in found.sent}) == len({other for _, other in found.sent}) == len(found.sent)
    assert reconciled(found.own, found.own).is_complete


def test_the_portal_is_known_by_its_system_and_else_by_its_layout() -> None:
    assert is_portal_export("portal nasional (simulasi)", "l8_html_export")
    assert is_portal_export(None, "l1_portal_list")
    assert not is_portal_export("portal kota (simulasi)", "l1_portal_list")
    assert not is_portal_export(None, "template_control_sheet")
