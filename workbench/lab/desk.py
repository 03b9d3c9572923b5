"""What the start notebooks of former versions call: it says where the desk is now. It goes with 0.5.0."""

from __future__ import annotations

import sys

from warehouse.language import Language


def open_desk(lang: str = "id") -> None:
    """Say in one sentence where the form of that start page has gone."""
    _ = Language(lang)
    told = _("The form is now the desk: open it from the menu IGA of JupyterLab, or at /iga/ on this server.")
    sys.stdout.write(f"{told}\n")
