"""The handover sheet: deadlines, open questions, and where things are, for the official who comes next."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from analysis.planning.first_actions import first_actions
from analysis.season.balance import read_balance
from analysis.season.unit_names import unresolved_names
from analysis.season.words import account_lines
from reports.city_settings import settings_path, wording
from reports.letters.nota_dinas import ACTING, FIRST
from reports.letters.official import Official, Section
from reports.letters.season_facts import INDONESIAN, LetterSeason
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.snapshot import Snapshot

MOST = 8
"""Names of units and files that are named one by one; of more the sheet says how many."""


def handover_sheet(snapshot: Snapshot, home: Home, season: LetterSeason) -> Official:
    """Return the sheet of a season."""
    words = wording()["handover"]
    lists = (
        _deadlines(season),
        _state(season),
        _questions(snapshot, home, season),
        _next(season),
        _places(home, season),
    )
    return Official(
        kind="serah-terima",
        name=f"serah-terima-{season.edition}",
        head=season.head,
        settings=season.settings,
        title=words["title"],
        fields=(
            ("Daerah", f"{season.region.full_name}, IGA {season.edition}"),
            ("Keadaan", INDONESIAN.date(season.day)),
            ("Dari", wording()["common"]["blank_field"]),
            ("Kepada", wording()["common"]["blank_field"]),
            ("Hal", words["subject"].format(region=season.region.full_name, edition=season.edition)),
        ),
        draft=season.draft,
        sections=tuple(
            Section(heading, tuple(told) or (words["nothing"],))
            for heading, told in zip(words["headings"], lists, strict=True)
        ),
        closing=words["closing"],
        foot=season.foot,
        words=wording()["common"],
    )


def _deadlines(season: LetterSeason) -> Iterator[str]:
    words = wording()["nota_dinas"]
    for deadline in season.readiness.targets.deadlines:
        days = (deadline.day - season.day).days
        text = words["deadline" if days >= 0 else "deadline_passed"]
        kind = INDONESIAN.label("deadline", deadline.kind)
        yield text.format(kind=kind, day=INDONESIAN.date(deadline.day), days=days)


def _state(season: LetterSeason) -> list[str]:
    return account_lines(season.readiness.account, INDONESIAN)


def _questions(snapshot: Snapshot, home: Home, season: LetterSeason) -> Iterator[str]:
    """What is open of the files, and what somebody has to answer."""
    words, code = wording()["handover"], season.region.region_code
    balance = read_balance(snapshot, code, season.edition)
    if not balance.is_closed:
        yield balance.told(INDONESIAN)[1]
    held = balance.files.filter(pl.col("status") == "held")["file_name"].to_list()
    if held:
        yield words["held"].format(files=_few([name.rpartition("/")[2] for name in held]))
    names = unresolved_names(snapshot, home, code, season.edition)["unit_name"].to_list()
    if names:
        yield words["names"].format(names=_few(names), city=code, edition=season.edition)
    if season.set_aside:
        yield words["quarantine"].format(count=INDONESIAN.whole(season.set_aside))
    silent = season.readiness.units.filter(pl.col("unit_id").is_in(sorted(season.readiness.account.silent_ids)))
    if not silent.is_empty():
        yield words["silent"].format(units=_few(silent["unit_name"].to_list()))


def _next(season: LetterSeason) -> Iterator[str]:
    words = wording()["handover"]
    if season.plan is not None:
        for action in first_actions(season.plan, FIRST, INDONESIAN):
            gain = f", {action.gain}" if action.gain else ""
            yield f"{action.what} ({action.who}{gain})"
    counts = dict(season.asked.group_by("parent").len().iter_rows())
    named = [f"{unit} ({counts[unit]})" for unit in season.parents[:ACTING]]
    if named:
        yield words["acting"].format(units=", ".join(named))


def _places(home: Home, season: LetterSeason) -> Iterator[str]:
    """Where things lie, each with what it is; what is not there is named too, so that nobody looks for it."""
    words, region = wording()["handover"], season.region
    yield words["home"].format(path=home.root)
    folder = slug(region.full_name)
    named = {
        "inbox": home.inbox,
        "archive": home.archive,
        "reports": home.reports,
        "letters": home.root / "letters" / folder / str(season.edition),
        "settings": settings_path(home, region.region_code),
        "targets": home.root / "targets",
        "assignments": home.root / "assignments" / f"{region.region_code}.csv",
        "identity": home.identity,
        "vocabulary": home.vocabulary,
        "rulebooks": home.rulebooks,
        "scenarios": home.root / "scenarios",
    }
    for name, path in named.items():
        place = path.relative_to(home.root).as_posix()
        yield words["place"].format(path=place, what=words["places"][name]) + (
            "" if path.exists() else f" {words['not_there']}"
        )
    yield words["snapshot"].format(snapshot=season.snapshot_id)


def _few(names: list[str]) -> str:
    more = len(names) - MOST
    told = "; ".join(names[:MOST])
    return told if more <= 0 else wording()["handover"]["and_more"].format(names=told, count=more)
