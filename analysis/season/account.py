"""The account of a season on a day: each fact once, with its rule, its day, and why it is not known where it is not.

Whatever tells one of these facts reads it here: terminal, Lab, pages, letters, status and e-mail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, TypedDict

import polars as pl

from analysis.season.frames import SeasonFrames, read_season_frames
from analysis.season.quarantined import quarantined_innovations
from analysis.season.targets import Deadline, Stated, Targets, as_hundredths, targets_of
from analysis.season.unit_names import candidates_of, open_unit_ids, unresolved_names
from iga.index.formula import NOT_REPORTED
from iga.planning.gaps_and_pace import ineligible_because, unit_standings
from iga.rulebook import Rulebook
from iga.rules.crosswalk import crosswalk
from iga.rules.parts import Assumptions
from warehouse.home import Home
from warehouse.language import Language
from warehouse.scoring.submission_maturity import maturity_of
from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text
from warehouse.unit_name_rules import known_units

FACTS = (
    "units_obliged",
    "units_silent",
    "units_with_one",
    "units_with_enough",
    "units_unresolved",
    "innovations_reported",
    "innovations_scored",
    "innovations_withdrawn",
    "innovations_quarantined",
    "innovations_below_threshold",
    "innovations_not_eligible",
    "threshold",
    "days_left",
    "pace_per_day",
    "forecast",
)
"""Every fact, in the order in which an account has them."""

PACE_DAYS = 14
"""The days over which the pace is measured."""

UNIT_SCHEMA: dict[str, Any] = {
    "unit_id": pl.String,
    "unit_name": pl.String,
    "unit_kind": pl.String,
    "parent": pl.String,
    "district": pl.String,
    "sent": pl.Int64,
    "required": pl.Int64,
    "missing": pl.Int64,
    "below_threshold": pl.Int64,
    "is_open": pl.Boolean,
}
"""`is_open`: a name that is tied to no unit may mean this one, so that nobody can say what it has not sent."""


@dataclass(frozen=True)
class Fact:
    """One fact of a season on a day.

    `value` is None where it is not known, and `reason` then says why; beside a value it says what the value leaves
    out. `unit` is what is counted or measured. `names`
    lists the units or innovations that a count counts.
    """

    fact: str
    value: int | Decimal | None
    unit: str
    rule: str
    day: date
    reason: str | None = None
    names: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Return the value of a count; 0 where it is not known."""
        return 0 if self.value is None else int(self.value)


@dataclass(frozen=True)
class Account:
    """All facts of a season on a day, and the rows that they count.

    `units`: one row per unit of the register. `silent_ids`: the units that are obliged and silent; `open_ids`: those
    that a name which is not resolved may mean. `below`: the scored
    innovations below the threshold, on the scale of the edition. `ineligible`: the innovations that the edition's own
    window does not accept, or of which it is not known, with the causes. `standing`: how many innovations stood on each
    day that brought a list. `deadline` is the next one. `pace` is the pace per day, not rounded.
    """

    region_code: str
    edition: int
    on: date
    facts: tuple[Fact, ...]
    units: pl.DataFrame
    silent_ids: frozenset[str]
    open_ids: frozenset[str]
    below: pl.DataFrame
    ineligible: pl.DataFrame
    standing: dict[date, int]
    deadline: Deadline | None
    pace: Fraction | None

    def __getitem__(self, name: str) -> Fact:
        """Return the fact of a name. Raises KeyError for any other."""
        return {fact.fact: fact for fact in self.facts}[name]


def season_account(
    snapshot: Snapshot,
    home: Home,
    region_code: str,
    edition: int,
    on: date,
    *,
    score_kind: str = "claimed",
    threshold: Decimal | None = None,
    lang: str = "id",
) -> Account:
    """Return the account of a city's edition on a day. A `threshold` given here stands instead of the one on file.

    Raises UnknownName when the snapshot holds nothing of the season, TargetsInvalid.
    """
    with on_its_day(snapshot, region_code, edition, on) as known:
        frames = read_season_frames(known, region_code, edition, score_kind=score_kind, may_be_empty=True)
        return account_of(known, home, frames, on, threshold=threshold, lang=lang)


