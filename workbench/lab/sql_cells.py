"""SQL cells on a snapshot: `%sql QUERY` in a line, `%%sql [NAME]` in a cell whose rows are kept under the name.

The query goes to the notebook's variable `snapshot`, if it is one, else to the current snapshot. `$name` in a query is
the notebook's variable of that name, given as a parameter, never as text.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from analysis import open_snapshot
from analysis.result import Result
from warehouse import Snapshot
from warehouse.errors import UnknownName
from workbench.options import language_of_environment

_NAME = re.compile(r"(?<![\w$'])\$([A-Za-z_]\w*)")
_VALUES = (str, int, float, bool, Decimal, date, list, tuple, type(None))


def install(shell: Any) -> None:
    """Register the magic `sql` for lines and cells."""

    def sql(line: str, cell: str | None = None) -> Result | None:
        query = line if cell is None else cell
        name = "" if cell is None else line.strip()
        if name and not name.isidentifier():
            raise UnknownName(
                "{name} is no name of a variable", next_step="write %%sql NAME in the first line", name=name
            )
        answer = answered(query, shell.user_ns)
        if name:
            shell.user_ns[name] = answer.frame
        return answer

    shell.register_magic_function(sql, magic_kind="line_cell", magic_name="sql")


def answered(query: str, names: dict[str, Any]) -> Result:
    """The rows of a query. Raises QueryRefused, and UnknownName for a `$name` that is no variable."""
    snapshot = snapshot_at_hand(names)
    frame = snapshot.sql(query, parameters_of(query, names))
    language = language_of_environment()
    title = f"{language('Snapshot')} {snapshot.snapshot_id[:12]}"
    # A query may leave the mark out; what a snapshot with simulated files answers is marked all the same.
    notes = [language("SIMULATED DATA: figures of simulated seasons are examples, not results.")]
    is_marked = snapshot.is_simulated and "is_simulated" not in frame.columns
    return Result(frame=frame, title=title, language=language, notes=tuple(notes if is_marked else ()))


def parameters_of(query: str, names: dict[str, Any]) -> dict[str, object] | None:
    """The variables that `$name` in a query stands for."""
    wanted = dict.fromkeys(_NAME.findall(query))
    for name in wanted:
        if not isinstance(names.get(name, ...), _VALUES):
            raise UnknownName(
                "${name} is no variable that a query can take",
                next_step="set it before: a text, a number, a date or a list",
                name=name,
            )
    return {name: names[name] for name in wanted} or None


def snapshot_at_hand(names: dict[str, Any]) -> Snapshot:
    """The notebook's variable `snapshot`, or the current one, which is kept open for the next query."""
    found = names.get("snapshot")
    if isinstance(found, Snapshot) and not found.is_closed:
        return found
    kept = names.get("_iga_snapshot")
    if isinstance(kept, Snapshot) and not kept.is_closed and kept.is_current:
        return kept
    opened: Snapshot = open_snapshot()
    names["_iga_snapshot"] = opened
    return opened
