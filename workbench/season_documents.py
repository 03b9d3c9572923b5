"""What the clinic and the check of evidence share: the innovations of a season, its rules, and its region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from analysis.clinic.decree import OwnRegion
from analysis.clinic.demands import Window, plain
from iga.rulebook import Rulebook
from warehouse.reference import load_reference
from warehouse.region import Region
from workbench.command_context import CommandContext


@dataclass(frozen=True)
class Innovation:
    """One innovation: its id, its title, and the levels that are claimed, by indicator."""

    submission_id: str
    title: str
    levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SeasonDocuments:
    """The innovations of a season with their texts and days of implementation by id, its rules and its region."""

    innovations: list[Innovation]
    designs: dict[str, str]
    implemented: dict[str, date | None]
    rulebook: Rulebook
    window: Window
    region: OwnRegion


_SUBMISSIONS = """
select submission_id, title, description, implementation_date from submission
where region_code = $region_code and edition = $edition order by title, submission_id
"""
_LEVELS = """
select a.submission_id, a.indicator_number, max(a.level) as level from answer a join submission s using (submission_id)
where s.region_code = $region_code and s.edition = $edition and a.score_kind = 'claimed' and a.level is not null
group by all order by all
"""


def season_documents(context: CommandContext, region: Region, edition: int) -> SeasonDocuments:
    """Return what documents of a season are held against. Raises NoSnapshot."""
    asked = {"region_code": region.region_code, "edition": edition}
    with context.open() as opened:
        rows = opened.sql(_SUBMISSIONS, dict(asked)).rows(named=True)
        levels: dict[str, dict[str, int]] = {}
        for key, number, level in opened.sql(_LEVELS, dict(asked)).iter_rows():
            levels.setdefault(key, {})[number] = int(level)
        rulebook = opened.rulebooks.of(str(edition))
    names = frozenset(plain(str(name)) for name in load_reference("region")["name"])
    return SeasonDocuments(
        [Innovation(row["submission_id"], row["title"], levels.get(row["submission_id"], {})) for row in rows],
        {row["submission_id"]: row["description"] for row in rows if row["description"]},
        {row["submission_id"]: row["implementation_date"] for row in rows},
        rulebook,
        Window.of(rulebook, edition),
        OwnRegion(region.name, region.region_type, region.province, names),
    )
