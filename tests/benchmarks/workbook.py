"""Times reading a wide workbook into typed, validated records against pandas with openpyxl doing the same.

5,000 innovations x 30 columns in layout L3, a row in fifty with a defect. Both give the same: the typed table with
points and levels, the outcome and the original text of every row, and each rejected cell with its row, column, rule and
original text; that they do is checked before anything is timed. Ours finds out beside that which layout it is; pandas
is told the headers. They run in turns, and the best run of each counts: what else the machine does adds time, never
takes any away. On a machine that others use, the clock tells little: the processor's time of all threads and of
processes that were started is told beside, of both sides.
"""

from __future__ import annotations

import datetime
import io
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import xlsxwriter

from etl.cells.sheets import read_cells
from etl.lake import scale_of
from etl.layout.declared import load_layout
from etl.recognition.detect import choose_layout, within_threshold
from etl.values.canonical_rows import ParsedFile, read_file
from warehouse.reference import load_reference

ROWS = 5_000
EDITION = 2026
SEED = 2026
FILLER_COLUMNS = ("No", "Kecamatan", "Keterangan")
"""Columns that the layout does not read, as city workbooks have them; they bring the table to 30 columns."""


ROWS_PER_DEFECT = 50
DEFECTS: tuple[tuple[str, object], ...] = (
    ("stage", "Rintisan"),
    ("trial_date", "02/31/2024"),
    ("points", 1),
    ("claimed_score", 1),
    ("claimed_score", 999),
    ("title", None),
    ("repeat", None),
)
"""What is wrong in turn in each fiftieth row: a field and the value that breaks a rule, points that are no level, or
the row before once more."""


def run(rows: int = ROWS, repeats: int = 5) -> list[dict[str, Any]]:
    """Four rows: name, ours_s, alternative, alternative_s, ratio. Raises ValueError if results differ."""
    content = workbook(rows)
    # Both are warmed up, so that neither pays for the first use of its libraries or of the rulebook.
    ours, theirs = read_ours(content), read_pandas(content)
    for told, mine, other in zip(
        ("records", "rows", "rejected cells"), _ours_compared(ours), _theirs_compared(theirs), strict=True
    ):
        if mine != other:
            raise ValueError(f"the workbench and pandas disagree on the {told}")
    size = f"{rows:,} rows x 30 columns"
    cells, of_cells = _best_in_turns(
        lambda: read_cells(content),
        lambda: pd.read_excel(io.BytesIO(content), engine="openpyxl", dtype=str),
        repeats,
    )
    records, processor = _best_in_turns(lambda: read_ours(content), lambda: read_pandas(content), repeats)
    checked = "pandas.read_excel (openpyxl) + typing, checking, rejected cells"
    return [
        _row(f"wide workbook ({size}) to cells with sheet and row", "pandas.read_excel (openpyxl), as text", *cells),
        _row("the same in the processor's time", "pandas.read_excel (openpyxl), as text", *of_cells),
        _row(f"wide workbook ({size}) to typed validated records", checked, *records),
        _row("the same in the processor's time", checked, *processor),
    ]


def _row(name: str, alternative: str, ours_s: float, alternative_s: float) -> dict[str, Any]:
    ratio = alternative_s / ours_s
    return {"name": name, "ours_s": ours_s, "alternative": alternative, "alternative_s": alternative_s, "ratio": ratio}


