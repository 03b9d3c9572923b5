"""Telephone numbers as people write them, brought to the form that WhatsApp takes; what is wrong with one is named."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

COUNTRY = "62"
MOBILE = re.compile(r"628[1-9]\d{7,10}")
"""A mobile number of Indonesia with its country code: 10 to 13 digits after the zero that people write instead."""
BETWEEN = re.compile(r"[\s().\-–—']")
"""What people set between the digits, and the mark that a spreadsheet sets before a number kept as text."""
SEVERAL = re.compile(r"\d\s*(?:[/,;|]|\s(?:atau|dan|or|and)\s)\s*[+\d(]", re.IGNORECASE)


def _as_msgid(text: str) -> str:
    """Return the text: it is translated where it is shown."""
    return text


_ = _as_msgid


@dataclass(frozen=True)
class Telephone:
    """A number as WhatsApp takes it (628…), or why there is none (catalogue key)."""

    number: str = ""
    fault: str = ""


def telephone_of(text: str) -> Telephone:
    """Return the mobile number that a text states: 08…, +62…, 62-…, 8… (its zero lost in a spreadsheet), 0062…."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf").strip()
    if not plain:
        return Telephone(fault=_("no number is stated"))
    if SEVERAL.search(plain):
        return Telephone(fault=_("several numbers stand in one cell"))
    if re.fullmatch(r"[\d.,]+e\+?\d+", plain, re.IGNORECASE):
        return Telephone(fault=_("a spreadsheet has shortened the number (6.28E+12): write it as text"))
    digits = BETWEEN.sub("", plain)
    is_foreign = digits.startswith("+") and not digits.startswith("+" + COUNTRY)
    digits = digits.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return Telephone(fault=_("it holds something else than digits"))
    if is_foreign:
        return Telephone(fault=_("it is no number of Indonesia (+62)"))
    digits = re.sub(r"^00", "", digits)
    digits = digits.removeprefix(COUNTRY) if digits.startswith(COUNTRY) else digits
    number = COUNTRY + digits.removeprefix("0")
    if MOBILE.fullmatch(number):
        return Telephone(number)
    if number.startswith(COUNTRY + "8"):
        return Telephone(fault=_("it has too few or too many digits"))
    return Telephone(fault=_("it is no mobile number, and WhatsApp needs one"))
