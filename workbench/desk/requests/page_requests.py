"""Requests for pages of the desk, for their tables as data, CSV or workbook, and for its script and style."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from tornado.web import HTTPError, StaticFileHandler, authenticated

from warehouse.file_names import ANY_LETTERS, slug
from workbench.desk.desk_tables import DeskTable
from workbench.desk.innovation_links import linked
from workbench.desk.pages.front_page import next_actions
from workbench.desk.pages.page_content import PageContent
from workbench.desk.pages.page_list import PAGES, DeskPage
from workbench.desk.pages.what_if_page import answered, kept_as
from workbench.desk.people import ROLE_GROUPS, Right
from workbench.desk.question import SEASON, Question, question_of
from workbench.desk.requests.desk_request import DeskRequest
from workbench.desk.state_of_home import state_of

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

PATIENCE_S, PATIENCE_OF_OFFICE_S = 1, 15
"""After how many seconds without a word a page says that the server cannot be reached."""


class PageRequest(DeskRequest):
    """A page."""

    @authenticated
    async def get(self, name: str = "") -> None:
        """Show a page of the season that the address names."""
        page = _page(name)
        self.needs(page.right)
        question = await self.ask()
        content = await self.content(name, page, question)
        self.set_header("Cache-Control", "no-store")
        self.finish(self.desk_page(content.template, **_shown(self, name, question, content)))

    async def content(self, name: str, page: DeskPage, question: Question) -> PageContent:
        """Return a page as it was computed for the same question and state of the home, or compute it, once."""
        if page.make.__module__.endswith("work_pages"):
            return await self.apart(partial(page.make, question))
        own = {key: value for key, value in question.arguments.items() if key not in (*SEASON, "token")}
        key: tuple[Any, ...] = (
            name,
            question.snapshot_id,
            question.city,
            question.edition,
            question.on,
            question.threshold,
        )
        key += (question.language.code, question.person.role, tuple(sorted(own.items())), state_of(question.home))
        return await self.once(key, partial(_made, page, question))


class TableRequest(PageRequest):
    """A table of a page: all its rows."""

    @authenticated
    async def get(self, name: str = "", table: str = "", form: str = "json") -> None:
        """Answer with the table as data for the browser, or as a file of what its view shows."""
        page = _page(name if name != "start" else "")
        self.needs(page.right)
        asked = self.arguments_of_address()
        view = {key[2:]: asked.pop(key) for key in list(asked) if key.startswith("v.")}
        question = await self.apart(partial(_asked_without_view, self, asked))
        content = await self.content(name if name != "start" else "", page, question)
        if table not in content.tables:
            raise HTTPError(404)
        shown: DeskTable = content.tables[table]
        if form == "json":
            self.answer(await self.apart(partial(shown.for_browser, question.language)))
            return
        chosen = await self.apart(partial(shown.chosen, view, question.language))
        made = await self.apart(chosen.as_csv if form == "csv" else partial(chosen.as_workbook, question.language))
        words = (question.city_name, question.edition or "", shown.title)
        file = f"{slug(' '.join(map(str, words)), ANY_LETTERS)}.{form}"
        self.set_header("Content-Type", KINDS[form])
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(file)}")
        self.finish(made)


class ActionsRequest(DeskRequest):
    """The first actions of the plan, which the first page fetches by itself."""

    @authenticated
    async def get(self) -> None:
        """Answer with the next actions."""
        self.needs(Right.look)
        question = await self.ask()
        key: tuple[Any, ...] = ("actions", question.snapshot_id, question.season, question.on, question.language.code)
        key += (state_of(question.home),)
        self.answer(await self.once(key, partial(next_actions, question)))


class WhatIfRequest(DeskRequest):
    """What the sliders stand for."""

    @authenticated
    async def post(self) -> None:
        """Answer with the outcome, or keep the scenario (`keep`)."""
        told = self.said()
        is_kept = bool(told.get("keep"))
        self.needs(Right.work if is_kept else Right.look)
        question = await self.ask()
        self.answer(await self.apart(partial(kept_as if is_kept else answered, question, told)))


class StaticRequest(StaticFileHandler):
    """Script and style of the desk: the same for everybody, and nothing of the data."""

    def set_extra_headers(self, path: str) -> None:
        """Let the browser ask whether they are new, so that an update shows at once."""
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")


class PaletteRequest(DeskRequest):
    """The colours of reports as the variables of the desk's style."""

    def get(self) -> None:
        """Answer with the style."""
        from reports.blocks.palette import colour_style

        self.set_header("Content-Type", "text/css; charset=UTF-8")
        self.set_header("Cache-Control", "max-age=3600")
        self.finish(colour_style())


def _made(page: DeskPage, question: Question) -> PageContent:
    return linked(page.make(question), question)


def _page(name: str) -> DeskPage:
    if name not in PAGES:
        raise HTTPError(404)
    return PAGES[name]


def _asked_without_view(request: DeskRequest, asked: Mapping[str, str]) -> Question:
    return question_of(request.desk.home, request.person, asked)


def _shown(request: DeskRequest, name: str, question: Question, content: PageContent) -> dict[str, Any]:
    """Return what the frame of every page shows: navigation, season, day, threshold, and the page's own values."""
    _ = question.language
    cities = {code: city for code, city, _year in question.seasons}
    editions = sorted({year for code, _name, year in question.seasons if code == question.city}, reverse=True)
    tables = [
        {"name": table.name, "title": table.title, "count": table.frame.height, "notes": list(table.notes)}
        for table in content.tables.values()
    ]
    return {
        **content.values,
        "heading": content.heading,
        "sentences": [*content.sentences],
        "tables": tables,
        "is_simulated": content.is_simulated,
        "page": name,
        "pages": [
            {"name": key, "title": _(page.title), "is_current": key == name}
            for key, page in PAGES.items()
            if page.title and request.person.may(page.right)
        ],
        "cities": [{"code": code, "name": city} for code, city in cities.items()],
        "editions": editions,
        "city": question.city or "",
        "city_name": question.city_name,
        "edition": question.edition or "",
        "on": "" if question.is_today else question.on.isoformat(),
        "today": _.date(question.on),
        "threshold": question.arguments.get("threshold", ""),
        "query": question.query(),
        "queries": {code: question.query(lang=code) for code in ("id", "en")},
        "patience": PATIENCE_OF_OFFICE_S if request.settings.get(ROLE_GROUPS) else PATIENCE_S,
        "may_work": request.person.may(Right.work),
        "may_keep": request.person.may(Right.keep),
        "person": request.person,
        "has_lab": _has_lab(request),
        "words": _script_words(question),
    }


def _has_lab(request: DeskRequest) -> bool:
    """Whether this server serves JupyterLab too."""
    return bool(request.settings.get("iga_has_lab"))


SCRIPT_WORDS = (
    "Search", "Columns", "Copy", "Copied", "Previous", "Next", "{from}–{to} of {count}", "Nothing matches.", "all",
    "The server cannot be reached; trying again.", "Cancel", "Run again", "Log", "Open the result",
    "Loading the table…", "{count} file(s) laid into the inbox", "Uploading",
    "{count} file(s) of evidence laid down; check them now", "No rows.", "Kept as {name}", "Filter",
)  # fmt: skip
"""What the script says, as catalogue keys."""


def _script_words(question: Question) -> dict[str, str]:
    return {text: question.language(text) for text in SCRIPT_WORDS}


TABLE_ADDRESS = r"/iga/api/tables/([a-z-]+)/([\w-]+)\.(json|csv|xlsx)"
PAGE_ADDRESS = "/iga/(" + "|".join(re.escape(name) for name in PAGES if name) + ")"
