"""The indicator table that a composite index is made of: units in rows, indicators in columns, gaps kept as gaps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

import narwhals as nw
import numpy as np
from narwhals.typing import EagerAllowed, IntoBackend, IntoDataFrame, IntoDataFrameT
from numpy.typing import NDArray

from iga.composite.rounding_noise import is_constant
from iga.errors import IndicatorTableInvalid

Values = NDArray[np.float64]
Column = Sequence[Hashable] | NDArray[np.generic]
"""What a column of a frame is made of."""
FrameT_co = TypeVar("FrameT_co", bound=IntoDataFrame, covariant=True)
"""The library's own kind of frame that a table came from, and that its results are given as."""
FEWEST_UNITS = 3
"""Below three units neither a spread nor a correlation nor a rank says anything."""


class EagerFrame(IntoDataFrame, Protocol):
    """A frame in memory; whatever its library, it hands its columns on as an Arrow stream (`pl.DataFrame(frame)`)."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand the columns on for another library to take over."""


@dataclass(frozen=True)
class IndicatorTable(Generic[FrameT_co]):
    """Units by indicators as float64; a missing cell is NaN. Steps of the toolbox take one and give a new one."""

    unit_column: str
    units: tuple[Hashable, ...]
    indicators: tuple[str, ...]
    values: Values
    backend: IntoBackend[EagerAllowed] = "polars"

    def with_values(self, values: Values) -> IndicatorTable[FrameT_co]:
        """The same units and indicators with other values."""
        return replace(self, values=values)

    def column(self, indicator: str) -> Values:
        """One indicator over all units. Raises IndicatorTableInvalid if it is not there."""
        if indicator not in self.indicators:
            raise IndicatorTableInvalid(
                "there is no such indicator in the table.",
                place="indicator {indicator}",
                fix="Known: {known}.",
                indicator=indicator,
                known=", ".join(self.indicators),
            )
        return self.values[:, self.indicators.index(indicator)]

    def select(self, indicators: Sequence[str]) -> IndicatorTable[FrameT_co]:
        """Only these indicators, in this order."""
        columns = [self.column(name) for name in indicators]
        values = np.column_stack(columns) if columns else np.empty((len(self.units), 0))
        return replace(self, indicators=tuple(indicators), values=values)

    def keep(self, is_kept: NDArray[np.bool_]) -> IndicatorTable[FrameT_co]:
        """Only the units for which the mask is true. Raises IndicatorTableInvalid if too few remain."""
        units = tuple(unit for unit, kept in zip(self.units, is_kept, strict=True) if kept)
        _require_units(len(units))
        return replace(self, units=units, values=self.values[is_kept])

    def frame(self) -> FrameT_co:
        """The table as a frame of the library that it came from; NaN where a cell is missing."""
        return frame_of(self, {self.unit_column: list(self.units), **columns_of(self.indicators, self.values)})


def indicator_table(
    frame: IntoDataFrameT, *, unit: str, indicators: Sequence[str] | None = None, needs_spread: bool = True
) -> IndicatorTable[IntoDataFrameT]:
    """Return the table of a frame (Polars, pandas, PyArrow): one row per unit, one numeric column per indicator.

    Without `indicators` every numeric column beside `unit` is one. `needs_spread=False` takes constant indicators and
    fewer than three units, for a recipe whose scales are fixed beforehand (goalposts, `scaled`, `identity`, `log`); a
    recipe that makes its scale of the values refuses them by name. Raises IndicatorTableInvalid naming the unit that
    stands twice or has no name, the column that is missing, is no number, holds an infinite value, no value at all or
    the same value everywhere, and for fewer than three units.
    """
    given = nw.from_native(frame, eager_only=True)
    if unit not in given.columns:
        raise IndicatorTableInvalid(
            "the column of units is missing.",
            place="column {unit}",
            fix="Columns: {known}.",
            unit=unit,
            known=", ".join(given.columns),
        )
    names = tuple(indicators) if indicators is not None else _numeric_columns(given, unit)
    units = tuple(given[unit].to_list())
    _check_units(units, FEWEST_UNITS if needs_spread else 1)
    values = np.column_stack([_numbers(given, name) for name in names]) if names else np.empty((len(units), 0))
    table: IndicatorTable[IntoDataFrameT] = IndicatorTable(unit, units, names, values, given.implementation)
    check_indicators(table, needs_spread=needs_spread)
    return table


