"""Indices of a snapshot computed on demand: any edition under any rulebook, any assumptions, with what widens them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

import polars as pl

from analysis.season.quarantined import read_waiting
from iga.index.coverage import CoverageCode, CoverageNote
from iga.index.score_under_other_rules import any_levels, residual_bounds
from iga.index.what_narrows import Piece, RegionFacts, pieces
from iga.index.why_moved import Entry, Season
from iga.rulebook import Assumptions, Rulebook, Rulebooks
from iga.rules.crosswalk import Crosswalk, crosswalk
from iga.rules.parts import Group
from warehouse.scoring.index_over_time import WIDENED_BY, index_of_submissions, spd_under
from warehouse.scoring.quarantined_maturity import Waiting, with_quarantined
from warehouse.scoring.submission_maturity import facts_of, maturity_of, readable_answers
from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text

SCORES = {
    "spd_score": "spd_x100",
    "spd_lower": "spd_lower_x100",
    "spd_upper": "spd_upper_x100",
    "mean_maturity": "mean_maturity_x100",
    "mean_maturity_lower": "mean_maturity_lower_x100",
    "mean_maturity_upper": "mean_maturity_upper_x100",
    "count_score": "count_x100",
    "count_lower": "count_lower_x100",
    "count_upper": "count_upper_x100",
    "sid_score": "sid_x100",
    "total_score": "total_x100",
    "iid": "iid_x100",
    "iid_lower": "iid_lower_x100",
    "iid_upper": "iid_upper_x100",
}
"""The columns of the view `region_index` that are scores, and the whole hundredths that they show."""


@dataclass(frozen=True)
class Stored:
    """The rows that indices are made of, as in `store.submission`, `store.answer` and `store.region_answer`.

    `rulebooks` are those that editions are looked up in: those of the snapshot that the rows are from.
    """

    submissions: pl.DataFrame
    answers: pl.DataFrame
    region_answers: pl.DataFrame
    rulebooks: Rulebooks | None = None
    waiting: Waiting = field(default_factory=Waiting.of)
    """the innovations that stand only in quarantine"""
    listed: pl.DataFrame | None = None
    """the seasons whose list of innovations has come (region_code, edition); None: all"""

    def of(self, edition: int, kind: str) -> Stored:
        """The rows of one edition and score kind."""
        submissions = self.submissions.filter(pl.col("edition") == edition)
        ids = submissions["submission_id"].implode()
        is_kind = pl.col("score_kind") == kind
        return Stored(
            submissions,
            self.answers.filter(is_kind & pl.col("submission_id").is_in(ids)),
            self.region_answers.filter(is_kind & (pl.col("edition") == edition)),
            self.rulebooks,
            self.waiting,
            self.listed,
        )


def stored_rows(snapshot: Snapshot, *, region_code: str | None = None, editions: Iterable[int] | None = None) -> Stored:
    """The rows of one region or all, of some editions or all."""
    chosen = None if editions is None else list(editions)
    where = (
        "where ($region is null or region_code = $region) and ($editions is null or list_contains($editions, edition))"
    )
    parameters: dict[str, object] = {"region": region_code, "editions": chosen}
    answers = f"select a.* from store.answer a semi join (select * from store.submission {where}) using (submission_id)"
    return Stored(
        snapshot.sql(f"select * from store.submission {where}", parameters),
        snapshot.sql(answers, parameters),
        snapshot.sql(f"select * from store.region_answer {where}", parameters),
        snapshot.rulebooks,
        read_waiting(snapshot, region_code=region_code, editions=chosen),
        snapshot.sql(
            f"select distinct region_code, edition from season_day {where} and has_list and day <= on_day()", parameters
        ),
    )


def index_under(
    stored: Stored,
    *,
    rulebook: Rulebook | None = None,
    score_kinds: Iterable[str] = ("claimed",),
    changes: Mapping[str, object] | None = None,
) -> pl.DataFrame:
    """The rows and columns of the view `region_index` (and the hundredths), computed anew.

    Under `rulebook`, or without one under those that apply to each edition; `changes` are assumptions that differ from
    the rulebook's defaults. Raises AssumptionUnknown for a switch or value that there is not.
    """
    indices = index_of_submissions(
        stored.submissions,
        stored.answers,
        stored.region_answers,
        quarantined=stored.waiting.innovations,
        quarantined_answers=stored.waiting.answers,
        quarantined_values=stored.waiting.values,
        listed=stored.listed,
        score_kinds=score_kinds,
        rulebook=rulebook,
        changes=changes,
        rulebooks=stored.rulebooks,
    )
    if indices.is_empty():
        return indices
    return indices.with_columns(_as_score(column).alias(name) for name, column in SCORES.items())


def kept_indices(
    snapshot: Snapshot,
    rulebook: Rulebook,
    assumptions: Assumptions,
    *,
    editions: Iterable[int],
    score_kind: str,
    region_code: str | None = None,
) -> pl.DataFrame | None:
    """What `index_under` would compute, read from the snapshot where it was computed under exactly these rules.

    None where the snapshot lacks one of the editions under them, or is asked about another day. A nation's indices need
    not be computed for the report of each of its regions. Rows as in `store.region_index`, with the scores of the view
    beside the hundredths.
    """
    wanted = sorted(set(editions))
    if snapshot.as_of is not None:
        return None
    found = snapshot.sql(
        sql_text("analysis.index", "kept_indices"),
        {
            "rulebook_hash": rulebook.hash,
            "assumption_id": rulebook.assumption_id(assumptions),
            "editions": wanted,
            "score_kind": score_kind,
            "region": region_code,
        },
    )
    if sorted(set(found["edition"])) != wanted:
        return None
    return found.with_columns(pl.col(name).cast(pl.Int64) for name, kind in found.schema.items() if kind == pl.Int32)


def _as_score(hundredths: str) -> pl.Expr:
    """Whole hundredths as a decimal of two places; exact, and without a Python object for each."""
    return (pl.col(hundredths).cast(pl.Decimal(14, 2)) / 100).cast(pl.Decimal(12, 2))


@dataclass(frozen=True)
class Scored:
    """A region's season under one rulebook: its submissions with maturity, its SPD, the crosswalk and assumptions."""

    walk: Crosswalk
    assumptions: Assumptions
    submissions: pl.DataFrame
    answers: pl.DataFrame
    spd: pl.DataFrame
    has_spd_answers: bool


