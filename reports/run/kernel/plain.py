"""The program of a plain kernel: `ipykernel_launcher`, with the notebook's folder last on the path of imports.

It is started with `-P`, so that nothing is imported from that folder before.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

MODULE = "reports.run.kernel.plain"
"""Its name, since a module that is run does not know it."""


def plain_command(interpreter: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that starts a plain kernel."""
    return [interpreter, "-P", "-m", MODULE, *arguments]


def main() -> None:
    """Run the kernel until it is shut down."""
    from reports.run.kernel.notebook_folder import put_notebook_folder_last

    put_notebook_folder_last()
    from ipykernel.kernelapp import IPKernelApp

    sys.argv[0] = "ipykernel_launcher"
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    main()
