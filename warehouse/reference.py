"""Reference data: regions, districts, government affairs, published results and labels, each row with its source."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from warehouse.errors import UnknownName

_TEXT = pl.String
_TABLES: dict[str, tuple[str, dict[str, Any]]] = {
    "region": (
        "regions.csv",
        {
            "region_code": _TEXT,
            "region_type": _TEXT,
            "name": _TEXT,
            "full_name": _TEXT,
            "province_code": _TEXT,
            "province": _TEXT,
            "population_2025": pl.Int64,
            "area_km2": pl.Float64,
            "is_autonomous": pl.Boolean,
            "source": _TEXT,
        },
    ),
    "region_history": (
        "region_history.csv",
        {
            "region_code": _TEXT,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
            "code": _TEXT,
            "full_name": _TEXT,
            "province_code": _TEXT,
            "province": _TEXT,
            "basis": _TEXT,
            "source": _TEXT,
            "confidence": _TEXT,
        },
    ),
    "region_alias": ("region_aliases.csv", {"alias": _TEXT, "region_code": _TEXT, "source": _TEXT}),
    "subdistrict": (
        "subdistricts.csv",
        {
            "code": _TEXT,
            "region_code": _TEXT,
            "unit_kind": _TEXT,
            "name": _TEXT,
            "parent_code": _TEXT,
            "source": _TEXT,
        },
    ),
    "government_affair": (
        "government_affairs.csv",
        {
            "affair_code": _TEXT,
            "affair_group": _TEXT,
            "name_id": _TEXT,
            "name_en": _TEXT,
            "aliases": _TEXT,
            "source": _TEXT,
        },
    ),
    "timeline_event": (
        "timeline.csv",
        {"edition": pl.Int32, "event": _TEXT, "date_text": _TEXT, "source": _TEXT},
    ),
    "national_total": (
        "national_totals.csv",
        {"edition": pl.Int32, "metric": _TEXT, "value": _TEXT, "source": _TEXT},
    ),
    "named_innovation": (
        "named_innovations.csv",
        {
            "region_code": _TEXT,
            "edition": pl.Int32,
            "title": _TEXT,
            "unit_name": _TEXT,
            "kind": _TEXT,
            "is_kind_inferred": pl.Boolean,
            "affair": _TEXT,
            "is_affair_inferred": pl.Boolean,
            "award": _TEXT,
            "source": _TEXT,
        },
    ),
    "published_result": (
        "published_results.csv",
        {
            "statement_id": _TEXT,
            "edition": pl.Int32,
            "region_type": _TEXT,
            "region_name": _TEXT,
            "province": _TEXT,
            "region_code": _TEXT,
            "region_basis": _TEXT,
            "scheme": _TEXT,
            "stage": _TEXT,
            "measure": _TEXT,
            "score": pl.Decimal(12, 2),
            "rank_text": _TEXT,
            "rank_low": pl.Int32,
            "rank_high": pl.Int32,
            "rank_scope": _TEXT,
            "predicate": _TEXT,
            "award": _TEXT,
            "innovation_count": pl.Int32,
            "source": _TEXT,
            "confidence": _TEXT,
            "note": _TEXT,
        },
    ),
    "unit_kind": (
        "unit_kinds.csv",
        {"order": pl.Int32, "pattern": _TEXT, "unit_kind": _TEXT, "example": _TEXT, "source": _TEXT},
    ),
    "label": (
        "labels.csv",
        {"field": _TEXT, "code": _TEXT, "label_id": _TEXT, "label_en": _TEXT, "source": _TEXT},
    ),
}

_PUBLISHED_COLUMNS = (
    "statement_id", "region_code", "edition", "scheme", "stage", "measure", "score", "rank_text", "rank_low",
    "rank_high", "rank_scope", "predicate", "award", "innovation_count", "source", "confidence", "note",
    "region_text", "region_basis",
)  # fmt: skip


class ReferenceNotFound(UnknownName):
    """No reference table of that name."""


def known_references() -> tuple[str, ...]:
    """The names that `load_reference` knows, in the order in which they are kept."""
    return tuple(_TABLES)


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
    if name not in _TABLES:
        raise ReferenceNotFound(
            "There is no reference table {name}",
            next_step="those that exist: {known}",
            name=name,
            known=", ".join(_TABLES),
        )
    table = read_reference_file(name)
    if name == "published_result":
        return _as_printed(table).select(_PUBLISHED_COLUMNS)
    if name == "named_innovation":
        return _with_inference_mark(table)
    return table


@cache
def read_reference_file(name: str) -> pl.DataFrame:
    """A reference file with all the columns that it has on disk, typed; names as for `load_reference`."""
    file_name, schema = _TABLES[name]
    content = files("warehouse").joinpath("reference", file_name).read_bytes()
    text = pl.read_csv(content, infer_schema=False)
    return text.select(_typed(column, kind) for column, kind in schema.items())


def _typed(column: str, kind: Any) -> pl.Expr:
    if kind == pl.Boolean:
        return pl.col(column) == "true"
    return pl.col(column).str.to_date() if kind == pl.Date else pl.col(column).cast(kind)


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
