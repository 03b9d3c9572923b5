"""What a returned workbook revises: of the copy of a file that went back to its sender, only what was changed speaks.

The copy holds the rows of the sender's file. When it returns, the rows and cells that still say what that file says are
not news: they must not undo what a later export said. Which row is which is told by `etl.season.row_matching`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from etl import contracts
from etl.lake import LakeFile
from etl.layout.declared import simplified
from etl.outgoing.recognise import SUMMARY, SUMMARY_WIDTH
from etl.season.receipt_columns import place_of, places_of, read_number, sheet_of
from etl.season.row_content import RowContent, rows_read
from etl.season.row_matching import Matches, matched_rows
from etl.season.table_contracts import STATED
from etl.values.canonical_rows import source_id_of
from etl.values.held import held_frames
from warehouse.region import region_of_code

KINDS = ("innovation_list", "control_sheet")
"""Kinds of files whose rows are innovations; the rows of others are what their key says."""
NOTES = ("row_not_returned", "text_beside")
"""Rules that tell something of a returned workbook as a whole."""
_TOLD = 5  # titles, columns or sheets that a note names


@dataclass(frozen=True)
class _Revision:
    """A file as it came, what is left of it, and for its rows the key of their innovation and where they stand first.

    `keys` and `targets` (source_id) hold what differs from the row itself.
    """

    raw: LakeFile
    file: LakeFile
    keys: dict[int, str] = field(default_factory=dict)
    targets: dict[int, str] = field(default_factory=dict)


def with_changed_rows_only(files: Sequence[LakeFile]) -> list[LakeFile]:
    """Return the files, with each returned workbook as a correction of which only what was changed speaks.

    An unchanged row is merged into the row of the file that went back, and a row whose title was changed stays the same
    innovation. A row of which it cannot be told what it is, is quarantined. A workbook of another city or edition than
    the file that went back is held.
    """
    if not any(file.corrects for file in files):
        return list(files)
    by_hash = {file.receipt.file_sha256: file for file in files}
    done: dict[str, _Revision] = {}
    return [_revision(file, by_hash, done).file for file in files]


def _revision(file: LakeFile, by_hash: Mapping[str, LakeFile], done: dict[str, _Revision]) -> _Revision:
    """What is left of a file; that of the file that went back, which may have returned itself, is found first."""
    sha = file.receipt.file_sha256
    if sha not in done:
        done[sha] = _Revision(file, file)  # stands for one that would come back to itself
        origin = _origin_of(file, by_hash)
        done[sha] = _corrected(file, None if origin is None else _revision(origin, by_hash, done))
    return done[sha]


def _origin_of(file: LakeFile, by_hash: Mapping[str, LakeFile]) -> LakeFile | None:
    """The file that went back, by its hash, or by the beginning of it where only the ids of the rows name it."""
    if not file.corrects:
        return None
    if len(file.corrects) == 64:
        return by_hash.get(file.corrects)
    found = [other for sha, other in by_hash.items() if sha.startswith(file.corrects)]
    return found[0] if len(found) == 1 else None


def _corrected(file: LakeFile, origin: _Revision | None) -> _Revision:
    if not file.corrects or file.held_rule is not None:
        return _Revision(file, file)
    receipt = file.receipt if file.receipt.is_coverage_stated else replace(file.receipt, coverage="correction")
    stated = replace(file, receipt=receipt)
    if origin is None or origin.raw.held_rule is not None or not _is_of_one_kind(file, origin.raw):
        return _Revision(file, stated)
    sent = origin.raw.receipt
    if (sent.region_code, sent.edition) != (receipt.region_code, receipt.edition):
        return _Revision(file, _held(stated, sent.region_code, sent.edition))
    if _kind_of(file) not in KINDS:
        return _with_changed_keys(stated, origin)
    return _with_changed_innovations(stated, origin)


def _kind_of(file: LakeFile) -> str | None:
    return None if file.declared is None else file.declared.kind


def _is_of_one_kind(file: LakeFile, origin: LakeFile) -> bool:
    """Whether both are read alike; two layouts without numbers of a system know an innovation by the same key."""
    if file.layout == origin.layout:
        return True
    numbered = [other.frames["records"].get_column("external_id", default=None) for other in (file, origin)]
    is_unnumbered = all(column is None or column.null_count() == len(column) for column in numbered)
    return _kind_of(file) == _kind_of(origin) in KINDS and is_unnumbered


def _held(file: LakeFile, region_code: str | None, edition: int | None) -> LakeFile:
    rule = "return_elsewhere"
    detail = {"region": region_of_code(region_code).full_name if region_code else "–", "edition": str(edition)}
    frames = held_frames(file.frames["rows"], rule, detail, file.frames["quarantine"])
    return replace(file, frames=frames, held_rule=rule, held_detail=detail)


def _with_changed_innovations(file: LakeFile, origin: _Revision) -> _Revision:
    was, now = RowContent.of(origin.raw), RowContent.of(file, is_back=True)
    matches = matched_rows(was.rows(), now.rows())
    keys = {
        number: origin.keys.get(place, was.records[place]["match_key"])
        for number, place in matches.sent.items()
        if place in was.records
    }
    held = matches.held | _name_taken(now, keys, matches)
    changed = {
        number: was.changed(place, now, number)
        for number, place in matches.sent.items()
        if place in was.records and number in now.records and number not in held
    }
    unchanged = {number for number, fields in changed.items() if not fields}
    targets = {number: _target(origin, was.sheet, matches.sent[number]) for number in unchanged}
    # A file that is dated after its own return cannot say what the return is silent about.
    silent = changed if place_of(origin.raw) < place_of(file) else {}
    records = _left(file.frames["records"], {*unchanged, *held})
    records = records.with_columns(
        _replaced(records, "match_key", keys),
        pl.Series(
            "silent_fields",
            [
                "|".join(name for name in STATED if row in silent and name not in silent[row])
                for row in records["row_number"]
            ],
            dtype=pl.String,
        ),
    )
    mended = {
        _target(origin, was.sheet, place)
        for number, place in matches.sent.items()
        if place not in was.records and number in now.records and number not in held
    }
    has_old_answers = {number for number, fields in silent.items() if "answers" not in fields}
    rows, told = _rows_held(file, now, held)
    notes = [*_missing_note(was, matches), *_beside_note(file, origin.raw, now, was.marks.values())]
    frames = {
        **file.frames,
        "records": records,
        "answers": _left(file.frames["answers"], {*unchanged, *held, *has_old_answers}),
        "rows": rows,
        "quarantine": _with_told(file, [*told, *notes]),
        **_new_set_aside(file, matches),
    }
    changed_file = replace(file, frames=frames, merged_elsewhere=targets, mended=frozenset(mended))
    return _Revision(file, changed_file, keys, targets)


def _new_set_aside(file: LakeFile, matches: Matches) -> dict[str, pl.DataFrame]:
    """The rows that are set aside and were not in the file that went back: of the others that file tells."""
    rows = file.frames.get("set_aside", pl.DataFrame())
    return {"set_aside": rows.filter(~pl.col("read_as").is_in(list(matches.sent))) if rows.width else rows}


def _with_changed_keys(file: LakeFile, origin: _Revision) -> _Revision:
    """A file whose rows are what their key says (a line of SPD answers): those that say the same are no news."""
    was, now = _texts_by_key(origin.raw), _texts_by_key(file)
    same = {number for key, (number, text) in now.items() if key in was and was[key][1] == text}
    sheet = sheet_of(origin.raw)
    places = {number: was[key][0] for key, (number, _) in now.items() if number in same}
    targets = {number: _target(origin, sheet, place) for number, place in places.items()}
    frames = {name: _left(file.frames[name], same) for name in ("records", "answers")}
    return _Revision(file, replace(file, frames={**file.frames, **frames}, merged_elsewhere=targets), {}, targets)


def _texts_by_key(file: LakeFile) -> dict[tuple[str, ...], tuple[int, list[dict[str, Any]]]]:
    """The keys of each row's records -> its number, and what was read of it."""
    by_row: dict[int, list[dict[str, Any]]] = {}
    for record in file.frames["records"].iter_rows(named=True):
        by_row.setdefault(record.pop("row_number"), []).append(record)
    return {tuple(record["match_key"] for record in records): (row, records) for row, records in by_row.items()}


