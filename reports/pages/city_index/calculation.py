"""What the indices of a city's season are computed from, for the sheet on which an official checks them by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl

from analysis import open_snapshot
from iga.rulebook import Rulebook
from iga.rules.parts import Parameter
from reports.blocks.block import Block
from reports.blocks.content import Bound, Calculation, CountedInnovation, Text
from reports.pages.city_index.charts import rules_label, stage_label
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import CitySeason, IndexStatement, read_city_season
from reports.pages.compare_cities.figures import Comparison

USED_RULES = (
    "spd_maximum",
    "maturity_maximum",
    "total_maximum",
    "divisor_minimum",
    "count_weight",
    "count_cap",
    "count_maximum",
    "basic_services_required",
)


def check_of_cities(comparison: Comparison) -> Block:
    """What the last edition's ranking is computed from, city by city, and where a reader computes it again."""
    _ = comparison.language
    calculations = [each for season in _ranked_seasons(comparison) for each in calculations_of(season)]
    if not calculations:
        return Block()
    remark = _("the workbook (XLSX) computes each of these indices again in live formulas, one sheet per city")
    return Block([Text(lead=_("Hand check"), text=remark, tone="remark"), *calculations], _)


def _ranked_seasons(comparison: Comparison) -> Iterator[CitySeason]:
    """The seasons behind the ranking of the last edition, in its order, under its rulebook."""
    edition = comparison.latest_edition
    rows = pl.DataFrame() if edition is None else comparison.ranking(edition)
    with open_snapshot(str(comparison.snapshot["snapshot_id"])) as snapshot:
        for row in rows.iter_rows(named=True):
            place = {"city": row["region_code"], "edition": edition, "rulebook": row["rulebook"]}
            told = {"score": comparison.score, "lang": comparison.language.code}
            yield read_city_season(snapshot, CityIndexParameters.model_validate({**place, **told}))


def calculations_of(season: CitySeason) -> list[Calculation]:
    """One calculation for each rulebook that the season is computed under and whose innovations were counted."""
    return [_calculation(season, statement) for statement in season.statements if statement.rulebook in season.counted]


def _calculation(season: CitySeason, statement: IndexStatement) -> Calculation:
    _, row = season.language, statement.row
    rules = season.rules[statement.rulebook]
    name = "name_id" if _.code == "id" else "name_en"
    names = {affair["affair_code"]: affair[name] for affair in season.affairs.iter_rows(named=True)}
    return Calculation(
        title=f"{season.name}, {season.edition}",
        label=rules_label(statement, season.edition, _),
        rulebook=statement.rulebook,
        rules={key: _bound_of(getattr(rules.parameters, key)) for key in USED_RULES},
        services=tuple((code, names.get(code, code)) for code in rules.basic_service_affairs),
        spd=Bound(lower=row["spd_lower"], upper=row["spd_upper"]),
        innovations=tuple(_innovation(one, rules, season) for one in season.counted[rules.name].iter_rows(named=True)),
        iid=Bound(lower=row["iid_lower"], upper=row["iid_upper"]),
        gaps=tuple(statement.gaps(_)),
        is_simulated=season.is_simulated,
        is_estimate=statement.is_estimate,
    )


def _bound_of(parameter: Parameter) -> Bound:
    return Bound(lower=parameter.lower, upper=parameter.upper)


def _innovation(row: dict[str, Any], rules: Rulebook, season: CitySeason) -> CountedInnovation:
    """An innovation; where its maturity is not known, it may be anything up to the maximum."""
    lower, upper = row["maturity_lower"], row["maturity_upper"]
    if lower is None or upper is None:
        lower, upper = Decimal(0), rules.parameters.maturity_maximum.upper
    return CountedInnovation(
        title=f"{row['title'] or '–'} ({season.language('in quarantine')})" if row["is_quarantined"] else row["title"],
        unit=row["unit_name"] or "",
        stage=stage_label(row["stage"] or "unstated", season.language),
        maturity=Bound(lower=lower, upper=upper),
        is_scored=row["is_scored"],
        is_in_divisor=row["is_in_divisor"],
        is_counted=row["is_counted"],
        affairs=tuple(code for code in row["affairs"].split("|") if code),
        is_counted_at_most=row["is_scored_unknown"],
        is_quarantined=row["is_quarantined"],
    )
