"""Write a folder for a USB stick that installs IGA Workbench in an office without internet.

python tools/make_kit.py FOLDER                                     Windows, Linux and macOS, Python 3.11 to 3.13
python tools/make_kit.py FOLDER --systems windows --python 3.13     what one office needs
python tools/make_kit.py FOLDER --python-installer python-3.13.x-amd64.exe

It holds every wheel of the pinned versions, the installing scripts of tools/kit, the example, the pages on Windows and
on the first steps, and SHA256SUMS. Made on a machine with internet, with the extra `dev` installed.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from platform_pins import PINS, PYTHONS, ROOT, SYSTEMS, NotResolved, Target, resolved

SCRIPTS = Path(__file__).resolve().parent / "kit"
PAGES = ("windows.md", "tutorial.md", "inbox.md")
SUMS = "SHA256SUMS"
TAGS = {
    "windows": ("win_amd64",),
    "linux": (*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)), "manylinux2014_x86_64", "linux_x86_64"),
    "macos-arm": ("macosx_14_0_arm64",),
    "macos-intel": ("macosx_14_0_x86_64",),
}
"""What pip calls the wheels that run on each system."""


def main(words: Sequence[str]) -> int:
    """Make the kit; the exit code."""
    asked = _asked(words)
    folder: Path = asked.folder
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} is not empty: name a new folder")
        return 2
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    try:
        for python in asked.python:
            for system in asked.systems:
                _download(Target(system, python), wheels)
    except (NotResolved, subprocess.CalledProcessError) as error:
        print(f"the kit is not whole: {error}")
        return 1
    subprocess.run(_pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)), check=True)
    _lay_files(folder, asked.python_installer)
    write_sums(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {sum(1 for _ in wheels.iterdir())} wheels, {size / 1e6:,.0f} MB")
    return 0


def _asked(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a new folder, or an empty one")
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--python", nargs="+", choices=PYTHONS, default=list(PYTHONS))
    parser.add_argument("--python-installer", type=Path, help="the official installer, downloaded by hand")
    return parser.parse_args(words)


def _pip(*words: str) -> list[str]:
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]


def _download(target: Target, wheels: Path) -> None:
    """Add the wheels of one target. Raises NotResolved, CalledProcessError."""
    print(target, flush=True)
    versions = resolved(target, ROOT / "pyproject.toml", pins=PINS)
    with tempfile.TemporaryDirectory() as private:
        wanted = Path(private) / "wanted.txt"
        wanted.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()), encoding="utf-8")
        tags = [word for tag in TAGS[target.system] for word in ("--platform", tag)]
        fitting = ("--only-binary=:all:", "--implementation", "cp", "--python-version", target.python, *tags)
        # Without dependencies: pip would choose them by the markers of the machine that it runs on.
        command = _pip("download", "--quiet", "--no-deps", *fitting, "--dest", str(wheels), "-r", str(wanted))
        subprocess.run(command, check=True)


def _lay_files(folder: Path, installer: Path | None) -> None:
    """Lay what is no wheel: scripts, pins, example, pages and, if it was given, the installer of Python."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    for path in sorted(SCRIPTS.iterdir()):
        lay_script(path, folder, version, _told_of_installer(installer))
    shutil.copy(PINS, folder / "constraints.txt")
    shutil.copytree(ROOT / "examples" / "inbox", folder / "contoh")
    (folder / "docs").mkdir()
    for page in PAGES:
        shutil.copy(ROOT / "docs" / page, folder / "docs" / page)
    if installer is not None:
        (folder / "python").mkdir()
        shutil.copy(installer, folder / "python" / installer.name)


def lay_script(path: Path, folder: Path, version: str, told_of_installer: str) -> None:
    """Lay a file of tools/kit with its version, with the line ends that its system reads."""
    text = path.read_text(encoding="utf-8").replace("@VERSION@", version).replace("@INSTALLER@", told_of_installer)
    line_end = "\n" if path.suffix in {".sh", ".py"} else "\r\n"
    target = folder / path.name
    target.write_bytes(text.replace("\n", line_end).encode())
    if path.suffix == ".sh":
        target.chmod(0o755)


def _told_of_installer(installer: Path | None) -> str:
    if installer is None:
        return "python-3.13.x-amd64.exe (belum ada di kit ini / not in this kit)\n   SHA-256: ______________________"
    return f"python/{installer.name}\n   SHA-256: {_hash(installer)}"


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS over all files of a kit, in the form that sha256sum reads."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [f"{_hash(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
