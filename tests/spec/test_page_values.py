"""Pages give the figures of the analysis as values: each part holds what the snapshot holds, with its type."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis.history.changes.between_states import CHANGES
from analysis.planning.asked import asked_of_units
from analysis.planning.plan_list import plan_rows
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Card, Cards, Facts, Figure, Marked, Quantity, Table, leaves
from reports.pages.basis.blocks import Scope, read_basis, shown
from reports.pages.city_index import charts, headline, lineage, tables
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import CitySeason, read_city_season
from reports.pages.explain import blocks as explanation
from reports.pages.explain.figures import read_explanation
from reports.pages.explain.parameters import ExplainParameters
from reports.pages.mayor_brief import blocks as mayor_brief
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.weekly_progress import blocks as weekly_progress
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters
from warehouse import Snapshot
from warehouse.language import Language

EN = Language("en")


def rows_in(block: Block, caption: str, *headings: str) -> list[tuple[Any, ...]]:
    """Return the rows of the table whose caption begins so, as the values under these headings."""
    tables = [part.data if isinstance(part, Figure) else part for part in leaves(block.parts)]
    [found] = [part for part in tables if isinstance(part, Table) and part.caption.startswith(caption)]
    places = [[column.heading for column in found.columns].index(heading) for heading in headings]
    return [tuple(row[place] for place in places) for row in found.values]


def fact_in(block: Block, name: str) -> Any:
    """Return the value of a fact."""
    facts = [part for part in leaves(block.parts) if isinstance(part, Facts)]
    [value] = [value for part in facts for own, value in part.pairs if own == name]
    return value.value


def cards_in(block: Block) -> list[tuple[Any, Card]]:
    """Return the headline cards with their values, None where nothing is computed."""
    [found] = [part for part in block.parts if isinstance(part, Cards)]
    return [(card.value.value if isinstance(card.value, Quantity) else card.value, card) for card in found.cards]


def test_what_a_report_rests_on_is_the_files_of_the_snapshot(example: Snapshot) -> None:
    scope = Scope(region_codes=("17.71",), editions=(2026,), first=2026, last=2026)
    told = shown(read_basis(example, scope, "en"))
    files = example.sql(
        "select edition, received_date, row_count, quarantined_count, substr(file_sha256, 1, 12) from receipt"
        " where region_code = '17.71' and edition = 2026 order by received_date, file_name"
    ).rows()
    headings = ("Edition", "Received on", "Rows", "Set aside", "SHA-256")
    assert rows_in(told, "Files that this report rests on", *headings) == files
    [statements] = example.sql("select count(*) from published_result where region_code = '17.71'").row(0)
    assert fact_in(told, "Published statements") == statements
    assert all(part.is_simulated for part in leaves(told.parts) if isinstance(part, Marked))


def season_of(snapshot: Snapshot, edition: int = 2026) -> CitySeason:
    asked = CityIndexParameters.model_validate({"city": "bengkulu", "edition": edition, "lang": "en"})
    return read_city_season(snapshot, asked)


@pytest.mark.parametrize("edition", [2024, 2026])
def test_the_headline_of_a_city_is_its_index_under_each_rulebook(example: Snapshot, edition: int) -> None:
    told = headline.headline(season_of(example, edition))
    rows = example.sql(
        "select * from region_index where region_code = '17.71' and edition = ? and score_kind = 'claimed'"
        " order by is_estimate, rulebook",
        [edition],
    ).rows(named=True)
    assert [(value, card.is_estimate) for value, card in cards_in(told)] == [
        (row["iid_lower"] and (row["iid_lower"], row["iid_upper"]), row["is_estimate"]) for row in rows
    ]
    last = rows[-1]
    assert fact_in(told, "Innovations scored") == last["scored_count"]
    assert fact_in(told, "Mean maturity") == (last["mean_maturity_lower"], last["mean_maturity_upper"])
    services = fact_in(told, "Basic services covered (at least 5)")
    assert services == (last["basic_service_lower"], last["basic_service_upper"])
    assert fact_in(told, "As of") == last["as_of"]
    assert all(part.is_simulated for part in leaves(told.parts) if isinstance(part, Marked))


def test_the_parts_of_an_index_are_bounds_under_their_maxima(example: Snapshot) -> None:
    row = example.sql("select * from region_index where region_code = '17.71' and edition = 2026").row(0, named=True)
    told = charts.index_parts(season_of(example))
    names = ("spd", "mean_maturity", "count")
    assert rows_in(told, "The greatest shortfall", "Points", "Maximum") == [
        ((row[f"{name}_lower"], row[f"{name}_upper"]), maximum)
        for name, maximum in zip(names, (Decimal(63), Decimal(111), Decimal(76)), strict=True)
    ]


@pytest.mark.parametrize(
    ("page", "caption", "headings", "query"),
    [
        (
            charts.by_unit_kind, "Most innovations come", ("Innovations", "Mean maturity"),
            "select count(*), round(avg(claimed_score), 2)::decimal(12, 2) from {season} group by unit_kind"
            " order by count(*) desc, coalesce(unit_kind, 'unstated')",
        ),
        (
            tables.lowest, "Innovations of lowest maturity", ("Innovation", "Maturity"),
            "select title, claimed_score from {season} and claimed_score is not null"
            " and coalesce(stage, 'implementation') = 'implementation' order by claimed_score, submission_id limit 10",
        ),
        (
            tables.receipts, "Files received", ("Received on", "Rows", EN.label("outcome", "quarantined")),
            "select received_date, row_count, quarantined_count from {files} order by received_date, file_name",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_the_tables_of_a_city_hold_what_the_snapshot_holds(
    example: Snapshot, page: Any, caption: str, headings: tuple[str, ...], query: str
) -> None:
    place = "where region_code = '17.71' and edition = 2026"
    rows = example.sql(query.format(season=f"submission {place}", files=f"receipt {place}")).rows()
    assert rows and rows_in(page(season_of(example)), caption, *headings) == rows


def test_every_cell_behind_an_index_is_counted(example: Snapshot) -> None:
    season = season_of(example)
    told = rows_in(lineage.origins(season), "Where the figures come from", "Figure", "Cells")
    assert told[0] == ("Index", season.lineage.height) and sum(count for _, count in told[1:]) == told[0][1]


def test_an_explanation_goes_from_one_index_to_the_other_share_by_share(example: Snapshot) -> None:
    asked = {"city": "bandar lampung", "from_edition": 2025, "to_edition": 2026, "lang": "en"}
    explained = read_explanation(example, ExplainParameters.model_validate(asked))
    told = explanation.waterfall(explained, EN)
    figures = [part for part in told.parts if isinstance(part, Figure)]
    assert [figure.is_simulated and figure.is_estimate for figure in figures] == [True] * len(explained.ends)
    for figure, end in zip(figures, explained.ends, strict=True):
        (_, _, before), *causes, (_, _, after) = figure.data.values
        assert [before, after] == [explained.told.before[f"iid_{end}"], explained.told.after[f"iid_{end}"]]
        assert [share for _, share, _ in causes] == [
            Decimal(points).scaleb(-2) for points in explained.told.parts[f"part_{end}_x100"]
        ]
        assert causes[-1][2] == after == before + sum(share for _, share, _ in causes)


def test_every_edition_under_one_rulebook_is_told_by_its_bounds(example: Snapshot) -> None:
    asked = {"city": "bandar lampung", "from_edition": 2025, "to_edition": 2026, "lang": "en"}
    explained = read_explanation(example, ExplainParameters.model_validate(asked))
    rows = explained.indices.sort("edition")
    names = ("iid", "mean_maturity", "count", "spd")
    bounds = [rows.select(f"{name}_lower", f"{name}_upper").rows() for name in names]
    headings = ("Edition", "Index", "Mean maturity", "Count score", "SPD")
    told = rows_in(explanation.indices(explained), "Every edition of", *headings)
    known = [[None if None in ends else ends for ends in of_each] for of_each in bounds]
    assert told == list(zip(rows["edition"], *known, strict=True))
    unmapped = explained.unmapped.sort("edition", maintain_order=True).select(
        "level", "level_lower", "level_upper", "answer_count"
    )
    assert rows_in(
        explanation.unmapped(explained), "Levels that", "Level", "Level under the 2026 rules", "Answers"
    ) == [(level, (lower, upper), answers) for level, lower, upper, answers in unmapped.iter_rows()]


def test_a_week_tells_the_counts_and_scores_that_changed(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    asked = {"city": "bengkulu", "edition": 2026, "lang": "en"}
    week = weekly_progress.open_week(WeeklyProgressParameters.model_validate(asked))
    assert week.changes is not None
    season, innovations = week.changes.seasons.row(0, named=True), week.changes.innovations
    told = weekly_progress.headline(week)
    bounds = (season["iid_lower_after"], season["iid_upper_after"])
    changed = innovations["submission_id"].n_unique()
    assert [value for value, _ in cards_in(told)] == [season["innovations_after"], bounds, changed]
    assert fact_in(told, "Exports received") == 3
    kinds = dict(innovations.group_by("change").agg(pl.col("submission_id").n_unique()).iter_rows())
    assert rows_in(weekly_progress.counts(week), "What has changed?", "Change", "Innovations") == [
        (EN.label("change", kind), kinds[kind]) for kind in CHANGES if kind in kinds
    ]
    units = dict(week.changes.units.select("unit_name", "score_difference").iter_rows())
    shown = rows_in(weekly_progress.by_unit(week), "Units with most changes", "Unit", "Claimed scores")
    assert shown and all(units[unit] == difference for unit, difference in shown)
    scores = innovations.filter(pl.col("column_name").str.ends_with("_score"))["before", "after"]
    told_scores = [row for row in rows_in(weekly_progress.changes(week), "Every change", "Before", "After") if any(row)]
    expected = scores.cast(pl.Decimal(12, 2)).rows()
    assert len(told_scores) == len(expected) and set(told_scores) == set(expected)


def test_the_mayor_sees_the_index_and_what_each_unit_could_bring(
    example_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    asked = {"city": "bengkulu", "edition": 2026, "lang": "en"}
    brief = mayor_brief.open_brief(MayorBriefParameters.model_validate(asked))
    row = brief.season.statements[0].row
    assert [value for value, _ in cards_in(mayor_brief.position(brief))] == [(row["iid_lower"], row["iid_upper"])]
    plan = brief.plan.season
    assert plan is not None
    rows, english = plan_rows(plan, Language("en")), Language("en")
    documents = asked_of_units(brief.plan.readiness, plan, english).filter(kind="missing_document")
    heads = ("Unit", "Documents asked for", "Gain of the index")
    for unit, count, gain in rows_in(mayor_brief.acting(brief), "Who has to act", *heads):
        steps = set(documents.filter(pl.col("parent") == unit)["submission_id"])
        is_of_unit = pl.col("innovation_id").is_in(sorted(steps)) | (
            pl.col("innovation_id").is_null() & (pl.col("who") == unit)
        )
        of_unit = rows.filter("is_in_total", is_of_unit)
        assert count == of_unit.height and gain == sum(of_unit["index_gain"])
    assert all(part.is_simulated for part in leaves(mayor_brief.matters(brief).parts) if isinstance(part, Bullets))
