"""How many values of a season stand in quarantine: cells that were set aside, of rows that count, and nothing since."""

from __future__ import annotations

import polars as pl

SEASON = ["region_code", "edition"]
_OF_SUBMISSION = ("stage", "status", "main_affair_code")


def count_of_values(
    values: pl.DataFrame, submissions: pl.DataFrame, answers: pl.DataFrame, region_answers: pl.DataFrame, kind: str
) -> dict[str, int]:
    """Return how many values of each region stand empty since their cell is in quarantine; no entry where none does.

    Frames of one edition and score kind as in ``store.quarantined_value``, ``store.submission``, ``store.answer`` and
    ``store.region_answer``. A value that another file or a correction has given since is none of them.
    """
    if values.is_empty():
        return {}
    own = submissions.select("source_id", "submission_id")
    beside = answers.join(own, on="submission_id", how="semi").select("source_id", "submission_id")
    rows = pl.concat([own, beside]).unique()
    cells = values.join(rows, on="source_id").select("submission_id", "field_name").unique()
    found = pl.concat(
        [
            _open_in_submissions(cells, submissions, kind),
            _open_in_answers(cells, submissions, answers),
            _open_lines(values, region_answers),
        ]
    )
    return dict(found.group_by("region_code").len().iter_rows())


def _open_in_submissions(cells: pl.DataFrame, submissions: pl.DataFrame, kind: str) -> pl.DataFrame:
    score = f"{kind}_score"
    frames = []
    for name in (score, *_OF_SUBMISSION):
        column = f"{name}_x100" if name == score else name
        wanted = cells.filter(pl.col("field_name") == name)
        missing = submissions.filter(pl.col(column).is_null())
        frames.append(missing.join(wanted, on="submission_id").select("region_code"))
    return pl.concat(frames)


def _open_in_answers(cells: pl.DataFrame, submissions: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Levels and documents: open where no answer of the submission to the indicator says what they would."""
    parts = pl.col("field_name").str.extract_groups(r"^(?<what>level|document)_(?<indicator_number>.+)$")
    asked = cells.with_columns(parts.alias("parts")).unnest("parts").filter(pl.col("what").is_not_null())
    is_graded = pl.any_horizontal(pl.col("level", "points_x100").is_not_null()) | (
        (pl.col("basis") == "flag") & pl.col("is_complete").is_not_null()
    )
    given = answers.select(
        "submission_id",
        "indicator_number",
        is_graded.alias("has_level"),
        pl.col("is_complete").is_not_null().alias("has_document"),
    )
    joined = asked.join(given, on=["submission_id", "indicator_number"], how="left")
    is_given = pl.when(pl.col("what") == "level").then("has_level").otherwise("has_document").fill_null(value=False)
    still_open = joined.filter(~is_given)
    return still_open.join(submissions.select("submission_id", "region_code"), on="submission_id").select("region_code")


def _open_lines(values: pl.DataFrame, region_answers: pl.DataFrame) -> pl.DataFrame:
    empty = region_answers.filter(pl.all_horizontal(pl.col("level", "points_x100").is_null()))
    of_lines = values.filter(pl.col("field_name").is_in(["level", "points"])).select("source_id").unique()
    return empty.join(of_lines, on="source_id", how="semi").select("region_code")
