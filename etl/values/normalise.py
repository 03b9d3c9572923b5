"""One text of one column becomes a typed value, or the name of the rule that it breaks.

Every converter takes a cell and gives ``(value, None)`` or ``(None, rule)``; an empty cell or a missing marker is
``(None, None)``. What a column holds is decided by its layout, not cell by cell.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from html.parser import HTMLParser
from importlib import resources
from typing import Any

from etl.cells.sheet import Cell, Percent, as_text
from etl.layout.declared import all_simplified, simplified
from warehouse.reference import affair_of, affairs_in, load_reference, unknown_affairs_in

Converted = tuple[Any, str | None]
Converter = Callable[[Cell], Converted]

_NO_WORDS = ("months", "title_notes", "totals", "account", "coordinate")
_EXCEL_EPOCH = date(1899, 12, 30)
_LARGEST_SCORE = Decimal(2**31 - 1) / 100  # scores are stored as 32-bit hundredths
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: outside, a bare number in a date column is no date
_LONGEST_PART = 1_000
_HIDDEN = ("script", "style")
# A less-than sign of the text itself ("biaya <5 juta") must not be taken for a tag that swallows what follows.
_NO_TAG = re.compile(r"<(?!/?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|!--)")
_INLINE = ("a", "b", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u")
_NUMERIC_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_LONGEST_DATE = 10  # of the numeric kind


@dataclass(frozen=True)
class Vocabulary:
    """The words of ``vocabulary.toml``, simplified for comparison."""

    missing: frozenset[str]
    words: dict[str, dict[str, str]]
    months: dict[str, int]
    title_notes: tuple[re.Pattern[str], ...]
    totals: frozenset[str]
    account: re.Pattern[str]
    latitude: tuple[Decimal, Decimal]
    longitude: tuple[Decimal, Decimal]
    longest_missing: int


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary of this installation."""
    content = tomllib.loads(resources.files("etl.values").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    words = {
        field: {simplified(alias): code for code, aliases in table.items() for alias in aliases}
        for field, table in content.items()
        if isinstance(table, dict) and field not in _NO_WORDS
    }
    bounds = content["coordinate"]
    return Vocabulary(
        missing=frozenset(text.casefold() for text in content["missing"]),
        words=words,
        months={alias: int(number) for number, aliases in content["months"].items() for alias in aliases},
        title_notes=tuple(re.compile(pattern, re.IGNORECASE) for pattern in content["title_notes"]["patterns"]),
        totals=frozenset(simplified(text) for text in content["totals"]["labels"]),
        account=re.compile(content["account"]["pattern"], re.IGNORECASE),
        latitude=(Decimal(bounds["latitude"][0]), Decimal(bounds["latitude"][1])),
        longitude=(Decimal(bounds["longitude"][0]), Decimal(bounds["longitude"][1])),
        longest_missing=max(map(len, content["missing"])),
    )


def is_missing(cell: Cell) -> bool:
    """Whether a cell is empty or says that its value is missing."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in load_vocabulary().missing)


def text_of(cell: Cell) -> Converted:
    """Text with its spaces tidied."""
    text = " ".join((cell if isinstance(cell, str) else as_text(cell)).split())
    vocabulary = load_vocabulary()
    is_marker = len(text) <= vocabulary.longest_missing and text.casefold() in vocabulary.missing
    return (None, None) if is_marker else (text, None)


def texts_of(cells: Sequence[Cell]) -> list[str | None]:
    """`text_of` of many cells, none of which breaks a rule: where all are tidy, as mostly, none of them is tidied."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    if not _are_tidy(texts):
        return [text_of(cell)[0] for cell in cells]
    vocabulary = load_vocabulary()
    longest, missing = vocabulary.longest_missing, vocabulary.missing
    markers = {text for text in texts if len(text) <= longest and text.casefold() in missing}
    if len(texts) == len(cells):
        return [None if text in markers else text for text in texts] if markers else list(texts)
    return [(None if cell in markers else cell) if isinstance(cell, str) else text_of(cell)[0] for cell in cells]


def _are_tidy(texts: Sequence[str]) -> bool:
    """Whether no text begins or ends with a space, and spaces inside stand alone and are plain ones."""
    joined = f"{_BETWEEN}{_BETWEEN.join(texts)}{_BETWEEN}"
    is_double = any(pair in joined for pair in ("  ", f" {_BETWEEN}", f"{_BETWEEN} "))
    return not is_double and joined.isprintable()  # of all spaces only the plain one is printable


_BETWEEN = "~"  # a text that holds it beside a space is looked at by itself


class _Prose(HTMLParser):
    """Collects the text of marked-up prose; what a reader does not see (styles, scripts) is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def _part(self, tag: str) -> None:
        # A tag inside a word (<b>B</b>ank) parts nothing; one that begins a paragraph or a line does.
        if tag not in _INLINE:
            self.parts.append(" ")


def prose_of(cell: Cell) -> Converted:
    """Plain text of a cell that an editor of rich text may have written: without tags, entities read, spaces tidied."""
    text = cell if isinstance(cell, str) else as_text(cell)
    if "<" in text or "&" in text:
        parser = _Prose()
        parser.feed(_NO_TAG.sub("&lt;", text))
        parser.close()
        text = "".join(parser.parts)
    return text_of(text)


def word_of(field: str, rule: str) -> Converter:
    """A converter to the canonical codes of one field of the vocabulary."""
    words = load_vocabulary().words[field]

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        code = words.get(simplified(as_text(cell)))
        return (code, None) if code else (None, rule)

    return convert


def affair(cell: Cell) -> Converted:
    """The code of a government affair by its whole name."""
    if is_missing(cell):
        return None, None
    code = affair_of(as_text(cell))
    return (code, None) if code else (None, "affair_unknown")


def number_of(decimal_mark: str) -> Converter:
    """A converter to Decimal, for text with the column's decimal mark; a cell that is a number is taken as it is."""
    decimal, thousands = (",", ".") if decimal_mark == "comma" else (".", ",")
    grouped = re.compile(rf"[+-]?\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?")
    plain = re.compile(rf"[+-]?\d+(?:\{decimal}\d+)?")

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        if isinstance(cell, float):
            # A spreadsheet keeps 15 significant digits; what stands behind them is noise of its arithmetic.
            return _decimal(format(cell, ".15g"))
        if isinstance(cell, Percent):
            return _decimal(str(Decimal(cell.removesuffix("%")) / 100))
        text = as_text(cell).strip()
        if grouped.fullmatch(text):
            return _decimal(text.replace(thousands, "").replace(decimal, "."))
        if plain.fullmatch(text):
            return _decimal(text.replace(decimal, "."))
        return None, "number_invalid"

    return convert


def _decimal(text: str) -> Converted:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None, "number_invalid"
    return (value, None) if value.is_finite() else (None, "number_invalid")


def hundredths_of(decimal_mark: str, maximum: Decimal | None) -> Converter:
    """A converter to whole hundredths from 0 to ``maximum`` (None: to the largest number that the tables hold)."""
    number = number_of(decimal_mark)

    def convert(cell: Cell) -> Converted:
        value, rule = number(cell)
        if value is None:
            return None, rule
        if isinstance(cell, Percent) and (maximum is None or maximum > 1):
            value *= 100  # a score of 45.5 is shown as 45.5%, and stored as 0.455
        if value < 0 or value > (_LARGEST_SCORE if maximum is None else maximum):
            return None, "score_out_of_range"
        scaled = value * 100
        return (int(scaled), None) if scaled == int(scaled) else (None, "number_invalid")

    return convert


@cache
def level_to(top: int) -> Converter:
    """A converter to a level from 0 to ``top``."""
    levels = {str(level): level for level in range(top + 1)}
    missing = load_vocabulary().missing

    def convert(cell: Cell) -> Converted:
        if cell is None or (isinstance(cell, str) and cell.strip().casefold() in missing):
            return None, None
        level = levels.get(as_text(cell).strip())
        return (None, "level_out_of_range") if level is None else (level, None)

    return convert


def date_of(date_order: str) -> Converter:
    """A converter to dates: ISO, day or month first as the column says, month names, Excel serials."""
    months = load_vocabulary().months
    is_day_first = date_order == "day_first"
    low_serial, high_serial = _EXCEL_DAYS
    serial = re.compile(r"\d{5}")
    iso = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
    named = re.compile(r"(?:[^\W\d_]+,\s*)?(\d{1,2})[\s,.-]+([^\W\d_]+)\.?[\s,.-]+(\d{4})")

    def convert(cell: Cell) -> Converted:
        if isinstance(cell, str) and (parts := _numeric_date(cell)):
            first, second, year = parts
            return _date(year, second, first) if is_day_first else _date(year, first, second)
        if isinstance(cell, datetime):
            return cell.date(), None
        if isinstance(cell, date):
            return cell, None
        if isinstance(cell, float):
            is_serial = low_serial < cell < high_serial
            return (_EXCEL_EPOCH + timedelta(days=int(cell)), None) if is_serial else (None, "date_invalid")
        if is_missing(cell):
            return None, None
        text = as_text(cell).strip()
        if serial.fullmatch(text) and low_serial < int(text) < high_serial:
            return _EXCEL_EPOCH + timedelta(days=int(text)), None
        if found := iso.fullmatch(text):
            return _date(int(found[1]), int(found[2]), int(found[3]))
        if (found := named.fullmatch(text)) and (month := months.get(found[2].casefold())):
            return _date(int(found[3]), month, int(found[1]))
        return None, "date_invalid"

    return convert


def _numeric_date(text: str) -> tuple[int, int, int] | None:
    """The three numbers of a date written with numbers only, in the order of the text."""
    stripped = text.strip()
    return _numbers_of_date(stripped) if len(stripped) <= _LONGEST_DATE else None


@lru_cache(maxsize=10_000)
def _numbers_of_date(text: str) -> tuple[int, int, int] | None:
    # Columns of dates share theirs, and are looked at twice: for their order, then for their values.
    found = _NUMERIC_DATE.fullmatch(text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def _date(year: int, month: int, day: int) -> Converted:
    try:
        return date(year, month, day), None
    except ValueError:
        return None, "date_invalid"


def split_title(text: str) -> tuple[str, str | None]:
    """A tidy title without the reviewer's remark, and the remark. The original stays in ``title_original``."""
    for pattern in load_vocabulary().title_notes:
        found = pattern.search(text)
        # Nothing but a remark is no title without one: it stays as it was sent.
        if found and (title := text[: found.start()].rstrip(" ….")):
            return title, found.group(0).strip(" ….()") or None
    return text, None


def split_titles(texts: Sequence[str]) -> list[tuple[str, str | None]]:
    """`split_title` of many titles: what is in none of them is looked for once."""
    lines = "\n".join(texts)
    if not any(
        re.search(pattern.pattern, lines, pattern.flags | re.MULTILINE) for pattern in load_vocabulary().title_notes
    ):
        return [(text, None) for text in texts]
    return [split_title(text) for text in texts]


def title_key(title: str, unit_name: str | None) -> str:
    """What ties the same innovation together where no system gives it a number: title and unit, simplified.

    Capitals, spacing and punctuation do not count; the remark of a reviewer has been split off before.
    """
    return f"{simplified(title)}|{simplified(unit_name or '')}"


def title_keys(titles: Sequence[str], unit_names: Sequence[str]) -> list[str]:
    """`title_key` of many rows at once."""
    units = {unit: simplified(unit) for unit in set(unit_names)}
    keys = zip(all_simplified(titles), unit_names, strict=True)
    return [f"{title}|{units[unit]}" for title, unit in keys]


def date_order_of(cells: Sequence[Cell], declared: str) -> tuple[str, str | None]:
    """Whether a column's dates have the day or the month first, and the rule that holds the file where it is open.

    A number over 12 decides. Where a layout states the order, a column that speaks against it more often than for it
    holds the file; where it leaves the order to evidence, a column without any does.
    """
    dates = {cell: found for cell in set(cells) if isinstance(cell, str) and (found := _numeric_date(cell))}
    months_first = {cell for cell, (first, second, _) in dates.items() if second > 12 >= first}
    days_first = {cell for cell, (first, second, _) in dates.items() if first > 12 >= second}
    if declared != "evidence" and not (months_first if declared == "day_first" else days_first):
        return declared, None
    counts = Counter(cells)
    day_first, month_first = (sum(counts[cell] for cell in found) for found in (days_first, months_first))
    if declared != "evidence":
        for_it, against = (day_first, month_first) if declared == "day_first" else (month_first, day_first)
        return declared, "date_order_contradicted" if against > for_it else None
    if day_first == month_first:
        is_open = day_first > 0 or any(first != second for first, second, _ in dates.values())
        return "day_first", "date_order_open" if is_open else None
    return ("day_first" if day_first > month_first else "month_first"), None


_ONE_MARK = re.compile(r"[+-]?(\d+)([.,])(\d+)")
_TWO_MARKS = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})+([.,])\d+")


