"""A disk that fails at its n-th step, and a power cut at each step: the old state stands, the next run makes it good.

Every step of a load with its publication, a backup, a restore and a build of a site is failed in the slow tests, a
sample of them in the others.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from analysis import open_snapshot
from reports.run.notebook import run_notebook
from reports.site import site_builder
from reports.site.build_facts import BUILD_FACTS
from reports.site.folder import restore as mend_site
from reports.site.reading_aids import SEARCH_PAGE
from reports.site.site_builder import FRONT_PAGE, build_site
from tests.city_files import exported, html_export, innovation, load, portal_list, put
from tests.failing_disk import FailingDisk, LosingDisk, PowerCut, in_place_of_the_disk, steps_of
from warehouse.build import audit_names, statements
from warehouse.home import Home, sha256_of
from warehouse.keeping import leftovers
from warehouse.keeping.backup import back_up, restore
from warehouse.snapshot import current_snapshot_id

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)
BACKUP = "cadangan.tar.gz"
SITE = """\
title: {id: Uji, en: Trial}
subtitle: {id: Uji, en: Trial}
front: contents
languages: [id]
parts:
  - name: satu
    title: {id: Satu, en: One}
    notebook: city_index
    each: {city: [bengkulu], edition: [2026]}
    page: "{city}-{edition}"
    heading: {id: "{region}", en: "{region}"}
    subtitle: {id: Uji, en: Trial}
"""


class NoConverter:
    """Stands for the process that draws charts, where none are drawn."""

    environment: ClassVar[dict[str, str]] = {}

    def __enter__(self) -> NoConverter:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def serving_here(self) -> AbstractContextManager[None]:
        """Serve nobody."""
        return nullcontext()


@dataclass(frozen=True)
class Work:
    """What writes to a home: how the home is made ready for it on a disk without faults, and what is done."""

    do: Callable[[Home], object]
    prepare: Callable[[Home], object] = lambda _: None


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a published file, a site of it, and two files that have come since; each notebook is run once."""
    home = Home(tmp_path_factory.mktemp("base") / "home")
    put(home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu"), exported("2", "Dua")))
    home.sites.mkdir(parents=True)
    (home.sites / "kecil.yaml").write_text(SITE, encoding="utf-8")
    load(home)
    executed: dict[str, object] = {}

    def run_once(name: str, parameters: dict[str, object], **options: object) -> object:
        key = f"{name} {sorted(parameters.items())}"
        if key not in executed:
            executed[key] = run_notebook(name, parameters, **options)  # type: ignore[arg-type]
        return executed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_builder, "run_notebook", run_once)
        build(home)
        # No kernel starts any more, and this site's front page has no charts.
        patch.setattr(site_builder, "warm", lambda: None)
        patch.setattr(site_builder, "Converter", NoConverter)
        put(home, "magelang/2026/b.xlsx", portal_list(innovation("Tiga"), innovation("Empat")))
        put(home, "bengkulu/2026/c.xls", html_export(exported("1", "Satu", "80,00"), exported("2", "Dua")))
        yield home


def back_up_beside(home: Home) -> object:
    """Back a home up, in place of the backup of that name."""
    target = home.root.parent / BACKUP
    target.unlink(missing_ok=True)
    return back_up(home, target, NOW)


def leave_a_backup_only(home: Home) -> object:
    """Back a home up and take the home away."""
    back_up_beside(home)
    shutil.rmtree(home.root)
    return None


def lay_back(home: Home) -> object:
    """Restore a home, unless all of it is there already."""
    return None if home.pointer.exists() else restore(home.root.parent / BACKUP, home)


def build(home: Home) -> object:
    """Build the site of a home; a page that fails is a fault."""
    return build_site("kecil", home=home.root, jobs=1, now=NOW)


WORKS: dict[str, Work] = {
    "load": Work(load),
    "backup": Work(back_up_beside),
    "restore": Work(lay_back, leave_a_backup_only),
    "build": Work(build, load),
}


def state_of(home: Home) -> dict[str, str]:
    """Every file of a home and beside it by its hash, a snapshot by the rows of its tables; without locks."""
    found = {}
    for path in sorted(home.root.parent.rglob("*")):
        name = path.relative_to(home.root.parent).as_posix()
        if not path.is_file() or path.suffix == ".lock" or name.startswith("aside/"):
            continue
        # The list of backups, and what was begun of it: `clear_leftovers` takes that away when it has been quiet.
        if path.name == "backups.json" or path.name.startswith(".backups.json."):
            continue
        if path.suffix == ".duckdb":
            found[name] = rows_of(home, path.stem)
        elif path.name == BUILD_FACTS:
            facts = {key: told for key, told in json.loads(path.read_bytes()).items() if key != "durations"}
            found[name] = json.dumps(facts, sort_keys=True)
        elif path.name != BACKUP:  # holds the snapshot file, whose unused bytes differ
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def rows_of(home: Home, snapshot_id: str) -> str:
    """A hash of every row of every table of a snapshot, which holds every audit."""
    sha256 = sha256_of(home.snapshots / f"{snapshot_id}.duckdb")
    if sha256 not in known_rows:
        known_rows[sha256] = rows_read(home, snapshot_id)
    return known_rows[sha256]


known_rows: dict[str, str] = {}
"""What snapshot files hold, by the hash of the file: most of them are copies of one."""


