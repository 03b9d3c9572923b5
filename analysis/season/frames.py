"""The rows of one city and edition as plans and scenarios work on them: a copy that can be changed and scored again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from analysis.season.quarantined import read_waiting
from iga.index.formula import NOT_REPORTED
from iga.planning.candidates import Candidate
from iga.planning.raises import REGION, Position, Raise, possible_raises
from iga.planning.single_valued_rules import PlanImpossible, Terms, terms_of
from iga.rulebook import Assumptions, Rulebook, Rulebooks, shipped_rulebooks
from iga.rules.crosswalk import Crosswalk, crosswalk
from warehouse.errors import UnknownName
from warehouse.scoring.index_over_time import index_of_submissions, spd_under
from warehouse.scoring.quarantined_maturity import Waiting, quarantined_maturity
from warehouse.scoring.submission_maturity import BOUNDS, maturity_of
from warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class SeasonFrames:
    """One city's edition: `submissions`, `answers` and `region_answers` with the columns of the tables of `store`.

    `rulebooks` are those that editions are looked up in: those of the snapshot that the rows are from.
    """

    region_code: str
    edition: int
    score_kind: str
    rulebook: Rulebook
    submissions: pl.DataFrame
    answers: pl.DataFrame
    region_answers: pl.DataFrame
    rulebooks: Rulebooks = field(default_factory=shipped_rulebooks)
    waiting: Waiting = field(default_factory=Waiting.of)
    """The innovations that stand only in quarantine: they are in the index that is stated, and in no plan."""
    has_list: bool = True
    """Whether a list of innovations has come: without one their number is not known, and not 0."""

    @property
    def terms(self) -> Terms:
        """The formula that plans are made under.

        Raises PlanImpossible for an incomplete rulebook, and for an edition whose scores are on a raw scale.
        """
        if self.rulebook.scale == "index" and is_on_raw_scale(self.edition, self.rulebooks):
            raise PlanImpossible(
                "the scores of edition {edition} are on a raw scale, so that no index follows from them.",
                place="edition {name}",
                fix="Choose another edition.",
                edition=self.edition,
                name=self.edition,
            )
        return terms_of(self.rulebook)

    @property
    def is_estimate(self) -> bool:
        """Whether the rulebook is not the edition's own."""
        return self.rulebook.name != str(self.edition)

    @property
    def is_simulated(self) -> bool:
        """Whether any row comes from simulated files."""
        return bool(self.submissions["is_simulated"].any()) or bool(self.region_answers["is_simulated"].any())

    def index(self) -> dict[str, Any]:
        """The row of `region_index` that the submissions give: what plans begin with, without those in quarantine."""
        return self._index(Waiting.of())

    def stated_index(self) -> dict[str, Any]:
        """The row of `region_index` that these frames give, as the warehouse computes it."""
        return self._index(self.waiting)

    def quarantined(self) -> pl.DataFrame:
        """The innovations in quarantine that are in the index, with their maturity as bounds."""
        lines = self.region_answers.filter(pl.col("score_kind") == self.score_kind)
        answers = self.answers.filter(pl.col("score_kind") == self.score_kind)
        stated = maturity_of(self.submissions, answers, self.score_kind, self._walk)
        waiting = self.waiting.beside(stated, lines, self.submissions, self.edition, self.score_kind)
        return quarantined_maturity(waiting.innovations, waiting.answers, self.score_kind, self._walk)

    def _index(self, waiting: Waiting) -> dict[str, Any]:
        rows = index_of_submissions(
            self.submissions,
            self.answers,
            self.region_answers,
            quarantined=waiting.innovations,
            quarantined_answers=waiting.answers,
            quarantined_values=waiting.values,
            listed=None if self.has_list else pl.DataFrame(schema={"region_code": pl.String, "edition": pl.Int32}),
            score_kinds=[self.score_kind],
            rulebook=self.rulebook,
            rulebooks=self.rulebooks,
        )
        if rows.is_empty():
            raise UnknownName(
                "Nothing is known of this city and edition that an index could be computed from",
                next_step="see what is in with `iga status`",
                place=f"{self.region_code} {self.edition}",
            )
        return rows.row(0, named=True)

    def maturities(self) -> pl.DataFrame:
        """The submissions with maturity_lower_x100 and maturity_upper_x100, both null where no score is known."""
        return self._maturities

    @cached_property
    def _maturities(self) -> pl.DataFrame:
        answers = self.answers.filter(pl.col("score_kind") == self.score_kind)
        known = maturity_of(self.submissions, answers, self.score_kind, self._walk)
        if not known.is_empty() or self.submissions.is_empty():
            return known
        nothing = pl.lit(None, dtype=pl.Int64)
        no_basis = pl.lit("none").alias("maturity_basis")
        return self.submissions.with_columns(nothing.alias(BOUNDS[0]), nothing.alias(BOUNDS[1]), no_basis)

    @property
    def _walk(self) -> Crosswalk:
        return crosswalk(self.edition, self.rulebook.name, self.rulebooks)

    def reported(self) -> pl.DataFrame:
        """The submissions that the ministry has, with their maturity."""
        return self.maturities().filter(~pl.col("status").is_in(NOT_REPORTED).fill_null(value=False))

    def scored(self) -> pl.DataFrame:
        """The submissions whose maturity enters the mean."""
        return self.reported().filter(is_scored(self.terms.assumptions))

    def spd_x100(self) -> tuple[int, int]:
        """The region's own score in hundredths, as bounds; 0 to its maximum where nothing is known."""
        most = int((self.rulebook.parameters.spd_maximum.upper or 0) * 100)
        return self.spd_bounds() or (0, most)

    def spd_bounds(self) -> tuple[int, int] | None:
        """The region's own score in hundredths, as bounds; None where nothing is known."""
        given = self.region_answers.filter(pl.col("score_kind") == self.score_kind)
        rows = spd_under(given, self._walk, self.rulebook.assumptions, self.rulebooks)
        if rows.is_empty() or rows["spd_lower_x100"][0] is None:
            return None
        return int(rows["spd_lower_x100"][0]), int(rows["spd_upper_x100"][0])

    def position(self) -> Position:
        """Where the city stands; what is unknown counts as the least that it can be."""
        row = self.index()
        scored = self.scored()
        return Position(
            self.spd_x100()[0],
            int(scored["maturity_lower_x100"].fill_null(0).sum()),
            self.terms.divisor(int(row["divisor"])),
            self.terms.count_x100(self._counted(), int(row["basic_service_lower"])),
        )

    def _counted(self) -> int:
        assumed = self.terms.assumptions
        reported = self.reported()
        is_other = ~pl.col("stage").is_in(list(assumed.stages_scored)).fill_null(value=True)
        is_rejected = (pl.col("status") == "rejected").fill_null(value=False)
        is_waiting = pl.col("status").is_in(assumed.uncounted_statuses).fill_null(value=False)
        counts = (pl.lit(assumed.rejected_in_count) | ~is_rejected) & (
            pl.lit(assumed.other_stages_in_count) | ~is_other
        )
        counts &= ~is_waiting
        return reported.filter(counts).height

    def levels(self) -> dict[str, dict[str, int]]:
        """Per submission the level of each group of the rulebook; of alternatives the best.

        Empty under another edition's rules: the levels of one list are not those of another.
        """
        if self.is_estimate:
            return {}
        given = self.answers.filter((pl.col("score_kind") == self.score_kind) & pl.col("level").is_not_null())
        return _levels(given, "submission_id", self._group_of())

    def _group_of(self) -> dict[str, str]:
        return {number: group.number for group in self.rulebook.groups for number in group.numbers}

    def raises(self, efforts: dict[str, tuple[int | None, ...]]) -> list[Raise]:
        """Every possible raise of scored innovations, and of SPD lines that have efforts; least mature first.

        An innovation whose stated score is not the sum of its levels (see `disagreeing`) is raised from the stated one,
        as far as its maximum leaves room.
        """
        levels = self.levels()
        room = {
            key: self.terms.maturity_maximum_x100 - stated
            for key, stated in self.disagreeing().select("submission_id", "stated_x100").iter_rows()
        }
        found: list[Raise] = []
        for key in self.scored().sort("maturity_lower_x100", "submission_id")["submission_id"]:
            if key in levels:
                possible = possible_raises(key, levels[key], self.rulebook.sid_groups, efforts)
                found += _within(possible, room[key]) if key in room else possible
        return found + possible_raises(REGION, self.spd_levels(), self.rulebook.spd_groups, efforts)

    def spd_unanswered(self) -> tuple[str, ...]:
        """The SPD lines that stand in the data without a level; none under another edition's rules."""
        if self.is_estimate:
            return ()
        given = self.region_answers.filter(pl.col("score_kind") == self.score_kind)
        groups = self._group_of()
        numbers = dict.fromkeys(groups.get(number, "") for number in given["indicator_number"])
        answered = self.spd_levels()
        return tuple(number for number in numbers if number and number not in answered)

    def spd_levels(self) -> dict[str, int]:
        """The level of each SPD line that the region has answered; empty under another edition's rules."""
        if self.is_estimate:
            return {}
        given = self.region_answers.filter((pl.col("score_kind") == self.score_kind) & pl.col("level").is_not_null())
        return _levels(given, "region_code", self._group_of()).get(self.region_code, {})

    def disagreeing(self) -> pl.DataFrame:
        """Submissions with levels whose sum is not the stated score: submission_id, stated_x100, computed_x100."""
        weights = {group.number: group.weight_x100 for group in self.rulebook.sid_groups}
        computed = [
            (key, sum(weights.get(number, 0) * level for number, level in levels.items()))
            for key, levels in self.levels().items()
        ]
        sums = pl.DataFrame(computed, schema={"submission_id": pl.String, "computed_x100": pl.Int64}, orient="row")
        stated = self.submissions.select("submission_id", pl.col(f"{self.score_kind}_score_x100").alias("stated_x100"))
        return stated.join(sums, on="submission_id").filter(pl.col("stated_x100") != pl.col("computed_x100"))

    def candidates(self, rejection: Fraction = Fraction(0)) -> list[Candidate]:
        """The submissions as what may be sent or held; one that the ministry has rejected is rejected for sure."""
        return self._candidates(self.maturities(), rejection)

    def quarantined_candidates(self) -> list[Candidate]:
        """The innovations in quarantine that are in the index, at the lower end of what they may bring."""
        rows = self.quarantined()
        waiting = self.terms.assumptions.uncounted_statuses
        is_out = pl.col("status").is_in([*waiting, *NOT_REPORTED]).fill_null(value=False)
        return self._candidates(rows.filter(~is_out).with_columns(pl.lit(None, dtype=pl.String).alias("unit_id")))

    def _candidates(self, rows: pl.DataFrame, rejection: Fraction = Fraction(0)) -> list[Candidate]:
        stages = self.terms.assumptions.stages_scored
        with_cross = self.terms.assumptions.cross_affairs_cover_basic_service
        services = set(self.rulebook.basic_service_affairs)
        found = []
        for row in rows.iter_rows(named=True):
            codes = {row["main_affair_code"]}
            if with_cross and row["cross_affair_codes"]:
                codes |= set(row["cross_affair_codes"].split("|"))
            found.append(
                Candidate(
                    key=row["submission_id"],
                    maturity_x100=row["maturity_lower_x100"] or 0,
                    services=frozenset(code for code in codes if code in services),
                    unit=row["unit_id"] or row["unit_name"] or "",
                    rejection=Fraction(1) if row["status"] == "rejected" else rejection,
                    is_scored_stage=row["stage"] is None or row["stage"] in stages,
                )
            )
        return found

    def with_raises(self, raises: tuple[Raise, ...] | list[Raise]) -> SeasonFrames:
        """A copy in which the raises have been made: the levels, and the stated score where the source states one."""
        gained: dict[str, int] = {}
        for raised in raises:
            gained[raised.key] = gained.get(raised.key, 0) + raised.points_x100
        column = f"{self.score_kind}_score_x100"
        gains = pl.DataFrame(
            {"submission_id": list(gained), "gain": list(gained.values())},
            schema={"submission_id": pl.String, "gain": pl.Int64},
        )
        submissions = (
            self.submissions.join(gains, on="submission_id", how="left", maintain_order="left")
            .with_columns((pl.col(column) + pl.col("gain").fill_null(0)).cast(self.submissions[column].dtype))
            .drop("gain")
        )
        sid = {(raised.key, raised.indicator): raised.to_level for raised in raises if raised.key != REGION}
        spd = {(self.region_code, raised.indicator): raised.to_level for raised in raises if raised.key == REGION}
        groups = self._group_of()
        return replace(
            self,
            submissions=submissions,
            answers=_raised(self.answers, "submission_id", sid, groups, self.score_kind),
            region_answers=_raised(self.region_answers, "region_code", spd, groups, self.score_kind),
        )

    def with_status(self, submission_ids: set[str], status: str | None) -> SeasonFrames:
        """A copy in which these submissions have a status: `draft` holds one back, `sent` sends it."""
        is_meant = pl.col("submission_id").is_in(list(submission_ids))
        return replace(
            self,
            submissions=self.submissions.with_columns(
                pl.when(is_meant).then(pl.lit(status, dtype=pl.String)).otherwise("status").alias("status")
            ),
        )

    def with_rulebook(self, rulebook: Rulebook) -> SeasonFrames:
        """A copy under another rulebook."""
        return replace(self, rulebook=rulebook)


