"""Builds a report site in a private folder and swaps it in at the end, so that a reader never sees half a site."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from analysis import open_snapshot
from reports.blocks.converter import Converter
from reports.library_patches import left_plain, quick_altair
from reports.pages.parameters import checked_for
from reports.render.outputs import OutputContext, Written, citation_of, full_disk, write_outputs
from reports.render.page import Link, page
from reports.run.declaration import OutputKind, Report, Site, list_reports, load_sites
from reports.run.kernel.spare_kernels import warm
from reports.run.notebook import Limits, around_page, run_notebook, usual_jobs, values_of_page
from reports.run.own_notebooks import own_notebook
from reports.run.own_sites import site_of_home
from reports.site.build_facts import BUILD_FACTS, Fingerprints, foundation, read_facts, told
from reports.site.changed_files import HASHES, file_hashes
from reports.site.cities_of_site import Chosen, LeftOut, built_cities, pages_for, seasons_of
from reports.site.city_pages import links_of_city, pages_of_city
from reports.site.contents_page import contents_body
from reports.site.empty_pages import WITHOUT_DATA, left_out, remove_page, still_without, unlink_pages
from reports.site.folder import forget_oldest, give_up, restore, swap
from reports.site.front import Failure, front_body
from reports.site.notice import FRONT_PAGE, mark_failed
from reports.site.reading_aids import SEARCH_PAGE, TERMS_PAGE, aids, search_page, terms_page
from reports.site.standings import Made
from warehouse import Snapshot, disk
from warehouse.errors import ExitCode, HomeLocked, HomeUnusable, MendableError, UnknownName, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import RECORD, TODAY, InputsRead, recorded, recording
from warehouse.keeping.dead_temporaries import clear_dead_temporaries
from warehouse.language import Language
from warehouse.lock import LockTaken, lock_held
from warehouse.snapshot import current_snapshot_id
from warehouse.temporary import cleared_when_ended

__all__ = ["FRONT_PAGE", "Failure", "Outcome", "Report", "SiteBuild", "build_site", "list_reports", "load_sites"]

CITIES_IN_NAVIGATION = 12
"""With more cities than this a page links to the front page only, which lists them."""
LONE_PAGES_IN_NAVIGATION = 4
"""With more pages than this that are about no single city, a page links to comparison and ranking alone of them."""
ALWAYS_LINKED = ("compare_cities", "national_ranking")
"""The notebooks whose pages every page leads to."""

OnProgress = Callable[[str, int, int], None]
"""Called after each page with its name, the number of pages done, and the number of all."""


class ReportFailed(WorkbenchError):
    """A report could not be written for a cause that is a fault of the software."""

    exit_code = ExitCode.REPORT


NOT_WHOLE = ("partly", "kept", "failed")
"""What becomes of a report of which something could not be made."""


@dataclass(frozen=True)
class Outcome:
    """What became of one report: `built`, `partly` (without the outputs in `missing`), `kept` (failed; its last good
    version stands), `failed`, `empty` (nothing to show yet, so not published), or `left` (not tried because an earlier
    one failed).

    `cell` and `cause` say why it failed, `next_step` what to do; `exit_code` is that of the cause. `requests` is what a
    page that was built asks of whoever makes its notebook, `replaced` the texts of which its PDF shows not every sign.
    """

    page: str
    lang: str
    status: str
    cell: int | None = None
    cause: str = ""
    exit_code: int = 0
    seconds: float = 0.0
    files: tuple[str, ...] = ()
    missing: tuple[OutputKind, ...] = ()
    next_step: str = ""
    requests: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class SiteBuild:
    """A finished build: the folder of the site, the pages in it, those that failed, and what became of each tried.

    `left_out` are the pages of which the snapshot holds nothing, `seasons` the cities with the edition whose letters
    the site asks for.
    """

    path: Path
    pages: tuple[str, ...]
    failures: tuple[Failure, ...]
    outcomes: tuple[Outcome, ...] = ()
    lang: str = ""
    left_out: tuple[LeftOut, ...] = ()
    seasons: tuple[tuple[str, int], ...] = ()

    @property
    def front_page(self) -> Path:
        """The page to open first."""
        return self.path / FRONT_PAGE

    @property
    def exit_code(self) -> int:
        """0, or the exit code of the cause of all failures; 8 where there are several causes."""
        codes = {outcome.exit_code for outcome in self.outcomes if outcome.status in NOT_WHOLE}
        return 0 if not codes else codes.pop() if len(codes) == 1 else ReportFailed.exit_code


def build_site(
    name: str | Site,
    snapshot: str | None = None,
    home: str | Path | None = None,
    lang: str | None = None,
    jobs: int | None = None,
    only: Iterable[str] | None = None,
    on_progress: OnProgress | None = None,
    *,
    limit: int | None = None,
    continue_on_error: bool = True,
    cell_seconds: int | None = None,
    keep: int = 0,
    now: datetime | None = None,
    on: date | None = None,
    cities: Sequence[str] = (),
) -> SiteBuild:
    """Build a declared site under `<home>/reports/<name>/` from one snapshot (the current one if none is named).

    Without `lang` the site is built in each language it declares, the first at the top of its folder, others in a
    folder of their own; with one, in that one. `only` names the pages to build anew, `limit` builds the first so many
    of them; the others stay as they are. A page that fails keeps its last good version and is named on the front page
    with its cause and since when, and so is one of which an output is missing; without `continue_on_error` no further
    page is begun. `keep` earlier builds are kept in `<home>/reports/.kept/<name>/`. `on` is the day that the pages of
    open seasons are of (otherwise that of `now`). `cities` names those whose pages are built anew, whether or not the
    site lists them. A page of which the snapshot holds nothing is left out and told. Parameters are checked before the
    first kernel starts.

    Raises UnknownName, NoSnapshot, ParameterError, SiteInvalid, HomeLocked (another build of this site runs),
    HomeUnusable (full disk).
    """
    place = Home.at(home)
    site = name if isinstance(name, Site) else site_of_home(name, place)
    if snapshot is None and current_snapshot_id(place) is None:  # a page that nobody knows is told all the same
        declared = tuple(list_reports(site))
        _selected(Chosen(site, declared, declared), only)
    place.create()
    jobs = max(1, jobs or usual_jobs())
    limits = Limits(threads=max(1, (os.cpu_count() or 1) // jobs))
    if cell_seconds:
        limits = Limits(cell_s=cell_seconds, threads=limits.threads)
    now = now or datetime.now(tz=UTC)
    with (
        _only_build_of(site, place),
        _failure_on_the_front_page(place.reports / site.name, now) if snapshot is None else nullcontext(),
        open_snapshot(snapshot, place.root) as opened,
        checked_for(place),
    ):
        chosen = pages_for(site, opened, place, cities, built_cities(read_facts(place.reports / site.name)))
        reports = list(chosen.reports)
        wanted = _selected(chosen, only)[:limit]
        warm()  # kernels' imports take place while the rest gets ready
        languages = (lang,) if lang else site.languages
        for report in wanted:
            for language in _told_in(report, languages):
                given = values_of_page(
                    report.notebook, report.parameters, place, lang=language, snapshot=opened.snapshot_id
                )
                report.checked(place, **given)
        day = on or now.astimezone().date()
        build = _Build(chosen.site, reports, opened, place, limits, now, day, continue_on_error, chosen.absent)
        tasks = [_Task(report, language) for language in languages for report in wanted if report.is_told_in(language)]
        made = build.run(tasks, languages, jobs, on_progress, keep)
        is_all = site.letters and only is None and limit is None
        return replace(
            made, left_out=(*chosen.left_out, *made.left_out), seasons=seasons_of(wanted, opened) if is_all else ()
        )


def _told_in(report: Report, languages: Iterable[str]) -> list[str]:
    return [language for language in languages if report.is_told_in(language)]


@contextmanager
def _failure_on_the_front_page(folder: Path, now: datetime) -> Iterator[None]:
    """Whatever makes a site fail as a whole is told on the front page that stands: its reader sees nothing else.

    Not where someone asked for one snapshot by name: that may be mistyped, and says nothing of the pages that stand.
    """
    try:
        yield
    except Exception as error:
        mark_failed(folder, error, now)
        raise


@contextmanager
def _only_build_of(site: Site, home: Home) -> Iterator[None]:
    """Hold the site's lock, and mend first what a build that was killed has left."""
    lock = home.runs / f"build-{site.name}.lock"
    try:
        with lock_held(lock):
            clear_dead_temporaries()
            restore(home.reports / site.name)
            yield
    except LockTaken as error:
        raise HomeLocked(
            "Another build of the site {site} is running",
            next_step="wait until it has finished, then run the command again",
            place=str(lock),
            site=site.name,
        ) from error


