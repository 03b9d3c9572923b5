"""The exit codes of the `iga` command: one number per cause of failure, in one table."""

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """One cause of failure: the number that a command ends with, the cause, and the next step.

    `cause` and `next_step` are English catalogue keys. A number keeps its meaning from version to version, since
    schedulers and scripts rely on it.
    """

    cause: str
    next_step: str

    def __new__(cls, number: int, cause: str = "", next_step: str = "") -> Self:
        """Make the number a member with its texts."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.cause = cause
        member.next_step = next_step
        return member

    DONE = 0, "done"
    FAULT = 1, "a fault in the software", "`IGA_DEBUG=1` shows where; nothing published has changed"
    USAGE = 2, "wrong usage: unknown option, argument of the wrong kind", "`--help`"
    UNKNOWN = (
        3,
        "a city, edition, rulebook, snapshot, site or file of that name is not known",
        "the message lists what there is",
    )
    NOTHING_PUBLISHED = 4, "nothing has been published under this home", "`iga demo` or `iga ingest`"
    INPUT_HELD = (
        5,
        "at least one file was set aside (unreadable, unknown layout, stated total differs); the rest was published",
        "the message names the file and the fix",
    )
    AUDIT = (
        6,
        "the build broke an audit and was not published; the last snapshot stands",
        "the message names the audit and the rows",
    )
    QUERY = 7, "a query is wrong or wants more than to read the snapshot", '`iga sql "show tables"`'
    REPORT = (
        8,
        "a report could not be built; its last good version stands",
        "the message names notebook, cell and cause",
    )
    LOCKED = (
        9,
        "another load, or another build of the same site, is running on the same home",
        "wait, then try again",
    )
    HOME = (
        10,
        "the home folder cannot be used: permissions, full disk, files of its own in a demo's inbox",
        "another `--home`",
    )
    JOIN = (
        11,
        "an own table cannot be joined: a column is missing, a name is not one region, a region stands twice",
        "the message names row and region",
    )
    BREAK_IN_METHOD = (
        12,
        "figures on both sides of a break in method were asked for as one series",
        "the message gives the reason and where to cut",
    )
    DATA_FILE = (
        13,
        "a file of corrections or identities in the home cannot be read; nothing was loaded",
        "the message names file and entry",
    )
    MACHINE = (
        14,
        "the machine's scheduler did not take the schedule, or a mail could not be sent",
        "the message names the program and its reason",
    )
    BACKUP = (
        15,
        "damage was found in a backup, in the archive or in a snapshot; nothing was restored or published from it",
        "`iga verify` names each file and what mends it; of a damaged backup take another",
    )
    PERSONAL = (
        16,
        "names of persons or other personal data stand in what was to be published; nothing was written",
        "the table names file and place; correct it there, and build the report anew",
    )
    REPLICATION = (
        17,
        "a file of a deposit is not what its own sources give, or not what was written",
        "the table names each file; take the deposit from where it was published, or export it anew",
    )
    STOPPED = 130, "stopped with Ctrl+C", "run the command again"
    TERMINATED = (
        143,
        "ended by the system or another program (sign-out, shutdown, `kill`, a time-out)",
        "run the command again",
    )
