"""Pages of one season in the words of reports and letters, from readiness to the list of innovations."""

from __future__ import annotations

import polars as pl

from workbench.desk.desk_tables import DeskTable
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.question import Question

PLACE_AIMED = 5
"""The place of the last published ranking that the calendar names the distance to."""
READINESS_TABLES = {
    "asked": "Asked for",
    "units": "Units",
    "below-threshold": "Below the threshold",
    "ineligible": "Not eligible",
    "without-documents": "Without documents",
    "mature-first": "To mature first",
    "gaps": "Everything that is missing",
    "kinds": "By kind of unit",
    "districts": "By district",
    "burn-down": "Day by day",
    "messages": "Messages to copy",
}
"""The lists of a readiness in the order in which a planner works on them, with their headings (catalogue keys)."""


PORTFOLIO_TITLES = {
    "catalogue": "All innovations over the years",
    "entries": "Entries in schemes",
    "kinds": "Digital and not digital",
    "affairs": "By government affair",
    "candidates": "Candidates to replicate",
    "published": "Published about innovations",
    "programmes": "Programmes",
    "idsd": "Results of IDSD",
    "city": "Awards and results of the city",
    "kipp": "Rules of KIPP by year",
    "kipp-entries": "Entries in KIPP and the years running",
    "spellings": "Spellings of one innovation",
    "replications": "Register of replications",
    "proofs": "Proposed proof of replication",
    "coverage": "Spread over the affairs",
    "tags": "National tags",
    "faults": "To be mended in files of the home",
}
"""The lists of a portfolio with their headings (catalogue keys)."""


def readiness(question: Question) -> PageContent:
    """Return who has sent what and what is missing, by the day and threshold of the question."""
    from analysis.planning.asked import plan_asked_for
    from analysis.planning.words import readiness_notes
    from analysis.season.readiness import read_readiness
    from workbench.commands.readiness import readiness_lists
    from workbench.lists import LIST_HEADERS

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        found = read_readiness(
            snapshot, question.home, city, edition, question.on, threshold=question.threshold, lang=_.code
        )
        plan = plan_asked_for(snapshot, question.home, found)
    lists = readiness_lists(found, plan, _, with_names=False)
    tables = {name: table_of(name, _(title), lists[name], LIST_HEADERS, _) for name, title in READINESS_TABLES.items()}
    return PageContent(
        _("Readiness"), "readiness.html", readiness_notes(found, question.city_name, _),
        tables=tables, is_simulated=found.frames.is_simulated,
    )  # fmt: skip


def plan(question: Question) -> PageContent:
    """Return the one ordered list of the plan, everything sent, with what stands below it."""
    from analysis.planning.calendar import calendar_for_people, calendar_notes, plan_calendar
    from analysis.planning.place_aimed import published_place
    from workbench.lists import LIST_HEADERS

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        found = snapshot.plan_list(city, edition, on=question.on)
        aimed = published_place(snapshot, city, edition, PLACE_AIMED)
    steps = calendar_for_people(plan_calendar(found.plan, _), _)
    notes = calendar_notes(found.plan, aimed, _)
    tables = {
        "actions": DeskTable.of_result("actions", found),
        "calendar": table_of("calendar", _("Calendar"), steps, LIST_HEADERS, _, *notes),
    }
    return PageContent(_("Plan"), "plan.html", found.notes, tables=tables, is_simulated=found.is_simulated)


def profile(question: Question) -> PageContent:
    """Return every SPD line and SID indicator: level, what it costs, peers, strengths and weaknesses."""
    from analysis.index.index_profile import read_index_profile
    from analysis.index.profile_words import PARTS, PROFILE_HEADERS, profile_notes, profile_rows
    from warehouse.region import region_of_code

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        found = read_index_profile(snapshot, city, edition)
    notes = profile_notes(found, question.city_name, region_of_code(city).region_type, _)
    rows = {part: profile_rows(found, part, _) for part in PARTS}
    tables: dict[str, DeskTable] = {
        part: table_of(part, _.label("aspect", part), rows[part], PROFILE_HEADERS, _) for part in PARTS
    }
    return PageContent(_("Profile"), sentences=notes, tables=tables, is_simulated=found.is_simulated)


def portfolio(question: Question) -> PageContent:
    """Return the city's innovations over years and schemes, awards, programmes and what could be replicated."""
    from analysis.portfolio.city_portfolio import read_portfolio
    from analysis.portfolio.words import PORTFOLIO_HEADERS, portfolio_lists, portfolio_notes

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        found = read_portfolio(snapshot, question.home, city, edition)
        affairs = snapshot.sql("select affair_code, name_id, name_en from government_affair")
        is_simulated = snapshot.is_simulated
    lists = portfolio_lists(found, affairs, _)
    tables = {
        name: table_of(name, _(PORTFOLIO_TITLES[name]), frame, PORTFOLIO_HEADERS, _) for name, frame in lists.items()
    }
    notes = portfolio_notes(found, question.city_name, _)
    return PageContent(_("Portfolio"), sentences=notes, tables=tables, is_simulated=is_simulated)


