"""Builds a report site in a private folder and swaps it in at the end, so that a reader never sees half a site."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from reports.declaration import Report, Site, list_reports, load_sites, site_named
from reports.front import Failure, front_body
from reports.outputs import OutputContext, write_outputs
from reports.page import Link, page
from reports.run import run_notebook
from warehouse import Snapshot, open_snapshot
from warehouse.errors import UnknownName, WorkbenchError
from warehouse.home import Home
from warehouse.language import Language

__all__ = ["Failure", "Report", "SiteBuild", "build_site", "list_reports", "load_sites"]

FRONT_PAGE = "index.html"
BUILD_FACTS = "build.json"

OnProgress = Callable[[str, int, int], None]
"""Called after each page with its name, the number of pages done, and the number of all."""


@dataclass(frozen=True)
class SiteBuild:
    """A finished build: the folder of the site, the pages in it, and those that failed."""

    path: Path
    pages: tuple[str, ...]
    failures: tuple[Failure, ...]

    @property
    def front_page(self) -> Path:
        """The page to open first."""
        return self.path / FRONT_PAGE


def build_site(
    name: str,
    snapshot: str | None = None,
    home: str | Path | None = None,
    lang: str = "id",
    jobs: int = 2,
    only: Iterable[str] | None = None,
    on_progress: OnProgress | None = None,
) -> SiteBuild:
    """Build a declared site under `<home>/reports/<name>/` from one snapshot (the current one if none is named).

    `only` names the pages to build anew; the others stay as they are. A page that fails keeps its last good version
    and is named on the front page with its cause; parameters are checked before the first kernel starts. Raises
    UnknownName, NoSnapshot, ParameterError, SiteInvalid.
    """
    site, place = site_named(name), Home.at(home)
    reports = list_reports(site)
    wanted = _selected(reports, only)
    place.create()
    _restore(place.reports / site.name)
    with open_snapshot(snapshot, place.root) as opened:
        for report in wanted:
            report.checked(lang=lang, snapshot=opened.snapshot_id)
        build = _Build(site, reports, lang, opened, place)
        return build.run(wanted, max(1, jobs), on_progress)


def _selected(reports: list[Report], only: Iterable[str] | None) -> list[Report]:
    if only is None:
        return reports
    names = list(only)
    known = [report.page for report in reports]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownName(
            "The site has no page {pages}",
            next_step="those that exist: {known}",
            pages=", ".join(unknown),
            known=", ".join(known),
        )
    return [report for report in reports if report.page in names]


@dataclass
class _Build:
    site: Site
    reports: list[Report]
    lang: str
    snapshot: Snapshot
    home: Home

    @property
    def target(self) -> Path:
        return self.home.reports / self.site.name

    def run(self, wanted: list[Report], jobs: int, on_progress: OnProgress | None) -> SiteBuild:
        private = Path(tempfile.mkdtemp(dir=self.home.reports, prefix=f".{self.site.name}."))
        try:
            private.chmod(0o755)
            self._keep_last_good(private)
            started = time.monotonic()
            causes, seconds = self._pages(private, wanted, jobs, on_progress)
            failures = self._failures(private, wanted, causes)
            built = frozenset(report.page for report in self.reports if (private / report.file_name).is_file())
            self._front(private, built, failures)
            self._facts(private, built, failures, seconds | {"all": round(time.monotonic() - started, 2)})
            _swap(private, self.target)
        except BaseException:
            shutil.rmtree(private, ignore_errors=True)
            raise
        return SiteBuild(self.target, tuple(sorted(built)), tuple(failures))

    def _keep_last_good(self, private: Path) -> None:
        for report in self.reports:
            last = self.target / report.file_name
            if last.is_file():
                shutil.copy2(last, private / report.file_name)

    def _pages(
        self, private: Path, wanted: list[Report], jobs: int, on_progress: OnProgress | None
    ) -> tuple[dict[str, WorkbenchError], dict[str, float]]:
        causes: dict[str, WorkbenchError] = {}
        seconds: dict[str, float] = {}
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            running = {pool.submit(self._page, private, report): report for report in wanted}
            for done, future in enumerate(as_completed(running), start=1):
                report = running[future]
                try:
                    seconds[report.page] = future.result()
                except WorkbenchError as error:
                    causes[report.page] = error
                if on_progress is not None:
                    on_progress(report.page, done, len(wanted))
        return causes, seconds

    def _page(self, private: Path, report: Report) -> float:
        """Write one page; the seconds that it took."""
        started = time.monotonic()
        values = {**report.parameters, "lang": self.lang, "snapshot": self.snapshot.snapshot_id}
        notebook = run_notebook(report.notebook, values, home=self.home.root)
        write_outputs(notebook, report, self._context(report), private)
        return round(time.monotonic() - started, 2)

    def _context(self, report: Report) -> OutputContext:
        return OutputContext(
            site_title=self.site.title.told(self.lang),
            language=Language(self.lang),
            snapshot_id=self.snapshot.snapshot_id,
            software_version=str(self.snapshot.facts["software_version"]),
            is_simulated=self.snapshot.is_simulated,
            home=self.home,
            navigation=tuple(self._navigation(report)),
            siblings=tuple(self._siblings(report)),
            downloads=tuple(
                Link(output.upper(), report.file_of(output)) for output in report.outputs if output != "html"
            ),
        )

    def _navigation(self, current: Report | None) -> list[Link]:
        """The front page, the newest page of each city, and the pages that stand alone."""
        language = Language(self.lang)
        links = [Link(language("Front page"), FRONT_PAGE, current is None)]
        seen: set[str] = set()
        for report in self.reports:
            city = report.parameters.get("city")
            if city is None:
                links.append(Link(report.heading.told(self.lang), report.file_name, report is current))
            elif city not in seen:
                seen.add(city)
                is_current = current is not None and current.parameters.get("city") == city
                links.append(Link(_city_name(city), report.file_name, is_current))
        return links

    def _siblings(self, current: Report) -> list[Link]:
        """The other editions of the same city."""
        city = current.parameters.get("city")
        same = [report for report in self.reports if city is not None and report.parameters.get("city") == city]
        return [
            Link(str(report.parameters["edition"]), report.file_name, report is current)
            for report in sorted(same, key=lambda report: int(report.parameters["edition"]))
        ]

    def _failures(self, private: Path, wanted: list[Report], causes: dict[str, WorkbenchError]) -> list[Failure]:
        """The pages that failed now, and those left out that failed in the last build."""
        language = Language(self.lang)
        told = {page: error.told(language)[0] for page, error in causes.items()}
        tried = {report.page for report in wanted}
        told |= {page: cause for page, cause in self._last_failures().items() if page not in tried}
        return [
            Failure(
                report.page, report.heading.told(self.lang), told[report.page], (private / report.file_name).is_file()
            )
            for report in self.reports
            if report.page in told
        ]

    def _last_failures(self) -> dict[str, str]:
        try:
            facts = json.loads((self.target / BUILD_FACTS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {failure["page"]: failure["cause"] for failure in facts["failures"]}

    def _front(self, private: Path, built: frozenset[str], failures: list[Failure]) -> None:
        html = page(
            front_body(self.snapshot, self.site, self.reports, built, failures, self.lang),
            title=self.site.title.told(self.lang),
            subtitle=self.site.subtitle.told(self.lang),
            site_title=self.site.title.told(self.lang),
            language=Language(self.lang),
            navigation=self._navigation(None),
        )
        (private / FRONT_PAGE).write_text(html, encoding="utf-8")

    def _facts(self, private: Path, built: frozenset[str], failures: list[Failure], seconds: dict[str, float]) -> None:
        facts = {
            "site": self.site.name,
            "snapshot_id": self.snapshot.snapshot_id,
            "software_version": self.snapshot.facts["software_version"],
            "lang": self.lang,
            "is_simulated": self.snapshot.is_simulated,
            "pages": sorted(built),
            "failures": [{"page": failure.page, "cause": failure.cause} for failure in failures],
            "seconds": seconds,
        }
        (private / BUILD_FACTS).write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _city_name(city: str) -> str:
    from warehouse.region import resolve_city

    return resolve_city(city).name


def _restore(target: Path) -> None:
    """Bring back the site that a build, killed between the two steps of the swap, had put aside."""
    for old in sorted(target.parent.glob(f".{target.name}.*.old")):
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(target)


def _swap(private: Path, target: Path) -> None:
    """Put the new folder in the place of the old one; should that fail, the old one comes back."""
    old = private.with_name(private.name + ".old")
    if target.exists():
        target.rename(old)
    try:
        private.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
