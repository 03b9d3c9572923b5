"""The sources of published figures: what a page calls them, where they can be read, and all of them as a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Bullets, Details, Span
from warehouse.language import Language

ARTICLE = re.compile(r"article:\S+ \((?P<paper>.+)\)")
"""A source that names an article by its number, and the paper in which it stood."""
ADDRESS_WITHIN = re.compile(r"(?:https?://)?(?P<place>(?:[a-z\d-]+\.)+[a-z]{2,}/[^\s;,)]+)")


def source_name(source: str) -> str:
    """Return what a table says of a source: the host of an address, the paper of an article, else the words."""
    article = ARTICLE.fullmatch(source)
    return article["paper"] if article else urlsplit(source).hostname or source


def source_address(source: str) -> str:
    """Return where a source can be read; empty for one that has no address."""
    return source if source.startswith(("http://", "https://")) and not re.search(r"\s", source) else ""


def address_within(words: str) -> str:
    """Return the first address that words name, with or without its scheme; empty where they name none."""
    found = ADDRESS_WITHIN.search(words)
    return f"https://{found['place']}" if found else ""


def listed_sources(statements: pl.DataFrame, language: Language) -> Block:
    """Return the full source of each of the statements, folded, in words that can be copied."""
    items = tuple(
        (
            Span(text=number, style="strong"),
            Span(text=" "),
            Span(text=source_address(source) or source_name(source), href=source_address(source)),
            *((Span(text=f" ({note})"),) if note else ()),
        )
        for number, source, note in _noted(statements, language)
    )
    listed = Bullets(items=items, is_small=True, is_published=True)
    return Block([Details(summary=language("Sources of the statements"), parts=(listed,))], language)


def _noted(statements: pl.DataFrame, language: Language) -> Iterator[tuple[str, str, str | None]]:
    """The statements with their sources and notes; a note that nobody has translated stays out of other languages."""
    for number, source, note in statements.select("statement_id", "source", "note").iter_rows():
        told = language.label("published_note", note) if note else None
        is_foreign = told == note and language.code != "en"
        yield number, source, None if is_foreign else told
