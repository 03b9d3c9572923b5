"""The letters of a province to the heads of its regencies and cities: what has come, what is open, until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from analysis.season.account import season_targets
from analysis.season.province import province_overview
from reports.city_settings import (
    CitySettings,
    Letterhead,
    head_of_region,
    letterhead_of,
    read_settings,
    wording,
)
from reports.letters.nota_dinas import signature_of
from reports.letters.official import Grid, Official
from reports.letters.season_facts import INDONESIAN, draft_reasons
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.region import Region, region_of_code
from warehouse.snapshot import Snapshot

COUNTED = (
    "file_count",
    "innovations_reported",
    "units_silent",
    "units_unresolved",
    "held_count",
    "quarantined_count",
    "emptied_count",
    "column_missing_count",
)
"""What a letter counts, in its order; the words stand in the wording."""


def region_letters(
    snapshot: Snapshot, home: Home, province: Region, edition: int, on: date, *, with_all: bool = False
) -> Iterator[Official]:
    """Yield a letter for each regency and city of which something is open, or of all; those first that lack most."""
    settings = read_settings(home, province.region_code)
    head = letterhead_of(home, province, settings)
    overview = province_overview(snapshot, home, province.region_code, edition, on)
    for row in overview.iter_rows(named=True):
        if with_all or row["state"] != "nothing_open":
            yield _letter(snapshot, home, province, edition, on, settings, head, row)


def _letter(
    snapshot: Snapshot,
    home: Home,
    province: Region,
    edition: int,
    on: date,
    settings: CitySettings,
    head: Letterhead,
    row: dict[str, Any],
) -> Official:
    words, region = wording()["region_letter"], region_of_code(row["region_code"])
    draft = draft_reasons({}, is_simulated=bool(row["is_simulated"]))
    day, deadline = INDONESIAN.date(on), _deadline(snapshot, home, region, edition, on)
    is_silent = row["state"] == "nothing_received"
    opening = words["nothing" if is_silent else "opening"].format(region=region.full_name, edition=edition, day=day)
    request = words["send" if is_silent else "complete"].format(edition=edition)
    until = words["until"].format(day=INDONESIAN.date(deadline)) if deadline else words["soon"]
    foot = wording()["common"]["foot"].format(
        snapshot=snapshot.snapshot_id[:12], version=snapshot.facts["software_version"], rests=""
    )
    return Official(
        kind="surat-daerah",
        name=f"surat-{slug(region.full_name)}-{edition}",
        head=head,
        settings=settings,
        title="",
        place_and_date=f"{settings.place or province.name}, {wording()['common']['blank_field'][:24]}",
        fields=(
            ("Nomor", ""),
            ("Sifat", settings.nature.letters),
            ("Lampiran", "-"),
            ("Hal", words["subject"].format(edition=edition)),
        ),
        addressee=head_of_region(region, read_settings(home, region.region_code)),
        draft=draft,
        opening=(opening, f"{request} {until}"),
        tables=() if is_silent else (_counted(row, words, day),),
        closing=wording()["unit_letter"]["closing"],
        signature=signature_of(settings, draft),
        copies=settings.copies.letters,
        foot=foot.strip(),
        words=wording()["common"],
    )


def _counted(row: dict[str, Any], words: dict[str, Any], day: str) -> Grid:
    """The counts of a region; what is not known says so; of what is nothing only files and innovations are told."""
    told = [
        (words["counted"][name], words["unknown"] if row[name] is None else INDONESIAN.whole(row[name]))
        for name in COUNTED
        if row[name] != 0 or name in COUNTED[:2]
    ]
    if row["last_received_date"] is not None:
        told.insert(1, (words["counted"]["last_received_date"], INDONESIAN.date(row["last_received_date"])))
    return Grid(words["table"].format(day=day), tuple(words["heads"]), tuple(told), (3, 1))


def _deadline(snapshot: Snapshot, home: Home, region: Region, edition: int, on: date) -> date | None:
    deadlines = season_targets(snapshot, home, region.region_code, edition, on=on).deadlines
    return min((one.day for one in deadlines if one.day >= on), default=None)
