"""Values of Python as parts of a report: numbers, texts, dates, lists, dicts, dataclasses."""

from __future__ import annotations

import dataclasses
import math
import pprint
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from reports.blocks.content import Bullets, Facts, Part, Quantity, Span, Text, Words
from reports.blocks.words import told
from reports.shown.adapted import Adapted, Asked
from reports.shown.dataframes import adapted_table, of_records
from reports.shown.printed_text import cleaned, printed, without_address
from reports.shown.refused import MOST_ITEMS, PRINTED_CHARACTERS
from reports.shown.typed_columns import EXACT_IN_EXCEL, FIRST_DAY_OF_EXCEL, Given, places_of, plain_value, series_of

NOTHING = Adapted(())
_SINGLE = (str, bool, int, float, Decimal, Fraction, date, time, timedelta, Enum, type(None))


def of_nothing(_value: object, _asked: Asked) -> Adapted:
    """Return no part: what only names something that shows itself, such as the lines of a plot."""
    return NOTHING


def of_text(value: Any, asked: Asked) -> Adapted:
    """Return a text as a paragraph; one of several lines keeps its lines."""
    text = str(value)
    if "\n" in text or "\x1b" in text or len(text) > PRINTED_CHARACTERS:
        part = printed(text)
        return Adapted((part,)) if part else NOTHING
    return Adapted((Text(text=cleaned(text)),)) if text.strip() else NOTHING


def of_number(value: Any, asked: Asked) -> Adapted:
    """Return a number, a date or a truth value as a fact under the name that the notebook gave it."""
    quantity = quantity_of(value, asked)
    name = asked.name or asked.language("Value")
    return Adapted((Facts(pairs=((name, quantity),)),))


def of_list(values: Any, asked: Asked) -> Adapted:
    """Return a list: of dicts as a table, of single values as bullets, of frames, charts and pictures one by one.

    One of anything else is its text. One that names parts of a plot shows nothing: the figure does.
    """
    items = sorted(values, key=str) if isinstance(values, set | frozenset) else list(values)
    if any(stands_alone(item) for item in items):
        return _one_by_one(items, asked)
    if any(is_part_of_plot(item) for item in items):
        return NOTHING
    if items and all(isinstance(item, Mapping) for item in items):
        return of_records(items, asked)
    if hasattr(values, "_fields"):
        return _facts(zip(values._fields, values, strict=True), asked)
    if not items or not all(isinstance(plain_value(item), _SINGLE) for item in items):
        return of_text_of(values, asked)
    told_items: list[Words | Bullets] = [_told(item, asked) for item in items[:MOST_ITEMS]]
    return Adapted((Bullets(items=tuple(told_items)), *_cut(len(items), asked)))


def of_mapping(values: Any, asked: Asked) -> Adapted:
    """Return a dict as facts, or as its text where a value is neither single nor a list of single ones."""
    if any(is_part_of_plot(value) for value in values.values()):
        return NOTHING
    return _facts(values.items(), asked) if values else of_text_of(values, asked)


def of_fields(value: Any, asked: Asked) -> Adapted:
    """Return the fields of a dataclass or of a model as facts."""
    if dataclasses.is_dataclass(value):
        pairs = [(one.name, getattr(value, one.name)) for one in dataclasses.fields(value) if one.repr]
    else:
        pairs = [(name, getattr(value, name)) for name in type(value).model_fields]
    return _facts(pairs, asked) if pairs else of_text_of(value, asked)


def of_array(array: Any, asked: Asked) -> Adapted:
    """Return a NumPy array: one or two dimensions as a table, more as its text."""
    if is_part_of_plot(array):
        return NOTHING
    if array.ndim == 1 and array.dtype.names:
        return adapted_table([Given(name, series_of(array[name])) for name in array.dtype.names], asked)
    if array.ndim == 1:
        return adapted_table([Given(asked.name or asked.language("Value"), series_of(array))], asked)
    if array.ndim == 2:
        columns = [Given(str(place + 1), series_of(array[:, place])) for place in range(array.shape[1])]
        return adapted_table(columns, asked)
    return of_text_of(array, asked)


def of_text_of(value: Any, asked: Asked) -> Adapted:
    """Return what a value says of itself, line by line."""
    text = value if isinstance(value, str) else pprint.pformat(value, width=100, sort_dicts=False)
    part = printed(without_address(text))
    return Adapted((part,)) if part else NOTHING


_OWN_ROOMS = frozenset({"dataframes", "altair_charts", "pictures", "own_answers", "displays"})


