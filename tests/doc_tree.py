"""A how-to page as what it is: files to write, changes to make and commands to run, in a copy of the project's tree.

Blocks are taken in the order of the page:

- a block below a line that ends with a path and a colon (`` `etl/layouts/x.toml`: ``) is written to that file;
- a `diff` block is applied: each hunk must be found exactly once, wherever it stands;
- an `sh` block is run, command by command: `iga`, `python -m`, and `mv`;
- a block below an `sh` block, without a path, is what it says: each line must stand in the output of its last command.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT

TREE = ("iga", "warehouse", "analysis", "etl", "simulation", "reports", "workbench", "notebooks")
_FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_WRITTEN = re.compile(r"`(?P<path>[\w./-]+)`[^`]*:$")


@dataclass(frozen=True)
class PageBlock:
    """One fenced block: its language, its text, and the path that the line above it names."""

    language: str
    text: str
    path: str


def blocks_of(page: str) -> Iterator[PageBlock]:
    """The blocks of a page in their order."""
    end = 0
    for found in _FENCE.finditer(page):
        above = page[end : found.start()].rstrip().rpartition("\n")[2]
        end = found.end()
        named = _WRITTEN.search(above)
        yield PageBlock(found["language"], found["text"], named["path"] if named else "")


@dataclass
class DocTree:
    """A copy of the packages in a folder of its own, with `data` as its home."""

    root: Path
    said: str = ""
    ran: list[str] = field(default_factory=list)

    @classmethod
    def in_folder(cls, folder: Path) -> DocTree:
        """Copy the packages of the project."""
        for name in TREE:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "share"))
        return cls(folder)

    def follow(self, page: str) -> None:
        """Do what a page says. Raises AssertionError where something does not come out as the page shows."""
        is_output = False
        for block in blocks_of(page):
            if block.language == "sh":
                for command in block.text.splitlines():
                    self.run(command)
                is_output = True
                continue
            if block.language == "diff":
                self.change(block.text)
            elif block.path:
                self.write(block.path, block.text)
            elif is_output:
                missing = [line for line in block.text.splitlines() if line.strip() not in self.said]
                assert missing == [], f"not said by {self.ran[-1]!r}: {missing}\n{self.said}"
            is_output = False

    def take_files(self, page: str) -> None:
        """Write the files that a page shows, without running anything: for a page that goes on where another ends."""
        for block in blocks_of(page):
            if block.path and block.language != "diff":
                self.write(block.path, block.text)

    def write(self, path: str, text: str) -> None:
        """Write a file of the tree."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def change(self, difference: str) -> None:
        """Apply a unified diff by its lines; the numbers of its hunks do not count."""
        path = ""
        for hunk in re.split(r"^(?=--- \S+\n\+\+\+ |\+\+\+ |@@)", difference, flags=re.MULTILINE):
            head, _, body = hunk.partition("\n")
            if head.startswith("+++ "):
                path = head.removeprefix("+++ ").strip()
            elif head.startswith("@@"):
                lines = body.splitlines()
                old = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
                new = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
                text = (self.root / path).read_text(encoding="utf-8")
                assert text.count(old) == 1, f"{path}: {text.count(old)} places for\n{old}"
                (self.root / path).write_text(text.replace(old, new), encoding="utf-8")

    def run(self, command: str) -> None:
        """Run a command in the tree; what it says is kept. Raises AssertionError where it ends otherwise than stated.

        `# exit N` behind a command states its exit code; without one it is 0.
        """
        words = shlex.split(command, comments=True)
        if not words:
            return
        stated = re.search(r"# exit (\d+)", command)
        target = self.root / words.pop() if ">" in words else None
        words = words[:-1] if target else words
        started = {"iga": [sys.executable, "-m", "workbench"], "python": [sys.executable]}.get(words[0], words[:1])
        environment = {name: value for name, value in os.environ.items() if not name.startswith("IGA_")}
        environment |= {"PYTHONPATH": str(self.root), "COLUMNS": "200", "NO_COLOR": "1", "IGA_LANG": "id"}
        done = subprocess.run(
            [*started, *words[1:]],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        self.ran.append(command)
        self.said = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == int(stated[1] if stated else 0), f"{command}: {done.returncode}\n{self.said}"
        if target:
            target.write_text(done.stdout, encoding="utf-8")
