"""Simulated exports become files in an inbox, with a side file that marks them as simulated and their truth beside."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import xlsxwriter

from etl.lake import scale_of
from etl.layout.declared import load_layout, simplified
from etl.values.columns import EditionScale
from iga.rulebook import Rulebooks, shipped_rulebooks
from simulation.city_effects import CityEffects
from simulation.dirt import add_defects, total_row
from simulation.draft import Draft, Original
from simulation.entries import entries_of, units_of
from simulation.exports import PRINTERS, WRITERS, Export, Season, Value, as_number
from simulation.recaps import RECAPS, spd_sheet
from simulation.structure import mutations
from simulation.structure_truth import undamaged
from warehouse import disk
from warehouse.reference import load_reference
from warehouse.region import Region, region_of_code

_CREATED = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
MIXED = tuple(name for name in WRITERS if load_layout(name).shape == "table" and name != "template_control_sheet")
"""Layouts that hold a whole season; the forms hold one innovation."""
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Simulation:
    """What is simulated: how many regions and editions, how many innovations each, the seed, the layouts to mix."""

    regions: int
    editions: int
    innovations: int
    seed: int
    layouts: tuple[str, ...] = MIXED
    defect_share: float = 0.1
    structure: int = 0
    """damaged lists per region, of the newest edition"""
    province: str | None = None
    """code of the province whose regencies and cities alone are simulated"""
    has_city_effects: bool = False
    """whether cities differ by their practice and editions are linked, with SPD answers (`simulation.city_effects`)"""


LISTS = ("l1_portal_list", "l1b_portal_list_2025", "l2_east_java", "l3_wide_points", "l8_html_export")
"""Layouts whose structure is damaged: lists of innovations, as regions send them."""


def reporting_regions() -> list[Region]:
    """The regions that report, in the order of their codes."""
    codes = load_reference("region").filter("is_autonomous").sort("region_code")["region_code"]
    return [region_of_code(code) for code in codes]


def newest_edition(rulebooks: Rulebooks | None = None) -> int:
    """The newest edition whose rulebook states the weights of its indicators; of the shipped ones unless given."""
    known = rulebooks or shipped_rulebooks()
    return max(int(name) for name in known.names if scale_of(int(name), known).weights)


def simulate(
    simulation: Simulation,
    folder: Path,
    told: Told = lambda done, total: None,
    rulebooks: Rulebooks | None = None,
) -> int:
    """Write `inbox/<code>/<edition>/` and `truth/<code>-<edition>.json` under a folder; the number of files written.

    The same simulation gives the same bytes. Layouts change from region to region and from edition to edition. Damaged
    lists stand in `damaged/`, each with its truth beside it: in the inbox they would be one season many times over.
    """
    last = newest_edition(rulebooks)
    regions = [region for region in reporting_regions() if _is_asked(region, simulation.province)][: simulation.regions]
    editions = range(last - simulation.editions + 1, last + 1)
    written = 0
    for place, region in enumerate(regions):
        effects = CityEffects(simulation.seed, region.region_code, editions[0]) if simulation.has_city_effects else None
        for edition in editions:
            layout = simulation.layouts[(place + edition) % len(simulation.layouts)]
            random = Random(f"{simulation.seed}|{region.region_code}|{edition}")  # noqa: S311 - no secret
            share = simulation.defect_share
            export = export_of(layout, region, edition, simulation.innovations, random, share, rulebooks, effects)
            _write(folder, region, edition, export)
            written += 1 + (effects is not None and _write_spd(folder, region, edition, effects, rulebooks))
            told(written, len(regions) * len(editions))
        _write_register(folder, region, last)
        written += _write_damaged(simulation, folder, region, last, rulebooks)
    return written


def _is_asked(region: Region, province: str | None) -> bool:
    return province is None or (region.province_code == province and region.region_code != province)


def _write_damaged(
    simulation: Simulation, folder: Path, region: Region, edition: int, rulebooks: Rulebooks | None
) -> int:
    """Write the damaged lists of one region; their number."""
    if not simulation.structure:
        return 0
    originals = [
        undamaged_list(layout, region, edition, simulation.innovations, simulation.seed, rulebooks) for layout in LISTS
    ]
    seed = f"{simulation.seed}|{region.region_code}"
    for place, (name, draft) in enumerate(mutations(originals, simulation.structure, seed), start=1):
        stem = f"{region.region_code}-{edition}-{place:03}-{name}"
        path = folder / "damaged" / f"{stem}{SUFFIX.get(draft.file_format, '.xlsx')}"
        disk.write_bytes(path, draft.content(), synced=False)
        truth = json.dumps(_truth_of_draft(draft, path.name, name), default=str, ensure_ascii=False)
        disk.write_text(folder / "damaged" / f"{stem}.json", truth, synced=False)
    return simulation.structure


def undamaged_list(
    layout: str, region: Region, edition: int, count: int, seed: int, rulebooks: Rulebooks | None = None
) -> Original:
    """Return one region's season in one layout, with its truth, to be damaged."""
    random = Random(f"{seed}|{region.region_code}|{edition}|{layout}")  # noqa: S311 - no secret
    export = export_of(layout, region, edition, count, random, 0, rulebooks)
    truth = {export.first_row + place: row.record for place, row in enumerate(export.rows) if row.record is not None}
    return undamaged(bytes_of(export), scale_of(edition, rulebooks), region, edition, truth)


