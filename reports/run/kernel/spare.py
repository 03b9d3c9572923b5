"""The program of a spare kernel: import everything, wait to be told which kernel it is, and be that."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

INHERITED = ("JPY_PARENT_PID", "JPY_INTERRUPT_EVENT", "IPY_INTERRUPT_EVENT")
"""What Jupyter told this process at its start, and no other: whose end it follows, and what interrupts it."""


def main() -> int:
    """Become a kernel; the exit code."""
    from reports.run.kernel.preload import ending_with_parent, preload

    with ending_with_parent():
        preload()
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):  # nobody needs it, or who started it is gone
        os._exit(0)
    told: dict[str, Any] = json.loads(line)
    own = {name: os.environ[name] for name in INHERITED if name in os.environ}
    from reports.run.kernel.fork_server import run_kernel, take_over

    take_over(told["environment"] | own)
    if told["directory"]:
        os.chdir(told["directory"])
    return run_kernel(told["arguments"])


if __name__ == "__main__":
    sys.exit(main())
