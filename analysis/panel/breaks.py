"""Finds where methods break: scales of the statements, predicates and numbers of rulebooks, levels by crosswalks.

Nothing is listed by hand but what sources state and no rulebook holds (`[[stated]]` in `rules.toml`). What one of two
editions does not state is no break and no proof of none: only two known values can differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.panel.rules import Break, panel_rules
from iga.rules.collection import Rulebooks
from iga.rules.crosswalk import LevelMap, crosswalk
from warehouse.language import Language

if TYPE_CHECKING:
    from iga.rulebook import Rulebook
    from warehouse.snapshot import Snapshot

CONFIDENCES = ("unknown", "low", "medium", "high")
BREAK_COLUMNS = ("score", "predicate", "levels", "formula")
"""What a break may affect; each has a column `<name>_break_before` in the panel."""


def breaks_of(snapshot: Snapshot) -> tuple[Break, ...]:
    """Return the breaks in method that a snapshot's statements, rulebooks and crosswalks show, the earliest first."""
    schemes = list(panel_rules().preference.schemes)
    statements = snapshot.sql(
        "select edition, measure, score from published_result where list_contains($schemes, scheme)",
        {"schemes": schemes},
    )
    return breaks_in_method(statements, snapshot.rulebooks)


def breaks_in_method(statements: pl.DataFrame, rulebooks: Rulebooks) -> tuple[Break, ...]:
    """Return the breaks between editions, one for each pair and strength, the earliest first.

    `statements` have edition, measure and score. Breaks of one pair that are refused alike are told as one.
    """
    found = [*_of_scales(statements), *_of_rulebooks(rulebooks), *panel_rules().stated]
    groups: dict[tuple[tuple[int, int], bool], list[Break]] = {}
    for each in found:
        groups.setdefault((each.between, each.is_refused), []).append(each)
    return tuple(_joined(groups[key]) for key in sorted(groups))


def breaks_frame(breaks: Sequence[Break]) -> pl.DataFrame:
    """Return one row per break.

    Columns: from_edition, to_edition, affects, is_refused, confidence, basis, reason_id, reason_en, source, source_id.
    """
    rows = [
        {
            "from_edition": each.between[0],
            "to_edition": each.between[1],
            "affects": "|".join(each.affects),
            **each.model_dump(include={"is_refused", "confidence", "basis", "reason_id", "reason_en", "source"}),
            "source_id": each.source_id or None,
        }
        for each in breaks
    ]
    texts = ("affects", "confidence", "basis", "reason_id", "reason_en", "source", "source_id")
    schema: dict[str, Any] = {"from_edition": pl.Int64, "to_edition": pl.Int64, "affects": pl.String}
    schema |= {"is_refused": pl.Boolean} | dict.fromkeys(texts[1:], pl.String)
    return pl.DataFrame(rows, schema=schema)


def breaks_from(frame: pl.DataFrame) -> tuple[Break, ...]:
    """Return the breaks that a table as `breaks_frame` makes it holds."""
    return tuple(
        Break(
            between=(row["from_edition"], row["to_edition"]),
            affects=tuple(row["affects"].split("|")),
            source_id=row["source_id"] or "",
            **{name: row[name] for name in ("is_refused", "confidence", "basis", "reason_id", "reason_en", "source")},
        )
        for row in frame.iter_rows(named=True)
    )


def refused_between(breaks: Iterable[Break], first: int, last: int, quantity: str) -> list[Break]:
    """Return the breaks that a series of `quantity` (score, predicate) from one edition to another would cross."""
    return [
        each
        for each in breaks
        if each.is_refused and quantity in each.affects and first <= each.between[0] and each.between[1] <= last
    ]


def with_breaks(rows: pl.DataFrame, breaks: Sequence[Break]) -> pl.DataFrame:
    """Return the rows with a mark for each thing that broke between the edition before and theirs."""
    return rows.with_columns(
        pl.col("edition")
        .is_in([each.between[1] for each in breaks if name in each.affects])
        .alias(f"{name}_break_before")
        for name in BREAK_COLUMNS
    )


def _joined(parts: list[Break]) -> Break:
    affects = [name for name in BREAK_COLUMNS if any(name in part.affects for part in parts)]
    return Break(
        between=parts[0].between,
        affects=tuple(affects),
        is_refused=parts[0].is_refused,
        confidence=min((part.confidence for part in parts), key=CONFIDENCES.index),
        basis="|".join(dict.fromkeys(part.basis for part in parts)),
        reason_id=" ".join(part.reason_id for part in parts),
        reason_en=" ".join(part.reason_en for part in parts),
        source="; ".join(dict.fromkeys(part.source for part in parts)),
        source_id="; ".join(dict.fromkeys(part.source_id or part.source for part in parts)),
    )


