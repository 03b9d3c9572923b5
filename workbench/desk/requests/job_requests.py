"""Requests about jobs: start one, list them, cancel, run again, read the log; and the stream of what happens."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated

from warehouse.snapshot import current_snapshot_id
from workbench.desk.jobs.job_folder import (
    Job,
    ask_to_cancel,
    job_folder,
    jobs_folder,
    read_job,
    read_jobs,
    said_by,
)
from workbench.desk.jobs.job_kinds import KINDS, kind_of
from workbench.desk.jobs.job_runner import start_job
from workbench.desk.pages.work_pages import told_job
from workbench.desk.people import Right
from workbench.desk.requests.desk_request import DeskRequest

LOOK_S = 0.4
"""How often a stream looks at the folder of jobs."""
ALIVE_S = 15.0
"""How often a stream says something, so that nothing between server and browser ends it."""
STREAMED = 12
"""Jobs that a stream tells of: the newest."""


class JobsRequest(DeskRequest):
    """All jobs, and a new one."""

    @authenticated
    async def get(self) -> None:
        """Answer with the jobs, the newest first."""
        self.needs(Right.look)
        jobs = await self.apart(partial(read_jobs, self.desk.home))
        self.answer({"jobs": [told_job(job, self.language) for job in jobs]})

    @authenticated
    async def post(self) -> None:
        """Start a job of a kind with parameters."""
        told = self.said()
        kind = kind_of(str(told.get("kind", "")))
        self.needs(kind.right)
        parameters = told.get("parameters") or {}
        if not isinstance(parameters, dict) or any(not isinstance(x, str | int | bool) for x in parameters.values()):
            raise HTTPError(400)
        start = partial(start_job, self.desk.home, str(told["kind"]), parameters, self.person.name, self.language.code)
        self.answer(told_job(await self.apart(start), self.language), 201)


class JobRequest(DeskRequest):
    """One job."""

    @authenticated
    async def get(self, job_id: str, what: str = "") -> None:
        """Answer with the job, or its log."""
        self.needs(Right.look)
        job = self.job(job_id)
        if what == "log":
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
            self.finish(said_by(job_folder(self.desk.home, job_id)))
            return
        self.answer(told_job(job, self.language))

    @authenticated
    async def post(self, job_id: str, what: str = "") -> None:
        """Cancel the job, or run another of the same kind and parameters."""
        job = self.job(job_id)
        if job.kind not in KINDS:
            raise HTTPError(404)
        self.needs(kind_of(job.kind).right)
        if what == "cancel":
            await self.apart(partial(ask_to_cancel, self.desk.home, job_id))
            self.answer(told_job(self.job(job_id), self.language))
        elif what == "again":
            start = partial(start_job, self.desk.home, job.kind, job.parameters, self.person.name, self.language.code)
            self.answer(told_job(await self.apart(start), self.language), 201)
        else:
            raise HTTPError(404)

    def job(self, job_id: str) -> Job:
        """Return the job. Raises HTTPError 404."""
        try:
            return read_job(self.desk.home, job_id)
        except KeyError:
            raise HTTPError(404) from None


class EventsRequest(DeskRequest):
    """The stream: each job as it changes, and each new snapshot; a browser that comes again gets all that stands."""

    _is_open = True

    @authenticated
    async def get(self) -> None:
        """Stream until the browser goes."""
        self.needs(Right.look)
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")
        sent: dict[str, dict[str, Any]] = {}
        snapshot: str | None = ""  # no id: what stands is told at once
        silent = 0.0
        try:
            while self._is_open:
                jobs, newest = await self.apart(self._look)
                for job in reversed(jobs):
                    if sent.get(job["id"]) != job:
                        sent[job["id"]] = job
                        await self._send("job", job)
                        silent = 0.0
                if newest != snapshot:
                    snapshot = newest
                    await self._send("snapshot", {"snapshot_id": newest})
                silent += LOOK_S
                if silent >= ALIVE_S:
                    silent = 0.0
                    self.write(": \n\n")
                    await self.flush()
                await asyncio.sleep(LOOK_S)
        except StreamClosedError:
            return

    def _look(self) -> tuple[list[dict[str, Any]], str | None]:
        home = self.desk.home
        jobs = read_jobs(home, STREAMED) if jobs_folder(home).is_dir() else []
        return [told_job(job, self.language) for job in jobs], current_snapshot_id(home)

    async def _send(self, kind: str, told: dict[str, Any]) -> None:
        self.write(f"event: {kind}\ndata: {json.dumps(told, ensure_ascii=False, default=str)}\n\n")
        await self.flush()

    def on_connection_close(self) -> None:
        """End the stream when the browser has gone."""
        self._is_open = False
