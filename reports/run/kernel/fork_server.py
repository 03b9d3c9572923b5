"""The process that kernels are forked from, and a kernel's first steps after the fork.

It is the fork server of the standard library (`multiprocessing.forkserver`), one for each process that starts kernels
(a build, a Jupyter server), started with the first kernel and ended with that process. What is our own here: the
kernel is not a `multiprocessing.Process`, so that the starting program's main module is not imported into it and a
notebook may use `multiprocessing` itself.

It relies on private parts of the standard library, which are named in `reports.library_patches` as `forked_kernels`:
where they are not as they were when this was written, every kernel is started plainly.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reports.library_patches import is_applied
from reports.run.kernel.notebook_folder import put_notebook_folder_last
from reports.run.kernel.plain import plain_command

PRELOAD = "reports.run.kernel.preload"
ROLE = "IGA_FORK_SERVER"
WAY = "IGA_KERNELS"
"""Environment variable: how kernels are started, where the usual way makes trouble, or to try another system's."""
WAYS = ("fork", "spare", "plain")
LONGEST_TEMPORARY_FOLDER = 70
"""Letters of its name; `multiprocessing` adds some 35, and the name of a socket has 107 at most."""
_ENVIRONMENT = threading.Lock()
_ONE_SERVER = threading.Lock()


def is_this_interpreter(interpreter: str) -> bool:
    """Return whether it is the interpreter that is running."""
    return os.path.realpath(interpreter) == os.path.realpath(sys.executable)


def can_fork() -> bool:
    """Return whether kernels of this interpreter are forked: on Linux, where multiprocessing is as this was made for.

    macOS has fork, but its system libraries do not survive it; Windows has none. `spare_kernels` is their way, and that
    of a machine whose folder for temporary files has so long a name that no socket can be a file in it.
    """
    has_room = len(tempfile.gettempdir()) < LONGEST_TEMPORARY_FOLDER
    return sys.platform == "linux" and has_room and way_of_starting() == "fork" and is_applied("forked_kernels")


def way_of_starting() -> str:
    """Return how kernels are started at best: `fork` unless the environment asks for `spare` or `plain`."""
    asked = os.environ.get(WAY, "")
    return asked if asked in WAYS else WAYS[0]


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
        if sys.platform != "win32":
            os.setsid()
        is_taken_over = take_over(KERNEL_ENVIRONMENT | dict(self.environment))
        if self.directory:
            os.chdir(self.directory)
        arguments = ["-f", self.connection_file, *self.options]
        if thread_count(server) != 1 or not is_taken_over:
            os.execv(sys.executable, plain_command(sys.executable, arguments))  # noqa: S606
        # The kernel ends itself when its fork server, and with it the program that asked for it, is gone.
        return run_kernel([*arguments, f"--IPKernelApp.parent_handle={server}"])


def take_over(environment: Mapping[str, str]) -> bool:
    """Make an environment this process's own; return whether Polars, which read the server's, has read it too."""
    os.environ.clear()
    os.environ.update(environment)
    if sys.platform != "win32":
        time.tzset()
    polars: Any = sys.modules.get("polars._plr")
    if polars is None:
        return True
    read_anew = getattr(polars, "config_reload_env_vars", None)
    if read_anew is not None:
        read_anew()
    return read_anew is not None


MANY_OBJECTS = (50_000, 20, 50)
"""How many new objects make Python look for unreachable ones: a kernel lives for seconds, and drawing makes many."""


def run_kernel(arguments: list[str]) -> int:
    """Be a kernel until it is shut down, in a process that has imported everything; the exit code."""
    from ipykernel.kernelapp import IPKernelApp

    known = set(sys.path)
    added = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in known]
    sys.path[:0] = added
    put_notebook_folder_last()
    sys.argv = ["ipykernel_launcher", *arguments]
    gc.set_threshold(*MANY_OBJECTS)
    IPKernelApp.launch_instance(argv=arguments)
    return 0


def _environment_of_server() -> dict[str, str]:
    """Return what the fork server finds in its environment besides: its role, and our packages before any others."""
    paths = (str(Path(__file__).resolve().parents[3]), os.environ.get("PYTHONPATH", ""))
    return {ROLE: "preload", "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _server() -> Any:
    """Return the one fork server of this program; it need not run yet."""
    with _ONE_SERVER:
        return _made_server()


@cache
def _made_server() -> Any:
    from multiprocessing import forkserver

    class KernelServer(forkserver.ForkServer):
        """The standard fork server; only its own process is told to preload, not everything that imports the module."""

        def ensure_running(self) -> None:
            with _ENVIRONMENT:
                added = _environment_of_server()
                before = {name: os.environ.get(name) for name in added}
                os.environ.update(added)
                # Ctrl-C is for the command, which ends the server: it must not meet the server while that imports.
                if sys.platform != "win32":
                    unmasked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                try:
                    super().ensure_running()
                finally:
                    if sys.platform != "win32":
                        signal.pthread_sigmask(signal.SIG_SETMASK, unmasked)
                    for name, value in before.items():
                        if value is None:
                            del os.environ[name]
                        else:
                            os.environ[name] = value

    server = KernelServer()
    server.set_forkserver_preload([PRELOAD])
    return server


@cache
def _forked_kernel() -> Any:
    """Return the class of running kernels; they answer to what Jupyter asks of a `subprocess.Popen`."""
    from multiprocessing import context, forkserver, reduction, spawn

    popen_forkserver: Any = importlib.import_module("multiprocessing.popen_forkserver")  # types know it on Unix alone

    class ForkedKernel(popen_forkserver.Popen):  # type: ignore[misc]
        stdin = stdout = stderr = None

        def _launch(self, process_obj: Any) -> None:
            # As in the standard library, but from our own server, and without the main module of this program and its
            # path of imports: a kernel has the path that a plain one has.
            facts = spawn.get_preparation_data(process_obj._name)
            for name in ("init_main_from_name", "init_main_from_path", "sys_path"):
                facts.pop(name, None)
            message = io.BytesIO()
            context.set_spawning_popen(self)
            try:
                reduction.dump(facts, message)
                reduction.dump(process_obj, message)
            finally:
                context.set_spawning_popen(None)
            self.sentinel, write_end = _server().connect_to_new_process([])
            with open(write_end, "wb", closefd=True) as stream:  # noqa: PTH123 - a descriptor
                stream.write(message.getbuffer())
            self.pid = forkserver.read_signed(self.sentinel)

        def send_signal(self, number: int) -> None:
            """Send a signal to the kernel."""
            os.kill(self.pid, number)

    return ForkedKernel


def fork_kernel(start: KernelStart) -> Any:
    """Return a kernel forked from the preloaded process, which is started if it is not running.

    It may take a second or two for the first one.
    """
    return _forked_kernel()(start)  # it answers to all that Popen asks of a multiprocessing.Process


def warm() -> None:
    """Start the fork server now, so that the first kernel finds everything loaded. Returns at once."""
    if can_fork():
        _server().ensure_running()


def server_pid() -> int | None:
    """Return the process id of this program's fork server, or None before the first kernel."""
    pid: int | None = _server()._forkserver_pid if can_fork() else None
    return pid
