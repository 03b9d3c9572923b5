"""The spelling of plans in version 0.1, `iga plan CITY EDITION --hold`: how it is known, and which mixes it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperGroup

from workbench.options import language_of_environment

_ = language_of_environment()

FORMER = "former-spelling"
"""The hidden command that the former spelling calls."""

GOAL = ("--budget", "--target", "--pass", "--top", "--rival")
POLICY = ("--per-unit", "--at-least", "--lock", "--withhold", "--quota")
MEANT = {
    "raise": (*GOAL, "--threshold", "--keep"),
    "hold": ("--rejection", *POLICY),
    "joint": (*GOAL, *POLICY, "--keep"),
    "fetch": (),
    "what-if": ("--keep",),
}
"""The options that mean something to each mode."""


class PlanGroup(TyperGroup):
    """The subcommands of `iga plan`; words that begin with a city instead are the spelling of version 0.1."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the former spelling behind the hidden command that knows it."""
        return super().parse_args(ctx, [FORMER, *args] if self._is_former(args) else args)

    def _is_former(self, args: list[str]) -> bool:
        if not args or args[0] in ("-h", "--help") or args[0] in self.commands:
            return False
        is_edition_named = any(word.isdigit() and len(word) == 4 for word in args)
        if args[0].startswith("-"):  # options could stand before the city
            return is_edition_named
        # A city of two words is one word of the command line, so the edition stands second, before or after options.
        is_second = len(args) > 1 and (args[1].isdigit() or args[1].startswith("-"))
        return is_edition_named and is_second and not get_close_matches(args[0], self.commands, cutoff=0.75)


def mode_of(modes: Mapping[str, object], given: list[str]) -> str:
    """Return the mode that the former spelling asks for; raises BadParameter where options contradict each other."""
    asked = [mode for mode, value in modes.items() if value]
    if len(asked) > 1:
        raise typer.BadParameter(
            _("These are plans of different kinds; ask for one of them."),
            param_hint=" ".join(f"--{mode}" for mode in asked),
        )
    mode = asked[0] if asked else "raise"
    if strange := [option for option in given if option not in MEANT[mode]]:
        text = _("has no meaning for `iga plan {mode}`; leave it out")
        raise typer.BadParameter(text.format(mode=mode), param_hint=" ".join(strange))
    return mode
