"""Writes the generated pages of the reference: options.md, api.md, tables.md.

    python docs/make_reference.py

The site does so before each build (docs/conf.py); they are not kept in the repository. Commands come from the command
line's own description, tables from warehouse/sql/, the Python API from its docstrings.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["IGA_LANG"] = "en"  # read when the commands are imported

HERE = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/make_reference.py; do not edit by hand. -->"


def options_page() -> str:
    """Every command with its arguments and options."""
    from workbench.command import whole_command

    lines = [
        "# Perintah dan pilihannya / Commands and their options",
        NOTE,
        "Dibuat dari perintah itu sendiri; ringkasannya di [commands.md](commands.md). `IGA_LANG=id` menampilkan "
        "bantuan dalam bahasa Indonesia. / *Generated from the commands themselves.*",
    ]
    for words, command in _commands(whole_command(), ("iga",)):
        lines += [f"## `{' '.join(words)}`", _plain(command.help or ""), _parameters(command)]
    return "\n\n".join(line for line in lines if line) + "\n"


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
        return
    if command.invoke_without_command:
        yield words, command
    for name in sorted(name for name in inner if not inner[name].hidden):
        yield from _commands(inner[name], (*words, name))


def _parameters(command: Any) -> str:
    rows = []
    for one in command.params:
        if one.name == "help":
            continue
        names = one.name.upper() if one.param_type_name == "argument" else ", ".join([*one.opts, *one.secondary_opts])
        rows.append(f"| `{names}` | {_plain(getattr(one, 'help', None) or '')} |")
    return "\n".join(["| argument, option | meaning |", "|---|---|", *rows]) if rows else ""


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def tables_page() -> str:
    """Every table with its columns, from the schema's own text."""
    from warehouse.declared_tables import declared_tables

    lines = [
        "# Tabel snapshot / Tables of a snapshot",
        NOTE,
        "Dari `warehouse/sql/schema.sql`. Tabel `store.*` menyimpan skor dalam perseratus (`_x100`); tampilan dengan "
        "nama yang sama tanpa `store.` menunjukkannya sebagai desimal, dan `message`, `fix`, `held_reason` dalam "
        "bahasa pembacanya. / *Tables `store.*` keep scores in whole hundredths and reasons as rule and arguments; the "
        "views of the same names show decimals, and words in the reader's language.* "
        '`iga sql "show tables"`, `snapshot.tables`.',
    ]
    for table, columns in declared_tables().items():
        rows = [
            f"| `{column.name}` | {column.kind} | {'; '.join(filter(None, _conditions(column)))} |"
            for column in columns
        ]
        lines += [f"## `{table}`", "\n".join(["| column | type | note |", "|---|---|---|", *rows])]
    for view, columns in _views().items():
        rows = [f"| `{name}` | {kind.lower()} |" for name, kind in columns]
        lines += [f"## `{view}` (view)", "\n".join(["| column | type |", "|---|---|", *rows])]
    return "\n\n".join(lines) + "\n"


def _conditions(column: Any) -> tuple[str, ...]:
    filled = "always filled" if column.is_required else ""
    return filled, f"`{column.check}`" if column.check else "", _plain(column.note)


def _views() -> dict[str, list[tuple[str, str]]]:
    """The views that people query, each with its columns and their types."""
    import duckdb

    from warehouse.sql_files import sql_text

    views: dict[str, list[tuple[str, str]]] = {}
    with duckdb.connect() as connection:
        for name in ("schema", "views"):
            connection.execute(sql_text("warehouse", f"sql/{name}"))
        found = connection.execute(
            """
            select table_name, column_name, data_type from information_schema.columns
            join information_schema.tables using (table_catalog, table_schema, table_name)
            where table_type = 'VIEW' and table_schema = 'main' order by table_name, ordinal_position
            """
        )
        for view, column, kind in found.fetchall():
            views.setdefault(view, []).append((column, kind))
    return views


def api_page() -> str:
    """The Python API: what a notebook imports, with signatures and docstrings."""
    import analysis
    import iga.score
    import warehouse
    from analysis.api import Cities, City
    from analysis.panel import Panel, join_table
    from analysis.planning.plan_result import HoldResult, PlanResult, ReadinessResult, ScenarioResult
    from analysis.result import IndexResult, RankResult, Result
    from workbench.lab import jobs

    groups: dict[str, tuple[Any, ...]] = {
        "from analysis import …": (analysis.open_snapshot,),
        "from warehouse import …": (warehouse.list_snapshots, warehouse.Snapshot),
        "Cities and answers": (
            Cities, City, Result, IndexResult, RankResult, ReadinessResult, PlanResult, HoldResult, ScenarioResult,
        ),
        "from analysis.panel import …": (Panel, join_table),
        "from workbench.lab.jobs import …": (jobs.load_inbox, jobs.make_report, jobs.season_lists, jobs.save_to_inbox),
        "from iga.score import …": (iga.score.index_of, iga.score.score_submissions, iga.score.score_regions),
    }  # fmt: skip
    lines = ["# Python", NOTE, "Dari docstring. / *From the docstrings.*"]
    for title, members in groups.items():
        lines.append(f"## {title}")
        for one in members:
            lines += _described(one.__name__, one)
            if inspect.isclass(one):
                lines += [
                    line for name, member in _public(one) for line in _described(f"{one.__name__}.{name}", member)
                ]
    return "\n\n".join(lines) + "\n"


def _public(kind: type) -> Iterator[tuple[str, Any]]:
    for name, member in inspect.getmembers(kind):
        own = member.fget if isinstance(member, property) else getattr(member, "func", member)
        if not name.startswith("_") and inspect.isfunction(own) and own.__module__.split(".")[0] == "warehouse":
            yield name, member


def _described(name: str, member: Any) -> list[str]:
    own = member.fget if isinstance(member, property) else getattr(member, "func", member)
    is_called = inspect.isfunction(member)
    signature = str(inspect.signature(own)) if is_called else ""
    text = re.sub(r"\bself, |\(self\)", lambda found: "()" if found[0] == "(self)" else "", signature)
    doc = inspect.getdoc(own) or ""
    return [f"### `{name}`", *([f"```text\n{name}{text}\n```"] if is_called else []), doc]


PAGES = {"options.md": options_page, "tables.md": tables_page, "api.md": api_page}


def write_pages() -> None:
    """Write the generated pages beside this file."""
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    write_pages()