def decimal_mark_of(cells: Iterable[Cell], declared: str, maximum: Decimal | None = None) -> tuple[str, str | None]:
    """The decimal mark of a column of numbers, and the rule that holds the file where it is open.

    `78,50` decides; `1,050` does not, unless only one reading stays within ``maximum``.
    """
    if declared != "evidence":
        return declared, None
    votes: Counter[str] = Counter()
    for cell, count in Counter(cells).items():
        if isinstance(cell, str):
            votes[_mark_voted(cell.strip(), maximum)] += count
    comma, dot, unsure = votes["comma"], votes["dot"], votes["open"]
    if comma == dot:
        return "dot", "decimal_mark_open" if comma or unsure else None
    return ("comma" if comma > dot else "dot"), None


def _mark_voted(text: str, maximum: Decimal | None) -> str:
    if (found := _TWO_MARKS.fullmatch(text)) and found[1] != found[2]:
        return "comma" if found[2] == "," else "dot"
    found = _ONE_MARK.fullmatch(text)
    if found is None:
        return ""
    whole, mark, rest = found.groups()
    as_decimal, as_thousands = ("comma", "dot") if mark == "," else ("dot", "comma")
    if len(rest) != 3 or len(whole) > 3 or whole == "0":
        return as_decimal
    decimal_fits = maximum is None or Decimal(f"{whole}.{rest}") <= maximum
    thousands_fits = maximum is None or Decimal(whole + rest) <= maximum
    if decimal_fits == thousands_fits:
        return "open"
    return as_decimal if decimal_fits else as_thousands


