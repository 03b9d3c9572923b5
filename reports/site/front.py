"""The front page of a site: where the cities stand, what the data cover, what failed, and what it all rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import (
    Card,
    Cards,
    Heading,
    Notice,
    PageGroup,
    PageList,
    Quantity,
    Span,
    Text,
    Words,
)
from reports.blocks.tables import Column, table
from reports.pages.basis.blocks import read_basis, scope_of, shown
from reports.pages.city_index.headline import simulated_banner
from reports.pages.compare_cities.charts import ranking
from reports.pages.compare_cities.figures import Comparison, read_comparison
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.compare_cities.tables import predicate_text, ranking_table
from reports.queries import ask
from reports.run.declaration import OutputKind, Report, Site
from warehouse import Snapshot
from warehouse.language import Language

Made = Mapping[str, Sequence[OutputKind]]
"""The pages that exist, each with the outputs that its last build has made."""


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
    cards = tuple(_card(code, comparison, _first_pages(site, reports, built)) for code in comparison.region_codes)
    real = language(
        "Simulated: innovations, maturities, answers, offices, schools and health centres. Real: names of regions, "
        "kecamatan and kelurahan, named innovations, the number of innovations where it was published, and the "
        "published results."
    )
    return Block.join(
        [
            simulated_banner(snapshot.is_simulated, language),
            failed_pages(failures, language),
            Block([Heading(level=1, text=language("The cities"))], language),
            Block([Cards(cards=cards, is_simulated=snapshot.is_simulated)], language),
            Block([Heading(level=1, text=language("All pages by part"))], language),
            Block([PageList(groups=pages_by_part(site, reports, built, lang))], language),
            Block([Heading(level=1, text=language("Ranking"))], language),
            ranking(comparison),
            ranking_table(comparison, comparison.latest_edition),
            Block([Heading(level=1, text=language("What is simulated, what is real")), Text(text=real)], language),
            Block([Heading(level=1, text=language("Data coverage and quarantine"))], language),
            _coverage(overview, comparison, language),
            _held(held, language, snapshot.is_simulated),
            Block([Heading(level=1, text=language("What this report rests on"))], language),
            rests_on,
        ]
    )


def failed_pages(failures: Sequence[Failure], language: Language) -> Block:
    """What could not be built, why, and what stands in its place."""
    if not failures:
        return Block()
    items = tuple(_failed(failure, language) for failure in failures)
    text = (Span(text=language("Not every page could be built."), style="strong"),)
    return Block([Notice(text=text, items=items)], language)


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


def _first_pages(site: Site, reports: Sequence[Report], built: Made) -> list[tuple[str, Report]]:
    """The pages that cards link to, newest first: those of the first part that is about cities; the list has the rest.

    A link says the edition.
    """
    of_cities = [report for report in reports if "city" in report.parameters and "edition" in report.parameters]
    first = next((part.name for part in site.parts if any(report.part == part.name for report in of_cities)), None)
    shown = [report for report in of_cities if report.part == first and report.page in built]
    newest_first = sorted(shown, key=lambda report: -int(report.parameters["edition"]))
    return [(str(report.parameters["edition"]), report) for report in newest_first]


def _card(code: str, comparison: Comparison, pages: Sequence[tuple[str, Report]]) -> Card:
    """One city: its last edition's index, and links to its pages."""
    _ = comparison.language
    rows = comparison.index.filter((pl.col("region_code") == code) & pl.col("iid_lower").is_not_null())
    links = tuple(Span(text=text, href=report.file_name) for text, report in pages if _is_of(report, code))

    def titled(name: str) -> Words:
        return (Span(text=name, href=links[0].href),) if links else name

    if rows.is_empty():
        name = comparison.names[comparison.region_codes.index(code)]
        return Card(title=titled(name), heading="", value=None, missing=_("no data yet"), links=links)
    last = rows.filter(pl.col("edition") == rows["edition"].max()).sort("is_estimate").row(0, named=True)
    heading = f"{_('Index (IID)')} {last['edition']}"
    if last["is_estimate"]:
        estimate = _("Estimate under the {rulebook} rules, not an official score").format(rulebook=last["rulebook"])
        heading = f"{heading} · {estimate}"
    note = _("{count} innovations, mean maturity {mean}").format(
        count=_.whole(last["innovation_count"]),
        mean=_.interval(last["mean_maturity_lower"], last["mean_maturity_upper"]),
    )
    return Card(
        title=titled(last["full_name"]),
        heading=heading,
        value=Quantity(kind="interval", value=(last["iid_lower"], last["iid_upper"])),
        detail=predicate_text(last, _),
        note=note,
        links=links,
        is_estimate=last["is_estimate"],
    )


def _is_of(report: Report, region_code: str) -> bool:
    from warehouse.region import resolve_city

    return "city" in report.parameters and resolve_city(str(report.parameters["city"])).region_code == region_code


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
