"""Likely ranges are labelled with what they rest on, rounded by their kind, and kept apart from computed figures."""

from __future__ import annotations

import re
from decimal import Decimal

import polars as pl
import pytest

from analysis.estimate.donor_seasons import cities_with_levels, donor_cities
from analysis.estimate.likely_ranges import SCHEMA, _ends, given, likely_ranges, ranges_beside
from analysis.estimate.published_parts import facts_of_edition, published_parts
from analysis.estimate.season_estimates import SeasonEstimate, stated_scenarios
from analysis.estimate.words import conditions_of, label_of, reason_of_refusal
from analysis.index.recompute import index_under, stored_rows
from iga.estimate import Condition, LikelyRange, Refusal
from iga.rulebook import shipped_rulebooks
from iga.rules.crosswalk import crosswalk
from tests.conftest import ROOT
from warehouse.language import Language
from warehouse.reference import load_reference
from warehouse.snapshot import Snapshot


def found(kind: str, low: str, high: str, **more: object) -> LikelyRange:
    ends = {"low": Decimal(low), "high": Decimal(high)}
    plain = {"central": None, "certainty": None, "hard_low": Decimal(0), "hard_high": Decimal(100)}
    return LikelyRange(measure="iid", kind=kind, model="m", **{**ends, **plain, **more})  # type: ignore[arg-type]


def estimate(of: LikelyRange | Refusal, variant: str = "") -> SeasonEstimate:
    return SeasonEstimate("17.71", 2024, "2026", "claimed", of, variant)


NINETY = {"certainty": Decimal("0.90")}
LABELS = [
    (
        found("sampling", "60", "61", sample_size=30, population=273, **NINETY),
        "",
        "rentang pencuplikan 90 %, 30 dari 273 dibaca ulang secara acak",
        "90 % sampling interval, 30 of 273 re-read at random",
    ),
    (
        found("scenario", "60", "61", conditions=(Condition.of("count_weight_assumed", count_weight=Decimal("0.38")),)),
        "weight_of_2026",
        "skenario: bobot 0,38",
        "scenario: weight 0.38",
    ),
    (
        found("prediction", "60", "61", donors=12, **NINETY),
        "",
        "rentang prediksi 90 %, model m (12 daerah, 2024, snapshot 0123456789ab), bukan skor resmi",
        "90 % prediction range, model m (12 regions, 2024, snapshot 0123456789ab), not an official score",
    ),
    (
        found("deterministic", "60", "61", conditions=(Condition.of("one_count_weight", at_least=Decimal("0.27668")),)),
        "accepted",
        "dari fakta terbit: bobot per inovasi sedikitnya 0,276, bila yang dihitung inovasi yang diterima",
        "from published facts: weight per innovation at least 0.276, if the accepted innovations count",
    ),
]


@pytest.mark.parametrize(("of", "variant", "indonesian", "english"), LABELS)
def test_a_label_says_what_the_range_is(of: LikelyRange, variant: str, indonesian: str, english: str) -> None:
    told = [label_of(estimate(of, variant), "0123456789abcdef", Language(code)) for code in ("id", "en")]
    assert told == [indonesian, english]


@pytest.mark.parametrize(
    ("kind", "low", "high", "shown"),
    [
        ("sampling", "60.01", "86.99", ("60", "87")),
        ("prediction", "60", "60.01", ("60", "61")),
        ("deterministic", "56.3739", "87.8249", ("56.37", "87.82")),
        ("scenario", "62.645", "62.654", ("62.65", "62.65")),
    ],
)
def test_only_what_is_a_proof_under_conditions_keeps_decimals(
    kind: str, low: str, high: str, shown: tuple[str, str]
) -> None:
    ends = _ends(found(kind, low, high))
    assert (str(ends["low"]), str(ends["high"])) == shown


def test_two_central_values_are_rounded_away_from_each_other() -> None:
    ends = _ends(found("sampling", "60", "90", central=(Decimal("70.6"), Decimal("70.6"))))
    assert (ends["central_low"], ends["central_high"]) == (70, 71)


@pytest.mark.parametrize(("field", "made_by"), [("estimate_condition", "Condition"), ("estimate_refusal", "Refusal")])
def test_every_condition_and_refusal_has_its_sentence(field: str, made_by: str) -> None:
    known = set(load_reference("label").filter(pl.col("field") == field)["code"])
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "iga" / "estimate").glob("*.py"))
    pattern = r'Condition\.of\(\s*"(\w+)"' if made_by == "Condition" else r'Refusal\.of\(\s*[\w."]+,\s*"(\w+)"'
    codes = set(re.findall(pattern, text))
    assert len(codes) > 8
    assert codes - known == set()


def test_a_sentence_names_its_values_in_the_language_of_the_reader() -> None:
    fact = Condition.of(
        "published_count_counts",
        region_code="33.28",
        edition=2023,
        iid=Decimal("60.3"),
        counted=1290,
        mean_maturity=Decimal("52.04"),
    )
    of = found("deterministic", "60", "61", conditions=(fact, Condition.of("services_condition")))
    assert conditions_of(of, Language("id")) == (
        "Kabupaten Tegal 2023 menyatakan indeks 60,30, rata-rata kematangan 52,04, dan 1.290 inovasi yang dihitung; "
        "daerah memenuhi syarat pelayanan dasar"
    )
    refused = Refusal.of("prediction", "too_few_donors", donors=0, simulated=1, least=8)
    assert reason_of_refusal(refused, Language("en")) == (
        "0 real regions with answers by level, beside 1 simulated; 8 real ones at least"
    )