def scored_season(
    stored: Stored, region_code: str, edition: int, kind: str, rulebook: Rulebook, assumptions: Assumptions
) -> Scored:
    """A region's season as the index of that rulebook sees it."""
    rows = stored.of(edition, kind)
    walk = crosswalk(edition, rulebook.name, stored.rulebooks)
    own = rows.submissions.filter(pl.col("region_code") == region_code)
    lines = rows.region_answers.filter(pl.col("region_code") == region_code)
    maturity = maturity_of(own, rows.answers, kind, walk)
    waiting = rows.waiting.beside(maturity, lines, own, edition, kind)
    here = waiting.innovations.filter(pl.col("region_code") == region_code)
    return Scored(
        walk,
        assumptions,
        with_quarantined(maturity, replace(waiting, innovations=here), kind, walk),
        rows.answers,
        spd_under(lines, walk, assumptions, stored.rulebooks),
        not lines.is_empty(),
    )


def season_of(
    stored: Stored, region_code: str, edition: int, kind: str, rules: Iterable[tuple[Rulebook, Assumptions]]
) -> Season:
    """A region's season as `iga.index.why_moved` takes it: the worth of each innovation and of the SPD by rulebook."""
    by_name = {rulebook.name: (rulebook, assumptions) for rulebook, assumptions in rules}  # often twice the same
    scored = {name: scored_season(stored, region_code, edition, kind, *one) for name, one in by_name.items()}
    worth: dict[str, dict[str, tuple[Fraction, Fraction] | None]] = defaultdict(dict)
    facts: dict[str, dict[str, object]] = {}
    for name, season in scored.items():
        for row in season.submissions.iter_rows(named=True):
            # The row of one in quarantine is its own innovation: no other season says that it is the same.
            key = f"quarantined {row['submission_id']}" if row["is_quarantined"] else str(row["innovation_id"])
            worth[key][name] = _points(row["maturity_lower_x100"], row["maturity_upper_x100"])
            facts[key] = row
    entries = [_entry(innovation, worth[innovation], row) for innovation, row in facts.items()]
    return Season(edition, {name: _spd_points(season.spd) for name, season in scored.items()}, entries)


