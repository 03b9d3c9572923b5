"""The sheets of mentoring: written for a unit, parent unit or mentor with what is known, read back into the log."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from warehouse import disk
from warehouse.errors import DataFileInvalid, MendableError, UnknownName
from warehouse.file_names import slug
from warehouse.home import Home, sha256_of
from warehouse.language import Language
from warehouse.region import Region, resolve_city

if TYPE_CHECKING:
    from analysis.mentoring.log_file import MentoringLog, StepFault
    from analysis.mentoring.rounds import Mentoring
    from iga.rulebook import Rulebook
    from warehouse.snapshot import Snapshot

INDONESIAN = Language("id")
"""Sheets are Indonesian, whoever writes them: units fill them in."""
SHEET = "Pendampingan"
"""The name of the sheet, by which a returned one is known again whatever its file is called."""
HEADER_ROW = 4
KNOWN = ("Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Indikator")
INFORMATION = (
    "Level Mandiri", "Poin Mandiri", "Arti Level Mandiri", "Level Verifikasi", "Poin Verifikasi", "Level Akhir",
    "Diminta Rencana", "Alasan Terakhir", "Jawaban Terakhir", "Giliran",
)  # fmt: skip
FILLED_IN = ("Tanggal", "Putaran", "Alasan Penilai", "Jawaban Unit", "Bukti", "Level Hasil", "Hasil", "Oleh")
DEVELOPMENT = (
    "Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Sudah Diajukan", "Tanggal Penerapan",
    "Keadaan Bukti Pengembangan",
    "Putaran", "Tanggal Pengembangan", "Jawaban Unit", "Bukti", "Oleh",
)  # fmt: skip
LARGEST_INDEX = 1 << 16
"""Bytes of the list of sheets of a workbook that are looked at."""
RECEIVED = "received"
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_UNITS = """
select submission.submission_id, submission.unit_id, parent.name as parent_name,
    (select min(external_id) from external_id e
        where e.innovation_id = submission.innovation_id and e.edition = submission.edition) as external_id
