"""The page of a city's next edition: the brief for the mayor, readiness, the one list of what to do.

Holding is a simulation that is shown only where the page is asked for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial

import polars as pl

from analysis import open_snapshot
from analysis.planning.asked import SHEET, asked_of_offices, asked_of_units
from analysis.planning.calendar import calendar_for_people, calendar_notes, plan_calendar
from analysis.planning.first_actions import gain_words
from analysis.planning.one_plan import SeasonPlan, season_plan
from analysis.planning.place_aimed import PlaceRange, published_place
from analysis.planning.plan_list import plan_for_tables, plan_rows, season_plan_parts, who_in_words
from analysis.planning.plans import fetch_table, hold_table
from analysis.planning.policy import CityPolicy
from analysis.planning.words import (
    counted_by,
    duty_to_report,
    in_words,
    pace_notes,
    readiness_notes,
    season_notes,
)
from analysis.season.readiness import Readiness, messages_of, read_readiness
from analysis.season.words import deadline_line, innovation_lines, threshold_lines, unit_lines
from iga.index.formula import rounded
from iga.planning.hold import HoldPlan, submit_or_hold
from iga.planning.raises import next_predicate_index
from iga.planning.single_valued_rules import PlanImpossible
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Details, Heading, Part
from reports.blocks.tables import Column, first_rows, table
from reports.pages.city_index.charts import no_data
from reports.pages.city_index.headline import simulated_banner
from reports.pages.fact_table import season_facts
from reports.pages.next_edition.charts import burn_down_chart
from reports.pages.next_edition.parameters import NextEditionParameters
from reports.pages.season_day import day_of_page
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city

ROWS = 20
SHORT_LIST = 5
FIRST_STEPS = 3
ACTING = 5
LONGEST_DOCUMENT = 80


@dataclass(frozen=True)
class NextEdition:
    """What the page shows: readiness on a day and the one plan; None where none can be made.

    `hold` is there in the simulation of holding only; `aimed` is the place aimed at, as it was published last.
    `simulate` makes the plan that the simulation of holding would make, for as much work or the same goal.
    """

    name: str
    language: Language
    readiness: Readiness
    hold: HoldPlan | None
    season: SeasonPlan | None
    obstacle: str
    aimed: PlaceRange | None = None
    simulate: Callable[[], SeasonPlan] | None = None

    @cached_property
    def simulation(self) -> SeasonPlan | None:
        """The plan with holding, made once a page asks for it; None where there is no plan."""
        return None if self.simulate is None else self.simulate()

    @cached_property
    def asked(self) -> pl.DataFrame:
        """What the plan asks of the units, and the innovations that they owe: nothing else is asked for."""
        return asked_of_units(self.readiness, self.season, self.language)


def open_next_edition(parameters: NextEditionParameters) -> NextEdition:
    """Read the season from the snapshot and make its plans.

    The day is that of the build while the season is open, unless `on` names another: the same snapshot, files and day
    give the same page.
    """
    region, home, language = resolve_city(parameters.city), Home.at(), Language(parameters.lang)
    with open_snapshot(parameters.snapshot or None) as snapshot:
        day = day_of_page(snapshot, home, region.region_code, parameters.edition, parameters.on)
        found = read_readiness(
            snapshot,
            home,
            region.region_code,
            parameters.edition,
            day,
            score_kind=parameters.score,
            lang=parameters.lang,
        )
    frames = found.frames

    def plan_of(*, with_holding: bool) -> SeasonPlan:
        goal = next_predicate_index(frames.terms, frames.position().index(frames.terms))
        budget = parameters.budget if goal is None or parameters.budget else None
        with open_snapshot(parameters.snapshot or None) as snapshot:
            return season_plan(
                snapshot,
                home,
                region.region_code,
                parameters.edition,
                found.on,
                with_holding=with_holding,
                budget=budget,
                target=goal if budget is None else None,
                frames=frames,
            )

    try:
        season = plan_of(with_holding=parameters.with_holding)
        with open_snapshot(parameters.snapshot or None) as snapshot:
            aimed = published_place(snapshot, region.region_code, parameters.edition, parameters.place)
        policy = CityPolicy().under(frames, frames.candidates())
        hold = None
        if parameters.with_holding:
            hold = submit_or_hold(frames.candidates(), frames.spd_x100()[0], frames.terms, policy)
    except (PlanImpossible, UnknownName) as error:
        return NextEdition(region.full_name, language, found, None, None, error.told(language)[0])
    simulate = partial(plan_of, with_holding=True)
    return NextEdition(region.full_name, language, found, hold, season, "", aimed, simulate)


def banner(page: NextEdition) -> Block:
    """The mark of simulated data."""
    return simulated_banner(page.readiness.frames.is_simulated, page.language)


def brief(page: NextEdition) -> Block:
    """What a planner needs first: where the city stands, what to do this week, who has to act; the rest is folded."""
    _ = page.language
    stands, beside = _stands(page)
    first, rest = _plan_notes(page)
    lists = [
        (_("Where we stand"), stands, _("Other facts of the season"), beside),
        (
            _("What to do this week"),
            first or [page.obstacle],
            _("What the plan rests on, and what stands beside it"),
            rest,
        ),
        (_("Who has to act"), _acting(page) or [_("no data yet")], "", []),
    ]
    is_simulated = page.readiness.frames.is_simulated
    parts: list[Part] = []
    for title, lines, summary, folded in lists:
        parts += [Heading(level=2, text=title), Bullets(items=tuple(lines), is_simulated=is_simulated)]
        if folded:
            more = Bullets(items=tuple(folded), is_simulated=is_simulated)
            parts.append(Details(summary=summary, parts=(more,)))
    every = season_facts(page.readiness.account, page.name, _, is_simulated=is_simulated)
    return Block([*parts, *every.parts], _)


def _acting(page: NextEdition) -> list[str]:
    """Who has to act, those that bring most first; control sheets bring nothing yet, and are asked for in one line."""
    _ = page.language
    asked = pl.concat([page.asked, asked_of_offices(page.season, _)])
    is_sheet = pl.col("kind") == SHEET
    sheets = asked.filter(is_sheet)["unit_name"].n_unique()
    text = _.ngettext(
        "{count} unit: control sheets to be filled in", "{count} units: control sheets to be filled in", sheets
    )
    acting = (
        asked.filter(~is_sheet)
        .group_by("parent")
        .agg(pl.len(), pl.col("index_gain").cast(pl.Float64).clip(lower_bound=0).sum())
        .sort("index_gain", "len", "parent", descending=[True, True, False])
    )
    told = [text.format(count=_.whole(sheets))] if sheets else []
    for unit, count, gain in acting.head(ACTING).iter_rows():
        if gain:
            text = _.ngettext(
                "{unit}: {count} request, together up to {gain} points of the index",
                "{unit}: {count} requests, together up to {gain} points of the index",
                count,
            )
        else:
            text = _.ngettext("{unit}: {count} request", "{unit}: {count} requests", count)
        told.append(text.format(unit=unit, count=count, gain=gain_words(Decimal(str(gain)), _).lstrip("+")))
    return told


def _stands(page: NextEdition) -> tuple[list[str], list[str]]:
    """Index, days left, units, innovations, threshold and pace; beside them what else is known of the season."""
    _, found = page.language, page.readiness
    account = found.account
    leading = [
        f"{page.name} · {_.date(found.on)}",
        deadline_line(account, _),
        unit_lines(account, _)[0],
        innovation_lines(account, _)[0],
        threshold_lines(account, _)[0],
        *pace_notes(found, _),
    ]
    others = readiness_notes(found, page.name, _, with_season=False)
    beside = [line for line in others if line not in leading]
    return [_index_note(page), *leading], [*beside, *season_notes(found.frames, _)]


def _index_note(page: NextEdition) -> str:
    """The index and the predicate as they stand."""
    _ = page.language
    try:
        row = page.readiness.frames.stated_index()
    except UnknownName as error:
        return error.told(_)[0]
    lower, upper = row["iid_lower_x100"], row["iid_upper_x100"]
    bounds = [None if value is None else Decimal(value).scaleb(-2) for value in (lower, upper)]
    predicates = dict.fromkeys(_.label("predicate", row[name]) for name in ("predicate_lower", "predicate_upper"))
    count = row["innovation_count"]
    if count is None:
        text = _("Index {index}, {predicate}; the list of innovations has not come")
    else:
        text = _.ngettext(
            "Index {index}, {predicate}, {count} innovation", "Index {index}, {predicate}, {count} innovations", count
        )
    return text.format(index=_.interval(*bounds), predicate="–".join(predicates), count=_.whole(count))


def _plan_notes(page: NextEdition) -> tuple[list[str], list[str]]:
    """What the one plan comes to, its first steps, and how sure it is; beside them all that it rests on.

    Where no levels are known, the control sheets to fill come first.
    """
    _ = page.language
    if page.season is None:
        return [], []
    rows = plan_rows(page.season, _)
    sheets = [] if not page.season.sheets else [rows.filter(kind="fill_sheets")["action"][0]]
    leading = rows.filter("is_in_total", pl.col("kind") != "hold").unique("order", keep="first", maintain_order=True)
    steps = [
        _("Then: {action} ({who})" if place or sheets else "First: {action} ({who})").format(
            action=row["action"], who=" · ".join(filter(None, (who_in_words(row, _), row["title"]))) or "–"
        )
        for place, row in enumerate(leading.head(FIRST_STEPS).iter_rows(named=True))
    ]
    beside = rows.filter(pl.col("kind").is_in(["answer_spd", "secure_service", "reject_risk"]))["action"].to_list()
    headline, sure, rest = season_plan_parts(page.season, _)
    return [*headline, *sheets, *steps, *sure], [*beside, *rest]


def units(page: NextEdition) -> Block:
    """Units by kind: how many sent none, one, two or more, and what they owe."""
    _ = page.language
    caption = _("Units and what they have sent, {name}").format(name=page.name)
    if page.readiness.units.is_empty():
        return no_data(caption, _)
    frame = in_words(counted_by(page.readiness.units, "unit_kind"), _, {"unit_kind": "unit_kind"})
    columns = [
        Column("unit_kind", _("Kind of unit")),
        Column("unit_count", _("Units")),
        Column("none", _("No innovation")),
        Column("one", _("One")),
        Column("two_or_more", _("Two or more")),
        Column("missing", _("Missing")),
        Column("below_threshold", _("Below the threshold")),
    ]
    owing = frame["missing"].is_not_null()
    note = ""
    if owing.any() and not owing.all():
        note = _("Kinds without a number missing need not report; counts of units that must report leave them out.")
    return table(frame, columns, caption, _, is_simulated=page.readiness.frames.is_simulated, note=note)


def burn_down(page: NextEdition) -> Block:
    """What the units still owe, day by day up to the deadline, with the pace needed and the forecast."""
    return burn_down_chart(page.readiness, page.name, page.language)


def messages(page: NextEdition) -> Block:
    """One short text per contact person on what is asked for, those that bring most first; no names of people."""
    _ = page.language
    caption = _("Messages to send, {name}").format(name=page.name)
    rows = messages_of(page.readiness, page.asked, _)
    if rows.is_empty():
        return no_data(caption, _)
    columns = [
        Column("contact", _("Contact")),
        Column("gap_count", _("Gaps")),
        Column("index_gain", _("Gain of the index")),
        Column("text", _("Message")),
    ]
    return _numbered(page, rows, columns, caption, SHORT_LIST)


def gaps(page: NextEdition, most: int = ROWS) -> Block:
    """What is asked of the units, what brings most first; all that is missing stands in `iga readiness`."""
    _ = page.language
    caption = _("What is missing, the most valuable first, {name}").format(name=page.name)
    rows = page.asked
    if rows.is_empty():
        return no_data(caption, _)
    shown = in_words(rows, _, {"kind": "gap_kind", "state": "gap_state"})
    columns = [
        Column("unit_name", _("Unit")),
        Column("innovation", _("Innovation")),
        Column("indicator", _("Indicator")),
        Column("document", _("Document")),
        Column("points", _("Points")),
        Column("index_gain", _("Gain of the index")),
        Column("state", _("State")),
    ]
    return _numbered(page, shown, columns, caption, most)


def raises(page: NextEdition) -> Block:
    """The documents of the one plan in its order; with totals only, the control sheets to fetch first."""
    _ = page.language
    if page.season is not None and any(action.kind == "raise" for action in page.season.actions):
        rows = plan_for_tables(plan_rows(page.season, _).filter(pl.col("indicator").is_not_null()), _)
        columns = [
            Column("unit_name", _("Unit")),
            Column("title", _("Innovation")),
            Column("indicator", _("Indicator")),
            Column("from_level", _("From level")),
            Column("to_level", _("To level")),
            Column("document", _("Document")),
            Column("points", _("Points")),
            Column("effort", _("Working days (estimate)")),
            Column("start_by_date", _("Start by"), instead="start_words"),
            Column("index_gain", _("Gain of the index"), instead="gain_words"),
        ]
        caption = _("What to do, in order, {name}").format(name=page.name)
        return _numbered(page, rows, columns, caption, ROWS)
    return sheets_to_fill(page, ROWS)


def sheets_to_fill(page: NextEdition, most: int) -> Block:
    """The innovations whose control sheets to fill first, the widest gap first; the workbook has all."""
    _, frames = page.language, page.readiness.frames
    caption = _("Control sheets to fetch first, {name}").format(name=page.name)
    rows = fetch_table(frames, frames.scored().height)
    if rows.is_empty():
        return no_data(caption, _)
    columns = [
        Column("unit_name", _("Unit")),
        Column("innovation", _("Innovation")),
        Column("points", _("Points")),
    ]
    return _numbered(page, rows, columns, caption, most)


def calendar(page: NextEdition) -> Block:
    """The calendar backwards from each deadline: until when each step begins, and by whom; the place aimed at."""
    _ = page.language
    caption = _("Calendar backwards from the deadlines, {name}").format(name=page.name)
    if page.season is None:
        return no_data(caption, _)
    simulated = page.readiness.frames.is_simulated
    notes = Bullets(items=tuple(calendar_notes(page.season, page.aimed, _)[1:]), is_simulated=simulated)
    rows = calendar_for_people(plan_calendar(page.season, _), _)
    if rows.is_empty():
        return Block([notes], _)
    columns = [
        Column("start", _("Start by")),
        Column("action", _("Action")),
        Column("who", _("Who")),
        Column("lead_days", _("Days needed")),
        Column("until_date", _("Until")),
        Column("index_gain", _("Gain of the index")),
    ]
    return Block([*table(rows, columns, caption, _, is_simulated=simulated).parts, notes], _)


def held(page: NextEdition) -> Block:
    """The simulation of holding, where it was asked for; else that the plan sends everything."""
    _ = page.language
    caption = _("Simulation: what would be held, {name}").format(name=page.name)
    if page.season is None or page.hold is None:
        return _without_holding(page)
    held = list(page.season.held)
    rows = hold_table(page.readiness.frames, page.hold).filter(pl.col("submission_id").is_in(held))
    if rows.is_empty():
        return no_data(caption, _)
    columns = [
        Column("unit_name", _("Unit")),
        Column("innovation", _("Innovation")),
        Column("maturity", _("Maturity")),
        Column("index_gain", _("Gain of the index")),
    ]
    return _numbered(page, rows, columns, caption, ROWS)


def _without_holding(page: NextEdition) -> Block:
    """That the plan sends everything, and folded, as a switch that is off, what holding would do: no advice."""
    _, plan, simulated = page.language, page.season, page.readiness.frames.is_simulated
    told = Bullets(items=(_("The plan sends every innovation."), duty_to_report(_)), is_simulated=simulated)
    if plan is None or page.simulation is None:
        return Block([told], _)
    plans = (plan, page.simulation)
    cases: list[tuple[str, list[Fraction]]] = [
        (_("Index with the plan"), [each.plan.index for each in plans]),
        (_("Gain of the index"), [each.plan.index - each.plan.index_before for each in plans]),
        (_("Gain left if a tenth is rejected"), [each.if_tenth_rejected.gain for each in plans]),
    ]
    shifted = [each.if_shifted.gain for each in plans if each.if_shifted is not None]
    if plan.shift is not None and len(shifted) == len(plans):
        text = _("Gain left if the index falls by {points} points, as the one published pair did")
        cases.append((text.format(points=_.number(plan.shift.points)), shifted))
    rows = pl.DataFrame(
        [{"case": case, "without": rounded(values[0]), "with": rounded(values[1])} for case, values in cases],
        schema={"case": pl.String, "without": pl.Decimal(12, 2), "with": pl.Decimal(12, 2)},
    )
    columns = [
        Column("case", _("What is compared")),
        Column("without", _("Everything sent")),
        Column("with", _("Simulation with holding")),
    ]
    held = _.ngettext(
        "{count} innovation held in the simulation.", "{count} innovations held in the simulation.", len(plans[1].held)
    ).format(count=_.whole(len(plans[1].held)))
    caption = _("Simulation of holding, {name}").format(name=page.name)
    compared = table(rows, columns, caption, _, is_simulated=simulated, note=f"{held} {duty_to_report(_)}")
    return Block([told, Details(summary=_("Show the simulation of holding (no advice)"), parts=compared.parts)], _)


def _numbered(page: NextEdition, rows: pl.DataFrame, columns: list[Column], caption: str, most: int) -> Block:
    """A table of which a page shows the first rows; the workbook has all.

    What a document must hold is cut to its first words: a page is no guideline, and the workbook has it whole.
    """
    cut = [replace(column, longest=LONGEST_DOCUMENT) if column.name == "document" else column for column in columns]
    simulated = page.readiness.frames.is_simulated
    return first_rows(table(rows, cut, caption, page.language, is_simulated=simulated), most, page.language)
