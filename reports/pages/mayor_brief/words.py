"""What the mayor reads first: index, predicate and place; which way it goes; the first decision."""

from __future__ import annotations

from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.city_index.words import index_sentence
from reports.pages.first_step import first_step
from reports.pages.mayor_brief.blocks import MayorBrief
from reports.pages.place_and_direction import direction_sentence


def opening(brief: MayorBrief) -> Block:
    """Return the message of the brief."""
    _ = brief.language
    first = first_step(brief.plan.season, _) or brief.plan.obstacle
    sentences = [index_sentence(brief.season, brief.standing), direction_sentence(brief.standing, _), first]
    return message(sentences, _, is_simulated=brief.is_simulated)
