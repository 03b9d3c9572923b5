"""How sure the ranking of several cities is: draws, claims, dominance and sensitivity, ready for charts and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.index.level_profiles import read_profiles, units_of
from analysis.index.score_pairs import Calibration, calibrate
from iga.robustness import (
    BreakEven,
    IndexUncertainty,
    RegionProfiles,
    Robustness,
    WeightPerturbation,
    analyse_robustness,
    break_even,
    dominance,
    drivers_of,
    leave_one_out,
    stated_errors,
)
from iga.robustness.weights import total_maximum_of
from reports.pages.robustness.parameters import RobustnessParameters
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.region import region_of_code

UNSTATED_RULES = {"rejected_in_divisor": (True, False), "other_stages_in_divisor": (False, True)}
"""Switches that no source states for the current edition (see `iga rules`): both answers are tested."""


@dataclass(frozen=True)
class RobustnessReport:
    """What a report on robustness shows; frames have one row per unit (city and edition) unless they say otherwise.

    `calibration`: what pairs of scores say of errors; `rests_on`: how far each assumption of a claim may move;
    `drivers`: which factor moves ranks, and beside them the index.
    """

    snapshot: dict[str, Any]
    analysis: Robustness
    calibration: Calibration
    rests_on: BreakEven
    units: pl.DataFrame
    drivers: pl.DataFrame
    always: pl.DataFrame
    within: pl.DataFrame
    left_out: pl.DataFrame
    parameters: RobustnessParameters
    language: Language

    @property
    def is_simulated(self) -> bool:
        """Whether any unit comes from simulated files."""
        return bool(self.units["is_simulated"].any())

    @property
    def rulebook(self) -> str:
        """The rulebook that all units stand under."""
        return str(self.analysis.model.profiles.rulebook.name)

    @property
    def is_estimate(self) -> bool:
        """Whether any unit stands under the rules of another edition."""
        return any(str(edition) != self.rulebook for edition in self.units["edition"].unique())

    @property
    def city_error(self) -> float:
        """The error that a city shares, as drawn, in index points."""
        return self.analysis.model.uncertainty.city_error

    @property
    def is_calibrated(self) -> bool:
        """Whether the errors are fitted to pairs of scores rather than assumed or asked for."""
        return self.parameters.city_error is None and self.calibration.chosen is not None

    @property
    def source_line(self) -> str:
        """Where the figures come from, with rulebook, draws and seed."""
        return self.language(
            "Source: files of the cities, rules {rulebook}, {draws} draws, seed {seed}; snapshot {snapshot}"
        ).format(
            rulebook=self.rulebook,
            draws=self.language.whole(self.analysis.claims.draws),
            seed=self.analysis.seed,
            snapshot=str(self.snapshot["snapshot_id"])[:12],
        )

    def labelled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with `city`, the short name of its region_code (and `other_city` where there is another)."""
        pairs = {"region_code": "city", "other_region_code": "other_city"}
        return frame.with_columns(
            pl.Series(label, [region_of_code(code).name for code in frame[column]], dtype=pl.String)
            for column, label in pairs.items()
            if column in frame.columns
        )


def open_robustness(parameters: RobustnessParameters) -> RobustnessReport:
    """Read the snapshot that the parameters name, analyse, and close it again."""
    with open_snapshot(parameters.snapshot or None) as snapshot:
        return read_robustness(snapshot, parameters)


def read_robustness(snapshot: Snapshot, parameters: RobustnessParameters) -> RobustnessReport:
    """The analysis of the cities and editions that the parameters name, each edition ranked on its own."""
    profiles = read_profiles(
        snapshot,
        cities=parameters.cities,
        editions=parameters.editions,
        score=parameters.score,
        rulebook=parameters.rulebook or None,
    )
    uncertainty, calibration = uncertainty_of(snapshot, profiles, parameters)
    analysis = analyse_robustness(profiles, uncertainty, draws=parameters.draws, seed=parameters.seed)
    return RobustnessReport(
        snapshot=snapshot.facts,
        analysis=analysis,
        calibration=calibration,
        rests_on=break_even(analysis),
        units=units_of(profiles),
        drivers=pl.DataFrame(drivers_of(analysis, samples=1000, seed=parameters.seed)),
        always=pl.DataFrame(dominance(profiles, rules=UNSTATED_RULES)),
        within=pl.DataFrame(dominance(profiles, percent=parameters.weight_spread, rules=UNSTATED_RULES)),
        left_out=pl.DataFrame(leave_one_out(profiles, by="variable")),
        parameters=parameters,
        language=Language(parameters.lang),
    )


def uncertainty_of(
    snapshot: Snapshot, profiles: RegionProfiles, parameters: RobustnessParameters
) -> tuple[IndexUncertainty, Calibration]:
    """Return what is uncertain, and what pairs of scores say of errors.

    Errors are those that were asked for, else fitted to pairs, else what `error_model.toml` assumes.
    """
    is_simulated = any(bool(mark) for mark in profiles.units["is_simulated"])
    calibration = calibrate(snapshot, profiles.rulebook, is_simulated=is_simulated)
    assumed = IndexUncertainty(
        weights=WeightPerturbation("percent", indicator=parameters.weight_spread),
        rules=UNSTATED_RULES,
        level_error=parameters.level_error,
        city_error=stated_errors().city_error if parameters.city_error is None else parameters.city_error,
    )
    if parameters.city_error is not None or calibration.chosen is None:
        return assumed, calibration
    return calibration.chosen.applied_to(assumed, total_maximum_of(profiles.rulebook)), calibration
