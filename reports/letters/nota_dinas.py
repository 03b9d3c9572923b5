"""The nota dinas to the head of the region: where the city stands, what the problem is, what to do, what to decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from analysis.planning.first_actions import first_actions
from analysis.planning.one_plan import SeasonPlan
from analysis.planning.plan_list import plan_rows
from analysis.season.account import PACE_DAYS
from analysis.season.readiness import Readiness
from analysis.season.words import whole
from reports.city_settings import CitySettings, wording
from reports.letters.official import Official, Section, Signature
from reports.letters.season_facts import INDONESIAN, LetterSeason, points

ACTING = 5
"""How many parent units are named."""

FIRST = 3
"""How many actions of the plan are named."""


def nota_dinas(season: LetterSeason) -> Official:
    """The nota dinas of a season."""
    words = wording()["nota_dinas"]
    lists = (_position(season), _problems(season), _recommendations(season), _decisions(season))
    headings = [text.format(**season.when) for text in words["headings"]]
    return Official(
        kind="nota-dinas",
        name=f"nota-dinas-{season.edition}",
        head=season.head,
        settings=season.settings,
        title=words["title"],
        fields=(
            ("Yth.", season.mayor),
            ("Dari", season.settings.signer.office or wording()["common"]["missing"].format(field="signer.office")),
            ("Tembusan", "; ".join(season.settings.copies.nota_dinas) or "-"),
            ("Tanggal", ""),
            ("Nomor", ""),
            ("Sifat", season.settings.nature.nota_dinas),
            ("Lampiran", words["attachment"]),
            ("Hal", words["subject"].format(region=season.region.full_name, edition=season.edition)),
        ),
        draft=season.draft,
        sections=tuple(Section(heading, tuple(told)) for heading, told in zip(headings, lists, strict=True)),
        closing=words["closing"].format(mayor=season.mayor),
        signature=signature_of(season.settings, season.draft),
        foot=season.foot,
        words=wording()["common"],
    )


def signature_of(settings: CitySettings, draft: tuple[str, ...]) -> Signature | None:
    """The block of the signer; none for a draft."""
    if draft:
        return None
    missing, signer = wording()["common"]["missing"], settings.signer
    return Signature(
        office=signer.office or missing.format(field="signer.office"),
        name=signer.name or missing.format(field="signer.name"),
        rank=signer.rank,
        nip=signer.nip,
    )


def _position(season: LetterSeason) -> Iterator[str]:
    words, found, row = wording()["nota_dinas"], season.readiness, season.index
    rules = found.frames.rulebook.name
    if row["iid_lower_x100"] is None:
        yield words["no_index"].format(reason=INDONESIAN.coverage(row["coverage"]))
    elif row["iid_x100"] is not None:
        predicate = INDONESIAN.label("predicate", row["predicate"]) if row["predicate"] else "-"
        yield words["index"].format(index=_hundredths(row["iid_x100"]), predicate=predicate, rulebook=rules)
    else:
        lower, upper = _hundredths(row["iid_lower_x100"]), _hundredths(row["iid_upper_x100"])
        yield words["index_range"].format(lower=lower, upper=upper, rulebook=rules)
    if found.frames.is_estimate:
        yield words["estimate"].format(rulebook=rules)
    yield words["innovations"].format(
        reported=whole(found.account["innovations_reported"], INDONESIAN),
        quarantined=whole(found.account["innovations_quarantined"], INDONESIAN),
        scored=whole(found.account["innovations_scored"], INDONESIAN),
        mean=_span(row["mean_maturity_lower_x100"], row["mean_maturity_upper_x100"]),
        services=INDONESIAN.interval_of_counts(row["basic_service_lower"], row["basic_service_upper"]),
    )
    if found.threshold is not None:
        text = words["target_carried" if found.targets.is_carried(found.threshold) else "target"]
        below = whole(found.account["innovations_below_threshold"], INDONESIAN)
        yield text.format(target=points(found.threshold.value), edition=found.threshold.edition, count=below)
    for deadline in found.targets.deadlines:
        days = (deadline.day - season.day).days
        text = words["deadline" if days >= 0 else "deadline_passed"]
        kind = INDONESIAN.label("deadline", deadline.kind)
        yield text.format(kind=kind, day=INDONESIAN.date(deadline.day), days=days)
    pace, forecast = found.account["pace_per_day"], found.account["forecast"]
    if not _is_short(found) and pace.value is not None and forecast.value is not None:
        yield words["pace"].format(so_far=points(pace.value), days=PACE_DAYS, forecast=whole(forecast, INDONESIAN))


def _is_short(found: Readiness) -> bool:
    """Whether the pace is too slow for what units still owe: then it is told among the problems."""
    return found.pace is not None and found.pace.is_enough is False and found.pace.required is not None


def _hundredths(value: int) -> str:
    return _span(value, value)


def _span(lower: int | None, upper: int | None) -> str:
    from decimal import Decimal

    ends = [None if end is None else Decimal(end).scaleb(-2) for end in (lower, upper)]
    return INDONESIAN.interval(*ends)


def _problems(season: LetterSeason) -> list[str]:
    words, found = wording()["nota_dinas"], season.readiness
    told = [*_unit_problems(season, words), *_gap_problems(season, words)]
    pace, facts = found.pace, found.account
    if _is_short(found) and pace is not None and pace.required is not None:
        told.append(
            words["pace_short"].format(
                so_far=points(facts["pace_per_day"].value),
                days=PACE_DAYS,
                required=INDONESIAN.number(float(pace.required), 1),
                forecast=whole(facts["forecast"], INDONESIAN),
                needed=pace.needed,
            )
        )
    without = found.services.filter(pl.col("innovation_count") == 0)["name"].to_list()
    if without:
        told.append(words["services"].format(names=", ".join(without)))
    if facts["innovations_not_eligible"].value:
        count = whole(facts["innovations_not_eligible"], INDONESIAN)
        told.append(words["ineligible"].format(count=count, edition=season.edition))
    if season.set_aside:
        told.append(words["quarantine"].format(count=season.set_aside))
    return told or [words["no_problem"]]


def _unit_problems(season: LetterSeason, words: dict[str, Any]) -> Iterator[str]:
    facts, units = season.readiness.account, season.readiness.units
    if facts["units_silent"].value is None:
        yield words["no_register"]
        return
    day = INDONESIAN.date(season.day)
    if facts["units_silent"].value:
        silent, obliged = (whole(facts[name], INDONESIAN) for name in ("units_silent", "units_obliged"))
        yield words["silent"].format(silent=silent, obliged=obliged, day=day)
    owing = units.filter((pl.col("missing") > 0) & ~pl.col("unit_id").is_in(sorted(facts.open_ids)))
    if not owing.is_empty():
        few = owing.filter(~pl.col("unit_id").is_in(sorted(facts.silent_ids))).height
        yield words["units"].format(few=few, missing=int(owing["missing"].sum()), day=day)
    if facts["units_unresolved"].value:
        yield words["unresolved"].format(count=whole(facts["units_unresolved"], INDONESIAN))


def _gap_problems(season: LetterSeason, words: dict[str, Any]) -> Iterator[str]:
    if "levels" in season.readiness.lacking:
        yield words["no_levels"]
        return
    documents = season.open_gaps.filter(pl.col("kind") == "missing_document")
    if not documents.is_empty():
        innovations = documents.select("unit_name", "innovation").unique().height
        yield words["documents"].format(documents=documents.height, innovations=innovations)


def _recommendations(season: LetterSeason) -> list[str]:
    words = wording()["nota_dinas"]
    told: list[str] = []
    if season.plan is not None:
        told += _of_plan(season.plan, season.index["iid_x100"] is not None, words)
    counts = dict(season.asked.group_by("parent").len().iter_rows())
    named = [words["acting_unit"].format(unit=unit, count=counts[unit]) for unit in season.parents[:ACTING]]
    if named:
        told.append(words["acting"].format(units=", ".join(named)))
    return told or [words["no_recommendation"]]


def _of_plan(plan: SeasonPlan, is_single: bool, words: dict[str, Any]) -> Iterator[str]:
    """What the plan comes to, and its first actions.

    Beside a range of the index stands what the plan adds: a single figure would take what is missing as 0.
    """
    rows = plan_rows(plan, INDONESIAN).filter("is_in_total")
    counts = {"actions": len(plan.actions), "documents": rows.height}
    if not plan.actions:  # control sheets or answers alone: what they bring is not known
        pass
    elif is_single:
        yield words["plan"].format(before=points(plan.index_before), after=points(plan.index), **counts)
    else:
        yield words["plan_gain"].format(gain=points(plan.index - plan.index_before), **counts)
    first = [
        words["first_action" if action.gain else "first_action_unknown"].format(
            action=action.what, who=action.who, gain=action.gain
        )
        for action in first_actions(plan, FIRST, INDONESIAN)
    ]
    yield words["first"].format(actions="; ".join(first))


def _decisions(season: LetterSeason) -> list[str]:
    words, deadline = wording()["nota_dinas"], season.readiness.deadline
    day = INDONESIAN.date(deadline.day) if deadline else wording()["common"]["blank_time"]
    told = [text.format(day=day, letters=len(season.parents)) for text in words["decisions"]] if season.parents else []
    return told or [words["no_recommendation"]]
