"""The page "what if": sliders whose figure comes back at once, and scenarios that are kept, named and compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, Any

from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.question import Question
from workbench.desk.refusals import refused

if TYPE_CHECKING:
    from analysis.planning.scenario import Outcome, Scenario
    from analysis.planning.what_if import WhatIf
    from warehouse.language import Language

REGION_KEY = ""
MOST_LEVELS = 5_000


@lru_cache(maxsize=4)
def _what_if(home: str, snapshot_id: str, city: str, edition: int) -> WhatIf:
    from analysis import open_snapshot
    from analysis.planning.what_if import WhatIf

    with open_snapshot(snapshot_id, home) as snapshot:
        return WhatIf(snapshot.season(city, edition), snapshot)


def season_what_if(question: Question) -> WhatIf:
    """Return the season made ready to be asked; kept while its snapshot is the current one."""
    city, edition = question.season
    return _what_if(str(question.home.root), question.snapshot_id or "", city, edition)


def what_if(question: Question) -> PageContent:
    """Return the sliders of the season: levels of innovations and of the city, weights, and scenarios kept before."""
    from analysis.planning.words import duty_to_report
    from workbench.lists import LIST_HEADERS

    _ = question.language
    desk = season_what_if(question)
    frames = desk.frames
    known = {REGION_KEY: frames.spd_levels(), **frames.levels()}
    titles = frames.submissions.select("submission_id", "title", "unit_name").sort("title").iter_rows()
    every = [{"key": key, "name": f"{title or key} · {unit or ''}"} for key, title, unit in titles]
    named = [one for one in every if one["key"] in known]
    rules = frames.rulebook
    groups = [
        {
            "number": group.number,
            "name": f"{group.number}. {group.name_id if _.code == 'id' else group.name_en}",
            "top": group.top_level,
        }
        for number in dict.fromkeys(number for own in known.values() for number in own)
        for group in (rules.group(number),)
    ]
    known = {key: dict(sorted(own.items(), key=lambda item: _place(item[0]))) for key, own in known.items()}
    values = {
        "of": [{"key": REGION_KEY, "name": _("City (SPD)")}] * bool(known[REGION_KEY]) + named,
        "every": every,
        "weights": _weights(desk),
        "limits": _limits(desk, _),
        "groups": groups,
        "levels": known,
        "rules": [book.name for book in frames.rulebooks if book.is_complete],
        "before": told_outcome(desk.before, _),
        "duty": duty_to_report(_),
        "maximum": str(rules.parameters.maturity_maximum.upper or 0),
    }
    kept = _kept(question)
    compared = desk.compare(kept)
    tables = {"kept": table_of("kept", _("Scenarios kept"), _in_words(compared, _), LIST_HEADERS, _)}
    return PageContent(_("What if"), "what_if.html", (), values, tables, frames.is_simulated)


def _weights(desk: WhatIf) -> list[dict[str, Any]]:
    """The weights that can be tried, where levels of innovations are known; far enough, and as fine as the rules."""
    groups = desk.frames.rulebook.sid_groups if desk.frames.levels() else ()
    top = 3 * max((group.weight_x100 for group in groups), default=0) / 100
    step = gcd(50, *(group.weight_x100 for group in groups)) / 100
    return [{"number": group.number, "points": group.weight_x100 / 100, "top": top, "step": step} for group in groups]


def _limits(desk: WhatIf, language: Language) -> str:
    text = language(
        "Levels and weights move the {known} of {all} innovations whose levels are known. Weights are tried, not "
        "official: the other weights shrink or grow so that the maximum stays."
    )
    return text.format(known=len(desk.frames.levels()), all=desk.frames.submissions.height)


def _place(number: str) -> tuple[int, str]:
    """Where an indicator of that number stands: 2a after 1 and before 10."""
    digits = "".join(sign for sign in number if sign.isdecimal())
    return int(digits or 0), number


def _in_words(compared: Any, language: Language) -> Any:
    from analysis.planning.words import compared_in_words

    return compared_in_words(compared, language)


def _kept(question: Question) -> list[Scenario]:
    """The scenarios of the home that this season can be asked; those of another season name innovations it lacks."""
    from analysis.planning.scenario import kept_scenarios, read_scenario
    from warehouse.errors import MendableError

    desk, found = season_what_if(question), []
    for name in kept_scenarios(question.home):
        try:
            scenario = read_scenario(name, question.home)
            desk.outcome(scenario)
        except MendableError:
            continue
        found.append(scenario)
    return found


def told_outcome(outcome: Outcome, language: Language) -> dict[str, Any]:
    """Return an outcome in words and as numbers for the bar."""
    low, high = (language.label("predicate", code) for code in (outcome.predicate_lower, outcome.predicate_upper))
    return {
        "iid": language.interval(outcome.iid_lower, outcome.iid_upper),
        "low": None if outcome.iid_lower is None else float(outcome.iid_lower),
        "high": None if outcome.iid_upper is None else float(outcome.iid_upper),
        "predicate": low if low == high else f"{low}–{high}",
        "place": f"{language.interval_of_counts(outcome.rank_low, outcome.rank_high)} / "
        f"{language.whole(outcome.ranked_count)}",
        "innovations": language.whole(outcome.innovation_count),
    }


def scenario_of(asked: Mapping[str, Any]) -> Scenario:
    """Return the scenario that the sliders stand for. Raises RequestRefused for what is none."""
    from pydantic import ValidationError

    from analysis.planning.scenario import LevelChange, Scenario, TriedWeight

    levels, weights, hold = (asked.get(name) or [] for name in ("levels", "weights", "hold"))
    for name, given in (("levels", levels), ("weights", weights), ("hold", hold)):
        if not isinstance(given, list) or len(given) > MOST_LEVELS:
            raise refused(name)
    try:
        changes = tuple(
            LevelChange(innovation=str(one["of"]), indicator=str(one["indicator"]), level=int(one["level"]))
            for one in levels
        )
        is_holding = bool(asked.get("with_holding"))
        limit = Decimal(str(asked.get("hold_below") or 0)) if is_holding else Decimal(0)
        return Scenario(
            name=str(asked.get("name") or "coba").strip()[:80] or "coba",
            rulebook=str(asked.get("rulebook") or ""),
            hold=tuple(str(key) for key in hold) if is_holding else (),
            hold_below=limit.quantize(Decimal("0.01")) if limit else None,
            level=changes,
            # The weights tried are those of the season's own rulebook.
            weight=()
            if asked.get("rulebook")
            else tuple(
                TriedWeight(
                    indicator=str(one["indicator"]), points=Decimal(str(one["points"])).quantize(Decimal("0.01"))
                )
                for one in weights
            ),
        )
    except (ValidationError, InvalidOperation, KeyError, TypeError, ValueError) as error:
        raise refused("levels") from error


def answered(question: Question, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcome of what the sliders stand for, beside the season as it is; of holding, without it as well."""
    from analysis.planning.what_if import sent_all
    from analysis.planning.words import duty_to_report, holding_lines

    _ = question.language
    desk, scenario = season_what_if(question), _with_held(season_what_if(question), scenario_of(asked))
    after = desk.outcome(scenario)
    low, before = after.iid_lower, desk.before.iid_lower
    told: dict[str, Any] = {"after": told_outcome(after, _), "before": told_outcome(desk.before, _), "notes": []}
    told["change"] = "" if low is None or before is None else f"{'+' if low > before else ''}{_.number(low - before)}"
    if scenario.hold:
        without = desk.outcome(sent_all(scenario))
        told["notes"] = [*holding_lines(scenario.name, desk.before, after, without, _), duty_to_report(_)]
    return told


