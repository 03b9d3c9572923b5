"""How sure the ranking of several cities is: draws, claims, dominance and sensitivity, ready for charts and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.index.level_profiles import read_profiles, units_of
from iga.robustness import (
    IndexUncertainty,
    Robustness,
    WeightPerturbation,
    analyse_robustness,
    dominance,
    leave_one_out,
    sobol_of_robustness,
)
from reports.pages.robustness.parameters import RobustnessParameters
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.region import region_of_code

UNSTATED_RULES = {"rejected_in_divisor": (True, False), "other_stages_in_divisor": (False, True)}
"""Switches that no source states for the current edition (see `iga rules`): both answers are tested."""


@dataclass(frozen=True)
class RobustnessReport:
    """What a report on robustness shows; frames have one row per unit (city and edition) unless they say otherwise."""

    snapshot: dict[str, Any]
    analysis: Robustness
    units: pl.DataFrame
    sensitivity: pl.DataFrame
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
    uncertainty = IndexUncertainty(
        weights=WeightPerturbation("percent", indicator=parameters.weight_spread),
        rules=UNSTATED_RULES,
        level_error=parameters.level_error,
    )
    analysis = analyse_robustness(profiles, uncertainty, draws=parameters.draws, seed=parameters.seed)
    return RobustnessReport(
        snapshot=snapshot.facts,
        analysis=analysis,
        units=units_of(profiles),
        sensitivity=pl.DataFrame(sobol_of_robustness(analysis, samples=1000, seed=parameters.seed)),
        always=pl.DataFrame(dominance(profiles)),
        within=pl.DataFrame(dominance(profiles, percent=parameters.weight_spread)),
        left_out=pl.DataFrame(leave_one_out(profiles, by="variable")),
        parameters=parameters,
        language=Language(parameters.lang),
    )
