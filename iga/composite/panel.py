"""Indicators of units over time: one recipe with scales that all years share, and growth, trends and convergence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, Literal

import narwhals as nw
import numpy as np
from narwhals.typing import EagerAllowed, IntoBackend, IntoDataFrameT
from numpy.typing import NDArray
from scipy import stats

from iga.composite.hierarchy import Hierarchy
from iga.composite.index import CompositeIndex, build_index, ranks_of
from iga.composite.recipe import Recipe
from iga.composite.table import (
    Column,
    FrameT_co,
    IndicatorTable,
    Values,
    columns_of,
    frame_of,
    indicator_table,
)
from iga.errors import IndicatorTableInvalid, MethodRefused

Figures = Callable[[Values, Values], tuple[float, ...]]
"""What is computed of one series: its times and values in, figures out."""
FEWEST_TIMES = 3
"""A slope of two points has no error, so it says nothing of a trend."""
FEWEST_CONVERGING = 4
"""Units below which a line through growth and start says nothing."""


@dataclass(frozen=True)
class IndicatorPanel(Generic[FrameT_co]):
    """Units by time by indicators: one row per unit and time, NaN where a cell is missing; rows may be absent."""

    unit_column: str
    time_column: str
    units: tuple[Hashable, ...]
    times: Values
    indicators: tuple[str, ...]
    values: Values
    backend: IntoBackend[EagerAllowed] = "polars"

    def with_values(self, values: Values) -> IndicatorPanel[FrameT_co]:
        """Return the same rows and indicators with other values."""
        return replace(self, values=values)

    def stacked(self) -> IndicatorTable[FrameT_co]:
        """Return one table whose units are the pairs (unit, time), so that every step sees all years at once."""
        pairs = tuple(zip(self.units, self.times.tolist(), strict=True))
        return IndicatorTable(self.unit_column, pairs, self.indicators, self.values, self.backend)

    def at(self, time: float) -> IndicatorTable[FrameT_co]:
        """Return the table of one time. Raises IndicatorTableInvalid where no row is of that time."""
        is_then = self.times == time
        if not is_then.any():
            raise IndicatorTableInvalid(
                "no row is of that time.",
                place="{column} {time:g}",
                fix="Known: {known}.",
                column=self.time_column,
                time=time,
                known=", ".join(f"{known:g}" for known in np.unique(self.times)),
            )
        units = tuple(unit for unit, then in zip(self.units, is_then, strict=True) if then)
        return IndicatorTable(self.unit_column, units, self.indicators, self.values[is_then], self.backend)

    def series(self, indicator: str) -> dict[Hashable, tuple[Values, Values]]:
        """Return each unit's times, ascending, and its values of an indicator, only where there is one."""
        column = self.stacked().column(indicator)
        found: dict[Hashable, tuple[Values, Values]] = {}
        for unit, rows in self._rows_of_units.items():
            present = rows[~np.isnan(column[rows])]
            found[unit] = self.times[present], column[present]
        return found

    @cached_property
    def _rows_of_units(self) -> dict[Hashable, NDArray[np.intp]]:
        rows: dict[Hashable, list[int]] = {}
        for row in np.argsort(self.times, kind="stable").tolist():
            rows.setdefault(self.units[row], []).append(row)
        return {unit: np.array(rows[unit]) for unit in dict.fromkeys(self.units)}

    def frame(self) -> FrameT_co:
        """Return the panel as a frame of the library that it came from: unit, time, indicators."""
        return _panel_frame(self, columns_of(self.indicators, self.values))


@dataclass(frozen=True)
class PanelIndex(Generic[FrameT_co]):
    """An index over time: `pooled` is the index of all pairs (unit, time), on scales that they share."""

    panel: IndicatorPanel[FrameT_co]
    pooled: CompositeIndex[FrameT_co]

    @property
    def scores(self) -> IndicatorPanel[FrameT_co]:
        """Every node of the index as a panel, the index last, so that growth and trends can be asked of it."""
        made = self.pooled.scores
        return replace(self.panel, indicators=made.indicators, values=made.values)

    @property
    def ranks(self) -> Values:
        """The place of each row among the units of its time, 1 for the best."""
        ranks = np.full(len(self.panel.units), np.nan)
        for time in np.unique(self.panel.times):
            is_then = self.panel.times == time
            ranks[is_then] = ranks_of(self.pooled.index[is_then], self.pooled.recipe.rank_places)
        return ranks

    def frame(self) -> FrameT_co:
        """Return one row per unit and time: every node's score, and `rank` among the units of that time."""
        made = self.pooled.scores
        return _panel_frame(self.panel, {**columns_of(made.indicators, made.values), "rank": self.ranks})


