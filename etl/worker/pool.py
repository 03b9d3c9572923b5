"""A few warm processes that read files, one file each at a time; a file that ends one is tried again alone.

`shared_pool` gives the one of this program: it starts processes when there is work, keeps them for the next load, and
ends them after a while without any. They end with the program, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from etl.cells.sheets import UnreadableFile
from etl.worker.confinement import Job, is_processor_limited
from etl.worker.limits import MIB, WorkerLimits, worker_limits
from etl.worker.messages import Answer, BrokenAnswer, Request, read_answer, write_request
from etl.worker.tasks import task_named

WATCH_SECONDS = 0.1
_SECRETS = re.compile("PASSWORD|PASSWD|SECRET|TOKEN|_KEY$", re.IGNORECASE)
_FAILED_ALLOCATION = re.compile(rb"memory allocation of ([0-9]+) bytes failed|MemoryError|out of memory", re.IGNORECASE)
_THREADS = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
"""A process reads one file, and others read beside it; each thread would take address space as well."""


class FileBlamed(UnreadableFile):
    """Reading a file ended its process, or cost more than a file may; the file is held, and the rest goes on."""


class PoolClosed(RuntimeError):
    """The processes were ended before a file was read."""


@dataclass(eq=False)
class _Task:
    request: Request
    content: Callable[[], bytes]
    answer: Future[Answer] = field(default_factory=Future)
    is_abandoned: bool = False


@dataclass(frozen=True)
class _Death:
    """How a process ended: the cause that is told, its values, and whether another try may end otherwise."""

    cause: str
    values: dict[str, object]
    is_certain: bool = False


class WorkerPool:
    """Processes that read files. Threads of this program give them their work, one thread for each process."""

    def __init__(self, limits: WorkerLimits | None = None) -> None:
        self.limits = limits or worker_limits()
        self.most = max(1, min(self.limits.workers, os.cpu_count() or 1))
        self._waiting: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._workers: set[_Worker] = set()
        self._turn = _Turn()
        self._lock = threading.Lock()
        self._watch: threading.Thread | None = None
        self._is_busy = threading.Event()
        self.is_closed = False
        self.was_asked = False
        """Whether any file was given to it."""

    def submit(self, task: str, content: Callable[[], bytes], arguments: object = None) -> Future[Answer]:
        """Ask for a task on the bytes that `content` gives when their turn has come.

        The answer raises FileBlamed where the file ended a process or went beyond its limits, also when it was read
        alone; what `content` raises it raises too.
        """
        return self._submit(task, content, arguments).answer

    def _submit(self, task: str, content: Callable[[], bytes], arguments: object) -> _Task:
        asked = _Task(Request(task, arguments, 0, 0), content)
        with self._lock:
            if self.is_closed:
                raise PoolClosed
            self.was_asked = True
            self._waiting.put(asked)
            wanted = 1 + self._waiting.qsize() // self.limits.files_for_another
            if len(self._threads) < min(wanted, self.most):
                thread = threading.Thread(target=self._serve, name="iga reader", daemon=True)
                self._threads.append(thread)
                thread.start()
            if self._watch is None:
                self._watch = threading.Thread(target=self._watch_over, name="iga reader watch", daemon=True)
                self._watch.start()
        return asked

    def run(self, task: str, content: bytes, arguments: object = None) -> Answer:
        """Do a task on bytes and wait for its answer. Raises FileBlamed."""
        with self.session() as submit:
            return submit(task, lambda: content, arguments).result()

    @contextmanager
    def session(self) -> Iterator[Callable[..., Future[Answer]]]:
        """Give a `submit` for one piece of work; where the block raises, what it has asked for is ended at once."""
        asked: list[_Task] = []

        def submit(task: str, content: Callable[[], bytes], arguments: object = None) -> Future[Answer]:
            asked.append(self._submit(task, content, arguments))
            return asked[-1].answer

        try:
            yield submit
        except BaseException:
            for task in asked:
                task.is_abandoned = True
            for worker in list(self._workers):
                if worker.task in asked:
                    worker.kill()
            raise

    def close(self) -> None:
        """End all processes now; what was not read yet raises PoolClosed."""
        with self._lock:
            self.is_closed = True
        for worker in list(self._workers):
            worker.kill()
        for _ in self._threads:
            self._waiting.put(None)
        self._is_busy.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_ids(self) -> list[int]:
        """The processes that run now."""
        return [worker.process.pid for worker in list(self._workers)]

    def _serve(self) -> None:
        worker: _Worker | None = None
        try:
            while True:
                try:
                    task = self._waiting.get(timeout=self.limits.idle_seconds if worker else None)
                except queue.Empty:
                    self._ended(worker)
                    worker = None
                    continue
                if task is None:
                    return
                if (content := self._content_of(task)) is None:
                    continue
                # A large file may take all the memory at once: it need not fail first at its share.
                is_alone = len(content) > self.limits.large_kib << 10
                with self._turn.of(alone=is_alone):
                    worker, death = self._read(task, content, worker, is_alone=is_alone)
                if death is not None:
                    # What else ran at that time may have used up the memory, or this process was worn out.
                    with self._turn.of(alone=True):
                        worker, death = self._read(task, content, worker, is_alone=True)
                if death is not None:
                    task.answer.set_exception(FileBlamed.because(death.cause, **death.values))
                del task, content  # before the next file is waited for
        finally:
            self._ended(worker)

    def _content_of(self, task: _Task) -> bytes | None:
        """The bytes of a file; None where they are not to be had, as its answer tells."""
        try:
            return task.content()
        except BaseException as error:
            task.answer.set_exception(error)
            return None

    def _read(
        self, task: _Task, content: bytes, worker: _Worker | None, *, is_alone: bool
    ) -> tuple[_Worker | None, _Death | None]:
        """Have a file read; the process afterwards, and its end where another try is worth it or was made."""
        if self._is_over(task):
            task.answer.set_exception(PoolClosed())
            return worker, None
        try:
            if worker is None:
                worker = self._started()
        except BaseException as error:
            task.answer.set_exception(error)
            return worker, None
        death = worker.read(task, content, self.limits, self._memory(is_alone=is_alone), self._is_busy)
        if death is None and worker.is_fit(self.limits):
            return worker, None
        self._ended(worker)
        if death is None:
            return None, None
        if self._is_over(task):
            task.answer.set_exception(PoolClosed())
            return None, None
        # The system counts the memory of each process by itself: with all of it, alone, another try ends alike.
        if death.is_certain or (is_alone and death.cause == "worker_memory"):
            task.answer.set_exception(FileBlamed.because(death.cause, **death.values))
            return None, None
        return None, death

    def _is_over(self, task: _Task) -> bool:
        return task.is_abandoned or self.is_closed

    def _memory(self, *, is_alone: bool) -> int:
        return self.limits.memory_mib * MIB // (1 if is_alone else self.most)

    def _started(self) -> _Worker:
        worker = _Worker()
        self._workers.add(worker)
        return worker

    def _ended(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            self._workers.discard(worker)

    def _watch_over(self) -> None:
        """End processes that go beyond a limit that the system does not hold them to."""
        while not self.is_closed:
            self._is_busy.wait()
            time.sleep(WATCH_SECONDS)
            busy = [worker for worker in list(self._workers) if worker.task is not None]
            if not busy and not self.is_closed:
                self._is_busy.clear()
                # A file that came in between sets it again when it is given to its process.
                if any(worker.task is not None for worker in list(self._workers)):
                    self._is_busy.set()
            for worker in busy:
                worker.kill_beyond_limits()


class InThisProcess(WorkerPool):
    """Reads files here and at once, without limits: for bytes that are our own, and for tests that look on."""

    def _submit(self, task: str, content: Callable[[], bytes], arguments: object) -> _Task:
        asked = _Task(Request(task, arguments, 0, 0), content)
        try:
            asked.answer.set_result(task_named(task)(content(), arguments))
        except Exception as error:
            asked.answer.set_exception(error)
        return asked


class _Turn:
    """Files are read side by side; one that is read alone waits for the others, and they for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._reading = 0
        self._alone_waiting = 0

    @contextmanager
    def of(self, *, alone: bool) -> Iterator[None]:
        with self._changed:
            self._alone_waiting += alone
            self._changed.wait_for(lambda: self._reading == 0 if alone else self._reading >= 0 == self._alone_waiting)
            self._alone_waiting -= alone
            self._reading = -1 if alone else self._reading + 1
        try:
            yield
        finally:
            with self._changed:
                self._reading = 0 if alone else self._reading - 1
                self._changed.notify_all()


