"""Parsed files become the tables of a snapshot: receipts, observations, and submissions as resolved from them.

Precedence: the latest full receipt of a city and edition replaces what came before it; what comes after it (partial
exports, corrections) replaces its own rows only. Of two receipts of one day the one that arrived later comes later.
Absence from a full receipt means withdrawn; the observations stay.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

import polars as pl

from etl import contracts
from etl.lake import LakeFile, answer_numbers
from etl.layout import load_layouts, simplified
from etl.read import source_id_of
from iga.rulebook import known_rulebooks, load_rulebook, rulebooks_for
from warehouse.reference import unit_kind_of

Tables = dict[str, pl.DataFrame]

PRECEDENCE = ["received_date", "coverage_order", "arrival", "file_sha256"]
COVERAGE_ORDER = {"full": 0, "partial": 1, "correction": 2}

Unfit = dict[tuple[str, int], tuple[str, str]]
"""(file, row) that was read and fits nothing in its season -> rule, and the key that fits nothing."""


def tables_of(files: Sequence[LakeFile]) -> Tables:
    """The canonical tables of all parsed files (`warehouse/sql/schema.sql`), before scoring."""
    observations = contracts.conform(contracts.Observation, _observations(files))
    units = contracts.conform(contracts.Unit, _units(files))
    submissions = contracts.conform(contracts.Submission, _submissions(observations, units))
    answers, unfit = _answers(files, observations)
    region_answers, unknown = _region_answers(files)
    unfit = _with_repeats(files, unfit | unknown)
    rows = contracts.conform(contracts.SourceRow, _rows(files, unfit))
    return {
        "receipt": contracts.conform(contracts.Receipt, _receipts(files, rows)),
        "source_row": rows,
        "quarantine": contracts.conform(contracts.Quarantine, _quarantine(files, unfit)),
        "lineage": contracts.conform(contracts.Lineage, _lineage(submissions, units)),
        "unit": units.drop("alias"),
        "innovation": contracts.conform(contracts.Innovation, _innovations(submissions)),
        "external_id": contracts.conform(contracts.ExternalId, _external_ids(observations, submissions)),
        "store.observation": observations.drop("match_key", "coverage", "coverage_order", "arrival", "layout"),
        "store.submission": submissions,
        "store.answer": contracts.conform(contracts.Answer, answers),
        "store.region_answer": contracts.conform(contracts.RegionAnswer, region_answers),
    }


def hashed(*parts: object) -> str:
    """A deterministic key of 16 hex digits."""
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:16]


@cache
def quarantine_rules() -> dict[str, dict[str, str]]:
    """The words of every rule, from ``rules.toml``."""
    return tomllib.loads(resources.files("etl").joinpath("rules.toml").read_text(encoding="utf-8"))


def rule_text(rule: str, part: str, detail: str) -> str:
    """The words of a rule (``message_id``, ``fix_en``, ...) filled from a rejection's detail."""
    return quarantine_rules()[rule][part].format_map(_Blank(json.loads(detail)))


class _Blank(dict[str, str]):
    """Leaves a name that a rejection does not carry readable instead of failing."""

    def __missing__(self, key: str) -> str:
        return "–"


def _records(files: Iterable[LakeFile], kind: str) -> Iterable[tuple[LakeFile, pl.DataFrame]]:
    for file in files:
        records = file.frames["records"]
        if file.layout is not None and load_layouts()[file.layout].kind == kind and not records.is_empty():
            yield file, records


def _of_receipt(file: LakeFile) -> list[pl.Expr]:
    receipt = file.receipt
    return [
        pl.lit(receipt.file_sha256).alias("file_sha256"),
        pl.lit(receipt.region_code).alias("region_code"),
        pl.lit(receipt.edition, dtype=pl.Int32).alias("edition"),
        pl.lit(receipt.received_date, dtype=pl.Date).alias("received_date"),
        pl.lit(receipt.is_simulated).alias("is_simulated"),
        pl.lit(receipt.coverage).alias("coverage"),
        pl.lit(COVERAGE_ORDER[receipt.coverage]).alias("coverage_order"),
        pl.lit(receipt.arrival).alias("arrival"),
        pl.lit(file.layout).alias("layout"),
    ]


def _with_source(file: LakeFile, records: pl.DataFrame) -> pl.DataFrame:
    sheet = _sheet(file)
    ids = [source_id_of(file.receipt.file_sha256, sheet, number) for number in records["row_number"]]
    return records.with_columns(pl.Series("source_id", ids, dtype=pl.String), *_of_receipt(file))


