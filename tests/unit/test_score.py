"""The kernel: equal to the exact formula on random regions, on Polars and DuckDB; answers to maturity and SPD."""

import random
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from iga.rulebook import Rulebook, load_rulebook
from iga.score import ScoreInvalid, index_of, score_regions, score_spd, score_submissions

BASIC = ("01", "02", "03", "04", "05", "06")
STAGES = (None, "initiative", "trial", "implementation")
STATUSES = (None, "draft", "sent", "returned", "rejected", "accepted")
SUBMISSION = {
    "region_code": pl.String,
    "edition": pl.Int32,
    "maturity_lower_x100": pl.Int32,
    "maturity_upper_x100": pl.Int32,
    "stage": pl.String,
    "status": pl.String,
    "main_affair_code": pl.String,
    "cross_affair_codes": pl.String,
}
SPD = {"region_code": pl.String, "edition": pl.Int32, "spd_lower_x100": pl.Int32, "spd_upper_x100": pl.Int32}
SWITCHES = (
    "rejected_in_divisor",
    "rejected_in_count",
    "other_stages_in_divisor",
    "other_stages_in_count",
    "cross_affairs_cover_basic_service",
)


# --- random regions ---------------------------------------------------------------------------------------------------


def random_score(chance, maximum):
    """Hundredths of a score as bounds: often exact, sometimes unknown, sometimes a range."""
    low = chance.choice([0, maximum, chance.randrange(maximum + 1)])
    return chance.choice([(low, low), (low, low), (None, None), (low, chance.randrange(low, maximum + 1))])


def random_region(chance, code, *, size, certainty):
    """The submissions and the SPD of one region; with `certainty`, everything is known."""
    rows = []
    for _ in range(size):
        low, high = random_score(chance, 11100)
        if certainty:
            low = high = chance.randrange(11101)
        affair = chance.choice([*BASIC, "07", "19", *([] if certainty else [None])])
        cross = chance.choice([None, "02", "19|04", "05|06"])
        stage = "implementation" if certainty else chance.choice(STAGES)
        rows.append((code, 2026, low, high, stage, chance.choice(STATUSES), affair, cross))
    spd = chance.randrange(6301)
    bounds = (spd, spd) if certainty else random_score(chance, 6300)
    return rows, (code, 2026, *bounds)


def random_panel(seed, count):
    """Regions with no innovation, one, about the smallest divisor, and above the cap."""
    chance = random.Random(seed)
    submissions, spd = [], []
    for place in range(count):
        size = chance.choice([0, 1, 2, 9, 10, 11, 12, 13, 30, chance.randrange(60), chance.randrange(190, 260)])
        rows, own = random_region(chance, f"{place:05}", size=size, certainty=chance.random() < 0.5)
        submissions += rows
        if own[2] is not None or chance.random() < 0.5 or not rows:
            spd.append(own)
    return submissions, spd


# --- what the exact formula says about the same rows ------------------------------------------------------------------


def points(bounds):
    low, high = bounds
    return None if low is None else (Decimal(low) / 100, Decimal(high) / 100)


def by_oracle(rows, spd, rulebook, assumptions):
    scored, rejected, others, both = [], 0, 0, 0
    covered, unknown = set(), 0
    for _, _, low, high, stage, status, affair, cross in rows:
        is_waiting = status in ("sent", "accepted") and status not in (assumptions.statuses_counted or (status,))
        if status in ("draft", "returned") or is_waiting:
            continue
        is_rejected, is_other = status == "rejected", stage is not None and stage not in assumptions.stages_scored
        both += is_rejected and is_other
        rejected += is_rejected and not is_other
        others += is_other and not is_rejected
        if not is_rejected and not is_other:
            scored.append(points((low, high)))
        counts = (assumptions.rejected_in_count or not is_rejected) and (
            assumptions.other_stages_in_count or not is_other
        )
        if counts:
            named = {affair}
            if assumptions.cross_affairs_cover_basic_service and cross:
                named |= set(cross.split("|"))
            covered |= named & set(BASIC)
            unknown += affair is None
    services = (len(covered), min(len(BASIC), len(covered) + unknown))
    return index_of(
        points(spd) if spd else None,
        scored,
        services,
        rulebook,
        rejected_count=rejected,
        other_stage_count=others,
        assumptions=assumptions,
    ), both


def hundredths(value):
    return None if value is None else int(value * 100)


