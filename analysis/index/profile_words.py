"""The profile of an index in words: the rows that people read, and the sentences that stand with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from iga.index.formula import rounded
from warehouse.language import Language

if TYPE_CHECKING:
    from analysis.index.index_profile import Bounds, IndexProfile, Line, Part

PROFILE_HEADERS = {
    "number": "No.",
    "line": "Line",
    "level": "Level",
    "points": "Points",
    "lost_index": "Costs",
    "peer_mean": "Comparable",
    "standing": "Standing",
}

NAMED = 3
"""Lines that a sentence names at most; the table has all."""


def profile_rows(profile: IndexProfile, part: Part, language: Language) -> pl.DataFrame:
    """Return the lines of a part as people read them, the dearest first, with the columns of `PROFILE_HEADERS`."""
    rows = [_row(profile, line, language) for line in profile.of(part)]
    schema: dict[str, Any] = {
        **dict.fromkeys(PROFILE_HEADERS, pl.String),
        "lost_index": pl.Decimal(12, 2),
        "peer_mean": pl.Decimal(12, 2),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(profile: IndexProfile, line: Line, language: Language) -> tuple[object, ...]:
    points = None
    if line.points is not None:
        points = f"{language.number(rounded(line.points))}/{language.number(rounded(line.maximum))}"
    standing = language.label("profile_standing", line.standing)
    mean = profile.peers_of(line)[0]
    figures = (level_text(line, language), points, _two(line.lost_index), _two(mean))
    return (line.group.number, name_of(line, language), *figures, standing)


def level_text(line: Line, language: Language) -> str | None:
    """Return a level: whole for an SPD line, with two places for the mean of innovations."""
    if line.level is None:
        return None
    return language.number(rounded(line.level), 0 if line.part == "spd" else 2)


def name_of(line: Line, language: Language) -> str:
    """Return the name of a line."""
    return line.group.name_id if language.code == "id" else line.group.name_en


def _two(value: Fraction | None) -> Decimal | None:
    return None if value is None else rounded(value)


def profile_notes(profile: IndexProfile, name: str, region_type: str, language: Language) -> list[str]:
    """Return all that stands below the lists: what is lacking, strengths and weaknesses, what is compared, the rule."""
    return [
        lacking_sentence(profile, name, language),
        *cause_sentences(profile, language),
        *(sentence for part in PARTS for sentence in standing_sentences(profile, part, language)),
        *comparison_notes(profile, region_type, language),
        *rule_notes(profile, language),
    ]


PARTS: tuple[Part, ...] = ("spd", "sid")


def lacking_sentence(profile: IndexProfile, name: str, language: Language) -> str:
    """Return what the region lacks of 100, and how much of it lies in SPD, in maturity and in the number."""
    text = language(
        "{name} {edition} lacks {lacking} of 100 index points: {spd} in the regional government's own lines (SPD), "
        "{sid} in the maturity of innovations, {count} in their number."
    )
    return text.format(
        name=name,
        edition=profile.edition,
        lacking=_interval(profile.lacking, language),
        spd=_interval(profile.cost_of("spd"), language),
        sid=_interval(profile.cost_of("sid"), language),
        count=_interval(profile.balance["count"], language),
    )


def cause_sentences(profile: IndexProfile, language: Language) -> list[str]:
    """Return what of it cannot be laid to a line, cause by cause."""
    by_line = {"spd_lines", "sid_lines", "count"}
    return [
        language("Of this not by line: {cause}: {cost}.").format(
            cause=language.label("profile_cause", code), cost=_interval(bounds, language)
        )
        for code, bounds in profile.balance.items()
        if code not in by_line and any(bounds)
    ]


def _interval(bounds: Bounds, language: Language) -> str:
    return language.interval(rounded(bounds[0]), rounded(bounds[1]))


def standing_sentences(profile: IndexProfile, part: Part, language: Language) -> list[str]:
    """Return the dearest weaknesses and the greatest strengths of a part; what is not known is said."""
    lines, label = profile.of(part), part.upper()
    weak = [line for line in lines if line.standing == "weakness"]
    strong = sorted((line for line in lines if line.standing == "strength"), key=lambda line: -line.maximum)
    unknown = sum(line.standing == "unknown" for line in lines)
    sentences = []
    if weak:
        text = language("Weaknesses of {part} ({count}), with the index points that they cost: {lines}.")
        sentences.append(text.format(part=label, count=len(weak), lines=_named(weak, language, with_cost=True)))
    if strong:
        text = language("Strengths of {part} ({count}): {lines}.")
        sentences.append(text.format(part=label, count=len(strong), lines=_named(strong, language, with_cost=False)))
    if unknown:
        text = language.ngettext(
            "{part}: {count} of {all} lines is not known; it counts neither as strength nor as weakness.",
            "{part}: {count} of {all} lines are not known; they count neither as strength nor as weakness.",
            unknown,
        )
        sentences.append(text.format(part=label, count=unknown, all=len(lines)))
    return sentences


def _named(lines: Sequence[Line], language: Language, *, with_cost: bool) -> str:
    names = [
        f"{name_of(line, language)} ({language.number(_two(line.lost_index))})"
        if with_cost
        else name_of(line, language)
        for line in lines[:NAMED]
    ]
    more = len(lines) - len(names)
    if more:
        names.append(language("and {count} more").format(count=more))
    return "; ".join(names)


def comparison_notes(profile: IndexProfile, region_type: str, language: Language) -> list[str]:
    """Return what the lines are compared with: other regions, the country, the edition before."""
    kind = language.label("region_type", region_type).lower()
    text = language.ngettext(
        "Comparable: the {count} other region of the same type ({kind}) with levels of {edition} in this data.",
        "Comparable: the {count} other regions of the same type ({kind}) with levels of {edition} in this data.",
        len(profile.peer_codes),
    )
    notes = [text.format(count=len(profile.peer_codes), kind=kind, edition=profile.edition)]
    fewest = profile.rule.least_peers
    few = sum(len(line.peers) < fewest for line in profile.lines)
    if few:
        text = language.ngettext(
            "{count} line has fewer than {least} comparable regions with levels; no mean is given for it.",
            "{count} lines have fewer than {least} comparable regions with levels; no mean is given for them.",
            few,
        )
        notes.append(text.format(count=few, least=fewest))
    notes.append(language("For the whole country no figure is published by line."))
    return notes + change_notes(profile, language)


def change_notes(profile: IndexProfile, language: Language) -> list[str]:
    """Return why the change since the edition before is not known, for how many lines; nothing where it is."""
    reasons = Counter(line.change_reason for line in profile.lines if line.change_reason is not None)
    told = []
    for reason, count in reasons.items():
        text = language.ngettext(
            "Change since {edition} is not known for {count} line: {reason}.",
            "Change since {edition} is not known for {count} lines: {reason}.",
            count,
        )
        if profile.previous_edition is None:
            text = language.ngettext(
                "Change is not known for {count} line: {reason}.",
                "Change is not known for {count} lines: {reason}.",
                count,
            )
        why = _lowered(language.label("profile_reason", reason))
        told.append(text.format(edition=profile.previous_edition, count=count, reason=why))
    return told


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def rule_notes(profile: IndexProfile, language: Language) -> list[str]:
    """Return the rule of strengths and weaknesses with its reason."""
    return [profile.rule.text(language.code), profile.rule.reason(language.code)]