def _of_scales(statements: pl.DataFrame) -> Iterator[Break]:
    """Breaks where published scores change their scale from one edition with scores to the next one."""
    rules = panel_rules()
    scales = {scale.measure: scale for scale in rules.scales if scale.is_index}
    scored = statements.filter(pl.col("measure").is_in(list(scales)) & pl.col("score").is_not_null())
    known = scored.group_by("measure").agg(
        pl.col("score").min().alias("low"), pl.col("score").max().alias("high"), pl.len().alias("count")
    )
    spans = {row["measure"]: row for row in known.iter_rows(named=True)}
    used = scored.group_by("edition").agg(pl.col("measure").unique().sort()).sort("edition").iter_rows()
    words = rules.derived.scale
    for (first, before), (last, after) in pairwise(used):
        if before == after:
            continue
        texts = {}
        for code in ("id", "en"):
            language = Language(code)
            facts: dict[str, object] = {}
            for side, measures in (("before", before), ("after", after)):
                span = spans[measures[-1]]
                facts[f"{side}_{code}"] = getattr(scales[measures[-1]], f"text_{code}")
                facts |= {f"{side}_{end}": language.number(span[end], 0) for end in ("low", "high")}
                facts[f"{side}_count"] = language.whole(span["count"])
            texts[code] = (words.reason_id if code == "id" else words.reason_en).format_map(facts)
        yield Break(
            between=(first, last), affects=("score",), is_refused=True, confidence="high", basis="statements",
            reason_id=texts["id"], reason_en=texts["en"], source=words.source_en, source_id=words.source_id,
        )  # fmt: skip


def _of_rulebooks(rulebooks: Rulebooks) -> Iterator[Break]:
    books = sorted(rulebooks, key=lambda book: book.edition)
    for before, after in pairwise(books):
        yield from _of_bands(before, after)
        yield from _of_parameters(before, after)
        yield from _of_levels(before, after, rulebooks)


def _of_bands(before: Rulebook, after: Rulebook) -> Iterator[Break]:
    """A predicate whose threshold both editions know and that differs; one scale only, since others break anyway."""
    known = {band.code: band for band in before.predicates if band.lower is not None and not band.is_open_above}
    for band in after.predicates:
        earlier = known.get(band.code)
        if earlier is None or band.lower is None or earlier.lower == band.lower:
            continue
        facts: dict[str, object] = {}
        for code in ("id", "en"):
            facts[f"band_{code}"] = Language(code).label("predicate", band.code)
        yield _told_break(
            panel_rules().derived.band, before, after, ("predicate",), True, facts, earlier.lower, band.lower,
            (earlier.confidence, band.confidence), (*earlier.source, *band.source),
        )  # fmt: skip


def _of_parameters(before: Rulebook, after: Rulebook) -> Iterator[Break]:
    """A number of the formula that both editions know and that cannot be the same."""
    for name in type(after.parameters).model_fields:
        earlier, later = getattr(before.parameters, name), getattr(after.parameters, name)
        if earlier.is_absent or later.is_absent:
            continue
        if earlier.lower <= later.upper and later.lower <= earlier.upper:
            continue
        facts: dict[str, object] = {f"name_{code}": Language(code).label("parameter", name) for code in ("id", "en")}
        yield _told_break(
            panel_rules().derived.parameter, before, after, ("formula",), False, facts, earlier, later,
            (earlier.confidence, later.confidence), (*earlier.source, *later.source),
        )  # fmt: skip


def _of_levels(before: Rulebook, after: Rulebook, rulebooks: Rulebooks) -> Iterator[Break]:
    """Levels that do not become exactly the same level; nothing is said where no list or no file ties the two."""
    walk = crosswalk(before.name, after.name, rulebooks)
    if walk.basis not in ("file", "inverse", "joined"):
        return
    changed = [each for each in walk.maps.values() if (each.lower, each.upper) != (each.level, each.level)]
    if not changed:
        return
    example = max(changed, key=lambda each: (CONFIDENCES.index(each.confidence), each.lower > 0, each.level))
    words = panel_rules().derived.levels
    facts = {
        "changed": len(changed),
        "count": len(walk.maps),
        "numbers": ", ".join(dict.fromkeys(each.number for each in changed)),
        "number": example.number,
        "example_id": example.reason_id,
        "example_en": example.reason_en,
    }
    yield Break(
        between=(before.edition, after.edition), affects=("levels",), is_refused=False, confidence=walk.confidence,
        basis="crosswalks", reason_id=words.reason_id.format_map(facts), reason_en=words.reason_en.format_map(facts),
        source=_sources_of(changed, before, after),
    )  # fmt: skip


def _sources_of(changed: Sequence[LevelMap], before: Rulebook, after: Rulebook) -> str:
    keys = dict.fromkeys(key.strip() for each in changed for part in each.source.split(";") for key in part.split(","))
    return _named(tuple(keys), before, after)


def _named(keys: Sequence[str], before: Rulebook, after: Rulebook) -> str:
    known = {**before.sources, **after.sources}
    return "; ".join(dict.fromkeys(known.get(key, key) for key in keys))


def _told_break(
    words: Any, before: Rulebook, after: Rulebook, affects: tuple[str, ...], is_refused: bool,
    facts: dict[str, object], first: Any, second: Any, confidences: Sequence[str], sources: Sequence[str],
) -> Break:  # fmt: skip
    """Return a break between two values, each a number or an interval, in both languages."""
    texts = {}
    for code in ("id", "en"):
        language = Language(code)
        told = [
            language.interval(value.lower, value.upper) if hasattr(value, "lower") else language.number(value)
            for value in (first, second)
        ]
        template = words.reason_id if code == "id" else words.reason_en
        texts[code] = template.format_map(facts | {"before": told[0], "after": told[1]})
    return Break(
        between=(before.edition, after.edition), affects=affects, is_refused=is_refused,
        confidence=min(confidences, key=CONFIDENCES.index), basis="rulebooks", reason_id=texts["id"],
        reason_en=texts["en"], source=_named(sources, before, after),
    )  # fmt: skip
