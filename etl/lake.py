"""Parsed files as Arrow, each under a key of all that its result depends on, so that nothing is parsed twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import polars as pl

from etl import contracts
from etl.cells.sheets import UnreadableFile, read_cells
from etl.layout.declared import Layout, load_layouts
from etl.load_code import load_code_hash
from etl.parse_apart import (
    FRAMES,
    Reading,
    Submit,
    any_fits,
    as_blocks,
    ask_to_parse,
    blamed_reading,
    fits_apart,
    frames_of,
    parse_here,
)
from etl.receipt import Receipt
from etl.values.columns import EditionScale, scale_under
from etl.values.normalise import NO_WORDS, OwnWords
from etl.worker.blamed import BlamedFiles
from etl.worker.pool import FileBlamed
from iga.rulebook import Rulebooks, shipped_rulebooks
from warehouse import disk
from warehouse.home import Home
from warehouse.keeping.archive import sealed, unsealed

BY_LAYOUTS = ("layout_unknown", "layout_ambiguous", "layout_doubtful", "columns_repeated", "recap_unreadable")
"""Rules that hold a file by the layouts there are: it is read again where one of these has changed or come."""
WITHOUT_LAYOUT = ("unreadable", "place_unknown")
"""Rules that hold a file before any layout is tried."""
DEPENDS_ON = ("fitting", "layouts", "blocks", "parts")
"""Facts of a parse that say whether it still stands, and is whole: `parts` has the hash of each file beside it."""
FRAMES_FILE = "frames.arrow"
"""The frames of a parse as streams of Arrow, one after the other: `blocks` of its facts has the length of each."""


@dataclass(frozen=True)
class LakeFile:
    """One parsed file: which layout was taken and why, or why it was held, and its frames."""

    receipt: Receipt
    layout: str | None
    reason: dict[str, str]
    held_rule: str | None
    held_detail: dict[str, str]
    stated_total: int | None
    frames: dict[str, pl.DataFrame]
    was_parsed: bool
    declared: Layout | None = None
    """the layout of that name, shipped or the home's"""
    corrects: str | None = None
    """the sha256 of the file that this one corrects, or its beginning, where it is a workbook that came back"""
    own_word: list[dict[str, str]] = field(default_factory=list)
    """what the file itself says of its region and year (`etl.recognition.own_word`)"""
    merged_elsewhere: dict[int, str] = field(default_factory=dict)
    """row -> source_id of the row of another file that says the same"""
    mended: frozenset[str] = frozenset()
    """source_id of rows of the file that went back that were set aside, and that this one puts right"""


def normaliser_hash() -> str:
    """A hash of the code, words and thresholds that turn cells into values: a change parses everything again.

    It is what `etl.parse` runs. The layouts are left out: a key holds the one that was stated, and a parse those that
    fitted (`_still_stands`), so that a new layout parses only what it fits. Rulebooks decide by the scale of their
    edition, which stands in the key. Home, archive and receipts give a parse its bytes and decide nothing in it.
    """
    return load_code_hash("etl.parse", "etl/layouts")


def scale_of(edition: int | None, rulebooks: Rulebooks | None = None, words: OwnWords = NO_WORDS) -> EditionScale:
    """What reading needs of an edition's rulebook; of an edition without one only the range of levels is assumed.

    `rulebooks` are those that the edition is looked up in, the shipped ones unless they are given; `words` are those
    that the home has confirmed.
    """
    scale = _scale_of(edition, rulebooks or shipped_rulebooks())
    return replace(scale, words=words) if words else scale


@lru_cache(maxsize=256)
def _scale_of(edition: int | None, rulebooks: Rulebooks) -> EditionScale:
    uses = [] if edition is None else rulebooks.uses_for(edition)
    own, estimate = (*(use.rulebook for use in uses), None, None)[:2]
    return scale_under(edition, own, estimate, rulebooks)


def layouts_for(receipt: Receipt, own: Iterable[Layout]) -> tuple[Layout, ...]:
    """Return those of the home's own layouts that a file's sender may use."""
    return tuple(layout for layout in own if not layout.senders or receipt.region_code in layout.senders)


def lake_key(
    receipt: Receipt, rulebooks: Rulebooks | None = None, words: OwnWords = NO_WORDS, own: Sequence[Layout] = ()
) -> str:
    """The name of a parse: file, stated layout, normaliser, scale of the edition, words of the home.

    While no layout is stated, the parse itself says which layouts it depends on (`_still_stands`).
    """
    # Layouts are loaded only where one is stated: an unchanged inbox needs none of them.
    stated = None if receipt.layout is None else _known(layouts_for(receipt, own)).get(receipt.layout)
    parts = [
        receipt.file_sha256,
        receipt.layout or "",
        f"no place: {receipt.problem}" if _is_unplaced(receipt) else "",
        stated.content_hash if stated else "detected",
        normaliser_hash(),
        _scale_text(receipt.edition, rulebooks or shipped_rulebooks()),
        json.dumps(words, sort_keys=True),
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]


