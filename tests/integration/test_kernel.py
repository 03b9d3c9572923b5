"""Kernels that stand ready, forked or started ahead: each on its own, ended with their program, else plain."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from reports.run.kernel import fork_server, spare_kernels
from reports.run.kernel.preload import thread_count
from reports.run.kernel.provisioner import ForkProvisioner
from reports.run.kernel.specification import kernel_spec, write_kernel_spec

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


class Manager(AsyncKernelManager):
    """A manager of the kernel spec that is written for JupyterLab."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(**kernel_spec())


@asynccontextmanager
async def kernel(folder: Path, **start: Any) -> AsyncIterator[tuple[Manager, Any]]:
    manager = Manager(transport="ipc", ip=str(folder / f"s{time.monotonic_ns()}"))
    await manager.start_kernel(**start)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


async def told(client: Any, code: str) -> Any:
    """What a cell prints, as JSON."""
    parts: list[str] = []

    def keep(message: dict[str, Any]) -> None:
        content = message["content"]
        parts.append(content.get("text", "") or "\n".join(content.get("traceback", [])))

    await client.execute_interactive(f"import json, os, sys\nprint(json.dumps({code}))", output_hook=keep, timeout=60)
    return json.loads("".join(parts))


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def test_kernels_are_forked_preloaded_from_a_single_thread_and_do_not_share_state(tmp_path: Path) -> None:
    async def session() -> None:
        environment = {**os.environ, "IGA_HOME": "/nowhere", "POLARS_MAX_THREADS": "1"}
        async with (
            kernel(tmp_path, env=environment, cwd=str(tmp_path)) as (first, one),
            kernel(tmp_path) as (second, two),
        ):
            assert isinstance(first.provisioner, ForkProvisioner)
            server = parent_of(first.provisioner.pid)
            assert parent_of(second.provisioner.pid) == server != os.getpid()
            assert parent_of(server) == fork_server.server_pid()
            assert thread_count(server) == 1
            names = ["altair", "duckdb", "narwhals", "polars", "reports.pages.city_index.charts"]
            assert await told(one, f"sorted(set({names}) & set(sys.modules))") == names
            assert await told(one, "[os.environ['IGA_HOME'], os.getcwd(), __name__]") == [
                "/nowhere",
                str(tmp_path),
                "__main__",
            ]
            assert await told(one, "__import__('polars').thread_pool_size()") == 1
            await told(one, "[setattr(__import__('polars'), 'touched', 1), os.environ.update(TOUCHED='1')]")
            assert await told(two, "[hasattr(__import__('polars'), 'touched'), 'TOUCHED' in os.environ]") == [
                False,
                False,
            ]
            assert (
                await told(two, "__import__('polars').DataFrame({'a': range(9)}).lazy().sum().collect().item()") == 36
            )

    # In a thread of its own: a browser test before this one may have left a running loop in the main thread.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, session()).result()


def test_a_kernel_dies_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, sys; from pathlib import Path\n"
        "from tests.integration.test_kernel import kernel\n"
        "async def session():\n"
        "    async with kernel(Path(sys.argv[1])) as (manager, client):\n"
        "        print(manager.provisioner.pid, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(session())\n"
    )
    running = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    pid = int(running.stdout.readline())
    server = parent_of(pid)
    running.kill()
    running.wait()
    running.stdout.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (Path(f"/proc/{pid}").exists() or Path(f"/proc/{server}").exists()):
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{server}").exists()


def test_where_fork_is_missing_a_kernel_was_started_ahead_and_the_next_one_stands_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(fork_server.WAY, "spare")
    spare_kernels.warm()
    [ahead] = spare_kernels._WAITING

    async def session() -> None:
        environment = {**os.environ, "IGA_HOME": "/nowhere", "POLARS_MAX_THREADS": "1"}
        async with kernel(tmp_path, env=environment, cwd=str(tmp_path)) as (manager, client):
            assert manager.provisioner.pid == ahead.pid
            assert await told(client, "[os.environ['IGA_HOME'], os.getcwd(), __name__, sys.path[-1]]") == [
                "/nowhere",
                str(tmp_path),
                "__main__",
                "",
            ]
            names = ["altair", "duckdb", "polars", "reports.pages.city_index.charts"]
            assert await told(client, f"sorted(set({names}) & set(sys.modules))") == names
            assert await told(client, "__import__('polars').thread_pool_size()") == 1
            [following] = spare_kernels._WAITING
            assert following.pid != ahead.pid and following.poll() is None

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, session()).result()
    [following] = spare_kernels._WAITING
    spare_kernels._end()
    assert ahead.poll() is not None and following.poll() is not None


def test_a_spare_that_died_costs_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fork_server.WAY, "spare")
    spare_kernels.warm()
    [ahead] = spare_kernels._WAITING
    ahead.kill()
    ahead.wait()

    async def session() -> None:
        async with kernel(tmp_path) as (manager, client):
            assert manager.provisioner.pid != ahead.pid
            assert await told(client, "1 + 1") == 2

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, session()).result()
    spare_kernels._end()


def test_a_spare_ends_with_the_program_that_started_it() -> None:
    program = (
        "from reports.run.kernel import spare_kernels\n"
        "spare_kernels.warm()\n"
        "print(spare_kernels._WAITING[0].pid, flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    environment = {**os.environ, fork_server.WAY: "spare"}
    command = [sys.executable, "-c", program]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert running.stdout is not None
    pid = int(running.stdout.readline())
    running.kill()
    running.wait()
    running.stdout.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and Path(f"/proc/{pid}").exists():
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("why", ["another interpreter", "another command", "plain ones are asked for"])
def test_a_plain_start_where_forking_is_not_for_us(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    from reports.run.kernel import provisioner

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "connection.json"]
    assert provisioner._start_of(command, {}) is not None
    if why == "another interpreter":
        command[0] = "/usr/bin/false"
    elif why == "another command":
        command[2] = "bash_kernel"
    else:
        monkeypatch.setenv(fork_server.WAY, "plain")
    assert provisioner._start_of(command, {}) is None


def test_the_kernel_spec_for_jupyterlab(tmp_path: Path) -> None:
    written = json.loads(write_kernel_spec(tmp_path).read_text(encoding="utf-8"))
    assert written["display_name"] == "IGA"
    assert written["metadata"]["kernel_provisioner"] == {"provisioner_name": "iga-fork"}
    assert written["argv"][0] == sys.executable
    assert write_kernel_spec(tmp_path) == tmp_path / "kernels" / "iga" / "kernel.json"


ORPHAN = """
import os, sys, time
if os.fork():
    time.sleep(0.3)
    os._exit(0)  # the parent is killed in the middle of the imports
from reports.run.kernel.preload import ending_with_parent
with ending_with_parent():
    print("begun", flush=True)
    time.sleep(0.8)
    import decimal, csv
    import wave, zipapp
print("went on", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_a_server_whose_command_is_killed_ends_in_the_middle_of_its_imports() -> None:
    ran = subprocess.run([sys.executable, "-c", ORPHAN], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == "begun\n", ran.stderr


def test_where_no_socket_fits_into_the_folder_for_temporary_files_no_kernel_is_forked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert fork_server.can_fork()
    monkeypatch.setattr(fork_server.tempfile, "gettempdir", lambda: "/tmp/" + 90 * "x")
    assert not fork_server.can_fork()