@contextmanager
def on_its_day(snapshot: Snapshot, region_code: str, edition: int, on: date) -> Iterator[Snapshot]:
    """Give the snapshot as it knew the season on a past day; as it is where no list had come by then.

    A snapshot that is read as of a day of its own stays on it.
    """
    days = snapshot.sql(
        "select day, has_list from season_day where region_code = $region_code and edition = $edition",
        {"region_code": region_code, "edition": edition},
    )
    has_list = not days.filter(pl.col("has_list") & (pl.col("day") <= on)).is_empty()
    is_past = snapshot.as_of is None and not days.filter(pl.col("day") > on).is_empty()
    if not (has_list and is_past):
        yield snapshot
        return
    with snapshot.at(on) as known:
        yield known


def account_of(
    snapshot: Snapshot,
    home: Home,
    frames: SeasonFrames,
    on: date,
    *,
    threshold: Decimal | None = None,
    lang: str = "id",
) -> Account:
    """Return the account of a season whose rows have been read."""
    season = _Season(region_code=frames.region_code, edition=frames.edition)
    place = dict(season)
    targets = season_targets(snapshot, home, on=on, **season)
    quarantined = quarantined_innovations(snapshot, **season)
    limit = targets.threshold if threshold is None else Stated(threshold, frames.edition, "--threshold")
    standing = dict(snapshot.sql(sql_text("analysis.season", "standing"), dict(place)).iter_rows())
    return _Accountant(
        frames=frames,
        on=on,
        targets=targets,
        threshold=limit,
        register=register_of(snapshot, **season),
        withdrawn=snapshot.sql(sql_text("analysis.season", "withdrawn"), dict(place)),
        held=held_files(snapshot, **season),
        first_list=snapshot.sql(_FIRST_LIST, dict(place)).item(),
        quarantined=quarantined,
        knows_quarantined=snapshot.knows_quarantined,
        unresolved=tuple(unresolved_names(snapshot, home, lang=lang, **season)["unit_name"].sort()),
        open_ids=open_unit_ids(snapshot, home, **season) | _perhaps_quarantined(snapshot, quarantined, season),
        standing={day: count for day, count in standing.items() if day <= on},
        language=Language(lang),
    ).account()


_FIRST_LIST = "select min(day) from season_day where has_list and region_code = $region_code and edition = $edition"


def season_targets(snapshot: Snapshot, home: Home, region_code: str, edition: int, *, on: date) -> Targets:
    """Return the targets of a season on a day, with the closing day that its files state."""
    closing = snapshot.sql(
        "select max(closing_date) from receipt where region_code = $region_code and edition = $edition",
        {"region_code": region_code, "edition": edition},
    ).item()
    return targets_of(region_code, edition, on, home, closing_date=closing)


def held_files(snapshot: Snapshot, region_code: str, edition: int) -> tuple[str, ...]:
    """Return the names of the files of a season that are held: none of their rows counts, and none is in quarantine."""
    held = snapshot.sql(
        "select file_name from receipt where status = 'held' and region_code = $region_code and edition = $edition "
        "order by received_date, file_name",
        {"region_code": region_code, "edition": edition},
    )
    return tuple(name.rpartition("/")[2] for name in held["file_name"])


def register_of(snapshot: Snapshot, region_code: str, edition: int) -> pl.DataFrame:
    """Return the units of a region that exist in an edition: unit_id, unit_code, name, unit_kind, parent, district."""
    return snapshot.sql(sql_text("analysis.season", "register"), {"region_code": region_code, "edition": edition})


class _Season(TypedDict):
    """A city and an edition."""

    region_code: str
    edition: int


def _perhaps_quarantined(snapshot: Snapshot, quarantined: pl.DataFrame, season: _Season) -> frozenset[str]:
    """The units that a name may mean which stands in quarantine alone, and is tied to no unit."""
    names = quarantined.filter(pl.col("unit_id").is_null() & pl.col("unit_name").is_not_null())["unit_name"].unique()
    if names.is_empty():
        return frozenset()
    register = snapshot.sql(
        "select * from unit where region_code = $region_code", {"region_code": season["region_code"]}
    )
    units = [unit for unit in known_units(register) if unit.stands_in(season["edition"])]
    found = candidates_of(names, units, season["region_code"]) if units else {}
    return frozenset(one.unit.unit_id for candidates in found.values() for one in candidates)


