"""JupyterLab on a server that begins with the desk: it is loaded when somebody opens it, since few planners do.

A server with the desk alone is ready in a third of the time; JupyterLab, its language server and terminals, and the
process that kernels are forked from come with the first request below `/lab`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.serverapp import ServerApp
from tornado.web import authenticated

from workbench.options import language_of_environment

LAB = "jupyterlab"
ADDRESSES = r"/(?:lab|doc)(?:/.*|)"
"""What JupyterLab serves that a person can open by an address."""


class DeskFirst(ServerApp):
    """A Jupyter server with the extensions that it is told to have; those of the machine come with JupyterLab."""

    def initialize(self, argv: list[str] | None = None, *_given: Any, **options: Any) -> None:
        """Initialise it without the machine's extensions, then add the address at which JupyterLab is brought."""
        super().initialize(argv, **{**options, "find_extensions": False})
        if getattr(self, "web_app", None) is not None:
            add_late_lab(self)
            self.log.addFilter(Greeting(str(self.display_url).splitlines()[0].strip()))


class Greeting(logging.Filter):
    """Says where the desk is in the reader's language, in the place of the server's own words in English."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the server's message about its addresses; let every other pass."""
        if "To access the server" in str(record.msg):
            language = language_of_environment()
            text = language("The desk is at this address: {address}\nCtrl+C ends it.")
            record.msg, record.args = text.format(address=self._address), ()
        return True


def add_late_lab(server: Any) -> None:
    """Add the address that loads JupyterLab; it makes way to JupyterLab's own when that is there."""
    application = server.web_app
    base = application.settings["base_url"].rstrip("/")
    before = list(application.default_router.rules)
    application.add_handlers(".*$", [(base + ADDRESSES, _LateLab, {"server": server})])
    server.late_lab_rules = [rule for rule in application.default_router.rules if rule not in before]
    server.late_lab_lock = asyncio.Lock()


class _LateLab(JupyterHandler):
    """The first request for JupyterLab."""

    def initialize(self, server: Any) -> None:
        """Keep the server."""
        self._server = server

    @authenticated
    async def get(self) -> None:
        """Load JupyterLab, then ask again."""
        async with self._server.late_lab_lock:
            if self._server.late_lab_rules:
                await _load_lab(self._server)
        self.redirect(str(self.request.uri))


async def _load_lab(server: Any) -> None:
    await asyncio.get_running_loop().run_in_executor(None, _import_lab)
    server.find_server_extensions()
    manager = server.extension_manager
    names = [LAB, *(name for name, enabled in sorted(server.jpserver_extensions.items()) if enabled and name != LAB)]
    for name in names:
        if name in manager.extensions:
            continue
        # The machine may have extensions that do not load; JupyterLab itself has to.
        server.reraise_server_extension_failures = name == LAB
        if manager.add_extension(name, enabled=True):
            manager.link_extension(name)
            manager.load_extension(name)
    rules = server.web_app.default_router.rules
    rules[:] = [rule for rule in rules if rule not in server.late_lab_rules]
    server.late_lab_rules = []


def _import_lab() -> None:
    from reports.library_patches import quick_imports
    from reports.run.kernel.spare_kernels import warm

    # The process that kernels are forked from loads its imports while the server loads its own.
    warm()
    with quick_imports():
        from jupyterlab.labapp import LabApp  # noqa: F401
