"""The berita acara of a city contest and of each of its stages: what the scores give, for the jurors to sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.contest.results import Contest, ContestResult, JuryTable
from analysis.season.assignment import named_or_numbered
from reports.city_settings import CitySettings, Letterhead, wording
from reports.letters.nota_dinas import signature_of
from reports.letters.official import Grid, Official
from reports.letters.season_facts import INDONESIAN, draft_reasons, points
from reports.pages.contest.outcome_words import outcome_notes, stage_name, unused_rows
from reports.queries import ask
from warehouse.file_names import slug
from warehouse.language import Language
from warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class JudgedContest:
    """A contest with the scores that its jury gave, and what they come to."""

    contest: Contest
    edition: int
    given: JuryTable
    result: ContestResult
    set_aside: int
    foot: str


def set_aside_in(snapshot: Snapshot, region_code: str, edition: int) -> int:
    """Return how many cells and rows of a season are in quarantine, which keep minutes a draft."""
    return ask(snapshot, "reports.pages.city_index", "quarantine", region_code=region_code, edition=edition).height


def minutes(judged: JudgedContest, head: Letterhead, settings: CitySettings, *, with_names: bool) -> Official:
    """The berita acara of a contest; jurors by name only if asked for."""
    words, contest, result = wording()["minutes"], judged.contest, judged.result
    people = sorted(set(judged.given.scores["juror"]) - {""})
    shown = named_or_numbered(people, "Juror", INDONESIAN, with_names=with_names)
    draft = draft_reasons(_open_counts(judged), is_simulated=judged.given.is_simulated)
    return Official(
        kind="berita-acara",
        name=f"berita-acara-{contest.name}-{judged.edition}",
        head=head,
        settings=settings,
        title=words["title"],
        subtitle=words["subtitle"].format(contest=contest.name_id, edition=judged.edition),
        fields=(("Nomor", ""),),
        draft=draft,
        opening=(
            words["opening"].format(
                contest=contest.name_id,
                edition=judged.edition,
                jurors=len(people),
                entries=result.entries.height,
            ),
        ),
        tables=(
            *(_places(judged, code) for code in result.entries["category"].unique(maintain_order=True)),
            *_unused(judged),
        ),
        remarks=tuple(_remarks(judged)),
        closing=words["closing"],
        signature=signature_of(settings, draft),
        jurors=tuple(shown[person] for person in people),
        foot=judged.foot,
        words={**wording()["common"], "known": words["known"]},
    )


def _open_counts(judged: JudgedContest) -> dict[str, int]:
    """What is open: rows in quarantine, scores of a category that nobody knows, entries that jurors have left out."""
    partly = sum(_lacks_jurors(judged, row) for row in judged.result.entries.iter_rows(named=True))
    return {
        "open_quarantine": judged.set_aside,
        "open_categories": sum(judged.given.unknown_categories.values()),
        "open_jurors": partly,
        "open_scores": judged.given.open_scores.filter(pl.col("reason") != "category_unknown").height,
        "open_entries": judged.result.left_out.height,
    }


def _lacks_jurors(judged: JudgedContest, entry: dict[str, Any]) -> bool:
    """Whether a juror of the category has not scored an entry, and did not leave the room for it."""
    of_category = judged.given.scores.filter(pl.col("category") == entry["category"])
    if "stage" in of_category.columns and of_category.height:
        last = judged.result.agreement.filter(pl.col("category") == entry["category"])["stage"].to_list()[-1]
        of_category = of_category.filter(pl.col("stage") == last) if last else of_category
    jurors = set(of_category["juror"]) - {""}
    left = judged.given.unused.filter(pl.col("reason") == "own_unit", pl.col("title") == entry["title"])
    return bool(entry["juror_count"] < len(jurors - set(left["juror"])))


def stage_minutes(
    judged: JudgedContest, code: str, head: Letterhead, settings: CitySettings, *, with_names: bool
) -> Official:
    """The berita acara of one stage: who passed, the places of the stage, and who goes on."""
    words, contest, name = wording()["minutes"], judged.contest, stage_name(judged.contest, code, INDONESIAN)
    rows = judged.result.of_stage(code)
    people = sorted(set(judged.given.scores.filter(pl.col("stage") == code)["juror"]) - {""})
    everybody = sorted(set(judged.given.scores["juror"]) - {""})
    shown = named_or_numbered(everybody, "Juror", INDONESIAN, with_names=with_names)
    draft = draft_reasons(_open_counts(judged), is_simulated=judged.given.is_simulated)
    subtitle = words["subtitle_stage"].format(stage=name, contest=contest.name_id, edition=judged.edition)
    opening = words["opening_stage"].format(
        stage=name,
        contest=contest.name_id,
        edition=judged.edition,
        entries=rows["title"].n_unique(),
        jurors=len(people),
    )
    own = judged.given.unused.filter(pl.col("reason") == "own_unit", pl.col("stage") == code)
    used = words["used"].format(used=judged.given.used_count, count=judged.given.count)
    remarks = [used, *(words["own_unit"].format(title=title) for title in own["title"].unique(maintain_order=True))]
    for (category, mean), tied in judged.result.ties.filter(pl.col("stage") == code).group_by(
        "category", "mean", maintain_order=True
    ):
        told = {"category": _names(contest)[str(category)], "mean": points(mean), "titles": ", ".join(tied["title"])}
        remarks.append(words["tied"].format(**told, how=_how(tied["decided_by"].to_list())))
    return Official(
        kind="berita-acara",
        name=f"berita-acara-{contest.name}-{judged.edition}-{slug(name)}",
        head=head,
        settings=settings,
        title=words["title"],
        subtitle=subtitle,
        fields=(("Nomor", ""),),
        draft=draft,
        opening=(opening,),
        tables=(
            *(_stage_grid(judged, rows, category) for category in rows["category"].unique(maintain_order=True)),
            *_unused(judged),
        ),
        remarks=(*remarks, wording()["common"]["not_signed"]),
        closing=words["closing"],
        signature=signature_of(settings, draft),
        jurors=tuple(shown[person] for person in people),
        foot=judged.foot,
        words={**wording()["common"], "known": words["known"]},
    )


def stages_with_minutes(judged: JudgedContest) -> list[str]:
    """The stages that have minutes of their own: those that the scores or the declaration name."""
    codes = judged.result.stages["stage"].unique(maintain_order=True).to_list() if judged.result.stages.width else []
    return [code for code in codes if code]


def minutes_list(judged: JudgedContest, language: Language) -> pl.DataFrame:
    """Return the minutes that a contest has, one row each, the whole contest last.

    Columns: stage (code; empty for the outcome), entry_count, juror_count, goes_on_count (null where the stage chooses
    nobody), open_count (what keeps it a draft, over the whole contest), state, file_name (of its draft without ending).
    """
    _ = language
    count = sum(_open_counts(judged).values())
    state = _("draft until it has a number and is signed")
    if count or judged.given.is_simulated:
        state = _("draft: something is open") if count else _("draft: simulated data")
    base = f"berita-acara-{judged.contest.name}-{judged.edition}"
    rows: list[dict[str, Any]] = []
    for code in stages_with_minutes(judged):
        own = judged.result.of_stage(code)
        jurors = set(judged.given.scores.filter(pl.col("stage") == code)["juror"]) - {""}
        file = f"{base}-{slug(stage_name(judged.contest, code, INDONESIAN))}"
        goes_on = own["goes_on"].drop_nulls()
        rows.append(
            {
                "stage": code, "entry_count": own["title"].n_unique(), "juror_count": len(jurors),
                "goes_on_count": int(goes_on.sum()) if goes_on.len() else None, "file_name": file,
            }
        )  # fmt: skip
    everybody = len(set(judged.given.scores["juror"]) - {""})
    rows.append({"stage": "", "entry_count": judged.result.entries.height, "juror_count": everybody, "file_name": base})
    counts = ("entry_count", "juror_count", "goes_on_count", "open_count")
    schema = {"stage": pl.String, **dict.fromkeys(counts, pl.Int64), "state": pl.String, "file_name": pl.String}
    told = [{name: {**row, "open_count": count, "state": state}.get(name) for name in schema} for row in rows]
    return pl.DataFrame(told, schema=schema)


def _how(rules: list[str]) -> str:
    words: dict[str, str] = wording()["minutes"]
    named = [words["median"] if rule == "median" else rule for rule in dict.fromkeys(rules) if rule]
    return words["decided"].format(rules=", ".join(named)) if named else words["shared"]


def _stage_grid(judged: JudgedContest, rows: pl.DataFrame, category: str) -> Grid:
    words, own = (
        wording()["minutes"],
        rows.filter(pl.col("category") == category).sort("place", "title", nulls_last=True),
    )
    told = [
        (
            str(row["place"] or "–"),
            row["title"],
            row["unit_name"] or "–",
            points(row["mean"]) if row["mean"] is not None else "–",
            "–" if row["goes_on"] is None else words["goes_on"] if row["goes_on"] else words["stays"],
        )
        for row in own.iter_rows(named=True)
    ]
    return Grid(_names(judged.contest)[category], tuple(words["heads_stage"]), tuple(told), (11, 36, 24, 12, 17))


def _unused(judged: JudgedContest) -> list[Grid]:
    """The scores that were not used, by title, category as written and place in the file."""
    words = wording()["minutes"]
    rows = unused_rows(judged.contest, judged.given, judged.result, INDONESIAN)
    told = [
        (
            row["title"],
            row["category"] or "–",
            row["reason"] + (f" ({row['juror']})" if row["juror"] else ""),
            _place(row),
        )
        for row in rows.iter_rows(named=True)
    ]
    return [Grid(words["unused"], tuple(words["heads_unused"]), tuple(told), (30, 18, 27, 25))] if told else []


def _place(row: dict[str, Any]) -> str:
    """Where a score stands: file, sheet, row, and the column where the row says which."""
    words = wording()["minutes"]
    if not row["file_name"]:
        return "–"
    place: str = words["cell"].format(**row)
    return place + (words["column"].format(column=row["column"]) if row["column"] else "")


def _names(contest: Contest) -> dict[str, str]:
    return {one.code: one.name_id for one in contest.category}


def _places(judged: JudgedContest, code: str) -> Grid:
    words, contest = wording()["minutes"], judged.contest
    rows = judged.result.entries.filter(pl.col("category") == code).sort("place", "title")
    heads = [
        *words["heads"],
        words["called"],
        *([words["band"]] if contest.bands else []),
        *([words["prize"]] if contest.prizes else []),
    ]
    told = [
        (
            str(row["place"]),
            row["title"],
            row["unit_name"] or "–",
            points(row["mean"]),
            str(row["juror_count"] or "–"),
            row["place_text"] or "–",
            *([row["band"] or "–"] if contest.bands else []),
            *([points(row["prize"], 0) if row["prize"] else "–"] if contest.prizes else []),
        )
        for row in rows.iter_rows(named=True)
    ]
    widths = (11, 29, 20, 11, 9, 11, *([9] if contest.bands else []), *([12] if contest.prizes else []))
    return Grid(_names(contest)[code], tuple(heads), tuple(told), widths)


def _remarks(judged: JudgedContest) -> list[str]:
    words, names = wording()["minutes"], _names(judged.contest)
    told = [words["ties"]] if judged.contest.tie == ("median",) else []
    told += outcome_notes(judged.contest, judged.given, judged.result, INDONESIAN)
    for row in judged.result.agreement.iter_rows(named=True):
        if row["kendalls_w"] is not None:
            told.append(words["agreement"].format(category=names[row["category"]], w=points(row["kendalls_w"])))
    if judged.contest.nominee_places:
        told.append(words["nominees"].format(places=judged.contest.nominee_places))
    return [*told, wording()["common"]["not_signed"]]
