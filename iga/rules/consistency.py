"""Checks that the parts of a rulebook agree with each other: sums, bands, names, sources, completeness."""

from decimal import Decimal
from itertools import pairwise
from typing import get_args

from iga.errors import Sentence
from iga.rules.parts import CENT, Parameters, PredicateCode
from iga.rules.stated import StatedRules
from iga.rules.toml_text import line_of, line_of_entry

LARGEST = Decimal(1_000_000)
"""No number of a rulebook is larger: points are kept in hundredths and added up over many innovations."""

LONGEST_LIST = 100
"""No list of levels is longer."""

WHOLE = ("divisor_minimum", "count_cap", "basic_services_required")
"""The parameters that count something."""

Contradiction = tuple[str | Sentence, Sentence, Sentence]
"""The key of the file, what is wrong, how to repair it."""


def contradictions(rulebook: StatedRules) -> list[Contradiction]:
    """Everything in which the file disagrees with itself; empty for a sound rulebook."""
    return [
        *_name_contradictions(rulebook),
        *_source_contradictions(rulebook),
        *_group_contradictions(rulebook),
        *_number_contradictions(rulebook),
        *_window_contradictions(rulebook),
        *_sum_contradictions(rulebook),
        *_band_contradictions(rulebook),
        *_completeness_contradictions(rulebook),
    ]


def line_of_contradiction(rulebook: StatedRules, key: str | Sentence) -> int | None:
    """Return the line that a contradiction is told at: that of its key, or of what changes the value taken over."""
    text = rulebook.text
    if isinstance(key, Sentence):
        section, value = key.template.split()[0], str(next(iter(key.values.values())))
        lines = [line_of_entry(text, section, {name: value}) for name in ("code", "number", "group")]
        found = next((line for line in lines if line), None)
    else:
        found = line_of(text, key.split("."))
        if key in rulebook.taken_over:
            found = line_of(text, ("indicator",))
    return found or line_of(text, ("based_on",)) or line_of(text, ("edition",))


def _name_contradictions(rulebook: StatedRules) -> list[Contradiction]:
    found: list[Contradiction] = []
    if rulebook.name != str(rulebook.edition):
        found.append(
            (
                "edition",
                Sentence("{edition} is not the file's name.", edition=rulebook.edition),
                Sentence("Rename the file or repair the edition."),
            )
        )
    for field in ("number", "key", "code"):
        values = [getattr(indicator, field) for indicator in rulebook.indicators]
        for value in sorted({value for value in values if values.count(value) > 1}):
            found.append(
                (
                    f"indicator.{field}",
                    Sentence("{value!r} stands twice.", value=value),
                    Sentence("Give each indicator its own {field}.", field=field),
                )
            )
    return found


def _source_contradictions(rulebook: StatedRules) -> list[Contradiction]:
    cited: list[tuple[str | Sentence, tuple[str, ...]]] = [
        (f"parameters.{name}", getattr(rulebook.parameters, name).source) for name in Parameters.model_fields
    ]
    cited += [(_predicate(band.code), band.source) for band in rulebook.predicates]
    cited += [(f"assumptions.{name}", switch.source) for name, switch in rulebook.switches.items()]
    cited += [
        (Sentence("indicator {indicator}", indicator=indicator.number), indicator.source)
        for indicator in rulebook.indicators
    ]
    cited += [("basic_services", rulebook.basic_services.source), ("source", rulebook.document.source)]
    if rulebook.eligibility:
        cited.append(("eligibility", rulebook.eligibility.source))
    return [
        (
            place,
            Sentence("source {key!r} is not in [sources].", key=key),
            Sentence("Describe it there, or cite another."),
        )
        for place, keys in cited
        for key in keys
        if key not in rulebook.sources
    ]


def _group_contradictions(rulebook: StatedRules) -> list[Contradiction]:
    return [
        (
            Sentence("indicator group {number}", number=group.number),
            Sentence("alternatives differ in aspect, weight or levels."),
            Sentence("Make them equal."),
        )
        for group in rulebook.groups
        if len({(member.aspect, member.weight, member.top_level) for member in group.members}) > 1
    ]


def _number_contradictions(rulebook: StatedRules) -> list[Contradiction]:
    found: list[Contradiction] = []
    for name in Parameters.model_fields:
        parameter = getattr(rulebook.parameters, name)
        least = Decimal(1 if name == "divisor_minimum" else 0)
        fix = Sentence("Write a number from {least} to {most}.", least=least, most=LARGEST)
        for bound in dict.fromkeys((parameter.lower, parameter.upper)):
            if bound is not None and not least <= bound <= LARGEST:
                found.append((f"parameters.{name}", Sentence("{value} cannot be right.", value=bound), fix))
            elif bound is not None and name in WHOLE and bound != int(bound):
                what = Sentence("{value} is not a whole number.", value=bound)
                found.append((f"parameters.{name}", what, Sentence("Write a whole number.")))
    for line in rulebook.indicators:
        place = Sentence("indicator {indicator}", indicator=line.number)
        if not 0 <= line.weight <= LARGEST:
            fix = Sentence("Write a number from {least} to {most}.", least=0, most=LARGEST)
            found.append((place, Sentence("{value} cannot be right.", value=line.weight), fix))
        if line.top_level > LONGEST_LIST:
            what = Sentence("{count} levels cannot be right.", count=line.top_level)
            found.append((place, what, Sentence("Write at most {most} levels.", most=LONGEST_LIST)))
    services, required = rulebook.basic_service_affairs, rulebook.parameters.basic_services_required.upper
    if not services or (required is not None and required > len(services)):
        what = Sentence("{count} basic services are listed, fewer than have to be covered.", count=len(services))
        found.append(("basic_services", what, Sentence("List the codes of all of them in affairs.")))
    return found


