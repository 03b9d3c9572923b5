"""Times reading a wide workbook into typed, validated records against pandas with openpyxl doing the same.

5,000 innovations x 30 columns in layout L3. Ours finds out which layout it is, and keeps every row's outcome, its
original text and its rejected cells beside the records; pandas knows the headers and gives the typed table alone. Both
check the same rules (known stages, dates, ranges, points that are levels, totals, repeated rows) and must give the same
scores, dates, points and levels. They run in turns, and the best run of each counts: what else the machine does adds
time, never takes any away.
"""

from __future__ import annotations

import datetime
import io
import random
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import xlsxwriter

from etl.cells import read_cells
from etl.detect import choose_layout, within_threshold
from etl.lake import scale_of
from etl.layout import load_layout
from etl.read import ParsedFile, read_file
from warehouse.reference import load_reference

ROWS = 5_000
EDITION = 2026
SEED = 2026
FILLER_COLUMNS = ("No", "Kecamatan", "Keterangan")
"""Columns that the layout does not read, as city workbooks have them; they bring the table to 30 columns."""


def run(rows: int = ROWS, repeats: int = 5) -> list[dict[str, Any]]:
    """Two rows: name, ours_s, alternative, alternative_s, ratio (medians). Raises ValueError if results differ."""
    content = workbook(rows)
    # Both are warmed up, so that neither pays for the first use of its libraries or of the rulebook.
    ours, theirs = read_ours(content), read_pandas(content)
    if _ours_as_rows(ours) != _theirs_as_rows(theirs):
        raise ValueError("the workbench and pandas disagree")
    size = f"{rows:,} rows x 30 columns"
    return [
        _row(
            f"wide workbook ({size}) to cells with sheet and row",
            "pandas.read_excel (openpyxl), as text",
            *_best_in_turns(
                lambda: read_cells(content),
                lambda: pd.read_excel(io.BytesIO(content), engine="openpyxl", dtype=str),
                repeats,
            ),
        ),
        _row(
            f"wide workbook ({size}) to typed validated records",
            "pandas.read_excel (openpyxl) + typing and checking the columns",
            *_best_in_turns(lambda: read_ours(content), lambda: read_pandas(content), repeats),
        ),
    ]


def _row(name: str, alternative: str, ours_s: float, alternative_s: float) -> dict[str, Any]:
    ratio = alternative_s / ours_s
    return {"name": name, "ours_s": ours_s, "alternative": alternative, "alternative_s": alternative_s, "ratio": ratio}


def workbook(rows: int) -> bytes:
    """A simulated workbook in layout L3: text, dates month first as text, points and totals as numbers."""
    chance = random.Random(SEED)
    headers = [column.headers[0] for column in load_layout("l3_wide_points").columns]
    points = _point_headers()
    weights = scale_of(EDITION).weights
    units = [name for (name,) in load_reference("subdistrict").select("name").iter_rows()]
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("DATA SIMULASI")
    sheet.write_row(0, 0, [*headers, *points.values(), *FILLER_COLUMNS])
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
        fields = [stated[column.field] for column in load_layout("l3_wide_points").columns]
        sheet.write_row(row, 0, [*fields, *scores, row, chance.choice(units), "simulasi"])
    book.close()
    return stream.getvalue()


def read_ours(content: bytes) -> ParsedFile:
    """Cells, layout, canonical records with every outcome, as a load does it."""
    file_format, sheets = read_cells(content)
    choice = choose_layout(file_format, sheets, scale_of(EDITION))
    if choice.match is None:
        raise ValueError("the layout was not found")
    return within_threshold(read_file(choice.match, sheets, scale_of(EDITION)), sheets)


def read_pandas(content: bytes) -> pd.DataFrame:
    """What one would write without this project: read the sheet, type the columns, check the same rules."""
    table = pd.read_excel(io.BytesIO(content), engine="openpyxl")
    points = list(_point_headers().values())
    for name in ("Nama SKPD", "Nama Inovasi", "Sub Kegiatan"):
        table[name] = table[name].astype("string").str.strip()
    stages = {"inisiatif": "initiative", "uji coba": "trial", "penerapan": "implementation"}
    table["Tahapan Inovasi"] = table["Tahapan Inovasi"].str.strip().str.lower().map(stages)
    for name in ("Waktu Uji Coba", "Waktu Implementasi"):
        table[name] = pd.to_datetime(table[name], format="%m/%d/%Y", errors="coerce")
    table["Kematangan"] = pd.to_numeric(table["Kematangan"], errors="coerce")
    table[points] = table[points].apply(pd.to_numeric, errors="coerce")
    scale = scale_of(EDITION)
    weights = pd.Series({name: float(scale.weights[number]) for number, name in _point_headers().items()})
    levels = table[points].div(weights)
    is_wrong = (
        table[["Nama SKPD", "Nama Inovasi", "Tahapan Inovasi", "Waktu Uji Coba", "Waktu Implementasi"]]
        .isna()
        .any(axis=1)
        | table[points].isna().any(axis=1)
        | (table[points].sum(axis=1) != table["Kematangan"])
        | ~table["Kematangan"].between(0, float(scale.maturity_maximum or 0))
        | ~levels.isin([0, 1, 2, 3]).all(axis=1)
    )
    keys = table["Nama Inovasi"].str.lower() + "|" + table["Nama SKPD"].str.lower()
    if is_wrong.any() or keys.duplicated().any():
        raise ValueError("a row breaks a rule, or stands twice")
    return pd.concat([table, levels.astype("int8").add_prefix("Level ")], axis=1)


def _point_headers() -> dict[str, str]:
    indicators = load_layout("l3_wide_points").indicators
    if indicators is None:
        raise ValueError("layout l3_wide_points has no indicators")
    return {number: names[0] for number, names in indicators.headers.items()}


def _ours_as_rows(parsed: ParsedFile) -> list[tuple[object, ...]]:
    points = [pl.col(f"points_{number}") // 100 for number in _point_headers()]
    scores = parsed.records.select(
        "unit_name", "title", "stage", "trial_date", "implementation_date", pl.col("claimed_score_x100") // 100
    )
    levels = [pl.col(f"level_{number}") for number in _point_headers()]
    return pl.concat([scores, parsed.answers.select(*points, *levels)], how="horizontal").rows()


def _theirs_as_rows(table: pd.DataFrame) -> list[tuple[object, ...]]:
    names = ["Nama SKPD", "Nama Inovasi", "Tahapan Inovasi", "Waktu Uji Coba", "Waktu Implementasi", "Kematangan"]
    dates = {name: table[name].dt.date for name in names[3:5]}
    points = list(_point_headers().values())
    shown = table.assign(**dates)[[*names, *points, *(f"Level {name}" for name in points)]]
    return list(shown.itertuples(index=False, name=None))


def _best_in_turns(ours: Callable[[], object], alternative: Callable[[], object], repeats: int) -> tuple[float, float]:
    """The shortest time of each, run one after the other."""
    best = [float("inf"), float("inf")]
    for _ in range(repeats):
        for place, work in enumerate((ours, ours, alternative)):
            start = time.perf_counter()
            work()
            best[place // 2] = min(best[place // 2], time.perf_counter() - start)
    return best[0], best[1]
