"""A city's portfolio: its innovations over years and schemes, awards, programmes served, and what it could replicate.

Beside the snapshot it reads files of the home, which no export of the ministry holds: `portfolio/awards-<code>.csv`
(entries in other schemes), `portfolio/programmes-<code>.csv` (programmes of the RPJMD) and `portfolio/idsd.csv`
(IDSD by region and year).
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

from analysis.contest.declarations import known_contests
from analysis.contest.winners import judged_winners
from analysis.index.scope import peers_of
from iga.errors import Sentence
from iga.portfolio.likeness import Limits, Programme, Work, affair_standings, aligned, candidates
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse import disk
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import UNREADABLE_CSV, Home, rows_of_csv
from warehouse.inputs_read import noted
from warehouse.reference import affair_of
from warehouse.snapshot import Snapshot

HOME_TABLES: dict[str, tuple[str, ...]] = {
    "awards": ("year", "scheme", "title", "result", "score", "source"),
    "programmes": ("code", "programme", "affair_codes", "keywords", "titles"),
    "idsd": ("region_code", "year", "score", "source"),
}
"""The files of the home, with their columns; several values in a cell are parted by `|`."""


class PortfolioInvalid(WorkbenchError):
    """A file of the portfolio lacks a column, or holds something that is not a year or a number."""

    exit_code = ExitCode.USAGE


CATALOGUE: dict[str, Any] = {
    "innovation_id": pl.String,
    "title": pl.String,
    "unit_name": pl.String,
    "affair_code": pl.String,
    "is_digital": pl.Boolean,
    "stage": pl.String,
    "editions": pl.String,
    "maturity": pl.Decimal(12, 2),
    "maturity_change": pl.Decimal(12, 2),
    "schemes": pl.String,
    "awards": pl.String,
    "programme": pl.String,
    "is_simulated": pl.Boolean,
}
ENTRIES: dict[str, Any] = {
    "year": pl.Int64,
    "scheme": pl.String,
    "title": pl.String,
    "result": pl.String,
    "score": pl.Decimal(12, 2),
    "basis": pl.String,
    "source": pl.String,
    "innovation_id": pl.String,
    "linked_by": pl.String,
}
STANDINGS: dict[str, Any] = {
    "affair_code": pl.String,
    "own_count": pl.Int64,
    "peer_count": pl.Decimal(12, 1),
    "own_mean": pl.Decimal(12, 2),
    "peer_mean": pl.Decimal(12, 2),
    "reasons": pl.String,
}
CANDIDATES: dict[str, Any] = {
    "affair_code": pl.String,
    "title": pl.String,
    "city": pl.String,
    "cities": pl.String,
    "city_count": pl.Int64,
    "shared": pl.String,
    "nearest": pl.String,
    "similarity": pl.Decimal(6, 2),
    "nearest_shared": pl.String,
    "maturity": pl.Decimal(12, 2),
    "compared_by": pl.String,
}
PROGRAMMES: dict[str, Any] = {
    "code": pl.String,
    "programme": pl.String,
    "innovation_count": pl.Int64,
    "by_name": pl.Int64,
    "by_keyword": pl.Int64,
    "by_affair": pl.Int64,
    "maturity": pl.Decimal(12, 2),
}


@dataclass(frozen=True)
class Portfolio:
    """What a city has done, and what it could take over.

    `catalogue`: one row per innovation of the snapshot, newest maturity first. `entries`: one row per entry in a
    scheme beside the annual report, with its source and the innovation that it was linked to by title (null where by
    none). `kinds`: innovations per edition by digital, not digital, not stated. `programmes`: per programme of the
    RPJMD how many innovations serve it and by what (empty without the file). `standings`: affairs against comparable
    cities, weak ones first. `candidates`: what they do there (`compared_by`: titles, or titles_and_descriptions).
    `published`: named innovations of other cities there. `idsd`: the region's IDSD by year. `lacking`: codes of what
    is not there (peers, awards, programmes, idsd, affairs, digital, descriptions).
    """

    region_code: str
    edition: int
    catalogue: pl.DataFrame
    entries: pl.DataFrame
    kinds: pl.DataFrame
    published: pl.DataFrame
    programmes: pl.DataFrame
    standings: pl.DataFrame
    candidates: pl.DataFrame
    idsd: pl.DataFrame
    peers: tuple[str, ...]
    is_simulated: bool
    lacking: tuple[str, ...]


def read_portfolio(snapshot: Snapshot, home: Home, region_code: str, edition: int | None = None) -> Portfolio:
    """The portfolio of a city up to an edition (the latest one of the snapshot if none is named).

    Raises UnknownName when the snapshot holds no innovation of the city, PortfolioInvalid for a file of the home.
    """
    rows = _submissions(snapshot, region_code, edition)
    if rows.is_empty():
        raise UnknownName(
            "The snapshot holds no innovations of {region}",
            next_step="see what is in with `iga status`, or load its files with `iga ingest`",
            region=region_code,
        )
    last = int(rows["edition"].max())  # type: ignore[arg-type]
    limits = _Settings.of(home)
    programmes = read_programmes(home, region_code)
    entries = _linked(_entries(snapshot, home, region_code, last), rows)
    catalogue = _catalogue(rows, entries, programmes)
    peers = _peers(snapshot, region_code, last, bool(rows["is_simulated"].any()), limits.peer_count)
    own = _works(rows.filter(pl.col("edition") == last))
    standings = affair_standings(own, peers, limits.limits) if peers else []
    idsd = _home_table(home, "idsd", "idsd")
    own_idsd = _idsd(idsd.filter(pl.col("region_code") == region_code))
    lacking = {
        "peers": not peers,
        "awards": entries.is_empty(),
        "programmes": not programmes,
        "idsd": own_idsd.is_empty(),
        "affairs": rows["main_affair_code"].null_count() == rows.height,
        "digital": rows["is_digital"].null_count() == rows.height,
        "descriptions": not any(work.is_described for works in (own, *peers.values()) for work in works),
    }
    return Portfolio(
        region_code=region_code,
        edition=last,
        catalogue=catalogue,
        entries=entries,
        kinds=_kinds(rows),
        published=_published(snapshot, region_code, [one.affair for one in standings if one.reasons]),
        programmes=_served(programmes, rows.filter(pl.col("edition") == last)),
        standings=_standings_frame(standings),
        candidates=_candidates_frame(own, peers, standings, limits),
        idsd=own_idsd,
        peers=tuple(peers),
        is_simulated=bool(rows["is_simulated"].any()),
        lacking=tuple(code for code, is_lacking in lacking.items() if is_lacking),
    )


_SUBMISSIONS = """
select
    s.submission_id, s.innovation_id, s.region_code, r.full_name as city, s.edition, s.title, s.title_note, s.unit_name,
    s.description, s.stage, s.is_digital, s.form, s.main_affair_code, s.status, s.is_simulated,
    coalesce(s.final_score_x100, s.verified_score_x100, s.claimed_score_x100) as maturity_x100
