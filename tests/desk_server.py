"""A desk that runs for tests, and how it is asked."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

TOKEN = "a-token-for-tests-only"
PATIENCE_S = 120.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@dataclass
class Reply:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def told(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class DeskProcess:
    """One server over a home; it can be ended and started again on the same port."""

    home: Path
    lang: str = "id"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where the desk is."""
        return f"http://127.0.0.1:{self.port}/iga/"

    def start(self) -> DeskProcess:
        """Start `iga lab` and wait until the desk answers."""
        words = ["lab", "--home", str(self.home), "--port", str(self.port), "--no-browser", "--lang", self.lang]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbench.command", *words],
            env=os.environ | {"IGA_LAB_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                if self.ask("GET", "static/desk.css", token=None).status == 200:
                    return self
            except OSError:
                pass
            assert self.process.poll() is None, "the server has ended"
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        """End the server at once, as a power cut would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(
        self,
        method: str,
        path: str,
        told: Any = None,
        *,
        token: str | None = TOKEN,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Ask the desk; `told` is sent as JSON, or as it is where it is bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        body = told if isinstance(told, bytes | None) else json.dumps(told).encode()
        sent = ({"Authorization": f"token {token}"} if token else {}) | (headers or {})
        connection.request(method, path if path.startswith("/") else f"/iga/{path}", body, sent)
        answer = connection.getresponse()
        reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return reply

    def run(self, kind: str, **parameters: Any) -> dict[str, Any]:
        """Start a job and wait for its end."""
        reply = self.ask("POST", "api/jobs", {"kind": kind, "parameters": parameters})
        assert reply.status == 201, reply.text
        return self.ended(reply.told["id"])

    def ended(self, job_id: str) -> dict[str, Any]:
        """Wait for the end of a job and return it."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            job: dict[str, Any] = self.ask("GET", f"api/jobs/{job_id}").told
            if job["has_ended"]:
                return job
            time.sleep(0.2)
        raise AssertionError(f"the job {job_id} does not end")
