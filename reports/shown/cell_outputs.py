"""The outputs that a notebook keeps of a cell, as parts: our own description first, else the best form that is there.

Nothing is dropped: what cannot be taken over is refused, with the number of its cell.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reports.blocks.content import MIME, Details, Facts, Figure, FreeHtml, Image, Part, Table, Text, unpacked
from reports.shown.adapted import request
from reports.shown.displays import not_shown, widget_notice
from reports.shown.pictures import (
    BROKEN_MESSAGES,
    BrokenPicture,
    jpeg_size,
    missing_description,
    picture,
    png_size,
    safe_svg,
)
from reports.shown.printed_text import cleaned, printed, without_address
from reports.shown.refused import HTML_CHARACTERS, PICTURE_BYTES, ShownRefused
from warehouse.language import Language

UNKNOWN_ORIGIN = "unknown_origin"
"""The key of our description by which a kernel says that the figures do not tell themselves if they are simulated."""
WIDGET = "application/vnd.jupyter.widget-view+json"
_PLACE_OF_CELL = re.compile(r"(?m)^\S.*?ipykernel_\d+[\\/]\d+\.py")

_FOLDERS_OF_CODE = re.compile(r"(?:[A-Za-z]:)?[\\/](?:[^\\/\n:\"]+[\\/])+(?=[^\\/\s:]+\.py\b)")
"""Where a module that warns is installed: of no use to a reader, and different on every machine."""


def parts_of_outputs(
    outputs: Iterable[Mapping[str, Any]], cell: int, language: Language, *, is_simulated: bool
) -> Iterator[Part]:
    """Iterate over the parts of a cell's outputs; `is_simulated` marks what does not know it of itself.

    Raises ShownRefused for what cannot be taken over.
    """
    pictures: set[str] = set()
    for output in joined(outputs):
        parts = tuple(_parts_of_output(output, cell, language, is_simulated=is_simulated))
        shown = [part.content for part in parts if isinstance(part, Image)]
        if shown and pictures.issuperset(shown):
            continue  # a figure that is the value of its cell is shown once more when the cell ends
        pictures.update(shown)
        yield from parts


def _parts_of_output(output: Mapping[str, Any], cell: int, language: Language, *, is_simulated: bool) -> Iterator[Part]:
    if output["output_type"] == "stream":
        yield from _stream(output, cell, language)
    elif output["output_type"] == "error":
        yield from _text(f"{output.get('ename', '')}: {output.get('evalue', '')}")
    else:
        described = output["data"].get(MIME)
        is_known = described is not None and not described.get(UNKNOWN_ORIGIN)
        parts = _data(output, cell, language)
        yield from parts if is_known or not is_simulated else map(marked, parts)


def joined(outputs: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Iterate over the outputs; pieces of one stream that follow each other come together."""
    before: dict[str, Any] | None = None
    for output in outputs:
        if before is not None and (output["output_type"], output.get("name")) == ("stream", before["name"]):
            before["text"] += "".join(output["text"])
            continue
        if before is not None:
            yield before
        before = {**output, "text": "".join(output["text"])} if output["output_type"] == "stream" else None
        if before is None:
            yield output
    if before is not None:
        yield before


def _stream(output: Mapping[str, Any], cell: int, language: Language) -> Iterator[Part]:
    place = language("cell {cell}").format(cell=cell)
    text = without_address(_PLACE_OF_CELL.sub(place, output["text"]))
    is_of_program = output.get("name") == "stderr"
    part = printed(_FOLDERS_OF_CODE.sub("", text) if is_of_program else text)
    if part is None:
        return
    if is_of_program:
        yield Text(text=language("Messages of the program (standard error):"), tone="note")
    yield part


def _text(text: str) -> Iterator[Part]:
    part = printed(without_address(text))
    if part is not None:
        yield part


def marked(part: Part) -> Part:
    """Return the part as one with simulated figures, where it has figures."""
    if isinstance(part, Details):
        return part.model_copy(update={"parts": tuple(map(marked, part.parts))})
    if isinstance(part, Figure):
        return part.model_copy(update={"is_simulated": True, "data": marked(part.data)})
    return part.model_copy(update={"is_simulated": True}) if isinstance(part, _WITH_FIGURES) else part


_WITH_FIGURES = (Table, Image, Facts, FreeHtml)


