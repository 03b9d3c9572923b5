"""Parsed files become the tables of a snapshot: receipts, observations, and submissions as resolved from them.

Which observation counts is told in `etl/resolve.py`; here the seasons are put together, as of each of their days.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from etl import contracts
from etl.conflicts import PRECEDENCE, contradictions, resolved_answers
from etl.lake import LakeFile, answer_numbers
from etl.layout import load_layouts, simplified
from etl.normalise import title_key
from etl.precedence import load_precedence
from etl.read import source_id_of
from etl.received import received_tables
from etl.resolve import SEASON, Round, compressed, cuts, rounds, season_days
from iga.rulebook import known_rulebooks, load_rulebook, rulebooks_for
from warehouse.reference import unit_kind_of

Tables = dict[str, pl.DataFrame]

DATED_KINDS = ("innovation_list", "control_sheet", "spd_answers")
"""Kinds of files whose receipt makes a day of a season."""

Unfit = dict[tuple[str, int], tuple[str, str]]
"""(file, row) that was read and fits nothing in its season -> rule, and the key that fits nothing."""


def tables_of(files: Sequence[LakeFile]) -> Tables:
    """The canonical tables of all parsed files (`warehouse/sql/schema.sql`), before scoring.

    `store.submission`, `store.answer` and `store.region_answer` are what counts now; `history.*` hold every version
    with the days on which it counted.
    """
    stated_rows = contracts.conform(contracts.Observation, _observations(files))
    units = contracts.conform(contracts.Unit, _units(files))
    days = season_days(_days(files))
    resolved = list(rounds(stated_rows, days))
    versions = _submission_versions(resolved, stated_rows, units)
    current = versions.filter(pl.col("valid_to").is_null()).drop("valid_from", "valid_to")
    submissions = contracts.conform(contracts.Submission, current)
    answered, unfit = _answers(files, stated_rows, submissions)
    answers = _answer_versions(answered, resolved)
    region_answers, unknown = _region_answers(files, days)
    unfit = _with_repeats(files, unfit | unknown)
    rows = contracts.conform(contracts.SourceRow, _rows(files, unfit))
    conflicts = contradictions(answered, rows).to_dicts() if not answered.is_empty() else []
    observations = stated_rows.with_columns(
        pl.col("source_id").is_in(submissions["source_id"].implode()).alias("is_current")
    )
    borrowed = _open(resolved)
    return {
        "receipt": contracts.conform(contracts.Receipt, _receipts(files, rows)),
        "source_row": rows,
        "quarantine": contracts.conform(contracts.Quarantine, _quarantine(files, unfit, conflicts)),
        "lineage": contracts.conform(contracts.Lineage, _lineage(submissions, units, borrowed)),
        "unit": units.drop("alias"),
        "innovation": contracts.conform(contracts.Innovation, _innovations(submissions)),
        "external_id": contracts.conform(contracts.ExternalId, _external_ids(observations, submissions)),
        "season_day": days.join(
            stated_rows.select(*SEASON, pl.col("received_date").alias("day"), pl.lit(True).alias("has_list")).unique(),
            on=[*SEASON, "day"],
            how="left",
        ).select(*SEASON, "day", pl.col("has_list").fill_null(False)),
        "store.observation": observations.select(
            pl.exclude("match_key", "coverage", "coverage_order", "arrival", "layout", "is_withdrawing", "is_reviewer")
        ),
        "store.submission": submissions,
        "store.answer": contracts.conform(contracts.Answer, _now(answers)),
        "store.region_answer": contracts.conform(contracts.RegionAnswer, _now(region_answers)),
        "history.submission": versions,
        "history.answer": answers,
        "history.region_answer": region_answers,
        **received_tables(files),
    }


def _now(versions: pl.DataFrame) -> pl.DataFrame:
    if versions.is_empty():
        return versions
    return versions.filter(pl.col("valid_to").is_null()).drop("valid_from", "valid_to")


def _open(resolved: Sequence[Round]) -> pl.DataFrame:
    """The borrowed fields of the versions that count now."""
    frames = [
        one.borrowed.join(
            one.submissions.filter(pl.col("until").is_null()).select("submission_id"), on="submission_id", how="semi"
        )
        for one in resolved
    ]
    return pl.concat(frames) if frames else pl.DataFrame()


def _days(files: Iterable[LakeFile]) -> pl.DataFrame:
    layouts = load_layouts()
    rows = {
        (file.receipt.region_code, file.receipt.edition, file.receipt.received_date)
        for file in files
        if file.layout is not None
        and layouts[file.layout].kind in DATED_KINDS
        and not file.frames["records"].is_empty()
    }
    schema = {"region_code": pl.String, "edition": pl.Int32, "received_date": pl.Date}
    return pl.DataFrame(sorted(rows, key=str), schema=schema, orient="row")


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
    receipt, rules = file.receipt, load_precedence()
    is_withdrawing = rules.is_withdrawing(receipt.coverage, file.layout)
    is_mild = receipt.coverage in rules.withdraws and not is_withdrawing
    return [
        pl.lit(receipt.file_sha256).alias("file_sha256"),
        pl.lit(receipt.region_code).alias("region_code"),
        pl.lit(receipt.edition, dtype=pl.Int32).alias("edition"),
        pl.lit(receipt.received_date, dtype=pl.Date).alias("received_date"),
        pl.lit(receipt.is_simulated).alias("is_simulated"),
        pl.lit(receipt.coverage).alias("coverage"),
        pl.lit(rules.coverage_order("partial" if is_mild else receipt.coverage)).alias("coverage_order"),
        pl.lit(is_withdrawing).alias("is_withdrawing"),
        pl.lit(file.layout in rules.reviewers).alias("is_reviewer"),
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
    observations = pl.concat(frames, how="diagonal").sort(PRECEDENCE, maintain_order=True)
    keys = zip(*(observations[name] for name in SEASON), _season_keys(observations), strict=True)
    return observations.with_columns(
        pl.Series("submission_id", [hashed(*key) for key in keys]),
        pl.Series("observation_id", [hashed("observation", source) for source in observations["source_id"]]),
        pl.col("is_digital").replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean),
        pl.lit(False).alias("is_current"),
    )


def _season_keys(observations: pl.DataFrame) -> list[str]:
    """What ties the observations of an innovation together within its season.

    The number of a system where the file has one, else title and unit. A row without a number belongs to the one number
    that another file of the season gives to the same title and unit.
    """
    systems = {name: layout.external_system for name, layout in load_layouts().items()}
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
    return keys


def _submission_versions(resolved: Sequence[Round], observations: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """What counts for each innovation and from when until when, with its unit and, where it states none, its affair."""
    schema = contracts.Submission.create_empty().with_columns(
        pl.lit(None, dtype=pl.Date).alias("valid_from"), pl.lit(None, dtype=pl.Date).alias("valid_to")
    )
    frames = [one.submissions.rename({"day": "valid_from", "until": "valid_to"}) for one in resolved]
    if not frames or not sum(frame.height for frame in frames):
        return schema
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
    ids = [hashed(region, simplified(title), simplified(unit)) for region, title, unit in names]
    versions = versions.with_columns(
        pl.Series("innovation_id", ids),
        pl.Series("unit_key", [simplified(name) for name in versions["unit_name"]]),
        pl.Series("max_score_x100", [_maximum_x100(edition) for edition in versions["edition"]], dtype=pl.Int64),
    )
    named = _names(units)
    versions = versions.join(named, on=["region_code", "unit_key"], how="left").with_columns(
        pl.Series("kind_by_name", [unit_kind_of(name) for name in versions["unit_name"]])
    )
    affair = pl.coalesce("main_affair_code", "unit_affair_code")
    basis = pl.when(pl.col("main_affair_code").is_not_null()).then(pl.lit("file"))
    complete = versions.with_columns(
        affair.alias("main_affair_code"),
        basis.when(pl.col("unit_affair_code").is_not_null()).then(pl.lit("unit_register")).alias("main_affair_basis"),
        pl.coalesce("unit_kind", "kind_by_name").alias("unit_kind"),
    ).sort("region_code", "edition", "submission_id", "valid_from")
    checked = contracts.conform(contracts.SubmissionVersion, complete)
    return checked.select(schema.columns)


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


def _answers(
    files: Sequence[LakeFile], observations: pl.DataFrame, submissions: pl.DataFrame
) -> tuple[pl.DataFrame, Unfit]:
    """Long answers of all files that state them, and rows of control sheets that fit no submission that counts."""
    by_row = observations.select("submission_id", "source_id")
    by_key = _keys_of(observations)
    # Files of one layout and edition are made long together: a nation's season has hundreds of them.
    wide: dict[tuple[str, int | None], list[pl.DataFrame]] = {}
    unfit: Unfit = {}
    for file, records in _records(files, "innovation_list"):
        if not file.frames["answers"].is_empty():
            tied = _with_source(file, records).join(by_row, on="source_id", how="inner", maintain_order="left")
            wide.setdefault((file.layout or "", file.receipt.edition), []).append(_answered(file, tied))
    for file, records in _records(files, "control_sheet"):
        known = _tied(_with_source(file, records), by_key)
        is_counted = pl.col("submission_id").is_in(submissions["submission_id"].implode()).fill_null(False)
        unfit |= _unfit(file, known.filter(~is_counted), "innovation_unknown")
        if not file.frames["answers"].is_empty():
            tied = known.filter(pl.col("submission_id").is_not_null())
            wide.setdefault((file.layout or "", file.receipt.edition), []).append(_answered(file, tied))
    frames = [_long(layout, edition, pl.concat(rows, how="diagonal")) for (layout, edition), rows in wide.items()]
    if not frames:
        return pl.DataFrame(), unfit
    return pl.concat(frames), unfit


def _keys_of(observations: pl.DataFrame) -> pl.DataFrame:
    """(season, key) -> submission; a key that two submissions bear ties to neither."""
    keys = observations.select(*SEASON, "match_key", "submission_id").unique()
    return keys.filter(pl.len().over(*SEASON, "match_key") == 1)


def _tied(rows: pl.DataFrame, by_key: pl.DataFrame) -> pl.DataFrame:
    """The rows of a control sheet with the submission that they are about, or null."""
    return rows.join(by_key, on=[*SEASON, "match_key"], how="left", maintain_order="left")


def _answer_versions(stated: pl.DataFrame, resolved: Sequence[Round]) -> pl.DataFrame:
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
            frames.append(resolved_answers(counted).rename({"day": "valid_from", "until": "valid_to"}))
    key = ["submission_id", "indicator_number", "score_kind"]
    if not frames:
        return _version_schema(contracts.AnswerVersion)
    answers = pl.concat(frames).drop(*PRECEDENCE, "is_sheet")
    return contracts.conform(contracts.AnswerVersion, compressed(answers, key).sort(*key, "valid_from"))


def _version_schema(contract: type[Any]) -> pl.DataFrame:
    empty: pl.DataFrame = contract.create_empty()
    return empty


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


def _answered(file: LakeFile, tied: pl.DataFrame) -> pl.DataFrame:
    """The wide answers of a file's rows that belong to a submission."""
    return tied.select("submission_id", "source_id", "row_number", *PRECEDENCE).join(
        file.frames["answers"], on="row_number", how="inner"
    )


