"""What an adapter gives: the parts of one value, and whether they say themselves if their figures are simulated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.blocks.content import Notice, Part
from warehouse.language import Language


@dataclass(frozen=True)
class Asked:
    """Who asks for the parts of a value: the reader's language, and the name that the notebook gave to the value."""

    language: Language
    name: str = ""


@dataclass(frozen=True)
class Adapted:
    """The parts of a value. Without `knows_origin` they are marked as the snapshot of the report is."""

    parts: tuple[Part, ...]
    knows_origin: bool = False


Adapter = Callable[[object, Asked], Adapted]


def request(text: str, next_step: str) -> Notice:
    """Return a notice that whoever makes the notebook can mend: the page has it, and the end of the build."""
    return Notice(text=text, next_step=next_step, is_for_author=True)
