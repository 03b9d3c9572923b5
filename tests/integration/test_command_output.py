"""What commands print of the example home: JSON has types, and no figure is cut in a narrow terminal."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.panel import read_panel
from iga.rulebook import load_rulebook
from reports.deposit import write_deposit
from tests.benchmarks.scale import write_lake
from tests.conftest import Ran
from tests.unit.test_command_line import PRINTS_NO_DATA
from tests.unit.test_commands import ALL_COMMANDS
from workbench.command import app
from workbench.output import json_of
from workbench.table_layout import FIGURE

SEASON = "bengkulu 2026"
DATA = [
    "status",
    "status --files",
    "snapshots",
    "snapshots prune --dry-run",
    "diff 2026-07-15",
    "diff 2026-07-15 --list units",
    "diff 2026-07-15 --list seasons",
    "sql 'select * from submission limit 20'",
    "sql 'select region_code, edition, iid, iid_lower, is_simulated, as_of from region_index'",
    "sql 'select * from published_result limit 20'",
    "rules",
    "rules 2026",
    "rules diff 2024 2026",
    "index",
    "index --what-narrows",
    "index --unmapped --rules 2026",
    "index --narrow",
    "audit-sample bengkulu 2024",
    "index --score all --rules 2024",
    "rank",
    "rank --edition 2026 --peers magelang",
    "explain bengkulu 2025 2026",
    f"profile {SEASON}",
    "profile magelang 2026 --part sid",
    f"trace {SEASON}",
    f"trace {SEASON} --column spd_score",
    f"facts {SEASON} --on 2026-08-09",
    *(
        f"readiness {SEASON} --on 2026-08-01 --list {each}"
        for each in (
            "kinds",
            "districts",
            "units",
            "gaps",
            "asked",
            "mentors",
            "burn-down",
            "ineligible",
            "assignments",
            "below-threshold",
            "without-documents",
            "mature-first",
        )
    ),
    f"plan list {SEASON} --on 2026-08-09 --budget 10",
    f"plan list {SEASON} --on 2026-08-09 --with-holding",
    f"plan calendar {SEASON} --on 2026-08-09 --budget 10",
    f"plan raise {SEASON} --budget 10",
    f"plan raise {SEASON} --threshold 70",
    "plan raise all 2026 --budget 10",
    f"plan hold {SEASON} --rejection 0.1",
    f"plan joint {SEASON} --budget 10",
    "plan fetch magelang 2026 --count 5",
    f"plan policy {SEASON} --per-unit 1 --at-least 60",
    f"plan what-if {SEASON} {{scenario}}",
    f"scenario compare {SEASON} {{scenario}}",
    "scenario list",
    *(f"mentoring {SEASON} --list {each}" for each in ("moves", "lowered", "rounds", "steps", "resubmit", "faults")),
    "contest magelang 2024 --contest magelang-opd-bumd",
    "portal magelang 2026",
    *(f"remind {SEASON} --on 2026-08-01 --list {each}" for each in ("texts", "sent", "dates")),
    f"evidence {SEASON}",
    f"evidence {SEASON} --list files",
    *(f"portfolio magelang --list {each}" for each in ("catalogue", "entries", "kinds", "affairs", "candidates")),
    *(
        f"portfolio magelang --list {each}"
        for each in ("city", "idsd", "kipp", "kipp-entries", "coverage", "tags", "spellings")
    ),
    "clinic bengkulu 2026",
    "report list",
    "verify",
    "schedule show --with cron",
    "identity propose",
    "identity decisions",
    "identity continuity magelang 2025 2026",
    "layout list",
    "layout check {file} template_unit_register",
    "units bengkulu",
    "units magelang 2026",
    "vocabulary",
    "forget find",
    "export panel --out {folder} --simulated",
    "replicate {deposit}",
    "office overview --province Bengkulu --edition 2026 --on 2026-08-09",
    "score --lake {lake}",
    "composite contoh --draws 100",
]
CHANGE_SOMETHING = {
    "demo", "ingest", "backup", "restore", "letters", "nominee", "template", "simulate", "report build",
    "snapshots keep",
    "scenario keep", "identity accept", "identity reject", "schedule install", "schedule remove", "schedule run",
    "undo", "forget person", "forget file", "forget resume", "layout confirm", "vocabulary confirm",
    "units confirm", "mentoring sheet", "mentoring read", "mentoring people", "mentoring letters",
    "office init", "office publish", "office letters", "office handover",
}  # fmt: skip
"""Commands whose data is one row about what they did; test_command_rows_of_work looks at those that are quick."""
TEXTS = {
    "region_code", "other_region_code", "main_affair_code", "affair_code", "rulebook", "rulebook_from", "rulebook_to",
    "indicator_number", "number", "proposal_id", "gap_id", "column_name",
    "before", "after", "value", "original_text", "original",
    "label", "subject", "editions", "other_editions", "iid", "iid_change", "page", "rank_text", "exact_lower",
    "exact_upper", "statement_id", "published_at", "field", "name",
}  # fmt: skip
"""Columns of codes, of words for people, or of texts as they were sent, which may look like numbers and are none."""


@pytest.fixture(scope="module")
def given(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files that commands of DATA are given."""
    folder = tmp_path_factory.mktemp("given")
    scenario = folder / "tanpa-terendah.toml"
    scenario.write_text('name = "tanpa-terendah"\nnote = "percobaan"\n', encoding="utf-8")
    lake = folder / "lake"
    lake.mkdir()
    write_lake(lake, 300, load_rulebook("2026"))
    file = example_home / "inbox" / "bengkulu" / "2026" / "daftar-unit.xlsx"
    with open_snapshot(home=example_home) as snapshot:
        write_deposit(read_panel(snapshot, cities=["bengkulu"], editions=[2023, 2024]), folder / "deposit")
    places = {"folder": str(folder / "panel"), "deposit": str(folder / "deposit")}
    return {"scenario": str(scenario), "file": str(file), "lake": str(lake), **places}