_LARGEST_FIGURE = Decimal(10) ** 14
_FIGURE_DECIMALS = 8


def figure_of(decimal_mark: str) -> Converter:
    """A converter to a figure that the tables hold: below 10^14, at most eight decimals; nothing is rounded."""
    number = number_of(decimal_mark)

    def convert(cell: Cell) -> Converted:
        value, rule = number(cell)
        if value is None:
            return None, rule
        if abs(value) >= _LARGEST_FIGURE:
            return None, "figure_out_of_range"
        exponent = value.normalize().as_tuple().exponent
        return (value, None) if -int(exponent) <= _FIGURE_DECIMALS else (None, "figure_out_of_range")

    return convert


def printed_number(text: str, low: Decimal | None, high: Decimal | None) -> Converted:
    """A single number as printed, whatever its decimal mark, where just one reading lies between the bounds."""
    readings = {
        value
        for mark in ("comma", "dot")
        for value, rule in [figure_of(mark)(text)]
        if rule is None and value is not None
    }
    fitting = {value for value in readings if (low is None or value >= low) and (high is None or value <= high)}
    if len(fitting) == 1:
        return fitting.pop(), None
    return None, "number_ambiguous" if len(fitting) > 1 else "score_out_of_range" if readings else "number_invalid"


def taken_from(pattern: str, convert: Converter, *, may_miss: bool) -> Converter:
    """A converter of what the one group of a pattern finds in the cell; another cell is rejected or has no value."""
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)

    def convert_part(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        text = re.sub(r"[^\S\n]+", " ", as_text(cell)).strip()
        # Patterns may look at each place of a text several times; a text this long is no unit and no title.
        found = compiled.search(text) if len(text) <= _LONGEST_PART else None
        if found is None:
            return (None, None) if may_miss else (None, "cell_shape_unknown")
        return convert(found.group(1))

    return convert_part


def coded(codes: Mapping[str, str]) -> Converter:
    """A converter by the code book of a layout; a code that is not in it is rejected."""

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        value = codes.get(as_text(cell).strip())
        return (value, None) if value is not None else (None, "code_unknown")

    return convert


def affairs_of(codes: Mapping[str, str] | None = None) -> Converter:
    """A converter of a list of affairs to their codes joined by ``|``: names with commas inside, or a JSON array."""

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        text = as_text(cell).strip()
        if codes is not None:
            found = [codes.get(item) for item in _items(text)]
            return (None, "code_unknown") if None in found else ("|".join(dict.fromkeys(map(str, found))) or None, None)
        if unknown_affairs_in(text):
            return None, "affair_unknown"
        return "|".join(affairs_in(text)) or None, None

    return convert


def _items(text: str) -> list[str]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = re.split(r"[,;|]", text.strip("[]"))
    items = content if isinstance(content, list) else [content]
    return [str(int(item)) if isinstance(item, int) else str(item).strip(' "') for item in items if str(item)]


def identifier_of(digits: int) -> Converter:
    """A converter of a system's number, which stays text; leading zeros that a spreadsheet cut off come back.

    A number that a spreadsheet rounded (`2,04181E+10`, or more digits than it keeps) has lost digits for good.
    """

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        text = " ".join(as_text(cell).split())
        if not digits:
            return text, None
        if re.fullmatch(r"[+-]?\d+[.,]\d+E\+\d+", text, re.IGNORECASE):
            return None, "identifier_shortened"
        if not re.fullmatch(rf"\d{{1,{digits}}}", text):
            return None, "identifier_invalid"
        return text.zfill(digits), None

    return convert


def account_unit(cell: Cell) -> Converted:
    """The unit that an account name carries (`iga2024.tangkala1.makassar`), without year and region.

    A region's own account (`iga2025.provinsi.jawa.timur`) names no unit.
    """
    if is_missing(cell):
        return None, None
    text = as_text(cell).strip()
    found = load_vocabulary().account.fullmatch(text)
    if found is None:
        return text, None
    parts = [part for part in found.group("rest").split(".") if part]
    for start in range(len(parts)):
        if _names_a_region(" ".join(parts[start:])):
            return ".".join(parts[:start]) or None, None
    return ".".join(parts), None


def _names_a_region(text: str) -> bool:
    return simplified(text) in _region_names()


@cache
def _region_names() -> frozenset[str]:
    regions, aliases = load_reference("region"), load_reference("region_alias")
    columns = (regions["name"], regions["full_name"], regions["province"], aliases["alias"])
    names = {simplified(name) for column in columns for name in column if name}
    return frozenset(names | {f"provinsi {simplified(name)}" for name in regions["province"] if name})


def coordinate(cell: Cell) -> Converted:
    """Latitude and longitude of one cell as Decimals (`-7.25,112.75`, `-7,25; 112,75`), as they stand."""
    if is_missing(cell):
        return None, None
    text = as_text(cell).strip()
    found = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)", text) or re.fullmatch(
        r"([+-]?\d+,\d+)\s*[,;\s]\s*([+-]?\d+,\d+)", text
    )
    if found is None:
        return None, "coordinate_invalid"
    return tuple(Decimal(part.replace(",", ".")) for part in found.groups()), None


def degrees(cell: Cell) -> Converted:
    """One coordinate in degrees, decimal comma or dot."""
    if is_missing(cell):
        return None, None
    if isinstance(cell, float):
        return number_of("dot")(cell)
    text = as_text(cell).strip()
    if not re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d+)?", text):
        return None, "coordinate_invalid"
    return Decimal(text.replace(",", ".")), None


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
