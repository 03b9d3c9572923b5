"""A rulebook that is added moves no figure and no estimate of another edition, but as docs/method.md says.

Rulebooks of random kinds are added before, between and after the shipped ones, or stand over one of them, and every row
of the index of every other edition is compared to the last digit.
"""

from __future__ import annotations

from functools import cache
from random import Random

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from analysis.season.frames import SeasonFrames, complete_rules_for
from iga.planning.single_valued_rules import PlanImpossible
from iga.rulebook import Rulebooks, RulebookUse, RuleFiles, load_rulebook, shipped_files, shipped_rulebooks
from iga.rules.crosswalk import crosswalk
from tests.rulebook_texts import complete, root, two_lines, with_divisor
from warehouse.scoring.index_over_time import index_of_submissions

SHIPPED = tuple(range(2020, 2030))
SEASONS = (2021, 2022, 2024, 2026, 2029, 2031)
"""Editions with submissions: without an estimate, without a list, with both, complete, to come, without a rulebook."""

REGION = "17.71"
Row = tuple[object, ...]


@cache
def seasons() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """A city's submissions, answers and SPD of every season: levels, totals alone, flags."""
    chance = Random(2026)
    submissions, answers = [], []
    for edition in SEASONS:
        lists = 2023 if edition == 2022 else min(edition, 2026)
        numbers = [group.number for group in load_rulebook(lists).sid_groups]
        for place in range(8):
            key = f"{edition}-{place}"
            kind = ("levels", "total", "flags", "total")[place % 4]
            total = chance.randrange(20, 111) * 100 if kind == "total" else None
            stage = chance.choice(["implementation", "implementation", "trial", None])
            status = chance.choice(["sent", "accepted", "rejected", "draft", None])
            affair = chance.choice(["01", "02", "03", "04", "05", "06", "07", None])
            submissions.append((key, key, REGION, edition, "2026-08-01", total, stage, status, affair, None, True))
            for number in numbers if kind != "total" else ():
                level = chance.randrange(4) if kind == "levels" else None
                answers.append(
                    (key, number, "claimed", level, None if kind == "levels" else chance.random() < 0.5, None)
                )
    columns = {
        "submission_id": pl.String, "innovation_id": pl.String, "region_code": pl.String, "edition": pl.Int32,
        "as_of": pl.String, "claimed_score_x100": pl.Int32, "stage": pl.String, "status": pl.String,
        "main_affair_code": pl.String, "cross_affair_codes": pl.String, "is_simulated": pl.Boolean,
    }  # fmt: skip
    lines = {
        "submission_id": pl.String, "indicator_number": pl.String, "score_kind": pl.String, "level": pl.Int8,
        "is_complete": pl.Boolean, "points_x100": pl.Int32,
    }  # fmt: skip
    spd = pl.DataFrame({
        "region_code": REGION, "edition": pl.Series([2024, 2026, 2029], dtype=pl.Int32), "indicator_number": "TOTAL",
        "score_kind": "claimed", "level": pl.Series([None] * 3, dtype=pl.Int8),
        "points_x100": pl.Series([4500, 5000, 5200], dtype=pl.Int32), "is_simulated": True,
    })  # fmt: skip
    return pl.DataFrame(submissions, columns, orient="row"), pl.DataFrame(answers, lines, orient="row"), spd


def rows_of(rulebooks: Rulebooks) -> dict[tuple[int, str], Row]:
    """Every row of the index, by edition and rulebook, without the hash of the rules."""
    index = index_of_submissions(*seasons(), score_kinds=["claimed"], rulebooks=rulebooks)
    facts = index.drop("rulebook_hash")
    return {(row["edition"], row["rulebook"]): tuple(row.values()) for row in facts.iter_rows(named=True)}


@cache
def shipped_rows() -> dict[tuple[int, str], Row]:
    return rows_of(shipped_rulebooks())


def with_books(texts: dict[int, str]) -> Rulebooks:
    return Rulebooks(shipped_files().with_added(RuleFiles({str(edition): text for edition, text in texts.items()})))


Kind = tuple[str, int, int]
"""A kind of rulebook, the edition that it goes by, a number that makes it differ."""


def text_of(edition: int, kind: Kind) -> str:
    name, other, number = kind
    if name == "root":
        return root(edition, other)
    if name == "two lines":
        return two_lines(edition, other)
    if name == "divisor":
        return with_divisor(edition, other, 5 + number, ("", "count_weight", "maturity_maximum")[number % 3])
    weight, cap = ("0.20", "0.38", "0.50")[number % 3], (100, 200)[number % 2]
    return complete(
        edition, other, divisor=5 + number, weight=weight, cap=cap, top=3 + number % 3, added=number % 2 * 2
    )


@st.composite
def added_books(draw: st.DrawFn) -> dict[int, Kind]:
    """One to three rulebooks: of years before and after the shipped ones, or over incomplete ones."""
    books: dict[int, Kind] = {}
    years = st.sampled_from([2017, 2019, 2021, 2025, 2027, 2029, 2030, 2031, 2032])
    for edition in sorted(draw(st.lists(years, min_size=1, max_size=3, unique=True))):
        earlier = [year for year in sorted({*SHIPPED, *books}) if year < edition]
        kinds = ["root"] + ["two lines", "divisor"] * bool(earlier) + ["complete"] * (edition > 2026)
        name = draw(st.sampled_from(kinds))
        others = {"root": [2021, 2023, 2024, 2025, 2026], "complete": [2026]}.get(name, earlier)
        books[edition] = (name, draw(st.sampled_from(others)), draw(st.integers(0, 20)))
    return books


