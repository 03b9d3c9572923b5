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
from decimal import Decimal, InvalidOperation
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from typing import Any

from etl.cells.sheet import Cell, Percent, as_text
from etl.layout.declared import all_simplified, simplified
from etl.values.cleaned import cleaned, typed_text
from warehouse.reference import affair_of, affairs_in, load_reference, unknown_affairs_in

Converted = tuple[Any, str | None]
Converter = Callable[[Cell], Converted]

_NO_WORDS = ("months", "dates", "said_before", "title_notes", "totals", "account", "coordinate", "entry")
_LARGEST_SCORE = Decimal(2**31 - 1) / 100  # scores are stored as 32-bit hundredths
_LONGEST_PART = 1_000
_HIDDEN = ("script", "style")
# A less-than sign of the text itself ("biaya <5 juta") must not be taken for a tag that swallows what follows.
_NO_TAG = re.compile(r"<(?!/?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|!--)")
_INLINE = ("a", "b", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u")


@dataclass(frozen=True)
class Vocabulary:
    """The words of ``vocabulary.toml``, simplified for comparison."""

    missing: frozenset[str]
    words: dict[str, dict[str, str]]
    months: dict[str, int]
    date_prefixes: tuple[str, ...]
    two_digit_years_from: int
    said_before: dict[str, frozenset[str]]
    """field -> words before its own that say nothing ("tahap" before "uji coba")"""
    entry_headers: frozenset[str]
    """headers of a column that holds the day on which a row was entered"""
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
        field: {_key_of(alias): code for code, aliases in table.items() for alias in aliases}
        for field, table in content.items()
        if isinstance(table, dict) and field not in _NO_WORDS
    }
    bounds = content["coordinate"]
    return Vocabulary(
        missing=frozenset(text.casefold() for text in content["missing"]),
        words=words,
        months={alias: int(number) for number, aliases in content["months"].items() for alias in aliases},
        date_prefixes=tuple(content["dates"]["prefixes"]),
        two_digit_years_from=int(content["dates"]["two_digit_years_from"]),
        said_before={name: frozenset(texts) for name, texts in content["said_before"].items()},
        entry_headers=frozenset(simplified(text) for text in content["entry"]["headers"]),
        title_notes=tuple(re.compile(pattern, re.IGNORECASE) for pattern in content["title_notes"]["patterns"]),
        totals=frozenset(simplified(text) for text in content["totals"]["labels"]),
        account=re.compile(content["account"]["pattern"], re.IGNORECASE),
        latitude=(Decimal(bounds["latitude"][0]), Decimal(bounds["latitude"][1])),
        longitude=(Decimal(bounds["longitude"][0]), Decimal(bounds["longitude"][1])),
        longest_missing=max(map(len, content["missing"])),
    )


def is_missing(cell: Cell) -> bool:
    """Whether a cell is empty or says that its value is missing."""
    if cell is None or not isinstance(cell, str):
        return cell is None
    text = cell.strip()
    if text.isascii() and not text.startswith("'") and text.isprintable():
        return text.casefold() in load_vocabulary().missing
    return typed_text(text).casefold() in load_vocabulary().missing


def text_of(cell: Cell) -> Converted:
    """Text with its spaces tidied and without invisible characters."""
    text = cleaned(cell if isinstance(cell, str) else as_text(cell))
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


OwnWords = Mapping[str, Mapping[str, str]]
"""Field -> simplified word -> meaning: what a home has confirmed beside the shipped vocabulary."""
NO_WORDS: OwnWords = {}


def word_of(field: str, rule: str, own: OwnWords = NO_WORDS) -> Converter:
    """A converter to the canonical codes of one field of the vocabulary, shipped or of the home."""
    vocabulary = load_vocabulary()
    words = {**own.get(field, {}), **vocabulary.words[field]}
    said_before = vocabulary.said_before.get(field, frozenset())

    def convert(cell: Cell) -> Converted:
        if cell is None:
            return None, None
        text = _key_of(typed_text(cell))
        # "Tidak Ada" is an answer where the field has it as a word, and else no value.
        if code := words.get(text):
            return code, None
        if is_missing(cell):
            return None, None
        code = words.get(_bare_word(text, said_before))
        return (code, None) if code else (None, rule)

    return convert


def _key_of(text: str) -> str:
    """What a word is looked up by: its letters and digits, or the sign itself where it has none (a tick, a dash)."""
    return simplified(text) or text.strip()


