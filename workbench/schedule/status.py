"""What the schedule did: `status.json` for machines and `status.html` for people, beside the report sites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.blocks.block import Block
from reports.blocks.content import Bullets, Details, Facts, Heading, Notice, Part, Span, Text
from reports.render.page import page
from warehouse.disk import write_text
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
        return _status_of(facts)
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


def _status_of(facts: dict[str, Any]) -> RunStatus:
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


def write_status(home: Home, status: RunStatus, lang: str) -> None:
    """Write both files, each in one step."""
    folder = status_folder(home)
    write_text(folder / "status.json", json.dumps(asdict(status), indent=1, ensure_ascii=False) + "\n")
    write_text(folder / "status.html", status_page(status, Language(lang)))


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


def status_page(status: RunStatus, language: Language) -> str:
    """The page for people."""
    _, states = language, {code: language(text) for code, text in STATE_MESSAGES.items()}
    status = _visible(status)
    parts: list[Part] = [Text(text=(Span(text=states[status.state], style="strong"),))]
    if status.state == "running":
        text = _(
            "Begun on {when}. If this page does not change, the run was cut off; the next one mends it, and the last "
            "good reports stand."
        )
        parts.append(Text(text=text.format(when=_when(status.started_at, _))))
    if status.cause:
        parts.append(Notice(text=status.cause, next_step=status.next_step))
    parts.append(Facts(pairs=tuple(_facts_of(status, states, _)), look="words"))
    if status.notes:
        parts += [Heading(level=1, text=_("Keeping the home")), Bullets(items=status.notes)]
    if status.load and status.load.held:
        parts += [Heading(level=1, text=_("Files held")), Bullets(items=status.load.held)]
    for site in status.sites:
        parts += _parts_of_site(site, states, _)
    if status.earlier:
        runs = tuple(f"{_when(run['started_at'], _)}: {states[run['state']]}" for run in status.earlier)
        parts += [Heading(level=1, text=_("Earlier runs")), Bullets(items=runs)]
    return page(
        Block(parts, language),
        title=language("State of the reports"),
        subtitle=language("What the schedule did, what failed, and when it runs again"),
        site_title="Innovative Government Award",
        language=language,
    )


def _visible(status: RunStatus) -> RunStatus:
    """Return a status whose texts show the control signs that names of files have."""
    return _status_of(_visible_texts(asdict(status)))


def _visible_texts(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {name: _visible_texts(each) for name, each in value.items()}
    return tuple(_visible_texts(each) for each in value) if isinstance(value, list | tuple) else value


def _facts_of(status: RunStatus, states: dict[str, str], language: Language) -> Iterator[tuple[str, str]]:
    """When the run began and ended, what became of the inbox and of the mail."""
    _ = language
    yield _("Begun"), _when(status.started_at, _)
    yield _("Ended"), _when(status.ended_at, _)
    yield _("Next run"), _when(status.next_due, _)
    if status.load:
        yield _("Inbox"), _and_cause(states[status.load.state], status.load.cause)
        yield _("Snapshot"), status.load.snapshot_id or "–"
    yield _("E-mail"), _and_cause(states[status.mail_state], status.mail_cause)


def _and_cause(state: str, cause: str) -> str:
    return f"{state}: {cause}" if cause else state


def _parts_of_site(site: SiteStatus, states: dict[str, str], language: Language) -> Iterator[Part]:
    """What became of a site, and of each of its pages that failed."""
    _ = language
    yield Heading(level=1, text=f"{site.title or site.site}: {states[site.state]}", href=site.front_page)
    if site.cause:
        since = f" ({_since(site.since, _)})" if site.since else ""
        yield Notice(text=f"{site.cause}{since}. {_('The last good site stands.')}", next_step=site.next_step)
    if site.failures:
        items = tuple(
            f"{failure.heading}: {failure.cause} ({_since(failure.since, _)}){_then(failure.next_step)}"
            for failure in site.failures
        )
        yield Notice(text=(Span(text=_("Not every page could be built."), style="strong"),), items=items)
    if site.left_out:
        yield Details(summary=_("Pages left out"), parts=(Bullets(items=site.left_out),))
    if site.replaced:
        yield Details(summary=_("Not shown in the PDF as it is"), parts=(Bullets(items=site.replaced, is_small=True),))


def _since(moment: str, language: Language) -> str:
    return language("since {day}").format(day=_when(moment, language))


def _when(moment: str, language: Language) -> str:
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
    lines = [f"{language('Run of')} {_when(status.started_at, language)}: {state[status.state]}"]
    if status.load is not None:
        lines.append(f"{language('Inbox')}: {state[status.load.state]} {status.load.cause}".rstrip())
        lines += [f"  - {language('Set aside')}: {name}" for name in status.load.held]
    if status.cause:
        lines.append(f"{language('Cause')}: {status.cause}{_then(status.next_step)}")
    for site in status.sites:
        lines.append(f"{site.title or site.site}: {state[site.state]} {site.cause}{_then(site.next_step)}".rstrip())
        lines += [
            f"  - {failure.heading}: {failure.cause} ({since.format(day=_when(failure.since, language))})"
            f"{_then(failure.next_step)}"
            for failure in site.failures
        ]
        lines += [f"  - {language('Not published')}: {left}" for left in site.left_out]
        lines += [f"  - {replaced}" for replaced in site.replaced]
    lines += status.notes
    if status.next_due:
        lines.append(f"{language('Next run')}: {_when(status.next_due, language)}")
    return lines


def _then(next_step: str) -> str:
    return f" -> {next_step}" if next_step else ""
