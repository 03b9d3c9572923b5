"""Kernels where forking is not safe (Windows, macOS): one is started ahead and imports everything while others run.

A spare is a process of its own that waits, after its imports, for a line with the connection file, the environment and
the folder of the kernel that it becomes. As soon as it is taken, the next one is started. It ends when its input does:
with the program that started it.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from reports.run.kernel import fork_server
from reports.run.kernel.fork_server import KernelStart, can_fork, way_of_starting
from reports.run.kernel.preload import THREADLESS
from warehouse.child_process import without_window

MODULE = "reports.run.kernel.spare"
_LOCK = threading.Lock()
_WAITING: list[subprocess.Popen[bytes]] = []
"""The spare of this program, if one was started."""


def can_be_spare() -> bool:
    """Return whether kernels are started ahead: on systems that do not fork them, and where the environment asks."""
    way = way_of_starting()
    return way == "spare" or (way == "fork" and sys.platform != "linux")


def warm() -> None:
    """Get ready for the first kernel: start what kernels are forked from, or a spare. Returns at once."""
    if can_fork():
        fork_server.warm()
    elif can_be_spare():
        with _LOCK:
            if not _WAITING:
                _WAITING.append(_started())


def taken(start: KernelStart) -> Any:
    """Return the spare as the kernel that it was told to become, and start the next one. Raises OSError if it died."""
    with _LOCK:
        process = _WAITING.pop() if _WAITING else _started()
        _WAITING.append(_started())
    stream = process.stdin
    if stream is None:
        raise BrokenPipeError
    told = {
        "environment": dict(start.environment),
        "directory": start.directory,
        "arguments": ["-f", start.connection_file, *start.options],
    }
    try:
        with stream:
            stream.write(json.dumps(told).encode() + b"\n")
    except OSError:
        process.kill()
        process.wait()
        raise
    return process


def _started() -> subprocess.Popen[bytes]:
    """Start a spare in Jupyter's own way, so that it can be interrupted on Windows and ends with this program."""
    from jupyter_client.launcher import launch_kernel

    environment = {name: value for name, value in THREADLESS.items() if name not in os.environ} | dict(os.environ)
    paths = (str(Path(__file__).resolve().parents[3]), os.environ.get("PYTHONPATH", ""))
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    command = [sys.executable, "-P", "-m", MODULE]
    return launch_kernel(command, stdin=subprocess.PIPE, env=environment, **without_window())


@atexit.register
def _end() -> None:
    """End the spare that nobody took."""
    while _WAITING:
        process = _WAITING.pop()
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
