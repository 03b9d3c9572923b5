"""Which signs of a report its PDF cannot show, with the rows that hold them: told on the page and in the PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from reports.blocks.content import Bullets, Details, Figure, Heading, Part, Table, Text
from reports.render.document import Document
from reports.render.printable import name_of, signs_without_face, signs_without_font
from warehouse.language import Language
from warehouse.visible_text import visible

LONGEST_TEXT = 80
SIGNS_SHOWN = 4
ROWS_SHOWN = 25
_NOT_WORDS = frozenset({"svg", "narrow_svg", "content", "key", "kind", "anchor", "href", "format", "html"})
_WORDS_OF_DRAWING = re.compile(r">([^<]+)<")


@dataclass(frozen=True)
class Replaced:
    """A text of which the PDF does not show every sign: where it first is, and the signs by their Unicode names."""

    text: str
    where: str
    signs: tuple[str, ...]

    def told(self, language: Language) -> str:
        """Return it in words: the text, its place, the names of its signs."""
        names = [name_of(sign) for sign in self.signs[:SIGNS_SHOWN]]
        if len(self.signs) > SIGNS_SHOWN:
            names.append(language("and {count} more").format(count=language.whole(len(self.signs) - SIGNS_SHOWN)))
        text = visible(self.text if len(self.text) <= LONGEST_TEXT else f"{self.text[:LONGEST_TEXT]}…")
        return f"“{text}” ({self.where}): {', '.join(names)}"


def replaced_in(document: Document) -> list[Replaced]:
    """Return the texts of a report with signs that its PDF shows as a box or as U+FFFD, each once, in their order."""
    _ = document.language
    found: dict[str, Replaced] = {}
    place = document.title
    for part in document.parts:
        if isinstance(part, Heading):
            place = part.text
        for where, text in _texts_of(part, place, _):
            if text not in found and (signs := signs_without_font(text)):
                found[text] = Replaced(text, where, signs)
        if isinstance(part, Figure):
            for text in map(unescape, _WORDS_OF_DRAWING.findall(part.svg)):
                if text not in found and (signs := signs_without_face(text)):
                    found[text] = Replaced(text, _("chart {title}").format(title=part.title), signs)
    return list(found.values())


def _texts_of(part: Part, place: str, language: Language) -> Iterator[tuple[str, str]]:
    """The texts of a part, each with the words for where it is."""
    if isinstance(part, Table):
        yield from _texts_of_table(part, place, language)
        return
    if isinstance(part, Figure):
        yield from _texts_of_table(part.data, place, language)
    for name in type(part).model_fields:
        if name not in _NOT_WORDS and not (isinstance(part, Figure) and name == "data"):
            for text in _strings(getattr(part, name)):
                yield place, text


def _texts_of_table(table: Table, place: str, language: Language) -> Iterator[tuple[str, str]]:
    yield place, table.caption
    if table.is_folded:  # it is named in the PDF, and not set
        return
    caption = table.caption or place
    for text in (table.note, *(column.heading for column in table.columns), *(table.groups or ())):
        if text:
            yield caption, text
    for number, row in enumerate(table.values[: table.rows_shown], start=1):
        for value in row:
            if (isinstance(value, str) and not value.isascii()) or (isinstance(value, str) and not value.isprintable()):
                yield language("{table}, row {number}").format(table=caption, number=language.whole(number)), value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _strings(item)
    elif hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            if name not in _NOT_WORDS:
                yield from _strings(getattr(value, name))


def note_for_page(told: tuple[str, ...], language: Language) -> tuple[Part, ...]:
    """Return what the web page says of its PDF, folded at its end."""
    if not told:
        return ()
    text = language.ngettext(
        "In the PDF a box or � stands in {count} text",
        "In the PDF a box or � stands in {count} texts",
        len(told),
    )
    more = _more(told, language)
    items = Bullets(items=(*told[:ROWS_SHOWN], *more), is_small=True)
    return (Details(summary=text.format(count=language.whole(len(told))), parts=(items,)),)


def note_for_pdf(told: tuple[str, ...], language: Language) -> tuple[Part, ...]:
    """Return what the PDF says of itself, in small letters at its end."""
    if not told:
        return ()
    text = language("A crossed box or � stands for a sign that the fonts of this file lack, or that it must not hold")
    shown = "; ".join((*told[:SIGNS_SHOWN], *(_more(told, language, SIGNS_SHOWN))))
    return (Text(text=f"{text}: {shown}.", tone="note"),)


def _more(told: tuple[str, ...], language: Language, shown: int = ROWS_SHOWN) -> tuple[str, ...]:
    more = len(told) - shown
    return (language("and {count} more").format(count=language.whole(more)),) if more > 0 else ()