def added(books: dict[int, Kind]) -> Rulebooks:
    return with_books({edition: text_of(edition, kind) for edition, kind in books.items()})


def named(uses: list[RulebookUse]) -> list[str]:
    return [use.rulebook.name for use in uses]


def is_untouched(edition: int, books: dict[int, Kind], rulebooks: Rulebooks) -> bool:
    """An edition whose rules are not those of an added book, nor taken over from one that stands over a shipped one."""
    return edition not in books and not set(rulebooks.of(edition).bases) & set(books)


def estimates_of(edition: int, books: dict[int, Kind], rulebooks: Rulebooks) -> list[str] | None:
    """The estimates of an untouched edition, as before; None where a complete book before it takes their place."""
    found = named(rulebooks.uses_for(edition))[1:]
    between = [year for year in books if 2026 < year < edition and rulebooks.of(year).is_complete]
    if between:
        assert found in ([str(max(between))], []), "the one thing that moves: the latest complete one before it"
        return None
    assert found == named(shipped_rulebooks().uses_for(edition))[1:]
    return found


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(books=added_books())
def test_added_rulebooks_leave_rules_estimates_and_levels_of_other_editions(books: dict[int, Kind]) -> None:
    """What every figure follows from: the rules, the rulebook of the estimate, and what levels mean."""
    rulebooks = added(books)
    assert rulebooks.faults() == {}
    untouched = [edition for edition in SHIPPED if is_untouched(edition, books, rulebooks)]
    for edition in untouched:
        assert rulebooks.of(edition) == shipped_rulebooks().of(edition)
        estimates_of(edition, books, rulebooks)
        for other in untouched:
            now, before = crosswalk(edition, other, rulebooks), crosswalk(edition, other)
            assert (now.basis, now.reading, now.maps) == (before.basis, before.reading, before.maps)


@settings(max_examples=10, deadline=None, suppress_health_check=SLOW, phases=[Phase.explicit, Phase.generate])
@given(books=added_books())
def test_added_rulebooks_move_no_row_of_another_edition(books: dict[int, Kind]) -> None:
    rulebooks = added(books)
    rows, before = rows_of(rulebooks), shipped_rows()
    for edition in {*SEASONS} & {*SHIPPED}:
        if is_untouched(edition, books, rulebooks):
            assert rows[edition, str(edition)] == before[edition, str(edition)]
            for name in estimates_of(edition, books, rulebooks) or ():
                assert rows[edition, name] == before[edition, name]


@settings(max_examples=6, deadline=None, suppress_health_check=SLOW, phases=[Phase.explicit, Phase.generate])
@given(first=added_books(), later=added_books())
def test_what_comes_later_than_an_edition_moves_nothing_of_it(first: dict[int, Kind], later: dict[int, Kind]) -> None:
    """The same for editions that have their rules from the home: what is added after them leaves them alone."""
    last = max(2026, *first)
    after = {year: kind for year, kind in later.items() if year > last}
    rows, then = rows_of(added(first)), rows_of(added(first | after))
    assert {key: row for key, row in then.items() if key[0] <= last} == {
        key: row for key, row in rows.items() if key[0] <= last
    }


def test_a_home_edition_without_a_complete_one_before_it_follows_the_first_after_it() -> None:
    """The exception that docs/method.md names: it states no `estimated_under`, and a complete one comes between."""
    books = {2019: root(2019, 2025)}
    assert named(with_books(books).uses_for(2019)) == ["2019", "2026"]
    assert named(with_books(books | {2021: root(2021, 2026)}).uses_for(2019)) == ["2019", "2021"]
    stating = {2019: books[2019].replace("edition = 2019\n", "edition = 2019\nestimated_under = 2026\n")}
    assert named(with_books(stating | {2021: root(2021, 2026)}).uses_for(2019)) == ["2019", "2026"]


@pytest.mark.parametrize("text", [two_lines(2030, 2029), complete(2030, 2026)], ids=["two lines", "complete"])
def test_next_years_rulebook_leaves_every_row_and_adds_only_its_own(text: str) -> None:
    rows = rows_of(with_books({2030: text}))
    assert {key: row for key, row in rows.items() if key[0] < 2030} == shipped_rows()


@pytest.mark.parametrize("edition", [*SHIPPED, 2018])
def test_next_years_rulebook_leaves_the_one_that_an_edition_is_planned_and_explained_under(edition: int) -> None:
    """Also of the editions that are not estimated: their scores are on another scale. 2018 has no rulebook."""
    later = with_books({2030: complete(2030, 2026)})
    assert complete_rules_for(edition, shipped_rulebooks()).name == "2026"
    assert complete_rules_for(edition, later).name == ("2026" if edition in SHIPPED else "2030")


def test_an_edition_on_a_raw_scale_is_not_planned() -> None:
    empty = pl.DataFrame()
    frames = SeasonFrames(REGION, 2020, "claimed", load_rulebook(2026), empty, empty, empty)
    with pytest.raises(PlanImpossible, match="2020 are on a raw scale"):
        _ = frames.terms
    assert SeasonFrames(REGION, 2022, "claimed", load_rulebook(2026), empty, empty, empty).terms.count_cap == 200


def test_a_complete_edition_with_a_fourth_level_and_22_indicators_is_computed() -> None:
    rulebooks = with_books({2031: complete(2031, 2026, divisor=15, top=4, added=2)})
    rules = rulebooks.of(2031)
    assert (len(rules.sid_groups), rules.group("35").top_level, rules.is_complete) == (22, 4, True)
    assert named(rulebooks.uses_for(2031)) == ["2031"]
    assert (2031, "2031") in rows_of(rulebooks)
