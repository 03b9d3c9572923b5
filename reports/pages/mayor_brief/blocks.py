"""One page for the mayor: where the city stands, what decides it, what to decide, what if not, how sure this is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import polars as pl

from analysis import open_snapshot
from analysis.panel.standing import Standing as PublishedStanding, published_standing
from analysis.planning.asked import asked_of_offices, asked_of_units
from analysis.planning.first_actions import LEAST_SHOWN, FirstAction, first_actions, gain_words
from analysis.planning.one_plan import SeasonPlan
from analysis.planning.plan_list import is_unanswered
from analysis.planning.scenario import Outcome, others_of, outcome_among
from analysis.planning.words import pace_notes, season_notes
from analysis.season.words import day_line, deadline_line, eligible_lines, threshold_lines, unit_lines
from iga.index.formula import rounded
from iga.planning.actions import ANSWER, SPD
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Columns, Heading, Part, Span, Words
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import no_data
from reports.pages.city_index.headline import headline as season_headline, simulated_banner
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import CitySeason, open_city_season
from reports.pages.city_index.words import standing_of
from reports.pages.compare_cities.sources import source_address
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.next_edition.blocks import NextEdition, open_next_edition
from reports.pages.place_and_direction import Standing
from warehouse.language import Language

ACTING = 5
DECISIONS = 3


@dataclass(frozen=True)
class MayorBrief:
    """The city's season as it stands, its readiness and plan, what was published, and its place among those here."""

    season: CitySeason
    plan: NextEdition
    published: PublishedStanding
    outcome: Outcome | None
    standing: Standing | None = None

    @property
    def language(self) -> Language:
        """The reader's language."""
        return self.plan.language

    @property
    def is_simulated(self) -> bool:
        """Whether any figure comes from simulated files."""
        return self.season.is_simulated


def open_brief(parameters: MayorBriefParameters) -> MayorBrief:
    """Read the season and make its plan."""
    of_city = CityIndexParameters.model_validate(parameters.model_dump(include=set(CityIndexParameters.model_fields)))
    season, plan = open_city_season(of_city), open_next_edition(parameters)
    frames = plan.readiness.frames
    with open_snapshot(parameters.snapshot or None) as snapshot:
        published = published_standing(snapshot, frames.region_code, frames.edition)
        others = others_of(frames, snapshot)
        standing = standing_of(snapshot, season)
    outcome = None
    if season.statements and season.statements[0].is_computed:
        row = season.statements[0].row
        bounds = [int(row[name] * 100) for name in ("iid_lower", "iid_upper")]
        outcome = outcome_among(frames, bounds[0], bounds[1], row["innovation_count"], others)
    return MayorBrief(season, plan, published, outcome, standing)


def banner(brief: MayorBrief) -> Block:
    """The mark of simulated data."""
    return simulated_banner(brief.is_simulated, brief.language)


def position(brief: MayorBrief) -> Block:
    """The index on the bands of its predicates, and the counts behind it."""
    return season_headline(brief.season, is_linked=False)


def matters(brief: MayorBrief) -> Block:
    """Where the city stands beside what decides it, what to decide, and what if not beside how sure this is."""
    _ = brief.language
    stands = _titled(brief, _("Where we stand"), _stands(brief))
    decides = _titled(brief, _("What decides the index"), _decides(brief))
    asked = list(_decisions(brief))
    heading = {1: _("One decision asked for"), 2: _("Two decisions asked for"), 3: _("Three decisions asked for")}
    title = heading.get(len(asked), _("Decisions asked for"))
    decisions = _titled(brief, title, iter(asked), is_numbered=True)
    if_nothing = _titled(brief, _("If nothing is done"), _if_nothing(brief))
    sure = _titled(brief, _("How sure this is"), _sure(brief))
    return Block([Columns(groups=(stands, decides)), *decisions, Columns(groups=(if_nothing, sure))], _)


def _titled(brief: MayorBrief, title: str, lines: Iterator[Words], *, is_numbered: bool = False) -> tuple[Part, ...]:
    told = tuple(lines)
    is_known = bool(told)
    told = told or (brief.plan.obstacle or brief.language("no data yet"),)
    bullets = Bullets(items=told, is_numbered=is_numbered and is_known, is_simulated=brief.is_simulated)
    return (Heading(level=1, text=title), bullets)


