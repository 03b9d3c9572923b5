"""What each column of a recap holds, by its header and what stands over it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from etl.cells.sheet import Cell, Percent, as_text
from etl.layout.declared import simplified
from etl.recaps.recap_words import load_recap_words

SCORED = ("juror", "criterion", "stage", "document", "score")
"""Roles of columns whose cells are scores."""

CHECKED = ("total", "average", "final", "rank")
"""Roles of columns that are held against the scores, and never used as one beside them."""


@dataclass(frozen=True)
class Heading:
    """One column: its role, its header as written, and what the scores below it are for.

    `bracket` is a number that the header states without saying whether it is the highest score or a weight.
    """

    place: int
    role: str
    text: str
    juror: str = ""
    stage: str = ""
    criterion: str = ""
    maximum: Decimal | None = None
    weight: Decimal | None = None
    bracket: Decimal | None = None
    group: str = ""
    """the text over it"""


def heading_of(place: int, text: str, group: str = "") -> Heading:
    """Return what a column holds; its role is `unknown` where neither header nor group says it."""
    bare, numbers = _without_numbers(text)
    over = _over(group)
    if not numbers and (over.get("stage") or over.get("criterion")):
        numbers = _without_numbers(group)[1]  # "Presentasi (60%)" over the jurors says it of each
    made = Heading(
        place,
        "unknown",
        text.strip(),
        over.get("juror", ""),
        over.get("stage", ""),
        over.get("criterion", ""),
        numbers.get("maximum"),
        numbers.get("weight"),
        numbers.get("bracket"),
        group.strip(),
    )
    return _by_group(made, bare) or _by_word(made, bare) or _by_numbers(made, bare)


def _by_group(made: Heading, bare: str) -> Heading | None:
    """The column as the word for a juror, or what stands over it, says it."""
    words = load_recap_words()
    plain, kind = simplified(bare), words.groups.get(simplified(_without_numbers(made.group)[0]), "")
    role = words.roles.get(plain, "")
    if (said := _juror_said(bare)) and role not in ("juror_name", "score"):
        return replace(made, role="juror", juror=said)
    if kind == "jurors" and role not in CHECKED:
        return replace(made, role="juror", juror=f"Juri {plain}" if plain.isdecimal() else bare)
    if kind == "documents" and role not in (*CHECKED, "result", "remark"):
        return replace(made, role="document", criterion=bare)
    return None


def _by_word(made: Heading, bare: str) -> Heading | None:
    """The column as its own word says it."""
    words = load_recap_words()
    plain = simplified(bare)
    if role := words.roles.get(plain):
        if role == "score" and (made.stage or made.criterion):
            return replace(made, role="stage" if made.stage else "criterion")
        return replace(made, role=role)
    if stage := words.stage_of(bare):
        return replace(made, role="stage", stage=stage)
    role = words.roles.get(_STEM.sub("", plain), "")
    return replace(made, role=role) if role in CHECKED else None


def _by_numbers(made: Heading, bare: str) -> Heading:
    """The column as a number in its header, a person's title or the beginning of its words says it."""
    words = load_recap_words()
    stem, stage = _STEM.sub("", simplified(bare)), made.stage
    has_number = any(number is not None for number in (made.maximum, made.weight, made.bracket))
    is_below_criteria = words.groups.get(simplified(_without_numbers(made.group)[0])) == "criteria"
    criterion = replace(made, role="criterion", criterion=re.sub(r"^(?:Nilai|Skor)\s+", "", bare, flags=re.IGNORECASE))
    if is_below_criteria or has_number or made.juror or stage:
        return criterion
    if words.patterns["person"].search(bare):
        return replace(made, role="juror", juror=bare)
    if words.patterns["criterion"].match(bare):
        return criterion
    if any(f" {stem}".startswith(f" {word}") for word in words.criteria):
        return criterion
    spoken = [
        (found.start(), role)
        for role, name in (("maybe_unit", "holds_units"), ("maybe_title", "holds_titles"))
        if (found := words.patterns[name].search(bare))
    ]
    return replace(made, role=min(spoken)[1]) if spoken else made


_STEM = re.compile(r"^(?:nilai|skor|aspek|kriteria|unsur) ")


