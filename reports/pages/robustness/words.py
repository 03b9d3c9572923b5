"""What the page on robustness says first: how many pairs have a certain order, which is least certain, what decides."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.robustness.charts import factor_label
from reports.pages.robustness.figures import RobustnessReport

CERTAIN = 0.95
"""From this probability on an order is called certain."""


def opening(report: RobustnessReport) -> Block:
    """Return the message of the page."""
    return message(_sentences(report), report.language, is_simulated=report.is_simulated)


def _sentences(report: RobustnessReport) -> Iterator[str | None]:
    _ = report.language
    rows = report.labelled(pl.DataFrame(report.analysis.claims.above())).filter(pl.col("probability") >= 0.5)
    if rows.is_empty():
        return
    certain = rows.filter(pl.col("probability") >= CERTAIN).height
    text = _.ngettext(
        "Of {total} pairs of cities, {count} has an order that holds in at least {share} of the draws.",
        "Of {total} pairs of cities, {count} have an order that holds in at least {share} of the draws.",
        certain,
    )
    yield text.format(total=_.whole(rows.height), count=_.whole(certain), share=f"{_.number(CERTAIN * 100, 0)}%")
    least = rows.sort("probability", "edition", "city").row(0, named=True)
    if least["probability"] < CERTAIN:
        text = _("The least certain: {city} above {other} in {edition}, with a probability of {share}.")
        share = f"{_.number(least['probability'] * 100, 1)}%"
        yield text.format(city=least["city"], other=least["other_city"], edition=least["edition"], share=share)
    factors = pl.DataFrame(report.analysis.factors).drop_nulls("rank_change_share")
    if not factors.is_empty():
        strongest = factors.sort("rank_change_share", "factor", descending=[True, False]).row(0, named=True)
        yield _("What moves ranks most: {factor}.").format(factor=factor_label(strongest["factor"], _))
