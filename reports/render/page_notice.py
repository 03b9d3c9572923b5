"""A notice at the head of a finished page: what its reader must know before anything else."""

from __future__ import annotations

from reports.blocks.block import Block

BODY = '<div class="body">\n'
"""Where the content of a page begins (`reports/templates/page.html`)."""


def at_head(page: str, notice: Block) -> str:
    """Return a page with a notice before everything else of its content."""
    return page.replace(BODY, f"{BODY}{notice.html}\n", 1)
