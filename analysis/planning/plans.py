"""Plans for one city's season: goals, rivals and raises, as frames that name unit, innovation and document."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from analysis.season.frames import SeasonFrames
from analysis.season.targets import efforts_of
from iga.planning.best_plan import OnePlan, best_within, least_effort_to
from iga.planning.candidates import Policy
from iga.planning.hold import HoldPlan
from iga.planning.raise_plan import plan_to, plan_within
from iga.planning.raises import REGION, Raise, RaisePlan, next_predicate_index, plan_threshold, sheets_to_fetch
from iga.planning.single_valued_rules import PlanImpossible
from warehouse.home import Home
from warehouse.language import Language
from warehouse.snapshot import Snapshot

RAISE_SCHEMA: dict[str, Any] = {
    "submission_id": pl.String,
    "unit_name": pl.String,
    "innovation": pl.String,
    "indicator": pl.String,
    "from_level": pl.Int64,
    "to_level": pl.Int64,
    "document": pl.String,
    "level_text": pl.String,
    "points": pl.Decimal(12, 2),
    "effort": pl.Int64,
    "index_gain": pl.Decimal(12, 4),
}

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Rival:
    """The index of another city as a plan assumes it, and where the figure comes from."""

    name: str
    index: Decimal
    basis: str


def rivals_of(snapshot: Snapshot, frames: SeasonFrames, entered: dict[str, Decimal]) -> list[Rival]:
    """The indices of other cities that a goal of a place may rest on, highest first.

    Entered figures stand first; else the index of this snapshot under the same edition and rules; else the latest
    published final index of the city up to this edition. Index rank is not award rank.
    """
    computed = snapshot.sql(
        """
        select r.full_name, i.iid_upper_x100, i.is_simulated from store.region_index i join region r using (region_code)
        where i.edition = $edition and i.rulebook = $rulebook and i.score_kind = $score and i.region_code <> $region
          and i.iid_upper_x100 is not null
          and r.region_type = (select region_type from region where region_code = $region)
        """,
        {
            "edition": frames.edition,
            "rulebook": frames.rulebook.name,
            "score": frames.score_kind,
            "region": frames.region_code,
        },
    )
    published = snapshot.sql(
        """
        select r.full_name, max_by(p.score, p.edition), max(p.edition)
        from published_result p join region r using (region_code)
        where p.scheme = 'IGA' and p.measure = 'iid' and p.stage = 'final' and p.score is not null
          and p.edition = (
            select max(edition) from published_result
            where scheme = 'IGA' and measure = 'iid' and stage = 'final' and edition <= $edition
          )
          and p.region_code <> $region
          and r.region_type = (select region_type from region where region_code = $region)
        group by r.full_name
        """,
        {"edition": frames.edition, "region": frames.region_code},
    )
    found = {name: Rival(name, score, f"published {edition}") for name, score, edition in published.iter_rows()}
    # A simulated figure is never set against a published one: it serves only where the plan itself is simulated.
    if frames.is_simulated and not computed.is_empty():
        found = {}
    for name, index, _ in computed.iter_rows():
        found[name] = Rival(name, Decimal(index).scaleb(-2), "snapshot")
    found |= {name: Rival(name, index, "entered") for name, index in entered.items()}
    return sorted(found.values(), key=lambda rival: (-rival.index, rival.name))


def index_to_pass(rival: Rival) -> Decimal:
    """The least index above a rival's."""
    return rival.index + CENT


def index_for_place(rivals: list[Rival], place: int) -> Decimal:
    """The least index that stands at a place or better, above the rival who has it now. Raises PlanImpossible."""
    if len(rivals) < place:
        raise PlanImpossible(
            "only {count} indices of other cities are known; place {wanted} cannot be derived.",
            place="rivals",
            fix="Enter the others with --rival CITY=INDEX.",
            count=len(rivals),
            wanted=place,
        )
    return index_to_pass(rivals[place - 1])