def indicator_panel(
    frame: IntoDataFrameT, *, unit: str, time: str, indicators: Sequence[str] | None = None
) -> IndicatorPanel[IntoDataFrameT]:
    """Return the panel of a frame (Polars, pandas, PyArrow): one row per unit and time, one column per indicator.

    `time` is a number such as the year. Without `indicators` every numeric column beside the two is one. An indicator
    may be constant within a year, and a panel may have gaps. Raises IndicatorTableInvalid naming a pair that stands
    twice, a row without unit or time, and what `indicator_table` refuses, a constant indicator excepted.
    """
    given = nw.from_native(frame, eager_only=True)
    for name in (unit, time):
        if name not in given.columns or given[name].null_count():
            raise IndicatorTableInvalid(
                "the column is missing, or a row has no value in it.",
                place="column {name}",
                fix="Name the unit and the time of every row.",
                name=name,
            )
    units, times = tuple(given[unit].to_list()), np.array(given[time].to_list(), dtype=float)
    pairs = tuple(zip(units, times.tolist(), strict=True))
    if len(set(pairs)) < len(pairs):
        twice = next(pair for place, pair in enumerate(pairs) if pair in pairs[:place])
        raise IndicatorTableInvalid(
            "it stands twice at {time:g}.",
            place="unit {name}",
            fix="Keep one row for each unit and time.",
            name=twice[0],
            time=twice[1],
        )
    # The table reader sees rows that are numbered, since a unit stands once for each time.
    numbered = given.drop(unit, time).with_row_index("row")
    table = indicator_table(numbered.to_native(), unit="row", indicators=indicators, needs_spread=False)
    return IndicatorPanel(unit, time, units, times, table.indicators, table.values, given.implementation)


def build_panel(
    panel: IndicatorPanel[IntoDataFrameT], hierarchy: Hierarchy, recipe: Recipe | None = None
) -> PanelIndex[IntoDataFrameT]:
    """Return the index of every unit and time under one recipe, on scales that all times share.

    Outliers, normalisation and weights are those of all rows together, so that a score of one year means the same in
    another; goalposts do not depend on the rows at all, so that a year that is added moves no other. Under ranks,
    Copeland and benefit of the doubt a unit is held against every unit at every time. `groups` of the recipe may name
    units; for imputation they hold at every time. Raises what `build_index` raises.
    """
    chosen = recipe or Recipe()
    if chosen.groups:
        by_unit: Mapping[Hashable, Hashable] = dict(chosen.groups.items())
        pairs = panel.stacked().units
        named = {pair: by_unit[unit] for pair, unit in zip(pairs, panel.units, strict=True) if unit in by_unit}
        chosen = replace(chosen, groups=named)  # type: ignore[arg-type]
    made = build_index(panel.stacked(), hierarchy, chosen)
    return PanelIndex(panel, replace(made, recipe=recipe or Recipe()))


def impute_along_time(
    panel: IndicatorPanel[IntoDataFrameT], *, ends: Literal["missing", "nearest"] = "missing"
) -> IndicatorPanel[IntoDataFrameT]:
    """Return the panel with gaps of a unit's series filled on the straight line between the values beside them.

    Before a unit's first value and after its last a cell stays missing, or takes the nearest (`ends`). What is observed
    is never changed; a unit without any value keeps its gaps. Raises MethodRefused for another `ends`.
    """
    if ends not in ("missing", "nearest"):
        raise MethodRefused("there is no such rule.", place="ends {ends}", fix="Known: missing, nearest.", ends=ends)
    values = panel.values.copy()
    for place, indicator in enumerate(panel.indicators):
        series = panel.series(indicator)
        for row in np.flatnonzero(np.isnan(values[:, place])):
            times, known = series[panel.units[row]]
            if not times.size:
                continue
            if ends == "nearest" or times[0] <= panel.times[row] <= times[-1]:
                values[row, place] = np.interp(panel.times[row], times, known)
    return panel.with_values(values)


