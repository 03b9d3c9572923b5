"""Where the files lie that come with the software but are not code: the example inbox."""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import UnknownName


def example_inbox() -> Path:
    """The example inbox: of the checkout, or of the installed package."""
    here = Path(__file__).resolve().parent
    for folder in (here.parent / "examples" / "inbox", here / "share" / "examples" / "inbox"):
        if folder.is_dir():
            return folder
    raise UnknownName(
        "The example inbox is not installed", next_step="install the package again, or run from a checkout"
    )
