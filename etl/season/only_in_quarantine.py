"""Which innovations stand only in quarantine, as of each day: rows that are set aside and that nothing has replaced.

A row that is set aside still tells of an innovation. It counts as long as its file does (`etl.season.resolve`), no row
that was accepted has the innovation, and no returned workbook mended it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from etl.lake import LakeFile, answer_numbers
from etl.layout.declared import simplified
from etl.season.conflicts import PRECEDENCE
from etl.season.precedence import load_precedence
from etl.season.receipt_columns import receipt_columns
from etl.season.resolve import SEASON, Round, compressed, may_still_speak
from etl.season.table_contracts import conform, empty, types_of
from etl.season.unit_ties import unit_ties
from etl.values.canonical_rows import source_id_of
from etl.values.normalise import title_key
from etl.values.set_aside import holds_innovations
from warehouse.unit_answers import UnitAnswers

KEY = ["source_id"]
_FILE = (*SEASON, *PRECEDENCE, "is_withdrawing")


def set_aside_innovations(files: Iterable[LakeFile]) -> pl.DataFrame:
    """Return the rows of innovations that are set aside, with `source_id`, `rule` and the columns of their receipts.

    Lists of reviewers are left out: they speak of innovations that other files report.
    """
    reviewers = load_precedence().reviewers
    frames = [
        _with_receipt(file)
        for file in files
        if file.declared is not None
        and holds_innovations(file.declared)
        and file.layout not in reviewers
        and not _set_aside(file).is_empty()
    ]
    return pl.concat(frames, how="diagonal").sort(PRECEDENCE, maintain_order=True) if frames else pl.DataFrame()


def _set_aside(file: LakeFile) -> pl.DataFrame:
    return file.frames.get("set_aside", pl.DataFrame())


def _with_receipt(file: LakeFile) -> pl.DataFrame:
    rows, sha, declared = _set_aside(file), file.receipt.file_sha256, file.declared
    rules: dict[tuple[str, int], str] = {}
    lost = file.frames["quarantine"].filter(pl.col("scope") == "row").select("sheet", "row_number", "rule")
    for sheet, number, rule in lost.iter_rows():
        rules.setdefault((sheet, number), rule)
    places = list(rows.select("sheet", "row_number").iter_rows())
    types = types_of("history.observation")
    system = None if declared is None else declared.external_system
    return rows.with_columns(
        pl.Series("source_id", [source_id_of(sha, *place) for place in places]),
        pl.Series("rule", [rules.get(place, "row_unreadable") for place in places]),
        pl.lit(None if declared is None else declared.score_kind, dtype=pl.String).alias("score_kind"),
        pl.lit(system, dtype=pl.String).alias("external_system"),
        *(pl.lit(value, dtype=types[name]).alias(name) for name, value in receipt_columns(file).items()),
        pl.coalesce("status", pl.lit(file.receipt.status, dtype=pl.String)).alias("status"),
    )


def quarantined_innovations(
    files: Sequence[LakeFile],
    observations: pl.DataFrame,
    resolved: Sequence[Round],
    units: pl.DataFrame,
    systems: Mapping[str, str],
    unit_answers: UnitAnswers | None = None,
) -> pl.DataFrame:
    """Return the table `history.quarantined_innovation`.

    `observations` are all rows that were accepted, `resolved` what counts of them on each day, `units` the registers,
    `systems` whose numbers the files of each layout bear.
    """
    rows = set_aside_innovations(files)
    if rows.is_empty():
        return empty("history.quarantined_innovation")
    mended = _mended(files)
    versions = []
    for one in resolved:
        counting = _counting(rows, observations, one.cut)
        if counting.is_empty():
            continue
        standing = observations.join(one.submissions.select("submission_id"), on="submission_id", how="semi")
        known = _Known(standing, systems)
        fixed = mended.join(one.cut, on=SEASON).filter(pl.col("received_date") <= pl.col("day"))["source_id"]
        alone = counting.filter(~pl.col("source_id").is_in(fixed.implode()))
        is_known = [known.has(row) for row in alone.iter_rows(named=True)]
        alone = alone.filter(~pl.Series(is_known, dtype=pl.Boolean))
        identity = [_identity(row) for row in alone.iter_rows(named=True)]
        last = alone.with_columns(pl.Series("identity", identity, dtype=pl.String))
        last = last.unique([*SEASON, "identity"], keep="last", maintain_order=True).drop("identity")
        versions.append(last.rename({"day": "valid_from", "until": "valid_to"}))
    if not versions:
        return empty("history.quarantined_innovation")
    return conform(
        "history.quarantined_innovation", _with_units(compressed(pl.concat(versions), KEY), units, unit_answers)
    )


def _counting(rows: pl.DataFrame, observations: pl.DataFrame, cut: pl.DataFrame) -> pl.DataFrame:
    """The rows whose file may still speak on the day of their season."""
    is_row = pl.lit(True).alias("is_row")
    received = [rows.with_columns(is_row)]
    if not observations.is_empty():
        received.append(observations.select(*_FILE, ~is_row))
    seen = pl.concat(received, how="diagonal").sort(PRECEDENCE, maintain_order=True)
    seen = seen.join(cut, on=SEASON, how="inner", maintain_order="left")
    seen = seen.filter(pl.col("received_date") <= pl.col("day"))
    return seen.filter(may_still_speak() & pl.col("is_row")).drop("is_row")


class _Known:
    """The innovations that stand in a season: by the number of a system, by title and unit, by title."""

    def __init__(self, standing: pl.DataFrame, systems: Mapping[str, str]) -> None:
        self.numbers: set[tuple[object, ...]] = set()
        self.names: set[tuple[object, ...]] = set()
        self.unnumbered: set[tuple[object, ...]] = set()
        self.titles: set[tuple[object, ...]] = set()
        columns = (*SEASON, "layout", "external_id", "title", "unit_name")
        for region, edition, layout, number, title, unit in standing.select(columns).iter_rows():
            season = (region, edition)
            name = (*season, title_key(title, unit))
            self.names.add(name)
            self.titles.add((*season, simplified(title)))
            if number is None:
                self.unnumbered.add(name)
            else:
                self.numbers.add((*season, systems.get(layout), number))

    def has(self, row: Mapping[str, object]) -> bool:
        """Return whether the innovation of a row stands; of a row without a unit its title says it."""
        season = (row["region_code"], row["edition"])
        number, title, unit = row["external_id"], row["title"], row["unit_name"]
        if number is not None and (*season, row["external_system"], number) in self.numbers:
            return True
        if title is None:
            return False
        if unit is None:
            return (*season, simplified(str(title))) in self.titles
        # One title and unit under two numbers of a system are two innovations.
        names = self.names if number is None else self.unnumbered
        return (*season, title_key(str(title), str(unit))) in names


def _identity(row: Mapping[str, object]) -> str:
    """What two rows that are set aside have in common when they tell of the same innovation."""
    if row["external_id"] is not None:
        return f"number {row['external_system']} {row['external_id']}"
    if row["title"] is not None and row["unit_name"] is not None:
        return f"name {title_key(str(row['title']), str(row['unit_name']))}"
    return f"row {row['source_id']}"


def _mended(files: Iterable[LakeFile]) -> pl.DataFrame:
    """The rows that a returned workbook has put right: source_id, and the season and day of the return."""
    columns = {"source_id": pl.String, "region_code": pl.String, "edition": pl.Int32, "received_date": pl.Date}
    found = [
        (source_id, file.receipt.region_code, file.receipt.edition, file.receipt.received_date)
        for file in files
        for source_id in sorted(file.mended)
    ]
    return pl.DataFrame(found, schema=columns, orient="row")


def _with_units(rows: pl.DataFrame, units: pl.DataFrame, unit_answers: UnitAnswers | None) -> pl.DataFrame:
    """The rows with the unit that their name ties to, and where they state no affair, that of the unit."""
    ties = unit_ties(units, rows.filter(pl.col("unit_name").is_not_null()), unit_answers)
    tied = rows.join(ties, on=[*SEASON, "unit_name"], how="left", maintain_order="left")
    return tied.with_columns(pl.coalesce("main_affair_code", "unit_affair_code").alias("main_affair_code")).sort(
        *SEASON, "file_sha256", "sheet", "row_number", "valid_from"
    )


def quarantined_answers(
    files: Iterable[LakeFile], innovations: pl.DataFrame, keys_of: Mapping[int, Mapping[str, str]]
) -> pl.DataFrame:
    """Return the table `store.quarantined_answer`: what the rows of `innovations` say of their indicators.

    `keys_of` has the key of each indicator number, by edition.
    """
    wanted = innovations["source_id"].unique().implode()
    frames = []
    for file in files:
        answers = file.frames.get("set_aside_answers", pl.DataFrame())
        if answers.is_empty() or _set_aside(file).is_empty() or file.declared is None:
            continue
        places = _with_receipt(file).select(pl.col("read_as").alias("row_number"), "source_id")
        rows = answers.join(places, on="row_number").filter(pl.col("source_id").is_in(wanted))
        keys = keys_of.get(file.receipt.edition or 0, {})
        basis = file.declared.indicators.unit if file.declared.indicators else "level"
        frames += [
            rows.select(
                "source_id",
                pl.lit(number).alias("indicator_number"),
                pl.lit(keys.get(number), dtype=pl.String).alias("indicator_key"),
                pl.lit(file.declared.score_kind).alias("score_kind"),
                pl.col(f"level_{number}").alias("level"),
                pl.col(f"points_{number}").alias("points_x100"),
                pl.col(f"document_{number}").alias("is_complete"),
                pl.lit(basis).alias("basis"),
            ).filter(pl.any_horizontal(pl.col("level", "points_x100", "is_complete").is_not_null()))
            for number in answer_numbers(answers)
        ]
    if not frames:
        return empty("store.quarantined_answer")
    return conform("store.quarantined_answer", pl.concat(frames).sort("source_id", "indicator_number"))
