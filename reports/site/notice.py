"""Tells on the front page that stands that its site could not be built anew: since when, and why."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from html import escape
from pathlib import Path

from reports.blocks.block import Block, render
from reports.render.page_notice import at_head
from reports.run.declaration import LanguageCode
from warehouse.errors import MendableError
from warehouse.home import write_atomically
from warehouse.language import LANGUAGES, Language

FRONT_PAGE = "index.html"
BEGIN, END = '<div class="alert site-failed" role="note" data-since="', "<!-- /site-failed -->"
_NOTICE = re.compile(rf"{BEGIN}([^\"]*)\".*?{END}\n?", re.DOTALL)


def mark_failed(folder: Path, error: Exception, now: datetime, *, is_load: bool = False) -> None:
    """Put the notice on the front pages of a site's folder, each in its own language; the next good build has none.

    `is_load`: what failed is the loading of new files, so that the pages show older ones than there are.
    `now` is the first day unless a notice stands already. The pages are replaced, never written to: builds that are
    kept may share them. Where that is impossible (no page yet, a full disk) nothing changes; the error is told anyway.
    """
    for path in _front_pages(folder):
        with suppress(OSError):
            _mark(path, error, now, is_load)


def clear_notice(folder: Path) -> None:
    """Take the notice away: the pages that stand are those that a build would make now."""
    for path in _front_pages(folder):
        with suppress(OSError):
            page = path.read_text(encoding="utf-8")
            if _NOTICE.search(page):
                write_atomically(path, _NOTICE.sub("", page))


def _front_pages(folder: Path) -> list[Path]:
    return [folder / FRONT_PAGE, *(folder / lang / FRONT_PAGE for lang in LANGUAGES)]


def _mark(path: Path, error: Exception, now: datetime, is_load: bool) -> None:
    page = path.read_text(encoding="utf-8")
    told = _NOTICE.search(page)
    since = told[1] if told else now.isoformat(timespec="minutes")
    notice = _notice(error, since, is_load, Language(_language_of(page)))
    write_atomically(path, at_head(_NOTICE.sub("", page), notice))


def _notice(error: Exception, since: str, is_load: bool, language: Language) -> Block:
    cause = error.told(language)[0] if isinstance(error, MendableError) else f"{type(error).__name__}: {error}"
    day = language.date(datetime.fromisoformat(since).date())
    what = language("New files could not be loaded." if is_load else "These pages could not be built anew.")
    inner = render("site_failed.html", what=what, cause=cause, day=day, _=language).html
    return Block(f'{BEGIN}{escape(since)}">{inner}</div>{END}')


def _language_of(page: str) -> LanguageCode:
    return "en" if '<html lang="en">' in page else "id"
