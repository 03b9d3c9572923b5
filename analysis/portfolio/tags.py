"""National tags of innovations (Asta Cita, PKPN, classification, theme, SDGs), and how far they cover the affairs.

The exports that carry the tags are kept cell by cell in a snapshot (`source_row`, `source_column`): what stands below
such a heading is read from there, so that every snapshot of every age shows its tags. What an export does not state is
unknown, never none. Lists are `reference/tags/<tag>.csv`, by edition; an edition whose list is not public has none, and
its values stay as they were written.
"""

from __future__ import annotations

import csv
import json
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from iga.portfolio.spellings import spelling_key
from warehouse.snapshot import Snapshot

TAGS: dict[str, Any] = {
    "submission_id": pl.String,
    "edition": pl.Int64,
    "title": pl.String,
    "tag": pl.String,
    "code": pl.String,
    "text": pl.String,
    "is_simulated": pl.Boolean,
}
TAG_COUNTS: dict[str, Any] = {
    "edition": pl.Int64,
    "tag": pl.String,
    "code": pl.String,
    "text": pl.String,
    "innovation_count": pl.Int64,
    "state": pl.String,
}
COVERAGE: dict[str, Any] = {
    "edition": pl.Int64,
    "affair_code": pl.String,
    "affair_group": pl.String,
    "innovation_count": pl.Int64,
    "cross_count": pl.Int64,
    "state": pl.String,
}
CONCURRENT = ("basic_service", "non_basic", "optional")
"""The groups of the concurrent affairs; supporting functions are none."""
_LISTED = re.compile(r"[;|\n]")
_NUMBER = re.compile(r"0*(\d{1,2})")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}


@cache
def _columns() -> dict[str, dict[str, list[str]]]:
    folder = files("warehouse").joinpath("reference", "tags")
    return tomllib.loads(folder.joinpath("columns.toml").read_text(encoding="utf-8"))


def known_tags() -> tuple[str, ...]:
    """Return the tags that are looked for in exports, in the order in which they are shown."""
    return tuple(_columns())


@cache
def tag_list(tag: str, edition: int) -> tuple[dict[str, str], ...]:
    """Return the values of a tag in an edition, as code, name_id, name_en, aliases and source; empty if not public."""
    text = files("warehouse").joinpath("reference", "tags", f"{tag}.csv").read_text(encoding="utf-8")
    return tuple(row for row in csv.DictReader(text.splitlines()) if row["edition"] in ("", str(edition)))


@cache
def tag_of_header(header: str) -> str | None:
    """Return the tag that a heading of an export names, whatever its number, case and punctuation."""
    key = spelling_key(re.sub(r"^[\W\d]+", "", header))
    return next((tag for tag, stated in _columns().items() if key in map(spelling_key, stated["headers"])), None)


def tag_codes(tag: str, edition: int, cell: str) -> list[tuple[str | None, str]]:
    """Return the values that a cell lists, each with its code in the edition's list (None: not in it) and as written.

    A value is known by its whole name, an alias, or its number, also as "Asta Cita 4" or "IV". Several are parted by
    `;`, `|` or a new line; by a comma only where each part is a number, as names contain commas.
    """
    values = tag_list(tag, edition)
    parts = [part.strip() for part in _LISTED.split(cell) if part.strip()]
    if len(parts) == 1:
        pieces = [part.strip() for part in parts[0].split(",") if part.strip()]
        if len(pieces) > 1 and all(_number_in(tag, piece) is not None for piece in pieces):
            parts = pieces
    return [(_code_in(tag, values, part), part) for part in parts]


def _code_in(tag: str, values: tuple[dict[str, str], ...], text: str) -> str | None:
    key = spelling_key(text)
    for row in values:
        names = (row["code"], row["name_id"], row["name_en"], *row["aliases"].split("|"))
        if key in {spelling_key(name) for name in names if name}:
            return row["code"]
    number = _number_in(tag, text)
    if number is not None:
        return next((row["code"] for row in values if row["code"].isdigit() and int(row["code"]) == number), None)
    after = spelling_key(re.sub(r"^\W*\d{1,2}\s*[.):-]\s*", "", text))
    if after != key:
        return next((row["code"] for row in values if after == spelling_key(row["name_id"])), None)
    return None


def _number_in(tag: str, text: str) -> int | None:
    """Return the number that a value is, bare or behind the tag's own word; in Latin or Roman figures."""
    plain = text.casefold().strip(" .:()-")
    for word in sorted(_columns()[tag]["words"], key=len, reverse=True):
        if plain.startswith(word):
            plain = plain.removeprefix(word).strip(" .:()-")
            break
    if found := _NUMBER.fullmatch(plain):
        return int(found[1])
    return _ROMAN.get(plain)


_HEADED = """
select distinct c.file_sha256, c.sheet, c.column_number, c.header
from source_column c where c.row_number is null
"""
_FORMS = """
select c.file_sha256, c.sheet, c.header, c.original_text
from source_column c where c.row_number is not null and c.original_text is not null
"""
_OBSERVED = """
select o.submission_id, o.file_sha256, o.source_id, o.received_date, r.sheet, r.original
from observation o join source_row r using (source_id)
where o.region_code = $region and ($edition is null or o.edition <= $edition)
order by o.received_date, o.observation_id
"""
_STRUCTURAL = """
select file_sha256, sheet, row_number, original from source_row
where outcome = 'structural' and list_contains($files, file_sha256) order by file_sha256, sheet, row_number
"""
_SUBMITTED = """
select submission_id, edition, title, is_simulated from store.submission
where region_code = $region and status is distinct from 'rejected' and ($edition is null or edition <= $edition)
order by edition, submission_id
"""


