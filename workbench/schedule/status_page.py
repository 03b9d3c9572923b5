"""The page for people about what the schedule did: `status.html`, beside the report sites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from reports.blocks.block import Block
from reports.blocks.content import Bullets, Details, Facts, Heading, Notice, Part, Span, Text
from reports.render.page import page
from warehouse.disk import write_text
from warehouse.home import Home
from warehouse.language import Language
from warehouse.visible_text import visible
from workbench.schedule.status import (
    STATE_MESSAGES,
    RunStatus,
    SiteStatus,
    and_then,
    moment_in_words,
    status_folder,
    status_of,
)


def write_status(home: Home, status: RunStatus, lang: str) -> None:
    """Write both files, each in one step."""
    folder = status_folder(home)
    write_text(folder / "status.json", json.dumps(asdict(status), indent=1, ensure_ascii=False) + "\n")
    write_text(folder / "status.html", status_page(status, Language(lang)))


def status_page(status: RunStatus, language: Language) -> str:
    """The page for people."""
    _, states = language, {code: language(text) for code, text in STATE_MESSAGES.items()}
    status = _visible(status)
    parts: list[Part] = [Text(text=(Span(text=states[status.state], style="strong"),))]
    if status.state == "running":
        text = _(
            "Begun on {when}. If this page does not change, the run was cut off; the next one mends it, and the last "
            "good reports stand."
        )
        parts.append(Text(text=text.format(when=moment_in_words(status.started_at, _))))
    if status.cause:
        parts.append(Notice(text=status.cause, next_step=status.next_step))
    parts.append(Facts(pairs=tuple(_facts_of(status, states, _)), look="words"))
    if status.notes:
        parts += [Heading(level=1, text=_("Keeping the home")), Bullets(items=status.notes)]
    if status.load and status.load.held:
        parts += [Heading(level=1, text=_("Files held")), Bullets(items=status.load.held)]
    for site in status.sites:
        parts += _parts_of_site(site, states, _)
    if status.earlier:
        runs = tuple(f"{moment_in_words(run['started_at'], _)}: {states[run['state']]}" for run in status.earlier)
        parts += [Heading(level=1, text=_("Earlier runs")), Bullets(items=runs)]
    return page(
        Block(parts, language),
        title=language("State of the reports"),
        subtitle=language("What the schedule did, what failed, and when it runs again"),
        site_title="Innovative Government Award",
        language=language,
    )


def _visible(status: RunStatus) -> RunStatus:
    """Return a status whose texts show the control signs that names of files have."""
    return status_of(_visible_texts(asdict(status)))


def _visible_texts(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {name: _visible_texts(each) for name, each in value.items()}
    return tuple(_visible_texts(each) for each in value) if isinstance(value, list | tuple) else value


def _facts_of(status: RunStatus, states: dict[str, str], language: Language) -> Iterator[tuple[str, str]]:
    """When the run began and ended, what became of the inbox and of the mail."""
    _ = language
    yield _("Begun"), moment_in_words(status.started_at, _)
    yield _("Ended"), moment_in_words(status.ended_at, _)
    yield _("Next run"), moment_in_words(status.next_due, _)
    if status.load:
        yield _("Inbox"), _and_cause(states[status.load.state], status.load.cause)
        yield _("Snapshot"), status.load.snapshot_id or "–"
    yield _("E-mail"), _and_cause(states[status.mail_state], status.mail_cause)


def _and_cause(state: str, cause: str) -> str:
    return f"{state}: {cause}" if cause else state


def _parts_of_site(site: SiteStatus, states: dict[str, str], language: Language) -> Iterator[Part]:
    """What became of a site, and of each of its pages that failed."""
    _ = language
    yield Heading(level=1, text=f"{site.title or site.site}: {states[site.state]}", href=site.front_page)
    if site.cause:
        since = f" ({_since(site.since, _)})" if site.since else ""
        yield Notice(text=f"{site.cause}{since}. {_('The last good site stands.')}", next_step=site.next_step)
    if site.failures:
        items = tuple(
            f"{failure.heading}: {failure.cause} ({_since(failure.since, _)}){and_then(failure.next_step)}"
            for failure in site.failures
        )
        yield Notice(text=(Span(text=_("Not every page could be built."), style="strong"),), items=items)
    if site.left_out:
        yield Details(summary=_("Pages left out"), parts=(Bullets(items=site.left_out),))
    if site.replaced:
        yield Details(summary=_("Not shown in the PDF as it is"), parts=(Bullets(items=site.replaced, is_small=True),))


def _since(moment: str, language: Language) -> str:
    return language("since {day}").format(day=moment_in_words(moment, language))
