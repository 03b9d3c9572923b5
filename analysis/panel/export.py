"""Writes the panel as Parquet, CSV and a Frictionless data package, with codebook, rules, bias and citation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from analysis.panel.contents import PanelContents
from analysis.panel.rules import codebook, panel_rules
from iga.reasons import reason_of
from warehouse import disk
from warehouse.errors import HomeUnusable
from warehouse.keeping.personal_data import masked_frame
from warehouse.language import Language

NAME = "iga-panel"
FIELD_TYPES = {pl.String: "string", pl.Boolean: "boolean", pl.Date: "date"}


def write_panel(panel: PanelContents, folder: Path, frame: pl.DataFrame | None = None) -> list[Path]:
    """Write the panel to a folder and return the files, the data package's description last.

    `frame` replaces the panel's own frame after own tables have been joined to it. Files: panel.parquet, panel.csv,
    statements.csv, coverage.csv, breaks.csv, codebook.csv, README.md (rule of preference, bias, licence, citation),
    citation.bib, datapackage.json (Frictionless data package). Raises HomeUnusable when the folder cannot be written.
    """
    rows = panel.frame if frame is None else frame
    tables = {
        "panel": rows,
        "statements": panel.statements,
        "coverage": panel.coverage,
        "breaks": panel_rules().breaks_frame(),
        "codebook": _codebook_of(rows),
    }
    tables = {name: masked_frame(table) for name, table in tables.items()}
    rows = tables["panel"]
    try:
        with disk.new_file(folder / "panel.parquet") as stream:
            rows.write_parquet(stream)
        for name, table in tables.items():
            disk.write_text(folder / f"{name}.csv", table.write_csv())
        disk.write_text(folder / "citation.bib", citation(panel))
        disk.write_text(folder / "README.md", read_me(panel))
        package = json.dumps(data_package(panel, tables), ensure_ascii=False, indent=2) + "\n"
        disk.write_text(folder / "datapackage.json", package)
    except OSError as error:
        raise HomeUnusable(
            "The folder cannot be written: {reason}",
            next_step="choose another folder with --out",
            place=str(folder),
            reason=reason_of(error),
        ) from error
    names = ["panel.parquet", *(f"{name}.csv" for name in tables), "README.md", "citation.bib", "datapackage.json"]
    return [folder / name for name in names]


def citation(panel: PanelContents) -> str:
    """BibTeX of the panel with the id of the snapshot that it was made from."""
    first, last = panel.editions
    simulated = ", with simulated rows" if panel.has_simulated else ""
    return (
        f"@misc{{iga_panel_{panel.snapshot_id},\n"
        "  author       = {{The IGA Workbench authors}},\n"
        f"  title        = {{Panel of the Indeks Inovasi Daerah, regions by edition {first}--{last}{simulated}}},\n"
        f"  howpublished = {{IGA Workbench {panel.software_version}}},\n"
        f"  note         = {{Snapshot {panel.state}}}\n"
        "}\n"
    )


def read_me(panel: PanelContents) -> str:
    """What a reader must know before using the panel, Indonesian first."""
    rules = panel_rules()
    first, last = panel.editions
    counts = known_counts(panel.frame)
    parts = [
        "# Panel Indeks Inovasi Daerah",
        f"Snapshot `{panel.state}`, IGA Workbench {panel.software_version}, {first}-{last}: "
        f"{counts['rows']} daerah-edisi, pernyataan pada {counts['statements']}, predikat pada {counts['predicates']}, "
        f"skor pada {counts['scores']}. / {counts['rows']} region-editions, statements in {counts['statements']}, a "
        f"predicate in {counts['predicates']}, a score in {counts['scores']}.",
    ]
    if panel.has_simulated:
        parts.append(
            "**DATA SIMULASI / SIMULATED DATA**: baris `is_simulated = true` dibuat-buat sebagai contoh dan bukan "
            "hasil daerah mana pun. / Rows with `is_simulated = true` are made up as examples and no region's results."
        )
    for heading, told_id, told_en in (
        (
            "Pernyataan mana yang dipilih / Which statement is preferred",
            rules.preference.rule_id,
            rules.preference.rule_en,
        ),
        ("Bias / Bias", panel.bias(Language("id")), panel.bias(Language("en"))),
        ("Lisensi / Licence", rules.licence.text_id, rules.licence.text_en),
    ):
        parts += [f"## {heading}", told_id, f"*{told_en}*"]
    parts.append("## Patahan metode / Breaks in method")
    parts.append("\n".join(_told_break(row) for row in rules.breaks_frame().iter_rows(named=True)))
    parts += ["## Sitasi / Citation", f"```bibtex\n{citation(panel)}```"]
    return "\n\n".join(parts) + "\n"


def known_counts(frame: pl.DataFrame) -> dict[str, int]:
    """How many region-editions there are, and how many have a statement, a predicate and a score."""
    return {
        "rows": frame.height,
        "statements": frame.filter(pl.col("statement_count") > 0).height,
        "predicates": frame["published_predicate"].count(),
        "scores": frame["published_score"].count(),
    }


def data_package(panel: PanelContents, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """The description of the folder by the Frictionless Data Package standard, version 1."""
    rules = panel_rules()
    resources = [
        {
            "name": name,
            "path": f"{name}.csv",
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": _schema(name, table),
        }
        for name, table in tables.items()
    ]
    resources.append(
        {"name": "panel-parquet", "path": "panel.parquet", "format": "parquet", "profile": "data-resource"}
    )
    return {
        "profile": "data-package",
        "name": NAME,
        "id": panel.state,
        "title": "Panel Indeks Inovasi Daerah",
        "description": f"{rules.preference.rule_en} {panel.bias(Language('en'))} {rules.licence.text_en}",
        "version": panel.software_version,
        "licenses": [{"name": "MIT", "title": rules.licence.text_en}],
        "sources": [{"title": address, "path": address} for address in _addresses(panel.statements)],
        "resources": resources,
    }


def _addresses(statements: pl.DataFrame) -> list[str]:
    sources = statements["source"].drop_nulls().unique().sort().to_list()
    return [source for source in sources if source.startswith("http")]


def _schema(name: str, table: pl.DataFrame) -> dict[str, Any]:
    described = {row["column"]: row for row in _codebook_of(table).iter_rows(named=True)} if name == "panel" else {}
    fields = []
    for column, kind in table.schema.items():
        field: dict[str, Any] = {"name": column, "type": _field_type(kind)}
        if column in described:
            field["title"] = described[column]["description_id"]
            field["description"] = described[column]["description_en"]
        fields.append(field)
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if name == "panel":
        schema["primaryKey"] = ["region_code", "edition", "is_simulated"]
    return schema


def _field_type(kind: Any) -> str:
    if kind.is_integer():
        return "integer"
    return "number" if kind.is_numeric() else FIELD_TYPES.get(type(kind), FIELD_TYPES.get(kind, "string"))


def _codebook_of(frame: pl.DataFrame) -> pl.DataFrame:
    """The codebook with one row per column of the frame; a joined column says that it comes from an own table."""
    book = codebook()
    known = set(book["column"])
    others = [name for name in frame.columns if name not in known]
    if not others:
        return book
    return pl.concat(
        [
            book,
            pl.DataFrame(
                {
                    "column": others,
                    "type": [_field_type(frame.schema[name]) for name in others],
                    "unit": [""] * len(others),
                    "description_id": ["Dari tabel yang digabungkan"] * len(others),
                    "description_en": ["From a table that was joined"] * len(others),
                    "source": ["own table"] * len(others),
                }
            ),
        ]
    )


def _told_break(row: dict[str, Any]) -> str:
    strength = "tren ditolak / trend refused" if row["is_refused"] else "ditandai / marked"
    return (
        f"- {row['from_edition']}|{row['to_edition']} ({row['affects']}; {strength}): {row['reason_id']} / "
        f"*{row['reason_en']}* [{row['source']}]"
    )
