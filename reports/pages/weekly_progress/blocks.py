"""The weekly page of a city's season: what changed since the previous export, the pace to the deadline, readiness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.history.changes.between_states import (
    CHANGES,
    Changes,
    changes_on,
    changes_since_previous_export,
    export_days,
)
from analysis.history.changes.words import change_notes, changes_in_words
from analysis.planning.first_actions import ASKING
from analysis.planning.plan_list import plan_for_tables, plan_rows
from analysis.planning.words import pace_notes, season_notes
from analysis.season.words import eligible_lines, innovation_lines, threshold_lines, unit_lines
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Card, Cards, Details, Facts, Quantity, Words
from reports.blocks.figure import INK, MUTED, WIDE, Caption, figure
from reports.blocks.palette import BLUE, ORANGE, RUST
from reports.blocks.tables import Column, first_rows, table
from reports.blocks.words import signed
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.city_index.headline import simulated_banner
from reports.pages.fact_table import season_facts
from reports.pages.next_edition.blocks import (
    NextEdition,
    gaps as next_edition_gaps,
    open_next_edition,
    sheets_to_fill,
)
from reports.pages.next_edition.charts import burn_down_chart
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.region import resolve_city

GOOD = frozenset(["new", "score_up", "score_given", "document_added", "level_up", "level_given"])
BAD = frozenset(["gone", "score_down", "score_taken", "document_removed", "level_down", "level_taken"])
"""Kinds of change that bring the index up or down; the others change words only."""
UNITS = 8
ACTIONS = 8
GAPS = 6


@dataclass(frozen=True)
class Week:
    """What the page shows. `changes` is None where there is no earlier export to compare with; `days` had exports."""

    name: str
    language: Language
    changes: Changes | None
    days: tuple[date, ...]
    since: date | None
    plan: NextEdition

    @property
    def is_simulated(self) -> bool:
        """Whether any figure comes from simulated files."""
        return self.plan.readiness.frames.is_simulated

    @property
    def span(self) -> str:
        """The two days that are compared."""
        _ = self.language
        if self.changes is None:
            return _("no earlier export yet")
        last = self.days[-1] if self.days else None
        return _("{before} to {after}").format(before=_.date(self.since), after=_.date(last))


def open_week(parameters: WeeklyProgressParameters) -> Week:
    """Read the week from the snapshot: from `since` on, or from the export before the last one."""
    region = resolve_city(parameters.city)
    with open_snapshot(parameters.snapshot or None) as snapshot:
        days = export_days(snapshot, region.region_code, parameters.edition)
        changes = _changes(snapshot, region.region_code, parameters, days)
    since = parameters.since or (days[-2] if len(days) > 1 else None)
    plan = open_next_edition(parameters)
    return Week(region.full_name, Language(parameters.lang), changes, tuple(days), since, plan)


def _changes(
    snapshot: Snapshot, region_code: str, parameters: WeeklyProgressParameters, days: list[date]
) -> Changes | None:
    place: dict[str, Any] = {"region_code": region_code, "edition": parameters.edition}
    if parameters.since is None:
        return changes_since_previous_export(snapshot, **place)
    return changes_on(snapshot, parameters.since, days[-1], **place) if days else None


def banner(week: Week) -> Block:
    """The mark of simulated data."""
    return simulated_banner(week.is_simulated, week.language)


def headline(week: Week) -> Block:
    """Innovations and index now, against the previous export, and the days left."""
    _, found = week.language, week.plan.readiness
    season = season_of(week)
    pairs: list[tuple[str, Words | Quantity]] = [
        (_("As of"), Quantity(kind="date", value=found.on)),
        (_("Exports compared"), week.span),
        (_("Exports received"), Quantity(kind="whole", value=len(week.days))),
    ]
    if found.deadline is not None:
        day = found.deadline.day
        pairs.append((_.label("deadline", found.deadline.kind), Quantity(kind="date", value=day)))
        pairs.append((_("Days left"), Quantity(kind="whole", value=found.account["days_left"].count)))
    facts = Facts(pairs=tuple(pairs), is_simulated=week.is_simulated)
    if season is None or week.changes is None:
        return Block([facts], _)
    counted = signed(season["innovations_after"] - season["innovations_before"], 0, _)
    before = _.interval(season["iid_lower_before"], season["iid_upper_before"])
    unit_count = week.changes.units["unit_name"].n_unique()
    cards = (
        Card(
            heading=_("Innovations"),
            value=Quantity(kind="whole", value=found.account["innovations_reported"].count),
            detail=_("{difference} since {day}").format(difference=counted, day=_.date(week.since)),
        ),
        Card(
            heading=_("Index under the {rulebook} rules").format(rulebook=season["rulebook"]),
            value=Quantity(kind="interval", value=(season["iid_lower_after"], season["iid_upper_after"])),
            detail=_("before: {index}").format(index=before),
            is_estimate=bool(season["is_estimate"]),
        ),
        Card(
            heading=_("Innovations changed"),
            value=Quantity(kind="whole", value=week.changes.innovations["submission_id"].n_unique()),
            detail=_.ngettext("by {count} unit", "by {count} units", unit_count).format(count=_.whole(unit_count)),
        ),
    )
    return Block([Cards(cards=cards, is_simulated=week.is_simulated), facts], _)


def season_of(week: Week) -> dict[str, Any] | None:
    """Return the row of the season under the edition's own rulebook where it gives an index, else the estimate."""
    if week.changes is None or week.changes.seasons.is_empty():
        return None
    rows = week.changes.seasons
    known = rows.filter(pl.col("iid_lower_after").is_not_null())
    return (rows if known.is_empty() else known).row(0, named=True)


