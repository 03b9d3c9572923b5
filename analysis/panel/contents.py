"""What a panel holds, and what is said of it: its rows, the statements behind them, coverage, bias."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analysis.panel.rules import panel_rules
from warehouse.language import Language


@dataclass(frozen=True)
class PanelContents:
    """A panel with what makes it checkable: `frame` by region and edition, the `statements` behind it, `coverage`.

    `frame` has the columns of the codebook; `statements` the published statements with `is_preferred_for` (quantities,
    joined by `|`); `coverage` one row per region with a column per edition: s statement, p predicate, n number, c
    computed (single value), b computed (bounds), - nothing.
    """

    frame: pl.DataFrame
    statements: pl.DataFrame
    coverage: pl.DataFrame
    snapshot_id: str
    software_version: str
    has_simulated: bool
    national: pl.DataFrame
    state: str
    """The snapshot's id, and the day that the panel is as of where it is not now."""

    @property
    def editions(self) -> tuple[int, int]:
        """The first and the last edition."""
        editions = self.frame["edition"].to_list()
        return min(editions), max(editions)

    def bias(self, language: Language) -> str:
        """What the panel cannot say, with its own counts beside the national ones."""
        rules = panel_rules().bias
        said = self.frame.filter(pl.col("published_predicate").is_not_null())
        good = said.filter(pl.col("published_predicate") == "very_innovative").height
        national = self.national
        national_good = int(national["good"].sum())
        national_count = int(national["count"].sum())
        text = rules.text_id if language.code == "id" else rules.text_en
        first, last = self.editions
        return text.format_map(
            {
                "count": language.whole(said.height),
                "from": first,
                "to": last,
                "good": language.whole(good),
                "share": language.whole(round(100 * good / said.height)) if said.height else "–",
                "national_editions": ", ".join(str(edition) for edition in national["edition"]) or "–",
                "national_good": language.whole(national_good),
                "national_count": language.whole(national_count),
                "national_share": language.whole(round(100 * national_good / national_count))
                if national_count
                else "–",
            }
        )
