"""What the notebook `robustness` may be asked."""

from __future__ import annotations

from pydantic import Field

from reports.pages.compare_cities.parameters import CompareCitiesParameters


class RobustnessParameters(CompareCitiesParameters):
    """Several cities over several editions, and how far what is uncertain may lie."""

    draws: int = Field(10_000, ge=100, le=200_000, description="Number of draws.", examples=["100-200000"])
    seed: int = Field(
        2026, ge=0, description="Seed of the draws: the same seed gives the same figures.", examples=["2026"]
    )
    weight_spread: float = Field(0.25, ge=0, lt=1, description="Spread of weights, 0.25 is +-25 %.", examples=["0.25"])
    level_error: float = Field(0.05, ge=0, le=0.5, description="Share of levels that are one off.", examples=["0.05"])
    city_error: float | None = Field(
        None,
        ge=0,
        le=20,
        description="Error that all answers of a city share, standard deviation in index points; empty: from pairs of "
        "claimed and later scores, or assumed.",
        examples=["1.0"],
    )