def test_parts_of_published_results_agree_with_the_statements_they_belong_to() -> None:
    joined = published_parts().join(load_reference("published_result"), on="statement_id", suffix="_stated")
    assert joined.height == published_parts().height > 0
    for row in joined.iter_rows(named=True):
        assert (row["region_code"], row["edition"]) == (row["region_code_stated"], row["edition_stated"])
        assert row["measure"] == "iid" and row["stage"] == "final" and row["innovation_count"] == row["sent_count"]
        said = f"{row['sent_count']} sent, {row['accepted_count']} accepted, mean maturity {row['mean_maturity']}"
        assert row["note"].startswith(said)


def test_two_numbers_that_may_have_counted_are_two_readings(example: Snapshot) -> None:
    by_edition = {edition: facts_of_edition(example, edition) for edition in (2022, 2023, 2024)}
    counted = {
        edition: [(reading.counted_as, [fact.counted for fact in reading.facts]) for reading in readings]
        for edition, readings in by_edition.items()
    }
    assert counted == {2022: [], 2023: [("accepted", [129]), ("sent", [157])], 2024: [("accepted", [89])]}


def test_a_scenario_takes_its_value_from_the_rules_that_it_names() -> None:
    [scenario] = stated_scenarios(shipped_rulebooks())
    assert (scenario.code, scenario.count_weight, scenario.source) == ("weight_of_2026", Decimal("0.38"), "2026")


def test_a_season_that_is_known_has_no_range_and_no_refusal(example: Snapshot) -> None:
    assert likely_ranges(example, ["bengkulu"], [2026]).is_empty()


def test_ranges_of_the_example_lie_inside_the_bounds_of_the_index(example: Snapshot) -> None:
    ranges = likely_ranges(example)
    assert ranges.schema == pl.Schema(SCHEMA)
    index = example.sql("select region_code, edition, rulebook, iid_lower, iid_upper from region_index")
    beside = ranges.join(index, on=["region_code", "edition", "rulebook"], how="left", nulls_equal=True)
    assert beside.filter(pl.col("hard_low").ne_missing(pl.col("iid_lower"))).is_empty()
    assert beside.filter(pl.col("hard_high").ne_missing(pl.col("iid_upper"))).is_empty()
    kept = ranges.filter(pl.col("low").is_not_null())
    assert kept.filter((pl.col("low") < pl.col("hard_low")) | (pl.col("high") > pl.col("hard_high"))).is_empty()
    assert set(kept["kind"]) == {"deterministic", "scenario"} and kept["refusal"].is_null().all()
    assert ranges.filter(pl.col("low").is_null())["refusal"].null_count() == 0
    assert kept["central_low"].is_null().all()


def test_published_facts_narrow_what_no_rule_states(example: Snapshot) -> None:
    own = likely_ranges(example, ["bengkulu"], [2023, 2024]).filter(pl.col("rulebook") != "2026")
    told = own.filter(kind="deterministic").select("edition", "variant", "hard_low", "low", "high", "statement_ids")
    rows = {(row[0], row[1]): tuple(map(str, row[2:])) for row in told.iter_rows()}
    assert rows == {
        (2023, "accepted"): ("32.04", "51.85", "87.88", "P0399"),
        (2023, "sent"): ("32.04", "48.31", "87.88", "P0399"),
        (2024, "accepted"): ("32.24", "59.70", "88.23", "P0400"),
    }


def test_assumptions_that_differ_enter_the_ranges_beside_their_index(example: Snapshot) -> None:
    changes = {"other_stages_in_count": True}
    stored = stored_rows(example, region_code="17.71", editions=[2023, 2024])
    ranges = ranges_beside(example, stored, index_under(stored, changes=changes), changes)
    told = given(ranges).filter(kind="deterministic").select("edition", "variant", "low").iter_rows()
    assert {(edition, variant): str(low) for edition, variant, low in told} == {
        (2023, "accepted"): "56.38",
        (2023, "sent"): "52.04",
        (2024, "accepted"): "62.64",
    }


def test_donors_are_refused_where_all_that_there_are_are_simulated(example: Snapshot) -> None:
    refused = likely_ranges(example).filter(kind="prediction")
    assert set(refused["refusal"]) == {"too_few_donors"}
    assert refused["refusal_id"].str.starts_with("0 daerah nyata").all()


def test_donors_bring_their_totals_and_the_ends_that_these_become(example: Snapshot) -> None:
    walk = crosswalk(2024, "2026", example.rulebooks)
    donors = donor_cities(example, walk, 2024, "claimed")
    assert [city.region_code for city in donors] == ["18.71", "33.71"] and all(city.is_simulated for city in donors)
    assert [city.region_code for city in cities_with_levels(example, 2024, "claimed")] == ["18.71", "33.71"]
    for city in donors:
        ends = zip(city.mapped_low, city.mapped_high, strict=True)
        assert len(city.totals) == len(city.mapped_low) > 80
        assert all(0 <= low <= high <= 116 for low, high in ends)


def test_rules_that_no_snapshot_keeps_have_their_ranges_too(example: Snapshot) -> None:
    ranges = likely_ranges(example, ["bengkulu"], [2024, 2026], rulebook="2023")
    assert set(ranges["rulebook"]) == {"2023"} and set(ranges["edition"]) == {2024, 2026}
    assert set(ranges.filter(kind="deterministic")["statement_ids"]) == {"P0399"}  # the facts are of the rules
