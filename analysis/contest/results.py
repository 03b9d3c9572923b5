"""City contests as they are declared, and the results that jury scores give.

Declarations are data: `reference/contests/*.toml` here, and `<home>/contests/*.toml` for a city's own (one of the same
name replaces ours). Jury scores come from the snapshot, which reads the template `jury-scores`, or from a CSV file.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.season.frames import SeasonFrames
from iga.contest.places import Juror, band_of, jurors_of, kendalls_w, prize_of, standings_of
from iga.index.formula import rounded
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.snapshot import Snapshot

COLUMNS = ("category", "title", "unit_name", "juror", "score")
"""The columns of a file of jury scores, one row per entry and juror."""


class JuryScoresInvalid(WorkbenchError):
    """A file of jury scores lacks a column, or holds a score that is not a number."""

    exit_code = ExitCode.USAGE


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(_Declared):
    """A category of a contest; it is not a kind of unit: one may hold several."""

    code: str
    name_id: str
    name_en: str
    aliases: tuple[str, ...] = ()
    """Further spellings of the category in files of jury scores."""

    @property
    def spellings(self) -> set[str]:
        """How the category may be written, simplified."""
        return {_simplified(text) for text in (self.code, self.name_id, self.name_en, *self.aliases)}


class Winner(_Declared):
    """A published winner."""

    category: str
    place: int
    place_text: str = ""
    title: str


class Contest(_Declared):
    """A contest of a city: categories, prizes in rupiah by place, bands, and published winners.

    Without an edition it is held every year. `is_own_entity`: its entries are no IGA innovations (but citizens'
    inventions), so that they are never looked for among the submissions.
    """

    name: str
    region_code: str
    edition: int | None = None
    name_id: str
    name_en: str
    source: str
    confidence: str
    nominee_places: int = 0
    is_own_entity: bool = False
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


class ContestInvalid(WorkbenchError):
    """A file that declares a contest cannot be used."""

    exit_code = ExitCode.USAGE


@cache
def _packaged() -> dict[str, Contest]:
    folder = files("warehouse").joinpath("reference", "contests")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            name = entry.name.removesuffix(".toml")
            found[name] = Contest.model_validate({"name": name, **parsed_toml(entry.read_text(encoding="utf-8"))})
    return found


def known_contests(home: Home | None = None) -> dict[str, Contest]:
    """Every declared contest by its name, those of a home after ours. Raises ContestInvalid naming the file."""
    found = dict(_packaged())
    for path in sorted(noted(home, home.root / "contests").glob("*.toml")) if home else ():
        try:
            content = parsed_toml(path.read_text(encoding="utf-8"))
            found[path.stem] = Contest.model_validate({"name": path.stem, **content})
        except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
            raise ContestInvalid(
                "The contest cannot be read: {reason}",
                next_step="compare it with warehouse/reference/contests/bengkulu-2024.toml",
                place=str(path),
                reason=reason_of(error),
            ) from error
    return found


def contests_of(region_code: str, edition: int, home: Home | None = None) -> list[Contest]:
    """The contests of a city that are held in an edition, by name."""
    known = known_contests(home)
    return [
        known[name]
        for name in sorted(known)
        if known[name].region_code == region_code and known[name].edition in (None, edition)
    ]


def contest_of(region_code: str, edition: int, name: str | None = None, home: Home | None = None) -> Contest:
    """The contest of a city for an edition, or the one named. Raises UnknownName with those that are declared."""
    fitting = [one for one in contests_of(region_code, edition, home) if name is None or one.name == name]
    if len(fitting) != 1:
        known = known_contests(home).values()
        raise UnknownName(
            "{count} contests fit this choice",
            next_step="name one with --contest: {known}",
            count=len(fitting),
            known=", ".join(one.name for one in known if one.region_code == region_code) or "-",
        )
    return fitting[0]


@dataclass(frozen=True)
class JuryTable:
    """Jury scores of one contest (`COLUMNS`), and what the snapshot says of them.

    `unknown_categories`: categories in the snapshot that no declared contest of the city has, with their rows.
    """

    scores: pl.DataFrame
    unknown_categories: dict[str, int]
    is_simulated: bool


def scores_in(snapshot: Snapshot, contest: Contest, edition: int, home: Home | None = None) -> JuryTable:
    """The jury scores that the snapshot holds for a contest, categories as the contest's codes; empty without any."""
    rows = snapshot.sql(
        """
        select e.category, e.title, e.unit_name, j.juror, j.score, coalesce(r.is_simulated, false) as is_simulated
        from contest_entry e
        join jury_score j using (contest_entry_id)
        left join source_row s on s.source_id = j.source_id
        left join receipt r using (file_sha256)
        where e.region_code = $region and e.edition = $edition and j.score is not null
        order by e.category, e.title, j.juror
        """,
        {"region": contest.region_code, "edition": edition},
    )
    codes = {spelling: one.code for one in contest.category for spelling in one.spellings}
    elsewhere = {
        spelling
        for other in contests_of(contest.region_code, edition, home)
        for one in other.category
        for spelling in one.spellings
    }
    read = [_simplified(text) for text in rows["category"]]
    unknown: dict[str, int] = {}
    for text, spelling in zip(rows["category"], read, strict=True):
        if spelling not in codes and spelling not in elsewhere:
            unknown[text] = unknown.get(text, 0) + 1
    own = rows.with_columns(
        pl.Series("category", [codes.get(spelling) for spelling in read], dtype=pl.String)
    ).drop_nulls("category")
    scores = own.select(*COLUMNS[:-1], pl.col("score").cast(pl.Decimal(12, 2)))
    return JuryTable(scores, unknown, bool(own["is_simulated"].any()))


def _simplified(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.casefold()).split())


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
    several bear it. `submission_id` is null where it is not in the season yet; for a contest whose entries are no IGA
    innovations always.
    """
    known: dict[str, list[dict[str, Any]]] = {}
    if frames is not None and not contest.is_own_entity:
        for row in frames.maturities().iter_rows(named=True):
            known.setdefault(_simplified(row["title"] or ""), []).append(row)
    rows = []
    for entry in result.entries.filter("is_nominee").iter_rows(named=True):
        fitting = known.get(_simplified(entry["title"]), [])
        if len(fitting) > 1:
            unit = _simplified(entry["unit_name"] or "")
            fitting = [one for one in fitting if _simplified(one["unit_name"] or "") == unit]
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
            "mean": rounded(one.mean),
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
