"""From a figure to the cells that it was made of, and back from a row of a file to every figure that used it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
from rapidfuzz import process

from analysis.season.frames import SeasonFrames, read_season_frames
from warehouse.errors import UnknownName
from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text

INDEX_PARTS = ("spd_score", "mean_maturity", "innovation_count")
"""The figures of a region that are read off cells; the index follows from them."""
REGION_FIGURES = ("iid", *INDEX_PARTS, "count_score")
"""Figures of a region; its count score rests on those reported innovations that the rules count."""

OF_ANSWERS = ("levels", "flags")
"""The bases of a maturity that comes from answers, not from a score that the source states."""

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "figure": pl.String,
    "region_code": pl.String,
    "edition": pl.Int32,
    "subject": pl.String,
    "label": pl.String,
    "column_name": pl.String,
    "value": pl.String,
    "file_name": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "cell": pl.String,
    "header": pl.String,
    "original_text": pl.String,
    "is_simulated": pl.Boolean,
    "file_sha256": pl.String,
    "correction": pl.String,
    "correction_reason": pl.String,
}
"""Columns of a trace. `figure` is what was made: a part of the index, or the table whose row holds the value; `cell` is
the spreadsheet's own address (D12), null where a value stands in no single column (a form). `correction` is the id of
the correction on file that set the value, with its reason, author and date; `original_text` is what the cell says."""


def _query(name: str) -> str:
    return sql_text("analysis.history.trace", name)


def trace_figure(
    snapshot: Snapshot,
    region_code: str,
    edition: int,
    *,
    innovation: str | None = None,
    column: str | None = None,
    indicator: str | None = None,
    unit: str | None = None,
    score: str = "claimed",
) -> pl.DataFrame:
    """The cells behind a figure of a city and edition, one row each (columns: `SCHEMA`).

    Without further words the figure is the index: SPD, mean maturity (the scores or answers that it is the mean of) and
    count. ``column`` asks for one of these (`INDEX_PARTS`) or a column of `submission`, ``innovation`` (an id, a number
    of a system, or the title) for one innovation, ``indicator`` for the answers to one indicator, ``unit`` for the
    innovations of one unit. Raises UnknownName with what there is.
    """
    submission = _innovation(snapshot, region_code, edition, innovation) if innovation else None
    cells = _cells(snapshot, region_code=region_code, edition=edition, submission_id=submission)
    if unit:
        cells = cells.filter(pl.col("subject").is_in(_of_unit(snapshot, region_code, edition, unit)))
    if indicator is not None:
        found = cells.filter(pl.col("indicator_number") == indicator)
    elif submission is not None or (column is not None and column not in REGION_FIGURES):
        found = cells if column is None else cells.filter(pl.col("column_name") == column)
    else:
        parts = INDEX_PARTS if column in (None, "iid") else (column,)
        frames = _frames(snapshot, region_code, edition, score, None)
        found = pl.concat([_part(cells, frames, part) for part in parts])
    if found.is_empty():
        known = sorted({*REGION_FIGURES, *cells["column_name"]})
        raise UnknownName(
            "No cell of {region} {edition} was used for that figure",
            next_step="figures that can be traced: {known}",
            region=region_code,
            edition=edition,
            known=", ".join(known),
        )
    return shown_cells(found)


def cells_of_index(snapshot: Snapshot, frames: SeasonFrames) -> pl.DataFrame:
    """The cells behind the parts of the index that a season's rows give, as `trace_figure` gives them."""
    bases = set(frames.reported()["maturity_basis"])
    cells = _cells(
        snapshot,
        region_code=frames.region_code,
        edition=frames.edition,
        of_index=frames.score_kind,
        with_answers=bool(bases & {*OF_ANSWERS}),
    )
    return shown_cells(pl.concat([_part(cells, frames, part) for part in INDEX_PARTS]))


def trace_row(snapshot: Snapshot, file: str, row_number: int, sheet: str | None = None) -> pl.DataFrame:
    """What became of a row of a file: its outcome, what was set aside of it, and every figure that used it.

    ``file`` is a file's name, the end of its path or the first digits of its hash. A merged row is followed to the row
    that it went into. Columns: `SCHEMA`. Raises UnknownName where there is no such file or row.
    """
    found_file = _file(snapshot, file)
    sha = found_file["file_sha256"]
    rows = snapshot.sql(_query("row"), {"file_sha256": sha, "row_number": row_number, "sheet": sheet})
    if rows.is_empty():
        raise UnknownName(
            "{file} has no filled row {row}",
            next_step="rows are counted as the spreadsheet counts them; name the sheet with --sheet",
            file=found_file["file_name"],
            row=row_number,
        )
    told: list[dict[str, Any]] = []
    used: list[pl.DataFrame] = []
    cells = _cells(snapshot, file_sha256=sha)
    for row in rows.iter_rows(named=True):
        told += _outcome(snapshot, found_file, row)
        direct = cells.filter((pl.col("sheet") == row["sheet"]) & (pl.col("row_number") == row_number))
        if direct.is_empty() and row["target_id"] is not None:
            elsewhere = row["target_sha256"]
            there = cells if elsewhere == sha else _cells(snapshot, file_sha256=elsewhere)
            direct = there.filter(pl.col("source_id") == row["target_id"])
        used.append(direct)
    of_rows = pl.concat(used).unique(maintain_order=True)
    return pl.concat(
        [
            pl.DataFrame(told, schema=SCHEMA),
            shown_cells(of_rows),
            pl.DataFrame(list(_figures_of(snapshot, of_rows)), schema=SCHEMA),
        ]
    )