def _with_held(desk: WhatIf, scenario: Scenario) -> Scenario:
    """The scenario with the innovations that its limit means, so that it stays what was shown."""
    if scenario.hold_below is None and not scenario.hold:
        return scenario
    limit = int((scenario.hold_below or 0) * 100)
    rows = desk.frames.maturities().select("submission_id", "maturity_lower_x100").iter_rows()
    held = tuple(dict.fromkeys([*scenario.hold, *(key for key, points in rows if (points or 0) < limit)]))
    levels = tuple(change for change in scenario.level if change.innovation not in held)
    return scenario.model_copy(update={"hold": held, "level": levels})


def kept_as(question: Question, asked: Mapping[str, Any]) -> dict[str, str]:
    """Keep the scenario under its name; where one of that name stands this one gets a number."""
    from analysis.planning.scenario import keep_scenario, kept_scenarios

    desk, known = season_what_if(question), set(kept_scenarios(question.home))
    scenario = _with_held(desk, scenario_of(asked))
    desk.outcome(scenario)  # what cannot be computed is not kept
    name, number = scenario.name, 2
    while re.sub(r"[^\w-]+", "-", name).strip("-") in known:
        name, number = f"{scenario.name} {number}", number + 1
    written = keep_scenario(scenario.model_copy(update={"name": name}), question.home, question.language)
    return {"name": written.path.stem, "note": written.told(question.language)}
