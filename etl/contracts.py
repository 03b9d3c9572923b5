"""What the frames that are read off one file must look like, checked where one step hands over to the next.

What becomes a table is declared in ``warehouse/sql/schema.sql`` (`etl/season/table_contracts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import dataframely as dy
import polars as pl

OUTCOMES = ("accepted", "merged", "quarantined", "structural")

INDICATOR_PREFIXES = ("level_", "points_", "document_")
"""Answers are wide: for indicator N columns level_N (0 to the highest that the edition's rules give it), points_N
(hundredths), document_N (true, false, null)."""


_POINTS = (pl.col("outcome") == "merged") == pl.col("merged_into").is_not_null()


class ParsedRow(dy.Schema):
    """One non-empty row of a file, with its one outcome.

    ``merged_into`` is a row number of the same sheet, or of ``merged_sheet`` where that is stated. ``read_as`` is the
    number under which records and answers know the row, where several sheets were read as one.
    """

    sheet = dy.String(nullable=False)
    row_number = dy.Int64(nullable=False, min=1)
    outcome = dy.Enum(OUTCOMES, nullable=False)
    merged_into = dy.Int64(nullable=True)
    merged_sheet = dy.String(nullable=True)
    read_as = dy.Int64(nullable=True, min=1)
    original = dy.String(nullable=False)

    @dy.rule()
    def merged_rows_point_somewhere(cls) -> pl.Expr:  # noqa: N805 - dataframely passes the schema
        return _POINTS


class Rejection(dy.Schema):
    """One rejected cell or row, or (without a place) the whole file; ``detail`` is JSON for the words of the rule."""

    sheet = dy.String(nullable=True)
    row_number = dy.Int64(nullable=True)
    column_name = dy.String(nullable=True)
    rule = dy.String(nullable=False)
    original_text = dy.String(nullable=True)
    scope = dy.Enum(["file", "row", "cell"], nullable=False)
    detail = dy.String(nullable=False)


class ParsedOrigin(dy.Schema):
    """Where a canonical field stands in a file; without a row number in each row of its column.

    ``original_text`` is given where the place is of one record only (a form).
    """

    sheet = dy.String(nullable=False)
    field_name = dy.String(nullable=False)
    place_order = dy.Int32(nullable=False, min=0)
    row_number = dy.Int64(nullable=True, min=1)
    column_number = dy.Int64(nullable=True, min=1)
    header = dy.String(nullable=False)
    original_text = dy.String(nullable=True)


class InnovationRecord(dy.Schema):
    """One innovation as one row of a file states it. Scores in hundredths."""

    row_number = dy.Int64(nullable=False, min=1)
    match_key = dy.String(nullable=False)
    external_id = dy.String(nullable=True)
    title = dy.String(nullable=False)
    title_original = dy.String(nullable=False)
    title_note = dy.String(nullable=True)
    unit_name = dy.String(nullable=False)
    stage = dy.String(nullable=True, check=lambda column: column.is_in(["initiative", "trial", "implementation"]))
    initiator_kind = dy.String(nullable=True)
    is_digital = dy.String(nullable=True)
    form = dy.String(nullable=True)
    main_affair_code = dy.String(nullable=True, regex=r"^\d{2}$")
    cross_affair_codes = dy.String(nullable=True)
    trial_date = dy.Date(nullable=True)
    implementation_date = dy.Date(nullable=True)
    development_date = dy.Date(nullable=True)
    claimed_score_x100 = dy.Int64(nullable=True, min=0)
    verified_score_x100 = dy.Int64(nullable=True, min=0)
    final_score_x100 = dy.Int64(nullable=True, min=0)
    status = dy.String(nullable=True)
    account_name = dy.String(nullable=True)
    description = dy.String(nullable=True)
    latitude = dy.Float64(nullable=True)
    longitude = dy.Float64(nullable=True)


class SetAsideRecord(dy.Schema):
    """What was read of a row of innovations that is set aside: its place, and the cells that say something.

    ``read_as`` is the number under which its answers know it; ``is_scored_unknown`` says that stage or status could not
    be read. Scores in hundredths.
    """

    sheet = dy.String(nullable=False)
    row_number = dy.Int64(nullable=False, min=1)
    read_as = dy.Int64(nullable=False, min=1)
    is_scored_unknown = dy.Bool(nullable=False)
    external_id = dy.String(nullable=True)
    title = dy.String(nullable=True)
    unit_name = dy.String(nullable=True)
    stage = dy.String(nullable=True, check=lambda column: column.is_in(["initiative", "trial", "implementation"]))
    main_affair_code = dy.String(nullable=True, regex=r"^\d{2}$")
    cross_affair_codes = dy.String(nullable=True)
    claimed_score_x100 = dy.Int64(nullable=True, min=0)
    verified_score_x100 = dy.Int64(nullable=True, min=0)
    final_score_x100 = dy.Int64(nullable=True, min=0)
    status = dy.String(nullable=True)


class SpdRecord(dy.Schema):
    """One line of a region's SPD answers: a level, or points in hundredths for the portal's total."""

    row_number = dy.Int64(nullable=False, min=1)
    match_key = dy.String(nullable=False)
    indicator_number = dy.String(nullable=False)
    level = dy.Int64(nullable=True, min=0)
    points_x100 = dy.Int64(nullable=True, min=0)


class UnitRecord(dy.Schema):
    """One unit that must report, as a register states it."""

    row_number = dy.Int64(nullable=False, min=1)
    match_key = dy.String(nullable=False)
    unit_code = dy.String(nullable=False)
    name = dy.String(nullable=False)
    unit_kind = dy.String(nullable=False)
    parent_code = dy.String(nullable=True)
    subdistrict_code = dy.String(nullable=True)
    main_affair_code = dy.String(nullable=True, regex=r"^\d{2}$")
    valid_from = dy.Date(nullable=True)
    valid_to = dy.Date(nullable=True)
    successor_code = dy.String(nullable=True)
    alias = dy.String(nullable=True)


class StatementRecord(dy.Schema):
    """One value that a row states of a region, an office or another subject; several records may share a row."""

    row_number = dy.Int64(nullable=False, min=1)
    match_key = dy.String(nullable=False)
    subject = dy.String(nullable=False)
    year_text = dy.String(nullable=True)
    measure = dy.String(nullable=False)
    value_text = dy.String(nullable=True)
    value = dy.Decimal(24, 8, nullable=True)
    scale = dy.String(nullable=True)
    scope = dy.String(nullable=True)
    rank_text = dy.String(nullable=True)
    predicate_text = dy.String(nullable=True)
    address = dy.String(nullable=True)
    access_date = dy.Date(nullable=True)
    confidence = dy.String(nullable=True)
    note = dy.String(nullable=True)


class JuryRecord(dy.Schema):
    """One juror's score of one contest entry, in hundredths."""

    row_number = dy.Int64(nullable=False, min=1)
    match_key = dy.String(nullable=False)
    category = dy.String(nullable=False)
    title = dy.String(nullable=False)
    unit_name = dy.String(nullable=True)
    juror = dy.String(nullable=False)
    score_x100 = dy.Int64(nullable=True, min=0)


RECORD: dict[str, type[dy.Schema]] = {
    "innovation_list": InnovationRecord,
    "control_sheet": InnovationRecord,
    "spd_answers": SpdRecord,
    "unit_register": UnitRecord,
    "jury_scores": JuryRecord,
    "statements": StatementRecord,
}
"""The contract of a file's records, by the kind of its layout."""


ACROSS: dict[type[dy.Schema], pl.Expr] = {ParsedRow: _POINTS}
"""Rules of contracts over several columns; a contract with another such rule, or a key, is none for `checked`."""


def checked(
    schema: type[dy.Schema],
    content: Sequence[Mapping[str, object]] | Sequence[tuple[object, ...]] | Mapping[str, Sequence[object] | pl.Series],
) -> pl.DataFrame:
    """Rows, or columns by name, as a frame that holds the contract; dataframely's ValidationError names the broken rule
    otherwise."""
    return held(schema, frame_of(schema, content))


def held(schema: type[dy.Schema], frame: pl.DataFrame) -> pl.DataFrame:
    """A frame in the types of the contract that holds it; dataframely's ValidationError otherwise.

    What a column tells by itself settles most of its rules; the others are asked in one query that is made once: a
    nation's season has thousands of frames of a few rows.
    """
    if frame.is_empty():
        return frame
    is_broken, asked = _at_a_glance(schema, frame)
    if not is_broken and (not asked or bool(frame.select(_holds(schema, asked)).item())):
        return frame
    return schema.validate(frame)


def _at_a_glance(schema: type[dy.Schema], frame: pl.DataFrame) -> tuple[bool, tuple[str, ...]]:
    """Whether a rule is seen to be broken, and the columns whose rules must be asked."""
    asked = []
    for name, is_nullable, least, has_others in _glances(schema):
        column = frame.get_column(name)
        nulls = column.null_count()
        if nulls and not is_nullable:
            return True, ()
        if nulls == len(column):  # unknown is no breach
            continue
        if least is not None and column.min() < least:  # type: ignore[operator]
            return True, ()
        if has_others:
            asked.append(name)
    return False, tuple(asked)


@cache
def _glances(schema: type[dy.Schema]) -> list[tuple[str, bool, int | None, bool]]:
    """Of each column: name, whether it may be null, its least whole number, and whether it has other rules."""
    found = []
    for name, column in schema.columns().items():
        rules = set(column.validation_rules(pl.col(name)))
        least = column.min if isinstance(column, dy.Int64 | dy.Int32) and "min" in rules else None
        others = rules - {"nullability"} - ({"min"} if least is not None else set())
        is_asked = bool(others)
        found.append((name, column.nullable, least, is_asked))
    if schema in ACROSS:
        # A rule over several columns is asked with the first of them that is never null.
        place = next(place for place, (_, is_nullable, _, _) in enumerate(found) if not is_nullable)
        found[place] = (*found[place][:3], True)
    return found


@cache
def _holds(schema: type[dy.Schema], names: tuple[str, ...]) -> pl.Expr:
    """Whether every row keeps every rule of some columns, and those over several; unknown is no breach, as for
    dataframely."""
    columns = [(name, column) for name, column in schema.columns().items() if name in names]
    rules = [rule for name, column in columns for rule in column.validation_rules(pl.col(name)).values()]
    across = [ACROSS[schema]] if schema in ACROSS else []
    return pl.all_horizontal([rule.fill_null(value=True).all() for rule in [*rules, *across]])


def frame_of(
    schema: type[dy.Schema],
    content: Sequence[Mapping[str, object]] | Sequence[tuple[object, ...]] | Mapping[str, Sequence[object] | pl.Series],
) -> pl.DataFrame:
    """The same in the types of the contract, not checked yet; a column that is not given is null."""
    types = _types_of(schema)
    if not isinstance(content, Mapping):
        if not content:
            return empty_of(schema)
        content = _columns_of(types, content)
    if unknown := content.keys() - types.keys():
        raise pl.exceptions.SchemaError(f"{schema.__name__} has no column {', '.join(sorted(unknown))}")
    height = len(next(iter(content.values()), ()))
    nulls = _null_of_each(schema)
    return pl.DataFrame(
        [
            _column(name, content[name], dtype) if name in content else nulls[name].new_from_index(0, height)
            for name, dtype in types.items()
        ]
    )


def empty_of(schema: type[dy.Schema]) -> pl.DataFrame:
    """A frame without rows in the types of a contract."""
    return _made_empty(schema).clone()


@cache
def _made_empty(schema: type[dy.Schema]) -> pl.DataFrame:
    return schema.create_empty()


def _columns_of(
    types: pl.Schema, rows: Sequence[Mapping[str, object]] | Sequence[tuple[object, ...]]
) -> dict[str, Sequence[object]]:
    """Rows as columns by name: a row is a mapping, or has a value for every column."""
    named = [row for row in rows if isinstance(row, Mapping)]
    if named:
        return {name: [row.get(name) for row in named] for name in types}
    return dict(zip(types, zip(*rows, strict=True), strict=True))


def _column(name: str, values: Sequence[object] | pl.Series, dtype: pl.DataType) -> pl.Series:
    if isinstance(values, pl.Series):
        return (values if values.dtype == dtype else values.cast(dtype)).alias(name)
    return pl.Series(name, values, dtype=dtype)


@cache
def _null_of_each(schema: type[dy.Schema]) -> dict[str, pl.Series]:
    return {name: pl.Series(name, [None], dtype=dtype) for name, dtype in _types_of(schema).items()}


@cache
def _types_of(schema: type[dy.Schema]) -> pl.Schema:
    return _made_empty(schema).schema
