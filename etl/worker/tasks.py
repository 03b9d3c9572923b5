"""What may be asked of a process that reads files: each task by name, and the function that does it.

A function takes the bytes of a file and the arguments of the request, and returns an `Answer`. It is named here and
not imported, so that the code of a load does not come to hang on what only a task of another command needs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from etl.worker.messages import Answer

TASKS = {
    "parse": "etl.parse_apart:parse_task",
    "fits": "etl.parse_apart:fits_task",
    "cells": "etl.worker.cells_apart:cells_task",
    "mark": "etl.outgoing.return_to_sender:mark_task",
    "document": "etl.documents.read_document:document_task",
    "comment": "etl.documents.word_comments:comment_task",
}


def task_named(name: str) -> Callable[[bytes, object], Answer]:
    """Return the function of a task."""
    module, _, function = TASKS[name].partition(":")
    task: Callable[[bytes, object], Answer] = getattr(importlib.import_module(module), function)
    return task
