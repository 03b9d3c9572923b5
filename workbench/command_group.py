"""A group of commands that imports only the module of the command that is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class CommandGroup(TyperGroup):
    """The commands of `workbench/commands/`: their names and one-line helps are known before they are imported.

    A command stands in `commands` as its name and help until it is called, or until `load_all` is asked for it.
    """

    helps: dict[str, str] = {}  # noqa: RUF012 - a subclass states its own

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._unloaded = dict(self.helps)
        for name, text in self.helps.items():
            self.commands[name] = TyperCommand(name=name, help=text)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the words call, loaded."""
        self.load(args[0])
        return super().resolve_command(ctx, args)

    def load(self, name: str) -> None:
        """Put a command in its place with its options; nothing for a name that is unknown or loaded already."""
        if name in self._unloaded:
            self.commands[name] = _command_of(name, self._unloaded.pop(name))

    def load_all(self) -> None:
        """Load every command: for those who walk the whole tree."""
        for name in list(self._unloaded):
            self.load(name)


class ArgumentsOrCommand(TyperGroup):
    """A group that lists something by its own arguments (`iga units CITY`), unless its first word is a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Take the arguments only where no command is named."""
        is_command_named = bool(args) and args[0] in self.commands
        ctx.meta["is_command_named"] = is_command_named
        ctx.allow_interspersed_args = not is_command_named  # its own options may stand behind its arguments
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters that the words are read by."""
        params = super().get_params(ctx)
        if not ctx.meta.get("is_command_named"):
            return params
        return [one for one in params if one.param_type_name != "argument"]


def _command_of(name: str, text: str) -> Any:
    """Return the command that a module of `workbench/commands/` holds: its `app`, or the function of its name."""
    file = name.replace("-", "_")
    module = import_module(f"workbench.commands.{file}")
    holder = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False)
    if hasattr(module, "app"):
        holder.add_typer(module.app, name=name, help=text)
    else:
        holder.command(name, help=text)(getattr(module, file))
    return typer.main.get_group(holder).commands[name]
