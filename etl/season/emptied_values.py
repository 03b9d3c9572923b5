"""Cells in quarantine of rows that were accepted: which value of which row stands empty, though the file gives one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

import polars as pl
from pydantic import BaseModel, ConfigDict

from etl.lake import LakeFile
from etl.season.table_contracts import conform, empty
from etl.values.canonical_rows import source_id_of

KINDS = ("innovation_list", "control_sheet", "spd_answers")


class Emptied(BaseModel):
    """The contents of ``emptied_values.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: frozenset[str]
    fields: frozenset[str]
    prefixes: tuple[str, ...]

    def concerns(self, field: str) -> bool:
        """Return whether an index or its coverage rests on a field."""
        return field in self.fields or field.startswith(self.prefixes)


@cache
def load_emptied() -> Emptied:
    """Return which cells are meant."""
    text = resources.files("etl.season").joinpath("emptied_values.toml").read_text(encoding="utf-8")
    return Emptied.model_validate(tomllib.loads(text))


def quarantined_values(files: Iterable[LakeFile]) -> pl.DataFrame:
    """Return the table `store.quarantined_value`: the emptied cells of accepted rows of innovations and SPD answers."""
    meant = load_emptied()
    found: list[tuple[str, str, str]] = []
    for file in files:
        if file.declared is None or file.declared.kind not in KINDS or file.frames["records"].is_empty():
            continue
        cells = file.frames["quarantine"].filter((pl.col("scope") == "cell") & pl.col("rule").is_in(list(meant.rules)))
        if cells.is_empty():
            continue
        fields: dict[str, set[str]] = {}
        for name, header in file.frames["origins"].select("field_name", "header").iter_rows():
            if meant.concerns(name):
                fields.setdefault(header, set()).add(name)
        sha = file.receipt.file_sha256
        found += [
            (source_id_of(sha, sheet, number), field, rule)
            for sheet, number, header, rule in cells.select("sheet", "row_number", "column_name", "rule").iter_rows()
            for field in sorted(fields.get(header, ()))
        ]
    if not found:
        return empty("store.quarantined_value")
    frame = pl.DataFrame(sorted(set(found)), schema=["source_id", "field_name", "rule"], orient="row")
    return conform("store.quarantined_value", frame)
