"""Computes the index of one region in exact fractions: the reference that the frame kernel is tested against.

The formula is that of `iga.index.formula`, at the lower and at the upper end of what is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from iga.errors import ScoreInvalid
from iga.index import coverage
from iga.index.coverage import Coverage
from iga.index.formula import count_points, cut, divisor_of, index_of_total, mean_of, rounded
from iga.rulebook import Rulebook, rules_of
from iga.rules.parts import Assumptions, Parameter

Number = int | str | Decimal | float
Score = Number | tuple[Number, Number] | None
"""A number, a (lower, upper) pair, or None where nothing is known."""


@dataclass(frozen=True)
class IndexResult:
    """The index of one region: points and index as Decimal with two places, None where not a single value."""

    iid: Decimal | None
    iid_lower: Decimal | None
    iid_upper: Decimal | None
    predicate: str | None
    predicate_lower: str | None
    predicate_upper: str | None
    spd: Decimal | None
    divisor: int | None
    mean_maturity: Decimal | None
    count_score: Decimal | None
    sid: Decimal | None
    total: Decimal | None
    coverage: tuple[str, ...]
    rulebook: str
    assumption_id: str
    predicate_by_other_reading: str | None = None
    """The predicate of the other value of `predicate_read_from`, where it is another one: rounding decides it."""


@dataclass(frozen=True)
class Span:
    """A lower and an upper bound, exact."""

    lower: Fraction
    upper: Fraction

    def __add__(self, other: "Span") -> "Span":
        return Span(self.lower + other.lower, self.upper + other.upper)


@dataclass(frozen=True)
class _Parts:
    """What the index was made of, as far as it is known."""

    is_spd_missing: bool
    spd: Span | None
    maturities: Sequence[Span | None]
    divisor: Span | None
    counted: int
    affairs: tuple[int, int]
    count: Span | None
    quarantined: int
    quarantined_maturities: Sequence[Span | None]


def index_of(
    spd_score: Score,
    maturities: Iterable[Score],
    basic_services: int | tuple[int, int],
    rulebook: Rulebook | int | str,
    *,
    rejected_count: int = 0,
    other_stage_count: int = 0,
    quarantined: Iterable[Score] = (),
    quarantined_unread: int = 0,
    quarantined_beside: int = 0,
    assumptions: Assumptions | None = None,
) -> IndexResult:
    """The exact index of one region; the reference that the frame kernel is tested against.

    `spd_score` is the region's own score in points, None if missing. `maturities` are those of the scored innovations,
    in points, None if unknown; either may be a (lower, upper) pair. `basic_services` is how many basic-service affairs
    the counted innovations cover, or a pair. `rejected_count` and `other_stage_count` are innovations reported beside
    the scored ones; `assumptions` says what they enter. `quarantined` are the maturities of scored innovations that
    stand only in quarantine, `quarantined_unread` how many more stand there whose stage or status could not be read
    (any maturity, counted at the upper end alone), `quarantined_beside` how many of the rejected and other stages do.
    Raises ScoreInvalid for a number outside its range.

    Formula: edition 2026, Lampiran I of letter 400.10.11/1887/BSKDN; edition 2023, PPT Sosialisasi IID 2023.
    """
    rules, assumed = rules_of(rulebook, assumptions)
    numbers = rules.parameters
    scores, set_aside = list(maturities), [*quarantined, *[None] * quarantined_unread]
    certain = len(scores) + len(set_aside) - quarantined_unread
    affairs = basic_services if isinstance(basic_services, tuple) else (basic_services, basic_services)
    if not 0 <= affairs[0] <= affairs[1] <= len(rules.basic_service_affairs):
        raise ScoreInvalid(
            "{value} is not a number of basic services.",
            place="basic_services",
            fix="Give 0 to {most}, or a (lower, upper) pair.",
            value=basic_services,
            most=len(rules.basic_service_affairs),
        )
    reported = quarantined_unread + _entering(
        certain, rejected_count, other_stage_count, assumed.rejected_in_divisor, assumed.other_stages_in_divisor
    )
    counted_surely = _entering(
        certain, rejected_count, other_stage_count, assumed.rejected_in_count, assumed.other_stages_in_count
    )
    counted = counted_surely + quarantined_unread

    spd = _span(spd_score, numbers.spd_maximum, "spd_score")
    each = [_span(score, numbers.maturity_maximum, f"maturities[{place}]") for place, score in enumerate(scores)]
    waiting = [_span(score, numbers.maturity_maximum, f"quarantined[{place}]") for place, score in enumerate(set_aside)]
    divisor = divisor_bounds(numbers.divisor_minimum, reported)
    count = count_bounds(rules, counted, affairs, counted_surely)
    mean, sid, total, iid = _formula(rules, spd, _sum([*each, *waiting]), divisor, count)

    in_quarantine = len(waiting) + quarantined_beside
    parts = _Parts(spd_score is None, spd, each, divisor, counted, affairs, count, in_quarantine, waiting)
    low, high = (rounded(iid.lower), rounded(iid.upper)) if iid else (None, None)
    predicate_lower, predicate_upper = _predicates(rules, iid, assumed.predicate_read_from)
    predicate = predicate_lower if predicate_lower == predicate_upper else None
    otherwise = "rounded_index" if assumed.predicate_read_from == "unrounded_index" else "unrounded_index"
    others = _predicates(rules, iid, otherwise)
    is_decided_by_rounding = predicate is not None and others[0] == others[1] != predicate
    return IndexResult(
        iid=_single(iid),
        iid_lower=low,
        iid_upper=high,
        predicate=predicate,
        predicate_lower=predicate_lower,
        predicate_upper=predicate_upper,
        spd=_single(spd),
        divisor=int(divisor.lower) if divisor and divisor.lower == divisor.upper else None,
        mean_maturity=_single(mean),
        count_score=_single(count),
        sid=_single(sid),
        total=_single(total),
        coverage=_coverage(rules, parts).texts,
        rulebook=rules.name,
        assumption_id=rules.assumption_id(assumed),
        predicate_by_other_reading=others[0] if is_decided_by_rounding else None,
    )


def _predicates(rules: Rulebook, iid: Span | None, read_from: str) -> tuple[str | None, str | None]:
    """The predicates of the lower and the upper index, as it is published or before rounding."""
    if iid is None:
        return None, None
    read = rounded if read_from == "rounded_index" else cut
    return rules.predicate_of(read(iid.lower)), rules.predicate_of(read(iid.upper))


def index_bounds(
    rulebook: Rulebook | int | str,
    *,
    spd: tuple[Fraction, Fraction] | None,
    maturity_sum: tuple[Fraction, Fraction] | None,
    in_divisor: int,
    counted: int,
    basic_services: tuple[int, int],
    counted_surely: int | None = None,
) -> tuple[Fraction, Fraction] | None:
    """The unrounded index as (lower, upper), 0 to 100, from sums in points; None where a rule it needs is unknown.

    `spd` None means missing: 0 to its maximum. `maturity_sum` is over the scored innovations; `in_divisor` and
    `counted` are how many innovations enter the divisor and the count term; `basic_services` how many basic-service
    affairs the counted ones cover (least, most); `counted_surely` how many of them are counted at the lower end.
    Formula as in `index_of`.
    """
    rules, _ = rules_of(rulebook)
    numbers = rules.parameters
    span = _stated_or_any(numbers.spd_maximum) if spd is None else Span(*spd)
    points = None if maturity_sum is None else Span(*maturity_sum)
    divisor = divisor_bounds(numbers.divisor_minimum, in_divisor)
    count = count_bounds(rules, counted, basic_services, counted_surely)
    *_, iid = _formula(rules, span, points, divisor, count)
    return None if iid is None else (iid.lower, iid.upper)


def highest_index(spd: Fraction | None, rulebook: Rulebook | int | str) -> Fraction | None:
    """Return the unrounded index of the best list that the rules allow beside an SPD; None where a rule is unknown.

    `spd` in points, None for its maximum: what bounds a region from above whose innovations nobody has listed yet.
    """
    numbers = rules_of(rulebook)[0].parameters
    parts = (numbers.spd_maximum.upper if spd is None else spd, numbers.maturity_maximum.upper)
    maximum = numbers.total_maximum.lower
    points = [None if part is None else Fraction(part) for part in (*parts, numbers.count_maximum.upper)]
    if maximum is None or None in points:
        return None
    return index_of_total(sum((part for part in points if part is not None), Fraction(0)), Fraction(maximum))


def _stated_or_any(maximum: Parameter) -> Span | None:
    return None if maximum.upper is None else Span(Fraction(0), Fraction(maximum.upper))


def _formula(
    rules: Rulebook, spd: Span | None, points: Span | None, divisor: Span | None, count: Span | None
) -> tuple[Span | None, Span | None, Span | None, Span | None]:
    """Mean maturity, SID, total and index; None from where something is unknown."""
    mean = mean_bounds(points, divisor) if points and divisor else None
    sid = mean + count if mean and count else None
    total = spd + sid if spd and sid else None
    maximum = _stated(rules.parameters.total_maximum)
    return mean, sid, total, index_of_bounds(total, maximum) if total and maximum else None


def mean_bounds(points: Span, divisor: Span) -> Span:
    """The mean maturity: the least sum over the greatest divisor, the greatest over the least."""
    return Span(mean_of(points.lower, divisor.upper), mean_of(points.upper, divisor.lower))


def index_of_bounds(total: Span, maximum: Span) -> Span:
    """The index of a total; a greater maximum makes it smaller."""
    return Span(index_of_total(total.lower, maximum.upper), index_of_total(total.upper, maximum.lower))


def _entering(scored: int, rejected: int, other_stage: int, has_rejected: bool, has_other_stages: bool) -> int:
    return scored + rejected * has_rejected + other_stage * has_other_stages


def _exact(number: Number) -> Fraction:
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


def _stated(parameter: Parameter) -> Span | None:
    if parameter.lower is None or parameter.upper is None:
        return None
    return Span(Fraction(parameter.lower), Fraction(parameter.upper))


def _span(score: Score, maximum: Parameter, place: str) -> Span | None:
    """The bounds of a score in points; None if neither the score nor its maximum is known."""
    most = None if maximum.upper is None else Fraction(maximum.upper)
    if score is None:
        return None if most is None else Span(Fraction(0), most)
    low, high = score if isinstance(score, tuple) else (score, score)
    span = Span(_exact(low), _exact(high))
    if span.lower < 0 or span.lower > span.upper or (most is not None and span.upper > most):
        raise ScoreInvalid(
            "{score} is outside 0 to {highest}.",
            place="{where}",
            fix="Check the unit (points, not hundredths) and the decimal mark.",
            score=score,
            highest=maximum.upper,
            where=place,
        )
    return span


def _sum(spans: Sequence[Span | None]) -> Span | None:
    total = Span(Fraction(0), Fraction(0))
    for span in spans:
        if span is None:
            return None
        total += span
    return total


def divisor_bounds(minimum: Parameter, reported: int) -> Span | None:
    """The divisor of the mean: the innovations that enter it, or its minimum; None where the minimum is unknown."""
    least = _stated(minimum)
    number = Fraction(reported)
    return least and Span(divisor_of(number, least.lower), divisor_of(number, least.upper))


def count_bounds(
    rules: Rulebook, counted: int, affairs: tuple[int, int], counted_surely: int | None = None
) -> Span | None:
    """Return the points for the number of innovations; without its formula, anything from none to its maximum.

    `counted_surely` is how many of them are counted at the lower end, all unless it is given.
    """
    weight, cap = _stated(rules.parameters.count_weight), _stated(rules.parameters.count_cap)
    maximum = _stated(rules.parameters.count_maximum)
    if counted == 0:
        return Span(Fraction(0), Fraction(0))
    if weight is None or cap is None:
        return maximum and Span(Fraction(0), maximum.upper)
    fewest, most = rules.services_required
    number = Fraction(counted)
    least = number if counted_surely is None else Fraction(counted_surely)
    return Span(
        count_points(least, affairs[0], weight.lower, cap.lower, most),
        count_points(number, affairs[1], weight.upper, cap.upper, fewest),
    )


def _coverage(rules: Rulebook, parts: _Parts) -> Coverage:
    spd, divisor, count = parts.spd, parts.divisor, parts.count
    return Coverage.where(
        {
            coverage.SPD_MISSING: parts.is_spd_missing,
            coverage.SPD_PARTIAL: not parts.is_spd_missing and spd is not None and spd.lower != spd.upper,
            coverage.MATURITY_MISSING: any(span is None or span.lower != span.upper for span in parts.maturities),
            coverage.in_quarantine(parts.quarantined): parts.quarantined > 0,
            coverage.AFFAIR_MISSING: _is_affair_needed(rules, parts),
            coverage.DIVISOR_INTERVAL: divisor is not None and divisor.lower != divisor.upper,
            coverage.COUNT_INTERVAL: count is not None
            and count.lower != count.upper
            and not rules.is_count_rule_single,
            coverage.SPD_MAXIMUM_UNKNOWN: spd is None,
            coverage.MATURITY_MAXIMUM_UNKNOWN: None in parts.maturities or None in parts.quarantined_maturities,
            coverage.DIVISOR_MINIMUM_UNKNOWN: divisor is None,
            coverage.COUNT_WEIGHT_UNKNOWN: count is None,
            coverage.TOTAL_MAXIMUM_UNKNOWN: rules.parameters.total_maximum.is_absent,
        }
    )


def _is_affair_needed(rules: Rulebook, parts: _Parts) -> bool:
    """Whether the basic-service rule is met hangs on affairs that are not known."""
    low, high = parts.affairs
    turns = any(low < required <= high for required in rules.services_required)
    return rules.has_count_formula and parts.counted > 0 and turns


def _single(span: Span | None) -> Decimal | None:
    if span is None or rounded(span.lower) != rounded(span.upper):
        return None
    return rounded(span.lower)
