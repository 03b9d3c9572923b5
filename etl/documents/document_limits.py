"""What reading one document may cost, from its data file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources


@cache
def document_limits() -> dict[str, int]:
    """Return the limits by name."""
    text = resources.files("etl.documents").joinpath("limits.toml").read_text(encoding="utf-8")
    limits: dict[str, int] = tomllib.loads(text)
    return limits


def pages_read(pages: int, most: int) -> Sequence[int]:
    """Return which of so many pages are read, from 0: of a long document the first and the last."""
    last = most // 2
    return range(pages) if pages <= most else (*range(most - last), *range(pages - last, pages))
