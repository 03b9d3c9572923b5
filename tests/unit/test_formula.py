"""The formula of the index: what calls it and what writes it again say the same, on random inputs."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from iga.index import frame_expressions
from iga.index.exact import index_bounds
from iga.index.formula import (
    count_points,
    divisor_of,
    half_up,
    hundredths,
    index_of_total,
    least_weighed_points,
    mean_of,
    rounded,
    weighed_points,
)
from iga.planning.raises import Position
from iga.planning.single_valued_rules import terms_of
from iga.rulebook import Rulebook, load_rulebook
from reports.blocks.content import Bound, Calculation, CountedInnovation
from reports.pages.city_index.calculation import USED_RULES
from reports.render.document import Document
from reports.render.report_workbook import workbook_of
from tests.outputs import evaluated
from warehouse.language import Language

RULES, TERMS = load_rulebook(2026), terms_of(2026)
SPD_X100 = st.integers(0, 6300)
NUMBERS = st.one_of(st.integers(0, 14), st.integers(0, 450))
SERVICES = st.integers(0, 6)


def test_the_formula_by_hand() -> None:
    """2026: 20 innovations of 80 points each, SPD 45, five services covered."""
    divisor = divisor_of(20, 12)
    mean, count = mean_of(20 * 8000, divisor), count_points(20, 5, 38, 200, 5)
    assert (divisor, mean, count) == (20, 8000, 760)
    assert rounded(index_of_total(4500 + mean + count, 25000)) == Decimal("53.04")
    assert count_points(20, 4, 38, 200, 5) == 0
    assert count_points(201, 5, 38, 200, 5) == 7600
    assert divisor_of(3, 12) == 12


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_half_up_takes_the_nearest_and_of_two_the_upper(numerator: int, denominator: int) -> None:
    found = half_up(numerator, denominator)
    assert Fraction(-1, 2) < found - Fraction(numerator, denominator) <= Fraction(1, 2)
    assert hundredths(Fraction(numerator, denominator)) == half_up(100 * numerator, denominator)
    assert rounded(Fraction(numerator, denominator)) * 100 == half_up(100 * numerator, denominator)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_half_up_on_frames_is_half_up(engine: str) -> None:
    rows = [(n, d) for n in range(60) for d in range(1, 25)]
    frame = pl.DataFrame(rows, schema={"n": pl.Int64, "d": pl.Int64}, orient="row")
    expression = frame_expressions.half_up(nw.col("n"), nw.col("d")).alias("found")
    if engine == "polars":
        found = nw.from_native(frame).select("n", "d", expression).to_native()
    else:
        with duckdb.connect() as connection:
            relation = nw.from_native(connection.from_arrow(frame.to_arrow()))
            found = pl.DataFrame(relation.select("n", "d", expression).to_native().to_arrow_table())
    assert all(value == half_up(n, d) for n, d, value in found.iter_rows())


@given(spd=SPD_X100, number=NUMBERS, more=NUMBERS, services=SERVICES, mean=st.integers(0, 11100))
def test_a_plan_has_the_index_of_the_exact_form(spd: int, number: int, more: int, services: int, mean: int) -> None:
    points = number * mean
    exact = index_bounds(
        RULES,
        spd=(Fraction(spd, 100), Fraction(spd, 100)),
        maturity_sum=(Fraction(points, 100), Fraction(points, 100)),
        in_divisor=number,
        counted=more,
        basic_services=(services, services),
    )
    divisor, count = TERMS.divisor(number), TERMS.count_x100(more, services)
    index = TERMS.index(spd + Fraction(points, divisor) + count)
    assert exact == (index, index)
    position = Position(spd, points, divisor, count)
    assert position.index(TERMS) == rounded(index)
    assert index == index_of_total(weighed_points(spd, count, points, divisor), TERMS.total_maximum_x100 * divisor)


@given(st.integers(1, 10000), st.integers(1, 500), st.integers(1, 40000))
def test_the_least_points_for_an_index_are_the_least(index_x100: int, divisor: int, maximum: int) -> None:
    least = least_weighed_points(index_x100, divisor, maximum)
    assert half_up(10000 * least, divisor * maximum) >= index_x100
    assert half_up(10000 * (least - 1), divisor * maximum) < index_x100


def test_many_numbers_at_once_are_those_of_one_by_one() -> None:
    numbers = np.arange(450)
    assert TERMS.divisors(numbers).tolist() == [TERMS.divisor(number) for number in range(450)]
    enough = TERMS.services_required
    assert TERMS.counts_x100(numbers).tolist() == [TERMS.count_x100(number, enough) for number in range(450)]


# --- the sheet "Cek Hitung" -------------------------------------------------------------------------------------------

AFFAIRS = (*RULES.basic_service_affairs, "?")


def random_bound(chance: random.Random, most_x100: int) -> Bound:
    """A number of hundredths up to `most_x100`, as a single value or as bounds."""
    lower = chance.choice([0, most_x100, chance.randrange(most_x100 + 1)])
    upper = chance.choice([lower, lower, chance.randrange(lower, most_x100 + 1)])
    return Bound(lower=Decimal(lower) / 100, upper=Decimal(upper) / 100)


def random_innovations(chance: random.Random) -> tuple[CountedInnovation, ...]:
    """Innovations at the edges of the divisor and the cap, with most of the marks and any affairs."""
    return tuple(
        CountedInnovation(
            title=f"Inovasi {place}",
            unit="",
            stage="",
            maturity=random_bound(chance, 11100),
            is_scored=chance.random() < 0.8,
            is_in_divisor=chance.random() < 0.9,
            is_counted=chance.random() < 0.9,
            affairs=tuple(sorted(set(chance.choices(AFFAIRS, k=chance.randrange(3))))),
        )
        for place in range(chance.choice([0, 1, 5, 10, 12, 13, 20, 30]))
    )


def exact_of(rules: Rulebook, spd: Bound, given_rows: tuple[CountedInnovation, ...]) -> tuple[Decimal, Decimal]:
    """The index of the exact form, rounded."""
    counted = [one for one in given_rows if one.is_counted]
    known = len({code for one in counted for code in one.affairs} - {"?"})
    unknown = sum("?" in one.affairs for one in counted)
    scored = [one.maturity for one in given_rows if one.is_scored]
    found = index_bounds(
        rules,
        spd=(Fraction(spd.lower or 0), Fraction(spd.upper or 0)),
        maturity_sum=(
            sum((Fraction(one.lower or 0) for one in scored), Fraction(0)),
            sum((Fraction(one.upper or 0) for one in scored), Fraction(0)),
        ),
        in_divisor=sum(one.is_in_divisor for one in given_rows),
        counted=len(counted),
        basic_services=(known, min(len(rules.basic_service_affairs), known + unknown)),
    )
    assert found is not None
    return rounded(found[0]), rounded(found[1])


def sheet_of(part: Calculation) -> Any:
    """The sheet of one calculation as openpyxl reads it: formulas, not values."""
    made = workbook_of(Document("Judul", "", "Situs", Language("id"), (part,), "abc123", "0.2.0", is_simulated=False))
    [sheet] = [one for one in openpyxl.load_workbook(BytesIO(made)) if one.title.startswith("Cek Hitung")]
    return sheet


def with_intervals() -> Rulebook:
    """2026 with the weight, the cap, the services required and the least divisor known as intervals only."""
    content = load_rulebook(2026).content.replace("states_all_changes = true", "states_all_changes = false")
    for value, interval in (("0.38", "0.3, 0.55"), ("200", "5, 12"), ("5", "2, 5"), ("12", "10, 12")):
        assert f"value = {value}\n" in content
        content = content.replace(f"value = {value}\n", f'interval = [{interval}]\nreason_id = "-"\nreason_en = "-"\n')
    return Rulebook("2026", content)


SHEET_RULES = {name: load_rulebook(name) for name in ("2026", "2024", "2023")} | {"intervals": with_intervals()}


@settings(max_examples=100, deadline=None)
@given(edition=st.sampled_from(sorted(SHEET_RULES)), seed=st.integers(0, 2**32))
def test_the_live_formulas_give_the_exact_index(edition: str, seed: int) -> None:
    chance = random.Random(seed)
    spd, rows = random_bound(chance, 6300), random_innovations(chance)
    rules = SHEET_RULES[edition]
    lower, upper = exact_of(rules, spd, rows)
    numbers = rules.parameters
    part = Calculation(
        title="Kota",
        label="",
        rulebook=edition,
        rules={
            name: Bound(lower=getattr(numbers, name).lower, upper=getattr(numbers, name).upper) for name in USED_RULES
        },
        services=tuple((code, code) for code in rules.basic_service_affairs),
        spd=spd,
        innovations=rows,
        iid=Bound(lower=lower, upper=upper),
        gaps=(),
        is_simulated=False,
    )
    sheet = sheet_of(part)
    rows_of = {sheet.cell(row, 1).value: row for row in range(1, 60)}
    columns = [column for column in "BC" if sheet[f"{column}{rows_of['IID']}"].value]
    found = [Decimal(str(evaluated(sheet, f"{column}{rows_of['IID']}"))) for column in columns]
    assert (found[0], found[-1]) == (lower, upper)
    for column in columns:
        assert evaluated(sheet, f"{column}{rows_of['Pemeriksaan']}") == "cocok"
