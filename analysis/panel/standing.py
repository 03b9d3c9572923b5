"""Where a region stood by what was published: its own last figures, and those of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from analysis.panel.breaks import breaks_of, refused_between
from warehouse.snapshot import Snapshot

LEAST_PEERS = 3
"""So many published figures of others make a range worth telling."""


@dataclass(frozen=True)
class Published:
    """One published index; `place` is its place in the country where a single one was published."""

    edition: int
    score: Decimal
    place: int | None
    source: str = ""


@dataclass(frozen=True)
class Peers:
    """The published indices of the other regions of a kind in one edition."""

    edition: int
    lowest: Decimal
    highest: Decimal
    count: int


@dataclass(frozen=True)
class Standing:
    """What was published up to an edition: the region's last figure, the one before it, and its peers.

    `before` is None where the method changed in between, so that the two do not compare.
    """

    last: Published | None
    before: Published | None
    peers: Peers | None


def published_standing(snapshot: Snapshot, region_code: str, edition: int) -> Standing:
    """Return where a region stood before an edition, by final figures of the index alone."""
    rows = snapshot.sql(
        """
        select region_code, edition, max(score) as score, arg_max(source, (score, statement_id)) as source,
            max(rank_low) filter (where rank_low = rank_high and rank_scope ilike 'national%') as place
        from published_result
        where scheme = 'IGA' and stage = 'final' and measure = 'iid' and score is not null and edition < $edition
        group by region_code, edition order by edition desc, region_code
        """,
        {"edition": edition},
    ).to_dicts()
    own = [
        Published(row["edition"], row["score"], row["place"], row["source"])
        for row in rows
        if row["region_code"] == region_code
    ]
    before = own[1] if len(own) > 1 else None
    if before is not None and refused_between(breaks_of(snapshot), before.edition, own[0].edition, "score"):
        before = None
    return Standing(own[0] if own else None, before, _peers(rows, region_code))


def _peers(rows: list[dict[str, object]], region_code: str) -> Peers | None:
    scores: dict[int, list[Decimal]] = {}
    for row in rows:
        code, score, edition = str(row["region_code"]), row["score"], row["edition"]
        is_peer = code != region_code and _kind(code) == _kind(region_code)
        if is_peer and isinstance(score, Decimal) and isinstance(edition, int):
            scores.setdefault(edition, []).append(score)
    last = max((edition for edition, found in scores.items() if len(found) >= LEAST_PEERS), default=None)
    return None if last is None else Peers(last, min(scores[last]), max(scores[last]), len(scores[last]))


def _kind(region_code: str) -> str:
    """Return the kind of region that a code of the Home Ministry says: cities are numbered from 71 on."""
    _province, dot, number = region_code.partition(".")
    return "province" if not dot else "city" if int(number) >= 71 else "regency"