def _known(own: Iterable[Layout]) -> dict[str, Layout]:
    return {**load_layouts(), **{layout.name: layout for layout in own}}


def _layout_hashes(own: Iterable[Layout]) -> dict[str, str]:
    return {name: layout.content_hash for name, layout in _known(own).items()}


@lru_cache(maxsize=256)
def _scale_text(edition: int | None, rulebooks: Rulebooks) -> str:
    scale = _scale_of(edition, rulebooks)
    named = (scale.weights, scale.tops, scale.names, scale.lines)
    stated = (scale.edition, scale.maturity_maximum, scale.highest_level, *(sorted(each.items()) for each in named))
    return "|".join(map(repr, stated))


def parse_into_lake(
    home: Home,
    receipt: Receipt,
    content: Callable[[], bytes],
    rulebooks: Rulebooks | None = None,
    words: OwnWords = NO_WORDS,
    *,
    submit: Submit | None = None,
    blamed: BlamedFiles | None = None,
    own: Sequence[Layout] = (),
) -> LakeFile:
    """The parsed file: from the lake when nothing that it depends on has changed, else parsed and kept there.

    It is parsed in this process, or by one of those that `submit` asks. `own` are the home's layouts.
    """
    return begin_to_parse(home, receipt, content, rulebooks, words, submit=submit, blamed=blamed, own=own)()


def begin_to_parse(
    home: Home,
    receipt: Receipt,
    content: Callable[[], bytes],
    rulebooks: Rulebooks | None = None,
    words: OwnWords = NO_WORDS,
    *,
    submit: Submit | None = None,
    blamed: BlamedFiles | None = None,
    own: Sequence[Layout] = (),
) -> Callable[[], LakeFile]:
    """Begin what `parse_into_lake` does, and return what waits for its end; files are read at the same time.

    A file whose reading ends a process is held and put among the `blamed`, and is not read as long as it stands there.
    """
    if blamed is not None and (detail := blamed.detail_of(receipt.file_sha256)) is not None:
        held = _held(receipt, detail)
        return lambda: held
    own = layouts_for(receipt, own)
    folder = home.lake / receipt.file_sha256[:2] / receipt.file_sha256 / lake_key(receipt, rulebooks, words, own)
    facts = _kept_facts(folder)
    try:
        if facts is not None and _still_stands(folder, facts, receipt, content, submit, own):
            # A file that a power cut left damaged is no reason to stop: its bytes are in the archive.
            with contextlib.suppress(OSError, pl.exceptions.PolarsError, _PartDamaged):
                kept = _file(facts, receipt, _kept_frames(folder, facts), was_parsed=False, own=own)
                return lambda: kept
    except UnreadableFile:
        pass  # the parse tells what is wrong
    problem = receipt.problem if _is_unplaced(receipt) else None
    asked = (content, scale_of(receipt.edition, rulebooks, words), receipt.layout, problem, own)
    waits = partial(parse_here, *asked) if submit is None else ask_to_parse(submit, *asked)
    return lambda: _parsed(folder, receipt, waits, blamed, own)


def _parsed(
    folder: Path,
    receipt: Receipt,
    reading: Callable[[], Reading],
    blamed: BlamedFiles | None,
    own: Sequence[Layout],
) -> LakeFile:
    try:
        read = reading()
    except FileBlamed as error:
        if blamed is not None:
            blamed.blame(receipt.file_sha256, error.detail)
        return _held(receipt, error.detail)
    except UnreadableFile as error:  # too large to be taken into memory
        read = blamed_reading(error.detail)
    facts = _store(folder, read, own)
    return _file(facts, receipt, {name: getattr(read.parsed, name) for name in FRAMES}, was_parsed=True, own=own)


def _held(receipt: Receipt, detail: dict[str, str]) -> LakeFile:
    """A file of which nothing is read and nothing kept in the lake."""
    reading = blamed_reading(detail)
    frames = {name: getattr(reading.parsed, name) for name in FRAMES}
    return _file(_facts_of(reading, ()), receipt, frames, was_parsed=False)


