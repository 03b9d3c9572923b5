"""A city's portfolio: its innovations over years and schemes, awards, programmes served, and what it could replicate.

Beside the snapshot it reads files of the home, which no export of the ministry holds: `portfolio/awards-<code>.csv`
(entries in other schemes, and awards of the city itself), `portfolio/programmes-<code>.csv` (programmes of the RPJMD),
`portfolio/idsd.csv` (IDSD by region and year) and `portfolio/replications.csv` (the register of replications).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from analysis.contest.declarations import known_contests
from analysis.contest.winners import judged_winners
from analysis.index.scope import peers_of
from analysis.portfolio.city_results import city_results, idsd_of_city, kipp_by_year, published_of_city
from analysis.portfolio.home_tables import (
    HOME_TABLES,
    Fault,
    PortfolioInvalid,
    fault_frame,
    invalid,
    number_in,
    read_home_table,
    year_in,
)
from analysis.portfolio.kipp_entries import kipp_entries
from analysis.portfolio.replications import read_replications
from analysis.portfolio.tags import affair_coverage, read_tags, tag_counts
from iga.portfolio.likeness import Limits, Programme, Work, affair_standings, aligned, candidates
from iga.portfolio.spellings import SHORTEST, Nearness, spelling_key, spelling_pairs
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse import disk
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.reference import affair_of
from warehouse.region import resolve_city
from warehouse.snapshot import Snapshot

__all__ = ["HOME_TABLES", "Portfolio", "PortfolioInvalid", "read_portfolio", "read_programmes", "write_home_templates"]

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
    "spellings": pl.String,
    "programme": pl.String,
    "is_simulated": pl.Boolean,
    "region_count": pl.Int64,
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
SPELLINGS: dict[str, Any] = {
    "title": pl.String,
    "other_title": pl.String,
    "reason": pl.String,
    "places": pl.String,
    "other_places": pl.String,
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
    `published`: named innovations of other cities there. `idsd`: the region's IDSD by year, the home's figures and
    published ones, each marked. `lacking`: codes of what is not there (peers, awards, programmes, idsd, affairs,
    digital, descriptions). `city`: awards of the city itself and what was published. `kipp`: KIPP's rules by year.
    `kipp_entries`: the city's entries held against the years that an innovation must have run.
    `spellings`: pairs of titles that are tied, or that a person may tie. `replications`, `proofs`: the register, and
    what it proposes per innovation. `coverage`: the concurrent affairs by edition. `tags`, `tag_counts`: national tags
    by innovation and by edition. `faults`: what could not be read in files of the home.
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
    city: pl.DataFrame
    kipp: pl.DataFrame
    kipp_entries: pl.DataFrame
    spellings: pl.DataFrame
    replications: pl.DataFrame
    proofs: pl.DataFrame
    coverage: pl.DataFrame
    tags: pl.DataFrame
    tag_counts: pl.DataFrame
    faults: pl.DataFrame


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
    faults = _faults_of_programmes(home, region_code)
    stated = _entries(snapshot, home, region_code, last, faults)
    entries = _linked(stated, rows)
    catalogue = _catalogue(rows, entries, programmes)
    peers = _peers(snapshot, region_code, last, bool(rows["is_simulated"].any()), limits.peer_count)
    own = _works(rows.filter(pl.col("edition") == last))
    standings = affair_standings(own, peers, limits.limits) if peers else []
    published = published_of_city(snapshot, region_code, last)
    own_idsd = idsd_of_city(_own_idsd(home, region_code, faults), published)
    rulebook = snapshot.rulebooks.of(last) if last in snapshot.rulebooks else None
    register = read_replications(home, region_code, _innovation_of(rows), rulebook)
    tags = read_tags(snapshot, region_code, last)
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
        catalogue=_with_replications(catalogue, register.proposals),
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
        city=city_results(entries, published),
        kipp=kipp_by_year(entries, last),
        kipp_entries=kipp_entries(entries, rows),
        spellings=_spellings(rows, entries),
        replications=register.rows,
        proofs=register.proposals,
        coverage=affair_coverage(rows, snapshot.sql("select affair_code, affair_group from government_affair")),
        tags=tags,
        tag_counts=tag_counts(tags, rows),
        faults=fault_frame([*faults, *register.faults]),
    )


_SUBMISSIONS = """
select
    s.submission_id, s.innovation_id, s.region_code, r.full_name as city, s.edition, s.title, s.title_note, s.unit_name,
    s.description, s.stage, s.is_digital, s.form, s.main_affair_code, s.cross_affair_codes, s.status, s.is_simulated,
    s.implementation_date,
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


