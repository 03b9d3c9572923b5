"""Who uses the desk, and what each may do there: roles are data, a person has one.

At home the person is the account of the machine and administers. In an office the hub says who asks and of which
groups; the file `office.toml` of the office says which group has which role.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a person is at the desk, from the least rights to the most."""

    reader = "reader"
    planner = "planner"
    administrator = "administrator"


class Right(StrEnum):
    """What can be done at the desk."""

    look = "look"
    """See pages, tables and reports, and save them."""
    work = "work"
    """Lay files into the inbox, confirm, load, build, write letters, undo."""
    keep = "keep"
    """Back up, restore, verify, see the log of who opened personal data."""


RIGHTS = {
    Role.reader: frozenset({Right.look}),
    Role.planner: frozenset({Right.look, Right.work}),
    Role.administrator: frozenset({Right.look, Right.work, Right.keep}),
}


@dataclass(frozen=True)
class Person:
    """Who asks: the name that stands in jobs, receipts and decisions, and the role."""

    name: str
    role: Role

    def may(self, right: Right) -> bool:
        """Return whether the role has that right."""
        return right in RIGHTS[self.role]


ROLE_GROUPS = "iga_role_groups"
"""The server's setting that maps groups of the hub to roles; without it there is one person, the machine's account."""


def person_of(user: Any, settings: dict[str, Any]) -> Person:
    """Return who asks: at home the machine's account, which administers; in an office the hub's user by its groups.

    Whoever is in no group that the office names is a reader.
    """
    groups: dict[str, str] | None = settings.get(ROLE_GROUPS)
    if groups is None:
        return Person(_account(), Role.administrator)
    roles = [Role(groups[name]) for name in getattr(user, "groups", None) or () if name in groups]
    order = list(Role)
    role = max(roles, key=order.index, default=Role.reader)
    return Person(str(getattr(user, "name", None) or getattr(user, "username", "?")), role)


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in a container
        return "?"