def assert_kernel_equals_oracle(submissions, spd, rulebook, assumptions, engines=("polars", "duckdb")):
    expected = {}
    own = {row[0]: row[2:] for row in spd}
    for code in {row[0] for row in submissions} | set(own):
        rows = [row for row in submissions if row[0] == code]
        expected[code], both = by_oracle(rows, own.get(code), rulebook, assumptions)
        if both and (
            (assumptions.rejected_in_divisor and assumptions.other_stages_in_divisor)
            or (assumptions.rejected_in_count and assumptions.other_stages_in_count)
        ):
            del expected[code]  # the scalar version has no word for rejected innovations in another stage
    for engine in engines:
        found = {row["region_code"]: row for row in by_kernel(engine, submissions, spd, rulebook, assumptions)}
        assert set(expected) <= set(found)
        for code, result in expected.items():
            assert as_columns(found[code]) == as_fields(result), (engine, code)


def by_kernel(engine, submissions, spd, rulebook, assumptions):
    rows = pl.DataFrame(submissions, schema=SUBMISSION, orient="row")
    own = pl.DataFrame(spd, schema=SPD, orient="row")
    if engine == "polars":
        return score_regions(rows.lazy(), rulebook, spd=own.lazy(), assumptions=assumptions).collect().to_dicts()
    with duckdb.connect() as connection:
        relations = connection.from_arrow(rows.to_arrow()), connection.from_arrow(own.to_arrow())
        scored = score_regions(relations[0], rulebook, spd=relations[1], assumptions=assumptions)
        return pl.DataFrame(scored).to_dicts()


def as_columns(row):
    names = ("iid", "iid_lower", "iid_upper", "spd", "mean_maturity", "count", "sid", "total")
    parts = [row[f"{name}_x100"] for name in names]
    return (*parts, row["divisor"], row["predicate"], row["predicate_lower"], row["predicate_upper"], row["coverage"])


def as_fields(result):
    parts = (result.iid, result.iid_lower, result.iid_upper, result.spd, result.mean_maturity)
    parts += (result.count_score, result.sid, result.total)
    predicates = (result.predicate, result.predicate_lower, result.predicate_upper)
    return (*(hundredths(part) for part in parts), result.divisor, *predicates, "|".join(result.coverage))


@pytest.mark.parametrize("edition", ["2026", "2024", "2023", "2025", "2021", "2027"])
def test_kernel_equals_oracle_on_thousands_of_regions(edition):
    rulebook = load_rulebook(edition)
    submissions, spd = random_panel(seed=edition, count=2000 if edition == "2026" else 300)
    assert_kernel_equals_oracle(submissions, spd, rulebook, rulebook.assumptions)


@st.composite
def regions(draw):
    seed = draw(st.integers(0, 2**32))
    size = draw(st.sampled_from([0, 1, 3, 11, 12, 13, 40]))
    rows, own = random_region(random.Random(seed), "17.71", size=size, certainty=draw(st.booleans()))
    has_spd = draw(st.booleans()) or not rows
    return rows, [own] if has_spd else []


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    region=regions(),
    edition=st.sampled_from(["2026", "2024", "2023", "2025"]),
    switches=st.fixed_dictionaries({name: st.booleans() for name in SWITCHES}),
    stages=st.sampled_from([("implementation",), ("trial", "implementation")]),
    statuses=st.sampled_from([(), ("accepted",), ("sent",), ("sent", "accepted")]),
    read_from=st.sampled_from(["rounded_index", "unrounded_index"]),
)
def test_kernel_equals_oracle_under_every_switch(region, edition, switches, stages, statuses, read_from):
    rulebook = load_rulebook(edition)
    assumptions = rulebook.assume(
        stages_scored=stages, statuses_counted=statuses, predicate_read_from=read_from, **switches
    )
    assert_kernel_equals_oracle(*region, rulebook, assumptions, engines=("polars",))