def _truth_of_draft(draft: Draft, file_name: str, damage: str) -> dict[str, object]:
    """What a damaged list means: per row of data its values; whether it is of another place than it lies in."""
    rows = [
        {"sheet": sheet, "row_number": number, "record": draft.original.truth[source]}
        for (sheet, number), source in draft.places().items()
    ]
    layout = draft.original.layout.name
    return {"file": file_name, "damage": damage, "layout": layout, "is_elsewhere": draft.is_elsewhere, "rows": rows}


def export_of(
    layout: str,
    region: Region,
    edition: int,
    count: int,
    random: Random,
    defect_share: float = 0.1,
    rulebooks: Rulebooks | None = None,
    effects: CityEffects | None = None,
) -> Export:
    """One region's season in one layout, with its truth; without defects and dirt where the share is 0.

    With `effects` the answers are those of a region with its own practice (`simulation.entries.entries_of`).
    """
    scale = scale_of(edition, rulebooks)
    newest = scale_of(newest_edition(rulebooks), rulebooks)
    listed = scale if scale.weights else newest
    units = units_of(region, 48)
    tops = {number: min(listed.top_of(number), scale.top_of(number)) for number in listed.weights}
    entries = entries_of(region, edition, units, replace(listed, tops=tops), count, random, effects)
    season = Season(
        region_name=region.full_name,
        account_region=region.full_name.casefold().replace(" ", "."),
        edition=edition,
        weights=listed.weights,
        indicator_names=_printed_names(listed),
        top_of=scale.top_of,
        random=random,
        has_dirt=defect_share > 0,
        maximum=as_number(scale.maturity_maximum or newest.maturity_maximum or Decimal(0)),
        has_rulebook=bool(scale.weights),
    )
    export = (WRITERS | PRINTERS | RECAPS)[layout](season, entries)
    if defect_share:
        add_defects(export, random, defect_share, scale)
        if layout in ("l1_portal_list", "l8_html_export"):
            export.footer_rows.append(total_row(export))
    if layout == "l8_html_export":
        stated = str(export.title_rows[1][0]).partition("|")[2]
        export.title_rows[1] = [f"Total Data: {len(export.rows)} |{stated}"]
    return export


def _printed_names(listed: EditionScale) -> dict[str, str]:
    """The indicators as systems print them: by the newest name that is known of a layout, else by that of the rules."""
    layout = load_layout("l3_wide_points")
    known = layout.indicators.headers if layout.indicators else {}
    return {
        number: known[number][-1]
        if simplified(name).startswith(tuple(map(simplified, known.get(number, ()))))
        else name
        for number, name in listed.names.items()
    }


def _write(folder: Path, region: Region, edition: int, export: Export) -> None:
    inbox = folder / "inbox" / region.region_code / str(edition)
    name = f"{export.layout}{SUFFIX[export.file_format]}"
    disk.write_bytes(inbox / name, bytes_of(export), synced=False)
    disk.write_text(inbox / "receipt.toml", _side_file(region, edition, name), synced=False)
    truth = folder / "truth" / f"{region.region_code}-{edition}.json"
    disk.write_text(truth, json.dumps(truth_of(export, name), default=str, ensure_ascii=False), synced=False)


def _write_spd(folder: Path, region: Region, edition: int, effects: CityEffects, rulebooks: Rulebooks | None) -> bool:
    """Write the region's answers to the SPD with their truth, where the edition's lines are known; whether they are."""
    known = rulebooks or shipped_rulebooks()
    groups = known.of(str(edition)).spd_groups if str(edition) in known else ()
    if not groups:
        return False
    export = spd_sheet({group.number: group.name_id for group in groups}, effects.spd_levels(edition, groups))
    disk.write_bytes(
        folder / "inbox" / region.region_code / str(edition) / "jawaban-spd.xlsx", bytes_of(export), synced=False
    )
    truth = json.dumps(truth_of(export, "jawaban-spd.xlsx"), default=str, ensure_ascii=False)
    disk.write_text(folder / "truth" / f"{region.region_code}-{edition}-spd.json", truth, synced=False)
    return True


def truth_of(export: Export, name: str) -> dict[str, object]:
    """What a file means: per row its outcome and canonical values, and the defects with their rules."""
    rows = [
        {"row_number": export.first_row + place, "outcome": row.outcome, "record": row.record}
        for place, row in enumerate(export.rows)
    ]
    defects = [vars(defect) for defect in export.defects]
    return {"file": name, "layout": export.layout, "sheet": export.sheet, "rows": rows, "defects": defects}


