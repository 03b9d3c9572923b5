"""The parent of a run, which survives it: it tells of a run that died or took too long, which can no longer do so.

The run is the same command in a process of its own. It ends when its parent does, since the pipe to it is closed then.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from warehouse.errors import ExitCode, HomeUnusable
from warehouse.home import Home
from warehouse.language import Language
from warehouse.lock import LockTaken, lock_held
from workbench.descendants import end_descendants
from workbench.schedule.plan import SchedulePlan
from workbench.schedule.run import told_by_mail
from workbench.schedule.status import RunStatus, begin, process_of, run_lock, stated_status
from workbench.schedule.status_page import write_status
from workbench.stopping import PATIENCE_WITH_CHILD_S, ask_to_end, ended_with_this

LOOK_S = 1.0
"""How often the parent looks where the run is."""
TO_END_S = 5.0
"""How long a run may take to end that was asked to."""
_NO_WINDOW = 0x08000000
"""CREATE_NO_WINDOW of Windows: no console appears while somebody works."""

Clock = Callable[[], datetime]

CAUSE_MESSAGES = {
    "killed": "the run was ended from outside (signal {signal}): the memory was full, or a person or the system "
    "ended it",
    "signal": "the run broke off with signal {signal}: a fault in a library, or no memory",
    "code": "the run ended with code {code} before it was done",
    "whole": "the run took more than {minutes} minutes (in the end at: {step})",
    "step": "the step {step} took more than {minutes} minutes",
}
"""Why a run did not come to its end."""
NEXT_STEP_MESSAGES = {
    "died": "run `iga schedule run` by hand and look at what it says; if memory is short, close other programs or set "
    "jobs = 1 in schedule.toml",
    "timed_out": "look at what the step reads; if it needs longer, raise longest_minutes or longest_step_minutes in "
    "schedule.toml",
}
"""What can be done about it."""


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, and its status where it ended abnormally (else None)."""

    exit_code: int
    abnormal: RunStatus | None = None


def supervise(home: Home, plan: SchedulePlan, arguments: Sequence[str], clock: Clock) -> Ended:
    """Run the schedule in a process of its own (`arguments` of the command), and record a death or a time-out of it."""
    began = clock()
    has_console = sys.stdout is not None and sys.stderr is not None  # None under pythonw
    where = None if has_console else subprocess.DEVNULL
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "workbench.command", *arguments],
        stdin=subprocess.PIPE,
        stdout=where,
        stderr=where,
        start_new_session=os.name == "posix",  # Ctrl-C is for the parent, which ends the run
        creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
    )
    with ended_with_this(child):
        try:
            overrun = _overrun(home, plan, child)
        except KeyboardInterrupt:  # the run may clear what it has begun before this process ends
            ask_to_end(child)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(PATIENCE_WITH_CHILD_S)
            raise
        if overrun:
            _ended(child)
        code = child.wait()
    return _recorded(home, plan, child.pid, code, overrun, began, clock)


@dataclass(frozen=True)
class _Overrun:
    kind: str
    minutes: float
    step: str


def _overrun(home: Home, plan: SchedulePlan, child: subprocess.Popen[bytes]) -> _Overrun | None:
    """Wait for the end of the run; which limit it has overrun, or None. No clock that is set counts here."""
    began = step_began = time.monotonic()
    step = ""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_S)
            return None
        now, status = time.monotonic(), stated_status(home)
        if _is_of(status, child.pid) and status is not None and status.step != step:
            step, step_began = status.step, now
        if plan.longest_minutes and now - began > plan.longest_minutes * 60:
            return _Overrun("whole", plan.longest_minutes, step)
        if plan.longest_step_minutes and now - step_began > plan.longest_step_minutes * 60:
            return _Overrun("step", plan.longest_step_minutes, step)


def _ended(child: subprocess.Popen[bytes]) -> None:
    ask_to_end(child)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(TO_END_S)
    end_descendants()


def _is_of(status: RunStatus | None, number: int) -> bool:
    process = process_of(status) if status is not None else None
    return process is not None and process.is_here and process.number == number


def _recorded(
    home: Home, plan: SchedulePlan, number: int, code: int, overrun: _Overrun | None, began: datetime, clock: Clock
) -> Ended:
    """Write and mail what a run could not tell itself."""
    status, language = stated_status(home), Language(plan.lang)
    is_its_own = _is_of(status, number)
    is_known = any(code == known for known in ExitCode)
    is_unfinished = is_its_own and status is not None and status.state == "running"
    if overrun is None and is_known and not is_unfinished:
        return Ended(code)
    if overrun is None and is_its_own and status is not None and not is_unfinished:  # it fell while it left
        return Ended(ExitCode.DONE if status.is_good else ExitCode.REPORT)
    with contextlib.suppress(LockTaken, HomeUnusable, OSError), lock_held(run_lock(home)):
        if not is_its_own or status is None:
            status = replace(begin(home, began), next_due=plan.next_due(began).isoformat(timespec="minutes"))
        kind = "died" if overrun is None else "timed_out"
        status = replace(
            status,
            state=kind,
            ended_at=clock().isoformat(timespec="seconds"),
            cause=_cause(code, overrun, language),
            next_step=language(NEXT_STEP_MESSAGES[kind]),
        )
        write_status(home, status, plan.lang)
        status = told_by_mail(home, plan, status, language)
        write_status(home, status, plan.lang)
        return Ended(ExitCode.FAULT, status)
    return Ended(ExitCode.FAULT, status)


def _cause(code: int, overrun: _Overrun | None, language: Language) -> str:
    if overrun is not None:
        return language(CAUSE_MESSAGES[overrun.kind]).format(minutes=overrun.minutes, step=overrun.step or "-")
    if code >= 0:
        return language(CAUSE_MESSAGES["code"]).format(code=code if code < 1 << 16 else hex(code))
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    kind = "killed" if name in ("SIGKILL", "SIGTERM", "SIGHUP") else "signal"
    return language(CAUSE_MESSAGES[kind]).format(signal=name)
