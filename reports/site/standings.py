"""Who stands where in a site, and how sure that is: a message, and a table whose rows lead to the cities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Span, Text
from reports.blocks.tables import Column, table
from reports.blocks.words import signed
from reports.pages.city_index.charts import no_data
from reports.pages.compare_cities.charts import ranking_rule
from reports.pages.compare_cities.figures import Comparison, read_comparison
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.compare_cities.tables import predicates
from reports.pages.compare_cities.words import Change, changes_of, opening
from reports.pages.national_ranking.figures import read_national
from reports.pages.national_ranking.parameters import NationalParameters
from reports.pages.national_ranking.words import opening as national_opening
from reports.run.declaration import OutputKind, Report, Site
from warehouse import Snapshot
from warehouse.language import Language

Made = Mapping[str, Sequence[OutputKind]]
"""The pages that exist, each with the outputs that its last build has made."""
NATIONAL = "national_ranking"
"""The notebook of the pages about the whole country."""
MOST_CITIES = 60
"""A list of pages about more cities than this begins with its pages: the ranking has a page of its own."""


def city_table(comparison: Comparison, pages: Mapping[str, str]) -> Block:
    """The cities in their order: place, index, predicate, change, and how sure; each row leads to its city's page."""
    _, edition = comparison.language, comparison.latest_edition
    if edition is None:
        return no_data(_("Who stands where?"), _)
    rows = comparison.ranking(edition)
    changes = changes_of(comparison, rows, edition)
    without = [
        {"region_code": code, "full_name": name}
        for code, name in zip(comparison.region_codes, comparison.names, strict=True)
        if code not in set(rows["region_code"])
    ]
    frame = pl.concat(
        [
            rows.select(
                "region_code",
                "full_name",
                "innovation_count",
                pl.struct(lower="rank_low", upper="rank_high").alias("rank"),
                pl.struct(lower="iid_lower", upper="iid_upper").alias("index"),
                predicates(rows, _),
                pl.Series("change", [_change_told(changes.get(code), _) for code in rows["region_code"]]),
                pl.Series("sure", [_width(low, high, _) for low, high in _ends(rows)]),
            ),
            pl.DataFrame(without, schema={"region_code": pl.String, "full_name": pl.String}),
        ],
        how="diagonal",
    )
    columns = [
        Column("full_name", _("City")),
        Column("index", _("Index"), missing=_("no data yet")),
        Column("predicate", _("Predicate")),
        Column("rank", _("Rank")),
        Column("change", _("Change under the same rules")),
        Column("sure", _("How sure")),
        Column("innovation_count", _("Innovations")),
    ]
    return table(
        frame,
        columns,
        _("Who stands where in {edition}, and how sure").format(edition=edition),
        _,
        is_simulated=comparison.is_simulated,
        is_estimate=bool(rows["is_estimate"].any()),
        note=ranking_rule(comparison, rows),
        links=[pages.get(code) for code in frame["region_code"]],
    )


def _ends(rows: pl.DataFrame) -> list[tuple[Decimal, Decimal]]:
    return list(rows.select("iid_lower", "iid_upper").iter_rows())


def _change_told(change: Change | None, language: Language) -> str:
    _ = language
    if change is None:
        return _("no earlier index")
    least, most = (signed(end, 2, _) for end in change)
    if change[0] == change[1]:
        return least
    told = _("{least} to {most}").format(least=least, most=most)
    return told if change[0] > 0 or change[1] < 0 else _("open: {change}").format(change=told)


def _width(lower: Decimal, upper: Decimal, language: Language) -> str:
    if lower == upper:
        return language("single value")
    return language("range of {points} points").format(points=language.number(upper - lower))


def city_pages(reports: Sequence[Report], built: Made) -> dict[str, str]:
    """Return the page that stands for each city: of those of the first part about cities, the newest that there is."""
    of_cities = [report for report in reports if "city" in report.parameters and report.page in built]
    edition = {report.page: int(report.parameters.get("edition") or 0) for report in of_cities}
    first = next((report.part for report in of_cities), None)
    newest: dict[str, Report] = {}
    for report in of_cities:
        if report.part != first:
            continue
        code = _code_of(report)
        if code not in newest or edition[report.page] > edition[newest[code].page]:
            newest[code] = report
    return {code: report.file_name for code, report in newest.items()}


def _code_of(report: Report) -> str:
    from warehouse.region import resolve_city

    return resolve_city(str(report.parameters["city"])).region_code


def nation_of(snapshot: Snapshot, reports: Sequence[Report], built: Made, lang: str) -> Block:
    """Who is highest in the country and how many are certain, with the way to the ranking of the newest edition.

    Nothing where a site has no page of a national ranking.
    """
    rankings = [report for report in reports if report.notebook == NATIONAL and report.page in built]
    if not rankings:
        return Block()
    newest = max(rankings, key=lambda report: int(report.parameters["edition"]))
    given = {name: newest.parameters[name] for name in ("edition", "score", "rulebook") if name in newest.parameters}
    parameters = NationalParameters.model_validate({**given, "lang": lang})
    language = Language(lang)
    link = Span(text=language("Whole ranking: {page}").format(page=newest.heading.told(lang)), href=newest.file_name)
    said = national_opening(read_national(snapshot, parameters))
    return Block.join([said, Block([Text(text=(link,))], language)])


def standings_of(snapshot: Snapshot, site: Site, reports: Sequence[Report], built: Made, lang: str) -> Block:
    """Who stands where among the cities that a site has pages on; nothing where it has none, or very many."""
    cities = list(dict.fromkeys(str(report.parameters["city"]) for report in reports if "city" in report.parameters))
    editions = [int(report.parameters["edition"]) for report in reports if "edition" in report.parameters]
    if not cities or not editions or len(cities) > MOST_CITIES:
        return Block()
    known = snapshot.sql(
        "select distinct edition from region_index where edition <= $last order by edition", {"last": max(editions)}
    )["edition"].to_list()
    given = {key: value for key, value in site.parameters.items() if key in ("score", "rulebook")}
    parameters = CompareCitiesParameters.model_validate(
        {"cities": cities, "editions": known or [max(editions)], "lang": lang, **given}
    )
    comparison = read_comparison(snapshot, parameters)
    return Block.join([opening(comparison), city_table(comparison, city_pages(reports, built))])
