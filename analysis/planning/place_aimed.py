"""The index that a place had in the last published edition, as the range that what was published leaves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from warehouse.snapshot import Snapshot

HIGHEST = Decimal(100)
"""No index lies above it."""


@dataclass(frozen=True)
class PlaceRange:
    """Between which indices a place lay in the last published edition that ranks regions of a kind."""

    edition: int
    place: int
    lowest: Decimal
    highest: Decimal


def published_place(snapshot: Snapshot, region_code: str, edition: int, place: int) -> PlaceRange | None:
    """Return what index a place among regions of the same kind had in the last published edition before one.

    The places and scores that were published bound it: at least as high as any region that stood there or below, and
    as so many of the highest scores; at most as high as any that stood there or above. None where nothing bounds it
    from below.
    """
    rows = snapshot.sql(
        """
        select p.region_code, p.edition, max(p.score) as score, any_value(p.rank_low) as rank_low,
            any_value(p.rank_high) as rank_high
        from published_result p join region r using (region_code)
        where r.region_type = (select region_type from region where region_code = $region)
          and scheme = 'IGA' and stage = 'final' and measure = 'iid' and p.score is not null and p.edition < $edition
          and (rank_low is null or (rank_scope ilike 'national%' and rank_scope not ilike '%not stated%'))
        group by p.region_code, p.edition
        """,
        {"edition": edition, "region": region_code},
    ).to_dicts()
    last = max((row["edition"] for row in rows if row["rank_low"] is not None), default=None)
    of_last = [row for row in rows if row["edition"] == last]
    scores = sorted((row["score"] for row in of_last), reverse=True)
    below = [row["score"] for row in of_last if row["rank_low"] is not None and row["rank_low"] >= place]
    below += scores[place - 1 : place]
    above = [row["score"] for row in of_last if row["rank_high"] is not None and row["rank_high"] <= place]
    if last is None or not below:
        return None
    lowest = max(below)
    return PlaceRange(last, place, lowest, max(lowest, min(above, default=HIGHEST)))
