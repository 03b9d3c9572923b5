"""Makes a deposit again from its own sources and says which of its files are not what these give."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from analysis.panel.contents import PanelContents
from analysis.panel.export import CHECKSUMS, PACKAGE, Extras, deposit_files
from analysis.panel.file_formats import read_csv
from analysis.panel.panel_rows import contents_of
from analysis.panel.panel_sources import About, sources_from
from iga.reasons import reason_of
from warehouse.errors import UnknownName

SOURCES = ("region_edition", "statements", "computed", "national", "breaks")
DERIVED = ("contradiction", "is_preferred_for")
"""Columns of statements.csv that the panel adds to what was published."""
OPTIONAL_SOURCES = ("own", "likely_range")
"""Sources that a deposit may lack: own tables, and likely ranges, which rest on files that no deposit holds."""
AS_THEY_SHOULD_BE = ("same", "source", "equal", "added")
"""States of files that need no second look."""
CELLS_TOLD = 3
"""So many differing cells of a table are named; the rest are counted."""


class DepositUnreadable(UnknownName):
    """A folder holds no deposit, or lacks a source from which its panel was made."""


def read_deposit(folder: Path) -> PanelContents:
    """Return the panel that follows from the sources in a deposit's folder. Raises DepositUnreadable."""
    path = folder / PACKAGE
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        resources = {resource["name"]: resource for resource in package["resources"] if "schema" in resource}
        tables = {}
        for name in (*SOURCES, *(name for name in OPTIONAL_SOURCES if name in resources)):
            path = folder / PACKAGE if name not in resources else folder / f"{name}.csv"
            tables[name] = read_csv(path.read_bytes(), _types(resources[name]))
        path = folder / "statements.csv"
        tables["statements"] = tables["statements"].drop(DERIVED)
        path = folder / PACKAGE
        told = package["about"]
        day = date.fromisoformat(told["made_on"]) if told["made_on"] else None
        return contents_of(sources_from(About(**{**told, "made_on": day}), tables))
    except OSError as error:
        raise _unreadable(path, reason_of(error)) from error
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise _unreadable(path, str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _unreadable(path: Path, reason: object) -> DepositUnreadable:
    return DepositUnreadable(
        "The deposit cannot be read: {reason}",
        next_step="give a folder that `iga export panel` wrote, with all its files",
        place=str(path),
        reason=reason,
    )


def _types(resource: Mapping[str, Any]) -> dict[str, str]:
    return {
        field["name"]: "float" if field["type"] == "number" and "places" not in field else field["type"]
        for field in resource["schema"]["fields"]
    }


def replicate(folder: Path, extras: Extras | None = None) -> pl.DataFrame:
    """Make every table, text and figure of a deposit again and compare: one row per file.

    Columns: file; state; detail. `source`: what the others are made from, as it was written; nothing in the deposit can
    make it again. `same`: the same bytes. `equal`: the same content in other bytes, as another version
    of a library writes it. `differs`: not what the sources give. `altered`: not the bytes that `checksums.sha256`
    names. `missing`, `added`: not there, or not of this deposit. `detail` names the first cells that differ. Raises
    DepositUnreadable.
    """
    rebuilt = deposit_files(read_deposit(folder), extras)
    named = _named_sums(folder)
    rows = [_compared(path, content, folder, named.get(path)) for path, content in rebuilt.items() if path != CHECKSUMS]
    rows += _sums_compared(folder, named, rebuilt)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    rows += [(path, "added", "") for path in sorted(present - rebuilt.keys())]
    return pl.DataFrame(rows, schema={"file": pl.String, "state": pl.String, "detail": pl.String}, orient="row")


def is_replicated(compared: pl.DataFrame) -> bool:
    """Return whether every file is what its sources give; files beside the deposit do not count."""
    return compared.filter(~pl.col("state").is_in(AS_THEY_SHOULD_BE)).is_empty()


def _named_sums(folder: Path) -> dict[str, str]:
    path = folder / CHECKSUMS
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {name: total for total, _space, name in (line.partition("  ") for line in lines)}


def _sums_compared(folder: Path, named: Mapping[str, str], rebuilt: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
    """Return a row for the sums where there are none, or where they do not name the files of the deposit."""
    if not (folder / CHECKSUMS).is_file():
        return [(CHECKSUMS, "missing", "")]
    wrong = sorted(named.keys() ^ (rebuilt.keys() - {CHECKSUMS}))
    return [(CHECKSUMS, "differs", ", ".join(wrong[:CELLS_TOLD]))] if wrong else []


def _compared(path: str, content: bytes, folder: Path, total: str | None) -> tuple[str, str, str]:
    found = folder / path
    if not found.is_file():
        return path, "missing", ""
    stored = found.read_bytes()
    is_altered = total is not None and hashlib.sha256(stored).hexdigest() != total
    if stored == content:
        is_source = path in {f"{name}.csv" for name in (*SOURCES, *OPTIONAL_SOURCES)}
        return path, "altered" if is_altered else "source" if is_source else "same", ""
    detail = _difference(path, stored, content)
    if is_altered:
        return path, "altered", detail or ""
    return (path, "equal", "") if detail is None else (path, "differs", detail)


def _difference(path: str, stored: bytes, rebuilt: bytes) -> str | None:
    """Return where two files differ, as far as it can be said; None where their content is the same."""
    form = path.rsplit(".", 1)[1]
    try:
        if form == "csv":
            first, second = (pl.read_csv(content, infer_schema=False) for content in (stored, rebuilt))
        elif form == "parquet":
            first, second = (pl.read_parquet(BytesIO(content)) for content in (stored, rebuilt))
        elif form == "json":
            return None if json.loads(stored) == json.loads(rebuilt) else ""
        elif form == "pdf":
            return None if _words(stored) == _words(rebuilt) else ""
        else:
            return None if stored.replace(b"\r\n", b"\n") == rebuilt else ""
    except Exception:  # whatever a file holds now: it is not what was written
        return ""
    return _cells(first, second)


def _words(pdf: bytes) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def _cells(stored: pl.DataFrame, rebuilt: pl.DataFrame) -> str | None:
    """Return the first cells that differ, by row (as counted in the file, its head being row 1) and column."""
    if stored.columns != rebuilt.columns:
        return ", ".join(sorted(set(stored.columns) ^ set(rebuilt.columns))) or ", ".join(rebuilt.columns)
    if stored.height != rebuilt.height:
        return f"{stored.height} ≠ {rebuilt.height}"
    if stored.equals(rebuilt):
        return None
    told = [
        f"{column}[{row + 2}]: {first} ≠ {second}"
        for column in rebuilt.columns
        for row, (first, second) in enumerate(zip(stored[column], rebuilt[column], strict=True))
        if first != second
    ]
    more = f"; +{len(told) - CELLS_TOLD}" if len(told) > CELLS_TOLD else ""
    return "; ".join(told[:CELLS_TOLD]) + more
