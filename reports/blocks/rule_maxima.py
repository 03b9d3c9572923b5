"""What a rulebook lets a chart draw against: the maximum of each part of the index, as the snapshot keeps it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

SMALLEST_STEP = Decimal("0.01")
"""Predicates begin one hundredth above the end of the one below, since an index has two decimals."""

INDEX_MAXIMUM = Decimal(100)
"""The index runs from 0 to 100 in every edition."""


@dataclass(frozen=True)
class Scale:
    """Maxima of the parts of one rulebook's index; None where the rule is unknown."""

    spd: Decimal | None
    maturity: Decimal | None
    count: Decimal | None
    total: Decimal | None
    basic_services_required: Decimal | None
    confidences: tuple[tuple[str, str, str], ...]
    predicates: tuple[tuple[str, Decimal, Decimal], ...] = ()

    @property
    def bands(self) -> tuple[tuple[str, Decimal, Decimal], ...]:
        """The predicates that fill the index, lowest first, as (code, lower, upper); () where one is unknown."""
        wide = tuple(sorted((band for band in self.predicates if band[1] < band[2]), key=lambda band: band[1]))
        ends = [Decimal(0), *(upper for _code, _lower, upper in wide)]
        is_gapless = all(lower - end <= SMALLEST_STEP for (_code, lower, _upper), end in zip(wide, ends, strict=False))
        return wide if is_gapless and ends[-1] == INDEX_MAXIMUM else ()

    @property
    def is_known(self) -> bool:
        """Whether all four maxima are known, so that the parts can be stacked."""
        return None not in (self.spd, self.maturity, self.count, self.total)


@lru_cache(maxsize=64)
def scale_of(content: str | None, lang: str) -> Scale:
    """The scale written in a rulebook's TOML text; everything None for an empty text.

    `confidences` holds (parameter, confidence, reason in `lang`) for each parameter in the order of the file.
    """
    written: dict[str, Any] = tomllib.loads(content, parse_float=Decimal) if content else {}
    parameters: dict[str, dict[str, Any]] = written.get("parameters", {})

    def maximum(name: str) -> Decimal | None:
        value = parameters.get(name, {}).get("value")
        return None if value is None else Decimal(value)

    return Scale(
        spd=maximum("spd_maximum"),
        maturity=maximum("maturity_maximum"),
        count=maximum("count_maximum"),
        total=maximum("total_maximum"),
        basic_services_required=maximum("basic_services_required"),
        confidences=tuple(
            (name, str(facts["confidence"]), str(facts.get(f"reason_{lang}", facts.get("reason_id", ""))))
            for name, facts in parameters.items()
        ),
        predicates=tuple(
            (str(band["code"]), Decimal(band["lower"]), Decimal(band["upper"]))
            for band in written.get("predicate", [])
            if "lower" in band and "upper" in band
        ),
    )
