"""Tells on the front page that stands that its site could not be built anew: since when, and why."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from html import escape
from pathlib import Path

from reports.blocks.block import Block
from reports.blocks.content import Span, Text
from reports.render.page_notice import at_head
from reports.run.declaration import LanguageCode
from warehouse.disk import write_text
from warehouse.errors import MendableError
from warehouse.language import LANGUAGES, Language
from warehouse.visible_text import visible

FRONT_PAGE = "index.html"
BEGIN, END = '<div class="alert site-failed" role="note" data-since="', "<!-- /site-failed -->"


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
            without, since = _without_notice(page)
            if since:
                write_text(path, without)


def _front_pages(folder: Path) -> list[Path]:
    return [folder / FRONT_PAGE, *(folder / lang / FRONT_PAGE for lang in LANGUAGES)]


def _mark(path: Path, error: Exception, now: datetime, is_load: bool) -> None:
    page, since = _without_notice(path.read_text(encoding="utf-8"))
    since = since or now.isoformat(timespec="minutes")
    notice = _notice(error, since, is_load, Language(_language_of(page)))
    write_text(path, at_head(page, f'{BEGIN}{escape(since)}">{notice.html}</div>{END}'))


def _without_notice(page: str) -> tuple[str, str]:
    """The page without its notice, and since when that has stood; "" where there is none."""
    before, _begin, marked = page.partition(BEGIN)
    notice, end, after = marked.partition(END)
    return (before + after.removeprefix("\n"), notice.partition('"')[0]) if end else (page, "")


def _notice(error: Exception, since: str, is_load: bool, language: Language) -> Block:
    _ = language
    cause = error.told(_)[0] if isinstance(error, MendableError) else f"{type(error).__name__}: {error}"
    day = _("since {day}").format(day=_.date(datetime.fromisoformat(since).date()))
    what = _("New files could not be loaded." if is_load else "These pages could not be built anew.")
    told = Span(text=f" {visible(cause)} ({day}; {_('the last good pages stand')})")
    return Block([Text(text=(Span(text=what, style="strong"), told))], _)


def _language_of(page: str) -> LanguageCode:
    return "en" if '<html lang="en">' in page else "id"
