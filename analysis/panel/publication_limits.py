"""What a panel of published figures cannot say: who publishes, which regions compare, what selection leaves open."""

from __future__ import annotations

from itertools import combinations

import polars as pl

from analysis.panel.rules import panel_rules
from warehouse.language import Language

COUNTED = ("very_innovative", "innovative", "less_innovative")
"""The predicates that national counts are known of; a region that cannot be assessed has none of them."""
SCALE_ENDS = (0, 100)
"""The ends of the index, which an unpublished one cannot leave."""


def bias_table(frame: pl.DataFrame, national: pl.DataFrame) -> pl.DataFrame:
    """Return how the panel's published predicates compare with the nation's, like with like: by edition and kind.

    Columns: edition, region_type (`all`, or the panel's only kind where the nation's is known), published_count,
    published_good, national_count, national_good; the national ones are null where they are not known. Editions are
    never added up, since a predicate of one is not that of another.
    """
    said = frame.filter(pl.col("published_predicate").is_in(COUNTED))
    kinds = said["region_type"].unique().to_list()
    only = kinds[0] if len(kinds) == 1 else "all"
    counted = (
        said.group_by("edition")
        .agg(
            pl.len().cast(pl.Int64).alias("published_count"),
            (pl.col("published_predicate") == "very_innovative").sum().cast(pl.Int64).alias("published_good"),
        )
        .sort("edition")
    )
    known = national.rename({"good": "national_good", "count": "national_count"})
    by_kind = known.filter(pl.col("region_type") == only)
    rest = known.filter((pl.col("region_type") == "all") & ~pl.col("edition").is_in(by_kind["edition"].to_list()))
    compared = counted.join(
        pl.concat([by_kind, rest]).unique("edition"), on="edition", how="left", maintain_order="left"
    )
    return compared.with_columns(pl.col("region_type").fill_null("all")).select(
        "edition", "region_type", "published_count", "published_good", "national_count", "national_good"
    )


def selection_bounds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the bounds of the mean index of the panel's regions by edition, nothing assumed about the unpublished.

    Columns: edition, region_count, published_count, published_mean, mean_lower, mean_upper (0 to 100; an unpublished
    index counts as 0 below and as 100 above, the worst-case bounds of Manski 1989), and is_apart_from_before: whether
    they do not overlap with those of the edition before, so that a trend has a sign. Editions without a published index
    have no row.
    """
    low, high = SCALE_ENDS
    unknown = pl.col("region_count") - pl.col("published_count")
    total = pl.col("_sum").cast(pl.Float64)
    bounds = (
        frame.filter(~pl.col("is_simulated"))
        .group_by("edition")
        .agg(
            pl.len().cast(pl.Int64).alias("region_count"),
            pl.col("published_iid").count().cast(pl.Int64).alias("published_count"),
            pl.col("published_iid").sum().alias("_sum"),
        )
        .filter(pl.col("published_count") > 0)
        .sort("edition")
        .with_columns(
            (total / pl.col("published_count")).round(2).alias("published_mean"),
            ((total + unknown * low) / pl.col("region_count")).round(2).alias("mean_lower"),
            ((total + unknown * high) / pl.col("region_count")).round(2).alias("mean_upper"),
        )
    )
    apart = (pl.col("mean_lower") > pl.col("mean_upper").shift(1)) | (
        pl.col("mean_upper") < pl.col("mean_lower").shift(1)
    )
    follows = pl.col("edition") == pl.col("edition").shift(1) + 1
    return bounds.drop("_sum").with_columns((apart & follows).fill_null(value=False).alias("is_apart_from_before"))


def comparable_pairs(frame: pl.DataFrame) -> tuple[int, int]:
    """Return how many pairs of regions have a published score on one scale in one edition, and how many there are."""
    real = frame.filter(~pl.col("is_simulated"))
    found: set[tuple[str, str]] = set()
    for measure in panel_rules().index_measures:
        scored = real.filter(pl.col(f"published_{measure}").is_not_null())
        for (_edition,), rows in scored.group_by("edition"):
            found |= set(combinations(sorted(rows["region_code"]), 2))
    count = real["region_code"].n_unique()
    return len(found), count * (count - 1) // 2


def bias_told(frame: pl.DataFrame, national: pl.DataFrame, language: Language) -> str:
    """Return what is known of who publishes, with the panel's own counts beside the national ones by edition."""
    rules = panel_rules().bias
    is_indonesian = language.code == "id"
    compared = bias_table(frame, national)
    template = rules.edition_id if is_indonesian else rules.edition_en
    parts = []
    for row in compared.drop_nulls("national_count").iter_rows(named=True):
        kind = row["region_type"]
        facts = {name: language.whole(value) for name, value in row.items() if name not in ("edition", "region_type")}
        told = "" if kind == "all" else f" ({language.label('region_type', kind).casefold()})"
        parts.append(
            template.format(
                edition=row["edition"], of=told, good=facts["published_good"], count=facts["published_count"],
                national_good=facts["national_good"], national_count=facts["national_count"],
            )
        )  # fmt: skip
    editions = frame["edition"].to_list()
    return (rules.text_id if is_indonesian else rules.text_en).format_map(
        {
            "count": language.whole(int(compared["published_count"].sum())),
            "good": language.whole(int(compared["published_good"].sum())),
            "from": min(editions),
            "to": max(editions),
            "by_edition": "; ".join(parts) or (rules.none_id if is_indonesian else rules.none_en),
        }
    )


def limits_told(frame: pl.DataFrame, language: Language) -> tuple[str, str]:
    """Return two sentences: which regions published figures compare, and what selection leaves of a trend."""
    rules, code = panel_rules().limits, language.code
    comparable, pairs = comparable_pairs(frame)
    name = "pairs" if comparable else "no_pairs"
    first = getattr(rules, f"{name}_{code}").format(comparable=language.whole(comparable), pairs=language.whole(pairs))
    bounds = selection_bounds(frame)
    if bounds.is_empty():
        return first, getattr(rules, f"no_selection_{code}")
    widest = bounds.sort(pl.col("mean_upper") - pl.col("mean_lower"), "edition", descending=[True, True]).row(
        0, named=True
    )
    second = getattr(rules, f"selection_{code}").format(
        edition=widest["edition"], lower=language.number(widest["mean_lower"]),
        upper=language.number(widest["mean_upper"]), published=language.whole(widest["published_count"]),
        regions=language.whole(widest["region_count"]),
    )  # fmt: skip
    return first, second