def _sheet(file: LakeFile) -> str:
    rows = file.frames["rows"].filter(pl.col("outcome") != "structural")
    return str(rows["sheet"][0]) if not rows.is_empty() else ""


def _observations(files: Sequence[LakeFile]) -> pl.DataFrame:
    frames = [_with_source(file, records) for file, records in _records(files, "innovation_list")]
    if not frames:
        return pl.DataFrame()
    observations = pl.concat(frames, how="diagonal").sort(PRECEDENCE, maintain_order=True).with_row_index("order")
    keys = zip(observations["region_code"], observations["edition"], observations["match_key"], strict=True)
    return observations.with_columns(
        pl.Series("submission_id", [hashed(*key) for key in keys]),
        pl.Series("observation_id", [hashed("observation", source) for source in observations["source_id"]]),
        pl.col("is_digital").replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean),
        _is_current().alias("is_current"),
    )


def _is_current() -> pl.Expr:
    """Whether an observation is the one that counts: the last of its submission, not before the last full receipt.

    The observations are in order of precedence.
    """
    season = ["region_code", "edition"]
    last_full = pl.col("received_date").filter(pl.col("coverage") == "full").max().over(season)
    last_full_file = pl.col("file_sha256").filter(pl.col("coverage") == "full").last().over(season)
    counts = (
        last_full.is_null()
        | (pl.col("received_date") > last_full)
        | ((pl.col("coverage") == "full") & (pl.col("file_sha256") == last_full_file))
        | ((pl.col("coverage") != "full") & (pl.col("received_date") == last_full))
    )
    last = pl.col("order").filter(counts).max().over("region_code", "edition", "match_key")
    return counts & (pl.col("order") == last)


