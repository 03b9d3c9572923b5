"""Likely ranges as people read them in a table: bounds, range, central values, and what they rest on or lack."""

from __future__ import annotations

import polars as pl

from warehouse.language import Language

RANGE_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "rulebook": "Rulebook",
    "measure": "Figure",
    "bounds": "Bounds",
    "range": "Likely range",
    "central": "Central values",
    "label": "What the range is",
    "conditions": "It holds if",
}


def ranges_for_people(ranges: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return likely ranges, with their `city`, in the columns of `RANGE_HEADERS`; a refused one with its reason."""
    rows = [
        {
            "city": row["city"],
            "edition": row["edition"],
            "rulebook": row["rulebook"],
            "measure": language.label("estimate_measure", row["measure"]),
            "bounds": language.interval(row["hard_low"], row["hard_high"]),
            "range": range_text(row, language),
            "central": central_text(row, language),
            "label": _label(row, language),
            "conditions": row[f"conditions_{language.code}"],
        }
        for row in ranges.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema={**dict.fromkeys(RANGE_HEADERS, pl.String), "edition": pl.Int32})


def range_text(row: dict[str, object], language: Language) -> str:
    """Return a range in words: whole points without decimals, what published facts prove with two."""
    return _interval(row, "low", "high", language)


def central_text(row: dict[str, object], language: Language) -> str:
    """Return the two central values of a range; a dash where its kind has none."""
    return _interval(row, "central_low", "central_high", language)


def _interval(row: dict[str, object], first: str, last: str, language: Language) -> str:
    ends = [row[name] for name in (first, last)]
    if None in ends:
        return "–"
    places = 2 if row["certainty"] is None else 0
    low, high = (language.number(end, places) for end in ends)  # type: ignore[arg-type]
    return low if low == high else f"{low}–{high}"


def _label(row: dict[str, object], language: Language) -> str:
    if row["refusal"] is None:
        return str(row[f"label_{language.code}"])
    kind = language.label("estimate_kind", str(row["kind"]))
    return language("refused ({kind}): {reason}").format(kind=kind, reason=row[f"refusal_{language.code}"])


def range_notes(language: Language) -> list[str]:
    """Return what must be said beside any table of likely ranges."""
    return [
        language("Bounds are proofs; a likely range lies inside them and is no official score."),
        language("Each range stands for itself: scenarios are never averaged, and no middle value is given."),
    ]