def plan_raises(
    frames: SeasonFrames, home: Home, *, budget: int | None = None, target: Decimal | None = None
) -> RaisePlan:
    """The raises within a budget, or to a target; without either, to the next predicate.

    Raises PlanImpossible when there is neither and the highest predicate stands already.
    """
    terms = frames.terms
    raises, position = frames.raises(efforts_of(frames.rulebook, home)), frames.position()
    if budget is not None:
        return plan_within(raises, position, terms, budget)
    goal = next_predicate_index(terms, position.index(terms)) if target is None else target
    if goal is None:
        raise PlanImpossible(
            "the highest predicate stands already, or the bands are not known.",
            place="{region} {edition}",
            fix="Give a goal: --budget, --target, --threshold, --pass or --top.",
            region=frames.region_code,
            edition=frames.edition,
        )
    return plan_to(raises, position, terms, goal)


def plan_to_threshold(frames: SeasonFrames, home: Home, threshold_x100: int) -> tuple[RaisePlan, dict[str, int]]:
    """The least effort that brings every scored innovation to a threshold, and those that cannot reach it.

    The second part gives, per innovation that no raise in the data brings there, the most that it can reach.
    """
    scored = frames.scored()
    maturities = dict(scored.select("submission_id", pl.col("maturity_lower_x100").fill_null(0)).iter_rows())
    found = plan_threshold(frames.raises(efforts_of(frames.rulebook, home)), maturities, threshold_x100)
    terms, position = frames.terms, frames.position()
    before = position.index(terms)
    after = position.index(terms, sum(one.points_x100 for one in found.raises))
    plan = RaisePlan(
        raises=found.raises,
        effort=found.effort,
        index_before=before,
        index_after=after,
        predicate_before=terms.predicate(before),
        predicate_after=terms.predicate(after),
        is_proved=True,
        effort_bound=found.effort,
        is_reached=not found.unreachable,
    )
    return plan, dict(found.unreachable)


def plan_joint(
    frames: SeasonFrames, home: Home, policy: Policy, *, budget: int | None = None, target: Decimal | None = None
) -> tuple[OnePlan, bool]:
    """What the simulation sends, holds and raises: the best within a budget, or the least effort to a target index.

    The second part says whether the target is reached (True for a budget). Raises PlanImpossible, and
    UnknownName where no index is known.
    """
    position = frames.position()
    candidates, terms, spd = frames.candidates(), frames.terms, position.spd_x100
    raises = frames.raises(efforts_of(frames.rulebook, home))
    if budget is not None:
        return best_within(candidates, raises, spd, terms, budget, policy, with_holding=True), True
    goal = next_predicate_index(terms, position.index(terms)) if target is None else target
    if goal is None:
        raise PlanImpossible(
            "the highest predicate stands already, or the bands are not known.",
            place="{region} {edition}",
            fix="Give a goal: --budget, --target, --pass or --top.",
            region=frames.region_code,
            edition=frames.edition,
        )
    found = least_effort_to(candidates, raises, spd, terms, int(goal * 100), policy, with_holding=True)
    return found, found.is_reached


def raise_table(
    frames: SeasonFrames,
    raises: tuple[Raise, ...] | list[Raise],
    language: Language,
    *,
    divisor: int | None = None,
) -> pl.DataFrame:
    """The raises as rows: unit, innovation, indicator, levels, document, points, effort, and what each lifts the index.

    Sorted by what it brings, the cheaper first among equals. `divisor` is that of a plan that holds some back.
    """
    is_indonesian = language.code == "id"
    named = {
        key: (unit, title)
        for key, unit, title in frames.submissions.select("submission_id", "unit_name", "title").iter_rows()
    }
    terms, divisor = frames.terms, divisor or frames.position().divisor
    rows = []
    for one in raises:
        group = frames.rulebook.group(one.indicator)
        member = group.members[0]
        unit, title = named.get(one.key, (language("City (SPD)"), None))
        worth = Fraction(one.points_x100, 1 if one.key == REGION else divisor)
        rows.append(
            {
                "submission_id": one.key or None,
                "unit_name": unit,
                "innovation": title,
                "indicator": f"{group.number}. {group.name_id if is_indonesian else group.name_en}",
                "from_level": one.from_level,
                "to_level": one.to_level,
                "document": member.evidence,
                "level_text": next(level.text_id for level in member.levels if level.level == one.to_level),
                "points": Decimal(one.points_x100).scaleb(-2),
                "effort": one.effort,
                "index_gain": Decimal(round(terms.index(worth) * 10000)).scaleb(-4),
            }
        )
    frame = pl.DataFrame(rows, schema=RAISE_SCHEMA)
    return frame.sort("index_gain", "effort", "unit_name", "innovation", descending=[True, False, False, False])


