"""Indices on demand: any edition under any rulebook, with bounds, what narrows them, assumptions, scopes and peers."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from analysis.index.explanation import explain_season
from analysis.index.recompute import (
    index_under,
    kept_indices,
    missing_pieces,
    scored_season,
    stored_rows,
    unmapped_levels,
)
from analysis.index.scope import known_scopes, peers_of, scope_named
from analysis.published.beside_computed import beside_published
from iga.index.exact import index_of
from iga.index.what_narrows import RegionFacts, pieces
from iga.rulebook import AssumptionUnknown, load_rulebook, switches_of
from tests.conftest import Ran
from warehouse import Snapshot
from warehouse.errors import UnknownName

BENGKULU, LAMPUNG, MAGELANG = "17.71", "18.71", "33.71"
RULES = load_rulebook("2026")


def rows_of(ran: Ran) -> list[dict[str, object]]:
    assert ran.exit_code == 0, ran.err
    found: list[dict[str, object]] = json.loads(ran.out)
    return found


def test_computed_on_demand_is_what_the_snapshot_stores(example: Snapshot) -> None:
    stored = example.sql("select * from region_index order by region_code, edition, rulebook, score_kind")
    computed = index_under(stored_rows(example), score_kinds=("claimed", "verified", "final"))
    assert computed.select(stored.columns).equals(stored)


@pytest.mark.parametrize("edition", [2024, 2026])
def test_kept_indices_are_those_computed_anew_and_only_under_the_same_rules(example: Snapshot, edition: int) -> None:
    kept = kept_indices(example, RULES, RULES.assume(), editions=[edition], score_kind="claimed")
    assert kept is not None
    computed = index_under(stored_rows(example, editions=[edition]), rulebook=RULES)
    columns = sorted(computed.columns)
    assert kept.select(columns).sort("region_code").rows() == computed.select(columns).sort("region_code").rows()
    otherwise = RULES.assume(spd_carries_over=True)
    assert kept_indices(example, RULES, otherwise, editions=[edition], score_kind="claimed") is None
    assert kept_indices(example, RULES, RULES.assume(), editions=[1999], score_kind="claimed") is None


@pytest.mark.parametrize("editions", [(2020, 2024), (2024, 2020)])
def test_an_edition_on_a_raw_scale_is_not_explained_unless_a_rulebook_is_named(
    example: Snapshot, editions: tuple[int, int]
) -> None:
    with pytest.raises(UnknownName, match="2020 are on a raw scale"):
        explain_season(example, BENGKULU, *editions)
    with pytest.raises(UnknownName, match="has no index in edition 2020"):  # the example has no files of 2020
        explain_season(example, BENGKULU, *editions, rules_from="2026", rules_to="2026")


@pytest.mark.parametrize("edition", [2023, 2024, 2025])
def test_levels_give_narrower_bounds_than_totals_alone(example: Snapshot, edition: int) -> None:
    stored = stored_rows(example, region_code=LAMPUNG, editions=[edition])
    by_levels = index_under(stored, rulebook=RULES)
    totals = type(stored)(stored.submissions, stored.answers.clear(), stored.region_answers)
    by_totals = index_under(totals, rulebook=RULES)
    low, high = (by_totals[f"iid_{end}"][0] for end in ("lower", "upper"))
    assert low < by_levels["iid_lower"][0] <= by_levels["iid_upper"][0] < high
    assert "level_interval" in by_levels["coverage"][0]
    assert "total_only" in by_totals["coverage"][0]


def test_another_editions_spd_is_not_taken_over_unless_assumed(example: Snapshot) -> None:
    stored = stored_rows(example, region_code=MAGELANG, editions=[2024])
    strict = index_under(stored, rulebook=RULES).row(0, named=True)
    carried = index_under(stored, rulebook=RULES, changes={"spd_carries_over": "true"}).row(0, named=True)
    assert (strict["spd_lower"], strict["spd_upper"]) == (Decimal("0.00"), Decimal("63.00"))
    assert carried["spd_score"] == Decimal("51.50")
    assert "spd_unmapped" in strict["coverage"] and "spd_unmapped" not in carried["coverage"]
    assert strict["assumption_id"] == "2026.default" != carried["assumption_id"]


def test_what_narrows_most_comes_first_and_takes_off_what_it_says(example: Snapshot) -> None:
    stored = stored_rows(example, region_code=LAMPUNG, editions=[2024])
    scored = scored_season(stored, LAMPUNG, 2024, "claimed", RULES, RULES.assumptions)
    found = missing_pieces(scored)
    assert found is not None
    assert (found[0].code, found[0].at_least) == ("spd_missing", Decimal("25.2"))
    assert [piece.at_least for piece in found] == sorted((piece.at_least for piece in found), reverse=True)
    row = index_under(stored, rulebook=RULES).row(0, named=True)
    width = float(row["iid_upper"] - row["iid_lower"])
    told = sum(float(piece.at_least) for piece in found)
    assert width - 0.05 < told < width + 0.011, "the pieces never take off more than there is"


def test_a_season_that_is_known_has_no_missing_piece(example: Snapshot) -> None:
    stored = stored_rows(example, region_code=BENGKULU, editions=[2026])
    assert missing_pieces(scored_season(stored, BENGKULU, 2026, "claimed", RULES, RULES.assumptions)) == []


def test_the_count_rule_of_2024_is_a_missing_piece() -> None:
    rules = load_rulebook("2024")
    facts = RegionFacts((45, 45), (1600, 1600), 20, 20, (5, 5))  # type: ignore[arg-type]
    found = pieces(rules, facts, {})
    assert [(piece.code, float(piece.at_least)) for piece in found or []] == [("count_interval", 30.4)]
    bounds = index_of(45, [80] * 20, 5, rules)
    assert bounds.iid_upper - bounds.iid_lower == Decimal("30.40")  # type: ignore[operator]


def test_unmapped_levels_are_listed_with_their_answers(example: Snapshot) -> None:
    stored = stored_rows(example)
    by_levels = unmapped_levels(scored_season(stored, LAMPUNG, 2023, "claimed", RULES, RULES.assumptions), 2023)
    perkada = by_levels.filter((pl.col("indicator_number") == "16") & (pl.col("level") == 3)).row(0, named=True)
    assert (perkada["level_lower"], perkada["level_upper"], perkada["is_unmapped"]) == (2, 3, False)
    assert perkada["width_points"] == 3 * perkada["answer_count"] > 0
    by_totals = unmapped_levels(scored_season(stored, BENGKULU, 2023, "claimed", RULES, RULES.assumptions), 2023)
    assert by_totals["answer_count"].null_count() == by_totals.height > 0


@pytest.mark.parametrize("text", ["foo=1", "ties", "rejected_in_divisor: false"])
def test_what_is_no_switch_is_refused(text: str) -> None:
    with pytest.raises(AssumptionUnknown, match="Known switches: rejected_in_divisor"):
        switches_of([text])


def test_switches_are_read_as_people_write_them() -> None:
    changes = switches_of(["stages_scored=implementation, trial", "rejected_in_divisor=false"])
    assumed = RULES.assume(**changes)
    assert assumed.stages_scored == ("implementation", "trial") and not assumed.rejected_in_divisor


def test_an_assumption_changes_the_index_and_is_printed(iga: Callable[..., Ran], example_home: Path) -> None:
    given = ("index", "--city", "bengkulu", "--edition", "2026", "--assume", "stages_scored=implementation,trial")
    told = iga(*given, home=example_home).out
    assert "stages_scored=implementation+trial (!)" in told and "rejected_in_divisor=true" in told
    row = rows_of(iga(*given, "--format", "json", home=example_home))[0]
    assert str(row["assumption_id"]) != "2026.default" and row["iid"] != 85.38


def test_score_kinds_stand_side_by_side(example: Snapshot) -> None:
    stored = stored_rows(example, region_code=BENGKULU, editions=[2026])
    lower = stored.submissions.with_columns((pl.col("claimed_score_x100") // 2).alias("verified_score_x100"))
    rows = index_under(type(stored)(lower, stored.answers, stored.region_answers), score_kinds=("claimed", "verified"))
    by_kind = dict(rows.select("score_kind", "mean_maturity").iter_rows())
    assert by_kind["verified"] < by_kind["claimed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("index", "--rules", "2026", "--edition", "2023", "--city", "bandar lampung"), "27. "),
        (("index", "--rules", "2026", "--city", "bengkulu", "--what-narrows"), "SPD answers missing"),
        (("index", "--rules", "2026", "--city", "bandar lampung", "--unmapped"), "Perkada becomes level 2"),
        (("index", "--published"), "never set against published"),
        (("rank", "--scope", "three_cities", "--edition", "2026"), "The three cities"),
        (("rank", "--peers", "bengkulu", "--edition", "2026"), "Kota Kupang"),
        (("explain", "bengkulu", "2024", "2026", "--rules-from", "2024"), "Change of rulebook"),
    ],
)
def test_commands_answer(arguments: tuple[str, ...], said: str, iga: Callable[..., Ran], example_home: Path) -> None:
    ran = iga(*arguments, home=example_home)
    assert ran.exit_code == 0, ran.err
    assert said in ran.out


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("rank", "--scope", "nobody"), 3, "three_cities"),
        (("explain", "bengkulu", "2019", "2026"), 3, "2019"),
        (("score", "--lake", "/nowhere"), 3, "docs/scale.md"),
    ],
)
def test_commands_refuse(
    arguments: tuple[str, ...], exit_code: int, said: str, iga: Callable[..., Ran], example_home: Path
) -> None:
    ran = iga(*arguments, home=example_home)
    assert ran.exit_code == exit_code
    assert said in ran.err and "Traceback" not in ran.err


def test_the_printed_shares_add_up_to_the_printed_change(iga: Callable[..., Ran], example_home: Path) -> None:
    rows = rows_of(iga("explain", "bandar lampung", "2025", "2026", "--format", "json", home=example_home))
    index = rows_of(iga("index", "--city", "18.71", "--rules", "2026", "--format", "json", home=example_home))
    by_edition = {row["edition"]: row for row in index}
    for end in ("lower", "upper"):
        change = round(100 * (by_edition[2026][f"iid_{end}"] - by_edition[2025][f"iid_{end}"]))  # type: ignore[operator]
        assert sum(int(str(row[f"part_{end}_x100"])) for row in rows) == change


def test_an_explained_season_has_the_index_that_the_snapshot_stores(example: Snapshot) -> None:
    told = explain_season(example, LAMPUNG, 2025, 2026)
    assert told.explanation is not None
    for row, bounds in ((told.before, told.explanation.before), (told.after, told.explanation.after)):
        ends = [float(str(row[f"iid_{end}"])) for end in ("lower", "upper")]
        assert [round(float(bound), 2) for bound in bounds] == ends
    assert told.rank is not None and told.is_simulated and told.has_break


def test_scopes_by_name_and_by_file(tmp_path: Path) -> None:
    assert set(known_scopes()) >= {"all", "cluster", "province", "cities", "three_cities"}
    regions = pl.DataFrame({"region_code": ["17", "17.71", "17.01"], "region_type": ["provinsi", "kota", "kabupaten"]})
    assert scope_named("cities").within(regions)["region_code"].to_list() == ["17.71"]
    assert scope_named("three_cities").within(regions)["region_code"].to_list() == ["17.71"]
    members = tmp_path / "mine.csv"
    members.write_text("region_code\n17\n17.01\n", encoding="utf-8")
    assert scope_named(str(members)).within(regions).height == 2
    members.write_text("code\n17\n", encoding="utf-8")
    with pytest.raises(UnknownName, match="region_code"):
        scope_named(str(members))


def test_peers_are_of_the_same_kind_and_nearest_in_size() -> None:
    regions = pl.DataFrame(
        {
            "region_code": ["a", "b", "c", "d", "e"],
            "region_type": ["kota", "kota", "kota", "kabupaten", "kota"],
            "population_2025": [100, 110, 400, 100, None],
            "innovation_count": [50, 50, None, 50, 50],
            "is_autonomous": [True] * 5,
        }
    )
    assert peers_of(regions, "a", limit=2)["region_code"].to_list() == ["a", "b", "c"]
    with pytest.raises(UnknownName):
        peers_of(regions, "e")


def test_published_figures_stand_beside_real_input_only(example: Snapshot) -> None:
    index = index_under(stored_rows(example), rulebook=load_rulebook("2023"))
    assert beside_published(example, index).is_empty(), "the example is simulated"
    published = example.sql(
        "select region_code, edition, score from published_result where scheme = 'IGA' and stage = 'final' "
        "and measure = 'iid' and edition = 2023 and score is not null order by all limit 1"
    ).row(0, named=True)
    score = published["score"]
    real = index.head(3).with_columns(
        pl.lit(published["region_code"]).alias("region_code"),
        pl.lit(2023, dtype=pl.Int32).alias("edition"),
        pl.lit(False).alias("is_simulated"),
        pl.Series("iid_lower", [score - 10, score + 1, score - 10], dtype=pl.Decimal(12, 2)),
        pl.Series("iid_upper", [score + 15, score + 2, score - 5], dtype=pl.Decimal(12, 2)),
        pl.lit("spd_missing").alias("coverage"),
    )
    told = beside_published(example, real)
    found = told.select("reason", "implied_spd").rows()
    assert ("within_bounds", Decimal("25.20")) in found
    assert {reason for reason, _ in found} == {"within_bounds", "below_bounds", "above_bounds"}
