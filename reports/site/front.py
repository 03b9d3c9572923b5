"""The front page of a site: where the cities stand, what the data cover, what failed, and what it all rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Bullets, Details, Heading, Notice, PageGroup, PageList, Part, Span, Text
from reports.blocks.tables import Column, table
from reports.pages.basis.blocks import read_basis, scope_of, shown
from reports.pages.city_index.headline import simulated_banner
from reports.pages.compare_cities.charts import ranking
from reports.pages.compare_cities.figures import Comparison, read_comparison
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.compare_cities.words import opening
from reports.queries import ask
from reports.run.declaration import OutputKind, Report, Site
from reports.site.cities_of_site import LeftOut
from reports.site.standings import Made, city_pages, city_table
from warehouse import Snapshot
from warehouse.language import Language

MOST_NOT_BUILT = 40
"""Of more pages that are not built the front page says how many they are."""


@dataclass(frozen=True)
class Failure:
    """A page that could not be built: which, why, whether the last good one still stands, since when, what language.

    `missing` names the outputs where it is these alone that could not be made; `is_kept` then is about them.
    """

    page: str
    heading: str
    cause: str
    is_kept: bool
    since: str = ""
    lang: str = "id"
    missing: tuple[OutputKind, ...] = ()
    next_step: str = ""

    @property
    def what(self) -> str:
        """The page by its heading, and the outputs that are missing: "Kota Bengkulu 2026 (PDF)"."""
        outputs = ", ".join(output.upper() for output in self.missing)
        return f"{self.heading} ({outputs})" if outputs else self.heading

    @property
    def since_day(self) -> date | None:
        """The day of the first build in a row that failed."""
        return datetime.fromisoformat(self.since).date() if self.since else None

    def record(self) -> dict[str, Any]:
        """What the next build needs to know of it."""
        facts: dict[str, Any] = {"page": self.page, "lang": self.lang, "cause": self.cause, "since": self.since}
        more = {"missing": list(self.missing), "next_step": self.next_step}
        return facts | {name: value for name, value in more.items() if value}


def front_body(
    snapshot: Snapshot,
    site: Site,
    reports: Sequence[Report],
    built: Made,
    failures: Sequence[Failure],
    lang: str,
    absent: Sequence[LeftOut] = (),
) -> Block:
    """The body of the front page; `built` names the pages that exist, with the outputs of each."""
    language = Language(lang)
    parameters = CompareCitiesParameters.model_validate(
        {
            "cities": site.cities,
            "editions": site.editions,
            "lang": lang,
            **{key: value for key, value in site.parameters.items() if key in ("score", "rulebook")},
        }
    )
    comparison = read_comparison(snapshot, parameters)
    overview = ask(snapshot, "reports.site", "season_overview").filter(
        pl.col("region_code").is_in(list(comparison.region_codes))
    )
    held = ask(snapshot, "reports.site", "held_files")
    rests_on = shown(read_basis(snapshot, scope_of(parameters), lang), _more_facts(held, built, failures, language))
    real = language(
        "Simulated: innovations, maturities, answers, offices, schools and health centres. Real: names of regions, "
        "kecamatan and kelurahan, named innovations, the number of innovations where it was published, and the "
        "published results."
    )
    covered = Block.join(
        [_coverage(overview, comparison, language), _held(held, language, snapshot.is_simulated)]
    ).parts
    return Block.join(
        [
            simulated_banner(snapshot.is_simulated, language),
            failed_pages(failures, language),
            opening(comparison),
            city_table(comparison, city_pages(reports, built)),
            ranking(comparison),
            Block([Heading(level=1, text=language("What this report rests on"))], language),
            Block([Details(summary=language("Data coverage and quarantine"), parts=covered)], language),
            rests_on,
            Block([Heading(level=1, text=language("What is simulated, what is real")), Text(text=real)], language)
            if snapshot.is_simulated
            else Block(),
            Block([Heading(level=1, text=language("All pages by part"))], language),
            Block([PageList(groups=pages_by_part(site, reports, built, lang))], language),
            Block(not_built(absent, language), language),
        ]
    )


def failed_pages(failures: Sequence[Failure], language: Language) -> Block:
    """What could not be built, why, and what stands in its place."""
    if not failures:
        return Block()
    items = tuple(_failed(failure, language) for failure in failures)
    text = (Span(text=language("Not every page could be built."), style="strong"),)
    return Block([Notice(text=text, items=items)], language)


def not_built(absent: Sequence[LeftOut], language: Language) -> list[Part]:
    """Return, folded, the pages that the site has none of, each with what the snapshot lacks for it."""
    _ = language
    if not absent:
        return []
    items = [f"{left.heading.told(_.code) if left.heading else left.page}: {left.cause.told(_)}" for left in absent]
    if (more := len(items) - MOST_NOT_BUILT) > 0:
        told = _.ngettext("and {count} more page", "and {count} more pages", more).format(count=_.whole(more))
        items = [*items[:MOST_NOT_BUILT], told]
    summary = _.ngettext("{count} page is not built: no data", "{count} pages are not built: no data", len(absent))
    shown = Bullets(items=tuple(items))
    return [Details(summary=summary.format(count=_.whole(len(absent))), parts=(shown,))]


def _failed(failure: Failure, language: Language) -> str:
    _ = language
    if failure.missing:
        stands = _("the file of an earlier build stands") if failure.is_kept else _("there is no earlier file")
    else:
        stands = _("the last good page stands") if failure.is_kept else _("there is no earlier page")
    since = f"{_('since {day}').format(day=_.date(failure.since_day))}; " if failure.since_day else ""
    then = f" → {failure.next_step}" if failure.next_step else ""
    return f"{failure.what}: {failure.cause} ({since}{stands}){then}"


def pages_by_part(site: Site, reports: Sequence[Report], built: Made, lang: str) -> tuple[PageGroup, ...]:
    """The parts that have pages, by their titles: of each page the heading as a link, and links to its other files."""
    groups = [
        PageGroup(
            title=part.title.told(lang),
            pages=tuple(
                _page_and_files(report, built[report.page], lang)
                for report in reports
                if report.part == part.name and report.page in built
            ),
        )
        for part in site.parts
    ]
    return tuple(group for group in groups if group.pages)


def _page_and_files(report: Report, outputs: Sequence[OutputKind], lang: str) -> tuple[Span, tuple[Span, ...]]:
    first, *others = outputs
    files = tuple(Span(text=output.upper(), href=report.file_of(output)) for output in others)
    return Span(text=report.heading.told(lang), href=report.file_of(first)), files


def _coverage(overview: pl.DataFrame, comparison: Comparison, language: Language) -> Block:
    _ = language
    asked = [
        (code, edition, f"{name} {edition}")
        for code, name in zip(comparison.region_codes, comparison.names, strict=True)
        for edition in comparison.editions
    ]
    seasons = pl.DataFrame(asked, schema=["region_code", "edition", "season"], orient="row")
    rows = seasons.cast({"edition": overview.schema["edition"]}).join(
        overview, on=["region_code", "edition"], how="left", maintain_order="left"
    )
    columns = [
        Column("season", _("City and edition")),
        Column("file_count", _("Files"), instead="without_data"),
        Column("row_count", _("Rows")),
        Column("quarantined_count", _("Rows set aside")),
        Column("innovation_count", _("Innovations")),
        Column("last_received_date", _("Last received")),
        Column("is_simulated", _("Simulated")),
    ]
    return table(
        rows.with_columns(pl.when(pl.col("file_count").is_null()).then(pl.lit(_("no data yet"))).alias("without_data")),
        columns,
        _("What the data cover"),
        _,
        is_simulated=bool(overview["is_simulated"].any()),
    )


def _held(held: pl.DataFrame, language: Language, is_simulated: bool) -> Block:
    _ = language
    if held.is_empty():
        return Block([Text(lead=_("Files held"), text=_("none; every file received could be read"), tone="remark")], _)
    rows = held.with_columns(pl.col("file_sha256").str.slice(0, 12))
    columns = [
        Column("file_name", _("File")),
        Column("received_date", _("Received on")),
        Column("held_reason", _("Reason")),
        Column("file_sha256", "SHA-256"),
    ]
    note = _("A held file is kept as it came; its rows enter no figure until a person has looked at it.")
    return table(rows, columns, _("Files held"), _, is_simulated=is_simulated, note=note)


def _more_facts(
    held: pl.DataFrame, built: Made, failures: Sequence[Failure], language: Language
) -> list[tuple[str, str]]:
    _ = language
    return [
        (_("Files held"), _.whole(held.height)),
        (_("Pages"), _.whole(len(built))),
        (_("Pages that failed"), _.whole(len(failures))),
    ]
