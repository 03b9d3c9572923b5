"""Altair charts of any size as figures: drawn by the shared converter, with their data as a typed table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Any

import polars as pl

from reports.blocks.content import Details, Figure, Notice, Part, Table
from reports.blocks.drawing import with_own_names
from reports.blocks.figure import drawn_svg
from reports.shown.adapted import Adapted, Asked, request
from reports.shown.dataframes import columns_of, is_simulated, knows_origin
from reports.shown.printed_text import cleaned
from reports.shown.refused import CHART_CHARACTERS, ShownRefused
from reports.shown.typed_columns import YEARS, Given, table_from
from warehouse.language import Language

WORDS = "iga"
"""The key of a chart's `usermeta` under which `described` keeps the words that Vega-Lite has no place for."""
PARTS_OF_CHART = ("layer", "hconcat", "vconcat", "concat")
CONTAINER_WIDTH = 640
_DRAWN_ONLY = frozenset({"font", "labelFont", "titleFont", "subtitleFont", "headerLabelFont", "headerTitleFont"})


def of_chart(chart: Any, asked: Asked) -> Adapted:
    """Return a chart as a figure with its data; what it lacks is asked for, and what does not move on paper is said."""
    language = asked.language
    tables = list(_tables_of(chart, asked))
    specification = _specification(chart)
    title, subtitle = _title(specification)
    words = dict((specification.get("usermeta") or {}).get(WORDS) or {})
    used = [_used(columns, specification) for columns in tables]
    everything = [column for columns in tables for column in columns]
    description = " ".join(_descriptions(specification))
    simulated = is_simulated(everything)
    heading = cleaned(title) or asked.name or language("Chart")
    units = cleaned(subtitle or str(words.get("units", "")) or _axes(specification))
    key = (
        "fig-"
        + sha256(f"{heading}|{units}|{json.dumps(specification, sort_keys=True, default=str)}".encode()).hexdigest()[
            :10
        ]
    )
    captions = [f"{heading} ({units})" if units else heading] + [
        f"{heading} ({place})" for place in range(2, len(used) + 1)
    ]
    data = [
        table_from(columns, language, caption=caption, key=f"{key}-data-{place}", is_simulated=simulated)
        for place, (columns, caption) in enumerate(zip(used, captions, strict=False), start=1)
    ]
    no_data = Table(key=f"{key}-data", caption=heading, columns=(), values=())
    figure = Figure(
        key=key,
        title=heading,
        units=units,
        description=cleaned(description) or described_by(used, language),
        source=cleaned(str(words.get("source", ""))),
        svg=with_own_names(_drawn(specification, language), f"{key}-wide"),
        data=data[0] if data else no_data,
        specification=_without_data(specification),
        is_simulated=simulated,
    )
    others = tuple(table.model_copy(update={"is_folded": True}) for table in data[1:])
    summary = language("More data of this chart")
    more: list[Part] = [Details(summary=summary, parts=others)] if others else []
    requests = _requests(has_title=bool(title), has_description=bool(description), language=language)
    return Adapted((figure, *more, *_moving(specification, language), *requests), knows_origin(everything))


def _requests(*, has_title: bool, has_description: bool, language: Language) -> Iterator[Notice]:
    missing = [name for name, is_there in (("title", has_title), ("description", has_description)) if not is_there]
    if not missing:
        return
    if has_description:
        text = language("A chart without a title.")
    elif has_title:
        text = language("A chart without a description: who cannot see it is told its columns only.")
    else:
        text = language("A chart without title and description: who cannot see it is told its columns only.")
    words = ", ".join(f'{name}="..."' for name in missing)
    yield request(text, f"chart.properties({words})")


def _moving(specification: dict[str, Any], language: Language) -> Iterator[Notice]:
    params = [one for part in _nested(specification) for one in part.get("params") or ()]
    if any(isinstance(one, dict) and ("select" in one or "bind" in one) for one in params):
        yield Notice(text=language("An interactive chart, shown as it is at first: a report does not move."))


def _tables_of(chart: Any, asked: Asked) -> Iterator[list[Given]]:
    """The columns of each frame that a chart or a part of it was given, each frame once."""
    seen: list[Any] = []
    for part in _charts_in(chart):
        data = getattr(part, "data", None)
        if data is None or any(data is one for one in seen):
            continue
        seen.append(data)
        columns = columns_of(data, asked) or _inline(data)
        if columns:
            yield columns


def _charts_in(chart: Any) -> Iterator[Any]:
    yield chart
    for name in PARTS_OF_CHART:
        for part in _list_of(chart, name):
            yield from _charts_in(part)
    inner = _attribute(chart, "spec")
    if inner is not None and hasattr(inner, "to_dict"):
        yield from _charts_in(inner)


def _list_of(chart: Any, name: str) -> list[Any]:
    parts = _attribute(chart, name)
    return parts if isinstance(parts, list) else []


def _attribute(chart: Any, name: str) -> Any:
    """An attribute that Altair's objects have only where it is set."""
    return getattr(chart, "_kwds", {}).get(name)


