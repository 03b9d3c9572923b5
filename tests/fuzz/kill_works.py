"""Kills what writes to a home at random moments; ends with 1 when a home was not what it should be afterwards.

    python tests/fuzz/kill_works.py [--kills 60] [--only backup,prune] [--seed 1]

Each work is the real command in a process of its own, killed (SIGKILL) at a random moment after it has started. The
current snapshot must then open and hold every audit, and the same command, given again (and followed by a load where
that is what applies it), must leave the files that one leaves which nobody disturbed: same archive, lake, pages,
decisions, and the same rows in every table of the snapshots. No private file may be left, and no process of the killed
one may live on.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis import open_snapshot  # noqa: E402
from tests.city_files import exported, html_export, innovation, load, portal_list  # noqa: E402
from warehouse.build import audit_names, statements  # noqa: E402
from warehouse.home import Home  # noqa: E402
from warehouse.keeping.archive import unsealed  # noqa: E402
from warehouse.keeping.backup import back_up  # noqa: E402
from warehouse.keeping.leftovers import QUIET_S, clear_leftovers  # noqa: E402
from warehouse.snapshot import current_snapshot_id  # noqa: E402

SITE = """\
title: {id: Uji, en: Trial}
subtitle: {id: Uji, en: Trial}
front: contents
parts:
  - name: satu
    title: {id: Satu, en: One}
    notebook: city_index
    each:
      city: [bengkulu]
      edition: [2026]
    page: "{city}-{edition}"
    heading: {id: "{region}", en: "{region}"}
    subtitle: {id: Uji, en: Trial}
"""

CORRECTION = """\
[[correction]]
id = "uji"
city = "bengkulu"
edition = 2026
innovation = { number = "1" }
field = "claimed_score"
action = "replace"
value = "81.00"
expect = "70,00"
reason = "uji"
author = "uji"
date = 2026-08-11
"""

PRIVATE = ("**/.*.*", "**/.restore-*", "**/.parse-*", "**/.content")
"""How private files are named; those that people and other programs keep there are named in `KEPT`."""
KEPT = (".lab", ".jupyter", ".ipynb_checkpoints", ".gitignore")
MARK = "IGA_TRIAL_OF_KILLS"
"""The variable that ties every process to the trial that started it."""
VARYING = ("build.json", "status.json", "status.html", "index.html", "backups.json")
"""Files that tell the time or the place of a run."""


@dataclass(frozen=True)
class Work:
    """A command to be killed: what is made ready before, what is run again, and whether it may be left undone."""

    name: str
    prepare: Callable[[Home], list[str]]
    """makes the home ready; the arguments of the command"""
    is_repeated: bool = True
    """whether the same command is given again; where it is not, both the former and the later state are right"""
    is_followed_by_a_load: bool = True
    """whether a load comes afterwards, which applies what was decided; not where the work loads by itself"""


def run(*arguments: str, home: Home, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run an `iga` command to its end."""
    command = [sys.executable, "-P", "-m", "workbench.command", *arguments, "--home", str(home.root)]
    ran = subprocess.run(command, capture_output=True, text=True, env=_environment(), timeout=300, check=False)
    if check and ran.returncode not in (0, 5):
        raise AssertionError(f"{arguments}: exit {ran.returncode}: {ran.stderr[-1_000:]}")
    return ran


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "IGA_LANG": "en"}


