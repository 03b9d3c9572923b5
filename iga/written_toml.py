"""TOML that people write: what is nested beyond reason is a slip like any other, not a fault of the program."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

NESTED = "nested too deeply"


def parsed_toml(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Return the values of a text. Raises TOMLDecodeError, also for brackets that are nested too deeply."""
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except (RecursionError, MemoryError):
        raise tomllib.TOMLDecodeError(NESTED) from None
