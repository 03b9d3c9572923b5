"""Rulebooks: what each edition's file says, and what loading refuses."""

import re
from decimal import Decimal

import pytest

from iga.rulebook import (
    AssumptionUnknown,
    Rulebook,
    RulebookInvalid,
    RulebookNotFound,
    known_rulebooks,
    load_rulebook,
    newest_complete_rulebook,
    rulebooks_for,
)
from iga.rules.parts import Parameters

EDITIONS = ("2020", "2021", "2022", "2023", "2024", "2025", "2026", "2027", "2028", "2029")


def test_known_rulebooks():
    assert known_rulebooks() == EDITIONS


def test_an_unknown_edition_names_the_known_ones():
    with pytest.raises(RulebookNotFound, match=r"2019.*2020, 2021, 2022"):
        load_rulebook(2019)


def test_a_rulebook_is_loaded_once_and_named_by_edition():
    rulebook = load_rulebook("2026")
    assert rulebook is load_rulebook(2026)
    assert (rulebook.name, rulebook.edition, rulebook.is_complete) == ("2026", 2026, True)
    assert re.fullmatch("[0-9a-f]{64}", rulebook.hash)
    assert Rulebook("2026", rulebook.content) == rulebook


@pytest.mark.parametrize(
    ("edition", "maturity", "spd", "count", "total", "divisor", "required"),
    [
        ("2026", 111, 63, 76, 250, (12, 12), (5, 5)),
        ("2024", 111, 63, 76, 250, (10, 12), (2, 2)),
        ("2023", 111, 63, 76, 250, (10, 10), (None, None)),
        ("2021", 150, None, None, None, (None, None), (None, None)),
        ("2025", None, None, None, None, (None, None), (None, None)),
        ("2022", 111, None, None, None, (None, None), (None, None)),
        ("2020", None, None, None, None, (None, None), (None, None)),
        ("2027", None, None, None, None, (14, 14), (6, 6)),
        ("2028", None, None, None, None, (16, 16), (6, 6)),
        ("2029", None, None, None, None, (18, 18), (6, 6)),
    ],
)
def test_parameters(edition, maturity, spd, count, total, divisor, required):
    numbers = load_rulebook(edition).parameters
    assert numbers.maturity_maximum.value == maturity
    assert numbers.spd_maximum.value == spd
    assert numbers.count_maximum.value == count
    assert numbers.total_maximum.value == total
    assert (numbers.divisor_minimum.lower, numbers.divisor_minimum.upper) == divisor
    assert (numbers.basic_services_required.lower, numbers.basic_services_required.upper) == required


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_is_unknown_says_why_in_both_languages(edition):
    rulebook = load_rulebook(edition)
    for name in Parameters.model_fields:
        parameter = getattr(rulebook.parameters, name)
        if parameter.value is None:
            assert parameter.reason_id, name
            assert parameter.reason_en, name
        assert all(key in rulebook.sources for key in parameter.source), name


@pytest.mark.parametrize("edition", ["2021", "2023", "2024", "2026"])
def test_twenty_scored_innovation_indicators_add_up(edition):
    rulebook = load_rulebook(edition)
    assert [group.number for group in rulebook.sid_groups] == [str(number) for number in range(16, 36)]
    assert sum(group.top_points for group in rulebook.sid_groups) == rulebook.parameters.maturity_maximum.value


def test_twenty_lines_of_fifteen_spd_indicators_in_2026():
    rulebook = load_rulebook(2026)
    assert len(rulebook.spd_indicators) == 20
    assert len({indicator.number.rstrip("ab") for indicator in rulebook.spd_indicators}) == 15
    assert sum(indicator.weight for indicator in rulebook.spd_indicators) == 21


def test_mandatory_indicators_of_2026():
    mandatory = {i.number.rstrip("abcdef") for i in load_rulebook(2026).indicators if i.is_mandatory}
    assert mandatory == {"1", "3", "4", "5", "6", "7", "8", "9", "10", "11", "16", "17", "32", "33", "35"}


def test_alternatives_of_benefit_are_one_group():
    group = load_rulebook(2026).group("33c")
    assert (group.number, group.key, group.column, len(group.members)) == ("33", "benefit", "level_33", 6)
    assert group.numbers == ("33", "33a", "33b", "33c", "33d", "33e", "33f")


