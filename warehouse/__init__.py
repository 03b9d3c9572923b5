"""Tables, snapshots and audits; every DuckDB call of the project lives here."""

from warehouse.snapshot import Snapshot, list_snapshots, open_snapshot

__all__ = ["Snapshot", "list_snapshots", "open_snapshot"]
