"""What the schedule did: `status.json` for machines and `status.html` for people, beside the report sites."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.errors import HomeUnusable
from warehouse.home import Home
from warehouse.keeping.process import Process
from warehouse.language import Language
from warehouse.lock import LockTaken, lock_held
from warehouse.visible_text import visible

RUNS_REMEMBERED = 30

STATE_MESSAGES = {
    "running": "running",
    "done": "done",
    "incomplete": "done, but not everything could be built",
    "failed": "failed",
    "interrupted": "was cut off before its end",
    "died": "ended abnormally",
    "timed_out": "took too long and was ended",
    "new": "new data",
    "unchanged": "nothing new",
    "held": "new data; some files were set aside",
    "built": "built",
    "sent": "sent",
    "none": "not asked for",
    "partly": "sent, but not to all",
}
"""What a state is called."""


@dataclass(frozen=True)
class LoadStatus:
    """What became of the inbox: `new`, `held`, `unchanged` or `failed`."""

    state: str
    snapshot_id: str | None = None
    file_count: int = 0
    held: tuple[str, ...] = ()
    cause: str = ""


@dataclass(frozen=True)
class FailedPage:
    """A page that could not be built, or not whole: why, since when, which files are missing, and what to do."""

    page: str
    heading: str
    cause: str
    since: str
    missing: tuple[str, ...] = ()
    next_step: str = ""


@dataclass(frozen=True)
class SiteStatus:
    """What became of a site: `built`, `unchanged`, `incomplete` (pages failed) or `failed` (the old one stands).

    `left_out` are the pages that are not published since nothing is there to show, each with its cause;
    `replaced` tells the texts of which the PDFs that were built do not show every sign.
    """

    site: str
    state: str
    snapshot_id: str | None = None
    pages_built: int = 0
    failures: tuple[FailedPage, ...] = ()
    cause: str = ""
    since: str = ""
    front_page: str = ""
    exit_code: int = 0
    title: str = ""
    next_step: str = ""
    left_out: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunStatus:
    """One run of the schedule, also while it runs."""

    state: str
    started_at: str
    ended_at: str = ""
    load: LoadStatus | None = None
    sites: tuple[SiteStatus, ...] = ()
    mail_state: str = "none"
    mail_cause: str = ""
    next_due: str = ""
    earlier: tuple[dict[str, str], ...] = field(default=())
    cause: str = ""
    next_step: str = ""
    step: str = ""
    process: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = field(default=())
    verified_at: str = ""
    is_damaged: bool = False

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return self.state == "done"

    @property
    def has_news(self) -> bool:
        """Whether anything was built, set aside or failed."""
        is_quiet = self.load is not None and self.load.state == "unchanged"
        return not is_quiet or any(site.state != "unchanged" for site in self.sites)


def status_folder(home: Home) -> Path:
    """Where the status lies: beside the sites, which its page links to."""
    return home.reports


def run_lock(home: Home) -> Path:
    """Held by the one run of the schedule; the system lets go of it when that run dies."""
    return home.runs / "schedule.lock"


def read_status(home: Home, *, is_own_run: bool = False) -> RunStatus | None:
    """The last run, or None before the first; one that was cut off (killed, power) is told as `interrupted`.

    `is_own_run` says that the caller holds the lock, so that no other run can be on.
    """
    status = stated_status(home)
    if status is None:
        return None
    if status.state == "running" and (is_own_run or not _is_running(home, status)):
        return replace(status, state="died" if status.process else "interrupted")
    return status


def stated_status(home: Home) -> RunStatus | None:
    """The last run as it has written itself, also one that has died since."""
    try:
        facts = json.loads((status_folder(home) / "status.json").read_text(encoding="utf-8"))
        return status_of(facts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def process_of(status: RunStatus) -> Process | None:
    """Return the process of a run, as far as it is stated."""
    try:
        return Process(int(status.process["number"]), str(status.process["start"]), str(status.process["host"]))
    except (KeyError, ValueError):
        return None


def _is_running(home: Home, status: RunStatus) -> bool:
    process = process_of(status)
    if process is not None and process.is_here:
        return not process.is_dead  # and the lock, which a run may be about to take, is not touched
    try:
        with lock_held(run_lock(home)):
            return False
    except LockTaken:
        return True
    except (OSError, HomeUnusable):
        return False


def status_of(facts: dict[str, Any]) -> RunStatus:
    """Return the status that its facts, as kept in `status.json`, tell of."""
    load = facts.pop("load")
    sites = [_site_status(site) for site in facts.pop("sites")]
    told = LoadStatus(**{**load, "held": tuple(load["held"])}) if load else None
    lists = {name: tuple(facts.get(name, ())) for name in ("earlier", "notes")}
    return RunStatus(**{**facts, **lists, "load": told, "sites": tuple(sites)})


def _site_status(facts: dict[str, Any]) -> SiteStatus:
    failures = tuple(_failed_page(failure) for failure in facts["failures"])
    lists = {name: tuple(facts.get(name, ())) for name in ("left_out", "replaced")}
    return SiteStatus(**{**facts, **lists, "failures": failures})


def _failed_page(facts: dict[str, Any]) -> FailedPage:
    return FailedPage(**{**facts, "missing": tuple(facts.get("missing", ()))})


def begin(home: Home, now: datetime) -> RunStatus:
    """The status of a run that begins, with the earlier runs that it follows."""
    last = read_status(home, is_own_run=True)
    earlier = last.earlier if last else ()
    if last is not None:
        entry = {"started_at": last.started_at, "ended_at": last.ended_at, "state": last.state}
        earlier = (entry, *earlier)[:RUNS_REMEMBERED]
    verified_at = last.verified_at if last else ""
    return RunStatus("running", now.isoformat(timespec="seconds"), earlier=earlier, verified_at=verified_at)


def site_before(status: RunStatus | None, site: str) -> SiteStatus | None:
    """What the last run said about a site."""
    return next((each for each in status.sites if each.site == site), None) if status else None


def moment_in_words(moment: str, language: Language) -> str:
    """Return a moment in the reader's language; a dash for none."""
    if not moment:
        return "–"
    at = datetime.fromisoformat(moment)
    return (
        f"{language.date(at.date())} {at:%H.%M}" if language.code == "id" else f"{language.date(at.date())} {at:%H:%M}"
    )


