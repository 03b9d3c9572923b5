"""Kills loads at random moments and at each step, and reads while others publish; ends with 1 when anything went wrong.

    python tests/fuzz/kill_load.py [--kills 200] [--publishes 20] [--readers 8] [--seed 1]

After each kill the current snapshot must open and hold every audit, and the next load must give the same snapshot as
one that nobody disturbed: the same name, and the same rows in every table. Readers must never meet an error. What
differs is told by name. Progress goes to stderr; a run that is cut short (Ctrl+C, SIGTERM) tells how far it came and
ends with 3. It ends with 2 where the code was changed meanwhile, since snapshots are named by the code, too.

Processes are forked from this one, which starts no thread.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import etl.lake  # noqa: E402
import etl.publish  # noqa: E402
import etl.receipt  # noqa: E402
import warehouse.build  # noqa: E402
import warehouse.disk  # noqa: E402
import warehouse.lock  # noqa: E402
from analysis import open_snapshot  # noqa: E402
from etl.load_code import load_code  # noqa: E402
from tests.city_files import innovation, portal_list  # noqa: E402
from warehouse.home import Home  # noqa: E402
from warehouse.snapshot import current_snapshot_id  # noqa: E402

TODAY = date(2026, 8, 10)
STEPS = {
    "archive a file": (etl.receipt, "_keep_content"),
    "receive a file": (etl.receipt, "_keep"),
    "identify the inputs": (etl.publish, "_identity"),
    "parse a file": (etl.lake, "_parsed"),
    "keep a parse": (etl.lake, "_store"),
    "resolve the seasons": (etl.publish, "tables_of"),
    "score": (etl.publish, "_with_index"),
    "build": (warehouse.build, "_write"),
    "fill a table": (warehouse.build, "_insert"),
    "audit": (warehouse.build, "_audit"),
    "flush": (warehouse.disk, "sync_file"),
    "publish": (etl.publish, "publish"),
    "point": (etl.publish, "point_to"),
    "write a small file": (warehouse.disk, "write_text"),
    "flush to the disk": (os, "fsync"),
    "give a file its name": (Path, "replace"),
}
"""Step -> the function of it; a process is killed before and after each."""
REPEATED = ("archive a file", "receive a file", "write a small file", "parse a file", "keep a parse", "fill a table")
"""Steps that a load takes several times; it is killed at the second one too."""
INSIDE = ("flush to the disk", "give a file its name")
"""What holder, receipts, parses, snapshot and pointer are written by; it is killed at each of the first calls."""
INSIDE_CALLS = range(2, 11)
TOLD_EVERY = 5
"""Trials between two lines of progress."""


def main() -> int:
    """Run both trials and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _cut_short)
    at_start = _code_on_disk()
    # Kept by this process, so that all that are forked from it name their snapshots alike.
    etl.publish.code_hash()
    etl.lake.normaliser_hash()
    try:
        with tempfile.TemporaryDirectory() as folder:
            killed = _kill_loads(Path(folder), options.kills, Random(options.seed)) if options.kills else True
            read = (
                _read_while_publishing(Path(folder), options.publishes, options.readers) if options.publishes else True
            )
    except KeyboardInterrupt:
        print("cut short")
        return 3
    if _code_on_disk() != at_start:
        print(
            "The code was changed during the run: snapshots are named by it, so that nothing can be said. Run it again."
        )
        return 2
    return 0 if killed and read else 1


