"""The berita acara of a city contest: the places that the jury's scores give, for the jurors to sign."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analysis.contest.results import Contest, ContestResult, JuryTable
from analysis.season.assignment import named_or_numbered
from reports.city_settings import CitySettings, Letterhead, wording
from reports.letters.nota_dinas import signature_of
from reports.letters.official import Grid, Official
from reports.letters.season_facts import INDONESIAN, draft_reasons, points


@dataclass(frozen=True)
class JudgedContest:
    """A contest with the scores that its jury gave, and what they come to."""

    contest: Contest
    edition: int
    given: JuryTable
    result: ContestResult
    set_aside: int
    foot: str


def minutes(judged: JudgedContest, head: Letterhead, settings: CitySettings, *, with_names: bool) -> Official:
    """The berita acara of a contest; jurors by name only if asked for."""
    words, contest, result = wording()["minutes"], judged.contest, judged.result
    people = sorted(set(judged.given.scores["juror"]))
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
        tables=tuple(_places(judged, code) for code in result.entries["category"].unique(maintain_order=True)),
        remarks=tuple(_remarks(judged)),
        closing=words["closing"],
        signature=signature_of(settings, draft),
        jurors=tuple(shown[person] for person in people),
        foot=judged.foot,
        words={**wording()["common"], "known": words["known"]},
    )


def _open_counts(judged: JudgedContest) -> dict[str, int]:
    """What is open: rows in quarantine, scores of a category that nobody knows, entries that jurors have left out."""
    entries, partly = judged.result.entries, 0
    for code in entries["category"].unique():
        jurors = judged.given.scores.filter(category=code)["juror"].n_unique()
        partly += entries.filter(pl.col("category") == code, pl.col("juror_count") < jurors).height
    return {
        "open_quarantine": judged.set_aside,
        "open_categories": sum(judged.given.unknown_categories.values()),
        "open_jurors": partly,
    }


def _names(contest: Contest) -> dict[str, str]:
    return {one.code: one.name_id for one in contest.category}


def _places(judged: JudgedContest, code: str) -> Grid:
    words, contest = wording()["minutes"], judged.contest
    rows = judged.result.entries.filter(pl.col("category") == code).sort("place", "title")
    heads = [
        *words["heads"],
        *([words["band"]] if contest.bands else []),
        *([words["prize"]] if contest.prizes else []),
    ]
    told = [
        (
            str(row["place"]),
            row["title"],
            row["unit_name"] or "–",
            points(row["mean"]),
            str(row["juror_count"]),
            *([row["band"] or "–"] if contest.bands else []),
            *([points(row["prize"], 0) if row["prize"] else "–"] if contest.prizes else []),
        )
        for row in rows.iter_rows(named=True)
    ]
    widths = (11, 33, 22, 11, 9, *([9] if contest.bands else []), *([12] if contest.prizes else []))
    return Grid(_names(contest)[code], tuple(heads), tuple(told), widths)


def _remarks(judged: JudgedContest) -> list[str]:
    words, names = wording()["minutes"], _names(judged.contest)
    told = [words["ties"]]
    for row in judged.result.agreement.iter_rows(named=True):
        if row["kendalls_w"] is not None:
            told.append(words["agreement"].format(category=names[row["category"]], w=points(row["kendalls_w"])))
    if judged.contest.nominee_places:
        told.append(words["nominees"].format(places=judged.contest.nominee_places))
    return told
