"""A rulebook that is based on an earlier edition: what it takes over, what never, and what is refused."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal

import pytest

from iga.rulebook import (
    Rulebook,
    RulebookInvalid,
    Rulebooks,
    RuleFiles,
    load_rulebook,
    shipped_files,
    shipped_rulebooks,
)
from iga.rules.crosswalk import crosswalk
from iga.rules.listing import entries_of
from tests.conftest import ROOT

SOURCED = 'source = ["P"]\nconfidence = "high"\n'
HEAD = '[sources]\nP = "Pedoman 2030"\n'


def with_home(**texts: str) -> Rulebooks:
    """The shipped rulebooks with others beside them, by name (`_2030`)."""
    return Rulebooks(shipped_files().with_added(RuleFiles({name[1:]: text for name, text in texts.items()})))


def book(text: str, base: int = 2026) -> Rulebook:
    return with_home(_2030=f"edition = 2030\nbased_on = {base}\n{text}").of(2030)


def test_two_lines_are_a_rulebook():
    rules = with_home(_2030="edition = 2030\nbased_on = 2029\n").of(2030)
    assert (rules.title_id, rules.bases, rules.is_complete) == (
        "Indeks Inovasi Daerah 2030",
        (2029, 2028, 2027, 2026),
        False,
    )
    assert rules.parameters.divisor_minimum.value == 18
    assert rules.parameters.divisor_minimum.confidence == "low", "2029 is sure of it, 2030 says nothing"
    assert rules.taken_over["parameters.divisor_minimum"] == 2029


def test_what_the_base_takes_over_keeps_the_edition_that_stated_it():
    assert with_home(_2030="edition = 2030\nbased_on = 2029\n").of(2030).taken_over["assumptions.ties"] == 2026


def test_what_a_base_lists_as_not_known_never_inherits():
    rules = with_home(_2030="edition = 2030\nbased_on = 2029\n").of(2030)
    assert rules.parameters.spd_maximum.is_absent, "2026 knows it, 2027 lists it as not known"
    assert rules.taken_over["parameters.spd_maximum"] == 2027
    assert rules.indicators == ()
    assert rules.predicate_of(Decimal(90)) is None
    assert rules.document.not_known["indicators.sid"].reason_en == "Not announced yet."


@pytest.mark.parametrize(
    ("key", "is_unknown"),
    [
        ("spd_maximum", lambda rules: rules.parameters.spd_maximum.is_absent),
        ("predicate.innovative", lambda rules: rules.predicate_of(Decimal(50)) is None),
        ("indicators.spd", lambda rules: not rules.spd_groups and rules.sid_groups),
        ("indicators.sid", lambda rules: rules.spd_groups and not rules.sid_groups),
        ("count_indicator", lambda rules: rules.count_indicator is None),
        ("eligibility", lambda rules: rules.eligibility is None),
    ],
)
def test_what_a_book_lists_as_not_known_is_not_taken_over(key, is_unknown):
    assert not is_unknown(book(""))
    assert is_unknown(book(f'[not_known."{key}"]\nreason_id = "Belum."\nreason_en = "Not yet."\n'))


def test_dates_of_another_edition_are_never_taken_over():
    window = book("").eligibility
    assert (window.implementation_from, window.implementation_to) == (None, None)
    assert (window.stages, window.design_minimum_words) == (("implementation",), 300)
    assert "2024" not in window.rule_id


def test_a_window_of_its_own_keeps_the_stages_of_the_base():
    text = f'{HEAD}[eligibility]\nimplementation_from = 2028-01-01\nrule_id = "x"\nrule_en = "x"\n{SOURCED}'
    window = book(text).eligibility
    assert (window.implementation_from, window.stages, window.confidence) == (
        date(2028, 1, 1),
        ("implementation",),
        "high",
    )


def test_what_stands_beside_stated_values_keeps_its_own_source_date_and_edition():
    text = (
        '[sources]\nS1 = { text = "Surat 2030", date = 2030-04-01 }\n'
        '[eligibility]\nimplementation_from = 2028-01-01\nrule_id = "x"\nrule_en = "x"\nsource = ["S1"]\n'
        'confidence = "high"\n[[indicator]]\nkey = "training"\nweight = 1\nsource = ["S1"]\nconfidence = "high"\n'
    )
    later = text.replace("2028-01-01", "2029-01-01").replace("2030", "2031").replace("training", "people")
    both = with_home(
        _2030=f"edition = 2030\nbased_on = 2026\n{text}",
        _2031=f"edition = 2031\nbased_on = 2030\n{later.replace('weight = 1', 'weight = 2')}",
    )
    for edition, changed in ((2030, "training"), (2031, "people")):
        entries = {entry.key: entry for entry in entries_of(both.of(edition))}
        start, stages = entries["eligibility.implementation_from"], entries["eligibility.stages"]
        assert (start.state, start.source, start.stated_date) == ("stated", ("S1",), date(edition, 4, 1))
        assert (stages.state, stages.edition, stages.source, stages.stated_date) == (
            "taken_over",
            2026,
            ("S1 (2026)", "S2"),
            None,
        )
        line = entries[f"indicator.{changed}"]
        assert (line.state, line.source, line.taken_parts) == ("stated", ("S1",), {"levels": 2026})


def test_a_switch_that_no_source_states_is_assumed():
    entries = {entry.key: entry.state for entry in entries_of(load_rulebook(2026))}
    assert entries["assumption.ties"] == "assumed"
    assert entries["assumption.stages_scored"] == "stated"
    taken = {entry.key: entry.state for entry in entries_of(book(""))}
    assert taken["assumption.ties"] == "taken_over"


def test_a_source_of_the_same_key_is_named_with_its_year():
    rules = book(
        '[sources]\nS1 = "Pedoman 2030"\n[parameters.divisor_minimum]\n'
        'value = 20\nsource = ["S1"]\nconfidence = "high"\n'
    )
    assert rules.sources["S1"] == "Pedoman 2030"
    assert rules.parameters.divisor_minimum.source == ("S1",)
    assert rules.parameters.spd_maximum.source == ("S1 (2026)", "S2")
    assert rules.sources["S1 (2026)"] == load_rulebook(2026).sources["S1"]


def test_an_indicator_changes_by_its_key_or_number():
    text = (
        f'{HEAD}[[indicator]]\nkey = "video"\nweight = 3\n{SOURCED}[[indicator]]\nnumber = "16"\nweight = 4\n{SOURCED}'
    )
    rules = book(text)
    assert [level.points for level in rules.indicator("35").levels] == [3, 6, 9]
    assert rules.indicator("16").key == "regulation"
    assert rules.indicator("35").confidence == "high"
    assert rules.taken_over["indicator.video.levels"] == 2026
    assert "indicator.video" not in rules.taken_over


def test_indicators_are_added_and_removed():
    video = "".join(f'{{ level = {level}, text_id = "t{level}" }}, ' for level in (1, 2, 3, 4))
    text = (
        f'removed = ["video", "benefit"]\n{HEAD}[parameters.maturity_maximum]\nvalue = 98\n{SOURCED}'
        f"[parameters.sid_maximum]\nvalue = 174\n{SOURCED}[parameters.total_maximum]\nvalue = 237\n{SOURCED}"
        f'[[indicator]]\nnumber = "37"\nkey = "impact"\naspect = "sid"\nvariable = "Hasil"\n'
        f'name_id = "Dampak"\nname_en = "Impact"\nweight = 2\nis_mandatory = false\nevidence = "PDF"\n'
        f"levels = [{video}]\n{SOURCED}"
    )
    rules = book(text)
    assert len(rules.sid_groups) == 19
    assert "33" not in [group.number for group in rules.groups]
    assert (rules.indicator("37").code, rules.indicator("37").top_points) == ("SID-37", 8)


def test_a_whole_list_can_be_stated_anew():
    text = (
        f'indicators_restated = ["sid"]\n{HEAD}[not_known]\n'
        'keys = ["maturity_maximum", "sid_maximum", "total_maximum"]\n'
        f'reason_id = "x"\nreason_en = "x"\n[[indicator]]\nnumber = "16"\nkey = "regulation"\naspect = "sid"\n'
        f'variable = "x"\nname_id = "x"\nname_en = "x"\nweight = 1\nis_mandatory = false\nevidence = "x"\n'
        f'levels = [{{ level = 1, text_id = "ada" }}]\n{SOURCED}'
    )
    rules = book(text)
    assert [group.number for group in rules.sid_groups] == ["16"]
    assert len(rules.spd_indicators) == 20


def test_only_a_book_that_states_all_changes_is_complete():
    assert not book("").is_complete, "every value is there, but nobody says that nothing else changes"
    assert book(f'states_all_changes = true\nsource = ["P"]\n{HEAD}').is_complete


def test_the_key_of_former_files_that_stand_alone_is_read():
    content = load_rulebook(2026).content
    former = content.replace('states_all_changes = true\nsource = ["S1", "S2"]', "is_complete = true")
    assert former != content
    assert Rulebook("2026", former).is_complete
    assert not Rulebook("2026", former.replace("is_complete = true", "is_complete = false")).is_complete


def test_a_source_may_have_a_date():
    rules = book(
        '[sources]\nP = { text = "Pedoman", date = 2030-04-01 }\n[parameters.divisor_minimum]\nvalue = 20\n'
        f"date = 2030-05-02\n{SOURCED}"
    )
    assert rules.document.sources["P"].date == date(2030, 4, 1)
    assert rules.parameters.divisor_minimum.date == date(2030, 5, 2)


@pytest.mark.parametrize("name", [rules.name for rules in Rulebooks(shipped_files())])
def test_the_content_of_a_rulebook_stands_alone(name):
    rules = load_rulebook(name)
    again = Rulebook(name, rules.content)
    assert again == rules
    assert again.document == rules.document
    assert again.taken_over == rules.taken_over


def test_the_hash_of_a_book_moves_with_its_base():
    changed = shipped_files().rulebooks["2026"].replace("Belum", "Tidak").replace('default = "min"', 'default = "max"')
    child = "edition = 2030\nbased_on = 2026\n"
    assert with_home(_2030=child).of(2030).hash != with_home(_2030=child, _2026=changed).of(2030).hash


FAULTS = tomllib.loads((ROOT / "tests" / "spec" / "rulebook_faults.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", FAULTS, ids=[case["title"] for case in FAULTS])
def test_a_faulty_book_is_told_with_file_line_and_fix_and_stops_only_itself(case):
    rulebooks = with_home(_2030=case["text"], _2031="edition = 2031\nbased_on = 2030\n")
    with pytest.raises(RulebookInvalid, match=f"^{case['error']}") as raised:
        rulebooks.of(2030)
    assert raised.value.fix
    assert "2030" in rulebooks.faults()
    shipped = Rulebooks(shipped_files())
    assert [rules for rules in rulebooks if rules.edition < 2030] == list(shipped)
    assert rulebooks.uses_for(2030) == []
    assert rulebooks.uses_for(2024) == shipped.uses_for(2024)


def test_two_books_that_are_based_on_each_other_are_told():
    rulebooks = with_home(_2030="edition = 2030\nbased_on = 2031\n", _2031="edition = 2031\nbased_on = 2030\n")
    assert set(rulebooks.faults()) == {"2030", "2031"}


def test_editions_are_sorted_as_numbers():
    rulebooks = Rulebooks(RuleFiles(dict.fromkeys(("10000", "2026", "draft", "999"), "")))
    assert rulebooks.names == ("999", "2026", "10000", "draft")


def test_lists_that_are_taken_over_map_level_by_level():
    rulebooks = with_home(
        _2030=f'edition = 2030\nbased_on = 2026\n{HEAD}[[indicator]]\nkey = "video"\nname_id = "Video"\n{SOURCED}'
    )
    walk = crosswalk(2026, 2030, rulebooks)
    assert (walk.basis, walk.confidence) == ("joined", "low")
    assert all(
        walk.interval(number, level) == (level, level) for number in ("16", "33", "33c", "35") for level in range(4)
    )
    assert "2026" in walk.maps["16", 1].reason_id


def test_a_changed_or_new_line_may_be_any_level():
    levels = ", ".join(f'{{ level = {level}, text_id = "baru {level}" }}' for level in (1, 2, 3, 4))
    text = (
        f"edition = 2030\nbased_on = 2026\n{HEAD}[not_known]\n"
        'keys = ["maturity_maximum", "sid_maximum", "total_maximum"]\n'
        f'reason_id = "x"\nreason_en = "x"\n[[indicator]]\nkey = "video"\nlevels = [{levels}]\n{SOURCED}'
    )
    walk = crosswalk(2026, 2030, with_home(_2030=text))
    assert walk.interval("35", 3) == (0, 4)
    assert walk.interval("34", 3) == (3, 3)


def test_steps_along_the_chain_join_files_and_lists_taken_over():
    rulebooks = with_home(_2030="edition = 2030\nbased_on = 2026\n")
    for source in (2021, 2023, 2024):
        stated, joined = crosswalk(source, 2026, rulebooks), crosswalk(source, 2030, rulebooks)
        assert joined.basis == "joined"
        assert {place: (row.lower, row.upper) for place, row in joined.maps.items()} == {
            place: (row.lower, row.upper) for place, row in stated.maps.items()
        }
    assert crosswalk(2030, 2024, rulebooks).interval("16", 2) == crosswalk(2026, 2024).interval("16", 2)


def test_a_renumbered_line_is_followed_by_its_key():
    text = (
        f'edition = 2030\nbased_on = 2026\n{HEAD}[[indicator]]\nkey = "video"\nnumber = "40"\ngroup = "40"\n{SOURCED}'
    )
    rulebooks = with_home(_2030=text)
    assert crosswalk(2024, 2030, rulebooks).interval("35", 3) == crosswalk(2024, 2026).interval("35", 3)
    assert crosswalk(2030, 2024, rulebooks).interval("40", 3) == crosswalk(2026, 2024).interval("35", 3)


def test_a_stated_file_counts_before_the_chain():
    stated = "indicator_number,level,lower,upper,confidence,source,reason_id,reason_en\n" + "".join(
        f"16,{level},0,1,low,P,x,x\n" for level in (1, 2, 3)
    )
    added = RuleFiles({"2030": "edition = 2030\nbased_on = 2026\n"}, {"2026_2030": stated})
    walk = crosswalk(2026, 2030, Rulebooks(shipped_files().with_added(added)))
    assert (walk.basis, walk.interval("16", 3)) == ("file", (0, 1))
    assert walk.interval("35", 3) == (3, 3), "a line that the file leaves out was taken over"
    back = crosswalk(2030, 2026, Rulebooks(shipped_files().with_added(added)))
    assert (back.basis, back.interval("16", 1), back.interval("35", 3)) == ("inverse", (1, 3), (3, 3))


def test_a_home_says_by_whose_list_an_edition_is_read():
    lists = (
        '[2022]\nlist_of = 2023\nconfidence = "low"\nsource = ["S5"]\nreason_id = "Mungkin."\nreason_en = "Possible."\n'
    )
    rulebooks = Rulebooks(shipped_files().with_added(RuleFiles({}, level_lists=lists)))
    assert crosswalk(2022, 2026, rulebooks).reading.edition == "2023"
    assert crosswalk(2025, 2026, rulebooks).reading.edition == "2024", "the shipped entries stay"


def test_a_faulty_list_is_told():
    rulebooks = Rulebooks(shipped_files().with_added(RuleFiles({}, level_lists="[2022]\nlist_off = 2023\n")))
    with pytest.raises(RulebookInvalid, match=r"level_lists.toml, line \d+, 2022.list_of: Field required"):
        crosswalk(2022, 2026, rulebooks)


COMPLETE = f'states_all_changes = true\nsource = ["P"]\n{HEAD}'
COMPLETE_2030 = f"edition = 2030\nbased_on = 2026\n{COMPLETE}"
INCOMPLETE_2019 = shipped_files().rulebooks["2025"].replace("edition = 2025\nestimated_under = 2026", "edition = 2019")
ESTIMATES = [
    # books of the home, edition, estimated under
    ({}, 2024, 2026), ({}, 2029, 2026), ({}, 2026, None),
    ({"_2030": COMPLETE_2030}, 2024, 2026), ({"_2030": COMPLETE_2030}, 2029, 2026),
    ({"_2030": COMPLETE_2030}, 2030, None),
    ({"_2030": COMPLETE_2030, "_2031": "edition = 2031\nbased_on = 2030\n"}, 2031, 2030),
    ({"_2019": INCOMPLETE_2019}, 2019, 2026),
    ({"_2028": f"edition = 2028\nbased_on = 2026\n{COMPLETE}"}, 2029, 2028),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "edition", "under"), ESTIMATES)
def test_an_edition_is_estimated_under_the_book_that_it_names_or_the_latest_complete_one_before_it(
    texts, edition, under
):
    rulebooks = with_home(**texts)
    found = rulebooks.estimate_under(rulebooks.of(edition))
    assert (None if found is None else found.edition) == under


def test_how_often_an_innovation_may_be_entered_is_never_taken_over() -> None:
    windows = {book.edition: book.eligibility for book in shipped_rulebooks() if book.eligibility is not None}
    stated = {edition: window.most_entries for edition, window in windows.items() if window.most_entries is not None}
    assert stated == {2024: 2}
    assert max(windows) > 2024, "later editions have a window, and no such number"
