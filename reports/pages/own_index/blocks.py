"""The page of an own index: its inputs read and computed once, its opening, its text of methods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis.composite.method_text import method_references, method_sections
from analysis.composite.own_inputs import read_own_inputs
from analysis.composite.own_results import OwnIndex, Shaking, compute_own_index
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Heading, Text
from reports.blocks.message import message
from reports.pages.city_index.headline import simulated_banner
from reports.pages.own_index import charts, tables
from reports.pages.own_index.parameters import OwnIndexParameters
from warehouse.home import Home
from warehouse.language import Language


@dataclass(frozen=True)
class OwnIndexPage:
    """What the page shows: the index, what it was asked, and the language of its words."""

    own: OwnIndex
    parameters: OwnIndexParameters
    language: Language


def open_own_index(parameters: OwnIndexParameters) -> OwnIndexPage:
    """Read the files that the parameters name, and compute the index.

    A relative path is looked for in the home first. Raises what reading and computing raise."""
    paths = [_in_home(text) for text in (parameters.table, parameters.structure, parameters.recipe)]
    inputs = read_own_inputs(*paths, unit=parameters.unit, decimal=parameters.decimal)
    shaking = Shaking(parameters.draws, parameters.seed)
    own = compute_own_index(inputs, least_share=parameters.least_share, shaking=shaking)
    return OwnIndexPage(own, parameters, Language(parameters.lang))


def _in_home(text: str) -> str:
    """The path of a file that a site names, which may lie in the home; any other stays as it is."""
    path = Home.at().root / text
    return str(path) if text and path.is_file() else text


def banner(page: OwnIndexPage) -> Block:
    """Return the mark of made-up figures; empty for a table of a person's own."""
    return simulated_banner(page.own.inputs.is_simulated, page.language)


def opening(page: OwnIndexPage) -> Block:
    """Return the message of the page: who is first, how sure that is, and what the index lacks."""
    return message(_sentences(page), page.language, is_simulated=page.own.inputs.is_simulated)


def _sentences(page: OwnIndexPage) -> Iterator[str | None]:
    _, own = page.language, page.own
    best = own.units[0]
    score = own.index.index[own.unit_names.index(best)]
    if not np.isnan(score):
        yield _("{unit} has the highest {index} of {count} units: {score}.").format(
            unit=best, index=own.name_of(own.index.hierarchy.root), count=_.whole(len(own.units)), score=_.number(score)
        )
    if own.uncertainty is not None:
        rows = pl.DataFrame(own.uncertainty.claims.intervals())
        row = rows.filter(pl.col(own.index.scores.unit_column).cast(pl.String) == best).row(0, named=True)
        if row["is_applicable"]:
            yield _("Under other recipes its place is {low} to {high} in 90% of the draws.").format(
                low=_.whole(row["rank_low"]), high=_.whole(row["rank_high"])
            )
    elif own.unshaken is not None:
        yield _("How sure the places are is not known: {reason}").format(reason=own.unshaken.in_one_line(_))


def framework(page: OwnIndexPage) -> Block:
    """Return the drawing of the framework."""
    return charts.framework(page.own, page.language)


def results(page: OwnIndexPage) -> Block:
    """Return the index of each unit, how units are spread, and every score."""
    _ = page.language
    return Block.join([charts.ranking(page.own, _), charts.distribution(page.own, _), tables.scores(page.own, _)])


def profiles(page: OwnIndexPage) -> Block:
    """Return strengths and weaknesses of units."""
    return tables.profiles(page.own, page.parameters.units, page.language)


def data(page: OwnIndexPage) -> Block:
    """Return statistics, treatment and availability of the data."""
    return Block.join([tables.data(page.own, page.language), tables.available(page.own, page.language)])


def correlations(page: OwnIndexPage) -> Block:
    """Return how indicators and nodes hang together."""
    _, method = page.language, page.parameters.correlation
    return Block.join(
        [
            charts.correlation_map(page.own, method, _),
            charts.scatter(page.own, _),
            tables.correlated(page.own, method, _),
            tables.weights(page.own, _),
        ]
    )


def uncertainty(page: OwnIndexPage) -> Block:
    """Return how sure ranks are, which choice moves them, and other recipes side by side."""
    _ = page.language
    return Block.join(
        [
            charts.rank_intervals(page.own, _),
            charts.sensitivity(page.own, _),
            tables.comparisons(page.own, _),
            tables.outranked(page.own, _),
        ]
    )


def methods(page: OwnIndexPage) -> Block:
    """Return the text of methods with its sources."""
    _ = page.language
    parts: list[Heading | Text | Bullets] = []
    for section in method_sections(page.own, _):
        parts += [Heading(level=2, text=section.heading), Text(text=section.text)]
    parts += [Heading(level=2, text=_("References")), Bullets(items=tuple(method_references(page.own)), is_small=True)]
    return Block(parts, _)
