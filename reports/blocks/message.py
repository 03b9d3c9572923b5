"""What a page opens with: up to three sentences that say where we stand, what changed, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from reports.blocks.block import Block
from reports.blocks.content import Text
from warehouse.language import Language

MOST_SENTENCES = 3


def message(sentences: Iterable[str | None], language: Language, *, is_simulated: bool) -> Block:
    """Return the first three sentences that there are as the opening of a page; empty where there is none."""
    told = list(islice((sentence for sentence in sentences if sentence), MOST_SENTENCES))
    return Block([Text(text=" ".join(told), tone="message", is_simulated=is_simulated)] if told else [], language)
