"""What jury scores give: places, prizes, nominees and agreement, by stage and in the end.

The scores come from the snapshot (`analysis.contest.jury_table`), or from a CSV file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from analysis.contest.declarations import (
    Category,
    Contest,
    ContestInvalid,
    Stage,
    Winner,
    contest_of,
    contests_of,
    known_contests,
)
from analysis.contest.jury_table import COLUMNS, JuryTable, scores_in, with_parts
from analysis.season.frames import SeasonFrames
from iga.contest.common_categories import plain
from iga.contest.places import Juror, band_of, jurors_of, kendalls_w, prize_of, standings_of
from iga.contest.stages import Part, Placed, StageScores, Values, final_scores, finalists_of, placed, scores_of_stage
from iga.index.formula import rounded
from iga.reasons import reason_of
from warehouse.errors import ExitCode, WorkbenchError

__all__ = [
    "COLUMNS", "Category", "Contest", "ContestInvalid", "ContestResult", "JuryScoresInvalid", "JuryTable", "Winner",
    "contest_of", "contests_of", "judge", "known_contests", "nominees_of", "read_scores", "scores_in",
]  # fmt: skip


class JuryScoresInvalid(WorkbenchError):
    """A file of jury scores lacks a column, or holds a score that is not a number."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class ContestResult:
    """The outcome of a contest.

    `entries`: category, place, title, unit_name, mean, juror_count, band, prize, is_nominee, place_text. `agreement`:
    per stage and category Kendall's W and the number of entries and jurors. `jurors`: per stage, category and juror,
    how they stand to the others. `stages`: per stage and category the entries with their place and score there,
    whether they passed a checklist (`has_passed`) and go on (`goes_on`). `ties`: entries of equal score, and what put
    them in their order. `left_out`: scores that judging did not use, with the reason.
    """

    entries: pl.DataFrame
    agreement: pl.DataFrame
    jurors: pl.DataFrame
    stages: pl.DataFrame = field(default_factory=pl.DataFrame)
    ties: pl.DataFrame = field(default_factory=pl.DataFrame)
    left_out: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def prize_total(self) -> Decimal:
        """All prizes together, in rupiah."""
        return sum(self.entries["prize"].drop_nulls().to_list(), Decimal(0))

    def of_stage(self, stage: str) -> pl.DataFrame:
        """Return the entries of one stage."""
        return self.stages.filter(pl.col("stage") == stage)


NOMINEE_SCHEMA: dict[str, Any] = {
    "category": pl.String,
    "place": pl.Int64,
    "title": pl.String,
    "unit_name": pl.String,
    "submission_id": pl.String,
    "status": pl.String,
    "maturity": pl.Decimal(12, 2),
}


def nominees_of(contest: Contest, result: ContestResult, frames: SeasonFrames | None) -> pl.DataFrame:
    """The step from winners to the national award: each nominee, and its submission of the edition where there is one.

    A nominee is found among the submissions by its whole title (capitals and punctuation aside), in the same unit where
    several bear it. Where the contest does not say how many go on, all that won are nominees. `submission_id` is null
    where it is not in the season yet; for a contest whose entries are no IGA innovations always.
    """
    known: dict[str, list[dict[str, Any]]] = {}
    if frames is not None and not contest.is_own_entity:
        for row in frames.maturities().iter_rows(named=True):
            known.setdefault(plain(row["title"] or ""), []).append(row)
    rows = []
    has_won = (
        pl.col("place_text") != "" if not contest.nominee_places and not contest.is_own_entity else pl.lit(value=False)
    )
    for entry in result.entries.filter(pl.col("is_nominee") | has_won).iter_rows(named=True):
        fitting = known.get(plain(entry["title"]), [])
        if len(fitting) > 1:
            unit = plain(entry["unit_name"] or "")
            fitting = [one for one in fitting if plain(one["unit_name"] or "") == unit]
        found = fitting[0] if len(fitting) == 1 else {}
        maturity = found.get("maturity_lower_x100")
        rows.append(
            {
                **{name: entry[name] for name in ("category", "place", "title", "unit_name")},
                "submission_id": found.get("submission_id"),
                "status": found.get("status"),
                "maturity": None if maturity is None else Decimal(maturity).scaleb(-2),
            }
        )
    return pl.DataFrame(rows, schema=NOMINEE_SCHEMA)


