"""An audit sample from the draw over the filled in sheet to the page; what was not drawn, or exchanged, is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.estimate.drawn_sample import DRAW, READINGS, draw_sample, path_of, read_sample, sampled_population
from analysis.estimate.likely_ranges import likely_ranges
from analysis.index.recompute import Scored, scored_season, stored_rows
from etl.cells.sheets import read_cells
from etl.lake import scale_of
from etl.layout.declared import load_layouts
from etl.outgoing.template import HEADER_ROW
from etl.recognition.detect import choose_layout
from reports.pages.city_index import headline
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import read_city_season
from reports.pages.compare_cities.charts import index_over_editions
from reports.pages.compare_cities.figures import read_comparison
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from tests.audit_readings import as_workbook, filled_in, sheet_rows
from tests.conftest import Ran
from warehouse.errors import DataFileInvalid, UnknownName
from warehouse.home import Home
from workbench.audit_sheets import CODE, TITLE, readings_of_sheet
from workbench.command import app

SEASON = ("bengkulu", "2024")
COUNT, SEED = 30, 7


def scored_of(home: Path) -> Scored:
    """The season of SEASON under the rules of 2026, as its index sees it."""
    with open_snapshot(home=home) as snapshot:
        rules = snapshot.rulebooks.of("2026")
        stored = stored_rows(snapshot, region_code="17.71", editions=[2024])
        return scored_season(stored, "17.71", 2024, "claimed", rules, rules.assume())


@pytest.fixture(scope="module")
def scored(example_home: Path) -> Scored:
    return scored_of(example_home)


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    """The example home without what a sample does not need, to be written into."""
    for name in ("snapshots", "current.json"):
        source, target = example_home / name, tmp_path / "home" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return Home.at(tmp_path / "home")


def asked(home: Home, *words: str) -> Ran:
    done = CliRunner().invoke(app, ["audit-sample", *SEASON, *words, "--home", str(home.root), "--lang", "en"])
    return Ran(done.exit_code, done.stdout, done.stderr + (str(done.exception) if done.exception else ""))


def drawn(home: Home, count: int = COUNT, seed: int = SEED) -> Path:
    """Draw a sample, and return its sheet."""
    ran = asked(home, "--draw", str(count), "--seed", str(seed), "--format", "json")
    assert ran.exit_code == 0, ran.err
    return Path(json.loads(ran.out)[0]["path"])


def returned(home: Home, rows: list[list[Any]]) -> Path:
    path = home.root / "kembali.xlsx"
    path.write_bytes(as_workbook(rows))
    return path


def test_a_sample_that_is_read_again_gives_mean_and_index_inside_the_bounds(home: Home, scored: Scored) -> None:
    sheet = drawn(home)
    rows = filled_in(sheet_rows(sheet), scored)
    ran = asked(home, "--read", str(returned(home, rows)), "--format", "json")
    assert ran.exit_code == 0, ran.err
    mean, index = json.loads(ran.out, parse_float=Decimal)
    assert [mean["measure"], index["measure"]] == ["mean_maturity", "iid"]
    population = sampled_population(scored).height
    for row in (mean, index):
        assert (row["sample_size"], row["population"], row["seed"]) == (COUNT, population, SEED)
        assert row["low"] <= row["central_low"] <= row["central_high"] <= row["high"]
        assert row["low"] % 1 == row["high"] % 1 == 0
        assert row["label_en"] == f"90 % sampling interval, {COUNT} of {population} re-read at random"
    assert mean["high"] - mean["low"] <= 5 < Decimal(str(mean["hard_high"])) - mean["hard_low"]
    # What the SPD leaves open, 0.4 of its 63 points, stays open: nobody has read it again.
    assert 25 <= index["high"] - index["low"] <= 28


def test_the_same_seed_draws_the_same_and_another_is_refused(home: Home) -> None:
    first = drawn(home)
    kept = first.with_name(first.name.removesuffix(".xlsx") + DRAW)
    before = kept.read_bytes()
    assert drawn(home) == first and kept.read_bytes() == before
    for count, seed in ((COUNT, SEED + 1), (COUNT + 1, SEED)):
        ran = asked(home, "--draw", str(count), "--seed", str(seed))
        assert ran.exit_code != 0 and "was drawn of this list already" in ran.err
    assert kept.read_bytes() == before


def test_a_sheet_that_people_have_filled_in_stays(home: Home, scored: Scored) -> None:
    sheet = drawn(home)
    sheet.write_bytes(theirs := as_workbook(filled_in(sheet_rows(sheet), scored)))
    other = drawn(home)
    assert sheet.read_bytes() == theirs and other != sheet and other.parent == sheet.parent


@pytest.mark.parametrize(("count", "told"), [(19, "too small"), (5_000, "cannot be drawn")])
def test_a_draw_that_gives_no_range_is_refused(home: Home, count: int, told: str) -> None:
    ran = asked(home, "--draw", str(count), "--seed", "1")
    assert ran.exit_code != 0 and told in ran.err
    assert not (home.root / "audit_samples").exists()


def test_a_draw_needs_its_seed(home: Home) -> None:
    assert asked(home, "--draw", "30").exit_code == 2


def without_a_row(rows: list[list[Any]], _code: int, _title: int) -> None:
    del rows[HEADER_ROW + 3]


def one_twice(rows: list[list[Any]], _code: int, _title: int) -> None:
    rows.append(rows[HEADER_ROW])


def another_innovation(rows: list[list[Any]], code: int, _title: int) -> None:
    rows[HEADER_ROW][code] = "ffffffffffffffff"


def exchanged_titles(rows: list[list[Any]], _code: int, title: int) -> None:
    first, second = rows[HEADER_ROW], rows[HEADER_ROW + 1]
    first[title], second[title] = second[title], first[title]


def an_empty_level(rows: list[list[Any]], _code: int, title: int) -> None:
    rows[HEADER_ROW][title + 2] = ""


def a_level_that_is_none(rows: list[list[Any]], _code: int, title: int) -> None:
    rows[HEADER_ROW][title + 2] = 9


def a_level_without_its_document(rows: list[list[Any]], _code: int, title: int) -> None:
    rows[HEADER_ROW][title + 2 : title + 4] = [1, "Tidak"]


def a_word_that_says_nothing(rows: list[list[Any]], _code: int, title: int) -> None:
    rows[HEADER_ROW][title + 3] = "mungkin"


def no_header(rows: list[list[Any]], code: int, _title: int) -> None:
    rows[HEADER_ROW - 1][code] = "Kode"


def a_column_twice(rows: list[list[Any]], _code: int, title: int) -> None:
    """Its second one says another level, and would be taken without a word."""
    for row in rows[HEADER_ROW - 1 :]:
        row.append(row[title + 2])


def no_rows(rows: list[list[Any]], _code: int, _title: int) -> None:
    del rows[HEADER_ROW:]


def a_day_that_a_spreadsheet_made_of_a_level(rows: list[list[Any]], _code: int, title: int) -> None:
    rows[HEADER_ROW][title + 2] = "2026-01-02"


FIRST = f"row {HEADER_ROW + 1}"
FAULTS: list[tuple[Callable[[list[list[Any]], int, int], None], str, str]] = [
    (without_a_row, "was drawn and has no row", CODE),
    (one_twice, "stands twice", f"row {HEADER_ROW + COUNT + 1}"),
    (another_innovation, "ffffffffffffffff was not drawn", FIRST),
    (exchanged_titles, "is not the innovation that was drawn", FIRST),
    (an_empty_level, "The level is empty", FIRST),
    (a_level_that_is_none, "9 is no level from 0 to", FIRST),
    (a_level_without_its_document, "beside a document that is not there", FIRST),
    (a_word_that_says_nothing, "mungkin does not say", FIRST),
    (a_column_twice, "stands twice", f"row {HEADER_ROW}, column 16."),
    (no_rows, "was drawn and has no row", f"row {HEADER_ROW}"),
    (a_day_that_a_spreadsheet_made_of_a_level, "2026-01-02 is no level from 0 to", FIRST),
    (no_header, "no row has the columns", "kembali.xlsx"),
]


@pytest.mark.parametrize(("fault", "told", "place"), FAULTS, ids=[fault.__name__ for fault, *_ in FAULTS])
def test_what_is_no_random_sample_read_whole_is_refused_by_its_cell(
    fault: Callable[[list[list[Any]], int, int], None], told: str, place: str, home: Home, scored: Scored
) -> None:
    rows = filled_in(sheet_rows(drawn(home)), scored)
    header = rows[HEADER_ROW - 1]
    fault(rows, header.index(CODE), header.index(TITLE))
    state = read_sample(home, scored, "17.71", 2024, "claimed")
    assert state.sample is not None
    with pytest.raises(DataFileInvalid) as refused:
        readings_of_sheet(as_workbook(rows), "kembali.xlsx", state.sample, scored.walk.target_rules)
    error = refused.value
    assert told in str(error.what) and place in str(error.place) and str(error.how)
    ran = asked(home, "--read", str(returned(home, rows)))
    assert ran.exit_code != 0 and told in ran.err and not path_of(home, state.sample, READINGS).exists()


def problems(home: Home) -> Iterator[str | None]:
    with open_snapshot(home=home.root) as snapshot:
        yield from likely_ranges(snapshot, ["bengkulu"], [2024]).filter(kind="sampling")["refusal"]


def test_files_that_were_changed_by_hand_give_no_range(home: Home, scored: Scored) -> None:
    assert list(problems(home)) == ["not_drawn"]
    sheet = drawn(home)
    assert list(problems(home)) == ["not_read"]
    asked(home, "--read", str(returned(home, filled_in(sheet_rows(sheet), scored))))
    assert list(problems(home)) == [None, None]
    kept = sheet.with_name(sheet.name.removesuffix(".xlsx") + DRAW)
    draw = json.loads(kept.read_text(encoding="utf-8"))
    others = set(sampled_population(scored)["submission_id"]) - {row["submission_id"] for row in draw["innovations"]}
    draw["innovations"][0]["submission_id"] = min(others)
    kept.write_text(json.dumps(draw), encoding="utf-8")
    assert list(problems(home)) == ["draw_changed"]
    kept.write_text("{", encoding="utf-8")
    assert list(problems(home)) == ["draw_changed"]


def test_a_draw_of_another_list_is_not_taken_for_one_of_this(home: Home, scored: Scored) -> None:
    sheet = drawn(home)
    stem = sheet.name.removesuffix(".xlsx")
    (sheet.parent / f"{stem}{DRAW}").rename(sheet.parent / f"{stem[:-8]}00000000{DRAW}")
    assert read_sample(home, scored, "17.71", 2024, "claimed").problem == "list_changed"


def test_a_draw_is_no_larger_than_the_list(scored: Scored) -> None:
    everyone = sampled_population(scored).height
    assert len(draw_sample(scored, "17.71", "claimed", everyone, SEED).ids) == everyone
    with pytest.raises(UnknownName):
        draw_sample(scored, "17.71", "claimed", everyone + 1, SEED)


def test_a_sheet_in_the_inbox_is_no_list_of_claims(home: Home) -> None:
    file_format, sheets = read_cells(drawn(home).read_bytes())
    assert choose_layout(file_format, sheets, scale_of(2024), None, list(load_layouts().values())).match is None


def test_the_range_stands_on_the_city_page_and_makes_the_season_comparable(home: Home, scored: Scored) -> None:
    comparing = CompareCitiesParameters(cities=("bengkulu", "magelang"), editions=(2024, 2026), lang="id")
    with open_snapshot(home=home.root) as snapshot:
        before = read_comparison(snapshot, comparing)
    asked(home, "--read", str(returned(home, filled_in(sheet_rows(drawn(home)), scored))))
    with open_snapshot(home=home.root) as snapshot:
        after = read_comparison(snapshot, comparing)
        season = read_city_season(snapshot, CityIndexParameters(city="bengkulu", edition=2024, lang="id"))
    label = f"rentang pencuplikan 90 %, {COUNT} dari {sampled_population(scored).height} dibaca ulang secara acak"
    assert label in headline.likely(season).html
    assert "Bengkulu 2024, Magelang 2024 (batas lebih lebar" in index_over_editions(before).html
    drawn_after = index_over_editions(after).html
    assert f"Bengkulu 2024: {label}" in drawn_after
    assert "digambar: Magelang 2024 (batas lebih lebar" in drawn_after
    assert after.index.equals(before.index)  # no index is touched
