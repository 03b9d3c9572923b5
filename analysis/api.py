"""What people ask of a snapshot, in the words of the domain: cities, index, rank, readiness, plan, published, panel.

The modules that answer are imported where a question is asked: a command that asks little starts at once.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.result import IndexResult, RankResult, Result, nearest
from warehouse.errors import UnknownName
from warehouse.keeping.former_schemas import migration_note
from warehouse.language import DEFAULT_LANGUAGE, LANGUAGES, Language
from warehouse.region import Region, RegionNotFound, resolve_city
from warehouse.snapshot import Snapshot

if TYPE_CHECKING:
    from analysis.history.trace.words import TraceResult
    from analysis.index.explanation import SeasonExplanation
    from analysis.panel import Panel
    from analysis.planning.plan_result import HoldResult, PlanListResult, PlanResult, ReadinessResult, ScenarioResult
    from analysis.planning.scenario import Scenario
    from analysis.season.frames import SeasonFrames

SNAPSHOT = "IGA_SNAPSHOT"
"""Environment variable with the id of the snapshot that is opened where none is named: that of the page being made."""

SEASON_HEADERS = {
    "city": "City",
    "region_code": "Code",
    "edition": "Edition",
    "innovation_count": "Innovations",
    "is_simulated": "Simulated",
}
PUBLISHED_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "scheme": "Scheme",
    "stage": "Stage",
    "measure": "Measure",
    "score": "Score",
    "rank_text": "Place",
    "predicate": "Predicate",
    "award": "Award",
    "innovation_count": "Innovations",
    "contradiction": "Contradiction",
    "confidence": "Confidence",
    "source": "Source",
}


class EditionUnknown(UnknownName):
    """The snapshot holds nothing of a city in that edition; the next step lists the editions that there are."""


class CityUnknown(UnknownName):
    """The snapshot holds nothing of that city; the next step lists the cities that there are."""


@dataclass(frozen=True)
class City:
    """One city of a snapshot: the questions of the snapshot, asked of this city."""

    snapshot: Questions
    region: Region
    editions: tuple[int, ...]

    @property
    def name(self) -> str:
        """Full name, such as "Kota Bengkulu"."""
        return self.region.full_name

    @property
    def region_code(self) -> str:
        """Kemendagri code, such as 17.71."""
        return self.region.region_code

    def index(self, edition: int | None = None, **options: Any) -> IndexResult:
        """The index of an edition, or of all; options as `Snapshot.index` takes them."""
        return self.snapshot.index(self.region_code, edition, **options)

    def explain(self, from_edition: int, to_edition: int, **options: Any) -> SeasonExplanation:
        """Why the index moved between two editions."""
        return self.snapshot.explain(self.region_code, from_edition, to_edition, **options)

    def readiness(self, edition: int | None = None, **options: Any) -> ReadinessResult:
        """The readiness of an edition (the latest unless named)."""
        return self.snapshot.readiness(self.region_code, edition or self.editions[-1], **options)

    def plan(self, edition: int | None = None, **options: Any) -> PlanResult:
        """The cheapest raises of an edition (the latest unless named)."""
        return self.snapshot.plan(self.region_code, edition or self.editions[-1], **options)

    def trace(self, edition: int | None = None, **options: Any) -> TraceResult:
        """The cells behind a figure of an edition (the latest unless named); options as `Snapshot.trace` takes them."""
        return self.snapshot.trace(self.region_code, edition or self.editions[-1], **options)

    def innovations(self, edition: int | None = None) -> Result:
        """The innovations of an edition (the latest unless named)."""
        return self.snapshot.innovations(self.region_code, edition or self.editions[-1])

    def published(self, edition: int | None = None) -> Result:
        """The published statements about this city."""
        return self.snapshot.published(self.region_code, edition)

    def __repr__(self) -> str:
        return f"{self.name} ({self.region_code}): {', '.join(map(str, self.editions))}"

    def _repr_html_(self) -> str:
        return self.index()._repr_html_()


class Cities(Mapping[str, City]):
    """The cities of a snapshot: `cities["bengkulu"]`, `cities.bengkulu`, by name, alias or code; a table to look at."""

    def __init__(self, snapshot: Questions) -> None:
        self._snapshot = snapshot

    @property
    def frame(self) -> pl.DataFrame:
        """One row per city and edition: city, region_code, edition, innovation_count, is_simulated."""
        return self._snapshot.seasons

    def __iter__(self) -> Iterator[str]:
        return iter(self.frame["city"].unique(maintain_order=True))

    def __len__(self) -> int:
        return self.frame["city"].n_unique()

    def __getitem__(self, name: str) -> City:
        region = self._snapshot.region_of(name)
        own = self.frame.filter(pl.col("region_code") == region.region_code)
        return City(self._snapshot, region, tuple(own["edition"].unique().sort()))

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and self[name] is not None
        except UnknownName:
            return False

    def __getattr__(self, name: str) -> City:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name.replace("_", " ")]
        except UnknownName as error:
            raise AttributeError(str(error)) from error

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(_attribute(name) for name in self)]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return f"Cities({', '.join(self)})"

    def as_result(self) -> Result:
        """Return the seasons with their headings, to be looked at."""
        language = self._snapshot.language
        headings = {name: language(text) for name, text in SEASON_HEADERS.items()}
        return Result(frame=self.frame, title=language("Seasons"), language=language, shown=headings)

    def _repr_html_(self) -> str:
        return self.as_result()._repr_html_()


def _attribute(name: str) -> str:
    return name.removeprefix("Kota ").casefold().replace(" ", "_")


class Questions(Snapshot):
    """A snapshot that answers what people ask of it; what `open_snapshot` gives."""

    _lang: str | None = None

    @property
    def language(self) -> Language:
        """The language of tables and notes: `IGA_LANG`, unless `use_language` named another."""
        named = self._lang or os.environ.get("IGA_LANG", DEFAULT_LANGUAGE)
        return Language(named if named in LANGUAGES else DEFAULT_LANGUAGE)

    @property
    def words_language(self) -> str:
        """The language of the words in the views `quarantine` and `receipt`: that of the reader."""
        return self.language.code

    def day_notes(self, language: Language) -> list[str]:
        """What stands below figures of a past day, or of a snapshot of a former schema; nothing below those of now."""
        notes = [] if self.as_of is None else [language("As of {day}.").format(day=language.date(self.as_of))]
        migrated = migration_note(self.facts)
        return notes if migrated is None else [*notes, migrated.told(language)]

    def use_language(self, lang: str) -> None:
        """Show tables and notes in `id` or `en` from now on. Raises UnknownLanguage."""
        Language(lang)("IID")
        self._lang = lang

    @cached_property
    def seasons(self) -> pl.DataFrame:
        """One row per city and edition of the files: city, region_code, edition, innovation_count, is_simulated."""
        return self.sql(
            """
            select r.full_name as city, i.region_code, i.edition, max(i.innovation_count)::integer as innovation_count,
                bool_or(i.is_simulated) as is_simulated
            from region_index i join region r using (region_code) group by all order by i.region_code, i.edition
            """
        )

    @property
    def cities(self) -> Cities:
        """The cities that files tell of, by name, alias or code, with their editions."""
        return Cities(self)

    @property
    def editions(self) -> tuple[int, ...]:
        """The editions that files tell of."""
        return tuple(self.seasons["edition"].unique().sort())

    def region_of(self, city: str) -> Region:
        """The region that a text means, if the snapshot holds anything of it.

        Raises RegionNotFound and RegionAmbiguous with near names, CityUnknown with the cities that there are.
        """
        try:
            region = resolve_city(city)
        except RegionNotFound as error:
            known = self.seasons["city"].unique(maintain_order=True).to_list()
            from rapidfuzz import process

            near = [name for name, _, _ in process.extract(city, known, processor=str.casefold, score_cutoff=80)]
            if not near:
                raise
            raise CityUnknown(
                "The region {city} is not known",
                next_step="perhaps: {near}",
                city=city,
                near=", ".join(near),
            ) from error
        if region.region_code not in self.seasons["region_code"]:
            raise CityUnknown(
                "The snapshot holds nothing of {city}",
                next_step="there are {known}; or load its files into the inbox",
                city=region.full_name,
                known=", ".join(self.seasons["city"].unique(maintain_order=True)) or "-",
            )
        return region

    def season_of(self, city: str, edition: int) -> Region:
        """The region, if the snapshot holds the edition. Raises EditionUnknown with the editions that there are."""
        region = self.region_of(city)
        known = self.seasons.filter(pl.col("region_code") == region.region_code)["edition"].unique().sort()
        if edition not in known:
            raise EditionUnknown(
                "There is no edition {edition} for {city}",
                next_step="there are {known}",
                edition=edition,
                city=region.full_name,
                known=", ".join(map(str, known)),
            )
        return region

    def index(
        self,
        city: str | None = None,
        edition: int | None = None,
        *,
        rules: str | int | None = None,
        score: str = "claimed",
        assume: Iterable[str] = (),
    ) -> IndexResult:
        """The index of a city and edition, or of all: one value where all is known, bounds where not.

        Without `rules` under each edition's own rulebook and, where it is an honest estimate, a complete one;
        with it (such as "2026") under that one. `assume` are switches as `NAME=VALUE`. Raises CityUnknown,
        EditionUnknown, RulebookNotFound, AssumptionUnknown.
        """
        from analysis.index.words import INDEX_HEADERS, index_notes
        from iga.rulebook import switches_of

        frame = self._indices(city, edition, rules, score, switches_of(assume))
        announced = () if rules is None else self.rulebooks.announced()
        title = self.language("Index") + self._about(city, edition)
        return IndexResult(
            frame=frame.select(pl.exclude("^.*_x100$")),
            title=title,
            language=self.language,
            notes=tuple(index_notes(frame, self.language, announced)) if not frame.is_empty() else (),
            shown=self._headings(INDEX_HEADERS, without=("count_score", "is_simulated")),
        )

    def rank(
        self,
        edition: int | None = None,
        *,
        rules: str | int | None = None,
        score: str = "claimed",
        scope: str = "all",
        assume: Iterable[str] = (),
    ) -> RankResult:
        """The places of the regions in the snapshot, as ranges where bounds overlap; not a national ranking.

        `scope`: all, cluster, province, cities, a membership list or a CSV file. Raises EditionUnknown, UnknownName.
        """
        from analysis.index.scope import scope_named
        from analysis.index.words import RANK_HEADERS, index_notes, ranked, ranking_note
        from iga.rulebook import switches_of

        changes = switches_of(assume)
        scores = self._indices(None, edition, rules, score, changes)
        places = ranked(scope_named(scope), scores, changes, self.language, self.rulebooks)
        return RankResult(
            frame=places.select(pl.exclude("^.*_x100$")),
            title=self.language("Ranking") + self._about(None, edition),
            language=self.language,
            notes=(ranking_note(changes, self.language), *index_notes(places, self.language)),
            shown=self._headings(RANK_HEADERS, without=("is_simulated",)),
        )

    def explain(self, city: str, from_edition: int, to_edition: int, **options: Any) -> SeasonExplanation:
        """Why the index and the rank moved; options as `analysis.index.explanation.explain_season` takes them."""
        from analysis.index.explanation import explain_season

        for edition in (from_edition, to_edition):
            region = self.season_of(city, edition)
        return explain_season(self, region.region_code, from_edition, to_edition, **options)

    def season(
        self, city: str, edition: int, *, rules: str | int | None = None, score: str = "claimed"
    ) -> SeasonFrames:
        """The rows of a season as frames that can be changed and scored again. Raises EditionUnknown."""
        from analysis.season.frames import read_season_frames

        region = self.season_of(city, edition)
        rulebook = None if rules is None else self.rulebooks.of(rules)
        return read_season_frames(self, region.region_code, edition, score_kind=score, rulebook=rulebook)

    def readiness(
        self,
        city: str,
        edition: int,
        *,
        on: date | None = None,
        rules: str | int | None = None,
        score: str = "claimed",
        threshold: Decimal | float | str | None = None,
    ) -> ReadinessResult:
        """Who has sent what, what is missing, and whether the pace will be enough, on a day.

        The day is that of the snapshot's `as_of`, otherwise today, unless another is named.
        """
        from analysis.planning.asked import plan_asked_for
        from analysis.planning.plan_result import readiness_result
        from analysis.season.readiness import read_readiness

        region = self.season_of(city, edition)
        found = read_readiness(
            self,
            self.home,
            region.region_code,
            edition,
            on or self.as_of or datetime.now(tz=UTC).astimezone().date(),
            score_kind=score,
            rulebook=None if rules is None else self.rulebooks.of(rules),
            threshold=None if threshold is None else Decimal(str(threshold)),
            lang=self.language.code,
        )
        return readiness_result(found, region.full_name, self.language, plan_asked_for(self, self.home, found))

    def plan_list(
        self,
        city: str,
        edition: int,
        *,
        on: date | None = None,
        budget: int | None = None,
        target: Decimal | float | str | None = None,
        with_holding: bool = False,
        rules: str | int | None = None,
        score: str = "claimed",
    ) -> PlanListResult:
        """The ordered list of the one plan on a day, as `iga plan list` gives it: who does what, until when.

        Everything is sent; `with_holding` is a simulation and no advice. Raises EditionUnknown, PlanImpossible.
        """
        from analysis.planning.one_plan import season_plan
        from analysis.planning.plan_result import plan_list_result

        frames = self.season(city, edition, rules=rules, score=score)
        plan = season_plan(
            self,
            self.home,
            frames.region_code,
            edition,
            on or self.as_of or datetime.now(tz=UTC).astimezone().date(),
            with_holding=with_holding,
            budget=budget,
            target=None if target is None else Decimal(str(target)),
            frames=frames,
        )
        return plan_list_result(plan, self.language("What to do, in order") + self._about(city, edition), self.language)

    def plan(
        self,
        city: str,
        edition: int,
        *,
        budget: int | None = None,
        target: Decimal | float | str | None = None,
        threshold: Decimal | float | str | None = None,
        passing: str | None = None,
        top: int | None = None,
        rivals: Mapping[str, Decimal | float | str] | None = None,
        rules: str | int | None = None,
        score: str = "claimed",
    ) -> PlanResult:
        """The cheapest raises to one goal, solved exactly; without a goal to the next predicate.

        `budget`: effort to spend; `target`: index; `threshold`: maturity for every innovation; `passing`: a city;
        `top`: a place, where `rivals` enters indices of other cities. Raises EditionUnknown, PlanImpossible.
        """
        from analysis.planning.goal import Goal, plan_for
        from analysis.planning.plan_result import plan_result

        stated = [one for one in (budget, target, threshold, passing, top) if one is not None]
        if len(stated) > 1:
            raise UnknownName("A plan has one goal", next_step="give one of budget, target, threshold, passing, top")
        frames = self.season(city, edition, rules=rules, score=score)
        goal = Goal(
            budget=budget,
            target=None if target is None else Decimal(str(target)),
            threshold=None if threshold is None else Decimal(str(threshold)),
            passing=passing,
            top=top,
            entered={resolve_city(name).full_name: Decimal(str(index)) for name, index in (rivals or {}).items()},
        )
        found = plan_for(self, frames, self.home, goal)
        return plan_result(found, frames, self.language("Plan") + self._about(city, edition), self.language)

    def hold(self, city: str, edition: int, *, rules: str | int | None = None, score: str = "claimed") -> HoldResult:
        """Which innovations to send and which to hold for the highest index, with the bound that proves it."""
        from analysis.planning.plan_result import hold_result

        frames = self.season(city, edition, rules=rules, score=score)
        return hold_result(frames, self.language("Send or hold") + self._about(city, edition), self.language)

    def what_if(self, city: str, edition: int, *scenarios: Scenario | str | Path, **options: Any) -> ScenarioResult:
        """Index, predicate and place as it is and under each scenario (a Scenario, a kept name, or a TOML file)."""
        from analysis.planning.plan_result import scenario_result
        from analysis.planning.scenario import Scenario, read_scenario

        read = [one if isinstance(one, Scenario) else read_scenario(one, self.home) for one in scenarios]
        frames = self.season(city, edition, **options)
        return scenario_result(self, frames, read, self._about(city, edition), self.language)

    def trace(
        self,
        city: str | None = None,
        edition: int | None = None,
        *,
        file: str | None = None,
        row: int | None = None,
        sheet: str | None = None,
        **options: Any,
    ) -> TraceResult:
        """The cells behind a figure of a city and edition; or with `file` and `row` what a row of a file went into.

        Options as `analysis.history.trace.quarantined_cells.trace_season` takes them: innovation, column, indicator,
        unit, score. Raises CityUnknown, EditionUnknown, UnknownName.
        """
        from analysis.history.trace.figure_cells import trace_row
        from analysis.history.trace.quarantined_cells import trace_season
        from analysis.history.trace.words import trace_result

        if city is not None and edition is not None and file is None and row is None:
            region = self.season_of(city, edition)
            found = trace_season(self, region.region_code, edition, **options)
            return trace_result(found, self.language("Source cells") + self._about(city, edition), self.language)
        if file is None or row is None or city is not None or edition is not None or options:
            raise UnknownName("A trace needs a figure or a row", next_step="give city and edition, or file and row")
        about = f": {file}, {self.language('Row')} {row}"
        return trace_result(trace_row(self, file, row, sheet), self.language("Trace") + about, self.language)

    def innovations(self, city: str, edition: int) -> Result:
        """The innovations of a season as resolved, with their scores as decimals; the columns of `submission`."""
        region = self.season_of(city, edition)
        frame = self.sql(
            "select * from submission where region_code = $region and edition = $edition order by unit_name, title",
            {"region": region.region_code, "edition": edition},
        )
        headings = {
            "unit_name": "Unit",
            "title": "Innovation",
            "stage": "Stage",
            "claimed_score": "Claimed",
            "status": "State",
        }
        return Result(
            frame=frame,
            title=self.language("Innovations") + self._about(city, edition),
            language=self.language,
            shown=self._headings(headings),
        )

    def published(self, city: str | None = None, edition: int | None = None) -> Result:
        """What ministry, cities and press published, statement by statement, with what contradicts what.

        Real figures only, never set against simulated ones. `contradiction` names all values stated where statements of
        one scheme and stage differ. Raises UnknownName when nothing is published about the choice.
        """
        from analysis.panel.statements import marked_contradictions

        every = self.sql("select p.*, r.full_name as city from published_result p join region r using (region_code)")
        frame = pl.concat([marked_contradictions(part) for part in every.partition_by("scheme", maintain_order=True)])
        if city is not None:
            frame = frame.filter(pl.col("region_code") == resolve_city(city).region_code)
        editions = frame["edition"].unique().sort().to_list()
        if edition is not None:
            frame = frame.filter(pl.col("edition") == edition)
        if frame.is_empty():
            raise UnknownName(
                "Nothing is published about this choice",
                next_step="there are {known}",
                known=", ".join(map(str, editions)) or "-",
            )
        return Result(
            frame=frame.sort("region_code", "edition", "scheme", "statement_id"),
            title=self.language("Published (real figures)") + self._about(city, edition),
            language=self.language,
            shown=self._headings(PUBLISHED_HEADERS),
        )

    def panel(
        self, *cities: str, editions: Iterable[int] = (), simulated: bool = False, computed: bool = True
    ) -> Panel:
        """The research panel, region by edition, with statements, breaks and citation; all unless limited."""
        from analysis.panel import read_panel

        return read_panel(self, cities=cities, editions=editions, has_simulated=simulated, has_computed=computed)

    def citation(self) -> str:
        """How to cite figures of this snapshot: a sentence, then BibTeX."""
        from analysis.citation import citation_bibtex, citation_text

        return f"{citation_text(self, self.language)}\n\n{citation_bibtex(self)}"

    def method(self) -> str:
        """The rules that this snapshot's indices rest on, as a Markdown appendix with sources and confidence."""
        from analysis.citation import method_appendix

        return method_appendix(self, self.language)

    def __getitem__(self, table: str) -> pl.DataFrame:
        """All rows of a table or view as a Polars frame. Raises UnknownName with near names."""
        if table not in self.tables:
            raise UnknownName(
                "There is no table {name}",
                next_step="perhaps: {near}",
                name=table,
                near=", ".join(nearest(table, self.tables)),
            )
        return self.sql(f'select * from "{table}"')

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.tables)

    def _indices(
        self, city: str | None, edition: int | None, rules: str | int | None, score: str, changes: dict[str, object]
    ) -> pl.DataFrame:
        from analysis.index.recompute import index_under, stored_rows
        from analysis.index.words import named
        from warehouse.scoring.index_over_time import SCORE_KINDS

        if score not in SCORE_KINDS:
            raise UnknownName(
                "No score kind is named {name}",
                next_step="those that exist: {known}",
                name=score,
                known=", ".join(SCORE_KINDS),
            )
        region = None
        if city is not None:
            region = self.region_of(city) if edition is None else self.season_of(city, edition)
        elif edition is not None and edition not in self.editions:
            raise EditionUnknown(
                "There is no edition {edition} in this snapshot",
                next_step="there are {known}",
                edition=edition,
                known=", ".join(map(str, self.editions)) or "-",
            )
        stored = stored_rows(
            self,
            region_code=None if region is None else region.region_code,
            editions=None if edition is None else [edition],
        )
        rulebook = None if rules is None else self.rulebooks.of(rules)
        found = named(index_under(stored, rulebook=rulebook, score_kinds=(score,), changes=changes), self)
        if found.is_empty():
            raise UnknownName(
                "There is no index for this choice",
                next_step="those that exist: {known}",
                known=", ".join(f"{name} {year}" for name, year in self.seasons.select("city", "edition").iter_rows())
                or "-",
            )
        return found

    def _about(self, city: str | None, edition: int | None) -> str:
        parts = [resolve_city(city).full_name if city else "", str(edition or "")]
        told = " ".join(part for part in parts if part)
        days = self.day_notes(self.language)
        return (f": {told}" if told else "") + (f" · {days[0]}" if self.as_of is not None else "")

    def _headings(self, headers: Mapping[str, str], without: Container[str] = ()) -> dict[str, str]:
        return {name: self.language(text) for name, text in headers.items() if name not in without}


def open_snapshot(
    snapshot_id: str | None = None, home: str | Path | None = None, *, as_of: date | None = None
) -> Questions:
    """Open a published snapshot for reading: the current one, or the one that is named (a unique beginning is enough).

    With `as_of` everything that changes in a season is answered as it stood at the end of that day. In a notebook that
    makes a page, the snapshot of that page's build stands for the current one of the home.

    Raises NoSnapshot when nothing has been published under the home, UnknownName when no snapshot bears the name.
    """
    of_page = os.environ.get(SNAPSHOT, "") if home is None else ""
    return Questions.open(snapshot_id or of_page or None, home, as_of=as_of)
