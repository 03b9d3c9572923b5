"""Why a city's index moved between two editions: the figures that the notebook and the city report show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.index.explanation import SeasonExplanation, explain_season
from analysis.index.recompute import Stored, index_under, kept_indices, scored_season, stored_rows, unmapped_levels
from iga.rulebook import switches_of
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.explain.parameters import ExplainParameters
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.region import resolve_city


@dataclass(frozen=True)
class Explained:
    """A move of one city with what is needed to show it.

    `indices`: every edition of the city under the later edition's rulebook, as rows of `region_index`. `stored`: the
    rows that they are made of.
    """

    told: SeasonExplanation
    names: Mapping[str, str]
    snapshot: dict[str, Any]
    language: Language
    indices: pl.DataFrame
    stored: Stored

    @cached_property
    def unmapped(self) -> pl.DataFrame:
        """The levels that the later edition's rulebook does not fix, as `unmapped_levels` gives them."""
        told, rules = self.told, self.told.rules[1]
        frames = [
            unmapped_levels(
                scored_season(
                    self.stored, told.region_code, edition, told.score_kind, rules.rulebook, rules.assumptions
                ),
                edition,
            )
            for edition in self.indices.filter("is_estimate")["edition"]
        ]
        return pl.concat(frames) if frames else pl.DataFrame()

    @property
    def name(self) -> str:
        """Full name of the city."""
        return self.names[self.told.region_code]

    @property
    def is_simulated(self) -> bool:
        """Whether any figure shown comes from simulated files."""
        return self.told.is_simulated or bool(self.indices["is_simulated"].any())

    @property
    def is_estimate(self) -> bool:
        """Whether an index that is explained is one under the rules of another edition."""
        return bool(self.told.before["is_estimate"] or self.told.after["is_estimate"])

    @property
    def source_line(self) -> str:
        """Where the figures come from, for the foot of charts."""
        text = self.language("Source: {origin}; snapshot {snapshot}")
        origin = self.language("files received")
        return text.format(origin=origin, snapshot=str(self.snapshot["snapshot_id"])[:12])

    @property
    def ends(self) -> tuple[str, ...]:
        """The ends of the bounds that are explained: one where both indices are single values, else both."""
        if self.told.explanation is None:
            return ()
        return ("lower",) if self.told.explanation.is_single else ("lower", "upper")

    def steps(self, end: str) -> pl.DataFrame:
        """Return the waterfall of one end: label, kind (before, cause, after), start and finish of the bar, is_known.

        `share` is what a cause adds, null for the two indices; `level` is the index that is reached.
        """
        before, after = (row[f"iid_{end}"] for row in (self.told.before, self.told.after))
        if not (isinstance(before, Decimal) and isinstance(after, Decimal)):
            return pl.DataFrame()
        level = before
        rows: list[tuple[str, str, float, float, bool, Decimal | None, Decimal]] = [
            (str(self.told.from_edition), "before", float(before), float(before), True, None, before)
        ]
        for part in self.told.parts.iter_rows(named=True):
            share = Decimal(part[f"part_{end}_x100"]).scaleb(-2)
            label = self.language.label("cause", part["player"])
            start, level = level, level + share
            rows.append((label, "cause", float(start), float(level), part["is_known"], share, level))
        rows.append((str(self.told.to_edition), "after", float(after), float(after), True, None, after))
        types = (pl.String, pl.String, pl.Float64, pl.Float64, pl.Boolean, pl.Decimal(12, 2), pl.Decimal(12, 2))
        names = ("label", "kind", "start", "finish", "is_known", "share", "level")
        return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def open_explanation(parameters: ExplainParameters) -> Explained:
    """Explain the move that the parameters name, from the snapshot that they name."""
    with open_snapshot(parameters.snapshot or None) as snapshot:
        return read_explanation(snapshot, parameters)


def since_last_edition(snapshot: Snapshot, parameters: CityIndexParameters) -> Explained | None:
    """Explain a city's move since its last edition before; None where the snapshot holds none, or no index."""
    code = resolve_city(parameters.city).region_code
    query = """
        select max(edition) filter (where edition < $edition) as before,
            count(*) filter (where edition = $edition) as now_count
        from region_index where region_code = $code and score_kind = $score and iid_lower is not null
    """
    found = snapshot.sql(query, {"edition": parameters.edition, "code": code, "score": parameters.score})
    before, now_count = found.row(0)
    if before is None or not now_count:
        return None
    kept = parameters.model_dump(include={"city", "score", "lang", "snapshot"})
    wanted = ExplainParameters.model_validate({**kept, "from_edition": before, "to_edition": parameters.edition})
    return read_explanation(snapshot, wanted)


def read_explanation(snapshot: Snapshot, parameters: ExplainParameters) -> Explained:
    """Explain a move from an open snapshot."""
    code = resolve_city(parameters.city).region_code
    changes = switches_of(filter(str.strip, parameters.assume.split(";")))
    stored = stored_rows(snapshot, region_code=code)
    told = explain_season(
        snapshot,
        code,
        parameters.from_edition,
        parameters.to_edition,
        rules_from=parameters.rules_from or parameters.rulebook or None,
        rules_to=parameters.rulebook or None,
        score_kind=parameters.score,
        changes=changes,
        stored=stored,
    )
    indices = _indices_of(snapshot, stored, told, changes)
    return Explained(
        told,
        dict(snapshot.sql("select region_code, full_name from region").iter_rows()),
        snapshot.facts,
        Language(parameters.lang),
        indices,
        stored,
    )


def _indices_of(
    snapshot: Snapshot, stored: Stored, told: SeasonExplanation, changes: Mapping[str, object]
) -> pl.DataFrame:
    """The region's indices of every edition under the rules of the later one."""
    rules, kind, code = told.rules[1], told.score_kind, told.region_code
    editions = set(stored.submissions["edition"]) | set(stored.region_answers["edition"])
    kept = kept_indices(
        snapshot, rules.rulebook, rules.assumptions, editions=editions, score_kind=kind, region_code=code
    )
    if kept is not None:
        return kept
    return index_under(stored, rulebook=rules.rulebook, score_kinds=(kind,), changes=changes)
