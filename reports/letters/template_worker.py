"""Fill in a template of a city in a process of its own, which ends when it takes more time or memory than a letter.

Standard input has the document and the template; standard output gets `+` and the Word file, or `-` and the reason.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading

MOST_SECONDS = 3.0
MOST_MEMORY = 384 << 20
"""Bytes above what the program takes before it begins."""
MOST_BYTES = 32 << 20
"""Bytes of a Word file; the longest letter has a few hundred thousand."""
OVERRUN = 9
"""Exit code of a process that took too long."""


def main() -> None:
    """Read a document and a template, and write the Word file or why there is none."""
    document, content = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the program that started this one
    from reports.letters.word import FAULTS_OF_A_TEMPLATE, filled_in, reason_of_template

    _limit()
    try:
        word = filled_in(document, content)
        if len(word) > MOST_BYTES:
            raise MemoryError
    except FAULTS_OF_A_TEMPLATE as error:
        reason = reason_of_template(error)
        values = {name: str(value) for name, value in reason.values.items()}
        _answer(b"-", json.dumps([reason.template, values]).encode())
    except (MemoryError, RecursionError):
        os._exit(OVERRUN)
    else:
        _answer(b"+", word)


def _answer(sign: bytes, content: bytes) -> None:
    sys.stdout.buffer.write(sign + content)
    sys.stdout.buffer.flush()


def _limit() -> None:
    """Set an end in time everywhere, and one in memory where the system has one for a process."""
    clock = threading.Timer(MOST_SECONDS, os._exit, [OVERRUN])
    clock.daemon = True
    clock.start()
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + MOST_SECONDS) + 1)
        if sys.platform == "linux":
            with open("/proc/self/statm", encoding="ascii") as facts:  # noqa: PTH123 - a file of the kernel
                pages = int(facts.read().split()[0])
            _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + MOST_MEMORY)


def _lower(kind: int, most: int) -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, hard))


if __name__ == "__main__":
    main()