def _keys(title: str) -> list[tuple[str, str]]:
    """How a title may be known elsewhere: whole, and by the name before its explanation in brackets."""
    whole, name = spelling_key(title), spelling_key(title.split("(", maxsplit=1)[0])
    keys = [(whole, "title")]
    if name != whole and len(name) >= SHORTEST:
        keys.append((name, "acronym"))
    return keys


def _innovation_of(rows: pl.DataFrame) -> dict[str, str]:
    """Return the innovation that each spelling means: its whole title or the name before its brackets, of one alone.

    Several innovations of one spelling, none of which shares an edition with another, are one that was registered
    anew: the newest is meant. Simulated innovations are never meant, as they may only bear a real one's name.
    """
    known: dict[str, dict[str, set[int]]] = {}
    real = rows.filter(~pl.col("is_simulated"))
    for innovation_id, title, edition in real.select("innovation_id", "title", "edition").iter_rows():
        for key, _how in _keys(title or ""):
            if key:
                known.setdefault(key, {}).setdefault(innovation_id, set()).add(edition)
    found = {}
    for key, editions in known.items():
        if sum(map(len, editions.values())) == len(set().union(*editions.values())):
            found[key] = max(editions, key=lambda innovation_id: (max(editions[innovation_id]), innovation_id))
    return found