def _submissions(observations: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The observation that counts for each innovation, with its unit and, where it states none, its unit's affair."""
    if observations.is_empty():
        return pl.DataFrame()
    first = (
        observations.sort(PRECEDENCE)
        .group_by("submission_id", maintain_order=True)
        .agg(pl.col("title").first().alias("first_title"), pl.col("unit_name").first().alias("first_unit"))
    )
    current = observations.filter("is_current").join(first, on="submission_id", how="left")
    as_of = pl.col("received_date").max().over("region_code", "edition")
    current = current.with_columns(as_of.alias("as_of"))
    names = zip(current["region_code"], current["first_title"], current["first_unit"], strict=True)
    ids = [hashed(region, simplified(title), simplified(unit)) for region, title, unit in names]
    current = current.with_columns(
        pl.Series("innovation_id", ids),
        pl.Series("unit_key", [simplified(name) for name in current["unit_name"]]),
        pl.Series("max_score_x100", [_maximum_x100(edition) for edition in current["edition"]], dtype=pl.Int64),
    )
    named = _names(units)
    current = current.join(named, on=["region_code", "unit_key"], how="left").with_columns(
        pl.Series("kind_by_name", [unit_kind_of(name) for name in current["unit_name"]])
    )
    affair = pl.coalesce("main_affair_code", "unit_affair_code")
    basis = pl.when(pl.col("main_affair_code").is_not_null()).then(pl.lit("file"))
    return current.with_columns(
        affair.alias("main_affair_code"),
        basis.when(pl.col("unit_affair_code").is_not_null()).then(pl.lit("unit_register")).alias("main_affair_basis"),
        pl.coalesce("unit_kind", "kind_by_name").alias("unit_kind"),
    ).sort("region_code", "edition", "submission_id")


def _names(units: pl.DataFrame) -> pl.DataFrame:
    """(region, unit key) -> unit, by name and by alias; a name that two units bear ties to neither."""
    schema = {"region_code": pl.String, "unit_key": pl.String, "unit_id": pl.String, "unit_kind": pl.String}
    schema["unit_affair_code"] = pl.String
    rows = [
        (unit["region_code"], simplified(name), unit["unit_id"], unit["unit_kind"], unit["main_affair_code"])
        for unit in units.iter_rows(named=True)
        for name in {unit["name"], *(unit["alias"] or "").split("|")}
        if name.strip()
    ]
    named = pl.DataFrame(rows, schema=schema, orient="row").unique()
    return named.filter(pl.len().over("region_code", "unit_key") == 1)


def _units(files: Sequence[LakeFile]) -> pl.DataFrame:
    """The latest register of each region."""
    frames = [_with_source(file, records) for file, records in _records(files, "unit_register")]
    if not frames:
        return pl.DataFrame()
    units = pl.concat(frames, how="diagonal").sort(PRECEDENCE).group_by("region_code", "unit_code").last()
    return units.select(
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
        "is_simulated",
        "source_id",
        "alias",
    ).sort("region_code", "unit_code")


def _key(*parts: str) -> pl.Expr:
    kind, *columns = parts
    joined = pl.concat_str([pl.col(column) for column in columns], separator="|")
    return joined.map_elements(lambda text: hashed(kind, text), return_dtype=pl.String)


@cache
def _maximum_x100(edition: int) -> int | None:
    maxima = [use.rulebook.parameters.maturity_maximum.value for use in rulebooks_for(edition)]
    stated = next((maximum for maximum in maxima if maximum is not None), None)
    return None if stated is None else int(stated * 100)


def _answers(files: Sequence[LakeFile], observations: pl.DataFrame) -> tuple[pl.DataFrame, Unfit]:
    """Long answers of the submissions that count, and the rows of control sheets that fit none of them."""
    current = observations.filter("is_current").select(
        "submission_id", "source_id", "region_code", "edition", "match_key"
    )
    frames: list[pl.DataFrame] = []
    unfit: Unfit = {}
    for kind, on in (("innovation_list", ["source_id"]), ("control_sheet", ["region_code", "edition", "match_key"])):
        for file, records in _records(files, kind):
            if file.frames["answers"].is_empty():
                continue
            known = _with_source(file, records).join(
                current.select("submission_id", *on), on=on, how="left", maintain_order="left"
            )
            if kind == "control_sheet":
                unfit |= _unfit(file, known.filter(pl.col("submission_id").is_null()), "innovation_unknown")
            tied = known.filter(pl.col("submission_id").is_not_null())
            frames.append(_long(file, tied, file.frames["answers"]))
    if not frames:
        return pl.DataFrame(), unfit
    # A control sheet that came later replaces the answers of the list, indicator by indicator.
    answers = (
        pl.concat(frames)
        .sort(PRECEDENCE)
        .unique(["submission_id", "indicator_number", "score_kind"], keep="last", maintain_order=True)
    )
    return answers.drop(PRECEDENCE).sort("submission_id", "indicator_number"), unfit


def _unfit(file: LakeFile, records: pl.DataFrame, rule: str) -> Unfit:
    rows = records.select("row_number", "match_key").iter_rows()
    return {(file.receipt.file_sha256, number): (rule, key) for number, key in rows}


def _with_repeats(files: Sequence[LakeFile], unfit: Unfit) -> Unfit:
    """A row that was merged into one that fits nothing fits nothing either."""
    repeats = {
        (file.receipt.file_sha256, number): unfit[file.receipt.file_sha256, target]
        for file in files
        if not file.frames["rows"].is_empty()
        for number, target in file.frames["rows"].select("row_number", "merged_into").iter_rows()
        if (file.receipt.file_sha256, target) in unfit
    }
    return unfit | repeats


def _long(file: LakeFile, tied: pl.DataFrame, wide: pl.DataFrame) -> pl.DataFrame:
    layout = load_layouts()[file.layout or ""]
    keys = _indicator_keys(file.receipt.edition)
    rows = tied.select("submission_id", "source_id", "row_number", *PRECEDENCE).join(wide, on="row_number", how="inner")
    basis = layout.indicators.unit if layout.indicators else "level"
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
            *PRECEDENCE,
        ).filter(pl.any_horizontal(pl.col("level", "points_x100", "is_complete").is_not_null()))
        for number in answer_numbers(wide)
    ]
    return pl.concat(parts)


@cache
def _indicator_keys(edition: int | None) -> dict[str, str]:
    if edition is None or str(edition) not in known_rulebooks():
        return {}
    rulebook = load_rulebook(edition)
    return {group.number: group.key for group in rulebook.sid_groups} | {
        indicator.number: indicator.key for indicator in rulebook.spd_indicators
    }


def _region_answers(files: Sequence[LakeFile]) -> tuple[pl.DataFrame, Unfit]:
    """SPD answers, the latest of each line, and the rows whose code no line of the edition bears."""
    frames: list[pl.DataFrame] = []
    unfit: Unfit = {}
    for file, records in _records(files, "spd_answers"):
        layout = load_layouts()[file.layout or ""]
        is_total = pl.col("indicator_number").str.to_uppercase() == layout.total_code
        number = (
            pl.when(is_total)
            .then(pl.lit(layout.total_code))
            .otherwise(pl.col("indicator_number").str.replace(r"(?i)^SPD-0?", "").str.to_lowercase())
        )
        keys = _indicator_keys(file.receipt.edition)
        lines = (
            _with_source(file, records)
            .with_columns(
                pl.when(is_total).then(pl.lit("total")).otherwise(pl.lit("level")).alias("basis"),
                number.alias("indicator_number"),
                pl.lit(layout.score_kind).alias("score_kind"),
            )
            .with_columns(
                pl.col("indicator_number")
                .replace_strict(keys, default=None, return_dtype=pl.String)
                .alias("indicator_key")
            )
        )
        if keys:
            is_unknown = (pl.col("basis") == "level") & pl.col("indicator_key").is_null()
            unfit |= _unfit(file, lines.filter(is_unknown), "indicator_unknown")
            lines = lines.filter(~is_unknown)
        frames.append(lines)
    if not frames:
        return pl.DataFrame(), unfit
    latest = (
        pl.concat(frames, how="diagonal")
        .sort(PRECEDENCE)
        .unique(["region_code", "edition", "indicator_number", "score_kind"], keep="last")
    )
    return latest.sort("region_code", "edition", "indicator_number"), unfit