def check_indicators(table: IndicatorTable[IntoDataFrame], *, needs_spread: bool = True) -> None:
    """Raise IndicatorTableInvalid for no indicators, or naming one that is empty, constant or infinite.

    Values that differ by rounding noise only, such as 0.3 and 0.1 + 0.2, are constant; without `needs_spread` a
    constant indicator may stay.
    """
    if not table.indicators:
        raise IndicatorTableInvalid("there is no indicator.", place="table", fix="Name numeric columns as indicators.")
    repeated = sorted({name for name in table.indicators if table.indicators.count(name) > 1})
    if repeated:
        raise IndicatorTableInvalid("it stands twice.", place="indicator {name}", fix="Name it once.", name=repeated[0])
    for name, column in zip(table.indicators, table.values.T, strict=True):
        present = column[~np.isnan(column)]
        if np.isinf(present).any():
            raise IndicatorTableInvalid(
                "it is infinite for {unit}.",
                place="indicator {name}",
                fix="Repair the division by zero that made it, or leave the cell empty.",
                unit=table.units[int(np.flatnonzero(np.isinf(column))[0])],
                name=name,
            )
        if present.size == 0:
            raise IndicatorTableInvalid(
                "no unit has a value.", place="indicator {name}", fix="Leave it out.", name=name
            )
        if needs_spread and is_constant(present):
            raise IndicatorTableInvalid(
                "it is {value:g} for every unit that has a value, so it cannot tell units apart.",
                place="indicator {name}",
                fix="Leave it out of the table and of the hierarchy.",
                value=present[0],
                name=name,
            )


def frame_of(table: IndicatorTable[IntoDataFrameT], columns: Mapping[str, Column]) -> IntoDataFrameT:
    """Make a frame from columns, of the library that a table came from."""
    native: IntoDataFrameT = nw.from_dict(columns, backend=table.backend).to_native()
    return native


def polars_frame(columns: Mapping[str, Column]) -> EagerFrame:
    """Make a Polars frame from columns."""
    native: EagerFrame = nw.from_dict(columns, backend="polars").to_native()
    return native


def columns_of(names: Sequence[str], values: Values) -> dict[str, Values]:
    """The columns of a matrix by name."""
    return {name: np.ascontiguousarray(values[:, place]) for place, name in enumerate(names)}


def _numeric_columns(frame: nw.DataFrame[IntoDataFrameT], unit: str) -> tuple[str, ...]:
    return tuple(name for name, kind in frame.schema.items() if name != unit and kind.is_numeric())


def _check_units(units: tuple[Hashable, ...], fewest: int) -> None:
    _require_units(len(units), fewest)
    if None in units:
        raise IndicatorTableInvalid(
            "it has no name.", place="row {row}", fix="Name the unit.", row=units.index(None) + 1
        )
    seen: set[Hashable] = set()
    for name in units:
        if name in seen:
            raise IndicatorTableInvalid(
                "it stands twice.", place="unit {name}", fix="Keep one row for each unit.", name=name
            )
        seen.add(name)


def _require_units(count: int, fewest: int = FEWEST_UNITS) -> None:
    if count < fewest:
        raise IndicatorTableInvalid(
            "there are {count} units.",
            place="table",
            fix="An index needs at least {least}.",
            count=count,
            least=fewest,
        )


def _numbers(frame: nw.DataFrame[IntoDataFrameT], name: str) -> Values:
    if name not in frame.columns:
        raise IndicatorTableInvalid(
            "the column is missing.",
            place="indicator {name}",
            fix="Columns: {known}.",
            name=name,
            known=", ".join(frame.columns),
        )
    column = frame[name]
    if not column.dtype.is_numeric():
        raise IndicatorTableInvalid(
            "the column holds {kind}, not numbers.",
            place="indicator {name}",
            fix="Convert it (decimal mark, units of measure) before the index is built.",
            kind=column.dtype,
            name=name,
        )
    return np.array([np.nan if value is None else float(value) for value in column.to_list()])
