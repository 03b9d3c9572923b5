"""A city contest from the filled-in template to page and command: places, prizes, nominees, no jurors' names."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from analysis import open_snapshot
from analysis.contest.results import ContestInvalid, contest_of, judge, known_contests, nominees_of, scores_in
from analysis.season.frames import read_season_frames
from etl.publish import ingest
from reports.pages.contest import blocks as contests
from reports.pages.contest.parameters import ContestParameters
from tests.conftest import EXAMPLES, TODAY, Ran
from warehouse import Snapshot
from warehouse.home import Home

SCORES = """Kategori;Nama Inovasi;Nama Perangkat Daerah;Juri;Nilai
SD;{title};{unit};Ani Contoh;84,38
SD;{title};{unit};Budi Contoh;80,10
SD;Kebun Angka;SD Negeri 1;Ani Contoh;70,00
SD;Kebun Angka;SD Negeri 1;Budi Contoh;75,50
Perangkat Daerah;Layanan Cepat;Dinas Contoh;Ani Contoh;90,00
Kategori Lain;Tanpa Lomba;Dinas Contoh;Ani Contoh;50,00
"""


@pytest.fixture(scope="module")
def contest_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with Bengkulu's season of 2024 and a file of jury scores that names one of its innovations."""
    home = tmp_path_factory.mktemp("contest")
    folder = home / "inbox" / "bengkulu" / "2024"
    shutil.copytree(EXAMPLES / "inbox" / "bengkulu" / "2024", folder)
    ingest(Home.at(home), today=TODAY)
    with open_snapshot(home=home) as snapshot:
        first = (
            "select title, unit_name from submission where unit_kind = 'sd' and status is distinct from 'draft' limit 1"
        )
        title, unit = snapshot.sql(first).row(0)
    (folder / "nilai-juri.csv").write_text(SCORES.format(title=title.upper(), unit=unit), encoding="utf-8")
    with (folder / "receipt.toml").open("a", encoding="utf-8") as receipt:
        receipt.write(
            '\n[[file]]\nname = "nilai-juri.csv"\nreceived = 2024-08-21\ncoverage = "partial"\nsystem = "juri"\n'
        )
    ingest(Home.at(home), today=TODAY)
    return home


def test_the_snapshots_scores_are_judged(contest_home: Path) -> None:
    contest = contest_of("17.71", 2024)
    with open_snapshot(home=contest_home) as snapshot:
        given = scores_in(snapshot, contest, 2024)
        frames = read_season_frames(snapshot, "17.71", 2024)
    assert given.unknown_categories == {"Kategori Lain": 1}
    assert given.is_simulated
    result = judge(contest, given.scores)
    assert result.entries.filter(pl.col("category") == "sd")["mean"].to_list() == [Decimal("82.24"), Decimal("72.75")]
    assert result.prize_total == 3_500_000 * 2 + 2_000_000
    nominees = nominees_of(contest, result, frames)
    assert nominees.height == 3
    found = nominees.filter(pl.col("submission_id").is_not_null())
    assert found["place"].to_list() == [1]
    assert found["maturity"].item() > 0


def test_the_examples_hold_a_contest_that_is_answered_from_data(example: Snapshot) -> None:
    contest = contest_of("33.71", 2024, "magelang-opd-bumd")
    given = scores_in(example, contest, 2024)
    result = judge(contest, given.scores)
    assert given.is_simulated and not given.unknown_categories
    assert (result.entries.height, set(result.entries["juror_count"])) == (12, {5})
    assert result.agreement["kendalls_w"].item() > 0.5


def test_the_command_reads_the_snapshot_and_names_jurors_only_when_asked(
    iga: Callable[..., Ran], contest_home: Path
) -> None:
    told = iga("contest", "bengkulu", "2024", "--list", "jurors", home=contest_home).out
    assert "Juror 1" in told
    assert "Contoh" not in told
    assert "Ani Contoh" in iga("contest", "bengkulu", "2024", "--list", "jurors", "--names", home=contest_home).out


def test_the_page_shows_places_and_no_names(contest_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(contest_home))
    pages = contests.open_contests(ContestParameters(city="bengkulu", edition=2024, lang="en"))
    html = contests.whole(pages, "bengkulu", 2024, "en").html
    assert "82.24" in html
    assert "not in the season yet" in html
    assert "SIMULATED DATA" in contests.banner(pages).html
    assert "Ani Contoh" not in html


def test_without_scores_the_page_has_what_was_published(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    pages = contests.open_contests(ContestParameters(city="bengkulu", edition=2023, lang="en"))
    html = contests.whole(pages, "bengkulu", 2023, "en").html
    assert "Halo PTSP" in html
    assert "fill in the template jury-scores" in html
    both = contests.open_contests(ContestParameters(city="magelang", edition=2024, lang="en"))
    assert [page.contest.name for page in both] == ["magelang-krenova", "magelang-opd-bumd"]
    assert "No contest is declared" in contests.whole([], "bandar lampung", 2024, "en").html


def test_a_city_declares_its_own_contest(empty_home: Home) -> None:
    folder = empty_home.root / "contests"
    folder.mkdir()
    declared = (EXAMPLES.parent / "warehouse" / "reference" / "contests" / "bengkulu-2024.toml").read_text("utf-8")
    (folder / "bengkulu-2026.toml").write_text(declared.replace("edition = 2024", "edition = 2026"), encoding="utf-8")
    assert contest_of("17.71", 2026, home=empty_home).prizes[1] == 3_500_000
    (folder / "broken.toml").write_text("edition = 'x'", encoding="utf-8")
    with pytest.raises(ContestInvalid) as caught:
        known_contests(empty_home)
    assert str(caught.value.place).endswith("broken.toml")
