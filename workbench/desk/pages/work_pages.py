"""Pages about work: the jobs and their history, report sites to build and read, and the state of the home."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.desk.jobs.job_folder import Job, read_jobs
from workbench.desk.jobs.job_kinds import KINDS
from workbench.desk.pages.page_content import PageContent
from workbench.desk.people import Person, Right
from workbench.desk.question import Question

STATE_MESSAGES = {
    "queued": "waiting",
    "running": "running",
    "cancelling": "being cancelled",
    "done": "done",
    "partly": "done in part",
    "failed": "failed",
    "cancelled": "cancelled",
    "lost": "broken off",
}
"""The states of a job, as catalogue keys."""
LETTERS_SHOWN = 400
RETURNED_SHOWN = 6
"""Workbooks to be returned that a load shows at once; the page of files has more."""


def jobs(question: Question) -> PageContent:
    """Return the jobs, the newest first, with their logs, and what keeps the home whole."""
    _ = question.language
    told = [told_job(job, _, question.person) for job in read_jobs(question.home)]
    values = {"jobs": told, "may_keep": question.person.may(Right.keep), "home": _home_facts(question)}
    return PageContent(_("Work"), "jobs.html", values=values)


def told_job(job: Job, language: Language, person: Person) -> dict[str, Any]:
    """Return a job for a page or a stream, in words, and whether the person may cancel it or run it again."""
    _ = language
    title = _(KINDS[job.kind].title) if job.kind in KINDS else job.kind
    percent = None if not job.total else round(100 * min(job.done, job.total) / job.total)
    about = [str(job.parameters[name]) for name in ("site", "name", "file", "page") if job.parameters.get(name)]
    files = [{"name": name, "path": f"jobs/{job.id}/{name}"} for name in _listed(job, "files")]
    files += [{"name": Path(path).name, "path": path} for path in _listed(job, "returned")[:RETURNED_SHOWN]]
    return {
        "id": job.id,
        "kind": job.kind,
        "title": title,
        "about": ", ".join(about),
        "season": _season_of(job),
        "state": job.state,
        "state_text": _(STATE_MESSAGES[job.state]),
        "has_ended": job.has_ended,
        "may_run": job.kind in KINDS and person.may(KINDS[job.kind].right),
        "person": job.person,
        "asked_at": job.asked_at[:16].replace("T", " "),
        "ended_at": job.ended_at[:16].replace("T", " "),
        "step": job.step,
        "percent": percent,
        "waits_for": job.waits_for,
        "cause": job.cause,
        "place": job.place,
        "next_step": job.next_step,
        "files": files,
        "front_page": f"reports/{job.result['front_page']}" if job.result.get("front_page") else "",
        "snapshot_id": job.result.get("snapshot_id", ""),
        "held": _listed(job, "held"),
    }


def _listed(job: Job, name: str) -> list[str]:
    """A list of texts of a job's result; one odd job must not keep the others from being told."""
    told = job.result.get(name, ())
    return [str(each) for each in told] if isinstance(told, list) else []


def _season_of(job: Job) -> str:
    city, edition = str(job.parameters.get("city") or ""), str(job.parameters.get("edition") or "")
    with contextlib.suppress(UnknownName):
        city = resolve_city(city).full_name if city else ""
    return f"{city} {edition}".strip()


def _home_facts(question: Question) -> list[str]:
    from warehouse.keeping.size import sizes_of
    from workbench.schedule.status import read_status, told_in_words

    _ = question.language
    size = _("Size of the home: {size} MB").format(size=_.number(sum(sizes_of(question.home).values()) / 1e6, 1))
    last = read_status(question.home)
    return [size, *(told_in_words(last, _) if last else [])]


def reports(question: Question) -> PageContent:
    """Return the report sites, those that are built to be read, each to be built; and the letters of the home."""
    from reports.run.own_sites import sites_of_home
    from reports.site.build_facts import read_facts

    _ = question.language
    found = sites_of_home(question.home)
    sites = []
    for name, site in sorted(found.usable.items(), key=lambda item: (item[0] != "city", item[0])):
        folder = question.home.reports / name
        is_built = (folder / "index.html").is_file()
        facts = read_facts(folder) if is_built else {}
        sites.append(
            {
                "name": name,
                "title": site.title.told(_.code),
                "path": f"reports/{name}/index.html" if is_built else "",
                "is_stale": is_built and _snapshot_of(facts) != question.snapshot_id,
            }
        )
    faults = [fault.error.in_one_line(_) for fault in found.faults]
    letters = _letters(question.home)
    values = {"sites": sites, "faults": faults, "letters": letters, "city": question.city or ""}
    return PageContent(_("Reports and letters"), "reports.html", values=values)


def _snapshot_of(facts: dict[str, Any]) -> str:
    snapshot = facts.get("snapshot")
    return str(snapshot.get("snapshot_id", "")) if isinstance(snapshot, dict) else str(facts.get("snapshot_id", ""))


def _letters(home: Home) -> list[dict[str, str]]:
    folder = home.root / "letters"
    if not folder.is_dir():
        return []
    paths = [path for path in folder.rglob("*") if path.suffix in (".docx", ".pdf") and not path.name.startswith(".")]
    paths.sort(key=lambda path: (-path.stat().st_mtime, path.name))
    shown = paths[:LETTERS_SHOWN]
    return [{"path": f"letters/{path.relative_to(folder).as_posix()}", "name": path.name} for path in shown]
