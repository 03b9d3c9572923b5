"""Kills loads at random moments and at each step, and reads while others publish; ends with 1 when anything went wrong.

    python tests/fuzz/kill_load.py [--kills 200] [--publishes 20] [--readers 8] [--seed 1]

After each kill the current snapshot must open and hold every audit, and the next load must give the same snapshot as
one that nobody disturbed. Readers must never meet an error. Processes are forked from this one, which starts no thread.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import etl.lake  # noqa: E402
import etl.publish  # noqa: E402
import etl.receipt  # noqa: E402
import warehouse.build  # noqa: E402
from tests.city_files import innovation, portal_list  # noqa: E402
from warehouse import open_snapshot  # noqa: E402
from warehouse.home import Home  # noqa: E402
from warehouse.snapshot import current_snapshot_id  # noqa: E402

TODAY = date(2026, 8, 10)
STEPS = {
    "archive a file": (etl.receipt, "_keep_content"),
    "receive a file": (etl.receipt, "_keep"),
    "name a receipt": (etl.receipt, "write_atomically"),
    "identify the inputs": (etl.publish, "_identity"),
    "parse a file": (etl.lake, "_parse"),
    "keep a parse": (etl.lake, "_store"),
    "resolve the seasons": (etl.publish, "tables_of"),
    "score": (etl.publish, "_with_index"),
    "build": (warehouse.build, "_write"),
    "fill a table": (warehouse.build, "_insert"),
    "audit": (warehouse.build, "_audit"),
    "flush": (warehouse.build, "_flush"),
    "publish": (etl.publish, "publish"),
    "point": (etl.publish, "point_to"),
    "replace the pointer": (warehouse.build, "write_atomically"),
}
"""Step -> the function of it; a process is killed before and after each."""
REPEATED = ("archive a file", "receive a file", "name a receipt", "parse a file", "keep a parse", "fill a table")
"""Steps that a load takes several times; it is killed at the second one too."""


def main() -> int:
    """Run both trials and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        killed = _kill_loads(Path(folder), options.kills, Random(options.seed)) if options.kills else True
        read = _read_while_publishing(Path(folder), options.publishes, options.readers) if options.publishes else True
    return 0 if killed and read else 1


def _put(home: Home, number: int) -> None:
    folder = home.inbox / "bengkulu" / "2026"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [innovation(f"Inovasi {number} {place}", 50 + place % 40) for place in range(12)]
    (folder / f"daftar-{number}.xlsx").write_bytes(portal_list(*rows))
    entries = [f'[[file]]\nname = "daftar-{one}.xlsx"\ncoverage = "partial"\n' for one in range(number + 1)]
    (folder / "receipt.toml").write_text("".join(entries), encoding="utf-8")