def sending_table(frames: SeasonFrames, plan: OnePlan) -> pl.DataFrame:
    """Every innovation with whether the joint plan sends it, its maturity before and after, and the effort on it.

    Held ones first, then those on which most is gained.
    """
    sent = set(plan.sent)
    gained: dict[str, int] = {}
    spent: dict[str, int] = {}
    for one in plan.raises:
        gained[one.key] = gained.get(one.key, 0) + one.points_x100
        spent[one.key] = spent.get(one.key, 0) + one.effort
    rows = []
    for row in frames.maturities().iter_rows(named=True):
        key, maturity = row["submission_id"], row["maturity_lower_x100"] or 0
        rows.append(
            {
                "submission_id": key,
                "unit_name": row["unit_name"],
                "innovation": row["title"],
                "is_sent": key in sent,
                "maturity": Decimal(maturity).scaleb(-2),
                "maturity_after": Decimal(maturity + gained.get(key, 0)).scaleb(-2),
                "points": Decimal(gained.get(key, 0)).scaleb(-2),
                "effort": spent.get(key, 0),
            }
        )
    schema: dict[str, Any] = {
        "submission_id": pl.String,
        "unit_name": pl.String,
        "innovation": pl.String,
        "is_sent": pl.Boolean,
        **dict.fromkeys(("maturity", "maturity_after", "points"), pl.Decimal(12, 2)),
        "effort": pl.Int64,
    }
    frame = pl.DataFrame(rows, schema=schema)
    return frame.sort("is_sent", "points", "maturity", descending=[False, True, True])


def hold_table(frames: SeasonFrames, plan: HoldPlan) -> pl.DataFrame:
    """Every innovation with whether to send it, its maturity, and what sending it brings; held ones first."""
    sent = set(plan.sent)
    rows = [
        {
            "submission_id": row["submission_id"],
            "unit_name": row["unit_name"],
            "innovation": row["title"],
            "is_sent": row["submission_id"] in sent,
            "maturity": Decimal(row["maturity_lower_x100"] or 0).scaleb(-2),
            "index_gain": Decimal(round(plan.marginal[row["submission_id"]] * 10000)).scaleb(-4),
        }
        for row in frames.maturities().iter_rows(named=True)
    ]
    schema: dict[str, Any] = {
        "submission_id": pl.String,
        "unit_name": pl.String,
        "innovation": pl.String,
        "is_sent": pl.Boolean,
        "maturity": pl.Decimal(12, 2),
        "index_gain": pl.Decimal(12, 4),
    }
    return pl.DataFrame(rows, schema=schema).sort("is_sent", "index_gain", "submission_id")


def fetch_table(frames: SeasonFrames, sheets: int) -> pl.DataFrame:
    """With totals only: the innovations whose control sheet to fetch first, with the points that it could hold."""
    known = set(frames.levels())
    scored = frames.scored().filter(~pl.col("submission_id").is_in(list(known)))
    maturities = dict(scored.select("submission_id", pl.col("maturity_lower_x100").fill_null(0)).iter_rows())
    order = sheets_to_fetch(maturities, frames.terms, sheets)
    ranked = pl.DataFrame(
        [(key, Decimal(points).scaleb(-2)) for key, points in order],
        schema={"submission_id": pl.String, "points": pl.Decimal(12, 2)},
        orient="row",
    )
    named = scored.select("submission_id", "unit_name", pl.col("title").alias("innovation"))
    return ranked.join(named, on="submission_id", how="left", maintain_order="left").select(
        "submission_id", "unit_name", "innovation", "points"
    )
