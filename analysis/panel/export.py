"""Writes the panel as a deposit: tables in four formats, codebook, method, descriptions by standards, checksums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import polars as pl

from analysis.panel.contents import PanelContents
from analysis.panel.descriptions import (
    as_json,
    checksums,
    citation,
    citation_file,
    crate,
    data_package,
    datacite,
    title_of,
)
from analysis.panel.file_formats import Variable, field_type, parquet_bytes, spss_bytes, stata_bytes
from analysis.panel.panel_rows import contents_of, sources_with
from analysis.panel.publication_limits import bias_table, selection_bounds
from analysis.panel.rules import codebook, panel_rules
from iga.reasons import reason_of
from warehouse import disk
from warehouse.errors import HomeUnusable
from warehouse.language import Language
from warehouse.reference import load_reference

Extras = Callable[[PanelContents], Mapping[str, bytes]]
"""Gives further files of a deposit, by their path in it: what needs a typesetter or draws."""
IN_EVERY_FORMAT = ("panel", "likely_range")
"""The tables that are written as Parquet, Stata and SPSS beside CSV; each has a codebook."""
CODED = (*IN_EVERY_FORMAT, "region_edition", "computed")
"""The tables whose columns hold codes alone where the codebook says so."""
PACKAGE, CHECKSUMS = "datapackage.json", "checksums.sha256"


def write_panel(
    panel: PanelContents,
    folder: Path,
    frame: pl.DataFrame | None = None,
    *,
    publisher: str = "",
    extras: Extras | None = None,
) -> list[Path]:
    """Write the panel to a folder and return the files, the data package's description last.

    `frame` replaces the panel's own frame after own tables have been joined to it. `publisher` names who publishes the
    deposit; `extras` gives further files (`reports.deposit` adds the codebook as PDF and the figures). What a rule
    finds to be personal data is replaced by a mark first. Raises HomeUnusable when the folder cannot be written, and
    PanelAltered when a figure of the panel itself was changed in `frame`.
    """
    sources = panel.sources if frame is None else sources_with(panel.sources, frame)
    if publisher:
        sources = replace(sources, about=replace(sources.about, publisher=publisher))
    written = deposit_files(contents_of(sources.masked()), extras)
    try:
        for path, content in written.items():
            disk.make_folder((folder / path).parent)
            disk.write_bytes(folder / path, content)
    except OSError as error:
        raise HomeUnusable(
            "The folder cannot be written: {reason}",
            next_step="choose another folder with --out",
            place=str(folder),
            reason=reason_of(error),
        ) from error
    return [folder / path for path in written]


def deposit_files(panel: PanelContents, extras: Extras | None = None) -> dict[str, bytes]:
    """Return the bytes of every file of a deposit by its path, the data package's description last."""
    tables = deposit_tables(panel)
    variables = {name: variables_of(name, table) for name, table in tables.items()}
    files = {f"{name}.csv": table.write_csv().encode() for name, table in tables.items()}
    about = {"snapshot": panel.state, "software_version": panel.software_version}
    for name in [name for name in IN_EVERY_FORMAT if name in tables]:
        rows, known, told = tables[name], variables[name], title_of(panel, name)
        files[f"{name}.parquet"] = parquet_bytes(rows, known, {"title": told, **about})
        files[f"{name}.dta"] = stata_bytes(rows, known, told)
        files[f"{name}.sav"] = spss_bytes(rows, known, told)
    files["README.md"] = read_me(panel).encode()
    files["method.md"] = method(panel).encode()
    files["citation.bib"] = citation(panel).encode()
    files["CITATION.cff"] = citation_file(panel).encode()
    files |= extras(panel) if extras else {}
    files["datacite.json"] = as_json(datacite(panel, list(files)))
    files["ro-crate-metadata.json"] = as_json(crate(panel, files))
    package = as_json(data_package(panel, tables, variables, files))
    files[CHECKSUMS] = checksums({**files, PACKAGE: package}).encode()
    return {**files, PACKAGE: package}


def deposit_tables(panel: PanelContents) -> dict[str, pl.DataFrame]:
    """Return the tables of a deposit by the name of their file: the panel, what follows from it, and its sources."""
    sources = panel.sources.tables()
    return {
        "panel": panel.frame,
        "statements": panel.statements,
        "coverage": panel.coverage,
        "bias": bias_table(panel.frame, panel.national),
        "selection_bounds": selection_bounds(panel.frame),
        "breaks": sources.pop("breaks"),
        "codebook": _codebook_of(panel),
        "labels": labels_frame(),
        **{name: table for name, table in sources.items() if name != "statements"},
    }


def labels_frame() -> pl.DataFrame:
    """Return the codes of columns: field, code, number (in Stata and SPSS), label_id, label_en.

    Where a row has a figure of its own, such as how many donors there are, the label has an ellipsis.
    """
    fields = list(dict.fromkeys(name for table in IN_EVERY_FORMAT for name in codebook(table)["labels"] if name))
    labels = load_reference("label").filter(pl.col("field").is_in(fields))
    labels = labels.with_columns(pl.col("label_id", "label_en").str.replace_all(r"\{\w+\}", "…"))
    numbered = labels.with_columns(pl.int_range(1, pl.len() + 1).over("field").cast(pl.Int64).alias("number"))
    return numbered.select("field", "code", "number", "label_id", "label_en")


