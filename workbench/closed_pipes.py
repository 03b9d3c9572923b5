"""Output whose reader has gone (`iga sql ... | head -1`): the rest of it is not printed, and the work goes on."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, TextIO


class PatientStream:
    """A stream that falls silent when its reader has gone, instead of ending the command in the middle of its work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or drop what nobody reads."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._fall_silent(error)
            return len(text)

    def writelines(self, lines: Any) -> None:
        """Write lines, or drop what nobody reads."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush, or drop what nobody reads."""
        try:
            self._stream.flush()
        except OSError as error:
            self._fall_silent(error)

    def _fall_silent(self, error: OSError) -> None:
        if not is_closed_pipe(error):
            raise error
        # What still stands in buffers goes there as well, also at the exit of the interpreter.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, self._stream.fileno())
        finally:
            os.close(nowhere)


def is_closed_pipe(error: OSError) -> bool:
    """Return whether an error means that nobody reads any more; Windows calls it an invalid argument."""
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)


def be_patient() -> None:
    """Let standard output and standard error fall silent when their readers go, or where there never was one.

    Windows gives a program no streams at all that is started without a console (`pythonw`, the Task Scheduler).
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the program ends
        if not isinstance(stream, PatientStream):
            setattr(sys, name, PatientStream(stream))


def flush() -> None:
    """Write out what is left, so that the interpreter finds nothing to complain of when it exits."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
