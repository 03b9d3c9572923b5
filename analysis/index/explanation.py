"""Why a city's index and rank moved between two editions of a snapshot, ready to be printed, charted or tabulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from analysis.index.recompute import Stored, index_under, kept_indices, season_of, stored_rows
from analysis.season.frames import complete_rules_for, is_on_raw_scale
from iga.index.why_moved import PLAYERS, Explanation, RankMove, Rules, Season, explain, explain_rank
from iga.rulebook import Rulebook
from warehouse.errors import UnknownName
from warehouse.snapshot import Snapshot

PART_SCHEMA = {
    "player": pl.String,
    "part_lower_x100": pl.Int64,
    "part_upper_x100": pl.Int64,
    "is_known": pl.Boolean,
}


@dataclass(frozen=True)
class SeasonExplanation:
    """One move of one region: the exact shares, the rank, and the rows of the index that both rest on."""

    region_code: str
    from_edition: int
    to_edition: int
    score_kind: str
    rules: tuple[Rules, Rules]
    seasons: tuple[Season, Season]
    indices: tuple[pl.DataFrame, pl.DataFrame]
    explanation: Explanation | None
    rank: RankMove | None

    @property
    def before(self) -> Mapping[str, object]:
        """The index of the region in the earlier edition, as a row of `region_index`."""
        return self._own(0)

    @property
    def after(self) -> Mapping[str, object]:
        """The index of the region in the later edition, as a row of `region_index`."""
        return self._own(1)

    def _own(self, place: int) -> Mapping[str, object]:
        return self.indices[place].filter(pl.col("region_code") == self.region_code).row(0, named=True)

    @property
    def is_simulated(self) -> bool:
        """Either season comes from simulated files."""
        return bool(self.before["is_simulated"] or self.after["is_simulated"])

    @property
    def has_break(self) -> bool:
        """The two editions have rules of their own that differ, whatever both are computed under here."""
        return self.from_edition != self.to_edition

    @property
    def innovation_counts(self) -> dict[str, int]:
        """How many innovations continue, came and went."""
        old, new = ({entry.innovation_id for entry in season.entries} for season in self.seasons)
        return {"continuing": len(old & new), "entries": len(new - old), "exits": len(old - new)}

    @property
    def parts(self) -> pl.DataFrame:
        """One row per cause: its printed share in hundredths at the lower and the upper end, and whether it is known.

        A share is not known where what it is about is missing or a range on either side: SPD, and the maturity of
        innovations. Empty if one of the two editions has no index.
        """
        if self.explanation is None:
            return pl.DataFrame(schema=PART_SCHEMA)
        low, high = self.explanation.printed("lower"), self.explanation.printed("upper")
        rows = [(player, low[player], high[player], self._is_known(player)) for player in PLAYERS]
        return pl.DataFrame(rows, schema=PART_SCHEMA, orient="row")

    def _is_known(self, player: str) -> bool:
        if self.explanation is not None and self.explanation.is_single:
            return True
        spd = [season.spd[rules.name] for season, rules in zip(self.seasons, self.rules, strict=True)]
        if player == "spd":
            return all(bounds is not None and bounds[0] == bounds[1] for bounds in spd)
        return self.explanation is not None and self.explanation.lower[player] == self.explanation.upper[player]


def explain_season(
    snapshot: Snapshot,
    region_code: str,
    from_edition: int,
    to_edition: int,
    *,
    rules_from: str | int | None = None,
    rules_to: str | int | None = None,
    score_kind: str = "claimed",
    changes: Mapping[str, object] | None = None,
    stored: Stored | None = None,
) -> SeasonExplanation:
    """Why the index and the rank of a region moved between two editions.

    Both editions are computed under the complete rulebook of the later one (its own, else that of its estimate) unless
    others are named; `changes` are assumptions that differ from the defaults. The rank is among the regions of the
    snapshot that have an index in both editions.
    `stored` are the region's rows of at least both editions, for who has read them already.
    Raises UnknownName if the region has no index in one of them, and for an edition whose scores are on a raw scale
    unless a rulebook is named for it.
    """
    for edition, name in ((from_edition, rules_from), (to_edition, rules_to)):
        if name is None and is_on_raw_scale(edition, snapshot.rulebooks):
            raise UnknownName(
                "The scores of edition {edition} are on a raw scale, so that no index follows from them",
                next_step="choose another edition",
                edition=edition,
            )
    chosen = [_rules(snapshot, name, max(from_edition, to_edition), changes) for name in (rules_from, rules_to)]
    editions = (from_edition, to_edition)
    if stored is None:
        stored = stored_rows(snapshot, region_code=region_code, editions=editions)
    if chosen[0] == chosen[1]:
        both_editions = _indices(snapshot, editions, chosen[0], score_kind, changes)
        is_known = not both_editions.is_empty()
        indices = [
            both_editions.filter(pl.col("edition") == edition) if is_known else both_editions for edition in editions
        ]
    else:
        indices = [
            _indices(snapshot, (edition,), rules, score_kind, changes)
            for edition, rules in zip(editions, chosen, strict=True)
        ]
    for index, edition in zip(indices, editions, strict=True):
        if index.is_empty() or region_code not in index["region_code"]:
            raise UnknownName(
                "{region} has no index in edition {edition} for this choice",
                next_step="see `iga index` for the cities and editions that have one",
                region=region_code,
                edition=edition,
            )
    both = [(rules.rulebook, rules.assumptions) for rules in chosen]
    seasons = [season_of(stored, region_code, edition, score_kind, both) for edition in editions]
    bounds = [_bounds(index) for index in indices]
    return SeasonExplanation(
        region_code,
        from_edition,
        to_edition,
        score_kind,
        (chosen[0], chosen[1]),
        (seasons[0], seasons[1]),
        (indices[0], indices[1]),
        explain(seasons[0], seasons[1], chosen[0], chosen[1]),
        explain_rank(bounds[0], bounds[1], region_code, ties=chosen[1].assumptions.ties),
    )


def _rules(snapshot: Snapshot, name: str | int | None, edition: int, changes: Mapping[str, object] | None) -> Rules:
    known = snapshot.rulebooks
    rulebook: Rulebook = complete_rules_for(edition, known) if name is None else known.of(name)
    return Rules(rulebook, rulebook.assume(**(changes or {})))


def _indices(
    snapshot: Snapshot,
    editions: tuple[int, ...],
    rules: Rules,
    score_kind: str,
    changes: Mapping[str, object] | None,
) -> pl.DataFrame:
    """The indices of every region, which the rank is among."""
    kept = kept_indices(snapshot, rules.rulebook, rules.assumptions, editions=editions, score_kind=score_kind)
    if kept is not None:
        return kept
    stored = stored_rows(snapshot, editions=editions)
    return index_under(stored, rulebook=rules.rulebook, score_kinds=(score_kind,), changes=changes)


def _bounds(index: pl.DataFrame) -> dict[str, tuple[int, int]]:
    rows = index.select("region_code", "iid_lower_x100", "iid_upper_x100").drop_nulls().iter_rows()
    return {code: (lower, upper) for code, lower, upper in rows}