def _spellings(rows: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of spellings that are tied, and those that a person may tie, with where each stands.

    Equal names in one season are perhaps two innovations, as of two schools: they are left to a person. What is only
    near and stands in one season is two.
    """
    places: dict[str, set[str]] = {}
    for title, edition in rows.select("title", "edition").iter_rows():
        if title:
            places.setdefault(title, set()).add(f"iga {edition}")
    for title, scheme, year in entries.select("title", "scheme", "year").iter_rows():
        if title:
            places.setdefault(title, set()).add(" ".join(filter(None, (scheme, str(year or "")))))
    found = [
        {
            "title": pair.first,
            "other_title": pair.second,
            "reason": "same_season" if pair.is_tied and _in_one_season(places, pair) else pair.reason,
            "places": "|".join(sorted(places[pair.first])),
            "other_places": "|".join(sorted(places[pair.second])),
        }
        for pair in spelling_pairs(places)
        if pair.is_tied or not _in_one_season(places, pair)
    ]
    return pl.DataFrame(found, schema=SPELLINGS)


def _in_one_season(places: dict[str, set[str]], pair: Nearness) -> bool:
    return any(place.startswith("iga ") for place in places[pair.first] & places[pair.second])


def _entries(snapshot: Snapshot, home: Home, region_code: str, edition: int, faults: list[Fault]) -> pl.DataFrame:
    """Entries in schemes: city contests as published or judged, published awards, the home's own file.

    An entry without a title is the city's own.
    """
    rows: list[dict[str, Any]] = []
    for contest in known_contests(home).values():
        if contest.region_code == region_code:
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
    awards = read_home_table(home, "awards", f"awards-{region_code}")
    faults += awards.faults
    schemes = _scheme_codes(home, region_code)
    for row in awards.rows:
        score = number_in(row, "score", faults)
        scheme = row.cells["scheme"]
        code = schemes.get(spelling_key(scheme), scheme) if scheme else "other"
        year = year_in(row, "year", faults)
        if year is not None and year > edition:  # not shown up to this edition, which must not go unsaid
            faults.append(row.fault("year", "later_year"))
        if not (row.cells["title"] or row.cells["result"] or score is not None):
            faults.append(row.fault("result", "no_result"))
        rows.append({**row.cells, "year": year, "scheme": code, "score": score, "basis": "home"})
    frame = pl.DataFrame([{name: row.get(name) for name in ENTRIES} for row in rows], schema=ENTRIES)
    frame = frame.filter(pl.col("year").is_null() | (pl.col("year") <= edition))
    # What a city contest's declaration and a press list both say is one entry, whatever the contest is called.
    keys = [spelling_key((title or "").split("(")[0]) or None for title in frame["title"]]
    keyed = frame.with_columns(pl.Series("key", keys, dtype=pl.String))
    held = keyed.filter((pl.col("scheme") == "city_contest") & pl.col("key").is_not_null())
    is_told_twice = (
        (pl.col("scheme") == "other")
        & (pl.col("basis") == "published")
        & pl.col("result").str.contains(OF_A_CONTEST).fill_null(value=False)
        & pl.col("key").is_not_null()
        & pl.struct("key", "year").is_in(held.select(pl.struct("key", "year")).to_series().implode())
    )
    kept = keyed.filter(~is_told_twice)
    return kept.drop("key").sort("year", "scheme", "title", descending=[True, False, False], nulls_last=True)


OF_A_CONTEST = r"(?i)\b(lomba|juara|harapan|kobia|krenova)\b"
"""What a published award of a city's contest is called."""


def _scheme_codes(home: Home, region_code: str) -> dict[str, str]:
    """Return the code of a scheme by each way to write it, the names of the city's own contests among them."""
    found = {spelling_key(code): code for code in ("other", "sinovik")}
    for code, written in tomllib.loads(_packaged("schemes.toml")).items():
        found |= {spelling_key(text): code for text in (code, *written)}
    for contest in known_contests(home).values():
        if contest.region_code == region_code:
            names = (contest.name, contest.name_id, contest.name_en)
            found = {spelling_key(text): "city_contest" for text in names} | found
    return found


def _linked(entries: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The entries with the innovation that bears their title, where exactly one does.

    A published fact is never tied to a simulated innovation, which may only bear a real one's name.
    """
    known = _innovation_of(rows)
    found: list[tuple[str | None, str | None]] = []
    for title in entries["title"]:
        hits = [(known[key], how) for key, how in _keys(title or "") if key in known]
        found.append(hits[0] if hits else (None, None))
    return entries.with_columns(
        pl.Series("innovation_id", [one[0] for one in found], dtype=pl.String),
        pl.Series("linked_by", [one[1] for one in found], dtype=pl.String),
    )


def _tied(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `tied_id`: one innovation of a unit that was registered anew under another spelling."""
    known = _innovation_of(rows)
    units: dict[str, str] = {}
    for innovation_id, unit in rows.select("innovation_id", "unit_name").iter_rows():
        units[innovation_id] = spelling_key(unit)
    meant = {
        innovation_id: known.get(spelling_key(title), innovation_id)
        for innovation_id, title in rows.select("innovation_id", "title").iter_rows()
    }
    tied = [meant[own] if units[meant[own]] == units[own] else own for own in rows["innovation_id"]]
    return rows.with_columns(pl.Series("tied_id", tied, dtype=pl.String))


def _catalogue(rows: pl.DataFrame, entries: pl.DataFrame, programmes: list[Programme]) -> pl.DataFrame:
    won: dict[str, list[dict[str, Any]]] = {}
    for entry in entries.filter(pl.col("innovation_id").is_not_null()).iter_rows(named=True):
        won.setdefault(entry["innovation_id"], []).append(entry)
    found = []
    for (innovation_id,), part in _tied(rows).group_by("tied_id", maintain_order=True):
        newest = part.row(-1, named=True)
        history = [value for value in part["maturity_x100"] if value is not None]
        own = won.get(str(innovation_id), [])
        titles = [*part["title"], *(entry["title"] for entry in own)]
        others = dict.fromkeys(title for title in titles if title and title != newest["title"])
        served = aligned(spelling_key(newest["title"]), newest["title"] or "", newest["main_affair_code"], programmes)
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
                "spellings": "|".join(others) or None,
                "programme": served[0] if served else None,
                "is_simulated": newest["is_simulated"],
            }
        )
    frame = pl.DataFrame(found, schema=CATALOGUE)
    return frame.sort("maturity", "title", descending=[True, False], nulls_last=True)