def _within(raises: list[Raise], room_x100: int) -> list[Raise]:
    """Return the raises of one innovation that can all be made within some points, indicator by indicator."""
    kept: list[Raise] = []
    left = room_x100
    for indicator in dict.fromkeys(each.indicator for each in raises):
        fitting = [each for each in raises if each.indicator == indicator and each.points_x100 <= left]
        left -= max((each.points_x100 for each in fitting), default=0)
        kept += fitting
    return kept


def is_scored(assumed: Assumptions) -> pl.Expr:
    """Return whether the maturity of a submission (status, stage) enters the mean."""
    is_out = pl.col("status").is_in([*assumed.uncounted_statuses, "rejected"]).fill_null(value=False)
    return pl.col("stage").is_in(list(assumed.stages_scored)).fill_null(value=True) & ~is_out


def _levels(answers: pl.DataFrame, key: str, group_of: dict[str, str]) -> dict[str, dict[str, int]]:
    levels: dict[str, dict[str, int]] = {}
    for owner, number, level in answers.select(key, "indicator_number", "level").iter_rows():
        if number in group_of:
            held = levels.setdefault(owner, {})
            held[group_of[number]] = max(level, held.get(group_of[number], 0))
    return levels


def _raised(
    answers: pl.DataFrame, key: str, to_level: dict[tuple[str, str], int], group_of: dict[str, str], score_kind: str
) -> pl.DataFrame:
    """The answers with their levels raised; of alternatives the line that counts already is the one that rises.

    Where none of a group has a level, its first line is answered.
    """
    if not to_level:
        return answers
    wanted = pl.DataFrame(
        [(*place, level) for place, level in to_level.items()],
        schema={key: pl.String, "group": pl.String, "wanted": pl.Int8},
        orient="row",
    )
    in_group = answers.with_columns(
        pl.col("indicator_number").replace_strict(group_of, default=None, return_dtype=pl.String).alias("group")
    )
    joined = in_group.join(wanted, on=[key, "group"], how="left", maintain_order="left")
    best = pl.col("level").max().over(key, "group", "score_kind")
    first = pl.col("indicator_number") == pl.col("indicator_number").first().over(key, "group", "score_kind")
    is_raised = pl.when(best.is_null()).then(first).otherwise(pl.col("level") == best)
    is_meant = pl.col("wanted").is_not_null() & is_raised & (pl.col("score_kind") == score_kind)
    raised = joined.with_columns(
        pl.when(is_meant).then(pl.col("wanted").cast(answers["level"].dtype)).otherwise("level").alias("level")
    )
    return raised.drop("group", "wanted")


