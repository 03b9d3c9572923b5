"""Pages about mentoring: whose move it is in a season, what can be entered again, and the story of one innovation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from warehouse.errors import UnknownName
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.people import Right
from workbench.desk.question import Question

if TYPE_CHECKING:
    from analysis.mentoring.story import Story

STORY_TABLES = {
    "story": "What happened, edition by edition",
    "submissions": "Entered",
    "levels": "Levels by round",
    "steps": "Steps of mentoring",
    "evidence": "Confirmed evidence",
    "schemes": "Contests and awards",
    "portal": "Package and portal",
}
"""The lists of an innovation's page with their headings (catalogue keys)."""
LISTED = 400
"""Innovations that can be chosen from; the page of innovations has all."""
_NAMED = """
select innovation_id, any_value(title order by edition desc) as title from submission where region_code = $region
group by innovation_id order by title
"""


def mentoring(question: Question) -> PageContent:
    """Return whose move it is, what was lowered, all steps, and what of earlier editions can be entered again."""
    from analysis.mentoring.reentry import read_reentries
    from analysis.mentoring.rounds import read_mentoring
    from analysis.mentoring.words import (
        MENTORING_HEADERS,
        faults_frame,
        in_words,
        mentoring_notes,
        reentry_notes,
    )
    from reports.letters.objection_letter import objection_deadline

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        found = read_mentoring(snapshot, question.home, city, edition, question.on)
        try:
            again = read_reentries(snapshot, question.home, city, edition)
        except UnknownName:
            again = None
    frames = {
        "moves": (_("Whose move it is"), found.moves),
        "lowered": (_("Lowered in verification"), found.lowered),
        "steps": (_("Steps of mentoring"), found.steps),
        "rounds": (_("Levels by round"), found.rounds),
    }
    tables = {
        name: table_of(name, title, in_words(frame, _), MENTORING_HEADERS, _) for name, (title, frame) in frames.items()
    }
    if again is not None:
        rows, notes = in_words(again.rows, _, states="reentry_state"), reentry_notes(again, _)
        tables["resubmit"] = table_of("resubmit", _("To be entered again"), rows, MENTORING_HEADERS, _, *notes)
    if found.log.faults:
        faults = faults_frame(found.log.faults, _)
        tables["faults"] = table_of("faults", _("Cells of the log that cannot be read"), faults, MENTORING_HEADERS, _)
    deadline = objection_deadline(question.home, city, edition, question.on, _)
    values = {
        "has_lowered": not found.lowered.is_empty(), "has_earlier": again is not None, "cities": question.seasons,
        "innovations": _links(found.moves, found.lowered),
    }  # fmt: skip
    return PageContent(
        _("Mentoring"), "mentoring.html", mentoring_notes(found, deadline, _), values, tables, found.is_simulated
    )


def _links(*frames: pl.DataFrame) -> list[dict[str, str]]:
    """The innovations of lists, each once, to be opened."""
    rows = pl.concat([frame.select("innovation_id", "title") for frame in frames]).drop_nulls().unique("innovation_id")
    return rows.sort("title").head(LISTED).to_dicts()


def _around(story: Story, question: Question) -> list[tuple[str, str]]:
    """The pages that name the innovation too, its own evidence by its submission of the season."""
    _ = question.language
    own = story.editions.filter(pl.col("edition") == question.edition)["submission_id"].to_list()
    evidence = question.query(innovation=own[0]) if own else question.query()
    pages = {"readiness": _("Readiness"), "portfolio": _("Portfolio"), "portal": _("Portal")}
    around = [(f"{page}?{question.query()}", text) for page, text in pages.items()]
    return [(f"evidence?{evidence}", _("Evidence")), *around, (f"innovations?{question.query()}", _("Innovations"))]


def innovation(question: Question) -> PageContent:
    """Return the story of one innovation (`innovation`) over the editions; without one all to choose from."""
    from analysis.mentoring.story import read_story, without_file_names
    from analysis.mentoring.words import MENTORING_HEADERS, in_words, portal_in_words, story_notes

    _ = question.language
    city, _edition = question.season
    named = question.arguments.get("innovation", "")
    with question.open() as snapshot:
        if not named:
            listed = snapshot.sql(_NAMED, {"region": city}).to_dicts()
            values = {"innovations": listed, "named": ""}
            return PageContent(_("One innovation"), "innovation.html", (), values, {}, snapshot.is_simulated)
        story = read_story(snapshot, question.home, city, named, question.on)
    if not question.person.may(Right.work):  # names of files may hold names of persons
        story = without_file_names(story)
    frames = {
        "story": story.events, "submissions": story.editions, "levels": story.levels, "steps": story.steps,
        "evidence": story.evidence, "schemes": story.schemes, "portal": portal_in_words(story.portal, _),
    }  # fmt: skip
    tables = {
        name: table_of(name, _(STORY_TABLES[name]), in_words(frame, _), MENTORING_HEADERS, _)
        for name, frame in frames.items()
    }
    values = {"innovations": [], "named": story.title, "around": _around(story, question)}
    return PageContent(story.title, "innovation.html", story_notes(story, _), values, tables, story.is_simulated)