def _kept_facts(folder: Path) -> dict[str, Any] | None:
    try:
        return unsealed((folder / "parse.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _still_stands(
    folder: Path,
    facts: dict[str, Any],
    receipt: Receipt,
    content: Callable[[], bytes],
    submit: Submit | None,
    own: Sequence[Layout],
) -> bool:
    """Whether a parse is what the layouts of today give: those that fitted are the same, and no other fits now.

    A layout that has changed or is new is tried on the file; the file is not parsed for that. A file that no layout
    fits exactly may be read by one that is like it, and is parsed again.
    """
    now, then = _layout_hashes(own), facts["layouts"]
    if receipt.layout is not None or facts["held_rule"] in WITHOUT_LAYOUT or now == then:
        return True
    changed = {name for name in now.keys() | then.keys() if now.get(name) != then.get(name)}
    if changed & set(facts["fitting"]) or facts["held_rule"] in BY_LAYOUTS or "like" in facts["reason"]:
        return False
    names, scale = sorted(changed & now.keys()), scale_of(receipt.edition)
    if submit is None:
        fits = any_fits(*read_cells(content()), names, scale, own)
    else:
        fits = fits_apart(submit, content, names, scale, own)
    if fits:
        return False
    disk.write_text(folder / "parse.json", sealed({**facts, "layouts": now}))
    return True


def _is_unplaced(receipt: Receipt) -> bool:
    return receipt.region_code is None or receipt.edition is None


def _facts_of(reading: Reading, own: Sequence[Layout]) -> dict[str, Any]:
    parsed = reading.parsed
    return {
        "layout": reading.layout,
        "reason": reading.reason,
        "held_rule": parsed.held_rule,
        "held_detail": parsed.held_detail,
        "stated_total": parsed.stated_total,
        "corrects": parsed.corrects,
        "fitting": list(parsed.fitting),
        "own_word": parsed.own_word,
        "layouts": _layout_hashes(own),
    }


def _store(folder: Path, reading: Reading, own: Sequence[Layout]) -> dict[str, Any]:
    facts = _facts_of(reading, own)
    # A folder of that name that stands already is left over from a load that was cut off, or is damaged.
    with disk.new_folder(folder, prefix=".parse-") as private:
        _write(private, reading, facts)
    return facts


def _write(folder: Path, reading: Reading, facts: dict[str, Any]) -> None:
    blocks = reading.blocks or as_blocks(reading.parsed)
    frames = b"".join(blocks.values())
    disk.write_bytes(folder / FRAMES_FILE, frames, synced=False)
    whole = {"parts": {FRAMES_FILE: hashlib.sha256(frames).hexdigest()}, "blocks": _lengths(blocks)}
    disk.write_text(folder / "parse.json", sealed({**facts, **whole}), synced=False)


def _lengths(blocks: Mapping[str, bytes]) -> dict[str, int]:
    return {name: len(block) for name, block in blocks.items()}


class _PartDamaged(Exception):
    """A part is not what was written: the file is parsed again."""


def _kept_frames(folder: Path, facts: dict[str, Any]) -> dict[str, pl.DataFrame]:
    content = (folder / FRAMES_FILE).read_bytes()
    if hashlib.sha256(content).hexdigest() != facts.get("parts", {}).get(FRAMES_FILE):
        raise _PartDamaged
    return frames_of(_blocks_in(content, facts["blocks"]))


def _blocks_in(content: bytes, lengths: Mapping[str, int]) -> dict[str, bytes]:
    ends = list(accumulate(lengths.values()))
    return {name: content[end - length : end] for (name, length), end in zip(lengths.items(), ends, strict=True)}


def texts_kept(path: Path) -> Iterator[str]:
    """Give all texts of a file of frames; nothing where it is damaged or its parse does not say what it holds."""
    facts = _kept_facts(path.parent) or {}
    with contextlib.suppress(OSError, pl.exceptions.PolarsError):
        for frame in frames_of(_blocks_in(path.read_bytes(), facts.get("blocks", {}))).values():
            texts = [name for name, kind in frame.schema.items() if kind == pl.String]
            yield from ("\n".join(frame[name].drop_nulls().unique()) for name in texts)


def _file(
    facts: dict[str, Any],
    receipt: Receipt,
    frames: dict[str, pl.DataFrame],
    *,
    was_parsed: bool,
    own: Sequence[Layout] = (),
) -> LakeFile:
    told = {name: value for name, value in facts.items() if name not in DEPENDS_ON}
    declared = None if facts["layout"] is None else _known(own).get(facts["layout"])
    return LakeFile(receipt, frames=frames, was_parsed=was_parsed, declared=declared, **told)


def answer_numbers(answers: pl.DataFrame) -> list[str]:
    """The indicator numbers of a wide frame of answers."""
    prefix = contracts.INDICATOR_PREFIXES[0]
    return [name.removeprefix(prefix) for name in answers.columns if name.startswith(prefix)]
