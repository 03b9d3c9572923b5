"""A report as an accessible PDF (PDF/UA-1): contents, page numbers, charts with words and data, what it rests on."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Any

from reports.blocks.content import (
    Bullets,
    Calculation,
    Card,
    Cards,
    Facts,
    Figure,
    FreeHtml,
    Heading,
    Image,
    Notice,
    Part,
    Preformatted,
    Quantity,
    Table,
    TableColumn,
    Text,
    Words,
)
from reports.blocks.drawing import MEASURED, WIDE, units_told
from reports.blocks.extremes import extremes_told
from reports.blocks.scale import strip_svg
from reports.blocks.words import origin_told, told, told_rows, told_words
from reports.render.document import Document
from reports.render.printable import BREAK, drawable, pieces
from reports.render.typesetting import typeset
from reports.run.declaration import Paper
from warehouse.language import Language

FONT = "Arimo"
TEXT_WIDTH_PT = 168 / 25.4 * 72
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5)
NARROW, WIDE_LETTERS = frozenset(" .,:;'|!-–ijlt()[]/f"), frozenset("mwMW%@—")
LONGEST_WORD = 22
LETTERS_IN_WIDTH = 110
"""How many letters of one width, as printed text has them, stand beside each other."""
PADDING_EM = 1.3
"""What a cell leaves free on both sides, in sizes of its font."""
CROWDED = 1.2
"""From this many times the width of a page on, a table's texts are set smaller."""
OTHER_SCRIPT_MORE = 0.75
"""How much wider than a letter of ours the signs of other scripts are at most, emoji and boxes among them."""
_OTHER_SCRIPTS = re.compile("[\u0900-\u1fff\u2190-\U0010ffff]")
_BREAKS = re.compile(r"(?<=[/_.\-:?&=])(?=\w)")


def pdf_of(document: Document, letterhead: dict[str, Any] | None = None, paper: Paper = "report") -> bytes:
    """The PDF of a document, on many pages or on one sheet. Raises PdfRefused where it would not be accessible."""
    return typeset(f"{paper}.typ", "report", _told(document, letterhead, paper))


def _told(document: Document, letterhead: dict[str, Any] | None, paper: Paper) -> dict[str, Any]:
    _ = document.language
    opening, sections = _sections(document)
    if paper == "report":  # the head of each page bears the mark: the banner says what it means
        opening = [{**part, "lead": ""} if part.get("tone") == "mark" else part for part in opening]
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "site_title": document.site_title,
        "author": "IGA Workbench",
        "lang": _.code,
        "is_simulated": document.is_simulated,
        "running_title": f"{document.site_title} · {document.title}",
        "foot": _("Snapshot {snapshot} · IGA Workbench {version}").format(
            snapshot=document.snapshot_id[:12], version=document.software_version
        ),
        "letterhead": letterhead,
        "opening": opening,
        "sections": sections,
        "words": {
            "simulated": _("SIMULATED DATA"),
            "page": _("Page {number} of {total}"),
            "contents": _("Contents"),
            "not_computed": _("not computed"),
        },
    }


