"""The front page of a site with many pages: every page by its part, what failed, and what it all rests on."""

from __future__ import annotations

from collections.abc import Sequence

from reports.block import Block, render
from reports.declaration import Report, Site
from reports.front import Failure, pages_by_part
from reports.panels import simulated_banner
from warehouse import Snapshot
from warehouse.language import Language


def contents_body(
    snapshot: Snapshot,
    site: Site,
    reports: Sequence[Report],
    built: frozenset[str],
    failures: Sequence[Failure],
    lang: str,
) -> Block:
    """The body of the front page; `built` names the pages that exist. Each page is linked with its other outputs."""
    _ = Language(lang)
    parts = pages_by_part(site, reports, built, lang)
    facts = [
        (_("Snapshot"), snapshot.snapshot_id),
        (_("Software"), f"IGA Workbench {snapshot.facts['software_version']}"),
        (_("Pages"), _.whole(len(built))),
        (_("Pages that failed"), _.whole(len(failures))),
    ]
    banner = simulated_banner(snapshot.is_simulated, _)
    return render("contents.html", banner=banner, failures=failures, parts=parts, facts=facts, _=_)
