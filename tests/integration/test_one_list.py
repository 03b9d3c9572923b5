"""Every surface that asks for something asks for what the season's one plan raises, and none asks to hold."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from analysis import open_snapshot
from analysis.planning.first_actions import ASKING as ASKED_FOR
from analysis.planning.one_plan import SeasonPlan, season_plan
from analysis.planning.plan_list import plan_rows
from reports.blocks.block import Block
from reports.blocks.content import Table, leaves
from reports.letters.nota_dinas import nota_dinas
from reports.letters.season_facts import read_letter_season
from reports.letters.unit_letter import unit_letters
from reports.pages.mayor_brief import blocks as mayor_brief
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.next_edition import blocks as next_edition
from reports.pages.weekly_progress import blocks as weekly_progress
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters
from tests.integration.test_one_account import CITIES, DAY, run, text_of
from warehouse.home import Home
from warehouse.inputs_read import TODAY
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.schedule.mail import message_of
from workbench.schedule.plan import MailPlan
from workbench.schedule.status import RunStatus

INDONESIAN = Language("id")
HOLDING = re.compile(r"\b(?:menahan|ditahan|tahan dulu|tunda pengiriman)\b", re.IGNORECASE)
JARGON = ("upaya 1", "himpunan", "Sangat Inovatif → Sangat Inovatif", "0,0188")
"""What a mayor is not told."""

LEAST_LETTERS = 8
"""A shorter title may be an ordinary word."""


PLAN_PAGE = (next_edition.brief, next_edition.gaps, next_edition.messages)


def _raised(page: next_edition.NextEdition) -> list[Block]:
    """The documents of the plan; a city without levels has the sheets to fetch there instead, which asks for none."""
    return [next_edition.raises(page)] if page.readiness.frames.levels() else []


ASKING = ("asked", "messages", "mentors")
FACTS = {"kinds", "districts", "units", "gaps", "burn-down", "ineligible", "below-threshold", "without-documents"}
"""The lists of readiness that state facts; every other sheet of its workbook asks for something."""


def test_readiness_the_lab_and_the_mail_ask_for_the_plan_alone(
    example_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    monkeypatch.setenv(TODAY, DAY)
    for city in CITIES:
        with open_snapshot(home=example_home) as snapshot:
            snapshot.use_language("id")
            lab = snapshot.readiness(city, 2026, on=date.fromisoformat(DAY))
            listed = snapshot.plan_list(city, 2026, on=date.fromisoformat(DAY))
        command = json.loads(run(example_home, "plan", "list", city, "2026", "--on", DAY, "--format", "json"))
        assert [row["action"] for row in command] == listed.frame["action"].to_list()
        planned = {(row["title"], row["indicator"]) for row in command if row["innovation_id"]}
        others = others_than({title for title, _indicator in planned}, lab.found.frames.submissions)

        book = tmp_path / "kesiapan.xlsx"
        season = ("readiness", city, "2026", "--on", DAY)
        asked = json.loads(run(example_home, *season, "--list", "asked", "--format", "json", "--workbook", str(book)))
        assert {(row["innovation"], row["indicator"]) for row in asked if row["innovation"]} <= planned
        assert len(asked) == lab.asked.frame.height
        opened = CalamineWorkbook.from_path(str(book))
        facts = {INDONESIAN(name) for name in FACTS}
        sheets = {name: opened.get_sheet_by_name(name).to_python() for name in opened.sheet_names if name not in facts}
        assert {INDONESIAN(name) for name in ASKING} <= set(sheets)
        surfaces = {name: " ".join(str(cell) for row in rows for cell in row) for name, rows in sheets.items()}
        surfaces |= {name: run(example_home, *season, "--list", name, "--format", "csv") for name in ASKING}
        surfaces |= {
            "lab asked": lab.asked._repr_html_(),
            "lab plan": listed._repr_html_(),
            "mail": mailed(example_home),
        }
        for name, text in surfaces.items():
            assert not [title for title in others if title in text], name
            assert not HOLDING.search(text), name

        # What is not asked for is a fact, and says so.
        gaps = json.loads(run(example_home, *season, "--list", "gaps", "--format", "json"))
        documents = {(row["innovation"], row["indicator"]) for row in gaps if row["is_asked"] and row["indicator"]}
        assert documents <= planned
        assert len(gaps) == lab.found.gaps.height


def others_than(titles: set[str | None], submissions: pl.DataFrame) -> set[str]:
    """Return the titles of a season that a plan does not raise; of short ones, and parts of planned ones, none."""
    every = set(submissions["title"].drop_nulls()) - titles
    return {
        title
        for title in every
        if len(title) >= LEAST_LETTERS and not any(title in planned for planned in titles if planned)
    }


def mailed(home: Path) -> str:
    plan = MailPlan(host="localhost", sender="a@example.id", recipients=("b@example.id",))
    status = RunStatus("done", f"{DAY}T06:30:00+07:00")
    body = message_of(plan, status, Home.at(home), INDONESIAN).get_body()
    assert body is not None
    return str(body.get_content())


def tables_of(*blocks: Block) -> list[Table]:
    return [part for block in blocks for part in leaves(block.parts) if isinstance(part, Table)]


class Surfaces:
    """What each surface of one city's season says, and which innovations and documents it asks for."""

    def __init__(self, home: Path, city: str) -> None:
        region, place, day = resolve_city(city), Home.at(home), date.fromisoformat(DAY)
        with open_snapshot(home=home) as snapshot:
            self.plan: SeasonPlan = season_plan(snapshot, place, region.region_code, 2026, day)
            self.season = read_letter_season(snapshot, place, region, 2026, day, with_names=False)
        asked = {"city": region.region_code, "edition": 2026}
        week = weekly_progress.open_week(WeeklyProgressParameters.model_validate(asked))
        brief = mayor_brief.open_brief(MayorBriefParameters.model_validate(asked))
        page = brief.plan
        nota = nota_dinas(self.season)
        letters = unit_letters(self.season)
        self.said = {
            "nota dinas": " ".join(text for section in nota.sections for text in section.points),
            "letters": " ".join(text for letter in letters for text in (*letter.opening, letter.closing)),
            "brief": text_of(mayor_brief.position(brief), mayor_brief.matters(brief), mayor_brief.acting(brief)),
            "weekly page": text_of(weekly_progress.actions(week), next_edition.gaps(week.plan)),
            "plan page": text_of(*(show(page) for show in PLAN_PAGE), *_raised(page)),
        }
        self.letter_rows = [row for letter in letters if letter.annex for row in letter.annex.rows]
        self.week = tables_of(weekly_progress.actions(week))
        self.sheets = next(iter(tables_of(weekly_progress.sheets(week))), None)
        self.tables = [
            *self.week,
            *tables_of(next_edition.gaps(week.plan), next_edition.gaps(page), next_edition.messages(page)),
        ]
        self.shown = {"week": week.plan.season, "brief": page.season, "letters": self.season.plan}