def own_rules(frames: SeasonFrames) -> Rulebook | None:
    """Return the rulebook of the edition itself, complete or not; None where the edition has none."""
    return frames.rulebooks.of(frames.edition) if frames.edition in frames.rulebooks else None


def own_scores(frames: SeasonFrames) -> pl.DataFrame:
    """Return the scored submissions with `score_x100` on the scale of their own edition, null where it is not known.

    `score_most_x100` lies above it where answers are missing. A score that is mapped to the scale of another edition is
    never among them.
    """
    scored = frames.submissions.filter(_is_scored(_assumed(frames)))
    return scored.join(_score_of(frames, own_rules(frames)), on="submission_id", how="left", maintain_order="left")


def reported_in_quarantine(quarantined: pl.DataFrame) -> pl.DataFrame:
    """Return those of the innovations in quarantine that the ministry has."""
    return quarantined.filter(_IS_REPORTED)


_IS_REPORTED = ~pl.col("status").is_in(NOT_REPORTED).fill_null(value=False)


def _assumed(frames: SeasonFrames) -> Assumptions:
    return (own_rules(frames) or frames.rulebook).assumptions


def _is_scored(assumed: Assumptions) -> pl.Expr:
    is_out = pl.col("status").is_in([*assumed.uncounted_statuses, *NOT_REPORTED, "rejected"]).fill_null(value=False)
    return pl.col("stage").is_in(list(assumed.stages_scored)).fill_null(value=True) & ~is_out


def _titles(rows: pl.DataFrame) -> list[str]:
    return [title or "?" for title in rows["title"]]


def _score_of(frames: SeasonFrames, rules: Rulebook | None) -> pl.DataFrame:
    """The score of each submission in its own edition: the one that is stated, else what its answers give for sure."""
    column = f"{frames.score_kind}_score_x100"
    if rules is None:
        score = pl.col(column).cast(pl.Int64)
        stated = frames.submissions.select("submission_id", score.alias("score_x100"), score.alias("score_most_x100"))
        return stated.filter(pl.col("score_x100").is_not_null())
    answers = frames.answers.filter(pl.col("score_kind") == frames.score_kind)
    walk = crosswalk(frames.edition, rules.name, frames.rulebooks)
    return maturity_of(frames.submissions, answers, frames.score_kind, walk).select(
        "submission_id",
        pl.col("maturity_lower_x100").cast(pl.Int64).alias("score_x100"),
        pl.col("maturity_upper_x100").cast(pl.Int64).alias("score_most_x100"),
    )


