"""Reference data: regions, districts, government affairs, published results and labels, each row with its source."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from warehouse.declared_tables import declared_tables, dtypes_of
from warehouse.errors import UnknownName

_FILES = {
    "region": "regions.csv",
    "region_history": "region_history.csv",
    "region_alias": "region_aliases.csv",
    "subdistrict": "subdistricts.csv",
    "government_affair": "government_affairs.csv",
    "timeline_event": "timeline.csv",
    "national_total": "national_totals.csv",
    "named_innovation": "named_innovations.csv",
    "published_result": "published_results.csv",
    "unit_kind": "unit_kinds.csv",
    "label": "labels.csv",
}
_ON_DISK_ONLY: dict[str, dict[str, pl.DataType]] = {
    "named_innovation": {"is_kind_inferred": pl.Boolean(), "is_affair_inferred": pl.Boolean()},
    "unit_kind": {"order": pl.Int32()},
}
"""Columns of files that no table of a snapshot has and that are no text; the others are typed by `sql/schema.sql`."""


class ReferenceNotFound(UnknownName):
    """No reference table of that name."""


def known_references() -> tuple[str, ...]:
    """The names that `load_reference` knows, in the order in which they are kept."""
    return tuple(_FILES)


@cache
def load_reference(name: str) -> pl.DataFrame:
    """One reference table, typed, with the columns that the table of the same name has in `sql/schema.sql`.

    `region` (552 rows), `region_history` (what regions were called before), `region_alias`, `subdistrict`,
    `government_affair`, `timeline_event`, `national_total`, `named_innovation`, `published_result`; besides, without a
    table in a snapshot, `unit_kind` (name patterns in the order in which they are tried) and `label` (field, code,
    label_id, label_en). Every table has a column `source`: an address, an `article:` key, or a key of `[source.*]` in
    `reference/sources.toml`.

    `published_result`: one row per published statement, contradictions side by side; `region_text` is the region as
    printed with the type and the province that the source gives, `region_basis` says how `region_code` was found
    (`name`, `alias`, `unresolved`: code null). An open rank such as `<=10` has rank_low 1 and rank_high 10; `~400` has
    neither. `named_innovation`: what the source does not state and was read off the name ends in `(inferred)`.

    Raises ReferenceNotFound.
    """
    if name not in _FILES:
        raise ReferenceNotFound(
            "There is no reference table {name}",
            next_step="those that exist: {known}",
            name=name,
            known=", ".join(_FILES),
        )
    table = read_reference_file(name)
    if name == "published_result":
        return _as_printed(table).select(list(dtypes_of(name)))
    if name == "named_innovation":
        return _with_inference_mark(table)
    return table


@cache
def read_reference_file(name: str) -> pl.DataFrame:
    """A reference file with all the columns that it has on disk, typed; names as for `load_reference`."""
    content = files("warehouse").joinpath("reference", _FILES[name]).read_bytes()
    text = pl.read_csv(content, infer_schema=False)
    types = {**(dtypes_of(name) if name in declared_tables() else {}), **_ON_DISK_ONLY.get(name, {})}
    return text.select(_typed(column, types.get(column, pl.String())) for column in text.columns)


def _typed(column: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Boolean:
        return pl.col(column) == "true"
    return pl.col(column).str.to_date() if dtype == pl.Date else pl.col(column).cast(dtype)


@cache
def reference_sources() -> dict[str, Any]:
    """The content of `reference/sources.toml`: `[file.*]` and `[source.*]` with title, producer, address, licence."""
    return tomllib.loads(files("warehouse").joinpath("reference", "sources.toml").read_text(encoding="utf-8"))


def _as_printed(statements: pl.DataFrame) -> pl.DataFrame:
    return statements.with_columns(
        region_text=pl.format("{} {}, {}", pl.col("region_type").str.to_titlecase(), "region_name", "province")
    )


def _with_inference_mark(innovations: pl.DataFrame) -> pl.DataFrame:
    return innovations.with_columns(
        pl.when(f"is_{column}_inferred").then(pl.format("{} (inferred)", column)).otherwise(column).alias(column)
        for column in ("kind", "affair")
    ).drop("is_kind_inferred", "is_affair_inferred")


def affair_of(text: str | None) -> str | None:
    """The two-digit code of the government affair that a text names as a whole, or None.

    Case, spacing, commas and the words "Urusan (Pemerintahan) (Bidang)" before the name do not matter; nothing else is
    guessed: "Pendidikan dan Pelatihan" is affair 36 and not 01 (Pendidikan), which would turn the basic-service rule.
    """
    if not text:
        return None
    key = _affair_key(text)
    codes = _affair_codes()
    return codes.get(key) or codes.get(re.sub(r"^(urusan )?(pemerintahan )?(bidang )?", "", key))


def affairs_in(text: str | None) -> list[str]:
    """The codes of the affairs listed in one cell, in their order, each once.

    The items may contain commas themselves ("Ketenteraman, Ketertiban Umum dan Pelindungan Masyarakat"): from each
    place the longest run of parts that is a known name is taken. What is no known name is left to
    `unknown_affairs_in`.
    """
    return list(dict.fromkeys(code for code, _ in _affair_items(text) if code))


def unknown_affairs_in(text: str | None) -> list[str]:
    """The parts of a listing cell that name no known affair, as written."""
    return [part for code, part in _affair_items(text) if code is None]


def _affair_items(text: str | None) -> list[tuple[str | None, str]]:
    items: list[tuple[str | None, str]] = []
    for piece in re.split(r"[;|\n]", text or ""):
        parts = [part.strip() for part in piece.split(",") if part.strip()]
        while parts:
            length = next((n for n in range(len(parts), 0, -1) if affair_of(", ".join(parts[:n]))), 1)
            name = ", ".join(parts[:length])
            items.append((affair_of(name), name))
            parts = parts[length:]
    return items


@cache
def _affair_codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for row in load_reference("government_affair").iter_rows(named=True):
        for name in (row["name_id"], *(row["aliases"] or "").split("|")):
            codes[_affair_key(name)] = row["affair_code"]
    codes.pop("", None)
    return codes


def _affair_key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold().replace("&", " dan ")).strip()


def unit_kind_of(unit_name: str) -> str:
    """The kind of a unit read off its name by the patterns of `unit_kinds.csv`, first match wins; `other` if none."""
    name = re.sub(r"\s+", " ", unit_name.casefold().replace(".", " ")).strip()
    return next((kind for pattern, kind in _unit_kind_patterns() if pattern.search(name)), "other")


@cache
def _unit_kind_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = load_reference("unit_kind").sort("order").iter_rows(named=True)
    return tuple((re.compile(row["pattern"]), row["unit_kind"]) for row in rows)
