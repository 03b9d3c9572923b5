"""Where a kernel looks for modules: ours first, and the notebook's folder last.

A person's `reports.py` or `etl.py` beside a notebook must not stand in for ours; their own helper modules are still
found, since nothing else has their names.
"""

from __future__ import annotations

import os
import sys

NOTEBOOK_FOLDER = "IGA_NOTEBOOK_FOLDER"
"""Names the folder of the notebook in the environment of a kernel that works in another folder."""


def put_notebook_folder_last() -> None:
    """Move the kernel's current folder to the end of the path of imports, after the folder of its notebook."""
    others = [path for path in sys.path if path]
    folder = os.environ.get(NOTEBOOK_FOLDER)
    sys.path[:] = [*others, *([folder] if folder and folder not in others else []), ""]
