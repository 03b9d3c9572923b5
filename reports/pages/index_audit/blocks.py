"""Takes the index through a statistical audit: innovations as units for its indicators, cities for its ranking."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis import open_snapshot
from analysis.panel.breaks import breaks_of
from analysis.panel.rules import Break
from iga.composite import (
    AuditLimits,
    Check,
    Hierarchy,
    IndicatorTable,
    Recipe,
    audit_indicators,
    audit_ranking,
    audit_years,
    hierarchy_of,
)
from iga.composite.audit import Verdict
from iga.robustness import RegionProfiles
from reports.blocks.block import Block
from reports.blocks.content import Card, Cards, Facts, Quantity
from reports.blocks.tables import Column, table
from reports.pages.robustness.figures import RobustnessReport, read_robustness
from reports.pages.robustness.parameters import RobustnessParameters
from warehouse.language import Language

TOPICS = (
    "structure", "coverage", "outliers", "normalisation", "correlation", "consistency", "weights", "monte_carlo",
    "claims", "years",
)  # fmt: skip
SHOWN_OFFENDERS = 6
LEAST_COVERAGE = AuditLimits().coverage


@dataclass(frozen=True)
class IndexAudit:
    """The checks of an index, in order, and the robustness analysis that some of them rest on."""

    checks: tuple[Check, ...]
    robustness: RobustnessReport
    innovation_count: int

    @property
    def language(self) -> Language:
        """The reader's language."""
        return self.robustness.language


def open_audit(parameters: RobustnessParameters) -> IndexAudit:
    """Read the snapshot that the parameters name, audit its index, and close it again."""
    with open_snapshot(parameters.snapshot or None) as snapshot:
        return audit_of(read_robustness(snapshot, parameters), breaks_of(snapshot))


def audit_of(report: RobustnessReport, known_breaks: Sequence[Break]) -> IndexAudit:
    """The audit of the index that a robustness report analyses, by the breaks in method that are known."""
    profiles = report.analysis.model.profiles
    table_, hierarchy, constants = innovation_table(profiles)
    # The index adds levels up as they are, so that is how its indicators are audited.
    as_computed = Recipe(normalisation="identity")
    found = audit_indicators(table_, hierarchy, recipe=as_computed, constants=constants)
    checks = [*found, _with_levels(report)]
    checks += audit_ranking(*_certainty(report))
    editions = sorted({int(edition) for edition in report.units["edition"]})
    breaks = [b for b in known_breaks if editions[0] <= b.between[0] and b.between[1] <= editions[-1]]
    told = {broken: f"{broken.between[0]}|{broken.between[1]}" for broken in breaks}
    checks += audit_years(
        [name for broken, name in told.items() if broken.is_refused and "score" in broken.affects],
        [name for broken, name in told.items() if not (broken.is_refused and "score" in broken.affects)],
        [str(edition) for edition in editions if str(edition) != report.rulebook],
        editions=len(editions),
    )
    return IndexAudit(tuple(checks), report, len(table_.units))


def innovation_table(profiles: RegionProfiles) -> tuple[IndicatorTable[pl.DataFrame], Hierarchy, tuple[str, ...]]:
    """Innovations by indicator (levels), the rulebook's variables as hierarchy, and indicators that are constant.

    Innovations that answered no level are left out; constant indicators are named and left out of the hierarchy. The
    weight of an indicator is its points per level, so that the arithmetic mean is the maturity up to a factor.
    """
    levels = profiles.rows["levels"].astype(float)
    levels = np.where(levels < 0, np.nan, levels)
    levels = levels[~np.isnan(levels).all(axis=1)]
    groups = profiles.sid_groups
    is_constant = [bool(np.nanmin(column) == np.nanmax(column)) if len(column) else True for column in levels.T]
    kept = [group for group, constant in zip(groups, is_constant, strict=True) if not constant]
    variables = list(dict.fromkeys(group.members[0].variable for group in kept))
    weight = {
        variable: sum(float(group.members[0].weight) for group in kept if group.members[0].variable == variable)
        for variable in variables
    }
    hierarchy = hierarchy_of(
        pl.DataFrame(
            {
                "code": [*[group.number for group in kept], *variables, "SID"],
                "parent": [*[group.members[0].variable for group in kept], *["SID"] * len(variables), None],
                "weight": [*[float(group.members[0].weight) for group in kept], *[weight[v] for v in variables], 1.0],
            }
        ),
        direction=None,
    )
    columns = [place for place, constant in enumerate(is_constant) if not constant]
    units = tuple(f"#{place}" for place in range(1, len(levels) + 1))
    made: IndicatorTable[pl.DataFrame] = IndicatorTable(
        "innovation", units, tuple(group.number for group in kept), levels[:, columns], "polars"
    )
    return made, hierarchy, tuple(group.number for group, constant in zip(groups, is_constant, strict=True) if constant)


def _with_levels(report: RobustnessReport) -> Check:
    """The least share of a city's innovations that state levels, without which no indicator can be audited."""
    rows = report.analysis.model.profiles.rows
    has_levels = (rows["levels"] >= 0).any(axis=1)
    shares = np.bincount(rows["unit"], has_levels) / np.bincount(rows["unit"])
    units = report.labelled(report.units)
    thin = tuple(
        f"{city} {edition}"
        for (city, edition), share in zip(units.select("city", "edition").iter_rows(), shares, strict=True)
        if share < LEAST_COVERAGE
    )
    verdict: Verdict = "fail" if thin else "pass"
    return Check("2.3", "coverage", "with_levels", float(shares.min()), f">= {LEAST_COVERAGE:.0%}", verdict, thin)