def _selected(chosen: Chosen, only: Iterable[str] | None) -> list[Report]:
    """The pages to build. Raises UnknownName for one that the site does not have; one that is left out is no fault."""
    if only is None:
        return list(chosen.wanted)
    names = list(only)
    known = {report.page for report in chosen.reports} | {left.page for left in chosen.left_out}
    if unknown := [name for name in names if name not in known]:
        raise UnknownName(
            "The site has no page {pages}",
            next_step="those that exist: {known}",
            pages=", ".join(unknown),
            known=", ".join(report.page for report in chosen.reports[:50]),
        )
    return [report for report in chosen.wanted if report.page in names]


@dataclass(frozen=True)
class _Task:
    """A report in one language."""

    report: Report
    lang: str

    @property
    def key(self) -> tuple[str, str]:
        return self.report.page, self.lang


@dataclass
class _Build:
    site: Site
    reports: list[Report]
    snapshot: Snapshot
    home: Home
    limits: Limits
    now: datetime
    day: date
    continue_on_error: bool
    absent: tuple[LeftOut, ...] = ()
    full_disk: HomeUnusable | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    links: dict[str, list[tuple[str, Link]]] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    read: dict[tuple[str, str], InputsRead] = field(default_factory=dict)

    @property
    def target(self) -> Path:
        return self.home.reports / self.site.name

    def run(
        self,
        tasks: list[_Task],
        languages: Sequence[str],
        jobs: int,
        on_progress: OnProgress | None,
        keep: int,
    ) -> SiteBuild:
        private = disk.private_folder(self.home.reports, f".{self.site.name}.")
        with cleared_when_ended(private, lambda: give_up(private, self.target), has_threads=True):
            return self._built(private, tasks, languages, jobs, on_progress, keep)

    def _built(
        self,
        private: Path,
        tasks: list[_Task],
        languages: Sequence[str],
        jobs: int,
        on_progress: OnProgress | None,
        keep: int,
    ) -> SiteBuild:
        try:
            private.chmod(0o755)
            before = read_facts(self.target)
            self.records = {(entry["page"], entry["lang"]): entry for entry in before.get("reports", ())}
            self._keep_last_good(private)
            told_before = [lang for lang in before.get("languages", ()) if (private / self._folder(lang)).is_dir()]
            self.languages = tuple(dict.fromkeys([*languages, *told_before]))
            started = time.monotonic()
            with Converter() as converter:
                outcomes = self._pages(private, tasks, jobs, on_progress, converter)
                if self.full_disk is not None:
                    raise self.full_disk
                failures = self._failures(private, tasks, outcomes, before)
                without_data = self._without_data(outcomes, before)
                self._unlink(private, without_data)
                records = self._records(private, outcomes)
                with converter.serving_here():
                    for language in languages:
                        own = [failure for failure in failures if failure.lang == language]
                        nothing = [record["page"] for record in without_data if record["lang"] == language]
                        absent = (*self.absent, *left_out(nothing, self.reports))
                        made = self._made(records, language)
                        self._front(private / self._folder(language), language, own, made, absent)
            facts = foundation(self.snapshot, self.site, self.home)
            facts["languages"] = list(self.languages)
            if plain := left_plain():
                facts["plain_libraries"] = plain
            facts["reports"] = records
            if without_data:
                facts[WITHOUT_DATA] = without_data
            facts["pages"] = sorted(self._made(records, languages[0]))
            facts["failures"] = [failure.record() for failure in failures]
            seconds = {f"{outcome.page}.{outcome.lang}": outcome.seconds for outcome in outcomes}
            facts["durations"] = {"all": round(time.monotonic() - started, 2), "reports": dict(sorted(seconds.items()))}
            facts[HASHES] = file_hashes(private)
            disk.write_text(private / BUILD_FACTS, told(facts), synced=False)
            kept = self.home.reports / ".kept" / self.site.name
            swap(private, self.target, kept / f"{self.now:%Y%m%dT%H%M%S}" if keep else None)
            forget_oldest(kept, keep)
        except BaseException as error:
            disk.discard(private)
            raise full_disk(error, self.home) or error from None
        shown = self._folder(languages[0])
        empty = left_out((record["page"] for record in without_data), self.reports)
        pages = tuple(facts["pages"])
        return SiteBuild(self.target / shown, pages, tuple(failures), tuple(outcomes), languages[0], empty)

    def _folder(self, lang: str) -> str:
        """Where a language lies in the site: the first that it declares at the top."""
        return "" if lang == self.site.languages[0] else lang

    def _keep_last_good(self, private: Path) -> None:
        for folder in ("", *(lang for lang in ("id", "en") if self._folder(lang))):
            if not (self.target / folder / FRONT_PAGE).is_file():
                continue
            for name in (FRONT_PAGE, SEARCH_PAGE, TERMS_PAGE):
                if (self.target / folder / name).is_file():
                    disk.link(self.target / folder / name, private / folder / name)
            for report in self.reports:
                for output in report.outputs:
                    last = self.target / folder / report.file_of(output)
                    if last.is_file():
                        disk.link(last, private / folder / last.name)

    def _pages(
        self, private: Path, tasks: list[_Task], jobs: int, on_progress: OnProgress | None, converter: Converter
    ) -> list[Outcome]:
        found: dict[tuple[str, str], Outcome] = {}
        if self.site.front == "cities":  # what draws its chart is imported while kernels are at work
            threading.Thread(target=quick_altair).start()
        pool, is_stopped = ThreadPoolExecutor(max_workers=jobs), False
        try:
            running = {pool.submit(self._page, private, task, converter.environment): task for task in tasks}
            for done, future in enumerate(as_completed(running), start=1):
                outcome = future.result()
                found[running[future].key] = outcome
                if on_progress is not None:
                    on_progress(outcome.page, done, len(tasks))
        except KeyboardInterrupt:
            is_stopped = True
            raise
        finally:
            self.stop.set()
            # When the command ends, its kernels end with it, and no page is waited for.
            pool.shutdown(wait=not is_stopped, cancel_futures=True)
        return [found[task.key] for task in tasks]

    def _page(self, private: Path, task: _Task, environment: dict[str, str]) -> Outcome:
        """Write every output of one report, or tell why there is none; nothing is kept in memory of it."""
        report, lang = task.report, task.lang
        if self.stop.is_set():
            return Outcome(report.page, lang, "left")
        started = time.monotonic()
        folder = private / self._folder(lang)
        disk.make_folder(folder)
        try:
            written = self._written(folder, task, environment)
        except Exception as fault:  # one report that fails must not take the others with it
            if full := full_disk(fault, self.home):
                self.full_disk = full
                self.stop.set()
            error = fault if isinstance(fault, MendableError) else _of_software(report, fault)
            status = "kept" if self._standing(folder, report) else "failed"
            if not self.continue_on_error:
                self.stop.set()
            cell = error.values.get("cell")
            seconds = round(time.monotonic() - started, 2)
            cause, _, next_step = error.told(Language(lang))
            shown = cell if isinstance(cell, int) else None
            return Outcome(report.page, lang, status, shown, cause, error.exit_code, seconds, next_step=next_step)
        seconds = round(time.monotonic() - started, 2)
        if written.is_empty:
            remove_page(folder, report)
            return Outcome(report.page, lang, "empty", seconds=seconds)
        if written.missing:
            if not self.continue_on_error:
                self.stop.set()
            return _partly(report.page, lang, written, seconds)
        return Outcome(
            report.page,
            lang,
            "built",
            seconds=seconds,
            files=written.files,
            requests=written.requests,
            replaced=written.replaced,
        )

    def _written(self, folder: Path, task: _Task, environment: dict[str, str]) -> Written:
        """Run the notebook, write all outputs aside, and move them in together once all that can be is there."""
        report, lang, snapshot_id = task.report, task.lang, self.snapshot.snapshot_id
        values = values_of_page(report.notebook, report.parameters, self.home, lang=lang, snapshot=snapshot_id)
        if own_notebook(report.notebook, self.home) is not None:
            environment = environment | around_page(lang, snapshot_id)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".page-") as aside:
            record = (Path(aside) / "inputs-read.jsonl").resolve()
            notebook = run_notebook(
                report.notebook,
                values,
                home=self.home.root,
                limits=self.limits,
                environment={**environment, RECORD: str(record), TODAY: self.day.isoformat()},
            )
            self.read[task.key] = recorded(record)
            with recording(record):
                written = write_outputs(notebook, report, self._context(task, folder), Path(aside))
            self.read[task.key] = recorded(record)
            for name in written.files:
                disk.replace(Path(aside) / name, folder / name, synced=False)
        return written

    def _standing(self, folder: Path, report: Report) -> list[OutputKind]:
        """The outputs of a report that there are, made now or earlier; the page first."""
        outputs = [output for output in report.outputs if (folder / report.file_of(output)).is_file()]
        return sorted(outputs, key=lambda output: output != "html")

    def _earlier(self, task: _Task, folder: Path) -> dict[OutputKind, str]:
        """The outputs of earlier builds that stand in a folder, each with the snapshot that it is of."""
        report, record = task.report, self.records.get(task.key, {})
        return {output: _snapshot_of(record, report.file_of(output)) for output in self._standing(folder, report)}

    def _context(self, task: _Task, folder: Path) -> OutputContext:
        report = task.report
        return OutputContext(
            site_title=self.site.title.told(task.lang),
            language=Language(task.lang),
            snapshot_id=self.snapshot.snapshot_id,
            software_version=str(self.snapshot.facts["software_version"]),
            is_simulated=self.snapshot.is_simulated,
            home=self.home,
            navigation=tuple(self._navigation(task.lang, report)),
            siblings=tuple(self._siblings(report)),
            downloads=tuple(
                Link(output.upper(), report.file_of(output)) for output in report.outputs if output != "html"
            ),
            languages=self._switch(task.lang, report.file_name, report),
            city_pages=tuple(links_of_city(self.site, self.reports, report, task.lang)),
            aids=tuple(aids(task.lang)),
            glossary=TERMS_PAGE,
            hub=pages_of_city(self.site, self.reports, report, task.lang),
            earlier=self._earlier(task, folder),
        )

    def _switch(self, current: str, file_name: str, report: Report | None = None) -> tuple[Link, ...]:
        """Links to the same page in each language that the site is built in; none where it is only one."""
        told = sorted(lang for lang in self.languages if report is None or report.is_told_in(lang))
        up = "../" if self._folder(current) else ""
        links = []
        for lang in told if len(told) > 1 else ():
            folder = f"{self._folder(lang)}/" if self._folder(lang) else ""
            name = Language(lang)("Name of this language")
            links.append(Link(name, f"{up}{folder}{file_name}", lang == current, lang))
        return tuple(links)

    def _navigation(self, lang: str, current: Report | None) -> list[Link]:
        """The front page, the newest page of each city, and the pages that stand alone while they are few."""
        city = current.parameters.get("city") if current else None
        links = [Link(Language(lang)("Front page"), FRONT_PAGE, current is None)]
        for key, shown in self._linked(lang):
            is_current = current is not None and key in (current.page, city)
            links.append(Link(shown.title, shown.href, is_current))
        return links

    def _linked(self, lang: str) -> list[tuple[str, Link]]:
        """The entries of the navigation beside the front page, each with the page or the city that it stands for."""
        if lang not in self.links:
            part_titles = {part.name: part.title.told(lang) for part in self.site.parts}
            cities: dict[str, Link] = {}
            alone: dict[str, Link] = {}
            for report in (report for report in self.reports if "html" in report.outputs):
                city = report.parameters.get("city")
                if city is None:
                    title = part_titles[report.part] if report.notebook in ALWAYS_LINKED else report.heading.told(lang)
                    alone[report.page] = Link(title, report.file_name)
                elif city not in cities:
                    cities[city] = Link(_city_name(city), report.file_name)
            shown = [] if len(cities) > CITIES_IN_NAVIGATION else list(cities.items())
            self.links[lang] = shown + _few(alone, self.reports)
        return self.links[lang]

    def _siblings(self, current: Report) -> list[Link]:
        """The other editions of the same city in the same part."""
        city = current.parameters.get("city")
        if city is None or "edition" not in current.parameters:
            return []
        same = [
            report
            for report in self.reports
            if report.parameters.get("city") == city and report.part == current.part and "edition" in report.parameters
        ]
        return [
            Link(str(report.parameters["edition"]), report.file_name, report is current)
            for report in sorted(same, key=lambda report: int(report.parameters["edition"]))
        ]

    def _made(self, records: list[dict[str, Any]], lang: str) -> dict[str, list[OutputKind]]:
        """The pages that there are in a language, each with the outputs of its last build; the page first."""
        files = {record["page"]: record["files"] for record in records if record["lang"] == lang}
        return {
            report.page: sorted(
                (output for output in report.outputs if report.file_of(output) in files[report.page]),
                key=lambda output: output != "html",
            )
            for report in self.reports
            if report.page in files
        }

    def _failures(
        self, private: Path, tasks: list[_Task], outcomes: list[Outcome], before: dict[str, Any]
    ) -> list[Failure]:
        """The pages that failed now, in whole or in part, and those not tried that failed in the last build; each with
        its first day."""
        last = {(entry["page"], entry.get("lang", "id")): entry for entry in before.get("failures", ())}
        now = {(outcome.page, outcome.lang): outcome for outcome in outcomes if outcome.status in NOT_WHOLE}
        tried = {(outcome.page, outcome.lang) for outcome in outcomes if outcome.status != "left"}
        failures = []
        for lang in ("id", "en"):
            for report in self.reports:
                key = (report.page, lang)
                if key not in now and (key in tried or key not in last):
                    continue
                outcome = now.get(key) or _outcome_before(report.page, lang, last[key])
                standing = self._standing(private / self._folder(lang), report)
                failures.append(
                    Failure(
                        report.page,
                        report.heading.told(lang),
                        outcome.cause,
                        all(output in standing for output in outcome.missing) if outcome.missing else bool(standing),
                        last.get(key, {}).get("since") or self.now.isoformat(timespec="minutes"),
                        lang,
                        outcome.missing,
                        outcome.next_step,
                    )
                )
        return failures

    def _without_data(self, outcomes: list[Outcome], before: dict[str, Any]) -> list[dict[str, Any]]:
        """The pages that are not published since nothing is there to show, each with what that was made of."""
        fingerprints = Fingerprints(self.snapshot.snapshot_id, self.site, self.home, self.day)
        of_page = {report.page: report for report in self.reports}
        tried = {(outcome.page, outcome.lang) for outcome in outcomes if outcome.status != "left"}
        records = [record for record in still_without(before, tried) if record["page"] in of_page]
        for outcome in (outcome for outcome in outcomes if outcome.status == "empty"):
            read = self.read.get((outcome.page, outcome.lang)) or InputsRead({}, None)
            records.append(
                {
                    "page": outcome.page,
                    "lang": outcome.lang,
                    "fingerprint": fingerprints.of(of_page[outcome.page], read),
                    **({"inputs": read.files} if read.files else {}),
                    **({"day": read.day} if read.day else {}),
                }
            )
        return sorted(records, key=lambda record: (record["lang"] != "id", record["page"]))

    def _unlink(self, private: Path, without_data: list[dict[str, Any]]) -> None:
        """Let no page lead to one that is not published."""
        for lang in {record["lang"] for record in without_data}:
            names = {record["page"] for record in without_data if record["lang"] == lang}
            empty = [report for report in self.reports if report.page in names]
            unlink_pages(private / self._folder(lang), empty, self.reports)

    def _records(self, private: Path, outcomes: list[Outcome]) -> list[dict[str, Any]]:
        """Every report that has files: what it was made with, from which snapshot, and the hash of each file.

        Files that an earlier build has left, since this one could not make them, stand under `earlier`.
        """
        made_now = {(outcome.page, outcome.lang): set(outcome.files) for outcome in outcomes if outcome.files}
        fingerprints = Fingerprints(self.snapshot.snapshot_id, self.site, self.home, self.day)
        records = []
        for lang in ("id", "en"):
            folder = private / self._folder(lang)
            for report in self.reports:
                names = [name for name in map(report.file_of, report.outputs) if (folder / name).is_file()]
                if not names:
                    continue
                key, last = (report.page, lang), self.records.get((report.page, lang), {})
                made = {} if key in made_now else last
                own = made_now.get(key) or set(names) - set(last.get("earlier", ()))
                read = self.read.get(key) if key in made_now else None
                read = read or InputsRead(last.get("inputs", {}), last.get("day"))
                earlier = {name: _snapshot_of(last, name) for name in names if name not in own}
                records.append(
                    {
                        "page": report.page,
                        "lang": lang,
                        "notebook": report.notebook,
                        "parameters": report.parameters,
                        "snapshot_id": made.get("snapshot_id", self.snapshot.snapshot_id),
                        "fingerprint": made.get("fingerprint") or fingerprints.of(report, read),
                        **({"inputs": read.files} if read.files else {}),
                        **({"day": read.day} if read.day else {}),
                        "files": {
                            name: sha256((folder / name).read_bytes()).hexdigest() for name in names if name in own
                        },
                        **({"earlier": earlier} if earlier else {}),
                    }
                )
        return records

    def _front(self, folder: Path, lang: str, failures: list[Failure], made: Made, absent: Sequence[LeftOut]) -> None:
        body_of = front_body if self.site.front == "cities" else contents_body
        html = page(
            body_of(self.snapshot, self.site, self.reports, made, failures, lang, absent),
            title=self.site.title.told(lang),
            subtitle=self.site.subtitle.told(lang),
            site_title=self.site.title.told(lang),
            language=Language(lang),
            navigation=self._there(folder, lang),
            languages=self._switch(lang, FRONT_PAGE),
            search=aids(lang),
            glossary=TERMS_PAGE,
            citation=citation_of(self.site.subtitle.told(lang), self._frame(lang)),
        )
        disk.write_text(folder / FRONT_PAGE, html, synced=False)
        for name, page_of in ((TERMS_PAGE, terms_page), (SEARCH_PAGE, search_page)):
            first, *others = self._there(folder, lang)
            frame = replace(self._frame(lang), navigation=(replace(first, is_current=False), *others))
            html = page_of(folder, self.reports, frame, self._switch(lang, name))
            disk.write_text(folder / name, html, synced=False)

    def _frame(self, lang: str) -> OutputContext:
        """What the pages beside the reports say of the build."""
        return OutputContext(
            site_title=self.site.title.told(lang),
            language=Language(lang),
            snapshot_id=self.snapshot.snapshot_id,
            software_version=str(self.snapshot.facts["software_version"]),
            is_simulated=self.snapshot.is_simulated,
            home=self.home,
        )

    def _there(self, folder: Path, lang: str) -> list[Link]:
        """The navigation of the pages beside the reports: they are made last, and lead to what there is."""
        first, *others = self._navigation(lang, None)
        return [first, *(link for link in others if (folder / link.href).is_file())]


