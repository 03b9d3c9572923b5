"""What is uncertain about an index, and what is taken for granted where nobody has measured it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from iga.errors import RobustnessInvalid
from iga.robustness.weights import WeightPerturbation

RuleLevel = bool | int | str | tuple[str, ...]
"""A value of a switch, or the name of a rulebook, that is tested."""


@dataclass(frozen=True)
class StatedErrors:
    """What `error_model.toml` states: assumed values, their ranges, and how far assumptions are moved.

    `city_error` and `city_error_range` in index points; `missing_dependence` a correlation; `steps` by the name of an
    assumption, from the mildest to the strongest.
    """

    city_error: float
    city_error_range: tuple[float, ...]
    missing_dependence: float
    fewest_cities: int
    fewest_innovations: int
    thresholds: tuple[float, ...]
    city_error_most: float
    break_even_draws: int
    steps: Mapping[str, tuple[float, ...]]


@cache
def stated_errors() -> StatedErrors:
    """Return what `iga/robustness/error_model.toml` states."""
    text = files("iga.robustness").joinpath("error_model.toml").read_text(encoding="utf-8")
    stated = tomllib.loads(text)
    moved = stated["break_even"]
    return StatedErrors(
        stated["city_error"]["assumed"],
        tuple(stated["city_error"]["range"]),
        stated["missing"]["dependence"],
        stated["fit"]["fewest_cities"],
        stated["fit"]["fewest_innovations"],
        tuple(moved["thresholds"]),
        moved["city_error_most"],
        moved["draws"],
        {name: tuple(steps) for name, steps in moved["steps"].items()},
    )


@dataclass(frozen=True)
class IndexUncertainty:
    """What is uncertain. None, an empty mapping or 0 leaves a factor at its given value.

    `weights`: how far indicator weights may lie. `rules`: levels of each switch, by the name of an assumption, or
    `rulebook` with names of rulebooks; every combination is equally likely.

    Errors of scores have three parts, each drawn on its own. `city_error`: the standard deviation, in index points, of
    an error that all answers of a city in one edition share (its reviewers, its practice); it does not average out.
    `innovation_error`: that of an error of one innovation's maturity, in maturity points. `level_error`: the
    probability that an answered level is one too high or too low (half each). They can be fitted to pairs of scores
    (`fit_errors`); where there are none, `stated_errors` has the range to show.

    `is_missing_drawn`: unanswered levels, an absent SPD and unknown affairs are drawn from all that they may be;
    otherwise they stay at their lower bound. What is missing of a city in one edition follows its practice: the latent
    answers correlate by `missing_dependence` (0 independent, 1 all alike), and where the practice lies is drawn evenly.
    Editions of one city are drawn apart. Innovations in quarantine come with the profiles at their lower end, and are
    not drawn.
    """

    weights: WeightPerturbation | None = field(default_factory=WeightPerturbation)
    rules: Mapping[str, Sequence[RuleLevel]] = field(default_factory=dict)
    level_error: float = 0.0
    is_missing_drawn: bool = True
    city_error: float = 0.0
    innovation_error: float = 0.0
    missing_dependence: float = field(default_factory=lambda: stated_errors().missing_dependence)

    def __post_init__(self) -> None:
        for name, most, fix in (
            ("level_error", 0.5, "Write 0.05 for 1 in 20."),
            ("missing_dependence", 1.0, "Write 0.8 where most of what is missing follows the city's practice."),
            ("city_error", 100.0, "Write a standard deviation in index points, such as 1."),
            ("innovation_error", 100.0, "Write a standard deviation in maturity points, such as 5."),
        ):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise RobustnessInvalid(
                    "{value} is not between 0 and {most:g}.", place="{name}", fix=fix, value=value, most=most, name=name
                )
        for name, levels in self.rules.items():
            if not levels:
                raise RobustnessInvalid(
                    "it has no levels.", place="rule {name}", fix="Name the levels to test.", name=name
                )
