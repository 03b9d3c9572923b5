"""Which innovations stand only in quarantine, as of each day: rows that are set aside and that nothing has replaced.

A row that is set aside still tells of an innovation. It counts as long as its file does (`etl.season.resolve`), no row
that was accepted has the innovation, and no returned workbook mended it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

import polars as pl

from etl.lake import LakeFile, answer_numbers
from etl.layout.declared import simplified
from etl.season.conflicts import PRECEDENCE
from etl.season.precedence import load_precedence
from etl.season.receipt_columns import in_every_row, receipt_columns
from etl.season.resolve import SEASON, Round, compressed, may_still_speak
from etl.season.table_contracts import conform, empty, types_of
from etl.season.unit_ties import UnitTies
from etl.values.canonical_rows import source_id_of
from etl.values.normalise import title_key
from etl.values.set_aside import holds_innovations

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
    types = {**dict.fromkeys(("score_kind", "external_system"), pl.String()), **types_of("history.observation")}
    system = None if declared is None else declared.external_system
    same = {"score_kind": None if declared is None else declared.score_kind, "external_system": system}
    same |= receipt_columns(file)
    complete = rows.hstack(
        [
            pl.Series("source_id", [source_id_of(sha, *place) for place in places]),
            pl.Series("rule", [rules.get(place, "row_unreadable") for place in places]),
            *in_every_row(same, types, rows.height),
        ]
    )
    stated = file.receipt.status
    return complete if stated is None else complete.with_columns(pl.coalesce("status", pl.lit(stated)).alias("status"))


def quarantined_innovations(
    files: Sequence[LakeFile],
    observations: pl.DataFrame,
    resolved: Sequence[Round],
    unit_ties: UnitTies,
    systems: Mapping[str, str],
) -> pl.DataFrame:
    """Return the table `history.quarantined_innovation`.

    `observations` are all rows that were accepted, `resolved` what counts of them on each day, `unit_ties` the
    registers, `systems` whose numbers the files of each layout bear.
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
    return conform("history.quarantined_innovation", _with_units(compressed(pl.concat(versions), KEY), unit_ties))


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


def _with_units(rows: pl.DataFrame, unit_ties: UnitTies) -> pl.DataFrame:
    """The rows with the unit that their name ties to, and where they state no affair, that of the unit."""
    ties = unit_ties.of(rows.filter(pl.col("unit_name").is_not_null()))
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
    stated = _stated_aside(files, set(innovations["source_id"]))
    frames = [
        part.select(
            "source_id",
            pl.lit(number).alias("indicator_number"),
            pl.lit(keys_of.get(int(str(edition)), {}).get(number), dtype=pl.String).alias("indicator_key"),
            "score_kind",
            pl.col(f"level_{number}").alias("level"),
            pl.col(f"points_{number}").alias("points_x100"),
            pl.col(f"document_{number}").alias("is_complete"),
            "basis",
        ).filter(pl.any_horizontal(pl.col("level", "points_x100", "is_complete").is_not_null()))
        for (edition,), part in (stated.group_by("edition") if stated.width else ())
        for number in answer_numbers(part)
    ]
    if not frames:
        return empty("store.quarantined_answer")
    return conform("store.quarantined_answer", pl.concat(frames).sort("source_id", "indicator_number"))


def _stated_aside(files: Iterable[LakeFile], wanted: Container[str]) -> pl.DataFrame:
    """The answers of the wanted rows that are set aside, of all files, with what their layouts say of them."""
    frames = []
    for file in files:
        answers, aside = file.frames.get("set_aside_answers", pl.DataFrame()), _set_aside(file)
        if answers.is_empty() or aside.is_empty() or file.declared is None:
            continue
        sha = file.receipt.file_sha256
        places = aside.select("read_as", "sheet", "row_number").iter_rows()
        id_of = {number: source_id_of(sha, sheet, row) for number, sheet, row in places}
        ids = [id_of.get(number) for number in answers["row_number"].to_list()]
        kept = [place for place, source_id in enumerate(ids) if source_id is not None and source_id in wanted]
        basis = file.declared.indicators.unit if file.declared.indicators else "level"
        same = {"score_kind": file.declared.score_kind, "basis": basis, "edition": file.receipt.edition or 0}
        types = {"score_kind": pl.String(), "basis": pl.String(), "edition": pl.Int32()}
        if kept:
            named = pl.Series("source_id", [ids[place] for place in kept], dtype=pl.String)
            frames.append(answers[kept].hstack([named, *in_every_row(same, types, len(kept))]))
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()
