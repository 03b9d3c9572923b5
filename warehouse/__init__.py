"""The store: schema and views, snapshots, home, backup, audits, reference data; scoring at publish."""

from importlib import import_module

from iga.former_names import install as _install_former_names
from warehouse.snapshot import Snapshot, list_snapshots

_install_former_names()

__all__ = ["Snapshot", "list_snapshots"]

MOVED_TO_ANALYSIS = ("Questions", "open_snapshot")
"""Names that stood here before 0.2.0 and are handed on until 0.4.0; they are imported from `analysis`."""


def __getattr__(name: str) -> object:
    if name in MOVED_TO_ANALYSIS:
        return getattr(import_module("analysis"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