def variables_of(name: str, table: pl.DataFrame) -> list[Variable]:
    """Return what is known of each column of a table; a column of an own table says that it comes from one."""
    known_as = name if name in IN_EVERY_FORMAT else "panel"
    book = {row["column"]: row for row in codebook(known_as).iter_rows(named=True)}
    labels: dict[str, dict[str, tuple[str, str]]] = {}
    for field, code, _number, told_id, told_en in labels_frame().iter_rows():
        labels.setdefault(field, {})[code] = (told_id, told_en)
    variables = []
    for column, kind in table.schema.items():
        row = book.get(column)
        kind_of_field = "float" if isinstance(kind, pl.Float64) else field_type(kind)
        if row is None:
            told = (
                ("Dari tabel yang digabungkan", "From a table that was joined")
                if name in ("panel", "own")
                else ("", "")
            )
            variables.append(Variable(column, kind_of_field, "", *told))
            continue
        known = {key: row[key] for key in ("unit", "description_id", "description_en", "stata_name")}
        # Beside the panel a column of the same name may hold more than its codes, such as `all` of regions.
        coded = labels.get(row["labels"], {}) if name in CODED else {}
        variables.append(Variable(column, kind_of_field, labels=coded, **known))
    return variables


def _codebook_of(panel: PanelContents) -> pl.DataFrame:
    """Return the codebook, one row per table and column; a joined column says that it comes from an own table."""
    book = codebook()
    known = set(book["column"])
    others = [
        {
            "column": variable.name,
            "type": "number" if variable.type == "float" else variable.type,
            **dict.fromkeys(("unit", "labels", "stata_name"), ""),
            "kind": "own",
            "description_id": variable.description_id,
            "description_en": variable.description_en,
            "source": "own.csv",
        }
        for variable in variables_of("panel", panel.frame)
        if variable.name not in known
    ]
    books = {"panel": pl.concat([book, pl.DataFrame(others, schema=book.schema)])}
    if panel.sources.likely_range is not None:
        books["likely_range"] = codebook("likely_range")
    return pl.concat(rows.select(pl.lit(name).alias("table"), pl.all()) for name, rows in books.items())


def read_me(panel: PanelContents) -> str:
    """Return what a reader must know before using the panel, Indonesian first."""
    return _text("read_me.md").format_map(_words(panel))


def method(panel: PanelContents) -> str:
    """Return methods, estimators and references of the panel, Indonesian first."""
    return _text("method.md").format_map(_words(panel))


def _text(name: str) -> str:
    return package_files("analysis.panel").joinpath(name).read_text(encoding="utf-8")


def _words(panel: PanelContents) -> dict[str, Any]:
    rules = panel_rules()
    first, last = panel.editions
    simulated = (
        "**DATA SIMULASI / SIMULATED DATA**: baris `is_simulated = true` dibuat-buat sebagai contoh dan bukan "
        "hasil daerah mana pun. / Rows with `is_simulated = true` are made up as examples and no region's results.\n\n"
    )
    parts = [f"- `{part.files}`: {part.spdx or '–'}. {part.text_id} *{part.text_en}*" for part in rules.licence.parts]
    words: dict[str, Any] = {
        "state": panel.state,
        "version": panel.software_version,
        "first": first,
        "last": last,
        **known_counts(panel.frame),
        "simulated": simulated if panel.has_simulated else "",
        "licences": "\n".join(parts),
        "breaks": "\n".join(_told_break(row) for row in panel.sources.tables()["breaks"].iter_rows(named=True)),
        "citation": citation(panel),
        **_told_ranges(panel),
    }
    for code in ("id", "en"):
        language = Language(code)
        words[f"preference_{code}"] = getattr(rules.preference, f"rule_{code}")
        words[f"licence_{code}"] = getattr(rules.licence, f"text_{code}")
        words[f"bias_{code}"] = panel.bias(language)
        words[f"limits_{code}"] = " ".join(panel.limits(language))
    return words


def _told_ranges(panel: PanelContents) -> dict[str, Any]:
    """Return what README and method say of likely ranges: their counts, or that there are none."""
    ranges, rules = panel.sources.likely_range, panel_rules().likely
    row = f"| {rules.files} | {rules.content_id} / {rules.content_en} |\n" if ranges is not None else ""
    if ranges is None:
        return {"ranges_row": row, "ranges_id": rules.none_id, "ranges_en": rules.none_en}
    counts = {"given": ranges["low"].count(), "refused": ranges["refusal"].count()}
    return {
        "ranges_row": row,
        "ranges_id": rules.text_id.format(**counts),
        "ranges_en": rules.text_en.format(**counts),
    }


def known_counts(frame: pl.DataFrame) -> dict[str, int]:
    """Return how many region-editions there are, and how many have a statement, a predicate and a score.

    A score is that of an edition's index, on its scale; points of a jury are none.
    """
    has_score = pl.any_horizontal(pl.col(f"published_{name}").is_not_null() for name in panel_rules().index_measures)
    return {
        "rows": frame.height,
        "statements": frame.filter(pl.col("statement_count") > 0).height,
        "predicates": frame["published_predicate"].count(),
        "scores": frame.filter(has_score).height,
    }


def _told_break(row: dict[str, Any]) -> str:
    strength = "tren ditolak / trend refused" if row["is_refused"] else "ditandai / marked"
    return (
        f"- {row['from_edition']}|{row['to_edition']} ({row['affects']}; {strength}; {row['basis']}, "
        f"{row['confidence']}): {row['reason_id']} / *{row['reason_en']}* [{row['source']}]"
    )
