"""The lowest declared versions: their list, whether an environment has them, and the tests that are run with them.

python .ci/lowest_versions.py            write constraints-lowest.txt from pyproject.toml
python .ci/lowest_versions.py installed  fail unless every direct dependency is installed in its lowest version
python .ci/lowest_versions.py tests      print the tests of the core: those that import nothing above it
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "constraints-lowest.txt"
HEAD = """\
# The lowest versions that pyproject.toml declares, of every direct dependency (no addresses: any package index serves).
# Written by .ci/lowest_versions.py; .ci/run installs exactly these and runs the tests of the core with them.
"""
TOOLS = ("hypothesis", "openpyxl", "pandas", "pytest", "pytest-xdist")
"""What the tests of the core need besides, from the extra `dev`."""
NOT_CORE = {"reports", "workbench", "simulation"}
LEFT_OUT = {"test_robustness", "test_composite_oracle", "test_hold", "test_joint", "test_examples", "test_docs"}
"""Minutes of arithmetic on arrays, and what is about files of the project rather than about libraries."""
BESIDES = (
    "tests/spec",
    "tests/unit/test_library_patches.py",
    "tests/unit/test_quick_drawing.py",
    "tests/integration/test_kernel.py",
)
"""What is run besides: the examples of the rules, and all that relies on private parts of other libraries."""


def lowest() -> dict[str, str]:
    """Return the lowest version of each direct dependency, by its name. Raises ValueError where none is declared."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tools = [line for line in project["optional-dependencies"]["dev"] if re.match(r"[\w.-]+", line)[0] in TOOLS]  # type: ignore[index]
    return dict(sorted(_name_and_floor(line) for line in [*project["dependencies"], *tools]))


def _name_and_floor(line: str) -> tuple[str, str]:
    declared = re.match(r"([\w.-]+)>=([\w.]+)", line)
    if declared is None:
        raise ValueError(f"{line} declares no lowest version")
    return declared[1], declared[2]


def text() -> str:
    """Return the content of the list."""
    return HEAD + "".join(f"{name}=={version}\n" for name, version in lowest().items())


def others_installed() -> list[str]:
    """Return what is installed in another version than the lowest."""
    differing = []
    for name, version in lowest().items():
        present = metadata.version(name)
        if _numbers(present) != _numbers(version):
            differing.append(f"{name} {present}, not {version}")
    return differing


def _numbers(version: str) -> tuple[str, ...]:
    """Return a version without the zeros at its end and without a post-release, as `==` compares them."""
    return tuple(re.sub(r"(\.0)+$", "", re.sub(r"\.post\d+$", "", version)).split("."))


def tests_of_the_core() -> Iterable[str]:
    """Yield the test files that import nothing above the core, and the few that are run besides."""
    for path in sorted((ROOT / "tests" / "unit").glob("test_*.py")):
        if (
            path.stem not in LEFT_OUT
            and _imports(path).isdisjoint(NOT_CORE)
            and _imports(path)
            & {
                "iga",
                "warehouse",
                "etl",
                "analysis",
            }
        ):
            yield str(path.relative_to(ROOT))
    yield from BESIDES


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def main(words: list[str]) -> int:
    """Do what the words ask for; the exit code."""
    match words:
        case []:
            LIST.write_text(text(), encoding="utf-8")
        case ["installed"]:
            if differing := others_installed():
                print("\n".join(differing))
                return 1
        case ["tests"]:
            print("\n".join(tests_of_the_core()))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