from submission left join unit on unit.unit_id = submission.unit_id
left join unit as parent on parent.unit_id = unit.parent_unit_id
where submission.region_code = $region and submission.edition = $edition
"""


class CutBy(StrEnum):
    """How the sheets are cut into files."""

    city = "city"
    parent = "parent"
    unit = "unit"
    mentor = "mentor"


def mentoring_sheets(
    snapshot: Snapshot, home: Home, region: Region, edition: int, by: CutBy, on: date, *, with_names: bool = False
) -> dict[str, bytes]:
    """Return the sheets of a season by group (empty: all in one). Raises UnknownName where nothing is known of it."""
    from analysis.mentoring.rounds import read_mentoring

    mentoring = read_mentoring(snapshot, home, region.region_code, edition, on)
    rulebook = snapshot.rulebooks.of(edition) if edition in snapshot.rulebooks else None
    groups: dict[str, list[list[Any]]] = {}
    cuts = _cuts(snapshot, home, region, edition, by, with_names=with_names)
    for submission_id, line in _lines(snapshot, home, mentoring, rulebook):
        groups.setdefault(cuts.get(submission_id, ""), []).append(line)
    return {cut: _workbook(region, edition, lines) for cut, lines in groups.items()}


def development_sheet(snapshot: Snapshot, home: Home, region: Region, edition: int) -> bytes:
    """Return the sheet that asks for the proof of development of what could be entered again. Raises UnknownName."""
    from analysis.mentoring.log_file import words_for
    from analysis.mentoring.reentry import read_reentries

    found = read_reentries(snapshot, home, region.region_code, edition)
    rows = found.rows.filter(pl.col("state").is_in(["counts_with_proof", "rules_not_known"]))
    word = words_for("round")["development"]
    lines = [
        [
            row["innovation_id"], row["title"], row["unit_name"], row["editions"], row["implementation_date"],
            INDONESIAN.label("reentry_proof", row["proof"]), word, None, None, None, None,
        ]
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    title = f"BUKTI PENGEMBANGAN INOVASI {region.full_name.upper()} {edition}"
    rule = (found.rules.rule_id if found.rules else None) or "Aturan edisi ini belum diketahui."
    guide = (
        f"{rule} Isi Tanggal Pengembangan, jelaskan pengembangannya pada Jawaban Unit, dan sebutkan berkas buktinya."
    )
    return _book(title, guide, DEVELOPMENT, lines, frozenset(DEVELOPMENT[7:]))


def _cuts(
    snapshot: Snapshot, home: Home, region: Region, edition: int, by: CutBy, *, with_names: bool
) -> dict[str, str]:  # fmt: skip
    """Submission -> the group of its file."""
    from analysis.season.assignment import named_or_numbered, read_assignments

    units = snapshot.sql(_UNITS, {"region": region.region_code, "edition": edition})
    names = snapshot.sql(
        "select submission_id, unit_name from submission where region_code = $region and edition = $edition",
        {"region": region.region_code, "edition": edition},
    )
    by_id = dict(names.iter_rows())
    if by is CutBy.city:
        return {}
    if by is CutBy.unit:
        return by_id
    if by is CutBy.parent:
        return {
            row["submission_id"]: row["parent_name"] or by_id[row["submission_id"]]
            for row in units.iter_rows(named=True)
        }
    register = snapshot.sql(
        "select unit_id, unit_code, name, parent_unit_id from unit where region_code = $region order by name, unit_id",
        {"region": region.region_code},
    )
    mentors = read_assignments(home, region.region_code, register).mentors
    shown = named_or_numbered(mentors.values(), "Mentor", INDONESIAN, with_names=with_names)
    none = INDONESIAN("without a mentor")
    return {
        row["submission_id"]: shown[mentors[row["unit_id"]]] if row["unit_id"] in mentors else none
        for row in units.iter_rows(named=True)
    }


def _lines(
    snapshot: Snapshot, home: Home, mentoring: Mentoring, rulebook: Rulebook | None
) -> Iterator[tuple[str, list[Any]]]:
    """Yield the rows of the season: each indicator of which something is known or asked, else the innovation."""
    from analysis.mentoring.log_file import words_for

    season: dict[str, object] = {"region": mentoring.region_code, "edition": mentoring.edition}
    numbers = dict(snapshot.sql(_UNITS, season).select("submission_id", "external_id").iter_rows())
    asked = _asked(snapshot, home, mentoring)
    rounds = {(row["submission_id"], row["indicator_number"]): row for row in mentoring.rounds.iter_rows(named=True)}
    moves = {(row["submission_id"], row["indicator_number"]): row for row in mentoring.moves.iter_rows(named=True)}
    words, names, texts = words_for("round"), _names(rulebook), _level_texts(rulebook)
    submissions = snapshot.sql(
        "select submission_id, innovation_id, title, unit_name from submission "
        "where region_code = $region and edition = $edition order by unit_name, title, submission_id",
        season,
    )
    own: dict[str, set[str | None]] = {}
    for submission_id, number in [*rounds, *moves, *asked]:
        own.setdefault(submission_id or "", set()).add(number)
    for row in submissions.iter_rows(named=True):
        submission_id = row["submission_id"]
        for number in sorted(own.get(submission_id, {None}), key=_by_number):
            at = (submission_id, number)
            known, move = rounds.get(at, {}), moves.get(at, {})
            named = None if number is None else f"{number}. {names.get(number, '')}".rstrip(". ")
            yield (
                submission_id,
                [
                    numbers.get(submission_id) or row["innovation_id"], row["title"], row["unit_name"], named,
                    known.get("claimed_level"), known.get("claimed_points"),
                    texts.get((number or "", known.get("claimed_level"))),
                    known.get("verified_level"), known.get("verified_points"), known.get("final_level"),
                    asked.get(at), move.get("reason"), move.get("reply"),
                    INDONESIAN.label("mentoring_move", move["who"]) if move else None,
                    None, words[move.get("round") or "claimed"], None, None, None, None, None, None,
                ],
            )  # fmt: skip


def _by_number(number: str | None) -> tuple[int, str]:
    digits = re.match(r"\d+", number or "")
    return (int(digits[0]) if digits else -1, number or "")


def _names(rulebook: Rulebook | None) -> dict[str, str]:
    groups = rulebook.sid_groups if rulebook is not None else ()
    return {number: group.name_id for group in groups for number in group.numbers}


def _level_texts(rulebook: Rulebook | None) -> dict[tuple[str, int | None], str]:
    """What each level of an indicator says, by number and level."""
    groups = rulebook.sid_groups if rulebook is not None else ()
    members = [(number, group.members[0]) for group in groups for number in group.numbers]
    return {(number, level.level): level.text_id for number, member in members for level in member.levels}


def _asked(snapshot: Snapshot, home: Home, mentoring: Mentoring) -> dict[tuple[str, str | None], str]:
    """What the plan asks of each innovation, by indicator; nothing where there is no plan."""
    from analysis.planning.one_plan import season_plan
    from analysis.planning.plan_list import plan_rows
    from iga.planning.actions import RAISE
    from iga.planning.single_valued_rules import PlanImpossible

    _ = INDONESIAN
    try:
        plan = season_plan(snapshot, home, mentoring.region_code, mentoring.edition, mentoring.on)
    except (PlanImpossible, UnknownName):
        return {}
    told: dict[tuple[str, str | None], str] = {}
    for row in plan_rows(plan, _).filter(kind=RAISE).iter_rows(named=True):
        number = re.match(r"\d+[a-z]?", row["indicator"] or "")
        text = _("to level {level}").format(level=row["to_level"])
        told[row["innovation_id"], number[0] if number else None] = text
    return told


def _workbook(region: Region, edition: int, lines: Sequence[Sequence[Any]]) -> bytes:
    title = f"LEMBAR PENDAMPINGAN INOVASI {region.full_name.upper()} {edition}"
    guide = (
        "Isi kolom kuning saja, satu baris per langkah; baris boleh disalin. Putaran: mandiri, verifikasi, sanggahan, "
        "akhir. Hasil: diterima, diturunkan, ditolak, dikirim. Tanggal: 14/08/2026."
    )
    return _book(title, guide, (*KNOWN, *INFORMATION, *FILLED_IN), lines, frozenset(FILLED_IN))


def _book(
    title: str, guide: str, header: Sequence[str], lines: Sequence[Sequence[Any]], filled_in: frozenset[str]
) -> bytes:
    import xlsxwriter

    from analysis.mentoring.log_file import words_for

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        sheet = workbook.add_worksheet(SHEET)
        bold = {"bold": True, "text_wrap": True, "valign": "top", "border": 1}
        heads = {
            True: workbook.add_format({**bold, "bg_color": "#FFF2CC"}),
            False: workbook.add_format({**bold, "bg_color": "#E9EDF1"}),
        }
        plain, day = (
            workbook.add_format({"num_format": "@", "valign": "top", "text_wrap": True}),
            workbook.add_format({"num_format": "yyyy-mm-dd"}),
        )
        sheet.write_string(0, 0, title, workbook.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, guide)
        for column, text in enumerate(header):
            sheet.write_string(HEADER_ROW - 1, column, text, heads[text in filled_in])
        for row, line in enumerate(lines, start=HEADER_ROW):
            for column, value in enumerate(line):
                if isinstance(value, date):
                    sheet.write_datetime(row, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(row, column, value, plain)
                elif value is not None:
                    sheet.write_number(row, column, value)
        for name, kind in (("Putaran", "round"), ("Hasil", "result")):
            if name in header:
                at = list(header).index(name)
                source = {"validate": "list", "source": list(words_for(kind).values())}
                sheet.data_validation(HEADER_ROW, at, HEADER_ROW + len(lines) + 200, at, source)
        sheet.freeze_panes(HEADER_ROW, 2)
        sheet.set_column(0, len(header) - 1, 14)
        sheet.set_column(1, 1, 36)
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW - 1)
    return stream.getvalue()


@dataclass(frozen=True)
class ReadSheet:
    """What came of a returned sheet: how many steps it has, how many were new, and what could not be read."""

    file: str
    step_count: int
    new_count: int
    faults: tuple[StepFault, ...]


def read_sheet(home: Home, region_code: str, edition: int, content: bytes, file: str, on: date) -> ReadSheet:
    """Add what a returned sheet says to the log of the season; what is not filled in says nothing.

    Raises DataFileInvalid where it is no such sheet, or its title names another edition; nothing is kept then.
    """
    from analysis.mentoring.log_file import append_steps

    log = steps_of_sheet(content, file, edition, on)
    added = append_steps(home, region_code, edition, log.steps)
    return ReadSheet(file, len(log.steps), added, log.faults)


def steps_of_sheet(content: bytes, file: str, edition: int, on: date) -> MentoringLog:
    """Return what a returned sheet says. Raises DataFileInvalid."""
    from analysis.mentoring.log_file import steps_of_rows
    from etl.cells.sheets import UnreadableFile
    from etl.worker.cells_apart import read_cells_apart

    try:
        _format, sheets = read_cells_apart(content)
    except UnreadableFile as error:
        raise DataFileInvalid(
            "{file} cannot be read as a workbook", next_step="open it and save it as .xlsx or .csv", file=file
        ) from error
    sheet = next((one for one in sheets if one.name == SHEET), sheets[0] if sheets else None)
    rows = [] if sheet is None else [(number, row) for number, row in enumerate(sheet.rows, start=1)]
    years = _YEAR.findall(str(rows[0][1][0] or "")) if rows and rows[0][1] else []
    if years and str(edition) not in years:
        raise DataFileInvalid(
            "The title of {file} names {stated}, not {edition}",
            next_step="name the edition of the sheet, or correct its title",
            file=file,
            stated=", ".join(years),
            edition=edition,
        )
    return steps_of_rows(rows, file, is_sheet=True, on=on)


def is_mentoring_sheet(path: Path) -> bool:
    """Return whether a workbook has the sheet of mentoring, by its list of sheets alone."""
    if path.suffix.casefold() not in (".xlsx", ".xlsm"):
        return False
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            return f'name="{SHEET}"'.encode() in part.read(LARGEST_INDEX)
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, EOFError, ValueError):
        return False


def take_sheets_of_inbox(home: Home, on: date) -> tuple[list[ReadSheet], list[MendableError]]:
    """Read every sheet of mentoring that lies in the inbox, and move it to `mentoring/<city>/received/`.

    One that cannot be read stays where it is, and why is told; the others are read all the same.
    """
    done: list[ReadSheet] = []
    refused: list[MendableError] = []
    for path in sorted(home.inbox.glob("*/*/*.xls[xm]")):
        city, edition = path.parts[-3:-1]
        if not edition.isdecimal() or not is_mentoring_sheet(path):
            continue
        try:
            code = resolve_city(city).region_code
            done.append(read_sheet(home, code, int(edition), path.read_bytes(), path.name, on))
        except MendableError as error:
            refused.append(error)
            continue
        kept = home.root / "mentoring" / code / RECEIVED / f"{edition}-{sha256_of(path)[:8]}-{path.name}"
        disk.make_folder(kept.parent)
        disk.replace(path, kept)
    return done, refused


def sheet_file_name(region: Region, edition: int, cut: str, *, is_development: bool = False) -> str:
    """Return the name of a sheet's file."""
    stem = "bukti-pengembangan" if is_development else "lembar-pendampingan"
    return f"{stem}-{region.region_code}-{edition}{f'-{slug(cut)[:60]}' if cut else ''}.xlsx"
