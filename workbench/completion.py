"""What the Tab key offers for an option: names that the home knows."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import typer


def known_editions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the editions that there are rules of, shipped or of the home, that begin with what is typed."""
    from warehouse.home import Home
    from warehouse.rules.home_rules import rulebooks_of
    from workbench.settings import settings

    named = context.params.get("home")
    with suppress(Exception):  # whoever presses Tab is not to be told of errors
        home = Home.at(Path(named) if named else settings().home)
        return [name for name in rulebooks_of(home).names if name.startswith(incomplete)]
    return []
