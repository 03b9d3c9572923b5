"""The folders of jobs in a home, `<home>/jobs/<id>/`: what is on disk is all that there is to know of a job.

    job.json          what was asked, by whom, and how it stands; replaced as a whole, by the runner alone
    progress.jsonl    what the command tells of itself while it runs
    log.txt           what the command said; output.txt what it printed
    cancel            asks the runner to end it

A server that is killed, a browser that is closed, a second tab: none of them holds anything that is not here.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iga.exit_codes import ExitCode
from warehouse import disk
from warehouse.home import Home
from warehouse.keeping.process import Process

JOBS = "jobs"
JOB_FILE = "job.json"
PROGRESS_FILE = "progress.jsonl"
LOG_FILE = "log.txt"
OUTPUT_FILE = "output.txt"
CANCEL_FILE = "cancel"
MOST_KEPT = 200
"""Jobs that are kept; older ones that have ended make way."""
TAIL_BYTES = 64 * 1024

RUNNING = ("queued", "running", "cancelling")
"""The states of a job that has not ended."""
PARTLY = {ExitCode.INPUT_HELD, ExitCode.REPORT}
"""Exit codes of work that is done but for what it names."""


@dataclass(frozen=True)
class Job:
    """One job. `state`: queued, running, cancelling; done, partly, failed, cancelled, lost.

    `step`, `done` and `total` are the progress; `cause`, `place` and `next_step` say why it failed, `result` what came
    of it. `waits_for` says who holds what a queued job waits for.
    """

    id: str
    kind: str
    parameters: dict[str, Any]
    person: str
    lang: str
    asked_at: str
    state: str = "queued"
    started_at: str = ""
    ended_at: str = ""
    waits_for: str = ""
    exit_code: int | None = None
    cause: str = ""
    place: str = ""
    next_step: str = ""
    step: str = ""
    done: int = 0
    total: int | None = None
    result: dict[str, Any] = field(default_factory=dict)
    runner: dict[str, Any] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in RUNNING

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def jobs_folder(home: Home) -> Path:
    """Return where the jobs of a home lie."""
    return home.root / JOBS


def job_folder(home: Home, job_id: str) -> Path:
    """Return the folder of a job. Raises KeyError for a name that is none."""
    folder = jobs_folder(home) / job_id
    if not job_id or job_id != Path(job_id).name or job_id.startswith(".") or not (folder / JOB_FILE).is_file():
        raise KeyError(job_id)
    return folder


def new_job(home: Home, kind: str, parameters: dict[str, Any], person: str, lang: str) -> Job:
    """Write a job that waits, and return it; its id says when it was asked for, so that ids are in order."""
    now = datetime.now(tz=UTC)
    job_id = f"{now:%Y%m%dT%H%M%S%f}-{kind}-{secrets.token_hex(2)}"
    asked_at = now.astimezone().isoformat(timespec="seconds")
    job = Job(job_id, kind, parameters, person, lang, asked_at)
    disk.make_folder(jobs_folder(home) / job_id)
    write_job(home, job)
    _let_old_ones_go(home)
    return job


def write_job(home: Home, job: Job) -> None:
    """Replace what stands of a job."""
    text = json.dumps(job.as_dict(), indent=1, ensure_ascii=False, default=str) + "\n"
    disk.write_text(jobs_folder(home) / job.id / JOB_FILE, text)


def read_job(home: Home, job_id: str) -> Job:
    """Return a job as it stands now, with its progress; one whose runner has died is lost. Raises KeyError."""
    folder = job_folder(home, job_id)
    try:
        stated = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
        job = Job(**stated)
        if not all(isinstance(each, dict) for each in (job.parameters, job.result, job.runner)):
            raise KeyError(job_id)
    except (OSError, ValueError, TypeError) as error:
        raise KeyError(job_id) from error
    if job.has_ended:
        return job
    told = last_told(folder)
    job = replace(job, **{name: told[name] for name in ("step", "done", "total") if name in told})
    if job.runner and Process(**job.runner).is_dead:
        job = _as_it_ended(folder, job)
    elif (folder / CANCEL_FILE).exists():
        job = replace(job, state="cancelling")
    return job


def _as_it_ended(folder: Path, job: Job) -> Job:
    """Return a job whose runner has died: read again, since it may have ended between the two looks."""
    again = Job(**json.loads((folder / JOB_FILE).read_text(encoding="utf-8")))
    return again if again.has_ended else replace(job, state="lost")


def read_jobs(home: Home, most: int = MOST_KEPT) -> list[Job]:
    """Return the jobs of a home, the newest first; a folder that holds no job is passed over."""
    jobs: list[Job] = []
    for job_id in _ids(home):
        if len(jobs) == most:
            break
        try:
            jobs.append(read_job(home, job_id))
        except KeyError:
            continue
    return jobs


def last_told(folder: Path) -> dict[str, Any]:
    """Return what the command told last of its steps, its result and its end, merged."""
    told: dict[str, Any] = {}
    for line in _tail(folder / PROGRESS_FILE).splitlines():
        try:
            said = json.loads(line)
        except ValueError:  # the line is being written, or the tail begins within it
            continue
        if isinstance(said, dict):
            if "result" in said:
                said["result"] = told.get("result", {}) | said["result"]
            told |= said
    return told


def said_by(folder: Path) -> str:
    """Return the end of what the command said."""
    return _tail(folder / LOG_FILE)


def ask_to_cancel(home: Home, job_id: str) -> None:
    """Ask that a job ends. Raises KeyError for a name that is none."""
    folder = job_folder(home, job_id)
    if not read_job(home, job_id).has_ended:
        disk.write_bytes(folder / CANCEL_FILE, b"")


def earlier_waiting(home: Home, job_id: str) -> Iterator[Job]:
    """Yield the jobs that were asked for before this one and have not ended."""
    for other in _ids(home):
        if other < job_id:
            try:
                job = read_job(home, other)
            except KeyError:
                continue
            if not job.has_ended:
                yield job


def _ids(home: Home) -> list[str]:
    folder = jobs_folder(home)
    if not folder.is_dir():
        return []
    return sorted((path.name for path in folder.iterdir() if path.is_dir()), reverse=True)


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - TAIL_BYTES))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _let_old_ones_go(home: Home) -> None:
    for job_id in _ids(home)[MOST_KEPT:]:
        try:
            is_over = read_job(home, job_id).has_ended
        except KeyError:
            is_over = False
        if is_over:
            disk.discard(jobs_folder(home) / job_id)
