"""What is set aside is stored as rule and arguments; the words are made at reading, in SQL and in Python alike."""

from __future__ import annotations

import json
import re

import duckdb
import pytest
from hypothesis import given, settings, strategies as st
from typer.testing import CliRunner

from analysis import open_snapshot
from etl.cells.sheets import UnreadableFile
from tests.city_files import exported, html_export, load, put
from tests.conftest import ROOT
from warehouse.build import statements
from warehouse.home import Home
from warehouse.language import Language
from warehouse.set_aside_words import LAYOUT_TAKEN, PARTS, VARIABLE, rule_words, set_aside_rules, templates_as_json
from warehouse.snapshot import Snapshot
from workbench.command import app

CAUSES = [(rule, cause) for rule, words in set_aside_rules().items() for cause in words.get("cause", {})]


@pytest.mark.parametrize("rule", [rule for rule in set_aside_rules() if rule != LAYOUT_TAKEN])
def test_every_rule_has_its_words_in_both_languages(rule: str) -> None:
    assert set_aside_rules()[rule].keys() - {"cause"} == {"message_id", "message_en", "fix_id", "fix_en"}
    for lang in ("id", "en"):
        for part in PARTS:
            assert rule_words(rule, part, "{}", lang)
            assert "{" not in rule_words(rule, part, '{"text": "x"}', lang)


@pytest.mark.parametrize(("rule", "cause"), CAUSES)
def test_every_cause_has_its_words_in_both_languages(rule: str, cause: str) -> None:
    words = set_aside_rules()[rule]["cause"][cause]
    assert rule == LAYOUT_TAKEN or {"message_id", "message_en"} <= words.keys()
    for lang in ("id", "en"):
        assert rule_words(rule, "message", {"cause": cause}, lang) not in ("–", rule_words(rule, "message", {}, lang))
        if rule == "unreadable":
            assert rule_words(rule, "fix", {"cause": cause}, lang) == words[f"fix_{lang}"]


def test_every_cause_that_the_code_names_has_words() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "etl").rglob("*.py"))
    named = set(re.findall(r'(?:because|_Death)\(\s*"(\w+)"', code)) | {"empty", "password", "unknown_kind"}
    assert named == set(set_aside_rules()["unreadable"]["cause"])
    assert all(f'"{cause.removesuffix("_dated")}"' in code for _, cause in CAUSES)


def test_a_file_that_cannot_be_read_is_told_in_the_language_of_the_command() -> None:
    error = UnreadableFile.because("too_large", limit=5)
    assert str(error).startswith("The file is larger than 5 bytes -> send the table alone")
    assert error.told(Language("id"))[0] == "Berkas lebih besar dari 5 bita"
    assert error.detail == {"cause": "too_large", "limit": "5"}
    told = rule_words("unreadable", "message", error.detail)
    assert told == "Berkas tidak dapat dibaca: Berkas lebih besar dari 5 bita"


NAMES = st.sampled_from(["text", "detail", "cause", "limit", "maximum", "missing", "known", "fix", "share", "layout"])
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8) | st.sampled_from(
    ["{text}", "{", "too_large", "empty", "'", '"', "$.text"]
)


@settings(deadline=None)
@given(
    st.sampled_from([*set_aside_rules(), "a rule of tomorrow"]),
    st.dictionaries(NAMES, VALUES),
    st.sampled_from(["id", "en"]),
)
def test_sql_and_python_make_the_same_words(rule: str, detail: dict[str, str], lang: str) -> None:
    cursor = EMPTY.cursor()
    words = templates_as_json(lang).replace("'", "''")
    cursor.execute(f"set variable {VARIABLE} = '{words}'")
    text = json.dumps(detail, ensure_ascii=False)
    cursor.execute("truncate store.quarantine")
    cursor.execute(
        "insert into store.quarantine (file_sha256, scope, rule, detail) values ('', 'cell', $1, $2)", [rule, text]
    )
    made = cursor.execute("select message, fix from quarantine").fetchall()
    assert made == [tuple(rule_words(rule, part, detail, lang) for part in PARTS)]


def snapshot_without_rows() -> duckdb.DuckDBPyConnection:
    """A database with the tables, macros and views of a snapshot."""
    connection = duckdb.connect()
    connection.execute(statements("schema"))
    connection.execute(statements("views"))
    return connection


