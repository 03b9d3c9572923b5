"""What a person starts: the `iga` command and its settings."""

from __future__ import annotations

import sys
from pathlib import Path


def _look_in_own_packages_first() -> None:
    """Move the current folder, which `python -m` has put before all others, to the end of the path of imports.

    A person may start it in a folder with a `warehouse.py` of their own, as timers of version 0.1 do, which have no
    `-P`. The folder that our own packages lie in stays where it is.
    """
    is_run_as_module = "-m" in sys.orig_argv[:-1] and not sys.flags.safe_path
    here, packages = Path.cwd(), Path(__file__).resolve().parents[1]
    if is_run_as_module and sys.path and sys.path[0] in ("", str(here)) and here.resolve() != packages:
        sys.path.append(sys.path.pop(0))


_look_in_own_packages_first()

from iga.former_names import install as _install_former_names  # noqa: E402 - found only then

_install_former_names()
