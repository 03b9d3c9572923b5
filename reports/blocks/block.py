"""A piece of a report, as a notebook cell gives it: typed parts, shown by JupyterLab and taken over by every output."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from reports.blocks.content import MIME, Part, packed
from warehouse.language import Language

PARTS_ONLY = "IGA_PARTS_ONLY"
"""The variable by which a kernel is told that its outputs are read by our reports alone, and need no HTML."""


class Block:
    """Parts in the order of reading, and the language in which their values are told: Indonesian unless it is given."""

    def __init__(self, parts: Iterable[Part] = (), language: Language | None = None) -> None:
        self.parts = tuple(parts)
        self.language = language

    def __repr__(self) -> str:
        return f"Block({', '.join(part.kind for part in self.parts)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Block) and (self.parts, self.language) == (other.parts, other.language)

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def html(self) -> str:
        """The parts as HTML."""
        from reports.blocks.html import html_of

        return html_of(self.parts, self.language or Language())

    def _repr_html_(self) -> str | None:
        """Return the HTML for a person who sits at the notebook; None where nobody does."""
        return None if os.environ.get(PARTS_ONLY) else self.html

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        """Return what a notebook keeps of the block beside its HTML: its parts."""
        return {MIME: packed(self.parts, self.language or Language())}

    def __html__(self) -> str:
        return self.html

    @classmethod
    def join(cls, blocks: Iterable[Block]) -> Block:
        """Return several blocks as one."""
        joined = list(blocks)
        language = next((block.language for block in joined if block.language is not None), None)
        return cls([part for block in joined for part in block.parts], language)
