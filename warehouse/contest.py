"""City contests as they are declared in `reference/contests/*.toml`, and the results that jury scores give."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from iga.contest import Juror, band_of, jurors_of, kendalls_w, prize_of, standings_of
from warehouse.errors import UnknownName, WorkbenchError

COLUMNS = ("category", "title", "unit_name", "juror", "score")
"""The columns of a file of jury scores, one row per entry and juror."""


class JuryScoresInvalid(WorkbenchError):
    """A file of jury scores lacks a column, or holds a score that is not a number."""

    exit_code = 2


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(_Declared):
    """A category of a contest; it is not a kind of unit: one may hold several."""

    code: str
    name_id: str
    name_en: str


class Winner(_Declared):
    """A published winner."""

    category: str
    place: int
    place_text: str = ""
    title: str


class Contest(_Declared):
    """A contest of a city: categories, prizes in rupiah by place, bands, and published winners."""

    name: str
    region_code: str
    edition: int | None = None
    name_id: str
    name_en: str
    source: str
    confidence: str
    nominee_places: int = 0
    prizes: dict[int, int] = Field(default_factory=dict)
    bands: dict[str, Decimal] = Field(default_factory=dict)
    category: tuple[Category, ...]
    winner: tuple[Winner, ...] = ()


@dataclass(frozen=True)
class ContestResult:
    """The outcome of a contest.

    `entries`: category, place, title, unit_name, mean, juror_count, band, prize, is_nominee. `agreement`: per category
    Kendall's W and the number of entries and jurors. `jurors`: per category and juror, how they stand to the others.
    """

    entries: pl.DataFrame
    agreement: pl.DataFrame
    jurors: pl.DataFrame

    @property
    def prize_total(self) -> Decimal:
        """All prizes together, in rupiah."""
        return sum(self.entries["prize"].drop_nulls().to_list(), Decimal(0))


@cache
def known_contests() -> dict[str, Contest]:
    """Every declared contest by its name."""
    folder = files("warehouse").joinpath("reference", "contests")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            name = entry.name.removesuffix(".toml")
            found[name] = Contest.model_validate({"name": name, **tomllib.loads(entry.read_text(encoding="utf-8"))})
    return found


def contest_of(region_code: str, edition: int, name: str | None = None) -> Contest:
    """The contest of a city for an edition, or the one named. Raises UnknownName with those that are declared."""
    known = known_contests()
    fitting = [
        one
        for one in known.values()
        if (name is None or one.name == name) and one.region_code == region_code and one.edition in (None, edition)
    ]
    if len(fitting) != 1:
        raise UnknownName(
            "{count} contests fit this choice",
            next_step="name one with --contest: {known}",
            count=len(fitting),
            known=", ".join(one.name for one in known.values() if one.region_code == region_code) or "-",
        )
    return fitting[0]


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
            reason=str(error).splitlines()[0],
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
    """Places, prizes, nominees and agreement of the jurors, per category.

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
    entries: list[dict[str, Any]] = []
    agreement: list[dict[str, Any]] = []
    jurors: list[dict[str, Any]] = []
    for code in codes:
        rows = scores.filter(pl.col("category") == code)
        if rows.is_empty():
            continue
        given = _by_entry(rows)
        units = {row["title"]: row["unit_name"] for row in rows.iter_rows(named=True)}
        entries += _entries(contest, code, given, units)
        weight = kendalls_w(given)
        agreement.append(
            {
                "category": code,
                "entry_count": len(given),
                "juror_count": len({juror for each in given.values() for juror in each}),
                "kendalls_w": None if weight is None else Decimal(round(weight * 1000)).scaleb(-3),
            }
        )
        jurors += [_juror(code, juror) for juror in jurors_of(given)]
    return ContestResult(
        pl.DataFrame(entries, schema=_ENTRIES),
        pl.DataFrame(agreement, schema=_AGREEMENT),
        pl.DataFrame(jurors, schema=_JURORS),
    )


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
}
_AGREEMENT: dict[str, Any] = {
    "category": pl.String,
    "entry_count": pl.Int64,
    "juror_count": pl.Int64,
    "kendalls_w": pl.Decimal(6, 3),
}
_JURORS: dict[str, Any] = {
    "category": pl.String,
    "juror": pl.String,
    "scored_count": pl.Int64,
    "offset": pl.Decimal(12, 2),
    "agreement": pl.Decimal(6, 3),
    "is_outlying": pl.Boolean,
}


def _by_entry(rows: pl.DataFrame) -> dict[str, dict[str, Decimal]]:
    given: dict[str, dict[str, Decimal]] = {}
    for row in rows.iter_rows(named=True):
        jurors = given.setdefault(row["title"], {})
        if row["juror"] in jurors:
            raise JuryScoresInvalid(
                "Juror {juror} has scored {title} twice",
                next_step="keep one of the two rows",
                juror=row["juror"],
                title=row["title"],
            )
        jurors[row["juror"]] = row["score"]
    return given


def _entries(
    contest: Contest, code: str, given: dict[str, dict[str, Decimal]], units: dict[str, str | None]
) -> list[dict[str, Any]]:
    standings = standings_of(given)
    places = [one.place for one in standings]
    return [
        {
            "category": code,
            "place": one.place,
            "title": one.entry,
            "unit_name": units[one.entry],
            "mean": Decimal(int((200 * one.mean + 1) // 2)).scaleb(-2),
            "juror_count": one.juror_count,
            "band": band_of(one.mean, contest.bands),
            "prize": _rupiah(prize_of(places, contest.prizes, one.place)) if contest.prizes else None,
            "is_nominee": one.place <= contest.nominee_places,
        }
        for one in standings
    ]


def _rupiah(amount: Any) -> Decimal:
    return Decimal(round(amount * 100)).scaleb(-2)


def _juror(code: str, juror: Juror) -> dict[str, Any]:
    return {
        "category": code,
        "juror": juror.juror,
        "scored_count": juror.scored_count,
        "offset": Decimal(round(juror.offset * 100)).scaleb(-2),
        "agreement": None if juror.agreement is None else Decimal(round(juror.agreement * 1000)).scaleb(-3),
        "is_outlying": juror.is_outlying,
    }
