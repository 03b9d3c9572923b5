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
from analysis.planning.words import pace_notes, season_notes
from reports.blocks.block import Block
from reports.blocks.content import Bullets
from reports.blocks.figure import INK, MUTED, WIDE, Caption, figure
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import BLUE, ORANGE, VERMILION, altair_module, no_data
from reports.pages.city_index.headline import headline_of, simulated_banner
from reports.pages.next_edition.blocks import NextEdition, open_next_edition
from reports.pages.next_edition.charts import burn_down_chart
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.region import resolve_city

GOOD = frozenset(["new", "score_up", "score_given", "document_added", "level_up", "level_given"])
BAD = frozenset(["gone", "score_down", "score_taken", "document_removed", "level_down", "level_taken"])
"""Kinds of change that bring the index up or down; the others change words only."""
UNITS = 10


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
    season = _season(week)
    facts = [(_("Exports compared"), week.span), (_("Exports received"), _.whole(len(week.days)))]
    if found.deadline is not None:
        facts.append((_.label("deadline", found.deadline.kind), _.date(found.deadline.day)))
        facts.append((_("Days left"), _.whole((found.deadline.day - found.on).days)))
    if season is None or week.changes is None:
        return headline_of([], facts, _, is_simulated=week.is_simulated)
    counted = season["innovations_after"] - season["innovations_before"]
    cards = [
        _card(
            _("Innovations"),
            _.whole(season["innovations_after"]),
            _("{difference} since {day}").format(difference=_signed(counted, _, 0), day=_.date(week.since)),
        ),
        _card(
            _("Index under the {rulebook} rules").format(rulebook=season["rulebook"]),
            _.interval(season["iid_lower_after"], season["iid_upper_after"]),
            _("before: {index}").format(index=_.interval(season["iid_lower_before"], season["iid_upper_before"])),
            is_estimate=bool(season["is_estimate"]),
        ),
        _card(
            _("Innovations changed"),
            _.whole(week.changes.innovations["submission_id"].n_unique()),
            _("by {count} units").format(count=_.whole(week.changes.units["unit_name"].n_unique())),
        ),
    ]
    return headline_of(cards, facts, _, is_simulated=week.is_simulated)


def _card(heading: str, value: str, detail: str, *, is_estimate: bool = False) -> dict[str, Any]:
    return {
        "heading": heading,
        "value": value,
        "is_range": "–" in value,
        "predicate": detail,
        "gaps": [],
        "is_estimate": is_estimate,
    }


def _season(week: Week) -> dict[str, Any] | None:
    """The row of the season under the edition's own rulebook where it gives an index, else the estimate."""
    if week.changes is None or week.changes.seasons.is_empty():
        return None
    rows = week.changes.seasons
    known = rows.filter(pl.col("iid_lower_after").is_not_null())
    return (rows if known.is_empty() else known).row(0, named=True)


def _signed(value: Any, language: Language, places: int = 2) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return sign + language.number(abs(value), places)


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
    groups = {_("brings the index up"): BLUE, _("brings the index down"): VERMILION, _("changes words only"): ORANGE}
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
        return Block("")
    kinds = pl.sum_horizontal(CHANGES)
    rows = week.changes.units.with_columns(
        new=pl.col("new"),
        gone=pl.col("gone"),
        better=pl.sum_horizontal("score_up", "score_given"),
        worse=pl.sum_horizontal("score_down", "score_taken"),
        documents=pl.sum_horizontal("document_added", "level_up", "level_given"),
        total=kinds,
    ).sort("total", "unit_name", descending=[True, False], nulls_last=True)
    numbers = ("new", "gone", "better", "worse", "documents")
    shown = rows.head(UNITS).select("unit_name", *(pl.col(name).cast(pl.Int64) for name in numbers), "score_difference")
    columns = [
        Column("unit_name", _("Unit")),
        Column("new", _.label("change", "new"), "right"),
        Column("gone", _.label("change", "gone"), "right"),
        Column("better", _("Scores up"), "right"),
        Column("worse", _("Scores down"), "right"),
        Column("documents", _("Documents and levels added"), "right"),
        Column("score_difference", _("Claimed scores"), "right"),
    ]
    return table(shown, columns, caption, _, is_simulated=week.is_simulated, note=_more(rows.height, UNITS, _))


def _more(total: int, shown: int, language: Language) -> str:
    text = language("The first {shown} of {total}.")
    return text.format(shown=language.whole(shown), total=language.whole(total)) if total > shown else ""


def changes(week: Week) -> Block:
    """Every change, to search and to filter by kind and unit; nothing where nothing has changed."""
    _ = week.language
    caption = _("Every change, {span}").format(span=week.span)
    if week.changes is None or week.changes.is_empty:
        return Block("")
    columns = [
        Column("title", _("Innovation")),
        Column("unit_name", _("Unit")),
        Column("change", _("Change")),
        Column("what", _("What")),
        Column("before", _("Before"), "right"),
        Column("after", _("After"), "right"),
    ]
    note = _("Gone: no longer in the last full export; a partial export or a correction withdraws nothing.")
    rows = changes_in_words(week.changes, _)
    return table(rows, columns, caption, _, is_simulated=week.is_simulated, note=note, facets=("unit_name", "change"))


def pace(week: Week) -> Block:
    """What is still missing day by day, with the pace needed and the forecast."""
    return burn_down_chart(week.plan.readiness, week.name, week.language)


def pace_words(week: Week) -> Block:
    """The pace in words."""
    return listed(pace_notes(week.plan.readiness, week.language), week.language)


def rests_on(week: Week) -> Block:
    """The two states, the rulebook and the assumptions."""
    _ = week.language
    states = [] if week.changes is None else [change_notes(week.changes, _)[0]]
    return listed([*states, *season_notes(week.plan.readiness.frames, _)], _)


def listed(lines: list[str], language: Language) -> Block:
    """Short texts as a list, or that there are none."""
    from reports.blocks.block import render

    if not lines:
        return render("remark.html", what=language("Notes"), remark=language("no data yet"))
    return render("story.html", lines=lines).saying(Bullets(items=tuple(lines)))
