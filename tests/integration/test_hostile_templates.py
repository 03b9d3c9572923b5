"""A Word template of a city that reaches out, does not end or grows is refused by name, soon and in little memory."""

from __future__ import annotations

import resource
import time

import docx
import pytest
from jinja2 import TemplateError

from iga.errors import Sentence
from reports.letters.nota_dinas import nota_dinas
from reports.letters.season_facts import LetterSeason
from reports.letters.template_sandbox import LetterSandbox
from reports.letters.word import TemplateRefused, template_path, word_of
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
GROWING = ["{{ '{:1000000000}'.format(1) }}", DOUBLED, pytest.param(LAUGHS, marks=pytest.mark.slow)]


@pytest.mark.parametrize(("attack", "named"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_what_a_template_may_not_say_is_named(attack: str, named: str) -> None:
    with pytest.raises((TemplateError, ValueError), match=named):
        LetterSandbox().from_string(attack).render()


def test_what_letters_need_stays_allowed() -> None:
    harmless = (
        "{{ '-' * 60 }}{% for a in rows %}{{ loop.index }}/{{ loop.length }}{{ a | upper }}{% endfor %}{{ 2 ** 3 }}"
    )
    assert LetterSandbox().from_string(harmless).render(rows=["x", "y"]) == "-" * 60 + "1/2X2/2Y8"


@pytest.mark.parametrize("attack", ["{% include 'x' %}", *GROWING], ids=["include", "format", "doubled", "laughs"])
def test_a_hostile_template_is_refused(season: LetterSeason, home: Home, attack: str) -> None:  # noqa: F811
    own = template_path(home, "nota-dinas")
    own.parent.mkdir(exist_ok=True)
    written = docx.Document()
    written.add_paragraph(attack)
    written.save(str(own))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.monotonic()
    with pytest.raises(TemplateRefused, match=r"include|memory") as refused:
        word_of(nota_dinas(season), home, 11)
    assert time.monotonic() - began < 15, "5 s of its own, and the time that a busy machine takes to start a program"
    assert refused.value.place == str(own)
    assert isinstance(refused.value.values["cause"], Sentence)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < max(700_000, before + 1)
