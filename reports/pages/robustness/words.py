"""What the page on robustness says first: how many orders hold, which claim is weakest, what decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.robustness.charts import factor_label
from reports.pages.robustness.figures import RobustnessReport
from reports.pages.robustness.tables import THRESHOLD, city_error_limits

CERTAIN = 0.95
"""From this share of the draws on an order is counted as one that holds."""


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
    weakest = city_error_limits(report).sort("probability", "edition", "city").row(0, named=True)
    yield _weakest(report, weakest)
    drivers = report.drivers.filter(pl.col("measure") == "rank", pl.col("is_applicable"))
    if not drivers.is_empty():
        strongest = drivers.sort("total", "factor", descending=[True, False]).row(0, named=True)
        yield _("What moves ranks most: {factor}.").format(factor=factor_label(strongest["factor"], _))


def _weakest(report: RobustnessReport, claim: dict[str, Any]) -> str:
    """The weakest claim, what it assumes, and the shared error at which it falls."""
    _ = report.language
    named = {"city": claim["city"], "other": claim["other_city"], "edition": claim["edition"]}
    numbers = {
        "share": f"{_.number(claim['probability'] * 100, 0)}%",
        "error": _.number(report.city_error),
        "threshold": f"{_.number(THRESHOLD * 100, 0)}%",
        "limit": _.number(claim["holds_to"] or 0),
    }
    if claim["holds_to"] is None:
        text = _(
            "The weakest claim: {city} above {other} in {edition}, {share} with an error of {error} points that "
            "a city shares; it stays below {threshold} even without such an error."
        )
    elif claim["is_open"]:
        text = _(
            "The weakest claim: {city} above {other} in {edition}, {share} with an error of {error} points that "
            "a city shares; no such error up to {limit} points brings it below {threshold}."
        )
    else:
        text = _(
            "The weakest claim: {city} above {other} in {edition}, {share} with an error of {error} points that "
            "a city shares; it falls below {threshold} once that error exceeds {limit} points."
        )
    return text.format(**named, **numbers)
