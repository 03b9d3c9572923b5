"""The choices that turn a table into an index: one recipe for all, and another step for any indicator or node."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from narwhals.typing import IntoDataFrame

from iga.composite.table import IndicatorTable, Values

RANK_PLACES = 9
"""Scores that agree to nine places are equal: they differ by the order of additions only."""
SKEWNESS_LIMIT = 2.0
KURTOSIS_LIMIT = 3.5
"""Outliers are assumed where |skewness| and kurtosis both pass these limits (JRC / OECD Handbook, 2008)."""
MOST_WINSORISED = 5

Imputer: TypeAlias = Callable[[IndicatorTable[IntoDataFrame]], Values]
"""Own imputation: the table in, a matrix of its shape out, of which only the missing cells are taken."""
Normaliser: TypeAlias = Callable[[Values], Values]
"""Own normalisation of one indicator: its values (times -1 where lower is better) in, scores out."""
Aggregator: TypeAlias = Callable[[Values, Values], Values]
"""Own aggregation of one node: units x children (NaN: missing) and weights that sum to 1 in, one score per unit out."""


@dataclass(frozen=True)
class Treatment:
    """How the outliers of one indicator are treated, and from which skewness and kurtosis on.

    `method` is one of `OUTLIER_TREATMENTS` or `none`; `most_winsorised` the most steps that pull a value to its
    neighbour; `power` the exponent of a Box-Cox transformation, estimated by maximum likelihood without one.
    """

    method: str
    skewness: float = SKEWNESS_LIMIT
    kurtosis: float = KURTOSIS_LIMIT
    most_winsorised: int = MOST_WINSORISED
    power: float | None = None


@dataclass(frozen=True)
class Normalisation:
    """How one indicator is brought onto the scale of the index; None takes what the recipe says for all.

    `transform` (`log`, `boxcox`) is applied before, to values and goalposts, target and reference alike: the income of
    the Human Development Index is `Normalisation("goalposts", transform="log", goalposts=(100, 75000))`. Goalposts and
    target are in the indicator's own unit; `reference` is a unit of the table; `centre` and `spread` are the mean and
    the standard deviation that z-scores get, from the sample's deviation or, if `is_population`, the population's;
    `power` is the exponent of Box-Cox, estimated by maximum likelihood without one.
    """

    method: str
    scale: tuple[float, float] | None = None
    transform: str = "identity"
    goalposts: tuple[float, float] | None = None
    target: float | None = None
    reference: Hashable = None
    centre: float = 0.0
    spread: float = 1.0
    is_population: bool = False
    power: float | None = None


@dataclass(frozen=True)
class Aggregation:
    """How one node is made of its children: a method of `AGGREGATIONS` with its own options.

    `exponent` is that of the generalised mean. `penalty` is the sign of Mazziotta and Pareto's penalty: -1 where a high
    index is good, 1 where it is bad; their deviation is that of all children, or with `is_sample` that of a sample of
    them (the R package Compind). `least_share` and `most_share` bound what one child may give to a score under
    benefit of the doubt, as a share of it.
    """

    method: str
    exponent: float | None = None
    penalty: float = -1.0
    is_sample: bool = False
    least_share: float = 0.0
    most_share: float = 1.0


AnyImputation: TypeAlias = str | Imputer
AnyNormalisation: TypeAlias = str | Normalisation | Normaliser
AnyAggregation: TypeAlias = str | Aggregation | Aggregator


@dataclass(frozen=True)
class Recipe:
    """Every choice that turns a table into an index, each by its name; None leaves a step out.

    `imputation`, `outliers`, `normalisation` hold for every indicator for which `imputations`, `treatments`,
    `normalisations` name no other; `none` in one of the latter leaves the step out for that indicator. `aggregation` is
    one for all nodes, or one per node (those not named are arithmetic). `least_available` is the least share of its
    weight that a node needs. `groups` gives each unit's group for imputation. Scores are rounded to `rank_places`
    before they are ranked (None: rounding noise alone is removed). `iga.composite.recipe_toml` writes a recipe down.
    """

    imputation: AnyImputation | None = None
    outliers: str | None = None
    normalisation: str = "minmax"
    scale: tuple[float, float] = (1.0, 100.0)
    targets: Mapping[str, float] | None = None
    goalposts: Mapping[str, tuple[float, float]] | None = None
    weights: str = "given"
    weight_targets: Mapping[str, float] | None = None
    aggregation: AnyAggregation | Mapping[str, AnyAggregation] = "arithmetic"
    exponent: float | None = None
    least_available: float = 0.0
    groups: Mapping[str, Hashable] | Mapping[int, Hashable] | None = None
    imputations: Mapping[str, AnyImputation] | None = None
    treatments: Mapping[str, str | Treatment] | None = None
    normalisations: Mapping[str, AnyNormalisation] | None = None
    rank_places: int | None = RANK_PLACES
