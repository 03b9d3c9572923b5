"""What the index of one season is made of, line by line: SPD lines and SID indicators, and what each of them costs.

    100 - index = SPD lines + SPD not known by line + SID indicators + innovations without levels
                + innovations whose stated total is not that of their levels + innovations in quarantine
                + places of the divisor without a score
                + number of innovations

holds to the last digit, at the lower and at the upper end of what is known (`IndexProfile.balance`). Each part is
points lost / `total_maximum` x 100; what innovations lose is divided by the divisor of the mean first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import polars as pl

from analysis.index.strengths import Standing, StandingRule, standing_rule
from analysis.season.frames import SeasonFrames, is_on_raw_scale, is_scored, read_season_frames
from iga.errors import RuleProblem, Sentence
from iga.index.formula import half_up, index_of_total
from iga.rulebook import Group, Rulebook
from iga.rules.crosswalk import Crosswalk, crosswalk
from warehouse.scoring.submission_maturity import facts_of, readable_answers
from warehouse.snapshot import Snapshot

Part = Literal["spd", "sid"]
Bounds = tuple[Fraction, Fraction]
Peers = Mapping[str, Mapping[str, Fraction]]
"""Mean levels of comparable regions, by number of the line and region code."""
Before = Mapping[str, tuple[Fraction | None, str | None]]
"""By number of the line its level in the edition before, or the code of the reason why it is not known."""

PLACES = 4
"""Decimal places of a profile's figures as they are shown; before that they are exact."""
SHOWN = pl.Decimal(12, PLACES)

SCHEMA: dict[str, Any] = {
    "region_code": pl.String,
    "edition": pl.Int32,
    "part": pl.String,
    "indicator_number": pl.String,
    "indicator_key": pl.String,
    "name_id": pl.String,
    "name_en": pl.String,
    "level": SHOWN,
    "top_level": pl.Int32,
    "points": SHOWN,
    "maximum_points": SHOWN,
    "lost_points": SHOWN,
    "lost_index": SHOWN,
    "known_count": pl.Int32,
    "scored_count": pl.Int32,
    "reason": pl.String,
    "peer_mean": SHOWN,
    "peer_best": SHOWN,
    "peer_count": pl.Int32,
    "country_mean": SHOWN,
    "country_best": SHOWN,
    "previous_edition": pl.Int32,
    "change_level": SHOWN,
    "change_points": SHOWN,
    "change_reason": pl.String,
    "standing": pl.String,
    "is_simulated": pl.Boolean,
}
"""The columns of a profile.

level: of an SPD line its level, of a SID indicator the mean of the scored innovations whose level is known. points,
maximum_points, lost_points: of the line, or of one innovation in the mean. lost_index: what the line costs in points
of the index, as far as levels are known. known_count of scored_count: innovations whose level is known (of an SPD line
1 or 0 of 1). reason, change_reason: codes that say why a figure is null. peer_mean, peer_best: points of the
comparable regions; peer_count of them have the line. country_mean, country_best: null, as none is published by line.
"""


class ProfileNotComputed(RuleProblem):
    """A profile that the rules or the data do not allow to be computed."""


@dataclass(frozen=True)
class Line:
    """One line of the index in exact numbers; None where nothing is known."""

    part: Part
    group: Group
    level: Fraction | None
    lost_index: Fraction | None
    open_index: Fraction
    """what the innovations or answers whose level is not known may cost at most, beside `lost_index`"""
    known_count: int
    scored_count: int
    reason: str | None
    peers: tuple[Fraction, ...]
    """the points of each comparable region that has the line"""
    change_level: Fraction | None
    change_reason: str | None
    standing: Standing = "unknown"

    @property
    def weight(self) -> Fraction:
        """The points of one level."""
        return Fraction(self.group.weight_x100, 100)

    @property
    def maximum(self) -> Fraction:
        """The points of the highest level."""
        return Fraction(self.group.top_points)

    @property
    def points(self) -> Fraction | None:
        """The points of the level."""
        return None if self.level is None else self.weight * self.level


