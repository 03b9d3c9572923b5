"""Everything that people read has an Indonesian translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.conftest import ROOT
from warehouse.errors import WorkbenchError
from warehouse.language import catalogue

SOURCES = [path for package in ("warehouse", "etl", "reports", "workbench") for path in (ROOT / package).rglob("*.py")]
TRANSLATORS = {"_", "language", "told", "translate"}
TABLES = re.compile(r"HEADERS|STEPS|REFUSALS|MESSAGES", re.IGNORECASE)
"""Module-level tables whose texts are translated where they are shown."""


def error_names() -> set[str]:
    names, waiting = set(), [WorkbenchError]
    while waiting:
        error = waiting.pop()
        names.add(error.__name__)
        waiting += error.__subclasses__()
    return names


def is_table_of_texts(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and TABLES.search(target.id) for target in node.targets)


def messages_in(path: Path, errors: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            texts: list[ast.expr] = []
            if name in TRANSLATORS:
                texts = node.args[:1]
            elif name in errors:
                texts = [*node.args[:2], *[keyword.value for keyword in node.keywords if keyword.arg == "next_step"]]
            for text in texts:
                choices = [text.body, text.orelse] if isinstance(text, ast.IfExp) else [text]
                yield from (
                    choice.value
                    for choice in choices
                    if isinstance(choice, ast.Constant) and isinstance(choice.value, str)
                )
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and is_table_of_texts(node):
            leaves = (leaf for value in node.value.values for leaf in ast.walk(value))
            yield from (leaf.value for leaf in leaves if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str))


def templates_in() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "reports" / "templates").rglob("*.html*"):
        for found in re.finditer(r"""\b_\(\s*(["'])(.+?)\1\s*\)""", path.read_text(encoding="utf-8")):
            yield path.name, found.group(2)


def test_every_message_is_translated() -> None:
    import etl.publish  # noqa: F401 - defines errors
    import reports.site.site_builder  # noqa: F401
    from workbench.command import whole_command

    whole_command()  # a command's own errors are defined where it is loaded
    known = set(catalogue("id"))
    errors = error_names()
    used = [(path.name, text) for path in SOURCES for text in messages_in(path, errors)]
    used += list(templates_in())
    assert len(used) > 200
    missing = sorted({(name, text) for name, text in used if text and text not in known})
    assert missing == []


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
        assert set(re.findall(r"\{(\w+)\}", message)) == set(re.findall(r"\{(\w+)\}", translation)), message


@pytest.mark.parametrize("lang", ["id", "en"])
def test_catalogue_loads(lang: str) -> None:
    assert catalogue(lang) is not None