def workbook(rows: int) -> bytes:
    """A simulated workbook in layout L3: text, dates month first as text, points as numbers, and defects."""
    chance = random.Random(SEED)
    headers = [column.headers[0] for column in load_layout("l3_wide_points").columns]
    points = _point_headers()
    weights = scale_of(EDITION).weights
    units = [name for (name,) in load_reference("subdistrict").select("name").iter_rows()]
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("DATA SIMULASI")
    sheet.write_row(0, 0, [*headers, *points.values(), *FILLER_COLUMNS])
    written: list[object] = []
    for row in range(1, rows + 1):
        scores = [int(chance.randint(0, 3) * weights[number]) for number in points]
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=chance.randrange(700))
        stated = {
            "unit_name": f"Kelurahan {chance.choice(units)}",
            "title": f"Inovasi simulasi {row} untuk pelayanan warga",
            "sub_activity": f"Sub kegiatan {chance.randrange(40)}",
            "stage": chance.choice(("Inisiatif", "Uji Coba", "Penerapan")),
            "trial_date": f"{day.month:02}/{day.day:02}/{day.year}",
            "implementation_date": f"{day.month:02}/{day.day:02}/{day.year}",
            "claimed_score": sum(scores),
        }
        is_repeat = False
        if row % ROWS_PER_DEFECT == 0:
            defect = DEFECTS[row // ROWS_PER_DEFECT % len(DEFECTS)]
            stated |= {name: value for name, value in [defect] if name in stated}
            scores[0] = 1 if defect[0] == "points" else scores[0]
            is_repeat = defect[0] == "repeat"
        fields = [stated[column.field] for column in load_layout("l3_wide_points").columns]
        written = written if is_repeat else [*fields, *scores]
        sheet.write_row(row, 0, [*written, row, chance.choice(units), "simulasi"])
    book.close()
    return stream.getvalue()


def read_ours(content: bytes) -> ParsedFile:
    """Cells, layout, canonical records with every outcome, as a load does it."""
    file_format, sheets = read_cells(content)
    choice = choose_layout(file_format, sheets, scale_of(EDITION))
    if choice.match is None:
        raise ValueError("the layout was not found")
    return within_threshold(read_file(choice.match, sheets, scale_of(EDITION)), sheets)


TEXTS = {"Nama SKPD": "unit_missing", "Nama Inovasi": "title_missing"}
STAGES = {"inisiatif": "initiative", "uji coba": "trial", "penerapan": "implementation"}
DATES = ("Waktu Uji Coba", "Waktu Implementasi")


@dataclass
class PandasResult:
    """The typed table by row number of the sheet; outcome and original text of each row; each rejected cell."""

    table: pd.DataFrame
    rows: pd.DataFrame
    rejected: pd.DataFrame


def read_pandas(content: bytes) -> PandasResult:
    """What one would write without this project: read the sheet, type whole columns, note each cell that breaks a rule.

    A mask per rule finds the cells; only those are turned into rows of the list of rejected cells.
    """
    raw = pd.read_excel(io.BytesIO(content), engine="openpyxl", dtype=object)
    raw.index += 2  # row numbers as in the sheet
    scale, points = scale_of(EDITION), list(_point_headers().values())
    weights = pd.Series({name: float(scale.weights[number]) for number, name in _point_headers().items()})
    table = pd.DataFrame(index=raw.index)
    rejected: list[pd.DataFrame] = []

    def reject(column: str, broken: pd.Series, rule: str, scope: str = "cell") -> None:
        cells = raw.loc[broken, column]
        if len(cells):
            facts = {"row_number": cells.index, "column": column, "rule": rule, "text": cells, "scope": scope}
            rejected.append(pd.DataFrame(facts))

    for name, rule in TEXTS.items():
        table[name] = raw[name].astype("string").str.strip()
        reject(name, table[name].isna(), rule, "row")
    stages = raw["Tahapan Inovasi"].astype("string").str.strip().str.lower()
    table["Tahapan Inovasi"] = stages.map(STAGES)
    reject("Tahapan Inovasi", stages.isna(), "value_missing", "row")
    reject("Tahapan Inovasi", stages.notna() & table["Tahapan Inovasi"].isna(), "stage_unknown", "row")
    for name in DATES:
        table[name] = pd.to_datetime(raw[name], format="%m/%d/%Y", errors="coerce")
        reject(name, raw[name].notna() & table[name].isna(), "date_invalid")
    total = pd.to_numeric(raw["Kematangan"], errors="coerce")
    is_outside = total.notna() & ~total.between(0, float(scale.maturity_maximum or 0))
    reject("Kematangan", raw["Kematangan"].isna(), "value_missing", "row")
    reject("Kematangan", raw["Kematangan"].notna() & total.isna(), "number_invalid", "row")
    reject("Kematangan", is_outside, "score_out_of_range", "row")
    table["Kematangan"] = total.mask(is_outside)
    numbers = raw[points].apply(pd.to_numeric, errors="coerce")
    levels = numbers.div(weights)
    is_level = levels.isin([0, 1, 2, 3])
    for name in points:
        reject(name, raw[name].notna() & numbers[name].isna(), "number_invalid")
        reject(name, numbers[name] < 0, "score_out_of_range")
        reject(name, numbers[name].ge(0) & ~is_level[name], "points_not_multiple")
    table[points] = numbers.where(is_level)
    table[[f"Level {name}" for name in points]] = levels.where(is_level)
    sums = table[points].sum(axis=1, skipna=False)
    reject("Kematangan", sums.notna() & table["Kematangan"].notna() & (sums != table["Kematangan"]), "total_differs")
    lost = pd.concat(rejected).query("scope == 'row'")["row_number"] if rejected else []
    is_lost = pd.Series(raw.index.isin(lost), index=raw.index)
    read = [*TEXTS, "Sub Kegiatan", "Tahapan Inovasi", *DATES, "Kematangan", *points]
    keys = table["Nama Inovasi"].str.lower() + "|" + table["Nama SKPD"].str.lower()
    has_twin = raw.loc[~is_lost, read].duplicated(keep=False).reindex(raw.index, fill_value=False)
    # Of several entries of an innovation the last one counts.
    is_same_key = keys[~is_lost].duplicated(keep="last").reindex(raw.index, fill_value=False) & ~has_twin
    is_repeat = raw.loc[~is_lost, read].duplicated().reindex(raw.index, fill_value=False)
    reject("Nama Inovasi", is_repeat, "duplicate_row")
    reject("Nama Inovasi", is_same_key, "key_repeated", "row")
    is_lost |= is_same_key
    texts = raw.astype("string").fillna("").to_numpy().tolist()
    rows = pd.DataFrame(
        {
            "outcome": np.select([is_lost, is_repeat], ["quarantined", "merged"], "accepted"),
            "original": [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in texts],
        },
        index=raw.index,
    )
    found = pd.concat(rejected) if rejected else pd.DataFrame()
    return PandasResult(table[~is_lost & ~is_repeat], rows, found)


def _point_headers() -> dict[str, str]:
    indicators = load_layout("l3_wide_points").indicators
    if indicators is None:
        raise ValueError("layout l3_wide_points has no indicators")
    return {number: names[0] for number, names in indicators.headers.items()}


Compared = tuple[list[tuple[object, ...]], list[tuple[object, ...]], list[tuple[object, ...]]]
"""The records, the outcome and text of each row below the header, the rejected cells."""


def _ours_compared(parsed: ParsedFile) -> Compared:
    points = [pl.col(f"points_{number}") // 100 for number in _point_headers()]
    scores = parsed.records.select(
        "row_number",
        "unit_name",
        "title",
        "stage",
        "trial_date",
        "implementation_date",
        pl.col("claimed_score_x100") // 100,
    )
    levels = [pl.col(f"level_{number}") for number in _point_headers()]
    records = pl.concat([scores, parsed.answers.select(*points, *levels)], how="horizontal").rows()
    rows = parsed.rows.filter(pl.col("outcome") != "structural").select("row_number", "outcome", "original").rows()
    # Of a repeated row ours tells the key, pandas the title that stands in the cell.
    text = pl.when(pl.col("rule") == "duplicate_row").then(pl.lit("")).otherwise("original_text")
    rejected = parsed.quarantine.select("row_number", "column_name", "rule", text, "scope").rows()
    return records, rows, sorted(rejected)


def _theirs_compared(result: PandasResult) -> Compared:
    names = ["Nama SKPD", "Nama Inovasi", "Tahapan Inovasi", *DATES, "Kematangan"]
    dates = {name: result.table[name].dt.date for name in DATES}
    points = list(_point_headers().values())
    shown = result.table.assign(**dates)[[*names, *points, *(f"Level {name}" for name in points)]]
    shown = shown.astype(object).where(shown.notna(), None)
    rejected = result.rejected.assign(text=result.rejected["text"].fillna("").astype(str))
    rejected.loc[rejected["rule"] == "duplicate_row", "text"] = ""
    return (
        list(shown.itertuples(name=None)),
        list(result.rows.itertuples(name=None)),
        sorted(rejected.itertuples(index=False, name=None)),
    )


Best = tuple[float, float]
"""The shortest time of ours, and of the alternative."""


def _best_in_turns(ours: Callable[[], object], alternative: Callable[[], object], repeats: int) -> tuple[Best, Best]:
    """The shortest times of each, run one after the other: by the clock, and of the processor."""
    found: dict[int, list[tuple[float, float]]] = {0: [], 1: []}
    for _ in range(repeats):
        for place, work in ((0, ours), (0, ours), (1, alternative)):
            start, used = time.perf_counter(), _processor_time()
            work()
            found[place].append((time.perf_counter() - start, _processor_time() - used))
    clock, processor = ((min(run[kind] for run in found[0]), min(run[kind] for run in found[1])) for kind in (0, 1))
    return clock, processor


def _processor_time() -> float:
    """Seconds that the processor has worked for this process, and for those that it started and that have ended."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system