def _target(origin: _Revision, sheet: str, place: int) -> str:
    """The row that an unchanged row is merged into; where that one was merged itself, where it was merged into."""
    stands = places_of(origin.raw).get(place, (sheet, place))
    return origin.targets.get(place) or source_id_of(origin.raw.receipt.file_sha256, *stands)


def _name_taken(now: RowContent, keys: Mapping[int, str], matches: Matches) -> dict[int, str]:
    """The rows that would be taken for an innovation that another row is, since they bear the name that it had."""
    times = Counter(keys.get(number, row["match_key"]) for number, row in now.records.items())
    return {
        number: "return_name_taken"
        for number, row in now.records.items()
        if number not in keys and number not in matches.held and times[row["match_key"]] > 1
    }


def _left(frame: pl.DataFrame, gone: set[int]) -> pl.DataFrame:
    """A frame of a file without some of its rows."""
    return frame.filter(~pl.col("row_number").is_in(list(gone))) if frame.width else frame


def _with_told(file: LakeFile, told: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    quarantine = file.frames["quarantine"]
    if not told:
        return quarantine
    added = contracts.checked(contracts.Rejection, told)
    return pl.concat([quarantine, added]) if quarantine.width else added


def _replaced(records: pl.DataFrame, column: str, values: Mapping[int, str]) -> pl.Series:
    pairs = records.select("row_number", column).iter_rows()
    return pl.Series(column, [values.get(number, value) for number, value in pairs], dtype=pl.String)


def _rows_held(
    file: LakeFile, now: RowContent, held: Mapping[int, str]
) -> tuple[pl.DataFrame, list[dict[str, object]]]:
    """The rows of a file with those quarantined that are held, or repeat one that is; and what is told of them."""
    numbers = [number for number in held if number in now.records]
    rules = {number: held[number] for number in numbers}
    repeats = rows_read(file, now.sheet).filter(pl.col("target").is_in(numbers))
    rules |= {number: held[first] for number, first in repeats.select("number", "target").iter_rows()}
    places = places_of(file)
    titles = {number: now.records[number]["title"] for number in numbers}
    told = [
        {
            "sheet": places.get(number, (now.sheet, number))[0],
            "row_number": places.get(number, (now.sheet, number))[1],
            "column_name": None,
            "rule": rule,
            "original_text": titles.get(number, ""),
            "scope": "row",
            "detail": json.dumps({"text": titles.get(number, "")}, ensure_ascii=False),
        }
        for number, rule in sorted(rules.items())
    ]
    rows = file.frames["rows"]
    here = pl.col("read_as").is_not_null() if places else pl.col("sheet") == now.sheet
    is_held = here & read_number().is_in(list(rules))
    quarantined = pl.lit("quarantined").cast(rows.schema["outcome"])
    return rows.with_columns(
        pl.when(is_held).then(quarantined).otherwise("outcome").alias("outcome"),
        pl.when(~is_held).then("merged_into").alias("merged_into"),
        pl.when(~is_held).then("merged_sheet").alias("merged_sheet"),
    ), told


def _missing_note(was: RowContent, matches: Matches) -> list[dict[str, object]]:
    """That rows did not return: they stand as they were."""
    if not matches.missing:
        return []
    titles = [
        str(was.records.get(number, {}).get("title") or was.texts[number].get("title", "–"))
        for number in matches.missing
    ]
    return [_note("row_not_returned", titles, count=str(len(titles)))]


def _beside_note(file: LakeFile, origin: LakeFile, now: RowContent, sent_ids: Iterable[str]) -> list[dict[str, object]]:
    """What people wrote beside our columns: sheets, columns and remarks that the file that went back does not have."""
    sent, back = origin.frames["rows"], file.frames["rows"]
    read = {now.sheet, *(sheet for sheet, _ in places_of(file).values())}
    known = {*sent["sheet"], *read, SUMMARY}
    named = [name for name in back["sheet"].unique(maintain_order=True) if name not in known]
    ids = file.frames.get("row_ids", pl.DataFrame())
    if ids.width:  # rows that were moved beside the table, to a sheet of which nothing is read
        moved = ids.filter(~pl.col("sheet").is_in(list(read)) & pl.col("source_id").is_in(list(sent_ids)))["sheet"]
        named += [name for name in moved.unique(maintain_order=True) if name not in named]
    summary = back.filter(pl.col("sheet") == SUMMARY)["original"]
    if any(any(cell.strip() for cell in json.loads(row)[SUMMARY_WIDTH:]) for row in summary):
        named.append(SUMMARY)
    named += _columns_beside(sent, back.filter(pl.col("sheet") == now.sheet))
    return [_note("text_beside", named)] if named else []


def _columns_beside(sent: pl.DataFrame, back: pl.DataFrame) -> list[str]:
    """The columns with text in data rows that the file that went back does not have."""
    known = {simplified(cell) for row in sent["original"] for cell in json.loads(row)}
    width = max((len(json.loads(row)) for row in sent["original"]), default=0)
    is_data = pl.col("outcome").cast(pl.String) != "structural"
    data = [json.loads(row) for row in back.filter(is_data)["original"]]
    first = back.filter(is_data)["row_number"].min()
    above = back.filter(pl.col("row_number") < first)["original"] if first is not None else pl.Series([])
    header: list[str] = json.loads(above[-1]) if len(above) else []
    filled = {place for row in data for place, cell in enumerate(row) if cell.strip()}
    named = []
    for place in sorted(filled):
        title = header[place].strip() if place < len(header) else ""
        if (title and simplified(title) not in known) or (not title and place >= width):
            named.append(title or f"[{place + 1}]")
    return named


def _note(rule: str, named: Sequence[str], sheet: str | None = None, **detail: str) -> dict[str, object]:
    """A note about the whole of a returned workbook, with the first of what it is about."""
    more = f"; +{len(named) - _TOLD}" if len(named) > _TOLD else ""
    text = "; ".join(named[:_TOLD]) + more
    return {
        "sheet": sheet,
        "row_number": None,
        "column_name": None,
        "rule": rule,
        "original_text": "; ".join(named),
        "scope": "cell",
        "detail": json.dumps({**detail, "text": text}, ensure_ascii=False),
    }
