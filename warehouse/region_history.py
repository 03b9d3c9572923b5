"""What regions were called before: their codes, names and provinces since edition 2018, each with the day it ended.

Every region has one key, today's Kemendagri code, in all editions; this tells what a file or a person meant that says
`91.01` or Kabupaten Toba Samosir, and in which province a region stood in an older edition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise

import polars as pl

from warehouse.reference import load_reference

_TYPE_WORD = re.compile(r"^(kabupaten|kab|kota|provinsi|prov)\b[\s._-]*", re.IGNORECASE)


@dataclass(frozen=True)
class RegionState:
    """A region (by today's code) as it was from a day until another; without a day as far back, or as yet.

    `code` is None where no list is known to have had one. `basis` is the regulation that the state rests on.
    """

    region_code: str
    valid_from: date | None
    valid_to: date | None
    code: str | None
    full_name: str
    province_code: str | None
    province: str
    basis: str
    source: str
    confidence: str


@cache
def region_states() -> dict[str, tuple[RegionState, ...]]:
    """The states of every region that has changed since edition 2018, by today's code, the earliest first."""
    states: dict[str, list[RegionState]] = {}
    for row in load_reference("region_history").iter_rows(named=True):
        states.setdefault(row["region_code"], []).append(RegionState(**row))
    return {code: tuple(sorted(found, key=lambda one: one.valid_from or date.min)) for code, found in states.items()}


def state_in(region_code: str, edition: int) -> RegionState | None:
    """The state of a region when an edition's year began; None where it is today's, or not known.

    A region that did not stand yet (a province founded later) has no state either.
    """
    day = date(edition, 1, 1)
    for one in region_states().get(region_code, ()):
        if (one.valid_from is None or one.valid_from <= day) and one.valid_to is not None and day < one.valid_to:
            return one
    return None


def stands_in(region_code: str, edition: int) -> bool:
    """Whether a region stood at any time of an edition's year: a province founded later did not."""
    states = region_states().get(region_code, ())
    return not states or states[0].valid_from is None or states[0].valid_from.year <= edition


def succeeded_codes() -> list[tuple[str, str, date, str]]:
    """(former code, today's code, the day from which it is that, source) of every region that bore another code."""
    found = []
    for code, states in region_states().items():
        for one, after in pairwise(states):
            if one.code is not None and one.code != after.code and one.valid_to is not None:
                found.append((one.code, code, one.valid_to, after.source))
    return sorted(found)


def former(text: str) -> RegionState | None:
    """The last state in which a region bore this code or name, where it bears it no more; else None."""
    words = _by_former_word()
    found = words.get(_simplified(text)) or words.get(_simplified(_TYPE_WORD.sub("", text.strip())))
    return found[-1] if found and len({one.region_code for one in found}) == 1 else None


@cache
def _by_former_word() -> dict[str, tuple[RegionState, ...]]:
    """Former codes and names, simplified, to the states that bore them; what a region bears today is none of them."""
    today = {
        _simplified(word)
        for row in load_reference("region").select("region_code", "name", "full_name").iter_rows()
        for word in row
    }
    words: dict[str, list[RegionState]] = {}
    for states in region_states().values():
        for one in states:
            bare = _TYPE_WORD.sub("", one.full_name)
            for word in {_simplified(text) for text in (one.code, one.full_name, bare) if text} - today:
                words.setdefault(word, []).append(one)
    return {word: tuple(found) for word, found in words.items()}


def _simplified(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def with_provinces(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows (region_code, edition, province) with the province of the edition's time where it was another one."""
    moved = frame.select("region_code", "edition").unique().filter(pl.col("region_code").is_in(list(region_states())))
    found = [(code, year, state_in(code, year)) for code, year in moved.iter_rows()]
    then = pl.DataFrame(
        [(code, year, state.province) for code, year, state in found if state is not None],
        schema={"region_code": pl.String, "edition": frame.schema["edition"], "province_then": pl.String},
        orient="row",
    )
    if then.is_empty():
        return frame
    joined = frame.join(then, on=["region_code", "edition"], how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("province_then", "province").alias("province")).drop("province_then")
