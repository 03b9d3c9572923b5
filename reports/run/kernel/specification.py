"""The kernel spec "IGA": the interpreter of this installation, started by the provisioner `iga-fork`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from reports.run.kernel.plain import plain_command
from warehouse import disk

PROVISIONER = "iga-fork"
KERNEL_NAME = "iga"
DISPLAY_NAME = "IGA"


def kernel_spec(options: tuple[str, ...] = ()) -> dict[str, Any]:
    """The content of `kernel.json`; `options` are passed to the kernel."""
    return {
        "argv": plain_command(sys.executable, ["-f", "{connection_file}", *options]),
        "display_name": DISPLAY_NAME,
        "language": "python",
        "metadata": {
            "debugger": True,
            "supported_encryption": ["curve"],
            "kernel_provisioner": {"provisioner_name": PROVISIONER},
        },
    }


def write_kernel_spec(data_folder: Path) -> Path:
    """Write `kernels/iga/kernel.json` below a Jupyter data folder (one that `JUPYTER_PATH` names); its path.

    It may be called again at any time: the file follows the interpreter that runs now. Raises OSError.
    """
    path = data_folder / "kernels" / KERNEL_NAME / "kernel.json"
    disk.write_text(path, json.dumps(kernel_spec(), indent=1) + "\n")
    return path
