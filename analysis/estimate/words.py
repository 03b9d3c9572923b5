"""What people read of an estimate: its label, what it rests on, and why one is refused, in either language."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from analysis.estimate.season_estimates import SeasonEstimate
from iga.estimate import Condition, LikelyRange, Refusal
from warehouse.language import Language
from warehouse.reference import load_reference

_THOUSANDTH = Decimal("0.001")
_YEARS = ("edition",)
"""Values that are names of years, not counts: no mark stands between their digits."""


def label_of(estimate: SeasonEstimate, snapshot_id: str, language: Language) -> str:
    """Return the label that stands wherever the range does; empty for a refusal."""
    found = estimate.found
    if isinstance(found, Refusal):
        return ""
    text = language.label("estimate_label", found.kind)
    weight = next((each for each in map(_weight_of, found.conditions) if each is not None), None)
    return text.format(
        weight="–" if weight is None else _number(weight, language),
        counted=language.label("estimate_counted", estimate.variant),
        certainty="–" if found.certainty is None else _number(found.certainty * 100, language),
        sample=_number(found.sample_size or 0, language),
        population=_number(found.population or 0, language),
        model="+".join(language.label("estimate_model", each) for each in found.model.split("+")),
        donors=_number(found.donors or 0, language),
        edition=estimate.edition,
        snapshot=snapshot_id[:12],
    )


def conditions_of(found: LikelyRange | Refusal, language: Language) -> str:
    """Return what a range rests on, one condition after the other; empty for a refusal."""
    if isinstance(found, Refusal):
        return ""
    return "; ".join(_told("estimate_condition", condition, language) for condition in found.conditions)


def reason_of_refusal(found: LikelyRange | Refusal, language: Language) -> str:
    """Return why an estimate is not given; empty for one that is."""
    return _told("estimate_refusal", found, language) if isinstance(found, Refusal) else ""


def _weight_of(condition: Condition) -> Decimal | None:
    value = condition.named.get("at_least", condition.named.get("count_weight"))
    return value if isinstance(value, Decimal) else None


def _told(field: str, what: Condition | Refusal, language: Language) -> str:
    code = what.code if isinstance(what, Condition) else what.reason
    values = {name: str(value) if name in _YEARS else _number(value, language) for name, value in what.named.items()}
    if "region_code" in what.named:
        values["region"] = _name_of(str(what.named["region_code"]))
    return language.label(field, code).format_map(values)


def _number(value: Decimal | int | str, language: Language) -> str:
    """Return a value as people read it; what has more than two decimals is cut to three, downwards."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value == value.to_integral_value():
        return language.whole(int(value))
    exponent = value.as_tuple().exponent
    places = 2 if isinstance(exponent, int) and exponent >= -2 else 3
    return language.number(value if places == 2 else value.quantize(_THOUSANDTH, ROUND_FLOOR), places)


def _name_of(region_code: str) -> str:
    regions = load_reference("region")
    named = regions.filter(regions["region_code"] == region_code)
    return region_code if named.is_empty() else str(named["full_name"][0])
