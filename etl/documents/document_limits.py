"""What reading one document may cost, from its data file."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources


@cache
def document_limits() -> dict[str, int]:
    """Return the limits by name."""
    text = resources.files("etl.documents").joinpath("limits.toml").read_text(encoding="utf-8")
    limits: dict[str, int] = tomllib.loads(text)
    return limits