def read_tags(snapshot: Snapshot, region_code: str, edition: int | None = None) -> pl.DataFrame:
    """Return the tags of a city's innovations up to an edition, one row per value.

    The latest file that states a tag counts. An innovation of which no file states one has no row of it: it is unknown.
    """
    asked: dict[str, object] = {"region": region_code, "edition": edition}
    observed = snapshot.sql(_OBSERVED, asked)
    shas = observed["file_sha256"].unique().sort().to_list()
    headings = _headings(snapshot, shas)
    on_forms = _on_forms(snapshot, set(shas))
    stated: dict[tuple[str, str], str] = {}
    for submission_id, sha, sheet, original in observed.select(
        "submission_id", "file_sha256", "sheet", "original"
    ).iter_rows():
        cells = json.loads(original)
        told = {tag: cells[place] for tag, place in headings.get((sha, sheet), {}).items() if place < len(cells)}
        for tag, text in (told | on_forms.get((sha, sheet), {})).items():
            if text is not None and str(text).strip() not in ("", "-"):
                stated[submission_id, tag] = str(text).strip()
    rows = [
        {**row, "tag": tag, "code": code, "text": text}
        for row in snapshot.sql(_SUBMITTED, asked).iter_rows(named=True)
        for tag in known_tags()
        if (row["submission_id"], tag) in stated
        for code, text in tag_codes(tag, row["edition"], stated[row["submission_id"], tag])
    ]
    return pl.DataFrame(rows, schema=TAGS)


def _headings(snapshot: Snapshot, shas: list[str]) -> dict[tuple[str, str], dict[str, int]]:
    """Return by file and sheet in which column (from 0) each tag stands.

    Its heading stands in the row in which those of the known columns stand; one alone may be a title.
    """
    known: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for sha, sheet, column, header in snapshot.sql(_HEADED).iter_rows():
        known.setdefault((sha, sheet), []).append((column - 1, spelling_key(header)))
    found: dict[tuple[str, str], dict[str, int]] = {}
    for sha, sheet, _row, original in snapshot.sql(_STRUCTURAL, {"files": shas}).iter_rows():
        cells = [str(cell or "") for cell in json.loads(original)]
        keys = [spelling_key(cell) for cell in cells]
        fits = sum(place < len(keys) and keys[place] == key for place, key in known.get((sha, sheet), ()))
        if fits <= 1 or (sha, sheet) in found:
            continue
        headed = [(tag_of_header(cell), place) for place, cell in enumerate(cells) if cell]
        places = {tag: place for tag, place in reversed(headed) if tag}
        if places:
            found[sha, sheet] = places
    return found


def _on_forms(snapshot: Snapshot, shas: set[str]) -> dict[tuple[str, str], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for sha, sheet, header, text in snapshot.sql(_FORMS).iter_rows():
        if sha in shas and (tag := tag_of_header(header)):
            found.setdefault((sha, sheet), {})[tag] = text
    return found


def tag_counts(tags: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    """Return by edition how many innovations bear each value of each tag, and of how many it is unknown.

    `state`: held (in the edition's list), as_written (no such list, or not in it), unknown (no file states it).
    """
    rows: list[dict[str, Any]] = []
    for (edition,), part in submitted.group_by("edition", maintain_order=True):
        for tag in known_tags():
            own = tags.filter((pl.col("edition") == edition) & (pl.col("tag") == tag))
            counted = (
                own.with_columns(pl.when(pl.col("code").is_null()).then(pl.col("text")).alias("text"))
                .group_by("code", "text", maintain_order=True)
                .agg(pl.col("submission_id").n_unique().alias("innovation_count"))
                .sort("code", "text", nulls_last=True)
            )
            rows += [
                {**row, "edition": edition, "tag": tag, "state": "held" if row["code"] else "as_written"}
                for row in counted.iter_rows(named=True)
            ]
            silent = part.height - own["submission_id"].n_unique()
            if silent:
                rows.append(
                    {"edition": edition, "tag": tag, "code": None, "text": None, "innovation_count": silent,
                     "state": "unknown"}
                )  # fmt: skip
    return pl.DataFrame(rows, schema=TAG_COUNTS)


def affair_coverage(submitted: pl.DataFrame, affairs: pl.DataFrame) -> pl.DataFrame:
    """Return by edition each concurrent affair with its innovations: as main affair, and beside another one.

    `state`: covered, none (every innovation states its affair, and none this one), unknown (some state none: whether
    this affair has one is not known, and its counts are empty rather than zero). `affairs` has affair_code and group.
    """
    concurrent = affairs.filter(pl.col("affair_group").is_in(CONCURRENT)).sort("affair_code")
    rows: list[dict[str, Any]] = []
    for (edition,), part in submitted.group_by("edition", maintain_order=True):
        is_silent = part["main_affair_code"].null_count() > 0
        main: dict[str, int] = {}
        beside: dict[str, int] = {}
        for code, others in part.select("main_affair_code", "cross_affair_codes").iter_rows():
            if code is not None:
                main[code] = main.get(code, 0) + 1
            for other in {text for text in (others or "").split("|") if text} - {code}:
                beside[other] = beside.get(other, 0) + 1
        for code, group in concurrent.select("affair_code", "affair_group").iter_rows():
            has = code in main or code in beside
            state = "covered" if has else "unknown" if is_silent else "none"
            is_known = has or not is_silent
            rows.append(
                {
                    "edition": edition,
                    "affair_code": code,
                    "affair_group": group,
                    "innovation_count": main.get(code, 0) if is_known else None,
                    "cross_count": beside.get(code, 0) if is_known else None,
                    "state": state,
                }
            )
    return pl.DataFrame(rows, schema=COVERAGE)
