"""Gives the files of a simulated region what cities have in common with themselves: practice, quality, linked editions.

Without it every level of an inbox is drawn by itself, so that cities differ by chance alone. The model and its spreads
are those of `simulation.hidden_truth`; here each draw has a name: a season is the same whatever else is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from random import Random

import numpy as np

from etl.values.columns import EditionScale
from iga.rules.parts import Group
from simulation.hidden_truth import answered_levels, levels_of, spreads


@dataclass(frozen=True)
class CityEffects:
    """What one region does over the editions of a simulation, from its first one on."""

    seed: int
    region_code: str
    first_edition: int

    @cached_property
    def _links(self) -> dict[str, float]:
        return dict(spreads()["editions"])

    def origin(self, edition: int, serial: int) -> int:
        """Return the edition in which an innovation of an edition stood first: most are carried on."""
        while edition > self.first_edition:
            if self._random("carried", edition, serial).random() >= self._links["carried"]:
                break
            edition -= 1
        return edition

    def naming(self, edition: int, serial: int) -> Random:
        """Return the draws that name an innovation: the same in every edition that it stands in."""
        return self._random("title", self.origin(edition, serial), serial)

    def levels(self, edition: int, count: int, scale: EditionScale) -> list[dict[str, int]]:
        """Return the levels of the innovations of a season, by indicator number, each at most its top level."""
        numbers, answers = list(scale.weights), spreads()["answers"]
        overall = answers["city"] * self._kept("city", edition)
        by_indicator = np.array(
            [
                answers["practice"] * self._kept(f"practice {number}", edition)
                - answers["difficulty"] * Random(f"{self.seed}|difficulty|{number}").gauss(0, 1)  # noqa: S311 - no secret
                for number in numbers
            ]
        )
        quality = np.array([self._quality(edition, serial) for serial in range(1, count + 1)])
        random = self._random("answers", edition)
        noise = np.array([[random.gauss(0, 1) for _ in numbers] for _ in range(count)])
        drawn = answered_levels(overall, by_indicator, quality, noise)
        return [
            {number: min(int(level), scale.top_of(number)) for number, level in zip(numbers, row, strict=True)}
            for row in drawn
        ]

    def spd_levels(self, edition: int, groups: tuple[Group, ...]) -> dict[str, int]:
        """Return the levels of the lines of the SPD: some are measured anew in each edition, the others stay."""
        spd = spreads()["spd"]
        overall, found = spd["city"] * self._random("spd").gauss(0, 1), {}
        for group in groups:
            measured = edition
            while measured > self.first_edition:
                if self._random("spd changed", measured, group.number).random() < spd["changed"]:
                    break
                measured -= 1
            latent = overall + self._random("spd line", measured, group.number).gauss(0, 1)
            found[group.number] = min(int(levels_of(np.array(latent), np.array(spd["cuts"]))), group.top_level)
        return found

    def _quality(self, edition: int, serial: int) -> float:
        """The quality of an innovation: kindred to that of the edition before, as long as it stands."""
        origin, kept = self.origin(edition, serial), self._links["quality_kept"]
        value = self._random("quality", origin, serial).gauss(0, 1)
        for year in range(origin + 1, edition + 1):
            value = kept * value + sqrt(1 - kept**2) * self._random("quality", year, serial).gauss(0, 1)
        return value

    def _kept(self, name: str, edition: int) -> float:
        """What a city does at something: mostly as in the edition before."""
        kept = self._links["city_kept"]
        value = self._random(name, self.first_edition).gauss(0, 1)
        for year in range(self.first_edition + 1, edition + 1):
            value = kept * value + sqrt(1 - kept**2) * self._random(name, year).gauss(0, 1)
        return value

    def _random(self, *names: str | int) -> Random:
        key = "|".join(map(str, (self.seed, self.region_code, *names)))
        return Random(key)  # noqa: S311 - no secret
