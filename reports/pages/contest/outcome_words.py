"""What is said beside the places of a contest: what was not used and why, stages, ties, what is not public."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from analysis.contest.declarations import Contest
from analysis.contest.jury_table import JuryTable
from analysis.contest.results import ContestResult
from analysis.season.assignment import named_or_numbered
from warehouse.language import Language

UNUSED_MESSAGES = {
    "category_unknown": "no contest of the city has this category",
    "stage_unknown": "the contest declares no such stage",
    "stage_unsaid": "the file does not say the stage, and other files do",
    "own_unit": "the juror has left the room: an own unit",
    "scored_twice": "the same juror has scored it in another file too",
    "not_admitted": "not admitted to this stage",
    "criterion_missing": "a criterion was not scored",
    "stage_missing": "admitted to this stage and not scored",
    "whole_contradicted": "the score of the whole is not what the criteria come to; the criteria count",
}
"""Why a score was not used, or an entry has none."""

NEXT_STEP_MESSAGES = {
    "category_unknown": "Correct the category in the file, or add it to the aliases of the contest.",
    "stage_unknown": "Declare the stage in the contest, or correct its name in the file.",
    "stage_unsaid": "Write the stage above the table, such as TAHAP PRESENTASI.",
    "scored_twice": "Keep one of the two files.",
    "not_admitted": "Check the list of those who passed, or take the row out.",
    "criterion_missing": "Have the juror fill in the criterion.",
    "stage_missing": "Have the jury score it, or state that it withdrew.",
    "whole_contradicted": "Correct the recap: the sum of the criteria and the score of the whole differ.",
}


def stage_name(contest: Contest, code: str, language: Language) -> str:
    """Return what a stage is called; the final outcome has a name of its own."""
    declared = next((stage for stage in contest.stage if stage.code == code), None)
    if declared is not None:
        return declared.name_id if language.code == "id" else declared.name_en
    return code or language("Final outcome")


def stages_in_words(contest: Contest, frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return the frame with its stages as names."""
    if "stage" not in frame.columns:
        return frame
    names = {code: stage_name(contest, code, language) for code in frame["stage"].drop_nulls().unique()}
    return frame.with_columns(pl.col("stage").replace(names))


def unused_rows(
    contest: Contest, given: JuryTable, result: ContestResult | None, language: Language, *, with_names: bool = False
) -> pl.DataFrame:
    """Return what was not used: title, category as written, stage, reason, and its cell; jurors are numbered."""
    left = pl.DataFrame() if result is None else result.left_out
    frame = pl.concat([given.unused, left], how="diagonal") if left.width else given.unused
    scoring = set(given.scores["juror"]) - {""}
    people = [*sorted(scoring), *sorted(set(frame["juror"].drop_nulls()) - scoring - {""})]
    shown = named_or_numbered(people, "Juror", language, with_names=with_names)
    reasons = {code: language(text) for code, text in UNUSED_MESSAGES.items()}
    named = frame.select(
        "title",
        "category",
        pl.col("stage").fill_null(""),
        pl.col("juror").replace_strict(shown, default=pl.col("juror"), return_dtype=pl.String),
        pl.col("criterion"),
        pl.col("reason").replace_strict(reasons, default=pl.col("reason"), return_dtype=pl.String),
        pl.col("file_name"),
        pl.col("sheet"),
        pl.col("row_number"),
        pl.col("column"),
    )
    return stages_in_words(contest, named, language) if named["stage"].str.len_chars().sum() else named.drop("stage")


def open_count(given: JuryTable, result: ContestResult | None) -> int:
    """Return how many scores and entries somebody has to look at before the outcome is one."""
    return given.open_scores.height + (0 if result is None else result.left_out.height)


def outcome_notes(contest: Contest, given: JuryTable, result: ContestResult | None, language: Language) -> list[str]:
    """Return how many scores were used, why the outcome is a draft, ties, own units, and what is not public."""
    return [
        *_use_notes(given, result, language),
        *([] if result is None else _tie_notes(contest, result, language)),
        *_declared_notes(contest, language),
    ]


def _use_notes(given: JuryTable, result: ContestResult | None, language: Language) -> Iterator[str]:
    if given.count:
        used, whole = language.whole(given.used_count), language.whole(given.count)
        yield language("{used} of {count} scores are used.").format(used=used, count=whole)
    if count := open_count(given, result):
        text = language.ngettext(
            "DRAFT: {count} score or entry is open; it is listed under Not used.",
            "DRAFT: {count} scores or entries are open; they are listed under Not used.",
            count,
        )
        yield text.format(count=language.whole(count))
    reasons = given.open_scores["reason"].to_list() + ([] if result is None else result.left_out["reason"].to_list())
    for reason in dict.fromkeys(reasons):
        yield language(NEXT_STEP_MESSAGES[reason])
    if own := given.unused.filter(pl.col("reason") == "own_unit").height:
        text = language.ngettext(
            "{count} score of a juror for an own unit is left out; the mean is over the others.",
            "{count} scores of jurors for an own unit are left out; the mean is over the others.",
            own,
        )
        yield text.format(count=language.whole(own))


def _tie_notes(contest: Contest, result: ContestResult, language: Language) -> Iterator[str]:
    for (stage, category, _mean), tied in result.ties.group_by("stage", "category", "mean", maintain_order=True):
        rules = [rule for rule in tied["decided_by"].unique(maintain_order=True) if rule]
        names = {one.code: one.name_id if language.code == "id" else one.name_en for one in contest.category}
        how = ", ".join(language("the median") if rule == "median" else rule for rule in rules)
        text = language("Equal scores ({stage}, {category}): {titles}; decided by {how}.")
        if not rules:
            text = language("Equal scores ({stage}, {category}): {titles}; they share the place.")
        yield text.format(
            stage=stage_name(contest, str(stage), language),
            category=names.get(str(category), str(category)),
            titles=", ".join(tied["title"]),
            how=how,
        )


def _declared_notes(contest: Contest, language: Language) -> Iterator[str]:
    if not contest.is_declared:
        yield language("No declaration: categories are as written; declare the contest in contests/NAME.toml.")
    if contest.stage:
        stages = ", ".join(
            stage_name(contest, stage.code, language)
            + (
                ""
                if stage.finalists is None
                else " (" + language("{count} per category").format(count=stage.finalists) + ")"
            )
            for stage in contest.stage
        )
        yield language("Stages: {stages}").format(stages=stages)
        criteria = [one.name for stage in contest.stage for one in stage.criteria]
        if criteria:
            yield language("Criteria: {criteria}").format(criteria=", ".join(criteria))
    for figure in contest.figure:
        text = figure.text_id if language.code == "id" else figure.text_en
        yield f"{figure.edition}: {language.whole(figure.count)} {text} ({figure.source})"
    if contest.not_known:
        texts = [one.text_id if language.code == "id" else one.text_en for one in contest.not_known]
        yield language("Not public: {what}").format(what="; ".join(texts))