def _sections(document: Document) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What stands before the first heading; the sections of the notebook, the data of its charts, what it rests on."""
    _ = document.language
    opening: list[Part] = []
    sections: list[list[Part]] = []
    for part in document.parts:
        if isinstance(part, Heading) and part.level == 1:
            sections.append([part])
        else:
            (sections[-1] if sections else opening).append(part)
    basis_title = _("What this report rests on")
    own = [section for section in sections if isinstance(section[0], Heading) and section[0].text == basis_title]
    others = [section for section in sections if section not in own]
    annex = _chart_data(document)
    set_sections = [
        *[_section(section, document) for section in others],
        *([_section(annex, document)] if annex else []),
        *[_section(section, document, starts_page=_is_long(section)) for section in own],
        *([] if own else [_section(_basis(document, basis_title), document, starts_page=True)]),
    ]
    before = document.is_simulated
    for section in set_sections:
        section["starts_page"] = section["starts_page"] or section["is_simulated"] != before
        before = section["is_simulated"]
    return [_part(part, document) for part in opening if _is_shown(part)], set_sections


def _is_long(parts: Sequence[Part]) -> bool:
    """Whether what a report rests on fills a page of its own: with a table of files, not in a few lines."""
    return any(isinstance(part, Table) for part in parts)


def _section(parts: list[Part], document: Document, *, starts_page: bool = False) -> dict[str, Any]:
    figures = [part for part in parts if isinstance(part, Figure)]
    is_real = bool(figures) and not any(getattr(part, "is_simulated", False) for part in parts)
    return {
        "parts": [_part(part, document) for part in parts if _is_shown(part)],
        "is_simulated": document.is_simulated and not is_real,
        "starts_page": starts_page,
    }


def _is_shown(part: Part) -> bool:
    return not isinstance(part, Calculation)


def _chart_data(document: Document) -> list[Part]:
    """The data of every chart as tables, in a section of their own that the charts refer to."""
    figures = [part for part in document.parts if isinstance(part, Figure) and part.data.columns]
    if not figures:
        return []
    heading = Heading(level=1, text=document.language("Data of the charts"))
    return [heading, *(_numbered(figure, number, document) for number, figure in enumerate(figures, start=1))]


def _numbered(figure: Figure, number: int, document: Document) -> Table:
    caption = document.language("Table A{number}. {caption}").format(number=number, caption=figure.data.caption)
    return figure.data.model_copy(update={"caption": caption})


def _basis(document: Document, title: str) -> list[Part]:
    """What a report rests on whose notebook does not say so itself."""
    _ = document.language
    pairs = (
        (_("Snapshot"), document.snapshot_id),
        (_("Software"), f"IGA Workbench {document.software_version}"),
        (
            _("Simulated"),
            _("yes: the files are made up, only names of places are real") if document.is_simulated else _("no"),
        ),
    )
    return [Heading(level=1, text=title), Facts(pairs=pairs)]


def _part(part: Part, document: Document) -> dict[str, Any]:
    """A part as the template takes it: every word as a string, or as spans with their styles."""
    _ = document.language
    made: dict[str, Any]
    match part:
        case Table():
            made = _where(part, document) if part.is_folded else _table(part, _)
        case Figure():
            made = _figure(part, document)
        case Image():
            made = _image(part, _)
        case Text():
            made = {"kind": "text", "text": _spans(part.text), "lead": part.lead, "tone": part.tone}
        case Bullets():
            made = {"kind": "bullets", "items": list(_items(part)), "is_numbered": part.is_numbered}
        case Facts():
            pairs = [(name, told_words(value, _)) for name, value in part.pairs]
            made = {"kind": "facts", "title": part.title, "pairs": pairs}
        case Cards():
            made = {"kind": "cards", "cards": [_card(card, part.is_simulated, _) for card in part.cards]}
        case Notice():
            step = [{"text": f" {_('What to do:')} {part.next_step}", "style": "plain"}] if part.next_step else []
            made = {"kind": "text", "text": [*_spans(part.text), *step], "lead": "", "tone": "plain"}
        case Preformatted():
            cut = (
                _.ngettext(
                    "{count} more line is not shown.", "{count} more lines are not shown.", part.lines_cut
                ).format(count=_.whole(part.lines_cut))
                if part.lines_cut
                else ""
            )
            made = {"kind": "preformatted", "text": _in_width(part.text), "note": cut}
        case FreeHtml():
            text = f"{part.title}: {_('this part can be seen on the web page of the report only')}."
            made = {"kind": "text", "text": _spans(text), "lead": "", "tone": "note"}
        case _:
            made = part.model_dump(mode="json")
    return made


def _in_width(text: str) -> str:
    """Text whose lines are no longer than a page is wide; a longer one goes on in the next line."""
    return "\n".join(
        line[start : start + LETTERS_IN_WIDTH]
        for line in text.expandtabs(4).split("\n")
        for start in range(0, len(line) or 1, LETTERS_IN_WIDTH)
    )


def _spans(words: Words) -> list[dict[str, str]]:
    if isinstance(words, str):
        return [{"text": words, "style": "plain"}]
    return [span.model_dump(include={"text", "style"}) for span in words]


def _items(bullets: Bullets) -> Iterator[list[dict[str, str]]]:
    """The items of a list; those of a list within it follow in the same line of bullets."""
    for item in bullets.items:
        if isinstance(item, Bullets):
            yield from _items(item)
        else:
            yield _spans(item)


def _card(card: Card, is_simulated: bool, language: Language) -> dict[str, Any]:
    mark = f"{language('SIMULATED DATA')}. " if is_simulated else ""
    value = card.value
    words = told(value.value, value, language) if isinstance(value, Quantity) else value
    return {
        "heading": card.heading,
        "value": words,
        "detail": card.detail,
        "gaps": card.gaps,
        "is_estimate": card.is_estimate,
        "strip": strip_svg(card.strip, language).replace(MEASURED, FONT) if card.strip else "",
        "strip_alt": f"{mark}{card.strip.description}" if card.strip else "",
    }


def _image(image: Image, language: Language) -> dict[str, Any]:
    mark = f"{language('SIMULATED DATA')}. " if image.is_simulated else ""
    return {
        "kind": "image",
        "title": image.title,
        "content": list(_drawn(b64decode(image.content), image.format)),
        "format": "jpg" if image.format == "jpeg" else image.format,
        "width": min(1.0, image.width / WIDE),
        "alt": f"{mark}{image.description}" if image.description.strip() else None,
        "description": image.description,
        "foot": f"{image.source}." if image.source else "",
        "is_simulated": image.is_simulated,
    }


def _drawn(content: bytes, form: str) -> bytes:
    """The bytes of a picture; the words of a drawing are cut to what its face has."""
    return drawable(content.decode("utf-8", "replace")).encode() if form == "svg" else content


def _where(table: Table, document: Document) -> dict[str, Any]:
    """Where a table can be read whose many rows serve no reader of a paper."""
    _ = document.language
    text = _.ngettext(
        "{caption}: {count} row, in the web page of this report, and in its workbook where there is one.",
        "{caption}: {count} rows, in the web page of this report, and in its workbook where there is one.",
        len(table.values),
    )
    where = text.format(caption=table.caption, count=_.whole(len(table.values)))
    return _part(Text(text=where, tone="note"), document)


def _table(table: Table, language: Language) -> dict[str, Any]:
    rows = told_rows(table, language)
    size, widths = _columns(table, rows)
    return {
        "kind": "table",
        "caption": table.caption,
        "origin": origin_told(table, language),
        "heads": [{"heading": column.heading, "align": column.align} for column in table.columns],
        "lines": list(_lines(table, rows)),
        "note": table.note,
        "is_simulated": table.is_simulated,
        "size": size,
        "widths": widths,
    }


def _lines(table: Table, rows: list[tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """The rows, each run of a group under its name."""
    group: str | None = None
    for place, row in enumerate(rows):
        own = table.groups[place] if table.groups else None
        if own is not None and own != group:
            yield {"group": own, "cells": []}
        group = own
        yield {"group": None, "cells": [_breakable(text) for text in row]}


def _em(text: str) -> float:
    """The width of a text in sizes of its font, reckoned rather high."""
    width = sum(
        0.33 if mark in NARROW else 0.9 if mark in WIDE_LETTERS else 0.72 if mark.isupper() else 0.57 for mark in text
    )
    return width if text.isascii() else width + OTHER_SCRIPT_MORE * len(_OTHER_SCRIPTS.findall(text))


def _columns(table: Table, rows: list[tuple[str, ...]]) -> tuple[float, list[float]]:
    """The largest size of letters at which every word fits its column, and the columns' shares of the width."""
    columns = list(zip(table.columns, zip(*rows, strict=True) if rows else [()] * len(table.columns), strict=True))
    least = [max(map(_em, _words_of(column, texts)), default=1.0) + PADDING_EM for column, texts in columns]
    wanted = [max(0.0, _usual(column, texts) - low) for low, (column, texts) in zip(least, columns, strict=True)]
    sizes = SIZES[2:] if sum(wanted) > CROWDED * TEXT_WIDTH_PT / SIZES[0] else SIZES
    size = next((size for size in sizes if sum(least) * size <= TEXT_WIDTH_PT), SIZES[-1])
    room = TEXT_WIDTH_PT / size - sum(least)
    share = min(1.0, room / sum(wanted)) if sum(wanted) and room > 0 else 0.0
    return size, [round(low + share * more, 2) for low, more in zip(least, wanted, strict=True)]


