"""Keeps start-up short: imports that cost seconds and serve nothing here are left out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
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


@cache
def quick_altair() -> Any:
    """Altair, quicker in two things that it does for each piece of each chart: it looks up once what class a piece is,
    and copies a piece without a step of its own for each of the many words and gaps in it."""
    with quick_imports():
        import altair
        from altair.utils import schemapi
        from altair.vegalite.v6.schema import core

    known: Any = schemapi._FromDict
    subclasses: Any = vars(core)["_subclasses"]
    copied: Any = schemapi._deep_copy
    plain = frozenset({str, int, float, bool, type(None), type(altair.Undefined)})

    class Once(known):  # type: ignore[misc]
        @staticmethod
        @cache
        def of_classes(classes: tuple[type, ...]) -> Any:
            return known(classes).class_dict

        def __init__(self, wrapper_classes: Iterable[type], /) -> None:
            self.class_dict = self.of_classes(tuple(wrapper_classes))

    def deep_copy(piece: Any, by_ref: set[str]) -> Any:
        kind = type(piece)
        if kind in plain:
            return piece
        if kind is dict:
            return {
                name: one if type(one) in plain or name in by_ref else deep_copy(one, by_ref)
                for name, one in piece.items()
            }
        if kind is list:
            return [one if type(one) in plain else deep_copy(one, by_ref) for one in piece]
        if isinstance(piece, schemapi.SchemaBase) and getattr(piece, "__deepcopy__", None) is None:
            words = deep_copy(piece._kwds, by_ref)
            with schemapi.debug_mode(False):
                return kind(*(deep_copy(one, by_ref) for one in piece._args), **words)
        return copied(piece, by_ref)

    vars(deep_copy)["plainly"] = copied
    vars(schemapi)["_FromDict"] = Once
    vars(schemapi)["_deep_copy"] = deep_copy
    vars(core)["_subclasses"] = cache(lambda of: tuple(subclasses(of)))
    return altair


@contextmanager
def unchecked_charts() -> Iterator[None]:
    """While this is open, Altair does not hold each piece of a chart against its schema as it is put together."""
    quick_altair()
    from altair.utils import schemapi

    with schemapi.debug_mode(False):
        yield


@cache
def quick_papermill() -> Any:
    """Papermill, which neither puts the executed notebook into words only to write them nowhere, nor holds each output
    that it has just put together from a kernel's message against the format of notebooks."""
    with quick_imports():
        import papermill
        from nbformat.v4 import nbbase
        from papermill import execute

    written: Any = execute.write_ipynb
    checked: Any = vars(nbbase)["validate"]

    @wraps(written)
    def write_ipynb(notebook: Any, path: str | None) -> None:
        if path is not None:
            written(notebook, path)

    @wraps(checked)
    def validate(node: Any, ref: str | None = None) -> Any:
        return None if ref in OUTPUTS else checked(node, ref)

    vars(execute)["write_ipynb"] = write_ipynb
    vars(nbbase)["validate"] = validate
    return papermill


OUTPUTS = ("stream", "display_data", "execute_result", "error")
"""What nbformat calls the outputs of a cell."""