def _put(home: Home, name: str, content: bytes) -> None:
    path = home.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _loaded(home: Home) -> None:
    _put(home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu"), exported("2", "Dua")))
    load(home)


def _build(home: Home) -> list[str]:
    _loaded(home)
    home.sites.mkdir(exist_ok=True)
    (home.sites / "kecil.yaml").write_text(SITE, encoding="utf-8")
    return ["report", "build", "kecil"]


def _schedule(home: Home) -> list[str]:
    _build(home)
    (home.root / "schedule.toml").write_text('sites = ["kecil"]\n', encoding="utf-8")
    _put(home, "magelang/2026/b.xlsx", portal_list(innovation("Tiga")))
    return ["schedule", "run"]


def _backup(home: Home) -> list[str]:
    _loaded(home)
    return ["backup", str(home.root.parent / "cadangan.tar.gz")]


def _restore(home: Home) -> list[str]:
    other = Home(home.root.parent / "other")
    _loaded(other)
    back_up(other, home.root.parent / "cadangan.tar.gz", datetime.now(tz=UTC))
    shutil.rmtree(other.root)
    return ["restore", str(home.root.parent / "cadangan.tar.gz")]


def _prune(home: Home) -> list[str]:
    _loaded(home)
    for number in range(3):
        _put(home, "magelang/2026/b.xlsx", portal_list(innovation(f"Inovasi {number}")))
        run("ingest", home=home)
    return ["snapshots", "prune", "--keep-newest", "1", "--keep-days", "0"]


def _undo(home: Home) -> list[str]:
    _loaded(home)
    _put(home, "magelang/2026/b.xlsx", portal_list(innovation("Tiga")))
    run("ingest", home=home)
    return ["undo", "--yes"]


def _identity(home: Home) -> list[str]:
    _loaded(home)
    title = "SIAP ANTAR: Sistem Antrean Puskesmas Keliling"
    _put(home, "bengkulu/2025/b.xls", html_export(exported("7", title)))
    _put(home, "bengkulu/2026/c.xlsx", portal_list(innovation(title.replace(" Keliling", ""))))
    run("ingest", home=home)
    proposals = run("identity", "propose", "--format", "csv", home=home).stdout.splitlines()
    place = proposals[0].split(",").index("proposal_id")
    return ["identity", "accept", proposals[1].split(",")[place], "--author", "uji", "--reason", "uji"]


def _correction(home: Home) -> list[str]:
    _loaded(home)
    home.corrections.mkdir(exist_ok=True)
    (home.corrections / "uji.toml").write_text(CORRECTION, encoding="utf-8")
    return ["ingest"]


WORKS = [
    Work("undo", _undo, is_repeated=False),
    Work("identity", _identity),
    Work("correction", _correction, is_followed_by_a_load=False),
    Work("prune", _prune),
    Work("backup", _backup, is_followed_by_a_load=False),
    Work("restore", _restore, is_followed_by_a_load=False),
    Work("build", _build, is_followed_by_a_load=False),
    Work("schedule", _schedule, is_followed_by_a_load=False),
]


def state_of(home: Home) -> dict[str, str]:
    """Every file that a work leaves by its hash, a snapshot by its rows; without what tells the time of a run."""
    found = {}
    for path in sorted(home.root.rglob("*")):
        name = path.relative_to(home.root).as_posix()
        is_kept = path.is_file() and not name.startswith(("runs/", "load.", "returns/")) and path.name not in VARYING
        if not is_kept or any(part.startswith(".") for part in path.relative_to(home.root).parts):
            continue
        if path.suffix == ".duckdb":
            found[name] = _rows_of(home, path.stem)
        elif path.name == "receipt.json":
            facts = unsealed(path.read_text(encoding="utf-8"))
            found[name] = str({**facts, "undone_on": bool(facts.get("undone_on"))})  # tells the moment
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _rows_of(home: Home, snapshot_id: str) -> str:
    with open_snapshot(snapshot_id, home.root) as snapshot:
        names = snapshot.sql(
            "select schema_name || '.' || table_name as name from duckdb_tables() where not internal order by name"
        )["name"]
        hashes = [snapshot.sql(f"select coalesce(bit_xor(hash(t)), 0) as h from {name} as t").item() for name in names]
        return str(hashes)


def _hold_sound(home: Home) -> list[str]:
    if current_snapshot_id(home) is None:
        return []
    with open_snapshot(home=home.root) as snapshot:
        return [name for name in audit_names() if snapshot.sql(statements(f"audits/{name}")).height]


def _left_over(home: Home) -> list[str]:
    places = [path for pattern in PRIVATE for path in home.root.parent.glob(pattern)]
    named = {path.relative_to(home.root.parent).as_posix() for path in places}
    return sorted(name for name in named if not any(part in KEPT for part in Path(name).parts))


def _clear_as_the_schedule_does(home: Home) -> None:
    """Let time pass, and clear what was begun beside a file of people: nobody else may be writing it by then."""
    for name in _left_over(home):
        begun = home.root.parent / name
        for path in (*begun.rglob("*"), begun) if begun.is_dir() else (begun,):
            os.utime(path, (path.stat().st_mtime - 2 * QUIET_S,) * 2)
    clear_leftovers(home)


def _living(mark: str) -> list[int]:
    """Return the processes that bear a trial's mark in the environment that they were started with.

    A kernel leads a session of its own, so that the session of the killed command would not find it.
    """
    living = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={mark}".encode() in environment.read_bytes().split(b"\0"):
                living.append(int(environment.parent.name))
        except OSError:
            continue  # it has just ended, or is another user's
    return living


def _command_of(pid: int) -> str:
    """Return the command and the state of a process, as the system tells them."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:2]
        return f"{pid} {words.strip()[:160]} (state {state[0]}, parent {state[1]})"
    except OSError:
        return f"{pid}, which has just ended"


class Trials:
    """The kills of one work."""

    def __init__(self, work: Work, folder: Path) -> None:
        self.work, self.folder = work, folder
        self.base = Home(folder / "base" / "home")
        self.base.root.parent.mkdir(parents=True)
        self.arguments = work.prepare(self.base)
        whole = self._copy("whole")
        started = time.perf_counter()
        run(*self._arguments_for(whole), home=whole)
        self.duration = time.perf_counter() - started
        self._finish(whole)
        self.right = [state_of(whole)]
        if not work.is_repeated:
            undone = self._copy("undone")
            self._finish(undone)
            self.right.append(state_of(undone))

    def _copy(self, name: str) -> Home:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.base.root.parent, self.folder / name)
        return Home(self.folder / name / "home")

    def _arguments_for(self, home: Home) -> list[str]:
        return [part.replace(str(self.base.root.parent), str(home.root.parent)) for part in self.arguments]

    def _finish(self, home: Home) -> None:
        """A load after the work: what it decided is applied, what a killed one left is removed."""
        if self.work.is_followed_by_a_load and home.archive.is_dir():
            run("ingest", home=home)

    def kill(self, seconds: float) -> tuple[bool, list[str]]:
        """Kill the work after some seconds; whether it still ran, and what is wrong."""
        home = self._copy("victim")
        command = [sys.executable, "-P", "-m", "workbench.command", *self._arguments_for(home), "--home"]
        process = subprocess.Popen(
            [*command, str(home.root)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment() | {MARK: (mark := secrets.token_hex(8))},
            start_new_session=True,
        )
        started = time.perf_counter()
        try:
            process.wait(seconds)
            was_killed = False
            # The machine has less to do than when it was timed: later kills shall fall into the work, not behind it.
            self.duration = min(self.duration, time.perf_counter() - started)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            was_killed = True
        faults = []
        until = time.monotonic() + 10
        while (living := _living(mark)) and time.monotonic() < until:
            time.sleep(0.1)
        if living:
            faults.append(f"{len(living)} process(es) live on: {'; '.join(_command_of(pid) for pid in living)}")
            for pid in living:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        try:
            faults += [f"the audit {name} of the snapshot that stands" for name in _hold_sound(home)]
            if self.work.is_repeated:
                ran = run(*self._arguments_for(home), home=home, check=False)
                # A command that had done its work before it was killed says so: what it makes is there.
                if ran.returncode not in (0, 5) and was_killed and not self._is_done(home):
                    faults.append(f"the next run ended with {ran.returncode}: {ran.stderr[-500:]}")
            self._finish(home)
            _clear_as_the_schedule_does(home)
            found = state_of(home)
        except Exception as error:
            return was_killed, [*faults, f"{type(error).__name__}: {error}"]
        if found not in self.right:
            names = found.keys() | self.right[0].keys()
            faults.append(f"other files: {sorted(n for n in names if found.get(n) != self.right[0].get(n))[:5]}")
        return was_killed, [*faults, *(f"left over: {name}" for name in _left_over(home))]

    def _is_done(self, home: Home) -> bool:
        return self.work.name in ("backup", "restore", "identity") and not _hold_sound(home)


@dataclass
class Tally:
    """What the kills of one work came to."""

    work: str
    seconds: float
    killed: int = 0
    tried: int = 0
    faults: list[str] = field(default_factory=list)


def kill_work(work: Work, kills: int, random: Random) -> Tally:
    """Kill a work so many times at random moments; a moment after its end counts as a trial only."""
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(work, Path(folder))
        tally = Tally(work.name, trials.duration)
        while tally.killed < kills and tally.tried < 3 * kills:
            seconds = random.uniform(0.15 * trials.duration, trials.duration)
            was_killed, faults = trials.kill(seconds)
            tally.killed += was_killed
            tally.tried += 1
            tally.faults += [f"after {seconds:.2f} s: {fault}" for fault in faults]
            print(f"{work.name} {tally.killed}/{tally.tried}: {faults or 'sound'}", file=sys.stderr, flush=True)
    return tally


def main() -> int:
    """Kill each work and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random, is_sound = Random(options.seed), True
    wanted = set(filter(None, options.only.split(",")))
    for work in WORKS:
        if wanted and work.name not in wanted:
            continue
        tally = kill_work(work, options.kills, random)
        print(
            f"{work.name}: {tally.killed} kills in {tally.tried} trials of {tally.seconds:.1f} s: "
            f"{len(tally.faults)} fault(s)"
        )
        for fault in tally.faults:
            print(f"  {fault}")
        sys.stdout.flush()
        is_sound &= not tally.faults and tally.killed >= options.kills
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
