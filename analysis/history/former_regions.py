"""What regions were called before, in sentences: their codes, names and provinces, each with the day it ended."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from warehouse.language import Language
from warehouse.region_history import RegionState, former, region_states


def told_history(region_code: str, language: Language) -> list[str]:
    """What a region was called before, one sentence for each code, name and province that it had, the latest first."""
    states = region_states().get(region_code, ())
    told = []
    for aspect, text in (
        ("code", language("Bore the code {value} until {day} ({basis}).")),
        ("full_name", language("Was called {value} until {day} ({basis}).")),
        ("province", language("Belonged to {value} until {day} ({basis}).")),
    ):
        for value, day, basis in _ended(states, aspect):
            told.append((day, text.format(value=value, day=language.date(day), basis=basis)))
    if states and states[0].valid_from is not None:
        text = language("Stands since {day} ({basis}).")
        told.append((states[0].valid_from, text.format(day=language.date(states[0].valid_from), basis=states[0].basis)))
    return [text for _day, text in sorted(told, key=lambda pair: pair[0], reverse=True)]


def _ended(states: tuple[RegionState, ...], aspect: str) -> list[tuple[str, date, str]]:
    """The values of an aspect that ended, with the day and the regulation that ended it."""
    ended = []
    for one, after in pairwise(states):
        value = getattr(one, aspect)
        if value is not None and value != getattr(after, aspect) and one.valid_to is not None:
            ended.append((value, one.valid_to, after.basis))
    return ended


def former_note(text: str, language: Language) -> str | None:
    """The sentence that says whom a former code or name means today; None where it is of today."""
    state = former(text)
    if state is None or state.valid_to is None:
        return None
    own = region_states()[state.region_code][-1]
    said = language("{text} is what {name} ({code}) was called until {day}; it counts as {name}.")
    return said.format(text=text, name=own.full_name, code=state.region_code, day=language.date(state.valid_to))
