"""Puts the panel together from a snapshot: one row per region and edition, simulated and real never in one row."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from analysis.panel.contents import PanelContents
from analysis.panel.export import write_panel
from analysis.panel.join import join_table
from analysis.panel.panel_rows import contents_of, sources_with
from analysis.panel.panel_sources import PanelSources, sources_of
from analysis.result import Result
from warehouse.language import DEFAULT_LANGUAGE, Language
from warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Panel(PanelContents):
    """A panel with what makes it checkable, to join with an own table, to write, and to look at in a notebook."""

    def join(self, own: pl.DataFrame, *, region: str, prefix: str, **options: Any) -> Panel:
        """The panel with an own table beside it; options as `join_table` takes them. Raises JoinRefused."""
        return panel_of(
            sources_with(self.sources, join_table(self.frame, own, region=region, prefix=prefix, **options))
        )

    def write(self, folder: str | Path) -> list[Path]:
        """Write the panel as Parquet, CSV and data package, with codebook, breaks and citation; the files."""
        return write_panel(self, Path(folder))

    def as_result(self) -> Result:
        """Return its first columns with what it cannot say, to be looked at."""
        language = Language(os.environ.get("IGA_LANG", DEFAULT_LANGUAGE))
        columns = (
            "region_name",
            "edition",
            "published_iid",
            "published_predicate",
            "published_rank_low",
            "computed_iid",
        )
        shown = {name: name for name in columns if name in self.frame.columns}
        if self.has_simulated:
            shown["is_simulated"] = language("Simulated")
        title = f"{language('Research panel')} · {self.snapshot_id[:12]}"
        return Result(frame=self.frame, title=title, language=language, notes=(self.bias(language),), shown=shown)

    def _repr_html_(self) -> str:
        return self.as_result()._repr_html_()


def read_panel(
    snapshot: Snapshot,
    *,
    cities: Sequence[str] = (),
    editions: Iterable[int] = (),
    has_simulated: bool = False,
    has_computed: bool = True,
    has_ranges: bool = False,
    score: str = "claimed",
) -> Panel:
    """The panel of the regions and editions asked for; without them, of all that a statement or a computation has.

    Every region asked for has a row in every edition in which it stood, so that gaps are seen. Simulated computations
    are left out unless asked for; then they stand in rows of their own, which hold no published figure.
    `has_ranges` adds the likely ranges of computed seasons, as a table apart from the panel. Raises UnknownName for a
    city.
    """
    asked = sources_of(
        snapshot,
        cities=cities,
        editions=editions,
        has_simulated=has_simulated,
        has_computed=has_computed,
        has_ranges=has_ranges,
        score=score,
    )
    return panel_of(asked)


def panel_of(sources: PanelSources) -> Panel:
    """Return the panel that follows from its sources, from a snapshot or from the files of a deposit alike."""
    made = contents_of(sources)
    return Panel(made.frame, made.statements, made.coverage, made.sources)
