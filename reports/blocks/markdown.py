"""Markdown as parts of a report: read into its tree, so that no HTML is made of it and none in it is interpreted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from typing import Any, Literal

from reports.blocks.content import (
    Align,
    Bullets,
    Heading,
    Part,
    Preformatted,
    Span,
    Table,
    TableColumn,
    Text,
    Words,
    plain,
)

Style = Literal["plain", "strong", "emphasis", "code"]
Token = dict[str, Any]

_STYLES: dict[str, Style] = {"strong": "strong", "emphasis": "emphasis"}
ATTACHMENT = "attachment:"
_BREAKS = {"softbreak": " ", "linebreak": "\n"}


Attached = Callable[[str, str], tuple[Part, ...]]
"""Gives the picture that a cell holds under a name, with its description; nothing where it holds none."""


def parts_of_markdown(text: str, attached: Attached = lambda _name, _description: ()) -> tuple[Part, ...]:
    """Return the headings, paragraphs, lists, tables and code of a Markdown text; `##` is a section of the report.

    A picture that the cell holds (`![words](attachment:name)`) follows what it stands in; one elsewhere is words.
    """
    parts: list[Part] = []
    for token in _reader()(text):
        pictures = list(_taken_out(token, attached))
        is_picture_alone = bool(pictures) and not plain(_words([token])).strip()
        parts += [*([] if is_picture_alone else _parts([token])), *pictures]
    return tuple(parts)


def _taken_out(token: Token, attached: Attached) -> Iterator[Part]:
    """The pictures within a piece of text, in whose place nothing is left."""
    if token["type"] == "image" and token["attrs"]["url"].startswith(ATTACHMENT):
        name = token["attrs"]["url"].removeprefix(ATTACHMENT)
        if parts := attached(name, plain(_words(token["children"]))):
            token.update(type="text", raw="")
            token.pop("children")
            yield from parts
        return
    for child in token.get("children", ()):
        yield from _taken_out(child, attached)


@cache
def _reader() -> Any:
    import mistune

    return mistune.create_markdown(renderer=None, plugins=["table", "footnotes"])


def _parts(tokens: Iterable[Token]) -> Iterator[Part]:
    for token in tokens:
        match token["type"]:
            case "heading":
                yield Heading(level=max(1, token["attrs"]["level"] - 1), text=plain(_words(token["children"])))
            case "paragraph" | "block_text":
                yield Text(text=_words(token["children"]))
            case "list":
                yield _bullets(token)
            case "footnotes":
                yield _bullets({**token, "attrs": {"ordered": True}}).model_copy(update={"is_small": True})
            case "block_code":
                yield Preformatted(text=token["raw"].rstrip("\n"))
            case "block_quote":
                yield from (_quoted(part) for part in _parts(token["children"]))
            case "table":
                yield _table(token)
            case "thematic_break" | "blank_line":
                pass
            case _:  # HTML and whatever else is written as it stands
                yield Text(text=str(token.get("raw", "")).strip())


def _quoted(part: Part) -> Part:
    return part.model_copy(update={"tone": "remark"}) if isinstance(part, Text) else part


def _bullets(token: Token) -> Bullets:
    items: list[Words | Bullets] = []
    for item in token["children"]:
        for child in item["children"]:
            if child["type"] == "list":
                items.append(_bullets(child))
            elif child["type"] != "blank_line":
                items.append(_words(child.get("children", ())) or str(child.get("raw", "")).strip())
    return Bullets(items=tuple(items), is_numbered=bool(token["attrs"].get("ordered")))


def _table(token: Token) -> Table:
    head, *bodies = token["children"]
    rows = [row["children"] for body in bodies for row in body["children"]]
    aligned: list[Align] = [cell["attrs"].get("align") or "left" for cell in head["children"]]
    headings = [plain(_words(cell["children"])) for cell in head["children"]]
    return Table(
        key="tab-" + sha256("|".join(headings).encode()).hexdigest()[:10],
        caption=", ".join(headings),
        columns=tuple(TableColumn(heading=text, align=align) for text, align in zip(headings, aligned, strict=True)),
        values=tuple(tuple(plain(_words(cell["children"])) or None for cell in row) for row in rows),
    )


def _words(tokens: Iterable[Token]) -> Words:
    """A text in one piece where nothing in it is set apart, else its spans."""
    spans = list(_joined(_spans(tokens)))
    if all(span.style == "plain" and not span.href for span in spans):
        return "".join(span.text for span in spans)
    return tuple(spans)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans with those that look alike put together."""
    last: Span | None = None
    for span in spans:
        if last is not None and (last.style, last.href) == (span.style, span.href):
            last = last.model_copy(update={"text": last.text + span.text})
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _spans(tokens: Iterable[Token], style: Style = "plain", href: str = "") -> Iterator[Span]:
    for token in tokens:
        kind = token["type"]
        if kind == "image":
            yield Span(text=f"{plain(_words(token['children']))} ({token['attrs']['url']})", style=style, href=href)
        elif kind == "footnote_ref":
            yield Span(text=f"[{token['attrs']['index']}]", style=style, href=href)
        elif kind == "link":
            yield from _spans(token["children"], style, token["attrs"]["url"])
        elif "children" in token:
            yield from _spans(token["children"], _STYLES.get(kind, style), href)
        else:
            own: Style = "code" if kind == "codespan" else style
            yield Span(text=_BREAKS.get(kind, str(token.get("raw", ""))), style=own, href=href)
