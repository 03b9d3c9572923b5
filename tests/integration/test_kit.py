"""The kit for an office without internet: its scripts ask for none, and it installs in an empty environment."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPTS = ROOT / "tools" / "kit"
TOOL = ROOT / "tools" / "make_kit.py"


@pytest.mark.parametrize("name", ["pasang.cmd", "pasang.sh"])
def test_a_script_installs_from_the_kit_alone_and_without_administrator(name: str) -> None:
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    assert "--no-index" in text and "--find-links" in text and "-m venv" in text and "periksa.py" in text
    assert not [word for word in ("http", "powershell", "sudo", "runas", "curl") if word in text.casefold()]


def laid(folder: Path) -> Path:
    """A kit without wheels."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import make_kit; from pathlib import Path\n"
        "folder = Path(sys.argv[2]); folder.mkdir()\n"
        "make_kit._lay_files(folder, Path(sys.argv[3])); make_kit.write_sums(folder)\n"
    )
    installer = folder.parent / "python-3.13.9-amd64.exe"
    installer.write_bytes(b"an installer")
    command = [sys.executable, "-c", program, str(TOOL.parent), str(folder), str(installer)]
    subprocess.run(command, check=True)
    return folder


def test_its_files_are_checked_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    kit = laid(tmp_path / "kit with spaces")
    check = [sys.executable, str(kit / "periksa.py")]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    told = (kit / "BACA-SAYA.txt").read_text(encoding="utf-8")
    assert hashlib.sha256(b"an installer").hexdigest() in told and "@" not in told.replace("@echo", "")
    assert b"\r\n" in (kit / "pasang.cmd").read_bytes() and b"\r" not in (kit / "pasang.sh").read_bytes()
    (kit / "constraints.txt").write_text("", encoding="utf-8")
    (kit / "docs" / "windows.md").unlink()
    done = subprocess.run(check, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1 and "constraints.txt" in done.stdout and "docs/windows.md" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the network is taken away by a namespace of Linux")
def test_it_installs_and_loads_the_example_without_any_network(tmp_path: Path) -> None:
    kit = tmp_path / "kit with spaces"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run([sys.executable, str(TOOL), str(kit), "--systems", "linux", "--python", python], check=True)
    user = tmp_path / "user"
    user.mkdir()
    environment = {"HOME": str(user), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    alone = ["unshare", "-rn"]
    installed = subprocess.run(
        [*alone, "sh", str(kit / "pasang.sh")], env=environment, capture_output=True, text=True, check=False, cwd=user
    )
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert (user / ".local/share/applications/iga-workbench.desktop").is_file()
    shutil.copytree(kit / "contoh", user / "IGA-Workbench" / "inbox")
    iga = str(user / ".local/share/iga-workbench/bin/iga")
    for command in (["ingest"], ["index"], ["report", "build", "three_cities", "--only", "magelang-2026"]):
        done = subprocess.run(
            [*alone, iga, *command, "--home", str(user / "IGA-Workbench")],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=user,
        )
        assert done.returncode == 0, done.stdout + done.stderr
