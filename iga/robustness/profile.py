"""What the draws start from: how many innovations of each region stand at each level, and what of it is unknown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypedDict

import narwhals as nw
import numpy as np
from narwhals.typing import IntoDataFrame, IntoDataFrameT, IntoSeriesT
from numpy.typing import NDArray

from iga.composite.table import Values
from iga.errors import RobustnessInvalid
from iga.index.frame_expressions import REGION_KEYS, require
from iga.rulebook import Rulebook, rules_of
from iga.rules.parts import Assumptions, Group

Counts = NDArray[np.int64]
RegionKey = tuple[str, int]
"""Region code and edition."""


class InnovationRows(TypedDict):
    """One value per innovation: its unit, its levels (innovations x groups, -1 unanswered), and texts, `""` for none.

    `stated` is the score in points that the source states, NaN without one.
    """

    unit: Counts
    levels: NDArray[np.int8]
    stated: Values
    status: NDArray[np.str_]
    stage: NDArray[np.str_]
    main: NDArray[np.str_]
    cross: NDArray[np.str_]


@dataclass(frozen=True)
class RuleSums:
    """One setting of the rules, per unit: what enters the mean, the divisor and the count term.

    `at_level` (units x groups x levels) counts scored innovations that answered; `unanswered` (units x groups) those
    that did not; `scored` all that are scored, `stated` sums points that no levels explain; `count_low` and
    `count_high` bound the count term where affairs are unknown; `total_maximum` is the greatest total. `tops` are the
    top levels of the groups.
    """

    rulebook: str
    at_level: Counts
    unanswered: Counts
    scored: Counts
    stated: Values
    divisor: Values
    count_low: Values
    count_high: Values
    total_maximum: float
    tops: Counts

    @cached_property
    def levels(self) -> Values:
        """The sum of the levels that are answered: units x groups."""
        return np.asarray(self.at_level @ np.arange(self.at_level.shape[2], dtype=float))

    @cached_property
    def below_top(self) -> Values:
        """How many answers may be too low by one: units x groups."""
        is_below = np.arange(self.at_level.shape[2]) < self.tops[:, None]
        return np.asarray((self.at_level * is_below).sum(axis=2), dtype=float)

    @cached_property
    def above_bottom(self) -> Values:
        """How many answers may be too high by one: units x groups."""
        return np.asarray(self.at_level[:, :, 1:].sum(axis=2), dtype=float)

    @cached_property
    def between(self) -> Values:
        """How many answers may be either: units x groups."""
        is_below = np.arange(self.at_level.shape[2]) < self.tops[:, None]
        return np.asarray((self.at_level * is_below)[:, :, 1:].sum(axis=2), dtype=float)


@dataclass(frozen=True)
class RegionProfiles:
    """Regions and editions (`units`) with their innovations counted by level, under one rulebook or several settings.

    `spd_levels` (units x lines) is NaN where unanswered; `spd_low`, `spd_high` replace it where only a total or nothing
    is known (NaN where levels count). `unreachable_count` innovations per unit state a score without levels: their
    points stay as they are when weights move. `index_low`, `index_high` bound the index, in points, of units whose
    answers must be carried over from another edition (NaN elsewhere): such a unit lies anywhere within these bounds.
    """

    rulebook: Rulebook
    units: Mapping[str, Sequence[Hashable]]
    rows: InnovationRows
    spd_levels: Values
    spd_low: Values
    spd_high: Values
    unreachable_count: Counts
    index_low: Values
    index_high: Values

    @property
    def count(self) -> int:
        """How many regions x editions there are."""
        return len(next(iter(self.units.values())))

    @property
    def sid_groups(self) -> tuple[Group, ...]:
        """The indicators of an innovation."""
        return self.rulebook.sid_groups

    def sums(self, rulebook: Rulebook, assumptions: Assumptions) -> RuleSums:
        """The sums under one setting of rules; they need a rulebook whose numbers are single values."""
        numbers = rulebook.parameters
        for name in ("divisor_minimum", "total_maximum", "count_weight", "count_cap", "basic_services_required"):
            if getattr(numbers, name).value is None:
                raise RobustnessInvalid(
                    "{name} is not a single value.",
                    place="{rulebook}.toml",
                    fix="Analyse under a complete rulebook, such as the newest one, as an estimate.",
                    name=name,
                    rulebook=rulebook.name,
                )
        _require_same_groups(self.rulebook, rulebook)
        return _sums(self, rulebook, assumptions)

    def bounded(self, bounds: Mapping[RegionKey, tuple[float, float]]) -> RegionProfiles:
        """Return the profiles with bounds of the index, in points, for units that are known by them only.

        For a unit that was read under the rules of another edition: what its answers come to under these rules is not
        known better than the crosswalk says. Raises RobustnessInvalid for bounds that are no range within 0 to 100.
        """
        low, high = self.index_low.copy(), self.index_high.copy()
        keys = zip(self.units["region_code"], self.units["edition"], strict=True)
        for place, (code, edition) in enumerate(keys):
            if (code, edition) in bounds:
                low[place], high[place] = bounds[str(code), int(str(edition))]
                if not 0 <= low[place] <= high[place] <= 100:
                    raise RobustnessInvalid(
                        "{low} to {high} is no range within 0 to 100.",
                        place="unit {code} {edition}",
                        fix="Give the bounds of the index in points.",
                        low=low[place],
                        high=high[place],
                        code=code,
                        edition=edition,
                    )
        return replace(self, index_low=low, index_high=high)


def levels_beside(
    submissions: IntoDataFrameT, answers: IntoDataFrameT, rulebook: Rulebook | int | str
) -> IntoDataFrameT:
    """The submissions with one column `level_<number>` per indicator group, from long answers.

    `answers`: submission_id, indicator_number, level; of alternatives the best counts. Both are eager frames of one
    library. Raises ScoreInvalid for missing columns.
    """
    rules, _ = rules_of(rulebook)
    given = nw.from_native(answers, eager_only=True)
    require(given.columns, ("submission_id", "indicator_number", "level"), "answers")
    group_of = {number: group.column for group in rules.sid_groups for number in group.numbers}
    numbers = given["indicator_number"].cast(nw.String)
    is_known = numbers.is_in(list(group_of))
    kept = given.filter(is_known).select(
        "submission_id",
        nw.col("indicator_number").cast(nw.String).replace_strict(group_of, return_dtype=nw.String).alias("column"),
        nw.col("level").cast(nw.Int64),
    )
    wide = kept.group_by("submission_id").agg(
        *[
            nw.when(nw.col("column") == group.column).then(nw.col("level")).max().alias(group.column)
            for group in rules.sid_groups
        ]
    )
    own = nw.from_native(submissions, eager_only=True)
    clear = own.drop([group.column for group in rules.sid_groups if group.column in own.columns])
    return nw.to_native(clear.join(wide, on="submission_id", how="left"))


def region_profiles(
    submissions: IntoDataFrame,
    rulebook: Rulebook | int | str,
    *,
    region_answers: IntoDataFrame | None = None,
    labels: Sequence[str] = (),
) -> RegionProfiles:
    """The profiles of all regions and editions in the frames; they are only compared under this rulebook.

    `submissions`, one row per innovation: region_code, edition, `level_<number>` per indicator group (nullable; see
    `levels_beside`), optional stated_x100 (a score in hundredths that the source states), stage, status,
    main_affair_code, cross_affair_codes, and `labels` (columns that are the same for all rows of a region, such as
    region_type, to rank within). Stated scores beside complete levels are kept: what levels do not explain stays
    constant. Stated scores without complete levels stand as they are. `region_answers`: region_code, edition,
    indicator_number, level, optional points_x100 (for indicator_number TOTAL). Eager frames. Raises ScoreInvalid for
    missing columns, RobustnessInvalid for a rulebook without levels and naming an impossible level.
    """
    rules, _ = rules_of(rulebook)
    groups = rules.sid_groups
    if not groups:
        raise RobustnessInvalid(
            "its indicators are unknown, so weights cannot move.",
            place="{rulebook}.toml",
            fix="Analyse under a complete rulebook, such as the newest one, as an estimate.",
            rulebook=rules.name,
        )
    frame = nw.from_native(submissions, eager_only=True)
    require(frame.columns, (*REGION_KEYS, *[group.column for group in groups], *labels), "submissions")
    keys = list(zip(frame["region_code"].to_list(), frame["edition"].to_list(), strict=True))
    spd = _spd_rows(region_answers)
    known = {key: place for place, key in enumerate(sorted({*keys, *spd}))}
    levels = np.column_stack([_levels(frame[group.column], group) for group in groups])
    rows: InnovationRows = {
        "unit": np.array([known[key] for key in keys], dtype=np.int64),
        "levels": levels,
        "stated": _points(frame, "stated_x100"),
        "status": _texts(frame, "status"),
        "stage": _texts(frame, "stage"),
        "main": _texts(frame, "main_affair_code"),
        "cross": _texts(frame, "cross_affair_codes"),
    }
    units: dict[str, Sequence[Hashable]] = {
        "region_code": [key[0] for key in known],
        "edition": [key[1] for key in known],
    }
    for label in labels:
        of_unit = dict(zip(rows["unit"].tolist(), frame[label].to_list(), strict=True))
        units[label] = [of_unit.get(place) for place in range(len(known))]
    spd_levels, low, high = _spd(spd, known, rules)
    fixed = _is_fixed(levels, rows["stated"])
    unreachable = np.bincount(rows["unit"][fixed], minlength=len(known))
    unbounded = np.full(len(known), np.nan)
    return RegionProfiles(rules, units, rows, spd_levels, low, high, unreachable, unbounded, unbounded)


def index_as_it_stands(profiles: RegionProfiles, sums: RuleSums) -> Values:
    """Return the index of each unit in points, not rounded, with the rulebook's weights and unknowns at their least."""
    weights, lines = (
        np.array([float(group.members[0].weight) for group in groups])
        for groups in (profiles.sid_groups, profiles.rulebook.spd_groups)
    )
    by_lines = np.nan_to_num(profiles.spd_levels) @ lines
    spd = np.where(np.isnan(profiles.spd_low), by_lines, np.nan_to_num(profiles.spd_low))
    total = (sums.levels @ weights + sums.stated) / sums.divisor + spd + sums.count_low
    return np.asarray(total * 100 / sums.total_maximum)


