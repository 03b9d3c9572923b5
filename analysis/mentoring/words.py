"""What mentoring says to people: headings, codes in words, and the sentences above its lists."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from analysis.mentoring.log_file import StepFault, words_for
from analysis.mentoring.reentry import Reentries
from analysis.mentoring.rounds import Mentoring
from analysis.mentoring.story import Story
from analysis.portal.reconciliation import FIELD_MESSAGES, STATE_MESSAGES
from analysis.season.assignment import named_or_numbered
from warehouse.language import Language

MENTORING_HEADERS = {
    "edition": "Edition",
    "date": "Date",
    "who": "Whose move",
    "days_waiting": "Days waiting",
    "since_date": "Since",
    "title": "Innovation",
    "unit_name": "Unit",
    "indicator_number": "Indicator",
    "indicator_name": "Name of the indicator",
    "round": "Round",
    "act": "Last step",
    "reason": "Reviewer's reason",
    "reply": "Reply of the unit",
    "evidence": "Evidence",
    "result": "Result of the step",
    "level": "Level",
    "by": "Written down by",
    "claimed_level": "Level claimed",
    "verified_level": "Level verified",
    "final_level": "Level final",
    "claimed_points": "Points claimed",
    "verified_points": "Points verified",
    "final_points": "Points final",
    "state": "State",
    "editions": "Entered in",
    "times_count": "Times entered",
    "most_count": "At most",
    "causes": "Cause",
    "proof": "Proof of development",
    "implementation_date": "Implemented on",
    "development_date": "Developed on",
    "developed": "Developed on",
    "explanation": "Explanation of the development",
    "event": "What happened",
    "text": "What it says",
    "figure": "Figure",
    "field": "Field",
    "own_value": "Own list",
    "portal_value": "In the portal",
    "missing_count": "Fields that lack",
    "without_level_count": "Indicators without a level",
    "file_count": "Evidence files",
    "confirmed_count": "Of these confirmed",
    "file_name": "File",
    "decided_at": "When",
    "file": "File",
    "row": "Row",
    "column": "Column",
    "rule": "Reason",
    "stage": "Stage",
    "status": "Status",
    "trial_date": "Tried on",
    "claimed_score": "Claimed",
    "verified_score": "Verified",
    "final_score": "Final",
    "year": "Year",
    "scheme": "Scheme",
    "score": "Score",
    "basis": "Basis",
    "source": "Source",
}
CODED = {
    "who": "mentoring_move", "round": "mentoring_round", "act": "mentoring_act", "result": "mentoring_act",
    "proof": "reentry_proof", "event": "story_event", "rule": "mentoring_fault", "stage": "stage", "status": "status",
}  # fmt: skip
HIDDEN = ("innovation_id", "submission_id", "is_simulated", "has_letter", "is_entered")


def in_words(
    frame: pl.DataFrame, language: Language, *, states: str = "mentoring_state", with_names: bool = False
) -> pl.DataFrame:
    """Return a list with its codes in words, and persons numbered unless they were asked for by name."""
    fields = {**CODED, "state": states}
    columns = []
    for name in frame.columns:
        if name in HIDDEN:
            continue
        if name == "by":
            shown = named_or_numbered(frame["by"].drop_nulls(), "Person", language, with_names=with_names)
            columns.append(
                pl.Series(name, [None if one is None else shown[one] for one in frame[name]], dtype=pl.String)
            )
        elif name == "text" and "event" in frame.columns:
            told = [_event_text(event, text, language) for event, text in frame.select("event", "text").iter_rows()]
            columns.append(pl.Series(name, told, dtype=pl.String))
        elif name == "causes":
            columns.append(pl.Series(name, [_causes(text, language) for text in frame[name]], dtype=pl.String))
        elif name in fields and frame.schema[name] == pl.String:
            columns.append(
                pl.Series(name, [_label(fields[name], code, language) for code in frame[name]], dtype=pl.String)
            )
        else:
            columns.append(frame[name])
    return pl.DataFrame(columns)


def _event_text(event: str, text: str | None, language: Language) -> str | None:
    if event == "portal" and text:
        return language(STATE_MESSAGES[text])
    if event == "package":
        return language("fields that lack or are wrong")
    return language.label("stage", text) if event == "submitted" and text else text


def portal_in_words(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return what the portal has of an innovation, in words."""
    states = {**STATE_MESSAGES, "package": "package for the portal"}
    return frame.with_columns(
        pl.Series("state", [language(states[state]) for state in frame["state"]], dtype=pl.String),
        pl.Series(
            "field", [None if name is None else language(FIELD_MESSAGES.get(name, name)) for name in frame["field"]],
            dtype=pl.String,
        ),
    )  # fmt: skip


def _label(field: str, code: str | None, language: Language) -> str | None:
    return None if code is None else language.label(field, code)


def _causes(text: str | None, language: Language) -> str | None:
    if text is None:
        return None
    return "; ".join(
        language.label("reentry_state", cause) if cause == "too_often" else language.label("ineligible", cause)
        for cause in text.split("|")
    )


