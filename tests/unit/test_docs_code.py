"""Every command and every line of Python in the documentation is real: commands parse, code compiles, imports resolve.

Pages whose blocks are run as well are named in test_docs_site.py and test_docs_howto.py.
"""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.doc_tree import blocks_of
from workbench.command import whole_command

GENERATED = ("api", "options", "tables")
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(path for path in (ROOT / "docs").glob("*.md") if path.stem not in GENERATED),
]
ROOT_COMMAND: Any = whole_command()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.+?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def modules_written_by(page: Path) -> tuple[str, ...]:
    """The folders of modules that a how-to page writes itself; test_docs_howto.py runs them."""
    paths = [Path(block.path) for block in blocks_of(page.read_text(encoding="utf-8"))]
    return tuple({".".join(path.parent.parts) for path in paths if path.suffix == ".py"})


def resolved(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words call and what is left for it; fails on a word that no group has."""
    command, rest = ROOT_COMMAND, words
    while (inner := getattr(command, "commands", None)) is not None and rest and rest[0] in inner:
        command, rest = inner[rest[0]], rest[1:]
    is_group = getattr(command, "commands", None) is not None
    # `iga units CITY` stands beside `iga units confirm`.
    takes_words = any(one.param_type_name == "argument" for one in command.params)
    assert not (
        is_group and not takes_words and rest and re.fullmatch(r"[a-z-]+", rest[0]) and not rest[0].startswith("-")
    ), words
    return command, rest


def unknown_options(command: Any, text: str) -> list[str]:
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
    return [name for name in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text) if name not in known]


def commands_in(block: str) -> list[list[str]]:
    """The words of each `iga` command of a block, quotes over several lines kept, comments and redirections cut."""
    found = []
    for text in re.findall(r"^iga .*?(?=^(?:iga|python|mv) |\Z)", block, re.DOTALL | re.MULTILINE):
        words = shlex.split(text, comments=True)
        found.append(words[1 : words.index(">")] if ">" in words else words[1:])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_pages_are_real(page: Path) -> None:
    for block in blocks(page, "sh"):
        for words in commands_in(block):
            command, rest = resolved(words)
            # It is parsed as if it were called, and not called.
            command.make_context(" ".join(words), rest)
    told = [*re.findall(r"`iga ([^`\n]+)`", page.read_text(encoding="utf-8"))]
    told += [line[4:] for block in blocks(page, "(?:text)?") for line in block.splitlines() if line.startswith("iga ")]
    for text in told:
        command, _rest = resolved(text.split())
        assert unknown_options(command, text) == [], text


def test_options_in_the_list_of_commands_are_real() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `iga ([^`]+)`(.*)$", page, re.MULTILINE)
    assert len(rows) > 30
    for call, told in rows:
        command, _rest = resolved(call.split())
        assert unknown_options(command, f"{call} {told}") == [], call


def test_tests_that_contributors_are_told_to_run_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {text.partition(":")[0] for text in project["tool"]["pytest"]["ini_options"]["markers"]}
    named = set(re.findall(r"pytest[^`|]* -m (\w+)", page))
    assert named == {"slow", "browser", "spark"} and named <= declared
    scripts = re.findall(r"(?:python|pytest) ((?:tests|docs)/[\w/]+\.py)", page)
    assert len(scripts) > 2 and [script for script in scripts if not (ROOT / script).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_of_the_pages_compiles_and_imports(page: Path) -> None:
    of_the_example = modules_written_by(page)
    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Import):
                for one in node.names:
                    importlib.import_module(one.name)
            elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith(of_the_example):
                module = importlib.import_module(str(node.module))
                for one in node.names:
                    if not hasattr(module, one.name):
                        importlib.import_module(f"{node.module}.{one.name}")


def test_a_command_that_is_not_there_is_found() -> None:
    with pytest.raises(AssertionError):
        resolved(["explane", "bengkulu"])
    with pytest.raises(AssertionError):
        resolved(["scenario", "lst"])
    assert unknown_options(resolved(["index"])[0], "--cty bengkulu --city bengkulu") == ["--cty"]
