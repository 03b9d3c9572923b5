"""Modules under the names that they had before 0.2.0 (`former_names.csv`), so that saved notebooks go on working.

A former name gives the module that took its place, with a DeprecationWarning that says what to write instead. Former
names are handed on until 0.5.0.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module, resources
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType

PACKAGES = ("iga.", "warehouse.", "etl.", "reports.", "workbench.")
"""Where modules stood before 0.2.0."""


@cache
def former_names() -> dict[str, str]:
    """Return each former name of a module with the name that it has now."""
    text = resources.files("iga").joinpath("former_names.csv").read_text(encoding="utf-8")
    lines = text.splitlines()[1:]
    return {former: now for former, _, now in (line.partition(",") for line in lines)}


def install() -> None:
    """Let Python ask for former names; again at any time.

    They are asked first: an update leaves folders behind that hold nothing but compiled files, and Python would take
    such a folder for an empty package.
    """
    if not any(isinstance(finder, FormerNameFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, FormerNameFinder())


def members_of_former_module(package: str) -> Callable[[str], object]:
    """Return a module `__getattr__` for a package that bears the former name of a module: its members are handed on."""

    def member(name: str) -> object:
        if name.startswith("__") or package not in former_names():
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        now = former_names()[package]
        try:
            value: object = getattr(import_module(now), name)
        except AttributeError:
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None
        _warn(f"{package}.{name}", f"{now}.{name}", stacklevel=3)
        return value

    return member


class FormerNameFinder:
    """Find modules under their former names, for `sys.meta_path`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how a former name is loaded; None for every other name, and for what is a package now."""
        now = former_names().get(fullname, "") if fullname.startswith(PACKAGES) else ""
        return ModuleSpec(fullname, _FormerNameLoader()) if now and not now.startswith(f"{fullname}.") else None


class _FormerNameLoader(Loader):
    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the empty module to Python; `exec_module` puts the real one in its place."""

    def exec_module(self, module: ModuleType) -> None:
        former = module.__name__
        now = former_names()[former]
        _warn(former, now, stacklevel=2)
        sys.modules[former] = import_module(now)


def _warn(former: str, now: str, stacklevel: int) -> None:
    message = f"{former} is now {now}; the former name goes with 0.5.0"
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel + 1)
