"""The `iga` command: help, documentation, output formats, exit codes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Ran
from warehouse import Snapshot
from warehouse.errors import WorkbenchError
from workbench.command import whole_command

COMMANDS_PAGE = ROOT / "docs" / "commands.md"


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it, groups that answer by themselves among them."""
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        if command.hidden:
            continue
        if inner is None or command.invoke_without_command:
            yield (*path, name), command
        if inner is not None:
            yield from commands(command, (*path, name))


ALL_COMMANDS = [(" ".join(path), command) for path, command in commands(whole_command())]


@pytest.mark.parametrize(("name", "command"), ALL_COMMANDS, ids=[name for name, _ in ALL_COMMANDS])
def test_every_command_has_help_and_a_page(name: str, command: Any) -> None:
    assert command.help
    assert f"`iga {name}" in COMMANDS_PAGE.read_text(encoding="utf-8")


def test_exit_codes_are_documented_and_distinct() -> None:
    page = COMMANDS_PAGE.read_text(encoding="utf-8")
    for error in WorkbenchError.__subclasses__():
        if error.__module__.startswith("warehouse"):
            assert f"| {error.exit_code} |" in page, f"{error.__name__} is not in docs/commands.md"


def test_sql_gives_the_same_rows_in_each_format(iga: Callable[..., Ran], example_home: Path, example: Snapshot) -> None:
    query = "select region_code, edition, iid, iid_lower from region_index where rulebook = '2026' order by all"
    expected = [(code, edition, iid, lower) for code, edition, iid, lower in example.sql(query).iter_rows()]
    as_csv = list(csv.reader(io.StringIO(iga("sql", query, "--format", "csv", home=example_home).out)))[1:]
    as_json = json.loads(iga("sql", query, "--format", "json", home=example_home).out)
    assert [(row[0], int(row[1]), row[2] or None) for row in as_csv] == [
        (code, edition, str(iid) if iid is not None else None) for code, edition, iid, _ in expected
    ]
    assert [(row["region_code"], row["iid_lower"]) for row in as_json] == [
        (code, float(lower)) for code, _, _, lower in expected
    ]


def test_table_follows_the_language(iga: Callable[..., Ran], example_home: Path) -> None:
    arguments = ("index", "--city", "bengkulu", "--edition", "2026")
    told = iga(*arguments, home=example_home, lang="id").out
    assert "85,38" in told
    assert "Sangat Inovatif" in told
    assert "DATA SIMULASI" in told
    assert "85.38" in iga(*arguments, home=example_home, lang="en").out


def test_index_of_estimate_bears_its_label(iga: Callable[..., Ran], example_home: Path) -> None:
    told = iga("index", "--city", "33.71", "--edition", "2024", home=example_home, lang="id").out
    assert "Estimasi dengan aturan 2026, bukan skor resmi" in told


def test_rank_states_scope_and_tie_rule(iga: Callable[..., Ran], example_home: Path) -> None:
    ran = iga("rank", "--edition", "2026", home=example_home)
    assert "not nationally" in ran.out
    assert "Equal indices share the better place" in ran.out
    rows = json.loads(iga("rank", "--edition", "2026", "--format", "json", home=example_home).out)
    assert [(row["region_code"], row["rank_low"], row["rank_high"]) for row in rows] == [
        ("17.71", 1, 1),
        ("18.71", 2, 2),
        ("33.71", 3, 3),
    ]


