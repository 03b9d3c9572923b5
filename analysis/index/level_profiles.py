"""Reads from a snapshot what a robustness analysis starts from: innovations by level, region by edition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from analysis.season.frames import complete_rules_for
from iga.robustness import RegionProfiles, levels_beside, region_profiles
from iga.rulebook import Rulebook
from warehouse.errors import UnknownName
from warehouse.region import resolve_city
from warehouse.snapshot import Snapshot


def read_profiles(
    snapshot: Snapshot,
    *,
    cities: Sequence[str] = (),
    editions: Iterable[int] = (),
    score: str = "claimed",
    rulebook: Rulebook | int | str | None = None,
) -> RegionProfiles:
    """The profiles of cities and editions (all without one) under one rulebook, by default that of the latest.

    Editions under a rulebook that is not their own lie anywhere within the bounds that the snapshot keeps of their
    index under these rules: those of the crosswalk of levels, or 0 to 100 where it keeps none. Units bear region_code,
    edition, name, region_type (kota, kabupaten, provinsi) and is_simulated. Editions without an index of this score
    kind are left out. Raises UnknownName where the choice holds no submission.
    """
    chosen = {
        "codes": [resolve_city(city).region_code for city in cities],
        "editions": list(editions),
        "score": score,
    }
    submissions = snapshot.sql(_SUBMISSIONS.format(stated=f"{score}_score_x100"), chosen)
    if submissions.is_empty():
        raise UnknownName(
            "There is no submission for this choice",
            next_step="see what is in with `iga status`",
            place=snapshot.snapshot_id,
        )
    rulebooks = snapshot.rulebooks
    rules = complete_rules_for(max(submissions["edition"]), rulebooks) if rulebook is None else rulebook
    rules = rules if isinstance(rules, Rulebook) else rulebooks.of(rules)
    answers = snapshot.sql(_ANSWERS, {"score": score})
    region_answers = snapshot.sql(_REGION_ANSWERS, chosen)
    beside = levels_beside(submissions, answers, rules)
    asked = submissions.select("region_code", "edition").unique()
    own = region_answers.join(asked, on=["region_code", "edition"], how="semi")
    profiles = region_profiles(beside, rules, region_answers=own, labels=["name", "region_type", "is_simulated"])
    return profiles.bounded(_carried_over(snapshot, asked, rules, score))


def _carried_over(
    snapshot: Snapshot, asked: pl.DataFrame, rules: Rulebook, score: str
) -> dict[tuple[str, int], tuple[float, float]]:
    """The bounds of the index, in points, of editions that are read under the rules of another one."""
    kept = {
        (code, edition): (lower / 100, upper / 100)
        for code, edition, lower, upper in snapshot.sql(_BOUNDS, {"rulebook": rules.name, "score": score}).iter_rows()
    }
    foreign = asked.filter(pl.col("edition").cast(pl.String) != rules.name)
    return {key: kept.get(key, (0.0, 100.0)) for key in foreign.iter_rows()}


def units_of(profiles: RegionProfiles) -> pl.DataFrame:
    """The units with how many of their innovations state a total without levels, which weights cannot move."""
    return pl.DataFrame(dict(profiles.units)).with_columns(unreachable_count=pl.Series(profiles.unreachable_count))


_CHOICE = """
    (len($codes) = 0 or list_contains($codes, region_code))
    and (len($editions) = 0 or list_contains($editions, edition))
"""
_SUBMISSIONS = (
    """
select
    submission_id, region_code, edition, region.full_name as name, region_type, stage, status, main_affair_code,
    cross_affair_codes, {stated} as stated_x100,
    bool_or(reported.is_simulated) over (partition by region_code, edition) as is_simulated
from (
    select
        submission_id, region_code, edition, stage, status, main_affair_code, cross_affair_codes, {stated}, is_simulated
    from store.submission
    union all by name
    -- Innovations that stand only in quarantine, at the lower end of what they may bring, as what else is not known.
    select
        source_id as submission_id, region_code, edition, stage, status, main_affair_code, cross_affair_codes,
        coalesce({stated}, if(source_id in (select source_id from store.quarantined_answer), null, 0)) as {stated},
        is_simulated
    from store.quarantined_innovation
    where score_kind = $score and not is_scored_unknown
) as reported join region using (region_code)
where (region_code, edition) in (select (region_code, edition) from store.region_index where score_kind = $score) and
"""
    + _CHOICE
)
_ANSWERS = """
select submission_id, indicator_number, level from store.answer where score_kind = $score
union all
select source_id, indicator_number, level from store.quarantined_answer where score_kind = $score
"""
_BOUNDS = """
select region_code, edition, iid_lower_x100, iid_upper_x100
from store.region_index
where rulebook = $rulebook and score_kind = $score and iid_lower_x100 is not null
"""
_REGION_ANSWERS = (
    """
select region_code, edition, indicator_number, level, points_x100
from store.region_answer
where score_kind = $score and
"""
    + _CHOICE
)
