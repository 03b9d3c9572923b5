"""Pictures: matplotlib figures, PNG, JPEG and SVG, checked before they are taken over."""

from __future__ import annotations

import io
import re
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from reports.blocks.content import Image, Notice
from reports.shown.adapted import Adapted, Asked, request
from reports.shown.printed_text import cleaned
from reports.shown.refused import PICTURE_BYTES, PICTURE_PIXELS, ShownRefused
from warehouse.language import Language

WORDS = "_iga_words"
"""The attribute of a matplotlib figure under which `described` keeps its words."""
DOTS_PER_INCH, SHOWN_PER_INCH = 200, 100
"""A figure is drawn finer than it is shown, for paper."""
LARGEST_WIDTH = 760


BROKEN_MESSAGES = {
    "other": "it is no picture of this format",
    "cut": "it ends before its end",
    "size": "it has no size, or is too large",
}


class BrokenPicture(ValueError):
    """The bytes are no picture of their format, or not all of it; the text is one of `BROKEN_MESSAGES`."""


def of_matplotlib(figure: Any, asked: Asked) -> Adapted:
    """Return a matplotlib figure as a picture."""
    language = asked.language
    words = dict(getattr(figure, WORDS, {}))
    description = cleaned(str(words.get("description", "")))
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DOTS_PER_INCH, bbox_inches="tight", metadata={"Software": None})
    width, height = png_size(_limited(stream.getvalue(), language("matplotlib figure"), language))
    image = picture(
        "png",
        stream.getvalue(),
        (width * SHOWN_PER_INCH // DOTS_PER_INCH, height * SHOWN_PER_INCH // DOTS_PER_INCH),
        description=description or _described_by(figure, language),
        title=cleaned(str(words.get("title", ""))),
        source=cleaned(str(words.get("source", ""))),
    )
    requests = () if description else (missing_description(language, 'described(plt.gcf(), "...")'),)
    return Adapted((image, *requests))


def picture(
    form: Any, content: bytes, size: tuple[int, int], *, description: str, title: str = "", source: str = ""
) -> Image:
    """Return a picture as a part, no wider than a page."""
    width, height = size
    if width > LARGEST_WIDTH:
        width, height = LARGEST_WIDTH, max(1, round(height * LARGEST_WIDTH / width))
    return Image(
        format=form,
        content=b64encode(content).decode(),
        width=width,
        height=height,
        description=description,
        title=title,
        source=source,
    )


def missing_description(language: Language, code: str) -> Notice:
    """Return the request for the description of a picture."""
    return request(language("A picture without a description: who cannot see it is told nothing of it."), code)


def _described_by(figure: Any, language: Language) -> str:
    """What the axes of a figure say, with their ranges."""
    heading = getattr(figure, "_suptitle", None)
    said = [cleaned(heading.get_text())] if heading is not None and heading.get_text().strip() else []
    said += [" · ".join(_axes_words(axes, language)) for axes in figure.axes]
    return language("A figure of matplotlib: {axes}.").format(axes="; ".join(said) or "–")


def _axes_words(axes: Any, language: Language) -> Iterator[str]:
    if axes.get_title().strip():
        yield cleaned(axes.get_title())
    for name, label, ends in (("x", axes.get_xlabel(), axes.get_xlim()), ("y", axes.get_ylabel(), axes.get_ylim())):
        low, high = (language.number(round(float(end), 2)) for end in sorted(ends))
        yield language("{name} from {low} to {high}").format(name=cleaned(label.strip()) or name, low=low, high=high)


def _limited(content: bytes, kind: str, language: Language) -> bytes:
    if len(content) > PICTURE_BYTES:
        size = language("{size} MB").format(size=language.number(len(content) / 1_000_000, 1))
        raise ShownRefused(kind=kind, cause=size, next_step="draw it smaller, or with fewer points")
    return content


def png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG whose pieces are all there. Raises BrokenPicture."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise BrokenPicture(BROKEN_MESSAGES["other"])
    place, size = 8, None
    while place + 12 <= len(content):
        length, name = struct.unpack(">I4s", content[place : place + 8])
        piece = content[place + 4 : place + 8 + length]
        end = place + 12 + length
        if end > len(content) or zlib.crc32(piece) != struct.unpack(">I", content[end - 4 : end])[0]:
            break
        if name == b"IHDR" and length >= 8:
            size = struct.unpack(">II", piece[4:12])
        if name == b"IEND" and size is not None:
            return _size(*size)
        place = end
    raise BrokenPicture(BROKEN_MESSAGES["cut"])


def jpeg_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG that has its end. Raises BrokenPicture."""
    if not content.startswith(b"\xff\xd8"):
        raise BrokenPicture(BROKEN_MESSAGES["other"])
    if b"\xff\xd9" not in content[-64:]:
        raise BrokenPicture(BROKEN_MESSAGES["cut"])
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return _size(width, height)
        place += 2 + length
    raise BrokenPicture(BROKEN_MESSAGES["size"])


def _size(width: int, height: int) -> tuple[int, int]:
    if not width or not height or width * height > PICTURE_PIXELS:
        raise BrokenPicture(BROKEN_MESSAGES["size"])
    return width, height


_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = frozenset(
    re.findall(
        r"\w+",
        "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan "
        "textPath image marker pattern mask clipPath linearGradient radialGradient stop switch style "
        "filter feGaussianBlur feOffset feBlend feColorMatrix feMerge feMergeNode feFlood feComposite "
        "feComponentTransfer feFuncA feFuncR feFuncG feFuncB feDropShadow",
    )
)
_OUTWARD = re.compile(
    r"@import|expression\s*\(|javascript:|url\(\s*(?!['\"]?(?:#|data:image/(?:png|jpeg)))", re.IGNORECASE
)
_INWARD = re.compile(r"#[^\s]*|data:image/(?:png|jpe?g);base64,[A-Za-z0-9+/=\s]*")
_LENGTH = re.compile(r"\s*([\d.]+)\s*(px|pt|mm|cm|in|pc)?\s*")
_PIXELS = {"px": 1.0, "pt": 96 / 72, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "pc": 16.0}


def safe_svg(text: str) -> tuple[bytes, tuple[int, int], str, bool]:
    """Return an SVG of drawing elements alone, its size, what it says of itself, and whether it is all of it.

    Scripts, frames, listeners and whatever leads elsewhere are left out: nothing runs, and nothing is fetched. What
    says nothing to a reader, such as metadata, does not count. Raises BrokenPicture.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise BrokenPicture(BROKEN_MESSAGES["other"]) from fault
    if root.tag == "svg":
        return safe_svg(text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))
    if root.tag != f"{_SVG}svg":
        raise BrokenPicture(BROKEN_MESSAGES["other"])
    left_out = [element for element in root.iter() if element is not root and not _is_drawn(element)]
    is_whole = not any(_is_seen(element) for element in left_out)
    for element in left_out:
        _drop(element)
    kept = [_keep_safe(element) for element in root.iter()]
    said = [" ".join("".join(own.itertext()).split()) for own in root if own.tag in (f"{_SVG}desc", f"{_SVG}title")]
    size = _svg_size(root)
    root.set("width", str(size[0]))
    root.set("height", str(size[1]))
    if root.getroottree().docinfo.doctype:
        root = etree.fromstring(etree.tostring(root), parser)
    return etree.tostring(root), size, ". ".join(filter(None, said)), is_whole and all(kept)


