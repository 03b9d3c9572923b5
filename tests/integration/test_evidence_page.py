"""The page of evidence: buttons for whoever works, no names for whoever reads, texts escaped, what is forgotten."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from analysis.evidence.check_index import index_path
from analysis.evidence.decided_at_desk import decide
from analysis.evidence.decisions import decisions_path
from analysis.evidence.evidence_check import places_of
from analysis.season.frames import read_season_frames
from etl.documents.kept_readings import kept_readings
from etl.forgetting.erasure import remains
from etl.forgetting.person_text import person_of, rewritten
from warehouse.home import Home
from warehouse.region import resolve_city
from workbench.desk.pages.evidence_pages import evidence
from workbench.desk.people import Person, Role
from workbench.desk.question import question_of
from workbench.desk.templates_of_desk import rendered
from workbench.evidence_reading import checked_season

CITY, EDITION = "17.71", 2026
MENTOR = "Rahmat Wijayakusuma"


@pytest.fixture(scope="module")
def home(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the example with one innovation's evidence, checked, and one decision of a mentor."""
    from analysis import open_snapshot

    place = Home(tmp_path_factory.mktemp("evidence") / "home")
    for name in ("snapshots", "current.json"):
        source, target = example_home / name, place.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    with open_snapshot(home=place.root) as snapshot:
        frames = read_season_frames(snapshot, CITY, EDITION)
    key = frames.submissions.sort("submission_id")["submission_id"][0]
    folder = place.root / "evidence" / CITY / str(EDITION) / key
    folder.mkdir(parents=True)
    (folder / "16 SK.txt").write_text(f"Nomor 3, tanda tangan {MENTOR}", encoding="utf-8")
    (folder / "28 SOP & alur.txt").write_text("SOP", encoding="utf-8")
    index = checked_season(place, frames, places_of(place, resolve_city(CITY), EDITION, None))
    first = next(file for file in index.files if file.file_name.startswith("16"))
    told = {"city": CITY, "edition": str(EDITION), "submission": key, "indicator": "16", "sha256": first.sha256}
    decide(place, {**told, "answer": "confirmed"}, MENTOR)
    return place


def shown(home: Home, role: Role, **arguments: str) -> tuple[str, pl.DataFrame]:
    asked = {"city": CITY, "edition": str(EDITION), "lang": "id", **arguments}
    question = question_of(home, Person("A", role), asked)
    content = evidence(question)
    assert content.heading == "Bukti"
    return (
        rendered(
            "evidence.html", question.language, base="/iga/", xsrf="", heading=content.heading,
            sentences=content.sentences, tables=[], is_simulated=True, page="evidence", pages=[], cities=[],
            editions=[], city=CITY, city_name="", edition=EDITION, on="", today="", threshold="",
            query=question.query(), queries={"id": "", "en": ""},
            may_work=role is not Role.reader, may_keep=False, person=question.person, has_lab=False, words={},
            **content.values,
        ),
        content.tables["proposals"].frame,
    )  # fmt: skip


def test_whoever_works_decides_and_whoever_reads_sees_no_names(home: Home) -> None:
    page, table = shown(home, Role.administrator)
    assert 'name="answer" value="confirmed"' in page and "28 SOP &amp; alur.txt" in page
    assert MENTOR in table["decided_by"].to_list()
    page, table = shown(home, Role.reader)
    assert 'class="confirm"' not in page and 'data-kind="evidence"' not in page
    assert not {"decided_by", "file_name"} & set(table.columns)
    assert MENTOR not in page and "SOP" not in page  # a file may be named after a person


def test_an_innovation_that_is_chosen_shows_what_was_decided(home: Home) -> None:
    page, table = shown(home, Role.administrator)
    key = table.height and next((home.root / "evidence" / CITY / str(EDITION)).iterdir()).name
    page, _table = shown(home, Role.administrator, innovation=str(key))
    assert 'value="open"' in page and "dibenarkan" in page


def test_what_is_kept_of_a_person_can_be_found_and_taken_out(home: Home) -> None:
    person = person_of([MENTOR])
    left = remains(home, person)
    kept = {path.relative_to(home.root).as_posix() for path in kept_readings(home)}
    assert decisions_path(home).relative_to(home.root).as_posix() in left
    assert kept & set(left)
    for name in {*kept, decisions_path(home).relative_to(home.root).as_posix()} & set(left):
        path = home.root / name
        assert MENTOR not in rewritten(path.read_bytes(), person).decode()
    assert index_path(home, CITY, EDITION).is_file()
