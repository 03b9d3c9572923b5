"""Jupyter's way to our kernels: a provisioner that forks where it can and starts a plain kernel where it cannot."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from reports.run.kernel.fork_server import KernelStart, can_fork, fork_kernel


class ForkProvisioner(LocalProvisioner):
    """Entry point `iga-fork` of `jupyter_client.kernel_provisioners`; everything but the start is Jupyter's own."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel of a kernel spec: `cmd` is `PYTHON -m ipykernel_launcher -f FILE [OPTION ...]`."""
        start = _start_of(cmd, kwargs)
        if start is None:
            return await super().launch_kernel(cmd, **kwargs)
        # In a thread: the first fork waits until everything is imported, and a server must go on answering meanwhile.
        forked = await asyncio.to_thread(fork_kernel, start)
        self.process, self.pid, self.pgid = forked, forked.pid, forked.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info


def _start_of(cmd: list[str], options: dict[str, Any]) -> KernelStart | None:
    """What a forked kernel starts with, or None where a plain start is asked for or needed."""
    if cmd[1:4] != ["-m", "ipykernel_launcher", "-f"] or not can_fork(cmd[0]):
        return None
    directory = options.get("cwd")
    return KernelStart(
        connection_file=cmd[4],
        environment=dict(options.get("env") or os.environ),
        directory=str(directory) if directory else None,
        options=tuple(cmd[5:]),
    )
