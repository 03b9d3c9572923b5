"""Each work that writes to a home is killed at random moments: `tests/fuzz/kill_works.py`, sixty times or a few."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.fuzz.kill_works import WORKS, kill_work

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what lives on is asked of /proc")


@pytest.mark.parametrize("name", ["backup", "restore"])
def test_a_work_that_is_killed_costs_the_next_run_nothing(name: str) -> None:
    [work] = [work for work in WORKS if work.name == name]
    tally = kill_work(work, 1, random.Random(1))
    assert tally.faults == []
    assert tally.tried


@pytest.mark.slow
@pytest.mark.parametrize("name", [work.name for work in WORKS])
def test_sixty_kills_of_each_work(name: str) -> None:
    command = [sys.executable, str(ROOT / "tests" / "fuzz" / "kill_works.py"), "--kills", "60", "--only", name]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