def _bare_word(text: str, said_before: frozenset[str]) -> str:
    """A simplified word without its number in a list ("3. Penerapan") and without words that say nothing."""
    parts = text.split()
    if len(parts) > 1 and (parts[0].isdecimal() or len(parts[0]) == 1):
        parts = parts[1:]
    while len(parts) > 1 and parts[0] in said_before:
        parts = parts[1:]
    return " ".join(parts)


def affair(cell: Cell) -> Converted:
    """The code of a government affair by its whole name."""
    return affair_with(NO_WORDS)(cell)


def affair_with(own: OwnWords) -> Converter:
    """A converter like `affair`, which knows the names that the home has confirmed as well."""
    known = _affair_words(own)

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        text = typed_text(cell)
        code = affair_of(text) or known.get(simplified(text))
        return (code, None) if code else (None, "affair_unknown")

    return convert


def _affair_words(own: OwnWords) -> dict[str, str]:
    return {**own.get("affair", {}), **load_vocabulary().words["affair"]}


def number_of(decimal_mark: str) -> Converter:
    """A converter to Decimal, for text with the column's decimal mark; a cell that is a number is taken as it is.

    A percent sign says what a score is a share of, and leaves its figure: `45,50%` is 45.50.
    """
    decimal, thousands = (",", ".") if decimal_mark == "comma" else (".", ",")
    grouped = re.compile(rf"[+-]?\d{{1,3}}(?:(?:\{thousands}\d{{3}})+|(?: \d{{3}})+)(?:\{decimal}\d+)?")
    plain = re.compile(rf"[+-]?\d+(?:\{decimal}\d+)?")

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        if isinstance(cell, float):
            # A spreadsheet keeps 15 significant digits; what stands behind them is noise of its arithmetic.
            return _decimal(format(cell, ".15g"))
        if isinstance(cell, Percent):
            return _decimal(str(Decimal(cell.removesuffix("%")) / 100))
        text = typed_text(cell)
        if text.endswith("%"):
            text = text[:-1].rstrip()
        if grouped.fullmatch(text):
            return _decimal(text.replace(thousands, "").replace(" ", "").replace(decimal, "."))
        if plain.fullmatch(text):
            return _decimal(text.replace(decimal, "."))
        return None, "number_invalid"

    return convert


def is_number(cell: Cell) -> bool:
    """Whether a cell is a number under either decimal mark, as one with more decimals than a score has."""
    return any(number_of(mark)(cell)[0] is not None for mark in ("comma", "dot"))


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
        text = typed_text(cell)
        if text.casefold() in missing:
            return None, None
        level = levels.get(text)
        return (None, "level_out_of_range") if level is None else (level, None)

    return convert


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


_ONE_MARK = re.compile(r"[+-]?(\d+)([.,])(\d+)")
_TWO_MARKS = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})+([.,])\d+")


def decimal_mark_of(cells: Iterable[Cell], declared: str, maximum: Decimal | None = None) -> tuple[str, str | None]:
    """The decimal mark of a column of numbers, and the rule that holds the file where it is open.

    `78,50` decides; `1,050` does not, unless only one reading stays within ``maximum``. Where a layout states the mark,
    a column that speaks for the other one more often than for it is read with the other: people type over an export.
    """
    votes: Counter[str] = Counter()
    for cell, count in Counter(cell for cell in cells if isinstance(cell, str)).items():
        votes[_mark_voted(typed_text(cell).rstrip("% "), maximum)] += count
    comma, dot, unsure = votes["comma"], votes["dot"], votes["open"]
    if comma == dot:
        if declared != "evidence":
            return declared, None
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
        text = re.sub(r"[^\S\n]+", " ", "\n".join(map(cleaned, as_text(cell).split("\n")))).strip()
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
        value = codes.get(typed_text(cell))
        return (value, None) if value is not None else (None, "code_unknown")

    return convert


def affairs_of(codes: Mapping[str, str] | None = None, own: OwnWords = NO_WORDS) -> Converter:
    """A converter of a list of affairs to their codes joined by ``|``: names with commas inside, or a JSON array."""
    known = _affair_words(own)

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        if codes is not None:
            found = [codes.get(item) for item in _items(typed_text(cell))]
            return (None, "code_unknown") if None in found else ("|".join(dict.fromkeys(map(str, found))) or None, None)
        text = "\n".join(map(cleaned, as_text(cell).split("\n"))).strip()
        if code := known.get(simplified(text)):
            return code, None
        others = [known.get(simplified(part)) for part in unknown_affairs_in(text)]
        if None in others:
            return None, "affair_unknown"
        return "|".join(dict.fromkeys([*affairs_in(text), *map(str, others)])) or None, None

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
        text = typed_text(cell)
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
    text = cleaned(as_text(cell))
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
