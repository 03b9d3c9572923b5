"""A season that is still running: the same portal exported three times, each export somewhat better than the last."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from city_exports import phrases
from simulate_city import Entry


def earlier_exports(final: list[Entry], withdrawn: list[Entry], sizes: list[int], random: Random) -> list[list[Entry]]:
    """The entries of three exports, oldest first; the last one is `final`.

    The withdrawn entries are in the first export only, but for the last one, which is in the first two. Earlier exports
    lack the entries that are still to come and have lower levels, titles with a slip of the pen, and in the
    second a reviewer's remark that is gone (but for one) in the third.
    """
    longer = withdrawn[-1:]
    second = final[: sizes[1] - len(longer)]
    first = second[: sizes[0] - len(withdrawn)]
    middle = [_with_lower_levels(entry, random, 0.45) for entry in second]
    oldest = [_with_lower_levels(entry, random, 0.6) for entry in middle[: len(first)]]
    slips = random.sample([place for place, entry in enumerate(oldest) if not entry.is_named], 3)
    for place in slips:
        oldest[place] = replace(oldest[place], title=_with_slip(oldest[place].title))
    latest = list(final)
    remarks = random.sample([place for place, entry in enumerate(middle) if not entry.is_named], 3)
    for place in remarks:
        middle[place] = _with_remark(middle[place])
    latest[remarks[0]] = _with_remark(latest[remarks[0]])
    return [_inserted(oldest, withdrawn), _inserted(middle, longer), latest]


def _with_lower_levels(entry: Entry, random: Random, share: float) -> Entry:
    levels = list(entry.levels)
    if random.random() < share:
        for place in random.sample(range(len(levels)), random.randint(1, 4)):
            levels[place] = max(0, levels[place] - 1)
    return replace(entry, levels=tuple(levels))


def _with_slip(title: str) -> str:
    return f"{title[:-3]}{title[-2]}{title[-3]}{title[-1]}"


def _with_remark(entry: Entry) -> Entry:
    return replace(entry, title=entry.title + phrases()["reviewer_notes"][0])


def _inserted(entries: list[Entry], extra: list[Entry]) -> list[Entry]:
    middle = len(entries) // 2
    return entries[:middle] + extra + entries[middle:]