def _is_drawn(element: Any) -> bool:
    return isinstance(element.tag, str) and element.tag.startswith(_SVG) and element.tag.removeprefix(_SVG) in _DRAWN


def _is_seen(element: Any) -> bool:
    """Whether an element of SVG could show or do something: scripts, frames and links do, metadata do not."""
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.startswith(_SVG) and tag.removeprefix(_SVG) not in ("metadata", "view", "cursor")


def _drop(element: Any) -> None:
    """Take an element out, and leave the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    before = element.getprevious()
    parent.remove(element)
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail


def _keep_safe(element: Any) -> bool:
    """Take out of an element what leads elsewhere or listens; return whether nothing was taken."""
    before = len(element.attrib), element.text
    for name, value in list(element.attrib.items()):
        local = name.rpartition("}")[2].lower()
        is_link = local in ("href", "src")
        if local.startswith("on") or (is_link and not _INWARD.fullmatch(value.strip())) or _OUTWARD.search(value):
            del element.attrib[name]
    if element.tag == f"{_SVG}style" and _OUTWARD.search(element.text or ""):
        element.text = ""
    return before == (len(element.attrib), element.text)


def _svg_size(root: Any) -> tuple[int, int]:
    width, height = (_pixels(root.get(name)) for name in ("width", "height"))
    box = [float(number) for number in re.findall(r"-?[\d.]+", root.get("viewBox") or "")]
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        width = width or (height * box[2] / box[3] if height else box[2])
        height = height or width * box[3] / box[2]
    width, height = width or 300.0, height or 150.0
    if not root.get("viewBox"):
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    return _size(max(1, round(width)), max(1, round(height)))


def _pixels(length: str | None) -> float:
    read = _LENGTH.fullmatch(length or "")
    return float(read[1]) * _PIXELS[read[2] or "px"] if read else 0.0