def _is_fixed(levels: NDArray[np.int8], stated: Values) -> NDArray[np.bool_]:
    """Innovations whose score is stated and whose levels are not all known."""
    return ~np.isnan(stated) & (levels < 0).any(axis=1)


def _levels(column: nw.Series[IntoSeriesT], group: Group) -> NDArray[np.int8]:
    """Levels as small integers, -1 where there is no answer."""
    found = column.cast(nw.Float64).fill_null(-1).to_numpy()
    levels = np.where(np.isnan(found), -1, found).astype(np.int8)
    if levels.max(initial=0) > group.top_level or levels.min(initial=0) < -1:
        worst = int(levels.max() if levels.max() > group.top_level else levels.min())
        raise RobustnessInvalid(
            "a level of {level} cannot be: levels run from 0 to {top}.",
            place="column {column}",
            fix="Check whether the column holds points in place of levels.",
            level=worst,
            top=group.top_level,
            column=group.column,
        )
    return levels


def _points(frame: nw.DataFrame[IntoDataFrameT], name: str) -> Values:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return np.array([np.nan if value is None else value / 100 for value in frame[name].to_list()], dtype=float)


def _texts(frame: nw.DataFrame[IntoDataFrameT], name: str) -> NDArray[np.str_]:
    if name not in frame.columns:
        return np.full(len(frame), "", dtype="U1")
    return np.array([value or "" for value in frame[name].to_list()], dtype=str)