def _inline(data: Any) -> list[Given]:
    """The rows that a chart has within its own words."""
    values = _attribute(data, "values")
    if not isinstance(values, list) or not values or not all(isinstance(row, dict) for row in values):
        return []
    frame = pl.DataFrame(values, infer_schema_length=None, strict=False)
    return [Given(name, frame[name]) for name in frame.columns]


def _specification(chart: Any) -> dict[str, Any]:
    """The Vega-Lite of a chart with all its data; how the notebook has set Altair stays as it was."""
    import altair as alt

    plain = _with_plain_data(chart)
    with alt.data_transformers.enable("default", max_rows=None):
        made: dict[str, Any] = plain.to_dict(validate=False)
    return _sized(json.loads(json.dumps(made, default=_plain)))


def _plain(value: Any) -> Any:
    """What JSON has no word for: decimals that stand in a chart's own words, or in a frame that it looks up."""
    return float(value) if isinstance(value, Decimal) else str(value)


def _with_plain_data(chart: Any) -> Any:
    """The chart with numbers that Altair knows as such in the place of decimals, wherever it holds a frame."""
    changed = chart.copy(deep=False)
    data = getattr(chart, "data", None)
    if data is not None:
        floated = _floated(data)
        if floated is not data:
            changed.data = floated
    for name in PARTS_OF_CHART:
        if parts := _list_of(chart, name):
            changed._kwds[name] = [_with_plain_data(part) for part in parts]
    inner = _attribute(chart, "spec")
    if inner is not None and hasattr(inner, "copy") and hasattr(inner, "to_dict"):
        changed._kwds["spec"] = _with_plain_data(inner)
    return changed


def _floated(data: Any) -> Any:
    """A frame with floats in the place of decimals; anything else as it is."""
    package = type(data).__module__.partition(".")[0]
    if package == "polars" and isinstance(data, pl.DataFrame):
        wide = [name for name, dtype in data.schema.items() if isinstance(dtype, pl.Decimal) or dtype == pl.Int128]
        return data.with_columns(pl.col(wide).cast(pl.Float64)) if wide else data
    if package == "pandas" and type(data).__name__ == "DataFrame":
        exact = [place for place in range(data.shape[1]) if _holds_decimals(data.iloc[:, place])]
        changed = data.copy(deep=False) if exact else data
        for place in exact:
            changed.isetitem(place, data.iloc[:, place].astype(float))
        return changed
    return data


def _holds_decimals(values: Any) -> bool:
    if values.dtype != object:
        return False
    known = values.dropna()
    return bool(len(known)) and all(isinstance(value, Decimal) for value in known)


def _sized(specification: dict[str, Any]) -> dict[str, Any]:
    """A chart that would take the room of a browser takes that of a page."""
    for part in _nested(specification):
        if part.get("width") == "container":
            part["width"] = CONTAINER_WIDTH
        if part.get("height") == "container":
            part["height"] = CONTAINER_WIDTH // 2
    return specification


