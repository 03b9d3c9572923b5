"""A file is parsed in a process of its own (`etl.worker`): what `etl.parse` gives, as data that comes over a pipe."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from etl.cells.sheets import UnreadableFile, read_cells
from etl.layout.declared import Layout, load_layouts, matches_of
from etl.parse import parse
from etl.tables.make_ready import ready_sheets
from etl.values.canonical_rows import ParsedFile, hold
from etl.values.columns import EditionScale
from etl.worker.cells_apart import unreadable
from etl.worker.messages import Answer

FRAMES = ("rows", "quarantine", "records", "answers", "origins", "row_ids", "set_aside", "set_aside_answers")
Submit = Callable[..., "Future[Answer]"]
"""How a task is asked for: `WorkerPool.submit`, or that of a session of it."""


@dataclass(frozen=True)
class Reading:
    """What was read of one file: the layout taken and why, and the parsed file."""

    layout: str | None
    reason: dict[str, str]
    parsed: ParsedFile
    blocks: Mapping[str, bytes] = field(default_factory=dict)
    """its frames as they came from the process that read it; the lake keeps them as they are"""


def parse_here(
    content: Callable[[], bytes],
    scale: EditionScale,
    stated: str | None,
    problem: str | None,
    own: Sequence[Layout] = (),
) -> Reading:
    """Parse a file in this process: for bytes that are our own."""
    choice, parsed = parse(content, scale, stated=stated, problem=problem, own=own)
    return Reading(choice.match.layout.name if choice.match else None, choice.reason, parsed)


def ask_to_parse(
    submit: Submit,
    content: Callable[[], bytes],
    scale: EditionScale,
    stated: str | None,
    problem: str | None,
    own: Sequence[Layout] = (),
) -> Callable[[], Reading]:
    """Have a file parsed, and return what waits for the reading.

    That raises FileBlamed where reading the file ended its process; a file that cannot be read is held, as in `parse`.
    """
    answer = submit("parse", content, (scale, stated, problem, tuple(own)))

    def reading() -> Reading:
        return _reading_of(answer.result())

    return reading


def fits_apart(
    submit: Submit,
    content: Callable[[], bytes],
    layouts: Sequence[str],
    scale: EditionScale,
    own: Sequence[Layout] = (),
) -> bool:
    """Return whether any of the layouts fits a file. Raises FileBlamed."""
    return bool(submit("fits", content, (layouts, scale, tuple(own))).result().facts.get("fits"))


def parse_task(content: bytes, arguments: tuple[EditionScale, str | None, str | None, Sequence[Layout]]) -> Answer:
    """Parse a file; its frames go back as Arrow."""
    scale, stated, problem, own = arguments
    reading = parse_here(lambda: content, scale, stated, problem, own)
    parsed = reading.parsed
    facts = {
        "layout": reading.layout,
        "reason": reading.reason,
        "held_rule": parsed.held_rule,
        "held_detail": parsed.held_detail,
        "stated_total": parsed.stated_total,
        "corrects": parsed.corrects,
        "fitting": list(parsed.fitting),
        "own_word": parsed.own_word,
    }
    return Answer(facts, as_blocks(parsed))


def as_blocks(parsed: ParsedFile) -> dict[str, bytes]:
    """Return the frames of a parsed file as streams of Arrow, by name."""
    frames = {name: getattr(parsed, name) for name in FRAMES}
    return {name: _as_arrow(frame) for name, frame in frames.items() if frame.width}


def frames_of(blocks: Mapping[str, bytes]) -> dict[str, pl.DataFrame]:
    """Return every frame of the streams of `as_blocks`; one that is not there is empty."""
    return {name: pl.read_ipc_stream(blocks[name]) if name in blocks else pl.DataFrame() for name in FRAMES}


def fits_task(content: bytes, arguments: tuple[Sequence[str], EditionScale, Sequence[Layout]]) -> Answer:
    """Try layouts on a file that is not parsed for that."""
    names, scale, own = arguments
    try:
        file_format, sheets = read_cells(content)
    except UnreadableFile as error:
        return unreadable(error)
    return Answer({"fits": any_fits(file_format, sheets, names, scale, own)})


def any_fits(
    file_format: str, sheets: Sequence[Any], names: Sequence[str], scale: EditionScale, own: Sequence[Layout] = ()
) -> bool:
    """Return whether any of the layouts of these names, shipped or the home's `own`, is found in a file's sheets."""
    known = {**load_layouts(), **{layout.name: layout for layout in own}}
    layouts = [known[name].with_names(scale.names) for name in names]
    return bool(matches_of(file_format, ready_sheets(sheets), layouts))


def blamed_reading(detail: dict[str, str]) -> Reading:
    """Return the reading of a file that is held since reading it ended its process."""
    return Reading(None, {}, hold([], "unreadable", **detail))


def _as_arrow(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_ipc_stream(stream, compression="lz4")  # a third of the bytes to send, to hash and to keep
    return stream.getvalue()


def _reading_of(answer: Answer) -> Reading:
    facts = answer.facts
    blocks = {name: answer.blocks[name] for name in FRAMES if name in answer.blocks}
    total = facts["stated_total"]
    parsed = ParsedFile(
        **frames_of(blocks),
        stated_total=None if total is None else int(total),
        held_rule=_text_or_none(facts["held_rule"]),
        held_detail=_texts(facts["held_detail"]),
        fitting=tuple(map(str, facts["fitting"])),
        corrects=_text_or_none(facts["corrects"]),
        own_word=[_texts(word) for word in facts["own_word"]],
    )
    return Reading(_text_or_none(facts["layout"]), _texts(facts["reason"]), parsed, blocks)


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(values: dict[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}
