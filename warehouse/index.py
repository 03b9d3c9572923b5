"""The index of every region and edition of a set of submissions, under each rulebook that applies."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from iga.rulebook import Assumptions, Rulebook, known_rulebooks, load_rulebook, rulebooks_for
from iga.score import score_regions, score_spd, score_submissions

SCORE_KINDS = ("claimed", "verified", "final")


def index_of_submissions(
    submissions: pl.DataFrame,
    answers: pl.DataFrame,
    region_answers: pl.DataFrame,
    *,
    score_kinds: Iterable[str] = SCORE_KINDS,
    rulebook: Rulebook | None = None,
    assumptions: Assumptions | None = None,
) -> pl.DataFrame:
    """One row per region, edition, rulebook and score kind, with the columns of ``store.region_index``.

    Frames as in ``store.submission``, ``store.answer`` and ``store.region_answer`` (scores in hundredths). Without a
    ``rulebook`` each edition is computed under its own and, where it is an honest estimate, under the newest complete
    one. The maturity of a submission is the one that its source states, else what its answers give, else unknown.
    A score kind that no submission of a region and edition bears has no row.
    """
    frames = []
    for edition in sorted(set(submissions["edition"]) | set(region_answers["edition"])):
        uses = [(use.rulebook, use.coverage_notes) for use in rulebooks_for(edition)]
        for rules, notes in uses if rulebook is None else [(rulebook, ())]:
            for kind in score_kinds:
                of_edition = submissions.filter(pl.col("edition") == edition)
                of_answers = answers.filter(pl.col("score_kind") == kind)
                maturity = _maturity(of_edition, of_answers, kind, rules)
                spd = region_answers.filter((pl.col("edition") == edition) & (pl.col("score_kind") == kind))
                if maturity.is_empty() and spd.is_empty():
                    continue
                frames.append(_index(maturity, spd, rules, kind, notes, edition, assumptions))
    if not frames:
        return pl.DataFrame()
    return pl.concat(frames, how="vertical_relaxed").sort("region_code", "edition", "rulebook", "score_kind")


def maturity_of_submissions(
    submissions: pl.DataFrame, answers: pl.DataFrame, *, score_kind: str, rulebook: Rulebook
) -> pl.DataFrame:
    """The submissions that the index of a score kind is computed from, with their maturity as bounds in hundredths.

    Added are maturity_lower_x100 and maturity_upper_x100: what the source states, else what the answers give.
    """
    return _maturity(submissions, answers.filter(pl.col("score_kind") == score_kind), score_kind, rulebook)


def editions_without_rulebook(editions: Iterable[int]) -> list[int]:
    """The editions whose rows are kept but whose index is not computed, because no rulebook is known."""
    return sorted({edition for edition in editions if str(edition) not in known_rulebooks()})


def used_rulebooks(index: pl.DataFrame) -> list[Rulebook]:
    """The rulebooks that a frame of indices names."""
    return [load_rulebook(name) for name in sorted(set(index["rulebook"]))] if not index.is_empty() else []


def _maturity(submissions: pl.DataFrame, answers: pl.DataFrame, kind: str, rules: Rulebook) -> pl.DataFrame:
    """Submissions of the regions that have this score kind, with maturity_lower_x100 and maturity_upper_x100."""
    stated = pl.col(f"{kind}_score_x100")
    answered = answers.filter(pl.col("level").is_not_null())
    has_kind = stated.is_not_null() | pl.col("submission_id").is_in(answered["submission_id"].implode())
    scored = submissions.filter(has_kind.any().over("region_code", "edition"))
    if scored.is_empty() or answered.is_empty() or not rules.sid_groups:
        return scored.with_columns(stated.alias("maturity_lower_x100"), stated.alias("maturity_upper_x100"))
    given = score_submissions(answered.select("submission_id", "indicator_number", "level"), rules)
    computed = pl.DataFrame(given.collect() if hasattr(given, "collect") else given)
    columns = ["maturity_lower_x100", "maturity_upper_x100"]
    return scored.join(computed.select("submission_id", *columns), on="submission_id", how="left").with_columns(
        pl.coalesce(stated, pl.col(column)).alias(column) for column in columns
    )


def _index(
    maturity: pl.DataFrame,
    region_answers: pl.DataFrame,
    rules: Rulebook,
    kind: str,
    notes: tuple[str, ...],
    edition: int,
    assumptions: Assumptions | None,
) -> pl.DataFrame:
    spd = score_spd(region_answers, rules)
    scored = score_regions(maturity, rules, spd=spd, assumptions=assumptions)
    index = pl.DataFrame(scored.collect() if hasattr(scored, "collect") else scored)
    facts = maturity.group_by("region_code").agg(pl.col("as_of").max(), pl.col("is_simulated").any())
    simulated_spd = region_answers.group_by("region_code").agg(pl.col("is_simulated").any().alias("is_spd_simulated"))
    coverage = (
        pl.concat_str([pl.col("coverage"), pl.lit("|".join(notes))], separator="|") if notes else pl.col("coverage")
    )
    return (
        index.join(facts, on="region_code", how="left")
        .join(simulated_spd, on="region_code", how="left")
        .with_columns(
            pl.lit(kind).alias("score_kind"),
            coverage.str.strip_prefix("complete|").alias("coverage"),
            pl.lit(str(edition) != rules.name).alias("is_estimate"),
            (pl.col("is_simulated").fill_null(False) | pl.col("is_spd_simulated").fill_null(False)).alias(
                "is_simulated"
            ),
        )
        .drop("is_spd_simulated")
    )
