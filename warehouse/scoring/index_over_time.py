"""The index of every region and edition of a set of submissions, under each rulebook that applies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from iga.index.coverage import Coverage, CoverageCode, value_in_quarantine
from iga.rulebook import Assumptions, Rulebook, Rulebooks, shipped_rulebooks
from iga.rules.crosswalk import Crosswalk, crosswalk
from iga.score import score_regions, score_spd
from warehouse.scoring.no_list import with_no_list
from warehouse.scoring.open_values import count_of_values
from warehouse.scoring.quarantined_maturity import Waiting, with_quarantined
from warehouse.scoring.submission_maturity import BOUNDS, maturity_of, maturity_of_all

SCORE_KINDS = ("claimed", "verified", "final")

WIDENED_BY = {
    "levels": CoverageCode.LEVEL_INTERVAL,
    "flags": CoverageCode.FLAGS_ONLY,
    "total": CoverageCode.TOTAL_ONLY,
    "none": CoverageCode.MATURITY_MISSING,
}
"""What a maturity that is not a single value rests on, and the coverage code that says so."""


def index_of_submissions(
    submissions: pl.DataFrame,
    answers: pl.DataFrame,
    region_answers: pl.DataFrame,
    *,
    quarantined: pl.DataFrame | None = None,
    quarantined_answers: pl.DataFrame | None = None,
    quarantined_values: pl.DataFrame | None = None,
    listed: pl.DataFrame | None = None,
    score_kinds: Iterable[str] = SCORE_KINDS,
    rulebook: Rulebook | None = None,
    changes: Mapping[str, object] | None = None,
    rulebooks: Rulebooks | None = None,
) -> pl.DataFrame:
    """One row per region, edition, rulebook and score kind, with the columns of ``store.region_index``.

    Frames as in ``store.submission``, ``store.answer``, ``store.region_answer``, ``store.quarantined_innovation``,
    ``store.quarantined_answer`` and ``store.quarantined_value`` (scores in hundredths). An innovation in quarantine is
    in the bounds of each score kind that its region and edition has; of a season of nothing else, of that of its file.
    Without a
    ``rulebook`` each edition is computed under its own and, where it is an honest estimate, under the complete one
    that `Rulebooks.uses_for` names; with one, every edition under it. ``changes`` are assumptions that differ from each
    rulebook's defaults. What an edition's answers mean under another's rules is said by the crosswalk
    (``warehouse/scoring/submission_maturity.py``); ``coverage`` says what widens the bounds. A score kind that neither
    a submission nor an SPD answer of a region and edition bears has no row; of one that SPD answers alone bear every
    maturity is unknown. ``listed`` are the seasons (region_code, edition) whose list of innovations has come, all
    unless it is given: of any other a row without innovations has bounds (``warehouse/scoring/no_list.py``).
    ``rulebooks`` are those that an edition is looked up in, the shipped ones unless they are given.
    """
    known = rulebooks or shipped_rulebooks()
    frames = []
    waiting = Waiting.of(quarantined, quarantined_answers, quarantined_values)
    for edition in sorted({*submissions["edition"], *region_answers["edition"], *waiting.innovations["edition"]}):
        for rules, notes in _rulebooks(edition, rulebook, known):
            walk = crosswalk(edition, rules.name, known)
            assumed = rules.assume(**(changes or {}))
            for kind in score_kinds:
                of_edition = submissions.filter(pl.col("edition") == edition)
                spd = region_answers.filter((pl.col("edition") == edition) & (pl.col("score_kind") == kind))
                of_kind = answers.filter(pl.col("score_kind") == kind)
                maturity = _maturity(of_edition, of_kind, spd, kind, walk)
                maturity = with_quarantined(
                    maturity, waiting.beside(maturity, spd, of_edition, edition, kind), kind, walk
                )
                if maturity.is_empty() and spd.is_empty():
                    continue
                emptied = count_of_values(waiting.values, of_edition, of_kind, spd, kind)
                index = _index(maturity, spd, walk, kind, notes, assumed, known, emptied)
                frames.append(index if listed is None else with_no_list(index, listed, rules, assumed))
    if not frames:
        return pl.DataFrame()
    return pl.concat(frames, how="vertical_relaxed").sort("region_code", "edition", "rulebook", "score_kind")


def _maturity(
    submissions: pl.DataFrame, answers: pl.DataFrame, spd: pl.DataFrame, kind: str, walk: Crosswalk
) -> pl.DataFrame:
    """The submissions of regions that have the score kind; where SPD answers alone have it, of unknown maturity."""
    known = maturity_of(submissions, answers, kind, walk)
    silent = submissions.join(spd, on="region_code", how="semi").join(known, on="region_code", how="anti")
    if silent.is_empty():
        return known
    return pl.concat([known, maturity_of_all(silent, answers, kind, walk)], how="diagonal_relaxed")


def index_over_time(
    submissions: pl.DataFrame,
    answers: pl.DataFrame,
    region_answers: pl.DataFrame,
    days: pl.DataFrame,
    rulebooks: Rulebooks | None = None,
    *,
    quarantined: pl.DataFrame | None = None,
    quarantined_answers: pl.DataFrame | None = None,
    quarantined_values: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The rows of ``history.region_index``: the index as of each day of each season.

    Frames as in ``history.submission``, ``history.answer``, ``history.region_answer`` and ``season_day``,
    ``history.quarantined_innovation``, ``store.quarantined_answer`` and ``store.quarantined_value``.
    """
    numbered = days.sort("region_code", "edition", "day").with_columns(
        pl.col("day").shift(-1).over("region_code", "edition").alias("until"),
        pl.int_range(pl.len()).over("region_code", "edition").alias("number"),
        pl.when("has_list").then("day").forward_fill().over("region_code", "edition").alias("as_of"),
    )
    frames = []
    for _, cut in numbered.group_by("number", maintain_order=True):
        stood = _standing(submissions, cut, ["region_code", "edition"])
        given = _standing(answers, stood.select("submission_id", "day"), ["submission_id"])
        lines = _standing(region_answers, cut, ["region_code", "edition"])
        waiting = None if quarantined is None else _standing(quarantined, cut, ["region_code", "edition"])
        index = index_of_submissions(
            stood,
            given,
            lines,
            quarantined=waiting,
            quarantined_answers=quarantined_answers,
            quarantined_values=quarantined_values,
            listed=cut.filter(pl.col("as_of").is_not_null()).select("region_code", "edition"),
            rulebooks=rulebooks,
        )
        if not index.is_empty():
            season = cut.select(
                "region_code", "edition", pl.col("day").alias("valid_from"), pl.col("until").alias("valid_to")
            )
            frames.append(index.join(season, on=["region_code", "edition"], how="left"))
    if not frames:
        return pl.DataFrame()
    keys = ("region_code", "edition", "rulebook", "score_kind", "valid_from")
    return pl.concat(frames, how="vertical_relaxed").sort(keys)