def read_scores(path: Path) -> pl.DataFrame:
    """A CSV file of jury scores: category, title, unit_name, juror, score. A cell without score is left out.

    Raises JuryScoresInvalid naming the row.
    """
    try:
        table = pl.read_csv(path, infer_schema=False).select(COLUMNS)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise JuryScoresInvalid(
            "The jury scores cannot be read: {reason}",
            next_step="give a CSV file with the columns {columns}",
            place=str(path),
            reason=reason_of(error),
            columns=", ".join(COLUMNS),
        ) from error
    scores = [_score(text, row, path) for row, text in enumerate(table["score"], start=2)]
    return table.with_columns(pl.Series("score", scores, dtype=pl.Decimal(12, 2))).drop_nulls("score")


def _score(text: str | None, row: int, path: Path) -> Decimal | None:
    if text is None or text.strip() in ("", "-"):
        return None
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise JuryScoresInvalid(
            "{text} is not a score",
            next_step="write a number from 0 to 100",
            place=f"{path}, {row}",
            text=text,
        ) from None


def judge(contest: Contest, scores: pl.DataFrame) -> ContestResult:
    """Places, prizes, nominees and agreement of the jurors, per category, by stage and in the end.

    Raises JuryScoresInvalid for a category that the contest does not have.
    """
    codes = [one.code for one in contest.category]
    if unknown := sorted(set(scores["category"]) - set(codes)):
        raise JuryScoresInvalid(
            "The contest has no category {unknown}",
            next_step="its categories: {known}",
            unknown=", ".join(unknown),
            known=", ".join(codes),
        )
    whole = _told_apart(with_parts(scores))
    stages = _stages(contest, whole)
    made = _Made()
    for code in codes:
        rows = whole.filter(pl.col("category") == code)
        if not rows.is_empty():
            _judge_category(contest, code, rows, stages, made)
    return ContestResult(
        pl.DataFrame(made.entries, schema=_ENTRIES),
        pl.DataFrame(made.agreement, schema=_AGREEMENT),
        pl.DataFrame(made.jurors, schema=_JURORS),
        pl.DataFrame(made.stages, schema=_STAGES),
        pl.DataFrame(made.ties, schema=_TIES),
        pl.DataFrame(made.left_out, schema=_LEFT_OUT),
    )


def _told_apart(scores: pl.DataFrame) -> pl.DataFrame:
    """The scores with one title for each entry, however its files write it.

    Capitals and marks do not count. Where a juror has scored one title in two units, these are two entries, and have
    their unit behind the title.
    """
    plainly = scores.with_columns(pl.Series("_title", [plain(title) for title in scores["title"]], dtype=pl.String))
    who = ("category", "_title", "stage", "juror", "criterion")
    is_shared = (pl.col("unit_name").n_unique().over(who) > 1).any().over("category", "_title")
    first = pl.col("title").first().over("category", "_title")
    named = pl.format("{} ({})", first, pl.col("unit_name").fill_null("–"))
    unit = pl.col("unit_name").drop_nulls().first().over("category", "title")
    titled = plainly.with_columns(pl.when(is_shared).then(named).otherwise(first).alias("title")).drop("_title")
    return titled.with_columns(unit.alias("unit_name"))


