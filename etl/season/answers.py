"""Answers of files about indicators become those that count, as of each day of their season."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import polars as pl

from etl.lake import LakeFile, answer_numbers, scale_of
from etl.layout.declared import Layout, simplified
from etl.season.conflicts import PRECEDENCE, resolved_answers
from etl.season.correction import Correction, Outcomes, corrected_answers, corrected_lines
from etl.season.receipt_columns import files_of, read_number, read_targets, received_files, source_ids
from etl.season.resolve import SEASON, Round, compressed, cuts
from etl.season.table_contracts import conform, empty, types_of
from iga.rulebook import Rulebooks, shipped_rulebooks
from warehouse.unit_name_rules import readings_of

Unfit = dict[tuple[str, int], tuple[str, str]]
"""(file, row) that was read and fits nothing in its season -> rule, and the key that fits nothing."""


def stated_answers(
    files: Sequence[LakeFile],
    observations: pl.DataFrame,
    submissions: pl.DataFrame,
    rulebooks: Rulebooks | None = None,
) -> tuple[pl.DataFrame, Unfit]:
    """Long answers of all files that state them, and rows of control sheets that fit no submission that counts."""
    by_row = observations.select("submission_id", "source_id", *PRECEDENCE)
    by_key = _keys_of(observations)
    # Files of one layout and edition are made long together: a nation's season has hundreds of them.
    wide: dict[tuple[str, int | None], list[pl.DataFrame]] = {}
    unfit: Unfit = {}
    for file in files_of(files, "innovation_list"):
        answers = file.frames["answers"]
        if not answers.is_empty():
            placed = answers.with_columns(source_ids(file, answers["row_number"]))
            wide.setdefault((file.layout or "", file.receipt.edition), []).append(placed)
    for key, frames in wide.items():
        lists = pl.concat(frames, how="diagonal")
        wide[key] = [lists.join(by_row, on="source_id", how="inner", maintain_order="left")]
    for file, rows in received_files(files, "control_sheet"):
        known = _tied(rows, by_key, observations)
        is_counted = pl.col("submission_id").is_in(submissions["submission_id"].implode()).fill_null(False)
        unfit |= _unfit(file, known.filter(~is_counted), "innovation_unknown")
        if not file.frames["answers"].is_empty():
            tied = known.filter(pl.col("submission_id").is_not_null())
            wide.setdefault((file.layout or "", file.receipt.edition), []).append(_answered(file, tied))
    declared = {file.layout or "": file.declared for file in files if file.declared is not None}
    frames = [
        _long(declared[layout], indicator_keys(edition, rulebooks), pl.concat(parts, how="diagonal"))
        for (layout, edition), parts in wide.items()
    ]
    if not frames:
        return pl.DataFrame(), unfit
    return pl.concat(frames), unfit


def _keys_of(observations: pl.DataFrame) -> pl.DataFrame:
    """(season, key) -> submission; a key that two submissions bear ties to neither."""
    keys = observations.select(*SEASON, "match_key", "submission_id").unique()
    return keys.filter(pl.len().over(*SEASON, "match_key") == 1)


def _tied(rows: pl.DataFrame, by_key: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """The rows of a control sheet with the submission that they are about, or null.

    The number ties, or title and unit where no number contradicts: the row bears none, or the innovation has none.
    "Setwan" and "Sekretariat DPRD" are one unit here, as they are for the register.
    """
    tied = rows.join(by_key, on=[*SEASON, "match_key"], how="left", maintain_order="left")
    if tied["submission_id"].null_count() == 0:
        return tied
    place = {name: rows[name][0] for name in SEASON}
    season = observations.filter(pl.all_horizontal(pl.col(name) == value for name, value in place.items()))
    by_title: dict[str, dict[str, set[str]]] = {}
    numbered: set[str] = set()
    for submission, title, unit, number in season.select(
        "submission_id", "title", "unit_name", "external_id"
    ).iter_rows():
        by_title.setdefault(simplified(title), {}).setdefault(submission, set()).add(unit or "")
        if number is not None:
            numbered.add(submission)
    region = str(place["region_code"])
    submissions = []
    columns = tied.select("submission_id", "title", "unit_name", "external_id").iter_rows()
    for submission, title, unit, number in columns:
        if submission is None:
            submission = _of_unit(by_title.get(simplified(title), {}), unit or "", region)  # noqa: PLW2901
            if number is not None and submission in numbered:
                submission = None  # noqa: PLW2901
        submissions.append(submission)
    return tied.with_columns(pl.Series("submission_id", submissions, dtype=pl.String))


def _of_unit(units_by_submission: Mapping[str, Set[str]], unit: str, region_code: str) -> str | None:
    """Return the one submission of a unit as written, else as its name may be read; null where there are several."""
    written = [
        submission
        for submission, units in units_by_submission.items()
        if any(simplified(name) == simplified(unit) for name in units)
    ]
    if len(written) == 1:
        return written[0]
    ways = set(readings_of(unit, region_code))
    read = [
        submission
        for submission, units in units_by_submission.items()
        if any(not ways.isdisjoint(readings_of(name, region_code)) for name in units)
    ]
    return read[0] if len(read) == 1 and not written else None


def answer_versions(
    stated: pl.DataFrame, resolved: Sequence[Round], corrections: Sequence[Correction], outcomes: Outcomes
) -> pl.DataFrame:
    """The answers that count and from when until when.

    Of a list the answers count of observations that still speak; control sheets speak of whatever submission counts.
    """
    frames = []
    for one in resolved if not stated.is_empty() else ():
        days = one.submissions.select("submission_id", "day", "until")
        placed = stated.join(days, on="submission_id", how="inner", maintain_order="left")
        speaks = pl.col("is_sheet") | pl.col("source_id").is_in(one.counting.implode())
        counted = placed.filter((pl.col("received_date") <= pl.col("day")) & speaks)
        if not counted.is_empty():
            kept = corrected_answers(resolved_answers(counted), one, corrections, outcomes)
            frames.append(kept.rename({"day": "valid_from", "until": "valid_to"}))
    key = ["submission_id", "indicator_number", "score_kind"]
    if not frames:
        return empty("history.answer")
    answers = pl.concat(frames).drop(*PRECEDENCE, "is_sheet")
    return conform("history.answer", compressed(answers, key).sort(*key, "valid_from"))


def _unfit(file: LakeFile, records: pl.DataFrame, rule: str) -> Unfit:
    rows = records.select("row_number", "match_key").iter_rows()
    return {(file.receipt.file_sha256, number): (rule, key) for number, key in rows}


def with_repeats(files: Sequence[LakeFile], unfit: Unfit) -> Unfit:
    """A row that was merged into one that fits nothing fits nothing either."""
    repeats = {
        (file.receipt.file_sha256, number): unfit[file.receipt.file_sha256, target]
        for file in files
        if not file.frames["rows"].is_empty()
        for number, target in zip(
            file.frames["rows"].select(read_number()).to_series(), read_targets(file), strict=True
        )
        if target is not None and (file.receipt.file_sha256, target) in unfit
    }
    return unfit | repeats


def _answered(file: LakeFile, tied: pl.DataFrame) -> pl.DataFrame:
    """The wide answers of a file's rows that belong to a submission."""
    return tied.select("submission_id", "source_id", "row_number", *PRECEDENCE).join(
        file.frames["answers"], on="row_number", how="inner"
    )