def _cells(
    snapshot: Snapshot,
    *,
    region_code: str | None = None,
    edition: int | None = None,
    submission_id: str | None = None,
    file_sha256: str | None = None,
    of_index: str | None = None,
    with_answers: bool = True,
) -> pl.DataFrame:
    """The cells of a season or a file; with ``of_index`` only of what the index of that score is made of."""
    return snapshot.sql(
        _query("cells"),
        {
            "of_index": of_index,
            "with_answers": with_answers,
            "region_code": region_code,
            "edition": edition,
            "submission_id": submission_id,
            "file_sha256": file_sha256,
        },
    ).with_columns(pl.col("table_name").alias("figure"))


def _innovation(snapshot: Snapshot, region_code: str, edition: int, wanted: str) -> str:
    key: dict[str, object] = {"region_code": region_code, "edition": edition, "wanted": wanted}
    found = snapshot.sql(_query("innovations"), key)
    if found.height == 1:
        return str(found["submission_id"][0])
    named = snapshot.sql(_query("named"), {"region_code": region_code, "edition": edition})
    titles = named["title"].unique().sort().to_list()
    near = found["submission_id"].to_list() or [match for match, _, _ in process.extract(wanted, titles, limit=3)]
    raise UnknownName(
        "More than one innovation is meant by {wanted}" if found.height else "No innovation is meant by {wanted}",
        next_step="perhaps one of these: {near}",
        wanted=wanted,
        near=", ".join(near) or "-",
    )


def _of_unit(snapshot: Snapshot, region_code: str, edition: int, unit: str) -> list[str]:
    rows = snapshot.sql(_query("named"), {"region_code": region_code, "edition": edition})
    wanted = unit.casefold()
    found = rows.filter((pl.col("unit_name").str.to_lowercase() == wanted) | (pl.col("unit_id") == unit))
    if found.is_empty():
        near = [match for match, _, _ in process.extract(unit, sorted(set(rows["unit_name"])), limit=3)]
        raise UnknownName(
            "No innovation is of a unit named {unit}",
            next_step="perhaps one of these: {near}",
            unit=unit,
            near=", ".join(near) or "-",
        )
    return found["submission_id"].to_list()


def _frames(snapshot: Snapshot, region_code: str, edition: int, score: str, rulebook: str | None) -> SeasonFrames:
    """The season under a rulebook; without one under the edition's own, where the snapshot has its index."""
    if rulebook is None:
        names = snapshot.sql(_query("indices"), {"region_code": region_code, "edition": edition})["rulebook"]
        rulebook = str(names[0]) if len(names) else None
    rules = snapshot.rulebooks.of(rulebook) if rulebook else None
    return read_season_frames(snapshot, region_code, edition, score_kind=score, rulebook=rules)


def _part(cells: pl.DataFrame, frames: SeasonFrames, part: str) -> pl.DataFrame:
    """The cells that one part of the index was made of."""
    if part == "spd_score":
        found = cells.filter((pl.col("table_name") == "region_answer") & (pl.col("score_kind") == frames.score_kind))
    elif part in ("innovation_count", "count_score"):
        counted = (_counted(frames) if part == "count_score" else frames.reported())["submission_id"].implode()
        found = cells.filter((pl.col("column_name") == "title") & pl.col("subject").is_in(counted))
    else:
        found = cells.filter(_is_of_maturity(frames))
    return found.with_columns(pl.lit(part).alias("figure"))


_IS_REJECTED = (pl.col("status") == "rejected").fill_null(value=False)


def _is_other_stage(frames: SeasonFrames) -> pl.Expr:
    """Whether a stage is known and none of those that are scored."""
    return ~pl.col("stage").is_in(list(frames.rulebook.assumptions.stages_scored)).fill_null(value=True)


def _counted(frames: SeasonFrames) -> pl.DataFrame:
    """The submissions that enter the count; it needs less of a rulebook than a plan does."""
    assumed = frames.rulebook.assumptions
    is_in = pl.lit(assumed.rejected_in_count) | ~_IS_REJECTED
    return frames.reported().filter(is_in & (pl.lit(assumed.other_stages_in_count) | ~_is_other_stage(frames)))