def _with_replications(catalogue: pl.DataFrame, proposals: pl.DataFrame) -> pl.DataFrame:
    """Return the catalogue with how many other regions replicate each innovation; empty where none is known."""
    counts = proposals.drop_nulls("innovation_id").select("innovation_id", "region_count")
    return catalogue.drop("region_count").join(counts, on="innovation_id", how="left", maintain_order="left")


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
        found = aligned(spelling_key(title), title or "", affair, programmes)
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
                raise invalid(own, reason_of(error), ("limits.toml",)) from error
        words = _stop_words(_packaged("stop_words.txt"))
        more = noted(home, home.root / "portfolio" / "stop_words.txt")
        words |= _stop_words(more.read_text(encoding="utf-8-sig", errors="replace")) if more.is_file() else set()
        try:
            limits = Limits(
                fewer_than_share=float(stated["fewer_than_share"]),
                points_below_x100=round(float(stated["points_below"]) * 100),
                alike_from=float(stated["alike_from"]),
                same_from=float(stated["same_from"]),
                stop_words=frozenset(words),
            )
            return cls(limits, int(stated["peer_count"]), int(stated["affairs_shown"]), int(stated["candidates_shown"]))
        except (TypeError, ValueError, OverflowError) as error:
            raise invalid(own, reason_of(error), ("limits.toml",)) from error


@cache
def _packaged(name: str) -> str:
    return files("warehouse").joinpath("reference", "portfolio", name).read_text(encoding="utf-8")


def _stop_words(text: str) -> set[str]:
    return {line.strip().casefold() for line in text.splitlines() if line.strip() and not line.startswith("#")}


def read_programmes(home: Home, region_code: str) -> list[Programme]:
    """The programmes of the RPJMD that the home states for a region; empty without a file. Raises PortfolioInvalid."""
    table = read_home_table(home, "programmes", f"programmes-{region_code}")
    return [
        Programme(
            code=row.cells["code"],
            name=row.cells["programme"] or row.cells["code"],
            affairs=frozenset(part.zfill(2) for part in _parts(row.cells["affair_codes"])),
            keywords=frozenset(part.casefold() for part in _parts(row.cells["keywords"])),
            titles=frozenset(spelling_key(part) for part in _parts(row.cells["titles"])),
        )
        for row in table.rows
        if row.cells["code"]
    ]


def _faults_of_programmes(home: Home, region_code: str) -> list[Fault]:
    table = read_home_table(home, "programmes", f"programmes-{region_code}")
    return [*table.faults, *(row.fault("code", "no_code") for row in table.rows if not row.cells["code"])]


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split("|") if part.strip()]


def _own_idsd(home: Home, region_code: str, faults: list[Fault]) -> pl.DataFrame:
    """Return the figures of IDSD that the home states of a region (its code or name): year, score, source, as text."""
    table = read_home_table(home, "idsd", "idsd")
    faults += table.faults
    read = []
    for row in table.rows:
        try:
            code = resolve_city(row.cells["region_code"] or "").region_code
        except UnknownName:
            faults.append(row.fault("region_code", "unknown_region"))
            continue
        if code != region_code:
            continue
        year, score = year_in(row, "year", faults), number_in(row, "score", faults)
        told = (row.cells["year"] if year is None else str(year), row.cells["score"] if score is not None else None)
        read.append({"year": told[0], "score": told[1], "source": row.cells["source"]})
    return pl.DataFrame(read, schema=dict.fromkeys(("year", "score", "source"), pl.String)).sort("year")


TEMPLATES = ("awards", "programmes", "idsd")
"""The files that `--write-templates` writes; the register of replications has a template of its own."""


def write_home_templates(home: Home, region_code: str) -> list[Path]:
    """The files of the home that are not there yet, with their headers, to be filled in."""
    folder = home.root / "portfolio"
    disk.make_folder(folder)
    written = []
    for name in TEMPLATES:
        columns = HOME_TABLES[name]
        path = folder / (f"{name}.csv" if name == "idsd" else f"{name}-{region_code}.csv")
        if not path.exists():
            disk.write_text(path, ",".join(columns) + "\n")
            written.append(path)
    return written