def read_season_frames(
    snapshot: Snapshot,
    region_code: str,
    edition: int,
    *,
    score_kind: str = "claimed",
    rulebook: Rulebook | None = None,
    may_be_empty: bool = False,
) -> SeasonFrames:
    """The rows of a city and edition from a snapshot, under a rulebook.

    Without one: the edition's own if it is complete, else the newest complete one that applies, as an estimate. Raises
    UnknownName when the snapshot holds nothing of the city and edition; with `may_be_empty` only where no file of them
    was received either: a season may have a register, or lists that are set aside, and no innovation that stands.
    """
    place = {"region_code": region_code, "edition": edition}
    submissions = snapshot.sql(
        "select * from store.submission where region_code = $region_code and edition = $edition order by submission_id",
        dict(place),
    )
    answers = snapshot.sql(
        """
        select a.* from store.answer a join store.submission s using (submission_id)
        where s.region_code = $region_code and s.edition = $edition order by submission_id, indicator_number, score_kind
        """,
        dict(place),
    )
    region_answers = snapshot.sql(
        "select * from store.region_answer where region_code = $region_code and edition = $edition order by all",
        dict(place),
    )
    is_empty = submissions.is_empty() and region_answers.is_empty()
    if is_empty and not (may_be_empty and _was_received(snapshot, place)):
        raise UnknownName(
            "The snapshot holds nothing of {region} {edition}",
            next_step="see what is in with `iga status`, or load its files with `iga ingest`",
            region=region_code,
            edition=edition,
        )
    rulebooks = snapshot.rulebooks
    rules = rulebook or complete_rules_for(edition, rulebooks)
    waiting = read_waiting(snapshot, region_code=region_code, editions=[edition])
    has_list = not (submissions.is_empty() and waiting.innovations.is_empty()) or _has_list(snapshot, place)
    return SeasonFrames(
        region_code, edition, score_kind, rules, submissions, answers, region_answers, rulebooks, waiting, has_list
    )


