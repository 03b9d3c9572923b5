"""Tables, snapshots and audits; every DuckDB call of the project lives here."""

from warehouse.questions import Questions, open_snapshot
from warehouse.snapshot import Snapshot, list_snapshots

__all__ = ["Questions", "Snapshot", "list_snapshots", "open_snapshot"]