def _rows(files: Sequence[LakeFile], unfit: Unfit) -> pl.DataFrame:
    frames = []
    for file in files:
        sha, rows = file.receipt.file_sha256, file.frames["rows"]
        if rows.is_empty():
            continue
        ids = [
            source_id_of(sha, sheet, number) for sheet, number in zip(rows["sheet"], rows["row_number"], strict=True)
        ]
        targets = [
            None if target is None else source_id_of(sha, sheet, target)
            for sheet, target in zip(rows["sheet"], rows["merged_into"], strict=True)
        ]
        gone = [number for name, number in unfit if name == sha]
        is_gone = pl.col("row_number").is_in(gone) & (pl.col("outcome") != "structural")
        frames.append(
            rows.with_columns(
                pl.Series("source_id", ids),
                pl.lit(sha).alias("file_sha256"),
                pl.Series("merged_into", targets, dtype=pl.String),
                pl.col("outcome").cast(pl.String),
            ).with_columns(
                pl.when(is_gone).then(pl.lit("quarantined")).otherwise(pl.col("outcome")).alias("outcome"),
                pl.when(~is_gone).then(pl.col("merged_into")).alias("merged_into"),
            )
        )
    return pl.concat(frames) if frames else pl.DataFrame()


def _quarantine(files: Sequence[LakeFile], unfit: Unfit) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for file in files:
        sha = file.receipt.file_sha256
        rows += [{"file_sha256": sha, **row} for row in file.frames["quarantine"].iter_rows(named=True)]
        rows += [
            {
                "file_sha256": sha,
                "sheet": _sheet(file),
                "row_number": number,
                "column_name": None,
                "rule": rule,
                "original_text": key,
                "scope": "row",
                "detail": json.dumps({"text": key}, ensure_ascii=False),
            }
            for (name, number), (rule, key) in sorted(unfit.items())
            if name == sha
        ]
    for row in rows:
        detail = str(row.pop("detail"))
        row["message"] = rule_text(str(row["rule"]), "message_id", detail)
        row["fix"] = rule_text(str(row["rule"]), "fix_id", detail)
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
        held = None if file.held_rule is None else rule_text(file.held_rule, "message_id", json.dumps(file.held_detail))
        receipts.append(
            {
                "file_sha256": receipt.file_sha256,
                "file_name": receipt.file_name,
                "layout": file.layout,
                "layout_reason": file.reason,
                "region_code": receipt.region_code,
                "edition": receipt.edition,
                "received_date": receipt.received_date,
                "system": receipt.system,
                "coverage": receipt.coverage,
                "status": "read" if file.held_rule is None else "held",
                "held_rule": file.held_rule,
                "held_reason": held,
                "is_simulated": receipt.is_simulated,
                "row_count": sum(outcomes.values()),
                **outcomes,
                "stated_total": file.stated_total,
                "closing_date": receipt.closing_date,
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


def _external_ids(observations: pl.DataFrame, submissions: pl.DataFrame) -> pl.DataFrame:
    systems = {name: layout.external_system for name, layout in load_layouts().items()}
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


def _lineage(submissions: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """What a submission did not take from its own row: affairs that its unit's register states."""
    if submissions.is_empty() or units.is_empty():
        return pl.DataFrame()
    return (
        submissions.filter(pl.col("main_affair_basis") == "unit_register")
        .select("submission_id", "unit_id", "main_affair_code")
        .join(units.select("unit_id", pl.col("source_id")), on="unit_id")
        .select(
            pl.lit("submission").alias("table_name"),
            pl.col("submission_id").alias("row_id"),
            pl.lit("main_affair_code").alias("column_name"),
            "source_id",
            pl.lit("Urusan Utama").alias("source_column"),
            pl.col("main_affair_code").alias("original_text"),
        )
    )
