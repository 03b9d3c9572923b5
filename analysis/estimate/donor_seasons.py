"""Reads from a snapshot which other cities could tell how a season's totals become levels of another edition."""

from __future__ import annotations

import polars as pl

from analysis.index.recompute import Scored, entering_index
from iga.estimate import DonorCity, TargetCity
from iga.rules.crosswalk import Crosswalk
from warehouse.scoring.submission_maturity import maturity_of
from warehouse.snapshot import Snapshot

_SUBMISSIONS = """
select * from store.submission
where edition = $edition and (region_code, edition) in (
    select (region_code, edition) from store.submission join store.answer using (submission_id)
    where score_kind = $kind and level is not null
)
order by region_code, submission_id
"""
_ANSWERS = """
select answer.* from store.answer join store.submission using (submission_id)
where edition = $edition and score_kind = $kind and level is not null
"""


_REGIONS = """
select region_code, bool_or(is_simulated) as is_simulated
from store.submission join store.answer using (submission_id)
where edition = $edition and score_kind = $kind and level is not null
group by region_code order by region_code
"""


def cities_with_levels(snapshot: Snapshot, edition: int, kind: str) -> tuple[DonorCity, ...]:
    """Return the regions of an edition whose answers are known by level, without what their totals become.

    Enough to ask whether they may be donors at all, which costs nothing: their one innovation stands for any.
    """
    rows = snapshot.sql(_REGIONS, {"edition": edition, "kind": kind})
    return tuple(DonorCity(code, [0], [0], [0], is_simulated=simulated) for code, simulated in rows.iter_rows())


def donor_cities(snapshot: Snapshot, walk: Crosswalk, edition: int, kind: str) -> tuple[DonorCity, ...]:
    """Return the regions of an edition whose answers are known by level: totals, and the ends that they become."""
    asked: dict[str, object] = {"edition": edition, "kind": kind}
    submissions, answers = snapshot.sql(_SUBMISSIONS, asked), snapshot.sql(_ANSWERS, asked)
    if submissions.is_empty():
        return ()
    total = pl.col(f"{kind}_score_x100")
    rows = maturity_of(submissions, answers, kind, walk).filter(
        (pl.col("maturity_basis") == "levels") & total.is_not_null() & pl.col("maturity_lower_x100").is_not_null()
    )
    return tuple(
        DonorCity(
            str(code),
            _points(part[f"{kind}_score_x100"]),
            _points(part["maturity_lower_x100"]),
            _points(part["maturity_upper_x100"]),
            is_simulated=bool(part["is_simulated"].any()),
        )
        for (code,), part in rows.group_by("region_code", maintain_order=True)
    )


def target_city(scored: Scored, region_code: str, kind: str, *, is_simulated: bool) -> TargetCity:
    """Return the season that is to be predicted: its totals and the bounds of its maturities."""
    entering = entering_index(scored)
    rows = entering["scored"]
    most = int((scored.walk.target_rules.parameters.maturity_maximum.upper or 0) * 100)
    totals = rows.select(pl.when(~pl.col("is_quarantined")).then(pl.col(f"{kind}_score_x100"))).to_series()
    return TargetCity(
        region_code,
        [None if value is None else value / 100 for value in totals],
        _points(rows["maturity_lower_x100"].fill_null(0)),
        _points(rows["maturity_upper_x100"].fill_null(most)),
        divisor=entering["in_divisor"].height or None,
        is_simulated=is_simulated,
    )


def _points(hundredths: pl.Series) -> list[float]:
    return [value / 100 for value in hundredths]
