"""What goes between a load and the processes that read its files, over pipes.

A request comes from this program and may hold any of its values (pickle). An answer comes from a process that has read
untrusted bytes and is data only: JSON, and blocks of bytes that are Arrow or text. Nothing of an answer is run.
"""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_LENGTH = struct.Struct(">Q")
_LARGEST_FACTS = 1 << 28
_SURROGATES = "surrogatepass"  # cells may hold halves of a character


@dataclass(frozen=True)
class Request:
    """One file to read: the task by name, its arguments, and what it may cost."""

    task: str
    arguments: Any
    memory_bytes: int
    processor_seconds: int


@dataclass(frozen=True)
class Answer:
    """What a task found: plain values, and blocks of bytes by name."""

    facts: dict[str, Any]
    blocks: Mapping[str, bytes] = field(default_factory=dict)


class BrokenAnswer(Exception):
    """An answer ended early, is larger than allowed, or is no answer."""


def write_request(stream: BinaryIO, request: Request, content: bytes) -> None:
    """Write a request and the bytes of its file."""
    for part in (pickle.dumps(request), content):
        stream.write(_LENGTH.pack(len(part)))
        stream.write(part)
    stream.flush()


def read_request(stream: BinaryIO) -> tuple[Request, bytes] | None:
    """Return the next request and the bytes of its file; None when there is no more."""
    head = _exactly(stream, _LENGTH.size)
    if head is None:
        return None
    request = _exactly(stream, _LENGTH.unpack(head)[0])
    length = _exactly(stream, _LENGTH.size)
    content = None if length is None else _exactly(stream, _LENGTH.unpack(length)[0])
    if request is None or content is None:
        return None
    return pickle.loads(request), content  # noqa: S301  made by this program, see above


def write_answer(stream: BinaryIO, answer: Answer) -> None:
    """Write an answer."""
    sizes = {name: len(block) for name, block in answer.blocks.items()}
    facts = json.dumps({"facts": answer.facts, "blocks": sizes}, ensure_ascii=False).encode(errors=_SURROGATES)
    stream.write(_LENGTH.pack(len(facts)))
    stream.write(facts)
    for block in answer.blocks.values():
        stream.write(block)
    stream.flush()


def read_answer(stream: BinaryIO, most_bytes: int) -> Answer:
    """Return an answer of at most so many bytes. Raises BrokenAnswer for anything else."""
    length = _exactly(stream, _LENGTH.size)
    if length is None:
        raise BrokenAnswer("ended")
    size = _LENGTH.unpack(length)[0]
    if size > min(most_bytes, _LARGEST_FACTS):
        raise BrokenAnswer("too large")
    try:
        told = json.loads(_all_of(stream, size).decode(errors=_SURROGATES))
        facts, sizes = dict(told["facts"]), {str(name): int(length) for name, length in told["blocks"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenAnswer("no answer") from error
    if any(length < 0 for length in sizes.values()) or size + sum(sizes.values()) > most_bytes:
        raise BrokenAnswer("too large")
    return Answer(facts, {name: _all_of(stream, length) for name, length in sizes.items()})


def _all_of(stream: BinaryIO, size: int) -> bytes:
    part = _exactly(stream, size)
    if part is None:
        raise BrokenAnswer("ended")
    return part


def _exactly(stream: BinaryIO, size: int) -> bytes | None:
    """So many bytes of a pipe; None where it ends before."""
    part = stream.read(size)
    return part if len(part) == size else None
