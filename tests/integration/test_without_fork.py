"""Where fork, socket files or a console are missing, as on Windows: the same pages, and the same exit codes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.blocks import converter
from reports.run.kernel import fork_server, spare_kernels
from reports.site.site_builder import build_site

NO_STREAMS = """
import sys
sys.stdin = sys.stdout = sys.stderr = sys.__stdin__ = sys.__stdout__ = sys.__stderr__ = None
sys.argv[0] = "iga"
from workbench.command import main
main()
"""
"""As `pythonw` starts a program."""


def test_a_page_is_the_same_with_a_kernel_that_was_started_ahead(
    example_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "a home with spaces"
    shutil.copytree(example_home, home)
    pages = {}
    for way in ("fork", "spare"):
        monkeypatch.setenv(fork_server.WAY, way)
        monkeypatch.setattr(converter, "_has_socket_files", lambda way=way: way == "fork")
        built = build_site("three_cities", home=home, lang="id", only=["magelang-2026"], jobs=1)
        assert built.failures == ()
        text = (built.path / "magelang-2026.html").read_text(encoding="utf-8")
        pages[way] = [line for line in text.splitlines() if "<svg" in line or "<td" in line]
    spare_kernels._end()
    assert len(pages["fork"]) > 10 and pages["fork"] == pages["spare"]


@pytest.mark.parametrize(
    ("command", "code"),
    [(["status"], 0), (["index", "--format", "json"], 0), (["rules", "1999"], 3), (["no-such-command"], 2)],
)
def test_a_command_without_any_streams_ends_with_its_own_exit_code(
    example_home: Path, command: list[str], code: int
) -> None:
    arguments = [*command, "--home", str(example_home)] if code == 0 else command
    done = subprocess.run([sys.executable, "-c", NO_STREAMS, *arguments], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")
