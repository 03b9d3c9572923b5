"""Who gave a score and for what, as one text: a table of scores keeps it beside each of them.

A juror who scores a whole entry is that text (`Juri 1`). What a recap says more precisely follows the juror:
`Juri 1 · tahap Presentasi · kriteria Kebaruan (maks. 30; bobot 25)`. A score that names no juror is the jury's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

PANEL = "Tim juri"
"""Stands in the place of a juror where the score is that of the jury as a whole."""

WHOLE = Decimal(100)
"""The highest score where nothing else is said."""

_MARK = " · "
_STAGE, _CRITERION = "tahap ", "kriteria "
_NUMBERS = re.compile(r" \((?:maks\. (?P<maximum>\d+(?:\.\d+)?))?(?:; )?(?:bobot (?P<weight>\d+(?:\.\d+)?))?\)$")


@dataclass(frozen=True)
class ScoredBy:
    """A juror (empty: the jury as a whole), and the stage and criterion that the score is for (empty: not said).

    `maximum` is the highest score that can be given, `weight` what the recap weighs the score with; None where the
    recap does not say it.
    """

    juror: str = ""
    stage: str = ""
    criterion: str = ""
    maximum: Decimal | None = None
    weight: Decimal | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What the score is, whatever it can reach and weighs: juror, stage and criterion."""
        return self.juror, self.stage, self.criterion

    @property
    def highest(self) -> Decimal:
        """The highest score that can be given."""
        return WHOLE if self.maximum is None else self.maximum

    @property
    def text(self) -> str:
        """The text that `read` takes apart again; the juror's own where there is nothing else to say."""
        numbers = [
            f"{word} {format(number.normalize(), 'f')}"
            for word, number in (("maks.", self.maximum), ("bobot", self.weight))
            if number is not None
        ]
        parts = [_clean(self.juror) or PANEL]
        parts += [f"{_STAGE}{_clean(self.stage)}"] if self.stage else []
        parts += [f"{_CRITERION}{_clean(self.criterion)}"] if self.criterion else []
        return _MARK.join(parts) + (f" ({'; '.join(numbers)})" if numbers else "")

    @classmethod
    def read(cls, text: str) -> ScoredBy:
        """Return what the text says; a text that is none of ours is the name of a juror."""
        numbers = _NUMBERS.search(text)
        maximum, weight = (numbers["maximum"], numbers["weight"]) if numbers else (None, None)
        whole = text[: numbers.start()] if numbers and (maximum or weight) else text
        juror, *parts = whole.split(_MARK)
        stage = next((part.removeprefix(_STAGE) for part in parts if part.startswith(_STAGE)), "")
        criterion = next((part.removeprefix(_CRITERION) for part in parts if part.startswith(_CRITERION)), "")
        return cls(
            "" if juror == PANEL else juror,
            stage,
            criterion,
            None if maximum is None else Decimal(maximum),
            None if weight is None else Decimal(weight),
        )


def _clean(text: str) -> str:
    """A text in which the mark between parts does not stand."""
    return " ".join(text.replace(_MARK.strip(), " ").split())
