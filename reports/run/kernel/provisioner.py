"""Jupyter's way to our kernels: a provisioner that forks one, or takes a spare, or starts one plainly."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from reports.run.kernel.fork_server import KernelStart, can_fork, fork_kernel, is_this_interpreter
from reports.run.kernel.plain import MODULE, plain_command
from reports.run.kernel.spare_kernels import can_be_spare, taken
from warehouse.child_process import without_window
from warehouse.temporary import begins_no_more

_log = logging.getLogger(__name__)


class ForkProvisioner(LocalProvisioner):
    """Entry point `iga-fork` of `jupyter_client.kernel_provisioners`; everything but the start is Jupyter's own."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel of a kernel spec: `cmd` is our plain start of a kernel, or ipykernel's."""
        _refuse_at_the_end()
        start = _start_of(cmd, kwargs)
        if start is not None:
            try:
                # In a thread: the first fork waits until all is imported, and a server must go on answering meanwhile.
                started = await asyncio.to_thread(fork_kernel if can_fork() else taken, start)
            except (OSError, EOFError) as error:  # what it starts from ended, or could not be started
                _refuse_at_the_end()
                _log.warning("a kernel is started plainly, since nothing stood ready for it: %r", error)
            else:
                self.process, self.pid, self.pgid = started, started.pid, started.pid
                self.cwd = kwargs.get("cwd", Path.cwd())
                return self.connection_info
        return await super().launch_kernel(_plain(cmd), **(kwargs | without_window()))


def _refuse_at_the_end() -> None:
    """Raise RuntimeError when the command ends: a kernel that is begun now would outlive it."""
    if begins_no_more():
        raise RuntimeError("the command ends")


def _arguments_of(cmd: Sequence[str]) -> list[str] | None:
    """Return the arguments of a kernel of this interpreter; None for any other command.

    Kernel specs of version 0.1 name `ipykernel_launcher`; later ones name our own program.
    """
    if not is_this_interpreter(cmd[0]):
        return None
    for known in (["-m", "ipykernel_launcher"], ["-P", "-m", MODULE]):
        if list(cmd[1 : 1 + len(known)]) == known:
            return list(cmd[1 + len(known) :])
    return None


def _plain(cmd: list[str]) -> list[str]:
    arguments = _arguments_of(cmd)
    return cmd if arguments is None else plain_command(cmd[0], arguments)


def _start_of(cmd: list[str], options: dict[str, Any]) -> KernelStart | None:
    """Return what a kernel that stands ready starts with, or None where a plain start is asked for or needed."""
    arguments = _arguments_of(cmd)
    if arguments is None or arguments[:1] != ["-f"] or not (can_fork() or can_be_spare()):
        return None
    directory = options.get("cwd")
    return KernelStart(
        connection_file=arguments[1],
        environment=dict(options.get("env") or os.environ),
        directory=str(directory) if directory else None,
        options=tuple(arguments[2:]),
    )