from store.submission s join region r using (region_code)
where s.status is distinct from 'rejected'
"""


def _submissions(snapshot: Snapshot, region_code: str, edition: int | None) -> pl.DataFrame:
    limit = "" if edition is None else " and s.edition <= $edition"
    given: dict[str, object] = {"region": region_code} | ({} if edition is None else {"edition": edition})
    return snapshot.sql(f"{_SUBMISSIONS} and s.region_code = $region{limit} order by s.edition, s.submission_id", given)


_SAID = ("title_note", "form", "description")


def _works(rows: pl.DataFrame) -> list[Work]:
    return [
        Work(
            row["title"] or row["submission_id"],
            row["city"],
            " ".join(part for part in (_explained(row["title"]), *(row[name] for name in _SAID)) if part),
            row["main_affair_code"],
            row["maturity_x100"],
            is_described=row["description"] is not None,
        )
        for row in rows.iter_rows(named=True)
    ]


_EXPLANATION = re.compile(r"\(([^()]*\s[^()]*)\)")


def _explained(title: str | None) -> str | None:
    """What a title says: the words in brackets that spell an acronym out, else all of it."""
    found = _EXPLANATION.search(title or "")
    return found[1] if found else title


def _peers(snapshot: Snapshot, region_code: str, edition: int, is_simulated: bool, limit: int) -> dict[str, list[Work]]:
    """The innovations of comparable cities in an edition, by city; simulated ones for a simulated season only."""
    regions = snapshot.sql(
        """
        select
            r.region_code, r.region_type, r.population_2025, r.is_autonomous, count(s.submission_id) as innovation_count
        from region r left join store.submission s on s.region_code = r.region_code and s.edition = $edition
        group by all
        """,
        {"edition": edition},
    ).filter((pl.col("innovation_count") > 0) | (pl.col("region_code") == region_code))
    try:
        codes = peers_of(regions, region_code, limit=limit)["region_code"].to_list()
    except UnknownName:
        codes = []
    codes = [code for code in codes if code != region_code]
    rows = snapshot.sql(
        f"""{_SUBMISSIONS}
          and s.edition = $edition and s.is_simulated = $simulated and list_contains($codes, s.region_code)
        order by s.region_code, s.submission_id""",
        {"edition": edition, "simulated": is_simulated, "codes": codes},
    )
    return {str(city): _works(part) for (city,), part in rows.group_by("city", maintain_order=True)}


def _key(text: str | None) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", (text or "").casefold()).split())


SHORTEST_ACRONYM = 4


def _keys(title: str) -> list[tuple[str, str]]:
    """How a title may be known elsewhere: whole, and by the name before its explanation in brackets."""
    whole, name = _key(title), _key(title.split("(", maxsplit=1)[0])
    keys = [(whole, "title")]
    if name != whole and len(name) >= SHORTEST_ACRONYM:
        keys.append((name, "acronym"))
    return keys


def _entries(snapshot: Snapshot, home: Home, region_code: str, edition: int) -> pl.DataFrame:
    """Entries in schemes: city contests as published or judged, published awards, the home's own file."""
    rows: list[dict[str, Any]] = []
    for contest in known_contests(home).values():
        if contest.region_code == region_code and contest.edition is not None:
            rows += [
                {
                    "year": contest.edition,
                    "scheme": "city_contest",
                    "title": winner.title,
                    "result": winner.place_text or str(winner.place),
                    "basis": "published",
                    "source": contest.source,
                }
                for winner in contest.winner
            ]
    rows += [
        {"year": year, "scheme": "other", "title": title, "result": award, "basis": "published", "source": source}
        for year, title, award, source in snapshot.sql(
            """
            select edition, title, award, source from named_innovation
            where region_code = $region and award is not null
            """,
            {"region": region_code},
        ).iter_rows()
    ]
    rows += judged_winners(snapshot, home, region_code)
    own = _home_table(home, "awards", f"awards-{region_code}")
    for row in own.iter_rows(named=True):
        score = _number(row["score"], home, f"awards-{region_code}")
        rows.append({**row, "year": _year(row["year"], home, f"awards-{region_code}"), "score": score, "basis": "home"})
    frame = pl.DataFrame([{name: row.get(name) for name in ENTRIES} for row in rows], schema=ENTRIES)
    frame = frame.filter(pl.col("year").is_null() | (pl.col("year") <= edition))
    # What a city contest's declaration and a press list both say is one entry.
    keyed = frame.with_columns(
        pl.Series("key", [_key(title.split("(")[0]) for title in frame["title"]], dtype=pl.String)
    )
    kept = keyed.filter(
        ~((pl.col("scheme") == "other") & pl.col("result").str.contains("(?i)lomba inovasi tingkat kota"))
        | ~pl.struct("key", "year").is_in(
            keyed.filter(pl.col("scheme") == "city_contest").select(pl.struct("key", "year")).to_series().implode()
        )
    )
    return kept.drop("key").sort("year", "scheme", "title", descending=[True, False, False], nulls_last=True)