def _has_list(snapshot: Snapshot, place: dict[str, object]) -> bool:
    """Whether a list of the season has come by the day that is asked about, though nothing of it stands now."""
    return not snapshot.sql(
        """
        select 1 from season_day
        where has_list and day <= on_day() and region_code = $region_code and edition = $edition
        """,
        dict(place),
    ).is_empty()


def _was_received(snapshot: Snapshot, place: dict[str, Any]) -> bool:
    files = "select count(*) from receipt where region_code = $region_code and edition = $edition"
    return bool(snapshot.sql(files, dict(place)).item())


def complete_rules_for(edition: int, rulebooks: Rulebooks) -> Rulebook:
    """The complete rulebook that an edition is planned and explained under: its own, else that of its estimate.

    An edition that is not estimated, as its scores are on another scale, keeps the one that it would be estimated
    under. A rulebook of a later year does not take its place. An edition without a rulebook goes by the newest.
    """
    complete = [use.rulebook for use in rulebooks.uses_for(edition) if use.rulebook.is_complete]
    if complete:
        return complete[0]
    under = rulebooks.estimate_under(rulebooks.of(edition)) if edition in rulebooks else None
    return under or rulebooks.newest_complete()


def is_on_raw_scale(edition: int, rulebooks: Rulebooks) -> bool:
    """Whether the scores of an edition are points without a maximum, from which no index follows."""
    return edition in rulebooks and rulebooks.of(edition).scale != "index"
