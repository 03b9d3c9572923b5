"""The clinic over folders and ZIPs: each document once, with a commented copy; and the picture of a video."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from PIL import Image

from analysis import open_snapshot
from etl.documents.read_document import read_document
from iga.rulebook import load_rulebook
from tests.conftest import Ran
from warehouse.region import resolve_city
from workbench.clinic_papers import comment_name, papers_of
from workbench.season_documents import SeasonDocuments, document_findings, lacking_picture, season_documents


@pytest.fixture(scope="module")
def season(example_home: Path) -> SeasonDocuments:
    with open_snapshot(home=example_home) as snapshot:
        return season_documents(snapshot, resolve_city("17.71"), 2026)


def word(*lines: str) -> bytes:
    document, stream = docx.Document(), io.BytesIO()
    for line in lines:
        document.add_paragraph(line)
    document.save(stream)
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path: Path, season: SeasonDocuments) -> Path:
    titles = [one.title for one in season.innovations if "/" not in one.title]
    root = tmp_path / "kiriman"
    for name, content in {
        f"{titles[0]}/rancang bangun.docx": word("Dasar hukum"),
        f"{titles[0]}/rancang bangun.txt": b"Dasar hukum",
        f"{titles[1]}/rancang bangun.docx": word("Permasalahan"),
        "lepas/catatan.txt": b"Isu strategis",
        "lepas/~$catatan.docx": b"x",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def test_a_document_of_a_folder_is_of_the_innovation_that_the_folder_names(
    folder: Path, season: SeasonDocuments, tmp_path: Path
) -> None:
    titles = {one.submission_id: one.title for one in season.innovations}

    def told(place: Path) -> dict[str, tuple[str | None, str]]:
        papers = papers_of([place], season, None)
        return {paper.name: (titles.get(paper.submission_id or ""), paper.reason) for paper in papers}

    found = told(folder)
    assert found == {
        path.relative_to(folder).as_posix(): (
            (None, "lock_file")
            if path.name.startswith("~")
            else (None if path.parent.name == "lepas" else path.parent.name, "")
        )
        for path in folder.rglob("*")
        if path.is_file()
    }
    packed = tmp_path / "kiriman.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder).as_posix())
        archive.writestr("../keluar.docx", b"x")
    assert told(packed) == found | {"../keluar.docx": (None, "outside")}


def test_a_commented_copy_is_written_of_each_document(
    iga: Callable[..., Ran], example_home: Path, folder: Path, tmp_path: Path
) -> None:
    home, out = tmp_path / "home", tmp_path / "komentar"
    home.mkdir()
    for name in ("snapshots", "current.json"):
        (home / name).symlink_to(example_home / name)
    ran = iga("clinic", "bengkulu", "2026", str(folder), "--comments", str(out), "--format", "json", home=home)
    assert ran.exit_code == 0, ran.err
    written = {path.relative_to(out).as_posix() for path in out.rglob("*.docx")}
    names = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and "~" not in path.name
    }
    assert len(written) == len(names) == 4
    assert {name.partition("/")[0] for name in written} == {name.partition("/")[0] for name in names}
    for path in out.rglob("*.docx"):
        assert list(docx.Document(str(path)).comments), path
    told = json.loads(ran.out)
    rows = told["rows"] if isinstance(told, dict) else told
    assert any("~$catatan.docx" in str(row) for row in rows)


def test_names_of_copies_differ_where_the_documents_do() -> None:
    taken: set[str] = set()
    names = [comment_name(name, taken) for name in ("a/b.docx", "a/b.pdf", "c/b.docx", "A/B.PDF", "a/b.docx")]
    assert names == [
        "a/b-klinik.docx", "a/b-pdf-klinik.docx", "c/b-klinik.docx", "A/B-2-klinik.docx", "a/b-docx-klinik.docx",
    ]  # fmt: skip


PICTURES = [
    # what the reader says of a picture, what is found
    ({"kind": "png", "cause": "", "picture_size": [1280, 720]}, [("picture_not_looked_at", False)]),
    ({"kind": "jpeg", "cause": "scan", "picture_size": [1280, 720]}, [("picture_not_looked_at", False)]),
    ({"kind": "jpeg", "cause": "no_text", "picture_size": [1, 1]}, [("picture_not_looked_at", False)]),
    ({"kind": "jpeg", "cause": "damaged"}, [("unreadable_damaged", True)]),
]


@pytest.mark.parametrize(("facts", "expected"), PICTURES)
def test_the_picture_of_a_video_opens_and_has_a_size(
    season: SeasonDocuments, facts: dict[str, object], expected: list[tuple[str, bool]]
) -> None:
    findings, _count = document_findings(season, None, {"paragraphs": [], **facts}, 9, "video")
    assert [(finding.code, finding.is_fault) for finding in findings] == expected


def test_the_picture_that_an_edition_asks_for_is_asked_about(season: SeasonDocuments) -> None:
    assert [finding.code for finding in lacking_picture(season, {"mp4", "text"})] == ["no_picture"]
    assert not lacking_picture(season, {"mp4", "png"})
    assert not lacking_picture(season, set())
    older = replace(season, rulebook=load_rulebook(2024))  # which asks for no picture
    assert not lacking_picture(older, {"mp4"})


def test_the_size_of_a_picture_is_that_of_the_file() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (640, 360), "white").save(stream, "PNG")
    facts, small = read_document(stream.getvalue(), with_recognition=False)
    assert (facts["kind"], facts["picture_size"]) == ("png", [640, 360])
    assert small.startswith(b"\x89PNG")
