"""The page of a city's portfolio: catalogue, awards, programmes, weak affairs, and what comparable cities do there."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analysis import open_snapshot
from analysis.portfolio.city_portfolio import Portfolio, read_portfolio
from analysis.portfolio.words import PORTFOLIO_HEADERS, portfolio_lists, portfolio_notes
from reports.blocks.block import Block
from reports.blocks.content import Bullets
from reports.blocks.tables import Column, first_rows, table
from reports.pages.city_index.charts import no_data
from reports.pages.city_index.headline import simulated_banner
from reports.pages.compare_cities.sources import source_address, source_name
from reports.pages.portfolio.parameters import PortfolioParameters
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city

ROWS = 20


@dataclass(frozen=True)
class PortfolioPage:
    """A portfolio and its lists in words."""

    name: str
    language: Language
    found: Portfolio
    lists: dict[str, pl.DataFrame]


def open_portfolio(parameters: PortfolioParameters) -> PortfolioPage:
    """Read the portfolio from the snapshot and the home. Raises UnknownName where the city has no innovations."""
    region, language = resolve_city(parameters.city), Language(parameters.lang)
    with open_snapshot(parameters.snapshot or None) as snapshot:
        found = read_portfolio(snapshot, Home.at(), region.region_code, parameters.edition)
        affairs = snapshot.sql("select affair_code, name_id, name_en from government_affair")
    return PortfolioPage(region.full_name, language, found, portfolio_lists(found, affairs, language))


def banner(page: PortfolioPage) -> Block:
    """The mark of simulated data."""
    return simulated_banner(page.found.is_simulated, page.language)


def notes(page: PortfolioPage) -> Block:
    """What the portfolio holds, whom it is compared with, and what is missing."""
    lines = tuple(portfolio_notes(page.found, page.name, page.language))
    return Block([Bullets(items=lines, is_simulated=page.found.is_simulated)], page.language)


def affairs(page: PortfolioPage) -> Block:
    """The affairs in which the city is weak against comparable cities, the weakest first."""
    _ = page.language
    rows = page.lists["affairs"].filter(pl.col("reasons") != "")
    columns = ("affair", "own_count", "peer_count", "own_mean", "peer_mean", "reasons")
    note = _("Here and peers: number of innovations, for the comparable cities their mean; maturity: means in points.")
    return _listed(page, rows, columns, _("Affairs in which we are weak, {name}"), note=note)


def candidates(page: PortfolioPage) -> Block:
    """What comparable cities do in the weak affairs and ours does not, with the reason."""
    _ = page.language
    note = _(
        "Shared words: what makes the cities' innovations alike (TF-IDF of the titles, and of the "
        "descriptions where files state them). Similarity: to the nearest of ours, 0 nothing in common, 1 the same "
        "words."
    )
    columns = ("title", "city", "cities", "shared", "nearest", "similarity", "maturity", "compared_by")
    rows, caption = page.lists["candidates"], _("What could be replicated, {name}")
    return _listed(page, rows, columns, caption, group="affair", note=note, most=50)


def published(page: PortfolioPage) -> Block:
    """Named innovations of other cities in the weak affairs, as they were published."""
    _ = page.language
    rows, caption = page.lists["published"], _("Published innovations of other cities in these affairs, {name}")
    return _listed(page, rows, ("title", "city", "edition", "source"), caption, group="affair", is_published=True)


def entries(page: PortfolioPage) -> Block:
    """Awards and entries in other schemes, with their source."""
    columns = ("title", "year", "scheme", "result", "basis", "source")
    return _listed(
        page, page.lists["entries"], columns, page.language("Awards and other schemes, {name}"), is_published=True
    )


def city(page: PortfolioPage) -> Block:
    """Awards of the city itself, and what was published of it in IGA and IDSD, each with its source."""
    _ = page.language
    columns = ("year", "scheme", "result", "measure", "score", "rank_text", "basis", "source")
    note = _("Published figures are shown as they were printed, and never set against computed ones.")
    caption = _("The city itself: awards and published results, {name}")
    return _listed(page, page.lists["city"], columns, caption, note=note, is_published=True)


def kipp(page: PortfolioPage) -> Block:
    """The groups and conditions of KIPP by year; of years that nobody states they are unknown."""
    columns = ("year", "state", "group_count", "groups", "category_count", "years_running", "entry_count", "source")
    caption = page.language("Rules of KIPP by year, {name}")
    return _listed(page, page.lists["kipp"], columns, caption, is_published=True)


def spellings(page: PortfolioPage) -> Block:
    """Spellings that are taken as one innovation, and those that a person may tie."""
    columns = ("title", "other_title", "linked_by", "places", "other_places")
    return _listed(page, page.lists["spellings"], columns, page.language("One innovation, several spellings, {name}"))


def replications(page: PortfolioPage) -> Block:
    """The register of replications."""
    columns = ("innovation", "replicator", "origin", "interest_letter_date", "mou_date", "start_date", "proof", "note")
    caption = page.language("Register of replications, {name}")
    return _listed(page, page.lists["replications"], columns, caption, is_published=True)


def proofs(page: PortfolioPage) -> Block:
    """What the register proposes for the indicator of replication, for a person to confirm."""
    _ = page.language
    columns = ("innovation", "indicator_number", "region_count", "regions", "level", "documents")
    note = _(
        "A proposal: the level counts the regions with a letter of interest or an agreement; a mentor confirms it."
    )
    caption = _("Proofs of replication proposed, {name}")
    return _listed(page, page.lists["proofs"], columns, caption, note=note, is_published=True)


def coverage(page: PortfolioPage) -> Block:
    """The concurrent affairs of the last edition with their innovations."""
    rows = page.lists["coverage"].filter(pl.col("edition") == page.found.edition)
    columns = ("affair", "affair_group", "innovation_count", "cross_count", "state")
    caption = page.language("Spread over the concurrent affairs, {name}")
    return _listed(page, rows, columns, caption, most=rows.height)


def tags(page: PortfolioPage) -> Block:
    """The national tags of the innovations by edition; what no file states is unknown."""
    columns = ("edition", "tag", "value", "innovation_count", "state")
    return _listed(page, page.lists["tags"], columns, page.language("National tags, {name}"))


def faults(page: PortfolioPage) -> Block:
    """What could not be read in the files of the home, with the next step."""
    columns = ("file", "row", "column", "cell", "problem", "next_step")
    caption = page.language("What could not be read in the portfolio's files, {name}")
    return _listed(page, page.lists["faults"], columns, caption, is_published=True)


def kinds(page: PortfolioPage) -> Block:
    """Digital and other innovations by edition."""
    columns = ("edition", "innovation_count", "digital", "not_digital", "not_stated")
    return _listed(page, page.lists["kinds"], columns, page.language("Digital and other innovations, {name}"))


def programmes(page: PortfolioPage) -> Block:
    """The programmes of the RPJMD with the innovations that serve them."""
    columns = ("programme", "innovation_count", "by_name", "by_keyword", "by_affair", "maturity")
    return _listed(page, page.lists["programmes"], columns, page.language("Innovations by RPJMD programme, {name}"))


def catalogue(page: PortfolioPage) -> Block:
    """The innovations over the years, the most mature first."""
    columns = ("title", "unit_name", "affair", "editions", "maturity", "maturity_change", "awards", "programme")
    return _listed(page, page.lists["catalogue"], columns, page.language("Innovations over the years, {name}"))


def _listed(
    page: PortfolioPage,
    rows: pl.DataFrame,
    names: tuple[str, ...],
    caption: str,
    *,
    group: str | None = None,
    note: str = "",
    most: int = ROWS,
    is_published: bool = False,
) -> Block:
    """A list as a table; the plain statement where there is nothing."""
    _ = page.language
    caption = caption.format(name=page.name)
    if rows.is_empty():
        return no_data(caption, _)
    addresses = [source_address(source or "") for source in rows["source"]] if "source" in names else []
    if "source" in names:
        rows = rows.with_columns(pl.col("source").map_elements(source_name, return_dtype=pl.String))
    columns = [Column(name, _(PORTFOLIO_HEADERS[name])) for name in names]
    simulated = page.found.is_simulated and not is_published
    listed = table(
        rows,
        columns,
        caption,
        _,
        is_simulated=simulated,
        is_published=is_published,
        group=group,
        note=note,
        links=addresses,
    )
    return first_rows(listed, most, _)