MAYBE = {"maybe_title": "title", "maybe_unit": "unit"}
"""Roles of columns whose headers speak of titles or units: they have it where no other column does."""


def with_numbers_below(headings: Sequence[Heading], row: Sequence[Cell]) -> list[Heading]:
    """Return the headings with the numbers that a row of weights or highest scores below them states."""
    words = load_recap_words()
    label = next((as_text(cell).strip() for cell in row if isinstance(cell, str) and not number_in(cell)), "")
    is_maximum = bool(words.patterns["maxima_row"].match(label))
    is_weight = not is_maximum and bool(words.patterns["weights_row"].match(label))
    made = []
    for heading in headings:
        cell = row[heading.place] if heading.place < len(row) else None
        number = number_in(cell)
        if heading.role not in SCORED or number is None:
            made.append(heading)
            continue
        if isinstance(cell, Percent) or (isinstance(cell, str) and "%" in cell) or is_weight:
            shown = number * 100 if number <= 1 else number
            made.append(replace(heading, weight=shown))
        elif is_maximum:
            made.append(replace(heading, maximum=number))
        else:
            made.append(replace(heading, bracket=number * 100 if number < 1 else number))
    return made


def number_in(cell: Cell) -> Decimal | None:
    """Return the number that a cell below a header states of its column: `30`, `30%`, `Bobot 30`."""
    if isinstance(cell, Percent):
        return Decimal(cell.removesuffix("%").replace(",", "."))
    if isinstance(cell, float | int):
        return Decimal(format(cell, ".15g"))
    if not isinstance(cell, str):
        return None
    found = re.fullmatch(
        r"\(?\s*(?:bobot|maks\w*|max)?\.?\s*:?\s*(\d+(?:[.,]\d+)?)\s*%?\s*\)?", cell.strip(), re.IGNORECASE
    )
    return Decimal(found[1].replace(",", ".")) if found else None


def _juror_said(text: str) -> str:
    """The juror that a header names by the word or by a short mark; empty where it names none."""
    patterns = load_recap_words().patterns
    if patterns["short_juror"].fullmatch(text.strip()):
        return f"Juri {text.strip()[1:].strip()}"
    if patterns["juror"].match(text) and simplified(text) not in load_recap_words().groups:
        return re.sub(r"^(?:nilai|skor|score)\s+", "", text.strip(), flags=re.IGNORECASE)
    return ""


def _over(group: str) -> dict[str, str]:
    """What the text over several columns says of the scores below it."""
    words = load_recap_words()
    if not group.strip():
        return {}
    bare = _without_numbers(group)[0]
    if words.groups.get(simplified(bare)):
        return {}
    if juror := _juror_said(bare):
        return {"juror": juror}
    if words.patterns["person"].search(bare):
        return {"juror": bare}
    if stage := words.stage_of(bare) or words.stage_in(bare):
        return {"stage": stage}
    if simplified(bare) in words.roles:
        return {}
    return {"criterion": bare} if any(simplified(bare).startswith(word) for word in words.criteria) else {}


def _without_numbers(text: str) -> tuple[str, dict[str, Decimal]]:
    """A header without the numbers that it states of itself, and these."""
    patterns = load_recap_words().patterns
    rest, numbers = " ".join(text.split()), dict[str, Decimal]()
    for name in ("maximum", "weight", "bracket"):
        if numbers or not (found := patterns[name].search(rest)):
            continue
        number = next(value for value in found.groups() if value is not None)
        # "Juri (1)" is no weight, and "(1)" numbers a criterion.
        if name == "bracket" and Decimal(number.replace(",", ".")) < FEWEST:
            continue
        numbers[name] = Decimal(number.replace(",", "."))
        rest = f"{rest[: found.start()]} {rest[found.end() :]}"
    rest = re.sub(r"[(\[][\s%.,:;/-]*[)\]]|[(\[]\s*$", " ", rest)
    rest = patterns["numbered"].sub("", " ".join(rest.split()).strip(" :-/"), count=1) if numbers else rest
    return " ".join(rest.split()).strip(" :-/*("), numbers


FEWEST = 5
"""A number in brackets below this one counts criteria and says nothing of their scores."""
