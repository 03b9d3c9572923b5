"""A page without anything replaced in other libraries: the same bytes, and `build.json` says what was left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports.library_patches import PATCHES, SWITCH
from tests.conftest import ROOT

pytestmark = pytest.mark.demo

PAGE = "magelang-2024"


def test_a_report_is_the_same_without_any_patch(demo_home: Path, tmp_path: Path) -> None:
    facts = {}
    for switch in ("0", "1"):
        home = tmp_path / f"home{switch}"
        home.mkdir()
        for name in ("snapshots", "archive", "lake"):
            (home / name).symlink_to(demo_home / name)
        (home / "current.json").write_bytes((demo_home / "current.json").read_bytes())
        command = ["-m", "workbench.command", "report", "build", "three_cities", "--only", PAGE, "--lang", "id"]
        around = {**os.environ, SWITCH: switch, "PYTHONPATH": str(ROOT), "IGA_HOME": str(home)}
        ran = subprocess.run([sys.executable, *command], env=around, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        facts[switch] = json.loads((home / "reports" / "three_cities" / "build.json").read_text(encoding="utf-8"))
    quick, plain = facts["0"], facts["1"]
    assert quick["reports"] == plain["reports"]  # each file with its hash
    assert {record["page"] for record in plain["reports"]} == {PAGE} and plain["reports"][0]["files"]
    assert "plain_libraries" not in quick
    assert set(plain["plain_libraries"]) == set(PATCHES)
