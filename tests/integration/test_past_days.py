"""`--as-of` answers for a past day: as if nothing had been received after it, by every command that reads a season."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis import open_snapshot
from etl.publish import ingest
from iga.rulebook import load_rulebook
from tests.city_files import CONTROL_HEADER, REGISTER_HEADER, SPD_HEADER, exported, html_export, put, workbook
from warehouse.errors import UnknownName
from warehouse.home import Home
from workbench.command import app, whole_command

FIRST, SECOND = date(2026, 7, 1), date(2026, 7, 20)
JURY_HEADER = ("Kategori", "Nama Inovasi", "Nama Perangkat Daerah", "Juri", "Nilai")
UNITS = (
    REGISTER_HEADER,
    ("D1", "Dinas Kesehatan", "OPD", None, "Kesehatan", None),
    ("D2", "Dinas Sosial", "OPD", None, "Sosial", None),
)
CONTEST = """
region_code = "17.71"
edition = 2026
name_id = "Lomba contoh"
name_en = "Example contest"
source = "example"
confidence = "low"
nominee_places = 2
[[category]]
code = "umum"
name_id = "Umum"
name_en = "General"
"""
SCENARIO = """
name = "naik"
[[weight]]
indicator = "19"
points = "2.00"
"""


def _levels(number: str, title: str, level: int) -> tuple[Any, ...]:
    return (number, title, "Dinas Kesehatan", *[level] * 20)


@cache
def _book(*rows: tuple[Any, ...]) -> bytes:
    """A workbook; the same bytes for the same rows, of which each home is to receive the same file."""
    return workbook(rows)


def _points(level: int) -> str:
    """The score of an innovation whose indicators all have a level."""
    return f"{sum(group.weight_x100 for group in load_rulebook(2026).sid_groups) * level / 100:.2f}".replace(".", ",")


def _season(title: str, score: str) -> dict[str, bytes]:
    """The files that come on one day: an export, levels, SPD answers, scores of a jury."""
    last = _points(1 if title == "Tiga" else 2)
    rows = [exported("1", "Satu Layanan", score), exported("2", "Dua", _points(1)), exported("3", title, last)]
    controls = [_levels("2", "Dua", 1), _levels("3", title, 1 if title == "Tiga" else 2)]
    jury = [("Umum", name, "Dinas Kesehatan", juror, score) for name in ("Dua", title) for juror in ("A", "B")]
    return {
        "ekspor.xls": html_export(*rows),
        "kendali.xlsx": _book(tuple(CONTROL_HEADER), *controls),
        "spd.xlsx": _book(SPD_HEADER, ("SPD-01", "x", 1 if title == "Tiga" else 3, None, None)),
        "juri.xlsx": _book(JURY_HEADER, *jury),
    }


def _lay(home: Home, day: date, files: dict[str, bytes], place: str = "bengkulu/2026") -> None:
    for name, content in files.items():
        put(home, f"{place}/{day.isoformat()}-{name}", content)
    put(home, "../contests/umum.toml", CONTEST)
    put(home, "../naik.toml", SCENARIO)
    ingest(home, today=day)


def _begun(folder: Path) -> Home:
    home = Home.at(folder)
    home.create()
    before = {"ekspor.xls": html_export(exported("1", "Satu Layanan", "30,00"))}
    _lay(home, FIRST, before, "bengkulu/2025")
    _lay(home, FIRST, {"ekspor.xls": html_export(exported("7", "Satu Layanan", "55,00"))}, "magelang/2026")
    _lay(home, FIRST, {"unit.xlsx": _book(*UNITS)})
    _lay(home, FIRST, _season("Tiga", "50,00"))
    return home


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which only what had come by the first day was ever loaded."""
    return _begun(tmp_path_factory.mktemp("then")).root


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home after the files of the second day, which also replaced an export of the edition before."""
    home = _begun(tmp_path_factory.mktemp("now"))
    _lay(home, SECOND, {"ekspor.xls": html_export(exported("1", "Satu Layanan", "35,00"))}, "bengkulu/2025")
    _lay(home, SECOND, _season("Empat", "90,00"))
    return home.root


def _told(home: Path, *words: str) -> str:
    arguments = [word.replace("HOME", str(home)) for word in words]
    ran = CliRunner().invoke(app, [*arguments, "--home", str(home), "--lang", "en"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


SEASON = ("bengkulu", "2026")
ASKED = [
    ("index",),
    ("rank", "--edition", "2026"),
    ("explain", "bengkulu", "2025", "2026"),
    ("readiness", *SEASON, "--on", "2026-08-01", "--list", "kinds"),
    ("plan", *SEASON, "--budget", "40"),
    ("plan", *SEASON, "--hold"),
    ("plan", "all", "2026", "--budget", "40"),
    ("scenario", "compare", *SEASON, "HOME/naik.toml"),
    ("contest", *SEASON, "--list", "nominees"),
    ("trace", *SEASON),
    ("trace", "--file", "bengkulu/2026/2026-07-01-ekspor.xls", "--row", "3"),
    ("portfolio", "bengkulu", "--list", "entries"),
    ("identity", "continuity", "bengkulu", "2025", "2026"),
    ("status", "--files"),
    ("export", "panel", "--city", "bengkulu"),
    ("sql", "select submission_id, title, claimed_score from submission order by all"),
]


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_a_past_day_is_answered_as_if_nothing_had_come_after_it(then: Path, now: Path, words: tuple[str, ...]) -> None:
    form = ("--format", "json")
    past = json.loads(_told(now, *words, "--as-of", FIRST.isoformat(), *form))
    assert past == json.loads(_told(then, *words, *form))
    assert past
    if words[0] != "export":  # it prints what is known of which edition, which is the same
        assert past != json.loads(_told(now, *words, *form))


def test_python_answers_for_the_same_day_and_says_so(now: Path, then: Path) -> None:
    with open_snapshot(home=now) as snapshot, snapshot.at(FIRST) as past, open_snapshot(home=then) as before:
        for asked in (past, before):
            asked.use_language("en")
        index = past.index("bengkulu", 2026)
        assert index.frame.equals(before.index("bengkulu", 2026).frame)
        assert index.title.endswith("As of 1 July 2026.")
        assert past.cities.bengkulu.plan(2026, budget=40).frame.equals(before.plan("bengkulu", 2026, budget=40).frame)
        assert past.readiness("bengkulu", 2026).frame.equals(before.readiness("bengkulu", 2026, on=FIRST).frame)
        assert past.trace("bengkulu", 2026).frame.equals(before.trace("bengkulu", 2026).frame)
        assert "2026-07-01" in past.citation()
        assert past.panel("bengkulu").state == f"{snapshot.snapshot_id} 2026-07-01"


def test_a_day_before_the_first_file_is_refused_with_the_first_day(now: Path) -> None:
    for words in (("index",), ("plan", *SEASON), ("trace", *SEASON), ("status",)):
        with pytest.raises(UnknownName, match="by 2026-06-30 -> the first file came on 2026-07-01"):
            _told(now, *words, "--as-of", "2026-06-30")


def test_what_is_not_there_yet_says_of_which_day_it_is_missing(now: Path) -> None:
    with pytest.raises(UnknownName, match="As of 1 July 2026") as missing:
        _told(now, "trace", *SEASON, "--innovation", "Empat", "--as-of", "2026-07-01")
    assert missing.value.place == "As of 1 July 2026."
    assert "Empat" in _told(now, "trace", *SEASON, "--innovation", "Empat")


@pytest.mark.parametrize(
    "words",
    [
        ("plan", *SEASON, "--keep"),
        ("readiness", *SEASON, "--mark", "x=received"),
        ("contest", *SEASON, "--scores", "HOME/naik.toml"),
    ],
    ids=" ".join,
)
def test_what_changes_the_present_has_no_past_day(now: Path, words: tuple[str, ...]) -> None:
    arguments = [word.replace("HOME", str(now)) for word in words]
    ran = CliRunner().invoke(app, [*arguments, "--as-of", "2026-07-01", "--home", str(now)])
    assert ran.exit_code == 2
    assert "--as-of" in ran.output


def test_a_table_for_people_names_its_day(now: Path) -> None:
    for words in (("explain", "bengkulu", "2025", "2026"), ("plan", *SEASON), ("trace", *SEASON), ("contest", *SEASON)):
        assert "As of 1 July 2026." in _told(now, *words, "--as-of", "2026-07-01")


PRESENT_ONLY = {
    "report build", "identity accept", "identity reject", "letters", "units confirm", "office handover",
    "office letters", "mentoring sheet", "mentoring letters", "nominee",
}  # fmt: skip
"""Commands that write what is of now; letters have a day of their own (`--on`)."""


def _commands(group: Any, above: str = "") -> Iterator[tuple[str, set[str]]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", {option for one in command.params for option in one.opts}


def test_every_command_that_reads_a_snapshot_answers_for_a_past_day() -> None:
    whole = whole_command()
    asked = {name for name, options in _commands(whole) if "--snapshot" in options and "--as-of" not in options}
    assert asked == PRESENT_ONLY