def test_keys_are_the_same_over_editions():
    keys = {
        edition: [group.key for group in load_rulebook(edition).sid_groups]
        for edition in ("2021", "2023", "2024", "2026")
    }
    assert len({tuple(names) for names in keys.values()}) == 1


def test_an_indicator_is_found_by_its_official_number():
    assert load_rulebook(2026).indicator("16").key == "regulation"
    with pytest.raises(KeyError):
        load_rulebook(2026).indicator("36")


def test_eligibility_of_2026():
    window = load_rulebook(2026).eligibility
    assert (str(window.implementation_from), str(window.implementation_to)) == ("2024-01-01", "2025-12-31")
    assert window.design_minimum_words == 300


@pytest.mark.parametrize(
    ("number", "value", "level"),
    [
        ("3", "-60", 1),
        ("3", "0", 2),
        ("3", "8.16", 2),
        ("3", "8.17", 3),
        ("4", "5.22", 2),
        ("4", "5.23", 3),
        ("5a", "-1", 1),
        ("5a", "0.36", 3),
        ("5b", "6", 1),
        ("5b", "5.91", 2),
        ("5b", "5.92", 2),
        ("5b", "5.93", 1),
        ("5b", "2.35", 3),
        ("10b", "13.10", 2),
        ("10b", "4.82", 3),
        ("11b", "69.994", 1),
        ("11b", "69.995", 2),
        ("11b", "80", 3),
        ("13a", "0", 0),
        ("13a", "3", 1),
        ("13a", "8", 3),
    ],
)
def test_a_value_that_two_bands_share_gets_the_better_level(number, value, level):
    assert load_rulebook(2026).indicator(number).level_of(Decimal(value)) == level


def test_or_the_worse_one_where_the_assumption_says_so():
    assert load_rulebook(2026).indicator("4").level_of("5.23", shared_band_edge="worse") == 2
    assert load_rulebook(2026).indicator("5b").level_of("5.91", shared_band_edge="worse") == 1


def test_an_indicator_without_bands_has_no_level_of_a_value():
    with pytest.raises(RulebookInvalid, match="indicator 8"):
        load_rulebook(2026).indicator("8").level_of(1)


def test_default_assumptions_come_from_the_rulebook():
    rulebook = load_rulebook(2026)
    assert rulebook.assumptions.rejected_in_divisor is True
    assert rulebook.assumptions.rejected_in_count is False
    assert rulebook.assumptions.stages_scored == ("implementation",)
    assert rulebook.switches["rejected_in_divisor"].confidence == "low"


def test_an_assumption_id_names_the_edition_and_the_content():
    rulebook = load_rulebook(2026)
    other = rulebook.assume(rejected_in_divisor=False)
    assert rulebook.assumption_id() == rulebook.assumption_id(rulebook.assume()) == "2026.default"
    assert re.fullmatch(r"2026\.[0-9a-f]{8}", rulebook.assumption_id(other))
    assert rulebook.assumption_id(other) != rulebook.assumption_id(rulebook.assume(ties="max"))


@pytest.mark.parametrize("change", [{"rejected_in_diviser": True}, {"ties": "dense"}, {"stages_scored": ["pilot"]}])
def test_an_unknown_switch_or_value_is_refused(change):
    with pytest.raises(AssumptionUnknown, match="Known switches: rejected_in_divisor"):
        load_rulebook(2026).assume(**change)


def test_estimates_are_made_under_a_complete_rulebook_of_the_same_scale():
    assert newest_complete_rulebook().name == "2026"
    uses = {
        edition: [(use.rulebook.name, use.is_estimate, use.coverage_notes) for use in rulebooks_for(edition)]
        for edition in (*EDITIONS, 2019)
    }
    assert uses["2026"] == [("2026", False, ())]
    assert uses["2024"] == [("2024", False, ()), ("2026", True, ())]
    assert uses["2023"] == [("2023", False, ()), ("2026", True, ())]
    assert uses["2025"] == [("2025", False, ()), ("2026", True, ("maturity_scale_assumed",))]
    assert uses["2021"] == [("2021", False, ())], "150 points are another scale"
    assert uses["2020"] == [("2020", False, ())], "a raw total is another scale"
    assert uses["2022"] == [("2022", False, ()), ("2026", True, ())]
    assert uses[2019] == []


