"""Requests about jobs: start one, list them, cancel, run again, read the log; and the stream of what happens."""

from __future__ import annotations

import asyncio
import hashlib
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
from workbench.desk.people import ROLE_GROUPS, Right
from workbench.desk.requests.desk_request import DeskRequest

LOOK_S = 0.4
"""How often a stream looks at the folder of jobs."""
ALIVE_S = 15.0
"""How often a stream says something, so that nothing between server and browser ends it."""
WAIT_S = 5.0
"""How long an answer of an office waits for news."""
AGAIN_MS = 300
"""After how many milliseconds a browser of an office asks for more news."""
STREAMED = 12
"""Jobs that a stream tells of: the newest."""


class JobsRequest(DeskRequest):
    """All jobs, and a new one."""

    @authenticated
    async def get(self) -> None:
        """Answer with the jobs, the newest first."""
        self.needs(Right.look)
        jobs = await self.apart(partial(read_jobs, self.desk.home))
        self.answer({"jobs": [told_job(job, self.language, self.person) for job in jobs]})

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
        self.answer(told_job(await self.apart(start), self.language, self.person), 201)


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
        self.answer(told_job(job, self.language, self.person))

    @authenticated
    async def post(self, job_id: str, what: str = "") -> None:
        """Cancel the job, or run another of the same kind and parameters."""
        job = self.job(job_id)
        if job.kind not in KINDS:
            raise HTTPError(404)
        self.needs(kind_of(job.kind).right)
        if what == "cancel":
            await self.apart(partial(ask_to_cancel, self.desk.home, job_id))
            self.answer(told_job(self.job(job_id), self.language, self.person))
        elif what == "again":
            start = partial(start_job, self.desk.home, job.kind, job.parameters, self.person.name, self.language.code)
            self.answer(told_job(await self.apart(start), self.language, self.person), 201)
        else:
            raise HTTPError(404)

    def job(self, job_id: str) -> Job:
        """Return the job. Raises HTTPError 404."""
        try:
            return read_job(self.desk.home, job_id)
        except KeyError:
            raise HTTPError(404) from None


class EventsRequest(DeskRequest):
    """The stream: each job as it changes, and each new snapshot; a browser that comes again gets all that stands.

    In an office the hub's proxy hands an answer on only when it has ended. There each answer ends with the news in it,
    or after WAIT_S without any, and the browser asks again by itself with the name of what it has seen.
    """

    _is_open = True

    @authenticated
    async def get(self) -> None:
        """Stream until the browser goes; in an office until there is something to tell."""
        self.needs(Right.look)
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")
        try:
            await (self._news() if self.settings.get(ROLE_GROUPS) else self._stream())
        except StreamClosedError:
            return

    async def _stream(self) -> None:
        sent: dict[str, dict[str, Any]] = {}
        snapshot: str | None = ""  # no id: what stands is told at once
        silent = 0.0
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

    async def _news(self) -> None:
        seen = self.request.headers.get("Last-Event-ID", "")
        self.write(f"retry: {AGAIN_MS}\n: \n\n")
        waited = 0.0
        while self._is_open and waited < WAIT_S:
            jobs, newest = await self.apart(self._look)
            stands = hashlib.sha256(json.dumps([jobs, newest], default=str).encode()).hexdigest()
            if stands != seen:
                for job in reversed(jobs):
                    self._write("job", job)
                self._write("snapshot", {"snapshot_id": newest}, stands)
                break
            await asyncio.sleep(LOOK_S)
            waited += LOOK_S
        await self.finish()

    def _look(self) -> tuple[list[dict[str, Any]], str | None]:
        home = self.desk.home
        jobs = read_jobs(home, STREAMED) if jobs_folder(home).is_dir() else []
        return [told_job(job, self.language, self.person) for job in jobs], current_snapshot_id(home)

    async def _send(self, kind: str, told: dict[str, Any]) -> None:
        self._write(kind, told)
        await self.flush()

    def _write(self, kind: str, told: dict[str, Any], name: str = "") -> None:
        named = f"id: {name}\n" if name else ""
        self.write(f"{named}event: {kind}\ndata: {json.dumps(told, ensure_ascii=False, default=str)}\n\n")

    def on_connection_close(self) -> None:
        """End the stream when the browser has gone."""
        self._is_open = False
