"""A Word template of a city that reaches out, does not end or grows is refused by name, soon and in little memory."""

from __future__ import annotations

import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from jinja2 import TemplateError

from iga.errors import Sentence
from reports.letters.nota_dinas import nota_dinas
from reports.letters.season_facts import LetterSeason
from reports.letters.template_sandbox import GROWING, LetterSandbox
from reports.letters.word import TemplateRefused, template_path, word_of
from tests.conftest import ROOT
from tests.integration.test_letters import home, season  # noqa: F401 - fixtures
from warehouse.home import Home

DOUBLED = "{% set n = namespace(a='x') %}{% for i in range(60) %}{% set n.a = n.a ~ n.a %}{% endfor %}{{ n.a }}"
LAUGHS = "{% set n = namespace(a=['x']) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}"
NESTED = "{% for a in range(9999) %}" * 3 + "x" + "{% endfor %}" * 3

HOSTILE = {
    "{% include '/etc/passwd' %}": "include",
    "{% import '/etc/passwd' as x %}": "import",
    "{% from '/etc/passwd' import x %}": "import",
    "{% extends '/etc/passwd' %}": "extends",
    "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}": "macro",
    "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}": "recursive",
    "{% for a in range(10**9) %}x{% endfor %}": "10,000|10000|range",
    "{{ 'a' * 10**9 }}": "1e.09|1000000000",
    "{{ 10**9 * 'a' }}": "1e.09|1000000000",
    "{{ 9**9**9 }}": "power",
    "{{ 'a'.ljust(1000000000) }}": "1000000000",
    "{{ 'a' | center(1000000000) }}": "center",
    "{{ '%1000000000d' % 1 }}": "%",
    "{{ lipsum(n=10) }}": "lipsum",
    "{{ ''.__class__.__mro__ }}": "unsafe",
    NESTED: "rounds",
}
UNENDING = ["{{ '{:1000000000}'.format(1) }}", DOUBLED, pytest.param(LAUGHS, marks=pytest.mark.slow)]


MEASURED = """
import os, sys
worker = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(worker, 0)
with open(sys.argv[1], "w") as peak:
    peak.write(str(used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""
"""Starts a program, and writes the most memory that this one program took, in KiB.

It stands between because a process counts the memory of the one that started it as its own; this one is small.
"""


@pytest.fixture
def peak_of_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Have the process that fills in a template measured: KiB at its peak, of itself alone."""
    between, peak = tmp_path / "python", tmp_path / "peak"
    (tmp_path / "measured.py").write_text(MEASURED)
    python = f'"{sys.executable}"'
    between.write_text(f'#!/bin/sh\nexec {python} -IS "{tmp_path}/measured.py" "{peak}" {python} "$@"\n')
    between.chmod(between.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(between))
    return lambda: int(peak.read_text())


@pytest.mark.parametrize(("attack", "named"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_what_a_template_may_not_say_is_named(attack: str, named: str) -> None:
    with pytest.raises((TemplateError, ValueError), match=named):
        LetterSandbox().from_string(attack).render()


def test_the_page_of_documents_names_the_filters_that_are_refused() -> None:
    page = " ".join((ROOT / "docs" / "documents.md").read_text(encoding="utf-8").split())
    refused = ", ".join(f"`{name}`" for name in sorted(GROWING))
    assert f"So are the filters {refused}" in page


def test_what_letters_need_stays_allowed() -> None:
    harmless = (
        "{{ '-' * 60 }}{% for a in rows %}{{ loop.index }}/{{ loop.length }}{{ a | upper }}{% endfor %}{{ 2 ** 3 }}"
    )
    assert LetterSandbox().from_string(harmless).render(rows=["x", "y"]) == "-" * 60 + "1/2X2/2Y8"


MOST_KIB = 520_000
"""384 MiB for the template, and what the program itself takes (95,000) with some room."""


def write_template(at: Home, text: str) -> Path:
    own = template_path(at, "nota-dinas")
    own.parent.mkdir(exist_ok=True)
    written = docx.Document()
    written.add_paragraph(text)
    written.save(str(own))
    return own


@pytest.mark.parametrize("attack", ["{% include 'x' %}", *UNENDING], ids=["include", "format", "doubled", "laughs"])
def test_a_hostile_template_is_refused(
    season: LetterSeason,  # noqa: F811
    home: Home,  # noqa: F811
    attack: str,
    peak_of_worker: Callable[[], int],
) -> None:
    own = write_template(home, attack)
    began = time.monotonic()
    with pytest.raises(TemplateRefused, match=r"include|memory") as refused:
        word_of(nota_dinas(season), home, 11)
    assert time.monotonic() - began < 15, "5 s of its own, and the time that a busy machine takes to start a program"
    assert refused.value.place == str(own)
    assert isinstance(refused.value.values["cause"], Sentence)
    assert 10_000 < peak_of_worker() < MOST_KIB
