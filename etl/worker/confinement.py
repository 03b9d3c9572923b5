"""The limits of a process that reads files, set by the system: from within (rlimits), or around it (a job of Windows).

Limits hold per file: they are what the process has used so far and the allowance of the next file. None goes beyond
what the process was started with.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

_LARGEST_WRITE = 1 << 20
_PR_SET_PDEATHSIG = 1


if sys.platform == "win32":

    def confine_this_process(parent: int) -> None:
        """Leave an interrupt from the keyboard to the parent; the job around this process does the rest."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def allow_one_file(memory_bytes: int, processor_seconds: int) -> None:
        """Do nothing: the parent limits the job around this process (`Job`)."""

    def lift_memory_limit() -> None:
        """Do nothing: the job around this process stays as it is."""

    def is_processor_limited() -> bool:
        """Return whether this program itself may use only so much of the processor, which its processes inherit."""
        return False

else:
    import resource

    _INHERITED: dict[int, int] = {}

    def confine_this_process(parent: int) -> None:
        """End with the parent, write no files, leave no core dumps; an interrupt is for the parent."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _at_most(resource.RLIMIT_FSIZE, _LARGEST_WRITE)
        _at_most(resource.RLIMIT_CORE, 0)
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()

    def allow_one_file(memory_bytes: int, processor_seconds: int) -> None:
        """Set the limits of memory and processor time for the next file, from what is used now."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        _at_most(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime) + 1 + processor_seconds)
        if (used := _address_space()) is not None:
            _at_most(resource.RLIMIT_AS, used + memory_bytes)

    def lift_memory_limit() -> None:
        """Let the process speak again after a file that used up its memory."""
        resource.setrlimit(resource.RLIMIT_AS, (resource.getrlimit(resource.RLIMIT_AS)[1],) * 2)

    def is_processor_limited() -> bool:
        """Return whether this program itself may use only so much of the processor, which its processes inherit."""
        return resource.getrlimit(resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY

    def _at_most(limit: int, amount: int) -> None:
        hard = resource.getrlimit(limit)[1]
        soft = _INHERITED.setdefault(limit, resource.getrlimit(limit)[0])
        known = [bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY]
        resource.setrlimit(limit, (min([amount, *known]), hard))

    def _end_with(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    def _address_space() -> int | None:
        """The address space that this process has now, where the system tells it and limits it."""
        try:
            with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123  a file of the system
                return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return None


if sys.platform == "win32":
    from ctypes import wintypes

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    class _MemoryCounters(ctypes.Structure):
        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("WorkingSetSize", ctypes.c_size_t),
            ("QuotaPeakPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPeakNonPagedPoolUsage", ctypes.c_size_t),
            ("QuotaNonPagedPoolUsage", ctypes.c_size_t),
            ("PagefileUsage", ctypes.c_size_t),
            ("PeakPagefileUsage", ctypes.c_size_t),
        )

    _EXTENDED_LIMIT_INFORMATION = 9
    _LIMIT_PROCESS_MEMORY = 0x100
    _LIMIT_DIE_ON_UNHANDLED_EXCEPTION = 0x400
    _LIMIT_KILL_ON_JOB_CLOSE = 0x2000

    def _kernel32() -> Any:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR]
        kernel.AssignProcessToJobObject.argtypes = [wintypes.HANDLE, wintypes.HANDLE]
        kernel.SetInformationJobObject.argtypes = [wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]
        kernel.CloseHandle.argtypes = [wintypes.HANDLE]
        kernel.GetProcessTimes.argtypes = [wintypes.HANDLE, *[ctypes.POINTER(wintypes.FILETIME)] * 4]
        kernel.K32GetProcessMemoryInfo.argtypes = [wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD]
        return kernel

    def _new_job() -> Any:
        return _kernel32().CreateJobObjectW(None, None)

    def _limit_job(handle: Any, memory_bytes: int) -> None:
        limits = _ExtendedLimits()
        flags = _LIMIT_KILL_ON_JOB_CLOSE | _LIMIT_DIE_ON_UNHANDLED_EXCEPTION  # no dialog of the system for a crash
        limits.BasicLimitInformation.LimitFlags = flags | (_LIMIT_PROCESS_MEMORY if memory_bytes else 0)
        limits.ProcessMemoryLimit = memory_bytes
        size = ctypes.sizeof(limits)
        _kernel32().SetInformationJobObject(handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size)

    def _handle_of(process: subprocess.Popen[bytes]) -> Any:
        return wintypes.HANDLE(int(process._handle))  # type: ignore[attr-defined]

    def _processor_seconds(process: subprocess.Popen[bytes]) -> float:
        created, ended, kernel, user = (wintypes.FILETIME() for _ in range(4))
        told = (ctypes.byref(created), ctypes.byref(ended), ctypes.byref(kernel), ctypes.byref(user))
        if not _kernel32().GetProcessTimes(_handle_of(process), *told):
            return 0.0
        return sum((part.dwHighDateTime << 32 | part.dwLowDateTime) / 1e7 for part in (kernel, user))

    def _committed(process: subprocess.Popen[bytes]) -> int:
        counters = _MemoryCounters()
        counters.cb = ctypes.sizeof(counters)
        _kernel32().K32GetProcessMemoryInfo(_handle_of(process), ctypes.byref(counters), counters.cb)
        return int(counters.PagefileUsage)

    class Job:
        """A job object around a process: its limits of memory, and its end with this program."""

        def __init__(self, process: subprocess.Popen[bytes]) -> None:
            self._process = process
            self._handle = _new_job()
            _kernel32().AssignProcessToJobObject(self._handle, _handle_of(process))
            _limit_job(self._handle, 0)

        def allow_one_file(self, memory_bytes: int) -> float:
            """Limit the memory for the next file; return the processor time that is used now."""
            _limit_job(self._handle, _committed(self._process) + memory_bytes)
            return self.processor_seconds()

        def processor_seconds(self) -> float:
            """Return the processor time of the process."""
            return _processor_seconds(self._process)

        def resident_bytes(self) -> int | None:
            """Return the memory that the process holds."""
            return _committed(self._process)

        def close(self) -> None:
            """Let the job go; a process that is still in it ends."""
            _kernel32().CloseHandle(self._handle)

else:

    class Job:
        """A process seen from outside: where there are rlimits, it limits itself."""

        def __init__(self, process: subprocess.Popen[bytes]) -> None:
            self._process = process

        def allow_one_file(self, memory_bytes: int) -> float:
            """Return 0: the process watches its own processor time."""
            return 0.0

        def processor_seconds(self) -> float:
            """Return 0: the process watches its own processor time."""
            return 0.0

        def resident_bytes(self) -> int | None:
            """Return the memory that the process holds; None where it is gone."""
            try:
                with open(f"/proc/{self._process.pid}/statm", "rb") as stream:  # noqa: PTH123
                    return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            except FileNotFoundError:
                return _told_by_ps(self._process.pid) if sys.platform != "linux" else None
            except (OSError, IndexError, ValueError):
                return None

        def close(self) -> None:
            """Do nothing."""

    def _told_by_ps(pid: int) -> int | None:
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return int(told.stdout) * 1024 if told.stdout.strip().isdecimal() else None