def _entry(innovation: str, worth: Mapping[str, tuple[Fraction, Fraction] | None], row: Mapping[str, object]) -> Entry:
    cross = str(row["cross_affair_codes"] or "")
    main, status, stage = (row[name] for name in ("main_affair_code", "status", "stage"))
    return Entry(
        innovation,
        worth,
        status=None if status is None else str(status),
        stage=None if stage is None else str(stage),
        main_affair_code=None if main is None else str(main),
        cross_affair_codes=tuple(code for code in cross.split("|") if code),
        is_scored_unknown=bool(row["is_scored_unknown"]),
    )


def _points(lower: int | None, upper: int | None) -> tuple[Fraction, Fraction] | None:
    return None if lower is None or upper is None else (Fraction(lower, 100), Fraction(upper, 100))


def _spd_points(spd: pl.DataFrame) -> tuple[Fraction, Fraction] | None:
    if spd.is_empty():
        return None
    lower, upper = spd.select("spd_lower_x100", "spd_upper_x100").row(0)
    return _points(lower, upper)


def missing_pieces(scored: Scored) -> list[Piece] | None:
    """What widens the index of a season, the piece that narrows most first; None where the rules give no index.

    Codes of `iga.index.what_narrows.pieces`, and for maturities `indicator:NN` (its levels mean several levels under
    the rules), `total_only`, `flags_only` (the levels are not known), `maturity_missing` (nothing is known).
    """
    facts = region_facts(scored)
    if facts is None:
        return None
    rules, entering = scored.walk.target_rules, entering_index(scored)
    return pieces(rules, facts, _maturity_pieces(scored, entering["scored"]))


def region_facts(scored: Scored) -> RegionFacts | None:
    """Return what is known of a season's region as `iga` takes it; None where no maximum of a maturity is stated."""
    rules, entering = scored.walk.target_rules, entering_index(scored)
    sums = [_sum(entering["scored"], f"maturity_{side}_x100", rules) for side in ("lower", "upper")]
    if None in sums:
        return None
    codes = set(rules.basic_service_affairs)
    counted = entering["counted"]
    affairs = set(counted["main_affair_code"].drop_nulls())
    if scored.assumptions.cross_affairs_cover_basic_service:
        affairs |= {code for text in counted["cross_affair_codes"].drop_nulls() for code in text.split("|")}
    services = len(codes & affairs)
    unknown = counted["main_affair_code"].null_count() + entering["unread"].height
    return RegionFacts(
        _spd_points(scored.spd),
        (Fraction(sums[0] or 0, 100), Fraction(sums[1] or 0, 100)),
        entering["in_divisor"].height,
        counted.height + entering["unread"].height,
        (services, min(services + unknown, len(codes))),
        counted.height,
    )


def entering_index(scored: Scored) -> dict[str, pl.DataFrame]:
    """Return the submissions of the mean (`scored`), of the divisor (`in_divisor`) and of the count term (`counted`).

    By the same switches as the kernel; `unread` are those whose stage or status could not be read.
    """
    assumed = scored.assumptions
    rejected = (pl.col("status") == "rejected").fill_null(False)
    other = ~pl.col("stage").is_in(list(assumed.stages_scored)).fill_null(True)
    reported = scored.submissions.filter(~pl.col("status").is_in(list(assumed.uncounted_statuses)).fill_null(False))
    unread = pl.col("is_scored_unknown")
    yes = pl.lit(True)
    in_divisor = (yes if assumed.rejected_in_divisor else ~rejected) & (
        yes if assumed.other_stages_in_divisor else ~other
    )
    in_count = (yes if assumed.rejected_in_count else ~rejected) & (yes if assumed.other_stages_in_count else ~other)
    return {
        "scored": reported.filter((~rejected & ~other) | unread),
        "in_divisor": reported.filter(in_divisor | unread),
        "counted": reported.filter(in_count & ~unread),
        "unread": reported.filter(unread),
    }


def _sum(submissions: pl.DataFrame, column: str, rules: Rulebook) -> int | None:
    most = rules.parameters.maturity_maximum.upper
    unknown = submissions[column].null_count()
    if unknown and most is None:
        return None
    each = 0 if column == "maturity_lower_x100" else int((most or 0) * 100)
    return int(submissions[column].sum() or 0) + unknown * each


