"""The command about city contests: contest."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from warehouse.contest import Contest, ContestResult, contest_of, judge, read_scores
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.options import FormatOption, LanguageOption, language_of, language_of_environment
from workbench.output import Format, messages, show
from workbench.planning import CityArgument, EditionArgument, WorkbookOption

_ = language_of_environment()

CONTEST_HEADERS = {
    "category": "Category",
    "place": "Place",
    "title": "Innovation",
    "unit_name": "Unit",
    "mean": "Mean",
    "juror_count": "Jurors",
    "entry_count": "Entries",
    "band": "Band",
    "prize": "Prize (Rp)",
    "is_nominee": "National nominee",
    "kendalls_w": "Kendall's W",
    "juror": "Juror",
    "scored_count": "Scored",
    "offset": "Above the others",
    "agreement": "Agreement",
    "is_outlying": "Outlying",
}


class ContestList(StrEnum):
    """The lists of a contest."""

    entries = "entries"
    agreement = "agreement"
    jurors = "jurors"


def contest(
    city: CityArgument,
    edition: EditionArgument,
    scores: Annotated[
        Path | None,
        typer.Option(help=_("CSV file of jury scores: category,title,unit_name,juror,score."), show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--contest", help=_("Name of the contest, where a city has several."), show_default=False),
    ] = None,
    shown: Annotated[ContestList, typer.Option("--list", help=_("Which list to print."))] = ContestList.entries,
    workbook: WorkbookOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Places, prizes, nominees and agreement of the jurors from jury scores; without scores what was published."""
    language = language_of(lang)
    declared = contest_of(resolve_city(city).region_code, edition, name)
    title = declared.name_id if language.code == "id" else declared.name_en
    notes = [f"{language('Source')}: {declared.source}"]
    if scores is None:
        notes.append(language("Published winners; no scores were given (--scores)."))
        show(_published(declared, language), form, language, title=title, headers=CONTEST_HEADERS, notes=notes)
        return
    found = judge(declared, read_scores(scores))
    notes = [*_notes(declared, found, language), *notes]
    lists = {name: _in_words(declared, getattr(found, name), language) for name in ContestList}
    if workbook:
        from reports.workbook import write_workbook

        sheets = {language(name.value): frame for name, frame in lists.items()}
        write_workbook(workbook, sheets, language, CONTEST_HEADERS, notes)
        messages().print(language("Workbook written: {path}").format(path=workbook), soft_wrap=True, markup=False)
    show(lists[shown], form, language, title=title, headers=CONTEST_HEADERS, notes=notes)


def _published(declared: Contest, language: Language) -> pl.DataFrame:
    rows = [(one.category, one.place_text or str(one.place), one.title) for one in declared.winner]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("category", "place", "title"), pl.String), orient="row")
    if frame.is_empty():
        frame = pl.DataFrame({"category": [one.code for one in declared.category]})
    return _in_words(declared, frame, language)


def _in_words(declared: Contest, frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    names = {one.code: one.name_id if language.code == "id" else one.name_en for one in declared.category}
    return frame.with_columns(pl.col("category").replace(names))


def _notes(declared: Contest, found: ContestResult, language: Language) -> list[str]:
    told = [language("Equal means are decided by the median; entries equal in both share the place.")]
    if declared.prizes:
        total = language.number(found.prize_total, 0)
        told.append(language("Prizes together: Rp {total}").format(total=total))
    outlying = found.jurors.filter("is_outlying")["juror"].unique().sort().to_list()
    if outlying:
        told.append(language("Outlying jurors: {names}").format(names=", ".join(outlying)))
    return told
