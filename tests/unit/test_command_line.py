"""What people expect of a command: a version, help, completion, --home and --format everywhere, quiet pipes."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO, cast

import pytest
from typer.testing import CliRunner

from tests.conftest import ROOT, Ran
from tests.unit.test_commands import ALL_COMMANDS
from warehouse.snapshot import SCHEMA_VERSION
from workbench.closed_pipes import PatientStream, is_closed_pipe
from workbench.command import app

COMMANDS = ROOT / "workbench" / "commands"
PRINTS_NO_DATA = {
    "lab": "it serves until it is stopped",
    "office start": "it serves until it is stopped",
    "layout propose": "it prints a layout file to be saved as it is",
}


def started(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A process of Python with these words after it."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "IGA_LANG": "en",
        "COLUMNS": "200",
        "NO_COLOR": "1",
        **settings,
    }
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, encoding="utf-8", env=environment, check=False
    )


def test_a_command_is_a_file_of_its_name() -> None:
    files = {path.stem for path in COMMANDS.glob("*.py")} - {"__init__"}
    assert files == {name.split()[0].replace("-", "_") for name, _ in ALL_COMMANDS}


def test_version_is_one_line_and_needs_no_home(tmp_path: Path) -> None:
    ran = started("-m", "iga", "--version", IGA_HOME=str(tmp_path / "nowhere"))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"iga {version('iga-workbench')} (schema_version {SCHEMA_VERSION})\n"


@pytest.mark.parametrize("module", ["iga", "workbench", "workbench.command"])
def test_modules_are_started_as_the_command(module: str) -> None:
    ran = started("-m", module, "rank", "--no-such-option")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Usage: iga rank ")


def test_only_the_command_that_is_called_is_loaded() -> None:
    program = (
        "import sys; sys.argv = ['iga', 'status', '--help']\n"
        "from workbench.command import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if name.startswith('workbench.commands.')))"
    )
    ran = started("-c", program)
    assert ran.stdout.splitlines()[-1] == "['workbench.commands.status']", ran.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("iga s", {"status", "snapshots", "sql", "score", "scenario", "schedule", "simulate"}),
        ("iga plan ", {"list", "calendar", "raise", "hold", "joint", "fetch", "policy", "what-if"}),
        ("iga status --f", {"--files", "--format"}),
    ],
)
def test_the_shell_completes_names(words: str, expected: set[str]) -> None:
    place = str(len(words.split(" ")) - 1)
    ran = started("-m", "iga", _IGA_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=place)
    assert set(ran.stdout.split()) == expected, ran.stderr


def test_the_script_of_the_completion_names_the_command() -> None:
    ran = started("-m", "iga", "--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_IGA_COMPLETE=complete_bash" in ran.stdout and "iga" in ran.stdout.splitlines()[-1]


@pytest.mark.parametrize(("name", "command"), ALL_COMMANDS, ids=[name for name, _ in ALL_COMMANDS])
def test_every_command_has_home_and_format(name: str, command: Any) -> None:
    assert command.help and len(command.help) > 10
    options = {option for parameter in command.params for option in parameter.opts}
    assert "--home" in options
    assert ("--format" in options) != (name in PRINTS_NO_DATA)


def test_exceptions_are_commands() -> None:
    assert PRINTS_NO_DATA.keys() <= {name for name, _ in ALL_COMMANDS}


def test_every_option_of_a_command_says_what_it_means() -> None:
    mute = [
        f"{name} {parameter.opts[0]}"
        for name, command in ALL_COMMANDS
        for parameter in command.params
        if not parameter.help and parameter.name != "help"
    ]
    assert mute == []


@pytest.mark.skipif(os.name == "nt", reason="a shell's pipe")
@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("query", ["select 1 as a", "select * from submission"], ids=["short", "long"])
def test_a_pipe_that_nobody_reads_ends_quietly(example_home: Path, form: str, query: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IGA_HOME": str(example_home), "COLUMNS": "200"}
    words = [sys.executable, "-m", "iga", "sql", query, "--format", form]
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(words, stdout=closed, stderr=subprocess.PIPE, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="a shell's pipe")
def test_the_first_line_is_enough(example_home: Path) -> None:
    command = (
        f'"{sys.executable}" -m iga sql "select * from submission" --format csv | head -1; echo ${{PIPESTATUS[0]}}'
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IGA_HOME": str(example_home)}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, check=False)
    header, code = done.stdout.splitlines()
    assert header.startswith("submission_id,") and (code, done.stderr) == ("0", "")


def test_work_is_finished_and_its_exit_code_kept_where_nobody_reads(example_home: Path, tmp_path: Path) -> None:
    odd = tmp_path / "inbox" / "bengkulu" / "2026" / "odd.xlsx"
    odd.parent.mkdir(parents=True)
    odd.write_bytes(b"no workbook")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "iga", "ingest", "--home", str(tmp_path)],
            stdout=closed,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert done.returncode == 5, done.stderr
    assert (tmp_path / "current.json").exists()


class Deaf(io.StringIO):
    """A stream whose writes fail."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


