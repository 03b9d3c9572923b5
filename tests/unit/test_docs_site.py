"""The documentation as a site, and the commands and code in its pages: they run as written."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

RUN = ("tutorial", "recover")
"""Pages whose commands (`sh` blocks) are run, in the order of the page, in a home with the example of Bengkulu 2026.
Those that add something are followed in test_docs_howto.py."""


@pytest.mark.parametrize("name", RUN)
def test_commands_of_the_page_run(
    name: str, example_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from workbench.command import app

    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    commands = [line for block in re.findall(r"```sh\n(.+?)```", page, re.DOTALL) for line in block.splitlines()]
    assert commands
    for folder in ("archive", "lake", "snapshots"):
        shutil.copytree(example_home / folder, tmp_path / folder)
    shutil.copy(example_home / "current.json", tmp_path)
    monkeypatch.setenv("IGA_HOME", str(tmp_path))
    monkeypatch.chdir(ROOT)
    for command in commands:
        words = shlex.split(command)
        assert words.pop(0) == "iga"
        if words[0] == "template":
            words += ["--out", str(tmp_path)]
        ran = CliRunner().invoke(app, words)
        assert ran.exit_code == 0, f"{command}: {ran.exception or ran.output}"


def test_python_of_the_lab_page_runs(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    page = (ROOT / "docs" / "lab.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.+?)```", page, re.DOTALL):
        exec(block, names)  # the page's own lines
    names["snapshot"].close()  # type: ignore[attr-defined]


def test_the_site_builds_and_asks_for_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("sphinx")
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "docs", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    loaded = re.compile(
        r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"(?:https?:)?//|<link\b[^>]*\bhref=\"(?:https?:)?//"
    )
    for path in tmp_path.glob("*.html"):
        assert not loaded.search(path.read_text(encoding="utf-8")), path.name
    for name in ("options", "api", "tables"):
        assert (tmp_path / f"{name}.html").is_file()
    assert "--no-browser" in (tmp_path / "options.html").read_text(encoding="utf-8")
