"""Keeps start-up short: imports that cost seconds and serve nothing here are left out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

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


def quick_altair() -> Any:
    """Altair, which looks up once, and not anew for each channel of each chart, what class a piece of a chart is."""
    with quick_imports():
        import altair
        from altair.utils import schemapi

    known: Any = schemapi._FromDict
    if not hasattr(known, "of_classes"):

        class Once(known):  # type: ignore[misc]
            @staticmethod
            @cache
            def of_classes(classes: tuple[type, ...]) -> Any:
                return known(classes).class_dict

            def __init__(self, wrapper_classes: Iterable[type], /) -> None:
                self.class_dict = self.of_classes(tuple(wrapper_classes))

        vars(schemapi)["_FromDict"] = Once
    return altair


@contextmanager
def unchecked_charts() -> Iterator[None]:
    """While this is open, Altair does not hold each piece of a chart against its schema as it is put together."""
    quick_altair()
    from altair.utils import schemapi

    with schemapi.debug_mode(False):
        yield
