"""What can go wrong: each cause a class with a place, a next step and the exit code that a command ends with."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar


class WorkbenchError(Exception):
    """A fault that a person can mend: what happened, where, and what to do next.

    ``message`` and ``next_step`` are English templates (catalogue keys); ``values`` fill their ``{names}``, so that the
    same error can be told in either language. ``exit_code`` is the documented exit code of the command that meets it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, next_step: str = "", place: str = "", **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.place = place
        self.values = values

    def told(self, translate: Callable[[str], str] = str) -> tuple[str, str, str]:
        """Message, place and next step in the language of ``translate``."""
        message = translate(self.message).format(**self.values)
        next_step = translate(self.next_step).format(**self.values) if self.next_step else ""
        return message, self.place, next_step

    def __str__(self) -> str:
        message, place, next_step = self.told()
        return message + (f" [{place}]" if place else "") + (f" -> {next_step}" if next_step else "")


class UnknownName(WorkbenchError):
    """A city, edition, rulebook, snapshot, table or report of that name is not known."""

    exit_code = 3


class NoSnapshot(WorkbenchError):
    """Nothing has been published under this home yet."""

    exit_code = 4


class InputHeld(WorkbenchError):
    """At least one received file could not be read; the rest was published."""

    exit_code = 5


class AuditFailed(WorkbenchError):
    """A build broke an audit and was not published; the last snapshot stands."""

    exit_code = 6


class QueryRefused(WorkbenchError):
    """A query is not valid SQL, or wants more than to read the snapshot."""

    exit_code = 7


class HomeLocked(WorkbenchError):
    """Another load is running on the same home."""

    exit_code = 9


class HomeUnusable(WorkbenchError):
    """The home folder cannot be written, or its disk is full."""

    exit_code = 10


class BackupInvalid(WorkbenchError):
    """A backup is damaged, or holds other files than it says; nothing was restored."""

    exit_code = 15


class DataFileInvalid(WorkbenchError):
    """A file of corrections or identities in the home cannot be read; nothing was loaded."""

    exit_code = 13
