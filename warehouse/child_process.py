"""How programs are started by this one: on Windows without a console window of their own.

A scheduled run is started by `pythonw`, which has no console; Windows would open a window for each program that it
starts then, in the middle of what a person types.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def without_window() -> dict[str, Any]:
    """Return what `subprocess` is given besides, for every program that is started; nothing but on Windows."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    else:  # a branch: a type checker leaves it out for the other system
        return {}
