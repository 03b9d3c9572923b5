"""What a file says itself of its region and year: a column of regions, titles, accounts, dates of entry.

Only texts are gathered here, since a parse does not know where its file lies; `etl.season.own_word_heard` holds them
against the folder.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from etl.cells.distinct_column import columns_below
from etl.cells.sheets import Sheet, as_text
from etl.layout.declared import Match, simplified

MOST_TEXTS = 40
"""Distinct texts of one column that are kept; those that bear the word of a region's type go first."""
LONGEST_TITLE = 200
REGION_WORDS = r"kota|kabupaten|kab\.?|provinsi|prov\.?|pemkot|pemkab|pemprov|pemerintah(?:an)?|pemda"
_TYPED = re.compile(rf"\s*(?:{REGION_WORDS})\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


@dataclass(frozen=True)
class OwnWordPlaces:
    """The contents of ``own_word.toml``."""

    region_headers: tuple[str, ...]
    account_headers: tuple[str, ...]
    entry_headers: tuple[str, ...]
    year_words: tuple[str, ...]
    example_words: tuple[str, ...]
    entry_years_before: int


@cache
def load_places() -> OwnWordPlaces:
    """Return where files say it, as data."""
    content = tomllib.loads(resources.files("etl.recognition").joinpath("own_word.toml").read_text(encoding="utf-8"))
    years_before = int(content.pop("entry_years_before"))
    return OwnWordPlaces(**{name: tuple(texts) for name, texts in content.items()}, entry_years_before=years_before)


def own_word_of(match: Match, sheets: Sequence[Sheet]) -> list[dict[str, str]]:
    """Return what the sheet that is read says: per text its `kind` (column, title, account, entry_year, sheet)."""
    if match.form or not match.header_row:
        return []
    said = [*_titles(match), *_columns(match)]
    if len(sheets) == 1 or sum(bool(sheet.rows) for sheet in sheets) == 1:
        said.append({"kind": "sheet", "text": match.sheet.name})
    return said


def _titles(match: Match) -> list[dict[str, str]]:
    """Return the texts of the rows above the header that hold one or two different texts."""
    said = []
    for number, row in enumerate(match.sheet.rows[: match.header_row - 1], start=1):
        texts = list(dict.fromkeys(as_text(cell).strip() for cell in row if cell is not None))
        if len(texts) <= 2:
            said += [
                {"kind": "title", "text": text, "row": str(number)} for text in texts if len(text) <= LONGEST_TITLE
            ]
    return said


def _columns(match: Match) -> list[dict[str, str]]:
    places = load_places()
    kinds = {
        "column": {simplified(text) for text in places.region_headers},
        "account": {simplified(text) for text in places.account_headers},
        "entry_year": {simplified(text) for text in places.entry_headers},
    }
    below = columns_below(match.sheet, match.header_row)
    said = []
    for index, header in enumerate(match.headers):
        kind = next((kind for kind, headers in kinds.items() if simplified(header) in headers), None)
        if kind is not None and index < len(below):
            texts = [as_text(cell).strip() for cell in below[index].cells]
            said += _texts_of(kind, header, texts, match.header_row)
    return said


def _texts_of(kind: str, header: str, cells: Sequence[str], header_row: int) -> list[dict[str, str]]:
    texts = [",".join(_YEAR.findall(cell)[:1]) for cell in cells] if kind == "entry_year" else list(cells)
    counts = Counter(text for text in texts if text)
    # A column of units has many texts, of which a few may be regions.
    chosen = sorted(counts, key=lambda text: (_TYPED.match(text) is None, -counts[text], text))[:MOST_TEXTS]
    return [
        {
            "kind": kind,
            "column": header,
            "text": text[:LONGEST_TITLE],
            "rows": str(counts[text]),
            "row": str(header_row + 1 + texts.index(text)),
            "distinct": str(len(counts)),
        }
        for text in chosen
    ]