def _long(name: str, edition: int | None, rows: pl.DataFrame) -> pl.DataFrame:
    layout = load_layouts()[name]
    keys = _indicator_keys(edition)
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


@cache
def _indicator_keys(edition: int | None) -> dict[str, str]:
    if edition is None or str(edition) not in known_rulebooks():
        return {}
    rulebook = load_rulebook(edition)
    return {group.number: group.key for group in rulebook.sid_groups} | {
        indicator.number: indicator.key for indicator in rulebook.spd_indicators
    }


def _region_answers(files: Sequence[LakeFile], days: pl.DataFrame) -> tuple[pl.DataFrame, Unfit]:
    """SPD answers, the latest of each line by day, and the rows whose code no line of the edition bears."""
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
        return _version_schema(contracts.RegionAnswerVersion), unfit
    stated = pl.concat(frames, how="diagonal").sort(PRECEDENCE, maintain_order=True)
    key = ["region_code", "edition", "indicator_number", "score_kind"]
    versions = []
    for cut in cuts(days):
        placed = stated.join(cut, on=SEASON, how="inner", maintain_order="left")
        seen = placed.filter(pl.col("received_date") <= pl.col("day")).unique(key, keep="last", maintain_order=True)
        versions.append(seen.rename({"day": "valid_from", "until": "valid_to"}))
    names = contracts.RegionAnswerVersion.column_names()
    joined = compressed(pl.concat(versions).select(names), key).sort(*key, "valid_from")
    return contracts.conform(contracts.RegionAnswerVersion, joined), unfit


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
            None if target is None else source_id_of(sha, other or sheet, target)
            for sheet, other, target in rows.select("sheet", "merged_sheet", "merged_into").iter_rows()
        ]
        gone = [number for name, number in unfit if name == sha]
        is_gone = pl.col("row_number").is_in(gone) & (pl.col("outcome") != "structural")
        frames.append(
            rows.drop("merged_sheet")
            .with_columns(
                pl.Series("source_id", ids),
                pl.lit(sha).alias("file_sha256"),
                pl.Series("merged_into", targets, dtype=pl.String),
                pl.col("outcome").cast(pl.String),
            )
            .with_columns(
                pl.when(is_gone).then(pl.lit("quarantined")).otherwise(pl.col("outcome")).alias("outcome"),
                pl.when(~is_gone).then(pl.col("merged_into")).alias("merged_into"),
            )
        )
    return pl.concat(frames) if frames else pl.DataFrame()


def _quarantine(files: Sequence[LakeFile], unfit: Unfit, conflicts: list[dict[str, object]]) -> pl.DataFrame:
    rows: list[dict[str, object]] = list(conflicts)
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
                "arrival": receipt.arrival,
                "is_withdrawing": load_precedence().is_withdrawing(receipt.coverage, file.layout)
                and file.layout is not None
                and file.held_rule is None
                and load_layouts()[file.layout].kind == "innovation_list",
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


def _lineage(submissions: pl.DataFrame, units: pl.DataFrame, borrowed: pl.DataFrame) -> pl.DataFrame:
    """What a submission did not take from its own row: fields of another file, affairs of its unit's register."""
    if submissions.is_empty():
        return pl.DataFrame()
    fields = borrowed.select(
        pl.lit("submission").alias("table_name"),
        pl.col("submission_id").alias("row_id"),
        "column_name",
        "source_id",
        pl.col("column_name").alias("source_column"),
        pl.lit(None, dtype=pl.String).alias("original_text"),
    )
    if units.is_empty():
        return fields
    affairs = (
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
    return pl.concat([fields, affairs])