@dataclass(frozen=True)
class IndexProfile:
    """The profile of one region and edition. `balance` says by code what the region lacks of 100, as exact bounds."""

    region_code: str
    edition: int
    score_kind: str
    rulebook: Rulebook
    lines: tuple[Line, ...]
    balance: Mapping[str, Bounds]
    peer_codes: tuple[str, ...]
    previous_edition: int | None
    is_simulated: bool
    rule: StandingRule

    @property
    def lacking(self) -> Bounds:
        """What the region lacks of 100, as (least, most)."""
        parts = self.balance.values()
        return sum((low for low, _ in parts), Fraction(0)), sum((high for _, high in parts), Fraction(0))

    def of(self, part: Part) -> list[Line]:
        """Return the lines of a part, the dearest first, those that are not known last."""
        lines = [line for line in self.lines if line.part == part]
        return sorted(lines, key=lambda line: (line.lost_index is None, -(line.lost_index or 0)))

    def cost_of(self, part: Part) -> Bounds:
        """Return what a part costs in points of the index; SID is without the number of innovations."""
        codes = ("spd_lines", "spd_unknown") if part == "spd" else SID_CODES
        return sum((self.balance[code][0] for code in codes), Fraction(0)), sum(
            (self.balance[code][1] for code in codes), Fraction(0)
        )

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row per line in the order of the rulebook, with the columns of `SCHEMA`."""
        return pl.DataFrame([self._row(line) for line in self.lines], schema=SCHEMA, orient="row")

    def peers_of(self, line: Line) -> tuple[Fraction | None, Fraction | None]:
        """Return the mean and the best of the comparable regions in points; None where there are too few of them."""
        if len(line.peers) < self.rule.least_peers:
            return None, None
        return sum(line.peers, Fraction(0)) / len(line.peers), max(line.peers)

    def _row(self, line: Line) -> tuple[Any, ...]:
        points, group = line.points, line.group
        lost = None if points is None else line.maximum - points
        change = None if line.change_level is None else line.weight * line.change_level
        mean, best = self.peers_of(line)
        own = (line.part, group.number, group.key, group.name_id, group.name_en)
        figures = (shown(line.level), group.top_level, *map(shown, (points, line.maximum, lost, line.lost_index)))
        known = (line.known_count, line.scored_count, line.reason)
        peers = (shown(mean), shown(best), len(line.peers), None, None)
        changed = (self.previous_edition, shown(line.change_level), shown(change), line.change_reason)
        return (self.region_code, self.edition, *own, *figures, *known, *peers, *changed, line.standing,
                self.is_simulated)  # fmt: skip


SID_CODES = ("sid_lines", "sid_without_levels", "sid_stated_otherwise", "quarantined", "divisor_places")
"""The parts of the balance that are about the maturity of innovations."""


def shown(value: Fraction | None) -> Decimal | None:
    """Return an exact value rounded half-up to the places that are shown."""
    if value is None:
        return None
    size = Decimal(half_up(abs(value.numerator) * 10**PLACES, value.denominator)).scaleb(-PLACES)
    return -size if value < 0 else size


def profile_of(
    snapshot: Snapshot,
    region_code: str,
    edition: int,
    *,
    score_kind: str = "claimed",
    rulebook: Rulebook | None = None,
) -> pl.DataFrame:
    """Return one row per SPD line and SID indicator of the edition's rulebook, with the columns of `SCHEMA`.

    Raises as `read_index_profile`.
    """
    return read_index_profile(snapshot, region_code, edition, score_kind=score_kind, rulebook=rulebook).frame


def read_index_profile(
    snapshot: Snapshot,
    region_code: str,
    edition: int,
    *,
    score_kind: str = "claimed",
    rulebook: Rulebook | None = None,
) -> IndexProfile:
    """Return the profile of a region's edition under its own rulebook.

    Raises ProfileNotComputed for an edition whose own rulebook is incomplete or lists no lines, whose scores are on a
    raw scale, or that has no index of this score kind. Raises UnknownName when the snapshot holds nothing of it.
    """
    frames = read_season_frames(
        snapshot, region_code, edition, score_kind=score_kind, rulebook=_own_rules(snapshot, edition, rulebook)
    )
    previous = _previous_edition(snapshot, region_code, edition)
    before = {} if previous is None else _before(snapshot, frames, previous)
    return profile_from(frames, peers=_peers(snapshot, frames), previous_edition=previous, before=before)


def profile_from(
    frames: SeasonFrames,
    *,
    peers: Peers | None = None,
    previous_edition: int | None = None,
    before: Before | None = None,
    rule: StandingRule | None = None,
) -> IndexProfile:
    """Return the profile of a season's rows beside what is known of comparable regions and of the edition before.

    Raises ProfileNotComputed where the rows have no index.
    """
    row, places, judged_by = _index_row(frames), _Places(frames), rule or standing_rule()
    nothing: tuple[Fraction | None, str | None] = (None, "no_edition_before")
    lines = [
        _line(frames, group, row, places, peers or {}, (before or {}).get(group.number, nothing))
        for group in frames.rulebook.groups
    ]
    return IndexProfile(
        frames.region_code,
        frames.edition,
        frames.score_kind,
        frames.rulebook,
        tuple(_with_standing(lines, judged_by)),
        _balance(frames, row, places),
        tuple(sorted({code for codes in (peers or {}).values() for code in codes})),
        previous_edition,
        frames.is_simulated,
        judged_by,
    )


def _own_rules(snapshot: Snapshot, edition: int, rulebook: Rulebook | None) -> Rulebook:
    known = snapshot.rulebooks
    if is_on_raw_scale(edition, known):
        raise _refused(
            Sentence(
                "the scores of edition {edition} are on a raw scale, so that no index follows from them.",
                edition=edition,
            )
        )
    if rulebook is not None and rulebook.name != str(edition):
        raise _refused(
            Sentence("the levels of {edition} are not those of the list of another edition.", edition=edition)
        )
    rules = rulebook or (known.of(edition) if edition in known else None)
    if rules is None or not rules.is_complete or not rules.spd_groups or not rules.sid_groups:
        raise _refused(
            Sentence(
                "the rules of {edition} are not known completely: lines, maxima or divisor are missing.",
                edition=edition,
            )
        )
    return rules


def _refused(cause: Sentence) -> ProfileNotComputed:
    return ProfileNotComputed(
        cause,
        place=Sentence("the profile of the index"),
        fix="Choose an edition whose rules are complete (`iga rules`), or read its bounds with `iga index`.",
    )


def _index_row(frames: SeasonFrames) -> dict[str, Any]:
    row = frames.stated_index()
    needed = ("divisor", "count_lower_x100", "count_upper_x100", "iid_lower_x100")
    if any(row[name] is None for name in needed):
        raise _refused(
            Sentence("the index of {edition} cannot be computed from what was received.", edition=frames.edition)
        )
    return row


@dataclass(frozen=True)
class _Places:
    """The levels of the scored innovations: per innovation the level of each line, where only one is possible."""

    frames: SeasonFrames

    @cached_property
    def scored(self) -> pl.DataFrame:
        """The innovations whose maturity enters the mean, with the bounds of it."""
        return self.frames.scored()

    @cached_property
    def in_quarantine(self) -> pl.DataFrame:
        """The innovations that stand only in quarantine and are in the divisor, with the bounds of their maturity."""
        assumed = self.frames.rulebook.assumptions
        return self.frames.quarantined().filter(is_scored(assumed) | pl.col("is_scored_unknown"))

    @cached_property
    def levels(self) -> dict[str, dict[str, int]]:
        """Per scored innovation the known levels by number of the line; empty where none is known."""
        walk = crosswalk(self.frames.edition, self.frames.rulebook.name, self.frames.rulebooks)
        given = self.frames.answers.filter(pl.col("score_kind") == self.frames.score_kind)
        facts = facts_of(readable_answers(given, walk), walk)
        numbers = [group.number for _, group in walk.groups]
        return {
            key: {number: each[0] for number, each in zip(numbers, facts.get(key, ()), strict=False) if len(each) == 1}
            for key in self.scored["submission_id"]
        }


def _balance(frames: SeasonFrames, row: Mapping[str, Any], places: _Places) -> dict[str, Bounds]:
    """Return what the region lacks of 100 by cause, as (least, most)."""
    rules, total = frames.rulebook, Fraction(frames.rulebook.parameters.total_maximum.value or 0)
    numbers = rules.parameters
    most, divisor = Fraction(numbers.maturity_maximum.value or 0), int(row["divisor"])

    def cost(least: Fraction, greatest: Fraction) -> Bounds:
        return index_of_total(least, total), index_of_total(greatest, total)

    spd_least, spd_most = (Fraction(end, 100) for end in frames.spd_x100())
    spd_maximum, lines = Fraction(numbers.spd_maximum.value or 0), _spd_losses(frames)
    known = sum(lines.values(), Fraction(0))
    sid = {"sid_lines": (Fraction(0), Fraction(0))} | {code: (Fraction(0), Fraction(0)) for code in SID_CODES[1:3]}
    rows = places.scored.select("submission_id", "maturity_lower_x100", "maturity_upper_x100").iter_rows()
    for key, low, high in rows:
        levels = places.levels[key]
        by_levels = sum(
            (
                Fraction(group.weight_x100, 100) * (group.top_level - levels[group.number])
                for group in rules.sid_groups
                if group.number in levels
            ),
            Fraction(0),
        )
        ends = (most if high is None else Fraction(high, 100)), (Fraction(0) if low is None else Fraction(low, 100))
        rest = (most - ends[0] - by_levels, most - ends[1] - by_levels)
        code = "sid_stated_otherwise" if len(levels) == len(rules.sid_groups) else "sid_without_levels"
        sid["sid_lines"] = _sum(sid["sid_lines"], (by_levels, by_levels))
        sid[code] = _sum(sid[code], rest)
    waiting = places.in_quarantine
    least, greatest = (
        most * waiting.height - Fraction(int(waiting[f"maturity_{end}_x100"].sum()), 100) for end in ("upper", "lower")
    )
    empty = most * (divisor - places.scored.height - waiting.height) / divisor
    count_maximum = Fraction(numbers.count_maximum.value or 0)
    count = [count_maximum - Fraction(row[f"count_{end}_x100"], 100) for end in ("upper", "lower")]
    return {
        "spd_lines": cost(known, known),
        "spd_unknown": cost(spd_maximum - spd_most - known, spd_maximum - spd_least - known),
        **{code: cost(low / divisor, high / divisor) for code, (low, high) in sid.items()},
        "quarantined": cost(least / divisor, greatest / divisor),
        "divisor_places": cost(empty, empty),
        "count": cost(count[0], count[1]),
    }


def _sum(first: Bounds, second: Bounds) -> Bounds:
    return first[0] + second[0], first[1] + second[1]


def _spd_losses(frames: SeasonFrames) -> dict[str, Fraction]:
    """Return the points that each answered SPD line lacks, by its number."""
    levels = frames.spd_levels()
    return {
        group.number: Fraction(group.weight_x100 * (group.top_level - levels[group.number]), 100)
        for group in frames.rulebook.spd_groups
        if group.number in levels
    }


def _line(
    frames: SeasonFrames,
    group: Group,
    row: Mapping[str, Any],
    places: _Places,
    peers: Peers,
    before: tuple[Fraction | None, str | None],
) -> Line:
    total, weight = frames.rulebook.parameters.total_maximum.value or 0, Fraction(group.weight_x100, 100)
    if group.aspect == "spd":
        stated = frames.spd_levels().get(group.number)
        levels, scored, divisor = [] if stated is None else [stated], 1, 1
        reason = None if levels else "spd_line_not_received"
    else:
        levels = [each[group.number] for each in places.levels.values() if group.number in each]
        scored, divisor = places.scored.height, int(row["divisor"])
        reason = None if levels else "no_levels" if scored else "nothing_scored"
    level = Fraction(sum(levels), len(levels)) if levels else None
    lost = sum(group.top_level - each for each in levels) * weight / divisor
    unknown = (scored - len(levels)) * group.top_level * weight / divisor
    then, why = before
    change = None if level is None or then is None else level - then
    return Line(
        part=group.aspect,
        group=group,
        level=level,
        lost_index=index_of_total(lost, Fraction(total)) if levels else None,
        open_index=index_of_total(unknown, Fraction(total)),
        known_count=len(levels),
        scored_count=scored,
        reason=reason,
        peers=tuple(weight * each for _, each in sorted(peers.get(group.number, {}).items())),
        change_level=change,
        change_reason=None if change is not None else why or reason,
    )


def _with_standing(lines: Iterable[Line], rule: StandingRule) -> Iterable[Line]:
    every = list(lines)
    for line in every:
        losses = [each.lost_index for each in every if each.part == line.part and each.lost_index is not None]
        standing = rule.standing_of(line.points, line.maximum, losses, line.lost_index, line.peers)
        yield Line(**{**line.__dict__, "standing": standing})


def _peers(snapshot: Snapshot, frames: SeasonFrames) -> dict[str, dict[str, Fraction]]:
    """Return the mean level of each line in the comparable regions.

    Comparable are the other regions of the same type in the snapshot, with the same edition and score kind, under the
    same rulebook; simulated ones with a simulated region, real ones with a real one.
    """
    chosen = {"region": frames.region_code, "edition": frames.edition, "score": frames.score_kind}
    submissions = snapshot.sql(_PEER_SUBMISSIONS, {key: chosen[key] for key in ("region", "edition")})
    answers, lines = snapshot.sql(_PEER_ANSWERS, chosen), snapshot.sql(_PEER_LINES, chosen)
    simulated = pl.concat([each.select("region_code", "is_simulated") for each in (submissions, lines)])
    alike = (
        simulated.group_by("region_code")
        .agg(pl.col("is_simulated").any())
        .filter(pl.col("is_simulated") == frames.is_simulated)
    )
    rules = frames.rulebook
    walk = crosswalk(frames.edition, rules.name, frames.rulebooks)
    number_of = {number: group.number for group in rules.groups for number in group.numbers}
    scored = submissions.filter(is_scored(rules.assumptions)).select("submission_id", "region_code")
    flagged = pl.when(pl.col("is_complete").not_()).then(0)
    given = readable_answers(answers, walk).with_columns(pl.coalesce("level", flagged).alias("level"))
    each = pl.concat(
        [
            given.join(scored, on="submission_id").select("region_code", "submission_id", "indicator_number", "level"),
            lines.select(
                "region_code", pl.lit("").alias("submission_id"), "indicator_number", pl.col("level").cast(pl.Int64)
            ),
        ],
        how="vertical_relaxed",
    )
    number = pl.col("indicator_number").replace_strict(number_of, default=None, return_dtype=pl.String)
    sums = (
        each.with_columns(number.alias("number"))
        .drop_nulls(["number", "level"])
        .join(alike, on="region_code", how="semi")
        .group_by("region_code", "submission_id", "number")
        .agg(pl.col("level").max())
        .group_by("region_code", "number")
        .agg(pl.col("level").sum().cast(pl.Int64).alias("sum"), pl.len().alias("count"))
    )
    means: dict[str, dict[str, Fraction]] = {}
    for region, line, level_sum, count in sums.iter_rows():
        means.setdefault(line, {})[region] = Fraction(level_sum, count)
    return means


_ALIKE = """
    s.edition = $edition and s.region_code <> $region
    and s.region_code in (
        select region_code from region where region_type = (select region_type from region where region_code = $region)
    )
