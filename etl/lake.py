"""Parsed files as Parquet, each under a key of all that its result depends on, so that nothing is parsed twice."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

import polars as pl

from etl import contracts
from etl.cells import UnreadableFile, read_cells
from etl.columns import EditionScale
from etl.detect import choose_layout, within_threshold
from etl.layout import load_layout, load_layouts
from etl.read import ParsedFile, hold, read_file
from etl.receipt import Receipt
from etl.returned import origin_of
from iga.rulebook import RulebookUse, rulebooks_for
from warehouse.home import Home
from warehouse.language import translator

NORMALISER = (
    "cells.py",
    "columns.py",
    "contracts.py",
    "detect.py",
    "lake.py",
    "layout.py",
    "normalise.py",
    "origin.py",
    "read.py",
    "returned.py",
    "statements.py",
    "table.py",
    "limits.toml",
    "thresholds.toml",
    "vocabulary.toml",
)
FRAMES = ("rows", "quarantine", "records", "answers", "origins")


@dataclass(frozen=True)
class LakeFile:
    """One parsed file: which layout was taken and why, or why it was held, and its frames."""

    receipt: Receipt
    layout: str | None
    reason: str
    held_rule: str | None
    held_detail: dict[str, str]
    stated_total: int | None
    frames: dict[str, pl.DataFrame]
    was_parsed: bool
    corrects: str | None = None
    """the sha256 of the file that this one corrects, where it is a marked-up workbook that came back"""
    merged_elsewhere: dict[int, str] = field(default_factory=dict)
    """row -> source_id of the row of another file that says the same"""


@cache
def normaliser_hash() -> str:
    """A hash of the code and words that turn cells into values: a change parses everything again."""
    digest = hashlib.sha256()
    for name in NORMALISER:
        digest.update(resources.files("etl").joinpath(name).read_bytes())
    digest.update(resources.files("warehouse").joinpath("reference/government_affairs.csv").read_bytes())
    return digest.hexdigest()


@cache
def scale_of(edition: int | None) -> EditionScale:
    """What reading needs of an edition's rulebook; nothing is assumed for an edition without one."""
    uses: list[RulebookUse] = rulebooks_for(edition) if edition is not None else []
    if not uses:
        return EditionScale(None, {}, edition)
    # Where the edition states no maximum, its estimate is on the newest rulebook's scale (maturity_scale_assumed).
    maxima = [use.rulebook.parameters.maturity_maximum.value for use in uses]
    groups = uses[0].rulebook.sid_groups
    return EditionScale(
        maturity_maximum=next((maximum for maximum in maxima if maximum is not None), None),
        weights={group.number: group.top_points / group.top_level for group in groups},
        edition=edition,
    )


def lake_key(receipt: Receipt) -> str:
    """The name of a parse: file, layout (all layouts while none is stated), normaliser, scale of the edition."""
    stated = receipt.layout if receipt.layout in load_layouts() else None
    parts = [
        receipt.file_sha256,
        receipt.layout or "",
        str(receipt.region_code is None or receipt.edition is None),
        _layouts_hash(stated),
        normaliser_hash(),
        _scale_text(receipt.edition),
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]


@cache
def _layouts_hash(stated: str | None) -> str:
    return load_layout(stated).content_hash if stated else "|".join(one.content_hash for one in load_layouts().values())


@cache
def _scale_text(edition: int | None) -> str:
    scale = scale_of(edition)
    return f"{scale.edition}|{scale.maturity_maximum!r}|{sorted(scale.weights.items())!r}"


def parse_into_lake(home: Home, receipt: Receipt, content: bytes) -> LakeFile:
    """The parsed file: from the lake when nothing that it depends on has changed, else parsed and kept there."""
    folder = home.lake / receipt.file_sha256[:2] / receipt.file_sha256 / lake_key(receipt)
    if not (folder / "parse.json").is_file():
        layout, reason, parsed = _parse(receipt, content)
        _store(folder, layout, reason, parsed)
        return _loaded(folder, receipt, was_parsed=True)
    return _loaded(folder, receipt, was_parsed=False)


def _parse(receipt: Receipt, content: bytes) -> tuple[str | None, str, ParsedFile]:
    try:
        file_format, sheets = read_cells(content)
    except UnreadableFile as error:
        message, _, fix = error.told(translator("id"))
        return None, "", hold([], "unreadable", detail=message, fix=fix)
    if receipt.region_code is None or receipt.edition is None:
        return None, "", hold(sheets, "place_unknown", detail=receipt.problem)
    if receipt.layout is not None and receipt.layout not in load_layouts():
        return None, "", hold(sheets, "layout_unknown", detail=receipt.layout)
    choice = choose_layout(file_format, sheets, scale_of(receipt.edition), receipt.layout)
    if choice.match is None:
        return None, choice.reason, hold(sheets, choice.held_rule, **choice.held_detail)
    parsed = within_threshold(read_file(choice.match, sheets, scale_of(receipt.edition)), sheets)
    parsed.corrects = origin_of(sheets)
    return choice.match.layout.name, choice.reason, parsed


def _store(folder: Path, layout: str | None, reason: str, parsed: ParsedFile) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".parse-"))
    for name in FRAMES:
        frame: pl.DataFrame = getattr(parsed, name)
        if frame.width:
            frame.write_parquet(private / f"{name}.parquet")
    facts = {
        "layout": layout,
        "reason": reason,
        "held_rule": parsed.held_rule,
        "held_detail": parsed.held_detail,
        "stated_total": parsed.stated_total,
        "corrects": parsed.corrects,
    }
    (private / "parse.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    try:
        private.replace(folder)
    except OSError:
        # A folder without its last file is left over from a load that was cut off.
        shutil.rmtree(folder, ignore_errors=True)
        private.replace(folder)


def _loaded(folder: Path, receipt: Receipt, *, was_parsed: bool) -> LakeFile:
    facts = json.loads((folder / "parse.json").read_text(encoding="utf-8"))
    frames = {
        name: pl.read_parquet(path) if (path := folder / f"{name}.parquet").is_file() else pl.DataFrame()
        for name in FRAMES
    }
    return LakeFile(receipt, frames=frames, was_parsed=was_parsed, **facts)


def answer_numbers(answers: pl.DataFrame) -> list[str]:
    """The indicator numbers of a wide frame of answers."""
    prefix = contracts.INDICATOR_PREFIXES[0]
    return [name.removeprefix(prefix) for name in answers.columns if name.startswith(prefix)]
