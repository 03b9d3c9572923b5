"""What a terminal gets: control characters as marks, and no text that it cannot print ends a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from etl.contracts import Rejection, checked
from etl.publish import LoadResult
from reports.site.notice import mark_failed
from tests.conftest import ROOT
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.visible_text import visible, visible_lines
from workbench.lab.plain_errors import sentences
from workbench.loading import say_what_came
from workbench.output import Format, messages, show
from workbench.schedule.mail import message_of
from workbench.schedule.plan import MailPlan
from workbench.schedule.status import FailedPage, LoadStatus, RunStatus, SiteStatus, told_in_words
from workbench.schedule.status_page import status_page

FOREIGN = "Panah → ꦲꦤꦕꦫꦏ 🚀 · é"
HOSTILE = "laporan\x1b[2J\x07\n[Galat] palsu\u202e.xlsx"
FORGED = {"\x1b", "\x07", "\u202e"}

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
        assert text and not FORGED & set(text)
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


RUN = RunStatus(
    "failed",
    "2026-08-10T06:30:00+07:00",
    load=LoadStatus("held", "s", 1, (f"{HOSTILE}: not a table",)),
    sites=(SiteStatus("situs", "incomplete", failures=(FailedPage(HOSTILE, HOSTILE, HOSTILE, ""),), cause=HOSTILE),),
    cause=HOSTILE,
    notes=(HOSTILE,),
)
"""A run that tells of a file with such a name wherever it can."""


def test_a_message_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    held = pl.DataFrame(
        {"file_name": [HOSTILE], "held_reason": [f"no layout for {HOSTILE}"], "status": ["held"], "file_sha256": ["f"]}
    )
    counts = {f"{name}_count": [0] for name in ("row", "accepted", "merged", "quarantined", "structural")}
    receipts = held.with_columns(**{name: pl.Series(count) for name, count in counts.items()}).with_columns(
        region_text=pl.lit(None, pl.String), is_simulated=pl.lit(value=False)
    )
    withdrawn = {"file_name": HOSTILE, "count": 1, "from_file": HOSTILE, "is_same_day": True}
    quarantine = checked(Rejection, []).with_columns(file_sha256=pl.lit(None, pl.String))
    result = LoadResult("s", True, 1, receipts, quarantine, withdrawals=pl.DataFrame([withdrawn]))
    say_what_came(result, Language("id"), messages())
    said = capsys.readouterr().err
    assert said.count("␛[2J␇␊[Galat] palsu<U+202E>.xlsx") == 4, said
    assert not FORGED & set(said)
    assert not any(line.startswith("[Galat]") for line in said.splitlines())


def test_neither_the_status_page_nor_a_mail_obeys_a_name(empty_home: Home) -> None:
    language = Language("id")
    page = status_page(RUN, language)
    assert page.count("␊[Galat] palsu&lt;U+202E&gt;.xlsx") >= 5
    assert not FORGED & set(page)
    lines = told_in_words(RUN, language)
    assert not any({*FORGED, "\n"} & set(line) for line in lines)
    assert sum("␊[Galat]" in line for line in lines) == 5
    (empty_home.reports / "situs").mkdir(parents=True)
    (empty_home.reports / "situs" / "a\nb\x1b.pdf").write_bytes(b"%PDF-1.4")
    plan = MailPlan(host="localhost", sender="a@example.id", recipients=("b@example.id",), attach=("situs/*.pdf",))
    mail = message_of(plan, RUN, empty_home, language)
    words, attached = mail.iter_parts()
    assert not FORGED & set(words.get_content())
    assert attached.get_filename() == "a␊b␛.pdf"


def test_no_fault_in_a_notebook_obeys_a_name() -> None:
    error = UnknownName("No file is called {name}", next_step="take {name}", place=HOSTILE, name=HOSTILE)
    message, place, next_step = sentences(error, Language("en"))
    assert message == f"\x1b[1;31mError:\x1b[0m No file is called {visible(HOSTILE)}"
    assert place.endswith(visible(HOSTILE)) and next_step.endswith(visible(HOSTILE))


def test_a_notice_on_the_front_page_shows_what_a_name_has(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<html lang="en"><div class="body">\n</div></html>', encoding="utf-8")
    mark_failed(tmp_path, ValueError(HOSTILE), datetime(2026, 8, 10, tzinfo=UTC))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "␊[Galat]" in page and not FORGED & set(page)
