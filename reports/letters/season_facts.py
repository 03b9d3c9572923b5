"""What the documents of one season are written from: readiness, the one plan, and what makes them drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from analysis.planning.asked import asked_of_offices, asked_of_units, plan_asked_for
from analysis.planning.first_actions import ASKING
from analysis.planning.one_plan import SeasonPlan
from analysis.season.assignment import named_or_numbered, read_assignments
from analysis.season.readiness import Readiness, read_readiness
from reports.city_settings import (
    CitySettings,
    Letterhead,
    head_of_region,
    letterhead_of,
    read_settings,
    time_zone,
    wording,
)
from reports.queries import ask
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import Region
from warehouse.snapshot import Snapshot

INDONESIAN = Language("id")


@dataclass(frozen=True)
class LetterSeason:
    """One city's edition on a day, as its documents tell it.

    `hour` is None where it was not stated, `plan` where none can be made. `set_aside` counts rows and cells in
    quarantine.
    """

    region: Region
    edition: int
    day: date
    hour: time | None
    settings: CitySettings
    head: Letterhead
    readiness: Readiness
    index: dict[str, Any]
    plan: SeasonPlan | None
    set_aside: int
    mentors: dict[str, str]
    snapshot_id: str
    software_version: str

    @property
    def is_simulated(self) -> bool:
        """Whether anything of the season comes from simulated files."""
        return self.readiness.frames.is_simulated

    @property
    def draft(self) -> tuple[str, ...]:
        """Why the documents are drafts: simulated data, and all that was set aside or is not resolved."""
        account = self.readiness.account
        open_facts = {
            "open_quarantine": self.set_aside,
            "open_innovations": 0 if self.set_aside else account["innovations_quarantined"].count,
            "open_units": account["units_unresolved"].count,
        }
        return draft_reasons(open_facts, is_simulated=self.is_simulated)

    @property
    def open_gaps(self) -> pl.DataFrame:
        """The gaps that are not verified as closed."""
        return self.readiness.gaps.filter(pl.col("state") != "verified")

    @cached_property
    def asked(self) -> pl.DataFrame:
        """What the plan asks of units and offices, and the innovations that units owe: all that letters ask for."""
        return pl.concat(
            [asked_of_units(self.readiness, self.plan, INDONESIAN), asked_of_offices(self.plan, INDONESIAN)]
        )

    @property
    def parents(self) -> list[str]:
        """The parent units and offices of which something is asked, those that bring most first."""
        gain = pl.col("index_gain").cast(pl.Float64).clip(lower_bound=0).sum()
        gaps = self.asked.group_by("parent").agg(gain, pl.len())
        return gaps.sort("index_gain", "len", "parent", descending=[True, True, False])["parent"].drop_nulls().to_list()

    @property
    def foot(self) -> str:
        """What the document rests on."""
        words, rules = wording()["common"], self.readiness.frames.rulebook
        rests = words["rests"].format(rulebook=rules.name, assumptions=rules.assumption_id())
        foot = words["foot"].format(snapshot=self.snapshot_id[:12], version=self.software_version, rests=rests)
        return f"{foot} {words['not_official']}"

    @property
    def mayor(self) -> str:
        """Who heads the region."""
        return head_of_region(self.region, self.settings)

    @property
    def when(self) -> dict[str, str]:
        """Day and hour in words; an hour that is not known is left to the office."""
        hour = self.hour.strftime("%H.%M") if self.hour else wording()["common"]["blank_time"]
        return {"day": INDONESIAN.date(self.day), "time": f"{hour} {time_zone(self.region)}"}

    @property
    def place(self) -> str:
        """Where letters are written."""
        return self.settings.place or self.region.name


def draft_reasons(open_counts: Mapping[str, int], *, is_simulated: bool) -> tuple[str, ...]:
    """Why a document is a draft; empty where it is none. `open_counts`: how many are open, by key of their wording."""
    words = wording()["common"]
    reasons = [words["simulated"]] if is_simulated else []
    reasons += [words[name].format(count=count) for name, count in open_counts.items() if count]
    return (*reasons, words["not_signed"]) if reasons else ()


def read_letter_season(
    snapshot: Snapshot, home: Home, region: Region, edition: int, on: datetime | date | None, *, with_names: bool
) -> LetterSeason:
    """Read a season for its documents, on a day (today unless one is named).

    Raises UnknownName when the snapshot holds nothing of the season, CitySettingsInvalid.
    """
    settings = read_settings(home, region.region_code)
    head = letterhead_of(home, region, settings)
    key: dict[str, object] = {"region_code": region.region_code, "edition": edition}
    stated = on or snapshot.as_of or datetime.now(tz=UTC).astimezone().date()
    day, hour = (stated.date(), stated.time()) if isinstance(stated, datetime) else (stated, None)
    found = read_readiness(snapshot, home, region.region_code, edition, day)
    return LetterSeason(
        region=region,
        edition=edition,
        day=day,
        hour=hour if hour and hour != time(0) else None,
        settings=settings,
        head=head,
        readiness=found,
        index=found.frames.stated_index(),
        plan=_plan(snapshot, home, found),
        set_aside=ask(snapshot, "reports.pages.city_index", "quarantine", **key).height,
        mentors=_mentors(snapshot, home, region, with_names=with_names),
        snapshot_id=snapshot.snapshot_id,
        software_version=str(snapshot.facts["software_version"]),
    )


def _plan(snapshot: Snapshot, home: Home, found: Readiness) -> SeasonPlan | None:
    """The one plan of the season, without holding; None where nothing can be planned or nothing is left to ask for."""
    plan = plan_asked_for(snapshot, home, found)
    return plan if plan is not None and any(action.kind in ASKING for action in plan.listed) else None


def _mentors(snapshot: Snapshot, home: Home, region: Region, *, with_names: bool) -> dict[str, str]:
    """The mentor of each unit by unit id: by name only if asked for, else by number."""
    register = snapshot.sql(
        "select unit_id, unit_code, name, parent_unit_id from unit where region_code = $region order by name, unit_id",
        {"region": region.region_code},
    )
    people = read_assignments(home, region.region_code, register).mentors
    shown = named_or_numbered(people.values(), "Mentor", INDONESIAN, with_names=with_names)
    return {unit: shown[person] for unit, person in people.items()}


def points(value: Decimal | int | None, places: int = 2) -> str:
    """A number in the Indonesian format."""
    return INDONESIAN.number(value, places)
