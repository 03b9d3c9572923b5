"""What is replaced within other libraries to save time: the register, its guards, and the replacements.

Each patch is named in `PATCHES` with what it replaces, the versions that it was tested with and what it gains. It is
made only where the library still looks as it did then. Anywhere else the library goes its own, plain way, which gives
the same bytes later: `left_plain()` says why, a build records it in `build.json`, and IGA_PLAIN_LIBRARIES=1 asks for it
(a list of names, with commas between, asks for it there alone).
"""

from __future__ import annotations

import inspect
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from typing import Any

SWITCH = "IGA_PLAIN_LIBRARIES"
PYTHON = "python"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patch:
    """One thing that is replaced: where, the versions it was tested with (from the first to before the second), gain.

    `parts` are the private parts it needs, each `module:attribute`, with the names of its parameters where it is called
    or replaced by a function of ours. `gain` is in processor time, of city reports. What gains less than 3 % of one
    is not replaced.
    """

    name: str
    library: str
    tested: tuple[str, str]
    parts: Mapping[str, tuple[str, ...] | None]
    replaces: str
    gain: str


PATCHES = {
    patch.name: patch
    for patch in (
        Patch(
            "optional_grammar",
            "jsonschema",
            ("4.25", "4.27"),
            {},
            "the import of rfc3987_syntax, a grammar of internationalised addresses that no chart or notebook holds",
            "about 1.5 s for each process that imports Altair or papermill; a quarter of a build of one page",
        ),
        Patch(
            "forked_kernels",
            PYTHON,
            ("3.11", "3.14"),
            {
                "multiprocessing.forkserver:ForkServer.ensure_running": ("self",),
                "multiprocessing.forkserver:ForkServer.set_forkserver_preload": ("self", "modules_names"),
                "multiprocessing.forkserver:ForkServer.connect_to_new_process": ("self", "fds"),
                "multiprocessing.forkserver:_forkserver._forkserver_alive_fd": None,
                "multiprocessing.forkserver:_forkserver._forkserver_address": None,
                "multiprocessing.forkserver:_forkserver._forkserver_pid": None,
                "multiprocessing.forkserver:read_signed": ("fd",),
                "multiprocessing.popen_forkserver:Popen._launch": ("self", "process_obj"),
                "multiprocessing.popen_forkserver:Popen.poll": ("self", "flag"),
                "multiprocessing.spawn:get_preparation_data": ("name",),
                "multiprocessing.context:set_spawning_popen": ("popen",),
                "multiprocessing.reduction:dump": ("obj", "file", "protocol"),
            },
            "the start of a kernel, forked from a process that has imported everything instead of a new program",
            "20 % of a build of three pages, and more with every further page; a kernel is ready in 0.7 s, not in 3",
        ),
    )
}


def is_applied(name: str) -> bool:
    """Return whether a patch is to be made; its reason is noted where it is not."""
    return not why_plain(name)


@cache
def why_plain(name: str) -> str:
    """Return why a library goes its own way in what a patch would replace; nothing where the patch is made."""
    reason = _reason_without_import(name) or _changed_part(PATCHES[name])
    if reason:
        _log.debug("%s: the plain way (%s)", name, reason)
        _NOTED[name] = reason
    return reason


_NOTED: dict[str, str] = {}


def left_plain() -> dict[str, str]:
    """Return the patches that are not made, each with its reason, without importing any library for it."""
    return {name: reason for name in PATCHES if (reason := _NOTED.get(name) or _reason_without_import(name))}


def _reason_without_import(name: str) -> str:
    patch = PATCHES[name]
    asked = {word.strip() for word in os.environ.get(SWITCH, "").split(",")} - {"", "0"}
    if asked & {"1", name}:
        return f"asked for with {SWITCH}"
    present, (first, after_last) = _version(patch.library), patch.tested
    if not _release(first) <= _release(present) < _release(after_last):
        return f"{patch.library} {present or '(missing)'}; tested from {first} to before {after_last}"
    if name == "optional_grammar" and not _grammar_is_optional():
        return "jsonschema does not declare it as optional"
    return ""


def _version(library: str) -> str:
    if library == PYTHON:
        return ".".join(map(str, sys.version_info[:3]))
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _changed_part(patch: Patch) -> str:
    """Return the first private part that is gone or is called otherwise than it was."""
    for place, parameters in patch.parts.items():
        module, _, path = place.partition(":")
        try:
            with quick_imports():
                part: Any = import_module(module)
            for attribute in path.split("."):
                part = getattr(part, attribute)
            if parameters is not None and tuple(inspect.signature(part).parameters) != parameters:
                return f"{place} takes other parameters"
        except (ImportError, AttributeError, TypeError, ValueError):
            return f"{place} is not there"
    return ""


# jsonschema imports this grammar (about 2 s) if it is installed, and does without it if it is not. The import is
# answered with "not installed".
_GRAMMAR = "rfc3987_syntax"


def _grammar_is_optional() -> bool:
    names = [line for line in metadata.requires("jsonschema") or () if line.startswith(_GRAMMAR.replace("_", "-"))]
    return all("extra ==" in line for line in names)


@contextmanager
def quick_imports() -> Iterator[None]:
    """While this is open, jsonschema loads without its slow optional part; what was loaded before stays as it is."""
    if _GRAMMAR in sys.modules or not is_applied("optional_grammar"):
        yield
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop(_GRAMMAR, None)


def quick_altair() -> Any:
    """Return Altair, imported without the slow optional part of jsonschema."""
    with quick_imports():
        import altair
    return altair


def quick_papermill() -> Any:
    """Return papermill, imported without the slow optional part of jsonschema."""
    with quick_imports():
        import papermill
    return papermill