def counts(week: Week) -> Block:
    """How many innovations changed, by kind of change."""
    _ = week.language
    title = _("What has changed?")
    if week.changes is None:
        return no_data(_("Changes since the previous export"), _)
    counted = dict(week.changes.innovations.group_by("change").agg(pl.col("submission_id").n_unique()).iter_rows())
    kinds = [kind for kind in CHANGES if kind in counted]
    if not kinds:
        return no_data(title, _)
    groups = {_("brings the index up"): BLUE, _("brings the index down"): RUST, _("changes words only"): ORANGE}
    names = list(groups)
    frame = pl.DataFrame(
        {
            "kind": [_.label("change", kind) for kind in kinds],
            "count": [counted[kind] for kind in kinds],
            "group": [names[0] if kind in GOOD else names[1] if kind in BAD else names[2] for kind in kinds],
            "label": [_.whole(counted[kind]) for kind in kinds],
        }
    ).with_columns(detail=pl.format("{}: {}", "kind", "label"))
    used = [name for name in names if name in set(frame["group"])]
    order = frame["kind"].to_list()

    def draw(width: int) -> Any:
        alt = altair_module()
        y = alt.Y("kind:N", sort=order, title=None, axis=alt.Axis(labelFontSize=12.5, labelColor=INK, labelLimit=170))
        x = alt.X("count:Q", axis=None)
        colour = alt.Color("group:N", sort=used, scale=alt.Scale(domain=used, range=[groups[name] for name in used]))
        base = alt.Chart(frame)
        return alt.layer(
            base.mark_bar(size=15, aria=True).encode(y=y, x=x, color=colour, description="detail:N"),
            base.mark_text(align="left", dx=5, color=MUTED).encode(y=y, x=x, text="label:N"),
        ).properties(width=width - (240 if width == WIDE else 190), height=alt.Step(26))

    caption = Caption(
        title,
        _("Innovations by kind of change · {name}, {span}").format(name=week.name, span=week.span),
        change_notes(week.changes, _)[1],
        _("Source: exports of the city; snapshot {snapshot}").format(snapshot=week.changes.after[:12]),
        week.is_simulated,
    )
    data = pl.DataFrame({_("Change"): order, _("Innovations"): frame["count"]})
    return figure(draw, caption, data, _)


def by_unit(week: Week) -> Block:
    """The units whose innovations changed most; nothing where nothing has changed."""
    _ = week.language
    caption = _("Units with most changes, {span}").format(span=week.span)
    if week.changes is None or week.changes.is_empty:
        return Block()
    kinds = pl.sum_horizontal(CHANGES)
    rows = week.changes.units.with_columns(
        better=pl.sum_horizontal("score_up", "score_given"),
        worse=pl.sum_horizontal("score_down", "score_taken"),
        documents=pl.sum_horizontal("document_added", "level_up", "level_given"),
        total=kinds,
    ).sort("total", "unit_name", descending=[True, False], nulls_last=True)
    columns = [
        Column("unit_name", _("Unit")),
        Column("new", _.label("change", "new")),
        Column("gone", _.label("change", "gone")),
        Column("better", _("Scores up")),
        Column("worse", _("Scores down")),
        Column("documents", _("Documents and levels added")),
        Column("score_difference", _("Claimed scores"), kind="signed"),
    ]
    return first_rows(table(rows, columns, caption, _, is_simulated=week.is_simulated), UNITS, _)


