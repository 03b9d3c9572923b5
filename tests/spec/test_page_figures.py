"""The figures of a page are those of the analysis: values of parts against the snapshot, none read from words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis.panel import read_panel, score_of_edition
from analysis.panel.breaks import breaks_of
from reports.blocks.block import Block
from reports.blocks.content import Cards, Figure, Marked, Quantity, Table, Text, leaves
from reports.pages.changes import blocks as changes
from reports.pages.changes.parameters import ChangesParameters
from reports.pages.compare_cities import charts as comparison_charts, tables as comparison_tables
from reports.pages.compare_cities.figures import Comparison, read_comparison
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.index_audit import blocks as index_audit
from reports.pages.national_ranking import blocks as national
from reports.pages.national_ranking.figures import read_national
from reports.pages.national_ranking.parameters import NationalParameters
from reports.pages.next_edition import blocks as next_edition
from reports.pages.next_edition.parameters import NextEditionParameters
from reports.pages.research_panel import blocks as research_panel
from reports.pages.robustness import charts as robustness_charts, tables as robustness_tables, words as robustness_words
from reports.pages.robustness.figures import RobustnessReport, read_robustness
from reports.pages.robustness.parameters import RobustnessParameters
from warehouse import Snapshot
from warehouse.language import Language

NUMBERS = {"whole", "decimal", "percent", "signed", "interval", "percent interval", "year"}
CITIES = ["bengkulu", "magelang", "bandar lampung"]


def only(block: Block) -> Table:
    """The table of a block, or the data of its chart."""
    [part] = [part for part in leaves(block.parts) if isinstance(part, Table | Figure)]
    return part if isinstance(part, Table) else part.data


def column(shown: Table, heading: str) -> list[Any]:
    """The values of a column of numbers."""
    [place] = [place for place, told in enumerate(shown.columns) if told.heading == heading]
    assert shown.columns[place].kind in NUMBERS, heading
    return [row[place] for row in shown.values]


def ends(rows: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any] | None]:
    """Intervals as tables hold them."""
    return [None if None in row else row for row in rows]


def marks(block: Block) -> set[tuple[bool, bool, bool]]:
    """Whether the parts of a block are simulated, published and estimated."""
    parts = [part for part in leaves(block.parts) if isinstance(part, Marked)]
    return {(part.is_simulated, part.is_published, part.is_estimate) for part in parts}


def comparison_of(snapshot: Snapshot) -> Comparison:
    editions = [2023, 2024, 2025, 2026]
    return read_comparison(
        snapshot, CompareCitiesParameters.model_validate({"cities": CITIES, "editions": editions, "lang": "en"})
    )


INDEX_OF_CITIES = """
select edition, innovation_count, spd_lower, spd_upper, count_score, iid_lower, iid_upper from region_index
where region_code in ('17.71', '18.71', '33.71') and edition between 2023 and 2026 and score_kind = 'claimed'
order by region_code, edition, is_estimate, rulebook
"""


def test_cities_side_by_side(example: Snapshot) -> None:
    comparison = comparison_of(example)
    known = example.sql(INDEX_OF_CITIES)
    block = comparison_tables.index_table(comparison)
    shown = only(block)
    for heading, name in (("Edition", "edition"), ("Innovations", "innovation_count"), ("Count score", "count_score")):
        assert column(shown, heading) == known[name].to_list(), heading
    assert column(shown, "SPD") == ends(known.select("spd_lower", "spd_upper").iter_rows())
    assert column(shown, "Index") == ends(known.select("iid_lower", "iid_upper").iter_rows())
    assert None in column(shown, "Index") and marks(block) == {(True, False, True)}

    drawn = only(comparison_charts.index_over_editions(comparison))
    assert column(drawn, "Index") == column(shown, "Index") and drawn.columns[3].missing == "not computed: rule unknown"


def test_ranks_of_cities(example: Snapshot) -> None:
    comparison = comparison_of(example)
    ranked = comparison.ranking(2026)
    blocks = [comparison_charts.ranking(comparison), comparison_tables.ranking_table(comparison, 2026)]
    for shown in map(only, blocks):
        assert column(shown, "Rank") == ranked.select("rank_low", "rank_high").rows()
        assert column(shown, "Index") == ranked.select("iid_lower", "iid_upper").rows()
    assert [marks(block) for block in blocks] == [{(True, False, False)}] * 2


def test_published_statements_keep_their_scores(example: Snapshot) -> None:
    comparison = comparison_of(example)
    known = {row["statement_id"]: row for row in comparison.published.rows(named=True)}
    blocks = [comparison_tables.published_statements(comparison), comparison_tables.published_other_schemes(comparison)]
    told = 0
    for shown in map(only, blocks):
        places = [known[row[-1].removeprefix("≠ ").split(" · ")[0]] for row in shown.values]
        for heading, name in (("Score", "score"), ("Innovations", "innovation_count"), ("Edition", "edition")):
            assert column(shown, heading) == [row[name] for row in places]
        told += len(places)
    assert told == len(known)
    index = comparison_charts.published_index(comparison)
    assert column(only(index), "Index") == sorted_scores(comparison)
    assert {mark for block in (*blocks, index) for mark in marks(block)} == {(False, True, False)}


def sorted_scores(comparison: Comparison) -> list[Decimal]:
    """The final values of all cities, the newest edition last and the highest first."""
    return [score for _edition, score in sorted(comparison.peers.select("edition", "score").rows(), key=by_edition)]


def by_edition(row: tuple[int, Decimal]) -> tuple[int, Decimal]:
    return row[0], -row[1]


MEAN_INDICES = """
select left(region_code, 2), count(*), round(avg(iid_lower), 2), round(avg(iid_upper), 2) from region_index
where edition = 2026 and score_kind = 'claimed' and not is_estimate and iid_lower is not null group by all
"""


def test_regions_of_the_country(example: Snapshot) -> None:
    country = read_national(example, NationalParameters.model_validate({"edition": 2026, "lang": "en"}))
    blocks = [show(country) for show in (national.ranking_table, national.leaders, national.province_map)]
    ranking, leading, provinces = map(only, blocks)
    assert column(ranking, "Rank, bounds") == country.index.select("rank_low", "rank_high").rows()
    likely = country.ranking.select("likely_low", "likely_high", "cluster_likely_low", "cluster_likely_high").rows()
    assert column(ranking, "Likely rank") == [row[:2] for row in likely]
    assert column(ranking, "Likely rank in cluster") == [row[2:] for row in likely]
    middles = [(row["iid_lower"] + row["iid_upper"]) / 2 for row in country.index.iter_rows(named=True)]
    assert column(ranking, "Central estimate") == [
        middle.quantize(Decimal("0.01"), ROUND_HALF_UP) for middle in middles
    ]
    assert column(ranking, "Innovations") == country.index["innovation_count"].to_list()
    for shown in (ranking, leading):
        assert column(shown, "Index, bounds") == country.index.select("iid_lower", "iid_upper").rows()

    means = {code: (count, (Decimal(str(low)), Decimal(str(high)))) for code, count, low, high in mean_indices(example)}
    known = [means.get(code, (0, None)) for code in sorted(set(country.regions["province_code"]))]
    assert (
        list(zip(column(provinces, "Regions with an index"), column(provinces, "Mean, bounds"), strict=True)) == known
    )
    assert sum(column(provinces, "All regions")) == country.regions.height == 546
    assert {mark for block in blocks for mark in marks(block)} == {(True, False, True)}
    assert marks(national.headline(country)) == {(True, False, False)}


def mean_indices(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    return snapshot.sql(MEAN_INDICES).rows()


def robustness_of(snapshot: Snapshot, *editions: int) -> RobustnessReport:
    values = {"cities": CITIES, "editions": editions, "draws": 400, "lang": "en"}
    return read_robustness(snapshot, RobustnessParameters.model_validate(values))


def test_how_sure_ranks_are(example: Snapshot) -> None:
    report = robustness_of(example, 2025, 2026)
    draws = report.analysis.claims
    intervals = pl.DataFrame(draws.intervals()).sort("edition", "rank_median", "name")
    ranks = only(robustness_charts.rank_intervals(report))
    assert sorted(column(ranks, "Median rank")) == sorted(intervals["rank_median"])
    assert sorted(column(ranks, "Interval (90%)")) == sorted(intervals.select("rank_low", "rank_high").rows())
    assert sorted(column(ranks, "Together (90%)")) == sorted(intervals.select("set_low", "set_high").rows())

    places = pl.DataFrame(draws.places())
    shown = only(robustness_charts.place_probabilities(report))
    assert sorted(column(shown, "Probability")) == sorted(places["probability"])
    assert sorted(column(shown, "Monte Carlo error (±)")) == sorted(places["monte_carlo_error"])
    by_city: dict[tuple[int, str], float] = {}
    for edition, city, _place, probability, _error in shown.values:
        by_city[edition, city] = by_city.get((edition, city), 0.0) + probability
    assert all(total == pytest.approx(1) for total in by_city.values()) and len(by_city) == 6

    above = pl.DataFrame(draws.above()).filter(pl.col("probability") >= 0.5)
    claims = only(robustness_tables.claims(report))
    for heading, name in (("Probability", "probability"), ("Equal", "tie_probability")):
        assert sorted(column(claims, heading)) == sorted(above[name])
    limits = pl.DataFrame(report.rests_on.limits).filter(threshold=0.9, assumption="city_error")
    overturned = column(claims, "Falls below 90% above a shared error of (points)")
    assert sorted(value or 0 for value in overturned) == sorted(limits["holds_to"].fill_null(0))


def test_what_claims_rest_on(example: Snapshot) -> None:
    report = robustness_of(example, 2025, 2026)
    assert (report.city_error, report.is_calibrated) == (1.0, False)
    by_error = pl.DataFrame(report.rests_on.by_city_error)
    shared = only(robustness_tables.shared_error(report))
    for error in (0, 1, 2, 4):
        then = by_error.filter(city_error=float(error))["probability_then"]
        assert sorted(column(shared, f"{error} points")) == sorted(then)
    limits = pl.DataFrame(report.rests_on.limits).filter(pl.col("assumption") != "city_error", pl.col("stands"))
    limits = limits.filter(threshold=0.9)
    assumed = only(robustness_tables.assumptions(report))
    assert len(assumed.values) == limits.height > 0
    assert {row[2] for row in assumed.values} == {
        "Indicator weights", "Errors of levels", "Errors of innovations", "Dependence of missing answers",
    }  # fmt: skip
    rules = only(robustness_tables.known_rules(report))
    claim = ("edition", "region_code", "other_region_code", "rule")
    then = pl.DataFrame(report.rests_on.by_rule).with_columns(
        spread=(pl.col("probability_then").max() - pl.col("probability_then").min()).over(claim)
    )
    told = then.filter(pl.col("spread") >= 0.01)
    assert sorted(column(rules, "Probability")) == sorted(told["probability_then"]) and 0 < told.height < then.height
    [basis] = only(robustness_tables.error_basis(report)).values
    assert basis[:4] == ("published index", False, 1, 1)
    assert basis[4] == pytest.approx(-7.23) and basis[5] is None
    assert basis[6] == "not applicable below 8 cities"


def test_an_order_that_no_shared_error_upsets_is_told_so(example: Snapshot) -> None:
    report = robustness_of(example, 2026)
    limits = pl.DataFrame(report.rests_on.limits).with_columns(is_open=pl.lit(value=True))
    frames = report.rests_on
    moved = replace(report, rests_on=replace(frames, limits=limits))
    claims = only(robustness_tables.claims(moved))
    assert {words for _row, _place, words in claims.instead} == {"beyond 20.00"}
    assert len(claims.instead) == len(claims.values) == 3


def test_compared_cities_are_told_what_upsets_the_weakest_order(example: Snapshot) -> None:
    comparison = comparison_of(example)
    chances = comparison.chances
    assert chances is not None and (chances.city_error, chances.is_calibrated) == (1.0, False)
    weakest = chances.claims.row(0, named=True)
    assert (weakest["region_code"], weakest["other_region_code"], weakest["threshold"]) == ("17.71", "18.71", 0.9)
    assert 0.8 < weakest["probability"] < 0.9 and 0.7 < weakest["holds_to"] < 0.85
    note = only(comparison_tables.standing(comparison)).note
    limit = comparison.language.number(weakest["holds_to"])
    assert limit in note and comparison.language.number(1.0) in note and "Bengkulu" in note


def test_an_error_that_was_asked_for_is_drawn(example: Snapshot) -> None:
    values = {"cities": CITIES, "editions": [2026], "draws": 400, "lang": "en", "city_error": 0.0}
    report = read_robustness(example, RobustnessParameters.model_validate(values))
    assert report.city_error == 0
    assert "It was asked for." in only(robustness_tables.claims(report)).note


def test_a_city_alone_has_no_rank(example: Snapshot) -> None:
    values = {"cities": ["bengkulu"], "editions": [2026], "draws": 400, "lang": "en"}
    report = read_robustness(example, RobustnessParameters.model_validate(values))
    [said] = robustness_charts.rank_intervals(report).parts
    assert isinstance(said, Text) and said.text == "no data yet"
    shares = only(robustness_charts.sensitivity(report))
    assert {row[0] for row in shares.values} == {"Index"}
    assert robustness_words.opening(report).parts == ()


def test_what_moves_the_index_and_its_ranks(example: Snapshot) -> None:
    report = robustness_of(example, 2025, 2026)
    leads = only(robustness_charts.dominance_matrix(report))
    for heading, name in (("Least lead, all weights", "lead_low"), ("Largest lead, all weights", "lead_high")):
        assert sorted(column(leads, heading)) == sorted(report.always[name])
    shares = only(robustness_charts.sensitivity(report))
    drivers = report.drivers.filter("is_applicable")
    of_ranks, of_index = (drivers.filter(measure=name)["total"].sort(descending=True) for name in ("rank", "iid"))
    assert column(shares, "In all") == [*of_ranks, *of_index]
    assert [row[0] for row in shares.values] == ["Ranks"] * len(of_ranks) + ["Index"] * len(of_index)
    bounds = zip(column(shares, "In all"), column(shares, "In all, 5–95%"), strict=True)
    assert all(low <= total <= high for total, (low, high) in bounds)
    factors = only(robustness_tables.factors(report))
    known = pl.DataFrame(report.analysis.factors)
    for heading, name in (
        ("Share of draws", "share"),
        ("Mean change", "mean_change"),
        ("Largest change", "max_change"),
        ("Ranks changed", "rank_change_share"),
    ):
        assert column(factors, heading) == known[name].to_list(), heading
    assert [row[-1] for row in factors.values] == known["has_changed"].to_list()
    changed = report.left_out.filter(pl.col("rank_change") != 0)
    assert sorted(column(only(robustness_tables.variables(report)), "Places gained")) == sorted(-changed["rank_change"])
    reach = only(robustness_tables.reach(report))
    assert sorted(column(reach, "Innovations with a total only")) == sorted(report.units["unreachable_count"])


def test_an_older_edition_under_new_rules_is_an_estimate(example: Snapshot) -> None:
    for editions, is_estimate in (((2025, 2026), True), ((2026,), False)):
        report = robustness_of(example, *editions)
        blocks = [show(report) for show in (robustness_charts.rank_intervals, robustness_tables.predicates)]
        assert {mark for block in blocks for mark in marks(block)} == {(True, False, is_estimate)}


def test_findings_of_the_audit(example: Snapshot) -> None:
    audit = index_audit.audit_of(robustness_of(example, 2026), breaks_of(example))
    for topic in index_audit.TOPICS:
        shown = only(index_audit.checks_of(audit, topic))
        headings = [told.heading for told in shown.columns if told.heading.startswith("Finding")]
        findings = zip(*(column(shown, heading) for heading in headings), strict=True)
        known = [check.finding for check in audit.checks if check.topic == topic and check.verdict != "not_applicable"]
        assert [value for row in findings for value in row if value is not None] == known, topic
    block = index_audit.summary(audit)
    [cards] = [part for part in block.parts if isinstance(part, Cards)]
    counts = [card.value.value for card in cards.cards if isinstance(card.value, Quantity)]
    assert sum(counts) == len(audit.checks) and marks(block) == {(True, False, False)}


def test_the_panel_of_published_figures(example: Snapshot) -> None:
    panel = read_panel(example, cities=CITIES, editions=range(2019, 2026))
    report = research_panel.PanelReport(panel, Language("en"))
    blocks = [research_panel.preferred_figures(report), research_panel.trajectories(report)]
    preferred, drawn = map(only, blocks)
    known = panel.frame.filter(pl.col("statement_count") > 0)
    for heading, name in (
        ("Innovations", "published_innovation_count"),
        ("Statements", "statement_count"),
    ):
        assert column(preferred, heading) == known[name].to_list(), heading
    scores = sorted(score_of_edition(panel.frame)["score"])
    assert sorted(column(drawn, "Score")) == scores
    assert sorted(score for score in column(preferred, "Score") if score is not None) == scores
    assert {mark for block in blocks for mark in marks(block)} == {(False, True, False)}


def test_each_published_figure_leads_to_its_source(example: Snapshot) -> None:
    panel = read_panel(example, cities=CITIES, editions=range(2019, 2026))
    report = research_panel.PanelReport(panel, Language("en"))
    addresses = {source for source in panel.statements["source"] if source.startswith("http")}
    known = dict(panel.statements.select("statement_id", "source").iter_rows())
    for block, has_all in (
        (research_panel.preferred_figures(report), False),
        (research_panel.trajectories(report), True),
    ):
        shown = only(block)
        assert set(filter(None, shown.links)) <= addresses and any(shown.links)
        assert all(shown.links) or not has_all
    shown = only(research_panel.preferred_figures(report))
    [place] = [place for place, told in enumerate(shown.columns) if told.heading == "Statement and source"]
    for row, address in zip(shown.values, shown.links, strict=True):
        first = row[place].split(" ")[0] if row[place] else None
        assert first is None or not known[first].startswith("http") or address == known[first], row
    listed = research_panel.sources(report).html
    assert all(f'href="{escape(address)}"' in listed for address in addresses)
    assert any(only(comparison_charts.published_index(comparison_of(example))).links)


def test_the_next_edition_of_a_city(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    monkeypatch.setenv("IGA_BUILD_DAY", "2026-08-09")
    page = next_edition.open_next_edition(NextEditionParameters(city="bengkulu", edition=2026, lang="en"))
    assert page.season is not None
    units, gaps = page.readiness.units, page.asked
    shown = only(next_edition.units(page))
    assert sum(column(shown, "Units")) == units.height
    assert sum(count or 0 for count in column(shown, "Missing")) == units["missing"].sum()
    assert None in column(shown, "Missing") and "need not report" in shown.note

    listed = only(next_edition.gaps(page))
    assert column(listed, "Points") == gaps["points"].to_list()
    assert column(listed, "Gain of the index") == gaps["index_gain"].to_list()
    assert listed.rows_shown == next_edition.ROWS
    assert listed.columns[5].places == 4
    raised_keys = {step.key for step in page.season.plan.raises}
    assert set(gaps["submission_id"].drop_nulls()) == raised_keys - {""}

    raised = only(next_edition.raises(page))
    planned = {(raise_.from_level, raise_.to_level) for raise_ in page.season.plan.raises}
    assert set(zip(column(raised, "From level"), column(raised, "To level"), strict=True)) <= planned

    days = page.readiness.burn_down()
    drawn = only(next_edition.burn_down(page))
    assert [row[0] for row in drawn.values] == days["day"].to_list()
    assert column(drawn, "Counted") == days["remaining"].to_list()
    assert column(drawn, "Range") == ends(days.select("forecast_low", "forecast_high").iter_rows())
    blocks = [show(page) for show in (next_edition.brief, next_edition.gaps, next_edition.burn_down)]
    assert {mark for block in blocks for mark in marks(block)} == {(True, False, False)}


def test_what_changed_in_a_season(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    page = changes.open_changes(ChangesParameters(city="bengkulu", edition=2026, lang="en"))
    assert page.changes is not None
    known = page.changes.innovations.filter(~pl.col("change").is_in(changes.DETAILS))
    listed = only(changes.innovations(page))
    rows = list(zip(*(column(listed, heading) for heading in ("Before", "After", "Difference")), strict=True))
    assert (len(rows), listed.rows_shown) == (known.height, changes.ROWS)
    scores = known.filter(pl.col("column_name").str.ends_with("_score"))
    counted = Counter((before, after) for before, after, difference in rows if difference is not None)
    assert counted.total() > 20 and counted <= Counter(scores.select(both_ends()).iter_rows())
    by_unit = only(changes.units(page))
    assert sum(column(by_unit, "Claimed scores")) == known["difference"].sum()
    course = only(changes.course(page))
    assert column(course, "Index") == ends(page.course.select("iid_lower", "iid_upper").iter_rows())
    assert column(course, "Innovations") == page.course["innovation_count"].to_list()
    assert marks(changes.summary(page)) == {(True, False, bool(page.changes.seasons["is_estimate"].any()))}


def both_ends() -> list[pl.Expr]:
    return [pl.col(name).cast(pl.Decimal(12, 2)) for name in ("before", "after")]
