"""Which unit of its region's register each name of a unit means, season by season.

First what people answered; then the register's own names and aliases; then the rules of `unit_name_rules`. A name that
none of them ties to one unit ties to none, and is asked for (`iga units`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from etl.layout.declared import simplified
from warehouse.unit_answers import NEW_UNIT, NOT_OURS, UnitAnswers
from warehouse.unit_name_rules import KnownUnit, UnitNames, known_units

_SEASON_NAME = ("region_code", "edition", "unit_name")


class UnitTies:
    """The registers of all regions, each read when a name of its region is first asked for."""

    def __init__(self, units: pl.DataFrame, answers: UnitAnswers | None = None) -> None:
        self.units = units
        self.answers = answers or UnitAnswers()
        self._parts = {str(code): part for (code,), part in units.group_by("region_code")}
        self._registers: dict[str, _Register] = {}

    def of(self, names: pl.DataFrame) -> pl.DataFrame:
        """Return (region, edition, name) -> unit, its kind and its affair, for the names (`region_code`, `edition`,
        `unit_name`) that mean one unit.
        """
        rows = []
        for region_code, edition, name in names.select(_SEASON_NAME).unique(maintain_order=True).iter_rows():
            register = self._register_of(region_code)
            unit_id = None if register is None else register.unit_id_of(name, edition)
            if unit_id is not None:
                rows.append((region_code, edition, name, unit_id))
        schema: dict[str, Any] = {**dict.fromkeys(_SEASON_NAME, pl.String), "edition": pl.Int32, "unit_id": pl.String}
        told = self.units.select("unit_id", "unit_kind", pl.col("main_affair_code").alias("unit_affair_code"))
        return pl.DataFrame(rows, schema=schema, orient="row").join(told, on="unit_id", how="left")

    def _register_of(self, region_code: str) -> _Register | None:
        if region_code not in self._parts:
            return None
        if region_code not in self._registers:
            self._registers[region_code] = _Register(region_code, self._parts[region_code], self.answers)
        return self._registers[region_code]


class _Register:
    """The units of one region by all that may name them; rules come where names and aliases do not help."""

    def __init__(self, region_code: str, units: pl.DataFrame, answers: UnitAnswers) -> None:
        self.region_code = region_code
        self.answers = answers
        self.names = UnitNames(region_code, known_units(units))
        self.by_code = {unit.unit_code: unit for unit in self.names.units.values()}
        self.exact: dict[str, dict[str, KnownUnit]] = {}
        for unit in self.names.units.values():
            for name in (unit.name, *unit.aliases):
                self.exact.setdefault(simplified(name), {})[unit.unit_id] = unit

    def unit_id_of(self, name: str, edition: int) -> str | None:
        """Return the unit that a name means in an edition.

        A name that two standing units bear ties to neither; one that none bears any more ties to the unit that took its
        place, where the register says so, else to the unit that once bore it.
        """
        answer = self.answers.answer(self.region_code, name)
        if answer in (NOT_OURS, NEW_UNIT):
            return None
        if answer is not None and (answered := self.by_code.get(answer)) is not None:
            return (self.names.standing_for(answered, edition) or answered).unit_id
        bearing = list(self.exact.get(simplified(name), {}).values())
        standing = [unit for unit in bearing if unit.stands_in(edition)]
        if standing:
            return standing[0].unit_id if len(standing) == 1 else None
        if len(bearing) == 1 and (following := self.names.standing_for(bearing[0], edition)) is not None:
            return following.unit_id
        by_rule = self.names.unit_of(name, edition)
        if by_rule is not None:
            return by_rule.unit_id
        return bearing[0].unit_id if len(bearing) == 1 else None
