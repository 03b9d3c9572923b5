"""What a run does for the home besides loads and reports: what is no longer kept goes, and the rest is verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from iga.reasons import reason_of
from reports.site.changed_files import changed_files
from warehouse.errors import HomeLocked, MendableError
from warehouse.home import Home
from warehouse.keeping.retention import apply_retention, load_retention, prune
from warehouse.keeping.verify import verify_home
from warehouse.language import Language
from workbench.schedule.plan import SchedulePlan
from workbench.schedule.status import RunStatus

FINDINGS_TOLD = 20


def clock_notes(last: RunStatus | None, now: datetime, language: Language) -> tuple[str, ...]:
    """Say that the last run is dated later than now: a clock was, or is, wrong."""
    try:
        is_later = last is not None and datetime.fromisoformat(last.started_at) > now + timedelta(minutes=10)
    except (ValueError, TypeError):
        return ()
    if not is_later or last is None:
        return ()
    text = language("The last run is dated {moment}, which is still to come: check the clock of this machine.")
    return (text.format(moment=last.started_at),)


def kept_in_order(home: Home, plan: SchedulePlan, status: RunStatus, now: datetime, language: Language) -> RunStatus:
    """Prune snapshots and records of runs by their rules, and verify the home when it is time; what it came to.

    Nothing here fails a run: what could not be done is told.
    """
    notes = [*status.notes]
    try:
        notes += _pruned(home, plan, now, language)
    except HomeLocked:
        notes.append(language("Nothing was pruned, since a load is running."))
    except (OSError, MendableError) as error:
        notes.append(language("Pruning failed: {cause}").format(cause=_in_words(error, language)))
    status = replace(status, notes=tuple(notes))
    return _verified(home, status, now, language) if _is_time(plan, status, now) else status


def _pruned(home: Home, plan: SchedulePlan, now: datetime, language: Language) -> list[str]:
    notes = []
    gone = prune(home, load_retention(), now).filter("is_pruned")
    if gone.height:
        text = language("Snapshots pruned: {count} ({size} MB); named ones stay")
        size = language.number(round(int(gone["size_bytes"].sum()) / 1e6, 1), 1)
        notes.append(text.format(count=gone.height, size=size))
    if old := apply_retention(home, now):
        text = language("Files older than their kind is kept for: {names}")
        notes.append(text.format(names=", ".join(old)))
    return notes


def _is_time(plan: SchedulePlan, status: RunStatus, now: datetime) -> bool:
    """Whether the last verification is so many days ago, or dated in days to come."""
    if not plan.verify_days:
        return False
    try:
        last = datetime.fromisoformat(status.verified_at)
        return not timedelta(0) <= now - last < timedelta(days=plan.verify_days) - timedelta(hours=1)
    except (ValueError, TypeError):
        return True


def _verified(home: Home, status: RunStatus, now: datetime, language: Language) -> RunStatus:
    try:
        damaged = verify_home(home, checks=[changed_files]).damaged
    except (OSError, MendableError) as error:
        note = language("The home could not be verified: {cause}").format(cause=_in_words(error, language))
        return replace(status, notes=(*status.notes, note))
    day = now.isoformat(timespec="seconds")
    if not damaged:
        return replace(status, notes=(*status.notes, language("The home was verified: whole.")), verified_at=day)
    told = [f"{finding.path}: {finding.what.told(language)}" for finding in damaged[:FINDINGS_TOLD]]
    head = language("The home was verified, {count} damaged: `iga verify` says what to do").format(count=len(damaged))
    return replace(status, notes=(*status.notes, head, *told), verified_at=day, is_damaged=True)


def _in_words(error: Exception, language: Language) -> str:
    return error.told(language)[0] if isinstance(error, MendableError) else reason_of(error).told(language)