def _few(alone: dict[str, Link], reports: Sequence[Report]) -> list[tuple[str, Link]]:
    """The pages about no single city, while they are few; of many, comparison and ranking, the newest of each."""
    if len(alone) <= LONE_PAGES_IN_NAVIGATION:
        return list(alone.items())
    first = {report.notebook: report.page for report in reversed(reports) if report.page in alone}
    kept = [first[notebook] for notebook in ALWAYS_LINKED if notebook in first]
    return [(page, link) for page, link in alone.items() if page in kept]


def _of_software(report: Report, fault: Exception) -> ReportFailed:
    return ReportFailed(
        "Report {page} could not be written: {cause}",
        next_step="IGA_DEBUG=1 shows where it happened",
        page=report.page,
        cause=f"{type(fault).__name__}: {fault}",
    )


def _partly(page: str, lang: str, written: Written, seconds: float) -> Outcome:
    """What became of a report of which some outputs are missing."""
    codes = {missing.exit_code for missing in written.missing}
    return Outcome(
        page,
        lang,
        "partly",
        cause="; ".join(missing.cause for missing in written.missing),
        exit_code=codes.pop() if len(codes) == 1 else ReportFailed.exit_code,
        seconds=seconds,
        files=written.files,
        missing=tuple(missing.output for missing in written.missing),
        next_step="; ".join(dict.fromkeys(missing.next_step for missing in written.missing if missing.next_step)),
        requests=written.requests,
        replaced=written.replaced,
    )


def _outcome_before(page: str, lang: str, entry: dict[str, Any]) -> Outcome:
    """What became of a page in the last build, as its `build.json` says."""
    return Outcome(
        page,
        lang,
        "failed",
        cause=entry["cause"],
        missing=tuple(entry.get("missing", ())),
        next_step=entry.get("next_step", ""),
    )


def _snapshot_of(record: dict[str, Any], file: str) -> str:
    """The snapshot that a file of the last build is of; nothing where no build has noted it."""
    return str(record.get("earlier", {}).get(file) or record.get("snapshot_id", ""))


def _city_name(city: str) -> str:
    from warehouse.region import resolve_city

    return resolve_city(city).name
