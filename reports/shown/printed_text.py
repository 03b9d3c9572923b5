"""Text that a program printed, as a report shows it: without colours, progress bars folded, long ones cut."""

from __future__ import annotations

import re

from reports.blocks.content import Preformatted
from reports.shown.refused import PRINTED_CHARACTERS, PRINTED_LINES

_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[@-Z\\-_])", re.DOTALL
)
"""A command to a terminal: colours, titles of windows, links."""
_REMOVED = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Marks that turn the direction of text, and the byte order mark: they show nothing, and can hide much."""
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]{4,}")


def cleaned(text: str) -> str:
    """Return a text that every output takes: control characters replaced, marks of direction left out."""
    if text.isascii() and text.isprintable():
        return text
    return _NOT_TEXT.sub("\ufffd", _REMOVED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def without_address(text: str) -> str:
    """Return what an object says of itself without its place in memory, which differs from run to run."""
    return _ADDRESS.sub("", text)


def printed(text: str) -> Preformatted | None:
    """Return printed text as a part, cut where it is long; None where it says nothing."""
    lines = [_folded(line) for line in _SEQUENCE.sub("", text).replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    if not lines:
        return None
    shown = [_cut(cleaned(line).rstrip()) for line in lines[:PRINTED_LINES]]
    return Preformatted(text="\n".join(shown), lines_cut=max(0, len(lines) - PRINTED_LINES))


def _folded(line: str) -> str:
    """A line as a terminal leaves it: what comes after a carriage return is written over what stood before."""
    shown = ""
    for piece in line.split("\r"):
        shown = piece + shown[len(piece) :]
    while "\b" in shown:
        place = shown.index("\b")
        shown = shown[: max(0, place - 1)] + shown[place + 1 :]
    return shown


def _cut(line: str) -> str:
    return (
        line
        if len(line) <= PRINTED_CHARACTERS
        else f"{line[:PRINTED_CHARACTERS]} … (+{len(line) - PRINTED_CHARACTERS})"
    )