def _spd_rows(region_answers: IntoDataFrame | None) -> dict[RegionKey, dict[str, float | None]]:
    if region_answers is None:
        return {}
    frame = nw.from_native(region_answers, eager_only=True)
    require(frame.columns, (*REGION_KEYS, "indicator_number", "level"), "region_answers")
    found: dict[RegionKey, dict[str, float | None]] = {}
    for row in frame.iter_rows(named=True):
        lines = found.setdefault((row["region_code"], row["edition"]), {})
        value = row.get("points_x100") if row["indicator_number"] == "TOTAL" else row["level"]
        lines[str(row["indicator_number"])] = value
    return found


def _spd(
    spd: Mapping[RegionKey, Mapping[str, float | None]], known: Mapping[RegionKey, int], rules: Rulebook
) -> tuple[Values, Values, Values]:
    """Levels per line, and bounds where lines do not count: the lines if all are answered, else a stated total."""
    groups = rules.spd_groups
    levels = np.full((len(known), len(groups)), np.nan)
    low, high = np.full(len(known), np.nan), np.full(len(known), np.nan)
    most = float(rules.parameters.spd_maximum.value or 0)
    for key, place in known.items():
        lines = spd.get(key, {})
        answered = [[level for n in group.numbers if (level := lines.get(n)) is not None] for group in groups]
        levels[place] = [max(found) if found else np.nan for found in answered]
        if not np.isnan(levels[place]).any() and len(groups):
            continue
        total = lines.get("TOTAL")
        if total is not None:
            low[place] = high[place] = total / 100
        elif not any(answered):
            low[place], high[place] = 0.0, most
    return levels, low, high