def ran(command: str, given: dict[str, str], home: Path, form: str, *, columns: int = 2000) -> Ran:
    """A command in this process, in English, on a terminal of so many columns."""
    words = [word.format(**given) for word in shlex.split(command)]
    settings = {"IGA_HOME": str(home), "IGA_LANG": "en", "COLUMNS": str(columns), "NO_COLOR": "1"}
    done = CliRunner().invoke(app, [*words, "--lang", "en", "--format", form], env=settings)
    return Ran(done.exit_code, done.stdout, done.stderr or repr(done.exception))


def test_the_commands_looked_at_are_all_that_print_data() -> None:
    looked_at = {name for name, _ in ALL_COMMANDS if any(f"{one} ".startswith(f"{name} ") for one in DATA)}
    assert {name for name, _ in ALL_COMMANDS} == looked_at | CHANGE_SOMETHING | PRINTS_NO_DATA.keys()


def wrongly_typed(rows: list[dict[str, Any]]) -> Iterator[tuple[str, object]]:
    """Values that are not of the type that their column's name promises, and numbers and truths that are text."""
    for row in rows:
        for name, value in row.items():
            if value is None:
                continue
            is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
            if name.startswith(("is_", "has_", "was_")):
                good = isinstance(value, bool)
            elif name.endswith(("_count", "_score", "_x100", "_lower", "_upper")) and not name.startswith("predicate"):
                good = is_number or name in TEXTS
            elif name == "edition":
                good = is_number
            elif name.endswith("_date") or name == "day":
                good = re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)) is not None
            elif name.endswith("_at"):
                good = re.match(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", str(value)) is not None
            elif isinstance(value, str) and name not in TEXTS:
                good = not re.fullmatch(r"[-+−]?\d+([.,]\d+)?|true|false|yes|no|ya|tidak|None", value, re.IGNORECASE)
            else:
                good = True
            if not good:
                yield name, value


@pytest.mark.parametrize("command", DATA)
def test_json_has_types(command: str, given: dict[str, str], example_home: Path) -> None:
    found = ran(command, given, example_home, "json")
    assert found.exit_code == 0, found.err
    rows = json.loads(found.out, parse_float=Decimal)
    assert isinstance(rows, list)
    if command.startswith("schedule"):
        rows = [{row["name"]: row["value"] for row in rows}]
    assert list(wrongly_typed(rows)) == []
    kinds: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            if value is not None:
                kinds.setdefault(name, set()).add(int if isinstance(value, Decimal) else type(value))
    assert {name: types for name, types in kinds.items() if len(types) > 1} == {}


def test_wrong_types_are_found() -> None:
    rows = [{"is_simulated": "false", "edition": "2026", "share": "0.5", "claimed_score": "85.00", "day": "9 Agustus"}]
    assert {name for name, _ in wrongly_typed(rows)} == rows[0].keys()


def figures_of(text: str) -> set[str]:
    """The words of a text that hold a figure, a day or a code."""
    words = (word.strip(";:,") for word in re.split(r"[\s│┃]+", text))
    return {word for word in words if any(map(str.isdigit, word)) and FIGURE.fullmatch(word)}


@pytest.mark.parametrize("command", DATA)
def test_no_figure_is_cut_in_a_narrow_terminal(command: str, given: dict[str, str], example_home: Path) -> None:
    wide = ran(command, given, example_home, "table")
    assert wide.exit_code == 0, wide.err
    for columns in (80, 60):
        narrow = ran(command, given, example_home, "table", columns=columns)
        assert figures_of(wide.out) - figures_of(narrow.out) == set()
        assert narrow.out.count("…") <= wide.out.count("…")  # a text may hold one of its own
        table = [line for line in narrow.out.splitlines() if re.match("[┏┡│└─]", line)]
        assert all(len(line) <= columns for line in table)


def test_figures_of_an_index_stand_in_a_narrow_terminal(example_home: Path) -> None:
    given: dict[str, str] = {}
    rows = json.loads(ran("rank --edition 2026", given, example_home, "json").out, parse_float=Decimal)
    for columns in (80, 60, 40):
        table = ran("rank --edition 2026", given, example_home, "table", columns=columns).out
        for row in rows:
            assert f"{row['iid_lower']:.2f}" in table and f"{row['iid_upper']:.2f}" in table


def test_a_decimal_is_a_number_with_all_its_digits() -> None:
    value = Decimal("12345678901234567.89")
    assert json_of([{"score": value, "none": float("nan")}]) == (
        '[\n {\n  "score": 12345678901234567.89,\n  "none": null\n }\n]'
    )
    frame = pl.DataFrame({"day": ["2026-08-09"], "parts": [[1, 2]]}).with_columns(pl.col("day").str.to_date())
    assert json.loads(json_of(frame.to_dicts())) == [{"day": "2026-08-09", "parts": [1, 2]}]
    assert json_of([]) == "[]" and json_of({}) == "{}"


def test_command_rows_of_work(given: dict[str, str], example_home: Path, tmp_path: Path) -> None:
    commands = {
        f"backup {tmp_path}/cadangan.tar.gz": {"path", "file_count", "snapshot_id"},
        f"restore {tmp_path}/cadangan.tar.gz --home {tmp_path}/home": {"path", "file_count", "snapshot_id"},
        f"scenario keep {{scenario}} --home {tmp_path}/home": {"scenario", "path"},
        f"template spd-answers --city magelang --edition 2026 --out {tmp_path}/empty": {"path"},
        f"letters magelang 2026 --kind nota-dinas --out {tmp_path}/letters": {"path"},
        f"simulate --regions 1 --editions 1 --innovations 5 --out {tmp_path}/simulated": {"path", "file_count"},
    }
    for command, columns in commands.items():
        found = ran(command, given, example_home, "json")
        assert found.exit_code == 0, found.err
        rows = json.loads(found.out)
        assert rows and columns <= rows[0].keys()
        assert list(wrongly_typed(rows)) == []
