"""After a load of very many files a person sees those with the most to mend, a program every one."""

from __future__ import annotations

import io
import json

import polars as pl
import pytest
from rich.console import Console

from warehouse.language import Language
from workbench.commands.ingest import FILE_HEADERS, MOST_FILES, show_files
from workbench.output import Format


def files(count: int) -> pl.DataFrame:
    """Files of which every tenth has quarantined rows, the last one the most, and the one before it is held."""
    rows = [("Kota", 2026, f"f{n}.xlsx", "l1", "read", 10, 9, 0, n if n % 10 == 0 else 0, 0) for n in range(count)]
    rows[-2] = (*rows[-2][:4], "held", *rows[-2][5:])
    rows[-1] = (*rows[-1][:8], 1000, 0)
    return pl.DataFrame(rows, schema=list(FILE_HEADERS), orient="row")


def told(count: int, form: Format, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    said = io.StringIO()
    show_files(files(count), form, Language("en"), Console(file=said, width=200))
    return capsys.readouterr().out, said.getvalue()


def test_few_files_are_all_shown(capsys: pytest.CaptureFixture[str]) -> None:
    table, said = told(MOST_FILES, Format.table, capsys)
    assert table.count(".xlsx") == MOST_FILES and said == ""


def test_of_many_those_with_the_most_to_mend_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    count = 3 * MOST_FILES
    table, said = told(count, Format.table, capsys)
    names = [word for word in table.split() if word.endswith(".xlsx")]
    assert names[:3] == [f"f{count - 2}.xlsx", f"f{count - 1}.xlsx", f"f{count - 10}.xlsx"]
    assert len(names) == MOST_FILES and f"{MOST_FILES} of {count}" in said and "iga status --files" in said


def test_a_program_is_given_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    text, said = told(3 * MOST_FILES, Format.json, capsys)
    assert len(json.loads(text)) == 3 * MOST_FILES and said == ""
