"""The one module that writes, renames and deletes: whole or not at all, patient, and the only one."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from warehouse import disk

ROOT = Path(__file__).parents[2]
PACKAGES = ("iga", "warehouse", "etl", "analysis", "reports", "workbench", "simulation")

OF_A_PATH = {"unlink", "rmdir", "write_bytes", "write_text", "mkdir", "touch", "hardlink_to", "symlink_to"}
OF_A_MODULE = {
    "os": {"replace", "rename", "renames", "remove", "unlink", "rmdir", "mkdir", "makedirs", "link", "fsync"},
    "shutil": {"rmtree", "copy", "copy2", "copyfile", "copytree", "move"},
    "tempfile": {"mkstemp", "mkdtemp", "NamedTemporaryFile"},
}
OF_A_FRAME = {"write_parquet", "write_csv"}
EXCEPTIONS = {
    "warehouse/disk.py": "the module itself",
    "warehouse/temporary.py": "private folders of the system's temporary folder: no name there outlives its process",
    "warehouse/keeping/personal_log.py": "a line is added to a record that nobody replaces",
    "warehouse/keeping/sealed.py": "a private file of a backup while it is laid back, readable by its owner alone",
    "etl/forgetting/erasure.py": "what is being erased, readable by its owner alone until it is done",
}


def _calls(source: str) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, node.func.value
        owner_name = owner.id if isinstance(owner, ast.Name) else ""
        if owner_name == "disk":
            continue
        is_path = name in OF_A_PATH or (name in {"rename", "replace"} and _is_path_rename(node))
        is_frame = name in OF_A_FRAME and bool(node.args) and not _is_stream(node.args[0])
        if is_path or is_frame or name in OF_A_MODULE.get(owner_name, ()):
            found.append((node.lineno, name))
    return found


def _is_path_rename(call: ast.Call) -> bool:
    """Tell `path.replace(target)` from the one of texts (two arguments) and of frames and dates (names)."""
    if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Dict):
        return False
    # A frame's `rename` and a column's `replace` take a mapping, which is named so here.
    return not (isinstance(call.args[0], ast.Name) and call.args[0].id in {"names", "told"})


def _is_stream(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Name) and argument.id == "stream"


def test_no_other_module_writes_renames_or_deletes() -> None:
    slips = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in EXCEPTIONS
        for line, name in _calls(path.read_text(encoding="utf-8"))
    ]
    assert slips == []


@pytest.mark.parametrize(
    "line",
    [
        "path.write_text('x')",
        "private.replace(target)",
        "os.rename(a, b)",
        "shutil.rmtree(a)",
        "frame.write_parquet(path)",
        "path.parent.mkdir()",
    ],
)
def test_the_search_sees_each_kind_of_call(line: str) -> None:
    assert _calls(line)


class Held(disk.OperatingSystem):
    """A disk on which another program has every file open for so many tries."""

    def __init__(self, tries: int) -> None:
        self.tries = tries

    def _refuse(self, path: Path) -> None:
        if self.tries:
            self.tries -= 1
            error = PermissionError(13, "in use", str(path))
            error.winerror = 32  # type: ignore[attr-defined, unused-ignore]
            raise error

    def replace(self, source: Path, target: Path) -> None:
        self._refuse(target)
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        if not path.name.startswith("."):
            self._refuse(path)
        super().unlink(path)


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    disk.write_text(path, "first")
    with pytest.raises(RuntimeError), disk.new_file(path) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert path.read_text() == "first"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_a_folder_is_whole_or_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    with disk.new_folder(target, prefix=".begun-") as private:
        (private / "a").write_text("first")
    with pytest.raises(RuntimeError), disk.new_folder(target, prefix=".begun-") as private:
        (private / "a").write_text("second")
        raise RuntimeError
    assert (target / "a").read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_what_is_in_a_folder_is_synced_before_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    class Watched(disk.OperatingSystem):
        def sync(self, descriptor: int) -> None:
            steps.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
            super().sync(descriptor)

        def replace(self, source: Path, target: Path) -> None:
            steps.append(f"named {target.name}")
            super().replace(source, target)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("the name of a descriptor is told by /proc")
    monkeypatch.setattr(disk, "system", Watched())
    with disk.new_folder(tmp_path / "folder", prefix=".begun-") as private:
        disk.write_text(private / "a", "text", synced=False)
        begun = private.name
    assert steps == ["a", begun, "named folder", tmp_path.name]


def test_a_file_of_a_private_folder_never_writes_into_a_second_name_of_another(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("stands", encoding="utf-8")
    second = tmp_path / "private" / "page.html"
    disk.link(page, second)
    disk.write_text(second, "new", synced=False)
    assert (page.read_text(encoding="utf-8"), second.read_text(encoding="utf-8")) == ("stands", "new")
    with pytest.raises(ValueError, match="cut off"), disk.new_file(second, synced=False) as stream:
        stream.write(b"half")
        raise ValueError("cut off")
    assert not second.exists()


def test_a_file_that_is_let_go_of_in_time_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.txt"
    path.write_text("first")
    monkeypatch.setattr(disk, "system", Held(tries=2))
    disk.write_text(path, "second")
    assert path.read_text() == "second"


@pytest.mark.parametrize("step", [disk.remove, lambda path: disk.write_text(path, "second")])
def test_a_file_that_stays_open_is_named(
    step: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    path.write_text("first")
    monkeypatch.setenv(disk.PATIENCE, "0.1")
    monkeypatch.setattr(disk, "system", Held(tries=1000))
    began = time.monotonic()
    with pytest.raises(disk.FileInUse, match=r"file\.txt is open in another program"):
        step(path)
    assert time.monotonic() - began < 5
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]
    assert path.read_text() == "first"


def test_what_is_thrown_away_and_open_stays_without_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.txt"
    path.write_text("first")
    monkeypatch.setattr(disk, "system", Held(tries=1))
    assert not disk.discard(path)
    assert path.exists()
    assert disk.discard(path)
    assert disk.discard(path)


def test_a_fault_that_is_no_other_program_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(disk.OperatingSystem):
        def write(self, stream: object, content: bytes) -> NoReturn:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "system", Full())
    with pytest.raises(OSError, match="No space left"):
        disk.write_text(tmp_path / "file.txt", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_open_is_told_with_the_program_where_the_system_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> NoReturn:
        error = PermissionError(13, "in use", str(path))
        error.winerror = 32  # type: ignore[attr-defined]
        raise error

    class Refusing(disk.OperatingSystem):
        def unlink(self, path: Path) -> None:
            refuse(path)

    (tmp_path / "a.xlsx").write_text("x")
    monkeypatch.setenv(disk.PATIENCE, "0.01")
    monkeypatch.setattr(disk, "system", Refusing())
    with pytest.raises(disk.FileInUse, match=r"^a\.xlsx is open in another program"):
        disk.remove(tmp_path / "a.xlsx")
    monkeypatch.setattr(disk, "programs_with", lambda path: ["Microsoft Excel"])
    with pytest.raises(disk.FileInUse, match=r"^a\.xlsx is open in Microsoft Excel and"):
        disk.remove(tmp_path / "a.xlsx")