@dataclass(frozen=True)
class _Accountant:
    frames: SeasonFrames
    on: date
    targets: Targets
    threshold: Stated | None
    register: pl.DataFrame
    withdrawn: pl.DataFrame
    held: tuple[str, ...]
    first_list: date | None
    quarantined: pl.DataFrame
    knows_quarantined: bool
    unresolved: tuple[str, ...]
    open_ids: frozenset[str]
    standing: dict[date, int]
    language: Language

    def account(self) -> Account:
        units, below, ineligible = self._units(), self._below(), self._ineligible()
        silent = self._silent(units)
        facts = [
            *self._unit_facts(units, silent),
            *self._innovation_facts(below, ineligible),
            *self._time_facts(),
        ]
        by_name = {fact.fact: fact for fact in facts}
        return Account(
            region_code=self.frames.region_code,
            edition=self.frames.edition,
            on=self.on,
            facts=tuple(by_name[name] for name in FACTS),
            units=units,
            silent_ids=frozenset(silent["unit_id"]),
            open_ids=self.open_ids,
            below=below,
            ineligible=ineligible,
            standing=self.standing,
            deadline=self._deadline,
            pace=self._pace,
        )

    def _fact(
        self,
        name: str,
        value: int | Decimal | None,
        rule: str,
        *,
        reason: str | None = None,
        remark: str | None = None,
        names: Sequence[str] = (),
    ) -> Fact:
        told = reason if value is None else remark
        return Fact(name, value, UNITS_OF_MEASURE.get(name, name.partition("_")[0]), rule, self.on, told, tuple(names))

    # Units.

    def _units(self) -> pl.DataFrame:
        """One row per unit of the register, with what stands of it and what it owes."""
        sent: dict[str, int] = {}
        for unit in [*self._reported["unit_id"], *self._reported_in_quarantine["unit_id"]]:
            sent[unit] = sent.get(unit, 0) + 1
        scores: dict[str, list[int | None]] = {}
        for unit, score in self._scored.select("unit_id", "score_x100").iter_rows():
            scores.setdefault(unit, []).append(score)
        rows = {row["unit_id"]: row for row in self.register.iter_rows(named=True)}
        required = {kind: stated.value for kind, stated in self.targets.required.items()}
        kinds = {key: row["unit_kind"] for key, row in rows.items()}
        limit = None if self.threshold is None else as_hundredths(self.threshold.value)
        return pl.DataFrame(
            [
                {
                    "unit_id": standing.unit,
                    "unit_name": rows[standing.unit]["name"],
                    "unit_kind": rows[standing.unit]["unit_kind"],
                    "parent": rows[standing.unit]["parent"],
                    "district": rows[standing.unit]["district"],
                    "sent": standing.sent,
                    "required": standing.required,
                    "missing": standing.missing,
                    "below_threshold": None if limit is None else standing.below_threshold,
                    "is_open": standing.unit in self.open_ids,
                }
                for standing in unit_standings(kinds, sent, scores, required, limit)
            ],
            schema=UNIT_SCHEMA,
        )

    def _obliged(self, units: pl.DataFrame) -> pl.DataFrame:
        """The units of which a number of innovations is required; all of them where no number is on file."""
        return units.filter(pl.col("required") > 0) if self.targets.required else units

    def _silent(self, units: pl.DataFrame) -> pl.DataFrame:
        received = {*self.frames.submissions["unit_id"], *self.quarantined["unit_id"]} - {None}
        return self._obliged(units).filter(~pl.col("unit_id").is_in(sorted(received | self.open_ids)))

    def _unit_facts(self, units: pl.DataFrame, silent: pl.DataFrame) -> Iterator[Fact]:
        _ = self.language
        has_register = not self.register.is_empty()
        no_register = _("There is no register of units.")
        obliged = self._obliged(units)
        carried = [one for one in self.targets.required.values() if self.targets.is_carried(one)]
        who = _("units of the register of whose kind a number of innovations is required")
        if not self.targets.required:
            who = _("all units of the register, since no required number is on file")
        elif carried:
            text = _("{rule} (stated for {edition}, carried over as an assumption)")
            who = text.format(rule=who, edition=carried[0].edition)
        enough = obliged.filter(pl.col("sent") >= pl.col("required"))
        counted: list[tuple[str, pl.DataFrame, str]] = [
            ("units_obliged", obliged, who),
            (
                "units_silent",
                silent,
                _(
                    "obliged, nothing received by {day}, and no unresolved name that could be it; it may have entered "
                    "innovations on the portal itself"
                ).format(day=_.date(self.on)),
            ),
            ("units_with_one", obliged.filter(pl.col("sent") == 1), _("obliged, exactly one innovation received")),
            (
                "units_with_enough",
                enough,
                _("obliged, at least as many innovations received as are required of its kind"),
            ),
        ]
        for name, rows, rule in counted:
            names = rows["unit_name"].sort().to_list()
            is_known, reason = has_register, no_register
            if name == "units_with_enough" and has_register and not self.targets.required:
                is_known, reason = False, _("The number that is required of each kind of unit is not on file.")
            # What a held file brings may be of any unit.
            remark = self._left_out if name == "units_silent" and names else None
            yield self._fact(
                name,
                len(names) if is_known else None,
                rule,
                reason=reason,
                remark=remark or None,
                names=names if is_known else (),
            )
        yield self._fact(
            "units_unresolved",
            len(self.unresolved) if has_register else None,
            _("names of units in the lists that no unit of the register is tied to"),
            reason=no_register,
            names=self.unresolved if has_register else (),
        )

    # Innovations.

    def _below(self) -> pl.DataFrame:
        """The scored innovations whose own score lies below the threshold, the lowest first."""
        scored = self._scored
        if self.threshold is None:
            return scored.clear()
        return scored.filter(pl.col("score_x100") < as_hundredths(self.threshold.value)).sort(
            "score_x100", "unit_name", "title", "submission_id"
        )

    def _ineligible(self) -> pl.DataFrame:
        """The innovations that the edition's own rules do not accept, or of which they cannot say, with the causes."""
        columns = ("title", "unit_name", "stage", "implementation_date", "development_date")
        rules, rows = own_rules(self.frames), []
        if rules is not None and _has_window(rules):
            for row in self._reported.iter_rows(named=True):
                causes = ineligible_because(row["stage"], row["implementation_date"], row["development_date"], rules)
                if causes:
                    rows.append({**{name: row[name] for name in columns}, "causes": "|".join(causes)})
        kinds = {name: self.frames.submissions.schema[name] for name in columns}
        return pl.DataFrame(rows, schema={**kinds, "causes": pl.String})

    def _innovation_facts(self, below: pl.DataFrame, ineligible: pl.DataFrame) -> Iterator[Fact]:
        _ = self.language
        set_aside = _titles(self.quarantined)
        yield self._fact(
            "innovations_reported",
            self._reported_count,
            _("innovations that stand in the lists, and those in quarantine; withdrawn ones and drafts do not count"),
            remark=self._left_out or None,
            names=sorted([*_titles(self._reported), *_titles(self._reported_in_quarantine)]),
        )
        scored = self._scored
        yield self._fact(
            "innovations_scored",
            scored.height,
            _("innovations that stand and whose maturity enters the mean, by stage and status"),
            names=sorted(_titles(scored)),
        )
        yield self._fact(
            "innovations_withdrawn",
            self.withdrawn.height,
            _("innovations received once that the last full list lacks or a correction took away"),
            names=_titles(self.withdrawn),
        )
        yield self._fact(
            "innovations_quarantined",
            len(set_aside) if self.knows_quarantined else None,
            _("innovations whose row is set aside until its sender mends it; they are reported, their score is open"),
            reason=self._unknown_quarantine,
            names=sorted(set_aside),
        )
        yield self._below_fact(below, scored)
        yield self._eligible_fact(ineligible)
        yield self._fact(
            "threshold",
            None if self.threshold is None else self.threshold.value,
            self._threshold_words,
            reason=_("No threshold is on file."),
        )

    @cached_property
    def _scored(self) -> pl.DataFrame:
        """The scored submissions; where answers are missing that decide on the threshold, the score is not known."""
        scored = own_scores(self.frames)
        if self.threshold is None:
            return scored
        limit = as_hundredths(self.threshold.value)
        is_open = (pl.col("score_x100") < limit) & (pl.col("score_most_x100") >= limit)
        return scored.with_columns(pl.when(is_open).then(None).otherwise("score_x100").alias("score_x100"))

    @property
    def _reported(self) -> pl.DataFrame:
        """The submissions that the ministry has: no drafts, and none that it gave back."""
        return self.frames.submissions.filter(_IS_REPORTED)

    @property
    def _reported_in_quarantine(self) -> pl.DataFrame:
        return reported_in_quarantine(self.quarantined)

    @property
    def _reported_count(self) -> int:
        return self._reported.height + self._reported_in_quarantine.height

    @property
    def _unknown_quarantine(self) -> str:
        return self.language("This snapshot does not say which innovations stand in quarantine alone; load again.")

    @property
    def _left_out(self) -> str:
        """What the innovations reported leave out, since nobody can say how many it is."""
        _ = self.language
        told = [] if self.knows_quarantined else [self._unknown_quarantine]
        if self.held:
            text = _("{count} file(s) held, of which no row counts until they are read: {names}.")
            told.append(text.format(count=_.whole(len(self.held)), names=", ".join(self.held)))
        if self.first_list is not None and self.first_list > self.on:
            text = _("No list had come by {day}: what was received from {first} on counts here.")
            told.append(text.format(day=_.date(self.on), first=_.date(self.first_list)))
        return " ".join(told)

    @property
    def _threshold_words(self) -> str:
        _ = self.language
        if self.threshold is None:
            return _("the threshold that the city has set")
        if self.targets.is_carried(self.threshold):
            text = _("set by the city for {edition}, carried over as an assumption ({source})")
        else:
            text = _("set by the city for {edition} ({source})")
        return text.format(edition=self.threshold.edition, source=self.threshold.source)

    def _below_fact(self, below: pl.DataFrame, scored: pl.DataFrame) -> Fact:
        _ = self.language
        rule = _("scored innovations below the threshold, on the scale of edition {edition} itself").format(
            edition=self.frames.edition
        )
        value: int | None = below.height
        reason, unknown = None, scored["score_x100"].null_count()
        if self.threshold is None:
            value, reason = None, _("No threshold is on file.")
        elif scored.height and unknown == scored.height:
            value, reason = (
                None,
                _("No score is known on the scale of edition {edition}.").format(edition=self.frames.edition),
            )
        names = _titles(below) if value is not None else ()
        remark = None
        if unknown:
            text = _.ngettext(
                "Of {count} scored innovation no score is known.",
                "Of {count} scored innovations no score is known.",
                unknown,
            )
            remark = text.format(count=_.whole(unknown))
        return self._fact("innovations_below_threshold", value, rule, reason=reason, remark=remark, names=names)

    def _eligible_fact(self, ineligible: pl.DataFrame) -> Fact:
        _ = self.language
        rules = own_rules(self.frames)
        eligibility = None if rules is None else rules.eligibility
        if rules is None or eligibility is None or not _has_window(rules):
            text = _("Edition {edition} has no window of its own on file; that of another edition does not apply.")
            return self._fact(
                "innovations_not_eligible",
                None,
                _("the window of the edition itself"),
                reason=text.format(edition=self.frames.edition),
            )
        rule = eligibility.rule_id if _.code == "id" else eligibility.rule_en
        excluded = ineligible.filter(pl.col("causes") != "implementation_unknown")
        remark, undated = None, ineligible.height - excluded.height
        if undated:
            text = _.ngettext(
                "Of {count} innovation no day of implementation is known.",
                "Of {count} innovations no day of implementation is known.",
                undated,
            )
            remark = text.format(count=_.whole(undated))
        names = sorted(_titles(excluded))
        return self._fact("innovations_not_eligible", excluded.height, rule, remark=remark, names=names)

    # Time.

    @property
    def _deadline(self) -> Deadline | None:
        return next((deadline for deadline in self.targets.deadlines if deadline.day >= self.on), None)

    def _time_facts(self) -> Iterator[Fact]:
        _ = self.language
        deadline, left, rule = self._deadline, None, _("days to the next deadline")
        if deadline is not None:
            left = (deadline.day - self.on).days
            rule = _("days to the next deadline: {kind}, {day} ({source})").format(
                kind=_.label("deadline", deadline.kind), day=_.date(deadline.day), source=deadline.source
            )
        no_deadline = _("There is no deadline on or after {day}.").format(day=_.date(self.on))
        yield self._fact("days_left", left, rule, reason=no_deadline)
        pace, one_list = self._pace, _("With fewer than two lists there is no pace.")
        rule = _("innovations that stand on the day, less those that stood {days} days before, divided by {days}")
        yield self._fact(
            "pace_per_day",
            None if pace is None else _in_hundredths(pace),
            rule.format(days=PACE_DAYS),
            reason=one_list,
        )
        forecast = None if pace is None or left is None else round(self._reported_count + pace * left)
        yield self._fact(
            "forecast",
            forecast,
            _("innovations reported, and the pace for each day left"),
            reason=one_list if pace is None else no_deadline,
        )

    @property
    def _pace(self) -> Fraction | None:
        """Standing innovations gained a day over the last days; what the first list brought was not gained in them."""
        if len(self.standing) < 2:
            return None
        days = sorted(self.standing)
        before = [day for day in days if day <= self.on - timedelta(days=PACE_DAYS)] or days[:1]
        return Fraction(self.standing[days[-1]] - self.standing[before[-1]], PACE_DAYS)


UNITS_OF_MEASURE = {
    "threshold": "points",
    "days_left": "days",
    "pace_per_day": "innovations_per_day",
    "forecast": "innovations",
}
"""What a fact is measured in where the beginning of its name does not say it."""


def _has_window(rules: Rulebook) -> bool:
    """Whether the rulebook itself says when or in which stage an innovation is accepted."""
    window = rules.eligibility
    return window is not None and bool(window.stages or (window.implementation_from and window.implementation_to))


def _in_hundredths(value: Fraction) -> Decimal:
    return Decimal(round(value * 100)).scaleb(-2)
