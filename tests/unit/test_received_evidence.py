"""Folders and ZIPs of evidence come from outside: what is hostile is named, the rest is read, and nothing is lost."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies

from analysis.evidence import received_files
from analysis.evidence.received_files import limits, received, set_aside_by_name
from etl.documents.content_kind import kind_of_head


def packed(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def reasons_of(place: Path) -> dict[str, str]:
    with received(place) as got:
        return {file.path: file.reason for file in got.files}


def link_member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


HOSTILE = [
    ("../../etc/passwd", "outside"),
    ("A/../../b.pdf", "outside"),
    ("A\\..\\..\\b.pdf", "outside"),
    ("/abs.pdf", "absolute"),
    ("C:/windows/a.pdf", "absolute"),
    ("c:evil.pdf", "absolute"),
    ("\\\\server\\share\\a.pdf", "absolute"),
    ("A/CON", "device_name"),
    ("A/nul.pdf", "device_name"),
    ("COM1/a.pdf", "device_name"),
    ("A/trailing.pdf.", "bad_name"),
    ("A/folder /a.pdf", "bad_name"),
    ("A/a|b.pdf", "bad_name"),
    ("A/bell\x07.pdf", "bad_name"),
    ("A/" + "x" * 300 + ".pdf", "long_name"),
    ("/".join("abcdefghijklmnop") + "/a.pdf", "long_name"),
    ("A/inner.zip", "nested"),
    ("A/old.RAR", "nested"),
    ("A/~$surat.docx", "lock_file"),
    ("A/Thumbs.db", "system_file"),
    ("__MACOSX/A/._sk.pdf", "system_file"),
    ("A/.DS_Store", "system_file"),
    ("A/SK.lnk", "shortcut"),
    ("A/SK.pdf.crdownload", "unfinished"),
]


@pytest.mark.parametrize(("name", "reason"), HOSTILE, ids=lambda value: value[:20])
def test_a_hostile_name_is_told_and_the_rest_is_read(tmp_path: Path, name: str, reason: str) -> None:
    place = packed(tmp_path / "a.zip", ("A/first.pdf", b"%PDF-"), (name, b"x"), ("A/last.pdf", b"%PDF-2"))
    with received(place) as got:
        assert {file.reason for file in got.files} == {"", reason}
        good = [file for file in got.files if not file.reason]
        assert [file.path for file in good] == ["A/first.pdf", "A/last.pdf"]
        with got.opened(good[1]) as stream:
            assert stream.read() == b"%PDF-2"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_links_same_names_and_bombs_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b"\0" * (limits()["ratio_from_kib"] * 1024 + 1)
    place = packed(
        tmp_path / "a.zip",
        (link_member("A/link.pdf"), b"/etc/passwd"),
        ("A/sk.pdf", b"1"),
        ("A/SK.PDF", b"2"),
        ("A/bomb.pdf", bomb),
    )
    assert reasons_of(place) == {"A/link.pdf": "link", "A/sk.pdf": "", "A/SK.PDF": "same_name", "A/bomb.pdf": "bomb"}
    small = {**limits(), "most_files": 2, "most_total_mib": 0}
    monkeypatch.setattr(received_files, "limits", lambda: small)
    assert reasons_of(packed(tmp_path / "b.zip", ("A/a.pdf", b"1"))) == {"A/a.pdf": "bomb"}
    monkeypatch.setattr(received_files, "limits", lambda: {**small, "most_total_mib": 1})
    many = packed(tmp_path / "c.zip", *((f"A/{place}.pdf", b"1") for place in range(3)))
    assert list(reasons_of(many).values()) == ["", "", "too_many"]


def test_a_password_and_old_letters_are_told(tmp_path: Path) -> None:
    place = packed(tmp_path / "a.zip", ("A/sk.pdf", b"1234"))
    content = bytearray(place.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    place.write_bytes(bytes(content))
    assert reasons_of(place) == {"A/sk.pdf": "password"}
    for raw, shown in (("Ünit".encode(), "Ünit"), ("Ünit".encode("cp437"), "Ünit")):
        old = packed(tmp_path / "b.zip", ("Q" * len(raw) + "/sk.pdf", b"1"))
        old.write_bytes(old.read_bytes().replace(b"Q" * len(raw) + b"/", raw + b"/"))
        assert reasons_of(old) == {f"{shown}/sk.pdf": ""}


def test_a_folder_follows_no_link(tmp_path: Path) -> None:
    outside, place = tmp_path / "outside", tmp_path / "place"
    (outside / "A").mkdir(parents=True)
    (outside / "secret.pdf").write_bytes(b"%PDF-")
    (place / "A").mkdir(parents=True)
    (place / ".git").mkdir()
    (place / "A" / "sk.pdf").write_bytes(b"%PDF-")
    try:
        (place / "A" / "link.pdf").symlink_to(outside / "secret.pdf")
        (place / "B").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("links take a right here")
    assert reasons_of(place) == {".git": "system_file", "B": "link", "A/link.pdf": "link", "A/sk.pdf": ""}


NAMES = strategies.text(alphabet="abAB./\\:~$ -_0123é\x01", min_size=1, max_size=24)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=60, deadline=None)
@given(strategies.lists(NAMES, max_size=8))
def test_no_member_of_a_zip_is_lost(names: list[str]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        members = [zipfile.ZipInfo("placeholder") for _name in names]
        for member, name in zip(members, names, strict=True):
            member.filename = name
            archive.writestr(member, b"x")
    with zipfile.ZipFile(stream) as archive:
        sent = [member for member in archive.infolist() if not member.filename.replace("\\", "/").endswith("/")]
        opened: dict[str, zipfile.ZipInfo] = {}
        got = list(received_files._in_zip(archive, opened))
    assert len(got) == len(sent)
    good = [file.path for file in got if not file.reason]
    assert set(good) == opened.keys()
    assert len({path.casefold() for path in good}) == len(good)
    for path in good:
        parts = path.split("/")
        assert ".." not in parts and not path.startswith("/") and ":" not in path
        assert all(part == part.rstrip(". ") for part in parts)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7", "pdf"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"PK\x03\x04....[Content_Types].xml", "docx"),
        (b"PK\x03\x04....xl/workbook.xml", "xlsx"),
        (b"PK\x03\x04....surat.pdf", "zip"),
        (b"\xd0\xcf\x11\xe0", "ole"),
        (b"\x00\x00\x00\x18ftypmp42", "mp4"),
        (b"https://youtu.be/x", "link"),
        (b"[InternetShortcut]\r\nURL=https://youtu.be/x", "link"),
        (b"catatan", "text"),
        (b"\x00\x01\x02", "unknown"),
    ],
)
def test_kind_is_told_by_content(head: bytes, kind: str) -> None:
    assert kind_of_head(head) == kind


def test_what_is_evidence_is_not_set_aside() -> None:
    assert [set_aside_by_name(name) for name in ("SK.pdf", "foto.jpg", "tilde~.pdf", "lnk.pdf")] == [""] * 4
