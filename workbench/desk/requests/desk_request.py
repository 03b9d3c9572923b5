"""What every request of the desk has: who asks, what is asked, an answer in words where it fails, and a policy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

from iga.exit_codes import ExitCode
from warehouse.errors import MendableError
from warehouse.home import Home
from warehouse.language import LANGUAGES, Language
from workbench.desk.people import Person, Right, person_of
from workbench.desk.question import Question, question_of

DESK = "iga_desk"
"""The key of the server's settings that the desk stands under."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""What a page of the desk may load: nothing but its own script, style and data, from this server alone."""
STATUS = {
    ExitCode.UNKNOWN: 404,
    ExitCode.NOTHING_PUBLISHED: 404,
    ExitCode.LOCKED: 409,
    ExitCode.FAULT: 500,
}
MOST_COMPUTED = 24
"""Answers that are kept as they were computed: a table asks for the page that it stands on."""
MOST_BYTES = 1 << 20
"""Bytes of what a form may say."""

Answer = TypeVar("Answer")


@dataclass
class DeskServer:
    """What the requests of one server share: the home, its threads for work that takes a while, what was computed."""

    home: Home
    lang: str
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "iga-desk"))
    computed: dict[tuple[Any, ...], asyncio.Future[Any]] = field(default_factory=dict)


class DeskRequest(JupyterHandler):
    """One request. Subclasses call `ask` for what stands in the address, and `needs` for the right that it takes."""

    @property
    def content_security_policy(self) -> str:
        """The page's own policy."""
        return POLICY

    @property
    def desk(self) -> DeskServer:
        """What the requests of this server share."""
        server: DeskServer = self.settings[DESK]
        return server

    @property
    def person(self) -> Person:
        """Who asks."""
        return person_of(self.current_user, self.settings)

    @property
    def language(self) -> Language:
        """The language that the address names, else that of the server."""
        named = self.get_query_argument("lang", "")
        return Language(named if named in LANGUAGES else self.desk.lang)

    def needs(self, right: Right) -> None:
        """Refuse who may not do that. Raises HTTPError 403."""
        if not self.person.may(right):
            raise HTTPError(403, reason="Forbidden")

    def arguments_of_address(self) -> dict[str, str]:
        """Return the arguments of the address; of one that stands twice the last."""
        given = {name: self.get_query_argument(name, "") for name in self.request.query_arguments}
        given.setdefault("lang", self.desk.lang)
        return given

    async def ask(self) -> Question:
        """Return what the address asks. Raises what `question_of` raises."""
        return await self.apart(partial(question_of, self.desk.home, self.person, self.arguments_of_address()))

    async def apart(self, work: Callable[[], Answer]) -> Answer:
        """Do work in a thread, so that the server goes on answering others."""
        return await asyncio.get_running_loop().run_in_executor(self.desk.threads, work)

    async def once(self, key: tuple[Any, ...], work: Callable[[], Answer]) -> Answer:
        """Do work in a thread unless the same was done, or is being done for another request; a failure is not kept."""
        computed = self.desk.computed
        if key not in computed:
            while len(computed) >= MOST_COMPUTED:
                computed.pop(next(iter(computed)))
            computed[key] = asyncio.ensure_future(self.apart(work))
        try:
            answer: Answer = await asyncio.shield(computed[key])
        except Exception:
            computed.pop(key, None)
            raise
        return answer

    def said(self) -> dict[str, Any]:
        """Return what the browser has sent as JSON. Raises HTTPError 400."""
        if len(self.request.body) > MOST_BYTES:
            raise HTTPError(413)
        try:
            told = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            raise HTTPError(400) from None
        if not isinstance(told, dict):
            raise HTTPError(400)
        return told

    def answer(self, told: Any, status: int = 200) -> None:
        """Answer with JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(told, ensure_ascii=False, default=str))

    def told_error(self, error: BaseException) -> tuple[int, dict[str, str]]:
        """Return the status and the words of a failure; of a fault in the software its kind."""
        _ = self.language
        if isinstance(error, MendableError):
            message, place, next_step = error.told(_)
            return STATUS.get(error.exit_code, 400), {"error": message, "place": place, "next_step": next_step}
        if isinstance(error, HTTPError):
            text = {403: _("Your role does not include this."), 404: _("There is nothing at this address.")}
            return error.status_code, {"error": text.get(error.status_code, _("The request was not understood."))}
        return 500, {"error": f"{_('Fault in the software')}: {type(error).__name__}: {error}"}

    def write_error(self, status_code: int, **options: Any) -> None:
        """Answer a failure in words: JSON for the script, a page for people."""
        error = options.get("exc_info", (None, HTTPError(status_code), None))[1]
        status, told = self.told_error(error)
        if "/iga/api/" in self.request.path:
            self.answer(told, status)
            return
        self.set_status(status)
        self.finish(self.desk_page("error.html", heading=self.language("This cannot be shown"), **told))

    def desk_page(self, template: str, **values: Any) -> str:
        """Return a page of the desk."""
        from workbench.desk.templates_of_desk import rendered

        return rendered(template, self.language, base=f"{self.base_url}iga/", xsrf=self.xsrf_token.decode(), **values)
