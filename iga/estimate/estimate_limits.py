"""Reads what an estimate must meet before it is given, from ``limits.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Limits:
    """The thresholds of likely ranges; shares and certainties between 0 and 1."""

    certainty: Decimal
    """How certain a range is unless another certainty is asked for."""
    least_donors: Decimal
    most_outside_donors: Decimal
    """The largest share of a city's totals that may lie outside those of the donors."""
    least_sample: Decimal
    least_leave_one_out_hits: Decimal
    """The smallest share of donor cities that their own ranges must hold, each left out once."""
    likely_above: Decimal
    most_readings_outside: Decimal
    """The largest share of a sample that may contradict the hard bounds of its innovations."""
    published_grid: Decimal
    """The unit that published figures are rounded to, in points."""


@dataclass(frozen=True)
class LimitReason:
    """One threshold with its reason, as people read it."""

    name: str
    value: Decimal
    reason_id: str
    reason_en: str


@cache
def limit_reasons() -> tuple[LimitReason, ...]:
    """Return every threshold with its reason, in the order of the file."""
    text = files("iga.estimate").joinpath("limits.toml").read_text(encoding="utf-8")
    return tuple(
        LimitReason(name, Decimal(entry["value"]), entry["reason_id"], entry["reason_en"])
        for name, entry in tomllib.loads(text).items()
    )


@cache
def limits() -> Limits:
    """Return the thresholds. Raises KeyError where the file lacks one."""
    by_name = {limit.name: limit.value for limit in limit_reasons()}
    return Limits(**{field.name: by_name[field.name] for field in fields(Limits)})
