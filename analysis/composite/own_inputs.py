"""The inputs of an own index: table, structure and recipe read from files, checked, and tied to each other."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from analysis.composite.recipe_file import read_recipe, recipe_of_text
from analysis.composite.table_file import (
    OwnFileInvalid,
    TextTable,
    decimal_mark,
    file_rules,
    has_sheet,
    is_missing,
    numbers_of,
    read_text_table,
    text_table,
)
from iga.composite import Hierarchy, IndicatorTable, Recipe, denominate, indicator_table
from iga.composite.element_names import ElementNames, check_names
from iga.composite.example_table import example_text
from iga.composite.hierarchy import Node
from iga.composite.normalisation import FIXED
from iga.composite.table import Values

EXAMPLE = "contoh"
"""The name by which the example is asked for instead of a file."""


@dataclass(frozen=True)
class OwnInputs:
    """What an own index is made of.

    `table` holds the indicators after division by their denominators, `stated` as the file has them; `groups` the group
    of each unit by the column that states it, `denominators` values per unit by column. `sources` are the names of the
    files. `is_simulated` marks the example, whose figures were drawn.
    """

    table: IndicatorTable[pl.DataFrame]
    stated: IndicatorTable[pl.DataFrame]
    hierarchy: Hierarchy
    names: ElementNames
    recipe: Recipe
    groups: Mapping[str, Mapping[str, str | None]]
    denominators: Mapping[str, Values]
    column_names: Mapping[str, str]
    sources: tuple[str, ...]
    is_simulated: bool


def read_own_inputs(
    table: str, structure: str = "", recipe: str = "", *, unit: str = "", decimal: str = ""
) -> OwnInputs:
    """Read the files of an own index, or the example for `contoh`.

    `table` is a CSV file or workbook with a row per unit; `structure` one with a row per element (code, parent, and if
    wanted weight, direction, name, measure, denominator, factor, type), otherwise the sheet of the table's workbook
    that bears such a name; `recipe` a TOML file, otherwise the default recipe. `unit` names the column of units
    (otherwise the first), `decimal` the decimal mark. Raises OwnFileInvalid with file, sheet, row and column;
    HierarchyInvalid and IndicatorTableInvalid for what does not hold together.
    """
    is_example = table.strip().casefold() == EXAMPLE
    sources: tuple[str, ...]
    if is_example:
        cells, elements = (_example(name) for name in ("table.csv", "structure.csv"))
        chosen = read_recipe(Path(recipe)) if recipe else recipe_of_text(example_text("recipe.toml"), "recipe.toml")
        sources = (cells.path.name, elements.path.name, Path(recipe or "recipe.toml").name)
    else:
        cells, elements = _cells_of(table, structure)
        chosen = read_recipe(Path(recipe) if recipe else None)
        sources = tuple(dict.fromkeys(filter(None, (Path(table).name, elements.path.name, Path(recipe).name))))
    rows = _structure_rows(elements)
    hierarchy, names, columns = _hierarchy_of(elements, rows), _names_of(elements, rows), _columns_of(rows)
    units = _units_of(cells, unit)
    decimal = decimal or decimal_mark(cells, [name for name in hierarchy.indicators if name in cells.header])
    check_names(names, hierarchy, cells.header)
    stated = _indicators_of(cells, hierarchy, unit or cells.header[0], units, decimal, _fixed(chosen, hierarchy))
    denominators = {
        column: np.array([np.nan if value is None else value for value in numbers_of(cells, column, decimal)])
        for column in dict.fromkeys([*columns["denominator"], *names.denominators.values()])
    }
    groups = {
        column: dict(zip(units, (None if is_missing(cell) else cell for cell in cells.column(column)), strict=True))
        for column in names.groups
    }
    divided = stated
    for indicator, column in names.denominators.items():
        divided = denominate(divided, {indicator: denominators[column]}, factor=names.factors.get(indicator, 1.0))
    return OwnInputs(
        divided, stated, hierarchy, names, chosen, groups, denominators, columns["name"], sources, is_example
    )


def _example(name: str) -> TextTable:
    return text_table(Path(name), "", list(csv.reader(io.StringIO(example_text(name)))))


def _cells_of(table: str, structure: str) -> tuple[TextTable, TextTable]:
    path = Path(table)
    cells = read_text_table(path)
    if structure:
        return cells, read_text_table(Path(structure), "structure")
    if not has_sheet(path, "structure"):
        raise OwnFileInvalid(
            "There is no structure of the index",
            next_step="name a structure file, or add a sheet called structure: code, parent, weight, direction",
            place=path.name,
        )
    return cells, read_text_table(path, "structure")


def _structure_rows(elements: TextTable) -> list[dict[str, str]]:
    """The rows of the structure by our names of its columns; `kind` says what a row is."""
    rules = file_rules()
    known = {word: name for name, words in rules["headings"].items() for word in words}
    headings = [known.get(heading.casefold(), "") for heading in elements.header]
    for needed in ("code", "parent"):
        if needed not in headings:
            raise OwnFileInvalid(
                "The structure has no column {column}",
                next_step="its columns: {known}",
                place=elements.place(),
                column=needed,
                known=", ".join(rules["headings"]),
            )
    kinds = {word: kind for kind, words in rules["types"].items() for word in words}
    rows = []
    for at, cells in enumerate(elements.rows):
        row = {name: cell for name, cell in zip(headings, cells, strict=True) if name}
        kind = kinds.get(row.get("type", "").casefold())
        if kind is None:
            raise OwnFileInvalid(
                "There is no type {type}",
                next_step="those that exist: {known}",
                place=elements.place(at, "type"),
                type=row["type"],
                known=", ".join(filter(None, kinds)),
            )
        if not row["code"]:
            raise OwnFileInvalid("The row has no code", next_step="give it one", place=elements.place(at, "code"))
        rows.append({**row, "kind": kind, "at": str(at)})
    return rows


def _hierarchy_of(elements: TextTable, rows: list[dict[str, str]]) -> Hierarchy:
    return Hierarchy(
        tuple(
            Node(
                row["code"],
                row["parent"] or None,
                _cell_number(elements, row, "weight"),
                int(_cell_number(elements, row, "direction")),
            )
            for row in rows
            if row["kind"] == "element"
        )
    )


def _cell_number(elements: TextTable, row: Mapping[str, str], column: str, usual: float = 1.0) -> float:
    """A number of the structure; the usual one where the cell is empty."""
    cell = row.get(column, "")
    if not cell:
        return usual
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        raise OwnFileInvalid(
            "{cell} is no number",
            next_step="correct the cell, or leave it empty where the value is not known",
            place=elements.place(int(row["at"]), column),
            cell=cell,
        ) from None


def _names_of(elements: TextTable, rows: list[dict[str, str]]) -> ElementNames:
    nodes = [row for row in rows if row["kind"] == "element"]
    return ElementNames(
        names={row["code"]: row["name"] for row in nodes if row.get("name")},
        measures={row["code"]: row["measure"] for row in nodes if row.get("measure")},
        denominators={row["code"]: row["denominator"] for row in nodes if row.get("denominator")},
        factors={row["code"]: _cell_number(elements, row, "factor") for row in nodes if row.get("factor")},
        groups=tuple(row["code"] for row in rows if row["kind"] == "group"),
    )


def _columns_of(rows: list[dict[str, str]]) -> dict[str, Any]:
    """The columns beside the indicators: those of denominators, and what people call each."""
    beside = [row for row in rows if row["kind"] != "element"]
    return {
        "denominator": [row["code"] for row in beside if row["kind"] == "denominator"],
        "name": {row["code"]: row.get("name") or row["code"] for row in beside},
    }


def _units_of(cells: TextTable, unit: str) -> list[str]:
    column = unit or cells.header[0]
    units = list(cells.column(column))
    seen: dict[str, int] = {}
    for at, name in enumerate(units):
        if not name:
            raise OwnFileInvalid("The unit has no name", next_step="name it", place=cells.place(at, column))
        if name in seen:
            raise OwnFileInvalid(
                "The unit {unit} stands twice, also in row {row}",
                next_step="keep one row for each unit",
                place=cells.place(at, column),
                unit=name,
                row=cells.row_numbers[seen[name]],
            )
        seen[name] = at
    return units


def _fixed(recipe: Recipe, hierarchy: Hierarchy) -> set[str]:
    """The indicators whose scale the recipe does not make of their spread, so that they need none."""
    methods = {name: (recipe.normalisations or {}).get(name, recipe.normalisation) for name in hierarchy.indicators}
    return {name for name, how in methods.items() if getattr(how, "method", how) in FIXED}


def _indicators_of(
    cells: TextTable, hierarchy: Hierarchy, unit: str, units: list[str], decimal: str, fixed: set[str]
) -> IndicatorTable[pl.DataFrame]:
    columns = {name: numbers_of(cells, name, decimal) for name in hierarchy.indicators}
    label = unit if unit not in columns else f"{unit} "
    frame = pl.DataFrame({label: units, **columns}, schema={label: pl.String, **dict.fromkeys(columns, pl.Float64)})
    spread = [name for name in hierarchy.indicators if name not in fixed]
    if spread:
        _ = indicator_table(frame, unit=label, indicators=spread)
    return indicator_table(frame, unit=label, indicators=hierarchy.indicators, needs_spread=False)
