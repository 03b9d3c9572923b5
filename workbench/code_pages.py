"""What a terminal or a pipe can show: no sign is too foreign to print."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any


def print_anything(words: Sequence[str]) -> None:
    """Let standard output and standard error print every text, whatever the code page of the terminal.

    What a code page lacks becomes `?` there. Data for programs (`--format json` or `csv`) that goes to a file or a pipe
    is UTF-8, unless PYTHONIOENCODING names another.
    """
    is_data = any(
        word in ("--format=json", "--format=csv") or (word == "--format" and following in ("json", "csv"))
        for word, following in pairwise([*words, ""])
    )
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if not hasattr(stream, "reconfigure"):
            continue
        if name == "stdout" and is_data and not stream.isatty() and not os.environ.get("PYTHONIOENCODING"):
            stream.reconfigure(encoding="utf-8", errors="strict")
        elif not (stream.encoding or "").lower().replace("-", "").startswith("utf"):
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(errors="backslashreplace")  # a file name that is no text has halves of signs