def _linked(entries: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The entries with the innovation that bears their title, where exactly one does.

    A published fact is never tied to a simulated innovation, which may only bear a real one's name.
    """
    rows = rows.filter(~pl.col("is_simulated"))
    known: dict[str, set[str]] = {}
    for innovation_id, title in rows.select("innovation_id", "title").iter_rows():
        for key, _how in _keys(title or ""):
            known.setdefault(key, set()).add(innovation_id)
    found: list[tuple[str | None, str | None]] = []
    for title in entries["title"]:
        hits = [
            (next(iter(known[key])), how) for key, how in _keys(title or "") if key and len(known.get(key, ())) == 1
        ]
        found.append(hits[0] if hits else (None, None))
    return entries.with_columns(
        pl.Series("innovation_id", [one[0] for one in found], dtype=pl.String),
        pl.Series("linked_by", [one[1] for one in found], dtype=pl.String),
    )


def _catalogue(rows: pl.DataFrame, entries: pl.DataFrame, programmes: list[Programme]) -> pl.DataFrame:
    won: dict[str, list[dict[str, Any]]] = {}
    for entry in entries.filter(pl.col("innovation_id").is_not_null()).iter_rows(named=True):
        won.setdefault(entry["innovation_id"], []).append(entry)
    found = []
    for (innovation_id,), part in rows.group_by("innovation_id", maintain_order=True):
        newest = part.row(-1, named=True)
        history = [value for value in part["maturity_x100"] if value is not None]
        own = won.get(str(innovation_id), [])
        served = aligned(_key(newest["title"]), newest["title"] or "", newest["main_affair_code"], programmes)
        found.append(
            {
                "innovation_id": innovation_id,
                "title": newest["title"],
                "unit_name": newest["unit_name"],
                "affair_code": newest["main_affair_code"],
                "is_digital": newest["is_digital"],
                "stage": newest["stage"],
                "editions": ", ".join(str(edition) for edition in part["edition"].unique(maintain_order=True)),
                "maturity": _points(newest["maturity_x100"]),
                "maturity_change": _points(history[-1] - history[0]) if len(history) > 1 else None,
                "schemes": "|".join(dict.fromkeys(["iga", *(entry["scheme"] for entry in own)])),
                "awards": "; ".join(f"{entry['year'] or ''} {entry['result'] or ''}".strip() for entry in own) or None,
                "programme": served[0] if served else None,
                "is_simulated": newest["is_simulated"],
            }
        )
    frame = pl.DataFrame(found, schema=CATALOGUE)
    return frame.sort("maturity", "title", descending=[True, False], nulls_last=True)


def _kinds(rows: pl.DataFrame) -> pl.DataFrame:
    digital = pl.col("is_digital")
    return (
        rows.group_by("edition")
        .agg(
            pl.len().cast(pl.Int64).alias("innovation_count"),
            digital.fill_null(value=False).sum().cast(pl.Int64).alias("digital"),
            (~digital).fill_null(value=False).sum().cast(pl.Int64).alias("not_digital"),
            digital.is_null().sum().cast(pl.Int64).alias("not_stated"),
        )
        .sort("edition")
    )


def _served(programmes: list[Programme], rows: pl.DataFrame) -> pl.DataFrame:
    by: dict[str, dict[str, list[int | None]]] = {one.code: {} for one in programmes}
    for title, affair, maturity in rows.select("title", "main_affair_code", "maturity_x100").iter_rows():
        found = aligned(_key(title), title or "", affair, programmes)
        if found:
            by[found[0]].setdefault(found[1], []).append(maturity)
    table = []
    for one in programmes:
        how = by[one.code]
        known = [value for values in how.values() for value in values if value is not None]
        table.append(
            {
                "code": one.code,
                "programme": one.name,
                "innovation_count": sum(len(values) for values in how.values()),
                "by_name": len(how.get("named", ())),
                "by_keyword": len(how.get("keyword", ())),
                "by_affair": len(how.get("affair", ())),
                "maturity": _points(sum(known) / len(known)) if known else None,
            }
        )
    return pl.DataFrame(table, schema=PROGRAMMES)


def _standings_frame(standings: list[Any]) -> pl.DataFrame:
    rows = [
        {
            "affair_code": one.affair,
            "own_count": one.own_count,
            "peer_count": Decimal(round(one.peer_count * 10)).scaleb(-1),
            "own_mean": _points(one.own_mean_x100),
            "peer_mean": _points(one.peer_mean_x100),
            "reasons": "|".join(one.reasons),
        }
        for one in standings
    ]
    return pl.DataFrame(rows, schema=STANDINGS)


def _candidates_frame(
    own: list[Work], peers: dict[str, list[Work]], standings: list[Any], settings: _Settings
) -> pl.DataFrame:
    weak = [one.affair for one in standings if one.reasons][: settings.affairs_shown]
    found = [
        one for affair in weak for one in candidates(own, peers, affair, settings.limits, settings.candidates_shown)
    ]
    rows = [
        {
            "affair_code": one.affair,
            "title": one.work.key,
            "city": one.work.city,
            "cities": ", ".join(one.cities),
            "city_count": len(one.cities),
            "shared": ", ".join(one.shared),
            "nearest": one.nearest,
            "similarity": Decimal(round(one.nearest_similarity * 100)).scaleb(-2),
            "nearest_shared": ", ".join(one.nearest_shared),
            "maturity": _points(one.work.maturity_x100),
            "compared_by": "titles_and_descriptions" if one.is_by_description else "titles",
        }
        for one in found
    ]
    return pl.DataFrame(rows, schema=CANDIDATES)


def _published(snapshot: Snapshot, region_code: str, affairs: list[str]) -> pl.DataFrame:
    """Named innovations of other cities in some affairs: affair_code, city, edition, title, source."""
    rows = snapshot.sql(
        """
        select n.affair, r.full_name as city, n.edition, n.title, n.source
        from named_innovation n join region r using (region_code)
        where n.region_code <> $region and n.affair is not null order by r.full_name, n.edition, n.title
        """,
        {"region": region_code},
    )
    codes = pl.Series("affair_code", [affair_of(text) for text in rows["affair"]], dtype=pl.String)
    found = rows.with_columns(codes).filter(pl.col("affair_code").is_in(affairs))
    return found.select("affair_code", "city", "edition", "title", "source").unique(
        ["city", "title"], keep="last", maintain_order=True
    )


def _points(x100: float | None) -> Decimal | None:
    return None if x100 is None else Decimal(round(x100)).scaleb(-2)


@dataclass(frozen=True)
class _Settings:
    """The settings of `reference/portfolio/`, those of the home in their place where it has some."""

    limits: Limits
    peer_count: int
    affairs_shown: int
    candidates_shown: int

    @classmethod
    def of(cls, home: Home) -> _Settings:
        stated = tomllib.loads(_packaged("limits.toml"))
        own = noted(home, home.root / "portfolio" / "limits.toml")
        if own.is_file():
            try:
                stated |= parsed_toml(own.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise _invalid(own, reason_of(error), "limits.toml") from error
        words = _stop_words(_packaged("stop_words.txt"))
        more = noted(home, home.root / "portfolio" / "stop_words.txt")
        words |= _stop_words(more.read_text(encoding="utf-8")) if more.is_file() else set()
        limits = Limits(
            fewer_than_share=float(stated["fewer_than_share"]),
            points_below_x100=round(float(stated["points_below"]) * 100),
            alike_from=float(stated["alike_from"]),
            same_from=float(stated["same_from"]),
            stop_words=frozenset(words),
        )
        return cls(limits, int(stated["peer_count"]), int(stated["affairs_shown"]), int(stated["candidates_shown"]))


@cache
def _packaged(name: str) -> str:
    return files("warehouse").joinpath("reference", "portfolio", name).read_text(encoding="utf-8")


def _stop_words(text: str) -> set[str]:
    return {line.strip().casefold() for line in text.splitlines() if line.strip() and not line.startswith("#")}


def read_programmes(home: Home, region_code: str) -> list[Programme]:
    """The programmes of the RPJMD that the home states for a region; empty without a file. Raises PortfolioInvalid."""
    table = _home_table(home, "programmes", f"programmes-{region_code}")
    return [
        Programme(
            code=row["code"],
            name=row["programme"],
            affairs=frozenset(part.zfill(2) for part in _parts(row["affair_codes"])),
            keywords=frozenset(part.casefold() for part in _parts(row["keywords"])),
            titles=frozenset(_key(part) for part in _parts(row["titles"])),
        )
        for row in table.iter_rows(named=True)
        if row["code"]
    ]


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split("|") if part.strip()]


def _idsd(rows: pl.DataFrame) -> pl.DataFrame:
    read = [
        {"year": row["year"], "score": row["score"], "source": row["source"]} for row in rows.sort("year").to_dicts()
    ]
    return pl.DataFrame(read, schema=dict.fromkeys(("year", "score", "source"), pl.String))


def _home_table(home: Home, name: str, stem: str) -> pl.DataFrame:
    """A CSV file of the home as text; empty without the file. Raises PortfolioInvalid naming the missing column."""
    path = noted(home, home.root / "portfolio" / f"{stem}.csv")
    columns = HOME_TABLES[name]
    schema = dict.fromkeys(columns, pl.String)
    if not path.is_file():
        return pl.DataFrame(schema=schema)
    try:
        read = [{column: cell or None for column, cell in row.items()} for row in rows_of_csv(path, columns)]
    except UNREADABLE_CSV as error:
        raise _invalid(path, reason_of(error), ", ".join(columns)) from error
    return pl.DataFrame(read, schema=schema)


def _invalid(path: Path, reason: Sentence, columns: str) -> PortfolioInvalid:
    return PortfolioInvalid(
        "A file of the portfolio cannot be used: {reason}",
        next_step="columns: {columns}",
        place=str(path),
        reason=reason,
        columns=columns,
    )


def _number(text: str | None, home: Home, stem: str) -> Decimal | None:
    if not text:
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise _invalid(
            home.root / "portfolio" / f"{stem}.csv", Sentence("{text} is not a number", text=text), "score"
        ) from None


def _year(text: str | None, home: Home, stem: str) -> int | None:
    if text is None:
        return None
    if not text.isdigit():
        raise _invalid(home.root / "portfolio" / f"{stem}.csv", Sentence("{text} is not a year", text=text), "year")
    return int(text)


def write_home_templates(home: Home, region_code: str) -> list[Path]:
    """The files of the home that are not there yet, with their headers, to be filled in."""
    folder = home.root / "portfolio"
    disk.make_folder(folder)
    written = []
    for name, columns in HOME_TABLES.items():
        path = folder / (f"{name}.csv" if name == "idsd" else f"{name}-{region_code}.csv")
        if not path.exists():
            disk.write_text(path, ",".join(columns) + "\n")
            written.append(path)
    return written