def _long(layout: Layout, keys: dict[str, str], rows: pl.DataFrame) -> pl.DataFrame:
    basis = layout.indicators.unit if layout.indicators else "level"
    is_sheet = layout.kind == "control_sheet"
    parts = [
        rows.select(
            "submission_id",
            pl.lit(number).alias("indicator_number"),
            pl.lit(keys.get(number), dtype=pl.String).alias("indicator_key"),
            pl.lit(layout.score_kind).alias("score_kind"),
            pl.col(f"level_{number}").alias("level"),
            pl.col(f"points_{number}").alias("points_x100"),
            pl.col(f"document_{number}").alias("is_complete"),
            pl.lit(basis).alias("basis"),
            "source_id",
            pl.lit(is_sheet).alias("is_sheet"),
            *PRECEDENCE,
        ).filter(pl.any_horizontal(pl.col("level", "points_x100", "is_complete").is_not_null()))
        for number in answer_numbers(rows)
    ]
    return pl.concat(parts)


def indicator_keys(edition: int | None, rulebooks: Rulebooks | None) -> dict[str, str]:
    """Return the key of each indicator number of an edition, where its rulebook is known."""
    known = rulebooks or shipped_rulebooks()
    if edition is None or edition not in known:
        return {}
    rulebook = known.of(edition)
    return {group.number: group.key for group in rulebook.sid_groups} | {
        indicator.number: indicator.key for indicator in rulebook.spd_indicators
    }


def region_answer_versions(
    files: Sequence[LakeFile],
    days: pl.DataFrame,
    corrections: Sequence[Correction],
    outcomes: Outcomes,
    rulebooks: Rulebooks | None = None,
) -> tuple[pl.DataFrame, Unfit]:
    """SPD answers, the latest of each line by day, and the rows whose code no line of the edition bears."""
    frames: list[pl.DataFrame] = []
    unfit: Unfit = {}
    for file, rows in received_files(files, "spd_answers"):
        layout = file.declared
        if layout is None:  # `received_files` gives none such
            continue
        is_total = pl.col("indicator_number").str.to_uppercase() == layout.total_code
        keys = indicator_keys(file.receipt.edition, rulebooks)
        lines_of_edition = dict(scale_of(file.receipt.edition, rulebooks).lines)
        name = pl.col("indicator_number").str.to_lowercase()
        # Of an edition without a list of lines nothing but the usual form of a code is known.
        plain = name.str.replace(r"^spd-0?", "")
        number = (
            pl.when(is_total)
            .then(pl.lit(layout.total_code))
            .otherwise(name.replace_strict(lines_of_edition, default=plain, return_dtype=pl.String))
        )
        lines = rows.with_columns(
            pl.when(is_total).then(pl.lit("total")).otherwise(pl.lit("level")).alias("basis"),
            number.alias("indicator_number"),
            pl.lit(layout.score_kind).alias("score_kind"),
        ).with_columns(
            pl.col("indicator_number").replace_strict(keys, default=None, return_dtype=pl.String).alias("indicator_key")
        )
        if keys:
            is_unknown = (pl.col("basis") == "level") & pl.col("indicator_key").is_null()
            unfit |= _unfit(file, lines.filter(is_unknown), "indicator_unknown")
            lines = lines.filter(~is_unknown)
        frames.append(lines)
    if not frames:
        return empty("history.region_answer"), unfit
    stated = pl.concat(frames, how="diagonal")
    key = ["region_code", "edition", "indicator_number", "score_kind"]
    versions = []
    for cut in cuts(days):
        placed = stated.join(cut, on=SEASON, how="inner", maintain_order="left")
        seen = placed.filter(pl.col("received_date") <= pl.col("day")).unique(key, keep="last", maintain_order=True)
        seen = corrected_lines(seen, corrections, outcomes)
        versions.append(seen.rename({"day": "valid_from", "until": "valid_to"}))
    names = types_of("history.region_answer").names()
    joined = compressed(pl.concat(versions).select(names), key).sort(*key, "valid_from")
    return conform("history.region_answer", joined), unfit