def _stands(brief: MayorBrief) -> Iterator[Words]:
    """What was published, peers, the distance to the next band, the days that are left; the place was said first."""
    _ = brief.language
    yield deadline_line(brief.plan.readiness.account, _)
    yield from _distance(brief)
    last, before, peers = brief.published.last, brief.published.before, brief.published.peers
    if last is not None:
        text = _("Published for {edition}: {score}")
        told = text.format(edition=last.edition, score=_.number(last.score))
        if last.place is not None:
            told += _(", place {place} in the country").format(place=_.whole(last.place))
        if before is not None:
            told += _(" ({edition}: {score})").format(edition=before.edition, score=_.number(before.score))
        yield (Span(text=f"{told}.", href=source_address(last.source)),)
    if peers is not None:
        text = _.ngettext(
            "Others of its kind, published for {edition}: {range} ({count} region).",
            "Others of its kind, published for {edition}: {range} ({count} regions).",
            peers.count,
        )
        yield text.format(
            edition=peers.edition, range=_.interval(peers.lowest, peers.highest), count=_.whole(peers.count)
        )


def _distance(brief: MayorBrief) -> Iterator[str]:
    """How far the index is from the next predicate, or above the highest one; by its lower end."""
    _, outcome = brief.language, brief.outcome
    if outcome is None or outcome.iid_lower is None:
        return
    index, bands = outcome.iid_lower, brief.season.statements[0].scale.bands
    following = [(least, code) for code, least, _most in bands if least > index]
    if following:
        least, code = min(following)
        text = _("{points} points to {predicate}, which begins at {least}.")
    elif bands:
        least, code = max((least, code) for code, least, _most in bands)
        text = _("{points} points above {least}, where {predicate} begins: the highest predicate.")
    else:
        return
    distance = abs(least - index)
    yield text.format(points=_.number(distance), predicate=_.label("predicate", code), least=_.number(least))


def _decides(brief: MayorBrief) -> Iterator[str]:
    """The parts of the index with what each still lacks, and what stands in the way."""
    _, found = brief.language, brief.plan.readiness
    yield from _parts(brief)
    account = found.account
    yield unit_lines(account, _)[0]
    if account["innovations_below_threshold"].value != 0:
        yield from threshold_lines(account, _)
    yield from eligible_lines(account, _)
    without = found.services.filter(pl.col("innovation_count") == 0)["name"].to_list()
    if without:
        yield _("Basic services without innovation: {names}").format(names=", ".join(without))
    if notes := pace_notes(found, _):
        yield " ".join(notes)


def _parts(brief: MayorBrief) -> Iterator[str]:
    """What the answers of the region and the maturity of its innovations bring, and what they lack, in index points."""
    _, plan = brief.language, brief.plan.season
    if plan is None or not brief.season.statements:
        return
    terms, row = plan.frames.terms, brief.season.statements[0].row
    mean = row["mean_maturity_lower"], row["mean_maturity_upper"]
    maximum = terms.rulebook.parameters.spd_maximum.value
    spd = tuple(Decimal(end).scaleb(-2) for end in plan.frames.spd_x100())
    most = Decimal(terms.maturity_maximum_x100).scaleb(-2)
    parts = [
        (_("Answers of the region itself (SPD): {points} of {most} points"), spd, maximum),
        (_("Mean maturity of the innovations: {points} of {most} points"), mean, most),
    ]
    for text, ends, top in parts:
        if top is None or None in ends:
            continue
        missing = [rounded(terms.index(Fraction(top - end) * 100)) for end in reversed(ends)]
        told = text.format(points=_.interval(*ends), most=_.number(top))
        yield told + _("; {missing} points of the index are missing there.").format(missing=_.interval(*missing))


def _decisions(brief: MayorBrief) -> Iterator[str]:
    """The first actions of the plan: what, who acts, what it brings, by when."""
    _, plan = brief.language, brief.plan.season
    if plan is None:
        return
    for action in first_actions(plan, DECISIONS, _):
        yield _decision(action, _)


def _decision(action: FirstAction, language: Language) -> str:
    text = (
        language("{action}: {gain} points. Who acts: {who}") if action.gain else language("{action}. Who acts: {who}")
    )
    told = text.format(action=action.what, gain=action.gain, who=action.who)
    if action.until is not None:
        told += language(", until {day}").format(day=language.date(action.until))
    if action.start_by is not None:
        told += language(", starting on {day} at the latest").format(day=language.date(action.start_by))
    return f"{told}."