EMPTY = snapshot_without_rows()


@pytest.fixture
def home(empty_home: Home) -> Home:
    """A home with a bad score and an empty file, loaded."""
    rows = [exported("1", "Satu"), exported("2", "Dua", score="kosong")]
    put(empty_home, "bengkulu/2026/daftar.xls", html_export(*rows))
    put(empty_home, "bengkulu/2026/kosong.xlsx", b"\0\0")
    load(empty_home)
    return empty_home


REJECTED = "select rule, message, fix from quarantine order by rule"
RECEIVED = "select held_reason, layout_reason from receipt order by status"


def test_each_reader_is_told_in_the_own_language_at_the_same_time(home: Home) -> None:
    with open_snapshot(home=home.root) as own, open_snapshot(home=home.root) as other, Snapshot(own.path) as plain:
        own.use_language("id")
        other.use_language("en")
        assert own.sql(REJECTED).rows() == [
            ("number_invalid", "Bukan angka: kosong", "Tulis angka saja, misalnya 78,50"),
            ("unreadable", "Berkas tidak dapat dibaca: Berkas kosong", "ekspor lagi dan periksa ukurannya"),
        ]
        empty = "The file cannot be read: The file is empty"
        assert other.sql(REJECTED.upper()).to_series(1).to_list() == ["Not a number: kosong", empty]
        assert other.relation("quarantine").filter("rule = 'unreadable'").project("message").fetchall() == [(empty,)]
        assert plain.sql(REJECTED).equals(own.sql(REJECTED))
        (held, read) = other.sql(RECEIVED).rows()
        assert held == (empty, "")
        assert read[0] is None and read[1].startswith("sheet 'table 1', header in row 2, ")
        assert own.sql(RECEIVED)["held_reason"].to_list() == ["Berkas tidak dapat dibaca: Berkas kosong", None]
        assert own.sql("select held_reason from receipt_use where use = 'held'").item().endswith("Berkas kosong")


def test_a_load_tells_what_its_snapshot_tells(home: Home) -> None:
    """Both when it has built the snapshot, of which nobody has asked yet, and when nothing has changed."""
    (path,) = home.snapshots.glob("*.duckdb")
    unchanged = load(home)
    path.unlink()
    built = load(home)
    assert (built.is_new, unchanged.is_new) == (True, False)
    for name in ("receipts", "quarantine"):
        first, second = getattr(built, name), getattr(unchanged, name)
        assert first.columns == second.columns
        same = [column for column in first.columns if column.endswith(("rule", "reason", "message", "fix", "detail"))]
        key = ["file_sha256", "scope"] if name == "quarantine" else ["file_sha256"]
        assert first.sort(key).select(same).equals(second.sort(key).select(same))


def test_a_snapshot_holds_rules_and_arguments_and_no_words(home: Home) -> None:
    """Another program that opens the file is told the rule."""
    (path,) = home.snapshots.glob("*.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        stored = connection.execute("select rule, detail from store.quarantine order by rule").fetchall()
        assert [(rule, json.loads(detail)) for rule, detail in stored] == [
            ("number_invalid", {"text": "kosong", "maximum": "111", "edition": "2026"}),
            ("unreadable", {"cause": "empty"}),
        ]
        shown = connection.execute("select rule, message, fix from quarantine").fetchall()
        assert all(rule == message == fix for rule, message, fix in shown)


@pytest.mark.parametrize(
    ("command", "lang", "told"),
    [
        (("sql", "select fix from quarantine where rule = 'unreadable'"), "id", "ekspor lagi"),
        (("sql", "select fix from quarantine where rule = 'unreadable'"), "en", "export it again"),
        (("status",), "id", "Berkas kosong"),
        (("status",), "en", "The file is empty"),
    ],
)
def test_commands_tell_it_in_their_language(home: Home, command: tuple[str, ...], lang: str, told: str) -> None:
    environment = {"IGA_HOME": str(home.root), "IGA_LANG": "id", "COLUMNS": "200"}
    ran = CliRunner().invoke(app, [*command, "--lang", lang], env=environment)
    assert ran.exit_code == 0
    assert told in ran.stdout + ran.stderr
