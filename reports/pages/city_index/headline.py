"""The panels of a city's report: the headline figures, the mark of simulated data, the rules in detail."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from analysis.index.words import other_reading_notes
from reports.blocks.block import Block
from reports.blocks.content import Band, Bullets, Card, Cards, Details, Facts, Quantity, Strip, Text, Words
from reports.blocks.rule_maxima import INDEX_MAXIMUM, Scale
from reports.pages.city_index.calculation import calculations_of
from reports.pages.city_index.charts import no_data, rules_label
from reports.pages.city_index.lineage import link_to
from reports.pages.city_index.season import CitySeason, IndexStatement
from reports.pages.compare_cities.tables import predicate_text
from reports.pages.likely_range_blocks import season_ranges
from warehouse.language import Language


def headline(season: CitySeason, *, is_linked: bool = True) -> Block:
    """Return index or bounds and predicate under each rulebook, side by side, with the counts that stand behind them.

    `is_linked`: the figures lead to their cells, which stand on the same page.
    """
    _ = season.language
    if not season.has_data:
        return no_data(_("Index of {name} {edition}").format(name=season.name, edition=season.edition), _)
    cards = tuple(_card(season, statement, is_linked) for statement in season.statements)
    return Block(
        [
            Cards(cards=cards, is_simulated=season.is_simulated),
            *_other_readings(season),
            Facts(pairs=tuple(_facts(season, is_linked)), is_simulated=season.is_simulated),
            *calculations_of(season),
        ],
        _,
    )


def likely(season: CitySeason) -> Block:
    """Return the likely ranges inside the bounds of the season, or why there are none; nothing for a single value."""
    return season_ranges(season.ranges, season.name, season.edition, season.source_line, season.language)


def _other_readings(season: CitySeason) -> Iterator[Text]:
    """Both predicates where a convention decides which of them it is."""
    names = {str(season.region["region_code"]): season.name}
    for note in other_reading_notes(season.other_readings, names, season.language):
        yield Text(text=note, tone="remark", is_simulated=season.is_simulated)


def _card(season: CitySeason, statement: IndexStatement, is_linked: bool) -> Card:
    _, row = season.language, statement.row
    heading, gaps = rules_label(statement, season.edition, _), tuple(statement.gaps(_))
    if not statement.is_computed:
        return Card(heading=heading, value=None, gaps=gaps, is_estimate=statement.is_estimate)
    ends = row["iid_lower"], row["iid_upper"]
    return Card(
        heading=heading,
        value=Quantity(kind="interval", value=ends, href=_href(season, "iid", is_linked)),
        detail=predicate_text(row, _),
        gaps=gaps,
        is_estimate=statement.is_estimate,
        strip=index_strip(*ends, statement.scale, _),
    )


def _href(season: CitySeason, name: str, is_linked: bool) -> str:
    """Where a figure leads to; empty for nowhere."""
    return (link_to(season, name) or "") if is_linked else ""


def index_strip(lower: Decimal, upper: Decimal, scale: Scale, language: Language) -> Strip | None:
    """Return where an index or its bounds lie between the bands of the predicates; None where a band is unknown."""
    _, bands = language, scale.bands
    if not bands:
        return None
    names = [_.label("predicate", code) for code, _least, _most in bands]
    least = [lowest for _code, lowest, _most in bands]
    said = ", ".join(
        _("{predicate} from {lower}").format(predicate=name, lower=_.number(lowest))
        for name, lowest in zip(names, least, strict=True)
    )
    text = _("Index {index} on the scale from 0 to 100: {bands}")
    edges = pairwise([Decimal(0), *least[1:], INDEX_MAXIMUM])
    return Strip(
        lower=lower,
        upper=upper,
        bands=tuple(Band(name=name, lower=start, upper=end) for name, (start, end) in zip(names, edges, strict=True)),
        description=text.format(index=_.interval(lower, upper), bands=said),
    )


def _facts(season: CitySeason, is_linked: bool) -> Iterator[tuple[str, Words | Quantity]]:
    _ = season.language
    received = _href(season, "innovation_count", is_linked)
    yield _("Innovations reported"), Quantity(kind="whole", value=season.reported_count, href=received)
    if season.statements:
        row, scored = season.statements[-1].row, _href(season, "mean_maturity", is_linked)
        yield _("Innovations scored"), Quantity(kind="whole", value=row["scored_count"], href=scored)
        mean = row["mean_maturity_lower"], row["mean_maturity_upper"]
        yield _("Mean maturity"), Quantity(kind="interval", value=mean, href=scored)
        required = season.statements[-1].scale.basic_services_required
        name = _("Basic services covered")
        if required is not None:
            name = _("Basic services covered (at least {required})").format(required=_.whole(int(required)))
        covered = row["basic_service_lower"], row["basic_service_upper"]
        yield name, Quantity(kind="interval", value=covered, places=0)
    yield _("Score"), _.label("score_kind", season.score)
    if season.as_of:
        yield _("As of"), Quantity(kind="date", value=season.as_of)


def rules_in_detail(season: CitySeason) -> Block:
    """Return each rulebook of the season with the confidence of each of its rules, and the reason for it."""
    return Block([_rules_of(season, statement) for statement in season.statements], season.language)


def _rules_of(season: CitySeason, statement: IndexStatement) -> Details:
    _ = season.language
    rules = [
        f"{_.label('parameter', name)}: {_('confidence')} {_.label('confidence', confidence).lower()}"
        + (f". {reason}" if reason else "")
        for name, confidence, reason in statement.scale.confidences
    ]
    label, digest = rules_label(statement, season.edition, _), str(statement.row["rulebook_hash"])[:12]
    return Details(
        summary=f"{_('Rulebook')} {statement.rulebook} · {label} · {digest}",
        parts=(Bullets(items=tuple(rules), is_small=True),),
    )


def banner(season: CitySeason) -> Block:
    """The banner of a page with simulated figures; empty for real ones."""
    return simulated_banner(season.is_simulated, season.language)


def simulated_banner(is_simulated: bool, language: Language) -> Block:
    """What tells a reader, before any figure, that the figures are made up."""
    if not is_simulated:
        return Block()
    text = language(
        "The innovations and scores on this page are made up to show the workbench. "
        "They say nothing about the real cities."
    )
    return Block([Text(lead=language("SIMULATED DATA"), text=text, tone="mark", is_simulated=True)], language)