def contest(question: Question) -> PageContent:
    """Return the city's contest: places and prizes from jury scores; without scores what was published."""
    from analysis.contest.jury_table import undeclared
    from analysis.contest.results import contest_of, contests_of, judge, nominees_of, scores_in
    from analysis.season.frames import read_season_frames
    from reports.letters.minutes import JudgedContest, minutes_list, set_aside_in
    from reports.pages.contest.blocks import (
        categories_in_words,
        contest_notes,
        published_winners,
        result_notes,
        unnamed_jurors,
    )
    from reports.pages.contest.outcome_words import outcome_notes, stages_in_words, unused_rows
    from warehouse.errors import UnknownName
    from workbench.commands.contest import CONTEST_HEADERS

    _ = question.language
    city, edition = question.season
    asked = question.arguments.get("contest") or None
    with question.open() as snapshot:
        written = undeclared(snapshot, city, edition, question.home)
        held = [written] if written else contests_of(city, edition, question.home)
        tables_of = {one.name: scores_in(snapshot, one, edition, question.home) for one in held}
        set_aside = set_aside_in(snapshot, city, edition)
        try:
            frames = read_season_frames(snapshot, city, edition)
        except UnknownName:  # a city may send its contest before any list of innovations
            frames = None
    scored = [one.name for one in held if tables_of[one.name].used_count]
    asked = asked if asked in tables_of else next(iter([*scored, *tables_of]), asked)
    try:
        declared = written or contest_of(city, edition, asked, question.home)
    except UnknownName as error:
        message, _place, next_step = error.told(_)
        values = {"has_scores": False, "contests": ()}
        return PageContent(_("Contest"), "contest.html", (f"{message}. {next_step}",), values)
    name = declared.name_id if _.code == "id" else declared.name_en
    given = tables_of[declared.name]
    choice = [{"name": one.name, "title": one.name_id if _.code == "id" else one.name_en} for one in held]
    values = {"contests": choice, "contest": declared.name if declared.is_declared else ""}
    if given.scores.is_empty() and given.unused.is_empty():
        notes = [_("No jury scores: fill in the template, and drop it here.")]
        notes += [*outcome_notes(declared, given, None, _), *contest_notes(declared, _)]
        winners = table_of("winners", _("Published winners"), published_winners(declared, _), CONTEST_HEADERS, _)
        return PageContent(name, "contest.html", notes, {**values, "has_scores": False}, {"winners": winners})
    found = judge(declared, given.scores)
    lists = {
        "entries": (_("Places"), found.entries),
        "stages": (_("Stages of the contest"), found.stages),
        "unused": (_("Not used"), unused_rows(declared, given, found, _)),
        "ties": (_("Equal scores"), found.ties),
        "minutes": (_("Minutes"), minutes_list(JudgedContest(declared, edition, given, found, set_aside, ""), _)),
        "nominees": (_("Nominees"), nominees_of(declared, found, frames)),
        "agreement": (_("Agreement of the jurors"), found.agreement),
        "jurors": (_("Jurors"), unnamed_jurors(found.jurors, _, with_names=False)),
    }
    tables = {
        key: table_of(
            key, title, stages_in_words(declared, categories_in_words(declared, frame, _), _), CONTEST_HEADERS, _
        )
        for key, (title, frame) in lists.items()
        if key in ("entries", "nominees", "agreement", "jurors") or frame.height
    }
    notes = result_notes(declared, found, given, _, with_names=False)
    return PageContent(name, "contest.html", notes, {**values, "has_scores": True}, tables, given.is_simulated)


def province(question: Question) -> PageContent:
    """Return every regency and city of the season's province: who has sent what, what lacks most first."""
    from analysis.season.province import overview_columns, province_overview
    from warehouse.region import region_of_code
    from workbench.commands.office import OVERVIEW_HEADERS, overview_in_words

    _ = question.language
    city, edition = question.season
    code = city.partition(".")[0]
    with question.open() as snapshot:
        frame = province_overview(snapshot, question.home, code, edition, question.on, lang=_.code)
    told = overview_in_words(frame, _).select(overview_columns())
    table = table_of("regions", _("Regencies and cities"), told, OVERVIEW_HEADERS, _)
    notes = (_("Received is what reached this home: a region may have entered more on the portal."),)
    values = {"province": code}
    return PageContent(
        region_of_code(code).full_name, "province.html", notes, values, {"regions": table},
        bool(frame["is_simulated"].any()),
    )  # fmt: skip


_EVERY_INNOVATION = """
select r.full_name as city, s.region_code, s.innovation_id, s.edition, s.title, s.unit_name, s.unit_kind, s.stage,
    s.claimed_score, s.verified_score, s.final_score, s.status, s.implementation_date, s.development_date
from submission s join region r using (region_code)
where ($region_code is null or s.region_code = $region_code) and ($edition is null or s.edition = $edition)
order by r.full_name, s.edition, s.title
"""
INNOVATION_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "title": "Innovation",
    "unit_name": "Unit",
    "unit_kind": "Kind of unit",
    "stage": "Stage",
    "claimed_score": "Claimed",
    "verified_score": "Verified",
    "final_score": "Final",
    "status": "State",
    "implementation_date": "Implemented on",
    "development_date": "Developed on",
}
CODED = {"unit_kind": "unit_kind", "stage": "stage", "status": "status"}


def innovations(question: Question) -> PageContent:
    """Return every innovation of the season, or of all seasons of the snapshot (`all=1`)."""
    _ = question.language
    city, edition = question.season
    is_all = question.arguments.get("all") == "1"
    asked = {"region_code": None if is_all else city, "edition": None if is_all else edition}
    with question.open() as snapshot:
        frame = snapshot.sql(_EVERY_INNOVATION, dict(asked))
        is_simulated = snapshot.is_simulated
    words = {
        column: {code: _.label(field, code) for code in frame[column].drop_nulls().unique()}
        for column, field in CODED.items()
    }
    frame = frame.with_columns(pl.col(column).replace(told) for column, told in words.items() if told)
    if not is_all:
        frame = frame.drop("city", "region_code", "edition")
    table = table_of("innovations", _("Innovations"), frame, INNOVATION_HEADERS, _)
    return PageContent(
        _("Innovations"), "innovations.html", values={"is_all": is_all}, tables={"innovations": table},
        is_simulated=is_simulated,
    )  # fmt: skip
