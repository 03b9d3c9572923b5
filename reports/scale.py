"""What a rulebook lets a chart draw against: the maximum of each part of the index, as the snapshot keeps it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Scale:
    """Maxima of the parts of one rulebook's index; None where the rule is unknown."""

    spd: Decimal | None
    maturity: Decimal | None
    count: Decimal | None
    total: Decimal | None
    basic_services_required: Decimal | None
    confidences: tuple[tuple[str, str, str], ...]

    @property
    def is_known(self) -> bool:
        """Whether all four maxima are known, so that the parts can be stacked."""
        return None not in (self.spd, self.maturity, self.count, self.total)


def scale_of(content: str | None, lang: str) -> Scale:
    """The scale written in a rulebook's TOML text; everything None for an empty text.

    `confidences` holds (parameter, confidence, reason in `lang`) for each parameter in the order of the file.
    """
    parameters: dict[str, dict[str, Any]] = tomllib.loads(content, parse_float=Decimal)["parameters"] if content else {}

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
    )
