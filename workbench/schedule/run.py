"""One run of the schedule: load the inbox, build what has changed, write the status, tell by mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from analysis import open_snapshot
from etl.outgoing.return_to_sender import write_returns
from etl.publish import LoadResult, ingest
from reports.run.declaration import Site
from reports.run.own_sites import site_of_home, sites_of_home
from reports.site.build_facts import read_facts, stale_pages
from reports.site.cities_of_site import built_cities, pages_for
from reports.site.notice import clear_notice, mark_failed
from reports.site.site_builder import FRONT_PAGE, SiteBuild, build_site
from warehouse.errors import ExitCode, HomeLocked, MendableError
from warehouse.home import Home
from warehouse.keeping.leftovers import clear_leftovers
from warehouse.keeping.process import this_process
from warehouse.language import Language
from warehouse.lock import LockTaken, lock_held
from warehouse.snapshot import current_snapshot_id
from workbench.mentoring_sheets import take_sheets_of_inbox
from workbench.schedule.home_keeping import clock_notes, kept_in_order
from workbench.schedule.mail import MailFailed, in_one_line, is_wanted, send
from workbench.schedule.plan import SchedulePlan
from workbench.schedule.status import (
    FailedPage,
    LoadStatus,
    RunStatus,
    SiteStatus,
    begin,
    read_status,
    run_lock,
    site_before,
)
from workbench.schedule.status_page import write_status
from workbench.site_build import replaced_in_words

Tell = Callable[[str], None]
"""Told what is being done."""


CLOCK_MAY_DIFFER = timedelta(minutes=10)
"""What clocks that are set by the network differ by without a word."""


def is_due(home: Home, plan: SchedulePlan, now: datetime) -> bool:
    """Whether the latest planned moment has passed without a run: the usual one, or one that was missed."""
    last = _moment(read_status(home))
    # One that is dated later than now was begun by a clock that has been set back: it says nothing of today.
    return last is None or last < plan.last_due(now) or last > now + CLOCK_MAY_DIFFER


def _moment(status: RunStatus | None) -> datetime | None:
    """When a run began; None where it does not say so."""
    try:
        moment = datetime.fromisoformat(status.started_at) if status else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def run_schedule(
    home: Home, plan: SchedulePlan, *, clock: Callable[[], datetime], cell_seconds: int, tell: Tell
) -> RunStatus:
    """Do everything that the plan says; the status, which is also written. Raises HomeLocked when another run is on.

    A step that fails does not keep the others from being done: the sites are built from the last good snapshot when the
    load fails, and each site stands as it was when its build fails.
    """
    home.create()
    try:
        with lock_held(run_lock(home)):
            return _run(home, plan, clock, cell_seconds, tell)
    except LockTaken as error:
        raise HomeLocked(
            "Another run of the schedule is on",
            next_step="wait until it has finished, then run the command again",
            place=str(home.runs),
        ) from error


def _run(home: Home, plan: SchedulePlan, clock: Callable[[], datetime], cell_seconds: int, tell: Tell) -> RunStatus:
    language, last, now = Language(plan.lang), read_status(home, is_own_run=True), clock()
    status = replace(
        begin(home, now),
        next_due=plan.next_due(now).isoformat(timespec="minutes"),
        process=asdict(this_process()),
        step="inbox",
        notes=clock_notes(last, now, language),
    )
    write_status(home, status, plan.lang)
    try:
        clear_leftovers(home)
        tell("inbox")
        load, fault = _load(home, now, language)
        status = replace(status, load=load)
        write_status(home, status, plan.lang)
        for name in plan.sites:
            tell(name)
            status = replace(status, step=name)
            write_status(home, status, plan.lang)
            built = _site(home, plan, name, now, cell_seconds, site_before(last, name), language)
            _tell_the_reader(home, built, fault, now)
            built = replace(built, title=_title(name, home, plan.lang))
            status = replace(status, sites=(*status.sites, built))
            write_status(home, status, plan.lang)
        tell("home")
        status = replace(status, step="home")
        write_status(home, status, plan.lang)
        status = kept_in_order(home, plan, status, now, language)
        ended = clock()
        if ended < now - CLOCK_MAY_DIFFER:
            note = language("The clock of this machine was set back during the run; check date and time zone.")
            status = replace(status, notes=(*status.notes, note))
        status = replace(status, state=_state(status), step="", ended_at=ended.isoformat(timespec="seconds"))
        status = told_by_mail(home, plan, status, language)
    except KeyboardInterrupt:
        status = replace(status, state="interrupted", ended_at=clock().isoformat(timespec="seconds"))
        raise
    except BaseException as error:
        cause = _cause(error, language)
        status = replace(status, state="failed", cause=cause, ended_at=clock().isoformat(timespec="seconds"))
        if isinstance(error, Exception):
            status = told_by_mail(home, plan, status, language)
        raise
    finally:
        write_status(home, status, plan.lang)
    return status


def _state(status: RunStatus) -> str:
    states = {site.state for site in status.sites}
    load = status.load.state if status.load else "failed"
    if "failed" in states or load == "failed" or status.is_damaged:
        return "failed"
    return "incomplete" if "incomplete" in states or load == "held" else "done"


def _tell_the_reader(home: Home, site: SiteStatus, fault: Exception | None, now: datetime) -> None:
    """A notice on the front page of a site that stands while new files could not be loaded; none where all is well."""
    folder = home.reports / site.site
    if site.state == "failed":
        return  # its own cause stands there
    if fault is not None:
        mark_failed(folder, fault, now, is_load=True)
    elif site.state == "unchanged":
        clear_notice(folder)


def _load(home: Home, now: datetime, language: Language) -> tuple[LoadStatus, Exception | None]:
    """Load the inbox; what became of it, and the error of a load that failed."""
    try:
        take_sheets_of_inbox(home, now.date())
        result: LoadResult = ingest(home, today=now.date())
        write_returns(home, result.receipts, result.quarantine)
    except Exception as error:  # the reports of the last good snapshot are still to be built
        return LoadStatus("failed", current_snapshot_id(home), cause=_cause(error, language)), error
    held = tuple(
        f"{name}: {reason}"
        for name, reason in result.held.select("file_name", "held_reason").sort("file_name").iter_rows()
    )
    lost = {str(edition) for edition in result.editions_lost}
    held += tuple(fault.error.in_one_line(language) for fault in result.rule_faults if fault.edition in lost)
    state = "unchanged" if not result.is_new else "held" if held else "new"
    return LoadStatus(state, result.snapshot_id, result.receipts.height, held), None


def _stale_pages(site: Site, snapshot_id: str | None, home: Home, now: datetime) -> list[str]:
    """The pages of a site, as the snapshot has something for them, that are not up to date."""
    folder = home.reports / site.name
    if snapshot_id is None:
        return stale_pages(site, "", folder, home, now)
    with open_snapshot(snapshot_id, home.root) as snapshot:
        chosen = pages_for(site, snapshot, home, built=built_cities(read_facts(folder)))
    return stale_pages(chosen.site, snapshot_id, folder, home, now, chosen.reports)


def _site(
    home: Home,
    plan: SchedulePlan,
    name: str,
    now: datetime,
    cell_seconds: int,
    before: SiteStatus | None,
    language: Language,
) -> SiteStatus:
    """Build the pages of a site that are not up to date; all that can go wrong is told, and the old site stands."""
    snapshot_id = current_snapshot_id(home)
    front = f"{name}/{FRONT_PAGE}" if (home.reports / name / FRONT_PAGE).is_file() else ""
    try:
        site = site_of_home(name, home)
        stale = _stale_pages(site, snapshot_id, home, now)
        if snapshot_id and not stale:
            same = SiteStatus(name, "unchanged", snapshot_id, front_page=front)
            return replace(same, left_out=before.left_out, replaced=before.replaced) if before else same
        built = build_site(
            name, home=home.root, jobs=plan.jobs, only=stale, cell_seconds=cell_seconds, keep=plan.keep, now=now
        )
    except Exception as error:  # one site that fails must not take the others with it
        since = before.since if before and before.cause else now.isoformat(timespec="minutes")
        mark_failed(home.reports / name, error, datetime.fromisoformat(since))
        code = error.exit_code if isinstance(error, MendableError) else ExitCode.FAULT
        return SiteStatus(
            name,
            "failed",
            snapshot_id,
            cause=_cause(error, language),
            since=since,
            front_page=front,
            exit_code=code,
            next_step=error.told(language)[2] if isinstance(error, MendableError) else "",
        )
    return _status_of(name, built, snapshot_id, language)


def _status_of(name: str, built: SiteBuild, snapshot_id: str | None, language: Language) -> SiteStatus:
    failures = tuple(
        FailedPage(each.page, each.what, each.cause, each.since, each.missing, each.next_step)
        for each in built.failures
    )
    count = sum(outcome.status == "built" for outcome in built.outcomes)
    state = "incomplete" if failures else "built"
    return SiteStatus(
        name,
        state,
        snapshot_id,
        count,
        failures,
        front_page=f"{name}/{FRONT_PAGE}",
        exit_code=built.exit_code,
        left_out=tuple(f"{left.page}: {left.cause.told(language)}" for left in built.left_out if left.page),
        replaced=tuple(replaced_in_words(built, language)),
    )


def told_by_mail(home: Home, plan: SchedulePlan, status: RunStatus, language: Language) -> RunStatus:
    """Send the mail that the plan asks for; the status with what became of it."""
    if plan.mail is None or not is_wanted(plan.mail, status):
        return status
    try:
        refused = send(plan.mail, status, home, language)
    except MailFailed as error:
        return replace(status, mail_state="failed", mail_cause=error.told(language)[0])
    if refused:
        told = language("not accepted: {recipients}").format(recipients=in_one_line(refused))
        return replace(status, mail_state="partly", mail_cause=told)
    return replace(status, mail_state="sent")


def _title(name: str, home: Home, lang: str) -> str:
    site = sites_of_home(home).usable.get(name)
    return site.title.told(lang) if site else name


def _cause(error: BaseException, language: Language) -> str:
    if isinstance(error, MendableError):
        return error.told(language)[0]
    return f"{type(error).__name__}: {error}"
