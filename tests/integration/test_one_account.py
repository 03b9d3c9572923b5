"""Every surface that states a fact of a season states the one of its account: same season, same day, one value."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from analysis import open_snapshot
from reports.blocks.block import Block
from reports.letters.nota_dinas import nota_dinas
from reports.letters.season_facts import read_letter_season
from reports.letters.unit_letter import unit_letters
from reports.pages.mayor_brief import blocks as mayor_brief
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.next_edition import blocks as next_edition
from reports.pages.weekly_progress import blocks as weekly_progress
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters
from warehouse.home import Home
from warehouse.inputs_read import TODAY
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.command import app
from workbench.schedule.mail import message_of
from workbench.schedule.plan import MailPlan
from workbench.schedule.status import RunStatus

DAY = "2026-08-10"
CITIES = ("Kota Bengkulu", "Kota Magelang", "Kota Bandar Lampung")
NUMBER = r"(-?\d(?:[\d.,]*\d)?|–)"
SAYS = {
    name: pattern.replace("#", NUMBER)
    for name, pattern in {
        "units_silent": r"# dari [\d.]+ unit wajib",
        "units_obliged": r"dari # unit wajib",
        "units_with_one": r"Unit dengan satu inovasi: #",
        "units_with_enough": r"dengan jumlah cukup: #",
        "units_unresolved": r"nama unit belum dikenali: #",
        "innovations_reported": r"Inovasi dilaporkan:? #",
        "innovations_quarantined": r"Inovasi dilaporkan:? [\d.]+(?:, di antaranya| \() ?# di karantina",
        "innovations_scored": r"(?:karantina;|karantina\),|Inovasi) dinilai:? #",
        "innovations_withdrawn": r"; ditarik #",
        "innovations_below_threshold": r"# inovasi (?:yang dinilai )?masih di bawahnya",
        "innovations_not_eligible": r"# inovasi di luar (?:jangka waktu|syarat) edisi 2026 sendiri",
        "threshold": r"(?:Ambang|Target Pemkot) #",
        "days_left": r"(?:tinggal|Agustus 2026,|Sisa hari) #",
        "pace_per_day": r"Laju:? # inovasi per hari",
        "forecast": r"(?:; perkiraan|diperkirakan terkumpul) #",
    }.items()
}
"""How a surface says a fact in Indonesian; the group is its value."""
ALL = set(SAYS)
TIMES = {"days_left", "pace_per_day", "forecast"}
MUST = {
    "readiness": ALL,
    "status": ALL,
    "workbook": ALL,
    "e-mail": ALL,
    "page": ALL,
    "weekly page": ALL,
    "brief": {
        "units_silent", "units_obliged", "innovations_reported", "innovations_scored", "innovations_below_threshold",
        "innovations_not_eligible", "threshold", *TIMES,
    },
    "nota dinas": {
        "units_silent", "units_obliged", "innovations_reported", "innovations_quarantined", "innovations_scored",
        "innovations_below_threshold", "innovations_not_eligible", "threshold", *TIMES,
    },
    "letters": {"threshold"},
}  # fmt: skip
"""What each surface states where it is known."""


def run(home: Path, *words: str) -> str:
    settings = {"IGA_HOME": str(home), "IGA_LANG": "id", "COLUMNS": "400", "NO_COLOR": "1"}
    done = CliRunner().invoke(app, [*words], env=settings)
    assert done.exit_code == 0, done.stderr or repr(done.exception)
    return done.stdout


def text_of(*blocks: Block) -> str:
    told = " ".join(block.html for block in blocks)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", told)))


def surfaces(home: Path, city: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Each surface with what it says of one city's season."""
    region, place, day = resolve_city(city), Home.at(home), date.fromisoformat(DAY)
    book = folder / "kesiapan.xlsx"
    yield "readiness", run(home, "readiness", city, "2026", "--on", DAY, "--workbook", str(book))
    opened = CalamineWorkbook.from_path(str(book))
    rows = [row for name in opened.sheet_names for row in opened.get_sheet_by_name(name).to_python()]
    yield "workbook", " ".join(str(cell) for row in rows for cell in row if isinstance(cell, str))
    yield "status", run(home, "status", "--city", city, "--edition", "2026", "--on", DAY)
    asked = {"city": region.region_code, "edition": 2026}
    page = next_edition.open_next_edition(WeeklyProgressParameters.model_validate(asked))
    yield "page", text_of(next_edition.brief(page))
    week = weekly_progress.open_week(WeeklyProgressParameters.model_validate(asked))
    yield "weekly page", text_of(weekly_progress.headline(week), weekly_progress.pace_words(week))
    brief = mayor_brief.open_brief(MayorBriefParameters.model_validate(asked))
    yield "brief", text_of(mayor_brief.position(brief), mayor_brief.matters(brief))
    with open_snapshot(home=home) as snapshot:
        season = read_letter_season(snapshot, place, region, 2026, day, with_names=False)
    yield "nota dinas", " ".join(text for section in nota_dinas(season).sections for text in section.points)
    yield "letters", " ".join(text for letter in unit_letters(season) for text in letter.opening)
    plan = MailPlan(host="localhost", sender="a@example.id", recipients=("b@example.id",))
    body = message_of(plan, RunStatus("done", f"{DAY}T06:30:00+07:00"), place, Language("id")).get_body()
    assert body is not None
    _, _, own = body.get_content().partition(f"Fakta {city} 2026")
    yield "e-mail", own.partition("\nFakta ")[0]


@pytest.mark.parametrize("city", CITIES)
def test_one_value_on_every_surface(
    city: str, example_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    monkeypatch.setenv(TODAY, DAY)
    facts = json.loads(run(example_home, "facts", city, "2026", "--on", DAY, "--format", "json"))
    values = {row["fact"]: row["value"] for row in facts}
    indonesian = Language("id")
    told = {
        name: "–" if value is None else indonesian.number(value, 2 if isinstance(value, float) else 0)
        for name, value in values.items()
    }
    for surface, text in surfaces(example_home, city, tmp_path):
        assert "belum mengirim" not in text, surface
        said = {name: set(re.findall(pattern, text)) for name, pattern in SAYS.items()}
        for name, found in said.items():
            assert found <= {told[name]}, (surface, name)
        known = {name for name in MUST[surface] if values[name] is not None}
        if surface == "letters" and not text:
            continue
        assert {name for name in known if not said[name]} == set(), surface