def _maturity_pieces(scored: Scored, entering: pl.DataFrame) -> dict[str, tuple[Fraction, Fraction]]:
    """Points of width that knowing each piece takes off the sum of maturities: the least and the most."""
    walk = scored.walk
    facts = facts_of(readable_answers(scored.answers, walk), walk)
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    kind_columns = ("submission_id", "maturity_lower_x100", "maturity_upper_x100", "maturity_basis", "total_x100")
    waiting = entering.filter("is_quarantined")
    if width := sum(
        upper - lower for lower, upper in waiting.select(kind_columns[1:3]).iter_rows() if lower is not None
    ):
        # Whoever puts the rows right knows them whole.
        found[CoverageCode.IN_QUARANTINE] = [width, width]
    for submission, lower, upper, basis, total in (
        entering.filter(~pl.col("is_quarantined")).select(kind_columns).iter_rows()
    ):
        if lower is None:
            top = int((walk.target_rules.parameters.maturity_maximum.upper or 0) * 100)
            missing = CoverageCode.MATURITY_MISSING
            found[missing] = [each + top for each in found[missing]]
        if lower is None or lower == upper:
            continue
        widths = _by_indicator(walk, facts[submission]) if basis == "levels" else {}
        if sum(widths.values()) == upper - lower:
            for code, width in widths.items():
                found[code] = [each + width for each in found[code]]
        else:
            code = WIDENED_BY[basis] if basis in ("flags", "none") else CoverageCode.TOTAL_ONLY
            left = residual_bounds(walk, facts.get(submission, any_levels(walk)), total) or (0, upper - lower)
            found[code][0] += max(upper - lower - left[1], 0)
            found[code][1] += upper - lower - left[0]
    return {code: (Fraction(least, 100), Fraction(most, 100)) for code, (least, most) in found.items()}


def _by_indicator(walk: Crosswalk, levels: tuple[tuple[int, ...], ...]) -> dict[str, int]:
    """The width that each line's levels leave, in hundredths."""
    found = {}
    for (source, target), possible in zip(walk.groups, levels, strict=True):
        bounds = [walk.interval(source.number, level) for level in possible] if source else [(0, target.top_level)]
        width = target.weight_x100 * (max(high for _, high in bounds) - min(low for low, _ in bounds))
        if width:
            found[CoverageNote("indicator", target.number).text] = width
    return found


UNMAPPED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "edition": pl.Int32,
    "rulebook": pl.String,
    "indicator_number": pl.String,
    "indicator_name_id": pl.String,
    "indicator_name_en": pl.String,
    "level": pl.Int64,
    "level_lower": pl.Int64,
    "level_upper": pl.Int64,
    "is_unmapped": pl.Boolean,
    "answer_count": pl.Int64,
    "width_points": pl.Decimal(12, 2),
    "confidence": pl.String,
    "source": pl.String,
    "reason_id": pl.String,
    "reason_en": pl.String,
}


def unmapped_levels(scored: Scored, edition: int) -> pl.DataFrame:
    """The levels of an edition's list that mean more than one level under the rules, with reason.

    ``is_unmapped``: the texts say no more than whether there is evidence. ``answer_count`` is how many scored
    innovations have the level (null where only totals are known), ``width_points`` what this adds to the width of the
    sum of their maturities.
    """
    walk = scored.walk
    facts = facts_of(readable_answers(scored.answers, walk), walk)
    ids = set(entering_index(scored)["scored"]["submission_id"])
    has_levels = any(submission in facts for submission in ids)
    counts: Counter[tuple[str, int]] = Counter()
    for submission in ids & set(facts):
        for (source, _), possible in zip(walk.groups, facts[submission], strict=True):
            if source is not None and len(possible) == 1:
                counts[source.number, possible[0]] += 1
    targets = {source.number: target for source, target in walk.groups if source is not None}
    rows = []
    for stated in walk.widening():
        if stated.number not in targets:
            continue
        count = counts[stated.number, stated.level]
        width = targets[stated.number].weight_x100 * (stated.upper - stated.lower) * count
        name: Group = targets[stated.number]
        rows.append(
            (
                edition,
                walk.to_edition,
                stated.number,
                name.name_id,
                name.name_en,
                stated.level,
                stated.lower,
                stated.upper,
                walk.is_unmapped(stated),
                count if has_levels else None,
                Decimal(width).scaleb(-2) if has_levels else None,
                stated.confidence,
                stated.source,
                stated.reason_id,
                stated.reason_en,
            )
        )
    frame = pl.DataFrame(rows, schema=UNMAPPED_SCHEMA, orient="row")
    return frame.sort("width_points", "indicator_number", "level", descending=[True, False, False], nulls_last=True)
