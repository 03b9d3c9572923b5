"""A portfolio in words: its lists with codes as labels, and the notes that stand with them."""

from __future__ import annotations

import polars as pl

from analysis.planning.words import in_words
from analysis.portfolio.city_portfolio import Portfolio
from warehouse.language import Language

PORTFOLIO_HEADERS = {
    "title": "Innovation",
    "unit_name": "Unit",
    "affair": "Government affair",
    "is_digital": "Digital",
    "stage": "Stage",
    "editions": "Editions",
    "maturity": "Maturity",
    "maturity_change": "Change of maturity",
    "schemes": "Schemes",
    "awards": "Awards",
    "programme": "Programme",
    "year": "Year",
    "scheme": "Scheme",
    "result": "Result",
    "score": "Score",
    "basis": "Basis",
    "source": "Source",
    "linked_by": "Linked by",
    "edition": "Edition",
    "innovation_count": "Innovations",
    "digital": "Digital",
    "not_digital": "Not digital",
    "not_stated": "Not stated",
    "own_count": "Here",
    "peer_count": "Peers",
    "own_mean": "Maturity here",
    "peer_mean": "Maturity there",
    "reasons": "Why weak",
    "city": "City",
    "cities": "Cities that do it",
    "city_count": "Cities",
    "shared": "Shared words",
    "nearest": "Nearest of ours",
    "similarity": "Similarity",
    "nearest_shared": "Shared with ours",
    "compared_by": "Compared by",
    "code": "Code",
    "by_name": "By name",
    "by_keyword": "By keyword",
    "by_affair": "By affair",
}


def portfolio_lists(found: Portfolio, affairs: pl.DataFrame, language: Language) -> dict[str, pl.DataFrame]:
    """The lists of a portfolio by name; `affairs` has affair_code, name_id and name_en."""
    names = dict(affairs.select("affair_code", "name_id" if language.code == "id" else "name_en").iter_rows())

    def told(frame: pl.DataFrame) -> pl.DataFrame:
        named = [None if code is None else names.get(code, code) for code in frame["affair_code"]]
        at = frame.columns.index("affair_code")
        return frame.drop("affair_code").insert_column(at, pl.Series("affair", named, dtype=pl.String))

    reasons = [
        "; ".join(language.label("portfolio_weak", code) for code in text.split("|") if code)
        for text in found.standings["reasons"]
    ]
    schemes = [
        ", ".join(language.label("portfolio_scheme", code) for code in text.split("|"))
        for text in found.catalogue["schemes"]
    ]
    catalogue = found.catalogue.drop("innovation_id", "is_simulated").with_columns(
        pl.Series("schemes", schemes, dtype=pl.String)
    )
    coded = {"scheme": "portfolio_scheme", "basis": "portfolio_basis", "linked_by": "portfolio_link"}
    return {
        "catalogue": in_words(told(catalogue), language, {"stage": "stage"}),
        "entries": in_words(found.entries.drop("innovation_id"), language, coded),
        "kinds": found.kinds,
        "affairs": told(found.standings.with_columns(pl.Series("reasons", reasons, dtype=pl.String))),
        "candidates": in_words(told(found.candidates), language, {"compared_by": "portfolio_compared_by"}),
        "published": told(found.published),
        "programmes": found.programmes,
        "idsd": found.idsd,
    }


def portfolio_notes(found: Portfolio, name: str, language: Language) -> list[str]:
    """What a portfolio holds, whom it is compared with, and what is missing."""
    count, editions = found.catalogue.height, found.kinds.height
    held = language.ngettext("{count} innovation", "{count} innovations", count).format(count=language.whole(count))
    within = language.ngettext("{count} edition", "{count} editions", editions).format(count=editions)
    text = language("{name}: {innovations} in {editions} up to {edition}")
    told = [text.format(name=name, innovations=held, editions=within, edition=found.edition)]
    if found.peers:
        text = language("Comparable cities (same kind, nearest in population and number of innovations): {cities}")
        told.append(text.format(cities=", ".join(found.peers)))
    if not found.idsd.is_empty():
        told.append(language("IDSD changed its method in 2022 and in 2024: no trend across these years; no ranking."))
    told += [language.label("portfolio_lacking", code) for code in found.lacking]
    if found.is_simulated:
        told.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
        if not found.entries.is_empty():
            told.append(language("Published awards are not tied to simulated innovations."))
    return told
