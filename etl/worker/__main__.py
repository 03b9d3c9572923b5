"""The process that reads files: one after the other, each under its limits; `etl.worker.pool` starts it."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import BinaryIO

from etl.worker.confinement import allow_one_file, confine_this_process, lift_memory_limit
from etl.worker.messages import Answer, Request, read_request, write_answer
from etl.worker.tasks import task_named

PRELOADED = ("etl.parse", "etl.parse_apart")
"""What nearly every file needs; the rest is imported by the task that needs it."""


def main() -> None:
    """Answer requests from standard input until it ends."""
    confine_this_process(int(sys.argv[1]))
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    for module in PRELOADED:
        importlib.import_module(module)
    gc.freeze()  # what was imported stays: the collector need not walk over it while files are read
    serve(asked, answers)


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer the requests of a stream; ends with it, and after a file that used up its memory."""
    while (found := read_request(asked)) is not None:
        request, content = found
        answer = answer_to(request, content)
        write_answer(answers, answer)
        if answer.facts.get("fault") == "memory":
            return
        del found, content, answer  # before the next file is waited for


def answer_to(request: Request, content: bytes) -> Answer:
    """Return what the task of a request finds; a fault is told as one."""
    allow_one_file(request.memory_bytes, request.processor_seconds)
    try:
        return task_named(request.task)(content, request.arguments)
    except MemoryError:
        lift_memory_limit()
        return Answer({"fault": "memory"})
    except Exception as error:  # a defect of ours: it holds one file, and is told
        lift_memory_limit()
        words = " ".join(str(error).split())[:200]
        return Answer({"fault": "error", "reason": f"{type(error).__name__}: {words}"})


if __name__ == "__main__":
    main()
