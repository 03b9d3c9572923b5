"""Nothing is fixed in code: a complete edition in which every number is another one is read, scored and planned."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from python_calamine import CalamineWorkbook

from etl.cells.sheets import read_cells
from etl.lake import scale_of
from etl.outgoing.template import template_workbook
from etl.recognition.detect import choose_layout
from etl.recognition.propose import propose_layout
from etl.values.canonical_rows import ParsedFile, read_file
from etl.values.columns import highest_level
from iga.planning.raise_plan import plan_within
from iga.planning.raises import REGION, Position, possible_raises
from iga.planning.single_valued_rules import terms_of
from iga.robustness import IndexUncertainty, analyse_robustness
from iga.robustness.profile import region_profiles
from iga.rulebook import known_rulebooks, load_rulebook
from iga.score import index_of, score_regions, score_spd, score_submissions
from simulation.exports import PRINTERS, WRITERS
from simulation.files import bytes_of, export_of
from simulation.recaps import RECAPS
from simulation.truth import judge
from tests.city_files import SPD_HEADER, Rows, workbook
from tests.conftest import ROOT
from tests.other_rules import EDITION, other_rulebook, shipping_other_rules
from warehouse.region import region_of_code
from warehouse.set_aside_words import rule_words

OTHER = other_rulebook()
BENGKULU = region_of_code("17.71")
GROUPS = OTHER.sid_groups


@pytest.fixture
def shipped() -> Iterator[None]:
    with shipping_other_rules():
        yield


def read(content: bytes, edition: int = EDITION) -> ParsedFile:
    file_format, sheets = read_cells(content)
    choice = choose_layout(file_format, sheets, scale_of(edition))
    assert choice.match is not None, choice
    return read_file(choice.match, sheets, scale_of(edition))


def told(file: ParsedFile) -> list[tuple[str, str]]:
    rows = file.quarantine.select("column_name", "rule", "detail").iter_rows()
    return [(column, rule_words(rule, "message", detail, "id")) for column, rule, detail in rows]


# --- the index --------------------------------------------------------------------------------------------------------

STAGES = (None, "initiative", "trial", "implementation")
AFFAIRS = (None, *OTHER.basic_service_affairs, "19")


@st.composite
def regions(draw: st.DrawFn) -> tuple[list[dict[str, Any]], tuple[int, int] | None, dict[str, Any]]:
    maximum = int(OTHER.parameters.maturity_maximum.value or 0) * 100
    size = draw(st.sampled_from([0, 1, 3, 13, 14, 15, 16, 40, 159, 160, 165]))
    random = Random(draw(st.integers(0, 2**32)))
    rows = []
    for _ in range(size):
        low = random.randrange(maximum + 1)
        high = low if random.random() < 0.8 else random.randrange(low, maximum + 1)
        status = random.choice(["sent", "rejected", "draft", None])
        # The exact form counts an innovation that is rejected and in another stage once; it cannot be told both.
        stage = None if status == "rejected" else random.choice(STAGES)
        affair = random.choice(AFFAIRS)
        rows.append(
            {
                "maturity_lower_x100": low, "maturity_upper_x100": high, "stage": stage, "status": status,
                "main_affair_code": affair,
            }
        )  # fmt: skip
    spd = draw(st.none() | st.integers(0, 6500).map(lambda points: (points, min(6500, points + 100))))
    names = ("rejected_in_divisor", "rejected_in_count", "other_stages_in_divisor", "other_stages_in_count")
    return rows, spd, {name: draw(st.booleans()) for name in names}


@settings(max_examples=150, deadline=None)
@given(regions())
def test_the_kernel_is_the_exact_form_under_any_rules(case: tuple[Any, Any, dict[str, Any]]) -> None:
    rows, spd, switches = case
    assumed = OTHER.assume(**switches)
    frame = pl.DataFrame(
        [{"region_code": "x", "edition": EDITION, **row} for row in rows],
        schema={
            "region_code": pl.String, "edition": pl.Int32, "maturity_lower_x100": pl.Int64,
            "maturity_upper_x100": pl.Int64, "stage": pl.String, "status": pl.String, "main_affair_code": pl.String,
        },
    )  # fmt: skip
    own = pl.DataFrame(
        {
            "region_code": ["x"],
            "edition": [EDITION],
            "spd_lower_x100": [spd and spd[0]],
            "spd_upper_x100": [spd and spd[1]],
        },
        schema_overrides={"edition": pl.Int32, "spd_lower_x100": pl.Int64, "spd_upper_x100": pl.Int64},
    )
    found = score_regions(frame, OTHER, spd=own, assumptions=assumed).row(0, named=True)
    expected = exactly(rows, spd, assumed)
    for name in ("iid", "iid_lower", "iid_upper"):
        value = getattr(expected, name)
        assert found[f"{name}_x100"] == (None if value is None else int(value * 100))
    assert (found["predicate_lower"], found["predicate_upper"]) == (expected.predicate_lower, expected.predicate_upper)
    assert found["divisor"] == expected.divisor and found["coverage"] == ("|".join(expected.coverage) or "complete")


def exactly(rows: list[dict[str, Any]], spd: tuple[int, int] | None, assumed: Any) -> Any:
    reported = [row for row in rows if row["status"] != "draft"]
    is_other = [row["stage"] is not None and row["stage"] not in assumed.stages_scored for row in reported]
    pairs = list(zip(reported, is_other, strict=True))
    scored = [row for row, other in pairs if not other and row["status"] != "rejected"]
    counted = [
        row
        for row, other in pairs
        if (assumed.rejected_in_count or row["status"] != "rejected") and (assumed.other_stages_in_count or not other)
    ]
    dividing = [
        row
        for row, other in pairs
        if (assumed.rejected_in_divisor or row["status"] != "rejected")
        and (assumed.other_stages_in_divisor or not other)
    ]
    services = {row["main_affair_code"] for row in counted} & set(OTHER.basic_service_affairs)
    unknown = sum(row["main_affair_code"] is None for row in counted)
    # The formula once more, by hand and with the numbers of the other book.
    low, high = (sum(Fraction(row[f"maturity_{side}_x100"], 100) for row in scored) for side in ("lower", "upper"))
    divisor = max(15, len(dividing))
    need, weight, cap = 4, Fraction(1, 4), 160
    most = min(len(OTHER.basic_service_affairs), len(services) + unknown)
    count = [weight * min(cap, len(counted)) * (covered >= need) for covered in (len(services), most)]
    own = (Fraction(0), Fraction(65)) if spd is None else tuple(Fraction(points, 100) for points in spd)
    bounds = [
        int(((points + part + total / divisor) * 100 / 233) * 100 + Fraction(1, 2))
        for points, part, total in zip(own, count, (low, high), strict=True)
    ]
    result = index_of(
        None if spd is None else (Decimal(spd[0]) / 100, Decimal(spd[1]) / 100),
        [(Decimal(row["maturity_lower_x100"]) / 100, Decimal(row["maturity_upper_x100"]) / 100) for row in scored],
        (len(services), most),
        OTHER,
        rejected_count=sum(row["status"] == "rejected" and not other for row, other in pairs),
        other_stage_count=sum(other and row["status"] != "rejected" for row, other in pairs),
        assumptions=assumed,
    )
    assert [result.iid_lower, result.iid_upper] == [Decimal(bound).scaleb(-2) for bound in bounds]
    return result


LEVELS = st.fixed_dictionaries({group.column: st.integers(0, group.top_level) for group in GROUPS})


@settings(max_examples=60, deadline=None)
@given(st.lists(LEVELS, min_size=1, max_size=20))
def test_answers_become_maturity_at_every_level_that_there_is(rows: list[dict[str, int]]) -> None:
    expected = [int(sum(g.members[0].weight * row[g.column] for g in GROUPS) * 100) for row in rows]
    keyed = [{"submission_id": str(place), **row} for place, row in enumerate(rows)]
    wide = score_submissions(pl.DataFrame(keyed), OTHER)
    assert wide["maturity_x100"].to_list() == expected and not wide["has_invalid_level"].any()
    long = [(str(place), g.number, row[g.column]) for place, row in enumerate(rows) for g in GROUPS]
    scored = score_submissions(
        pl.DataFrame(long, schema=["submission_id", "indicator_number", "level"], orient="row"), OTHER
    )
    assert scored.sort(pl.col("submission_id").cast(pl.Int64))["maturity_x100"].to_list() == expected
    over = pl.DataFrame([{**keyed[0], "level_17": 4}])
    assert score_submissions(over, OTHER)["has_invalid_level"].to_list() == [True]


def test_the_region_is_scored_line_by_line_to_its_own_top() -> None:
    lines = [("x", EDITION, line.number, line.top_level) for line in OTHER.spd_indicators]
    frame = pl.DataFrame(lines, schema=["region_code", "edition", "indicator_number", "level"], orient="row")
    assert score_spd(frame, OTHER)["spd_x100"].to_list() == [6500]
    assert OTHER.indicator("13a").level_of(13) == 4 and OTHER.indicator("13a").level_of(12) == 3


# --- taking files in --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("layout", [*WRITERS, *PRINTERS, *RECAPS])
def test_every_layout_of_the_edition_is_read_as_it_is(layout: str) -> None:
    export = export_of(layout, BENGKULU, EDITION, 60, Random(layout), 0.3)
    verdict = judge(export, bytes_of(export), scale_of(EDITION))
    assert not verdict.silent, verdict.silent[:5]
    assert verdict.cells == verdict.right_cells and verdict.defects == verdict.caught_defects


@pytest.mark.usefixtures("shipped")
def test_points_and_names_belong_to_the_numbers_of_the_edition() -> None:
    export = export_of("l3_wide_points", BENGKULU, EDITION, 40, Random(1), 0)
    levels = {
        number: max(row.record[f"level_{number}"] for row in export.rows if row.record) for number in ("16", "38")
    }
    assert levels == {"16": 4, "38": 4}
    places = {text: place for place, text in enumerate(export.header)}
    row = export.rows[0]
    file = read(bytes_of(export))
    assert row.record is not None
    # 22 and 23 have changed places; 38 begins with the name of 31.
    team, actors = (OTHER.group(number) for number in ("22", "23"))
    assert (team.key, actors.key) == ("implementing_team", "actors")
    for group in (team, actors, OTHER.group("31"), OTHER.group("38")):
        points = row.cells[places[export_name(export.header, group.name_id)]]
        assert file.answers[f"points_{group.number}"][0] == int(Decimal(str(points)) * 100)


def export_name(header: list[str], name: str) -> str:
    return next(text for text in header if text.casefold() == name.casefold())


def control(rows: Rows, numbers: list[str]) -> bytes:
    header = ["Nomor", "Nama Inovasi", "Nama Perangkat Daerah", *(f"{number}. Indikator" for number in numbers)]
    return workbook([header, *rows])


@pytest.mark.usefixtures("shipped")
def test_a_level_that_is_set_aside_says_the_range_of_its_own_indicator() -> None:
    numbers = [group.number for group in GROUPS]
    file = read(control([["1", "Satu", "Dinas", *[4] * 22], ["2", "Dua", "Dinas", 5, *[1] * 21]], numbers))
    assert (file.answers["level_16"].to_list(), file.answers["level_38"].to_list()) == ([4, None], [4, 1])
    assert file.answers["level_17"].to_list() == [None, 1]
    words = dict(told(file))
    assert words["16. Indikator"] == "Level 5 bukan 0, 1, 2, 3 atau 4"
    assert words["17. Indikator"] == "Level 4 bukan 0, 1, 2 atau 3"
    assert len(words) == 21


@pytest.mark.usefixtures("shipped")
def test_a_line_of_the_region_is_held_to_its_own_range() -> None:
    rows = [["SPD-01", "a", 4], ["2a", "b", 4], ["SPD-13a", "c", 4], ["SPD-03", "d", 5], ["03", "e", 3]]
    file = read(workbook([SPD_HEADER, *[[*row, None, "-"] for row in rows]]))
    assert file.records["level"].to_list() == [4, None, 4, None, 3]
    assert [text for _, text in told(file)] == [
        "Level 5 bukan 0, 1, 2 atau 3",
        "Level 4 bukan 0, 1, 2 atau 3",
    ]


@pytest.mark.usefixtures("shipped")
def test_points_reach_as_far_as_the_levels() -> None:
    export = export_of("l3_wide_points", BENGKULU, EDITION, 3, Random(1), 0)
    places = {text: place for place, text in enumerate(export.header)}
    for number, points in (("16", 15), ("21", 10), ("37", 4.5), ("38", 8)):
        export.rows[0].cells[places[export_name(export.header, OTHER.group(number).name_id)]] = points
    file = read(bytes_of(export))
    found = [file.answers[f"level_{number}"][0] for number in ("16", "21", "37", "38")]
    assert found == [None, None, 3, 4]
    words = [text for _, text in told(file)]
    assert "Poin 15 bukan kelipatan bobot 3 (0 sampai 4 kali)" in words
    assert "Poin 10 bukan kelipatan bobot 2.5 (0 sampai 3 kali)" in words


@pytest.mark.parametrize(("edition", "top"), [(1990, 3), (2022, 3), (2025, 3), (2029, 3), (2031, 4), (None, 4)])
@pytest.mark.usefixtures("shipped")
def test_without_a_list_levels_reach_to_the_highest_known_until_then(edition: int | None, top: int) -> None:
    scale = scale_of(edition)
    assert scale.top_of("16") == top
    assert scale.level_words("16") == {
        "cause": "list_unknown", "below": ", ".join(map(str, range(top))), "top": str(top),
        "edition": "–" if edition is None else str(edition),
    }  # fmt: skip
    numbers = [str(number) for number in range(16, 36)]
    file = read_under(control([["1", "Satu", "Dinas", top, top + 1, *[1] * 18]], numbers), edition)
    assert (file.answers["level_16"][0], file.answers["level_17"][0]) == (top, None)
    assert told(file)[0][1].startswith(
        f"Level {top + 1} bukan 0, 1, 2{', 3' * (top == 4)} atau {top}; daftar level edisi"
    )


def read_under(content: bytes, edition: int | None) -> ParsedFile:
    file_format, sheets = read_cells(content)
    match = choose_layout(file_format, sheets, scale_of(edition)).match
    assert match is not None
    return read_file(match, sheets, scale_of(edition))


def test_an_edition_that_comes_later_changes_nothing_in_how_an_earlier_one_is_read() -> None:
    names = known_rulebooks()
    before = {edition: scale_of(int(edition)) for edition in [*names, "2019", "2020", "2022"]}
    with shipping_other_rules():
        assert str(EDITION) in known_rulebooks()
        after = {edition: scale_of(int(edition)) for edition in before}
        moved = {edition for edition in before if before[edition] != after[edition]}
    # Of an edition whose rules state no maximum the scale is that of its estimate, which the chain of rules decides.
    is_stated = {name: load_rulebook(name).parameters.maturity_maximum.value is not None for name in names}
    assert not {edition for edition in moved if is_stated.get(edition, True)}
    assert all(before[edition].highest_level == after[edition].highest_level for edition in before)


def test_the_highest_level_of_no_list_is_unknown() -> None:
    assert highest_level([], 2030) is None
    assert highest_level([OTHER], 2020) == 4


@pytest.mark.usefixtures("shipped")
def test_a_draft_of_a_layout_knows_the_new_indicators_and_levels() -> None:
    header = ["Nama Inovasi", "Nama Perangkat Daerah", *(group.name_id for group in GROUPS)]
    rows = [["Satu", "Dinas", *[group.top_level for group in GROUPS]], ["Dua", "Dinas", *[2] * 22]]
    file_format, sheets = read_cells(workbook([header, *rows]))
    text = propose_layout("draf", file_format, sheets)
    assert 'unit = "level"' in text and "level 0-4" in text
    assert '37 = ["Jangkauan digital inovasi"]' in text and '38 = ["Replikasi yang inklusif"]' in text


# --- templates --------------------------------------------------------------------------------------------------------


def choices_of(content: bytes) -> dict[str, str]:
    text = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    found = re.findall(r'sqref="([^"]+)"[^>]*><formula1>"([^"]*)"', text)
    return dict(found)


@pytest.mark.usefixtures("shipped")
def test_the_control_sheet_offers_the_levels_of_each_indicator_and_is_read_back() -> None:
    content = template_workbook("control-sheet", "Kota Bengkulu", EDITION, [["1", "Satu", "Dinas", None]])
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert "level 0-4" in str(rows[1][0])
    header = [text for text in rows[3] if text]
    assert header[4] == "16. Regulasi Inovasi Daerah" and len(header) == 4 + 2 * 22
    offered = set(choices_of(content).values())
    assert offered == {"0,1,2,3,4", "0,1,2,3", "Ya,Tidak"}
    assert set(read(content).answers.columns) >= {"level_37", "level_38", "document_38"}


@pytest.mark.usefixtures("shipped")
def test_the_spd_template_offers_the_levels_of_each_line() -> None:
    offered = choices_of(template_workbook("spd-answers", "Kota Bengkulu", EDITION))
    assert next(iter(offered.values())) == "0,1,2,3,4" and set(offered.values()) == {"0,1,2,3,4", "0,1,2,3"}
    assert offered["C5"] == "0,1,2,3,4" and "C6:" in list(offered)[1]


def test_the_templates_of_a_shipped_edition_offer_what_they_did() -> None:
    assert choices_of(template_workbook("spd-answers", "Kota Bengkulu", 2026)) == {"C5:C24": "0,1,2,3"}
    assert choices_of(template_workbook("spd-answers", "Kota Bengkulu", 2024)) == {"C5:C204": "0,1,2,3"}


# --- plans and robustness ---------------------------------------------------------------------------------------------


def test_a_plan_reaches_the_fourth_level_where_an_effort_is_stated() -> None:
    terms = terms_of(OTHER)
    assert (terms.divisor_minimum, terms.count_cap, terms.services_required, terms.total_maximum_x100) == (
        15, 160, 4, 23300,
    )  # fmt: skip
    raises = possible_raises("a", {"16": 2, "37": 0}, GROUPS, {"16": (1, 1, 1, 5), "37": (1, 1, 1)})
    assert {(each.indicator, each.to_level, each.points_x100) for each in raises} == {
        ("16", 3, 300), ("16", 4, 600), ("37", 1, 150), ("37", 2, 300), ("37", 3, 450),
    }  # fmt: skip
    region = possible_raises(REGION, {"1": 3}, OTHER.spd_groups, {"1": (1, 1, 1, 1)})
    plan = plan_within([*raises, *region], Position(3000, 50000, 15, 2500), terms, 20)
    assert {(each.indicator, each.to_level) for each in plan.raises} == {("16", 4), ("37", 3), ("1", 4)}
    gained = Fraction(600 + 450, 15) + 100
    assert plan.index_after == Decimal(
        int((3000 + 2500 + Fraction(50000, 15) + gained) * 10000 / 23300 + Fraction(1, 2))
    ).scaleb(-2)


def test_level_errors_stay_within_the_range_of_each_indicator() -> None:
    top = {group.column: [group.top_level] * 40 for group in GROUPS}
    frame = pl.DataFrame({"region_code": ["x"] * 40, "edition": [EDITION] * 40, **top})
    profiles = region_profiles(frame, OTHER)
    uncertainty = IndexUncertainty(weights=None, level_error=0.5, is_missing_drawn=False)
    found = analyse_robustness(profiles, uncertainty, draws=300, seed=1)
    assert (found.claims.scores <= found.baseline.scores).all()
    assert (found.claims.scores < found.baseline.scores).any()


def test_a_level_is_told_in_english_and_as_before_where_an_older_snapshot_holds_it() -> None:
    detail = json.dumps({"text": "5", "cause": "of_edition", "below": "0, 1, 2, 3", "top": "4", "edition": "2030"})
    assert rule_words("level_out_of_range", "message", detail, "en") == "The level 5 is not 0, 1, 2, 3 or 4"
    assert rule_words("level_out_of_range", "message", '{"text": "5"}', "en") == "The level 5 is not 0, 1, 2 or 3"


# --- the code itself --------------------------------------------------------------------------------------------------

RULES_IN_CODE = re.compile(
    r"""["']0["'],\s*["']1["'],\s*["']2["'],\s*["']3["']"""  # the levels of 2026
    r"|\(\s*0,\s*1,\s*2,\s*3\s*\)|\(\s*1,\s*2,\s*3\s*\)|\bmax=3\b|\brandrange\(4\)|\bbetween 0 and 3\b"
    r"|\b(?:[Ll]evel|[Tt]ingkat|levels)\b[^\n]{0,30}\b0\s*(?:-|–|to|sampai)\s*3\b|\bTOP_LEVEL\s*=\s*\d"
    r"|\b(?:11100|18700|6300|7600|25000|6501|4001|65\.01|40\.01)\b|[^\d.,](?:111|187)\b(?! maturity)|\b0\.38\b"
    r"""|["']36["']|(?<=[ :]) = ["']2026["']|["']01["'],\s*["']02["']|== ["']implementation["']"""
)
"""What a rule of a shipped edition looks like where it has been written into code, words or queries."""

