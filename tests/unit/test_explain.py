"""Why an index moved: shares that add up exactly, and what each cause is given."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from iga.errors import ScoreInvalid
from iga.index.exact import index_of
from iga.index.why_moved import (
    PLAYERS,
    Entry,
    Rules,
    Season,
    explain,
    explain_rank,
    largest_remainder,
    rounded_x100,
    shapley,
)
from iga.rulebook import load_rulebook

RULES = Rules(load_rulebook(2026), load_rulebook(2026).assumptions)
OLD = Rules(load_rulebook(2024), load_rulebook(2024).assumptions)
AFFAIRS = ("01", "02", "03", "04", "05", "06", "13", None)


def worth(points: float | tuple[float, float] | None, old: float | None = None) -> dict:
    def bounds(value):
        if value is None:
            return None
        low, high = value if isinstance(value, tuple) else (value, value)
        return Fraction(str(low)), Fraction(str(high))

    return {"2026": bounds(points), "2024": bounds(points if old is None else old)}


def entry(name: str, points, affair: str | None = "01", **more) -> Entry:
    return Entry(name, worth(points), main_affair_code=affair, **more)


maturities = st.one_of(st.none(), st.integers(0, 111), st.tuples(st.integers(0, 50), st.integers(51, 111)))
entries = st.lists(
    st.builds(
        lambda name, points, affair, status, stage: Entry(
            f"i{name}", worth(points), status=status, stage=stage, main_affair_code=affair
        ),
        st.integers(0, 25),
        maturities,
        st.sampled_from(AFFAIRS),
        st.sampled_from([None, "accepted", "rejected", "draft"]),
        st.sampled_from([None, "implementation", "trial"]),
    ),
    max_size=20,
    unique_by=lambda each: each.innovation_id,
)
seasons = st.builds(
    lambda spd, found: Season(2025, worth(spd), found), st.one_of(st.none(), st.integers(0, 63)), entries
)


@given(seasons, seasons, st.booleans())
@settings(max_examples=40, deadline=None)
def test_shares_add_up_exactly_at_both_ends_and_so_do_the_printed_ones(before, after, has_break):
    told = explain(before, after, OLD if has_break else RULES, RULES)
    assert told is not None
    for place, end in enumerate(("lower", "upper")):
        shares = getattr(told, end)
        assert tuple(shares) == PLAYERS
        assert sum(shares.values()) == told.after[place] - told.before[place]
        printed = told.printed(end)
        assert sum(printed.values()) == rounded_x100(told.after[place]) - rounded_x100(told.before[place])
        assert all(printed[player] == 0 for player, share in shares.items() if share == 0)
        assert all(abs(printed[player] - share * 100) < 2 for player, share in shares.items())
    if not has_break:
        assert told.lower["rulebook"] == told.upper["rulebook"] == 0


@given(seasons)
@settings(max_examples=20, deadline=None)
def test_a_season_explained_against_itself_moves_nothing(season):
    told = explain(season, season, RULES, RULES)
    assert not any(told.lower.values()) and not any(told.upper.values())


@given(st.lists(st.integers(0, 111), max_size=30), st.integers(0, 63))
@settings(max_examples=30, deadline=None)
def test_the_explained_index_is_that_of_the_oracle(points, spd):
    covered = ("01", "02", "03", "04", "05")
    found = [entry(f"i{place}", each, covered[place % 5]) for place, each in enumerate(points)]
    told = explain(Season(2025, worth(0), []), Season(2026, worth(spd), found), RULES, RULES)
    expected = index_of(spd, points, min(5, len(points)), "2026")
    assert rounded_x100(told.after[0]) == expected.iid * 100


def test_a_cause_that_changed_alone_gets_the_whole_change():
    base = [entry(f"i{place}", 80, f"0{place % 6 + 1}") for place in range(20)]
    before = Season(2025, worth(40), base)
    only = {
        "spd": Season(2026, worth(45), base),
        "quality": Season(2026, worth(40), [entry("i0", 111, "01"), *base[1:]]),
        "entries": Season(2026, worth(40), [*base, entry("new", 60)]),
        "exits": Season(2026, worth(40), base[:-1]),
        "status": Season(2026, worth(40), [entry("i0", 80, "01", status="rejected"), *base[1:]]),
        "affairs": Season(2026, worth(40), [entry(each.innovation_id, 80, "13") for each in base]),
    }
    for player, after in only.items():
        told = explain(before, after, RULES, RULES)
        moved = {name for name, share in told.lower.items() if share}
        assert moved == {player}
        assert told.lower[player] == told.after[0] - told.before[0] != 0


def test_the_rulebook_is_a_cause_of_its_own():
    season = Season(2024, worth(40), [entry(f"i{place}", 80, f"0{place % 6 + 1}") for place in range(11)])
    told = explain(season, season, OLD, RULES)
    assert {name for name, share in told.lower.items() if share} == {"rulebook"}
    assert not told.is_single, "the count term of 2024 is known as a range only"


def test_no_index_no_explanation():
    rules = load_rulebook(2025)
    season = Season(2025, {"2025": None, "2026": None}, [])
    assert explain(season, season, Rules(rules, rules.assumptions), RULES) is None


def test_a_season_must_say_what_it_is_worth_under_both_rulebooks():
    season = Season(2025, {"2026": None}, [])
    with pytest.raises(ScoreInvalid, match="under 2024"):
        explain(season, season, OLD, RULES)
    twice = Season(2025, worth(1), [entry("a", 1), entry("a", 2)])
    with pytest.raises(ScoreInvalid, match="stands twice"):
        explain(twice, twice, RULES, RULES)


def test_largest_remainder_gives_what_is_missing_to_the_largest_rest():
    parts = {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3), "d": Fraction(0)}
    assert largest_remainder(parts, 100) == {"a": 34, "b": 33, "c": 33, "d": 0}
    assert largest_remainder({"a": Fraction(-1, 3), "b": Fraction(1, 3)}, 0) == {"a": -33, "b": 33}


def test_shapley_of_a_known_game():
    """The glove game: one left glove, two right ones; a pair is worth 1."""
    value = lambda players: int("left" in players and bool(players & {"right", "other"}))  # noqa: E731
    shares = shapley(("left", "right", "other"), value)
    assert shares == {"left": Fraction(2, 3), "right": Fraction(1, 6), "other": Fraction(1, 6)}


def test_rank_moves_by_own_change_and_by_that_of_others():
    before = {"a": (7000, 7000), "b": (8000, 8000), "c": (6000, 6000)}
    after = {"a": (8500, 8500), "b": (8000, 8000), "c": (9000, 9000)}
    told = explain_rank(before, after, "a")
    assert (told.before, told.after) == ((2, 2), (2, 2))
    assert told.own == (Fraction(-1), Fraction(-1))
    assert told.others == (Fraction(1), Fraction(1))
    assert (told.passed, told.passed_by) == (("b",), ("c",))


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 50), st.integers(50, 100)), min_size=2),
    st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 50), st.integers(50, 100)), min_size=2),
    st.sampled_from(["min", "max"]),
)
@settings(max_examples=60, deadline=None)
def test_rank_shares_add_up(before, after, ties):
    for region in set(before) & set(after):
        told = explain_rank(before, after, region, ties=ties)
        for end in (0, 1):
            assert told.own[end] + told.others[end] == told.after[end] - told.before[end]
