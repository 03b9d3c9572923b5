"""Says what an index lacks: codes with a subject, kept in tables as one text, `spd_missing|rule_unknown:total_maximum`.

The text is what tables, files and pages hold; everything else reads and writes it through `Coverage`. Labels of the
codes are in `warehouse/reference/labels.csv`, field `coverage`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

NOTES_MARK, SUBJECT_MARK = "|", ":"
"""What stands between notes, and between a code and its subject."""


class CoverageCode(StrEnum):
    """What can be missing from an index, or widen its bounds."""

    COMPLETE = "complete"
    LIST_MISSING = "list_missing"
    SPD_MISSING = "spd_missing"
    SPD_PARTIAL = "spd_partial"
    SPD_OUT_OF_RANGE = "spd_out_of_range"
    SPD_UNMAPPED = "spd_unmapped"
    MATURITY_MISSING = "maturity_missing"
    MATURITY_OUT_OF_RANGE = "maturity_out_of_range"
    IN_QUARANTINE = "in_quarantine"
    VALUE_IN_QUARANTINE = "value_in_quarantine"
    AFFAIR_MISSING = "affair_missing"
    DIVISOR_INTERVAL = "divisor_interval"
    COUNT_INTERVAL = "count_interval"
    RULE_UNKNOWN = "rule_unknown"
    MATURITY_SCALE_ASSUMED = "maturity_scale_assumed"
    LEVEL_INTERVAL = "level_interval"
    TOTAL_ONLY = "total_only"
    FLAGS_ONLY = "flags_only"
    LIST_ASSUMED = "list_assumed"


@dataclass(frozen=True)
class CoverageNote:
    """One thing that an index lacks: a code, and for `rule_unknown` the parameter, for what is in quarantine how many.

    A code that this version does not know is kept as it is written.
    """

    code: str
    subject: str = ""

    @classmethod
    def parse(cls, text: str) -> CoverageNote:
        """Read a note such as `rule_unknown:total_maximum`."""
        code, _, subject = text.partition(SUBJECT_MARK)
        return cls(code, subject)

    @property
    def text(self) -> str:
        """The note as tables hold it."""
        return f"{self.code}{SUBJECT_MARK}{self.subject}" if self.subject else str(self.code)


@dataclass(frozen=True)
class Coverage:
    """Everything that an index lacks, in order and each once; nothing where the index is complete."""

    notes: tuple[CoverageNote, ...] = ()

    @classmethod
    def of(cls, notes: Iterable[CoverageNote | str]) -> Coverage:
        """Put notes, or their texts, together; a note that stands twice is kept once."""
        read = (CoverageNote.parse(note) if isinstance(note, str) else note for note in notes)
        return cls(tuple(dict.fromkeys(note for note in read if note.code not in ("", CoverageCode.COMPLETE))))

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, text: str) -> Coverage:
        """Read the text that a table holds; "" and `complete` lack nothing."""
        return cls.of(text.split(NOTES_MARK))

    @classmethod
    def where(cls, tests: Mapping[CoverageNote, bool]) -> Coverage:
        """Keep the notes of the formula whose test holds, in the order of FORMULA_NOTES."""
        return cls(tuple(in_order(note for note, holds in tests.items() if holds)))

    @property
    def texts(self) -> tuple[str, ...]:
        """The notes as texts; `complete` alone where nothing is lacking."""
        return tuple(note.text for note in self.notes) or (str(CoverageCode.COMPLETE),)

    @property
    def text(self) -> str:
        """The text that a table holds."""
        return NOTES_MARK.join(self.texts)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is lacking."""
        return not self.notes

    @property
    def rules_unknown(self) -> tuple[str, ...]:
        """The parameters of the rulebook that are not known."""
        return tuple(note.subject for note in self.notes if note.code == CoverageCode.RULE_UNKNOWN)

    @property
    def quarantined_count(self) -> int:
        """How many innovations stand only in quarantine."""
        counts = [note.subject for note in self.notes if note.code == CoverageCode.IN_QUARANTINE]
        return sum(int(count) for count in counts if count.isdecimal())

    def has(self, code: str) -> bool:
        """Whether a code is among the notes."""
        return any(note.code == code for note in self.notes)

    def is_only(self, *codes: str) -> bool:
        """Whether a single thing is lacking, and its code is one of these."""
        return len(self.notes) == 1 and self.notes[0].code in codes

    def replaced(self, codes: Mapping[str, Coverage]) -> Coverage:
        """Put other notes in the place of the codes that are named."""
        kept = (codes.get(note.code, Coverage((note,))).notes for note in self.notes)
        return Coverage.of(note for notes in kept for note in notes)

    def __or__(self, other: Coverage) -> Coverage:
        return Coverage.of((*self.notes, *other.notes))