def _forked(work: Callable[[], None]) -> int:
    """The id of a process that does the work and ends with 0, or with 1 and its traceback."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 0
    try:
        work()
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)


def _ended(child: int) -> int:
    """How a process ended: its exit code, or the negative number of the signal."""
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status)


def _load(home: Home) -> None:
    etl.publish.ingest(home, today=TODAY)


def _load_and_die(home: Home, step: str, call: int, *, is_before: bool) -> None:
    """A load that kills itself before or after the given call of a step."""
    module, name = STEPS[step]
    done = getattr(module, name)
    calls = 0

    def stepping(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call and is_before:
            os.kill(os.getpid(), signal.SIGKILL)
        found = done(*arguments, **options)
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(module, name, stepping)
    _load(home)


def _check(home: Home, allowed: set[str]) -> None:
    """The current snapshot is one of those allowed, opens, and holds every audit."""
    if current_snapshot_id(home) not in allowed:
        raise AssertionError(f"the pointer names {current_snapshot_id(home)}, not one of {allowed}")
    with open_snapshot(home=home.root) as snapshot:
        for name in warehouse.build.audit_names():
            if snapshot.sql(warehouse.build.statements(f"audits/{name}")).height:
                raise AssertionError(f"audit {name} has rows")


def _kill_loads(folder: Path, kills: int, random: Random) -> bool:
    base, whole = Home(folder / "base"), Home(folder / "whole")
    base.create()
    _put(base, 0)
    assert _ended(_forked(lambda: _load(base))) == 0
    before = str(current_snapshot_id(base))
    _put(base, 1)
    _put(base, 2)
    shutil.copytree(base.root, whole.root)
    started = time.perf_counter()
    assert _ended(_forked(lambda: _load(whole))) == 0
    duration = time.perf_counter() - started
    after = str(current_snapshot_id(whole))
    at_steps = [(step, 1, is_before) for step in STEPS for is_before in (True, False)]
    at_steps += [(step, 2, is_before) for step in REPEATED for is_before in (True, False)]
    random.shuffle(at_steps)
    victim = Home(folder / "victim")
    faults: list[str] = []
    died = left = number = 0
    # A load that had ended before it could be killed does not count.
    while died < kills and number < 4 * kills:
        shutil.rmtree(victim.root, ignore_errors=True)
        shutil.copytree(base.root, victim.root)
        if number % 2:
            told, was_killed = _killed_at(victim, *at_steps[number // 2 % len(at_steps)])
        else:
            told, was_killed = _killed_after(victim, random.uniform(0, duration))
        died += was_killed
        left += len(_left_over(victim))
        faults += [f"{told}: {fault}" for fault in _faults_after(victim, before, after)]
        number += 1
    print(f"{died} kills of running loads in {number} trials, {left} private files left and removed", end=": ")
    print(f"{len(faults)} fault(s)")
    print("\n".join(faults))
    return not faults and died == kills


def _killed_at(home: Home, step: str, call: int, is_before: bool) -> tuple[str, bool]:
    child = _forked(lambda: _load_and_die(home, step, call, is_before=is_before))
    return f"{'before' if is_before else 'after'} call {call} of {step}", _ended(child) == -signal.SIGKILL


def _killed_after(home: Home, seconds: float) -> tuple[str, bool]:
    child = _forked(lambda: _load(home))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return f"after {seconds:.3f} s", _ended(child) == -signal.SIGKILL


def _faults_after(home: Home, before: str, after: str) -> list[str]:
    """What is wrong after a kill: with the snapshot that stands, with the next load, or with what lies about."""
    found = []
    if _ended(_forked(lambda: _check(home, {before, after}))):
        found.append("the snapshot does not stand")
    if _ended(_forked(lambda: _load(home))) or current_snapshot_id(home) != after:
        found.append(f"the next load gives {current_snapshot_id(home)} instead of {after}")
    elif _ended(_forked(lambda: _check(home, {after}))):
        found.append("the next snapshot does not stand")
    if _left_over(home):
        found.append("private files are left over")
    return found


def _left_over(home: Home) -> list[Path]:
    return [path for pattern in warehouse.build.LEFTOVERS for path in home.root.glob(pattern)]


def _read_on(home: Home, until: Path, log: Path) -> None:
    """Open the current snapshot again and again, and keep one open all the time."""
    seen: set[str] = set()
    count = 0
    with open_snapshot(home=home.root) as first:
        rows = first.sql("select count(*) as n from submission")["n"][0]
        while not until.exists():
            with open_snapshot(home=home.root) as snapshot:
                found = snapshot.sql("select count(*) as n from submission")["n"][0]
                assert found % 12 == 0
                seen.add(snapshot.snapshot_id)
            assert first.sql("select count(*) as n from submission")["n"][0] == rows
            count += 1
    log.write_text(f"{count} {len(seen)}", encoding="utf-8")


def _read_while_publishing(folder: Path, publishes: int, readers: int) -> bool:
    home, until = Home(folder / "busy"), folder / "done"
    home.create()
    _put(home, 0)
    assert _ended(_forked(lambda: _load(home))) == 0
    logs = [folder / f"reader-{number}" for number in range(readers)]
    children = [_forked(lambda log=log: _read_on(home, until, log)) for log in logs]
    failed = 0
    for number in range(1, publishes + 1):
        _put(home, number)
        failed += _ended(_forked(lambda: _load(home))) != 0
    until.touch()
    errors = sum(_ended(child) != 0 for child in children)
    counts = [tuple(map(int, log.read_text(encoding="utf-8").split())) for log in logs if log.exists()]
    opened, most = sum(count for count, _ in counts), max((seen for _, seen in counts), default=0)
    print(f"{readers} readers during {publishes} publishes: {opened} openings, up to {most} snapshots seen by one")
    print(f"{errors} reader(s) failed, {failed} load(s) failed")
    return not errors and not failed and len(counts) == readers


if __name__ == "__main__":
    sys.exit(main())
