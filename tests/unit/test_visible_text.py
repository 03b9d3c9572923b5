"""What a terminal gets: control characters as marks, and no text that it cannot print ends a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import polars as pl
import pytest

from tests.conftest import ROOT
from warehouse.language import Language
from warehouse.visible_text import visible, visible_lines
from workbench.output import Format, messages, show

FOREIGN = "Panah → ꦲꦤꦕꦫꦏ 🚀 · é"
HOSTILE = "laporan\x1b[2J\x07\n[Galat] palsu\u202e.xlsx"

SHOWN = f"""
import sys
sys.argv = ["iga", *sys.argv[1:]]
from workbench import command
def run():
    import polars as pl
    from warehouse.language import Language
    from workbench.output import Format, messages, show
    form = Format(sys.argv[sys.argv.index("--format") + 1])
    messages().print({FOREIGN!a} + " \\udce9")
    show(pl.DataFrame({{"a": [{FOREIGN!a}]}}), form, Language("id"), title={FOREIGN!a})
command._run = run
command.main()
"""


def printed(form: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHONIO", "PYTHONUTF"))}
    return subprocess.run(
        [sys.executable, "-c", SHOWN, "--format", form],
        env={**environment, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("code_page", ["cp1252", "cp850", "ascii"])
def test_a_code_page_ends_no_command(code_page: str) -> None:
    done = printed("table", PYTHONIOENCODING=code_page)
    assert done.returncode == 0, done.stderr
    assert b"UnicodeEncodeError" not in done.stderr
    assert "Panah ?" in done.stdout.decode(code_page)


def test_data_in_a_pipe_is_utf_8() -> None:
    done = printed("json", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8")) == [{"a": FOREIGN}]


def test_control_characters_are_shown() -> None:
    assert visible(HOSTILE) == "laporan␛[2J␇␊[Galat] palsu<U+202E>.xlsx"
    assert visible("\x9b2J\x7f") == "<U+009B>2J␡"
    assert visible(FOREIGN) == FOREIGN
    assert visible_lines("a\x1b\nb") == "a␛\nb"


def test_neither_a_table_nor_a_message_obeys_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    show(pl.DataFrame({"file": [HOSTILE]}), Format.table, Language("id"), title=HOSTILE, notes=[HOSTILE])
    messages().print(HOSTILE, markup=False)
    said = capsys.readouterr()
    for text in said:
        assert text and not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "␊[Galat]" in said.out


@pytest.mark.parametrize("code_page", ["cp1252", "ascii"])
def test_the_rules_are_printed_on_any_code_page(code_page: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "iga", "rules"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": code_page},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"2026" in done.stdout and "┃" not in done.stdout.decode(code_page)