def growth(panel: IndicatorPanel[IntoDataFrameT]) -> IntoDataFrameT:
    """Return the growth of each unit and indicator between its first and its last value.

    Columns: unit, indicator, first_time, last_time, first, last, change (last - first), change_percent (of the first's
    magnitude), annual_growth (compound: (last / first)^(1 / years) - 1, a share). A figure that cannot be is NaN:
    annual growth of values that are not positive, a percentage of zero, and all of a unit with fewer than two values.
    """
    names = ("first_time", "last_time", "first", "last", "change", "change_percent", "annual_growth")

    def figures(times: Values, values: Values) -> tuple[float, ...]:
        if len(times) < 2:
            return (np.nan,) * len(names)
        first, last, years = float(values[0]), float(values[-1]), float(times[-1] - times[0])
        percent = 100 * (last - first) / abs(first) if first else np.nan
        annual = (last / first) ** (1 / years) - 1 if first > 0 and last > 0 else np.nan
        return float(times[0]), float(times[-1]), first, last, last - first, percent, annual

    return _by_series(panel, names, figures)


def trends(panel: IndicatorPanel[IntoDataFrameT], *, confidence: float = 0.95) -> IntoDataFrameT:
    """Return the trend of each unit and indicator, by least squares and by the median of slopes.

    Columns: unit, indicator, count, slope, slope_low, slope_high, p_value (of no slope, Student's t), sen_slope (median
    of the slopes of all pairs: Theil, 1950; Sen, 1968), sen_low, sen_high, kendall_p_value (of no monotone trend: Mann,
    1945; Kendall, 1975). Slopes are in the indicator's unit per unit of time. With fewer than three values all is NaN;
    the errors assume values that are independent over time, which a series of few years cannot show.
    """
    names = (
        "count",
        "slope",
        "slope_low",
        "slope_high",
        "p_value",
        "sen_slope",
        "sen_low",
        "sen_high",
        "kendall_p_value",
    )

    def figures(times: Values, values: Values) -> tuple[float, ...]:
        if len(times) < FEWEST_TIMES:
            return (float(len(times)), *[np.nan] * (len(names) - 1))
        line = stats.linregress(times, values)
        half = float(stats.t.ppf((1 + confidence) / 2, len(times) - 2)) * line.stderr
        sen, _, low, high = stats.theilslopes(values, times, alpha=confidence)
        kendall = stats.kendalltau(times, values).pvalue if np.ptp(values) > 0 else 1.0
        slopes = (line.slope, line.slope - half, line.slope + half, line.pvalue, sen, low, high, kendall)
        return float(len(times)), *(float(figure) for figure in slopes)

    return _by_series(panel, names, figures)


@dataclass(frozen=True)
class Convergence(Generic[FrameT_co]):
    """Whether units come nearer to each other: `beta` one row per indicator, `sigma` one per indicator and time."""

    beta: FrameT_co
    sigma: FrameT_co