@dataclass
class _Made:
    """The rows of the frames of a result, category by category."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    agreement: list[dict[str, Any]] = field(default_factory=list)
    jurors: list[dict[str, Any]] = field(default_factory=list)
    stages: list[dict[str, Any]] = field(default_factory=list)
    ties: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)


_ENTRIES: dict[str, Any] = {
    "category": pl.String,
    "place": pl.Int64,
    "title": pl.String,
    "unit_name": pl.String,
    "mean": pl.Decimal(12, 2),
    "juror_count": pl.Int64,
    "band": pl.String,
    "prize": pl.Decimal(14, 2),
    "is_nominee": pl.Boolean,
    "place_text": pl.String,
}
_AGREEMENT: dict[str, Any] = {
    "category": pl.String,
    "entry_count": pl.Int64,
    "juror_count": pl.Int64,
    "kendalls_w": pl.Decimal(6, 3),
    "stage": pl.String,
}
_JURORS: dict[str, Any] = {
    "category": pl.String,
    "juror": pl.String,
    "scored_count": pl.Int64,
    "offset": pl.Decimal(12, 2),
    "agreement": pl.Decimal(6, 3),
    "is_outlying": pl.Boolean,
    "stage": pl.String,
}
_STAGES: dict[str, Any] = {
    "stage": pl.String,
    "category": pl.String,
    "place": pl.Int64,
    "title": pl.String,
    "unit_name": pl.String,
    "mean": pl.Decimal(12, 2),
    "juror_count": pl.Int64,
    "has_passed": pl.Boolean,
    "goes_on": pl.Boolean,
}
_TIES: dict[str, Any] = {
    "stage": pl.String,
    "category": pl.String,
    "place": pl.Int64,
    "title": pl.String,
    "mean": pl.Decimal(12, 2),
    "decided_by": pl.String,
}
_LEFT_OUT: dict[str, Any] = {
    "stage": pl.String,
    "category": pl.String,
    "title": pl.String,
    "juror": pl.String,
    "reason": pl.String,
}
RESULT = "hasil"
"""The criterion of a checklist that states whether an entry has passed."""


def _stages(contest: Contest, scores: pl.DataFrame) -> list[Stage]:
    """The stages in their order: declared ones that have scores, else those that the recaps name."""
    named = [text for text in scores["stage"].unique(maintain_order=True) if text]
    declared = [stage for stage in contest.stage if stage.code in named]
    if declared or not named:
        return [_as_scored(stage, scores.filter(pl.col("stage") == stage.code)) for stage in declared]
    order = {name: number for number, name in enumerate(USUAL_ORDER)}
    made = []
    for text in sorted(named, key=lambda name: (order.get(name, len(order)), name)):
        made.append(_as_scored(Stage(code=text, name_id=text, name_en=text), scores.filter(pl.col("stage") == text)))
    return made


def _as_scored(stage: Stage, rows: pl.DataFrame) -> Stage:
    """The stage as its recap has it: a checklist where all is there or not, and the weight that the recap states."""
    is_checklist = rows["maximum"].null_count() == 0 and bool((rows["maximum"] == 1).all())
    weights = rows.filter(pl.col("criterion") == "")["weight"].drop_nulls()
    weight = stage.weight if stage.weight is not None or not len(weights) else weights[0]
    return stage.model_copy(update={"kind": "checklist" if is_checklist else "scores", "weight": weight})


USUAL_ORDER = ("Administrasi", "Substansi", "Presentasi", "Lapangan")
"""The order of stages that a contest has not declared."""


def _judge_category(contest: Contest, code: str, rows: pl.DataFrame, stages: Sequence[Stage], made: _Made) -> None:
    units = {row["title"]: row["unit_name"] for row in rows.iter_rows(named=True)}
    whole = Stage(code="", name_id="", name_en="")
    held: list[tuple[Stage, StageScores, dict[str, Fraction]]] = []
    allowed: set[str] | None = None
    for stage in stages or [whole]:
        own = rows.filter(pl.col("stage") == stage.code) if stages else rows
        if own.is_empty():
            continue
        if stage.kind == "checklist":
            passed = _passed(own)
            made.stages += [_stage_row(stage, code, name, units, None, None, 0, has) for name, has in passed.items()]
            allowed = {name for name, has in passed.items() if has}
            continue
        allowed = _entering(contest, stage, held, allowed)
        parts = _parts(own)
        for name in sorted({part.entry for part in parts} - (allowed or {part.entry for part in parts})):
            made.left_out.append(_left(stage, code, name, None, "not_admitted"))
        parts = [part for part in parts if allowed is None or part.entry in allowed]
        scored = scores_of_stage(parts, {one.name: one.weight for one in stage.criteria if one.weight})
        made.left_out += [_left(stage, code, name, juror, "criterion_missing") for name, juror in scored.incomplete]
        made.left_out += [_left(stage, code, name, juror, "whole_contradicted") for name, juror in scored.contradicted]
        if not scored.scores:
            continue
        means = {name: sum(given.values(), Fraction(0)) / len(given) for name, given in scored.scores.items()}
        held.append((stage, scored, means))
        if allowed is not None and held[:-1]:
            missing = sorted(allowed - means.keys())
            made.left_out += [_left(stage, code, name, None, "stage_missing") for name in missing]
    _tell_stages(contest, code, units, stages, held, made)
    if held:
        _tell_final(contest, code, units, held, made)


def _parts(rows: pl.DataFrame) -> list[Part]:
    seen: set[tuple[str, str, str]] = set()
    parts = []
    for row in rows.iter_rows(named=True):
        key = row["title"], row["juror"], row["criterion"]
        if key in seen:
            raise JuryScoresInvalid(
                "Juror {juror} has scored {title} twice",
                next_step="keep one of the two rows",
                juror=row["juror"],
                title=row["title"],
            )
        seen.add(key)
        parts.append(Part(key[0], key[1], key[2], row["score"], row["maximum"], row["weight"]))
    return parts


def _passed(rows: pl.DataFrame) -> dict[str, bool]:
    """Which entries pass a checklist: what its column of results says, else whether every document is there."""
    found: dict[str, bool] = {}
    for (title,), own in rows.group_by("title", maintain_order=True):
        stated = own.filter(pl.col("criterion").str.to_lowercase() == RESULT)
        counting = own if stated.is_empty() else stated
        found[str(title)] = bool((counting["score"] > 0).all())
    return found


def _entering(
    contest: Contest,
    stage: Stage,
    held: Sequence[tuple[Stage, StageScores, dict[str, Fraction]]],
    allowed: set[str] | None,
) -> set[str] | None:
    """The entries that go into a stage; None where nothing says it."""
    if stage.finalists is None or not held:
        return allowed
    _, scored, means = held[-1]
    return finalists_of(means, stage.finalists, _ties(contest, held, scored))


def _ties(
    contest: Contest, held: Sequence[tuple[Stage, StageScores, dict[str, Fraction]]], scored: StageScores
) -> list[Values]:
    """The tie rules as numbers of each entry, in the order of the declaration."""
    criteria: dict[str, dict[str, Fraction]] = {}
    for _, each, _ in held:
        criteria |= {plain(name): values for name, values in each.criteria.items()}
    found: list[Values] = []
    for rule in contest.tie:
        if rule == "median":
            found.append({name: Fraction(median(list(given.values()))) for name, given in scored.scores.items()})
            continue
        called = [means for stage, _, means in held if stage.is_called(rule)]
        found.append(called[0] if called else criteria.get(plain(rule), {}))
    return found


def _tell_stages(
    contest: Contest,
    code: str,
    units: Mapping[str, str | None],
    stages: Sequence[Stage],
    held: Sequence[tuple[Stage, StageScores, dict[str, Fraction]]],
    made: _Made,
) -> None:
    following = {one.code: other for one, other in pairwise([stage for stage in stages if stage.kind == "scores"])}
    for number, (stage, scored, means) in enumerate(held):
        ties = _ties(contest, held[: number + 1], scored)
        places = placed(means, ties)
        later = following.get(stage.code) or _next_declared(contest, stage)
        count = later.finalists if later else None
        going = None if count is None else finalists_of(means, count, ties)
        made.stages += [
            _stage_row(
                stage, code, one.entry, units, one.place, one.value, _juror_count(scored, one.entry), None, going
            )
            for one in places
        ]
        persons = {
            entry: {juror: score for juror, score in given.items() if juror} for entry, given in scored.scores.items()
        }
        persons = {entry: given for entry, given in persons.items() if given}
        weight = kendalls_w(persons) if persons else None
        made.agreement.append(
            {
                "category": code,
                "entry_count": len(scored.scores),
                "juror_count": len({juror for given in persons.values() for juror in given}),
                "kendalls_w": None if weight is None else Decimal(round(weight * 1000)).scaleb(-3),
                "stage": stage.code,
            }
        )
        made.jurors += [_juror(code, stage.code, juror) for juror in jurors_of(persons)] if persons else []
        if len(held) > 1 and number < len(held) - 1 and count is not None:
            made.ties += _told_ties(contest, stage.code, code, places)


def _next_declared(contest: Contest, stage: Stage) -> Stage | None:
    scored = [one for one in contest.stage if one.kind == "scores"]
    return next((after for one, after in pairwise(scored) if one.code == stage.code), None)


def _tell_final(
    contest: Contest,
    code: str,
    units: Mapping[str, str | None],
    held: Sequence[tuple[Stage, StageScores, dict[str, Fraction]]],
    made: _Made,
) -> None:
    _, scored, _ = held[-1]
    final = final_scores([means for _, _, means in held], [one.weight for one, _, _ in held])
    if not final:
        return
    for given in scored.scores.values():  # a score out of range in a file of the caller is refused, as ever
        standings_of({"": given})
    places = placed(final, _ties(contest, held, scored))
    numbers = [one.place for one in places]
    made.ties += _told_ties(contest, "", code, places)
    made.entries += [
        {
            "category": code,
            "place": one.place,
            "title": one.entry,
            "unit_name": units[one.entry],
            "mean": rounded(one.value),
            "juror_count": _juror_count(scored, one.entry),
            "band": band_of(one.value, contest.bands),
            "prize": _rupiah(prize_of(numbers, contest.prizes, one.place)) if contest.prizes else None,
            "is_nominee": one.place <= contest.nominee_places,
            "place_text": contest.place_text(one.place),
        }
        for one in places
    ]


def _told_ties(contest: Contest, stage: str, code: str, places: Sequence[Placed]) -> list[dict[str, Any]]:
    """The entries that are equal in value, with the rule that put each in its place; empty: they share it."""
    values = [one.value for one in places]
    return [
        {
            "stage": stage,
            "category": code,
            "place": one.place,
            "title": one.entry,
            "mean": rounded(one.value),
            "decided_by": "" if one.decided_by is None else contest.tie[one.decided_by],
        }
        for one in places
        if values.count(one.value) > 1
    ]


def _juror_count(scored: StageScores, entry: str) -> int:
    return sum(bool(juror) for juror in scored.scores.get(entry, {}))


def _left(stage: Stage, code: str, title: str, juror: str | None, reason: str) -> dict[str, Any]:
    return {"stage": stage.code, "category": code, "title": title, "juror": juror, "reason": reason}


def _stage_row(
    stage: Stage,
    code: str,
    title: str,
    units: Mapping[str, str | None],
    place: int | None,
    value: Fraction | None,
    juror_count: int,
    has_passed: bool | None = None,
    going: set[str] | None = None,
) -> dict[str, Any]:
    return {
        "stage": stage.code,
        "category": code,
        "place": place,
        "title": title,
        "unit_name": units[title],
        "mean": None if value is None else rounded(value),
        "juror_count": juror_count,
        "has_passed": has_passed,
        "goes_on": has_passed if has_passed is not None else None if going is None else title in going,
    }


def _rupiah(amount: Any) -> Decimal:
    return Decimal(round(amount * 100)).scaleb(-2)


def _juror(code: str, stage: str, juror: Juror) -> dict[str, Any]:
    return {
        "category": code,
        "juror": juror.juror,
        "scored_count": juror.scored_count,
        "offset": Decimal(round(juror.offset * 100)).scaleb(-2),
        "agreement": None if juror.agreement is None else Decimal(round(juror.agreement * 1000)).scaleb(-3),
        "is_outlying": juror.is_outlying,
        "stage": stage,
    }
