"""The command sql: a reading query on a snapshot."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.command_context import CommandContext, with_context
from workbench.options import language_of_environment, say_migration

_ = language_of_environment()


@with_context
def sql(
    context: CommandContext,
    query: Annotated[str, typer.Argument(help=_("One SELECT; `show tables` lists the tables."))],
) -> None:
    """A reading query on the current snapshot; nothing else of the machine can be read or changed by it."""
    with context.open() as opened:
        say_migration(opened, context.language)
        context.show(opened.sql(query))
