"""Makes the rows of a panel from its sources: the preferred statements, each on its scale, beside the computed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import polars as pl

from analysis.panel.breaks import with_breaks
from analysis.panel.contents import PanelContents
from analysis.panel.panel_sources import KEYS, PanelSources
from analysis.panel.rules import codebook, panel_rules
from analysis.panel.statements import marked_contradictions, preferred
from warehouse.errors import ExitCode, WorkbenchError

ROW = ("region_code", "edition", "is_simulated")


@dataclass(frozen=True)
class Quantity:
    """What statements state: its name in the panel, its columns (the first decides whether it is stated), its scale."""

    name: str
    columns: tuple[str, ...]
    measure: str | None = None

    @property
    def renamed(self) -> dict[str, str]:
        """The columns of a statement by their name in the panel."""
        values = {self.columns[0]: self.name} if self.measure else {column: column for column in self.columns}
        about = {column: f"{self.name}_{column}" for column in ("stage", "confidence", "statement_id")}
        return {column: f"published_{name}" for column, name in {**values, **about}.items()}


@cache
def quantities() -> tuple[Quantity, ...]:
    """Return the quantities of the panel: a score on each of its scales, and what else statements state."""
    return (
        *(Quantity(measure, ("score",), measure) for measure in panel_rules().measures),
        Quantity("predicate", ("predicate",)),
        Quantity("innovation_count", ("innovation_count",)),
        Quantity("rank", ("rank_low", "rank_high", "rank_scope")),
        Quantity("award", ("award",)),
    )


TYPES: dict[str, Any] = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Decimal(12, 2),
    "boolean": pl.Boolean,
}


class PanelAltered(WorkbenchError):
    """A figure of the panel itself was changed before it was written; a deposit must follow from its sources."""

    exit_code = ExitCode.JOIN


def contents_of(sources: PanelSources) -> PanelContents:
    """Return the panel that follows from its sources, from a snapshot or from the files of a deposit alike."""
    statements, published = _published(marked_contradictions(sources.statements))
    rows = sources.region_edition.join(published, on=ROW, how="left")
    rows = rows.join(sources.computed, on=ROW, how="left")
    frame = _typed(with_breaks(rows, sources.breaks)).sort("region_code", "edition", "is_simulated")
    coverage = _coverage(frame)
    if sources.own is not None:
        frame = frame.join(sources.own, on=list(KEYS), how="left", maintain_order="left")
    return PanelContents(frame, statements.sort("region_code", "edition", "statement_id"), coverage, sources)


def sources_with(sources: PanelSources, frame: pl.DataFrame) -> PanelSources:
    """Return the sources of a frame that an own table was joined to, or whose rows are some of the panel's.

    Raises PanelAltered where a column of the panel itself no longer follows from the sources.
    """
    keys = frame.select(KEYS)
    ranges = sources.likely_range
    kept = replace(
        sources,
        region_edition=sources.region_edition.join(keys, on=list(KEYS), how="semi"),
        own=None,
        likely_range=None if ranges is None else ranges.join(keys, on=list(KEYS), how="semi"),
    )
    made = contents_of(kept).frame
    if not made.equals(frame.select(made.columns).sort("region_code", "edition", "is_simulated")):
        changed = [name for name in made.columns if not made[name].equals(frame[name])]
        raise PanelAltered(
            "The column {column} is not as the snapshot gives it",
            next_step="join figures of your own as a table, with a name of their own",
            place="panel.csv",
            column=", ".join(changed) or "region_key",
        )
    own = [name for name in frame.columns if name not in made.columns]
    return replace(kept, own=frame.select(*KEYS, *own).sort(*KEYS)) if own else kept


def score_of_edition(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that have a published score, on the scale of their edition.

    Beside the panel's columns: score, measure (its scale), score_statement_id. Points of a jury are no such score. A
    row with figures on two scales stands twice.
    """
    parts = [
        frame.filter(pl.col(f"published_{measure}").is_not_null()).with_columns(
            pl.col(f"published_{measure}").alias("score"),
            pl.lit(measure).alias("measure"),
            pl.col(f"published_{measure}_statement_id").alias("score_statement_id"),
        )
        for measure in panel_rules().index_measures
    ]
    return pl.concat(parts).sort("region_code", "edition", "is_simulated", "measure")


def _published(statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The statements with what each is preferred for, and one row per region and edition with the preferred values."""
    keys = ["region_code", "edition"]
    rows = statements.group_by(keys).agg(
        pl.len().cast(pl.Int64).alias("statement_count"),
        pl.col("contradiction").drop_nulls().unique().sort().str.join("; ").alias("contradictions"),
    )
    chosen_for = []
    for quantity in quantities():
        of_scale = statements.filter(pl.col("measure") == quantity.measure) if quantity.measure else statements
        chosen = preferred(of_scale, quantity.name, quantity.columns[0])
        chosen_for.append(chosen.select("statement_id", pl.lit(quantity.name).alias("quantity")))
        rows = rows.join(chosen.select(*keys, *quantity.renamed).rename(mapping=quantity.renamed), on=keys, how="left")
    preferred_for = pl.concat(chosen_for).group_by("statement_id").agg(pl.col("quantity").sort().str.join("|"))
    marked = statements.join(preferred_for.rename({"quantity": "is_preferred_for"}), on="statement_id", how="left")
    said = pl.col("contradictions") != ""
    rows = rows.with_columns(
        is_simulated=pl.lit(value=False),
        is_contradicted=said,
        contradictions=pl.when(said).then("contradictions"),
        published_predicate=pl.col("published_predicate").replace_strict(_predicate_codes(), default=None),
    )
    return marked, rows


def _predicate_codes() -> dict[str, str]:
    from warehouse.reference import load_reference

    labels = load_reference("label").filter(pl.col("field") == "predicate")
    return dict(labels.select("label_id", "code").iter_rows())


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of the codebook, in its order and types; counts of nothing are zero, flags of nothing false."""
    book = codebook()
    columns = [
        pl.col(name).cast(TYPES[kind], strict=True).alias(name)
        for name, kind in book.select("column", "type").iter_rows()
    ]
    filled = rows.with_columns(pl.col("statement_count").fill_null(0), pl.col("is_contradicted").fill_null(value=False))
    return filled.select(columns)


def _coverage(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per region (and mark of simulation), a column per edition with the letters of what is known."""
    has_bounds = pl.any_horizontal(
        pl.col(f"{kind}_iid_lower").is_not_null() & pl.col(f"{kind}_iid").is_null() for kind in ("computed", "estimate")
    )
    has_value = pl.any_horizontal(pl.col(f"{kind}_iid").is_not_null() for kind in ("computed", "estimate"))
    has_score = pl.any_horizontal(
        pl.col(f"published_{measure}").is_not_null() for measure in panel_rules().index_measures
    )
    letters = pl.concat_str(
        pl.when(pl.col("statement_count") > 0).then(pl.lit("s")).otherwise(pl.lit("")),
        pl.when(pl.col("published_predicate").is_not_null()).then(pl.lit("p")).otherwise(pl.lit("")),
        pl.when(has_score).then(pl.lit("n")).otherwise(pl.lit("")),
        pl.when(has_value).then(pl.lit("c")).when(has_bounds).then(pl.lit("b")).otherwise(pl.lit("")),
    )
    told = frame.with_columns(known=pl.when(letters == "").then(pl.lit("-")).otherwise(letters))
    return told.pivot(
        on="edition", index=["region_code", "region_name", "is_simulated"], values="known", sort_columns=True
    )
