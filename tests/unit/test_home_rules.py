"""The rulebooks of a home: over and beside the shipped ones, fresh when a file changes, faulty ones told of."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iga.errors import RuleProblem
from iga.rulebook import RulebookInvalid, Rulebooks, shipped_files, shipped_rulebooks
from iga.rules.crosswalk import crosswalk
from tests.conftest import ROOT
from warehouse.home import Home
from warehouse.language import Language
from warehouse.rules.home_rules import HomeRulebooks, rulebooks_of
from warehouse.rules.rule_texts import LARGEST_BYTES
from warehouse.rules.rules_in_use import rules_in_use
from warehouse.rules.snapshot_rules import SnapshotRulebooks, kept_rules, rule_file_rows
from workbench.completion import known_editions

SHIPPED = ROOT / "iga" / "rules"
OF_2026 = shipped_files().rulebooks["2026"]
OF_2030 = OF_2026.replace("edition = 2026", "edition = 2030")
WALK = shipped_files().crosswalks["2024_2026"]


def written(home: Home, **files: str | bytes) -> HomeRulebooks:
    """The rulebooks of the home after files were written (`b2030` is 2030.toml, `w2024_2026` a crosswalk)."""
    for name, content in files.items():
        path = home.rulebooks / (f"{name[1:]}.toml" if name[0] == "b" else f"crosswalks/{name[1:]}.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return rulebooks_of(home)


def test_a_home_without_rules_goes_by_the_shipped_ones(empty_home: Home) -> None:
    known = rulebooks_of(empty_home)
    assert known == shipped_rulebooks()
    assert (known.paths, known.over_shipped, known.file_faults) == ({}, frozenset(), ())


def test_a_rulebook_of_the_home_stands_beside_the_shipped_ones(empty_home: Home) -> None:
    known = written(empty_home, b2030=OF_2030)
    assert known.names == (*shipped_rulebooks().names, "2030")
    assert known.of(2030).parameters == shipped_rulebooks().of(2026).parameters
    assert (known.paths, known.over_shipped) == ({"2030": "rulebooks/2030.toml"}, frozenset())


def test_a_rulebook_of_the_home_stands_over_a_shipped_one(empty_home: Home) -> None:
    known = written(empty_home, b2026=OF_2026.replace("Indeks Inovasi Daerah 2026", "Pedoman sendiri"))
    assert known.of(2026).title_id == "Pedoman sendiri"
    assert known.over_shipped == {"2026"}


def test_a_changed_file_is_read_anew_and_an_unchanged_one_is_not(empty_home: Home) -> None:
    first = written(empty_home, b2030=OF_2030)
    assert rulebooks_of(empty_home) is first
    second = written(empty_home, b2030=OF_2030.replace("value = 12\n", "value = 13\n"))
    assert (first.of(2030).parameters.divisor_minimum.value, second.of(2030).parameters.divisor_minimum.value) == (
        12,
        13,
    )
    (empty_home.rulebooks / "2030.toml").unlink()
    assert "2030" not in rulebooks_of(empty_home)


def test_a_text_of_windows_reads_alike(empty_home: Home, tmp_path: Path) -> None:
    plain = written(empty_home, b2030=OF_2030)
    other = written(Home(tmp_path / "other"), b2030=b"\xef\xbb\xbf" + OF_2030.replace("\n", "\r\n").encode())
    assert other.of(2030) == plain.of(2030)


BROKEN = {
    "toml": (OF_2030.replace('legal_basis = "', "legal_basis = ", 1), "legal_basis"),
    "contradiction": (OF_2030.replace("value = 63\n", "value = 64\n", 1), "[parameters.spd_maximum]"),
    "key": (OF_2030.replace("[parameters.count_cap]\nvalue", "[parameters.count_cap]\nvolue"), "volue"),
    "name": (OF_2026, "edition = 2026"),
}
"""A faulty 2030.toml, and how the line begins that is told."""


@pytest.mark.parametrize("case", BROKEN)
def test_a_faulty_rulebook_is_told_with_its_line_and_stops_only_itself(empty_home: Home, case: str) -> None:
    text, at_line = BROKEN[case]
    known = written(empty_home, b2030=text)
    (fault,) = known.file_faults
    assert (fault.path, fault.edition, known.lost_editions) == ("rulebooks/2030.toml", "2030", ("2030",))
    told = str(fault.error)
    assert told.startswith("rulebooks/2030.toml") and fault.error.fix
    line = int(told.partition("line ")[2].split(",")[0].split(":")[0])
    assert text.splitlines()[line - 1].startswith(at_line)
    assert known.names == shipped_rulebooks().names
    with pytest.raises(RulebookInvalid):
        known.of(2030)
    for name in known.names:
        assert known.uses_for(name) == shipped_rulebooks().uses_for(name)


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("case", BROKEN)
def test_a_fault_is_told_in_the_language_of_the_reader(empty_home: Home, case: str, lang: str) -> None:
    (fault,) = written(empty_home, b2030=BROKEN[case][0]).file_faults
    assert ("baris" in fault.error.in_one_line(Language(lang))) == (lang == "id")


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"\xff\xfe" + OF_2030.encode("utf-16-le"), "the file is not text in UTF-8."),
        (b"#" * (LARGEST_BYTES + 1), "the file is too large for rules."),
        (b"\x00" * 100, "not valid TOML"),
        (b"", "Field required."),
        (b"edition = 2030\n" + b"a = " + b"[" * 20_000, "nested too deeply"),
        (OF_2030.replace("value = 63\n", "value = inf\n", 1).encode(), ""),
        (OF_2030.replace("value = 63\n", "value = nan\n", 1).encode(), ""),
        (b"edition = 2030\nindicator = 3\npredicate = 'x'\n", ""),
        (b"edition = 2030\nbased_on = 2030\n", ""),
        (b"edition = 2030\nbased_on = 2031\n", ""),
    ],
)
def test_whatever_a_file_holds_the_other_rules_stand(empty_home: Home, content: bytes, cause: str) -> None:
    known = written(empty_home, b2030=content)
    (fault,) = known.file_faults
    assert fault.edition == "2030"
    assert cause in fault.error.cause
    assert known.names == shipped_rulebooks().names


def test_a_folder_and_a_wrong_name_are_told_and_files_of_others_passed_over(empty_home: Home) -> None:
    (empty_home.rulebooks / "2031.toml").mkdir(parents=True)
    for name in ("2030.toml.txt", "aturan.toml", ".2030.toml.swp", "~$2030.toml", "README.md", "crosswalks"):
        path = empty_home.rulebooks / name
        path.mkdir() if name == "crosswalks" else path.write_text(OF_2030, encoding="utf-8")
    (empty_home.rulebooks / "crosswalks" / "2024-2026.csv").write_text(WALK, encoding="utf-8")
    faults = {fault.path: (fault.error.cause, fault.edition) for fault in rulebooks_of(empty_home).file_faults}
    assert faults == {
        "rulebooks/2031.toml": ("this is a folder, not a file.", "2031"),
        "rulebooks/2030.toml.txt": ("the file's name does not say which edition it is of.", ""),
        "rulebooks/aturan.toml": ("the file's name does not say which edition it is of.", ""),
        "rulebooks/crosswalks/2024-2026.csv": ("the file's name does not say which editions it is between.", ""),
    }


def test_a_file_in_place_of_the_folder_is_told(empty_home: Home) -> None:
    empty_home.root.mkdir(parents=True, exist_ok=True)
    empty_home.rulebooks.write_text("x", encoding="utf-8")
    (fault,) = [fault for fault in rulebooks_of(empty_home).file_faults if fault.path == "rulebooks"]
    assert fault.error.cause == "this is a file, not a folder."
    assert rulebooks_of(empty_home).names == shipped_rulebooks().names


def test_a_faulty_one_over_a_shipped_one_is_not_replaced_by_it(empty_home: Home) -> None:
    """Whoever wrote it wanted other rules: figures by the shipped ones would pass for theirs."""
    known = written(empty_home, b2026=OF_2026.replace("value = 63\n", "value = 64\n", 1))
    assert "2026" in known.lost_editions
    assert "2026" not in known.names
    assert known.uses_for(2026) == []
    with pytest.raises(RulebookInvalid, match=r"rulebooks/2026\.toml, line"):
        known.of(2026)
    for edition in (2021, 2023, 2024, 2025):
        own = known.uses_for(edition)
        assert [use.rulebook.name for use in own] == [str(edition)], (
            "an estimate under it is left out, not made otherwise"
        )
    with pytest.raises(RulebookInvalid):
        known.newest_complete()


def test_a_crosswalk_of_the_home_stands_over_a_shipped_one(empty_home: Home) -> None:
    known = written(empty_home, w2024_2026=WALK.replace("16,1,0,1,", "16,1,1,1,", 1))
    assert crosswalk(2024, 2026, shipped_rulebooks()).interval("16", 1) == (0, 1)
    assert crosswalk(2024, 2026, known).interval("16", 1) == (1, 1)


def test_a_crosswalk_may_be_written_between_semicolons(empty_home: Home) -> None:
    head = "indicator_number;level;lower;upper;confidence;source;reason_id;reason_en"
    rows = ["16;1;0;1;low;S1;Satu, atau nol.;One, or none.", "16;2;2;2;low;S1;x;y", "16;3;3;3;low;S1;x;y"]
    known = written(empty_home, w2024_2026="\r\n".join([head, *rows, ""]))
    assert known.file_faults == ()
    assert crosswalk(2024, 2026, known).maps["16", 1].reason_id == "Satu, atau nol."
    (fault,) = written(empty_home, w2024_2026="\n".join([head, rows[0].replace(";0;1;", ";0;9;")])).file_faults
    assert "line 2" in fault.error.place


def test_a_crosswalk_without_a_column_is_told(empty_home: Home) -> None:
    (fault,) = written(empty_home, w2024_2026="indicator_number,level,lower,upper\n16,1,0,1\n").file_faults
    assert fault.error.place == "rulebooks/crosswalks/2024_2026.csv, line 1"
    assert (str(fault.error.what), str(fault.error.how)) == (
        "the column confidence is missing.",
        "Write as the first line: indicator_number,level,lower,upper,confidence,source,reason_id,reason_en.",
    )


def test_a_rulebook_to_be_estimated_under_that_there_is_not_is_told(empty_home: Home) -> None:
    text = "edition = 2030\nbased_on = 2029\nestimated_under = 2099\n"
    known = written(empty_home, b2030=text, b2031="edition = 2031\nbased_on = 2029\n")
    (fault,) = known.file_faults
    assert (fault.edition, fault.error.place) == ("2030", "rulebooks/2030.toml, line 3, estimated_under")
    assert "2031" in known


@pytest.mark.parametrize("text", [WALK.replace("16,1,0,1,", "16,1,0,9,", 1), b"\xff\xfe"])
def test_an_estimate_that_a_faulty_crosswalk_is_in_the_way_of_is_left_out(empty_home: Home, text: str | bytes) -> None:
    known = written(empty_home, w2024_2026=text)
    (fault,) = known.file_faults
    assert (fault.path, fault.edition) == ("rulebooks/crosswalks/2024_2026.csv", "")
    assert ("line 2" in fault.error.place) == isinstance(text, str)
    assert [use.rulebook.name for use in known.uses_for(2024)] == ["2024"]
    assert [use.rulebook.name for use in known.uses_for(2023)] == ["2023", "2026"]
    with pytest.raises(RuleProblem):
        crosswalk(2024, 2026, known)


def test_an_entry_of_level_lists_stands_over_the_shipped_one_and_a_faulty_file_is_told(empty_home: Home) -> None:
    entry = '[2025]\nlist_of = 2023\nconfidence = "low"\nsource = ["S1"]\nreason_id = "x"\nreason_en = "x"\n'
    folder = empty_home.rulebooks / "crosswalks"
    folder.mkdir(parents=True)
    (folder / "level_lists.toml").write_text(entry, encoding="utf-8")
    reading = crosswalk(2025, 2026, rulebooks_of(empty_home)).reading
    assert reading is not None and reading.edition == "2023"
    for broken in (entry.replace("low", "sure"), entry.replace('reason_en = "x"\n', ""), "[2025", '2025 = "x"'):
        (folder / "level_lists.toml").write_text(broken, encoding="utf-8")
        known = rulebooks_of(empty_home)
        (fault,) = known.file_faults
        assert fault.path == "rulebooks/crosswalks/level_lists.toml"
        assert known == shipped_rulebooks()


def test_the_rules_in_use_answer_as_all_rules_do(empty_home: Home) -> None:
    known = written(empty_home, b2030=OF_2030)
    for editions in ([2024], [2021, 2025], [2026, 2030], [2022], range(2020, 2031)):
        part = Rulebooks(rules_in_use(known, editions))
        for edition in editions:
            assert part.uses_for(edition) == known.uses_for(edition)
            for use in known.uses_for(edition):
                here, there = (crosswalk(edition, use.rulebook.name, rules) for rules in (part, known))
                assert (here.basis, here.maps, here.reading) == (there.basis, there.maps, there.reading)
        assert kept_rules(tuple(rule_file_rows(part.files))) == part


def test_a_rulebook_for_a_year_without_files_is_not_in_use(empty_home: Home) -> None:
    before = rules_in_use(shipped_rulebooks(), [2026])
    assert (
        rules_in_use(written(empty_home, b2031=OF_2026.replace("edition = 2026", "edition = 2031")), [2026]) == before
    )


def test_a_snapshot_reads_its_own_rules_first_and_those_of_the_home_beside(empty_home: Home) -> None:
    own = Rulebooks(rules_in_use(shipped_rulebooks(), [2024, 2026]))
    changed = OF_2026.replace("value = 12\n", "value = 13\n")
    now = written(empty_home, b2026=changed, b2030=OF_2030, w2024_2026=WALK.replace("16,1,0,1,", "16,1,1,1,", 1))
    known = SnapshotRulebooks(own, now)
    assert now.of(2026).parameters.divisor_minimum.value == 13
    assert known.of(2026) == shipped_rulebooks().of(2026)
    assert known.of(2030) == now.of(2030)
    assert known.uses_for(2024) == own.uses_for(2024)
    assert crosswalk(2024, 2026, known).maps == crosswalk(2024, 2026, shipped_rulebooks()).maps
    assert known.newest_complete().name == "2026"


TWO_LINES = "edition = 2030\nbased_on = 2029\n"


def test_two_lines_are_a_rulebook_and_rest_on_those_of_the_home(empty_home: Home) -> None:
    known = written(empty_home, b2030=TWO_LINES, b2031="edition = 2031\nbased_on = 2030\n")
    assert known.file_faults == ()
    assert known.of(2031).bases == (2030, 2029, 2028, 2027, 2026)
    used = rules_in_use(known, [2031])
    assert set(used.rulebooks) == {"2031", "2030", "2029", "2028", "2027", "2026"}
    assert Rulebooks(used).of(2031) == known.of(2031)


def test_what_is_based_on_a_faulty_rulebook_is_faulty_too(empty_home: Home) -> None:
    known = written(empty_home, b2030=TWO_LINES + "x = \n", b2031="edition = 2031\nbased_on = 2030\n")
    told = {fault.path: str(fault.error) for fault in known.file_faults}
    assert set(told) == {"rulebooks/2030.toml", "rulebooks/2031.toml"}
    assert "based on the rules of 2030" in told["rulebooks/2031.toml"]
    assert "Mend rulebooks/2030.toml first." in told["rulebooks/2031.toml"]
    assert known.names == shipped_rulebooks().names


def test_shipped_rules_that_rest_on_a_faulty_one_of_the_home_are_not_used(empty_home: Home) -> None:
    known = written(empty_home, b2028=TWO_LINES)
    assert known.lost_editions == ("2028", "2029")
    assert known.names == tuple(name for name in shipped_rulebooks().names if name < "2028")


def test_shipped_rules_are_read_with_what_the_home_states_of_an_earlier_year(empty_home: Home) -> None:
    switch = "[assumptions.ties]\ndefault = "
    known = written(empty_home, b2026=OF_2026.replace(f'{switch}"min"', f'{switch}"max"', 1))
    assert known.file_faults == ()
    assert (known.of(2029).assumptions.ties, shipped_rulebooks().of(2029).assumptions.ties) == ("max", "min")


def test_the_tab_key_offers_the_editions_of_the_home(empty_home: Home) -> None:
    written(empty_home, b2030=OF_2030)
    asked: Any = SimpleNamespace(params={"home": str(empty_home.root)})
    assert known_editions(asked, "203") == ["2030"]
    assert known_editions(asked, "") == [*shipped_rulebooks().names, "2030"]
    assert known_editions(SimpleNamespace(params={"home": "\0"}), "2") == []  # type: ignore[arg-type]
