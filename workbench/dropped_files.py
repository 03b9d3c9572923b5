"""What a file that was laid into the inbox is, in words, and what is to be done with it next."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from warehouse.errors import MendableError
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.evidence_list import TakenBack, take_back
from workbench.mentoring_sheets import is_mentoring_sheet

TABLES = frozenset({".xlsx", ".xlsm", ".xls", ".csv", ".ods", ".html", ".htm"})
"""Endings of files that are looked into when they arrive; others are looked into by the load."""
LOOKED_AT = 1 << 20
"""Bytes of a part of a file that are searched for what marks a list to tick."""
MOST_PARTS = 8
_STRINGS, _SHEETS = "xl/sharedStrings.xml", "xl/worksheets/"
_LINE = re.compile(rb"e[0-9a-f]+_\d{1,2}[a-z]?_[0-9a-f]{64}")
"""What stands in the last column of a list of evidence to tick."""


def told_file(home: Home, path: Path, edition: int, language: Language) -> dict[str, str]:
    """Return `what` a file of the inbox is and the `next_step`; both empty where only the load can say it."""
    _ = language
    if is_mentoring_sheet(path):
        return {"what": _("sheet of mentoring"), "next_step": _("Load: it is read into the log of mentoring.")}
    if is_tick_list(path):
        step = _("Load: what was ticked is taken as the mentor's answer.")
        return {"what": _("list of evidence, ticked"), "next_step": step}
    if path.suffix.casefold() not in TABLES:
        step = _("Load: lists in it are read. Evidence belongs into the folder evidence of the home, designs and "
                 "decrees onto the page of the clinic.")  # fmt: skip
        return {"what": _("document"), "next_step": step}
    from etl.cells.sheets import UnreadableFile
    from etl.worker.cells_apart import read_cells_apart

    try:
        file_format, sheets = read_cells_apart(path.read_bytes())
    except (UnreadableFile, OSError):
        return {"what": "", "next_step": ""}
    from etl.lake import scale_of
    from etl.parse import layout_of
    from etl.recognition.home_layouts import home_layouts

    layout = layout_of(file_format, sheets, scale_of(edition), home_layouts(home).layouts)
    if layout is None:
        step = _("Load: it is set aside as a whole, and this page asks what its columns are.")
        return {"what": _("a list that is not known yet"), "next_step": step}
    what = layout.title_id if _.code == "id" else layout.title_en
    return {"what": what, "next_step": _("Load: it is read.")}


def take_tick_lists(home: Home) -> tuple[list[tuple[str, TakenBack]], list[MendableError]]:
    """Take every ticked list of evidence that lies in the inbox, and move it to `evidence/received/`.

    One that cannot be taken stays where it is, and why is told. Without a snapshot none is taken.
    """
    done: list[tuple[str, TakenBack]] = []
    refused: list[MendableError] = []
    for path in sorted(home.inbox.glob("*/*/*")):
        city, edition = path.parts[-3:-1]
        if not edition.isdecimal() or not is_tick_list(path):
            continue
        try:
            done.append((path.name, _taken(home, path, resolve_city(city).region_code, int(edition))))
        except MendableError as error:
            refused.append(error)
    return done, refused


def _taken(home: Home, path: Path, region_code: str, edition: int) -> TakenBack:
    from analysis import open_snapshot
    from analysis.evidence.season_evidence import read_season_evidence
    from analysis.season.frames import read_season_frames
    from warehouse import disk
    from warehouse.home import sha256_of

    with open_snapshot(home=home.root) as snapshot:
        frames = read_season_frames(snapshot, region_code, edition)
    taken = take_back(home, path, read_season_evidence(home, frames), region_code, edition)
    kept = home.root / "evidence" / "received" / f"{region_code}-{edition}-{sha256_of(path)[:8]}-{path.name}"
    disk.make_folder(kept.parent)
    disk.replace(path, kept)
    return taken


def is_tick_list(path: Path) -> bool:
    """Return whether a workbook or CSV holds the keys of a list to tick, by a look at its texts alone."""
    suffix = path.suffix.casefold()
    try:
        if suffix == ".csv":
            with path.open("rb") as stream:
                return bool(_LINE.search(stream.read(LOOKED_AT)))
        if suffix not in (".xlsx", ".xlsm"):
            return False
        with zipfile.ZipFile(path) as archive:
            parts = [name for name in archive.namelist() if name == _STRINGS or name.startswith(_SHEETS)]
            return any(_LINE.search(_beginning(archive, name)) for name in parts[:MOST_PARTS])
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError):
        return False


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(LOOKED_AT)