def rows_read(home: Home, snapshot_id: str) -> str:
    with open_snapshot(snapshot_id, home.root) as snapshot:
        assert [name for name in audit_names() if snapshot.sql(statements(f"audits/{name}")).height] == []
        names = snapshot.sql(
            "select schema_name || '.' || table_name as name from duckdb_tables() where not internal order by name"
        )["name"]
        hashes = [snapshot.sql(f"select coalesce(bit_xor(hash(t)), 0) as h from {name} as t").item() for name in names]
        return str(hashes)


def pages_of(home: Home) -> dict[str, bytes]:
    """The pages of the site, where it stands or lies put aside in the middle of a swap."""
    mend_site(home.reports / "kecil")
    return {path.name: path.read_bytes() for path in (home.reports / "kecil").glob("*.html")}


def hold_sound(home: Home, allowed: set[str | None]) -> None:
    """The pointer names a snapshot of before or of afterwards, and it holds every audit; a backup can be laid back."""
    current = current_snapshot_id(home)
    assert current in allowed
    if current is not None:
        assert rows_of(home, current)
    copy = home.root.parent / BACKUP
    if copy.exists():  # what bears its name is whole
        restore(copy, Home(home.root.parent / "aside" / "laid-back"))
        shutil.rmtree(home.root.parent / "aside")


def copied(base: Home, place: Path) -> Home:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(base.root.parent, place)
    return Home(place / "home")


class Trial:
    """One work on copies of a home: undisturbed, and with a fault at a step of it."""

    def __init__(self, name: str, base: Home, place: Path) -> None:
        self.work, self.place = WORKS[name], place
        self.base = copied(base, place / "base")
        self.work.prepare(self.base)
        home = copied(self.base, place / "whole")
        self.before, self.pages_before = current_snapshot_id(home), pages_of(home)
        self.steps = steps_of(lambda: self.work.do(home))
        self.after, self.pages_after = current_snapshot_id(home), pages_of(home)
        self.state = state_of(home)

    def fail_at(self, step: int, code: int, *, for_good: bool) -> None:
        """Fail one step: the old state or the new one stands, and the next run gives the undisturbed one."""
        home = copied(self.base, self.place / "failed")
        with in_place_of_the_disk(FailingDisk(step, code, for_good)):
            try:
                self.work.do(home)
            except Exception as error:
                assert not isinstance(error, (AssertionError, KeyError, TypeError)), f"step {step}: {error!r}"
        self._hold(home, f"after a fault at step {step}: {self.steps[step - 1]}", is_told_on_the_front_page=True)

    def cut_at(self, step: int) -> None:
        """Cut the power before a step: what was not synced is lost, and the next run gives the undisturbed state."""
        home = copied(self.base, self.place / "cut")
        (self.place / "kept").mkdir(exist_ok=True)
        losing = LosingDisk(home.root.parent, self.place / "kept", step)
        with in_place_of_the_disk(losing), pytest.raises(PowerCut):
            self.work.do(home)
        lost = losing.lose()
        self._hold(home, f"after a cut at step {step}: {self.steps[step - 1]}; lost {lost}")

    def _hold(self, home: Home, where: str, *, is_told_on_the_front_page: bool = False) -> None:
        hold_sound(home, {self.before, self.after})
        self._hold_pages(home, where, is_told_on_the_front_page=is_told_on_the_front_page)
        self.work.do(home)
        leftovers.clear_leftovers(home)  # as the next run of the schedule does
        found = state_of(home)
        wrong = {name for name in found.keys() | self.state.keys() if found.get(name) != self.state.get(name)}
        assert not wrong, where

    def _hold_pages(self, home: Home, where: str, *, is_told_on_the_front_page: bool) -> None:
        """Every page that stood stands, as it was or new; the front page may tell of the fault."""
        pages = pages_of(home)
        assert pages.keys() in (self.pages_before.keys(), self.pages_after.keys()), where
        for name, content in pages.items():
            is_old_or_new = content in (self.pages_before.get(name), self.pages_after.get(name))
            # The front page and that of search are about all pages: with one that is kept they are neither.
            is_about_all = name in (FRONT_PAGE, SEARCH_PAGE)
            assert is_old_or_new or (is_about_all and is_told_on_the_front_page and content), f"{name} {where}"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was begun count as left over as soon as the process that began it has failed."""
    monkeypatch.setattr(leftovers, "QUIET_S", 0)


def sample(count: int, wanted: int) -> list[int]:
    """Steps from the first to the last, as many as are wanted."""
    return sorted({1 + round(place * (count - 1) / (wanted - 1)) for place in range(wanted)})


HAS_PROC = Path("/proc/self/fd").is_dir()
"""Whether the system tells which file is behind a number: the disk that loses must know what is synced."""


@pytest.mark.parametrize("name", WORKS)
def test_a_step_that_fails_leaves_the_old_state_and_costs_the_next_run_nothing(
    name: str, base: Home, tmp_path: Path
) -> None:
    trial = Trial(name, base, tmp_path)
    for place, step in enumerate(sample(len(trial.steps), 4)):
        if place % 2 == 0:
            trial.fail_at(step, errno.EIO, for_good=False)
        elif HAS_PROC:
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
@pytest.mark.skipif(not HAS_PROC, reason="open files are told by /proc")
def test_a_power_cut_at_every_step(name: str, base: Home, tmp_path: Path) -> None:
    trial = Trial(name, base, tmp_path)
    for step in range(1, len(trial.steps) + 1):
        trial.cut_at(step)