def at_the_edge(chance, count):
    """Regions whose index is within half a hundredth of the lower end of a band of 2026, on either side or at it."""
    submissions, spd = [], []
    for place in range(count):
        size, edge = chance.randrange(40, 120), chance.choice([6501, 4001, 1])
        wanted = (edge * 250 * size + chance.randrange(-130 * size, 130 * size)) // 100
        own = chance.randrange(100) if edge == 1 else chance.randrange(6301)
        points = max(0, wanted - own * size - (38 * size * size if edge > 1 else 0))
        each = [points // size + (rest < points % size) for rest in range(size)]
        affairs = BASIC if edge > 1 else ("07",)
        rows = [(f"{place:05}", 2026, m, m, None, "sent", affairs[n % len(affairs)], None) for n, m in enumerate(each)]
        submissions += [row for row in rows if row[2] <= 11100]
        spd.append((f"{place:05}", 2026, own, own))
    return submissions, spd


@pytest.mark.parametrize("read_from", ["rounded_index", "unrounded_index"])
def test_kernel_equals_oracle_where_rounding_decides_the_predicate(read_from):
    rulebook = load_rulebook(2026)
    submissions, spd = at_the_edge(random.Random(7), 300)
    assert_kernel_equals_oracle(submissions, spd, rulebook, rulebook.assume(predicate_read_from=read_from))
    decided = 0
    for code, _, low, _ in spd:
        rows = [Decimal(row[2]) / 100 for row in submissions if row[0] == code]
        affairs = len({row[6] for row in submissions if row[0] == code} & set(BASIC))
        result = index_of(Decimal(low) / 100, rows, affairs, rulebook)
        decided += result.predicate_by_other_reading is not None
    assert decided > 20, "such cases are really met"


def test_the_exact_form_says_where_rounding_decides_the_predicate():
    maturities = [Decimal("99.50")] * 11 + [Decimal("99.68")]  # 65.006 before rounding
    ours, theirs = (
        index_of(63, maturities, 0, 2026, assumptions=load_rulebook(2026).assume(predicate_read_from=read_from))
        for read_from in ("rounded_index", "unrounded_index")
    )
    assert (ours.iid, ours.predicate, ours.predicate_by_other_reading) == (
        Decimal("65.01"), "very_innovative", "innovative",
    )  # fmt: skip
    assert (theirs.iid, theirs.predicate, theirs.predicate_by_other_reading) == (
        Decimal("65.01"), "innovative", "very_innovative",
    )  # fmt: skip
    assert index_of(63, maturities[:-1], 0, 2026).predicate_by_other_reading is None


@pytest.mark.parametrize("seed", range(4))
def test_kernel_equals_oracle_under_other_switches_on_duckdb(seed):
    chance = random.Random(seed)
    rulebook = load_rulebook(chance.choice(["2026", "2024"]))
    assumptions = rulebook.assume(
        statuses_counted=chance.choice([(), ("accepted",)]),
        predicate_read_from=chance.choice(["rounded_index", "unrounded_index"]),
        **{name: chance.random() < 0.5 for name in SWITCHES},
    )
    submissions, spd = random_panel(seed, count=60)
    assert_kernel_equals_oracle(submissions, spd, rulebook, assumptions, engines=("duckdb",))


def test_coefficients_may_be_fractions_and_intervals():
    content = load_rulebook(2026).content.replace(
        "value = 0.38\n", 'interval = [0.3, 0.55]\nreason_id = "-"\nreason_en = "-"\n'
    )
    content = content.replace("states_all_changes = true", "states_all_changes = false")
    content = content.replace("value = 5\n", 'interval = [2, 5]\nreason_id = "-"\nreason_en = "-"\n')
    rulebook = Rulebook("2026", content)
    submissions, spd = random_panel(seed=1, count=60)
    assert_kernel_equals_oracle(submissions, spd, rulebook, rulebook.assumptions)


def test_bounds_hold_every_completion():
    """Filling in what is unknown, in any way, gives an index within the bounds."""
    chance = random.Random(5)
    rulebook = load_rulebook(2026)
    for _ in range(100):
        known = [Decimal(chance.randrange(11101)) / 100 for _ in range(chance.randrange(20))]
        gaps = chance.randrange(4)
        bounds = index_of(None, [*known, *[None] * gaps], (4, 5), rulebook)
        filled = [Decimal(chance.randrange(11101)) / 100 for _ in range(gaps)]
        one = index_of(Decimal(chance.randrange(6301)) / 100, [*known, *filled], chance.choice([4, 5]), rulebook)
        assert bounds.iid_lower <= one.iid <= bounds.iid_upper


# --- what the kernel does with what it is given -----------------------------------------------------------------------


def test_lazy_gives_lazy_and_eager_gives_eager():
    rows = pl.DataFrame({"region_code": ["17.71"], "edition": [2026], "maturity_x100": [9000]})
    assert isinstance(score_regions(rows, 2026), pl.DataFrame)
    assert isinstance(score_regions(rows.lazy(), 2026), pl.LazyFrame)
    assert score_regions(rows.to_pandas(), 2026).equals(score_regions(rows, 2026))


def test_a_region_with_only_an_spd_or_only_drafts_has_a_row():
    columns = {"region_code": ["A"], "edition": [2026], "maturity_x100": [9000], "status": ["draft"]}
    spd = pl.DataFrame({"region_code": ["B"], "edition": [2026], "spd_x100": [6300]})
    found = score_regions(pl.DataFrame(columns), 2026, spd=spd).sort("region_code")
    assert found["innovation_count"].to_list() == [0, 0]
    assert found["iid_upper_x100"].to_list() == [2520, 2520]
    assert found["coverage"].to_list() == ["spd_missing", "complete"]


def test_frames_of_two_engines_are_refused():
    rows = pl.DataFrame({"region_code": ["A"], "edition": [2026], "maturity_x100": [9000]})
    with duckdb.connect() as connection, pytest.raises(ScoreInvalid, match="same engine"):
        score_regions(connection.from_arrow(rows.to_arrow()), 2026, spd=rows)


@pytest.mark.parametrize(
    ("column", "code"), [("maturity_x100", "maturity_out_of_range"), ("spd_x100", "spd_out_of_range")]
)
def test_a_score_outside_its_range_is_flagged_not_clipped(column, code):
    rows = pl.DataFrame({"region_code": ["A"], "edition": [2026], "maturity_x100": [9000]})
    spd = pl.DataFrame({"region_code": ["A"], "edition": [2026], "spd_x100": [6000]})
    rows, spd = (
        frame.with_columns(pl.lit(11101).alias(column)) if column in frame.columns else frame for frame in (rows, spd)
    )
    found = score_regions(rows, 2026, spd=spd).row(0, named=True)
    assert code in found["coverage"].split("|")
    assert found["iid_lower_x100"] is None
    assert found["iid_upper_x100"] is None


def test_rejected_innovations_are_reported_but_not_scored():
    rows = pl.DataFrame(
        {"region_code": "A", "edition": 2026, "maturity_x100": [9000, 11000], "status": ["sent", "rejected"]}
    )
    found = score_regions(rows, 2026).row(0, named=True)
    assert (found["innovation_count"], found["scored_count"], found["rejected_count"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("spd", "maturities", "services", "place"),
    [
        ("63.01", ["50"], 5, "spd_score"),
        ("50", ["50", "111.5"], 5, r"maturities\[1\]"),
        ("50", ["-1"], 5, "maturities"),
        ("50", [], 7, "basic_services"),
    ],
)
def test_index_of_refuses_numbers_outside_their_range(spd, maturities, services, place):
    with pytest.raises(ScoreInvalid, match=place):
        index_of(spd, maturities, services, 2026)


def test_index_of_takes_floats_as_they_are_written():
    assert index_of(0.1, [0.1], 0, 2026) == index_of("0.1", ["0.1"], 0, 2026)


def test_missing_columns_are_named():
    with pytest.raises(ScoreInvalid, match="maturity_x100"):
        score_regions(pl.DataFrame({"region_code": ["A"], "edition": [2026]}), 2026)


# --- answers ----------------------------------------------------------------------------------------------------------


def wide_answers(**levels):
    columns = {group.column: 3 for group in load_rulebook(2026).sid_groups} | levels
    schema = dict.fromkeys(columns, pl.Int8)
    return pl.DataFrame({name: [level] for name, level in columns.items()}, schema=schema).with_columns(submission_id=1)


def maturity(frame, **how):
    scored = score_submissions(frame, 2026, **how)
    return scored.select("maturity_lower_x100", "maturity_upper_x100", "maturity_x100", "has_invalid_level").row(0)


def test_maturity_is_weight_times_level():
    assert maturity(wide_answers()) == (11100, 11100, 11100, False)
    assert maturity(wide_answers(level_35=1, level_16=0)) == (9400, 9400, 9400, False)


def test_a_missing_level_means_any_level():
    assert maturity(wide_answers(level_35=None)) == (9900, 11100, None, False)
    assert maturity(wide_answers(level_35=None), missing="zero") == (9900, 9900, 9900, False)


@pytest.mark.parametrize("level", [4, -1])
def test_a_level_that_cannot_be_puts_the_submission_in_doubt(level):
    assert maturity(wide_answers(level_35=level)) == (0, 11100, None, True)


def test_wide_answers_keep_their_columns():
    frame = wide_answers().with_columns(region_code=pl.lit("17.71"), edition=2026)
    scored = score_submissions(frame, 2026)
    assert scored.select(frame.columns).equals(frame)
    assert score_regions(scored, 2026).height == 1


def test_of_alternatives_the_best_counts_once():
    others = [str(number) for number in (*range(16, 33), 34, 35)]
    rows = [("s", number, 3) for number in others] + [("s", "33a", 1), ("s", "33c", 2), ("s", "33f", None)]
    frame = pl.DataFrame(rows, schema=["submission_id", "indicator_number", "level"], orient="row")
    assert maturity(frame) == (10800, 10800, 10800, False)
    assert maturity(frame.with_columns(pl.col("indicator_number").replace("33c", "33"))) == (10800, 10800, 10800, False)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_long_and_wide_answers_agree_on_both_engines(engine):
    chance = random.Random(3)
    columns = [group.column for group in load_rulebook(2024).sid_groups]
    rows = [
        [place, *[chance.choice([0, 1, 2, 3, None, 9 if place % 50 == 0 else 1]) for _ in columns]]
        for place in range(300)
    ]
    wide = pl.DataFrame(rows, schema={"submission_id": pl.Int64, **dict.fromkeys(columns, pl.Int8)}, orient="row")
    long = wide.unpivot(index="submission_id", variable_name="indicator_number", value_name="level")
    long = long.with_columns(pl.col("indicator_number").str.strip_prefix("level_"))
    names = ["submission_id", "maturity_lower_x100", "maturity_upper_x100", "maturity_x100", "has_invalid_level"]
    expected = score_submissions(wide, 2024).select(names).sort("submission_id")
    if engine == "polars":
        assert score_submissions(long.lazy(), 2024).collect().sort("submission_id").equals(expected)
        return
    with duckdb.connect() as connection:
        for frame in (wide, long):
            scored = pl.DataFrame(score_submissions(connection.from_arrow(frame.to_arrow()), 2024))
            assert scored.select(names).sort("submission_id").equals(expected)


def test_without_indicators_maturity_is_unknown():
    frame = pl.DataFrame({"submission_id": ["s"], "indicator_number": ["16"], "level": [3]})
    assert score_submissions(frame, 2025).row(0) == ("s", None, None, None, False)


def test_missing_level_columns_are_named():
    with pytest.raises(ScoreInvalid, match="level_35"):
        score_submissions(wide_answers().drop("level_35"), 2026)


# --- the region's own score -------------------------------------------------------------------------------------------

LINES = [indicator.number for indicator in load_rulebook(2026).spd_indicators]


def region_answers(rows):
    schema = {"region_code": str, "edition": int, "indicator_number": str, "level": int, "points_x100": int}
    return pl.DataFrame([("17.71", 2026, *row) for row in rows], schema=schema, orient="row")


def spd_of(rows, edition=2026):
    frame = region_answers(rows)
    found = score_spd(frame, edition)
    with duckdb.connect() as connection:
        assert pl.DataFrame(score_spd(connection.from_arrow(frame.to_arrow()), edition)).equals(found)
    return found.select("spd_lower_x100", "spd_upper_x100", "spd_x100", "stated_total_x100").row(0)


def test_spd_is_the_sum_of_its_lines():
    assert spd_of([(number, 3, None) for number in LINES]) == (6300, 6300, 6300, None)
    assert spd_of([(number, 1 if number == "5a" else 3, None) for number in LINES])[2] == 6300 - 150


def test_a_line_without_an_answer_means_any_level():
    assert spd_of([(number, 3, None) for number in LINES if number != "12"]) == (5700, 6300, None, None)


def test_a_stated_total_stands_in_for_incomplete_lines_only():
    assert spd_of([("TOTAL", None, 5150)]) == (5150, 5150, 5150, 5150)
    assert spd_of([("1", 3, None), ("TOTAL", None, 5150)]) == (5150, 5150, 5150, 5150)
    assert spd_of([*[(number, 3, None) for number in LINES], ("TOTAL", None, 5150)]) == (6300, 6300, 6300, 5150)


def test_without_lines_in_the_rulebook_only_the_total_counts():
    assert spd_of([("1", 3, None)], 2024) == (None, None, None, None)
    assert spd_of([("1", 3, None), ("TOTAL", None, 5150)], 2024) == (5150, 5150, 5150, 5150)