def test_a_full_disk_is_no_closed_pipe() -> None:
    full = OSError(errno.ENOSPC, "no space left")
    assert not is_closed_pipe(full)
    with pytest.raises(OSError, match="no space left"):
        PatientStream(cast(TextIO, Deaf(full))).write("figures")


def test_windows_calls_a_closed_pipe_an_invalid_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    invalid = OSError(errno.EINVAL, "invalid argument")
    assert is_closed_pipe(BrokenPipeError()) and not is_closed_pipe(invalid)
    monkeypatch.setattr("workbench.closed_pipes.os.name", "nt")
    assert is_closed_pipe(invalid)


def test_schedule_has_types(iga: Callable[..., Ran], tmp_path: Path) -> None:
    rows = json.loads(iga("schedule", "show", "--with", "cron", "--format", "json", home=tmp_path).out)
    values = {row["name"]: row["value"] for row in rows}
    assert values["is_installed"] is False
    assert values["jobs"] == 0 and values["keep"] == 5
    assert values["days"] == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert values["last_run"] is None and values["mail"] == []


def plan(home: Path, *words: str) -> Ran:
    """An `iga plan` command, without a process of its own."""
    ran = CliRunner().invoke(app, ["plan", *words], env={"IGA_HOME": str(home), "IGA_LANG": "en", "COLUMNS": "200"})
    return Ran(ran.exit_code, ran.stdout, ran.stderr or repr(ran.exception))


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("--hold bengkulu 2026", "hold bengkulu 2026"),
        ("bengkulu 2026 --budget 5", "raise bengkulu 2026 --budget 5"),
        ("--budget 5 bengkulu 2026", "raise bengkulu 2026 --budget 5"),
        ("all 2026 --budget 5", "raise all 2026 --budget 5"),
        ("bengkulu 2026 --hold --at-least 60", "hold bengkulu 2026 --at-least 60"),
        ("bengkulu 2026 --joint --budget 5", "joint bengkulu 2026 --budget 5"),
        ("magelang 2026 --fetch 3", "fetch magelang 2026 --count 3"),
    ],
)
def test_the_former_spelling_of_plans_answers_the_same(example_home: Path, former: str, now: str) -> None:
    before, after = (plan(example_home, *words.split(), "--format", "json") for words in (former, now))
    assert (before.exit_code, after.exit_code) == (0, 0), before.err + after.err
    assert json.loads(before.out) == json.loads(after.out) != []
    assert f"iga plan {now}" in before.err and "goes on working" not in after.err


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        ("hold bengkulu 2026 --budget 10", 2, "--budget"),
        ("raise bengkulu 2026 --lock x", 2, "--lock"),
        ("joint bengkulu 2026 --threshold 70", 2, "--threshold"),
        ("raise all 2026 --keep", 2, "--keep"),
        ("raise bengkulu 2026 --budget 1 --rival magelang=90", 2, "--rival"),
        ("policy bengkulu 2026", 2, "--per-unit"),
        ("bengkulu 2026 --hold --budget 10", 2, "--budget"),
        ("bengkulu 2026 --hold --budget 0", 2, "--budget"),
        ("bengkulu 2026 --hold --joint", 2, "--hold --joint"),
        ("bengkulu 2026 --budget 10 --lock x", 2, "--lock"),
        ("bengkulu 2026 --fetch 3 --keep", 2, "--keep"),
        ("all 2026 --hold", 2, "iga plan raise"),
        ("rase bengkulu 2026", 2, "'raise'"),
    ],
)
def test_options_without_meaning_are_refused(example_home: Path, words: str, exit_code: int, said: str) -> None:
    ran = plan(example_home, *words.split())
    assert (ran.exit_code, ran.out) == (exit_code, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hold", "--lock", "Kader Rawat"), "Kader Rawat Luka"),
        (("hold", "--withhold", "nothing like it"), "near titles"),
        (("joint", "--budget", "5", "--lock", "Kader Rawat"), "Kader Rawat Luka"),
        (("policy", "--quota", "Sehat=3"), "02 Kesehatan"),
    ],
)
def test_an_unknown_innovation_or_service_is_named_with_those_near(
    iga: Callable[..., Ran], example_home: Path, words: tuple[str, ...], said: str
) -> None:
    ran = iga("plan", words[0], "bengkulu", "2026", *words[1:], home=example_home)
    assert (ran.exit_code, ran.out) == (3, "")
    assert words[-1].split("=")[0] in ran.err and said in ran.err


def test_a_policy_shows_what_each_part_costs(example_home: Path) -> None:
    parts = ("--at-least", "60", "--quota", "01=95")
    ran = plan(example_home, "policy", "bengkulu", "2026", *parts, "--format", "json")
    rows = {row["part"]: row for row in json.loads(ran.out)}
    assert rows.keys() == {"at_least", "quota", "together"}
    for row in rows.values():
        assert round(row["index_without"] - row["index_with"], 4) == pytest.approx(row["cost"], abs=0.0002)
    assert rows["together"]["cost"] >= max(rows["at_least"]["cost"], rows["quota"]["cost"]) >= 0
    one = plan(example_home, "policy", "bengkulu", "2026", "--per-unit", "1", "--format", "json")
    assert [(row["part"], row["is_possible"]) for row in json.loads(one.out)] == [("per_unit", True)]
