"""Where an innovation is: latitude and longitude as people write them, within the bounds of Indonesia."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import unquote

from etl.cells.sheets import Cell
from etl.values.cleaned import typed_text
from etl.values.normalise import Converted, is_missing, load_vocabulary, number_of

_LONGEST = 2_000
_DECIMAL = r"[+-]?\d{1,3}(?:\.\d+)?"
_PAIRS = (
    re.compile(rf"({_DECIMAL})\s*[,;\s]\s*({_DECIMAL})"),
    re.compile(r"([+-]?\d{1,3},\d+)\s*[,;\s]\s*([+-]?\d{1,3},\d+)"),
)
_BRACKETS = re.compile(r"[()\[\]{}]")
# A link of a map names the pin (!3d..!4d..) more exactly than the middle of the view (@..).
_IN_LINK = (
    re.compile(rf"!3d({_DECIMAL})!4d({_DECIMAL})"),
    re.compile(rf"[?&](?:q|query|ll|sll|daddr|destination|center|mlat)=(?:loc:)?\s*({_DECIMAL})[,\s+]\s*({_DECIMAL})"),
    re.compile(rf"/(?:place|search|dir)/({_DECIMAL}),[\s+]*({_DECIMAL})"),
    re.compile(rf"@({_DECIMAL}),({_DECIMAL})"),
    re.compile(rf"mlat=({_DECIMAL})&mlon=({_DECIMAL})"),
    re.compile(rf"#map=\d+/({_DECIMAL})/({_DECIMAL})"),
)
_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_SIDE = r"(?:LS|LU|BT|lintang\s+(?:selatan|utara)|bujur\s+timur|south|north|east|[SNEU])(?![a-z])\.?"
_CORE = (
    rf"(?P<sign>[+-])?\s*(?P<degrees>{_NUMBER})\s*(?:°|º|˚|o(?![a-z])|deg(?![a-z])|derajat(?![a-z]))?"
    rf"(?:\s*(?P<minutes>\d{{1,2}}(?:[.,]\d+)?)\s*['’′‘`´](?!['’′])"
    rf"(?:\s*(?P<seconds>\d{{1,2}}(?:[.,]\d+)?)\s*(?:[\"”“″]|['’′]{{2}})?)?)?"
)
_FORMS = (
    re.compile(rf"{_CORE}\s*(?P<side>{_SIDE})?", re.IGNORECASE),
    re.compile(rf"(?P<side>{_SIDE})\s*{_CORE}", re.IGNORECASE),
)
"""One half, with its letter behind or before it."""
_LABEL = re.compile(
    r"\b(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lintang(?!\s+(?:selatan|utara))|bujur(?!\s+timur)|koordinat)\b\s*[:=.]?\s*",
    re.IGNORECASE,
)
_SOUTH = ("s", "ls", "south")


def coordinate(cell: Cell) -> Converted:
    """Return latitude and longitude of one cell as Decimals, as they stand.

    Read are decimal degrees (`-7.25,112.75`, `-7,25; 112,75`, in brackets), degrees with minutes and seconds and with
    letters (`7°34'40.8"S 112°20'00.2"E`, `7,25 LS 112,75 BT`), and links of maps that hold a place.
    """
    if is_missing(cell):
        return None, None
    text = typed_text(cell)
    if len(text) > _LONGEST:
        return None, "coordinate_invalid"
    if "://" in text or text.casefold().startswith(("www.", "maps.", "goo.gl")):
        return _of_link(unquote(text))
    text = _LABEL.sub("", _BRACKETS.sub(" ", text)).strip(" ,;.")
    for pattern in _PAIRS:
        if found := pattern.fullmatch(text):
            return tuple(Decimal(part.replace(",", ".")) for part in found.groups()), None
    parts = _parts(text)
    return (parts, None) if parts is not None else (None, "coordinate_invalid")


def degrees(cell: Cell) -> Converted:
    """Return one coordinate in degrees: decimal comma or dot, or degrees with minutes, seconds and letters."""
    if is_missing(cell):
        return None, None
    if isinstance(cell, float):
        return number_of("dot")(cell)
    text = _LABEL.sub("", _BRACKETS.sub(" ", typed_text(cell))).strip()
    if re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d+)?", text):
        return Decimal(text.replace(",", ".")), None
    for form in _FORMS if len(text) <= _LONGEST else ():
        if (found := form.fullmatch(text)) and (value := _in_degrees(found)) is not None:
            return value, None
    return None, "coordinate_invalid"


def _of_link(text: str) -> Converted:
    for pattern in _IN_LINK:
        if found := pattern.search(text):
            return (Decimal(found[1]), Decimal(found[2])), None
    return None, "coordinate_invalid"


def _parts(text: str) -> tuple[Decimal, Decimal] | None:
    """The two halves of a text with degrees, minutes, seconds or letters; nothing may be left over."""
    for form in _FORMS:
        first = form.match(text)
        if first is None:
            continue
        rest = text[first.end() :].lstrip(" ,;/")
        second = form.fullmatch(rest)
        if second is None or not _is_apart(text, first, rest):
            continue
        latitude, longitude = _in_degrees(first), _in_degrees(second)
        if latitude is not None and longitude is not None:
            return latitude, longitude
    return None


def _is_apart(text: str, first: re.Match[str], rest: str) -> bool:
    """Whether something stands between both halves: a separator, a sign of degrees, or a letter of either."""
    return len(text) - first.end() > len(rest) or first["side"] is not None or text[first.end() - 1] in " \"”″'’′°"


def _in_degrees(found: re.Match[str]) -> Decimal | None:
    whole, minutes, seconds = (
        Decimal((found[name] or "0").replace(",", ".")) for name in ("degrees", "minutes", "seconds")
    )
    if minutes >= 60 or seconds >= 60:
        return None
    value = round(whole + minutes / 60 + seconds / 3600, 9).normalize()
    side = (found["side"] or "").casefold().rstrip(".")
    return -value if side in _SOUTH or "selatan" in side or found["sign"] == "-" else value


def placed(first: Decimal, second: Decimal) -> tuple[Decimal, Decimal] | None:
    """Latitude and longitude in their order, put right where they were swapped; None outside Indonesia's bounds."""
    vocabulary = load_vocabulary()

    def lies(value: Decimal, bounds: tuple[Decimal, Decimal]) -> bool:
        return bounds[0] <= value <= bounds[1]

    if lies(first, vocabulary.latitude) and lies(second, vocabulary.longitude):
        return first, second
    if lies(second, vocabulary.latitude) and lies(first, vocabulary.longitude):
        return second, first
    return None
