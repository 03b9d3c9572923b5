"""What the notebook `own_index` may be asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.composite.own_inputs import EXAMPLE
from analysis.composite.own_results import FEWEST_DRAWS
from reports.pages.parameters import NotebookParameters


class OwnIndexParameters(NotebookParameters):
    """The files of an own index, how its columns are read, and how it is shaken."""

    table: str = Field(EXAMPLE, min_length=1, description="CSV file or workbook of the table; contoh: the example.")
    structure: str = Field("", description="CSV file or workbook of the structure; empty: a sheet of the table's.")
    recipe: str = Field("", description="TOML file of the recipe; empty: the default one.")
    unit: str = Field("", description="Column of units; empty: the first one.")
    decimal: Literal["", ".", ","] = Field("", description="Decimal mark; empty: found by itself.", examples=[".", ","])
    correlation: Literal["pearson", "spearman", "kendall"] = Field("pearson", description="Which correlation.")
    least_share: float = Field(0.0, ge=0, le=1, description="Units with a smaller share of values are left out.")
    units: list[str] = Field([], description="Units that are shown in full; empty: the best three.")
    draws: int = Field(1000, ge=FEWEST_DRAWS, le=200_000, description="Number of draws.", examples=["100-200000"])
    seed: int = Field(2026, ge=0, description="Seed of the draws: the same seed gives the same figures.")
