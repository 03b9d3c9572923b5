"""Keeps start-up short: imports that cost seconds and serve nothing here are left out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# jsonschema imports this grammar of internationalised addresses (about 2 s) if it is installed, and does without it
# if it is not. Neither charts nor notebooks hold such addresses, so the import is answered with "not installed".
_OPTIONAL_AND_SLOW = "rfc3987_syntax"


@contextmanager
def quick_imports() -> Iterator[None]:
    """While this is open, jsonschema loads without its slow optional part; what was loaded before stays as it is."""
    if _OPTIONAL_AND_SLOW in sys.modules:
        yield
        return
    sys.modules[_OPTIONAL_AND_SLOW] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop(_OPTIONAL_AND_SLOW, None)
