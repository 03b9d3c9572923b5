"""Spellings of one innovation: what is tied, what is proposed, what is neither; ties are symmetric and lose nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from iga.portfolio.spellings import nearness, spelling_key, spelling_pairs

TITLES = st.text(st.sampled_from("abDG -()1é"), max_size=12)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("DataGo", "Data Go", "same"),
        ("DATA-GO", "data go", "same"),
        ("Si-Apik", "SIAPIK", "same"),
        ("SI APIK", "Apik", "prefix"),
        ("SLAWE (Sistem Layanan)", "SLAWE", "name"),
        ("Pertalite", "Pertalita", "letter"),
        ("Pertalite", "Pertalit", "letter"),
        ("SD Negeri 1", "SD Negeri 2", None),
        ("Sigap", "Melati", None),
        ("Si", "", None),
        ("ABC", "SIABC", None),
    ],
)
def test_what_is_tied_and_what_is_proposed(first: str, second: str, reason: str | None) -> None:
    assert nearness(first, second) == nearness(second, first) == reason


@given(TITLES, TITLES)
def test_nearness_has_no_order(first: str, second: str) -> None:
    assert nearness(first, second) == nearness(second, first)


@given(st.lists(TITLES, max_size=8))
def test_the_pairs_are_those_that_a_look_at_every_pair_finds(titles: list[str]) -> None:
    known = sorted({title for title in titles if spelling_key(title)})
    expected = {
        (first, second, reason)
        for place, first in enumerate(known)
        for second in known[place + 1 :]
        if (reason := nearness(first, second)) is not None
    }
    assert {(pair.first, pair.second, pair.reason) for pair in spelling_pairs(titles)} == expected
    assert spelling_pairs(titles) == spelling_pairs(reversed(titles))
