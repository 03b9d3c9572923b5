"""A disk that fails at its n-th step, and a power cut at each step: the old state stands, the next run makes it good.

Every step of a load, a publication and a backup is failed in the slow tests, a sample of them in the others.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis import open_snapshot
from tests.city_files import exported, html_export, innovation, load, portal_list, put
from tests.failing_disk import FailingDisk, LosingDisk, PowerCut, in_place_of_the_disk, steps_of
from warehouse.build import audit_names, statements
from warehouse.home import Home
from warehouse.keeping.backup import back_up, restore
from warehouse.snapshot import current_snapshot_id

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)
Work = Callable[[Home], object]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a published file and two that have come since."""
    home = Home(tmp_path_factory.mktemp("base") / "home")
    put(home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu"), exported("2", "Dua")))
    load(home)
    put(home, "magelang/2026/b.xlsx", portal_list(innovation("Tiga"), innovation("Empat")))
    put(home, "bengkulu/2026/c.xls", html_export(exported("1", "Satu", "80,00"), exported("2", "Dua")))
    return home


def back_up_beside(home: Home) -> object:
    """Back a home up, in place of the backup of that name."""
    target = home.root.parent / "cadangan.tar.gz"
    target.unlink(missing_ok=True)
    return back_up(home, target, NOW)


def load_home(home: Home) -> object:
    """Load the inbox of a home."""
    return load(home)


WORKS: dict[str, Work] = {"load": load_home, "backup": back_up_beside}


def state_of(home: Home) -> dict[str, str]:
    """Every file of a home and beside it by its hash, a snapshot by the rows of its tables; without locks."""
    found = {}
    for path in sorted(home.root.parent.rglob("*")):
        name = path.relative_to(home.root.parent).as_posix()
        if not path.is_file() or path == home.lock or name.startswith("aside/"):
            continue
        # The list of backups, and what was begun of it: `clear_leftovers` takes that away when it has been quiet.
        if path.name == "backups.json" or path.name.startswith(".backups.json."):
            continue
        if path.suffix == ".duckdb":
            found[name] = rows_of(home, path.stem)
        elif path.name != "cadangan.tar.gz":  # holds the snapshot file, whose unused bytes differ
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def rows_of(home: Home, snapshot_id: str) -> str:
    """A hash of every row of every table of a snapshot."""
    with open_snapshot(snapshot_id, home.root) as snapshot:
        names = snapshot.sql(
            "select schema_name || '.' || table_name as name from duckdb_tables() where not internal order by name"
        )["name"]
        hashes = [snapshot.sql(f"select coalesce(bit_xor(hash(t)), 0) as h from {name} as t").item() for name in names]
        return str(hashes)


def hold_sound(home: Home, allowed: set[str | None]) -> None:
    """The pointer names a snapshot of before or of afterwards, and it holds every audit."""
    current = current_snapshot_id(home)
    assert current in allowed
    with open_snapshot(home=home.root) as snapshot:
        assert [name for name in audit_names() if snapshot.sql(statements(f"audits/{name}")).height] == []
    copy = home.root.parent / "cadangan.tar.gz"
    if copy.exists():  # what bears its name is whole
        restore(copy, Home(home.root.parent / "aside" / "laid-back"))
        shutil.rmtree(home.root.parent / "aside")


def copied(base: Home, place: Path) -> Home:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(base.root, place / "home")
    return Home(place / "home")


class Trial:
    """One work on copies of a home: undisturbed, and with a fault at a step of it."""

    def __init__(self, name: str, base: Home, place: Path) -> None:
        self.work, self.base, self.place = WORKS[name], base, place
        home = copied(base, place / "whole")
        self.before = current_snapshot_id(home)
        self.steps = steps_of(lambda: self.work(home))
        self.after = current_snapshot_id(home)
        self.state = state_of(home)

    def fail_at(self, step: int, code: int, *, for_good: bool) -> None:
        """Fail one step: the old state or the new one stands, and the next run gives the undisturbed one."""
        home = copied(self.base, self.place / "failed")
        with in_place_of_the_disk(FailingDisk(step, code, for_good)):
            try:
                self.work(home)
            except Exception as error:
                assert not isinstance(error, (AssertionError, KeyError, TypeError)), f"step {step}: {error!r}"
        hold_sound(home, {self.before, self.after})
        self.work(home)
        assert state_of(home) == self.state, f"after a fault at step {step}: {self.steps[step - 1]}"

    def cut_at(self, step: int) -> None:
        """Cut the power before a step: what was not synced is lost, and the next run gives the undisturbed state."""
        home = copied(self.base, self.place / "cut")
        (self.place / "kept").mkdir(exist_ok=True)
        losing = LosingDisk(home.root.parent, self.place / "kept", step)
        with in_place_of_the_disk(losing), pytest.raises(PowerCut):
            self.work(home)
        lost = losing.lose()
        hold_sound(home, {self.before, self.after})
        self.work(home)
        found = state_of(home)
        wrong = {name for name in found.keys() | self.state.keys() if found.get(name) != self.state.get(name)}
        assert not wrong, f"after a cut at step {step}: {self.steps[step - 1]}; lost {lost}"


def sample(count: int, wanted: int) -> Iterator[int]:
    """Steps from the first to the last, as many as are wanted."""
    step = max(1, count // wanted)
    yield from range(1, count + 1, step)


@pytest.mark.parametrize("name", WORKS)
def test_a_fault_at_a_step_leaves_the_old_state_and_costs_the_next_run_nothing(
    name: str, base: Home, tmp_path: Path
) -> None:
    trial = Trial(name, base, tmp_path)
    for step in sample(len(trial.steps), 4):
        trial.fail_at(step, errno.EIO, for_good=False)


@pytest.mark.parametrize("name", WORKS)
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are told by /proc")
def test_a_power_cut_at_a_step_costs_the_next_run_nothing(name: str, base: Home, tmp_path: Path) -> None:
    trial = Trial(name, base, tmp_path)
    for step in sample(len(trial.steps), 4):
        trial.cut_at(step)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
@pytest.mark.parametrize(("code", "for_good"), [(errno.EIO, False), (errno.ENOSPC, True)], ids=["once", "disk-full"])
def test_a_fault_at_every_step(name: str, code: int, for_good: bool, base: Home, tmp_path: Path) -> None:
    trial = Trial(name, base, tmp_path)
    for step in range(1, len(trial.steps) + 1):
        trial.fail_at(step, code, for_good=for_good)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are told by /proc")
def test_a_power_cut_at_every_step(name: str, base: Home, tmp_path: Path) -> None:
    trial = Trial(name, base, tmp_path)
    for step in range(1, len(trial.steps) + 1):
        trial.cut_at(step)