def _cut_short(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _code_on_disk() -> str:
    """What snapshots are named by, read anew: queries and layouts are read from the disk by every process."""
    return load_code("etl.publish").hash


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
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
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


def _check(home: Home, expected: dict[str, str]) -> None:
    """The current snapshot is one of those expected (id -> which it is), opens, and holds every audit."""
    found = current_snapshot_id(home)
    if found not in expected:
        told = " or ".join(f"{name} ({which})" for name, which in expected.items())
        lies = sorted(path.name for path in home.snapshots.iterdir())
        text = home.pointer.read_text(encoding="utf-8") if home.pointer.is_file() else "no pointer"
        raise AssertionError(f"the pointer names {found} instead of {told}; it reads {text!r}; snapshots: {lies}")
    with open_snapshot(home=home.root) as snapshot:
        for name in warehouse.build.audit_names():
            rows = snapshot.sql(warehouse.build.statements(f"audits/{name}"))
            if rows.height:
                raise AssertionError(f"audit {name} of {found} has {rows.height} rows: {rows.head(3).rows()}")


def _told_of(home: Home, file: Path) -> None:
    """Write what the current snapshot was built from, and a hash of the rows of each of its tables."""
    with open_snapshot(home=home.root) as snapshot:
        names = snapshot.sql(
            "select schema_name || '.' || table_name as name from duckdb_tables() where not internal order by name"
        )["name"]
        rows = {
            name: snapshot.sql(
                f"select count(*) || ' rows, ' || coalesce(bit_xor(hash(t)), 0) as h from {name} as t"
            ).item()
            for name in names
        }
        facts = json.loads(snapshot.facts["built_from"])
    file.write_text(json.dumps({"rows": rows, "built_from": facts}), encoding="utf-8")


def _differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Which facts, inputs and tables of two snapshots differ, and how."""
    told = [
        f"{name}: {str(found['built_from'].get(name))[:200]} instead of {str(value)[:200]}"
        for name, value in expected["built_from"].items()
        if name != "inputs" and found["built_from"].get(name) != value
    ]
    inputs = [{one["file_sha256"]: one for one in which["built_from"]["inputs"]} for which in (expected, found)]
    for sha in sorted(inputs[0].keys() | inputs[1].keys()):
        wanted, got = (which.get(sha) for which in inputs)
        name = (wanted or got)["file_name"]
        if not (wanted and got):
            told.append(f"{name} ({sha[:8]}): {'missing' if wanted else 'not in the undisturbed load'}")
            continue
        told += [
            f"{name}, {fact}: {got.get(fact)!r} instead of {wanted.get(fact)!r}"
            for fact in sorted(wanted.keys() | got.keys())
            if wanted.get(fact) != got.get(fact)
        ]
    rows = expected["rows"]
    return told + [
        f"table {name}: {found['rows'].get(name)} instead of {rows[name]}"
        for name in rows
        if found["rows"].get(name) != rows[name]
    ]


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
    undisturbed = folder / "undisturbed.json"
    assert _ended(_forked(lambda: _told_of(whole, undisturbed))) == 0
    trials = _Trials(folder, {before: "before the load", after: "after it"}, json.loads(undisturbed.read_text()))
    at_steps = [(step, 1, is_before) for step in STEPS for is_before in (True, False)]
    at_steps += [(step, 2, is_before) for step in REPEATED for is_before in (True, False)]
    at_steps += [(step, call, is_before) for step in INSIDE for call in INSIDE_CALLS for is_before in (True, False)]
    random.shuffle(at_steps)
    victim = Home(folder / "victim")
    try:
        # A load that had ended before it could be killed does not count.
        while trials.died < kills and trials.number < 4 * kills:
            shutil.rmtree(victim.root, ignore_errors=True)
            shutil.copytree(base.root, victim.root)
            if trials.number % 2:
                told, was_killed = _killed_at(victim, *at_steps[trials.number // 2 % len(at_steps)])
            else:
                told, was_killed = _killed_after(victim, random.uniform(0, duration))
            trials.died += was_killed
            trials.left += len(_left_over(victim))
            for fault in trials.faults_of(victim):
                trials.faults.append(f"{told}: {fault}")
                print(f"FAULT {trials.faults[-1]}", file=sys.stderr, flush=True)
            trials.number += 1
            if trials.number % TOLD_EVERY == 0:
                print(f"{trials.died} of {kills} kills, {len(trials.faults)} fault(s)", file=sys.stderr, flush=True)
    finally:
        print(trials.told(), flush=True)
    return not trials.faults and trials.died == kills


@dataclass
class _Trials:
    """What was done to the loads so far, and what was found."""

    folder: Path
    expected: dict[str, str]
    """id of a snapshot that may stand -> which it is; the last one is that of an undisturbed load"""
    undisturbed: dict[str, Any]
    number: int = 0
    died: int = 0
    left: int = 0
    faults: list[str] = field(default_factory=list)

    def told(self) -> str:
        done = f"{self.died} kills of running loads in {self.number} trials, {self.left} private files left and removed"
        return "\n".join([f"{done}: {len(self.faults)} fault(s)", *self.faults])

    def faults_of(self, home: Home) -> list[str]:
        """What is wrong after a kill: with the snapshot that stands, with the next load, or with what lies about."""
        after = list(self.expected)[-1]
        found = self._failed("the snapshot that stands", lambda: _check(home, self.expected))
        found += self._failed("the next load", lambda: _load(home))
        found += self._failed("the next snapshot", lambda: _check(home, {after: self.expected[after]}))
        story = self.folder / "victim.json"
        story.unlink(missing_ok=True)
        found += self._failed("the next snapshot", lambda: _told_of(home, story))
        if story.is_file():
            found += _differences(self.undisturbed, json.loads(story.read_text(encoding="utf-8")))
        left = [str(path.relative_to(home.root)) for path in _left_over(home)]
        return found + [f"left over: {name}" for name in left]

    def _failed(self, what: str, work: Callable[[], None]) -> list[str]:
        """What a process of its own says of work that fails: its last line."""
        log = self.folder / "log"

        def logged() -> None:
            with log.open("w", encoding="utf-8") as stream, contextlib.redirect_stderr(stream):
                try:
                    work()
                except BaseException as error:
                    stream.write(f"{type(error).__name__}: {error}")
                    raise

        code = _ended(_forked(logged))
        return [f"{what} ({code}): {log.read_text(encoding='utf-8')[-2_000:]}"] if code else []


def _killed_at(home: Home, step: str, call: int, is_before: bool) -> tuple[str, bool]:
    child = _forked(lambda: _load_and_die(home, step, call, is_before=is_before))
    return f"{'before' if is_before else 'after'} call {call} of {step}", _ended(child) == -signal.SIGKILL


def _killed_after(home: Home, seconds: float) -> tuple[str, bool]:
    child = _forked(lambda: _load(home))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return f"after {seconds:.3f} s", _ended(child) == -signal.SIGKILL


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