def changes(week: Week) -> Block:
    """Every change, folded, to search and to filter by kind and unit; nothing where nothing has changed."""
    _ = week.language
    caption = _("Every change, {span}").format(span=week.span)
    if week.changes is None or week.changes.is_empty:
        return Block()
    columns = [
        Column("title", _("Innovation")),
        Column("unit_name", _("Unit")),
        Column("change", _("Change")),
        Column("what", _("What")),
        Column("score_before", _("Before"), instead="before"),
        Column("score_after", _("After"), instead="after"),
    ]
    note = _("Gone: no longer in the last full export; a partial export or a correction withdraws nothing.")
    rows = changes_in_words(week.changes, _, with_scores=True)
    facets = ("unit_name", "change")
    every = table(rows, columns, caption, _, is_simulated=week.is_simulated, note=note, facets=facets)
    summary = _.ngettext("All {count} change, one by one", "All {count} changes, one by one", rows.height).format(
        count=_.whole(rows.height)
    )
    return Block([Details(summary=summary, parts=every.parts)], _)


def actions(week: Week) -> Block:
    """The plan of the season, the same as on every surface: the first actions, all of them in the workbook."""
    _, plan = week.language, week.plan.season
    caption = _("What to do, in order, {name}").format(name=week.name)
    if plan is None or not any(action.kind in ASKING for action in plan.listed):
        return no_data(caption, _)
    rows = plan_for_tables(plan_rows(plan, _).filter(pl.col("kind").is_in(ASKING)), _)
    columns = [
        Column("order", _("Order")),
        Column("action", _("Action")),
        Column("who", _("Who")),
        Column("title", _("Innovation")),
        Column("start_by_date", _("Start by"), instead="start_words"),
        Column("until_date", _("Until")),
        Column("index_gain", _("Gain of the index"), instead="gain_words"),
    ]
    shown = rows.filter(pl.col("order") <= ACTIONS).height
    text = _.ngettext(
        "Index {before} → {after} with all {count} action; the first {shown} are shown, the workbook has all.",
        "Index {before} → {after} with all {count} actions; the first {shown} are shown, the workbook has all.",
        len(plan.actions),
    )
    note = text.format(
        before=_.number(plan.index_before),
        after=_.number(plan.index),
        count=_.whole(len(plan.actions)),
        shown=_.whole(min(ACTIONS, len(plan.actions))),
    )
    [listed_actions] = table(
        rows, columns, caption, _, is_simulated=week.is_simulated, note=note if plan.actions else ""
    ).parts
    return Block([listed_actions.model_copy(update={"rows_shown": shown})], _)


def sheets(week: Week) -> Block:
    """The control sheets to fill first, where no level is known; nothing where the plan names documents."""
    plan = week.plan.season
    return sheets_to_fill(week.plan, GAPS) if plan is not None and plan.sheets else Block()


def gaps(week: Week) -> Block:
    """What is asked of the units first; the workbook has all of it."""
    return next_edition_gaps(week.plan, GAPS)


def pace(week: Week) -> Block:
    """What is still missing day by day, with the pace needed and the forecast."""
    return burn_down_chart(week.plan.readiness, week.name, week.language)


def pace_words(week: Week) -> Block:
    """The pace and the other facts of the season in words."""
    found, language = week.plan.readiness, week.language
    facts = [*unit_lines(found.account, language), *innovation_lines(found.account, language)]
    facts += [*threshold_lines(found.account, language), *eligible_lines(found.account, language)]
    told = listed([*pace_notes(found, language), *facts], week)
    every = season_facts(found.account, week.name, language, is_simulated=week.is_simulated)
    return Block([*told.parts, *every.parts], language)


def rests_on(week: Week) -> Block:
    """The two states, the rulebook and the assumptions."""
    _ = week.language
    states = [] if week.changes is None else [change_notes(week.changes, _)[0]]
    return listed([*states, *season_notes(week.plan.readiness.frames, _)], week)


def listed(lines: list[str], week: Week) -> Block:
    """Return short texts as a list, or that there are none."""
    if not lines:
        return no_data(week.language("Notes"), week.language)
    return Block([Bullets(items=tuple(lines), is_simulated=week.is_simulated)], week.language)
