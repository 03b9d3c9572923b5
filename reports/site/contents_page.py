"""The front page of a site with many pages: who stands where, every page by its part, what failed, what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks.block import Block
from reports.blocks.content import Heading, PageGroup, PageList
from reports.pages.basis.blocks import Scope, read_basis, shown
from reports.pages.city_index.headline import simulated_banner
from reports.run.declaration import Report, Site
from reports.site.cities_of_site import LeftOut
from reports.site.front import Failure, failed_pages, not_built, pages_by_part
from reports.site.standings import Made, nation_of, standings_of
from warehouse import Snapshot
from warehouse.language import Language


def contents_body(
    snapshot: Snapshot,
    site: Site,
    reports: Sequence[Report],
    built: Made,
    failures: Sequence[Failure],
    lang: str,
    absent: Sequence[LeftOut] = (),
) -> Block:
    """The body of the front page; `built` names the pages that exist. Each page is linked with its other outputs."""
    _ = Language(lang)
    more = [(_("Pages"), _.whole(len(built))), (_("Pages that failed"), _.whole(len(failures)))]
    scope = Scope(score=str(site.parameters.get("score", "claimed")))
    standings = standings_of(snapshot, site, reports, built, lang)
    listed = [
        part
        for group in pages_by_part(site, reports, built, lang)
        for part in (Heading(level=1, text=group.title), PageList(groups=(PageGroup(pages=group.pages),)))
    ]
    return Block.join(
        [
            simulated_banner(snapshot.is_simulated, _),
            failed_pages(failures, _),
            standings if standings.parts else nation_of(snapshot, reports, built, lang),
            Block([*listed, *not_built(absent, _), Heading(level=1, text=_("What this report rests on"))], _),
            shown(read_basis(snapshot, scope, lang), more),
        ]
    )