def _words_of(column: TableColumn, texts: Sequence[str]) -> Iterator[str]:
    """The pieces of a column that stay in one line: figures and dates whole, texts by word, long words by parts."""
    yield from column.heading.split()
    for text in texts:
        pieces = [text] if column.kind in ("date", "moment") else text.split()
        for piece in pieces:
            yield from _breakable(piece).split(BREAK) if len(piece) > LONGEST_WORD else [piece]


def _usual(column: TableColumn, texts: Sequence[str]) -> float:
    """How wide a column would like to be: nine of ten of its texts in one line, the longest in a few."""
    lengths = sorted(map(_em, texts)) or [1.0]
    return PADDING_EM + max(_em(column.heading) * 0.7, min(lengths[int(0.9 * (len(lengths) - 1))], 48))


def _breakable(text: str) -> str:
    """Long words (file names, addresses, names of one piece) may break, after their marks if they have any."""
    return " ".join(_broken(word) if len(word) > LONGEST_WORD else word for word in text.split(" "))


def _broken(word: str) -> str:
    parts = _BREAKS.sub(BREAK, word).split(BREAK)
    return BREAK.join(BREAK.join(pieces(part, LONGEST_WORD)) for part in parts)


_SIZE = re.compile(r"<svg[^>]*?width=\"([\d.]+)\"")


def _figure(figure: Figure, document: Document) -> dict[str, Any]:
    _ = document.language
    mark = f"{_('SIMULATED DATA')}. " if figure.is_simulated else ""
    figures = [part for part in document.parts if isinstance(part, Figure) and part.data.columns]
    number = next((place for place, one in enumerate(figures, start=1) if one is figure), None)
    data = _("Data: table A{number}.").format(number=number) if number else ""
    width = _SIZE.search(figure.svg)
    told_units = units_told(figure, _)
    units = f"{told_units}. " if told_units else ""
    values = extremes_told(figure.data, _)
    said = f"{mark}{figure.title}. {units}{figure.description} {values}".strip()
    alt = said if figure.description.strip() else None
    return {
        "kind": "figure",
        "title": figure.title,
        "units": told_units,
        "description": figure.description,
        "foot": " ".join(part for part in (figure.source and f"{figure.source}.", data) if part),
        "svg": drawable(figure.svg).replace(MEASURED, FONT),
        "width": min(1.0, float(width[1]) / WIDE) if width else 1.0,
        "alt": alt,
        "is_simulated": figure.is_simulated,
    }
