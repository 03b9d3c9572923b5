"""A recap of a contest becomes jury scores: one for each cell that holds a score, with every row accounted for.

Totals, means and places that a recap states are held against its scores; one that does not follow from them is told.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from etl import contracts
from etl.cells.sheet import Cell, Percent, Sheet, as_text
from etl.layout.declared import Layout, Match, simplified
from etl.recaps.recap_headings import CHECKED, SCORED, Heading
from etl.recaps.recap_tables import RecapTable, says_recap, tables_in
from etl.recaps.recap_words import load_recap_words
from etl.tables.words import load_words
from etl.values.canonical_rows import ParsedFile, hold
from etl.values.data_rows import originals
from etl.values.normalise import decimal_mark_of, is_missing, number_of, text_of
from iga.contest.scored_by import WHOLE, ScoredBy

LAYOUT = "l13_contest_recap"
RULE = "recap_unreadable"
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
HALF_A_HUNDREDTH = Decimal("0.005")


@dataclass
class _Told:
    """What is said of cells and rows, and the outcome of each row that was looked at."""

    cells: list[dict[str, object]] = field(default_factory=list)
    outcomes: dict[tuple[int, int], str] = field(default_factory=dict)
    """sheet (by identity) and row number -> outcome"""
    merged: dict[tuple[int, int], tuple[str, int]] = field(default_factory=dict)

    def add(
        self, table: RecapTable, row: int, header: str, rule: str, cell: Cell, *, scope: str = "cell", **detail: object
    ) -> None:
        """Tell something of a cell or, by `scope`, of its row."""
        told = {name: str(value) for name, value in detail.items()}
        self.cells.append(
            {
                "sheet": table.sheet.name,
                "row_number": row,
                "column_name": header or None,
                "rule": rule,
                "original_text": as_text(cell),
                "scope": scope,
                "detail": json.dumps(told, ensure_ascii=False),
            }
        )
        if scope == "row":
            self.outcomes[id(table.sheet), row] = "quarantined"


@dataclass
class _Entry:
    """One row of an entry: its names, the scores read off it, and what it states beside them."""

    table: RecapTable
    row: int
    title: str
    unit: str | None
    category: str
    scores: list[tuple[Heading, ScoredBy, Decimal, Cell]]
    stated: dict[Heading, Cell]
    is_whole: bool
    """whether every cell of a score could be read"""


def recap_of(sheets: Sequence[Sheet], layout: Layout) -> tuple[Match, ParsedFile] | None:
    """Return where a recap stands and what it says; the file is held where it is a recap that cannot be read.

    None where it is no recap of a contest.
    """
    tables = [table for table in tables_in(sheets) if table.rows]
    is_named = says_recap(sheets)
    sound = [table for table in tables if _problem(table) is None and _is_evident(table, is_named=is_named)]
    if not sound:
        problems = [(table, problem) for table in tables if (problem := _problem(table)) is not None]
        if not is_named or not problems:
            return None
        table, detail = problems[0]
        return _match(table, layout), hold(sheets, RULE, **detail)
    detailed = {id(table) for table in sound if table.is_detailed}
    told = _Told()
    entries = [entry for table in sound if id(table) in detailed for entry in _entries(table, told)]
    for table in sound:
        if id(table) not in detailed:
            entries += _only_finals(table, entries, told)
    records = _records(entries, told)
    if records.is_empty():
        return _match(sound[0], layout), hold(sheets, RULE, told.cells, cause="no_scores")
    _check(entries, told)
    return _match(sound[0], layout), _parsed(sheets, sound, records, told)


def reason_of(match: Match) -> dict[str, str]:
    """Return why the layout was taken, as the arguments of `layout_taken`."""
    return {"cause": "alone", **match.evidence, "filled": str(match.filled_headers), "share": "100%"}


def _is_evident(table: RecapTable, *, is_named: bool) -> bool:
    """Whether the columns say by themselves, or with the words around them, that scores of a contest stand here."""
    jurors, parts = table.of_role("juror"), table.of_role("criterion", "stage")
    checked = table.of_role(*CHECKED)
    if len({heading.juror for heading in jurors}) >= 2 or (is_named and jurors) or _names_jurors(table):
        return True
    weighed = [one for one in parts if one.maximum or one.weight or one.bracket]
    if len(weighed) >= 2 and (is_named or checked):
        return True
    if not is_named:
        return False
    return bool(len(parts) >= 2 or table.of_role("document", "result") or checked or table.juror)


def _names_jurors(table: RecapTable) -> bool:
    """Whether each row names its juror, in a column of that word, beside the score."""
    return bool(table.of_role("juror_name") and table.of_role("score", "criterion", "stage"))


def _problem(table: RecapTable) -> dict[str, str] | None:
    """Why a table cannot be read, as arguments of the words; None where it can."""
    place = {"sheet": table.sheet.name, "row": str(table.bottom + 1)}
    unknown = [heading for heading in table.of_role("unknown") if _holds_numbers(table, heading)]
    if unknown and not _are_jurors(table, unknown):
        return {"cause": "columns_unclear", "columns": ", ".join(one.text for one in unknown), **place}
    if unknown:
        table.headings = [
            replace(one, role="juror", juror=one.text) if one in unknown else one for one in table.headings
        ]
    if table.place("title", "unit", "participant") is None:
        return {"cause": "no_title", **place}
    if table.place("title") is None and table.place("unit") is None and not _name_units(table):
        return {"cause": "no_title", **place}
    if not table.of_role(*SCORED, "total", "average", "final", "result"):
        return {"cause": "no_scores", **place}
    return None


def _holds_numbers(table: RecapTable, heading: Heading) -> bool:
    cells = [row[heading.place] for _, row, _ in table.rows if heading.place < len(row)]
    filled = [cell for cell in cells if not is_missing(cell)]
    return bool(filled) and sum(
        _number(cell, "comma") is not None or _number(cell, "dot") is not None for cell in filled
    ) * 2 > len(filled)


def _are_jurors(table: RecapTable, unknown: Sequence[Heading]) -> bool:
    """Whether columns without a word are those of jurors: a mean over exactly these columns says so."""
    averages = table.of_role("average")
    if len(unknown) < 2 or not averages or table.of_role("criterion", "stage", "juror", "document"):
        return False
    agreeing = looked_at = 0
    mark = _mark(table)
    for _, row, _ in table.rows:
        numbers = [_number(_cell(row, one.place), mark) for one in unknown]
        stated = _number(_cell(row, averages[0].place), mark)
        if stated is not None and None not in numbers:
            looked_at += 1
            mean = sum((number for number in numbers if number is not None), Decimal(0)) / len(numbers)
            agreeing += abs(mean - stated) <= _tolerance(_cell(row, averages[0].place))
    return looked_at > 0 and agreeing == looked_at


def _name_units(table: RecapTable) -> bool:
    """Whether the participants of a table are units, and not persons."""
    place = table.place("participant")
    names = [as_text(_cell(row, place)).strip() for _, row, _ in table.rows if place is not None]
    unit = load_words().unit
    return bool(names) and sum(bool(unit.match(name)) for name in names) * 2 > len(names)


def _cell(row: Sequence[Cell], place: int | None) -> Cell:
    return row[place] if place is not None and place < len(row) else None


def _mark(table: RecapTable) -> str:
    """The decimal mark of all numbers of a table."""
    places = [heading.place for heading in table.of_role(*SCORED, "total", "average", "final", "unknown")]
    cells = [_cell(row, place) for _, row, _ in table.rows for place in places]
    mark, rule = decimal_mark_of(cells, "evidence", WHOLE)
    return "dot" if rule else mark


def _number(cell: Cell, mark: str) -> Decimal | None:
    if isinstance(cell, Percent):
        return Decimal(cell.removesuffix("%"))
    value, rule = number_of(mark)(cell)
    return None if rule else value


def _entries(table: RecapTable, told: _Told) -> list[_Entry]:
    """The entries of a table, with the scores of its columns; what cannot be read is told."""
    headings = _with_scales(table)
    mark, found, above = _mark(table), [], ""
    for number, row, section in table.rows:
        # A category on the first row of its block is that of the rows below as well.
        above = text_of(_cell(row, table.place("category")))[0] or above
        category = section or above
        named = _named(table, row, number, category, told)
        if named is None:
            continue
        title, unit, said = named
        juror = text_of(_cell(row, table.place("juror_name")))[0] or table.juror
        entry = _Entry(table, number, title, unit, said, [], {}, is_whole=True)
        for heading in headings:
            cell = _cell(row, heading.place)
            if heading.role in CHECKED or heading.role == "result":
                entry.stated[heading] = cell
            elif heading.role in SCORED:
                _read_score(entry, heading, cell, mark, juror, told)
        told.outcomes.setdefault(
            (id(table.sheet), number), "accepted" if entry.scores or entry.is_whole else "quarantined"
        )
        found.append(entry)
    return _with_results(found, told)


def _named(
    table: RecapTable, row: Sequence[Cell], number: int, category: str, told: _Told
) -> tuple[str, str | None, str] | None:
    """Title, unit and category of a row; None where it has no name, which is told."""
    title_place, unit_place = table.place("title"), table.place("unit")
    if unit_place is None and table.place("participant") is not None and _name_units(table):
        unit_place = table.place("participant")
    unit = text_of(_cell(row, unit_place))[0]
    title = text_of(_cell(row, title_place))[0] if title_place is not None else unit
    if title is None:
        told.add(table, number, _header(table, "title", "unit"), "title_missing", None, scope="row")
        return None
    said = text_of(_cell(row, table.place("category")))[0] or category
    return title, unit, said


def _header(table: RecapTable, *roles: str) -> str:
    return next((heading.text for heading in table.of_role(*roles)), "")


def _read_score(entry: _Entry, heading: Heading, cell: Cell, mark: str, juror: str, told: _Told) -> None:
    if heading.role == "document":
        by = ScoredBy("", heading.stage or entry.table.stage or "Administrasi", heading.criterion, Decimal(1))
        answer = False if is_missing(cell) and _is_ticked(entry.table, cell) else _answer(cell)
        if answer is None and not is_missing(cell):
            entry.is_whole = False
            told.add(entry.table, entry.row, heading.text, "recap_answer_unknown", cell, text=as_text(cell))
        elif answer is not None:
            entry.scores.append((heading, by, Decimal(int(answer)), cell))
        return
    by = ScoredBy(
        heading.juror or juror, heading.stage or entry.table.stage, heading.criterion, heading.maximum, heading.weight
    )
    if is_missing(cell):
        return
    number, rule = (_number(cell, mark), None) if isinstance(cell, Percent) else number_of(mark)(cell)
    if number is None or rule:
        entry.is_whole = False
        told.add(entry.table, entry.row, heading.text, rule or "number_invalid", cell, text=as_text(cell))
    elif not 0 <= number <= by.highest:
        entry.is_whole = False
        highest = format(by.highest.normalize(), "f")
        told.add(entry.table, entry.row, heading.text, "score_out_of_range", cell, text=as_text(cell), maximum=highest)
    else:
        rounded = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
        entry.scores.append((heading, by, rounded, cell))


def _is_ticked(table: RecapTable, cell: Cell) -> bool:
    """Whether an empty cell of a checklist says no: it is a dash, or nothing in the list says no in words."""
    if as_text(cell).strip():
        return True
    places = [heading.place for heading in table.of_role("document")]
    answers = [_answer(_cell(row, place)) for _, row, _ in table.rows for place in places]
    return True in answers and False not in answers


def _answer(cell: Cell) -> bool | None:
    text = as_text(cell).strip()
    answers = load_recap_words().answers
    found = answers.get(text)
    return answers.get(simplified(text)) if found is None else found


def _with_results(entries: list[_Entry], told: _Told) -> list[_Entry]:
    """The entries with what a column of results says, where the words are those of passing or not."""
    for entry in entries:
        results = [(heading, cell) for heading, cell in entry.stated.items() if heading.role == "result"]
        for heading, cell in results:
            answer = _answer(cell)
            if answer is None:
                if not is_missing(cell):
                    told.add(entry.table, entry.row, heading.text, "recap_answer_unknown", cell, text=as_text(cell))
                continue
            stage = heading.stage or entry.table.stage or ("Administrasi" if entry.table.of_role("document") else "")
            if stage:
                entry.scores.append((heading, ScoredBy("", stage, "Hasil", Decimal(1)), Decimal(int(answer)), cell))
    return entries


def _with_scales(table: RecapTable) -> list[Heading]:
    """The headings with what a bare number in them means: the highest score, or a weight of scores to a hundred."""
    scale = next(
        (
            Decimal(found["maximum"])
            for text in table.titles
            if (found := load_recap_words().patterns["said_scale"].search(text))
        ),
        None,
    )
    scale = None if scale == WHOLE else scale
    headings = table.headings
    numbered = [one for one in headings if one.role in SCORED and (one.bracket is not None or one.weight is not None)]
    above = below = 0
    mark = _mark(table)
    for _, row, _ in table.rows:
        for heading in numbered:
            number, limit = _number(_cell(row, heading.place), mark), heading.bracket or heading.weight
            if number is not None and limit is not None:
                above += number > limit
                below += number <= limit
    is_weight = above > below
    made = []
    for heading in headings:
        limit = heading.bracket if heading.bracket is not None else heading.weight
        if heading.role not in SCORED or limit is None:
            fits = heading.role in SCORED and heading.role != "document" and heading.maximum is None
            made.append(replace(heading, maximum=scale) if fits and scale else heading)
        elif is_weight:
            made.append(replace(heading, weight=limit, bracket=None, maximum=heading.maximum or scale))
        elif heading.maximum is None:
            made.append(replace(heading, maximum=limit, weight=None, bracket=None))
        else:
            made.append(heading)
    return made


def _only_finals(table: RecapTable, others: Sequence[_Entry], told: _Told) -> list[_Entry]:
    """The entries of a table that states final values only; one that another table scores in detail is no second one.

    The stated value is then the jury's own, which is told.
    """
    titles = {simplified(entry.title) for entry in others if entry.table is not table}
    values = table.of_role("final", "score", "average", "total")
    mark, made = _mark(table), []
    for entry in _entries(table, told):
        place = id(table.sheet), entry.row
        if simplified(entry.title) in titles:
            told.outcomes[place] = "structural"
            continue
        made.append(entry)
        cell = entry.stated.get(values[0]) if values else None
        if not values or entry.scores or is_missing(cell):
            continue
        number = _number(cell, mark)
        if number is None or not 0 <= number <= WHOLE:
            rule, limit = ("number_invalid" if number is None else "score_out_of_range"), WHOLE
            told.add(table, entry.row, values[0].text, rule, cell, scope="row", text=as_text(cell), maximum=limit)
            continue
        rounded = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
        entry.scores.append((values[0], ScoredBy("", table.stage), rounded, cell))
        told.outcomes[place] = "accepted"
    if values and made:
        told.add(table, table.bottom + 1, values[0].text, "recap_only_finals", None, column=values[0].text)
    return made


def _records(entries: Sequence[_Entry], told: _Told) -> pl.DataFrame:
    """Columns of `contracts.JuryRecord`; of a score that stands twice the first counts, another one is set aside."""
    rows: list[dict[str, Any]] = []
    seen: dict[tuple[str, ...], tuple[_Entry, Decimal]] = {}
    for entry in entries:
        key = tuple(simplified(text or "") for text in (entry.category, entry.title, entry.unit))
        common = {"row_number": entry.row, "category": entry.category, "title": entry.title, "unit_name": entry.unit}
        place = id(entry.table.sheet), entry.row
        kept = repeated = 0
        for heading, by, number, cell in entry.scores:
            scorer = (*key, *map(simplified, by.key))
            first = seen.setdefault(scorer, (entry, number))
            if first[0] is entry and not any(scorer == row["_scorer"] for row in rows if row["_entry"] is entry):
                kept += 1
                score = int(number * 100)
                rows.append(
                    {
                        **common,
                        "juror": by.text,
                        "score_x100": score,
                        "match_key": "|".join(scorer),
                        "_scorer": scorer,
                        "_entry": entry,
                    }
                )
            elif first[1] == number:
                repeated += 1
            else:
                told.add(
                    entry.table, entry.row, heading.text, "key_repeated", cell, first=first[0].row, text=entry.title
                )
        if entry.scores and not kept:
            earlier = seen[(*key, *map(simplified, entry.scores[0][1].key))][0]
            told.outcomes[place] = "merged" if repeated == len(entry.scores) else "quarantined"
            told.merged[place] = earlier.table.sheet.name, earlier.row
    return contracts.checked(
        contracts.JuryRecord,
        [
            {
                name: row[name]
                for name in ("row_number", "match_key", "category", "title", "unit_name", "juror", "score_x100")
            }
            for row in rows
        ],
    ).with_columns(pl.Series("_sheet", [id(row["_entry"].table.sheet) for row in rows], dtype=pl.UInt64))


def _tolerance(cell: Cell) -> Decimal:
    """How far a stated number may be from the exact one: half of the last place that it is written with."""
    text = as_text(cell).strip().rstrip("%").replace(",", ".")
    decimals = len(text.partition(".")[2])
    return max(Decimal(1).scaleb(-min(decimals, 2)) / 2, HALF_A_HUNDREDTH) + Decimal("0.0051")


def _check(entries: Sequence[_Entry], told: _Told) -> None:
    """Hold totals, means and places that are stated against the scores."""
    by_table: dict[int, list[tuple[_Entry, Decimal]]] = defaultdict(list)
    for entry in entries:
        parts = [(by, number) for heading, by, number, _ in entry.scores if heading.role not in ("document", "result")]
        if not parts or not entry.is_whole:
            continue
        mark = _mark(entry.table)
        values = _values(parts)
        by_table[id(entry.table)].append((entry, values["final"][0]))
        own = {heading for heading, *_ in entry.scores}
        for heading, cell in entry.stated.items():
            if heading.role not in ("total", "average", "final") or is_missing(cell) or heading in own:
                continue
            stated = _number(cell, mark)
            part = [(by, number) for by, number in parts if not heading.juror or by.juror == heading.juror]
            part = [(by, number) for by, number in part if not heading.stage or by.stage == heading.stage]
            expected = _values(part or parts)[heading.role]
            if stated is None or not any(abs(value - stated) <= _tolerance(cell) for value in expected):
                computed = format(expected[0].quantize(Decimal("0.01"), ROUND_HALF_UP), "f")
                told.add(
                    entry.table,
                    entry.row,
                    heading.text,
                    "recap_total_differs",
                    cell,
                    text=as_text(cell),
                    computed=computed,
                    column=heading.text,
                )
    for judged in by_table.values():
        _check_ranks(judged, told)


def _values(parts: Sequence[tuple[ScoredBy, Decimal]]) -> dict[str, list[Decimal]]:
    """What a total, a mean and a final value may be of some scores, the likeliest first."""
    sums = sum((number for _, number in parts), Decimal(0))
    mean = sums / len(parts)
    jurors: dict[str, list[tuple[ScoredBy, Decimal]]] = defaultdict(list)
    for by, number in parts:
        jurors[by.juror].append((by, number))
    weighed = []
    for own in jurors.values():
        weights = sum((by.weight or Decimal(0) for by, _ in own), Decimal(0))
        if weights:
            weighed.append(
                sum((number / by.highest * WHOLE * (by.weight or 0) for by, number in own), Decimal(0)) / weights
            )
        elif any(by.maximum is not None for by, _ in own):
            weighed.append(sum((number for _, number in own), Decimal(0)))
        elif len(jurors) == 1 and not own[0][0].criterion and not own[0][0].stage:
            weighed.append(own[0][1])
        else:
            weighed.append(sum((number for _, number in own), Decimal(0)) / len(own))
    whole = sum(weighed, Decimal(0))
    first = whole / len(weighed)
    if len(jurors) > 1:
        return {"total": [sums, whole, first], "average": [first, mean], "final": [first, sums, whole, mean]}
    return {
        "total": [first if any(by.weight for by, _ in parts) else sums, sums, first],
        "average": [mean, first],
        "final": [first, sums, mean],
    }


def _check_ranks(judged: Sequence[tuple[_Entry, Decimal]], told: _Told) -> None:
    """Tell places that do not follow from the scores, neither in the category nor in the whole table."""
    for entry, value in judged:
        for heading, cell in entry.stated.items():
            place = _place_in(cell) if heading.role == "rank" else None
            if place is None:
                continue
            alike = [other for one, other in judged if simplified(one.category) == simplified(entry.category)]
            possible = set()
            for others in (alike, [other for _, other in judged]):
                better, equal = sum(other > value for other in others), sum(other == value for other in others)
                possible |= set(range(better + 1, better + equal + 1))
            if place not in possible:
                told.add(
                    entry.table,
                    entry.row,
                    heading.text,
                    "recap_rank_differs",
                    cell,
                    text=as_text(cell),
                    computed=min(possible),
                    column=heading.text,
                )


def _place_in(cell: Cell) -> int | None:
    """The place that a cell states: 1, I, "Juara 2", "Harapan 1" (which follows the third)."""
    words = simplified(as_text(cell)).split()
    if not words:
        return None
    number = int(words[-1]) if words[-1].isdecimal() else _ROMAN.get(words[-1])
    if number is None or len(words) > 3:
        return None
    return number + 3 if "harapan" in words else number


def _match(table: RecapTable, layout: Layout) -> Match:
    """Where the recap stands, for the receipt."""
    width = max((heading.place for heading in table.headings), default=0) + 1
    headers = [""] * width
    for heading in table.headings:
        headers[heading.place] = heading.text
    columns = {"title": table.place("title", "unit", "participant") or 0}
    if (unit := table.place("unit")) is not None:
        columns["unit_name"] = unit
    first = table.of_role(*SCORED, "total", "average", "final", "result", "unknown")
    columns |= {"score": first[0].place} if first else {}
    return Match(layout, table.sheet, table.bottom + 1, columns, {}, {}, tuple(headers))


def _parsed(sheets: Sequence[Sheet], tables: Sequence[RecapTable], records: pl.DataFrame, told: _Told) -> ParsedFile:
    """The parsed file: every row of every sheet with its outcome, and records under numbers of their own."""
    read = {id(table.sheet) for table in tables}
    is_several = len(read) > 1
    starts: dict[int, int] = {}
    frames, start = [], 0
    for sheet in sheets:
        starts[id(sheet)] = start
        numbers, texts = originals(sheet)
        places = [(id(sheet), number) for number in numbers]
        outcomes = [told.outcomes.get(place, "structural") for place in places]
        targets = [
            told.merged.get(place) if outcome == "merged" else None
            for place, outcome in zip(places, outcomes, strict=True)
        ]
        columns: Mapping[str, Any] = {
            "row_number": numbers,
            "sheet": [sheet.name] * len(numbers),
            "outcome": outcomes,
            "original": texts,
            "merged_into": [None if target is None else target[1] for target in targets],
            "merged_sheet": [None if target is None or target[0] == sheet.name else target[0] for target in targets],
            "read_as": [number + start if is_several else None for number in numbers],
        }
        frames.append(contracts.frame_of(contracts.ParsedRow, columns))
        start += len(sheet.rows)
    numbered = records.with_columns(
        (
            pl.col("row_number") + (pl.col("_sheet").replace_strict(starts, return_dtype=pl.Int64) if is_several else 0)
        ).alias("row_number")
    ).drop("_sheet")
    return ParsedFile(
        rows=contracts.held(contracts.ParsedRow, pl.concat(frames)),
        quarantine=contracts.checked(contracts.Rejection, told.cells),
        records=contracts.held(contracts.JuryRecord, numbered),
        answers=pl.DataFrame(),
    )