"""
_PEER_SUBMISSIONS = (
    "select s.submission_id, s.region_code, s.status, s.stage, s.is_simulated from store.submission as s where" + _ALIKE
)
_PEER_ANSWERS = (
    "select a.submission_id, a.indicator_number, a.level, a.points_x100, a.is_complete "
    "from store.answer as a join store.submission as s using (submission_id) where a.score_kind = $score and" + _ALIKE
)
_PEER_LINES = (
    "select s.region_code, s.indicator_number, s.level, s.is_simulated "
    "from store.region_answer as s where s.score_kind = $score and" + _ALIKE
)


def _previous_edition(snapshot: Snapshot, region_code: str, edition: int) -> int | None:
    found = snapshot.sql(_PREVIOUS, {"region": region_code, "edition": edition})["edition"][0]
    return None if found is None else int(found)


_PREVIOUS = """
select max(edition) as edition
from (select region_code, edition from store.submission union all select region_code, edition from store.region_answer)
where region_code = $region and edition < $edition
"""


def _before(snapshot: Snapshot, frames: SeasonFrames, edition: int) -> Before:
    earlier = read_season_frames(snapshot, frames.region_code, edition, score_kind=frames.score_kind)
    walk = crosswalk(edition, frames.rulebook.name, frames.rulebooks)
    return {**_spd_before(earlier, frames.rulebook), **_sid_before(earlier, walk)}


def _spd_before(earlier: SeasonFrames, rules: Rulebook) -> Before:
    """Return the levels of SPD lines that both editions list under one key, with the same levels."""
    known, edition = earlier.rulebooks, earlier.edition
    groups = known.of(edition).spd_groups if edition in known else ()
    listed = {group.key: group for group in groups}
    given = earlier.region_answers.filter((pl.col("score_kind") == earlier.score_kind) & pl.col("level").is_not_null())
    levels = dict(given.select("indicator_number", "level").iter_rows())
    before: dict[str, tuple[Fraction | None, str | None]] = {}
    for group in rules.spd_groups:
        source = listed.get(group.key)
        stated = [levels[number] for number in (source.numbers if source else ()) if number in levels]
        if source is None or source.top_level != group.top_level:
            before[group.number] = (None, "line_not_in_both")
        else:
            before[group.number] = (Fraction(max(stated)), None) if stated else (None, "no_levels_before")
    return before


def _sid_before(earlier: SeasonFrames, walk: Crosswalk) -> Before:
    """Return the mean levels of the scored innovations, each level as the crosswalk maps it to the later list."""
    scored = earlier.submissions.filter(is_scored(walk.target_rules.assumptions))["submission_id"]
    given = earlier.answers.filter(pl.col("score_kind") == earlier.score_kind)
    facts = facts_of(readable_answers(given, walk), walk)
    before: dict[str, tuple[Fraction | None, str | None]] = {}
    for place, (source, target) in enumerate(walk.groups):
        if source is None:
            before[target.number] = (None, "line_not_in_both" if walk.source_rules else "list_not_known")
            continue
        stated = [facts[key][place] for key in scored if key in facts]
        ends = [walk.interval(source.number, each[0]) for each in stated if len(each) == 1]
        if not ends:
            before[target.number] = (None, "no_levels_before")
        elif any(low != high for low, high in ends):
            before[target.number] = (None, "levels_not_comparable")
        else:
            before[target.number] = (Fraction(sum(low for low, _ in ends), len(ends)), None)
    return before