SPD_MISSING: Final = CoverageNote(CoverageCode.SPD_MISSING)
SPD_PARTIAL: Final = CoverageNote(CoverageCode.SPD_PARTIAL)
SPD_OUT_OF_RANGE: Final = CoverageNote(CoverageCode.SPD_OUT_OF_RANGE)
MATURITY_MISSING: Final = CoverageNote(CoverageCode.MATURITY_MISSING)
MATURITY_OUT_OF_RANGE: Final = CoverageNote(CoverageCode.MATURITY_OUT_OF_RANGE)
IN_QUARANTINE: Final = CoverageNote(CoverageCode.IN_QUARANTINE)
"""Stands in tables with the number of innovations as its subject (`in_quarantine`)."""
AFFAIR_MISSING: Final = CoverageNote(CoverageCode.AFFAIR_MISSING)
DIVISOR_INTERVAL: Final = CoverageNote(CoverageCode.DIVISOR_INTERVAL)
COUNT_INTERVAL: Final = CoverageNote(CoverageCode.COUNT_INTERVAL)
SPD_MAXIMUM_UNKNOWN: Final = CoverageNote(CoverageCode.RULE_UNKNOWN, "spd_maximum")
MATURITY_MAXIMUM_UNKNOWN: Final = CoverageNote(CoverageCode.RULE_UNKNOWN, "maturity_maximum")
DIVISOR_MINIMUM_UNKNOWN: Final = CoverageNote(CoverageCode.RULE_UNKNOWN, "divisor_minimum")
COUNT_WEIGHT_UNKNOWN: Final = CoverageNote(CoverageCode.RULE_UNKNOWN, "count_weight")
TOTAL_MAXIMUM_UNKNOWN: Final = CoverageNote(CoverageCode.RULE_UNKNOWN, "total_maximum")

FORMULA_NOTES: Final = (
    SPD_MISSING,
    SPD_PARTIAL,
    SPD_OUT_OF_RANGE,
    MATURITY_MISSING,
    MATURITY_OUT_OF_RANGE,
    IN_QUARANTINE,
    AFFAIR_MISSING,
    DIVISOR_INTERVAL,
    COUNT_INTERVAL,
    SPD_MAXIMUM_UNKNOWN,
    MATURITY_MAXIMUM_UNKNOWN,
    DIVISOR_MINIMUM_UNKNOWN,
    COUNT_WEIGHT_UNKNOWN,
    TOTAL_MAXIMUM_UNKNOWN,
)
"""What the formula itself can find lacking, in the order in which it is said."""


def in_quarantine(count: int) -> CoverageNote:
    """Return the note that innovations stand only in quarantine: `in_quarantine:2`."""
    return CoverageNote(CoverageCode.IN_QUARANTINE, str(count))


def value_in_quarantine(count: int) -> CoverageNote:
    """Return the note that values of accepted rows stand in quarantine: `value_in_quarantine:2`."""
    return CoverageNote(CoverageCode.VALUE_IN_QUARANTINE, str(count))


def in_order(notes: Iterable[CoverageNote]) -> list[CoverageNote]:
    """Return notes of the formula in the order of FORMULA_NOTES."""
    return sorted(notes, key=_place)


def _place(note: CoverageNote) -> int:
    return FORMULA_NOTES.index(IN_QUARANTINE if note.code == CoverageCode.IN_QUARANTINE else note)