CELL_ID = re.compile(r'(?m)^ +"id": "\d+",$')
"""The number that a notebook's cell bears: the 37th is called "36" and states nothing."""

ALLOWED = {
    ("reports/typst/sheet.typ", "0.38"), ("reports/pages/city_index/charts.py", "0.38"),  # how dark a bar is
    ("simulation/exports.py", " 111"),  # a docstring: what a system prints
    ("simulation/entries.py", '== "implementation"'),  # which dates a stage has
    ("etl/values/stated_figures.py", " 111"),  # a docstring: a scale as people write it
}  # fmt: skip


def test_no_rule_of_an_edition_stands_in_code_words_or_queries() -> None:
    found = set()
    for package in ("iga", "etl", "warehouse", "analysis", "simulation", "reports", "workbench", "notebooks"):
        for path in (ROOT / package).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            is_read = path.suffix in (".py", ".sql", ".js", ".html", ".typ", ".ipynb", ".po") or name in (
                "etl/outgoing/templates.toml", "warehouse/locale/set_aside.toml", "warehouse/reference/labels.csv",
            )  # fmt: skip
            if is_read and "rules/rulebooks" not in name:
                text = CELL_ID.sub("", path.read_text(encoding="utf-8"))
                found |= {(name, hit.group().lstrip("-,(")) for hit in RULES_IN_CODE.finditer(text)}
    assert found - ALLOWED == set()