def _require_same_groups(own: Rulebook, other: Rulebook) -> None:
    if [(g.number, g.top_level) for g in own.groups] != [(g.number, g.top_level) for g in other.groups]:
        raise RobustnessInvalid(
            "its indicators are not those of {own}, so one profile does not serve both.",
            place="rulebook {rulebook}",
            fix="Vary rulebooks that share their indicators.",
            own=own.name,
            rulebook=other.name,
        )


def _sums(profiles: RegionProfiles, rules: Rulebook, assumed: Assumptions) -> RuleSums:
    rows, units = profiles.rows, profiles.count
    reported = ~np.isin(rows["status"], assumed.uncounted_statuses)
    rejected = rows["status"] == "rejected"
    other = (rows["stage"] != "") & ~np.isin(rows["stage"], assumed.stages_scored)
    scored = reported & ~rejected & ~other
    divided = reported & (assumed.rejected_in_divisor | ~rejected) & (assumed.other_stages_in_divisor | ~other)
    counted = reported & (assumed.rejected_in_count | ~rejected) & (assumed.other_stages_in_count | ~other)
    fixed = scored & _is_fixed(rows["levels"], rows["stated"])
    at_level, unanswered = _level_counts(profiles, scored & ~fixed)
    complete = scored & ~fixed & ~np.isnan(rows["stated"])
    stated = np.bincount(rows["unit"][fixed], rows["stated"][fixed], units).astype(np.float64)
    weights = np.array([float(group.members[0].weight) for group in rules.sid_groups])
    unexplained = rows["stated"][complete] - rows["levels"][complete] @ weights
    stated = stated + np.bincount(rows["unit"][complete], unexplained, units)
    innovations = np.bincount(rows["unit"][divided], minlength=units)
    divisor = np.maximum(innovations, int(rules.parameters.divisor_minimum.value or 1))
    low, high = _count_terms(profiles, rules, assumed, counted)
    return RuleSums(
        rules.name,
        at_level,
        unanswered,
        np.bincount(rows["unit"][scored], minlength=units),
        stated,
        divisor.astype(np.float64),
        low,
        high,
        float(rules.parameters.total_maximum.value or 0),
        np.array([group.top_level for group in rules.sid_groups], dtype=np.int64),
    )


def _level_counts(profiles: RegionProfiles, is_levelled: NDArray[np.bool_]) -> tuple[Counts, Counts]:
    unit, levels = profiles.rows["unit"][is_levelled], profiles.rows["levels"][is_levelled]
    groups = profiles.sid_groups
    steps = max(group.top_level for group in groups) + 2
    counts = np.zeros((profiles.count, len(groups), steps), dtype=np.int64)
    for place in range(len(groups)):
        cells = unit * steps + levels[:, place] + 1
        counts[:, place] = np.bincount(cells, minlength=profiles.count * steps).reshape(-1, steps)
    return counts[:, :, 1:], counts[:, :, 0]


def _count_terms(
    profiles: RegionProfiles, rules: Rulebook, assumed: Assumptions, counted: NDArray[np.bool_]
) -> tuple[Values, Values]:
    """The count term if innovations without an affair cover no service, and if each covers another one."""
    rows, units = profiles.rows, profiles.count
    unit, main = rows["unit"][counted], rows["main"][counted]
    covered = np.zeros(units, dtype=np.int64)
    for code in rules.basic_service_affairs:
        covers = main == code
        if assumed.cross_affairs_cover_basic_service:
            covers |= np.array([code in cross.split("|") for cross in rows["cross"][counted]], dtype=bool)
        covered += np.bincount(unit[covers], minlength=units) > 0
    unknown = np.bincount(unit[main == ""], minlength=units)
    numbers = rules.parameters
    count = np.minimum(np.bincount(unit, minlength=units), int(numbers.count_cap.value or 0))
    points = count * float(numbers.count_weight.value or 0)
    required = int(numbers.basic_services_required.value or 0)
    low = np.where(covered >= required, points, 0.0)
    return low, np.where(covered + unknown >= required, points, 0.0)