_LOOK_S = 5
"""After its time by the clock a process is looked at for so long: whether it works or hangs."""
_GETS_ON_S = 0.02
"""So much processor time says that it works; one that hangs has only its look at its parent."""


def _processor_time(process: int) -> float:
    import psutil  # only where a file takes long

    try:
        times = psutil.Process(process).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


class _Worker:
    """One process that reads files, seen from the program that started it."""

    def __init__(self) -> None:
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the process
        # Not the folder that the program happens to run in (-P): a module there may bear any name.
        command = [sys.executable, "-P", "-m", "etl.worker", str(os.getpid())]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            env=_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._job = Job(self.process)
        self._killed_for: _Death | None = None
        self.task: _Task | None = None
        self._deadline = self._processor_end = 0.0
        self._processor_before: float | None = None
        self._memory_end = self._stretches = 0
        self._processor = self._wall = self._memory_mib = 0
        self._lock = threading.Lock()

    def read(
        self, task: _Task, content: bytes, limits: WorkerLimits, memory_bytes: int, is_busy: threading.Event
    ) -> _Death | None:
        """Have a task done and give its answer; return how the process ended where it did not do it."""
        self._processor, self._wall = limits.processor_for(len(content)), limits.wall_for(len(content))
        self._memory_mib = limits.memory_mib
        self._processor_end = self._job.allow_one_file(memory_bytes) + self._processor
        self._memory_end = (self._job.resident_bytes() or 0) + memory_bytes
        self._deadline = time.monotonic() + self._wall
        self._processor_before, self._stretches = None, limits.wall_stretches
        self._killed_for = None
        self.task = task
        is_busy.set()
        asked = Request(task.request.task, task.request.arguments, memory_bytes, self._processor)
        try:
            write_request(cast("BinaryIO", self.process.stdin), asked, content)
            answer = read_answer(cast("BinaryIO", self.process.stdout), limits.answer_mib * MIB)
        except (BrokenAnswer, OSError, ValueError) as error:
            self.kill()
            return self._death(limits, str(error))
        finally:
            with self._lock:
                self.task = None
        if answer.facts.get("fault") == "memory":
            self.kill()
            return _Death("worker_memory", {"limit": limits.memory_mib})
        if answer.facts.get("fault") == "error":
            return _Death("worker_fault", {"reason": answer.facts.get("reason", "")}, is_certain=True)
        task.answer.set_result(answer)
        return None

    def _death(self, limits: WorkerLimits, why: str) -> _Death:
        code = self.process.wait()
        memory: dict[str, object] = {"limit": limits.memory_mib}
        if self._killed_for is not None:
            return self._killed_for
        if code == -getattr(signal, "SIGXCPU", 0) != 0:
            return _Death("worker_timeout", {"seconds": self._processor}, is_certain=not is_processor_limited())
        self._told.seek(0)
        if failed := _FAILED_ALLOCATION.search(self._told.read(1 << 16)):
            return _Death("worker_memory", memory, is_certain=int(failed[1] or 0) > limits.memory_mib * MIB)
        if why == "too large":
            return _Death("worker_answer", {"limit": limits.answer_mib}, is_certain=True)
        return _Death("worker_killed", {})

    def kill_beyond_limits(self) -> None:
        """End the process where the file in work costs more than it may."""
        with self._lock:
            if self.task is None:
                return
            if time.monotonic() > self._deadline:
                if self._gets_on():
                    return
                self._killed_for = _Death("worker_timeout", {"seconds": self._wall})
            elif self._job.processor_seconds() > self._processor_end > 0:
                self._killed_for = _Death("worker_timeout", {"seconds": self._processor}, is_certain=True)
            elif (self._job.resident_bytes() or 0) > self._memory_end:
                self._killed_for = _Death("worker_memory", {"limit": self._memory_mib})
            else:
                return
            self.kill()

    def _gets_on(self) -> bool:
        """Return whether the process only waits for a busy machine, and give it another stretch of time then.

        A file is not to blame where other programs have the processor: what it may cost of that is limited apart.
        """
        before, self._processor_before = self._processor_before, _processor_time(self.process.pid)
        if before is None:
            self._deadline = time.monotonic() + _LOOK_S
            return True
        self._stretches -= 1
        if self._stretches <= 0 or self._processor_before - before < _GETS_ON_S:
            return False
        self._deadline = time.monotonic() + self._wall
        return True

    def is_fit(self, limits: WorkerLimits) -> bool:
        """Return whether the process may read another file; what a library keeps is given back only by its end."""
        return (self._job.resident_bytes() or 0) <= limits.restart_above_mib * MIB

    def kill(self) -> None:
        """End the process at once."""
        with contextlib.suppress(OSError):
            self.process.kill()

    def end(self) -> None:
        """Let the process end, and everything that belongs to it go."""
        self.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self._told):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        self._job.close()


def _environment() -> dict[str, str]:
    """The variables of this program without secrets, and where its packages lie."""
    root = str(Path(str(resources.files("etl"))).parent)
    known = {name: value for name, value in os.environ.items() if not _SECRETS.search(name)}
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**known, **_THREADS, "MALLOC_ARENA_MAX": "2", "PYTHONPATH": os.pathsep.join(paths)}


_shared: dict[int, WorkerPool] = {}
_shared_lock = threading.Lock()


def shared_pool() -> WorkerPool:
    """Return the pool of this program; a new one where the limits have changed, or after a fork."""
    limits, mine = worker_limits(), os.getpid()
    with _shared_lock:
        pool = _shared.get(mine)
        if pool is None or pool.is_closed or pool.limits != limits:
            _shared.clear()
            if pool is not None:
                pool.close()
            pool = _shared[mine] = WorkerPool(limits)
        return pool


def close_shared_pool() -> None:
    """End the processes of this program that read files; the next file starts new ones."""
    with _shared_lock:
        if (pool := _shared.pop(os.getpid(), None)) is not None:
            pool.close()


atexit.register(close_shared_pool)