def _side_file(region: Region, edition: int, name: str) -> str:
    received = f"received = {date(edition, 8, 1)}"
    head = f'city = "{region.region_code}"\nedition = {edition}\nsimulated = true\nnote = "data simulasi"\n'
    return f'{head}\n[[file]]\nname = "{name}"\n{received}\nsystem = "simulasi"\n'


SUFFIX = {"xlsx": ".xlsx", "html": ".xls", "csv": ".csv", "pdf": ".pdf"}


def bytes_of(export: Export) -> bytes:
    """The file as its system writes it; the same bytes at every run."""
    makers = {"xlsx": _workbook, "html": _html, "csv": _csv, "pdf": _pdf}
    return makers[export.file_format](export)


def _lines(export: Export) -> list[list[Value]]:
    return [*export.title_rows, list(export.header), *(row.cells for row in export.rows), *export.footer_rows]


def _workbook(export: Export) -> bytes:
    return workbook_bytes({export.sheet: _lines(export), **export.more_sheets})


def workbook_bytes(sheets: dict[str, list[list[Value]]]) -> bytes:
    """A workbook with these sheets: text as text, numbers and dates as such."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        workbook.set_properties({"title": "Data simulasi", "created": _CREATED})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, lines in sheets.items():
            sheet = workbook.add_worksheet(name)
            for place, line in enumerate(lines):
                for column, cell in enumerate(line):
                    if isinstance(cell, date):
                        sheet.write_datetime(place, column, cell, day)
                    elif isinstance(cell, int | float):
                        sheet.write_number(place, column, cell)
                    elif cell:
                        sheet.write_string(place, column, cell)
    return stream.getvalue()


def _html(export: Export) -> bytes:
    width = len(export.header)
    lines = ['<html><head><meta charset="utf-8"></head><body><table border="1">']
    lines += [f'<tr><td colspan="{width}">{_cell(row[0])}</td></tr>' if len(row) == 1 else _row("td", row)
              for row in export.title_rows]  # fmt: skip
    lines.append(_row("th", export.header))
    lines += [_row("td", row.cells) for row in export.rows]
    lines += [_row("td", row) for row in export.footer_rows]
    return "\n".join([*lines, "</table></body></html>", ""]).encode()


def _row(tag: str, cells: Iterable[Value]) -> str:
    return "<tr>" + "".join(f"<{tag}>{_cell(cell)}</{tag}>" for cell in cells) + "</tr>"


def _cell(cell: Value) -> str:
    return "" if cell is None else html.escape(str(cell)).replace("\n", "<br>")


def _csv(export: Export) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerows(_lines(export))
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _pdf(export: Export) -> bytes:
    import typst  # of the extra `dev`: only tests print PDFs

    if export.header:
        made_table: bytes = typst.compile(_print(export).encode(), format="pdf")
        return made_table
    lines = [row.cells[0] for row in export.rows]
    texts = [*(row[0] for row in export.title_rows), *lines, *(row[0] for row in export.footer_rows)]
    body = "\n".join(f"#text({json.dumps(str(text), ensure_ascii=False)})\\" for text in texts)
    made: bytes = typst.compile(f"#set page(width: 30cm)\n{body}".encode(), format="pdf")
    return made


def _print(export: Export) -> str:
    """A table with rules on A4 across, lines above and below; a line within a cell stays one."""
    width = len(export.header)
    rows: list[list[Value]] = [[*row.cells, *[None] * width][:width] for row in export.rows]
    cells = "\n".join(f"[{_set(cell)}]," for row in [list[Value](export.header), *rows] for cell in row)
    above, below = _around(export.title_rows), _around(export.footer_rows)
    page = '#set page(paper: "a4", flipped: true, margin: 1.2cm)\n#set text(size: 8pt)\n#set par(justify: false)\n'
    return f"{page}{above}\n\n#table(columns: {width}, inset: 4pt, stroke: 0.5pt,\n{cells}\n)\n\n{below}\n"


def _around(rows: list[list[Value]]) -> str:
    return "\n\n".join(_set(" ".join(str(cell) for cell in row if cell is not None)) for row in rows)


def _set(cell: Value) -> str:
    text = "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)
    lines = (f"#text({json.dumps(line, ensure_ascii=False)})" for line in text.split("\n"))
    return "#linebreak()".join(lines)


def _write_register(folder: Path, region: Region, edition: int) -> None:
    header: list[Value] = ["Kode Unit", "Nama Unit", "Jenis", "Unit Induk", "Kode Wilayah", "Urusan Utama", "Alias"]
    rows: list[list[Value]] = [
        [unit.code, unit.name, unit.kind, None, None, _affair_name(unit.affair_code), None]
        for unit in units_of(region, 48)
    ]
    content = workbook_bytes({"DATA SIMULASI": [["DAFTAR UNIT (DATA SIMULASI)"], header, *rows]})
    disk.write_bytes(folder / "inbox" / region.region_code / str(edition) / "daftar-unit.xlsx", content, synced=False)


def _affair_name(code: str) -> str | None:
    names = load_reference("government_affair").filter(affair_code=code)["name_id"]
    return names[0] if len(names) else None
