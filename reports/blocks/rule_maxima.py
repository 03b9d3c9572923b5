"""What a rulebook lets a chart draw against: the maximum of each part of the index."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from iga.rulebook import Rulebook

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
def scale_of(rules: Rulebook | None, lang: str) -> Scale:
    """The scale of a rulebook; everything None without one.

    `confidences` holds (parameter, confidence, reason in `lang`) for each parameter in the order of the model.
    """
    if rules is None:
        return Scale(None, None, None, None, None, ())
    stated = rules.parameters
    return Scale(
        spd=stated.spd_maximum.value,
        maturity=stated.maturity_maximum.value,
        count=stated.count_maximum.value,
        total=stated.total_maximum.value,
        basic_services_required=stated.basic_services_required.value,
        confidences=tuple(
            (name, parameter.confidence, parameter.reason_en if lang == "en" else parameter.reason_id)
            for name, parameter in ((name, getattr(stated, name)) for name in type(stated).model_fields)
        ),
        predicates=tuple(
            (str(band.code), band.lower, band.upper)
            for band in rules.predicates
            if band.lower is not None and band.upper is not None
        ),
    )
