"""Everything that people read has an Indonesian translation, and every message of an error is a template."""

from __future__ import annotations

import ast
import csv
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from iga.errors import MendableError
from iga.exit_codes import ExitCode
from tests.conftest import ROOT
from warehouse.language import Language, catalogue

SOURCES = [
    path
    for package in ("iga", "warehouse", "analysis", "etl", "reports", "simulation", "workbench")
    for path in (ROOT / package).rglob("*.py")
]
NAMES = re.compile(r"\{(\w+[^}]*)\}")
TRANSLATORS = {"_", "language", "told", "translate"}
NO_WORDS = re.compile(r"^(\{\w+(![rs])?(:[^}]*)?\}|[^A-Za-z{}])*$")
"""A template that only puts values together, such as `{key}: {what}`, reads alike in every language."""

TABLES = re.compile(r"HEADERS|STEPS|REFUSALS|MESSAGES", re.IGNORECASE)
"""Module-level tables whose texts are translated where they are shown."""


def error_names() -> set[str]:
    import_all()
    names, waiting = {"Sentence"}, [MendableError]
    while waiting:
        error = waiting.pop()
        names.add(error.__name__)
        waiting += error.__subclasses__()
    return names


def is_table(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and TABLES.search(target.id) for target in targets)


def import_all() -> None:
    """Import every module of the project, so that every class of error is known."""
    for path in SOURCES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if importlib.util.find_spec(module.partition(".")[0]) and not module.endswith(("preload", "__main__")):
            importlib.import_module(module)


def name_of(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def texts_of_error(node: ast.Call) -> list[ast.expr]:
    """Message, next step (or fix) and, for errors of the rules, the place: whatever is a template."""
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    texts = [*node.args[:2], *[keywords[name] for name in ("next_step", "fix") if name in keywords]]
    return [*texts, keywords["place"]] if "fix" in keywords and "place" in keywords else texts


def choices_of(text: ast.expr) -> list[ast.expr]:
    return [text.body, text.orelse] if isinstance(text, ast.IfExp) else [text]


def messages_in(path: Path, errors: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = name_of(node)
            texts: list[ast.expr] = []
            if name == "ngettext":
                texts = node.args[:2]
            elif name in TRANSLATORS:
                texts = node.args[:1]
            elif name in errors:
                texts = texts_of_error(node)
            for choice in (choice for text in texts for choice in choices_of(text)):
                if isinstance(choice, ast.Constant) and isinstance(choice.value, str):
                    yield choice.value
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict) and is_table(node):
            leaves = (leaf for value in node.value.values for leaf in ast.walk(value))
            yield from (leaf.value for leaf in leaves if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str))


def templates_in() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "reports" / "templates").rglob("*.html*"):
        for found in re.finditer(r"""\b_\(\s*(["'])(.+?)\1\s*\)""", path.read_text(encoding="utf-8")):
            yield path.name, found.group(2)
        for found in re.finditer(r"""\.ngettext\(\s*"(.+?)",\s*"(.+?)",""", path.read_text(encoding="utf-8")):
            yield from ((path.name, text) for text in found.groups())


def test_every_message_is_translated() -> None:
    known = set(catalogue("id"))
    errors = error_names()
    used = [(path.name, text) for path in SOURCES for text in messages_in(path, errors)]
    used += list(templates_in())
    used += [("exit_codes.py", text) for code in ExitCode for text in (code.cause, code.next_step)]
    assert len(used) > 200
    missing = sorted({(name, text) for name, text in used if not NO_WORDS.match(text) and text not in known})
    assert missing == []


def test_messages_of_errors_are_templates_whose_names_are_given() -> None:
    errors = error_names()
    slips = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and name_of(node) in errors):
                continue
            given = {keyword.arg for keyword in node.keywords}
            for text in (choice for argument in texts_of_error(node) for choice in choices_of(argument)):
                names = re.findall(r"\{(\w+)", text.value) if isinstance(text, ast.Constant) else []
                if isinstance(text, ast.JoinedStr | ast.BinOp) or (None not in given and set(names) - given):
                    slips.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(text)}")
    assert slips == []


def test_catalogues_do_not_contradict_each_other() -> None:
    told: dict[str, set[str]] = {}
    for path in (ROOT / "warehouse" / "locale" / "id" / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="id"):
                if message.id:  # each file has a header of its own
                    told.setdefault(str(message.id), set()).add(str(message.string))
    assert {text: translations for text, translations in told.items() if len(translations) > 1} == {}


def test_translations_keep_their_names() -> None:
    for message, translation in catalogue("id").items():
        assert set(NAMES.findall(message)) == set(NAMES.findall(translation)), message


def test_one_and_several_stand_in_one_entry_of_a_catalogue() -> None:
    known: set[tuple[str, ...]] = set()
    for path in (ROOT / "warehouse" / "locale" / "id" / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as stream:
            known |= {tuple(message.id) for message in read_po(stream, locale="id") if message.pluralizable}
    used = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) == "ngettext":
                used.add(tuple(text.value for text in node.args[:2] if isinstance(text, ast.Constant)))
    assert used and used - known == set()


def test_a_count_of_one_has_its_own_words() -> None:
    one, several = "{count} innovation", "{count} innovations"
    assert [Language("en").ngettext(one, several, count) for count in (0, 1, 2)] == [several, one, several]
    assert [Language("id").ngettext(one, several, count) for count in (0, 1, 2)] == ["{count} inovasi"] * 3


@pytest.mark.parametrize("lang", ["id", "en"])
def test_catalogue_loads(lang: str) -> None:
    assert catalogue(lang) is not None


def test_every_note_of_a_published_statement_is_told_in_both_languages() -> None:
    with (ROOT / "warehouse/reference/published_results.csv").open(encoding="utf-8") as stream:
        notes = {row["note"] for row in csv.DictReader(stream)} - {""}
    with (ROOT / "warehouse/reference/labels.csv").open(encoding="utf-8") as stream:
        told = {row["code"]: row for row in csv.DictReader(stream) if row["field"] == "published_note"}
    assert len(notes) > 100 and notes <= set(told)
    assert all(row["label_id"] and row["label_en"] for row in told.values())
