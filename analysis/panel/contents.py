"""What a panel holds, and what is said of it: its rows, the statements behind them, coverage, bias, limits."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analysis.panel.panel_sources import PanelSources
from analysis.panel.publication_limits import bias_told, limits_told
from analysis.panel.rules import Break
from warehouse.language import Language


@dataclass(frozen=True)
class PanelContents:
    """A panel with what makes it checkable: `frame` by region and edition, the `statements` behind it, `coverage`.

    `frame` has the columns of the codebook; `statements` the published statements with `contradiction` and
    `is_preferred_for` (quantities, joined by `|`); `coverage` one row per region with a column per edition, in which s
    is statement, p predicate, n score, c computed (single value), b computed (bounds), - nothing. `sources` are the
    tables that all this follows from.
    """

    frame: pl.DataFrame
    statements: pl.DataFrame
    coverage: pl.DataFrame
    sources: PanelSources

    @property
    def snapshot_id(self) -> str:
        """The snapshot that the panel was made from."""
        return self.sources.about.snapshot_id

    @property
    def software_version(self) -> str:
        """The version of the software that published the snapshot."""
        return self.sources.about.software_version

    @property
    def has_simulated(self) -> bool:
        """Whether simulated rows were asked for."""
        return self.sources.about.has_simulated

    @property
    def state(self) -> str:
        """The snapshot's id, and the day that the panel is as of where it is not now."""
        return self.sources.about.state

    @property
    def national(self) -> pl.DataFrame:
        """National counts of predicates: edition, region_type, good, count."""
        return self.sources.national

    @property
    def breaks(self) -> tuple[Break, ...]:
        """The breaks in method, the earliest first."""
        return self.sources.breaks

    @property
    def breaks_within(self) -> tuple[Break, ...]:
        """The breaks that lie between two of the panel's editions."""
        first, last = self.editions
        return tuple(each for each in self.breaks if first <= each.between[0] and each.between[1] <= last)

    @property
    def editions(self) -> tuple[int, int]:
        """The first and the last edition."""
        editions = self.frame["edition"].to_list()
        return min(editions), max(editions)

    @property
    def year(self) -> int:
        """The year of the panel: of the latest file that its snapshot had received, else of its last edition."""
        day = self.sources.about.made_on
        return self.editions[1] if day is None else day.year

    def bias(self, language: Language) -> str:
        """What is known of who publishes, with the panel's own counts beside the national ones of the same edition."""
        return bias_told(self.frame, self.national, language)

    def limits(self, language: Language) -> tuple[str, str]:
        """Which regions published figures compare, and what selection leaves of a trend."""
        return limits_told(self.frame, language)
