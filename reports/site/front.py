"""The front page of a site: where the cities stand, what the data cover, what failed, and what it all rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from reports.blocks.block import Block, render
from reports.blocks.content import Text
from reports.blocks.tables import Column, table
from reports.pages.basis.blocks import read_basis, scope_of, shown
from reports.pages.city_index.headline import simulated_banner
from reports.pages.compare_cities.charts import index_text, ranking
from reports.pages.compare_cities.figures import Comparison, read_comparison
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.compare_cities.tables import predicate_text, ranking_table
from reports.queries import ask
from reports.render.page import Link
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
    return render(
        "front.html",
        banner=simulated_banner(snapshot.is_simulated, language),
        failures=failures,
        cards=[_card(code, comparison, _first_pages(site, reports, built)) for code in comparison.region_codes],
        parts=pages_by_part(site, reports, built, lang),
        ranking_chart=ranking(comparison),
        ranking_table=ranking_table(comparison, comparison.latest_edition),
        coverage=_coverage(overview, comparison, language),
        held=_held(held, language, snapshot.is_simulated),
        rests_on=shown(read_basis(snapshot, scope_of(parameters), lang), _more_facts(held, built, failures, language)),
        _=language,
    )


def pages_by_part(
    site: Site, reports: Sequence[Report], built: Made, lang: str
) -> list[tuple[str, list[tuple[str, list[Link]]]]]:
    """The parts that have pages, by their titles: of each page the heading, and links to all its outputs."""
    parts = [
        (
            part.title.told(lang),
            [
                (
                    report.heading.told(lang),
                    [Link(output.upper(), report.file_of(output)) for output in built[report.page]],
                )
                for report in reports
                if report.part == part.name and report.page in built
            ],
        )
        for part in site.parts
    ]
    return [(title, pages) for title, pages in parts if pages]


def _first_pages(site: Site, reports: Sequence[Report], built: Made) -> list[tuple[str, Report]]:
    """The pages that cards link to, newest first: those of the first part that is about cities; the list has the rest.

    A link says the edition.
    """
    of_cities = [report for report in reports if "city" in report.parameters and "edition" in report.parameters]
    first = next((part.name for part in site.parts if any(report.part == part.name for report in of_cities)), None)
    shown = [report for report in of_cities if report.part == first and report.page in built]
    newest_first = sorted(shown, key=lambda report: -int(report.parameters["edition"]))
    return [(str(report.parameters["edition"]), report) for report in newest_first]


def _card(code: str, comparison: Comparison, pages: Sequence[tuple[str, Report]]) -> dict[str, Any]:
    """One city: its last edition's index, and links to its pages."""
    _ = comparison.language
    rows = comparison.index.filter((pl.col("region_code") == code) & pl.col("iid_lower").is_not_null())
    name = comparison.names[comparison.region_codes.index(code)]
    links = [Link(text, report.file_name) for text, report in pages if _is_of(report, code)]
    card: dict[str, Any] = {"name": name, "links": links, "value": None, "is_range": False, "is_estimate": False}
    if rows.is_empty():
        return card
    last = rows.filter(pl.col("edition") == rows["edition"].max()).sort("is_estimate").row(0, named=True)
    return card | {
        "name": last["full_name"],
        "edition": last["edition"],
        "value": index_text(last, _),
        "is_range": last["iid"] is None,
        "is_estimate": last["is_estimate"],
        "rulebook": last["rulebook"],
        "predicate": predicate_text(last, _),
        "count": _.whole(last["innovation_count"]),
        "mean": _.interval(last["mean_maturity_lower"], last["mean_maturity_upper"]),
    }


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
