"""What the machine refuses ends in a sentence with place and next step, never as a fault of the software."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis import open_snapshot
from tests.conftest import Ran
from warehouse.errors import QueryRefused
from warehouse.home import Home, disk_full
from warehouse.snapshot import _settings as snapshot_settings
from warehouse.system_faults import told_of_system
from workbench import command

REFUSALS = [
    "ENOSPC",
    "EROFS",
    "EACCES",
    "EPERM",
    "EFBIG",
    "ENAMETOOLONG",
    "EIO",
    "ENOTDIR",
    "EISDIR",
    "EDQUOT",
    "EMFILE",
]


def ended_with(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[Any, str]:
    """Exit code and messages of a command in which an error reaches the top."""

    class Failing:
        params = ()

        def __call__(self, **_: object) -> None:
            raise error

    monkeypatch.setattr("workbench.options._answering", [])  # as in a process that has answered nothing yet
    monkeypatch.setattr(command.typer.main, "get_command", lambda _: Failing())
    with pytest.raises(SystemExit) as ended:
        command.main()
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_of_the_system_ends_with_place_and_next_step(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IGA_LANG", "id")
    code, said = ended_with(OSError(getattr(errno, name), "raw", "/home/kota/lake/a.parquet"), monkeypatch, capsys)
    assert code == 10
    assert "a.parquet" in said and "langkah berikut" in said
    assert "raw" not in said and "Traceback" not in said and name not in said


def test_too_little_memory_is_no_fault_of_the_software(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ended_with(MemoryError(), monkeypatch, capsys)
    assert code == 10 and "MemoryError" not in said


def test_a_fault_of_the_software_stays_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended_with(ZeroDivisionError("x"), monkeypatch, capsys)[0] == 1
    assert told_of_system(OSError("without a number")) is None
    assert told_of_system(FileNotFoundError(errno.ENOENT, "raw", "x")) is None


def test_the_full_disk_is_named(tmp_path: Path) -> None:
    home = Home(Path("/home/kota/data"))

    def full(name: str | None) -> OSError:
        return OSError(errno.ENOSPC, "raw", name)

    for at_home in (None, "/home/kota/data/lake/a.parquet"):
        told = disk_full(full(at_home), home)
        assert told is not None and told.place == str(home.root) and "snapshot stands" in str(told)
    elsewhere = disk_full(full("/mnt/usb/cadangan.tar.gz"), home)
    assert elsewhere is not None and elsewhere.place == "/mnt/usb/cadangan.tar.gz"
    temporary = disk_full(full(str(Path(tempfile.gettempdir()) / "x")), home)
    assert temporary is not None and "temporary folder" in temporary.message
    assert temporary.place == tempfile.gettempdir()
    assert disk_full(OSError(errno.EIO, "raw"), home) is None


def test_a_query_that_needs_too_much_memory_is_told_so(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {**snapshot_settings(), "memory_limit": "24MB", "threads": "1"}
    monkeypatch.setattr("warehouse.snapshot._settings", lambda: small)
    with open_snapshot(home=example_home) as snapshot:
        with pytest.raises(QueryRefused, match="memory") as refused:
            snapshot.sql("select list(i) from range(50000000) t(i)")
        assert "fewer columns" in refused.value.next_step and "show tables" not in refused.value.next_step
        with pytest.raises(QueryRefused, match="no column"):
            snapshot.sql("select nothing from receipt")


@pytest.fixture
def read_only_home(example_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A home whose disk can only be read: also the administrator cannot write there."""
    place = tmp_path / "home"
    place.mkdir()
    if subprocess.run(["mount", "--bind", str(example_home), str(place)], check=False, capture_output=True).returncode:
        pytest.skip("no mount allowed here")
    try:
        remount = ["mount", "-o", "remount,ro,bind", str(place)]
        if subprocess.run(remount, check=False, capture_output=True).returncode:
            pytest.skip("no mount allowed here")
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=False)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a folder needs root")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("status", 0),
        ("sql|select 1 as one", 0),
        ("index|--city|bengkulu|--edition|2026", 0),
        ("report|list", 0),
        ("ingest", 10),
        ("report|build", 10),
        ("snapshots|prune|--keep-newest|1|--keep-days|0", 10),
    ],
)
def test_a_home_that_can_only_be_read(iga: Callable[..., Ran], read_only_home: Path, words: str, code: int) -> None:
    ran = iga(*words.split("|"), home=read_only_home)
    assert ran.exit_code == code, ran.err
    assert "Fault in the software" not in ran.err and "Traceback" not in ran.err
    assert not code or "can only be read" in ran.err
