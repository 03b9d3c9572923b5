"""Ctrl-C, and the end that the system or another program asks for: any command ends at once, and leaves nothing behind.

The main thread is interrupted as Python does it, so that its blocks are left in order. A thread of its own hears of the
signal too, whatever the main thread is at (a query, the drawing of a page): it ends the processes that were started,
and after a short patience the command itself. A second signal ends it without patience.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from iga.exit_codes import ExitCode
from warehouse.temporary import begin_no_more, clear_ours

PATIENCE_S = 1.0
"""How long the main thread may take to leave its blocks in order."""
PATIENCE_WITH_CHILD_S = 1.6
"""The same where a command of ours runs under this one, which has to end first."""

END_MESSAGES = {
    ExitCode.STOPPED: "Stopped.",
    ExitCode.TERMINATED: "Ended, as the system or another program asked; what was published stands.",
}
"""What is said at the end, as catalogue keys."""

_SIGNALS = {
    "SIGINT": ExitCode.STOPPED,
    "SIGBREAK": ExitCode.STOPPED,
    "SIGTERM": ExitCode.TERMINATED,
    "SIGHUP": ExitCode.TERMINATED,
}


class Stopped(KeyboardInterrupt):
    """This process was asked to end."""


class _Listener:
    """Hears of the signals of this process."""

    def __init__(self) -> None:
        self.asked_for: ExitCode | None = None
        self.is_server = False
        self.children: set[subprocess.Popen[Any]] = set()
        self.say: Callable[[str], str] = str
        self._codes: dict[int, ExitCode] = {}
        self._rings: socket.socket | None = None
        self._ending = threading.Lock()

    def listen(self) -> None:
        """Take the signals that this process does not ignore (`nohup`); called in the main thread."""
        for name, code in _SIGNALS.items():
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._codes[int(number)] = code
                signal.signal(number, self._interrupt)
        if self._rings is not None:  # a second command in one process: its thread hears already
            return
        hears, rings = socket.socketpair()
        rings.setblocking(False)
        signal.set_wakeup_fd(rings.fileno(), warn_on_full_buffer=False)
        self._rings = rings  # closed with the process
        threading.Thread(target=self._hear, args=(hears,), daemon=True, name="iga-signals").start()

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        """Interrupt the main thread, once; a server's is left alone, since it ends with all that it serves."""
        is_first = self.asked_for is None
        self._note(number)
        if is_first and not self.is_server:
            raise Stopped

    def _note(self, number: int) -> None:
        if self.asked_for is not None:
            return
        self.asked_for = self._codes[number]
        begin_no_more()
        # Threads and libraries that are cut off have nothing to tell.
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        sys.unraisablehook = _say_nothing
        threading.excepthook = _say_nothing

    def _hear(self, bell: socket.socket) -> None:
        number = self._heard(bell, None)
        while number is None:
            number = self._heard(bell, None)
        patience = 0.0 if self.is_server else PATIENCE_S
        if self.children:
            patience = PATIENCE_WITH_CHILD_S
            for child in list(self.children):
                ask_to_end(child)
        else:
            _end_children()
        if patience:
            self._heard(bell, patience)
        self.end(self.asked_for or self._codes[number])

    def _heard(self, bell: socket.socket, patience: float | None) -> int | None:
        """Wait for one of our signals; its number, or None after the patience."""
        bell.settimeout(patience)
        try:
            number = bell.recv(1)[0]
        except TimeoutError:
            return None
        return number if number in self._codes else None

    def end(self, code: ExitCode) -> NoReturn:
        """End this process: its children first, then what it has begun, then itself, with one sentence."""
        with self._ending:
            _end_children()
            clear_ours()
            with contextlib.suppress(Exception):  # what the children had begun
                from warehouse.keeping.dead_temporaries import clear_dead_temporaries

                clear_dead_temporaries()
            with contextlib.suppress(Exception):
                stream = sys.stderr
                if stream is not None:
                    if stream.isatty():
                        stream.write("\x1b[?25h\r\x1b[2K")  # a bar of progress may have hidden the cursor
                    stream.write(f"{self.say(END_MESSAGES[code])}\n")
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            os._exit(code)


_listener = _Listener()


def listen(say: Callable[[str], str]) -> None:
    """Let signals end this command; `say` puts a sentence into the language of its messages."""
    _listener.say = say
    _listener.listen()


def as_server(_server: object = None) -> None:
    """Let signals end this process without patience: for a server, which does not take them itself."""
    _listener.is_server = True


def end_if_asked() -> None:
    """End the process where a signal has asked for it; the main thread calls this when it has left its blocks."""
    if _listener.asked_for is not None:
        _listener.end(_listener.asked_for)


def is_asked() -> bool:
    """Return whether a signal has asked this process to end."""
    return _listener.asked_for is not None


@contextmanager
def ended_with_this(child: subprocess.Popen[Any]) -> Iterator[None]:
    """While this is open, a signal to this process asks a command of ours to end as well, and waits for it."""
    _listener.children.add(child)
    try:
        yield
    finally:
        _listener.children.discard(child)


def ask_to_end(child: subprocess.Popen[Any]) -> None:
    """Ask a command of ours to end that ends with the pipe to it; on Windows no signal could ask it."""
    with contextlib.suppress(OSError):
        if child.stdin is not None:
            child.stdin.close()


def end_with_parent() -> None:
    """End this command when its parent has ended, or asks it to; both close the pipe to it."""

    def wait() -> None:
        while os.read(0, 1024):  # not `sys.stdin`, which a thread that waits must not hold when the run is done
            pass
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="iga-parent").start()


def _end_children() -> None:
    with contextlib.suppress(Exception):
        from workbench.descendants import end_descendants

        end_descendants()


def _say_nothing(_what: Any) -> None:
    """Tell nobody."""
