"""The one way to set a file aside as a whole, whoever finds a reason: what is left of it, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from etl import contracts


def held_frames(
    rows: pl.DataFrame, rule: str, detail: Mapping[str, str], cells: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    """Return the frames of a file that is held under a rule: its rows wait, and nothing speaks.

    `rows` and `cells` (those that could not be read, which are still told) hold `contracts.ParsedRow` and
    `contracts.Rejection`; `detail` fills the words of the rule.
    """
    whole_file = {"rule": rule, "scope": "file", "detail": json.dumps(detail, ensure_ascii=False)}
    told = [contracts.checked(contracts.Rejection, [whole_file]), pl.DataFrame() if cells is None else cells]
    return {
        "rows": rows.with_columns(
            pl.lit("quarantined").cast(rows.schema["outcome"]).alias("outcome"),
            pl.lit(None, dtype=pl.Int64).alias("merged_into"),
            pl.lit(None, dtype=pl.String).alias("merged_sheet"),
        ),
        "quarantine": pl.concat([frame for frame in told if frame.width]),
        "records": pl.DataFrame(),
        "answers": pl.DataFrame(),
        "origins": pl.DataFrame(),
        "row_ids": pl.DataFrame(),
        "set_aside": pl.DataFrame(),
        "set_aside_answers": pl.DataFrame(),
    }
