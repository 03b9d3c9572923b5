"""The page of a city's contest: published winners, places and prizes from jury scores, agreement, national nominees."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analysis import open_snapshot
from analysis.contest.jury_table import undeclared
from analysis.contest.results import Contest, ContestResult, JuryTable, contests_of, judge, nominees_of, scores_in
from analysis.season.assignment import named_or_numbered
from analysis.season.frames import SeasonFrames, read_season_frames
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Heading
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import no_data
from reports.pages.city_index.headline import simulated_banner
from reports.pages.compare_cities.sources import source_name
from reports.pages.contest.outcome_words import outcome_notes, stage_name, stages_in_words, unused_rows
from reports.pages.contest.parameters import ContestParameters
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city


@dataclass(frozen=True)
class ContestPage:
    """One contest of a city in an edition: what was published, and what the jury scores give (None without any)."""

    name: str
    edition: int
    language: Language
    contest: Contest
    given: JuryTable
    result: ContestResult | None
    frames: SeasonFrames | None


def open_contests(parameters: ContestParameters) -> list[ContestPage]:
    """The contests that are declared for a city and edition, in the order of their names; empty without any."""
    region, home, language = resolve_city(parameters.city), Home.at(), Language(parameters.lang)
    declared = [
        one for one in contests_of(region.region_code, parameters.edition, home) if parameters.contest in ("", one.name)
    ]
    pages = []
    with open_snapshot(parameters.snapshot or None) as snapshot:
        try:
            frames = read_season_frames(snapshot, region.region_code, parameters.edition)
        except UnknownName:
            frames = None
        if not declared and (written := undeclared(snapshot, region.region_code, parameters.edition, home)):
            declared = [written]
        for one in declared:
            given = scores_in(snapshot, one, parameters.edition, home)
            result = judge(one, given.scores) if given.count else None
            pages.append(ContestPage(region.full_name, parameters.edition, language, one, given, result, frames))
    return pages


def banner(pages: list[ContestPage]) -> Block:
    """The mark of simulated data, where any jury score is simulated."""
    language = pages[0].language if pages else Language()
    return simulated_banner(any(page.given.is_simulated for page in pages), language)


def whole(pages: list[ContestPage], city: str, edition: int, lang: str) -> Block:
    """Every contest with its notes and tables; without a declared contest the plain statement of what is missing."""
    if not pages:
        language = Language(lang)
        what = language("No contest is declared for {city} {edition}: add contests/NAME.toml to the home.")
        return no_data(what.format(city=resolve_city(city).full_name, edition=edition), language)
    return Block.join([block for page in pages for block in _of_contest(page)])


def _of_contest(page: ContestPage) -> list[Block]:
    _, contest = page.language, page.contest
    title = contest.name_id if _.code == "id" else contest.name_en
    notes = (
        [*outcome_notes(contest, page.given, None, _), *contest_notes(contest, _)]
        if page.result is None
        else result_notes(contest, page.result, page.given, _, with_names=False)
    )
    told = Bullets(items=tuple(notes), is_simulated=page.result is not None and page.given.is_simulated)
    blocks = [Block([Heading(level=2, text=title), told], _), _published_table(page)]
    if page.result is None:
        missing = _("Places from jury scores, {contest}: fill in the template jury-scores")
        return [*blocks, no_data(missing.format(contest=title), _)]
    return [
        *blocks,
        *_stages(page, page.result),
        _places(page, page.result),
        *_unused(page, page.result),
        _agreement(page, page.result),
        _nominees(page, page.result),
    ]


def _stages(page: ContestPage, result: ContestResult) -> list[Block]:
    """A table for each stage, where there are several: who passed, who goes on, place and mean of the stage."""
    _ = page.language
    codes = result.stages["stage"].unique(maintain_order=True).to_list() if result.stages.width else []
    made = []
    for code in codes if len(codes) > 1 or any(codes) else []:
        rows = categories_in_words(page.contest, stage_table(result, code, _), _)
        rows = rows.with_columns(pl.when(pl.col("juror_count") > 0).then("juror_count").alias("juror_count"))
        shown = {"title": _("Innovation"), "unit_name": _("Unit"), "place": _("Placed"), "mean": _("Mean")}
        shown |= {"juror_count": _("Jurors"), "outcome": _("Outcome of the stage")}
        columns = [Column(name, text) for name, text in shown.items() if rows[name].null_count() < rows.height]
        words = {"stage": stage_name(page.contest, code, _), "name": page.name, "edition": page.edition}
        caption = _("Stage {stage}, {name} {edition}").format(**words)
        made.append(table(rows, columns, caption, _, is_simulated=page.given.is_simulated, group="category"))
    return made


def _unused(page: ContestPage, result: ContestResult) -> list[Block]:
    """The table of what was not used, with its place in the files; nothing where all was."""
    _ = page.language
    rows = unused_rows(page.contest, page.given, result, _)
    if rows.is_empty():
        return []
    texts = {"title": _("Innovation"), "category": _("Category as written"), "stage": _("Stage of the contest")}
    texts |= {"juror": _("Juror"), "reason": _("Reason"), "file_name": _("File"), "sheet": _("Sheet")}
    texts |= {"row_number": _("Row"), "column": _("Column")}
    columns = [
        Column(name, text)
        for name, text in texts.items()
        if name in rows.columns and rows[name].null_count() < rows.height
    ]
    caption = _("Not used, {name} {edition}").format(name=page.name, edition=page.edition)
    return [table(rows, columns, caption, _, is_simulated=page.given.is_simulated)]


def stage_table(result: ContestResult, code: str, language: Language) -> pl.DataFrame:
    """Return the entries of a stage with what came of it in words."""
    rows = result.of_stage(code)
    words = {True: language("goes on"), False: language("does not go on")}
    outcomes = [None if going is None else words[going] for going in rows["goes_on"]]
    return rows.with_columns(pl.Series("outcome", outcomes, dtype=pl.String))


def _published_table(page: ContestPage) -> Block:
    _ = page.language
    if not page.contest.winner:
        return no_data(_("Published winners, {name} {edition}").format(name=page.name, edition=page.edition), _)
    columns = [
        Column("category", _("Category")),
        Column("place", _("Placed")),
        Column("title", _("Innovation")),
    ]
    caption = _("Published winners, {name} {edition}").format(name=page.name, edition=page.edition)
    note = f"{_('Source')}: {source_name(page.contest.source)}"
    return table(
        published_winners(page.contest, _), columns, caption, _, is_simulated=False, is_published=True, note=note
    )


def _places(page: ContestPage, result: ContestResult) -> Block:
    _ = page.language
    columns = [
        Column("place", _("Placed")),
        Column("place_text", _("Called")),
        Column("title", _("Innovation")),
        Column("unit_name", _("Unit")),
        Column("mean", _("Mean")),
        Column("juror_count", _("Jurors")),
        *([Column("band", _("Band"))] if page.contest.bands else []),
        *([Column("prize", _("Prize (Rp)"), places=0)] if page.contest.prizes else []),
    ]
    prize = pl.when(pl.col("prize") != 0).then("prize").alias("prize")
    rows = categories_in_words(page.contest, result.entries, _).with_columns(prize)
    caption = _("Places from jury scores, {name} {edition}").format(name=page.name, edition=page.edition)
    return table(rows, columns, caption, _, is_simulated=page.given.is_simulated, group="category")


def _agreement(page: ContestPage, result: ContestResult) -> Block:
    _ = page.language
    outlying = unnamed_jurors(result.jurors, _, with_names=False).filter("is_outlying")
    told = {key: ", ".join(part["juror"]) for key, part in outlying.group_by("category", "stage", maintain_order=True)}
    places = result.agreement.select("category", "stage").iter_rows()
    rows = result.agreement.with_columns(pl.Series("outlying", [told.get(place) for place in places], dtype=pl.String))
    is_staged = any(rows["stage"])
    rows = stages_in_words(page.contest, rows, _) if is_staged else rows
    columns = [
        Column("category", _("Category")),
        *([Column("stage", _("Stage of the contest"))] if is_staged else []),
        Column("entry_count", _("Entries")),
        Column("juror_count", _("Jurors")),
        Column("kendalls_w", _("Kendall's W"), places=2),
        Column("outlying", _("Outlying jurors")),
    ]
    caption = _("Agreement of the jurors, {name} {edition}").format(name=page.name, edition=page.edition)
    note = _("Kendall's W: 0 no agreement, 1 full agreement, over the entries that every juror has scored.")
    shown = categories_in_words(page.contest, rows, _)
    return table(shown, columns, caption, _, is_simulated=page.given.is_simulated, note=note)


def _nominees(page: ContestPage, result: ContestResult) -> Block:
    _ = page.language
    rows = nominees_of(page.contest, result, page.frames)
    caption = _("From winners to national nominees, {name} {edition}").format(name=page.name, edition=page.edition)
    if rows.is_empty():
        return no_data(caption, _)
    standing = [_("in the season") if key else _("not in the season yet") for key in rows["submission_id"]]
    shown = categories_in_words(page.contest, rows, _).with_columns(pl.Series("standing", standing))
    columns = [
        Column("title", _("Innovation")),
        Column("category", _("Category")),
        Column("place", _("Placed")),
        Column("unit_name", _("Unit")),
        Column("standing", _("Submission")),
        Column("maturity", _("Maturity")),
    ]
    return table(shown, columns, caption, _, is_simulated=page.given.is_simulated)


def published_winners(contest: Contest, language: Language) -> pl.DataFrame:
    """The published winners with their categories in words; the categories alone where none were published."""
    rows = [(one.category, one.place_text or str(one.place), one.title) for one in contest.winner]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("category", "place", "title"), pl.String), orient="row")
    if frame.is_empty():
        frame = pl.DataFrame({"category": [one.code for one in contest.category]})
    return categories_in_words(contest, frame, language)


def categories_in_words(contest: Contest, frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """The frame with its category codes as names."""
    if "category" not in frame.columns:
        return frame
    names = {one.code: one.name_id if language.code == "id" else one.name_en for one in contest.category}
    return frame.with_columns(pl.col("category").replace(names))


def unnamed_jurors(jurors: pl.DataFrame, language: Language, *, with_names: bool) -> pl.DataFrame:
    """The jurors with a number instead of the name, unless names are asked for; one person keeps one number."""
    told = named_or_numbered(sorted(set(jurors["juror"])), "Juror", language, with_names=with_names)
    return jurors.with_columns(pl.col("juror").replace(told))


def contest_notes(contest: Contest, language: Language) -> list[str]:
    """What a contest is: source and confidence, prizes, bands, whether its entries are IGA innovations."""
    told = [f"{language('Source')}: {source_name(contest.source)} ({language.label('confidence', contest.confidence)})"]
    if contest.prizes:
        prizes = ", ".join(
            f"{contest.place_text(place) or place}: {language.number(amount, 0)}"
            for place, amount in sorted(contest.prizes.items())
        )
        told.append(language("Prizes in each category (Rp): {prizes}").format(prizes=prizes))
    if contest.bands:
        bands = ", ".join(f"{name} ≥ {language.number(lower, 0)}" for name, lower in contest.bands.items())
        told.append(language("Bands: {bands}").format(bands=bands))
    if contest.is_own_entity:
        told.append(language("The entries are no IGA innovations; they are linked to one only by hand."))
    return told


def result_notes(
    contest: Contest, result: ContestResult, given: JuryTable, language: Language, *, with_names: bool
) -> list[str]:
    """What the places rest on: rule of ties, prizes in all, outlying jurors, rows that no contest takes."""
    told = outcome_notes(contest, given, result, language)
    if contest.tie == ("median",):
        told.append(language("Equal means are decided by the median; entries equal in both share the place."))
    if contest.prizes:
        total = language.number(result.prize_total, 0)
        told.append(language("Prizes together: Rp {total}").format(total=total))
    outlying = unnamed_jurors(result.jurors, language, with_names=with_names).filter("is_outlying")
    names = outlying["juror"].unique(maintain_order=True).to_list()
    if names:
        told.append(language("Outlying jurors: {names}").format(names=", ".join(names)))
    for category, count in given.unknown_categories.items():
        text = language.ngettext(
            "No contest of the city has the category {category}: {count} score is left out.",
            "No contest of the city has the category {category}: {count} scores are left out.",
            count,
        )
        told.append(text.format(category=category, count=count))
    if given.is_simulated:
        told.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    return told + contest_notes(contest, language)
