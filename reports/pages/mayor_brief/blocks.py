"""One page for the mayor: where the city stands, what stands in the way, what to do this week, who has to act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from analysis.planning.words import hold_notes, pace_notes, plan_notes, season_notes
from analysis.season.words import day_line, deadline_line, eligible_lines, threshold_lines, unit_lines
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Columns, Heading, Part
from reports.blocks.tables import Column, table
from reports.blocks.words import signed
from reports.pages.city_index.charts import no_data
from reports.pages.city_index.headline import headline as season_headline, simulated_banner
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import CitySeason, open_city_season
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.next_edition.blocks import NextEdition, open_next_edition
from warehouse.language import Language

ACTING = 5
REPAIRS = 3


@dataclass(frozen=True)
class MayorBrief:
    """The city's season as it stands, and its readiness and plans."""

    season: CitySeason
    plan: NextEdition

    @property
    def language(self) -> Language:
        """The reader's language."""
        return self.plan.language

    @property
    def is_simulated(self) -> bool:
        """Whether any figure comes from simulated files."""
        return self.season.is_simulated


def open_brief(parameters: MayorBriefParameters) -> MayorBrief:
    """Read the season and make its plans."""
    of_city = CityIndexParameters.model_validate(parameters.model_dump(include=set(CityIndexParameters.model_fields)))
    return MayorBrief(open_city_season(of_city), open_next_edition(parameters))


def banner(brief: MayorBrief) -> Block:
    """The mark of simulated data."""
    return simulated_banner(brief.is_simulated, brief.language)


def position(brief: MayorBrief) -> Block:
    """The index on the bands of its predicates, and the counts behind it."""
    return season_headline(brief.season, is_linked=False)


def matters(brief: MayorBrief) -> Block:
    """Side by side: the days and what stands in the way, and what to do this week."""
    _ = brief.language
    obstacles = tuple(_obstacles(brief)) or (_("no data yet"),)
    actions = tuple(_actions(brief)) or (brief.plan.obstacle or _("no data yet"),)
    lists = ((_("What stands in the way"), obstacles), (_("What to do this week"), actions))
    return Block([Columns(groups=tuple(_titled(brief, *each) for each in lists))], _)


def _titled(brief: MayorBrief, title: str, lines: tuple[str, ...]) -> tuple[Part, Part]:
    return Heading(level=1, text=title), Bullets(items=lines, is_simulated=brief.is_simulated)


def _obstacles(brief: MayorBrief) -> Iterator[str]:
    _, found = brief.language, brief.plan.readiness
    account = found.account
    yield deadline_line(account, _)
    yield unit_lines(account, _)[0]
    if account["innovations_below_threshold"].value != 0:
        yield from threshold_lines(account, _)
    yield from eligible_lines(account, _)
    without = found.services.filter(pl.col("innovation_count") == 0)["name"].to_list()
    if without:
        yield _("Basic services without innovation: {names}").format(names=", ".join(without))
    if notes := pace_notes(found, _):
        yield " ".join(notes)


def _actions(brief: MayorBrief) -> Iterator[str]:
    _, plan = brief.language, brief.plan
    if plan.raises is not None and plan.raises.raises:
        yield plan_notes(plan.raises, _)[0]
    if plan.hold is not None and plan.hold.held:
        yield hold_notes(plan.hold, _)[0]
    gaps = plan.readiness.gaps.filter((pl.col("state") != "verified") & (pl.col("index_gain") > 0))
    for row in gaps.head(REPAIRS).iter_rows(named=True):
        text = _("{unit}: {document}, {innovation} (index {gain})")
        yield text.format(
            unit=row["unit_name"] or row["parent"] or "–",
            document=(row["document"] or _.label("gap_kind", row["kind"])).partition(";")[0],
            innovation=row["innovation"] or "–",
            gain=signed(row["index_gain"], 4, _),
        )


def acting(brief: MayorBrief) -> Block:
    """The parent units whose gaps bring most, first."""
    _ = brief.language
    caption = _("Who has to act")
    gaps = brief.plan.readiness.gaps.filter(pl.col("state") != "verified")
    if gaps.is_empty():
        return no_data(caption, _)
    gain = pl.col("index_gain").clip(lower_bound=Decimal(0))
    rows = (
        gaps.group_by("parent")
        .agg(pl.len().alias("gaps"), gain.sum().alias("gain"))
        .sort("gain", "parent", descending=[True, False], nulls_last=True)
    )
    columns = [
        Column("parent", _("Unit")),
        Column("gaps", _("Gaps")),
        Column("gain", _("Gain of the index")),
    ]
    note = _("The gain is what closing all gaps of the unit and its own units adds up to; not all can be had at once.")
    return table(rows.head(ACTING), columns, caption, _, is_simulated=brief.is_simulated, note=note)


def rests_on(brief: MayorBrief) -> Block:
    """Rulebook, assumptions and the mark of simulated data, each in a line."""
    _ = brief.language
    lines = [day_line(brief.plan.readiness.on, _), *season_notes(brief.plan.readiness.frames, _)]
    return Block([Bullets(items=tuple(lines), is_small=True, is_simulated=brief.is_simulated)], _)
