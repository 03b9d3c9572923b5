"""Windows's rules for files, held on Linux in every Python process whose PYTHONPATH names this folder.

Active while IGA_WINDOWS_RULES=1, below the folders of IGA_WINDOWS_RULES_ROOTS alone. What any process has open is seen
in /proc, so that the files of libraries (DuckDB) count; what a library itself renames or deletes is not seen.
"""

from __future__ import annotations

import errno
import importlib.machinery
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

ROOTS = tuple(
    os.path.realpath(root) for root in os.environ.get("IGA_WINDOWS_RULES_ROOTS", "").split(os.pathsep) if root
)
_ACCESS_DENIED = 5
_SHARING_VIOLATION = 32
_INVALID_NAME = 123
_DEVICE = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])\s*(\..*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]\Z')
_EVENTS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "open"}


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & os.O_CREAT and (place := _below_a_root(path)):
            _refuse_a_forbidden_name(place)
    elif event == "os.mkdir":
        if place := _below_a_root(arguments[0], arguments[2]):
            _refuse_a_forbidden_name(place)
    elif event == "os.rename":
        source, target = _below_a_root(arguments[0], arguments[2]), _below_a_root(arguments[1], arguments[3])
        if target:
            _refuse_a_forbidden_name(target)
            if os.path.isdir(target) and target != source and os.path.lexists(source or "."):
                raise _refusal(errno.EACCES, _ACCESS_DENIED, target)
        _refuse_what_is_open(*(place for place in (source, target) if place))
    elif place := _below_a_root(arguments[0], arguments[1]):
        _refuse_what_is_open(place)


def _below_a_root(path: Any, folder: Any = -1) -> str | None:
    """Return the absolute path, links above its last part followed, where it lies below a root."""
    if isinstance(path, int) or path is None:
        return None
    name = os.fsdecode(path)
    if not os.path.isabs(name):
        try:
            start = os.readlink(f"/proc/self/fd/{folder}") if isinstance(folder, int) and folder >= 0 else os.getcwd()
        except OSError:
            return None
        name = os.path.join(start, name)
    if not any(os.path.basename(root) in name for root in ROOTS):  # quick: nearly every path of the interpreter
        return None
    above, last = os.path.split(name.rstrip("/"))
    place = os.path.join(os.path.realpath(above), last)
    return place if any(place.startswith(f"{root}/") for root in ROOTS) else None


def _refuse_a_forbidden_name(place: str) -> None:
    root = next(root for root in ROOTS if place.startswith(f"{root}/"))
    for name in place[len(root) + 1 :].split("/"):
        if _FORBIDDEN.search(name) or _DEVICE.fullmatch(name):
            raise _refusal(errno.EINVAL, _INVALID_NAME, place)


def _refuse_what_is_open(*places: str) -> None:
    present = [place for place in places if os.path.lexists(place) and not os.path.islink(place)]
    if not present:
        return
    below = tuple(f"{place}/" for place in present)
    for path in _in_use():
        if path in present or path.startswith(below):
            raise _refusal(errno.EACCES, _SHARING_VIOLATION, path)


def _in_use() -> Iterator[str]:
    """Give the path of each file that a process has open, and of each folder that a process works in."""
    for process in os.listdir("/proc"):
        if not process.isdigit():
            continue
        try:
            yield os.readlink(f"/proc/{process}/cwd")
            descriptors = os.listdir(f"/proc/{process}/fd")
        except OSError:  # it has ended, or belongs to somebody else
            continue
        for descriptor in descriptors:
            try:
                path = os.readlink(f"/proc/{process}/fd/{descriptor}")
            except OSError:
                continue
            # Python opens folders only where there is no Windows (to sync them, to walk them).
            if path.startswith(ROOTS) and not os.path.isdir(path):
                yield path


def _refusal(number: int, code: int, path: str) -> OSError:
    error = OSError(number, os.strerror(number), path)
    error.winerror = code  # type: ignore[attr-defined]  # Windows alone has it
    return error


def _run_the_real_one() -> None:
    """Run the `sitecustomize` that this one stands before, if there is one."""
    here = os.path.dirname(os.path.realpath(__file__))
    others = [folder for folder in sys.path if os.path.realpath(folder) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


_run_the_real_one()
if os.environ.get("IGA_WINDOWS_RULES") == "1" and ROOTS and os.path.isdir("/proc/self/fd"):
    sys.addaudithook(_hook)