def _data(output: Mapping[str, Any], cell: int, language: Language) -> Iterator[Part]:
    data, metadata = output["data"], output.get("metadata") or {}
    if MIME in data:
        yield from unpacked(data[MIME])
    elif WIDGET in data:
        yield widget_notice(language)
    elif found := next((kind for kind in _PICTURES if kind in data), None):
        yield from _picture(found, data[found], {**metadata, **(metadata.get(found) or {})}, cell, language)
    elif "text/markdown" in data:
        from reports.blocks.markdown import parts_of_markdown

        yield from parts_of_markdown(_whole(data["text/markdown"]))
    elif "text/latex" in data and "text/html" not in data:
        yield from _text(_whole(data["text/latex"]))
    elif "text/plain" in data and _is_text(_whole(data.get("text/html", ""))):
        yield from _text(_whole(data["text/plain"]))
    elif "text/html" in data:
        yield from _free_html(_whole(data["text/html"]), cell, language)
    elif "application/javascript" in data:
        yield not_shown(language, language("a script (none runs)"), language("show its result as a table or a chart"))
    elif found := next((kind for kind in data if kind in ("application/json", "application/geo+json")), None):
        yield from _text(json.dumps(data[found], indent=2, ensure_ascii=False, sort_keys=True))
    elif "text/plain" in data:
        yield from _text(_whole(data["text/plain"]))
    elif data:
        kinds = ", ".join(sorted(data))
        cause = language("no form of it is known here")
        raise ShownRefused(cell=cell, kind=kinds, cause=cause, next_step="show it as a table, a chart, a PNG or a text")


def _is_text(html: str) -> bool:
    """Whether HTML is nothing but preformatted text, such as what Rich prints."""
    return re.fullmatch(r"\s*<pre\b(?:(?!<pre).)*</pre>\s*", html, re.IGNORECASE | re.DOTALL) is not None


def _whole(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text)


_PICTURES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpeg"}


def _picture(kind: str, content: Any, metadata: Mapping[str, Any], cell: int, language: Language) -> Iterator[Part]:
    form = _PICTURES[kind]
    said, is_whole = "", True
    try:
        if form == "svg":
            body, size, said, is_whole = safe_svg(_whole(content))
        else:
            body = b64decode(_whole(content))
            size = png_size(body) if form == "png" else jpeg_size(body)
    except ValueError as fault:
        cause = language(str(fault) if isinstance(fault, BrokenPicture) else BROKEN_MESSAGES["other"])
        raise ShownRefused(
            cell=cell, kind=kind, cause=cause, next_step="write the picture again as PNG or SVG"
        ) from fault
    if len(body) > PICTURE_BYTES:
        cause = language("{size} MB").format(size=language.number(len(body) / 1_000_000, 1))
        raise ShownRefused(cell=cell, kind=kind, cause=cause, next_step="make the picture smaller")
    wide = metadata.get("width")
    if isinstance(wide, int | float) and 0 < wide < size[0]:
        size = (round(wide), max(1, round(size[1] * wide / size[0])))
    description = cleaned(str(metadata.get("alt") or said)).strip()
    generic = language("A picture of cell {cell}, {width} × {height} pixels").format(
        cell=cell, width=size[0], height=size[1]
    )
    yield picture(form, body, size, description=description or generic)
    if not description:
        yield missing_description(language, 'described(picture, "...")')
    if not is_whole:
        text = language("A picture whose scripts, and what it would fetch from elsewhere, are left out.")
        yield request(text, language("draw all that it shows within the picture"))


def attached_picture(data: Mapping[str, Any], description: str, cell: int, language: Language) -> Iterator[Part]:
    """Iterate over the picture that a text cell holds, and what it lacks; nothing where it holds none of a kind known.

    Raises ShownRefused for a broken picture.
    """
    if found := next((kind for kind in _PICTURES if kind in data), None):
        yield from _picture(found, data[found], {"alt": description}, cell, language)


_MOVING = re.compile(r"<\s*(script|iframe|object|embed|audio|video|form)\b", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"""(?:src|href|action|data)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?\s*(?:https?:)?//""", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"<\s*(script|style|iframe|object|noscript)\b.*?<\s*/\s*\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<[^>]*>")
_SEEN = re.compile(r"<\s*(img|svg|table|hr|progress|meter)\b", re.IGNORECASE)
_LINES = re.compile(r"<\s*(tr|p|li|br|div|h[1-6]|dt|dd|pre)\b|\n(?=[^\n]*</pre)", re.IGNORECASE)


def _free_html(html: str, cell: int, language: Language) -> Iterator[Part]:
    """HTML of an analyst, for a frame in which nothing runs; a notice where that takes something away."""
    if len(html) > HTML_CHARACTERS:
        cause = language("{size} MB").format(size=language.number(len(html) / 1_000_000, 1))
        raise ShownRefused(cell=cell, kind="text/html", cause=cause, next_step="show a picture or a table of it")
    shown = _UNSEEN.sub("", html)
    has_content = bool(_TAG.sub("", shown).strip()) or _SEEN.search(shown) is not None
    if has_content:
        title = language("HTML of cell {cell}").format(cell=cell)
        height = min(1_200, max(80, 40 + 26 * len(_LINES.findall(shown))))
        yield FreeHtml(html=html, title=title, height=height)
    if _MOVING.search(html) or _OUTSIDE.search(html):
        text = language("HTML of cell {cell}: its scripts, and what it would fetch from elsewhere, are left out.")
        step = language("show a table, a chart of Altair or a picture in its place")
        yield request(text.format(cell=cell), step)
