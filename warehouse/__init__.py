"""The store: schema and views, snapshots, home, backup, audits, reference data; scoring at publish."""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from iga.former_names import install as _install_former_names

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot, list_snapshots

_install_former_names()

__all__ = ["Snapshot", "list_snapshots"]

MOVED_TO_ANALYSIS = ("Questions", "open_snapshot")
"""Names that stood here before 0.2.0 and are handed on until 0.5.0; they are imported from `analysis`."""


def __getattr__(name: str) -> object:
    # Imported when asked for: who reads reference data alone needs no database, and a parse does not depend on it.
    if name in __all__:
        return getattr(import_module("warehouse.snapshot"), name)
    if name in MOVED_TO_ANALYSIS:
        message = f"warehouse.{name} is now analysis.{name}; the former name goes with 0.5.0"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return getattr(import_module("analysis"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
