"""The panels of a city's report: the headline figures, the mark of simulated data, the rules in detail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from reports.blocks.block import Block, render
from reports.blocks.content import Card, Cards, Facts, Text
from reports.blocks.rule_maxima import INDEX_MAXIMUM, Scale
from reports.pages.city_index.calculation import calculations_of
from reports.pages.city_index.charts import no_data, rules_label
from reports.pages.city_index.lineage import link_to
from reports.pages.city_index.season import CitySeason, IndexStatement
from reports.pages.compare_cities.tables import predicate_text
from warehouse.language import Language


def headline(season: CitySeason, *, is_linked: bool = True) -> Block:
    """Index or bounds and predicate under each rulebook, side by side, with the counts that stand behind them.

    `is_linked`: the figures lead to their cells, which stand on the same page.
    """
    _ = season.language
    if not season.has_data:
        return no_data(_("Index of {name} {edition}").format(name=season.name, edition=season.edition), _)
    cards = [_card(season, statement) for statement in season.statements]
    if not is_linked:
        cards = [card | {"href": None} for card in cards]
    links = _links(season) if is_linked else {}
    shown = headline_of(cards, _facts(season), _, is_simulated=season.is_simulated, links=links)
    return shown.saying(*shown.parts, *calculations_of(season))


def headline_of(
    cards: Sequence[Mapping[str, Any]],
    facts: Sequence[tuple[str, str]],
    language: Language,
    *,
    is_simulated: bool,
    links: Mapping[str, str] | None = None,
) -> Block:
    """Cards (heading, value or None, is_range, predicate, gaps, is_estimate, href) over a list of facts.

    `links` leads from the name of a fact to a place of the page.
    """
    described = Cards(
        cards=tuple(
            Card(
                heading=card["heading"],
                value=card["value"],
                detail=card["predicate"] or "",
                gaps=tuple(card["gaps"]),
                is_estimate=card["is_estimate"],
            )
            for card in cards
        )
    )
    shown = render("headline.html", cards=cards, facts=facts, links=links or {}, is_simulated=is_simulated, _=language)
    return shown.saying(described, Facts(pairs=tuple(facts)))


def _links(season: CitySeason) -> dict[str, str]:
    """From the facts of the headline to the cells that they were read from."""
    _ = season.language
    names = {
        _("Innovations reported"): "innovation_count",
        _("Innovations scored"): "mean_maturity",
        _("Mean maturity"): "mean_maturity",
    }
    return {name: link for name, figure in names.items() if (link := link_to(season, figure))}


def _card(season: CitySeason, statement: IndexStatement) -> dict[str, Any]:
    _ = season.language
    row = statement.row
    return {
        "heading": rules_label(statement, season.edition, _),
        "is_estimate": statement.is_estimate,
        "value": _.interval(row["iid_lower"], row["iid_upper"]) if statement.is_computed else None,
        "is_range": row["iid"] is None,
        "href": link_to(season, "iid"),
        "predicate": predicate_text(row, _) if statement.is_computed else None,
        "gaps": statement.gaps(_),
        "strip": index_strip(row["iid_lower"], row["iid_upper"], statement.scale, _) if statement.is_computed else "",
    }


def index_strip(lower: Decimal, upper: Decimal, scale: Scale, language: Language) -> Block:
    """Where an index or its bounds lie between the bands of the predicates; empty where a band is unknown."""
    _, bands = language, scale.bands
    if not bands:
        return Block("")
    told = ", ".join(
        _("{predicate} from {lower}").format(predicate=_.label("predicate", code), lower=_.number(least))
        for code, least, _most in bands
    )
    starts = [Decimal(0), *(least for _code, least, _most in bands[1:])]
    ends = [*starts[1:], INDEX_MAXIMUM]
    return render(
        "strip.html",
        described=_("Index {index} on the scale from 0 to 100: {bands}").format(
            index=_.interval(lower, upper), bands=told
        ),
        bands=[
            (_.label("predicate", code), f"{end - start:.2f}")
            for (code, _least, _most), start, end in zip(bands, starts, ends, strict=True)
        ],
        left=f"{lower:.2f}",
        right=f"{upper:.2f}",
        is_range=lower != upper,
        ticks=[("0", "0"), *((f"{start:.2f}", _.number(start)) for start in starts[1:]), ("100", "100")],
    )


def _facts(season: CitySeason) -> list[tuple[str, str]]:
    _ = season.language
    facts = [(_("Innovations reported"), _.whole(season.submissions.height))]
    if season.statements:
        row = season.statements[-1].row
        required = season.statements[-1].scale.basic_services_required
        covered = _.interval_of_counts(row["basic_service_lower"], row["basic_service_upper"])
        facts += [
            (_("Innovations scored"), _.whole(row["scored_count"])),
            (_("Mean maturity"), _.interval(row["mean_maturity_lower"], row["mean_maturity_upper"])),
            (
                _("Basic services covered"),
                covered
                if required is None
                else _("{covered} (at least {required} needed)").format(
                    covered=covered, required=_.whole(int(required))
                ),
            ),
        ]
    facts.append((_("Score"), _.label("score_kind", season.score)))
    if season.as_of:
        facts.append((_("As of"), _.date(season.as_of)))
    return facts


def rules_in_detail(season: CitySeason) -> Block:
    """Each rulebook of the season with the confidence of each of its rules, and the reason for it."""
    _ = season.language
    return render(
        "rules_in_detail.html",
        statements=[
            {
                "rulebook": statement.rulebook,
                "hash": str(statement.row["rulebook_hash"])[:12],
                "label": rules_label(statement, season.edition, _),
                "rules": [
                    {
                        "name": _.label("parameter", name),
                        "confidence": _.label("confidence", confidence),
                        "reason": reason,
                    }
                    for name, confidence, reason in statement.scale.confidences
                ],
            }
            for statement in season.statements
        ],
        _=_,
    )


def banner(season: CitySeason) -> Block:
    """The banner of a page with simulated figures; empty for real ones."""
    return simulated_banner(season.is_simulated, season.language)


def simulated_banner(is_simulated: bool, language: Language) -> Block:
    """What tells a reader, before any figure, that the figures are made up."""
    if not is_simulated:
        return Block("")
    text = language(
        "The innovations and scores on this page are made up to show the workbench. "
        "They say nothing about the real cities."
    )
    shown = render("banner.html", text=text, _=language)
    return shown.saying(Text(lead=language("SIMULATED DATA"), text=text, tone="mark"))
