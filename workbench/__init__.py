"""What a person starts: the `iga` command and its settings."""

from __future__ import annotations

import sys
from pathlib import Path


def _look_in_own_packages_first() -> None:
    """Move the current folder, which `python -m` has put before all others, to the end of the path of imports.

    A person may start it in a folder with a `warehouse.py` of their own, as timers of version 0.1 do, which have no
    `-P`. The folder that our own packages lie in stays where it is.
    """
    words = sys.orig_argv
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    # The path of another program that imports us is its own.
    if sys.flags.safe_path or not sys.path or module.partition(".")[0] not in ("workbench", "iga"):
        return
    try:
        here = Path.cwd()
    except OSError:  # the folder has been removed, or its network drive is gone
        return
    if sys.path[0] in ("", str(here)) and here.resolve() != Path(__file__).resolve().parents[1]:
        sys.path.append(sys.path.pop(0))


_look_in_own_packages_first()

from iga.former_names import install as _install_former_names  # noqa: E402 - found only then

_install_former_names()