def _if_nothing(brief: MayorBrief) -> Iterator[str]:
    """The index without the plan, with it, and if a tenth is rejected."""
    _, plan = brief.language, brief.plan.season
    if plan is None:
        return
    text = _.ngettext(
        "The index stays at {before}; with the whole plan ({count} action) it becomes {after}.",
        "The index stays at {before}; with the whole plan ({count} actions) it becomes {after}.",
        len(plan.actions),
    )
    if plan.frames.spd_x100()[0] != plan.frames.spd_x100()[1] or _is_range(brief):
        text = _.ngettext(
            "By what is known the index stays at {before}; with the whole plan ({count} action) it becomes {after}.",
            "By what is known the index stays at {before}; with the whole plan ({count} actions) it becomes {after}.",
            len(plan.actions),
        )
    before, after = _.number(plan.index_before), _.number(plan.index)
    yield text.format(before=before, after=after, count=_.whole(len(plan.actions)))
    text = _("If the ministry rejects a tenth of the innovations, it falls to {index}.")
    yield text.format(index=_.number(rounded(plan.if_tenth_rejected.index_before)))


def _is_range(brief: MayorBrief) -> bool:
    outcome = brief.outcome
    return outcome is None or outcome.iid_lower != outcome.iid_upper


def _sure(brief: MayorBrief) -> Iterator[str]:
    """On what the figures are exact, what the ministry did once, what is open."""
    _, plan, account = brief.language, brief.plan.season, brief.plan.readiness.account
    yield _("Exact on the city's own scores; no guarantee of the ministry's.")
    if plan is not None:
        yield from _shifted(plan, _)
    if account["innovations_quarantined"].value:
        yield _("Innovations in quarantine: {count}.").format(count=_.whole(account["innovations_quarantined"].count))
    if account["units_unresolved"].value:
        yield _("Unit names not resolved: {count}.").format(count=_.whole(account["units_unresolved"].count))
    if plan is not None and any(action.kind in (SPD, ANSWER) for action in plan.listed):
        yield _("Which lines of SPD can still be changed is this project's reading; a planner confirms it.")


def _shifted(plan: SeasonPlan, language: Language) -> Iterator[str]:
    if plan.shift is None or plan.if_shifted is None:
        return
    text = language(
        "The one published pair lay {points} points below the region's own figure; then {gain} points of the plan are "
        "left."
    )
    gain = gain_words(plan.if_shifted.gain, language)
    yield text.format(points=language.number(plan.shift.points), gain=gain.lstrip("+"))


def acting(brief: MayorBrief) -> Block:
    """The offices and parent units that the plan asks something of, those that bring most first."""
    _ = brief.language
    caption = _("Who has to act")
    plan, found = brief.plan.season, brief.plan.readiness
    documents = asked_of_units(found, plan, _).filter(kind="missing_document")
    asked = pl.concat([asked_of_offices(plan, _), documents])
    if asked.is_empty():
        return no_data(caption, _)
    rows = (
        asked.group_by("parent")
        .agg(pl.len().alias("documents"), pl.col("index_gain").sum().alias("gain"))
        .sort("gain", "parent", descending=[True, False], nulls_last=True)
    )
    shown = rows.filter(pl.col("gain") >= Decimal(LEAST_SHOWN.numerator) / LEAST_SHOWN.denominator).head(ACTING)
    if shown.is_empty():
        shown = rows.head(ACTING)
    # A line of SPD of which no answer was received brings between nothing and its points.
    is_range = plan is not None and any(is_unanswered(plan, step) for each in plan.actions for step in each.steps)
    columns = [
        Column("parent", _("Unit")),
        Column("documents", _("Documents asked for")),
        Column("gain", _("Gain of the index, at most") if is_range else _("Gain of the index"), places=2),
    ]
    text = _("All {count} together: at most {gain} points.") if is_range else _("All {count} together: {gain} points.")
    note = text.format(count=_.whole(rows.height), gain=gain_words(Decimal(str(rows["gain"].sum())), _))
    return table(shown, columns, caption, _, is_simulated=brief.is_simulated, note=note)


def rests_on(brief: MayorBrief) -> Block:
    """Rulebook, assumptions and the mark of simulated data, each in a line."""
    _ = brief.language
    lines = [day_line(brief.plan.readiness.on, _), *season_notes(brief.plan.readiness.frames, _)]
    return Block([Bullets(items=tuple(lines), is_small=True, is_simulated=brief.is_simulated)], _)
