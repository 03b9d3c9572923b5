"""The process that kernels are forked from, and a kernel's first steps after the fork.

It is the fork server of the standard library (`multiprocessing.forkserver`), one for each process that starts kernels
(a build, a Jupyter server), started with the first kernel and ended with that process. What is our own here: the
kernel is not a `multiprocessing.Process`, so that the starting program's main module is not imported into it and a
notebook may use `multiprocessing` itself.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

PRELOAD = "reports.run.kernel.preload"
ROLE = "IGA_FORK_SERVER"
_ENVIRONMENT = threading.Lock()


def can_fork(interpreter: str) -> bool:
    """Whether kernels of this interpreter are forked: on Linux, and only from the interpreter that is running.

    macOS has fork, but its system libraries do not survive it; Windows has none.
    """
    return sys.platform == "linux" and os.path.realpath(interpreter) == os.path.realpath(sys.executable)


@dataclass(frozen=True)
class KernelStart:
    """What a kernel starts with: its connection file, its environment, its folder, and options of the kernel itself."""

    connection_file: str
    environment: Mapping[str, str]
    directory: str | None
    options: tuple[str, ...] = ()

    _name = "IGA kernel"

    def _bootstrap(self, parent_sentinel: int | None = None) -> int:
        """Called by multiprocessing in the new process; the exit code of the kernel."""
        from multiprocessing import forkserver

        from reports.run.kernel.preload import KERNEL_ENVIRONMENT, thread_count

        server = os.getppid()
        # The fork server ends when the last holder of this descriptor does; a kernel must not keep it alive.
        holder: Any = forkserver._forkserver
        os.close(holder._forkserver_alive_fd)
        holder._forkserver_alive_fd = holder._forkserver_address = None
        os.setsid()
        _take_over(KERNEL_ENVIRONMENT | dict(self.environment))
        if self.directory:
            os.chdir(self.directory)
        arguments = ["-f", self.connection_file, *self.options]
        if thread_count(server) != 1:
            os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", *arguments])  # noqa: S606
        return _run(arguments, server)


def _take_over(environment: Mapping[str, str]) -> None:
    """Make an environment this process's own, also for what has read the server's when it was imported."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    polars: Any = sys.modules.get("polars._plr")
    if polars is not None and hasattr(polars, "config_reload_env_vars"):
        polars.config_reload_env_vars()


MANY_OBJECTS = (50_000, 20, 50)
"""How many new objects make Python look for unreachable ones: a kernel lives for seconds, and drawing makes many."""


def _run(arguments: list[str], server: int) -> int:
    from ipykernel.kernelapp import IPKernelApp

    known = set(sys.path)
    added = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in known]
    sys.path[:0] = added
    sys.argv = ["ipykernel_launcher", *arguments]
    gc.set_threshold(*MANY_OBJECTS)
    # The kernel ends itself when its fork server, and with it the program that asked for it, is gone.
    IPKernelApp.launch_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={server}"])
    return 0


if sys.platform == "linux" or TYPE_CHECKING:
    from multiprocessing import context, forkserver, popen_forkserver, reduction, spawn

    class KernelServer(forkserver.ForkServer):
        """The standard fork server; only its own process is told to preload, not everything that imports the module."""

        def ensure_running(self) -> None:
            """Start the server unless it runs."""
            with _ENVIRONMENT:
                os.environ[ROLE] = "preload"
                try:
                    super().ensure_running()
                finally:
                    del os.environ[ROLE]

    SERVER = KernelServer()
    SERVER.set_forkserver_preload([PRELOAD])

    class ForkedKernel(popen_forkserver.Popen):
        """A running kernel; it answers to what Jupyter asks of a `subprocess.Popen`."""

        stdin = stdout = stderr = None

        def _launch(self, process_obj: Any) -> None:
            # As in the standard library, but without the main module of this program, and from our own server.
            facts = spawn.get_preparation_data(process_obj._name)
            for name in ("init_main_from_name", "init_main_from_path"):
                facts.pop(name, None)
            message = io.BytesIO()
            context.set_spawning_popen(self)
            try:
                reduction.dump(facts, message)
                reduction.dump(process_obj, message)
            finally:
                context.set_spawning_popen(None)
            self.sentinel, write_end = SERVER.connect_to_new_process([])
            with open(write_end, "wb", closefd=True) as stream:  # noqa: PTH123 - a descriptor
                stream.write(message.getbuffer())
            self.pid = forkserver.read_signed(self.sentinel)

        def send_signal(self, number: int) -> None:
            """Send a signal to the kernel."""
            os.kill(self.pid, number)


def fork_kernel(start: KernelStart) -> Any:
    """A kernel forked from the preloaded process, which is started if it is not running. It may take a second or two
    for the first one."""
    asked: Any = start  # it answers to all that Popen asks of a multiprocessing.Process
    return ForkedKernel(asked)


def warm() -> None:
    """Start the fork server now, so that the first kernel finds everything loaded. Returns at once."""
    if sys.platform == "linux":
        SERVER.ensure_running()


def server_pid() -> int | None:
    """Process id of this program's fork server, or None before the first kernel."""
    pid: int | None = getattr(SERVER, "_forkserver_pid", None) if sys.platform == "linux" else None
    return pid