def _nested(specification: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield specification
    for name in PARTS_OF_CHART:
        for part in specification.get(name) or ():
            if isinstance(part, dict):
                yield from _nested(part)
    if isinstance(specification.get("spec"), dict):
        yield from _nested(specification["spec"])


def _drawn(specification: dict[str, Any], language: Language) -> str:
    """The drawing, without the title that stands over it, in the one font that it is measured with."""
    bare = _without_title(_without_fonts(specification))
    _refuse_addresses(_addresses_of_data(bare), language)
    try:
        svg = drawn_svg(bare, language, names_legends=True)
    except ValueError as fault:
        raise ShownRefused(
            kind=language("Chart"),
            cause=" ".join(str(fault).split("\n    at ")[0].split()) or language("it cannot be drawn"),
            next_step="look at the chart in JupyterLab, and draw it another way",
        ) from fault
    _refuse_addresses(_ADDRESS_OF_PICTURE.findall(svg), language)
    if len(svg) > CHART_CHARACTERS:
        raise ShownRefused(
            kind=language("Chart"),
            cause=language("a drawing of {size} million characters").format(size=language.whole(len(svg) // 1_000_000)),
            next_step="draw fewer marks: group or sample the rows",
        )
    return svg


_ADDRESS_OF_PICTURE = re.compile(r'<image\b[^>]*?\bhref="(?!data:|#)([^"]*)"')
"""The address of a picture in a drawing of the converter, which fetches none."""


def _addresses_of_data(value: Any) -> Iterator[str]:
    """The addresses that a chart or a part of it would read its data from."""
    if isinstance(value, list):
        for own in value:
            yield from _addresses_of_data(own)
    elif isinstance(value, dict):
        for name, own in value.items():
            if name == "data" and isinstance(own, dict) and isinstance(own.get("url"), str):
                yield own["url"]
            elif name not in ("values", "datasets"):
                yield from _addresses_of_data(own)


def _refuse_addresses(addresses: Iterable[str], language: Language) -> None:
    """Raise ShownRefused where there is an address to fetch from."""
    address = next(iter(addresses), None)
    if address is not None:
        raise ShownRefused(
            kind=language("Chart"),
            cause=language("it reads from the address {address}").format(address=address),
            next_step="give the chart its data as a frame; nothing is fetched from an address",
        )


def _without_title(specification: dict[str, Any]) -> dict[str, Any]:
    """A chart without the words that stand beside it; charts side by side keep their own."""
    bare = {name: value for name, value in specification.items() if name not in ("title", "description", "usermeta")}
    if "layer" in bare:
        bare["layer"] = [_without_title(layer) for layer in bare["layer"]]
    return bare


def _without_fonts(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: own if name in ("values", "datasets") else _without_fonts(own)
            for name, own in value.items()
            if name not in _DRAWN_ONLY or not isinstance(own, str)
        }
    return [_without_fonts(own) for own in value] if isinstance(value, list) else value


def _without_data(specification: dict[str, Any]) -> dict[str, Any]:
    """The specification without the rows, which the table of the figure has."""
    return {name: _bare(name, value) for name, value in specification.items() if name != "datasets"}


def _bare(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_bare("", own) for own in value]
    if not isinstance(value, dict):
        return value
    return {"name": value.get("name", "table")} if name == "data" and "values" in value else _without_data(value)


def _title(specification: dict[str, Any]) -> tuple[str, str]:
    """The title and subtitle of a chart, or the titles of its parts."""
    title = specification.get("title")
    if isinstance(title, dict):
        return _line(title.get("text")), _line(title.get("subtitle"))
    if title:
        return _line(title), ""
    parts = [part for name in PARTS_OF_CHART for part in specification.get(name) or () if isinstance(part, dict)]
    words = [_title(part) for part in parts]
    titles = dict.fromkeys(own for own, _below in words if own)
    subtitles = list(dict.fromkeys(below for _own, below in words if below))
    return " · ".join(titles), subtitles[0] if len(subtitles) == 1 else ""


def _line(words: Any) -> str:
    return " ".join(map(str, words)) if isinstance(words, list) else str(words or "")


def _descriptions(specification: dict[str, Any]) -> list[str]:
    """The description of a chart, or those of its parts."""
    if specification.get("description"):
        return [_line(specification["description"])]
    return list(dict.fromkeys(_line(part["description"]) for part in _nested(specification) if part.get("description")))


def _axes(specification: dict[str, Any]) -> str:
    """What the axes of the first chart with both say."""
    for part in _nested(specification):
        encoding = part.get("encoding") or {}
        names = [_axis(encoding.get(channel)) for channel in ("y", "x")]
        if any(names):
            return " · ".join(filter(None, names))
    return ""


def _axis(channel: Any) -> str:
    if not isinstance(channel, dict):
        return ""
    axis = channel.get("axis")
    title = channel.get("title") or (axis.get("title") if isinstance(axis, dict) else None)
    field = channel.get("field")
    return _line(title or (field.replace("\\", "") if isinstance(field, str) else ""))  # a\.b is the column a.b


def _used(columns: list[Given], specification: dict[str, Any]) -> list[Given]:
    """The columns that a chart speaks of; all where it names none."""
    named = set(_texts(_without_data(specification)))
    expressions = " ".join(text for text in named if "datum" in text)
    used = [
        column
        for column in columns
        if column.heading in named
        or f"datum.{column.heading}" in expressions
        or f"['{column.heading}']" in expressions
        or f'["{column.heading}"]' in expressions
    ]
    return used or columns


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.replace("\\", "")
    elif isinstance(value, dict):
        for own in value.values():
            yield from _texts(own)
    elif isinstance(value, list):
        for own in value:
            yield from _texts(own)


def described_by(tables: Iterable[list[Given]], language: Language) -> str:
    """Return the columns of a chart with their ranges: what can be said of it without having seen it."""
    said = [_ranged(column, language) for columns in tables for column in columns]
    if not said:
        return language("A chart; its data are within its drawing.")
    return language("A chart of {columns}.").format(columns="; ".join(dict.fromkeys(said)))


def _ranged(column: Given, language: Language) -> str:
    values = column.values.drop_nulls()
    name = cleaned(column.heading)
    if values.is_empty():
        return name
    if values.dtype.is_numeric():
        places = 0 if values.dtype.is_integer() else 2
        tell = str if name.casefold() in YEARS else lambda end: language.number(end, places)
        low, high = (tell(end) for end in (values.min(), values.max()))
        return language("{name} from {low} to {high}").format(name=name, low=low, high=high)
    if values.dtype.is_temporal() and values.dtype in (pl.Date, pl.Datetime):
        low, high = (language.date(end) for end in (values.min(), values.max()))  # type: ignore[arg-type]
        return language("{name} from {low} to {high}").format(name=name, low=low, high=high)
    count = values.n_unique() if not values.dtype.is_nested() and values.dtype != pl.Object else len(values)
    return language("{name} with {count} different values").format(name=name, count=language.whole(count))
