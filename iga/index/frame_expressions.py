"""The words that the frame kernel is written in: Narwhals expressions on whole numbers, for every engine alike."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import narwhals as nw
from narwhals.typing import IntoFrame, IntoFrameT

from iga.errors import ScoreInvalid
from iga.index.coverage import NOTES_MARK, SUBJECT_MARK, Coverage, CoverageNote, in_order

LazyFrame: TypeAlias = nw.LazyFrame[Any]
"""What the kernel computes on, whatever engine is beneath; Narwhals leaves the type of the native frame open."""

REGION_KEYS = ("region_code", "edition")


def half_up(numerator: nw.Expr, denominator: nw.Expr) -> nw.Expr:
    """The quotient of whole numbers that are not negative, rounded half-up."""
    return (numerator * 2 + denominator) // (denominator * 2)


def single_of(lower: str, upper: str) -> nw.Expr:
    """The value of two columns where they agree, else null."""
    return when(nw.col(lower) == nw.col(upper), nw.col(lower))


def when(test: nw.Expr, value: nw.Expr) -> nw.Expr:
    """The value where the test holds, else null."""
    return nw.when(test).then(value)


def text_where(
    tests: Mapping[CoverageNote, nw.Expr], subjects: Mapping[CoverageNote, nw.Expr] | None = None
) -> nw.Expr:
    """Return `Coverage.where(tests).text` as a column, the same text on every engine.

    `subjects` are whole numbers that notes have as their subject.
    """
    texts = [
        when(tests[note].fill_null(False), _note_text(note, (subjects or {}).get(note))) for note in in_order(tests)
    ]
    joined = nw.concat_str(*texts, separator=NOTES_MARK, ignore_nulls=True)
    return nw.when(joined == "").then(nw.lit(Coverage().text)).otherwise(joined)


def _note_text(note: CoverageNote, subject: nw.Expr | None) -> nw.Expr:
    if subject is None:
        return nw.lit(note.text)
    return nw.concat_str(nw.lit(f"{note.text}{SUBJECT_MARK}"), subject.cast(nw.String))


def at_least(column: str, least: int | None) -> nw.Expr:
    """The column raised to a least value; null if that is not known."""
    if least is None:
        return no_number()
    return nw.when(nw.col(column) < least).then(number(least)).otherwise(nw.col(column))


def at_most(value: nw.Expr, most: int | None) -> nw.Expr:
    """The value cut at a greatest one, if there is one."""
    return value if most is None else nw.when(value > most).then(number(most)).otherwise(value)


def number(value: int | None) -> nw.Expr:
    """A whole number as a column."""
    return nw.lit(value, dtype=nw.Int64)


def no_number() -> nw.Expr:
    """A column of unknown whole numbers."""
    return nw.lit(None, dtype=nw.Int64)


def no_text() -> nw.Expr:
    """A column of unknown texts."""
    return nw.lit(None, dtype=nw.String)


def x100(points: Decimal | None) -> int | None:
    """Points as whole hundredths; rulebooks state nothing finer."""
    return None if points is None else int(points * 100)


def whole(count: Decimal | None) -> int | None:
    """A count as int."""
    return None if count is None else int(count)


def require(names: Sequence[str], needed: Iterable[str], place: str) -> None:
    """Raises ScoreInvalid naming the needed columns that are not there."""
    missing = [name for name in needed if name not in names]
    if missing:
        raise ScoreInvalid(
            "columns are missing: {missing}.",
            place="{where}",
            fix="Add them; a column of nulls says that nothing is known.",
            missing=", ".join(missing),
            where=place,
        )


def lazy(frame: IntoFrame) -> LazyFrame:
    """Take a native frame of any engine as a Narwhals LazyFrame; eager ones run on Polars."""
    native = nw.from_native(frame)
    if isinstance(native, nw.LazyFrame):
        return native
    return native.lazy() if native.implementation.is_polars() else native.lazy(backend="polars")


def as_given(scored: LazyFrame, given: IntoFrameT) -> IntoFrameT:
    """Give lazy for lazy, eager for eager (a Polars frame, whatever eager library came in)."""
    native: IntoFrameT = nw.to_native(scored if _is_lazy(given) else scored.collect())
    return native


def _is_lazy(frame: IntoFrame) -> bool:
    return isinstance(nw.from_native(frame), nw.LazyFrame)
