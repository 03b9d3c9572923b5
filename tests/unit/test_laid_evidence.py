"""Evidence that is laid down on a page: each file at its path, nothing overwritten, what is hostile refused by name."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.language import Language
from workbench.desk.laid_evidence import LaidEvidence, lay_evidence
from workbench.desk.refusals import RequestRefused

ID = Language("id")


def lay(home: Home, path: str, content: bytes = b"%PDF-", edition: str = "2026") -> LaidEvidence:
    return lay_evidence(home, "17.71", edition, path, content, ID)


def packed(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def laid(home: Home) -> dict[str, bytes]:
    root = home.root / "evidence" / "17.71" / "2026"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_files_of_a_folder_lie_at_their_paths_and_none_is_overwritten(empty_home: Home) -> None:
    for content in (b"satu", b"satu", b"dua", b"tiga"):
        lay(empty_home, "SIPATEN/16. Regulasi/SK.pdf", content)
    assert lay(empty_home, "SIPATEN\\17\\SK.pdf").path == "SIPATEN/17/SK.pdf"
    assert laid(empty_home) == {
        "SIPATEN/16. Regulasi/SK.pdf": b"satu",
        "SIPATEN/16. Regulasi/SK-2.pdf": b"dua",
        "SIPATEN/16. Regulasi/SK-3.pdf": b"tiga",
        "SIPATEN/17/SK.pdf": b"%PDF-",
    }


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("A/Thumbs.db", "system_file"),
        (".git/config", "system_file"),
        ("A/~$SK.docx", "lock_file"),
        ("A/dalam.zip", "nested"),
        ("A/dalam.rar", "nested"),
        ("luar.7z", "nested"),
    ],
)
def test_what_is_no_evidence_is_not_laid_down(empty_home: Home, path: str, reason: str) -> None:
    told = lay(empty_home, path)
    assert (told.path, told.reason) == ("", reason) and told.told(ID)["reason"]
    assert laid(empty_home) == {}


@pytest.mark.parametrize(
    "path",
    ["../a.pdf", "A/../../a.pdf", "/a.pdf", "C:/a.pdf", "A/CON", "A/a|b.pdf", "A/x. /b.pdf", "A/\x07.pdf", "x" * 300],
)
def test_a_hostile_path_is_refused(empty_home: Home, path: str) -> None:
    with pytest.raises(RequestRefused):
        lay(empty_home, path)
    assert laid(empty_home) == {}


def test_a_zip_is_laid_down_whole_with_what_is_set_aside(empty_home: Home) -> None:
    content = packed(("A/sk.pdf", b"%PDF-"), ("A/Thumbs.db", b"x"))
    told = lay(empty_home, "SIPATEN.zip", content)
    assert (told.path, [file.path for file in told.aside]) == ("SIPATEN.zip", ["A/Thumbs.db"])
    assert told.told(ID) == {"path": "SIPATEN.zip", "reason": "A/Thumbs.db: Berkas milik sistem operasi", "aside": 1}
    assert laid(empty_home) == {"SIPATEN.zip": content}


def _link() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("A/link.pdf")
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return member


GOOD = ("A/sk.pdf", b"%PDF-")


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 rusak",
        b"bukan zip",
        packed(GOOD, ("../../keluar.pdf", b"x")),
        packed(GOOD, ("/etc/passwd", b"x")),
        packed(GOOD, (_link(), b"/etc/passwd")),
        packed(GOOD, ("A/nol.pdf", b"\0" * (8 << 20))),
        packed(GOOD, ("A/CON.pdf", b"x")),
        packed(("A/Thumbs.db", b"x")),
        packed(),
    ],
    ids=["cut short", "no ZIP", "leads out", "root", "link", "bomb", "device", "nothing of use", "empty"],
)
def test_a_hostile_zip_is_refused_and_nothing_of_it_stays(empty_home: Home, content: bytes) -> None:
    with pytest.raises(RequestRefused):
        lay(empty_home, "SIPATEN.zip", content)
    assert laid(empty_home) == {}


def test_an_edition_and_a_link_of_the_home_are_looked_at(empty_home: Home, tmp_path: Path) -> None:
    with pytest.raises(RequestRefused):
        lay(empty_home, "a.pdf", edition="../x")
    root = empty_home.root / "evidence" / "17.71" / "2026"
    root.mkdir(parents=True)
    (tmp_path / "luar").mkdir()
    try:
        (root / "A").symlink_to(tmp_path / "luar", target_is_directory=True)
    except OSError:
        pytest.skip("links take a right here")
    with pytest.raises(RequestRefused):
        lay(empty_home, "A/a.pdf")
    assert not list((tmp_path / "luar").iterdir())
