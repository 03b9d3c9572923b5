"""What a site has on one city: the links on each of its pages, and the list on the page that stands for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.blocks.content import PageGroup, Span
from reports.render.page import Link
from reports.run.declaration import Report, Site
from warehouse.language import Language

HUB = "city_index"
"""The notebook whose newest page stands for a city."""
FIRST = (HUB, "mayor_brief", "weekly_progress", "next_edition")
"""The notebooks whose pages come first; those of others follow in the order of the site."""


def links_of_city(site: Site, reports: Sequence[Report], current: Report, lang: str) -> Iterator[Link]:
    """Iterate over one link for each part of the site that has a page on the city of this page; the newest of each."""
    titles = {part.name: part.title.told(lang) for part in site.parts}
    for part, newest in _newest(reports, current):
        title = Language(lang)("The city") if newest.notebook == HUB else titles[part]
        yield Link(title, newest.file_name, newest.part == current.part)


def pages_of_city(site: Site, reports: Sequence[Report], current: Report, lang: str) -> tuple[PageGroup, ...]:
    """Return all pages on the city with their files, by part, if this is the page that stands for it."""
    newest = dict(_newest(reports, current))
    if current.notebook != HUB or newest.get(current.part) is not current:
        return ()
    titles = {part.name: part.title.told(lang) for part in site.parts}
    groups = []
    for part in newest:
        own = [report for report in _on_city(reports, current) if report.part == part]
        pages = tuple((_link(report, lang), _files(report)) for report in sorted(own, key=_edition, reverse=True))
        groups.append(PageGroup(title=titles[part], pages=pages))
    return tuple(groups)


def _on_city(reports: Sequence[Report], current: Report) -> list[Report]:
    city = current.parameters.get("city")
    if city is None:
        return []
    return [report for report in reports if report.parameters.get("city") == city and "html" in report.outputs]


def _newest(reports: Sequence[Report], current: Report) -> list[tuple[str, Report]]:
    """The parts with their newest page on the city, in the order in which a reader asks for them."""
    newest: dict[str, Report] = {}
    for report in _on_city(reports, current):
        if report.part not in newest or _edition(report) > _edition(newest[report.part]):
            newest[report.part] = report
    order = {notebook: place for place, notebook in enumerate(FIRST)}
    return sorted(newest.items(), key=lambda entry: order.get(entry[1].notebook, len(order)))


def _edition(report: Report) -> int:
    return int(report.parameters.get("edition") or report.parameters.get("to_edition") or 0)


def _link(report: Report, lang: str) -> Span:
    return Span(text=report.heading.told(lang), href=report.file_name)


def _files(report: Report) -> tuple[Span, ...]:
    return tuple(
        Span(text=output.upper(), href=report.file_of(output)) for output in report.outputs if output != "html"
    )
