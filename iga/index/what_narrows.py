"""Says which missing piece widens the bounds of an index most: how much narrower they get once it is known.

The true value of a missing piece is not known, so each piece is answered with the least and the most that knowing it
would take off the width, over all values that it can have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from iga.index import coverage
from iga.index.coverage import CoverageNote
from iga.index.exact import Span, count_bounds, divisor_bounds, mean_bounds
from iga.index.formula import index_of_total
from iga.rulebook import Rulebook

Bounds = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class RegionFacts:
    """What is known of one region, in points: SPD (None: missing), maturities, counts, basic services covered."""

    spd: Bounds | None
    maturity_sum: Bounds
    in_divisor: int
    counted: int
    basic_services: tuple[int, int]
    counted_surely: int | None = None
    """how many of the counted are counted at the lower end, all unless it is given"""


@dataclass(frozen=True)
class Piece:
    """A missing piece and what knowing it would take off the width of the index, in index points, unrounded."""

    code: str
    at_least: Fraction
    at_most: Fraction


def pieces(rulebook: Rulebook, facts: RegionFacts, maturity_pieces: Mapping[str, Bounds]) -> list[Piece] | None:
    """The missing pieces, the one that narrows most first; None where the rules give no index at all.

    `maturity_pieces` names what makes the maturities uncertain, with the least and the most points that knowing it
    takes off the width of their sum. Other codes: `spd_missing`, `spd_partial`, `affair_missing`, `divisor_interval`,
    `count_interval` (the rule of the count term). Formula as in `index_of`.
    """
    numbers = rulebook.parameters
    maximum, spd_maximum = numbers.total_maximum.lower, numbers.spd_maximum.upper
    divisor = divisor_bounds(numbers.divisor_minimum, facts.in_divisor)
    count = count_bounds(rulebook, facts.counted, facts.basic_services, facts.counted_surely)
    if maximum is None or divisor is None or count is None or (facts.spd is None and spd_maximum is None):
        return None
    spd = Span(*facts.spd) if facts.spd else Span(Fraction(0), Fraction(spd_maximum or 0))
    whole = Span(*facts.maturity_sum)
    per_point = index_of_total(1, Fraction(maximum))

    def width(spd: Span, maturity: Span, divisor: Span, count: Span) -> Fraction:
        total = spd + mean_bounds(maturity, divisor) + count
        return (total.upper - total.lower) * per_point

    now = width(spd, whole, divisor, count)
    found = [_piece(coverage.SPD_MISSING if facts.spd is None else coverage.SPD_PARTIAL, [spd_taken(spd) * per_point])]
    found.append(_piece(coverage.DIVISOR_INTERVAL, [now - width(spd, whole, each, count) for each in _ends(divisor)]))
    for code, (least, most) in maturity_pieces.items():
        left = [
            Span(low, high)
            for taken in (least, most)
            for low, high in ((whole.lower, whole.upper - taken), (whole.lower + taken, whole.upper))
        ]
        found.append(_piece(CoverageNote.parse(code), [now - width(spd, each, divisor, count) for each in left]))
    found += _count_pieces(rulebook, facts, count, per_point)
    wide = [piece for piece in found if piece.at_most > 0]
    return sorted(wide, key=lambda piece: (-piece.at_least, -piece.at_most, piece.code))


def spd_taken(spd: Span) -> Fraction:
    """The points of width that knowing the SPD takes off: all of its own."""
    return spd.upper - spd.lower


def _count_pieces(rulebook: Rulebook, facts: RegionFacts, count: Span, per_point: Fraction) -> list[Piece]:
    """The count term: whether the affairs are missing, or the rule itself."""
    low, high = facts.basic_services
    known = [count_bounds(rulebook, facts.counted, (each, each), facts.counted_surely) for each in range(low, high + 1)]
    widths = [each.upper - each.lower for each in known if each is not None]
    total = count.upper - count.lower
    affairs = _piece(coverage.AFFAIR_MISSING, [(total - width) * per_point for width in widths])
    return [affairs, _piece(coverage.COUNT_INTERVAL, [width * per_point for width in widths])]


def _ends(span: Span) -> tuple[Span, Span]:
    return Span(span.lower, span.lower), Span(span.upper, span.upper)


def _piece(note: CoverageNote, taken: Sequence[Fraction]) -> Piece:
    return Piece(note.text, max(min(taken), Fraction(0)), max(taken))
