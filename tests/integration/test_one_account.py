"""Every surface that states a fact of a season states the one of its account: same season, same day, one value."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from analysis import open_snapshot
from etl.outgoing.template import HEADER_ROW, template_workbook
from reports.blocks.block import Block
from reports.letters.nota_dinas import nota_dinas
from reports.letters.season_facts import read_letter_season
from reports.letters.unit_letter import unit_letters
from reports.pages.mayor_brief import blocks as mayor_brief
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.next_edition import blocks as next_edition
from reports.pages.weekly_progress import blocks as weekly_progress
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters
from simulation.entries import units_of
from simulation.files import bytes_of, export_of
from tests.city_files import REGISTER_HEADER, load, put, workbook
from tests.conftest import run_iga
from warehouse.home import Home
from warehouse.inputs_read import TODAY
from warehouse.language import Language
from warehouse.region import region_of_code, resolve_city
from workbench.command import app
from workbench.control_sheets import By, Sheet, control_sheets
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
    "control sheets": {
        "innovations_reported", "innovations_quarantined", "innovations_scored", "innovations_withdrawn",
        "innovations_below_threshold", "threshold", "days_left",
    },
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
    sheets = control_sheets(place, region.region_code, 2026, By.city, day)
    yield "control sheets", " ".join(cell for sheet in sheets.values() for cell in cells_of(sheet, region.full_name))
    plan = MailPlan(host="localhost", sender="a@example.id", recipients=("b@example.id",))
    body = message_of(plan, RunStatus("done", f"{DAY}T06:30:00+07:00"), place, Language("id")).get_body()
    assert body is not None
    _, _, own = body.get_content().partition(f"Fakta {city} 2026")
    yield "e-mail", own.partition("\nFakta ")[0]


def cells_of(sheet: Sheet, city: str) -> list[str]:
    """What stands above the header of a control sheet as it is written."""
    content = template_workbook("control-sheet", city, 2026, sheet.rows, note=sheet.note, asked=sheet.asked)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return [str(cell) for row in rows[:HEADER_ROW] for cell in row]


def facts_of(home: Path, city: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(run(home, "facts", city, "2026", "--on", DAY, "--format", "json"))
    return {row["fact"]: row for row in rows}


def in_words(value: int | float | None) -> str:
    """A value as Indonesian surfaces write it."""
    return "–" if value is None else Language("id").number(value, 2 if isinstance(value, float) else 0)


def hold_one_value(facts: dict[str, dict[str, Any]], texts: Iterable[tuple[str, str]]) -> None:
    """Each text says of a fact the one value, all that it must say, and why what is not known is not."""
    told = {name: in_words(row["value"]) for name, row in facts.items()}
    faults: list[tuple[str, object]] = []
    for surface, text in texts:
        assert "belum mengirim" not in text, surface
        said = {name: set(re.findall(pattern, text)) for name, pattern in SAYS.items()}
        faults += [(surface, (name, found)) for name, found in said.items() if not found <= {told[name]}]
        if surface == "letters" and not text:
            continue
        known = {name for name in MUST[surface] if facts[name]["value"] is not None}
        faults += [(surface, name) for name in known - _held_back(facts) if not said[name]]
        words = " ".join(text.split())
        for name in NOT_KNOWN & MUST[surface] if surface in WITH_REASONS else ():
            because = (facts[name]["reason"] or "", OTHER_WORDS.get(name, "?"))
            if facts[name]["value"] is None and not any(words_why in words for words_why in because):
                faults.append((surface, f"{name}: no reason"))
    assert faults == []


def _held_back(facts: dict[str, dict[str, Any]]) -> set[str]:
    """What is known and not told, since it is none."""
    return set() if facts["innovations_not_eligible"]["value"] else {"innovations_not_eligible"}


WITH_REASONS = ("readiness", "status", "page", "weekly page", "e-mail")
NOT_KNOWN = {
    "units_silent",
    "units_with_enough",
    "threshold",
    "innovations_below_threshold",
    "days_left",
    "pace_per_day",
}
"""Facts of which a surface says why they are not known; the others rest on them."""
OTHER_WORDS = {
    "units_silent": "tidak diketahui: daftar unit belum ada",
    "units_with_enough": "tidak diketahui: daftar unit belum ada",
    "pace_per_day": "satu muatan belum menunjukkan laju",
}


@pytest.mark.parametrize("city", CITIES)
def test_one_value_on_every_surface(
    city: str, example_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    monkeypatch.setenv(TODAY, DAY)
    hold_one_value(facts_of(example_home, city), surfaces(example_home, city, tmp_path))


# Files as they are built: the page, its PDF and its workbook.

PAGES = {"ringkasan": "brief", "kemajuan": "weekly page", "rencana": "page"}
"""Beginnings of names of pages, each with the surface that says the same."""


def printed(path: Path) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(path).pages))


def on_page(path: Path) -> str:
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"</?(?:a|bdi|wbr|abbr)\b[^>]*>", "", text)  # within a line: a term that is linked
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def sheets_of(path: Path) -> dict[str, list[list[Any]]]:
    opened = CalamineWorkbook.from_path(str(path))
    return {name: opened.get_sheet_by_name(name).to_python() for name in opened.sheet_names}


NAMED_IN_WORKBOOKS = {
    "Inovasi dilaporkan": "innovations_reported",
    "Inovasi dinilai": "innovations_scored",
    "Sisa hari": "days_left",
}
"""Names of rows in a workbook that are names of facts."""


def hold_workbook(facts: dict[str, dict[str, Any]], path: Path) -> set[str]:
    """Each row that bears the name of a fact has its value, and so has the table of units; the facts that are there."""
    seen = set()
    labels = {Language("id").label("fact", name): name for name in facts}
    for sheet, rows in sheets_of(path).items():
        if [str(cell) for cell in (*rows, [], [], [], [])[3][:2]] == ["Fakta", "Nilai"]:
            told = {labels[row[0]]: row[1] for row in rows[4:]}
            assert told == {name: in_words(row["value"]) for name, row in facts.items()}, path.name
            seen |= set(told)
            continue
        for row in rows:
            name = NAMED_IN_WORKBOOKS.get(str(row[0])) if row else None
            if name is not None and len(row) > 1 and isinstance(row[1], int | float):
                assert row[1] == facts[name]["value"], (path.name, sheet, row)
                seen.add(name)
        heads = [place for place, row in enumerate(rows) if {"Tanpa inovasi", "Satu"} <= set(map(str, row))]
        for head in heads:
            column, owed = rows[head].index("Satu"), rows[head].index("Kurang")
            kinds = [row for row in rows[head + 1 :] if isinstance(row[column], int | float)]
            # The fact is of the units that must report; the table has kinds of which no number is required as well.
            obliged = [row for row in kinds if isinstance(row[owed], int | float)] or kinds
            ones = sum(row[column] for row in obliged)
            assert ones == facts["units_with_one"]["value"], (path.name, sheet)
            seen.add("units_with_one")
    return seen


def hold_files(site: Path, page: str, facts: dict[str, dict[str, Any]]) -> None:
    surface = PAGES[page.partition("-")[0]]
    texts = {kind: read(site / f"{page}.{kind}") for kind, read in (("html", on_page), ("pdf", printed))}
    hold_one_value(facts, ((surface, text) for text in texts.values()))
    seen = hold_workbook(facts, site / f"{page}.xlsx")
    assert seen == ALL if surface in ("page", "weekly page") else seen, page


def test_a_page_its_pdf_and_its_workbook_say_what_the_terminal_says(demo_home: Path) -> None:
    hold_files(demo_home / "reports" / "three_cities", "kemajuan-magelang-2026", facts_of(demo_home, "Kota Magelang"))


@pytest.mark.slow
def test_every_page_pdf_and_workbook_of_the_cities_says_what_the_terminal_says(
    example_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(example_home, home)
    cities = {"bengkulu": CITIES[0], "magelang": CITIES[1], "bandar-lampung": CITIES[2]}
    pages = {f"{stem}-{city}-2026": name for stem in PAGES for city, name in cities.items()}
    only = [word for page in pages for word in ("--only", page)]
    ran = run_iga("report", "build", "three_cities", "--on", DAY, *only, home=home, lang="id", timeout=1800)
    assert ran.exit_code == 0, ran.err
    for page, name in pages.items():
        hold_files(home / "reports" / "three_cities", page, facts_of(home, name))


# A sample of the country: regions with damage, names as offices write them, and much that is not known.

SAMPLE = ("11.01", "11.02", "11.71", "11.72", "12.01", "12.71")
WRITTEN = {"Dinas Kesehatan": "DINKES", "Dinas Sosial": "Dinas Entah Apa", "Kecamatan Simulasi": "Kec. Simulasi"}
"""Names of the registers, and how the lists of the sample write them."""
TARGETS = {
    "deadlines": "region_code,edition,kind,phase,date,source,confidence,note\n"
    + "".join(f"{code},2026,internal,input,2026-08-15,surat (simulasi),high,\n" for code in SAMPLE[::2]),
    "thresholds": "region_code,edition,valid_from,threshold,source,confidence,note\n"
    + "".join(f"{code},2026,2026-07-01,70,surat (simulasi),high,\n" for code in (SAMPLE[0], SAMPLE[3])),
}


def lay_region(home: Home, code: str) -> None:
    """Lay the season of a region into the inbox: two lists or one, a register or none, a held file in one."""
    place, region = SAMPLE.index(code), region_of_code(code)
    # The last list is of the day itself: a page of a season without a deadline is of the day of its last file.
    days = ("2026-07-10", DAY) if place in (0, 4) else (DAY,)
    side = [f'city = "{code}"\nedition = 2026\nsimulated = true\n']
    for number, day in enumerate(days):
        export = export_of("l8_html_export", region, 2026, 16 - 4 * number, Random(f"{code}|{number}"), 0.3)
        text = bytes_of(export).decode("utf-8")
        for name, written in WRITTEN.items():
            text = text.replace(name, written)
        text = re.sub(r">(\d+,\d\d)<", ">belum diisi<", text, count=1)  # a score that sets its row aside
        put(home, f"{code}/2026/daftar-{number}.xls", text)
        side.append(f'[[file]]\nname = "daftar-{number}.xls"\nreceived = {day}\n')
    if place % 2 == 0:
        rows = [(unit.code, unit.name, unit.kind, None, None, None) for unit in units_of(region, 40)]
        put(home, f"{code}/2026/unit.xlsx", workbook([REGISTER_HEADER, *rows]))
    if place == 1:
        put(home, f"{code}/2026/rusak.xlsx", workbook([["Entah", "Apa"], ["1", code]]))
    put(home, f"{code}/2026/receipt.toml", "".join(side))


def sample_home(folder: Path, codes: Iterable[str]) -> Path:
    home = Home.at(folder / "country")
    home.create()
    (home.root / "targets").mkdir(exist_ok=True)
    for name, text in TARGETS.items():
        (home.root / "targets" / f"{name}.csv").write_text(text, encoding="utf-8")
    for code in codes:
        lay_region(home, code)
    load(home)
    return home.root


def hold_region(home: Path, code: str, folder: Path) -> dict[str, dict[str, Any]]:
    facts = facts_of(home, code)
    texts = surfaces(home, region_of_code(code).full_name, folder)
    is_open = facts["days_left"]["value"] is not None
    # The mail tells of open seasons.
    shown = [(surface, text) for surface, text in texts if surface != "e-mail" or is_open]
    assert {surface for surface, _text in shown} | {"e-mail"} == set(MUST)
    hold_one_value(facts, shown)
    return facts


def hold_sample(codes: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    home = sample_home(folder, codes)
    monkeypatch.setenv("IGA_HOME", str(home))
    monkeypatch.setenv(TODAY, DAY)
    return {code: hold_region(home, code, folder) for code in codes}


def test_one_value_in_two_regions_of_the_country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known, unknown = hold_sample(SAMPLE[:2], tmp_path, monkeypatch).values()
    unresolved = known["units_unresolved"]["names"]
    assert known["innovations_quarantined"]["value"] and "Dinas Entah Apa" in unresolved and "DINKES" not in unresolved
    assert known["innovations_withdrawn"]["value"] and known["pace_per_day"]["value"] is not None
    assert {name for name, row in unknown.items() if row["value"] is None} > NOT_KNOWN - {"units_silent"}
    assert "rusak.xlsx" in unknown["innovations_reported"]["reason"]


@pytest.mark.slow
def test_one_value_in_a_sample_of_the_country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = hold_sample(SAMPLE, tmp_path, monkeypatch)
    assert all(any(facts[name]["value"] is None for facts in every.values()) for name in NOT_KNOWN)
