"""What the desk refuses, in words that say what to do."""

from __future__ import annotations

from warehouse.errors import ExitCode, WorkbenchError


class RequestRefused(WorkbenchError):
    """What was asked of the desk is not something that it does, or lacks what it needs."""

    exit_code = ExitCode.USAGE


def refused(name: str) -> RequestRefused:
    """Return the refusal of a part of a request that is missing or of no use."""
    text = "{name} is missing, or is nothing that the desk can use"
    return RequestRefused(text, next_step="choose it again", name=name)