def _is_of_maturity(frames: SeasonFrames) -> pl.Expr:
    """Whether a cell is what the maturity of a scored innovation rests on: its stated score, or its answers."""
    scored = frames.reported().filter(~_is_other_stage(frames) & ~_IS_REJECTED)
    by_score = scored.filter(pl.col("maturity_basis").is_in(["stated", "total"]))["submission_id"].implode()
    by_answers = scored.filter(pl.col("maturity_basis").is_in(OF_ANSWERS))["submission_id"].implode()
    is_score = (pl.col("column_name") == f"{frames.score_kind}_score") & pl.col("subject").is_in(by_score)
    is_answer = (
        (pl.col("table_name") == "answer")
        & (pl.col("score_kind") == frames.score_kind)
        & pl.col("subject").is_in(by_answers)
        & ~pl.col("column_name").str.starts_with("document_")
    )
    return (pl.col("table_name") == "submission") & is_score | is_answer


def _file(snapshot: Snapshot, file: str) -> dict[str, Any]:
    found = snapshot.sql(_query("files"), {"file": file})
    if found.height == 1 or (found.height and found["file_name"][0] == file and found["file_name"][1] != file):
        return found.row(0, named=True)
    names = snapshot.sql(_query("names"))["file_name"].to_list()
    near = found["file_name"].to_list() or [match for match, _, _ in process.extract(file, names, limit=3)]
    raise UnknownName(
        "More than one file is meant by {file}" if found.height else "No file was received as {file}",
        next_step="perhaps one of these: {near}",
        file=file,
        near=", ".join(near) or "-",
    )


def _outcome(snapshot: Snapshot, file: dict[str, Any], row: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """The outcome of a row, what was set aside of it, and what it was read as."""
    place = {
        "file_name": file["file_name"],
        "sheet": row["sheet"],
        "row_number": row["row_number"],
        "is_simulated": file["is_simulated"],
        "file_sha256": file["file_sha256"],
    }
    target = [str(row[f"target_{name}"]) for name in ("file", "sheet", "row") if row[f"target_{name}"] is not None]
    went = f" -> {' '.join(target)}" if target else ""
    yield {**place, "figure": "row", "value": f"{row['outcome']}{went}"}
    key = {"file_sha256": file["file_sha256"], "row_number": row["row_number"], "sheet": row["sheet"]}
    for rejected in snapshot.sql(_query("rejected"), dict(key)).iter_rows(named=True):
        yield {
            **place,
            "figure": "quarantine",
            "label": rejected["message"],
            "column_name": rejected["column_name"],
            "value": rejected["rule"],
            "header": rejected["column_name"],
            "original_text": rejected["original_text"],
        }
    source = row["target_id"] or row["source_id"]
    for seen in snapshot.sql(_query("observed"), {"source_id": source}).iter_rows(named=True):
        counting = " ".join(str(seen[f"counting_{name}"]) for name in ("file", "sheet", "row"))
        state = "counts" if seen["is_current"] else "withdrawn" if seen["counting_row"] is None else f"-> {counting}"
        yield {
            **place,
            "figure": "observation",
            "correction": seen["withdrawn_by"],
            "region_code": seen["region_code"],
            "edition": seen["edition"],
            "subject": seen["submission_id"],
            "label": seen["title"],
            "value": state,
        }


def _figures_of(snapshot: Snapshot, cells: pl.DataFrame) -> Iterable[dict[str, Any]]:
    """The figures of regions that these cells entered, under each rulebook and score kind of the snapshot."""
    for region_code, edition in (
        cells.select("region_code", "edition").unique().sort("region_code", "edition").iter_rows()
    ):
        if edition is None:
            continue
        here = cells.filter(pl.col("region_code") == region_code, pl.col("edition") == edition)
        indices = snapshot.sql(_query("indices"), {"region_code": region_code, "edition": edition})
        for index in indices.iter_rows(named=True):
            frames = _frames(snapshot, region_code, edition, index["score_kind"], index["rulebook"])
            parts = [part for part in INDEX_PARTS if not _part(here, frames, part).is_empty()]
            for part in [*parts, "iid"] if parts else []:
                yield {
                    "figure": part,
                    "region_code": region_code,
                    "edition": edition,
                    "subject": region_code,
                    "label": f"{index['rulebook']} {index['score_kind']}",
                    "value": _bounds(index, part),
                    "is_simulated": index["is_simulated"],
                }


def _bounds(index: dict[str, Any], part: str) -> str | None:
    """A figure of the index as text; bounds where it is not one value."""
    stem = part.removesuffix("_score")
    if index[part] is not None or index.get(f"{stem}_lower") is None:
        return None if index[part] is None else str(index[part])
    return f"{index[f'{stem}_lower']}-{index[f'{stem}_upper']}"


def shown_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """Return cells with their addresses, in the columns of `SCHEMA`."""
    addresses = [
        None if column is None or row is None else f"{column_letters(column)}{row}"
        for column, row in cells.select("column_number", "row_number").iter_rows()
    ]
    return cells.with_columns(pl.Series("cell", addresses, dtype=pl.String)).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )


def column_number(letters: str) -> int:
    """The number of a column from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """The letters of a column as spreadsheets write them: 1 is A, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
