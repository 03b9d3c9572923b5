"""The pins hold on every machine that the README names: each dependency is pinned and has a wheel there.

python tools/platform_pins.py         check Windows, macOS and Linux with Python 3.11 to 3.13 (asks the package index)

Resolved by uv for each target in turn, since a dependency may be asked for on one system only (`pywinpty`), and since
pip knows the markers of the machine it runs on alone. Nothing is downloaded but descriptions of packages.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "constraints.txt"
LOWEST = ROOT / "constraints-lowest.txt"
EXTRAS = ("dev", "lab-id", "scheduler")
"""Checked beside the runtime; `spark` is published as source alone, and installed where people ask for it."""
SYSTEMS = {
    "windows": "x86_64-pc-windows-msvc",
    "linux": "x86_64-manylinux_2_28",
    "macos-arm": "aarch64-apple-darwin",
    "macos-intel": "x86_64-apple-darwin",
}
"""Names of systems, and what uv calls each."""
PYTHONS = ("3.11", "3.12", "3.13")
SIDE_BY_SIDE = 6
"""Resolutions at a time; each waits for the index most of its time."""


@dataclass(frozen=True)
class Target:
    """A system and a version of Python; the first release of that version, since later ones fit where it does."""

    system: str
    python: str

    def __str__(self) -> str:
        return f"{self.system}, Python {self.python}.0"


class NotResolved(Exception):
    """A dependency has no version, or no wheel, that fits the pins on a target; the words are uv's."""


def resolved(target: Target, requirements: Path, *, pins: Path | None, extras: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the version of each package that a target installs, by its name. Raises NotResolved."""
    command = [
        *(uv(), "pip", "compile", str(requirements), "--quiet", "--no-header", "--no-annotate", "--no-config"),
        *("--only-binary", ":all:", "--python-platform", SYSTEMS[target.system]),
        *("--python-version", f"{target.python}.0", "--python", sys.executable),
        *(word for extra in extras for word in ("--extra", extra)),
        *(("--constraint", str(pins)) if pins else ()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=ROOT)
    if done.returncode:
        raise NotResolved(done.stderr.strip())
    found = (re.match(r"([\w.-]+)==([\w.+]+)", line) for line in done.stdout.splitlines())
    return {folded(match[1]): match[2] for match in found if match}


def uv() -> str:
    """Return the program of the extra `dev`, beside this interpreter."""
    return str(Path(sysconfig.get_path("scripts")) / ("uv.exe" if sys.platform == "win32" else "uv"))


def folded(name: str) -> str:
    """Return the name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).casefold()


def pinned() -> dict[str, set[str]]:
    """Return the pinned versions of each package; more than one where systems differ."""
    versions: dict[str, set[str]] = {}
    for line in PINS.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([\w.-]+)==([\w.]+)", line):
            versions.setdefault(folded(match[1]), set()).add(match[2])
    return versions


def targets() -> list[Target]:
    """Return every system with every version of Python."""
    return [Target(system, python) for python in PYTHONS for system in SYSTEMS]


def faults(target: Target) -> Iterator[str]:
    """Yield what is wrong for one target: not to be installed at all, or installed in a version that nobody chose."""
    try:
        installed = resolved(target, ROOT / "pyproject.toml", pins=PINS, extras=EXTRAS)
        if target.system == "windows":
            resolved(target, LOWEST, pins=None)
    except NotResolved as error:
        yield f"{target}: {error}"
        return
    pins = pinned()
    for name, version in sorted(installed.items()):
        if version not in pins.get(name, set()):
            yield f"{target}: {name} {version} is not pinned: add {name}=={version} to constraints.txt"


def main() -> int:
    """Check every target; the exit code."""
    with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
        told = [fault for found in pool.map(lambda target: list(faults(target)), targets()) for fault in found]
    print("\n".join(told) or f"the pins hold on {len(targets())} targets, each with a wheel of every package")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