@pytest.mark.parametrize("city", CITIES)
def test_one_list_on_every_surface(city: str, example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    monkeypatch.setenv(TODAY, DAY)
    surfaces = Surfaces(example_home, city)
    listed = json.loads(run(example_home, "plan", "list", city, "2026", "--on", DAY, "--format", "json"))
    rows = plan_rows(surfaces.plan, INDONESIAN)
    assert [(row["action"], row["innovation_id"]) for row in listed] == rows.select("action", "innovation_id").rows()
    told = f"{INDONESIAN.number(surfaces.plan.index_before)} → {INDONESIAN.number(surfaces.plan.index)}"

    # The same plan, and the same index before and after.
    for name, plan in surfaces.shown.items():
        assert plan is not None and plan_rows(plan, INDONESIAN).equals(rows), name
    assert told in surfaces.said["plan page"] and told in surfaces.said["weekly page"]
    before, after = told.split(" → ")
    for part in (f"indeks tetap {before};", f"menjadi {after}."):
        assert part in surfaces.said["brief"].replace("Indeks tetap", "indeks tetap")
    assert f"{surfaces.plan.index_before}" == str(decimal_of(surfaces.plan.frames.stated_index()["iid_lower_x100"]))

    # No innovation is named with an action that the plan does not raise.
    planned = {
        (row["title"], row["indicator"]) for row in rows.filter(pl.col("indicator").is_not_null()).iter_rows(named=True)
    }
    titles = {title for title, _indicator in planned} | set(rows.filter(kind="fill_sheets")["title"])
    others = others_than(titles, surfaces.plan.frames.submissions)
    for row in surfaces.letter_rows:
        is_owed = row[5] == "–"
        assert is_owed or (row[2], row[5]) in planned or row[2].startswith("(SPD"), row
    cells = [str(cell) for table in surfaces.tables for row in table.values for cell in row]
    for text in (*surfaces.said.values(), *cells):
        assert not [title for title in others if title in text]
        assert not HOLDING.search(text)
    for word in JARGON:
        assert word not in surfaces.said["brief"]

    # The weekly page shows the first actions and carries all that somebody is asked for; sheets are one row of them.
    [week] = surfaces.week
    asked = rows.filter(pl.col("kind").is_in(ASKED_FOR)).filter(
        (pl.col("kind") != "fill_sheets") | (pl.int_range(pl.len()).over("order") == 0)
    )
    assert [row[:2] for row in week.values] == asked.select("order", "action").rows()
    assert week.rows_shown == asked.filter(pl.col("order") <= weekly_progress.ACTIONS).height
    if surfaces.plan.sheets:
        assert week.values[0][1].startswith("Isi lembar kendali lebih dahulu")
        assert [name for name, text in surfaces.said.items() if "lembar kendali" not in text.lower()] == ["letters"]
        sheets = rows.filter(kind="fill_sheets")
        assert len(surfaces.sheets.values) == sheets.height
        letters = {row[2] for row in surfaces.letter_rows if row[6].startswith("lembar kendali")}
        assert letters == set(sheets["title"])


def decimal_of(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)
