"""The letters to the units: one for each parent unit, with its schools, health centres or kelurahan as annex."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from analysis.planning.asked import OFFICE
from reports.city_settings import addressee, wording
from reports.letters.nota_dinas import signature_of
from reports.letters.official import Grid, Official
from reports.letters.season_facts import INDONESIAN, LetterSeason, points
from warehouse.file_names import slug

WIDTHS = (3, 14, 18, 6, 6, 14, 23, 8, 12, 10)


def unit_letters(season: LetterSeason) -> list[Official]:
    """One letter per parent unit or office of which something is asked, those that bring most first."""
    return [_letter(season, parent) for parent in season.parents]


def _letter(season: LetterSeason, parent: str) -> Official:
    words, found = wording()["unit_letter"], season.readiness
    gaps = season.asked.filter(pl.col("parent") == parent)
    day = INDONESIAN.date(found.deadline.day) if found.deadline else None
    request = words["request"].format(day=day) if day else words["request_without_day"]
    target = () if found.threshold is None else (words["target"].format(target=points(found.threshold.value)),)
    if set(gaps["kind"]) == {OFFICE}:
        target = (words["points_of_the_region"],)
    return Official(
        kind="surat-unit",
        name=f"surat-{slug(parent)}-{season.edition}",
        head=season.head,
        settings=season.settings,
        title="",
        place_and_date=f"{season.place}, {wording()['common']['blank_field'][:24]}",
        fields=(
            ("Nomor", ""),
            ("Sifat", season.settings.nature.letters),
            ("Lampiran", words["attachment"].format(count=gaps.height)),
            ("Hal", words["subject"].format(edition=season.edition)),
        ),
        addressee=addressee(parent, season.settings),
        draft=season.draft,
        opening=(
            words["opening"].format(
                region=season.region.full_name,
                day=INDONESIAN.date(season.day),
                gaps=gaps.height,
                units=gaps["unit_name"].n_unique(),
                parent=parent,
            ),
            request,
            *target,
        ),
        closing=words["closing"],
        signature=signature_of(season.settings, season.draft),
        copies=season.settings.copies.letters,
        annex=Grid(
            words["annex"].format(parent=parent), tuple(words["heads"]), tuple(_rows(season, gaps, day)), WIDTHS
        ),
        foot=season.foot,
        words=wording()["common"],
    )


def _rows(season: LetterSeason, gaps: pl.DataFrame, day: str | None) -> list[tuple[str, ...]]:
    """The annex: by unit and innovation, the most valuable document first."""
    found = season.readiness
    target = "–" if found.threshold is None else points(found.threshold.value)
    scored = found.frames.scored()
    scores = {
        (unit, title): maturity
        for unit, title, maturity in scored.select("unit_name", "title", "maturity_lower_x100").iter_rows()
    }
    owed = dict(found.units.select("unit_id", "missing").iter_rows())
    ordered = gaps.sort("unit_name", "innovation", "points", descending=[False, False, True], nulls_last=False)
    return [
        (
            str(number),
            *_row(row, scores, owed, target, INDONESIAN.date(season.day)),
            _until(row, day),
            season.mentors.get(row["unit_id"], "–"),
        )
        for number, row in enumerate(ordered.iter_rows(named=True), start=1)
    ]


def _until(row: dict[str, Any], day: str | None) -> str:
    """The deadline, and where it is known the day by which to begin."""
    if row["start_by_date"] is None:
        return day or "–"
    start = wording()["unit_letter"]["start_by"].format(day=INDONESIAN.date(row["start_by_date"]))
    return f"{day} ({start})" if day else start


def _row(
    row: dict[str, Any], scores: dict[tuple[str, str], int | None], owed: dict[str, int], target: str, received_by: str
) -> tuple[str, ...]:
    """Unit, innovation, present score, target, indicator, document asked for, points that it adds."""
    words = wording()["unit_letter"]
    added = "–" if row["points"] is None else points(row["points"])
    if row["kind"] == OFFICE:
        whose = words["of_the_region"] + (words["assumed_owner"] if row["is_office_assumed"] else "")
        return (row["unit_name"], whose, "–", "–", row["indicator"], row["document"] or "–", added)
    if row["innovation"] is None:
        nothing = words["no_innovation" if row["kind"] == "no_innovation" else "too_few"].format(day=received_by)
        asked = words["send"].format(count=owed.get(row["unit_id"], 1))
        return (row["unit_name"], nothing, "–", target, "–", asked, added)
    score = scores.get((row["unit_name"], row["innovation"]))
    now = "–" if score is None else points(Decimal(score).scaleb(-2))
    return (row["unit_name"], row["innovation"], now, target, row["indicator"] or "–", row["document"] or "–", added)
