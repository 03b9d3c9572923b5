"""The account of a season in words: one sentence for each fact, the same on every surface that tells it."""

from __future__ import annotations

from datetime import date

import polars as pl

from analysis.season.account import PACE_DAYS, Account, Fact
from warehouse.language import Language


def account_lines(account: Account, language: Language) -> list[str]:
    """Return what an account says, a sentence for each group of facts; what is not known says why."""
    return [
        *unit_lines(account, language),
        *innovation_lines(account, language),
        *threshold_lines(account, language),
        *eligible_lines(account, language),
        *pace_lines(account, language),
    ]


FACT_HEADERS = {
    "fact": "Fact",
    "value": "Value",
    "unit": "Counted in",
    "rule": "Rule",
    "reason": "Why not known, or what is left out",
}
"""The columns of the table of all facts, with their headings (catalogue keys)."""


def facts_in_words(account: Account, language: Language) -> pl.DataFrame:
    """Return every fact of an account as people read it; without the column of reasons where there is none."""
    rows = [
        {
            "fact": language.label("fact", fact.fact),
            "value": language.number(fact.value, 0 if isinstance(fact.value, int) else 2),
            "unit": language.label("fact_unit", fact.unit),
            "rule": fact.rule,
            "reason": fact.reason,
        }
        for fact in account.facts
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(FACT_HEADERS, pl.String))
    return frame.drop("reason") if frame["reason"].null_count() == frame.height else frame


def day_line(day: date, language: Language) -> str:
    """Return of which day a page is."""
    return language("As of {day}; days left are counted from it.").format(day=language.date(day))


def deadline_line(account: Account, language: Language) -> str:
    """Return the next deadline with the days left, counted from the day of the account."""
    if account.deadline is None:
        return str(account["days_left"].reason)
    text = language.ngettext(
        "{kind}: {day} ({days} day left)",
        "{kind}: {day} ({days} days left)",
        int(account["days_left"].value or 0),
    )
    kind = language.label("deadline", account.deadline.kind)
    return text.format(kind=kind, day=language.date(account.deadline.day), days=account["days_left"].value)


def unit_lines(account: Account, language: Language) -> list[str]:
    """Return how many units sent none, one, enough, and how many names are open; what is not known says why."""
    _ = language
    silent, enough = account["units_silent"], account["units_with_enough"]
    if silent.value is None:
        return [_("Of how many units nothing has been received is not known: there is no register of units.")]
    text = _("{silent} of {obliged} obliged units: nothing received by {day} (they may have entered it on the portal).")
    told = [text.format(silent=whole(silent, _), obliged=whole(account["units_obliged"], _), day=_.date(account.on))]
    text = _("Units with one innovation: {one}; with enough: {enough}; unit names not resolved: {open}.")
    told.append(
        text.format(
            one=whole(account["units_with_one"], _),
            enough=whole(enough, _),
            open=whole(account["units_unresolved"], _),
        )
    )
    if enough.value is None:
        told.append(_("Units with enough innovations: not known. {reason}").format(reason=enough.reason))
    return told


def innovation_lines(account: Account, language: Language) -> list[str]:
    """Return how many innovations are reported, scored, withdrawn and quarantined, and what that leaves out."""
    text = language(
        "Innovations reported: {reported}, in quarantine {quarantined} of them; scored {scored}; withdrawn {withdrawn}."
    )
    return [
        text.format(
            **{
                name: whole(account[f"innovations_{name}"], language)
                for name in ("reported", "quarantined", "scored", "withdrawn")
            }
        ),
        *filter(None, [account["innovations_reported"].reason]),
    ]


def threshold_lines(account: Account, language: Language) -> list[str]:
    """Return how many scored innovations lie below the threshold; that it is not known where none is on file."""
    threshold, below = account["threshold"], account["innovations_below_threshold"]
    if threshold.value is None:
        return [language("Threshold: not known. {reason}").format(reason=threshold.reason)]
    if below.value is None:
        text = language("Threshold {threshold}: how many innovations lie below it is not known. {reason}")
        return [text.format(threshold=language.number(threshold.value), reason=below.reason)]
    text = language.ngettext(
        "Threshold {threshold}: {count} scored innovation lies below it.",
        "Threshold {threshold}: {count} scored innovations lie below it.",
        int(below.value),
    )
    told = text.format(threshold=language.number(threshold.value), count=whole(below, language))
    return [told, *filter(None, [below.reason])]


def eligible_lines(account: Account, language: Language) -> list[str]:
    """Return how many innovations the edition's own window does not accept; why it is not known, else."""
    fact = account["innovations_not_eligible"]
    if fact.value is None:
        return [language("Which innovations are eligible is not known. {reason}").format(reason=fact.reason)]
    text = language.ngettext(
        "{count} innovation lies outside the window of edition {edition} itself.",
        "{count} innovations lie outside the window of edition {edition} itself.",
        int(fact.value),
    )
    told = [text.format(count=whole(fact, language), edition=account.edition)] if fact.value else []
    return [*told, *filter(None, [fact.reason])]


def pace_lines(account: Account, language: Language) -> list[str]:
    """Return the pace and what it comes to at the next deadline; without one ahead that there is no forecast."""
    pace, forecast = account["pace_per_day"], account["forecast"]
    if account.deadline is None:
        return [
            _pace_alone(pace, language),
            language("Forecast: not known. {reason}").format(reason=account["days_left"].reason),
        ]
    if pace.value is None or forecast.value is None:
        text = language("Innovations so far: {count}; one load is no pace.")
        return [text.format(count=whole(account["innovations_reported"], language))]
    text = language("Pace: {pace} innovations a day over the last {days} days; forecast {forecast} on {day}.")
    return [
        text.format(
            pace=language.number(pace.value),
            days=PACE_DAYS,
            forecast=whole(forecast, language),
            day=language.date(account.deadline.day),
        )
    ]


def _pace_alone(pace: Fact, language: Language) -> str:
    if pace.value is None:
        return language("Pace: not known. {reason}").format(reason=pace.reason)
    text = language("Pace: {pace} innovations a day over the last {days} days.")
    return text.format(pace=language.number(pace.value), days=PACE_DAYS)


def whole(fact: Fact, language: Language) -> str:
    """Return the value of a count in the reader's numbers; a dash where it is not known."""
    return "–" if fact.value is None else language.whole(int(fact.value))