def _certainty(report: RobustnessReport) -> tuple[float, float]:
    """The mean width of rank intervals as a share of the places, and the share of pairs whose order is certain.

    Both are NaN where no unit is ranked among others.
    """
    intervals = pl.DataFrame(report.analysis.claims.intervals()).filter("is_applicable")
    if intervals.is_empty():
        return float("nan"), float("nan")
    widths = (intervals["rank_high"] - intervals["rank_low"]) / (intervals["ranked_count"] - 1)
    pairs = pl.DataFrame(report.analysis.claims.above())
    certain = pairs.filter(pl.col("probability") >= 0.95).height
    return float(widths.mean()), 2 * certain / pairs.height  # type: ignore[arg-type]


def summary(audit: IndexAudit) -> Block:
    """The page on one glance: how many checks pass, are watched and fail, and which fail."""
    _ = audit.language
    counts = Counter(check.verdict for check in audit.checks)
    cards = tuple(
        Card(
            heading=_.label("verdict", verdict),
            value=Quantity(kind="whole", value=counts[verdict]),
            detail=", ".join(check.number for check in audit.checks if check.verdict == verdict) or "–",
            is_estimate=verdict == "watch",
        )
        for verdict in ("pass", "watch", "fail", "not_applicable")
    )
    facts = (
        (_("Checks"), Quantity(kind="whole", value=len(audit.checks))),
        (_("Innovations with levels"), Quantity(kind="whole", value=audit.innovation_count)),
        (_("Cities and editions"), Quantity(kind="whole", value=audit.robustness.units.height)),
        (_("Rulebook"), audit.robustness.rulebook),
    )
    is_simulated, is_estimate = audit.robustness.is_simulated, audit.robustness.is_estimate
    parts = (
        Cards(cards=cards, is_simulated=is_simulated, is_estimate=is_estimate),
        Facts(pairs=facts, is_simulated=is_simulated, is_estimate=is_estimate),
    )
    return Block(parts, _)


def checks_of(audit: IndexAudit, topic: str) -> Block:
    """The numbered table of one topic: check, finding, threshold, verdict, and who causes it."""
    _ = audit.language
    checks = [check for check in audit.checks if check.topic == topic]
    rows = [
        {
            "number": check.number,
            "check": _.label("audit_check", check.name),
            "share": _shown(check) if _is_share(check) else None,
            "finding": None if _is_share(check) else _shown(check),
            "threshold": _threshold(check.threshold, _),
            "verdict": _verdict(check, _),
            "offenders": _offenders(check, _),
        }
        for check in checks
    ]
    columns = [
        Column("number", _("No.")),
        Column("check", _("Check")),
        *_finding_columns(checks, _),
        Column("threshold", _("Threshold"), "right"),
        Column("verdict", _("Verdict")),
        Column("offenders", _("Which")),
    ]
    place = TOPICS.index(topic) + 1
    caption = _("Table {number}. {topic}").format(number=place, topic=_.label("audit_topic", topic))
    frame = pl.DataFrame(rows, schema_overrides={"share": pl.Float64, "finding": pl.Float64})
    is_simulated, is_estimate = audit.robustness.is_simulated, audit.robustness.is_estimate
    return table(frame, columns, caption, _, is_simulated=is_simulated, is_estimate=is_estimate)


def all_checks(audit: IndexAudit) -> Block:
    """Every topic's table, in order."""
    return Block.join(checks_of(audit, topic) for topic in TOPICS)


def _is_share(check: Check) -> bool:
    return check.threshold.endswith("%")


def _finding_columns(checks: Sequence[Check], language: Language) -> list[Column]:
    """A column for the findings; where some are shares and some are not, one for each."""
    stated = [check for check in checks if not _is_share(check)]
    numbers = [check.finding for check in stated if _shown(check) is not None]
    columns = []
    if stated:
        is_whole = all(number == int(number) for number in numbers)
        columns.append(Column("finding", language("Finding"), kind="whole" if is_whole else "decimal"))
    if len(stated) < len(checks):
        heading = language("Finding, share") if stated else language("Finding")
        columns.append(Column("share", heading, kind="percent"))
    return columns


def _shown(check: Check) -> float | None:
    """The finding, None where there is none."""
    return None if math.isnan(check.finding) else check.finding


def _verdict(check: Check, language: Language) -> str:
    """The verdict, and of what is not applicable how many units it would need."""
    label = language.label("verdict", check.verdict)
    if check.verdict != "not_applicable" or not check.fewest:
        return label
    return language("{verdict} (fewer than {count})").format(verdict=label, count=language.whole(check.fewest))


def _threshold(text: str, language: Language) -> str:
    """A threshold with the reader's signs and decimal mark."""
    told = text.replace(">=", "≥").replace("<=", "≤").replace(" or ", f" {language('or')} ")
    return re.sub(r"(\d)\.(\d)", r"\1,\2", told) if language.code == "id" else told


def _offenders(check: Check, language: Language) -> str:
    shown = ", ".join(check.offenders[:SHOWN_OFFENDERS])
    more = len(check.offenders) - SHOWN_OFFENDERS
    return (shown or "–") + (" " + language("and {count} more").format(count=language.whole(more)) if more > 0 else "")
