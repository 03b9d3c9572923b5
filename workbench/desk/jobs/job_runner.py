"""The process of one job: it waits for its turn, runs the command, follows it, and writes how it ended.

It is in a session of its own, so that it goes on when the server that started it is gone; the command ends with it,
since the pipe between the two is closed then.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iga.exit_codes import ExitCode
from warehouse import disk
from warehouse.child_process import without_window
from warehouse.errors import MendableError
from warehouse.home import PERSON, Home
from warehouse.keeping.process import this_process
from warehouse.language import Language
from warehouse.lock import LockTaken, holder_of, lock_held
from workbench.descendants import end_descendants
from workbench.desk.jobs.job_folder import (
    CANCEL_FILE,
    LOG_FILE,
    OUTPUT_FILE,
    PARTLY,
    PROGRESS_FILE,
    Job,
    earlier_waiting,
    job_folder,
    jobs_folder,
    last_told,
    new_job,
    read_job,
    write_job,
)
from workbench.desk.jobs.job_kinds import FILES, Asked, JobKind, kind_of
from workbench.progress_file import PROGRESS
from workbench.stopping import ask_to_end

LOOK_S = 0.2
"""How often a runner looks for an end, for its turn, and whether it is asked to cancel."""
TO_END_S = 5.0
"""How long a command may take to end that was asked to."""


def start_job(home: Home, kind: str, parameters: dict[str, Any], person: str, lang: str) -> Job:
    """Check what is asked for, write the job and start its runner. Raises RequestRefused and what the kind raises."""
    asked_kind = kind_of(kind)
    asked_kind.command(Asked(home, jobs_folder(home) / "00000000T000000", parameters, lang))
    job = new_job(home, kind, parameters, person, lang)
    _start_runner(home, job.id)
    return job


def _start_runner(home: Home, job_id: str) -> None:
    alone: dict[str, Any] = without_window()
    if os.name == "posix":
        alone["start_new_session"] = True
    elif sys.platform == "win32":
        alone["creationflags"] |= subprocess.CREATE_NEW_PROCESS_GROUP
    words = [sys.executable, "-P", "-m", "workbench.desk.jobs.job_runner", str(home.root), job_id]
    nothing = subprocess.DEVNULL
    child = subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing, close_fds=True, **alone)
    _runners[:] = [runner for runner in _runners if runner.poll() is None]
    _runners.append(child)


_runners: list[subprocess.Popen[bytes]] = []
"""Those that this server has started: one that has ended is taken off the system's list when the next starts."""


def run_job(home: Home, job_id: str) -> Job:
    """Run a job to its end, and return how it ended."""
    job = replace(read_job(home, job_id), runner=asdict(this_process()))
    write_job(home, job)
    folder = job_folder(home, job_id)
    disk.make_folder(folder / FILES)
    try:
        job = _turned_and_run(home, job, folder)
    except MendableError as error:
        message, place, next_step = error.told(Language(job.lang))
        job = replace(job, state="failed", cause=message, place=place, next_step=next_step, exit_code=error.exit_code)
    except Exception as error:  # whatever it is, the job must not stay running
        job = replace(job, state="failed", cause=f"{type(error).__name__}: {error}", exit_code=ExitCode.FAULT)
    job = replace(job, ended_at=_now(), waits_for="")
    write_job(home, job)
    return job


def _turned_and_run(home: Home, job: Job, folder: Path) -> Job:
    kind, language = kind_of(job.kind), Language(job.lang)
    words = kind.command(Asked(home, folder, job.parameters, job.lang))
    while True:
        with _turn(home, job, kind, language) as turned:
            if turned is None:
                return replace(job, state="cancelled")
            job = replace(turned, state="running", started_at=_now(), waits_for="")
            write_job(home, job)
            code, is_cancelled = _run(home, job, folder, words)
        if code != ExitCode.LOCKED or is_cancelled:
            return _ended(job, folder, code, is_cancelled=is_cancelled)
        # Another program holds the home, such as a load in a terminal: this one waits and tries again.
        job = replace(job, state="queued", waits_for=str(holder_of(home).get("action", "iga")))
        write_job(home, job)
        disk.discard(folder / PROGRESS_FILE)
        if _waits_in_vain(folder, 5 * LOOK_S):
            return replace(job, state="cancelled")