def faults_frame(faults: tuple[StepFault, ...], language: Language) -> pl.DataFrame:
    """Return what of a log or a returned sheet cannot be used: file, row, column, words found, reason."""
    rows = [
        {
            "file": fault.file, "row": fault.row, "column": _column(fault.column, language), "text": fault.text,
            "rule": language.label("mentoring_fault", fault.rule),
        }
        for fault in faults
    ]  # fmt: skip
    kinds = {"file": pl.String, "row": pl.Int64, "column": pl.String, "text": pl.String, "rule": pl.String}
    return pl.DataFrame(rows, schema=kinds)


def _column(name: str, language: Language) -> str:
    """The heading of a column as the program writes it in sheets; in English as it does in the log."""
    return words_for("column").get(name, name) if language.code == "id" else name


def fault_lines(faults: tuple[StepFault, ...], language: Language, most: int = 12) -> list[str]:
    """Return a line for each cell that cannot be used, with where it stands and what to do."""
    text = language("{file}, row {row}, column {column}: {reason} ({cell}). Mend the cell; the row is kept.")
    lines = [
        text.format(
            file=fault.file, row=fault.row, column=_column(fault.column, language), cell=fault.text or "–",
            reason=language.label("mentoring_fault", fault.rule),
        )
        for fault in faults[:most]
    ]  # fmt: skip
    if len(faults) > most:
        lines.append(language("and {count} more").format(count=language.whole(len(faults) - most)))
    return lines


def mentoring_notes(mentoring: Mentoring, deadline: str | None, language: Language) -> list[str]:
    """Return whose move how much is, what was lowered, until when to object, and what of the log cannot be used."""
    _ = language
    notes = []
    counts: Mapping[str, int] = dict(mentoring.moves.group_by("who").len().iter_rows())
    moves = [f"{_.label('mentoring_move', who)} {_.whole(counts[who])}" for who in WHO if counts.get(who)]
    if moves:
        notes.append(_("Whose move it is: {moves}.").format(moves=", ".join(moves)))
    else:
        notes.append(_("Nothing has been written down yet: fill in the sheet of mentoring, and read it back."))
    lowered = mentoring.lowered.filter(pl.col("state") != "restored").height
    if lowered:
        day = deadline or _("date not known")
        text = _("Lowered in verification: {count}; last day to object: {day}.")
        notes.append(text.format(count=_.whole(lowered), day=day))
    elif mentoring.rounds["verified_points"].null_count() == mentoring.rounds.height:
        notes.append(_("No verified scores are in the snapshot or the log: what was lowered is not known."))
    if mentoring.unknown:
        names = ", ".join(sorted({step.title or step.innovation for step in mentoring.unknown})[:5])
        text = _("{count} step(s) are of innovations that the season does not have, and are kept: {names}.")
        notes.append(text.format(count=_.whole(len(mentoring.unknown)), names=names))
    return [*notes, *fault_lines(mentoring.log.faults, _)]


WHO = ("unit", "mentor", "bappeda", "reviewer")


def reentry_notes(found: Reentries, language: Language) -> list[str]:
    """Return how many of earlier editions still count, with bounds, and the rule that says so."""
    _ = language
    lower, upper = found.count_lower, found.count_upper
    span = _.whole(lower) if lower == upper else f"{_.whole(lower)}–{_.whole(upper)}"
    text = _("Of {count} innovations of earlier editions {span} count in {edition}.")
    notes = [text.format(count=_.whole(found.rows.height), span=span, edition=found.edition)]
    rules = found.rules
    if rules is None:
        notes.append(_("The rule of edition {edition} is not known.").format(edition=found.edition))
    else:
        notes.append(rules.rule_id if _.code == "id" else rules.rule_en)
        if rules.most_entries is None:
            notes.append(
                _("How often an innovation may be entered is not stated for {edition}.").format(edition=found.edition)
            )
    missing = found.rows.filter(pl.col("proof").is_in(["missing", "too_old", "unexplained"])).height
    if missing:
        text = _("{count} need a proof of development: `iga mentoring sheet --development` makes the sheet for it.")
        notes.append(text.format(count=_.whole(missing)))
    return notes


def story_notes(story: Story, language: Language) -> list[str]:
    """Return what an innovation is, how often it was entered, and what became of its last entry."""
    _ = language
    last = story.editions.row(story.editions.height - 1, named=True)
    years = ", ".join(str(year) for year in story.editions["edition"].unique(maintain_order=True))
    text = _("{unit}; entered {count} time(s): {years}.")
    notes = [text.format(unit=story.unit_name, count=story.times_entered, years=years)]
    figures = [
        f"{_(word)} {_.number(last[name])}"
        for name, word in (("claimed_score", "Claimed"), ("verified_score", "Verified"), ("final_score", "Final"))
        if last[name] is not None
    ]
    if figures:
        notes.append(
            _("Last entry ({edition}): {figures}.").format(edition=last["edition"], figures=", ".join(figures))
        )
    if story.evidence.is_empty():
        notes.append(_("No evidence of it has been confirmed by a mentor."))
    else:
        text = _("Evidence confirmed by a mentor: {count} file(s).")
        notes.append(text.format(count=_.whole(story.evidence.height)))
    lowered = story.levels.filter(pl.col("state").is_in(["lowered", "rejected"])).height
    if lowered:
        notes.append(_("Lowered in verification over all editions: {count}.").format(count=_.whole(lowered)))
    return notes