def test_csv_never_holds_a_formula(iga: Callable[..., Ran], example_home: Path) -> None:
    query = "select '=1+1' as a, '+62' as b, '-' as c, '@x' as d, 'plain' as e"
    row = list(csv.reader(io.StringIO(iga("sql", query, "--format", "csv", home=example_home).out)))[1]
    assert row == ["'=1+1", "'+62", "-", "'@x", "plain"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("sql", "select nothing from nowhere"), 7, "refused"),
        (("sql", "drop table region"), 7, "Only one reading statement"),
        (("sql", "select * from read_text('/etc/hostname')"), 7, "refused"),
        (("index", "--city", "atlantis"), 3, "atlantis"),
        (("index", "--city", "bengkulu", "--edition", "1999"), 3, "no index for this choice"),
        (("rules", "2019"), 3, "2026"),
        (("index", "--snapshot", "ffffffff"), 3, "ffffffff"),
        (("report", "build", "no_such_site"), 3, "no_such_site"),
        (("ingest", "no-such-file.xlsx"), 3, "no-such-file.xlsx"),
        (("index", "--edition", "two"), 2, "edition"),
    ],
)
def test_user_errors_end_with_their_code_and_no_traceback(
    iga: Callable[..., Ran], example_home: Path, arguments: tuple[str, ...], exit_code: int, said: str
) -> None:
    ran = iga(*arguments, home=example_home)
    assert (ran.exit_code, ran.out) == (exit_code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_no_snapshot_says_what_to_do(iga: Callable[..., Ran], tmp_path: Path) -> None:
    ran = iga("status", home=tmp_path)
    assert ran.exit_code == 4
    assert "iga demo" in ran.err


def test_rules_show_source_and_confidence(iga: Callable[..., Ran]) -> None:
    listed = json.loads(iga("rules", "--format", "json").out)
    assert {row["rulebook"] for row in listed} >= {"2021", "2023", "2024", "2025", "2026", "2027", "2028", "2029"}
    values = json.loads(iga("rules", "2024", "--format", "json").out)
    divisor = next(row for row in values if row["rule"] == "divisor_minimum")
    assert divisor["confidence"] == "low"
    assert "10" in divisor["value"]
    assert "12" in divisor["value"]


def test_a_fault_is_told_in_the_language_that_was_asked_for(iga: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "rulebooks").mkdir()
    (tmp_path / "rulebooks" / "2030.toml").write_text('edition = 2030\nbased_on = "2029"\n', encoding="utf-8")
    told = iga("rules", "2030", "--lang", "en", home=tmp_path, lang="id").err
    assert "Error: based_on is not a year." in told
    assert "where: rulebooks/2030.toml, line 2, based_on" in told
    assert "Galat: based_on bukan tahun." in iga("rules", "2030", "--lang", "id", home=tmp_path, lang="en").err
    assert "Galat: " in iga("rules", "2030", home=tmp_path, lang="id").err


def rules_home(folder: Path) -> Path:
    (folder / "rulebooks").mkdir()
    text = "edition = 2030\nbased_on = 2029\n[not_known.divisor_minimum]\nreason_id = 'Belum'\nreason_en = 'Not yet'\n"
    (folder / "rulebooks" / "2030.toml").write_text(text, encoding="utf-8")
    return folder


def test_rules_say_where_each_value_comes_from(iga: Callable[..., Ran], tmp_path: Path) -> None:
    home = rules_home(tmp_path)
    listed = {row["rulebook"]: row for row in json.loads(iga("rules", "--format", "json", home=home).out)}
    assert (listed["2030"]["origin"], listed["2030"]["based_on"]) == ("rulebooks/2030.toml", 2029)
    assert listed["2026"]["based_on"] is None
    values = {row["key"]: row for row in json.loads(iga("rules", "2030", "--format", "json", home=home).out)}
    origins = {key: (row["state"], row["edition"]) for key, row in values.items()}
    assert origins["parameter.divisor_minimum"] == ("not_known", 2030)
    assert origins["parameter.basic_services_required"] == ("taken_over", 2029)
    assert origins["parameter.spd_maximum"] == ("not_known", 2027)
    assert origins["assumption.ties"] == ("taken_over", 2026)
    assert origins["list.indicators.sid"] == ("not_known", 2027)
    table = iga("rules", "2030", home=home, lang="id").out
    assert "tidak disebut, diambil dari 2029" in table
    assert "tidak diketahui (2027)" in table
    assert "disebut dalam 2026" in iga("rules", "2026", home=home, lang="id").out


def test_rules_diff_says_what_changes(iga: Callable[..., Ran], tmp_path: Path) -> None:
    rows = {row["key"]: row for row in json.loads(iga("rules", "diff", "2024", "2026", "--format", "json").out)}
    assert (rows["predicate.innovative"]["before"], rows["predicate.innovative"]["after"]) == (
        "35.00–60.00",
        "40.01–65.00",
    )
    assert "Peraturan Kepala Daerah" in rows["indicator.regulation"]["after"]
    assert rows["eligibility.implementation_from"]["before"] == "–"
    assert "parameter.maturity_maximum" not in rows, "111 in both"
    same = iga("rules", "diff", "2026", "2026", lang="en")
    assert "The two state the same." in same.out


@pytest.mark.parametrize("words", [("two",), ("2024", "2026"), ("diff", "2024"), ("diff",)])
def test_rules_refuse_what_names_no_edition(iga: Callable[..., Ran], words: tuple[str, ...]) -> None:
    assert iga("rules", *words).exit_code == 2


def test_demo_does_not_mix_examples_with_own_files(iga: Callable[..., Ran], tmp_path: Path) -> None:
    own = tmp_path / "inbox" / "bengkulu" / "2026" / "own.xlsx"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    ran = iga("demo", home=tmp_path)
    assert ran.exit_code == 10
    assert "own.xlsx" in ran.err
    assert own.read_bytes() == b"mine"