def _window_contradictions(rulebook: StatedRules) -> list[Contradiction]:
    window = rulebook.eligibility
    if window is None or window.implementation_from is None or window.implementation_to is None:
        return []
    if window.implementation_from <= window.implementation_to:
        return []
    what = Sentence("the window ends before it begins.")
    return [("eligibility.implementation_to", what, Sentence("Repair one of its two days."))]


def _sum_contradictions(rulebook: StatedRules) -> list[Contradiction]:
    numbers = rulebook.parameters
    spd, sid = numbers.spd_maximum.value, numbers.sid_maximum.value
    maturity, count = numbers.maturity_maximum.value, numbers.count_maximum.value
    weight, cap = numbers.count_weight.value, numbers.count_cap.value
    lines = {"spd": rulebook.spd_groups, "sid": rulebook.sid_groups}
    tops = {aspect: sum((g.top_points for g in groups), Decimal(0)) or None for aspect, groups in lines.items()}
    stated: list[tuple[str, Decimal | None, str | Sentence, Decimal | None]] = [
        ("spd_maximum", spd, Sentence("the SPD lines' weight x top level"), tops["spd"]),
        (
            "maturity_maximum",
            maturity,
            Sentence("the SID indicators' weight x top level, alternatives once"),
            tops["sid"],
        ),
        ("count_maximum", count, "count_weight x count_cap", None if weight is None or cap is None else weight * cap),
        ("sid_maximum", sid, "maturity_maximum + count_maximum", _total(maturity, count)),
        ("total_maximum", numbers.total_maximum.value, "spd_maximum + sid_maximum", _total(spd, sid)),
    ]
    return [
        _sum_contradiction(rulebook, f"parameters.{name}", value, what, computed)
        for name, value, what, computed in stated
        if value is not None and computed is not None and value != computed
    ]


def _sum_contradiction(
    rulebook: StatedRules, key: str, value: Decimal, what: str | Sentence, computed: Decimal
) -> Contradiction:
    if key not in rulebook.taken_over:
        cause = Sentence("{value} is stated, but {what} gives {computed}.", value=value, what=what, computed=computed)
        return key, cause, Sentence("Repair the weights or the maximum.")
    cause = Sentence(
        "{value} is taken over from {edition}, but {what} gives {computed}.",
        value=value,
        edition=rulebook.taken_over[key],
        what=what,
        computed=computed,
    )
    return key, cause, Sentence("State [{key}] in this file, or list it as not known, or repair the weights.", key=key)


def _total(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else first + second


def _band_contradictions(rulebook: StatedRules) -> list[Contradiction]:
    missing = set(get_args(PredicateCode)) ^ {band.code for band in rulebook.predicates}
    if missing or len(rulebook.predicates) != len(get_args(PredicateCode)):
        return [
            (
                "predicate",
                Sentence("each of the four predicates must stand once."),
                Sentence("Write an unknown one with a reason."),
            )
        ]
    is_raw = rulebook.scale == "raw_total"
    top = Decimal("Infinity")
    stated = sorted(
        (band.lower, top if band.upper is None else band.upper, band.code)
        for band in rulebook.predicates
        if band.lower is not None
    )
    found: list[Contradiction] = [
        (_predicate(code), Sentence("the band is upside down."), Sentence("Write lower <= upper."))
        for low, high, code in stated
        if low > high
    ]
    found += [
        (_predicate(band.code), Sentence("only a band of a raw scale is open above."), Sentence("Write its upper end."))
        for band in rulebook.predicates
        if band.is_open_above and not is_raw
    ]
    is_whole = len(stated) == len(rulebook.predicates) and not is_raw
    for (_, high, below), (low, _, above) in pairwise(stated):
        start = Sentence("Start it at {bound}.", bound=high + CENT)
        if low <= high:
            found.append((_predicate(above), Sentence("the band overlaps {below}.", below=below), start))
        elif is_whole and low != high + CENT:
            found.append((_predicate(above), Sentence("a gap lies above {below}.", below=below), start))
    if is_whole and (stated[0][0], stated[-1][1]) != (Decimal(0), Decimal(100)):
        found.append(
            ("predicate", Sentence("the bands do not reach from 0 to 100."), Sentence("Repair the outer bounds."))
        )
    return found


def _completeness_contradictions(rulebook: StatedRules) -> list[Contradiction]:
    if not rulebook.is_complete:
        return []
    fix = Sentence("State it, or set is_complete = false.")
    found: list[Contradiction] = []
    if rulebook.document.states_all_changes:
        fix = Sentence("State it, or take states_all_changes away.")
        if not rulebook.document.source:
            what = Sentence("states_all_changes has no source.")
            found.append(("states_all_changes", what, Sentence('Write source = ["KEY"] above it, a key of [sources].')))
    if rulebook.scale != "index":
        found.append(("scale", Sentence("a raw scale cannot be complete: no index follows from it."), fix))
    found += [
        (f"parameters.{name}", Sentence("a complete rulebook needs a single value."), fix)
        for name in Parameters.model_fields
        if getattr(rulebook.parameters, name).value is None
    ]
    found += [
        (_predicate(band.code), Sentence("a complete rulebook needs its band."), fix)
        for band in rulebook.predicates
        if band.lower is None
    ]
    if not rulebook.spd_groups or not rulebook.sid_groups:
        found.append(("indicator", Sentence("a complete rulebook needs the SPD and the SID indicators."), fix))
    return found


def _predicate(code: str) -> Sentence:
    return Sentence("predicate {code}", code=code)
