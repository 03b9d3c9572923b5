"""A notice at the head of a finished page: what its reader must know before anything else."""

from __future__ import annotations

BODY = '<div class="body">\n'
"""Where the content of a page begins (`reports/templates/page.html`)."""


def at_head(page: str, notice: str) -> str:
    """Return a page with a notice, as HTML of our own, before everything else of its content."""
    return page.replace(BODY, f"{BODY}{notice}\n", 1)
