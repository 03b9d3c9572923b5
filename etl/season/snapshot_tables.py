"""Parsed files become the tables of a snapshot: receipts, observations, and submissions as resolved from them.

Which observation counts is told in `etl/season/resolve.py`; here the seasons are put together, as of each of their
days.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from etl.lake import LakeFile
from etl.layout.declared import simplified
from etl.season.answers import (
    Unfit,
    answer_versions,
    indicator_keys,
    region_answer_versions,
    stated_answers,
    with_repeats,
)
from etl.season.conflicts import PRECEDENCE, contradictions
from etl.season.correction import Correction, Outcomes, corrected_round
from etl.season.emptied_values import quarantined_values
from etl.season.only_in_quarantine import quarantined_answers, quarantined_innovations
from etl.season.precedence import load_precedence
from etl.season.receipt_columns import hashed, places_of, read_number, read_targets, received_rows, sheet_of
from etl.season.resolve import SEASON, Round, compressed, rounds, season_days
from etl.season.stated_tables import received_tables
from etl.season.table_contracts import BESIDE, conform, empty
from etl.season.unit_ties import UnitTies
from etl.values.canonical_rows import source_id_of
from etl.values.normalise import title_key
from iga.rulebook import Rulebooks, shipped_rulebooks
from warehouse.identity_registry import Registry
from warehouse.unit_answers import UnitAnswers
from warehouse.unit_name_rules import kind_by_name

Tables = dict[str, pl.DataFrame]

DATED_KINDS = ("innovation_list", "control_sheet", "spd_answers")
"""Kinds of files whose receipt makes a day of a season."""


def tables_of(
    files: Sequence[LakeFile],
    corrections: Sequence[Correction] = (),
    registry: Registry | None = None,
    rulebooks: Rulebooks | None = None,
    unit_answers: UnitAnswers | None = None,
) -> Tables:
    """The canonical tables of all parsed files (`warehouse/sql/schema.sql`), before scoring.

    `store.submission`, `store.answer` and `store.region_answer` are what counts now; `history.*` hold every version
    with the days on which it counted. `rulebooks` are those of the editions, the shipped ones unless they are given;
    `unit_answers` is what people said about names of units.
    """
    registry = registry or Registry()
    known_rules = rulebooks or shipped_rulebooks()
    stated_rows = conform("history.observation", _observations(files, registry))
    units = conform("unit", _units(files))
    days = season_days(_days(files, corrections))
    outcomes = Outcomes(known_rules)
    resolved = [corrected_round(one, corrections, outcomes) for one in rounds(stated_rows, days)]
    unit_ties = UnitTies(units, unit_answers)
    versions = _submission_versions(resolved, stated_rows, unit_ties, registry, known_rules)
    current = versions.filter(pl.col("valid_to").is_null()).drop("valid_from", "valid_to")
    submissions = conform("store.submission", current)
    answered, unfit = stated_answers(files, stated_rows, submissions, known_rules)
    answers = answer_versions(answered, resolved, corrections, outcomes)
    region_answers, unknown = region_answer_versions(files, days, corrections, outcomes, known_rules)
    unfit = with_repeats(files, unfit | unknown)
    rows = conform("source_row", _rows(files, unfit))
    conflicts = contradictions(answered, rows).to_dicts() if not answered.is_empty() else []
    observations = stated_rows.with_columns(
        pl.col("source_id").is_in(submissions["source_id"].implode()).alias("is_current")
    )
    correction, corrected = outcomes.tables(corrections)
    systems, editions = _systems(files), _editions(files)
    alone = quarantined_innovations(files, stated_rows, resolved, unit_ties, systems)
    lineage = conform("history.lineage", _lineage(versions, units, _borrowed(resolved)))
    return {
        "receipt": conform("history.receipt", _receipts(files, rows)),
        "source_row": rows,
        "source_column": _source_columns(files),
        "quarantine": conform("store.quarantine", _quarantine(files, unfit, conflicts)),
        "history.quarantined_innovation": alone,
        "store.quarantined_value": quarantined_values(files),
        "store.quarantined_answer": quarantined_answers(
            files, alone, {edition: indicator_keys(edition, known_rules) for edition in editions}
        ),
        "history.lineage": pl.concat([lineage, corrected]),
        "correction": correction,
        "identity_decision": registry.table(),
        "unit": units.drop("alias"),
        "innovation": conform("innovation", _innovations(submissions)),
        "external_id": conform("external_id", _external_ids(observations, submissions, systems)),
        "season_day": days.join(
            stated_rows.select(*SEASON, pl.col("received_date").alias("day"), pl.lit(True).alias("has_list")).unique(),
            on=[*SEASON, "day"],
            how="left",
        ).select(*SEASON, "day", pl.col("has_list").fill_null(False)),
        "store.observation": observations.select(
            pl.exclude(*(name for name in BESIDE["history.observation"] if name != "is_current"))
        ),
        "store.submission": submissions,
        "store.answer": conform("store.answer", _now(answers)),
        "store.region_answer": conform("store.region_answer", _now(region_answers)),
        "history.submission": versions,
        "history.answer": answers,
        "history.region_answer": region_answers,
        **received_tables(files),
    }


def _editions(files: Iterable[LakeFile]) -> list[int]:
    return sorted({file.receipt.edition for file in files if file.receipt.edition is not None})


def _now(versions: pl.DataFrame) -> pl.DataFrame:
    if versions.is_empty():
        return versions
    return versions.filter(pl.col("valid_to").is_null()).drop("valid_from", "valid_to")


def _borrowed(resolved: Sequence[Round]) -> pl.DataFrame:
    """The fields that another observation gave, with the days on which it did."""
    days = ("submission_id", pl.col("day").alias("valid_from"), pl.col("until").alias("valid_to"))
    frames = [one.borrowed.join(one.submissions.select(days), on="submission_id") for one in resolved]
    return compressed(pl.concat(frames), ["submission_id", "column_name"]) if frames else pl.DataFrame()


def _days(files: Iterable[LakeFile], corrections: Sequence[Correction]) -> pl.DataFrame:
    """The days on which something was received of a season, or a correction of it was made."""
    rows: set[tuple[Any, ...]] = {
        (file.receipt.region_code, file.receipt.edition, file.receipt.received_date)
        for file in files
        if file.declared is not None
        and file.declared.kind in DATED_KINDS
        and not (file.frames["records"].is_empty() and file.frames.get("set_aside", pl.DataFrame()).is_empty())
    }
    first: dict[tuple[Any, Any], Any] = {}
    for region, edition, day in rows:
        first[region, edition] = min(day, first.get((region, edition), day))
    for one in corrections:
        if one.date > first.get((one.region_code, one.edition), one.date):
            rows.add((one.region_code, one.edition, one.date))
    schema = {"region_code": pl.String, "edition": pl.Int32, "received_date": pl.Date}
    return pl.DataFrame(sorted(rows, key=str), schema=schema, orient="row")


def _observations(files: Sequence[LakeFile], registry: Registry) -> pl.DataFrame:
    observations = received_rows(files, "innovation_list")
    if observations.is_empty():
        return observations
    season_keys = _season_keys(observations, registry, _systems(files))
    keys = zip(*(observations[name] for name in SEASON), season_keys, strict=True)
    return observations.with_columns(
        pl.Series("submission_id", [hashed(*key) for key in keys]),
        pl.Series("observation_id", [hashed("observation", source) for source in observations["source_id"]]),
        pl.col("is_digital").replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean),
        pl.lit(False).alias("is_current"),
    )


def _season_keys(observations: pl.DataFrame, registry: Registry, systems: Mapping[str, str]) -> list[str]:
    """What ties the observations of an innovation together within its season.

    The number of a system where the file has one, else title and unit. A row without a number belongs to the one number
    that another file of the season gives to the same title and unit.
    """
    is_numbered = pl.col("external_id").is_not_null()
    is_mixed = is_numbered.any().over(SEASON) & (~is_numbered).any().over(SEASON)
    marked = observations.with_columns(is_mixed.alias("is_mixed"), is_numbered.alias("is_numbered"))
    rows = observations.select("external_id", "layout", "match_key").iter_rows()
    keys = [key if number is None else f"{systems[layout]}:{key}" for number, layout, key in rows]
    numbers: dict[tuple[str, int, str], set[str]] = {}
    mixed = marked.with_row_index("place").filter("is_mixed")
    names = ("place", *SEASON, "match_key", "title", "unit_name", "is_numbered")
    for place, region, edition, _, title, unit, numbered in mixed.select(names).iter_rows():
        if numbered:
            numbers.setdefault((region, edition, title_key(title, unit)), set()).add(keys[place])
    for place, region, edition, key, _, _, numbered in mixed.select(names).iter_rows():
        if not numbered and len(found := numbers.get((region, edition, key), set())) == 1:
            keys[place] = next(iter(found))
    return _joined_by_registry(observations, keys, registry)


def _joined_by_registry(observations: pl.DataFrame, keys: list[str], registry: Registry) -> list[str]:
    """The keys, with those of one season that the registry gives to one innovation made one."""
    if not registry.regions:
        return keys
    first: dict[tuple[str, int, str], str] = {}
    files: dict[tuple[str, int, str], set[str]] = {}
    names = observations.select(*SEASON, "title", "unit_name", "file_sha256").iter_rows()
    for key, (region, edition, title, unit, sha) in zip(keys, names, strict=True):
        if region in registry.regions:
            first.setdefault((region, edition, key), name_id_of(region, title, unit))
            files.setdefault((region, edition, key), set()).add(sha)
    together: dict[tuple[str, int, str], str] = {}
    owner: dict[tuple[str, int, str], str] = {}
    for (region, edition, key), name_id in first.items():
        innovation = registry.innovation_of(name_id)
        kept = owner.setdefault((region, edition, innovation), key)
        is_apart = files[region, edition, kept].isdisjoint(files[region, edition, key])
        if kept != key and is_apart:
            together[region, edition, key] = kept
            files[region, edition, kept] |= files[region, edition, key]
    seasons = observations.select(SEASON).iter_rows()
    return [together.get((*season, key), key) for key, season in zip(keys, seasons, strict=True)]


def name_id_of(region_code: str, title: str, unit_name: str) -> str:
    """The id of a name: that of the innovation that was first known by it."""
    return hashed(region_code, simplified(title), simplified(unit_name))


def _submission_versions(
    resolved: Sequence[Round],
    observations: pl.DataFrame,
    unit_ties: UnitTies,
    registry: Registry,
    rulebooks: Rulebooks,
) -> pl.DataFrame:
    """What counts for each innovation and from when until when, with its unit and, where it states none, its affair."""
    frames = [one.submissions.rename({"day": "valid_from", "until": "valid_to"}) for one in resolved]
    if not frames or not sum(frame.height for frame in frames):
        return empty("history.submission")
    versions = compressed(pl.concat(frames), ["submission_id"])
    # Of the versions that are one the days differ; those of the season are joined where they are asked for.
    first = (
        observations.sort(PRECEDENCE)
        .group_by("submission_id", maintain_order=True)
        .agg(pl.col("title").first().alias("first_title"), pl.col("unit_name").first().alias("first_unit"))
    )
    as_of = observations.group_by(SEASON).agg(pl.col("received_date").max().alias("as_of"))
    versions = versions.join(first, on="submission_id", how="left").join(as_of, on=SEASON, how="left")
    names = zip(versions["region_code"], versions["first_title"], versions["first_unit"], strict=True)
    ids = [registry.innovation_of(name_id_of(region, title, unit)) for region, title, unit in names]
    editions = versions["edition"].unique().to_list()
    maxima = {edition: _maximum_x100(edition, rulebooks) for edition in editions}
    versions = versions.with_columns(
        pl.Series("innovation_id", ids),
        pl.Series("max_score_x100", [maxima[edition] for edition in versions["edition"]], dtype=pl.Int64),
    )
    ties = unit_ties.of(versions)
    versions = versions.join(ties, on=[*SEASON, "unit_name"], how="left").with_columns(
        pl.Series("kind_by_name", [kind_by_name(name) for name in versions["unit_name"]])
    )
    affair = pl.coalesce("main_affair_code", "unit_affair_code")
    basis = pl.when(pl.col("main_affair_code").is_not_null()).then(pl.lit("file"))
    complete = versions.with_columns(
        affair.alias("main_affair_code"),
        basis.when(pl.col("unit_affair_code").is_not_null()).then(pl.lit("unit_register")).alias("main_affair_basis"),
        pl.coalesce("unit_kind", "kind_by_name").alias("unit_kind"),
    ).sort("region_code", "edition", "submission_id", "valid_from")
    return conform("history.submission", complete)


def _units(files: Sequence[LakeFile]) -> pl.DataFrame:
    """The latest register of each region."""
    units = received_rows(files, "unit_register")
    if units.is_empty():
        return units
    return (
        units.group_by("region_code", "unit_code")
        .last()
        .select(
            _key("unit", "region_code", "unit_code").alias("unit_id"),
            "region_code",
            "unit_code",
            "name",
            "unit_kind",
            _key("unit", "region_code", "parent_code").alias("parent_unit_id"),
            "subdistrict_code",
            "main_affair_code",
            "valid_from",
            "valid_to",
            _key("unit", "region_code", "successor_code").alias("successor_unit_id"),
            "is_simulated",
            "source_id",
            "alias",
        )
        .sort("region_code", "unit_code")
    )


def _key(*parts: str) -> pl.Expr:
    kind, *columns = parts
    joined = pl.concat_str([pl.col(column) for column in columns], separator="|")
    return joined.map_elements(lambda text: hashed(kind, text), return_dtype=pl.String)


def _maximum_x100(edition: int, rulebooks: Rulebooks) -> int | None:
    maxima = [use.rulebook.parameters.maturity_maximum.value for use in rulebooks.uses_for(edition)]
    stated = next((maximum for maximum in maxima if maximum is not None), None)
    return None if stated is None else int(stated * 100)


def _rows(files: Sequence[LakeFile], unfit: Unfit) -> pl.DataFrame:
    frames = []
    for file in files:
        sha, rows = file.receipt.file_sha256, file.frames["rows"]
        if rows.is_empty():
            continue
        places = zip(rows["sheet"].to_list(), rows["row_number"].to_list(), strict=True)
        ids = [source_id_of(sha, sheet, number) for sheet, number in places]
        targets = _targets(sha, rows)
        if file.merged_elsewhere:
            rows, targets = _with_merged_elsewhere(file, rows, targets)
        placed = rows.drop("merged_sheet").with_columns(
            pl.Series("source_id", ids),
            pl.lit(sha).alias("file_sha256"),
            pl.Series("merged_into", targets, dtype=pl.String),
            pl.col("outcome").cast(pl.String),
        )
        gone = [number for name, number in unfit if name == sha]
        frames.append((_with_gone_quarantined(placed, gone) if gone else placed).drop("read_as"))
    return pl.concat(frames) if frames else pl.DataFrame()


def _targets(sha: str, rows: pl.DataFrame) -> list[str | None]:
    """The source_id that each row of a file was merged into."""
    if rows["merged_into"].null_count() == rows.height:
        return [None] * rows.height
    merged = rows.select("sheet", "merged_sheet", "merged_into").iter_rows()
    return [None if target is None else source_id_of(sha, other or sheet, target) for sheet, other, target in merged]


def _with_gone_quarantined(rows: pl.DataFrame, gone: list[int]) -> pl.DataFrame:
    """The rows of a file, those quarantined that fit nothing in their season."""
    is_gone = read_number().is_in(gone) & (pl.col("outcome") != "structural")
    return rows.with_columns(
        pl.when(is_gone).then(pl.lit("quarantined")).otherwise(pl.col("outcome")).alias("outcome"),
        pl.when(~is_gone).then(pl.col("merged_into")).alias("merged_into"),
    )


def _source_columns(files: Sequence[LakeFile]) -> pl.DataFrame:
    frames = [
        file.frames["origins"].with_columns(pl.lit(file.receipt.file_sha256).alias("file_sha256"))
        for file in files
        if not file.frames["origins"].is_empty()
    ]
    return conform("source_column", pl.concat(frames) if frames else pl.DataFrame())


def _with_merged_elsewhere(
    file: LakeFile, rows: pl.DataFrame, targets: list[str | None]
) -> tuple[pl.DataFrame, list[str | None]]:
    """The rows of a returned workbook that say what the file says that was returned, merged into its rows."""
    numbers, repeated_of = rows.select(read_number()).to_series(), read_targets(file)
    places = zip(numbers, repeated_of, rows["outcome"], targets, strict=True)
    # A row that repeats one of those points on to where that one points.
    pointed = [
        file.merged_elsewhere.get(number if outcome == "accepted" else repeated or 0, target)
        for number, repeated, outcome, target in places
    ]
    is_merged = read_number().is_in(list(file.merged_elsewhere)) & (pl.col("outcome") == "accepted")
    merged = pl.lit("merged").cast(rows.schema["outcome"])
    return rows.with_columns(pl.when(is_merged).then(merged).otherwise("outcome").alias("outcome")), pointed


def _quarantine(files: Sequence[LakeFile], unfit: Unfit, conflicts: list[dict[str, object]]) -> pl.DataFrame:
    rows: list[dict[str, object]] = list(conflicts)
    for file in files:
        sha = file.receipt.file_sha256
        rows += [{"file_sha256": sha, **row} for row in file.frames["quarantine"].iter_rows(named=True)]
        rows += [
            {
                "file_sha256": sha,
                "sheet": places_of(file).get(number, (sheet_of(file), number))[0],
                "row_number": places_of(file).get(number, ("", number))[1],
                "column_name": None,
                "rule": rule,
                "original_text": key,
                "scope": "row",
                "detail": json.dumps({"text": key}, ensure_ascii=False),
            }
            for (name, number), (rule, key) in sorted(unfit.items())
            if name == sha
        ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _receipts(files: Sequence[LakeFile], rows: pl.DataFrame) -> pl.DataFrame:
    counts = {
        (sha, outcome): count for sha, outcome, count in rows.group_by("file_sha256", "outcome").len().iter_rows()
    }
    receipts = []
    for file in files:
        receipt = file.receipt
        outcomes = {
            f"{outcome}_count": counts.get((receipt.file_sha256, outcome), 0)
            for outcome in ("accepted", "merged", "quarantined", "structural")
        }
        receipts.append(
            {
                "file_sha256": receipt.file_sha256,
                "file_name": receipt.file_name,
                "layout": file.layout,
                "layout_detail": json.dumps(file.reason, ensure_ascii=False) if file.reason else None,
                "region_code": receipt.region_code,
                "region_text": receipt.region_text,
                "edition": receipt.edition,
                "received_date": receipt.received_date,
                "system": receipt.system,
                "coverage": receipt.coverage,
                "status": "read" if file.held_rule is None else "held",
                "held_rule": file.held_rule,
                "held_detail": json.dumps(file.held_detail, ensure_ascii=False) if file.held_rule else None,
                "is_simulated": receipt.is_simulated,
                "row_count": sum(outcomes.values()),
                **outcomes,
                "stated_total": file.stated_total,
                "closing_date": receipt.closing_date,
                "arrival": receipt.arrival,
                "is_withdrawing": load_precedence().is_withdrawing(receipt.coverage, file.layout)
                and file.declared is not None
                and file.held_rule is None
                and file.declared.kind == "innovation_list",
            }
        )
    if not receipts:
        return pl.DataFrame()
    return pl.DataFrame(receipts, infer_schema_length=None).sort("region_code", "edition", "received_date", "file_name")


def _innovations(submissions: pl.DataFrame) -> pl.DataFrame:
    return (
        submissions.sort("edition")
        .group_by("innovation_id", maintain_order=True)
        .agg(
            pl.col("region_code").first(),
            pl.col("title").last(),
            pl.col("edition").min().alias("first_edition"),
            pl.col("edition").max().alias("last_edition"),
            pl.col("is_simulated").any(),
        )
    )


def _systems(files: Iterable[LakeFile]) -> dict[str, str]:
    """Return the system whose numbers the files of each layout bear."""
    return {file.declared.name: file.declared.external_system for file in files if file.declared is not None}


def _external_ids(observations: pl.DataFrame, submissions: pl.DataFrame, systems: Mapping[str, str]) -> pl.DataFrame:
    if observations.is_empty():
        return pl.DataFrame()
    return (
        observations.filter(pl.col("external_id").is_not_null() & pl.col("is_current"))
        .join(submissions.select("submission_id", "innovation_id"), on="submission_id")
        .select(
            "innovation_id",
            "edition",
            pl.col("layout").replace_strict(systems, default=None, return_dtype=pl.String).alias("system"),
            "external_id",
        )
        .unique()
        .sort("edition", "external_id")
    )


def _lineage(versions: pl.DataFrame, units: pl.DataFrame, borrowed: pl.DataFrame) -> pl.DataFrame:
    """What a submission did not take from its own row: fields of another file, affairs of its unit's register."""
    if versions.is_empty():
        return pl.DataFrame()
    days = ("valid_from", "valid_to")
    fields = borrowed.select(
        pl.lit("submission").alias("table_name"),
        pl.col("submission_id").alias("row_id"),
        "column_name",
        "source_id",
        pl.col("column_name").alias("source_column"),
        pl.lit(None, dtype=pl.String).alias("original_text"),
        *days,
    )
    if units.is_empty():
        return fields
    registered = versions.filter(pl.col("main_affair_basis") == "unit_register")
    affairs = (
        compressed(registered.select("submission_id", "unit_id", "main_affair_code", *days), ["submission_id"])
        .join(units.select("unit_id", pl.col("source_id")), on="unit_id")
        .select(
            pl.lit("submission").alias("table_name"),
            pl.col("submission_id").alias("row_id"),
            pl.lit("main_affair_code").alias("column_name"),
            "source_id",
            pl.lit("Urusan Utama").alias("source_column"),
            pl.col("main_affair_code").alias("original_text"),
            *days,
        )
    )
    return pl.concat([fields, affairs])