def convergence(panel: IndicatorPanel[IntoDataFrameT], first: float, last: float) -> Convergence[IntoDataFrameT]:
    """Return beta and sigma convergence of every indicator between two times, over the units that have both.

    Beta: annual growth of the logarithm, regressed on the logarithm at the start; a negative `beta` says that those who
    were behind grew faster, `speed` is -ln(1 + beta T) / T, `half_life` ln 2 / speed (Barro and Sala-i-Martin, 1992).
    Sigma: standard deviation of the logarithms at each time, over the same units; it falls where units converge. Beta
    alone does not say so: those behind may grow faster by chance of a bad start (Quah, 1993).

    Columns of beta: indicator, count, beta, standard_error, p_value, speed, half_life; of sigma: indicator, time (the
    panel's name), count, sigma, coefficient_of_variation. NaN where fewer than four units have both values. Raises
    MethodRefused naming unit and indicator of a value that is not positive, and for times that are not in order.
    """
    years = last - first
    if not years > 0:
        raise MethodRefused(
            "{last:g} is not after {first:g}.",
            place="times",
            fix="Give an earlier first time.",
            first=first,
            last=last,
        )
    names = ("count", "beta", "standard_error", "p_value", "speed", "half_life")
    betas: dict[str, list[float]] = {name: [] for name in names}
    sigmas: dict[str, list[Hashable]] = {
        name: [] for name in ("indicator", panel.time_column, "count", "sigma", "coefficient_of_variation")
    }
    for indicator in panel.indicators:
        balanced, times = _balanced(panel, indicator, first, last)
        _require_positive(balanced, indicator)
        logs = np.log(np.array([values for _, values in balanced])) if balanced else np.empty((0, len(times)))
        for name, figure in zip(names, _beta(logs, years), strict=True):
            betas[name].append(figure)
        for place, time in enumerate(times):
            spread = (np.nan, np.nan)
            if len(logs) > 1:
                level = np.exp(logs[:, place])
                spread = float(logs[:, place].std(ddof=1)), float(level.std(ddof=1) / level.mean())
            for name, value in zip(sigmas, (indicator, float(time), len(logs), *spread), strict=True):
                sigmas[name].append(value)
    table = panel.stacked()
    return Convergence(frame_of(table, {"indicator": panel.indicators, **betas}), frame_of(table, sigmas))


def _beta(logs: Values, years: float) -> tuple[float, ...]:
    if len(logs) < FEWEST_CONVERGING or np.ptp(logs[:, 0]) == 0:
        return (float(len(logs)), *[np.nan] * 5)
    line = stats.linregress(logs[:, 0], (logs[:, -1] - logs[:, 0]) / years)
    kept = 1 + line.slope * years
    speed = -np.log(kept) / years if kept > 0 else np.nan
    half_life = np.log(2) / speed if speed > 0 else np.nan
    figures = (line.slope, line.stderr, line.pvalue, speed, half_life)
    return float(len(logs)), *(float(figure) for figure in figures)


def _balanced(
    panel: IndicatorPanel[IntoDataFrameT], indicator: str, first: float, last: float
) -> tuple[list[tuple[Hashable, Values]], Values]:
    """The units that have a value at both ends and at every time between at which all of those have one."""
    known = {
        unit: dict(zip(times.tolist(), values.tolist(), strict=True))
        for unit, (times, values) in panel.series(indicator).items()
    }
    whole = [unit for unit, values in known.items() if first in values and last in values]
    between = [time for time in np.unique(panel.times).tolist() if first <= time <= last]
    times = [time for time in between if whole and all(time in known[unit] for unit in whole)]
    return [(unit, np.array([known[unit][time] for time in times])) for unit in whole], np.array(times)


def _require_positive(series: Sequence[tuple[Hashable, Values]], indicator: str) -> None:
    for unit, values in series:
        if not (values > 0).all():
            raise MethodRefused(
                "{unit} has {value:g}, and convergence of logarithms needs more than zero.",
                place="indicator {indicator}",
                fix="Use an indicator, or a scale of the index, above zero.",
                unit=unit,
                value=values.min(),
                indicator=indicator,
            )


def _by_series(panel: IndicatorPanel[IntoDataFrameT], names: Sequence[str], figures: Figures) -> IntoDataFrameT:
    """One row per unit and indicator, with the figures of its series."""
    units: list[Hashable] = []
    indicators: list[str] = []
    rows: list[tuple[float, ...]] = []
    for indicator in panel.indicators:
        for unit, (times, values) in panel.series(indicator).items():
            units.append(unit)
            indicators.append(indicator)
            rows.append(figures(times, values))
    columns: dict[str, Column] = {panel.unit_column: units, "indicator": indicators}
    columns |= {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    return frame_of(panel.stacked(), columns)


def _panel_frame(panel: IndicatorPanel[IntoDataFrameT], columns: Mapping[str, Column]) -> IntoDataFrameT:
    times = [int(time) if float(time).is_integer() else time for time in panel.times.tolist()]
    return frame_of(panel.stacked(), {panel.unit_column: list(panel.units), panel.time_column: times, **columns})
