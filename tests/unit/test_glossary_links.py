"""The first use of a term in running text leads to its explanation; the name of a command does not."""

from __future__ import annotations

from reports.blocks.content import Span, Text
from reports.blocks.glossary import with_terms
from warehouse.language import Language


def test_an_acronym_is_a_term_as_it_is_written_and_a_command_is_none() -> None:
    (shown,) = with_terms([Text(text="Tulis iga portfolio sebelum IGA ditutup.")], "istilah.html", Language("id"))
    assert isinstance(shown, Text)
    linked = [span.text for span in shown.text if isinstance(span, Span) and span.href]
    assert linked == ["IGA"]