def told_in_words(status: RunStatus, language: Language) -> list[str]:
    """The same as lines of plain text, for a mail and a terminal; what a file name has of control signs is marked."""
    return [visible(line) for line in _lines_of(status, language)]


def _lines_of(status: RunStatus, language: Language) -> list[str]:
    state = {code: language(text) for code, text in STATE_MESSAGES.items()}
    since = language("since {day}")
    lines = [f"{language('Run of')} {moment_in_words(status.started_at, language)}: {state[status.state]}"]
    if status.load is not None:
        lines.append(f"{language('Inbox')}: {state[status.load.state]} {status.load.cause}".rstrip())
        lines += [f"  - {language('Set aside')}: {name}" for name in status.load.held]
    if status.cause:
        lines.append(f"{language('Cause')}: {status.cause}{and_then(status.next_step)}")
    for site in status.sites:
        lines.append(f"{site.title or site.site}: {state[site.state]} {site.cause}{and_then(site.next_step)}".rstrip())
        lines += [
            f"  - {failure.heading}: {failure.cause} ({since.format(day=moment_in_words(failure.since, language))})"
            f"{and_then(failure.next_step)}"
            for failure in site.failures
        ]
        lines += [f"  - {language('Not published')}: {left}" for left in site.left_out]
        lines += [f"  - {replaced}" for replaced in site.replaced]
    lines += status.notes
    if status.next_due:
        lines.append(f"{language('Next run')}: {moment_in_words(status.next_due, language)}")
    return lines


def and_then(next_step: str) -> str:
    """Return a next step as the end of a sentence; nothing for none."""
    return f" -> {next_step}" if next_step else ""