def stands_alone(value: Any) -> bool:
    """Return whether a value is a frame, a chart, a picture or an answer: something of parts of its own."""
    from reports.shown.adapters import adapter_of

    adapter = adapter_of(type(value))
    return adapter is not None and adapter.__module__.rpartition(".")[2] in _OWN_ROOMS


def _one_by_one(items: list[Any], asked: Asked) -> Adapted:
    """What a list holds, one after the other; what names parts of a plot is shown by its figure."""
    from reports.shown.adapters import adapted

    made: list[Adapted] = []
    for place, item in enumerate(items[:MOST_ITEMS], start=1):
        if not stands_alone(item) and is_part_of_plot(item):
            continue
        name = f"{asked.name} {place}" if asked.name else ""
        made.append(adapted(item, dataclasses.replace(asked, name=name)) or of_text_of(item, asked))
    parts = [part for one in made for part in one.parts]
    return Adapted((*parts, *_cut(len(items), asked)), all(one.knows_origin for one in made))


def is_part_of_plot(value: Any) -> bool:
    """Return whether a value is something that matplotlib has drawn, or a list of that."""
    if isinstance(value, list | tuple) or type(value).__name__ == "ndarray":
        return any(
            is_part_of_plot(own) for own in (value.flat if hasattr(value, "flat") else value) if own is not value
        )
    return type(value).__module__.partition(".")[0] == "matplotlib"


def quantity_of(value: Any, asked: Asked) -> Words | Quantity:
    """Return a single value with its kind, or in words where it has none of a table's kinds."""
    plain = plain_value(value)
    form = _form(plain)
    if form is not None:
        return Quantity(value=plain, **form)
    if isinstance(plain, float):
        return "∞" if plain > 0 else "−∞"
    return cleaned(without_address(str(plain.value if isinstance(plain, Enum) else plain)))


def _form(value: Any) -> dict[str, Any] | None:
    """The kind and the places of a single value; None for one that has no kind of a table's."""
    match value:
        case None:
            return {}
        case bool():
            return {"kind": "boolean"}
        case int() if abs(value) <= EXACT_IN_EXCEL:
            return {"kind": "whole"}
        case Decimal() if value.is_finite():
            return {"kind": "decimal", "places": min(8, max(0, -int(value.as_tuple().exponent)))}
        case float() if math.isfinite(value):
            return {"kind": "decimal", "places": places_of(series_of([value]))}
        case datetime() if value.tzinfo is None and value.date() >= FIRST_DAY_OF_EXCEL:
            return {"kind": "moment"}
        case date() if not isinstance(value, datetime) and value >= FIRST_DAY_OF_EXCEL:
            return {"kind": "date"}
        case _:
            return None


def _told(value: Any, asked: Asked) -> str:
    made = quantity_of(value, asked)
    return told(made.value, made, asked.language) if isinstance(made, Quantity) else str(made)


def _facts(pairs: Iterable[tuple[Any, Any]], asked: Asked) -> Adapted:
    """Names and values; a value that is a frame or another thing of parts stands below, under its name."""
    made: list[tuple[str, Words | Quantity]] = []
    below: list[Part] = []
    everything = list(pairs)
    for name, value in everything[:MOST_ITEMS]:
        heading, plain = cleaned(str(name)), plain_value(value)
        if isinstance(plain, _SINGLE):
            made.append((heading, quantity_of(plain, asked)))
        elif isinstance(plain, list | tuple | set | frozenset) and all(
            isinstance(plain_value(one), _SINGLE) for one in plain
        ):
            ordered = sorted(plain, key=str) if isinstance(plain, set | frozenset) else plain
            made.append((heading, ", ".join(_told(one, asked) for one in ordered) or "–"))
        else:
            below += _below(heading, plain, asked)
    shown = [Facts(pairs=tuple(made), title=asked.name if below else "")] if made else []
    return Adapted((*shown, *_cut(len(everything), asked), *below))


def _below(name: str, value: Any, asked: Asked) -> Iterable[Part]:
    from reports.shown.adapters import adapted

    is_nested = isinstance(value, Mapping | list | tuple | set | frozenset) or dataclasses.is_dataclass(value)
    own = None if is_nested else adapted(value, dataclasses.replace(asked, name=name))
    parts = (own or of_text_of(value, asked)).parts
    if parts and parts[0].kind not in ("table", "figure"):
        yield Text(text=(Span(text=name, style="strong"),))
    yield from parts


def _cut(count: int, asked: Asked) -> list[Text]:
    if count <= MOST_ITEMS:
        return []
    text = asked.language.ngettext(
        "{count} more item is not shown.",
        "{count} more items are not shown.",
        count - MOST_ITEMS,
    )
    return [Text(text=text.format(count=asked.language.whole(count - MOST_ITEMS)), tone="note")]