@contextlib.contextmanager
def _turn(home: Home, job: Job, kind: JobKind, language: Language) -> Iterator[Job | None]:
    """Wait until it is this job's turn in its lane, first come first served; None if it was cancelled meanwhile."""
    folder = job_folder(home, job.id)
    if not kind.lane:
        yield None if (folder / CANCEL_FILE).exists() else job
        return
    lane = jobs_folder(home) / f".{kind.lane}.lock"
    while True:
        before = [other for other in earlier_waiting(home, job.id) if kind_of(other.kind).lane == kind.lane]
        if not before:
            try:
                with lock_held(lane):
                    yield job
                    return
            except LockTaken:
                pass
        elif (told := _told_of(before[0], language)) != job.waits_for:
            job = replace(job, waits_for=told)
            write_job(home, job)
        if _waits_in_vain(folder, LOOK_S):
            yield None
            return


def _told_of(job: Job, language: Language) -> str:
    return f"{language(kind_of(job.kind).title)} ({job.person})"


def _waits_in_vain(folder: Path, seconds: float) -> bool:
    time.sleep(seconds)
    return (folder / CANCEL_FILE).exists()


def _run(home: Home, job: Job, folder: Path, words: list[str]) -> tuple[int, bool]:
    """Run the command; its exit code, and whether it was cancelled."""
    own = {
        "IGA_HOME": str(home.root),
        "IGA_LANG": job.lang,
        PROGRESS: str(folder / PROGRESS_FILE),
        PERSON: job.person,
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
        "COLUMNS": "110",
    }
    is_cancelled = False
    with (folder / OUTPUT_FILE).open("ab") as output, (folder / LOG_FILE).open("ab") as log:
        command = subprocess.Popen(
            [sys.executable, "-P", "-m", "workbench.command", *words],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=log,
            env=os.environ | own,
            **without_window(),
        )
        while command.poll() is None:
            if not is_cancelled and (folder / CANCEL_FILE).exists():
                is_cancelled = True
                ask_to_end(command)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    command.wait(TO_END_S)
                end_descendants()
            with contextlib.suppress(subprocess.TimeoutExpired):
                command.wait(LOOK_S)
    return command.returncode, is_cancelled


def _ended(job: Job, folder: Path, code: int, *, is_cancelled: bool) -> Job:
    """Return the job with what the command told last."""
    told = last_told(folder)
    # A command that was asked to end and had just done its work has done it.
    state = "cancelled" if is_cancelled and code != ExitCode.DONE else _state_of(code)
    files = sorted(path.name for path in (folder / FILES).iterdir() if path.is_file())
    result = {**told.get("result", {}), **({"files": files} if files else {})}
    job = replace(job, state=state, exit_code=code, result=result)
    job = replace(job, **{name: told[name] for name in ("step", "done", "total") if name in told})
    if state in ("failed", "partly"):
        cause = told.get("error") or Language(job.lang)("the work ended with code {code} before it was done")
        job = replace(
            job,
            cause=cause.format(code=code) if "error" not in told else cause,
            place=told.get("place", ""),
            next_step=told.get("next_step", ""),
        )
    return job


def _state_of(code: int) -> str:
    if code == ExitCode.DONE:
        return "done"
    return "partly" if code in PARTLY else "failed"


def _now() -> str:
    return datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds")


def main() -> None:
    """Run the job that the command line names: home, id."""
    run_job(Home.at(sys.argv[1]), sys.argv[2])


if __name__ == "__main__":
    main()