COMPLETE, PARTIAL = "2026", "2024"
REFUSED = [
    # edition, what stands in the file, what is put in its place, the key and the cause that the error must name
    (COMPLETE, "edition = 2026", "edition = 2025", "edition: .*not the file's name"),
    (COMPLETE, "weight = 4\n", "weight = 3\n", r"indicator\.\d+: points of level 1 must be weight x level = 3"),
    (
        COMPLETE,
        '{ level = 3, text_id = "Peraturan Daerah", points = 9 },\n',
        "",
        "maturity_maximum: 111 is stated.*gives 108",
    ),
    (COMPLETE, 'level = 2, text_id = "Peraturan Kepala Daerah"', 'level = 4, text_id = "x"', "levels must run 1, 2, 3"),
    (COMPLETE, "value = 63", "value = 64", "spd_maximum: 64 is stated.*gives 63"),
    (COMPLETE, "value = 76", "value = 77", "count_maximum: 77 is stated.*gives 76"),
    (COMPLETE, "value = 187", "value = 188", "sid_maximum: 188 is stated.*gives 187"),
    (COMPLETE, "value = 250", "value = 251", "total_maximum: 251 is stated.*gives 250"),
    (COMPLETE, "value = 0.38", "value = 0.385", "count_weight: is finer than 0.01"),
    (COMPLETE, "lower = 40.01", "lower = 40.02", "predicate innovative: a gap lies above less_innovative.*40.01"),
    (COMPLETE, "lower = 40.01", "lower = 40.00", "predicate innovative: the band overlaps less_innovative"),
    (COMPLETE, "upper = 100.00", "upper = 99.00", "predicate: the bands do not reach from 0 to 100"),
    (COMPLETE, "lower = 65.01", "", r"predicate\.0: needs both lower and upper"),
    (
        COMPLETE,
        'code = "innovative"',
        'code = "very_innovative"',
        "predicate: each of the four predicates must stand once",
    ),
    (COMPLETE, "lower = 8.17", "lower = 8.18", "bounds leave a gap between levels 2 and 3"),
    (COMPLETE, "lower = 2.05", "lower = 2.00", "bounds of levels 1 and 2 overlap by more than one unit"),
    (COMPLETE, 'unit = "persen"\n', "", "unit, direction and grid belong together"),
    (COMPLETE, 'key = "people"', 'key = "regulation"', "indicator.key: 'regulation' stands twice"),
    (
        COMPLETE,
        'source = ["S1", "S2", "S3"]\nconfidence = "high"\n\n[parameters.spd',
        'source = ["S99"]\nconfidence = "high"\n\n[parameters.spd',
        "maturity_maximum: source 'S99' is not in",
    ),
    (
        COMPLETE,
        "value = 12",
        'interval = [10, 12]\nreason_id = "x"\nreason_en = "x"',
        "divisor_minimum: a complete rulebook needs a single value",
    ),
    (COMPLETE, "value = 12", "value = 12\ninterval = [10, 12]", "divisor_minimum: has both a value and an interval"),
    (COMPLETE, "[assumptions.ties]", "[assumptions.tie]", "assumptions.ties: Field required"),
    (COMPLETE, "states_all_changes = true", "states_all_changes = true\nis_final = true", "is_final: Extra inputs"),
    (COMPLETE, "edition = 2026", "edition = ", "not valid TOML"),
    (PARTIAL, "interval = [10, 12]", "interval = [12, 10]", "divisor_minimum: interval is upside down"),
    (PARTIAL, "interval = [10, 12]", "", 'divisor_minimum: confidence "unknown" belongs to absent values'),
    ("2025", 'reason_id = "Tidak diketahui; 63 mungkin."\n', "", "spd_maximum: is not a single value; say why"),
    (
        "2025",
        'code = "innovative"',
        'lower = 40.01\nupper = 65.01\ncode = "innovative"',
        'confidence "unknown" belongs to absent bands',
    ),
]


@pytest.mark.parametrize(("edition", "old", "new", "error"), REFUSED, ids=[f"{row[0]}: {row[3]}" for row in REFUSED])
def test_a_rulebook_that_contradicts_itself_is_refused(edition, old, new, error):
    content = load_rulebook(edition).content
    assert old in content
    with pytest.raises(RulebookInvalid, match=error) as raised:
        Rulebook(edition, content.replace(old, new, 1))
    assert raised.value.place.startswith(f"{edition}.toml")
    assert raised.value.fix
