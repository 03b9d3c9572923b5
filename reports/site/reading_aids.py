"""The two pages of a site that help to read the others: search over all of them, and the terms that they use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape, unescape
from pathlib import Path

from reports.blocks.block import Block
from reports.blocks.content import PageGroup, PageList, Span, Text
from reports.blocks.glossary import terms
from reports.blocks.html import html_of
from reports.blocks.templates import Finished
from reports.render.outputs import OutputContext, citation_of
from reports.render.page import Link, page
from reports.render.page_notice import at_head
from reports.run.declaration import Report
from warehouse.language import Language

SEARCH_PAGE, TERMS_PAGE = "cari.html", "istilah.html"

Item = tuple[str, str]
"""The address of a table or chart on its page, and the words that are found there."""
Section = tuple[str, str, list[Item]]
"""The address of a section, its heading, and what stands in it."""


def aids(lang: str, current: str = "") -> list[Link]:
    """Return the links to both pages, as every page has them at its head."""
    _ = Language(lang)
    named = ((_("Search"), SEARCH_PAGE), (_("Terms"), TERMS_PAGE))
    return [Link(title, name, name == current) for title, name in named]


def terms_page(_folder: Path, _reports: Sequence[Report], frame: OutputContext, languages: Sequence[Link]) -> str:
    """Return the page of terms."""
    _ = frame.language
    entries = "\n".join(
        f'<dt id="{term.key}">{escape(_named(term.name, term.words))}</dt><dd>{escape(term.meaning)}</dd>'
        for term in terms(_.code)
    )
    return _framed(
        Finished(f'<dl class="terms">\n{entries}\n</dl>'), TERMS_PAGE, _("Terms"), _("What the words mean"), frame,
        languages,
    )  # fmt: skip


def search_page(folder: Path, reports: Sequence[Report], frame: OutputContext, languages: Sequence[Link]) -> str:
    """Return the page that searches all pages of a folder; without a script it lists them."""
    _ = frame.language
    there = [report for report in reports if (folder / report.file_name).is_file()]
    links = tuple((Span(text=report.heading.told(_.code), href=report.file_name), ()) for report in there)
    listed = html_of([PageList(groups=(PageGroup(pages=links),))], _) if links else ""
    heading = f"<h2>{escape(_('All pages'))}</h2>\n{listed}" if listed else ""
    entries = [
        [
            report.file_name,
            report.heading.told(_.code),
            sections_of((folder / report.file_name).read_text(encoding="utf-8")),
        ]
        for report in there
    ]
    # A "<" within the index would end the element that holds it.
    index = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    content = Finished(f'<div id="search"></div>\n{heading}')
    subtitle = _("Headings, tables, charts and rows of every page of this site")
    return _framed(content, SEARCH_PAGE, _("Search"), subtitle, frame, languages, index)


def _named(name: str, words: Sequence[str]) -> str:
    others = [word for word in words if word != name and word.isupper()]
    return f"{name} ({', '.join(others)})" if others else name


def _framed(
    content: Finished,
    name: str,
    title: str,
    subtitle: str,
    frame: OutputContext,
    languages: Sequence[Link],
    index: str = "",
) -> str:
    _ = frame.language
    mark = _("Simulated data are marked on the pages that show them.")
    parts = [Text(text=mark, tone="note")] if frame.is_simulated else []
    made = page(
        Block(parts, _),
        title=title,
        subtitle=subtitle,
        site_title=frame.site_title,
        language=_,
        navigation=frame.navigation,
        languages=languages,
        search=aids(_.code, name),
        citation=citation_of(title, frame),
        index=index,
    )
    return at_head(made, content)


_PIECES = re.compile(
    r'<h2 id="(?P<section>[^"]+)">(?P<heading>.*?)</h2>'
    r'|<div class="table" id="(?P<table>[^"]+)"|<figure class="chart" id="(?P<figure>[^"]+)"'
    r'|<title id="[^"]+-wide-t">(?P<title>.*?)</title>|<caption>(?P<caption>.*?)</caption>'
    r'|<th scope="row"[^>]*>(?P<row>.*?)</th>|<details class="data"(?P<data>)>',
    re.DOTALL,
)
_MARKUP = re.compile(r'<strong class="mark">.*?</strong>|<span class="origin">.*?</span>|<[^>]+>')


def sections_of(html: str) -> list[Section]:
    """Return what can be found on one of our pages: its sections with their tables, charts and named rows."""
    sections: list[Section] = [("isi", "", [])]
    seen: set[str] = set()
    for item in _pieces(html):
        if len(item) == 3:
            sections.append(item)
        elif item[1] and item[1] not in seen:
            seen.add(item[1])
            sections[-1][2].append(item)
    return [section for section in sections if section[1] or section[2]]


def _pieces(html: str) -> Iterator[Section | Item]:
    """The sections, each empty, and their items as they follow each other; the data of charts repeat what is shown."""
    place, is_data = "", False
    for found in _PIECES.finditer(html):
        kind = found.lastgroup
        if kind == "heading":
            place = ""
            yield found["section"], _told(found["heading"]), []
        elif kind in ("table", "figure"):
            place, is_data = found[kind], False
        elif kind == "data":
            is_data = True
        elif kind is not None and not is_data:
            yield place, _told(found[kind])


def _told(markup: str) -> str:
    return " ".join(unescape(_MARKUP.sub("", markup)).split())
