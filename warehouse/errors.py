"""What can go wrong: each cause a class with a place, a next step and the exit code that a command ends with."""

from __future__ import annotations

from iga.errors import MendableError, Sentence
from iga.exit_codes import ExitCode

__all__ = [
    "AuditFailed",
    "BackupInvalid",
    "DataFileInvalid",
    "ExitCode",
    "HomeLocked",
    "HomeUnusable",
    "InputHeld",
    "MendableError",
    "NoSnapshot",
    "QueryRefused",
    "RulesUnusable",
    "Sentence",
    "SnapshotDamaged",
    "UnknownName",
    "WorkIncomplete",
    "WorkbenchError",
]


class WorkbenchError(MendableError):
    """A fault that a person can mend, in what lies around the rules: files, names, homes, reports."""


class WorkIncomplete(WorkbenchError):
    """A part of a work failed, and what was there before stands; the exit code is that of the cause."""

    exit_code = ExitCode.REPORT

    def __init__(self, code: int, message: str, next_step: str = "", place: str = "", **values: object) -> None:
        super().__init__(message, next_step, place, **values)
        self.exit_code = ExitCode(code)


class UnknownName(WorkbenchError):
    """A city, edition, rulebook, snapshot, table or report of that name is not known."""

    exit_code = ExitCode.UNKNOWN


class SnapshotDamaged(UnknownName):
    """A snapshot cannot be read as it was published; it is named no longer by what it holds."""

    exit_code = ExitCode.BACKUP


class NoSnapshot(WorkbenchError):
    """Nothing has been published under this home yet."""

    exit_code = ExitCode.NOTHING_PUBLISHED


class InputHeld(WorkbenchError):
    """At least one received file could not be read; the rest was published."""

    exit_code = ExitCode.INPUT_HELD


class RulesUnusable(WorkbenchError):
    """A rulebook of the home cannot be used: its edition was not computed, and the rest was published."""

    exit_code = ExitCode.UNKNOWN


class AuditFailed(WorkbenchError):
    """A build broke an audit and was not published; the last snapshot stands."""

    exit_code = ExitCode.AUDIT


class QueryRefused(WorkbenchError):
    """A query is not valid SQL, or wants more than to read the snapshot."""

    exit_code = ExitCode.QUERY


class HomeLocked(WorkbenchError):
    """Another load is running on the same home."""

    exit_code = ExitCode.LOCKED


class HomeUnusable(WorkbenchError):
    """The home folder cannot be written, or its disk is full."""

    exit_code = ExitCode.HOME


class BackupInvalid(WorkbenchError):
    """A backup is damaged, or holds other files than it says; nothing was restored."""

    exit_code = ExitCode.BACKUP


class DataFileInvalid(WorkbenchError):
    """A file of corrections or identities in the home cannot be read; nothing was loaded."""

    exit_code = ExitCode.DATA_FILE
