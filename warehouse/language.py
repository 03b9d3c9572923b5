"""Words, numbers and dates in the reader's language: Indonesian by default, English on request.

Messages are written in English in the code (the msgid) and translated by the catalogues in
`warehouse/locale/<lang>/LC_MESSAGES/`: `iga.po` and, for larger topics, one file of their own each. Codes of the data
(predicates, stages, unit kinds) get their label from `warehouse/reference/labels.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from iga.index.coverage import Coverage, CoverageCode, CoverageNote
from warehouse.catalogue_files import read_catalogue
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.set_aside_words import PARTS, set_aside_rules

LANGUAGES = ("id", "en")
DEFAULT_LANGUAGE = "id"

Translate = Callable[[str], str]


def _as_msgid(text: str) -> str:
    """Return the text: it is translated where it is used."""
    return text


_ = _as_msgid
_COUNTED: dict[str, tuple[str, str]] = {
    CoverageCode.IN_QUARANTINE: (_("{count} innovation in quarantine"), _("{count} innovations in quarantine")),
    CoverageCode.VALUE_IN_QUARANTINE: (_("{count} value in quarantine"), _("{count} values in quarantine")),
}
"""What is said of one and of several, of notes whose subject is how many."""


class UnknownLanguage(WorkbenchError, ValueError):
    """A language was asked for that has no catalogue."""

    exit_code = ExitCode.UNKNOWN

    def __init__(self, lang: str) -> None:
        super().__init__(
            "The language {lang} is not known",
            next_step="those that exist: {known}",
            lang=lang,
            known=", ".join(LANGUAGES),
        )


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Every translated message of a language, msgid -> text. Raises UnknownLanguage."""
    if lang not in LANGUAGES:
        raise UnknownLanguage(lang)
    folder = Path(str(files("warehouse").joinpath("locale", lang, "LC_MESSAGES")))
    return read_catalogue(folder, lang) | _words_of_causes(lang)


def _words_of_causes(lang: str) -> dict[str, str]:
    """Why a file cannot be read: told by commands too, with the words that snapshots are read with."""
    texts: dict[str, str] = {}
    for words in set_aside_rules()["unreadable"]["cause"].values():
        texts |= {words[f"{part}_en"]: words[f"{part}_{lang}"] for part in PARTS}
    return texts


@cache
def translator(lang: str = DEFAULT_LANGUAGE) -> Translate:
    """The function that turns an English msgid into the text of `lang`; what has no translation stays as it is."""
    messages = catalogue(lang)

    def translate(text: str) -> str:
        return messages.get(text, text)

    return translate


@cache
def _labels() -> dict[tuple[str, str], tuple[str, str]]:
    path = files("warehouse").joinpath("reference", "labels.csv")
    if not path.is_file():
        return {}
    with path.open("r", encoding="utf-8") as stream:
        return {(row["field"], row["code"]): (row["label_id"], row["label_en"]) for row in csv.DictReader(stream)}


def label(field: str, code: str | None, lang: str = DEFAULT_LANGUAGE) -> str:
    """The label of a code: `label("predicate", "innovative", "id")` is "Inovatif"; an unknown code is its own label."""
    if code is None:
        return ""
    labels = _labels().get((field, code))
    if labels is None:
        return code
    return (labels[0] if lang == "id" else labels[1]) or code


def format_number(value: Decimal | int | float | None, lang: str = DEFAULT_LANGUAGE, places: int = 2) -> str:
    """A number with `places` decimals in the language's own marks (`71,42` and `1.214` in Indonesian); "–" for none.

    It is rounded half-up, as spreadsheets show it, so that a page and its workbook say the same.
    """
    if value is None:
        return "–"
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    with localcontext(rounding=ROUND_HALF_UP):
        return f"{exact:,.{places}f}".translate(_marks(lang))


@cache
def _marks(lang: str) -> dict[int, str]:
    """What stands in a language for the marks that Python writes between thousands and before decimals."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return {ord(","): get_group_symbol(lang), ord("."): get_decimal_symbol(lang)}


@lru_cache(maxsize=4096)
def format_date(value: date | None, lang: str = DEFAULT_LANGUAGE) -> str:
    """A date in words, `18 Juli 2025`; "–" for none."""
    from babel.dates import format_date as babel_date

    return "–" if value is None else babel_date(value, "d MMMM y", locale=lang)


@dataclass(frozen=True)
class Language:
    """One reader's language: its words, labels, numbers and dates in one value that functions pass on."""

    code: str = DEFAULT_LANGUAGE

    def __call__(self, text: str) -> str:
        """The translation of an English msgid."""
        return translator(self.code)(text)

    def ngettext(self, one: str, several: str, count: int) -> str:
        """The translation of the msgid for one, or of that for any other count, as gettext has them in one entry."""
        return self(one if count == 1 else several)

    @property
    def decimal_mark(self) -> str:
        """The mark between the whole and the fraction: a comma in Indonesian, a point in English."""
        from babel.numbers import get_decimal_symbol

        return str(get_decimal_symbol(self.code))

    def label(self, field: str, code: str | None) -> str:
        """The label of a code of the data."""
        return label(field, code, self.code)

    def coverage(self, codes: str | None) -> str:
        """What an index lacks, in words: `spd_missing|rule_unknown:total_maximum` names both, and the rule."""
        if not codes:
            return ""
        notes = Coverage.parse(codes).notes or (CoverageNote(CoverageCode.COMPLETE),)
        return "; ".join(map(self.coverage_note, notes))

    def coverage_note(self, note: CoverageNote) -> str:
        """One thing that an index lacks, in words, with its parameter or its number: `2 innovations in quarantine`."""
        if note.code in _COUNTED and note.subject.isdecimal():
            one, several = _COUNTED[note.code]
            return self(one if note.subject == "1" else several).format(count=self.whole(int(note.subject)))
        return self.label("coverage", note.code) + (f" ({note.subject})" if note.subject else "")

    def number(self, value: Decimal | int | float | None, places: int = 2) -> str:
        """A decimal number."""
        return format_number(value, self.code, places)

    def whole(self, value: int | None) -> str:
        """A whole number."""
        return format_number(value, self.code, 0)

    def date(self, value: date | None) -> str:
        """A date in words."""
        return format_date(value, self.code)

    def interval(self, lower: Decimal | None, upper: Decimal | None) -> str:
        """One number where both bounds agree, else `lower–upper`; "–" when nothing is known."""
        if lower is None or upper is None:
            return "–"
        return self.number(lower) if lower == upper else f"{self.number(lower)}–{self.number(upper)}"

    def interval_of_counts(self, lower: int | None, upper: int | None) -> str:
        """One count where both bounds agree, else `lower–upper`; "–" when nothing is known."""
        if lower is None or upper is None:
            return "–"
        return self.whole(lower) if lower == upper else f"{self.whole(lower)}–{self.whole(upper)}"