def _standing(versions: pl.DataFrame, days: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """The versions that count on the day that `days` gives to each of them."""
    placed = versions.join(days, on=on, how="inner", maintain_order="left")
    ends = pl.col("valid_to")
    return placed.filter((pl.col("valid_from") <= pl.col("day")) & (ends.is_null() | (ends > pl.col("day"))))


def editions_without_rulebook(editions: Iterable[int], rulebooks: Rulebooks | None = None) -> list[int]:
    """The editions whose rows are kept but whose index is not computed, because no rulebook is known."""
    known = rulebooks or shipped_rulebooks()
    return sorted({edition for edition in editions if edition not in known})


def used_rulebooks(index: pl.DataFrame, rulebooks: Rulebooks | None = None) -> list[Rulebook]:
    """The rulebooks that a frame of indices names."""
    known = rulebooks or shipped_rulebooks()
    return [known.of(name) for name in sorted(set(index["rulebook"]))] if not index.is_empty() else []


def spd_under(
    region_answers: pl.DataFrame, walk: Crosswalk, assumptions: Assumptions, rulebooks: Rulebooks | None = None
) -> pl.DataFrame:
    """The SPD of regions under the crosswalk's target: as scored if the rules are the edition's own, else unknown.

    No edition before 2026 publishes its SPD lines and thresholds, so that a score cannot be mapped; the assumption
    `spd_carries_over` takes it as it stands. Columns as `score_spd` returns them; no row where nothing is known.
    """
    if walk.from_edition == walk.to_edition:
        scored = score_spd(region_answers, walk.target_rules)
    else:
        known = rulebooks or shipped_rulebooks()
        own = known.of(walk.from_edition) if walk.from_edition in known else walk.target_rules
        scored = score_spd(region_answers, own)
    frame = pl.DataFrame(scored.collect() if hasattr(scored, "collect") else scored)
    is_known = walk.from_edition == walk.to_edition or assumptions.spd_carries_over
    return frame if is_known else frame.clear()


def _rulebooks(edition: int, rulebook: Rulebook | None, known: Rulebooks) -> list[tuple[Rulebook, tuple[str, ...]]]:
    uses = {use.rulebook: use.coverage_notes for use in known.uses_for(edition)}
    return list(uses.items()) if rulebook is None else [(rulebook, uses.get(rulebook, ()))]


def _index(
    maturity: pl.DataFrame,
    region_answers: pl.DataFrame,
    walk: Crosswalk,
    kind: str,
    notes: tuple[str, ...],
    assumed: Assumptions,
    rulebooks: Rulebooks,
    emptied: Mapping[str, int],
) -> pl.DataFrame:
    rules = walk.target_rules
    spd = spd_under(region_answers, walk, assumed, rulebooks)
    scored = score_regions(maturity, rules, spd=spd, assumptions=assumed)
    index = pl.DataFrame(scored.collect() if hasattr(scored, "collect") else scored)
    facts = maturity.group_by("region_code").agg(pl.col("as_of").max(), pl.col("is_simulated").any())
    simulated_spd = region_answers.group_by("region_code").agg(pl.col("is_simulated").any().alias("is_spd_simulated"))
    more = _widened_by(maturity, assumed).join(
        _spd_notes(region_answers, spd), on="region_code", how="full", coalesce=True
    )
    known = index.join(facts, on="region_code", how="left").join(simulated_spd, on="region_code", how="left")
    known = known.join(more, on="region_code", how="left")
    is_read_otherwise = walk.reading is not None and walk.to_edition != walk.from_edition
    standing = Coverage.of([*notes, CoverageCode.LIST_ASSUMED] if is_read_otherwise else notes)
    return known.with_columns(
        pl.lit(kind).alias("score_kind"),
        pl.Series("coverage", _coverage(known, standing, emptied), dtype=pl.String),
        pl.lit(walk.from_edition != rules.name).alias("is_estimate"),
        (pl.col("is_simulated").fill_null(False) | pl.col("is_spd_simulated").fill_null(False)).alias("is_simulated"),
    ).drop("is_spd_simulated", "widened_by", "spd_note")


def _widened_by(maturity: pl.DataFrame, assumed: Assumptions) -> pl.DataFrame:
    """Per region the coverage codes of scored submissions whose maturity is not a single value."""
    is_out = pl.col("status").is_in([*assumed.uncounted_statuses, "rejected"]).fill_null(False)
    is_scored = ~is_out & pl.col("stage").is_in(list(assumed.stages_scored)).fill_null(True)
    lower, upper = BOUNDS
    is_wide = (pl.col(lower) != pl.col(upper)).fill_null(True)
    code = pl.col("maturity_basis").replace_strict(WIDENED_BY, default=None, return_dtype=pl.String)
    wide = maturity.filter(is_scored & is_wide & ~pl.col("is_quarantined")).with_columns(code.alias("widened_by"))
    return wide.group_by("region_code").agg(pl.col("widened_by").drop_nulls().unique().sort())


def _spd_notes(region_answers: pl.DataFrame, spd: pl.DataFrame) -> pl.DataFrame:
    """The regions whose SPD answers exist and could not be carried to the rules."""
    lost = region_answers.select("region_code").unique().join(spd, on="region_code", how="anti")
    return lost.with_columns(pl.lit(str(CoverageCode.SPD_UNMAPPED)).alias("spd_note"))


def _coverage(index: pl.DataFrame, standing: Coverage, emptied: Mapping[str, int]) -> list[str]:
    """The kernel's notes, with its word for uncertain maturity replaced by why it is uncertain, and emptied values."""
    texts = []
    columns = ("region_code", "coverage", "widened_by", "spd_note")
    for region, text, widened_by, spd_note in index.select(columns).iter_rows():
        reasons: dict[str, Coverage] = {}
        if widened_by:
            reasons[CoverageCode.MATURITY_MISSING] = Coverage.of(widened_by)
        if spd_note:
            reasons[CoverageCode.SPD_MISSING] = Coverage.of([spd_note])
        values = Coverage.of([value_in_quarantine(emptied[region])] if region in emptied else [])
        texts.append((Coverage.parse(text).replaced(reasons) | values | standing).text)
    return texts
