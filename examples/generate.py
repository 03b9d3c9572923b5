"""Writes the example inbox: simulated files of three cities in real layouts, the same bytes at every run.

    python examples/generate.py [FOLDER]

writes `inbox/`, `expected_counts.csv` and `injected_defects.csv` below FOLDER (this folder if none is named).
"""

from __future__ import annotations

import csv
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from city_exports import Export, export_of, phrases
from city_templates import HEADER_ROW, Template, control_sheet, jury_scores, spd_answers, unit_register
from running_season import earlier_exports
from simulate_city import City, Entry, Simulation, load_cities, plan, rows_of
from write_files import export_bytes, template_bytes

# A row without its title, unit, stage or score says nothing that can be counted; any other cell may be left empty.
REQUIRED_COLUMNS = {"Nama Inovasi", "Tahapan Inovasi", "Kematangan", "Estimasi Skor Kematangan"}


@dataclass(frozen=True)
class Defect:
    """A fault put into a known cell of a file, with the rule that must find it."""

    path: str
    sheet: str
    row_number: int
    column: str
    original_text: str
    rule: str

    @property
    def outcome(self) -> str:
        """What becomes of the row: merged, quarantined, or accepted with the cell left empty."""
        if self.rule == "duplicate_row":
            return "merged"
        return "quarantined" if self.column in REQUIRED_COLUMNS else "accepted"


def main(folder: Path) -> None:
    """Write the inbox and the two reviewed lists beside it."""
    inbox = folder / "inbox"
    counts: list[dict[str, object]] = []
    defects: list[Defect] = []
    for city in load_cities():
        for edition, exports, templates in simulate_files(city):
            for export in exports:
                found = inject_defects(export)
                defects += found
                _write(inbox / export.path, export_bytes(export))
                counts.append(_expected(export, found))
            for template in templates:
                _write(inbox / template.path, template_bytes(template))
                counts.append(_expected(template, []))
            receipt = receipt_text(city, edition, exports, templates)
            _write(inbox / city.folder / str(edition) / "receipt.toml", receipt.encode())
    _write_csv(folder / "expected_counts.csv", counts)
    _write_csv(folder / "injected_defects.csv", [defect.__dict__ for defect in defects])


def simulate_files(city: City) -> list[tuple[int, list[Export], list[Template]]]:
    """The exports and the templates of every edition of a city."""
    simulation = Simulation(city)
    files = []
    for edition, clean in simulation.editions().items():
        entries = with_hostile_titles(city, clean)
        days = city.settings["received"][str(edition)]
        seasons = [entries] if len(days) == 1 else _running_season(city, simulation, edition, entries)
        exports = [export_of(city, edition, rows, day) for rows, day in zip(seasons, days, strict=True)]
        counted = [entry for row, entry in enumerate(seasons[-1]) if row not in _lost_rows(exports[-1].path)]
        files.append((edition, exports, _templates(city, edition, counted, days[-1])))
    return files


def with_hostile_titles(city: City, entries: list[Entry]) -> list[Entry]:
    """The same entries, with a few simulated titles replaced by text that looks like markup or a formula."""
    changed = list(entries)
    for hostile in phrases()["hostile_titles"]:
        if hostile["region_code"] != city.region_code:
            continue
        fitting = [
            place
            for place, entry in enumerate(changed)
            if entry.unit.kind == hostile["unit_kind"] and not entry.is_named and entry.stage == "implementation"
        ]
        # The oldest such innovation stays in most editions, so that the title goes on from year to year.
        place = min(fitting, key=lambda place: changed[place].serial)
        # Kept free of slips and remarks, as a real name is.
        changed[place] = replace(changed[place], title=hostile["title"], is_named=True)
    return changed


def _running_season(city: City, simulation: Simulation, edition: int, entries: list[Entry]) -> list[list[Entry]]:
    season = city.settings["running_season"]
    withdrawn = simulation.withdrawn(edition, sum(season["withdrawn"]))
    return earlier_exports(entries, withdrawn, season["rows"], Random(f"{plan()['seed']}|season"))


def _templates(city: City, edition: int, entries: list[Entry], received: date) -> list[Template]:
    templates = []
    answers = spd_answers(city, edition, received)
    if answers is not None:
        templates.append(answers)
    if edition == city.settings.get("jury", {}).get("edition"):
        templates.append(jury_scores(city, entries))
    if edition == plan()["editions"][-1]:
        templates.append(unit_register(city, edition, received - timedelta(days=40)))
    if edition in city.settings.get("control_sheets", {}).get("editions", ()):
        templates.append(control_sheet(city, edition, entries, received))
    return templates


def _lost_rows(path: str) -> set[int]:
    """Return the places of the rows that a defect takes out of an export: nobody fills in a control sheet for these."""
    return {
        int(row["row"]) - 1
        for row in rows_of("defects.csv")
        if row["path"] == path and (row["rule"] == "duplicate_row" or row["column"] in REQUIRED_COLUMNS)
    }


def inject_defects(export: Export) -> list[Defect]:
    """Put the faults of `data/defects.csv` into an export's rows; returns each with its place in the file."""
    found = []
    for row in rows_of("defects.csv"):
        if row["path"] != export.path:
            continue
        position = int(row["row"]) - 1
        text = row["text"]
        if row["rule"] == "duplicate_row":
            source = int(text.removeprefix("row ")) - 1
            # The running number goes on; everything that the row says is said a second time.
            export.rows[position] = [export.rows[position][0], *export.rows[source][1:]]
            text = ""
        else:
            column = export.header.index(row["column"])
            was_number = isinstance(export.rows[position][column], int)
            export.rows[position][column] = int(text) if was_number else text
        found.append(
            Defect(
                path=export.path,
                sheet=export.sheet,
                row_number=export.row_number(position),
                column=row["column"],
                original_text=text,
                rule=row["rule"],
            )
        )
    return found


def _expected(file: Export | Template, defects: list[Defect]) -> dict[str, object]:
    structural = len(file.title_rows) + 1 if isinstance(file, Export) else HEADER_ROW - 1
    outcomes = Counter(defect.outcome for defect in defects)
    lost = outcomes["merged"] + outcomes["quarantined"]
    return {
        "path": file.path,
        "non_empty_rows": len(file.rows) + structural,
        "accepted": len(file.rows) - lost,
        "merged": outcomes["merged"],
        "quarantined": outcomes["quarantined"],
        "structural": structural,
    }


def receipt_text(city: City, edition: int, exports: list[Export], templates: list[Template]) -> str:
    """The side file of a folder: which city and edition, that it is simulated, and each file that was received."""
    is_announced = edition < plan()["editions"][-1]
    lines = [
        f'city = "{city.region_code}"',
        f"edition = {edition}",
        "simulated = true",
        f"closing_date = {plan()['closing_date'][str(edition)]}" + ("" if is_announced else "  # simulated"),
    ]
    for file in (*exports, *templates):
        lines += ["", "[[file]]", f'name = "{Path(file.path).name}"', f"received = {file.received}"]
        if isinstance(file, Template) or file.has_stated_layout:
            lines.append(f'layout = "{file.layout}"')
        system = file.system if isinstance(file, Export) else "templat IGA Workbench (simulasi)"
        lines += ['coverage = "full"', f'system = "{system}"']
    return "\n".join(lines) + "\n"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        # Only the project's own example inbox is emptied first; a folder that a person names may hold other files.
        shutil.rmtree(Path(__file__).parent / "inbox", ignore_errors=True)
        main(Path(__file__).parent)
