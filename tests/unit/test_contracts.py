"""The one query that asks all rules of a contract says what dataframely says."""

from __future__ import annotations

import dataframely as dy
import polars as pl
import pytest

from etl import contracts

PASSED = (contracts.ParsedRow, contracts.Rejection, *dict.fromkeys(contracts.RECORD.values()))
"""The contracts whose frames `checked` and `held` let pass."""
GOOD = {
    contracts.ParsedRow: {"sheet": "a", "row_number": 1, "outcome": "accepted", "original": "[]"},
    contracts.Rejection: {"rule": "value_missing", "scope": "cell", "detail": "{}"},
    contracts.InnovationRecord: {
        "row_number": 1,
        "match_key": "k",
        "title": "t",
        "title_original": "t",
        "unit_name": "u",
    },
    contracts.SpdRecord: {"row_number": 1, "match_key": "k", "indicator_number": "1"},
    contracts.UnitRecord: {"row_number": 1, "match_key": "k", "unit_code": "1", "name": "n", "unit_kind": "opd"},
    contracts.JuryRecord: {"row_number": 1, "match_key": "k", "category": "c", "title": "t", "juror": "j"},
    contracts.StatementRecord: {"row_number": 1, "match_key": "k", "subject": "s", "measure": "iid"},
}
BROKEN = [
    (contracts.ParsedRow, {"row_number": 0}),
    (contracts.ParsedRow, {"outcome": "merged"}),
    (contracts.ParsedRow, {"merged_into": 3}),
    (contracts.InnovationRecord, {"stage": "someday"}),
    (contracts.InnovationRecord, {"main_affair_code": "1.01"}),
    (contracts.InnovationRecord, {"claimed_score_x100": -1}),
    (contracts.SpdRecord, {"level": -1}),
]


@pytest.mark.parametrize("schema", PASSED)
def test_a_frame_that_holds_its_contract_passes(schema: type[dy.Schema]) -> None:
    rows = [GOOD[schema]] * 3
    assert schema.is_valid(contracts.checked(schema, {name: [row[name] for row in rows] for name in rows[0]}))


@pytest.mark.parametrize("schema", PASSED)
def test_every_column_that_must_be_filled_is_asked_for(schema: type[dy.Schema]) -> None:
    for name, column in schema.columns().items():
        if not column.nullable:
            with pytest.raises(dy.exc.ValidationError):
                contracts.checked(schema, [GOOD[schema], {**GOOD[schema], name: None}])


@pytest.mark.parametrize(("schema", "change"), BROKEN)
def test_a_row_that_breaks_a_rule_is_refused(schema: type[dy.Schema], change: dict[str, object]) -> None:
    with pytest.raises(dy.exc.ValidationError):
        contracts.checked(schema, [GOOD[schema], {**GOOD[schema], **change}])


def test_rules_over_several_columns_are_all_known() -> None:
    for schema in PASSED:
        assert not schema.primary_key()
        rules = [name for name in vars(schema) if isinstance(vars(schema)[name], dy._rule.RuleFactory)]
        assert len(rules) == (schema in contracts.ACROSS)


def test_no_rows_break_no_rule() -> None:
    assert contracts.checked(contracts.ParsedRow, {"sheet": pl.Series([], dtype=pl.String)}).is_empty()
