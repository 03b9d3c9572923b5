"""The questions that reports put to a snapshot: SQL files beside the page that asks, called by name."""

from __future__ import annotations

import polars as pl

from warehouse import Snapshot
from warehouse.keeping.personal_data import masked_frame
from warehouse.sql_files import sql_text


def ask(snapshot: Snapshot, package: str, name: str, **parameters: object) -> pl.DataFrame:
    """Return the rows that answer `<name>.sql` of a package; `parameters` fill the `$name` places of its SQL.

    Personal data in their texts is masked, unless somebody has asked for names.
    """
    return masked_frame(snapshot.sql(sql_text(package, name), dict(parameters) or None))
